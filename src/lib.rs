// SPDX-License-Identifier: GPL-3.0-only
//! Doorstep: the software of community-entrance kiosks and service-window terminals. `ARCHITECTURE.md` is
//! the map.

pub mod domain;
pub mod protocol;
pub mod services;
pub mod settings;
