// SPDX-License-Identifier: MIT OR Apache-2.0
//! ESC/POS, the command language of receipt printers (published by Epson, spoken by nearly all).

mod charset;
mod status;

pub use charset::Charset;
pub use status::{StatusAnswer, StatusError, StatusKind, StatusReader, paper_from_gs_r};
