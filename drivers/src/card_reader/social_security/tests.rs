// SPDX-License-Identifier: MIT OR Apache-2.0

use std::convert::Infallible;

use proptest::prelude::*;

use super::*;
use crate::card_reader::CardDate;
use crate::card_reader::apdu::{ApduChannel, StatusWord, Transmission};
use crate::card_reader::vpcd::frame::Message;
use crate::card_reader::vpcd::{Behaviour, Reaction, Records, SocialSecurityData, UidCardData, VpcdCard};
use crate::sensitive::Sensitive;

const NUMBER: &str = "11010519491231002X";

/// A simulated card without reader and service.
struct Direct(VpcdCard, Transmission);

impl ApduChannel for Direct {
    type Error = Infallible;

    fn transmission(&self) -> Transmission {
        self.1
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Sensitive<Vec<u8>>, Infallible> {
        match self.0.react(&Message::Command(command.to_vec())) {
            Reaction::Answer(answer) => Ok(Sensitive::new(answer)),
            other => panic!("{other:?}"),
        }
    }
}

fn direct(data: SocialSecurityData, behaviour: Behaviour) -> Direct {
    Direct(VpcdCard::social_security(data).with(behaviour), behaviour.transmission)
}

#[test]
fn commands_on_the_wire() {
    let wire = |command: Command| command.encode(Transmission::T0).expose().clone();
    assert_eq!(wire(select_application()), b"\x00\xA4\x04\x00\x0Fsx1.sh.\xC9\xE7\xBB\xE1\xB1\xA3\xD5\xCF");
    assert_eq!(encoding_rs::GBK.decode(&APPLICATION_NAME).0, "sx1.sh.社会保障");
    assert_eq!(wire(select_file(File::Issue, false)), [0x00, 0xA4, 0x00, 0x00, 0x02, 0xEF, 0x05]);
    assert_eq!(wire(select_file(File::Holder, true)), [0x00, 0xA4, 0x02, 0x00, 0x02, 0xEF, 0x06]);
    assert_eq!(wire(read_record(Field::Name, RecordBy::Identifier, 0)), [0x00, 0xB2, 0x09, 0x00, 0x00]);
    assert_eq!(wire(read_record(Field::Number, RecordBy::Number, 20)), [0x00, 0xB2, 0x01, 0x04, 20]);
    assert_eq!(wire(read_record(Field::CardNumber, RecordBy::Number, 0)), [0x00, 0xB2, 0x07, 0x04, 0x00]);
}

#[test]
fn names_in_all_their_forms() {
    let name = |value: &[u8]| decode_name(value).map(|name| name.expose().clone());
    for shown in ["张三", "阿卜杜拉·买买提", "㐂䶮", "LI HUA"] {
        for filler in [0, b' '] {
            assert_eq!(name(&encode_name(shown, filler).unwrap()).as_deref(), Ok(shown));
        }
    }
    // What an earlier, longer name left behind NUL.
    assert_eq!(name(b"\xD5\xC5\xC8\xFD\x00\xCB\xC4 ").as_deref(), Ok("张三"));
    // Cut in the middle of a character, which only a full field can be.
    let mut full = [0xD5; 30];
    full.iter_mut().skip(1).step_by(2).for_each(|byte| *byte = 0xC5);
    assert_eq!(name(&full).map(|name| name.chars().count()), Ok(15));
    full[28] = b'A';
    assert_eq!(name(&full).map(|name| name.chars().count()), Ok(15));
    let wrong = Err(LayoutError::Value(Field::Name));
    assert_eq!(name(b"\xD5\xC5\xC8"), wrong);
    assert_eq!(name(b"\xFF\xFF"), wrong);
    assert_eq!(name(b"    "), wrong);
    assert_eq!(name(b""), wrong);
    assert_eq!(name(b"A\x07B"), wrong);
    assert_eq!(encode_name("一二三四五六七八九十一二三四五六", 0), None);
}

#[test]
fn numbers_dates_and_areas() {
    let number = |value: &[u8]| decode_number(value).map(|number| number.expose().clone());
    assert_eq!(number(b"11010519491231002x").as_deref(), Ok(NUMBER));
    assert_eq!(number(b"110105491231002\0\0\0").as_deref(), Ok("110105491231002"));
    for wrong in
        [&b"1101051949123100"[..3], b"", b"110105 9491231002X", b"1101051949123100-X", &[0xFF; 18], &[b'1'; 19]]
    {
        assert_eq!(number(wrong), Err(LayoutError::Value(Field::Number)));
    }
    assert_eq!(decode_date(&[0x20, 0x35, 0x12, 0x31]), Ok(CardDate::new(2035, 12, 31)));
    assert_eq!(decode_date(&[0x20, 0x24, 0x02, 0x29]), Ok(CardDate::new(2024, 2, 29)));
    for never in [[0x00; 4], [0xFF; 4]] {
        assert_eq!(decode_date(&never), Ok(None));
    }
    for wrong in [&[0x20, 0x23, 0x02, 0x29][..], &[0x20, 0x3A, 0x01, 0x01], &[0x20, 0x35, 0x13, 0x01], &[0x20, 0x35]] {
        assert_eq!(decode_date(wrong), Err(LayoutError::Value(Field::ValidTo)));
    }
    assert_eq!(decode_area_code(&[0x11, 0x01, 0x01, 0x5A]).as_deref(), Ok("110101"));
    assert!(decode_area_code(&[0x11, 0x0A, 0x01]).is_err());
    assert!(decode_area_code(&[0x11]).is_err());
    assert_eq!(encode_area_code("110101"), Some([0x11, 0x01, 0x01]));
    assert_eq!(encode_area_code("11010"), None);
    assert_eq!(encode_area_code("11010a"), None);
}

#[test]
fn other_cards_and_locked_ones() {
    let options = SocialSecurityOptions::default();
    let data = || SocialSecurityData::new(NUMBER, "张三").unwrap();
    let read = |card: &mut Direct| read(card, &options).map(|_| ()).unwrap_err();
    let other = |card| Direct(card, Transmission::T1);
    assert!(matches!(read(&mut other(VpcdCard::blank())), ReadError::OtherCard(StatusWord::FileNotFound)));
    let contactless = VpcdCard::uid(UidCardData::new(vec![1, 2, 3, 4]));
    assert!(matches!(read(&mut other(contactless)), ReadError::OtherCard(StatusWord::Class)));
    let locked = Behaviour { pin: true, ..Behaviour::default() };
    assert!(matches!(read(&mut direct(data(), locked)), ReadError::Locked(StatusWord::SecurityStatus)));
    // A record of another field in the place of the number, asked for in both ways.
    let mut wrong = data();
    wrong.set_record(0x08, vec![0x0A, 0x01, b'1']);
    assert!(matches!(
        read(&mut direct(wrong, Behaviour { records: Records::Number, ..Behaviour::default() })),
        ReadError::Record { field: Field::Number, .. } | ReadError::Layout(LayoutError::Identifier)
    ));
    let mut short = data();
    short.set_record(0x09, vec![0x09, 30, 0xD5, 0xC5]);
    assert!(matches!(read(&mut direct(short, Behaviour::default())), ReadError::Layout(LayoutError::Record)));
}

#[test]
fn what_the_issuer_wrote_may_be_missing() {
    let options = SocialSecurityOptions { with_issue: true, ..SocialSecurityOptions::default() };
    let mut data = SocialSecurityData::new(NUMBER, "张三").unwrap();
    data.set_record(0x06, vec![0x06, 0x04, 0x20, 0x35, 0x19, 0x31]);
    let card = read(&mut direct(data, Behaviour::default()), &options).unwrap();
    assert_eq!((card.name.expose().as_str(), card.issue), ("张三", None));
}

#[test]
fn errors_tell_nothing_of_the_holder() {
    let mut data = SocialSecurityData::new(NUMBER, "张三").unwrap();
    data.set_record(0x08, [&[0x08, 18], &b"11010519491231-02X"[..]].concat());
    let error = read(&mut direct(data, Behaviour::default()), &SocialSecurityOptions::default()).unwrap_err();
    let told = format!("{error} {error:?}");
    assert!(!told.contains("1949"), "{told}");
}

proptest! {
    /// Every way of asking, carrying and cutting up brings the same card.
    #[test]
    fn cards_are_read_whatever_they_insist_on(
        t0: bool, exact: bool, part in 3_u8..=255, records in 0_usize..3, by_number: bool,
        name in "[一-龥㐀-䶵·A-Z]{1,7}", number in "[0-9]{17}[0-9X]",
    ) {
        let behaviour = Behaviour {
            transmission: if t0 { Transmission::T0 } else { Transmission::T1 },
            records: [Records::Both, Records::Identifier, Records::Number][records],
            exact,
            part,
            ..Behaviour::default()
        };
        let Some(data) = SocialSecurityData::new(&number, &name) else {
            // Seven characters of four bytes fit; nothing else is drawn.
            return Err(TestCaseError::fail("the name does not fit"));
        };
        let first = if by_number { RecordBy::Number } else { RecordBy::Identifier };
        let card = read(&mut direct(data, behaviour), &SocialSecurityOptions { first, with_issue: true }).unwrap();
        prop_assert_eq!(card.name.expose(), &name);
        prop_assert_eq!(card.number.expose(), &number);
        let issue = card.issue.unwrap();
        prop_assert_eq!(issue.valid_to, CardDate::new(2035, 12, 31));
        prop_assert_eq!(issue.card_number.expose(), "A12345678");
    }

    #[test]
    fn any_bytes_are_a_record_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(record) = Record::decode(&bytes) {
            prop_assert!(bytes.starts_with(&record.encode().unwrap()));
        }
        let _ = (decode_name(&bytes), decode_number(&bytes), decode_card_number(&bytes));
        let _ = (decode_date(&bytes), decode_area_code(&bytes));
    }

    #[test]
    fn days_come_back(year in 1_u16..=9999, month in 1_u8..=12, day in 1_u8..=31) {
        if let Some(date) = CardDate::new(year, month, day) {
            prop_assert_eq!(decode_date(&encode_date(date)), Ok(Some(date)));
        }
    }
}
