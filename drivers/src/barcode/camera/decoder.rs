// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a frame to the codes on it.

use std::fmt;

use thiserror::Error;
use zxingcpp::{BarcodeFormat, BarcodeReader as Engine, ImageFormat, ImageView, TextMode};

use crate::barcode::Symbology;
use crate::camera::{Frame, PixelFormat, Region};
use crate::sensitive::Sensitive;

/// Most codes that are looked for on one frame.
pub const MAX_SYMBOLS: u8 = 16;

/// What is looked for, and how hard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeOptions {
    /// Kinds of code. Each one more costs time, and is one more way to read something that is not there.
    pub symbologies: Vec<Symbology>,
    /// The part of the frame that is looked at; `None` is all of it.
    pub region: Option<Region>,
    /// A frame with a longer side than this, in pixels, is made smaller first. This bounds the time that a frame takes.
    pub longest_side: u32,
    /// Looks along more lines, for codes that lie across or are white on black, and once more in a smaller picture: about
    /// five times the time of a frame without a code.
    pub thorough: bool,
    /// How many digits an Interleaved 2 of 5 may have. A line that leaves a turned one too early reads a shorter one, and
    /// nothing in the code tells: its length has to be known. With 14 digits (ITF-14) the last one is checked too.
    pub interleaved_digits: Vec<usize>,
    /// Hands on the letters with which a Codabar begins and ends. Most scanners leave them out.
    pub codabar_guards: bool,
}

impl Default for DecodeOptions {
    /// QR and what stands on books, library cards and parcels.
    fn default() -> Self {
        let symbologies = vec![
            Symbology::Qr,
            Symbology::Ean13,
            Symbology::Ean8,
            Symbology::UpcA,
            Symbology::UpcE,
            Symbology::Code128,
            Symbology::Code39,
            Symbology::Interleaved2Of5,
            Symbology::Codabar,
        ];
        Self {
            symbologies,
            region: None,
            longest_side: 2048,
            thorough: true,
            interleaved_digits: vec![14],
            codabar_guards: false,
        }
    }
}

/// Why a frame was not searched.
#[derive(Debug, Error)]
#[error("the decoder did not take the frame")]
pub struct DecodeError(#[source] zxingcpp::Error);

/// A code on a frame.
#[derive(Clone, PartialEq, Eq)]
pub struct Symbol {
    /// Its bytes as they are in the code, or UTF-8 where the code itself says its character set (ECI). UPC comes as the
    /// 13 digits of its EAN.
    pub payload: Sensitive<Vec<u8>>,
    /// Its kind.
    pub symbology: Symbology,
    /// Where it lies, in pixels of the picture that was searched ([`DecodeOptions::region`] cut out, made smaller): top
    /// left, top right, bottom right and bottom left of the code as it is meant to be held.
    pub corners: [(i32, i32); 4],
}

impl Symbol {
    /// Whether it consists of bars only: there is no more than one check digit in it.
    #[must_use]
    pub fn is_linear(&self) -> bool {
        !matches!(
            self.symbology,
            Symbology::Qr | Symbology::MicroQr | Symbology::DataMatrix | Symbology::Aztec | Symbology::Pdf417
        )
    }

    /// Left, top, right and bottom edge.
    fn edges(&self) -> [i32; 4] {
        let [first, rest @ ..] = self.corners;
        rest.iter().fold([first.0, first.1, first.0, first.1], |[left, top, right, bottom], (x, y)| {
            [left.min(*x), top.min(*y), right.max(*x), bottom.max(*y)]
        })
    }

    fn overlaps(&self, other: &Self) -> bool {
        let ([left, top, right, bottom], [from, above, to, below]) = (self.edges(), other.edges());
        left <= to && from <= right && top <= below && above <= bottom
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Symbol");
        shown.field("symbology", &self.symbology).field("bytes", &self.payload.expose().len());
        shown.field("corners", &self.corners).finish()
    }
}

/// All codes that are found on `frame`, at most [`MAX_SYMBOLS`].
///
/// # Errors
/// The decoder does not take the frame. A frame without a code is no error.
pub fn decode_frame(frame: &Frame, options: &DecodeOptions) -> Result<Vec<Symbol>, DecodeError> {
    let formats: Vec<BarcodeFormat> = options.symbologies.iter().map(|kind| format_of(*kind)).collect();
    if formats.is_empty() {
        // No format at all would mean every one.
        return Ok(Vec::new());
    }
    let is_ready = |frame: &Frame| {
        let tight = frame.format() == PixelFormat::Luma8 && frame.stride() == frame.width() as usize;
        tight && frame.width().max(frame.height()) <= options.longest_side
    };
    let prepared = match options.region {
        None if is_ready(frame) => None,
        None => Some(frame.shrunk(options.longest_side).converted(PixelFormat::Luma8)),
        Some(part) => Some(frame.cropped(part).shrunk(options.longest_side).converted(PixelFormat::Luma8)),
    };
    let picture = prepared.as_ref().unwrap_or(frame);
    let view = ImageView::from_slice(picture.pixels(), picture.width(), picture.height(), ImageFormat::Lum);
    let view = view.map_err(DecodeError)?;
    let hard = options.thorough;
    let engine = Engine::new().formats(formats).try_harder(hard).try_rotate(hard).try_invert(hard);
    let engine = engine.try_downscale(hard).text_mode(TextMode::Plain);
    let engine = engine.max_number_of_symbols(i32::from(MAX_SYMBOLS));
    let found = engine.from(&view).map_err(DecodeError)?;
    let mut symbols: Vec<(i32, Symbol)> = Vec::new();
    for code in found.iter().filter(|code| code.is_valid()) {
        if let Some(symbol) = symbol(code, options) {
            symbols.push((code.line_count(), symbol));
        }
    }
    Ok(without_ghosts(symbols))
}

/// Of bar codes that lie over each other only the one that most lines agree on is there.
fn without_ghosts(mut symbols: Vec<(i32, Symbol)>) -> Vec<Symbol> {
    // A matrix code has no lines, and is believed before every bar code that is found in its modules.
    symbols.sort_by_key(|(lines, symbol)| (symbol.is_linear(), -lines));
    let mut kept: Vec<Symbol> = Vec::new();
    for (_, symbol) in symbols {
        if !(symbol.is_linear() && kept.iter().any(|other| symbol.overlaps(other))) {
            kept.push(symbol);
        }
    }
    kept
}

fn symbol(code: &zxingcpp::Barcode, options: &DecodeOptions) -> Option<Symbol> {
    let symbology = symbology_of(code.format())?;
    // The engine's text is a guess at the character set unless the code itself says it. `Barcode` guesses better: what
    // is met in China is UTF-8 or GB18030, and never Shift-JIS.
    let mut payload = if code.has_eci() { code.text().into_bytes() } else { code.bytes() };
    if symbology == Symbology::Codabar && !options.codabar_guards {
        payload.pop();
        payload = payload.split_off(1.min(payload.len()));
    }
    if symbology == Symbology::Interleaved2Of5 && !is_whole_interleaved(&payload, &options.interleaved_digits) {
        return None;
    }
    let place = code.position();
    let corners =
        [place.top_left, place.top_right, place.bottom_right, place.bottom_left].map(|point| (point.x, point.y));
    Some(Symbol { payload: Sensitive::new(payload), symbology, corners })
}

/// Whether the length is one that is used, and the check digit right where there is one.
fn is_whole_interleaved(digits: &[u8], lengths: &[usize]) -> bool {
    let weighted = digits.iter().zip([3_u32, 1].into_iter().cycle());
    let sum: u32 = weighted.map(|(digit, weight)| u32::from(digit.wrapping_sub(b'0')) * weight).sum();
    lengths.contains(&digits.len()) && (digits.len() != 14 || sum.is_multiple_of(10))
}

fn format_of(symbology: Symbology) -> BarcodeFormat {
    match symbology {
        Symbology::Qr => BarcodeFormat::QRCodeModel2,
        Symbology::MicroQr => BarcodeFormat::MicroQRCode,
        Symbology::DataMatrix => BarcodeFormat::DataMatrix,
        Symbology::Aztec => BarcodeFormat::Aztec,
        Symbology::Pdf417 => BarcodeFormat::PDF417,
        Symbology::Code128 => BarcodeFormat::Code128,
        Symbology::Code39 => BarcodeFormat::Code39,
        Symbology::Code93 => BarcodeFormat::Code93,
        Symbology::Codabar => BarcodeFormat::Codabar,
        Symbology::Interleaved2Of5 => BarcodeFormat::ITF,
        Symbology::Ean13 => BarcodeFormat::EAN13,
        Symbology::Ean8 => BarcodeFormat::EAN8,
        Symbology::UpcA => BarcodeFormat::UPCA,
        Symbology::UpcE => BarcodeFormat::UPCE,
        Symbology::DataBar => BarcodeFormat::DataBar,
    }
}

fn symbology_of(format: BarcodeFormat) -> Option<Symbology> {
    use BarcodeFormat as Format;
    Some(match format {
        Format::QRCode | Format::QRCodeModel2 | Format::QRCodeModel1 => Symbology::Qr,
        Format::MicroQRCode => Symbology::MicroQr,
        Format::DataMatrix => Symbology::DataMatrix,
        Format::Aztec | Format::AztecCode | Format::AztecRune => Symbology::Aztec,
        Format::PDF417 | Format::CompactPDF417 => Symbology::Pdf417,
        Format::Code128 => Symbology::Code128,
        Format::Code39 | Format::PZN => Symbology::Code39,
        Format::Code93 => Symbology::Code93,
        Format::Codabar => Symbology::Codabar,
        Format::ITF => Symbology::Interleaved2Of5,
        Format::EAN13 | Format::ISBN => Symbology::Ean13,
        Format::EAN8 => Symbology::Ean8,
        Format::UPCA => Symbology::UpcA,
        Format::UPCE => Symbology::UpcE,
        other => return other_symbology(other),
    })
}

/// Kinds that come in several formats.
fn other_symbology(format: BarcodeFormat) -> Option<Symbology> {
    match format.symbology() {
        BarcodeFormat::DataBar => Some(Symbology::DataBar),
        BarcodeFormat::QRCode => Some(Symbology::Qr),
        BarcodeFormat::Code39 => Some(Symbology::Code39),
        _ => None,
    }
}
