// SPDX-License-Identifier: MIT OR Apache-2.0
//! Properties of the codec of the resident ID card reader.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use doorstep_drivers::card_reader::sdt::{Answer, FrameDecoder, SamStatus, decode_text, encode_text};
use doorstep_drivers::card_reader::{
    CardDate, ForeignerCard2017, ForeignerCard2023, IdText, Nation, ResidencePermit, ResidentCard, Sex, ValidUntil,
    Validity,
};
use doorstep_drivers::sensitive::Sensitive;
use proptest::collection::vec;
use proptest::prelude::*;

/// Text without spaces at its end, of at most so many UTF-16 units.
fn field(units: usize, least: usize) -> impl Strategy<Value = Sensitive<String>> {
    let character = prop_oneof![8 => "[A-Z0-9一-龥]", 1 => Just("𠮷".to_owned()), 1 => Just(" ".to_owned())];
    vec(character, least..=units).prop_map(move |parts| {
        let mut text = String::new();
        for part in parts {
            if text.encode_utf16().count() + part.encode_utf16().count() <= units {
                text.push_str(&part);
            }
        }
        let text = text.trim_end_matches(' ').to_owned();
        Sensitive::new(if text.is_empty() && least > 0 { "一".to_owned() } else { text })
    })
}

fn number(units: usize) -> impl Strategy<Value = Sensitive<String>> {
    proptest::string::string_regex(&format!("[0-9A-Z]{{1,{units}}}")).unwrap().prop_map(Sensitive::new)
}

fn sex() -> impl Strategy<Value = Sensitive<Sex>> {
    prop_oneof![Just(Sex::Unknown), Just(Sex::Male), Just(Sex::Female), Just(Sex::Unspecified)].prop_map(Sensitive::new)
}

fn any_date() -> impl Strategy<Value = Option<CardDate>> {
    (0_u16..=9999, 1_u8..=12, 1_u8..=31).prop_map(|(year, month, day)| CardDate::new(year, month, day))
}

fn term() -> impl Strategy<Value = Sensitive<Validity>> {
    let until = prop_oneof![
        Just(ValidUntil::LongTerm),
        any_date().prop_map(|date| date.map_or(ValidUntil::Unknown, ValidUntil::Date))
    ];
    (any_date(), until).prop_map(|(from, until)| Sensitive::new(Validity { from, until }))
}

fn raw(count: usize) -> impl Strategy<Value = Sensitive<Vec<u8>>> {
    vec(any::<u8>(), count).prop_map(Sensitive::new)
}

fn birth() -> impl Strategy<Value = Sensitive<Option<CardDate>>> {
    any_date().prop_map(Sensitive::new)
}

fn resident() -> impl Strategy<Value = IdText> {
    let nation = (0_u8..120).prop_map(|code| Sensitive::new(Nation::new(code)));
    // Never the mark of another kind.
    let reserved = vec(any::<u8>(), 36).prop_map(|mut bytes| {
        bytes[29] |= 1;
        Sensitive::new(bytes)
    });
    let fields = (field(15, 1), sex(), nation, birth(), field(35, 0), number(18), field(15, 0), term(), reserved);
    fields.prop_map(|(name, sex, nation, birth, address, number, authority, validity, reserved)| {
        IdText::ResidentCard(ResidentCard { name, sex, nation, birth, address, number, authority, validity, reserved })
    })
}

fn permit() -> impl Strategy<Value = IdText> {
    let rest = (field(9, 0), field(2, 0), raw(16));
    let fields = (field(15, 1), sex(), birth(), field(35, 0), number(18), field(15, 0), term(), rest);
    fields.prop_map(|(name, sex, birth, address, number, authority, validity, rest)| {
        let (travel_permit, issue_count, reserved) = rest;
        IdText::ResidencePermit(ResidencePermit {
            name,
            sex,
            birth,
            address,
            number,
            authority,
            validity,
            travel_permit,
            issue_count,
            reserved,
        })
    })
}

fn foreigner_2017() -> impl Strategy<Value = IdText> {
    let rest = (field(2, 0), field(4, 0), raw(6));
    let fields = (field(60, 1), sex(), number(15), field(3, 0), field(15, 0), term(), birth(), rest);
    fields.prop_map(|(english_name, sex, number, nationality, chinese_name, validity, birth, rest)| {
        let (version, authority_code, reserved) = rest;
        IdText::ForeignerCard2017(ForeignerCard2017 {
            english_name,
            sex,
            number,
            nationality,
            chinese_name,
            validity,
            birth,
            version,
            authority_code,
            reserved,
        })
    })
}

fn foreigner_2023() -> impl Strategy<Value = IdText> {
    let rest = (field(3, 0), field(3, 0), raw(30));
    let fields = (field(15, 0), sex(), field(2, 0), birth(), field(46, 1), number(18), term(), rest);
    fields.prop_map(|(chinese_name, sex, renewal_count, birth, english_name, number, validity, rest)| {
        let (country, association, reserved) = rest;
        IdText::ForeignerCard2023(ForeignerCard2023 {
            chinese_name,
            sex,
            renewal_count,
            birth,
            english_name,
            number,
            validity,
            country,
            association,
            reserved,
        })
    })
}

fn any_text() -> impl Strategy<Value = IdText> {
    prop_oneof![resident(), permit(), foreigner_2017(), foreigner_2023()]
}

proptest! {
    #[test]
    fn every_text_comes_back(text in any_text()) {
        let bytes = encode_text(&text).unwrap();
        prop_assert_eq!(bytes.expose().len(), 256);
        prop_assert_eq!(decode_text(bytes.expose()).unwrap(), text);
    }

    #[test]
    fn any_bytes_are_a_card_or_an_error(bytes in vec(any::<u8>(), 256), mark in prop_oneof![Just(b'I'), Just(b'J'), Just(b'Y'), any::<u8>()]) {
        let mut bytes = bytes;
        bytes[248..250].copy_from_slice(&[mark, 0]);
        if let Ok(text) = decode_text(&bytes) {
            let _ = text.check_number();
            // What was understood can be written again, and means the same.
            if let Ok(again) = encode_text(&text) {
                prop_assert_eq!(decode_text(again.expose()).unwrap(), text);
            }
        }
    }

    #[test]
    fn every_answer_comes_back(card_status in any::<[u8; 2]>(), status in any::<u8>(), data in vec(any::<u8>(), 0..2000)) {
        let answer = Answer { card_status, status: SamStatus::from_byte(status), data: Sensitive::new(data) };
        let body = FrameDecoder::new().push(&answer.encode().unwrap()).remove(0).unwrap();
        prop_assert_eq!(Answer::decode(&body).unwrap(), answer);
    }
}
