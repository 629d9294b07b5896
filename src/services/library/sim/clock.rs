// SPDX-License-Identifier: GPL-3.0-only
//! The library's clock: the time of its place, that can be put forward.

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::knobs::DateStyle;
use crate::services::library::sip2::{Day, Stamp, Zone};

/// Farthest that the clock is put forward in all.
pub const MOST_DAYS_FORWARD: i64 = 3660;

/// The clock.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    zone: TimeZone,
    /// The time at which it stands still; `None`: it runs.
    fixed: Option<DateTime>,
    forward: Duration,
}

impl Clock {
    /// The time of `zone`; from `begin` on it stands still.
    pub(super) fn new(zone: TimeZone, begin: Option<DateTime>) -> Self {
        Self { zone, fixed: begin, forward: Duration::ZERO }
    }

    /// The library's time, to the second.
    pub(super) fn now(&self) -> DateTime {
        let now = self.fixed.unwrap_or_else(|| Timestamp::now().to_zoned(self.zone.clone()).datetime());
        let now = now.saturating_add(jiff::SignedDuration::try_from(self.forward).unwrap_or_default());
        now.with().subsec_nanosecond(0).build().unwrap_or(now)
    }

    /// Puts it forward. `false`: too far.
    pub(super) fn put_forward(&mut self, by: Duration) -> bool {
        let limit = Duration::from_secs(MOST_DAYS_FORWARD.unsigned_abs() * 86_400);
        match self.forward.checked_add(by).filter(|sum| *sum <= limit) {
            Some(sum) => {
                self.forward = sum;
                true
            }
            None => false,
        }
    }

    /// Takes back what it was put forward.
    pub(super) fn reset(&mut self) {
        self.forward = Duration::ZERO;
    }

    fn utc(&self, time: DateTime) -> Option<DateTime> {
        let zoned = time.to_zoned(self.zone.clone()).ok()?;
        Some(zoned.timestamp().to_zoned(TimeZone::UTC).datetime())
    }

    /// A time for a fixed field.
    pub(super) fn stamp(&self, time: DateTime, style: DateStyle) -> Option<Stamp> {
        let (time, zone) = match style {
            DateStyle::Utc => (self.utc(time)?, Zone::Utc),
            _ => (time, Zone::Local),
        };
        let part = |value: i8| u8::try_from(value).ok();
        let day = Day::new(u16::try_from(time.year()).ok()?, part(time.month())?, part(time.day())?)?;
        Stamp::new(day, (part(time.hour())?, part(time.minute())?, part(time.second())?), zone)
    }

    /// A time for a field that is the server's own text.
    pub(super) fn text(&self, time: DateTime, style: DateStyle) -> String {
        let (format, time) = match style {
            DateStyle::Sip => ("%Y%m%d    %H%M%S", time),
            DateStyle::Utc => ("%Y%m%d   Z%H%M%S", self.utc(time).unwrap_or(time)),
            DateStyle::Iso => ("%Y-%m-%d", time),
            DateStyle::IsoTime => ("%Y-%m-%d %H:%M:%S", time),
        };
        time.strftime(format).to_string()
    }

    /// What a terminal told, in the library's time; `None` where there is no such time.
    pub(super) fn read(&self, stamp: Stamp) -> Option<DateTime> {
        let (hour, minute, second) = stamp.time();
        let part = |value: u8| i8::try_from(value).unwrap_or(i8::MAX);
        let year = i16::try_from(stamp.day().year()).ok()?;
        let (month, day) = (part(stamp.day().month()), part(stamp.day().day()));
        // A leap second is the last second of its minute here.
        let time = DateTime::new(year, month, day, part(hour), part(minute), part(second.min(59)), 0).ok()?;
        if stamp.zone() != Zone::Utc {
            return Some(time);
        }
        let zoned = time.to_zoned(TimeZone::UTC).ok()?;
        Some(zoned.timestamp().to_zoned(self.zone.clone()).datetime())
    }

    /// What a terminal told, where it is a time at which a transaction can have happened: not in the future and
    /// not before `days` days ago.
    pub(super) fn happened(&self, stamp: Option<Stamp>, now: DateTime, days: i64) -> DateTime {
        let told = stamp.and_then(|stamp| self.read(stamp));
        let earliest = now.saturating_sub(days.days());
        told.filter(|told| (earliest..=now).contains(told)).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::Clock;
    use crate::services::library::sim::knobs::DateStyle;

    #[test]
    fn every_form_of_a_time() {
        let mut clock = Clock::new(TimeZone::get("Asia/Shanghai").unwrap(), Some(date(2026, 12, 6).at(4, 35, 18, 7)));
        let now = clock.now();
        assert_eq!(clock.text(now, DateStyle::Sip), "20261206    043518");
        assert_eq!(clock.text(now, DateStyle::Utc), "20261205   Z203518");
        assert_eq!(clock.text(now, DateStyle::Iso), "2026-12-06");
        assert_eq!(clock.text(now, DateStyle::IsoTime), "2026-12-06 04:35:18");
        for style in [DateStyle::Sip, DateStyle::Utc] {
            assert_eq!(clock.read(clock.stamp(now, style).unwrap()), Some(now));
        }
        assert!(clock.put_forward(Duration::from_secs(86_400)) && !clock.put_forward(Duration::MAX));
        assert_eq!(clock.now().date(), date(2026, 12, 7));
        let told = clock.stamp(now, DateStyle::Sip);
        assert_eq!(clock.happened(told, clock.now(), 30), now);
        assert_eq!(clock.happened(clock.stamp(clock.now(), DateStyle::Sip), now, 30), now, "the future");
        assert_eq!(clock.happened(None, now, 30), now);
    }
}
