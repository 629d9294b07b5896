// SPDX-License-Identifier: MIT OR Apache-2.0
//! What goes through the air to ISO/IEC 15693 tags: requests and responses without their CRC, which the reader adds and
//! takes off.
//!
//! Known from the standard's public descriptions and from the manual of TI's evaluation module. The custom EAS commands
//! of NXP (A2, A3) are known by their codes only and are not here.

use std::fmt;

use thiserror::Error;

use super::Afi;

/// Inventory.
pub const INVENTORY: u8 = 0x01;
/// Stay quiet until the field goes; has no response.
pub const STAY_QUIET: u8 = 0x02;
/// Read one block.
pub const READ_BLOCK: u8 = 0x20;
/// Write one block.
pub const WRITE_BLOCK: u8 = 0x21;
/// Read several blocks.
pub const READ_BLOCKS: u8 = 0x23;
/// Write the AFI.
pub const WRITE_AFI: u8 = 0x27;
/// Write the DSFID.
pub const WRITE_DSFID: u8 = 0x29;
/// System information.
pub const SYSTEM_INFORMATION: u8 = 0x2B;

/// Request flag: the response comes at the high data rate.
pub const FLAG_HIGH_RATE: u8 = 0x02;
/// Request flag: an inventory, which changes what the flags 10 and 20 mean.
pub const FLAG_INVENTORY: u8 = 0x04;
/// Request flag of an inventory: an AFI is in it.
pub const FLAG_AFI: u8 = 0x10;
/// Request flag of an inventory: one slot instead of sixteen.
pub const FLAG_ONE_SLOT: u8 = 0x20;
/// Request flag of other requests: a UID is in it.
pub const FLAG_ADDRESS: u8 = 0x20;
/// Request flag: as the command says; for writing, that the tag answers when asked again (TI's tags want this).
pub const FLAG_OPTION: u8 = 0x40;

/// Number of a tag, given by its maker: E0, code of the maker, 48 bits. It travels with its last byte first.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uid(pub u64);

impl Uid {
    /// The first byte of every UID.
    pub const FIRST_BYTE: u8 = 0xE0;

    /// As it comes through the air.
    #[must_use]
    pub fn from_wire(bytes: [u8; 8]) -> Self {
        Self(u64::from_le_bytes(bytes))
    }

    /// As it goes through the air.
    #[must_use]
    pub fn to_wire(self) -> [u8; 8] {
        self.0.to_le_bytes()
    }

    /// Whether it begins as every UID does.
    #[must_use]
    pub fn is_plausible(self) -> bool {
        self.0 >> 56 == u64::from(Self::FIRST_BYTE)
    }

    /// Code of the maker (ISO/IEC 7816-6): 04 NXP, 07 Texas Instruments.
    #[must_use]
    pub fn maker(self) -> u8 {
        self.0.to_be_bytes().get(1).copied().unwrap_or_default()
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016X}", self.0)
    }
}

/// Only the maker and the last four digits: the UID of a patron's card is personal, and what a tag is on is not known.
impl fmt::Debug for Uid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "E0{:02X}…{:04X}", self.maker(), self.0 & 0xFFFF)
    }
}

/// The lowest bits of the UIDs that are to answer an inventory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Mask {
    value: u64,
    bits: u8,
}

impl Mask {
    /// Bits of the longest mask that leaves something to tell apart.
    pub const LONGEST_BITS: u8 = 60;

    /// The lowest `bits` (at most 64) of `value`.
    #[must_use]
    pub fn new(value: u64, bits: u8) -> Self {
        let bits = bits.min(64);
        let kept = if bits == 64 { u64::MAX } else { (1 << bits) - 1 };
        Self { value: value & kept, bits }
    }

    /// The bits, as the lowest of a number.
    #[must_use]
    pub fn value(self) -> u64 {
        self.value
    }

    /// Number of bits.
    #[must_use]
    pub fn bits(self) -> u8 {
        self.bits
    }

    /// This mask with the four bits `slot` above it; none when it would hold the whole UID.
    #[must_use]
    pub fn longer(self, slot: u8) -> Option<Self> {
        let bits = self.bits.checked_add(4).filter(|bits| *bits <= Self::LONGEST_BITS)?;
        Some(Self { value: self.value | u64::from(slot & 0x0F) << self.bits, bits })
    }

    /// Whether `uid` answers.
    #[must_use]
    pub fn matches(self, uid: Uid) -> bool {
        Self::new(uid.0, self.bits) == self
    }

    /// The slot in which `uid` answers: the four bits above the mask.
    #[must_use]
    pub fn slot(self, uid: Uid) -> u8 {
        uid.0.checked_shr(u32::from(self.bits)).unwrap_or(0).to_le_bytes()[0] & 0x0F
    }
}

/// A request to tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Asks all tags that match for their UIDs.
    Inventory {
        /// Only tags of this family.
        afi: Option<Afi>,
        /// One slot, or sixteen.
        one_slot: bool,
        /// Only tags of this mask.
        mask: Mask,
    },
    /// Reads blocks.
    Read {
        /// The tag.
        uid: Uid,
        /// The first block.
        first: u8,
        /// How many; one is asked for with [`READ_BLOCK`].
        count: u8,
    },
    /// Writes one block.
    Write {
        /// The tag.
        uid: Uid,
        /// The block.
        block: u8,
        /// What it is to hold.
        data: Vec<u8>,
    },
    /// Writes the AFI.
    WriteAfi {
        /// The tag.
        uid: Uid,
        /// The new family.
        afi: Afi,
    },
    /// Asks for AFI, DSFID and the size of the memory.
    SystemInformation {
        /// The tag.
        uid: Uid,
    },
}

/// A request that is none, for simulators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("no request to a tag")]
pub struct RequestError;

impl Request {
    /// The bytes. Requests that write have the option flag for tags of Texas Instruments, which answer only then.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let addressed = |command: u8, uid: Uid, flags: u8| {
            let mut bytes = vec![FLAG_HIGH_RATE | FLAG_ADDRESS | flags, command];
            bytes.extend(uid.to_wire());
            bytes
        };
        let option = |uid: Uid| if uid.maker() == 0x07 { FLAG_OPTION } else { 0 };
        match self {
            Self::Inventory { afi, one_slot, mask } => {
                let flags = if afi.is_some() { FLAG_AFI } else { 0 } | if *one_slot { FLAG_ONE_SLOT } else { 0 };
                let mut bytes = vec![FLAG_HIGH_RATE | FLAG_INVENTORY | flags, INVENTORY];
                bytes.extend(afi.map(|afi| afi.0));
                bytes.push(mask.bits);
                let used = usize::from(mask.bits).div_ceil(8);
                bytes.extend(mask.value.to_le_bytes().into_iter().take(used));
                bytes
            }
            Self::Read { uid, first, count: 0 | 1 } => {
                let mut bytes = addressed(READ_BLOCK, *uid, 0);
                bytes.push(*first);
                bytes
            }
            Self::Read { uid, first, count } => {
                let mut bytes = addressed(READ_BLOCKS, *uid, 0);
                bytes.extend([*first, count - 1]);
                bytes
            }
            Self::Write { uid, block, data } => {
                let mut bytes = addressed(WRITE_BLOCK, *uid, option(*uid));
                bytes.push(*block);
                bytes.extend(data);
                bytes
            }
            Self::WriteAfi { uid, afi } => {
                let mut bytes = addressed(WRITE_AFI, *uid, option(*uid));
                bytes.push(afi.0);
                bytes
            }
            Self::SystemInformation { uid } => addressed(SYSTEM_INFORMATION, *uid, 0),
        }
    }

    /// Reads what [`Self::encode`] writes.
    ///
    /// # Errors
    /// The bytes are no request that a simulated tag knows.
    pub fn decode(bytes: &[u8]) -> Result<Self, RequestError> {
        let (&[flags, command], rest) = bytes.split_first_chunk().ok_or(RequestError)?;
        if flags & FLAG_INVENTORY != 0 {
            return if command == INVENTORY { Self::decode_inventory(flags, rest) } else { Err(RequestError) };
        }
        if flags & FLAG_ADDRESS == 0 {
            return Err(RequestError);
        }
        let (uid, rest) = rest.split_first_chunk().ok_or(RequestError)?;
        let uid = Uid::from_wire(*uid);
        match (command, rest) {
            (READ_BLOCK, [first]) => Ok(Self::Read { uid, first: *first, count: 1 }),
            (READ_BLOCKS, [first, more]) if *more < u8::MAX => Ok(Self::Read { uid, first: *first, count: more + 1 }),
            (WRITE_BLOCK, [block, data @ ..]) => Ok(Self::Write { uid, block: *block, data: data.to_vec() }),
            (WRITE_AFI, [afi]) => Ok(Self::WriteAfi { uid, afi: Afi(*afi) }),
            (SYSTEM_INFORMATION, []) => Ok(Self::SystemInformation { uid }),
            _ => Err(RequestError),
        }
    }

    fn decode_inventory(flags: u8, rest: &[u8]) -> Result<Self, RequestError> {
        let (afi, rest) = match (flags & FLAG_AFI, rest) {
            (0, rest) => (None, rest),
            (_, [afi, rest @ ..]) => (Some(Afi(*afi)), rest),
            _ => return Err(RequestError),
        };
        let [bits, value @ ..] = rest else { return Err(RequestError) };
        if *bits > 64 || value.len() != usize::from(*bits).div_ceil(8) {
            return Err(RequestError);
        }
        let value = value.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte));
        Ok(Self::Inventory { afi, one_slot: flags & FLAG_ONE_SLOT != 0, mask: Mask::new(value, *bits) })
    }
}

/// Error code of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TagError(pub u8);

impl TagError {
    /// The tag does not have the command.
    pub const NOT_SUPPORTED: Self = Self(0x01);
    /// The tag does not understand the command, such as for its format.
    pub const NOT_RECOGNISED: Self = Self(0x02);
    /// The option is not supported.
    pub const OPTION: Self = Self(0x03);
    /// Anything else.
    pub const UNKNOWN: Self = Self(0x0F);
    /// There is no such block.
    pub const NO_BLOCK: Self = Self(0x10);
    /// The block is locked and cannot be changed.
    pub const LOCKED: Self = Self(0x12);
    /// The block was not written.
    pub const NOT_WRITTEN: Self = Self(0x13);
}

impl fmt::Display for TagError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match *self {
            Self::NOT_SUPPORTED => "command not supported",
            Self::NOT_RECOGNISED => "command not recognised",
            Self::OPTION => "option not supported",
            Self::NO_BLOCK => "no such block",
            Self::LOCKED => "block locked",
            Self::NOT_WRITTEN => "block not written",
            _ => "unknown error",
        };
        write!(formatter, "{words} ({:02X})", self.0)
    }
}

/// A response that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ResponseError {
    /// The tag answered with an error.
    #[error("the tag says: {0}")]
    Tag(TagError),
    /// The bytes are no response to this request.
    #[error("no response of a tag")]
    Form,
}

/// The data of a response behind its flags.
///
/// # Errors
/// The tag answered with an error, or there are no flags.
pub fn response_data(bytes: &[u8]) -> Result<&[u8], ResponseError> {
    match bytes {
        [flags, code, ..] if flags & 1 != 0 => Err(ResponseError::Tag(TagError(*code))),
        [flags, data @ ..] if flags & 1 == 0 => Ok(data),
        _ => Err(ResponseError::Form),
    }
}

/// DSFID and UID of a response to an inventory.
///
/// # Errors
/// As [`response_data`].
pub fn inventory_response(bytes: &[u8]) -> Result<(u8, Uid), ResponseError> {
    let [dsfid, uid @ ..] = response_data(bytes)? else { return Err(ResponseError::Form) };
    let uid = Uid::from_wire(uid.try_into().map_err(|_| ResponseError::Form)?);
    if uid.is_plausible() { Ok((*dsfid, uid)) } else { Err(ResponseError::Form) }
}

/// What a tag tells of itself. Whatever it does not tell is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SystemInformation {
    /// The tag.
    pub uid: Uid,
    /// Data storage format.
    pub dsfid: Option<u8>,
    /// Application family.
    pub afi: Option<Afi>,
    /// Number of blocks, 1 to 256.
    pub blocks: Option<u16>,
    /// Bytes of a block, 1 to 32.
    pub block_bytes: Option<u8>,
}

impl SystemInformation {
    /// Reads the response.
    ///
    /// # Errors
    /// As [`response_data`].
    pub fn decode(bytes: &[u8]) -> Result<Self, ResponseError> {
        let [present, rest @ ..] = response_data(bytes)? else { return Err(ResponseError::Form) };
        let (uid, rest) = rest.split_first_chunk().ok_or(ResponseError::Form)?;
        let mut rest = rest.iter().copied();
        let mut field = |bit: u8| match present & bit {
            0 => Ok(None),
            _ => rest.next().map(Some).ok_or(ResponseError::Form),
        };
        let (dsfid, afi) = (field(1)?, field(2)?.map(Afi));
        let blocks = field(4)?.map(|last| u16::from(last) + 1);
        let block_bytes = if blocks.is_some() { field(4)?.map(|last| (last & 0x1F) + 1) } else { None };
        Ok(Self { uid: Uid::from_wire(*uid), dsfid, afi, blocks, block_bytes })
    }

    /// Writes the response, for simulators; a tag that tells its blocks tells their size (4 when it is not said).
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let bit = |is_there: bool, bit: u8| if is_there { bit } else { 0 };
        let present = bit(self.dsfid.is_some(), 1) | bit(self.afi.is_some(), 2) | bit(self.blocks.is_some(), 4);
        let mut bytes = vec![0, present];
        bytes.extend(self.uid.to_wire());
        bytes.extend(self.dsfid);
        bytes.extend(self.afi.map(|afi| afi.0));
        if let Some(blocks) = self.blocks {
            bytes.push(u8::try_from(blocks.saturating_sub(1)).unwrap_or(u8::MAX));
            bytes.push(self.block_bytes.unwrap_or(4).saturating_sub(1) & 0x1F);
        }
        bytes
    }
}
