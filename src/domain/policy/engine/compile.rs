// SPDX-License-Identifier: GPL-3.0-only
//! From a pack to its program.

use std::collections::HashMap;
use std::sync::Arc;

use super::check::{Check, Kind, facts_of, ranges};
use super::error::{CompileError, Spot, Wrong};
use super::logic::{Flat, FlatAmount, Node};
use super::verdict::{Path, Place};
use super::{Program, tables};
use crate::domain::policy::fact::{FactId, FactKind};
use crate::domain::policy::pack::{Amount, Pack, Policy};
use crate::domain::policy::rule::{Clause, ClauseKind, MOST_CLAUSES, Quantity, Test};

impl Program {
    /// Checks every number of the pack that counts in one of its tables, the kinds of facts against their tests, and
    /// all bounds; then makes of it what can be evaluated.
    ///
    /// # Errors
    /// Says what is wrong with the pack, and where.
    pub fn compile(pack: Arc<Pack>) -> Result<Self, CompileError> {
        tables::check(&pack)?;
        let mut builder = Builder { pack: &pack, known: HashMap::new(), parts: Parts::default(), clauses: 0 };
        let mut flats = Vec::with_capacity(pack.policies.len());
        for policy in &pack.policies {
            flats.push(builder.policy(policy)?);
        }
        let Parts { tests, checks, nodes, paths, reads, needs } = builder.parts;
        let test_facts: Vec<[Option<FactId>; 2]> = tests.iter().map(facts_of).collect();
        let mut tests_of = vec![Vec::new(); pack.facts.len()];
        for (test, facts) in (0_u32..).zip(&test_facts) {
            facts.iter().flatten().for_each(|fact| tests_of[usize::from(fact.0)].push(test));
        }
        Ok(Self { pack, tests, checks, test_facts, tests_of, nodes, paths, flats, reads, needs })
    }
}

#[derive(Default)]
struct Parts {
    tests: Vec<Test>,
    checks: Vec<Check>,
    nodes: Vec<Node>,
    paths: Vec<Path>,
    reads: Vec<u32>,
    needs: Vec<Vec<Option<u32>>>,
}

struct Builder<'a> {
    pack: &'a Pack,
    /// Tests that are in the parts already.
    known: HashMap<&'a Test, u32>,
    parts: Parts,
    /// Clauses of the policy that is worked on.
    clauses: usize,
}

/// What is wrong with a clause, and which clause of its part it is.
type Fault = (Path, Wrong);

impl<'a> Builder<'a> {
    fn policy(&mut self, policy: &'a Policy) -> Result<Flat, CompileError> {
        self.clauses = 0;
        let first_node = self.parts.nodes.len();
        let interest = policy.interest.as_ref().map(|test| self.test(test));
        let interest = interest.transpose().map_err(|wrong| at(policy, Place::Interest, (Path::default(), wrong)))?;
        let begin = self.here();
        for (number, profile) in policy.profiles.iter().enumerate() {
            let place = Place::Profile(u16::try_from(number).unwrap_or(u16::MAX));
            self.list(&profile.conditions).map_err(|fault| at(policy, place, fault))?;
        }
        let profiles = (begin, self.here());
        let conditions = profiles.1;
        self.list(&policy.conditions).map_err(|fault| at(policy, Place::Conditions, fault))?;
        let amount = policy.benefit.amount.as_ref().map_or(Ok(FlatAmount::None), |amount| self.amount(amount));
        let amount = amount.map_err(|fault| at(policy, Place::Amount, fault))?;
        let reads = self.reads(first_node, interest);
        let mut needs = Vec::with_capacity(policy.documents.len());
        for (need, document) in policy.documents.iter().enumerate() {
            let spot = || Spot::Need { policy: policy.key.clone(), need };
            let node = document.when.as_ref().map(|when| self.root(when, 0)).transpose();
            needs.push(node.map_err(|(_, wrong)| CompileError { spot: spot(), wrong })?);
        }
        self.parts.needs.push(needs);
        let from = policy.from.map_or(i32::MIN, |day| day.number());
        let until = policy.until.map_or(i32::MAX, |day| day.number());
        Ok(Flat { from, until, interest, profiles, conditions, amount, reads })
    }

    /// The distinct tests of a policy, from its nodes and its interest.
    fn reads(&mut self, first_node: usize, interest: Option<u32>) -> (u32, u32) {
        let tests = self.parts.nodes[first_node..].iter().filter_map(|node| match node {
            Node::Test { test, .. } => Some(*test),
            _ => None,
        });
        let mut tests: Vec<u32> = tests.chain(interest).collect();
        tests.sort_unstable();
        tests.dedup();
        let begin = count(self.parts.reads.len());
        self.parts.reads.append(&mut tests);
        (begin, count(self.parts.reads.len()))
    }

    /// Number of the next node.
    fn here(&self) -> u32 {
        count(self.parts.nodes.len())
    }

    fn push(&mut self, node: Node, path: Path) {
        self.parts.nodes.push(node);
        self.parts.paths.push(path);
    }

    /// All of these clauses.
    fn list(&mut self, clauses: &'a [Clause]) -> Result<(), Fault> {
        self.grouped(clauses, true, false, Path::default())
    }

    /// One clause that is number `step` of its part.
    fn root(&mut self, clause: &'a Clause, step: usize) -> Result<u32, Fault> {
        let here = self.here();
        self.clause(clause, false, down(Path::default(), step)?)?;
        Ok(here)
    }

    fn grouped(&mut self, clauses: &'a [Clause], all: bool, negated: bool, path: Path) -> Result<(), Fault> {
        let group = self.parts.nodes.len();
        self.push(Node::All { end: 0 }, path);
        for (step, clause) in clauses.iter().enumerate() {
            self.clause(clause, negated, down(path, step)?)?;
        }
        let end = self.here();
        self.parts.nodes[group] = if all { Node::All { end } } else { Node::Any { end } };
        Ok(())
    }

    /// A clause, or its opposite: that of a group is the other group of the opposites.
    fn clause(&mut self, clause: &'a Clause, negated: bool, path: Path) -> Result<(), Fault> {
        self.clauses += 1;
        if self.clauses > MOST_CLAUSES {
            let wrong = Wrong::TooMany { what: "clauses", count: self.clauses, most: MOST_CLAUSES };
            return Err((path, wrong));
        }
        match &clause.kind {
            ClauseKind::Test(test) => {
                let test = self.test(test).map_err(|wrong| (path, wrong))?;
                self.push(Node::Test { test, negated }, path);
                Ok(())
            }
            ClauseKind::All(clauses) => self.grouped(clauses, !negated, negated, path),
            ClauseKind::Any(clauses) => self.grouped(clauses, negated, negated, path),
            ClauseKind::Not(clause) => self.clause(clause, !negated, down(path, 0)?),
        }
    }

    fn test(&mut self, test: &'a Test) -> Result<u32, Wrong> {
        if let Some(known) = self.known.get(test) {
            return Ok(*known);
        }
        let check = self.check(test)?;
        let number = count(self.parts.tests.len());
        self.parts.tests.push(test.clone());
        self.parts.checks.push(check);
        self.known.insert(test, number);
        Ok(number)
    }

    fn check(&self, test: &Test) -> Result<Check, Wrong> {
        Ok(match test {
            Test::Yes(fact) => Check::Yes(self.fact(*fact, Kind::Flag)?),
            Test::Some(fact) => Check::Some(*fact, self.kind(*fact)?),
            Test::Number(fact, comparison, value) => {
                Check::Number(self.fact(*fact, Kind::Number)?, *comparison, self.quantity(*value)?)
            }
            Test::Ratio { over, under, times, comparison, value } => {
                if times.steps() <= 0 {
                    return Err(Wrong::BadNumber { what: "the factor of a ratio" });
                }
                let (over, under) = (self.fact(*over, Kind::Number)?, self.fact(*under, Kind::Number)?);
                let kind = self.pack.facts.get(usize::from(under.0)).map(|spec| &spec.kind);
                let whole_under = matches!(kind, Some(FactKind::Number { whole: true, .. }));
                let (times, comparison) = (times.steps(), *comparison);
                Check::Ratio { over, under, whole_under, times, comparison, value: self.quantity(*value)? }
            }
            Test::OneOf(fact, options) => {
                let fact = self.fact(*fact, Kind::Choice)?;
                let there = match self.pack.facts.get(usize::from(fact.0)).map(|spec| &spec.kind) {
                    Some(FactKind::Choice { options }) => options.len(),
                    _ => 0,
                };
                let mut options: Vec<u32> = options.iter().map(|option| option.0).collect();
                if let Some(option) = options.iter().find(|option| **option as usize >= there) {
                    return Err(Wrong::NoSuch { what: "option", index: u64::from(*option) });
                }
                options.sort_unstable();
                options.dedup();
                Check::OneOf(fact, options.into())
            }
            Test::Within(fact, places) => Check::Within(self.fact(*fact, Kind::Place)?, ranges(places)),
            Test::Date(fact, comparison, date) => Check::Date(self.fact(*fact, Kind::Day)?, *comparison, *date),
            Test::Term(fact, unit, comparison, value) => {
                Check::Term(self.fact(*fact, Kind::Day)?, *unit, *comparison, self.quantity(*value)?)
            }
            Test::Reached(fact, schedule) => {
                if usize::from(*schedule) >= self.pack.schedules.len() {
                    return Err(Wrong::NoSuch { what: "schedule", index: u64::from(*schedule) });
                }
                Check::Reached(self.fact(*fact, Kind::Day)?, *schedule)
            }
            Test::Count { days, unit, from, to, comparison, value } => {
                let (days, value) = (self.fact(*days, Kind::Days)?, self.quantity(*value)?);
                Check::Count { days, unit: *unit, from: *from, to: *to, comparison: *comparison, value }
            }
        })
    }

    fn amount(&mut self, amount: &'a Amount) -> Result<FlatAmount, Fault> {
        let here = |wrong| (Path::default(), wrong);
        let quantity = |quantity: &Quantity| self.quantity(*quantity).map_err(here);
        Ok(match amount {
            Amount::Fixed(fixed) => FlatAmount::Fixed(quantity(fixed)?),
            Amount::Between(least, most) => FlatAmount::Between(quantity(least)?, quantity(most)?),
            Amount::From(least) => FlatAmount::From(quantity(least)?),
            Amount::UpTo(most) => FlatAmount::UpTo(quantity(most)?),
            Amount::TopUp { standard, less } => {
                FlatAmount::TopUp(quantity(standard)?, self.fact(*less, Kind::Number).map_err(here)?)
            }
            Amount::Each { each, of, most } => {
                let of = self.fact(*of, Kind::Number).map_err(here)?;
                FlatAmount::Each(quantity(each)?, of, most.as_ref().map(quantity).transpose()?)
            }
            Amount::Scale(rows) => {
                let mut flat = Vec::with_capacity(rows.len());
                for (step, (when, amount)) in rows.iter().enumerate() {
                    let amount = self.quantity(*amount).map_err(here)?;
                    flat.push((self.root(when, step)?, amount));
                }
                FlatAmount::Scale(flat.into())
            }
        })
    }

    fn quantity(&self, quantity: Quantity) -> Result<Quantity, Wrong> {
        match quantity {
            Quantity::Parameter(index) if usize::from(index) >= self.pack.parameters.len() => {
                Err(Wrong::NoSuch { what: "parameter", index: u64::from(index) })
            }
            other => Ok(other),
        }
    }

    fn kind(&self, fact: FactId) -> Result<Kind, Wrong> {
        let spec = self.pack.facts.get(usize::from(fact.0));
        spec.map(Kind::of).ok_or(Wrong::NoSuch { what: "fact", index: u64::from(fact.0) })
    }

    fn fact(&self, fact: FactId, wanted: Kind) -> Result<FactId, Wrong> {
        if self.kind(fact)? == wanted { Ok(fact) } else { Err(Wrong::WrongKind { wanted: wanted.name() }) }
    }
}

fn at(policy: &Policy, place: Place, (path, wrong): Fault) -> CompileError {
    CompileError { spot: Spot::Clause { policy: policy.key.clone(), place, path }, wrong }
}

fn down(path: Path, step: usize) -> Result<Path, Fault> {
    let most = MOST_CLAUSES;
    let too_many = (path, Wrong::TooMany { what: "clauses", count: step + 1, most });
    let step = u16::try_from(step).ok().filter(|step| usize::from(*step) < most).ok_or(too_many)?;
    path.down(step).ok_or((path, Wrong::TooDeep))
}

/// Bounded by policies times clauses: far below 2^32.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
