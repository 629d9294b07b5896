// SPDX-License-Identifier: GPL-3.0-only
//! A case as the screen shows it.

use super::record::VisitKey;
use super::senses::{Agreement, DoorId, TagId};
use crate::domain::library::ItemId;
use crate::domain::time::Moment;

/// What can be seen of a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DoorState {
    /// Shut and settled: may be opened.
    Ready,
    /// Asked for; it is looked through once more, or the journal is being written.
    Preparing,
    /// The lock has been told to open.
    Unlocking,
    /// It stands open.
    Open {
        /// Since when.
        since: Moment,
        /// How often it was due to be spoken of: speak when this grows.
        reminders: u32,
        /// Nobody unlocked it.
        forced: bool,
    },
    /// Shut, being counted.
    Counting,
    /// Counted; waits for another door of the same visit, or for the resident.
    Counted,
    /// It did not open. It may be asked for again.
    Stuck,
    /// It cannot be counted; tried again by itself.
    OutOfOrder,
    /// The lock board is silent: whether it is shut is not known.
    NotKnown,
}

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Taken: lent to the opener, where the opener is a patron.
    Taken,
    /// Put in: returned.
    Put,
    /// Put behind another door; nothing changes for anybody.
    Moved {
        /// Where it lay.
        from: DoorId,
    },
    /// Heard in some passes only, or silent since before: staff looks, nothing is lent or returned.
    Uncertain,
    /// A tag came that is none of ours.
    Unknown,
}

/// One line of what is believed to have happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number in the visit, from 1; what a dispute names.
    pub serial: u16,
    /// Behind which door.
    pub door: DoorId,
    /// The tag.
    pub tag: TagId,
    /// The copy, where it is one of ours.
    pub item: Option<ItemId>,
    /// What happened.
    pub change: Change,
    /// In how many passes it was heard afterwards.
    pub agreement: Agreement,
    /// Its home is this other door.
    pub misplaced: Option<DoorId>,
}

/// How far a visit has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VisitStage {
    /// Doors are being opened, stand open, or are being counted; see the doors.
    Open {
        /// Doors that are to be shut before anything can be settled, those of other visits included.
        waits_for: Vec<DoorId>,
    },
    /// Everything is shut and counted.
    Proposed {
        /// What is believed to have happened.
        lines: Vec<Line>,
        /// It counts as confirmed then.
        until: Moment,
        /// Confirmed already.
        confirmed: bool,
    },
}

/// A visit as the screen shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitView {
    /// Which.
    pub key: VisitKey,
    /// Its doors.
    pub doors: Vec<DoorId>,
    /// How far it has come.
    pub stage: VisitStage,
}

/// The whole case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookcaseView {
    /// The start-up count is done.
    pub started: bool,
    /// Doors that stand open and hold the start-up count up.
    pub shut_first: Vec<DoorId>,
    /// All doors, by number.
    pub doors: Vec<(DoorId, DoorState)>,
    /// Visits under way for somebody, in the order in which they began.
    pub visits: Vec<VisitView>,
    /// Visits that are settled and wait for all doors to be shut before the library is told.
    pub unsent: Vec<VisitKey>,
    /// The journal cannot be written: no door is opened, nothing is settled until it can.
    pub journal_fails: bool,
}

/// Why a door is not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenRefusal {
    /// There is no such door.
    NoSuchDoor,
    /// The start-up count is not done.
    NotStarted,
    /// This door opens with a card only.
    CardNeeded,
    /// Somebody else's visit is not settled there, or the door cannot be counted.
    NotSettled,
    /// The lock board is silent.
    NotKnown,
    /// Another visit waits for its confirmation; a few seconds.
    Confirming,
    /// This other door was left open: shut it first.
    LeftOpen(DoorId),
    /// The visit is over, or belongs to somebody else; begin a new one.
    VisitOver,
    /// The journal cannot be written.
    Journal,
}
