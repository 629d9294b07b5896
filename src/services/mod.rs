// SPDX-License-Identifier: GPL-3.0-only
//! The outside world: for each service a trait, the real protocol, and a simulator that speaks it.

pub mod library;
pub mod taxi;
