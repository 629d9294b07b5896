// SPDX-License-Identifier: GPL-3.0-only
//! The outside world: for each service a trait, the real protocol, and a simulator that speaks it.

mod connection;
pub mod facts;
pub mod library;
pub mod taxi;
mod text;
