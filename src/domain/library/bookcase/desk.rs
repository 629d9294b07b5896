// SPDX-License-Identifier: GPL-3.0-only
//! A case on a desk: books are laid in and taken out by hand, time passes as the test says.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::*;
use crate::domain::library::{ItemId, Patron};
use crate::domain::time::{Moment, Now, WallTime};
use crate::protocol::Secret;

pub(super) const CARD: &str = "3707021999";

pub(super) fn door(number: u16) -> DoorId {
    DoorId(number)
}

pub(super) fn key(name: &str) -> VisitKey {
    VisitKey(name.into())
}

pub(super) fn patron() -> Opener {
    Opener::Patron(Patron { id: Secret::from(CARD), pin: Some(Secret::from("9876")) })
}

pub(super) fn tag(number: u8) -> TagId {
    TagId([0xE0, 4, 1, 0, 0, 0, 0, number])
}

pub(super) fn book(number: u8) -> TagKind {
    TagKind::Item { item: ItemId(format!("B{number}")), owner: Some("CN-1".into()) }
}

pub(super) fn record(name: &str, doors: &[u16], settled: Option<Vec<Movement>>) -> VisitRecord {
    VisitRecord {
        key: key(name),
        opener: Opener::Patron(Patron { id: Secret::from(CARD), pin: None }),
        doors: doors.iter().map(|number| door(*number)).collect(),
        began: WallTime(1000),
        disputed: Vec::new(),
        settled,
    }
}

pub(super) fn loan(name: &str, number: u8) -> Movement {
    let evidence = Evidence {
        door: door(1),
        tag: tag(number),
        before: true,
        after: Agreement { heard: 0, of: 3 },
        opened: None,
        shut: None,
        counted: WallTime(1000),
    };
    let item = ItemId(format!("B{number}"));
    let kind = MovementKind::Loan;
    Movement { key: key(name).movement(1), item, kind, at: WallTime(1000), disputed: false, evidence }
}

pub(super) struct Desk {
    pub(super) case: Bookcase,
    pub(super) now: Now,
    /// What really lies behind the doors.
    pub(super) inside: BTreeMap<DoorId, Contents>,
    pub(super) contents: BTreeMap<DoorId, Contents>,
    pub(super) visits: BTreeMap<VisitKey, VisitRecord>,
    pub(super) matters: Vec<StaffMatter>,
    pub(super) unlocks: Vec<DoorId>,
    pub(super) begun: Vec<(Option<Patron>, Movement)>,
    pub(super) settled: Vec<VisitKey>,
    pub(super) counts: Vec<(Moment, DoorId)>,
    /// What the reader says instead of the truth.
    pub(super) reader: Option<CountFailure>,
    /// Tags that are missed, and in how many passes from now on.
    pub(super) missed: BTreeMap<TagId, u32>,
    pub(super) journal_works: bool,
    pub(super) everything: String,
}

impl Desk {
    /// Three doors, books 1 to 3 behind the first, 4 and 5 behind the second.
    pub(super) fn new() -> Self {
        let mut desk = Self::start(policy(), Vec::new(), |_| {});
        for number in 1..=3 {
            desk.sense(number, DoorSense::Closed);
        }
        desk.pass(30);
        assert!(desk.case.view().started);
        assert!(desk.matters.is_empty() && desk.begun.is_empty(), "{:?}", desk.matters);
        desk
    }

    pub(super) fn start(policy: BookcasePolicy, visits: Vec<VisitRecord>, change: impl FnOnce(&mut Self)) -> Self {
        let mut contents: BTreeMap<DoorId, Contents> = (1..=3).map(|number| (door(number), Contents::new())).collect();
        for (at, number) in [(1, 1), (1, 2), (1, 3), (2, 4), (2, 5)] {
            contents.entry(door(at)).or_default().insert(tag(number), book(number));
        }
        let now = Now { moment: Moment::default(), wall: WallTime(5000) };
        let remembered = Remembered { contents: contents.clone().into_iter().collect(), visits: visits.clone() };
        let doors = [door(1), door(2), door(3)];
        let (case, effects) = Bookcase::start(now, policy, &doors, key("seed"), remembered);
        let mut desk = Self {
            case,
            now,
            inside: contents.clone(),
            contents,
            visits: visits.into_iter().map(|record| (record.key.clone(), record)).collect(),
            matters: Vec::new(),
            unlocks: Vec::new(),
            begun: Vec::new(),
            settled: Vec::new(),
            counts: Vec::new(),
            reader: None,
            missed: BTreeMap::new(),
            journal_works: true,
            everything: String::new(),
        };
        change(&mut desk);
        desk.run(effects);
        desk
    }

    pub(super) fn run(&mut self, effects: Vec<CaseEffect>) {
        let mut effects = VecDeque::from(effects);
        while let Some(effect) = effects.pop_front() {
            self.everything += &format!("{effect:?}{:?}", self.case.view());
            let more = match effect {
                CaseEffect::Write(write) => {
                    if self.journal_works {
                        self.visits.extend(write.visits.into_iter().map(|record| (record.key.clone(), record)));
                        self.contents.extend(write.contents);
                        self.matters.extend(write.matters);
                    }
                    self.case.written(self.now, write.id, self.journal_works)
                }
                CaseEffect::Unlock(id) => {
                    self.unlocks.push(id);
                    Vec::new()
                }
                CaseEffect::Count { id, door, passes } => {
                    self.counts.push((self.now.moment, door));
                    let count = match self.reader {
                        Some(failure) => Err(failure),
                        None => Ok(Count { passes: (0..passes).map(|_| self.one_pass(door)).collect() }),
                    };
                    self.case.counted(self.now, id, count)
                }
                CaseEffect::Begin { patron, movements, .. } => {
                    self.begun.extend(movements.into_iter().map(|movement| (patron.clone(), movement)));
                    Vec::new()
                }
                CaseEffect::Settle(visit) => {
                    self.visits.remove(&visit);
                    self.settled.push(visit);
                    Vec::new()
                }
            };
            effects.extend(more);
        }
    }

    fn one_pass(&mut self, id: DoorId) -> Pass {
        let mut sightings = Vec::new();
        for (tag, kind) in &self.inside[&id] {
            match self.missed.get_mut(tag) {
                Some(left) if *left > 0 => *left -= 1,
                _ => sightings.push(Sighting { tag: *tag, kind: kind.clone() }),
            }
        }
        Pass::Heard { sightings, unresolved: 0 }
    }

    pub(super) fn sense(&mut self, number: u16, sense: DoorSense) -> &mut Self {
        let effects = self.case.door(self.now, door(number), sense);
        self.run(effects);
        self
    }

    pub(super) fn ask(&mut self, visit: &str, opener: Opener, number: u16) -> Result<(), OpenRefusal> {
        let effects = self.case.open(self.now, &key(visit), opener, door(number))?;
        self.run(effects);
        Ok(())
    }

    /// A door opens for somebody.
    pub(super) fn open(&mut self, visit: &str, opener: Opener, number: u16) -> &mut Self {
        self.ask(visit, opener, number).unwrap();
        assert_eq!(self.unlocks.last(), Some(&door(number)));
        self.unlocked(number, UnlockResult::Opened)
    }

    pub(super) fn unlocked(&mut self, number: u16, result: UnlockResult) -> &mut Self {
        let effects = self.case.unlocked(self.now, door(number), result);
        self.run(effects);
        self
    }

    pub(super) fn shut(&mut self, number: u16) -> &mut Self {
        self.sense(number, DoorSense::Closed)
    }

    pub(super) fn take(&mut self, number: u16, tag_number: u8) -> &mut Self {
        assert!(self.inside.get_mut(&door(number)).unwrap().remove(&tag(tag_number)).is_some());
        self
    }

    pub(super) fn put(&mut self, number: u16, tag_number: u8) -> &mut Self {
        self.put_kind(number, tag_number, book(tag_number))
    }

    pub(super) fn put_kind(&mut self, number: u16, tag_number: u8, kind: TagKind) -> &mut Self {
        self.inside.get_mut(&door(number)).unwrap().insert(tag(tag_number), kind);
        self
    }

    pub(super) fn pass(&mut self, seconds: u64) -> &mut Self {
        let end = self.now.moment + Duration::from_secs(seconds);
        loop {
            let next = self.case.next_wakeup().filter(|at| *at <= end);
            self.set_time(next.unwrap_or(end));
            let effects = self.case.tick(self.now);
            self.run(effects);
            if next.is_none() {
                return self;
            }
        }
    }

    fn set_time(&mut self, at: Moment) {
        self.now = Now { moment: at, wall: WallTime(5000 + at.since_start().as_secs() as i64) };
    }

    pub(super) fn confirm(&mut self, visit: &str) -> &mut Self {
        let effects = self.case.confirm(self.now, &key(visit));
        self.run(effects);
        self
    }

    pub(super) fn dispute(&mut self, visit: &str, serials: &[u16]) -> &mut Self {
        let effects = self.case.dispute(self.now, &key(visit), serials);
        self.run(effects);
        self
    }

    pub(super) fn leave(&mut self, visit: &str) -> &mut Self {
        let effects = self.case.leave(self.now, &key(visit));
        self.run(effects);
        self
    }

    pub(super) fn state(&self, number: u16) -> DoorState {
        self.case.view().doors.into_iter().find(|(id, _)| *id == door(number)).unwrap().1
    }

    pub(super) fn lines(&self, visit: &str) -> Vec<(u8, Change)> {
        let shown = self.case.view().visits.into_iter().find(|shown| shown.key == key(visit));
        match shown.map(|shown| shown.stage) {
            Some(VisitStage::Proposed { lines, .. }) => {
                lines.into_iter().map(|line| (line.tag.0[7], line.change)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What was begun: tag, lent or returned, disputed.
    pub(super) fn moved(&self) -> Vec<(u8, MovementKind, bool)> {
        let of = |movement: &Movement| (movement.evidence.tag.0[7], movement.kind, movement.disputed);
        self.begun.iter().map(|(_, movement)| of(movement)).collect()
    }

    pub(super) fn told(&self) -> Vec<MatterKind> {
        self.matters.iter().map(|matter| matter.kind).collect()
    }

    /// What is remembered is what lies there.
    pub(super) fn expect_remembered(&self) {
        assert_eq!(self.contents, self.inside);
        assert!(self.visits.is_empty(), "{:?}", self.visits);
    }
}

pub(super) fn policy() -> BookcasePolicy {
    let homes = BTreeMap::from([(ItemId("B4".into()), door(2))]);
    let owners = vec!["CN-".into()];
    BookcasePolicy { return_doors: vec![door(2)], owners, homes, ..BookcasePolicy::default() }
}
