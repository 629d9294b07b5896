// SPDX-License-Identifier: GPL-3.0-only
//! Readers and scanners belong to nobody: what is shown goes to the page in front, and they are told what any page
//! wants of them.

use super::{Effect, Kiosk, Now, Session};
use crate::domain::identity::{Presented, Wants, Ways};
use crate::domain::library::desk::LibraryEvent;
use crate::domain::policy::visit::PolicyEvent;

/// What the pages want taken in, and what the readers were told.
#[derive(Debug, Default)]
pub(super) struct Listening {
    /// The library's pages.
    pub(super) library: Wants,
    /// The policies' pages.
    pub(super) policies: Wants,
    told: Wants,
}

impl Kiosk {
    /// Only who is at pages that want it shows something, and it is a sign of them.
    pub(super) fn presented(&mut self, now: Now, presented: Presented, effects: &mut Vec<Effect>) {
        if self.session.as_ref().is_some_and(Session::in_policies) {
            self.policy_event(now, PolicyEvent::Presented(presented), effects);
        } else {
            self.library_event(now, LibraryEvent::Presented(presented), effects);
        }
    }

    pub(super) fn set_ways(&mut self, now: Now, ways: Ways, effects: &mut Vec<Effect>) {
        self.library_event(now, LibraryEvent::Ways(ways), effects);
        self.policy_event(now, PolicyEvent::Ways(ways), effects);
    }

    /// Tells the readers, when it has changed.
    pub(super) fn listen(&mut self, effects: &mut Vec<Effect>) {
        let (library, policies) = (self.listening.library, self.listening.policies);
        let wants = Wants { cards: library.cards || policies.cards, codes: library.codes || policies.codes };
        if std::mem::replace(&mut self.listening.told, wants) != wants {
            effects.push(Effect::Listen(wants));
        }
    }
}
