// SPDX-License-Identifier: GPL-3.0-only
//! What residents present, and the bookcase: the real drivers over ptys against the simulated readers, scanner, locks
//! and tags, as the terminal has them.

#![expect(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "library_devices/bench.rs"]
mod bench;
#[path = "library_devices/cards.rs"]
mod cards;
#[path = "library_devices/codes.rs"]
mod codes;
#[path = "library_devices/counts.rs"]
mod counts;
#[path = "library_devices/doors.rs"]
mod doors;
#[path = "runtime/logs.rs"]
mod logs;
#[path = "library_devices/measured.rs"]
mod measured;
#[path = "library_devices/privacy.rs"]
mod privacy;
#[cfg(feature = "pcsc")]
#[path = "library_devices/smart_cards.rs"]
mod smart_cards;
