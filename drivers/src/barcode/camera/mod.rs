// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bar codes and QR symbols seen by a camera.
//!
//! The engine is zxing-cpp, chosen by measurement beside rqrr and rxing.

mod decoder;

use std::time::{Duration, Instant};

pub use decoder::{DecodeError, DecodeOptions, MAX_SYMBOLS, Symbol, decode_frame};

use super::{Barcode, BarcodeReader, CodeInbox, CodeRules, ScannerError, Symbology};
use crate::camera::{Camera, FormatRequest};
use crate::device::{CommandLimit, Details, Device, DeviceClass, DeviceError, Identity, StatusReport};
use crate::sensitive::Sensitive;

/// How long a bar code that was seen once waits to be seen again.
const CONFIRM_WINDOW: Duration = Duration::from_secs(1);

/// Most bar codes that wait to be seen again.
const MOST_CANDIDATES: usize = 16;

/// How a camera reads codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraReaderOptions {
    /// What is asked of the camera.
    pub request: FormatRequest,
    /// What is looked for.
    pub decode: DecodeOptions,
    /// What counts as a code, and for how long the same one is not told again.
    pub rules: CodeRules,
    /// In how many frames a bar code has to be read alike before it is believed; at least 1. A QR symbol corrects its
    /// errors and is believed at once, a bar code has one check digit or none.
    pub confirm_linear: u8,
}

impl Default for CameraReaderOptions {
    fn default() -> Self {
        Self {
            request: FormatRequest::default(),
            decode: DecodeOptions::default(),
            rules: CodeRules::default(),
            confirm_linear: 2,
        }
    }
}

/// What became of the frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counters {
    frames: u64,
    last: Duration,
    slowest: Duration,
}

/// A bar code that was seen, but not often enough yet.
#[derive(Debug)]
struct Candidate {
    payload: Sensitive<Vec<u8>>,
    symbology: Symbology,
    times: u8,
    seen: Instant,
}

/// A camera as a reader of codes. Its stream is open only while codes are let in and somebody waits for them; it is
/// closed by [`BarcodeReader::disable`], so that the lamp of the camera tells the truth.
#[derive(Debug)]
pub struct CameraReader<C> {
    camera: C,
    options: CameraReaderOptions,
    inbox: CodeInbox,
    candidates: Vec<Candidate>,
    counters: Counters,
}

impl<C: Camera> CameraReader<C> {
    /// A reader over a camera; nothing is switched on yet.
    #[must_use]
    pub fn new(camera: C, options: CameraReaderOptions) -> Self {
        let inbox = CodeInbox::new(options.rules.clone());
        Self { camera, options, inbox, candidates: Vec::new(), counters: Counters::default() }
    }

    /// The camera.
    pub fn camera(&mut self) -> &mut C {
        &mut self.camera
    }

    /// The next code, or `None` when the limit ends or is cancelled.
    fn wait(&mut self, limit: &CommandLimit) -> Result<Option<Barcode>, DeviceError> {
        loop {
            if let Some(code) = self.inbox.take() {
                return Ok(Some(code));
            }
            let looked = if self.inbox.is_enabled() { self.look(limit) } else { self.idle(limit) };
            match looked {
                Ok(()) => {}
                Err(DeviceError::NoAnswer | DeviceError::Cancelled) => return Ok(self.inbox.take()),
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes one frame and decodes it.
    fn look(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        if !self.camera.is_streaming() {
            self.camera.open_stream(&self.options.request, limit)?;
        }
        let frame = self.camera.latest_frame(limit)?;
        let begin = Instant::now();
        let symbols = decode_frame(&frame, &self.options.decode);
        let now = Instant::now();
        self.counters.frames += 1;
        self.counters.last = now.saturating_duration_since(begin);
        self.counters.slowest = self.counters.slowest.max(self.counters.last);
        self.candidates.retain(|code| now.saturating_duration_since(code.seen) < CONFIRM_WINDOW);
        for symbol in symbols.map_err(DeviceError::protocol)? {
            if self.is_confirmed(&symbol, now) {
                self.inbox.enter(symbol.payload.expose(), Some(symbol.symbology), now);
            }
        }
        self.inbox.idle(now);
        Ok(())
    }

    /// Notices when the camera goes while nobody wants codes.
    fn idle(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        self.camera.attend(limit)?;
        limit.check()
    }

    /// Whether the code was seen often enough. It stays confirmed while it is seen.
    fn is_confirmed(&mut self, symbol: &Symbol, now: Instant) -> bool {
        let needed = self.options.confirm_linear.max(1);
        if !symbol.is_linear() || needed == 1 {
            return true;
        }
        let known = self
            .candidates
            .iter_mut()
            .find(|code| code.symbology == symbol.symbology && code.payload.expose() == symbol.payload.expose());
        if let Some(code) = known {
            code.times = code.times.saturating_add(1);
            code.seen = now;
            return code.times >= needed;
        }
        if self.candidates.len() >= MOST_CANDIDATES {
            self.candidates.remove(0);
        }
        let (payload, symbology) = (symbol.payload.clone(), symbol.symbology);
        self.candidates.push(Candidate { payload, symbology, times: 1, seen: now });
        false
    }
}

impl<C: Camera> Device for CameraReader<C> {
    type Event = Barcode;

    fn class(&self) -> DeviceClass {
        DeviceClass::BarcodeReader
    }

    fn describe(&self) -> String {
        format!("codes by {}", self.camera.describe())
    }

    fn identity(&self) -> Identity {
        self.camera.identity()
    }

    fn capabilities(&self) -> Details {
        let kinds: Vec<&str> = self.options.decode.symbologies.iter().map(|kind| kind.name()).collect();
        let mut details = self.camera.capabilities();
        details.insert("reads", kinds.join(", "));
        details
    }

    fn status(&mut self, limit: &CommandLimit) -> Result<StatusReport, DeviceError> {
        let mut report = self.camera.status(limit)?;
        let Counters { frames, last, slowest } = self.counters;
        report.details.insert("frames searched", frames.to_string());
        report.details.insert("last search", format!("{} ms", last.as_millis()));
        report.details.insert("slowest search", format!("{} ms", slowest.as_millis()));
        if !self.inbox.is_enabled() {
            report.details.insert("reading", "switched off".to_owned());
        }
        self.inbox.counters.describe(&mut report.details);
        Ok(report)
    }

    fn reset(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        self.candidates.clear();
        self.inbox.enable(true);
        self.camera.reset(limit)
    }

    fn attend(&mut self, limit: &CommandLimit) -> Result<Option<Barcode>, DeviceError> {
        self.wait(limit)
    }
}

impl<C: Camera> BarcodeReader for CameraReader<C> {
    fn enable(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        self.inbox.enable(true);
        if self.camera.is_streaming() {
            return Ok(());
        }
        self.camera.open_stream(&self.options.request, limit).map(|_| ())
    }

    fn disable(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        self.inbox.enable(false);
        self.candidates.clear();
        self.camera.close_stream(limit)
    }

    fn set_trigger(&mut self, _pressed: bool, _limit: &CommandLimit) -> Result<(), DeviceError> {
        Err(DeviceError::Unsupported { command: "trigger" })
    }

    fn read(&mut self, limit: &CommandLimit) -> Result<Barcode, DeviceError> {
        if !self.inbox.is_enabled() {
            return Err(DeviceError::refused(ScannerError::Disabled));
        }
        match self.wait(limit)? {
            Some(code) => Ok(code),
            None => Err(limit.check().err().unwrap_or(DeviceError::NoAnswer)),
        }
    }

    fn forget(&mut self) {
        self.inbox.forget();
        self.candidates.clear();
    }
}
