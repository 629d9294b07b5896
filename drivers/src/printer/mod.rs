// SPDX-License-Identifier: MIT OR Apache-2.0
//! Printers: slips on a roll ([`escpos`]), sheets (`ipp`).

mod code128;
mod error;
pub mod escpos;
mod event;
mod glyph;
#[cfg(feature = "ipp")]
pub mod ipp;
pub mod sheet;
pub mod sim;
mod slip;
mod status;
mod wrap;

pub use error::{PrintOutcome, PrinterError};
pub use event::PrinterEvent;
pub use glyph::{FontError, PaperFonts};
pub use slip::{
    Alignment, MAX_CODE128_CHARS, MAX_FEED_LINES, MAX_ITEMS, MAX_QR_BYTES, MAX_SIZE, MAX_TEXT_CHARS, Slip, SlipBuilder,
    SlipError, SlipItem, SlipText, Style,
};
pub use status::{Cover, Errors, PaperStatus, PrinterStatus, Supply};

use crate::device::{CommandLimit, Device};

/// A slip printer.
pub trait Printer: Device<Event = PrinterEvent> {
    /// Asks for every sensor. Silence and rubbish are a status too: everything unknown, which is never "ready".
    ///
    /// # Errors
    /// [`PrinterError::Pipe`]: the wire itself failed and must be opened anew. [`PrinterError::Cancelled`].
    fn sensors(&mut self, limit: &CommandLimit) -> Result<PrinterStatus, PrinterError>;

    /// Prints one slip, with a look at the sensors before and after, all within `limit`. [`PrintOutcome::Failed`] with
    /// [`PrinterError::Pipe`] means that nothing of the slip left. Called back before anything left it has failed; after
    /// that the printer is asked to forget the rest, and the outcome is unknown.
    fn print(&mut self, slip: &Slip, limit: &CommandLimit) -> PrintOutcome;
}

impl<P: Printer + ?Sized> Printer for Box<P> {
    fn sensors(&mut self, limit: &CommandLimit) -> Result<PrinterStatus, PrinterError> {
        (**self).sensors(limit)
    }

    fn print(&mut self, slip: &Slip, limit: &CommandLimit) -> PrintOutcome {
        (**self).print(slip, limit)
    }
}
