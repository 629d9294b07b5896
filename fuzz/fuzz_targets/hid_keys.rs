// SPDX-License-Identifier: GPL-3.0-only
//! Any bytes as the kernel's input events, and any keys in events that make sense.
#![no_main]

use std::time::{Duration, Instant};

use doorstep_drivers::barcode::{CodeDecoder, KeyboardDecoder, KeyboardOptions};
use doorstep_drivers::input::{EVENT_BYTES, InputEvent, InputEventReader};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, stream)) = bytes.split_first() else { return };
    let options = KeyboardOptions { ends_by_gap: choice & 1 != 0, ..KeyboardOptions::default() };
    let begin = Instant::now();

    let mut raw = KeyboardDecoder::new(&options);
    stream.chunks(usize::from(*choice).max(1)).for_each(|chunk| raw.push(chunk, begin));
    check(&mut raw, begin);

    // Three bytes a key: code, value and pause in milliseconds.
    let mut keys = KeyboardDecoder::new(&options);
    let mut clock = Duration::from_secs(1);
    for key in stream.chunks_exact(3) {
        clock += Duration::from_millis(u64::from(key[2]));
        let event = InputEvent { time: clock, kind: 1, code: u16::from(key[0]), value: i32::from(key[1] % 3) };
        let bytes = event.to_bytes();
        assert_eq!(InputEvent::from_bytes(&bytes), event);
        keys.push(&bytes, begin);
    }
    check(&mut keys, begin);

    let mut reader = InputEventReader::default();
    let count = stream.iter().filter_map(|byte| reader.push(*byte)).count();
    assert_eq!(count, stream.len() / EVENT_BYTES);
});

fn check(decoder: &mut KeyboardDecoder, begin: Instant) {
    decoder.idle(begin + Duration::from_secs(60));
    assert_eq!(decoder.due(), None);
    while let Some(code) = decoder.inbox().take() {
        // A US keyboard types ASCII and nothing else.
        assert!(code.payload().expose().is_ascii());
    }
}
