// SPDX-License-Identifier: GPL-3.0-only
//! Days that are typed.

use super::person::{BIRTH, Person, pack, policy, spec};
use super::*;
use crate::domain::policy::engine::Ask;
use crate::domain::policy::fact::FactKind;
use crate::domain::policy::pack::{Pack, Schedule};
use crate::domain::policy::rule::Test;

const SPOUSE: FactId = FactId(5);
const PENSION: usize = 0;
const SPOUSES_PENSION: usize = 1;

fn day(year: u16, month: u8, day: u8) -> Day {
    Day::new(year, month, day).unwrap()
}

/// Pensions by the statutory age: one's own and that of husband or wife.
fn pensions() -> Pack {
    let mut pack = pack();
    pack.facts.push(spec("spouse", FactKind::Day));
    let steps = vec![(day(1900, 1, 1), 720), (day(1964, 9, 1), 747)];
    pack.schedules = vec![Schedule { key: "age".to_owned(), steps }];
    let pension = |key, fact| policy(key, vec![Test::Reached(fact, 0).into()], None);
    pack.policies = vec![pension("pension", BIRTH), pension("spouses-pension", SPOUSE)];
    pack
}

/// Without a card, at the question for this fact.
fn asked_for(fact: FactId) -> Person {
    let mut person = Person::at_the_start_of(pensions());
    person.does(PolicyIntent::WithoutCard);
    person.does(PolicyIntent::Ask);
    if person.page().question.unwrap().fact != fact {
        person.does(PolicyIntent::Skip);
    }
    assert_eq!(person.page().question.unwrap().fact, fact);
    person
}

#[test]
fn a_birth_that_an_age_leaves_open_is_typed_as_a_day_of_that_age() {
    let mut person = asked_for(BIRTH);
    assert_eq!(person.page().question.unwrap().ask, Ask::Age);
    person.types("62");
    // The other question may come first.
    if person.page().question.as_ref().unwrap().fact != BIRTH {
        person.does(PolicyIntent::Skip);
    }
    let question = person.page().question.unwrap();
    let (first, last) = (day(1963, 11, 23), day(1964, 11, 22));
    assert_eq!((question.fact, question.ask), (BIRTH, Ask::Day { first, last }));
    assert!(question.answers.is_empty() && !question.or_nothing, "nobody is without a day of birth");
    assert!(!question.complete && question.before);

    person.types("19640230");
    let question = person.page().question.unwrap();
    assert!(question.complete && question.refused && question.no_day, "there is no such day");
    person.does(PolicyIntent::Digit(1));
    assert_eq!(person.page().question.unwrap().typed.expose(), "19640230", "a day has eight digits");
    for _ in 0..8 {
        person.does(PolicyIntent::DeleteDigit);
    }
    assert!(!person.page().question.unwrap().refused);
    person.types("19740229");
    assert!(person.page().question.unwrap().no_day, "1974 was no leap year");
    for _ in 0..8 {
        person.does(PolicyIntent::DeleteDigit);
    }
    person.types("19740512");
    let question = person.page().question.unwrap();
    assert!(question.refused && !question.no_day, "somebody of 52 is not 62");
    assert_eq!(person.desk.news().unwrap().0, PolicyPrompt::TypedRefused);
    for _ in 0..8 {
        person.does(PolicyIntent::DeleteDigit);
    }
    person.types("19640831");
    assert!(person.page().question.is_none_or(|question| question.fact != BIRTH));
    person.goes_to_the_list();
    assert_eq!(person.group(Group::Applies), [PENSION]);
}

#[test]
fn too_few_digits_are_no_day() {
    let mut person = asked_for(SPOUSE);
    person.types("1964083");
    let question = person.page().question.unwrap();
    assert!(question.refused && !question.complete);
    person.does(PolicyIntent::Point);
    assert_eq!(person.page().question.unwrap().typed.expose(), "1964083", "a day has no point");
}

#[test]
fn husband_or_wife_has_a_day_of_birth_or_is_not_there() {
    let mut person = asked_for(SPOUSE);
    let question = person.page().question.unwrap();
    assert_eq!(question.ask, Ask::Day { first: day(1876, 1, 1), last: day(2026, 11, 22) });
    assert!(question.or_nothing && question.answers.is_empty());
    for (typed, no_day) in [("18751231", false), ("20261123", false), ("00000000", true)] {
        person.types(typed);
        let question = person.page().question.unwrap();
        assert_eq!((question.refused, question.no_day), (true, no_day), "{typed}");
        for _ in 0..8 {
            person.does(PolicyIntent::DeleteDigit);
        }
    }
    person.types("19500101");
    person.goes_to_the_list();
    assert_eq!(person.group(Group::Applies), [SPOUSES_PENSION]);

    let mut alone = asked_for(SPOUSE);
    alone.does(PolicyIntent::AnswerNothing);
    alone.goes_to_the_list();
    assert_eq!(alone.group(Group::Not), [SPOUSES_PENSION]);
}

#[test]
fn an_answer_that_was_given_twice_is_taken_back_once() {
    let mut person = asked_for(BIRTH);
    person.types("62");
    if person.page().question.as_ref().unwrap().fact != BIRTH {
        person.does(PolicyIntent::Skip);
    }
    person.types("19640831");
    if person.page().screen == PolicyScreen::List {
        person.goes_to_the_list();
        assert_eq!(person.group(Group::Applies), [PENSION]);
        return;
    }
    person.does(PolicyIntent::AskBefore);
    let question = person.page().question.unwrap();
    assert_eq!((question.fact, question.ask, question.before), (BIRTH, Ask::Age, false));
}
