// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver of every camera: a thread that reads, a slot with the latest frame.

use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::format::{FormatRequest, StreamFormat, best_still};
use super::frame::{Frame, PixelFormat};
use super::slot::{FrameCounters, Slot, Wanted};
use super::source::{FolderSource, FrameSource, Pause, StillSource};
use super::{Camera, CameraError, CameraEvent};
use crate::device::{CommandLimit, Details, Device, DeviceClass, DeviceError, DeviceStatus, Identity, StatusReport};

/// How often a camera without a stream is looked at, whether it is still there.
const CHECK_INTERVAL: Duration = Duration::from_millis(250);

/// How many damaged frames in a row mean that the camera does not work.
const MOST_DAMAGED: u32 = 100;

/// How long the end of the thread is waited for. One that hangs in a camera is left alone: it ends with the camera.
const END_LIMIT: Duration = Duration::from_secs(1);

/// How a camera is driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CameraSettings {
    /// After this long without a frame the stream counts as stalled.
    pub stall_after: Duration,
    /// How many frames are thrown away before a picture is taken: exposure and white balance have to settle.
    pub settle_frames: u64,
}

impl Default for CameraSettings {
    fn default() -> Self {
        Self { stall_after: Duration::from_secs(3), settle_frames: 5 }
    }
}

impl CameraSettings {
    /// For pictures from files: nothing has to settle.
    #[must_use]
    pub fn for_files() -> Self {
        Self { settle_frames: 0, ..Self::default() }
    }
}

/// A camera, whatever its source.
#[derive(Debug)]
pub struct StreamCamera {
    name: String,
    settings: CameraSettings,
    slot: Arc<Slot>,
    thread: Option<JoinHandle<()>>,
    formats: Vec<StreamFormat>,
    identity: Identity,
    /// What the open stream was asked for.
    stream: Option<(StreamFormat, PixelFormat)>,
    stalled: bool,
}

impl StreamCamera {
    /// Starts the thread and opens the source on it. `name` is for the log: what kind of source, and where.
    ///
    /// # Errors
    /// What `open` gives; [`DeviceError::NoAnswer`] when it takes longer than `limit`.
    pub fn open<O>(name: &str, settings: CameraSettings, open: O, limit: &CommandLimit) -> Result<Self, DeviceError>
    where
        O: FnOnce() -> Result<Box<dyn FrameSource>, DeviceError> + Send + 'static,
    {
        let slot = Arc::new(Slot::new());
        let theirs = Arc::clone(&slot);
        let thread = std::thread::Builder::new()
            .name("camera".to_owned())
            .spawn(move || run(&theirs, open))
            .map_err(|source| DeviceError::Service { service: "starting a thread", source: Box::new(source) })?;
        let mut camera = Self {
            name: name.to_owned(),
            settings,
            slot,
            thread: Some(thread),
            formats: Vec::new(),
            identity: Identity::default(),
            stream: None,
            stalled: false,
        };
        (camera.formats, camera.identity) = camera.slot.wait(limit, |shared| shared.opened.take())?;
        Ok(camera)
    }

    /// A camera that sees one picture file.
    ///
    /// # Errors
    /// As [`StillSource::open`].
    pub fn still(path: &Path, frames_per_second: u32, limit: &CommandLimit) -> Result<Self, DeviceError> {
        let (name, path) = (format!("picture {}", path.display()), path.to_owned());
        let open = move || Ok(Box::new(StillSource::open(&path, frames_per_second)?) as Box<dyn FrameSource>);
        Self::open(&name, CameraSettings::for_files(), open, limit)
    }

    /// A camera that sees the pictures of a folder in turns.
    ///
    /// # Errors
    /// As [`FolderSource::open`].
    pub fn folder(path: &Path, frames_per_second: u32, limit: &CommandLimit) -> Result<Self, DeviceError> {
        let (name, path) = (format!("folder {}", path.display()), path.to_owned());
        let open = move || Ok(Box::new(FolderSource::open(&path, frames_per_second)?) as Box<dyn FrameSource>);
        Self::open(&name, CameraSettings::for_files(), open, limit)
    }

    /// A camera of the system, such as `/dev/video0` or better its link below `/dev/v4l/by-id`.
    ///
    /// # Errors
    /// Why it cannot be opened: absent, no right, in use, or no camera.
    #[cfg(feature = "camera")]
    pub fn v4l(path: &Path, settings: CameraSettings, limit: &CommandLimit) -> Result<Self, DeviceError> {
        let (name, path) = (format!("V4L2 at {}", path.display()), path.to_owned());
        Self::open(&name, settings, move || Ok(Box::new(super::V4lSource::open(&path)?) as Box<dyn FrameSource>), limit)
    }

    /// What became of the frames so far.
    #[must_use]
    pub fn counters(&self) -> FrameCounters {
        self.slot.lock().counters
    }

    /// Tells the thread what is wanted and waits until it has done it.
    fn want(&mut self, wanted: Wanted, limit: &CommandLimit) -> Result<Option<StreamFormat>, DeviceError> {
        let wish = self.slot.change(|shared| {
            shared.wish += 1;
            shared.wanted = wanted;
            // Wiped at once: the frame belongs to a stream that is over.
            shared.latest = None;
            shared.wish
        });
        self.slot.wait(limit, |shared| {
            (shared.done >= wish).then(|| shared.refusal.take().map_or(Ok(shared.streaming), Err))
        })?
    }

    fn stream_in(
        &mut self,
        format: StreamFormat,
        pixels: PixelFormat,
        limit: &CommandLimit,
    ) -> Result<StreamFormat, DeviceError> {
        self.stream = None;
        let real = self.want(Wanted::Stream(format, pixels), limit)?;
        self.stream = Some((format, pixels));
        self.stalled = false;
        Ok(real.unwrap_or(format))
    }

    /// Waits for a frame with a number above `number`.
    fn frame_after(&mut self, number: u64, limit: &CommandLimit) -> Result<Arc<Frame>, DeviceError> {
        if self.stream.is_none() {
            // A camera that is gone says so first.
            self.slot.wait(&limit.at_most(Duration::ZERO), |shared| (!shared.ended).then_some(()))?;
            return Err(DeviceError::refused(CameraError::NoStream));
        }
        self.slot.wait(limit, |shared| shared.latest.take_if(|frame| frame.sequence > number))
    }

    fn picture(&mut self, limit: &CommandLimit) -> Result<Frame, DeviceError> {
        let format = best_still(&self.formats).ok_or_else(|| DeviceError::refused(CameraError::NoFormat))?;
        self.stream_in(format, PixelFormat::Rgb8, limit)?;
        let frame = self.frame_after(self.settings.settle_frames, limit)?;
        Ok(Arc::unwrap_or_clone(frame))
    }
}

impl Device for StreamCamera {
    type Event = CameraEvent;

    fn class(&self) -> DeviceClass {
        DeviceClass::Camera
    }

    fn describe(&self) -> String {
        self.name.clone()
    }

    fn identity(&self) -> Identity {
        self.identity.clone()
    }

    fn capabilities(&self) -> Details {
        let largest = best_still(&self.formats).map_or_else(|| "none".to_owned(), |format| format.to_string());
        Details::from([("formats", self.formats.len().to_string()), ("still", largest)])
    }

    fn status(&mut self, _limit: &CommandLimit) -> Result<StatusReport, DeviceError> {
        let mut shared = self.slot.lock();
        if shared.ended {
            return Err(shared.fault.take().unwrap_or_else(super::gone));
        }
        let stalled = self.stream.is_some() && shared.fresh_at.elapsed() > self.settings.stall_after;
        let status = if stalled { DeviceStatus::Offline } else { DeviceStatus::Online };
        let mut report = StatusReport::new(status);
        let stream = match (stalled, shared.streaming) {
            (true, _) => "stalled".to_owned(),
            (false, Some(format)) => format.to_string(),
            (false, None) => "closed".to_owned(),
        };
        report.details.insert("stream", stream);
        let FrameCounters { frames, replaced, damaged, identical } = shared.counters;
        for (name, count) in [
            ("frames", frames),
            ("not asked for", replaced),
            ("damaged frames", damaged),
            ("identical frames", identical),
        ] {
            report.details.insert(name, count.to_string());
        }
        Ok(report)
    }

    fn reset(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        match self.stream {
            Some((format, pixels)) => self.stream_in(format, pixels, limit).map(|_| ()),
            None => self.want(Wanted::Nothing, limit).map(|_| ()),
        }
    }

    fn attend(&mut self, limit: &CommandLimit) -> Result<Option<CameraEvent>, DeviceError> {
        let (stalled, after, streaming) = (self.stalled, self.settings.stall_after, self.stream.is_some());
        let change = self.slot.wait(limit, |shared| {
            let now = streaming && shared.fresh_at.elapsed() > after;
            (now != stalled && !shared.ended).then_some(now)
        });
        match change {
            Ok(now) => {
                self.stalled = now;
                Ok(Some(if now { CameraEvent::Stalled } else { CameraEvent::Resumed }))
            }
            Err(DeviceError::NoAnswer | DeviceError::Cancelled) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Camera for StreamCamera {
    fn formats(&self) -> &[StreamFormat] {
        &self.formats
    }

    fn open_stream(&mut self, request: &FormatRequest, limit: &CommandLimit) -> Result<StreamFormat, DeviceError> {
        let format = request.choose(&self.formats).ok_or_else(|| DeviceError::refused(CameraError::NoFormat))?;
        self.stream_in(format, request.pixels, limit)
    }

    fn close_stream(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        self.stream = None;
        self.stalled = false;
        self.want(Wanted::Nothing, limit).map(|_| ())
    }

    fn is_streaming(&self) -> bool {
        self.stream.is_some()
    }

    fn latest_frame(&mut self, limit: &CommandLimit) -> Result<Arc<Frame>, DeviceError> {
        self.frame_after(0, limit)
    }

    fn take_picture(&mut self, limit: &CommandLimit) -> Result<Frame, DeviceError> {
        let before = self.stream;
        let picture = self.picture(limit);
        // Whatever became of the picture, the camera goes back to what it did: the lamp must not stay on. The limit of
        // the picture may be used up by now.
        let back = CommandLimit::after(END_LIMIT);
        let restored = match before {
            Some((format, pixels)) => self.stream_in(format, pixels, &back).map(|_| ()),
            None => self.close_stream(&back),
        };
        picture.and_then(|picture| restored.map(|()| picture))
    }
}

impl Drop for StreamCamera {
    fn drop(&mut self) {
        self.slot.change(|shared| {
            shared.wish += 1;
            shared.wanted = Wanted::End;
            shared.latest = None;
        });
        let ended = self.slot.wait(&CommandLimit::after(END_LIMIT), |shared| shared.ended.then_some(()));
        if let (Ok(()), Some(thread)) = (ended, self.thread.take()) {
            // What went wrong on it is in the slot; nobody asks any more.
            let _ = thread.join();
        }
    }
}

/// The thread of a camera.
fn run(slot: &Slot, open: impl FnOnce() -> Result<Box<dyn FrameSource>, DeviceError>) {
    // The libraries below a camera panic in places, on dropping too: that must stay a fault of this camera.
    let end = std::panic::catch_unwind(AssertUnwindSafe(|| serve(slot, open)));
    slot.change(|shared| {
        shared.ended = true;
        shared.latest = None;
        shared.streaming = None;
        shared.fault = match end {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error),
            Err(_) => Some(DeviceError::Driver),
        };
    });
}

fn serve(slot: &Slot, open: impl FnOnce() -> Result<Box<dyn FrameSource>, DeviceError>) -> Result<(), DeviceError> {
    let mut source = open()?;
    let formats = source.formats()?;
    let identity = source.identity();
    slot.change(|shared| shared.opened = Some((formats, identity)));
    let mut stream = Stream::default();
    let mut wish = 0;
    loop {
        let (wanted, newest) = {
            let shared = slot.lock();
            (shared.wanted, shared.wish)
        };
        if newest != wish {
            wish = newest;
            if stream.open {
                source.stop();
            }
            stream = Stream::default();
            let result = match wanted {
                Wanted::End => return Ok(()),
                Wanted::Nothing => Ok(None),
                Wanted::Stream(format, pixels) => source.start(format, pixels).map(Some),
            };
            stream.open = matches!(result, Ok(Some(_)));
            let result = result
                .map_or_else(|error| if error.is_lost() { Err(error) } else { Ok(Err(error)) }, |real| Ok(Ok(real)))?;
            slot.change(|shared| {
                shared.done = wish;
                shared.fresh_at = Instant::now();
                shared.counters.identical = 0;
                shared.streaming = result.as_ref().ok().copied().flatten();
                shared.refusal = result.err();
            });
        } else if stream.open {
            stream.step(source.as_mut(), slot, wish)?;
        } else {
            slot.sleep(wish, CHECK_INTERVAL);
            source.check()?;
        }
    }
}

/// What the thread knows of the stream that is open.
#[derive(Default)]
struct Stream {
    open: bool,
    sequence: u64,
    damaged: u32,
    last: Option<Arc<Frame>>,
}

impl Stream {
    /// One frame, or one that is damaged.
    fn step(&mut self, source: &mut dyn FrameSource, slot: &Slot, wish: u64) -> Result<(), DeviceError> {
        match source.frame(&Pause { slot, wish }) {
            Ok(None) => {}
            Ok(Some(mut frame)) => {
                self.damaged = 0;
                self.sequence += 1;
                frame.sequence = self.sequence;
                frame.taken_at = Instant::now();
                // The pixels of a living camera differ at once, so that this costs next to nothing.
                let same = self.last.as_ref().is_some_and(|last| last.pixels() == frame.pixels());
                let frame = Arc::new(frame);
                self.last = Some(Arc::clone(&frame));
                slot.put(wish, frame, same);
            }
            Err(error) if error.is_lost() => return Err(error),
            Err(error) => {
                self.damaged += 1;
                slot.change(|shared| shared.counters.damaged += 1);
                if self.damaged >= MOST_DAMAGED {
                    return Err(DeviceError::Service { service: "the camera", source: Box::new(error) });
                }
            }
        }
        Ok(())
    }
}
