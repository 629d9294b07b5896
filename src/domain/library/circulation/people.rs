// SPDX-License-Identifier: GPL-3.0-only
//! The people of the world: they take and bring books at the case and the counter, put back what was refused or go
//! with it, dispute, walk away; and the librarian.

use std::time::Duration;

use super::model::PATRONS;
use super::world::{Place, World, new};
use super::*;
use crate::domain::library::DueDate;

/// So many people come.
const MOST_VISITS: usize = 12;

impl World {
    pub(super) fn people_done(&self) -> bool {
        let quiet = self.visit.is_none() && (self.dice.used_up() || self.visits >= MOST_VISITS);
        quiet && self.circulation.open() == 0
    }

    pub(super) fn people(&mut self) {
        let seconds = self.dice.pick(&[1_u64, 1, 2, 7, 30, 300, 3000, 90_000]);
        self.people_next = self.now + Duration::from_secs(seconds);
        match self.visit.clone() {
            None if self.dice.used_up() || self.visits >= MOST_VISITS => {
                self.people_next = self.now + Duration::from_secs(5000);
                self.librarian();
            }
            None => {
                self.visits += 1;
                let patron = PATRONS[self.dice.roll(3)].to_owned();
                self.visit = Some((VisitId(format!("v{}", self.visits)), patron));
            }
            Some((visit, patron)) => self.act_as(&visit, &patron),
        }
    }

    fn act_as(&mut self, visit: &VisitId, patron: &str) {
        let with = Place::With(patron.to_owned());
        match self.dice.roll(12) {
            1..=3 => self.take(visit, patron),
            4 | 5 => self.bring(visit, &with, true),
            6 => self.at_counter(visit, patron),
            7 => self.bring(visit, &with, false),
            8 => self.renew(visit, patron, &with),
            9 | 10 => self.put_refused_back(visit, &with),
            11 => self.dispute_one(),
            _ => self.leave(visit),
        }
    }

    fn leave(&mut self, visit: &VisitId) {
        self.look_away();
        self.visit = None;
        self.gone.insert(visit.clone());
        let effects = self.circulation.gone(self.now, visit);
        self.carry_out(effects);
    }

    fn book(&mut self, place: &Place) -> Option<ItemId> {
        let there: Vec<_> = self.places.iter().filter(|(_, at)| *at == place).map(|(item, _)| item.clone()).collect();
        // What lies before somebody who waits for the screen is not moved.
        let there: Vec<_> = there
            .into_iter()
            .filter(|item| !self.stories.values().any(|story| story.watched && story.new.item == *item))
            .collect();
        (!there.is_empty()).then(|| self.dice.pick(&there))
    }

    fn take(&mut self, visit: &VisitId, patron: &str) {
        let Some(item) = self.book(&Place::Case) else { return };
        self.places.insert(item.clone(), Place::With(patron.to_owned()));
        let due = self.dice.hits(64).then_some(DueDate { year: 2999, month: 1, day: 1 });
        let disputed = self.dice.hits(self.chaos.disputes);
        let base = new(self.stories.len(), Kind::Checkout, &item, Some(patron));
        self.begin(NewTransaction { physical: true, visit: Some(visit.clone()), due, disputed, ..base });
    }

    fn bring(&mut self, visit: &VisitId, with: &Place, physical: bool) {
        let Some(item) = self.book(with) else { return };
        if physical {
            self.places.insert(item.clone(), Place::Case);
        }
        let base = new(self.stories.len(), Kind::Checkin, &item, None);
        self.begin(NewTransaction { physical, visit: Some(visit.clone()), ..base });
    }

    fn at_counter(&mut self, visit: &VisitId, patron: &str) {
        let Some(item) = self.book(&Place::Shelf) else { return };
        let base = new(self.stories.len(), Kind::Checkout, &item, Some(patron));
        self.begin(NewTransaction { visit: Some(visit.clone()), ..base });
    }

    fn renew(&mut self, visit: &VisitId, patron: &str, with: &Place) {
        let Some(item) = self.book(with) else { return };
        let base = new(self.stories.len(), Kind::Renew, &item, Some(patron));
        self.begin(NewTransaction { visit: Some(visit.clone()), ..base });
    }

    fn put_refused_back(&mut self, visit: &VisitId, with: &Place) {
        let there = self.places.iter().filter(|(_, at)| *at == with).map(|(item, _)| item.clone());
        let Some(item) = there.into_iter().find(|item| self.circulation.waiting_for_put_back(item)) else { return };
        self.places.insert(item.clone(), Place::Case);
        if self.dice.hits(128) {
            let effects = self.circulation.resolved_by_return(self.now, &item);
            self.carry_out(effects);
        } else {
            let base = new(self.stories.len(), Kind::Checkin, &item, None);
            self.begin(NewTransaction { physical: true, visit: Some(visit.clone()), ..base });
        }
    }

    fn dispute_one(&mut self) {
        let open: Vec<_> =
            self.stories.iter().filter(|(_, story)| story.outcome.is_none()).map(|(key, _)| key.clone()).collect();
        if !open.is_empty() && self.dice.hits(self.chaos.disputes) {
            let key = self.dice.pick(&open);
            let effects = self.circulation.dispute(self.now, &key);
            self.carry_out(effects);
        }
    }

    /// Decides about one that waits for a decision. Comes when nobody else does any more.
    fn librarian(&mut self) {
        let waits =
            |record: &&TransactionRecord| matches!(record.phase, TransactionPhase::Staff | TransactionPhase::Disputed);
        let Some(record) = self.journal.values().find(waits).cloned() else { return };
        let listed = self.staff.iter().any(|(key, reason)| *key == record.key && reason.waits_for_decision());
        assert!(listed, "waits for staff, who do not know: {record:?}");
        let story = self.stories.get_mut(&record.key).unwrap();
        let send = story.new.number_is_even() && story.sent_by_staff == 0;
        // The librarian puts it right by hand, or has it sent.
        let decision = if send { Decision::Send } else { Decision::Drop };
        story.sent_by_staff += u32::from(send);
        if !send {
            story.changes.clear();
        }
        let effects = self.circulation.decide(self.now, &record.key, decision);
        self.carry_out(effects);
    }
}

impl NewTransaction {
    fn number_is_even(&self) -> bool {
        self.at.0 % 2 == 0
    }
}
