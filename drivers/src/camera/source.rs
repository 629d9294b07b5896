// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where frames come from, as the thread of a camera sees it, and the sources that need no camera.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::CameraError;
use super::format::{Encoding, StreamFormat};
use super::frame::{Frame, PixelFormat};
use super::picture::{PictureError, read_picture};
use super::slot::Slot;
use crate::device::{DeviceError, Identity};
use crate::transport::PipeError;

/// Most pictures of a folder that are looked at; one with more is a mistake.
const MOST_PICTURES: usize = 10_000;

/// A source of frames. It is made, used and dropped on the thread of its camera, so it may block; but the longer it does,
/// the later a command gets its turn.
pub trait FrameSource {
    /// What it can send.
    ///
    /// # Errors
    /// The source is lost.
    fn formats(&mut self) -> Result<Vec<StreamFormat>, DeviceError>;

    /// Who it says that it is.
    fn identity(&self) -> Identity {
        Identity::default()
    }

    /// Begins to send in `format`, one of [`FrameSource::formats`]; frames are handed on in `pixels`. Returns what it
    /// really sends.
    ///
    /// # Errors
    /// [`DeviceError::is_lost`], or the format is refused.
    fn start(&mut self, format: StreamFormat, pixels: PixelFormat) -> Result<StreamFormat, DeviceError>;

    /// Sends no more.
    fn stop(&mut self);

    /// The next frame; `None` when there is none yet. Waits by itself, or with `pause`.
    ///
    /// # Errors
    /// [`DeviceError::is_lost`]; anything else is a damaged frame, and the next one is asked for.
    fn frame(&mut self, pause: &Pause<'_>) -> Result<Option<Frame>, DeviceError>;

    /// Looks whether the source is still there, while no stream is open.
    ///
    /// # Errors
    /// It is not.
    fn check(&mut self) -> Result<(), DeviceError> {
        Ok(())
    }
}

/// Lets a source wait for its next picture, yet hear at once that something else is wanted.
#[derive(Debug)]
pub struct Pause<'a> {
    pub(super) slot: &'a Slot,
    pub(super) wish: u64,
}

impl Pause<'_> {
    /// Waits `limit`, or less when something else is wanted.
    pub fn wait(&self, limit: Duration) {
        self.slot.sleep(self.wish, limit);
    }
}

/// What a file that is not there, or is no picture, means for a camera.
fn from_picture(error: PictureError) -> DeviceError {
    match error {
        PictureError::Read(error) => DeviceError::Pipe(PipeError::from_open(error)),
        other => DeviceError::protocol(other),
    }
}

/// The time between two pictures.
fn interval(frames_per_second: u32) -> Duration {
    Duration::from_secs(1) / frames_per_second.clamp(1, 240)
}

/// One picture file, again and again. For tests, and for a terminal without a camera.
#[derive(Debug)]
pub struct StillSource {
    frame: Frame,
    frames_per_second: u32,
    pixels: PixelFormat,
}

impl StillSource {
    /// Reads the picture.
    ///
    /// # Errors
    /// The file is not there or may not be read; [`DeviceError::Protocol`]: it is no picture.
    pub fn open(path: &Path, frames_per_second: u32) -> Result<Self, DeviceError> {
        let frame = read_picture(path).map_err(from_picture)?;
        Ok(Self { frame, frames_per_second, pixels: PixelFormat::Luma8 })
    }
}

impl FrameSource for StillSource {
    fn formats(&mut self) -> Result<Vec<StreamFormat>, DeviceError> {
        Ok(vec![format_of(&self.frame, self.frames_per_second)])
    }

    fn identity(&self) -> Identity {
        Identity { model: Some("picture file".to_owned()), ..Identity::default() }
    }

    fn start(&mut self, format: StreamFormat, pixels: PixelFormat) -> Result<StreamFormat, DeviceError> {
        self.pixels = pixels;
        Ok(format)
    }

    fn stop(&mut self) {}

    fn frame(&mut self, pause: &Pause<'_>) -> Result<Option<Frame>, DeviceError> {
        pause.wait(interval(self.frames_per_second));
        Ok(Some(self.frame.converted(self.pixels)))
    }
}

fn format_of(frame: &Frame, frames_per_second: u32) -> StreamFormat {
    let encoding = if frame.format() == PixelFormat::Rgb8 { Encoding::Rgb8 } else { Encoding::Luma8 };
    StreamFormat { width: frame.width(), height: frame.height(), frames_per_second, encoding }
}

/// The pictures of a folder, in the order of their names, again and again. They may have different sizes; the format says
/// that of the first.
#[derive(Debug)]
pub struct FolderSource {
    folder: PathBuf,
    files: Vec<PathBuf>,
    format: StreamFormat,
    pixels: PixelFormat,
    next: usize,
}

impl FolderSource {
    /// Looks what is there; only the first picture is read.
    ///
    /// # Errors
    /// The folder is not there or may not be read; [`DeviceError::Refused`] with [`CameraError::NoFormat`]: it holds no
    /// picture.
    pub fn open(folder: &Path, frames_per_second: u32) -> Result<Self, DeviceError> {
        let entries = std::fs::read_dir(folder).map_err(|error| DeviceError::Pipe(PipeError::from_open(error)))?;
        let is_picture = |path: &PathBuf| {
            let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
            ending.is_some_and(|ending| ["png", "pgm", "ppm", "jpg", "jpeg"].iter().any(|known| ending == *known))
        };
        let paths = entries.take(MOST_PICTURES).filter_map(|entry| Some(entry.ok()?.path()));
        let mut files: Vec<PathBuf> = paths.filter(is_picture).collect();
        files.sort();
        let first = files.iter().find_map(|file| read_picture(file).ok());
        let format = first.map(|frame| format_of(&frame, frames_per_second));
        let format = format.ok_or_else(|| DeviceError::refused(CameraError::NoFormat))?;
        Ok(Self { folder: folder.to_owned(), files, format, pixels: PixelFormat::Luma8, next: 0 })
    }
}

impl FrameSource for FolderSource {
    fn formats(&mut self) -> Result<Vec<StreamFormat>, DeviceError> {
        Ok(vec![self.format])
    }

    fn identity(&self) -> Identity {
        Identity { model: Some(format!("folder of {} pictures", self.files.len())), ..Identity::default() }
    }

    fn start(&mut self, format: StreamFormat, pixels: PixelFormat) -> Result<StreamFormat, DeviceError> {
        self.pixels = pixels;
        self.next = 0;
        Ok(format)
    }

    fn stop(&mut self) {}

    fn frame(&mut self, pause: &Pause<'_>) -> Result<Option<Frame>, DeviceError> {
        pause.wait(interval(self.format.frames_per_second));
        let file = self.files.get(self.next % self.files.len().max(1)).ok_or_else(super::gone)?;
        self.next += 1;
        match read_picture(file) {
            Ok(frame) => Ok(Some(frame.converted(self.pixels))),
            // The folder itself is the camera: a single file may go, the folder may not.
            Err(_) if !self.folder.is_dir() => Err(super::gone()),
            Err(PictureError::Read(_)) => Ok(None),
            Err(error) => Err(DeviceError::protocol(error)),
        }
    }

    fn check(&mut self) -> Result<(), DeviceError> {
        if self.folder.is_dir() { Ok(()) } else { Err(super::gone()) }
    }
}
