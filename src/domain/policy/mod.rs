// SPDX-License-Identifier: GPL-3.0-only
//! Which policies apply to somebody, why, and what would change it.
//!
//! A [`Pack`](pack::Pack) says what there is to know of a person ([`fact`]) and which policies there are, as clauses
//! over those facts ([`rule`]). Nothing in it is a script: every answer can be shown with the clauses and facts that
//! decided it.

pub mod card;
pub mod engine;
pub mod fact;
pub mod pack;
pub mod rule;
