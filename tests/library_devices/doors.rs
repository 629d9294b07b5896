// SPDX-License-Identifier: GPL-3.0-only
//! Locks and contacts.

use doorstep::domain::library::bookcase::DoorSense::{Closed, Open, Unknown};
use doorstep::domain::library::bookcase::{DoorId, UnlockResult};
use doorstep_drivers::door::DoorNumber;
use doorstep_drivers::rfid::sim::AirTiming;

use crate::bench::{Cabinet, DOORS, LONG};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_door_is_told_once_and_then_every_change() {
    let mut cabinet =
        Cabinet::with(AirTiming::None, |case| case.lock().open(DoorNumber::new(3).unwrap()).unwrap()).await;
    let mut first = std::collections::BTreeMap::new();
    while first.len() < usize::from(DOORS) || first.values().any(|sense| *sense == Unknown) {
        let (door, sense) = cabinet.next().await;
        first.insert(door, sense);
    }
    assert_eq!(first.into_iter().collect::<Vec<_>>(), [(1, Closed), (2, Closed), (3, Open), (4, Closed)]);
    cabinet.person("door 3 close");
    assert_eq!(cabinet.next().await, (3, Closed));

    assert_eq!(cabinet.bookcase.unlock(DoorId(2)).await, UnlockResult::Opened);
    cabinet.until_sense(2, Open).await;
    cabinet.person("door 2 close");
    cabinet.until_sense(2, Closed).await;
    // Somebody has a key.
    cabinet.person("door 4 open");
    cabinet.until_sense(4, Open).await;
    assert_eq!(cabinet.pulses(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stuck_lock_is_told_and_its_contact_again() {
    let mut cabinet = Cabinet::new().await;
    cabinet.until_sense(1, Closed).await;
    cabinet.person("door 1 stuck");
    assert_eq!(cabinet.bookcase.unlock(DoorId(1)).await, UnlockResult::StillClosed);
    cabinet.until_sense(1, Closed).await;
    assert_eq!(cabinet.pulses(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contact_that_says_the_opposite_is_told_as_it_says() {
    let mut cabinet = Cabinet::new().await;
    cabinet.until_sense(1, Closed).await;
    cabinet.person("door 1 opposite");
    cabinet.until_sense(1, Open).await;
    // The door springs open, and the contact says closed: what is true is for the rules to find out by counting.
    assert_eq!(cabinet.bookcase.unlock(DoorId(1)).await, UnlockResult::StillClosed);
    cabinet.until_sense(1, Closed).await;
    assert!(cabinet.case.lock().is_open(DoorNumber::new(1).unwrap()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_board_is_silence_and_never_unlocked_again_by_itself() {
    let mut cabinet = Cabinet::new().await;
    cabinet.until_sense(1, Closed).await;
    cabinet.locks.order("silent on").unwrap();
    let result = cabinet.bookcase.unlock(DoorId(1)).await;
    assert!(matches!(result, UnlockResult::Silent | UnlockResult::Unknown), "{result:?}");
    cabinet.until_sense(1, Unknown).await;
    assert!(cabinet.pulses() <= 1);
    cabinet.locks.order("silent off").unwrap();
    while !matches!(cabinet.next().await, (1, Open | Closed)) {}
    assert!(cabinet.pulses() <= 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rubbish_in_place_of_an_answer_is_found_out_by_asking() {
    let cabinet = Cabinet::new().await;
    for (fault, door) in [("half 1", 1), ("garbage 1", 2), ("checksum 1", 3)] {
        cabinet.locks.order(fault).unwrap();
        let result = cabinet.bookcase.unlock(DoorId(door)).await;
        assert!(matches!(result, UnlockResult::Opened | UnlockResult::Unknown), "{fault}: {result:?}");
        assert!(cabinet.case.lock().is_open(DoorNumber::new(door).unwrap()));
        assert_eq!(cabinet.pulses(), u64::from(door), "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_locks_no_door_is_known_and_nothing_is_sent() {
    let mut cabinet = Cabinet::new().await;
    cabinet.until_sense(4, Closed).await;
    cabinet.locks.unplug();
    let mut unknown = std::collections::BTreeSet::new();
    while unknown.len() < usize::from(DOORS) {
        let (door, sense) = cabinet.next().await;
        assert_eq!(sense, Unknown);
        unknown.insert(door);
    }
    assert_eq!(cabinet.bookcase.unlock(DoorId(1)).await, UnlockResult::NotSent);
    assert!(!cabinet.bookcase.health().borrow().locks);
    assert_eq!(cabinet.pulses(), 0);
    cabinet.locks.plug();
    for _ in 0..DOORS {
        cabinet.until_sense(cabinet_door(&mut unknown), Closed).await;
    }
    assert_eq!(cabinet.bookcase.unlock(DoorId(1)).await, UnlockResult::Opened);
    assert_eq!(cabinet.pulses(), 1);
}

/// The first door of those left; they are told in the order of their numbers.
fn cabinet_door(doors: &mut std::collections::BTreeSet<u16>) -> u16 {
    doors.pop_first().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_commands_is_bounded_and_each_is_told_truthfully() {
    let cabinet = Cabinet::new().await;
    let commands: Vec<_> = (0..24)
        .map(|_| {
            let bookcase = cabinet.bookcase.clone();
            tokio::spawn(async move { bookcase.unlock(DoorId(1)).await })
        })
        .collect();
    let mut sent = 0;
    for command in commands {
        match tokio::time::timeout(LONG, command).await.unwrap().unwrap() {
            UnlockResult::NotSent => {}
            UnlockResult::Opened => sent += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!((1..=9).contains(&sent), "{sent}");
    assert_eq!(cabinet.pulses(), sent);
    assert_eq!(cabinet.bookcase.unlock(DoorId(9)).await, UnlockResult::NotSent);
    assert_eq!(cabinet.bookcase.unlock(DoorId(0)).await, UnlockResult::NotSent);
}
