// SPDX-License-Identifier: MIT OR Apache-2.0
//! Slip printers.

pub mod escpos;
pub mod sim;
mod slip;
mod status;

use std::time::Duration;

use thiserror::Error;

pub use slip::{
    Alignment, MAX_FEED_LINES, MAX_ITEMS, MAX_QR_BYTES, MAX_SIZE, MAX_TEXT_CHARS, Slip, SlipBuilder, SlipError,
    SlipItem, SlipText, Style,
};
pub use status::{Cover, Errors, PaperStatus, PrinterStatus};

use crate::transport::PipeError;

/// Why a slip was not printed, or why that cannot be known. None holds anything of the slip.
#[derive(Debug, Error)]
pub enum PrinterError {
    /// Paper has run out.
    #[error("paper has run out")]
    PaperOut,
    /// The cover is open.
    #[error("the cover is open")]
    CoverOpen,
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
    /// Nothing was heard: neither good nor bad.
    #[error("the printer did not answer")]
    NoAnswer,
    /// An answer that is not a status byte.
    #[error("the printer's answer is not in its protocol")]
    Garbage,
    /// Opening the wire, or asking over it, failed.
    #[error("the wire to the printer failed")]
    Pipe(#[from] PipeError),
    /// The wire failed while the slip was sent.
    #[error("the slip could not be sent whole")]
    Send(#[source] crate::transport::WriteError),
    /// The driver came upon a fault of its own program; the printer is opened anew.
    #[error("the printer's driver failed")]
    Driver,
}

/// What became of a slip. There is no fourth case, and no retry inside: a slip is never printed twice.
#[derive(Debug)]
pub enum PrintOutcome {
    /// It came out, as far as the printer can tell.
    Printed,
    /// It did not come out, or not whole.
    Failed(PrinterError),
    /// Bytes were sent and the printer has not said what became of them.
    Unknown(PrinterError),
}

/// A slip printer. Calls block, and are bounded by the driver's time limits.
pub trait Printer: Send {
    /// Which printer this is, for the log: language and wire, such as `ESC/POS at tcp 10.0.0.9:9100`.
    fn describe(&self) -> String;

    /// Asks for every sensor. Silence and rubbish are a status too: everything unknown, which is never "ready".
    ///
    /// # Errors
    /// [`PrinterError::Pipe`]: the wire itself failed and must be opened anew.
    fn status(&mut self) -> Result<PrinterStatus, PrinterError>;

    /// Prints one slip, with a status before and after, all within `limit`. [`PrintOutcome::Failed`] with
    /// [`PrinterError::Pipe`] means that nothing of the slip left.
    fn print(&mut self, slip: &Slip, limit: Duration) -> PrintOutcome;
}
