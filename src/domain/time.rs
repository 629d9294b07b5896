// SPDX-License-Identifier: GPL-3.0-only
//! Time as the domain sees it: always given, never asked for.

use std::time::Duration;

/// A point on the monotonic clock: since the program started. All limits are counted on it, so that a
/// jump of the wall clock changes none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Moment(Duration);

impl Moment {
    /// The moment `since_start` after the program started.
    #[must_use]
    pub const fn from_start(since_start: Duration) -> Self {
        Self(since_start)
    }

    /// Time from `earlier` to here; zero where `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// Time since the program started.
    #[must_use]
    pub const fn since_start(self) -> Duration {
        self.0
    }
}

impl std::ops::Add<Duration> for Moment {
    type Output = Self;

    fn add(self, rest: Duration) -> Self {
        Self(self.0.saturating_add(rest))
    }
}

/// Wall-clock time: seconds since 1970 UTC. Only shown and journaled, never counted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct WallTime(pub i64);

/// Both clocks at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Now {
    /// For limits.
    pub moment: Moment,
    /// For people and the journal.
    pub wall: WallTime,
}
