// SPDX-License-Identifier: MIT OR Apache-2.0
//! What was read from a card.

use crate::sensitive::Sensitive;

/// Kind of card, as far as the reader can tell before reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CardKind {
    /// Resident ID card, residence permit or foreigner's permanent residence card.
    IdDocument,
    /// Contact card with a chip, such as the social security card.
    Chip,
    /// Contactless card, such as a library card.
    Contactless,
}

/// A card that was read. Everything in it is wiped when it is dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Card {
    /// A social security card.
    SocialSecurity(Box<SocialSecurityCard>),
    /// A contactless card of which only the number is used.
    Contactless(ContactlessCard),
}

/// What a social security card tells without a PIN, as far as it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocialSecurityCard {
    /// Social security number, which is the ID number: 18 characters.
    pub number: Sensitive<String>,
    /// Name.
    pub name: Sensitive<String>,
    /// What its issuer wrote on it, when that was asked for and the card has it.
    pub issue: Option<SocialSecurityIssue>,
}

/// What the issuer of a social security card wrote on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocialSecurityIssue {
    /// Where it was issued: the six digits of GB/T 2260.
    pub area_code: String,
    /// The number of the card itself, up to 9 characters.
    pub card_number: Sensitive<String>,
    /// Last day on which it counts; `None` when the card names none.
    pub valid_to: Option<CardDate>,
}

/// A day as a card states it. That it exists in the calendar is checked when it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardDate {
    /// Year, 1 to 9999.
    pub year: u16,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day, 1 to 31.
    pub day: u8,
}

impl CardDate {
    /// The day, if there is such a day.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        ((1..=9999).contains(&year) && (1..=days).contains(&day)).then_some(Self { year, month, day })
    }
}

/// A contactless card of which only the number is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactlessCard {
    /// The UID as the reader gave it, 4 to 10 bytes.
    pub uid: Sensitive<Vec<u8>>,
    /// The UID as it is printed on the site's cards (byte order and radix by settings).
    pub number: Sensitive<String>,
}
