// SPDX-License-Identifier: GPL-3.0-only
//! Why a policy was decided so.

use super::check::{Context, Kind};
use super::logic::{Direct, Flat, FlatAmount, Node, Outcomes};
use super::verdict::{Outcome, Path, Place, Proof, Reason, TestRef};
use super::{Decision, Program, Verdict, Worth};
use crate::domain::day::Day;
use crate::domain::policy::fact::{FactId, Facts, Value};

/// Reasons of most proofs: room is made for so many at once.
const USUAL_REASONS: usize = 4;
/// Digits of the finest places, communities.
const FINEST_PLACE: u8 = 12;

impl Program {
    /// Decides one policy and says why. A number beyond the pack's policies is not offered.
    #[must_use]
    pub fn prove(&self, policy: usize, day: Day, facts: &Facts) -> Proof {
        let context = Context { pack: &self.pack, today: day };
        let outcomes = Direct { program: self, context, facts };
        self.proof(policy, &outcomes)
    }

    fn proof(&self, policy: usize, outcomes: &Direct<'_>) -> Proof {
        let decision = Decision { policy, verdict: Verdict::NotOffered, worth: None };
        let mut proof = Proof { decision, version: 0, reasons: Vec::new(), missing: Vec::new() };
        let (Some(flat), Some(spec)) = (self.flats.get(policy), self.pack.policies.get(policy)) else { return proof };
        proof.version = spec.version;
        proof.reasons.reserve(USUAL_REASONS);
        let (context, facts) = (&outcomes.context, outcomes.facts);
        let today = context.today.number();
        if today < flat.from || flat.until < today {
            proof.reasons.push(reason(Place::Effect, Outcome::Fails));
            return proof;
        }
        if let Some(test) = flat.interest {
            let outcome = outcomes.outcome(test);
            let looked_at = self.facts_of(test);
            let interest = Reason { test: Some(TestRef(test)), facts: looked_at, ..reason(Place::Interest, outcome) };
            proof.reasons.push(interest);
            if outcome != Outcome::Holds {
                if self.open_interest(flat, today, outcomes).is_some() {
                    self.missing(&proof.reasons, facts, &mut proof.missing);
                    proof.missing.sort_unstable();
                }
                return proof;
            }
        }
        proof.decision = self.decision(policy, flat, (context, today), (facts, outcomes));
        match proof.decision.verdict {
            Verdict::Applies => {
                self.one_profile(flat, outcomes, &mut proof.reasons);
                self.explain(flat.conditions, Place::Conditions, Outcome::Holds, outcomes, &mut proof.reasons);
            }
            Verdict::DoesNot => self.refusal(flat, outcomes, &mut proof.reasons),
            Verdict::Needs => {
                self.each_profile(flat, Outcome::Open, outcomes, &mut proof.reasons);
                if self.evaluate(flat.conditions, outcomes) == Outcome::Open {
                    self.explain(flat.conditions, Place::Conditions, Outcome::Open, outcomes, &mut proof.reasons);
                }
                self.missing(&proof.reasons, facts, &mut proof.missing);
            }
            Verdict::NotOffered => {}
        }
        if proof.decision.verdict == Verdict::Applies && proof.decision.worth == Some(Worth::Open) {
            self.missing_for_amount(flat, outcomes, &mut proof.missing);
        }
        proof.missing.sort_unstable();
        proof.missing.dedup();
        proof
    }

    /// The first profile that holds, with all that holds in it.
    fn one_profile<O: Outcomes>(&self, flat: &Flat, outcomes: &O, reasons: &mut Vec<Reason>) {
        let (mut at, end) = flat.profiles;
        for number in 0..u16::MAX {
            if at >= end {
                return;
            }
            if self.evaluate(at, outcomes) == Outcome::Holds {
                return self.explain(at, Place::Profile(number), Outcome::Holds, outcomes, reasons);
            }
            at = self.behind(at);
        }
    }

    /// Every profile that comes out so.
    fn each_profile<O: Outcomes>(&self, flat: &Flat, wanted: Outcome, outcomes: &O, reasons: &mut Vec<Reason>) {
        let (mut at, end) = flat.profiles;
        // One that holds has decided already.
        if self.profiles(flat, outcomes) != wanted {
            return;
        }
        for number in 0..u16::MAX {
            if at >= end {
                return;
            }
            if self.evaluate(at, outcomes) == wanted {
                self.explain(at, Place::Profile(number), wanted, outcomes, reasons);
            }
            at = self.behind(at);
        }
    }

    /// One condition that fails, or why none of the profiles holds.
    fn refusal<O: Outcomes>(&self, flat: &Flat, outcomes: &O, reasons: &mut Vec<Reason>) {
        if self.evaluate(flat.conditions, outcomes) == Outcome::Fails {
            self.explain(flat.conditions, Place::Conditions, Outcome::Fails, outcomes, reasons);
        } else {
            self.each_profile(flat, Outcome::Fails, outcomes, reasons);
        }
    }

    /// The clauses that make the clause at `at` come out as `wanted`, which it does.
    fn explain<O: Outcomes>(&self, at: u32, place: Place, wanted: Outcome, outcomes: &O, reasons: &mut Vec<Reason>) {
        let path = self.paths.get(at as usize).copied().unwrap_or_default();
        let (end, decides) = match self.nodes.get(at as usize) {
            Some(Node::Test { test, negated }) => {
                let (facts, test) = (self.facts_of(*test), Some(TestRef(*test)));
                reasons.push(Reason { path, test, negated: *negated, facts, ..reason(place, wanted) });
                return;
            }
            Some(Node::All { end }) => (*end, Outcome::Fails),
            Some(Node::Any { end }) => (*end, Outcome::Holds),
            None => return,
        };
        if at + 1 == end {
            // The conditions of a policy may be empty without saying anything.
            if place != Place::Conditions || !path.steps().is_empty() {
                reasons.push(Reason { path, ..reason(place, wanted) });
            }
            return;
        }
        if wanted == decides {
            if let Some(one) = self.simplest(at + 1, end, wanted, outcomes) {
                self.explain(one, place, wanted, outcomes, reasons);
            }
            return;
        }
        let mut child = at + 1;
        while child < end {
            if wanted != Outcome::Open || self.evaluate(child, outcomes) == Outcome::Open {
                self.explain(child, place, wanted, outcomes, reasons);
            }
            child = self.behind(child);
        }
    }

    /// Of the clauses of a group the first test that comes out so, or else the first group.
    fn simplest<O: Outcomes>(&self, mut at: u32, end: u32, wanted: Outcome, outcomes: &O) -> Option<u32> {
        let mut group = None;
        while at < end {
            let is_test = matches!(self.nodes.get(at as usize), Some(Node::Test { .. }));
            if (is_test || group.is_none()) && self.evaluate(at, outcomes) == wanted {
                if is_test {
                    return Some(at);
                }
                group = Some(at);
            }
            at = self.behind(at);
        }
        group
    }

    fn facts_of(&self, test: u32) -> [Option<FactId>; 2] {
        self.test_facts.get(test as usize).copied().unwrap_or_default()
    }

    /// Of the facts of open clauses those that are not known well enough.
    fn missing(&self, reasons: &[Reason], facts: &Facts, missing: &mut Vec<FactId>) {
        let open = reasons.iter().filter(|reason| reason.outcome == Outcome::Open);
        let looked_at = open.flat_map(|reason| reason.facts).flatten();
        missing.extend(looked_at.filter(|fact| !self.is_exact(*fact, facts)));
    }

    fn missing_for_amount(&self, flat: &Flat, outcomes: &Direct<'_>, missing: &mut Vec<FactId>) {
        let facts = outcomes.facts;
        if let Some(fact) = Self::amount_fact(flat) {
            missing.extend((!self.is_exact(fact, facts)).then_some(fact));
        }
        let FlatAmount::Scale(rows) = &flat.amount else { return };
        let mut reasons = Vec::new();
        for (node, _) in rows {
            match self.evaluate(*node, outcomes) {
                Outcome::Holds => break,
                Outcome::Open => self.explain(*node, Place::Amount, Outcome::Open, outcomes, &mut reasons),
                Outcome::Fails => {}
            }
        }
        self.missing(&reasons, facts, missing);
    }

    /// Whether nothing more can be learned of a fact: a single value of its kind, or that it is nothing.
    pub(super) fn is_exact(&self, fact: FactId, facts: &Facts) -> bool {
        let Some(value) = facts.get(fact) else { return false };
        let fits = || self.pack.facts.get(usize::from(fact.0)).is_some_and(|spec| Kind::of(spec).fits(value));
        match value {
            Value::Nothing => true,
            Value::NumberBetween(least, most) => least == most && fits(),
            Value::DayBetween(first, last) => first == last && fits(),
            Value::Place(place) => place.length() == FINEST_PLACE && fits(),
            _ => fits(),
        }
    }
}

fn reason(place: Place, outcome: Outcome) -> Reason {
    Reason { place, path: Path::default(), test: None, negated: false, outcome, facts: [None, None] }
}
