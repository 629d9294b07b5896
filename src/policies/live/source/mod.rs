// SPDX-License-Identifier: GPL-3.0-only
//! Where bundles come from: a file, a web address, or nowhere but by hand.

mod address;
mod file;

pub use address::{AddressLimits, AddressSetupError};

use std::time::Duration;

use tokio::time::Instant;

use address::AddressSource;
use file::FileSource;

use super::refusal::{Again, SourceFault};
use crate::settings::{PolicyOrigin, PolicySettings};

/// What a bundle that depends on the clock or the disk waits before it is read again.
pub(super) const LATER: Duration = Duration::from_secs(60);
/// Longest pause after repeated failures of an address.
const LONGEST_PAUSE: Duration = Duration::from_secs(900);
/// How much longer than asked a pause may be, in hundredths: thousands of terminals must not ask in one second.
const SPREAD_PERCENT: u32 = 10;

/// What a source told.
#[derive(Debug)]
pub(super) enum Found {
    /// Nothing new.
    Same,
    /// A bundle, or what lies in its place.
    New(Vec<u8>),
}

/// A source of bundles.
#[derive(Debug)]
pub(super) enum Source {
    /// A file.
    File(FileSource),
    /// A web address.
    Address(Box<AddressSource>),
}

impl Source {
    pub(super) fn new(settings: &PolicySettings, limits: AddressLimits) -> Result<Self, AddressSetupError> {
        Ok(match &settings.origin {
            PolicyOrigin::File(path) => Self::File(FileSource::new(path.clone())),
            PolicyOrigin::Address { url, ca_file } => {
                Self::Address(Box::new(AddressSource::new(url, ca_file.as_deref(), limits)?))
            }
        })
    }

    /// Asks it once.
    pub(super) async fn ask(&mut self) -> Result<Found, SourceFault> {
        match self {
            Self::File(file) => file.ask().await,
            Self::Address(address) => address.ask().await,
        }
    }

    /// What became of the last [`Found::New`]; `None` where it was good.
    pub(super) fn settle(&mut self, again: Option<Again>) {
        match self {
            Self::File(file) => file.settle(again),
            Self::Address(address) => address.settle(again),
        }
    }

    /// Nothing is known any more: the next answer is new in any case.
    pub(super) fn forget(&mut self) {
        match self {
            Self::File(file) => file.forget(),
            Self::Address(address) => address.forget(),
        }
    }

    /// How long to wait before it is asked again, after so many failures in a row.
    pub(super) fn pause(&self, period: Duration, failures: u32) -> Duration {
        match self {
            // Looking at a file costs nobody anything.
            Self::File(_) => period,
            Self::Address(_) => spread(backed_off(period, failures), random_byte()),
        }
    }
}

/// Doubled with each failure, up to [`LONGEST_PAUSE`] or the period itself where that is longer.
fn backed_off(period: Duration, failures: u32) -> Duration {
    let doubled = period.saturating_mul(1_u32.checked_shl(failures.min(16)).unwrap_or(u32::MAX));
    doubled.min(LONGEST_PAUSE.max(period))
}

fn spread(pause: Duration, chance: u8) -> Duration {
    pause + pause * SPREAD_PERCENT / 100 * u32::from(chance) / 255
}

fn random_byte() -> u8 {
    let mut byte = [0];
    // Without random numbers the terminals ask together, and nothing else is wrong.
    let _ = getrandom::fill(&mut byte);
    byte[0]
}

/// Whether the time has come; a time that is not set never comes.
fn is_due(at: Option<Instant>) -> bool {
    at.is_some_and(|at| at <= Instant::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let minute = Duration::from_secs(60);
        let pauses: Vec<u64> = (0..7).map(|failures| backed_off(minute, failures).as_secs()).collect();
        assert_eq!(pauses, [60, 120, 240, 480, 900, 900, 900]);
        assert_eq!(backed_off(Duration::from_secs(3600), 9), Duration::from_secs(3600));
        assert_eq!(backed_off(minute, u32::MAX), LONGEST_PAUSE);
        assert_eq!((spread(minute, 0), spread(minute, 255)), (minute, Duration::from_secs(66)));
    }
}
