// SPDX-License-Identifier: GPL-3.0-only
//! Character sets of library systems. A whole frame is decoded at once, so where a read ended never matters.

use std::borrow::Cow;

use encoding_rs::GB18030;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use zeroize::{Zeroize, Zeroizing};

/// The character set of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Charset {
    /// UTF-8.
    #[default]
    Utf8,
    /// GB18030, which holds GBK and GB 2312.
    Gb18030,
    /// IBM code page 850, the default of FOLIO's SIP2 gateway.
    Ibm850,
}

/// The upper half of IBM850, from 0x80 (the table of the Unicode consortium, `CP850.TXT`).
const IBM850_UPPER: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤\
                            ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

/// A text from the wire, with how many places of it were not in the character set.
pub struct DecodedText<'b> {
    /// In Unicode normalisation form C; wiped where it is a copy.
    pub text: WipedText<'b>,
    /// Places that the character set does not have; each is U+FFFD in the text.
    pub undecodable: usize,
}

/// A text that wipes itself if it is a copy of its own.
pub enum WipedText<'b> {
    /// The bytes of the frame itself.
    Borrowed(&'b str),
    /// A copy.
    Owned(Zeroizing<String>),
}

impl WipedText<'_> {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Owned(text) => text,
        }
    }
}

impl Charset {
    /// Bytes to text in normalisation form C. Never fails: what is not in the set is counted.
    #[must_use]
    pub fn decode(self, bytes: &[u8]) -> DecodedText<'_> {
        if bytes.is_ascii() {
            // Borrowed in every character set.
            let text = std::str::from_utf8(bytes).unwrap_or_default();
            return DecodedText { text: WipedText::Borrowed(text), undecodable: 0 };
        }
        let text = self.raw(bytes);
        // Borrowed is UTF-8 as it should be.
        let undecodable = match &text {
            Cow::Borrowed(_) => 0,
            Cow::Owned(text) => text.matches(char::REPLACEMENT_CHARACTER).count(),
        };
        DecodedText { text: normalised(text), undecodable }
    }

    /// Bytes to text as it was sent, not normalised. What is not in the set is U+FFFD.
    pub(super) fn raw(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            // Checked first, because the lossy way is several times slower on texts that are right.
            Self::Utf8 => std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed),
            Self::Gb18030 => GB18030.decode_without_bom_handling(bytes).0,
            Self::Ibm850 => Cow::Owned(bytes.iter().map(|byte| ibm850(*byte)).collect()),
        }
    }

    /// Appends `text` in this character set. `stand_in` takes the place of what the set does not have.
    ///
    /// # Errors
    /// [`NotInCharset`] where there is such a character and no `stand_in`.
    pub fn encode(self, text: &str, stand_in: Option<u8>, out: &mut Vec<u8>) -> Result<(), NotInCharset> {
        if self == Self::Utf8 || text.is_ascii() {
            out.extend_from_slice(text.as_bytes());
            return Ok(());
        }
        for character in text.chars() {
            if character.is_ascii() {
                out.push(u8::try_from(character).unwrap_or(b'?'));
                continue;
            }
            match (self.encode_one(character, out), stand_in) {
                (true, _) => (),
                (false, Some(stand_in)) => out.push(stand_in),
                (false, None) => return Err(NotInCharset),
            }
        }
        Ok(())
    }

    /// Appends one character beyond ASCII; `false` where the set does not have it.
    fn encode_one(self, character: char, out: &mut Vec<u8>) -> bool {
        if self == Self::Ibm850 {
            let place = IBM850_UPPER.chars().position(|known| known == character);
            let byte = place.and_then(|place| u8::try_from(place + 0x80).ok());
            out.extend(byte);
            return byte.is_some();
        }
        let mut buffer = [0; 4];
        let (bytes, _, has_unmappable) = GB18030.encode(character.encode_utf8(&mut buffer));
        if !has_unmappable {
            out.extend_from_slice(&bytes);
        }
        !has_unmappable
    }
}

/// A character that the character set of the server does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotInCharset;

/// The text in normalisation form C; Evergreen's server sends form D.
#[must_use]
pub fn normalised(text: Cow<'_, str>) -> WipedText<'_> {
    if has_plain_bytes(&text) || text.chars().all(is_plain) || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return match text {
            Cow::Borrowed(text) => WipedText::Borrowed(text),
            Cow::Owned(text) => WipedText::Owned(Zeroizing::new(text)),
        };
    }
    let composed = text.nfc().collect();
    if let Cow::Owned(mut text) = text {
        text.zeroize();
    }
    WipedText::Owned(Zeroizing::new(composed))
}

/// The same by bytes, which the processor compares many at a time: all that begins below U+0300, and U+4000 to U+9FFF.
fn has_plain_bytes(text: &str) -> bool {
    text.bytes().fold(true, |plain, byte| plain & (byte < 0xCC || matches!(byte, 0xE4..=0xE9)))
}

/// Characters that neither have another form nor join with a neighbour: everything below the combining marks, common
/// ideographs, their punctuation, full-width letters. Nearly every text has only these; the tables are slow.
fn is_plain(character: char) -> bool {
    matches!(character, '\0'..='\u{2FF}' | '\u{3000}'..='\u{3029}' | '\u{4E00}'..='\u{9FFF}' | '\u{FF01}'..='\u{FF5E}')
}

fn ibm850(byte: u8) -> char {
    match byte.checked_sub(0x80) {
        None => char::from(byte),
        Some(place) => IBM850_UPPER.chars().nth(place.into()).unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

#[cfg(test)]
mod tests {
    use super::{Charset, IBM850_UPPER, NotInCharset};

    fn there_and_back(charset: Charset, text: &str) {
        let mut bytes = Vec::new();
        charset.encode(text, None, &mut bytes).unwrap();
        let decoded = charset.decode(&bytes);
        assert_eq!((decoded.text.as_str(), decoded.undecodable), (text, 0));
    }

    #[test]
    fn every_character_set_goes_both_ways() {
        there_and_back(Charset::Utf8, "三体 café 𠮷");
        there_and_back(Charset::Gb18030, "三体 café 𠮷 龘");
        there_and_back(Charset::Ibm850, "Über den Flüssen, ça va");
        assert_eq!(IBM850_UPPER.chars().count(), 128);
        for byte in 0x80..=0xFF_u8 {
            let decoded = Charset::Ibm850.decode(&[byte]).text.as_str().to_owned();
            let mut again = Vec::new();
            Charset::Ibm850.encode(&decoded, None, &mut again).unwrap();
            assert_eq!(again, [byte]);
        }
        // Fixed points of the published table.
        assert_eq!(Charset::Ibm850.decode(b"\x80\x9B\xD5\xE1").text.as_str(), "Çøıß");
    }

    #[test]
    fn what_the_set_does_not_have_is_refused_or_stood_in_for() {
        let mut bytes = Vec::new();
        assert_eq!(Charset::Ibm850.encode("三体", None, &mut bytes), Err(NotInCharset));
        bytes.clear();
        Charset::Ibm850.encode("三体", Some(b'?'), &mut bytes).unwrap();
        assert_eq!(bytes, b"??");
    }

    #[test]
    fn a_wrong_character_set_is_counted_and_does_not_fail() {
        let mut bytes = Vec::new();
        Charset::Gb18030.encode("三体", None, &mut bytes).unwrap();
        assert!(Charset::Utf8.decode(&bytes).undecodable > 0);
    }

    #[test]
    fn what_needs_no_table_is_in_form_c_by_the_table() {
        use unicode_normalization::UnicodeNormalization;
        let needs_none = |character: &char| {
            super::is_plain(*character) || super::has_plain_bytes(character.encode_utf8(&mut [0; 4]))
        };
        for character in ('\0'..=char::MAX).filter(needs_none) {
            assert!(std::iter::once(character).nfc().eq([character]), "{character:?}");
            // Nor does it compose with what stands before it.
            assert!(
                ['A', 'e', '\u{1100}', '三']
                    .iter()
                    .all(|before| [*before, character].into_iter().nfc().eq([*before, character]))
            );
        }
    }

    #[test]
    fn decomposed_letters_are_composed() {
        assert_eq!(Charset::Utf8.decode("cafe\u{301}".as_bytes()).text.as_str(), "café");
    }
}
