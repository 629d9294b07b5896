// SPDX-License-Identifier: GPL-3.0-only
//! What the journal keeps of a ride: enough to settle it after a power cut, nothing personal.

use super::{CustomerId, HailId, HailSessionId, TaxiId};

/// How far a ride had come when it was last journaled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RidePhase {
    /// A hail was about to be sent: it may or may not exist.
    Hailing,
    /// A hail exists and is not confirmed.
    Following,
    /// The confirmation was about to be sent: the rider had agreed.
    Confirming,
    /// Confirmed: the taxi comes.
    Coming,
    /// The hail is to be taken back.
    Cancelling,
}

impl RidePhase {
    /// Every phase.
    pub const ALL: &'static [Self] =
        &[Self::Hailing, Self::Following, Self::Confirming, Self::Coming, Self::Cancelling];

    /// The word in the journal.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hailing => "hailing",
            Self::Following => "following",
            Self::Confirming => "confirming",
            Self::Coming => "coming",
            Self::Cancelling => "cancelling",
        }
    }

    /// The phase of a word in the journal.
    #[must_use]
    pub fn from_journal(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|phase| phase.as_str() == word)
    }
}

/// One ride in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RideRecord {
    /// Our key at the centre, random, good for this ride alone.
    pub customer: CustomerId,
    /// Series at the centre.
    pub session: Option<HailSessionId>,
    /// The hail, once its number is known.
    pub hail: Option<HailId>,
    /// The taxi that was asked.
    pub taxi: Option<TaxiId>,
    /// How far it had come.
    pub phase: RidePhase,
}

/// How a ride ended, as the resident is told and the journal keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RideOutcome {
    /// The rider is in the taxi.
    OnBoard,
    /// Taken back by the rider, or by the terminal after the rider walked away.
    Cancelled,
    /// No taxi within the tries and minutes.
    NoCar,
    /// The centre could not be reached; nothing was called.
    Unreachable,
    /// It could not be found out in time whether a hail exists; the terminal goes on asking and takes
    /// it back.
    Uncertain,
    /// The centre refuses.
    Refused,
    /// The journal cannot be written, nothing was called.
    OutOfOrder,
    /// The driver gave up after accepting, or the hail ran out.
    DriverGone,
    /// The driver did not find the rider.
    NoShow,
}

impl RideOutcome {
    /// The word in the journal and in the log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnBoard => "on-board",
            Self::Cancelled => "cancelled",
            Self::NoCar => "no-car",
            Self::Unreachable => "unreachable",
            Self::Uncertain => "uncertain",
            Self::Refused => "refused",
            Self::OutOfOrder => "out-of-order",
            Self::DriverGone => "driver-gone",
            Self::NoShow => "no-show",
        }
    }
}
