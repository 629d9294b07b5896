// SPDX-License-Identifier: GPL-3.0-only
//! Chance from a seed, so that a failure can be repeated.

use std::time::Duration;

/// xorshift64.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        // Seeds that lie side by side give sequences that do not; zero would stay zero.
        let mut chance = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).max(1));
        for _ in 0..8 {
            chance.next();
        }
        chance
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// From 0 to `count` - 1.
    pub fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next() % count as u64).unwrap()
    }

    /// True once in `count` times.
    pub fn once_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub fn of<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        &things[self.below(things.len())]
    }

    pub fn up_to(&mut self, longest: Duration) -> Duration {
        longest.mul_f64(self.below(1000) as f64 / 1000.0)
    }

    /// Fisher and Yates.
    pub fn shuffle<T>(&mut self, things: &mut [T]) {
        for at in (1..things.len()).rev() {
            things.swap(at, self.below(at + 1));
        }
    }
}

/// A number from the environment, where it is given.
pub fn from_environment(name: &str, usual: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|error| panic!("{name}: {error}")),
        Err(_) => usual,
    }
}
