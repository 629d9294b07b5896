// SPDX-License-Identifier: MIT OR Apache-2.0
//! The smart card driver against pcscd and the virtual reader of vsmartcard, with simulated cards in it.
//!
//! Each test runs in a process of its own, for libpcsclite reads the place of its service from the environment once.
//! There it starts a pcscd of its own: no right is needed, and one that runs on the machine is left alone.
#![cfg(feature = "pcsc")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail by panicking")]

mod bench;
mod reading;
mod service;
mod switch;
