// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a reader is set up.

use std::fmt;
use std::time::Duration;

use crate::rfid::AntennaSwitch;

/// The antennas of a reader.
pub enum Antennas {
    /// One, of this number.
    One(u8),
    /// The internal (0) and the external (1) antenna of a DLP-RFID2. Not verified on a device.
    InternalExternal,
    /// As many as the switch has.
    Switch(Box<dyn AntennaSwitch>),
}

impl fmt::Debug for Antennas {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.numbers()).finish()
    }
}

impl Antennas {
    /// Their numbers; at least one.
    pub(super) fn numbers(&self) -> Vec<u8> {
        match self {
            Self::One(number) => vec![*number],
            Self::InternalExternal => vec![0, 1],
            Self::Switch(switch) => (0..switch.antennas().max(1)).collect(),
        }
    }
}

/// How a reader is set up.
#[derive(Debug)]
pub struct TrfOptions {
    /// Its antennas.
    pub antennas: Antennas,
    /// How long the reader may say nothing before it counts as silent. Firmware is known that waits 0.6 s for a tag.
    pub answer_limit: Duration,
    /// Whether [`crate::device::Device::attend`] looks for tags that come and go, and how often; nothing for bookcases, which are
    /// counted when a door was shut.
    pub watch: Option<Duration>,
}

impl Default for TrfOptions {
    fn default() -> Self {
        Self { antennas: Antennas::One(0), answer_limit: Duration::from_millis(1500), watch: None }
    }
}
