// SPDX-License-Identifier: GPL-3.0-only
//! The lines of `assets/places`, found by binary search in the text itself.

use std::cmp::Ordering;

use crate::domain::session::Language;

/// One line a code, in the order of the codes: code, kind, name in Chinese and in English without their endings; then,
/// where there is something to tell, the year in which it was given up, and kind and names of the prefecture of its
/// time. Between them stand tabs.
static PLACES: &str = include_str!("../../assets/places/places.tsv");
/// One line a kind: its key, the ending of its names in Chinese and in English.
static KINDS: &str = include_str!("../../assets/places/kinds.tsv");
/// Key of the kind of cities above counties. A province of it is a municipality.
const CITY: &str = "C";
/// Bytes of a code in [`PLACES`].
const CODE_BYTES: usize = 6;

/// A division's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Division {
    kind: &'static str,
    chinese: &'static str,
    english: &'static str,
}

/// What stands of a code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) division: Division,
    /// The year in which it was given up.
    pub(super) until: Option<u16>,
    /// The prefecture that it lay in, where its code tells another one.
    pub(super) above: Option<Division>,
}

impl Division {
    fn read(fields: &mut impl Iterator<Item = &'static str>) -> Option<Self> {
        Some(Self { kind: fields.next()?, chinese: fields.next()?, english: fields.next()? })
    }

    pub(super) fn name(&self, language: Language) -> String {
        let (chinese, english) = endings(self.kind).unwrap_or_default();
        match language {
            Language::Zh => format!("{}{chinese}", self.chinese),
            Language::En => format!("{}{english}", self.english),
        }
    }

    /// Of a province: whether it is one city.
    pub(super) fn is_province_and_city(&self) -> bool {
        self.kind == CITY
    }
}

fn endings(kind: &str) -> Option<(&'static str, &'static str)> {
    let mut kinds = KINDS.lines().filter_map(|line| line.split_once('\t'));
    kinds.find(|(key, _)| *key == kind).and_then(|(_, endings)| endings.split_once('\t'))
}

/// What stands of the code of six digits.
pub(super) fn line(code: &str) -> Option<Line> {
    let mut fields = found(PLACES, code)?.split('\t').skip(1);
    let division = Division::read(&mut fields)?;
    let until = fields.next().and_then(|year| year.parse().ok());
    Some(Line { division, until, above: Division::read(&mut fields) })
}

/// The line of `text` that begins with `code`.
fn found<'t>(text: &'t str, code: &str) -> Option<&'t str> {
    let bytes = text.as_bytes();
    let (mut low, mut high) = (0, bytes.len());
    while low < high {
        // Some byte of a line; `low` and `high` are where lines begin.
        let middle = low + (high - low) / 2;
        let start = bytes.get(low..middle)?.iter().rposition(|byte| *byte == b'\n').map_or(low, |at| low + at + 1);
        let end = bytes.get(middle..high)?.iter().position(|byte| *byte == b'\n').map_or(high, |at| middle + at);
        let line = text.get(start..end)?;
        match line.get(..CODE_BYTES)?.cmp(code) {
            Ordering::Less => low = end + 1,
            Ordering::Equal => return Some(line),
            Ordering::Greater => high = start,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_found_and_whole() {
        let mut before = "";
        for text in PLACES.lines() {
            let code = &text[..CODE_BYTES];
            assert!(code.bytes().all(|byte| byte.is_ascii_digit()), "{text}");
            assert!(before < code, "{before} stands before {code}");
            before = code;
            assert_eq!(found(PLACES, code), Some(text));
            let line = line(code).unwrap();
            let columns = text.split('\t').count();
            assert!([4, 5, 8].contains(&columns), "{text}");
            assert_eq!(line.above.is_some(), columns == 8, "{text}");
            assert!(columns != 5 || line.until.is_some_and(|year| (1982..2100).contains(&year)), "{text}");
            for division in [Some(line.division), line.above].into_iter().flatten() {
                assert!(endings(division.kind).is_some(), "{text}");
                let (chinese, english) = (division.name(Language::Zh), division.name(Language::En));
                assert!(!chinese.is_empty() && !chinese.chars().any(|letter| letter.is_ascii()), "{chinese}");
                let plain = |letter: char| letter.is_ascii_alphabetic() || " '-,ü".contains(letter);
                assert!(english.starts_with(|letter: char| letter.is_ascii_uppercase()), "{english}");
                assert!(english.chars().all(plain), "{english}");
            }
        }
        assert!(PLACES.len() < 250_000, "{} bytes are in every terminal", PLACES.len());
    }

    #[test]
    fn the_table_holds_the_divisions_of_today_and_those_that_were() {
        let lines = PLACES.lines().map(|text| line(&text[..CODE_BYTES]).unwrap());
        let (now, formerly): (Vec<Line>, Vec<Line>) = lines.partition(|line| line.until.is_none());
        assert!((3_200..3_300).contains(&now.len()), "{}", now.len());
        assert!(formerly.len() > 3_400, "{}", formerly.len());
        // Every province is there.
        for province in
            "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82"
                .split(' ')
        {
            assert!(line(&format!("{province}0000")).is_some_and(|line| line.until.is_none()), "{province}");
        }
    }

    #[test]
    fn what_does_not_stand_there_is_not_found() {
        for code in ["", "0", "000000", "110100", "370799", "999999", "山东省"] {
            assert!(line(code).is_none(), "{code}");
        }
        assert_eq!(found("", "110000"), None);
        assert_eq!(found("110000\ta", "110000"), Some("110000\ta"), "without an end of line");
        assert_eq!(found("broken\n\n", "110000"), None);
    }
}
