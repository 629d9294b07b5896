// SPDX-License-Identifier: GPL-3.0-only
//! The only place that reads a clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::time::Instant;

use crate::domain::kiosk::LocalTime;
use crate::domain::time::{Moment, Now, WallTime};

/// The wall clock may drift by so much within a minute before it counts as a jump.
const DRIFT: Duration = Duration::from_secs(5);

/// Both clocks, and the gate's time zone.
#[derive(Debug)]
pub struct Clock {
    start: Instant,
    zone: TimeZone,
    last: Now,
}

impl Clock {
    /// A clock that starts now. The zone was checked with the settings; an unknown one is UTC.
    #[must_use]
    pub fn new(time_zone: &str) -> Self {
        let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
        let mut clock = Self { start: Instant::now(), zone, last: Now::default() };
        clock.last = clock.now();
        clock
    }

    /// Both clocks.
    #[must_use]
    pub fn now(&self) -> Now {
        Now { moment: Moment::from_start(self.start.elapsed()), wall: wall() }
    }

    /// The instant of a moment.
    #[must_use]
    pub fn instant(&self, moment: Moment) -> Instant {
        self.start + moment.since_start()
    }

    /// The gate's time zone.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The gate's wall clock.
    #[must_use]
    pub fn local_time(&self) -> LocalTime {
        local_time(wall(), &self.zone)
    }

    /// By how many seconds the wall clock jumped against the monotonic one since the last call, if it did.
    pub fn jump(&mut self) -> Option<i64> {
        let now = self.now();
        let passed = i64::try_from(now.moment.since(self.last.moment).as_secs()).unwrap_or(i64::MAX);
        let jump = (now.wall.0 - self.last.wall.0).saturating_sub(passed);
        self.last = now;
        (jump.unsigned_abs() > DRIFT.as_secs()).then_some(jump)
    }
}

fn wall() -> WallTime {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    WallTime(i64::try_from(seconds).unwrap_or(i64::MAX))
}

/// `wall` at the gate.
pub(super) fn local_time(wall: WallTime, zone: &TimeZone) -> LocalTime {
    let time = Timestamp::from_second(wall.0).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(zone.clone());
    let number = |value: i8| u8::try_from(value).unwrap_or(0);
    LocalTime {
        year: u16::try_from(time.year()).unwrap_or(0),
        month: number(time.month()),
        day: number(time.day()),
        weekday: number(time.weekday().to_monday_one_offset()),
        hour: number(time.hour()),
        minute: number(time.minute()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gate_has_its_own_time() {
        let shanghai = TimeZone::get("Asia/Shanghai").unwrap();
        // 2026-11-22 02:26 UTC is a Sunday.
        let local = local_time(WallTime(1_795_314_360), &shanghai);
        assert_eq!(local, LocalTime { year: 2026, month: 11, day: 22, weekday: 7, hour: 10, minute: 26 });
    }

    #[test]
    fn a_jump_is_told_once() {
        let mut clock = Clock::new("Asia/Shanghai");
        assert_eq!(clock.jump(), None);
        clock.last.wall.0 -= 3600;
        assert_eq!(clock.jump(), Some(3600));
        assert_eq!(clock.jump(), None);
    }
}
