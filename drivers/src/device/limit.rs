// SPDX-License-Identifier: MIT OR Apache-2.0
//! How long a command may go on: until a point in time, or until somebody calls it back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::DeviceError;

/// A point in time until which something may take; a limit that several steps share.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    /// The longest time that can be waited for: one day. A longer one is a mistake.
    pub const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

    /// The point `limit` from now, at most [`Self::LONGEST`].
    #[must_use]
    pub fn after(limit: Duration) -> Self {
        Self(Instant::now() + limit.min(Self::LONGEST))
    }

    /// What remains; zero when the point has passed.
    #[must_use]
    pub fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Whether the point has passed.
    #[must_use]
    pub fn has_passed(self) -> bool {
        self.remaining().is_zero()
    }

    /// What remains, but at most `step`.
    #[must_use]
    pub fn at_most(self, step: Duration) -> Duration {
        self.remaining().min(step)
    }
}

/// Calls a command back from another thread. Clones are the same token.
#[derive(Clone, Debug, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// A token that nobody has used yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Calls back what runs under this token; it ends within [`CommandLimit::STEP`].
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether it was called back.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// How long a command may go on: until its deadline, or until its token is cancelled.
#[derive(Clone, Debug)]
pub struct CommandLimit {
    deadline: Deadline,
    cancel: CancelToken,
}

impl CommandLimit {
    /// Longest time between two looks at the token: waiting on a wire is done in steps of it.
    pub const STEP: Duration = Duration::from_millis(20);

    /// `limit` from now, and nobody to call it back.
    #[must_use]
    pub fn after(limit: Duration) -> Self {
        Self::cancelled_by(limit, CancelToken::new())
    }

    /// `limit` from now, or until `cancel` is used.
    #[must_use]
    pub fn cancelled_by(limit: Duration, cancel: CancelToken) -> Self {
        Self { deadline: Deadline::after(limit), cancel }
    }

    /// The same token, and at most `limit` from now.
    #[must_use]
    pub fn at_most(&self, limit: Duration) -> Self {
        let deadline = Deadline::after(self.deadline.at_most(limit));
        Self { deadline, cancel: self.cancel.clone() }
    }

    /// What remains of the time; zero when it has passed.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.deadline.remaining()
    }

    /// Whether the time has passed.
    #[must_use]
    pub fn has_passed(&self) -> bool {
        self.deadline.has_passed()
    }

    /// Whether the command was called back.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// How long to wait before the next look at the token.
    #[must_use]
    pub fn step(&self) -> Duration {
        self.deadline.at_most(Self::STEP)
    }

    /// Goes on, or says why not.
    ///
    /// # Errors
    /// [`DeviceError::Cancelled`] before [`DeviceError::NoAnswer`].
    pub fn check(&self) -> Result<(), DeviceError> {
        if self.is_cancelled() {
            Err(DeviceError::Cancelled)
        } else if self.has_passed() {
            Err(DeviceError::NoAnswer)
        } else {
            Ok(())
        }
    }
}
