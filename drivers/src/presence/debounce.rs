// SPDX-License-Identifier: MIT OR Apache-2.0
//! Passers-by do not count, and a moment without movement is no farewell.

use std::time::{Duration, Instant};

use super::Presence;

/// How long a reading must last to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DebounceOptions {
    /// Until somebody counts as present.
    pub on: Duration,
    /// Until nobody does.
    pub off: Duration,
    /// Without any reading until nothing is known.
    pub silence: Duration,
}

impl Default for DebounceOptions {
    /// 2 s on, 20 s off, 5 s of silence.
    fn default() -> Self {
        Self { on: Duration::from_secs(2), off: Duration::from_secs(20), silence: Duration::from_secs(5) }
    }
}

/// Settles the readings of a sensor. Time is handed in.
///
/// The first reading settles after the time of its kind, so nothing is known before.
#[derive(Clone, Debug)]
pub struct Debounce {
    options: DebounceOptions,
    settled: Presence,
    /// The present run of equal readings: what, and since when.
    run: Option<(bool, Instant)>,
    /// Last reading, or the beginning.
    heard: Instant,
}

impl Debounce {
    /// Nothing has been heard yet.
    #[must_use]
    pub fn new(options: DebounceOptions, now: Instant) -> Self {
        Self { options, settled: Presence::Unknown, run: None, heard: now }
    }

    /// The settled state.
    #[must_use]
    pub fn presence(&self) -> Presence {
        self.settled
    }

    /// Enters a reading. Returns the settled state if it changed.
    pub fn reading(&mut self, somebody: bool, now: Instant) -> Option<Presence> {
        let silent = self.at(now);
        self.heard = now;
        let since = match self.run {
            Some((same, since)) if same == somebody => since,
            _ => {
                self.run = Some((somebody, now));
                now
            }
        };
        let (needed, state) =
            if somebody { (self.options.on, Presence::Present) } else { (self.options.off, Presence::Absent) };
        let settled = now.saturating_duration_since(since) >= needed && self.settled != state;
        if settled {
            self.settled = state;
            return Some(state);
        }
        silent
    }

    /// Time went on without a reading. Returns [`Presence::Unknown`] once when the silence became too long.
    pub fn at(&mut self, now: Instant) -> Option<Presence> {
        if now.saturating_duration_since(self.heard) < self.options.silence {
            return None;
        }
        self.run = None;
        let changed = self.settled != Presence::Unknown;
        self.settled = Presence::Unknown;
        changed.then_some(Presence::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds (second, reading) and gathers (second, change).
    fn run(readings: impl IntoIterator<Item = (u64, Option<bool>)>) -> Vec<(u64, Presence)> {
        let start = Instant::now();
        let mut debounce = Debounce::new(DebounceOptions::default(), start);
        let mut changes = Vec::new();
        for (second, reading) in readings {
            let now = start + Duration::from_secs(second);
            let change = match reading {
                Some(reading) => debounce.reading(reading, now),
                None => debounce.at(now),
            };
            changes.extend(change.map(|change| (second, change)));
        }
        changes
    }

    #[test]
    fn two_seconds_to_come_and_twenty_to_go() {
        let there = (0..5).map(|second| (second, Some(true)));
        let gone = (5..40).map(|second| (second, Some(false)));
        assert_eq!(run(there.chain(gone)), [(2, Presence::Present), (25, Presence::Absent)]);
    }

    #[test]
    fn a_passer_by_and_a_moment_of_stillness_change_nothing() {
        let empty = (0..21).map(|second| (second, Some(false)));
        let passer = [(21, Some(true)), (22, Some(true)), (23, Some(false))];
        let stays = (24..30).map(|second| (second, Some(true)));
        let still = (30..45).map(|second| (second, Some(false)));
        let moves = (45..50).map(|second| (second, Some(true)));
        let all = empty.chain(passer).chain(stays).chain(still).chain(moves);
        assert_eq!(run(all), [(20, Presence::Absent), (26, Presence::Present)]);
    }

    #[test]
    fn silence_is_unknown_once_and_readings_settle_anew() {
        let there = (0..4).map(|second| (second, Some(true)));
        let silence = (4..20).map(|second| (second, None));
        let again = (20..24).map(|second| (second, Some(true)));
        let changes = run(there.chain(silence).chain(again));
        assert_eq!(changes, [(2, Presence::Present), (8, Presence::Unknown), (22, Presence::Present)]);
    }
}
