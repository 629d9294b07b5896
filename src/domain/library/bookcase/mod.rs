// SPDX-License-Identifier: GPL-3.0-only
//! The smart bookcase: who opened which door, what was taken and put in, and who answers for it.

mod case;
mod compare;
mod consider;
mod counts;
mod doors;
mod effects;
mod flow;
mod look;
mod policy;
mod record;
mod senses;
mod tally;
mod view;

#[cfg(test)]
mod days;
#[cfg(test)]
mod desk;
#[cfg(test)]
mod dice;
#[cfg(test)]
mod fault_tests;
#[cfg(test)]
mod hardware;
#[cfg(test)]
mod people;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod words;
#[cfg(test)]
mod world;

pub use case::Bookcase;
pub use effects::{CaseEffect, Write, WriteId};
pub use policy::{BookcasePolicy, MOST_DOORS};
pub use record::{
    Evidence, MatterKind, Movement, MovementKind, Opener, Remembered, StaffMatter, VisitKey, VisitRecord,
};
pub use senses::{
    Agreement, Contents, Count, CountFailure, CountId, DoorId, DoorSense, Pass, Sighting, TagId, TagKind, UnlockResult,
};
pub use view::{BookcaseView, Change, DoorState, Line, OpenRefusal, VisitStage, VisitView};
