// SPDX-License-Identifier: GPL-3.0-only
//! The engine: a pack compiled to something fast, which decides, proves, asks and looks ahead.
//!
//! Each distinct test of the whole pack is evaluated once for a person and a day, into a table of three-valued
//! outcomes; a policy is a flat row of nodes over that table, read with short cuts. An unknown fact makes a test open; a
//! value of the wrong kind for its fact counts as unknown, so that whatever an outside service tells ends in a
//! question and never in a wrong answer.

mod answers;
mod ask;
mod candidates;
mod change;
mod check;
mod compile;
mod cuts;
mod error;
mod logic;
mod prove;
mod question;
mod tables;
#[cfg(test)]
pub(crate) mod testing;
mod time;
mod verdict;
mod worth;

use std::sync::Arc;

pub use answers::{MOST_BANDS, MOST_CHOICES};
pub use change::MOST_CHANGES;
pub use error::{CompileError, Spot, Wrong};
pub use question::{Answer, Ask, NumberEnd, OLDEST, Question, Show, TermEnd, born_at_age};
pub use verdict::{
    Change, Decision, Decisions, LONGEST_PATH, Outcome, Path, Place, Proof, Reason, TestRef, Verdict, Worth,
};

use check::{Check, Context};
use logic::{Direct, Flat, Node, Table};

use super::fact::{FactId, Facts};
use super::pack::{Pack, Words};
use super::rule::{Clause, ClauseKind, Test};
use crate::domain::day::Day;

/// A pack that can be evaluated. It never changes; all that is about a person is given to it.
pub struct Program {
    pack: Arc<Pack>,
    /// The distinct tests of the pack, and the same as they are evaluated.
    tests: Vec<Test>,
    checks: Vec<Check>,
    test_facts: Vec<[Option<FactId>; 2]>,
    /// The tests that look at each fact.
    tests_of: Vec<Vec<u32>>,
    nodes: Vec<Node>,
    /// Which clause each node is.
    paths: Vec<Path>,
    flats: Vec<Flat>,
    /// The distinct tests of each policy: see [`Flat::reads`].
    reads: Vec<u32>,
    /// The node of each condition on a document, of each policy.
    needs: Vec<Vec<Option<u32>>>,
}

impl Program {
    /// The pack that was compiled.
    #[must_use]
    pub fn pack(&self) -> &Pack {
        &self.pack
    }

    /// Decides all policies for a person on a day.
    pub fn decide(&self, day: Day, facts: &Facts, decisions: &mut Decisions) {
        let context = Context { pack: &self.pack, today: day };
        let Decisions { all, outcomes } = decisions;
        outcomes.clear();
        outcomes.extend(self.checks.iter().map(|check| context.outcome(check, facts)));
        let (table, today) = (Table(outcomes), day.number());
        all.clear();
        let each = self.flats.iter().enumerate();
        all.extend(each.map(|(policy, flat)| self.decision(policy, flat, (&context, today), (facts, &table))));
    }

    /// Decides one policy, counted in the pack. A number beyond them is not offered.
    #[must_use]
    pub fn decide_one(&self, policy: usize, day: Day, facts: &Facts) -> Decision {
        let context = Context { pack: &self.pack, today: day };
        let outcomes = Direct { program: self, context, facts };
        match self.flats.get(policy) {
            Some(flat) => self.decision(policy, flat, (&context, day.number()), (facts, &outcomes)),
            None => Decision { policy, verdict: Verdict::NotOffered, worth: None },
        }
    }

    /// Which of the documents that a policy needs are to be brought, counted in its list: all but those of which it is
    /// clear that they are not.
    #[must_use]
    pub fn documents(&self, policy: usize, day: Day, facts: &Facts) -> Vec<usize> {
        let outcomes = Direct { program: self, context: Context { pack: &self.pack, today: day }, facts };
        let needs = self.needs.get(policy).into_iter().flatten().enumerate();
        let needed = |node: &Option<u32>| node.is_none_or(|node| self.evaluate(node, &outcomes) != Outcome::Fails);
        needs.filter(|(_, node)| needed(node)).map(|(index, _)| index).collect()
    }

    /// The test of a reason.
    #[must_use]
    pub fn test(&self, test: TestRef) -> Option<&Test> {
        self.tests.get(test.0 as usize)
    }

    /// The clause of a reason of a policy; nothing for days of effect, an interest and a whole profile.
    #[must_use]
    pub fn clause(&self, policy: usize, reason: &Reason) -> Option<&Clause> {
        self.clauses(policy, reason).last()
    }

    /// The words in which the policy itself gives the reason: those of the outermost clause that has any. Several
    /// reasons may have the same.
    #[must_use]
    pub fn because(&self, policy: usize, reason: &Reason) -> Option<&Words> {
        self.clauses(policy, reason).find_map(|clause| clause.because.as_ref())
    }

    /// The clauses down to the one of a reason, the outermost first.
    fn clauses(&self, policy: usize, reason: &Reason) -> impl Iterator<Item = &Clause> + use<'_> {
        let policy = self.pack.policies.get(policy);
        let (path, mut below) = (reason.path, 0);
        let number = path.steps().first().map_or(usize::MAX, |step| usize::from(*step));
        let first = policy.and_then(|policy| match reason.place {
            Place::Effect | Place::Interest => None,
            Place::Profile(profile) => policy.profiles.get(usize::from(profile))?.conditions.get(number),
            Place::Conditions => policy.conditions.get(number),
            Place::Amount => match policy.benefit.amount.as_ref()? {
                super::pack::Amount::Scale(rows) => rows.get(number).map(|(when, _)| when),
                _ => None,
            },
        });
        std::iter::successors(first, move |clause| {
            below += 1;
            let step = usize::from(*path.steps().get(below)?);
            match &clause.kind {
                ClauseKind::Test(_) => None,
                ClauseKind::All(clauses) | ClauseKind::Any(clauses) => clauses.get(step),
                ClauseKind::Not(clause) => Some(clause),
            }
        })
    }
}

impl std::fmt::Debug for Program {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { pack, tests, nodes, .. } = self;
        let (policies, tests, nodes) = (pack.policies.len(), tests.len(), nodes.len());
        formatter
            .debug_struct("Program")
            .field("pack", &pack.key)
            .field("policies", &policies)
            .field("tests", &tests)
            .field("nodes", &nodes)
            .finish_non_exhaustive()
    }
}
