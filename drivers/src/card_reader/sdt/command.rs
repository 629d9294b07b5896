// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the SAM is asked.

use thiserror::Error;

use super::frame::{Body, wrap};

/// Speed of the serial line, as the command that sets it numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BaudRate {
    /// 115200, the usual one.
    B115200,
    /// 57600.
    B57600,
    /// 38400.
    B38400,
    /// 19200.
    B19200,
    /// 9600.
    B9600,
}

impl BaudRate {
    /// All of them, in the order of their numbers on the wire.
    pub const ALL: [Self; 5] = [Self::B115200, Self::B57600, Self::B38400, Self::B19200, Self::B9600];

    /// Bits a second.
    #[must_use]
    pub fn bits_per_second(self) -> u32 {
        match self {
            Self::B115200 => 115_200,
            Self::B57600 => 57_600,
            Self::B38400 => 38_400,
            Self::B19200 => 19_200,
            Self::B9600 => 9_600,
        }
    }

    fn number(self) -> u8 {
        match self {
            Self::B115200 => 0,
            Self::B57600 => 1,
            Self::B38400 => 2,
            Self::B19200 => 3,
            Self::B9600 => 4,
        }
    }
}

/// A request to the SAM. None of them changes anything on a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// `10 FF`: bring the SAM into its state after power-up.
    ResetSam,
    /// `11 FF`: is the SAM well?
    SamStatus,
    /// `12 FF`: who is the SAM?
    ReadSamId,
    /// `20 01`: is there a card that was not read yet?
    FindCard,
    /// `20 02`: take the card that was found.
    SelectCard,
    /// `30 01`: text and photo.
    ReadTextAndPhoto,
    /// `30 03`: the newest address that was added to the card.
    ReadNewestAddress,
    /// `30 10`: text, photo and fingerprint. The driver never asks for fingerprints; the simulator answers it.
    ReadTextPhotoAndFingerprint,
    /// `60 nn`: speed of the serial line from now on.
    SetBaudRate(BaudRate),
    /// `61 FF nn`: longest frame between SAM and card; hosts that set it use 80.
    SetMaxRfFrame(u8),
}

/// A request that is none, from the SAM's point of view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CommandError {
    /// The SAM has no such command.
    #[error("there is no command {command:02X} {parameter:02X}")]
    Unknown {
        /// First byte.
        command: u8,
        /// Second byte.
        parameter: u8,
    },
    /// The command has another number of bytes.
    #[error("a command of {0} bytes is not possible")]
    Length(usize),
}

impl Command {
    /// The whole frame.
    #[must_use]
    pub fn encode(self) -> Vec<u8> {
        match self {
            Self::ResetSam => wrap(3, &[0x10, 0xFF]),
            Self::SamStatus => wrap(3, &[0x11, 0xFF]),
            Self::ReadSamId => wrap(3, &[0x12, 0xFF]),
            Self::FindCard => wrap(3, &[0x20, 0x01]),
            Self::SelectCard => wrap(3, &[0x20, 0x02]),
            Self::ReadTextAndPhoto => wrap(3, &[0x30, 0x01]),
            Self::ReadNewestAddress => wrap(3, &[0x30, 0x03]),
            Self::ReadTextPhotoAndFingerprint => wrap(3, &[0x30, 0x10]),
            Self::SetBaudRate(rate) => wrap(3, &[0x60, rate.number()]),
            Self::SetMaxRfFrame(bytes) => wrap(4, &[0x61, 0xFF, bytes]),
        }
    }

    /// The command in the body of a frame.
    ///
    /// # Errors
    /// It is none.
    pub fn decode(body: &Body) -> Result<Self, CommandError> {
        Ok(match *body.bytes() {
            [0x10, 0xFF] => Self::ResetSam,
            [0x11, 0xFF] => Self::SamStatus,
            [0x12, 0xFF] => Self::ReadSamId,
            [0x20, 0x01] => Self::FindCard,
            [0x20, 0x02] => Self::SelectCard,
            [0x30, 0x01] => Self::ReadTextAndPhoto,
            [0x30, 0x03] => Self::ReadNewestAddress,
            [0x30, 0x10] => Self::ReadTextPhotoAndFingerprint,
            [0x60, number] => match BaudRate::ALL.get(usize::from(number)) {
                Some(rate) => Self::SetBaudRate(*rate),
                None => return Err(CommandError::Unknown { command: 0x60, parameter: number }),
            },
            [0x61, 0xFF, bytes] => Self::SetMaxRfFrame(bytes),
            [command, parameter] => return Err(CommandError::Unknown { command, parameter }),
            ref other => return Err(CommandError::Length(other.len())),
        })
    }

    /// Name for technicians.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ResetSam => "reset SAM",
            Self::SamStatus => "SAM status",
            Self::ReadSamId => "read SAM id",
            Self::FindCard => "find card",
            Self::SelectCard => "select card",
            Self::ReadTextAndPhoto => "read text and photo",
            Self::ReadNewestAddress => "read newest address",
            Self::ReadTextPhotoAndFingerprint => "read text, photo and fingerprint",
            Self::SetBaudRate(_) => "set baud rate",
            Self::SetMaxRfFrame(_) => "set longest RF frame",
        }
    }
}
