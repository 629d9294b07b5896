// SPDX-License-Identifier: GPL-3.0-only
//! Any bytes as the answer of a community's data service.
#![no_main]

use doorstep::domain::day::Day;
use doorstep::domain::policy::fact::{Choice, Decimal, FactId, FactKind, FactSpec, MOST_DAYS, Value};
use doorstep::domain::policy::pack::{Pack, Words};
use doorstep::services::facts::codec::{MOST_REGISTER_CHARS, asked_facts, decode_answer};
use libfuzzer_sys::fuzz_target;

/// The question of which the seeds are answers.
const ID: &str = "0123456789abcdef0123456789abcdef";

fn spec(key: &str, kind: FactKind) -> FactSpec {
    FactSpec {
        key: key.into(),
        kind,
        label: Words::default(),
        question: None,
        hint: None,
        card: None,
        served: key != "private",
        changeable: false,
        exact: false,
    }
}

fn pack() -> Pack {
    let options = ["rural", "urban"].map(|key| Choice { key: key.into(), label: Words::default() }).to_vec();
    let (least, most) = (Decimal::ZERO, Decimal::from_steps(1_000 * Decimal::STEPS));
    let number = |whole| FactKind::Number { unit: Words::default(), least, most, whole };
    let facts = vec![
        spec("flag", FactKind::Flag),
        spec("number", number(false)),
        spec("whole", number(true)),
        spec("choice", FactKind::Choice { options }),
        spec("place", FactKind::Place),
        spec("day", FactKind::Day),
        spec("days", FactKind::Days),
        spec("private", FactKind::Flag),
    ];
    Pack { facts, ..Pack::default() }
}

fuzz_target!(|bytes: &[u8]| {
    let pack = pack();
    let asked = asked_facts(&pack, &(0..8).map(FactId).collect::<Vec<_>>());
    let today = Day { year: 2026, month: 11, day: 22 };
    let Ok(answer) = decode_answer(bytes, &pack, &asked, ID, today) else { return };
    assert!(answer.facts.get(FactId(7)).is_none(), "a fact that is not served was taken");
    for (fact, value, _) in answer.facts.iter() {
        let fits = match (value, fact.0) {
            (Value::Nothing, 0..=6) | (Value::Flag(_), 0) | (Value::Place(_), 4) => true,
            (Value::Number(number), 1) => {
                (Decimal::ZERO..=Decimal::from_steps(1_000 * Decimal::STEPS)).contains(number)
            }
            (Value::Number(number), 2) => number.steps() % Decimal::STEPS == 0,
            (Value::Choice(option), 3) => option.0 < 2,
            (Value::Day(day), 5) => Day::new(day.year, day.month, day.day).is_some(),
            (Value::Days(days), 6) => days.len() <= MOST_DAYS,
            _ => false,
        };
        assert!(fits, "a value that the table does not allow was taken");
        let register = answer.register(fact).map_or(0, |words| words.zh.chars().count().max(words.en.chars().count()));
        assert!((1..=MOST_REGISTER_CHARS).contains(&register), "no register, or one too long to be drawn");
    }
    let taken = answer.facts.iter().count();
    assert!(taken + answer.dropped.len() + answer.not_allowed.len() <= asked.len(), "a fact stands in two ways");
});
