// SPDX-License-Identifier: GPL-3.0-only
//! Bundles on their way to the screen: from files, from addresses, by hand, through power cuts.

mod address;
mod bench;
mod file;
mod going_live;
mod power;
mod waiting;
