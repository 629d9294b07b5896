// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the sensors of a printer say.

use super::PrinterError;
use crate::device::{DeviceStatus, StatusReport};

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

/// Toner or ink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supply {
    /// Enough.
    Ok,
    /// Near its end.
    Low,
    /// None.
    Empty,
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
    /// Paper is jammed.
    pub jam: bool,
    /// The output tray is full.
    pub output_full: bool,
}

impl Errors {
    /// The gravest fault.
    #[must_use]
    pub fn fault(self) -> Option<PrinterError> {
        if self.unrecoverable {
            Some(PrinterError::Unrecoverable)
        } else if self.jam {
            Some(PrinterError::Jam)
        } else if self.cutter {
            Some(PrinterError::Cutter)
        } else if self.mechanical {
            Some(PrinterError::Mechanical)
        } else if self.recovers_itself {
            Some(PrinterError::Overheated)
        } else if self.output_full {
            Some(PrinterError::OutputFull)
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
    /// Toner or ink; `None` where there is none, or the printer did not say.
    pub toner: Option<Supply>,
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
        if self.toner == Some(Supply::Empty) {
            return Some(PrinterError::TonerEmpty);
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
            Some(
                PrinterError::CoverOpen
                | PrinterError::PaperOut
                | PrinterError::TonerEmpty
                | PrinterError::Jam
                | PrinterError::OutputFull,
            ) => DeviceStatus::UserError,
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

    /// The same with the sensors beside it, for technicians.
    #[must_use]
    pub fn report(&self) -> StatusReport {
        let paper = match self.paper {
            PaperStatus::Ok => "ok",
            PaperStatus::Low => "low",
            PaperStatus::Out => "out",
            PaperStatus::Unknown => "unknown",
        };
        let cover = match self.cover {
            Cover::Closed => "closed",
            Cover::Open => "open",
            Cover::Unknown => "unknown",
        };
        let mut report = StatusReport::new(self.device_status()).with("paper", paper).with("cover", cover);
        if let Some(toner) = self.toner {
            let word = match toner {
                Supply::Ok => "ok",
                Supply::Low => "low",
                Supply::Empty => "empty",
            };
            report = report.with("toner", word);
        }
        match self.obstacle() {
            Some(obstacle) => report.with("fault", obstacle.to_string()),
            None => report,
        }
    }
}
