// SPDX-License-Identifier: GPL-3.0-only
//! Clauses, values, amounts and changes in words, for officers: plain English, with the pack's own names of facts and
//! options in the language that was chosen. The terminal's words for residents are the screens' own.

use crate::domain::day::{Day, LeapDay};
use crate::domain::policy::engine::{Answer, Change, Outcome, Place, Program, Reason, Show, TermEnd, Verdict, Worth};
use crate::domain::policy::fact::{Decimal, FactId, FactKind, FactSpec, OptionId, PlaceCode, Value};
use crate::domain::policy::pack::{Pack, Period, Policy, Unit, Words};
use crate::domain::policy::rule::{Comparison, Quantity, TermUnit, Test};
use crate::domain::session;
use crate::places;

/// The language of the pack's own texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Language {
    /// Chinese.
    Zh,
    /// English.
    #[default]
    En,
}

/// Puts things of a pack into words.
#[derive(Clone, Copy)]
pub struct Speaker<'p> {
    program: &'p Program,
    day: Day,
    language: Language,
}

impl<'p> Speaker<'p> {
    /// Speaks of this pack on this day.
    #[must_use]
    pub fn new(program: &'p Program, day: Day, language: Language) -> Self {
        Self { program, day, language }
    }

    fn pack(&self) -> &'p Pack {
        self.program.pack()
    }

    fn spec(&self, fact: FactId) -> Option<&'p FactSpec> {
        self.pack().facts.get(usize::from(fact.0))
    }

    /// A text in the chosen language.
    #[must_use]
    pub fn text<'w>(&self, words: &'w Words) -> &'w str {
        match self.language {
            Language::Zh => &words.zh,
            Language::En => &words.en,
        }
    }

    /// What people call a fact.
    #[must_use]
    pub fn label(&self, fact: FactId) -> &'p str {
        self.spec(fact).map_or("?", |spec| match self.language {
            Language::Zh => &spec.label.zh,
            Language::En => &spec.label.en,
        })
    }

    /// The names of facts, one behind the other.
    #[must_use]
    pub fn labels(&self, facts: &[FactId]) -> String {
        let labels: Vec<&str> = facts.iter().map(|fact| self.label(*fact)).collect();
        labels.join(", ")
    }

    fn option(&self, fact: FactId, option: OptionId) -> &'p str {
        let index = usize::try_from(option.0).unwrap_or(usize::MAX);
        match self.spec(fact).map(|spec| &spec.kind) {
            Some(FactKind::Choice { options }) => {
                options.get(index).map_or("something else", |found| match self.language {
                    Language::Zh => &found.label.zh,
                    Language::En => &found.label.en,
                })
            }
            _ => "something else",
        }
    }

    /// What is known of a fact: `1944-03-01 (82 years)`, `yes`, `500 to 735 yuan a month`.
    #[must_use]
    pub fn value(&self, fact: FactId, value: Option<&Value>) -> String {
        let unit = || match self.spec(fact).map(|spec| &spec.kind) {
            Some(FactKind::Number { unit, .. }) => format!(" {}", self.text(unit)),
            _ => String::new(),
        };
        match value {
            None => "unknown".to_owned(),
            Some(Value::Nothing) => "nothing".to_owned(),
            Some(Value::Flag(flag)) => if *flag { "yes" } else { "no" }.to_owned(),
            Some(Value::Number(number)) => format!("{number}{}", unit()),
            Some(Value::NumberBetween(low, high)) => format!("{low} to {high}{}", unit()),
            Some(Value::Choice(option)) => self.option(fact, *option).to_owned(),
            Some(Value::Place(place)) => self.place(*place),
            Some(Value::Day(day)) => format!("{} ({})", iso(*day), self.since(*day)),
            Some(Value::DayBetween(first, last)) => format!("{} to {}", iso(*first), iso(*last)),
            Some(Value::Days(days)) if days.is_empty() => "none".to_owned(),
            Some(Value::Days(days)) => {
                let days: Vec<String> =
                    days.iter().map(|day| format!("{} ({})", iso(*day), self.since(*day))).collect();
                days.join(", ")
            }
        }
    }

    /// A place by its name and code: `Kuiwen District, Weifang (370705)`, `Chongwen District, Beijing (110103, until
    /// 2010)`.
    #[must_use]
    pub fn place(&self, code: PlaceCode) -> String {
        let place = places::Place::of(code);
        let language = match self.language {
            Language::Zh => session::Language::Zh,
            Language::En => session::Language::En,
        };
        let until = place.until().map(|year| format!(", until {year}")).unwrap_or_default();
        match place.known(places::Form::Short, language) {
            Some(name) if place.is_exact() => format!("{name} ({code}{until})"),
            Some(name) => format!("{code} in {name}"),
            None => code.to_string(),
        }
    }

    /// How long ago a day is: in years, in months below two years.
    fn since(&self, day: Day) -> String {
        let leap_day: LeapDay = self.pack().leap_day;
        let months = day.months_until(self.day, leap_day);
        match months {
            i32::MIN..0 => format!("in {} months", -months),
            0..24 => format!("{months} months"),
            _ => format!("{} years", day.years_until(self.day, leap_day)),
        }
    }

    fn quantity(&self, quantity: Quantity) -> String {
        match quantity {
            Quantity::Fixed(number) => number.to_string(),
            Quantity::Parameter(index) => {
                let Some(parameter) = self.pack().parameters.get(usize::from(index)) else { return "?".to_owned() };
                let now = parameter.values.iter().rev().find(|(from, _)| *from <= self.day);
                match now {
                    Some((_, value)) => format!("{value} ({})", parameter.key),
                    None => format!("{} (no value yet)", parameter.key),
                }
            }
        }
    }

    /// What a test asks for, such as `age: at least 80 years`.
    #[must_use]
    pub fn test(&self, test: &Test) -> String {
        match test {
            Test::Yes(fact) => format!("{}: yes", self.label(*fact)),
            Test::Some(fact) => format!("{}: something", self.label(*fact)),
            Test::Number(fact, comparison, quantity) => {
                let unit = match self.spec(*fact).map(|spec| &spec.kind) {
                    Some(FactKind::Number { unit, .. }) => self.text(unit),
                    _ => "",
                };
                format!("{}: {} {} {unit}", self.label(*fact), compared(*comparison), self.quantity(*quantity))
            }
            Test::Ratio { over, under, times, comparison, value } => {
                let times = if *times == Decimal::ONE { String::new() } else { format!(" / {times}") };
                let value = self.quantity(*value);
                format!("{} / {}{times}: {} {value}", self.label(*over), self.label(*under), compared(*comparison))
            }
            Test::OneOf(fact, options) => {
                let options: Vec<&str> = options.iter().map(|option| self.option(*fact, *option)).collect();
                format!("{}: {}", self.label(*fact), options.join(" or "))
            }
            Test::Within(fact, places) => {
                let places: Vec<String> = places.iter().map(|place| self.place(*place)).collect();
                format!("{}: in {}", self.label(*fact), places.join(" or "))
            }
            Test::Date(fact, comparison, day) => {
                let words = match comparison {
                    Comparison::Less => "before",
                    Comparison::AtMost => "not after",
                    Comparison::Equal => "on",
                    Comparison::AtLeast => "not before",
                    Comparison::More => "after",
                };
                format!("{}: {words} {}", self.label(*fact), iso(*day))
            }
            Test::Term(fact, unit, comparison, quantity) => {
                let value = self.quantity(*quantity);
                format!("{}: {} {value} {}", self.label(*fact), compared(*comparison), unit_word(*unit))
            }
            Test::Reached(fact, schedule) => {
                let key = self.pack().schedules.get(usize::from(*schedule)).map_or("?", |schedule| &schedule.key);
                format!("{}: has reached what the schedule {key} asks", self.label(*fact))
            }
            Test::Count { days, unit, from, to, comparison, value } => {
                let (value, unit) = (self.quantity(*value), unit_word(*unit));
                format!("{}, from {from} to {to} {unit}: {} {value}", self.label(*days), compared(*comparison))
            }
        }
    }

    /// A reason in one line, without what is known: `condition 1: age: at least 80 years`.
    #[must_use]
    pub fn reason(&self, policy: usize, reason: &Reason) -> String {
        let found = self.pack().policies.get(policy);
        let place = match reason.place {
            Place::Effect => return found.map_or_else(String::new, effect),
            Place::Interest => "interest".to_owned(),
            Place::Profile(number) => {
                let profile = found.and_then(|policy| policy.profiles.get(usize::from(number)));
                format!("profile \"{}\"", profile.map_or("?", |profile| self.text(&profile.name)))
            }
            Place::Conditions => {
                let number = reason.path.steps().first().map_or(0, |step| usize::from(*step)) + 1;
                format!("condition {number}")
            }
            Place::Amount => "amount".to_owned(),
        };
        let Some(test) = reason.test.and_then(|test| self.program.test(test)) else { return place };
        let not = if reason.negated { "not " } else { "" };
        format!("{place}: {not}{}", self.test(test))
    }

    /// What a policy gives, with its unit and period.
    #[must_use]
    pub fn worth(&self, policy: &Policy, worth: Worth) -> String {
        let unit = match &policy.benefit.unit {
            Unit::Yuan => "yuan",
            Unit::Percent => "percent",
            Unit::Days => "days",
            Unit::Months => "months",
            Unit::Times => "times",
            Unit::Other(words) => self.text(words),
        };
        let period = match policy.benefit.period {
            Period::Once => ", once",
            Period::Month => " a month",
            Period::Quarter => " a quarter",
            Period::Year => " a year",
            Period::Day => " a day",
            Period::Lasting => "",
        };
        match worth {
            Worth::Exactly(number) => format!("{number} {unit}{period}"),
            Worth::Between(low, high) => format!("{low} to {high} {unit}{period}"),
            Worth::AtLeast(least) => format!("at least {least} {unit}{period}"),
            Worth::AtMost(most) => format!("at most {most} {unit}{period}"),
            Worth::Open => "an amount that depends on what is not known".to_owned(),
        }
    }

    /// What is shown for an answer, such as `500 to less than 735`.
    #[must_use]
    pub fn answer(&self, fact: FactId, answer: &Answer) -> String {
        let end = |end: &TermEnd| format!("{} {}", end.term, unit_word(end.unit));
        let days = |from: &Option<Day>, to: &Option<Day>| {
            let shown = |day: &Option<Day>| day.map_or_else(|| "…".to_owned(), iso);
            format!("{} to {}", shown(from), shown(to))
        };
        match &answer.show {
            Show::Yes => "yes".to_owned(),
            Show::No => "no".to_owned(),
            Show::Option(option) => self.option(fact, *option).to_owned(),
            Show::Other => "none of these".to_owned(),
            Show::Nothing => "nothing".to_owned(),
            Show::Place => self.value(fact, Some(&answer.value)),
            Show::Days { from, to } => days(from, to),
            Show::Numbers { from, to } => {
                let from = from.map(|end| format!("{}{}", if end.included { "" } else { "more than " }, end.number));
                let to = to.map(|end| format!("{}{}", if end.included { "" } else { "less than " }, end.number));
                match (from, to) {
                    (Some(from), Some(to)) => format!("{from} to {to}"),
                    (Some(from), None) => format!("{from} and more"),
                    (None, Some(to)) => format!("up to {to}"),
                    (None, None) => "any number".to_owned(),
                }
            }
            Show::Term { at_least, less_than } => match (at_least, less_than) {
                (Some(least), Some(less)) => format!("{} to less than {} ago", end(least), end(less)),
                (Some(least), None) => format!("{} ago or more", end(least)),
                (None, Some(less)) => format!("less than {} ago", end(less)),
                (None, None) => "at any time".to_owned(),
            },
        }
    }

    /// What would have to change: `place of insurance: Hangzhou`.
    #[must_use]
    pub fn change(&self, change: &Change) -> String {
        format!("{}: {}", self.label(change.fact), self.value(change.fact, Some(&change.to)))
    }
}

/// The verdict in words.
#[must_use]
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Applies => "applies",
        Verdict::DoesNot => "does not apply",
        Verdict::Needs => "needs facts",
        Verdict::NotOffered => "is not offered",
    }
}

/// The outcome of a clause in words.
#[must_use]
pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Holds => "holds",
        Outcome::Fails => "fails",
        Outcome::Open => "open",
    }
}

/// The day as ISO 8601 writes it.
#[must_use]
pub fn iso(day: Day) -> String {
    format!("{:04}-{:02}-{:02}", day.year, day.month, day.day)
}

fn effect(policy: &Policy) -> String {
    match (policy.from, policy.until) {
        (Some(from), Some(until)) => format!("in effect from {} to {}", iso(from), iso(until)),
        (Some(from), None) => format!("in effect from {}", iso(from)),
        (None, Some(until)) => format!("in effect until {}", iso(until)),
        (None, None) => "always in effect".to_owned(),
    }
}

fn compared(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Less => "less than",
        Comparison::AtMost => "at most",
        Comparison::Equal => "exactly",
        Comparison::AtLeast => "at least",
        Comparison::More => "more than",
    }
}

fn unit_word(unit: TermUnit) -> &'static str {
    match unit {
        TermUnit::Days => "days",
        TermUnit::Months => "months",
        TermUnit::Years => "years",
    }
}
