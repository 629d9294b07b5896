// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a camera sends, made into frames.

use thiserror::Error;

use super::format::{Encoding, StreamFormat};
use super::frame::{Frame, FrameError, PixelFormat, check_size};

/// Why the bytes of a camera are no frame.
#[derive(Debug, Error)]
pub enum ConvertError {
    /// Fewer bytes than the format asks for, or a size that is not possible.
    #[error("the picture from the camera is not whole")]
    Frame(#[from] FrameError),
    /// The JPEG of this frame is damaged; the next one may be well.
    #[error("the picture from the camera is damaged")]
    Picture(#[from] super::PictureError),
    /// JPEG is only read with the feature `camera`.
    #[error("pictures of this camera are JPEG, which is not read here")]
    NoJpeg,
}

/// Makes a frame of `bytes` as they came in `format`; bytes behind the picture are ignored (drivers hand over whole
/// buffers). A JPEG may have another size than the format says; its own counts.
///
/// # Errors
/// Too few bytes, or a damaged JPEG.
pub fn frame_from_wire(format: &StreamFormat, pixels: PixelFormat, bytes: &[u8]) -> Result<Frame, ConvertError> {
    let (width, height) = (format.width, format.height);
    check_size(width, height)?;
    let count = width as usize * height as usize;
    let whole = |needed: usize| {
        bytes.get(..needed).ok_or(ConvertError::Frame(FrameError::TooShort { got: bytes.len(), needed }))
    };
    let rgb = pixels == PixelFormat::Rgb8;
    let made = match format.encoding {
        Encoding::Luma8 => {
            return Ok(Frame::new(PixelFormat::Luma8, width, height, whole(count)?.to_vec())?.converted(pixels));
        }
        Encoding::Rgb8 => {
            return Ok(Frame::new(PixelFormat::Rgb8, width, height, whole(count * 3)?.to_vec())?.converted(pixels));
        }
        Encoding::Bgr8 => {
            let turned = whole(count * 3)?.chunks_exact(3).flat_map(|pixel| pixel.iter().rev().copied()).collect();
            return Ok(Frame::new(PixelFormat::Rgb8, width, height, turned)?.converted(pixels));
        }
        Encoding::Mjpeg => return from_jpeg(bytes, pixels),
        // An odd width has half a pair at the end of a row, which no driver sends: the rows are those of whole pairs.
        Encoding::Yuyv if rgb => whole(count * 2)?.chunks_exact(4).flat_map(pair_to_rgb).collect(),
        Encoding::Yuyv => whole(count * 2)?.iter().step_by(2).copied().collect(),
        Encoding::Nv12 if rgb => nv12_to_rgb(whole(count + count / 2)?, width as usize, height as usize),
        Encoding::Nv12 => whole(count)?.to_vec(),
    };
    Ok(Frame::new(pixels, width, height, made)?)
}

#[cfg(feature = "camera")]
fn from_jpeg(bytes: &[u8], pixels: PixelFormat) -> Result<Frame, ConvertError> {
    Ok(super::picture::decode_jpeg(bytes, Some(pixels))?)
}

#[cfg(not(feature = "camera"))]
fn from_jpeg(_bytes: &[u8], _pixels: PixelFormat) -> Result<Frame, ConvertError> {
    Err(ConvertError::NoJpeg)
}

fn pair_to_rgb(pair: &[u8]) -> [u8; 6] {
    let &[first, blue, second, red] = pair else { return [0; 6] };
    let ([a, b, c], [d, e, f]) = (to_rgb(first, blue, red), to_rgb(second, blue, red));
    [a, b, c, d, e, f]
}

fn nv12_to_rgb(bytes: &[u8], width: usize, height: usize) -> Vec<u8> {
    let (brightness, colour) = bytes.split_at(width * height);
    let mut made = Vec::with_capacity(width * height * 3);
    for (y, row) in brightness.chunks_exact(width).enumerate() {
        for (x, luma) in row.iter().enumerate() {
            let at = y / 2 * width + (x & !1);
            let blue = colour.get(at).copied().unwrap_or(128);
            let red = colour.get(at + 1).copied().unwrap_or(128);
            made.extend(to_rgb(*luma, blue, red));
        }
    }
    made
}

/// ITU-R BT.601 with brightness from 16 to 235, in 256ths; what webcams send.
fn to_rgb(luma: u8, blue: u8, red: u8) -> [u8; 3] {
    let luma = 298 * (i32::from(luma) - 16);
    let (blue, red) = (i32::from(blue) - 128, i32::from(red) - 128);
    let parts = [luma + 409 * red, luma - 100 * blue - 208 * red, luma + 516 * blue];
    parts.map(|part| ((part + 128) >> 8).clamp(0, 255) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert(encoding: Encoding, pixels: PixelFormat, bytes: &[u8]) -> Result<Vec<u8>, ConvertError> {
        let format = StreamFormat { width: 2, height: 2, frames_per_second: 30, encoding };
        frame_from_wire(&format, pixels, bytes).map(|frame| frame.pixels().to_vec())
    }

    #[test]
    fn brightness_is_taken_as_it_is() {
        let luma = PixelFormat::Luma8;
        assert_eq!(convert(Encoding::Luma8, luma, &[1, 2, 3, 4, 99]).unwrap(), [1, 2, 3, 4]);
        assert_eq!(convert(Encoding::Yuyv, luma, &[1, 9, 2, 9, 3, 9, 4, 9]).unwrap(), [1, 2, 3, 4]);
        assert_eq!(convert(Encoding::Nv12, luma, &[1, 2, 3, 4, 9, 9]).unwrap(), [1, 2, 3, 4]);
    }

    #[test]
    fn colours_of_the_test_bars() {
        // White, red, blue and black of the 100 % bars of BT.601, each in all four pixels.
        for (luma, blue, red, colour) in [
            (235, 128, 128, [255, 255, 255]),
            (81, 90, 240, [255, 0, 0]),
            (41, 240, 110, [0, 0, 255]),
            (16, 128, 128, [0, 0, 0]),
        ] {
            let near = |got: Vec<u8>| {
                assert_eq!(got.len(), 12);
                for (at, value) in got.iter().enumerate() {
                    assert!(value.abs_diff(colour[at % 3]) <= 2, "{colour:?}: {got:?}");
                }
            };
            near(convert(Encoding::Yuyv, PixelFormat::Rgb8, &[luma, blue, luma, red, luma, blue, luma, red]).unwrap());
            near(convert(Encoding::Nv12, PixelFormat::Rgb8, &[luma, luma, luma, luma, blue, red]).unwrap());
        }
        let bgr = convert(Encoding::Bgr8, PixelFormat::Rgb8, &[3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10]).unwrap();
        assert_eq!(bgr, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    }

    #[test]
    fn half_a_picture_is_none() {
        for encoding in
            [Encoding::Luma8, Encoding::Yuyv, Encoding::Nv12, Encoding::Rgb8, Encoding::Bgr8, Encoding::Mjpeg]
        {
            for pixels in [PixelFormat::Luma8, PixelFormat::Rgb8] {
                assert!(convert(encoding, pixels, &[0xFF, 0xD8, 0xFF]).is_err(), "{encoding:?}");
            }
        }
    }
}
