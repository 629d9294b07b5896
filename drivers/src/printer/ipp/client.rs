// SPDX-License-Identifier: MIT OR Apache-2.0
//! One question and its answer over a connection of their own.

use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

use super::http::{HttpError, HttpReader, Side, request_head};
use super::message::{Message, MessageError};
use crate::device::{CommandLimit, DeviceError};
use crate::printer::PrinterError;
use crate::transport::{BytePipe, PipeError, TcpPipe, WriteError};

/// Longest answer. Get-Printer-Attributes of a large printer takes some 50 KiB.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// Port of IPP.
const DEFAULT_PORT: u16 = 631;

/// Longest address as text.
const MAX_URI_BYTES: usize = 255;

/// Where an IPP printer is, such as `ipp://192.168.1.60/ipp/print`. Without TLS (`ipps`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IppUri {
    host: String,
    port: u16,
    path: String,
}

/// Text that is no address of an IPP printer.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("an IPP address is such as ipp://192.168.1.60:631/ipp/print")]
pub struct IppUriError;

impl FromStr for IppUri {
    type Err = IppUriError;

    /// The path is `/ipp/print` where none is given.
    fn from_str(text: &str) -> Result<Self, IppUriError> {
        let rest = text.strip_prefix("ipp://").or_else(|| text.strip_prefix("http://")).ok_or(IppUriError)?;
        let plain = rest.bytes().all(|byte| byte.is_ascii_graphic()) && !rest.contains(['@', '?', '#']);
        if !plain || text.len() > MAX_URI_BYTES {
            return Err(IppUriError);
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(|_| IppUriError)?),
            _ => (authority, DEFAULT_PORT),
        };
        if host.is_empty() || port == 0 {
            return Err(IppUriError);
        }
        let path = if path.len() > 1 { path } else { "/ipp/print" };
        Ok(Self { host: host.to_owned(), port, path: path.to_owned() })
    }
}

impl fmt::Display for IppUri {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ipp://{}:{}{}", self.host, self.port, self.path)
    }
}

impl IppUri {
    fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// The address; a name is looked up, for as long as the system takes.
    fn resolve(&self) -> Result<SocketAddr, PipeError> {
        let found = self.authority().to_socket_addrs().map_err(PipeError::Absent)?.next();
        found.ok_or_else(|| PipeError::Absent(std::io::Error::other("the name has no address")))
    }
}

/// An answer that carries no IPP.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum AnswerError {
    /// HTTP.
    #[error("the answer is not of HTTP with IPP in it")]
    Http(#[from] HttpError),
    /// IPP.
    #[error("the answer is no IPP message")]
    Message(#[from] MessageError),
    /// It answers another question.
    #[error("the answer is to another question")]
    RequestId,
}

/// A question without an answer.
#[derive(Debug)]
pub(super) struct Lost {
    /// Bytes of it that left; the printer may have acted on them.
    pub(super) written_bytes: usize,
    /// All of it left.
    pub(super) whole: bool,
    pub(super) error: PrinterError,
}

/// Sends `request` and `document` and reads the answer.
pub(super) fn exchange(
    uri: &IppUri,
    connect_limit: Duration,
    request: &Message,
    document: &[u8],
    limit: &CommandLimit,
) -> Result<Message, Lost> {
    let nothing = |error: PrinterError| Lost { written_bytes: 0, whole: false, error };
    limit.check().map_err(|error| nothing(error.into()))?;
    let open = || TcpPipe::connect(uri.resolve()?, limit.at_most(connect_limit).remaining());
    let mut pipe = open().map_err(|error| nothing(DeviceError::Pipe(error).into()))?;
    let body = request.encode();
    let head = request_head(&uri.authority(), &uri.path, body.len() + document.len());
    let mut written_bytes = 0;
    for part in [head.as_bytes(), &body, document] {
        let sent = send(&mut pipe, part, limit);
        written_bytes += *sent.as_ref().unwrap_or_else(|error| &error.written_bytes);
        if let Err(error) = sent {
            let cancelled = limit.is_cancelled();
            let error = if cancelled { PrinterError::Cancelled } else { PrinterError::Send(error) };
            return Err(Lost { written_bytes, whole: false, error });
        }
    }
    receive(&mut pipe, request.request_id, limit).map_err(|error| Lost { written_bytes, whole: true, error })
}

/// Sends in steps, so that it can be called back.
fn send(pipe: &mut TcpPipe, bytes: &[u8], limit: &CommandLimit) -> Result<usize, WriteError> {
    let mut written_bytes = 0;
    while let Some(rest) = bytes.get(written_bytes..).filter(|rest| !rest.is_empty()) {
        match pipe.write_all(rest, limit.step()) {
            Ok(()) => written_bytes = bytes.len(),
            Err(error) => {
                written_bytes += error.written_bytes;
                let over = limit.is_cancelled() || limit.has_passed();
                if over || !matches!(error.source, PipeError::TimedOut) {
                    return Err(WriteError { written_bytes, ..error });
                }
            }
        }
    }
    Ok(written_bytes)
}

fn receive(pipe: &mut TcpPipe, request_id: u32, limit: &CommandLimit) -> Result<Message, PrinterError> {
    let wrong = |error: AnswerError| PrinterError::Protocol(Box::new(error));
    let mut reader = HttpReader::new(Side::Answer, MAX_ANSWER_BYTES);
    let mut buffer = vec![0; 8192];
    let body = loop {
        match pipe.receive(&mut buffer, limit) {
            Ok(count) => {
                let bytes = buffer.get(..count).unwrap_or_default();
                if let Some(body) = reader.push(bytes).map_err(|error| wrong(error.into()))? {
                    break body;
                }
            }
            // Some answers end with their connection.
            Err(DeviceError::Pipe(PipeError::Disconnected)) => match reader.end() {
                Ok(body) => break body,
                Err(_) => return Err(PipeError::Disconnected.into()),
            },
            Err(error) => return Err(error.into()),
        }
    };
    let (message, _) = Message::decode(&body).map_err(|error| wrong(error.into()))?;
    if message.request_id == request_id { Ok(message) } else { Err(wrong(AnswerError::RequestId)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let shown = |text: &str| text.parse::<IppUri>().map(|uri| uri.to_string());
        assert_eq!(shown("ipp://10.0.0.9"), Ok("ipp://10.0.0.9:631/ipp/print".to_owned()));
        assert_eq!(shown("http://printer:8631/printers/a4"), Ok("ipp://printer:8631/printers/a4".to_owned()));
        assert_eq!(shown("ipp://[::1]/"), Ok("ipp://[::1]:631/ipp/print".to_owned()));
        for wrong in
            ["", "10.0.0.9", "ipps://a", "ipp://", "ipp://a:0", "ipp://a:x", "ipp://a b", "ipp://u@a", "ipp://:1"]
        {
            assert_eq!(shown(wrong), Err(IppUriError), "{wrong:?}");
        }
    }
}
