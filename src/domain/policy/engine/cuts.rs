// SPDX-License-Identifier: GPL-3.0-only
//! Where along a number or a day the outcome of a test changes.

use super::check::{Check, Context, Known, number};
use super::question::TermEnd;
use crate::domain::day::Day;
use crate::domain::policy::fact::{Decimal, FactId, Facts};
use crate::domain::policy::rule::{Comparison, TermUnit};

/// A place along a number, between two of its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NumberCut {
    /// The first value above it, in steps.
    pub(super) at: i64,
    /// The number that a policy names there, in steps, and whether it lies above the cut.
    pub(super) number: i64,
    pub(super) above: bool,
}

/// A place along the calendar, between two days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DayCut {
    /// The first day after it, numbered.
    pub(super) at: i32,
    /// Days before it are at least so long ago.
    pub(super) term: Option<TermEnd>,
}

/// Where a comparison changes: whether below the number, above it, or both.
fn sides(comparison: Comparison) -> (bool, bool) {
    match comparison {
        Comparison::Less | Comparison::AtLeast => (true, false),
        Comparison::AtMost | Comparison::More => (false, true),
        Comparison::Equal => (true, true),
    }
}

/// The least whole terms that a comparison with a number in steps tells apart from those below them.
pub(super) fn thresholds(comparison: Comparison, value: i64) -> impl Iterator<Item = i32> {
    let floor = value.div_euclid(Decimal::STEPS);
    let ceiling = floor + i64::from(value.rem_euclid(Decimal::STEPS) != 0);
    let (below, above) = sides(comparison);
    let terms = [below.then_some(ceiling), above.then_some(floor + 1)];
    terms.into_iter().flatten().filter_map(|term| i32::try_from(term).ok())
}

/// Where the outcome of `check` changes along the number `fact`; a ratio as it stands with what else is known.
pub(super) fn number_cuts(
    check: &Check,
    (fact, whole): (FactId, bool),
    context: &Context<'_>,
    facts: &Facts,
    mut push: impl FnMut(NumberCut),
) {
    // The first possible value that is at least so many steps.
    let possible = |steps: i64| {
        if !whole {
            return Some(steps);
        }
        let up = i64::from(steps.rem_euclid(Decimal::STEPS) != 0);
        (steps.div_euclid(Decimal::STEPS) + up).checked_mul(Decimal::STEPS)
    };
    match check {
        Check::Number(_, comparison, value) => {
            let Some(value) = context.quantity(*value) else { return };
            let (below, above) = sides(*comparison);
            let cuts = [below.then_some(value), above.then(|| value.checked_add(1)).flatten()];
            for (at, is_above) in cuts.into_iter().zip([true, false]) {
                let Some(at) = at.and_then(possible) else { continue };
                push(NumberCut { at, number: value, above: is_above });
            }
        }
        Check::Ratio { over, under, times, value, .. } => {
            let Some(value) = context.quantity(*value) else { return };
            let mut quotient = |dividend: i128, divisor: i128| {
                if divisor == 0 {
                    return;
                }
                let floor = dividend.div_euclid(divisor);
                let exact = dividend.rem_euclid(divisor) == 0;
                for at in [if exact { floor } else { floor + 1 }, floor + 1] {
                    if let Some(at) = i64::try_from(at).ok().and_then(possible) {
                        push(NumberCut { at, number: at, above: true });
                    }
                }
            };
            let (scale, times) = (i128::from(Decimal::STEPS).pow(2), i128::from(*times));
            if *over == fact {
                let (least, most) = match number(facts, *under) {
                    Known::Unknown => return,
                    Known::Nothing | Known::Range(0, 0) => (Decimal::STEPS, Decimal::STEPS),
                    Known::Range(least, most) => (least, most),
                };
                for under in [least, most] {
                    let right = (i128::from(value) * i128::from(under)).checked_mul(times);
                    right.into_iter().for_each(|right| quotient(right, scale));
                }
            }
            if *under == fact
                && let Known::Range(least, most) = number(facts, *over)
                && let Some(divisor) = i128::from(value).checked_mul(times)
            {
                for over in [least, most] {
                    quotient(i128::from(over) * scale, divisor);
                }
                // Zero counts as one.
                [0, 1].into_iter().for_each(|at| quotient(at, 1));
            }
        }
        _ => {}
    }
}

/// Where the outcome of `check` changes along a day, from the day numbered `first` to `last`.
pub(super) fn day_cuts(check: &Check, context: &Context<'_>, (first, last): (i32, i32), mut push: impl FnMut(DayCut)) {
    match check {
        Check::Term(_, unit, comparison, value) => {
            let Some(value) = context.quantity(*value) else { return };
            for term in thresholds(*comparison, value) {
                let Some(at) = after_term(context, *unit, term, (first, last)) else { continue };
                let label = u32::try_from(term).ok().filter(|term| *term > 0);
                push(DayCut { at, term: label.map(|term| TermEnd { term, unit: *unit }) });
            }
        }
        Check::Date(_, comparison, date) => {
            let (below, above) = sides(*comparison);
            let cuts = [below.then(|| date.number()), above.then(|| date.number() + 1)];
            cuts.into_iter().flatten().for_each(|at| push(DayCut { at, term: None }));
        }
        Check::Reached(_, schedule) => {
            let Some(schedule) = context.pack.schedules.get(usize::from(*schedule)) else { return };
            for (index, (from, months)) in schedule.steps.iter().enumerate() {
                let begin = from.number().max(first);
                let end = schedule.steps.get(index + 1).map_or(last, |(next, _)| (next.number() - 1).min(last));
                push(DayCut { at: from.number(), term: None });
                if let Some(at) = after_term(context, TermUnit::Months, i32::from(*months), (begin, end)) {
                    push(DayCut { at, term: None });
                }
            }
        }
        _ => {}
    }
}

/// The first of the days numbered `first` to `last` from which fewer than `term` units have passed; nothing where the
/// first is one already, or the last is none.
fn after_term(context: &Context<'_>, unit: TermUnit, term: i32, (first, last): (i32, i32)) -> Option<i32> {
    let passed = |number: i32| Some(context.term(Day::from_number(number)?, unit) >= term);
    if first > last || !passed(first)? || passed(last)? {
        return None;
    }
    let (mut has, mut has_not) = (first, last);
    while has_not - has > 1 {
        let middle = has + (has_not - has) / 2;
        if passed(middle)? {
            has = middle;
        } else {
            has_not = middle;
        }
    }
    Some(has_not)
}
