// SPDX-License-Identifier: GPL-3.0-only
//! A sensor tells whether somebody is there.

use doorstep_drivers::device::DeviceError;
use doorstep_drivers::presence::{Presence, PresenceSensor};

use super::super::test::Failure;
use super::Trial;

pub(super) fn try_out(sensor: &mut dyn PresenceSensor, trial: &mut Trial<'_>) -> Result<(), Failure> {
    trial.ask("stand before the terminal, or go away, and stay so;");
    let limit = trial.limit();
    while sensor.presence() == Presence::Unknown && !limit.has_passed() {
        sensor.attend(&limit)?;
    }
    match sensor.presence() {
        Presence::Present => trial.saw("presence", "somebody is there"),
        Presence::Absent => trial.saw("presence", "nobody is there"),
        Presence::Unknown => return Err(DeviceError::NoAnswer.into()),
    }
    Ok(())
}
