// SPDX-License-Identifier: GPL-3.0-only
//! Documents keep what they promise: links lead somewhere, every fault code is explained, every asset is used.

use std::collections::BTreeSet;

use crate::lexer::lines_with_word;
use crate::none;
use crate::tree::{File, files, root};

/// Where a technician looks a fault code up.
const FAULTS: &str = "docs/faults.md";

/// Folders of assets of which each file must be used somewhere.
const ASSETS: &[&str] = &["assets/icons/", "assets/fonts/", "assets/sounds/", "assets/pictures/"];

/// Where fault codes are declared, one a line: `Name = "CODE-01", "help";`.
const DECLARED: &str = "src/protocol/fault.rs";

/// The declared fault codes: name and code.
fn fault_codes(files: &[File]) -> Vec<(String, String)> {
    let Some(file) = files.iter().find(|file| file.path == DECLARED) else { return Vec::new() };
    let entry = |line: &str| {
        let (name, rest) = line.trim().split_once(" = \"")?;
        let (code, help) = rest.split_once("\", \"")?;
        let plain = name.chars().all(char::is_alphanumeric) && code.contains('-') && help.ends_with("\";");
        plain.then(|| (name.to_owned(), code.to_owned()))
    };
    file.text.lines().filter_map(entry).collect()
}

/// The links of a Markdown text outside code: line and target.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        // Every second piece between backticks is code.
        let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        for (at, _) in prose.match_indices("](") {
            let target: String = prose[at + 2..].chars().take_while(|c| !matches!(c, ')' | ' ')).collect();
            found.push((index + 1, target));
        }
    }
    found
}

/// The anchors that the headings of a Markdown text give, in the way of the usual forges.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let slug = |line: &str| {
        let kept = line.trim_start_matches('#').trim().to_lowercase();
        kept.chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect()
    };
    headings.map(slug).collect()
}

/// `target` seen from the folder of `from`, with `.` and `..` resolved; nothing when it leaves the project.
fn resolve(from: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

fn dead_links(files: &[File], exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.extension() == "md") {
        for (line, target) in links(&file.text) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let Some(path) = (if path.is_empty() { Some(file.path.clone()) } else { resolve(&file.path, path) }) else {
                findings.push(format!("{}:{line} {target} leads out of the project", file.path));
                continue;
            };
            if !exists(&path) {
                findings.push(format!("{}:{line} {target} leads nowhere", file.path));
            } else if !anchor.is_empty() {
                let aimed_at = files.iter().find(|other| other.path == path);
                if !aimed_at.is_some_and(|other| anchors(&other.text).contains(anchor)) {
                    findings.push(format!("{}:{line} {target}: no such heading", file.path));
                }
            }
        }
    }
    findings
}

fn unexplained_codes(files: &[File]) -> Vec<String> {
    let Some(document) = files.iter().find(|file| file.path == FAULTS) else {
        return vec![format!("{FAULTS} is missing")];
    };
    let codes = fault_codes(files);
    if codes.is_empty() {
        return vec![format!("{DECLARED} declares no code: the rule sees nothing")];
    }
    let unexplained = codes.iter().filter(|(_, code)| lines_with_word(&document.text, code).is_empty());
    unexplained.map(|(_, code)| format!("{code} is not explained in {FAULTS}")).collect()
}

/// Codes that no line of the program raises: a promise to technicians that nothing keeps.
fn codes_never_raised(files: &[File]) -> Vec<String> {
    let program: Vec<&File> = files
        .iter()
        .filter(|file| file.is_rust() && file.path.starts_with("src/") && file.path != DECLARED && !file.is_test())
        .collect();
    let raised = |name: &str| program.iter().any(|file| !lines_with_word(&file.text, name).is_empty());
    let codes = fault_codes(files);
    let silent = codes.iter().filter(|(name, _)| !raised(name));
    silent.map(|(name, _)| format!("FaultCode::{name} is raised nowhere: raise it or take it out")).collect()
}

fn unused_assets(files: &[File]) -> Vec<String> {
    let users: Vec<&File> = files
        .iter()
        .filter(|file| {
            ["rs", "slint", "toml", "py", "html"].contains(&file.extension()) || file.path.starts_with(".ci/")
        })
        .collect();
    // Texts about the assets, and the programs that made them, lie beside them.
    let beside = |file: &File| {
        let about = ["LICENSE", "README", "OFL", "NOTICE"].iter().any(|start| file.name().starts_with(start));
        about || ["py", "sh"].contains(&file.extension())
    };
    let asset = |file: &&File| ASSETS.iter().any(|folder| file.path.starts_with(folder)) && !beside(file);
    let used = |file: &File| {
        // Recorded prompts are found by their name without the ending.
        let stem = file.name().rsplit_once('.').map_or(file.name(), |(stem, _)| stem);
        users.iter().any(|user| user.text.contains(file.name()) || user.text.contains(&format!("\"{stem}\"")))
    };
    files.iter().filter(asset).filter(|file| !used(file)).map(|file| format!("{} is used nowhere", file.path)).collect()
}

#[test]
fn links_lead_somewhere() {
    let root = root();
    none("a link in a document is dead", &dead_links(&files(), |path| root.join(path).exists()));
}

#[test]
fn every_fault_code_is_explained() {
    none("a technician finds nothing", &unexplained_codes(&files()));
}

#[test]
fn every_fault_code_is_raised() {
    none("a fault code is only a promise", &codes_never_raised(&files()));
}

#[test]
fn every_asset_is_used() {
    none("an asset weighs for nothing", &unused_assets(&files()));
}

#[test]
fn dead_links_are_found() {
    let page = |text: &str| File::new("docs/a.md", text);
    let other = File::new("README.md", "# The way in\n");
    let exists = |path: &str| ["docs/a.md", "README.md"].contains(&path);
    for bad in ["[x](gone.md)", "[x](../README.md#nowhere)", "[x](../../out.md)", "![x](pictures/p.png)"] {
        assert_eq!(dead_links(&[page(bad), other.clone()], exists).len(), 1, "{bad}");
    }
    let good = "[x](../README.md#the-way-in) [y](https://example.org/) `[z](gone.md)`\n```\n[c](gone.md)\n```\n";
    assert_eq!(dead_links(&[page(good), other], exists), Vec::<String>::new());
}

#[test]
fn unexplained_and_unraised_codes_are_found() {
    let declared =
        File::new(DECLARED, "    TaxiGarbage = \"TAXI-02\", \"Help.\";\n    ClockJumped = \"SYS-01\", \"Help.\";\n");
    let page = File::new(FAULTS, "## TAXI-02\n");
    assert_eq!(unexplained_codes(&[declared.clone(), page.clone()]), ["SYS-01 is not explained in docs/faults.md"]);
    assert_eq!(unexplained_codes(std::slice::from_ref(&declared)).len(), 1, "a missing document is found");
    assert_eq!(unexplained_codes(&[page]).len(), 1, "a change of form is found");
    let program = [declared, File::new("src/a.rs", "FaultCode::TaxiGarbage")];
    assert_eq!(codes_never_raised(&program).len(), 1);
}

#[test]
fn unused_assets_are_found() {
    let assets = |text: &str| [File::new("assets/icons/car.svg", ""), File::new("ui/slint/a.slint", text)];
    assert_eq!(unused_assets(&assets("@image-url(\"home.svg\")")).len(), 1);
    assert!(unused_assets(&assets("@image-url(\"../../assets/icons/car.svg\")")).is_empty());
}
