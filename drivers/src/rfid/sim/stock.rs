// SPDX-License-Identifier: MIT OR Apache-2.0
//! All simulated tags, by name.

use std::collections::BTreeMap;

use super::tag::SimTag;
use crate::rfid::iso28560_2::{DataObjectsEncoder, Element, Usage};
use crate::rfid::iso28560_3::BasicBlock;
use crate::rfid::{Afi, TagModel, Uid};
use crate::sensitive::Sensitive;

/// Most tags of a stock.
pub const MOST_TAGS: usize = 4096;

/// Most blocks of a tag, and the largest number of one and one.
const BLOCK_BYTES: u8 = 4;

/// The lines that [`TagStock::order`] knows.
pub const TAG_WORDS: &str = "tag NAME item BARCODE|danish BARCODE|patron NUMBER|blank|foreign|uid UID|afi HH|dsfid HH|\
    chance PERMILLE|stray ANTENNA PERMILLE|damage BLOCK|lock BLOCK|old|lose WRITES|mute WRITES|well";

/// Tags by name. A name that is a UID, and of which nothing was said, is a book with the last nine digits of that UID
/// (decimal) as its bar code.
#[derive(Clone, Debug, Default)]
pub struct TagStock {
    tags: BTreeMap<String, SimTag>,
}

impl TagStock {
    /// Adds a tag, or puts it in the place of the one of that name. False when there is no room.
    pub fn add(&mut self, name: impl Into<String>, tag: SimTag) -> bool {
        let name = name.into();
        let has_room = self.tags.len() < MOST_TAGS || self.tags.contains_key(&name);
        if has_room {
            self.tags.insert(name, tag);
        }
        has_room
    }

    /// A book's tag (ISO 28560-2) with this bar code; an empty tag where the bar code cannot be written.
    #[must_use]
    pub fn book(uid: Uid, barcode: &str) -> SimTag {
        Self::part_2(uid, barcode, "10")
    }

    fn part_2(uid: Uid, primary: &str, usage: &str) -> SimTag {
        let mut tag = SimTag::new(uid);
        let objects = DataObjectsEncoder::new(BLOCK_BYTES)
            .locked(Element::PRIMARY_ITEM, primary)
            .and_then(|objects| objects.element(Element::USAGE, usage))
            .and_then(|objects| objects.finish(tag.memory.len()));
        tag.hold(TagModel::Iso28560Part2.dsfid(), &objects.unwrap_or_default());
        tag
    }

    fn danish(uid: Uid, barcode: &str) -> SimTag {
        let mut tag = SimTag::new(uid);
        let block = BasicBlock {
            usage: Usage::Circulating,
            parts: 1,
            part: 1,
            item: Sensitive::new(barcode.to_owned()),
            country: "CN".to_owned(),
            library: "110108".to_owned(),
        };
        tag.hold(TagModel::Iso28560Part3.dsfid(), &block.encode().unwrap_or_default());
        tag
    }

    /// The tag of this name, made now if the name is a UID.
    pub fn get(&mut self, name: &str) -> Option<&mut SimTag> {
        if !self.tags.contains_key(name) {
            let uid = parse_uid(name)?;
            self.add(name, Self::book(uid, &format!("{:09}", uid.0 % 1_000_000_000)));
        }
        self.tags.get_mut(name)
    }

    /// Carries out one line of a control socket; nothing when it is not one of [`TAG_WORDS`].
    pub fn order(&mut self, words: &[&str]) -> Option<Result<String, String>> {
        let ["tag", name, what @ ..] = words else { return None };
        Some(self.change(name, what).map(|()| String::new()).ok_or_else(|| format!("possible are: {TAG_WORDS}")))
    }

    fn change(&mut self, name: &str, what: &[&str]) -> Option<()> {
        if let ["uid", uid] = what {
            let uid = parse_uid(uid)?;
            return self.add(name, Self::book(uid, &format!("{:09}", uid.0 % 1_000_000_000))).then_some(());
        }
        let tag = self.get(name)?;
        let hex = |word: &str| u8::from_str_radix(word, 16).ok();
        match *what {
            ["item", barcode] => *tag = Self::book(tag.uid, barcode),
            ["danish", barcode] => *tag = Self::danish(tag.uid, barcode),
            ["patron", number] => {
                *tag = Self::part_2(tag.uid, number, "80");
                tag.afi = Afi::LENT;
            }
            ["blank"] => tag.hold(0, &[]),
            ["foreign"] => tag.hold(0, b"\xE1\x40\x0E\x01\x03\x00\xFE"),
            ["afi", value] => tag.afi = Afi(hex(value)?),
            ["dsfid", value] => tag.dsfid = hex(value)?,
            ["chance", permille] => tag.chance = permille.parse().ok()?,
            ["stray", antenna, permille] => tag.stray = Some((antenna.parse().ok()?, permille.parse().ok()?)),
            ["damage", block] => drop(tag.damaged.insert(block.parse().ok()?)),
            ["lock", block] => drop(tag.locked.insert(block.parse().ok()?)),
            ["old"] => tag.old = true,
            ["lose", writes] => tag.writes_lost = writes.parse().ok()?,
            ["mute", writes] => tag.writes_unanswered = writes.parse().ok()?,
            ["well"] => mend(tag),
            _ => return None,
        }
        Some(())
    }

    /// Nothing is wrong with any tag any more.
    pub fn mend(&mut self) {
        self.tags.values_mut().for_each(mend);
    }
}

fn mend(tag: &mut SimTag) {
    (tag.chance, tag.stray, tag.old) = (1000, None, false);
    (tag.writes_lost, tag.writes_unanswered) = (0, 0);
    tag.damaged.clear();
    tag.locked.clear();
}

fn parse_uid(name: &str) -> Option<Uid> {
    let digits = Some(name).filter(|name| name.len() == 16)?;
    u64::from_str_radix(digits, 16).ok().map(Uid).filter(|uid| uid.is_plausible())
}
