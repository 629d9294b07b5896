// SPDX-License-Identifier: GPL-3.0-only
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::domain::policy::fact::{Choice, Decimal, FactKind, OptionId, PlaceCode, Value};
use crate::domain::time::WallTime;
use crate::protocol::Secret;
use crate::services::facts::{Consent, Purpose, Standing};

const ID: &str = "0123456789abcdef0123456789abcdef";
const NUMBER: &str = "11010519491231002X";

fn spec(key: &str, kind: FactKind, served: bool) -> FactSpec {
    FactSpec {
        key: key.into(),
        kind,
        label: Words::default(),
        question: None,
        hint: None,
        card: None,
        served,
        changeable: false,
        exact: false,
    }
}

fn number(least: i64, most: i64, whole: bool) -> FactKind {
    let bound = |bound| Decimal::whole(bound).unwrap();
    FactKind::Number { unit: Words::default(), least: bound(least), most: bound(most), whole }
}

fn pack() -> Pack {
    let options = ["rural", "urban"].map(|key| Choice { key: key.into(), label: Words::default() }).to_vec();
    Pack {
        key: "test".into(),
        facts: vec![
            spec("dibao", FactKind::Flag, true),
            spec("income", number(0, 1_000_000, false), true),
            spec("people", number(1, 20, true), true),
            spec("hukou", FactKind::Choice { options }, true),
            spec("district", FactKind::Place, true),
            spec("since", FactKind::Day, true),
            spec("children", FactKind::Days, true),
            spec("private", FactKind::Flag, false),
        ],
        ..Pack::default()
    }
}

fn day(text: &str) -> Day {
    Day::parse_iso(text).unwrap()
}

fn all() -> Vec<FactId> {
    (0..8).map(FactId).collect()
}

fn decode(text: &str) -> Result<FactAnswer, DecodeError> {
    let pack = pack();
    decode_answer(text.as_bytes(), &pack, &asked_facts(&pack, &all()), ID, day("2026-11-22"))
}

/// An answer with those entries.
fn with(entries: &str) -> FactAnswer {
    decode(&format!(r#"{{"protocol":1,"request":"{ID}","facts":{{{entries}}}}}"#)).unwrap()
}

/// The standing and the value of the fact `key` where the service says `value` of it.
fn told(key: &str, value: &str) -> (Standing, Option<Value>) {
    let register = r#""register":{"zh":"登记","en":"Register"},"as_of":"2026-11-01""#;
    let answer = with(&format!(r#""{key}":{{"value":{value},{register}}}"#));
    let fact = FactId(u16::try_from(pack().facts.iter().position(|spec| spec.key == key).unwrap()).unwrap());
    (answer.standing(fact), answer.facts.get(fact).cloned())
}

fn decimal(text: &str) -> Value {
    Value::Number(Decimal::parse(text).unwrap())
}

#[test]
fn every_kind_of_value_is_read() {
    for (key, text, value) in [
        ("dibao", "true", Value::Flag(true)),
        ("dibao", "false", Value::Flag(false)),
        ("dibao", "null", Value::Nothing),
        ("income", "735", decimal("735")),
        ("income", "\"735.10\"", decimal("735.1")),
        ("income", "123456.789012", decimal("123456.789012")),
        ("income", "0", decimal("0")),
        ("income", "1000000", decimal("1000000")),
        ("income", "null", Value::Nothing),
        ("people", "4", decimal("4")),
        ("people", "4.0", decimal("4")),
        ("hukou", "\"urban\"", Value::Choice(OptionId(1))),
        ("hukou", "\"\\u0075rban\"", Value::Choice(OptionId(1))),
        ("hukou", "null", Value::Nothing),
        ("district", "\"330106\"", Value::Place(PlaceCode::parse("330106").unwrap())),
        ("since", "\"2026-05-11\"", Value::Day(day("2026-05-11"))),
        ("children", "[]", Value::Days(vec![])),
        ("children", "[\"2020-02-29\", \"2023-01-31\"]", Value::Days(vec![day("2020-02-29"), day("2023-01-31")])),
    ] {
        assert_eq!(told(key, text), (Standing::Told, Some(value)), "{key} {text}");
    }
}

#[test]
fn a_value_that_the_table_does_not_allow_is_dropped_with_its_reason() {
    use DropReason::*;
    let many = format!("[{}]", vec!["\"2020-01-01\""; 33].join(","));
    for (key, text, reason) in [
        ("dibao", "1", WrongKind),
        ("dibao", "\"true\"", WrongKind),
        ("income", "true", WrongKind),
        ("income", "[1]", WrongKind),
        ("income", "1e3", Notation),
        ("income", "0.1234567", Notation),
        ("income", "\"1,000\"", Notation),
        ("income", "\"\"", Notation),
        ("income", "99999999999999999999", Notation),
        ("income", "-0.01", OutOfRange),
        ("income", "1000000.000001", OutOfRange),
        ("people", "0", OutOfRange),
        ("people", "2.5", NotWhole),
        ("hukou", "\"Urban\"", UnknownOption),
        ("hukou", "1", WrongKind),
        ("hukou", "{}", WrongKind),
        ("district", "\"33010\"", NotAPlace),
        ("district", "330106", WrongKind),
        ("since", "\"2025-02-29\"", NotADay),
        ("since", "\"2025-02-28T00:00:00Z\"", NotADay),
        ("since", "20250228", WrongKind),
        ("children", "\"2020-01-01\"", WrongKind),
        ("children", "[\"2020-01-01\",null]", WrongKind),
        ("children", "[\"2020-13-01\"]", NotADay),
        ("children", many.as_str(), TooManyDays),
    ] {
        assert_eq!(told(key, text), (Standing::Dropped(reason), None), "{key} {text}");
    }
}

#[test]
fn one_bad_entry_spoils_no_other() {
    let register = r#""register":{"zh":"登记","en":"Register"}"#;
    let answer = with(&format!(
        r#""dibao":{{"value":true,{register},"as_of":"2026-11-22"}},
           "income":7,
           "people":{{"value":3,"as_of":"2026-11-01"}},
           "hukou":{{"value":"rural",{register}}},
           "district":{{"not_allowed":true}},
           "since":{{"value":"2026-01-01",{register},"as_of":"2026-11-24"}},
           "children":{{{register},"as_of":"2026-11-01"}},
           "private":{{"value":true,{register},"as_of":"2026-11-01"}},
           "shoe-size":{{"value":true,{register},"as_of":"2026-11-01"}}"#
    ));
    let standings: Vec<_> = all().into_iter().map(|fact| answer.standing(fact)).collect();
    assert_eq!(
        standings,
        [
            Standing::Told,
            Standing::Dropped(DropReason::Form),
            Standing::Dropped(DropReason::NoRegister),
            Standing::Dropped(DropReason::NoDay),
            Standing::NotAllowed,
            Standing::Dropped(DropReason::DayAhead),
            Standing::Dropped(DropReason::Form),
            Standing::NotKnown,
        ]
    );
    assert_eq!(answer.strangers, 2, "what is not served and what no table has is not taken");
    assert_eq!(answer.facts.origin(FactId(0)), Some(Origin::Service { as_of: day("2026-11-22") }));
    assert_eq!(answer.register(FactId(0)).map(|register| register.en.as_str()), Some("Register"));
    assert_eq!(answer.register(FactId(1)), None);
    let mut facts = crate::domain::policy::fact::Facts::new();
    answer.learn_into(&mut facts);
    assert_eq!(facts.iter().count(), 1);
    assert!(!format!("{answer:?}").contains("true"), "values do not show: {answer:?}");
}

#[test]
fn contradictions_are_not_decided_by_chance() {
    let entry = |value| format!(r#"{{"value":{value},"register":{{"zh":"a","en":"b"}},"as_of":"2026-11-01"}}"#);
    let answer = with(&format!(r#""dibao":{},"dibao":{}"#, entry("true"), entry("false")));
    assert_eq!(answer.standing(FactId(0)), Standing::Dropped(DropReason::Twice));
    let answer = with(&format!(r#""dibao":{}"#, entry("true").replacen('{', r#"{"not_allowed":true,"#, 1)));
    assert_eq!(answer.standing(FactId(0)), Standing::Dropped(DropReason::Form));
    let answer = with(r#""dibao":{"value":true,"value":false,"register":{"zh":"a","en":"b"},"as_of":"2026-11-01"}"#);
    assert_eq!(answer.standing(FactId(0)), Standing::Dropped(DropReason::Form));
}

#[test]
fn a_registers_name_can_be_drawn_and_printed() {
    let entry = |zh: &str| {
        with(&format!(r#""dibao":{{"value":true,"register":{{"zh":"{zh}","en":"R"}},"as_of":"2026-11-01"}}"#))
    };
    let zh = |answer: &FactAnswer| answer.register(FactId(0)).map(|register| register.zh.clone());
    assert_eq!(zh(&entry("\\u001b@民政\\u202e登记")).as_deref(), Some("@民政登记"));
    assert_eq!(zh(&entry(&"长".repeat(500))).map(|name| name.chars().count()), Some(MOST_REGISTER_CHARS));
    assert_eq!(entry("\\u200b").standing(FactId(0)), Standing::Dropped(DropReason::NoRegister));
}

#[test]
fn an_answer_of_another_question_or_protocol_is_refused_in_whole() {
    let other = decode(r#"{"protocol":1,"request":"ffffffffffffffffffffffffffffffff","facts":{}}"#);
    assert_eq!(other, Err(DecodeError::OtherQuestion));
    assert_eq!(decode(&format!(r#"{{"protocol":2,"request":"{ID}","facts":{{}}}}"#)), Err(DecodeError::OtherProtocol));
    for bad in ["", "[]", "{}", "null", "<html>", r#"{"protocol":1,"request":7,"facts":{}}"#, "{\"protocol\":1"] {
        assert!(matches!(decode(bad), Err(DecodeError::NotAnAnswer { .. })), "{bad}");
    }
    let list = decode(&format!(r#"{{"protocol":1,"request":"{ID}","facts":[1]}}"#));
    assert!(matches!(list, Err(DecodeError::NotAnAnswer { .. })));
    let further = decode(&format!(r#"{{"protocol":1,"request":"{ID}","facts":{{}},"more":[1,2]}}"#)).unwrap();
    assert_eq!(further, FactAnswer::default(), "members that nobody knows are left alone");
}

#[test]
fn an_endless_answer_is_counted_and_not_kept() {
    let entries: Vec<String> = (0..MOST_ENTRIES + 500).map(|index| format!("\"k{index}\":1")).collect();
    let answer = with(&entries.join(","));
    assert_eq!((answer.strangers, answer.dropped.len()), (MOST_ENTRIES + 500, 0));
}

#[test]
fn only_served_facts_are_asked_for_each_once() {
    let pack = pack();
    let wanted = [FactId(7), FactId(3), FactId(0), FactId(3), FactId(99)];
    assert_eq!(asked_facts(&pack, &wanted), [FactId(0), FactId(3)]);
    let many = Pack { facts: vec![spec("k", FactKind::Flag, true); 500], ..Pack::default() };
    assert_eq!(asked_facts(&many, &(0..500).map(FactId).collect::<Vec<_>>()).len(), MOST_ASKED);
}

#[test]
fn a_request_says_who_what_for_and_by_whose_consent() {
    let request = FactRequest {
        number: Secret::from(NUMBER),
        consent: Consent {
            reference: "f".repeat(32),
            purpose: Purpose::PolicyEligibility,
            given_at: WallTime(1_795_340_000),
        },
        pack: Arc::new(pack()),
        wanted: all(),
        today: day("2026-11-22"),
    };
    let body = encode_request(&request, &[FactId(0), FactId(3)], ID).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "protocol": 1, "request": ID, "number": NUMBER, "pack": "test", "facts": ["dibao", "hukou"],
            "consent": {
                "reference": "f".repeat(32), "purpose": "policy-eligibility", "given_at": "2026-11-22T09:33:20Z",
            },
        })
    );
    assert!(!format!("{request:?}").contains(NUMBER));
    let never = Consent { given_at: WallTime(i64::MAX), ..request.consent.clone() };
    assert!(encode_request(&FactRequest { consent: never, ..request }, &[FactId(0)], ID).is_err());
}

proptest! {
    #[test]
    fn any_value_is_taken_or_dropped_and_never_both(value in "[ -~]{0,24}", key in 0_usize..7) {
        let key = pack().facts[key].key.clone();
        let text = format!(r#"{{"protocol":1,"request":"{ID}","facts":{{"{key}":{{"value":{value},"register":{{"zh":"a","en":"b"}},"as_of":"2026-11-01"}}}}}}"#);
        if let Ok(answer) = decode(&text) {
            let taken = answer.facts.iter().count();
            prop_assert!(taken + answer.dropped.len() + answer.not_allowed.len() <= 7);
            prop_assert_eq!(taken, answer.registers.len());
        }
    }

    #[test]
    fn any_number_within_bounds_is_read_exactly(steps in 0_i64..=1_000_000_000_000) {
        let number = Decimal::from_steps(steps);
        prop_assert_eq!(told("income", &number.to_string()), (Standing::Told, Some(Value::Number(number))));
    }
}
