// SPDX-License-Identifier: MIT OR Apache-2.0
//! Recording what goes over a wire, and playing it back: the evidence of a technician, and a test of tomorrow.
//!
//! A [`TraceRecorder`] puts a [`TracePipe`] around any pipe; what passed is a [`Trace`], which has a text form for
//! people ([`Trace::parse`], `Display`), can be masked ([`Trace::mask`]), turned into steps of a replay
//! ([`Trace::replay_steps`]), or rehearsed with a device or simulator ([`Trace::rehearse`]).
//!
//! ```text
//! doorstep-trace 1
//! wire: serial /dev/serial/by-id/usb-reader at 115200
//! protocol: sdt
//! personal: masked
//! +0.000012 > AA AA AA 96 69 00 03 20 01 22
//! +0.004980 < AA AA AA 96 69 00 08 00 00 9F (00 00 00 00 97)
//! +1.000300 .
//! +2.418000 ! disconnected
//! ```
//!
//! A line is an event: seconds since the beginning, then `>` bytes to the device, `<` bytes from it, `.` a look for
//! input without waiting that found none, `!` the end of the wire (`disconnected`, `failed`, or `cut off` where the
//! recording grew too large). Bytes are hexadecimal, at most 32 a line; a line that begins with two spaces goes on with
//! the bytes of the one before. Bytes in brackets stand in for personal ones. Lines with `#` are remarks.

mod format;
mod pipe;
mod play;

use std::fmt;
use std::ops::Range;
use std::time::Duration;

use zeroize::Zeroizing;

pub use format::TraceFormatError;
pub use pipe::{TracePipe, TraceRecorder};
pub use play::{Rehearsal, RehearsalError};

/// Most bytes that a trace holds; what comes later is cut off.
pub const MAX_TRACE_BYTES: usize = 8 * 1024 * 1024;

/// Most events that a trace holds.
pub const MAX_TRACE_EVENTS: usize = 100_000;

/// Longest description of a wire or protocol in a trace, in characters.
pub const MAX_TRACE_LABEL_CHARS: usize = 200;

/// Which way bytes went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the program to the device.
    ToDevice,
    /// From the device to the program.
    FromDevice,
}

/// How a wire ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WireEnd {
    /// The device went away.
    Disconnected,
    /// The system reported another fault.
    Failed,
    /// The recording reached its bound; the wire went on.
    CutOff,
}

impl WireEnd {
    /// All, with the words of the text form.
    const WORDS: [(Self, &'static str); 3] =
        [(Self::Disconnected, "disconnected"), (Self::Failed, "failed"), (Self::CutOff, "cut off")];

    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(end, _)| *end == self).map_or("failed", |(_, word)| word)
    }
}

/// What happened.
#[derive(Clone, PartialEq, Eq)]
pub enum TraceEvent {
    /// Bytes passed.
    Bytes {
        /// Which way.
        direction: Direction,
        /// The bytes; wiped when dropped, for they may belong to a person.
        bytes: Zeroizing<Vec<u8>>,
        /// Which of them stand in for personal ones; in order, none empty, none touching the next.
        masked: Vec<Range<usize>>,
    },
    /// The program looked for input without waiting, and there was none.
    Looked,
    /// The wire ended.
    End(WireEnd),
}

impl fmt::Debug for TraceEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes { direction, bytes, .. } => write!(formatter, "{direction:?}({} bytes)", bytes.len()),
            Self::Looked => formatter.write_str("Looked"),
            Self::End(end) => write!(formatter, "End({end:?})"),
        }
    }
}

/// An event and when it was, since the beginning, in whole microseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceEntry {
    /// Time since the beginning.
    pub at: Duration,
    /// What happened.
    pub event: TraceEvent,
}

/// Finds what is personal in all bytes of one direction, replaces it by neutral bytes such that the stream stays one
/// in its protocol (checksums included), and says where. Ranges in order and inside the stream.
pub type Mask = fn(Direction, &mut [u8]) -> Vec<Range<usize>>;

/// What went over a wire, with times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    wire: String,
    protocol: String,
    /// Whether personal bytes were replaced.
    masked: bool,
    entries: Vec<TraceEntry>,
}

/// One line without anything that would disturb a terminal or the text form.
fn label(text: &str) -> String {
    let plain = text.chars().map(|character| if character.is_control() { ' ' } else { character });
    plain.take(MAX_TRACE_LABEL_CHARS).collect::<String>().trim().to_owned()
}

impl Trace {
    /// Which wire was recorded, such as `tcp 10.0.0.9:9100`.
    #[must_use]
    pub fn wire(&self) -> &str {
        &self.wire
    }

    /// Name of the protocol, such as `escpos`.
    #[must_use]
    pub fn protocol(&self) -> &str {
        &self.protocol
    }

    /// Whether personal bytes were replaced.
    #[must_use]
    pub fn is_masked(&self) -> bool {
        self.masked
    }

    /// What happened, in order.
    #[must_use]
    pub fn entries(&self) -> &[TraceEntry] {
        &self.entries
    }

    /// How many bytes went that way.
    #[must_use]
    pub fn count(&self, wanted: Direction) -> usize {
        let length = |entry: &TraceEntry| match &entry.event {
            TraceEvent::Bytes { direction, bytes, .. } if *direction == wanted => bytes.len(),
            _ => 0,
        };
        self.entries.iter().map(length).sum()
    }

    /// Replaces what is personal, as `mask` finds it in the whole stream of each direction, however it was cut into
    /// pieces on the wire.
    pub fn mask(&mut self, mask: Mask) {
        for wanted in [Direction::ToDevice, Direction::FromDevice] {
            let mut stream = Zeroizing::new(Vec::with_capacity(self.count(wanted)));
            for entry in &self.entries {
                if let TraceEvent::Bytes { direction, bytes, .. } = &entry.event
                    && *direction == wanted
                {
                    stream.extend_from_slice(bytes);
                }
            }
            let found = mask(wanted, &mut stream);
            let mut begin = 0;
            for entry in &mut self.entries {
                let TraceEvent::Bytes { direction, bytes, masked } = &mut entry.event else { continue };
                if *direction != wanted {
                    continue;
                }
                let end = begin + bytes.len();
                if let Some(piece) = stream.get(begin..end) {
                    bytes.copy_from_slice(piece);
                }
                let pieces = found.iter().map(|range| range.start.max(begin)..range.end.min(end));
                let pieces = pieces.filter(|piece| !piece.is_empty());
                masked.extend(pieces.map(|piece| piece.start - begin..piece.end - begin));
                *masked = joined(std::mem::take(masked));
                begin = end;
            }
        }
        self.masked = true;
    }
}

/// The ranges in order, with those that touch made one.
fn joined(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| range.start);
    let mut result = Vec::with_capacity(ranges.len());
    for range in ranges {
        join(&mut result, range);
    }
    result
}

/// Adds a range, joined with the last one where they touch.
fn join(ranges: &mut Vec<Range<usize>>, next: Range<usize>) {
    match ranges.last_mut() {
        Some(last) if last.end >= next.start => last.end = last.end.max(next.end),
        _ => ranges.push(next),
    }
}

#[cfg(test)]
mod tests;
