// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pipe that notes what passes through it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::{Direction, MAX_TRACE_BYTES, MAX_TRACE_EVENTS, Trace, TraceEntry, TraceEvent, WireEnd, label};
use crate::transport::{BytePipe, PipeError, WriteError};

struct Recording {
    began: Instant,
    trace: Trace,
    bytes: usize,
    full: bool,
}

/// Collects what goes through the pipes that it was put around. Clones collect into the same trace.
#[derive(Clone)]
pub struct TraceRecorder(Arc<Mutex<Recording>>);

impl std::fmt::Debug for TraceRecorder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("TraceRecorder").field("bytes", &self.lock().bytes).finish_non_exhaustive()
    }
}

impl TraceRecorder {
    /// A recorder for a wire that speaks `protocol`; time counts from now.
    #[must_use]
    pub fn new(protocol: &str) -> Self {
        let trace = Trace { protocol: label(protocol), ..Trace::default() };
        Self(Arc::new(Mutex::new(Recording { began: Instant::now(), trace, bytes: 0, full: false })))
    }

    /// Puts the recorder around `pipe`.
    pub fn around<P: BytePipe>(&self, pipe: P) -> TracePipe<P> {
        let mut recording = self.lock();
        if recording.trace.wire.is_empty() {
            recording.trace.wire = label(&pipe.describe());
        }
        drop(recording);
        TracePipe { pipe, recorder: self.clone() }
    }

    /// What was recorded until now, personal bytes included.
    #[must_use]
    pub fn trace(&self) -> Trace {
        self.lock().trace.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Recording> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, event: TraceEvent) {
        let mut recording = self.lock();
        if recording.full {
            return;
        }
        let at = Duration::from_micros(u64::try_from(recording.began.elapsed().as_micros()).unwrap_or(u64::MAX));
        let length = if let TraceEvent::Bytes { bytes, .. } = &event { bytes.len() } else { 0 };
        let fits = recording.bytes + length <= MAX_TRACE_BYTES && recording.trace.entries.len() + 1 < MAX_TRACE_EVENTS;
        let event = if fits { event } else { TraceEvent::End(WireEnd::CutOff) };
        recording.full = !fits;
        recording.bytes += length;
        recording.trace.entries.push(TraceEntry { at, event });
    }

    fn bytes(&self, direction: Direction, bytes: &[u8]) {
        if !bytes.is_empty() {
            let bytes = Zeroizing::new(bytes.to_vec());
            self.note(TraceEvent::Bytes { direction, bytes, masked: Vec::new() });
        }
    }

    fn failure(&self, error: &PipeError) {
        match error {
            PipeError::TimedOut => {}
            PipeError::Disconnected => self.note(TraceEvent::End(WireEnd::Disconnected)),
            _ => self.note(TraceEvent::End(WireEnd::Failed)),
        }
    }
}

/// A pipe whose traffic is recorded.
#[derive(Debug)]
pub struct TracePipe<P> {
    pipe: P,
    recorder: TraceRecorder,
}

impl<P: BytePipe> BytePipe for TracePipe<P> {
    fn read(&mut self, buffer: &mut [u8], limit: Duration) -> Result<usize, PipeError> {
        let result = self.pipe.read(buffer, limit);
        match &result {
            Ok(count) => self.recorder.bytes(Direction::FromDevice, buffer.get(..*count).unwrap_or_default()),
            Err(PipeError::TimedOut) if limit.is_zero() => self.recorder.note(TraceEvent::Looked),
            Err(error) => self.recorder.failure(error),
        }
        result
    }

    fn write_all(&mut self, bytes: &[u8], limit: Duration) -> Result<(), WriteError> {
        let result = self.pipe.write_all(bytes, limit);
        match &result {
            Ok(()) => self.recorder.bytes(Direction::ToDevice, bytes),
            Err(error) => {
                self.recorder.bytes(Direction::ToDevice, bytes.get(..error.written_bytes).unwrap_or_default());
                self.recorder.failure(&error.source);
            }
        }
        result
    }

    fn describe(&self) -> String {
        self.pipe.describe()
    }
}
