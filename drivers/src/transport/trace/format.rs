// SPDX-License-Identifier: MIT OR Apache-2.0
//! The text form of a trace.

use std::fmt::{self, Write};
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;
use zeroize::Zeroizing;

use super::{
    Direction, MAX_TRACE_BYTES, MAX_TRACE_EVENTS, MAX_TRACE_LABEL_CHARS, Trace, TraceEntry, TraceEvent, WireEnd, join,
};

const FIRST_LINE: &str = "doorstep-trace 1";
const BYTES_A_LINE: usize = 32;
/// Latest time in a trace: recordings do not last longer than a day.
const LATEST: Duration = Duration::from_secs(24 * 60 * 60);

/// A text that is no trace. Nothing of the text is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TraceFormatError {
    /// The first line is not that of a trace that this program knows.
    #[error("this is no trace: the first line must be `{FIRST_LINE}`")]
    Version,
    /// One of the lines `wire:`, `protocol:`, `personal:` is missing or wrong.
    #[error("line {line}: the heading of the trace is not complete")]
    Heading {
        /// The line, from 1.
        line: usize,
    },
    /// A line that is no event.
    #[error("line {line} is no event")]
    Line {
        /// The line, from 1.
        line: usize,
    },
    /// An event before the one above it, or after a day.
    #[error("line {line}: the time is not after the one above it and within a day")]
    Time {
        /// The line, from 1.
        line: usize,
    },
    /// More bytes or events than a trace may hold.
    #[error("line {line}: the trace is too large")]
    TooLarge {
        /// The line, from 1.
        line: usize,
    },
}

impl fmt::Display for Trace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let personal = if self.masked { "masked" } else { "raw" };
        writeln!(formatter, "{FIRST_LINE}")?;
        writeln!(formatter, "wire: {}", self.wire)?;
        writeln!(formatter, "protocol: {}", self.protocol)?;
        writeln!(formatter, "personal: {personal}")?;
        for entry in &self.entries {
            write!(formatter, "+{}.{:06} ", entry.at.as_secs(), entry.at.subsec_micros())?;
            match &entry.event {
                TraceEvent::Looked => writeln!(formatter, ".")?,
                TraceEvent::End(end) => writeln!(formatter, "! {}", end.word())?,
                TraceEvent::Bytes { direction, bytes, masked } => {
                    formatter.write_char(match direction {
                        Direction::ToDevice => '>',
                        Direction::FromDevice => '<',
                    })?;
                    let is_masked = |at: usize| masked.iter().any(|range| range.contains(&at));
                    for (at, byte) in bytes.iter().enumerate() {
                        if at > 0 && at.is_multiple_of(BYTES_A_LINE) {
                            formatter.write_str("\n ")?;
                        }
                        let opens = is_masked(at) && (at.is_multiple_of(BYTES_A_LINE) || !is_masked(at - 1));
                        let last_of_line = (at + 1).is_multiple_of(BYTES_A_LINE) || at + 1 == bytes.len();
                        let closes = is_masked(at) && (last_of_line || !is_masked(at + 1));
                        let (open, close) = (if opens { "(" } else { "" }, if closes { ")" } else { "" });
                        write!(formatter, " {open}{byte:02X}{close}")?;
                    }
                    writeln!(formatter)?;
                }
            }
        }
        Ok(())
    }
}

impl FromStr for Trace {
    type Err = TraceFormatError;

    fn from_str(text: &str) -> Result<Self, TraceFormatError> {
        Self::parse(text)
    }
}

impl Trace {
    /// Reads the text form.
    ///
    /// # Errors
    /// The first line that is not in it.
    pub fn parse(text: &str) -> Result<Self, TraceFormatError> {
        let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim_end()));
        if lines.next().map(|(_, line)| line) != Some(FIRST_LINE) {
            return Err(TraceFormatError::Version);
        }
        let mut heading = |name: &str, line_number: usize| {
            let missing = TraceFormatError::Heading { line: line_number };
            let (_, line) = lines.next().ok_or(missing)?;
            let value = line.strip_prefix(name).and_then(|rest| rest.strip_prefix(':')).ok_or(missing)?.trim();
            let is_label = value.chars().count() <= MAX_TRACE_LABEL_CHARS && !value.contains(char::is_control);
            if is_label { Ok(value.to_owned()) } else { Err(missing) }
        };
        let wire = heading("wire", 2)?;
        let protocol = heading("protocol", 3)?;
        let masked = match heading("personal", 4)?.as_str() {
            "masked" => true,
            "raw" => false,
            _ => return Err(TraceFormatError::Heading { line: 4 }),
        };
        let mut trace = Self { wire, protocol, masked, entries: Vec::new() };
        let mut bytes_in_all = 0;
        for (line, text) in lines {
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            if let Some(rest) = text.strip_prefix("  ") {
                let Some(TraceEvent::Bytes { bytes, masked, .. }) =
                    trace.entries.last_mut().map(|entry| &mut entry.event)
                else {
                    return Err(TraceFormatError::Line { line });
                };
                bytes_in_all += append(bytes, masked, rest).ok_or(TraceFormatError::Line { line })?;
            } else {
                let entry = entry(text, line)?;
                if trace.entries.last().is_some_and(|last| last.at > entry.at) || entry.at > LATEST {
                    return Err(TraceFormatError::Time { line });
                }
                if let TraceEvent::Bytes { bytes, .. } = &entry.event {
                    bytes_in_all += bytes.len();
                }
                trace.entries.push(entry);
            }
            if bytes_in_all > MAX_TRACE_BYTES || trace.entries.len() > MAX_TRACE_EVENTS {
                return Err(TraceFormatError::TooLarge { line });
            }
        }
        Ok(trace)
    }
}

fn entry(text: &str, line: usize) -> Result<TraceEntry, TraceFormatError> {
    let wrong = TraceFormatError::Line { line };
    let (time, rest) = text.strip_prefix('+').and_then(|text| text.split_once(' ')).ok_or(wrong)?;
    let at = time_of(time).ok_or(wrong)?;
    let event = match rest.split_at_checked(1) {
        Some((".", "")) => TraceEvent::Looked,
        Some(("!", words)) => {
            let found = WireEnd::WORDS.iter().find(|(_, word)| *word == words.trim());
            TraceEvent::End(found.map(|(end, _)| *end).ok_or(wrong)?)
        }
        Some((sign @ (">" | "<"), words)) => {
            let direction = if sign == ">" { Direction::ToDevice } else { Direction::FromDevice };
            let (mut bytes, mut masked) = (Zeroizing::new(Vec::new()), Vec::new());
            append(&mut bytes, &mut masked, words).filter(|count| *count > 0).ok_or(wrong)?;
            TraceEvent::Bytes { direction, bytes, masked }
        }
        _ => return Err(wrong),
    };
    Ok(TraceEntry { at, event })
}

/// `12.000345`: seconds with exactly six digits behind the point.
fn time_of(text: &str) -> Option<Duration> {
    let (whole, fraction) = text.split_once('.')?;
    let is_number = |text: &str| !text.is_empty() && text.len() <= 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    if fraction.len() != 6 || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    Some(Duration::from_secs(whole.parse().ok()?) + Duration::from_micros(fraction.parse().ok()?))
}

/// Adds the bytes that `words` name and returns how many; `None` when they name none.
fn append(bytes: &mut Vec<u8>, masked: &mut Vec<std::ops::Range<usize>>, words: &str) -> Option<usize> {
    let mut opened = None;
    let mut count = 0;
    for word in words.split_ascii_whitespace() {
        let at = bytes.len();
        let mut digits = word;
        if let Some(rest) = digits.strip_prefix('(') {
            if opened.replace(at).is_some() {
                return None;
            }
            digits = rest;
        }
        let closes = digits.ends_with(')');
        digits = digits.strip_suffix(')').unwrap_or(digits);
        if digits.len() != 2 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        count += 1;
        if closes {
            join(masked, opened.take()?..at + 1);
        }
    }
    opened.is_none().then_some(count)
}
