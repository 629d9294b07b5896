// SPDX-License-Identifier: GPL-3.0-only
//! Screens of the Doorstep terminal.
//!
//! Everything that a resident sees or hears is made here: words, sizes, colours, pictures, both languages. The
//! program writes the properties of the globals in `slint/globals.slint`, answers their callbacks, and reads
//! what is to be spoken ([`Speech`]) and printed ([`SlipWords`]).

/// What the Slint compiler writes; its style is not ours to judge.
#[allow(missing_docs, unreachable_pub, unused_qualifications, rustdoc::all)]
#[allow(clippy::all, clippy::pedantic, clippy::restriction)]
mod generated {
    slint::include_modules!();
}

pub use generated::*;
