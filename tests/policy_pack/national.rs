// SPDX-License-Identifier: GPL-3.0-only
//! The national pack: no fault in it, and every example person gets what the texts say.

use std::path::Path;
use std::sync::Arc;

use doorstep::domain::policy::engine::Program;
use doorstep::policies::source::PackSource;
use doorstep::policies::{Reading, cases, read};

/// Fewest policies that the pack is to hold.
const FEWEST_POLICIES: usize = 40;
/// Fewest example people.
const FEWEST_PEOPLE: usize = 300;

#[test]
fn every_example_person_gets_what_the_texts_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/policy/national");
    let source = PackSource::read_folder(&folder).unwrap();
    let reading = read(&source).unwrap_or_else(|report| panic!("{report}"));
    assert!(reading.warnings.is_empty(), "{:?}", reading.warnings);
    assert!(reading.pack.policies.len() >= FEWEST_POLICIES && reading.cases.len() >= FEWEST_PEOPLE);
    let (keys, cases) = (policy_keys(&reading), reading.cases);
    let program = Program::compile(Arc::new(reading.pack)).unwrap();
    let run = cases::run(&program, &cases);
    let missed: Vec<&str> = run.misses.iter().map(|miss| cases[miss.case].id.as_str()).collect();
    assert!(missed.is_empty(), "expectations of these people are not met: {missed:?}");
    let named = |policies: &[usize]| policies.iter().map(|policy| keys[*policy].clone()).collect::<Vec<_>>();
    assert!(run.without_case.is_empty(), "no example person for {:?}", named(&run.without_case));
    assert!(run.never_applying.is_empty(), "nobody gets {:?}", named(&run.never_applying));
}

fn policy_keys(reading: &Reading) -> Vec<String> {
    reading.pack.policies.iter().map(|policy| policy.key.clone()).collect()
}
