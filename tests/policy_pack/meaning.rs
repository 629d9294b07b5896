// SPDX-License-Identifier: GPL-3.0-only
//! What is written is what is meant: the sample pack as the types of the domain.

use doorstep::domain::day::{Day, LeapDay};
use doorstep::domain::policy::fact::{Decimal, FactId, OptionId, PlaceCode, Value};
use doorstep::domain::policy::pack::{Amount, Period, Unit};
use doorstep::domain::policy::rule::{ClauseKind, Comparison, Quantity, TermUnit, Test};
use doorstep::policies::read;

use super::sample;

fn number(text: &str) -> Decimal {
    Decimal::parse(text).unwrap()
}

fn day(text: &str) -> Day {
    Day::parse_iso(text).unwrap()
}

fn fixed(text: &str) -> Quantity {
    Quantity::Fixed(number(text))
}

#[test]
fn conditions_are_the_tests_that_they_say() {
    let pack = read(&sample()).unwrap().pack;
    let tests = |policy: usize| {
        let mut found = Vec::new();
        let mut open: Vec<_> = pack.policies[policy].conditions.iter().rev().collect();
        while let Some(clause) = open.pop() {
            match &clause.kind {
                ClauseKind::Test(test) => found.push(test.clone()),
                ClauseKind::All(inner) | ClauseKind::Any(inner) => open.extend(inner.iter().rev()),
                ClauseKind::Not(inner) => open.push(inner),
            }
        }
        found
    };
    let fact = |key: &str| FactId(u16::try_from(pack.facts.iter().position(|spec| spec.key == key).unwrap()).unwrap());
    let place = |code: &str| PlaceCode::parse(code).unwrap();
    assert_eq!(
        tests(0),
        [
            Test::Term(fact("birth"), TermUnit::Years, Comparison::AtLeast, fixed("80")),
            Test::Within(fact("district"), vec![place("33"), place("310115")]),
        ]
    );
    assert_eq!(
        tests(2),
        [
            Test::Ratio {
                over: fact("income"),
                under: fact("household-size"),
                times: number("12"),
                comparison: Comparison::Less,
                value: Quantity::Parameter(0),
            },
            Test::OneOf(fact("hukou"), vec![OptionId(0), OptionId(1)]),
            Test::Number(fact("household-size"), Comparison::More, fixed("3")),
        ]
    );
    assert_eq!(
        tests(3),
        [
            Test::Count {
                days: fact("children"),
                unit: TermUnit::Years,
                from: 0,
                to: 2,
                comparison: Comparison::AtLeast,
                value: fixed("1"),
            },
            Test::Some(fact("relief")),
            Test::Number(fact("income"), Comparison::AtMost, fixed("120000")),
        ]
    );
    assert_eq!(
        tests(4),
        [
            Test::OneOf(fact("sex"), vec![OptionId(1)]),
            Test::Term(fact("insured-since"), TermUnit::Months, Comparison::AtLeast, fixed("6")),
            Test::Term(fact("insured-since"), TermUnit::Days, Comparison::Less, fixed("4000")),
            Test::Yes(fact("relief")),
        ]
    );
    assert_eq!(pack.policies[4].interest, Some(Test::Yes(fact("wants-loan"))));
    let pension = &pack.policies[1].profiles;
    assert_eq!(pension[0].conditions[0].kind, ClauseKind::Test(Test::Reached(fact("birth"), 0)));
    let before = Test::Date(fact("birth"), Comparison::Less, day("1949-10-01"));
    assert_eq!(pension[1].conditions[0].kind, ClauseKind::Test(before));
}

#[test]
fn what_is_asked_for_as_no_is_the_opposite() {
    let pack = read(&sample()).unwrap().pack;
    let ClauseKind::Not(inner) = &pack.policies[4].conditions[3].kind else { panic!("is: false is no opposite") };
    assert!(matches!(inner.kind, ClauseKind::Test(Test::Yes(_))));
    let ClauseKind::Not(inner) = &pack.policies[5].conditions[0].kind else { panic!("not is no opposite") };
    let ClauseKind::Not(inner) = &inner.kind else { panic!("some: false is no opposite") };
    assert!(matches!(inner.kind, ClauseKind::Test(Test::Some(_))));
}

#[test]
fn amounts_are_those_that_are_written() {
    let pack = read(&sample()).unwrap().pack;
    let benefit = |policy: usize| &pack.policies[policy].benefit;
    let Some(Amount::Scale(rows)) = &benefit(0).amount else { panic!("no scale") };
    assert_eq!(rows.iter().map(|(_, amount)| *amount).collect::<Vec<_>>(), [fixed("500"), fixed("200"), fixed("100")]);
    assert_eq!(rows[2].0.kind, ClauseKind::All(Vec::new()));
    assert_eq!(benefit(1).amount, Some(Amount::From(fixed("143"))));
    assert_eq!(benefit(2).amount, Some(Amount::TopUp { standard: Quantity::Parameter(0), less: FactId(5) }));
    let each = Amount::Each { each: fixed("300"), of: FactId(6), most: Some(fixed("900")) };
    assert_eq!(benefit(3).amount, Some(each));
    assert_eq!(benefit(4).amount, Some(Amount::UpTo(fixed("300000"))));
    assert_eq!(benefit(5).amount, Some(Amount::Between(fixed("50"), fixed("70"))));
    assert_eq!((&benefit(5).unit, benefit(5).period), (&Unit::Percent, Period::Lasting));
    assert_eq!((&benefit(0).unit, benefit(0).period), (&Unit::Yuan, Period::Month));
}

#[test]
fn parameters_hold_from_their_days_on() {
    let pack = read(&sample()).unwrap().pack;
    let line = &pack.parameters[0];
    assert_eq!((line.key.as_str(), pack.leap_day), ("relief-line", LeapDay::March1));
    assert_eq!(line.values, [(day("2024-01-01"), number("800")), (day("2026-07-01"), number("850.5"))]);
    assert_eq!(pack.schedules[0].steps, [(day("1900-01-01"), 720), (day("1965-01-01"), 721)]);
}

#[test]
fn what_is_known_of_a_case_is_what_is_written() {
    let reading = read(&sample()).unwrap();
    let known = |case: usize, fact: u16| reading.cases[case].facts.get(FactId(fact)).cloned();
    assert_eq!(known(0, 0), Some(Value::Day(day("1944-03-01"))));
    assert_eq!(known(0, 2), PlaceCode::parse("330106").map(Value::Place));
    assert_eq!(known(0, 4), Some(Value::Flag(false)));
    assert_eq!(known(0, 8), Some(Value::Nothing));
    assert_eq!(known(0, 5), None);
    assert_eq!(known(1, 7), Some(Value::DayBetween(day("2000-01-01"), day("2000-12-31"))));
    assert_eq!(known(3, 8), Some(Value::Days(vec![day("2025-01-31")])));
}

#[test]
fn chinese_lines_are_joined_without_a_space() {
    let folded = "summary:\n      zh: >-\n        年满八十周岁的老人，\n        每月领津贴。\n      en: >-\n        People of eighty\n        and more.";
    let from =
        "summary: {zh: 80 周岁以上的老人每月领津贴。, en: People of 80 and more receive an allowance every month.}";
    let pack = read(&super::changed("policies/10-elder.yaml", from, folded)).unwrap().pack;
    assert_eq!(pack.policies[0].summary.zh, "年满八十周岁的老人，每月领津贴。");
    assert_eq!(pack.policies[0].summary.en, "People of eighty and more.");
}
