// SPDX-License-Identifier: GPL-3.0-only
//! The policies in their groups.

use std::sync::Arc;

use super::view::{Group, LaterShown, RowShown, Turn};
use crate::domain::day::Day;
use crate::domain::policy::engine::{Decision, Decisions, Program, Verdict};
use crate::domain::policy::fact::{CardFact, FactId, Facts};
use crate::domain::policy::rule::{Quantity, TermUnit, Test};

/// So far ahead "later" looks, in months: what lies further off helps nobody to plan.
const AHEAD_MONTHS: i32 = 60;

/// What was decided, by group, each in the order of the pack with what is new in front.
#[derive(Default)]
pub(super) struct Sorted {
    groups: [Arc<Vec<RowShown>>; 4],
}

impl Sorted {
    /// `fresh` is sorted.
    pub(super) fn new(program: &Program, today: Day, facts: &Facts, decisions: &Decisions, fresh: &[usize]) -> Self {
        let until = today.plus_months(AHEAD_MONTHS, program.pack().leap_day);
        let mut groups: [Vec<RowShown>; 4] = Default::default();
        for decision in decisions.all() {
            let Some((group, later)) = group_of(program, (today, facts), until, decisions, *decision) else { continue };
            let fresh = fresh.binary_search(&decision.policy).is_ok();
            let row = RowShown { policy: decision.policy, worth: decision.worth, fresh, questions: 0, later };
            groups[group as usize].push(row);
        }
        groups[Group::Applies as usize].sort_by_key(|row| !row.fresh);
        groups[Group::Later as usize].sort_by_key(|row| row.later.map(|later| later.day));
        Self { groups: groups.map(Arc::new) }
    }

    pub(super) fn rows(&self, group: Group) -> &Arc<Vec<RowShown>> {
        &self.groups[group as usize]
    }

    pub(super) fn counts(&self) -> [usize; 4] {
        Group::ALL.map(|group| self.rows(group).len())
    }

    pub(super) fn fresh(&self) -> usize {
        self.groups.iter().flat_map(|rows| rows.iter()).filter(|row| row.fresh).count()
    }

    /// The first group that has anything in it.
    pub(super) fn first_group(&self) -> Group {
        Group::ALL.into_iter().find(|group| !self.rows(*group).is_empty()).unwrap_or_default()
    }

    /// The row of a policy, with its group.
    pub(super) fn find(&self, policy: usize) -> Option<(Group, RowShown)> {
        Group::ALL.into_iter().find_map(|group| {
            let row = self.rows(group).iter().find(|row| row.policy == policy)?;
            Some((group, *row))
        })
    }
}

/// Where a policy is shown; nowhere where it is not offered and will not be.
fn group_of(
    program: &Program,
    (today, facts): (Day, &Facts),
    until: Option<Day>,
    decisions: &Decisions,
    decision: Decision,
) -> Option<(Group, Option<LaterShown>)> {
    let later = || {
        let (day, verdict) = program.changes_after(decisions, decision.policy, (today, facts), until?)?;
        (verdict == Verdict::Applies)
            .then(|| LaterShown { day, turn: turn(program, decision.policy, today, day, facts) })
    };
    match decision.verdict {
        Verdict::Applies => Some((Group::Applies, None)),
        Verdict::Needs => Some((Group::Needs, None)),
        Verdict::DoesNot => match later() {
            Some(later) => Some((Group::Later, Some(later))),
            None => Some((Group::Not, None)),
        },
        Verdict::NotOffered => later().map(|later| (Group::Later, Some(later))),
    }
}

/// What happens on the day on which a policy begins to apply.
fn turn(program: &Program, policy: usize, today: Day, day: Day, facts: &Facts) -> Turn {
    let pack = program.pack();
    if pack.policies.get(policy).is_some_and(|policy| policy.from == Some(day)) {
        return Turn::Begins;
    }
    let proof = program.prove(policy, today, facts);
    let failing = proof.reasons.iter().filter_map(|reason| Some((reason, program.test(reason.test?)?)));
    let term = failing.filter(|(reason, _)| !reason.negated).find_map(|(_, test)| match test {
        Test::Term(fact, unit, _, Quantity::Fixed(number)) => {
            let whole = number.steps() / crate::domain::policy::fact::Decimal::STEPS;
            Some((*fact, *unit, whole))
        }
        _ => None,
    });
    match term {
        Some((fact, TermUnit::Years, years)) if is_birth(program, fact) => Turn::Age(years),
        Some((fact, unit, number)) => Turn::Since(fact, number, unit),
        None => Turn::ByTime,
    }
}

/// Whether the fact is the day of birth.
pub(super) fn is_birth(program: &Program, fact: FactId) -> bool {
    program.pack().facts.get(usize::from(fact.0)).is_some_and(|spec| spec.card == Some(CardFact::Birth))
}
