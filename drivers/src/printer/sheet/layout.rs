// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sets a document into A4 pages: which glyph stands where. Lengths are points (1/72 inch) from the top left corner.

use std::fmt;

use ab_glyph::{Font, GlyphId};
use qrcode::{Color, EcLevel, QrCode};

use super::{Document, DocumentError, DocumentItem, SheetFonts};
use crate::printer::wrap::may_break;

/// Most pages of one document.
pub const MAX_PAGES: usize = 50;

/// A4, 210 by 297 mm.
pub(super) const PAGE_WIDTH: f32 = 595.276;
pub(super) const PAGE_HEIGHT: f32 = 841.89;

/// White at each side: 20 mm, more than any printer leaves by itself.
const MARGIN: f32 = 56.7;
const LEFT: f32 = MARGIN;
const RIGHT: f32 = PAGE_WIDTH - MARGIN;
const BOTTOM: f32 = PAGE_HEIGHT - MARGIN;

/// Letter sizes. The running text is that of a letter to an older reader.
const TITLE_SIZE: f32 = 20.0;
const HEADING_SIZE: f32 = 14.0;
const TEXT_SIZE: f32 = 12.0;

/// From one line of text to the next, as a multiple of the letter size.
const LINE_PITCH: f32 = 1.6;

/// From the top of a line to the line on which letters stand, as a multiple of the letter size.
const BASELINE: f32 = 1.15;

/// White after a part, in points.
const GAP: f32 = 6.0;

/// Where the values of rows begin.
const VALUE_LEFT: f32 = LEFT + 120.0;

/// Side of a QR symbol with its white: 35 mm.
const QR_SIDE: f32 = 99.2;

/// White that a reader needs around a QR symbol, each side, in modules.
const QR_MARGIN_MODULES: usize = 4;

/// Thickness of a rule.
const RULE: f32 = 0.75;

/// A glyph in its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SetGlyph {
    pub(super) character: char,
    pub(super) face: usize,
    pub(super) glyph: GlyphId,
    pub(super) x: f32,
    /// Width in points.
    pub(super) advance: f32,
}

/// Something on a page.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Mark {
    /// Glyphs that stand on one line.
    Line { baseline: f32, size: f32, glyphs: Vec<SetGlyph> },
    /// Black rectangles: left, top, width, height.
    Boxes(Vec<[f32; 4]>),
}

/// Pages, ready to be written as PDF or drawn. `Debug` shows nothing of the text.
#[derive(Clone, PartialEq)]
pub struct SetPages {
    pub(super) pages: Vec<Vec<Mark>>,
}

impl fmt::Debug for SetPages {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SetPages({})", self.pages.len())
    }
}

impl SetPages {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.pages.len()
    }
}

pub(super) fn set(document: &Document, fonts: &SheetFonts) -> Result<SetPages, DocumentError> {
    let mut setter = Setter { fonts, pages: vec![Vec::new()], y: MARGIN, fresh: true };
    for item in document.items() {
        match item {
            DocumentItem::Title(text) => setter.text(text.as_str(), Look::TITLE)?,
            DocumentItem::Heading(text) => setter.heading(text.as_str())?,
            DocumentItem::Paragraph(text) => setter.text(text.as_str(), Look::TEXT)?,
            DocumentItem::Row { label, value } => setter.row(label.as_str(), value.as_str())?,
            DocumentItem::Rule => setter.rule()?,
            DocumentItem::Qr(data) => setter.qr(data.as_str())?,
            DocumentItem::PageBreak => setter.new_page()?,
        }
    }
    Ok(SetPages { pages: setter.pages })
}

#[derive(Clone, Copy)]
struct Look {
    size: f32,
    bold: bool,
    centred: bool,
    left: f32,
    right: f32,
}

impl Look {
    const TEXT: Self = Self { size: TEXT_SIZE, bold: false, centred: false, left: LEFT, right: RIGHT };
    const TITLE: Self = Self { size: TITLE_SIZE, bold: true, centred: true, ..Self::TEXT };
    const HEADING: Self = Self { size: HEADING_SIZE, bold: true, ..Self::TEXT };

    fn pitch(self) -> f32 {
        self.size * LINE_PITCH
    }
}

struct Setter<'fonts> {
    fonts: &'fonts SheetFonts,
    pages: Vec<Vec<Mark>>,
    /// Where the next part begins.
    y: f32,
    /// Nothing is on the last page yet.
    fresh: bool,
}

impl Setter<'_> {
    fn new_page(&mut self) -> Result<(), DocumentError> {
        if self.pages.len() >= MAX_PAGES {
            return Err(DocumentError::TooManyPages);
        }
        self.pages.push(Vec::new());
        (self.y, self.fresh) = (MARGIN, true);
        Ok(())
    }

    /// Makes sure that `height` is left on the page.
    fn need(&mut self, height: f32) -> Result<(), DocumentError> {
        if self.y + height > BOTTOM && !self.fresh { self.new_page() } else { Ok(()) }
    }

    fn mark(&mut self, mark: Mark) {
        self.fresh = false;
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    fn text(&mut self, text: &str, look: Look) -> Result<(), DocumentError> {
        for line in self.lines(text, look) {
            self.need(look.pitch())?;
            self.line(line, look, self.y);
            self.y += look.pitch();
        }
        self.y += GAP;
        Ok(())
    }

    fn heading(&mut self, text: &str) -> Result<(), DocumentError> {
        // A heading at the foot of a page stands for nothing.
        self.need(GAP + Look::HEADING.pitch() + 2.0 * Look::TEXT.pitch())?;
        if !self.fresh {
            self.y += GAP;
        }
        self.text(text, Look::HEADING)
    }

    fn row(&mut self, label: &str, value: &str) -> Result<(), DocumentError> {
        let of_label = Look { right: VALUE_LEFT - GAP, ..Look::TEXT };
        let of_value = Look { left: VALUE_LEFT, bold: true, ..Look::TEXT };
        let mut labels = self.lines(label, of_label).into_iter();
        let mut values = self.lines(value, of_value).into_iter();
        loop {
            let (label, value) = (labels.next(), values.next());
            if label.is_none() && value.is_none() {
                break;
            }
            self.need(Look::TEXT.pitch())?;
            if let Some(line) = label {
                self.line(line, of_label, self.y);
            }
            if let Some(line) = value {
                self.line(line, of_value, self.y);
            }
            self.y += Look::TEXT.pitch();
        }
        Ok(())
    }

    fn rule(&mut self) -> Result<(), DocumentError> {
        self.need(2.0 * GAP)?;
        self.mark(Mark::Boxes(vec![[LEFT, self.y + GAP, RIGHT - LEFT, RULE]]));
        self.y += 2.0 * GAP;
        Ok(())
    }

    fn qr(&mut self, data: &str) -> Result<(), DocumentError> {
        let code =
            QrCode::with_error_correction_level(data, EcLevel::M).map_err(|_| DocumentError::QrLength(data.len()))?;
        self.need(QR_SIDE)?;
        let modules = code.width();
        let side = QR_SIDE / count(modules + 2 * QR_MARGIN_MODULES);
        let place = |index: usize| count(index + QR_MARGIN_MODULES) * side;
        let dark = code.to_colors().into_iter().enumerate().filter(|(_, color)| *color == Color::Dark);
        let boxes = dark
            .map(|(index, _)| [LEFT + place(index % modules), self.y + place(index / modules), side, side])
            .collect();
        self.mark(Mark::Boxes(boxes));
        self.y += QR_SIDE + GAP;
        Ok(())
    }

    fn line(&mut self, mut glyphs: Vec<SetGlyph>, look: Look, top: f32) {
        let width: f32 = glyphs.iter().map(|glyph| glyph.advance).sum();
        let mut x = if look.centred { look.left + (look.right - look.left - width) / 2.0 } else { look.left };
        for glyph in &mut glyphs {
            glyph.x = x;
            x += glyph.advance;
        }
        if !glyphs.is_empty() {
            self.mark(Mark::Line { baseline: top + look.size * BASELINE, size: look.size, glyphs });
        }
    }

    fn glyph(&self, character: char, look: Look) -> SetGlyph {
        let (face, glyph) = self.fonts.glyph(character, look.bold);
        let advance = self.fonts.faces.get(face).map_or(0.0, |face| {
            face.font.h_advance_unscaled(glyph) / face.font.units_per_em().unwrap_or(1000.0) * look.size
        });
        SetGlyph { character, face, glyph, x: 0.0, advance }
    }

    /// Breaks `text` into lines of the look's width; at least one.
    fn lines(&self, text: &str, look: Look) -> Vec<Vec<SetGlyph>> {
        let width = look.right - look.left;
        let mut lines = Vec::new();
        for paragraph in text.split('\n') {
            let glyphs: Vec<SetGlyph> =
                paragraph.chars().filter(|character| !character.is_control()).map(|it| self.glyph(it, look)).collect();
            let mut rest = glyphs.as_slice();
            loop {
                let (line, after) = rest.split_at(fitting(rest, width));
                lines.push(line.to_vec());
                rest = after;
                if rest.is_empty() {
                    break;
                }
            }
        }
        lines
    }
}

/// How many of `glyphs` make a line of `width`: up to the last good place to break, or as many as fit; at least one.
fn fitting(glyphs: &[SetGlyph], width: f32) -> usize {
    let (mut used, mut best) = (0.0, None);
    for (index, glyph) in glyphs.iter().enumerate() {
        let previous = index.checked_sub(1).and_then(|before| glyphs.get(before)).map(|before| before.character);
        if index > 0 && may_break(previous, glyph.character) {
            best = Some(index);
        }
        used += glyph.advance;
        // A space that hangs over the edge is not seen.
        if used > width && glyph.character != ' ' {
            return best.unwrap_or(index).max(1);
        }
    }
    glyphs.len()
}

/// A small number as a length.
#[allow(clippy::cast_precision_loss, reason = "modules of a symbol, fewer than 200")]
fn count(number: usize) -> f32 {
    number as f32
}
