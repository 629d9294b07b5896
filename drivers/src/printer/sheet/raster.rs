// SPDX-License-Identifier: MIT OR Apache-2.0
//! Draws set pages in shades of grey, for printers that take no PDF.

use ab_glyph::{Font, Glyph, PxScale, point};
use zeroize::Zeroizing;

use super::SheetFonts;
use super::layout::{Mark, PAGE_HEIGHT, PAGE_WIDTH, SetPages};
use super::pwg::{ColorMode, PwgPage};

/// Points in an inch.
const POINTS_PER_INCH: f32 = 72.0;

/// Coverage from which a dot is black where there are no shades.
const BLACK_FROM: u8 = 0x80;

impl SetPages {
    /// Draws one page after the other, `dpi` dots an inch (72 to 1200), with shades or in black alone.
    pub fn draw<'pages>(
        &'pages self,
        fonts: &'pages SheetFonts,
        dpi: u32,
        mode: ColorMode,
    ) -> impl Iterator<Item = PwgPage> + 'pages {
        let dpi = dpi.clamp(72, 1200);
        self.pages.iter().map(move |marks| draw(marks, fonts, dpi, mode))
    }

    /// The whole document as a PWG raster stream. It wipes itself.
    #[must_use]
    pub fn to_pwg(&self, fonts: &SheetFonts, dpi: u32, mode: ColorMode) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::new());
        super::pwg::begin(&mut out);
        for page in self.draw(fonts, dpi, mode) {
            page.encode(self.count(), &mut out);
        }
        out
    }
}

/// Ink of one page: 0 is paper, 255 is black.
struct Ink {
    width: usize,
    height: usize,
    dots: Zeroizing<Vec<u8>>,
}

impl Ink {
    fn add(&mut self, x: i64, y: i64, coverage: u8) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return };
        if x < self.width
            && let Some(dot) = self.dots.get_mut(y * self.width + x)
        {
            *dot = dot.saturating_add(coverage);
        }
    }
}

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a page has fewer than 2^24 dots along a side, and no negative ones are kept"
)]
fn draw(marks: &[Mark], fonts: &SheetFonts, dpi: u32, mode: ColorMode) -> PwgPage {
    let scale = dpi as f32 / POINTS_PER_INCH;
    let (width, height) = ((PAGE_WIDTH * scale) as usize, (PAGE_HEIGHT * scale) as usize);
    let mut ink = Ink { width, height, dots: Zeroizing::new(vec![0; width * height]) };
    for mark in marks {
        match mark {
            Mark::Line { baseline, size, glyphs } => {
                for set in glyphs {
                    let Some(face) = fonts.faces.get(set.face) else { continue };
                    let per_em = face.font.units_per_em().unwrap_or(1000.0);
                    let pixels = PxScale::from(size * scale * face.font.height_unscaled() / per_em);
                    let position = point(set.x * scale, baseline * scale);
                    let glyph = Glyph { id: set.glyph, scale: pixels, position };
                    let Some(outline) = face.font.outline_glyph(glyph) else { continue };
                    let bounds = outline.px_bounds();
                    let (left, top) = (bounds.min.x as i64, bounds.min.y as i64);
                    outline.draw(|x, y, coverage| {
                        let coverage = (coverage.clamp(0.0, 1.0) * 255.0) as u8;
                        ink.add(left + i64::from(x), top + i64::from(y), coverage);
                    });
                }
            }
            Mark::Boxes(boxes) => {
                for [left, top, wide, high] in boxes {
                    // Edges fall on whole dots, the same ones for neighbours, so that no white shows between them.
                    let edge = |place: f32| (place * scale).round() as i64;
                    for y in edge(*top)..edge(top + high).max(edge(*top) + 1) {
                        for x in edge(*left)..edge(left + wide) {
                            ink.add(x, y, u8::MAX);
                        }
                    }
                }
            }
        }
    }
    finish(ink, dpi, mode)
}

fn finish(mut ink: Ink, dpi: u32, mode: ColorMode) -> PwgPage {
    let (width, height) = (ink.width, ink.height);
    let data = match mode {
        ColorMode::Grey8 => {
            for dot in ink.dots.iter_mut() {
                *dot = u8::MAX - *dot;
            }
            ink.dots
        }
        ColorMode::Black1 => {
            let mut data = Zeroizing::new(Vec::with_capacity(width.div_ceil(8) * height));
            for row in ink.dots.chunks_exact(width.max(1)) {
                data.extend(row.chunks(8).map(|dots| {
                    let bit = |(place, dot): (usize, &u8)| if *dot >= BLACK_FROM { 0x80_u8 >> place } else { 0 };
                    dots.iter().enumerate().map(bit).fold(0, |byte, bit| byte | bit)
                }));
            }
            data
        }
    };
    let side = |dots: usize| u32::try_from(dots).unwrap_or(u32::MAX);
    PwgPage { width: side(width), height: side(height), dpi, mode, data }
}
