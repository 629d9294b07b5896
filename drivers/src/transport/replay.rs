// SPDX-License-Identifier: MIT OR Apache-2.0
//! A pipe that plays back what was recorded: for tests of a driver without a device.

use std::collections::VecDeque;
use std::time::Duration;

use super::{BytePipe, PipeError, WriteError};

/// One step of a recording, from the driver's point of view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplayStep {
    /// The driver must write exactly these bytes, in any number of writes.
    Expect(Vec<u8>),
    /// The device sends these bytes.
    Send(Vec<u8>),
    /// One read of the driver ends without an answer. No time passes.
    Silence,
    /// The device goes away.
    Disconnect,
}

/// Plays [`ReplayStep`]s; takes no time.
#[derive(Debug, Default)]
pub struct ReplayPipe {
    steps: VecDeque<ReplayStep>,
}

impl ReplayPipe {
    /// Plays `steps` in order.
    #[must_use]
    pub fn new(steps: impl IntoIterator<Item = ReplayStep>) -> Self {
        Self { steps: steps.into_iter().collect() }
    }

    /// Whether all steps were played.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.steps.is_empty()
    }

    fn unexpected(written_bytes: usize) -> WriteError {
        let source = std::io::Error::other("the bytes written differ from the recording");
        WriteError { written_bytes, source: PipeError::Io { operation: "replay", source } }
    }
}

impl BytePipe for ReplayPipe {
    fn read(&mut self, buffer: &mut [u8], _limit: Duration) -> Result<usize, PipeError> {
        match self.steps.front_mut() {
            Some(ReplayStep::Send(bytes)) => {
                let count = bytes.len().min(buffer.len());
                for (slot, byte) in buffer.iter_mut().zip(bytes.drain(..count)) {
                    *slot = byte;
                }
                if bytes.is_empty() {
                    self.steps.pop_front();
                }
                if count == 0 { Err(PipeError::TimedOut) } else { Ok(count) }
            }
            Some(ReplayStep::Silence) => {
                self.steps.pop_front();
                Err(PipeError::TimedOut)
            }
            Some(ReplayStep::Expect(_)) | None => Err(PipeError::TimedOut),
            Some(ReplayStep::Disconnect) => Err(PipeError::Disconnected),
        }
    }

    fn write_all(&mut self, bytes: &[u8], _limit: Duration) -> Result<(), WriteError> {
        let mut written = 0;
        while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
            match self.steps.front_mut() {
                Some(ReplayStep::Expect(expected)) => {
                    let count = expected.len().min(rest.len());
                    if !expected.iter().zip(rest).all(|(left, right)| left == right) {
                        return Err(Self::unexpected(written));
                    }
                    expected.drain(..count);
                    written += count;
                    if expected.is_empty() {
                        self.steps.pop_front();
                    }
                }
                Some(ReplayStep::Disconnect) => {
                    return Err(WriteError { written_bytes: written, source: PipeError::Disconnected });
                }
                _ => return Err(Self::unexpected(written)),
            }
        }
        Ok(())
    }

    fn describe(&self) -> String {
        "replay".to_owned()
    }
}
