// SPDX-License-Identifier: GPL-3.0-only
//! Any bytes on the wire of an ID card reader, in both directions. However they are cut into pieces, the same frames
//! come out; what is understood can be written again and means the same; the simulated reader answers in bounds.
#![no_main]

use std::time::Instant;

use doorstep_drivers::card_reader::sdt::sim::{IdReader, SimCard};
use doorstep_drivers::card_reader::sdt::{
    Answer, Body, CardData, Command, FrameDecoder, FrameError, LONGEST_FRAME, SamId, decode_newest_address, encode,
};
use doorstep_drivers::sim::{Answers, Machine};
use libfuzzer_sys::fuzz_target;

fn frames(bytes: &[u8], length: usize) -> Vec<Result<Body, FrameError>> {
    let mut decoder = FrameDecoder::new();
    bytes.chunks(length).flat_map(|piece| decoder.push(piece)).collect()
}

fn check(body: &Body) {
    let again = encode(body.bytes()).expect("what was in a frame fits into one");
    assert_eq!(frames(&again, again.len()), [Ok(body.clone())]);
    if let Ok(command) = Command::decode(body) {
        assert_eq!(command.encode(), again);
    }
    let Ok(answer) = Answer::decode(body) else { return };
    assert_eq!(*answer.encode().expect("it came in a frame"), again);
    let data = answer.data.expose();
    for with_fingerprint in [false, true] {
        if let Ok(card) = CardData::decode(data, with_fingerprint) {
            assert_eq!(*card.encode().expect("it came in a frame"), *data);
        }
    }
    if let Ok(id) = SamId::decode(data) {
        assert!(id.to_string().len() <= 50);
    }
    let _ = decode_newest_address(data);
}

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let whole = frames(bytes, bytes.len().max(1));
    for length in [1, 3, 1 + usize::from(*choice)] {
        assert_eq!(whole, frames(bytes, length), "in pieces of {length}");
    }
    whole.iter().flatten().for_each(check);
    let mut reader = IdReader::new();
    reader.present(match choice % 3 {
        0 => SimCard::resident(),
        1 => SimCard::permit(),
        _ => SimCard::foreigner_2023(),
    });
    let mut answers = Answers::default();
    reader.receive(bytes, Instant::now(), &mut answers);
    let answers = answers.into_frames();
    assert_eq!(answers.len(), whole.len(), "each frame has one answer");
    assert!(answers.iter().all(|answer| answer.len() <= LONGEST_FRAME && frames(answer, answer.len())[0].is_ok()));
});
