// SPDX-License-Identifier: MIT OR Apache-2.0
//! The resident ID card reader in a storm: cards come and go, the wire fails and is pulled out, in any order.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking, as tests do")]

use std::time::{Duration, Instant};

use doorstep_drivers::card_reader::sdt::sim::IdReader;
use doorstep_drivers::card_reader::sdt::{SdtOptions, SdtReader};
use doorstep_drivers::card_reader::{Card, CardEvent, CardReader};
use doorstep_drivers::device::{CommandLimit, Device, DeviceError, DeviceStatus};
use doorstep_drivers::sim::{Sim, SimWire};
use doorstep_drivers::transport::Endpoint;

/// What happens to the reader; each about equally often.
const ORDERS: [&str; 26] = [
    "clear",
    "sam ok",
    "plug",
    "present resident",
    "present resident",
    "present permit",
    "present foreigner2017",
    "present foreigner2023 newest-address=x",
    "remove",
    "remove",
    "pull select",
    "pull read",
    "card unreadable",
    "card wrong",
    "sam self-test",
    "silent 1",
    "garbage 2",
    "half 1",
    "checksum 1",
    "slow 30",
    "drop after 15",
    "unplug",
    "plug",
    "finds until selected",
    "finds until lifted",
    "clear",
];

/// Chance from a seed, so that a failure can be repeated (xorshift64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % count as u64).unwrap()
    }
}

fn limit(time_ms: u64) -> CommandLimit {
    CommandLimit::after(Duration::from_millis(time_ms))
}

/// Inserted and removed must take turns.
#[derive(Default)]
struct Turns(Option<CardEvent>);

impl Turns {
    fn take(&mut self, event: CardEvent, context: &str) {
        let expected_removal = matches!(self.0, Some(CardEvent::Inserted(_)));
        assert_eq!(event == CardEvent::Removed, expected_removal, "{context}");
        self.0 = Some(event);
    }
}

/// Returns how many cards were read and how often the device was lost.
fn storm(seed: u64) -> (u32, u32) {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("id-reader");
    let sim = Sim::start("sim-id-reader", IdReader::new(), SimWire::Pty(link.clone())).unwrap();
    let endpoint = Endpoint::Device(link);
    let options = SdtOptions {
        poll_interval: Duration::from_millis(4),
        read_poll_interval: Duration::from_millis(2),
        answer_limit: Duration::from_millis(60),
        gap_limit: Duration::from_millis(15),
        ..SdtOptions::default()
    };
    let open = || SdtReader::open(endpoint.open()?, options, &limit(300));
    // Once the storm is over, on a machine that may be busy.
    let patient = SdtOptions { answer_limit: Duration::from_secs(2), gap_limit: Duration::from_millis(500), ..options };
    let reopen = || SdtReader::open(endpoint.open()?, patient, &limit(5000));
    let mut chance = Chance(seed);
    let (mut reader, mut turns) = (None::<SdtReader>, Turns::default());
    let (mut read, mut lost) = (0, 0);
    for step in 0..50 {
        let order = ORDERS[chance.below(ORDERS.len())];
        let context = format!("seed {seed}, step {step}, after `{order}`");
        // Some do not apply, such as removing a card that is not there.
        let _ = sim.order(order);
        let began = Instant::now();
        let Some(device) = reader.as_mut() else {
            (reader, turns) = (open().ok(), Turns::default());
            continue;
        };
        let result = match chance.below(4) {
            0 => device.attend(&limit(25)).map(|event| event.into_iter().for_each(|event| turns.take(event, &context))),
            1 => device.status(&limit(60)).map(|_| ()),
            _ => device.read(&limit(100)).map(|card| {
                let Card::IdDocument(document) = card else { panic!("{context}") };
                assert!(!document.text.number().expose().is_empty(), "{context}");
                read += 1;
            }),
        };
        assert!(began.elapsed() < Duration::from_secs(5), "{context}: not bounded");
        match result {
            Err(error) if error.is_lost() => {
                lost += 1;
                reader = None;
            }
            Err(DeviceError::Cancelled) => panic!("{context}: nobody called it back"),
            _ => {}
        }
    }
    // Afterwards everything is as it was.
    let calm = Instant::now();
    for order in ["plug", "clear", "finds until read"] {
        sim.order(order).unwrap();
    }
    drop(reader);
    // A wire that broke at last is made anew in a moment.
    let mut opened = reopen();
    while opened.as_ref().is_err_and(DeviceError::is_lost) && calm.elapsed() < Duration::from_secs(5) {
        std::thread::park_timeout(Duration::from_millis(10));
        opened = reopen();
    }
    let mut reader = opened.unwrap();
    let _ = sim.order("remove");
    while reader.attend(&limit(60)).unwrap().is_some() {}
    sim.order("present resident").unwrap();
    assert_eq!(reader.status(&limit(5000)).unwrap().status, DeviceStatus::Online, "seed {seed}");
    reader.read(&limit(5000)).unwrap();
    (read, lost)
}

fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

/// One test, so that nothing else of this process opens files meanwhile.
#[test]
fn whatever_happens_it_goes_on_and_leaves_nothing_behind() {
    let before = (open_files(), threads());
    // More of them by hand: STORMS=100 cargo test --test sdt_storm
    let count = std::env::var("STORMS").ok().and_then(|count| count.parse().ok()).unwrap_or(2);
    let (mut read, mut lost) = (0, 0);
    for seed in 1..=count {
        let (more_read, more_lost) = storm(seed * 0x9E37_79B9);
        (read, lost) = (read + more_read, lost + more_lost);
    }
    println!("{count} storms: {read} cards read, lost {lost} times");
    assert!(read >= 1 && lost >= 1, "a poor storm: {read} read, {lost} lost");
    assert_eq!((open_files(), threads()), before);
}
