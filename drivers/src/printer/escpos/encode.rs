// SPDX-License-Identifier: MIT OR Apache-2.0
//! A slip as the bytes that a printer is sent.
//!
//! | action | bytes |
//! |---|---|
//! | initialise | `1B 40` |
//! | Chinese mode (FS &) | `1C 26` |
//! | align | `1B 61 n`, 0 left, 1 centre, 2 right |
//! | bold | `1B 45 n` |
//! | size | `1D 21 n`, n = (width - 1) << 4 \| (height - 1) |
//! | feed n lines | `1B 64 n` |
//! | feed n dots past the knife and cut all but a point | `1D 56 42 n` |
//! | QR | `1D 28 6B pL pH 31 fn …`: fn 41 model, 43 module size, 45 error correction, 50 store, 51 print |

use qrcode::{EcLevel, QrCode};
use zeroize::Zeroizing;

use super::{Charset, DOTS_PER_COLUMN};
use crate::printer::{Alignment, Slip, SlipItem, Style};

/// Largest module of a QR symbol, in dots: half a millimetre and more is easy to read at arm's length.
const LARGEST_QR_MODULE: usize = 8;

/// Smallest module of a QR symbol, in dots: three eighths of a millimetre, what cheap cameras still read.
const SMALLEST_QR_MODULE: usize = 3;

/// Modules of white that a reader needs around a QR symbol, both sides together.
const QR_MARGIN_MODULES: usize = 8;

/// Fewest columns for which a slip is laid out.
const FEWEST_COLUMNS: u32 = 8;

/// Where the label of a pair ends at the latest, as a share of the columns: beyond, the value begins a line.
const LABEL_SHARE: u32 = 2;

/// Dots fed beyond the knife before a cut.
const CUT_FEED_DOTS: u8 = 0;

/// Turns a slip into bytes: in `charset`, for `columns` of the narrow font (32 on 58 mm, 48 on 80 mm). The bytes wipe
/// themselves.
#[must_use]
pub fn encode(slip: &Slip, charset: Charset, columns: u32) -> Zeroizing<Vec<u8>> {
    let mut page = Page {
        // Grown in steps, a vector would leave copies of a name behind it.
        out: Zeroizing::new(Vec::with_capacity(capacity(slip, columns))),
        charset,
        columns: columns.max(FEWEST_COLUMNS),
        alignment: Alignment::Left,
        style: Style::PLAIN,
    };
    page.put(&[0x1B, 0x40]);
    // Always in Chinese mode: off, a printer takes the two bytes of a hanzi as two letters. UTF-8 printers have no
    // such mode.
    if charset != Charset::Utf8 {
        page.put(&[0x1C, 0x26]);
    }
    for item in slip.items() {
        page.item(item);
    }
    page.out
}

/// Bytes that the slip takes at the very most: four a character and five a line's break and commands.
fn capacity(slip: &Slip, columns: u32) -> usize {
    let line = columns as usize * 4 + 32;
    let item = |item: &SlipItem| match item {
        SlipItem::Line { style, text, .. } => text.as_str().len() * (4 + usize::from(style.width)) + line,
        SlipItem::Pair { label, value } => (label.as_str().len() + value.as_str().len()) * 8 + 2 * line,
        SlipItem::Qr(data) => data.as_str().len() + 64,
        SlipItem::Rule | SlipItem::Feed(_) | SlipItem::Cut => line,
    };
    slip.items().iter().map(item).sum::<usize>() + 64
}

struct Page {
    out: Zeroizing<Vec<u8>>,
    charset: Charset,
    columns: u32,
    alignment: Alignment,
    style: Style,
}

impl Page {
    fn put(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    fn item(&mut self, item: &SlipItem) {
        match item {
            SlipItem::Line { alignment, style, text } => self.line(*alignment, *style, text.as_str()),
            SlipItem::Pair { label, value } => self.pair(label.as_str(), value.as_str()),
            SlipItem::Rule => self.rule(),
            SlipItem::Qr(data) => self.qr(data.as_str()),
            SlipItem::Feed(lines) => self.put(&[0x1B, 0x64, *lines]),
            SlipItem::Cut => {
                self.align(Alignment::Left);
                self.set_style(Style::PLAIN);
                self.put(&[0x1D, 0x56, 0x42, CUT_FEED_DOTS]);
            }
        }
    }

    fn align(&mut self, alignment: Alignment) {
        if self.alignment != alignment {
            self.alignment = alignment;
            let number = match alignment {
                Alignment::Left => 0,
                Alignment::Centre => 1,
                Alignment::Right => 2,
            };
            self.put(&[0x1B, 0x61, number]);
        }
    }

    fn set_style(&mut self, style: Style) {
        if self.style.bold != style.bold {
            self.put(&[0x1B, 0x45, u8::from(style.bold)]);
        }
        let size = |style: Style| {
            let nibble = |multiple: u8| multiple.saturating_sub(1).min(7);
            nibble(style.width) << 4 | nibble(style.height)
        };
        if size(self.style) != size(style) {
            self.put(&[0x1D, 0x21, size(style)]);
        }
        self.style = style;
    }

    fn text(&mut self, text: &str) {
        self.charset.encode(text, &mut self.out);
    }

    fn line(&mut self, alignment: Alignment, style: Style, text: &str) {
        let style = self.fitted(style, text);
        self.align(alignment);
        self.set_style(style);
        let columns = self.columns / u32::from(style.width.max(1));
        for line in self.charset.wrap(text, columns) {
            self.text(line);
            self.put(b"\n");
        }
    }

    /// A smaller size, down to half, where that keeps on one line what else would be broken: a number plate in two
    /// pieces is hard to compare with a car.
    fn fitted(&self, style: Style, text: &str) -> Style {
        let columns = self.charset.columns(text);
        let smaller = (0..=style.width / 2).find(|by| columns * u32::from(style.width - by) <= self.columns);
        let by = smaller.unwrap_or(0);
        let smaller = |multiple: u8| multiple.saturating_sub(by).max(1);
        Style { width: smaller(style.width), height: smaller(style.height), ..style }
    }

    /// The label, one space, and the value in bold; the value's further lines stand under its first.
    fn pair(&mut self, label: &str, value: &str) {
        self.align(Alignment::Left);
        let begins = self.charset.columns(label).saturating_add(1);
        let (label_lines, begins) = if begins <= self.columns / LABEL_SHARE {
            (vec![label], begins)
        } else {
            // A long label has lines of its own, and the value is set in by one hanzi below it.
            (self.charset.wrap(label, self.columns), 2)
        };
        let own_lines = begins == 2 && self.charset.columns(label) > 1;
        self.set_style(Style::PLAIN);
        for line in label_lines {
            self.text(line);
            self.put(if own_lines { b"\n" } else { b" " });
        }
        for (index, line) in self.charset.wrap(value, self.columns - begins).into_iter().enumerate() {
            if index > 0 || own_lines {
                self.set_style(Style::PLAIN);
                for _ in 0..begins {
                    self.put(b" ");
                }
            }
            self.set_style(Style::BOLD);
            self.text(line);
            self.put(b"\n");
        }
    }

    fn rule(&mut self) {
        self.align(Alignment::Left);
        self.set_style(Style::PLAIN);
        for _ in 0..self.columns {
            self.put(b"-");
        }
        self.put(b"\n");
    }

    fn qr(&mut self, data: &str) {
        let bytes = data.as_bytes();
        // The symbol grows with its data; its modules are as large as the paper allows.
        let modules = QrCode::with_error_correction_level(bytes, EcLevel::M).map_or(177, |code| code.width());
        let paper_dots = self.columns as usize * DOTS_PER_COLUMN as usize;
        let dots =
            (paper_dots / (modules + QR_MARGIN_MODULES)).clamp(SMALLEST_QR_MODULE, LARGEST_QR_MODULE).to_le_bytes()[0];
        // A slip holds at most 504 bytes of QR data.
        let length = u16::try_from(bytes.len() + 3).unwrap_or(u16::MAX).to_le_bytes();
        self.align(Alignment::Centre);
        self.set_style(Style::PLAIN);
        // A blank line above and below: a reader needs white around the symbol.
        self.put(b"\n");
        self.put(&[0x1D, 0x28, 0x6B, 4, 0, 0x31, 0x41, 0x32, 0]);
        self.put(&[0x1D, 0x28, 0x6B, 3, 0, 0x31, 0x43, dots]);
        self.put(&[0x1D, 0x28, 0x6B, 3, 0, 0x31, 0x45, 0x31]);
        self.put(&[0x1D, 0x28, 0x6B, length[0], length[1], 0x31, 0x50, 0x30]);
        self.put(bytes);
        self.put(&[0x1D, 0x28, 0x6B, 3, 0, 0x31, 0x51, 0x30]);
        self.put(b"\n");
    }
}
