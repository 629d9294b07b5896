// SPDX-License-Identifier: GPL-3.0-only
//! Answers of a command on the command line.

use std::io::Write;

/// Writes one line to standard output. A reader who has gone (`doorstep sim taxi | head -1`) is no reason
/// to end a simulator.
pub fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    let _ = writeln!(output, "{line}").and_then(|()| output.flush());
}

/// Writes one line to standard error: what a person is asked to do, or what is wrong, beside the answers.
pub fn complain(line: &str) {
    let mut output = std::io::stderr().lock();
    let _ = writeln!(output, "{line}").and_then(|()| output.flush());
}
