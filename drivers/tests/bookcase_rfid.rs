// SPDX-License-Identifier: MIT OR Apache-2.0
//! The simulated bookcase with its RFID readers: what a person puts in behind one wire is read over another.

use std::error::Error;
use std::time::Duration;

use doorstep_drivers::bookcase_sim::{Bookcase, BookcaseSettings, Case, CaseLocks};
use doorstep_drivers::device::CommandLimit;
use doorstep_drivers::door::{DoorController, DoorNumber, Family, LockBoards, LockProfile, UnlockOutcome};
use doorstep_drivers::rfid::RfidReader;
use doorstep_drivers::rfid::sim::{AirTiming, SimReaders};
use doorstep_drivers::rfid::trf79xx::{Antennas, TrfOptions, TrfReader};
use doorstep_drivers::sim::SimWire;
use doorstep_drivers::transport::DevicePipe;

fn limit() -> CommandLimit {
    CommandLimit::after(Duration::from_secs(5))
}

#[test]
fn a_book_put_in_behind_an_unlocked_door_is_counted_there() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let case = Case::shared(4);
    let wires = (1..=4).map(|door| SimWire::Pty(folder.path().join(format!("rfid{door}"))));
    let readers = SimReaders::start(case.clone(), wires, AirTiming::None)?;
    let profile = LockProfile::with_boards(Family::A, &[(1, 4)])?;
    let settings = BookcaseSettings {
        locks: CaseLocks::Boards(profile.clone()),
        wire: SimWire::Pty(folder.path().join("locks")),
        control: None,
    };
    let bookcase = Bookcase::start(settings, case, vec![("rfid", readers.orders())])?;
    bookcase.order("load 2 E004015000000001")?;
    bookcase.order("rfid tag E004015000000002 item 30012345678")?;

    let wire = DevicePipe::open(bookcase.locks_path().ok_or("no wire of the locks")?)?;
    let mut doors = LockBoards::open(Box::new(wire), profile, &limit())?;
    let second = DoorNumber::new(2).ok_or("no door 2")?;
    let wire = DevicePipe::open(readers.path(second.index()).ok_or("no wire of the reader")?)?;
    let antenna = u8::try_from(second.index())?;
    let options = TrfOptions {
        antennas: Antennas::One(antenna),
        answer_limit: Duration::from_millis(500),
        ..TrfOptions::default()
    };
    let mut reader = TrfReader::open(Box::new(wire), options, &limit())?;

    let before = reader.inventory(None, &limit())?;
    assert_eq!(before.sightings.len(), 1);
    assert!(matches!(doors.unlock(second, &limit())?, UnlockOutcome::Opened));
    bookcase.order("put 2 E004015000000002")?;
    bookcase.order("take 2 E004015000000001")?;
    bookcase.order("door 2 close")?;
    let after = reader.inventory(None, &limit())?;
    let [sighting] = after.sightings.as_slice() else { panic!("{after:?}") };
    assert_eq!((sighting.uid.to_string().as_str(), sighting.antenna), ("E004015000000002", antenna));
    assert_eq!(reader.read_tag(sighting.uid, &limit())?.content.item_id(), Some("30012345678"));
    bookcase.order("rfid 1 silent 1")?;
    assert!(reader.inventory(None, &limit()).is_err());
    Ok(())
}
