// SPDX-License-Identifier: GPL-3.0-only
//! The tables of a pack: whether all that counts in them is there, and within its bounds.

use super::error::{CompileError, Spot, Wrong};
use crate::domain::day::Day;
use crate::domain::policy::fact::{FactKind, FactSpec, MOST_FACTS, MOST_OPTIONS};
use crate::domain::policy::pack::{MOST_POLICIES, Pack, Policy};
use crate::domain::policy::rule::MOST_CLAUSES;

/// Most rows of any other table of a pack, which are counted in 16 bits.
const MOST_ROWS: usize = 1 << 16;

/// Checks all but the clauses.
pub(super) fn check(pack: &Pack) -> Result<(), CompileError> {
    for (what, count, most) in [
        ("facts", pack.facts.len(), MOST_FACTS),
        ("policies", pack.policies.len(), MOST_POLICIES),
        ("parameters", pack.parameters.len(), MOST_ROWS),
        ("schedules", pack.schedules.len(), MOST_ROWS),
        ("institutions", pack.institutions.len(), MOST_ROWS),
        ("documents", pack.documents.len(), MOST_ROWS),
    ] {
        few(what, count, most).map_err(|wrong| CompileError { spot: Spot::Pack, wrong })?;
    }
    for spec in &pack.facts {
        fact(spec).map_err(|wrong| CompileError { spot: Spot::Fact(spec.key.clone()), wrong })?;
    }
    for parameter in &pack.parameters {
        let days = parameter.values.iter().map(|(day, _)| *day);
        ascending(days).map_err(|wrong| CompileError { spot: Spot::Parameter(parameter.key.clone()), wrong })?;
    }
    for schedule in &pack.schedules {
        let days = schedule.steps.iter().map(|(day, _)| *day);
        ascending(days).map_err(|wrong| CompileError { spot: Spot::Schedule(schedule.key.clone()), wrong })?;
    }
    for document in &pack.documents {
        for fact in &document.proved_by {
            let index = usize::from(fact.0);
            there("fact", index, pack.facts.len())
                .map_err(|wrong| CompileError { spot: Spot::Document(document.key.clone()), wrong })?;
        }
    }
    for each in &pack.policies {
        policy(pack, each).map_err(|wrong| CompileError { spot: Spot::Policy(each.key.clone()), wrong })?;
    }
    Ok(())
}

fn fact(spec: &FactSpec) -> Result<(), Wrong> {
    match &spec.kind {
        FactKind::Choice { options } if options.is_empty() => Err(Wrong::Empty { what: "the list of options" }),
        FactKind::Choice { options } => few("options", options.len(), MOST_OPTIONS),
        FactKind::Number { least, most, .. } if least > most => Err(Wrong::BadNumber { what: "the least number" }),
        _ => Ok(()),
    }
}

fn policy(pack: &Pack, policy: &Policy) -> Result<(), Wrong> {
    there("institution", usize::from(policy.institution), pack.institutions.len())?;
    few("profiles", policy.profiles.len(), MOST_CLAUSES)?;
    few("documents", policy.documents.len(), MOST_CLAUSES)?;
    for need in &policy.documents {
        there("document", usize::from(need.document), pack.documents.len())?;
    }
    match (policy.from, policy.until) {
        (Some(from), Some(until)) if until < from => Err(Wrong::NotAscending),
        _ => Ok(()),
    }
}

fn few(what: &'static str, count: usize, most: usize) -> Result<(), Wrong> {
    if count <= most { Ok(()) } else { Err(Wrong::TooMany { what, count, most }) }
}

fn there(what: &'static str, index: usize, count: usize) -> Result<(), Wrong> {
    if index < count { Ok(()) } else { Err(Wrong::NoSuch { what, index: index as u64 }) }
}

fn ascending(days: impl Iterator<Item = Day>) -> Result<(), Wrong> {
    let mut last: Option<Day> = None;
    for day in days {
        if last.is_some_and(|last| day <= last) {
            return Err(Wrong::NotAscending);
        }
        last = Some(day);
    }
    Ok(())
}
