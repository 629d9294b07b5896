// SPDX-License-Identifier: GPL-3.0-only
//! A connection on which every byte counts: the probe looks at line ends and checksums themselves.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use zeroize::Zeroizing;

use super::Questions;
use crate::services::library::sip2::client::{ConnectError, secure};
use crate::services::library::sip2::frame::{Frame, LineEnd, MAX_FRAME_BYTES};
use crate::services::library::sip2::{Codec, Message};

/// How long the second byte of a line end may come later than the first.
const LINE_END_PAUSE: Duration = Duration::from_millis(60);
/// Bytes of one read.
const READ_BYTES: usize = 4096;

trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// One answer as it stood on the wire.
pub(super) struct Heard {
    pub(super) frame: Frame,
    pub(super) line_end: LineEnd,
    /// From the end of the request to the end of the answer.
    pub(super) after: Duration,
}

/// Why there is no answer.
pub(super) enum Silence {
    /// None within the time limit.
    Late,
    /// The server closed the connection.
    Closed,
    /// The connection failed.
    Failed,
    /// More than a message may have, without a line end.
    TooLong,
    /// The question cannot be written in this way.
    Unwritable,
}

pub(super) struct ProbeWire {
    wire: Box<dyn Wire>,
    arrived: Frame,
    patience: Duration,
    sequence: u8,
}

impl ProbeWire {
    pub(super) async fn open(questions: &Questions) -> Result<Self, ConnectError> {
        let connect = async {
            let stream =
                TcpStream::connect((questions.host.as_str(), questions.port)).await.map_err(ConnectError::Tcp)?;
            let wire: Box<dyn Wire> = match &questions.tls {
                None => Box::new(stream),
                Some(tls) => Box::new(secure(stream, &questions.host, tls).await?),
            };
            Ok(wire)
        };
        let wire = timeout(questions.patience, connect).await.map_err(|_| ConnectError::Timeout)??;
        Ok(Self { wire, arrived: Zeroizing::new(Vec::new()), patience: questions.patience, sequence: 0 })
    }

    /// Sends a message as `codec` writes it and gives the next answer.
    pub(super) async fn ask(&mut self, codec: &Codec, message: &Message) -> Result<Heard, Silence> {
        let frame = codec.encode(message, self.sequence).map_err(|_| Silence::Unwritable)?;
        self.sequence = (self.sequence + 1) % 10;
        let sent = async {
            self.wire.write_all(&frame).await?;
            self.wire.flush().await
        };
        timeout(self.patience, sent).await.map_err(|_| Silence::Late)?.map_err(|_| Silence::Failed)?;
        let asked_at = Instant::now();
        let (frame, line_end) = self.line(asked_at + self.patience).await?;
        Ok(Heard { frame, line_end, after: asked_at.elapsed() })
    }

    async fn line(&mut self, deadline: Instant) -> Result<(Frame, LineEnd), Silence> {
        loop {
            let begin = self.arrived.iter().position(|byte| !is_end(*byte)).unwrap_or(self.arrived.len());
            self.arrived.drain(..begin);
            if let Some(end) = self.arrived.iter().position(|byte| is_end(*byte)) {
                return Ok(self.take_line(end).await);
            }
            if self.arrived.len() > MAX_FRAME_BYTES {
                return Err(Silence::TooLong);
            }
            match timeout_at(deadline, self.read()).await {
                Err(_) => return Err(Silence::Late),
                Ok(Err(_)) => return Err(Silence::Failed),
                Ok(Ok(0)) => return Err(Silence::Closed),
                Ok(Ok(_)) => (),
            }
        }
    }

    async fn take_line(&mut self, end: usize) -> (Frame, LineEnd) {
        if self.arrived.len() == end + 1 && self.arrived.get(end) == Some(&b'\r') {
            // The rest of the line end may be in the next packet; that none comes is an answer too.
            let _ = timeout(LINE_END_PAUSE, self.read()).await;
        }
        let line_end = match (self.arrived.get(end), self.arrived.get(end + 1)) {
            (Some(b'\r'), Some(b'\n')) => LineEnd::CrLf,
            (Some(b'\r'), _) => LineEnd::Cr,
            _ => LineEnd::Lf,
        };
        let frame = Zeroizing::new(self.arrived.get(..end).unwrap_or_default().to_vec());
        let through = (end + 1).min(self.arrived.len());
        self.arrived.drain(..through);
        (frame, line_end)
    }

    async fn read(&mut self) -> io::Result<usize> {
        let mut buffer = Zeroizing::new([0; READ_BYTES]);
        let length = self.wire.read(&mut buffer[..]).await?;
        self.arrived.extend_from_slice(buffer.get(..length).unwrap_or_default());
        Ok(length)
    }
}

fn is_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}
