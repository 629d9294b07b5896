// SPDX-License-Identifier: MIT OR Apache-2.0
//! Device files (`/dev/usb/lp0`, `/dev/serial/by-id/…`) and the program's side of a pty.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, Mode, OFlags, flock, open};
use rustix::termios::{OptionalActions, isatty, tcgetattr, tcsetattr};

use super::{BytePipe, PipeError, WriteError, descriptor};

/// An open device file. A terminal is put into raw mode: without it the line discipline would eat and
/// change bytes. The line speed stays as it is.
#[derive(Debug)]
pub struct DevicePipe {
    file: OwnedFd,
    path: PathBuf,
}

impl DevicePipe {
    /// Opens `path` for both directions, for this program alone.
    ///
    /// # Errors
    /// [`PipeError::Absent`], [`PipeError::PermissionDenied`], or [`PipeError::Busy`] when another program
    /// of this kind has it open. The lock is an advisory one (`flock`), which ends with the program;
    /// `TIOCEXCL` would outlive it on a pty whose other side stays open.
    pub fn open(path: &Path) -> Result<Self, PipeError> {
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = open(path, flags, Mode::empty()).map_err(|errno| PipeError::from_open(errno.into()))?;
        flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|errno| PipeError::from_open(errno.into()))?;
        if isatty(&file) {
            make_raw(&file)?;
        }
        Ok(Self { file, path: path.to_path_buf() })
    }
}

/// Switches off echo, line editing and every translation of bytes.
pub(super) fn make_raw(terminal: &OwnedFd) -> Result<(), PipeError> {
    let setting = |errno: rustix::io::Errno| PipeError::from_use("set raw mode", errno.into());
    let mut attributes = tcgetattr(terminal).map_err(setting)?;
    attributes.make_raw();
    tcsetattr(terminal, OptionalActions::Now, &attributes).map_err(setting)
}

impl BytePipe for DevicePipe {
    fn read(&mut self, buffer: &mut [u8], limit: Duration) -> Result<usize, PipeError> {
        descriptor::read(&self.file, buffer, limit)
    }

    fn write_all(&mut self, bytes: &[u8], limit: Duration) -> Result<(), WriteError> {
        descriptor::write_all(&self.file, bytes, limit)
    }

    fn describe(&self) -> String {
        format!("device {}", self.path.display())
    }
}
