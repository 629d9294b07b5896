// SPDX-License-Identifier: MIT OR Apache-2.0
//! Status requests and answers.
//!
//! `10 04 n` (DLE EOT, n = 1 to 4) is answered at once with one byte of the pattern `0xx1xx10`.
//! `1D 72 01` (GS r) is answered in turn with one byte whose bits 4 and 7 are 0. Blocks of four bytes that
//! begin with `0xx1xx00` come unasked where automatic status is switched on.

use thiserror::Error;

use crate::printer::{Cover, Errors, PaperStatus, PrinterStatus};

/// Bits that every answer to DLE EOT has fixed.
const FIXED_MASK: u8 = 0b1001_0011;
/// Their value.
const FIXED_BITS: u8 = 0b0001_0010;
/// First byte of an unasked block: value of the same bits.
const BLOCK_BITS: u8 = 0b0001_0000;
/// Bytes of an unasked block after the first.
const BLOCK_REST: u8 = 3;

const OFFLINE: u8 = 0x08;
const COVER_OPEN: u8 = 0x04;
const STOPPED_BY_PAPER_END: u8 = 0x20;
const MECHANICAL: u8 = 0x04;
const CUTTER: u8 = 0x08;
const UNRECOVERABLE: u8 = 0x20;
const RECOVERS_ITSELF: u8 = 0x40;
const NEAR_END: u8 = 0x0C;
const PAPER_END: u8 = 0x60;
const GS_R_NEAR_END: u8 = 0x03;
const GS_R_PAPER_END: u8 = 0x0C;

/// Which of the four questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatusKind {
    /// n = 1: off-line.
    Printer,
    /// n = 2: why it is off-line.
    Cause,
    /// n = 3: errors.
    Errors,
    /// n = 4: paper.
    Paper,
}

impl StatusKind {
    /// All four, in the order in which they are asked.
    pub const ALL: [Self; 4] = [Self::Printer, Self::Cause, Self::Errors, Self::Paper];

    /// The request.
    #[must_use]
    pub fn request(self) -> [u8; 3] {
        let number = match self {
            Self::Printer => 1,
            Self::Cause => 2,
            Self::Errors => 3,
            Self::Paper => 4,
        };
        [0x10, 0x04, number]
    }
}

/// A byte that is no status.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("0x{0:02X} is no status byte (pattern 0xx1xx10)")]
pub struct StatusError(pub u8);

impl PrinterStatus {
    /// Enters the byte that answered `kind`.
    ///
    /// # Errors
    /// The fixed bits are wrong; the status is unchanged but for its `garbage` flag.
    pub fn enter(&mut self, kind: StatusKind, byte: u8) -> Result<(), StatusError> {
        if byte & FIXED_MASK != FIXED_BITS {
            self.garbage = true;
            return Err(StatusError(byte));
        }
        match kind {
            StatusKind::Printer => self.offline = Some(byte & OFFLINE != 0),
            StatusKind::Cause => {
                self.cover = if byte & COVER_OPEN == 0 { Cover::Closed } else { Cover::Open };
                if byte & STOPPED_BY_PAPER_END != 0 {
                    self.paper = PaperStatus::Out;
                }
            }
            StatusKind::Errors => {
                self.errors = Some(Errors {
                    cutter: byte & CUTTER != 0,
                    mechanical: byte & MECHANICAL != 0,
                    unrecoverable: byte & UNRECOVERABLE != 0,
                    recovers_itself: byte & RECOVERS_ITSELF != 0,
                    ..Errors::default()
                });
            }
            StatusKind::Paper => {
                self.paper = if byte & PAPER_END != 0 || self.paper == PaperStatus::Out {
                    PaperStatus::Out
                } else if byte & NEAR_END != 0 {
                    PaperStatus::Low
                } else {
                    PaperStatus::Ok
                };
            }
        }
        Ok(())
    }
}

/// Paper in the answer to `1D 72 01`.
#[must_use]
pub fn paper_from_gs_r(byte: u8) -> PaperStatus {
    if byte & GS_R_PAPER_END != 0 {
        PaperStatus::Out
    } else if byte & GS_R_NEAR_END != 0 {
        PaperStatus::Low
    } else {
        PaperStatus::Ok
    }
}

/// One thing the printer sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusAnswer {
    /// An answer to DLE EOT; fixed bits already checked.
    RealTime(u8),
    /// An answer to GS r.
    InTurn(u8),
    /// Neither.
    Garbage(u8),
}

/// Sorts the bytes that come from a printer; blocks that come unasked are left out.
#[derive(Clone, Copy, Debug, Default)]
pub struct StatusReader {
    block_bytes_left: u8,
}

impl StatusReader {
    /// Takes one byte.
    pub fn push(&mut self, byte: u8) -> Option<StatusAnswer> {
        if self.block_bytes_left > 0 {
            self.block_bytes_left -= 1;
            return None;
        }
        match byte & FIXED_MASK {
            FIXED_BITS => Some(StatusAnswer::RealTime(byte)),
            BLOCK_BITS => {
                self.block_bytes_left = BLOCK_REST;
                None
            }
            // Flow control on a serial line, no answer.
            _ if byte == 0x11 || byte == 0x13 => None,
            _ if byte & 0b1001_0000 == 0 => Some(StatusAnswer::InTurn(byte)),
            _ => Some(StatusAnswer::Garbage(byte)),
        }
    }

    /// Forgets a block that was begun.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}
