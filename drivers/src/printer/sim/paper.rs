// SPDX-License-Identifier: MIT OR Apache-2.0
//! The paper of the simulated printer: what was marked on it, as text lines and as a picture.

use crate::printer::escpos::{DOTS_PER_COLUMN, DOTS_PER_LINE};
use crate::printer::glyph::GlyphDrawer;
use crate::printer::{Alignment, PaperFonts};

/// Longest slip in dots, one metre; the paper is torn off there.
pub(super) const LONGEST_DOTS: usize = 8_000;

/// Blank paper above the first and below the last mark, in dots.
const BORDER_DOTS: usize = 24;

/// Brightness of printed dots.
const INK: u8 = 0x1C;

/// Brightness of paper.
const PAPER: u8 = 0xFF;

/// Brightness of the marks that a cut leaves.
const KNIFE: u8 = 0x90;

/// A picture that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("the picture of the slip cannot be encoded")]
pub struct PictureError(#[source] png::EncodingError);

/// One character in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) character: char,
    pub(super) bold: bool,
    /// Columns in single size: 1, or 2 for a hanzi.
    pub(super) columns: u8,
    /// Multiples, 1 to 8.
    pub(super) width: u8,
    pub(super) height: u8,
}

impl Cell {
    /// A narrow character in single size.
    pub(super) fn plain(character: char) -> Self {
        Self { character, bold: false, columns: 1, width: 1, height: 1 }
    }

    pub(super) fn dots(&self) -> usize {
        usize::from(self.columns) * usize::from(self.width) * DOTS_PER_COLUMN as usize
    }

    fn height_dots(&self) -> usize {
        usize::from(self.height) * DOTS_PER_LINE as usize
    }
}

/// Dots that were sent as such: a QR symbol or a raster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Picture {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) black: Vec<bool>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Mark {
    Line { alignment: Alignment, cells: Vec<Cell>, pitch: usize },
    Feed(usize),
    Picture(Alignment, Picture),
    Cut { partial: bool },
}

impl Mark {
    fn height(&self) -> usize {
        match self {
            Self::Line { pitch, .. } => *pitch,
            Self::Feed(dots) => *dots,
            Self::Picture(_, picture) => picture.height,
            Self::Cut { .. } => BORDER_DOTS,
        }
    }
}

/// A piece of paper.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Strip {
    marks: Vec<Mark>,
    lines: Vec<String>,
    height: usize,
}

impl Strip {
    pub(super) fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// Whether it is as long as paper may become.
    pub(super) fn is_full(&self) -> bool {
        self.height >= LONGEST_DOTS
    }

    /// Printed text, line by line without blank ones; symbols and pictures are lines in brackets.
    pub(super) fn lines(&self) -> &[String] {
        &self.lines
    }

    fn push(&mut self, mark: Mark) {
        // At least one dot each, so that the length bounds their number.
        self.height += mark.height().max(1);
        self.marks.push(mark);
    }

    pub(super) fn line(&mut self, alignment: Alignment, cells: Vec<Cell>, spacing: usize) {
        let tallest = cells.iter().map(Cell::height_dots).max().unwrap_or(0);
        let text: String = cells.iter().map(|cell| cell.character).collect();
        if !text.trim().is_empty() {
            self.lines.push(text.trim_end().to_owned());
        }
        self.push(Mark::Line { alignment, cells, pitch: spacing.max(tallest) });
    }

    pub(super) fn feed(&mut self, dots: usize) {
        self.push(Mark::Feed(dots.min(LONGEST_DOTS)));
    }

    /// `caption` is what stands for it in the text; an empty one where its text is printed beside it.
    pub(super) fn picture(&mut self, alignment: Alignment, picture: Picture, caption: String) {
        if !caption.is_empty() {
            self.lines.push(caption);
        }
        self.push(Mark::Picture(alignment, picture));
    }

    pub(super) fn cut(&mut self, partial: bool) {
        self.push(Mark::Cut { partial });
    }

    /// The paper as a PNG in shades of grey, `columns` narrow characters wide.
    ///
    /// # Errors
    /// The encoder failed.
    pub(super) fn png(&self, columns: u32, fonts: &PaperFonts) -> Result<Vec<u8>, PictureError> {
        let mut sheet =
            Sheet::new((columns * DOTS_PER_COLUMN) as usize, self.height.min(LONGEST_DOTS) + 2 * BORDER_DOTS);
        let mut drawer = GlyphDrawer::new(fonts);
        let mut top = BORDER_DOTS;
        for mark in &self.marks {
            match mark {
                Mark::Line { alignment, cells, pitch } => sheet.line(&mut drawer, *alignment, cells, top, *pitch),
                Mark::Picture(alignment, picture) => sheet.picture(*alignment, picture, top),
                Mark::Cut { partial } => sheet.cut(top + BORDER_DOTS / 2, *partial),
                Mark::Feed(_) => {}
            }
            top += mark.height().max(1);
        }
        sheet.encode()
    }
}

/// Pixels, one byte each.
struct Sheet {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Sheet {
    fn new(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![PAPER; width * height] }
    }

    fn set(&mut self, x: usize, y: usize, brightness: u8) {
        if x < self.width
            && let Some(pixel) = self.pixels.get_mut(y * self.width + x)
        {
            *pixel = brightness;
        }
    }

    /// Where something of `width` begins.
    fn left(&self, alignment: Alignment, width: usize) -> usize {
        let free = self.width.saturating_sub(width);
        match alignment {
            Alignment::Left => 0,
            Alignment::Centre => free / 2,
            Alignment::Right => free,
        }
    }

    fn line(&mut self, drawer: &mut GlyphDrawer<'_>, alignment: Alignment, cells: &[Cell], top: usize, pitch: usize) {
        let mut x = self.left(alignment, cells.iter().map(Cell::dots).sum());
        let tallest = cells.iter().map(Cell::height_dots).max().unwrap_or(0);
        // Characters of different heights stand on one line; what is left of the pitch is half above.
        let bottom = top + pitch.saturating_sub(tallest) / 2 + tallest;
        for cell in cells {
            let (wide, high) = (usize::from(cell.width), usize::from(cell.height));
            let (single_width, single_height) =
                (usize::from(cell.columns) * DOTS_PER_COLUMN as usize, DOTS_PER_LINE as usize);
            let dots = drawer.draw(cell.character, cell.bold, single_width, single_height);
            let y = bottom - cell.height_dots();
            for (index, _) in dots.black.iter().enumerate().filter(|(_, black)| **black) {
                let (dot_x, dot_y) = (index % dots.width, index / dots.width);
                for (step_x, step_y) in (0..high).flat_map(|step_y| (0..wide).map(move |step_x| (step_x, step_y))) {
                    self.set(x + dot_x * wide + step_x, y + dot_y * high + step_y, INK);
                }
            }
            x += cell.dots();
        }
    }

    fn picture(&mut self, alignment: Alignment, picture: &Picture, top: usize) {
        let left = self.left(alignment, picture.width);
        for (index, _) in picture.black.iter().enumerate().filter(|(_, black)| **black) {
            self.set(left + index % picture.width, top + index / picture.width, INK);
        }
    }

    /// A dashed line where the knife went; it leaves a point in the middle of a partial cut.
    fn cut(&mut self, y: usize, partial: bool) {
        let point = self.width / 2 - 12..self.width / 2 + 12;
        for x in (0..self.width).filter(|x| x % 12 < 7 && !(partial && point.contains(x))) {
            self.set(x, y, KNIFE);
        }
    }

    fn encode(self) -> Result<Vec<u8>, PictureError> {
        let mut bytes = Vec::new();
        let size = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let mut encoder = png::Encoder::new(&mut bytes, size(self.width), size(self.height));
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().map_err(PictureError)?;
        writer.write_image_data(&self.pixels).map_err(PictureError)?;
        writer.finish().map_err(PictureError)?;
        Ok(bytes)
    }
}
