// SPDX-License-Identifier: MIT OR Apache-2.0
//! Lamps on the outputs of a Modbus device.

use std::convert::Infallible;
use std::time::Duration;

use super::{Lamp, Light, Lights};
use crate::device::{CommandLimit, Details, Device, DeviceClass, DeviceError, DeviceStatus, StatusReport};
use crate::modbus::relay_board::{OFF, ON};
use crate::modbus::{ModbusBus, Unit};
use crate::rs485::pause;
use crate::transport::PipeError;

/// How often to look whether the line was lost.
const LOOK: Duration = Duration::from_millis(200);

/// Where a lamp is wired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LampCoil {
    /// The lamp.
    pub lamp: Lamp,
    /// Number of the output, from 0.
    pub coil: u16,
}

/// Where the lamps are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoilLightsOptions {
    /// Address of the Modbus device.
    pub unit: Unit,
    /// The lamps.
    pub lamps: Vec<LampCoil>,
}

/// Lamps on the outputs of a Modbus device.
#[derive(Debug)]
pub struct CoilLights {
    bus: ModbusBus,
    options: CoilLightsOptions,
}

impl CoilLights {
    /// Switches all its lamps off.
    ///
    /// # Errors
    /// The device does not answer, has no such output, or the wire failed.
    pub fn open(bus: ModbusBus, options: CoilLightsOptions, limit: &CommandLimit) -> Result<Self, DeviceError> {
        let mut driver = Self { bus, options };
        driver.reset(limit)?;
        Ok(driver)
    }

    fn write(&self, coil: u16, light: Light, limit: &CommandLimit) -> Result<(), DeviceError> {
        let value = if light == Light::Off { OFF } else { ON };
        Ok(self.bus.write_coil(self.options.unit, coil, value, limit)?)
    }
}

impl Device for CoilLights {
    type Event = Infallible;

    fn class(&self) -> DeviceClass {
        DeviceClass::Lights
    }

    fn describe(&self) -> String {
        format!("lamps of Modbus device {} at {}", self.options.unit.address(), self.bus.describe())
    }

    fn capabilities(&self) -> Details {
        let names: Vec<&str> = self.lamps().into_iter().map(Lamp::name).collect();
        Details::from([("lamps", names.join(" ")), ("colours", "one".to_owned())])
    }

    fn status(&mut self, limit: &CommandLimit) -> Result<StatusReport, DeviceError> {
        let first = self.options.lamps.iter().map(|lamp| lamp.coil).min().unwrap_or_default();
        Ok(StatusReport::new(match self.bus.read_coils(self.options.unit, first, 1, limit) {
            Ok(_) => DeviceStatus::Online,
            Err(DeviceError::NoAnswer) => DeviceStatus::Offline,
            Err(DeviceError::Protocol(_) | DeviceError::Refused(_)) => DeviceStatus::HardwareError,
            Err(error) => return Err(error),
        }))
    }

    /// Switches all its lamps off.
    fn reset(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        self.options.lamps.iter().try_for_each(|lamp| self.write(lamp.coil, Light::Off, limit))
    }

    /// Lamps say nothing: waits. A line that another driver found lost is let go at once, or nobody could open it anew.
    fn attend(&mut self, limit: &CommandLimit) -> Result<Option<Infallible>, DeviceError> {
        while limit.check().is_ok() {
            if self.bus.is_lost() {
                return Err(PipeError::Disconnected.into());
            }
            pause(&limit.at_most(LOOK));
        }
        Ok(None)
    }
}

impl Lights for CoilLights {
    fn lamps(&self) -> Vec<Lamp> {
        self.options.lamps.iter().map(|lamp| lamp.lamp).collect()
    }

    fn set(&mut self, lamp: Lamp, light: Light, limit: &CommandLimit) -> Result<(), DeviceError> {
        let coils: Vec<u16> =
            self.options.lamps.iter().filter(|wired| wired.lamp == lamp).map(|wired| wired.coil).collect();
        if coils.is_empty() {
            return Err(DeviceError::Unsupported { command: "light of this lamp" });
        }
        coils.into_iter().try_for_each(|coil| self.write(coil, light, limit))
    }
}
