// SPDX-License-Identifier: GPL-3.0-only
//! The same decisions once more, as plainly as the rules are written: trees, counting months one by one, exact facts.

use crate::domain::day::{Day, LeapDay};
use crate::domain::policy::engine::{Outcome, Verdict, Worth};
use crate::domain::policy::fact::{Decimal, FactId, Facts, Value};
use crate::domain::policy::pack::{Amount, Pack, Policy};
use crate::domain::policy::rule::{Clause, ClauseKind, Comparison, Quantity, TermUnit, Test};

pub(super) struct Reference<'a> {
    pub pack: &'a Pack,
    pub today: Day,
    pub facts: &'a Facts,
}

fn compare(a: i128, how: Comparison, b: i128) -> bool {
    match how {
        Comparison::Less => a < b,
        Comparison::AtMost => a <= b,
        Comparison::Equal => a == b,
        Comparison::AtLeast => a >= b,
        Comparison::More => a > b,
    }
}

fn all(outcomes: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let outcomes: Vec<_> = outcomes.collect();
    if outcomes.contains(&Some(false)) {
        return Some(false);
    }
    if outcomes.contains(&None) { None } else { Some(true) }
}

fn any(outcomes: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    all(outcomes.map(|outcome| outcome.map(|holds| !holds))).map(|holds| !holds)
}

/// The day so many months after another, by writing the date down and mending it.
fn months_after(day: Day, months: u32, leap_day: LeapDay) -> Day {
    let (mut year, mut month) = (day.year, day.month);
    for _ in 0..months {
        month += 1;
        if month > 12 {
            (year, month) = (year + 1, 1);
        }
    }
    if let Some(there) = Day::new(year, month, day.day) {
        return there;
    }
    if (day.month, day.day, month) == (2, 29, 2) && leap_day == LeapDay::March1 {
        return Day { year, month: 3, day: 1 };
    }
    (1..=31).rev().find_map(|last| Day::new(year, month, last)).unwrap()
}

fn full_months(from: Day, to: Day, leap_day: LeapDay) -> i128 {
    let mut months = 0;
    while months_after(from, months + 1, leap_day) <= to {
        months += 1;
    }
    i128::from(months)
}

impl Reference<'_> {
    fn term(&self, day: Day, unit: TermUnit) -> i128 {
        let months = || {
            if day <= self.today {
                full_months(day, self.today, self.pack.leap_day)
            } else {
                -full_months(self.today, day, self.pack.leap_day)
            }
        };
        match unit {
            TermUnit::Days => i128::from(self.today.number()) - i128::from(day.number()),
            TermUnit::Months => months(),
            TermUnit::Years => months() / 12,
        }
    }

    fn quantity(&self, quantity: Quantity) -> Option<i128> {
        match quantity {
            Quantity::Fixed(number) => Some(i128::from(number.steps())),
            Quantity::Parameter(index) => {
                let values = &self.pack.parameters[usize::from(index)].values;
                let begun = values.iter().rfind(|(from, _)| *from <= self.today);
                begun.map(|(_, number)| i128::from(number.steps()))
            }
        }
    }

    /// The number of a fact that is one: nothing unknown, or told to be nothing.
    fn number(&self, fact: FactId) -> Option<Option<i128>> {
        match self.facts.get(fact)? {
            Value::Number(number) => Some(Some(i128::from(number.steps()))),
            Value::Nothing => Some(None),
            _ => None,
        }
    }

    fn day(&self, fact: FactId) -> Option<Option<Day>> {
        match self.facts.get(fact)? {
            Value::Day(day) => Some(Some(*day)),
            Value::Nothing => Some(None),
            _ => None,
        }
    }

    fn test(&self, test: &Test) -> Option<bool> {
        const STEPS: i128 = Decimal::STEPS as i128;
        match test {
            Test::Yes(fact) => self.facts.get(*fact).map(|value| *value == Value::Flag(true)),
            Test::Some(fact) => self.facts.get(*fact).map(|value| *value != Value::Nothing),
            Test::Number(fact, how, value) => {
                let Some(value) = self.quantity(*value) else { return Some(false) };
                self.number(*fact).map(|number| number.is_some_and(|number| compare(number, *how, value)))
            }
            Test::Ratio { over, under, times, comparison, value } => {
                let Some(value) = self.quantity(*value) else { return Some(false) };
                let Some(over) = self.number(*over)? else { return Some(false) };
                let under = self.number(*under)?.filter(|under| *under != 0).unwrap_or(STEPS);
                let right = value * under * i128::from(times.steps());
                Some(compare(over * STEPS * STEPS, *comparison, right))
            }
            Test::OneOf(fact, options) => self.facts.get(*fact).map(|value| match value {
                Value::Choice(option) => options.contains(option),
                _ => false,
            }),
            Test::Within(fact, places) => self.facts.get(*fact).map(|value| match value {
                Value::Place(place) => places.iter().any(|outer| outer.contains(*place)),
                _ => false,
            }),
            Test::Date(fact, how, date) => self
                .day(*fact)
                .map(|day| day.is_some_and(|day| compare(i128::from(day.number()), *how, i128::from(date.number())))),
            Test::Term(fact, unit, how, value) => {
                let Some(value) = self.quantity(*value) else { return Some(false) };
                let holds = |day| compare(self.term(day, *unit) * STEPS, *how, value);
                self.day(*fact).map(|day| day.is_some_and(holds))
            }
            Test::Reached(fact, schedule) => self.day(*fact).map(|day| {
                let steps = &self.pack.schedules[usize::from(*schedule)].steps;
                let step = day.and_then(|day| steps.iter().rfind(|(from, _)| *from <= day));
                step.zip(day).is_some_and(|((_, months), day)| {
                    months_after(day, u32::from(*months), self.pack.leap_day) <= self.today
                })
            }),
            Test::Count { days, unit, from, to, comparison, value } => {
                let Some(value) = self.quantity(*value) else { return Some(false) };
                self.facts.get(*days).map(|known| {
                    let Value::Days(days) = known else { return false };
                    let terms = days.iter().map(|day| self.term(*day, *unit));
                    let within = terms.filter(|term| (i128::from(*from)..=i128::from(*to)).contains(term)).count();
                    compare(within as i128 * STEPS, *comparison, value)
                })
            }
        }
    }

    fn clause(&self, clause: &Clause) -> Option<bool> {
        match &clause.kind {
            ClauseKind::Test(test) => self.test(test),
            ClauseKind::All(clauses) => all(clauses.iter().map(|clause| self.clause(clause))),
            ClauseKind::Any(clauses) => any(clauses.iter().map(|clause| self.clause(clause))),
            ClauseKind::Not(clause) => self.clause(clause).map(|holds| !holds),
        }
    }

    pub fn outcome(&self, clause: &Clause) -> Outcome {
        match self.clause(clause) {
            None => Outcome::Open,
            Some(true) => Outcome::Holds,
            Some(false) => Outcome::Fails,
        }
    }

    /// Whether its interest is all that keeps a policy from being looked at, as far as is known.
    pub fn awaits_interest(&self, policy: usize) -> bool {
        let policy = &self.pack.policies[policy];
        let is_open = policy.interest.as_ref().is_some_and(|test| self.test(test).is_none());
        is_open && self.is_in_effect(policy) && self.rules(policy) != Some(false)
    }

    fn is_in_effect(&self, policy: &Policy) -> bool {
        let early = policy.from.is_some_and(|from| self.today < from);
        let late = policy.until.is_some_and(|until| self.today > until);
        !early && !late
    }

    fn rules(&self, policy: &Policy) -> Option<bool> {
        let list = |clauses: &[Clause]| all(clauses.iter().map(|clause| self.clause(clause)));
        let profiles = any(policy.profiles.iter().map(|profile| list(&profile.conditions)));
        let profiles = if policy.profiles.is_empty() { Some(true) } else { profiles };
        all([profiles, list(&policy.conditions)].into_iter())
    }

    pub fn verdict(&self, policy: usize) -> Verdict {
        let policy = &self.pack.policies[policy];
        let interests = policy.interest.as_ref().is_none_or(|test| self.test(test) == Some(true));
        if !self.is_in_effect(policy) || !interests {
            return Verdict::NotOffered;
        }
        match self.rules(policy) {
            Some(true) => Verdict::Applies,
            Some(false) => Verdict::DoesNot,
            None => Verdict::Needs,
        }
    }

    pub fn worth(&self, policy: usize) -> Option<Worth> {
        let decimal = |steps: i128| Decimal::from_steps(i64::try_from(steps).unwrap());
        let fixed = |quantity: &Quantity| self.quantity(*quantity).map(decimal);
        Some(match self.pack.policies[policy].benefit.amount.as_ref()? {
            Amount::Fixed(quantity) => Worth::Exactly(fixed(quantity)?),
            Amount::Between(least, most) if fixed(least)? == fixed(most)? => Worth::Exactly(fixed(least)?),
            Amount::Between(least, most) => Worth::Between(fixed(least)?, fixed(most)?),
            Amount::From(least) => Worth::AtLeast(fixed(least)?),
            Amount::UpTo(most) => Worth::AtMost(fixed(most)?),
            Amount::TopUp { standard, less } => {
                let standard = self.quantity(*standard)?;
                match self.number(*less) {
                    Some(less) => Worth::Exactly(decimal((standard - less.unwrap_or(0)).max(0))),
                    None => Worth::Open,
                }
            }
            Amount::Each { each, of, most } => {
                let each = self.quantity(*each)?;
                let most = most.map(|most| self.quantity(most).ok_or(())).transpose().ok()?;
                match self.number(*of) {
                    Some(count) => {
                        let together = each * count.unwrap_or(0) / i128::from(Decimal::STEPS);
                        Worth::Exactly(decimal(most.map_or(together, |most| together.min(most))))
                    }
                    None => Worth::Open,
                }
            }
            Amount::Scale(rows) => return self.scale(rows),
        })
    }

    /// The amounts that are still possible, one for each way in which the open rows may come out.
    fn scale(&self, rows: &[(Clause, Quantity)]) -> Option<Worth> {
        let mut possible = Vec::new();
        let mut settled = false;
        for (when, amount) in rows {
            let outcome = self.clause(when);
            if outcome != Some(false) {
                possible.push(self.quantity(*amount));
            }
            if outcome == Some(true) {
                settled = true;
                break;
            }
        }
        if !settled {
            possible.push(None);
        }
        possible.dedup();
        match possible[..] {
            [one] => one.map(|steps| Worth::Exactly(Decimal::from_steps(i64::try_from(steps).unwrap()))),
            _ => Some(Worth::Open),
        }
    }
}
