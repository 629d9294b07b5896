// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where the thread of a camera and its driver meet: the latest frame, never a queue.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::format::StreamFormat;
use super::frame::{Frame, PixelFormat};
use crate::device::{CommandLimit, DeviceError, Identity};

/// What the driver wants of the thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// No stream.
    Nothing,
    /// A stream in this format, handed on in these pixels.
    Stream(StreamFormat, PixelFormat),
    /// The end of the thread.
    End,
}

/// What became of the frames since the camera was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameCounters {
    /// Frames that came.
    pub frames: u64,
    /// Frames that a newer one replaced before anybody asked.
    pub replaced: u64,
    /// Frames that were damaged on their way and left out.
    pub damaged: u64,
    /// How many of the last frames equal the one before, byte for byte. A lens sees noise: a camera that counts here
    /// has frozen, or looks at nothing at all.
    pub identical: u64,
}

/// What both sides know.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) wanted: Wanted,
    /// Counts what was wanted, so that an answer to an older wish is not taken for one to this.
    pub(super) wish: u64,
    /// The wish that the thread has carried out.
    pub(super) done: u64,
    /// What the source says of itself, once it is open.
    pub(super) opened: Option<(Vec<StreamFormat>, Identity)>,
    /// The format that the source really sends.
    pub(super) streaming: Option<StreamFormat>,
    /// Why the last wish was not carried out, while the camera is still there.
    pub(super) refusal: Option<DeviceError>,
    pub(super) latest: Option<Arc<Frame>>,
    /// When the last frame came, or else the stream began.
    pub(super) fresh_at: Instant,
    pub(super) counters: FrameCounters,
    /// Why the thread ended.
    pub(super) fault: Option<DeviceError>,
    pub(super) ended: bool,
}

/// The meeting place. The thread puts in, the driver takes out; neither waits for the other longer than it wants to.
#[derive(Debug)]
pub(super) struct Slot {
    shared: Mutex<Shared>,
    changed: Condvar,
}

impl Slot {
    pub(super) fn new() -> Self {
        let shared = Shared {
            wanted: Wanted::Nothing,
            wish: 0,
            done: 0,
            opened: None,
            streaming: None,
            refusal: None,
            latest: None,
            fresh_at: Instant::now(),
            counters: FrameCounters::default(),
            fault: None,
            ended: false,
        };
        Self { shared: Mutex::new(shared), changed: Condvar::new() }
    }

    /// A thread that panicked left nothing half done: every change is one assignment.
    pub(super) fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what is shared and wakes the other side.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Shared) -> T) -> T {
        let result = change(&mut self.lock());
        self.changed.notify_all();
        result
    }

    /// Puts a frame of the stream of `wish` in the place of the last one, unless something else is wanted meanwhile.
    pub(super) fn put(&self, wish: u64, frame: Arc<Frame>, is_same: bool) {
        self.change(|shared| {
            if shared.wish != wish {
                return;
            }
            shared.fresh_at = Instant::now();
            shared.counters.frames += 1;
            shared.counters.identical = if is_same { shared.counters.identical + 1 } else { 0 };
            if shared.latest.replace(frame).is_some() {
                shared.counters.replaced += 1;
            }
        });
    }

    /// Waits until `ready` finds what it looks for. The end of the thread ends the waiting too.
    pub(super) fn wait<T>(
        &self,
        limit: &CommandLimit,
        mut ready: impl FnMut(&mut Shared) -> Option<T>,
    ) -> Result<T, DeviceError> {
        let mut shared = self.lock();
        loop {
            if let Some(found) = ready(&mut shared) {
                return Ok(found);
            }
            if shared.ended {
                // The cause is told once; afterwards the device is just gone.
                return Err(shared.fault.take().unwrap_or_else(super::gone));
            }
            limit.check()?;
            shared = self.changed.wait_timeout(shared, limit.step()).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Sleeps until something else is wanted than the wish `wish`, at most `limit`.
    pub(super) fn sleep(&self, wish: u64, limit: Duration) {
        let until = Instant::now() + limit;
        let mut shared = self.lock();
        while shared.wish == wish {
            let remaining = until.saturating_duration_since(Instant::now());
            if remaining.is_zero() {
                return;
            }
            shared = self.changed.wait_timeout(shared, remaining).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
