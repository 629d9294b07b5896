// SPDX-License-Identifier: MIT OR Apache-2.0
//! Byte pipes: how a driver reaches its device, whatever the wire.

mod descriptor;
mod device;
mod error;
mod pty;
mod replay;
#[cfg(feature = "serial")]
mod serial;
mod tcp;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::device::{CommandLimit, DeviceError};

#[cfg(feature = "input")]
pub(crate) use descriptor::read as read_descriptor;
pub(crate) use descriptor::wait_readable;
pub use device::DevicePipe;
pub use error::{PipeError, WriteError};
pub use pty::PtyMaster;
pub use replay::{ReplayPipe, ReplayStep};
#[cfg(feature = "serial")]
pub use serial::{FlowControl, Parity, SerialPipe, SerialSettings, StopBits};
pub use tcp::TcpPipe;

/// How much stale input [`BytePipe::discard_input`] takes away at most, in bytes; a device that sends
/// more without being asked is not the expected one.
pub const MAX_DISCARDED_BYTES: usize = 64 * 1024;

/// A wire that carries bytes both ways. Calls block, but never longer than their limit.
pub trait BytePipe: Send {
    /// Reads what is there, waiting up to `limit` for the first byte; a limit of zero only looks.
    /// Returns at least 1 for a buffer that is not empty.
    ///
    /// # Errors
    /// [`PipeError::TimedOut`] when nothing came; [`PipeError::Disconnected`] when the other side is gone.
    /// A read of zero bytes counts as gone: treated as "nothing yet" it makes a loop that never ends.
    fn read(&mut self, buffer: &mut [u8], limit: Duration) -> Result<usize, PipeError>;

    /// Writes all of `bytes` within `limit`.
    ///
    /// # Errors
    /// The cause, and how many bytes had already been taken: they may have had their effect.
    fn write_all(&mut self, bytes: &[u8], limit: Duration) -> Result<(), WriteError>;

    /// Which wire this is, for the log.
    fn describe(&self) -> String;

    /// Reads what is there, waiting for the first byte until `limit` ends.
    ///
    /// # Errors
    /// [`DeviceError::NoAnswer`] when nothing came, [`DeviceError::Cancelled`], or the wire's own.
    fn receive(&mut self, buffer: &mut [u8], limit: &CommandLimit) -> Result<usize, DeviceError> {
        loop {
            match self.read(buffer, limit.step()) {
                Err(PipeError::TimedOut) => limit.check()?,
                Err(error) => return Err(error.into()),
                Ok(count) => return Ok(count),
            }
        }
    }

    /// Takes away what the device sent without being asked, without waiting. Returns the bytes taken.
    ///
    /// # Errors
    /// As [`BytePipe::read`], except that an empty wire is no error; [`PipeError::Io`] when the device does
    /// not stop sending.
    fn discard_input(&mut self) -> Result<usize, PipeError> {
        let mut buffer = [0_u8; 256];
        let mut taken = 0;
        while taken < MAX_DISCARDED_BYTES {
            match self.read(&mut buffer, Duration::ZERO) {
                Ok(count) => taken += count,
                Err(PipeError::TimedOut) => return Ok(taken),
                Err(error) => return Err(error),
            }
        }
        Err(PipeError::Io {
            operation: "discard input",
            source: std::io::Error::other("the device does not stop sending"),
        })
    }
}

impl<P: BytePipe + ?Sized> BytePipe for Box<P> {
    fn read(&mut self, buffer: &mut [u8], limit: Duration) -> Result<usize, PipeError> {
        (**self).read(buffer, limit)
    }

    fn write_all(&mut self, bytes: &[u8], limit: Duration) -> Result<(), WriteError> {
        (**self).write_all(bytes, limit)
    }

    fn describe(&self) -> String {
        (**self).describe()
    }

    fn discard_input(&mut self) -> Result<usize, PipeError> {
        (**self).discard_input()
    }
}

/// Where a device is: enough to open a pipe to it, again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// Raw TCP.
    Tcp {
        /// Address, such as `192.168.1.50:9100`.
        address: SocketAddr,
        /// Time to connect.
        connect_limit: Duration,
    },
    /// A device file that takes bytes as they are, or a pty.
    Device(PathBuf),
    /// A serial port with its line settings.
    #[cfg(feature = "serial")]
    Serial(SerialSettings),
}

impl Endpoint {
    /// Opens a pipe.
    ///
    /// # Errors
    /// Why it cannot be opened: absent, no right, in use.
    pub fn open(&self) -> Result<Box<dyn BytePipe>, PipeError> {
        Ok(match self {
            Self::Tcp { address, connect_limit } => Box::new(TcpPipe::connect(*address, *connect_limit)?),
            Self::Device(path) => Box::new(DevicePipe::open(path)?),
            #[cfg(feature = "serial")]
            Self::Serial(settings) => Box::new(SerialPipe::open(settings)?),
        })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { address, .. } => write!(formatter, "tcp {address}"),
            Self::Device(path) => write!(formatter, "device {}", path.display()),
            #[cfg(feature = "serial")]
            Self::Serial(settings) => write!(formatter, "serial {} at {}", settings.path.display(), settings.baud),
        }
    }
}
