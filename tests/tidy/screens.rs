// SPDX-License-Identifier: GPL-3.0-only
//! The border between screens and program: every wish that a screen can utter is heard.

use crate::lexer::{is_word, lex, lines_with_word, without_tests};
use crate::none;
use crate::tree::{File, files};

/// Where the border is declared; `globals-….slint` beside it are parts of it.
const GLOBALS: &str = "ui/slint/globals.slint";

fn is_border(file: &File) -> bool {
    file.path == GLOBALS || (file.path.starts_with("ui/slint/globals-") && file.extension() == "slint")
}

/// The callbacks of the exported globals: global, callback in Rust's spelling.
fn callbacks(text: &str) -> Vec<(String, String)> {
    let code = lex(text).code;
    let mut global = String::new();
    let mut found = Vec::new();
    let name_at = |text: &str| text.chars().take_while(|c| is_word(*c) || *c == '-').collect::<String>();
    for line in code.lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix("export global ") {
            global = name_at(rest.trim_start());
        }
        let declared = line.strip_prefix("callback ").or_else(|| line.strip_prefix("pure callback "));
        if let Some(rest) = declared {
            found.push((global.clone(), name_at(rest.trim_start()).replace('-', "_")));
        }
    }
    found
}

fn unheard(files: &[File]) -> Vec<String> {
    if !files.iter().any(|file| file.path == GLOBALS) {
        return vec![format!("{GLOBALS} is missing")];
    }
    let code: String = files
        .iter()
        .filter(|file| file.path.starts_with("src/presenter") && file.is_rust() && !file.is_test())
        .map(|file| without_tests(&lex(&file.text).code))
        .collect();
    let declared: Vec<_> = files.iter().filter(|file| is_border(file)).flat_map(|file| callbacks(&file.text)).collect();
    let mut findings = Vec::new();
    if declared.is_empty() {
        findings.push(format!("{GLOBALS} declares no callback: the rule sees nothing"));
    }
    for (global, callback) in &declared {
        let twins = declared.iter().filter(|(_, other)| other == callback).count();
        if lines_with_word(&code, &format!("on_{callback}")).len() < twins {
            findings.push(format!("{global}.{callback} is heard nowhere in src/presenter (on_{callback})"));
        }
    }
    findings
}

/// Screens may not reach past the border: what the program sets is `in`, never written by both sides.
fn two_way_state(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| is_border(file)) {
        let code = lex(&file.text).code;
        let lines = code.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with("in-out property"));
        findings.extend(
            lines.map(|(index, _)| format!("{}:{} in-out: state has one owner, the program", file.path, index + 1)),
        );
    }
    findings
}

#[test]
fn every_callback_is_heard() {
    none("a screen asks and nobody hears", &unheard(&files()));
}

#[test]
fn state_goes_one_way() {
    none("state is written from both sides", &two_way_state(&files()));
}

#[test]
fn an_unheard_callback_is_found() {
    let globals = File::new(
        GLOBALS,
        "export global A {\n    callback go-home();\n    callback cancel();\n}\nexport global B {\n    callback cancel();\n}\n",
    );
    assert_eq!(callbacks(&globals.text).len(), 3);
    let presenter = |text: &str| File::new("src/presenter/mod.rs", text);
    let deaf = [globals.clone(), presenter("a.on_go_home(f); a.on_cancel(g); // b.on_cancel(h)")];
    assert_eq!(unheard(&deaf).len(), 2, "the second cancel is unheard, for both of that name");
    let good = [globals, presenter("a.on_go_home(f); a.on_cancel(g); b.on_cancel(h);")];
    assert_eq!(unheard(&good), Vec::<String>::new());
    assert_eq!(unheard(&[File::new(GLOBALS, "")]).len(), 1);
}

#[test]
fn two_way_state_is_found() {
    assert_eq!(two_way_state(&[File::new(GLOBALS, "export global A {\n in-out property <int> a;\n}")]).len(), 1);
}
