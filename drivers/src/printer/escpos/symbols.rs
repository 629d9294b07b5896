// SPDX-License-Identifier: MIT OR Apache-2.0
//! Symbols and drawn lines: as commands, and as dots for printers that lack the command or the character.
//!
//! | action | bytes |
//! |---|---|
//! | QR | `1D 28 6B pL pH 31 fn …`: fn 41 model, 43 module size, 45 error correction, 50 store, 51 print |
//! | bar code height, width of a module, text below | `1D 68 n`, `1D 77 n`, `1D 48 2` |
//! | Code 128 | `1D 6B 49 n` and n bytes: `{B` or `{C` and the data |
//! | dots | `1D 76 30 00 xL xH yL yH` and x bytes for each of y rows, most significant bit left, 1 black |

use qrcode::{Color, EcLevel, QrCode};
use zeroize::Zeroizing;

use super::command::stored;
use super::encode::{Page, Run};
use super::{Command, DOTS_PER_COLUMN, DOTS_PER_LINE, SymbolMode};
use crate::printer::code128::{self, MARGIN_MODULES};
use crate::printer::glyph::GlyphDrawer;
use crate::printer::{Alignment, PaperFonts, Style};

/// Largest module of a QR symbol, in dots: half a millimetre and more is easy to read at arm's length.
const LARGEST_QR_MODULE: usize = 8;

/// Smallest module of a QR symbol, in dots: three eighths of a millimetre, what cheap cameras still read.
const SMALLEST_QR_MODULE: usize = 3;

/// Modules of white that a reader needs around a QR symbol, both sides together.
const QR_MARGIN_MODULES: usize = 8;

/// Bytes that a QR symbol of version 1, 2, … holds at level M (ISO/IEC 18004, table 7).
const QR_BYTES: [usize; 17] = [14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412, 450, 504];

/// Modules along a side of the symbol for so many bytes; at most, for digits alone take less.
fn qr_modules(bytes: usize) -> usize {
    let smaller = QR_BYTES.iter().take_while(|capacity| **capacity < bytes).count();
    21 + 4 * smaller
}

/// Largest module of a bar code, in dots.
const LARGEST_BAR_MODULE: usize = 3;

/// Height of a bar code: one centimetre, enough for a hand that is not steady.
const BAR_HEIGHT_DOTS: u8 = 80;

/// White below a drawn line, in dots, so that lines stand as far apart as the printer's own (34 dots).
const LINE_GAP_DOTS: usize = 10;

/// Dots on their way to a printer. They may show a name, and wipe themselves.
struct Bitmap {
    row_bytes: usize,
    bytes: Zeroizing<Vec<u8>>,
}

impl Bitmap {
    fn new(width: usize, height: usize) -> Self {
        let row_bytes = width.div_ceil(8);
        Self { row_bytes, bytes: Zeroizing::new(vec![0; row_bytes * height]) }
    }

    /// Blackens a rectangle.
    fn fill(&mut self, (left, top): (usize, usize), (width, height): (usize, usize)) {
        for y in top..top + height {
            let Some(row) = self.bytes.get_mut(y * self.row_bytes..(y + 1) * self.row_bytes) else { return };
            // Whole bytes at once, and only the black parts of the first and last.
            for (at, byte) in row.iter_mut().enumerate().take((left + width).div_ceil(8)).skip(left / 8) {
                let before = left.saturating_sub(at * 8).min(8);
                let after = (at * 8 + 8).saturating_sub(left + width).min(8);
                *byte |= (0xFF_u16 >> before) as u8 & (0xFF_u16 << after) as u8;
            }
        }
    }
}

impl Page<'_> {
    /// Sends dots; in the alignment that is set.
    fn bitmap(&mut self, bitmap: &Bitmap) {
        let rows = bitmap.bytes.len() / bitmap.row_bytes.max(1);
        let two = |count: usize| u16::try_from(count).unwrap_or(u16::MAX).to_le_bytes();
        let ([x_low, x_high], [y_low, y_high]) = (two(bitmap.row_bytes), two(rows));
        self.put(&[0x1D, 0x76, 0x30, 0, x_low, x_high, y_low, y_high]);
        self.put(&bitmap.bytes);
    }

    /// One line of characters as dots, each in the cell that the printer would give it.
    pub(super) fn drawn_line(&mut self, fonts: &PaperFonts, alignment: Alignment, size: (u8, u8), runs: &[Run<'_>]) {
        let (wide, high) = (usize::from(size.0.max(1)), usize::from(size.1.max(1)));
        let charset = self.profile.charset;
        let width: usize =
            runs.iter().map(|run| charset.columns(run.text) as usize).sum::<usize>() * DOTS_PER_COLUMN as usize * wide;
        let mut bitmap = Bitmap::new(width, DOTS_PER_LINE as usize * high + LINE_GAP_DOTS);
        let mut drawer = GlyphDrawer::new(fonts);
        let mut left = 0;
        for (character, bold) in runs.iter().flat_map(|run| run.text.chars().map(|character| (character, run.bold))) {
            let cell = (charset.columns_of(character) * DOTS_PER_COLUMN) as usize;
            if cell == 0 {
                continue;
            }
            let dots = drawer.draw(character, bold, cell, DOTS_PER_LINE as usize);
            for (index, _) in dots.black.iter().enumerate().filter(|(_, black)| **black) {
                let (x, y) = (index % dots.width, index / dots.width);
                bitmap.fill((left + x * wide, y * high), (wide, high));
            }
            left += cell * wide;
        }
        self.align(alignment);
        self.bitmap(&bitmap);
    }

    pub(super) fn qr(&mut self, data: &str) {
        let bytes = data.as_bytes();
        // The symbol grows with its data; its modules are as large as the paper allows.
        let modules = qr_modules(bytes.len());
        let dots =
            (self.profile.dots() as usize / (modules + QR_MARGIN_MODULES)).clamp(SMALLEST_QR_MODULE, LARGEST_QR_MODULE);
        self.align(Alignment::Centre);
        self.set_style(Style::PLAIN);
        // A blank line above and below: a reader needs white around the symbol.
        self.put(b"\n");
        let drawn = match self.profile.qr {
            SymbolMode::Raster => QrCode::with_error_correction_level(bytes, EcLevel::M).ok(),
            SymbolMode::Native => None,
        };
        match drawn {
            Some(code) => {
                let modules = code.width();
                let mut bitmap = Bitmap::new(modules * dots, modules * dots);
                for (index, _) in code.to_colors().iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
                    bitmap.fill((index % modules * dots, index / modules * dots), (dots, dots));
                }
                self.bitmap(&bitmap);
            }
            None => self.native_qr(bytes, dots.to_le_bytes()[0]),
        }
        self.put(b"\n");
    }

    fn native_qr(&mut self, bytes: &[u8], dots: u8) {
        self.command(&Command::QrModel(0x32));
        self.command(&Command::QrModuleSize(dots));
        self.command(&Command::QrLevel(EcLevel::M));
        // A slip holds at most 504 bytes of QR data.
        self.reserve(bytes.len() + 8);
        stored(&mut self.out, bytes);
        self.command(&Command::QrPrint);
    }

    pub(super) fn code128(&mut self, text: &str) {
        let data = Zeroizing::new(code128::data_of(text));
        let symbol = code128::symbol(&data);
        let modules = symbol.as_ref().map_or(usize::MAX, |symbol| symbol.modules.len() + 2 * MARGIN_MODULES);
        let dots = (self.profile.dots() as usize / modules).min(LARGEST_BAR_MODULE);
        let plain = Run { text, bold: false };
        let (Some(symbol), Ok(length)) = (symbol.filter(|_| dots > 0), u8::try_from(data.len())) else {
            self.text_line(Alignment::Centre, (1, 1), &[plain]);
            return;
        };
        self.align(Alignment::Centre);
        self.set_style(Style::PLAIN);
        match self.profile.code128 {
            SymbolMode::Native => {
                self.command(&Command::BarHeight(BAR_HEIGHT_DOTS));
                self.command(&Command::BarWidth(dots.to_le_bytes()[0]));
                self.command(&Command::BarText { above: false, below: true });
                self.put(&[0x1D, 0x6B, 0x49, length]);
                self.put(&data);
            }
            SymbolMode::Raster => {
                let height = usize::from(BAR_HEIGHT_DOTS);
                let mut bitmap = Bitmap::new(symbol.modules.len() * dots, height);
                for (index, _) in symbol.modules.iter().enumerate().filter(|(_, black)| **black) {
                    bitmap.fill((index * dots, 0), (dots, height));
                }
                self.bitmap(&bitmap);
                self.text_line(Alignment::Centre, (1, 1), &[plain]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_a_symbol_is_known_from_its_bytes() {
        for bytes in QR_BYTES.into_iter().flat_map(|bytes| [bytes, bytes + 1]).filter(|bytes| *bytes <= 504) {
            // Lower case letters are said in bytes, as addresses are.
            let code = QrCode::with_error_correction_level("a".repeat(bytes), EcLevel::M).map(|code| code.width());
            assert_eq!(code.ok(), Some(qr_modules(bytes)), "{bytes} bytes");
        }
    }
}
