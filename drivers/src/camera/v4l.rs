// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cameras of the system, by nokhwa over V4L2.
//!
//! What is known of nokhwa 0.10.11 and its V4L2 part 0.1.4, from their sources:
//!
//! - a frame is waited for without a limit, so the thread of a camera that falls silent hangs until the camera is pulled
//!   out; the driver stays usable, and says that the stream is stalled;
//! - it opens cameras by number only, and within one process a camera has one stream;
//! - it knows brightness only by a name that V4L2 does not use (`GRAY` for `GREY`), so such cameras offer nothing here;
//! - frame rates that are no whole number are left out;
//! - it panics in places, on dropping too: the thread of the camera catches that.
//!
//! No camera was at hand when this was written. What is tested is the way to it (no camera, wrong file) and all that is
//! done with its bytes (`frame_from_wire`).

use std::path::{Path, PathBuf};

use nokhwa::Camera as Nokhwa;
use nokhwa::NokhwaError;
use nokhwa::utils::{
    ApiBackend, CameraFormat, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType, Resolution,
};

use super::CameraError;
use super::convert::frame_from_wire;
use super::format::{Encoding, StreamFormat};
use super::frame::{Frame, PixelFormat};
use super::list::{CameraPaths, camera_number, probe};
use super::source::{FrameSource, Pause};
use crate::device::{DeviceError, Identity};
use crate::transport::PipeError;

/// A camera of the system.
pub struct V4lSource {
    path: PathBuf,
    camera: Nokhwa,
    stream: Option<(StreamFormat, PixelFormat)>,
}

impl std::fmt::Debug for V4lSource {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("V4lSource")
            .field("path", &self.path)
            .field("stream", &self.stream)
            .finish_non_exhaustive()
    }
}

impl V4lSource {
    /// Opens the camera at `path`, such as a link below `/dev/v4l/by-id`. Nothing is switched on yet.
    ///
    /// # Errors
    /// Absent, no right, in use, or no camera.
    pub fn open(path: &Path) -> Result<Self, DeviceError> {
        probe(path, &CameraPaths::default().proc)?;
        let number = camera_number(path).ok_or_else(|| {
            PipeError::Absent(std::io::Error::other("it is no camera: its name is not video and a number"))
        })?;
        let any = RequestedFormat::with_formats(RequestedFormatType::None, FORMATS);
        let camera = Nokhwa::with_backend(CameraIndex::Index(number), any, ApiBackend::Video4Linux);
        let camera = camera.map_err(|error| failure(path, error))?;
        Ok(Self { path: path.to_owned(), camera, stream: None })
    }
}

/// What can be read here, of what nokhwa knows.
const FORMATS: &[FrameFormat] = &[
    FrameFormat::GRAY,
    FrameFormat::YUYV,
    FrameFormat::NV12,
    FrameFormat::RAWRGB,
    FrameFormat::RAWBGR,
    FrameFormat::MJPEG,
];

fn encoding(format: FrameFormat) -> Encoding {
    match format {
        FrameFormat::MJPEG => Encoding::Mjpeg,
        FrameFormat::YUYV => Encoding::Yuyv,
        FrameFormat::NV12 => Encoding::Nv12,
        FrameFormat::GRAY => Encoding::Luma8,
        FrameFormat::RAWRGB => Encoding::Rgb8,
        FrameFormat::RAWBGR => Encoding::Bgr8,
    }
}

fn frame_format(encoding: Encoding) -> FrameFormat {
    match encoding {
        Encoding::Mjpeg => FrameFormat::MJPEG,
        Encoding::Yuyv => FrameFormat::YUYV,
        Encoding::Nv12 => FrameFormat::NV12,
        Encoding::Luma8 => FrameFormat::GRAY,
        Encoding::Rgb8 => FrameFormat::RAWRGB,
        Encoding::Bgr8 => FrameFormat::RAWBGR,
    }
}

fn ours(format: CameraFormat) -> StreamFormat {
    StreamFormat {
        width: format.width(),
        height: format.height(),
        frames_per_second: format.frame_rate(),
        encoding: encoding(format.format()),
    }
}

/// nokhwa gives words only, so the system is asked again what became of the camera.
fn failure(path: &Path, error: NokhwaError) -> DeviceError {
    match probe(path, &CameraPaths::default().proc) {
        Err(PipeError::Absent(_)) => super::gone(),
        Err(reason) => DeviceError::Pipe(reason),
        Ok(()) => DeviceError::Service { service: "the camera", source: Box::new(error) },
    }
}

impl FrameSource for V4lSource {
    fn formats(&mut self) -> Result<Vec<StreamFormat>, DeviceError> {
        let formats = self.camera.compatible_camera_formats().map_err(|error| failure(&self.path, error))?;
        let mut formats: Vec<StreamFormat> = formats.into_iter().map(ours).collect();
        formats.dedup();
        Ok(formats)
    }

    fn identity(&self) -> Identity {
        Identity { model: Some(self.camera.info().human_name()), ..Identity::default() }
    }

    fn start(&mut self, format: StreamFormat, pixels: PixelFormat) -> Result<StreamFormat, DeviceError> {
        let resolution = Resolution::new(format.width, format.height);
        let wanted = CameraFormat::new(resolution, frame_format(format.encoding), format.frames_per_second);
        let request = RequestedFormat::with_formats(RequestedFormatType::Exact(wanted), FORMATS);
        if self.camera.set_camera_requset(request).is_err() {
            self.check()?;
            return Err(DeviceError::refused(CameraError::FormatRefused(format)));
        }
        // Without this, asking for a frame hangs (nokhwa issue 90).
        self.camera.open_stream().map_err(|error| failure(&self.path, error))?;
        let real = ours(self.camera.camera_format());
        self.stream = Some((real, pixels));
        Ok(real)
    }

    fn stop(&mut self) {
        if self.stream.take().is_some() {
            // Whether it could be ended or not, nobody looks at it any more; a camera that is gone is noticed by `check`.
            let _ = self.camera.stop_stream();
        }
    }

    fn frame(&mut self, _pause: &Pause<'_>) -> Result<Option<Frame>, DeviceError> {
        let Some((format, pixels)) = self.stream else { return Err(super::gone()) };
        let bytes = self.camera.frame_raw().map_err(|error| failure(&self.path, error))?;
        frame_from_wire(&format, pixels, &bytes).map(Some).map_err(DeviceError::protocol)
    }

    fn check(&mut self) -> Result<(), DeviceError> {
        if self.path.exists() { Ok(()) } else { Err(super::gone()) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::{CameraSettings, StreamCamera};
    use super::*;
    use crate::device::CommandLimit;

    fn open(path: &str) -> DeviceError {
        let limit = CommandLimit::after(Duration::from_secs(5));
        StreamCamera::v4l(Path::new(path), CameraSettings::default(), &limit).unwrap_err()
    }

    #[test]
    fn what_is_no_camera_is_a_typed_error() {
        assert!(matches!(open("/dev/no-camera-here"), DeviceError::Pipe(PipeError::Absent(_))));
        assert!(matches!(open("/etc/hostname"), DeviceError::Pipe(PipeError::Absent(_))));
        // A device, but no camera.
        assert!(matches!(open("/dev/full"), DeviceError::Pipe(PipeError::Absent(_))));
    }

    #[test]
    fn every_encoding_has_its_counterpart() {
        for format in FORMATS {
            assert_eq!(frame_format(encoding(*format)), *format);
        }
    }
}
