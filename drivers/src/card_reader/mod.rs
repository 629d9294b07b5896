// SPDX-License-Identifier: MIT OR Apache-2.0
//! Card readers: resident ID card, smart card, contactless card.

pub mod apdu;
mod card;
pub mod contactless;
mod date;
mod id_document;
pub mod id_number;
#[cfg(feature = "pcsc")]
pub mod pcsc;
pub mod sdt;
pub mod social_security;
pub mod vpcd;

pub use card::{Card, CardKind, ContactlessCard, SocialSecurityCard, SocialSecurityIssue};
pub use date::{CardDate, TermState, ValidUntil, Validity};
pub use id_document::{
    ForeignerCard2017, ForeignerCard2023, IdDocument, IdDocumentKind, IdText, Nation, NewestAddress, NumberCheck,
    ResidencePermit, ResidentCard, Sex, old_check_digit,
};

use thiserror::Error;

use crate::device::{CommandLimit, Device, DeviceError};

/// What a card reader says without being asked. Nothing of the card is in it: reading is a command of its own, given
/// after the resident agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardEvent {
    /// A card was laid down or put in.
    Inserted(CardKind),
    /// The card was taken away.
    Removed,
}

/// Why a card was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CardError {
    /// The card was taken away while it was read.
    #[error("the card was taken away too early")]
    TakenAway,
    /// There is a card, but none that this reader can read.
    #[error("this kind of card cannot be read here")]
    Unknown,
    /// The card answered with an error, such as a damaged or blocked one.
    #[error("the card cannot be read")]
    Unreadable,
    /// The card wants a PIN or a key first.
    #[error("the card wants a PIN or a key")]
    Locked,
    /// What the card holds is not in its layout.
    #[error("what the card holds is not in its layout")]
    Layout,
}

/// A card reader.
pub trait CardReader: Device<Event = CardEvent> {
    /// Waits for a card, or takes the one that lies there and was not read yet, and reads it.
    ///
    /// # Errors
    /// [`DeviceError::NoAnswer`]: no card came within the limit. [`DeviceError::Refused`] with a [`CardError`]: there
    /// is one and it was not read; the reader can be asked again.
    fn read(&mut self, limit: &CommandLimit) -> Result<Card, DeviceError>;
}
