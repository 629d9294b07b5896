// SPDX-License-Identifier: MIT OR Apache-2.0
//! RFID of libraries: what is on the tags of books, and readers that count them (ISO/IEC 15693, 13.56 MHz).
//!
//! - [`TagContent`] reads the memory of a tag: [`iso28560_2`] (the national standard in China) and [`iso28560_3`] (with
//!   the Danish model). Both write as well.
//! - [`iso15693`]: what goes through the air.
//! - [`RfidReader`]: the trait of readers. There is no usual wire protocol among them; [`trf79xx`] speaks the one that
//!   is documented.
//! - [`sim`]: a simulated reader with simulated tags, which speaks that protocol.
//!
//! One pass over a shelf is only what was heard in it: tags that lie against each other, or against metal, are missed
//! now and then. [`RfidReader::repeat_inventory`] gives the passes as they were; what follows from them is for the
//! program to decide.

mod bits;
mod compaction;
mod content;
mod isil;
pub mod iso15693;
pub mod iso28560_2;
pub mod iso28560_3;
pub mod sim;
pub mod trf79xx;

use thiserror::Error;

pub use compaction::{Compaction, CompactionError};
pub use content::{Afi, TagContent, TagDamage, TagModel};
pub use iso15693::{SystemInformation, TagError, Uid};

use crate::device::{CommandLimit, Device, DeviceError};

/// Most passes of [`RfidReader::repeat_inventory`].
pub const MOST_PASSES: u8 = 32;

/// Blocks that a tag has at least which does not tell the size of its memory: room for a basic block.
const LEAST_BLOCKS: u16 = 8;

/// Blocks that are tried of such a tag at most, and how many at a time.
const MOST_BLOCKS: u8 = 28;
const TRIED_AT_ONCE: u8 = 4;

/// A tag that was heard in one pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TagSighting {
    /// Its number.
    pub uid: Uid,
    /// Number of the antenna that heard it; in a bookcase often that of the door.
    pub antenna: u8,
    /// Its family, where the pass asked for one. Not proved: old firmware of readers leaves the family out of the
    /// request without a word.
    pub afi: Option<Afi>,
    /// Its data storage format, where the reader tells it.
    pub dsfid: Option<u8>,
    /// How strong it was, in the reader's own measure: more is stronger.
    pub rssi: Option<u8>,
}

/// One pass over all tags of an antenna.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// Each tag once, by UID.
    pub sightings: Vec<TagSighting>,
    /// How often something answered that could not be told apart or read: as many tags, or more, may be missing.
    pub unresolved: u32,
}

impl Inventory {
    /// Whether everything that answered was read. A tag that did not answer is missing all the same.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        self.unresolved == 0
    }
}

/// What a tag holds, with what it tells of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagReading {
    /// What it tells of itself; nothing where it does not have that command.
    pub information: Option<SystemInformation>,
    /// What its memory holds.
    pub content: TagContent,
}

/// What an RFID reader says without being asked: readers known here only answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RfidEvent {
    /// A tag came into the field.
    Appeared(TagSighting),
    /// A tag was not heard any more, [`trf79xx::MISSES_UNTIL_GONE`] passes long.
    Gone(Uid),
}

/// Why a reader did not do what was asked of it with a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RfidError {
    /// No tag answers under this UID.
    #[error("the tag does not answer")]
    TagSilent,
    /// Answers of several tags fell together, or the answer was disturbed.
    #[error("the answer of the tag was disturbed")]
    Disturbed,
    /// The tag answered with an error.
    #[error("the tag refused: {0}")]
    Tag(TagError),
    /// What the tag answered has not the form of an answer.
    #[error("the answer of the tag has not the form of one")]
    Form,
    /// The data are no whole blocks, or the blocks are none of the tag.
    #[error("the data are no whole blocks of the tag")]
    Blocks,
    /// The block holds something else than what was written, after a second try.
    #[error("block {0} was not written")]
    NotWritten(u8),
    /// The block was written or not: the tag answered neither to writing nor to reading.
    #[error("whether block {0} was written is not known")]
    WriteUnknown(u8),
    /// The AFI is still another one, after a second try.
    #[error("the AFI was not written")]
    AfiNotWritten,
    /// The AFI was written or not: the tag answered neither to writing nor to reading.
    #[error("whether the AFI was written is not known")]
    AfiUnknown,
    /// There is no such antenna.
    #[error("there is no antenna {0}")]
    NoAntenna(u8),
}

/// Leads one reader to several antennas, such as the relays of a multiplexer.
pub trait AntennaSwitch: Send {
    /// How many antennas there are, numbered from 0.
    fn antennas(&self) -> u8;

    /// Leads the reader to `antenna`, and waits until it is connected.
    ///
    /// # Errors
    /// The switch did not do it; which antenna is connected is then unknown.
    fn select(&mut self, antenna: u8, limit: &CommandLimit) -> Result<(), DeviceError>;
}

/// A reader of ISO/IEC 15693 tags.
///
/// Errors of a tag, not of the reader, are [`DeviceError::Refused`] with an [`RfidError`].
pub trait RfidReader: Device<Event = RfidEvent> {
    /// Numbers of the antennas; the reader has at least one.
    fn antennas(&self) -> Vec<u8>;

    /// Uses `antenna` from now on.
    ///
    /// # Errors
    /// [`RfidError::NoAntenna`], or the switch failed.
    fn select_antenna(&mut self, antenna: u8, limit: &CommandLimit) -> Result<(), DeviceError>;

    /// One pass over the antenna in use; with `afi` over the tags of that family alone.
    ///
    /// # Errors
    /// The pass could not be finished: what was heard until then is worth nothing.
    fn inventory(&mut self, afi: Option<Afi>, limit: &CommandLimit) -> Result<Inventory, DeviceError>;

    /// `passes` passes (at most [`MOST_PASSES`]) one after the other, each as it was.
    ///
    /// # Errors
    /// A pass could not be finished.
    fn repeat_inventory(
        &mut self,
        afi: Option<Afi>,
        passes: u8,
        limit: &CommandLimit,
    ) -> Result<Vec<Inventory>, DeviceError> {
        (0..passes.min(MOST_PASSES)).map(|_| self.inventory(afi, limit)).collect()
    }

    /// What a tag tells of itself.
    ///
    /// # Errors
    /// [`RfidError`]; tags may lack the command.
    fn system_information(&mut self, uid: Uid, limit: &CommandLimit) -> Result<SystemInformation, DeviceError>;

    /// Reads `count` blocks from `first` on.
    ///
    /// # Errors
    /// [`RfidError`].
    fn read_blocks(&mut self, uid: Uid, first: u8, count: u16, limit: &CommandLimit) -> Result<Vec<u8>, DeviceError>;

    /// Writes whole blocks from `first` on, those that hold something else, and reads each of them again. A block is
    /// written a second time only after reading has shown that it was not written.
    ///
    /// # Errors
    /// [`RfidError`]: the blocks before the one named are written, those behind it are not. Any other error leaves
    /// open which were written.
    fn write_blocks(&mut self, uid: Uid, first: u8, data: &[u8], limit: &CommandLimit) -> Result<(), DeviceError>;

    /// Writes the AFI, if it is another one, and reads it again.
    ///
    /// # Errors
    /// [`RfidError::AfiNotWritten`], [`RfidError::AfiUnknown`]; any other error leaves open which it is.
    fn set_afi(&mut self, uid: Uid, afi: Afi, limit: &CommandLimit) -> Result<(), DeviceError>;

    /// Switches the alarm bit (EAS) of tags that have one beside the AFI.
    ///
    /// # Errors
    /// [`DeviceError::Unsupported`] unless the driver has it.
    fn set_eas(&mut self, _uid: Uid, _on: bool, _limit: &CommandLimit) -> Result<(), DeviceError> {
        Err(DeviceError::Unsupported { command: "set EAS" })
    }

    /// Reads all that a tag holds.
    ///
    /// # Errors
    /// [`RfidError`]: the tag left, or a block of it cannot be read. What its memory holds is never an error.
    fn read_tag(&mut self, uid: Uid, limit: &CommandLimit) -> Result<TagReading, DeviceError> {
        let information = match self.system_information(uid, limit) {
            Ok(information) => Some(information),
            Err(DeviceError::Refused(why)) if matches!(why.downcast_ref(), Some(RfidError::Tag(_))) => None,
            Err(error) => return Err(error),
        };
        let blocks = information.and_then(|told| told.blocks);
        let mut memory = self.read_blocks(uid, 0, blocks.unwrap_or(LEAST_BLOCKS), limit)?;
        let tried = (8..MOST_BLOCKS).step_by(usize::from(TRIED_AT_ONCE)).filter(|_| blocks.is_none());
        for first in tried {
            match self.read_blocks(uid, first, u16::from(TRIED_AT_ONCE), limit) {
                Ok(more) => memory.extend(more),
                Err(DeviceError::Refused(_)) => break,
                Err(error) => return Err(error),
            }
        }
        let dsfid = information.and_then(|told| told.dsfid);
        Ok(TagReading { information, content: TagContent::decode(dsfid, &memory) })
    }
}

impl<R: RfidReader + ?Sized> RfidReader for Box<R> {
    fn antennas(&self) -> Vec<u8> {
        (**self).antennas()
    }

    fn select_antenna(&mut self, antenna: u8, limit: &CommandLimit) -> Result<(), DeviceError> {
        (**self).select_antenna(antenna, limit)
    }

    fn inventory(&mut self, afi: Option<Afi>, limit: &CommandLimit) -> Result<Inventory, DeviceError> {
        (**self).inventory(afi, limit)
    }

    fn system_information(&mut self, uid: Uid, limit: &CommandLimit) -> Result<SystemInformation, DeviceError> {
        (**self).system_information(uid, limit)
    }

    fn read_blocks(&mut self, uid: Uid, first: u8, count: u16, limit: &CommandLimit) -> Result<Vec<u8>, DeviceError> {
        (**self).read_blocks(uid, first, count, limit)
    }

    fn write_blocks(&mut self, uid: Uid, first: u8, data: &[u8], limit: &CommandLimit) -> Result<(), DeviceError> {
        (**self).write_blocks(uid, first, data, limit)
    }

    fn set_afi(&mut self, uid: Uid, afi: Afi, limit: &CommandLimit) -> Result<(), DeviceError> {
        (**self).set_afi(uid, afi, limit)
    }

    fn set_eas(&mut self, uid: Uid, on: bool, limit: &CommandLimit) -> Result<(), DeviceError> {
        (**self).set_eas(uid, on, limit)
    }
}
