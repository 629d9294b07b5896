// SPDX-License-Identifier: GPL-3.0-only
//! Any bytes as what a chip card answers: status, parts, lengths, records, names, dates.
#![no_main]

use std::convert::Infallible;

use doorstep_drivers::card_reader::apdu::{ApduChannel, Command, MAX_EXCHANGE_STEPS, Transmission, exchange};
use doorstep_drivers::card_reader::contactless::{self, ByteOrder, Radix, UidFormat};
use doorstep_drivers::card_reader::social_security::{self, Record, RecordBy, SocialSecurityOptions};
use doorstep_drivers::sensitive::Sensitive;
use libfuzzer_sys::fuzz_target;

/// A card that gives the answers of the input: a length and so many bytes for each; none when they are used up.
struct Scripted<'a> {
    left: &'a [u8],
    commands: usize,
}

impl ApduChannel for Scripted<'_> {
    type Error = Infallible;

    fn transmission(&self) -> Transmission {
        Transmission::T0
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Sensitive<Vec<u8>>, Infallible> {
        assert!(command.len() <= 261);
        self.commands += 1;
        let Some((length, rest)) = self.left.split_first() else { return Ok(Sensitive::default()) };
        let (answer, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        self.left = rest;
        Ok(Sensitive::new(answer.to_vec()))
    }
}

fuzz_target!(|bytes: &[u8]| {
    if let Ok(command) = Command::decode(bytes) {
        assert_eq!(command.encode(Transmission::T1).expose(), bytes);
    }
    if let Ok(record) = Record::decode(bytes) {
        assert!(record.encode().is_some_and(|again| bytes.starts_with(&again)));
    }
    if let Ok(name) = social_security::decode_name(bytes) {
        assert!(!name.expose().is_empty());
    }
    let _ = social_security::decode_number(bytes);
    let _ = social_security::decode_card_number(bytes);
    let _ = social_security::decode_area_code(bytes);
    let _ = social_security::decode_date(bytes);
    let _ = contactless::kind_of(bytes);

    let Some((knobs, left)) = bytes.split_first() else { return };
    let order = if knobs & 1 == 0 { ByteOrder::AsRead } else { ByteOrder::Reversed };
    let radix = if knobs & 2 == 0 { Radix::Decimal } else { Radix::HexSmall };
    let format = UidFormat { order, radix, bytes: Some(knobs >> 4), digits: *knobs, random: knobs & 4 == 0 };
    let _ = format.print(left);

    let mut card = Scripted { left, commands: 0 };
    let _ = exchange(&mut card, &Command::new(0, 0xB2, 1, 4).expecting(*knobs));
    assert!(card.commands <= MAX_EXCHANGE_STEPS);

    let first = if knobs & 8 == 0 { RecordBy::Identifier } else { RecordBy::Number };
    let mut card = Scripted { left, commands: 0 };
    if let Ok(card) = social_security::read(&mut card, &SocialSecurityOptions { first, with_issue: true }) {
        assert!((15..=18).contains(&card.number.expose().len()) && !card.name.expose().is_empty());
    }
    // 1 application, 2 times 2 files, 5 records in 2 ways with 2 lengths.
    assert!(card.commands <= 25 * MAX_EXCHANGE_STEPS);
    let _ = contactless::read_uid(&mut Scripted { left, commands: 0 }, &format);
});
