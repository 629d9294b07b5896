// SPDX-License-Identifier: GPL-3.0-only
//! `doorstep config check FILE`: all faults of a file, as a technician reads them.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

use super::check::{base_of, check, environment, read};
use super::fault::{SettingsError, SettingsFault, summary};
use super::source::{Source, sounds_secret, visible};

/// So many characters of a line are shown at most.
const LONGEST_LINE: usize = 120;
/// So many of them stand before the fault in a line that is longer.
const SHOWN_BEFORE: usize = 40;

/// Checks the settings file at `path` and writes to `out` each fault with its place, the line, and the
/// mend. Lines in which a secret may stand are not shown. True when the terminal could start with it.
///
/// # Errors
/// Only what writing to `out` gives.
pub fn run_check(path: &Path, out: &mut dyn Write) -> io::Result<bool> {
    let text = match read(path) {
        Ok(text) => text,
        Err(error) => {
            write_file_error(path, &error, out)?;
            return Ok(false);
        }
    };
    let (settings, faults) = check(&text, base_of(path), &environment);
    write_faults(path, &text, &faults, out)?;
    let verdict =
        if settings.is_some() { "the terminal can start with it" } else { "the terminal does not start with it" };
    writeln!(out, "{}: {}; {verdict}", path.display(), summary(&faults))?;
    Ok(settings.is_some())
}

fn write_file_error(path: &Path, error: &SettingsError, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{}:", path.display())?;
    if let SettingsError::NotUtf8 { line, column, .. } = error {
        write!(out, "{line}:{column}:")?;
    }
    write!(out, " error: {error}")?;
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        write!(out, ": {cause}")?;
        source = cause.source();
    }
    writeln!(out)?;
    writeln!(out, "    mend: {}", error.mend())?;
    writeln!(out, "{}: not read; the terminal does not start with it", path.display())
}

/// Writes `faults` of `text`, which is the file at `path`.
fn write_faults(path: &Path, text: &str, faults: &[SettingsFault], out: &mut dyn Write) -> io::Result<()> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let source = Source::new(text);
    let veiled: BTreeSet<usize> = faults.iter().filter(|fault| fault.veiled).map(|fault| fault.line).collect();
    for fault in faults {
        writeln!(
            out,
            "{}:{}:{}: {}: {}",
            path.display(),
            fault.line,
            fault.column,
            fault.severity.word(),
            fault.reason
        )?;
        let line = source
            .line(fault.line)
            .filter(|line| !fault.placeless && !veiled.contains(&fault.line) && !sounds_secret(line));
        if let Some(line) = line {
            let (shown, marks) = excerpt(line, fault.column, fault.width);
            writeln!(out, "    | {shown}")?;
            writeln!(out, "    | {marks}")?;
        }
        writeln!(out, "    mend: {}", fault.mend.replace('\n', "\n        "))?;
    }
    if !faults.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

/// The part of `line` around `column`, and carets under `width` characters from there.
pub(crate) fn excerpt(line: &str, column: usize, width: usize) -> (String, String) {
    let at = column.saturating_sub(1);
    let length = line.chars().count();
    let first = if length <= LONGEST_LINE { 0 } else { at.saturating_sub(SHOWN_BEFORE) };
    let mut shown = String::new();
    let mut marks = String::new();
    if first > 0 {
        shown.push('…');
        marks.push(' ');
    }
    for (index, character) in line.chars().enumerate().skip(first).take(LONGEST_LINE) {
        let character = if character == '\t' { ' ' } else { visible(character) };
        shown.push(character);
        let mark = if index < at {
            ' '
        } else if index < at + width {
            '^'
        } else {
            continue;
        };
        // A Chinese character takes two columns of a technician's terminal.
        marks.extend(std::iter::repeat_n(mark, if is_wide(character) { 2 } else { 1 }));
    }
    if length > first + LONGEST_LINE {
        shown.push('…');
    }
    if at >= length {
        marks.push('^');
    }
    (shown, marks)
}

/// Whether a character takes two columns (the wide and full-width ranges of Unicode's East Asian Width,
/// without their few exceptions).
fn is_wide(character: char) -> bool {
    matches!(
        u32::from(character),
        0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF
        | 0xFE30..=0xFE6F | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x1F300..=0x1FAFF
        | 0x20000..=0x3FFFD
    )
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    #[test]
    fn carets_stand_under_wide_characters() {
        let (shown, marks) = excerpt("gate = \"东门\"", 8, 4);
        assert_eq!(shown, "gate = \"东门\"");
        assert_eq!(marks, "       ^^^^^^");
    }

    #[test]
    fn a_long_line_is_cut_around_the_fault() {
        let line = format!("{}X{}", "a".repeat(200), "b".repeat(200));
        let (shown, marks) = excerpt(&line, 201, 1);
        assert_eq!(shown.chars().count(), 122);
        let at = marks.chars().position(|mark| mark == '^').unwrap();
        assert_eq!(shown.chars().nth(at), Some('X'));
    }

    #[test]
    fn the_end_of_a_line_can_be_marked() {
        assert_eq!(excerpt("a = ", 5, 1).1, "    ^");
        assert_eq!(excerpt("", 1, 1).1, "^");
    }
}
