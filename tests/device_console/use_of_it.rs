// SPDX-License-Identifier: GPL-3.0-only
//! How the commands are used, rightly and wrongly.

use crate::bench::{Bench, slips};

#[test]
fn wrong_use_ends_with_two() {
    let bench = Bench::new(&slips("address = \"127.0.0.1:1\""));
    for wrong in [
        "",
        "dance",
        "test --config doorstep.toml",
        "test slips --all --config doorstep.toml",
        "test slips",
        "test slips --config doorstep.toml --limit 0",
        "test slips --config absent.toml",
        "test nobody --config doorstep.toml",
        "trace nobody --config doorstep.toml",
        "list --config absent.toml",
    ] {
        let told = bench.run(wrong);
        assert_eq!(told.status, 2, "{wrong}: {}", told.error);
        assert!(!told.error.is_empty(), "{wrong}");
        assert_eq!(told.out, "", "{wrong}");
    }
    let told = bench.run("test nobody --config doorstep.toml");
    assert!(told.error.contains("there are: slips"), "{}", told.error);
}

#[test]
fn settings_with_faults_are_told_line_by_line() {
    let bench = Bench::new(&slips("address = \"127.0.0.1:1\"\ncolums = 48"));
    let told = bench.run("list --config doorstep.toml");
    assert_eq!(told.status, 2);
    assert!(told.error.contains("did you mean `columns`?"), "{}", told.error);
}

#[test]
fn without_settings_only_what_is_plugged_in_is_listed() {
    let bench = Bench::new("");
    let told = bench.run("list");
    assert_eq!(told.status, 0, "{}", told.error);
    assert!(told.out.starts_with("Plugged in:"), "{}", told.out);
    let answer = bench.run("list --json").json();
    assert_eq!(answer["devices"], serde_json::json!([]));
    for present in answer["present"].as_array().unwrap() {
        for field in ["kind", "path", "node", "name", "access", "reason", "help", "configured_as"] {
            assert!(present.get(field).is_some(), "{field} in {present}");
        }
    }
}

#[test]
fn a_terminal_without_devices_has_nothing_to_test() {
    let bench = Bench::new("");
    assert_eq!(bench.run("test --all --config doorstep.toml").status, 2);
    let told = bench.run("list --config doorstep.toml");
    assert_eq!(told.status, 0, "{}", told.error);
    assert!(told.out.contains("Devices in the settings:\n  none\n"), "{}", told.out);
}
