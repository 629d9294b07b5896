// SPDX-License-Identifier: MIT OR Apache-2.0
//! A simulated tag: what it holds, and what it answers.

use std::collections::BTreeSet;

use crate::rfid::iso15693::{Mask, Request};
use crate::rfid::{Afi, SystemInformation, TagError, Uid};

/// Blocks of a usual tag (NXP's ICODE SLIX).
const BLOCKS: u16 = 28;

/// Bytes of its blocks.
const BLOCK_BYTES: usize = 4;

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimTag {
    /// Its number.
    pub uid: Uid,
    /// Its family.
    pub afi: Afi,
    /// Its data storage format.
    pub dsfid: u8,
    /// What it holds, whole blocks of four bytes.
    pub memory: Vec<u8>,
    /// Blocks that cannot be written.
    pub locked: BTreeSet<u8>,
    /// Blocks that cannot be read.
    pub damaged: BTreeSet<u8>,
    /// Of a thousand passes, in how many it is heard.
    pub chance: u16,
    /// Another antenna that hears it, and in how many of a thousand passes.
    pub stray: Option<(u8, u16)>,
    /// A tag that has only what every tag must have, and reading and writing of single blocks.
    pub old: bool,
    /// Register of signal strength when its own antenna hears it.
    pub rssi: u8,
    /// Writes to come that are answered and not done.
    pub writes_lost: u32,
    /// Writes to come that are done and not answered.
    pub writes_unanswered: u32,
}

/// What a tag does upon a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagAnswer {
    /// It is not meant, or cannot answer.
    Nothing,
    /// It answers these bytes, without their CRC.
    Bytes(Vec<u8>),
}

impl SimTag {
    /// An empty tag of 28 blocks of four bytes, of the family of items on a shelf, that always answers.
    #[must_use]
    pub fn new(uid: Uid) -> Self {
        Self {
            uid,
            afi: Afi::ON_SHELF,
            dsfid: 0,
            memory: vec![0; usize::from(BLOCKS) * BLOCK_BYTES],
            locked: BTreeSet::new(),
            damaged: BTreeSet::new(),
            chance: 1000,
            stray: None,
            old: false,
            rssi: 0x7F,
            writes_lost: 0,
            writes_unanswered: 0,
        }
    }

    /// Puts `bytes` at the beginning of its memory and zeros behind them; what does not fit is cut off.
    pub fn hold(&mut self, dsfid: u8, bytes: &[u8]) {
        self.dsfid = dsfid;
        for (at, byte) in self.memory.iter_mut().enumerate() {
            *byte = bytes.get(at).copied().unwrap_or_default();
        }
    }

    /// Whether it answers an inventory with this family and mask.
    #[must_use]
    pub fn hears(&self, afi: Option<Afi>, mask: Mask) -> bool {
        afi.is_none_or(|afi| afi == self.afi) && mask.matches(self.uid)
    }

    /// What it answers to an inventory: flags, DSFID, UID.
    #[must_use]
    pub fn inventory_answer(&self) -> Vec<u8> {
        let mut bytes = vec![0, self.dsfid];
        bytes.extend(self.uid.to_wire());
        bytes
    }

    /// Does what is asked of it by its UID. `option` is the option flag of the request: tags of Texas Instruments answer
    /// a write only with it.
    pub fn answer(&mut self, request: &Request, option: bool) -> TagAnswer {
        let is_ti = self.uid.maker() == 0x07;
        let done = match request {
            Request::Inventory { .. } => return TagAnswer::Nothing,
            Request::Read { uid, first, count } if *uid == self.uid => self.read(*first, *count),
            Request::Write { uid, block, data } if *uid == self.uid => self.write(*block, data),
            Request::WriteAfi { uid, afi } if *uid == self.uid => {
                if !self.loses_write() {
                    self.afi = *afi;
                }
                Ok(vec![0])
            }
            Request::SystemInformation { uid } if *uid == self.uid => self.information(),
            _ => return TagAnswer::Nothing,
        };
        let is_write = matches!(request, Request::Write { .. } | Request::WriteAfi { .. });
        if is_write && (is_ti && !option || take_one(&mut self.writes_unanswered)) {
            return TagAnswer::Nothing;
        }
        TagAnswer::Bytes(done.unwrap_or_else(|error| vec![1, error.0]))
    }

    fn loses_write(&mut self) -> bool {
        take_one(&mut self.writes_lost)
    }

    fn read(&self, first: u8, count: u8) -> Result<Vec<u8>, TagError> {
        if self.old && count > 1 {
            return Err(TagError::NOT_SUPPORTED);
        }
        let start = usize::from(first) * BLOCK_BYTES;
        let data = self.memory.get(start..start + usize::from(count) * BLOCK_BYTES).ok_or(TagError::NO_BLOCK)?;
        if (first..=u8::MAX).take(usize::from(count)).any(|block| self.damaged.contains(&block)) {
            return Err(TagError::UNKNOWN);
        }
        let mut bytes = vec![0];
        bytes.extend_from_slice(data);
        Ok(bytes)
    }

    fn write(&mut self, block: u8, data: &[u8]) -> Result<Vec<u8>, TagError> {
        if self.locked.contains(&block) {
            return Err(TagError::LOCKED);
        }
        if data.len() != BLOCK_BYTES {
            return Err(TagError::NOT_RECOGNISED);
        }
        let start = usize::from(block) * BLOCK_BYTES;
        let lost = self.loses_write();
        let held = self.memory.get_mut(start..start + BLOCK_BYTES).ok_or(TagError::NO_BLOCK)?;
        if !lost {
            held.copy_from_slice(data);
        }
        Ok(vec![0])
    }

    fn information(&self) -> Result<Vec<u8>, TagError> {
        if self.old {
            return Err(TagError::NOT_SUPPORTED);
        }
        let blocks = u16::try_from(self.memory.len() / BLOCK_BYTES).unwrap_or(u16::MAX);
        let told = SystemInformation {
            uid: self.uid,
            dsfid: Some(self.dsfid),
            afi: Some(self.afi),
            blocks: Some(blocks),
            block_bytes: u8::try_from(BLOCK_BYTES).ok(),
        };
        Ok(told.encode())
    }
}

/// Counts down; whether there was one left.
fn take_one(left: &mut u32) -> bool {
    let is_left = *left > 0;
    *left -= u32::from(is_left);
    is_left
}
