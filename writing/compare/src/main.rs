// SPDX-License-Identifier: GPL-3.0-only
//! `cargo run --release --manifest-path writing/compare/Cargo.toml`: what `.ci/bench --only writing` measures.

#[path = "../../../benches/harness/src/report.rs"]
#[allow(dead_code, reason = "other parts of the harness use the rest")]
mod report;
#[path = "../../../benches/harness/src/writing.rs"]
mod writing;

/// Any failure ends the run with its words.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// This part needs nothing of what the harness sets up.
pub struct Setup;

fn main() -> Outcome<()> {
    let mut report = report::Report::new();
    writing::compare(&Setup, &mut report)?;
    println!("{}", report.table());
    Ok(())
}
