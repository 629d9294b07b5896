// SPDX-License-Identifier: GPL-3.0-only
//! One test against what is known of a person on a day.

use std::cmp::Ordering;

use super::verdict::Outcome;
use crate::domain::day::Day;
use crate::domain::policy::fact::{Decimal, FactId, FactKind, FactSpec, Facts, PlaceCode, Value};
use crate::domain::policy::pack::Pack;
use crate::domain::policy::rule::{Comparison, Quantity, TermUnit, Test};

/// A test as it is evaluated: its lists sorted, so that a place or an option is found quickly in a long one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Check {
    Yes(FactId),
    Some(FactId, Kind),
    Number(FactId, Comparison, Quantity),
    Ratio {
        over: FactId,
        under: FactId,
        whole_under: bool,
        times: i64,
        comparison: Comparison,
        value: Quantity,
    },
    OneOf(FactId, Box<[u32]>),
    /// Least and greatest code of each place, apart from one another, ascending.
    Within(FactId, Box<[(u64, u64)]>),
    Date(FactId, Comparison, Day),
    Term(FactId, TermUnit, Comparison, Quantity),
    Reached(FactId, u16),
    Count {
        days: FactId,
        unit: TermUnit,
        from: i32,
        to: i32,
        comparison: Comparison,
        value: Quantity,
    },
}

/// The kind of a fact without its particulars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Flag,
    Number,
    Choice,
    Place,
    Day,
    Days,
}

impl Kind {
    pub(super) fn of(spec: &FactSpec) -> Self {
        match spec.kind {
            FactKind::Flag => Self::Flag,
            FactKind::Number { .. } => Self::Number,
            FactKind::Choice { .. } => Self::Choice,
            FactKind::Place => Self::Place,
            FactKind::Day => Self::Day,
            FactKind::Days => Self::Days,
        }
    }

    /// As it stands in a sentence.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Flag => "a flag",
            Self::Number => "a number",
            Self::Choice => "a choice",
            Self::Place => "a place",
            Self::Day => "a day",
            Self::Days => "a list of days",
        }
    }

    /// Whether a fact of this kind can have that value, other than nothing.
    pub(super) fn fits(self, value: &Value) -> bool {
        match value {
            Value::Nothing => false,
            Value::Flag(_) => self == Self::Flag,
            Value::Number(_) => self == Self::Number,
            Value::NumberBetween(least, most) => self == Self::Number && least <= most,
            Value::Choice(_) => self == Self::Choice,
            Value::Place(_) => self == Self::Place,
            Value::Day(_) => self == Self::Day,
            Value::DayBetween(first, last) => self == Self::Day && first <= last,
            Value::Days(_) => self == Self::Days,
        }
    }
}

/// What is known of a fact that has an order: nothing is told, told to be nothing, or between two.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Known<T> {
    Unknown,
    Nothing,
    Range(T, T),
}

/// What is known of a number, in steps.
pub(super) fn number(facts: &Facts, fact: FactId) -> Known<i64> {
    match facts.get(fact) {
        Some(Value::Nothing) => Known::Nothing,
        Some(Value::Number(number)) => Known::Range(number.steps(), number.steps()),
        Some(Value::NumberBetween(least, most)) if least <= most => Known::Range(least.steps(), most.steps()),
        _ => Known::Unknown,
    }
}

/// What is known of a day.
pub(super) fn day(facts: &Facts, fact: FactId) -> Known<Day> {
    match facts.get(fact) {
        Some(Value::Nothing) => Known::Nothing,
        Some(Value::Day(day)) => Known::Range(*day, *day),
        Some(Value::DayBetween(first, last)) if first <= last => Known::Range(*first, *last),
        _ => Known::Unknown,
    }
}

/// The numbers, schedules and conventions of a pack on a day.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) pack: &'a Pack,
    pub(super) today: Day,
}

impl Context<'_> {
    /// The number on that day, in steps; nothing where its parameter has no value yet.
    pub(super) fn quantity(&self, quantity: Quantity) -> Option<i64> {
        match quantity {
            Quantity::Fixed(number) => Some(number.steps()),
            Quantity::Parameter(index) => {
                let values = &self.pack.parameters.get(usize::from(index))?.values;
                let begun = values.partition_point(|(from, _)| *from <= self.today);
                Some(values.get(begun.checked_sub(1)?)?.1.steps())
            }
        }
    }

    /// The time from `day` until today in full units: negative where the day is to come, rounded towards zero.
    pub(super) fn term(&self, day: Day, unit: TermUnit) -> i32 {
        match unit {
            TermUnit::Days => self.today.number() - day.number(),
            TermUnit::Months => day.months_until(self.today, self.pack.leap_day),
            TermUnit::Years => day.years_until(self.today, self.pack.leap_day),
        }
    }

    /// How the test comes out.
    pub(super) fn outcome(&self, check: &Check, facts: &Facts) -> Outcome {
        match check {
            Check::Yes(fact) => match facts.get(*fact) {
                Some(Value::Flag(yes)) => settled(*yes),
                Some(Value::Nothing) => Outcome::Fails,
                _ => Outcome::Open,
            },
            Check::Some(fact, kind) => match facts.get(*fact) {
                Some(Value::Nothing) => Outcome::Fails,
                Some(value) if kind.fits(value) => Outcome::Holds,
                _ => Outcome::Open,
            },
            Check::Number(fact, comparison, value) => {
                let Some(value) = self.quantity(*value) else { return Outcome::Fails };
                ranged(number(facts, *fact), |least, most| compared(least.cmp(&value), most.cmp(&value), *comparison))
            }
            Check::Ratio { .. } => self.ratio(check, facts),
            Check::OneOf(fact, options) => match facts.get(*fact) {
                Some(Value::Choice(option)) => settled(contains(options, option.0)),
                Some(Value::Nothing) => Outcome::Fails,
                _ => Outcome::Open,
            },
            Check::Within(fact, places) => match facts.get(*fact) {
                Some(Value::Place(place)) => within(places, *place),
                Some(Value::Nothing) => Outcome::Fails,
                _ => Outcome::Open,
            },
            Check::Date(fact, comparison, date) => {
                ranged(day(facts, *fact), |first, last| compared(first.cmp(date), last.cmp(date), *comparison))
            }
            Check::Term(fact, unit, comparison, value) => {
                let Some(value) = self.quantity(*value) else { return Outcome::Fails };
                ranged(day(facts, *fact), |first, last| {
                    if *comparison == Comparison::Equal && value % Decimal::STEPS != 0 {
                        // Full units are whole.
                        return Outcome::Fails;
                    }
                    // The later the day, the shorter the term.
                    let shortest = compare_term(self.term(last, *unit), value);
                    let longest = if first == last { shortest } else { compare_term(self.term(first, *unit), value) };
                    compared(shortest, longest, *comparison)
                })
            }
            Check::Reached(fact, schedule) => {
                ranged(day(facts, *fact), |first, last| self.reached(*schedule, first, last))
            }
            Check::Count { days, unit, from, to, comparison, value } => {
                let Some(value) = self.quantity(*value) else { return Outcome::Fails };
                match facts.get(*days) {
                    Some(Value::Days(days)) => {
                        let within = |day: &&Day| (*from..=*to).contains(&self.term(**day, *unit));
                        let count = i32::try_from(days.iter().filter(within).count()).unwrap_or(i32::MAX);
                        let order = compare_term(count, value);
                        compared(order, order, *comparison)
                    }
                    Some(Value::Nothing) => Outcome::Fails,
                    _ => Outcome::Open,
                }
            }
        }
    }

    /// `over / (under * times)` compared: both sides are multiplied out, so that nothing is rounded.
    fn ratio(&self, check: &Check, facts: &Facts) -> Outcome {
        let Check::Ratio { over, under, whole_under, times, comparison, value } = check else { return Outcome::Open };
        let Some(value) = self.quantity(*value) else { return Outcome::Fails };
        let (over, under) = (number(facts, *over), number(facts, *under));
        let Known::Range(least_over, most_over) = over else {
            return if over == Known::Nothing { Outcome::Fails } else { Outcome::Open };
        };
        let least_step = if *whole_under { Decimal::STEPS } else { 1 };
        let mut unders = match under {
            Known::Unknown => return Outcome::Open,
            Known::Nothing | Known::Range(0, 0) => [Decimal::STEPS; 3],
            Known::Range(least, most) if least == most || least > 0 => [least, most, least],
            // Zero counts as one, so that it is no end of the others.
            Known::Range(0, most) => [least_step.min(most), most, Decimal::STEPS],
            Known::Range(..) => return Outcome::Open,
        };
        unders.sort_unstable();
        let orders = unders.iter().flat_map(|under| [least_over, most_over].map(|over| (over, *under)));
        // A quotient rises or falls with each of the two alone, so that its least and greatest lie at the corners.
        let orders = orders.map(|(over, under)| compare_ratio(over, under, *times, value));
        let (least, most) = orders
            .fold((Ordering::Greater, Ordering::Less), |(least, most), order| (least.min(order), most.max(order)));
        compared(least, most, *comparison)
    }

    /// Whether the schedule's term is over, for every day from `first` to `last`.
    fn reached(&self, schedule: u16, first: Day, last: Day) -> Outcome {
        let Some(schedule) = self.pack.schedules.get(usize::from(schedule)) else { return Outcome::Fails };
        let steps = &schedule.steps;
        let begun = steps.partition_point(|(from, _)| *from <= first);
        // A day before the first step has no term.
        let mut all = (begun == 0).then_some(Outcome::Fails);
        for index in begun.saturating_sub(1)..steps.len() {
            let (from, months) = steps[index];
            if from > last {
                break;
            }
            let end = steps.get(index + 1).and_then(|(next, _)| next.plus_days(-1)).map_or(last, |end| end.min(last));
            let shortest = self.term(end, TermUnit::Months).cmp(&i32::from(months));
            let begin = from.max(first);
            let longest =
                if begin == end { shortest } else { self.term(begin, TermUnit::Months).cmp(&i32::from(months)) };
            let here = compared(shortest, longest, Comparison::AtLeast);
            if here == Outcome::Open || all.is_some_and(|before| before != here) {
                return Outcome::Open;
            }
            all = Some(here);
        }
        all.unwrap_or(Outcome::Fails)
    }
}

/// Holds or fails.
fn settled(holds: bool) -> Outcome {
    if holds { Outcome::Holds } else { Outcome::Fails }
}

fn ranged<T>(known: Known<T>, decide: impl FnOnce(T, T) -> Outcome) -> Outcome {
    match known {
        Known::Unknown => Outcome::Open,
        Known::Nothing => Outcome::Fails,
        Known::Range(least, most) => decide(least, most),
    }
}

/// A comparison of all values of a range, of which the least and the greatest compare so.
pub(super) fn compared(least: Ordering, most: Ordering, comparison: Comparison) -> Outcome {
    let (all, none) = match comparison {
        Comparison::Less => (most.is_lt(), least.is_ge()),
        Comparison::AtMost => (most.is_le(), least.is_gt()),
        Comparison::Equal => (least.is_eq() && most.is_eq(), least.is_gt() || most.is_lt()),
        Comparison::AtLeast => (least.is_ge(), most.is_lt()),
        Comparison::More => (least.is_gt(), most.is_le()),
    };
    match (all, none) {
        (true, _) => Outcome::Holds,
        (_, true) => Outcome::Fails,
        _ => Outcome::Open,
    }
}

/// A whole term with a number in steps.
fn compare_term(term: i32, value: i64) -> Ordering {
    (i64::from(term) * Decimal::STEPS).cmp(&value)
}

/// `over / (under * times)` with `value`, all in steps; `times` is positive.
pub(super) fn compare_ratio(over: i64, under: i64, times: i64, value: i64) -> Ordering {
    // over/S <=> value/S * under/S * times/S, with S steps in one: over * S * S <=> value * under * times.
    let scale = i128::from(Decimal::STEPS) * i128::from(Decimal::STEPS);
    let left = i128::from(over) * scale;
    let right = i128::from(value) * i128::from(under);
    let order = match right.checked_mul(i128::from(times)) {
        Some(right) => left.cmp(&right),
        // It is beyond 2^127, the left side below 2^104: its sign alone decides.
        None => 0.cmp(&right),
    };
    if under < 0 { order.reverse() } else { order }
}

fn contains(sorted: &[u32], option: u32) -> bool {
    if sorted.len() <= 8 { sorted.contains(&option) } else { sorted.binary_search(&option).is_ok() }
}

/// A place that is known more coarsely than one of the list (the county, where the list has one of its townships) may
/// lie in it or not.
fn within(places: &[(u64, u64)], place: PlaceCode) -> Outcome {
    let (least, most) = place.range();
    let next = places.partition_point(|(from, _)| *from <= least);
    if let Some((from, to)) = next.checked_sub(1).and_then(|index| places.get(index)) {
        if *to >= most {
            return Outcome::Holds;
        }
        if *from == least {
            return Outcome::Open;
        }
    }
    if places.get(next).is_some_and(|(from, _)| *from <= most) { Outcome::Open } else { Outcome::Fails }
}

/// The facts that a test looks at.
pub(super) fn facts_of(test: &Test) -> [Option<FactId>; 2] {
    match test {
        Test::Yes(fact)
        | Test::Some(fact)
        | Test::Number(fact, ..)
        | Test::OneOf(fact, _)
        | Test::Within(fact, _)
        | Test::Date(fact, ..)
        | Test::Term(fact, ..)
        | Test::Reached(fact, _) => [Some(*fact), None],
        Test::Count { days, .. } => [Some(*days), None],
        Test::Ratio { over, under, .. } => [Some(*over), (under != over).then_some(*under)],
    }
}

/// The outermost of the places, as ranges of codes, ascending.
pub(super) fn ranges(places: &[PlaceCode]) -> Box<[(u64, u64)]> {
    let mut ranges: Vec<(u64, u64)> = places.iter().map(|place| place.range()).collect();
    ranges.sort_unstable_by_key(|(from, to)| (*from, std::cmp::Reverse(*to)));
    let mut apart: Vec<(u64, u64)> = Vec::with_capacity(ranges.len());
    for range in ranges {
        if apart.last().is_none_or(|(_, to)| *to < range.0) {
            apart.push(range);
        }
    }
    apart.into()
}
