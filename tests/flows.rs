// SPDX-License-Identifier: GPL-3.0-only
//! The whole program, tapped through: the real screens without a display, against the simulated dispatch centre over
//! HTTP and the simulated printer over TCP.
//!
//! A flow is a script in `tests/flows/`, in the words of `doorstep::demo::script` and these:
//!
//! ```text
//! world NAME VALUE   before all else: how the surroundings are (see `host::options`)
//! kill               the program is killed (SIGKILL) and started again with the same data folder
//! expect open N      so many entries of the journal are open
//! expect outcomes …  how the rides in the journal ended, in their order
//! ```
//!
//! Slint knows one screen a process, so each flow has a process of its own: this program starts itself once more for
//! the terminal, and keeps the surroundings, which outlive a killed terminal. The two talk through a pipe.

#[path = "flows/binary.rs"]
mod binary;
#[path = "flows/child.rs"]
mod child;
#[path = "flows/host.rs"]
mod host;
#[path = "flows/pipe.rs"]
mod pipe;
#[path = "flows/traces.rs"]
mod traces;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

/// Flows at a time where nobody asks for another number: most of a flow is waiting, and two cores draw the screens.
const FLOWS_AT_A_TIME: usize = 2;

fn main() -> ExitCode {
    if child::is_wanted() {
        return child::run();
    }
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(FLOWS_AT_A_TIME);
    let scripts = match scripts() {
        Ok(scripts) => scripts,
        Err(error) => {
            eprintln!("the scripts cannot be listed: {error}");
            return ExitCode::FAILURE;
        }
    };
    let flows = scripts.into_iter().map(|(name, path)| Trial::test(name, move || Ok(host::play(&path)?)));
    libtest_mimic::run(&arguments, flows.chain(binary::trials()).collect()).exit_code()
}

/// Every script, by name.
fn scripts() -> std::io::Result<Vec<(String, PathBuf)>> {
    let mut scripts = Vec::new();
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/flows"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "script") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            scripts.push((name, path));
        }
    }
    scripts.sort();
    Ok(scripts)
}
