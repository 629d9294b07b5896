// SPDX-License-Identifier: GPL-3.0-only
//! `doorstep policy …`: the tool of policy officers.

mod bundle;
mod check;
mod diff;
mod explain;
mod json;
mod report;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;

pub use self::bundle::{BuildOptions, BundleCommand, KeysCommand, SignOptions, VerifyOptions};
pub use self::check::CheckOptions;
pub use self::diff::DiffOptions;
pub use self::explain::ExplainOptions;
use crate::domain::day::Day;

use super::source::{PackSource, SourceError};

/// How a command ended, as its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Everything is in order; of `diff`: nobody gains or loses.
    Good,
    /// Faults, failed expectations; of `diff`: there are differences.
    Found,
    /// The command could not be carried out.
    Unable,
}

impl End {
    /// The exit code: 0, 1 or 2.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::Found => 1,
            Self::Unable => 2,
        }
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Says every fault of a pack with its file, line and mend; then runs the example people.
    Check(CheckOptions),
    /// Says of one person what applies and why, what is unknown, what would change it.
    Explain(Box<ExplainOptions>),
    /// Says who gains and who loses by a change, over example people.
    Diff(DiffOptions),
    /// Keys, bundles and signatures.
    #[command(flatten)]
    Bundle(BundleCommand),
}

/// Runs a command; its answer goes to `out`. `today` is the day where the command names none.
///
/// # Errors
/// Only what writing to `out` gives.
pub fn run(command: &PolicyCommand, today: Day, out: &mut dyn Write) -> io::Result<End> {
    match command {
        PolicyCommand::Check(options) => check::run(options, out),
        PolicyCommand::Explain(options) => explain::run(options, today, out),
        PolicyCommand::Diff(options) => diff::run(options, out),
        PolicyCommand::Bundle(command) => bundle::run(command, out),
    }
}

/// The files of a pack, and where they lie, so that messages name them as they are found on the disk.
struct Opened {
    source: PackSource,
    /// The folder or bundle.
    base: PathBuf,
    /// Where the example people lie, if they do not lie in the pack.
    cases: Option<PathBuf>,
}

impl Opened {
    /// The files of the pack at `path`, a folder or a bundle; `cases` takes the place of its own example people.
    fn open(path: &Path, cases: Option<&Path>) -> Result<Self, SourceError> {
        let is_bundle = path.is_file();
        let mut source = if is_bundle { bundle::read_source(path)? } else { PackSource::read_folder(path)? };
        let mut place = None;
        if let Some(cases) = cases {
            source = source.without_cases();
            place = Some(source.read_cases(cases)?);
        }
        Ok(Self { source, base: path.to_path_buf(), cases: place })
    }

    /// Where a file of the pack lies.
    fn place(&self, file: &str) -> PathBuf {
        match (&self.cases, file.strip_prefix("cases/")) {
            (Some(cases), Some(name)) => cases.join(name),
            _ => self.base.join(file),
        }
    }
}

/// Says why the files of a pack could not be had.
fn write_source_error(path: &Path, error: &SourceError, out: &mut dyn Write) -> io::Result<End> {
    write!(out, "{}: error: {error}", path.display())?;
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        write!(out, ": {cause}")?;
        source = cause.source();
    }
    writeln!(out, "\n    mend: {}", error.mend())?;
    Ok(End::Unable)
}
