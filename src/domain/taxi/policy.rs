// SPDX-License-Identifier: GPL-3.0-only
//! The limits of one ride, from the settings.

use std::time::Duration;

use crate::protocol::GeoPoint;

/// Limits and numbers that the rules of a ride need.
#[derive(Clone, Debug, PartialEq)]
pub struct RidePolicy {
    /// The gate.
    pub pickup: GeoPoint,
    /// Pause between two questions about a hail.
    pub poll_interval: Duration,
    /// Longest pause after repeated failures.
    pub longest_backoff: Duration,
    /// How long the rider may say no before the terminal confirms.
    pub confirm_after: Duration,
    /// How many taxis are asked for one rider.
    pub max_hails: u32,
    /// How long a search goes on; a hail that a driver is looking at is waited for all the same.
    pub max_search: Duration,
    /// How long an empty list of taxis is asked for again.
    pub empty_patience: Duration,
    /// How long after a lost answer the centre may still carry the request out. Only when it has said
    /// twice that there is no hail, the second time after so long, is the hail taken as never made. Must
    /// not be shorter than the client's own time limit for an answer.
    pub resolve_settle: Duration,
    /// How long the rider waits while the centre does not answer; then the truth is told and the rest is
    /// done in the background.
    pub outage_patience: Duration,
    /// Average speed in metres a second for the minutes shown.
    pub average_speed_m_s: f64,
}

/// A road is longer than the straight line by about this (usual figure for town grids).
const DETOUR_FACTOR: f64 = 1.3;
/// Nearer than this the car stands at the gate, as far as a position can tell.
const NEAR_M: f64 = 60.0;
/// No longer forecast is shown.
const LONGEST_FORECAST_MIN: u32 = 60;

/// How far a taxi is from the gate, as the resident is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Approach {
    /// Whole minutes, at least 1, at most 60.
    pub minutes: u32,
    /// It stands at the gate.
    pub near: bool,
}

impl RidePolicy {
    /// The forecast for a taxi at `position`.
    ///
    /// The centre's `crowfly_distance` is not used: its unit differs between answers, the two positions
    /// do not.
    #[must_use]
    pub fn approach(&self, position: GeoPoint) -> Approach {
        let distance_m = self.pickup.distance_m(position);
        let seconds = distance_m * DETOUR_FACTOR / self.average_speed_m_s.max(0.5);
        let mut minutes = 1;
        while minutes < LONGEST_FORECAST_MIN && f64::from(minutes) * 60.0 < seconds {
            minutes += 1;
        }
        Approach { minutes, near: distance_m < NEAR_M }
    }

    /// Pause before the next try after `failures` failures in a row: doubled each time, capped.
    #[must_use]
    pub fn backoff(&self, failures: u32) -> Duration {
        let doubled = self.poll_interval.saturating_mul(1 << failures.min(6));
        doubled.min(self.longest_backoff).max(self.poll_interval)
    }
}

#[cfg(test)]
pub(crate) fn test_policy() -> RidePolicy {
    RidePolicy {
        pickup: GeoPoint::new(119.107, 36.709).unwrap(),
        poll_interval: Duration::from_secs(2),
        longest_backoff: Duration::from_secs(15),
        confirm_after: Duration::from_secs(10),
        max_hails: 3,
        max_search: Duration::from_secs(240),
        empty_patience: Duration::from_secs(40),
        resolve_settle: Duration::from_secs(10),
        outage_patience: Duration::from_secs(45),
        average_speed_m_s: 5.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_follow_the_distance_and_are_bounded() {
        let policy = test_policy();
        let at = |longitude| policy.approach(GeoPoint::new(longitude, 36.709).unwrap());
        assert_eq!(at(119.107), Approach { minutes: 1, near: true });
        // 0.01 degrees of longitude at 36.7 degrees north are 891 m: 232 s with the detour.
        assert_eq!(at(119.117), Approach { minutes: 4, near: false });
        assert_eq!(at(125.0).minutes, 60);
    }

    #[test]
    fn backoff_doubles_and_is_capped() {
        let policy = test_policy();
        let pauses: Vec<u64> = (0..8).map(|failures| policy.backoff(failures).as_secs()).collect();
        assert_eq!(pauses, [2, 4, 8, 15, 15, 15, 15, 15]);
    }
}
