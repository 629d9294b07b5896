// SPDX-License-Identifier: GPL-3.0-only
//! Any bytes as what a radar sends. Whatever came before, of eight good reports at least one is understood.
#![no_main]

use doorstep_drivers::presence::ld2410::{Decoder, Report, Target};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut decoder = Decoder::new();
    let found = bytes.iter().filter_map(|byte| decoder.push(*byte)).count();
    assert!(found <= bytes.len());
    let report = Report { target: Target::Both, moving_cm: 1, still_cm: 2 };
    // A false beginning may swallow as much as the longest report, not more.
    let good = report.encode().repeat(8);
    let understood = good.iter().filter_map(|byte| decoder.push(*byte)).filter(|result| *result == Ok(report)).count();
    assert!(understood >= 1, "{understood}");
});
