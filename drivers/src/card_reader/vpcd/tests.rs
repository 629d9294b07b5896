// SPDX-License-Identifier: MIT OR Apache-2.0

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::frame::{Decoder, FrameError, MAX_MESSAGE_BYTES, Message, encode};
use super::*;
use crate::card_reader::CardKind;
use crate::card_reader::contactless::kind_of;
use crate::sim::{Answers, Machine};

fn say(card: &mut VpcdCard, bytes: &[u8]) -> Vec<u8> {
    match card.react(&Message::from_body(bytes)) {
        Reaction::Answer(answer) => answer,
        other => panic!("{other:?}"),
    }
}

#[test]
fn answers_to_reset_keep_the_standard() {
    for (card, kind) in [
        (VpcdCard::default(), CardKind::Chip),
        (VpcdCard::uid(UidCardData::new(vec![1, 2, 3, 4])), CardKind::Contactless),
    ] {
        let atr = say(&mut { card }, &[0x04]);
        assert_eq!(kind_of(&atr), kind);
        // All bytes but the first, with the check byte, add up (exclusive or) to nothing.
        assert_eq!(atr.iter().skip(1).fold(0, |sum, byte| sum ^ byte), 0, "{atr:02X?}");
    }
}

#[test]
fn t0_wants_lengths_and_gives_answers_later() {
    let behaviour = Behaviour { transmission: crate::card_reader::apdu::Transmission::T0, ..Behaviour::default() };
    let mut card = VpcdCard::default().with(behaviour);
    assert_eq!(say(&mut card, b"\x00\xA4\x04\x00\x0Fsx1.sh.\xC9\xE7\xBB\xE1\xB1\xA3\xD5\xCF"), [0x61, 0x13]);
    assert_eq!(say(&mut card, &[0x00, 0xC0, 0x00, 0x00, 0x00]), [0x6C, 0x13]);
    let information = say(&mut card, &[0x00, 0xC0, 0x00, 0x00, 0x13]);
    assert!(information.starts_with(&[0x6F, 0x11, 0x84, 0x0F]) && information.ends_with(&[0x90, 0x00]));
    assert_eq!(say(&mut card, &[0x00, 0xC0, 0x00, 0x00, 0x13]), [0x69, 0x85]);
    // No file is selected yet.
    assert_eq!(say(&mut card, &[0x00, 0xB2, 0x08, 0x00, 0x14]), [0x69, 0x86]);
    assert_eq!(say(&mut card, &[0x00, 0xA4, 0x00, 0x00, 0x02, 0xEF, 0x06]), [0x90, 0x00]);
    assert_eq!(say(&mut card, &[0x00, 0xB2, 0x08, 0x00, 0x00]), [0x6C, 0x14]);
    assert_eq!(say(&mut card, &[0x00, 0xB2, 0x08, 0x00, 0x14]), b"\x08\x1211010519491231002X\x90\x00");
    assert_eq!(say(&mut card, &[0x00, 0xB2, 0x0E, 0x00, 0x14]), [0x6A, 0x83]);
    // Power off: all is forgotten.
    assert_eq!(card.react(&Message::PowerOff), Reaction::Nothing);
    assert_eq!(say(&mut card, &[0x00, 0xB2, 0x08, 0x00, 0x14]), [0x69, 0x86]);
    assert_eq!(say(&mut card, &[0x00, 0xA4]), [0x67, 0x00]);
}

#[test]
fn words_of_the_control_socket() {
    let mut card = VpcdCard::default();
    let mut order = |line: &str| card.order(&line.split_whitespace().collect::<Vec<_>>());
    for line in CARD_WORDS.replace("t0|t1", "t0").split(", ") {
        let word = |word: &str| match word {
            "both|identifier|number" => "number".to_owned(),
            "on|off" => "on".to_owned(),
            "ok|silent|garbage|short|endless" => "endless".to_owned(),
            "HEX" => "04A1B2C3".to_owned(),
            "[NUMBER" => "11010519491231002X".to_owned(),
            "NAME]" => "Li".to_owned(),
            "BYTES" | "MILLISECONDS" | "COMMANDS" => "7".to_owned(),
            word => word.to_owned(),
        };
        let line: Vec<String> = line.split(' ').map(word).collect();
        assert_eq!(order(&line.join(" ")), Ok(String::new()), "{line:?}");
    }
    for wrong in ["card", "card social 1 Li", "card uid 4", "card uid XY", "part 0", "pull after", "pin maybe", "dance"]
    {
        assert!(order(wrong).is_err(), "{wrong}");
    }
    assert!(card.state().contains("card blank"), "{}", card.state());
}

#[test]
fn a_card_connects_to_its_reader_and_leaves_it() {
    let reader = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let card = start(VpcdCard::default(), reader.local_addr().unwrap()).unwrap();
    card.plug();
    let (mut wire, _) = reader.accept().unwrap();
    wire.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    wire.write_all(&[0, 1, 1, 0, 1, 4]).unwrap();
    let mut atr = [0; 11];
    wire.read_exact(&mut atr).unwrap();
    assert_eq!(atr[..3], [0, 9, 0x3B]);
    // A reader that closes finds the card again: it is still in it.
    drop(wire);
    let (mut wire, _) = reader.accept().unwrap();
    card.order("pull after 1").unwrap();
    wire.write_all(&[0, 5, 0x00, 0xC0, 0, 0, 0]).unwrap();
    let began = Instant::now();
    assert_eq!(wire.read(&mut [0; 8]).unwrap(), 0);
    assert!(began.elapsed() < Duration::from_secs(5));
    assert!(card.order("state").unwrap().contains("plugged no"));
    // What is no vpcd is left.
    card.plug();
    let (mut wire, _) = reader.accept().unwrap();
    wire.write_all(&[0xFF; 4]).unwrap();
    assert_eq!(wire.read(&mut [0; 8]).unwrap(), 0);
}

#[test]
fn too_long_a_message_is_refused() {
    let mut decoder = Decoder::default();
    decoder.push(&[0x10, 0x01, 0x00]);
    assert_eq!(decoder.next_body(), Err(FrameError));
    decoder.push(&[0, 1, 4]);
    assert_eq!(decoder.next_body(), Ok(Some(vec![4])));
    assert_eq!(encode(&[0; MAX_MESSAGE_BYTES + 1]), Err(FrameError));
}

proptest! {
    #[test]
    fn frames_come_back_in_any_pieces(
        bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..6),
        piece in 1_usize..50,
    ) {
        let wire: Vec<u8> = bodies.iter().flat_map(|body| encode(body).unwrap()).collect();
        let mut decoder = Decoder::default();
        let mut found = Vec::new();
        for piece in wire.chunks(piece) {
            decoder.push(piece);
            while let Some(body) = decoder.next_body().unwrap() {
                let message = Message::from_body(&body);
                prop_assert_eq!(message.body(), body.as_slice());
                found.push(body);
            }
        }
        prop_assert_eq!(found, bodies);
    }

    #[test]
    fn no_bytes_harm_a_card(bytes in prop::collection::vec(any::<u8>(), 0..600), contactless: bool) {
        let mut card = if contactless { VpcdCard::uid(UidCardData::new(vec![1; 4])) } else { VpcdCard::default() };
        let mut answers = Answers::default();
        for piece in bytes.chunks(37) {
            card.receive(piece, Instant::now(), &mut answers);
        }
        for frame in answers.into_frames() {
            prop_assert!(frame.len() >= 4, "an answer has a status");
        }
    }
}
