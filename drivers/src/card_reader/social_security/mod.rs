// SPDX-License-Identifier: MIT OR Apache-2.0
//! Social security cards: contact cards with a chip, laid out as LD/T 32 says.
//!
//! Without a PIN a card tells its issuer's file (EF05) and the holder's (EF06). Each holds records of the form
//! identifier, length, value. Cards differ in how a record is asked for, by its identifier or by its number in the file,
//! and cards of the first version may want a PIN for both. The layout comes from published programs for such cards and
//! was tried against simulated ones; no real card has confirmed it.

mod field;
mod read;

use thiserror::Error;

pub use field::{decode_area_code, decode_card_number, decode_date, decode_name, decode_number};
pub use field::{encode_area_code, encode_date, encode_name, encode_number};
pub use read::{ReadError, read};

use super::apdu::Command;

/// Name of the application: `sx1.sh.` and four hanzi in GBK.
pub const APPLICATION_NAME: [u8; 15] = *b"sx1.sh.\xC9\xE7\xBB\xE1\xB1\xA3\xD5\xCF";

/// A file of the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum File {
    /// EF05: the card and its issuer; records 01 to 07.
    Issue,
    /// EF06: the holder; records 08 to 0D.
    Holder,
}

impl File {
    /// Its identifier.
    #[must_use]
    pub fn identifier(self) -> [u8; 2] {
        match self {
            Self::Issue => [0xEF, 0x05],
            Self::Holder => [0xEF, 0x06],
        }
    }

    /// The file with that identifier.
    #[must_use]
    pub fn from_identifier(identifier: [u8; 2]) -> Option<Self> {
        [Self::Issue, Self::Holder].into_iter().find(|file| file.identifier() == identifier)
    }
}

/// A value on the card that is used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// EF05 01: identification of the card, 16 bytes; the first three are the area code in BCD.
    CardIdentification,
    /// EF05 06: last day, 4 bytes of BCD.
    ValidTo,
    /// EF05 07: number of the card, 9 characters.
    CardNumber,
    /// EF06 08: social security number, 18 characters.
    Number,
    /// EF06 09: name, 30 bytes of GBK, filled up with NUL or blanks.
    Name,
}

impl Field {
    /// All that are used.
    pub const ALL: [Self; 5] = [Self::CardIdentification, Self::ValidTo, Self::CardNumber, Self::Number, Self::Name];

    /// The file that it is in.
    #[must_use]
    pub fn file(self) -> File {
        match self {
            Self::CardIdentification | Self::ValidTo | Self::CardNumber => File::Issue,
            Self::Number | Self::Name => File::Holder,
        }
    }

    /// Identifier of its record.
    #[must_use]
    pub fn identifier(self) -> u8 {
        match self {
            Self::CardIdentification => 0x01,
            Self::ValidTo => 0x06,
            Self::CardNumber => 0x07,
            Self::Number => 0x08,
            Self::Name => 0x09,
        }
    }

    /// Number of its record in its file, from 1.
    #[must_use]
    pub fn number(self) -> u8 {
        match self.file() {
            File::Issue => self.identifier(),
            File::Holder => self.identifier() - 7,
        }
    }

    /// Length of its value in bytes.
    #[must_use]
    pub fn value_bytes(self) -> u8 {
        match self {
            Self::CardIdentification => 16,
            Self::ValidTo => 4,
            Self::CardNumber => 9,
            Self::Number => 18,
            Self::Name => 30,
        }
    }
}

/// How a record is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecordBy {
    /// By the identifier that it begins with.
    Identifier,
    /// By its place in the file.
    Number,
}

impl RecordBy {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Identifier => Self::Number,
            Self::Number => Self::Identifier,
        }
    }
}

/// What is read, and how it is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocialSecurityOptions {
    /// How records are asked for first; when that fails, the other way is tried.
    pub first: RecordBy,
    /// Whether the issuer's file is read too. Without need it is not: the number and the name are what serves people.
    pub with_issue: bool,
}

impl Default for SocialSecurityOptions {
    fn default() -> Self {
        Self { first: RecordBy::Identifier, with_issue: false }
    }
}

/// Selects the application by its name.
#[must_use]
pub fn select_application() -> Command {
    Command::new(0x00, 0xA4, 0x04, 0x00).with(&APPLICATION_NAME)
}

/// Selects a file; `below` says that it is meant as one below the application (P1 02), which some cards insist on.
#[must_use]
pub fn select_file(file: File, below: bool) -> Command {
    Command::new(0x00, 0xA4, if below { 0x02 } else { 0x00 }, 0x00).with(&file.identifier())
}

/// Reads a record of the selected file, wanting `expected` bytes (0: as many as there are).
#[must_use]
pub fn read_record(field: Field, by: RecordBy, expected: u8) -> Command {
    let (p1, p2) = match by {
        RecordBy::Identifier => (field.identifier(), 0x00),
        RecordBy::Number => (field.number(), 0x04),
    };
    Command::new(0x00, 0xB2, p1, p2).expecting(expected)
}

/// A record: its identifier and value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Identifier.
    pub identifier: u8,
    /// Value; may be personal.
    pub value: &'a [u8],
}

impl<'a> Record<'a> {
    /// Takes a record apart. What follows the value is the rest of a record of fixed length and not looked at.
    ///
    /// # Errors
    /// [`LayoutError::Record`].
    pub fn decode(bytes: &'a [u8]) -> Result<Self, LayoutError> {
        let [identifier, length, rest @ ..] = bytes else { return Err(LayoutError::Record) };
        let value = rest.get(..usize::from(*length)).ok_or(LayoutError::Record)?;
        Ok(Self { identifier: *identifier, value })
    }

    /// The bytes on the wire; `None` for a value of more than 255 bytes.
    #[must_use]
    pub fn encode(self) -> Option<Vec<u8>> {
        let mut bytes = vec![self.identifier, u8::try_from(self.value.len()).ok()?];
        bytes.extend_from_slice(self.value);
        Some(bytes)
    }
}

/// What a card holds is not laid out as it should be. Nothing of it is in here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LayoutError {
    /// No identifier, no length, or less than the length says.
    #[error("what was read is no record")]
    Record,
    /// Another record came than the one that was asked for.
    #[error("another record came than the one that was asked for")]
    Identifier,
    /// A value that cannot be what its record says.
    #[error("the value of {0:?} is not in its form")]
    Value(Field),
}

#[cfg(test)]
mod tests;
