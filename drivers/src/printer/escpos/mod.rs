// SPDX-License-Identifier: MIT OR Apache-2.0
//! ESC/POS, the command language of receipt printers (published by Epson, spoken by nearly all).
//!
//! The codec has no I/O: [`encode`] turns a slip into bytes, [`Decoder`] turns such bytes back into
//! [`Command`]s, [`StatusReader`] sorts what the printer sends.
//! [`EscPosPrinter`] drives a printer with them.

mod charset;
mod command;
mod decode;
mod driver;
mod encode;
mod picture;
mod profile;
mod status;
mod symbols;

pub use charset::Charset;
pub use command::Command;
pub use decode::{Decoder, MAX_COMMAND_BYTES};
pub use driver::EscPosPrinter;
pub use encode::encode;
pub use profile::{EscPosOptions, EscPosProfile, SymbolMode};
pub use status::{StatusAnswer, StatusError, StatusKind, StatusReader, paper_from_gs_r};

/// Dots of the narrow font's cell across; a hanzi takes two cells.
pub const DOTS_PER_COLUMN: u32 = 12;

/// Dots of both fonts' cells down.
pub const DOTS_PER_LINE: u32 = 24;
