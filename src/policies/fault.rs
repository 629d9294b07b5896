// SPDX-License-Identifier: GPL-3.0-only
//! What can be wrong with a pack's files, each with its place, reason and mend.

use std::cell::{Cell, RefCell};
use std::fmt;

use thiserror::Error;

/// So many faults are told at most; nobody reads more.
pub const MOST_FAULTS: usize = 200;

/// Whether the pack can be used in spite of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The pack is refused.
    Error,
    /// The pack can be used, but somebody ought to look.
    Warning,
}

impl Severity {
    /// The word in front of the reason.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// The kinds of fault, for programs; people read [`PackFault::reason`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FaultKind {
    /// A file is not there.
    Absent,
    /// A file is not UTF-8.
    NotUtf8,
    /// The text is no YAML.
    Syntax,
    /// An alias, an anchor or a tag of YAML: a file says plainly what it says.
    NotPlain,
    /// Lists and keys lie too deep in each other, or there are too many.
    TooLarge,
    /// The same key twice in one place.
    DuplicateKey,
    /// A key that does not exist there.
    UnknownKey,
    /// A required key is not there.
    Missing,
    /// A value of another type than the key takes.
    WrongType,
    /// A code without quotes, whose leading zeros would be lost.
    Unquoted,
    /// A text that must not be empty is, or a key has no value.
    Empty,
    /// A text that does not fit on the screen, or is too long to listen to.
    TooLong,
    /// A character that cannot be seen or drawn.
    ControlCharacter,
    /// A key with characters that no key may have.
    BadKey,
    /// No number, or one that cannot be kept exactly.
    BadNumber,
    /// No day of the calendar.
    BadDay,
    /// No code of a place.
    BadPlace,
    /// No comparison such as `">= 60"`.
    BadComparison,
    /// No web address.
    BadLink,
    /// A word that is none of the choices.
    NotAChoice,
    /// A number outside its range.
    OutOfRange,
    /// Fewer entries than there must be.
    TooFew,
    /// More entries than there may be.
    TooMany,
    /// The same key, day or id twice.
    Duplicate,
    /// A fact, document, institution, parameter, schedule, option or policy that is nowhere declared.
    UnknownReference,
    /// A test that this kind of fact cannot take.
    WrongKind,
    /// A condition that always or never holds, whatever is known.
    Constant,
    /// A fact that nobody can ever tell.
    Unknowable,
    /// Something that can never be reached, such as a row after one that always holds.
    Unreachable,
    /// Two values that contradict each other.
    Contradiction,
    /// Allowed, but probably not meant.
    Unwise,
    /// Declared, but used nowhere.
    Unused,
}

/// One fault in a pack's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackFault {
    /// Which kind it is.
    pub kind: FaultKind,
    /// Whether it stops the pack.
    pub severity: Severity,
    /// The file in the pack, such as `policies/elder.yaml`.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1, in characters.
    pub column: u32,
    /// How many characters of the line it covers, at least 1.
    pub width: u32,
    /// Where in the file, such as `high-age-allowance.conditions[0].years`; empty where the file is meant as a whole.
    pub path: String,
    /// What is wrong, in one sentence.
    pub reason: String,
    /// What to do about it.
    pub mend: String,
    /// Whether the line has nothing to do with it (what is missing stands nowhere).
    pub placeless: bool,
}

impl fmt::Display for PackFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, reason, .. } = self;
        write!(formatter, "{file}:{line}:{column}: {}: {reason} (mend: {})", self.severity.word(), self.mend)
    }
}

/// Why no pack could be made of the files: all faults, in the order of the files and lines, warnings among them.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the policy pack holds {}", summary(faults, *omitted))]
pub struct Report {
    /// The faults; at least one is an error.
    pub faults: Vec<PackFault>,
    /// How many more there are beyond [`MOST_FAULTS`].
    pub omitted: usize,
}

/// Such as `2 errors and 1 warning`, and how many more there are.
#[must_use]
pub fn summary(faults: &[PackFault], omitted: usize) -> String {
    let errors = faults.iter().filter(|fault| fault.severity == Severity::Error).count();
    let warnings = faults.len() - errors;
    let count = |number: usize, word: &str| {
        let plural = if number == 1 { "" } else { "s" };
        format!("{number} {word}{plural}")
    };
    let mut told = match (errors, warnings) {
        (0, 0) => "no fault".to_owned(),
        (_, 0) => count(errors, "error"),
        (0, _) => count(warnings, "warning"),
        _ => format!("{} and {}", count(errors, "error"), count(warnings, "warning")),
    };
    if omitted > 0 {
        told.push_str(&format!(", and {omitted} more"));
    }
    told
}

/// Where something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct At {
    /// Line, from 1.
    pub(super) line: u32,
    /// Column, from 1, in characters.
    pub(super) column: u32,
    /// In characters of its first line, at least 1.
    pub(super) width: u32,
}

impl At {
    /// The first line of a file, where what is missing in it is reported.
    pub(super) const TOP: Self = Self { line: 1, column: 1, width: 1 };
}

/// What a fault says.
pub(super) struct Complaint {
    pub(super) kind: FaultKind,
    pub(super) severity: Severity,
    pub(super) reason: String,
    pub(super) mend: String,
}

impl Complaint {
    /// A fault that stops the pack.
    pub(super) fn error(kind: FaultKind, reason: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { kind, severity: Severity::Error, reason: reason.into(), mend: mend.into() }
    }

    /// Something that is allowed, but probably not meant.
    pub(super) fn warning(kind: FaultKind, reason: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(kind, reason, mend) }
    }
}

/// The faults of all files while they are read.
pub(super) struct Faults {
    most: usize,
    list: RefCell<Vec<PackFault>>,
    errors: Cell<usize>,
    omitted: Cell<usize>,
}

impl Default for Faults {
    fn default() -> Self {
        Self::up_to(MOST_FAULTS)
    }
}

impl Faults {
    /// None yet, and at most so many kept.
    pub(super) fn up_to(most: usize) -> Self {
        Self { most, list: RefCell::default(), errors: Cell::default(), omitted: Cell::default() }
    }

    pub(super) fn add(&self, file: &str, at: At, path: &str, complaint: Complaint) {
        let is_error = complaint.severity == Severity::Error;
        self.errors.set(self.errors.get() + usize::from(is_error));
        let mut list = self.list.borrow_mut();
        if list.len() >= self.most {
            self.omitted.set(self.omitted.get() + 1);
            // An error is worth more than a warning that was found before it.
            let warning = list.iter().rposition(|fault| fault.severity == Severity::Warning);
            match warning {
                Some(warning) if is_error => drop(list.remove(warning)),
                _ => return,
            }
        }
        list.push(PackFault {
            kind: complaint.kind,
            severity: complaint.severity,
            file: file.to_owned(),
            line: at.line,
            column: at.column,
            width: at.width.max(1),
            path: path.to_owned(),
            reason: complaint.reason,
            mend: complaint.mend,
            placeless: complaint.kind == FaultKind::Absent,
        });
    }

    /// How many errors there were so far.
    pub(super) fn error_count(&self) -> usize {
        self.errors.get()
    }

    /// All of them in the order of files and lines, and how many more there were.
    pub(super) fn into_parts(self) -> (Vec<PackFault>, usize) {
        let mut list = self.list.into_inner();
        list.sort_by(|a, b| {
            (file_rank(&a.file), &a.file, a.line, a.column).cmp(&(file_rank(&b.file), &b.file, b.line, b.column))
        });
        (list, self.omitted.get())
    }
}

/// The order in which an officer reads the files.
fn file_rank(file: &str) -> usize {
    let single = super::source::SINGLE_FILES.iter().position(|single| *single == file);
    single.unwrap_or(if file.starts_with("policies/") { 4 } else { 5 })
}
