// SPDX-License-Identifier: GPL-3.0-only
//! What locks, contacts and readers tell of a case.

use std::collections::BTreeMap;

use crate::domain::library::ItemId;

/// Number of a door, from 1, as it is written on the case. Each door has its own compartment, lock and antenna.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DoorId(pub u16);

impl std::fmt::Display for DoorId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "door {}", self.0)
    }
}

/// What the contact of a door says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DoorSense {
    /// It stands open.
    Open,
    /// It is shut.
    Closed,
    /// Nobody can tell: the lock board is silent. Never taken for shut.
    #[default]
    Unknown,
}

/// What became of one unlock command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnlockResult {
    /// The contact says open.
    Opened,
    /// The contact still says closed after the pulse: jammed, pressed shut, or the contact is wrong.
    StillClosed,
    /// Nothing reached the lock board; the door is as it was.
    NotSent,
    /// Sent, and the lock board answered neither it nor the questions after it. The door may have opened.
    Silent,
    /// What came did not tell. The door may have opened.
    Unknown,
}

/// The number of a tag's chip (UID), most significant byte first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TagId(pub [u8; 8]);

impl std::fmt::Display for TagId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02X}"))
    }
}

/// What is on a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagKind {
    /// A library's copy.
    Item {
        /// Its bar code.
        item: ItemId,
        /// The owner (ISIL), where the tag tells it.
        owner: Option<String>,
    },
    /// Readable, and no tag of a library's copy.
    Foreign,
    /// It answers with its number, but its content cannot be read, or is blank or damaged.
    Unreadable,
    /// Somebody's card was left inside. Its number is nobody's business here.
    PatronCard,
}

/// A tag that was heard in one pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Which.
    pub tag: TagId,
    /// What is on it.
    pub kind: TagKind,
}

/// One inventory of one antenna.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pass {
    /// It was carried through.
    Heard {
        /// Each tag once.
        sightings: Vec<Sighting>,
        /// How often something answered that could not be told apart: as many tags, or more, may be missing.
        unresolved: u32,
    },
    /// It was broken off; what was heard until then is worth nothing.
    Failed,
}

/// Several passes over one door, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// In the order in which they were made.
    pub passes: Vec<Pass>,
}

/// Why a door could not be counted at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CountFailure {
    /// The reader does not answer.
    Silent,
    /// The reader answered with an error, or with nonsense.
    Faulty,
    /// The door has no antenna by the settings or by the reader.
    NoAntenna,
}

/// One request to count; counts up from the start of the program, so that a late answer is told from a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct CountId(pub u64);

/// What lies behind a door.
pub type Contents = BTreeMap<TagId, TagKind>;

/// How sure it is that a tag lies behind a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Agreement {
    /// Passes in which it was heard.
    pub heard: u16,
    /// Passes that were carried through.
    pub of: u16,
}
