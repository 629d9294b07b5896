// SPDX-License-Identifier: GPL-3.0-only
//! What is declared in a pack, by its key, and whether anybody uses it.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use super::reader::{Entry, nearest};
use crate::domain::policy::fact::{Decimal, FactId, FactKind, FactSpec, OptionId};
use crate::domain::policy::pack::Pack;
use crate::policies::fault::{At, Complaint, FaultKind, Faults};
use crate::settings::source::quote;

/// The keys of one kind of thing, in the order of their declaration.
pub(super) struct Table {
    /// What it is, as in "there is no … `x`".
    what: &'static str,
    file: &'static str,
    rows: Vec<Row>,
    by_key: HashMap<String, usize>,
    /// Declared, but so wrongly that it cannot be used: what refers to it is no further fault.
    broken: HashSet<String>,
    /// Whether all were read: if not, nothing can be said to be undeclared.
    pub(super) complete: bool,
}

struct Row {
    key: String,
    at: At,
    used: Cell<bool>,
}

impl Table {
    pub(super) fn new(what: &'static str, file: &'static str) -> Self {
        Self { what, file, rows: Vec::new(), by_key: HashMap::new(), broken: HashSet::new(), complete: true }
    }

    /// Declares a key; a second one of the same name is a fault and is left out.
    pub(super) fn declare(&mut self, key: &str, entry: &Entry<'_>) -> bool {
        if let Some(first) = self.by_key.get(key).and_then(|index| self.rows.get(*index)) {
            let reason = format!("the {} {} is declared twice, first in line {}", self.what, quote(key), first.at.line);
            entry.error(FaultKind::Duplicate, reason, "give one of them another key, or remove it");
            return false;
        }
        self.by_key.insert(key.to_owned(), self.rows.len());
        self.rows.push(Row { key: key.to_owned(), at: entry.at, used: Cell::new(false) });
        true
    }

    /// Takes in a key of a pack that was read before.
    fn take(&mut self, key: &str) {
        self.by_key.insert(key.to_owned(), self.rows.len());
        self.rows.push(Row { key: key.to_owned(), at: At::TOP, used: Cell::new(false) });
    }

    /// Notes the key of something that was declared wrongly.
    pub(super) fn declare_broken(&mut self, item: &Entry<'_>) {
        match item.own_name() {
            Some(key) => drop(self.broken.insert(key.to_owned())),
            None => self.complete = false,
        }
    }

    /// The place of a key, without counting as a use.
    pub(super) fn position(&self, key: &str) -> Option<usize> {
        self.by_key.get(key).copied()
    }

    /// The place of the key that `entry` writes; an unknown one is a fault.
    pub(super) fn find(&self, entry: &Entry<'_>, key: &str) -> Option<usize> {
        let found = self.position(key);
        match found.and_then(|index| self.rows.get(index)) {
            Some(row) => row.used.set(true),
            None if self.complete && !self.broken.contains(key) => {
                let mend = nearest(key, self.rows.iter().map(|row| row.key.as_str()))
                    .replace("remove it; known here", "declare it, or write one of");
                let mend = if mend == "remove it" { format!("declare it in {}", self.file) } else { mend };
                entry.error(FaultKind::UnknownReference, format!("there is no {} {}", self.what, quote(key)), mend);
            }
            None => (),
        }
        found
    }

    /// Warns of what nobody uses.
    pub(super) fn warn_of_unused(&self, faults: &Faults) {
        for row in self.rows.iter().filter(|row| !row.used.get()) {
            let reason = format!("the {} {} is used nowhere", self.what, quote(&row.key));
            let complaint = Complaint::warning(FaultKind::Unused, reason, "remove it, or use it");
            faults.add(self.file, row.at, &row.key, complaint);
        }
    }
}

/// Everything that policies refer to.
pub(super) struct Tables {
    pub(super) facts: Table,
    pub(super) specs: Vec<FactSpec>,
    /// The options of each fact that has some.
    options: Vec<HashMap<String, OptionId>>,
    pub(super) parameters: Table,
    /// Least and greatest value of each parameter.
    pub(super) bounds: Vec<(Decimal, Decimal)>,
    pub(super) schedules: Table,
    pub(super) institutions: Table,
    pub(super) documents: Table,
}

impl Tables {
    pub(super) fn new() -> Self {
        Self {
            facts: Table::new("fact", "facts.yaml"),
            specs: Vec::new(),
            options: Vec::new(),
            parameters: Table::new("parameter", "pack.yaml"),
            bounds: Vec::new(),
            schedules: Table::new("schedule", "pack.yaml"),
            institutions: Table::new("institution", "institutions.yaml"),
            documents: Table::new("document", "documents.yaml"),
        }
    }

    /// The facts of a pack that was read before.
    pub(super) fn facts_of(pack: &Pack) -> Self {
        let mut tables = Self::new();
        for spec in &pack.facts {
            tables.facts.take(&spec.key);
            tables.add_fact(spec.clone());
        }
        tables
    }

    /// Takes in a fact that was declared.
    pub(super) fn add_fact(&mut self, spec: FactSpec) {
        let options = match &spec.kind {
            FactKind::Choice { options } => {
                let id = |index: usize| OptionId(u32::try_from(index).unwrap_or(u32::MAX));
                options.iter().enumerate().map(|(index, choice)| (choice.key.clone(), id(index))).collect()
            }
            _ => HashMap::new(),
        };
        self.options.push(options);
        self.specs.push(spec);
    }

    /// The fact that `entry` names.
    pub(super) fn fact(&self, entry: &Entry<'_>) -> Option<(FactId, &FactSpec)> {
        let key = entry.word("birth")?;
        self.fact_called(entry, &key)
    }

    /// The fact of that key, which stands at `entry`.
    pub(super) fn fact_called(&self, entry: &Entry<'_>, key: &str) -> Option<(FactId, &FactSpec)> {
        let index = self.facts.find(entry, key)?;
        Some((FactId(u16::try_from(index).ok()?), self.specs.get(index)?))
    }

    /// The fact that `entry` names, which must be of the kind that `takes` accepts, such as "a number".
    pub(super) fn fact_of(
        &self,
        entry: &Entry<'_>,
        wanted: &str,
        takes: impl FnOnce(&FactKind) -> bool,
    ) -> Option<(FactId, &FactSpec)> {
        let (fact, spec) = self.fact(entry)?;
        if takes(&spec.kind) {
            return Some((fact, spec));
        }
        let reason = format!("the fact {} is {}, but must be {wanted}", quote(&spec.key), kind_words(&spec.kind));
        entry.error(FaultKind::WrongKind, reason, "name a fact of that kind, or change its kind in facts.yaml");
        None
    }

    /// The option that `entry` names.
    pub(super) fn option(&self, fact: FactId, entry: &Entry<'_>) -> Option<OptionId> {
        let spec = self.specs.get(usize::from(fact.0))?;
        let options = self.options.get(usize::from(fact.0))?;
        let key = entry.word("rural")?;
        let found = options.get(&key).copied();
        if found.is_none() && self.facts.complete {
            let reason = format!("the fact {} has no option {}", quote(&spec.key), quote(&key));
            let mend =
                nearest(&key, options.keys().map(String::as_str)).replace("remove it; known here", "write one of");
            entry.error(FaultKind::UnknownReference, reason, mend);
        }
        found
    }
}

/// The kind of a fact in a sentence.
pub(super) fn kind_words(kind: &FactKind) -> &'static str {
    match kind {
        FactKind::Flag => "yes or no (flag)",
        FactKind::Number { .. } => "a number",
        FactKind::Choice { .. } => "a choice",
        FactKind::Place => "a place",
        FactKind::Day => "a day",
        FactKind::Days => "a list of days",
    }
}
