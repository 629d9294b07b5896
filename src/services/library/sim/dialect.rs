// SPDX-License-Identifier: GPL-3.0-only
//! How answers look on the wire: order of fields, characters, sequence number, checksum, line end, and every way
//! of getting them wrong. The trailer is computed here and not by the module of the protocol, so that an error
//! there does not cancel itself out between the two ends.

use unicode_normalization::UnicodeNormalization;

use super::faults::Fault;
use super::knobs::{CheckRule, Knobs, WireCharset};
use crate::services::library::sip2::{
    Charset, ChecksumPolicy, Codec, DecodeError, LineEnd, Message, Received, Trailer,
};

/// Length of the field of [`Fault::Huge`], in bytes.
const HUGE_BYTES: usize = 100 * 1024;
/// What is read as a message of nothing.
const NOISE: &[u8] = b"\x02\xFF\xFE\x0B7~~\xC3\x28|||AZ\x80";
/// The answer of [`Fault::Other`]: about a book that nobody asked for.
const OTHER_ITEM: &str = "18030001";
const OTHER_FIELDS: &str = "CF0|AB99999999|AJ-|CK001|";

/// Characters of the fixed fields of each answer.
const FIXED: [(&str, usize); 15] = [
    ("94", 1),
    ("98", 34),
    ("24", 35),
    ("64", 59),
    ("18", 24),
    ("12", 22),
    ("10", 22),
    ("30", 22),
    ("66", 27),
    ("36", 19),
    ("16", 20),
    ("38", 19),
    ("20", 19),
    ("26", 35),
    ("96", 0),
];

/// What a request was, beside its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Form {
    pub(super) sequence: Option<u8>,
    pub(super) has_checksum: bool,
}

/// Reads a frame by the server's rules.
pub(super) fn read(knobs: &Knobs, frame: &[u8]) -> Result<Received, DecodeError> {
    let charset = match knobs.charset {
        WireCharset::Set(charset) => charset,
        WireCharset::Ascii => Charset::Utf8,
    };
    let checksum = match knobs.checksum {
        CheckRule::Strict | CheckRule::IfPresent => ChecksumPolicy::Strict,
        CheckRule::Off => ChecksumPolicy::Off,
        CheckRule::Dp2 => ChecksumPolicy::Dp2,
    };
    let codec = Codec { charset, checksum, line_end: LineEnd::Cr, stand_in: None };
    if knobs.checksum == CheckRule::IfPresent && Trailer::of(frame).checksum.is_none() {
        return codec.decode_unchecked(frame);
    }
    codec.decode(frame)
}

/// The text of an answer without trailer and line end. What cannot be written is asked for again.
pub(super) fn content(message: &Message) -> String {
    let codec = Codec { stand_in: Some(b'?'), ..Codec::default() };
    let written = codec.encode_with(message, None, ChecksumPolicy::Off).ok();
    let text = written.and_then(|frame| String::from_utf8(frame.to_vec()).ok());
    text.map_or_else(|| "96".to_owned(), |text| text.trim_end_matches('\r').to_owned())
}

/// The bytes of an answer.
pub(super) fn frame(content: &str, form: Form, knobs: &Knobs, fault: Option<Fault>) -> Vec<u8> {
    if fault == Some(Fault::Garbage) {
        return [NOISE, knobs.line_end.bytes()].concat();
    }
    let text = if fault == Some(Fault::Other) { other(content) } else { arranged(content, knobs, fault) };
    let text = if knobs.decomposed { text.nfd().collect() } else { text };
    let charset = match (knobs.charset, fault == Some(Fault::Charset)) {
        (WireCharset::Set(Charset::Utf8) | WireCharset::Ascii, true) => WireCharset::Set(Charset::Gb18030),
        (WireCharset::Set(_), true) => WireCharset::Set(Charset::Utf8),
        (charset, false) => charset,
    };
    let mut bytes = encoded(&text, charset);
    trailer(&mut bytes, &text, form, knobs, fault);
    bytes.extend_from_slice(knobs.line_end.bytes());
    bytes
}

/// 18 for a book that nobody asked for, with the date of `content` where it has one.
fn other(content: &str) -> String {
    let date = content.get(content.find("    ").map_or(0, |at| at.saturating_sub(8))..);
    let date = date.and_then(|rest| rest.get(..18)).filter(|date| date.starts_with('2'));
    format!("{OTHER_ITEM}{}{OTHER_FIELDS}", date.unwrap_or("20260101    000000"))
}

fn arranged(content: &str, knobs: &Knobs, fault: Option<Fault>) -> String {
    let code = content.get(..2).unwrap_or_default();
    let fixed = FIXED.iter().find(|(known, _)| *known == code).map_or(0, |(_, fixed)| *fixed);
    let is_plain = !knobs.reversed && !knobs.extra_fields && !matches!(fault, Some(Fault::Huge | Fault::Unknown));
    let Some((head, rest)) = content.split_at_checked(2 + fixed).filter(|_| !is_plain && code != "96") else {
        return content.to_owned();
    };
    let mut fields: Vec<String> = rest.split_terminator('|').map(str::to_owned).collect();
    if knobs.reversed {
        fields.reverse();
    }
    if knobs.extra_fields {
        fields.extend(["PA20501231", "XQ1.0", "ZZ"].map(str::to_owned));
    }
    if fault == Some(Fault::Unknown) {
        fields.insert(0, "QQ=?".to_owned());
        // No code, no value, half a code, a code that is none.
        fields.extend(["", "A", "a1 small", "é¨9", "AB"].map(str::to_owned));
    }
    if fault == Some(Fault::Huge) {
        fields.push(format!("AF{}", "x".repeat(HUGE_BYTES)));
    }
    fields.iter().fold(head.to_owned(), |text, field| text + field + "|")
}

fn encoded(text: &str, charset: WireCharset) -> Vec<u8> {
    match charset {
        WireCharset::Ascii => {
            text.chars().map(|letter| u8::try_from(letter).ok().filter(u8::is_ascii).unwrap_or(b'?')).collect()
        }
        WireCharset::Set(charset) => {
            let mut bytes = Vec::with_capacity(text.len());
            // With a stand-in there is nothing that it cannot write.
            let _ = charset.encode(text, Some(b'?'), &mut bytes);
            bytes
        }
    }
}

/// Appends sequence number and checksum.
fn trailer(bytes: &mut Vec<u8>, text: &str, form: Form, knobs: &Knobs, fault: Option<Fault>) {
    if knobs.checksum == CheckRule::Off {
        return;
    }
    // dp2 adds up characters, and leaves out the bar before its own field.
    let characters: u32 = match text.strip_suffix('|').unwrap_or(text) {
        _ if knobs.checksum != CheckRule::Dp2 => 0,
        text => text.encode_utf16().map(u32::from).sum(),
    };
    if let Some(sequence) = form.sequence.filter(|_| !text.starts_with("96")) {
        let sequence = if fault == Some(Fault::Sequence) { (sequence + 1) % 10 } else { sequence };
        bytes.extend_from_slice(format!("AY{sequence}").as_bytes());
    }
    if knobs.checksum == CheckRule::IfPresent && !form.has_checksum {
        return;
    }
    bytes.extend_from_slice(b"AZ");
    let sum = if knobs.checksum == CheckRule::Dp2 { characters } else { bytes.iter().copied().map(u32::from).sum() };
    let wrong = u32::from(fault == Some(Fault::Checksum));
    let check = (0x1_0000 - (sum & 0xFFFF) + wrong) & 0xFFFF;
    bytes.extend_from_slice(format!("{check:04X}").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::{Form, frame};
    use crate::services::library::sim::faults::Fault;
    use crate::services::library::sim::knobs::{CheckRule, Knobs, WireCharset};
    use crate::services::library::sip2::Charset;

    const FORM: Form = Form { sequence: Some(0), has_checksum: true };

    fn text(content: &str, knobs: &Knobs, fault: Option<Fault>) -> String {
        String::from_utf8(frame(content, FORM, knobs, fault)).unwrap()
    }

    #[test]
    fn published_frames() {
        let knobs = Knobs::default();
        assert_eq!(text("941", &knobs, None), "941AY0AZFDFD\r");
        assert_eq!(text("96", &knobs, None), "96AZFEF6\r");
        let status = "98YNNYNN60000320261122    0435182.00AOUWOLS|BXYYYYYYYYYNYNYYYY|";
        let form = Form { sequence: Some(1), ..FORM };
        assert!(frame(status, form, &knobs, None).ends_with(b"AY1AZEDDB\r"));
    }

    #[test]
    fn fields_in_another_order_and_unknown_ones() {
        let status = "36Y20261122    043518AOA|AAB|AFC|";
        let knobs = Knobs { reversed: true, checksum: CheckRule::Off, ..Knobs::default() };
        assert_eq!(text(status, &knobs, None), "36Y20261122    043518AFC|AAB|AOA|\r");
        let knobs = Knobs { extra_fields: true, checksum: CheckRule::Off, ..Knobs::default() };
        assert_eq!(text(status, &knobs, None), "36Y20261122    043518AOA|AAB|AFC|PA20501231|XQ1.0|ZZ|\r");
        assert!(frame(status, FORM, &knobs, Some(Fault::Huge)).len() > 100 * 1024);
    }

    #[test]
    fn characters_and_their_sums() {
        let knobs = Knobs { charset: WireCharset::Ascii, checksum: CheckRule::Off, ..Knobs::default() };
        assert_eq!(text("36AF三体 é|", &knobs, None), "36AF?? ?|\r");
        let knobs = Knobs { charset: WireCharset::Set(Charset::Gb18030), ..Knobs::default() };
        let bytes = frame("1图|", FORM, &knobs, None);
        let sum: u32 = bytes[..bytes.len() - 5].iter().copied().map(u32::from).sum();
        assert_eq!(&bytes[bytes.len() - 5..bytes.len() - 1], format!("{:04X}", 0x1_0000 - (sum & 0xFFFF)).as_bytes());
        let knobs = Knobs { checksum: CheckRule::Dp2, ..Knobs::default() };
        // "1" + "图" (U+56FE) = 0x572F.
        assert_eq!(text("1图|", &knobs, None), "1图|AY0AZA8D1\r");
        let knobs = Knobs { decomposed: true, checksum: CheckRule::Off, ..Knobs::default() };
        assert_eq!(text("36AFé|", &knobs, None), "36AFe\u{301}|\r");
    }
}
