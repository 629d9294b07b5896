// SPDX-License-Identifier: GPL-3.0-only
//! Runs the example people: does every policy come out as a human expects?

use std::collections::{BTreeSet, HashMap};

use super::{Amount, Case, Expectation, Outcome};
use crate::domain::policy::engine::{Program, Verdict, Worth};
use crate::domain::policy::fact::{FactId, Facts, Origin};
use crate::domain::policy::rule::Test;

/// An expectation that was not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// Which case, counted in the list that was run.
    pub case: usize,
    /// Which expectation of it, counted.
    pub expectation: usize,
    /// What was found.
    pub found: Found,
}

/// What was found instead of what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The pack has no such policy.
    NoPolicy,
    /// Another verdict; where it needs facts or does not apply, by these.
    Verdict(Verdict, Vec<FactId>),
    /// It applies, with another amount or none.
    Worth(Option<Worth>),
    /// It needs other facts: these.
    Missing(Vec<FactId>),
    /// It does not apply, but the named facts alone do not decide that; these do.
    DecidedBy(Vec<FactId>),
}

/// What came of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseRun {
    /// So many expectations were checked.
    pub checked: usize,
    /// Those that were not met, in the order of the cases.
    pub misses: Vec<Miss>,
    /// Policies, counted in the pack, of which no case expects anything.
    pub without_case: Vec<usize>,
    /// Policies that some case names, but that no case expects to apply.
    pub never_applying: Vec<usize>,
}

/// Runs all `cases` against `program`.
#[must_use]
pub fn run(program: &Program, cases: &[Case]) -> CaseRun {
    let policies = &program.pack().policies;
    let by_key: HashMap<&str, usize> =
        policies.iter().enumerate().map(|(index, policy)| (policy.key.as_str(), index)).collect();
    let mut run = CaseRun::default();
    let (mut named, mut applying) = (BTreeSet::new(), BTreeSet::new());
    for (case_index, case) in cases.iter().enumerate() {
        for (index, expectation) in case.expect.iter().enumerate() {
            run.checked += 1;
            let policy = by_key.get(expectation.policy.as_str()).copied();
            if let Some(policy) = policy {
                named.insert(policy);
                if matches!(expectation.outcome, Outcome::Applies(_)) {
                    applying.insert(policy);
                }
            }
            let found = match policy {
                Some(policy) => judge(program, policy, case, expectation),
                None => Some(Found::NoPolicy),
            };
            run.misses.extend(found.map(|found| Miss { case: case_index, expectation: index, found }));
        }
    }
    run.without_case = (0..policies.len()).filter(|policy| !named.contains(policy)).collect();
    run.never_applying = named.difference(&applying).copied().collect();
    run
}

/// What was found where it is not what was expected.
fn judge(program: &Program, policy: usize, case: &Case, expectation: &Expectation) -> Option<Found> {
    let proof = program.prove(policy, case.on, &case.facts);
    let decision = proof.decision;
    let other = || {
        let facts = if decision.verdict == Verdict::Needs { proof.missing.clone() } else { proof.used() };
        Some(Found::Verdict(decision.verdict, facts))
    };
    match (&expectation.outcome, decision.verdict) {
        (Outcome::Applies(amount), Verdict::Applies) => match amount {
            Some(amount) if decision.worth != Some(worth_of(*amount)) => Some(Found::Worth(decision.worth)),
            _ => None,
        },
        (Outcome::Needs(expected), Verdict::Needs) => {
            let same = expected.is_empty() || sorted(expected) == sorted(&proof.missing);
            (!same).then(|| Found::Missing(proof.missing.clone()))
        }
        (Outcome::Not(expected), Verdict::DoesNot) => {
            // A policy may fail for several reasons: what counts is that the named facts are reason enough.
            let enough = expected.is_empty() || {
                let interest = program.pack().policies.get(policy).and_then(|policy| policy.interest.as_ref());
                let alone = only(&case.facts, expected.iter().copied().chain(interest.and_then(fact_of)));
                program.decide_one(policy, case.on, &alone).verdict == Verdict::DoesNot
            };
            (!enough).then(|| Found::DecidedBy(proof.used()))
        }
        // Outside its days, or of no interest: the person does not get it either.
        (Outcome::Not(expected), Verdict::NotOffered) if expected.is_empty() => None,
        _ => other(),
    }
}

fn sorted(facts: &[FactId]) -> BTreeSet<FactId> {
    facts.iter().copied().collect()
}

/// Nothing known but these facts.
fn only(facts: &Facts, which: impl Iterator<Item = FactId>) -> Facts {
    let mut alone = Facts::new();
    for fact in which {
        if let Some(value) = facts.get(fact) {
            alone.learn(fact, value.clone(), facts.origin(fact).unwrap_or(Origin::Answer));
        }
    }
    alone
}

/// The fact by which an interest is told. It decides nothing, but without it the policy is not looked at.
fn fact_of(test: &Test) -> Option<FactId> {
    match test {
        Test::Yes(fact) | Test::Some(fact) | Test::Number(fact, ..) | Test::OneOf(fact, _) => Some(*fact),
        Test::Within(fact, _) | Test::Date(fact, ..) | Test::Term(fact, ..) | Test::Reached(fact, _) => Some(*fact),
        // Interest in a ratio or a count has no sense.
        Test::Ratio { .. } | Test::Count { .. } => None,
    }
}

/// The worth that an expected amount stands for.
fn worth_of(amount: Amount) -> Worth {
    match amount {
        Amount::Exactly(number) => Worth::Exactly(number),
        Amount::Between(low, high) => Worth::Between(low, high),
        Amount::From(least) => Worth::AtLeast(least),
        Amount::UpTo(most) => Worth::AtMost(most),
    }
}
