// SPDX-License-Identifier: GPL-3.0-only
//! What servers do that the standard does not say.

use crate::services::library::sip2::*;

fn decoded(frame: &str) -> Result<Received, DecodeError> {
    Codec::default().decode_unchecked(frame.as_bytes())
}

fn information(frame: &str) -> PatronInformationResponse {
    PatronInformationResponse::try_from(decoded(frame).unwrap().message).unwrap()
}

#[test]
fn counts_that_are_not_told_are_not_zero() {
    let answer = information("64              00020261122    043518        0002                AOx|AA1|AE|BLY|");
    assert_eq!(answer.hold_count.get(), None);
    assert_eq!(answer.charged_count.get(), Some(2));
    assert_eq!(answer.unavailable_hold_count.get(), None);
}

#[test]
fn an_ok_is_never_guessed() {
    let checkout = |ok| format!("12{ok}NNY20261122    043518AO|AA1|AB2|AJ3|AH|");
    let ok = |text| {
        decoded(&checkout(text)).map(|received| match received.message {
            Message::CheckoutResponse(answer) => answer.ok,
            other => panic!("{}", other.code()),
        })
    };
    assert_eq!(ok("1"), Ok(true));
    assert_eq!(ok("Y"), Ok(true));
    assert_eq!(ok("0"), Ok(false));
    for strange in [" ", "2", "U", "图"] {
        assert_eq!(ok(strange), Err(DecodeError::FixedUnreadable { message: "12", field: "ok" }));
    }
}

#[test]
fn a_strange_flag_of_a_patron_counts_as_set() {
    let answer = information("64N?            00020261122    043518000000000000000000000000AOx|AA1|AE|");
    assert_eq!(answer.status.flags().collect::<Vec<_>>(), [PatronFlag::RenewalDenied]);
}

#[test]
fn an_answer_that_ends_in_its_fixed_fields() {
    assert_eq!(decoded("9").unwrap_err(), DecodeError::TooShort);
    assert_eq!(decoded("ZZ").unwrap_err(), DecodeError::UnknownMessage(FieldCode::new(*b"ZZ")));
    assert_eq!(decoded("图书").unwrap_err(), DecodeError::TooShort);
    let error = decoded("64  Y           000202611").unwrap_err();
    assert_eq!(error, DecodeError::FixedTooShort { message: "64", field: "date" });
}

#[test]
fn fixed_fields_are_counted_in_characters() {
    let received = decoded("18图书020120261122    043518AB1|AJ三体|").unwrap();
    let Message::ItemInformationResponse(answer) = received.message else { panic!() };
    assert_eq!((answer.status, answer.title.as_str()), (CirculationStatus::Other, "三体"));
}

#[test]
fn fields_that_are_missing_repeated_or_unknown_are_counted() {
    let received = decoded("121NNY20261122    043518AB1|AB2|ZZ9|x||AJ三体|AY4").unwrap();
    let Message::CheckoutResponse(answer) = received.message else { panic!() };
    assert_eq!((answer.item.as_str(), answer.patron.is_empty()), ("1", true));
    assert_eq!((received.repeated_fields, received.unknown_fields, received.sequence), (1, 2, Some(4)));
    assert_eq!(received.missing_fields.iter().map(ToString::to_string).collect::<Vec<_>>(), ["AO", "AA", "AH"]);
}

#[test]
fn a_title_whose_bytes_hold_the_border_of_fields() {
    // In GB18030 the second byte of a character may be 0x7C, the `|`.
    let codec = Codec { charset: Charset::Gb18030, ..Codec::default() };
    let title = "亅亊倈倅";
    let message: Message = ItemInformationResponse { title: title.to_owned(), ..Default::default() }.into();
    let frame = codec.encode(&message, 1).unwrap();
    assert!(frame.iter().filter(|byte| **byte == b'|').count() > 2, "the test means something");
    assert_eq!(codec.decode(frame.strip_suffix(b"\r").unwrap()).unwrap().message, message);
}

#[test]
fn the_wrong_character_set_does_not_lose_the_answer() {
    let written = Codec { charset: Charset::Gb18030, ..Codec::default() };
    let message = ItemInformationResponse { item: "1".to_owned(), title: "三体".to_owned(), ..Default::default() };
    let frame = written.encode(&message.into(), 1).unwrap();
    let received = Codec::default().decode(frame.strip_suffix(b"\r").unwrap()).unwrap();
    assert!(received.undecodable > 0);
    assert_eq!(received.message.code(), "18");
}

#[test]
fn a_character_that_the_server_cannot_read_is_refused_by_a_terminal() {
    let codec = Codec { charset: Charset::Ibm850, ..Codec::default() };
    let message: Message = ItemInformation { item: "三".to_owned(), ..Default::default() }.into();
    assert_eq!(codec.encode(&message, 0), Err(EncodeError::NotInCharset));
    let server = Codec { stand_in: Some(b'?'), ..codec };
    assert!(server.encode(&message, 0).unwrap().windows(4).any(|part| part == b"AB?|"));
}

#[test]
fn a_field_of_100_kb() {
    let message: Message = ItemInformation { item: "9".repeat(100_000), ..Default::default() }.into();
    assert_eq!(Codec::default().encode(&message, 0), Err(EncodeError::TooLong));
    let mut frames = Vec::new();
    let line = format!("1803020120261122    043518AB1|AJ{}|\r941AY0AZFDFD\r", "三".repeat(100_000 / 3));
    Framer::default().push(line.as_bytes(), |frame| frames.push(frame.map(|frame| frame.to_vec())));
    assert_eq!(frames, [Err(FrameError::TooLong), Ok(b"941AY0AZFDFD".to_vec())]);
}

#[test]
fn decomposed_names_are_composed() {
    let received = decoded("24              00020261122    043518AO|AA1|AEJose\u{301}|").unwrap();
    let Message::PatronStatusResponse(answer) = received.message else { panic!() };
    assert_eq!(answer.name.expose(), "José");
}
