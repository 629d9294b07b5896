// SPDX-License-Identifier: MIT OR Apache-2.0
//! The device's side of a pseudo terminal, for simulators.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::device::make_raw;
use super::{BytePipe, PipeError, WriteError, descriptor};

/// A pty whose other side appears to a driver as a serial port.
#[derive(Debug)]
pub struct PtyMaster {
    master: OwnedFd,
    /// Held open, so that programs may come and go: without it the master reads an error each time the
    /// last of them closes.
    _terminal: OwnedFd,
    path: PathBuf,
}

impl PtyMaster {
    /// Makes a pty in raw mode.
    ///
    /// # Errors
    /// The system has none to give.
    pub fn open() -> Result<Self, PipeError> {
        let opening = |errno: rustix::io::Errno| PipeError::from_open(errno.into());
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).map_err(opening)?;
        grantpt(&master).map_err(opening)?;
        unlockpt(&master).map_err(opening)?;
        let name = ptsname(&master, Vec::new()).map_err(opening)?;
        let path = PathBuf::from(std::ffi::OsString::from_vec(name.into_bytes()));
        rustix::io::ioctl_fionbio(&master, true).map_err(opening)?;
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let terminal = open(&path, flags, Mode::empty()).map_err(opening)?;
        make_raw(&terminal)?;
        Ok(Self { master, _terminal: terminal, path })
    }

    /// The path that a driver opens, such as `/dev/pts/7`.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl AsFd for PtyMaster {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.master.as_fd()
    }
}

impl BytePipe for PtyMaster {
    fn read(&mut self, buffer: &mut [u8], limit: Duration) -> Result<usize, PipeError> {
        descriptor::read(&self.master, buffer, limit)
    }

    fn write_all(&mut self, bytes: &[u8], limit: Duration) -> Result<(), WriteError> {
        descriptor::write_all(&self.master, bytes, limit)
    }

    fn describe(&self) -> String {
        format!("pty {}", self.path.display())
    }
}
