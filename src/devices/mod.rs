// SPDX-License-Identifier: GPL-3.0-only
//! The devices of the terminal, each behind a handle that never blocks and never fails to start.

pub mod bookcase;
pub mod console;
pub mod identification;
pub mod registry;
pub mod set;
pub mod sim_printer;
pub mod sims;
pub mod slip_printer;
pub mod supervisor;
mod tap;
pub mod voice;
pub mod wire;
