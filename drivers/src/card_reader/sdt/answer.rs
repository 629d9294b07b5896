// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the SAM answers.

use std::fmt;

use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

use super::frame::{Body, FrameError, encode};
use crate::sensitive::Sensitive;

/// Bytes of text on a card.
pub const TEXT_BYTES: usize = 256;

/// Bytes of the photo on a card: a picture in a format of its own (WLT), for which no free decoder is known.
pub const PHOTO_BYTES: usize = 1024;

/// Bytes of one added address: 35 characters.
pub const ADDRESS_BYTES: usize = 70;

/// Third status byte of an answer, which says how it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SamStatus {
    /// `90`: done.
    Done,
    /// `9F`: a card was found.
    CardFound,
    /// `91`: the card has no such item.
    ItemEmpty,
    /// `10`: the request came with a wrong checksum.
    RequestCheck,
    /// `11`: the request came with a wrong length.
    RequestLength,
    /// `21`: there is no such command, or not now.
    RequestCommand,
    /// `23`: not permitted.
    NotPermitted,
    /// `24`: an error without a name.
    Unrecognised,
    /// `31`: the card refused the SAM.
    CardRefusedSam,
    /// `32`: the SAM refused the card.
    SamRefusedCard,
    /// `33`: what the card holds is not genuine, or damaged.
    NotVerified,
    /// `40`: a card of another kind.
    WrongCard,
    /// `41`: reading failed, such as when the card is away.
    ReadFailed,
    /// `47`: no random number.
    NoRandom,
    /// `60`: the SAM failed its test of itself and takes no command.
    SelfTestFailed,
    /// `66`: the SAM was not authorised.
    NotAuthorised,
    /// `80`: no card, or one that was read already and lies there still.
    NoCard,
    /// `81`: selecting failed, such as when the card is away.
    SelectFailed,
    /// Anything else.
    Other(u8),
}

/// The bytes of all [`SamStatus`] that have a name.
const STATUS: [(u8, SamStatus); 18] = [
    (0x90, SamStatus::Done),
    (0x9F, SamStatus::CardFound),
    (0x91, SamStatus::ItemEmpty),
    (0x10, SamStatus::RequestCheck),
    (0x11, SamStatus::RequestLength),
    (0x21, SamStatus::RequestCommand),
    (0x23, SamStatus::NotPermitted),
    (0x24, SamStatus::Unrecognised),
    (0x31, SamStatus::CardRefusedSam),
    (0x32, SamStatus::SamRefusedCard),
    (0x33, SamStatus::NotVerified),
    (0x40, SamStatus::WrongCard),
    (0x41, SamStatus::ReadFailed),
    (0x47, SamStatus::NoRandom),
    (0x60, SamStatus::SelfTestFailed),
    (0x66, SamStatus::NotAuthorised),
    (0x80, SamStatus::NoCard),
    (0x81, SamStatus::SelectFailed),
];

impl SamStatus {
    /// The status of a byte.
    #[must_use]
    pub fn from_byte(byte: u8) -> Self {
        STATUS.iter().find(|(known, _)| *known == byte).map_or(Self::Other(byte), |(_, status)| *status)
    }

    /// The byte of a status.
    #[must_use]
    pub fn byte(self) -> u8 {
        match self {
            Self::Other(byte) => byte,
            named => STATUS.iter().find(|(_, status)| *status == named).map_or(0, |(byte, _)| *byte),
        }
    }

    /// Whether the request was damaged on its way, so that the same one may well succeed.
    #[must_use]
    pub fn is_damaged_request(self) -> bool {
        matches!(self, Self::RequestCheck | Self::RequestLength)
    }

    /// Whether the SAM itself cannot work, whatever the card.
    #[must_use]
    pub fn is_sam_fault(self) -> bool {
        matches!(self, Self::SelfTestFailed | Self::NotAuthorised)
    }
}

impl fmt::Display for SamStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::Done => "done",
            Self::CardFound => "card found",
            Self::ItemEmpty => "item empty",
            Self::RequestCheck => "wrong checksum of the request",
            Self::RequestLength => "wrong length of the request",
            Self::RequestCommand => "no such command now",
            Self::NotPermitted => "not permitted",
            Self::Unrecognised => "unrecognised error",
            Self::CardRefusedSam => "the card refused the SAM",
            Self::SamRefusedCard => "the SAM refused the card",
            Self::NotVerified => "the card's data was not verified",
            Self::WrongCard => "wrong card",
            Self::ReadFailed => "reading failed",
            Self::NoRandom => "no random number",
            Self::SelfTestFailed => "the SAM failed its self-test",
            Self::NotAuthorised => "the SAM is not authorised",
            Self::NoCard => "no card",
            Self::SelectFailed => "selecting failed",
            Self::Other(_) => "unknown status",
        };
        write!(formatter, "{words} ({:02X})", self.byte())
    }
}

/// An answer that is not in the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AnswerError {
    /// Fewer than the three status bytes.
    #[error("an answer of {0} bytes has no status")]
    NoStatus(usize),
    /// The data is not as long as it must be.
    #[error("{what} of {bytes} bytes is not possible")]
    Length {
        /// Which data.
        what: &'static str,
        /// Its length.
        bytes: usize,
    },
}

/// An answer: the three status bytes and what follows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// First two status bytes: those of the card itself, where reading or selecting failed.
    pub card_status: [u8; 2],
    /// Third status byte.
    pub status: SamStatus,
    /// What follows; anything personal is in it.
    pub data: Sensitive<Vec<u8>>,
}

impl Answer {
    /// An answer without data.
    #[must_use]
    pub fn of_status(status: SamStatus) -> Self {
        Self::with_data(status, Vec::new())
    }

    /// An answer with data.
    #[must_use]
    pub fn with_data(status: SamStatus, data: Vec<u8>) -> Self {
        Self { card_status: [0, 0], status, data: Sensitive::new(data) }
    }

    /// The whole frame.
    ///
    /// # Errors
    /// The data does not fit into a frame.
    pub fn encode(&self) -> Result<Zeroizing<Vec<u8>>, FrameError> {
        let data = self.data.expose();
        // In one go: growing would leave an unwiped copy behind.
        let mut body = Zeroizing::new(Vec::with_capacity(3 + data.len()));
        body.extend_from_slice(&self.card_status);
        body.push(self.status.byte());
        body.extend_from_slice(data);
        encode(&body).map(Zeroizing::new)
    }

    /// The answer in the body of a frame.
    ///
    /// # Errors
    /// It is too short.
    pub fn decode(body: &Body) -> Result<Self, AnswerError> {
        match body.bytes() {
            [first, second, third, data @ ..] => Ok(Self {
                card_status: [*first, *second],
                status: SamStatus::from_byte(*third),
                data: Sensitive::new(data.to_vec()),
            }),
            short => Err(AnswerError::NoStatus(short.len())),
        }
    }
}

/// The data of the answer to [`super::Command::ReadTextAndPhoto`], and with `fingerprint` of the answer to
/// [`super::Command::ReadTextPhotoAndFingerprint`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardData {
    /// The text: [`TEXT_BYTES`].
    pub text: Sensitive<Vec<u8>>,
    /// The photo: [`PHOTO_BYTES`] as far as is known.
    pub photo: Sensitive<Vec<u8>>,
    /// The fingerprints, 1024, 512 or 0 bytes; `None` in the answer that has none.
    pub fingerprint: Option<Sensitive<Vec<u8>>>,
}

impl CardData {
    /// Takes the data of an answer apart: the lengths of the parts, each in two bytes, then the parts.
    ///
    /// # Errors
    /// The lengths do not add up to the data, or the text is not [`TEXT_BYTES`] long.
    pub fn decode(data: &[u8], with_fingerprint: bool) -> Result<Self, AnswerError> {
        let bad = || AnswerError::Length { what: "an answer with a card's data", bytes: data.len() };
        let part = |index: usize| match data.get(index * 2..index * 2 + 2) {
            Some([high, low]) => Ok(usize::from(u16::from_be_bytes([*high, *low]))),
            _ => Err(bad()),
        };
        let (text, photo) = (part(0)?, part(1)?);
        let (fingerprint, head) = if with_fingerprint { (part(2)?, 6) } else { (0, 4) };
        if text != TEXT_BYTES {
            return Err(AnswerError::Length { what: "a text", bytes: text });
        }
        let parts = data.get(head..).filter(|parts| parts.len() == text + photo + fingerprint).ok_or_else(bad)?;
        let sensitive = |bytes: &[u8]| Sensitive::new(bytes.to_vec());
        Ok(Self {
            text: sensitive(&parts[..text]),
            photo: sensitive(&parts[text..text + photo]),
            fingerprint: with_fingerprint.then(|| sensitive(&parts[text + photo..])),
        })
    }

    /// Puts the data of an answer together.
    ///
    /// # Errors
    /// A part is longer than two bytes can say.
    pub fn encode(&self) -> Result<Zeroizing<Vec<u8>>, AnswerError> {
        let parts = [Some(&self.text), Some(&self.photo), self.fingerprint.as_ref()];
        let parts: Vec<&[u8]> = parts.into_iter().flatten().map(|part| part.expose().as_slice()).collect();
        let sum: usize = parts.iter().map(|part| part.len() + 2).sum();
        let mut data = Zeroizing::new(Vec::with_capacity(sum));
        for part in &parts {
            let bytes = part.len();
            let length = u16::try_from(bytes).map_err(|_| AnswerError::Length { what: "a part of a card", bytes })?;
            data.extend_from_slice(&length.to_be_bytes());
        }
        for part in parts {
            data.extend_from_slice(part);
        }
        Ok(data)
    }
}

/// Number of a SAM, 16 bytes on the wire, usually written as `05.03-20110301-000012345-3141592653`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SamId([u8; Self::BYTES]);

impl SamId {
    /// Bytes on the wire.
    pub const BYTES: usize = 16;

    /// The number in the data of an answer.
    ///
    /// # Errors
    /// It has another length.
    pub fn decode(data: &[u8]) -> Result<Self, AnswerError> {
        let bytes = data.try_into();
        bytes.map(Self).map_err(|_| AnswerError::Length { what: "a SAM id", bytes: data.len() })
    }

    /// The bytes on the wire.
    #[must_use]
    pub fn bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// A number from its parts: two small numbers, a date such as 20110301, two long ones.
    #[must_use]
    pub fn from_parts(kind: [u8; 2], parts: [u32; 3]) -> Self {
        let mut bytes = [0; Self::BYTES];
        bytes[0] = kind[0];
        bytes[2] = kind[1];
        for (place, part) in bytes[4..].chunks_exact_mut(4).zip(parts) {
            place.copy_from_slice(&part.to_le_bytes());
        }
        Self(bytes)
    }
}

impl fmt::Display for SamId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |at: usize| u32::from_le_bytes([self.0[at], self.0[at + 1], self.0[at + 2], self.0[at + 3]]);
        write!(formatter, "{:02}.{:02}-{}-{:09}-{:09}", self.0[0], self.0[2], part(4), part(8), part(12))
    }
}

/// The newest address in the data of the answer to [`super::Command::ReadNewestAddress`], which has no length before
/// it. An answer of more than [`ADDRESS_BYTES`] holds older ones too: the first counts. `None` when it is blank.
///
/// # Errors
/// The data has an odd number of bytes, or more than four addresses.
pub fn decode_newest_address(data: &[u8]) -> Result<Option<Sensitive<String>>, AnswerError> {
    if !data.len().is_multiple_of(2) || data.len() > 4 * ADDRESS_BYTES {
        return Err(AnswerError::Length { what: "an address", bytes: data.len() });
    }
    let address = super::text::decode_characters(data.get(..ADDRESS_BYTES).unwrap_or(data));
    Ok(Some(address).filter(|address| !address.expose().is_empty()))
}

/// The data of an answer with the newest address, [`ADDRESS_BYTES`].
///
/// # Errors
/// The address has more than 35 characters.
pub fn encode_newest_address(address: &str) -> Result<Vec<u8>, AnswerError> {
    let mut data = vec![0; ADDRESS_BYTES];
    if super::text::encode_characters(address, &mut data).is_some() {
        return Ok(data);
    }
    data.zeroize();
    Err(AnswerError::Length { what: "an address", bytes: address.encode_utf16().count() * 2 })
}
