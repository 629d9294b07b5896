// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a tag is: which data model, whose, and whether anything of a person is on it.

use std::fmt;

use super::iso28560_2::{DataObject, DataObjectError, DataObjects, Element, Usage};
use super::iso28560_3::{BasicBlock, BasicBlockError};
use crate::sensitive::Sensitive;

/// Application family identifier: which family of tags answers, and at library gates whether the alarm sounds.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Afi(pub u8);

impl Afi {
    /// On the shelf: gates sound the alarm.
    pub const ON_SHELF: Self = Self(0x07);
    /// Lent: gates let it pass. Patrons' cards often have it too, so that it alone does not mean a lent book.
    pub const LENT: Self = Self(0xC2);

    /// What gates make of it; nothing for a family that is not one of libraries.
    #[must_use]
    pub fn is_secured(self) -> Option<bool> {
        match self {
            Self::ON_SHELF => Some(true),
            Self::LENT => Some(false),
            _ => None,
        }
    }
}

impl fmt::Debug for Afi {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:02X}", self.0)
    }
}

/// Data model of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TagModel {
    /// ISO 28560-2, data objects; the national standard in China.
    Iso28560Part2,
    /// ISO 28560-3 or the Danish model, a basic block.
    Iso28560Part3,
}

impl TagModel {
    /// From the data storage format identifier: 06 is part 2; 3E is part 3 (from one source, not verified).
    #[must_use]
    pub fn from_dsfid(dsfid: u8) -> Option<Self> {
        match dsfid {
            0x06 => Some(Self::Iso28560Part2),
            0x3E => Some(Self::Iso28560Part3),
            _ => None,
        }
    }

    /// The data storage format identifier.
    #[must_use]
    pub fn dsfid(self) -> u8 {
        match self {
            Self::Iso28560Part2 => 0x06,
            Self::Iso28560Part3 => 0x3E,
        }
    }
}

/// Why a tag of a known model could not be read whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagDamage {
    /// A data object of part 2 is wrong.
    DataObject(DataObjectError),
    /// The basic block of part 3 is wrong.
    BasicBlock(BasicBlockError),
    /// There is no primary item identifier.
    NoItem,
}

/// What the memory of a tag holds. There is no error: also a damaged or a foreign tag lies on the shelf, and its UID is
/// known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagContent {
    /// Nothing but zeros.
    Blank,
    /// Data objects of ISO 28560-2, with an item identifier.
    DataObjects(DataObjects),
    /// A basic block of ISO 28560-3.
    BasicBlock(BasicBlock),
    /// A tag of this model, of which this much could be read.
    Damaged {
        /// The model that it says it has.
        model: TagModel,
        /// What could be read; nothing of part 3.
        objects: DataObjects,
        /// What is wrong.
        why: TagDamage,
    },
    /// No library tag, as far as can be told.
    Foreign,
}

impl TagContent {
    /// Reads the memory of a tag. Without a telling `dsfid` (0 on many Danish tags) a basic block with the right
    /// checksum, or data objects without fault that begin with a readable item identifier, are taken for what they are.
    #[must_use]
    pub fn decode(dsfid: Option<u8>, memory: &[u8]) -> Self {
        if memory.iter().all(|byte| *byte == 0) {
            return Self::Blank;
        }
        match dsfid.and_then(TagModel::from_dsfid) {
            Some(TagModel::Iso28560Part2) => Self::data_objects(memory),
            Some(TagModel::Iso28560Part3) => match BasicBlock::decode(memory) {
                Ok(block) => Self::BasicBlock(block),
                Err(why) => Self::Damaged {
                    model: TagModel::Iso28560Part3,
                    objects: DataObjects::default(),
                    why: TagDamage::BasicBlock(why),
                },
            },
            None => Self::guess(memory),
        }
    }

    fn data_objects(memory: &[u8]) -> Self {
        let objects = DataObjects::decode(memory);
        let why = match objects.damage {
            Some(error) => TagDamage::DataObject(error),
            None if objects.text(Element::PRIMARY_ITEM).is_none_or(|item| item.expose().is_empty()) => {
                TagDamage::NoItem
            }
            None => return Self::DataObjects(objects),
        };
        Self::Damaged { model: TagModel::Iso28560Part2, objects, why }
    }

    fn guess(memory: &[u8]) -> Self {
        if let Ok(block) = BasicBlock::decode(memory) {
            return Self::BasicBlock(block);
        }
        let objects = match Self::data_objects(memory) {
            Self::DataObjects(objects) => objects,
            _ => return Self::Foreign,
        };
        // The first bytes of an NFC tag (E1 40 …) read as an item identifier too, but not as one of characters.
        let first = objects.objects.first().filter(|first| first.element == Element::PRIMARY_ITEM);
        let is_readable = |text: &Sensitive<String>| !text.expose().chars().any(char::is_control);
        match first.and_then(DataObject::text) {
            Some(item) if is_readable(item) => Self::DataObjects(objects),
            _ => Self::Foreign,
        }
    }

    /// What the tag is on, if it tells.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        match self {
            Self::DataObjects(objects) | Self::Damaged { objects, .. } => objects.usage(),
            Self::BasicBlock(block) => Some(block.usage),
            Self::Blank | Self::Foreign => None,
        }
    }

    fn primary(&self) -> Option<&Sensitive<String>> {
        match self {
            Self::DataObjects(objects) | Self::Damaged { objects, .. } => objects.text(Element::PRIMARY_ITEM),
            Self::BasicBlock(block) => Some(&block.item),
            Self::Blank | Self::Foreign => None,
        }
    }

    /// Identifier of the item that the tag is in. Nothing for a patron's card; a tag that does not tell its usage is
    /// taken for one of an item, as tags in books often leave it out.
    #[must_use]
    pub fn item_id(&self) -> Option<&str> {
        self.primary().filter(|_| self.usage() != Some(Usage::Patron)).map(|item| item.expose().as_str())
    }

    /// Number of the patron whose card it is, which is personal.
    #[must_use]
    pub fn patron_id(&self) -> Option<&Sensitive<String>> {
        self.primary().filter(|_| self.usage() == Some(Usage::Patron))
    }
}
