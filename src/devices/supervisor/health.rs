// SPDX-License-Identifier: GPL-3.0-only
//! What is known of a device.

use std::time::Instant;

use doorstep_drivers::device::{Details, DeviceError, DeviceStatus, Identity, StatusReport};
use doorstep_drivers::transport::{PipeError, WriteError};

use crate::protocol::{Fault, FaultCode};

/// What a device did since its supervisor started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// How often it was opened.
    pub opened: u64,
    /// How often it was lost after it was opened: pulled out, or not to be used any more.
    pub lost: u64,
    /// Commands that ended well.
    pub done: u64,
    /// Commands that ended with an error.
    pub failed: u64,
    /// Events that it sent.
    pub events: u64,
    /// Events that nobody took in time, and which are lost.
    pub events_lost: u64,
    /// How often its driver panicked.
    pub panics: u64,
}

/// What is known of a device. Nothing of a resident is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// The one word.
    pub status: DeviceStatus,
    /// Since when it is this word.
    pub since: Instant,
    /// More of it, such as `paper`: `low`.
    pub details: Details,
    /// What a technician should look at now.
    pub fault: Option<Fault>,
    /// The last thing that a technician should have looked at, even if it is well again.
    pub last_fault: Option<Fault>,
    /// Who the device says that it is; kept when it is gone.
    pub identity: Identity,
    /// Which wire and language, once it was opened.
    pub description: Option<String>,
    /// What it did.
    pub counters: Counters,
}

impl Health {
    /// Of a device that nobody has looked at yet.
    #[must_use]
    pub fn starting() -> Self {
        Self {
            status: DeviceStatus::Starting,
            since: Instant::now(),
            details: Details::new(),
            fault: None,
            last_fault: None,
            identity: Identity::default(),
            description: None,
            counters: Counters::default(),
        }
    }

    /// Takes over a new state; true when it differs in what people look at.
    pub(super) fn update(&mut self, report: StatusReport, fault: Option<Fault>) -> bool {
        let StatusReport { status, details } = report;
        if self.status == status && self.details == details && self.fault == fault {
            return false;
        }
        if self.status != status {
            self.since = Instant::now();
        }
        (self.status, self.details) = (status, details);
        if fault.is_some() {
            self.last_fault.clone_from(&fault);
        }
        self.fault = fault;
        true
    }
}

/// Under which code a technician looks things up; a class with codes of its own has its own functions.
#[derive(Clone, Copy, Debug)]
pub struct FaultCodes {
    /// The code of an error.
    pub of_error: fn(&DeviceError) -> FaultCode,
    /// The fault in a status, if somebody should do something about it.
    pub of_status: fn(&StatusReport) -> Option<Fault>,
}

impl Default for FaultCodes {
    fn default() -> Self {
        Self { of_error: error_code, of_status: status_fault }
    }
}

/// The code under which a technician looks up an error of any device.
#[must_use]
pub fn error_code(error: &DeviceError) -> FaultCode {
    match error {
        DeviceError::Pipe(error) | DeviceError::Send(WriteError { source: error, .. }) => match error {
            PipeError::Absent(_) | PipeError::Disconnected => FaultCode::DeviceAbsent,
            PipeError::PermissionDenied(_) => FaultCode::DevicePermission,
            PipeError::Busy(_) => FaultCode::DeviceBusy,
            PipeError::TimedOut => FaultCode::DeviceSilent,
            PipeError::Io { .. } => FaultCode::DeviceWire,
        },
        DeviceError::NoAnswer | DeviceError::Cancelled => FaultCode::DeviceSilent,
        DeviceError::Protocol(_) => FaultCode::DeviceGarbage,
        DeviceError::Refused(_) | DeviceError::Unsupported { .. } => FaultCode::DeviceRefused,
        DeviceError::Service { .. } => FaultCode::DeviceService,
        DeviceError::Driver => FaultCode::DeviceDriver,
    }
}

/// The fault in the status of any device.
#[must_use]
pub fn status_fault(report: &StatusReport) -> Option<Fault> {
    let code = match report.status {
        DeviceStatus::Online | DeviceStatus::Starting => return None,
        DeviceStatus::DeviceBusy => FaultCode::DeviceBusy,
        DeviceStatus::NoDevice => FaultCode::DeviceAbsent,
        DeviceStatus::Offline | DeviceStatus::PowerOff => FaultCode::DeviceSilent,
        DeviceStatus::HardwareError
        | DeviceStatus::UserError
        | DeviceStatus::FraudAttempt
        | DeviceStatus::PotentialFraud => FaultCode::DeviceRefused,
    };
    let mut chain = format!("the device says that it is {}", report.status);
    for (name, value) in &report.details {
        chain.push_str(&format!(", {name} {value}"));
    }
    Some(Fault { code, chain })
}
