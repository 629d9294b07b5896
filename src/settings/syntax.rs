// SPDX-License-Identifier: GPL-3.0-only
//! From text to a TOML document, with as many syntax faults as can be told apart.

use toml_edit::Document;

use super::fault::{FaultKind, SettingsFault, Severity};
use super::source::{Source, sounds_secret};

/// After so many syntax faults the rest of the file is not looked at.
const MOST_SYNTAX_FAULTS: usize = 20;

/// What could be read of a text.
pub(super) struct Parsed {
    /// The document; `None` where the rest of the text cannot be understood either.
    pub(super) document: Option<Document<String>>,
    /// The syntax faults.
    pub(super) faults: Vec<SettingsFault>,
}

/// Parses `text`. The parser tells one fault at a time; the line of that fault is then blanked out and
/// the text parsed again, so that a technician sees all of them. Blanking stops where it could hide a
/// section or the end of a text, because that would make right lines look wrong.
pub(super) fn parse(text: &str) -> Parsed {
    let source = Source::new(text);
    let mut remaining = text.to_owned();
    let mut faults = Vec::new();
    loop {
        let error = match Document::parse(remaining.clone()) {
            Ok(document) => {
                return Parsed {
                    document: Some(document),
                    faults,
                };
            }
            Err(error) => error,
        };
        let span = error.span().unwrap_or(text.len()..text.len());
        let place = source.place(span.start);
        let line = source.line(place.line).unwrap_or("");
        faults.push(SettingsFault {
            kind: FaultKind::Syntax,
            severity: Severity::Error,
            line: place.line,
            column: place.column,
            width: source.width(&span),
            key: String::new(),
            reason: reason(error.message()),
            mend: mend(error.message(), line),
            veiled: sounds_secret(line) || in_secret_text(&source, place.line),
            placeless: false,
        });
        let goes_on = faults.len() < MOST_SYNTAX_FAULTS && can_be_left_out(line);
        let span = source.line_span(place.line).filter(|_| goes_on);
        if !span.is_some_and(|span| blank(&mut remaining, &span)) {
            return Parsed {
                document: None,
                faults,
            };
        }
    }
}

/// Whether the file still means the same without this line: not if it opens a section, or opens or
/// closes a text or list of several lines.
fn can_be_left_out(line: &str) -> bool {
    let line = line.trim();
    let opens = |open: char, close: char| line.matches(open).count() != line.matches(close).count();
    !(line.starts_with('[')
        || line.contains("\"\"\"")
        || line.contains("'''")
        || opens('[', ']')
        || opens('{', '}'))
}

/// Whether a text of several lines that may be a secret begins above line `number`.
fn in_secret_text(source: &Source<'_>, number: usize) -> bool {
    (1..=number)
        .filter_map(|number| source.line(number))
        .any(|line| sounds_secret(line) && (line.contains("\"\"\"") || line.contains("'''")))
}

/// Overwrites `span` with spaces, so that all places stay; false when nothing is left to overwrite.
fn blank(text: &mut String, span: &std::ops::Range<usize>) -> bool {
    let Some(line) = text.get(span.clone()) else {
        return false;
    };
    if line.trim().is_empty() {
        return false;
    }
    text.replace_range(span.clone(), &" ".repeat(span.len()));
    true
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
    } else if line.contains(full_width) {
        "use the half-width characters = \" ' , [ ] of the English keyboard"
    } else if value == Some("") {
        "write a value after the equals sign, such as name = \"text\", number = 5 or switch = true"
    } else if value.is_none() && !line.trim().is_empty() && !line.trim().starts_with('[') {
        "write name = value, or begin the line with # to make it a comment"
    } else if value.is_some_and(|value| value.matches('"').count() % 2 == 1) {
        "close the text with a second \" at its end"
    } else if value.is_some_and(|value| value.contains('\\')) {
        "write \\\\ for a backslash, or put the text in 'single quotes'"
    } else {
        "put texts in \"double quotes\"; numbers, true and false stand without; a section is [name]"
    };
    mend.to_owned()
}
