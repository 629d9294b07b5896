// SPDX-License-Identifier: GPL-3.0-only
//! Conditions: tests of facts, and how they lie in each other.

use super::reader::{Entry, Map};
use super::tables::{Tables, kind_words};
use super::values::SENTENCE;
use crate::domain::policy::fact::{Decimal, FactId, FactKind, FactSpec, MOST_DAYS, PlaceCode};
use crate::domain::policy::rule::{Clause, ClauseKind, DEEPEST_CLAUSE, MOST_CLAUSES, Quantity, TermUnit, Test};
use crate::domain::session::Language;
use crate::places::{Form, Place};
use crate::policies::fault::FaultKind;
use crate::settings::source::quote;
use crate::settings::strangers::closest;

/// What a condition may begin with.
const SUBJECTS: [&str; 6] = ["fact", "ratio", "count", "all", "any", "not"];
/// What may be asked of a fact.
const OPERATORS: [&str; 10] =
    ["is", "some", "number", "one_of", "within", "date", "years", "months", "days", "reached"];
const EXAMPLE: &str = "{fact: birth, years: \">= 60\"}";
/// Most options or places of one test.
const MOST_LISTED: usize = 5_000;

/// Reads the conditions of one policy.
pub(super) struct Clauses<'t> {
    pub(super) tables: &'t Tables,
    count: std::cell::Cell<usize>,
}

impl<'t> Clauses<'t> {
    pub(super) fn new(tables: &'t Tables) -> Self {
        Self { tables, count: std::cell::Cell::new(0) }
    }

    /// A list of conditions.
    pub(super) fn list(&self, entry: &Entry<'_>, least: usize, depth: usize) -> Vec<Clause> {
        let items = entry.list(least, MOST_CLAUSES, "[{fact: dibao, is: true}]");
        items.iter().filter_map(|item| self.clause(item, depth)).collect()
    }

    /// One condition; `depth` is 1 for one that lies in no other.
    pub(super) fn clause(&self, entry: &Entry<'_>, depth: usize) -> Option<Clause> {
        self.count.set(self.count.get() + 1);
        if self.count.get() == MOST_CLAUSES + 1 {
            let reason = format!("the policy has more than {MOST_CLAUSES} conditions");
            entry.error(FaultKind::TooMany, reason, "make several policies of it, or write lists: one_of, within");
        }
        if depth > DEEPEST_CLAUSE {
            let reason = format!("conditions lie more than {DEEPEST_CLAUSE} deep in each other");
            entry.error(FaultKind::TooLarge, reason, "write them flatter");
            return None;
        }
        if self.count.get() > MOST_CLAUSES {
            return None;
        }
        if entry.items().is_some() {
            entry.wrong_type("one condition", "{all: [ … ]}");
            return None;
        }
        entry.map(EXAMPLE, |map| self.condition(map, depth))?
    }

    fn condition(&self, map: &Map<'_>, depth: usize) -> Option<Clause> {
        let because = map.words("because", SENTENCE);
        let subject = one_of_keys(map, &SUBJECTS, "a condition", EXAMPLE)?;
        let entry = map.get(subject)?;
        let kind = match subject {
            "all" => ClauseKind::All(self.list(&entry, 1, depth + 1)),
            "any" => ClauseKind::Any(self.list(&entry, 1, depth + 1)),
            "not" => ClauseKind::Not(Box::new(self.clause(&entry, depth + 1)?)),
            "ratio" => ClauseKind::Test(self.ratio(map, &entry)?),
            "count" => ClauseKind::Test(self.count_of(map, &entry)?),
            _ => self.fact(map, &entry)?,
        };
        Some(Clause { kind, because })
    }

    /// `{fact: …, OPERATOR: …}`.
    fn fact(&self, map: &Map<'_>, entry: &Entry<'_>) -> Option<ClauseKind> {
        let found = self.tables.fact(entry);
        let operator = one_of_keys(map, &OPERATORS, "a condition on a fact", EXAMPLE)?;
        let value = map.get(operator)?;
        let (fact, spec) = found?;
        let fits = match operator {
            "some" => true,
            "is" => matches!(spec.kind, FactKind::Flag),
            "number" => matches!(spec.kind, FactKind::Number { .. }),
            "one_of" => matches!(spec.kind, FactKind::Choice { .. }),
            "within" => matches!(spec.kind, FactKind::Place),
            _ => matches!(spec.kind, FactKind::Day),
        };
        if !fits {
            let reason =
                format!("`{operator}` cannot be asked of {}, which is {}", quote(&spec.key), kind_words(&spec.kind));
            map.error(FaultKind::WrongKind, reason, format!("ask it with: {}", operators_of(&spec.kind)));
            return None;
        }
        if matches!(operator, "is" | "some") {
            let test = if operator == "is" { Test::Yes(fact) } else { Test::Some(fact) };
            let holds = value.flag()?;
            return Some(if holds { ClauseKind::Test(test) } else { ClauseKind::Not(Box::new(test.into())) });
        }
        Some(ClauseKind::Test(self.test(operator, fact, spec, &value)?))
    }

    fn test(&self, operator: &str, fact: FactId, spec: &FactSpec, value: &Entry<'_>) -> Option<Test> {
        match operator {
            "number" => {
                let (comparison, quantity) = value.number_comparison(self.tables, "\"< 735\" or \"<= $line\"")?;
                value.check_number(spec, comparison, quantity, self.tables);
                Some(Test::Number(fact, comparison, quantity))
            }
            "one_of" => {
                let options = self.distinct(value, "[rural, urban]", |item| self.tables.option(fact, item));
                let all = matches!(&spec.kind, FactKind::Choice { options: all } if options.len() == all.len());
                if all {
                    let reason = format!("{} lists every option of `{}`", value.shown(), spec.key);
                    let mend = format!("write {{fact: {}, some: true}}, or leave some out", spec.key);
                    value.warn(FaultKind::Unwise, reason, mend);
                }
                Some(Test::OneOf(fact, options))
            }
            "within" => Some(Test::Within(fact, self.distinct(value, "[\"330000\"]", named_place))),
            "date" => {
                let (comparison, text) = value.comparison("\"< 1949-10-01\"")?;
                Some(Test::Date(fact, comparison, value.day_of(text)?))
            }
            "reached" => {
                let key = value.word("retirement-men")?;
                let schedule = self.tables.schedules.find(value, &key)?;
                Some(Test::Reached(fact, u16::try_from(schedule).ok()?))
            }
            _ => {
                let unit = unit_of(operator);
                let (comparison, quantity) = value.number_comparison(self.tables, "\">= 60\"")?;
                self.check_term(value, unit, quantity);
                Some(Test::Term(fact, unit, comparison, quantity))
            }
        }
    }

    /// The items of a list, each once.
    fn distinct<'r, T: PartialEq>(
        &self,
        list: &Entry<'r>,
        example: &str,
        read: impl Fn(&Entry<'r>) -> Option<T>,
    ) -> Vec<T> {
        let mut found: Vec<T> = Vec::new();
        for item in list.list(1, MOST_LISTED, example) {
            let Some(value) = read(&item) else { continue };
            if found.contains(&value) {
                item.warn(FaultKind::Duplicate, format!("{} is there twice", item.shown()), "remove one of the two");
                continue;
            }
            found.push(value);
        }
        found
    }

    /// Terms are whole, and no longer than people live.
    fn check_term(&self, entry: &Entry<'_>, unit: TermUnit, quantity: Quantity) {
        let most = longest_term(unit);
        let (low, high) = match quantity {
            Quantity::Fixed(number) => (number, number),
            Quantity::Parameter(index) => match self.tables.bounds.get(usize::from(index)) {
                Some(bounds) => *bounds,
                None => return,
            },
        };
        let bound = most.saturating_mul(Decimal::STEPS);
        if low.steps() < -bound || high.steps() > bound {
            let reason = format!("{} compares with a term beyond {most} {}", entry.shown(), unit_word(unit));
            entry.error(FaultKind::OutOfRange, reason, "mend the number or its unit (years, months, days)");
        }
        if low.steps() % Decimal::STEPS != 0 || high.steps() % Decimal::STEPS != 0 {
            let reason = format!("{} compares full {} with a fraction", entry.shown(), unit_word(unit));
            entry.error(FaultKind::OutOfRange, reason, "write a whole number, or a smaller unit: months, days");
        }
    }

    /// `{ratio: …, by: …, times: …, number: …}`.
    fn ratio(&self, map: &Map<'_>, entry: &Entry<'_>) -> Option<Test> {
        let is_number = |kind: &FactKind| matches!(kind, FactKind::Number { .. });
        let over = self.tables.fact_of(entry, "a number", is_number);
        let under = map.need("by", "by: household-size").and_then(|by| self.tables.fact_of(&by, "a number", is_number));
        let times = map.get("times").map(|entry| (entry.number(), entry));
        let compared = map.need("number", "number: \"<= 735\"");
        let compared = compared.and_then(|entry| entry.number_comparison(self.tables, "\"<= 735\""));
        let times = match times {
            None => Decimal::ONE,
            Some((number, entry)) => {
                if number.is_some_and(|number| number.steps() <= 0) {
                    let mend = "write 12 to turn a year into months";
                    entry.error(FaultKind::OutOfRange, "`times` must be more than 0", mend);
                }
                number?
            }
        };
        let (comparison, value) = compared?;
        Some(Test::Ratio { over: over?.0, under: under?.0, times, comparison, value })
    }

    /// `{count: …, years: [0, 2], number: …}`.
    fn count_of(&self, map: &Map<'_>, entry: &Entry<'_>) -> Option<Test> {
        const COUNT: &str = "{count: children, years: [0, 2], number: \">= 1\"}";
        let days = self.tables.fact_of(entry, "a list of days", |kind| matches!(kind, FactKind::Days));
        let unit_key = one_of_keys(map, &["years", "months", "days"], "a count", COUNT)?;
        let unit = unit_of(unit_key);
        let bounds = map.get(unit_key)?.list(2, 2, "[0, 2]");
        let most = longest_term(unit);
        let mut ends = bounds.iter().map(|bound| bound.whole(-most, most).and_then(|end| i32::try_from(end).ok()));
        let (from, to) = (ends.next().flatten()?, ends.next().flatten()?);
        if from > to {
            let reason = format!("the first end {from} is greater than the last {to}");
            map.error(FaultKind::Contradiction, reason, "write the smaller one first: [0, 2]");
        }
        let compared = map.need("number", "number: \">= 1\"")?;
        let (comparison, value) = compared.number_comparison(self.tables, "\">= 1\"")?;
        let most_days = i64::try_from(MOST_DAYS).ok().and_then(Decimal::whole)?;
        compared.check_range((Decimal::ZERO, most_days), "the number", comparison, value, self.tables);
        Some(Test::Count { days: days?.0, unit, from, to, comparison, value })
    }
}

/// The one key of `keys` that is there; none and several are faults.
fn one_of_keys<'k>(map: &Map<'_>, keys: &[&'k str], what: &str, example: &str) -> Option<&'k str> {
    let found: Vec<&str> = keys.iter().copied().filter(|key| map.peek(key).is_some()).collect();
    match found.as_slice() {
        [one] => Some(one),
        [] => {
            let slips: Vec<(&str, &str)> =
                map.unasked().into_iter().filter_map(|key| Some((key, closest(key, keys.iter().copied())?))).collect();
            for (key, near) in &slips {
                let reason = format!("{what} has no key {}", quote(key));
                map.error(FaultKind::UnknownKey, reason, format!("did you mean `{near}`?"));
            }
            if slips.is_empty() {
                let reason = format!("{what} needs one of the keys {}", keys.join(", "));
                map.error(FaultKind::Missing, reason, format!("write it like this: {example}"));
            }
            map.forgive();
            None
        }
        several => {
            let reason = format!("{what} has {} at once", several.join(" and "));
            map.error(FaultKind::Contradiction, reason, "write one condition for each, in a list, or in {all: [ … ]}");
            map.forgive();
            None
        }
    }
}

fn unit_of(key: &str) -> TermUnit {
    match key {
        "years" => TermUnit::Years,
        "months" => TermUnit::Months,
        _ => TermUnit::Days,
    }
}

fn unit_word(unit: TermUnit) -> &'static str {
    match unit {
        TermUnit::Years => "years",
        TermUnit::Months => "months",
        TermUnit::Days => "days",
    }
}

/// 150 years in the unit.
fn longest_term(unit: TermUnit) -> i64 {
    match unit {
        TermUnit::Years => 150,
        TermUnit::Months => 1_800,
        TermUnit::Days => 54_787,
    }
}

/// How a fact of that kind is asked.
fn operators_of(kind: &FactKind) -> &'static str {
    match kind {
        FactKind::Flag => "is: true, or some: true",
        FactKind::Number { .. } => "number: \"< 735\", or some: true",
        FactKind::Choice { .. } => "one_of: […], or some: true",
        FactKind::Place => "within: [\"330000\"], or some: true",
        FactKind::Day => "years, months, days: \">= 60\", date: \"< 1949-10-01\", reached: …, or some: true",
        FactKind::Days => "some: true, or {count: …, years: [0, 2], number: \">= 1\"}",
    }
}

/// Where the interest in a policy is tested: one plain test, which must not hold by an absence.
pub(super) fn interest(entry: &Entry<'_>, tables: &Tables) -> Option<Test> {
    let clause = Clauses::new(tables).clause(entry, 1)?;
    if let ClauseKind::Test(test) = clause.kind {
        return Some(test);
    }
    entry.error(
        FaultKind::WrongType,
        "the interest is no plain test",
        "write one such as {fact: wants-bafa, is: true}",
    );
    None
}

/// A place of a condition. A county that is not known is most likely a slip of the pen; of what lies within counties
/// nothing is known here.
fn named_place(entry: &Entry<'_>) -> Option<PlaceCode> {
    let code = entry.place()?;
    let place = Place::of(code);
    if code.length() <= 6 && !place.is_exact() {
        let around = place.known(Form::Short, Language::En).map(|name| format!(", in {name}")).unwrap_or_default();
        let reason = format!("no division is known by the code {}{around}", entry.shown());
        entry.warn(FaultKind::Unwise, reason, "look the code up again; if it is newer than this program, all is well");
    }
    Some(code)
}
