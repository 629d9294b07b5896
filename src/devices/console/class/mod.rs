// SPDX-License-Identifier: GPL-3.0-only
//! What a test does with a device of each class.

mod camera;
mod card;
mod doors;
mod lights;
mod presence;
mod printer;
mod scanner;
mod sound;
mod tags;

use std::time::Duration;

use doorstep_drivers::device::{CommandLimit, DeviceError};

use super::TestOptions;
use super::test::{Evidence, Failure};
use crate::console::complain;
use crate::devices::registry::OpenDevice;
use crate::settings::{DeviceSettings, Settings};

/// A test under way.
pub(super) struct Trial<'t> {
    pub(super) options: &'t TestOptions,
    pub(super) device: &'t DeviceSettings,
    /// The other devices: a loudspeaker is heard by the microphone.
    pub(super) settings: &'t Settings,
    pub(super) evidence: &'t mut Vec<Evidence>,
}

impl Trial<'_> {
    /// Notes what was seen.
    fn saw(&mut self, what: &'static str, value: impl Into<String>) {
        self.evidence.push(Evidence { what, value: value.into() });
    }

    /// The time that a person has.
    fn limit(&self) -> CommandLimit {
        CommandLimit::after(Duration::from_secs(self.options.limit))
    }

    /// Asks a person to do something within that time.
    fn ask(&self, what: &str) {
        complain(&format!("{}: {what} within {} s", self.device.name, self.options.limit));
    }
}

/// Uses the device as the terminal does.
pub(super) fn try_out(device: &mut OpenDevice, trial: &mut Trial<'_>) -> Result<(), Failure> {
    match device {
        OpenDevice::SlipPrinter(device) => printer::try_out(device.as_mut(), trial),
        OpenDevice::SheetPrinter(device) => printer::try_out_sheets(device.as_mut(), trial),
        OpenDevice::CardReader(device) => card::try_out(device.as_mut(), trial),
        OpenDevice::Scanner(device) => scanner::try_out(device.as_mut(), trial),
        OpenDevice::Camera(device) => camera::try_out(device.as_mut(), trial),
        OpenDevice::Tags(device) => tags::try_out(device.as_mut(), trial),
        OpenDevice::Doors(device) => doors::try_out(device.as_mut(), trial),
        OpenDevice::Presence(device) => presence::try_out(device.as_mut(), trial),
        OpenDevice::Lights(device) => lights::try_out(device.as_mut(), trial),
        OpenDevice::Loudspeaker(device) => sound::try_out_loudspeaker(device, trial),
        OpenDevice::Microphone(device) => sound::try_out_microphone(device, trial),
    }
}

/// Whether a device that does not say that it is well is tried all the same: a scanner on RS-232 says nothing at all
/// before it has read a code.
pub(super) fn speaks_only_when_used(device: &OpenDevice) -> bool {
    matches!(device, OpenDevice::Scanner(_))
}

/// Uses a device while its wire is recorded: a reader reads, whatever comes; the others are attended to.
pub(super) fn exercise(device: &mut OpenDevice, limit: &CommandLimit) -> Result<(), DeviceError> {
    // Nobody laid down a card or showed a code, or the card cannot be read: that is no fault here.
    let forgive = |error| match error {
        DeviceError::NoAnswer | DeviceError::Refused(_) => Ok(()),
        error => Err(error),
    };
    match device {
        OpenDevice::CardReader(device) => device.read(limit).map(drop).or_else(forgive),
        OpenDevice::Scanner(device) => device.read(limit).map(drop).or_else(forgive),
        OpenDevice::Tags(device) => device.inventory(None, limit).map(drop).or_else(forgive),
        _ => {
            while !limit.has_passed() {
                device.attend(limit)?;
            }
            Ok(())
        }
    }
}
