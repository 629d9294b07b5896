// SPDX-License-Identifier: GPL-3.0-only
//! A visit as people make it.

mod asked;
mod days;
mod person;

use std::time::Duration;

use super::*;
use crate::domain::identity::{NotReadReason, Presented};
use crate::domain::policy::fact::{Decimal, OptionId};
use crate::domain::policy::rule::Test;
use person::{CARE, HELP, HIGH_AGE, OLD_AGE, Person, TOP_UP, WOMEN, document, pack};

#[test]
fn nothing_is_read_before_somebody_agreed() {
    let mut person = Person::at_the_start();
    assert!(person.listening.is_nothing());
    person.shows(document("19440301", "2"));
    assert_eq!(person.page().screen, PolicyScreen::Start, "a card on the start page is nobody's wish");
    person.does(PolicyIntent::Agree);
    assert!(person.listening.cards && !person.listening.codes);
    person.shows(document("19440301", "2"));
    assert_eq!(person.page().screen, PolicyScreen::List);
    assert!(person.listening.is_nothing(), "one card is enough");
}

#[test]
fn the_list_of_a_woman_of_82_years() {
    let person = Person::with_card("19440301", "2");
    assert_eq!(person.group(Group::Applies), [HIGH_AGE, OLD_AGE, WOMEN]);
    assert_eq!(person.group(Group::Needs), [HELP, CARE, TOP_UP]);
    assert!(person.group(Group::Later).is_empty() && person.group(Group::Not).is_empty());
}

#[test]
fn what_comes_with_a_birthday_is_told_with_its_day() {
    let person = Person::with_card("19461215", "1");
    assert_eq!(person.group(Group::Later), [HIGH_AGE]);
    let list = person.list_of(Group::Later);
    let later = list.rows[0].later.unwrap();
    assert_eq!((later.day, later.turn), (Day::new(2026, 12, 15).unwrap(), Turn::Age(80)));
    assert_eq!(person.group(Group::Not), [WOMEN]);
}

#[test]
fn answers_settle_policies_and_can_be_taken_back() {
    let mut person = Person::with_card("19440301", "2");
    person.does(PolicyIntent::Ask);
    let mut settled = vec![person.page().question.unwrap().left];
    for _ in 0..6 {
        let Some(question) = person.page().question else { break };
        settled.push(question.left);
        if question.answers.is_empty() {
            person.types("500");
        } else {
            person.does(PolicyIntent::Answer(0));
        }
    }
    assert_eq!(person.page().screen, PolicyScreen::List, "all questions come to an end");
    assert!(settled.is_sorted_by(|before, after| before >= after), "{settled:?}");
    assert!(person.group(Group::Needs).is_empty());
    let decided: usize = Group::ALL.iter().map(|group| person.group(*group).len()).sum();
    assert_eq!(decided, 6);

    let mut other = Person::with_card("19440301", "2");
    other.does(PolicyIntent::Ask);
    let first = other.page().question.unwrap();
    assert!(!first.before);
    other.does(PolicyIntent::Skip);
    assert_ne!(other.page().question.unwrap().fact, first.fact, "what was skipped is not asked again");
    if other.page().question.unwrap().answers.is_empty() {
        other.types("500");
    } else {
        other.does(PolicyIntent::Answer(1));
    }
    let second = other.page();
    if let Some(question) = second.question {
        assert!(question.before);
    }
    other.does(PolicyIntent::AskBefore);
    assert_eq!(other.page().screen, PolicyScreen::Question);
}

#[test]
fn without_a_card_the_age_is_typed() {
    let mut person = Person::at_the_start();
    person.does(PolicyIntent::WithoutCard);
    for _ in 0..8 {
        let Some(question) = person.page().question else { break };
        if question.ask == crate::domain::policy::engine::Ask::Age {
            person.types("999");
            assert!(person.page().question.unwrap().refused);
            for _ in 0..3 {
                person.does(PolicyIntent::DeleteDigit);
            }
            person.types("82");
            break;
        }
        person.does(PolicyIntent::Skip);
    }
    person.goes_to_the_list();
    assert_eq!(person.group(Group::Applies), [HIGH_AGE, OLD_AGE]);
    assert!(person.asked_service.is_none(), "nobody is known by an age");
}

#[test]
fn the_data_service_is_asked_only_by_who_allows_it() {
    let silent = Person::with_card("19440301", "2");
    assert!(silent.asked_service.is_none());

    let mut person = Person::at_the_start();
    person.does(PolicyIntent::ToggleService);
    assert!(person.page().service_agreed);
    person.does(PolicyIntent::Agree);
    person.shows(document("19440301", "2"));
    let (call, facts) = person.asked_service.clone().unwrap();
    assert_eq!(person.page().stage, PolicyCardStage::Asking);
    assert!(!facts.contains(&FactId(0)), "what the card told is not asked for");
    let mut told = Facts::new();
    told.learn(person::DIBAO, Value::Flag(true), Origin::Service { as_of: Day::new(2026, 11, 1).unwrap() });
    told.learn(person::BIRTH, Value::Day(Day::new(2000, 1, 1).unwrap()), Origin::Answer);
    let register = Words { zh: "民政登记".into(), en: "Civil affairs".into() };
    let told = Box::new(ServedFacts { facts: told, registers: vec![(person::DIBAO, register.clone())] });
    person.event(PolicyEvent::Served(PolicyCall(call.0 + 7), Some(told.clone())));
    assert_eq!(person.page().stage, PolicyCardStage::Asking, "the answer to another question is nobody's");
    person.event(PolicyEvent::Served(call, Some(told)));
    assert_eq!(
        person.group(Group::Applies),
        [HIGH_AGE, OLD_AGE, HELP, WOMEN],
        "the card is believed before a register"
    );
    person.opens(Group::Applies, HELP);
    let named = |person: &Person| {
        let detail = person.page().detail.unwrap();
        detail.reasons.into_iter().filter_map(|reason| reason.test?.register).collect::<Vec<_>>()
    };
    assert_eq!(named(&person), [register], "who told it is said");
    person.does(PolicyIntent::Back);
    person.opens(Group::Applies, HIGH_AGE);
    assert_eq!(named(&person), []);
}

#[test]
fn the_second_tap_of_a_double_tap_counts_for_nothing() {
    let mut person = Person::at_the_start();
    person.does(PolicyIntent::Agree);
    person.does_at_once(PolicyIntent::WithoutCard);
    assert_eq!(person.page().screen, PolicyScreen::Card, "the page of the card has only just come");
    person.does(PolicyIntent::WithoutCard);
    let asked = |person: &Person| person.page().question.map(|question| question.fact);
    let first = asked(&person);
    person.does(PolicyIntent::Skip);
    let second = asked(&person);
    assert_ne!(first, second);
    person.does_at_once(PolicyIntent::Skip);
    assert_eq!(asked(&person), second, "nobody has read the second question yet");
    person.does(PolicyIntent::Skip);
    assert_ne!(asked(&person), second);
}

#[test]
fn a_silent_data_service_is_waited_for_so_long_and_no_longer() {
    let mut person = Person::at_the_start();
    person.does(PolicyIntent::ToggleService);
    person.does(PolicyIntent::Agree);
    person.shows(document("19440301", "2"));
    person.passes(Duration::from_secs(7));
    assert_eq!(person.page().screen, PolicyScreen::Card);
    person.passes(Duration::from_secs(2));
    let page = person.page();
    assert_eq!((page.screen, page.service_silent), (PolicyScreen::List, true));
    let (call, _) = person.asked_service.clone().unwrap();
    let mut late = Facts::new();
    late.learn(person::DIBAO, Value::Flag(true), Origin::Answer);
    person.event(PolicyEvent::Served(call, Some(Box::new(ServedFacts { facts: late, ..ServedFacts::default() }))));
    assert_eq!(
        person.group(Group::Applies),
        [HIGH_AGE, OLD_AGE, WOMEN],
        "what comes late changes no list under a finger"
    );
}

#[test]
fn new_is_what_was_not_shown_before_and_nothing_is_new_to_a_stranger() {
    let mut stranger = Person::with_card("19440301", "2");
    let call = stranger.marked.clone().unwrap();
    stranger.event(PolicyEvent::Seen(call.0, vec![false; call.1.len()]));
    assert_eq!(stranger.list_of(Group::Applies).fresh, 0);

    let mut known = Person::with_card("19440301", "2");
    let (call, shown) = known.marked.clone().unwrap();
    assert_eq!(shown.len(), 3);
    known.event(PolicyEvent::Seen(call, vec![true, true, false]));
    let list = known.list_of(Group::Applies);
    assert_eq!((list.fresh, list.rows[0].policy, list.rows[0].fresh), (1, WOMEN, true), "what is new stands first");
}

#[test]
fn one_policy_says_why_and_what_to_bring() {
    let mut person = Person::with_card("19440301", "2");
    person.opens(Group::Applies, HIGH_AGE);
    let detail = person.page().detail.unwrap();
    assert_eq!(detail.row.worth, Some(crate::domain::policy::engine::Worth::Exactly(Decimal::whole(100).unwrap())));
    let reason = detail.reasons[0].test.as_ref().unwrap();
    assert_eq!((reason.known, reason.is_age, reason.origin), (FactShown::Age(82), true, Some(Origin::Card)));
    let proofs: Vec<_> = detail.documents.iter().map(|document| (document.proof, document.ready)).collect();
    assert_eq!(proofs, [(DocumentProof::Shown, true), (DocumentProof::Bring, false)]);
    person.does(PolicyIntent::PrintSlip);
    assert_eq!(person.printed.take().unwrap().lacking, Some(vec![1]));
    person.does(PolicyIntent::ToggleDocument(1));
    person.does(PolicyIntent::PrintSlip);
    assert_eq!(person.printed.take().unwrap().lacking, Some(vec![]), "only what is lacking is on the slip");
}

#[test]
fn a_no_says_what_would_change_it() {
    let mut person = Person::with_card("19440301", "2");
    person.learns(person::DIBAO, Value::Flag(false));
    person.opens(Group::Not, HELP);
    let detail = person.page().detail.unwrap();
    assert_eq!(detail.changes, [(person::DIBAO, FactShown::Flag(true))]);
    assert_eq!(detail.part, Part::Why, "the first thing about a no is why");
}

#[test]
fn where_more_is_unknown_a_change_makes_it_possible_and_no_more() {
    let mut both = pack();
    let care = both.policies[CARE].conditions.clone();
    both.policies[HELP].conditions.extend(care);
    let mut person = Person::at_the_start_of(both);
    person.does(PolicyIntent::Agree);
    person.shows(document("19440301", "2"));
    person.learns(person::DIBAO, Value::Flag(false));
    person.opens(Group::Not, HELP);
    let detail = person.page().detail.unwrap();
    assert_eq!((detail.changes, detail.changes_open), (vec![(person::DIBAO, FactShown::Flag(true))], true));
    person.goes_to_the_list();
    person.learns(person::DISABILITY, Value::Choice(OptionId(1)));
    person.opens(Group::Not, HELP);
    let detail = person.page().detail.unwrap();
    assert_eq!((detail.changes, detail.changes_open), (vec![(person::DIBAO, FactShown::Flag(true))], false));
}

#[test]
fn what_is_only_for_those_who_want_it_is_asked_for() {
    let mut wanted = pack();
    wanted.policies[HELP].interest = Some(Test::OneOf(person::DISABILITY, vec![OptionId(2)]));
    wanted.policies.retain(|policy| policy.key == "help");
    let mut person = Person::at_the_start_of(wanted);
    person.does(PolicyIntent::Agree);
    person.shows(document("19440301", "2"));
    assert_eq!(person.list_of(Group::Needs).counts, [0; 4], "nobody has said that it is wanted");
    assert!(person.page().list.question_waits);
    person.does(PolicyIntent::Ask);
    let question = person.page().question.unwrap();
    assert_eq!((question.fact, question.left), (person::DISABILITY, 1));
    person.does(PolicyIntent::Answer(2));
    assert_eq!(person.page().question.unwrap().fact, person::DIBAO, "now it is looked at");
    person.does(PolicyIntent::AskBefore);
    person.does(PolicyIntent::Answer(0));
    person.goes_to_the_list();
    let list = person.page().list;
    assert!(list.counts == [0; 4] && !list.question_waits, "not wanted, not shown");
}

#[test]
fn another_pack_in_the_middle_of_a_visit_keeps_what_was_told() {
    let mut person = Person::with_card("19440301", "2");
    person.learns(person::DIBAO, Value::Flag(true));
    person.opens(Group::Applies, HELP);
    let mut other = pack();
    person::exchange(&mut other, person::BIRTH, person::DISABILITY);
    person.event(PolicyEvent::Live(Some(person::live(other, 2))));
    let page = person.page();
    assert_eq!((page.screen, page.changed), (PolicyScreen::List, true));
    assert_eq!(person.group(Group::Applies), [HIGH_AGE, OLD_AGE, HELP, WOMEN]);
}

#[test]
fn an_answer_counts_also_where_another_pack_went_live_meanwhile() {
    let mut person = Person::at_the_start();
    person.does(PolicyIntent::ToggleService);
    person.does(PolicyIntent::Agree);
    person.shows(document("19440301", "2"));
    let (call, _) = person.asked_service.clone().unwrap();
    let mut other = pack();
    person::exchange(&mut other, person::DIBAO, person::SEX);
    person.event(PolicyEvent::Live(Some(person::live(other, 2))));
    assert_eq!(person.page().stage, PolicyCardStage::Asking);
    let mut told = ServedFacts::default();
    told.facts.learn(person::DIBAO, Value::Flag(true), Origin::Service { as_of: Day::new(2026, 11, 1).unwrap() });
    person.event(PolicyEvent::Served(call, Some(Box::new(told))));
    assert_eq!(person.page().screen, PolicyScreen::List);
    assert_eq!(person.group(Group::Applies), [HIGH_AGE, OLD_AGE, HELP, WOMEN]);
}

#[test]
fn cards_that_are_not_read_say_how_to_do_it_right() {
    let mut person = Person::at_the_start();
    person.does(PolicyIntent::Agree);
    for (reason, hint) in [
        (NotReadReason::TakenAway, PolicyCardHint::HoldStill),
        (NotReadReason::UnknownCard, PolicyCardHint::OtherKind),
        (NotReadReason::Unreadable, PolicyCardHint::Again),
    ] {
        person.event(PolicyEvent::Presented(Presented::NotRead(reason)));
        let page = person.page();
        assert_eq!((page.stage, page.hint, page.screen), (PolicyCardStage::NotRead, hint, PolicyScreen::Card));
    }
    assert!(person.listening.cards, "it may be tried again");
}

#[test]
fn who_goes_leaves_nothing_behind() {
    let mut person = Person::with_card("19440301", "2");
    person.opens(Group::Applies, HIGH_AGE);
    let shown = format!("{:?} {:?}", person.desk, person.page());
    for personal in ["1944", "3301", "82", "0301"] {
        assert!(!shown.contains(personal), "{personal} in {shown}");
    }
    person.leaves();
    let page = person.page();
    assert_eq!((page.screen, page.detail, page.list.counts), (PolicyScreen::Start, None, [0; 4]));
    assert!(person.listening.is_nothing());
    person.enters();
    assert_eq!(person.page().screen, PolicyScreen::Start);
    person.does(PolicyIntent::WithoutCard);
    person.goes_to_the_list();
    assert!(person.group(Group::Applies).is_empty(), "the next one is another");
}

#[test]
fn without_a_pack_the_start_says_so() {
    let mut person = Person::at_a_terminal_without_policies();
    assert!(person.page().pack.is_none());
    person.does(PolicyIntent::Agree);
    assert_eq!(person.page().screen, PolicyScreen::Start);
    person.event(PolicyEvent::Live(Some(person::live(pack(), 1))));
    assert!(person.page().pack.is_some());
    person.does(PolicyIntent::Agree);
    assert_eq!(person.page().screen, PolicyScreen::Card, "who waits at the start need not go out and in again");
}

#[test]
fn policies_that_are_too_old_say_how_old() {
    let mut person = Person::at_the_start();
    assert_eq!(person.page().stale_days, None);
    person.on_day(Day::new(2027, 6, 1).unwrap());
    assert_eq!(person.page().stale_days, Some(197));
}
