// SPDX-License-Identifier: GPL-3.0-only
//! Chance in the simulated case, the same for the same seed.

use std::time::Duration;

/// Splitmix64: small, and the same everywhere.
#[derive(Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    /// True so many times of a thousand.
    pub(super) fn per_mille(&mut self, times: u32) -> bool {
        self.below(1000) < times as usize
    }

    pub(super) fn millis(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.below((to - from) as usize) as u64)
    }
}

/// How often, of a thousand times, each thing goes wrong.
#[derive(Clone, Debug, Default)]
pub(super) struct Chaos {
    /// A tag does not answer in one pass.
    pub(super) miss: u32,
    /// A tag begins not to answer for a whole count.
    pub(super) mute: u32,
    /// A tag answers, and its content cannot be read in this pass.
    pub(super) unreadable: u32,
    /// The next antenna hears a tag too.
    pub(super) cross: u32,
    /// A count fails, and the reader is silent for a while.
    pub(super) reader: u32,
    /// A pass fails, or answers fall together.
    pub(super) pass: u32,
    /// A lock jams, answers oddly, or opens late.
    pub(super) lock: u32,
    /// A contact says closed all the time while its door stands open.
    pub(super) contact: u32,
    /// The lock board is silent for a while.
    pub(super) board: u32,
    /// The power fails between two effects.
    pub(super) power: u32,
    /// A write fails.
    pub(super) disk: u32,
    /// The network goes or comes.
    pub(super) network: u32,
    /// People do what they should not: force doors, hold them open, walk away, dispute.
    pub(super) people: u32,
}
