// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the sensors of a slip printer say.

use super::PrinterError;
use crate::device::DeviceStatus;

/// Paper.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PaperStatus {
    /// Enough.
    Ok,
    /// Near its end.
    Low,
    /// None.
    Out,
    /// The printer did not say.
    #[default]
    Unknown,
}

/// Cover.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cover {
    /// Closed.
    Closed,
    /// Open.
    Open,
    /// The printer did not say.
    #[default]
    Unknown,
}

/// Error flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Errors {
    /// Cutter.
    pub cutter: bool,
    /// Head or other mechanics.
    pub mechanical: bool,
    /// Cannot be recovered from.
    pub unrecoverable: bool,
    /// Recovers by itself, such as overheating.
    pub recovers_itself: bool,
}

impl Errors {
    /// The gravest fault.
    #[must_use]
    pub fn fault(self) -> Option<PrinterError> {
        if self.unrecoverable {
            Some(PrinterError::Unrecoverable)
        } else if self.cutter {
            Some(PrinterError::Cutter)
        } else if self.mechanical {
            Some(PrinterError::Mechanical)
        } else if self.recovers_itself {
            Some(PrinterError::Overheated)
        } else {
            None
        }
    }
}

/// All sensors. The default is "nothing is known", which is never "ready".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PrinterStatus {
    /// Paper.
    pub paper: PaperStatus,
    /// Cover.
    pub cover: Cover,
    /// Whether the printer is off-line; `None` when it did not say.
    pub offline: Option<bool>,
    /// Error flags; `None` when it did not say.
    pub errors: Option<Errors>,
    /// Whether an answer came that is no status byte.
    pub garbage: bool,
}

impl PrinterStatus {
    /// Whether all four questions were answered.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.paper != PaperStatus::Unknown
            && self.cover != Cover::Unknown
            && self.offline.is_some()
            && self.errors.is_some()
    }

    /// What keeps the printer from printing; `None` only when everything is known and good.
    #[must_use]
    pub fn obstacle(&self) -> Option<PrinterError> {
        if let Some(fault) = self.reported_fault() {
            return Some(fault);
        }
        if self.is_complete() {
            None
        } else if self.garbage {
            Some(PrinterError::Garbage)
        } else {
            Some(PrinterError::NoAnswer)
        }
    }

    /// The fault that the printer itself reports, the one to mend first at the front; `None` when it reports
    /// none or says nothing.
    #[must_use]
    pub fn reported_fault(&self) -> Option<PrinterError> {
        if self.cover == Cover::Open {
            return Some(PrinterError::CoverOpen);
        }
        if self.paper == PaperStatus::Out {
            return Some(PrinterError::PaperOut);
        }
        if let Some(fault) = self.errors.and_then(Errors::fault) {
            return Some(fault);
        }
        (self.offline == Some(true)).then_some(PrinterError::Offline)
    }

    /// The same in the words that all devices share.
    #[must_use]
    pub fn device_status(&self) -> DeviceStatus {
        match self.obstacle() {
            None => DeviceStatus::Online,
            Some(PrinterError::CoverOpen | PrinterError::PaperOut) => DeviceStatus::UserError,
            Some(
                PrinterError::Cutter
                | PrinterError::Mechanical
                | PrinterError::Overheated
                | PrinterError::Unrecoverable
                | PrinterError::Garbage,
            ) => DeviceStatus::HardwareError,
            Some(_) => DeviceStatus::Offline,
        }
    }
}
