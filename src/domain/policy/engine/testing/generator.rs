// SPDX-License-Identifier: GPL-3.0-only
//! Random packs and people: small, so that everything that can be is met often.

use std::sync::Arc;

use crate::domain::day::{Day, LeapDay};
use crate::domain::policy::engine::Program;
use crate::domain::policy::fact::{
    CardFact, Choice, Decimal, FactId, FactKind, FactSpec, Facts, OptionId, Origin, PlaceCode, Value,
};
use crate::domain::policy::pack::{
    Amount, Benefit, Field, Institution, Pack, Parameter, Policy, Profile, Schedule, Source, Words,
};
use crate::domain::policy::rule::{Clause, ClauseKind, Comparison, Quantity, TermUnit, Test};

/// The day on which people come.
pub(crate) const TODAY: Day = Day { year: 2024, month: 2, day: 29 };

/// Numbers from a seed (SplitMix64).
pub(crate) struct Dice(pub u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From `0` to below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub(crate) fn between(&mut self, least: i64, most: i64) -> i64 {
        least + (self.next() % (most - least + 1) as u64) as i64
    }

    pub(crate) fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub(crate) fn pick<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }
}

pub(crate) const FLAG: FactId = FactId(0);
pub(crate) const OTHER_FLAG: FactId = FactId(1);
pub(crate) const INCOME: FactId = FactId(2);
pub(crate) const PEOPLE: FactId = FactId(3);
pub(crate) const WORK: FactId = FactId(4);
pub(crate) const PLACE: FactId = FactId(5);
pub(crate) const BIRTH: FactId = FactId(6);
pub(crate) const SINCE: FactId = FactId(7);
pub(crate) const CHILDREN: FactId = FactId(8);
pub(crate) const SHARE: FactId = FactId(9);
/// Greatest values of the numbers.
pub(crate) const MOST_INCOME: i64 = 12;
pub(crate) const MOST_PEOPLE: i64 = 4;
pub(crate) const OPTIONS: u32 = 5;
pub(crate) const PLACES: [&str; 6] = ["33", "3301", "330106", "330106002", "310115", "11"];

const COMPARISONS: [Comparison; 5] =
    [Comparison::Less, Comparison::AtMost, Comparison::Equal, Comparison::AtLeast, Comparison::More];

pub(crate) fn whole(number: i64) -> Decimal {
    Decimal::whole(number).unwrap()
}

pub(crate) fn words(text: &str) -> Words {
    Words { zh: text.to_owned(), en: text.to_owned() }
}

pub(crate) fn spec(key: &str, kind: FactKind, changeable: bool) -> FactSpec {
    let question = Some(words("?"));
    FactSpec {
        key: key.to_owned(),
        kind,
        label: words(key),
        question,
        hint: None,
        card: None,
        served: true,
        changeable,
        exact: false,
    }
}

fn specs() -> Vec<FactSpec> {
    let number = |most, whole_only| FactKind::Number {
        unit: Words::default(),
        least: Decimal::ZERO,
        most: whole(most),
        whole: whole_only,
    };
    let options = (0..OPTIONS).map(|option| Choice { key: format!("o{option}"), label: Words::default() }).collect();
    let mut specs = vec![
        spec("flag", FactKind::Flag, true),
        spec("other-flag", FactKind::Flag, true),
        spec("income", number(MOST_INCOME, true), true),
        spec("people", number(MOST_PEOPLE, true), true),
        spec("work", FactKind::Choice { options }, true),
        spec("place", FactKind::Place, true),
        spec("birth", FactKind::Day, false),
        spec("since", FactKind::Day, true),
        spec("children", FactKind::Days, false),
        spec("share", number(3, false), false),
    ];
    specs[usize::from(BIRTH.0)].card = Some(CardFact::Birth);
    specs
}

fn quantity(dice: &mut Dice, least: i64, most: i64) -> Quantity {
    match dice.below(6) {
        0 => Quantity::Parameter(dice.below(3) as u16),
        1 => Quantity::Fixed(Decimal::from_steps(dice.between(least * 2, most * 2) * Decimal::STEPS / 2)),
        _ => Quantity::Fixed(whole(dice.between(least, most))),
    }
}

fn term(dice: &mut Dice) -> (TermUnit, i64, i64) {
    dice.pick(&[(TermUnit::Days, -40, 400), (TermUnit::Months, -3, 40), (TermUnit::Years, -1, 4)])
}

pub(crate) fn test(dice: &mut Dice) -> Test {
    let comparison = dice.pick(&COMPARISONS);
    let flag = dice.pick(&[FLAG, OTHER_FLAG]);
    match dice.below(14) {
        0 | 1 => Test::Yes(flag),
        2 => Test::Some(FactId(dice.below(10) as u16)),
        3 | 4 => Test::Number(INCOME, comparison, quantity(dice, 0, MOST_INCOME)),
        5 => Test::Number(SHARE, comparison, quantity(dice, 0, 3)),
        6 => Test::Ratio {
            over: INCOME,
            under: PEOPLE,
            times: dice.pick(&[Decimal::ONE, whole(2), Decimal::from_steps(500_000)]),
            comparison,
            value: quantity(dice, 0, 6),
        },
        7 | 8 => {
            let count = dice.below(3) + 1;
            Test::OneOf(WORK, (0..count).map(|_| OptionId(dice.below(OPTIONS as usize) as u32)).collect())
        }
        9 => {
            let count = dice.below(3) + 1;
            Test::Within(PLACE, (0..count).map(|_| PlaceCode::parse(dice.pick(&PLACES)).unwrap()).collect())
        }
        10 => {
            let day = TODAY.plus_days(dice.between(-900, 400) as i32).unwrap();
            Test::Date(dice.pick(&[BIRTH, SINCE]), comparison, day)
        }
        11 => {
            let (unit, least, most) = term(dice);
            Test::Term(dice.pick(&[BIRTH, SINCE]), unit, comparison, quantity(dice, least, most))
        }
        12 => Test::Reached(dice.pick(&[BIRTH, SINCE]), 0),
        _ => {
            let (unit, least, most) = term(dice);
            let (from, to) = (dice.between(least, most) as i32, dice.between(least, most) as i32);
            let (from, to) = (from.min(to), from.max(to));
            Test::Count { days: CHILDREN, unit, from, to, comparison, value: quantity(dice, 0, 2) }
        }
    }
}

pub(crate) fn clause(dice: &mut Dice, depth: usize) -> Clause {
    if depth == 0 || !dice.one_in(3) {
        return test(dice).into();
    }
    let count = dice.below(4);
    let clauses = (0..count).map(|_| clause(dice, depth - 1)).collect();
    let kind = match dice.below(3) {
        0 => ClauseKind::All(clauses),
        1 => ClauseKind::Any(clauses),
        _ => ClauseKind::Not(Box::new(clause(dice, depth - 1))),
    };
    Clause { kind, because: None }
}

fn clauses(dice: &mut Dice, most: usize) -> Vec<Clause> {
    (0..dice.below(most + 1)).map(|_| clause(dice, 3)).collect()
}

fn amount(dice: &mut Dice) -> Option<Amount> {
    let mut some = || quantity(dice, 0, 9);
    let (a, b) = (some(), some());
    Some(match dice.below(8) {
        0 => return None,
        1 => Amount::Fixed(a),
        2 => Amount::Between(a, b),
        3 => Amount::From(a),
        4 => Amount::UpTo(a),
        5 => Amount::TopUp { standard: a, less: INCOME },
        6 => Amount::Each { each: a, of: PEOPLE, most: dice.one_in(2).then_some(b) },
        _ => Amount::Scale((0..3).map(|_| (clause(dice, 1), quantity(dice, 1, 3))).collect()),
    })
}

/// A policy with these conditions and nothing else.
pub(crate) fn policy_with(key: &str, conditions: Vec<Clause>) -> Policy {
    Policy {
        key: key.to_owned(),
        version: 1,
        title: words(key),
        summary: Words::default(),
        spoken: None,
        field: Field::Other,
        institution: 0,
        from: None,
        until: None,
        interest: None,
        profiles: Vec::new(),
        conditions,
        benefit: Benefit::default(),
        documents: Vec::new(),
        apply: None,
        deadline: None,
        source: Source { title: Words::default(), number: None, date: None, article: None, link: None },
        differs_by_place: false,
    }
}

fn policy(dice: &mut Dice, number: usize) -> Policy {
    let mut policy = policy_with(&format!("p{number}"), clauses(dice, 3));
    if dice.one_in(2) {
        let count = dice.below(3) + 1;
        policy.profiles =
            (0..count).map(|_| Profile { name: Words::default(), conditions: clauses(dice, 2) }).collect();
    }
    if dice.one_in(6) {
        policy.from = TODAY.plus_days(dice.between(-100, 200) as i32);
    }
    if dice.one_in(6) {
        policy.until = TODAY.plus_days(dice.between(200, 500) as i32);
    }
    policy.interest = dice.one_in(6).then(|| test(dice));
    policy.version = number as u32 + 3;
    policy.benefit.amount = amount(dice);
    policy
}

/// A pack of `policies` random policies over ten facts.
pub(crate) fn pack(dice: &mut Dice, policies: usize) -> Pack {
    let dated = |dice: &mut Dice, key: &str, most: i64| {
        let first = TODAY.plus_days(dice.between(-300, 100) as i32).unwrap();
        let second = first.plus_days(dice.between(1, 300) as i32).unwrap();
        let value = |dice: &mut Dice| whole(dice.between(0, most));
        Parameter { key: key.to_owned(), values: vec![(first, value(dice)), (second, value(dice))] }
    };
    let step = |dice: &mut Dice, days: i64, months: i64| {
        (TODAY.plus_days((days + dice.between(0, 100)) as i32).unwrap(), dice.between(months, months + 6) as u16)
    };
    let steps = vec![step(dice, -1200, 8), step(dice, -900, 14), step(dice, -600, 18)];
    let institution = Institution {
        key: "office".to_owned(),
        name: Words::default(),
        place: Words::default(),
        phone: String::new(),
        web: None,
    };
    Pack {
        key: "random".to_owned(),
        title: Words::default(),
        leap_day: dice.pick(&[LeapDay::February28, LeapDay::March1]),
        facts: specs(),
        parameters: vec![dated(dice, "a", 9), dated(dice, "b", 3), dated(dice, "c", 40)],
        schedules: vec![Schedule { key: "s".to_owned(), steps }],
        institutions: vec![institution],
        documents: Vec::new(),
        policies: (0..policies).map(|number| policy(dice, number)).collect(),
    }
}

pub(crate) fn program(pack: Pack) -> Program {
    Program::compile(Arc::new(pack)).unwrap()
}

/// A value that the fact may have, exactly known.
pub(crate) fn value(dice: &mut Dice, fact: FactId) -> Value {
    let day = |dice: &mut Dice| {
        let leap = Day { year: 2020, month: 2, day: 29 };
        if dice.one_in(6) { leap } else { TODAY.plus_days(dice.between(-1400, 60) as i32).unwrap() }
    };
    if dice.one_in(7) {
        return Value::Nothing;
    }
    match fact {
        FLAG | OTHER_FLAG => Value::Flag(dice.one_in(2)),
        INCOME => Value::Number(whole(dice.between(0, MOST_INCOME))),
        PEOPLE => Value::Number(whole(dice.between(0, MOST_PEOPLE))),
        SHARE => Value::Number(Decimal::from_steps(dice.between(0, 30) * 100_000)),
        WORK if dice.one_in(8) => Value::Choice(OptionId::OTHER),
        WORK => Value::Choice(OptionId(dice.below(OPTIONS as usize) as u32)),
        // The last one is a community, so that it is known to the last digit.
        PLACE => Value::Place(PlaceCode::parse(dice.pick(&["330106002015", "330106003001", "110101001001"])).unwrap()),
        BIRTH | SINCE => Value::Day(day(dice)),
        _ => {
            let count = dice.below(4);
            Value::Days((0..count).map(|_| day(dice)).collect())
        }
    }
}

/// What is known of a random person: three quarters of the facts, each exactly.
pub(crate) fn facts(dice: &mut Dice) -> Facts {
    let mut facts = Facts::new();
    for fact in (0..10).map(FactId) {
        if !dice.one_in(4) {
            let value = value(dice, fact);
            facts.learn(fact, value, Origin::Answer);
        }
    }
    facts
}
