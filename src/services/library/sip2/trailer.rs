// SPDX-License-Identifier: GPL-3.0-only
//! The end of a message: sequence number `AY` and checksum `AZ`.

use super::charset::Charset;

/// Bytes of `AZ` with its four digits.
const CHECKSUM_BYTES: usize = 6;
/// Bytes of `AY` with its digit.
const SEQUENCE_BYTES: usize = 3;
/// Bytes of 94, the longest message whose trailer follows no `|`.
const SHORTEST_BYTES: usize = 3;

/// How a server computes checksums, and what the terminal does with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum ChecksumPolicy {
    /// Two's complement of the sum of all bytes through the characters `AZ`; a wrong or missing one is refused.
    #[default]
    Strict,
    /// Neither sequence number nor checksum is sent; what arrives is not checked.
    Off,
    /// Two's complement of the sum of the UTF-16 code units up to, and without, `|AYnAZ` (DigitalPlatform dp2); a
    /// wrong or missing one is refused.
    Dp2,
}

impl ChecksumPolicy {
    /// The checksum of a message under this rule; `None` where the rule has none.
    #[must_use]
    pub fn of(self, trailer: &Trailer<'_>, charset: Charset) -> Option<u16> {
        let sum = match self {
            Self::Off => return None,
            Self::Strict => byte_sum(trailer.through_az),
            Self::Dp2 => utf16_sum(trailer.content, charset),
        };
        Some(sum.wrapping_neg())
    }

    /// Whether the checksum of the message is right under this rule; `None` where it carries none.
    #[must_use]
    pub fn agrees(self, trailer: &Trailer<'_>, charset: Charset) -> Option<bool> {
        let told = trailer.checksum?;
        Some(self.of(trailer, charset).is_none_or(|right| right == told))
    }
}

/// A frame taken apart at its end.
#[derive(Clone, Copy)]
pub struct Trailer<'f> {
    /// Everything before the trailer.
    pub content: &'f [u8],
    /// Everything through the characters `AZ`; the whole frame where there is none.
    through_az: &'f [u8],
    /// The digit of `AY`.
    pub sequence: Option<u8>,
    /// The digits of `AZ`.
    pub checksum: Option<u16>,
}

impl<'f> Trailer<'f> {
    /// Looks at the end of `frame`. Blanks behind the checksum, as some servers write, do not matter; nor does a `|`,
    /// unless the "trailer" is the end of a value.
    #[must_use]
    pub fn of(frame: &'f [u8]) -> Self {
        let none = Self { content: frame, through_az: frame, sequence: None, checksum: None };
        let mut end = frame;
        while let Some((b'|' | b' ' | 0, before)) = end.split_last() {
            end = before;
        }
        let Some((through_az, checksum)) = checksum(end) else {
            return none;
        };
        let before = through_az.get(..through_az.len().saturating_sub(2)).unwrap_or_default();
        let (content, sequence) = sequence(before).map_or((before, None), |(content, digit)| (content, Some(digit)));
        if end.len() < frame.len() && !content.ends_with(b"|") && content.len() > SHORTEST_BYTES {
            return none;
        }
        Self { content, through_az, sequence, checksum: Some(checksum) }
    }
}

fn checksum(frame: &[u8]) -> Option<(&[u8], u16)> {
    let (before, tail) = frame.split_at_checked(frame.len().checked_sub(CHECKSUM_BYTES)?)?;
    let digits = tail.strip_prefix(b"AZ")?;
    let mut value = 0;
    for digit in digits {
        value = value * 16 + u16::try_from(char::from(*digit).to_digit(16)?).ok()?;
    }
    Some((frame.get(..before.len() + 2)?, value))
}

fn sequence(before: &[u8]) -> Option<(&[u8], u8)> {
    let (content, tail) = before.split_at_checked(before.len().checked_sub(SEQUENCE_BYTES)?)?;
    match tail {
        [b'A', b'Y', digit] if digit.is_ascii_digit() => Some((content, digit - b'0')),
        _ => None,
    }
}

fn byte_sum(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |sum: u16, byte| sum.wrapping_add((*byte).into()))
}

fn utf16_sum(content: &[u8], charset: Charset) -> u16 {
    let content = content.strip_suffix(b"|").unwrap_or(content);
    // Not normalised: the sum is over what was sent.
    charset.raw(content).encode_utf16().fold(0, u16::wrapping_add)
}

/// Appends the trailer that `policy` asks for to a message that is in `charset`. 96 and 97 take no `sequence`.
pub fn append(policy: ChecksumPolicy, charset: Charset, sequence: Option<u8>, frame: &mut Vec<u8>) {
    if policy == ChecksumPolicy::Off {
        return;
    }
    let content = frame.len();
    if let Some(sequence) = sequence {
        frame.extend_from_slice(&[b'A', b'Y', b'0' + sequence % 10]);
    }
    frame.extend_from_slice(b"AZ");
    let sum = match policy {
        ChecksumPolicy::Dp2 => utf16_sum(frame.get(..content).unwrap_or_default(), charset),
        ChecksumPolicy::Strict | ChecksumPolicy::Off => byte_sum(frame),
    };
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let checksum = sum.wrapping_neg();
    frame.extend([12, 8, 4, 0].map(|shift| DIGITS[usize::from(checksum >> shift & 0xF)]));
}

#[cfg(test)]
mod tests {
    use super::{ChecksumPolicy, Trailer, append};
    use crate::services::library::sip2::charset::Charset;

    fn made(policy: ChecksumPolicy, content: &str, sequence: Option<u8>) -> String {
        let mut frame = content.as_bytes().to_vec();
        append(policy, Charset::Utf8, sequence, &mut frame);
        String::from_utf8(frame).unwrap()
    }

    #[test]
    fn known_checksums() {
        assert_eq!(made(ChecksumPolicy::Strict, "9900802.00", Some(1)), "9900802.00AY1AZFCA0");
        assert_eq!(made(ChecksumPolicy::Strict, "941", Some(0)), "941AY0AZFDFD");
        assert_eq!(made(ChecksumPolicy::Strict, "97", None), "97AZFEF5");
        assert_eq!(made(ChecksumPolicy::Strict, "96", None), "96AZFEF6");
        assert_eq!(made(ChecksumPolicy::Off, "941", Some(0)), "941");
    }

    #[test]
    fn the_other_rule_counts_characters_and_leaves_its_own_field_out() {
        // "1" + "图" (U+56FE) = 0x31 + 0x56FE = 0x572F; its two's complement is 0xA8D1.
        assert_eq!(made(ChecksumPolicy::Dp2, "1图|", Some(3)), "1图|AY3AZA8D1");
        // A character beyond the basic plane counts as two code units: D842 + DFB7 = 1B7F9.
        assert_eq!(made(ChecksumPolicy::Dp2, "𠮷|", Some(3)), "𠮷|AY3AZ4807");
    }

    #[test]
    fn a_trailer_is_found_at_the_end_only() {
        let trailer = Trailer::of(b"18AY1AZ0000|AJAY2AZ12|AY3AZaBcD|");
        assert_eq!((trailer.sequence, trailer.checksum), (Some(3), Some(0xABCD)));
        assert_eq!(trailer.content, b"18AY1AZ0000|AJAY2AZ12|");
        for without in [b"941".as_slice(), b"20120261122    043518AB1|AFxAY1AZ0000|", b"AZ12", b"", b"AY1", b"AZ00G0"] {
            let trailer = Trailer::of(without);
            assert_eq!((trailer.sequence, trailer.checksum), (None, None));
            assert_eq!(trailer.content, without);
        }
    }

    #[test]
    fn a_checksum_is_right_under_its_own_rule_only() {
        let strict = made(ChecksumPolicy::Strict, "24AE王|", Some(1));
        let trailer = Trailer::of(strict.as_bytes());
        assert_eq!(ChecksumPolicy::Strict.agrees(&trailer, Charset::Utf8), Some(true));
        assert_eq!(ChecksumPolicy::Dp2.agrees(&trailer, Charset::Utf8), Some(false));
        assert_eq!(ChecksumPolicy::Off.agrees(&trailer, Charset::Utf8), Some(true));
        assert_eq!(ChecksumPolicy::Strict.agrees(&Trailer::of(b"941"), Charset::Utf8), None);
    }
}
