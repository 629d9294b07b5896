// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver of RFID readers against the simulated one, over a pty.

mod desk;
mod faults;
mod inventory;
mod several;
mod tags;

type Outcome = Result<(), Box<dyn std::error::Error>>;
