// SPDX-License-Identifier: GPL-3.0-only
//! Proofs as lines that people can read: each test with the fact that met it.

use super::sorting::is_birth;
use super::view::{FactShown, ReasonShown, Role, TestShown, Want};
use crate::domain::day::{Day, LeapDay};
use crate::domain::policy::engine::{OLDEST, Outcome, Place, Program, Reason, TermEnd, Verdict};
use crate::domain::policy::fact::{Decimal, FactId, Facts, Origin, Value};
use crate::domain::policy::pack::{Pack, Words};
use crate::domain::policy::rule::{Clause, ClauseKind, Comparison, Quantity, TermUnit, Test};

/// Why a policy was decided so, line by line.
pub(super) fn reasons_shown(program: &Program, policy: usize, today: Day, facts: &Facts) -> Vec<ReasonShown> {
    let proof = program.prove(policy, today, facts);
    let mut lines = Vec::new();
    let mut heading: Option<(Place, Option<u16>)> = None;
    for (index, reason) in proof.reasons.iter().enumerate() {
        let shown = matches!(reason.place, Place::Profile(_) | Place::Conditions | Place::Interest);
        if !shown {
            continue;
        }
        let alternatives = alternatives(program, policy, reason, proof.reasons.get(index + 1), heading);
        let above = (reason.place, alternatives);
        let outcome_of = |outcome: Outcome| match proof.decision.verdict {
            Verdict::Applies => Outcome::Holds,
            Verdict::DoesNot | Verdict::Needs | Verdict::NotOffered => outcome,
        };
        if heading != Some(above) {
            heading = Some(above);
            let role = match (reason.place, alternatives) {
                (Place::Profile(profile), _) => Some(Role::Profile(profile)),
                (_, Some(_)) => Some(Role::AnyOf),
                _ => None,
            };
            lines.extend(role.map(|role| ReasonShown {
                role,
                outcome: outcome_of(reason.outcome),
                depth: 0,
                words: None,
                test: None,
            }));
        }
        let depth = u8::from(matches!(reason.place, Place::Profile(_)) || alternatives.is_some());
        let words = program.because(policy, reason).cloned();
        // Two tests of one clause that has words of its own are one line.
        let said = |line: &ReasonShown| line.words.is_some() && line.words == words && line.outcome == reason.outcome;
        if lines.last().is_some_and(said) {
            continue;
        }
        let test = reason.test.and_then(|test| program.test(test));
        let test = test.map(|test| test_shown(program, test, reason, today, facts));
        if words.is_some() || test.is_some() {
            lines.push(ReasonShown { role: Role::Clause, outcome: reason.outcome, depth, words, test });
        }
    }
    lines
}

/// The condition whose alternatives the reason is one of, where there is more than one of them to see.
fn alternatives(
    program: &Program,
    policy: usize,
    reason: &Reason,
    next: Option<&Reason>,
    before: Option<(Place, Option<u16>)>,
) -> Option<u16> {
    if reason.place != Place::Conditions {
        return None;
    }
    let first = *reason.path.steps().first()?;
    let clause: &Clause = program.pack().policies.get(policy)?.conditions.get(usize::from(first))?;
    if !matches!(clause.kind, ClauseKind::Any(_)) {
        return None;
    }
    let goes_on = next.is_some_and(|next| next.place == reason.place && next.path.steps().first() == Some(&first));
    (goes_on || before == Some((Place::Conditions, Some(first)))).then_some(first)
}

fn test_shown(program: &Program, test: &Test, reason: &Reason, today: Day, facts: &Facts) -> TestShown {
    let pack = program.pack();
    let holds = !reason.negated;
    let fact = fact_of(test);
    let number = |quantity: &Quantity| value_on(pack, *quantity, today);
    let months = |index: u16| {
        let schedule = pack.schedules.get(usize::from(index))?;
        let Some(Value::Day(day)) = facts.get(fact) else { return None };
        let step = schedule.steps.iter().rev().find(|(from, _)| from <= day)?;
        Decimal::whole(i64::from(step.1))
    };
    let want = match test {
        Test::Yes(_) => Want::Flag(holds),
        Test::Some(_) => Want::Some(holds),
        Test::Number(_, Comparison::Equal, value) if !holds => Want::NotNumber(number(value)),
        Test::Number(_, comparison, value)
        | Test::Ratio { comparison, value, .. }
        | Test::Count { comparison, value, .. } => Want::Number(wanted(*comparison, holds), number(value)),
        Test::OneOf(_, options) => Want::OneOf(holds, options.clone()),
        Test::Within(_, places) => Want::Within(holds, places.clone()),
        Test::Date(_, comparison, day) => Want::Date(wanted(*comparison, holds), *day),
        Test::Term(_, unit, comparison, value) => Want::Term(wanted(*comparison, holds), number(value), *unit),
        Test::Reached(_, schedule) => {
            Want::Term(wanted(Comparison::AtLeast, holds), months(*schedule), TermUnit::Months)
        }
    };
    TestShown {
        fact,
        known: known_shown(program, test, today, facts),
        origin: facts.origin(fact),
        register: None,
        want,
        is_age: is_birth(program, fact),
        per: match test {
            Test::Ratio { under, times, .. } => Some((*under, *times)),
            _ => None,
        },
        counted: match test {
            Test::Count { from, to, unit, .. } => Some((*from, *to, *unit)),
            _ => None,
        },
    }
}

/// Puts the names of the registers to what they told.
pub(super) fn name_registers(reasons: &mut [ReasonShown], registers: &[(FactId, Words)]) {
    for test in reasons.iter_mut().filter_map(|reason| reason.test.as_mut()) {
        let told = registers.iter().filter(|_| matches!(test.origin, Some(Origin::Service { .. })));
        test.register = told.into_iter().find(|(fact, _)| *fact == test.fact).map(|(_, register)| register.clone());
    }
}

/// The fact that a test is about.
fn fact_of(test: &Test) -> FactId {
    match test {
        Test::Yes(fact)
        | Test::Some(fact)
        | Test::Number(fact, ..)
        | Test::OneOf(fact, _)
        | Test::Within(fact, _)
        | Test::Date(fact, ..)
        | Test::Term(fact, ..)
        | Test::Reached(fact, _)
        | Test::Ratio { over: fact, .. }
        | Test::Count { days: fact, .. } => *fact,
    }
}

/// The opposite where the test stands under a "not".
fn wanted(comparison: Comparison, holds: bool) -> Comparison {
    match comparison {
        _ if holds => comparison,
        Comparison::Less => Comparison::AtLeast,
        Comparison::AtMost => Comparison::More,
        Comparison::AtLeast => Comparison::Less,
        Comparison::More => Comparison::AtMost,
        Comparison::Equal => Comparison::Equal,
    }
}

/// The number that a quantity is on a day; nothing before its first value.
pub(super) fn value_on(pack: &Pack, quantity: Quantity, day: Day) -> Option<Decimal> {
    match quantity {
        Quantity::Fixed(number) => Some(number),
        Quantity::Parameter(index) => {
            let values = &pack.parameters.get(usize::from(index))?.values;
            values.iter().rev().find(|(from, _)| *from <= day).map(|(_, value)| *value)
        }
    }
}

/// What is known, in the terms of the test: an age for a test of age, a count for a test of numbers of days.
fn known_shown(program: &Program, test: &Test, today: Day, facts: &Facts) -> FactShown {
    let leap = program.pack().leap_day;
    match (test, facts.get(fact_of(test))) {
        (Test::Term(fact, unit, ..), Some(Value::Day(day))) if !is_birth(program, *fact) => {
            FactShown::Term(term(*day, today, *unit, leap), *unit)
        }
        (Test::Term(fact, unit @ (TermUnit::Days | TermUnit::Months), ..), Some(Value::Day(day)))
            if is_birth(program, *fact) && day.years_until(today, leap) < 3 =>
        {
            FactShown::Term(term(*day, today, *unit, leap), *unit)
        }
        (Test::Date(..), Some(Value::Day(day))) => FactShown::Date(*day),
        (Test::Count { unit, from, to, .. }, Some(Value::Days(days))) => {
            let within = |day: &&Day| (*from..=*to).contains(&term(**day, today, *unit, leap));
            FactShown::Count(days.iter().filter(within).count())
        }
        (_, value) => fact_shown(program, fact_of(test), value, today),
    }
}

/// What is known, by itself.
pub(super) fn fact_shown(program: &Program, fact: FactId, value: Option<&Value>, today: Day) -> FactShown {
    let leap = program.pack().leap_day;
    match value {
        None => FactShown::Unknown,
        Some(Value::Nothing) => FactShown::Nothing,
        Some(Value::Flag(flag)) => FactShown::Flag(*flag),
        Some(Value::Number(number)) => FactShown::Number(*number),
        Some(Value::NumberBetween(least, most)) => FactShown::Between(*least, *most),
        Some(Value::Choice(option)) => FactShown::Choice(*option),
        Some(Value::Place(place)) => FactShown::Place(*place),
        Some(Value::Day(day)) if is_birth(program, fact) => FactShown::Age(day.years_until(today, leap)),
        Some(Value::Day(day)) => FactShown::Date(*day),
        Some(Value::DayBetween(first, last)) if is_birth(program, fact) => {
            let (young, old) = (last.years_until(today, leap), first.years_until(today, leap));
            if young == old { FactShown::Age(young) } else { FactShown::AgeBetween(young, old) }
        }
        Some(Value::DayBetween(first, _)) if *first > today => {
            FactShown::Term(term(*first, today, TermUnit::Days, leap), TermUnit::Days)
        }
        Some(Value::DayBetween(first, last)) => {
            // Further back than anybody is old: however long ago.
            let limit = i32::from(OLDEST) - 1;
            let less_than =
                (first.years_until(today, leap) < limit).then(|| term_end(*first, today, 1, leap)).flatten();
            FactShown::TermBetween(term_end(*last, today, 0, leap), less_than)
        }
        Some(Value::Days(days)) => FactShown::Count(days.len()),
    }
}

/// So many full months ago, or days within the first month, and `more` of them; nothing for no time at all.
fn term_end(day: Day, today: Day, more: i32, leap: LeapDay) -> Option<TermEnd> {
    let unit = if term(day, today, TermUnit::Months, leap) > 0 { TermUnit::Months } else { TermUnit::Days };
    let term = u32::try_from(term(day, today, unit, leap) + more).ok()?;
    (term > 0).then_some(TermEnd { term, unit })
}

fn term(day: Day, today: Day, unit: TermUnit, leap: LeapDay) -> i32 {
    match unit {
        TermUnit::Days => today.number() - day.number(),
        TermUnit::Months => day.months_until(today, leap),
        TermUnit::Years => day.years_until(today, leap),
    }
}
