// SPDX-License-Identifier: GPL-3.0-only
//! Who may use whom.

use crate::lexer::{is_word, lex, line_of, lines_with_word, without_tests};
use crate::none;
use crate::tree::{File, files};

/// The parts of the program and what each may use besides itself; downwards only. A new part gets its place here.
const USES: &[(&str, &[&str])] = &[
    ("assets", &[]),
    ("console", &[]),
    ("protocol", &[]),
    ("domain", &["protocol"]),
    // One exchange over HTTP, for whoever keeps a protocol on it.
    ("http", &[]),
    // Names of places, for whoever shows them.
    ("places", &["domain"]),
    ("settings", &["protocol"]),
    ("policies", &["console", "domain", "http", "places", "protocol", "settings"]),
    ("store", &["domain", "protocol"]),
    ("services", &["console", "domain", "http", "protocol", "settings"]),
    ("devices", &["assets", "console", "domain", "protocol", "settings"]),
    // The presenter knows nothing of the loop, nor the loop of the screen: taps and pictures are the domain's.
    ("presenter", &["assets", "domain", "places", "protocol", "settings"]),
    ("runtime", &["devices", "services", "store", "settings", "domain", "protocol"]),
    ("hub", &["services", "store", "settings", "domain", "protocol"]),
];

/// What puts the parts together, and so may name any of them. An entry that ends in `/` is a folder.
const TOGETHER: &[&str] = &["src/main.rs", "src/lib.rs", "src/terminal.rs", "src/terminal/", "src/demo/"];

/// Files outside `src/presenter/` that may name Slint, and why.
const SLINT_ALLOWED: &[(&str, &str)] = &[];

/// The crates that only the presenter knows.
const SCREEN_CRATES: &[&str] = &["slint", "doorstep_ui", "i_slint_backend_testing", "i_slint_core"];

/// What the pure core must not touch: clocks, chance, files, wires, threads, other crates of the program.
const IMPURE: &[&str] = &[
    "Instant",
    "SystemTime",
    "tokio",
    "jiff",
    "rand",
    "getrandom",
    "rusqlite",
    "reqwest",
    "axum",
    "serde_json",
    "tracing",
    "std::fs",
    "std::net",
    "std::io",
    "std::env",
    "std::thread",
    "std::process",
    "std::sync",
    "std::os",
    "println",
    "eprintln",
];

/// What a `use` in the pure core may begin with.
const PURE_ROOTS: &[&str] = &["std", "core", "crate", "super", "self"];

/// Code of `file` without comments, literals and tests; nothing for a file that is a test in whole.
fn plain_code(file: &File) -> Option<String> {
    (file.is_rust() && !file.is_test()).then(|| without_tests(&lex(&file.text).code))
}

fn slint_outside_the_presenter(files: &[File], allowed: &[(&str, &str)]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.path.starts_with("src/") && !file.path.starts_with("src/presenter")) {
        if allowed.iter().any(|(path, _)| *path == file.path) {
            continue;
        }
        let Some(code) = plain_code(file) else { continue };
        for name in SCREEN_CRATES {
            for line in lines_with_word(&code, name) {
                findings.push(format!("{}:{line} names {name}: only src/presenter may", file.path));
            }
        }
    }
    for (path, _) in allowed {
        if !files.iter().any(|file| file.path == *path) {
            findings.push(format!("{path} is excepted but does not exist: take it out of the list"));
        }
    }
    findings
}

fn impure_domain(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.path.starts_with("src/domain/")) {
        // Sharing what never changes is no effect; everything else of `std::sync` waits for other threads.
        let Some(code) = plain_code(file).map(|code| code.replace("std::sync::Arc;", "std::rc::Rc;")) else { continue };
        for word in IMPURE {
            for line in lines_with_word(&code, word) {
                findings.push(format!(
                    "{}:{line} uses {word}: the core is pure, time and chance are given to it",
                    file.path
                ));
            }
        }
        for (at, _) in code.match_indices("use ") {
            let begins_item = code[..at].chars().next_back().is_none_or(char::is_whitespace);
            let name: String = code[at + 4..].trim_start_matches(':').chars().take_while(|c| is_word(*c)).collect();
            if begins_item && !name.is_empty() && !PURE_ROOTS.contains(&name.as_str()) && !declares(&code, &name) {
                let line = line_of(&code, at);
                findings
                    .push(format!("{}:{line} uses the crate {name}: the core has std and protocol alone", file.path));
            }
        }
    }
    findings
}

/// Whether `code` has a module or type of that name, so that `use name::…` stays inside.
fn declares(code: &str, name: &str) -> bool {
    ["mod", "enum"].iter().any(|kind| !lines_with_word(code, &format!("{kind} {name}")).is_empty())
}

/// The parts that follow `crate::` in `code`, groups in braces included, each with its line.
fn parts_used(code: &str) -> Vec<(usize, String)> {
    let mut used = Vec::new();
    for (at, prefix) in code.match_indices("crate::") {
        let rest = &code[at + prefix.len()..];
        let line = line_of(code, at);
        let first_word = |text: &str| text.trim_start().chars().take_while(|c| is_word(*c)).collect::<String>();
        let Some(group) = rest.strip_prefix('{') else {
            used.push((line, first_word(rest)));
            continue;
        };
        let mut depth = 0;
        let mut item = String::new();
        for character in group.chars() {
            match character {
                '}' if depth == 0 => break,
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => used.push((line, first_word(&std::mem::take(&mut item)))),
                _ => {}
            }
            item.push(character);
        }
        used.push((line, first_word(item.trim_start_matches(','))));
    }
    used.retain(|(_, part)| !part.is_empty());
    used
}

fn wrong_directions(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.path.starts_with("src/")) {
        if TOGETHER
            .iter()
            .any(|entry| if entry.ends_with('/') { file.path.starts_with(entry) } else { file.path == *entry })
        {
            continue;
        }
        let Some(code) = plain_code(file) else { continue };
        let part = file.path["src/".len()..].split(['/', '.']).next().unwrap_or_default();
        let Some((_, allowed)) = USES.iter().find(|(name, _)| *name == part) else {
            findings.push(format!("{}: the part {part} has no place in USES (tests/tidy/layers.rs)", file.path));
            continue;
        };
        for (line, used) in parts_used(&code) {
            let known = USES.iter().any(|(name, _)| *name == used);
            if known && used != part && !allowed.contains(&used.as_str()) {
                findings.push(format!("{}:{line} {part} uses {used}: the way goes downwards only", file.path));
            }
        }
    }
    findings
}

#[test]
fn only_the_presenter_knows_slint() {
    none("Slint is named outside src/presenter", &slint_outside_the_presenter(&files(), SLINT_ALLOWED));
}

#[test]
fn the_domain_is_pure() {
    none("src/domain does more than rules", &impure_domain(&files()));
}

#[test]
fn directions_go_downwards() {
    none(
        "main -> presenter -> runtime, hub -> devices, services, store -> domain, protocol",
        &wrong_directions(&files()),
    );
}

/// Parts that can be taken away one after the other, each using only what is left, have no circle among them.
#[test]
fn there_is_no_circle() {
    let mut left: Vec<_> = USES.to_vec();
    while let Some(free) = left.iter().position(|(name, _)| !left.iter().any(|(_, uses)| uses.contains(name))) {
        left.remove(free);
    }
    assert!(left.is_empty(), "these parts use one another in a circle: {left:?}");
}

#[test]
fn slint_elsewhere_is_found() {
    let bad = [File::new("src/runtime/mod.rs", "fn f() { slint::quit(); }\n#[cfg(test)]\nmod tests { use slint; }\n")];
    assert_eq!(slint_outside_the_presenter(&bad, &[]).len(), 1);
    assert_eq!(slint_outside_the_presenter(&bad, &[("src/runtime/mod.rs", "why")]).len(), 0);
    assert_eq!(slint_outside_the_presenter(&bad, &[("src/gone.rs", "why")]).len(), 2);
    let good =
        [File::new("src/presenter/mod.rs", "use slint::Weak;"), File::new("src/a.rs", "// slint\nlet slint_x = 1;")];
    assert!(slint_outside_the_presenter(&good, &[]).is_empty());
}

#[test]
fn an_impure_domain_is_found() {
    for bad in [
        "use std::time::Instant;",
        "use rand::Rng;",
        "fn f() { std::fs::read(p); }",
        "use tokio::sync::mpsc;",
        "use std::sync::Mutex;",
    ] {
        assert!(!impure_domain(&[File::new("src/domain/a.rs", bad)]).is_empty(), "{bad}");
    }
    let good = "use std::time::Duration;\nuse crate::protocol::Secret;\nuse super::x;\nuse std::sync::Arc;\n// Instant\nlet instant = 1;\n\
                #[cfg(test)]\nmod tests { use proptest::prelude::*; }\n";
    assert_eq!(impure_domain(&[File::new("src/domain/a.rs", good)]), Vec::<String>::new());
}

#[test]
fn a_wrong_direction_is_found() {
    for (path, bad) in [
        ("src/store/mod.rs", "use crate::services::taxi;"),
        ("src/domain/a.rs", "use crate::{protocol::Secret, settings::{A, B}};"),
        ("src/presenter/a.rs", "fn f() { crate::store::go(); }"),
        ("src/novel/a.rs", ""),
    ] {
        assert_eq!(wrong_directions(&[File::new(path, bad)]).len(), 1, "{path}: {bad}");
    }
    let good = [
        File::new("src/runtime/a.rs", "use crate::{domain::{X, Y}, store::Store};"),
        File::new("src/main.rs", "use crate::runtime::go;"),
        File::new("src/domain/a.rs", "use crate::domain::time::Now; crate::protocol::Secret"),
    ];
    assert_eq!(wrong_directions(&good), Vec::<String>::new());
}
