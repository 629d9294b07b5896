// SPDX-License-Identifier: MIT OR Apache-2.0
//! A camera that is none: a test card or pictures, with faults, behind the same driver as a real one.
//!
//! There is no wire to imitate: the kernel stands between a program and a camera, and cannot be replaced without a
//! module of its own. What is imitated is the side of [`FrameSource`].

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::driver::{CameraSettings, StreamCamera};
use super::fault::SourceFault;
use super::format::{Encoding, StreamFormat};
use super::frame::{Frame, PixelFormat, check_size};
use super::picture::read_picture;
use super::source::{FrameSource, Pause};
use super::test_card::draw_test_card;
use super::{CameraError, convert::ConvertError, frame::FrameError};
use crate::device::{CommandLimit, DeviceError, Identity};
use crate::sim::{OrderError, Orders};
use crate::transport::PipeError;

/// How long the simulated camera sleeps where a real one would keep its reader waiting.
const WAIT: Duration = Duration::from_millis(100);

/// What the simulated camera sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SimCameraSettings {
    /// Width of its stream in pixels.
    pub width: u32,
    /// Height of its stream in pixels.
    pub height: u32,
    /// Frames a second.
    pub frames_per_second: u32,
    /// How many times larger each side of a still is.
    pub still_scale: u32,
}

impl Default for SimCameraSettings {
    fn default() -> Self {
        Self { width: 1280, height: 720, frames_per_second: 15, still_scale: 2 }
    }
}

/// What lies before the lens.
#[derive(Debug, Default)]
enum Scene {
    #[default]
    TestCard,
    Symbol(String),
    Picture(Box<Frame>),
}

#[derive(Debug, Default)]
struct State {
    unplugged: bool,
    /// Counts how often it was pulled out: whoever opened it before has lost it.
    times_unplugged: u64,
    faults: HashSet<SourceFault>,
    scene: Scene,
    opened: u64,
    streaming: u32,
}

#[derive(Debug)]
struct Inner {
    settings: SimCameraSettings,
    state: Mutex<State>,
    changed: Condvar,
}

/// A simulated camera. Clones are the same one.
#[derive(Clone, Debug)]
pub struct SimCamera(Arc<Inner>);

impl SimCamera {
    /// What [`SimCamera::order`] understands.
    pub const WORDS: &'static str = "unplug, plug, show TEXT, picture FILE, hide, clear, state, and on or off after one of: \
        stopped, frozen, damaged, refusing, panicking, hanging";

    /// A camera that is plugged in and sees its test card.
    ///
    /// # Errors
    /// The size is not possible.
    pub fn new(settings: SimCameraSettings) -> Result<Self, FrameError> {
        check_size(settings.width, settings.height)?;
        let larger = |side: u32| side.saturating_mul(settings.still_scale.max(1));
        check_size(larger(settings.width), larger(settings.height))?;
        Ok(Self(Arc::new(Inner { settings, state: Mutex::new(State::default()), changed: Condvar::new() })))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.0.changed.notify_all();
    }

    /// Opens it as a driver does a real one.
    ///
    /// # Errors
    /// It is unplugged.
    pub fn open(&self, settings: CameraSettings, limit: &CommandLimit) -> Result<StreamCamera, DeviceError> {
        let camera = self.clone();
        let open = move || {
            let mut state = camera.lock();
            if state.unplugged {
                let gone = std::io::Error::from(std::io::ErrorKind::NotFound);
                return Err(DeviceError::Pipe(PipeError::Absent(gone)));
            }
            state.opened += 1;
            let times_unplugged = state.times_unplugged;
            drop(state);
            Ok(Box::new(SimSource { camera, times_unplugged, stream: None, number: 0, last: None })
                as Box<dyn FrameSource>)
        };
        StreamCamera::open("simulated camera", settings, open, limit)
    }

    /// Pulls it out: whoever has it open has lost it.
    pub fn unplug(&self) {
        self.change(|state| {
            state.unplugged = true;
            state.times_unplugged += 1;
        });
    }

    /// Puts it in again.
    pub fn plug(&self) {
        self.change(|state| state.unplugged = false);
    }

    /// Sets a fault, or takes it back.
    pub fn set_fault(&self, fault: SourceFault, on: bool) {
        self.change(|state| {
            if on {
                state.faults.insert(fault);
            } else {
                state.faults.remove(&fault);
            }
        });
    }

    /// Holds a QR symbol with `text` before the lens.
    pub fn show_symbol(&self, text: &str) {
        self.change(|state| state.scene = Scene::Symbol(text.to_owned()));
    }

    /// Holds a picture before the lens; it is seen in its own size.
    pub fn show_picture(&self, picture: Frame) {
        self.change(|state| state.scene = Scene::Picture(Box::new(picture)));
    }

    /// Takes away what is held before the lens.
    pub fn hide(&self) {
        self.change(|state| state.scene = Scene::TestCard);
    }

    /// How many streams are open.
    #[must_use]
    pub fn streams(&self) -> u32 {
        self.lock().streaming
    }

    /// Carries out a line of words, [`SimCamera::WORDS`]; for a control socket.
    ///
    /// # Errors
    /// What is wrong with the line.
    pub fn order(&self, line: &str) -> Result<String, OrderError> {
        let unknown = || OrderError(format!("not understood; possible are: {}", Self::WORDS));
        let (word, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        match (word, rest.trim()) {
            ("unplug", "") => self.unplug(),
            ("plug", "") => self.plug(),
            ("hide", "") => self.hide(),
            ("clear", "") => self.change(|state| state.faults.clear()),
            ("show", text) if !text.is_empty() => self.show_symbol(text),
            ("picture", path) if !path.is_empty() => {
                let picture = read_picture(Path::new(path)).map_err(|error| OrderError(error.to_string()))?;
                self.show_picture(picture);
            }
            ("state", "") => return Ok(self.describe()),
            (fault, switch @ ("on" | "off")) => {
                let fault = fault.parse().map_err(|_| unknown())?;
                self.set_fault(fault, switch == "on");
            }
            _ => return Err(unknown()),
        }
        Ok(String::new())
    }

    /// What a [`crate::sim::ControlSocket`] wants.
    #[must_use]
    pub fn orders(&self) -> Orders {
        let camera = self.clone();
        Arc::new(move |line| camera.order(line))
    }

    fn describe(&self) -> String {
        let state = self.lock();
        let scene = match &state.scene {
            Scene::TestCard => "test card",
            Scene::Symbol(_) => "symbol",
            Scene::Picture(_) => "picture",
        };
        let plugged = if state.unplugged { "no" } else { "yes" };
        let faults = SourceFault::ALL.into_iter().filter(|fault| state.faults.contains(fault));
        let faults = faults.map(SourceFault::word).collect::<Vec<_>>().join(" ");
        let (opened, streams) = (state.opened, state.streaming);
        format!("plugged {plugged}\nsees {scene}\nfaults {faults}\nopened {opened}\nstreams {streams}")
    }
}

/// The other side of [`SimCamera`], on the thread of a driver.
struct SimSource {
    camera: SimCamera,
    times_unplugged: u64,
    stream: Option<(StreamFormat, PixelFormat)>,
    number: u64,
    last: Option<Frame>,
}

impl SimSource {
    fn draw(&mut self, format: &StreamFormat, pixels: PixelFormat) -> Result<Frame, DeviceError> {
        let state = self.camera.lock();
        let text = match &state.scene {
            Scene::TestCard => None,
            Scene::Symbol(text) => Some(text.clone()),
            Scene::Picture(picture) => return Ok(picture.converted(pixels)),
        };
        drop(state);
        self.number += 1;
        let card = draw_test_card(format.width, format.height, text.as_deref(), self.number);
        Ok(card.map_err(DeviceError::protocol)?.converted(pixels))
    }

    /// Waits as long as the fault lasts, whatever else is wanted; the end of the process is all that ends it besides.
    fn hang(&self) {
        let mut state = self.camera.lock();
        while state.faults.contains(&SourceFault::Hanging) {
            state = self.camera.0.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl FrameSource for SimSource {
    fn formats(&mut self) -> Result<Vec<StreamFormat>, DeviceError> {
        let SimCameraSettings { width, height, frames_per_second, still_scale } = self.camera.0.settings;
        let stream = StreamFormat { width, height, frames_per_second, encoding: Encoding::Luma8 };
        let scale = still_scale.max(1);
        Ok(vec![stream, StreamFormat { width: width * scale, height: height * scale, ..stream }])
    }

    fn identity(&self) -> Identity {
        Identity { model: Some("Doorstep simulated camera".to_owned()), ..Identity::default() }
    }

    fn start(&mut self, format: StreamFormat, pixels: PixelFormat) -> Result<StreamFormat, DeviceError> {
        self.check()?;
        let mut state = self.camera.lock();
        if state.faults.contains(&SourceFault::Refusing) {
            return Err(DeviceError::refused(CameraError::FormatRefused(format)));
        }
        state.streaming += 1;
        self.stream = Some((format, pixels));
        Ok(format)
    }

    fn stop(&mut self) {
        if self.stream.take().is_some() {
            let mut state = self.camera.lock();
            state.streaming = state.streaming.saturating_sub(1);
        }
        self.last = None;
    }

    #[expect(clippy::panic, reason = "the fault that is imitated")]
    fn frame(&mut self, pause: &Pause<'_>) -> Result<Option<Frame>, DeviceError> {
        let Some((format, pixels)) = self.stream else { return Err(super::gone()) };
        pause.wait(Duration::from_secs(1) / format.frames_per_second.clamp(1, 240));
        self.hang();
        self.check()?;
        let faults = self.camera.lock().faults.clone();
        if faults.contains(&SourceFault::Panicking) {
            panic!("the fault `panicking` of the simulated camera");
        }
        if faults.contains(&SourceFault::Stopped) {
            pause.wait(WAIT);
            return Ok(None);
        }
        if faults.contains(&SourceFault::Damaged) {
            let (got, needed) = (0, format.width as usize * format.height as usize);
            return Err(DeviceError::protocol(ConvertError::Frame(FrameError::TooShort { got, needed })));
        }
        if let (true, Some(last)) = (faults.contains(&SourceFault::Frozen), &self.last) {
            return Ok(Some(last.clone()));
        }
        let frame = self.draw(&format, pixels)?;
        self.last = Some(frame.clone());
        Ok(Some(frame))
    }

    fn check(&mut self) -> Result<(), DeviceError> {
        let state = self.camera.lock();
        if state.unplugged || state.times_unplugged != self.times_unplugged { Err(super::gone()) } else { Ok(()) }
    }
}

impl Drop for SimSource {
    fn drop(&mut self) {
        self.stop();
    }
}
