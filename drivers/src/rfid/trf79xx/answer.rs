// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the firmware says, a few bytes at a time.

use std::time::Duration;

use thiserror::Error;

use super::frame::{HostCommand, from_hex};
use super::slots::{SlotTree, Slots};

/// Most bytes of one answer: that to an inventory of two thousand tags is shorter.
pub const MOST_ANSWER_BYTES: usize = 512 * 1024;

/// Longest line or bracket: that of the longest frame.
const LONGEST_PIECE: usize = 600;

/// A whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Done; there is nothing to tell.
    Done,
    /// A line of text, such as the version of the firmware.
    Line(String),
    /// What a tag answered; nothing when none did.
    Response(Option<Vec<u8>>),
    /// Answers of several tags fell together, or the answer was disturbed.
    Collision,
    /// What an inventory found.
    Slots(Slots),
}

/// What is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AnswerError {
    /// Bytes that the firmware does not send, or brackets that say nothing it can say.
    #[error("what came is no answer of the reader")]
    Garbage,
    /// The answer stops before its end.
    #[error("the answer of the reader is cut")]
    Cut,
    /// Longer than [`MOST_ANSWER_BYTES`].
    #[error("the answer of the reader does not end")]
    Endless,
}

/// How far an answer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing of it yet. What is heard belongs to an earlier command.
    Before,
    /// The frame came back.
    Echoed,
    /// The title came: what follows is the answer.
    Titled,
}

/// A piece of what the firmware says.
enum Piece {
    Line(String),
    Bracket(String),
}

/// Takes the answer to one command.
#[derive(Debug)]
pub struct AnswerReader {
    command: HostCommand,
    echo: String,
    phase: Phase,
    /// Whether the echo of another frame came last: what follows it is not meant for us.
    stale: bool,
    piece: Vec<u8>,
    in_bracket: bool,
    slots: SlotTree,
    bytes: usize,
}

impl AnswerReader {
    /// For the answer to `command`, which was sent as `frame`.
    #[must_use]
    pub fn new(command: HostCommand, frame: &str) -> Self {
        Self {
            command,
            echo: frame.to_owned(),
            phase: Phase::Before,
            stale: false,
            piece: Vec::new(),
            in_bracket: false,
            slots: SlotTree::default(),
            bytes: 0,
        }
    }

    /// Takes bytes; what follows the answer in them is dropped.
    ///
    /// # Errors
    /// What came is no answer.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Option<Answer>, AnswerError> {
        for byte in bytes {
            self.bytes += 1;
            if self.bytes > MOST_ANSWER_BYTES {
                return Err(AnswerError::Endless);
            }
            if let Some(piece) = self.cut(*byte)?
                && let Some(answer) = self.take(piece)?
            {
                return Ok(Some(answer));
            }
        }
        Ok(None)
    }

    /// The wire has been quiet for a while: tells what came until then. Nothing when the answer has not begun.
    ///
    /// # Errors
    /// The answer is not whole.
    pub fn quiet(&mut self) -> Result<Option<Answer>, AnswerError> {
        let says_nothing_more =
            matches!(self.command, HostCommand::Gain(_) | HostCommand::Amplitude(_) | HostCommand::ExternalAntenna(_));
        match self.phase {
            Phase::Before => Ok(None),
            // Versions of the firmware say a title, or nothing, after these.
            Phase::Echoed if says_nothing_more => Ok(Some(Answer::Done)),
            Phase::Titled if self.slots.may_stop() && !self.in_bracket => {
                Ok(Some(Answer::Slots(std::mem::take(&mut self.slots).finish())))
            }
            Phase::Echoed | Phase::Titled => Err(AnswerError::Cut),
        }
    }

    /// Where quiet may mean something: how long it has to be, for commands of which nothing but an echo is sure to come
    /// (`echo`), and for an inventory after a whole round (`round`).
    #[must_use]
    pub fn quiet_after(&self, echo: Duration, round: Duration) -> Option<Duration> {
        match (&self.command, self.phase) {
            (HostCommand::Gain(_) | HostCommand::Amplitude(_) | HostCommand::ExternalAntenna(_), Phase::Echoed) => {
                Some(echo)
            }
            (HostCommand::Inventory { .. }, Phase::Titled) => Some(round),
            _ => None,
        }
    }

    /// Cuts what comes into lines and brackets.
    fn cut(&mut self, byte: u8) -> Result<Option<Piece>, AnswerError> {
        let ends = match byte {
            b'[' if !self.in_bracket => {
                let line = self.text();
                self.in_bracket = true;
                return Ok(line.map(Piece::Line));
            }
            b']' if self.in_bracket => true,
            b'\r' | b'\n' | 0 if !self.in_bracket => return Ok(self.text().map(Piece::Line)),
            _ => false,
        };
        if ends {
            self.in_bracket = false;
            return Ok(Some(Piece::Bracket(self.text().unwrap_or_default())));
        }
        if !(0x20..0x7F).contains(&byte) || self.piece.len() >= LONGEST_PIECE {
            return Err(AnswerError::Garbage);
        }
        self.piece.push(byte);
        Ok(None)
    }

    fn text(&mut self) -> Option<String> {
        let piece = std::mem::take(&mut self.piece);
        let text = String::from_utf8_lossy(&piece).trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    fn take(&mut self, piece: Piece) -> Result<Option<Answer>, AnswerError> {
        match piece {
            Piece::Line(line) => Ok(self.line(line)),
            Piece::Bracket(inside) if self.phase == Phase::Titled && !self.stale => self.bracket(&inside),
            Piece::Bracket(_) => Ok(None),
        }
    }

    fn line(&mut self, line: String) -> Option<Answer> {
        if is_echo(&line) {
            self.stale = !line.eq_ignore_ascii_case(&self.echo);
            self.phase = if self.stale { Phase::Before } else { Phase::Echoed };
            return None;
        }
        if self.stale {
            return None;
        }
        match (&self.command, self.command.title()) {
            (HostCommand::Firmware | HostCommand::Model, _) => Some(Answer::Line(line)),
            (HostCommand::WriteRegisters(_) | HostCommand::Gain(_) | HostCommand::Amplitude(_), Some(title))
                if line.starts_with(title) =>
            {
                Some(Answer::Done)
            }
            (_, Some(title)) if line.starts_with(title) => {
                self.phase = Phase::Titled;
                self.slots = SlotTree::default();
                None
            }
            _ => None,
        }
    }

    fn bracket(&mut self, inside: &str) -> Result<Option<Answer>, AnswerError> {
        if let HostCommand::Inventory { .. } = self.command {
            let done = self.slots.slot(inside).ok_or(AnswerError::Garbage)?;
            return Ok(done.then(|| Answer::Slots(std::mem::take(&mut self.slots).finish())));
        }
        Ok(Some(match inside {
            "" => Answer::Response(None),
            "z" => Answer::Collision,
            digits => Answer::Response(Some(from_hex(digits).ok_or(AnswerError::Garbage)?)),
        }))
    }
}

/// Whether `line` is a frame that came back.
fn is_echo(line: &str) -> bool {
    line.len() >= 16 && line.starts_with("01") && line.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(command: HostCommand) -> AnswerReader {
        let frame = command.encode().unwrap();
        AnswerReader::new(command, &frame)
    }

    #[test]
    fn the_example_of_the_manual_is_understood() {
        let mut reader = reader(HostCommand::Request(vec![0x02, 0x2B]));
        let said = b"010A00030418022B0000\r\nRequest mode.\r\n80T60F40E[000F6EADD606000007E000003F0388]\r\n";
        let Some(Answer::Response(Some(bytes))) = reader.push(said).unwrap() else { panic!("no response") };
        let told = crate::rfid::SystemInformation::decode(&bytes).unwrap();
        assert_eq!(told.uid.0, 0xE007_0000_06D6_AD6E);
        assert_eq!((told.blocks, told.block_bytes), (Some(64), Some(4)));
        assert_eq!((told.dsfid, told.afi), (Some(0), Some(crate::rfid::Afi(0))));
    }

    #[test]
    fn the_answer_to_an_earlier_frame_is_not_taken() {
        let mut reader = reader(HostCommand::Request(vec![0x02, 0x2B]));
        assert_eq!(reader.push(b"0110000304182220\r\nRequest mode.\r\n[00AA]\r\n"), Ok(None));
        assert_eq!(reader.quiet(), Ok(None));
        assert_eq!(reader.push(b"010A00030418022B0000\r\nRequest mode.\r\n[0110"), Ok(None));
        assert_eq!(reader.quiet(), Err(AnswerError::Cut));
        assert_eq!(reader.push(b"]"), Ok(Some(Answer::Response(Some(vec![1, 0x10])))));
    }

    #[test]
    fn firmware_that_says_no_title_is_done_when_it_is_quiet() {
        let mut reader = reader(HostCommand::Gain(true));
        assert_eq!(reader.quiet(), Ok(None));
        assert_eq!(reader.push(b"0109000304F0000000\r\n"), Ok(None));
        assert_eq!(reader.quiet(), Ok(Some(Answer::Done)));
    }

    #[test]
    fn an_inventory_is_cut_in_the_middle_of_a_round_only() {
        let mut reader = reader(HostCommand::Inventory { afi: None });
        assert_eq!(reader.push(b"ISO 15693 Inventory request.\r\n[z,41]\r\n"), Ok(None));
        assert_eq!(reader.quiet(), Err(AnswerError::Cut));
        assert_eq!(reader.push(&b"[,40]\r\n".repeat(15)), Ok(None));
        let Ok(Some(Answer::Slots(found))) = reader.quiet() else { panic!("no slots") };
        assert_eq!(found.open.len(), 1);
    }

    #[test]
    fn what_the_firmware_never_says_is_garbage() {
        assert_eq!(reader(HostCommand::Firmware).push(&[0x80]), Err(AnswerError::Garbage));
        assert_eq!(reader(HostCommand::Firmware).push(&[b'A'; 700]), Err(AnswerError::Garbage));
        let mut odd = reader(HostCommand::Request(vec![2]));
        assert_eq!(odd.push(b"Request mode.\r\n[00A]"), Err(AnswerError::Garbage));
        let mut endless = reader(HostCommand::Firmware);
        assert_eq!(endless.push(&b"\r\n".repeat(MOST_ANSWER_BYTES)), Err(AnswerError::Endless));
    }
}
