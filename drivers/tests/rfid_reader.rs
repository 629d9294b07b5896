// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver of RFID readers against the simulated one, over a pty.

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use doorstep_drivers::device::{CancelToken, CommandLimit, Device, DeviceError, DeviceStatus};
use doorstep_drivers::rfid::sim::{AirTiming, SharedStock, Shelves, SimTag, TrfMachine};
use doorstep_drivers::rfid::trf79xx::{Antennas, TrfOptions, TrfReader};
use doorstep_drivers::rfid::{
    Afi, AntennaSwitch, Inventory, RfidError, RfidEvent, RfidReader, TagContent, TagError, Uid,
};
use doorstep_drivers::sim::{Sim, SimWire};
use doorstep_drivers::transport::DevicePipe;

type Outcome = Result<(), Box<dyn Error>>;

/// Answers of the simulated reader come at once, so that only a fault waits this long.
const ANSWER_LIMIT: Duration = Duration::from_millis(600);

fn limit() -> CommandLimit {
    CommandLimit::after(Duration::from_secs(10))
}

/// A book of NXP's.
fn book(number: u64) -> Uid {
    Uid(0xE004_0150_0000_0000 | number.wrapping_mul(0x9E37_79B9) & 0xFFFF_FFFF)
}

/// A simulated reader before one shelf.
struct Desk {
    sim: Sim<TrfMachine>,
    shelves: Shelves,
    stock: SharedStock,
    _folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let (shelves, stock) = (Shelves::new(2), SharedStock::default());
        let machine = TrfMachine::new(shelves.clone(), stock.clone(), 0).with_timing(AirTiming::None);
        let sim = Sim::start("rfid", machine, SimWire::Pty(folder.path().join("reader")))?;
        Ok(Self { sim, shelves, stock, _folder: folder })
    }

    fn with_books(count: u64) -> Result<Self, Box<dyn Error>> {
        let desk = Self::new()?;
        for number in 0..count {
            desk.put(0, book(number));
        }
        Ok(desk)
    }

    fn put(&self, shelf: u8, uid: Uid) {
        assert!(self.shelves.put(shelf, uid.to_string()));
    }

    fn tag<T>(&self, uid: Uid, change: impl FnOnce(&mut SimTag) -> T) -> Result<T, Box<dyn Error>> {
        Ok(change(self.stock.lock().get(&uid.to_string()).ok_or("no such tag")?))
    }

    fn open_with(&self, options: TrfOptions) -> Result<TrfReader, DeviceError> {
        let path = self.sim.path().unwrap_or_else(|| std::path::Path::new("/dev/null"));
        TrfReader::open(Box::new(DevicePipe::open(path)?), options, &limit())
    }

    fn open(&self) -> Result<TrfReader, DeviceError> {
        self.open_with(TrfOptions { answer_limit: ANSWER_LIMIT, ..TrfOptions::default() })
    }
}

fn uids(inventory: &Inventory) -> BTreeSet<Uid> {
    inventory.sightings.iter().map(|sighting| sighting.uid).collect()
}

fn books(count: u64) -> BTreeSet<Uid> {
    (0..count).map(book).collect()
}

/// What the tag, not the reader, had against it.
fn refusal<T>(outcome: Result<T, DeviceError>) -> Option<RfidError> {
    match outcome {
        Err(DeviceError::Refused(why)) => why.downcast_ref().copied(),
        _ => None,
    }
}

#[test]
fn the_reader_says_who_it_is_and_how() -> Outcome {
    let desk = Desk::new()?;
    let mut reader = desk.open()?;
    assert_eq!(reader.identity().model.as_deref(), Some("TRF7970A EVM"));
    assert_eq!(reader.identity().firmware.as_deref(), Some("Firmware Revision 03 from 11/Nov/2013"));
    let report = reader.status(&limit())?;
    assert_eq!(report.status, DeviceStatus::Online);
    assert_eq!(reader.antennas(), [0]);
    assert_eq!(refusal(reader.select_antenna(3, &limit())), Some(RfidError::NoAntenna(3)));
    assert!(matches!(reader.set_eas(book(0), true, &limit()), Err(DeviceError::Unsupported { .. })));
    assert_eq!(reader.attend(&CommandLimit::after(Duration::from_millis(50)))?, None);
    Ok(())
}

#[test]
fn every_tag_of_a_full_shelf_is_heard_once() -> Outcome {
    let desk = Desk::with_books(60)?;
    let mut reader = desk.open()?;
    let found = reader.inventory(None, &limit())?;
    assert_eq!(uids(&found), books(60));
    assert!(found.is_clear());
    assert!(found.sightings.iter().all(|sighting| sighting.rssi == Some(0x7F) && sighting.antenna == 0));
    assert_eq!(reader.inventory(None, &limit())?, found);
    Ok(())
}

#[test]
fn an_empty_shelf_is_empty() -> Outcome {
    let desk = Desk::new()?;
    assert_eq!(desk.open()?.inventory(None, &limit())?, Inventory::default());
    Ok(())
}

#[test]
fn firmware_that_stops_at_collisions_is_helped() -> Outcome {
    for firmware in ["firmware plain", "firmware wrong"] {
        let desk = Desk::with_books(40)?;
        // Tags that differ in the fourth digit only: firmware with wrong masks finds none of them.
        for number in 0..3 {
            desk.put(0, Uid(0xE004_0100_0000_0777 | number << 12));
        }
        desk.sim.order(firmware)?;
        let found = desk.open()?.inventory(None, &limit())?;
        let mut expected = books(40);
        expected.extend((0..3).map(|number| Uid(0xE004_0100_0000_0777 | number << 12)));
        assert_eq!(uids(&found), expected, "{firmware}");
        assert!(found.is_clear(), "{firmware}: {found:?}");
    }
    Ok(())
}

#[test]
fn a_reader_without_echo_is_understood() -> Outcome {
    let desk = Desk::with_books(20)?;
    desk.sim.order("echo off")?;
    // Without an echo the commands that have no title answer nothing at all; this firmware has one for each.
    assert_eq!(uids(&desk.open()?.inventory(None, &limit())?), books(20));
    Ok(())
}

#[test]
fn a_family_is_asked_for_alone() -> Outcome {
    let desk = Desk::with_books(10)?;
    for number in 0..4 {
        desk.tag(book(number), |tag| tag.afi = Afi::LENT)?;
    }
    let mut reader = desk.open()?;
    let lent = reader.inventory(Some(Afi::LENT), &limit())?;
    assert_eq!(uids(&lent), books(4));
    assert!(lent.sightings.iter().all(|sighting| sighting.afi == Some(Afi::LENT)));
    assert_eq!(reader.inventory(Some(Afi::ON_SHELF), &limit())?.sightings.len(), 6);
    Ok(())
}

#[test]
fn a_tag_heard_now_and_then_is_told_as_it_was() -> Outcome {
    let desk = Desk::with_books(8)?;
    let shy = book(3);
    desk.tag(shy, |tag| tag.chance = 500)?;
    let mut reader = desk.open()?;
    let passes = reader.repeat_inventory(None, 20, &limit())?;
    assert_eq!(passes.len(), 20);
    let heard = passes.iter().filter(|pass| uids(pass).contains(&shy)).count();
    assert!((4..=16).contains(&heard), "heard in {heard} of 20 passes");
    let others = |pass: &Inventory| uids(pass).difference(&BTreeSet::from([shy])).count();
    assert!(passes.iter().all(|pass| others(pass) == 7 && pass.is_clear()));
    Ok(())
}

#[test]
fn a_tag_of_the_neighbour_is_heard_weakly_and_a_clone_is_told() -> Outcome {
    let desk = Desk::with_books(3)?;
    let stray = Uid(0xE004_0150_AAAA_0001);
    desk.put(1, stray);
    desk.tag(stray, |tag| tag.stray = Some((0, 1000)))?;
    let mut reader = desk.open()?;
    let found = reader.inventory(None, &limit())?;
    let rssi = found.sightings.iter().find(|sighting| sighting.uid == stray).and_then(|sighting| sighting.rssi);
    assert_eq!(rssi, Some(0x41));
    // A second tag with the UID of the first: the same answer is one tag, another one cannot be told apart.
    let twin = SimTag { dsfid: 0x06, ..desk.tag(book(0), |tag| tag.clone())? };
    assert!(desk.stock.lock().add("twin", twin.clone()));
    assert!(desk.shelves.put(0, "twin"));
    assert_eq!(reader.inventory(None, &limit())?, found);
    assert!(desk.stock.lock().add("twin", SimTag { dsfid: 0x11, ..twin }));
    let unclear = reader.inventory(None, &limit())?;
    assert_eq!(unclear.unresolved, 1);
    assert_eq!(unclear.sightings.len(), 3, "the clones are no sighting");
    Ok(())
}

#[test]
fn tags_are_read_whatever_they_are() -> Outcome {
    let desk = Desk::with_books(3)?;
    let (first, old, card) = (book(0), book(1), book(2));
    let name = |uid: Uid| uid.to_string();
    desk.sim.order(&format!("tag {} item 30012345678", name(first)))?;
    desk.sim.order(&format!("tag {} danish 7010012345", name(old)))?;
    desk.sim.order(&format!("tag {} old", name(old)))?;
    desk.sim.order(&format!("tag {} patron 20190042", name(card)))?;
    let mut reader = desk.open()?;
    let reading = reader.read_tag(first, &limit())?;
    assert_eq!(reading.content.item_id(), Some("30012345678"));
    let told = reading.information.ok_or("no information")?;
    assert_eq!((told.afi, told.dsfid, told.blocks), (Some(Afi::ON_SHELF), Some(0x06), Some(28)));
    // Neither system information nor several blocks at a time; what it holds tells what it is.
    let reading = reader.read_tag(old, &limit())?;
    assert_eq!(reading.information, None);
    assert_eq!(reading.content.item_id(), Some("7010012345"));
    let content = reader.read_tag(card, &limit())?.content;
    assert_eq!(content.item_id(), None);
    assert_eq!(content.patron_id().map(|number| number.expose().as_str()), Some("20190042"));
    desk.sim.order(&format!("tag {} foreign", name(first)))?;
    assert_eq!(reader.read_tag(first, &limit())?.content, TagContent::Foreign);
    desk.sim.order(&format!("tag {} blank", name(first)))?;
    assert_eq!(reader.read_tag(first, &limit())?.content, TagContent::Blank);
    desk.sim.order(&format!("tag {} damage 2", name(first)))?;
    assert_eq!(refusal(reader.read_tag(first, &limit())), Some(RfidError::Tag(TagError::UNKNOWN)));
    assert_eq!(reader.read_blocks(first, 0, 2, &limit())?, [0; 8], "what is not damaged can be read");
    assert_eq!(refusal(reader.read_blocks(first, 28, 1, &limit())), Some(RfidError::Tag(TagError::NO_BLOCK)));
    assert!(desk.shelves.take(0, &name(first)));
    assert_eq!(refusal(reader.read_tag(first, &limit())), Some(RfidError::TagSilent));
    Ok(())
}

#[test]
fn a_block_is_written_once_and_believed_when_read() -> Outcome {
    let desk = Desk::new()?;
    let data: Vec<u8> = (1..=12).collect();
    // NXP's tags and those of Texas Instruments, which want the option flag.
    for uid in [book(0), Uid(0xE007_0000_1234_5678)] {
        desk.put(0, uid);
        let mut reader = desk.open()?;
        reader.write_blocks(uid, 4, &data, &limit())?;
        assert_eq!(desk.tag(uid, |tag| tag.memory[16..28].to_vec())?, data);
        // Written without an answer: reading shows it, and it is not written again.
        desk.tag(uid, |tag| tag.writes_unanswered = 1)?;
        let before = desk.sim.with(|machine| machine.frames());
        reader.write_blocks(uid, 4, &[9; 4], &limit())?;
        // Two reads before, one write, one read after.
        assert_eq!(desk.sim.with(|machine| machine.frames()) - before, 4);
        // Answered and not written: seen by reading, written once more.
        desk.tag(uid, |tag| tag.writes_lost = 1)?;
        reader.write_blocks(uid, 4, &[8; 4], &limit())?;
        assert_eq!(desk.tag(uid, |tag| tag.memory[16..20].to_vec())?, [8; 4]);
        // What it holds already is not written.
        desk.tag(uid, |tag| tag.writes_lost = 5)?;
        reader.write_blocks(uid, 4, &[8; 4], &limit())?;
        assert_eq!(refusal(reader.write_blocks(uid, 4, &[7; 4], &limit())), Some(RfidError::NotWritten(4)));
        assert_eq!(desk.tag(uid, |tag| tag.writes_lost)?, 3, "two tries, no more");
        desk.tag(uid, |tag| (tag.writes_lost, tag.locked) = (0, BTreeSet::from([5])))?;
        let locked = refusal(reader.write_blocks(uid, 4, &[3; 12], &limit()));
        assert_eq!(locked, Some(RfidError::Tag(TagError::LOCKED)));
        assert_eq!(refusal(reader.write_blocks(uid, 4, &[1; 5], &limit())), Some(RfidError::Blocks));
        let outside = refusal(reader.write_blocks(uid, 27, &[1; 8], &limit()));
        assert_eq!(outside, Some(RfidError::Tag(TagError::NO_BLOCK)));
        drop(reader);
        assert!(desk.shelves.take(0, &uid.to_string()));
    }
    Ok(())
}

#[test]
fn the_family_is_written_and_read_again() -> Outcome {
    let desk = Desk::with_books(2)?;
    let mut reader = desk.open()?;
    reader.set_afi(book(0), Afi::LENT, &limit())?;
    assert_eq!(desk.tag(book(0), |tag| tag.afi)?, Afi::LENT);
    desk.tag(book(0), |tag| tag.writes_lost = 9)?;
    assert_eq!(refusal(reader.set_afi(book(0), Afi::ON_SHELF, &limit())), Some(RfidError::AfiNotWritten));
    assert_eq!(desk.tag(book(0), |tag| (tag.afi, tag.writes_lost))?, (Afi::LENT, 7));
    // A tag that tells nothing of itself is asked for under the new family.
    desk.tag(book(1), |tag| (tag.old, tag.writes_unanswered) = (true, 1))?;
    reader.set_afi(book(1), Afi::LENT, &limit())?;
    assert_eq!(desk.tag(book(1), |tag| tag.afi)?, Afi::LENT);
    assert!(desk.shelves.take(0, &book(1).to_string()));
    assert_eq!(refusal(reader.set_afi(book(1), Afi::ON_SHELF, &limit())), Some(RfidError::TagSilent));
    Ok(())
}

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

    let Desk { sim, _folder, .. } = desk;
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
    let (shelves, stock) = (Shelves::new(8), SharedStock::default());
    let mut sims = Vec::new();
    for door in 0..8_u8 {
        for number in 0..25 {
            assert!(shelves.put(door, book(u64::from(door) * 25 + number).to_string()));
        }
        let machine = TrfMachine::new(shelves.clone(), stock.clone(), door);
        sims.push(Sim::start("rfid", machine, SimWire::Pty(folder.path().join(format!("door{door}"))))?);
    }
    let began = Instant::now();
    let threads: Vec<_> = sims
        .iter()
        .zip(0..)
        .map(|(sim, door)| {
            let path = sim.path().map(std::path::Path::to_path_buf).unwrap_or_default();
            std::thread::spawn(move || -> Result<_, DeviceError> {
                let options = TrfOptions { antennas: Antennas::One(door), ..TrfOptions::default() };
                let mut reader = TrfReader::open(Box::new(DevicePipe::open(&path)?), options, &limit())?;
                let began = Instant::now();
                Ok((reader.inventory(None, &limit())?, began.elapsed()))
            })
        })
        .collect();
    let mut all = BTreeSet::new();
    let mut slowest = Duration::ZERO;
    for thread in threads {
        let (found, took) = thread.join().map_err(|_| "a thread failed")??;
        assert!(found.is_clear());
        assert_eq!(found.sightings.len(), 25);
        all.extend(uids(&found));
        slowest = slowest.max(took);
    }
    assert_eq!(all, books(200));
    println!("200 tags in 8 doors: slowest pass {slowest:?}, with opening {:?}", began.elapsed());
    Ok(())
}
