// SPDX-License-Identifier: MIT OR Apache-2.0
//! A dry contact (light barrier, mat, passive infrared) on an input of a Modbus device.

use std::time::{Duration, Instant};

use super::{Debounce, DebounceOptions, Presence, PresenceSensor};
use crate::device::{CommandLimit, Details, Device, DeviceClass, DeviceError, DeviceStatus, StatusReport};
use crate::modbus::{ModbusBus, Unit};
use crate::rs485::pause;

/// Where the contact is and what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DryContactOptions {
    /// Address of the Modbus device.
    pub unit: Unit,
    /// Number of the input, from 0.
    pub input: u16,
    /// Whether a set input means that somebody is there.
    pub set_is_present: bool,
    /// Time between two questions.
    pub poll: Duration,
    /// How long a reading must last.
    pub debounce: DebounceOptions,
}

impl DryContactOptions {
    /// Set means present; asked five times a second.
    #[must_use]
    pub fn new(unit: Unit, input: u16) -> Self {
        let poll = Duration::from_millis(200);
        Self { unit, input, set_is_present: true, poll, debounce: DebounceOptions::default() }
    }
}

/// A dry contact as sensor of presence.
#[derive(Debug)]
pub struct DryContact {
    bus: ModbusBus,
    options: DryContactOptions,
    debounce: Debounce,
    next: Instant,
}

impl DryContact {
    /// Asks for the contact once.
    ///
    /// # Errors
    /// The device does not answer, has no such input, or the wire failed.
    pub fn open(bus: ModbusBus, options: DryContactOptions, limit: &CommandLimit) -> Result<Self, DeviceError> {
        let now = Instant::now();
        let debounce = Debounce::new(options.debounce, now);
        let driver = Self { bus, options, debounce, next: now };
        driver.ask(limit)?;
        Ok(driver)
    }

    fn ask(&self, limit: &CommandLimit) -> Result<bool, DeviceError> {
        let bits = self.bus.read_inputs(self.options.unit, self.options.input, 1, limit)?;
        Ok(bits.first() == Some(&self.options.set_is_present))
    }
}

impl Device for DryContact {
    type Event = Presence;

    fn class(&self) -> DeviceClass {
        DeviceClass::Auxiliaries
    }

    fn describe(&self) -> String {
        let (input, unit) = (self.options.input, self.options.unit.address());
        format!("contact at input {input} of Modbus device {unit} at {}", self.bus.describe())
    }

    fn capabilities(&self) -> Details {
        Details::from([("sensor", "contact".to_owned())])
    }

    fn status(&mut self, limit: &CommandLimit) -> Result<StatusReport, DeviceError> {
        Ok(StatusReport::new(match self.ask(limit) {
            Ok(_) => DeviceStatus::Online,
            Err(DeviceError::NoAnswer) => DeviceStatus::Offline,
            Err(DeviceError::Protocol(_) | DeviceError::Refused(_)) => DeviceStatus::HardwareError,
            Err(error) => return Err(error),
        }))
    }

    fn reset(&mut self, _limit: &CommandLimit) -> Result<(), DeviceError> {
        Err(DeviceError::Unsupported { command: "reset" })
    }

    fn attend(&mut self, limit: &CommandLimit) -> Result<Option<Presence>, DeviceError> {
        while limit.check().is_ok() {
            let wait = self.next.saturating_duration_since(Instant::now());
            if !wait.is_zero() {
                pause(&limit.at_most(wait));
                continue;
            }
            let change = match self.ask(limit) {
                Ok(somebody) => self.debounce.reading(somebody, Instant::now()),
                Err(DeviceError::NoAnswer | DeviceError::Protocol(_) | DeviceError::Refused(_)) => {
                    self.debounce.at(Instant::now())
                }
                Err(DeviceError::Cancelled) => None,
                Err(error) => return Err(error),
            };
            self.next = Instant::now() + self.options.poll;
            if change.is_some() {
                return Ok(change);
            }
        }
        Ok(None)
    }
}

impl PresenceSensor for DryContact {
    fn presence(&self) -> Presence {
        self.debounce.presence()
    }
}
