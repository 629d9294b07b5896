// SPDX-License-Identifier: GPL-3.0-only
//! `doorstep policy check`: all faults of a pack, then the example people.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::report::write_faults;
use super::{End, Opened, write_source_error};
use crate::domain::policy::engine::Program;
use crate::policies::cases::{Amount, Case, Found, Miss, Outcome, run as run_cases};
use crate::policies::fault::summary;
use crate::policies::words::{Language, Speaker, verdict};
use crate::policies::{Reading, read};

/// What to check.
#[derive(Debug, Args)]
pub struct CheckOptions {
    /// The folder of the pack, or a bundle.
    #[arg(value_name = "PACK")]
    pub pack: PathBuf,
    /// A folder with example people, in place of those in the pack.
    #[arg(long, value_name = "FOLDER")]
    pub cases: Option<PathBuf>,
}

/// So many policies without a case are named.
const MOST_NAMED: usize = 40;

pub(super) fn run(options: &CheckOptions, out: &mut dyn Write) -> io::Result<End> {
    let opened = match Opened::open(&options.pack, options.cases.as_deref()) {
        Ok(opened) => opened,
        Err(error) => return write_source_error(&options.pack, &error, out),
    };
    let shown = options.pack.display();
    let Reading { pack, cases, warnings } = match read(&opened.source) {
        Ok(reading) => reading,
        Err(report) => {
            write_faults(&opened, &report.faults, out)?;
            writeln!(out, "{shown}: {}; the pack cannot be used", summary(&report.faults, report.omitted))?;
            return Ok(End::Found);
        }
    };
    write_faults(&opened, &warnings, out)?;
    let (policies, facts) = (pack.policies.len(), pack.facts.len());
    let program = match Program::compile(Arc::new(pack)) {
        Ok(program) => program,
        Err(error) => {
            writeln!(out, "{shown}: error: {error}\n{shown}: the pack cannot be used")?;
            return Ok(End::Found);
        }
    };
    let ran = run_cases(&program, &cases);
    for miss in &ran.misses {
        write_miss(&opened, &program, &cases, miss, out)?;
    }
    if !ran.misses.is_empty() {
        writeln!(out)?;
    }
    if !cases.is_empty() {
        write_named(&program, "no case expects anything of", &ran.without_case, out)?;
        write_named(&program, "no case expects these to apply:", &ran.never_applying, out)?;
    }
    writeln!(
        out,
        "{shown}: {}; {policies} policies, {facts} facts; {} cases with {} expectations, {} of them not met",
        summary(&warnings, 0),
        cases.len(),
        ran.checked,
        ran.misses.len()
    )?;
    Ok(if ran.misses.is_empty() { End::Good } else { End::Found })
}

fn write_named(program: &Program, what: &str, policies: &[usize], out: &mut dyn Write) -> io::Result<()> {
    if policies.is_empty() {
        return Ok(());
    }
    let key = |index: &usize| program.pack().policies.get(*index).map_or("?", |policy| policy.key.as_str());
    let keys: Vec<&str> = policies.iter().take(MOST_NAMED).map(key).collect();
    let more = policies.len().saturating_sub(MOST_NAMED);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    writeln!(out, "note: {what} {}{more}", keys.join(", "))
}

/// An expectation that was not met: where it stands, what was expected and what was found.
fn write_miss(opened: &Opened, program: &Program, cases: &[Case], miss: &Miss, out: &mut dyn Write) -> io::Result<()> {
    let Some(case) = cases.get(miss.case) else { return Ok(()) };
    let Some(expectation) = case.expect.get(miss.expectation) else { return Ok(()) };
    let speaker = Speaker::new(program, case.on, Language::En);
    let keys = |facts: &[crate::domain::policy::fact::FactId]| {
        let key = |fact: &crate::domain::policy::fact::FactId| {
            program.pack().facts.get(usize::from(fact.0)).map_or("?", |spec| spec.key.as_str())
        };
        facts.iter().map(key).collect::<Vec<_>>().join(", ")
    };
    let expected = match &expectation.outcome {
        Outcome::Applies(None) => "applies".to_owned(),
        Outcome::Applies(Some(Amount::Exactly(number))) => format!("applies with {number}"),
        Outcome::Applies(Some(Amount::Between(low, high))) => format!("applies with {low} to {high}"),
        Outcome::Applies(Some(Amount::From(least))) => format!("applies with at least {least}"),
        Outcome::Applies(Some(Amount::UpTo(most))) => format!("applies with at most {most}"),
        Outcome::Not(facts) if facts.is_empty() => "does not apply".to_owned(),
        Outcome::Not(facts) => format!("does not apply, by {}", keys(facts)),
        Outcome::Needs(facts) if facts.is_empty() => "needs facts".to_owned(),
        Outcome::Needs(facts) => format!("needs {}", keys(facts)),
    };
    let policy = program.pack().policies.iter().find(|policy| policy.key == expectation.policy);
    let found = match &miss.found {
        Found::NoPolicy => "there is no such policy".to_owned(),
        Found::Verdict(found, facts) if facts.is_empty() => format!("it {}", verdict(*found)),
        Found::Verdict(found, facts) => format!("it {}, by {}", verdict(*found), keys(facts)),
        Found::Worth(None) => "it applies without an amount".to_owned(),
        Found::Worth(Some(worth)) => {
            let worth = policy.map_or_else(String::new, |policy| speaker.worth(policy, *worth));
            format!("it applies with {worth}")
        }
        Found::Missing(facts) => format!("it needs {}", keys(facts)),
        Found::DecidedBy(facts) => format!("that alone does not decide it; it does not apply by {}", keys(facts)),
    };
    let place = opened.place(&case.file);
    writeln!(
        out,
        "{}:{}: {}, {}: expected: {expected}; but {found}",
        place.display(),
        expectation.line,
        case.id,
        expectation.policy
    )
}
