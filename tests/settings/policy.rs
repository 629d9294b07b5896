// SPDX-License-Identifier: GPL-3.0-only
//! The section of policies.

use std::time::Duration;

use doorstep::settings::{FaultKind as Kind, PolicyOrigin, Severity};

use super::{Bench, assert_faults, assert_faults_in, with};

const CHEN: &str = "ed25519:5dff52b24310709fe65c25c8960d60f4ef0e798c7b1d8bcf3408fb44a95401ea";
const LI: &str = "ed25519:845af396d23125ed07f4af848a917025dfec30ced5ebc99b8b6fdd50fc8f1c47";

/// The approvers, six lines.
fn approvers() -> String {
    format!(
        "[[policy.approvers]]\nname = \"陈\"\npublic_key = \"{CHEN}\"\n\
         [[policy.approvers]]\nname = \"李\"\npublic_key = \"{LI}\"\n"
    )
}

/// A file with the section, whose keys begin at line 13; `keys` and two approvers.
fn policy(keys: &str) -> String {
    with(&format!("[policy]\n{keys}{}", approvers()))
}

#[test]
fn a_file_or_an_address_with_a_pack_and_approvers_is_enough() {
    let settings = Bench::new().good(&policy("bundle = \"policies.bundle\"\npack = \"lakeside\"\n")).policy.unwrap();
    assert!(
        matches!(&settings.origin, PolicyOrigin::File(path) if path.is_absolute() && path.ends_with("policies.bundle"))
    );
    assert_eq!((settings.poll, settings.approvals, settings.approvers.len()), (Duration::from_secs(2), 2, 2));
    assert_eq!((settings.maximum_age_days, settings.marks_days), (90, 90));
    assert_eq!((settings.approvers[1].name.as_str(), settings.approvers[1].public_key.as_str()), ("李", LI));
    let text = "address = \"https://policies.example/a.bundle?x=1\"\npack = \"lakeside\"\nmarks_days = 0\n";
    let faults = assert_faults(&policy(text), &[(13, 11, Kind::BadUrl, "policy.address")]);
    assert!(faults[0].reason.contains("must end before"));
    let settings = Bench::new().good(&policy(&text.replace("?x=1", ""))).policy.unwrap();
    assert!(matches!(&settings.origin, PolicyOrigin::Address { url, ca_file: None } if url.ends_with("/a.bundle")));
    assert_eq!((settings.poll, settings.marks_days), (Duration::from_secs(60), 0));
    assert!(Bench::new().good(&with("")).policy.is_none());
}

#[test]
fn bundles_come_from_one_place() {
    assert_faults(&policy("pack = \"a\"\n"), &[(12, 1, Kind::Missing, "policy.bundle")]);
    let both = "bundle = \"a\"\naddress = \"https://a.example/b\"\npack = \"a\"\n";
    assert_faults(&policy(both), &[(14, 11, Kind::Contradiction, "policy.address")]);
    for (address, kind) in [
        ("policies.example", Kind::BadUrl),
        ("ftp://policies.example/a", Kind::BadUrl),
        ("https://user:pass@policies.example/a", Kind::SecretInFile),
    ] {
        let text = policy(&format!("address = \"{address}\"\npack = \"a\"\n"));
        let faults = assert_faults(&text, &[(13, 11, kind, "policy.address")]);
        assert!(!format!("{}", faults[0]).contains("pass@"));
    }
    let text = policy("address = \"http://policies.example/a\"\npack = \"a\"\n");
    let faults = assert_faults_in(&Bench::new(), &text, &[(13, 11, Kind::Unwise, "policy.address")]);
    assert_eq!(faults[0].severity, Severity::Warning);
    Bench::new().good(&policy("address = \"http://127.0.0.1:8080/a\"\npack = \"a\"\n"));
}

#[test]
fn a_pack_has_a_key() {
    assert_faults(&policy("bundle = \"a\"\n"), &[(12, 1, Kind::Missing, "policy.pack")]);
    for bad in ["Lakeside", "湖边", "a b", "a_b"] {
        let text = policy(&format!("bundle = \"a\"\npack = \"{bad}\"\n"));
        assert_faults(&text, &[(14, 8, Kind::BadName, "policy.pack")]);
    }
}

#[test]
fn there_are_as_many_approvers_as_must_sign_and_each_is_one() {
    let keys = "bundle = \"a\"\npack = \"a\"\n";
    let none = with(&format!("[policy]\n{keys}"));
    assert_faults(&none, &[(12, 1, Kind::Missing, "policy.approvers")]);
    let three = policy(&format!("{keys}approvals = 3\n"));
    assert_faults(&three, &[(15, 13, Kind::Contradiction, "policy.approvals")]);
    let alone = format!("[[policy.approvers]]\nname = \"陈\"\npublic_key = \"{CHEN}\"\n");
    let one = with(&format!("[policy]\n{keys}{alone}"));
    assert_faults(&one, &[(12, 1, Kind::Contradiction, "policy")]);
    let one = with(&format!("[policy]\n{keys}approvals = 1\n{alone}"));
    let faults = assert_faults_in(&Bench::new(), &one, &[(15, 13, Kind::Unwise, "policy.approvals")]);
    assert_eq!(faults[0].severity, Severity::Warning);
    assert_faults(&policy(&format!("{keys}approvals = 0\n")), &[(15, 13, Kind::OutOfRange, "policy.approvals")]);
    let twice = policy(keys).replace(LI, CHEN);
    assert_faults(&twice, &[(20, 14, Kind::Duplicate, "policy.approvers.public_key")]);
    let twice = policy(keys).replace("李", "陈");
    assert_faults(&twice, &[(19, 8, Kind::Duplicate, "policy.approvers.name")]);
}

#[test]
fn what_is_no_public_key_is_said_and_not_shown() {
    let private = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    for bad in [private, "ed25519:short", &CHEN.to_uppercase(), &format!("ed25519:{}", "0".repeat(64))] {
        let text = policy("bundle = \"a\"\npack = \"a\"\n").replace(LI, bad);
        let faults = assert_faults(&text, &[(20, 14, Kind::BadName, "policy.approvers.public_key")]);
        assert!(!format!("{faults:?}").contains(bad));
        let mut told = Vec::new();
        let bench = Bench::new();
        let path = bench.directory.path().join("terminal.toml");
        std::fs::write(&path, text).unwrap();
        doorstep::settings::run_check(&path, &mut told).unwrap();
        assert!(!String::from_utf8(told).unwrap().contains(bad));
    }
}
