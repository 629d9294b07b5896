// SPDX-License-Identifier: MIT OR Apache-2.0
//! Commands and answers of chip cards (ISO 7816-4, short form), and the exchange of one command with everything that
//! a card may want in between: 61xx (fetch the answer) and 6Cxx (ask again with the right length).

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::sensitive::Sensitive;

/// Most bytes that one answer may add up to over all its 61xx parts.
pub const MAX_ANSWER_BYTES: usize = 4096;

/// Most commands that are sent to get one answer.
pub const MAX_EXCHANGE_STEPS: usize = 24;

/// Most data in a command, and most bytes it may ask for but one, in the short form.
const MAX_DATA_BYTES: usize = 255;

/// Bytes that come back when a command asks for as much as there is.
const ALL: u16 = 256;

/// How the card talks below the commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transmission {
    /// T=0: a command carries either data or a wanted length, never both.
    T0,
    /// T=1, and whatever else carries commands whole.
    T1,
}

/// A command. Its data is wiped when it is dropped and not shown in `Debug`: it may be a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    header: [u8; 4],
    data: Sensitive<Vec<u8>>,
    expected: Option<u16>,
}

impl Command {
    /// CLA, INS, P1, P2; without data, wanting none.
    #[must_use]
    pub fn new(class: u8, instruction: u8, p1: u8, p2: u8) -> Self {
        Self { header: [class, instruction, p1, p2], data: Sensitive::default(), expected: None }
    }

    /// With data of a fixed size from 1 to 255 bytes.
    #[must_use]
    pub fn with<const N: usize>(mut self, data: &[u8; N]) -> Self {
        const { assert!(N > 0 && N <= MAX_DATA_BYTES) };
        self.data = Sensitive::new(data.to_vec());
        self
    }

    /// With data.
    ///
    /// # Errors
    /// [`CommandError::Length`]: more than 255 bytes.
    pub fn with_data(mut self, data: &[u8]) -> Result<Self, CommandError> {
        if data.len() > MAX_DATA_BYTES {
            return Err(CommandError::Length);
        }
        self.data = Sensitive::new(data.to_vec());
        Ok(self)
    }

    /// Wanting up to `bytes` bytes, from 1 to 256; zero means 256, as on the wire.
    #[must_use]
    pub fn expecting(mut self, bytes: u8) -> Self {
        self.expected = Some(if bytes == 0 { ALL } else { u16::from(bytes) });
        self
    }

    /// CLA, INS, P1, P2.
    #[must_use]
    pub fn header(&self) -> [u8; 4] {
        self.header
    }

    /// The data; empty when there is none.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        self.data.expose()
    }

    /// How many bytes are wanted, from 1 to 256.
    #[must_use]
    pub fn expected(&self) -> Option<u16> {
        self.expected
    }

    /// The bytes on the wire. With T=0 a command that has data asks for nothing: the card says 61xx when there is an
    /// answer.
    #[must_use]
    pub fn encode(&self, transmission: Transmission) -> Sensitive<Vec<u8>> {
        let data = self.data.expose();
        // Room for all of it at once: a buffer that grows leaves its old copy behind.
        let mut bytes = Vec::with_capacity(self.header.len() + data.len() + 2);
        bytes.extend_from_slice(&self.header);
        if let (false, Ok(length)) = (data.is_empty(), u8::try_from(data.len())) {
            bytes.push(length);
            bytes.extend_from_slice(data);
        }
        match self.expected {
            Some(expected) if data.is_empty() || transmission == Transmission::T1 => {
                // 256 is written as zero.
                bytes.push(u8::try_from(expected).unwrap_or(0));
            }
            // With T=0 a command of four bytes alone does not exist.
            None if data.is_empty() && transmission == Transmission::T0 => bytes.push(0),
            _ => {}
        }
        Sensitive::new(bytes)
    }

    /// Reads a command, as a card does.
    ///
    /// # Errors
    /// The bytes are no command of the short form.
    pub fn decode(bytes: &[u8]) -> Result<Self, CommandError> {
        let (header, rest) = bytes.split_first_chunk::<4>().ok_or(CommandError::Short)?;
        let command = Self { header: *header, data: Sensitive::default(), expected: None };
        match rest {
            [] => Ok(command),
            [expected] => Ok(command.expecting(*expected)),
            [0, ..] => Err(CommandError::Extended),
            [length, rest @ ..] => {
                let length = usize::from(*length);
                let data = rest.get(..length).ok_or(CommandError::Length)?;
                let command = command.with_data(data)?;
                match rest.get(length..).unwrap_or_default() {
                    [] => Ok(command),
                    [expected] => Ok(command.expecting(*expected)),
                    _ => Err(CommandError::Length),
                }
            }
        }
    }
}

/// Bytes that are no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CommandError {
    /// Less than four bytes.
    #[error("shorter than the head of a command")]
    Short,
    /// The length in the command is not the length of its data.
    #[error("the length of the command is wrong")]
    Length,
    /// A command of the extended form, which nothing here uses.
    #[error("the extended form is not known here")]
    Extended,
}

/// What a card says at the end of an answer (ISO 7816-4; PC/SC part 3 for the words of readers).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatusWord {
    /// 9000.
    Done,
    /// 61xx: so many bytes wait to be fetched; zero means 256 or more.
    MoreData(u8),
    /// 6Cxx: the length wanted was wrong, this is the right one.
    WrongExpected(u8),
    /// 6282: the end came before the length that was wanted.
    EndOfData,
    /// 6283: what was selected is switched off.
    Deactivated,
    /// 6300: no further word; of a reader: the operation failed.
    Failed,
    /// 63Cx: a PIN was wrong, so many tries are left.
    TriesLeft(u8),
    /// 6700: the length is wrong.
    WrongLength,
    /// 6982: a PIN or key comes first.
    SecurityStatus,
    /// 6983: the PIN or key is blocked.
    Blocked,
    /// 6985: not allowed at this moment.
    Conditions,
    /// 6986: not allowed, nothing is selected.
    NotAllowed,
    /// 6A81: the function is not supported.
    Function,
    /// 6A82: there is no such file or application.
    FileNotFound,
    /// 6A83: there is no such record.
    RecordNotFound,
    /// 6A86: P1 or P2 is wrong.
    Parameters,
    /// 6B00: P1 or P2 is wrong (in the words of T=0).
    ParametersOutside,
    /// 6D00: the instruction is not known.
    Instruction,
    /// 6E00: the class is not known.
    Class,
    /// Any other.
    Other(u16),
}

impl StatusWord {
    /// The word of its two bytes.
    #[must_use]
    pub fn from_code(code: u16) -> Self {
        let [high, low] = code.to_be_bytes();
        match (high, low) {
            (0x90, 0x00) => Self::Done,
            (0x61, count) => Self::MoreData(count),
            (0x6C, count) => Self::WrongExpected(count),
            (0x62, 0x82) => Self::EndOfData,
            (0x62, 0x83) => Self::Deactivated,
            (0x63, 0x00) => Self::Failed,
            (0x63, tries @ 0xC0..=0xCF) => Self::TriesLeft(tries & 0x0F),
            (0x67, 0x00) => Self::WrongLength,
            (0x69, 0x82) => Self::SecurityStatus,
            (0x69, 0x83) => Self::Blocked,
            (0x69, 0x85) => Self::Conditions,
            (0x69, 0x86) => Self::NotAllowed,
            (0x6A, 0x81) => Self::Function,
            (0x6A, 0x82) => Self::FileNotFound,
            (0x6A, 0x83) => Self::RecordNotFound,
            (0x6A, 0x86) => Self::Parameters,
            (0x6B, 0x00) => Self::ParametersOutside,
            (0x6D, 0x00) => Self::Instruction,
            (0x6E, 0x00) => Self::Class,
            _ => Self::Other(code),
        }
    }

    /// The two bytes.
    #[must_use]
    pub fn code(self) -> u16 {
        match self {
            Self::Done => 0x9000,
            Self::MoreData(count) => u16::from_be_bytes([0x61, count]),
            Self::WrongExpected(count) => u16::from_be_bytes([0x6C, count]),
            Self::EndOfData => 0x6282,
            Self::Deactivated => 0x6283,
            Self::Failed => 0x6300,
            Self::TriesLeft(tries) => 0x63C0 | u16::from(tries & 0x0F),
            Self::WrongLength => 0x6700,
            Self::SecurityStatus => 0x6982,
            Self::Blocked => 0x6983,
            Self::Conditions => 0x6985,
            Self::NotAllowed => 0x6986,
            Self::Function => 0x6A81,
            Self::FileNotFound => 0x6A82,
            Self::RecordNotFound => 0x6A83,
            Self::Parameters => 0x6A86,
            Self::ParametersOutside => 0x6B00,
            Self::Instruction => 0x6D00,
            Self::Class => 0x6E00,
            Self::Other(code) => code,
        }
    }

    /// Whether the answer before it counts. The end of a file before the wanted length is no failure.
    #[must_use]
    pub fn is_success(self) -> bool {
        matches!(self, Self::Done | Self::EndOfData)
    }

    /// Whether the card wants a PIN or a key.
    #[must_use]
    pub fn is_locked(self) -> bool {
        matches!(self, Self::SecurityStatus | Self::Blocked | Self::TriesLeft(_))
    }
}

impl fmt::Display for StatusWord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04X}", self.code())
    }
}

/// An answer: data and status. The data is wiped when dropped and not shown in `Debug`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What the card gave.
    pub data: Sensitive<Vec<u8>>,
    /// How it went.
    pub status: StatusWord,
}

impl Answer {
    /// Takes the two bytes of the status off the end; `None` when there are none.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (data, status) = bytes.split_last_chunk::<2>()?;
        let status = StatusWord::from_code(u16::from_be_bytes(*status));
        Some(Self { data: Sensitive::new(data.to_vec()), status })
    }

    /// The bytes on the wire, as a card sends them.
    #[must_use]
    pub fn encode(data: &[u8], status: StatusWord) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(data.len() + 2);
        bytes.extend_from_slice(data);
        bytes.extend_from_slice(&status.code().to_be_bytes());
        bytes
    }
}

/// What carries commands to a card and answers back: PC/SC, or in tests the card itself.
pub trait ApduChannel {
    /// Why a command was not carried.
    type Error: std::error::Error + Send + Sync + 'static;

    /// How the card talks below the commands.
    fn transmission(&self) -> Transmission;

    /// Carries one command there and its answer back, whatever the answer says.
    ///
    /// # Errors
    /// There is no answer.
    fn transmit(&mut self, command: &[u8]) -> Result<Sensitive<Vec<u8>>, Self::Error>;
}

/// A command that has no usable answer.
#[derive(Debug, Error)]
pub enum ExchangeError<E: std::error::Error + 'static> {
    /// It was not carried to the card, or the answer not back.
    #[error("the command did not reach the card, or its answer did not come back")]
    Channel(#[source] E),
    /// The answer is shorter than its status.
    #[error("the answer of the card has no status")]
    NoStatus,
    /// The card promises more and more.
    #[error("the card does not come to an end of its answer")]
    Endless,
}

/// Sends `command` and brings its answer in whole: fetches what 61xx announces and repeats once after 6Cxx.
///
/// # Errors
/// The channel's, or the card does not keep to the rules. A status that means failure is no error here.
pub fn exchange<C: ApduChannel>(channel: &mut C, command: &Command) -> Result<Answer, ExchangeError<C::Error>> {
    // Reserved at once, for the same reason as in `encode`.
    let mut data = Zeroizing::new(Vec::with_capacity(MAX_ANSWER_BYTES));
    let mut next = command.clone();
    let mut repeated = false;
    for _ in 0..MAX_EXCHANGE_STEPS {
        let bytes = next.encode(channel.transmission());
        let answer = channel.transmit(bytes.expose()).map_err(ExchangeError::Channel)?;
        let part = Answer::decode(answer.expose()).ok_or(ExchangeError::NoStatus)?;
        if let (StatusWord::WrongExpected(right), false) = (part.status, repeated) {
            repeated = true;
            next = next.expecting(right);
            continue;
        }
        if data.len() + part.data.expose().len() > MAX_ANSWER_BYTES {
            return Err(ExchangeError::Endless);
        }
        data.extend_from_slice(part.data.expose());
        let StatusWord::MoreData(count) = part.status else {
            return Ok(Answer { data: Sensitive::new(std::mem::take(&mut *data)), status: part.status });
        };
        // Commands of the reader itself (class FF) are answered by the reader, all others by the card.
        let class = if command.header[0] == 0xFF { 0xFF } else { 0x00 };
        next = Command::new(class, 0xC0, 0, 0).expecting(count);
        repeated = false;
    }
    Err(ExchangeError::Endless)
}

#[cfg(test)]
#[path = "apdu_tests.rs"]
mod tests;
