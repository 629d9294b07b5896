// SPDX-License-Identifier: GPL-3.0-only
//! The situations of the sample as facts, and what is expected of each.

use std::collections::BTreeMap;

use doorstep::domain::day::{Day, LeapDay};
use doorstep::domain::policy::engine::{Decisions, Program, Verdict, Worth, born_at_age};
use doorstep::domain::policy::fact::{Decimal, FactKind, Facts, Origin, Value};

use super::json::Json;
use super::rules::{CHILDREN, Importer};

/// A situation with its outcome.
pub struct Case {
    pub id: String,
    day: Day,
    facts: Facts,
    /// What is granted: nothing behind a key for a yes, otherwise the amount.
    granted: BTreeMap<String, Option<Decimal>>,
    tested: Option<usize>,
}

fn day(json: &Json) -> Result<Day, String> {
    let written = json.text().and_then(|text| text.get(..10)).and_then(Day::parse_iso);
    written.ok_or_else(|| format!("no day: {json:?}"))
}

/// The day of birth of which the age alone is told.
fn aged(today: Day, facts: &Json) -> Option<Value> {
    let years = facts.get("age")?.number()?.steps() / Decimal::STEPS;
    born_at_age(today, u16::try_from(years).ok()?, LeapDay::February28)
}

impl Case {
    /// Reads one line.
    pub fn read(line: &str, importer: &Importer) -> Result<Self, String> {
        let case = Json::parse(line)?;
        let situation = case.get("situation").ok_or("no situation")?;
        let today = day(situation.get("dateDeValeur").ok_or("no day")?)?;
        let mut facts = Facts::new();
        for (key, fact) in importer.facts() {
            let spec = &importer.pack.facts[usize::from(fact.0)];
            let (part, field) = key.split_once('.').unwrap_or((key, ""));
            let of = if part == "facts" { case.get(part) } else { situation.get(part) };
            let value = if key == CHILDREN { of } else { of.and_then(|of| of.get(field)) };
            let value = match (&spec.kind, value) {
                // Absent is known to be absent, with these exceptions.
                (FactKind::Day, None) => {
                    case.get("facts").and_then(|facts| aged(today, facts)).unwrap_or(Value::Nothing)
                }
                (_, None) if field == "taux_incapacite" => Value::Number(Decimal::ZERO),
                (_, None) => Value::Nothing,
                (FactKind::Flag, Some(Json::Bool(yes))) => Value::Flag(*yes),
                // A text or a number in such a field is not `true`.
                (FactKind::Flag, Some(_)) => Value::Nothing,
                (FactKind::Number { .. }, Some(number)) => {
                    Value::Number(number.number().ok_or_else(|| format!("{key} cannot be read exactly"))?)
                }
                (FactKind::Choice { .. }, Some(Json::Text(text))) => Value::Choice(importer.option(fact, text)),
                (FactKind::Choice { .. }, Some(_)) => Value::Nothing,
                (FactKind::Days, Some(children)) => {
                    let born = |child: &Json| day(child.get("date_naissance").ok_or("a child without a birthday")?);
                    let days = children.list().iter().map(born).collect::<Result<Vec<Day>, String>>()?;
                    if days.is_empty() { Value::Nothing } else { Value::Days(days) }
                }
                (FactKind::Day, Some(date)) => Value::Day(day(date)?),
                (FactKind::Place, Some(_)) => return Err(format!("{key}: no fact is a place here")),
            };
            facts.learn(fact, value, Origin::Answer);
        }
        let mut granted = BTreeMap::new();
        if let Some(Json::Object(eligible)) = case.get("eligible") {
            for (rule, grant) in eligible {
                let amount = match grant {
                    Json::Bool(true) => None,
                    Json::Bool(false) => continue,
                    amount => Some(amount.number().ok_or_else(|| format!("{rule}: an amount that is none"))?),
                };
                granted.insert(rule.clone(), amount);
            }
        }
        let whole = |number: &Json| usize::try_from(number.number()?.steps() / Decimal::STEPS).ok();
        Ok(Self {
            id: format!("{:?}", case.get("id")),
            day: today,
            facts,
            granted,
            tested: case.get("tested").and_then(whole),
        })
    }

    /// Decides the case: every difference from what is expected.
    pub fn differences(&self, program: &Program, decisions: &mut Decisions) -> Vec<String> {
        let mut found = Vec::new();
        program.decide(self.day, &self.facts, decisions);
        let mut left = self.granted.clone();
        for decision in decisions.all() {
            let key = &program.pack().policies[decision.policy].key;
            let expected = left.remove(key);
            let decided = match (decision.verdict, decision.worth) {
                (Verdict::Applies, None) => Some(None),
                (Verdict::Applies, Some(Worth::Exactly(amount))) => Some(Some(amount)),
                (Verdict::DoesNot | Verdict::NotOffered, _) => None,
                (verdict, _) => {
                    found.push(format!("case {}, {key}: {verdict:?}, though everything is known", self.id));
                    continue;
                }
            };
            if decided != expected {
                found.push(format!("case {}, {key}: {decided:?}, expected is {expected:?}", self.id));
            }
        }
        found.extend(left.into_keys().map(|key| format!("case {}: there is no rule {key}", self.id)));
        if let Some(tested) = self.tested.filter(|tested| *tested != decisions.offered()) {
            found.push(format!("case {}: {} were tested, expected are {tested}", self.id, decisions.offered()));
        }
        found
    }
}
