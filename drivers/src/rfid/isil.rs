// SPDX-License-Identifier: MIT OR Apache-2.0
//! The code of library identifiers (ISIL, ISO 15511) on tags of ISO 28560-2: three sets of characters, of five or four
//! bits each, with codes that lock to another set or shift to it for one character. It starts in upper case; the last
//! byte is filled up with ones.

use super::bits::{BitReader, BitWriter};
use super::compaction::CompactionError;

/// The set that codes are read in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    Upper,
    Lower,
    Digit,
}

/// What a code stands for.
enum Meaning {
    Character(char),
    Lock(Set),
    Shift(Set),
}

impl Set {
    /// Bits of a code.
    fn bits(self) -> usize {
        if self == Self::Digit { 4 } else { 5 }
    }

    fn meaning(self, code: u8) -> Option<Meaning> {
        let letter = |first: u8| Meaning::Character(char::from(first + code - 1));
        Some(match (self, code) {
            (Self::Upper | Self::Lower, 0) | (Self::Digit, 10) => Meaning::Character('-'),
            (Self::Upper, 1..=26) => letter(b'A'),
            (Self::Upper, 27) | (Self::Digit, 11) => Meaning::Character(':'),
            (Self::Upper, 28) | (Self::Digit, 14) => Meaning::Lock(Self::Lower),
            (Self::Upper, 29) | (Self::Digit, 15) => Meaning::Shift(Self::Lower),
            (Self::Upper | Self::Lower, 30) => Meaning::Lock(Self::Digit),
            (Self::Upper | Self::Lower, 31) => Meaning::Shift(Self::Digit),
            (Self::Lower, 1..=26) => letter(b'a'),
            (Self::Lower, 27) => Meaning::Character('/'),
            (Self::Lower, 28) | (Self::Digit, 12) => Meaning::Lock(Self::Upper),
            (Self::Lower, 29) | (Self::Digit, 13) => Meaning::Shift(Self::Upper),
            (Self::Digit, 0..=9) => Meaning::Character(char::from(b'0' + code)),
            _ => return None,
        })
    }

    /// Code of `character` in this set, if it is in it.
    fn code(self, character: char) -> Option<u8> {
        let byte = u8::try_from(character).ok()?;
        match (self, byte) {
            (Self::Upper | Self::Lower, b'-') => Some(0),
            (Self::Upper, b'A'..=b'Z') => Some(byte - b'A' + 1),
            (Self::Upper, b':') | (Self::Lower, b'/') => Some(27),
            (Self::Lower, b'a'..=b'z') => Some(byte - b'a' + 1),
            (Self::Digit, b'0'..=b'9') => Some(byte - b'0'),
            (Self::Digit, b'-') => Some(10),
            (Self::Digit, b':') => Some(11),
            _ => None,
        }
    }

    /// The first set that has `character`.
    fn of(character: char) -> Option<Self> {
        [Self::Upper, Self::Lower, Self::Digit].into_iter().find(|set| set.code(character).is_some())
    }

    /// Code that leads from here to `target`: for good, or for one character.
    fn leave(self, target: Self, lock: bool) -> u8 {
        let code = match (self, target) {
            (Self::Digit, Self::Upper) => 12,
            (Self::Digit, _) => 14,
            (_, Self::Digit) => 30,
            _ => 28,
        };
        code + u8::from(!lock)
    }
}

/// Writes `text`; a set is left for one character when the next one is in it again, or there is none.
pub(super) fn encode(text: &str) -> Result<Vec<u8>, CompactionError> {
    let mut writer = BitWriter::default();
    let mut set = Set::Upper;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let mut now = set;
        if set.code(character).is_none() {
            now = Set::of(character).ok_or(CompactionError::Character)?;
            let lock = characters.peek().is_some_and(|next| set.code(*next).is_none());
            writer.put(set.leave(now, lock), set.bits());
            if lock {
                set = now;
            }
        }
        writer.put(now.code(character).ok_or(CompactionError::Character)?, now.bits());
    }
    Ok(writer.finish(0xFF))
}

/// Reads what [`encode`] writes, and any other choice of locks and shifts.
pub(super) fn decode(bytes: &[u8]) -> Result<String, CompactionError> {
    let mut reader = BitReader::new(bytes);
    let mut text = String::new();
    let mut locked = Set::Upper;
    let mut shifted = None;
    loop {
        let set = shifted.take().unwrap_or(locked);
        // Fewer than eight ones at the end are the padding, also where they read as a shift with nothing behind it.
        if reader.rest_is(0xFF) {
            return Ok(text);
        }
        let code = reader.take(set.bits()).ok_or(CompactionError::Padding)?;
        match set.meaning(code).ok_or(CompactionError::Character)? {
            Meaning::Character(character) => text.push(character),
            Meaning::Lock(target) => locked = target,
            Meaning::Shift(target) => shifted = Some(target),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_packed_as_in_the_annex_of_the_standard() {
        let bytes = [0xAC, 0xC0, 0x9E, 0xBA, 0xA0, 0x6F, 0x6B];
        assert_eq!(encode("US-InU-Mu").unwrap(), bytes);
        assert_eq!(decode(&bytes).unwrap(), "US-InU-Mu");
    }

    #[test]
    fn after_a_shift_of_one_digit_the_old_set_goes_on() {
        // Upper A, shift to digits, 7, upper B, padding.
        let mut writer = BitWriter::default();
        for (code, bits) in [(1, 5), (31, 5), (7, 4), (2, 5)] {
            writer.put(code, bits);
        }
        assert_eq!(decode(&writer.finish(0xFF)).unwrap(), "A7B");
    }

    #[test]
    fn every_change_of_set_comes_back() {
        for text in ["CN-110108-1-NLC", "A1", "1a", "a:/b", "CN-ZG:12/x", "", "9-:8", "zZ0zZ0zz00ZZ", "DE-Mb112/Abc"] {
            assert_eq!(decode(&encode(text).unwrap()).unwrap(), text);
        }
        assert!(matches!(encode("CN NLC"), Err(CompactionError::Character)));
    }
}
