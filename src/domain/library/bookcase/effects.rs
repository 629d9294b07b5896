// SPDX-License-Identifier: GPL-3.0-only
//! What a case asks for.

use super::record::{Movement, StaffMatter, VisitKey, VisitRecord};
use super::senses::{Contents, CountId, DoorId};
use crate::domain::library::Patron;

/// One write; counts up from the start of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct WriteId(pub u64);

/// What goes to disk in **one transaction**: all of it or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Write {
    /// Comes back in `Bookcase::written`.
    pub id: WriteId,
    /// Visits to insert or replace, by key.
    pub visits: Vec<VisitRecord>,
    /// What lies behind these doors now.
    pub contents: Vec<(DoorId, Contents)>,
    /// For the staff list.
    pub matters: Vec<StaffMatter>,
}

/// What is to be done, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaseEffect {
    /// Put it on disk, then call `Bookcase::written`. One write at a time is under way.
    Write(Write),
    /// Unlock the door, once; then `Bookcase::unlocked`, and report the contact again.
    /// Only asked for when the visit is on disk.
    Unlock(DoorId),
    /// Make so many passes with the antenna of the door; then `Bookcase::counted`.
    Count {
        /// Comes back with the answer.
        id: CountId,
        /// Which door.
        door: DoorId,
        /// How many passes.
        passes: u8,
    },
    /// Make these loans and returns durable transactions, those with a known key not again. When that fails, the
    /// [`CaseEffect::Settle`] of the visit must not be done: the journal then begins them at the next start.
    Begin {
        /// The visit.
        visit: VisitKey,
        /// To whom is lent; `None` where nothing is lent.
        patron: Option<Patron>,
        /// In the order in which they happened.
        movements: Vec<Movement>,
    },
    /// The visit leaves the journal.
    Settle(VisitKey),
}
