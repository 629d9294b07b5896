// SPDX-License-Identifier: GPL-3.0-only
//! A connection: made, logged in, and told the server's rules.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use zeroize::Zeroizing;

use super::exchange::Repeat;
use super::failure::{CallError, ConnectError};
use super::{ReadBuffer, tls};
use crate::services::library::sip2::fixed::{Code, ScCondition};
use crate::services::library::sip2::frame::{Frame, FrameError, Framer};
use crate::services::library::sip2::profile::{LoginProfile, ServerProfile, StatusFlags};
use crate::services::library::sip2::{AcsStatus, Codec, Layout, Login, LoginResponse, Request, ScStatus};

/// Bytes of one read.
pub(super) const READ_BYTES: usize = 8 * 1024;
/// No server is given less time than this to answer, whatever its 98 says.
pub const LEAST_ANSWER_TIMEOUT: Duration = Duration::from_secs(1);
/// What 98 says when it does not know a limit.
const NOT_KNOWN: u16 = 999;
/// Characters in a line of a slip.
const PRINT_WIDTH: u16 = 40;

/// What is read and written.
pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// Limits of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Time to wait for an answer.
    pub answer: Duration,
    /// How often a message may be sent again.
    pub retries: u16,
}

impl Limits {
    /// What `status` tells, within what the profile allows.
    #[must_use]
    pub fn new(profile: &ServerProfile, status: Option<&AcsStatus>) -> Self {
        let told = |value: Option<u16>| value.filter(|value| *value != NOT_KNOWN);
        let answer = status
            .and_then(|status| told(status.timeout.get()))
            .filter(|tenths| *tenths > 0)
            .map_or(profile.answer_timeout, |tenths| Duration::from_millis(u64::from(tenths) * 100));
        let retries = status.and_then(|status| told(status.retries.get())).unwrap_or(profile.retries);
        let least = LEAST_ANSWER_TIMEOUT.min(profile.answer_timeout);
        Self { answer: answer.clamp(least, profile.answer_timeout), retries: retries.min(profile.retries) }
    }
}

/// What came from the wire.
pub(super) enum Arrival {
    Frame(Frame),
    Unusable(FrameError),
    /// The server closed; `in_frame` in the middle of a message.
    Closed {
        in_frame: bool,
    },
    Failed(io::Error),
    /// Nothing within the time limit.
    Late,
}

/// An open connection.
pub(super) struct Connection {
    wire: Box<dyn Wire>,
    framer: Framer,
    /// Frames of one read that were not looked at yet; at most [`READ_BYTES`] of them.
    arrived: VecDeque<Result<Frame, FrameError>>,
    buffer: ReadBuffer,
    next_sequence: u8,
    pub(super) codec: Codec,
    pub(super) limits: Limits,
}

impl Connection {
    pub(super) fn new(wire: Box<dyn Wire>, codec: Codec, limits: Limits) -> Self {
        let buffer = Zeroizing::new([0; READ_BYTES]);
        let (framer, arrived) = (Framer::default(), VecDeque::new());
        Self { wire, framer, arrived, buffer, next_sequence: 0, codec, limits }
    }

    /// Connects, logs in and asks for the status.
    pub(super) async fn open(profile: &ServerProfile) -> Result<(Self, AcsStatus), ConnectError> {
        let wire = timeout(profile.connect_timeout, connect(profile)).await.map_err(|_| ConnectError::Timeout)??;
        let mut connection = Self::new(wire, profile.codec(), Limits::new(profile, None));
        if let Some(login) = &profile.login {
            connection.log_in(profile, login).await?;
        }
        let status = connection.status().await.map_err(|error| ConnectError::Status(Box::new(error)))?;
        if profile.status_flags == StatusFlags::Honest && status.online.is_no() {
            return Err(ConnectError::Offline);
        }
        connection.limits = Limits::new(profile, Some(&status));
        Ok((connection, status))
    }

    async fn log_in(&mut self, profile: &ServerProfile, login: &LoginProfile) -> Result<(), ConnectError> {
        let location = (!profile.terminal_location.is_empty()).then(|| profile.terminal_location.clone());
        let request = Login {
            user_algorithm: 0.into(),
            password_algorithm: 0.into(),
            user: login.user.clone(),
            password: login.password.clone(),
            location_code: location,
        };
        let answer: LoginResponse = self.ask(request).await.map_err(|error| ConnectError::Login(Box::new(error)))?;
        if answer.ok { Ok(()) } else { Err(ConnectError::LoginRefused) }
    }

    /// Asks for the rules of the server: 99.
    pub(super) async fn status(&mut self) -> Result<AcsStatus, CallError> {
        let request =
            ScStatus { condition: ScCondition::Ok, print_width: PRINT_WIDTH.into(), version: Code::new("2.00") };
        self.ask(request).await
    }

    async fn ask<R: Request>(&mut self, request: R) -> Result<R::Answer, CallError> {
        let received = self.exchange(&request.into(), R::Answer::CODE, Repeat::of(R::CODE)).await?;
        R::Answer::try_from(received.message).map_err(|_| super::Doubt::OtherAnswer.into())
    }

    pub(super) fn take_sequence(&mut self) -> u8 {
        let sequence = self.next_sequence;
        self.next_sequence = (sequence + 1) % 10;
        sequence
    }

    /// Writes all of `bytes` within the time of an answer.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let write = async {
            self.wire.write_all(bytes).await?;
            self.wire.flush().await
        };
        timeout(self.limits.answer, write).await.unwrap_or_else(|late| Err(late.into()))
    }

    /// The next thing that arrives before `deadline`.
    pub(super) async fn arrival(&mut self, deadline: Instant) -> Arrival {
        timeout_at(deadline, self.next()).await.unwrap_or(Arrival::Late)
    }

    /// The next thing that arrives. May be called off without losing anything.
    pub(super) async fn next(&mut self) -> Arrival {
        loop {
            match self.arrived.pop_front() {
                Some(Ok(frame)) => return Arrival::Frame(frame),
                Some(Err(error)) => return Arrival::Unusable(error),
                None => (),
            }
            let arrived = &mut self.arrived;
            match self.wire.read(&mut self.buffer[..]).await {
                Ok(0) => return Arrival::Closed { in_frame: self.framer.is_partial() },
                Ok(length) => {
                    let bytes = self.buffer.get(..length).unwrap_or_default();
                    self.framer.push(bytes, |frame| arrived.push_back(frame));
                }
                Err(error) => return Arrival::Failed(error),
            }
        }
    }

    /// Forgets what arrived without having been asked for.
    pub(super) fn forget_arrived(&mut self) {
        self.arrived.clear();
    }
}

async fn connect(profile: &ServerProfile) -> Result<Box<dyn Wire>, ConnectError> {
    let stream = TcpStream::connect((profile.host.as_str(), profile.port)).await.map_err(ConnectError::Tcp)?;
    // Requests are small and waited for.
    stream.set_nodelay(true).map_err(ConnectError::Tcp)?;
    match &profile.tls {
        None => Ok(Box::new(stream)),
        Some(tls) => Ok(Box::new(tls::secure(stream, &profile.host, tls).await?)),
    }
}
