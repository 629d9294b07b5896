// SPDX-License-Identifier: MIT OR Apache-2.0
//! The codec of the resident ID card reader: known frames both ways, the four layouts, round trips.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking, as tests do")]

mod hex;

use doorstep_drivers::card_reader::sdt::sim::{IdReader, SimCard};
use doorstep_drivers::card_reader::sdt::{
    Answer, BaudRate, Body, CardData, Command, CommandError, FrameDecoder, SamId, SamStatus, TextError,
    decode_newest_address, decode_text, encode, encode_newest_address, encode_text,
};
use doorstep_drivers::card_reader::{
    CardDate, IdDocumentKind, IdText, Nation, NumberCheck, ResidentCard, Sex, ValidUntil, Validity,
};
use doorstep_drivers::sensitive::Sensitive;
use doorstep_drivers::sim::{Answers, Machine};
use hex::hex as bytes;

fn body(frame: &[u8]) -> Body {
    let mut found = FrameDecoder::new().push(frame);
    assert_eq!(found.len(), 1);
    found.remove(0).unwrap()
}

/// Requests that published sources show, with their frames.
const REQUESTS: [(Command, &str); 15] = [
    (Command::ResetSam, "AAAAAA9669000310FFEC"),
    (Command::SamStatus, "AAAAAA9669000311FFED"),
    (Command::ReadSamId, "AAAAAA9669000312FFEE"),
    (Command::FindCard, "AAAAAA96690003200122"),
    (Command::SelectCard, "AAAAAA96690003200221"),
    (Command::ReadTextAndPhoto, "AAAAAA96690003300132"),
    (Command::ReadTextPhotoAndFingerprint, "AAAAAA96690003301023"),
    (Command::ReadNewestAddress, "AAAAAA96690003300330"),
    (Command::SetBaudRate(BaudRate::B115200), "AAAAAA96690003600063"),
    (Command::SetBaudRate(BaudRate::B57600), "AAAAAA96690003600162"),
    (Command::SetBaudRate(BaudRate::B38400), "AAAAAA96690003600261"),
    (Command::SetBaudRate(BaudRate::B19200), "AAAAAA96690003600360"),
    (Command::SetBaudRate(BaudRate::B9600), "AAAAAA96690003600467"),
    (Command::SetMaxRfFrame(80), "AAAAAA9669000461FF50CA"),
    (Command::SetMaxRfFrame(0x58), "AAAAAA9669000461FF58C2"),
];

#[test]
fn known_requests_go_both_ways() {
    for (command, hex) in REQUESTS {
        assert_eq!(command.encode(), bytes(hex), "{}", command.name());
        assert_eq!(Command::decode(&body(&bytes(hex))), Ok(command), "{}", command.name());
    }
    assert_eq!(
        Command::decode(&body(&encode(&[0x30, 0x11]).unwrap())),
        Err(CommandError::Unknown { command: 0x30, parameter: 0x11 })
    );
    assert_eq!(
        Command::decode(&body(&encode(&[0x60, 5]).unwrap())),
        Err(CommandError::Unknown { command: 0x60, parameter: 5 })
    );
    assert_eq!(Command::decode(&body(&encode(&[0x11, 0xFF, 0]).unwrap())), Err(CommandError::Length(3)));
}

#[test]
fn known_answers_go_both_ways() {
    let known = [
        (Answer::of_status(SamStatus::Done), "AAAAAA9669000400009094"),
        (Answer::with_data(SamStatus::CardFound, vec![0; 4]), "AAAAAA9669000800009F0000000097"),
        (Answer::of_status(SamStatus::NoCard), "AAAAAA9669000400008084"),
        (Answer::with_data(SamStatus::Done, vec![0; 8]), "AAAAAA9669000C00009000000000000000009C"),
        (Answer::of_status(SamStatus::SelectFailed), "AAAAAA9669000400008185"),
        (Answer::of_status(SamStatus::ReadFailed), "AAAAAA9669000400004145"),
    ];
    for (answer, hex) in known {
        assert_eq!(*answer.encode().unwrap(), bytes(hex), "{}", answer.status);
        assert_eq!(Answer::decode(&body(&bytes(hex))), Ok(answer));
    }
    for byte in 0..=255 {
        assert_eq!(SamStatus::from_byte(byte).byte(), byte);
    }
}

#[test]
fn answers_with_a_card_have_the_known_sizes() {
    let fingerprints = [
        (None, "AAAAAA9669050800009001000400", 1295),
        (Some(1024), "AAAAAA9669090A000090010004000400", 2321),
        (Some(512), "AAAAAA9669070A000090010004000200", 1809),
        (Some(0), "AAAAAA9669050A000090010004000000", 1297),
    ];
    for (fingerprint, head, size) in fingerprints {
        let part = |byte, count| Sensitive::new(vec![byte; count]);
        let data =
            CardData { text: part(1, 256), photo: part(2, 1024), fingerprint: fingerprint.map(|count| part(3, count)) };
        let frame = Answer::with_data(SamStatus::Done, data.encode().unwrap().to_vec()).encode().unwrap();
        assert_eq!(frame.len(), size);
        assert_eq!(frame[..head.len() / 2], bytes(head));
        let answer = Answer::decode(&body(&frame)).unwrap();
        assert_eq!(CardData::decode(answer.data.expose(), fingerprint.is_some()).unwrap(), data);
        // The lengths say that it is the other answer.
        assert!(CardData::decode(answer.data.expose(), fingerprint.is_none()).is_err());
        assert!(CardData::decode(&answer.data.expose()[..100], fingerprint.is_some()).is_err());
        assert!(!format!("{answer:?} {data:?}").contains("1, 1"));
    }
    assert!(CardData::decode(&[], false).is_err());
    let short = Answer::decode(&body(&encode(&[0, 0]).unwrap()));
    assert_eq!(short.unwrap_err().to_string(), "an answer of 2 bytes has no status");
}

#[test]
fn a_sam_id_is_written_as_usual() {
    let id = SamId::from_parts([5, 3], [20_110_301, 12_345, 3_141_592_653]);
    assert_eq!(id.to_string(), "05.03-20110301-000012345-3141592653");
    let wire = bytes("05000300DDDB3201393000004DE640BB");
    assert_eq!(id.bytes().to_vec(), wire);
    assert_eq!(SamId::decode(&wire), Ok(id));
    assert!(SamId::decode(&wire[1..]).is_err());
    // The whole answer, as the simulator gives it.
    let mut answers = Answers::default();
    IdReader::new().receive(&Command::ReadSamId.encode(), std::time::Instant::now(), &mut answers);
    let frame = answers.into_frames().remove(0);
    assert_eq!((frame.len(), &frame[..10]), (27, &bytes("AAAAAA96690014000090")[..]));
}

/// A card's text put together by hand: spaces, and each field at its place.
fn by_hand(fields: &[(usize, &str)]) -> Vec<u8> {
    let mut text = [0x20, 0].repeat(128);
    for (at, value) in fields {
        for (unit, place) in value.encode_utf16().zip(text[*at..].chunks_exact_mut(2)) {
            place.copy_from_slice(&unit.to_le_bytes());
        }
    }
    text
}

fn date(digits: &str) -> Option<CardDate> {
    Some(CardDate::parse(digits).unwrap())
}

#[test]
fn a_mainland_card_is_read_from_its_places() {
    let bytes = by_hand(&[
        (0, "张三"),
        (30, "1"),
        (32, "05"),
        (36, "19491231"),
        (52, "某街1号"),
        (122, "11010519491231002X"),
        (158, "某公安局"),
        (188, "20180601"),
        (204, "长期"),
        (220, "?"),
    ]);
    let text = decode_text(&bytes).unwrap();
    let IdText::ResidentCard(card) = &text else { panic!("{text:?}") };
    assert_eq!(card.name.expose(), "张三");
    assert_eq!(*card.sex.expose(), Sex::Male);
    assert_eq!(card.nation.expose().unwrap().name(), Some("维吾尔"));
    assert_eq!(*card.birth.expose(), date("19491231"));
    assert_eq!(card.address.expose(), "某街1号");
    assert_eq!(card.number.expose(), "11010519491231002X");
    assert_eq!(card.authority.expose(), "某公安局");
    assert_eq!(*card.validity.expose(), Validity { from: date("20180601"), until: ValidUntil::LongTerm });
    assert_eq!(card.reserved.expose()[..4], [b'?', 0, b' ', 0]);
    assert_eq!(text.check_number(), NumberCheck::Passed);
    assert_eq!(encode_text(&text).unwrap().expose(), &bytes);
    let shown = format!("{text:?}");
    assert!(!["张三", "11010", "1949", "Male", "某"].iter().any(|secret| shown.contains(secret)), "{shown}");
}

#[test]
fn a_residence_permit_is_read_from_its_places() {
    let bytes = by_hand(&[
        (0, "李四"),
        (30, "2"),
        (32, "~~"),
        (36, "19940823"),
        (52, "某路"),
        (122, "810000199408230021"),
        (158, "某局"),
        (188, "20230315"),
        (204, "20280314"),
        (220, "H12345678"),
        (238, "02"),
        (242, "abc"),
        (248, "J"),
        (250, "xyz"),
    ]);
    let text = decode_text(&bytes).unwrap();
    let IdText::ResidencePermit(permit) = &text else { panic!("{text:?}") };
    assert_eq!((permit.name.expose().as_str(), permit.address.expose().as_str()), ("李四", "某路"));
    assert_eq!((permit.travel_permit.expose().as_str(), permit.issue_count.expose().as_str()), ("H12345678", "02"));
    assert_eq!(permit.validity.expose().until, ValidUntil::Date(CardDate::parse("20280314").unwrap()));
    assert_eq!(permit.reserved.expose(), &by_hand(&[(0, "~~abcxyz")])[..16]);
    assert_eq!((text.kind(), text.check_number()), (IdDocumentKind::ResidencePermit, NumberCheck::Passed));
    assert_eq!(encode_text(&text).unwrap().expose(), &bytes);
}

#[test]
fn a_foreigners_card_of_2017_is_read_from_its_places() {
    let bytes = by_hand(&[
        (0, "EXAMPLE, MARIA"),
        (120, "2"),
        (122, "CAN110081080307"),
        (152, "CAN"),
        (158, "马丽莎"),
        (188, "20190510"),
        (204, "20290510"),
        (220, "19810803"),
        (236, "01"),
        (240, "1100"),
        (248, "I"),
        (250, "xyz"),
    ]);
    let text = decode_text(&bytes).unwrap();
    let IdText::ForeignerCard2017(card) = &text else { panic!("{text:?}") };
    assert_eq!(card.english_name.expose(), "EXAMPLE, MARIA");
    assert_eq!((card.number.expose().as_str(), card.nationality.expose().as_str()), ("CAN110081080307", "CAN"));
    assert_eq!((*card.sex.expose(), *card.birth.expose()), (Sex::Female, date("19810803")));
    assert_eq!((card.version.expose().as_str(), card.authority_code.expose().as_str()), ("01", "1100"));
    assert_eq!((text.name().expose().as_str(), text.check_number()), ("马丽莎", NumberCheck::NotChecked));
    assert_eq!(encode_text(&text).unwrap().expose(), &bytes);
    // Without a Chinese name the English one is used.
    let mut bytes = bytes;
    bytes[158..188].copy_from_slice(&[0x20, 0].repeat(15));
    assert_eq!(decode_text(&bytes).unwrap().name().expose(), "EXAMPLE, MARIA");
}

#[test]
fn a_foreigners_card_of_2023_is_read_from_its_places() {
    let (first, second) = ("EXAMPLE, SALIM BIN ABDULRAHMAN BIN ", "YUSUF");
    let bytes = by_hand(&[
        (0, "萨利姆"),
        (30, "1"),
        (32, "03"),
        (36, "19850101"),
        (52, first),
        (122, "932682198501010017"),
        (158, "reserved"),
        (188, "20231201"),
        (204, "20331201"),
        (220, second),
        (242, "SAU"),
        (248, "Y"),
        (250, "001"),
    ]);
    assert_eq!(first.len(), 35);
    let text = decode_text(&bytes).unwrap();
    let IdText::ForeignerCard2023(card) = &text else { panic!("{text:?}") };
    assert_eq!(card.english_name.expose(), "EXAMPLE, SALIM BIN ABDULRAHMAN BIN YUSUF");
    assert_eq!((card.renewal_count.expose().as_str(), card.country.expose().as_str()), ("03", "SAU"));
    assert_eq!(card.reserved.expose(), &bytes[158..188]);
    assert_eq!(card.association.expose(), "001");
    assert_eq!(card.previous_number().unwrap().expose(), "SAU320085010115");
    assert_eq!((text.kind(), text.check_number()), (IdDocumentKind::ForeignerCard2023, NumberCheck::Passed));
    assert_eq!(text.address(), None);
    assert_eq!(encode_text(&text).unwrap().expose(), &bytes);
}

#[test]
fn odd_cards_are_read_as_far_as_they_go() {
    let odd = by_hand(&[
        (0, "王五"),
        (30, "7"),
        (32, "8A"),
        (36, "19990230"),
        (122, "110105194912310021"),
        (188, "00000000"),
        (204, "永久"),
    ]);
    let text = decode_text(&odd).unwrap();
    let IdText::ResidentCard(card) = &text else { panic!("{text:?}") };
    assert_eq!((*card.sex.expose(), *card.nation.expose(), *card.birth.expose()), (Sex::Unknown, None, None));
    assert_eq!(*card.validity.expose(), Validity { from: None, until: ValidUntil::Unknown });
    assert!(matches!(text.check_number(), NumberCheck::Failed(_)));
    // A nation that is in no table is kept as its code.
    let unknown = by_hand(&[(0, "王五"), (32, "81"), (122, "1")]);
    let IdText::ResidentCard(card) = decode_text(&unknown).unwrap() else { panic!() };
    assert_eq!(card.nation.expose().map(Nation::code), Some(81));
    // Half a character at the end of a name does not lose the name.
    let mut cut = by_hand(&[(0, "王五"), (122, "1")]);
    cut[28..30].copy_from_slice(&[0x40, 0xD8]);
    assert!(decode_text(&cut).unwrap().name().expose().ends_with('\u{FFFD}'));
    // Zeros instead of spaces.
    let zeros: Vec<u8> = by_hand(&[(0, "王五"), (122, "1")])
        .chunks(2)
        .flat_map(|unit| if unit == [0x20, 0] { [0, 0] } else { [unit[0], unit[1]] })
        .collect();
    assert_eq!(decode_text(&zeros).unwrap().name().expose(), "王五");
}

#[test]
fn what_is_no_card_is_refused() {
    assert_eq!(decode_text(&[0x20; 255]), Err(TextError::Length(255)));
    assert_eq!(decode_text(&by_hand(&[(0, "王五")])), Err(TextError::Empty("number")));
    assert_eq!(decode_text(&by_hand(&[(122, "1")])), Err(TextError::Empty("name")));
    assert_eq!(decode_text(&by_hand(&[(0, "王五"), (122, "11 22")])), Err(TextError::Number));
    for mark in ["I", "Y"] {
        assert_eq!(
            decode_text(&by_hand(&[(122, "1"), (158, "name"), (248, mark)])),
            Err(TextError::Empty("English name"))
        );
    }
}

#[test]
fn what_does_not_fit_is_not_cut() {
    let with = |words: &[(&str, &str)]| SimCard::from_words("resident", words).map(|_| ());
    assert!(with(&[("name", "一二三四五六七八九十一二三四五")]).is_ok());
    let error = with(&[("name", "一二三四五六七八九十一二三四五六")]).unwrap_err();
    assert_eq!(error.to_string(), "the text does not fit onto a card");
    let IdText::ResidentCard(card) = decode_text(SimCard::resident().text().expose()).unwrap() else { panic!() };
    for reserved in [by_hand(&[(28, "J")])[..36].to_vec(), vec![0; 35], vec![0; 37]] {
        let card = ResidentCard { reserved: Sensitive::new(reserved), ..card.clone() };
        assert_eq!(encode_text(&IdText::ResidentCard(card)), Err(TextError::Reserved));
    }
}

#[test]
fn newest_addresses_go_both_ways() {
    let address = "上海市样例区新居路9号";
    let data = encode_newest_address(address).unwrap();
    assert_eq!(data.len(), 70);
    assert_eq!(decode_newest_address(&data).unwrap().unwrap().expose(), address);
    assert_eq!(decode_newest_address(&[]), Ok(None));
    assert_eq!(decode_newest_address(&[0x20, 0].repeat(35)), Ok(None));
    // With older ones behind it.
    let four = [data.clone(), encode_newest_address("旧").unwrap(), vec![0; 140]].concat();
    assert_eq!(decode_newest_address(&four).unwrap().unwrap().expose(), address);
    assert!(decode_newest_address(&data[1..]).is_err());
    assert!(decode_newest_address(&[0; 282]).is_err());
    assert!(encode_newest_address(&"长".repeat(36)).is_err());
}
