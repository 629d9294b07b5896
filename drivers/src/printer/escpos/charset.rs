// SPDX-License-Identifier: MIT OR Apache-2.0
//! Characters to printer bytes, with their width in columns.

use std::sync::OnceLock;

use encoding_rs::{EncoderResult, Encoding};
use zeroize::Zeroizing;

use crate::printer::wrap::may_break;

/// What is printed for a character that the printer's set has not; the geta mark, as in printed books.
pub(super) const REPLACEMENT: char = '\u{3013}';
/// The yuan sign that every Chinese set has (U+FFE5).
const FULL_WIDTH_YUAN: char = '\u{FFE5}';
/// The yuan sign of keyboards (U+00A5): four bytes in GB18030, which printers with GBK fonts print as
/// rubbish, and nothing at all in GBK.
const YUAN: char = '\u{A5}';
/// What GBK alone writes with one byte.
const EURO: char = '\u{20AC}';

/// Character set of a printer. It differs by model and cannot be asked for: a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Charset {
    /// GB18030: every character of Unicode, those outside GBK with four bytes.
    Gb18030,
    /// GBK: what it lacks is printed as 〓.
    Gbk,
    /// UTF-8.
    Utf8,
}

impl Charset {
    pub(super) fn encoding(self) -> &'static Encoding {
        match self {
            Self::Gb18030 => encoding_rs::GB18030,
            Self::Gbk => encoding_rs::GBK,
            Self::Utf8 => encoding_rs::UTF_8,
        }
    }

    /// Appends `text` as printer bytes: control characters are left out, so that no text can hold a
    /// command; `¥` becomes `￥`; what the set lacks becomes `〓`. At most twice as many bytes as `text` has.
    pub fn encode(self, text: &str, out: &mut Vec<u8>) {
        for character in text.chars() {
            match self.code(character) {
                Code::None => {}
                Code::One(byte) => out.push(byte),
                Code::Two(bytes) => out.extend_from_slice(&bytes),
                Code::Other => {
                    let (bytes, length) = self.encode_other(character);
                    out.extend(bytes.iter().take(length));
                }
            }
        }
    }

    /// The name, as the standards write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gb18030 => "GB18030",
            Self::Gbk => "GBK",
            Self::Utf8 => "UTF-8",
        }
    }

    /// Whether every printer of this set has a glyph for `character`. The fonts in printers for the Chinese market hold
    /// what GBK had from the beginning: not what GB18030 writes in four bytes, and not the hanzi of later extensions,
    /// which are in names.
    #[must_use]
    pub fn is_certain(self, character: char) -> bool {
        let later = matches!(character, '\u{3400}'..='\u{4DBF}' | '\u{9FA6}'..='\u{9FFF}' | '\u{10000}'..);
        character.is_control() || character == YUAN || (!later && Self::Gbk.has(character))
    }

    fn has(self, character: char) -> bool {
        matches!(self.code(character), Code::One(_) | Code::Two(_))
            || self.encode_into(character, &mut Zeroizing::new([0_u8; 8])).is_some()
    }

    /// Columns that `character` takes: none for a control character, two for whatever is sent as more than
    /// one byte, because printers draw it from the square font.
    #[must_use]
    pub fn columns_of(self, character: char) -> u32 {
        // Most that is printed; all three sets agree on both.
        match character {
            ' '..='~' => return 1,
            '\u{4E00}'..='\u{9FA5}' => return 2,
            _ => {}
        }
        match self.code(character) {
            Code::None => 0,
            Code::One(_) => 1,
            Code::Two(_) => 2,
            Code::Other => match self.encode_other(character).1 {
                0 => 0,
                1 => 1,
                _ => 2,
            },
        }
    }

    /// Columns of a whole text without line breaks.
    #[must_use]
    pub fn columns(self, text: &str) -> u32 {
        text.chars().fold(0, |sum, character| sum.saturating_add(self.columns_of(character)))
    }

    /// The bytes of a character, as far as they are known without the encoder.
    fn code(self, character: char) -> Code {
        if let ' '..='~' = character {
            return u8::try_from(character).map_or(Code::Other, Code::One);
        }
        if character.is_control() {
            return Code::None;
        }
        if self == Self::Utf8 || (self == Self::Gbk && character == EURO) {
            return Code::Other;
        }
        let character = if character == YUAN { FULL_WIDTH_YUAN } else { character };
        let known = usize::try_from(u32::from(character)).ok().and_then(|at| double_bytes().get(at));
        known.filter(|bytes| bytes[0] != 0).map_or(Code::Other, |bytes| Code::Two(*bytes))
    }

    /// The bytes of a character that the encoder must be asked for, and how many they are.
    fn encode_other(self, character: char) -> (Zeroizing<[u8; 8]>, usize) {
        let mut bytes = Zeroizing::new([0_u8; 8]);
        let character = if character == YUAN { FULL_WIDTH_YUAN } else { character };
        let length = self.encode_into(character, &mut bytes).or_else(|| self.encode_into(REPLACEMENT, &mut bytes));
        (bytes, length.unwrap_or(0))
    }

    /// `None` when the set has no such character.
    fn encode_into(self, character: char, bytes: &mut [u8; 8]) -> Option<usize> {
        let mut utf8 = Zeroizing::new([0_u8; 4]);
        let text = character.encode_utf8(&mut *utf8);
        let mut encoder = self.encoding().new_encoder();
        match encoder.encode_from_utf8_without_replacement(text, bytes, true) {
            (EncoderResult::InputEmpty, _, written) => Some(written),
            _ => None,
        }
    }

    /// Where `text` is broken so that no piece is wider than `columns`: between hanzi, at spaces of Latin
    /// text, never before a closing mark, and inside a word only where it is wider than a line.
    pub(super) fn wrap(self, text: &str, columns: u32) -> Lines<'_> {
        Lines { charset: self, columns: columns.max(2), rest: Some(text) }
    }

    /// How many bytes of `text` fit into `columns`, and the last good place to break within them.
    fn fit(self, text: &str, columns: u32) -> (usize, Option<usize>) {
        // Most lines fit, and need no place to break.
        if self.columns(text) <= columns {
            return (text.len(), None);
        }
        let mut used = 0;
        let mut best_break = None;
        let mut previous = None;
        for (at, character) in text.char_indices() {
            // A break is judged before the width, so that one right at the edge counts.
            if at > 0 && may_break(previous, character) {
                best_break = Some(at);
            }
            used += self.columns_of(character);
            // A space that hangs over the edge is not printed.
            if used > columns && !(character == ' ' && used == columns + 1) {
                return (at.max(first_char_bytes(text)), best_break);
            }
            previous = Some(character);
        }
        (text.len(), None)
    }
}

/// Bytes of one character.
enum Code {
    /// It is not printed.
    None,
    One(u8),
    Two([u8; 2]),
    /// Only the encoder knows.
    Other,
}

/// The two bytes of each character of the basic plane that GBK writes with two; zeros for the others. The encoder itself
/// looks for a hanzi from the first to the last, which takes longer than all the rest of a slip.
fn double_bytes() -> &'static [[u8; 2]] {
    static TABLE: OnceLock<Vec<[u8; 2]>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = vec![[0; 2]; 0x1_0000];
        for bytes in (0x81..=0xFE).flat_map(|first| (0x40..=0xFE).map(move |second| [first, second])) {
            let Some(text) = encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(&bytes) else {
                continue;
            };
            let mut characters = text.chars();
            if let (Some(character), None) = (characters.next(), characters.next())
                && let Some(entry) = usize::try_from(u32::from(character)).ok().and_then(|at| table.get_mut(at))
                && *entry == [0; 2]
            {
                // The first of two places: the wide space has a second one.
                *entry = bytes;
            }
        }
        table
    })
}

/// The pieces of a text, one a line of paper.
pub(super) struct Lines<'text> {
    charset: Charset,
    columns: u32,
    /// What is not yet on a line.
    rest: Option<&'text str>,
}

impl<'text> Iterator for Lines<'text> {
    type Item = &'text str;

    fn next(&mut self) -> Option<&'text str> {
        let rest = self.rest?;
        let (paragraph, after) = rest.split_once('\n').map_or((rest, None), |(head, tail)| (head, Some(tail)));
        let (fitting, best_break) = self.charset.fit(paragraph, self.columns);
        if fitting >= paragraph.len() {
            self.rest = after;
            return Some(paragraph.trim_end());
        }
        let (line, after) = rest.split_at(best_break.unwrap_or(fitting));
        self.rest = Some(after.trim_start_matches(' '));
        Some(line.trim_end())
    }
}

/// Length of the first character: a line holds at least one, or wrapping would never end.
fn first_char_bytes(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Charset;

    fn bytes(charset: Charset, text: &str) -> Vec<u8> {
        let mut out = Vec::new();
        charset.encode(text, &mut out);
        out
    }

    #[test]
    fn what_a_set_lacks_is_a_geta_and_the_yuan_sign_is_the_wide_one() {
        assert_eq!(bytes(Charset::Gb18030, "¥￥"), [0xA3, 0xA4, 0xA3, 0xA4]);
        assert_eq!(bytes(Charset::Gbk, "¥𠮷"), [0xA3, 0xA4, 0xA1, 0xFE]);
        assert_eq!(bytes(Charset::Gb18030, "𠮷"), [0x95, 0x34, 0xB2, 0x35]);
        assert_eq!(bytes(Charset::Utf8, "é"), "é".as_bytes());
    }

    #[test]
    fn every_character_of_the_basic_plane_is_what_the_encoder_says() {
        let printable = |character: &char| !character.is_control() && *character != super::YUAN;
        for charset in [Charset::Gb18030, Charset::Gbk] {
            for character in ('\0'..='\u{FFFF}').filter(printable) {
                let (expected, length) = charset.encode_other(character);
                assert_eq!(bytes(charset, &character.to_string()), expected[..length], "{character:?}");
            }
        }
    }

    #[test]
    fn rare_hanzi_are_not_certain_to_be_in_a_printer() {
        for (text, certain) in
            [("借", true), ("A", true), ("¥", true), ("é", true), ("𠮷", false), ("䶮", false), ("龦", false)]
        {
            let character = text.chars().next().unwrap();
            for charset in [Charset::Gb18030, Charset::Gbk, Charset::Utf8] {
                assert_eq!(charset.is_certain(character), certain, "{text} in {}", charset.name());
            }
        }
    }

    #[test]
    fn control_characters_cannot_be_smuggled_in() {
        assert_eq!(bytes(Charset::Gb18030, "a\u{1b}@\u{10}\u{4}\u{1}\u{7f}\u{85}b"), b"a@b");
    }

    #[test]
    fn lines_break_at_good_places() {
        let wrap = |text, columns| Charset::Gb18030.wrap(text, columns).collect::<Vec<_>>();
        assert_eq!(wrap("借书凭条，请保管", 8), ["借书凭", "条，请保", "管"]);
        assert_eq!(wrap("take the number 12 bus", 10), ["take the", "number 12", "bus"]);
        assert_eq!(wrap("abcdefghijkl", 5), ["abcde", "fghij", "kl"]);
        assert_eq!(wrap("一\n\n二", 8), ["一", "", "二"]);
        assert_eq!(wrap("", 8), [""]);
        assert_eq!(wrap("共￥5.00", 6), ["共", "￥5.00"]);
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_nothing_is_lost(text in "[a-z ，。一-龥(（]{0,60}", columns in 2_u32..50) {
            let lines: Vec<&str> = Charset::Gb18030.wrap(&text, columns).collect();
            for line in &lines {
                prop_assert!(Charset::Gb18030.columns(line) <= columns.max(2));
            }
            let bare = |text: &str| text.replace(' ', "");
            prop_assert_eq!(bare(&lines.concat()), bare(&text));
        }
    }
}
