// SPDX-License-Identifier: GPL-3.0-only
//! Policy packs as policy officers handle them: the files, their faults, the example people, the command line.
//!
//! A pack is a folder of YAML files (`docs/policy-packs.md`). [`source`] takes them in as bytes, bounded.

pub mod source;
