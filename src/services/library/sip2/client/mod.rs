// SPDX-License-Identifier: GPL-3.0-only
//! The terminal's end of SIP2: one connection, owned by one task, one request at a time.
//!
//! The one question after every failure is whether the library may have acted. What left that open is
//! [`CallError::Unknown`]; what certainly was not taken is [`CallError::NotSent`]. A request that changes something is
//! sent again only when the server said (96) that it did not take it, never over another connection and never after
//! silence: a repeated checkout counts as a renewal on some servers.

mod connection;
mod exchange;
mod failure;
mod task;
#[cfg(test)]
pub(super) mod tests;
mod tls;

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};
use zeroize::Zeroizing;

use self::exchange::Repeat;
use super::message::{Message, Request};
use super::profile::ServerProfile;
use super::{AcsStatus, Layout, Received};

pub use self::connection::{LEAST_ANSWER_TIMEOUT, Limits};
pub(super) use self::tls::secure;

pub use self::failure::{CallError, ConnectError, Doubt, NotSent};

/// Most requests that wait; a terminal has one resident at a time.
pub const MAX_QUEUED_CALLS: usize = 16;

/// How the connection is.
#[derive(Clone, Debug, Default)]
pub enum LinkState {
    /// Not tried yet.
    #[default]
    New,
    /// Logged in, and the server has told its rules.
    Up(Arc<AcsStatus>),
    /// Down, with what failed.
    Down(Arc<ConnectError>),
}

impl LinkState {
    /// Whether requests can be sent at once.
    #[must_use]
    pub fn is_up(&self) -> bool {
        matches!(self, Self::Up(_))
    }
}

/// The answer to a request, with what was strange about its form.
#[derive(Clone, Debug)]
pub struct Reply<A> {
    /// The answer.
    pub answer: A,
    /// Required fields that were not there.
    pub missing_fields: usize,
    /// Places that are not in the character set of the profile.
    pub undecodable: usize,
}

/// A connection to a library system. Cheap to clone; it ends with its last clone.
#[derive(Clone, Debug)]
pub struct Sip2Client {
    calls: mpsc::Sender<Call>,
    link: watch::Receiver<LinkState>,
}

/// One request on its way to the task.
struct Call {
    request: Message,
    expected: &'static str,
    repeat: Repeat,
    answer: oneshot::Sender<Result<Received, CallError>>,
}

impl std::fmt::Debug for Call {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Call").field("request", &self.request.code()).finish_non_exhaustive()
    }
}

impl Sip2Client {
    /// Starts the task, which connects at once and keeps the connection.
    ///
    /// # Panics
    /// Never; it must be called inside a tokio runtime.
    #[must_use]
    pub fn start(profile: Arc<ServerProfile>) -> Self {
        let (calls, queue) = mpsc::channel(MAX_QUEUED_CALLS);
        let (state, link) = watch::channel(LinkState::New);
        tokio::spawn(task::run(profile, queue, state));
        Self { calls, link }
    }

    /// How the connection is; changes are told.
    #[must_use]
    pub fn link(&self) -> watch::Receiver<LinkState> {
        self.link.clone()
    }

    /// Sends one request and gives its answer, whatever the answer says.
    ///
    /// # Errors
    /// [`CallError`]: it was certainly not taken, or nobody knows.
    pub async fn call<R: Request>(&self, request: R) -> Result<Reply<R::Answer>, CallError> {
        let (answer, answered) = oneshot::channel();
        let call = Call { request: request.into(), expected: R::Answer::CODE, repeat: Repeat::of(R::CODE), answer };
        self.calls.try_send(call).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => NotSent::QueueFull,
            mpsc::error::TrySendError::Closed(_) => NotSent::Stopped,
        })?;
        // The task ends only with the last client, or with the runtime: then nobody knows.
        let received = answered.await.map_err(|_| Doubt::Stopped)??;
        let (missing_fields, undecodable) = (received.missing_fields.len(), received.undecodable);
        match R::Answer::try_from(received.message) {
            Ok(answer) => Ok(Reply { answer, missing_fields, undecodable }),
            Err(_) => Err(Doubt::OtherAnswer.into()),
        }
    }
}

/// Bytes as they are read from the wire; wiped, because they are personal.
type ReadBuffer = Zeroizing<[u8; connection::READ_BYTES]>;
