// SPDX-License-Identifier: GPL-3.0-only
//! What a person would have to change so that a policy applies.

use super::candidates::Candidate;
use super::{Change, Program, Verdict};
use crate::domain::day::Day;
use crate::domain::policy::fact::{FactId, Facts, Origin};

/// Most facts of a change: nobody changes more of a life for one policy.
pub const MOST_CHANGES: usize = 3;
/// Most decisions that one search makes; it ends within some milliseconds.
const MOST_TRIALS: usize = 20_000;

impl Program {
    /// The fewest known facts that the person can change, with the values that they would need, so that a policy
    /// applies which does not; of several such sets the most plausible. Nothing where there is none of up to
    /// [`MOST_CHANGES`] facts, or the search is too long.
    #[must_use]
    pub fn smallest_change(&self, policy: usize, day: Day, facts: &Facts) -> Option<Vec<Change>> {
        self.smallest_change_to(Verdict::Applies, policy, day, facts)
    }

    /// The same, so that the verdict becomes `goal`: with [`Verdict::Needs`] what would at least leave it open.
    #[must_use]
    pub fn smallest_change_to(&self, goal: Verdict, policy: usize, day: Day, facts: &Facts) -> Option<Vec<Change>> {
        if self.decide_one(policy, day, facts).verdict != Verdict::DoesNot {
            return None;
        }
        let mut search = Search {
            program: self,
            goal,
            policy,
            day,
            facts: facts.clone(),
            changed: Vec::with_capacity(MOST_CHANGES),
            trials: 0,
            best: None,
        };
        for size in 1..=MOST_CHANGES {
            search.turn(size, 0);
            if search.best.is_some() || search.trials >= MOST_TRIALS {
                break;
            }
        }
        search.best.map(|(_, changes)| changes)
    }
}

struct Search<'a> {
    program: &'a Program,
    goal: Verdict,
    policy: usize,
    day: Day,
    /// What is known, with the changes that are tried.
    facts: Facts,
    changed: Vec<Change>,
    trials: usize,
    /// The most plausible set until now, with its cost.
    best: Option<(u32, Vec<Change>)>,
}

impl Search<'_> {
    /// Tries all sets of exactly `left` more changes. A set that changes the verdict changes a fact that the verdict's
    /// proof uses, so that no others are tried.
    fn turn(&mut self, left: usize, cost: u32) {
        for fact in self.worth_trying() {
            let values = self.program.candidates(fact, self.policy, self.day, &self.facts);
            for Candidate { value, cost: here } in values {
                if self.trials >= MOST_TRIALS {
                    return;
                }
                self.trials += 1;
                let Some(old) = self.facts.get(fact).cloned() else { continue };
                let origin = self.facts.origin(fact).unwrap_or(Origin::Answer);
                self.facts.learn(fact, value.clone(), Origin::Answer);
                self.changed.push(Change { fact, to: value });
                self.look(left, cost.saturating_add(here));
                self.changed.pop();
                self.facts.learn(fact, old, origin);
            }
        }
    }

    fn look(&mut self, left: usize, cost: u32) {
        if left > 1 {
            return self.turn(left - 1, cost);
        }
        let verdict = self.program.decide_one(self.policy, self.day, &self.facts).verdict;
        if verdict == self.goal && self.best.as_ref().is_none_or(|(best, _)| cost < *best) {
            self.best = Some((cost, self.changed.clone()));
        }
    }

    /// The facts that may be changed next, in the order of the table.
    fn worth_trying(&self) -> Vec<FactId> {
        let proof = self.program.prove(self.policy, self.day, &self.facts);
        let mut facts = proof.used();
        if proof.decision.verdict == Verdict::Needs {
            // Any fact may settle what is open.
            facts = self.program.facts_of_policy(self.policy);
        }
        let changeable = |fact: &FactId| {
            let spec = self.program.pack().facts.get(usize::from(fact.0));
            spec.is_some_and(|spec| spec.changeable)
                && self.facts.get(*fact).is_some()
                && self.changed.iter().all(|change| change.fact != *fact)
        };
        facts.retain(changeable);
        facts
    }
}
