// SPDX-License-Identifier: GPL-3.0-only
//! `doorstep policy diff`: who gains and who loses by a change.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::report::write_faults;
use super::{End, Opened, json, write_source_error};
use crate::domain::day::Day;
use crate::domain::policy::engine::{Program, Verdict};
use crate::policies::cases::Case;
use crate::policies::compare::{Answer, Effect, People, Shift, Written, compare, written};
use crate::policies::fault::{FaultKind, PackFault, Severity, summary};
use crate::policies::format::{cases_for, contents, read};
use crate::policies::source::PackSource;
use crate::policies::words::{Language, Speaker, verdict};

/// What to compare.
#[derive(Debug, Args)]
pub struct DiffOptions {
    /// The older pack: a folder, or a bundle.
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// The newer pack.
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// The folder with the example people; without it those in the newer pack.
    #[arg(long, value_name = "FOLDER")]
    pub cases: Option<PathBuf>,
    /// For programs.
    #[arg(long)]
    pub json: bool,
    /// The language of the pack's texts.
    #[arg(long, value_enum, default_value_t = Language::En)]
    pub lang: Language,
}

/// One of the two packs.
struct Side {
    program: Program,
    source: PackSource,
    cases: Vec<Case>,
    /// What the example people say that this pack cannot understand.
    faults: Vec<PackFault>,
}

pub(super) fn run(options: &DiffOptions, out: &mut dyn Write) -> io::Result<End> {
    let people = match people(options) {
        Ok(people) => people,
        Err(error) => return write_source_error(options.cases.as_deref().unwrap_or(&options.new), &error, out),
    };
    let (Some(old), Some(new)) = (side(&options.old, &people, out)?, side(&options.new, &people, out)?) else {
        return Ok(End::Unable);
    };
    // What neither pack understands is a slip; what one of them understands is part of the change.
    let same = |one: &PackFault, other: &PackFault| {
        (&one.file, one.line, one.column, one.kind) == (&other.file, other.line, other.column, other.kind)
    };
    let slips: Vec<PackFault> = new
        .faults
        .iter()
        .filter(|fault| fault.severity == Severity::Error && old.faults.iter().any(|other| same(fault, other)))
        .cloned()
        .collect();
    if !slips.is_empty() {
        write_faults(&people, &slips, out)?;
        writeln!(out, "the example people hold {}", summary(&slips, 0))?;
        return Ok(End::Unable);
    }
    let found = compare((&old.program, &old.cases), (&new.program, &new.cases));
    let changes = written(&contents(&old.source), &contents(&new.source));
    if options.json {
        write_json(&old, &new, &found, &changes, out)?;
    } else {
        write_notes(&old, "older", out)?;
        write_notes(&new, "newer", out)?;
        write_changes(&old, &new, &changes, out)?;
        write_people(options, &old, &new, &found, out)?;
    }
    Ok(if found.shifts.is_empty() && changes.is_empty() { End::Good } else { End::Found })
}

/// The example people by themselves.
fn people(options: &DiffOptions) -> Result<Opened, crate::policies::source::SourceError> {
    let mut source = PackSource::new();
    let (base, cases) = match &options.cases {
        Some(folder) => (folder.clone(), Some(source.read_cases(folder)?)),
        None => {
            let opened = Opened::open(&options.new, None)?;
            for (path, bytes) in opened.source.iter().filter(|(path, _)| path.starts_with("cases/")) {
                source.insert(path, bytes.to_vec())?;
            }
            (options.new.clone(), None)
        }
    };
    Ok(Opened { source, base, cases })
}

/// Reads one pack, and the people as it knows them; nothing where it cannot be read, which is said.
fn side(path: &Path, people: &Opened, out: &mut dyn Write) -> io::Result<Option<Side>> {
    let opened = match Opened::open(path, None) {
        Ok(opened) => Opened { source: opened.source.without_cases(), ..opened },
        Err(error) => {
            write_source_error(path, &error, out)?;
            return Ok(None);
        }
    };
    let pack = match read(&opened.source) {
        Ok(reading) => reading.pack,
        Err(report) => {
            write_faults(&opened, &report.faults, out)?;
            let told = summary(&report.faults, report.omitted);
            writeln!(out, "{}: {told}; the pack cannot be compared", path.display())?;
            return Ok(None);
        }
    };
    let (cases, faults) = cases_for(&pack, &people.source);
    match Program::compile(Arc::new(pack)) {
        Ok(program) => Ok(Some(Side { program, source: opened.source, cases, faults })),
        Err(error) => {
            writeln!(out, "{}: error: {error}", path.display())?;
            Ok(None)
        }
    }
}

/// What the people say that this pack does not know; there it is unknown.
fn write_notes(side: &Side, which: &str, out: &mut dyn Write) -> io::Result<()> {
    let unknown = side.faults.iter().filter(|fault| fault.severity == Severity::Error);
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for fault in unknown.filter(|fault| fault.kind != FaultKind::Absent) {
        *reasons.entry(&fault.reason).or_default() += 1;
    }
    for (reason, count) in reasons {
        writeln!(out, "note: for the {which} pack {reason} ({count} times in the cases): there it is unknown")?;
    }
    Ok(())
}

/// What is written differently.
fn write_changes(
    old: &Side,
    new: &Side,
    changes: &BTreeMap<(&'static str, String), Written>,
    out: &mut dyn Write,
) -> io::Result<()> {
    for ((what, key), written) in changes {
        let version = |side: &Side| {
            let policy = side.program.pack().policies.iter().find(|policy| policy.key == *key);
            policy.map(|policy| policy.version)
        };
        let mut note = String::new();
        if let (&"policy", Written::Changed, Some(before), Some(after)) = (what, *written, version(old), version(new)) {
            note = format!(", version {before} to {after}");
            if after <= before {
                note.push_str(": raise the version, or terminals cannot say that it is new");
            }
        }
        writeln!(out, "{} {what} {key}{note}", written.word())?;
    }
    if !changes.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

fn write_people(options: &DiffOptions, old: &Side, new: &Side, found: &People, out: &mut dyn Write) -> io::Result<()> {
    let title = |key: &str| {
        let policy = [new, old].iter().find_map(|side| {
            side.program.pack().policies.iter().find(|policy| policy.key == key).map(|policy| policy.title.clone())
        });
        policy.map_or_else(String::new, |title| match options.lang {
            Language::Zh => title.zh,
            Language::En => title.en,
        })
    };
    let mut last = "";
    for shift in &found.shifts {
        if shift.policy != last {
            let of_it = found.shifts.iter().filter(|other| other.policy == shift.policy);
            writeln!(out, "{} ({}): {}", title(&shift.policy), shift.policy, tally(of_it))?;
            last = &shift.policy;
        }
        let case = new.cases.iter().find(|case| case.id == shift.case);
        let person = case.map_or("", |case| match options.lang {
            Language::Zh => &case.person.zh,
            Language::En => &case.person.en,
        });
        let on = case.map_or(Day { year: 1970, month: 1, day: 1 }, |case| case.on);
        let (before, after) =
            (told(old, shift, shift.old.as_ref(), on, options), told(new, shift, shift.new.as_ref(), on, options));
        writeln!(out, "  {} {}: {before} -> {after} ({person})", shift.case, shift.effect.word())?;
    }
    if !found.shifts.is_empty() {
        writeln!(out)?;
    }
    if !found.left_out.is_empty() {
        writeln!(out, "note: only one of the packs can read the cases {}", found.left_out.join(", "))?;
    }
    let all = tally(found.shifts.iter());
    let all = if all.is_empty() { "nobody gains or loses".to_owned() } else { all };
    writeln!(out, "{} people compared: {all}", found.compared)
}

/// Such as `2 gains, 1 loses`: people by effect.
fn tally<'s>(shifts: impl Iterator<Item = &'s Shift>) -> String {
    let mut counts: BTreeMap<Effect, usize> = BTreeMap::new();
    for shift in shifts {
        *counts.entry(shift.effect).or_default() += 1;
    }
    let told: Vec<String> = counts.iter().map(|(effect, count)| format!("{count} {}", effect.word())).collect();
    told.join(", ")
}

fn told(side: &Side, shift: &Shift, answer: Option<&Answer>, on: Day, options: &DiffOptions) -> String {
    let Some(answer) = answer else { return "no such policy".to_owned() };
    let speaker = Speaker::new(&side.program, on, options.lang);
    let policy = side.program.pack().policies.iter().find(|policy| policy.key == shift.policy);
    let worth = match (policy, answer.worth, answer.verdict) {
        (Some(policy), Some(worth), Verdict::Applies) => format!(", {}", speaker.worth(policy, worth)),
        _ => String::new(),
    };
    format!("{}{worth}", verdict(answer.verdict))
}

fn write_json(
    old: &Side,
    new: &Side,
    found: &People,
    changes: &BTreeMap<(&'static str, String), Written>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let answer = |side: &Side, shift: &Shift, answer: Option<&Answer>| {
        let policy = side.program.pack().policies.iter().find(|policy| policy.key == shift.policy)?;
        let (unit, period) = json::unit_and_period(&policy.benefit);
        let answer = answer?;
        let word = json::verdict_word(answer.verdict);
        Some(json!({"verdict": word, "amount": answer.worth.map(json::worth), "unit": unit, "period": period}))
    };
    let shifts: Vec<serde_json::Value> = found
        .shifts
        .iter()
        .map(|shift| {
            json!({
                "policy": shift.policy,
                "case": shift.case,
                "effect": shift.effect.word(),
                "old": answer(old, shift, shift.old.as_ref()),
                "new": answer(new, shift, shift.new.as_ref()),
            })
        })
        .collect();
    let changes: Vec<serde_json::Value> = changes
        .iter()
        .map(|((what, key), written)| json!({"what": what, "key": key, "written": written.word()}))
        .collect();
    let counts: serde_json::Map<String, serde_json::Value> = Effect::ALL
        .into_iter()
        .map(|effect| {
            let count = found.shifts.iter().filter(|shift| shift.effect == effect).count();
            (effect.word().to_owned(), json!(count))
        })
        .collect();
    let answer = json!({
        "old": old.program.pack().key,
        "new": new.program.pack().key,
        "changes": changes,
        "people": found.compared,
        "left_out": found.left_out,
        "counts": counts,
        "shifts": shifts,
    });
    writeln!(out, "{answer:#}")
}
