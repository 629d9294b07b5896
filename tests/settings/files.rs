// SPDX-License-Identifier: GPL-3.0-only
//! Files that the settings name, and the settings file itself.

use std::fs;
use std::path::Path;

use doorstep::protocol::FaultCode;
use doorstep::settings::FaultKind as Kind;
use doorstep::settings::{Settings, SettingsError};

use super::{Bench, KEY, MINIMAL, TAXI, assert_faults_in, with, with_line, with_printer};

/// A certificate authority made for this test: `openssl req -x509 -newkey ed25519`, valid until 2126.
const CA_PEM: &str = include_str!("ca.pem");

#[test]
fn a_secret_comes_from_a_file_or_a_variable() {
    let bench = Bench::new();
    bench.file("taxi.key", &format!("{KEY}\r\n"), 0o640);
    let taxi = bench.good(&with(TAXI)).taxi.unwrap();
    assert_eq!(taxi.api_key.expose(), KEY);
    let text = with(&TAXI.replace("api_key_file = \"taxi.key\"", "api_key_env = \"TAXI_KEY\""));
    assert_eq!(bench.good(&text).taxi.unwrap().api_key.expose(), KEY);
}

#[test]
fn missing_secrets_have_their_own_code() {
    let bench = Bench::new();
    bench.file("empty.key", " \n", 0o600);
    bench.file("large.key", &"x".repeat(5000), 0o600);
    bench.file("lines.key", "one\ntwo\n", 0o600);
    for (value, kind, reason) in [
        ("absent.key", Kind::SecretMissing, "does not exist"),
        (".", Kind::SecretMissing, "is a directory"),
        ("/dev/zero", Kind::SecretMissing, "is a pipe or device"),
        ("empty.key", Kind::SecretMissing, "is empty"),
        ("large.key", Kind::SecretMissing, "larger than 4096 bytes"),
        ("lines.key", Kind::SecretMalformed, "several lines"),
    ] {
        let text = with(&TAXI.replace("taxi.key", value));
        let faults = assert_faults_in(&bench, &text, &[(14, 16, kind, "taxi.api_key_file")]);
        assert!(faults[0].reason.contains(reason), "{value}: {}", faults[0].reason);
        assert_eq!(faults[0].code(), FaultCode::SecretMissing);
    }
    for (value, reason) in
        [("UNSET", "is not set"), ("EMPTY", "is empty"), ("not a name", "no name of an environment variable")]
    {
        let line = format!("api_key_env = \"{value}\"");
        let text = with(&TAXI.replace("api_key_file = \"taxi.key\"", &line));
        let expected = [(14, 15, Kind::SecretMissing, "taxi.api_key_env")];
        let faults = assert_faults_in(&bench, &text, &expected);
        assert!(faults[0].reason.contains(reason), "{value}: {}", faults[0].reason);
    }
}

#[test]
fn a_secret_that_others_can_read_is_refused() {
    let bench = Bench::new();
    bench.file("taxi.key", KEY, 0o604);
    let expected = [(14, 16, Kind::SecretExposed, "taxi.api_key_file")];
    let faults = assert_faults_in(&bench, &with(TAXI), &expected);
    assert!(faults[0].mend.contains("chmod 600"));
}

#[test]
fn two_sources_of_a_secret_contradict() {
    let bench = Bench::new();
    let text = with(&format!("{TAXI}api_key_env = \"TAXI_KEY\"\n"));
    assert_faults_in(&bench, &text, &[(15, 15, Kind::Contradiction, "taxi.api_key_env")]);
}

#[test]
fn no_text_of_a_fault_holds_a_secret() {
    let bench = Bench::new();
    for line in [
        format!("api_key = \"{KEY}\""),
        format!("api_key_file = \"{KEY}\""),
        format!("api_key_env = \"{KEY}\""),
        format!("api_key = {KEY}"),
        format!("api_key_file = \"{KEY}"),
        format!("api_key = \"\"\"\n{KEY}\n"),
        format!("apikey = \"{KEY}\""),
        format!("url = \"https://x:{KEY}@api.taxi\""),
        format!("url = \"//x:{KEY}@api.taxi\""),
    ] {
        let path = bench.file("doorstep.toml", &with(&format!("[taxi]\n{line}\n")), 0o600);
        let mut report = Vec::new();
        assert!(!doorstep::settings::run_check(&path, &mut report).unwrap());
        let report = String::from_utf8(report).unwrap();
        assert!(!report.contains(KEY), "{report}");
        let error = Settings::load(&path).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(KEY), "{error:?}");
    }
    let settings = bench.good(&with(TAXI));
    assert!(!format!("{settings:?}").contains(KEY));
}

#[test]
fn certificate_authorities_are_read() {
    let bench = Bench::new();
    bench.file("ca.pem", CA_PEM, 0o644);
    let text = with(&format!("{TAXI}ca_file = \"ca.pem\"\n"));
    let taxi = bench.good(&text).taxi.unwrap();
    assert_eq!(taxi.ca_file, Some(bench.path().join("ca.pem")));
    bench.file("note.pem", "no certificate", 0o644);
    bench.file("damaged.pem", &CA_PEM.replacen("MII", "AAA", 1).replacen("MIG", "AAA", 1), 0o644);
    for (name, reason) in [
        ("absent.pem", "does not exist"),
        (".", "is a directory"),
        ("note.pem", "holds no certificate"),
        ("damaged.pem", "holds a damaged certificate"),
    ] {
        let text = with(&format!("{TAXI}ca_file = \"{name}\"\n"));
        let faults = assert_faults_in(&bench, &text, &[(15, 11, Kind::CaFile, "taxi.ca_file")]);
        assert!(faults[0].reason.contains(reason), "{name}: {}", faults[0].reason);
    }
}

#[test]
fn the_data_directory_must_be_creatable_and_is_not_created() {
    let bench = Bench::new();
    bench.file("file", "", 0o600);
    let settings = bench.good(&with_line(1, "data_directory = \"a/b/c\""));
    assert_eq!(settings.data_directory, bench.path().join("a/b/c"));
    assert!(!bench.path().join("a").exists());
    for value in ["file", "file/data"] {
        let text = with_line(1, &format!("data_directory = \"{value}\""));
        let expected = [(1, 18, Kind::DataDirectory, "data_directory")];
        let faults = assert_faults_in(&bench, &text, &expected);
        assert!(faults[0].reason.contains("is not a directory"));
    }
}

#[test]
fn a_printer_may_be_absent_but_not_a_directory() {
    let bench = Bench::new();
    let text = with_printer("connection = \"device\"\npath = \"lp0\"\n");
    assert_faults_in(&bench, &text, &[]);
    let text = text.replace("lp0", ".");
    assert_faults_in(&bench, &text, &[(18, 8, Kind::DevicePath, "device.path")]);
}

#[test]
fn a_file_loads_relative_to_its_directory() {
    let bench = Bench::new();
    let path = bench.file("doorstep.toml", &with(TAXI), 0o644);
    let settings = Settings::load(&path).unwrap();
    assert_eq!(settings.data_directory, bench.path().join("data"));
    assert_eq!(settings.taxi.unwrap().api_key.expose(), KEY);
}

#[test]
fn what_is_no_settings_file_is_refused() {
    let bench = Bench::new();
    let load = |path: &Path| Settings::load(path).unwrap_err();
    assert!(matches!(load(&bench.path().join("absent")), SettingsError::Absent { .. }));
    assert!(matches!(load(bench.path()), SettingsError::NotAFile { found: "a directory", .. }));
    assert!(matches!(load(Path::new("/dev/zero")), SettingsError::NotAFile { .. }));
    let large = bench.file("large", &"#".repeat((1 << 20) + 1), 0o600);
    assert!(matches!(load(&large), SettingsError::TooLarge { limit_bytes: 1_048_576, .. }));
    let gbk = bench.path().join("gbk");
    fs::write(&gbk, b"# a\ngate = \"\xB6\xAB\xC3\xC5\"\n").unwrap();
    assert!(matches!(load(&gbk), SettingsError::NotUtf8 { line: 2, column: 9, .. }));
    let loopback = bench.path().join("loop");
    std::os::unix::fs::symlink(&loopback, &loopback).unwrap();
    let error = load(&loopback);
    assert!(matches!(error, SettingsError::Unreadable { .. }));
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn an_error_counts_its_faults_and_has_a_code() {
    let bench = Bench::new();
    let path = bench.file("doorstep.toml", &with("[sesion]\n[session]\nidle_s = 5\n"), 0o600);
    let error = Settings::load(&path).unwrap_err();
    assert_eq!(error.to_string(), format!("the settings file {} holds 1 error and 1 warning", path.display()));
    assert_eq!(error.code(), FaultCode::SettingsInvalid);
    let text = with(&TAXI.replace("taxi.key", "absent.key"));
    let path = bench.file("doorstep.toml", &text, 0o600);
    assert_eq!(Settings::load(&path).unwrap_err().code(), FaultCode::SecretMissing);
    let path = bench.file("doorstep.toml", MINIMAL, 0o600);
    assert!(Settings::load(&path).is_ok());
}
