// SPDX-License-Identifier: GPL-3.0-only
//! What can be known of a person, and what is known of one.
//!
//! A fact that nobody has told is *unknown*; that somebody has no disability, no child, no insurance is *known to be
//! nothing* ([`Value::Nothing`]). The two must not be confused: the first asks, the second decides.

use super::pack::Words;
use crate::domain::day::Day;

/// Most facts of a pack.
pub const MOST_FACTS: usize = 512;
/// Most options of a fact that is one of several.
pub const MOST_OPTIONS: usize = 10_000;
/// Most days in a list of days, such as birthdays of children.
pub const MOST_DAYS: usize = 32;

/// A fact, counted in its pack's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactId(pub u16);

/// One of a fact's options, counted in its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OptionId(pub u32);

impl OptionId {
    /// Something that is in no list of the pack: it equals no option.
    pub const OTHER: Self = Self(u32::MAX);
}

/// A number with six decimal places, exact: money, shares, counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Decimal(i64);

impl Decimal {
    /// Steps in one.
    pub const STEPS: i64 = 1_000_000;
    /// One.
    pub const ONE: Self = Self(Self::STEPS);
    /// Zero.
    pub const ZERO: Self = Self(0);

    /// A whole number; nothing where it is too large (more than 9 trillion).
    #[must_use]
    pub fn whole(number: i64) -> Option<Self> {
        number.checked_mul(Self::STEPS).map(Self)
    }

    /// So many millionths.
    #[must_use]
    pub const fn from_steps(steps: i64) -> Self {
        Self(steps)
    }

    /// In millionths.
    #[must_use]
    pub const fn steps(self) -> i64 {
        self.0
    }

    /// The number that a text such as `1200`, `-3.5` or `0.8` writes: digits with at most six decimal places, no
    /// exponent, no separators.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !all_digits(whole) || !all_digits(part) {
            return None;
        }
        let part = part.trim_end_matches('0');
        if part.len() > 6 {
            return None;
        }
        let steps = whole.parse::<i64>().ok()?.checked_mul(Self::STEPS)?;
        let steps = steps.checked_add(format!("{part:0<6}").parse::<i64>().ok()?)?;
        Some(Self(if negative { -steps } else { steps }))
    }
}

impl std::fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (whole, part) = (self.0.unsigned_abs() / 1_000_000, self.0.unsigned_abs() % 1_000_000);
        let sign = if self.0 < 0 { "-" } else { "" };
        if part == 0 {
            return write!(formatter, "{sign}{whole}");
        }
        let part = format!("{part:06}");
        write!(formatter, "{sign}{whole}.{}", part.trim_end_matches('0'))
    }
}

/// An administrative division by its code (GB/T 2260 and GB/T 10114): 2 digits a province, 4 a prefecture, 6 a
/// county, 9 a township, 12 a community. Trailing zeros of whole levels are the level above: `330000` is `33`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlaceCode {
    digits: u64,
    length: u8,
}

/// Digits down to which each level reaches.
const PLACE_LEVELS: [u8; 5] = [2, 4, 6, 9, 12];

impl PlaceCode {
    /// The place that a code of 2, 4, 6, 9 or 12 digits names.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let length = u8::try_from(code.len()).ok().filter(|length| PLACE_LEVELS.contains(length))?;
        if !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let mut place = Self { digits: code.parse().ok()?, length };
        for upper in PLACE_LEVELS.iter().rev().filter(|upper| **upper < length) {
            let divisor = 10_u64.pow(u32::from(place.length - upper));
            if !place.digits.is_multiple_of(divisor) {
                break;
            }
            place = Self { digits: place.digits / divisor, length: *upper };
        }
        (place.digits != 0).then_some(place)
    }

    /// The least and the greatest twelve-digit code within the place: places are nested or apart.
    #[must_use]
    pub fn range(self) -> (u64, u64) {
        let size = 10_u64.pow(u32::from(12 - self.length));
        (self.digits * size, self.digits * size + (size - 1))
    }

    /// Whether `inner` is this place or lies in it.
    #[must_use]
    pub fn contains(self, inner: Self) -> bool {
        let (least, most) = self.range();
        let (inner_least, inner_most) = inner.range();
        least <= inner_least && inner_most <= most
    }

    /// Digits of the code without trailing levels of zeros: 2, 4, 6, 9 or 12.
    #[must_use]
    pub fn length(self) -> u8 {
        self.length
    }
}

impl std::fmt::Display for PlaceCode {
    /// At least six digits, as people know the codes.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let code = format!("{:0width$}", self.digits, width = usize::from(self.length));
        write!(formatter, "{code:0<6}")
    }
}

/// What kind of value a fact has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactKind {
    /// Yes or no.
    Flag,
    /// A number.
    Number {
        /// What is counted, as it stands behind the number: yuan, months, people.
        unit: Words,
        /// Least number that is possible.
        least: Decimal,
        /// Greatest number that is possible.
        most: Decimal,
        /// Only whole numbers occur.
        whole: bool,
    },
    /// One of several.
    Choice {
        /// What there is to choose from.
        options: Vec<Choice>,
    },
    /// A place of the administrative hierarchy.
    Place,
    /// A day, such as the day of birth.
    Day,
    /// Several days, such as the birthdays of all children.
    Days,
}

/// One of the options of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its key in files and on the wire.
    pub key: String,
    /// What people read.
    pub label: Words,
}

/// A fact that the ID card tells. Nothing else is taken from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CardFact {
    /// Day of birth.
    Birth,
    /// Sex, as a choice with the keys `male` and `female`.
    Sex,
    /// Nation, as a choice whose keys are the numbers of GB/T 3304 in two digits.
    Nation,
    /// The county that gave the number out, its first six digits: a hint of where somebody is registered, no proof.
    NumberDistrict,
}

/// What there is to know of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactSpec {
    /// Its key in files and on the wire: lower case letters, digits, hyphens.
    pub key: String,
    /// Kind of the value.
    pub kind: FactKind,
    /// What people call it: "age", "household income per person".
    pub label: Words,
    /// How it is asked; a fact without a question comes from the card or the data service alone.
    pub question: Option<Words>,
    /// What helps to answer, below the question.
    pub hint: Option<Words>,
    /// The card tells it.
    pub card: Option<CardFact>,
    /// The community's data service may be asked for it.
    pub served: bool,
    /// A person can change it: a job, a contract, an application; not age, sex or nation.
    pub changeable: bool,
    /// Whether it is asked for by its exact value (a keypad) and not by bands, because an amount is computed from it.
    pub exact: bool,
}

/// What is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Known to be absent: no disability, no job. It is in no list, equals nothing and is no number.
    Nothing,
    /// Yes or no.
    Flag(bool),
    /// A number.
    Number(Decimal),
    /// A number between these two, both included: what an answer by bands tells.
    NumberBetween(Decimal, Decimal),
    /// One of the options.
    Choice(OptionId),
    /// A place.
    Place(PlaceCode),
    /// A day.
    Day(Day),
    /// A day between these two, both included: what a typed age tells of a birthday.
    DayBetween(Day, Day),
    /// Days, in no order.
    Days(Vec<Day>),
}

/// Where a fact comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// The ID card.
    Card,
    /// The person's own answer.
    Answer,
    /// The community's data service.
    Service {
        /// The day of which the service says that it was so.
        as_of: Day,
    },
}

/// What is known of one person. Personal: it shows nothing of itself and is overwritten when it is dropped.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Facts {
    known: Vec<Option<(Value, Origin)>>,
}

impl Facts {
    /// Nothing is known yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What is known of `fact`.
    #[must_use]
    pub fn get(&self, fact: FactId) -> Option<&Value> {
        self.known.get(usize::from(fact.0))?.as_ref().map(|(value, _)| value)
    }

    /// Where it is known from.
    #[must_use]
    pub fn origin(&self, fact: FactId) -> Option<Origin> {
        self.known.get(usize::from(fact.0))?.as_ref().map(|(_, origin)| *origin)
    }

    /// Learns a fact, in place of what was known of it.
    pub fn learn(&mut self, fact: FactId, value: Value, origin: Origin) {
        let index = usize::from(fact.0);
        if index >= MOST_FACTS {
            return;
        }
        if self.known.len() <= index {
            // Growing moves the values: the old place is overwritten first.
            let mut grown = Vec::with_capacity(MOST_FACTS);
            grown.append(&mut self.known);
            grown.resize(index + 1, None);
            self.known = grown;
        }
        self.forget(fact);
        self.known[index] = Some((value, origin));
    }

    /// Forgets a fact.
    pub fn forget(&mut self, fact: FactId) {
        if let Some(slot) = self.known.get_mut(usize::from(fact.0)) {
            wipe(slot);
        }
    }

    /// Every known fact, in the order of the table.
    pub fn iter(&self) -> impl Iterator<Item = (FactId, &Value, Origin)> {
        self.known.iter().enumerate().filter_map(|(index, slot)| {
            let (value, origin) = slot.as_ref()?;
            Some((FactId(u16::try_from(index).ok()?), value, *origin))
        })
    }
}

/// Overwrites a value in its place before it is let go.
fn wipe(slot: &mut Option<(Value, Origin)>) {
    if let Some((Value::Days(days), _)) = slot {
        days.fill(Day { year: 0, month: 1, day: 1 });
        std::hint::black_box(days.as_slice());
    }
    *slot =
        Some((Value::DayBetween(Day { year: 0, month: 1, day: 1 }, Day { year: 0, month: 1, day: 1 }), Origin::Card));
    std::hint::black_box(&*slot);
    *slot = None;
    std::hint::black_box(&*slot);
}

impl Drop for Facts {
    fn drop(&mut self) {
        self.known.iter_mut().for_each(wipe);
    }
}

impl std::fmt::Debug for Facts {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Facts").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact() {
        for (text, steps) in
            [("0", 0), ("0.8", 800_000), ("-3.5", -3_500_000), ("1200", 1_200_000_000), ("7.10", 7_100_000)]
        {
            assert_eq!(Decimal::parse(text), Some(Decimal(steps)), "{text}");
        }
        for bad in ["", ".5", "1.", "1e3", "+1", "1,000", "0.1234567", "99999999999999"] {
            assert_eq!(Decimal::parse(bad), None, "{bad}");
        }
        assert_eq!(Decimal::parse("-0.050").unwrap().to_string(), "-0.05");
        assert_eq!(Decimal::parse("12").unwrap().to_string(), "12");
    }

    #[test]
    fn places_are_nested_by_their_codes() {
        let place = |code| PlaceCode::parse(code).unwrap();
        assert!(place("330000").contains(place("330106")));
        assert!(place("33").contains(place("330106002015")));
        assert!(place("330100").contains(place("330106")));
        assert!(!place("330106").contains(place("330100")));
        assert!(!place("330106").contains(place("330105")));
        assert_eq!(place("330000"), place("33"));
        assert_eq!(place("110101000000").to_string(), "110101");
        for bad in ["", "3", "331", "33010", "33o106", "000000", "3301060020151"] {
            assert_eq!(PlaceCode::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_known_of_somebody_does_not_show() {
        let mut facts = Facts::new();
        facts.learn(FactId(3), Value::Number(Decimal::parse("4711").unwrap()), Origin::Answer);
        assert!(!format!("{facts:?}").contains("47"), "{facts:?}");
        assert_eq!(facts.iter().count(), 1);
        facts.forget(FactId(3));
        assert_eq!(facts.get(FactId(3)), None);
    }
}
