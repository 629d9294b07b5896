// SPDX-License-Identifier: MIT OR Apache-2.0
//! What all device classes have in common: status words, time limits, errors, and the trait of every driver.

mod error;
mod limit;
mod status;

pub use error::{CompletionCode, DeviceError};
pub use limit::{CancelToken, CommandLimit, Deadline};
pub use status::{Details, DeviceClass, DeviceStatus, Identity, StatusReport};

/// What every driver offers, whatever its class; the class has its own trait on top, with its commands.
///
/// A driver is opened when its device is there and thrown away when [`DeviceError::is_lost`]; it never opens its wire
/// again by itself. Calls block, but end when their [`CommandLimit`] does. One thread at a time uses a driver.
pub trait Device: Send {
    /// What the device says without being asked: a card was laid down, a code was scanned, paper gets low.
    type Event: Send + 'static;

    /// The class.
    fn class(&self) -> DeviceClass;

    /// Which device this is, for the log: language and wire, such as `ESC/POS at tcp 10.0.0.9:9100`.
    fn describe(&self) -> String;

    /// Who the device says that it is, as far as the driver knows already; asks nothing.
    fn identity(&self) -> Identity {
        Identity::default()
    }

    /// What this device can do, for technicians; asks nothing.
    fn capabilities(&self) -> Details;

    /// Asks the device how it is. Silence is no error but [`DeviceStatus::Offline`], never
    /// [`DeviceStatus::Online`]; a device that is well but has no paper is a status too.
    ///
    /// # Errors
    /// [`DeviceError::is_lost`]: the wire failed. [`DeviceError::Cancelled`].
    fn status(&mut self, limit: &CommandLimit) -> Result<StatusReport, DeviceError>;

    /// Brings the device into its state after power-up, without moving anything dangerous.
    ///
    /// # Errors
    /// Any; [`DeviceError::Unsupported`] when the device has no such command.
    fn reset(&mut self, limit: &CommandLimit) -> Result<(), DeviceError>;

    /// Attends to the device while there is no command for it: waits for its next event, or asks for it where the
    /// device does not speak by itself, and returns `None` when the limit ends without one (or is cancelled: this is
    /// how a command gets its turn). Events that came between commands are not lost.
    ///
    /// # Errors
    /// The wire failed, or the device does not speak its protocol. A device that only ever answers returns `None`
    /// after the whole limit.
    fn attend(&mut self, limit: &CommandLimit) -> Result<Option<Self::Event>, DeviceError>;
}

impl<D: Device + ?Sized> Device for Box<D> {
    type Event = D::Event;

    fn class(&self) -> DeviceClass {
        (**self).class()
    }

    fn describe(&self) -> String {
        (**self).describe()
    }

    fn identity(&self) -> Identity {
        (**self).identity()
    }

    fn capabilities(&self) -> Details {
        (**self).capabilities()
    }

    fn status(&mut self, limit: &CommandLimit) -> Result<StatusReport, DeviceError> {
        (**self).status(limit)
    }

    fn reset(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        (**self).reset(limit)
    }

    fn attend(&mut self, limit: &CommandLimit) -> Result<Option<Self::Event>, DeviceError> {
        (**self).attend(limit)
    }
}
