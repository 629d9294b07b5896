// SPDX-License-Identifier: GPL-3.0-only
//! Readers and scanners belong to nobody: what is shown goes to the page in front, and they are told what any page
//! wants of them.

use super::{Effect, Kiosk, Now};
use crate::domain::identity::{Presented, Wants, Ways};
use crate::domain::library::desk::LibraryEvent;

/// What the pages want taken in, and what the readers were told.
#[derive(Debug, Default)]
pub(super) struct Listening {
    /// The library's pages.
    pub(super) library: Wants,
    told: Wants,
}

impl Kiosk {
    /// Only who is at pages that want it shows something, and it is a sign of them.
    pub(super) fn presented(&mut self, now: Now, presented: Presented, effects: &mut Vec<Effect>) {
        self.library_event(now, LibraryEvent::Presented(presented), effects);
    }

    pub(super) fn set_ways(&mut self, now: Now, ways: Ways, effects: &mut Vec<Effect>) {
        self.library_event(now, LibraryEvent::Ways(ways), effects);
    }

    /// Tells the readers, when it has changed.
    pub(super) fn listen(&mut self, effects: &mut Vec<Effect>) {
        let wants = self.listening.library;
        if std::mem::replace(&mut self.listening.told, wants) != wants {
            effects.push(Effect::Listen(wants));
        }
    }
}
