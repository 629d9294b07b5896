// SPDX-License-Identifier: GPL-3.0-only
//! Who gains and who loses.

use std::collections::{BTreeSet, HashMap};

use crate::domain::policy::engine::{Program, Verdict, Worth};
use crate::domain::policy::pack::{Benefit, Period, Unit};
use crate::policies::cases::Case;

/// What a change does to one person by one policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It applies now and did not before, or it was open.
    Gains,
    /// It applied before and does not now, or it is open.
    Loses,
    /// It applies before and now, and gives more.
    More,
    /// It applies before and now, and gives less.
    Less,
    /// It applies before and now, and gives something else, of which nobody can say whether it is more.
    Otherwise,
    /// It applies neither before nor now, but whether facts are needed is another matter.
    Asked,
}

impl Effect {
    /// Every effect, in the order in which they are told.
    pub const ALL: [Self; 6] = [Self::Gains, Self::Loses, Self::More, Self::Less, Self::Otherwise, Self::Asked];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Gains => "gains",
            Self::Loses => "loses",
            Self::More => "gets more",
            Self::Less => "gets less",
            Self::Otherwise => "gets something else",
            Self::Asked => "is asked otherwise",
        }
    }
}

/// What one pack answers for one policy; nothing where it has no such policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The verdict.
    pub verdict: Verdict,
    /// The amount.
    pub worth: Option<Worth>,
    /// Unit and period of it.
    pub unit: (Unit, Period),
}

/// A difference for one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Id of the case.
    pub case: String,
    /// Key of the policy.
    pub policy: String,
    /// What it does.
    pub effect: Effect,
    /// What the older pack answers.
    pub old: Option<Answer>,
    /// What the newer pack answers.
    pub new: Option<Answer>,
}

/// What a change does to all example people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// Every difference, by policy and then by case.
    pub shifts: Vec<Shift>,
    /// How many people were looked at: those whom both packs know.
    pub compared: usize,
    /// Ids of the cases that only one of the packs can read.
    pub left_out: Vec<String>,
}

/// Compares what both packs answer for people, who are read by each pack for itself.
#[must_use]
pub fn compare(old: (&Program, &[Case]), new: (&Program, &[Case])) -> People {
    let by_id: HashMap<&str, &Case> = new.1.iter().map(|case| (case.id.as_str(), case)).collect();
    let old_keys = keys(old.0);
    let new_keys = keys(new.0);
    let policies: BTreeSet<&str> = old_keys.keys().chain(new_keys.keys()).copied().collect();
    let mut people = People::default();
    let in_old: BTreeSet<&str> = old.1.iter().map(|case| case.id.as_str()).collect();
    let only_new = new.1.iter().filter(|case| !in_old.contains(case.id.as_str()));
    people.left_out = only_new.map(|case| case.id.clone()).collect();
    for before in old.1 {
        let Some(after) = by_id.get(before.id.as_str()) else {
            people.left_out.push(before.id.clone());
            continue;
        };
        people.compared += 1;
        for policy in &policies {
            let old = old_keys.get(policy).map(|index| answer(old.0, *index, before));
            let new = new_keys.get(policy).map(|index| answer(new.0, *index, after));
            let Some(effect) = effect(old.as_ref(), new.as_ref()) else { continue };
            people.shifts.push(Shift { case: before.id.clone(), policy: (*policy).to_owned(), effect, old, new });
        }
    }
    people.shifts.sort_by(|a, b| (&a.policy, a.effect, &a.case).cmp(&(&b.policy, b.effect, &b.case)));
    people
}

fn keys(program: &Program) -> HashMap<&str, usize> {
    program.pack().policies.iter().enumerate().map(|(index, policy)| (policy.key.as_str(), index)).collect()
}

fn answer(program: &Program, policy: usize, case: &Case) -> Answer {
    let decision = program.decide_one(policy, case.on, &case.facts);
    let benefit = program.pack().policies.get(policy).map(|policy| &policy.benefit);
    let unit = benefit.map(|Benefit { unit, period, .. }| (unit.clone(), *period)).unwrap_or_default();
    Answer { verdict: decision.verdict, worth: decision.worth, unit }
}

fn effect(old: Option<&Answer>, new: Option<&Answer>) -> Option<Effect> {
    let verdict = |answer: Option<&Answer>| answer.map_or(Verdict::NotOffered, |answer| answer.verdict);
    match (verdict(old), verdict(new)) {
        (Verdict::Applies, Verdict::Applies) => match (old, new) {
            (Some(old), Some(new)) => worth_effect(old, new),
            _ => None,
        },
        (_, Verdict::Applies) => Some(Effect::Gains),
        (Verdict::Applies, _) => Some(Effect::Loses),
        (Verdict::Needs, Verdict::Needs) => None,
        (Verdict::Needs, _) | (_, Verdict::Needs) => Some(Effect::Asked),
        _ => None,
    }
}

fn worth_effect(old: &Answer, new: &Answer) -> Option<Effect> {
    if old.worth == new.worth && (old.worth.is_none() || old.unit == new.unit) {
        return None;
    }
    if old.unit != new.unit {
        return Some(Effect::Otherwise);
    }
    let both = |low: std::cmp::Ordering, high: std::cmp::Ordering| {
        use std::cmp::Ordering::{Equal, Greater, Less};
        match (low, high) {
            (Less | Equal, Less) | (Less, Equal) => Effect::More,
            (Greater | Equal, Greater) | (Greater, Equal) => Effect::Less,
            _ => Effect::Otherwise,
        }
    };
    Some(match (old.worth, new.worth) {
        (None, _) => Effect::More,
        (_, None) => Effect::Less,
        (Some(Worth::Exactly(old)), Some(Worth::Exactly(new)))
        | (Some(Worth::AtLeast(old)), Some(Worth::AtLeast(new)))
        | (Some(Worth::AtMost(old)), Some(Worth::AtMost(new))) => both(old.cmp(&new), old.cmp(&new)),
        (Some(Worth::Between(low, high)), Some(Worth::Between(new_low, new_high))) => {
            both(low.cmp(&new_low), high.cmp(&new_high))
        }
        _ => Effect::Otherwise,
    })
}
