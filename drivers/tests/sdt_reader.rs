// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver of the resident ID card reader against its simulator, over a real pty.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking, as tests do")]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use doorstep_drivers::card_reader::sdt::sim::{IdReader, SimCard};
use doorstep_drivers::card_reader::sdt::{AfterRead, SdtOptions, SdtReader};
use doorstep_drivers::card_reader::{
    Card, CardError, CardEvent, CardKind, CardReader, IdDocument, IdDocumentKind, NewestAddress,
};
use doorstep_drivers::device::{CancelToken, CommandLimit, Device, DeviceError, DeviceStatus};
use doorstep_drivers::sim::{Sim, SimWire};
use doorstep_drivers::transport::{Endpoint, PipeError};

/// Quick, so that a test of silence is not long.
fn options() -> SdtOptions {
    SdtOptions {
        poll_interval: Duration::from_millis(10),
        read_poll_interval: Duration::from_millis(5),
        answer_limit: Duration::from_millis(150),
        gap_limit: Duration::from_millis(40),
        ..SdtOptions::default()
    }
}

fn soon() -> CommandLimit {
    CommandLimit::after(Duration::from_secs(5))
}

fn briefly() -> CommandLimit {
    CommandLimit::after(Duration::from_millis(120))
}

struct Bench {
    sim: Sim<IdReader>,
    endpoint: Endpoint,
    _folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("id-reader");
        let sim = Sim::start("sim-id-reader", IdReader::new(), SimWire::Pty(link.clone())).unwrap();
        Self { sim, endpoint: Endpoint::Device(link), _folder: folder }
    }

    fn open(&self, options: SdtOptions) -> Result<SdtReader, DeviceError> {
        SdtReader::open(self.endpoint.open()?, options, &soon())
    }

    fn order(&self, line: &str) -> String {
        self.sim.order(line).unwrap()
    }

    fn requests(&self) -> u64 {
        self.sim.with(|reader| reader.requests())
    }
}

fn document(card: Card) -> IdDocument {
    let Card::IdDocument(document) = card else { panic!("{card:?}") };
    *document
}

fn card_error(result: Result<Card, DeviceError>) -> CardError {
    match result {
        Err(DeviceError::Refused(source)) => *source.downcast::<CardError>().unwrap(),
        other => panic!("{other:?}"),
    }
}

const INSERTED: CardEvent = CardEvent::Inserted(CardKind::IdDocument);

#[test]
fn the_reader_tells_who_and_how_it_is() {
    let bench = Bench::new();
    let mut reader = bench.open(options()).unwrap();
    assert_eq!(reader.identity().serial.as_deref(), Some("05.03-20240101-000012345-271828182"));
    assert!(reader.describe().starts_with("SDT at device "));
    assert_eq!(reader.capabilities()["fingerprint"], "never asked for");
    let report = reader.status(&soon()).unwrap();
    assert_eq!((report.status, report.details["card"].as_str()), (DeviceStatus::Online, "none"));
    reader.reset(&soon()).unwrap();
}

#[test]
fn a_serial_server_does_as_well() {
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    let sim = Sim::start("sim-id-reader", IdReader::new(), SimWire::Tcp(any_port)).unwrap();
    let endpoint = Endpoint::Tcp { address: sim.address().unwrap(), connect_limit: Duration::from_secs(5) };
    for _ in 0..2 {
        let mut reader = SdtReader::open(endpoint.open().unwrap(), options(), &soon()).unwrap();
        sim.order("present foreigner2023").unwrap();
        document(reader.read(&soon()).unwrap());
        sim.unplug();
        assert!(reader.status(&soon()).unwrap_err().is_lost());
        sim.plug();
    }
}

#[test]
fn all_four_kinds_are_read_whole() {
    let bench = Bench::new();
    let mut reader = bench.open(options()).unwrap();
    for (card, kind, number) in [
        (SimCard::resident(), IdDocumentKind::ResidentCard, "11010519491231002X"),
        (SimCard::permit(), IdDocumentKind::ResidencePermit, "810000199408230021"),
        (SimCard::foreigner_2017(), IdDocumentKind::ForeignerCard2017, "CAN110081080307"),
        (SimCard::foreigner_2023(), IdDocumentKind::ForeignerCard2023, "932682198501010017"),
    ] {
        bench.sim.with(|sim| sim.present(card.clone()));
        let document = document(reader.read(&soon()).unwrap());
        assert_eq!((document.text.kind(), document.text.number().expose().as_str()), (kind, number));
        assert_eq!(document.raw_text, *card.text());
        assert_eq!(document.photo.as_ref(), Some(card.photo()));
        assert_eq!(document.newest_address, NewestAddress::None);
        assert!(!format!("{document:?}").contains(number));
    }
}

#[test]
fn a_newest_address_counts_and_a_photo_can_be_left_out() {
    let bench = Bench::new();
    let mut reader = bench.open(SdtOptions { keep_photo: false, ..options() }).unwrap();
    bench.order("present resident name=李雷 newest-address=新居路9号_2室");
    let read = document(reader.read(&soon()).unwrap());
    assert_eq!(read.text.name().expose(), "李雷");
    assert_eq!(read.address().unwrap().expose(), "新居路9号 2室");
    assert_eq!(read.photo, None);
    bench.order("present resident newest-address=x");
    bench.order("address none");
    assert_eq!(document(reader.read(&soon()).unwrap()).newest_address, NewestAddress::None);

    let mut reader = {
        drop(reader);
        bench.open(SdtOptions { newest_address: false, ..options() }).unwrap()
    };
    bench.order("present resident newest-address=x");
    let read = document(reader.read(&soon()).unwrap());
    assert_eq!(read.newest_address, NewestAddress::NotAsked);
    assert!(read.address().unwrap().expose().contains("幸福里"));
}

#[test]
fn coming_and_going_is_told_once_each() {
    let bench = Bench::new();
    let mut reader = bench.open(options()).unwrap();
    assert_eq!(reader.attend(&briefly()).unwrap(), None);
    bench.order("present resident");
    assert_eq!(reader.attend(&soon()).unwrap(), Some(INSERTED));
    assert_eq!(reader.attend(&briefly()).unwrap(), None);
    bench.order("remove");
    assert_eq!(reader.attend(&soon()).unwrap(), Some(CardEvent::Removed));
    // Also when the card was read, though the SAM does not find it any more.
    bench.order("present resident");
    reader.read(&soon()).unwrap();
    assert_eq!(reader.attend(&soon()).unwrap(), Some(INSERTED));
    assert_eq!(reader.attend(&briefly()).unwrap(), None);
    assert_eq!(reader.status(&soon()).unwrap().details["card"], "read");
    bench.order("remove");
    assert_eq!(reader.attend(&soon()).unwrap(), Some(CardEvent::Removed));
    assert_eq!(reader.attend(&briefly()).unwrap(), None);
}

#[test]
fn a_card_that_was_read_is_not_read_again_until_it_was_lifted() {
    let bench = Bench::new();
    for after_read in [AfterRead::Probe, AfterRead::FindsAgain, AfterRead::Assume] {
        bench.order(if after_read == AfterRead::FindsAgain { "finds until lifted" } else { "finds until read" });
        let mut reader = bench.open(SdtOptions { after_read, ..options() }).unwrap();
        bench.order("present resident");
        reader.read(&soon()).unwrap();
        assert!(matches!(reader.read(&briefly()), Err(DeviceError::NoAnswer)), "{after_read:?}");
        bench.order("remove");
        assert!(matches!(reader.read(&briefly()), Err(DeviceError::NoAnswer)), "{after_read:?}");
        bench.order("present permit");
        assert_eq!(document(reader.read(&soon()).unwrap()).text.kind(), IdDocumentKind::ResidencePermit);
        let mut expected = vec![INSERTED, CardEvent::Removed, INSERTED];
        if after_read == AfterRead::Assume {
            // Who does not look at the card takes it for gone.
            expected.push(CardEvent::Removed);
        }
        for event in expected {
            assert_eq!(reader.attend(&soon()).unwrap(), Some(event), "{after_read:?}");
        }
        assert_eq!(reader.attend(&briefly()).unwrap(), None, "{after_read:?}");
        bench.order("remove");
    }
}

#[test]
fn a_card_pulled_out_early_is_told_as_such() {
    let bench = Bench::new();
    let mut reader = bench.open(options()).unwrap();
    for (finds, step) in [("read", "select"), ("read", "read"), ("selected", "select"), ("selected", "read")] {
        bench.order(&format!("finds until {finds}"));
        bench.order("present resident");
        bench.order(&format!("pull {step}"));
        assert_eq!(card_error(reader.read(&soon())), CardError::TakenAway, "{finds} {step}");
        assert_eq!(reader.attend(&soon()).unwrap(), Some(INSERTED));
        assert_eq!(reader.attend(&soon()).unwrap(), Some(CardEvent::Removed));
    }
    // Pulled out after its text: what is not known is told as such.
    bench.order("present resident");
    bench.order("pull address");
    assert_eq!(document(reader.read(&soon()).unwrap()).newest_address, NewestAddress::Unknown);
    // Pulled out before it was found: nobody came.
    bench.order("present resident");
    bench.order("pull find");
    assert!(matches!(reader.read(&briefly()), Err(DeviceError::NoAnswer)));
}

#[test]
fn bad_cards_are_refused_and_a_good_one_is_read_after_them() {
    let bench = Bench::new();
    let mut reader = bench.open(options()).unwrap();
    for (word, error) in [
        ("unreadable", CardError::Unreadable),
        ("unverified", CardError::Unreadable),
        ("refuses", CardError::Unreadable),
        ("refused", CardError::Unreadable),
        ("wrong", CardError::Unknown),
    ] {
        bench.order("present resident");
        bench.order(&format!("card {word}"));
        let before = bench.requests();
        assert_eq!(card_error(reader.read(&soon())), error, "{word}");
        assert!(bench.requests() - before < 20, "asked too often");
        bench.order("remove");
        bench.order("present permit");
        reader.read(&soon()).unwrap();
        bench.order("remove");
    }
    bench.sim.with(|sim| sim.present(SimCard::with_raw_text([0x20; 256])));
    assert_eq!(card_error(reader.read(&soon())), CardError::Layout);
    // It is not tried again and again.
    assert!(matches!(reader.read(&briefly()), Err(DeviceError::NoAnswer)));
}

#[test]
fn damaged_answers_are_asked_for_again() {
    let bench = Bench::new();
    for (fault, finds) in [("checksum", "read"), ("garbage", "selected"), ("half", "lifted"), ("silent", "selected")] {
        bench.order(&format!("finds until {finds}"));
        let mut reader = bench.open(options()).unwrap();
        for nth in 0..4 {
            // Strikes the answer to: find, select, text and photo, newest address.
            bench.order("present resident");
            let wait = bench.requests() + nth;
            let line = format!("{fault} 1");
            std::thread::scope(|scope| {
                let read = scope.spawn(|| document(reader.read(&soon()).unwrap()));
                while bench.requests() < wait {
                    std::thread::yield_now();
                }
                bench.order(&line);
                let read = read.join().unwrap();
                assert_eq!(read.text.number().expose(), "11010519491231002X", "{fault} {nth}");
            });
            bench.order(&format!("{fault} off"));
            bench.order("remove");
        }
    }
}

#[test]
fn a_bad_wire_is_told_and_nothing_loops() {
    let bench = Bench::new();
    let mut reader = bench.open(options()).unwrap();
    bench.order("present resident");
    for fault in ["checksum", "garbage", "half"] {
        bench.order(&format!("{fault} on"));
        assert!(matches!(reader.read(&soon()), Err(DeviceError::Protocol(_))), "{fault}");
        assert_eq!(reader.status(&soon()).unwrap().status, DeviceStatus::HardwareError, "{fault}");
        assert!(matches!(reader.attend(&soon()), Err(DeviceError::Protocol(_))), "{fault}");
        bench.order("clear");
    }
    bench.order("silent on");
    let error = reader.read(&soon()).unwrap_err();
    assert!(matches!(error, DeviceError::Pipe(PipeError::TimedOut)) && !error.is_lost(), "{error:?}");
    assert_eq!(reader.status(&soon()).unwrap().status, DeviceStatus::Offline);
    assert!(matches!(reader.attend(&soon()), Err(DeviceError::Pipe(PipeError::TimedOut))));
    drop(reader);
    assert!(bench.open(options()).is_err());
    bench.order("clear");
    let mut reader = bench.open(options()).unwrap();
    assert_eq!(reader.status(&soon()).unwrap().status, DeviceStatus::Online);
    reader.read(&soon()).unwrap();
}

#[test]
fn slow_answers_are_waited_for_and_late_ones_are_not_mistaken() {
    let bench = Bench::new();
    let mut reader = bench.open(options()).unwrap();
    bench.order("present resident");
    bench.order("slow 60");
    document(reader.read(&soon()).unwrap());
    // A whole card takes longer on a slow line than an answer may take to begin.
    bench.order("remove");
    bench.order("present resident");
    bench.order("slow 0");
    bench.order("baud 38400");
    document(reader.read(&soon()).unwrap());
    bench.order("baud 0");
    // Later than the driver waits: the next answers are those of earlier questions.
    bench.order("remove");
    bench.order("slow 200");
    assert!(reader.read(&CommandLimit::after(Duration::from_secs(1))).is_err());
    bench.order("clear");
    bench.order("present permit");
    assert_eq!(document(reader.read(&soon()).unwrap()).text.kind(), IdDocumentKind::ResidencePermit);
    assert_eq!(reader.status(&soon()).unwrap().status, DeviceStatus::Online);
}

#[test]
fn a_sam_that_cannot_work_is_seen() {
    let bench = Bench::new();
    for word in ["self-test", "unauthorised"] {
        bench.order(&format!("sam {word}"));
        let mut reader = bench.open(options()).unwrap();
        assert_eq!(reader.identity().serial, None);
        let report = reader.status(&soon()).unwrap();
        assert_eq!(report.status, DeviceStatus::HardwareError);
        assert!(report.details["sam"].contains("SAM"), "{report:?}");
        assert!(matches!(reader.read(&soon()), Err(DeviceError::Refused(_))));
        assert_eq!(reader.attend(&briefly()).unwrap(), None);
        bench.order("sam ok");
        bench.order("present resident");
        assert_eq!(reader.status(&soon()).unwrap().status, DeviceStatus::Online);
        assert!(reader.identity().serial.is_some());
        reader.read(&soon()).unwrap();
        // It fails while the reader is attended to: told once.
        bench.order(&format!("sam {word}"));
        assert!(matches!(reader.attend(&soon()).and_then(|_| reader.attend(&soon())), Err(DeviceError::Refused(_))));
        bench.order("sam ok");
        bench.order("remove");
    }
}

/// Reads, is called back when the simulator has understood so many requests, and tells how late it ended.
fn read_called_back(bench: &Bench, reader: &mut SdtReader, requests: u64) -> (Result<Card, DeviceError>, Duration) {
    let token = CancelToken::new();
    let limit = CommandLimit::cancelled_by(Duration::from_secs(5), token.clone());
    let wanted = bench.requests() + requests;
    std::thread::scope(|scope| {
        let canceller = scope.spawn(|| {
            while bench.requests() < wanted {
                std::thread::park_timeout(Duration::from_millis(1));
            }
            token.cancel();
            Instant::now()
        });
        let result = reader.read(&limit);
        let ended = Instant::now();
        (result, ended.saturating_duration_since(canceller.join().unwrap()))
    })
}

#[test]
fn whoever_waits_can_be_called_back_at_any_moment() {
    let bench = Bench::new();
    let patient = SdtOptions { answer_limit: Duration::from_secs(2), ..options() };
    let mut reader = bench.open(patient).unwrap();
    let (result, late) = read_called_back(&bench, &mut reader, 3);
    assert!(matches!(result, Err(DeviceError::Cancelled)));
    println!("called back while no card lies there: ended after {late:?}");
    for finds in ["selected", "read"] {
        bench.order(&format!("finds until {finds}"));
        for step in 1..=4 {
            // While the answer to find, select, text or address is under way. On a busy machine it may come before
            // the one who calls back: then once more.
            let mut tries = 0;
            loop {
                bench.order("present resident");
                bench.order("slow 100");
                let (result, late) = read_called_back(&bench, &mut reader, step);
                println!("called back in step {step}: ended after {late:?}");
                tries += 1;
                match result {
                    Err(DeviceError::Cancelled) => break,
                    Ok(_) if tries < 5 => {}
                    other => panic!("{finds} {step}: {other:?}"),
                }
            }
            bench.order("slow 0");
            // The card that lies there and was not read is read now, without being lifted.
            let read = document(reader.read(&soon()).unwrap());
            assert_eq!(read.text.kind(), IdDocumentKind::ResidentCard, "{finds} {step}");
            bench.order("remove");
        }
    }
    // Attending is called back in the same way, and its answer is not mistaken for the next one's.
    while reader.attend(&briefly()).unwrap().is_some() {}
    bench.order("slow 100");
    assert_eq!(reader.attend(&briefly()).unwrap(), None);
    assert_eq!(reader.status(&soon()).unwrap().status, DeviceStatus::Online);
}

#[test]
fn unplugged_at_any_moment_it_is_lost_and_comes_back() {
    let bench = Bench::new();
    bench.order("unplug");
    assert!(matches!(bench.open(options()), Err(DeviceError::Pipe(PipeError::Absent(_)))));
    bench.order("plug");
    for round in 0..6 {
        let mut reader = bench.open(options()).unwrap();
        bench.order("present resident");
        bench.order("slow 20");
        let error = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::park_timeout(Duration::from_millis(5 + round * 15));
                bench.order("unplug");
            });
            reader.read(&soon()).and_then(|_| reader.read(&soon())).unwrap_err()
        });
        assert!(error.is_lost(), "{round}: {error:?}");
        assert!(reader.attend(&soon()).and_then(|_| reader.attend(&soon())).unwrap_err().is_lost());
        bench.order("plug");
        bench.order("clear");
        bench.order("remove");
    }
    bench.order("drop after 25");
    let mut reader = bench.open(options()).err().map_or_else(
        || bench.open(options()).unwrap(),
        |error| {
            assert!(error.is_lost(), "{error:?}");
            bench.open(options()).unwrap()
        },
    );
    bench.order("present resident");
    reader.read(&soon()).unwrap();
}

#[test]
fn the_simulator_is_honest_about_requests_that_are_none() {
    use doorstep_drivers::card_reader::sdt::{Answer, Command, FrameDecoder, SamStatus, encode};
    let bench = Bench::new();
    let mut pipe = bench.endpoint.open().unwrap();
    let mut ask = |bytes: &[u8]| {
        pipe.write_all(bytes, Duration::from_secs(1)).unwrap();
        let mut decoder = FrameDecoder::new();
        let mut buffer = [0; 4096];
        loop {
            let count = pipe.read(&mut buffer, Duration::from_secs(5)).unwrap();
            if let Some(found) = decoder.push(&buffer[..count]).pop() {
                return Answer::decode(&found.unwrap()).unwrap().status;
            }
        }
    };
    assert_eq!(ask(&encode(&[0x20, 0x77]).unwrap()), SamStatus::RequestCommand);
    assert_eq!(ask(&encode(&[0x20, 0x01, 0x01]).unwrap()), SamStatus::RequestLength);
    let mut damaged = Command::FindCard.encode();
    damaged[9] ^= 1;
    assert_eq!(ask(&damaged), SamStatus::RequestCheck);
    bench.order("present resident");
    assert_eq!(ask(&Command::SelectCard.encode()), SamStatus::SelectFailed);
    assert_eq!(ask(&Command::ReadTextAndPhoto.encode()), SamStatus::ReadFailed);
    assert_eq!(ask(&Command::FindCard.encode()), SamStatus::CardFound);
    assert_eq!(ask(&Command::SelectCard.encode()), SamStatus::Done);
    assert_eq!(ask(&Command::ReadTextPhotoAndFingerprint.encode()), SamStatus::Done);
    assert_eq!(ask(&Command::FindCard.encode()), SamStatus::NoCard);
    assert_eq!(ask(&Command::ReadNewestAddress.encode()), SamStatus::ItemEmpty);
    for line in [
        "present mouse",
        "present resident name",
        "present resident colour=red",
        "pull hair",
        "address x_y_z",
        "present resident birth=19990230",
        "card",
        "sam",
        "think x",
    ] {
        bench.order("present resident");
        let refused = bench.sim.order(line);
        assert_eq!(refused.is_err(), line != "address x_y_z", "{line}");
    }
    assert!(bench.order("state").contains("card resident good"));
}
