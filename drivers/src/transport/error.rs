// SPDX-License-Identifier: MIT OR Apache-2.0
//! What goes wrong on a wire, in the words a technician acts on.

use std::io;

use rustix::io::Errno;
use thiserror::Error;

/// A wire that cannot be opened or used.
#[derive(Debug, Error)]
pub enum PipeError {
    /// Nothing is there: no such file, no host, nobody listens.
    #[error("no device is there")]
    Absent(#[source] io::Error),
    /// The device is there, but this user may not open it.
    #[error("no right to open the device")]
    PermissionDenied(#[source] io::Error),
    /// Another program has the device open.
    #[error("another program uses the device")]
    Busy(#[source] io::Error),
    /// The other side went away.
    #[error("the device was disconnected")]
    Disconnected,
    /// Nothing happened within the time limit.
    #[error("the device did not answer in time")]
    TimedOut,
    /// Anything else that the operating system says.
    #[error("{operation} failed")]
    Io {
        /// What was being done.
        operation: &'static str,
        /// The system's own words.
        #[source]
        source: io::Error,
    },
}

impl PipeError {
    /// Sorts an error of opening or connecting.
    #[must_use]
    pub fn from_open(error: io::Error) -> Self {
        use io::ErrorKind as Kind;
        let errno = error.raw_os_error().map(Errno::from_raw_os_error);
        if matches!(errno, Some(Errno::NXIO | Errno::NODEV)) {
            return Self::Absent(error);
        }
        match error.kind() {
            Kind::NotFound
            | Kind::ConnectionRefused
            | Kind::HostUnreachable
            | Kind::NetworkUnreachable
            | Kind::AddrNotAvailable
            | Kind::NetworkDown => Self::Absent(error),
            Kind::PermissionDenied => Self::PermissionDenied(error),
            Kind::ResourceBusy | Kind::WouldBlock => Self::Busy(error),
            Kind::TimedOut => Self::TimedOut,
            _ => Self::Io { operation: "open", source: error },
        }
    }

    /// Sorts an error of reading or writing.
    #[must_use]
    pub fn from_use(operation: &'static str, error: io::Error) -> Self {
        use io::ErrorKind as Kind;
        let errno = error.raw_os_error().map(Errno::from_raw_os_error);
        // EIO is what a terminal gives once its other side is closed or its adapter is pulled out.
        if matches!(errno, Some(Errno::IO | Errno::NXIO | Errno::NODEV)) {
            return Self::Disconnected;
        }
        match error.kind() {
            Kind::BrokenPipe
            | Kind::ConnectionReset
            | Kind::ConnectionAborted
            | Kind::NotConnected
            | Kind::UnexpectedEof => Self::Disconnected,
            Kind::TimedOut => Self::TimedOut,
            _ => Self::Io { operation, source: error },
        }
    }
}

/// A write that did not take all bytes.
#[derive(Debug, Error)]
#[error("writing stopped after {written_bytes} bytes")]
pub struct WriteError {
    /// How many bytes left this side and may have reached the device.
    pub written_bytes: usize,
    /// Why it stopped.
    #[source]
    pub source: PipeError,
}
