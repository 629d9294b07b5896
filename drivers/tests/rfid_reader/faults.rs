// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whatever can be wrong with the wire or the reader.

use std::time::{Duration, Instant};

use doorstep_drivers::device::{CancelToken, CommandLimit, Device, DeviceError, DeviceStatus};
use doorstep_drivers::rfid::RfidReader;

use super::Outcome;
use super::desk::{Desk, book, books, limit, uids};

/// An inventory under `fault` fails with `expected`, and the next one is right.
fn fault_passes(fault: &str, expected: DeviceStatus) -> Outcome {
    let desk = Desk::with_books(12)?;
    let mut reader = desk.open()?;
    desk.sim.order(fault)?;
    let error = reader.inventory(None, &limit()).err().ok_or("an inventory in spite of a fault")?;
    assert_eq!((error.status(), error.is_lost()), (expected, false), "{fault}: {error}");
    desk.sim.order("clear")?;
    assert_eq!(uids(&reader.inventory(None, &limit())?), books(12), "after {fault}");
    Ok(())
}

#[test]
fn a_silent_reader_is_off_line_and_not_empty() -> Outcome {
    fault_passes("silent 9", DeviceStatus::Offline)
}

#[test]
fn rubbish_is_no_inventory() -> Outcome {
    fault_passes("garbage 1", DeviceStatus::HardwareError)
}

#[test]
fn half_an_answer_is_no_inventory() -> Outcome {
    // Half of the title, half of the first round.
    fault_passes("half 2", DeviceStatus::HardwareError)
}

#[test]
fn silence_shows_in_the_status() -> Outcome {
    let desk = Desk::new()?;
    let mut reader = desk.open()?;
    desk.sim.order("silent 1")?;
    assert_eq!(reader.status(&limit())?.status, DeviceStatus::Offline);
    assert_eq!(reader.status(&limit())?.status, DeviceStatus::Online);
    Ok(())
}

#[test]
fn a_slow_reader_is_waited_for() -> Outcome {
    let desk = Desk::with_books(12)?;
    let mut reader = desk.open()?;
    desk.sim.order("slow 100")?;
    assert_eq!(uids(&reader.inventory(None, &limit())?), books(12));
    assert_eq!(reader.read_blocks(book(0), 0, 1, &limit())?.len(), 4);
    Ok(())
}

#[test]
fn an_answer_that_comes_too_late_is_not_taken_for_the_next_one() -> Outcome {
    let desk = Desk::with_books(2)?;
    let mut reader = desk.open()?;
    let (first, second) = (book(0), book(1));
    desk.sim.order(&format!("tag {first} item 111111"))?;
    desk.sim.order(&format!("tag {second} item 222222"))?;
    desk.sim.order("slow 80")?;
    let short = CommandLimit::after(Duration::from_millis(40));
    assert!(matches!(reader.read_blocks(first, 0, 4, &short), Err(DeviceError::NoAnswer)));
    assert_eq!(reader.read_tag(second, &limit())?.content.item_id(), Some("222222"));
    Ok(())
}

#[test]
fn a_reader_that_is_pulled_out_is_lost_and_can_be_opened_again() -> Outcome {
    let desk = Desk::with_books(5)?;
    let mut reader = desk.open()?;
    desk.sim.unplug();
    let error = reader.inventory(None, &limit()).err().ok_or("an inventory without a reader")?;
    assert!(error.is_lost(), "{error}");
    assert!(reader.attend(&limit()).is_err_and(|error| error.is_lost()));
    assert!(desk.open().is_err_and(|error| error.status() == DeviceStatus::NoDevice));
    desk.sim.plug();
    assert_eq!(uids(&desk.open()?.inventory(None, &limit())?), books(5));
    Ok(())
}

#[test]
fn a_reader_that_is_pulled_out_in_the_middle_is_lost() -> Outcome {
    let desk = Desk::with_books(5)?;
    let mut reader = desk.open()?;
    desk.sim.order("slow 400")?;
    let began = Instant::now();
    let outcome = std::thread::scope(|scope| {
        let heard = scope.spawn(move || reader.inventory(None, &limit()));
        std::thread::park_timeout(Duration::from_millis(50));
        desk.sim.unplug();
        heard.join()
    });
    let error = outcome.map_err(|_| "the thread failed")?.err().ok_or("an inventory without a reader")?;
    assert!(error.is_lost(), "{error}");
    assert!(began.elapsed() < Duration::from_millis(400), "noticed only when the answer was due");
    Ok(())
}

#[test]
fn a_command_that_is_called_back_ends_at_once() -> Outcome {
    let desk = Desk::with_books(5)?;
    let mut reader = desk.open()?;
    desk.sim.order("silent on")?;
    let token = CancelToken::new();
    let cancel = token.clone();
    let (started, waits) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        let called_back = waits.recv().map(|()| {
            std::thread::park_timeout(Duration::from_millis(60));
            cancel.cancel();
            Instant::now()
        });
        called_back.unwrap_or_else(|_| Instant::now())
    });
    started.send(())?;
    let outcome = reader.inventory(None, &CommandLimit::cancelled_by(Duration::from_secs(10), token));
    let ended = Instant::now();
    assert!(matches!(outcome, Err(DeviceError::Cancelled)), "{outcome:?}");
    let called_back = thread.join().map_err(|_| "the thread failed")?;
    assert!(ended.duration_since(called_back) < Duration::from_millis(50));
    desk.sim.order("clear")?;
    assert_eq!(uids(&reader.inventory(None, &limit())?), books(5));
    Ok(())
}

#[test]
fn what_is_no_such_reader_is_not_opened() -> Outcome {
    let desk = Desk::new()?;
    desk.sim.order("silent on")?;
    assert!(matches!(desk.open(), Err(DeviceError::NoAnswer)));
    desk.sim.order("clear")?;
    desk.sim.order("garbage on")?;
    assert!(matches!(desk.open(), Err(DeviceError::Protocol(_) | DeviceError::NoAnswer)));
    Ok(())
}
