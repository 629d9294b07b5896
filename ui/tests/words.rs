// SPDX-License-Identifier: GPL-3.0-only
//! The words: every Chinese one has its English, and what is spoken follows from the data.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]

mod scenes;

use doorstep_ui::{Session, Speech};
use scenes::{Look, SCENES, Stage};
use slint::{ComponentHandle, Model};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn slint_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            slint_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "slint") {
            found.push(path);
        }
    }
}

/// What stands in the quotes after each `@tr(`.
fn source_strings() -> Vec<String> {
    let mut files = Vec::new();
    slint_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("slint"), &mut files);
    let mut strings = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        for part in text.split("@tr(").skip(1) {
            let quoted = part.trim_start().strip_prefix('"').expect("@tr takes a literal");
            let (first, rest) = quoted.split_once('"').unwrap();
            // A context may stand before the words: `"key" => "下一页"`.
            let words = rest.trim_start().strip_prefix("=>").map(|rest| rest.trim_start().trim_start_matches('"'));
            let string = words.and_then(|words| words.split('"').next()).unwrap_or(first);
            strings.push(string.to_owned());
        }
    }
    strings
}

/// msgid to its translations.
fn english() -> BTreeMap<String, Vec<String>> {
    let text = include_str!("../../assets/lang/en/LC_MESSAGES/doorstep-ui.po");
    let mut entries: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut current = String::new();
    for line in text.lines() {
        let quoted = || line.split_once('"').and_then(|(_, r)| r.strip_suffix('"')).unwrap_or("").to_owned();
        if line.starts_with("msgid ") {
            current = quoted();
        } else if line.starts_with("msgstr") {
            entries.entry(current.clone()).or_default().push(quoted());
        }
    }
    entries
}

fn placeholders(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = ["{}", "{0}", "{1}", "{n}"].into_iter().filter(|p| text.contains(p)).collect();
    found.sort_unstable();
    found
}

#[test]
fn english_is_complete() {
    let english = english();
    let strings = source_strings();
    assert!(strings.len() > 150);
    for string in &strings {
        let translations = english.get(string).unwrap_or_else(|| panic!("no English for {string}"));
        for translation in translations {
            assert!(!translation.is_empty(), "empty English for {string}");
            assert_eq!(placeholders(string), placeholders(translation), "{string}");
            assert!(translation.chars().all(|c| !('\u{4E00}'..='\u{9FFF}').contains(&c)), "{translation}");
        }
    }
    for id in english.keys().filter(|id| !id.is_empty()) {
        assert!(strings.contains(id), "{id} is not used any more");
    }
}

fn said(stage: &Stage, scene: &str, english: bool) -> (Vec<String>, String) {
    let scene = SCENES.iter().find(|s| s.name == scene).unwrap();
    stage.show(scene, &Look { english, ..Look::default() });
    let speech = stage.app.global::<Speech>();
    let segments = speech.get_segments().iter().map(String::from).filter(|s| !s.is_empty()).collect();
    (segments, speech.get_line().to_string())
}

#[test]
fn speech_strings_phrases_and_characters_together() {
    let stage = Stage::new();
    let (segments, line) = said(&stage, "taxi-coming", false);
    let wanted = ["车来了", "请看车牌", "车牌号", "鲁", "G", "D", "8", "2", "6", "1", "大约", "4", "分钟到"];
    assert_eq!(segments, wanted);
    assert_eq!(line, "车来了，请看车牌。车牌 鲁GD8261，大约 4 分钟到。");
    let (segments, line) = said(&stage, "taxi-coming", true);
    let wanted = [
        "Your taxi is coming",
        "check the plate",
        "The plate is",
        "鲁",
        "G",
        "D",
        "8",
        "2",
        "6",
        "1",
        "about",
        "4",
        "minutes away",
    ];
    assert_eq!(segments, wanted);
    assert!(line.contains("鲁GD8261, about 4 minutes"), "{line}");
}

#[test]
fn every_prompt_is_both_spoken_and_written() {
    let stage = Stage::new();
    for scene in SCENES {
        for english in [false, true] {
            let (segments, line) = said(&stage, scene.name, english);
            let speaks = stage.app.global::<Session>().get_prompt() != doorstep_ui::Prompt::None;
            assert_eq!(speaks, !segments.is_empty(), "{}", scene.name);
            assert_eq!(speaks, !line.is_empty(), "{}", scene.name);
        }
    }
}
