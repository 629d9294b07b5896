// SPDX-License-Identifier: GPL-3.0-only
//! Questions that are skipped and taken back, and what is left of an answer.

use super::person::{BIRTH, CARE, DISABILITY, HELP, INCOME, Person, document, pack, policy, spec};
use super::*;
use crate::domain::policy::engine::{Ask, Show, TermEnd};
use crate::domain::policy::fact::{Decimal, FactKind};
use crate::domain::policy::pack::Pack;
use crate::domain::policy::rule::{Clause, Comparison, Quantity, TermUnit, Test};

const SINCE: FactId = FactId(5);

fn at_the_card_of(pack: Pack) -> Person {
    let mut person = Person::at_the_start_of(pack);
    person.does(PolicyIntent::Agree);
    person.shows(document("19440301", "2"));
    person
}

/// One policy with this condition about a day.
fn about_a_day(clauses: Vec<Clause>) -> Pack {
    let mut pack = pack();
    pack.facts.push(spec("since", FactKind::Day));
    pack.policies = vec![policy("since", clauses, None)];
    pack
}

fn months(comparison: Comparison, number: i64) -> Clause {
    Test::Term(SINCE, TermUnit::Months, comparison, Quantity::Fixed(Decimal::whole(number).unwrap())).into()
}

#[test]
fn what_was_skipped_can_be_gone_back_to() {
    let mut person = Person::with_card("19440301", "2");
    person.does(PolicyIntent::Ask);
    let first = person.page().question.unwrap();
    person.does(PolicyIntent::Skip);
    let second = person.page().question.unwrap();
    assert!(second.before && second.left == first.left - 1);
    person.does(PolicyIntent::AskBefore);
    let again = person.page().question.unwrap();
    assert_eq!((again.fact, again.left, again.before), (first.fact, first.left, false));
}

#[test]
fn the_questions_of_one_policy_are_fewer_when_one_was_skipped() {
    let mut both = pack();
    let care = both.policies[CARE].conditions.clone();
    both.policies[HELP].conditions.extend(care);
    let mut person = at_the_card_of(both);
    person.opens(Group::Needs, HELP);
    person.does(PolicyIntent::AskForThis);
    assert_eq!(person.page().question.unwrap().left, 2);
    person.does(PolicyIntent::Skip);
    assert_eq!(person.page().question.unwrap().left, 1, "this is the last one");
    person.does(PolicyIntent::Skip);
    let page = person.page();
    assert_eq!(page.screen, PolicyScreen::Detail);
    assert!(!page.detail.unwrap().can_ask);
}

#[test]
fn taking_an_answer_back_leaves_what_the_service_told() {
    let mut two = pack();
    two.policies.retain(|policy| matches!(policy.key.as_str(), "help" | "top-up"));
    two.policies[0].conditions.push(Test::Some(DISABILITY).into());
    two.facts[usize::from(INCOME.0)].served = true;
    let mut person = Person::at_the_start_of(two);
    person.does(PolicyIntent::ToggleService);
    person.does(PolicyIntent::Agree);
    person.shows(document("19440301", "2"));
    let (call, _) = person.asked_service.clone().unwrap();
    let between = Value::NumberBetween(Decimal::whole(500).unwrap(), Decimal::whole(900).unwrap());
    let mut told = Facts::new();
    told.learn(INCOME, between.clone(), Origin::Service { as_of: Day::new(2026, 11, 1).unwrap() });
    person.event(PolicyEvent::Served(call, Some(Box::new(ServedFacts { facts: told, registers: Vec::new() }))));
    person.does(PolicyIntent::Ask);
    assert_eq!(person.page().question.unwrap().ask, Ask::Number, "what settles most comes first");
    person.types("600");
    assert_ne!(person.page().question.unwrap().fact, INCOME);
    person.does(PolicyIntent::AskBefore);
    assert_eq!(person.page().question.unwrap().fact, INCOME);
    assert!(person.desk.visit.as_ref().unwrap().facts.get(INCOME) == Some(&between), "as the service told it");
}

#[test]
fn who_goes_back_while_the_service_is_asked_leaves_no_card_behind() {
    let mut person = Person::at_the_start();
    person.does(PolicyIntent::ToggleService);
    person.does(PolicyIntent::Agree);
    person.does(PolicyIntent::Back);
    assert!(person.page().service_agreed, "no card was read: it is the same person");
    person.does(PolicyIntent::Agree);
    person.shows(document("19440301", "2"));
    let (call, _) = person.asked_service.clone().unwrap();
    person.does(PolicyIntent::Back);
    assert!(!person.page().service_agreed, "somebody else may begin");
    person.event(PolicyEvent::Served(call, None));
    assert_eq!(person.page().screen, PolicyScreen::Start, "nobody waits for that any more");
    person.does(PolicyIntent::WithoutCard);
    person.goes_to_the_list();
    assert!(person.group(Group::Applies).is_empty());
    assert!(person.desk.visit.as_ref().unwrap().facts.get(BIRTH).is_none());
}

#[test]
fn who_does_not_wait_for_the_service_is_not_brought_back_by_it() {
    let mut person = Person::at_the_start();
    person.does(PolicyIntent::ToggleService);
    person.does(PolicyIntent::Agree);
    person.shows(document("19440301", "2"));
    let (call, _) = person.asked_service.clone().unwrap();
    person.does(PolicyIntent::WithoutCard);
    let screen = person.page().screen;
    person.event(PolicyEvent::Served(call, None));
    person.passes(Duration::from_secs(20));
    let page = person.page();
    assert_eq!((page.screen, page.service_silent), (screen, false));
}

#[test]
fn an_answer_by_a_span_is_shown_as_that_span() {
    let end = |term, unit| Some(TermEnd { term, unit });
    let known = |clause: Clause, answer: usize| {
        let mut person = at_the_card_of(about_a_day(vec![clause]));
        person.does(PolicyIntent::Ask);
        let question = person.page().question.unwrap();
        assert_eq!(question.ask, Ask::Terms);
        assert!(matches!(question.answers[answer].show, Show::Term { .. }));
        person.does(PolicyIntent::Answer(answer));
        person.goes_to_the_list();
        let group = if person.group(Group::Applies).is_empty() { Group::Not } else { Group::Applies };
        let group = if person.group(group).is_empty() { Group::Later } else { group };
        person.opens(group, 0);
        person.page().detail.unwrap().reasons[0].test.as_ref().unwrap().known
    };
    let half_a_year = || months(Comparison::AtLeast, 6);
    assert_eq!(known(half_a_year(), 0), FactShown::TermBetween(None, end(6, TermUnit::Months)));
    assert_eq!(known(half_a_year(), 1), FactShown::TermBetween(end(6, TermUnit::Months), None));
    let days = Quantity::Fixed(Decimal::whole(20).unwrap());
    let days: Clause = Test::Term(SINCE, TermUnit::Days, Comparison::AtLeast, days).into();
    assert_eq!(known(days.clone(), 0), FactShown::TermBetween(None, end(20, TermUnit::Days)));
    assert_eq!(known(days, 1), FactShown::TermBetween(end(20, TermUnit::Days), None));
}
