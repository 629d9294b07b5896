// SPDX-License-Identifier: MIT OR Apache-2.0
//! An event node that is ours alone.

use std::path::{Path, PathBuf};
use std::time::Duration;

use evdev::raw_stream::RawDevice;
use rustix::fs::{Mode, OFlags, open};

use super::{InputSelector, SYSFS_INPUT};
use crate::transport::{BytePipe, PipeError, WriteError, read_descriptor};

/// A grabbed event node as a pipe of `struct input_event`s. Nothing can be written to it.
///
/// The grab (`EVIOCGRAB`) keeps what is typed from everybody else: no window gets it, no console shows it. It ends with
/// the pipe.
pub struct EvdevPipe {
    device: RawDevice,
    path: PathBuf,
}

impl EvdevPipe {
    /// Opens and grabs the node that `selector` means.
    ///
    /// # Errors
    /// [`PipeError::Absent`], [`PipeError::PermissionDenied`]; [`PipeError::Busy`] when another program has grabbed it;
    /// [`PipeError::Io`] when it is no input device, or several are meant.
    pub fn open(selector: &InputSelector) -> Result<Self, PipeError> {
        let path = selector.resolve(Path::new(SYSFS_INPUT))?;
        let flags = OFlags::RDONLY | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = open(&path, flags, Mode::empty()).map_err(|errno| PipeError::from_open(errno.into()))?;
        let mut device = RawDevice::from_fd(file).map_err(PipeError::from_open)?;
        device.grab().map_err(PipeError::from_open)?;
        Ok(Self { device, path })
    }
}

impl BytePipe for EvdevPipe {
    fn read(&mut self, buffer: &mut [u8], limit: Duration) -> Result<usize, PipeError> {
        // The kernel refuses a buffer that holds no whole event.
        read_descriptor(&self.device, buffer, limit)
    }

    fn write_all(&mut self, bytes: &[u8], _limit: Duration) -> Result<(), WriteError> {
        if bytes.is_empty() {
            return Ok(());
        }
        let source = std::io::Error::from(std::io::ErrorKind::Unsupported);
        Err(WriteError { written_bytes: 0, source: PipeError::Io { operation: "write to an input device", source } })
    }

    fn describe(&self) -> String {
        format!("input {}", self.path.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_or_no_input_device_is_told_apart() {
        let absent = InputSelector::Path("/dev/input/by-id/nothing".into());
        assert!(matches!(EvdevPipe::open(&absent), Err(PipeError::Absent(_))));
        let wrong = InputSelector::Path("/dev/null".into());
        assert!(matches!(EvdevPipe::open(&wrong), Err(PipeError::Io { .. })));
    }
}
