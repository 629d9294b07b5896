// SPDX-License-Identifier: MIT OR Apache-2.0
//! The relay board Waveshare Modbus RTU Relay (D): eight relays, eight inputs, pulses timed by the board.
//!
//! | function | address | meaning |
//! |---|---|---|
//! | 01 | 0000 to 0007 | states of the relays |
//! | 02 | 0000 to 0007 | states of the inputs |
//! | 05 | 0000 to 0007 | relay on (FF00) or off (0000) |
//! | 05 | 00FF | all relays |
//! | 05 | 0200 + relay | on for value × 100 ms, then off |
//!
//! Facts: documentation of the board and public programs.

use std::time::Duration;

use thiserror::Error;

use super::bus::ModbusBus;
use super::codec::Unit;
use crate::device::{CommandLimit, DeviceError};
use crate::rs485::Failed;

/// Relays and inputs of the board.
pub const CHANNELS: u8 = 8;

/// Value of function 05 that switches on.
pub const ON: u16 = 0xFF00;
/// Value of function 05 that switches off.
pub const OFF: u16 = 0x0000;
/// Address of all relays together.
pub const ALL: u16 = 0x00FF;
/// Address of the pulse of relay 0.
pub const FLASH_ON: u16 = 0x0200;
/// What the value of a pulse counts.
pub const FLASH_STEP: Duration = Duration::from_millis(100);

/// One of eight relays or inputs, counted from 0 as on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Channel(u8);

impl Channel {
    /// The channel with this number, from 0; `None` for one that the board does not have.
    #[must_use]
    pub fn new(number: u8) -> Option<Self> {
        (number < CHANNELS).then_some(Self(number))
    }

    /// Its number, from 0.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }

    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// How long a relay is switched on for a pulse: in steps of 100 ms, at most 10 s, because the coils of locks burn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pulse(u16);

impl Pulse {
    /// Longest.
    pub const LONGEST: Duration = Duration::from_secs(10);

    /// A pulse of `duration`, rounded up to 100 ms.
    ///
    /// # Errors
    /// Zero, or longer than [`Self::LONGEST`].
    pub fn new(duration: Duration) -> Result<Self, PulseError> {
        if duration.is_zero() || duration > Self::LONGEST {
            return Err(PulseError(duration));
        }
        let steps = duration.as_millis().div_ceil(FLASH_STEP.as_millis());
        u16::try_from(steps).map(Self).map_err(|_| PulseError(duration))
    }

    /// Its length.
    #[must_use]
    pub fn duration(self) -> Duration {
        FLASH_STEP * u32::from(self.0)
    }
}

/// A pulse that is not possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a pulse of {0:?} is not possible: more than zero, at most 10 s")]
pub struct PulseError(Duration);

/// One relay board on a line.
#[derive(Clone, Debug)]
pub struct RelayBoard {
    bus: ModbusBus,
    unit: Unit,
}

impl RelayBoard {
    /// The board with address `unit`.
    #[must_use]
    pub fn new(bus: ModbusBus, unit: Unit) -> Self {
        Self { bus, unit }
    }

    /// Which board this is, for the log.
    #[must_use]
    pub fn describe(&self) -> String {
        format!("relay board {} at {}", self.unit.address(), self.bus.describe())
    }

    /// Whether the wire failed for good.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.bus.is_lost()
    }

    /// States of the relays.
    ///
    /// # Errors
    /// As [`ModbusBus::read_coils`].
    pub fn relays(&self, limit: &CommandLimit) -> Result<Vec<bool>, DeviceError> {
        self.bus.read_coils(self.unit, 0, u16::from(CHANNELS), limit)
    }

    /// States of the inputs.
    ///
    /// # Errors
    /// As [`ModbusBus::read_coils`].
    pub fn inputs(&self, limit: &CommandLimit) -> Result<Vec<bool>, DeviceError> {
        self.bus.read_inputs(self.unit, 0, u16::from(CHANNELS), limit)
    }

    /// Switches a relay.
    ///
    /// # Errors
    /// Whether it may have been done, and why it is not certain.
    pub fn switch(&self, relay: Channel, on: bool, limit: &CommandLimit) -> Result<(), Failed> {
        self.bus.write_coil(self.unit, u16::from(relay.0), if on { ON } else { OFF }, limit)
    }

    /// Switches all relays off.
    ///
    /// # Errors
    /// As [`Self::switch`].
    pub fn all_off(&self, limit: &CommandLimit) -> Result<(), Failed> {
        self.bus.write_coil(self.unit, ALL, OFF, limit)
    }

    /// Switches a relay on for a while. The board counts the time, so a program that dies meanwhile leaves no lock
    /// under current.
    ///
    /// # Errors
    /// As [`Self::switch`].
    pub fn pulse(&self, relay: Channel, pulse: Pulse, limit: &CommandLimit) -> Result<(), Failed> {
        self.bus.write_coil(self.unit, FLASH_ON + u16::from(relay.0), pulse.0, limit)
    }
}
