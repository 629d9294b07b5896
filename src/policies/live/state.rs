// SPDX-License-Identifier: GPL-3.0-only
//! What the rest of the program sees.

use std::sync::Arc;

use crate::domain::time::WallTime;
use crate::protocol::Fault;

/// Seconds of a day.
const DAY_S: i64 = 86_400;

/// The pack that is live.
#[derive(Debug)]
pub struct LivePack<P> {
    /// What decides.
    pub pack: Arc<P>,
    /// Its sequence number.
    pub sequence: u64,
    /// When it was made.
    pub made: WallTime,
    /// From when it was to be in effect; nothing is at once.
    pub effective: Option<WallTime>,
    /// Who approved it, by the names in the settings.
    pub signers: Vec<String>,
    /// When its source was last reached, to the minute; nothing since the program started.
    pub checked: Option<WallTime>,
}

// Derived, it would ask that the pack can be cloned.
impl<P> Clone for LivePack<P> {
    fn clone(&self) -> Self {
        let Self { pack, sequence, made, effective, signers, checked } = self;
        Self {
            pack: Arc::clone(pack),
            sequence: *sequence,
            made: *made,
            effective: *effective,
            signers: signers.clone(),
            checked: *checked,
        }
    }
}

impl<P> LivePack<P> {
    /// Full days since it was made; zero where the clock is behind.
    #[must_use]
    pub fn age_days(&self, now: WallTime) -> u32 {
        u32::try_from(now.0.saturating_sub(self.made.0).max(0) / DAY_S).unwrap_or(u32::MAX)
    }
}

/// The bundle that waits for its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its sequence number.
    pub sequence: u64,
    /// When it goes live.
    pub effective: WallTime,
}

/// Why there are no policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPolicies {
    /// The folder is being looked at.
    Starting,
    /// None ever came to this terminal.
    NeverCame,
    /// None of those on the disk can be used; the log says why.
    NoneGood,
    /// The one that came is not in effect yet.
    NotYet,
}

/// What is live, and what keeps something else from it.
#[derive(Debug)]
pub struct PolicyState<P> {
    /// The pack that is live, or why there is none.
    pub live: Result<Arc<LivePack<P>>, NoPolicies>,
    /// What goes live at its time.
    pub waiting: Option<Waiting>,
    /// Why the newest bundle that came is not live; nothing once a good one came.
    pub refused: Option<Fault>,
    /// Why the source cannot be reached, while it cannot.
    pub unreachable: Option<Fault>,
    /// What was wrong with the bundles on the disk at the start, or when one of them was to go live.
    pub stored: Option<Fault>,
}

impl<P> Clone for PolicyState<P> {
    fn clone(&self) -> Self {
        let Self { live, waiting, refused, unreachable, stored } = self;
        Self {
            live: live.clone(),
            waiting: *waiting,
            refused: refused.clone(),
            unreachable: unreachable.clone(),
            stored: stored.clone(),
        }
    }
}

impl<P> Default for PolicyState<P> {
    fn default() -> Self {
        Self { live: Err(NoPolicies::Starting), waiting: None, refused: None, unreachable: None, stored: None }
    }
}
