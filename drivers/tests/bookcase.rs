// SPDX-License-Identifier: MIT OR Apache-2.0
//! The whole simulated bookcase: a terminal on the wire of the locks, a person on the control socket.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking, as tests do")]

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use doorstep_drivers::bookcase_sim::{Bookcase, BookcaseSettings, Case, CaseLocks};
use doorstep_drivers::device::{CommandLimit, Device};
use doorstep_drivers::door::{DoorController, DoorEvent, DoorNumber, Family, LockBoards, LockProfile, UnlockOutcome};
use doorstep_drivers::rfid::RfidReader;
use doorstep_drivers::rfid::sim::{AirTiming, SimReaders};
use doorstep_drivers::rfid::trf79xx::{TrfOptions, TrfReader};
use doorstep_drivers::sim::{SimError, SimWire};
use doorstep_drivers::transport::DevicePipe;

fn limit() -> CommandLimit {
    CommandLimit::after(Duration::from_secs(4))
}

fn settings(folder: &tempfile::TempDir, control: &str) -> BookcaseSettings {
    let profile = LockProfile::with_boards(Family::A, &[(1, 4)]).unwrap();
    BookcaseSettings {
        locks: CaseLocks::Boards(profile),
        wire: SimWire::Pty(folder.path().join("locks")),
        control: Some(control.parse().unwrap()),
    }
}

/// A person with a terminal program: one line, all of its answer.
fn say(control: SocketAddr, line: &str) -> String {
    let mut stream = TcpStream::connect(control).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.write_all(format!("{line}\n").as_bytes()).unwrap();
    let mut answer = String::new();
    for line in BufReader::new(stream).lines() {
        let line = line.unwrap();
        answer.push_str(&line);
        if line == "ok" || line.starts_with("error") {
            break;
        }
        answer.push('\n');
    }
    answer
}

#[test]
fn a_person_takes_a_book_after_the_terminal_unlocked_the_door() {
    let folder = tempfile::tempdir().unwrap();
    let bookcase = Bookcase::start(settings(&folder, "127.0.0.1:0"), Case::shared(4), Vec::new()).unwrap();
    let control = bookcase.control_address().unwrap();
    assert_eq!(say(control, "load 2 E004010012345678"), "ok");
    assert_eq!(say(control, "take 2 E004010012345678"), "error door 2 is closed");

    let pipe = DevicePipe::open(bookcase.locks_path().unwrap()).unwrap();
    let profile = LockProfile::with_boards(Family::A, &[(1, 4)]).unwrap().poll(Duration::from_millis(30));
    let mut doors = LockBoards::open(Box::new(pipe), profile, &limit()).unwrap();
    let second = DoorNumber::new(2).unwrap();
    // A pulse of half a second, as real boards have.
    assert!(matches!(doors.unlock(second, &limit()).unwrap(), UnlockOutcome::Opened));
    assert_eq!(say(control, "take 2 E004010012345678"), "ok");
    assert_eq!(say(control, "door 2 close"), "ok");
    assert_eq!(doors.attend(&limit()).unwrap(), Some(DoorEvent::Opened(second)));
    assert_eq!(doors.attend(&limit()).unwrap(), Some(DoorEvent::Closed(second)));
    assert!(bookcase.case().lock().books(second).is_empty());

    assert!(say(control, "state").starts_with("door 1 closed: \ndoor 2 closed: \n"));
    assert!(say(control, "locks state").contains("pulses 1\n"));
    assert_eq!(say(control, "locks silent 1"), "ok");
    assert!(say(control, "dance").contains("a part: locks"));
    assert!(say(control, "door 9 open").starts_with("error there is no door 9"));
    assert_eq!(bookcase.order("door 1 open"), Ok(String::new()));
}

/// Over two wires: a door is unlocked on one, and what the person took and put is read on the other.
#[test]
fn a_reader_behind_the_door_sees_what_was_taken_and_put() {
    let folder = tempfile::tempdir().unwrap();
    let case = Case::shared(4);
    let wires = (1..=4).map(|door| SimWire::Pty(folder.path().join(format!("reader{door}"))));
    let readers = SimReaders::start(case.clone(), wires, AirTiming::None).unwrap();
    let parts = vec![("rfid", readers.orders())];
    let bookcase = Bookcase::start(settings(&folder, "127.0.0.1:0"), case, parts).unwrap();
    let (stays, goes, comes) = ("E004015000000001", "E004015000000002", "E004015000000003");
    for line in [format!("load 2 {stays}"), format!("load 2 {goes}")] {
        bookcase.order(&line).unwrap();
    }
    let pipe = DevicePipe::open(readers.path(1).unwrap()).unwrap();
    let mut reader = TrfReader::open(Box::new(pipe), TrfOptions::default(), &limit()).unwrap();
    let mut uids = || -> Vec<String> {
        reader.inventory(None, &limit()).unwrap().sightings.iter().map(|tag| tag.uid.to_string()).collect()
    };
    assert_eq!(uids(), [stays, goes]);

    let pipe = DevicePipe::open(bookcase.locks_path().unwrap()).unwrap();
    let profile = LockProfile::with_boards(Family::A, &[(1, 4)]).unwrap();
    let mut doors = LockBoards::open(Box::new(pipe), profile, &limit()).unwrap();
    assert!(matches!(doors.unlock(DoorNumber::new(2).unwrap(), &limit()).unwrap(), UnlockOutcome::Opened));
    for line in [format!("take 2 {goes}"), format!("put 2 {comes}"), "door 2 close".to_owned()] {
        bookcase.order(&line).unwrap();
    }
    assert_eq!(uids(), [stays, comes]);
    bookcase.order(&format!("rfid tag {comes} chance 0")).unwrap();
    assert_eq!(uids(), [stays]);
}

#[test]
fn the_control_socket_is_for_this_machine_alone() {
    let folder = tempfile::tempdir().unwrap();
    let started = Bookcase::start(settings(&folder, "0.0.0.0:0"), Case::shared(4), Vec::new());
    assert!(matches!(started, Err(SimError::ControlNotLocal(_))));
}
