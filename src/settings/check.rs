// SPDX-License-Identifier: GPL-3.0-only
//! From a settings file to [`Settings`], or to all of its faults.

use std::path::Path;

use super::devices::DRIVER_WORDS;
use super::fault::{SettingsError, SettingsFault, Severity};
use super::files::{ReadFault, read_bounded};
use super::reader::{KnownKey, Reader, Section};
use super::source::Source;
use super::{Settings, sections, syntax};

/// Largest settings file in bytes. The documented example has about ten thousand.
const LARGEST_FILE_BYTES: u64 = 1 << 20;
/// So many faults are told at most; nobody reads more.
const MOST_FAULTS: usize = 200;

impl Settings {
    /// Reads and checks the file at `path`; relative paths in it count from its directory, secrets may
    /// come from the environment. Warnings go to the log.
    ///
    /// # Errors
    /// The file cannot be read, or holds at least one error.
    pub fn load(path: &Path) -> Result<Self, SettingsError> {
        let text = read(path)?;
        let (settings, faults) = check(&text, base_of(path), &environment);
        let Some(settings) = settings else {
            let path = path.to_path_buf();
            return Err(SettingsError::Invalid { path, faults });
        };
        for warning in faults {
            tracing::warn!(line = warning.line, key = %warning.key, mend = %warning.mend, "settings: {}", warning.reason);
        }
        Ok(settings)
    }
}

/// Checks `text` as a settings file in the directory `base`, with `env` in place of the environment.
///
/// Answers with the settings, unless there is an error, and with all faults by line. A file without
/// faults gives an empty list; warnings alone leave the settings usable. Files that the settings name
/// are looked at, nothing is written.
#[must_use]
pub fn check(text: &str, base: &Path, env: &dyn Fn(&str) -> Option<String>) -> (Option<Settings>, Vec<SettingsFault>) {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let parsed = syntax::parse(text);
    let mut faults = parsed.faults;
    let mut settings = None;
    if let Some(document) = &parsed.document {
        let reader = Reader::new(text, base, env, !faults.is_empty());
        settings = Section::root(&reader, document.as_table()).read(sections::settings);
        faults.extend(finish(reader));
    }
    let is_sound = faults.iter().all(|fault| fault.severity == Severity::Warning);
    faults.sort_by_key(|fault| (fault.severity == Severity::Warning, fault.line));
    faults.truncate(MOST_FAULTS);
    faults.sort_by_key(|fault| (fault.line, fault.column));
    (settings.filter(|_| is_sound), faults)
}

/// Every key that a settings file may hold, in the order in which they are read. The documentation is
/// checked against it.
#[must_use]
pub fn known_keys() -> Vec<KnownKey> {
    /// Every section once, so that all of their keys are asked for.
    const ALL_SECTIONS: &str = "[site]\n[[help]]\n[display]\n[session]\n[taxi]\n\
                                [[taxi.destination]]\n[lending]\n[library]\n[policy]\n\
                                [[policy.approvers]]\n[policy.facts]\n[bookcase]\n[sound]\n";
    let devices = DRIVER_WORDS.iter().map(|word| format!("[[device]]\ndriver = \"{word}\"\n"));
    let text = format!("{ALL_SECTIONS}{}", devices.collect::<String>());
    let parsed = syntax::parse(&text);
    let Some(document) = &parsed.document else {
        return Vec::new();
    };
    let reader = Reader::new(&text, Path::new(""), &|_| None, false);
    Section::root(&reader, document.as_table()).read(sections::settings);
    reader.into_parts().1
}

/// The faults that were collected, and one for each key that nobody asked for.
pub(super) fn finish(reader: Reader<'_>) -> Vec<SettingsFault> {
    let strangers = reader.take_strangers();
    let known = if strangers.is_empty() { Vec::new() } else { known_keys() };
    for stranger in strangers.iter().take(MOST_FAULTS) {
        reader.complain(&stranger.span, &stranger.path(), stranger.complaint(&known));
    }
    reader.into_parts().0
}

pub(super) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The directory from which relative paths in the file at `path` count.
pub(super) fn base_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// Reads a settings file in whole.
pub(super) fn read(path: &Path) -> Result<String, SettingsError> {
    let owned = || path.to_path_buf();
    let bytes = read_bounded(path, LARGEST_FILE_BYTES).map_err(|fault| match fault {
        ReadFault::Absent => SettingsError::Absent { path: owned() },
        ReadFault::NotAFile(found) => SettingsError::NotAFile { path: owned(), found },
        ReadFault::TooLarge => SettingsError::TooLarge { path: owned(), limit_bytes: LARGEST_FILE_BYTES },
        ReadFault::Io(source) => SettingsError::Unreadable { path: owned(), source },
    })?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => {
            let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let good = String::from_utf8_lossy(good);
            let place = Source::new(&good).place(good.len());
            Err(SettingsError::NotUtf8 { path: owned(), line: place.line, column: place.column })
        }
    }
}
