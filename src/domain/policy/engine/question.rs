// SPDX-License-Identifier: GPL-3.0-only
//! The question to ask next, with the answers that people choose from.

use crate::domain::day::{Day, LeapDay};
use crate::domain::policy::fact::{Decimal, FactId, OptionId, Value};
use crate::domain::policy::rule::TermUnit;

/// Oldest age in full years that can be typed.
pub const OLDEST: u16 = 150;

/// How a question is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ask {
    /// Yes or no: [`Question::answers`] are the two.
    YesNo,
    /// One of the answers, each an option of the fact.
    Choice,
    /// One of the answers, each a band of numbers.
    Bands,
    /// One of the answers, each a span of time until today ("less than 6 months ago").
    Terms,
    /// A number typed on a keypad. The answers hold "nothing" at most.
    Number,
    /// An age in full years typed on a keypad: [`born_at_age`] turns it into a value.
    Age,
    /// A day typed on a keypad. The answers hold "nothing" at most.
    Day {
        /// The first day that it can be: that of what is known already, else 1 January [`OLDEST`] years ago.
        first: Day,
        /// The last one: today, where no open policy looks ahead.
        last: Day,
    },
    /// A place of the administrative hierarchy; the answers are places that the open policies tell apart, within what
    /// is known already, and "other" for elsewhere.
    Place,
}

impl Ask {
    /// Whether the answer is typed and not chosen.
    #[must_use]
    pub fn is_typed(self) -> bool {
        matches!(self, Self::Number | Self::Age | Self::Day { .. })
    }
}

/// One end of a band of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NumberEnd {
    /// The number.
    pub number: Decimal,
    /// Whether the number itself belongs to the band.
    pub included: bool,
}

/// One end of a span of time: so many full units ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TermEnd {
    /// How many.
    pub term: u32,
    /// Of what.
    pub unit: TermUnit,
}

/// What is shown for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Show {
    /// Yes.
    Yes,
    /// No.
    No,
    /// This option of the fact.
    Option(OptionId),
    /// None of the others. For a place the value is a code that nobody has and no policy names.
    Other,
    /// There is none: no job, no disability.
    Nothing,
    /// A band of numbers; an end that is nothing is open.
    Numbers {
        /// From here.
        from: Option<NumberEnd>,
        /// To here.
        to: Option<NumberEnd>,
    },
    /// A span of time until today: at least so long ago, and less than so long ago.
    Term {
        /// At least so long ago; nothing: as recent as can be.
        at_least: Option<TermEnd>,
        /// Less than so long ago; nothing: however long.
        less_than: Option<TermEnd>,
    },
    /// From this day to that, both included; an end that is nothing is open.
    Days {
        /// From here.
        from: Option<Day>,
        /// To here.
        to: Option<Day>,
    },
    /// This place.
    Place,
}

/// An answer to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What is learned by it.
    pub value: Value,
    /// What is shown for it.
    pub show: Show,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Which fact is asked for.
    pub fact: FactId,
    /// How.
    pub ask: Ask,
    /// How many policies are settled by the answer, each answer taken as equally likely.
    pub settles: Decimal,
    /// How many policies that are open look at this fact.
    pub concerns: usize,
    /// The answers, in the order in which they are shown. Those of a keypad hold what cannot be typed.
    pub answers: Vec<Answer>,
}

/// The days on which somebody was born who is so many full years old today; nothing above [`OLDEST`].
#[must_use]
pub fn born_at_age(today: Day, age: u16, leap_day: LeapDay) -> Option<Value> {
    if age > OLDEST {
        return None;
    }
    let last = last_day_with_years(today, i32::from(age), leap_day)?;
    let first = last_day_with_years(today, i32::from(age) + 1, leap_day)?.plus_days(1)?;
    Some(Value::DayBetween(first, last.min(today)))
}

/// The last day from which so many full years have passed until today.
fn last_day_with_years(today: Day, years: i32, leap_day: LeapDay) -> Option<Day> {
    if years == 0 {
        return Some(today);
    }
    // By the calendar it is at most a day beside the anniversary.
    let mut day = today.plus_months(-12 * years, leap_day)?.plus_days(2)?;
    while day.years_until(today, leap_day) < years {
        day = day.plus_days(-1)?;
    }
    Some(day)
}
