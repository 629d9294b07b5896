// SPDX-License-Identifier: GPL-3.0-only
//! What the commands tell, as programs read it. The names of the fields are stable; `docs/devices.md` has them.

use std::collections::BTreeMap;

use doorstep_drivers::device::{DeviceError, Identity, StatusReport};
use serde::Serialize;

use super::words;
use crate::devices::supervisor::{error_code, status_fault};
use crate::protocol::{Fault, FaultCode};
use crate::settings::{DeviceSettings, Settings};

/// Something that a technician should look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    /// The stable code, such as `DEV-01`.
    pub(super) code: &'static str,
    /// What happened.
    pub(super) message: String,
    /// What to do about it.
    pub(super) help: String,
}

impl Finding {
    pub(super) fn of_fault(fault: &Fault) -> Self {
        Self { code: fault.code.code(), message: fault.chain.clone(), help: fault.code.help().to_owned() }
    }

    pub(super) fn new(code: FaultCode, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { code: code.code(), message: message.into(), help: help.into() }
    }

    /// An error of a device, with what this machine can tell of its cause.
    pub(super) fn of_error(device: &DeviceSettings, error: &DeviceError) -> Self {
        let finding = Self::of_fault(&Fault::from_error(error_code(error), error));
        match words::cause(device, error) {
            Some((message, help)) => Self { message: format!("{}: {message}", finding.message), help, ..finding },
            None => finding,
        }
    }
}

/// Who a device says that it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Who {
    model: Option<String>,
    serial: Option<String>,
    firmware: Option<String>,
}

impl From<Identity> for Who {
    fn from(identity: Identity) -> Self {
        Self { model: identity.model, serial: identity.serial, firmware: identity.firmware }
    }
}

impl Who {
    /// In one line; nothing when the device says nothing.
    pub(super) fn line(&self) -> Option<String> {
        let serial = self.serial.as_ref().map(|serial| format!("serial number {serial}"));
        let firmware = self.firmware.as_ref().map(|firmware| format!("firmware {firmware}"));
        let words: Vec<String> = [self.model.clone(), serial, firmware].into_iter().flatten().collect();
        (!words.is_empty()).then(|| words.join(", "))
    }
}

/// A configured device.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Configured {
    pub(super) name: String,
    pub(super) driver: &'static str,
    /// Wire, such as `serial /dev/serial/by-id/… at 9600`; nothing where the driver has none of its own.
    pub(super) connection: Option<String>,
    pub(super) roles: Vec<&'static str>,
    /// The word of XFS4IoT, such as `online`.
    pub(super) status: &'static str,
    pub(super) details: BTreeMap<&'static str, String>,
    pub(super) identity: Who,
    /// What to look at; nothing when the device is well.
    pub(super) fault: Option<Finding>,
}

impl Configured {
    pub(super) fn new(settings: &Settings, device: &DeviceSettings) -> Self {
        Self {
            name: device.name.clone(),
            driver: device.driver.word(),
            connection: device.driver.connection().map(ToString::to_string),
            roles: settings.roles.of(&device.name).map(|role| role.key()).collect(),
            status: doorstep_drivers::device::DeviceStatus::Starting.word(),
            details: BTreeMap::new(),
            identity: Who::default(),
            fault: None,
        }
    }

    /// Takes over what the device said of itself.
    pub(super) fn note(&mut self, device: &DeviceSettings, answer: Result<(StatusReport, Identity), DeviceError>) {
        match answer {
            Ok((report, identity)) => {
                self.status = report.status.word();
                self.fault =
                    words::status_finding(&report).or_else(|| status_fault(&report).map(|f| Finding::of_fault(&f)));
                self.details = report.details;
                self.identity = identity.into();
            }
            Err(error) => {
                self.status = error.status().word();
                self.fault = Some(Finding::of_error(device, &error));
            }
        }
    }
}
