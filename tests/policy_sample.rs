// SPDX-License-Identifier: GPL-3.0-only
//! Real benefit rules with worked situations, by which the eligibility engine is judged. They are somebody else's, and
//! nothing of them is part of the project: the folder with `rules.json` and `cases.jsonl` is named by the environment
//! variable `DOORSTEP_POLICY_SAMPLE`. Each rule becomes a policy of ours, each situation what is known of a person.

#![allow(clippy::unwrap_used, reason = "a test that finds something else than it expects has failed")]

#[path = "policy_sample/cases.rs"]
mod cases;
#[path = "policy_sample/json.rs"]
mod json;
#[path = "policy_sample/rules.rs"]
mod rules;
#[path = "policy_sample/vectors.rs"]
mod vectors;

use std::path::PathBuf;
use std::sync::Arc;

use doorstep::domain::policy::engine::{Decisions, Program};

use cases::Case;
use rules::Importer;

#[test]
fn every_case_of_the_sample_agrees() {
    let Some(folder) = std::env::var_os("DOORSTEP_POLICY_SAMPLE").map(PathBuf::from) else {
        println!("skipped: DOORSTEP_POLICY_SAMPLE names no folder with rules.json and cases.jsonl");
        return;
    };
    let read = |name: &str| {
        let path = folder.join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let importer = Importer::read(&read("rules.json")).unwrap();
    let program = Program::compile(Arc::new(importer.pack.clone())).unwrap();
    let mut decisions = Decisions::new();
    let (mut count, mut found) = (0, Vec::new());
    for line in read("cases.jsonl").lines().filter(|line| !line.trim().is_empty()) {
        let case = Case::read(line, &importer).unwrap();
        found.extend(case.differences(&program, &mut decisions));
        count += 1;
    }
    assert!(count > 0, "there are no cases");
    let first: Vec<&String> = found.iter().take(20).collect();
    assert!(found.is_empty(), "{} differences in {count} cases, the first: {first:#?}", found.len());
    println!("{count} cases of {} rules agree", importer.pack.policies.len());
}
