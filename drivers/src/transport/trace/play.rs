// SPDX-License-Identifier: MIT OR Apache-2.0
//! Playing a trace: to a driver, in place of the device; or to a device or simulator, in place of the driver.

use std::time::Duration;

use thiserror::Error;

use super::{Direction, Trace, TraceEvent, WireEnd};
use crate::device::{CommandLimit, DeviceError};
use crate::transport::{BytePipe, PipeError, ReplayStep, WriteError};

/// What came of [`Trace::rehearse`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rehearsal {
    /// Requests that were sent.
    pub requests: usize,
    /// Bytes of answers that are as recorded.
    pub equal_bytes: usize,
    /// Bytes of answers that differ from the recording; those that were masked in it are not compared.
    pub different_bytes: usize,
    /// Bytes of answers that did not come within the limit.
    pub missing_bytes: usize,
}

impl Rehearsal {
    /// Whether every answer was as recorded.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.different_bytes == 0 && self.missing_bytes == 0
    }
}

/// A trace could not be rehearsed to its end.
#[derive(Debug, Error)]
pub enum RehearsalError {
    /// A request could not be sent.
    #[error("a request of the trace could not be sent")]
    Send(#[source] WriteError),
    /// The wire failed while an answer was awaited.
    #[error("the wire failed while an answer was awaited")]
    Receive(#[source] DeviceError),
}

impl Trace {
    /// The steps of a replay: a driver on a [`crate::transport::ReplayPipe`] of them meets the same device again.
    /// Waiting takes the driver's own time limits, as it did.
    #[must_use]
    pub fn replay_steps(&self) -> Vec<ReplayStep> {
        let step = |event: &TraceEvent| match event {
            TraceEvent::Bytes { direction: Direction::ToDevice, bytes, .. } => Some(ReplayStep::Expect(bytes.to_vec())),
            TraceEvent::Bytes { direction: Direction::FromDevice, bytes, .. } => Some(ReplayStep::Send(bytes.to_vec())),
            TraceEvent::Looked => Some(ReplayStep::Silence),
            TraceEvent::End(WireEnd::CutOff) => None,
            TraceEvent::End(WireEnd::Disconnected | WireEnd::Failed) => Some(ReplayStep::Disconnect),
        };
        self.entries.iter().filter_map(|entry| step(&entry.event)).collect()
    }

    /// Sends the recorded requests over `pipe` and compares the answers, each awaited for at most `limit`. Goes to the
    /// first end of the wire in the trace. What the device sent before the first request is not awaited.
    ///
    /// # Errors
    /// The wire fails.
    pub fn rehearse(&self, pipe: &mut dyn BytePipe, limit: Duration) -> Result<Rehearsal, RehearsalError> {
        let mut result = Rehearsal::default();
        for entry in &self.entries {
            match &entry.event {
                TraceEvent::End(_) => break,
                TraceEvent::Bytes { direction: Direction::ToDevice, bytes, .. } => {
                    pipe.write_all(bytes, limit).map_err(RehearsalError::Send)?;
                    result.requests += 1;
                }
                TraceEvent::Bytes { bytes, masked, .. } if result.requests > 0 => {
                    let mut got = vec![0; bytes.len()];
                    let count = fill(pipe, &mut got, limit)?;
                    result.missing_bytes += bytes.len() - count;
                    for (at, (was, is)) in bytes.iter().zip(&got).take(count).enumerate() {
                        if masked.iter().any(|range| range.contains(&at)) {
                            continue;
                        }
                        *(if was == is { &mut result.equal_bytes } else { &mut result.different_bytes }) += 1;
                    }
                }
                TraceEvent::Bytes { .. } | TraceEvent::Looked => {}
            }
        }
        Ok(result)
    }
}

/// Reads until `buffer` is full or nothing comes any more; returns how much came.
fn fill(pipe: &mut dyn BytePipe, buffer: &mut [u8], limit: Duration) -> Result<usize, RehearsalError> {
    let limit = CommandLimit::after(limit);
    let mut at = 0;
    while let Some(rest) = buffer.get_mut(at..).filter(|rest| !rest.is_empty()) {
        match pipe.receive(rest, &limit) {
            Ok(count) => at += count,
            Err(DeviceError::NoAnswer | DeviceError::Pipe(PipeError::Disconnected)) => break,
            Err(error) => return Err(RehearsalError::Receive(error)),
        }
    }
    Ok(at)
}
