// SPDX-License-Identifier: MIT OR Apache-2.0
//! Commands of the language, as a printer understands them.

use std::fmt;

use qrcode::EcLevel;

use crate::printer::Alignment;

/// One command. `Debug` shows no text and no data: they may be somebody's.
#[derive(Clone, PartialEq, Eq)]
pub enum Command {
    /// Printable text, already decoded. A long run may come in several pieces.
    Text(String),
    /// `0A`.
    LineFeed,
    /// `1B 40`.
    Initialise,
    /// `1B 61 n`.
    Align(Alignment),
    /// `1B 45 n` and `1B 47 n`: the lowest bit of n.
    Bold(bool),
    /// `1D 21 n`; multiples 1 to 8.
    Size {
        /// Across.
        width: u8,
        /// Down.
        height: u8,
    },
    /// `1B 64 n`.
    FeedLines(u8),
    /// `1B 4A n`.
    FeedDots(u8),
    /// `1B 33 n` in dots; `1B 32`, the model's own, is `None`.
    LineSpacing(Option<u8>),
    /// `1C 26` and `1C 2E`.
    ChineseMode(bool),
    /// `1D 56 …`, `1B 69`, `1B 6D`.
    Cut {
        /// A point is left.
        partial: bool,
        /// Dots fed after the line has passed the knife; `None` for the forms that cut where the paper is.
        feed: Option<u8>,
    },
    /// `1D 28 6B … 43 n`, dots a module, 1 to 16.
    QrModuleSize(u8),
    /// `1D 28 6B … 45 n`.
    QrLevel(EcLevel),
    /// `1D 28 6B … 50`.
    QrStore(Vec<u8>),
    /// `1D 28 6B … 51`.
    QrPrint,
    /// `1D 76 30 m`.
    Raster {
        /// Twice as wide.
        double_width: bool,
        /// Twice as high.
        double_height: bool,
        /// Bytes a row, at least 1.
        row_bytes: usize,
        /// Eight pixels a byte, the leftmost in the highest bit, 1 is black. A whole number of rows.
        data: Vec<u8>,
    },
    /// `10 04 n`: answered at once, even while off-line.
    RealTimeStatus(u8),
    /// `10 14 08 …`: forget what was received and not printed, at once.
    ClearBuffer,
    /// `1D 72 n`: answered in its turn.
    StatusInTurn(u8),
    /// A command of a known length that leaves no mark on this paper: first and second byte.
    NoEffect(u8, u8),
    /// Not understood: its first byte was passed over and reading goes on with the next.
    Unknown(u8),
    /// A command that announced more data than is possible; its bytes are passed over.
    TooLarge {
        /// Bytes announced.
        bytes: u64,
    },
}

impl fmt::Debug for Command {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(formatter, "Text({} bytes)", text.len()),
            Self::LineFeed => formatter.write_str("LineFeed"),
            Self::Initialise => formatter.write_str("Initialise"),
            Self::Align(alignment) => write!(formatter, "Align({alignment:?})"),
            Self::Bold(on) => write!(formatter, "Bold({on})"),
            Self::Size { width, height } => write!(formatter, "Size({width}x{height})"),
            Self::FeedLines(lines) => write!(formatter, "FeedLines({lines})"),
            Self::FeedDots(dots) => write!(formatter, "FeedDots({dots})"),
            Self::LineSpacing(dots) => write!(formatter, "LineSpacing({dots:?})"),
            Self::ChineseMode(on) => write!(formatter, "ChineseMode({on})"),
            Self::Cut { partial, feed } => write!(formatter, "Cut(partial {partial}, feed {feed:?})"),
            Self::QrModuleSize(dots) => write!(formatter, "QrModuleSize({dots})"),
            Self::QrLevel(level) => write!(formatter, "QrLevel({level:?})"),
            Self::QrStore(data) => write!(formatter, "QrStore({} bytes)", data.len()),
            Self::QrPrint => formatter.write_str("QrPrint"),
            Self::Raster { row_bytes, data, .. } => {
                write!(formatter, "Raster({row_bytes} bytes a row, {} bytes)", data.len())
            }
            Self::RealTimeStatus(kind) => write!(formatter, "RealTimeStatus({kind})"),
            Self::ClearBuffer => formatter.write_str("ClearBuffer"),
            Self::StatusInTurn(kind) => write!(formatter, "StatusInTurn({kind})"),
            Self::NoEffect(first, second) => write!(formatter, "NoEffect({first:02X} {second:02X})"),
            Self::Unknown(first) => write!(formatter, "Unknown({first:02X})"),
            Self::TooLarge { bytes } => write!(formatter, "TooLarge({bytes} bytes)"),
        }
    }
}
