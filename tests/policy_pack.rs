// SPDX-License-Identifier: GPL-3.0-only
//! Policy packs from outside: the sample pack, every fault at its line, the schema, the officer's commands, and
//! arbitrary bytes.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails like the test itself")]

#[path = "policy_pack/arbitrary.rs"]
mod arbitrary;
#[path = "policy_pack/commands.rs"]
mod commands;
#[path = "policy_pack/faults.rs"]
mod faults;
#[path = "policy_pack/meaning.rs"]
mod meaning;
#[path = "policy_pack/national.rs"]
mod national;
#[path = "policy_pack/schema.rs"]
mod schema;

use std::fs;
use std::path::{Path, PathBuf};

use doorstep::policies::source::PackSource;
use tempfile::TempDir;

/// The folder of the sample pack.
fn sample_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/policy/sample")
}

/// The sample pack as bytes.
fn sample() -> PackSource {
    PackSource::read_folder(&sample_folder()).unwrap()
}

/// The sample pack with one text of one file replaced by another; the text must be there.
fn changed(file: &str, from: &str, to: &str) -> PackSource {
    let mut source = sample();
    let text = String::from_utf8(source.get(file).unwrap().to_vec()).unwrap();
    assert!(text.contains(from), "{file} holds no {from}");
    source.insert(file, text.replacen(from, to, 1).into_bytes()).unwrap();
    source
}

/// Writes the files of a pack into a new folder.
fn on_disk(source: &PackSource) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in source.iter() {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}
