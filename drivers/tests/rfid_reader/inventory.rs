// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which tags lie on a shelf.

use std::collections::BTreeSet;
use std::time::Duration;

use doorstep_drivers::device::{CommandLimit, Device, DeviceError, DeviceStatus};
use doorstep_drivers::rfid::sim::SimTag;
use doorstep_drivers::rfid::{Afi, Inventory, RfidError, RfidReader, Uid};

use super::Outcome;
use super::desk::{Desk, book, books, limit, refusal, uids};

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

/// A shelf is counted right with firmware that leaves collisions open.
fn is_helped(firmware: &str) -> Outcome {
    let desk = Desk::with_books(20)?;
    let mut expected = books(20);
    // Tags that differ in the fourth digit only: firmware with wrong masks finds none of them.
    for number in 0..3 {
        let uid = Uid(0xE004_0100_0000_0777 | number << 12);
        desk.put(0, uid);
        expected.insert(uid);
    }
    desk.sim.order(firmware)?;
    let found = desk.open()?.inventory(None, &limit())?;
    assert_eq!(uids(&found), expected);
    assert!(found.is_clear(), "{found:?}");
    Ok(())
}

#[test]
fn firmware_that_stops_at_collisions_is_helped() -> Outcome {
    is_helped("firmware plain")
}

#[test]
fn firmware_that_gets_its_masks_wrong_is_helped() -> Outcome {
    is_helped("firmware wrong")
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
    assert!(reader.read_tag(stray, &limit())?.content.item_id().is_some());
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
