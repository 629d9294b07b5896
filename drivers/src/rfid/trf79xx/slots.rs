// SPDX-License-Identifier: MIT OR Apache-2.0
//! The rounds of an inventory, as the firmware prints them.

use super::frame::from_hex;
use crate::rfid::iso15693::{Mask, Uid};

/// Most rounds of one inventory: two thousand tags need fewer.
const MOST_ROUNDS: u32 = 4096;

/// Slots of a round.
const SLOTS: u8 = 16;

/// A tag that answered in a slot alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenTag {
    /// Its number.
    pub uid: Uid,
    /// The reader's register of signal strength.
    pub rssi: u8,
}

/// What came of an inventory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slots {
    /// The tags, in the order of their slots.
    pub tags: Vec<SeenTag>,
    /// Where something answered that was not read: collisions that the firmware did not look into, or looked into in
    /// vain (versions are known that get masks of three digits wrong), and UIDs that cannot stand in their slot.
    pub open: Vec<Mask>,
    /// Collisions of the longest mask, in which nothing can be told apart.
    pub unresolved: u32,
}

/// Follows the firmware through its rounds: after a round it looks into the collisions of that round, the last slot
/// first, each with all that comes of it.
#[derive(Debug, Default)]
pub struct SlotTree {
    found: Slots,
    /// Mask of the round that is being printed.
    mask: Mask,
    /// Slots of it that were printed.
    slot: u8,
    /// Whether anything answered in it.
    heard: bool,
    /// Its collisions so far.
    collisions: Vec<Mask>,
    /// Rounds to come, the next one last.
    to_come: Vec<Mask>,
    rounds: u32,
}

impl SlotTree {
    /// Takes what stands in one bracket. True when no round is to come; nothing when it is no slot, or not one of this
    /// round.
    #[must_use]
    pub fn slot(&mut self, inside: &str) -> Option<bool> {
        let (answer, rssi) = inside.split_once(',')?;
        let rssi = from_hex(rssi).filter(|bytes| bytes.len() == 1)?.pop()?;
        match answer {
            "" => {}
            "z" => {
                self.heard = true;
                match self.mask.longer(self.slot) {
                    Some(mask) => self.collisions.push(mask),
                    None => self.found.unresolved += 1,
                }
            }
            digits => {
                self.heard = true;
                let bytes: [u8; 8] = from_hex(digits)?.try_into().ok()?;
                match (self.uid(bytes), self.mask.longer(self.slot)) {
                    (Some(uid), _) => self.found.tags.push(SeenTag { uid, rssi }),
                    (None, Some(mask)) => self.found.open.push(mask),
                    (None, None) => self.found.unresolved += 1,
                }
            }
        }
        self.slot += 1;
        Some(self.slot >= SLOTS && !self.next_round())
    }

    /// The UID of a slot: with its last byte first as it came through the air, or the other way round.
    fn uid(&self, bytes: [u8; 8]) -> Option<Uid> {
        let fits = |uid: &Uid| uid.is_plausible() && self.mask.matches(*uid) && self.mask.slot(*uid) == self.slot;
        [Uid::from_wire(bytes), Uid(u64::from_be_bytes(bytes))].into_iter().find(fits)
    }

    /// Begins the next round, if there is one.
    fn next_round(&mut self) -> bool {
        if !self.heard && self.mask.bits() > 0 {
            self.found.open.push(self.mask);
        }
        self.to_come.append(&mut self.collisions);
        self.rounds += 1;
        if self.rounds >= MOST_ROUNDS {
            return false;
        }
        let Some(mask) = self.to_come.pop() else { return false };
        (self.mask, self.slot, self.heard) = (mask, 0, false);
        true
    }

    /// Whether the first round is whole and no other has begun: here firmware may stop.
    #[must_use]
    pub fn may_stop(&self) -> bool {
        self.slot == 0 && self.rounds > 0
    }

    /// What was found.
    #[must_use]
    pub fn finish(mut self) -> Slots {
        if self.slot == 0 && self.rounds > 0 {
            self.found.open.push(self.mask);
        }
        self.found.open.append(&mut self.to_come);
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(tree: &mut SlotTree, answers: &[(u8, &str)]) -> bool {
        let mut done = false;
        for slot in 0..SLOTS {
            assert!(!done);
            let answer = answers.iter().find(|(at, _)| *at == slot).map_or(",40", |(_, answer)| answer);
            done = tree.slot(answer).unwrap();
        }
        done
    }

    #[test]
    fn collisions_are_followed_the_last_slot_first() {
        let mut tree = SlotTree::default();
        assert!(!round(&mut tree, &[(2, "z,41"), (0xA, "z,41"), (0xF, "0F000000000007E0,7F")]));
        // Mask A: one tag alone, two that fall together again.
        assert!(!round(&mut tree, &[(1, "1A000000000007E0,7F"), (2, "z,41")]));
        assert!(!round(&mut tree, &[(0, "2A000000000007E0,7F"), (1, "2A010000000007E0,7F")]));
        // Mask 2; this firmware prints the first byte first.
        assert!(round(&mut tree, &[(3, "E007000000000032,7F"), (4, "E007000000000042,7F")]));
        let found = tree.finish();
        let uids: Vec<u64> = found.tags.iter().map(|tag| tag.uid.0 & 0xFFFF).collect();
        assert_eq!(uids, [0x0F, 0x1A, 0x2A, 0x12A, 0x32, 0x42]);
        assert!(found.open.is_empty() && found.unresolved == 0);
    }

    #[test]
    fn firmware_that_stops_leaves_its_collisions_open() {
        let mut tree = SlotTree::default();
        assert!(!round(&mut tree, &[(2, "z,41"), (0xA, "z,41")]));
        assert!(tree.may_stop());
        assert_eq!(tree.finish().open, [Mask::new(0xA, 4), Mask::new(2, 4)]);
    }

    #[test]
    fn what_cannot_stand_in_its_slot_is_not_believed() {
        let mut tree = SlotTree::default();
        assert!(round(&mut tree, &[(2, "0F000000000007E0,7F"), (3, "03000000000007E1,7F")]));
        let found = tree.finish();
        assert!(found.tags.is_empty());
        assert_eq!(found.open, [Mask::new(2, 4), Mask::new(3, 4)]);
        let mut tree = SlotTree::default();
        for wrong in ["", "x,40", "0F0000,7F", ",4", "z", "0F000000000007E0,"] {
            assert_eq!(tree.slot(wrong), None, "{wrong}");
        }
    }
}
