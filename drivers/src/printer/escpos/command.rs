// SPDX-License-Identifier: MIT OR Apache-2.0
//! Commands of the language, as a printer understands them.

use std::fmt;

use qrcode::EcLevel;

use super::Charset;
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
    /// `1D 28 6B 04 00 31 41 n 00`: 31 is model 1, 32 is model 2, 33 is micro.
    QrModel(u8),
    /// `1D 28 6B … 43 n`, dots a module, 1 to 16.
    QrModuleSize(u8),
    /// `1D 28 6B … 45 n`.
    QrLevel(EcLevel),
    /// `1D 28 6B … 50`.
    QrStore(Vec<u8>),
    /// `1D 28 6B … 51`.
    QrPrint,
    /// `1D 68 n`: height of bar codes in dots, 1 to 255.
    BarHeight(u8),
    /// `1D 77 n`: width of a module of bar codes in dots, 1 to 6.
    BarWidth(u8),
    /// `1D 48 n`: readable text of bar codes.
    BarText {
        /// Above the bars.
        above: bool,
        /// Below the bars.
        below: bool,
    },
    /// `1D 6B 49 n …`: the data with its `{B` and `{C`. Other bar codes have no effect.
    Code128(Vec<u8>),
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

impl Command {
    /// Appends the command as bytes; text in `charset`, where it loses what [`Charset::encode`] leaves out. False for what
    /// is no command of its own ([`Self::NoEffect`], [`Self::Unknown`], [`Self::TooLarge`]) and for data that is longer than
    /// its length field can say: then nothing is appended.
    pub fn encode(&self, charset: Charset, out: &mut Vec<u8>) -> bool {
        match self {
            Self::Text(text) => charset.encode(text, out),
            Self::LineFeed => out.push(0x0A),
            Self::Initialise => out.extend([0x1B, b'@']),
            Self::Align(alignment) => out.extend([0x1B, b'a', alignment_number(*alignment)]),
            Self::Bold(on) => out.extend([0x1B, b'E', u8::from(*on)]),
            Self::Size { width, height } => {
                let nibble = |multiple: u8| multiple.saturating_sub(1).min(7);
                out.extend([0x1D, b'!', nibble(*width) << 4 | nibble(*height)]);
            }
            Self::FeedLines(lines) => out.extend([0x1B, b'd', *lines]),
            Self::FeedDots(dots) => out.extend([0x1B, b'J', *dots]),
            Self::LineSpacing(None) => out.extend([0x1B, b'2']),
            Self::LineSpacing(Some(dots)) => out.extend([0x1B, b'3', *dots]),
            Self::ChineseMode(on) => out.extend([0x1C, if *on { b'&' } else { b'.' }]),
            Self::Cut { partial, feed: None } => out.extend([0x1D, b'V', u8::from(*partial)]),
            Self::Cut { partial, feed: Some(feed) } => {
                out.extend([0x1D, b'V', if *partial { b'B' } else { b'A' }, *feed]);
            }
            Self::QrModel(model) => return symbol(out, b'A', &[*model, 0]),
            Self::QrModuleSize(dots) => return symbol(out, b'C', &[*dots]),
            Self::QrLevel(level) => return symbol(out, b'E', &[level_number(*level)]),
            Self::QrStore(data) => return stored(out, data),
            Self::QrPrint => return symbol(out, b'Q', b"0"),
            Self::BarHeight(dots) => out.extend([0x1D, b'h', *dots]),
            Self::BarWidth(dots) => out.extend([0x1D, b'w', *dots]),
            Self::BarText { above, below } => out.extend([0x1D, b'H', u8::from(*above) | u8::from(*below) << 1]),
            Self::Code128(data) => {
                let Ok(length) = u8::try_from(data.len()) else { return false };
                out.extend([0x1D, b'k', 73, length]);
                out.extend_from_slice(data);
            }
            Self::Raster { double_width, double_height, row_bytes, data } => {
                let rows = data.len() / (*row_bytes).max(1);
                let (Ok(across), Ok(down)) = (u16::try_from(*row_bytes), u16::try_from(rows)) else { return false };
                out.extend([0x1D, b'v', b'0', u8::from(*double_width) | u8::from(*double_height) << 1]);
                out.extend(across.to_le_bytes());
                out.extend(down.to_le_bytes());
                out.extend_from_slice(data.get(..row_bytes * rows).unwrap_or_default());
            }
            Self::RealTimeStatus(kind) => out.extend([0x10, 0x04, *kind]),
            Self::ClearBuffer => out.extend([0x10, 0x14, 0x08, 0x01, 0x03, 0x14, 0x01, 0x06, 0x02, 0x08]),
            Self::StatusInTurn(kind) => out.extend([0x1D, b'r', *kind]),
            Self::NoEffect(..) | Self::Unknown(_) | Self::TooLarge { .. } => return false,
        }
        true
    }
}

fn alignment_number(alignment: Alignment) -> u8 {
    match alignment {
        Alignment::Left => 0,
        Alignment::Centre => 1,
        Alignment::Right => 2,
    }
}

fn level_number(level: EcLevel) -> u8 {
    match level {
        EcLevel::L => b'0',
        EcLevel::M => b'1',
        EcLevel::Q => b'2',
        EcLevel::H => b'3',
    }
}

/// `1D 28 6B pL pH 31 function parameters`.
fn symbol(out: &mut Vec<u8>, function: u8, parameters: &[u8]) -> bool {
    let Ok(length) = u16::try_from(parameters.len() + 2) else { return false };
    out.extend([0x1D, b'(', b'k']);
    out.extend(length.to_le_bytes());
    out.extend([b'1', function]);
    out.extend_from_slice(parameters);
    true
}

/// The same with the data of a QR symbol, which is not copied on the way.
pub(super) fn stored(out: &mut Vec<u8>, data: &[u8]) -> bool {
    let Ok(length) = u16::try_from(data.len() + 3) else { return false };
    out.extend([0x1D, b'(', b'k']);
    out.extend(length.to_le_bytes());
    out.extend(*b"1P0");
    out.extend_from_slice(data);
    true
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
            Self::QrModel(model) => write!(formatter, "QrModel({model:02X})"),
            Self::QrModuleSize(dots) => write!(formatter, "QrModuleSize({dots})"),
            Self::QrLevel(level) => write!(formatter, "QrLevel({level:?})"),
            Self::QrStore(data) => write!(formatter, "QrStore({} bytes)", data.len()),
            Self::QrPrint => formatter.write_str("QrPrint"),
            Self::BarHeight(dots) => write!(formatter, "BarHeight({dots})"),
            Self::BarWidth(dots) => write!(formatter, "BarWidth({dots})"),
            Self::BarText { above, below } => write!(formatter, "BarText(above {above}, below {below})"),
            Self::Code128(data) => write!(formatter, "Code128({} bytes)", data.len()),
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
