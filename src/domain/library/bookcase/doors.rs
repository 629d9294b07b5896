// SPDX-License-Identifier: GPL-3.0-only
//! Doors: who may open which, and what locks and contacts say.

use std::collections::BTreeSet;

use super::case::{After, Bookcase, Cause, Phase, Visit};
use super::effects::{CaseEffect, Write};
use super::record::{MatterKind, Opener, VisitKey};
use super::senses::{DoorId, DoorSense, UnlockResult};
use super::view::OpenRefusal;
use crate::domain::library::Patron;
use crate::domain::time::Now;

impl Bookcase {
    /// Opens a door for somebody. The same key again is another door of the same visit; a visit that is over needs a
    /// new key.
    ///
    /// # Errors
    /// Why it stays shut; nothing has changed.
    pub fn open(
        &mut self,
        now: Now,
        key: &VisitKey,
        opener: Opener,
        id: DoorId,
    ) -> Result<Vec<CaseEffect>, OpenRefusal> {
        let opener = without_pin(opener);
        self.may_open(key, &opener, id)?;
        if self.visit(key).is_none() {
            let cluster = self.new_cluster();
            self.visits.push(Visit {
                key: key.clone(),
                opener,
                cause: Cause::Asked,
                began: now.wall,
                doors: BTreeSet::new(),
                cluster,
                left: false,
                confirmed: false,
                disputed: BTreeSet::new(),
                on_disk: false,
            });
        }
        if let Some(cluster) = self.visit(key).map(|visit| visit.cluster) {
            self.withdraw(cluster);
        }
        if let Some(door) = self.doors.get_mut(&id)
            && !door.may_be_open()
        {
            door.asked = Some(key.clone());
            if (door.stuck || self.policy.count_first) && matches!(door.phase, Phase::Rest) {
                // A contact that once did not say open is not to be trusted: what happened since is not this
                // visitor's.
                door.void_count();
                door.verified = false;
                door.doubt |= door.stuck;
            }
            door.stuck = false;
            door.check_tries = 0;
        }
        Ok(self.advance(now))
    }

    fn may_open(&self, key: &VisitKey, opener: &Opener, id: DoorId) -> Result<(), OpenRefusal> {
        let door = self.doors.get(&id).ok_or(OpenRefusal::NoSuchDoor)?;
        if !self.started {
            return Err(OpenRefusal::NotStarted);
        }
        if self.write_failures > 0 {
            return Err(OpenRefusal::Journal);
        }
        match opener {
            Opener::ReturnOnly if !self.policy.return_doors.contains(&id) => return Err(OpenRefusal::CardNeeded),
            Opener::Patron(patron) if patron.id.is_empty() => return Err(OpenRefusal::CardNeeded),
            Opener::Nobody => return Err(OpenRefusal::CardNeeded),
            _ => {}
        }
        let over = self.over.contains(key) || self.unsent.iter().any(|record| record.key == *key);
        let other = |visit: &Visit| visit.left || visit.cause != Cause::Asked || visit.opener != *opener;
        if over || self.visit(key).is_some_and(other) {
            return Err(OpenRefusal::VisitOver);
        }
        let cluster = self.visit(key).map(|visit| visit.cluster);
        if self.proposed.as_ref().is_some_and(|proposed| Some(proposed.cluster) != cluster) {
            return Err(OpenRefusal::Confirming);
        }
        if *opener != Opener::Staff
            && let Some(left) = self.left_open(key)
        {
            return Err(OpenRefusal::LeftOpen(left));
        }
        if door.sense == DoorSense::Unknown {
            return Err(OpenRefusal::NotKnown);
        }
        let free = match &door.phase {
            Phase::Rest => door.asked.as_ref().is_none_or(|asked| asked == key) && door.sense == DoorSense::Closed,
            _ => door.visit.as_ref() == Some(key),
        };
        let counts = door.failures < self.policy.failures_until_told;
        if free && counts { Ok(()) } else { Err(OpenRefusal::NotSettled) }
    }

    /// A door that somebody else left open.
    fn left_open(&self, key: &VisitKey) -> Option<DoorId> {
        let mut others = self.visits.iter().filter(|visit| visit.key != *key && !visit.is_nobodys());
        others.find_map(|visit| {
            visit
                .doors
                .iter()
                .copied()
                .find(|id| self.doors.get(id).is_some_and(|door| door.may_be_open() && (visit.left || door.told_open)))
        })
    }

    /// Doors that are asked for and ready: the visit goes to disk first.
    pub(super) fn grant(&mut self, now: Now, effects: &mut Vec<CaseEffect>) {
        let asked: Vec<_> =
            self.doors.iter().filter_map(|(id, door)| door.asked.clone().map(|key| (*id, key))).collect();
        for (id, key) in asked {
            let Some(door) = self.doors.get_mut(&id) else { continue };
            if door.sense != DoorSense::Closed || door.failures >= self.policy.failures_until_told {
                door.asked = None;
                continue;
            }
            match &door.phase {
                Phase::Rest if door.verified => {
                    door.asked = None;
                    door.void_count();
                    let Some(mut record) = self.record(&key) else { continue };
                    if !record.doors.contains(&id) {
                        record.doors.push(id);
                    }
                    if let Some(visit) = self.visit_mut(&key) {
                        visit.on_disk = true;
                    }
                    self.write(Write { visits: vec![record], ..Write::default() }, After::Unlock(key, id));
                }
                Phase::Shut | Phase::Counted(_) if door.visit.as_ref() == Some(&key) => {
                    door.asked = None;
                    self.unlock(now, &key, id, effects);
                }
                _ => {}
            }
        }
    }

    /// The visit is on disk: now the lock may open, if everything is still as it was.
    pub(super) fn unlock(&mut self, now: Now, key: &VisitKey, id: DoorId, effects: &mut Vec<CaseEffect>) {
        let wanted = self.visit(key).is_some_and(|visit| !visit.left);
        let Some(door) = self.doors.get_mut(&id) else { return };
        let again = door.visit.as_ref() == Some(key);
        let at_rest = matches!(door.phase, Phase::Rest) && door.sense == DoorSense::Closed;
        if !wanted || !(at_rest || again) {
            return self.correct_record(key);
        }
        door.void_count();
        door.phase = Phase::Unlocking { since: now.moment };
        if !again {
            door.seen_open = false;
            door.forced = false;
            door.opened = None;
            door.shut = None;
        }
        self.give(id, key);
        self.join(key);
        effects.push(CaseEffect::Unlock(id));
    }

    /// The record names a door that was not opened after all.
    fn correct_record(&mut self, key: &VisitKey) {
        if self.visit(key).is_some_and(|visit| visit.on_disk && !visit.doors.is_empty())
            && let Some(record) = self.record(key)
        {
            self.write(Write { visits: vec![record], ..Write::default() }, After::Nothing);
        }
    }

    /// Visits whose doors are open at the same time are settled together: a book may go from one to the other. A
    /// door that nobody opened holds nobody up.
    fn join(&mut self, key: &VisitKey) {
        let Some((cluster, nobodys)) = self.visit(key).map(|visit| (visit.cluster, visit.is_nobodys())) else { return };
        let open = |visit: &Visit| {
            visit.is_nobodys() == nobodys
                && visit.doors.iter().any(|id| self.doors.get(id).is_some_and(|door| door.may_be_open()))
        };
        let joined: BTreeSet<u64> = self.visits.iter().filter(|visit| open(visit)).map(|visit| visit.cluster).collect();
        for visit in self.visits.iter_mut().filter(|visit| joined.contains(&visit.cluster)) {
            visit.cluster = cluster;
        }
    }

    pub(super) fn take_sense(&mut self, now: Now, id: DoorId, sense: DoorSense) {
        let Some(door) = self.doors.get_mut(&id) else { return };
        if door.sense != sense {
            door.sense = sense;
            door.sense_since = now.moment;
            door.told_silent = false;
        }
        if sense == DoorSense::Open {
            door.seen_open = true;
        }
        let cluster = door.visit.as_ref().and_then(|key| self.visits.iter().find(|visit| visit.key == *key));
        let cluster = cluster.map(|visit| visit.cluster);
        match (&door.phase, sense) {
            (Phase::Rest, DoorSense::Open) => self.found_open(now, id),
            (Phase::Rest, DoorSense::Unknown) => {
                door.void_count();
                door.verified = false;
                door.doubt = true;
                door.check_due = now.moment;
                door.asked = None;
            }
            (Phase::Unlocking { .. } | Phase::Watch { .. }, DoorSense::Open) => {
                door.stuck = false;
                door.opened.get_or_insert(now.wall);
                door.stand_open(now);
            }
            (Phase::Open { .. }, DoorSense::Closed) => {
                door.void_count();
                door.phase = Phase::Shut;
                door.shut = Some((now.moment, now.wall));
                door.retry_at = now.moment;
            }
            (Phase::Shut | Phase::Counted(_), DoorSense::Open | DoorSense::Unknown) => {
                door.asked = None;
                door.stand_open(now);
                if let Some(cluster) = cluster {
                    self.withdraw(cluster);
                }
            }
            _ => {}
        }
    }

    /// A door at rest stands open: nobody unlocked it.
    fn found_open(&mut self, now: Now, id: DoorId) {
        let cluster = self.new_cluster();
        let key = self.own_visit(now, Cause::Forced, cluster);
        self.give(id, &key);
        if let Some(door) = self.doors.get_mut(&id) {
            door.asked = None;
            door.forced = true;
            door.opened = Some(now.wall);
            door.shut = None;
            door.stand_open(now);
        }
        self.join(&key);
        self.tell(now, MatterKind::DoorForced, id);
    }

    pub(super) fn take_unlocked(&mut self, now: Now, id: DoorId, result: UnlockResult) {
        let watch = now.moment + self.policy.stuck_watch;
        let Some(door) = self.doors.get_mut(&id) else { return };
        match (&door.phase, result) {
            (Phase::Unlocking { .. } | Phase::Watch { .. }, UnlockResult::Opened) => {
                self.take_sense(now, id, DoorSense::Open);
            }
            (Phase::Unlocking { .. }, UnlockResult::NotSent) => {
                door.stuck = true;
                self.tell(now, MatterKind::LockSilent, id);
                self.not_opened(now, id);
            }
            (Phase::Unlocking { .. }, UnlockResult::StillClosed) => {
                door.stuck = true;
                door.phase = Phase::Watch { until: watch };
                self.tell(now, MatterKind::DoorStuck, id);
            }
            (Phase::Unlocking { .. }, UnlockResult::Silent | UnlockResult::Unknown) => {
                door.stuck = true;
                door.phase = Phase::Watch { until: watch };
                self.tell(now, MatterKind::LockSilent, id);
            }
            _ => {}
        }
    }

    /// The lock was certainly not told to open.
    fn not_opened(&mut self, now: Now, id: DoorId) {
        let Some(door) = self.doors.get_mut(&id) else { return };
        if door.seen_open {
            // It was open before in this visit.
            door.phase = Phase::Shut;
            door.retry_at = now.moment;
            return;
        }
        door.phase = Phase::Rest;
        let Some(key) = door.visit.take() else { return };
        if let Some(visit) = self.visit_mut(&key) {
            visit.doors.remove(&id);
        }
        self.correct_record(&key);
    }
}

fn without_pin(opener: Opener) -> Opener {
    match opener {
        Opener::Patron(patron) => Opener::Patron(Patron { id: patron.id, pin: None }),
        other => other,
    }
}
