// SPDX-License-Identifier: MIT OR Apache-2.0
//! Lamps that guide the resident, with the names of XFS4IoT: on Modbus coils, or a strip of LEDs that speaks Adalight.

mod adalight;
mod coils;
mod sim;

use std::convert::Infallible;
use std::fmt;

use crate::device::{CommandLimit, Device, DeviceError};

pub use adalight::{Adalight, AdalightError, AdalightOptions, LampLeds, MOST_LEDS, encode_adalight};
pub use coils::{CoilLights, CoilLightsOptions, LampCoil};
pub use sim::StripMachine;

/// A lamp, by what it stands beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lamp {
    /// At the slot or the field for cards.
    CardReader,
    /// Where slips come out.
    ReceiptPrinter,
    /// Where sheets come out.
    DocumentPrinter,
    /// At the scanner.
    Scanner,
    /// At the field for contactless cards.
    Contactless,
    /// All is well.
    StatusGood,
    /// Somebody should look after it.
    StatusWarning,
    /// It does not work.
    StatusBad,
    /// A technician is at work.
    StatusSupervisor,
    /// In service.
    StatusInService,
    /// The lamp of the whole front.
    FasciaLight,
}

impl Lamp {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::CardReader,
        Self::ReceiptPrinter,
        Self::DocumentPrinter,
        Self::Scanner,
        Self::Contactless,
        Self::StatusGood,
        Self::StatusWarning,
        Self::StatusBad,
        Self::StatusSupervisor,
        Self::StatusInService,
        Self::FasciaLight,
    ];

    /// The name as XFS4IoT writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CardReader => "cardReader",
            Self::ReceiptPrinter => "receiptPrinter",
            Self::DocumentPrinter => "documentPrinter",
            Self::Scanner => "scanner",
            Self::Contactless => "contactless",
            Self::StatusGood => "statusGood",
            Self::StatusWarning => "statusWarning",
            Self::StatusBad => "statusBad",
            Self::StatusSupervisor => "statusSupervisor",
            Self::StatusInService => "statusInService",
            Self::FasciaLight => "fasciaLight",
        }
    }

    /// The lamp with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lamp| lamp.name() == name)
    }
}

impl fmt::Display for Lamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A colour in red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Colour {
    /// Red.
    pub red: u8,
    /// Green.
    pub green: u8,
    /// Blue.
    pub blue: u8,
}

impl Colour {
    /// White.
    pub const WHITE: Self = Self { red: 255, green: 255, blue: 255 };
    /// Green.
    pub const GREEN: Self = Self { red: 0, green: 255, blue: 0 };
    /// Red.
    pub const RED: Self = Self { red: 255, green: 0, blue: 0 };
}

/// What a lamp does. Lamps here do not flash by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Light {
    /// Dark.
    #[default]
    Off,
    /// On all the time; a lamp of one colour takes any.
    Continuous(Colour),
}

/// Lamps. They say nothing by themselves.
pub trait Lights: Device<Event = Infallible> {
    /// The lamps that are wired.
    fn lamps(&self) -> Vec<Lamp>;

    /// Switches a lamp.
    ///
    /// # Errors
    /// [`DeviceError::Unsupported`]: no such lamp is wired. Or the command was not carried out; switching again is
    /// safe.
    fn set(&mut self, lamp: Lamp, light: Light, limit: &CommandLimit) -> Result<(), DeviceError>;
}
