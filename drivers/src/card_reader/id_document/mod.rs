// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the four kinds of ID documents with the same chip hold: resident ID card, residence permit of people from
//! Hong Kong, Macau and Taiwan, and two editions of the permanent residence card of foreigners.
//!
//! A field that a card fills in an unexpected way (a date that is none, a nation in no table) does not make the card
//! unreadable: it is unknown. Only a card without name or number is refused.

mod nation;

use zeroize::Zeroize;

pub use nation::Nation;

use super::id_number::{IdNumber, IdNumberError};
use super::{CardDate, Validity};
use crate::sensitive::Sensitive;

/// Sex, with the codes of GB/T 2261.1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sex {
    /// `0`, or anything that is no code.
    #[default]
    Unknown,
    /// `1`.
    Male,
    /// `2`.
    Female,
    /// `9`.
    Unspecified,
}

impl zeroize::DefaultIsZeroes for Sex {}

impl Sex {
    /// The sex of a code.
    #[must_use]
    pub fn from_code(code: char) -> Self {
        match code {
            '1' => Self::Male,
            '2' => Self::Female,
            '9' => Self::Unspecified,
            _ => Self::Unknown,
        }
    }

    /// The code.
    #[must_use]
    pub fn code(self) -> char {
        match self {
            Self::Unknown => '0',
            Self::Male => '1',
            Self::Female => '2',
            Self::Unspecified => '9',
        }
    }
}

/// Kind of an ID document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdDocumentKind {
    /// Resident ID card of the mainland.
    ResidentCard,
    /// Residence permit of people from Hong Kong, Macau and Taiwan.
    ResidencePermit,
    /// Permanent residence card of a foreigner, edition of 2017.
    ForeignerCard2017,
    /// The same, edition of 2023, with an 18-digit number.
    ForeignerCard2023,
}

/// Resident ID card of the mainland.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResidentCard {
    /// Name, at most 15 characters.
    pub name: Sensitive<String>,
    /// Sex.
    pub sex: Sensitive<Sex>,
    /// Nation; `None` when the card has no two digits there.
    pub nation: Sensitive<Option<Nation>>,
    /// Date of birth.
    pub birth: Sensitive<Option<CardDate>>,
    /// Address, at most 35 characters.
    pub address: Sensitive<String>,
    /// ID number, 18 characters.
    pub number: Sensitive<String>,
    /// Authority that issued the card, at most 15 characters.
    pub authority: Sensitive<String>,
    /// Validity of the card.
    pub validity: Sensitive<Validity>,
    /// The last 36 bytes, which have no meaning yet.
    pub reserved: Sensitive<Vec<u8>>,
}

/// Residence permit of people from Hong Kong, Macau and Taiwan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResidencePermit {
    /// Name, at most 15 characters.
    pub name: Sensitive<String>,
    /// Sex.
    pub sex: Sensitive<Sex>,
    /// Date of birth.
    pub birth: Sensitive<Option<CardDate>>,
    /// Address, at most 35 characters.
    pub address: Sensitive<String>,
    /// ID number, 18 characters.
    pub number: Sensitive<String>,
    /// Authority that issued the permit, at most 15 characters.
    pub authority: Sensitive<String>,
    /// Validity of the permit.
    pub validity: Sensitive<Validity>,
    /// Number of the travel permit, at most 9 characters.
    pub travel_permit: Sensitive<String>,
    /// How often it was issued, 2 characters.
    pub issue_count: Sensitive<String>,
    /// The bytes without a meaning: 32 to 35, 242 to 247 and 250 to 255.
    pub reserved: Sensitive<Vec<u8>>,
}

/// Permanent residence card of a foreigner, edition of 2017.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignerCard2017 {
    /// English name, at most 60 characters.
    pub english_name: Sensitive<String>,
    /// Sex.
    pub sex: Sensitive<Sex>,
    /// Number of the card: three letters and twelve digits.
    pub number: Sensitive<String>,
    /// Nationality: three letters (GB/T 2659).
    pub nationality: Sensitive<String>,
    /// Chinese name, at most 15 characters; may be empty.
    pub chinese_name: Sensitive<String>,
    /// Validity of the card.
    pub validity: Sensitive<Validity>,
    /// Date of birth.
    pub birth: Sensitive<Option<CardDate>>,
    /// Version of the card, 2 characters.
    pub version: Sensitive<String>,
    /// Code of the authority that accepted the application, 4 characters.
    pub authority_code: Sensitive<String>,
    /// The last 6 bytes, which have no meaning yet.
    pub reserved: Sensitive<Vec<u8>>,
}

/// Permanent residence card of a foreigner, edition of 2023.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignerCard2023 {
    /// Chinese name, at most 15 characters; may be empty.
    pub chinese_name: Sensitive<String>,
    /// Sex.
    pub sex: Sensitive<Sex>,
    /// How often the card was renewed, 2 characters.
    pub renewal_count: Sensitive<String>,
    /// Date of birth.
    pub birth: Sensitive<Option<CardDate>>,
    /// English name, at most 46 characters; on the card it stands in two places.
    pub english_name: Sensitive<String>,
    /// Number of the card, 18 digits that begin with 9.
    pub number: Sensitive<String>,
    /// Validity of the card.
    pub validity: Sensitive<Validity>,
    /// Country or region: three letters.
    pub country: Sensitive<String>,
    /// Three characters that lead to the number of the previous card; empty without one.
    pub association: Sensitive<String>,
    /// The bytes 158 to 187, which have no meaning yet.
    pub reserved: Sensitive<Vec<u8>>,
}

impl ForeignerCard2023 {
    /// The 15-character number that the holder's previous card had; `None` when there was none or the card's fields
    /// do not have the form for it. The rule is from one public source only.
    #[must_use]
    pub fn previous_number(&self) -> Option<Sensitive<String>> {
        let (number, association) = (self.number.expose(), self.association.expose());
        let parts = [
            self.country.expose().get(..),
            number.get(1..3),
            association.get(..2),
            number.get(8..14),
            association.get(2..),
        ];
        // Made in one go: growing would leave an unwiped copy behind.
        let mut text = String::with_capacity(15);
        for part in parts {
            text.push_str(part?);
        }
        match old_check_digit(&text) {
            Some(check) => text.push(check),
            None => {
                text.zeroize();
                return None;
            }
        }
        Some(Sensitive::new(text))
    }
}

/// The check digit over the first 14 characters of a 15-character number: values (letters are 10 to 35, `<` is 0) by
/// the weights 7, 3, 1 in turn, modulo 10. `None` when they are not 14 such characters.
#[must_use]
pub fn old_check_digit(text: &str) -> Option<char> {
    let value = |byte: u8| match byte {
        b'0'..=b'9' => Some(u32::from(byte - b'0')),
        b'A'..=b'Z' => Some(u32::from(byte - b'A') + 10),
        b'<' => Some(0),
        _ => None,
    };
    if text.len() != 14 {
        return None;
    }
    let weighed = text.bytes().zip([7, 3, 1].into_iter().cycle()).map(|(byte, weight)| Some(value(byte)? * weight));
    let sum: Option<u32> = weighed.sum();
    char::from_digit(sum? % 10, 10)
}

/// Text of an ID document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdText {
    /// Resident ID card.
    ResidentCard(ResidentCard),
    /// Residence permit.
    ResidencePermit(ResidencePermit),
    /// Foreigner's card of 2017.
    ForeignerCard2017(ForeignerCard2017),
    /// Foreigner's card of 2023.
    ForeignerCard2023(ForeignerCard2023),
}

/// Whether a number passes the check that its kind has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberCheck {
    /// It does.
    Passed,
    /// It does not.
    Failed(IdNumberError),
    /// There is no check for this kind: the rule for the 15-character numbers is not confirmed.
    NotChecked,
}

impl IdText {
    /// Kind of the document.
    #[must_use]
    pub fn kind(&self) -> IdDocumentKind {
        match self {
            Self::ResidentCard(_) => IdDocumentKind::ResidentCard,
            Self::ResidencePermit(_) => IdDocumentKind::ResidencePermit,
            Self::ForeignerCard2017(_) => IdDocumentKind::ForeignerCard2017,
            Self::ForeignerCard2023(_) => IdDocumentKind::ForeignerCard2023,
        }
    }

    /// The name by which to address the holder: the Chinese one, and where the card has none the English one.
    #[must_use]
    pub fn name(&self) -> &Sensitive<String> {
        let either = |chinese, english| if Sensitive::<String>::expose(chinese).is_empty() { english } else { chinese };
        match self {
            Self::ResidentCard(card) => &card.name,
            Self::ResidencePermit(permit) => &permit.name,
            Self::ForeignerCard2017(card) => either(&card.chinese_name, &card.english_name),
            Self::ForeignerCard2023(card) => either(&card.chinese_name, &card.english_name),
        }
    }

    /// ID number, or number of the card.
    #[must_use]
    pub fn number(&self) -> &Sensitive<String> {
        match self {
            Self::ResidentCard(card) => &card.number,
            Self::ResidencePermit(permit) => &permit.number,
            Self::ForeignerCard2017(card) => &card.number,
            Self::ForeignerCard2023(card) => &card.number,
        }
    }

    /// Sex.
    #[must_use]
    pub fn sex(&self) -> &Sensitive<Sex> {
        match self {
            Self::ResidentCard(card) => &card.sex,
            Self::ResidencePermit(permit) => &permit.sex,
            Self::ForeignerCard2017(card) => &card.sex,
            Self::ForeignerCard2023(card) => &card.sex,
        }
    }

    /// Date of birth; `None` when the card does not tell in a way that is understood.
    #[must_use]
    pub fn birth(&self) -> &Sensitive<Option<CardDate>> {
        match self {
            Self::ResidentCard(card) => &card.birth,
            Self::ResidencePermit(permit) => &permit.birth,
            Self::ForeignerCard2017(card) => &card.birth,
            Self::ForeignerCard2023(card) => &card.birth,
        }
    }

    /// Validity of the document.
    #[must_use]
    pub fn validity(&self) -> &Sensitive<Validity> {
        match self {
            Self::ResidentCard(card) => &card.validity,
            Self::ResidencePermit(permit) => &permit.validity,
            Self::ForeignerCard2017(card) => &card.validity,
            Self::ForeignerCard2023(card) => &card.validity,
        }
    }

    /// Address; the cards of foreigners have none.
    #[must_use]
    pub fn address(&self) -> Option<&Sensitive<String>> {
        match self {
            Self::ResidentCard(card) => Some(&card.address),
            Self::ResidencePermit(permit) => Some(&permit.address),
            Self::ForeignerCard2017(_) | Self::ForeignerCard2023(_) => None,
        }
    }

    /// Whether the number passes the check of GB 11643.
    #[must_use]
    pub fn check_number(&self) -> NumberCheck {
        match self {
            Self::ForeignerCard2017(_) => NumberCheck::NotChecked,
            _ => match IdNumber::parse(self.number().expose()) {
                Ok(_) => NumberCheck::Passed,
                Err(error) => NumberCheck::Failed(error),
            },
        }
    }
}

/// The newest address on the card, which is added when its holder moves within the same county.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewestAddress {
    /// The reader was not asked for it, by settings.
    NotAsked,
    /// The card has none: the printed one holds.
    None,
    /// It could not be read; the printed one may be outdated.
    Unknown,
    /// The address.
    Known(Sensitive<String>),
}

/// An ID document that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdDocument {
    /// Its text.
    pub text: IdText,
    /// The 256 bytes of the text as they were read, reserved parts and all.
    pub raw_text: Sensitive<Vec<u8>>,
    /// The photo: 1024 bytes of a format (WLT) that only the maker's software opens. `None` when the settings say that
    /// it is not wanted.
    pub photo: Option<Sensitive<Vec<u8>>>,
    /// Newest address.
    pub newest_address: NewestAddress,
}

impl IdDocument {
    /// The address that holds: the newest one that was read, or the printed one. Foreigners' cards have none.
    #[must_use]
    pub fn address(&self) -> Option<&Sensitive<String>> {
        match &self.newest_address {
            NewestAddress::Known(address) => Some(address),
            _ => self.text.address(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_check_digits_follow_the_rule() {
        // The first is the document number of ICAO 9303's sample passport, which has the same rule, filled up.
        for (text, check) in [
            ("D23145890<<<<<", '7'),
            ("<<<<<<<<<<<<<<", '0'),
            ("10000000000000", '7'),
            ("0B000000000000", '3'),
            ("00Z00000000000", '5'),
            ("00000000000001", '3'),
        ] {
            assert_eq!(old_check_digit(text), Some(check), "{text}");
        }
        for bad in ["", "A", "aaaaaaaaaaaaaa", "AAAAAAAAAAAAAAA", "AAAAAAAAAAAAA "] {
            assert_eq!(old_check_digit(bad), None, "{bad}");
        }
    }
}
