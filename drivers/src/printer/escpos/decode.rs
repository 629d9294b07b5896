// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a printer understands of the bytes it is sent.

use qrcode::EcLevel;
use zeroize::Zeroizing;

use super::{Charset, Command};
use crate::printer::Alignment;

/// Most bytes of data in one command; one that announces more is passed over unread. A picture over the whole of
/// 80 mm paper, 20 cm long, has 115 KiB.
pub const MAX_COMMAND_BYTES: usize = 256 * 1024;

/// Most bytes of a list that ends with NUL, such as tab stops.
const MOST_LIST_BYTES: usize = 256;

/// The bytes after `10 14 08` that make it "clear the buffer".
const CLEAR_KEY: [u8; 7] = [0x01, 0x03, 0x14, 0x01, 0x06, 0x02, 0x08];

/// Turns the bytes that a printer is sent into [`Command`]s, in whatever pieces they come. It never fails: what it
/// does not know it passes over, byte by byte, and what is announced as longer than [`MAX_COMMAND_BYTES`] as a whole.
#[derive(Debug)]
pub struct Decoder {
    charset: Charset,
    /// Two bytes are one hanzi. On when the printer is switched on, as printers for the Chinese market have it.
    chinese: bool,
    pending: Zeroizing<Vec<u8>>,
    /// Bytes still to come of a command that is passed over.
    passed_over: u64,
}

/// What the first bytes of the input are.
enum Step {
    /// More bytes are needed.
    Wait,
    /// The first so many bytes are this command.
    Take(usize, Command),
    /// The first so many bytes begin a command whose data, so many bytes, is too large.
    PassOver(usize, u64),
}

impl Decoder {
    /// A decoder for a printer of this character set.
    #[must_use]
    pub fn new(charset: Charset) -> Self {
        Self { charset, chinese: true, pending: Zeroizing::new(Vec::new()), passed_over: 0 }
    }

    /// Takes bytes and returns the commands that are complete with them.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Command> {
        self.pending.extend_from_slice(bytes);
        let mut commands = Vec::new();
        let mut used = 0;
        loop {
            let announced = usize::try_from(self.passed_over).unwrap_or(usize::MAX);
            let skipped = announced.min(self.pending.len() - used);
            used += skipped;
            self.passed_over -= skipped as u64;
            let rest = self.pending.get(used..).unwrap_or_default();
            match self.step(rest) {
                Step::Wait => break,
                Step::Take(length, command) => {
                    used += length;
                    self.note(&command);
                    commands.push(command);
                }
                Step::PassOver(length, bytes) => {
                    used += length;
                    self.passed_over = bytes;
                    commands.push(Command::TooLarge { bytes });
                }
            }
        }
        self.pending.drain(..used);
        commands
    }

    fn note(&mut self, command: &Command) {
        match command {
            Command::ChineseMode(on) => self.chinese = *on,
            Command::Initialise => self.chinese = true,
            _ => {}
        }
    }

    fn step(&self, rest: &[u8]) -> Step {
        match rest {
            [] => Step::Wait,
            [0x0A, ..] => Step::Take(1, Command::LineFeed),
            [0x10, rest @ ..] => dle(rest),
            [0x1B, rest @ ..] => esc(rest),
            [0x1C, rest @ ..] => fs(rest),
            [0x1D, rest @ ..] => gs(rest),
            // Carriage return, tab and the like: without effect here.
            [control @ (0x00..=0x1F | 0x7F), ..] => Step::Take(1, Command::NoEffect(*control, 0)),
            text => self.text(text),
        }
    }

    /// The printable characters at the beginning, decoded one by one: bytes that are none must not draw those that
    /// come after them, perhaps in the next piece, into it.
    fn text(&self, rest: &[u8]) -> Step {
        let mut text = String::new();
        let mut length = 0;
        while let Some(character) = rest.get(length..).filter(|rest| !rest.is_empty()) {
            if matches!(character[0], 0x00..=0x1F | 0x7F) {
                break;
            }
            let Some(bytes) = self.character(character).and_then(|bytes| character.get(..bytes)) else { break };
            length += bytes.len();
            match bytes {
                [ascii @ 0x20..=0x7E] => text.push(char::from(*ascii)),
                _ if self.chinese => text.push_str(&self.charset.encoding().decode_without_bom_handling(bytes).0),
                _ => text.push(char::REPLACEMENT_CHARACTER),
            }
        }
        if length == 0 { Step::Wait } else { Step::Take(length, Command::Text(text)) }
    }

    /// How many bytes the first character has; `None` when it is not there in full.
    fn character(&self, rest: &[u8]) -> Option<usize> {
        let first = *rest.first()?;
        if first < 0x81 || first == 0xFF || !self.chinese {
            return Some(1);
        }
        if self.charset == Charset::Utf8 {
            let length = match first {
                0xC2..=0xDF => 2,
                0xE0..=0xEF => 3,
                0xF0..=0xF4 => 4,
                _ => return Some(1),
            };
            let continued = rest.iter().take(length).skip(1).take_while(|byte| **byte & 0xC0 == 0x80).count() + 1;
            // One that breaks off is rubbish of that length; one that only has not come yet is waited for.
            return if continued == length || rest.len() > continued { Some(continued) } else { None };
        }
        match rest.get(1)? {
            // Digits in the second place: four bytes, in GB18030 only.
            0x30..=0x39 if self.charset == Charset::Gb18030 => match (rest.get(2)?, rest.get(3)) {
                (0x81..=0xFE, None) => None,
                (0x81..=0xFE, Some(0x30..=0x39)) => Some(4),
                _ => Some(1),
            },
            0x40..=0x7E | 0x80..=0xFE => Some(2),
            _ => Some(1),
        }
    }
}

fn no_effect(length: usize, first: u8, second: u8) -> Step {
    Step::Take(length, Command::NoEffect(first, second))
}

/// A command of `length` bytes of which `have` are there, that has no effect.
fn ignore(have: &[u8], length: usize, first: u8) -> Step {
    match have.first() {
        Some(second) if have.len() + 1 >= length => no_effect(length, first, *second),
        _ => Step::Wait,
    }
}

/// A command whose one parameter byte follows its two bytes.
fn with_parameter(rest: &[u8], command: impl FnOnce(u8) -> Command) -> Step {
    rest.get(1).map_or(Step::Wait, |parameter| Step::Take(3, command(*parameter)))
}

/// A command with `header` bytes that is followed by `bytes` of data.
fn with_data(rest: &[u8], header: usize, bytes: u64, command: impl FnOnce(&[u8]) -> Command) -> Step {
    let Some(length) = usize::try_from(bytes).ok().filter(|bytes| *bytes <= MAX_COMMAND_BYTES) else {
        return Step::PassOver(header, bytes);
    };
    // The first byte of the command was taken off `rest`.
    match rest.get(header - 1..header - 1 + length) {
        Some(data) => Step::Take(header + length, command(data)),
        None => Step::Wait,
    }
}

/// A command whose data ends with NUL; without one it is no such command.
fn until_nul(rest: &[u8], header: usize, first: u8) -> Step {
    let data = rest.get(header - 1..).unwrap_or_default();
    match data.iter().take(MOST_LIST_BYTES).position(|byte| *byte == 0) {
        Some(at) => no_effect(header + at + 1, first, rest.first().copied().unwrap_or_default()),
        None if data.len() < MOST_LIST_BYTES => Step::Wait,
        None => Step::Take(1, Command::Unknown(first)),
    }
}

fn dle(rest: &[u8]) -> Step {
    match rest {
        [] => Step::Wait,
        [0x04, ..] => with_parameter(rest, Command::RealTimeStatus),
        [0x05, ..] => ignore(rest, 3, 0x10),
        [0x14] => Step::Wait,
        [0x14, 0x08, key @ ..] => {
            let length = key.len().min(CLEAR_KEY.len());
            if key.get(..length) != CLEAR_KEY.get(..length) {
                Step::Take(1, Command::Unknown(0x10))
            } else if length < CLEAR_KEY.len() {
                Step::Wait
            } else {
                Step::Take(3 + length, Command::ClearBuffer)
            }
        }
        [0x14, 0x01 | 0x02, ..] => ignore(rest, 5, 0x10),
        _ => Step::Take(1, Command::Unknown(0x10)),
    }
}

fn esc(rest: &[u8]) -> Step {
    match rest {
        [] => Step::Wait,
        [b'@', ..] => Step::Take(2, Command::Initialise),
        [b'2', ..] => Step::Take(2, Command::LineSpacing(None)),
        [b'i', ..] => Step::Take(2, Command::Cut { partial: false, feed: None }),
        [b'm', ..] => Step::Take(2, Command::Cut { partial: true, feed: None }),
        [b'a', ..] => with_parameter(rest, |parameter| match parameter {
            0 | b'0' => Command::Align(Alignment::Left),
            1 | b'1' => Command::Align(Alignment::Centre),
            2 | b'2' => Command::Align(Alignment::Right),
            _ => Command::NoEffect(0x1B, b'a'),
        }),
        [b'E' | b'G', ..] => with_parameter(rest, |parameter| Command::Bold(parameter & 1 == 1)),
        [b'd', ..] => with_parameter(rest, Command::FeedLines),
        [b'J', ..] => with_parameter(rest, Command::FeedDots),
        [b'3', ..] => with_parameter(rest, |dots| Command::LineSpacing(Some(dots))),
        // Underline, font, code page, country, print mode, turned text and others with one parameter.
        [
            b'-' | b'M' | b't' | b'R' | b'!' | b'V' | b'{' | b' ' | b'r' | b'U' | b'T' | b'=' | b'%' | b'?' | b'e',
            ..,
        ] => ignore(rest, 3, 0x1B),
        // Positions, paper sensors, with two.
        [b'$' | b'\\' | b'c', ..] => ignore(rest, 4, 0x1B),
        // Drawer.
        [b'p', ..] => ignore(rest, 5, 0x1B),
        // Tab stops.
        [b'D', ..] => until_nul(rest, 2, 0x1B),
        // A strip of bits: one or three bytes a column.
        [b'*', mode, low, high, ..] => {
            let bytes_a_column = if *mode >= 32 { 3 } else { 1 };
            let bytes = u64::from(u16::from_le_bytes([*low, *high])) * bytes_a_column;
            with_data(rest, 5, bytes, |_| Command::NoEffect(0x1B, b'*'))
        }
        [b'*', ..] => Step::Wait,
        _ => Step::Take(1, Command::Unknown(0x1B)),
    }
}

fn fs(rest: &[u8]) -> Step {
    match rest {
        [] => Step::Wait,
        [b'&', ..] => Step::Take(2, Command::ChineseMode(true)),
        [b'.', ..] => Step::Take(2, Command::ChineseMode(false)),
        // Print mode, underline, double size, code system.
        [b'!' | b'-' | b'W' | b'C', ..] => ignore(rest, 3, 0x1C),
        // Spacing; a stored picture.
        [b'S' | b'p', ..] => ignore(rest, 4, 0x1C),
        [b'(', _, low, high, ..] => {
            let bytes = u64::from(u16::from_le_bytes([*low, *high]));
            with_data(rest, 5, bytes, |_| Command::NoEffect(0x1C, b'('))
        }
        [b'(', ..] => Step::Wait,
        _ => Step::Take(1, Command::Unknown(0x1C)),
    }
}

fn gs(rest: &[u8]) -> Step {
    match rest {
        [] => Step::Wait,
        [b'!', ..] => with_parameter(rest, |size| Command::Size { width: (size >> 4 & 7) + 1, height: (size & 7) + 1 }),
        [b'r', ..] => with_parameter(rest, Command::StatusInTurn),
        [b'V', mode @ (0 | 1 | b'0' | b'1'), ..] => Step::Take(3, Command::Cut { partial: mode & 1 == 1, feed: None }),
        [b'V', mode @ (b'A' | b'B'), feed, ..] => {
            Step::Take(4, Command::Cut { partial: *mode == b'B', feed: Some(*feed) })
        }
        [b'V'] | [b'V', b'A' | b'B'] => Step::Wait,
        [b'(', kind, low, high, ..] => {
            let bytes = u64::from(u16::from_le_bytes([*low, *high]));
            let kind = *kind;
            with_data(rest, 5, bytes, |data| if kind == b'k' { symbol(data) } else { Command::NoEffect(0x1D, b'(') })
        }
        [b'(', ..] => Step::Wait,
        [b'v', b'0', mode, x_low, x_high, y_low, y_high, ..] => {
            let row_bytes = u16::from_le_bytes([*x_low, *x_high]);
            let bytes = u64::from(row_bytes) * u64::from(u16::from_le_bytes([*y_low, *y_high]));
            let mode = *mode;
            with_data(rest, 8, bytes, |data| raster(mode, row_bytes, data))
        }
        [b'v', b'0', ..] | [b'v'] => Step::Wait,
        [b'h', ..] => with_parameter(rest, |dots| match dots {
            0 => Command::NoEffect(0x1D, b'h'),
            dots => Command::BarHeight(dots),
        }),
        [b'w', ..] => with_parameter(rest, |dots| match dots {
            1..=6 => Command::BarWidth(dots),
            _ => Command::NoEffect(0x1D, b'w'),
        }),
        [b'H', ..] => with_parameter(rest, |place| match place {
            0..=3 | b'0'..=b'3' => Command::BarText { above: place & 1 == 1, below: place & 2 == 2 },
            _ => Command::NoEffect(0x1D, b'H'),
        }),
        // Font of bar codes, reverse, sensors, identity, smoothing.
        [b'f' | b'B' | b'a' | b'I' | b'b', ..] => ignore(rest, 3, 0x1D),
        // Margin, width of the print area, units, positions.
        [b'L' | b'W' | b'P' | b'$' | b'\\', ..] => ignore(rest, 4, 0x1D),
        [b'k', 0..=6, ..] => until_nul(rest, 3, 0x1D),
        [b'k', 73, length, ..] => with_data(rest, 4, u64::from(*length), |data| Command::Code128(data.to_vec())),
        [b'k', 65..=79, length, ..] => with_data(rest, 4, u64::from(*length), |_| Command::NoEffect(0x1D, b'k')),
        [b'k'] | [b'k', 65..=79] => Step::Wait,
        _ => Step::Take(1, Command::Unknown(0x1D)),
    }
}

fn raster(mode: u8, row_bytes: u16, data: &[u8]) -> Command {
    if data.is_empty() {
        return Command::NoEffect(0x1D, b'v');
    }
    Command::Raster {
        double_width: mode & 1 != 0,
        double_height: mode & 2 != 0,
        row_bytes: usize::from(row_bytes),
        data: data.to_vec(),
    }
}

/// `1D 28 6B`: cn 31 is QR.
fn symbol(data: &[u8]) -> Command {
    match data {
        [0x31, 0x41, model @ 0x31..=0x33, 0] => Command::QrModel(*model),
        [0x31, 0x43, dots @ 1..=16] => Command::QrModuleSize(*dots),
        [0x31, 0x45, level @ 0x30..=0x33] => Command::QrLevel(match level {
            0x30 => EcLevel::L,
            0x31 => EcLevel::M,
            0x32 => EcLevel::Q,
            _ => EcLevel::H,
        }),
        [0x31, 0x50, 0x30, data @ ..] => Command::QrStore(data.to_vec()),
        [0x31, 0x51, 0x30] => Command::QrPrint,
        _ => Command::NoEffect(0x1D, b'('),
    }
}
