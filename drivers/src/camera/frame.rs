// SPDX-License-Identifier: MIT OR Apache-2.0
//! One picture, in memory of its own.

use std::fmt;
use std::time::Instant;

use thiserror::Error;

use crate::sensitive::Sensitive;

/// Longest side of a picture, in pixels; a document camera of 48 million pixels stays below it.
pub const MAX_SIDE: u32 = 8192;

/// Most pixels of a picture: 64 million.
pub const MAX_PIXELS: usize = 64 << 20;

/// How the pixels of a [`Frame`] lie in memory, rows from the top, pixels from the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PixelFormat {
    /// One byte a pixel: brightness, 0 black to 255 white. What decoders want.
    Luma8,
    /// Three bytes a pixel: red, green, blue. What people want to see.
    Rgb8,
}

impl PixelFormat {
    /// Bytes of one pixel.
    #[must_use]
    pub fn bytes(self) -> usize {
        match self {
            Self::Luma8 => 1,
            Self::Rgb8 => 3,
        }
    }
}

/// Why there is no picture of this size, or why its bytes are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FrameError {
    /// A side is zero, or larger than [`MAX_SIDE`], or there are more than [`MAX_PIXELS`].
    #[error("a picture of {width}x{height} is not possible here")]
    Size {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// Rows would overlap.
    #[error("a row of {needed} bytes does not fit into a stride of {stride}")]
    Stride {
        /// Bytes of one row.
        needed: usize,
        /// Bytes from one row to the next.
        stride: usize,
    },
    /// Fewer bytes than the size asks for.
    #[error("{got} bytes instead of {needed} for a picture")]
    TooShort {
        /// What there is.
        got: usize,
        /// What there should be.
        needed: usize,
    },
}

/// A part of a picture, in thousandths of its width and height, so that it fits every resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Left edge, 0 to 1000.
    pub left: u16,
    /// Top edge, 0 to 1000.
    pub top: u16,
    /// Width, 1 to 1000.
    pub width: u16,
    /// Height, 1 to 1000.
    pub height: u16,
}

impl Region {
    /// All of the picture.
    pub const WHOLE: Self = Self { left: 0, top: 0, width: 1000, height: 1000 };

    /// The part in the middle, `share` thousandths of each side (at least 1, at most 1000).
    #[must_use]
    pub fn middle(share: u16) -> Self {
        let share = share.clamp(1, 1000);
        let edge = (1000 - share) / 2;
        Self { left: edge, top: edge, width: share, height: share }
    }

    /// In pixels of a picture of `width` by `height`: left, top, width, height; never outside it, never empty.
    fn pixels(self, width: u32, height: u32) -> (u32, u32, u32, u32) {
        let part = |begin: u16, length: u16, side: u32| {
            let at = |share: u32| (u64::from(share.min(1000)) * u64::from(side) / 1000) as u32;
            let from = at(u32::from(begin)).min(side.saturating_sub(1));
            let to = at(u32::from(begin) + u32::from(length)).clamp(from + 1, side.max(from + 1));
            (from, to - from)
        };
        let (left, across) = part(self.left, self.width, width);
        let (top, down) = part(self.top, self.height, height);
        (left, top, across, down)
    }
}

/// One picture. Its pixels belong to whoever stands before the camera: they are wiped when it is dropped and do not
/// show in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    width: u32,
    height: u32,
    stride: usize,
    format: PixelFormat,
    pixels: Sensitive<Vec<u8>>,
    /// When the picture was taken, as far as it is known: when it reached the program.
    pub taken_at: Instant,
    /// Number of the picture since its stream was opened, from 1; gaps are pictures that nobody asked for in time.
    pub sequence: u64,
}

impl Frame {
    /// A picture of rows that follow each other without a gap.
    ///
    /// # Errors
    /// As [`Frame::with_stride`].
    pub fn new(format: PixelFormat, width: u32, height: u32, pixels: Vec<u8>) -> Result<Self, FrameError> {
        Self::with_stride(format, width, height, width as usize * format.bytes(), pixels)
    }

    /// A picture of rows that begin every `stride` bytes. Bytes behind the last row are cut off.
    ///
    /// # Errors
    /// The size is out of bounds, rows overlap, or there are too few bytes.
    pub fn with_stride(
        format: PixelFormat,
        width: u32,
        height: u32,
        stride: usize,
        pixels: Vec<u8>,
    ) -> Result<Self, FrameError> {
        let mut pixels = pixels;
        check_size(width, height)?;
        let needed = width as usize * format.bytes();
        if stride < needed {
            return Err(FrameError::Stride { needed, stride });
        }
        let needed = (height as usize - 1).saturating_mul(stride).saturating_add(needed);
        if pixels.len() < needed {
            return Err(FrameError::TooShort { got: pixels.len(), needed });
        }
        pixels.truncate(needed);
        let pixels = Sensitive::new(pixels);
        Ok(Self { width, height, stride, format, pixels, taken_at: Instant::now(), sequence: 0 })
    }

    /// Width in pixels, at least 1.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels, at least 1.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Bytes from the beginning of one row to that of the next.
    #[must_use]
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// How the pixels lie.
    #[must_use]
    pub fn format(&self) -> PixelFormat {
        self.format
    }

    /// The pixels: [`Frame::height`] rows every [`Frame::stride`] bytes.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        self.pixels.expose()
    }

    /// The rows, from the top.
    pub fn rows(&self) -> impl Iterator<Item = &[u8]> {
        let length = self.width as usize * self.format.bytes();
        self.pixels.expose().chunks(self.stride).filter_map(move |row| row.get(..length))
    }

    /// The same picture in `format`; a luma picture becomes grey.
    #[must_use]
    pub fn converted(&self, format: PixelFormat) -> Self {
        let pixels: Vec<u8> = match (self.format, format) {
            (PixelFormat::Luma8, PixelFormat::Luma8) | (PixelFormat::Rgb8, PixelFormat::Rgb8) => {
                self.rows().flatten().copied().collect()
            }
            (PixelFormat::Luma8, PixelFormat::Rgb8) => self.rows().flatten().flat_map(|luma| [*luma; 3]).collect(),
            (PixelFormat::Rgb8, PixelFormat::Luma8) => {
                self.rows().flat_map(|row| row.chunks_exact(3)).map(luma).collect()
            }
        };
        self.derived(format, self.width, self.height, pixels)
    }

    /// A part of the picture.
    #[must_use]
    pub fn cropped(&self, region: Region) -> Self {
        let (left, top, width, height) = region.pixels(self.width, self.height);
        let each = self.format.bytes();
        let (from, length) = (left as usize * each, width as usize * each);
        let rows = self.rows().skip(top as usize).take(height as usize);
        let pixels = rows.filter_map(|row| row.get(from..from + length)).flatten().copied().collect();
        self.derived(self.format, width, height, pixels)
    }

    /// The picture made smaller by a whole number of times, so that no side is longer than `longest` pixels: each new
    /// pixel is the mean of a square of old ones.
    #[must_use]
    pub fn shrunk(&self, longest: u32) -> Self {
        let times = self.width.max(self.height).div_ceil(longest.max(1)).max(1);
        if times == 1 {
            return self.converted(self.format);
        }
        let (width, height) = ((self.width / times).max(1), (self.height / times).max(1));
        let (each, times) = (self.format.bytes(), times as usize);
        let mut pixels = Vec::with_capacity(width as usize * height as usize * each);
        let rows: Vec<&[u8]> = self.rows().collect();
        for band in rows.chunks(times).take(height as usize) {
            for x in 0..width as usize {
                for channel in 0..each {
                    let column = (x * times..(x + 1) * times).map(|at| at * each + channel);
                    let values = column.flat_map(|at| band.iter().filter_map(move |row| row.get(at)));
                    let (sum, count) =
                        values.fold((0_u32, 0_u32), |(sum, count), value| (sum + u32::from(*value), count + 1));
                    pixels.push((sum / count.max(1)) as u8);
                }
            }
        }
        self.derived(self.format, width, height, pixels)
    }

    /// A picture made of this one, taken at the same time.
    fn derived(&self, format: PixelFormat, width: u32, height: u32, pixels: Vec<u8>) -> Self {
        let stride = width as usize * format.bytes();
        let pixels = Sensitive::new(pixels);
        Self { width, height, stride, format, pixels, taken_at: self.taken_at, sequence: self.sequence }
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Frame({}x{} {:?}, number {})", self.width, self.height, self.format, self.sequence)
    }
}

/// Whether a picture of this size can be.
///
/// # Errors
/// [`FrameError::Size`].
pub(crate) fn check_size(width: u32, height: u32) -> Result<(), FrameError> {
    let within = (1..=MAX_SIDE).contains(&width) && (1..=MAX_SIDE).contains(&height);
    if within && width as usize * height as usize <= MAX_PIXELS {
        Ok(())
    } else {
        Err(FrameError::Size { width, height })
    }
}

/// Brightness of a colour: the weights of ITU-R BT.601, in 256ths.
fn luma(rgb: &[u8]) -> u8 {
    let sum: u32 = rgb.iter().zip([77_u32, 150, 29]).map(|(part, weight)| u32::from(*part) * weight).sum();
    (sum >> 8) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(width: u32, height: u32) -> Frame {
        let pixels = (0..width * height).map(|at| (at % 251) as u8).collect();
        Frame::new(PixelFormat::Luma8, width, height, pixels).unwrap()
    }

    #[test]
    fn sizes_are_checked_before_memory_is_touched() {
        for (width, height) in [(0, 1), (1, 0), (MAX_SIDE + 1, 1), (u32::MAX, u32::MAX)] {
            let frame = Frame::new(PixelFormat::Rgb8, width, height, Vec::new());
            assert_eq!(frame.unwrap_err(), FrameError::Size { width, height });
        }
        let short = Frame::new(PixelFormat::Luma8, 4, 4, vec![0; 15]);
        assert_eq!(short.unwrap_err(), FrameError::TooShort { got: 15, needed: 16 });
        let overlap = Frame::with_stride(PixelFormat::Rgb8, 4, 4, 11, vec![0; 100]);
        assert_eq!(overlap.unwrap_err(), FrameError::Stride { needed: 12, stride: 11 });
    }

    #[test]
    fn padding_between_rows_is_no_picture() {
        let frame = Frame::with_stride(PixelFormat::Luma8, 2, 2, 3, vec![1, 2, 99, 3, 4, 99, 99]).unwrap();
        assert_eq!(frame.rows().collect::<Vec<_>>(), [[1, 2], [3, 4]]);
        assert_eq!(frame.converted(PixelFormat::Luma8).pixels(), [1, 2, 3, 4]);
        assert_eq!(frame.converted(PixelFormat::Rgb8).pixels(), [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
    }

    #[test]
    fn colours_become_their_brightness() {
        let frame = Frame::new(PixelFormat::Rgb8, 4, 1, vec![255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255]).unwrap();
        assert_eq!(frame.converted(PixelFormat::Luma8).pixels(), [255, 76, 149, 28]);
    }

    #[test]
    fn a_region_is_cut_out_and_never_empty() {
        let frame = ramp(10, 10);
        let middle = frame.cropped(Region::middle(500));
        assert_eq!((middle.width(), middle.height()), (5, 5));
        assert_eq!(middle.pixels().first(), Some(&22));
        let corner = frame.cropped(Region { left: 1000, top: 1000, width: 1000, height: 0 });
        assert_eq!((corner.width(), corner.height(), corner.pixels()), (1, 1, &[99][..]));
        assert_eq!(frame.cropped(Region::WHOLE), frame);
    }

    #[test]
    fn shrinking_takes_the_mean() {
        let frame = Frame::new(PixelFormat::Luma8, 4, 2, vec![0, 10, 100, 200, 20, 30, 100, 200]).unwrap();
        let half = frame.shrunk(2);
        assert_eq!((half.width(), half.height(), half.pixels()), (2, 1, &[15, 150][..]));
        assert_eq!(frame.shrunk(4), frame);
        let big = ramp(1000, 10).shrunk(300);
        assert_eq!((big.width(), big.height()), (250, 2));
    }

    #[test]
    fn debug_shows_no_pixel() {
        assert_eq!(format!("{:?}", ramp(3, 2)), "Frame(3x2 Luma8, number 0)");
    }
}
