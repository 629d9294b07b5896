// SPDX-License-Identifier: GPL-3.0-only
//! Any bytes as what a virtual reader sends to a simulated card.
#![no_main]

use std::time::Instant;

use doorstep_drivers::card_reader::apdu::Transmission;
use doorstep_drivers::card_reader::vpcd::frame::{Decoder, Message, encode};
use doorstep_drivers::card_reader::vpcd::{Behaviour, UidCardData, VpcdCard};
use doorstep_drivers::sim::{Answers, Machine};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((knobs, bytes)) = bytes.split_first() else { return };
    let mut decoder = Decoder::default();
    decoder.push(bytes);
    let mut frames = 0;
    while let Ok(Some(body)) = decoder.next_body() {
        assert_eq!(Message::from_body(&body).body(), body.as_slice());
        let frame = encode(&body).unwrap_or_default();
        assert!(bytes.windows(frame.len()).any(|window| window == frame));
        frames += 1;
        if frames == 64 {
            break;
        }
    }
    let behaviour = Behaviour {
        transmission: if knobs & 1 == 0 { Transmission::T0 } else { Transmission::T1 },
        exact: knobs & 2 == 0,
        obsolete: knobs & 4 == 0,
        part: (knobs >> 3).max(1),
        ..Behaviour::default()
    };
    let card = if knobs & 8 == 0 { VpcdCard::default() } else { VpcdCard::uid(UidCardData::new(vec![4, 1, 2, 3])) };
    let mut card = card.with(behaviour);
    let mut answers = Answers::default();
    for piece in bytes.chunks(usize::from(knobs >> 4) + 1) {
        card.receive(piece, Instant::now(), &mut answers);
    }
    for frame in answers.into_frames() {
        assert!((4..=260).contains(&frame.len()), "{frame:02X?}");
    }
});
