// SPDX-License-Identifier: GPL-3.0-only
//! Random packs and people from a seed, a second evaluator that is as plain as can be, and the laws that the engine
//! keeps.

mod asking;
mod changing;
pub(crate) mod generator;
mod laws;
mod reference;
mod units;
