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
//!
//! Symbols and dots are in [`super::symbols`].

use zeroize::Zeroizing;

use super::{Charset, Command, EscPosProfile};
use crate::printer::{Alignment, Slip, SlipItem, Style};

/// Fewest columns for which a slip is laid out.
const FEWEST_COLUMNS: u32 = 8;

/// Where the label of a pair ends at the latest, as a share of the columns: beyond, the value begins a line.
const LABEL_SHARE: u32 = 2;

/// Dots fed beyond the knife before a cut.
const CUT_FEED_DOTS: u8 = 0;

/// Lines fed instead of a cut, so that the last line is past the tear-off edge.
const TEAR_OFF_LINES: u8 = 5;

/// Bytes that a command without data has at most.
const COMMAND_BYTES: usize = 16;

/// Turns a slip into bytes for a printer of this model. The bytes wipe themselves.
#[must_use]
pub fn encode(slip: &Slip, profile: &EscPosProfile) -> Zeroizing<Vec<u8>> {
    let mut profile = profile.clone();
    profile.columns = profile.columns.max(FEWEST_COLUMNS);
    let mut page = Page {
        out: Zeroizing::new(Vec::with_capacity(likely_bytes(slip))),
        profile: &profile,
        alignment: Alignment::Left,
        style: Style::PLAIN,
    };
    page.command(&Command::Initialise);
    // Always in Chinese mode: off, a printer takes the two bytes of a hanzi as two letters. UTF-8 printers have no
    // such mode.
    if profile.charset != Charset::Utf8 {
        page.command(&Command::ChineseMode(true));
    }
    for item in slip.items() {
        page.item(item);
    }
    page.out
}

/// Bytes that most slips take: text is shorter than in UTF-8, and each part has a few commands. Not more, because all of
/// it is wiped in the end.
fn likely_bytes(slip: &Slip) -> usize {
    let item = |item: &SlipItem| match item {
        SlipItem::Line { text, .. } => text.as_str().len() + 16,
        SlipItem::Pair { label, value } => label.as_str().len() + value.as_str().len() + 16,
        SlipItem::Qr(data) | SlipItem::Code128(data) => 2 * data.as_str().len() + 64,
        SlipItem::Rule => 64,
        SlipItem::Feed(_) | SlipItem::Cut => 16,
    };
    slip.items().iter().map(item).sum::<usize>() + 16
}

impl EscPosProfile {
    /// Whether there are fonts to draw `text`, and a character in it that the printer's own may lack.
    fn needs_drawing(&self, text: &str) -> bool {
        self.fonts.is_some() && !text.chars().all(|character| self.charset.is_certain(character))
    }
}

/// Part of a line, all in one weight.
#[derive(Clone, Copy)]
pub(super) struct Run<'text> {
    pub(super) text: &'text str,
    pub(super) bold: bool,
}

pub(super) struct Page<'profile> {
    pub(super) out: Zeroizing<Vec<u8>>,
    pub(super) profile: &'profile EscPosProfile,
    alignment: Alignment,
    style: Style,
}

impl Page<'_> {
    /// Makes room for so many more bytes. Grown by itself, a vector would leave copies of a name behind it.
    pub(super) fn reserve(&mut self, bytes: usize) {
        if self.out.capacity() - self.out.len() < bytes {
            let mut larger = Zeroizing::new(Vec::with_capacity((self.out.len() + bytes) * 2));
            larger.extend_from_slice(&self.out);
            self.out = larger;
        }
    }

    pub(super) fn put(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        self.out.extend_from_slice(bytes);
    }

    fn item(&mut self, item: &SlipItem) {
        match item {
            SlipItem::Line { alignment, style, text } => self.line(*alignment, *style, text.as_str()),
            SlipItem::Pair { label, value } => self.pair(label.as_str(), value.as_str()),
            SlipItem::Rule => self.rule(),
            SlipItem::Qr(data) => self.qr(data.as_str()),
            SlipItem::Code128(data) => self.code128(data.as_str()),
            SlipItem::Feed(lines) => self.command(&Command::FeedLines(*lines)),
            SlipItem::Cut => {
                self.align(Alignment::Left);
                self.set_style(Style::PLAIN);
                if self.profile.cutter {
                    self.command(&Command::Cut { partial: true, feed: Some(CUT_FEED_DOTS) });
                } else {
                    self.command(&Command::FeedLines(TEAR_OFF_LINES));
                }
            }
        }
    }

    /// A command without data, which its length field can always hold.
    pub(super) fn command(&mut self, command: &Command) {
        self.reserve(COMMAND_BYTES);
        command.encode(self.profile.charset, &mut self.out);
    }

    pub(super) fn align(&mut self, alignment: Alignment) {
        if self.alignment != alignment {
            self.alignment = alignment;
            self.command(&Command::Align(alignment));
        }
    }

    pub(super) fn set_style(&mut self, style: Style) {
        if self.style.bold != style.bold {
            self.command(&Command::Bold(style.bold));
        }
        if (self.style.width, self.style.height) != (style.width, style.height) {
            self.command(&Command::Size { width: style.width, height: style.height });
        }
        self.style = style;
    }

    /// One line of characters, which must fit. Drawn where the printer may lack one of them.
    pub(super) fn text_line(&mut self, alignment: Alignment, size: (u8, u8), runs: &[Run<'_>]) {
        let profile = self.profile;
        if let Some(fonts) = &profile.fonts
            && runs.iter().any(|run| profile.needs_drawing(run.text))
        {
            return self.drawn_line(fonts, alignment, size, runs);
        }
        self.align(alignment);
        for run in runs {
            if !run.text.is_empty() || runs.len() == 1 {
                self.set_style(Style { bold: run.bold, width: size.0, height: size.1 });
                self.reserve(2 * run.text.len());
                profile.charset.encode(run.text, &mut self.out);
            }
        }
        self.put(b"\n");
    }

    fn line(&mut self, alignment: Alignment, style: Style, text: &str) {
        let style = self.fitted(style, text);
        let columns = self.profile.columns / u32::from(style.width.max(1));
        for line in self.profile.charset.wrap(text, columns) {
            let run = Run { text: line, bold: style.bold };
            self.text_line(alignment, (style.width, style.height), &[run]);
        }
    }

    /// A smaller size, down to half, where that keeps on one line what else would be broken: a number plate in two
    /// pieces is hard to compare with a car.
    fn fitted(&self, style: Style, text: &str) -> Style {
        let columns = self.profile.charset.columns(text);
        let smaller = (0..=style.width / 2).find(|by| columns * u32::from(style.width - by) <= self.profile.columns);
        let by = smaller.unwrap_or(0);
        let smaller = |multiple: u8| multiple.saturating_sub(by).max(1);
        Style { width: smaller(style.width), height: smaller(style.height), ..style }
    }

    /// The label, one space, and the value in bold; the value's further lines stand under its first.
    fn pair(&mut self, label: &str, value: &str) {
        let (charset, columns) = (self.profile.charset, self.profile.columns);
        let label_columns = charset.columns(label).saturating_add(1);
        let beside = label_columns <= columns / LABEL_SHARE;
        // A long label has lines of its own, and the value is set in by one hanzi below it.
        let begins = if beside { label_columns } else { 2 };
        if !beside {
            for line in charset.wrap(label, columns) {
                self.text_line(Alignment::Left, (1, 1), &[Run { text: line, bold: false }]);
            }
        }
        for (index, line) in charset.wrap(value, columns - begins).enumerate() {
            let value = Run { text: line, bold: true };
            let plain = |text| Run { text, bold: false };
            if beside && index == 0 {
                self.text_line(Alignment::Left, (1, 1), &[plain(label), plain(" "), value]);
            } else {
                let indent = " ".repeat(begins as usize);
                self.text_line(Alignment::Left, (1, 1), &[plain(&indent), value]);
            }
        }
    }

    fn rule(&mut self) {
        let rule = "-".repeat(self.profile.columns as usize);
        self.text_line(Alignment::Left, (1, 1), &[Run { text: &rule, bold: false }]);
    }
}
