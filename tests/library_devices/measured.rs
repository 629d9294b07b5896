// SPDX-License-Identifier: GPL-3.0-only
//! How long things take with the wires at their real speed; run with `--nocapture` to see the figures.

use std::time::{Duration, Instant};

use doorstep::domain::identity::Presented;
use doorstep::domain::library::bookcase::DoorId;
use doorstep_drivers::card_reader::CardReader;
use doorstep_drivers::card_reader::sdt::sim::{IdReader, SimCard};
use doorstep_drivers::card_reader::sdt::{SdtOptions, SdtReader};
use doorstep_drivers::device::CommandLimit;
use doorstep_drivers::rfid::sim::AirTiming;
use doorstep_drivers::sim::{Sim, SimWire};
use doorstep_drivers::transport::DevicePipe;

use crate::bench::{CARDS, Cabinet, Desk, tag};

/// What the program may add to what the wire takes; much more than it does, for loaded machines.
const MOST_ADDED: Duration = Duration::from_millis(500);

/// Reading a card that lies there, with nothing but the driver.
fn driver_alone() -> Duration {
    let folder = tempfile::tempdir().unwrap();
    let sim = Sim::start("reader", IdReader::new(), SimWire::Pty(folder.path().join("reader"))).unwrap();
    sim.order("baud 115200").unwrap();
    let pipe = DevicePipe::open(sim.path().unwrap()).unwrap();
    let limit = CommandLimit::after(Duration::from_secs(10));
    let mut reader = SdtReader::open(Box::new(pipe), SdtOptions::default(), &limit).unwrap();
    sim.with(|reader| reader.present(SimCard::resident()));
    let began = Instant::now();
    assert!(reader.read(&limit).is_ok());
    began.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_laid_down_is_presented_little_later_than_the_wire_allows() {
    let wire = tokio::task::spawn_blocking(driver_alone).await.unwrap();
    let mut desk = Desk::new().await;
    desk.reader.order("baud 115200").unwrap();
    desk.identification.listen(CARDS);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut times = Vec::new();
    for _ in 0..5 {
        let laid = Instant::now();
        desk.lay("resident");
        assert!(matches!(desk.next().await, Presented::IdCard(_)));
        times.push(laid.elapsed());
        desk.reader.order("remove").unwrap();
        assert_eq!(desk.next().await, Presented::Removed);
    }
    times.sort();
    println!("card at 115200 baud: driver alone {wire:.1?}, laid down to presented {times:.1?}");
    assert!(times[2] < wire + MOST_ADDED, "{times:?} {wire:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, not a check: run with --ignored --nocapture"]
async fn a_door_with_twenty_five_books_is_counted_in_seconds() {
    let cabinet = Cabinet::with(AirTiming::Real, |_| {}).await;
    for number in 1..=25 {
        cabinet.person(&format!("load 1 {}", tag(number)));
    }
    let mut times = Vec::new();
    for _ in 0..3 {
        let began = Instant::now();
        let count = cabinet.bookcase.count(DoorId(1), 5).await.unwrap();
        assert_eq!(count.passes.len(), 5);
        times.push(began.elapsed());
    }
    println!("door of 25 books, 5 passes, real timing: first {:.1?}, then {:.1?}", times[0], &times[1..]);
    assert!(times[0] < Duration::from_secs(15) && times[1] < times[0], "{times:?}");
}
