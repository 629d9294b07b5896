// SPDX-License-Identifier: GPL-3.0-only
//! The values of keys: texts, keys, numbers, days, codes, choices.

use super::reader::{Entry, Map, nearest};
use super::yaml::Scalar;
use crate::domain::day::Day;
use crate::domain::policy::fact::{Decimal, PlaceCode};
use crate::domain::policy::pack::Words;
use crate::policies::fault::FaultKind;
use crate::settings::source::{is_invisible, quote};

/// Longest text in characters: in Chinese and in English, which takes about three times as many.
#[derive(Clone, Copy)]
pub(super) struct Longest(pub(super) usize, pub(super) usize);

/// Names of facts, options, units: they stand in a line with other things.
pub(super) const LABEL: Longest = Longest(24, 72);
/// Titles and names, which may have a line of their own.
pub(super) const TITLE: Longest = Longest(40, 120);
/// Questions, notes, reasons.
pub(super) const SENTENCE: Longest = Longest(80, 260);
/// Summaries, places, ways to apply.
pub(super) const PARAGRAPH: Longest = Longest(200, 640);
/// What is listened to: about a minute.
pub(super) const SPOKEN: Longest = Longest(240, 760);
/// Longest key, in characters.
pub(super) const LONGEST_KEY: usize = 64;
/// Longest text that is not for people of both languages: number of a law, phone, link.
const LONGEST_LINE: usize = 300;

/// Whether the character is written in Chinese only: ideographs, and the full stops and commas beside them.
pub(super) fn is_ideograph(character: char) -> bool {
    matches!(u32::from(character), 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
}

/// Whether no space belongs between two of these: ideographs and full-width signs.
fn is_wide(character: char) -> bool {
    is_ideograph(character) || matches!(u32::from(character), 0x3000..=0x303F | 0xFF00..=0xFF60)
}

/// Whether a text can be a key: lower case letters, digits and single hyphens, and not too long.
pub(super) fn is_key(text: &str) -> bool {
    (1..=LONGEST_KEY).contains(&text.len())
        && text
            .split('-')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()))
}

impl Entry<'_> {
    /// A text, by itself or in quotes.
    fn plain_text(&self, example: &str) -> Option<String> {
        match self.scalar() {
            Some(Scalar::Text(text)) => Some(text.to_owned()),
            Some(Scalar::Number(text)) => {
                self.error(
                    FaultKind::Unquoted,
                    format!("{} is a number, but must be a text", self.shown()),
                    format!("put it in quotes: \"{text}\""),
                );
                None
            }
            _ => {
                self.wrong_type("a text", example);
                None
            }
        }
    }

    /// A text of at most `longest` characters, without what nobody sees.
    fn checked_text(&self, longest: usize, example: &str) -> Option<String> {
        let text = self.plain_text(example)?;
        let text = text.trim();
        if text.is_empty() {
            self.error(
                FaultKind::Empty,
                format!("{} is empty", self.shown()),
                format!("write it like this: {example}"),
            );
            return None;
        }
        let text: String = text.chars().map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c }).collect();
        if let Some(bad) = text.chars().find(|character| is_invisible(*character)) {
            let reason = format!("{} holds the invisible character U+{:04X}", self.shown(), u32::from(bad));
            self.error(FaultKind::ControlCharacter, reason, "type the text anew: it was pasted with the text");
            return None;
        }
        let length = text.chars().count();
        if length > longest {
            let reason = format!("{} has {length} characters, but at most {longest} fit", self.shown());
            self.error(FaultKind::TooLong, reason, "say it shorter");
            return None;
        }
        Some(text)
    }

    /// A text that is the same in both languages, in one line.
    pub(super) fn line(&self, example: &str) -> Option<String> {
        self.checked_text(LONGEST_LINE, example)
    }

    /// A text in both languages.
    pub(super) fn words(&self, longest: Longest) -> Option<Words> {
        const EXAMPLE: &str = "{zh: …, en: …}";
        self.map(EXAMPLE, |map| {
            let zh = map.need("zh", "zh: …").and_then(|entry| entry.chinese(longest.0));
            let en = map.need("en", "en: …").and_then(|entry| entry.english(longest.1));
            Some(Words { zh: zh?, en: en? })
        })?
    }

    fn chinese(&self, longest: usize) -> Option<String> {
        let text = self.checked_text(longest, "zh: …")?;
        if !text.chars().any(is_ideograph) && !text.chars().all(|c| c.is_ascii_digit() || c == '%') {
            let reason = format!("{} holds no Chinese character", self.shown());
            self.warn(FaultKind::Unwise, reason, "write the Chinese text here and the English one under `en`");
        }
        if !self.node.many_lines {
            return Some(text);
        }
        // Where lines are joined YAML puts a space, which Chinese does not have.
        let characters: Vec<char> = text.chars().collect();
        let keep = |index: usize| {
            let beside = |at: Option<usize>| at.and_then(|at| characters.get(at)).is_some_and(|c| is_wide(*c));
            let space = characters.get(index) == Some(&' ');
            !(space && beside(index.checked_sub(1)) && beside(index.checked_add(1)))
        };
        Some(characters.iter().enumerate().filter(|(index, _)| keep(*index)).map(|(_, c)| *c).collect())
    }

    fn english(&self, longest: usize) -> Option<String> {
        let text = self.checked_text(longest, "en: …")?;
        // The number of a law or the name of an app may stand in it as it is.
        let letters = text.chars().filter(char::is_ascii_alphabetic).count();
        if text.chars().filter(|c| is_ideograph(*c)).count() > letters {
            let reason = format!("{} is more Chinese than English", self.shown());
            self.warn(FaultKind::Unwise, reason, "write the English text here and the Chinese one under `zh`");
        }
        Some(text)
    }

    /// A word that is looked up or declared: a key, an id, a choice.
    pub(super) fn word(&self, example: &str) -> Option<String> {
        let text = self.plain_text(example)?;
        if text.is_empty() {
            self.error(
                FaultKind::Empty,
                format!("{} is empty", self.shown()),
                format!("write it like this: {example}"),
            );
            return None;
        }
        Some(text)
    }

    /// A key that is declared here.
    pub(super) fn new_key(&self) -> Option<String> {
        let key = self.word("lower-case-words")?;
        if !is_key(&key) {
            self.error(
                FaultKind::BadKey,
                format!("{} is no key", quote(&key)),
                format!(
                    "keys have lower case letters, digits and single hyphens, at most {LONGEST_KEY}: high-age-allowance"
                ),
            );
            return None;
        }
        Some(key)
    }

    /// True or false.
    pub(super) fn flag(&self) -> Option<bool> {
        match self.scalar() {
            Some(Scalar::Flag(flag)) => return Some(flag),
            Some(Scalar::Text(text)) if matches!(text, "yes" | "no" | "on" | "off") => {
                let flag = matches!(text, "yes" | "on");
                let reason = format!("{} is the word {}, but must be true or false", self.shown(), quote(text));
                self.error(FaultKind::WrongType, reason, format!("write: {flag}"));
            }
            _ => self.wrong_type("true or false", "true"),
        }
        None
    }

    /// A number.
    pub(super) fn number(&self) -> Option<Decimal> {
        match self.scalar() {
            Some(Scalar::Number(text)) => match decimal(text) {
                Ok(number) => Some(number),
                Err(mend) => {
                    let reason = format!("{} is no number that is kept exactly: {}", self.shown(), quote(text));
                    self.error(FaultKind::BadNumber, reason, mend);
                    None
                }
            },
            Some(Scalar::Text(text)) if Decimal::parse(text).is_some() => {
                self.error(
                    FaultKind::WrongType,
                    format!("{} is a text, but must be a number", self.shown()),
                    format!("write it without quotes: {text}"),
                );
                None
            }
            _ => {
                self.wrong_type("a number", "1200");
                None
            }
        }
    }

    /// A whole number within the range.
    pub(super) fn whole(&self, least: i64, most: i64) -> Option<i64> {
        let number = self.number()?;
        let whole = (number.steps() % Decimal::STEPS == 0).then_some(number.steps() / Decimal::STEPS);
        let within = whole.filter(|whole| (least..=most).contains(whole));
        if within.is_none() {
            let reason = format!("{} is {number}, but must be a whole number from {least} to {most}", self.shown());
            self.error(FaultKind::OutOfRange, reason, "write a number of that range");
        }
        within
    }

    /// A day, as `2026-01-31`.
    pub(super) fn day(&self) -> Option<Day> {
        let Some(Scalar::Text(text)) = self.scalar() else {
            self.wrong_type("a day", "2026-01-31");
            return None;
        };
        self.day_of(text)
    }

    /// The day that `text` writes, which is part of this value.
    pub(super) fn day_of(&self, text: &str) -> Option<Day> {
        let day = Day::parse_iso(text).filter(|day| (1850..=2199).contains(&day.year));
        if day.is_none() {
            self.error(
                FaultKind::BadDay,
                format!("{} is no day of the calendar from 1850 to 2199", quote(text)),
                "write year, month and day with hyphens and all their zeros: 2026-01-31",
            );
        }
        day
    }

    /// The code of a place, in quotes.
    pub(super) fn place(&self) -> Option<PlaceCode> {
        let text = match self.scalar() {
            Some(Scalar::Text(text)) => text,
            Some(Scalar::Number(text)) => {
                let reason = format!("the code {} stands without quotes", quote(text));
                self.error(
                    FaultKind::Unquoted,
                    reason,
                    format!("put it in quotes, or leading zeros are lost: \"{text}\""),
                );
                return None;
            }
            _ => {
                self.wrong_type("the code of a place", "\"330106\"");
                return None;
            }
        };
        let place = PlaceCode::parse(text);
        if place.is_none() {
            self.error(
                FaultKind::BadPlace,
                format!("{} is no code of a place", quote(text)),
                "codes have 2 (province), 4, 6 (county), 9 or 12 (community) digits, in quotes: \"330106\"",
            );
        }
        place
    }

    /// One of the `choices`.
    pub(super) fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Option<T> {
        let first = choices.first().map_or("", |(word, _)| word);
        let word = self.word(first)?;
        let found = choices.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
        if found.is_none() {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            self.error(
                FaultKind::NotAChoice,
                format!("{} is {}, which is none of: {}", self.shown(), quote(&word), names.join(", ")),
                nearest(&word, names.into_iter()).replace("remove it; known here", "write one of these"),
            );
        }
        found
    }

    /// An address on the web.
    pub(super) fn link(&self) -> Option<String> {
        let link = self.line("https://www.gov.cn/…")?;
        let rest = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://"));
        let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
        let sound = host.is_some_and(|host| host.contains('.') && !host.contains('@'))
            && link.chars().all(|c| c.is_ascii_graphic());
        if !sound {
            let reason = format!("{} is no address on the web", quote(&link));
            self.error(FaultKind::BadLink, reason, "write it whole, as the browser shows it: https://www.gov.cn/…");
            return None;
        }
        Some(link)
    }

    /// Whom to phone.
    pub(super) fn phone(&self) -> Option<String> {
        let phone = self.line("\"12345\"")?;
        let sound = phone.chars().count() <= 40
            && phone.chars().any(|c| c.is_ascii_digit())
            && phone.chars().all(|c| c.is_ascii_digit() || "+-() /,;".contains(c) || is_ideograph(c));
        if !sound {
            let reason = format!("{} is no telephone number", quote(&phone));
            self.error(FaultKind::NotAChoice, reason, "write digits, spaces and hyphens, in quotes: \"0571-12345\"");
            return None;
        }
        Some(phone)
    }
}

impl Map<'_> {
    /// A text in both languages that must be there.
    pub(super) fn need_words(&self, key: &'static str, longest: Longest) -> Option<Words> {
        self.need(key, &format!("{key}: {{zh: …, en: …}}"))?.words(longest)
    }

    /// A text in both languages, where there is one.
    pub(super) fn words(&self, key: &'static str, longest: Longest) -> Option<Words> {
        self.get(key)?.words(longest)
    }

    /// A flag with its default.
    pub(super) fn flag_or(&self, key: &'static str, default: bool) -> bool {
        self.get(key).and_then(|entry| entry.flag()).unwrap_or(default)
    }
}

/// The number that a plain scalar writes, or how to write it.
pub(super) fn decimal(text: &str) -> Result<Decimal, &'static str> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.") {
        return Err("write a number without leading zeros, and a code in quotes");
    }
    Decimal::parse(text).ok_or("write it plainly, with at most six decimal places: 1200 or 0.8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_plain() {
        for good in ["a", "high-age-allowance", "01", "x2"] {
            assert!(is_key(good), "{good}");
        }
        for bad in ["", "-a", "a-", "a--b", "A", "a_b", "a b", "高", &"x".repeat(65)] {
            assert!(!is_key(bad), "{bad}");
        }
    }

    #[test]
    fn numbers_are_written_plainly() {
        assert_eq!(decimal("0.8").unwrap().to_string(), "0.8");
        assert_eq!(decimal("-3").unwrap().to_string(), "-3");
        for bad in ["01", "1e3", "0x10", ".5", "+1", "1.1234567"] {
            assert!(decimal(bad).is_err(), "{bad}");
        }
    }
}
