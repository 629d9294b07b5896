// SPDX-License-Identifier: MIT OR Apache-2.0

use proptest::prelude::*;

use super::*;
use crate::card_reader::apdu::Transmission;

#[test]
fn commands_on_the_wire() {
    let wire = |command: Command| command.encode(Transmission::T1).expose().clone();
    let key = MifareKey::new([0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5]);
    assert_eq!(wire(get_uid()), [0xFF, 0xCA, 0x00, 0x00, 0x00]);
    assert_eq!(wire(get_ats()), [0xFF, 0xCA, 0x01, 0x00, 0x00]);
    assert_eq!(wire(load_key(1, &key)), [0xFF, 0x82, 0x00, 0x01, 0x06, 0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5]);
    assert_eq!(wire(authenticate(4, KeyKind::A, 0)), [0xFF, 0x86, 0x00, 0x00, 0x05, 0x01, 0x00, 0x04, 0x60, 0x00]);
    assert_eq!(authenticate_obsolete(4, KeyKind::B, 1), [0xFF, 0x88, 0x00, 0x04, 0x61, 0x01]);
    assert_eq!(wire(read_block_command(4)), [0xFF, 0xB0, 0x00, 0x04, 0x10]);
}

#[test]
fn a_uid_is_printed_as_the_site_does() {
    let print = |format: UidFormat, uid: &[u8]| format.print(uid).map(|number| number.expose().clone());
    let uid = [0x04, 0xA1, 0xB2, 0xC3];
    let hex = UidFormat::default();
    let decimal = UidFormat { radix: Radix::Decimal, ..hex };
    let reversed = UidFormat { order: ByteOrder::Reversed, ..hex };
    assert_eq!(print(hex, &uid).as_deref(), Some("04A1B2C3"));
    assert_eq!(print(UidFormat { radix: Radix::HexSmall, ..reversed }, &uid).as_deref(), Some("c3b2a104"));
    assert_eq!(print(UidFormat { digits: 10, ..decimal }, &uid).as_deref(), Some("0077705923"));
    assert_eq!(print(UidFormat { order: ByteOrder::Reversed, ..decimal }, &uid).as_deref(), Some("3283263748"));
    // Three bytes, in eight digits, as 26-bit systems print.
    assert_eq!(print(UidFormat { bytes: Some(3), digits: 8, ..decimal }, &uid).as_deref(), Some("10597059"));
    assert_eq!(print(UidFormat { bytes: Some(3), ..reversed }, &uid).as_deref(), Some("B2A104"));
    // Never cut.
    assert_eq!(print(UidFormat { digits: 4, ..decimal }, &uid).as_deref(), Some("77705923"));
    assert_eq!(print(UidFormat { bytes: Some(0), ..hex }, &uid).as_deref(), Some("C3"));
    assert_eq!(print(decimal, &[0xFF; 10]).as_deref(), Some("1208925819614629174706175"));
    let seven = [0x04, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66];
    assert_eq!(print(hex, &seven).as_deref(), Some("04112233445566"));
}

#[test]
fn what_changes_each_time_is_no_number() {
    let format = UidFormat::default();
    assert_eq!(format.print(&[0x08, 1, 2, 3]), None);
    assert!(UidFormat { random: true, ..format }.print(&[0x08, 1, 2, 3]).is_some());
    assert!(format.print(&[0x08, 1, 2, 3, 4, 5, 6]).is_some());
    assert_eq!(format.print(&[]), None);
    assert_eq!(format.print(&[1, 2, 3]), None);
    assert_eq!(format.print(&[1; 11]), None);
}

#[test]
fn readers_say_that_a_card_is_contactless() {
    let storage = [0x3B, 0x8F, 0x80, 0x01, 0x80, 0x4F, 0x0C, 0xA0, 0, 0, 3, 6, 3, 0, 1, 0, 0, 0, 0, 0x6A];
    assert_eq!(kind_of(&storage), CardKind::Contactless);
    assert_eq!(kind_of(&[0x3B, 0x80, 0x80, 0x01, 0x01]), CardKind::Contactless);
    assert_eq!(kind_of(b"\x3B\x65\x00\x00DOOR1"), CardKind::Chip);
    assert_eq!(kind_of(&[]), CardKind::Chip);
}

proptest! {
    #[test]
    fn any_uid_is_printed_with_its_digits(
        uid in prop::collection::vec(any::<u8>(), 0..14),
        reversed: bool,
        radix in 0..3,
        bytes: Option<u8>,
        digits: u8,
    ) {
        let order = if reversed { ByteOrder::Reversed } else { ByteOrder::AsRead };
        let radix = match radix { 0 => Radix::Decimal, 1 => Radix::HexCapital, _ => Radix::HexSmall };
        let format = UidFormat { order, radix, bytes, digits, random: true };
        let printed = format.print(&uid);
        prop_assert_eq!(printed.is_some(), (4..=10).contains(&uid.len()));
        if let Some(printed) = printed {
            prop_assert!(printed.expose().len() >= usize::from(digits).max(1));
            let base = if radix == Radix::Decimal { 10 } else { 16 };
            prop_assert!(printed.expose().chars().all(|digit| digit.is_digit(base)));
        }
    }
}
