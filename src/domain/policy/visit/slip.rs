// SPDX-License-Identifier: GPL-3.0-only
//! What is printed: one policy with what its person still lacks, or the list of what applies.

use std::sync::Arc;

use super::Visit;
use super::view::{DocumentProof, Group, PackShown, PolicyScreen, RowShown};
use crate::domain::day::Day;

/// Most policies on a slip of the list: paper is not endless, and nobody reads more.
const MOST_LISTED: usize = 12;

/// A slip. Nothing on it names its person.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicySlip {
    /// What its indexes count in.
    pub pack: PackShown,
    /// The day of the pack.
    pub made: Day,
    /// The policies.
    pub rows: Vec<(Group, RowShown)>,
    /// Of a single policy: what is still to be brought, counted in its list.
    pub lacking: Option<Vec<usize>>,
}

impl Eq for PolicySlip {}

/// What the page shows, for paper; nothing where there is nothing to print.
pub(super) fn of(visit: &Visit, today: Day) -> Option<PolicySlip> {
    let pack = PackShown(Arc::clone(visit.program()));
    let made = visit.pack.made;
    match visit.screen {
        PolicyScreen::Detail => {
            let policy = visit.open?;
            let (group, row) = visit.sorted.find(policy)?;
            let documents = visit.documents(policy, today).into_iter();
            let lacking = documents.filter(|document| document.proof == DocumentProof::Bring && !document.ready);
            let lacking = lacking.map(|document| document.need).collect();
            Some(PolicySlip { pack, made, rows: vec![(group, row)], lacking: Some(lacking) })
        }
        PolicyScreen::List => {
            let rows = visit.sorted.rows(visit.group).iter().take(MOST_LISTED).map(|row| (visit.group, *row));
            let rows: Vec<_> = rows.collect();
            (!rows.is_empty()).then_some(PolicySlip { pack, made, rows, lacking: None })
        }
        PolicyScreen::Start | PolicyScreen::Card | PolicyScreen::Question => None,
    }
}
