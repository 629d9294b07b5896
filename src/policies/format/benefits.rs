// SPDX-License-Identifier: GPL-3.0-only
//! What a policy gives: amount, unit, period.

use super::clauses::Clauses;
use super::reader::{Entry, Map};
use super::values::{LABEL, PARAGRAPH};
use crate::domain::policy::fact::{Decimal, FactId, FactKind};
use crate::domain::policy::pack::{Amount, Benefit, Period, Unit};
use crate::domain::policy::rule::{Clause, ClauseKind, Quantity};
use crate::policies::fault::FaultKind;

/// Most rows of a scale.
const MOST_ROWS: usize = 64;
/// Greatest amount: a billion of anything.
const GREATEST: i64 = 1_000_000_000;
/// The ways to write an amount that is no plain number.
const WAYS: [&str; 6] = ["between", "from", "up_to", "scale", "top_up_to", "each"];
const EXAMPLE: &str = "100, $parameter, {between: [50, 300]}, {from: 50}, {up_to: 300}, {scale: …}, {top_up_to: …, less: …} or \
                       {each: …, of: …}";

const PERIODS: [(&str, Period); 6] = [
    ("once", Period::Once),
    ("month", Period::Month),
    ("quarter", Period::Quarter),
    ("year", Period::Year),
    ("day", Period::Day),
    ("lasting", Period::Lasting),
];

/// Reads `benefit`.
pub(super) fn read(entry: &Entry<'_>, clauses: &Clauses<'_>) -> Benefit {
    let benefit = entry.map("{amount: 100, unit: yuan, period: month}", |map| {
        let amount = map.get("amount").and_then(|entry| amount(&entry, clauses));
        let unit = map.get("unit").and_then(|entry| unit(&entry)).unwrap_or_default();
        let period_entry = map.get("period");
        let period = period_entry.as_ref().and_then(|entry| entry.choice(&PERIODS)).unwrap_or_default();
        let in_kind = map.words("in_kind", PARAGRAPH);
        let has_amount = map.peek("amount").is_some();
        if !has_amount && map.peek("in_kind").is_none() {
            let mend = "add an `amount`, or say with `in_kind` what people get";
            map.error(FaultKind::Missing, "the benefit gives nothing", mend);
        }
        if let (false, Some(unit)) = (has_amount, map.peek("unit")) {
            unit.warn(FaultKind::Unwise, "there is a unit without an amount", "remove it, or add the amount");
        }
        if has_amount {
            check_period(map, &unit, period, period_entry.as_ref());
        }
        if let (Unit::Percent, Some(amount)) = (&unit, &amount) {
            check_percent(map, amount);
        }
        Benefit { amount, unit, period, in_kind }
    });
    benefit.unwrap_or_default()
}

fn unit(entry: &Entry<'_>) -> Option<Unit> {
    if entry.is_map() {
        return entry.words(LABEL).map(Unit::Other);
    }
    match entry.word("yuan")?.as_str() {
        "yuan" => Some(Unit::Yuan),
        "percent" => Some(Unit::Percent),
        "days" => Some(Unit::Days),
        "months" => Some(Unit::Months),
        "times" => Some(Unit::Times),
        _ => {
            let reason = format!("{} is none of: yuan, percent, days, months, times", entry.shown());
            entry.error(FaultKind::NotAChoice, reason, "write one of these, or a pair of texts {zh: …, en: …}");
            None
        }
    }
}

/// Units and periods that make no sense together.
fn check_period(map: &Map<'_>, unit: &Unit, period: Period, entry: Option<&Entry<'_>>) {
    let nonsense = match (unit, period) {
        (Unit::Days, Period::Day) => "days for each day",
        (Unit::Months, Period::Day | Period::Month | Period::Quarter) => "months for each month or less",
        _ => return,
    };
    let reason = format!("the benefit is {nonsense}");
    let mend = "mend `unit` or `period`; what is given whenever it comes up has `period: lasting`";
    match entry {
        Some(entry) => entry.error(FaultKind::Contradiction, reason, mend),
        None => map.error(FaultKind::Contradiction, reason, mend),
    }
}

fn check_percent(map: &Map<'_>, amount: &Amount) {
    let beyond =
        |quantity: &Quantity| matches!(quantity, Quantity::Fixed(number) if number.steps() > 200 * Decimal::STEPS);
    let is_beyond = match amount {
        Amount::Fixed(one) | Amount::From(one) | Amount::UpTo(one) => beyond(one),
        Amount::Between(one, other) => beyond(one) || beyond(other),
        Amount::Scale(rows) => rows.iter().any(|(_, one)| beyond(one)),
        Amount::TopUp { .. } | Amount::Each { .. } => false,
    };
    if is_beyond {
        map.error(FaultKind::OutOfRange, "the benefit is more than 200 percent", "mend the amount or its unit");
    }
}

/// A quantity that can be an amount: not negative, not beyond all measure.
fn quantity(entry: &Entry<'_>, clauses: &Clauses<'_>) -> Option<Quantity> {
    let quantity = entry.quantity(clauses.tables)?;
    let (low, high) = match quantity {
        Quantity::Fixed(number) => (number, number),
        Quantity::Parameter(index) => *clauses.tables.bounds.get(usize::from(index))?,
    };
    if low < Decimal::ZERO || Decimal::whole(GREATEST).is_some_and(|greatest| high > greatest) {
        let reason = format!("{} is no amount: it must lie between 0 and {GREATEST}", entry.shown());
        entry.error(FaultKind::OutOfRange, reason, "mend the number");
    }
    Some(quantity)
}

fn amount(entry: &Entry<'_>, clauses: &Clauses<'_>) -> Option<Amount> {
    if !entry.is_map() {
        if entry.items().is_some() {
            entry.wrong_type("an amount", "{between: [50, 300]}");
            return None;
        }
        return quantity(entry, clauses).map(Amount::Fixed);
    }
    entry.map(EXAMPLE, |map| {
        let found: Vec<&str> = WAYS.iter().copied().filter(|key| map.peek(key).is_some()).collect();
        let [way] = found.as_slice() else {
            let (kind, reason) = if found.is_empty() {
                (
                    FaultKind::Missing,
                    "the amount has none of the keys between, from, up_to, scale, top_up_to, each".to_owned(),
                )
            } else {
                (FaultKind::Contradiction, format!("the amount has {} at once", found.join(" and ")))
            };
            map.error(kind, reason, format!("write one of: {EXAMPLE}"));
            map.forgive();
            return None;
        };
        written(way, map, clauses)
    })?
}

fn written(way: &str, map: &Map<'_>, clauses: &Clauses<'_>) -> Option<Amount> {
    let number = |key: &'static str| map.get(key).and_then(|entry| quantity(&entry, clauses));
    match way {
        "from" => number("from").map(Amount::From),
        "up_to" => number("up_to").map(Amount::UpTo),
        "between" => {
            let ends = map.get("between")?;
            let items = ends.list(2, 2, "[50, 300]");
            let mut both = items.iter().map(|item| quantity(item, clauses));
            let (low, high) = (both.next().flatten()?, both.next().flatten()?);
            if let (Quantity::Fixed(low), Quantity::Fixed(high)) = (low, high)
                && low >= high
            {
                let reason = format!("{} goes from {low} to {high}", ends.shown());
                ends.error(FaultKind::Contradiction, reason, "write the smaller amount first: [50, 300]");
            }
            Some(Amount::Between(low, high))
        }
        "scale" => map.get("scale").map(|entry| Amount::Scale(scale(&entry, clauses))),
        "top_up_to" => {
            let standard = number("top_up_to");
            let less = map.need("less", "less: income-per-person").and_then(|entry| computed_from(&entry, clauses));
            Some(Amount::TopUp { standard: standard?, less: less? })
        }
        _ => {
            let each = number("each");
            let of = map.need("of", "of: children-under-3").and_then(|entry| computed_from(&entry, clauses));
            let most = map.get("most").map(|entry| quantity(&entry, clauses));
            // A limit that was written wrongly must not become none.
            let most = match most {
                Some(most) => Some(most?),
                None => None,
            };
            Some(Amount::Each { each: each?, of: of?, most })
        }
    }
}

/// A number from which an amount is computed.
fn computed_from(entry: &Entry<'_>, clauses: &Clauses<'_>) -> Option<FactId> {
    let (fact, spec) = clauses.tables.fact_of(entry, "a number", |kind| matches!(kind, FactKind::Number { .. }))?;
    if spec.question.is_some() && !spec.exact {
        let reason = format!("an amount is computed from `{}`, which is asked by bands", spec.key);
        entry.warn(FaultKind::Unwise, reason, format!("write `exact: true` at `{}` in facts.yaml", spec.key));
    }
    Some(fact)
}

fn scale(entry: &Entry<'_>, clauses: &Clauses<'_>) -> Vec<(Clause, Quantity)> {
    const ROWS: &str = "[{when: {fact: birth, years: \">= 90\"}, amount: 200}, {amount: 100}]";
    let mut rows = Vec::new();
    let mut always = false;
    for item in entry.list(1, MOST_ROWS, ROWS) {
        if always {
            let mend = "put the row without `when` last, or remove what follows it";
            item.error(FaultKind::Unreachable, "this row is never reached: the one before it always holds", mend);
            break;
        }
        let row = item.map("{when: …, amount: 100}", |map| {
            let when = match map.get("when") {
                Some(when) => clauses.clause(&when, 1),
                None => {
                    always = true;
                    Some(Clause { kind: ClauseKind::All(Vec::new()), because: None })
                }
            };
            let amount = map.need("amount", "amount: 100").and_then(|entry| quantity(&entry, clauses));
            Some((when?, amount?))
        });
        rows.extend(row.flatten());
    }
    rows
}
