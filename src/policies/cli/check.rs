// SPDX-License-Identifier: GPL-3.0-only
//! `doorstep policy check`: all faults of a pack.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::report::write_faults;
use super::{End, Opened, write_source_error};
use crate::policies::fault::summary;
use crate::policies::{Reading, read};

/// What to check.
#[derive(Debug, Args)]
pub struct CheckOptions {
    /// The folder of the pack.
    #[arg(value_name = "FOLDER")]
    pub pack: PathBuf,
    /// A folder with example people, in place of those in the pack.
    #[arg(long, value_name = "FOLDER")]
    pub cases: Option<PathBuf>,
}

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
    writeln!(out, "{shown}: {}; {policies} policies, {facts} facts, {} cases", summary(&warnings, 0), cases.len())?;
    Ok(End::Good)
}
