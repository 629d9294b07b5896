// SPDX-License-Identifier: MIT OR Apache-2.0
//! Readers of bar codes and QR symbols.
//!
//! | driver | wire |
//! |---|---|
//! | [`SerialScanner`] | serial port or USB-CDC: the payload and a terminator, or a pause |
//! | [`HidPosScanner`] | a `hidraw` file: packets of 64 bytes |
//! | [`KeyboardScanner`] | a scanner that types, read and grabbed below the window system |
//! | `CameraReader` | frames of any [`Camera`](crate::camera::Camera); feature `decode` |
//!
//! The first three are one driver, [`Scanner`], over a decoder without I/O ([`CodeDecoder`]): bytes and instants go in, codes
//! come out. What is a code and what is not ([`CodeRules`]) is the same for each.

#[cfg(feature = "decode")]
pub mod camera;
mod code;
mod driver;
mod hid_pos;
mod keyboard;
mod rules;
mod serial;
pub mod sim;
mod symbology;

pub use code::{Barcode, TextEncoding};
pub use driver::{CodeDecoder, Presence, Scanner, ScannerCommands, ScannerQuery};
pub use hid_pos::{HidPosDecoder, HidPosLayout, HidPosOptions, HidPosScanner};
pub use keyboard::{KeyboardDecoder, KeyboardOptions, KeyboardScanner};
pub use rules::{CodeInbox, CodeRules, ControlPolicy, MAX_CODE_BYTES, MAX_PENDING, ScanCounters};
pub use serial::{SerialDecoder, SerialOptions, SerialScanner, Terminator};
pub use symbology::Symbology;

use thiserror::Error;

use crate::device::{CommandLimit, Device, DeviceError};

/// Why a scanner did not do what it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ScannerError {
    /// It was switched off with [`BarcodeReader::disable`].
    #[error("the scanner is switched off")]
    Disabled,
}

/// A reader of bar codes and QR symbols. What it reads belongs to a person: a card number, a health code, a loan.
pub trait BarcodeReader: Device<Event = Barcode> {
    /// Lets codes in again, and switches the scanner on where it has bytes for that.
    ///
    /// # Errors
    /// The bytes could not be sent. Codes are let in all the same.
    fn enable(&mut self, limit: &CommandLimit) -> Result<(), DeviceError>;

    /// Takes no more codes: what the scanner sends is thrown away, and it is switched off where it has bytes for that.
    ///
    /// # Errors
    /// The bytes could not be sent. Codes are thrown away all the same.
    fn disable(&mut self, limit: &CommandLimit) -> Result<(), DeviceError>;

    /// Presses the trigger by software, or lets it go.
    ///
    /// # Errors
    /// [`DeviceError::Unsupported`]: no bytes are set for that. Otherwise they could not be sent.
    fn set_trigger(&mut self, pressed: bool, limit: &CommandLimit) -> Result<(), DeviceError>;

    /// Takes the oldest code that waits, or waits for the next one, with the trigger pressed meanwhile where the
    /// scanner has bytes for that.
    ///
    /// # Errors
    /// [`DeviceError::NoAnswer`]: no code came within the limit. [`DeviceError::Refused`] with
    /// [`ScannerError::Disabled`].
    fn read(&mut self, limit: &CommandLimit) -> Result<Barcode, DeviceError>;

    /// Wipes what waits, what has come in part, and what is remembered to notice repetitions: somebody else stands at
    /// the terminal now.
    fn forget(&mut self);
}

impl<R: BarcodeReader + ?Sized> BarcodeReader for Box<R> {
    fn enable(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        (**self).enable(limit)
    }

    fn disable(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        (**self).disable(limit)
    }

    fn set_trigger(&mut self, pressed: bool, limit: &CommandLimit) -> Result<(), DeviceError> {
        (**self).set_trigger(pressed, limit)
    }

    fn read(&mut self, limit: &CommandLimit) -> Result<Barcode, DeviceError> {
        (**self).read(limit)
    }

    fn forget(&mut self) {
        (**self).forget();
    }
}
