// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is personal on the wires of the protocols here, so that a [trace](crate::transport::trace) can be handed on.
//!
//! Each function is a [`Mask`](crate::transport::trace::Mask): what it replaces has the same length, and checksums fit
//! again, so that a masked trace still replays. What is not recognised is taken for personal.

use std::ops::Range;

use crate::printer::escpos::{Charset, Command, Decoder};
use crate::transport::trace::Direction;

/// What stands in for a character.
const STAR: u8 = b'*';

/// Protocols that carry nothing of a person: lock boards, relays, radars.
#[must_use]
pub fn nothing(_: Direction, _: &mut [u8]) -> Vec<Range<usize>> {
    Vec::new()
}

/// A wire of which nothing may be shown but how much passed and when.
#[must_use]
pub fn everything(_: Direction, stream: &mut [u8]) -> Vec<Range<usize>> {
    stream.fill(0);
    (!stream.is_empty()).then_some(0..stream.len()).into_iter().collect()
}

/// ESC/POS: texts, symbols and pictures; answers of the printer carry nothing.
#[must_use]
pub fn escpos(direction: Direction, stream: &mut [u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if direction == Direction::FromDevice {
        return found;
    }
    // Any character set will do: the bytes of a character are never control bytes in any of them.
    let mut decoder = Decoder::new(Charset::Gb18030);
    let mut begin = 0;
    for end in 1..=stream.len() {
        let commands = decoder.push(stream.get(end - 1..end).unwrap_or_default());
        if commands.is_empty() {
            continue;
        }
        let personal = commands.iter().map(|command| personal_bytes(command, end - begin)).max().unwrap_or(0);
        if personal > 0 {
            found.push(end - personal..end);
        }
        begin = end;
    }
    if begin < stream.len() {
        // A command that breaks off.
        found.push(begin..stream.len());
    }
    for range in &found {
        if let Some(bytes) = stream.get_mut(range.clone()) {
            bytes.fill(STAR);
        }
    }
    found
}

/// How many bytes at the end of a command of `length` bytes may be personal.
fn personal_bytes(command: &Command, length: usize) -> usize {
    match command {
        Command::Text(_) | Command::TooLarge { .. } | Command::Unknown(_) => length,
        Command::QrStore(data) | Command::Code128(data) | Command::Raster { data, .. } => data.len().min(length),
        // Commands with data of another kind: what they are about is in their first bytes.
        _ if length > LONGEST_PLAIN_COMMAND => length - LONGEST_PLAIN_COMMAND,
        _ => 0,
    }
}

/// No command without data is longer, in bytes.
const LONGEST_PLAIN_COMMAND: usize = 10;

/// Scanners: everything but control characters that comes from them.
#[must_use]
pub fn scanner(direction: Direction, stream: &mut [u8]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    if direction == Direction::ToDevice {
        return found;
    }
    for (at, byte) in stream.iter_mut().enumerate() {
        if *byte < 0x20 || *byte == 0x7F {
            continue;
        }
        *byte = STAR;
        match found.last_mut() {
            Some(last) if last.end == at => last.end += 1,
            _ => found.push(at..at + 1),
        }
    }
    found
}

/// Begins every frame of an SDT reader.
const SDT_PREAMBLE: [u8; 5] = [0xAA, 0xAA, 0xAA, 0x96, 0x69];
/// Preamble, length, status.
const SDT_HEADER_BYTES: usize = 10;
/// Data of an answer that is the number of the reader's security module, which is the device's and not a person's.
const SDT_SAM_BYTES: usize = 16;

/// SDT readers of resident ID cards: the data of every answer but that with the number of the security module; the
/// checksum (XOR from the length on) is made to fit. Bytes outside of whole frames are taken for personal.
#[must_use]
pub fn sdt(direction: Direction, stream: &mut [u8]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    if direction == Direction::ToDevice {
        return found;
    }
    let mut at = 0;
    while at < stream.len() {
        let rest = stream.get_mut(at..).unwrap_or_default();
        let Some(length) = sdt_frame(rest) else {
            // Not a frame: one byte further.
            rest.iter_mut().take(1).for_each(|byte| *byte = 0);
            match found.last_mut() {
                Some(last) if last.end == at => last.end += 1,
                _ => found.push(at..at + 1),
            }
            at += 1;
            continue;
        };
        let data = SDT_HEADER_BYTES..length - 1;
        if !data.is_empty() && data.len() != SDT_SAM_BYTES {
            if let Some(bytes) = rest.get_mut(data.clone()) {
                bytes.fill(0);
            }
            let sum =
                rest.get(SDT_PREAMBLE.len()..length - 1).unwrap_or_default().iter().fold(0, |sum, byte| sum ^ byte);
            if let Some(last) = rest.get_mut(length - 1) {
                *last = sum;
            }
            found.push(at + data.start..at + length);
        }
        at += length;
    }
    found
}

/// Longest run of digits in a request that carries no number of a tag.
const TRF_PLAIN_DIGITS: usize = 26;
/// Digits of a request before the number of a tag.
const TRF_HEAD_DIGITS: usize = 16;

/// Readers with TI's host protocol (hexadecimal digits as text): what stands in brackets in answers, which are numbers
/// and memory of tags, and the number of the tag in long requests. A patron's card is a tag as well.
#[must_use]
pub fn trf(direction: Direction, stream: &mut [u8]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    if direction == Direction::FromDevice {
        let mut inside = false;
        for (at, byte) in stream.iter_mut().enumerate() {
            match *byte {
                b'[' => inside = true,
                b']' => inside = false,
                digit if inside && digit.is_ascii_hexdigit() => {
                    *byte = b'0';
                    match found.last_mut() {
                        Some(last) if last.end == at => last.end += 1,
                        _ => found.push(at..at + 1),
                    }
                }
                _ => {}
            }
        }
        return found;
    }
    let mut begin = 0;
    while begin < stream.len() {
        let rest = stream.get(begin..).unwrap_or_default();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        if digits > TRF_PLAIN_DIGITS {
            found.push(begin + TRF_HEAD_DIGITS..begin + digits);
        }
        begin += digits.max(1);
    }
    for range in &found {
        if let Some(bytes) = stream.get_mut(range.clone()) {
            bytes.fill(b'0');
        }
    }
    found
}

/// Length of the whole frame at the beginning of `bytes`.
fn sdt_frame(bytes: &[u8]) -> Option<usize> {
    if !bytes.starts_with(&SDT_PREAMBLE) {
        return None;
    }
    let counted = u16::from_be_bytes([*bytes.get(5)?, *bytes.get(6)?]);
    let length = SDT_PREAMBLE.len() + 2 + usize::from(counted);
    (length > SDT_HEADER_BYTES && bytes.len() >= length).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::printer::escpos::{EscPosProfile, encode};
    use crate::printer::{Alignment, Slip, Style};

    #[test]
    fn a_slip_without_its_words_still_prints() {
        let slip = |name: &str, code: &str| {
            let slip = Slip::builder().line(Alignment::Centre, Style::LARGE, name).pair("Total", "12.00").qr(code);
            encode(&slip.build().unwrap(), &EscPosProfile::new(Charset::Gb18030, 32)).to_vec()
        };
        let mut stream = slip("张三 Zhang", "https://example.org/r/1");
        let ranges = escpos(Direction::ToDevice, &mut stream);
        assert!(!ranges.is_empty());
        let mut decoder = Decoder::new(Charset::Gb18030);
        let (mut stars, mut symbols) = (0, 0);
        for command in decoder.push(&stream) {
            match command {
                Command::Text(text) => stars += text.chars().filter(|letter| assert_star(*letter)).count(),
                Command::QrStore(data) => {
                    assert!(data.iter().all(|byte| *byte == STAR));
                    symbols += data.len();
                }
                Command::Unknown(_) => panic!("no longer ESC/POS"),
                _ => {}
            }
        }
        assert!(stars > 10);
        assert_eq!(symbols, "https://example.org/r/1".len());
        let mut answers = [0x12, 0x16];
        assert_eq!(escpos(Direction::FromDevice, &mut answers), []);
        assert_eq!(answers, [0x12, 0x16]);
    }

    fn assert_star(letter: char) -> bool {
        assert_eq!(letter, '*');
        true
    }

    #[test]
    fn a_code_keeps_its_length_and_its_end() {
        let mut stream = *b"\x02110101199003070011\r\nAB\r";
        assert_eq!(scanner(Direction::FromDevice, &mut stream), [1..19, 21..23]);
        assert_eq!(&stream, b"\x02******************\r\n**\r");
        let mut trigger = *b"~T";
        assert_eq!(scanner(Direction::ToDevice, &mut trigger), []);
        assert_eq!(&trigger, b"~T");
    }

    fn sdt_answer(status: [u8; 3], data: &[u8]) -> Vec<u8> {
        let mut frame = SDT_PREAMBLE.to_vec();
        frame.extend_from_slice(&u16::try_from(data.len() + 4).unwrap().to_be_bytes());
        frame.extend_from_slice(&status);
        frame.extend_from_slice(data);
        frame.push(frame[5..].iter().fold(0, |sum, byte| sum ^ byte));
        frame
    }

    #[test]
    fn the_answer_of_an_id_reader_loses_its_data_and_keeps_its_checksum() {
        let read = sdt_answer([0, 0, 0x90], &[7; 1024 + 264]);
        let sam = sdt_answer([0, 0, 0x90], &[5; SDT_SAM_BYTES]);
        let none = sdt_answer([0, 0, 0x80], &[]);
        let mut stream = [&[0x31, 0x32][..], &read, &sam, &none, &read[..40]].concat();
        let ranges = sdt(Direction::FromDevice, &mut stream);
        let plain = sdt_answer([0, 0, 0x90], &[0; 1024 + 264]);
        let end = 2 + read.len() + sam.len() + none.len();
        assert_eq!(stream, [&[0, 0][..], &plain, &sam, &none, &[0; 40]].concat());
        assert_eq!(ranges, [0..2, 2 + SDT_HEADER_BYTES..2 + read.len(), end..end + 40]);
    }

    #[test]
    fn numbers_and_memory_of_tags_are_hidden() {
        let mut answers = *b"ISO 15693\r\n[E004010012345678,7F]\r\n[,40]\r\n";
        let ranges = trf(Direction::FromDevice, &mut answers);
        assert_eq!(&answers, b"ISO 15693\r\n[0000000000000000,00]\r\n[,00]\r\n");
        assert_eq!(ranges, [12..28, 29..31, 36..38]);
        let mut request = *b"010B000304140601000000\r\n0113000304182220785634120100E0040000\r\n";
        let ranges = trf(Direction::ToDevice, &mut request);
        assert_eq!(&request, b"010B000304140601000000\r\n011300030418222000000000000000000000\r\n");
        assert_eq!(ranges, std::slice::from_ref(&(40..60)));
    }

    #[test]
    fn a_command_that_breaks_off_is_hidden() {
        let mut stream = *b"\x1D(k\x20\x001P0secret";
        assert_eq!(escpos(Direction::ToDevice, &mut stream), std::slice::from_ref(&(0..stream.len())));
        let mut stream = [1, 2, 3];
        assert_eq!(everything(Direction::FromDevice, &mut stream), std::slice::from_ref(&(0..3)));
        assert_eq!(stream, [0; 3]);
    }
}
