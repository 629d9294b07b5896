// SPDX-License-Identifier: MIT OR Apache-2.0
//! Several readers, several antennas, and a desk that is watched.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use doorstep_drivers::device::{CommandLimit, Device, DeviceError};
use doorstep_drivers::rfid::sim::{AirTiming, Shelves, SimReaders, TrfMachine};
use doorstep_drivers::rfid::trf79xx::{Antennas, TrfOptions, TrfReader};
use doorstep_drivers::rfid::{Afi, AntennaSwitch, RfidEvent, RfidReader};
use doorstep_drivers::sim::{Sim, SimWire};
use doorstep_drivers::transport::DevicePipe;

use super::Outcome;
use super::desk::{ANSWER_LIMIT, Desk, book, books, limit, uids};

#[test]
fn every_line_of_the_control_socket_reaches_its_reader_or_tag() -> Outcome {
    let folder = tempfile::tempdir()?;
    let shelves = Shelves::new(2);
    let wires = (0..2).map(|door| SimWire::Pty(folder.path().join(format!("door{door}"))));
    let readers = SimReaders::start(shelves, wires, AirTiming::None)?;
    let (first, second) = (book(0), book(1));
    for line in [
        format!("0 put 1 {first}"),
        format!("put 0 {second}"),
        format!("0 take 0 {second}"),
        format!("tag {first} item 30012345678"),
        format!("tag {first} afi C2"),
        format!("tag {first} dsfid 00"),
        "1 slow 1".to_owned(),
        "seed 7".to_owned(),
    ] {
        readers.order(&line)?;
    }
    assert!(readers.order("0 state")?.contains(&format!("tags 1: {first}")));
    assert!(readers.order("1 state")?.contains("slow 1"));
    let words = "blank,foreign,danish 1,patron 1,chance 500,stray 0 500,damage 2,lock 3,old,lose 1,mute 1,well,item 2";
    for line in words.split(',').map(|word| format!("tag {second} {word}")) {
        readers.order(&line)?;
    }
    for line in ["firmware plain", "firmware wrong", "firmware full", "echo off", "echo on", "antenna 1", "timing none"]
    {
        readers.order(&format!("0 {line}"))?;
    }
    for wrong in ["2 state", "dance", "tag E004015000000000 dance", "tag nobody blank", "tag x uid 00", "0 put x y"] {
        assert!(readers.order(wrong).is_err(), "{wrong}");
    }
    let path = readers.path(1).ok_or("no path")?;
    let mut reader = TrfReader::open(Box::new(DevicePipe::open(path)?), TrfOptions::default(), &limit())?;
    assert_eq!(uids(&reader.inventory(Some(Afi::LENT), &limit())?), BTreeSet::from([first]));
    let reading = reader.read_tag(first, &limit())?;
    assert_eq!(reading.information.and_then(|told| told.dsfid), Some(0));
    assert_eq!(reading.content.item_id(), Some("30012345678"));
    Ok(())
}

#[test]
fn a_desk_is_told_which_tags_come_and_go() -> Outcome {
    let desk = Desk::with_books(1)?;
    let watch = Some(Duration::from_millis(5));
    let mut reader = desk.open_with(TrfOptions { watch, answer_limit: ANSWER_LIMIT, ..TrfOptions::default() })?;
    let uid = |event: Option<RfidEvent>| match event {
        Some(RfidEvent::Appeared(sighting)) => Some((true, sighting.uid)),
        Some(RfidEvent::Gone(uid)) => Some((false, uid)),
        None => None,
    };
    assert_eq!(uid(reader.attend(&limit())?), Some((true, book(0))));
    desk.put(0, book(1));
    assert_eq!(uid(reader.attend(&limit())?), Some((true, book(1))));
    assert!(desk.shelves.take(0, &book(0).to_string()));
    assert_eq!(uid(reader.attend(&limit())?), Some((false, book(0))));
    assert_eq!(reader.attend(&CommandLimit::after(Duration::from_millis(60)))?, None);
    Ok(())
}

/// Connects antennas of the simulated reader, as relays would.
struct Relays(Arc<Mutex<Sim<TrfMachine>>>);

impl AntennaSwitch for Relays {
    fn antennas(&self) -> u8 {
        2
    }

    fn select(&mut self, antenna: u8, _limit: &CommandLimit) -> Result<(), DeviceError> {
        let sim = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        sim.with(|machine| machine.connect_antenna(antenna));
        Ok(())
    }
}

#[test]
fn several_antennas_are_led_to_one_after_the_other() -> Outcome {
    let desk = Desk::with_books(3)?;
    desk.put(1, book(10));
    let mut reader = desk.open_with(TrfOptions { antennas: Antennas::InternalExternal, ..TrfOptions::default() })?;
    assert_eq!(reader.antennas(), [0, 1]);
    assert_eq!(uids(&reader.inventory(None, &limit())?), books(3));
    reader.select_antenna(1, &limit())?;
    let found = reader.inventory(None, &limit())?;
    assert_eq!(found.sightings.iter().map(|one| (one.uid, one.antenna)).collect::<Vec<_>>(), [(book(10), 1)]);
    drop(reader);

    let Desk { sim, folder: _folder, .. } = desk;
    let path = sim.path().ok_or("no path")?.to_path_buf();
    let relays = Relays(Arc::new(Mutex::new(sim)));
    let options = TrfOptions { antennas: Antennas::Switch(Box::new(relays)), ..TrfOptions::default() };
    let mut reader = TrfReader::open(Box::new(DevicePipe::open(&path)?), options, &limit())?;
    for (antenna, expected) in [(1, 1), (0, 3)] {
        reader.select_antenna(antenna, &limit())?;
        assert_eq!(reader.inventory(None, &limit())?.sightings.len(), expected);
    }
    Ok(())
}

/// Two hundred books behind eight doors, a reader each, with the times of the serial line and of the air.
#[test]
fn two_hundred_books_behind_eight_doors() -> Outcome {
    let folder = tempfile::tempdir()?;
    let shelves = Shelves::new(8);
    for number in 0..200 {
        assert!(shelves.put(number / 25, book(u64::from(number)).to_string()));
    }
    let wires = (0..8).map(|door| SimWire::Pty(folder.path().join(format!("door{door}"))));
    let readers = SimReaders::start(shelves, wires, AirTiming::Real)?;
    let began = Instant::now();
    let threads: Vec<_> = (0..8_u8)
        .map(|door| {
            let path = readers.path(usize::from(door)).map(std::path::Path::to_path_buf).unwrap_or_default();
            std::thread::spawn(move || -> Result<_, DeviceError> {
                let options = TrfOptions { antennas: Antennas::One(door), ..TrfOptions::default() };
                let mut reader = TrfReader::open(Box::new(DevicePipe::open(&path)?), options, &limit())?;
                let began = Instant::now();
                Ok((reader.inventory(None, &limit())?, began.elapsed()))
            })
        })
        .collect();
    let mut all = BTreeSet::new();
    let (mut slowest, mut sum) = (Duration::ZERO, Duration::ZERO);
    for thread in threads {
        let (found, took) = thread.join().map_err(|_| "a thread failed")??;
        assert!(found.is_clear());
        assert_eq!(found.sightings.len(), 25);
        all.extend(uids(&found));
        (slowest, sum) = (slowest.max(took), sum + took);
    }
    assert_eq!(all, books(200));
    println!("200 tags in 8 doors: slowest pass {slowest:?}, all passes {sum:?}, with opening {:?}", began.elapsed());
    Ok(())
}
