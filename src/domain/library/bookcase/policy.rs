// SPDX-License-Identifier: GPL-3.0-only
//! What can be set for a case.

use std::collections::BTreeMap;
use std::time::Duration;

use super::senses::{DoorId, TagKind};
use crate::domain::library::ItemId;

/// Most doors of a case.
pub const MOST_DOORS: usize = 64;

/// Rules of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookcasePolicy {
    /// So many equal passes one after the other settle a count; 2 or more.
    pub equal_passes: u8,
    /// No more passes than this in one count; what is not clear then is uncertain.
    pub most_passes: u8,
    /// How long the resident may look at what was taken and returned.
    pub confirm: Duration,
    /// A door that stands open is first spoken of after this time.
    pub first_reminder: Duration,
    /// And again after each of these.
    pub next_reminder: Duration,
    /// Staff is told of a door that stands open so long.
    pub longest_open: Duration,
    /// What the lock board is given to answer an unlock command.
    pub unlock_limit: Duration,
    /// A door that did not open is watched so long before it is counted and given up.
    pub stuck_watch: Duration,
    /// What the reader is given for one count.
    pub count_limit: Duration,
    /// Pause before a failed count is made again; it doubles with each failure.
    pub retry_pause: Duration,
    /// Longest such pause.
    pub longest_pause: Duration,
    /// Staff is told of a reader after so many failures in a row.
    pub failures_until_told: u32,
    /// Staff is told of a lock board that was silent so long.
    pub silence_until_told: Duration,
    /// A door at rest that was settled is counted once more after this time, so that a tag which one count missed
    /// does not stay on somebody's account.
    pub check_after: Duration,
    /// Doors at rest are counted again and again after this time: what changed unseen comes to light.
    pub audit_every: Duration,
    /// Each door is counted once more before it opens. Costs the resident the time of a count; without it what
    /// changed unseen since the last audit (a door forced whose contact says closed) is laid to the next opener.
    pub count_first: bool,
    /// Doors that open without a card, for returns.
    pub return_doors: Vec<DoorId>,
    /// Owners (ISIL, or its beginning) whose books are ours; none: all are.
    pub owners: Vec<String>,
    /// The door where a copy belongs, for those that have one.
    pub homes: BTreeMap<ItemId, DoorId>,
    /// A book that staff shelve is checked in too: the library learns where it is, and a loan that was still open ends.
    pub checkin_shelved: bool,
}

impl Default for BookcasePolicy {
    fn default() -> Self {
        Self {
            equal_passes: 3,
            most_passes: 12,
            confirm: Duration::from_secs(10),
            first_reminder: Duration::from_secs(15),
            next_reminder: Duration::from_secs(10),
            longest_open: Duration::from_secs(120),
            unlock_limit: Duration::from_secs(10),
            stuck_watch: Duration::from_secs(6),
            count_limit: Duration::from_secs(90),
            retry_pause: Duration::from_secs(2),
            longest_pause: Duration::from_secs(120),
            failures_until_told: 3,
            silence_until_told: Duration::from_secs(60),
            check_after: Duration::from_secs(5),
            audit_every: Duration::from_secs(600),
            count_first: false,
            return_doors: Vec::new(),
            owners: Vec::new(),
            homes: BTreeMap::new(),
            checkin_shelved: true,
        }
    }
}

impl BookcasePolicy {
    /// The copy that a tag stands for, if it is one of ours.
    #[must_use]
    pub fn our_item<'a>(&self, kind: &'a TagKind) -> Option<&'a ItemId> {
        match kind {
            TagKind::Item { item, owner } => {
                let ours = self.owners.is_empty()
                    || owner.as_ref().is_none_or(|owner| self.owners.iter().any(|ours| owner.starts_with(ours)));
                ours.then_some(item)
            }
            TagKind::Foreign | TagKind::Unreadable | TagKind::PatronCard => None,
        }
    }

    /// Pause before the next try after `failures` in a row.
    #[must_use]
    pub fn pause(&self, failures: u32) -> Duration {
        let doubled = self.retry_pause.saturating_mul(1_u32 << failures.saturating_sub(1).min(16));
        doubled.min(self.longest_pause)
    }
}
