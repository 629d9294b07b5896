// SPDX-License-Identifier: GPL-3.0-only
//! A case in a hostile world: doors, locks, contacts, antennas, a disk, a library behind a network, and power that
//! fails between any two effects. Every effect is checked when it is carried out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::dice::{Chaos, Dice};
use super::words::{brief, matter_name};
use super::*;
use crate::domain::library::{ItemId, Patron, TransactionKey};
use crate::domain::time::{Moment, Now, WallTime};
use crate::protocol::Secret;

pub(super) const DOORS: u16 = 8;
pub(super) const BOOKS: usize = 200;
/// Things with tags that are none of the library's: read, blank, cards.
pub(super) const THINGS: usize = 6;
/// A tag is missed in no more passes in a row than this: more than a whole count, less than two.
pub(super) const LONGEST_MISS: u32 = 5;
/// And is then heard in so many.
pub(super) const HEARD_AFTER: u32 = 15;

/// Who has a book, in truth or by the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Holder {
    Case,
    Patron(usize),
    Staff,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Patron(usize),
    Staff,
    Returner,
}

impl Who {
    pub(super) fn opener(self) -> Opener {
        match self {
            Self::Patron(number) => {
                Opener::Patron(Patron { id: Secret::from(format!("P{number}").as_str()), pin: Some("1234".into()) })
            }
            Self::Staff => Opener::Staff,
            Self::Returner => Opener::ReturnOnly,
        }
    }

    fn holder(self) -> Holder {
        match self {
            Self::Patron(number) => Holder::Patron(number),
            Self::Staff => Holder::Staff,
            Self::Returner => Holder::Unknown,
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Box_ {
    pub(super) open: bool,
    /// For whom it was unlocked, until it is shut.
    pub(super) opened_for: Option<VisitKey>,
    /// The contact says closed whatever the door does.
    pub(super) lying: bool,
    /// What the case heard last of the contact.
    pub(super) told: Option<DoorSense>,
}

#[derive(Debug)]
pub(super) struct Thing {
    pub(super) kind: TagKind,
    pub(super) place: Option<DoorId>,
    pub(super) truth: Holder,
    pub(super) missed: u32,
    /// Longest row of passes that missed it since a hand last had it.
    pub(super) worst: u32,
    pub(super) heard_for: u32,
    pub(super) mute_left: u32,
    /// Put in since the door was last settled; whose it was before.
    fresh: Option<Holder>,
    /// Staff has had it: put in by whomever, it is returned though it was not lent.
    by_staff: bool,
    /// A whole count missed it, and it was taken before another could be made: no case can know.
    pub(super) unknowable: bool,
}

#[derive(Debug, Default)]
pub(super) struct Disk {
    pub(super) contents: BTreeMap<DoorId, Contents>,
    pub(super) visits: BTreeMap<VisitKey, VisitRecord>,
    pub(super) matters: Vec<StaffMatter>,
    begun: BTreeSet<TransactionKey>,
    outbox: VecDeque<(Option<usize>, bool, Movement)>,
}

#[derive(Debug)]
pub(super) enum Happening {
    Unlock(DoorId),
    Report(DoorId, UnlockResult),
    SpringLate(DoorId),
    Count(CountId, DoorId, u8),
    /// The lock board answers again.
    Look,
}

pub(super) struct World {
    pub(super) dice: Dice,
    pub(super) chaos: Chaos,
    pub(super) policy: BookcasePolicy,
    pub(super) now: Now,
    pub(super) case: Option<Bookcase>,
    life: u64,
    pub(super) restart_at: Option<Moment>,
    pub(super) doors: BTreeMap<DoorId, Box_>,
    pub(super) things: Vec<Thing>,
    pub(super) disk: Disk,
    pub(super) ledger: Vec<Holder>,
    pub(super) devices: Vec<(Moment, Happening)>,
    pub(super) reader_silent_until: Moment,
    pub(super) board_silent_until: Moment,
    network: bool,
    pub(super) calm: bool,
    /// Tell everything that happens.
    pub(super) told_aloud: bool,
    /// All visits ever, by key.
    pub(super) whose: BTreeMap<VisitKey, Who>,
    pub(super) seen: BTreeMap<&'static str, u32>,
}

pub(super) fn tag(number: usize) -> TagId {
    let mut id = [0xE0, 0x04, 1, 0, 0, 0, 0, 0];
    id[6] = (number >> 8) as u8;
    id[7] = number as u8;
    TagId(id)
}

pub(super) fn number(tag: TagId) -> usize {
    usize::from(tag.0[6]) << 8 | usize::from(tag.0[7])
}

impl World {
    pub(super) fn new(seed: u64, chaos: Chaos, policy: BookcasePolicy) -> Self {
        let mut dice = Dice::new(seed);
        let now = Now { moment: Moment::default(), wall: WallTime(1_790_000_000) };
        let doors: BTreeMap<_, _> = (1..=DOORS).map(|id| (DoorId(id), Box_::default())).collect();
        let mut disk = Disk::default();
        let mut things = Vec::new();
        for number in 0..BOOKS + THINGS {
            let kind = match number.checked_sub(BOOKS) {
                None => TagKind::Item { item: ItemId(format!("B{number}")), owner: Some("CN-WF".into()) },
                Some(0) => TagKind::PatronCard,
                Some(1) => TagKind::Item { item: ItemId("X1".into()), owner: Some("US-1".into()) },
                Some(2) => TagKind::Unreadable,
                Some(_) => TagKind::Foreign,
            };
            let place = (number < BOOKS && dice.per_mille(800)).then(|| DoorId(1 + dice.below(DOORS.into()) as u16));
            let truth = match place {
                Some(_) => Holder::Case,
                None => Holder::Patron(dice.below(30)),
            };
            if let Some(door) = place {
                disk.contents.entry(door).or_default().insert(tag(number), kind.clone());
            }
            things.push(Thing {
                kind,
                place,
                truth,
                missed: 0,
                worst: 0,
                heard_for: 0,
                mute_left: 0,
                fresh: None,
                by_staff: false,
                unknowable: false,
            });
        }
        doors.keys().for_each(|id| {
            disk.contents.entry(*id).or_default();
        });
        let ledger = things.iter().take(BOOKS).map(|thing| thing.truth).collect();
        Self {
            dice,
            chaos,
            policy,
            now,
            case: None,
            life: 0,
            restart_at: Some(Moment::default()),
            doors,
            things,
            disk,
            ledger,
            devices: Vec::new(),
            reader_silent_until: Moment::default(),
            board_silent_until: Moment::default(),
            network: true,
            calm: false,
            told_aloud: false,
            whose: BTreeMap::new(),
            seen: BTreeMap::new(),
        }
    }

    pub(super) fn note(&mut self, what: &'static str) {
        self.tell(|| what.to_owned());
        *self.seen.entry(what).or_default() += 1;
    }

    pub(super) fn tell(&self, what: impl FnOnce() -> String) {
        if self.told_aloud {
            println!("{:9.3} {}", self.now.moment.since_start().as_secs_f32(), what());
        }
    }

    pub(super) fn chance(&mut self, times: u32) -> bool {
        !self.calm && self.dice.per_mille(times)
    }

    /// Time passes until `at`; devices, limits and restarts in between happen when they are due.
    pub(super) fn pass_until(&mut self, at: Moment) {
        let mut steps = 0;
        while let Some(next) = self.next_instant().filter(|next| *next <= at) {
            steps += 1;
            assert!(steps < 100_000, "stands still at {:?}: {:?}", self.now.moment, self.case);
            self.set_time(next);
            self.happen();
        }
        self.set_time(at);
        self.look_at_contacts();
    }

    fn set_time(&mut self, at: Moment) {
        let at = at.max(self.now.moment);
        self.now = Now { moment: at, wall: WallTime(1_790_000_000 + at.since_start().as_secs() as i64) };
    }

    pub(super) fn next_instant(&self) -> Option<Moment> {
        let device = self.devices.iter().map(|(at, _)| *at).min();
        let wakeup = self.case.as_ref().and_then(Bookcase::next_wakeup);
        [device, wakeup, self.restart_at].into_iter().flatten().min()
    }

    fn happen(&mut self) {
        if self.restart_at.is_some_and(|at| self.now.moment >= at) {
            self.restart();
        }
        while let Some(at) = self.devices.iter().position(|(at, _)| *at <= self.now.moment) {
            let (_, what) = self.devices.remove(at);
            self.device(what);
        }
        self.look_at_contacts();
        self.step(|case, now| case.tick(now));
        if let Some(case) = &self.case {
            let wakeup = case.next_wakeup();
            assert!(wakeup.is_none_or(|at| at > self.now.moment), "woken in the past: {wakeup:?} {case:?}");
        }
    }

    fn restart(&mut self) {
        self.restart_at = None;
        self.life += 1;
        self.note("started");
        let remembered = Remembered {
            contents: self.disk.contents.iter().map(|(id, contents)| (*id, contents.clone())).collect(),
            visits: self.disk.visits.values().cloned().collect(),
        };
        let ids: Vec<_> = self.doors.keys().copied().collect();
        let seed = VisitKey(format!("life{}", self.life));
        let (case, effects) = Bookcase::start(self.now, self.policy.clone(), &ids, seed, remembered);
        self.case = Some(case);
        self.doors.values_mut().for_each(|door| door.told = None);
        self.carry_out(effects);
        self.look_at_contacts();
    }

    pub(super) fn cut_power(&mut self) {
        self.note("power cut");
        self.case = None;
        // A lock that was told to open may still do it.
        for (_, what) in std::mem::take(&mut self.devices) {
            match what {
                Happening::Unlock(id) if self.dice.per_mille(500) => self.spring(id),
                Happening::Unlock(id) => self.forget_opener(id),
                _ => {}
            }
        }
        let pause = self.dice.millis(1000, 90_000);
        self.restart_at = Some(self.now.moment + pause);
    }

    pub(super) fn forget_opener(&mut self, id: DoorId) {
        if let Some(door) = self.doors.get_mut(&id)
            && !door.open
        {
            door.opened_for = None;
        }
    }

    /// One input, and all effects that follow from it.
    pub(super) fn step(&mut self, input: impl FnOnce(&mut Bookcase, Now) -> Vec<CaseEffect>) {
        let now = self.now;
        if let Some(case) = &mut self.case {
            let effects = input(case, now);
            self.carry_out(effects);
        }
    }

    pub(super) fn carry_out(&mut self, effects: Vec<CaseEffect>) {
        for effect in effects {
            self.tell(|| brief(&effect));
            if self.chance(self.chaos.power) {
                return self.cut_power();
            }
            match effect {
                CaseEffect::Write(write) => self.write(write),
                CaseEffect::Unlock(id) => self.start_unlock(id),
                CaseEffect::Count { id, door, passes } => {
                    let took = self.dice.millis(400, 1500);
                    self.devices.push((self.now.moment + took, Happening::Count(id, door, passes)));
                }
                CaseEffect::Begin { visit, patron, movements } => self.begin(&visit, patron.as_ref(), movements),
                CaseEffect::Settle(key) => self.settle(&key),
            }
            if self.case.is_none() {
                return;
            }
        }
    }

    fn write(&mut self, write: Write) {
        let fails = self.chance(self.chaos.disk);
        for record in &write.visits {
            self.check_loans(record);
        }
        if !fails {
            let settled =
                write.visits.iter().filter(|record| record.settled.is_some()).flat_map(|record| &record.doors);
            let settled: BTreeSet<DoorId> = settled.chain(write.contents.iter().map(|(id, _)| id)).copied().collect();
            for thing in self.things.iter_mut().filter(|thing| thing.place.is_some_and(|id| settled.contains(&id))) {
                thing.fresh = None;
            }
            for record in write.visits {
                if let Opener::Patron(patron) = &record.opener {
                    assert_eq!(patron.pin, None, "a PIN is journaled");
                }
                self.disk.visits.insert(record.key.clone(), record);
            }
            self.disk.contents.extend(write.contents);
            for matter in write.matters {
                if !self.disk.matters.iter().any(|known| known.identity() == matter.identity()) {
                    self.note(matter_name(matter.kind));
                    self.disk.matters.push(matter);
                }
            }
        }
        if self.chance(self.chaos.power) {
            return self.cut_power();
        }
        self.step(|case, now| case.written(now, write.id, !fails));
    }

    /// A book that lies behind its door is lent only where a whole count missed it.
    fn check_loans(&self, record: &VisitRecord) {
        let loans = record.settled.iter().flatten().filter(|movement| movement.kind == MovementKind::Loan);
        for book in loans.map(|movement| number(movement.evidence.tag)) {
            let thing = &self.things[book];
            let heard = thing.place.is_some() && thing.fresh.is_none() && thing.worst < 3;
            assert!(
                !heard || self.chaos.contact > 0,
                "book {book} lies there, and is lent after {} misses",
                thing.worst
            );
        }
    }

    fn begin(&mut self, key: &VisitKey, patron: Option<&Patron>, movements: Vec<Movement>) {
        let open = self.doors.iter().find(|(_, door)| door.open && !door.lying && door.opened_for.is_some());
        assert!(open.is_none(), "begun while {:?} stands open", open.map(|(id, _)| id));
        for movement in movements {
            if self.chance(self.chaos.power) {
                return self.cut_power();
            }
            let to = match (movement.kind, patron, self.whose.get(key)) {
                (MovementKind::Return, ..) => None,
                (MovementKind::Loan, Some(patron), Some(Who::Patron(number))) => {
                    assert_eq!(patron.id.expose(), format!("P{number}"), "lent to somebody else");
                    Some(*number)
                }
                (MovementKind::Loan, ..) => panic!("lent to nobody in {key:?}"),
            };
            if self.disk.begun.insert(movement.key.clone()) {
                let by_staff = self.whose.get(key) == Some(&Who::Staff);
                self.disk.outbox.push_back((to, by_staff, movement));
            }
        }
        self.deliver();
    }

    /// The library hears of it as far as the network goes.
    pub(super) fn deliver(&mut self) {
        if self.chance(self.chaos.network) {
            self.network = !self.network;
            self.note("network");
        }
        while self.network || self.calm {
            let Some((to, by_staff, movement)) = self.disk.outbox.pop_front() else { return };
            if movement.disputed {
                continue;
            }
            let book = number(movement.evidence.tag);
            assert_eq!(movement.item, ItemId(format!("B{book}")));
            let holder = self.ledger[book];
            let once = match to {
                Some(_) => holder == Holder::Case,
                None => holder != Holder::Case || by_staff || self.things[book].by_staff,
            };
            assert!(once || self.with_staff(book), "book {book}: {movement:?} twice, held by {holder:?}");
            self.note(if to.is_some() { "lent" } else { "returned" });
            self.ledger[book] = to.map_or(Holder::Case, Holder::Patron);
        }
    }

    fn settle(&mut self, key: &VisitKey) {
        let record = self.disk.visits.remove(key);
        let settled = record.is_some_and(|record| record.settled.is_some());
        assert!(settled, "{key:?} leaves the journal unsettled");
    }

    /// Staff has been asked to look at this book.
    pub(super) fn with_staff(&self, book: usize) -> bool {
        self.disk.matters.iter().any(|matter| matter.tag == Some(tag(book)))
    }

    /// A hand takes it out. It is theirs for whom the door was opened behind which it lay when last settled.
    pub(super) fn take(&mut self, number: usize) {
        self.tell(|| format!("hand takes {number} out of {:?}", self.things[number].place));
        self.things[number].place = None;
        let base =
            self.disk.contents.iter().find(|(_, contents)| contents.contains_key(&tag(number))).map(|(id, _)| *id);
        let visit = base.and_then(|id| self.visit_at(id));
        let whose = visit.map_or(Holder::Unknown, Who::holder);
        // Out of a door that is said to be shut: unless it is counted before it opens, the next opener has it.
        let unseen = visit.is_none() && base.is_some_and(|id| self.doors[&id].lying) && !self.policy.count_first;
        let thing = &mut self.things[number];
        thing.worst = 0;
        thing.unknowable |= unseen;
        match (base, thing.fresh.take()) {
            (Some(_), _) => {
                thing.truth = whose;
                thing.by_staff |= whose == Holder::Staff;
            }
            (None, Some(before)) => thing.truth = before,
            (None, None) => {
                thing.truth = Holder::Unknown;
                thing.unknowable = true;
            }
        }
    }

    /// Whose visit the door belongs to until it is settled.
    fn visit_at(&self, id: DoorId) -> Option<Who> {
        let mut open =
            self.disk.visits.values().filter(|record| record.settled.is_none() && record.doors.contains(&id));
        open.next().and_then(|record| self.whose.get(&record.key)).copied()
    }

    /// A hand puts it in.
    pub(super) fn put(&mut self, number: usize, id: DoorId) {
        self.tell(|| format!("hand puts {number} into {id}"));
        let thing = &mut self.things[number];
        thing.place = Some(id);
        thing.worst = 0;
        thing.fresh = Some(thing.truth);
        thing.truth = Holder::Case;
    }
}
