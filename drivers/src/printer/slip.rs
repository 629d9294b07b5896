// SPDX-License-Identifier: MIT OR Apache-2.0
//! A slip as a document: what is on it, not how a printer is told.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroize;

/// Most parts (lines, pairs, rules, symbols, feeds, cuts) of one slip.
pub const MAX_ITEMS: usize = 128;

/// Parts that most slips do not go beyond.
const LIKELY_ITEMS: usize = 16;

/// Most text on one slip, all parts together, in characters.
pub const MAX_TEXT_CHARS: usize = 4096;

/// Most data in one QR symbol, in bytes: version 17 at level M, the largest that 58 mm paper takes with modules of
/// half a millimetre.
pub const MAX_QR_BYTES: usize = 504;

/// Most characters in one Code 128 symbol. On 58 mm paper bars of a quarter of a millimetre, which hand scanners read
/// well, have room for 14 letters or 28 digits.
pub const MAX_CODE128_CHARS: usize = 48;

/// Most empty lines in one feed.
pub const MAX_FEED_LINES: u8 = 20;

/// Largest multiple of the character size.
pub const MAX_SIZE: u8 = 8;

/// A slip that cannot be built.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum SlipError {
    /// Nothing is on it.
    #[error("the slip is empty")]
    Empty,
    /// More than [`MAX_ITEMS`].
    #[error("a slip has at most {MAX_ITEMS} parts")]
    TooManyItems,
    /// More than [`MAX_TEXT_CHARS`].
    #[error("a slip has at most {MAX_TEXT_CHARS} characters")]
    TooMuchText,
    /// A size outside 1 to [`MAX_SIZE`].
    #[error("the character size {0} is not 1 to {MAX_SIZE}")]
    Size(u8),
    /// QR data empty or longer than [`MAX_QR_BYTES`].
    #[error("QR data of {0} bytes; 1 to {MAX_QR_BYTES} are possible")]
    QrLength(usize),
    /// Code 128 data that is empty, longer than [`MAX_CODE128_CHARS`], or not printable ASCII.
    #[error("Code 128 data must be 1 to {MAX_CODE128_CHARS} printable ASCII characters")]
    Code128,
    /// More than [`MAX_FEED_LINES`].
    #[error("a feed of {0} lines; at most {MAX_FEED_LINES} are possible")]
    Feed(u8),
}

/// Where a line stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Alignment {
    /// Left.
    #[default]
    Left,
    /// Centre.
    Centre,
    /// Right.
    Right,
}

/// How text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Style {
    /// Bold.
    pub bold: bool,
    /// Multiple of the width, 1 to [`MAX_SIZE`]; checked when the slip is built.
    pub width: u8,
    /// Multiple of the height, 1 to [`MAX_SIZE`]; checked when the slip is built.
    pub height: u8,
}

impl Style {
    /// Not bold, single size.
    pub const PLAIN: Self = Self { bold: false, width: 1, height: 1 };
    /// Bold, single size.
    pub const BOLD: Self = Self { bold: true, width: 1, height: 1 };
    /// Bold, twice as wide and high: a heading, a number plate.
    pub const LARGE: Self = Self { bold: true, width: 2, height: 2 };
}

impl Default for Style {
    fn default() -> Self {
        Self::PLAIN
    }
}

/// Text of a slip. It may be personal: `Debug` shows nothing of it, and it is wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct SlipText(String);

impl SlipText {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Drop for SlipText {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for SlipText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SlipText({} bytes)", self.0.len())
    }
}

/// One part of a slip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlipItem {
    /// Text, wrapped to the paper; a line break begins a new line.
    Line {
        /// Where it stands.
        alignment: Alignment,
        /// How it looks.
        style: Style,
        /// The text.
        text: SlipText,
    },
    /// A label at the left edge and its value, bold, after it.
    Pair {
        /// What the value is.
        label: SlipText,
        /// The value; wrapped under itself where it is too long.
        value: SlipText,
    },
    /// A line across the paper.
    Rule,
    /// A QR symbol, centred.
    Qr(SlipText),
    /// A Code 128 symbol, centred, its data readable below. Printed as text where the paper is too narrow for its bars.
    Code128(SlipText),
    /// Empty lines.
    Feed(u8),
    /// A cut; the paper is first fed until the last line is past the knife.
    Cut,
}

/// A checked slip; it always ends with a cut. Wiped when dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    items: Vec<SlipItem>,
}

impl Slip {
    /// Begins an empty slip.
    pub fn builder() -> SlipBuilder {
        SlipBuilder { items: Vec::with_capacity(LIKELY_ITEMS), text_chars: 0, error: None }
    }

    /// The parts from top to bottom.
    #[must_use]
    pub fn items(&self) -> &[SlipItem] {
        &self.items
    }
}

/// Builds a [`Slip`] part by part. The first mistake is kept and told by [`SlipBuilder::build`].
#[derive(Clone, Debug)]
#[must_use = "nothing is printed before `build`"]
pub struct SlipBuilder {
    items: Vec<SlipItem>,
    text_chars: usize,
    error: Option<SlipError>,
}

impl SlipBuilder {
    /// Text; what is too long for the paper is wrapped. Enlarged text is made smaller, down to half the size, where that
    /// keeps it on one line.
    pub fn line(mut self, alignment: Alignment, style: Style, text: impl Into<String>) -> Self {
        for size in [style.width, style.height] {
            if !(1..=MAX_SIZE).contains(&size) {
                self.fail(SlipError::Size(size));
            }
        }
        let text = self.take(text.into());
        self.push(SlipItem::Line { alignment, style, text })
    }

    /// A label and its value.
    pub fn pair(mut self, label: impl Into<String>, value: impl Into<String>) -> Self {
        let (label, value) = (self.take(label.into()), self.take(value.into()));
        self.push(SlipItem::Pair { label, value })
    }

    /// A line across the paper.
    pub fn rule(self) -> Self {
        self.push(SlipItem::Rule)
    }

    /// A QR symbol of 1 to [`MAX_QR_BYTES`] bytes.
    pub fn qr(mut self, data: impl Into<String>) -> Self {
        let data = self.take(data.into());
        if !(1..=MAX_QR_BYTES).contains(&data.0.len()) {
            self.fail(SlipError::QrLength(data.0.len()));
        }
        self.push(SlipItem::Qr(data))
    }

    /// A Code 128 symbol of 1 to [`MAX_CODE128_CHARS`] printable ASCII characters.
    pub fn code128(mut self, data: impl Into<String>) -> Self {
        let data = self.take(data.into());
        let printable = data.0.bytes().all(|byte| matches!(byte, 0x20..=0x7E));
        if !printable || !(1..=MAX_CODE128_CHARS).contains(&data.0.len()) {
            self.fail(SlipError::Code128);
        }
        self.push(SlipItem::Code128(data))
    }

    /// Empty lines, at most [`MAX_FEED_LINES`].
    pub fn feed(mut self, lines: u8) -> Self {
        if lines > MAX_FEED_LINES {
            self.fail(SlipError::Feed(lines));
        }
        self.push(SlipItem::Feed(lines))
    }

    /// A cut that leaves a point, so that the slip hangs until it is taken.
    pub fn cut(self) -> Self {
        self.push(SlipItem::Cut)
    }

    /// The finished slip. A cut is added where the last part is none, so that nobody's slip hangs on to the next
    /// one's.
    ///
    /// # Errors
    /// The first mistake that was made.
    pub fn build(mut self) -> Result<Slip, SlipError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        match self.items.last() {
            None => return Err(SlipError::Empty),
            Some(SlipItem::Cut) => {}
            Some(_) => self.items.push(SlipItem::Cut),
        }
        Ok(Slip { items: self.items })
    }

    fn fail(&mut self, error: SlipError) {
        self.error.get_or_insert(error);
    }

    /// Counts `text` against the bound of the slip; beyond it the text is dropped at once.
    fn take(&mut self, text: String) -> SlipText {
        let text = SlipText(text);
        self.text_chars = self.text_chars.saturating_add(text.0.chars().count());
        if self.text_chars > MAX_TEXT_CHARS {
            self.fail(SlipError::TooMuchText);
            return SlipText(String::new());
        }
        text
    }

    fn push(mut self, item: SlipItem) -> Self {
        if self.items.len() >= MAX_ITEMS {
            self.fail(SlipError::TooManyItems);
        } else {
            self.items.push(item);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(builder: SlipBuilder) -> Option<SlipError> {
        builder.build().err()
    }

    #[test]
    fn a_slip_always_ends_with_one_cut() {
        let slip = Slip::builder().rule().build().unwrap();
        assert_eq!(slip.items(), [SlipItem::Rule, SlipItem::Cut]);
        let slip = Slip::builder().rule().cut().build().unwrap();
        assert_eq!(slip.items(), [SlipItem::Rule, SlipItem::Cut]);
    }

    #[test]
    fn bounds_are_kept_and_the_first_mistake_is_told() {
        let wide = Style { width: 9, ..Style::PLAIN };
        assert_eq!(error(Slip::builder()), Some(SlipError::Empty));
        assert_eq!(error(Slip::builder().line(Alignment::Left, wide, "a").feed(99)), Some(SlipError::Size(9)));
        assert_eq!(error(Slip::builder().feed(21)), Some(SlipError::Feed(21)));
        assert_eq!(error(Slip::builder().qr("")), Some(SlipError::QrLength(0)));
        assert_eq!(error(Slip::builder().qr("a".repeat(505))), Some(SlipError::QrLength(505)));
        for data in ["", "\u{501F}", "a\n", &"1".repeat(MAX_CODE128_CHARS + 1)] {
            assert_eq!(error(Slip::builder().code128(data)), Some(SlipError::Code128), "{data:?}");
        }
        assert_eq!(error(Slip::builder().pair("a".repeat(4000), "b".repeat(97))), Some(SlipError::TooMuchText));
        let many = (0..=MAX_ITEMS).fold(Slip::builder(), |slip, _| slip.rule());
        assert_eq!(error(many), Some(SlipError::TooManyItems));
    }

    #[test]
    fn debug_shows_nothing_of_the_text() {
        let slip = Slip::builder()
            .line(Alignment::Left, Style::BOLD, "A12345")
            .pair("who", "Wang")
            .qr("https")
            .code128("B0071")
            .cut();
        let shown = format!("{slip:?} {:?}", slip.clone().build());
        assert!(
            !shown.contains("12345") && !shown.contains("Wang") && !shown.contains("https") && !shown.contains("B0071"),
            "{shown}"
        );
    }
}
