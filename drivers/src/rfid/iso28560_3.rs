// SPDX-License-Identifier: MIT OR Apache-2.0
//! The basic block of ISO 28560-3 and of the Danish data model before it: 32 bytes (34 with a long library id).
//!
//! | bytes | field |
//! |---|---|
//! | 0 | high digit: version, 1; low digit: type of usage |
//! | 1 | number of parts |
//! | 2 | part number |
//! | 3–18 | primary item identifier, filled up with NUL |
//! | 19–20 | CRC-16 of the other bytes, the low byte first |
//! | 21–22 | country |
//! | 23–31 (33) | library, filled up with NUL |
//!
//! Programs are known that write bytes 1 and 2 the other way round; a part number above the number of parts tells of it.

use thiserror::Error;

use super::iso28560_2::Usage;
use crate::sensitive::Sensitive;

/// Bytes of the basic block.
pub const BASIC_BLOCK_BYTES: usize = 32;

/// Bytes of the basic block with a library id of 11 characters; the CRC is always made over this many, less its own.
pub const LONG_BLOCK_BYTES: usize = 34;

/// The version that is known.
const VERSION: u8 = 1;

const ITEM: std::ops::Range<usize> = 3..19;
const CRC: std::ops::Range<usize> = 19..21;
const COUNTRY: std::ops::Range<usize> = 21..23;
const LIBRARY: std::ops::Range<usize> = 23..LONG_BLOCK_BYTES;

/// CRC-16 of the model: polynomial 1021, begun with FFFF, not reflected. `RFID tag data model` gives 1AEE.
#[must_use]
pub fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte) << 8, |crc, _| if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 })
    })
}

/// A basic block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasicBlock {
    /// What the tag is on.
    pub usage: Usage,
    /// Number of parts of the item; each has a tag.
    pub parts: u8,
    /// Number of this part, from 1.
    pub part: u8,
    /// Primary item identifier, at most 16 bytes: the bar code of a book, or the number of a patron's card.
    pub item: Sensitive<String>,
    /// Country of the library, such as `CN`; two letters.
    pub country: String,
    /// Library, the ISIL without its country; at most 11 bytes.
    pub library: String,
}

/// Why memory is no basic block, or data cannot be written as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BasicBlockError {
    /// Less than [`BASIC_BLOCK_BYTES`].
    #[error("the memory is shorter than a basic block")]
    Short,
    /// Another version than 1; the digit.
    #[error("version {0} of the model is not known")]
    Version(u8),
    /// The check sum is that of other data: the tag was written partly or is of another model.
    #[error("the checksum is wrong")]
    Checksum,
    /// A field is no text.
    #[error("the {0} is no text")]
    Text(&'static str),
    /// A field is longer than its place, or shorter.
    #[error("the {0} does not fit")]
    Fit(&'static str),
}

impl BasicBlock {
    /// Reads a block from the first byte of `memory`; what follows it is not looked at.
    ///
    /// # Errors
    /// Why it is none. The version is looked at first, then the checksum.
    pub fn decode(memory: &[u8]) -> Result<Self, BasicBlockError> {
        let head = memory.get(..BASIC_BLOCK_BYTES).ok_or(BasicBlockError::Short)?;
        let first = head.first().copied().unwrap_or_default();
        if first >> 4 != VERSION {
            return Err(BasicBlockError::Version(first >> 4));
        }
        let mut short = [0; LONG_BLOCK_BYTES];
        for (to, from) in short.iter_mut().zip(head) {
            *to = *from;
        }
        // What follows a block of 32 bytes may be other data, which its checksum takes for zeros.
        let long = memory.first_chunk::<LONG_BLOCK_BYTES>().filter(|long| is_whole(long));
        let block = long.copied().unwrap_or(short);
        if !is_whole(&block) {
            return Err(BasicBlockError::Checksum);
        }
        Ok(Self {
            usage: Usage::from_digit(first & 0x0F),
            parts: block.get(1).copied().unwrap_or_default(),
            part: block.get(2).copied().unwrap_or_default(),
            item: Sensitive::new(text(&block, ITEM, "item identifier")?),
            country: text(&block, COUNTRY, "country")?,
            library: text(&block, LIBRARY, "library")?,
        })
    }

    /// Writes the block: 32 bytes, or 34 when the library has more than 9.
    ///
    /// # Errors
    /// [`BasicBlockError::Fit`], or [`BasicBlockError::Text`] for a NUL, which would end the text.
    pub fn encode(&self) -> Result<Vec<u8>, BasicBlockError> {
        let mut block = [0_u8; LONG_BLOCK_BYTES];
        let country = COUNTRY.len() == self.country.len();
        if !country && !self.country.is_empty() {
            return Err(BasicBlockError::Fit("country"));
        }
        put(&mut block, ITEM, self.item.expose(), "item identifier")?;
        put(&mut block, COUNTRY, &self.country, "country")?;
        put(&mut block, LIBRARY, &self.library, "library")?;
        let head = [VERSION << 4 | self.usage.digit(), self.parts, self.part];
        for (to, from) in block.iter_mut().zip(head) {
            *to = from;
        }
        let crc = checksum(&block).to_le_bytes();
        for (to, from) in block.iter_mut().skip(CRC.start).zip(crc) {
            *to = from;
        }
        let is_long = self.library.len() > BASIC_BLOCK_BYTES - LIBRARY.start;
        let mut bytes = block.to_vec();
        bytes.truncate(if is_long { LONG_BLOCK_BYTES } else { BASIC_BLOCK_BYTES });
        Ok(bytes)
    }

    /// Whether the part number can be one: programs are known that write the two numbers the other way round.
    #[must_use]
    pub fn parts_are_plausible(&self) -> bool {
        (1..=self.parts).contains(&self.part)
    }
}

fn checksum(block: &[u8; LONG_BLOCK_BYTES]) -> u16 {
    let other: Vec<u8> = block.iter().enumerate().filter(|(at, _)| !CRC.contains(at)).map(|(_, byte)| *byte).collect();
    crc16(&other)
}

fn is_whole(block: &[u8; LONG_BLOCK_BYTES]) -> bool {
    block.get(CRC).is_some_and(|crc| crc == checksum(block).to_le_bytes())
}

/// The text before the first NUL of a field.
fn text(block: &[u8], field: std::ops::Range<usize>, name: &'static str) -> Result<String, BasicBlockError> {
    let bytes = block.get(field).unwrap_or_default();
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let (text, filling) = bytes.split_at(end);
    if filling.iter().any(|byte| *byte != 0) {
        return Err(BasicBlockError::Text(name));
    }
    String::from_utf8(text.to_vec()).map_err(|_| BasicBlockError::Text(name))
}

fn put(block: &mut [u8], field: std::ops::Range<usize>, text: &str, name: &'static str) -> Result<(), BasicBlockError> {
    if text.contains('\0') {
        return Err(BasicBlockError::Text(name));
    }
    let place = block.get_mut(field).unwrap_or_default();
    place.get_mut(..text.len()).ok_or(BasicBlockError::Fit(name))?.copy_from_slice(text.as_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn book() -> BasicBlock {
        BasicBlock {
            usage: Usage::Circulating,
            parts: 2,
            part: 1,
            item: Sensitive::new("1234567890".to_owned()),
            country: "CN".to_owned(),
            library: "110108".to_owned(),
        }
    }

    #[test]
    fn the_checksum_is_that_of_the_model() {
        assert_eq!(crc16(b"RFID tag data model"), 0x1AEE);
    }

    #[test]
    fn bytes_are_where_the_model_has_them() {
        let bytes = book().encode().unwrap();
        assert_eq!(bytes.len(), BASIC_BLOCK_BYTES);
        assert_eq!(bytes[..3], [0x11, 2, 1], "number of parts before the part number");
        assert_eq!(&bytes[3..19], b"1234567890\0\0\0\0\0\0");
        assert_eq!(&bytes[21..], b"CN110108\0\0\0");
        let mut checked = bytes[..19].to_vec();
        checked.extend(&bytes[21..]);
        checked.extend([0, 0]);
        assert_eq!(bytes[19..21], crc16(&checked).to_le_bytes());
        assert_eq!(BasicBlock::decode(&bytes).unwrap(), book());
    }

    #[test]
    fn other_data_behind_a_short_block_is_not_its_library() {
        let mut memory = book().encode().unwrap();
        memory.extend([0x41; 80]);
        assert_eq!(BasicBlock::decode(&memory).unwrap(), book());
        let long = BasicBlock { library: "ABCDEFGHIJK".to_owned(), ..book() };
        let mut memory = long.encode().unwrap();
        assert_eq!(memory.len(), LONG_BLOCK_BYTES);
        memory.extend([0x41; 10]);
        assert_eq!(BasicBlock::decode(&memory).unwrap(), long);
    }

    #[test]
    fn what_is_no_block_says_why() {
        let good = book().encode().unwrap();
        assert_eq!(BasicBlock::decode(&good[..31]), Err(BasicBlockError::Short));
        assert_eq!(BasicBlock::decode(&[0; 32]), Err(BasicBlockError::Version(0)));
        for at in 1..32 {
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            assert_eq!(BasicBlock::decode(&bad), Err(BasicBlockError::Checksum), "byte {at}");
        }
        let long = BasicBlock { item: Sensitive::new("12345678901234567".to_owned()), ..book() };
        assert_eq!(long.encode(), Err(BasicBlockError::Fit("item identifier")));
        let swapped = BasicBlock { parts: 1, part: 2, ..book() };
        assert!(!swapped.parts_are_plausible() && book().parts_are_plausible());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_block_comes_back(
            item in "[!-~]{0,16}", country in "([A-Z]{2})?", library in "[0-9A-Z-]{0,11}",
            parts in any::<u8>(), part in any::<u8>(), usage in 0..16_u8,
        ) {
            let usage = Usage::from_digit(usage);
            let block = BasicBlock { usage, parts, part, item: Sensitive::new(item), country, library };
            prop_assert_eq!(BasicBlock::decode(&block.encode().unwrap()).unwrap(), block);
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = BasicBlock::decode(&bytes);
        }
    }
}
