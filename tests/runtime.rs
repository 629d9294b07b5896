// SPDX-License-Identifier: GPL-3.0-only
//! The real loop with the real client over HTTP against the simulated dispatch centre, the real database
//! and no printer: taps go in, pictures come out. Also killed at any moment, and with a disk that fails.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "runtime/flows.rs"]
mod flows;
#[path = "runtime/kills.rs"]
mod kills;
#[path = "runtime/logs.rs"]
mod logs;
#[path = "runtime/outages.rs"]
mod outages;
#[path = "runtime/privacy.rs"]
mod privacy;
#[path = "runtime/process.rs"]
mod process;
#[path = "runtime/storage.rs"]
mod storage;
#[expect(dead_code, unsafe_code, reason = "shared with the tests of the store, which use all of it")]
#[path = "store/vfs.rs"]
mod vfs;
