// SPDX-License-Identifier: GPL-3.0-only
//! Policies as flat rows of nodes, and how they are read.

use super::check::Context;
use super::verdict::Outcome;
use super::{Decision, Program, Verdict};
use crate::domain::policy::fact::{FactId, Facts};
use crate::domain::policy::rule::Quantity;

/// A node of a clause. Groups stand before what is in them; the opposite of a group has been moved into its tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Test {
        test: u32,
        negated: bool,
    },
    All {
        /// The node behind the last one of the group.
        end: u32,
    },
    Any {
        end: u32,
    },
}

/// A policy as it is evaluated.
#[derive(Clone, Debug)]
pub(super) struct Flat {
    /// First and last day of effect, numbered.
    pub(super) from: i32,
    pub(super) until: i32,
    pub(super) interest: Option<u32>,
    /// Nodes of the profiles, one `All` after the other; an empty range holds.
    pub(super) profiles: (u32, u32),
    /// Node of the `All` of the conditions.
    pub(super) conditions: u32,
    pub(super) amount: FlatAmount,
    /// The tests that it reads, those of its amount included: a range of [`Program::reads`].
    pub(super) reads: (u32, u32),
}

/// An amount as it is evaluated.
#[derive(Clone, Debug)]
pub(super) enum FlatAmount {
    None,
    Fixed(Quantity),
    Between(Quantity, Quantity),
    From(Quantity),
    UpTo(Quantity),
    /// Node and number of each row.
    Scale(Box<[(u32, Quantity)]>),
    TopUp(Quantity, FactId),
    Each(Quantity, FactId, Option<Quantity>),
}

/// Where the outcome of a test comes from.
pub(super) trait Outcomes {
    fn outcome(&self, test: u32) -> Outcome;
}

/// Outcomes that have been evaluated before.
pub(super) struct Table<'a>(pub(super) &'a [Outcome]);

impl Outcomes for Table<'_> {
    fn outcome(&self, test: u32) -> Outcome {
        self.0.get(test as usize).copied().unwrap_or(Outcome::Open)
    }
}

/// Outcomes that are evaluated when they are looked at.
pub(super) struct Direct<'a> {
    pub(super) program: &'a Program,
    pub(super) context: Context<'a>,
    pub(super) facts: &'a Facts,
}

impl Outcomes for Direct<'_> {
    fn outcome(&self, test: u32) -> Outcome {
        match self.program.checks.get(test as usize) {
            Some(check) => self.context.outcome(check, self.facts),
            None => Outcome::Open,
        }
    }
}

impl Program {
    /// How the clause at a node comes out.
    pub(super) fn evaluate<O: Outcomes>(&self, at: u32, outcomes: &O) -> Outcome {
        match self.nodes.get(at as usize) {
            Some(Node::Test { test, negated }) => {
                let outcome = outcomes.outcome(*test);
                if *negated { outcome.opposite() } else { outcome }
            }
            Some(Node::All { end }) => self.group(at + 1, *end, Outcome::Fails, outcomes),
            Some(Node::Any { end }) => self.group(at + 1, *end, Outcome::Holds, outcomes),
            None => Outcome::Open,
        }
    }

    /// The nodes of a group: one that comes out as `decides` decides, otherwise one that is open leaves it open.
    pub(super) fn group<O: Outcomes>(&self, mut at: u32, end: u32, decides: Outcome, outcomes: &O) -> Outcome {
        let mut all = decides.opposite();
        while at < end {
            let (outcome, next) = (self.evaluate(at, outcomes), self.behind(at));
            if outcome == decides {
                return outcome;
            }
            if outcome == Outcome::Open {
                all = Outcome::Open;
            }
            at = next;
        }
        all
    }

    /// The node behind a node and all that is in it.
    pub(super) fn behind(&self, at: u32) -> u32 {
        match self.nodes.get(at as usize) {
            Some(Node::All { end } | Node::Any { end }) => *end,
            _ => at + 1,
        }
    }

    /// Whether any profile holds; none at all holds.
    pub(super) fn profiles<O: Outcomes>(&self, flat: &Flat, outcomes: &O) -> Outcome {
        let (first, end) = flat.profiles;
        if first == end { Outcome::Holds } else { self.group(first, end, Outcome::Holds, outcomes) }
    }

    /// How conditions and profiles come out together.
    fn rules<O: Outcomes>(&self, flat: &Flat, outcomes: &O) -> Outcome {
        let conditions = self.evaluate(flat.conditions, outcomes);
        if conditions == Outcome::Fails { conditions } else { conditions.min(self.profiles(flat, outcomes)) }
    }

    /// The test of the interest, where nothing else keeps the policy from the person: it is open, the day is one of
    /// effect, and nothing that is known rules the policy out.
    pub(super) fn open_interest<O: Outcomes>(&self, flat: &Flat, today: i32, outcomes: &O) -> Option<u32> {
        let open = flat.interest.filter(|test| outcomes.outcome(*test) == Outcome::Open)?;
        let counts = flat.from <= today && today <= flat.until && self.rules(flat, outcomes) != Outcome::Fails;
        counts.then_some(open)
    }

    /// Whether the policy is shown to the person on that day.
    pub(super) fn offered<O: Outcomes>(flat: &Flat, today: i32, outcomes: &O) -> bool {
        let interests = || flat.interest.is_none_or(|test| outcomes.outcome(test) == Outcome::Holds);
        flat.from <= today && today <= flat.until && interests()
    }

    /// The verdict alone.
    pub(super) fn verdict<O: Outcomes>(&self, flat: &Flat, today: i32, outcomes: &O) -> Verdict {
        if !Self::offered(flat, today, outcomes) {
            return Verdict::NotOffered;
        }
        match self.rules(flat, outcomes) {
            Outcome::Fails => Verdict::DoesNot,
            Outcome::Open => Verdict::Needs,
            Outcome::Holds => Verdict::Applies,
        }
    }

    /// Verdict and worth.
    pub(super) fn decision<O: Outcomes>(
        &self,
        policy: usize,
        flat: &Flat,
        (context, today): (&Context<'_>, i32),
        (facts, outcomes): (&Facts, &O),
    ) -> Decision {
        let verdict = self.verdict(flat, today, outcomes);
        let worth = match verdict {
            Verdict::Applies | Verdict::Needs => self.worth(flat, context, facts, outcomes),
            Verdict::DoesNot | Verdict::NotOffered => None,
        };
        Decision { policy, verdict, worth }
    }
}
