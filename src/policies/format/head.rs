// SPDX-License-Identifier: GPL-3.0-only
//! `pack.yaml`: the pack itself, its parameters and schedules.

use super::reader::{Entry, Map};
use super::tables::Tables;
use super::values::TITLE;
use crate::domain::day::{Day, LeapDay};
use crate::domain::policy::fact::Decimal;
use crate::domain::policy::pack::{Pack, Parameter, Schedule};
use crate::policies::fault::FaultKind;
use crate::settings::source::quote;

/// Most parameters and most schedules.
const MOST: usize = 2_000;
/// Most values of one parameter or steps of one schedule.
const MOST_STEPS: usize = 2_000;
/// Longest term in months: 150 years.
pub(super) const LONGEST_MONTHS: i64 = 1_800;

const ONE_VALUE: &str = "- {from: 2025-01-01, value: 143}";
const ONE_STEP: &str = "- {from: 1965-01-01, months: 721}";

/// Reads the file into `pack`.
pub(super) fn read(root: &Entry<'_>, tables: &mut Tables, pack: &mut Pack) {
    root.map("key: national-example", |map| {
        pack.key = map.need("key", "key: national-example").and_then(|entry| entry.new_key()).unwrap_or_default();
        pack.title = map.need_words("title", TITLE).unwrap_or_default();
        let conventions = [("february-28", LeapDay::February28), ("march-1", LeapDay::March1)];
        pack.leap_day = map.get("leap_day").and_then(|entry| entry.choice(&conventions)).unwrap_or_default();
        parameters(map, tables, pack);
        schedules(map, tables, pack);
    });
    let complete = root.file.complete && root.is_map();
    (tables.parameters.complete, tables.schedules.complete) = (complete, complete);
}

fn parameters(map: &Map<'_>, tables: &mut Tables, pack: &mut Pack) {
    let Some(entry) = map.get("parameters") else { return };
    for (key, name, value) in entry.pairs("basic-pension: [{from: 2025-01-01, value: 143}]").into_iter().take(MOST) {
        let values = steps(&value, "value", ONE_VALUE, |entry| entry.number());
        if !name.declared_key(key) || !tables.parameters.declare(key, &name) {
            continue;
        }
        let numbers = || values.iter().map(|(_, number)| *number);
        let bounds = (numbers().min().unwrap_or(Decimal::ZERO), numbers().max().unwrap_or(Decimal::ZERO));
        tables.bounds.push(bounds);
        pack.parameters.push(Parameter { key: key.to_owned(), values });
    }
}

fn schedules(map: &Map<'_>, tables: &mut Tables, pack: &mut Pack) {
    let Some(entry) = map.get("schedules") else { return };
    for (key, name, value) in entry.pairs("retirement-men: [{from: 1965-01-01, months: 721}]").into_iter().take(MOST) {
        let months = |entry: &Entry<'_>| entry.whole(0, LONGEST_MONTHS).and_then(|months| u16::try_from(months).ok());
        let steps = steps(&value, "months", ONE_STEP, months);
        if name.declared_key(key) && tables.schedules.declare(key, &name) {
            pack.schedules.push(Schedule { key: key.to_owned(), steps });
        }
    }
}

/// The steps of a list, each with the day from which it holds; the days must rise.
fn steps<T>(
    list: &Entry<'_>,
    key: &'static str,
    example: &str,
    read: impl Fn(&Entry<'_>) -> Option<T>,
) -> Vec<(Day, T)> {
    let mut steps: Vec<(Day, T)> = Vec::new();
    for item in list.list(1, MOST_STEPS, example) {
        let step = item.map(example, |map| {
            let from = map.need("from", "from: 2025-01-01").and_then(|entry| entry.day());
            let value = map.need(key, example).and_then(|entry| read(&entry));
            Some((from?, value?))
        });
        let Some(Some((from, value))) = step else { continue };
        if steps.last().is_some_and(|(last, _)| *last >= from) {
            let reason = format!("{} does not begin later than the entry before it", item.shown());
            item.error(FaultKind::Contradiction, reason, "write the entries in the order of their days, each day once");
            continue;
        }
        steps.push((from, value));
    }
    steps
}

impl Entry<'_> {
    /// Whether `key`, which stands here as the key of a map, may be one.
    fn declared_key(&self, key: &str) -> bool {
        let sound = super::values::is_key(key);
        if !sound {
            let mend = "keys have lower case letters, digits and single hyphens: basic-pension";
            self.error(FaultKind::BadKey, format!("{} is no key", quote(key)), mend);
        }
        sound
    }
}
