// SPDX-License-Identifier: GPL-3.0-only
//! The library: its system speaks SIP2.

pub mod sip2;
