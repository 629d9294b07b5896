// SPDX-License-Identifier: GPL-3.0-only
//! `doorstep device …` as a technician runs it: a process of its own, against simulated devices on real wires.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail by panicking")]

#[path = "device_console/bench.rs"]
mod bench;
#[path = "device_console/camera_scanner.rs"]
mod camera_scanner;
#[path = "device_console/classes.rs"]
mod classes;
#[path = "device_console/printer.rs"]
mod printer;
#[cfg(feature = "pcsc")]
#[path = "device_console/smart_card.rs"]
mod smart_card;
#[path = "device_console/sound.rs"]
mod sound;
#[path = "device_console/trace.rs"]
mod trace;
#[path = "device_console/use_of_it.rs"]
mod use_of_it;
