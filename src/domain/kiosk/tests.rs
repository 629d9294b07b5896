// SPDX-License-Identifier: GPL-3.0-only
//! Days at the gate: residents who tap anything at any time, drivers and a network of every temper, power
//! cuts, a printer that may say nothing. After every step everything that must always hold is checked.

mod centre;
mod days;
mod gate;
mod story;
