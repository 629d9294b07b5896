// SPDX-License-Identifier: GPL-3.0-only
//! `doorstep policy explain`: one person, in words and for programs.

mod json;
mod text;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::report::write_faults;
use super::{End, Opened, write_source_error};
use crate::domain::day::Day;
use crate::domain::policy::engine::{Change, Program, Proof, Question, Verdict};
use crate::domain::policy::fact::Facts;
use crate::policies::cases::Case;
use crate::policies::fault::{PackFault, Report, summary};
use crate::policies::format::{facts_from, read};
use crate::policies::source::{PackSource, SourceError};
use crate::policies::words::Language;

/// So many years ahead a change by time alone is looked for.
const YEARS_AHEAD: i32 = 10;

/// Whom to explain, and how.
#[derive(Debug, Args)]
pub struct ExplainOptions {
    /// The folder of the pack, or a bundle.
    #[arg(value_name = "PACK")]
    pub pack: PathBuf,
    /// An example person: `FILE#id`, or `id` of one in the pack.
    #[arg(long, value_name = "FILE#ID", required_unless_present = "facts", conflicts_with = "facts")]
    pub case: Option<String>,
    /// What is known, as `birth=1944-03-01 sex=female income-per-person=500..735 dibao=nothing`.
    #[arg(long, value_name = "FACTS")]
    pub facts: Option<String>,
    /// Only this policy.
    #[arg(long, value_name = "KEY")]
    pub policy: Option<String>,
    /// The day on which is asked, as 2026-01-31; without it that of the case, or today.
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub on: Option<Day>,
    /// For programs.
    #[arg(long)]
    pub json: bool,
    /// The language of the pack's texts.
    #[arg(long, value_enum, default_value_t = Language::En)]
    pub lang: Language,
}

fn day(text: &str) -> Result<Day, &'static str> {
    Day::parse_iso(text).ok_or("write the day as 2026-01-31")
}

/// Who is explained.
struct Person {
    /// Id and description of the case; nothing for facts of the command line.
    case: Option<Case>,
    facts: Facts,
    on: Day,
}

/// One policy, explained.
struct Told {
    policy: usize,
    proof: Proof,
    /// Documents to bring, counted in the policy's list.
    documents: Vec<usize>,
    /// The first day on which the verdict is another one by time alone.
    changes_on: Option<(Day, Verdict)>,
    /// What would make it apply.
    smallest_change: Option<Vec<Change>>,
}

/// Everything that is told of a person.
struct Explanation {
    told: Vec<Told>,
    next_question: Option<Question>,
}

pub(super) fn run(options: &ExplainOptions, today: Day, out: &mut dyn Write) -> io::Result<End> {
    let opened = match open(options) {
        Ok(opened) => opened,
        Err(error) => return write_source_error(&options.pack, &error, out),
    };
    let shown = options.pack.display();
    let reading = match read(&opened.source) {
        Ok(reading) => reading,
        Err(report) => return refuse(&opened, &report, &format!("{shown}: the pack cannot be used"), out),
    };
    let pack = Arc::new(reading.pack);
    let program = match Program::compile(Arc::clone(&pack)) {
        Ok(program) => program,
        Err(error) => {
            writeln!(out, "{shown}: error: {error}")?;
            return Ok(End::Unable);
        }
    };
    let person = match (&options.facts, &options.case) {
        (Some(line), _) => {
            let on = options.on.unwrap_or(today);
            match facts_from(&pack, line, on) {
                Ok(facts) => Person { case: None, facts, on },
                Err(report) => return refuse_line(line, &report.faults, out),
            }
        }
        (None, case) => {
            let case = case.as_deref().unwrap_or_default();
            let id = case.rsplit_once('#').map_or(case, |(_, id)| id);
            let Some(found) = reading.cases.into_iter().find(|found| found.id == id) else {
                writeln!(
                    out,
                    "{shown}: error: there is no case `{id}`\n    mend: write --case FILE#id, or the id of a case"
                )?;
                return Ok(End::Unable);
            };
            Person { facts: found.facts.clone(), on: options.on.unwrap_or(found.on), case: Some(found) }
        }
    };
    let wanted = match &options.policy {
        None => (0..pack.policies.len()).collect(),
        Some(key) => match pack.policies.iter().position(|policy| policy.key == *key) {
            Some(index) => vec![index],
            None => {
                writeln!(out, "{shown}: error: there is no policy `{key}`")?;
                return Ok(End::Unable);
            }
        },
    };
    let explanation = explain(&program, &person, &wanted);
    if options.json {
        json::write(&program, &person, &explanation, out)?;
    } else {
        let whole = options.policy.is_some();
        text::Text { program: &program, person: &person, language: options.lang, whole }.write(&explanation, out)?;
    }
    Ok(End::Good)
}

fn explain(program: &Program, person: &Person, wanted: &[usize]) -> Explanation {
    let Person { facts, on, .. } = person;
    let until = on.plus_months(12 * YEARS_AHEAD, program.pack().leap_day).unwrap_or(*on);
    let told = |policy: &usize| {
        let proof = program.prove(*policy, *on, facts);
        let does_not = proof.decision.verdict == Verdict::DoesNot;
        Told {
            policy: *policy,
            documents: program.documents(*policy, *on, facts),
            changes_on: program.changes_on(*policy, *on, facts, until),
            smallest_change: does_not.then(|| program.smallest_change(*policy, *on, facts)).flatten(),
            proof,
        }
    };
    Explanation { told: wanted.iter().map(told).collect(), next_question: program.next_question(*on, facts, &[]) }
}

/// The pack, with the file of the case in place of its example people where one is named.
fn open(options: &ExplainOptions) -> Result<Opened, SourceError> {
    let opened = Opened::open(&options.pack, None)?;
    let file = options.case.as_deref().and_then(|case| case.rsplit_once('#')).map(|(file, _)| file);
    let Some(file) = file.filter(|file| !file.is_empty()).map(Path::new) else { return Ok(opened) };
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let inner = format!("cases/{name}");
    let mut source = opened.source.clone().without_cases();
    if file.is_file() {
        let bytes = PackSource::read_file(file, &inner)?;
        source.insert(&inner, bytes)?;
        return Ok(Opened { source, base: opened.base, cases: file.parent().map(Path::to_path_buf) });
    }
    // A file of the pack itself, named as it lies in it.
    let Some(bytes) = opened.source.get(&inner) else { return Err(SourceError::Absent { path: file.to_path_buf() }) };
    source.insert(&inner, bytes.to_vec())?;
    Ok(Opened { source, ..opened })
}

fn refuse(opened: &Opened, report: &Report, why: &str, out: &mut dyn Write) -> io::Result<End> {
    write_faults(opened, &report.faults, out)?;
    writeln!(out, "{why}: {}", summary(&report.faults, report.omitted))?;
    Ok(End::Unable)
}

/// Faults of a person who is described on the command line.
fn refuse_line(line: &str, faults: &[PackFault], out: &mut dyn Write) -> io::Result<End> {
    for fault in faults {
        writeln!(out, "--facts: error: {}", fault.reason)?;
        let number = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        let (shown, marks) = crate::settings::report::excerpt(line, number(fault.column), number(fault.width));
        writeln!(out, "    | {shown}\n    | {marks}\n    mend: {}", fault.mend)?;
    }
    Ok(End::Unable)
}
