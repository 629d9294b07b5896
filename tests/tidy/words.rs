// SPDX-License-Identifier: GPL-3.0-only
//! Words for people stand in the screens, under `@tr`, where they are translated, measured and drawn.

use crate::lexer::{Literal, lex, test_lines};
use crate::none;
use crate::tree::{File, files};

/// Where Chinese may stand in Rust, and why. A path that ends in `/` is a folder.
const CHINESE_ALLOWED: &[(&str, &str)] = &[
    ("drivers/src/card_reader/vpcd/", "the invented name on a simulated card"),
    (
        "drivers/src/card_reader/",
        "what stands on cards: names of nations, the mark of a card without an end, invented people on simulated cards",
    ),
    (
        "src/devices/voice/",
        "how numbers, measures and plates are said aloud: grammar of the spoken language, no wording",
    ),
    ("src/services/taxi/sim/", "names, cars and plates of a made-up fleet"),
    ("src/settings/", "examples in messages to technicians, and the sign for an extension in telephone numbers"),
];

/// Where Chinese may stand in Slint outside `@tr`, which literal (empty: any), and why.
const UNTRANSLATED_ALLOWED: &[(&str, &str, &str)] = &[
    (
        "ui/slint/globals.slint",
        "",
        "invented data with which a screen is looked at by itself; the program sets every property",
    ),
    (
        "ui/slint/globals-library.slint",
        "",
        "invented data with which a screen is looked at by itself; the program sets every property",
    ),
    ("ui/slint/components/modebar.slint", "中文", "each language is offered in its own words"),
];

/// Whether `character` is a Chinese one, of any extension.
pub fn is_chinese(character: char) -> bool {
    matches!(u32::from(character),
        0x2E80..=0x2FDF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
}

/// The Chinese literals of `text` outside tests.
fn chinese_literals(text: &str) -> Vec<Literal> {
    let lexed = lex(text);
    let tests = test_lines(&lexed.code);
    let in_tests = |line: usize| tests.iter().any(|(first, last)| (*first..=*last).contains(&line));
    lexed.literals.into_iter().filter(|l| l.text.chars().any(is_chinese) && !in_tests(l.line)).collect()
}

fn covers(entry: &str, path: &str) -> bool {
    if entry.ends_with('/') { path.starts_with(entry) } else { path == entry }
}

fn chinese_in_rust(files: &[File], allowed: &[(&str, &str)]) -> Vec<String> {
    let mut findings = Vec::new();
    let mut used = vec![false; allowed.len()];
    for file in files.iter().filter(|file| file.is_rust() && !file.is_test()) {
        let library = ["src/", "ui/src/", "drivers/src/"].iter().any(|folder| file.path.starts_with(folder));
        let literals = chinese_literals(&file.text);
        if !library || literals.is_empty() {
            continue;
        }
        if let Some(index) = allowed.iter().position(|(entry, _)| covers(entry, &file.path)) {
            used[index] = true;
            continue;
        }
        for Literal { line, text } in literals {
            findings.push(format!("{}:{line} {text:?} belongs into .slint under @tr", file.path));
        }
    }
    for ((entry, _), used) in allowed.iter().zip(used) {
        if !used {
            findings.push(format!("{entry} is excepted but holds no Chinese: take it out of the list"));
        }
    }
    findings
}

fn untranslated_in_slint(files: &[File], allowed: &[(&str, &str, &str)]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.extension() == "slint") {
        let inside: Vec<Literal> = crate::translations::literals_of_calls(&file.text);
        for literal in lex(&file.text).literals {
            let excepted = allowed
                .iter()
                .any(|(entry, text, _)| covers(entry, &file.path) && (text.is_empty() || *text == literal.text));
            if !excepted && literal.text.chars().any(is_chinese) && !inside.contains(&literal) {
                findings.push(format!("{}:{} {:?} is not under @tr", file.path, literal.line, literal.text));
            }
        }
    }
    findings
}

#[test]
fn words_for_people_are_not_in_rust() {
    none("Chinese stands in Rust", &chinese_in_rust(&files(), CHINESE_ALLOWED));
}

#[test]
fn words_for_people_are_translatable() {
    none("Chinese stands in .slint outside @tr", &untranslated_in_slint(&files(), UNTRANSLATED_ALLOWED));
}

#[test]
fn chinese_in_rust_is_found() {
    let bad =
        [File::new("src/a.rs", "// 注释\nlet a = \"叫车\";\n#[cfg(test)]\nmod tests { const B: &str = \"测试\"; }")];
    assert_eq!(chinese_in_rust(&bad, &[]).len(), 1);
    assert!(chinese_in_rust(&bad, &[("src/a.rs", "why")]).is_empty());
    let good = [File::new("src/b.rs", "let a = \"taxi\";"), File::new("tests/c.rs", "\"叫车\"")];
    assert!(chinese_in_rust(&good, &[]).is_empty());
    assert_eq!(chinese_in_rust(&good, &[("src/b.rs", "why")]).len(), 1, "a needless exception is found");
}

#[test]
fn untranslated_words_are_found() {
    let bad = [File::new("ui/slint/a.slint", "Text { text: \"叫车\"; } Text { text: @tr(\"回家\"); }")];
    assert_eq!(untranslated_in_slint(&bad, &[]).len(), 1);
    assert!(untranslated_in_slint(&bad, &[("ui/slint/a.slint", "叫车", "why")]).is_empty());
}
