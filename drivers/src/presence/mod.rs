// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether somebody stands in front of the terminal: a dry contact on a Modbus input, or a radar.
//!
//! Presence is about a person: it is never logged, and no sensor here keeps a history.

mod contact;
mod debounce;
pub mod ld2410;
mod radar;
mod sim;

use crate::device::Device;

pub use contact::{DryContact, DryContactOptions};
pub use debounce::{Debounce, DebounceOptions};
pub use radar::{Radar, RadarOptions};
pub use sim::RadarMachine;

/// Whether somebody is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Presence {
    /// Somebody is.
    Present,
    /// Nobody is.
    Absent,
    /// The sensor is silent, or has not been listened to for long enough.
    #[default]
    Unknown,
}

/// A sensor of presence; the event is each change of the settled state.
pub trait PresenceSensor: Device<Event = Presence> {
    /// The settled state as last heard; asks nothing.
    fn presence(&self) -> Presence;
}
