// SPDX-License-Identifier: GPL-3.0-only
//! Any bytes as what a serial or HID-POS scanner sends, cut anywhere and with pauses.
#![no_main]

use std::time::{Duration, Instant};

use doorstep_drivers::barcode::{
    CodeDecoder, ControlPolicy, HidPosDecoder, HidPosLayout, HidPosOptions, MAX_CODE_BYTES, SerialDecoder,
    SerialOptions, Terminator,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((&[choice, size], stream)) = bytes.split_first_chunk::<2>() else { return };
    let mut serial = SerialOptions::default();
    serial.terminator = [Terminator::Cr, Terminator::Lf, Terminator::CrLf, Terminator::Gap][usize::from(choice & 3)];
    serial.rules.aim_prefix = choice & 4 != 0;
    serial.rules.repeat_window = Duration::from_millis(u64::from(choice & 8) * 100);
    if choice & 16 != 0 {
        serial.rules.control = ControlPolicy::Keep;
    }
    let layout =
        [HidPosLayout::PLAIN, HidPosLayout::USAGE_TABLES, HidPosLayout::NUMBERED][usize::from(choice >> 5) % 3];
    let hid = HidPosOptions { layout, rules: serial.rules.clone(), ..HidPosOptions::default() };
    let begin = Instant::now();

    // Cutting the stream changes nothing, as long as nothing pauses.
    let (mut whole, mut cut) = (SerialDecoder::new(&serial), SerialDecoder::new(&serial));
    whole.push(stream, begin);
    stream.chunks(usize::from(size).max(1)).for_each(|chunk| cut.push(chunk, begin));
    assert_eq!(take(&mut whole), take(&mut cut));
    assert_eq!(whole.inbox_ref().counters, cut.inbox_ref().counters);

    // Whatever came before, a code after a silence is read.
    exercise(&mut SerialDecoder::new(&serial), stream, usize::from(size), begin);
    exercise(&mut HidPosDecoder::new(&hid), stream, usize::from(size), begin);
    let after = begin + Duration::from_secs(3600);
    whole.idle(after);
    take(&mut whole);
    whole.push(b"]Q1after", after);
    whole.push(if serial.terminator == Terminator::Lf { b"\n" } else { b"\r\n" }, after);
    whole.idle(after + Duration::from_secs(60));
    assert_eq!(take(&mut whole).len(), 1);
});

fn exercise(decoder: &mut impl CodeDecoder, stream: &[u8], size: usize, begin: Instant) {
    let mut now = begin;
    for chunk in stream.chunks(size.max(1)) {
        decoder.push(chunk, now);
        now += Duration::from_millis(u64::from(chunk[0]));
        decoder.idle(now);
        take(decoder);
    }
    decoder.idle(now + Duration::from_secs(60));
    assert_eq!(decoder.due(), None);
}

fn take(decoder: &mut impl CodeDecoder) -> Vec<Vec<u8>> {
    let codes: Vec<_> = std::iter::from_fn(|| decoder.inbox().take()).collect();
    codes
        .iter()
        .map(|code| {
            let payload = code.payload().expose();
            assert!(!payload.is_empty() && payload.len() <= MAX_CODE_BYTES);
            payload.clone()
        })
        .collect()
}
