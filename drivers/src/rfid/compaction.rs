// SPDX-License-Identifier: MIT OR Apache-2.0
//! How ISO 28560-2 (with ISO/IEC 15962) packs the characters of a data element.

use thiserror::Error;

use super::bits::{BitReader, BitWriter};
use super::isil;

/// Most digits of an integer: 19 of them always fit into eight bytes.
const MOST_INTEGER_DIGITS: usize = 19;

/// How the characters of an element are packed: bits 6 to 4 of the precursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Compaction {
    /// As the element says: the bitmap of the content parameter, the code of library identifiers, or bytes.
    ApplicationDefined,
    /// Decimal digits without a leading zero, as one big-endian number.
    Integer,
    /// Decimal digits, two a byte, filled up with F.
    Numeric,
    /// 0x41 to 0x5F, five bits each, filled up with zeros.
    FiveBit,
    /// 0x20 to 0x5F, six bits each, filled up with 100000.
    SixBit,
    /// ASCII up to 0x7E, seven bits each, filled up with ones.
    SevenBit,
    /// Bytes as they are.
    Octets,
    /// UTF-8.
    Utf8,
}

/// What cannot be packed, or what is not packed as it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CompactionError {
    /// A character that this compaction does not have.
    #[error("a character that this compaction does not have")]
    Character,
    /// More digits or bytes than fit.
    #[error("longer than this compaction can hold")]
    Length,
    /// The bits after the last character are not the padding.
    #[error("the padding after the last character is wrong")]
    Padding,
}

impl Compaction {
    /// From bits 6 to 4 of a precursor; higher bits are ignored.
    #[must_use]
    pub fn from_code(code: u8) -> Self {
        match code & 7 {
            0 => Self::ApplicationDefined,
            1 => Self::Integer,
            2 => Self::Numeric,
            3 => Self::FiveBit,
            4 => Self::SixBit,
            5 => Self::SevenBit,
            6 => Self::Octets,
            _ => Self::Utf8,
        }
    }

    /// Bits 6 to 4 of a precursor.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::ApplicationDefined => 0,
            Self::Integer => 1,
            Self::Numeric => 2,
            Self::FiveBit => 3,
            Self::SixBit => 4,
            Self::SevenBit => 5,
            Self::Octets => 6,
            Self::Utf8 => 7,
        }
    }

    /// The first that can hold `text`, in the order integer, numeric, five, six, seven bits, UTF-8. The shortest texts
    /// (under 2, 2, 3, 4 and 8 characters) are not worth packing; six bits cannot tell a last space from padding.
    #[must_use]
    pub fn choose(text: &str) -> Self {
        let count = text.chars().count();
        let all = |test: fn(u8) -> bool| text.bytes().all(test);
        if all(|byte| byte.is_ascii_digit()) && count >= 2 {
            let integer = count <= MOST_INTEGER_DIGITS && !text.starts_with('0');
            return if integer { Self::Integer } else { Self::Numeric };
        }
        if count >= 3 && all(|byte| (0x41..=0x5F).contains(&byte)) {
            Self::FiveBit
        } else if count >= 4 && all(|byte| (0x20..=0x5F).contains(&byte)) && !text.ends_with(' ') {
            Self::SixBit
        } else if count >= 8 && all(|byte| byte <= 0x7E) {
            Self::SevenBit
        } else {
            Self::Utf8
        }
    }

    /// Packs `text`. [`Self::ApplicationDefined`] packs it as a library identifier, [`Self::Octets`] as ISO 8859-1.
    ///
    /// # Errors
    /// The text has a character, or a length, that this compaction cannot hold.
    pub fn encode(self, text: &str) -> Result<Vec<u8>, CompactionError> {
        match self {
            Self::ApplicationDefined => isil::encode(text),
            Self::Integer => encode_integer(text),
            Self::Numeric => encode_numeric(text),
            Self::FiveBit => encode_bits(text, 0x41..=0x5F, 5, 0),
            Self::SixBit if text.ends_with(' ') => Err(CompactionError::Character),
            Self::SixBit => encode_bits(text, 0x20..=0x5F, 6, 0x80),
            Self::SevenBit => encode_bits(text, 0..=0x7E, 7, 0xFF),
            Self::Octets => text.chars().map(|one| u8::try_from(one).map_err(|_| CompactionError::Character)).collect(),
            Self::Utf8 => Ok(text.as_bytes().to_vec()),
        }
    }

    /// Reads packed text; the other way round than [`Self::encode`].
    ///
    /// # Errors
    /// The bytes are not packed this way.
    pub fn decode(self, bytes: &[u8]) -> Result<String, CompactionError> {
        match self {
            Self::ApplicationDefined => isil::decode(bytes),
            Self::Integer => decode_integer(bytes),
            Self::Numeric => decode_numeric(bytes),
            Self::FiveBit => decode_bits(bytes, 5, 0),
            Self::SixBit => decode_bits(bytes, 6, 0x80),
            Self::SevenBit => decode_bits(bytes, 7, 0xFF),
            Self::Octets => Ok(bytes.iter().copied().map(char::from).collect()),
            Self::Utf8 => std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| CompactionError::Character),
        }
    }
}

fn encode_integer(text: &str) -> Result<Vec<u8>, CompactionError> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) || text.starts_with('0') {
        return Err(CompactionError::Character);
    }
    if text.is_empty() || text.len() > MOST_INTEGER_DIGITS {
        return Err(CompactionError::Length);
    }
    let number: u64 = text.parse().map_err(|_| CompactionError::Length)?;
    Ok(number.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect())
}

fn decode_integer(bytes: &[u8]) -> Result<String, CompactionError> {
    if bytes.is_empty() || bytes.len() > 8 {
        return Err(CompactionError::Length);
    }
    let number = bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let text = number.to_string();
    if text.len() > MOST_INTEGER_DIGITS { Err(CompactionError::Length) } else { Ok(text) }
}

fn encode_numeric(text: &str) -> Result<Vec<u8>, CompactionError> {
    let mut writer = BitWriter::default();
    for byte in text.bytes() {
        if !byte.is_ascii_digit() {
            return Err(CompactionError::Character);
        }
        writer.put(byte - b'0', 4);
    }
    Ok(writer.finish(0xFF))
}

fn decode_numeric(bytes: &[u8]) -> Result<String, CompactionError> {
    let mut reader = BitReader::new(bytes);
    let mut text = String::new();
    while let Some(digit) = reader.take(4) {
        match digit {
            0..=9 => text.push(char::from(b'0' + digit)),
            0xF if reader.left() == 0 => {}
            _ => return Err(CompactionError::Character),
        }
    }
    Ok(text)
}

fn encode_bits(
    text: &str,
    known: std::ops::RangeInclusive<u8>,
    bits: usize,
    padding: u8,
) -> Result<Vec<u8>, CompactionError> {
    let mut writer = BitWriter::default();
    for byte in text.bytes() {
        if !known.contains(&byte) {
            return Err(CompactionError::Character);
        }
        writer.put(byte, bits);
    }
    Ok(writer.finish(padding))
}

fn decode_bits(bytes: &[u8], bits: usize, padding: u8) -> Result<String, CompactionError> {
    let mut reader = BitReader::new(bytes);
    let mut text = String::new();
    // Padding may be as long as a character; a last character that looks like it is never written.
    while !reader.rest_is(padding) {
        let code = reader.take(bits).ok_or(CompactionError::Padding)?;
        let character = match (bits, code) {
            (5, 0) | (7, 0x7F) => return Err(CompactionError::Character),
            (5, _) | (6, 0..0x20) => code | 0x40,
            _ => code,
        };
        text.push(char::from(character));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Compaction; 8] = [
        Compaction::ApplicationDefined,
        Compaction::Integer,
        Compaction::Numeric,
        Compaction::FiveBit,
        Compaction::SixBit,
        Compaction::SevenBit,
        Compaction::Octets,
        Compaction::Utf8,
    ];

    #[test]
    fn the_values_of_the_annex_of_the_standard() {
        let six = [0x44, 0x1C, 0xB6, 0xE2, 0xE3, 0x35, 0xD6];
        assert_eq!(Compaction::Integer.encode("123456789012").unwrap(), [0x1C, 0xBE, 0x99, 0x1A, 0x14]);
        assert_eq!(Compaction::Integer.encode("1203").unwrap(), [0x04, 0xB3]);
        assert_eq!(Compaction::SixBit.encode("QA268.L55").unwrap(), six);
        assert_eq!(Compaction::SixBit.decode(&six).unwrap(), "QA268.L55");
    }

    #[test]
    fn the_shortest_fitting_compaction_is_chosen() {
        for (text, expected) in [
            ("12", Compaction::Integer),
            ("9999999999999999999", Compaction::Integer),
            ("99999999999999999999", Compaction::Numeric),
            ("007", Compaction::Numeric),
            ("7", Compaction::Utf8),
            ("ABC", Compaction::FiveBit),
            ("AB", Compaction::Utf8),
            ("A-12", Compaction::SixBit),
            ("A-1 ", Compaction::Utf8),
            ("abcdefgh", Compaction::SevenBit),
            ("abcdefg", Compaction::Utf8),
            ("红楼梦", Compaction::Utf8),
            ("", Compaction::Utf8),
        ] {
            assert_eq!(Compaction::choose(text), expected, "{text}");
        }
    }

    #[test]
    fn padding_as_long_as_a_character_is_no_character() {
        // 5 times 5 bits leave 7, 3 times 6 bits leave 6, 7 times 7 bits leave 7.
        for (compaction, text) in
            [(Compaction::FiveBit, "ABCDE"), (Compaction::SixBit, "A-1"), (Compaction::SevenBit, "abcdefg")]
        {
            assert_eq!(compaction.decode(&compaction.encode(text).unwrap()).unwrap(), text);
        }
        assert_eq!(Compaction::SixBit.encode("A1 "), Err(CompactionError::Character));
    }

    #[test]
    fn what_is_packed_wrongly_is_refused() {
        assert_eq!(Compaction::Integer.decode(&[0; 9]), Err(CompactionError::Length));
        assert_eq!(Compaction::Integer.decode(&[0xFF; 8]), Err(CompactionError::Length));
        assert_eq!(Compaction::Numeric.decode(&[0x1A]), Err(CompactionError::Character));
        assert_eq!(Compaction::Numeric.decode(&[0xF1]), Err(CompactionError::Character));
        assert_eq!(Compaction::SevenBit.decode(&[0b0000_0010]), Err(CompactionError::Padding));
        assert_eq!(Compaction::Utf8.decode(&[0xFF]), Err(CompactionError::Character));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_chosen_comes_back(text in "\\PC{0,40}|[0-9]{0,25}|[A-_]{0,30}|[ -_]{0,30}|[ -~]{0,30}") {
            let compaction = Compaction::choose(&text);
            prop_assert_eq!(compaction.decode(&compaction.encode(&text).unwrap()).unwrap(), text);
        }

        #[test]
        fn what_can_be_packed_comes_back(text in "[ -~]{0,20}|[0-9]{1,20}|[A-Z:-]{0,20}", index in 0..8_usize) {
            let compaction = ALL[index];
            if let Ok(bytes) = compaction.encode(&text) {
                prop_assert_eq!(compaction.decode(&bytes).unwrap(), text);
            }
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40), index in 0..8_usize) {
            let compaction = ALL[index];
            if let Ok(text) = compaction.decode(&bytes) {
                prop_assert!(text.chars().count() <= bytes.len() * 3);
            }
        }
    }
}
