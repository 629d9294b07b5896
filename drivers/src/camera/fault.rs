// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can be wrong with the simulated camera.

use std::str::FromStr;

use thiserror::Error;

/// A fault that lasts until it is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceFault {
    /// Sends no more frames, and says nothing.
    Stopped,
    /// Sends the same frame for ever.
    Frozen,
    /// Sends frames that are damaged.
    Damaged,
    /// Does not take the format that it offered.
    Refusing,
    /// The library below it panics.
    Panicking,
    /// Does not come back from being asked for a frame until the fault is taken back: not even to be told to end.
    Hanging,
}

impl SourceFault {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Stopped, Self::Frozen, Self::Damaged, Self::Refusing, Self::Panicking, Self::Hanging];

    /// Its word on the control socket.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Frozen => "frozen",
            Self::Damaged => "damaged",
            Self::Refusing => "refusing",
            Self::Panicking => "panicking",
            Self::Hanging => "hanging",
        }
    }
}

/// The word names no fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("that is no fault of a camera")]
pub struct SourceFaultError;

impl FromStr for SourceFault {
    type Err = SourceFaultError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|fault| fault.word() == word).ok_or(SourceFaultError)
    }
}
