// SPDX-License-Identifier: GPL-3.0-only
//! Which question settles most.

use super::answers::{Asking, Trial};
use super::check::Context;
use super::logic::{Flat, FlatAmount, Node, Outcomes, Table};
use super::{Decision, Decisions, Outcome, Program, Question, Verdict, Worth};
use crate::domain::day::Day;
use crate::domain::policy::fact::{Decimal, FactId, FactKind, Facts, Origin};

/// Most policies that are decided to find the next question, all facts and answers together: some milliseconds.
/// Where there are more, every second, third … policy stands for all.
const MOST_TRIALS: usize = 200_000;
/// A policy that a question concerns but does not settle counts as this part of a settled one: it comes nearer.
const NEARER: i64 = 4;

impl Program {
    /// The question that settles most of the policies that are open: the verdict needs facts, or the amount does, or
    /// nothing but the interest keeps the policy from the person.
    /// Facts in `skipped` are not asked for. Nothing where no question is left that would settle anything.
    #[must_use]
    pub fn next_question(&self, day: Day, facts: &Facts, skipped: &[FactId]) -> Option<Question> {
        let mut decisions = Decisions::new();
        self.decide(day, facts, &mut decisions);
        self.next_question_after(&decisions, day, facts, skipped)
    }

    /// The same where `decisions` have been made for the same day and facts.
    #[must_use]
    pub fn next_question_after(
        &self,
        decisions: &Decisions,
        day: Day,
        facts: &Facts,
        skipped: &[FactId],
    ) -> Option<Question> {
        self.best_question(decisions, (day, facts), &|fact| !skipped.contains(&fact), None)
    }

    /// The question that helps one policy most: only facts that leave it open are asked for.
    #[must_use]
    pub fn next_question_for(&self, policy: usize, day: Day, facts: &Facts, skipped: &[FactId]) -> Option<Question> {
        let mut decisions = Decisions::new();
        self.decide(day, facts, &mut decisions);
        self.best_question(&decisions, (day, facts), &|fact| !skipped.contains(&fact), Some(policy))
    }

    /// The question for one fact, where any policy is open because of it.
    #[must_use]
    pub fn question_about(&self, fact: FactId, day: Day, facts: &Facts) -> Option<Question> {
        let mut decisions = Decisions::new();
        self.decide(day, facts, &mut decisions);
        self.best_question(&decisions, (day, facts), &|other| other == fact, None)
    }

    /// How many questions there are at most until everything is settled that can be, or one policy only, where
    /// `decisions` have been made for the same day and facts.
    #[must_use]
    pub fn questions_left_after(
        &self,
        decisions: &Decisions,
        (day, facts): (Day, &Facts),
        skipped: &[FactId],
        only: Option<usize>,
    ) -> usize {
        let survey = Survey::of(self, decisions, (day, facts), &|fact| !skipped.contains(&fact), only);
        survey.concerned.iter().filter(|policies| !policies.is_empty()).count()
    }

    /// Whether [`Self::questions_left_after`] finds any: the first that is found is enough.
    #[must_use]
    pub fn asks_anything(&self, decisions: &Decisions, (day, facts): (Day, &Facts), skipped: &[FactId]) -> bool {
        let may_ask = self.may_ask(facts, &|fact| !skipped.contains(&fact));
        let table = Table(&decisions.outcomes);
        let mut open = Vec::new();
        decisions.all.iter().any(|decision| {
            let Some(flat) = self.flats.get(decision.policy) else { return false };
            self.open_of(flat, decision, day.number(), &table, &mut open);
            self.wanted(flat, decision, &open).any(|fact| may_ask.get(usize::from(fact.0)) == Some(&true))
        })
    }

    /// For each fact whether it is asked for.
    fn may_ask(&self, facts: &Facts, may_ask: &dyn Fn(FactId) -> bool) -> Vec<bool> {
        let all = (0..).map(FactId).take(self.pack.facts.len());
        all.map(|fact| self.is_askable(fact) && may_ask(fact) && !self.is_exact(fact, facts)).collect()
    }

    /// The facts that these open tests and an open amount look at.
    fn wanted(&self, flat: &Flat, decision: &Decision, open: &[u32]) -> impl Iterator<Item = FactId> {
        let tests = open.iter().filter_map(|test| self.test_facts.get(*test as usize)).flatten().flatten();
        let amount = Self::amount_fact(flat).filter(|_| is_open_amount(decision));
        tests.copied().chain(amount)
    }

    fn best_question(
        &self,
        decisions: &Decisions,
        (day, facts): (Day, &Facts),
        may_ask: &dyn Fn(FactId) -> bool,
        only: Option<usize>,
    ) -> Option<Question> {
        let context = Context { pack: &self.pack, today: day };
        let survey = Survey::of(self, decisions, (day, facts), may_ask, only);
        let mut scratch = Decisions::new();
        scratch.outcomes.clone_from(&decisions.outcomes);
        let mut work = Vec::new();
        for (fact, policies) in (0..).map(FactId).zip(&survey.concerned) {
            let Some(spec) = self.pack.facts.get(usize::from(fact.0)).filter(|_| !policies.is_empty()) else {
                continue;
            };
            let asking = Asking { program: self, context, facts, fact, spec, weights: &survey.weights };
            work.push((asking.answers(), asking, policies));
        }
        let trials: usize = work.iter().map(|((_, _, trials), _, policies)| trials.len() * policies.len()).sum();
        let stride = trials.div_ceil(MOST_TRIALS).max(1);
        let mut best: Option<(i64, Question)> = None;
        for ((ask, answers, trials), asking, policies) in work {
            // Nothing to choose from and nothing to type: the others are asked.
            if answers.is_empty() && !ask.is_typed() {
                continue;
            }
            let settles = self.settled(&asking, &trials, (policies, stride), &mut scratch);
            let concerns = policies.len();
            let nearer = i64::try_from(concerns).unwrap_or(i64::MAX).saturating_mul(Decimal::STEPS);
            let score = settles.saturating_mul(NEARER - 1).saturating_add(nearer);
            if best.as_ref().is_none_or(|(most, _)| score > *most) {
                let settles = Decimal::from_steps(settles);
                best = Some((score, Question { fact: asking.fact, ask, settles, concerns, answers }));
            }
        }
        best.map(|(_, question)| question)
    }

    /// How many questions are left at most until a policy is settled: facts that decide and can be asked for.
    #[must_use]
    pub fn questions_left(&self, policy: usize, day: Day, facts: &Facts) -> usize {
        self.prove(policy, day, facts).missing.into_iter().filter(|fact| self.is_askable(*fact)).count()
    }

    /// Whether a fact can be asked for at all.
    pub(super) fn is_askable(&self, fact: FactId) -> bool {
        let spec = self.pack.facts.get(usize::from(fact.0));
        spec.is_some_and(|spec| spec.question.is_some() && spec.kind != FactKind::Days)
    }

    /// How many of the policies are settled by an answer, in steps of one: the mean over all answers.
    fn settled(
        &self,
        asking: &Asking<'_>,
        trials: &[Trial],
        (policies, stride): (&[u32], usize),
        scratch: &mut Decisions,
    ) -> i64 {
        let outcomes = &mut scratch.outcomes;
        let tests = self.tests_of.get(usize::from(asking.fact.0)).into_iter().flatten().copied();
        let tests: Vec<u32> = tests.filter(|test| asking.weight(*test) > 0).collect();
        let before: Vec<Outcome> = tests.iter().map(|test| Table(outcomes).outcome(*test)).collect();
        let mut facts = asking.facts.clone();
        let (mut settled, mut weights) = (0_i128, 0_i128);
        for Trial { value, weight } in trials {
            facts.learn(asking.fact, value.clone(), Origin::Answer);
            for test in &tests {
                if let (Some(slot), Some(check)) = (outcomes.get_mut(*test as usize), self.checks.get(*test as usize)) {
                    *slot = asking.context.outcome(check, &facts);
                }
            }
            let (table, today) = (Table(outcomes), asking.context.today.number());
            let looked_at = policies.iter().step_by(stride).filter_map(|policy| self.flats.get(*policy as usize));
            let closed = looked_at.filter(|flat| {
                let (today, facts) = ((&asking.context, today), (&facts, &table));
                let (decision, outcomes) = (self.decision(0, flat, today, facts), facts.1);
                !is_open(decision.verdict, decision.worth) && self.open_interest(flat, today.1, outcomes).is_none()
            });
            settled += i128::from(*weight) * closed.count() as i128;
            weights += i128::from(*weight);
        }
        for (test, outcome) in tests.iter().zip(before) {
            if let Some(slot) = outcomes.get_mut(*test as usize) {
                *slot = outcome;
            }
        }
        // Only every so many of the policies was looked at.
        let looked_at = policies.len().div_ceil(stride) as i128;
        let total = settled * policies.len() as i128 * i128::from(Decimal::STEPS);
        i64::try_from(total / (weights * looked_at).max(1)).unwrap_or(i64::MAX)
    }

    /// The open tests that leave the clause at a node open, which it is.
    fn open_tests<O: Outcomes>(&self, at: u32, outcomes: &O, open: &mut Vec<u32>) {
        match self.nodes.get(at as usize) {
            Some(Node::Test { test, .. }) => open.push(*test),
            Some(Node::All { end } | Node::Any { end }) => {
                let mut child = at + 1;
                while child < *end {
                    if self.evaluate(child, outcomes) == Outcome::Open {
                        self.open_tests(child, outcomes, open);
                    }
                    child = self.behind(child);
                }
            }
            None => {}
        }
    }

    /// The open tests of a policy, each once: of its verdict and amount, or of its interest.
    fn open_of<O: Outcomes>(&self, flat: &Flat, decision: &Decision, today: i32, outcomes: &O, open: &mut Vec<u32>) {
        open.clear();
        if decision.verdict == Verdict::NotOffered {
            open.extend(self.open_interest(flat, today, outcomes));
        }
        if decision.verdict == Verdict::Needs {
            self.open_in_verdict(flat, outcomes, open);
        }
        if is_open_amount(decision) {
            self.open_in_amount(flat, outcomes, open);
        }
        open.sort_unstable();
        open.dedup();
    }

    /// The open tests of a policy that needs facts.
    fn open_in_verdict<O: Outcomes>(&self, flat: &Flat, outcomes: &O, open: &mut Vec<u32>) {
        if self.evaluate(flat.conditions, outcomes) == Outcome::Open {
            self.open_tests(flat.conditions, outcomes, open);
        }
        if self.profiles(flat, outcomes) == Outcome::Open {
            let (mut at, end) = flat.profiles;
            while at < end {
                if self.evaluate(at, outcomes) == Outcome::Open {
                    self.open_tests(at, outcomes, open);
                }
                at = self.behind(at);
            }
        }
    }

    /// The open tests that leave an amount open.
    fn open_in_amount<O: Outcomes>(&self, flat: &Flat, outcomes: &O, open: &mut Vec<u32>) {
        let FlatAmount::Scale(rows) = &flat.amount else { return };
        for (node, _) in rows {
            match self.evaluate(*node, outcomes) {
                Outcome::Holds => return,
                Outcome::Open => self.open_tests(*node, outcomes, open),
                Outcome::Fails => {}
            }
        }
    }
}

/// Whether facts are wanted for the verdict or for the amount.
fn is_open(verdict: Verdict, worth: Option<Worth>) -> bool {
    verdict == Verdict::Needs || verdict == Verdict::Applies && worth == Some(Worth::Open)
}

/// Whether facts are wanted for the amount.
fn is_open_amount(decision: &Decision) -> bool {
    decision.worth == Some(Worth::Open)
}

/// What is open.
struct Survey {
    /// For each fact that may be asked for the policies that are open because of it.
    concerned: Vec<Vec<u32>>,
    /// For each test how many policies are open because of it.
    weights: Vec<u32>,
}

impl Survey {
    /// Of all policies, or of one only.
    fn of(
        program: &Program,
        decisions: &Decisions,
        (day, facts): (Day, &Facts),
        may_ask: &dyn Fn(FactId) -> bool,
        only: Option<usize>,
    ) -> Self {
        let count = program.pack.facts.len();
        let mut survey = Self { concerned: vec![Vec::new(); count], weights: vec![0; program.checks.len()] };
        let may_ask = program.may_ask(facts, may_ask);
        let table = Table(&decisions.outcomes);
        let mut open = Vec::new();
        for decision in decisions.all.iter().filter(|decision| only.is_none_or(|policy| policy == decision.policy)) {
            let Some(flat) = program.flats.get(decision.policy) else { continue };
            program.open_of(flat, decision, day.number(), &table, &mut open);
            for test in &open {
                if let Some(weight) = survey.weights.get_mut(*test as usize) {
                    *weight += 1;
                }
            }
            for fact in program.wanted(flat, decision, &open) {
                let index = usize::from(fact.0);
                let policy = u32::try_from(decision.policy).unwrap_or(u32::MAX);
                if let Some(policies) = survey.concerned.get_mut(index)
                    && may_ask.get(index).is_some_and(|may| *may)
                    && policies.last() != Some(&policy)
                {
                    policies.push(policy);
                }
            }
        }
        survey
    }
}
