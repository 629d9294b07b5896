// SPDX-License-Identifier: GPL-3.0-only
//! Invented policies and people, written once for each engine: the same conditions, in the form that suits it.

use std::collections::BTreeSet;

use doorstep::domain::day::{Day, LeapDay};
use doorstep::domain::policy::fact::{
    CardFact, Choice, Decimal, FactId, FactKind, FactSpec, Facts, OptionId, Origin, PlaceCode, Value,
};
use doorstep::domain::policy::pack::{Amount, Benefit, Field, Institution, Pack, Policy, Profile, Source, Words};
use doorstep::domain::policy::rule::{Clause, Comparison, Quantity, TermUnit, Test};
use serde_json::{Value as Json, json};

use crate::Outcome;

/// The day on which everybody comes.
pub const TODAY: Day = Day { year: 2026, month: 11, day: 22 };
/// Flags and choices of a person, beside age, sex, place, income and household.
pub const FLAGS: usize = 8;
pub const CHOICES: usize = 4;
pub const OPTIONS: usize = 6;
const BIRTH: FactId = FactId(0);
const INCOME: FactId = FactId(1);
const PEOPLE: FactId = FactId(2);
const PLACE: FactId = FactId(3);
const FIRST_FLAG: u16 = 4;
const FIRST_CHOICE: u16 = FIRST_FLAG + FLAGS as u16;

/// Numbers from a seed (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }
}

#[derive(Clone)]
pub enum Condition {
    AgeFrom(i64),
    AgeBelow(i64),
    IncomeBelow(i64),
    /// Income a year for each of the household and each month.
    QuotientBelow(i64),
    Flag(usize),
    OneOf(usize, Vec<usize>),
    /// Provinces, prefectures or counties: digits of the codes, and the codes.
    Within(usize, Vec<String>),
}

pub struct Rule {
    pub profiles: Vec<Vec<Condition>>,
    pub conditions: Vec<Condition>,
}

pub struct Person {
    pub age: i64,
    pub born: Day,
    income: i64,
    people: i64,
    /// Six digits.
    pub county: String,
    flags: Vec<bool>,
    choices: Vec<usize>,
}

fn county(dice: &mut Dice) -> String {
    format!("{}{:02}{:02}", [11, 31, 33, 44, 51][dice.below(5)], 1 + dice.below(9), 1 + dice.below(12))
}

fn condition(dice: &mut Dice) -> Condition {
    match dice.below(10) {
        0 | 1 => Condition::AgeFrom(16 + 2 * dice.below(38) as i64),
        2 => Condition::AgeBelow(18 + 2 * dice.below(40) as i64),
        3 => Condition::IncomeBelow(500 * (1 + dice.below(40)) as i64),
        4 => Condition::QuotientBelow(100 * (1 + dice.below(20)) as i64),
        5 => Condition::Flag(dice.below(FLAGS)),
        6 | 7 => Condition::OneOf(dice.below(CHOICES), (0..1 + dice.below(3)).map(|_| dice.below(OPTIONS)).collect()),
        _ => {
            let digits = [2, 4, 6][dice.below(3)];
            Condition::Within(digits, (0..1 + dice.below(12)).map(|_| county(dice)[..digits].to_owned()).collect())
        }
    }
}

pub fn rules(count: usize) -> Vec<Rule> {
    let mut dice = Dice(20_261_122);
    let some = |dice: &mut Dice, least: usize, most: usize| {
        (0..least + dice.below(most - least + 1)).map(|_| condition(dice)).collect()
    };
    let rule = |dice: &mut Dice| Rule {
        profiles: (0..dice.below(4)).map(|_| some(dice, 1, 3)).collect(),
        conditions: some(dice, 1, 4),
    };
    (0..count).map(|_| rule(&mut dice)).collect()
}

pub fn people(count: usize) -> Vec<Person> {
    let mut dice = Dice(4711);
    let person = |dice: &mut Dice| {
        let born = TODAY.plus_days(-(dice.below(95 * 365) as i32)).unwrap_or(TODAY);
        Person {
            age: i64::from(born.years_until(TODAY, LeapDay::February28)),
            born,
            income: 100 * dice.below(300) as i64,
            people: 1 + dice.below(6) as i64,
            county: county(dice),
            flags: (0..FLAGS).map(|_| dice.below(3) == 0).collect(),
            choices: (0..CHOICES).map(|_| dice.below(OPTIONS)).collect(),
        }
    };
    (0..count).map(|_| person(&mut dice)).collect()
}

impl Condition {
    fn ours(&self) -> Outcome<Clause> {
        let number = |number: i64| Decimal::whole(number).map(Quantity::Fixed).ok_or("too large");
        Ok(match self {
            Self::AgeFrom(age) => Test::Term(BIRTH, TermUnit::Years, Comparison::AtLeast, number(*age)?),
            Self::AgeBelow(age) => Test::Term(BIRTH, TermUnit::Years, Comparison::Less, number(*age)?),
            Self::IncomeBelow(line) => Test::Number(INCOME, Comparison::Less, number(*line)?),
            Self::QuotientBelow(line) => Test::Ratio {
                over: INCOME,
                under: PEOPLE,
                times: Decimal::whole(12).ok_or("too large")?,
                comparison: Comparison::Less,
                value: number(*line)?,
            },
            Self::Flag(flag) => Test::Yes(FactId(FIRST_FLAG + *flag as u16)),
            Self::OneOf(choice, options) => {
                let options = options.iter().map(|option| OptionId(*option as u32)).collect();
                Test::OneOf(FactId(FIRST_CHOICE + *choice as u16), options)
            }
            Self::Within(_, places) => {
                Test::Within(PLACE, places.iter().filter_map(|code| PlaceCode::parse(code)).collect())
            }
        }
        .into())
    }

    /// JSON logic: <https://jsonlogic.com>.
    fn json_logic(&self) -> Json {
        let var = |name: &str| json!({ "var": name });
        match self {
            Self::AgeFrom(age) => json!({ ">=": [var("age"), age] }),
            Self::AgeBelow(age) => json!({ "<": [var("age"), age] }),
            Self::IncomeBelow(line) => json!({ "<": [var("income"), line] }),
            Self::QuotientBelow(line) => json!({ "<": [var("income"), { "*": [var("people"), 12 * line] }] }),
            Self::Flag(flag) => json!({ "==": [var(&format!("flag{flag}")), true] }),
            Self::OneOf(choice, options) => json!({ "in": [var(&format!("choice{choice}")), options] }),
            Self::Within(digits, places) => json!({ "in": [var(&format!("place{digits}")), places] }),
        }
    }

    /// Common Expression Language.
    fn cel(&self) -> String {
        match self {
            Self::AgeFrom(age) => format!("age >= {age}"),
            Self::AgeBelow(age) => format!("age < {age}"),
            Self::IncomeBelow(line) => format!("income < {line}"),
            Self::QuotientBelow(line) => format!("income < people * {}", 12 * line),
            Self::Flag(flag) => format!("flag{flag}"),
            Self::OneOf(choice, options) => format!("choice{choice} in {options:?}"),
            Self::Within(digits, places) => format!("place{digits} in {places:?}"),
        }
    }

    /// As it stands in a pack. What is in a list twice is written once.
    fn yaml(&self) -> String {
        match self {
            Self::AgeFrom(age) => format!("{{fact: birth, years: \">= {age}\"}}"),
            Self::AgeBelow(age) => format!("{{fact: birth, years: \"< {age}\"}}"),
            Self::IncomeBelow(line) => format!("{{fact: income, number: \"< {line}\"}}"),
            Self::QuotientBelow(line) => format!("{{ratio: income, by: people, times: 12, number: \"< {line}\"}}"),
            Self::Flag(flag) => format!("{{fact: flag{flag}, is: true}}"),
            Self::OneOf(choice, options) => {
                let options: BTreeSet<String> = options.iter().map(|option| format!("o{option}")).collect();
                let options: Vec<String> = options.into_iter().collect();
                format!("{{fact: choice{choice}, one_of: [{}]}}", options.join(", "))
            }
            Self::Within(_, places) => {
                let places: BTreeSet<String> = places.iter().map(|place| format!("\"{place}\"")).collect();
                let places: Vec<String> = places.into_iter().collect();
                format!("{{fact: place, within: [{}]}}", places.join(", "))
            }
        }
    }
}

/// A list of conditions as it stands in a pack.
pub fn yaml(conditions: &[Condition]) -> String {
    conditions.iter().map(Condition::yaml).collect::<Vec<_>>().join(", ")
}

impl Rule {
    pub fn json_logic(&self) -> Json {
        let all = |conditions: &[Condition]| conditions.iter().map(Condition::json_logic).collect::<Vec<_>>();
        let mut both = all(&self.conditions);
        if !self.profiles.is_empty() {
            let profiles = self.profiles.iter().map(|profile| json!({ "and": all(profile) }));
            both.push(json!({ "or": profiles.collect::<Vec<_>>() }));
        }
        json!({ "and": both })
    }

    pub fn cel(&self) -> String {
        let all = |conditions: &[Condition]| conditions.iter().map(Condition::cel).collect::<Vec<_>>().join(" && ");
        let conditions = all(&self.conditions);
        if self.profiles.is_empty() {
            return conditions;
        }
        let profiles = self.profiles.iter().map(|profile| format!("({})", all(profile)));
        format!("{conditions} && ({})", profiles.collect::<Vec<_>>().join(" || "))
    }
}

impl Person {
    /// Everything that is to know, for the peers: the age and the levels of the place computed beforehand.
    pub fn json(&self) -> Json {
        let mut json = json!({ "age": self.age, "income": self.income, "people": self.people });
        for digits in [2, 4, 6] {
            json[format!("place{digits}")] = self.county[..digits].into();
        }
        for (index, flag) in self.flags.iter().enumerate() {
            json[format!("flag{index}")] = (*flag).into();
        }
        for (index, choice) in self.choices.iter().enumerate() {
            json[format!("choice{index}")] = (*choice).into();
        }
        json
    }

    /// The same for the terminal; with `only_card` what an ID card tells.
    pub fn facts(&self, only_card: bool) -> Facts {
        let mut facts = Facts::new();
        facts.learn(BIRTH, Value::Day(self.born), Origin::Card);
        if let Some(place) = PlaceCode::parse(&self.county) {
            facts.learn(PLACE, Value::Place(place), Origin::Card);
        }
        if only_card {
            return facts;
        }
        let number = |number| Value::Number(Decimal::whole(number).unwrap_or_default());
        facts.learn(INCOME, number(self.income), Origin::Answer);
        facts.learn(PEOPLE, number(self.people), Origin::Answer);
        for (flag, yes) in (FIRST_FLAG..).zip(&self.flags) {
            facts.learn(FactId(flag), Value::Flag(*yes), Origin::Answer);
        }
        for (choice, option) in (FIRST_CHOICE..).zip(&self.choices) {
            facts.learn(FactId(choice), Value::Choice(OptionId(*option as u32)), Origin::Answer);
        }
        facts
    }
}

fn specs() -> Vec<FactSpec> {
    let spec = |key: &str, kind, card| FactSpec {
        key: key.to_owned(),
        kind,
        label: Words::default(),
        question: Some(Words::default()),
        hint: None,
        card,
        served: false,
        changeable: card.is_none(),
        exact: false,
    };
    let number = |most| FactKind::Number {
        unit: Words::default(),
        least: Decimal::ZERO,
        most: Decimal::whole(most).unwrap_or_default(),
        whole: true,
    };
    let option = |option| Choice { key: format!("o{option}"), label: Words::default() };
    let mut specs = vec![
        spec("birth", FactKind::Day, Some(CardFact::Birth)),
        spec("income", number(1_000_000), None),
        spec("people", number(20), None),
        spec("place", FactKind::Place, Some(CardFact::NumberDistrict)),
    ];
    specs.extend((0..FLAGS).map(|flag| spec(&format!("flag{flag}"), FactKind::Flag, None)));
    let choice = |choice| {
        let options = (0..OPTIONS).map(option).collect();
        spec(&format!("choice{choice}"), FactKind::Choice { options }, None)
    };
    specs.extend((0..CHOICES).map(choice));
    specs
}

fn policy(number: usize, rule: &Rule) -> Outcome<Policy> {
    let all = |conditions: &[Condition]| conditions.iter().map(Condition::ours).collect::<Outcome<Vec<_>>>();
    let mut profiles = Vec::new();
    for profile in &rule.profiles {
        profiles.push(Profile { name: Words::default(), conditions: all(profile)? });
    }
    let amount = Quantity::Fixed(Decimal::whole(100).ok_or("too large")?);
    Ok(Policy {
        key: format!("p{number}"),
        version: 1,
        title: Words::default(),
        summary: Words::default(),
        spoken: None,
        field: Field::Other,
        institution: 0,
        from: None,
        until: None,
        interest: None,
        profiles,
        conditions: all(&rule.conditions)?,
        benefit: Benefit { amount: Some(Amount::Fixed(amount)), ..Benefit::default() },
        documents: Vec::new(),
        apply: None,
        deadline: None,
        source: Source { title: Words::default(), number: None, date: None, article: None, link: None },
        differs_by_place: false,
    })
}

pub fn pack(rules: &[Rule]) -> Outcome<Pack> {
    let office = Institution {
        key: "office".to_owned(),
        name: Words::default(),
        place: Words::default(),
        phone: String::new(),
        web: None,
    };
    let policies = rules.iter().enumerate().map(|(number, rule)| policy(number, rule)).collect::<Outcome<_>>()?;
    Ok(Pack { key: "bench".to_owned(), facts: specs(), institutions: vec![office], policies, ..Pack::default() })
}
