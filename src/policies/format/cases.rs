// SPDX-License-Identifier: GPL-3.0-only
//! `cases/*.yaml`: example people with the outcome that a human expects.

use std::collections::{HashMap, HashSet};

use super::reader::{Entry, Map, nearest};
use super::tables::Tables;
use super::values::PARAGRAPH;
use super::yaml::Scalar;
use crate::domain::day::Day;
use crate::domain::policy::fact::{FactId, FactKind, FactSpec, Facts, MOST_DAYS, MOST_FACTS, Origin, Value};
use crate::policies::cases::{Amount, Case, Expectation, MOST_CASES, Outcome};
use crate::policies::fault::FaultKind;
use crate::settings::source::quote;

/// What is known of the policies while cases are read.
pub(super) struct Cases<'t> {
    pub(super) tables: &'t Tables,
    /// Keys of all policies, those that were written wrongly too.
    pub(super) policies: HashSet<&'t str>,
    /// Whether all policies are known.
    pub(super) complete: bool,
    pub(super) list: Vec<Case>,
    pub(super) ids: HashMap<String, (String, u32)>,
}

const EXAMPLE: &str = "- {id: wang-82, person: …, on: 2026-11-22, facts: {…}, expect: {…}}";

impl Cases<'_> {
    /// Reads one file.
    pub(super) fn read(&mut self, root: &Entry<'_>) {
        for item in root.list(0, MOST_CASES, EXAMPLE) {
            if self.list.len() >= MOST_CASES {
                let reason = format!("there are more than {MOST_CASES} cases");
                item.error(FaultKind::TooMany, reason, "remove the rest");
                return;
            }
            let Some(case) = item.map(EXAMPLE, |map| self.case(map)).flatten() else { continue };
            if let Some((file, line)) = self.ids.get(&case.id) {
                let reason = format!("the case {} is there twice, first in {file}, line {line}", quote(&case.id));
                item.error(FaultKind::Duplicate, reason, "give one of them another id");
                continue;
            }
            self.ids.insert(case.id.clone(), (case.file.clone(), case.line));
            self.list.push(case);
        }
    }

    fn case(&self, map: &Map<'_>) -> Option<Case> {
        let id_entry = map.need("id", "id: wang-82");
        let id = id_entry.as_ref().and_then(Entry::new_key);
        let person = map.need_words("person", PARAGRAPH);
        let on = map.need("on", "on: 2026-11-22").and_then(|entry| entry.day());
        let facts = map.need("facts", "facts: {birth: 1944-03-01}");
        let facts = facts.map(|entry| facts_of(&entry, self.tables, on));
        let expect = map.need("expect", "expect: {high-age-allowance: applies}");
        let expect = expect.map(|entry| self.expectations(&entry));
        Some(Case {
            file: map.file.name.to_owned(),
            line: id_entry?.at.line,
            id: id?,
            person: person?,
            on: on?,
            facts: facts?,
            expect: expect?,
        })
    }

    fn expectations(&self, entry: &Entry<'_>) -> Vec<Expectation> {
        let pairs = entry.pairs("{high-age-allowance: applies}");
        if pairs.is_empty() && entry.is_map() {
            entry.warn(FaultKind::Unwise, "nothing is expected of this case", "name a policy and its outcome");
        }
        let mut expect = Vec::new();
        for (key, name, value) in pairs {
            if self.complete && !self.policies.contains(key) {
                let mend = nearest(key, self.policies.iter().copied());
                let mend = mend.replace("remove it; known here", "write one of");
                name.error(FaultKind::UnknownReference, format!("there is no policy {}", quote(key)), mend);
                continue;
            }
            if let Some(outcome) = self.outcome(&value) {
                expect.push(Expectation { line: name.at.line, policy: key.to_owned(), outcome });
            }
        }
        expect
    }

    fn outcome(&self, entry: &Entry<'_>) -> Option<Outcome> {
        const WORDS: &str = "applies, not, needs, {applies: 143}, {needs: [facts]} or {not: [facts]}";
        if !entry.is_map() {
            let plain = [("applies", 0_u8), ("not", 1), ("needs", 2)];
            return Some(match entry.choice(&plain)? {
                0 => Outcome::Applies(None),
                1 => Outcome::Not(Vec::new()),
                _ => Outcome::Needs(Vec::new()),
            });
        }
        entry.map(WORDS, |map| {
            let found: Vec<&str> =
                ["applies", "not", "needs"].into_iter().filter(|key| map.peek(key).is_some()).collect();
            let facts = |entry: &Entry<'_>| {
                let items = entry.list(1, MOST_FACTS, "[income-per-person]");
                items.iter().filter_map(|item| Some(self.tables.fact(item)?.0)).collect::<Vec<FactId>>()
            };
            match found.as_slice() {
                ["applies"] => Some(Outcome::Applies(Some(amount(&map.get("applies")?)?))),
                ["not"] => Some(Outcome::Not(facts(&map.get("not")?))),
                ["needs"] => Some(Outcome::Needs(facts(&map.get("needs")?))),
                _ => {
                    map.error(
                        FaultKind::NotAChoice,
                        "the outcome must be one of applies, not, needs",
                        format!("write {WORDS}"),
                    );
                    map.forgive();
                    None
                }
            }
        })?
    }
}

/// An expected amount.
fn amount(entry: &Entry<'_>) -> Option<Amount> {
    if entry.items().is_some() {
        let items = entry.list(2, 2, "[50, 300]");
        let mut ends = items.iter().map(Entry::number);
        return Some(Amount::Between(ends.next().flatten()?, ends.next().flatten()?));
    }
    if !entry.is_map() {
        return entry.number().map(Amount::Exactly);
    }
    entry.map("143, [50, 300], {from: 50} or {up_to: 300}", |map| match (map.get("from"), map.get("up_to")) {
        (Some(from), None) => from.number().map(Amount::From),
        (None, Some(up_to)) => up_to.number().map(Amount::UpTo),
        _ => {
            map.error(FaultKind::Contradiction, "the amount has to have one of from and up_to", "write {from: 50}");
            None
        }
    })?
}

/// What is known of somebody: a map from facts to values.
pub(super) fn facts_of(entry: &Entry<'_>, tables: &Tables, on: Option<Day>) -> Facts {
    let mut facts = Facts::new();
    for (key, name, value) in entry.pairs("{birth: 1944-03-01, sex: female}") {
        let Some((fact, spec)) = tables.fact_called(&name, key) else { continue };
        if let Some(known) = value_of(&value, fact, spec, tables, on) {
            let origin = if spec.card.is_some() { Origin::Card } else { Origin::Answer };
            facts.learn(fact, known, origin);
        }
    }
    facts
}

fn value_of(entry: &Entry<'_>, fact: FactId, spec: &FactSpec, tables: &Tables, on: Option<Day>) -> Option<Value> {
    if entry.scalar() == Some(Scalar::Text("nothing")) {
        return Some(Value::Nothing);
    }
    match &spec.kind {
        FactKind::Flag => entry.flag().map(Value::Flag),
        FactKind::Choice { .. } => tables.option(fact, entry).map(Value::Choice),
        FactKind::Place => entry.place().map(Value::Place),
        FactKind::Number { least, most, whole, .. } => {
            let number = |entry: &Entry<'_>| {
                let number = entry.number()?;
                let fraction = *whole && number.steps() % crate::domain::policy::fact::Decimal::STEPS != 0;
                if number < *least || number > *most || fraction {
                    let kind = if *whole { "a whole number" } else { "a number" };
                    let reason = format!("{} is {number}, but must be {kind} from {least} to {most}", entry.shown());
                    entry.error(FaultKind::OutOfRange, reason, "mend the number, or the fact in facts.yaml");
                    return None;
                }
                Some(number)
            };
            match band(entry, "[500, 735]", number)? {
                (low, None) => Some(Value::Number(low)),
                (low, Some(high)) => Some(Value::NumberBetween(low, high)),
            }
        }
        FactKind::Day => match band(entry, "[1944-01-01, 1944-12-31]", Entry::day)? {
            (first, None) => {
                warn_of_birth(entry, spec, first, on);
                Some(Value::Day(first))
            }
            (first, Some(last)) => Some(Value::DayBetween(first, last)),
        },
        FactKind::Days => {
            let items = entry.list(0, MOST_DAYS, "[2020-01-31]");
            let days: Vec<Day> = items.iter().filter_map(Entry::day).collect();
            (days.len() == items.len()).then_some(Value::Days(days))
        }
    }
}

fn warn_of_birth(entry: &Entry<'_>, spec: &FactSpec, day: Day, on: Option<Day>) {
    if spec.card == Some(crate::domain::policy::fact::CardFact::Birth) && on.is_some_and(|on| day > on) {
        entry.error(FaultKind::Contradiction, "this person is not born yet on the day of the case", "mend the day");
    }
}

/// One value, or two in a list of which the first is not the greater.
fn band<'r, T: PartialOrd>(
    entry: &Entry<'r>,
    example: &str,
    read: impl Fn(&Entry<'r>) -> Option<T>,
) -> Option<(T, Option<T>)> {
    if entry.items().is_none() {
        return Some((read(entry)?, None));
    }
    let items = entry.list(2, 2, example);
    let (low, high) = (read(items.first()?)?, read(items.get(1)?)?);
    if low > high {
        let reason = format!("{} is a band whose first end is the greater", entry.shown());
        entry.error(FaultKind::Contradiction, reason, format!("write the smaller first: {example}"));
        return None;
    }
    Some((low, Some(high)))
}
