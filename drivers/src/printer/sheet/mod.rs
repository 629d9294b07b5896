// SPDX-License-Identifier: MIT OR Apache-2.0
//! A4 sheets: what is on them, set into pages, and the pages as PDF (feature `pdf`) or PWG raster.

mod layout;
#[cfg(feature = "pdf")]
mod pdf;
pub mod pwg;
mod raster;

use std::borrow::Cow;
use std::fmt;

use ab_glyph::{Font, FontArc, GlyphId};
use thiserror::Error;
use zeroize::Zeroize;

pub use layout::{MAX_PAGES, SetPages};
#[cfg(feature = "pdf")]
pub use pdf::PdfError;

use crate::printer::FontError;

/// Most parts of one document.
pub const MAX_DOCUMENT_ITEMS: usize = 1024;

/// Most text in one document, all parts together, in characters.
pub const MAX_DOCUMENT_CHARS: usize = 100_000;

/// Most data in one QR symbol of a sheet, in bytes: version 25 at level M.
pub const MAX_SHEET_QR_BYTES: usize = 997;

/// Most fonts that are looked through for a character.
pub const MAX_FALLBACK_FONTS: usize = 4;

/// A document that cannot be built or set.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum DocumentError {
    /// Nothing is on it.
    #[error("the document is empty")]
    Empty,
    /// More than [`MAX_DOCUMENT_ITEMS`].
    #[error("a document has at most {MAX_DOCUMENT_ITEMS} parts")]
    TooManyItems,
    /// More than [`MAX_DOCUMENT_CHARS`].
    #[error("a document has at most {MAX_DOCUMENT_CHARS} characters")]
    TooMuchText,
    /// QR data empty or longer than [`MAX_SHEET_QR_BYTES`].
    #[error("QR data of {0} bytes; 1 to {MAX_SHEET_QR_BYTES} are possible")]
    QrLength(usize),
    /// More than [`MAX_PAGES`].
    #[error("the document is longer than {MAX_PAGES} pages")]
    TooManyPages,
}

/// Text of a document. It may be personal: `Debug` shows nothing of it, and it is wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct SheetText(String);

impl SheetText {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Drop for SheetText {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for SheetText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SheetText({} bytes)", self.0.len())
    }
}

/// One part of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentItem {
    /// The title, centred.
    Title(SheetText),
    /// A heading; it stays with what follows.
    Heading(SheetText),
    /// Running text; a line break begins a new line.
    Paragraph(SheetText),
    /// A label and its value, in two columns.
    Row {
        /// What the value is.
        label: SheetText,
        /// The value.
        value: SheetText,
    },
    /// A line across the page.
    Rule,
    /// A QR symbol, three centimetres and a half wide, at the left margin.
    Qr(SheetText),
    /// What follows begins a new page.
    PageBreak,
}

/// A checked document; wiped when dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    items: Vec<DocumentItem>,
}

impl Document {
    /// Begins an empty document.
    pub fn builder() -> DocumentBuilder {
        DocumentBuilder { items: Vec::new(), chars: 0, error: None }
    }

    /// The parts from top to bottom.
    #[must_use]
    pub fn items(&self) -> &[DocumentItem] {
        &self.items
    }

    /// Sets the document into pages.
    ///
    /// # Errors
    /// [`DocumentError::TooManyPages`].
    pub fn set(&self, fonts: &SheetFonts) -> Result<SetPages, DocumentError> {
        layout::set(self, fonts)
    }
}

/// Builds a [`Document`] part by part. The first mistake is kept and told by [`DocumentBuilder::build`].
#[derive(Clone, Debug)]
#[must_use = "nothing is printed before `build`"]
pub struct DocumentBuilder {
    items: Vec<DocumentItem>,
    chars: usize,
    error: Option<DocumentError>,
}

impl DocumentBuilder {
    /// The title.
    pub fn title(mut self, text: impl Into<String>) -> Self {
        let text = self.take(text.into());
        self.push(DocumentItem::Title(text))
    }

    /// A heading.
    pub fn heading(mut self, text: impl Into<String>) -> Self {
        let text = self.take(text.into());
        self.push(DocumentItem::Heading(text))
    }

    /// Running text.
    pub fn paragraph(mut self, text: impl Into<String>) -> Self {
        let text = self.take(text.into());
        self.push(DocumentItem::Paragraph(text))
    }

    /// A label and its value.
    pub fn row(mut self, label: impl Into<String>, value: impl Into<String>) -> Self {
        let (label, value) = (self.take(label.into()), self.take(value.into()));
        self.push(DocumentItem::Row { label, value })
    }

    /// A line across the page.
    pub fn rule(self) -> Self {
        self.push(DocumentItem::Rule)
    }

    /// A QR symbol of 1 to [`MAX_SHEET_QR_BYTES`] bytes.
    pub fn qr(mut self, data: impl Into<String>) -> Self {
        let data = self.take(data.into());
        if !(1..=MAX_SHEET_QR_BYTES).contains(&data.0.len()) {
            self.error.get_or_insert(DocumentError::QrLength(data.0.len()));
        }
        self.push(DocumentItem::Qr(data))
    }

    /// A new page.
    pub fn page_break(self) -> Self {
        self.push(DocumentItem::PageBreak)
    }

    /// The finished document.
    ///
    /// # Errors
    /// The first mistake that was made.
    pub fn build(self) -> Result<Document, DocumentError> {
        match self.error {
            Some(error) => Err(error),
            None if self.items.is_empty() => Err(DocumentError::Empty),
            None => Ok(Document { items: self.items }),
        }
    }

    fn take(&mut self, text: String) -> SheetText {
        let text = SheetText(text);
        self.chars = self.chars.saturating_add(text.0.chars().count());
        if self.chars > MAX_DOCUMENT_CHARS {
            self.error.get_or_insert(DocumentError::TooMuchText);
            return SheetText(String::new());
        }
        text
    }

    fn push(mut self, item: DocumentItem) -> Self {
        if self.items.len() >= MAX_DOCUMENT_ITEMS {
            self.error.get_or_insert(DocumentError::TooManyItems);
        } else {
            self.items.push(item);
        }
        self
    }
}

/// The bytes of a font file, kept for the PDF, which holds a part of them.
#[cfg(feature = "pdf")]
#[derive(Clone)]
#[cfg_attr(not(feature = "pdf"), allow(dead_code, reason = "only the PDF holds fonts"))]
pub(crate) enum FontBytes {
    Static(&'static [u8]),
    Shared(std::sync::Arc<Vec<u8>>),
}

/// One font.
#[derive(Clone)]
pub(crate) struct Face {
    pub(crate) font: FontArc,
    #[cfg(feature = "pdf")]
    pub(crate) bytes: FontBytes,
}

impl Face {
    fn read(bytes: Cow<'static, [u8]>) -> Result<Self, FontError> {
        #[cfg(feature = "pdf")]
        let kept = match &bytes {
            Cow::Borrowed(bytes) => FontBytes::Static(bytes),
            Cow::Owned(bytes) => FontBytes::Shared(std::sync::Arc::new(bytes.clone())),
        };
        let font = match bytes {
            Cow::Borrowed(bytes) => FontArc::try_from_slice(bytes),
            Cow::Owned(bytes) => FontArc::try_from_vec(bytes),
        };
        Ok(Self {
            font: font.map_err(FontError)?,
            #[cfg(feature = "pdf")]
            bytes: kept,
        })
    }

    fn has(&self, character: char) -> bool {
        self.font.glyph_id(character).0 != 0
    }
}

/// The fonts in which sheets are set.
#[derive(Clone)]
pub struct SheetFonts {
    /// Regular, bold, then the fallbacks.
    pub(crate) faces: Vec<Face>,
}

impl fmt::Debug for SheetFonts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SheetFonts({})", self.faces.len())
    }
}

impl SheetFonts {
    /// Reads TrueType or OpenType files. What the wanted one lacks is looked for in the others in this order: regular,
    /// bold, fallbacks. Beyond [`MAX_FALLBACK_FONTS`] fallbacks are left out.
    ///
    /// # Errors
    /// One of them is no font.
    pub fn new(
        regular: Cow<'static, [u8]>,
        bold: Cow<'static, [u8]>,
        fallbacks: impl IntoIterator<Item = Cow<'static, [u8]>>,
    ) -> Result<Self, FontError> {
        let fallbacks = fallbacks.into_iter().take(MAX_FALLBACK_FONTS);
        let faces = [regular, bold].into_iter().chain(fallbacks).map(Face::read).collect::<Result<_, _>>()?;
        Ok(Self { faces })
    }

    /// Whether one of the fonts has `character`; else a box is drawn for it.
    #[must_use]
    pub fn has(&self, character: char) -> bool {
        self.faces.iter().any(|face| face.has(character))
    }

    /// Which font draws `character`, and with which glyph; the wanted one's box when none has it.
    fn glyph(&self, character: char, bold: bool) -> (usize, GlyphId) {
        let wanted = usize::from(bold);
        let order = std::iter::once(wanted).chain(0..self.faces.len());
        let found = order.into_iter().find(|index| self.faces.get(*index).is_some_and(|face| face.has(character)));
        let index = found.unwrap_or(wanted);
        (index, self.faces.get(index).map_or(GlyphId(0), |face| face.font.glyph_id(character)))
    }
}
