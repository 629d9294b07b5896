// SPDX-License-Identifier: MIT OR Apache-2.0
//! The protocol of the thermometer, without I/O: bytes to typed messages and back. Driver, simulator and fuzz target
//! use the same code, and nothing in it can wait or panic.
//!
//! A line is `BODY*HH`, CR, LF; HH is the exclusive or of the bytes of the body, in hexadecimal. The host asks `T` or
//! `I`; the thermometer answers `T+2150` (hundredths of a degree Celsius), `T!` (its probe is broken) or `I` and its
//! serial number. Where a protocol is from, and whether it was tried on a device, belongs here: this one is invented.

use std::fmt;

use thiserror::Error;

/// Longest line, in bytes. Whatever comes from outside has a bound.
pub const LONGEST_LINE_BYTES: usize = 32;

/// A temperature in hundredths of a degree Celsius.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Temperature(pub i16);

impl fmt::Display for Temperature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:.2} °C", f64::from(self.0) / 100.0)
    }
}

/// Bytes that are no message. One variant for each thing that can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CodecError {
    /// More bytes than any line has.
    #[error("a line of more than {LONGEST_LINE_BYTES} bytes")]
    TooLong,
    /// No `*HH` at the end.
    #[error("a line without a checksum")]
    Layout,
    /// The checksum is that of other bytes.
    #[error("checksum {stated:02X} instead of {counted:02X}")]
    Checksum {
        /// What the line says.
        stated: u8,
        /// What its bytes give.
        counted: u8,
    },
    /// In order, but nothing that this side expects.
    #[error("a message that is not known")]
    Unknown,
}

/// What the host asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// How warm it is.
    Measure,
    /// The serial number.
    Identify,
}

impl Request {
    /// The bytes on the wire.
    #[must_use]
    pub fn encode(self) -> Vec<u8> {
        line(match self {
            Self::Measure => "T",
            Self::Identify => "I",
        })
    }

    /// Reads a line as the thermometer does.
    ///
    /// # Errors
    /// The line is damaged, or no request.
    pub fn decode(line: &[u8]) -> Result<Self, CodecError> {
        match body(line)? {
            "T" => Ok(Self::Measure),
            "I" => Ok(Self::Identify),
            _ => Err(CodecError::Unknown),
        }
    }
}

/// What the thermometer answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// How warm it is.
    Temperature(Temperature),
    /// It cannot measure.
    ProbeBroken,
    /// The serial number: up to 12 letters and digits.
    Serial(String),
}

impl Answer {
    /// The bytes on the wire.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Temperature(Temperature(hundredths)) => line(&format!("T{hundredths:+05}")),
            Self::ProbeBroken => line("T!"),
            Self::Serial(serial) => line(&format!("I{serial}")),
        }
    }

    /// Reads a line as the host does.
    ///
    /// # Errors
    /// The line is damaged, or no answer.
    pub fn decode(line: &[u8]) -> Result<Self, CodecError> {
        let body = body(line)?;
        if body == "T!" {
            return Ok(Self::ProbeBroken);
        }
        if let Some(number) = body.strip_prefix('T').filter(|number| number.starts_with(['+', '-'])) {
            return number
                .parse()
                .map(|number| Self::Temperature(Temperature(number)))
                .map_err(|_| CodecError::Unknown);
        }
        let is_serial = |text: &&str| (1..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
        let serial = body.strip_prefix('I').filter(is_serial).ok_or(CodecError::Unknown)?;
        Ok(Self::Serial(serial.to_owned()))
    }
}

fn checksum(body: &[u8]) -> u8 {
    body.iter().fold(0, |sum, byte| sum ^ byte)
}

fn line(body: &str) -> Vec<u8> {
    format!("{body}*{:02X}\r\n", checksum(body.as_bytes())).into_bytes()
}

/// What stands before the checksum, which must be right. `line` is without CR and LF.
fn body(line: &[u8]) -> Result<&str, CodecError> {
    let text = std::str::from_utf8(line).map_err(|_| CodecError::Layout)?;
    let (body, digits) = text.rsplit_once('*').filter(|(_, digits)| digits.len() == 2).ok_or(CodecError::Layout)?;
    let stated = u8::from_str_radix(digits, 16).map_err(|_| CodecError::Layout)?;
    let counted = checksum(body.as_bytes());
    if stated == counted { Ok(body) } else { Err(CodecError::Checksum { stated, counted }) }
}

/// Cuts what comes into lines, however it is cut into pieces on the wire.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    held: Vec<u8>,
    /// The line is too long already: the rest of it is passed over.
    skipping: bool,
}

impl Lines {
    /// Takes one byte; gives a line, without its CR and LF, with the last byte of it.
    pub fn push(&mut self, byte: u8) -> Option<Result<Vec<u8>, CodecError>> {
        if byte == b'\n' {
            let mut line = std::mem::take(&mut self.held);
            if std::mem::take(&mut self.skipping) {
                return Some(Err(CodecError::TooLong));
            }
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            return Some(Ok(line));
        }
        self.skipping |= self.held.len() >= LONGEST_LINE_BYTES;
        if !self.skipping {
            self.held.push(byte);
        }
        None
    }

    /// Forgets what was half read.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}
