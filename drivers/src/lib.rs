// SPDX-License-Identifier: MIT OR Apache-2.0
//! Drivers for the devices of a self-service terminal, and simulators that speak the same wire protocol.
//!
//! Three layers, each usable alone:
//!
//! - [`transport`]: byte pipes (TCP, device file, pty) with time limits and typed errors;
//! - codecs without I/O, such as [`printer::escpos`]: bytes to typed messages and back, never a panic;
//! - drivers, one trait for each class of device ([`printer::Printer`]), all with the status words of [`device`].
//!
//! Calls block and are bounded in time; a caller with an event loop gives each device a thread of its own.
//!
//! The README has a quick start and a table of all devices; `examples/new_device` is a whole new device, from its codec
//! to its tests.

pub mod audio;
pub mod barcode;
pub mod bookcase_sim;
pub mod camera;
pub mod card_reader;
pub mod device;
pub mod discovery;
pub mod door;
pub mod input;
pub mod lights;
pub mod masking;
pub mod modbus;
pub mod presence;
pub mod printer;
pub mod rfid;
pub mod rs485;
pub mod sensitive;
pub mod sim;
pub mod transport;

/// The examples of the README and of the pages beside it, so that they keep compiling.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../README.md")]
    pub struct Readme;
    #[doc = include_str!("../docs/barcodes.md")]
    pub struct Barcodes;
    #[doc = include_str!("../docs/books.md")]
    pub struct Books;
    #[doc = include_str!("../docs/cameras.md")]
    pub struct Cameras;
    #[doc = include_str!("../docs/doors.md")]
    pub struct Doors;
    #[doc = include_str!("../docs/id-cards.md")]
    pub struct IdCards;
    #[doc = include_str!("../docs/printing.md")]
    pub struct Printing;
    #[doc = include_str!("../docs/smart-cards.md")]
    pub struct SmartCards;
    #[doc = include_str!("../docs/sound.md")]
    pub struct Sound;
}
