// SPDX-License-Identifier: GPL-3.0-only
//! The state of a case, and what comes in.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::compare::Finding;
use super::effects::{CaseEffect, Write, WriteId};
use super::policy::{BookcasePolicy, MOST_DOORS};
use super::record::{MatterKind, Opener, Remembered, StaffMatter, VisitKey, VisitRecord};
use super::senses::{Contents, Count, CountFailure, CountId, DoorId, DoorSense, TagId, UnlockResult};
use super::tally::{Judged, Tally};
use crate::domain::time::{Moment, Now, WallTime};

/// Keys of visits that are over, so that none is used twice.
const MOST_OVER: usize = 64;

/// Where a door is between two settlements.
#[derive(Clone, Debug)]
pub(super) enum Phase {
    /// Settled; nobody's.
    Rest,
    /// The lock has been told to open.
    Unlocking { since: Moment },
    /// It did not open, or nobody knows: it may yet.
    Watch { until: Moment },
    /// Open, or not known to be shut.
    Open { since: Moment },
    /// Shut; to be counted.
    Shut,
    /// Shut and counted.
    Counted(Judged),
}

#[derive(Debug)]
pub(super) struct Door {
    pub(super) sense: DoorSense,
    pub(super) sense_since: Moment,
    /// What lay there when it was last settled.
    pub(super) contents: Contents,
    /// It has been settled before, in this life of the program or another.
    pub(super) known: bool,
    /// Tags of `contents` that went silent while the door was shut.
    pub(super) muted: BTreeSet<TagId>,
    pub(super) phase: Phase,
    /// Whose it is, unless at rest.
    pub(super) visit: Option<VisitKey>,
    /// Who waits for it to open.
    pub(super) asked: Option<VisitKey>,
    /// Counted once more, with the same result, since it was settled.
    pub(super) verified: bool,
    /// It may have been opened unseen since it was settled.
    pub(super) doubt: bool,
    pub(super) checked_at: Moment,
    pub(super) check_due: Moment,
    pub(super) check_tries: u32,
    pub(super) counting: Option<(CountId, Moment)>,
    pub(super) tally: Tally,
    pub(super) retry_at: Moment,
    pub(super) failures: u32,
    /// The contact has said open since it was unlocked.
    pub(super) seen_open: bool,
    /// Nobody unlocked it.
    pub(super) forced: bool,
    /// The last unlock command did not open it.
    pub(super) stuck: bool,
    pub(super) opened: Option<WallTime>,
    pub(super) shut: Option<(Moment, WallTime)>,
    pub(super) reminders: u32,
    pub(super) told_open: bool,
    pub(super) told_silent: bool,
}

impl Door {
    fn new(now: Moment) -> Self {
        Self {
            sense: DoorSense::Unknown,
            sense_since: now,
            contents: Contents::new(),
            known: false,
            muted: BTreeSet::new(),
            phase: Phase::Open { since: now },
            visit: None,
            asked: None,
            verified: false,
            doubt: false,
            checked_at: Moment::default(),
            check_due: now,
            check_tries: 0,
            counting: None,
            tally: Tally::default(),
            retry_at: now,
            failures: 0,
            seen_open: true,
            forced: false,
            stuck: false,
            opened: None,
            shut: None,
            reminders: 0,
            told_open: false,
            told_silent: false,
        }
    }

    /// It is open, or may be, or may become so.
    pub(super) fn may_be_open(&self) -> bool {
        matches!(self.phase, Phase::Unlocking { .. } | Phase::Watch { .. } | Phase::Open { .. })
    }

    /// A count under way is worth nothing any more.
    pub(super) fn void_count(&mut self) {
        self.counting = None;
        self.tally = Tally::default();
    }

    pub(super) fn stand_open(&mut self, now: Now) {
        self.void_count();
        self.phase = Phase::Open { since: now.moment };
        self.reminders = 0;
        self.told_open = false;
    }
}

/// Why a visit is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// Somebody asked for a door.
    Asked,
    /// The journal had it.
    Recovered,
    /// The start-up count.
    Start,
    /// A door was found open.
    Forced,
    /// A door at rest was counted, and there was something else than remembered.
    Check {
        /// It may have been opened unseen.
        doubt: bool,
    },
}

#[derive(Debug)]
pub(super) struct Visit {
    pub(super) key: VisitKey,
    pub(super) opener: Opener,
    pub(super) cause: Cause,
    pub(super) began: WallTime,
    pub(super) doors: BTreeSet<DoorId>,
    /// Visits whose doors were open at the same time are settled together.
    pub(super) cluster: u64,
    pub(super) left: bool,
    pub(super) confirmed: bool,
    pub(super) disputed: BTreeSet<TagId>,
    pub(super) on_disk: bool,
}

impl Visit {
    pub(super) fn is_nobodys(&self) -> bool {
        self.opener == Opener::Nobody
    }

    /// The record while it is under way.
    pub(super) fn record(&self) -> VisitRecord {
        VisitRecord {
            key: self.key.clone(),
            opener: self.opener.clone(),
            doors: self.doors.iter().copied().collect(),
            began: self.began,
            disputed: self.disputed.iter().copied().collect(),
            settled: None,
        }
    }
}

/// What a write is for.
#[derive(Debug)]
pub(super) enum After {
    Nothing,
    Unlock(VisitKey, DoorId),
    Settled(Vec<VisitRecord>),
}

#[derive(Debug)]
pub(super) struct Job {
    pub(super) write: Write,
    pub(super) after: After,
}

/// One cluster that waits for its residents.
#[derive(Debug)]
pub(super) struct Proposed {
    pub(super) cluster: u64,
    pub(super) finding: Finding,
    pub(super) until: Moment,
}

/// The smart bookcase. Every input answers with what is to be done, in order.
#[derive(Debug)]
pub struct Bookcase {
    pub(super) policy: BookcasePolicy,
    pub(super) doors: BTreeMap<DoorId, Door>,
    pub(super) visits: Vec<Visit>,
    pub(super) proposed: Option<Proposed>,
    pub(super) seed: VisitKey,
    pub(super) own_visits: u64,
    pub(super) last_cluster: u64,
    pub(super) last_count: u64,
    pub(super) last_write: u64,
    /// Writes, the first of them under way if `writing`.
    pub(super) queue: VecDeque<Job>,
    pub(super) writing: bool,
    pub(super) write_failures: u32,
    pub(super) write_at: Moment,
    /// Settled and on disk; begun when all doors of visits are shut.
    pub(super) unsent: Vec<VisitRecord>,
    pub(super) over: VecDeque<VisitKey>,
    pub(super) born: Moment,
    /// The start-up count may begin.
    pub(super) gate: bool,
    pub(super) started: bool,
}

impl Bookcase {
    /// A case with these doors (at most [`MOST_DOORS`]). `seed` is a fresh random key: what the case settles for nobody
    /// has keys derived from it. Tell all doors' contacts next.
    #[must_use]
    pub fn start(
        now: Now,
        policy: BookcasePolicy,
        doors: &[DoorId],
        seed: VisitKey,
        remembered: Remembered,
    ) -> (Self, Vec<CaseEffect>) {
        let mut case = Self {
            policy,
            doors: doors.iter().take(MOST_DOORS).map(|door| (*door, Door::new(now.moment))).collect(),
            visits: Vec::new(),
            proposed: None,
            seed,
            own_visits: 0,
            last_cluster: 0,
            last_count: 0,
            last_write: 0,
            queue: VecDeque::new(),
            writing: false,
            write_failures: 0,
            write_at: now.moment,
            unsent: Vec::new(),
            over: VecDeque::new(),
            born: now.moment,
            gate: false,
            started: false,
        };
        case.remember(now, remembered);
        let effects = case.advance(now);
        (case, effects)
    }

    fn remember(&mut self, now: Now, remembered: Remembered) {
        for (id, contents) in remembered.contents {
            if let Some(door) = self.doors.get_mut(&id) {
                door.contents = contents;
                door.known = true;
            }
        }
        for record in remembered.visits {
            if record.settled.is_some() {
                self.unsent.push(record);
                continue;
            }
            let key = record.key.clone();
            let visit = Visit {
                key: record.key,
                opener: record.opener,
                cause: Cause::Recovered,
                began: record.began,
                doors: BTreeSet::new(),
                cluster: 0,
                left: true,
                confirmed: true,
                disputed: record.disputed.into_iter().collect(),
                on_disk: true,
            };
            self.visits.push(visit);
            for id in record.doors {
                self.give(id, &key);
            }
        }
        let free: Vec<_> = self.doors.iter().filter(|(_, door)| door.visit.is_none()).map(|(id, _)| *id).collect();
        if !free.is_empty() {
            let key = self.own_visit(now, Cause::Start, 0);
            free.into_iter().for_each(|id| self.give(id, &key));
        }
    }

    /// The record of a visit under way: with the doors that are about to be unlocked.
    pub(super) fn record(&self, key: &VisitKey) -> Option<VisitRecord> {
        let mut record = self.visit(key)?.record();
        for job in &self.queue {
            if let After::Unlock(whose, id) = &job.after
                && whose == key
                && !record.doors.contains(id)
            {
                record.doors.push(*id);
            }
        }
        Some(record)
    }

    /// The door is this visit's now.
    pub(super) fn give(&mut self, id: DoorId, key: &VisitKey) {
        let Some(door) = self.doors.get_mut(&id) else { return };
        door.visit = Some(key.clone());
        for visit in &mut self.visits {
            if visit.key == *key {
                visit.doors.insert(id);
            } else {
                visit.doors.remove(&id);
            }
        }
    }

    /// A visit of nobody.
    pub(super) fn own_visit(&mut self, now: Now, cause: Cause, cluster: u64) -> VisitKey {
        self.own_visits += 1;
        let key = VisitKey(format!("{}-n{}", self.seed.0, self.own_visits));
        self.visits.push(Visit {
            key: key.clone(),
            opener: Opener::Nobody,
            cause,
            began: now.wall,
            doors: BTreeSet::new(),
            cluster,
            left: true,
            confirmed: true,
            disputed: BTreeSet::new(),
            on_disk: false,
        });
        key
    }

    pub(super) fn new_cluster(&mut self) -> u64 {
        self.last_cluster += 1;
        self.last_cluster
    }

    pub(super) fn visit(&self, key: &VisitKey) -> Option<&Visit> {
        self.visits.iter().find(|visit| visit.key == *key)
    }

    pub(super) fn visit_mut(&mut self, key: &VisitKey) -> Option<&mut Visit> {
        self.visits.iter_mut().find(|visit| visit.key == *key)
    }

    /// The contact of a door says this; saying the same again does no harm.
    pub fn door(&mut self, now: Now, id: DoorId, sense: DoorSense) -> Vec<CaseEffect> {
        self.take_sense(now, id, sense);
        self.advance(now)
    }

    /// What became of [`CaseEffect::Unlock`].
    pub fn unlocked(&mut self, now: Now, id: DoorId, result: UnlockResult) -> Vec<CaseEffect> {
        self.take_unlocked(now, id, result);
        self.advance(now)
    }

    /// What became of [`CaseEffect::Count`]; answers to others than the last of a door are ignored.
    pub fn counted(&mut self, now: Now, id: CountId, count: Result<Count, CountFailure>) -> Vec<CaseEffect> {
        let door = self.doors.iter().find(|(_, door)| door.counting.is_some_and(|(asked, _)| asked == id));
        if let Some((door, _)) = door {
            self.take_count(now, *door, count);
        }
        self.advance(now)
    }

    /// The resident says that the proposal is right.
    pub fn confirm(&mut self, now: Now, key: &VisitKey) -> Vec<CaseEffect> {
        if self.is_proposed(key)
            && let Some(visit) = self.visit_mut(key)
        {
            visit.confirmed = true;
        }
        self.advance(now)
    }

    /// The resident says that these lines are not so. They are begun as disputed, and the rest counts as confirmed.
    pub fn dispute(&mut self, now: Now, key: &VisitKey, serials: &[u16]) -> Vec<CaseEffect> {
        if self.is_proposed(key) {
            let tags = self.disputable(key, serials);
            let Some(visit) = self.visit_mut(key) else { return Vec::new() };
            visit.confirmed = true;
            visit.disputed.extend(tags);
            let disputes = !visit.disputed.is_empty();
            // Others may still look at their lines: the word of this one is not to be lost with the power.
            if disputes
                && !self.is_resolved(now.moment)
                && let Some(record) = self.record(key)
            {
                self.write(Write { visits: vec![record], ..Write::default() }, After::Nothing);
            }
        }
        self.advance(now)
    }

    /// The resident has gone, or the session has ended. What is open is waited for; what is proposed keeps its time.
    pub fn leave(&mut self, now: Now, key: &VisitKey) -> Vec<CaseEffect> {
        if let Some(visit) = self.visit_mut(key) {
            visit.left = true;
            for door in self.doors.values_mut().filter(|door| door.asked.as_ref() == Some(key)) {
                door.asked = None;
            }
        }
        self.advance(now)
    }

    /// Time has passed; to be called at [`Self::next_wakeup`] at the latest.
    pub fn tick(&mut self, now: Now) -> Vec<CaseEffect> {
        self.advance(now)
    }

    pub(super) fn is_proposed(&self, key: &VisitKey) -> bool {
        let cluster = self.visit(key).map(|visit| visit.cluster);
        self.proposed.as_ref().is_some_and(|proposed| Some(proposed.cluster) == cluster)
    }

    /// Everybody has had their say.
    pub(super) fn is_resolved(&self, now: Moment) -> bool {
        self.proposed.as_ref().is_some_and(|proposed| {
            let mut visits = self.visits.iter().filter(|visit| visit.cluster == proposed.cluster);
            now >= proposed.until || visits.all(|visit| visit.confirmed)
        })
    }

    /// The proposal does not hold any more: a door of it has opened.
    pub(super) fn withdraw(&mut self, cluster: u64) {
        if self.proposed.as_ref().is_some_and(|proposed| proposed.cluster == cluster) {
            self.proposed = None;
            for visit in self.visits.iter_mut().filter(|visit| visit.cluster == cluster && visit.cause == Cause::Asked)
            {
                visit.confirmed = false;
            }
        }
    }

    pub(super) fn remember_over(&mut self, key: VisitKey) {
        if self.over.len() >= MOST_OVER {
            self.over.pop_front();
        }
        self.over.push_back(key);
    }

    pub(super) fn write(&mut self, mut write: Write, after: After) {
        self.last_write += 1;
        write.id = WriteId(self.last_write);
        self.queue.push_back(Job { write, after });
    }

    /// Tells staff something about a door.
    pub(super) fn tell(&mut self, now: Now, kind: MatterKind, id: DoorId) {
        let visit = self.doors.get(&id).and_then(|door| door.visit.clone());
        let matter = StaffMatter { kind, door: Some(id), visit, tag: None, item: None, at: now.wall, agreement: None };
        let identity = matter.identity();
        let mut queued = self.queue.iter().flat_map(|job| &job.write.matters);
        if !queued.any(|queued| queued.identity() == identity) {
            self.write(Write { matters: vec![matter], ..Write::default() }, After::Nothing);
        }
    }
}
