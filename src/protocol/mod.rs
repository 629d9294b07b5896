// SPDX-License-Identifier: GPL-3.0-only
//! Plain types that every part of the program may name: personal data wrappers, places, fault codes.
//!
//! Nothing here does I/O. The messages that terminal and hub share will live here too.

mod fault;
mod place;
mod secret;
mod wording;
mod wording_policy;

pub use fault::{Fault, FaultCode};
pub use place::{GeoPoint, GeoPointError};
pub use secret::Secret;
pub use wording::{BorrowerLabels, SlipLabels, SlipWording};
pub use wording_policy::{AmountForm, PolicyLabels};
