// SPDX-License-Identifier: MIT OR Apache-2.0
//! Doors with electric locks: lock boards of two families, and doors on a Modbus relay board.
//!
//! An unlock command moves something in the world, so it is sent once. What became of it is told by
//! [`UnlockOutcome`], and where the answer is missing or makes no sense the contact of the door is asked, which is
//! safe to repeat. The command itself is never repeated.

pub mod family_a;
pub mod family_b;
mod lock_boards;
mod profile;
mod relay_doors;
mod watch;

use std::fmt;
use std::num::NonZeroU16;

use thiserror::Error;

use crate::device::{CommandLimit, Device, DeviceError};

pub use lock_boards::LockBoards;
pub use profile::{DoorLock, Family, GroupOrder, LockProfile, MOST_DOORS, Polarity, ProfileError};
pub use relay_doors::{RelayDoor, RelayDoors, RelayDoorsOptions};

/// Number of a door, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DoorNumber(NonZeroU16);

impl DoorNumber {
    /// The door with this number; there is no door 0.
    #[must_use]
    pub fn new(number: u16) -> Option<Self> {
        NonZeroU16::new(number).map(Self)
    }

    /// The number, from 1.
    #[must_use]
    pub fn get(self) -> u16 {
        self.0.get()
    }

    /// Its place in a list of all doors, from 0.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.get()) - 1
    }

    /// The door at this place in a list of all doors.
    #[must_use]
    pub fn at(index: usize) -> Option<Self> {
        u16::try_from(index).ok().and_then(|index| index.checked_add(1)).and_then(Self::new)
    }
}

impl fmt::Display for DoorNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "door {}", self.0)
    }
}

/// What the contact of a door says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DoorState {
    /// Open.
    Open,
    /// Closed.
    Closed,
    /// Nobody can tell: the board is silent, or its answer has no place for this door.
    #[default]
    Unknown,
}

/// What doors do without being told, noticed by asking them again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DoorEvent {
    /// The door is open now, whoever opened it.
    Opened(DoorNumber),
    /// The door is closed now.
    Closed(DoorNumber),
    /// The state of the door is not known any more.
    Unknown(DoorNumber),
}

impl DoorEvent {
    /// The event of `door` coming into `state`.
    #[must_use]
    pub fn new(door: DoorNumber, state: DoorState) -> Self {
        match state {
            DoorState::Open => Self::Opened(door),
            DoorState::Closed => Self::Closed(door),
            DoorState::Unknown => Self::Unknown(door),
        }
    }
}

/// What became of an unlock command that was sent, at least in part.
#[derive(Debug)]
pub enum UnlockOutcome {
    /// The contact says open.
    Opened,
    /// The contact says closed, after the pulse: the lock is stuck, or the door is pressed shut.
    StillClosed,
    /// The command was sent whole, and the board answered neither it nor the questions after it. It has no power, or is
    /// not there; if it is there, the door may have opened.
    Silent,
    /// What came did not tell. The door may have opened.
    Unknown(DeviceError),
}

/// Why a door cannot be unlocked at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DoorError {
    /// There is no such door; nothing was sent.
    #[error("there is no {door}, only {doors} doors")]
    NoSuchDoor {
        /// The door asked for.
        door: DoorNumber,
        /// How many there are.
        doors: usize,
    },
}

/// Doors with electric locks.
///
/// [`Device::attend`] asks for the states in turn and reports each change. A door that is closed when it is first heard
/// of is no event; one that is open then is.
pub trait DoorController: Device<Event = DoorEvent> {
    /// How many doors there are; they have the numbers from 1 to it.
    fn doors(&self) -> usize;

    /// Unlocks a door: one pulse. Takes 0.5 s to 2 s with most boards; a limit below 4 s leaves no time to ask for the
    /// state if the answer is lost.
    ///
    /// # Errors
    /// Nothing was sent, and the door stays as it is: [`DeviceError::Refused`] with a [`DoorError`], or the wire
    /// failed. Whatever happens after the first byte is an [`UnlockOutcome`].
    fn unlock(&mut self, door: DoorNumber, limit: &CommandLimit) -> Result<UnlockOutcome, DeviceError>;

    /// Asks for the states of all doors, in the order of their numbers. What cannot be learned within `limit` is
    /// [`DoorState::Unknown`].
    ///
    /// # Errors
    /// [`DeviceError::is_lost`]: the wire failed. [`DeviceError::Cancelled`].
    fn states(&mut self, limit: &CommandLimit) -> Result<Vec<DoorState>, DeviceError>;
}
