// SPDX-License-Identifier: GPL-3.0-only
//! The files of the project.

use std::fs;
use std::path::{Path, PathBuf};

/// A file: its path from the root of the project with `/`, and its text (empty where it is no UTF-8).
#[derive(Clone, Debug)]
pub struct File {
    pub path: String,
    pub text: String,
    taken_in_by_tests: bool,
}

impl File {
    /// A made-up file, for the tests of the rules themselves.
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned(), taken_in_by_tests: false }
    }

    /// The last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// What follows the last dot of the name, or nothing.
    pub fn extension(&self) -> &str {
        self.name().rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    /// Whether it is Rust.
    pub fn is_rust(&self) -> bool {
        self.extension() == "rs"
    }

    /// Whether it only ever runs as a test: a file of a `tests` folder, or a module taken in under `cfg(test)`.
    pub fn is_test(&self) -> bool {
        self.taken_in_by_tests || self.path.starts_with("tests/") || self.path.contains("/tests/")
    }

    /// The folder that holds it; nothing at the root.
    fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// The folder in which modules that this file declares are looked for.
    fn module_folder(&self) -> String {
        let folder = self.folder();
        match self.name() {
            "mod.rs" | "lib.rs" | "main.rs" => folder.to_owned(),
            name => format!("{folder}/{}", name.trim_end_matches(".rs")),
        }
    }
}

/// Marks the files of modules that are declared under `#[cfg(test)]`.
fn mark_test_modules(files: &mut [File]) {
    let mut modules = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        for (at, mark) in file.text.match_indices("#[cfg(test)]") {
            let mut declaration = file.text[at + mark.len()..].trim_start();
            let mut path = None;
            if let Some((attribute, rest)) =
                declaration.strip_prefix("#[path = \"").and_then(|rest| rest.split_once("\"]"))
            {
                path = Some(attribute.trim_end_matches(".rs"));
                declaration = rest.trim_start();
            }
            let Some((name, _)) = declaration.strip_prefix("mod ").and_then(|rest| rest.split_once(';')) else {
                continue;
            };
            modules.push(match path {
                // A path attribute counts from the folder of the file itself.
                Some(path) => format!("{}/{path}", file.folder()),
                None => format!("{}/{name}", file.module_folder()),
            });
        }
    }
    for file in files {
        let inside = |module: &String| {
            file.path.strip_prefix(module.as_str()).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        };
        file.taken_in_by_tests = modules.iter().any(inside);
    }
}

/// Where the project lies.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file of the project except what builds and tools leave behind, in a fixed order.
pub fn files() -> Vec<File> {
    let mut found = Vec::new();
    walk(&root(), "", &mut found);
    found.sort_by(|a: &File, b: &File| a.path.cmp(&b.path));
    mark_test_modules(&mut found);
    assert!(found.len() > 20, "the walk found next to nothing under {}", root().display());
    found
}

fn left_behind(path: &str, name: &str) -> bool {
    let hidden = name.starts_with('.') && !matches!(name, ".ci" | ".cargo" | ".gitignore");
    hidden
        || matches!(name, "target" | "__pycache__" | "node_modules")
        || matches!(path, "fuzz/corpus" | "fuzz/artifacts" | "fuzz/Cargo.lock" | "benches/harness/Cargo.lock")
        || path.ends_with(".actual.png")
}

fn walk(folder: &Path, prefix: &str, found: &mut Vec<File>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        if left_behind(&path, &name) {
            continue;
        }
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            walk(&entry.path(), &path, found);
        } else if kind.is_file() {
            let text = fs::read(entry.path()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            found.push(File::new(&path, &text.unwrap_or_default()));
        }
    }
}

#[test]
fn the_walk_sees_what_it_must_and_nothing_else() {
    let files = files();
    for path in ["Cargo.toml", "src/main.rs", "src/protocol/fault.rs", "ui/slint/globals.slint", ".ci/run"] {
        assert!(files.iter().any(|file| file.path == path && !file.text.is_empty()), "{path} was not seen");
    }
    assert!(!files.iter().any(|file| file.path.starts_with(".git/") || file.path.contains("target/")));
}

#[test]
fn modules_of_tests_are_known() {
    let mut files = vec![
        File::new("src/domain/ride/mod.rs", "#[cfg(test)]\nmod properties;\nmod plain;\n"),
        File::new("src/domain/ride/properties.rs", ""),
        File::new("src/domain/ride/properties/more.rs", ""),
        File::new("src/domain/ride/plain.rs", "#[cfg(test)]\n#[path = \"plain_tests.rs\"]\nmod tests;"),
        File::new("src/domain/ride/plain_tests.rs", ""),
    ];
    mark_test_modules(&mut files);
    let marked: Vec<_> = files.iter().map(File::is_test).collect();
    assert_eq!(marked, [false, true, true, false, true]);
}
