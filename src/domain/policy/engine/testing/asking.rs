// SPDX-License-Identifier: GPL-3.0-only
//! Questions lead to the end, and the order in which they come saves some.

use super::generator::{Dice, TODAY, pack, program, value};
use crate::domain::day::Day;
use crate::domain::policy::engine::{Ask, Decisions, Program, Question, Verdict, born_at_age};
use crate::domain::policy::fact::{FactId, Facts, OptionId, Origin, Value};

/// Whether an answer is the right one for somebody of whom `truth` is true.
fn is_right(answer: &Value, truth: &Value) -> bool {
    match (answer, truth) {
        (Value::NumberBetween(least, most), Value::Number(number)) => least <= number && number <= most,
        (Value::DayBetween(first, last), Value::Day(day)) => first <= day && day <= last,
        (Value::Place(place), Value::Place(inner)) => place.contains(*inner),
        (Value::Choice(OptionId::OTHER), Value::Choice(_)) => true,
        _ => answer == truth,
    }
}

/// What a person answers who knows everything of themselves.
fn answer(program: &Program, question: &Question, truth: &Value) -> Value {
    match (question.ask, truth) {
        (Ask::Age, Value::Day(day)) if *day <= TODAY => {
            let age = u16::try_from(day.years_until(TODAY, program.pack().leap_day)).unwrap();
            let born = born_at_age(TODAY, age, program.pack().leap_day).unwrap();
            assert!(is_right(&born, truth), "the day of birth lies among those of its age");
            born
        }
        (Ask::Day { first, last }, Value::Day(day)) => {
            assert!((first..=last).contains(day) || *day > TODAY, "the day can be typed");
            truth.clone()
        }
        (Ask::Number | Ask::Day { .. } | Ask::Age | Ask::Place, _) => truth.clone(),
        (_, truth) => {
            let offered = question.answers.iter().map(|answer| &answer.value);
            offered.into_iter().find(|answer| is_right(answer, truth)).unwrap_or(truth).clone()
        }
    }
}

/// Asks until nothing is left to ask: how many questions were needed.
fn interview(program: &Program, truth: &Facts, mut next: impl FnMut(&Facts) -> Option<Question>) -> (usize, Facts) {
    let mut facts = Facts::new();
    for count in 0..40 {
        let Some(question) = next(&facts) else { return (count, facts) };
        let told = truth.get(question.fact).unwrap();
        let answer = answer(program, &question, told);
        assert!(facts.get(question.fact) != Some(&answer), "an answer tells something new");
        facts.learn(question.fact, answer, Origin::Answer);
    }
    panic!("the questions have no end");
}

fn person(dice: &mut Dice) -> Facts {
    let mut truth = Facts::new();
    for fact in (0..10).map(FactId) {
        // Nobody is without an age; a number or flag that is nothing is none that can be answered.
        let told = std::iter::repeat_with(|| value(dice, fact));
        let told = told.filter(|value| *value != Value::Nothing || matches!(fact.0, 4 | 7 | 8)).take(1).last().unwrap();
        truth.learn(fact, told, Origin::Answer);
    }
    truth
}

#[test]
fn questions_end_with_the_verdicts_of_what_is_true() {
    let mut interested = 0;
    for seed in 0..150 {
        let mut dice = Dice(seed);
        let program = program(pack(&mut dice, 12));
        let truth = person(&mut dice);
        let (_, facts) = interview(&program, &truth, |facts| {
            let question = program.next_question(TODAY, facts, &[])?;
            assert!(question.concerns > 0);
            let again = program.next_question(TODAY, facts, &[]).unwrap();
            assert!(question == again, "the same question for the same person");
            let other = program.next_question(TODAY, facts, &[question.fact]);
            assert!(other.is_none_or(|other| other.fact != question.fact), "what was skipped is not asked");
            Some(question)
        });
        for policy in 0..12 {
            let (told, known) = (program.decide_one(policy, TODAY, &truth), program.decide_one(policy, TODAY, &facts));
            let missing = program.prove(policy, TODAY, &facts).missing;
            let has_interest = program.pack().policies[policy].interest.is_some();
            match known.verdict {
                // Whether it is wanted is not asked where it does not apply anyway.
                Verdict::NotOffered if has_interest && missing.is_empty() => {
                    let left_out = matches!(told.verdict, Verdict::NotOffered | Verdict::DoesNot);
                    assert!(left_out, "seed {seed}, policy {policy}");
                }
                Verdict::Needs | Verdict::NotOffered if !missing.is_empty() => {}
                settled => assert_eq!(settled, told.verdict, "seed {seed}, policy {policy}"),
            }
            interested += usize::from(has_interest && known.verdict == Verdict::Applies);
            // Only the children, who are not asked for, are left.
            assert!(missing.iter().all(|fact| *fact == FactId(8)), "seed {seed}, policy {policy}: {missing:?}");
            assert_eq!(program.questions_left(policy, TODAY, &facts), 0);
        }
    }
    assert!(interested > 30, "who wants them finds policies of interest: {interested}");
}

/// In the order of the table, each once, closely known.
fn table_order(program: &Program, facts: &Facts) -> Option<Question> {
    let mut decisions = Decisions::new();
    program.decide(TODAY, facts, &mut decisions);
    let missing: Vec<FactId> =
        (0..12).flat_map(|policy| program.prove(policy, TODAY, facts).missing).filter(|fact| fact.0 != 8).collect();
    let fact = missing.into_iter().min()?;
    let others: Vec<FactId> = (0..10).map(FactId).filter(|other| *other != fact).collect();
    program.next_question(TODAY, facts, &others)
}

#[test]
fn the_order_of_questions_saves_some() {
    let (mut best, mut plain) = (0, 0);
    for seed in 0..200 {
        let mut dice = Dice(seed);
        let mut pack = pack(&mut dice, 12);
        pack.policies.truncate(3);
        let program = program(pack);
        let truth = person(&mut dice);
        best += interview(&program, &truth, |facts| program.next_question(TODAY, facts, &[])).0;
        plain += interview(&program, &truth, |facts| table_order(&program, facts)).0;
    }
    assert!(best * 100 < plain * 97, "{best} questions, in the order of the table {plain}");
}

#[test]
fn ages_are_those_of_the_convention() {
    use crate::domain::day::LeapDay::{February28, March1};
    let day = |text| Day::parse_iso(text).unwrap();
    let between = |first, last| Some(Value::DayBetween(day(first), day(last)));
    assert!(born_at_age(day("2025-02-28"), 21, February28) == between("2003-03-01", "2004-02-29"));
    assert!(born_at_age(day("2025-02-28"), 21, March1) == between("2003-03-01", "2004-02-28"));
    assert!(born_at_age(day("2026-11-22"), 0, February28) == between("2025-11-23", "2026-11-22"));
    assert!(born_at_age(day("2026-11-22"), 151, February28).is_none());
}
