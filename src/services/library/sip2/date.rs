// SPDX-License-Identifier: GPL-3.0-only
//! Dates on the wire: `YYYYMMDDZZZZHHMMSS` of SIP 2.00, and what servers write where the text is theirs.

use thiserror::Error;

/// Characters of a date and time.
pub const STAMP_CHARS: usize = 18;

/// Why a text is no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DateError {
    /// Not in the form of the server's profile.
    #[error("the date is not in the form {0}")]
    Form(&'static str),
    /// A day or a time that no calendar and no clock has.
    #[error("there is no such day or time")]
    OutOfRange,
}

/// What the four characters between day and time say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Zone {
    /// Blank: the time of the server's place.
    #[default]
    Local,
    /// `"   Z"`: UTC.
    Utc,
    /// Anything else; taken as the time of the server's place.
    Other,
}

/// A calendar day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    year: u16,
    month: u8,
    day: u8,
}

impl Day {
    /// A day of the Gregorian calendar, years 1 to 9999.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let last = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        ((1..=9999).contains(&year) && (1..=last).contains(&day)).then_some(Self { year, month, day })
    }

    /// 1 to 9999.
    #[must_use]
    pub fn year(self) -> u16 {
        self.year
    }

    /// 1 to 12.
    #[must_use]
    pub fn month(self) -> u8 {
        self.month
    }

    /// 1 to 31.
    #[must_use]
    pub fn day(self) -> u8 {
        self.day
    }
}

/// A day with a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    day: Day,
    hour: u8,
    minute: u8,
    second: u8,
    zone: Zone,
}

impl Stamp {
    /// A time in hours 0 to 23, minutes 0 to 59 and seconds 0 to 60 (the leap second).
    #[must_use]
    pub fn new(day: Day, (hour, minute, second): (u8, u8, u8), zone: Zone) -> Option<Self> {
        (hour < 24 && minute < 60 && second <= 60).then_some(Self { day, hour, minute, second, zone })
    }

    /// The day.
    #[must_use]
    pub fn day(self) -> Day {
        self.day
    }

    /// Hours 0 to 23, minutes 0 to 59, seconds 0 to 60.
    #[must_use]
    pub fn time(self) -> (u8, u8, u8) {
        (self.hour, self.minute, self.second)
    }

    /// Where the clock stands.
    #[must_use]
    pub fn zone(self) -> Zone {
        self.zone
    }

    /// Reads `YYYYMMDDZZZZHHMMSS`.
    ///
    /// # Errors
    /// [`DateError`] where the text is not in that form, or there is no such time.
    pub fn parse(text: &str) -> Result<Self, DateError> {
        const FORM: DateError = DateError::Form("YYYYMMDDZZZZHHMMSS");
        // Character borders: an outside text may have anything at any place.
        let day = text.get(..8).ok_or(FORM)?;
        let zone = text.get(8..12).ok_or(FORM)?;
        let time = text.get(12..).filter(|time| time.len() == 6).ok_or(FORM)?;
        let zone = match zone {
            "    " => Zone::Local,
            "   Z" => Zone::Utc,
            _ => Zone::Other,
        };
        let day = whole(day).ok_or(FORM)?;
        let time = whole(time).ok_or(FORM)?;
        Self::new(day_of(day)?, (part(time, 10_000), part(time, 100), part(time, 1)), zone).ok_or(DateError::OutOfRange)
    }

    /// Appends the 18 characters.
    pub fn write(self, out: &mut String) {
        let mut digits = |value: u16, unit: u16| {
            let mut unit = unit;
            while unit > 0 {
                out.push(char::from(b'0' + u8::try_from(value / unit % 10).unwrap_or(0)));
                unit /= 10;
            }
        };
        digits(self.day.year, 1000);
        digits(self.day.month.into(), 10);
        digits(self.day.day.into(), 10);
        out.push_str(if self.zone == Zone::Utc { "   Z" } else { "    " });
        let mut digits = |value: u8| out.extend([value / 10, value % 10].map(|digit| char::from(b'0' + digit)));
        digits(self.hour);
        digits(self.minute);
        digits(self.second);
    }
}

/// A due date or the like: some servers tell the time too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateText {
    /// The day.
    pub day: Day,
    /// The time of day with its zone, where it was told.
    pub time: Option<Stamp>,
}

/// In which form a server writes the dates that are its own text (`AH`, `CJ`, `CM`, `BW`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum DateFormat {
    /// `YYYYMMDDZZZZHHMMSS`; `YYYYMMDD` alone is understood.
    #[default]
    Sip,
    /// `YYYY-MM-DD` (dp2); a time `HH:MM` or `HH:MM:SS` behind it is understood.
    Iso,
}

impl DateFormat {
    /// Reads `text`.
    ///
    /// # Errors
    /// [`DateError`] where the text is not in that form, or there is no such day.
    pub fn parse(self, text: &str) -> Result<DateText, DateError> {
        let text = text.trim();
        match self {
            Self::Sip if text.len() == 8 => {
                let day = whole(text).ok_or(DateError::Form("YYYYMMDD"))?;
                Ok(DateText { day: day_of(day)?, time: None })
            }
            Self::Sip => Stamp::parse(text).map(|stamp| DateText { day: stamp.day, time: Some(stamp) }),
            Self::Iso => iso(text),
        }
    }

    /// Which form a text of a server is in, if it is in one of them.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        [Self::Sip, Self::Iso].into_iter().find(|format| format.parse(text).is_ok())
    }
}

fn iso(text: &str) -> Result<DateText, DateError> {
    const FORM: DateError = DateError::Form("YYYY-MM-DD");
    let date = text.get(..10).ok_or(FORM)?;
    let [year, month, day] = split(date, '-').ok_or(FORM)?;
    if year < 1000 {
        return Err(FORM);
    }
    let narrow = |value: u16| u8::try_from(value).unwrap_or(u8::MAX);
    let day = Day::new(year, narrow(month), narrow(day)).ok_or(DateError::OutOfRange)?;
    let rest = text.get(10..).unwrap_or_default().trim_start_matches([' ', 'T']);
    if rest.is_empty() {
        return Ok(DateText { day, time: None });
    }
    let time =
        if rest.len() == 5 { split(rest, ':').map(|[hour, minute]| [hour, minute, 0]) } else { split(rest, ':') };
    let [hour, minute, second] = time.ok_or(FORM)?.map(narrow);
    let stamp = Stamp::new(day, (hour, minute, second), Zone::Local).ok_or(DateError::OutOfRange)?;
    Ok(DateText { day, time: Some(stamp) })
}

/// Exactly `N` numbers with `border` between them.
fn split<const N: usize>(text: &str, border: char) -> Option<[u16; N]> {
    let mut numbers = [0; N];
    let mut parts = text.split(border);
    for number in &mut numbers {
        *number = u16::try_from(whole(parts.next()?)?).ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

/// A number of one to eight digits and nothing else.
fn whole(text: &str) -> Option<u32> {
    let is_number = (1..=8).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.bytes().fold(0, |sum, byte| sum * 10 + u32::from(byte - b'0')))
}

fn day_of(digits: u32) -> Result<Day, DateError> {
    let year = u16::try_from(digits / 10_000).unwrap_or(0);
    Day::new(year, part(digits, 100), part(digits, 1)).ok_or(DateError::OutOfRange)
}

fn part(number: u32, unit: u32) -> u8 {
    u8::try_from(number / unit % 100).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::{DateError, DateFormat, Stamp, Zone};

    #[test]
    fn the_date_of_the_standard_goes_both_ways() {
        for text in ["20261122    043518", "20240229   Z235960", "00010101    000000"] {
            let mut written = String::new();
            Stamp::parse(text).unwrap().write(&mut written);
            assert_eq!(written, text);
        }
        assert_eq!(Stamp::parse("20240229   Z235960").unwrap().zone(), Zone::Utc);
        assert_eq!(Stamp::parse("20261122 EST043518").unwrap().zone(), Zone::Other);
    }

    #[test]
    fn no_day_that_is_not_in_the_calendar() {
        for text in ["20250229    000000", "20261301    000000", "20261100    000000", "20261122    240000"] {
            assert_eq!(Stamp::parse(text), Err(DateError::OutOfRange), "{text}");
        }
        for text in ["", "2026", "20261122", "20261122    04351", "2026112x    043518", "图图图图图图"] {
            assert!(matches!(Stamp::parse(text), Err(DateError::Form(_))), "{text}");
        }
    }

    #[test]
    fn the_dates_of_both_kinds_of_servers() {
        let day = |format: DateFormat, text| {
            format.parse(text).map(|date| (date.day.year(), date.day.month(), date.day.day()))
        };
        assert_eq!(day(DateFormat::Sip, "20261206    235900"), Ok((2026, 12, 6)));
        assert_eq!(day(DateFormat::Sip, "20261206"), Ok((2026, 12, 6)));
        assert_eq!(day(DateFormat::Iso, "2026-12-06"), Ok((2026, 12, 6)));
        assert_eq!(day(DateFormat::Iso, "2026-12-06 23:59"), Ok((2026, 12, 6)));
        assert_eq!(day(DateFormat::Iso, "2026-12-06T23:59:59"), Ok((2026, 12, 6)));
        assert_eq!(day(DateFormat::Iso, "2026-13-06"), Err(DateError::OutOfRange));
        for text in ["12/06/2026", "2026-12-06 soon", "2026-1-2", "图书图书", ""] {
            assert!(day(DateFormat::Iso, text).is_err() && day(DateFormat::Sip, text).is_err(), "{text}");
        }
        assert_eq!(DateFormat::of("2026-12-06"), Some(DateFormat::Iso));
        assert_eq!(DateFormat::of("soon"), None);
    }
}
