// SPDX-License-Identifier: MIT OR Apache-2.0
//! What was read from a card.

use super::{CardDate, IdDocument};
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
    /// A resident ID card, residence permit or foreigner's permanent residence card.
    IdDocument(Box<IdDocument>),
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

/// A contactless card of which only the number is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactlessCard {
    /// The UID as the reader gave it, 4 to 10 bytes.
    pub uid: Sensitive<Vec<u8>>,
    /// The UID as it is printed on the site's cards (byte order and radix by settings).
    pub number: Sensitive<String>,
}
