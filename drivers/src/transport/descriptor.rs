// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reading and writing a non-blocking descriptor with time limits; shared by sockets, files and ptys.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::{PipeError, WriteError};
use crate::device::Deadline;

/// Waits until one of `flags` or a hang-up is reported on `fd`.
fn wait(fd: BorrowedFd<'_>, flags: PollFlags, deadline: Deadline) -> Result<(), PipeError> {
    loop {
        let timeout = timespec(deadline.remaining());
        match poll(&mut [PollFd::from_borrowed_fd(fd, flags)], Some(&timeout)) {
            Ok(0) => return Err(PipeError::TimedOut),
            Ok(_) => return Ok(()),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(PipeError::from_use("poll", errno.into())),
        }
    }
}

/// `duration` for the system; both parts fit, because a [`Deadline`] is at most a day away.
pub(crate) fn timespec(duration: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(duration.subsec_nanos()),
    }
}

/// Waits until something can be read or accepted.
pub(crate) fn wait_readable(fd: impl AsFd, limit: Duration) -> Result<(), PipeError> {
    wait(fd.as_fd(), PollFlags::IN, Deadline::after(limit))
}

pub(crate) fn read(fd: impl AsFd, buffer: &mut [u8], limit: Duration) -> Result<usize, PipeError> {
    if buffer.is_empty() {
        return Ok(0);
    }
    let deadline = Deadline::after(limit);
    loop {
        wait(fd.as_fd(), PollFlags::IN, deadline)?;
        match rustix::io::read(&fd, &mut *buffer) {
            Ok(0) => return Err(PipeError::Disconnected),
            Ok(count) => return Ok(count),
            // Another reader was quicker, or a signal came: wait again, within the same limit.
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(errno) => return Err(PipeError::from_use("read", errno.into())),
        }
    }
}

pub(super) fn write_all(fd: impl AsFd, bytes: &[u8], limit: Duration) -> Result<(), WriteError> {
    let deadline = Deadline::after(limit);
    let mut written_bytes = 0;
    while let Some(rest) = bytes.get(written_bytes..).filter(|rest| !rest.is_empty()) {
        let step = wait(fd.as_fd(), PollFlags::OUT, deadline).and_then(|()| match rustix::io::write(&fd, rest) {
            Ok(0) => Err(PipeError::Disconnected),
            Ok(count) => Ok(count),
            Err(Errno::AGAIN | Errno::INTR) => Ok(0),
            Err(errno) => Err(PipeError::from_use("write", errno.into())),
        });
        match step {
            Ok(count) => written_bytes += count,
            Err(source) => return Err(WriteError { written_bytes, source }),
        }
    }
    Ok(())
}
