// SPDX-License-Identifier: GPL-3.0-only
//! The rules, pure: no clock, no I/O, no Slint, no random number. `step` takes an event with the time and
//! answers with effects.

pub mod day;
pub mod identity;
pub mod kiosk;
pub mod library;
pub mod policy;
pub mod session;
pub mod taxi;
pub mod time;
