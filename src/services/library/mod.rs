// SPDX-License-Identifier: GPL-3.0-only
//! Library systems.

pub mod sim;
pub mod sip2;

use std::future::Future;

use tokio::sync::watch;

use crate::domain::library::{LibraryAnswer, LibraryCall};
use crate::protocol::Fault;

/// What every library system can do, whatever its protocol.
pub trait Library: Send + Sync + 'static {
    /// Puts a question; the answer is of the same kind. A fault comes beside an answer that failed, and
    /// beside a good one whose form was wrong; it is free of personal data.
    ///
    /// A question that changes something is sent at most once: after
    /// [`CallFailure::Unknown`](crate::domain::library::CallFailure::Unknown) ask how it is now.
    fn ask(&self, call: LibraryCall) -> impl Future<Output = (LibraryAnswer, Option<Fault>)> + Send;

    /// Whether the library can be reached at the moment, as far as is known.
    fn reachable(&self) -> watch::Receiver<bool>;
}
