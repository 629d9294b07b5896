// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cameras: a stream of which only the latest frame counts, and single pictures of documents.
//!
//! | source of pictures | what | needs |
//! |---|---|---|
//! | `V4lSource` | a camera of the system (`/dev/video0`, or better its link below `/dev/v4l/by-id`), by nokhwa | feature `camera` |
//! | [`StillSource`] | one picture file | |
//! | [`FolderSource`] | the pictures of a folder in turns, so many a second | |
//! | [`SimCamera`] | a test card with a mark that moves and a QR symbol, with faults | |
//!
//! Every source is driven by the same [`StreamCamera`]: a thread of its own opens the source and reads from it, because
//! a camera may keep its reader waiting as long as it likes; the driver takes the latest frame out of a slot and never
//! waits longer than its limit. Frames that nobody asked for are overwritten, never queued.
//!
//! What is here and why something cannot be opened is told by [`list_cameras`], which needs no feature.

mod convert;
mod driver;
mod fault;
mod format;
mod frame;
mod list;
mod picture;
mod sim;
mod slot;
mod source;
mod test_card;
#[cfg(feature = "camera")]
mod v4l;

use std::sync::Arc;

use thiserror::Error;

pub use convert::{ConvertError, frame_from_wire};
pub use driver::{CameraSettings, StreamCamera};
pub use fault::{SourceFault, SourceFaultError};
pub use format::{Encoding, FormatRequest, StreamFormat, best_still};
pub use frame::{Frame, FrameError, MAX_PIXELS, MAX_SIDE, PixelFormat, Region};
pub use list::{CameraEntry, CameraPaths, camera_number, list_cameras};
pub use picture::{MAX_PICTURE_BYTES, PictureError, decode_picture, encode_png, read_picture};
pub use sim::{SimCamera, SimCameraSettings};
pub use slot::FrameCounters;
pub use source::{FolderSource, FrameSource, Pause, StillSource};
pub use test_card::draw_test_card;
#[cfg(feature = "camera")]
pub use v4l::V4lSource;

use crate::device::{CommandLimit, Device, DeviceError};
use crate::transport::PipeError;

/// What a camera says without being asked. A frame is no event: whoever wants one asks for the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CameraEvent {
    /// A stream is open and no frame has come for [`CameraSettings::stall_after`].
    Stalled,
    /// Frames come again.
    Resumed,
}

/// Why a camera did not do what it was told, although it is there.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CameraError {
    /// [`Camera::open_stream`] comes first.
    #[error("no stream is open")]
    NoStream,
    /// The camera sends nothing that can be read here.
    #[error("the camera has no format that can be read here")]
    NoFormat,
    /// The camera did not take the format that it had offered.
    #[error("the camera refuses {0}")]
    FormatRefused(StreamFormat),
}

/// A camera.
pub trait Camera: Device<Event = CameraEvent> {
    /// What the camera can send, as it said when it was opened.
    fn formats(&self) -> &[StreamFormat];

    /// Begins to take frames, in the format that comes nearest to `request`; a stream that is open gives way. Returns
    /// what the camera really sends.
    ///
    /// # Errors
    /// [`DeviceError::Refused`] with a [`CameraError`]; the camera is still there. Otherwise it is lost.
    fn open_stream(&mut self, request: &FormatRequest, limit: &CommandLimit) -> Result<StreamFormat, DeviceError>;

    /// Ends the stream: the lamp of the camera goes out, and the last frame is wiped.
    ///
    /// # Errors
    /// The camera is lost, or does not end it in time.
    fn close_stream(&mut self, limit: &CommandLimit) -> Result<(), DeviceError>;

    /// Whether a stream is open.
    fn is_streaming(&self) -> bool;

    /// The latest frame that was not handed out yet, or the next one.
    ///
    /// # Errors
    /// [`DeviceError::NoAnswer`]: none came within the limit. [`DeviceError::Refused`] with [`CameraError::NoStream`].
    fn latest_frame(&mut self, limit: &CommandLimit) -> Result<Arc<Frame>, DeviceError>;

    /// Takes one picture in colour with the best still format ([`best_still`]), as a document camera does; a stream that
    /// is open is interrupted for it and goes on afterwards.
    ///
    /// # Errors
    /// As [`Camera::open_stream`] and [`Camera::latest_frame`].
    fn take_picture(&mut self, limit: &CommandLimit) -> Result<Frame, DeviceError>;
}

impl<C: Camera + ?Sized> Camera for Box<C> {
    fn formats(&self) -> &[StreamFormat] {
        (**self).formats()
    }

    fn open_stream(&mut self, request: &FormatRequest, limit: &CommandLimit) -> Result<StreamFormat, DeviceError> {
        (**self).open_stream(request, limit)
    }

    fn close_stream(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        (**self).close_stream(limit)
    }

    fn is_streaming(&self) -> bool {
        (**self).is_streaming()
    }

    fn latest_frame(&mut self, limit: &CommandLimit) -> Result<Arc<Frame>, DeviceError> {
        (**self).latest_frame(limit)
    }

    fn take_picture(&mut self, limit: &CommandLimit) -> Result<Frame, DeviceError> {
        (**self).take_picture(limit)
    }
}

/// The camera is not there any more.
fn gone() -> DeviceError {
    DeviceError::Pipe(PipeError::Disconnected)
}
