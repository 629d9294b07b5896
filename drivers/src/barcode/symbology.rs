// SPDX-License-Identifier: MIT OR Apache-2.0
//! Kinds of codes, and the AIM identifiers that scanners can put before a payload.

/// Kind of a bar code or matrix code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Symbology {
    /// QR code.
    Qr,
    /// Micro QR code.
    MicroQr,
    /// Data Matrix.
    DataMatrix,
    /// Aztec.
    Aztec,
    /// PDF417.
    Pdf417,
    /// Code 128, GS1-128.
    Code128,
    /// Code 39.
    Code39,
    /// Code 93.
    Code93,
    /// Codabar, also called NW-7: library cards.
    Codabar,
    /// Interleaved 2 of 5.
    Interleaved2Of5,
    /// EAN-13, and UPC in 13 digits: books.
    Ean13,
    /// EAN-8.
    Ean8,
    /// UPC-A.
    UpcA,
    /// UPC-E.
    UpcE,
    /// GS1 DataBar.
    DataBar,
}

impl Symbology {
    /// Takes an AIM identifier (ISO/IEC 15424: `]`, a letter, a digit or letter) off the front of `payload`. `None`:
    /// there is none. A kind that is not known here is taken off too and left unnamed.
    #[must_use]
    pub fn split_aim(payload: &[u8]) -> Option<(Option<Self>, &[u8])> {
        let (identifier, rest) = payload.split_at_checked(3)?;
        let &[b']', kind, modifier] = identifier else { return None };
        if !kind.is_ascii_alphabetic() || !modifier.is_ascii_alphanumeric() {
            return None;
        }
        Some((Self::from_aim(kind, modifier), rest))
    }

    /// The kind that the two characters after `]` stand for.
    #[must_use]
    pub fn from_aim(kind: u8, modifier: u8) -> Option<Self> {
        Some(match (kind, modifier) {
            (b'Q', _) => Self::Qr,
            (b'd', _) => Self::DataMatrix,
            (b'z', _) => Self::Aztec,
            (b'L', _) => Self::Pdf417,
            (b'C', _) => Self::Code128,
            (b'A', _) => Self::Code39,
            (b'G', _) => Self::Code93,
            (b'F', _) => Self::Codabar,
            (b'I', _) => Self::Interleaved2Of5,
            (b'E', b'4') => Self::Ean8,
            (b'E', _) => Self::Ean13,
            (b'e', _) => Self::DataBar,
            _ => return None,
        })
    }

    /// The AIM identifier in its plainest form, for simulators; `None` for kinds that share another one's.
    #[must_use]
    pub fn aim(self) -> Option<[u8; 3]> {
        Some(match self {
            Self::Qr => *b"]Q1",
            Self::DataMatrix => *b"]d1",
            Self::Aztec => *b"]z0",
            Self::Pdf417 => *b"]L0",
            Self::Code128 => *b"]C0",
            Self::Code39 => *b"]A0",
            Self::Code93 => *b"]G0",
            Self::Codabar => *b"]F0",
            Self::Interleaved2Of5 => *b"]I0",
            Self::Ean13 => *b"]E0",
            Self::Ean8 => *b"]E4",
            Self::DataBar => *b"]e0",
            Self::MicroQr | Self::UpcA | Self::UpcE => return None,
        })
    }

    /// The usual name, for technicians.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Qr => "QR",
            Self::MicroQr => "Micro QR",
            Self::DataMatrix => "Data Matrix",
            Self::Aztec => "Aztec",
            Self::Pdf417 => "PDF417",
            Self::Code128 => "Code 128",
            Self::Code39 => "Code 39",
            Self::Code93 => "Code 93",
            Self::Codabar => "Codabar",
            Self::Interleaved2Of5 => "Interleaved 2 of 5",
            Self::Ean13 => "EAN-13",
            Self::Ean8 => "EAN-8",
            Self::UpcA => "UPC-A",
            Self::UpcE => "UPC-E",
            Self::DataBar => "GS1 DataBar",
        }
    }
}

impl std::fmt::Display for Symbology {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Symbology;

    #[test]
    fn aim_identifiers_are_taken_off_and_put_on() {
        assert_eq!(Symbology::split_aim(b"]Q1hello"), Some((Some(Symbology::Qr), &b"hello"[..])));
        assert_eq!(Symbology::split_aim(b"]X0abc"), Some((None, &b"abc"[..])));
        assert_eq!(Symbology::split_aim(b"]C"), None);
        assert_eq!(Symbology::split_aim(b"]\xE5\x80x"), None);
        assert_eq!(Symbology::split_aim(b"6901"), None);
        for kind in [Symbology::Codabar, Symbology::Ean13, Symbology::Ean8, Symbology::Code128, Symbology::DataBar] {
            let identifier = kind.aim().unwrap();
            assert_eq!(Symbology::split_aim(&identifier), Some((Some(kind), &b""[..])));
        }
    }
}
