// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a camera can send, and which of it is asked for.

use std::fmt;

use super::frame::PixelFormat;

/// How a camera packs its pictures on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Encoding {
    /// Brightness only, one byte a pixel.
    Luma8,
    /// Brightness and colour in turns, two bytes a pixel (V4L2 `YUYV`).
    Yuyv,
    /// All brightness, then colour for every four pixels (V4L2 `NV12`).
    Nv12,
    /// Red, green, blue.
    Rgb8,
    /// Blue, green, red.
    Bgr8,
    /// Each picture a JPEG: less on the wire, more to compute. Needs the feature `camera`.
    Mjpeg,
}

impl Encoding {
    /// The four letters of V4L2.
    #[must_use]
    pub fn fourcc(self) -> &'static str {
        match self {
            Self::Luma8 => "GREY",
            Self::Yuyv => "YUYV",
            Self::Nv12 => "NV12",
            Self::Rgb8 => "RGB3",
            Self::Bgr8 => "BGR3",
            Self::Mjpeg => "MJPG",
        }
    }

    /// How much work it is to get at the pixels, least first.
    fn effort(self) -> u8 {
        match self {
            Self::Luma8 => 0,
            Self::Nv12 => 1,
            Self::Yuyv => 2,
            Self::Rgb8 | Self::Bgr8 => 3,
            Self::Mjpeg => 4,
        }
    }
}

/// One way in which a camera can send pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StreamFormat {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Pictures a second; 0 when the source decides.
    pub frames_per_second: u32,
    /// How they are packed.
    pub encoding: Encoding,
}

impl StreamFormat {
    fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

impl fmt::Display for StreamFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { width, height, frames_per_second, encoding } = self;
        write!(formatter, "{width}x{height} at {frames_per_second} a second, {}", encoding.fourcc())
    }
}

/// What is wanted of a camera. It is a wish: [`FormatRequest::choose`] takes what comes nearest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormatRequest {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Pictures a second, at least.
    pub frames_per_second: u32,
    /// How the frames are wanted.
    pub pixels: PixelFormat,
}

impl Default for FormatRequest {
    /// 1280x720, 15 a second, brightness only: enough for a QR code of the size of a thumb at arm's length.
    fn default() -> Self {
        Self { width: 1280, height: 720, frames_per_second: 15, pixels: PixelFormat::Luma8 }
    }
}

impl FormatRequest {
    /// The format of `formats` that comes nearest: first the resolution, then enough pictures a second, then the least
    /// work. `None` when there are none.
    #[must_use]
    pub fn choose(&self, formats: &[StreamFormat]) -> Option<StreamFormat> {
        let wanted = u64::from(self.width) * u64::from(self.height);
        let rank = |format: &&StreamFormat| {
            let far = format.pixels().abs_diff(wanted);
            let other_shape = format.width.abs_diff(self.width) + format.height.abs_diff(self.height);
            // The source decides: as good as enough.
            let slow = format.frames_per_second != 0 && format.frames_per_second < self.frames_per_second;
            let rate = format.frames_per_second.abs_diff(self.frames_per_second);
            (far, other_shape, slow, format.encoding.effort(), rate)
        };
        formats.iter().min_by_key(rank).copied()
    }
}

/// The best format for a single picture: the most pixels, then the one that loses the least. How many a second does not
/// matter.
#[must_use]
pub fn best_still(formats: &[StreamFormat]) -> Option<StreamFormat> {
    let has_colour = |format: &StreamFormat| format.encoding != Encoding::Luma8;
    let lossless = |format: &StreamFormat| format.encoding != Encoding::Mjpeg;
    let rank = |format: &&StreamFormat| {
        (format.pixels(), has_colour(format), lossless(format), std::cmp::Reverse(format.encoding.effort()))
    };
    formats.iter().max_by_key(rank).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(width: u32, height: u32, frames_per_second: u32, encoding: Encoding) -> StreamFormat {
        StreamFormat { width, height, frames_per_second, encoding }
    }

    /// What a usual webcam offers.
    fn webcam() -> Vec<StreamFormat> {
        vec![
            format(640, 480, 30, Encoding::Yuyv),
            format(1280, 720, 10, Encoding::Yuyv),
            format(1280, 720, 30, Encoding::Mjpeg),
            format(1920, 1080, 5, Encoding::Yuyv),
            format(1920, 1080, 30, Encoding::Mjpeg),
            format(2592, 1944, 2, Encoding::Mjpeg),
        ]
    }

    #[test]
    fn enough_pictures_a_second_come_before_less_work() {
        let chosen = FormatRequest::default().choose(&webcam()).unwrap();
        assert_eq!(chosen, format(1280, 720, 30, Encoding::Mjpeg));
        let slow = FormatRequest { frames_per_second: 5, ..FormatRequest::default() }.choose(&webcam()).unwrap();
        assert_eq!(slow, format(1280, 720, 10, Encoding::Yuyv));
        let odd = FormatRequest { width: 700, height: 500, ..FormatRequest::default() }.choose(&webcam()).unwrap();
        assert_eq!((odd.width, odd.height), (640, 480));
        assert_eq!(FormatRequest::default().choose(&[]), None);
    }

    #[test]
    fn a_document_is_taken_with_the_most_pixels() {
        assert_eq!(best_still(&webcam()), Some(format(2592, 1944, 2, Encoding::Mjpeg)));
        let same = [format(640, 480, 30, Encoding::Mjpeg), format(640, 480, 30, Encoding::Yuyv)];
        assert_eq!(best_still(&same), Some(same[1]));
        assert_eq!(best_still(&[]), None);
    }
}
