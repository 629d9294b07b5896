// SPDX-License-Identifier: GPL-3.0-only
//! The staff list: what a librarian has to look at, from the case and from circulation. Nothing of a person
//! is in it.

use crate::domain::library::bookcase::{self, DoorId, MatterKind};
use crate::domain::library::circulation::{self, StaffReason};
use crate::domain::library::{ItemId, TransactionKey};
use crate::domain::time::WallTime;

/// Most rows of the staff list. One more is not put on it but told in the log; what it is about stays where
/// it is (a transaction that waits for a decision waits on).
pub const MOST_MATTERS: usize = 200;

/// Why a row is on the staff list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MatterReason {
    /// From the case.
    Case(MatterKind),
    /// From circulation.
    Circulation(StaffReason),
}

impl MatterReason {
    /// The word in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Case(kind) => kind.as_str(),
            Self::Circulation(reason) => reason.as_str(),
        }
    }

    /// The reason of a word in the database.
    #[must_use]
    pub fn from_journal(word: &str) -> Option<Self> {
        let case = MatterKind::ALL.iter().copied().find(|kind| kind.as_str() == word).map(Self::Case);
        case.or_else(|| {
            StaffReason::ALL.iter().copied().find(|reason| reason.as_str() == word).map(Self::Circulation)
        })
    }

    /// Whether staff must say whether it was so.
    #[must_use]
    pub fn waits_for_decision(self) -> bool {
        matches!(self, Self::Circulation(reason) if reason.waits_for_decision())
    }
}

/// One row of the staff list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatterRecord {
    /// Key in the journal: what it is about, and since when.
    pub key: String,
    /// What it is about; no two open rows are about the same.
    pub about: String,
    /// Why it is here.
    pub reason: MatterReason,
    /// Which door.
    pub door: Option<DoorId>,
    /// Which copy.
    pub item: Option<ItemId>,
    /// Which transaction, where there is one.
    pub transaction: Option<TransactionKey>,
    /// Since when.
    pub at: WallTime,
}

impl MatterRecord {
    /// The row of a matter of the case.
    #[must_use]
    pub fn of_case(matter: &bookcase::StaffMatter) -> Self {
        let (kind, door, visit, tag) = matter.identity();
        let mut about = format!("case-{}", kind.as_str());
        about.extend(door.map(|door| format!("-d{}", door.0)));
        about.extend(visit.map(|visit| format!("-{}", visit.0)));
        about.extend(tag.map(|tag| format!("-{tag}")));
        Self {
            key: format!("m-{about}-{}", matter.at.0),
            about,
            reason: MatterReason::Case(kind),
            door,
            item: matter.item.clone(),
            transaction: None,
            at: matter.at,
        }
    }

    /// The row of a matter of circulation.
    #[must_use]
    pub fn of_circulation(matter: &circulation::StaffMatter) -> Self {
        let about = format!("{}-{}", matter.key, matter.reason.as_str());
        Self {
            key: format!("m-{about}"),
            about,
            reason: MatterReason::Circulation(matter.reason),
            door: matter.door,
            item: Some(matter.item.clone()),
            transaction: Some(matter.key.clone()),
            at: matter.at,
        }
    }
}

/// The open rows, oldest first.
#[derive(Debug, Default)]
pub(super) struct StaffList {
    rows: Vec<MatterRecord>,
}

impl StaffList {
    pub(super) fn recover(&mut self, rows: Vec<MatterRecord>) {
        for row in rows {
            self.add(row);
        }
    }

    /// Adds a row. Whether it is new: one about the same is there already, or the list is full.
    pub(super) fn add(&mut self, row: MatterRecord) -> bool {
        let new = self.rows.len() < MOST_MATTERS && self.rows.iter().all(|known| known.about != row.about);
        if new {
            self.rows.push(row);
        }
        new
    }

    pub(super) fn rows(&self) -> &[MatterRecord] {
        &self.rows
    }

    pub(super) fn remove(&mut self, index: usize) -> Option<MatterRecord> {
        (index < self.rows.len()).then(|| self.rows.remove(index))
    }

    /// Takes off every row about `transaction` that waits for a decision.
    pub(super) fn decided(&mut self, transaction: &TransactionKey) -> Vec<MatterRecord> {
        let about = |row: &MatterRecord| {
            row.transaction.as_ref() == Some(transaction) && row.reason.waits_for_decision()
        };
        let decided = self.rows.iter().filter(|row| about(row)).cloned().collect();
        self.rows.retain(|row| !about(row));
        decided
    }
}
