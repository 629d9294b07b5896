// SPDX-License-Identifier: GPL-3.0-only
//! Values of the wire and values of the rules.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};

use super::{Form, StrangeForm};
use crate::domain::library::{Block, CirculationStatus, DueDate, Fee};
use crate::domain::time::WallTime;
use crate::services::library::sip2 as wire;
use crate::services::library::sip2::{DateFormat, Day, PatronFlag, PatronStatus, Stamp, Zone};

/// The clock of the library: every message carries its time.
#[derive(Clone, Debug)]
pub(super) struct LibraryClock {
    zone: TimeZone,
}

impl LibraryClock {
    /// The clock of a zone of the tz database; an unknown one is UTC (the settings have checked it).
    pub(super) fn new(time_zone: &str) -> Self {
        Self { zone: TimeZone::get(time_zone).unwrap_or(TimeZone::UTC) }
    }

    /// Now.
    pub(super) fn now(&self) -> Option<Stamp> {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        self.at(WallTime(i64::try_from(seconds).unwrap_or(i64::MAX)))
    }

    /// `time` at the library; `None` beyond the calendar.
    pub(super) fn at(&self, time: WallTime) -> Option<Stamp> {
        stamp(&self.zoned(time)?)
    }

    /// The last second of the day that is `days` after `time`.
    pub(super) fn days_after(&self, time: WallTime, days: u16) -> Option<Stamp> {
        let zoned = self.zoned(time)?.checked_add(Span::new().try_days(days).ok()?).ok()?;
        let day = stamp(&zoned)?.day();
        Stamp::new(day, (23, 59, 59), Zone::Local)
    }

    fn zoned(&self, time: WallTime) -> Option<Zoned> {
        Some(Timestamp::from_second(time.0).ok()?.to_zoned(self.zone.clone()))
    }
}

fn stamp(zoned: &Zoned) -> Option<Stamp> {
    let narrow = |value: i8| u8::try_from(value).ok();
    let day = Day::new(u16::try_from(zoned.year()).ok()?, narrow(zoned.month())?, narrow(zoned.day())?)?;
    let time = (narrow(zoned.hour())?, narrow(zoned.minute())?, narrow(zoned.second())?);
    Stamp::new(day, time, Zone::Local)
}

/// A due date as the server wrote it; empty is "not told".
pub(super) fn due(text: &str, format: DateFormat, form: &mut Form) -> Option<DueDate> {
    if text.trim().is_empty() {
        return None;
    }
    match format.parse(text) {
        Ok(date) => Some(DueDate { year: date.day.year(), month: date.day.month(), day: date.day.day() }),
        Err(_) => {
            form.note(StrangeForm::Date);
            None
        }
    }
}

/// Hundredths of an amount such as `12.50`, `12,5`, `-3` or ` 0.00 `; thousands are not separated on the wire.
pub(super) fn hundredths(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, part) = digits.split_once(['.', ',']).unwrap_or((digits, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && part.is_empty()) || !is_number(whole) || !is_number(part) || part.len() > 4 {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut cents = part.chars().chain(['0', '0']).take(2);
    let cents = cents.by_ref().fold(0, |sum, digit| sum * 10 + i64::from(digit.to_digit(10).unwrap_or(0)));
    whole.checked_mul(100)?.checked_add(cents)?.checked_mul(sign)
}

/// An amount with its currency; empty is "not told".
pub(super) fn fee(amount: Option<&str>, currency: Option<&str>, form: &mut Form) -> Option<Fee> {
    let amount = amount.filter(|amount| !amount.trim().is_empty())?;
    let Some(hundredths) = hundredths(amount) else {
        form.note(StrangeForm::Money);
        return None;
    };
    Some(Fee { hundredths, currency: currency.unwrap_or_default().trim().to_owned() })
}

/// Why nothing is lent, by the flags of a patron's status.
pub(super) fn blocks(status: PatronStatus, is_valid: bool, is_known: bool) -> Vec<Block> {
    let mut blocks = Vec::new();
    if !is_valid {
        blocks.push(if is_known { Block::InvalidCard } else { Block::UnknownCard });
    }
    for flag in status.flags() {
        let block = match flag {
            PatronFlag::CardLost => Block::CardLost,
            PatronFlag::TooManyCharged => Block::TooManyLoans,
            PatronFlag::TooManyOverdue => Block::TooManyOverdue,
            PatronFlag::TooManyRenewals => Block::TooManyRenewals,
            PatronFlag::TooManyClaims => Block::TooManyClaims,
            PatronFlag::TooManyLost => Block::TooManyLost,
            PatronFlag::ExcessiveFines | PatronFlag::ExcessiveFees | PatronFlag::TooManyBilled => Block::FeesOwed,
            PatronFlag::RecallOverdue => Block::RecallOverdue,
            // What may not be done, not why.
            PatronFlag::ChargeDenied
            | PatronFlag::RenewalDenied
            | PatronFlag::RecallDenied
            | PatronFlag::HoldDenied => continue,
        };
        if !blocks.contains(&block) {
            blocks.push(block);
        }
    }
    if blocks.is_empty() && status.has(PatronFlag::ChargeDenied) {
        blocks.push(Block::NotTold);
    }
    blocks
}

/// The same word in the rules.
pub(super) fn circulation_status(status: wire::CirculationStatus) -> CirculationStatus {
    match status {
        wire::CirculationStatus::Other => CirculationStatus::Other,
        wire::CirculationStatus::OnOrder => CirculationStatus::OnOrder,
        wire::CirculationStatus::Available => CirculationStatus::Available,
        wire::CirculationStatus::Charged => CirculationStatus::Charged,
        wire::CirculationStatus::ChargedNoRecall => CirculationStatus::ChargedNotRecallable,
        wire::CirculationStatus::InProcess => CirculationStatus::InProcess,
        wire::CirculationStatus::Recalled => CirculationStatus::Recalled,
        wire::CirculationStatus::HoldShelf => CirculationStatus::OnHoldShelf,
        wire::CirculationStatus::Reshelving => CirculationStatus::ToBeReshelved,
        wire::CirculationStatus::InTransit => CirculationStatus::InTransit,
        wire::CirculationStatus::ClaimedReturned => CirculationStatus::ClaimedReturned,
        wire::CirculationStatus::Lost => CirculationStatus::Lost,
        wire::CirculationStatus::Missing => CirculationStatus::Missing,
    }
}

/// A number in a text field such as a limit; blank or no number is "not told".
pub(super) fn number(text: Option<&str>) -> Option<u32> {
    text?.trim().parse().ok()
}

/// A text that says something.
pub(super) fn told(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::{LibraryClock, blocks, hundredths};
    use crate::domain::library::Block;
    use crate::domain::time::WallTime;
    use crate::services::library::sip2::{PatronFlag, PatronStatus};

    #[test]
    fn money_as_servers_write_it() {
        for (text, value) in [("12.50", 1250), ("12,5", 1250), ("-3", -300), (" 0.00 ", 0), ("7.1234", 712), (".5", 50)]
        {
            assert_eq!(hundredths(text), Some(value), "{text}");
        }
        for text in ["", "-", ".", "1.2.3", "CNY 3", "9223372036854775807", "1.23456"] {
            assert_eq!(hundredths(text), None, "{text}");
        }
    }

    #[test]
    fn every_flag_has_its_reason() {
        let with = |flags: &[PatronFlag]| flags.iter().fold(PatronStatus::default(), |all, flag| all.with(*flag));
        let denied = PatronFlag::ChargeDenied;
        assert_eq!(blocks(with(&[denied]), true, true), [Block::NotTold]);
        assert_eq!(blocks(with(&[denied, PatronFlag::TooManyCharged]), true, true), [Block::TooManyLoans]);
        let owed = [PatronFlag::ExcessiveFines, PatronFlag::ExcessiveFees, PatronFlag::TooManyBilled];
        assert_eq!(blocks(with(&owed), true, true), [Block::FeesOwed]);
        assert_eq!(blocks(with(&[PatronFlag::HoldDenied]), true, true), []);
        assert_eq!(blocks(with(&[denied]), false, false), [Block::UnknownCard]);
        assert_eq!(blocks(with(&[PatronFlag::CardLost]), false, true), [Block::InvalidCard, Block::CardLost]);
    }

    #[test]
    fn times_are_those_of_the_library() {
        let clock = LibraryClock::new("Asia/Shanghai");
        let mut text = String::new();
        // 2026-11-22 02:26 UTC.
        clock.at(WallTime(1_795_314_360)).unwrap().write(&mut text);
        clock.days_after(WallTime(1_795_314_360), 30).unwrap().write(&mut text);
        assert_eq!(text, "20261122    10260020261222    235959");
        assert!(clock.at(WallTime(i64::MAX)).is_none());
    }
}
