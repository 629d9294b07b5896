// SPDX-License-Identifier: MIT OR Apache-2.0
//! A4 printers that speak IPP (RFC 8010 and 8011, IPP Everywhere), over plain HTTP.
//!
//! The codecs have no I/O: [`message`] is IPP, [`http`] what carries it. [`IppPrinter`] drives a printer with them;
//! [`sim`] is a printer of our own that speaks the same.

mod attributes;
mod client;
mod driver;
pub mod http;
mod job;
pub mod message;
pub mod sim;

use thiserror::Error;

pub use attributes::{JobState, JobStatus, PrinterAttributes, PrinterState, Severity, StateReason};
pub use client::{AnswerError, IppUri, IppUriError};
pub use driver::{IppOptions, IppPrinter};

use crate::device::{CommandLimit, Device};
use crate::printer::sheet::Document;
use crate::printer::{PrintOutcome, PrinterError, PrinterEvent, PrinterStatus};

/// A status of IPP that is no success.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq, Hash)]
pub enum IppStatus {
    /// 0x0400 to 0x04FF with another number than those below.
    #[error("the printer takes the request for wrong (status {0:#06X})")]
    Client(u16),
    /// 0x0401 to 0x0403.
    #[error("the printer wants a name and password, or forbids it (status {0:#06X})")]
    Forbidden(u16),
    /// 0x0404.
    #[error("that is not possible now")]
    NotPossible,
    /// 0x0406 or 0x0407.
    #[error("there is no such job or printer")]
    NotFound,
    /// 0x0408.
    #[error("the document is too large for the printer")]
    TooLarge,
    /// 0x040A.
    #[error("the printer does not take this format")]
    Format,
    /// 0x040B.
    #[error("the printer does not take these settings")]
    Settings,
    /// 0x0411.
    #[error("the printer finds the document damaged")]
    Document,
    /// 0x0501.
    #[error("the printer has no such operation")]
    Operation,
    /// 0x0506.
    #[error("the printer takes no jobs")]
    NotAccepting,
    /// 0x0507, 0x0502 and 0x0505: try later.
    #[error("the printer is busy")]
    Busy,
    /// Any other.
    #[error("the printer has a fault (status {0:#06X})")]
    Server(u16),
}

impl IppStatus {
    /// What the code of an answer says; `Ok` for the successes, 0x0000 to 0x00FF.
    ///
    /// # Errors
    /// The status.
    pub fn check(code: u16) -> Result<(), Self> {
        Err(match code {
            0x0000..=0x00FF => return Ok(()),
            0x0401..=0x0403 => Self::Forbidden(code),
            0x0404 => Self::NotPossible,
            0x0406 | 0x0407 => Self::NotFound,
            0x0408 => Self::TooLarge,
            0x040A => Self::Format,
            0x040B => Self::Settings,
            0x0411 => Self::Document,
            0x0400..=0x04FF => Self::Client(code),
            0x0501 => Self::Operation,
            0x0506 => Self::NotAccepting,
            0x0502 | 0x0505 | 0x0507 => Self::Busy,
            code => Self::Server(code),
        })
    }
}

/// A printer of sheets.
pub trait SheetPrinter: Device<Event = PrinterEvent> {
    /// Asks for every sensor, as [`crate::printer::Printer::sensors`].
    ///
    /// # Errors
    /// [`PrinterError::Pipe`]: the printer cannot be reached. [`PrinterError::Cancelled`].
    fn sensors(&mut self, limit: &CommandLimit) -> Result<PrinterStatus, PrinterError>;

    /// Prints one document and follows it until it has come out, all within `limit`. A printer that is busy is asked
    /// again; a document is never sent twice once the printer may have it. What is in the way of a job, or the limit,
    /// makes the job be cancelled at the printer, so that it does not come out in front of the next person.
    fn print(&mut self, document: &Document, limit: &CommandLimit) -> PrintOutcome;
}
