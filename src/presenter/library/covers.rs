// SPDX-License-Identifier: GPL-3.0-only
//! Pictures of covers: one PNG for each copy, named after its bar code, in a folder of the settings.

use std::collections::VecDeque;
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use slint::{Image, Rgba8Pixel, SharedPixelBuffer};

use crate::domain::library::ItemId;

/// Pictures kept: two pages of the shelf and the one before.
const MOST_KEPT: usize = 18;
/// Largest side of a picture, in pixels; what is larger is no cover but a mistake.
const LARGEST_SIDE: u32 = 1_024;

/// The covers of a folder, those shown last kept in memory.
#[derive(Default)]
pub struct Covers {
    folder: Option<PathBuf>,
    kept: VecDeque<(ItemId, Image)>,
}

impl std::fmt::Debug for Covers {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Covers({} kept)", self.kept.len())
    }
}

impl Covers {
    /// The covers in `folder`; without one there are none.
    #[must_use]
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, kept: VecDeque::new() }
    }

    /// The cover of a copy; an empty picture where there is none, and the title stands for it.
    pub(super) fn of(&mut self, item: &ItemId) -> Image {
        if let Some((_, image)) = self.kept.iter().find(|(known, _)| known == item) {
            return image.clone();
        }
        let image = self.read(item).unwrap_or_default();
        if self.kept.len() >= MOST_KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back((item.clone(), image.clone()));
        image
    }

    fn read(&self, item: &ItemId) -> Option<Image> {
        // A bar code that could lead out of the folder names no picture.
        let plain = item.0.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let path = self.folder.as_ref().filter(|_| plain)?.join(format!("{}.png", item.0));
        let mut decoder = png::Decoder::new(BufReader::new(File::open(path).ok()?));
        decoder.set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::ALPHA);
        let mut reader = decoder.read_info().ok()?;
        let (width, height) = (reader.info().width, reader.info().height);
        if width > LARGEST_SIDE || height > LARGEST_SIDE {
            return None;
        }
        let mut pixels = vec![0; reader.output_buffer_size()?];
        let frame = reader.next_frame(&mut pixels).ok()?;
        let rgba: Vec<u8> = match frame.color_type {
            png::ColorType::Rgba => pixels,
            png::ColorType::GrayscaleAlpha => {
                pixels.chunks_exact(2).flat_map(|pair| [pair[0], pair[0], pair[0], pair[1]]).collect()
            }
            _ => return None,
        };
        let bytes = rgba.get(..usize::try_from(width).ok()? * usize::try_from(height).ok()? * 4)?;
        Some(Image::from_rgba8(SharedPixelBuffer::<Rgba8Pixel>::clone_from_slice(bytes, width, height)))
    }
}
