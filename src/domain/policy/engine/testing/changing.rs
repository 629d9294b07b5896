// SPDX-License-Identifier: GPL-3.0-only
//! The smallest change turns the verdict, and there is no smaller one.

use super::generator::{
    Dice, FLAG, INCOME, MOST_INCOME, MOST_PEOPLE, OPTIONS, OTHER_FLAG, PEOPLE, PLACE, PLACES, SINCE, TODAY, WORK,
    facts, pack, program, value, whole,
};
use crate::domain::policy::engine::{MOST_CHANGES, Program, Verdict};
use crate::domain::policy::fact::{FactId, Facts, OptionId, Origin, PlaceCode, Value};
use crate::domain::policy::rule::Test;

/// Everything that a fact may be changed to; the engine invents no place, so that only those which the pack names count.
fn all_values(program: &Program, fact: FactId) -> Vec<Value> {
    let named = |place: &PlaceCode| {
        program.tests.iter().any(|test| matches!(test, Test::Within(_, places) if places.contains(place)))
    };
    let numbers = |most| (0..=most).map(|number| Value::Number(whole(number))).collect();
    let mut values: Vec<Value> = match fact {
        FLAG | OTHER_FLAG => vec![Value::Flag(true), Value::Flag(false)],
        INCOME => numbers(MOST_INCOME),
        PEOPLE => numbers(MOST_PEOPLE),
        WORK => (0..OPTIONS).map(|option| Value::Choice(OptionId(option))).collect(),
        PLACE => {
            let places = PLACES.iter().filter_map(|code| PlaceCode::parse(code));
            places.filter(named).map(Value::Place).collect()
        }
        SINCE => (-1300..500).step_by(3).map(|days| Value::Day(TODAY.plus_days(days).unwrap())).collect(),
        _ => Vec::new(),
    };
    values.push(Value::Nothing);
    values
}

/// Whether any change of `left` of the facts makes the policy apply.
fn exists(program: &Program, policy: usize, facts: &mut Facts, (from, left): (u16, usize)) -> bool {
    for fact in (from..8).map(FactId).filter(|fact| program.pack().facts[usize::from(fact.0)].changeable) {
        let Some(old) = facts.get(fact).cloned() else { continue };
        for value in all_values(program, fact) {
            facts.learn(fact, value, Origin::Answer);
            let applies = program.decide_one(policy, TODAY, facts).verdict == Verdict::Applies;
            if applies || (left > 1 && exists(program, policy, facts, (fact.0 + 1, left - 1))) {
                facts.learn(fact, old, Origin::Answer);
                return true;
            }
        }
        facts.learn(fact, old, Origin::Answer);
    }
    false
}

#[test]
fn the_smallest_change_turns_the_verdict_and_none_is_smaller() {
    let mut sizes = [0; MOST_CHANGES + 1];
    for seed in 0..250 {
        let mut dice = Dice(seed);
        let program = program(pack(&mut dice, 8));
        let mut facts = facts(&mut dice);
        for fact in (0..10).map(FactId) {
            if facts.get(fact).is_none() && !dice.one_in(8) {
                facts.learn(fact, value(&mut dice, fact), Origin::Answer);
            }
        }
        for policy in 0..8 {
            let change = program.smallest_change(policy, TODAY, &facts);
            if program.decide_one(policy, TODAY, &facts).verdict != Verdict::DoesNot {
                assert!(change.is_none());
                continue;
            }
            let size = change.as_ref().map_or(0, Vec::len);
            sizes[size] += 1;
            let mut changed = facts.clone();
            for change in change.iter().flatten() {
                assert!(program.pack().facts[usize::from(change.fact.0)].changeable);
                assert!(changed.get(change.fact).is_some_and(|value| *value != change.to));
                changed.learn(change.fact, change.to.clone(), Origin::Answer);
            }
            if size > 0 {
                assert_eq!(program.decide_one(policy, TODAY, &changed).verdict, Verdict::Applies);
            }
            // Nothing smaller; where nothing was found nothing of one fact, everything else would take too long.
            if size != 1 {
                let smaller = exists(&program, policy, &mut facts, (0, 1));
                assert!(!smaller, "seed {seed}, policy {policy}: one fact is enough, {size} were changed");
            }
        }
    }
    assert!(sizes.iter().all(|count| *count > 3), "each size is met: {sizes:?}");
}

#[test]
fn no_two_facts_are_enough_where_three_are_changed_or_none() {
    for seed in 100..200 {
        let mut dice = Dice(seed);
        let program = program(pack(&mut dice, 8));
        let mut facts = facts(&mut dice);
        // Days make the search of everything long.
        facts.forget(SINCE);
        facts.forget(PLACE);
        for policy in 0..8 {
            let change = program.smallest_change(policy, TODAY, &facts);
            let is_no = program.decide_one(policy, TODAY, &facts).verdict == Verdict::DoesNot;
            if is_no && change.as_ref().is_none_or(|change| change.len() > 2) {
                assert!(!exists(&program, policy, &mut facts, (0, 2)), "seed {seed}, policy {policy}");
            }
        }
    }
}
