// SPDX-License-Identifier: GPL-3.0-only
//! What can be wrong with a settings file, each with its place, reason and mend.

use std::fmt;
use std::path::PathBuf;

use thiserror::Error;

use crate::protocol::FaultCode;

/// Whether the terminal can start in spite of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The terminal does not start.
    Error,
    /// The terminal starts, but somebody ought to look.
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

/// The kinds of fault, for programs; people read [`SettingsFault::reason`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The text is no TOML.
    Syntax,
    /// A key or section that does not exist.
    UnknownKey,
    /// A value of another type than the key takes.
    WrongType,
    /// A number outside its range.
    OutOfRange,
    /// A word that is none of the choices.
    NotAChoice,
    /// A required key or section is not there.
    Missing,
    /// A text that must not be empty is.
    Empty,
    /// A text that does not fit on the screen.
    TooLong,
    /// A character that cannot be seen or drawn.
    ControlCharacter,
    /// More entries than the screen shows.
    TooMany,
    /// The same name twice.
    Duplicate,
    /// Two keys that contradict each other.
    Contradiction,
    /// No web address, or one with parts that are not allowed.
    BadUrl,
    /// An address that would send the key in the clear.
    PlainHttp,
    /// No network address with a port.
    BadAddress,
    /// No time zone of the tz database.
    BadTimeZone,
    /// No phone number.
    BadPhone,
    /// No log filter.
    BadLogFilter,
    /// A secret stands in the settings file itself.
    SecretInFile,
    /// The file or variable with a secret is absent, empty or unreadable.
    SecretMissing,
    /// A secret that cannot be sent as it is.
    SecretMalformed,
    /// Other users of the device may read the file with a secret.
    SecretExposed,
    /// The file with certificate authorities is unreadable or holds none.
    CaFile,
    /// The data directory can neither be used nor created.
    DataDirectory,
    /// A file that cannot be the device file of a device.
    DevicePath,
    /// A name with characters that no name of a device may have.
    BadName,
    /// A role is given to a device that is not there.
    UnknownDevice,
    /// A role is given to a device that cannot have it.
    WrongDevice,
    /// A section of former versions, which is written differently now.
    Replaced,
    /// Allowed, but probably not meant.
    Unwise,
}

impl FaultKind {
    /// The stable code under which `docs/faults.md` describes it.
    #[must_use]
    pub fn code(self) -> FaultCode {
        match self {
            Self::SecretMissing | Self::SecretMalformed | Self::SecretExposed => FaultCode::SecretMissing,
            _ => FaultCode::SettingsInvalid,
        }
    }
}

/// One fault in a settings file. None of its texts holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsFault {
    /// Which kind it is.
    pub kind: FaultKind,
    /// Whether it stops the terminal.
    pub severity: Severity,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1, in characters.
    pub column: usize,
    /// How many characters of the line it covers, at least 1.
    pub width: usize,
    /// The key with its section, such as `taxi.url`; empty where the file as a whole is meant.
    pub key: String,
    /// What is wrong, in one sentence.
    pub reason: String,
    /// What to do about it.
    pub mend: String,
    /// Whether the line must not be shown, because a secret may stand in it.
    pub(super) veiled: bool,
    /// Whether the line has nothing to do with it (what is missing stands nowhere).
    pub(super) placeless: bool,
}

impl SettingsFault {
    /// The stable code under which `docs/faults.md` describes it.
    #[must_use]
    pub fn code(&self) -> FaultCode {
        self.kind.code()
    }
}

impl fmt::Display for SettingsFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "line {}, column {}: {}: {} (mend: {})",
            self.line,
            self.column,
            self.severity.word(),
            self.reason,
            self.mend.replace('\n', "; ")
        )
    }
}

/// Why no settings could be made from a file.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// There is no such file.
    #[error("there is no settings file {}", path.display())]
    Absent {
        /// The file.
        path: PathBuf,
    },
    /// The path is a directory, a pipe or a device.
    #[error("{} is {found}, not a file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What it is, such as `a directory`.
        found: &'static str,
    },
    /// The file cannot be read.
    #[error("the settings file {} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is larger than any settings can be.
    #[error("the settings file {} is larger than {limit_bytes} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        limit_bytes: u64,
    },
    /// The file is not UTF-8.
    #[error("the settings file {} is not UTF-8 text at line {line}, column {column}", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// Line of the first bad byte, from 1.
        line: usize,
        /// Column of the first bad byte, from 1, in characters.
        column: usize,
    },
    /// The file was read and holds faults.
    #[error("the settings file {} holds {}", path.display(), summary(faults))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// All faults, by line; at least one is an error.
        faults: Vec<SettingsFault>,
    },
}

impl SettingsError {
    /// What to do about it.
    #[must_use]
    pub fn mend(&self) -> String {
        match self {
            Self::Absent { path } => format!("copy assets/doorstep.example.toml to {} and adapt it", path.display()),
            Self::NotAFile { .. } => "name the settings file itself".to_owned(),
            Self::Unreadable { path, .. } => {
                format!("give the terminal's user the right to read it: `ls -l {}` shows who may", path.display())
            }
            Self::TooLarge { .. } => "this is not a settings file of Doorstep, which has a few kilobytes".to_owned(),
            Self::NotUtf8 { .. } => {
                "save it as UTF-8 (the editor may have written GBK): `iconv -f GB18030 -t UTF-8`".to_owned()
            }
            Self::Invalid { path, .. } => {
                format!("run `doorstep config check {}` and mend each line", path.display())
            }
        }
    }

    /// The stable code: `CFG-02` where nothing but secrets is missing, else `CFG-01`.
    #[must_use]
    pub fn code(&self) -> FaultCode {
        let Self::Invalid { faults, .. } = self else {
            return FaultCode::SettingsInvalid;
        };
        let only_secrets = faults
            .iter()
            .filter(|fault| fault.severity == Severity::Error)
            .all(|fault| fault.code() == FaultCode::SecretMissing);
        if only_secrets { FaultCode::SecretMissing } else { FaultCode::SettingsInvalid }
    }
}

/// Such as `2 errors and 1 warning`.
pub(super) fn summary(faults: &[SettingsFault]) -> String {
    let errors = faults.iter().filter(|fault| fault.severity == Severity::Error).count();
    let warnings = faults.len() - errors;
    let count = |number: usize, word: &str| {
        let plural = if number == 1 { "" } else { "s" };
        format!("{number} {word}{plural}")
    };
    match (errors, warnings) {
        (0, 0) => "no fault".to_owned(),
        (_, 0) => count(errors, "error"),
        (0, _) => count(warnings, "warning"),
        _ => format!("{} and {}", count(errors, "error"), count(warnings, "warning")),
    }
}
