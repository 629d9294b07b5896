// SPDX-License-Identifier: GPL-3.0-only
//! One slip at a time in the sample pack: its fault, at its place, and no other.

use doorstep::policies::fault::{FaultKind, Severity};
use doorstep::policies::read;
use doorstep::policies::source::PackSource;

use super::{changed, sample};

/// The faults of a pack as `file:line:column severity Kind`.
fn faults(source: &PackSource) -> Vec<String> {
    let list = match read(source) {
        Ok(reading) => reading.warnings,
        Err(report) => report.faults,
    };
    list.iter()
        .map(|fault| {
            format!("{}:{}:{} {} {:?}", fault.file, fault.line, fault.column, fault.severity.word(), fault.kind)
        })
        .collect()
}

#[test]
fn the_sample_has_no_fault() {
    let reading = read(&sample()).unwrap();
    assert_eq!(reading.warnings, []);
    assert_eq!((reading.pack.policies.len(), reading.pack.facts.len(), reading.cases.len()), (6, 10, 4));
}

const HEAD: &str = "pack.yaml";
const FACTS: &str = "facts.yaml";
const ELDER: &str = "policies/10-elder.yaml";
const FAMILY: &str = "policies/20-family.yaml";
const CASES: &str = "cases/elders.yaml";

/// File, what is replaced, by what, and the one fault that comes of it.
pub const SLIPS: &[(&str, &str, &str, &str)] = &[
    // YAML itself.
    (HEAD, "key: sample", "key: [sample", "pack.yaml:4:6 error Syntax"),
    (HEAD, "key: sample", "key: &k sample", "pack.yaml:3:6 error NotPlain"),
    (HEAD, "leap_day: march-1", "leap_day: march-1\nkey: other", "pack.yaml:6:1 error DuplicateKey"),
    (ELDER, "version: 2", "version: !!int 2", "policies/10-elder.yaml:3:12 error NotPlain"),
    // Keys.
    (HEAD, "leap_day:", "leapday:", "pack.yaml:5:1 error UnknownKey"),
    (
        ELDER,
        "  summary:",
        "  sumary:",
        "policies/10-elder.yaml:2:3 error Missing + policies/10-elder.yaml:5:3 error UnknownKey",
    ),
    (HEAD, "key: sample", "key: Sample", "pack.yaml:3:6 error BadKey"),
    (HEAD, "  relief-line:\n", "  relief_line:\n", "pack.yaml:7:3 error BadKey + 2 UnknownReference"),
    (ELDER, "key: town-pension", "key: high-age", "policies/10-elder.yaml:30:3 error Duplicate + 2 UnknownReference"),
    (FACTS, "- key: sex", "- key: birth", "facts.yaml:8:8 error Duplicate + 4 UnknownReference"),
    // Values.
    (HEAD, "value: 15", "value: 15 years", "pack.yaml:10:43 error WrongType"),
    (HEAD, "value: 15", "value: 1e1", "pack.yaml:10:43 error BadNumber"),
    (HEAD, "value: 15", "value: \"15\"", "pack.yaml:10:43 error WrongType"),
    (HEAD, "2020-01-01", "2020-02-30", "pack.yaml:10:24 error BadDay"),
    (HEAD, "2020-01-01", "2020-1-1", "pack.yaml:10:24 error BadDay"),
    (HEAD, "from: 2026-07-01", "from: 2024-01-01", "pack.yaml:9:7 error Contradiction"),
    (HEAD, "march-1", "march-2", "pack.yaml:5:11 error NotAChoice"),
    (HEAD, "en: Sample policies", "en: \"\"", "pack.yaml:4:23 error Empty"),
    (HEAD, "en: Sample policies", "en: 2026", "pack.yaml:4:23 error Unquoted"),
    (HEAD, "en: Sample policies", "en: 示例政策", "pack.yaml:4:23 warning Unwise"),
    (HEAD, "zh: 示例政策", "zh: Sample", "pack.yaml:4:13 warning Unwise"),
    (HEAD, "en: Sample policies", "en: \"Sample\\u200Bpolicies\"", "pack.yaml:4:23 error ControlCharacter"),
    (FACTS, "served: true, label: {zh: 低保", "served: yes, label: {zh: 低保", "facts.yaml:25:37 error WrongType"),
    ("institutions.yaml", "\"12345\"", "12345", "institutions.yaml:5:10 error Unquoted"),
    ("institutions.yaml", "https://linhu.example/hall", "linhu.example", "institutions.yaml:6:8 error BadLink"),
    (ELDER, "version: 2", "version: 0", "policies/10-elder.yaml:3:12 error OutOfRange"),
    (ELDER, "version: 2", "version:", "policies/10-elder.yaml:3:10 error Empty"),
    // Facts.
    (FACTS, "  kind: day", "  kind: date", "facts.yaml:3:9 error NotAChoice"),
    (FACTS, "  card: sex\n", "", "facts.yaml:8:3 error Unknowable"),
    (FACTS, "card: number-district", "card: sex", "facts.yaml:16:38 error WrongKind + 1 Duplicate"),
    (FACTS, "  most: 500000", "  most: 0", "facts.yaml:26:3 error Contradiction"),
    (FACTS, "{key: rural,", "{key: urban,", "facts.yaml:21:7 error Duplicate"),
    (
        FACTS,
        "- {key: wants-loan, kind: flag,",
        "- {key: wants-loan, kind: flag, exact: true,",
        "facts.yaml:46:3 error WrongKind",
    ),
    (FACTS, "  exact: true\n  served", "  served", "policies/20-family.yaml:13:53 warning Unwise"),
    // References.
    (ELDER, "institution: town-hall", "institution: townhall", "policies/10-elder.yaml:8:16 error UnknownReference"),
    (ELDER, "    - id-card", "    - idcard", "policies/10-elder.yaml:22:7 error UnknownReference"),
    (
        ELDER,
        "{fact: birth, years: \">= 80\"",
        "{fact: brith, years: \">= 80\"",
        "policies/10-elder.yaml:12:14 error UnknownReference",
    ),
    (ELDER, "reached: retirement", "reached: retirment", "policies/10-elder.yaml:39:34 error UnknownReference"),
    (ELDER, "$least-years", "$last-years", "policies/10-elder.yaml:40:40 error UnknownReference"),
    (FAMILY, "one_of: [female]", "one_of: [femal]", "policies/20-family.yaml:35:28 error UnknownReference"),
    (CASES, "high-age: {applies: 100}", "highage: {applies: 100}", "cases/elders.yaml:7:5 error UnknownReference"),
    (CASES, "hukou: rural", "hukou: city", "cases/elders.yaml:5:70 error UnknownReference"),
    // Conditions.
    (ELDER, "years: \">= 80\"", "years: 80", "policies/10-elder.yaml:12:28 error BadComparison"),
    (ELDER, "years: \">= 80\"", "years: >= 80", "policies/10-elder.yaml:12:28 error Unquoted"),
    (ELDER, "years: \">= 80\"", "years: \"=> 80\"", "policies/10-elder.yaml:12:28 error BadComparison"),
    (ELDER, "years: \">= 80\"", "years: \">= 800\"", "policies/10-elder.yaml:12:28 error OutOfRange"),
    (ELDER, "years: \">= 80\"", "years: \">= 79.5\"", "policies/10-elder.yaml:12:28 error OutOfRange"),
    (ELDER, "years: \">= 80\"", "number: \">= 80\"", "policies/10-elder.yaml:12:7 error WrongKind"),
    (ELDER, "years: \">= 80\"", "yeers: \">= 80\"", "policies/10-elder.yaml:12:7 error UnknownKey"),
    (ELDER, "years: \">= 80\"", "years: \">= 80\", months: \"> 3\"", "policies/10-elder.yaml:12:7 error Contradiction"),
    (ELDER, "\"330000\"", "330000", "policies/10-elder.yaml:13:33 error Unquoted"),
    (ELDER, "\"330000\"", "\"3300\", \"330100\", \"33010\"", "policies/10-elder.yaml:13:51 error BadPlace"),
    (ELDER, "\"310115\"", "\"33\"", "policies/10-elder.yaml:13:43 warning Duplicate"),
    (ELDER, "\"310115\"", "\"310199\"", "policies/10-elder.yaml:13:43 warning Unwise"),
    (FAMILY, "number: \"> 3\"", "number: \"> 20\"", "policies/20-family.yaml:12:47 error Constant"),
    (FAMILY, "number: \"> 3\"", "number: \">= 1\"", "policies/20-family.yaml:12:47 warning Constant"),
    (FAMILY, "number: \"> 3\"", "number: \"= 3.5\"", "policies/20-family.yaml:12:47 error Constant"),
    (FAMILY, "[rural, urban]", "[rural, urban, collective]", "policies/20-family.yaml:11:33 warning Unwise"),
    (FAMILY, "years: [0, 2]", "years: [2, 0]", "policies/20-family.yaml:23:7 error Contradiction"),
    (FAMILY, "ratio: income", "ratio: relief", "policies/20-family.yaml:9:15 error WrongKind"),
    (FAMILY, "times: 12", "times: 0", "policies/20-family.yaml:9:50 error OutOfRange"),
    (
        FAMILY,
        "interest: {fact: wants-loan, is: true}",
        "interest: {fact: wants-loan, is: false}",
        "policies/20-family.yaml:33:13 error WrongType",
    ),
    // Benefits and the rest of a policy.
    (
        ELDER,
        "        - {amount: 100}\n",
        "        - {amount: 100}\n        - {when: {fact: birth, years: \"> 85\"}, amount: 1}\n",
        "policies/10-elder.yaml:20:11 error Unreachable",
    ),
    (ELDER, "{from: 143}", "{from: 143, up_to: 150}", "policies/10-elder.yaml:43:21 error Contradiction"),
    (ELDER, "{from: 143}", "-143", "policies/10-elder.yaml:43:21 error OutOfRange"),
    (FAMILY, "[50, 70]", "[70, 50]", "policies/20-family.yaml:48:31 error Contradiction"),
    (FAMILY, "[50, 70]", "[50, 700]", "policies/20-family.yaml:48:12 error OutOfRange"),
    (
        FAMILY,
        "{up_to: 300000}, period: once",
        "{up_to: 30}, unit: days, period: day",
        "policies/20-family.yaml:39:54 error Contradiction",
    ),
    (FAMILY, "amount: {up_to: 300000}, period: once", "period: once", "policies/20-family.yaml:39:12 error Missing"),
    (ELDER, "until: 2039-12-31", "until: 2014-12-31", "policies/10-elder.yaml:10:10 error Contradiction"),
    (
        ELDER,
        "documents: [id-card, photo]",
        "documents: [id-card, id-card]",
        "policies/10-elder.yaml:44:24 error Duplicate",
    ),
    // Cases.
    (CASES, "1944-03-01", "2027-03-01", "cases/elders.yaml:5:18 error Contradiction"),
    (CASES, "[2000-01-01, 2000-12-31]", "[2000-12-31, 2000-01-01]", "cases/elders.yaml:15:76 error Contradiction"),
    (CASES, "household-size: 3", "household-size: 2.5", "cases/elders.yaml:29:56 error OutOfRange"),
    (CASES, "id: li-60", "id: wang-82", "cases/elders.yaml:12:3 error Duplicate"),
    (CASES, "small-loan: not\n", "small-loan: no\n", "cases/elders.yaml:11:17 error NotAChoice"),
];

/// What a slip is expected to give: whole faults, or how many of a kind.
fn fits(expected: &str, found: &[String]) -> bool {
    let mut rest = found.to_vec();
    for part in expected.split(" + ") {
        match part.split_once(' ') {
            Some((count, kind)) if count.parse::<usize>().is_ok() => {
                let before = rest.len();
                rest.retain(|fault| !fault.ends_with(&format!(" {kind}")));
                if before - rest.len() != count.parse::<usize>().unwrap() {
                    return false;
                }
            }
            _ => match rest.iter().position(|fault| fault == part) {
                Some(index) => drop(rest.remove(index)),
                None => return false,
            },
        }
    }
    rest.is_empty()
}

#[test]
fn each_slip_is_one_fault_at_its_place() {
    let wrong: Vec<String> = SLIPS
        .iter()
        .filter_map(|(file, from, to, expected)| {
            let found = faults(&changed(file, from, to));
            (!fits(expected, &found))
                .then(|| format!("{file}: {from} -> {to}\n  expected {expected}\n  found    {found:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn what_is_used_nowhere_is_a_warning() {
    let source =
        changed("documents.yaml", "- {key: photo", "- {key: stamp, name: {zh: 邮票, en: stamp}}\n- {key: photo");
    assert_eq!(faults(&source), ["documents.yaml:4:9 warning Unused"]);
}

#[test]
fn all_faults_are_told_at_once_and_none_that_follows_from_another() {
    let mut source = changed(ELDER, "version: 2", "version: two");
    source.insert("facts.yaml", b"- {key: birth\n".to_vec()).unwrap();
    source.insert("documents.yaml", b"- {key: id-card, nam: x}\n".to_vec()).unwrap();
    let report = read(&source).unwrap_err();
    let files: Vec<(&str, FaultKind)> = report.faults.iter().map(|fault| (fault.file.as_str(), fault.kind)).collect();
    assert_eq!(
        files,
        [
            ("facts.yaml", FaultKind::Syntax),
            ("documents.yaml", FaultKind::Missing),
            ("documents.yaml", FaultKind::UnknownKey),
            (ELDER, FaultKind::WrongType),
            // Of the documents that file declares only `id-card` is known to be meant.
            (ELDER, FaultKind::UnknownReference),
            (ELDER, FaultKind::UnknownReference),
        ]
    );
    assert!(report.to_string().starts_with("the policy pack holds 6 errors"), "{report}");
}

#[test]
fn a_missing_file_is_told_and_what_it_would_declare_is_not() {
    let mut source = PackSource::new();
    for (path, bytes) in sample().iter().filter(|(path, _)| *path != "institutions.yaml") {
        source.insert(path, bytes.to_vec()).unwrap();
    }
    assert_eq!(faults(&source), ["institutions.yaml:1:1 error Absent"]);
    assert_eq!(read(&PackSource::new()).unwrap_err().faults.len(), 5);
}

#[test]
fn there_is_an_end_to_faults() {
    let many: String = (0..1000).map(|index| format!("- {{key: x{index}, kind: flg}}\n")).collect();
    let mut source = sample();
    source.insert("facts.yaml", many.into_bytes()).unwrap();
    let report = read(&source).unwrap_err();
    assert_eq!(report.faults.len(), 200);
    assert!(report.omitted > 800, "{}", report.omitted);
    assert!(report.faults.iter().all(|fault| fault.severity == Severity::Error));
}

#[test]
fn a_mend_names_what_was_meant() {
    let mend = |file: &str, from: &str, to: &str| read(&changed(file, from, to)).unwrap_err().faults[0].mend.clone();
    assert_eq!(mend(ELDER, "fact: birth, years: \">= 80\"", "fact: brith, years: \">= 80\""), "did you mean `birth`?");
    assert_eq!(mend(ELDER, "  summary:", "  sumary:"), "add: summary: {zh: …, en: …}");
    assert_eq!(mend(ELDER, "\"330000\"", "330000"), "put it in quotes, or leading zeros are lost: \"330000\"");
    assert_eq!(mend(FAMILY, "less: income", "less: incme"), "did you mean `income`?");
    assert!(mend(ELDER, "    - id-card", "    - *card").starts_with("aliases (`*name`) are not used in packs"));
}
