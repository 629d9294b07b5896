// SPDX-License-Identifier: MIT OR Apache-2.0
//! Status words, those of XFS4IoT (CEN), so that an adapter to it is a translation of names only.

use std::fmt;

/// State of a device, with the words of XFS4IoT's `Common.Status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeviceStatus {
    /// Present and able to work.
    Online,
    /// Present, but it does not answer or says that it is off-line.
    Offline,
    /// Switched off.
    PowerOff,
    /// Nothing is there.
    NoDevice,
    /// A fault that somebody has to mend.
    HardwareError,
    /// Somebody has to do something simple: close a cover, put in paper.
    UserError,
    /// At work, or used by another program.
    DeviceBusy,
    /// Somebody is tampering with it.
    FraudAttempt,
    /// Somebody may be tampering with it.
    PotentialFraud,
    /// Not yet asked.
    Starting,
}

impl DeviceStatus {
    /// The word as XFS4IoT writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Offline => "offline",
            Self::PowerOff => "powerOff",
            Self::NoDevice => "noDevice",
            Self::HardwareError => "hardwareError",
            Self::UserError => "userError",
            Self::DeviceBusy => "deviceBusy",
            Self::FraudAttempt => "fraudAttempt",
            Self::PotentialFraud => "potentialFraud",
            Self::Starting => "starting",
        }
    }

    /// A report of this word alone.
    #[must_use]
    pub fn into_report(self) -> StatusReport {
        StatusReport::new(self)
    }

    /// Whether the device can be given work now.
    #[must_use]
    pub fn is_usable(self) -> bool {
        self == Self::Online
    }
}

impl fmt::Display for DeviceStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// Class of a device, with the interface names of XFS4IoT where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DeviceClass {
    /// Reads cards: resident ID card, smart card, contactless card.
    CardReader,
    /// Reads bar codes and QR symbols.
    BarcodeReader,
    /// Takes pictures.
    Camera,
    /// Prints slips or sheets.
    Printer,
    /// Doors, locks, presence, RFID inventory.
    Auxiliaries,
    /// Lamps.
    Lights,
    /// Loudspeaker and microphone; XFS4IoT has none.
    Audio,
}

impl DeviceClass {
    /// The name as XFS4IoT writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CardReader => "CardReader",
            Self::BarcodeReader => "BarcodeReader",
            Self::Camera => "Camera",
            Self::Printer => "Printer",
            Self::Auxiliaries => "Auxiliaries",
            Self::Lights => "Lights",
            Self::Audio => "Audio",
        }
    }
}

impl fmt::Display for DeviceClass {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// How a device is, with what a technician wants to know beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusReport {
    /// The one word.
    pub status: DeviceStatus,
    /// More of it, such as `paper`: `low`. Never anything of a resident.
    pub details: Details,
}

impl StatusReport {
    /// A report without details.
    #[must_use]
    pub fn new(status: DeviceStatus) -> Self {
        Self { status, details: Details::new() }
    }

    /// Adds a detail.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.details.insert(name, value.into());
        self
    }
}

/// Names and values that are shown to technicians, in the order of the names.
pub type Details = std::collections::BTreeMap<&'static str, String>;

/// Who a device says that it is. Whatever it does not say is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Maker and model.
    pub model: Option<String>,
    /// Serial number of the device, such as the SAM number of an ID card reader.
    pub serial: Option<String>,
    /// Version of its firmware.
    pub firmware: Option<String>,
}
