// SPDX-License-Identifier: GPL-3.0-only
//! What the library system (ACS) sends. Layouts of SIP 2.00 and its common extensions.

mod item;
mod patron;

pub use item::*;
pub use patron::*;
