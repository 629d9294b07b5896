// SPDX-License-Identifier: MIT OR Apache-2.0
//! A simulated MIFARE Classic card, with the part of its reader that answers commands of class FF.

use super::knobs::Behaviour;
use crate::card_reader::apdu::{Command, StatusWord};
use crate::card_reader::contactless::BLOCK_BYTES;

/// Blocks of a sector.
const SECTOR_BLOCKS: u8 = 4;

/// What is on a simulated contactless card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UidCardData {
    /// The UID.
    pub uid: Vec<u8>,
    /// Key A and key B of all its sectors.
    pub keys: [[u8; 6]; 2],
    /// Its blocks from 0 on.
    pub blocks: Vec<[u8; BLOCK_BYTES]>,
}

impl UidCardData {
    /// A card of `uid` with the keys of a new card, and 64 empty blocks.
    #[must_use]
    pub fn new(uid: Vec<u8>) -> Self {
        Self { uid, keys: [[0xFF; 6]; 2], blocks: vec![[0; BLOCK_BYTES]; 64] }
    }
}

/// The state of card and reader between commands.
#[derive(Clone, Debug, Default)]
pub(super) struct UidApplication {
    /// What was loaded into the two slots.
    slots: [Option<[u8; 6]>; 2],
    /// The sector that is open.
    open: Option<u8>,
}

impl UidApplication {
    /// The answer to a command: data and status.
    pub(super) fn answer(
        &mut self,
        card: &UidCardData,
        behaviour: &Behaviour,
        command: &Command,
    ) -> (Vec<u8>, StatusWord) {
        let done = |data: &[u8]| (data.to_vec(), StatusWord::Done);
        let refused = |status| (Vec::new(), status);
        match (command.header(), command.data()) {
            // The card has no commands: the reader says so.
            ([0x00..=0xFE, ..], _) => refused(StatusWord::Class),
            ([0xFF, 0xCA, 0x00, 0x00], []) => done(&card.uid),
            ([0xFF, 0x82, 0x00, slot], key) => match (self.slots.get_mut(usize::from(slot)), key.first_chunk::<6>()) {
                (Some(slot), Some(key)) => {
                    *slot = Some(*key);
                    done(&[])
                }
                _ => refused(StatusWord::Failed),
            },
            ([0xFF, 0x86, 0x00, 0x00], [0x01, 0x00, block, kind, slot]) if !behaviour.obsolete => {
                refused(self.authenticate(card, *block, *kind, *slot))
            }
            ([0xFF, 0xB0, 0x00, block], []) => match card.blocks.get(usize::from(block)) {
                Some(data) if self.open == Some(block / SECTOR_BLOCKS) => done(data),
                _ => refused(StatusWord::Failed),
            },
            _ => refused(StatusWord::Function),
        }
    }

    /// Opens a sector.
    pub(super) fn authenticate(&mut self, card: &UidCardData, block: u8, kind: u8, slot: u8) -> StatusWord {
        let key = kind.checked_sub(0x60).and_then(|kind| card.keys.get(usize::from(kind)));
        let loaded = self.slots.get(usize::from(slot)).and_then(Option::as_ref);
        let opens = key.is_some() && key == loaded && usize::from(block) < card.blocks.len();
        self.open = opens.then_some(block / SECTOR_BLOCKS);
        if opens { StatusWord::Done } else { StatusWord::Failed }
    }
}
