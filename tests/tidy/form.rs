// SPDX-License-Identifier: GPL-3.0-only
//! What every file carries, and how long it may be. (The length of functions is clippy's.)

use crate::lexer::{lex, lines_with_word};
use crate::none;
use crate::tree::{File, files};

/// Longest Rust file in lines: what is longer has two subjects.
const RUST_LINES: usize = 500;
/// Longest Slint file in lines.
const SLINT_LINES: usize = 250;
/// In how many lines from the top the licence must stand: a `#!` line may come first.
const LICENCE_WITHIN_LINES: usize = 3;

/// Where unsafe code may stand, and why.
const UNSAFE_ALLOWED: &[(&str, &str)] = &[(
    "tests/store/vfs.rs",
    "a file system for SQLite that notes every write is a table of C functions; it is part of tests only",
)];

/// Paths that name one developer's machine, or lead out of the project.
const PRIVATE_PLACES: &[&str] = &["/work/", "/root/", "/home/", "../shared/", " shared/", "`shared/", "(shared/"];

/// The licence that the file must name, if it is of a kind that names one.
fn licence_of(file: &File) -> Option<&'static str> {
    let sources = ["rs", "slint", "sh", "py", "toml", "po", "service", "rules", "html", "yml", "yaml"];
    let scripts = file.name() == "Makefile" || file.path.starts_with(".ci/");
    if !sources.contains(&file.extension()) && !scripts {
        return None;
    }
    Some(if file.path.starts_with("drivers/") { "MIT OR Apache-2.0" } else { "GPL-3.0-only" })
}

fn without_licence(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files {
        let Some(licence) = licence_of(file) else { continue };
        let wanted = format!("SPDX-License-Identifier: {licence}");
        if !file.text.lines().take(LICENCE_WITHIN_LINES).any(|line| line.contains(&wanted)) {
            findings.push(format!("{} lacks the line {wanted:?} at its top", file.path));
        }
    }
    findings
}

/// Files that a program writes: a table grows with the words of the screens.
const GENERATED: &[&str] = &["src/devices/voice/clips.rs"];

fn too_long(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| !GENERATED.contains(&file.path.as_str())) {
        let limit = match file.extension() {
            "rs" => RUST_LINES,
            "slint" => SLINT_LINES,
            _ => continue,
        };
        let lines = file.text.lines().count();
        if lines > limit {
            findings.push(format!("{} has {lines} lines, {limit} are allowed: divide it by subject", file.path));
        }
    }
    findings
}

fn unsafe_code(files: &[File], allowed: &[(&str, &str)]) -> Vec<String> {
    let mut findings = Vec::new();
    let mut needed = vec![false; allowed.len()];
    for file in files.iter().filter(|file| file.is_rust()) {
        let lines = lines_with_word(&lex(&file.text).code, "unsafe");
        match allowed.iter().position(|(path, _)| *path == file.path) {
            Some(index) => needed[index] = !lines.is_empty(),
            None => findings.extend(lines.iter().map(|line| format!("{}:{line} unsafe code", file.path))),
        }
    }
    let idle = allowed.iter().zip(needed).filter(|(_, needed)| !needed);
    findings.extend(
        idle.map(|((path, _), _)| format!("{path} is excepted but has no unsafe code: take it out of the list")),
    );
    findings
}

/// What one file may name although others do not have it, because it does without where it is missing.
const PLACES_ALLOWED: &[(&str, &str)] = &[(".ci/run", "../shared/data/policy-sample")];

fn private_places(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| !file.path.starts_with("tests/tidy")) {
        let allowed = PLACES_ALLOWED.iter().filter(|(path, _)| *path == file.path).map(|(_, place)| *place);
        let allowed: Vec<&str> = allowed.collect();
        for (index, line) in file.text.lines().enumerate() {
            let line = allowed.iter().fold(line.to_owned(), |line, place| line.replace(place, ""));
            if let Some(place) = PRIVATE_PLACES.iter().find(|place| line.contains(**place)) {
                let number = index + 1;
                findings.push(format!("{}:{number} names {:?}, which others do not have", file.path, place.trim()));
            }
        }
    }
    findings
}

fn left_to_do(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| ["rs", "slint", "toml", "py"].contains(&file.extension())) {
        if file.path.starts_with("tests/tidy") {
            continue;
        }
        for (index, line) in file.text.lines().enumerate() {
            for mark in ["TODO", "FIXME", "XXX"] {
                if !lines_with_word(line, mark).is_empty() {
                    findings.push(format!("{}:{} {mark}: do it, or open an issue", file.path, index + 1));
                }
            }
        }
    }
    findings
}

#[test]
fn every_source_names_its_licence() {
    none("a source file does not name its licence", &without_licence(&files()));
}

#[test]
fn files_have_one_subject() {
    none("a file is too long", &too_long(&files()));
}

#[test]
fn nothing_is_unsafe() {
    none("unsafe code", &unsafe_code(&files(), UNSAFE_ALLOWED));
}

#[test]
fn nothing_names_private_places() {
    none("a path that only one machine has", &private_places(&files()));
}

#[test]
fn nothing_is_left_to_do() {
    none("a mark of unfinished work", &left_to_do(&files()));
}

#[test]
fn a_missing_licence_is_found() {
    let bad = [
        File::new("src/a.rs", "fn main() {}"),
        File::new("drivers/src/a.rs", "// SPDX-License-Identifier: GPL-3.0-only"),
        File::new("src/b.rs", "\n\n\n// SPDX-License-Identifier: GPL-3.0-only"),
        File::new(".ci/x", "#!/bin/sh"),
        File::new("Makefile", "all:"),
    ];
    assert_eq!(without_licence(&bad).len(), bad.len());
    let good = [
        File::new("drivers/src/a.rs", "// SPDX-License-Identifier: MIT OR Apache-2.0"),
        File::new(".ci/x", "#!/bin/sh\n# SPDX-License-Identifier: GPL-3.0-only"),
        File::new("README.md", "no line needed"),
    ];
    assert!(without_licence(&good).is_empty());
}

#[test]
fn a_long_file_is_found() {
    let lines = |count: usize| "x\n".repeat(count);
    let files = [File::new("a.rs", &lines(501)), File::new("b.rs", &lines(500)), File::new("c.slint", &lines(251))];
    assert_eq!(too_long(&files).len(), 2);
}

#[test]
fn unsafe_code_is_found() {
    let files =
        [File::new("a.rs", "fn f() { unsafe { g() } }"), File::new("b.rs", "#![forbid(unsafe_code)] // unsafe")];
    assert_eq!(unsafe_code(&files, &[]).len(), 1);
    assert_eq!(unsafe_code(&files, &[("a.rs", "why")]).len(), 0);
    assert_eq!(unsafe_code(&files, &[("b.rs", "why")]).len(), 2, "a needless exception is found");
}

#[test]
fn private_places_and_marks_are_found() {
    assert_eq!(private_places(&[File::new("a.md", "see /home/me/x\nand ../shared/y\nnetwork/")]).len(), 2);
    let sample = "cd ../shared/data/policy-sample";
    assert_eq!(private_places(&[File::new(".ci/run", sample), File::new(".ci/test", sample)]).len(), 1);
    assert_eq!(left_to_do(&[File::new("a.rs", "// TODO later\n// to do\n// TODOS")]).len(), 1);
}
