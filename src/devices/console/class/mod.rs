// SPDX-License-Identifier: GPL-3.0-only
//! What a test does with a device of each class.

mod printer;

use doorstep_drivers::device::{CommandLimit, DeviceError};

use super::TestOptions;
use super::test::{Evidence, Failure};
use crate::devices::registry::OpenDevice;
use crate::settings::DeviceSettings;

/// A test under way.
pub(super) struct Trial<'t> {
    #[expect(dead_code, reason = "slip printers need no options")]
    pub(super) options: &'t TestOptions,
    pub(super) device: &'t DeviceSettings,
    pub(super) evidence: &'t mut Vec<Evidence>,
}

impl Trial<'_> {
    /// Notes what was seen.
    fn saw(&mut self, what: &'static str, value: impl Into<String>) {
        self.evidence.push(Evidence { what, value: value.into() });
    }
}

/// Uses the device as the terminal does.
pub(super) fn try_out(device: &mut OpenDevice, trial: &mut Trial<'_>) -> Result<(), Failure> {
    match device {
        OpenDevice::SlipPrinter(slip_printer) => printer::try_out(slip_printer.as_mut(), trial),
    }
}

/// Uses a device while its wire is recorded: a reader reads, whatever comes; the others are attended to.
pub(super) fn exercise(device: &mut OpenDevice, limit: &CommandLimit) -> Result<(), DeviceError> {
    match device {
        OpenDevice::SlipPrinter(_) => device.attend(limit).map(|_| ()),
    }
}
