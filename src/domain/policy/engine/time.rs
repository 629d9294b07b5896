// SPDX-License-Identifier: GPL-3.0-only
//! When a verdict changes by time alone.

use super::check::{Check, Context, Known, day};
use super::cuts::thresholds;
use super::logic::{Direct, Flat, Outcomes, Table};
use super::{Decisions, Outcome, Program, Verdict};
use crate::domain::day::Day;
use crate::domain::policy::fact::{FactId, Facts, Value};
use crate::domain::policy::rule::{Comparison, Quantity, TermUnit};

impl Program {
    /// The first day after `today` and up to `until` on which the verdict on a policy is another one than today
    /// though nothing new is known, and that verdict.
    #[must_use]
    pub fn changes_on(&self, policy: usize, today: Day, facts: &Facts, until: Day) -> Option<(Day, Verdict)> {
        let context = Context { pack: &self.pack, today };
        self.changes(self.flats.get(policy)?, (context, facts), until, &Direct { program: self, context, facts })
    }

    /// The same where `decisions` have been made for the same day and facts: what they have tested is not tested again.
    #[must_use]
    pub fn changes_after(
        &self,
        decisions: &Decisions,
        policy: usize,
        (today, facts): (Day, &Facts),
        until: Day,
    ) -> Option<(Day, Verdict)> {
        let context = Context { pack: &self.pack, today };
        self.changes(self.flats.get(policy)?, (context, facts), until, &Table(&decisions.outcomes))
    }

    fn changes<O: Outcomes>(
        &self,
        flat: &Flat,
        (context, facts): (Context<'_>, &Facts),
        until: Day,
        here: &O,
    ) -> Option<(Day, Verdict)> {
        let today = context.today.number();
        let mut days: Vec<i32> = [Some(flat.from), flat.until.checked_add(1)].into_iter().flatten().collect();
        if !self.is_timeless(flat, here) {
            self.days_of_change(flat, (context, facts), until, &mut days);
        }
        days.retain(|day| (today + 1..=until.number()).contains(day));
        if days.is_empty() {
            return None;
        }
        days.sort_unstable();
        days.dedup();
        let now = self.verdict(flat, today, here);
        days.into_iter().filter_map(Day::from_number).find_map(|day| {
            let then = Direct { program: self, context: Context { today: day, ..context }, facts };
            let then = self.verdict(flat, day.number(), &then);
            (then != now).then_some((day, then))
        })
    }

    /// Whether the tests that change with time decide nothing: with all of them open the policy is settled.
    fn is_timeless<O: Outcomes>(&self, flat: &Flat, outcomes: &O) -> bool {
        let timed = |test: u32| self.checks.get(test as usize).is_none_or(is_timed);
        if flat.interest.is_some_and(timed) {
            return false;
        }
        if flat.interest.is_some_and(|test| outcomes.outcome(test) != Outcome::Holds) {
            return true;
        }
        let without = Timeless(self, outcomes);
        let conditions = self.evaluate(flat.conditions, &without);
        conditions == Outcome::Fails || conditions.min(self.profiles(flat, &without)) != Outcome::Open
    }

    /// The days, numbered, on which any test of the policy may come out otherwise than on the day before.
    fn days_of_change(&self, flat: &Flat, (context, facts): (Context<'_>, &Facts), until: Day, days: &mut Vec<i32>) {
        let (first, end) = flat.reads;
        for test in self.reads.get(first as usize..end as usize).into_iter().flatten() {
            if let Some(check) = self.checks.get(*test as usize) {
                Search { context, facts, until: until.number(), days }.test(check);
            }
        }
    }
}

/// Outcomes in which every test that changes with time is open.
struct Timeless<'a, O>(&'a Program, &'a O);

impl<O: Outcomes> Outcomes for Timeless<'_, O> {
    fn outcome(&self, test: u32) -> Outcome {
        if self.0.checks.get(test as usize).is_none_or(is_timed) { Outcome::Open } else { self.1.outcome(test) }
    }
}

/// Whether a test may come out otherwise on another day though nothing new is known.
fn is_timed(check: &Check) -> bool {
    match check {
        Check::Term(..) | Check::Reached(..) | Check::Count { .. } => true,
        Check::Number(_, _, value) | Check::Ratio { value, .. } => matches!(value, Quantity::Parameter(_)),
        Check::Yes(_) | Check::Some(..) | Check::OneOf(..) | Check::Within(..) | Check::Date(..) => false,
    }
}

struct Search<'a> {
    context: Context<'a>,
    facts: &'a Facts,
    until: i32,
    days: &'a mut Vec<i32>,
}

impl Search<'_> {
    fn test(&mut self, check: &Check) {
        match check {
            Check::Number(_, _, value) | Check::Ratio { value, .. } => self.changes_of(*value),
            Check::Term(fact, unit, comparison, value) => {
                self.changes_of(*value);
                let ends = self.ends(*fact);
                for term in self.terms(*comparison, *value) {
                    ends.into_iter().flatten().for_each(|day| self.reaches(day, *unit, term));
                }
            }
            Check::Reached(fact, schedule) => self.reached(*fact, *schedule),
            Check::Count { days, unit, from, to, value, .. } => {
                self.changes_of(*value);
                let Some(Value::Days(days)) = self.facts.get(*days) else { return };
                for day in days {
                    self.reaches(*day, *unit, *from);
                    to.checked_add(1).into_iter().for_each(|beyond| self.reaches(*day, *unit, beyond));
                }
            }
            Check::Yes(_) | Check::Some(..) | Check::OneOf(..) | Check::Within(..) | Check::Date(..) => {}
        }
    }

    /// The days from which a parameter has another value.
    fn changes_of(&mut self, quantity: Quantity) {
        let Quantity::Parameter(index) = quantity else { return };
        let parameter = self.context.pack.parameters.get(usize::from(index));
        self.days.extend(parameter.into_iter().flat_map(|parameter| &parameter.values).map(|(day, _)| day.number()));
    }

    /// The terms that a comparison tells apart, with every value that its quantity has at any time.
    fn terms(&self, comparison: Comparison, quantity: Quantity) -> Vec<i32> {
        match quantity {
            Quantity::Fixed(value) => thresholds(comparison, value.steps()).collect(),
            Quantity::Parameter(index) => {
                let parameter = self.context.pack.parameters.get(usize::from(index));
                let values = parameter.into_iter().flat_map(|parameter| &parameter.values);
                values.flat_map(|(_, value)| thresholds(comparison, value.steps())).collect()
            }
        }
    }

    /// The first and last day that a fact may be.
    fn ends(&self, fact: FactId) -> [Option<Day>; 2] {
        match day(self.facts, fact) {
            Known::Range(first, last) => [Some(first), (first != last).then_some(last)],
            Known::Unknown | Known::Nothing => [None, None],
        }
    }

    fn reached(&mut self, fact: FactId, schedule: u16) {
        let Known::Range(first, last) = day(self.facts, fact) else { return };
        let Some(schedule) = self.context.pack.schedules.get(usize::from(schedule)) else { return };
        let steps = &schedule.steps;
        let begun = steps.partition_point(|(from, _)| *from <= first);
        for (index, (from, months)) in steps.iter().enumerate().skip(begun.saturating_sub(1)) {
            if *from > last {
                break;
            }
            let end = steps.get(index + 1).and_then(|(next, _)| next.plus_days(-1)).map_or(last, |end| end.min(last));
            for day in [first.max(*from), end] {
                self.reaches(day, TermUnit::Months, i32::from(*months));
            }
        }
    }

    /// The first day, if there is one until the last that is looked at, on which so many units have passed since `day`.
    fn reaches(&mut self, day: Day, unit: TermUnit, term: i32) {
        let passed = |number: i32| {
            let today = Day::from_number(number)?;
            Some(Context { today, ..self.context }.term(day, unit) >= term)
        };
        let (mut before, mut after) = (self.context.today.number(), self.until);
        if before >= after || passed(before) != Some(false) || passed(after) != Some(true) {
            return;
        }
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            match passed(middle) {
                Some(true) => after = middle,
                Some(false) => before = middle,
                None => return,
            }
        }
        self.days.push(after);
    }
}
