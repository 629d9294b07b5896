// SPDX-License-Identifier: MIT OR Apache-2.0
//! The 18-character ID number of GB 11643: region, date of birth, sequence, check digit.

use thiserror::Error;

use super::CardDate;
use super::id_document::Sex;
use crate::sensitive::Sensitive;

/// Characters of a number.
const LENGTH: usize = 18;

/// Weights of the first 17 digits (GB 11643, from ISO 7064 MOD 11-2).
const WEIGHTS: [u32; LENGTH - 1] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// Check digits by the weighted sum modulo 11.
const CHECK_DIGITS: [u8; 11] = *b"10X98765432";

/// Why a text is no ID number. The text is not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum IdNumberError {
    /// It has not 18 characters.
    #[error("an ID number has 18 characters, not {0}")]
    Length(usize),
    /// A character is neither a digit nor an `X` at the end.
    #[error("character {0} of the ID number cannot stand there")]
    Character(usize),
    /// The date of birth is no date.
    #[error("the date in the ID number is none")]
    Birth,
    /// The check digit is another one: a typing or reading error.
    #[error("the check digit of the ID number is wrong")]
    CheckDigit,
}

/// Where a number was given out, as far as its first digits tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Region {
    /// Administrative division of the mainland, six digits (GB/T 2260), such as 110105.
    Division(u32),
    /// 810000: Hong Kong.
    HongKong,
    /// 820000: Macau.
    Macau,
    /// 830000: Taiwan.
    Taiwan,
    /// Begins with 9: permanent residence card of a foreigner, edition of 2023.
    Foreigner,
}

/// The check digit over 17 digits: `0` to `9` or `X`. `None` when they are not 17 digits.
#[must_use]
pub fn check_digit(digits: &str) -> Option<char> {
    if digits.len() != WEIGHTS.len() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let sum: u32 = digits.bytes().zip(WEIGHTS).map(|(byte, weight)| u32::from(byte - b'0') * weight).sum();
    // Less than 11, so it fits.
    CHECK_DIGITS.get((sum % 11) as usize).map(|digit| char::from(*digit))
}

/// An ID number whose form, date and check digit are right. Whether it was ever given out is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdNumber {
    text: Sensitive<String>,
    birth: Sensitive<CardDate>,
}

impl IdNumber {
    /// Checks `text`. A small `x` is taken for the `X` that people mean by it; spaces are not forgiven.
    ///
    /// # Errors
    /// What is wrong first.
    pub fn parse(text: &str) -> Result<Self, IdNumberError> {
        let count = text.chars().count();
        if count != LENGTH {
            return Err(IdNumberError::Length(count));
        }
        let fits = |(at, character): (usize, char)| {
            character.is_ascii_digit() || at == LENGTH - 1 && matches!(character, 'X' | 'x')
        };
        if let Some((at, _)) = text.chars().enumerate().find(|place| !fits(*place)) {
            return Err(IdNumberError::Character(at + 1));
        }
        let birth = text.get(6..14).and_then(CardDate::parse).ok_or(IdNumberError::Birth)?;
        let expected = text.get(..LENGTH - 1).and_then(check_digit);
        if expected != text.chars().last().map(|last| last.to_ascii_uppercase()) {
            return Err(IdNumberError::CheckDigit);
        }
        Ok(Self { text: Sensitive::new(text.to_ascii_uppercase()), birth: Sensitive::new(birth) })
    }

    /// The 18 characters.
    #[must_use]
    pub fn text(&self) -> &Sensitive<String> {
        &self.text
    }

    /// Date of birth.
    #[must_use]
    pub fn birth(&self) -> &Sensitive<CardDate> {
        &self.birth
    }

    /// Sex, from the 17th digit: odd is male. (For the numbers of foreigners this is not confirmed.)
    #[must_use]
    pub fn sex(&self) -> Sex {
        if self.digits(16, 17) % 2 == 1 { Sex::Male } else { Sex::Female }
    }

    /// Where it was given out.
    #[must_use]
    pub fn region(&self) -> Region {
        match self.digits(0, 6) {
            810_000 => Region::HongKong,
            820_000 => Region::Macau,
            830_000 => Region::Taiwan,
            900_000.. => Region::Foreigner,
            division => Region::Division(division),
        }
    }

    /// The digits from `from` to before `to` as a number.
    fn digits(&self, from: usize, to: usize) -> u32 {
        // They were checked to be digits, at most six of them.
        self.text.expose().get(from..to).and_then(|digits| digits.parse().ok()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Published samples, and numbers made up by the rule.
    const VALID: [&str; 6] = [
        "11010519491231002X",
        "932682198501010017",
        "911124198108030024",
        "931586198001010028",
        "830000199201300022",
        "810000199408230021",
    ];

    #[test]
    fn samples_pass_and_tell_their_parts() {
        for text in VALID {
            let number = IdNumber::parse(text).unwrap();
            assert_eq!(number.text().expose(), text);
            assert_eq!(number.birth().expose().digits(), text[6..14]);
            assert_eq!(check_digit(&text[..17]), text.chars().last());
        }
        let [first, second, third, _, taiwan, hong_kong] = VALID.map(|text| IdNumber::parse(text).unwrap());
        assert_eq!((first.region(), first.sex()), (Region::Division(110_105), Sex::Female));
        assert_eq!((second.region(), second.sex()), (Region::Foreigner, Sex::Male));
        assert_eq!((third.region(), third.sex()), (Region::Foreigner, Sex::Female));
        assert_eq!((taiwan.region(), hong_kong.region()), (Region::Taiwan, Region::HongKong));
        assert_eq!(IdNumber::parse("11010519491231002x").unwrap(), first);
        assert!(!format!("{first:?}").contains("1949"));
    }

    #[test]
    fn what_is_wrong_is_told_without_the_number() {
        assert_eq!(IdNumber::parse("110105491231002"), Err(IdNumberError::Length(15)));
        assert_eq!(IdNumber::parse("1101051949123100２X"), Err(IdNumberError::Character(17)));
        assert_eq!(IdNumber::parse("X1010519491231002X"), Err(IdNumberError::Character(1)));
        assert_eq!(IdNumber::parse("11010519491331002X"), Err(IdNumberError::Birth));
        assert_eq!(IdNumber::parse("110105194912310021"), Err(IdNumberError::CheckDigit));
        assert_eq!(IdNumber::parse(" 11010519491231002"), Err(IdNumberError::Character(1)));
    }

    proptest! {
        #[test]
        fn one_wrong_digit_or_two_swapped_ones_are_noticed(
            region in 110_000_u32..830_000, year in 1900_u16..2030, month in 1_u8..=12, day in 1_u8..=28, sequence in 0_u16..1000,
            at in 0_usize..17, by in 1_u8..10,
        ) {
            let digits = format!("{region}{year:04}{month:02}{day:02}{sequence:03}");
            let check = check_digit(&digits).unwrap();
            let text = format!("{digits}{check}");
            prop_assert!(IdNumber::parse(&text).is_ok());
            let mut bytes = text.clone().into_bytes();
            bytes[at] = b'0' + (bytes[at] - b'0' + by) % 10;
            prop_assert!(IdNumber::parse(std::str::from_utf8(&bytes).unwrap()).is_err());
            let mut bytes = text.into_bytes();
            if bytes[at] != bytes[at + 1] {
                bytes.swap(at, at + 1);
                prop_assert!(IdNumber::parse(std::str::from_utf8(&bytes).unwrap()).is_err());
            }
        }

        #[test]
        fn any_text_is_an_answer_and_no_panic(text in "\\PC{0,20}") {
            let _ = IdNumber::parse(&text);
            let _ = check_digit(&text);
        }
    }
}
