// SPDX-License-Identifier: GPL-3.0-only
//! Any bytes as PWG raster. What is read is written and read again as the same.
#![no_main]

use doorstep_drivers::printer::sheet::pwg;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(pages) = pwg::decode(bytes) else { return };
    // A byte of packed line can stand for 32 KiB of page; that much is not written again each time.
    if pages.iter().map(|page| page.data.len()).sum::<usize>() > 1 << 20 {
        return;
    }
    let mut again = Vec::new();
    pwg::begin(&mut again);
    for page in &pages {
        assert_eq!(page.data.len(), page.mode.line_bytes(page.width) * page.height as usize);
        page.encode(pages.len(), &mut again);
    }
    assert_eq!(pwg::decode(&again).as_ref(), Ok(&pages));
});
