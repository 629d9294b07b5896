// SPDX-License-Identifier: GPL-3.0-only
//! Arbitrary and mutilated files: never a panic, and never silence about a file that does not load.

use std::path::Path;

use doorstep::settings::{Severity, check, run_check};
use proptest::prelude::*;

const EXAMPLE: &str = include_str!("../../assets/doorstep.example.toml");
/// A directory that does not exist, so that no file of this device changes the outcome.
const BASE: &str = "/nonexistent/doorstep";

/// Pieces that are special to TOML or to a check, put in at random places.
const PIECES: &[&str] = &[
    "\"",
    "'",
    "\"\"\"",
    "'''",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "=",
    ".",
    ",",
    "#",
    "\n",
    "\r",
    "\0",
    "\\u0000",
    "\\",
    "-",
    "nan",
    "inf",
    "-1",
    "1e400",
    "99999999999999999999",
    "0x",
    "1979-05-27",
    "true",
    "[taxi]",
    "[[help]]",
    "[[taxi]]",
    "[site.site]",
    "api_key = ",
    "东",
    "\u{FEFF}",
    "\u{202E}",
];

fn holds(text: &str) -> Result<(), TestCaseError> {
    let (settings, faults) = check(text, Path::new(BASE), &|_| Some("key".to_owned()));
    let has_error = faults.iter().any(|fault| fault.severity == Severity::Error);
    prop_assert_eq!(settings.is_none(), has_error, "{:?}", faults);
    let lines = text.matches('\n').count() + 1;
    for fault in &faults {
        prop_assert!((1..=lines).contains(&fault.line), "{:?}", fault);
        prop_assert!(fault.column >= 1 && fault.width >= 1, "{:?}", fault);
        prop_assert!(!fault.reason.is_empty() && !fault.mend.is_empty(), "{:?}", fault);
        let shown = format!("{}{}", fault.reason, fault.mend.replace('\n', ""));
        prop_assert!(!shown.chars().any(char::is_control), "{:?}", fault);
    }
    Ok(())
}

/// The byte offset of the character at about `share` of the text.
fn offset(text: &str, share: f64) -> usize {
    let wanted = (text.len() as f64 * share) as usize;
    (0..=wanted.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn any_text_is_answered(text in "\\PC{0,200}") {
        holds(&text)?;
    }

    #[test]
    fn text_of_toml_signs_is_answered(picks in prop::collection::vec(0..PIECES.len(), 0..40)) {
        let text: String = picks.iter().map(|pick| PIECES[*pick]).collect();
        holds(&text)?;
    }

    #[test]
    fn a_mutilated_example_is_answered(
        cuts in prop::collection::vec((0.0..1.0f64, 0..40usize, 0..PIECES.len()), 1..6),
    ) {
        let mut text = EXAMPLE.to_owned();
        for (share, length, piece) in cuts {
            let start = offset(&text, share);
            let end = (start + length).min(text.len());
            let end = (end..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
            text.replace_range(start..end, PIECES[piece]);
        }
        holds(&text)?;
    }

    #[test]
    fn any_value_of_any_key_is_answered(line in 0..200usize, value in "\\PC{0,20}", quoted: bool) {
        let value = if quoted { format!("{value:?}") } else { value };
        let text: String = EXAMPLE
            .lines()
            .enumerate()
            .map(|(number, whole)| match whole.split_once(" = ") {
                Some((key, _)) if number == line => format!("{key} = {value}\n"),
                _ => format!("{whole}\n"),
            })
            .collect();
        holds(&text)?;
    }

    #[test]
    fn any_bytes_in_a_file_are_reported(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("doorstep.toml");
        std::fs::write(&path, &bytes).unwrap();
        let mut report = Vec::new();
        prop_assert!(!run_check(&path, &mut report).unwrap());
        prop_assert!(String::from_utf8(report).unwrap().contains("error: "));
    }
}

#[test]
fn a_huge_file_of_faults_is_answered_with_a_bounded_list() {
    let text: String = (0..20_000).map(|n| format!("[[help]]\nx{n} = 1\n")).collect();
    let (settings, faults) = check(&text, Path::new(BASE), &|_| None);
    assert!(settings.is_none());
    assert!((10..=200).contains(&faults.len()), "{}", faults.len());
    let text: String = (0..20_000).map(|n| format!("key_{n} = 1\n")).collect();
    let (_, faults) = check(&text, Path::new(BASE), &|_| None);
    assert_eq!(faults.len(), 200);
    let text = format!("a = {}", "[".repeat(20_000));
    assert!(!check(&text, Path::new(BASE), &|_| None).1.is_empty());
}
