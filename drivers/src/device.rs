// SPDX-License-Identifier: MIT OR Apache-2.0
//! What all device classes have in common. The status words are those of XFS4IoT (CEN), so that an adapter to it
//! is a translation of names only.

use std::fmt;
use std::time::{Duration, Instant};

/// State of a device, with the words of XFS4IoT's `Common.Status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeviceStatus {
    /// Present and able to work.
    Online,
    /// Present, but it does not answer or says that it is off-line.
    Offline,
    /// Switched off.
    PowerOff,
    /// Nothing is there.
    NoDevice,
    /// A fault that somebody has to mend.
    HardwareError,
    /// Somebody has to do something simple: close a cover, put in paper.
    UserError,
    /// At work, or used by another program.
    DeviceBusy,
    /// Somebody is tampering with it.
    FraudAttempt,
    /// Somebody may be tampering with it.
    PotentialFraud,
    /// Not yet asked.
    Starting,
}

impl DeviceStatus {
    /// The word as XFS4IoT writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Offline => "offline",
            Self::PowerOff => "powerOff",
            Self::NoDevice => "noDevice",
            Self::HardwareError => "hardwareError",
            Self::UserError => "userError",
            Self::DeviceBusy => "deviceBusy",
            Self::FraudAttempt => "fraudAttempt",
            Self::PotentialFraud => "potentialFraud",
            Self::Starting => "starting",
        }
    }

    /// Whether the device can be given work now.
    #[must_use]
    pub fn is_usable(self) -> bool {
        self == Self::Online
    }
}

impl fmt::Display for DeviceStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// A point in time until which something may take; a limit that several steps share.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    /// The longest time that can be waited for: one day. A longer one is a mistake.
    pub const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

    /// The point `limit` from now, at most [`Self::LONGEST`].
    #[must_use]
    pub fn after(limit: Duration) -> Self {
        Self(Instant::now() + limit.min(Self::LONGEST))
    }

    /// What remains; zero when the point has passed.
    #[must_use]
    pub fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Whether the point has passed.
    #[must_use]
    pub fn has_passed(self) -> bool {
        self.remaining().is_zero()
    }

    /// What remains, but at most `step`.
    #[must_use]
    pub fn at_most(self, step: Duration) -> Duration {
        self.remaining().min(step)
    }
}
