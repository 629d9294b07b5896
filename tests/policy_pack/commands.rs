// SPDX-License-Identifier: GPL-3.0-only
//! The officer's commands as the program runs them.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{changed, on_disk, sample_folder};

/// Exit code and answer of `doorstep policy …`.
fn policy(arguments: &[&str]) -> (i32, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_doorstep")).arg("policy").args(arguments).output().unwrap();
    assert!(done.stderr.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
    (done.status.code().unwrap(), String::from_utf8(done.stdout).unwrap())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn check_runs_the_cases_and_says_which_policies_have_none() {
    let sample = sample_folder();
    let (code, answer) = policy(&["check", text(&sample)]);
    let folder = sample.display();
    assert_eq!(
        (code, answer),
        (
            0,
            format!(
                "note: no case expects these to apply: small-loan\n\
                 {folder}: no fault; 6 policies, 10 facts; 4 cases with 12 expectations, 0 of them not met\n"
            )
        )
    );
}

#[test]
fn check_shows_the_line_of_each_fault() {
    let folder =
        on_disk(&changed("policies/10-elder.yaml", "{fact: birth, years: \">= 80\"", "{fact: brith, years: \">= 80\""));
    let (code, answer) = policy(&["check", text(folder.path())]);
    let place = folder.path().join("policies/10-elder.yaml");
    let expected = format!(
        "{}:12:14: error: there is no fact `brith`\n    \
         |     - {{fact: brith, years: \">= 80\", because: {{zh: 年满 80 周岁, en: at least 80 years old}}}}\n    \
         |              ^^^^^\n    mend: did you mean `birth`?\n\n{}: 1 error; the pack cannot be used\n",
        place.display(),
        folder.path().display()
    );
    assert_eq!((code, answer), (1, expected));
}

#[test]
fn check_says_what_is_not_as_expected() {
    let cases = on_disk(&changed("cases/elders.yaml", "high-age: {applies: 100}", "high-age: {applies: 200}"));
    let sample = sample_folder();
    let (code, answer) = policy(&["check", text(&sample), "--cases", text(cases.path())]);
    let place = cases.path().join("cases/elders.yaml");
    let miss = format!(
        "{}:7: wang-82, high-age: expected: applies with 200; but it applies with 100 yuan a month\n",
        place.display()
    );
    assert!(answer.starts_with(&miss), "{answer}");
    assert!(answer.ends_with("4 cases with 12 expectations, 1 of them not met\n"), "{answer}");
    assert_eq!(code, 1);
}

#[test]
fn each_wrong_expectation_is_found() {
    for (from, to, found) in [
        ("town-pension: {applies: {from: 143}}", "town-pension: not", "expected: does not apply; but it applies"),
        (
            "child-money: {not: [children]}",
            "child-money: {not: [hukou]}",
            "that alone does not decide it; it does not apply by children",
        ),
        ("{needs: [birth, district]}", "{needs: [birth]}", "expected: needs birth; but it needs birth, district"),
        ("{applies: [50, 70]}", "{applies: [50, 60]}", "but it applies with 50 to 70 percent"),
        ("child-money: {applies: 900}", "child-money: needs", "expected: needs facts; but it applies"),
    ] {
        let folder = on_disk(&changed("cases/elders.yaml", from, to));
        let (code, answer) = policy(&["check", text(folder.path())]);
        assert!(code == 1 && answer.contains(found), "{from} -> {to}: {answer}");
    }
}

#[test]
fn a_folder_that_is_none_is_told() {
    let (code, answer) = policy(&["check", "/nowhere/pack"]);
    assert_eq!(code, 2);
    assert!(answer.starts_with("/nowhere/pack: error: there is no folder /nowhere/pack\n    mend: "), "{answer}");
}

#[test]
fn explain_says_why_in_words() {
    let sample = sample_folder();
    let case = format!("{}#wang-82", sample.join("cases/elders.yaml").display());
    let (code, answer) = policy(&["explain", text(&sample), "--case", &case, "--policy", "high-age"]);
    assert_eq!(code, 0, "{answer}");
    for line in [
        "wang-82: Grandmother Wang, 82, on 2026-11-22",
        "  age: 1944-03-01 (82 years)",
        "High-age allowance (high-age, version 2): applies, 100 yuan a month",
        "  holds: condition 1: age: at least 80 years [age: 1944-03-01 (82 years)]",
        "    at least 80 years old",
        "  holds: condition 2: place of registration: in Zhejiang (330000) or Pudong New Area, Shanghai (310115) \
         [place of registration: Xihu District, Hangzhou (330106)]",
        "  bring: Resident ID card",
        "  source: Linhu rules of the high-age allowance, 临政〔2015〕1号, 2014-12-01, Article 3",
    ] {
        assert!(answer.lines().any(|found| found == line), "{line}\n{answer}");
    }
    let (_, chinese) = policy(&["explain", text(&sample), "--case", "wang-82", "--policy", "high-age", "--lang", "zh"]);
    assert!(chinese.contains("高龄津贴 (high-age, version 2): applies, 100 yuan a month"), "{chinese}");
    assert!(chinese.contains("    年满 80 周岁"), "{chinese}");
}

#[test]
fn explain_says_what_would_turn_a_no() {
    let sample = sample_folder();
    let facts = "sex=female insured-since=2026-01-01 relief=yes wants-loan=yes";
    let (code, answer) =
        policy(&["explain", text(&sample), "--facts", facts, "--policy", "small-loan", "--on", "2026-11-22"]);
    assert_eq!(code, 0, "{answer}");
    assert!(answer.contains("Small loan (small-loan, version 1): does not apply"), "{answer}");
    assert!(answer.contains("  fails: condition 4: not on relief: yes [on relief: yes]"), "{answer}");
    assert!(answer.contains("  would apply with: on relief: no"), "{answer}");
}

#[test]
fn explain_answers_programs() {
    let sample = sample_folder();
    let (code, answer) = policy(&["explain", text(&sample), "--case", "zhao-unknown", "--json"]);
    assert_eq!(code, 0, "{answer}");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!((&answer["case"], &answer["on"]), (&"zhao-unknown".into(), &"2026-11-22".into()));
    let high_age = &answer["policies"][0];
    assert_eq!((&high_age["policy"], &high_age["verdict"]), (&"high-age".into(), &"needs".into()));
    assert_eq!(high_age["missing"], serde_json::json!(["birth", "district"]));
    assert!(high_age["source"]["title"]["en"].is_string());
    let question = &answer["next_question"];
    assert!(question["fact"].is_string() && question["question"]["zh"].is_string(), "{question}");
    let facts = "birth=1930-01-01 district=330106";
    let (_, answer) = policy(&["explain", text(&sample), "--facts", facts, "--on", "2026-11-22", "--json"]);
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let high_age = &answer["policies"][0];
    assert_eq!((&high_age["verdict"], &high_age["amount"]), (&"applies".into(), &200.into()));
    assert_eq!(high_age["reasons"][0]["facts"]["birth"], "1930-01-01");
    assert_eq!(high_age["documents"], serde_json::json!(["id-card", "relief-card"]));
}

#[test]
fn explain_refuses_facts_that_the_pack_does_not_know() {
    let sample = sample_folder();
    let (code, answer) = policy(&["explain", text(&sample), "--facts", "sex=femal age=80 relief"]);
    assert_eq!(code, 2);
    assert!(
        answer.contains("the fact `sex` has no option `femal`\n    | sex=femal age=80 relief\n    | ^^^^^^^^^"),
        "{answer}"
    );
    assert!(
        answer.contains("there is no fact `age`") && answer.contains("`relief` says nothing of a fact"),
        "{answer}"
    );
}

#[test]
fn diff_says_who_gains_and_who_loses() {
    let old = sample_folder();
    let newer = changed("policies/10-elder.yaml", "version: 2", "version: 3");
    let folder = on_disk(&newer);
    let elder = folder.path().join("policies/10-elder.yaml");
    let written = std::fs::read_to_string(&elder).unwrap();
    let written = written.replace("years: \">= 80\"", "years: \">= 60\"").replace("{amount: 100}", "{amount: 120}");
    std::fs::write(&elder, written).unwrap();
    let family = folder.path().join("policies/20-family.yaml");
    let shorter = std::fs::read_to_string(&family).unwrap();
    std::fs::write(&family, shorter.split("- key: bus-card").next().unwrap()).unwrap();
    let (code, answer) = policy(&["diff", text(&old), text(folder.path()), "--cases", text(&old)]);
    let expected = "changed policy high-age, version 2 to 3\n\
                    removed policy bus-card\n";
    assert_eq!(code, 1, "{answer}");
    assert!(expected.lines().all(|line| answer.lines().any(|found| found == line)), "{answer}");
    for line in [
        "Bus discount (bus-card): 2 loses, 2 is asked otherwise",
        "  wang-82 loses: applies, 50 to 70 percent -> no such policy (Grandmother Wang, 82)",
        "High-age allowance (high-age): 1 gains, 1 gets more",
        "  li-60 gains: does not apply -> applies, 120 yuan a month (Mr Li, 60)",
        "  wang-82 gets more: applies, 100 yuan a month -> applies, 120 yuan a month (Grandmother Wang, 82)",
        "4 people compared: 1 gains, 2 loses, 1 gets more, 2 is asked otherwise",
    ] {
        assert!(answer.lines().any(|found| found == line), "{line}\n{answer}");
    }
    let (code, answer) = policy(&["diff", text(&old), text(folder.path()), "--cases", text(&old), "--json"]);
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!((code, &answer["counts"]["gains"], &answer["people"]), (1, &1.into(), &4.into()));
    assert_eq!(answer["shifts"].as_array().unwrap().len(), 6);
    assert_eq!(policy(&["diff", text(&old), text(&old)]), (0, "4 people compared: nobody gains or loses\n".to_owned()));
}

#[test]
fn diff_knows_a_slip_from_a_fact_that_one_pack_lacks() {
    let old = sample_folder();
    let new_fact = "- {key: pregnant, kind: flag, label: {zh: 怀孕, en: pregnant}, question: {zh: 您怀孕了吗？, en: 'Are you pregnant?'}}\n- key: sex";
    let newer = on_disk(&changed("facts.yaml", "- key: sex", new_fact));
    let with = |fact: &str| on_disk(&changed("cases/elders.yaml", "facts: {}", &format!("facts: {{{fact}: true}}")));
    let cases = with("pregnant");
    let (code, answer) = policy(&["diff", text(&old), text(newer.path()), "--cases", text(cases.path())]);
    assert_eq!(code, 1);
    assert!(answer.starts_with("note: for the older pack there is no fact `pregnant` (1 times in the cases): there it is unknown\nnew fact pregnant\n"), "{answer}");
    let cases = with("pregnent");
    let (code, answer) = policy(&["diff", text(&old), text(newer.path()), "--cases", text(cases.path())]);
    assert_eq!(code, 2);
    assert!(
        answer.contains("there is no fact `pregnent`") && answer.ends_with("the example people hold 1 error\n"),
        "{answer}"
    );
}
