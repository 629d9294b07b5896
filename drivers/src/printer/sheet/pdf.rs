// SPDX-License-Identifier: MIT OR Apache-2.0
//! Set pages as PDF; of each font only the glyphs that occur.

use krilla::Data;
use krilla::geom::{Path, PathBuilder, Point, Rect};
use krilla::page::PageSettings;
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use thiserror::Error;
use zeroize::Zeroizing;

use super::layout::{Mark, PAGE_HEIGHT, PAGE_WIDTH, SetGlyph, SetPages};
use super::{FontBytes, SheetFonts};

/// A PDF that cannot be written.
#[derive(Debug, Error)]
pub enum PdfError {
    /// The writer of PDF refuses a font that could be read here.
    #[error("font {0} cannot be put into a PDF")]
    Font(usize),
    /// The writer failed.
    #[error("the PDF cannot be written: {0}")]
    Write(String),
}

impl SetPages {
    /// The pages as PDF. The bytes wipe themselves; copies that the writer made on the way are only freed.
    ///
    /// # Errors
    /// A font is refused, or the writer failed.
    pub fn to_pdf(&self, fonts: &SheetFonts) -> Result<Zeroizing<Vec<u8>>, PdfError> {
        let faces = fonts.faces.iter().enumerate().map(|(index, face)| {
            let data = match &face.bytes {
                FontBytes::Static(bytes) => Data::from(*bytes),
                FontBytes::Shared(bytes) => Data::from(std::sync::Arc::clone(bytes)),
            };
            Font::new(data, 0).ok_or(PdfError::Font(index))
        });
        let faces = faces.collect::<Result<Vec<_>, _>>()?;
        let mut document = krilla::Document::new();
        for marks in &self.pages {
            let Some(settings) = PageSettings::from_wh(PAGE_WIDTH, PAGE_HEIGHT) else {
                return Err(PdfError::Write("page size".to_owned()));
            };
            let mut page = document.start_page_with(settings);
            let mut surface = page.surface();
            for mark in marks {
                draw(&mut surface, mark, &faces);
            }
            surface.finish();
            page.finish();
        }
        document.finish().map(Zeroizing::new).map_err(|error| PdfError::Write(format!("{error:?}")))
    }
}

fn draw(surface: &mut Surface<'_>, mark: &Mark, faces: &[Font]) {
    match mark {
        Mark::Line { baseline, size, glyphs } => {
            for run in glyphs.chunk_by(|left, right| left.face == right.face) {
                run_of(surface, run, *baseline, *size, faces);
            }
        }
        Mark::Boxes(boxes) => {
            if let Some(path) = path(boxes) {
                surface.draw_path(&path);
            }
        }
    }
}

/// Neighbours in one font.
fn run_of(surface: &mut Surface<'_>, run: &[SetGlyph], baseline: f32, size: f32, faces: &[Font]) {
    let Some((first, font)) = run.first().and_then(|first| Some((first, faces.get(first.face)?))) else { return };
    let mut text = Zeroizing::new(String::new());
    let glyphs: Vec<KrillaGlyph> = run
        .iter()
        .map(|set| {
            let begin = text.len();
            text.push(set.character);
            KrillaGlyph {
                glyph_id: GlyphId::new(u32::from(set.glyph.0)),
                text_range: begin..text.len(),
                x_advance: set.advance / size,
                x_offset: 0.0,
                y_offset: 0.0,
                y_advance: 0.0,
                location: None,
            }
        })
        .collect();
    surface.draw_glyphs(Point::from_xy(first.x, baseline), &glyphs, font.clone(), &text, size, false);
}

fn path(boxes: &[[f32; 4]]) -> Option<Path> {
    let mut builder = PathBuilder::new();
    for [left, top, width, height] in boxes {
        builder.push_rect(Rect::from_xywh(*left, *top, *width, *height)?);
    }
    builder.finish()
}
