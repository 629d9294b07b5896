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

/// The words of the case's matters in the database; never changed once released.
const CASE_WORDS: &[(MatterKind, &str)] = &[
    (MatterKind::Uncertain, "uncertain-book"),
    (MatterKind::SilentTag, "silent-tag"),
    (MatterKind::FoundAgain, "found-again"),
    (MatterKind::TakenWithoutCard, "taken-without-card"),
    (MatterKind::FoundReturned, "found-returned"),
    (MatterKind::Recovered, "recovered"),
    (MatterKind::Disputed, "case-disputed"),
    (MatterKind::ForeignTag, "foreign-tag"),
    (MatterKind::UnreadableTag, "unreadable-tag"),
    (MatterKind::CardLeftInside, "card-left-inside"),
    (MatterKind::Duplicate, "duplicate"),
    (MatterKind::HeardTwice, "heard-twice"),
    (MatterKind::Misplaced, "misplaced"),
    (MatterKind::DoorLeftOpen, "door-left-open"),
    (MatterKind::OpenAtStart, "open-at-start"),
    (MatterKind::DoorForced, "door-forced"),
    (MatterKind::DoorStuck, "door-stuck"),
    (MatterKind::ContactWrong, "contact-wrong"),
    (MatterKind::LockSilent, "lock-silent"),
    (MatterKind::ReaderSilent, "reader-silent"),
];

fn case_word(kind: MatterKind) -> &'static str {
    CASE_WORDS.iter().find(|(known, _)| *known == kind).map_or("other", |(_, word)| word)
}

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
            Self::Case(kind) => case_word(kind),
            Self::Circulation(reason) => reason.as_str(),
        }
    }

    /// The reason of a word in the database.
    #[must_use]
    pub fn from_journal(word: &str) -> Option<Self> {
        let case = CASE_WORDS.iter().find(|(_, known)| *known == word).map(|(kind, _)| Self::Case(*kind));
        case.or_else(|| StaffReason::ALL.iter().copied().find(|reason| reason.as_str() == word).map(Self::Circulation))
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
        let mut about = format!("case-{}", case_word(kind));
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
        let about =
            |row: &MatterRecord| row.transaction.as_ref() == Some(transaction) && row.reason.waits_for_decision();
        let decided = self.rows.iter().filter(|row| about(row)).cloned().collect();
        self.rows.retain(|row| !about(row));
        decided
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_survives_the_journal() {
        let case = CASE_WORDS.iter().map(|(kind, _)| MatterReason::Case(*kind));
        let circulation = StaffReason::ALL.iter().map(|reason| MatterReason::Circulation(*reason));
        for reason in case.chain(circulation) {
            assert_eq!(MatterReason::from_journal(reason.as_str()), Some(reason));
        }
        assert_eq!(MatterReason::from_journal("other"), None);
    }
}
