// SPDX-License-Identifier: MIT OR Apache-2.0
//! Values in the records of a social security card, both ways.

use encoding_rs::GB18030;

use super::{Field, LayoutError};
use crate::card_reader::CardDate;
use crate::sensitive::Sensitive;

/// Room for a name in bytes.
const NAME_BYTES: usize = 30;

/// Fewest characters of a social security number: the ID numbers of before 1999.
const SHORTEST_NUMBER: usize = 15;

/// Characters of a social security number.
const NUMBER_BYTES: usize = 18;

/// `value` without what fills it up behind: NUL, blanks, and the FF of chips that were never written.
fn trimmed(value: &[u8]) -> &[u8] {
    let end = value.iter().rposition(|byte| !matches!(byte, 0 | b' ' | 0xFF)).map_or(0, |last| last + 1);
    value.get(..end).unwrap_or_default()
}

/// `value` as a number of letters and digits.
fn characters(value: &[u8], field: Field) -> Result<String, LayoutError> {
    let value = trimmed(value);
    if value.is_empty() || !value.iter().all(u8::is_ascii_alphanumeric) {
        return Err(LayoutError::Value(field));
    }
    Ok(value.iter().map(|byte| char::from(byte.to_ascii_uppercase())).collect())
}

/// The social security number, in capitals. Its check digit is not looked at: foreigners' numbers are made otherwise.
///
/// # Errors
/// [`LayoutError::Value`].
pub fn decode_number(value: &[u8]) -> Result<Sensitive<String>, LayoutError> {
    let number = Sensitive::new(characters(value, Field::Number)?);
    if (SHORTEST_NUMBER..=NUMBER_BYTES).contains(&number.expose().len()) {
        Ok(number)
    } else {
        Err(LayoutError::Value(Field::Number))
    }
}

/// The 18 bytes of a number; `None` for one that is none.
#[must_use]
pub fn encode_number(number: &str) -> Option<[u8; NUMBER_BYTES]> {
    let mut value = [b' '; NUMBER_BYTES];
    value.get_mut(..number.len())?.copy_from_slice(number.as_bytes());
    decode_number(&value).ok().map(|_| value)
}

/// The number of the card itself.
///
/// # Errors
/// [`LayoutError::Value`].
pub fn decode_card_number(value: &[u8]) -> Result<Sensitive<String>, LayoutError> {
    characters(value, Field::CardNumber).map(Sensitive::new)
}

/// The name: GBK, and the four-byte characters of GB18030 that newer cards use for rare ones. A name that was too long
/// for its field may end in half a character, which is left out.
///
/// # Errors
/// [`LayoutError::Value`]: not in that character set, or nothing.
pub fn decode_name(value: &[u8]) -> Result<Sensitive<String>, LayoutError> {
    let wrong = LayoutError::Value(Field::Name);
    // NUL is part of no character in this set: what follows is left over from an earlier name.
    let end = value.iter().position(|byte| *byte == 0).unwrap_or(value.len());
    let value = trimmed(value.get(..end).unwrap_or_default());
    let decode = |bytes| GB18030.decode_without_bom_handling_and_without_replacement(bytes);
    let whole = decode(value).or_else(|| {
        let longest_cut = if value.len() + 1 >= NAME_BYTES { 3.min(value.len()) } else { 0 };
        (1..=longest_cut).find_map(|cut| decode(value.get(..value.len() - cut)?))
    });
    let name = Sensitive::new(whole.ok_or(wrong)?.into_owned());
    let shown = name.expose().trim_matches(char::is_whitespace);
    if shown.is_empty() || shown.chars().any(char::is_control) {
        return Err(wrong);
    }
    Ok(Sensitive::new(shown.to_owned()))
}

/// The 30 bytes of a name, filled up with `filler`; `None` when it has no place in them.
#[must_use]
pub fn encode_name(name: &str, filler: u8) -> Option<[u8; NAME_BYTES]> {
    let (bytes, _, failed) = GB18030.encode(name);
    let mut value = [filler; NAME_BYTES];
    value.get_mut(..bytes.len())?.copy_from_slice(&bytes);
    (!failed).then_some(value)
}

/// The decimal digits of packed BCD.
fn digits(value: &[u8]) -> Option<Vec<u8>> {
    let digits: Vec<u8> = value.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]).collect();
    digits.iter().all(|digit| *digit <= 9).then_some(digits)
}

/// The area code at the beginning of the card's identification: six digits.
///
/// # Errors
/// [`LayoutError::Value`].
pub fn decode_area_code(value: &[u8]) -> Result<String, LayoutError> {
    let digits =
        value.first_chunk::<3>().and_then(|code| digits(code)).ok_or(LayoutError::Value(Field::CardIdentification))?;
    Ok(digits.iter().map(|digit| char::from(b'0' + digit)).collect())
}

/// The three bytes of an area code; `None` for anything but six digits.
#[must_use]
pub fn encode_area_code(code: &str) -> Option<[u8; 3]> {
    let digits: Vec<u8> = code
        .chars()
        .map(|digit| digit.to_digit(10).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    match digits.as_slice() {
        [a, b, c, d, e, f] => Some([a << 4 | b, c << 4 | d, e << 4 | f]),
        _ => None,
    }
}

/// A day in BCD, year first; `None` for one that was never written (all 0 or all F).
///
/// # Errors
/// [`LayoutError::Value`]: no such day.
pub fn decode_date(value: &[u8]) -> Result<Option<CardDate>, LayoutError> {
    let wrong = LayoutError::Value(Field::ValidTo);
    let value = value.first_chunk::<4>().ok_or(wrong)?;
    if [[0x00; 4], [0xFF; 4]].contains(value) {
        return Ok(None);
    }
    let digits = digits(value).ok_or(wrong)?;
    let number = |part: &[u8]| part.iter().fold(0_u16, |sum, digit| sum * 10 + u16::from(*digit));
    let (year, rest) = digits.split_at(4);
    let (month, day) = rest.split_at(2);
    let small = |part| u8::try_from(number(part)).map_err(|_| wrong);
    CardDate::new(number(year), small(month)?, small(day)?).map(Some).ok_or(wrong)
}

/// The four bytes of a day.
#[must_use]
pub fn encode_date(date: CardDate) -> [u8; 4] {
    let pair = |number: u16| u8::try_from(number % 100 / 10 * 16 + number % 10).unwrap_or(0);
    [pair(date.year() / 100), pair(date.year()), pair(u16::from(date.month())), pair(u16::from(date.day()))]
}
