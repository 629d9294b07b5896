// SPDX-License-Identifier: GPL-3.0-only
//! Whatever the bytes, reading ends, with a pack or with faults whose places are in the file.

use doorstep::policies::read;
use doorstep::policies::source::PackSource;
use proptest::prelude::*;

use super::sample;

/// Every fault lies in its file, or at its end.
fn check_places(source: &PackSource) {
    let faults = match read(source) {
        Ok(reading) => reading.warnings,
        Err(report) => report.faults,
    };
    for fault in &faults {
        let lines = source.get(&fault.file).map_or(1, |bytes| bytes.split(|byte| *byte == b'\n').count());
        let line = usize::try_from(fault.line).unwrap();
        assert!(line >= 1 && line <= lines + 1, "{fault} of {lines} lines");
        assert!(fault.column >= 1 && !fault.reason.is_empty() && !fault.mend.is_empty(), "{fault}");
        assert!(!fault.reason.chars().chain(fault.mend.chars()).any(char::is_control), "{fault:?}");
    }
}

/// Which file, where in it, and what is put there.
type Slip = (usize, usize, u8, Vec<u8>);

fn slip() -> impl Strategy<Value = Slip> {
    let piece = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..4),
        proptest::sample::select(b"[]{},:-?!&*|>%@`'\"#\\ \n\t<=$0a".to_vec()).prop_map(|byte| vec![byte]),
    ];
    (any::<usize>(), any::<usize>(), 0..6_u8, piece)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn slips_of_the_pen_end_in_faults(slips in proptest::collection::vec(slip(), 1..5)) {
        let mut source = sample();
        let paths: Vec<String> = source.iter().map(|(path, _)| path.to_owned()).collect();
        for (file, at, removed, put) in slips {
            let path = &paths[file % paths.len()];
            let mut bytes = source.get(path).unwrap().to_vec();
            let at = at % (bytes.len() + 1);
            let end = (at + usize::from(removed)).min(bytes.len());
            bytes.splice(at..end, put);
            source.insert(path, bytes).unwrap();
        }
        check_places(&source);
    }

    #[test]
    fn bytes_without_sense_end_in_faults(
        head in proptest::collection::vec(any::<u8>(), 0..200),
        policies in "[-a-z:{}\\[\\],\"' \n>|&*!]{0,200}",
    ) {
        let mut source = sample();
        source.insert("pack.yaml", head).unwrap();
        source.insert("policies/10-elder.yaml", policies.into_bytes()).unwrap();
        check_places(&source);
        let piece = source.to_bytes();
        prop_assert_eq!(PackSource::from_bytes(&piece).unwrap(), source);
    }
}

#[test]
fn what_is_deep_or_long_is_refused_and_not_suffered() {
    let with = |text: String| {
        let mut source = sample();
        source.insert("policies/10-elder.yaml", text.into_bytes()).unwrap();
        check_places(&source);
        read(&source).unwrap_err()
    };
    with("[".repeat(50_000));
    with("- ".repeat(50_000));
    with(format!("[{}]", "a, ".repeat(50_000)));
    let nested =
        format!("- {{key: a, conditions: [{}{{fact: birth, some: true}}{}]}}", "{not: ".repeat(12), "}".repeat(12));
    let report = with(nested);
    assert!(report.faults.iter().any(|fault| fault.reason.contains("deep in each other")), "{report:?}");
}
