// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pictures in files: PNG, PGM and PPM, and JPEG with the feature `camera`.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use png::{BitDepth, ColorType, Decoder, Encoder, Limits, Transformations};
use thiserror::Error;

use super::frame::{Frame, FrameError, MAX_PIXELS, PixelFormat, check_size};

/// Largest picture file, in bytes.
pub const MAX_PICTURE_BYTES: usize = 64 << 20;

/// Why a file is no picture.
#[derive(Debug, Error)]
pub enum PictureError {
    /// The file cannot be read.
    #[error("the picture file cannot be read")]
    Read(#[source] io::Error),
    /// Larger than [`MAX_PICTURE_BYTES`].
    #[error("the picture file is too large")]
    TooLarge,
    /// Neither PNG nor PGM nor PPM, and not JPEG where that is read.
    #[error("this kind of picture is not read here")]
    Unknown,
    /// A PNG that is damaged.
    #[error("the PNG picture is damaged")]
    Png(#[from] png::DecodingError),
    /// A PGM or PPM that is damaged, or has more than 8 bits a colour.
    #[error("the head of the PGM or PPM picture is not as it should be")]
    Netpbm,
    /// A JPEG that is damaged.
    #[error("the JPEG picture is damaged")]
    Jpeg(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Too large or too short.
    #[error("the picture has a size that is not possible")]
    Frame(#[from] FrameError),
}

/// Reads a picture file.
///
/// # Errors
/// The file cannot be read, is too large, or is no picture.
pub fn read_picture(path: &Path) -> Result<Frame, PictureError> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(PictureError::Read)?;
    file.take(MAX_PICTURE_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(PictureError::Read)?;
    decode_picture(&bytes)
}

/// Decodes the bytes of a picture file, whose kind its first bytes tell. Grey stays [`PixelFormat::Luma8`], colour becomes
/// [`PixelFormat::Rgb8`]; what is transparent becomes white.
///
/// # Errors
/// It is no picture, or too large.
pub fn decode_picture(bytes: &[u8]) -> Result<Frame, PictureError> {
    if bytes.len() > MAX_PICTURE_BYTES {
        return Err(PictureError::TooLarge);
    }
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => decode_png(bytes),
        [b'P', b'5' | b'6', ..] => decode_netpbm(bytes),
        #[cfg(feature = "camera")]
        [0xFF, 0xD8, 0xFF, ..] => decode_jpeg(bytes, None),
        _ => Err(PictureError::Unknown),
    }
}

fn decode_png(bytes: &[u8]) -> Result<Frame, PictureError> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: 4 * MAX_PIXELS });
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let mut reader = decoder.read_info()?;
    let (width, height) = (reader.info().width, reader.info().height);
    check_size(width, height)?;
    let size = reader.output_buffer_size().ok_or(FrameError::Size { width, height })?;
    let mut pixels = vec![0; size];
    let info = reader.next_frame(&mut pixels)?;
    pixels.truncate(info.buffer_size());
    let on_white = |value: u8, alpha: u8| {
        let (value, alpha) = (u32::from(value), u32::from(alpha));
        ((value * alpha + 255 * (255 - alpha)) / 255) as u8
    };
    let (format, pixels) = match info.color_type {
        ColorType::Rgb => (PixelFormat::Rgb8, pixels),
        ColorType::Rgba => {
            let over = |pixel: &[u8]| match *pixel {
                [red, green, blue, alpha] => [red, green, blue].map(|value| on_white(value, alpha)),
                _ => [0; 3],
            };
            (PixelFormat::Rgb8, pixels.chunks_exact(4).flat_map(over).collect())
        }
        ColorType::GrayscaleAlpha => {
            let over = |pixel: &[u8]| if let [value, alpha] = *pixel { on_white(value, alpha) } else { 0 };
            (PixelFormat::Luma8, pixels.chunks_exact(2).map(over).collect())
        }
        ColorType::Grayscale | ColorType::Indexed => (PixelFormat::Luma8, pixels),
    };
    Ok(Frame::new(format, info.width, info.height, pixels)?)
}

/// Binary PGM (`P5`) and PPM (`P6`): kind, width, height and largest value in decimal, with white space and comments
/// between, then one white space and the pixels.
fn decode_netpbm(bytes: &[u8]) -> Result<Frame, PictureError> {
    let format = if bytes.get(1) == Some(&b'6') { PixelFormat::Rgb8 } else { PixelFormat::Luma8 };
    let mut rest = bytes.get(2..).unwrap_or_default();
    let mut number = || -> Option<u32> {
        loop {
            rest = rest.trim_ascii_start();
            let Some(comment) = rest.strip_prefix(b"#") else { break };
            let end = comment.iter().position(|byte| *byte == b'\n')?;
            rest = comment.get(end..)?;
        }
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).take(9).count();
        let (value, after) = rest.split_at_checked(digits)?;
        rest = after;
        std::str::from_utf8(value).ok()?.parse().ok()
    };
    let head = (number(), number(), number());
    let (Some(width), Some(height), Some(largest @ 1..=255)) = head else { return Err(PictureError::Netpbm) };
    check_size(width, height)?;
    let pixels = rest.split_first().filter(|(space, _)| space.is_ascii_whitespace()).map(|(_, pixels)| pixels);
    let pixels = pixels.ok_or(PictureError::Netpbm)?;
    let needed = width as usize * height as usize * format.bytes();
    let scale = |value: &u8| (u32::from(*value).min(largest) * 255 / largest) as u8;
    Ok(Frame::new(format, width, height, pixels.iter().take(needed).map(scale).collect())?)
}

/// Decodes a JPEG, as brightness or as colours, or as whichever it is.
#[cfg(feature = "camera")]
pub(super) fn decode_jpeg(bytes: &[u8], format: Option<PixelFormat>) -> Result<Frame, PictureError> {
    use zune_jpeg::JpegDecoder;
    use zune_jpeg::zune_core::bytestream::ZCursor;
    use zune_jpeg::zune_core::colorspace::ColorSpace;
    use zune_jpeg::zune_core::options::DecoderOptions;

    let damaged = |error: zune_jpeg::errors::DecodeErrors| PictureError::Jpeg(Box::new(error));
    let limit = super::frame::MAX_SIDE as usize;
    let options = DecoderOptions::default().set_max_width(limit).set_max_height(limit);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(damaged)?;
    let (width, height) = decoder.dimensions().ok_or(PictureError::Unknown)?;
    let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    check_size(side(width), side(height))?;
    let is_grey = decoder.input_colorspace() == Some(ColorSpace::Luma);
    let format = format.unwrap_or(if is_grey { PixelFormat::Luma8 } else { PixelFormat::Rgb8 });
    let space = if format == PixelFormat::Luma8 { ColorSpace::Luma } else { ColorSpace::RGB };
    decoder.set_options(options.jpeg_set_out_colorspace(space));
    let pixels = decoder.decode().map_err(damaged)?;
    Ok(Frame::new(format, side(width), side(height), pixels)?)
}

/// The picture as a PNG file, for technicians and tests.
///
/// # Errors
/// There is no memory for it.
pub fn encode_png(frame: &Frame) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, frame.width(), frame.height());
    encoder.set_depth(BitDepth::Eight);
    encoder.set_color(match frame.format() {
        PixelFormat::Luma8 => ColorType::Grayscale,
        PixelFormat::Rgb8 => ColorType::Rgb,
    });
    let mut writer = encoder.write_header().map_err(io::Error::other)?;
    let tight = frame.converted(frame.format());
    writer.write_image_data(tight.pixels()).map_err(io::Error::other)?;
    writer.finish().map_err(io::Error::other)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(format: PixelFormat) -> Frame {
        let pixels = (0..7 * 5 * format.bytes()).map(|at| (at * 37 % 256) as u8).collect();
        Frame::new(format, 7, 5, pixels).unwrap()
    }

    #[test]
    fn png_comes_back_as_it_went() {
        for format in [PixelFormat::Luma8, PixelFormat::Rgb8] {
            let frame = sample(format);
            let back = decode_picture(&encode_png(&frame).unwrap()).unwrap();
            assert_eq!((back.format(), back.pixels()), (format, frame.pixels()));
        }
    }

    #[test]
    fn transparent_is_white() {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, 2, 1);
        encoder.set_color(ColorType::Rgba);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&[0, 0, 0, 0, 10, 20, 30, 255]).unwrap();
        writer.finish().unwrap();
        assert_eq!(decode_picture(&bytes).unwrap().pixels(), [255, 255, 255, 10, 20, 30]);
    }

    #[test]
    fn netpbm_with_comments_and_another_largest_value() {
        let grey = decode_picture(b"P5 # made by hand\n2 1\n#\n15\n\x00\x0F").unwrap();
        assert_eq!((grey.format(), grey.pixels()), (PixelFormat::Luma8, &[0, 255][..]));
        let colour = decode_picture(b"P6\n1 1\n255\nabcd").unwrap();
        assert_eq!((colour.format(), colour.pixels()), (PixelFormat::Rgb8, &b"abc"[..]));
        for bad in [
            &b"P5"[..],
            b"P5 1 1 255",
            b"P5 1 1 0\n\x00",
            b"P5 1 1 65535\n\x00\x00",
            b"P5 0 1 255\nx",
            b"P5 9999999999 1 255\nx",
        ] {
            assert!(decode_picture(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_bomb_is_refused_before_memory_is_taken() {
        assert!(matches!(
            decode_picture(b"P5 8192 8192 255\nx"),
            Err(PictureError::Frame(FrameError::TooShort { .. }))
        ));
        assert!(matches!(decode_picture(b"P5 9000 2 255\nx"), Err(PictureError::Frame(FrameError::Size { .. }))));
        let mut huge = encode_png(&sample(PixelFormat::Luma8)).unwrap();
        // Width in the IHDR chunk; its checksum is wrong then, or the size is.
        huge[16..20].copy_from_slice(&[0x7F, 0, 0, 0]);
        assert!(decode_picture(&huge).is_err());
    }

    #[cfg(feature = "camera")]
    #[test]
    fn jpeg_of_a_file_and_of_a_camera() {
        use super::super::{Encoding, StreamFormat, frame_from_wire};

        // 16x8, one colour: red 200, green and blue 40.
        let jpeg = include_bytes!("../../tests/data/pictures/red.jpg");
        let near = |frame: &Frame, colour: &[u8]| {
            let all = frame.pixels().iter().zip(colour.iter().cycle());
            assert!(all.clone().all(|(got, wanted)| got.abs_diff(*wanted) <= 6), "{:?}", frame.pixels());
        };
        let file = decode_picture(jpeg).unwrap();
        assert_eq!((file.width(), file.height(), file.format()), (16, 8, PixelFormat::Rgb8));
        near(&file, &[200, 40, 40]);
        // A camera hands over its whole buffer, of which the picture is the beginning.
        let wire = [&jpeg[..], &[0; 100]].concat();
        let format = StreamFormat { width: 16, height: 8, frames_per_second: 30, encoding: Encoding::Mjpeg };
        near(&frame_from_wire(&format, PixelFormat::Rgb8, &wire).unwrap(), &[200, 40, 40]);
        near(&frame_from_wire(&format, PixelFormat::Luma8, &wire).unwrap(), &[88]);
        assert!(matches!(decode_picture(&jpeg[..20]), Err(PictureError::Jpeg(_))));
    }
}
