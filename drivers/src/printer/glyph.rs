// SPDX-License-Identifier: MIT OR Apache-2.0
//! Glyphs as dots.

use std::borrow::Cow;
use std::collections::HashMap;

use ab_glyph::{Font, FontArc, Glyph, PxScale, ScaleFont, point};

/// Dots of the em square: the hanzi of a printer fill their 24 dots but for a small gap.
const EM_DOTS: f32 = 23.0;

/// Dots from the top of the cell to the line on which letters stand.
const BASELINE_DOTS: f32 = 20.0;

/// Coverage from which a dot is burnt.
const BURNT: f32 = 0.42;

/// Most characters of which dots are kept.
const MOST_KEPT: usize = 4096;

/// Font bytes that are no font.
#[derive(Debug, thiserror::Error)]
#[error("the font cannot be read")]
pub struct FontError(#[source] pub(super) ab_glyph::InvalidFont);

/// The fonts in which paper is drawn, from TrueType or OpenType files.
#[derive(Clone)]
pub struct PaperFonts {
    regular: FontArc,
    bold: FontArc,
}

impl std::fmt::Debug for PaperFonts {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PaperFonts")
    }
}

impl PaperFonts {
    /// Reads both fonts. What the bold one lacks is taken from the regular one and struck twice.
    ///
    /// # Errors
    /// One of them is no font.
    pub fn new(regular: Cow<'static, [u8]>, bold: Cow<'static, [u8]>) -> Result<Self, FontError> {
        Ok(Self { regular: read(regular)?, bold: read(bold)? })
    }
}

fn read(bytes: Cow<'static, [u8]>) -> Result<FontArc, FontError> {
    match bytes {
        Cow::Borrowed(bytes) => FontArc::try_from_slice(bytes),
        Cow::Owned(bytes) => FontArc::try_from_vec(bytes),
    }
    .map_err(FontError)
}

/// The dots of one character, row by row; true is black.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dots {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) black: Vec<bool>,
}

impl Dots {
    fn empty(width: usize, height: usize) -> Self {
        Self { width, height, black: vec![false; width * height] }
    }

    fn set(&mut self, x: usize, y: usize) {
        if x < self.width
            && let Some(dot) = self.black.get_mut(y * self.width + x)
        {
            *dot = true;
        }
    }

    fn is_black(&self, x: usize, y: usize) -> bool {
        x < self.width && self.black.get(y * self.width + x).copied().unwrap_or(false)
    }
}

/// Draws characters into cells and keeps what it drew.
#[derive(Debug)]
pub(super) struct GlyphDrawer<'font> {
    fonts: &'font PaperFonts,
    kept: HashMap<(char, bool, usize), Dots>,
}

impl<'font> GlyphDrawer<'font> {
    pub(super) fn new(fonts: &'font PaperFonts) -> Self {
        Self { fonts, kept: HashMap::new() }
    }

    /// The character in a cell of `width` by `height` dots.
    pub(super) fn draw(&mut self, character: char, bold: bool, width: usize, height: usize) -> &Dots {
        if self.kept.len() >= MOST_KEPT {
            self.kept.clear();
        }
        let fonts = self.fonts;
        self.kept.entry((character, bold, width)).or_insert_with(|| draw(fonts, character, bold, width, height))
    }
}

fn draw(fonts: &PaperFonts, character: char, bold: bool, width: usize, height: usize) -> Dots {
    let mut dots = Dots::empty(width, height);
    if character.is_whitespace() {
        return dots;
    }
    let has = |font: &FontArc| font.glyph_id(character).0 != 0;
    let (font, strike_twice) = if bold && has(&fonts.bold) {
        (&fonts.bold, false)
    } else if has(&fonts.regular) {
        (&fonts.regular, bold)
    } else if has(&fonts.bold) {
        (&fonts.bold, false)
    } else {
        draw_box(&mut dots);
        return dots;
    };
    outline(font, character, &mut dots);
    if strike_twice {
        let single = dots.clone();
        for (x, y) in (0..height).flat_map(|y| (1..width).map(move |x| (x, y))) {
            if single.is_black(x - 1, y) {
                dots.set(x, y);
            }
        }
    }
    dots
}

#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn outline(font: &FontArc, character: char, dots: &mut Dots) {
    let per_em = font.units_per_em().unwrap_or(1000.0);
    let scale = EM_DOTS * font.height_unscaled() / per_em;
    let cell = dots.width as f32;
    let id = font.glyph_id(character);
    let advance = font.as_scaled(PxScale::from(scale)).h_advance(id);
    // A letter that is too wide for its cell is narrowed; others stand in its middle.
    let squeeze = if advance > cell { cell / advance } else { 1.0 };
    let left = (cell - advance * squeeze) / 2.0;
    let glyph = Glyph { id, scale: PxScale { x: scale * squeeze, y: scale }, position: point(left, BASELINE_DOTS) };
    let Some(outlined) = font.outline_glyph(glyph) else { return };
    let bounds = outlined.px_bounds();
    outlined.draw(|x, y, coverage| {
        let (x, y) = (bounds.min.x as i32 + x as i32, bounds.min.y as i32 + y as i32);
        if let (true, Ok(x), Ok(y)) = (coverage >= BURNT, usize::try_from(x), usize::try_from(y)) {
            dots.set(x, y);
        }
    });
}

/// What stands for a character that no font has.
fn draw_box(dots: &mut Dots) {
    let (right, bottom) = (dots.width.saturating_sub(2), dots.height.saturating_sub(4));
    for x in 1..=right {
        dots.set(x, 3);
        dots.set(x, bottom);
    }
    for y in 3..=bottom {
        dots.set(1, y);
        dots.set(right, y);
    }
}
