// SPDX-License-Identifier: GPL-3.0-only
//! Policy packs as policy officers handle them: the files, their faults, the example people, the command line; and how
//! they come to terminals.
//!
//! A pack is a folder of YAML files (`docs/policy-packs.md`). [`source`] takes them in as bytes, bounded; [`mod@format`]
//! makes a pack of them, or says every [`fault`]; [`cases`] are the example people; [`cli`] is the officer's tool. A
//! [`bundle`] carries a pack to terminals, signed (`docs/policy-bundles.md`); [`live`] is how it goes live there.

pub mod bundle;
pub mod cases;
pub mod cli;
pub mod compare;
pub mod fault;
pub mod format;
pub mod live;
pub mod source;
pub mod words;

pub use format::{Reading, read};
