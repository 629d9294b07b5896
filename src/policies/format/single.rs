// SPDX-License-Identifier: GPL-3.0-only
//! People for a pack that was read before: example people of other files, and one who is described on a line.

use std::collections::HashMap;

use super::cases::{Cases, facts_of};
use super::reader::{Entry, File};
use super::tables::Tables;
use super::yaml::{Content, Name, Node};
use super::{PackSource, with};
use crate::domain::day::Day;
use crate::domain::policy::fact::{FactKind, Facts};
use crate::domain::policy::pack::Pack;
use crate::policies::cases::Case;
use crate::policies::fault::{At, Complaint, FaultKind, Faults, PackFault, Report};
use crate::settings::source::quote;

/// So many faults are kept where those of two packs are compared.
const MOST_COMPARED: usize = 100_000;
/// Longest description of a person on a line, in bytes.
const LONGEST_LINE: usize = 64 << 10;
/// What messages call the line.
const LINE: &str = "--facts";

/// The example people of `source` as far as `pack` can know them, and what is wrong with them for it. What a fault
/// names is unknown of the person.
#[must_use]
pub fn cases_for(pack: &Pack, source: &PackSource) -> (Vec<Case>, Vec<PackFault>) {
    let faults = Faults::up_to(MOST_COMPARED);
    let tables = Tables::facts_of(pack);
    let (list, ids) = (Vec::new(), HashMap::new());
    // Which policies there are is compared elsewhere.
    let mut cases = Cases { tables: &tables, policies: std::collections::HashSet::new(), complete: false, list, ids };
    for path in source.iter().map(|(path, _)| path).filter(|path| path.starts_with("cases/")) {
        with(source, &faults, path, |root| cases.read(root));
    }
    (cases.list, faults.into_parts().0)
}

/// What is known of the person whom `line` describes: `birth=1944-03-01 sex=female income=500..735 dibao=nothing`,
/// days of a list behind each other with commas. `on` is the day on which is asked.
///
/// # Errors
/// A word is no `fact=value`, or does not fit the pack.
pub fn facts_from(pack: &Pack, line: &str, on: Day) -> Result<Facts, Report> {
    let faults = Faults::default();
    let tables = Tables::facts_of(pack);
    let file = File { name: LINE, faults: &faults, complete: true };
    if line.len() > LONGEST_LINE {
        let reason = format!("the description is longer than {LONGEST_LINE} bytes");
        faults.add(LINE, At::TOP, "", Complaint::error(FaultKind::TooLong, reason, "write a file with a case"));
    }
    let mut entries: Vec<(Name, Node)> = Vec::new();
    for (at, word) in words_of(line).take(crate::domain::policy::fact::MOST_FACTS) {
        let Some((key, value)) = word.split_once('=') else {
            let reason = format!("{} says nothing of a fact", quote(word));
            faults.add(
                LINE,
                at,
                "",
                Complaint::error(FaultKind::Syntax, reason, "write fact=value, as birth=1944-03-01"),
            );
            continue;
        };
        if entries.iter().any(|(name, _)| name.text == key) {
            let reason = format!("the fact {} is there twice", quote(key));
            faults.add(LINE, at, key, Complaint::error(FaultKind::DuplicateKey, reason, "remove one of the two"));
            continue;
        }
        let kind = tables.facts.position(key).and_then(|index| tables.specs.get(index)).map(|spec| &spec.kind);
        entries.push((Name { text: key.to_owned(), at }, node(value, kind, at)));
    }
    let root = Node { at: At::TOP, many_lines: false, content: Content::Map(entries) };
    let facts = facts_of(&Entry::root(file, &root), &tables, Some(on));
    if faults.error_count() == 0 {
        return Ok(facts);
    }
    let (faults, omitted) = faults.into_parts();
    Err(Report { faults, omitted })
}

/// The words of a line with their places.
fn words_of(line: &str) -> impl Iterator<Item = (At, &str)> {
    let mut rest = line;
    let mut column = 1_usize;
    std::iter::from_fn(move || {
        let blank = rest.len() - rest.trim_start().len();
        let (before, begun) = rest.split_at(blank);
        column += before.chars().count();
        let length = begun.find(char::is_whitespace).unwrap_or(begun.len());
        let (word, after) = begun.split_at(length);
        rest = after;
        let width = word.chars().count();
        let short = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let at = At { line: 1, column: short(column), width: short(width) };
        column += width;
        (!word.is_empty()).then_some((at, word))
    })
}

/// A value as a file would write it.
fn node(value: &str, kind: Option<&FactKind>, at: At) -> Node {
    let is_plain = matches!(kind, Some(FactKind::Flag | FactKind::Number { .. }));
    let scalar = |text: &str| {
        let text = match (kind, text) {
            (Some(FactKind::Flag), "yes") => "true",
            (Some(FactKind::Flag), "no") => "false",
            _ => text,
        };
        // `nothing` is the same with quotes and without, so codes can stand as they are.
        Node { at, many_lines: false, content: Content::Scalar { text: text.to_owned(), plain: is_plain } }
    };
    let list = |items: Vec<Node>| Node { at, many_lines: false, content: Content::List(items) };
    match (kind, value.split_once("..")) {
        (Some(FactKind::Days), _) if value == "nothing" => scalar(value),
        (Some(FactKind::Days), _) => list(value.split(',').filter(|day| !day.is_empty()).map(scalar).collect()),
        (_, Some((low, high))) => list(vec![scalar(low), scalar(high)]),
        _ => scalar(value),
    }
}
