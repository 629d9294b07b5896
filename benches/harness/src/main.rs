// SPDX-License-Identifier: GPL-3.0-only
//! Measures the terminal from outside, beside what it is compared with, in one run on one machine.
//!
//! `doorstep-bench --program PATH --config FILE --chromium PATH --page FILE --work DIR [--only NAME]`

#![allow(clippy::disallowed_methods, reason = "a resident takes time; nobody calls these threads back")]

mod account;
mod browser;
mod card;
mod codecs;
mod decoder;
mod journal;
mod library;
mod measure;
mod policy;
mod process;
mod report;
#[path = "../../../drivers/tests/scenes/mod.rs"]
mod scenes;
mod screen;
mod writing;

use std::path::PathBuf;
use std::process::ExitCode;

use report::Report;

/// Any failure ends the run with its words; there is nobody to mend anything in between.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// What is measured, and where scratch files may go.
pub struct Setup {
    /// The release build of the terminal.
    pub program: PathBuf,
    /// Its settings.
    pub config: PathBuf,
    /// The browser to compare with, where there is one.
    pub chromium: Option<PathBuf>,
    /// The page that shows what the home screen shows.
    pub page: PathBuf,
    /// A folder on a real disk.
    pub work: PathBuf,
    /// The interpreter that has the peers of the codecs, where there is one.
    pub python: Option<PathBuf>,
    /// Only this one of [`PARTS`].
    pub only: Option<String>,
}

/// Measures one part and adds its figures.
type Part = fn(&Setup, &mut Report) -> Outcome<()>;

/// What can be measured by itself, sorted.
const PARTS: [(&str, Part); 9] = [
    ("account", account::compare),
    ("card", card::compare),
    ("codecs", codecs::compare),
    ("decoder", decoder::compare),
    ("journal", journal::compare),
    ("library", library::compare),
    ("policy", policy::compare),
    ("screen", measure::compare),
    ("writing", writing::compare),
];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome<()> {
    let setup = arguments()?;
    std::fs::create_dir_all(&setup.work)?;
    let mut report = Report::new();
    for (name, compare) in PARTS {
        if setup.only.as_deref().is_none_or(|only| only == name) {
            compare(&setup, &mut report)?;
        }
    }
    let path = setup.work.join("results.json");
    std::fs::write(&path, report.json())?;
    println!("{}", report.table());
    println!("{}", path.display());
    Ok(())
}

fn arguments() -> Outcome<Setup> {
    let mut setup = Setup {
        program: PathBuf::new(),
        config: PathBuf::new(),
        chromium: None,
        page: PathBuf::new(),
        work: PathBuf::new(),
        python: std::env::var_os("DOORSTEP_TEST_PYTHON").map(PathBuf::from).filter(|path| path.exists()),
        only: None,
    };
    let mut words = std::env::args().skip(1);
    while let Some(name) = words.next() {
        let value = words.next().ok_or_else(|| format!("{name} needs a value"))?;
        match name.as_str() {
            "--program" => setup.program = value.into(),
            "--config" => setup.config = value.into(),
            "--chromium" => setup.chromium = Some(PathBuf::from(value)).filter(|path| path.exists()),
            "--page" => setup.page = value.into(),
            "--work" => setup.work = value.into(),
            "--only" if PARTS.iter().any(|(part, _)| *part == value) => setup.only = Some(value),
            "--only" => {
                return Err(format!("--only {value}: it is one of {}", PARTS.map(|(part, _)| part).join(", ")).into());
            }
            other => return Err(format!("{other} is not known").into()),
        }
    }
    if setup.work.as_os_str().is_empty() {
        return Err("--work is needed".into());
    }
    Ok(setup)
}
