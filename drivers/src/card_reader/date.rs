// SPDX-License-Identifier: MIT OR Apache-2.0
//! Dates as cards hold them.

use std::fmt;

use zeroize::Zeroize;

/// A date of the Gregorian calendar, year 1 to 9999. Ordered by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardDate {
    year: u16,
    month: u8,
    day: u8,
}

impl CardDate {
    /// The date, if there is such a day.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        ((1..=9999).contains(&year) && (1..=days).contains(&day)).then_some(Self { year, month, day })
    }

    /// The date in eight digits, such as `19491231`.
    #[must_use]
    pub fn parse(digits: &str) -> Option<Self> {
        if digits.len() != 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let part = |from: usize, to: usize| digits.get(from..to);
        Self::new(part(0, 4)?.parse().ok()?, part(4, 6)?.parse().ok()?, part(6, 8)?.parse().ok()?)
    }

    /// Year, 1 to 9999.
    #[must_use]
    pub fn year(self) -> u16 {
        self.year
    }

    /// Month, 1 to 12.
    #[must_use]
    pub fn month(self) -> u8 {
        self.month
    }

    /// Day of the month, 1 to 31.
    #[must_use]
    pub fn day(self) -> u8 {
        self.day
    }

    /// The date in eight digits.
    #[must_use]
    pub fn digits(self) -> String {
        format!("{:04}{:02}{:02}", self.year, self.month, self.day)
    }

    /// Full years from here to `today`, as ages are counted; zero when `today` is earlier. Who was born on 29
    /// February is a year older on 1 March of other years.
    #[must_use]
    pub fn full_years_until(self, today: Self) -> u16 {
        let years = today.year.saturating_sub(self.year);
        let before_the_day = (today.month, today.day) < (self.month, self.day);
        years.saturating_sub(u16::from(before_the_day))
    }
}

/// As ISO 8601 writes it.
impl fmt::Display for CardDate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// Wiped in `Sensitive`, which nobody can look into afterwards.
impl Zeroize for CardDate {
    fn zeroize(&mut self) {
        self.year.zeroize();
        self.month.zeroize();
        self.day.zeroize();
    }
}

/// Whether something with a term is valid on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TermState {
    /// It is.
    Valid,
    /// It begins later.
    NotYet,
    /// It is over.
    Expired,
    /// The card does not tell in a way that is understood.
    Unknown,
}

/// Until when a card is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValidUntil {
    /// Until the end of this day.
    Date(CardDate),
    /// Without an end (长期).
    LongTerm,
    /// The card does not tell in a way that is understood.
    Unknown,
}

/// From when until when a card is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Validity {
    /// First day; `None` when the card does not tell in a way that is understood.
    pub from: Option<CardDate>,
    /// Last day.
    pub until: ValidUntil,
}

impl Validity {
    /// Whether the card is valid on `today`; both its first and its last day count.
    #[must_use]
    pub fn on(self, today: CardDate) -> TermState {
        match (self.from, self.until) {
            (_, ValidUntil::Date(until)) if until < today => TermState::Expired,
            (Some(from), _) if today < from => TermState::NotYet,
            (None, _) | (_, ValidUntil::Unknown) => TermState::Unknown,
            (Some(_), ValidUntil::Date(_) | ValidUntil::LongTerm) => TermState::Valid,
        }
    }
}

impl Zeroize for Validity {
    fn zeroize(&mut self) {
        self.from.zeroize();
        if let ValidUntil::Date(date) = &mut self.until {
            date.zeroize();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(digits: &str) -> CardDate {
        CardDate::parse(digits).unwrap()
    }

    #[test]
    fn only_real_days_are_dates() {
        for good in ["20240229", "20000229", "19491231", "00010101", "99991231"] {
            assert_eq!(date(good).digits(), good);
        }
        for bad in [
            "20230229",
            "19000229",
            "20231301",
            "20230431",
            "00000101",
            "20230100",
            "2023 101",
            "202301011",
            "",
            "+0230101",
            "二0230101",
        ] {
            assert_eq!(CardDate::parse(bad), None, "{bad}");
        }
        assert_eq!(date("19491231").to_string(), "1949-12-31");
    }

    #[test]
    fn ages_change_on_the_birthday() {
        assert_eq!(date("19491231").full_years_until(date("20091230")), 59);
        assert_eq!(date("19491231").full_years_until(date("20091231")), 60);
        assert_eq!(date("20000229").full_years_until(date("20010228")), 0);
        assert_eq!(date("20000229").full_years_until(date("20010301")), 1);
        assert_eq!(date("20000229").full_years_until(date("19990101")), 0);
    }

    #[test]
    fn a_term_includes_both_its_ends() {
        let term = |until| Validity { from: Some(date("20200101")), until };
        let dated = term(ValidUntil::Date(date("20400101")));
        assert_eq!(dated.on(date("20191231")), TermState::NotYet);
        assert_eq!(dated.on(date("20200101")), TermState::Valid);
        assert_eq!(dated.on(date("20400101")), TermState::Valid);
        assert_eq!(dated.on(date("20400102")), TermState::Expired);
        assert_eq!(term(ValidUntil::LongTerm).on(date("99991231")), TermState::Valid);
        assert_eq!(term(ValidUntil::Unknown).on(date("20300101")), TermState::Unknown);
        let open = Validity { from: None, until: ValidUntil::LongTerm };
        assert_eq!(open.on(date("20300101")), TermState::Unknown);
    }
}
