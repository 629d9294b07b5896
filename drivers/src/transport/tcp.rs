// SPDX-License-Identifier: MIT OR Apache-2.0
//! Raw TCP, as network printers and serial servers offer it.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::{BytePipe, PipeError, WriteError, descriptor};

/// A TCP connection.
#[derive(Debug)]
pub struct TcpPipe {
    stream: TcpStream,
    peer: SocketAddr,
}

impl TcpPipe {
    /// Connects within `limit`.
    ///
    /// # Errors
    /// [`PipeError::Absent`] when nobody listens there, [`PipeError::TimedOut`] when nothing answers.
    pub fn connect(address: SocketAddr, limit: Duration) -> Result<Self, PipeError> {
        // The system refuses a limit of zero.
        let limit = limit.max(Duration::from_millis(1));
        let stream = TcpStream::connect_timeout(&address, limit).map_err(PipeError::from_open)?;
        Self::from_stream(stream)
    }

    /// Takes over a connection, such as one that was accepted.
    ///
    /// # Errors
    /// The connection is already gone.
    pub fn from_stream(stream: TcpStream) -> Result<Self, PipeError> {
        let adopt = |error| PipeError::from_use("set up connection", error);
        stream.set_nonblocking(true).map_err(adopt)?;
        // Status requests are three bytes; waiting to fill a packet would cost more than the answer.
        stream.set_nodelay(true).map_err(adopt)?;
        let peer = stream.peer_addr().map_err(adopt)?;
        Ok(Self { stream, peer })
    }

    /// Has the next bytes confirmed at once. A peer that sends a message in two pieces without switching off Nagle's
    /// wait sends the second one 40 ms later otherwise. Holds for the next bytes only.
    pub(crate) fn confirm_at_once(&self) {
        // Without it the wire is slower, not wrong.
        let _ = rustix::net::sockopt::set_tcp_quickack(&self.stream, true);
    }
}

impl BytePipe for TcpPipe {
    fn read(&mut self, buffer: &mut [u8], limit: Duration) -> Result<usize, PipeError> {
        descriptor::read(&self.stream, buffer, limit)
    }

    fn write_all(&mut self, bytes: &[u8], limit: Duration) -> Result<(), WriteError> {
        descriptor::write_all(&self.stream, bytes, limit)
    }

    fn describe(&self) -> String {
        format!("tcp {}", self.peer)
    }
}
