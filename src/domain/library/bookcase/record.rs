// SPDX-License-Identifier: GPL-3.0-only
//! What is kept on disk of a case: visits under way, what they came to, what lies behind each door, what staff has to
//! look at. Only [`VisitRecord`] knows a patron.

use super::senses::{Agreement, Contents, DoorId, TagId};
use crate::domain::library::{ItemId, Patron, TransactionKey};
use crate::domain::time::WallTime;

/// Key of one visit: random, given by the runtime, never used twice. The keys of its movements derive from it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VisitKey(pub String);

impl VisitKey {
    /// Key of the movement with this serial: the same again however often the movement is begun.
    #[must_use]
    pub fn movement(&self, serial: u16) -> TransactionKey {
        TransactionKey(format!("{}-{serial}", self.0))
    }
}

/// For whom doors are opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opener {
    /// A patron: what is taken is lent to them.
    Patron(Patron),
    /// Staff: nothing is lent.
    Staff,
    /// Somebody without a card who returns books.
    ReturnOnly,
    /// Nobody: forced, sprung open, found changed. Made by the case itself, never asked for.
    Nobody,
}

/// A visit in the journal; the patron's number is to be sealed there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitRecord {
    /// Its key.
    pub key: VisitKey,
    /// For whom. A patron here has no PIN.
    pub opener: Opener,
    /// The doors that were, or were about to be, unlocked for it.
    pub doors: Vec<DoorId>,
    /// When it began.
    pub began: WallTime,
    /// Tags of which the resident has said that it is not so, before the visit was settled.
    pub disputed: Vec<TagId>,
    /// What it came to; `None` while it is under way.
    pub settled: Option<Vec<Movement>>,
}

/// A book changed hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// The same however often it is begun.
    pub key: TransactionKey,
    /// Which copy.
    pub item: ItemId,
    /// Lent or returned.
    pub kind: MovementKind,
    /// When: the door was shut then.
    pub at: WallTime,
    /// The resident says that it is not so: never sent until staff has decided.
    pub disputed: bool,
    /// What it rests on.
    pub evidence: Evidence,
}

/// Lent or returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MovementKind {
    /// Lent to the patron of the visit.
    Loan,
    /// Returned; by whom does not matter.
    Return,
}

/// What a line of a proposal rests on. Nothing of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The door.
    pub door: DoorId,
    /// The tag.
    pub tag: TagId,
    /// It lay there when the door was last settled.
    pub before: bool,
    /// How often it was heard after the door was shut.
    pub after: Agreement,
    /// When the door was opened, as far as known.
    pub opened: Option<WallTime>,
    /// When it was shut.
    pub shut: Option<WallTime>,
    /// When it was counted.
    pub counted: WallTime,
}

/// Something for staff to look at. The store keeps one open matter for each [`StaffMatter::identity`], so that
/// telling it again, as after a power cut, makes no second one. Nothing of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffMatter {
    /// What.
    pub kind: MatterKind,
    /// Which door ("check shelf 2").
    pub door: Option<DoorId>,
    /// In which visit; a key without meaning of its own.
    pub visit: Option<VisitKey>,
    /// Which tag.
    pub tag: Option<TagId>,
    /// Which copy, where known.
    pub item: Option<ItemId>,
    /// Since when.
    pub at: WallTime,
    /// In how many passes it was heard, where that is the point.
    pub agreement: Option<Agreement>,
}

impl StaffMatter {
    /// What it is about: matters with the same identity are the same matter, whenever told. A fault of a door is the
    /// same in every visit.
    #[must_use]
    pub fn identity(&self) -> (MatterKind, Option<DoorId>, Option<VisitKey>, Option<TagId>) {
        let visit = self.tag.and_then(|_| self.visit.clone());
        (self.kind, self.door, visit, self.tag)
    }
}

/// What staff has to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MatterKind {
    /// Heard in some passes only: please check the shelf. Neither lent nor returned.
    Uncertain,
    /// A tag that lay there is not heard any more though the door was not opened: check the shelf.
    SilentTag,
    /// A tag that a count had missed was heard again behind a door that was not opened: a loan made of that count
    /// is taken back.
    FoundAgain,
    /// Taken by nobody known: the door was open without a card.
    TakenWithoutCard,
    /// Put in while no visit was known; returned.
    FoundReturned,
    /// From a visit that a power cut broke off; lent or returned by the start-up count, nobody confirmed it.
    Recovered,
    /// The resident says that it is not so.
    Disputed,
    /// A tag of another library or of no library.
    ForeignTag,
    /// A tag whose content cannot be read.
    UnreadableTag,
    /// A patron's card was left inside.
    CardLeftInside,
    /// Two tags say that they are the same copy.
    Duplicate,
    /// Two antennas hear the same tag.
    HeardTwice,
    /// It lies behind another door than its home.
    Misplaced,
    /// The door stands open.
    DoorLeftOpen,
    /// The door stood open when the program started.
    OpenAtStart,
    /// The door opened without being unlocked.
    DoorForced,
    /// The door did not open.
    DoorStuck,
    /// Books changed though the contact said closed all the time.
    ContactWrong,
    /// The lock board does not answer.
    LockSilent,
    /// The door cannot be counted.
    ReaderSilent,
}

/// What the disk holds at the start of the program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remembered {
    /// What lay behind each door when it was last settled.
    pub contents: Vec<(DoorId, Contents)>,
    /// Visits that have not left the journal.
    pub visits: Vec<VisitRecord>,
}
