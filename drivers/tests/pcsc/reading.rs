// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cards that come, are read, and go.

use std::time::{Duration, Instant};

use doorstep_drivers::card_reader::apdu::Transmission;
use doorstep_drivers::card_reader::contactless::{BlockAccess, ByteOrder, KeyKind, MifareKey, Radix, UidFormat};
use doorstep_drivers::card_reader::pcsc::{Application, PcscOptions, PcscReader, ReaderChoice, list_readers};
use doorstep_drivers::card_reader::social_security::{RecordBy, SocialSecurityOptions};
use doorstep_drivers::card_reader::vpcd::{
    self, Behaviour, CommandFault, Records, SocialSecurityData, UidCardData, VpcdCard,
};
use doorstep_drivers::card_reader::{Card, CardDate, CardError, CardEvent, CardReader, SocialSecurityCard};
use doorstep_drivers::device::{CancelToken, CommandLimit, Device, DeviceError, DeviceStatus};

use crate::bench::{CHIP, CONTACTLESS, alone, eventually, expect, long, resources};

const NUMBER: &str = "11010519491231002X";

fn social(name: &str) -> VpcdCard {
    VpcdCard::social_security(SocialSecurityData::new(NUMBER, name).unwrap())
}

fn social_card(read: Result<Card, DeviceError>) -> SocialSecurityCard {
    match read.unwrap() {
        Card::SocialSecurity(card) => *card,
        other => panic!("{other:?}"),
    }
}

fn refusal<T: std::fmt::Debug>(read: Result<T, DeviceError>) -> CardError {
    match read.unwrap_err() {
        DeviceError::Refused(error) => *error.downcast::<CardError>().unwrap(),
        other => panic!("{other:?}"),
    }
}

fn tried_as(first: RecordBy, with_issue: bool) -> PcscOptions {
    let options = SocialSecurityOptions { first, with_issue };
    PcscOptions { applications: vec![Application::SocialSecurity(options)], ..PcscOptions::default() }
}

#[test]
fn cards_come_and_go() {
    alone("reading::cards_come_and_go", |bench| {
        bench.start();
        let mut reader = bench.open(PcscOptions::default());
        assert_eq!(reader.identity().model.as_deref(), Some("Virtual PCD 00 00"));
        let report = reader.status(&long()).unwrap();
        assert_eq!((report.status, report.details["card"].as_str()), (DeviceStatus::Online, "none"));

        let behaviour = Behaviour { transmission: Transmission::T0, ..Behaviour::default() };
        let card = bench.card(social("张示例").with(behaviour));
        card.plug();
        expect(&mut reader, CHIP);
        assert_eq!(reader.status(&long()).unwrap().details["card"], "chip");
        let began = Instant::now();
        let read = social_card(reader.read(&long()));
        println!("a social security card was read in {:?}", began.elapsed());
        assert_eq!((read.number.expose().as_str(), read.name.expose().as_str()), (NUMBER, "张示例"));
        assert_eq!(read.issue, None);

        // The card that lies there was read: the next read waits for another one.
        let again = reader.read(&CommandLimit::after(Duration::from_millis(100)));
        assert!(matches!(again, Err(DeviceError::NoAnswer)), "{again:?}");
        card.unplug();
        expect(&mut reader, CardEvent::Removed);

        // A read that waits takes the card that comes, and only its going is told afterwards.
        card.plug();
        assert_eq!(social_card(reader.read(&long())).number.expose(), NUMBER);
        card.unplug();
        expect(&mut reader, CardEvent::Removed);

        // A card that lies there when the reader is opened.
        drop(reader);
        card.plug();
        let mut reader = bench.open(PcscOptions::default());
        expect(&mut reader, CHIP);
        // After a reset it is a new one.
        reader.read(&long()).unwrap();
        reader.reset(&long()).unwrap();
        reader.read(&long()).unwrap();
    });
}

#[test]
fn social_security_cards_of_all_kinds() {
    alone("reading::social_security_cards_of_all_kinds", |bench| {
        bench.start();
        let card = bench.card(social("张示例"));
        card.plug();
        for transmission in [Transmission::T0, Transmission::T1] {
            for records in [Records::Both, Records::Identifier, Records::Number] {
                for (first, part) in [(RecordBy::Identifier, 0xFF), (RecordBy::Number, 7)] {
                    let behaviour = Behaviour { transmission, records, part, exact: part == 7, ..Behaviour::default() };
                    card.with(|card| *card.behaviour_mut() = behaviour);
                    let mut reader = bench.open(tried_as(first, true));
                    reader.reset(&long()).unwrap();
                    let read = social_card(reader.read(&long()));
                    assert_eq!((read.number.expose().as_str(), read.name.expose().as_str()), (NUMBER, "张示例"));
                    let issue = read.issue.unwrap();
                    assert_eq!(issue.area_code, "110101");
                    assert_eq!(issue.card_number.expose(), "A12345678");
                    assert_eq!(issue.valid_to, CardDate::new(2035, 12, 31));
                }
            }
        }
        let mut reader = bench.open(tried_as(RecordBy::Identifier, false));
        // 㐂: four bytes in GB18030. 䶮: in GBK only since its private area was given away. A dot between names.
        for name in ["㐂䶮", "阿卜杜拉·买买提", "欧阳  静"] {
            card.order(&format!("card social {NUMBER} {name}")).unwrap();
            reader.reset(&long()).unwrap();
            let read = social_card(reader.read(&long()));
            assert_eq!(read.name.expose().split_whitespace().collect::<String>(), name.replace(' ', ""));
        }
        for (order, error) in [
            ("pin on", CardError::Locked),
            ("pin off\ncard blank", CardError::Unknown),
            ("card uid 04A1B2C3", CardError::Unknown),
            ("card social\ncommands garbage", CardError::Unknown),
            ("commands short", CardError::Layout),
            ("commands endless", CardError::Layout),
        ] {
            order.lines().for_each(|order| drop(card.order(order).unwrap()));
            reader.reset(&long()).unwrap();
            let read = refusal(reader.read(&long()));
            assert_eq!(read, error, "{order}");
        }
        // Records that are none.
        card.order("commands ok").unwrap();
        let mut data = SocialSecurityData::new(NUMBER, "张示例").unwrap();
        data.set_record(0x09, vec![0x09, 0x1E, 0xD5]);
        let mut broken = VpcdCard::social_security(data);
        card.with(|card| std::mem::swap(card, &mut broken));
        reader.reset(&long()).unwrap();
        assert_eq!(refusal(reader.read(&long())), CardError::Layout);
    });
}

#[test]
fn contactless_cards() {
    alone("reading::contactless_cards", |bench| {
        bench.start();
        let card = bench.card(VpcdCard::uid(UidCardData::new(vec![0x04, 0xA1, 0xB2, 0xC3])));
        card.plug();
        for (order, radix, digits, printed) in [
            (ByteOrder::AsRead, Radix::HexCapital, 0, "04A1B2C3"),
            (ByteOrder::Reversed, Radix::HexSmall, 10, "00c3b2a104"),
            (ByteOrder::AsRead, Radix::Decimal, 10, "0077705923"),
            (ByteOrder::Reversed, Radix::Decimal, 0, "3283263748"),
        ] {
            let format = UidFormat { order, radix, digits, ..UidFormat::default() };
            let applications = vec![
                Application::SocialSecurity(SocialSecurityOptions::default()),
                Application::ContactlessUid(format),
            ];
            let mut reader = bench.open(PcscOptions { applications, ..PcscOptions::default() });
            expect(&mut reader, CONTACTLESS);
            let Card::Contactless(read) = reader.read(&long()).unwrap() else { panic!() };
            assert_eq!(read.uid.expose(), &[0x04, 0xA1, 0xB2, 0xC3]);
            assert_eq!(read.number.expose(), printed);
        }
        let mut reader = bench.open(PcscOptions::default());
        let access = BlockAccess { block: 4, key: MifareKey::new([0xFF; 6]), kind: KeyKind::A, slot: 0 };
        for order in ["obsolete off", "obsolete on"] {
            card.order(order).unwrap();
            assert_eq!(reader.read_block(&access, &long()).unwrap().expose(), &[0; 16]);
        }
        let wrong = BlockAccess { key: MifareKey::new([1; 6]), ..access };
        assert_eq!(refusal(reader.read_block(&wrong, &long())), CardError::Locked);
        // A UID that the card made up is no number.
        card.order("card uid 08112233").unwrap();
        reader.reset(&long()).unwrap();
        assert_eq!(refusal(reader.read(&long())), CardError::Unknown);
    });
}

#[test]
fn cards_pulled_out_while_they_are_read() {
    alone("reading::cards_pulled_out_while_they_are_read", |bench| {
        bench.start();
        let mut reader = bench.open(PcscOptions::default());
        // Seven commands and their repetitions make up a read; each is the last one once.
        for after in [1, 2, 3, 4, 6] {
            let behaviour = Behaviour { transmission: Transmission::T0, ..Behaviour::default() };
            let card = bench.card(social("张示例").with(behaviour));
            card.order(&format!("pull after {after}")).unwrap();
            card.plug();
            expect(&mut reader, CHIP);
            let began = Instant::now();
            assert_eq!(refusal(reader.read(&long())), CardError::TakenAway, "after {after}");
            assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
            expect(&mut reader, CardEvent::Removed);
        }
        let card = bench.card(social("张示例"));
        card.plug();
        assert_eq!(social_card(reader.read(&long())).number.expose(), NUMBER);
    });
}

#[test]
fn a_silent_card_hangs_neither_driver_nor_program() {
    alone("reading::a_silent_card_hangs_neither_driver_nor_program", |bench| {
        bench.start();
        let mut reader = bench.open(PcscOptions::default());
        // One thread and its connection are always there.
        let before = resources();
        let card = bench.card(social("张示例"));
        card.with(|card| card.behaviour_mut().fault = CommandFault::Silent);
        card.plug();
        expect(&mut reader, CHIP);
        let began = Instant::now();
        let read = reader.read(&CommandLimit::after(Duration::from_millis(300)));
        assert!(matches!(read, Err(DeviceError::NoAnswer)), "{read:?}");
        assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
        // The call still hangs: nothing else can be done, and that is said in time.
        let status = reader.status(&CommandLimit::after(Duration::from_millis(100))).unwrap();
        assert_eq!(status.status, DeviceStatus::Offline);
        // Taken out, it is forgotten.
        card.unplug();
        drop(card);
        expect(&mut reader, CardEvent::Removed);
        assert_eq!(reader.status(&long()).unwrap().status, DeviceStatus::Online);
        let card = bench.card(social("张示例"));
        card.plug();
        assert_eq!(social_card(reader.read(&long())).number.expose(), NUMBER);
        drop(card);
        eventually("threads and files are given back", || resources() <= before);

        // A driver that is thrown away with a call that hangs.
        let card = bench.card(social("张示例"));
        card.with(|card| card.behaviour_mut().fault = CommandFault::Silent);
        card.plug();
        let read = reader.read(&CommandLimit::after(Duration::from_secs(2)));
        assert!(matches!(read, Err(DeviceError::NoAnswer)), "{read:?}");
        let began = Instant::now();
        drop(reader);
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
        card.unplug();
        drop(card);
        eventually("its thread ends with the call", || resources().0 < before.0);
    });
}

#[test]
fn commands_are_called_back_at_once() {
    alone("reading::commands_are_called_back_at_once", |bench| {
        bench.start();
        let mut reader = bench.open(PcscOptions::default());
        let card = bench.card(social("张示例"));
        card.with(|card| card.behaviour_mut().delay = Duration::from_millis(500));
        let called_back = |reader: &mut PcscReader, use_it: &mut dyn FnMut(&mut PcscReader, &CommandLimit)| {
            let cancel = CancelToken::new();
            let limit = CommandLimit::cancelled_by(Duration::from_secs(20), cancel.clone());
            std::thread::scope(|scope| {
                let canceller = scope.spawn(move || {
                    std::thread::park_timeout(Duration::from_millis(200));
                    cancel.cancel();
                    Instant::now()
                });
                use_it(reader, &limit);
                let ended = Instant::now();
                ended.duration_since(canceller.join().unwrap())
            })
        };
        let mut worst = Duration::ZERO;
        for _ in 0..5 {
            worst = worst.max(called_back(&mut reader, &mut |reader, limit| {
                assert!(matches!(reader.attend(limit), Ok(None)));
            }));
            worst = worst.max(called_back(&mut reader, &mut |reader, limit| {
                assert!(matches!(reader.read(limit), Err(DeviceError::Cancelled)));
            }));
        }
        println!("waiting was called back within {worst:?}");
        assert!(worst < Duration::from_millis(150), "{worst:?}");
        card.plug();
        expect(&mut reader, CHIP);
        let late = called_back(&mut reader, &mut |reader, limit| {
            assert!(matches!(reader.read(limit), Err(DeviceError::Cancelled)));
        });
        println!("reading was called back within {late:?}");
        assert!(late < Duration::from_millis(150), "{late:?}");
        // The card was not read: it still can be.
        card.with(|card| card.behaviour_mut().delay = Duration::ZERO);
        assert_eq!(social_card(reader.read(&long())).number.expose(), NUMBER);
    });
}

#[test]
fn two_readers_serve_as_one() {
    alone("reading::two_readers_serve_as_one", |bench| {
        bench.start();
        let options = PcscOptions { reader: ReaderChoice::Prefix("Virtual PCD".to_owned()), ..PcscOptions::default() };
        let mut reader = PcscReader::open(options).unwrap();
        let first = bench.card(social("张示例"));
        let second = vpcd::start(VpcdCard::uid(UidCardData::new(vec![1, 2, 3, 4])), bench.second_slot()).unwrap();
        first.plug();
        expect(&mut reader, CHIP);
        assert!(matches!(reader.read(&long()).unwrap(), Card::SocialSecurity(_)));
        second.plug();
        expect(&mut reader, CONTACTLESS);
        assert!(matches!(reader.read(&long()).unwrap(), Card::Contactless(_)));
        let found = list_readers(&long()).unwrap();
        let found: Vec<_> =
            found.iter().map(|found| (found.name.as_str(), found.report.details["card"].as_str())).collect();
        assert_eq!(found, [("Virtual PCD 00 00", "chip"), ("Virtual PCD 00 01", "contactless")]);
        first.unplug();
        expect(&mut reader, CardEvent::Removed);
        second.unplug();
        expect(&mut reader, CardEvent::Removed);
    });
}
