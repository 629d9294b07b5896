// SPDX-License-Identifier: GPL-3.0-only
//! Any text as a recording of a wire. What is read is written and read again as it was, and masking leaves lengths alone.
#![no_main]

use doorstep_drivers::masking;
use doorstep_drivers::transport::trace::{Direction, Mask, Trace};
use libfuzzer_sys::fuzz_target;

const MASKS: [Mask; 6] =
    [masking::nothing, masking::everything, masking::escpos, masking::scanner, masking::sdt, masking::trf];

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(mut trace) = Trace::parse(text) else { return };
    assert_eq!(Trace::parse(&trace.to_string()).as_ref(), Ok(&trace));
    let count = |trace: &Trace| [Direction::ToDevice, Direction::FromDevice].map(|way| trace.count(way));
    let before = count(&trace);
    trace.mask(MASKS[usize::from(*choice) % MASKS.len()]);
    assert_eq!(count(&trace), before);
    assert_eq!(Trace::parse(&trace.to_string()).as_ref(), Ok(&trace));
});
