// SPDX-License-Identifier: GPL-3.0-only
//! The values of a fact that a policy tells apart: one for each way in which its tests may come out.

use std::collections::HashSet;

use super::Program;
use super::check::{Check, Context, Kind, Known, day, number};
use super::cuts::{day_cuts, number_cuts};
use super::question::OLDEST;
use crate::domain::day::Day;
use crate::domain::policy::fact::{Decimal, FactId, FactKind, FactSpec, Facts, MOST_DAYS, OptionId, Value};
use crate::domain::policy::rule::{Quantity, TermUnit, Test};

/// Years ahead of today that a changed day may lie.
const YEARS_AHEAD: i32 = 10;
/// Cost of changing a fact, by its kind: the less it asks of a person, the less.
const FLAG_COST: u32 = 1_000;
const NUMBER_COST: u32 = 2_000;
const CHOICE_COST: u32 = 3_000;
const DAY_COST: u32 = 4_000;
const PLACE_COST: u32 = 6_000;
const DAYS_COST: u32 = 7_000;
/// Added where the fact would have to be nothing.
const NOTHING_COST: u32 = 5_000;
/// Most values of a fact that are tried.
const MOST_CANDIDATES: usize = 256;

/// Most places that are looked at to find those.
const MOST_PLACES: usize = 1_024;

/// A value to try, and how much it asks of the person.
pub(super) struct Candidate {
    pub(super) value: Value,
    pub(super) cost: u32,
}

impl Program {
    /// All facts that a policy looks at, sorted.
    pub(super) fn facts_of_policy(&self, policy: usize) -> Vec<FactId> {
        let tests = self.reads_of(policy).iter().filter_map(|test| self.test_facts.get(*test as usize));
        let mut facts: Vec<FactId> = tests.flatten().flatten().copied().collect();
        facts.sort_unstable();
        facts.dedup();
        facts
    }

    /// The distinct tests of a policy.
    pub(super) fn reads_of(&self, policy: usize) -> &[u32] {
        let range = self.flats.get(policy).map_or(0..0, |flat| flat.reads.0 as usize..flat.reads.1 as usize);
        self.reads.get(range).unwrap_or_default()
    }

    /// The values of a known fact other than its own that a policy tells apart, the nearest first.
    pub(super) fn candidates(&self, fact: FactId, policy: usize, today: Day, facts: &Facts) -> Vec<Candidate> {
        let (Some(spec), Some(value)) = (self.pack.facts.get(usize::from(fact.0)), facts.get(fact)) else {
            return Vec::new();
        };
        if *value != Value::Nothing && !Kind::of(spec).fits(value) {
            return Vec::new();
        }
        let looks = |test: &&u32| self.test_facts.get(**test as usize).is_some_and(|facts| facts.contains(&Some(fact)));
        let tests: Vec<usize> = self.reads_of(policy).iter().filter(looks).map(|test| *test as usize).collect();
        let context = Context { pack: &self.pack, today };
        let search = Search { program: self, context, facts, fact, spec, tests };
        let mut all = search.values();
        all.retain(|candidate| candidate.value != *value);
        all.truncate(MOST_CANDIDATES);
        all
    }
}

struct Search<'a> {
    program: &'a Program,
    context: Context<'a>,
    facts: &'a Facts,
    fact: FactId,
    spec: &'a FactSpec,
    tests: Vec<usize>,
}

impl Search<'_> {
    fn checks(&self) -> impl Iterator<Item = &Check> {
        self.tests.iter().filter_map(|test| self.program.checks.get(*test))
    }

    fn values(&self) -> Vec<Candidate> {
        let (values, cost) = match &self.spec.kind {
            FactKind::Flag => (vec![Value::Flag(true), Value::Flag(false)], FLAG_COST),
            FactKind::Number { least, most, whole, .. } => (self.numbers(*least, *most, *whole), NUMBER_COST),
            FactKind::Choice { options } => (self.choices(options.len()), CHOICE_COST),
            FactKind::Place => (self.places(), PLACE_COST),
            FactKind::Day => (self.days(), DAY_COST),
            FactKind::Days => (self.lists(), DAYS_COST),
        };
        let ranked = |(rank, value)| Candidate { value, cost: cost.saturating_add(rank) };
        let mut all: Vec<Candidate> = (0..).zip(values).map(ranked).collect();
        // A flag that is nothing differs from a no only where it is asked whether anything is known of it.
        let is_asked_for = self.checks().any(|check| matches!(check, Check::Some(..)));
        if self.spec.kind != FactKind::Flag || is_asked_for {
            all.push(Candidate { value: Value::Nothing, cost: cost.saturating_add(NOTHING_COST) });
        }
        all
    }

    /// Of each stretch of numbers that no test divides the one nearest to what is known, round where that is possible.
    fn numbers(&self, least: Decimal, most: Decimal, whole: bool) -> Vec<Value> {
        let (least, most) = (least.steps(), most.steps());
        let mut cuts = Vec::new();
        for check in self.checks() {
            number_cuts(check, (self.fact, whole), &self.context, self.facts, |cut| cuts.push(cut.at));
        }
        let here = match number(self.facts, self.fact) {
            Known::Range(here, _) => here,
            Known::Unknown | Known::Nothing => least,
        };
        let nearest = |from: i64, to: i64| {
            let nearest = here.clamp(from, to);
            let down = nearest.div_euclid(Decimal::STEPS).checked_mul(Decimal::STEPS);
            let up = down.and_then(|down| down.checked_add(Decimal::STEPS));
            let round = [down, up].into_iter().flatten();
            let round = round.filter(|round| (from..=to).contains(round)).min_by_key(|round| round.abs_diff(nearest));
            if nearest == here { here } else { round.unwrap_or(nearest) }
        };
        let mut values: Vec<i64> = stretches(cuts, least, most).map(|(from, to)| nearest(from, to)).collect();
        values.sort_by_key(|value| value.abs_diff(here));
        values.into_iter().map(|steps| Value::Number(Decimal::from_steps(steps))).collect()
    }

    /// The first option of each set of options that no test tells apart.
    fn choices(&self, count: usize) -> Vec<Value> {
        let lists: Vec<&[u32]> = self
            .checks()
            .filter_map(|check| match check {
                Check::OneOf(_, options) => Some(&**options),
                _ => None,
            })
            .collect();
        let mut named: Vec<u32> = lists.iter().flat_map(|list| list.iter().copied()).collect();
        named.sort_unstable();
        named.dedup();
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        let unnamed = (0..count).find(|option| named.binary_search(option).is_err());
        let mut seen = HashSet::new();
        let mut values: Vec<Value> = Vec::new();
        for option in named.into_iter().chain(unnamed) {
            let member: Vec<bool> = lists.iter().map(|list| list.binary_search(&option).is_ok()).collect();
            if seen.insert(member) {
                values.push(Value::Choice(OptionId(option)));
            }
        }
        values
    }

    /// The first place of each set of places that the policy does not tell apart, of those that it or another policy
    /// names: no place is invented.
    fn places(&self) -> Vec<Value> {
        let (mut seen, mut values) = (HashSet::new(), Vec::new());
        let elsewhere = self.program.tests_of.get(usize::from(self.fact.0)).into_iter().flatten();
        let tests = self.tests.iter().copied().chain(elsewhere.map(|test| *test as usize));
        let named = tests.filter_map(|test| match self.program.tests.get(test) {
            Some(Test::Within(_, places)) => Some(places),
            _ => None,
        });
        for place in named.flatten().take(MOST_PLACES) {
            let mut facts = Facts::new();
            facts.learn(self.fact, Value::Place(*place), crate::domain::policy::fact::Origin::Answer);
            let outcomes: Vec<_> = self.checks().map(|check| self.context.outcome(check, &facts)).collect();
            if seen.insert(outcomes) {
                values.push(Value::Place(*place));
            }
        }
        values
    }

    /// Of each stretch of days that no test divides the one nearest to what is known.
    fn days(&self) -> Vec<Value> {
        let today = self.context.today.number();
        let reach = |years: i32| today + years * 366;
        let (first, last) = (reach(-i32::from(OLDEST)), reach(YEARS_AHEAD));
        let mut cuts = Vec::new();
        for check in self.checks() {
            day_cuts(check, &self.context, (first, last), |cut| cuts.push(i64::from(cut.at)));
        }
        let here = match day(self.facts, self.fact) {
            Known::Range(here, _) => i64::from(here.number()),
            Known::Unknown | Known::Nothing => i64::from(today),
        };
        let ranges = stretches(cuts, i64::from(first), i64::from(last));
        let mut values: Vec<i64> = ranges.map(|(from, to)| here.clamp(from, to)).collect();
        values.sort_by_key(|value| value.abs_diff(here));
        let days = values.into_iter().filter_map(|number| Day::from_number(i32::try_from(number).ok()?));
        days.map(Value::Day).collect()
    }

    /// Lists of as many days within the terms of each count as change its outcome, and the empty list.
    fn lists(&self) -> Vec<Value> {
        let mut values = vec![Value::Days(Vec::new())];
        for check in self.checks() {
            let Check::Count { unit, from, to, value, .. } = check else {
                if matches!(check, Check::Some(..)) {
                    values.push(Value::Days(vec![self.context.today]));
                }
                continue;
            };
            let Some(day) = self.day_within(*unit, *from, *to) else { continue };
            for count in self.counts(*value) {
                values.push(Value::Days(vec![day; count]));
                // Beside those that are there.
                if let Some(Value::Days(days)) = self.facts.get(self.fact) {
                    let mut more = days.clone();
                    more.extend(std::iter::repeat_n(day, count));
                    more.truncate(MOST_DAYS);
                    values.push(Value::Days(more));
                }
            }
        }
        values
    }

    /// How many days a count tells apart: around its number.
    fn counts(&self, value: Quantity) -> impl Iterator<Item = usize> {
        let value = self.context.quantity(value).map(|steps| steps.div_euclid(Decimal::STEPS));
        let around = value.into_iter().flat_map(|value| value.saturating_sub(1)..=value.saturating_add(1));
        around.filter_map(|count| usize::try_from(count).ok()).filter(|count| (1..=MOST_DAYS).contains(count))
    }

    /// A day from which as many units have passed as a count wants.
    fn day_within(&self, unit: TermUnit, from: i32, to: i32) -> Option<Day> {
        let today = self.context.today;
        let back = from.checked_neg()?;
        let day = match unit {
            TermUnit::Days => today.plus_days(back),
            TermUnit::Months => today.plus_months(back, self.context.pack.leap_day),
            TermUnit::Years => today.plus_months(back.checked_mul(12)?, self.context.pack.leap_day),
        };
        let around = [0, -1, 1, -2, 2].into_iter().filter_map(|days| day?.plus_days(days));
        around.into_iter().find(|day| (from..=to).contains(&self.context.term(*day, unit)))
    }
}

/// The stretches between cuts, each from its first to its last value.
fn stretches(mut cuts: Vec<i64>, least: i64, most: i64) -> impl Iterator<Item = (i64, i64)> {
    cuts.retain(|cut| *cut > least && *cut <= most);
    cuts.sort_unstable();
    cuts.dedup();
    let ends: Vec<i64> = cuts.iter().map(|cut| cut - 1).chain([most]).collect();
    std::iter::once(least).chain(cuts).zip(ends)
}
