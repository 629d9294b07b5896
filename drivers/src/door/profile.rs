// SPDX-License-Identifier: MIT OR Apache-2.0
//! How the lock boards of a case are made and wired.

use std::collections::BTreeSet;
use std::time::Duration;

use thiserror::Error;

use super::{DoorNumber, DoorState, family_b};
use crate::rs485::Rs485Line;

/// Most doors of one case.
pub const MOST_DOORS: usize = 512;

/// Language of the boards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// "8A/80": [`super::family_a`].
    A,
    /// KERONG CU16 and KU16: [`super::family_b`].
    B,
}

/// What a set bit, or the state 11, says of the door. It depends on how the contacts are wired, not on the board.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Polarity {
    /// A closed lock shorts its contact: set means closed.
    #[default]
    SetIsClosed,
    /// The other way round: set means open.
    SetIsOpen,
}

impl Polarity {
    /// What a contact says.
    #[must_use]
    pub fn state(self, set: bool) -> DoorState {
        if set == (self == Self::SetIsClosed) { DoorState::Closed } else { DoorState::Open }
    }

    /// What the contact of a door in `state` is; `None` for an unknown one.
    #[must_use]
    pub fn contact(self, state: DoorState) -> Option<bool> {
        match state {
            DoorState::Open => Some(self == Self::SetIsOpen),
            DoorState::Closed => Some(self == Self::SetIsClosed),
            DoorState::Unknown => None,
        }
    }
}

/// Which eight locks the first status byte of an answer is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GroupOrder {
    /// The highest locks; usual with family A. How many bytes come is up to the firmware, so the place of a lock is
    /// counted from the end.
    HighestFirst,
    /// Locks 1 to 8; usual with family B.
    LowestFirst,
}

impl GroupOrder {
    /// The bit of `lock` (from 1) in `status`; `None` when the answer is too short for it.
    #[must_use]
    pub fn bit(self, status: &[u8], lock: u8) -> Option<bool> {
        let lock = usize::from(lock).checked_sub(1)?;
        let group = lock / 8;
        let byte = match self {
            Self::HighestFirst => status.iter().rev().nth(group),
            Self::LowestFirst => status.get(group),
        };
        byte.map(|byte| byte >> (lock % 8) & 1 == 1)
    }
}

/// Where the lock of a door is wired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DoorLock {
    /// Address of the board: from 1 with family A, from 0 with family B.
    pub board: u8,
    /// Lock on the board, from 1.
    pub lock: u8,
}

/// How lock boards are made and wired; every value in it is possible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockProfile {
    pub(super) family: Family,
    pub(super) polarity: Polarity,
    pub(super) groups: GroupOrder,
    pub(super) doors: Vec<DoorLock>,
    pub(super) unlock_limit: Duration,
    pub(super) state_limit: Duration,
    pub(super) poll: Duration,
    pub(super) quiet: Duration,
}

impl LockProfile {
    /// Shortest time to wait for the answer to an unlock command of family A, which comes after the pulse, about 500 ms
    /// after the command.
    pub const SHORTEST_UNLOCK_LIMIT: Duration = Duration::from_millis(1500);

    /// Usual time to wait for any answer.
    pub const LIMIT: Duration = Duration::from_secs(2);

    /// Usual time between two rounds of questions.
    pub const POLL: Duration = Duration::from_millis(250);

    /// `doors` in the order of their numbers, each with its lock, on boards of `family` wired as is usual.
    ///
    /// # Errors
    /// There is no door, or too many; a lock or a board that the family does not have; one lock for two doors.
    pub fn new(family: Family, doors: Vec<DoorLock>) -> Result<Self, ProfileError> {
        if doors.is_empty() || doors.len() > MOST_DOORS {
            return Err(ProfileError::Doors(doors.len()));
        }
        let mut seen = BTreeSet::new();
        for (index, lock) in doors.iter().enumerate() {
            let door = DoorNumber::at(index).ok_or(ProfileError::Doors(doors.len()))?;
            let possible = match family {
                Family::A => (1..=64).contains(&lock.board) && (1..=64).contains(&lock.lock),
                Family::B => lock.board <= family_b::HIGHEST_BOARD && (1..=family_b::LOCKS).contains(&lock.lock),
            };
            if !possible {
                return Err(ProfileError::Lock { door, lock: *lock });
            }
            if !seen.insert(*lock) {
                return Err(ProfileError::Twice { door, lock: *lock });
            }
        }
        Ok(Self {
            family,
            polarity: Polarity::default(),
            groups: match family {
                Family::A => GroupOrder::HighestFirst,
                Family::B => GroupOrder::LowestFirst,
            },
            doors,
            unlock_limit: Self::LIMIT,
            state_limit: Self::LIMIT,
            poll: Self::POLL,
            quiet: Rs485Line::QUIET,
        })
    }

    /// Boards with their addresses and numbers of locks; the doors are counted through them in this order.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_boards(family: Family, boards: &[(u8, u8)]) -> Result<Self, ProfileError> {
        let locks = |&(board, locks): &(u8, u8)| (1..=locks).map(move |lock| DoorLock { board, lock });
        Self::new(family, boards.iter().flat_map(locks).collect())
    }

    /// Sets what a set bit means.
    #[must_use]
    pub fn polarity(mut self, polarity: Polarity) -> Self {
        self.polarity = polarity;
        self
    }

    /// Sets the order of the status bytes.
    #[must_use]
    pub fn group_order(mut self, groups: GroupOrder) -> Self {
        self.groups = groups;
        self
    }

    /// Sets how long to wait for the answer to an unlock command.
    ///
    /// # Errors
    /// Shorter than [`Self::SHORTEST_UNLOCK_LIMIT`].
    pub fn unlock_limit(mut self, limit: Duration) -> Result<Self, ProfileError> {
        if limit < Self::SHORTEST_UNLOCK_LIMIT {
            return Err(ProfileError::UnlockLimit(limit));
        }
        self.unlock_limit = limit;
        Ok(self)
    }

    /// Sets how long to wait for the answer to a question.
    ///
    /// # Errors
    /// Not longer than the quiet time that ends a frame.
    pub fn state_limit(mut self, limit: Duration) -> Result<Self, ProfileError> {
        if limit <= self.quiet {
            return Err(ProfileError::StateLimit(limit));
        }
        self.state_limit = limit;
        Ok(self)
    }

    /// Sets the time between two rounds of questions.
    #[must_use]
    pub fn poll(mut self, poll: Duration) -> Self {
        self.poll = poll;
        self
    }

    /// Usual speed of the line in bits a second.
    #[must_use]
    pub fn baud(&self) -> u32 {
        match self.family {
            Family::A => 9600,
            Family::B => 19_200,
        }
    }

    /// Language of the boards.
    #[must_use]
    pub fn family(&self) -> Family {
        self.family
    }

    /// Order of the status bytes.
    #[must_use]
    pub fn groups(&self) -> GroupOrder {
        self.groups
    }

    /// What the contact of a door in `state` is; an unknown one is taken as closed.
    #[must_use]
    pub fn contact(&self, state: DoorState) -> bool {
        self.polarity.contact(state).unwrap_or(self.polarity == Polarity::SetIsClosed)
    }

    /// The locks of the doors, in the order of the doors' numbers.
    #[must_use]
    pub fn doors(&self) -> &[DoorLock] {
        &self.doors
    }

    /// The addresses of the boards, without repetition.
    #[must_use]
    pub fn boards(&self) -> Vec<u8> {
        self.doors.iter().map(|lock| lock.board).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// A wiring that is not possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ProfileError {
    /// None, or more than [`MOST_DOORS`].
    #[error("{0} doors are not possible, 1 to {MOST_DOORS} are")]
    Doors(usize),
    /// The family has no such board or lock.
    #[error("{door}: boards of this family have no lock {} at address {}", lock.lock, lock.board)]
    Lock {
        /// Door.
        door: DoorNumber,
        /// Its lock.
        lock: DoorLock,
    },
    /// Two doors have the same lock.
    #[error("{door}: lock {} at address {} has another door already", lock.lock, lock.board)]
    Twice {
        /// The second door.
        door: DoorNumber,
        /// The lock.
        lock: DoorLock,
    },
    /// Too short a time for the answer to an unlock command.
    #[error("{0:?} is too short for the answer to an unlock command, which takes about 500 ms; 1500 ms is the least")]
    UnlockLimit(Duration),
    /// Too short a time for an answer.
    #[error("{0:?} is too short for an answer")]
    StateLimit(Duration),
}
