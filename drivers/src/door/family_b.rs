// SPDX-License-Identifier: MIT OR Apache-2.0
//! Lock boards of family B, KERONG CU16 and KU16. RS485, 19200 8N1.
//!
//! Requests are `02 ADDR CMD 03 SUM`; SUM is the low byte of the sum of the bytes before it. The high nibble of ADDR is
//! the board (0 to 14; 15 means all), the low one the lock, counted from 0. CMD 30 asks for the state of a board, 31
//! opens a lock, 32 asks all boards.
//!
//! The answer to a state request is `02 ADDR 35 D1 D2 … 03 SUM`. **This answer and the meaning of its bits are
//! unverified**: they come from descriptions, not from a capture. An answer to CMD 31 is not known; the driver asks for
//! the state instead.

use thiserror::Error;

/// Most data bytes that an answer may have.
pub const MOST_DATA_BYTES: usize = 16;

/// Highest address of a single board.
pub const HIGHEST_BOARD: u8 = 14;

/// Locks of a board.
pub const LOCKS: u8 = 16;

const STX: u8 = 0x02;
const ETX: u8 = 0x03;
const STATUS: u8 = 0x30;
const UNLOCK: u8 = 0x31;
const STATUS_ALL: u8 = 0x32;
const REPORT: u8 = 0x35;
const ALL_BOARDS: u8 = 0xF0;

/// Address of one board, 0 to [`HIGHEST_BOARD`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Board(u8);

impl Board {
    /// The board with this number; `None` above [`HIGHEST_BOARD`].
    #[must_use]
    pub fn new(number: u8) -> Option<Self> {
        (number <= HIGHEST_BOARD).then_some(Self(number))
    }

    /// Its number.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }
}

/// Lock of a board, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lock(u8);

impl Lock {
    /// The lock with this number; `None` for 0 and above [`LOCKS`].
    #[must_use]
    pub fn new(number: u8) -> Option<Self> {
        (1..=LOCKS).contains(&number).then_some(Self(number))
    }

    /// Its number.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }
}

/// What is sent to a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// State of a board.
    Status(Board),
    /// Open a lock.
    Unlock(Board, Lock),
    /// State of all boards, one after the other. The driver asks each board by itself.
    StatusOfAll,
}

impl Request {
    /// The bytes on the wire.
    #[must_use]
    pub fn encode(self) -> [u8; 5] {
        let (address, command) = match self {
            Self::Status(board) => (board.0 << 4, STATUS),
            Self::Unlock(board, lock) => (board.0 << 4 | (lock.0 - 1), UNLOCK),
            Self::StatusOfAll => (ALL_BOARDS, STATUS_ALL),
        };
        let body = [STX, address, command, ETX];
        [STX, address, command, ETX, sum(&body)]
    }

    /// Reads a request, as a board does.
    ///
    /// # Errors
    /// Why it is none.
    pub fn decode(bytes: &[u8]) -> Result<Self, FamilyBError> {
        let [stx, address, command, etx, last] =
            <[u8; 5]>::try_from(bytes).map_err(|_| FamilyBError::Length(bytes.len()))?;
        if sum(&[stx, address, command, etx]) != last {
            return Err(FamilyBError::Checksum);
        }
        if (stx, etx) != (STX, ETX) {
            return Err(FamilyBError::Kind);
        }
        let board = Board::new(address >> 4);
        match (command, board, address & 0x0F) {
            (STATUS, Some(board), 0) => Ok(Self::Status(board)),
            (UNLOCK, Some(board), lock) => Ok(Self::Unlock(board, Lock(lock + 1))),
            (STATUS_ALL, None, 0) => Ok(Self::StatusOfAll),
            _ => Err(FamilyBError::Kind),
        }
    }
}

/// What a board reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The board.
    pub board: Board,
    /// One to [`MOST_DATA_BYTES`] bytes: first the locks, lowest group first, bit 0 the lowest lock of its group; what
    /// follows is not used (unverified: second contacts).
    pub data: Vec<u8>,
}

impl Report {
    /// The bytes on the wire.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![STX, self.board.0 << 4, REPORT];
        bytes.extend(self.data.iter().take(MOST_DATA_BYTES));
        bytes.push(ETX);
        bytes.push(sum(&bytes));
        bytes
    }

    /// Reads a report, as a terminal does. Data may hold the bytes 02 and 03: the length of the frame decides.
    ///
    /// # Errors
    /// Why it is none.
    pub fn decode(bytes: &[u8]) -> Result<Self, FamilyBError> {
        let (&last, body) = bytes.split_last().ok_or(FamilyBError::Length(0))?;
        if body.len() < 5 || body.len() > MOST_DATA_BYTES + 4 {
            return Err(FamilyBError::Length(bytes.len()));
        }
        if sum(body) != last {
            return Err(FamilyBError::Checksum);
        }
        let [STX, address, REPORT, data @ .., ETX] = body else { return Err(FamilyBError::Kind) };
        let board = Board::new(address >> 4).filter(|_| address & 0x0F == 0).ok_or(FamilyBError::Kind)?;
        Ok(Self { board, data: data.to_vec() })
    }
}

/// Bytes that are not in the protocol of family B.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FamilyBError {
    /// No frame has this length.
    #[error("a frame of {0} bytes")]
    Length(usize),
    /// The last byte is not the sum of those before.
    #[error("wrong checksum")]
    Checksum,
    /// The kind of frame is not known.
    #[error("unknown kind of frame")]
    Kind,
}

fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte))
}
