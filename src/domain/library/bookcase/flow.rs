// SPDX-License-Identifier: GPL-3.0-only
//! What is due: limits, proposals, settlements, writes, loans and returns.

use std::collections::BTreeSet;
use std::time::Duration;

use super::case::{After, Bookcase, Cause, Door, Phase, Proposed, Visit};
use super::compare::{Finding, Found};
use super::effects::{CaseEffect, Write, WriteId};
use super::record::{MatterKind, Movement, Opener, StaffMatter, VisitKey, VisitRecord};
use super::senses::{DoorId, DoorSense, TagId, UnlockResult};
use super::view::Change;
use crate::domain::library::Patron;
use crate::domain::time::{Moment, Now};

/// The cluster of the start-up count.
const START: u64 = 0;

impl Bookcase {
    pub(super) fn advance(&mut self, now: Now) -> Vec<CaseEffect> {
        let mut effects = Vec::new();
        self.limits(now);
        self.begin_start(now);
        self.settle(now);
        self.grant(now, &mut effects);
        self.sweep();
        self.send(&mut effects);
        self.ask_counts(now, &mut effects);
        self.next_write(now.moment, &mut effects);
        effects
    }

    fn limits(&mut self, now: Now) {
        let ids: Vec<_> = self.doors.keys().copied().collect();
        for id in ids {
            let Some(door) = self.doors.get(&id) else { continue };
            if door.counting.is_some_and(|(_, sent)| now.moment.since(sent) >= self.policy.count_limit) {
                self.count_failed(now, id);
            }
            let Some(door) = self.doors.get_mut(&id) else { continue };
            match door.phase {
                Phase::Unlocking { since } if now.moment.since(since) >= self.policy.unlock_limit => {
                    self.take_unlocked(now, id, UnlockResult::Unknown);
                }
                Phase::Watch { until } if now.moment >= until && door.sense == DoorSense::Closed => {
                    door.void_count();
                    door.phase = Phase::Shut;
                    door.shut = Some((now.moment, now.wall));
                    door.retry_at = now.moment;
                }
                _ => {}
            }
            self.remind(now, id);
        }
    }

    /// A door that stands open, and one whose lock board is silent.
    fn remind(&mut self, now: Now, id: DoorId) {
        let Some(door) = self.doors.get_mut(&id) else { return };
        let silent = now.moment.since(door.sense_since);
        if door.sense == DoorSense::Unknown && !door.told_silent && silent >= self.policy.silence_until_told {
            door.told_silent = true;
            return self.tell(now, MatterKind::LockSilent, id);
        }
        let Phase::Open { since } = door.phase else { return };
        if door.sense != DoorSense::Open {
            return;
        }
        let open = now.moment.since(since);
        door.reminders = reminders(open, self.policy.first_reminder, self.policy.next_reminder);
        if !self.started && !door.told_open {
            door.told_open = true;
            self.tell(now, MatterKind::OpenAtStart, id);
        } else if !door.told_open && open >= self.policy.longest_open {
            door.told_open = true;
            self.tell(now, MatterKind::DoorLeftOpen, id);
        }
    }

    /// The start-up count begins when no door stands open; doors of a silent lock board are left aside in the end.
    fn begin_start(&mut self, now: Now) {
        let patience_over = now.moment.since(self.born) >= self.policy.silence_until_told;
        if !self.gate {
            let none_open = self.doors.values().all(|door| door.sense != DoorSense::Open);
            let all_shut = self.doors.values().all(|door| door.sense == DoorSense::Closed);
            self.gate = none_open && (all_shut || patience_over);
        }
        if self.gate && !self.started {
            let told_after = self.policy.failures_until_told;
            let hopeless = |door: &Door| {
                let silent = door.sense == DoorSense::Unknown && patience_over;
                !matches!(door.phase, Phase::Counted(_)) && (silent || door.failures >= told_after)
            };
            let aside: Vec<DoorId> =
                self.doors_of(START).into_iter().filter(|id| self.doors.get(id).is_some_and(hopeless)).collect();
            aside.into_iter().for_each(|id| self.set_aside(now, id));
            self.started = !self.visits.iter().any(|visit| visit.cluster == START && !visit.doors.is_empty());
        }
    }

    /// This door cannot be counted for now; the others need not wait for it.
    fn set_aside(&mut self, now: Now, id: DoorId) {
        let Some(key) = self.doors.get(&id).and_then(|door| door.visit.clone()) else { return };
        let cluster = self.new_cluster();
        match self.visit_mut(&key) {
            Some(visit) if visit.cause == Cause::Recovered => visit.cluster = cluster,
            _ => {
                let own = self.own_visit(now, Cause::Start, cluster);
                self.give(id, &own);
            }
        }
    }

    /// Proposals whose time is over are settled, and the next is made. One at a time: what one settles the next
    /// compares with.
    fn settle(&mut self, now: Now) {
        loop {
            if self.proposed.is_some() {
                if !self.is_resolved(now.moment) {
                    return;
                }
                self.decide(now);
                continue;
            }
            let clusters: BTreeSet<u64> = self.visits.iter().map(|visit| visit.cluster).collect();
            let ready: Vec<u64> = clusters.into_iter().filter(|cluster| self.is_counted(*cluster)).collect();
            let Some((cluster, finding)) =
                ready.into_iter().find_map(|it| self.compare(now, it).map(|found| (it, found)))
            else {
                return;
            };
            self.propose(now.moment, cluster, finding);
        }
    }

    /// Every door of the cluster is shut and counted, and no other is about to open.
    fn is_counted(&self, cluster: u64) -> bool {
        let doors = self.doors_of(cluster);
        let counted = |id: &DoorId| self.doors.get(id).is_some_and(|door| matches!(door.phase, Phase::Counted(_)));
        let keys: Vec<&VisitKey> =
            self.visits.iter().filter(|visit| visit.cluster == cluster).map(|visit| &visit.key).collect();
        !doors.is_empty() && doors.iter().all(counted) && !keys.into_iter().any(|key| self.is_opening(key))
    }

    /// A door is asked for and not unlocked yet.
    fn is_opening(&self, key: &VisitKey) -> bool {
        let queued = |after: &After| matches!(after, After::Unlock(visit, _) if visit == key);
        self.doors.values().any(|door| door.asked.as_ref() == Some(key))
            || self.queue.iter().any(|job| queued(&job.after))
    }

    fn propose(&mut self, now: Moment, cluster: u64, finding: Finding) {
        let to_look_at = |visit: &Visit| {
            let lines = finding.found.iter().filter(|found| found.visit == visit.key);
            visit.cause == Cause::Asked
                && lines.into_iter().any(|found| matches!(found.line.change, Change::Taken | Change::Put))
        };
        let mut anybody = false;
        for visit in self.visits.iter_mut().filter(|visit| visit.cluster == cluster) {
            let looks = to_look_at(visit) && visit.disputed.is_empty();
            visit.confirmed = visit.confirmed || !looks;
            anybody |= !visit.confirmed;
        }
        let until = if anybody { now + self.policy.confirm } else { now };
        self.proposed = Some(Proposed { cluster, finding, until });
    }

    /// Tags of lines that can be disputed.
    pub(super) fn disputable(&self, key: &VisitKey, serials: &[u16]) -> Vec<TagId> {
        let found = self.proposed.iter().flat_map(|proposed| &proposed.finding.found);
        let named =
            |found: &&Found| found.visit == *key && found.movement.is_some() && serials.contains(&found.line.serial);
        found.filter(named).map(|found| found.line.tag).collect()
    }

    /// What was proposed is so now: one write holds all of it.
    fn decide(&mut self, now: Now) {
        let Some(Proposed { cluster, finding, .. }) = self.proposed.take() else { return };
        let (over, rest): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.visits).into_iter().partition(|visit| visit.cluster == cluster);
        self.visits = rest;
        let mut write = Write { matters: finding.matters.clone(), ..Write::default() };
        let mut records = Vec::new();
        for visit in &over {
            let movements = movements(now, visit, &finding.found);
            for found in finding.found.iter().filter(|found| found.visit == visit.key) {
                if found.movement.is_some() && visit.disputed.contains(&found.line.tag) {
                    write.matters.push(disputed(now, visit, found));
                }
            }
            if visit.on_disk || !movements.is_empty() {
                records.push(VisitRecord { settled: Some(movements), ..visit.record() });
            }
        }
        for (id, contents) in finding.contents {
            let Some(door) = self.doors.get_mut(&id) else { continue };
            if door.contents != contents || !door.known {
                write.contents.push((id, contents.clone()));
            }
            door.contents = contents;
            door.known = true;
        }
        for (id, muted) in finding.muted {
            if let Some(door) = self.doors.get_mut(&id) {
                door.muted = muted;
            }
        }
        for visit in &over {
            visit.doors.iter().for_each(|id| self.release(now.moment, *id, visit.cause));
        }
        write.visits.clone_from(&records);
        if !(write.visits.is_empty() && write.contents.is_empty() && write.matters.is_empty()) {
            self.write(write, After::Settled(records));
        }
        if cluster == START {
            self.started = true;
        }
    }

    /// The door is nobody's again.
    fn release(&mut self, now: Moment, id: DoorId, cause: Cause) {
        let check_at = now + self.policy.check_after;
        let Some(door) = self.doors.get_mut(&id) else { return };
        door.void_count();
        door.phase = Phase::Rest;
        door.visit = None;
        // A contact that never said open is not to be trusted: the lock may have opened later, unseen.
        door.doubt = cause == Cause::Asked && !door.seen_open;
        door.verified = cause == Cause::Check { doubt: false };
        door.checked_at = now;
        door.check_due = check_at;
        door.check_tries = 0;
        door.reminders = 0;
        door.told_open = false;
        door.forced = false;
    }

    /// Visits that came to nothing leave: no door of theirs was opened.
    fn sweep(&mut self) {
        let empty: Vec<VisitKey> =
            self.visits.iter().filter(|visit| visit.doors.is_empty()).map(|visit| visit.key.clone()).collect();
        for key in empty.into_iter().filter(|key| !self.is_opening(key)).collect::<Vec<_>>() {
            let Some(at) = self.visits.iter().position(|visit| visit.key == key) else { continue };
            let visit = self.visits.remove(at);
            if visit.on_disk {
                let record = VisitRecord { settled: Some(Vec::new()), ..visit.record() };
                self.write(Write { visits: vec![record.clone()], ..Write::default() }, After::Settled(vec![record]));
            } else if visit.cause == Cause::Asked {
                self.remember_over(key);
            }
        }
    }

    /// What is settled and on disk is begun, unless a door of a visit stands open.
    fn send(&mut self, effects: &mut Vec<CaseEffect>) {
        let open = |visit: &Visit| visit.doors.iter().any(|id| self.doors.get(id).is_some_and(Door::may_be_open));
        if self.visits.iter().any(|visit| !visit.is_nobodys() && open(visit)) {
            return;
        }
        for record in std::mem::take(&mut self.unsent) {
            let key = record.key;
            if let Some(movements) = record.settled.filter(|movements| !movements.is_empty()) {
                let patron = lent_to(record.opener);
                effects.push(CaseEffect::Begin { visit: key.clone(), patron, movements });
            }
            effects.push(CaseEffect::Settle(key.clone()));
            self.remember_over(key);
        }
    }

    /// One write at a time, so that what is on disk is always a state that was.
    fn next_write(&mut self, now: Moment, effects: &mut Vec<CaseEffect>) {
        if !self.writing
            && now >= self.write_at
            && let Some(job) = self.queue.front()
        {
            self.writing = true;
            effects.push(CaseEffect::Write(job.write.clone()));
        }
    }

    /// What became of [`CaseEffect::Write`].
    pub fn written(&mut self, now: Now, id: WriteId, ok: bool) -> Vec<CaseEffect> {
        let mut effects = Vec::new();
        if !self.writing || self.queue.front().is_none_or(|job| job.write.id != id) {
            return effects;
        }
        self.writing = false;
        if ok {
            self.write_failures = 0;
            match self.queue.pop_front().map(|job| job.after) {
                Some(After::Unlock(key, door)) => self.unlock(now, &key, door, &mut effects),
                Some(After::Settled(records)) => self.unsent.extend(records),
                Some(After::Nothing) | None => {}
            }
        } else {
            self.write_failures = self.write_failures.saturating_add(1);
            self.write_at = now.moment + self.policy.pause(self.write_failures);
            // Nobody is kept waiting before a door that may never open.
            self.queue.retain(|job| !matches!(job.after, After::Unlock(..)));
        }
        effects.extend(self.advance(now));
        effects
    }

    /// When [`Self::tick`] must be called at the latest; `None` when only an input can bring more.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Moment> {
        let doors = self.doors.keys().filter_map(|id| self.door_wakeup(*id));
        let proposal = self.proposed.as_ref().map(|proposed| proposed.until);
        let write = (!self.writing && !self.queue.is_empty()).then_some(self.write_at);
        let gate = (!self.gate)
            .then(|| self.born + self.policy.silence_until_told)
            .filter(|_| self.doors.values().all(|door| door.sense != DoorSense::Open));
        doors.chain(proposal).chain(write).chain(gate).min()
    }

    fn door_wakeup(&self, id: DoorId) -> Option<Moment> {
        let door = self.doors.get(&id)?;
        let policy = &self.policy;
        let counting = door.counting.map(|(_, sent)| sent + policy.count_limit);
        let silent = (door.sense == DoorSense::Unknown && !door.told_silent)
            .then(|| door.sense_since + policy.silence_until_told);
        let phase = match door.phase {
            Phase::Unlocking { since } => Some(since + policy.unlock_limit),
            Phase::Watch { until } if door.sense == DoorSense::Closed => Some(until),
            Phase::Open { since } if door.sense == DoorSense::Open => {
                let next = since + policy.first_reminder + policy.next_reminder.saturating_mul(door.reminders);
                Some(if door.told_open { next } else { next.min(since + policy.longest_open) })
            }
            _ => None,
        };
        [counting, silent, phase, self.count_at(id)].into_iter().flatten().min()
    }
}

fn reminders(open: Duration, first: Duration, next: Duration) -> u32 {
    match open.checked_sub(first) {
        None => 0,
        Some(more) => {
            let times = more.as_millis() / next.as_millis().max(1);
            u32::try_from(times).unwrap_or(u32::MAX).saturating_add(1)
        }
    }
}

fn lent_to(opener: Opener) -> Option<Patron> {
    if let Opener::Patron(patron) = opener { Some(patron) } else { None }
}

fn movements(now: Now, visit: &Visit, found: &[Found]) -> Vec<Movement> {
    let own = found.iter().filter(|found| found.visit == visit.key);
    own.filter_map(|found| {
        Some(Movement {
            key: visit.key.movement(found.line.serial),
            item: found.line.item.clone()?,
            kind: found.movement?,
            at: found.evidence.shut.unwrap_or(now.wall),
            disputed: visit.disputed.contains(&found.line.tag),
            evidence: found.evidence,
        })
    })
    .collect()
}

fn disputed(now: Now, visit: &Visit, found: &Found) -> StaffMatter {
    StaffMatter {
        kind: MatterKind::Disputed,
        door: Some(found.line.door),
        visit: Some(visit.key.clone()),
        tag: Some(found.line.tag),
        item: found.line.item.clone(),
        at: now.wall,
        agreement: Some(found.line.agreement),
    }
}
