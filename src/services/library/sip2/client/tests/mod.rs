// SPDX-License-Identifier: GPL-3.0-only
//! The client against a scripted library system on a real socket, for everything that goes wrong.

mod faults;
mod link;
pub(in crate::services::library::sip2) mod peer;
mod secure;
