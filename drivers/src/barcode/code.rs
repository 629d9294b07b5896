// SPDX-License-Identifier: MIT OR Apache-2.0
//! One code that was read.

use encoding_rs::GB18030;

use super::Symbology;
use crate::sensitive::Sensitive;

/// How the payload of a code became text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextEncoding {
    /// UTF-8; plain ASCII too.
    Utf8,
    /// GB18030, and with it GBK and GB 2312.
    Gb18030,
}

/// A code that was read. `Debug` shows the length only.
#[derive(Clone, PartialEq, Eq)]
pub struct Barcode {
    payload: Sensitive<Vec<u8>>,
    text: Option<(TextEncoding, Sensitive<String>)>,
    symbology: Option<Symbology>,
}

impl Barcode {
    /// Takes over the bytes of a code.
    ///
    /// They are tried as UTF-8 first, which is hard to hit by chance, then as GB18030. Chinese QR codes carry either,
    /// and hardly any says which; Shift-JIS and Big5 are never guessed.
    #[must_use]
    pub fn new(payload: Vec<u8>, symbology: Option<Symbology>) -> Self {
        let payload = Sensitive::new(payload);
        let text = decode(payload.expose());
        Self { payload, text, symbology }
    }

    /// The bytes as they are in the code.
    #[must_use]
    pub fn payload(&self) -> &Sensitive<Vec<u8>> {
        &self.payload
    }

    /// The payload as text, without a byte order mark; `None` when it is neither UTF-8 nor GB18030.
    #[must_use]
    pub fn text(&self) -> Option<&Sensitive<String>> {
        self.text.as_ref().map(|(_, text)| text)
    }

    /// What the payload was read as.
    #[must_use]
    pub fn encoding(&self) -> Option<TextEncoding> {
        self.text.as_ref().map(|(encoding, _)| *encoding)
    }

    /// What a technician is shown as evidence: kind, length, character set, and the ends of the text, such as
    /// `QR, 18 bytes, UTF-8, 11**************2X`.
    #[must_use]
    pub fn evidence(&self) -> String {
        let kind = self.symbology.map_or("code", Symbology::name);
        let encoding = match self.encoding() {
            Some(TextEncoding::Utf8) => "UTF-8",
            Some(TextEncoding::Gb18030) => "GB18030",
            None => "no text",
        };
        // A line break must not reach the screen of whoever looks at it.
        let shown = |letter: char| if letter.is_control() { '.' } else { letter };
        let masked = |text: &Sensitive<String>| text.masked(2, 2).chars().map(shown).collect::<String>();
        let ends = self.text().map_or_else(String::new, |text| format!(", {}", masked(text)));
        format!("{kind}, {} bytes, {encoding}{ends}", self.payload.expose().len())
    }

    /// The kind of code, where the reader says it.
    #[must_use]
    pub fn symbology(&self) -> Option<Symbology> {
        self.symbology
    }
}

impl std::fmt::Debug for Barcode {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Barcode")
            .field("bytes", &self.payload.expose().len())
            .field("encoding", &self.encoding())
            .field("symbology", &self.symbology)
            .finish_non_exhaustive()
    }
}

fn decode(payload: &[u8]) -> Option<(TextEncoding, Sensitive<String>)> {
    if let Ok(text) = std::str::from_utf8(payload) {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        return Some((TextEncoding::Utf8, Sensitive::new(text.to_owned())));
    }
    let text = GB18030.decode_without_bom_handling_and_without_replacement(payload)?;
    Some((TextEncoding::Gb18030, Sensitive::new(text.into_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(payload: &[u8]) -> (Option<TextEncoding>, Option<String>) {
        let code = Barcode::new(payload.to_vec(), None);
        (code.encoding(), code.text().map(|text| text.expose().clone()))
    }

    #[test]
    fn utf8_comes_before_gb18030() {
        assert_eq!(read("借书".as_bytes()), (Some(TextEncoding::Utf8), Some("借书".to_owned())));
        assert_eq!(read(b"\xBD\xE8\xCA\xE9"), (Some(TextEncoding::Gb18030), Some("借书".to_owned())));
        // Four bytes: U+3402, which GBK lacks.
        assert_eq!(read(b"\x81\x39\xEF\x31"), (Some(TextEncoding::Gb18030), Some("㐂".to_owned())));
        assert_eq!(read(b"\xEF\xBB\xBFA1"), (Some(TextEncoding::Utf8), Some("A1".to_owned())));
        assert_eq!(read(b"\xFF\xFF\x00"), (None, None));
    }

    #[test]
    fn debug_shows_nothing_of_it() {
        let code = Barcode::new(b"6901234567892".to_vec(), Some(Symbology::Ean13));
        let shown = format!("{code:?}");
        assert!(shown.contains("13") && shown.contains("Ean13") && !shown.contains("69012"), "{shown}");
        assert_eq!(code.evidence(), "EAN-13, 13 bytes, UTF-8, 69*********92");
        assert_eq!(Barcode::new(b"A\n4567\x1DZ".to_vec(), None).evidence(), "code, 8 bytes, UTF-8, A.****.Z");
        assert_eq!(Barcode::new(b"\xFF\xFF".to_vec(), None).evidence(), "code, 2 bytes, no text");
    }
}
