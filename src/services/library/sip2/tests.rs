// SPDX-License-Identifier: GPL-3.0-only
//! The codec against messages seen on real wires, and against made-up ones.

mod golden;
mod properties;
mod strange;
