// SPDX-License-Identifier: MIT OR Apache-2.0
//! Lock boards of family A, "8A/80": most Chinese locker boards. RS485 or TTL, 9600 8N1.
//!
//! | action | request | answer |
//! |---|---|---|
//! | open a lock | `8A bb ll 11 BCC` | `8A bb ll ss BCC` |
//! | open all locks | `8A bb 00 11 BCC` | |
//! | state of a lock | `80 bb ll 33 BCC` | `80 bb ll ss BCC` |
//! | state of all | `80 bb 00 33 BCC` | `80 bb` status bytes `33 BCC` |
//! | number of boards | `80 01 00 99 BCC` | 5 bytes |
//!
//! BCC is the XOR of all bytes before it; ss is 00 or 11. What a set bit and 11 mean depends on the wiring of the
//! contacts: [`super::Polarity`]. The number of status bytes belongs to the firmware, not to the locks fitted. Facts:
//! public drivers and captures of such boards.

use std::num::NonZeroU8;

use thiserror::Error;

/// Most status bytes that an answer may have: 64 locks.
pub const MOST_STATUS_BYTES: usize = 8;

const OPEN: u8 = 0x8A;
const STATE: u8 = 0x80;
const PULSE: u8 = 0x11;
const ASK: u8 = 0x33;
const COUNT: u8 = 0x99;
/// State byte with the contact shorted, the same as a set bit.
const SET: u8 = 0x11;
const CLEAR: u8 = 0x00;

/// What is sent to a board. Locks are counted from 1; a lock 00 would be all of them, so it cannot be written here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Open one lock.
    Open {
        /// Address of the board.
        board: u8,
        /// Lock.
        lock: NonZeroU8,
    },
    /// Open all locks of a board. The driver never sends it.
    OpenAll {
        /// Address of the board.
        board: u8,
    },
    /// State of one lock.
    State {
        /// Address of the board.
        board: u8,
        /// Lock.
        lock: NonZeroU8,
    },
    /// State of all locks.
    States {
        /// Address of the board.
        board: u8,
    },
    /// How many boards there are on the line.
    Boards,
}

impl Request {
    /// The bytes on the wire.
    #[must_use]
    pub fn encode(self) -> [u8; 5] {
        frame(match self {
            Self::Open { board, lock } => [OPEN, board, lock.get(), PULSE],
            Self::OpenAll { board } => [OPEN, board, 0, PULSE],
            Self::State { board, lock } => [STATE, board, lock.get(), ASK],
            Self::States { board } => [STATE, board, 0, ASK],
            Self::Boards => [STATE, 1, 0, COUNT],
        })
    }

    /// Reads a request, as a board does.
    ///
    /// # Errors
    /// Why it is none.
    pub fn decode(bytes: &[u8]) -> Result<Self, FamilyAError> {
        let [kind, board, lock, action] = unframe(bytes)?;
        match (kind, NonZeroU8::new(lock), action) {
            (OPEN, Some(lock), PULSE) => Ok(Self::Open { board, lock }),
            (OPEN, None, PULSE) => Ok(Self::OpenAll { board }),
            (STATE, Some(lock), ASK) => Ok(Self::State { board, lock }),
            (STATE, None, ASK) => Ok(Self::States { board }),
            (STATE, None, COUNT) if board == 1 => Ok(Self::Boards),
            _ => Err(FamilyAError::Kind),
        }
    }
}

/// What a board answers about single locks and all of them. `set` is the bare contact, before polarity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To [`Request::Open`].
    Opened {
        /// Address of the board.
        board: u8,
        /// Lock.
        lock: NonZeroU8,
        /// Contact after the pulse: 11 is set, 00 is not.
        set: bool,
    },
    /// To [`Request::State`].
    State {
        /// Address of the board.
        board: u8,
        /// Lock.
        lock: NonZeroU8,
        /// Contact.
        set: bool,
    },
    /// To [`Request::States`].
    States {
        /// Address of the board.
        board: u8,
        /// One to [`MOST_STATUS_BYTES`] bytes in the order of the wire: usually the highest group of locks first;
        /// bit 0 is the lowest lock of its group.
        status: Vec<u8>,
    },
}

impl Answer {
    /// The bytes on the wire.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let byte = |set| if set { SET } else { CLEAR };
        let mut bytes = match self {
            Self::Opened { board, lock, set } => vec![OPEN, *board, lock.get(), byte(*set)],
            Self::State { board, lock, set } => vec![STATE, *board, lock.get(), byte(*set)],
            Self::States { board, status } => {
                let mut bytes = vec![STATE, *board];
                bytes.extend(status.iter().take(MOST_STATUS_BYTES));
                bytes.push(ASK);
                bytes
            }
        };
        bytes.push(bcc(&bytes));
        bytes
    }

    /// Reads an answer, as a terminal does. A frame of five bytes that begins with 80 is a single state when its
    /// fourth byte is 00 or 11, and the state of all with one status byte when it is 33.
    ///
    /// # Errors
    /// Why it is none.
    pub fn decode(bytes: &[u8]) -> Result<Self, FamilyAError> {
        let (&last, body) = bytes.split_last().ok_or(FamilyAError::Length(0))?;
        if body.len() < 4 || body.len() > MOST_STATUS_BYTES + 3 {
            return Err(FamilyAError::Length(bytes.len()));
        }
        if bcc(body) != last {
            return Err(FamilyAError::Checksum);
        }
        let single = |lock: u8, state: u8| match (NonZeroU8::new(lock), state) {
            (Some(lock), CLEAR) => Some((lock, false)),
            (Some(lock), SET) => Some((lock, true)),
            _ => None,
        };
        match body {
            [OPEN, board, lock, state] => {
                let (lock, set) = single(*lock, *state).ok_or(FamilyAError::State(*state))?;
                Ok(Self::Opened { board: *board, lock, set })
            }
            [STATE, board, status @ .., ASK] => Ok(Self::States { board: *board, status: status.to_vec() }),
            [STATE, board, lock, state] => {
                let (lock, set) = single(*lock, *state).ok_or(FamilyAError::State(*state))?;
                Ok(Self::State { board: *board, lock, set })
            }
            _ => Err(FamilyAError::Kind),
        }
    }
}

/// Bytes that are not in the protocol of family A.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FamilyAError {
    /// No frame has this length.
    #[error("a frame of {0} bytes")]
    Length(usize),
    /// The last byte is not the XOR of those before.
    #[error("wrong checksum")]
    Checksum,
    /// The kind of frame is not known.
    #[error("unknown kind of frame")]
    Kind,
    /// The state of a lock is neither 00 nor 11.
    #[error("lock state {0:02X} is neither 00 nor 11")]
    State(u8),
}

fn bcc(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum ^ byte)
}

fn frame([kind, board, lock, action]: [u8; 4]) -> [u8; 5] {
    [kind, board, lock, action, kind ^ board ^ lock ^ action]
}

fn unframe(bytes: &[u8]) -> Result<[u8; 4], FamilyAError> {
    let [kind, board, lock, action, last] =
        <[u8; 5]>::try_from(bytes).map_err(|_| FamilyAError::Length(bytes.len()))?;
    let body = [kind, board, lock, action];
    if bcc(&body) == last { Ok(body) } else { Err(FamilyAError::Checksum) }
}
