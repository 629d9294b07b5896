// SPDX-License-Identifier: MIT OR Apache-2.0
//! What goes wrong with a printer, and what became of a print.

use std::error::Error;

use thiserror::Error;

use crate::device::DeviceError;
use crate::transport::{PipeError, WriteError};

/// Why something was not printed, or why that cannot be known. None holds anything of what was to be printed.
#[derive(Debug, Error)]
pub enum PrinterError {
    /// Paper has run out.
    #[error("paper has run out")]
    PaperOut,
    /// The cover is open.
    #[error("the cover is open")]
    CoverOpen,
    /// Paper is jammed.
    #[error("paper is jammed")]
    Jam,
    /// Toner or ink has run out.
    #[error("toner or ink has run out")]
    TonerEmpty,
    /// The tray into which sheets come out is full.
    #[error("the output tray is full")]
    OutputFull,
    /// The cutter is jammed.
    #[error("the cutter reports an error")]
    Cutter,
    /// Mechanical error, such as a jam at the head.
    #[error("the printer reports a mechanical error")]
    Mechanical,
    /// The head is too hot; it recovers by itself.
    #[error("the print head is too hot")]
    Overheated,
    /// An error that only switching off and on may clear.
    #[error("the printer reports an unrecoverable error")]
    Unrecoverable,
    /// The printer says that it is off-line and gives no other reason.
    #[error("the printer is off-line")]
    Offline,
    /// The printer works for somebody else and went on doing so until the limit.
    #[error("the printer is busy with other jobs")]
    Busy,
    /// Nothing was heard: neither good nor bad.
    #[error("the printer did not answer")]
    NoAnswer,
    /// An answer that is not in the printer's protocol, without more to say about it.
    #[error("the printer's answer is not in its protocol")]
    Garbage,
    /// An answer that is not in the printer's protocol.
    #[error("the printer's answer is not in its protocol")]
    Protocol(#[source] Box<dyn Error + Send + Sync>),
    /// The print was called back by the program.
    #[error("the print was called back")]
    Cancelled,
    /// The job was cancelled at the printer.
    #[error("the job was cancelled at the printer")]
    CancelledAtPrinter,
    /// The printer took the job and gave it up.
    #[error("the printer gave the job up ({reasons})")]
    Aborted {
        /// Its own reasons, keywords of the protocol.
        reasons: String,
    },
    /// The printer did not take the job.
    #[error("the printer refused the job")]
    Refused(#[source] Box<dyn Error + Send + Sync>),
    /// The printer takes none of the formats that can be made.
    #[error("the printer takes no format that can be made for it")]
    Format,
    /// What is to be printed cannot be set for this printer.
    #[error("the document cannot be set")]
    Document(#[source] Box<dyn Error + Send + Sync>),
    /// Opening the wire, or asking over it, failed.
    #[error("the wire to the printer failed")]
    Pipe(#[from] PipeError),
    /// The wire failed while the slip was sent.
    #[error("the slip could not be sent whole")]
    Send(#[source] WriteError),
    /// The driver came upon a fault of its own program; the printer is opened anew.
    #[error("the printer's driver failed")]
    Driver,
}

impl From<PrinterError> for DeviceError {
    fn from(error: PrinterError) -> Self {
        match error {
            PrinterError::Pipe(error) => Self::Pipe(error),
            PrinterError::Send(error) => Self::Send(error),
            PrinterError::NoAnswer => Self::NoAnswer,
            PrinterError::Cancelled => Self::Cancelled,
            PrinterError::Driver => Self::Driver,
            PrinterError::Protocol(source) => Self::Protocol(source),
            error @ PrinterError::Garbage => Self::protocol(error),
            error => Self::refused(error),
        }
    }
}

impl From<DeviceError> for PrinterError {
    /// What waiting on a wire ends with.
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::Pipe(PipeError::TimedOut) | DeviceError::NoAnswer => Self::NoAnswer,
            DeviceError::Pipe(error) => Self::Pipe(error),
            DeviceError::Send(error) => Self::Send(error),
            DeviceError::Cancelled => Self::Cancelled,
            DeviceError::Protocol(source) => Self::Protocol(source),
            DeviceError::Refused(source) => Self::Refused(source),
            DeviceError::Unsupported { .. } | DeviceError::Service { .. } | DeviceError::Driver => Self::Driver,
        }
    }
}

/// What became of a print. There is no fourth case, and no retry inside: nothing is ever printed twice.
#[derive(Debug)]
pub enum PrintOutcome {
    /// It came out, as far as the printer can tell.
    Printed,
    /// It did not come out, or not whole.
    Failed(PrinterError),
    /// It was sent, in whole or in part, and the printer has not said what became of it.
    Unknown(PrinterError),
}
