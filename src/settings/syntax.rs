// SPDX-License-Identifier: GPL-3.0-only
//! From text to a TOML document, with as many syntax faults as can be told apart.

use std::ops::Range;

use toml_edit::Document;

use super::fault::{FaultKind, SettingsFault, Severity};
use super::source::{Source, sounds_secret};

/// How the names of sections begin that stand for broken headers; short, because they replace them.
const STAND_IN: &str = "--";
/// After so many syntax faults the rest of the file is not looked at.
const MOST_SYNTAX_FAULTS: usize = 20;

/// What could be read of a text.
pub(super) struct Parsed {
    /// The document; `None` where the rest of the text cannot be understood either.
    pub(super) document: Option<Document<String>>,
    /// The syntax faults.
    pub(super) faults: Vec<SettingsFault>,
}

/// Parses `text`. The parser tells one fault at a time; the line of that fault is then neutralised and
/// the text parsed again, so that a technician sees all of them. This ends where it could make right
/// lines look wrong: at an open list or an open text of several lines.
pub(super) fn parse(text: &str) -> Parsed {
    let source = Source::new(text);
    let mut remaining = text.to_owned();
    let mut faults = Vec::new();
    loop {
        let error = match Document::parse(remaining.clone()) {
            Ok(document) => {
                return Parsed { document: Some(document), faults };
            }
            Err(error) => error,
        };
        let span = error.span().unwrap_or(text.len()..text.len());
        let fault = syntax_fault(&source, &span, error.message());
        let line = fault.line;
        faults.push(fault);
        let goes_on =
            faults.len() < MOST_SYNTAX_FAULTS && !spans_lines(error.message(), source.line(line).unwrap_or(""));
        if !goes_on || !neutralise(&mut remaining, &source, line, faults.len()) {
            return Parsed { document: None, faults };
        }
    }
}

fn syntax_fault(source: &Source<'_>, span: &Range<usize>, message: &str) -> SettingsFault {
    let place = source.place(span.start);
    let line = source.line(place.line).unwrap_or("");
    SettingsFault {
        kind: FaultKind::Syntax,
        severity: Severity::Error,
        line: place.line,
        column: place.column,
        width: source.width(span),
        key: String::new(),
        reason: reason(message),
        mend: mend(message, line),
        veiled: sounds_secret(line) || in_secret_text(source, place.line),
        placeless: false,
    }
}

/// Whether the fault may lie in a text or list of several lines: then the line alone says little.
fn spans_lines(message: &str, line: &str) -> bool {
    if line.trim_start().starts_with('#') {
        return false;
    }
    let is_header = line.trim_start().starts_with('[');
    let unbalanced = |open: char, close: char| line.matches(open).count() != line.matches(close).count();
    let in_list = ["array", "inline table", "multi-line"].iter().any(|part| message.contains(part));
    line.contains("\"\"\"")
        || line.contains("'''")
        || (!is_header && (in_list || unbalanced('[', ']') || unbalanced('{', '}')))
}

/// Overwrites line `number` so that all places stay: with spaces, or where it opens a section with the
/// header of a section that nobody has, so that the keys below do not fall to the section above. False
/// when that cannot be done.
fn neutralise(text: &mut String, source: &Source<'_>, number: usize, count: usize) -> bool {
    let Some(span) = source.line_span(number) else {
        return false;
    };
    let Some(line) = text.get(span.clone()).map(str::trim) else {
        return false;
    };
    if line.is_empty() || is_header_of_stand_in(line) {
        return false;
    }
    let replacement = if line.starts_with('[') { format!("[{STAND_IN}{count}]") } else { String::new() };
    let Some(padding) = span.len().checked_sub(replacement.len()) else {
        return false;
    };
    text.replace_range(span, &format!("{replacement}{}", " ".repeat(padding)));
    true
}

/// Whether a section of this name stands for one with a broken header.
pub(super) fn is_stand_in(name: &str) -> bool {
    name.starts_with(STAND_IN)
}

fn is_header_of_stand_in(line: &str) -> bool {
    line.strip_prefix('[').is_some_and(is_stand_in)
}

/// Whether a text of several lines that may be a secret begins above line `number`.
fn in_secret_text(source: &Source<'_>, number: usize) -> bool {
    (1..=number)
        .filter_map(|number| source.line(number))
        .any(|line| sounds_secret(line) && (line.contains("\"\"\"") || line.contains("'''")))
}

fn reason(message: &str) -> String {
    if message == "duplicate key" {
        return "this key or section was given before".to_owned();
    }
    format!("not valid TOML: {message}")
}

/// A mend for what technicians get wrong most often.
fn mend(message: &str, line: &str) -> String {
    let value = line.split_once('=').map(|(_, value)| value.trim());
    let full_width = ['＝', '“', '”', '‘', '’', '，', '［', '］', '＂', '：'];
    let mend = if message == "duplicate key" {
        "remove one of the two"
    } else if message.starts_with("invalid comment character") {
        "delete the invisible character, or write the comment again"
    } else if line.contains(full_width) {
        "use the half-width characters = \" ' , [ ] of the English keyboard"
    } else if line.trim_start().starts_with('[') {
        "close the name of a section with ], and of an entry of a list with ]]: [site], [[help]]"
    } else if value == Some("") {
        "write a value after the equals sign, such as name = \"text\", number = 5 or switch = true"
    } else if value.is_none() && !line.trim().is_empty() {
        "write name = value, or begin the line with # to make it a comment"
    } else if value.is_some_and(|value| value.matches('"').count() % 2 == 1) {
        "close the text with a second \" at its end"
    } else if value.is_some_and(|value| value.contains('\\')) {
        "write \\\\ for a backslash, or put the text in 'single quotes'"
    } else {
        "put texts in \"double quotes\"; numbers, true and false stand without quotes"
    };
    mend.to_owned()
}
