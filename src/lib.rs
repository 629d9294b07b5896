// SPDX-License-Identifier: GPL-3.0-only
//! Doorstep: the software of community-entrance kiosks and service-window terminals. `ARCHITECTURE.md` is
//! the map.

pub mod assets;
mod console;
#[cfg(feature = "terminal")]
pub mod demo;
pub mod devices;
pub mod domain;
pub mod http;
pub mod places;
pub mod policies;
#[cfg(feature = "terminal")]
pub mod presenter;
pub mod protocol;
pub mod runtime;
pub mod services;
pub mod settings;
pub mod store;
#[cfg(feature = "terminal")]
pub mod terminal;
