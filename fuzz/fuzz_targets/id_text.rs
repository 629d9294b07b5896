// SPDX-License-Identifier: GPL-3.0-only
//! Any bytes as the text of an ID card. What is understood can be written again and means the same, and shows nothing
//! of itself.
#![no_main]

use doorstep_drivers::card_reader::id_number::IdNumber;
use doorstep_drivers::card_reader::sdt::{decode_text, encode_text};
use doorstep_drivers::card_reader::{IdText, NumberCheck, old_check_digit};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = old_check_digit(text);
        if let Ok(number) = IdNumber::parse(text) {
            assert_eq!(number.text().expose(), &text.to_ascii_uppercase());
            let _ = (number.sex(), number.region());
        }
    }
    // Short input is filled up as cards are, so that chance soon finds all fields.
    let mut card = [0x20, 0].repeat(128);
    for (place, byte) in card.iter_mut().zip(bytes) {
        *place = *byte;
    }
    assert_eq!(decode_text(bytes).is_ok(), bytes.len() == 256 && decode_text(&card).is_ok());
    let Ok(text) = decode_text(&card) else { return };
    if let NumberCheck::Passed = text.check_number() {
        assert!(IdNumber::parse(text.number().expose()).is_ok());
    }
    if let IdText::ForeignerCard2023(card) = &text {
        assert!(card.previous_number().is_none_or(|number| number.expose().len() == 15));
    }
    let shown = format!("{text:?}");
    assert!(shown.is_ascii() || shown.chars().all(|character| character.is_ascii() || character == '…'));
    // A character that was replaced may not fit any more; whatever fits comes back.
    if let Ok(again) = encode_text(&text) {
        assert_eq!(decode_text(again.expose()).as_ref(), Ok(&text));
    }
});
