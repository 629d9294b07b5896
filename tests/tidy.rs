// SPDX-License-Identifier: GPL-3.0-only
//! The rules of the project that a program can check: who may use whom, where words for people stand, what every file
//! carries, what documents promise.
//!
//! Every rule is a function from files to findings. It is run on the project, and on a bad snippet as well, so that a
//! rule that has gone blind is noticed.

#[path = "tidy/documents.rs"]
mod documents;
#[path = "tidy/form.rs"]
mod form;
#[path = "tidy/layers.rs"]
mod layers;
#[path = "tidy/lexer.rs"]
mod lexer;
#[path = "tidy/screens.rs"]
mod screens;
#[path = "tidy/translations.rs"]
mod translations;
#[path = "tidy/tree.rs"]
mod tree;
#[path = "tidy/words.rs"]
mod words;

/// Fails with one line a finding.
#[track_caller]
fn none(rule: &str, findings: &[String]) {
    assert!(findings.is_empty(), "{rule}\n  {}\n", findings.join("\n  "));
}
