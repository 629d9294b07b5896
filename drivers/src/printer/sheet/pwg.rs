// SPDX-License-Identifier: MIT OR Apache-2.0
//! PWG raster (PWG 5102.4), the format that every IPP Everywhere printer takes: written, and read again by the simulator
//! and by tests. No I/O.
//!
//! A stream is `RaS2`, then for each page a header of [`HEADER_BYTES`], numbers big-endian, and its lines. A line begins
//! with how many more times it is repeated; then comes, until its bytes are full, a byte `c` and: below 128, one pixel that
//! stands `c + 1` times; 128, the rest of the line is white; above 128, `257 - c` pixels.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

/// Bytes of a page header.
pub const HEADER_BYTES: usize = 1796;

/// Most dots along a side of a page: A4 at 1200 dots an inch.
pub const MAX_SIDE: u32 = 15_000;

/// Most bytes of one page, unpacked: A4 at 600 dots an inch in shades of grey.
pub const MAX_PAGE_BYTES: usize = 36 * 1024 * 1024;

/// Most pages that are read.
pub const MAX_DECODED_PAGES: usize = 100;

/// Most bytes of all pages that [`decode`] returns, unpacked.
pub const MAX_DECODED_BYTES: usize = 64 * 1024 * 1024;

const SYNC: &[u8; 4] = b"RaS2";
const NAME: &[u8] = b"PwgRaster\0";
const PAGE_SIZE_NAME: &[u8] = b"iso_a4_210x297mm\0";

/// Offsets in the header.
const RESOLUTION: [usize; 2] = [276, 280];
const COPIES: usize = 340;
const PAGE_SIZE: [usize; 2] = [352, 356];
const WIDTH: usize = 372;
const HEIGHT: usize = 376;
const BITS_PER_COLOR: usize = 384;
const BITS_PER_PIXEL: usize = 388;
const BYTES_PER_LINE: usize = 392;
const COLOR_ORDER: usize = 396;
const COLOR_SPACE: usize = 400;
const NUM_COLORS: usize = 420;
const TOTAL_PAGES: usize = 452;
const TRANSFORMS: [usize; 2] = [456, 460];
const ALTERNATE_PRIMARY: usize = 480;
const QUALITY: usize = 484;
const SIZE_NAME: usize = 1732;

/// A4 in points.
const A4_POINTS: [u32; 2] = [595, 842];

/// `print-quality` normal.
const NORMAL_QUALITY: u32 = 4;

/// How a dot is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColorMode {
    /// `sgray_8`: a byte a dot, 0 is black.
    Grey8,
    /// `black_1`: a bit a dot, 1 is black.
    Black1,
}

impl ColorMode {
    /// The keyword in `pwg-raster-document-type-supported`.
    #[must_use]
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Grey8 => "sgray_8",
            Self::Black1 => "black_1",
        }
    }

    fn bits(self) -> u32 {
        match self {
            Self::Grey8 => 8,
            Self::Black1 => 1,
        }
    }

    fn color_space(self) -> u32 {
        match self {
            Self::Grey8 => 18,
            Self::Black1 => 3,
        }
    }

    /// A byte of paper.
    fn white(self) -> u8 {
        match self {
            Self::Grey8 => 0xFF,
            Self::Black1 => 0,
        }
    }

    /// Bytes of a line of `width` dots.
    #[must_use]
    pub fn line_bytes(self, width: u32) -> usize {
        (width as usize * self.bits() as usize).div_ceil(8)
    }
}

/// One page. It may show anything, and wipes itself.
#[derive(Clone, PartialEq, Eq)]
pub struct PwgPage {
    /// Dots across.
    pub width: u32,
    /// Dots down.
    pub height: u32,
    /// Dots in an inch, both ways.
    pub dpi: u32,
    /// How dots are said.
    pub mode: ColorMode,
    /// The lines from top to bottom, [`ColorMode::line_bytes`] each.
    pub data: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for PwgPage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { width, height, dpi, mode, .. } = self;
        write!(formatter, "PwgPage({width}x{height} at {dpi} dpi, {mode:?})")
    }
}

/// Begins a stream.
pub fn begin(out: &mut Vec<u8>) {
    out.extend_from_slice(SYNC);
}

impl PwgPage {
    /// Appends the page, one of `total`.
    pub fn encode(&self, total: usize, out: &mut Vec<u8>) {
        let line_bytes = self.mode.line_bytes(self.width).max(1);
        let mut header = vec![0_u8; HEADER_BYTES];
        put(&mut header, 0, NAME);
        put(&mut header, SIZE_NAME, PAGE_SIZE_NAME);
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        for (offset, value) in [
            (RESOLUTION[0], self.dpi),
            (RESOLUTION[1], self.dpi),
            (COPIES, 1),
            (PAGE_SIZE[0], A4_POINTS[0]),
            (PAGE_SIZE[1], A4_POINTS[1]),
            (WIDTH, self.width),
            (HEIGHT, self.height),
            (BITS_PER_COLOR, self.mode.bits()),
            (BITS_PER_PIXEL, self.mode.bits()),
            (BYTES_PER_LINE, number(line_bytes)),
            (COLOR_ORDER, 0),
            (COLOR_SPACE, self.mode.color_space()),
            (NUM_COLORS, 1),
            (TOTAL_PAGES, number(total)),
            (TRANSFORMS[0], 1),
            (TRANSFORMS[1], 1),
            (ALTERNATE_PRIMARY, 0x00FF_FFFF),
            (QUALITY, NORMAL_QUALITY),
        ] {
            put(&mut header, offset, &value.to_be_bytes());
        }
        out.extend_from_slice(&header);
        for group in self.data.chunks_exact(line_bytes).collect::<Vec<_>>().chunk_by(|left, right| left == right) {
            for repeated in group.chunks(256) {
                out.push(u8::try_from(repeated.len() - 1).unwrap_or(u8::MAX));
                if let Some(line) = repeated.first() {
                    pack(line, out);
                }
            }
        }
    }
}

fn put(header: &mut [u8], offset: usize, bytes: &[u8]) {
    for (slot, byte) in header.iter_mut().skip(offset).zip(bytes) {
        *slot = *byte;
    }
}

/// One line. Runs of two and more are packed; single bytes are gathered.
fn pack(line: &[u8], out: &mut Vec<u8>) {
    let mut literal: &[u8] = &[];
    let mut at = 0;
    let flush = |literal: &[u8], out: &mut Vec<u8>| {
        for piece in literal.chunks(128) {
            match piece {
                // One literal pixel would be 256 and is said as a run of one.
                [only] => out.extend([0, *only]),
                piece => {
                    out.push(u8::try_from(257 - piece.len()).unwrap_or(u8::MAX));
                    out.extend_from_slice(piece);
                }
            }
        }
    };
    while let Some(first) = line.get(at) {
        let run = line.iter().skip(at).take(128).take_while(|byte| *byte == first).count();
        if run >= 2 {
            flush(literal, out);
            out.extend([u8::try_from(run - 1).unwrap_or(0), *first]);
            at += run;
            literal = line.get(at..at).unwrap_or_default();
        } else {
            let begin = at - literal.len();
            at += 1;
            literal = line.get(begin..at).unwrap_or_default();
        }
    }
    flush(literal, out);
}

/// A stream that is no PWG raster, or one that is not read here.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum PwgError {
    /// It does not begin with `RaS2`.
    #[error("the stream does not begin with RaS2")]
    Sync,
    /// It ends within a page.
    #[error("the stream ends within page {0}")]
    Short(usize),
    /// The header does not begin with `PwgRaster`, or its numbers do not go together.
    #[error("the header of page {0} is not of PWG raster")]
    Header(usize),
    /// Colours, or a depth that is not read here.
    #[error("page {page} has colour space {space} with {bits} bits a dot; black_1 and sgray_8 are read")]
    Color {
        /// Page, from 1.
        page: usize,
        /// Its colour space.
        space: u32,
        /// Its bits a dot.
        bits: u32,
    },
    /// Larger than [`MAX_SIDE`] or [`MAX_PAGE_BYTES`], or the stream than [`MAX_DECODED_BYTES`].
    #[error("page {0} is too large")]
    TooLarge(usize),
    /// More than [`MAX_DECODED_PAGES`].
    #[error("the stream has more than {MAX_DECODED_PAGES} pages")]
    TooManyPages,
    /// A line is longer, or repeated more often, than the page allows.
    #[error("a line of page {0} goes beyond the page")]
    Overrun(usize),
}

/// Reads a stream page by page, in `black_1` or `sgray_8`; ends with the first error.
#[derive(Clone, Debug)]
pub struct Pages<'stream> {
    rest: &'stream [u8],
    count: usize,
}

/// Begins to read a stream.
///
/// # Errors
/// [`PwgError::Sync`].
pub fn pages(stream: &[u8]) -> Result<Pages<'_>, PwgError> {
    Ok(Pages { rest: stream.strip_prefix(SYNC).ok_or(PwgError::Sync)?, count: 0 })
}

impl Iterator for Pages<'_> {
    type Item = Result<PwgPage, PwgError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        self.count += 1;
        let read = match self.count {
            ..=MAX_DECODED_PAGES => decode_page(self.rest, self.count),
            _ => Err(PwgError::TooManyPages),
        };
        self.rest = read.as_ref().map_or(&[], |(_, rest)| rest);
        Some(read.map(|(page, _)| page))
    }
}

/// Reads a whole stream of at most [`MAX_DECODED_BYTES`], unpacked; for longer ones there is [`pages`].
///
/// # Errors
/// What is wrong, and on which page.
pub fn decode(stream: &[u8]) -> Result<Vec<PwgPage>, PwgError> {
    let mut all: Vec<PwgPage> = Vec::new();
    let mut bytes = 0;
    for page in pages(stream)? {
        let page = page?;
        bytes += page.data.len();
        if bytes > MAX_DECODED_BYTES {
            return Err(PwgError::TooLarge(all.len() + 1));
        }
        all.push(page);
    }
    Ok(all)
}

fn decode_page(rest: &[u8], page: usize) -> Result<(PwgPage, &[u8]), PwgError> {
    let (header, mut rest) = rest.split_at_checked(HEADER_BYTES).ok_or(PwgError::Short(page))?;
    let number = |offset: usize| {
        let bytes = header.get(offset..offset + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(0, u32::from_be_bytes)
    };
    let (width, height, bits, space) = (number(WIDTH), number(HEIGHT), number(BITS_PER_PIXEL), number(COLOR_SPACE));
    let mode = match (space, bits) {
        _ if !header.starts_with(NAME) => return Err(PwgError::Header(page)),
        (18, 8) => ColorMode::Grey8,
        (3, 1) => ColorMode::Black1,
        _ => return Err(PwgError::Color { page, space, bits }),
    };
    if width == 0 || height == 0 {
        return Err(PwgError::Header(page));
    }
    let line_bytes = mode.line_bytes(width);
    let bytes = line_bytes.saturating_mul(height as usize);
    if width > MAX_SIDE || height > MAX_SIDE || bytes > MAX_PAGE_BYTES {
        return Err(PwgError::TooLarge(page));
    }
    if number(BYTES_PER_LINE) as usize != line_bytes {
        return Err(PwgError::Header(page));
    }
    // Grown as lines come: a header alone takes no memory.
    let mut data = Zeroizing::new(Vec::new());
    while data.len() < bytes {
        let (repeats, after) = rest.split_first().ok_or(PwgError::Short(page))?;
        rest = after;
        let begin = data.len();
        unpack(&mut rest, line_bytes, mode.white(), &mut data, page)?;
        for _ in 0..*repeats {
            if data.len() >= bytes {
                return Err(PwgError::Overrun(page));
            }
            data.extend_from_within(begin..begin + line_bytes);
        }
    }
    Ok((PwgPage { width, height, dpi: number(RESOLUTION[0]), mode, data }, rest))
}

fn unpack(rest: &mut &[u8], line_bytes: usize, white: u8, data: &mut Vec<u8>, page: usize) -> Result<(), PwgError> {
    let end = data.len() + line_bytes;
    while data.len() < end {
        let (code, after) = rest.split_first().ok_or(PwgError::Short(page))?;
        *rest = after;
        let left = end - data.len();
        match *code {
            128 => data.resize(end, white),
            code @ 0..128 => {
                let (pixel, after) = rest.split_first().ok_or(PwgError::Short(page))?;
                *rest = after;
                let count = usize::from(code) + 1;
                if count > left {
                    return Err(PwgError::Overrun(page));
                }
                data.resize(data.len() + count, *pixel);
            }
            code => {
                let count = 257 - usize::from(code);
                if count > left {
                    return Err(PwgError::Overrun(page));
                }
                let (pixels, after) = rest.split_at_checked(count).ok_or(PwgError::Short(page))?;
                data.extend_from_slice(pixels);
                *rest = after;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn page(width: u32, mode: ColorMode, data: Vec<u8>) -> PwgPage {
        let height = u32::try_from(data.len() / mode.line_bytes(width)).unwrap();
        PwgPage { width, height, dpi: 300, mode, data: Zeroizing::new(data) }
    }

    fn stream(pages: &[PwgPage]) -> Vec<u8> {
        let mut out = Vec::new();
        begin(&mut out);
        for page in pages {
            page.encode(pages.len(), &mut out);
        }
        out
    }

    /// The example of the standard's packing: runs, then literals.
    #[test]
    fn lines_are_packed_as_the_standard_says() {
        let mut out = Vec::new();
        pack(&[1, 1, 1, 2, 3, 4, 4, 5], &mut out);
        assert_eq!(out, [2, 1, 255, 2, 3, 1, 4, 0, 5]);
        let mut out = Vec::new();
        pack(&[7; 300], &mut out);
        assert_eq!(out, [127, 7, 127, 7, 43, 7]);
    }

    #[test]
    fn equal_lines_are_said_once() {
        let bytes = stream(&[page(8, ColorMode::Grey8, vec![0; 8 * 300])]);
        assert_eq!(bytes[4 + HEADER_BYTES..], [255, 7, 0, 43, 7, 0]);
        assert_eq!(bytes.get(4..13), Some(b"PwgRaster".as_slice()));
    }

    #[test]
    fn the_rest_of_a_line_can_be_white() {
        let mut bytes = stream(&[page(8, ColorMode::Grey8, vec![0; 8])]);
        bytes.truncate(4 + HEADER_BYTES);
        bytes.extend([0, 1, 0, 128]);
        assert_eq!(decode(&bytes).unwrap()[0].data.to_vec(), [0, 0, 255, 255, 255, 255, 255, 255]);
    }

    #[test]
    fn wrong_streams_are_refused() {
        let good = stream(&[page(8, ColorMode::Grey8, vec![0; 16])]);
        assert_eq!(decode(b"RaS3"), Err(PwgError::Sync));
        assert_eq!(decode(&good[..100]), Err(PwgError::Short(1)));
        assert_eq!(decode(&good[..good.len() - 1]), Err(PwgError::Short(1)));
        let with = |offset: usize, value: u32| {
            let mut bytes = good.clone();
            bytes[4 + offset..8 + offset].copy_from_slice(&value.to_be_bytes());
            decode(&bytes)
        };
        assert_eq!(with(WIDTH, 0), Err(PwgError::Header(1)));
        assert_eq!(with(WIDTH, u32::MAX), Err(PwgError::TooLarge(1)));
        assert_eq!(with(COLOR_SPACE, 19), Err(PwgError::Color { page: 1, space: 19, bits: 8 }));
        assert_eq!(with(BYTES_PER_LINE, 9), Err(PwgError::Header(1)));
        assert_eq!(with(HEIGHT, 1), Err(PwgError::Overrun(1)));
        assert_eq!(with(HEIGHT, 3), Err(PwgError::Short(1)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_written_is_read_again(
            width in 1_u32..400, rows in 1_usize..40, grey: bool, seed in proptest::collection::vec(0_u8..4, 1..200),
        ) {
            let mode = if grey { ColorMode::Grey8 } else { ColorMode::Black1 };
            let bytes = mode.line_bytes(width) * rows;
            let data: Vec<u8> = seed.iter().copied().cycle().take(bytes).collect();
            let pages = [page(width, mode, data.clone()), page(width, mode, data)];
            prop_assert_eq!(decode(&stream(&pages)).unwrap(), pages);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut stream = stream(&[page(16, ColorMode::Grey8, vec![0; 32])]);
            stream.truncate(4 + HEADER_BYTES);
            stream.extend(bytes);
            let _ = decode(&stream);
        }
    }
}
