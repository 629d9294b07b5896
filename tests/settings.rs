// SPDX-License-Identifier: GPL-3.0-only
//! The settings file from outside: every fault at its line, the documented example, the printed report,
//! and arbitrary text.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails like the test itself")]

#[path = "settings/addresses.rs"]
mod addresses;
#[path = "settings/arbitrary.rs"]
mod arbitrary;
#[path = "settings/bookcase.rs"]
mod bookcase;
#[path = "settings/devices.rs"]
mod devices;
#[path = "settings/documents.rs"]
mod documents;
#[path = "settings/faults.rs"]
mod faults;
#[path = "settings/files.rs"]
mod files;
#[path = "settings/library.rs"]
mod library;
#[path = "settings/policy.rs"]
mod policy;
#[path = "settings/report.rs"]
mod report;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use doorstep::settings::{FaultKind, Settings, SettingsFault, check};
use tempfile::TempDir;

/// The smallest file without a fault: eleven lines, so that what a test adds begins at line 12.
const MINIMAL: &str = r#"data_directory = "data"
[site]
community = "南湖社区"
gate = "东门"
address = "南湖路18号"
longitude = 119.1
latitude = 36.7
[[help]]
name = "社区服务站"
phone = "0536-5550100"
hours = "每天 8:00—20:00"
"#;

/// A section of the dispatch centre without a fault, three lines.
const TAXI: &str = "[taxi]\nurl = \"https://api.taxi\"\napi_key_file = \"taxi.key\"\n";

/// The key in the directory of every test.
const KEY: &str = "8a2f1c9e-77aa-4d0e-9a51-0c3ffb7a1e55";

/// A directory with a good `taxi.key`.
struct Bench {
    directory: TempDir,
}

impl Bench {
    fn new() -> Self {
        let bench = Self { directory: tempfile::tempdir().unwrap() };
        bench.file("taxi.key", KEY, 0o600);
        bench
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn file(&self, name: &str, content: &str, mode: u32) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    /// Checks `text` with one variable set, `TAXI_KEY`, and one empty, `EMPTY`.
    fn check(&self, text: &str) -> (Option<Settings>, Vec<SettingsFault>) {
        check(text, self.path(), &|name| match name {
            "TAXI_KEY" => Some(KEY.to_owned()),
            "EMPTY" => Some(" ".to_owned()),
            _ => None,
        })
    }

    /// The settings in `text`, which must have no fault at all.
    fn good(&self, text: &str) -> Settings {
        let (settings, faults) = self.check(text);
        assert_eq!(faults, []);
        settings.unwrap()
    }
}

/// A fault as the tests name it: line, column, kind, key.
type Expected<'e> = (usize, usize, FaultKind, &'e str);

/// Asserts that `text` has exactly these faults, in this order, and that it gives settings only if all
/// of them are warnings. Answers with the faults.
fn assert_faults(text: &str, expected: &[Expected<'_>]) -> Vec<SettingsFault> {
    assert_faults_in(&Bench::new(), text, expected)
}

fn assert_faults_in(bench: &Bench, text: &str, expected: &[Expected<'_>]) -> Vec<SettingsFault> {
    let (settings, faults) = bench.check(text);
    let found: Vec<Expected<'_>> =
        faults.iter().map(|fault| (fault.line, fault.column, fault.kind, fault.key.as_str())).collect();
    assert_eq!(found, expected, "in\n{text}\n{faults:#?}");
    let is_sound = faults.iter().all(|fault| fault.severity == doorstep::settings::Severity::Warning);
    assert_eq!(settings.is_some(), is_sound);
    assert!(faults.iter().all(|fault| !fault.reason.is_empty() && !fault.mend.is_empty()));
    faults
}

/// [`MINIMAL`] with `extra` from line 12.
fn with(extra: &str) -> String {
    format!("{MINIMAL}{extra}")
}

/// [`MINIMAL`] with a slip printer whose further keys, from line 17, are `keys`.
fn with_printer(keys: &str) -> String {
    with(&format!("[roles]\nslip_printer = \"slips\"\n[[device]]\nname = \"slips\"\ndriver = \"escpos\"\n{keys}"))
}

/// [`MINIMAL`] with one line replaced.
fn with_line(number: usize, line: &str) -> String {
    let mut lines: Vec<&str> = MINIMAL.lines().collect();
    lines[number - 1] = line;
    lines.join("\n")
}
