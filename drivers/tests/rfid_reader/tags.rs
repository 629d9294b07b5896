// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reading and writing of one tag.

use std::collections::BTreeSet;

use doorstep_drivers::rfid::{Afi, RfidError, RfidReader, TagContent, TagError, Uid};

use super::Outcome;
use super::desk::{Desk, book, limit, refusal};

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
    // The smallest tag there is: eight blocks.
    desk.tag(old, |tag| tag.memory.truncate(32))?;
    assert_eq!(reader.read_tag(old, &limit())?.content, reading.content);
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
