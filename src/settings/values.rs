// SPDX-License-Identifier: GPL-3.0-only
//! Values of one type each, with their ranges: texts, numbers, times, choices, switches.
//!
//! Each reader answers with something usable even after a complaint, so that reading goes on and all
//! faults are found in one go; the result is thrown away when there was an error.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::Bilingual;
use super::fault::FaultKind;
use super::reader::{Entry, Section};
use super::source::{is_invisible, quote};
use super::strangers::nearest;

/// A text and how long it may be.
#[derive(Clone, Copy)]
pub(super) struct TextLimit {
    /// The longest text in characters.
    pub(super) most_chars: usize,
    /// Why, as in "too long for …".
    pub(super) place: &'static str,
}

impl TextLimit {
    fn takes(self) -> String {
        format!("text, at most {} characters", self.most_chars)
    }
}

/// A range of numbers with its unit.
pub(super) struct Range<N> {
    pub(super) range: RangeInclusive<N>,
    /// Such as `km/h`; empty for a mere number.
    pub(super) unit: &'static str,
    /// Why the range is what it is, where that is not plain; added to the reason.
    pub(super) why: &'static str,
}

impl<N> Range<N> {
    /// A range that needs no explanation.
    pub(super) fn of(range: RangeInclusive<N>, unit: &'static str) -> Self {
        Self { range, unit, why: "" }
    }
}

impl<N: Display> Range<N> {
    fn words(&self) -> String {
        let space = if self.unit.is_empty() { "" } else { " " };
        format!("{} to {}{space}{}", self.range.start(), self.range.end(), self.unit)
    }
}

impl Entry<'_> {
    /// The text itself, untrimmed.
    pub(super) fn raw_text(&self, example: &str) -> Option<&str> {
        let text = self.item.as_str();
        if text.is_none() {
            self.wrong_type("a text in double quotes", &format!("{} = \"{example}\"", self.key));
        }
        text
    }

    /// The text without outer spaces, if it is not empty, short enough and has only visible characters.
    pub(super) fn text(&self, limit: TextLimit, example: &str) -> Option<&str> {
        let text = self.raw_text(example)?.trim();
        let path = quote(&self.path);
        if text.is_empty() {
            self.error(
                FaultKind::Empty,
                format!("{path} is empty"),
                format!("write a text, such as {} = \"{example}\", or remove the line", self.key),
            );
            return None;
        }
        if let Some(at) = text.chars().position(is_invisible) {
            self.error(
                FaultKind::ControlCharacter,
                format!("{path} holds an invisible character at position {}", at + 1),
                "delete the text and type it again by hand; it was probably pasted".to_owned(),
            );
            return None;
        }
        let length = text.chars().count();
        if length > limit.most_chars {
            self.error(
                FaultKind::TooLong,
                format!("{path} has {length} characters and is too long for {}", limit.place),
                format!("shorten it to at most {} characters", limit.most_chars),
            );
            return None;
        }
        Some(text)
    }

    /// The number, whole or with a point.
    fn any_number(&self, example: &str) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "the ranges end long before 2^52")]
        let number = self.item.as_float().or_else(|| self.item.as_integer().map(|whole| whole as f64));
        if number.is_none() {
            self.wrong_type("a number without quotes", &format!("{} = {example}", self.key));
        }
        number
    }

    fn out_of_range<N: Display>(&self, found: impl Display, range: &Range<N>, example: &str) {
        let mut reason = format!("{} is {found}, but must be {}", quote(&self.path), range.words());
        if !range.why.is_empty() {
            reason.push_str("; ");
            reason.push_str(range.why);
        }
        let mend = format!("write for example {} = {example}", self.key);
        self.error(FaultKind::OutOfRange, reason, mend);
    }

    fn number_in(&self, range: &Range<f64>, example: &str) -> Option<f64> {
        let number = self.any_number(example)?;
        if range.range.contains(&number) {
            return Some(number);
        }
        self.out_of_range(number, range, example);
        None
    }

    /// A list of texts, at least one; `example` is one of them.
    fn texts(&self, key: &str, example: &str, most: usize) -> Option<Vec<String>> {
        let line = format!("{key} = [\"{example}\"]");
        let texts: Option<Vec<String>> = self
            .item
            .as_array()
            .map(|values| values.iter().map(|value| value.as_str().map(|text| text.trim().to_owned())).collect())
            .unwrap_or_default();
        match texts {
            None => self.wrong_type("a list of texts in double quotes", &line),
            Some(texts) if texts.is_empty() => {
                self.error(
                    FaultKind::Empty,
                    format!("{} is empty", quote(&self.path)),
                    format!("write it like this: {line}"),
                );
            }
            Some(texts) if texts.len() > most => self.error(
                FaultKind::TooMany,
                format!("{} has more than {most} entries", quote(&self.path)),
                "remove those that are not there".to_owned(),
            ),
            Some(texts) => return Some(texts),
        }
        None
    }
}

impl Section<'_> {
    /// A text that the file may leave out.
    pub(super) fn optional_text(&self, key: &'static str, limit: TextLimit, default: &str) -> Option<String> {
        let entry = self.entry(key, &limit.takes(), default)?;
        entry.text(limit, "…").map(str::to_owned)
    }

    /// A text that the file must have; `example` is its value without quotes.
    pub(super) fn required_text(&self, key: &'static str, limit: TextLimit, example: &str) -> String {
        let Some(entry) = self.entry(key, &limit.takes(), "required") else {
            self.missing(key, &format!("{key} = \"{example}\""));
            return String::new();
        };
        entry.text(limit, example).map(str::to_owned).unwrap_or_default()
    }

    /// A required Chinese text and its optional English, in which words take about 2.5 times as many
    /// characters.
    pub(super) fn bilingual(&self, keys: (&'static str, &'static str), limit: TextLimit, example: &str) -> Bilingual {
        let zh = self.required_text(keys.0, limit, example);
        let english = TextLimit { most_chars: limit.most_chars * 5 / 2, place: limit.place };
        let en = self.optional_text(keys.1, english, "the Chinese text").unwrap_or_else(|| zh.clone());
        Bilingual { zh, en }
    }

    /// A number that the file must have.
    pub(super) fn required_number(&self, key: &'static str, range: &Range<f64>, example: &str) -> Option<f64> {
        let takes = format!("number, {}", range.words());
        let Some(entry) = self.entry(key, &takes, "required") else {
            self.missing(key, &format!("{key} = {example}"));
            return None;
        };
        entry.number_in(range, example)
    }

    /// A number that may have a point.
    pub(super) fn number(&self, key: &'static str, default: f64, range: &Range<f64>) -> f64 {
        let default_text = default.to_string();
        let takes = format!("number, {}", range.words());
        self.entry(key, &takes, &default_text)
            .and_then(|entry| entry.number_in(range, &default_text))
            .unwrap_or(default)
    }

    /// A time in seconds, also fractions.
    pub(super) fn seconds(&self, key: &'static str, default: f64, range: RangeInclusive<f64>) -> Duration {
        let range = Range::of(range, "s");
        Duration::try_from_secs_f64(self.number(key, default, &range)).unwrap_or_default()
    }

    /// A time in whole milliseconds.
    pub(super) fn milliseconds(&self, key: &'static str, default: u32, range: RangeInclusive<u32>) -> Duration {
        let range = Range::of(range, "ms");
        Duration::from_millis(u64::from(self.whole(key, default, &range)))
    }

    /// A whole number.
    pub(super) fn whole(&self, key: &'static str, default: u32, range: &Range<u32>) -> u32 {
        let example = default.to_string();
        let takes = format!("whole number, {}", range.words());
        let Some(entry) = self.entry(key, &takes, &example) else {
            return default;
        };
        let Some(found) = entry.item.as_integer() else {
            entry.wrong_type("a whole number without quotes and point", &format!("{key} = {example}"));
            return default;
        };
        match u32::try_from(found) {
            Ok(number) if range.range.contains(&number) => number,
            _ => {
                entry.out_of_range(found, range, &example);
                default
            }
        }
    }

    /// A whole number that may be left out; what holds then is said by `default`.
    pub(super) fn whole_or(&self, key: &'static str, default: &str, range: &Range<u32>) -> Option<u32> {
        let example = range.range.start().to_string();
        let entry = self.entry(key, &format!("whole number, {}", range.words()), default)?;
        let Some(found) = entry.item.as_integer() else {
            entry.wrong_type("a whole number without quotes and point", &format!("{key} = {example}"));
            return None;
        };
        let number = u32::try_from(found).ok().filter(|number| range.range.contains(number));
        if number.is_none() {
            entry.out_of_range(found, range, &example);
        }
        number
    }

    /// A list of texts that the file must have, at least one; `example` is one of them.
    pub(super) fn texts(&self, key: &'static str, takes: &str, example: &str, most: usize) -> Option<Vec<String>> {
        let Some(entry) = self.entry(key, takes, "required") else {
            self.missing(key, &format!("{key} = [\"{example}\"]"));
            return None;
        };
        entry.texts(key, example, most)
    }

    /// The same, where the file may leave it out; what holds then is said by `default`.
    pub(super) fn optional_texts(
        &self,
        key: &'static str,
        takes: &str,
        default: &str,
        example: &str,
        most: usize,
    ) -> Option<Vec<String>> {
        self.entry(key, takes, default)?.texts(key, example, most)
    }

    /// `true` or `false`.
    pub(super) fn switch(&self, key: &'static str, default: bool) -> bool {
        let Some(entry) = self.entry(key, "`true` or `false`", &default.to_string()) else {
            return default;
        };
        entry.item.as_bool().unwrap_or_else(|| {
            entry.wrong_type("true or false without quotes", &format!("{key} = {default}"));
            default
        })
    }

    /// One of `choices`, of which the first is the default.
    pub(super) fn choice<T: Copy>(
        &self,
        key: &'static str,
        first: (&'static str, T),
        others: &[(&'static str, T)],
    ) -> T {
        let choices: Vec<(&str, T)> = std::iter::once(first).chain(others.iter().copied()).collect();
        self.choice_or(key, first.0, &choices).unwrap_or(first.1)
    }

    /// One of `choices`; what holds without it is said by `default`.
    pub(super) fn choice_or<T: Copy>(
        &self,
        key: &'static str,
        default: &str,
        choices: &[(&'static str, T)],
    ) -> Option<T> {
        let names: Vec<String> = choices.iter().map(|(name, _)| format!("`{name}`")).collect();
        let takes = format!("one of {}", names.join(", "));
        let entry = self.entry(key, &takes, default)?;
        let first = choices.first().map_or("", |(name, _)| *name);
        let word = entry.raw_text(first)?;
        if let Some((_, value)) = choices.iter().find(|(name, _)| *name == word) {
            return Some(*value);
        }
        let meant = nearest(word, choices.iter().map(|(name, _)| *name)).unwrap_or(first);
        entry.error(
            FaultKind::NotAChoice,
            format!("{} is {}, but must be {takes}", quote(&entry.path), quote(word)),
            format!("write for example {key} = \"{meant}\""),
        );
        None
    }

    /// Complains when the text under `key` was seen before in this list.
    pub(super) fn refuse_duplicate(&self, key: &'static str, seen: &mut Vec<String>) {
        let Some(entry) = self.peek(key) else { return };
        let Some(text) = entry.item.as_str().map(str::trim) else {
            return;
        };
        if seen.iter().any(|earlier| earlier == text) {
            entry.error(
                FaultKind::Duplicate,
                format!("{} is given twice", quote(text)),
                "give it another name or remove one of the two".to_owned(),
            );
            return;
        }
        seen.push(text.to_owned());
    }
}
