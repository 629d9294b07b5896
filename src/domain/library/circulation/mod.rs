// SPDX-License-Identifier: GPL-3.0-only
//! Circulation: loans, returns and renewals under way.

mod policy;
mod transaction;
mod view;
mod why;

pub use policy::CirculationPolicy;
pub use transaction::{
    CirculationAnswer, CirculationEffect, Decision, Kind, NewTransaction, Outcome, StaffMatter, StaffReason,
    TransactionPhase, TransactionRecord,
};
pub use view::{Done, TransactionState, TransactionView};
pub use why::{Refused, WayOut, Why};
