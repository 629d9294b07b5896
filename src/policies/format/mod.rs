// SPDX-License-Identifier: GPL-3.0-only
//! From the files of a pack to a [`Pack`], or to all of its faults.
//!
//! Nothing is taken half: a pack with a single error is no pack. `docs/policy-packs.md` has every key.

mod benefits;
mod cases;
mod clauses;
mod comparisons;
mod contents;
mod facts;
mod head;
mod policies;
mod providers;
mod reader;
mod single;
mod tables;
mod values;
mod yaml;

pub use contents::{Contents, contents};
pub use single::{cases_for, facts_from};

use std::collections::HashMap;

use self::reader::{Entry, File};
use self::tables::Tables;
use super::cases::Case;
use super::fault::{At, Complaint, FaultKind, Faults, PackFault, Report};
use super::source::PackSource;
use crate::domain::policy::pack::Pack;

/// What was read of a pack without errors.
#[derive(Debug)]
pub struct Reading {
    /// The pack.
    pub pack: Pack,
    /// Its example people.
    pub cases: Vec<Case>,
    /// What somebody ought to look at.
    pub warnings: Vec<PackFault>,
}

/// Reads a pack and its example people.
///
/// # Errors
/// All faults, if one of them is an error.
pub fn read(source: &PackSource) -> Result<Reading, Report> {
    let faults = Faults::default();
    let (pack, cases) = read_all(source, &faults);
    let errors = faults.error_count();
    let (list, omitted) = faults.into_parts();
    if errors > 0 {
        return Err(Report { faults: list, omitted });
    }
    Ok(Reading { pack, cases, warnings: list })
}

fn read_all(source: &PackSource, faults: &Faults) -> (Pack, Vec<Case>) {
    let mut tables = Tables::new();
    let mut pack = Pack::default();
    let (parameters, schedules) = with(source, faults, "pack.yaml", |root| {
        head::read(root, &mut tables, &mut pack);
        (tables.parameters.complete, tables.schedules.complete)
    })
    .unwrap_or_default();
    (tables.parameters.complete, tables.schedules.complete) = (parameters, schedules);
    tables.facts.complete =
        with(source, faults, "facts.yaml", |root| facts::read(root, &mut tables)).is_some() && tables.facts.complete;
    let institutions =
        with(source, faults, "institutions.yaml", |root| providers::institutions(root, &mut tables, &mut pack));
    tables.institutions.complete &= institutions.is_some();
    let documents = with(source, faults, "documents.yaml", |root| providers::documents(root, &mut tables, &mut pack));
    tables.documents.complete &= documents.is_some();
    let mut policies = policies::Policies::default();
    let mut policies_complete = true;
    let files = |folder: &'static str| source.iter().map(|(path, _)| path).filter(move |path| path.starts_with(folder));
    for path in files("policies/") {
        let read = with(source, faults, path, |root| {
            policies.read(root, &tables);
            root.file.complete
        });
        policies_complete &= read.unwrap_or(false);
    }
    if files("policies/").next().is_none() {
        absent(faults, "policies/", "there is no file in policies/", "write the policies into policies/NAME.yaml");
    }
    let broken = std::mem::take(&mut policies.broken);
    let known = policies.list.iter().map(|policy| policy.key.as_str()).chain(broken.iter().map(String::as_str));
    let mut cases = cases::Cases {
        tables: &tables,
        policies: known.collect(),
        complete: policies_complete,
        list: Vec::new(),
        ids: HashMap::new(),
    };
    for path in files("cases/") {
        with(source, faults, path, |root| cases.read(root));
    }
    let cases = cases.list;
    pack.policies = policies.list;
    if faults.error_count() == 0 {
        warn_of_unused(&tables, faults);
    }
    pack.facts = tables.specs;
    (pack, cases)
}

/// Cases may name any fact: only what policies and documents use is used.
fn warn_of_unused(tables: &Tables, faults: &Faults) {
    for table in [&tables.parameters, &tables.schedules, &tables.facts, &tables.institutions, &tables.documents] {
        table.warn_of_unused(faults);
    }
}

/// Reads one file; nothing where it is absent or has no content, which is a fault.
fn with<T>(source: &PackSource, faults: &Faults, path: &str, read: impl FnOnce(&Entry<'_>) -> T) -> Option<T> {
    let Some(bytes) = source.get(path) else {
        absent(faults, path, &format!("there is no file {path}"), "add it; docs/policy-packs.md shows what is in it");
        return None;
    };
    let parsed = yaml::parse(path, bytes, faults);
    let Some(root) = &parsed.root else {
        if parsed.complete {
            let complaint =
                Complaint::error(FaultKind::Empty, "the file is empty", "write `[]` where there is nothing to say");
            faults.add(path, At::TOP, "", complaint);
        }
        return None;
    };
    let file = File { name: path, faults, complete: parsed.complete };
    Some(read(&Entry::root(file, root)))
}

fn absent(faults: &Faults, path: &str, reason: &str, mend: &str) {
    faults.add(path, At::TOP, "", Complaint::error(FaultKind::Absent, reason, mend));
}
