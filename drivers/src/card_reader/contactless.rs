// SPDX-License-Identifier: MIT OR Apache-2.0
//! Contactless cards through the commands that readers themselves answer (PC/SC part 3): UID, ATS, and blocks of MIFARE
//! Classic. Most library and access cards in use are known by their UID alone, printed on them in one of several ways.

use std::fmt::Write;

use thiserror::Error;
use zeroize::Zeroizing;

use super::apdu::{Answer, ApduChannel, Command, ExchangeError, StatusWord, exchange};
use super::{CardKind, ContactlessCard};
use crate::sensitive::Sensitive;

/// Bytes of a MIFARE Classic block.
pub const BLOCK_BYTES: usize = 16;

/// Shortest UID: ISO 14443 has 4, 7 and 10 bytes, ISO 15693 and FeliCa 8.
const SHORTEST_UID: usize = 4;

/// Longest UID.
const LONGEST_UID: usize = 10;

/// First byte of a UID of four bytes that the card made up when it was powered (ISO 14443-3).
const RANDOM_UID: u8 = 0x08;

/// Asks for the UID.
#[must_use]
pub fn get_uid() -> Command {
    Command::new(0xFF, 0xCA, 0x00, 0x00).expecting(0)
}

/// Asks for the historical bytes or the whole ATS, as the reader has it.
#[must_use]
pub fn get_ats() -> Command {
    Command::new(0xFF, 0xCA, 0x01, 0x00).expecting(0)
}

/// Puts a key into a slot of the reader, until its power goes.
#[must_use]
pub fn load_key(slot: u8, key: &MifareKey) -> Command {
    Command::new(0xFF, 0x82, 0x00, slot).with(key.0.expose())
}

/// Authenticates for the sector of `block`.
#[must_use]
pub fn authenticate(block: u8, kind: KeyKind, slot: u8) -> Command {
    Command::new(0xFF, 0x86, 0x00, 0x00).with(&[0x01, 0x00, block, kind.byte(), slot])
}

/// The bytes with which readers made before PC/SC 2.01.09 authenticate; a form of its own, with no length in it.
#[must_use]
pub fn authenticate_obsolete(block: u8, kind: KeyKind, slot: u8) -> [u8; 6] {
    [0xFF, 0x88, 0x00, block, kind.byte(), slot]
}

/// Reads a block.
#[must_use]
pub fn read_block_command(block: u8) -> Command {
    Command::new(0xFF, 0xB0, 0x00, block).expecting(16)
}

/// A key of a MIFARE Classic sector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MifareKey(Sensitive<[u8; 6]>);

impl MifareKey {
    /// The key of these bytes.
    #[must_use]
    pub fn new(bytes: [u8; 6]) -> Self {
        Self(Sensitive::new(bytes))
    }
}

/// Which of the two keys of a sector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// Key A.
    A,
    /// Key B.
    B,
}

impl KeyKind {
    fn byte(self) -> u8 {
        match self {
            Self::A => 0x60,
            Self::B => 0x61,
        }
    }
}

/// A block and the key that opens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockAccess {
    /// Number of the block in the card, from 0.
    pub block: u8,
    /// The key.
    pub key: MifareKey,
    /// Which key it is.
    pub kind: KeyKind,
    /// Slot of the reader that the key is put into; readers have at least 0, most have 0 and 1.
    pub slot: u8,
}

/// In which order the bytes of a UID are read as a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ByteOrder {
    /// As the reader gives them.
    #[default]
    AsRead,
    /// The last one first.
    Reversed,
}

/// How a number is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Radix {
    /// Decimal.
    Decimal,
    /// Hexadecimal with capitals.
    #[default]
    HexCapital,
    /// Hexadecimal with small letters.
    HexSmall,
}

/// How a site prints the UID on its cards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UidFormat {
    /// Order of the bytes.
    pub order: ByteOrder,
    /// How the number is written.
    pub radix: Radix,
    /// How many bytes count, the lowest ones of the number; `None`: all. Old systems print three.
    pub bytes: Option<u8>,
    /// Fewest digits, made up by zeros in front; 0: hexadecimal has two digits a byte, decimal as many as it takes.
    /// A number with more digits is never cut: two cards could become one.
    pub digits: u8,
    /// Whether a UID is taken that the card made up when it was powered, and which is another one next time.
    pub random: bool,
}

impl UidFormat {
    /// `uid` as the site prints it; `None` when it is no UID that stays the same.
    #[must_use]
    pub fn print(&self, uid: &[u8]) -> Option<Sensitive<String>> {
        if !(SHORTEST_UID..=LONGEST_UID).contains(&uid.len()) {
            return None;
        }
        if uid.len() == SHORTEST_UID && uid.first() == Some(&RANDOM_UID) && !self.random {
            return None;
        }
        let mut bytes = Zeroizing::new(uid.to_vec());
        if self.order == ByteOrder::Reversed {
            bytes.reverse();
        }
        let used = self.bytes.map_or(bytes.len(), usize::from).clamp(1, bytes.len());
        let bytes = bytes.get(bytes.len() - used..).unwrap_or_default();
        // The longest is ten bytes: 24 decimal digits, or what the settings make of it.
        let mut text = String::with_capacity(usize::from(u8::MAX) + 24);
        match self.radix {
            Radix::Decimal => {
                let number = bytes.iter().fold(0_u128, |sum, byte| sum << 8 | u128::from(*byte));
                let _ = write!(text, "{number:0width$}", width = usize::from(self.digits));
            }
            radix => {
                for _ in used * 2..usize::from(self.digits) {
                    text.push('0');
                }
                for byte in bytes {
                    let _ = match radix {
                        Radix::HexSmall => write!(text, "{byte:02x}"),
                        _ => write!(text, "{byte:02X}"),
                    };
                }
            }
        }
        Some(Sensitive::new(text))
    }
}

/// A contactless card that was not read. Nothing that it holds is in here.
#[derive(Debug, Error)]
pub enum ContactlessError<E: std::error::Error + 'static> {
    /// A command has no usable answer.
    #[error("the contactless card was not read")]
    Exchange(#[from] ExchangeError<E>),
    /// The reader does not know the command: it is none for contactless cards, or the card is of another kind.
    #[error("the reader does not do this with this card (status {0})")]
    Unsupported(StatusWord),
    /// The key does not open the block.
    #[error("the key does not open the block (status {0})")]
    Key(StatusWord),
    /// The reader said that it failed.
    #[error("the reader failed with the card (status {0})")]
    Refused(StatusWord),
    /// What came is no UID, or one that the card makes up each time.
    #[error("the card has no number that stays the same")]
    Uid,
    /// What came is no block.
    #[error("what was read is no block")]
    Block,
}

/// Reads the UID and prints it as the site does.
///
/// # Errors
/// Why not.
pub fn read_uid<C: ApduChannel>(
    channel: &mut C,
    format: &UidFormat,
) -> Result<ContactlessCard, ContactlessError<C::Error>> {
    let answer = exchange(channel, &get_uid())?;
    done(answer.status)?;
    let number = format.print(answer.data.expose()).ok_or(ContactlessError::Uid)?;
    Ok(ContactlessCard { uid: answer.data, number })
}

/// Loads the key, authenticates in the present or else in the obsolete form, and reads the block.
///
/// # Errors
/// Why not.
pub fn read_block<C: ApduChannel>(
    channel: &mut C,
    access: &BlockAccess,
) -> Result<Sensitive<Vec<u8>>, ContactlessError<C::Error>> {
    done(exchange(channel, &load_key(access.slot, &access.key))?.status)?;
    let mut status = exchange(channel, &authenticate(access.block, access.kind, access.slot))?.status;
    if is_unknown(status) {
        let bytes = authenticate_obsolete(access.block, access.kind, access.slot);
        let answer = channel.transmit(&bytes).map_err(ExchangeError::Channel)?;
        status = Answer::decode(answer.expose()).ok_or(ExchangeError::NoStatus)?.status;
    }
    match status {
        StatusWord::Done => {}
        status if is_unknown(status) => return Err(ContactlessError::Unsupported(status)),
        status => return Err(ContactlessError::Key(status)),
    }
    let answer = exchange(channel, &read_block_command(access.block))?;
    done(answer.status)?;
    if answer.data.expose().len() == BLOCK_BYTES { Ok(answer.data) } else { Err(ContactlessError::Block) }
}

/// Whether the reader (or a card that it was passed on to) does not know the command.
fn is_unknown(status: StatusWord) -> bool {
    matches!(
        status,
        StatusWord::Function
            | StatusWord::Instruction
            | StatusWord::Class
            | StatusWord::Parameters
            | StatusWord::ParametersOutside
            | StatusWord::WrongLength
    )
}

fn done<E: std::error::Error>(status: StatusWord) -> Result<(), ContactlessError<E>> {
    match status {
        StatusWord::Done => Ok(()),
        status if is_unknown(status) => Err(ContactlessError::Unsupported(status)),
        status => Err(ContactlessError::Refused(status)),
    }
}

/// What kind of card the answer to reset speaks of. Readers make one up for contactless cards (PC/SC part 3): no
/// protocols but T=0 and T=1 by `80 01`, and no other interface bytes.
#[must_use]
pub fn kind_of(atr: &[u8]) -> CardKind {
    match atr {
        [0x3B, format, 0x80, 0x01, ..] if format & 0xF0 == 0x80 => CardKind::Contactless,
        _ => CardKind::Chip,
    }
}

#[cfg(test)]
#[path = "contactless_tests.rs"]
mod tests;
