// SPDX-License-Identifier: MIT OR Apache-2.0
//! How long a resident ID card takes, with driver and simulator on a real pty.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use std::time::{Duration, Instant};

use doorstep_drivers::card_reader::CardReader;
use doorstep_drivers::card_reader::sdt::sim::{IdReader, SimCard};
use doorstep_drivers::card_reader::sdt::{SdtOptions, SdtReader};
use doorstep_drivers::device::CommandLimit;
use doorstep_drivers::sim::{Sim, SimWire};
use doorstep_drivers::transport::Endpoint;

/// From the moment a card is laid down until its text is there, beyond the time that the answers take on the wire.
#[test]
#[ignore = "a measurement, not a check: run with --ignored --nocapture"]
fn measure_how_long_a_card_takes_beyond_its_wire() {
    const ROUNDS: u32 = 200;
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("id-reader");
    let sim = Sim::start("sim-id-reader", IdReader::new(), SimWire::Pty(link.clone())).unwrap();
    let endpoint = Endpoint::Device(link);
    let soon = || CommandLimit::after(Duration::from_secs(5));
    for baud in [115_200, 0] {
        let mut reader = SdtReader::open(endpoint.open().unwrap(), SdtOptions::default(), &soon()).unwrap();
        sim.order(&format!("baud {baud}")).unwrap();
        // Find, select, text and photo, newest address (none).
        let bytes = 15 + 19 + 1295 + 11;
        let wire = Duration::from_secs_f64(if baud == 0 { 0.0 } else { f64::from(bytes) * 10.0 / f64::from(baud) });
        let mut beyond: Vec<Duration> = (0..ROUNDS)
            .map(|round| {
                std::thread::scope(|scope| {
                    let laid_down = scope.spawn(|| {
                        // At all points of the interval between two searches.
                        std::thread::park_timeout(Duration::from_micros(20_000 + u64::from(round * 97 % 20_000)));
                        let now = Instant::now();
                        sim.with(|sim| sim.present(SimCard::resident()));
                        now
                    });
                    reader.read(&soon()).unwrap();
                    let read = Instant::now();
                    let laid_down = laid_down.join().unwrap();
                    sim.with(IdReader::remove);
                    (read - laid_down).saturating_sub(wire)
                })
            })
            .collect();
        beyond.sort_unstable();
        let at = |percent: usize| beyond[(beyond.len() - 1) * percent / 100];
        println!(
            "baud {baud}: wire {wire:?}; beyond it, of {ROUNDS} cards: p50 {:?}, p99 {:?}, longest {:?}",
            at(50),
            at(99),
            at(100)
        );
    }
}
