// SPDX-License-Identifier: GPL-3.0-only
//! A day of the calendar, and how ages and terms are counted in it.

/// A day of the Gregorian calendar. Ordered by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    /// Year of the Christian era.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

/// When somebody who was born on 29 February grows a year older in a year without that day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub enum LeapDay {
    /// On 28 February: never later than anybody else's birthday of that month.
    #[default]
    February28,
    /// On 1 March: when the whole year is over.
    March1,
}

/// Length of the months of a common year, in days.
const DAYS_OF_MONTHS: [u8; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/// Days of 400 years, after which the calendar repeats itself.
const DAYS_OF_ERA: i32 = 146_097;
/// Days from 1 March of the year 0 to 1 January 1970.
const DAYS_TO_1970: i32 = 719_468;

impl Day {
    /// A day that is in the calendar.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        ((1..=12).contains(&month) && day >= 1 && day <= days_of(year, month)).then_some(Self { year, month, day })
    }

    /// The day in eight digits, such as `19491231`, of which the month and the day of the month are looked at.
    #[must_use]
    pub fn parse(digits: &str) -> Option<Self> {
        if digits.len() != 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let year = digits.get(..4)?.parse().ok()?;
        let (month, day) = (digits.get(4..6)?.parse().ok()?, digits.get(6..)?.parse().ok()?);
        ((1..=12).contains(&month) && (1..=31).contains(&day)).then_some(Self { year, month, day })
    }

    /// The day as ISO 8601 writes it, such as `1949-12-31`; only a day that is in the calendar.
    #[must_use]
    pub fn parse_iso(text: &str) -> Option<Self> {
        let (year, rest) = text.split_once('-')?;
        let (month, day) = rest.split_once('-')?;
        let digits = |part: &str, length: usize| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
            return None;
        }
        Self::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
    }

    /// Days since 1 January 1970; earlier days are negative.
    #[must_use]
    pub fn number(self) -> i32 {
        // The year begins in March, so that the leap day is its last.
        let year = i32::from(self.year) - i32::from(self.month <= 2);
        let month = (i32::from(self.month) + 9) % 12;
        let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let of_year = (153 * month + 2) / 5 + i32::from(self.day) - 1;
        era * DAYS_OF_ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - DAYS_TO_1970
    }

    /// The day with that number; nothing outside the years 0 to 65535.
    #[must_use]
    pub fn from_number(number: i32) -> Option<Self> {
        let days = number.checked_add(DAYS_TO_1970)?;
        let (era, of_era) = (days.div_euclid(DAYS_OF_ERA), days.rem_euclid(DAYS_OF_ERA));
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * of_year + 2) / 153;
        let day = u8::try_from(of_year - (153 * march_month + 2) / 5 + 1).ok()?;
        let month = u8::try_from(if march_month < 10 { march_month + 3 } else { march_month - 9 }).ok()?;
        let year = u16::try_from(year_of_era + era * 400 + i32::from(month <= 2)).ok()?;
        Self::new(year, month, day)
    }

    /// So many days later, or earlier where negative.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Option<Self> {
        Self::from_number(self.number().checked_add(days)?)
    }

    /// The day on which so many months are over, counted from here: the same day of the month, or the last day of a
    /// month that is too short. `leap_day` says when a year counted from 29 February is over.
    #[must_use]
    pub fn plus_months(self, months: i32, leap_day: LeapDay) -> Option<Self> {
        let from = i32::from(self.year) * 12 + i32::from(self.month) - 1;
        let to = from.checked_add(months)?;
        let year = u16::try_from(to.div_euclid(12)).ok()?;
        let month = u8::try_from(to.rem_euclid(12)).ok()? + 1;
        if self.day <= days_of(year, month) {
            return Self::new(year, month, self.day);
        }
        if leap_day == LeapDay::March1 && self.month == 2 && month == 2 {
            return Self::new(year, 3, 1);
        }
        Self::new(year, month, days_of(year, month))
    }

    /// Full years from here to `today`, as ages are counted; zero when `today` is earlier.
    #[must_use]
    pub fn full_years_until(self, today: Self) -> u16 {
        let before_the_day = (today.month, today.day) < (self.month, self.day);
        today.year.saturating_sub(self.year).saturating_sub(u16::from(before_the_day))
    }

    /// Full months from here to `today`: negative where today is a month earlier or more, zero within a month of
    /// either side.
    #[must_use]
    pub fn months_until(self, today: Self, leap_day: LeapDay) -> i32 {
        if today < self {
            return -today.months_until(self, leap_day);
        }
        let calendar =
            (i32::from(today.year) - i32::from(self.year)) * 12 + i32::from(today.month) - i32::from(self.month);
        let reached = self.plus_months(calendar, leap_day).is_none_or(|anniversary| anniversary <= today);
        calendar - i32::from(!reached)
    }

    /// Full years from here to `today` by the given convention: negative where today is a year earlier or more.
    #[must_use]
    pub fn years_until(self, today: Self, leap_day: LeapDay) -> i32 {
        // Rust rounds towards zero, as ages are.
        self.months_until(today, leap_day) / 12
    }
}

/// Length of a month in days.
fn days_of(year: u16, month: u8) -> u8 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match DAYS_OF_MONTHS.get(usize::from(month).wrapping_sub(1)) {
        Some(days) => days + u8::from(leap && month == 2),
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse_iso(text).unwrap()
    }

    #[test]
    fn only_eight_digits_are_a_day() {
        for bad in ["", "1949123", "194912310", "19491301", "19490001", "19491200", "19491232", "+9491231"] {
            assert_eq!(Day::parse(bad), None, "{bad}");
        }
        for bad in ["2025-02-29", "2025-2-28", "2025-02-28T", "25-02-28", "2025-13-01", "2025-00-10", "+025-01-01"] {
            assert_eq!(Day::parse_iso(bad), None, "{bad}");
        }
    }

    #[test]
    fn days_are_numbered_as_everywhere() {
        assert_eq!(day("1970-01-01").number(), 0);
        assert_eq!(day("2000-03-01").number(), 11_017);
        assert_eq!(day("1969-12-31").number(), -1);
        for number in (-700_000..2_000_000).step_by(37) {
            assert_eq!(Day::from_number(number).map(Day::number), Some(number));
        }
        assert_eq!(Day::from_number(i32::MAX), None);
    }

    #[test]
    fn who_was_born_on_a_leap_day_grows_older_by_the_convention() {
        let born = day("2004-02-29");
        for (today, in_february, in_march) in [
            ("2025-02-27", 20, 20),
            ("2025-02-28", 21, 20),
            ("2025-03-01", 21, 21),
            ("2024-02-28", 19, 19),
            ("2024-02-29", 20, 20),
        ] {
            assert_eq!(born.years_until(day(today), LeapDay::February28), in_february, "{today}");
            assert_eq!(born.years_until(day(today), LeapDay::March1), in_march, "{today}");
        }
        assert_eq!(day("2004-03-01").years_until(day("2025-02-28"), LeapDay::February28), 20);
    }

    #[test]
    fn who_is_not_born_yet_is_no_year_old() {
        assert_eq!(day("2025-09-02").years_until(day("2025-09-01"), LeapDay::February28), 0);
        assert_eq!(day("2026-09-01").years_until(day("2025-09-01"), LeapDay::February28), -1);
        assert_eq!(day("2026-08-31").years_until(day("2025-09-01"), LeapDay::February28), 0);
    }

    #[test]
    fn months_end_on_the_same_day_or_the_last() {
        let leap = LeapDay::February28;
        assert_eq!(day("2025-01-31").plus_months(1, leap), Some(day("2025-02-28")));
        assert_eq!(day("2025-01-31").months_until(day("2025-02-28"), leap), 1);
        assert_eq!(day("2025-01-31").months_until(day("2025-02-27"), leap), 0);
        assert_eq!(day("2025-03-31").plus_months(-1, leap), Some(day("2025-02-28")));
        assert_eq!(day("2024-02-29").plus_months(12, LeapDay::March1), Some(day("2025-03-01")));
    }
}
