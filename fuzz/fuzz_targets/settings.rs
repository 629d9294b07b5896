// SPDX-License-Identifier: GPL-3.0-only
//! Any text as a settings file: it gives settings or tells what is wrong and where.
#![no_main]

use std::path::Path;

use doorstep::settings::{Severity, check};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (settings, faults) = check(text, Path::new("/nonexistent"), &|_| Some("secret-0123456789".to_owned()));
    let has_error = faults.iter().any(|fault| fault.severity == Severity::Error);
    assert_ne!(settings.is_some(), has_error, "settings are given exactly when nothing is wrong");
    let lines = text.lines().count().max(1) + 1;
    for fault in &faults {
        assert!(fault.line <= lines, "line {} of a text of {lines}", fault.line);
        assert!(!fault.reason.is_empty() && !fault.mend.is_empty(), "a fault has a reason and a mend");
    }
    assert!(!format!("{settings:?} {faults:?}").contains("secret-0123456789"), "a secret is shown");
});
