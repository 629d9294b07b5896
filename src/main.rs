// SPDX-License-Identifier: GPL-3.0-only
//! The command line.

fn main() {}
