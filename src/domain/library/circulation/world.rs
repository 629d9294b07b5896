// SPDX-License-Identifier: GPL-3.0-only
//! A terminal and its bookcase in a world of dice: people, a network that fails, a library that stands still,
//! a disk that is full, power that goes at every instant. What must hold is checked at every step.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::model::{Change, Dice, Library, PIN};
use super::*;
use crate::domain::library::{CallFailure, DoorId, DueDate, LibraryAnswer, LibraryCall};
use crate::domain::time::WallTime;

/// How often of 256 times what goes wrong.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chaos {
    pub(super) network: u8,
    pub(super) kills: u8,
    pub(super) journal: u8,
    pub(super) disputes: u8,
}

/// Where a book really is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Case,
    /// On the open shelves beside the counter.
    Shelf,
    With(String),
}

/// What the world knows of a transaction.
#[derive(Clone, Debug)]
pub(super) struct Story {
    pub(super) new: NewTransaction,
    /// In the order of beginning.
    pub(super) number: usize,
    /// Changes of the library's books by it, other than the repair of a conflict.
    pub(super) changes: Vec<Change>,
    /// Staff said to send it.
    pub(super) sent_by_staff: u32,
    pub(super) outcome: Option<Outcome>,
    /// At the counter: the person has not seen an end yet.
    pub(super) watched: bool,
}

#[derive(Clone, Debug)]
enum Due {
    Answer(TransactionKey, CallId, CirculationAnswer),
    CarryOut(TransactionKey, LibraryCall),
}

pub(super) struct World {
    pub(super) policy: CirculationPolicy,
    pub(super) chaos: Chaos,
    pub(super) dice: Dice,
    pub(super) library: Library,
    pub(super) circulation: Circulation,
    pub(super) now: Moment,
    pub(super) places: BTreeMap<ItemId, Place>,
    pub(super) stories: BTreeMap<TransactionKey, Story>,
    pub(super) journal: BTreeMap<TransactionKey, TransactionRecord>,
    pub(super) staff: BTreeSet<(TransactionKey, StaffReason)>,
    /// Books that may be anywhere: the person left the counter in doubt, or staff dropped something.
    pub(super) excused: BTreeSet<ItemId>,
    /// Visits that are over.
    pub(super) gone: BTreeSet<VisitId>,
    pub(super) visit: Option<(VisitId, String)>,
    /// What happened in this run, so that a test can see that it does.
    pub(super) seen: BTreeSet<&'static str>,
    due: Vec<(Moment, Due)>,
    pub(super) people_next: Moment,
    pub(super) visits: usize,
    down_until: Moment,
    /// Of questions that change something the book.
    in_flight: BTreeMap<CallId, ItemId>,
    last_change: BTreeMap<ItemId, usize>,
    dead: bool,
    steps: u32,
}

/// What a failure is repeated with, in short.
impl std::fmt::Debug for World {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { policy, chaos, dice, library, places, .. } = self;
        write!(formatter, "{policy:?}\n{chaos:?}\n{dice:?}\n{library:?}\n{places:?}")
    }
}

const QUICK: Duration = Duration::from_millis(80);
const GIVE_UP: Duration = Duration::from_secs(4);
const MOST_STEPS: u32 = 30_000;

impl World {
    pub(super) fn new(
        policy: CirculationPolicy,
        chaos: Chaos,
        library: Library,
        places: BTreeMap<ItemId, Place>,
        dice: Dice,
    ) -> Self {
        Self {
            circulation: Circulation::new(policy.clone(), 1),
            policy,
            chaos,
            dice,
            library,
            now: Moment::default(),
            places,
            stories: BTreeMap::new(),
            journal: BTreeMap::new(),
            staff: BTreeSet::new(),
            excused: BTreeSet::new(),
            gone: BTreeSet::new(),
            visit: None,
            seen: BTreeSet::new(),
            due: Vec::new(),
            people_next: Moment::default(),
            visits: 0,
            down_until: Moment::default(),
            in_flight: BTreeMap::new(),
            last_change: BTreeMap::new(),
            dead: false,
            steps: 0,
        }
    }

    pub(super) fn run(&mut self) {
        loop {
            self.steps += 1;
            assert!(self.steps < MOST_STEPS, "no end: {:?}", self.circulation);
            let wakeup = self.circulation.next_wakeup();
            let people = (!self.people_done()).then_some(self.people_next);
            let due = self.due.iter().map(|(at, _)| *at).min();
            // The alarm about waiting long is no reason to go on when all that is left is staff's.
            let Some(next) = [wakeup, people, due].into_iter().flatten().min() else { break };
            self.now = self.now.max(next);
            if let Some(index) = self.due.iter().position(|(at, _)| *at <= self.now) {
                let (_, due) = self.due.remove(index);
                self.happen(due);
            } else if people.is_some_and(|at| at <= self.now) {
                self.people();
            } else {
                let effects = self.circulation.advance(self.now);
                self.carry_out(effects);
            }
            self.after_step();
        }
        self.check_end();
    }

    fn after_step(&mut self) {
        while self.dead {
            self.restart();
        }
        let effects = self.circulation.advance(self.now);
        self.carry_out(effects);
        if self.dead {
            return self.after_step();
        }
        let again = self.circulation.advance(self.now);
        assert_eq!(again, [], "something was due and not done");
        assert!(self.circulation.next_wakeup().is_none_or(|at| at > self.now), "woken in the past");
        let asked = self.circulation.open.iter().filter(|transaction| transaction.pending.is_some()).count();
        assert!(asked <= self.policy.most_calls, "too many questions");
        self.watch();
    }

    /// Those at the counter look at the screen.
    fn watch(&mut self) {
        let watched: Vec<_> =
            self.stories.iter().filter(|(_, story)| story.watched).map(|(key, _)| key.clone()).collect();
        for key in watched {
            let state = self.circulation.view(&key).map(|view| view.state);
            let story = self.stories.get_mut(&key).unwrap();
            let counts = match state {
                Some(TransactionState::Done(_) | TransactionState::Stored { .. }) => true,
                Some(TransactionState::Refused(_) | TransactionState::Cancelled) => false,
                _ => continue,
            };
            story.watched = false;
            let new = story.new.clone();
            if counts {
                let patron = new.patron.as_ref().map(|patron| patron.id.expose().to_owned());
                match new.kind {
                    Kind::Checkout => self.places.insert(new.item, Place::With(patron.unwrap())),
                    Kind::Checkin => self.places.insert(new.item, Place::Shelf),
                    Kind::Renew => None,
                };
            }
        }
    }

    /// Nobody looks at the counter any more: what was in doubt may be anywhere.
    pub(super) fn look_away(&mut self) {
        for story in self.stories.values_mut().filter(|story| story.watched) {
            story.watched = false;
            self.excused.insert(story.new.item.clone());
        }
    }

    pub(super) fn begin(&mut self, new: NewTransaction) {
        let number = self.stories.len();
        let watched = !new.physical && new.kind != Kind::Renew;
        let story = Story { new: new.clone(), number, changes: Vec::new(), sent_by_staff: 0, outcome: None, watched };
        self.stories.insert(new.key.clone(), story);
        let effects = self.circulation.begin(self.now, new.clone());
        self.carry_out(effects);
        if !self.dead {
            assert_eq!(self.circulation.begin(self.now, new), [], "begun twice");
        }
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Answer(key, call, answer) => {
                self.in_flight.remove(&call);
                let effects = self.circulation.answer(self.now, &key, call, answer.clone());
                self.carry_out(effects);
                if !self.dead {
                    let again = self.circulation.answer(self.now, &key, call, answer);
                    assert_eq!(again, [], "an old answer was taken");
                }
            }
            Due::CarryOut(key, ask) => {
                self.at_the_library(&key, &ask);
            }
        }
    }

    /// Carries effects out in their order, until the power goes.
    pub(super) fn carry_out(&mut self, effects: Vec<CirculationEffect>) {
        for effect in effects {
            if self.dead || self.dice.hits(self.chaos.kills) {
                self.dead = true;
                return;
            }
            match effect {
                CirculationEffect::Record(record) => self.write(record),
                CirculationEffect::Staff(matter) => {
                    self.seen.insert(matter.reason.as_str());
                    self.staff.insert((matter.key, matter.reason));
                }
                CirculationEffect::Settle(key, outcome) => self.settle(&key, outcome),
                CirculationEffect::Act { key, call, record, ask } => self.act(key, call, record, ask),
            }
        }
    }

    fn write(&mut self, record: TransactionRecord) {
        let story = &self.stories[&record.key];
        assert!(story.outcome.is_none(), "written after its end");
        assert_eq!(record.at, story.new.at, "a retry keeps the first time");
        assert!(!format!("{record:?}").contains(PIN));
        self.journal.insert(record.key.clone(), record);
    }

    fn act(&mut self, key: TransactionKey, call: CallId, record: Option<TransactionRecord>, ask: LibraryCall) {
        self.check_call(&key, record.as_ref(), &ask);
        if let Some(record) = record {
            if self.dice.hits(self.chaos.journal) {
                self.seen.insert("not journaled");
                self.due.push((self.now + QUICK, Due::Answer(key, call, CirculationAnswer::NotJournaled)));
                return;
            }
            self.write(record);
            if self.dice.hits(self.chaos.kills) {
                self.dead = true;
                return;
            }
        }
        if changes(&ask) {
            self.in_flight.insert(call, self.stories[&key].new.item.clone());
        }
        self.over_the_network(key, call, ask);
        self.dead |= self.dice.hits(self.chaos.kills);
    }

    fn over_the_network(&mut self, key: TransactionKey, call: CallId, ask: LibraryCall) {
        let lost = failed(&ask, CallFailure::Unknown);
        let down = self.now < self.down_until;
        if down || !self.dice.hits(self.chaos.network) {
            let answer = if down { failed(&ask, CallFailure::NotSent) } else { self.at_the_library(&key, &ask) };
            return self.reply(key, call, QUICK, answer);
        }
        match self.dice.roll(7) {
            0 => self.reply(key, call, QUICK, failed(&ask, CallFailure::NotSent)),
            1 => self.reply(key, call, GIVE_UP, lost),
            2 => {
                self.at_the_library(&key, &ask);
                self.reply(key, call, GIVE_UP, lost);
            }
            3 | 4 => {
                // Carried out when the client has long given up; the answer comes too late as well.
                let part = self.dice.roll(256);
                let late = GIVE_UP + self.policy.settle * u32::try_from(part).unwrap() / 256;
                self.due.push((self.now + late, Due::CarryOut(key.clone(), ask)));
                self.reply(key, call, GIVE_UP, lost);
            }
            5 => {
                let seconds = self.dice.pick(&[5_u64, 60, 900, 20_000]);
                self.down_until = self.now + Duration::from_secs(seconds);
                self.reply(key, call, QUICK, failed(&ask, CallFailure::NotSent));
            }
            _ => {
                let seconds = self.dice.pick(&[5_u64, 60, 900, 20_000]);
                self.at_the_library(&key, &ask);
                self.down_until = self.now + Duration::from_secs(seconds);
                self.reply(key, call, GIVE_UP, lost);
            }
        }
    }

    fn reply(&mut self, key: TransactionKey, call: CallId, after: Duration, answer: LibraryAnswer) {
        self.due.push((self.now + after, Due::Answer(key, call, CirculationAnswer::Library(answer))));
    }

    fn at_the_library(&mut self, key: &TransactionKey, ask: &LibraryCall) -> LibraryAnswer {
        let (answer, change) = self.library.carry_out(ask);
        let story = self.stories.get_mut(key).unwrap();
        let repairs = story.new.kind == Kind::Checkout && change == Some(Change::Returned);
        if let Some(change) = change {
            let before = self.last_change.insert(story.new.item.clone(), story.number);
            assert!(before.is_none_or(|before| before <= story.number), "the order of one book is not kept");
            assert!(story.outcome.is_none(), "changed after its end");
            if repairs {
                self.seen.insert("returned first");
            } else {
                story.changes.push(change);
                let most = 1 + story.sent_by_staff as usize;
                assert!(story.changes.len() <= most, "carried out twice: {story:?}");
            }
        }
        answer
    }

    fn settle(&mut self, key: &TransactionKey, outcome: Outcome) {
        self.journal.remove(key);
        let story = self.stories.get_mut(key).unwrap();
        story.outcome = Some(outcome);
        let charged = self.library.copies[&story.new.item].charged.as_ref().map(|(who, _)| who.as_str());
        let patron = story.new.patron.as_ref().map(|patron| patron.id.expose());
        match (outcome, story.new.kind) {
            (Outcome::Done, Kind::Checkout) => assert_eq!(charged, patron, "done, but not lent to them: {story:?}"),
            (Outcome::Done, Kind::Checkin) => assert_eq!(charged, None, "done, but still on loan: {story:?}"),
            // How many there may be is checked when they happen.
            (Outcome::Done, Kind::Renew) => assert!(!story.changes.is_empty(), "{story:?}"),
            _ if story.sent_by_staff > 0 => {}
            _ => assert_eq!(story.changes, [], "{outcome:?}, but it was carried out: {story:?}"),
        }
        if outcome == Outcome::Refused {
            assert!(!story.new.physical, "a book that was moved is refused and forgotten: {story:?}");
        }
        self.seen.insert(outcome.as_str());
    }

    fn restart(&mut self) {
        self.dead = false;
        self.seen.insert("power cut");
        self.look_away();
        self.due.retain(|(_, due)| matches!(due, Due::CarryOut(..)));
        self.in_flight.clear();
        if let Some((visit, _)) = self.visit.take() {
            self.gone.insert(visit);
        }
        self.now = self.now + Duration::from_secs(self.dice.pick(&[0, 2, 40]));
        self.circulation = Circulation::new(self.policy.clone(), 2);
        let records = self.journal.values().cloned().collect();
        let effects = self.circulation.recover(self.now, records);
        self.carry_out(effects);
        if !self.dead {
            self.catch_up();
        }
    }

    /// What the bookcase does after a start: what its own journal knows is begun again, what is in the case is
    /// counted.
    fn catch_up(&mut self) {
        let mut lost: Vec<Story> = self.stories.values().cloned().collect();
        lost.retain(|story| story.outcome.is_none() && !self.journal.contains_key(&story.new.key));
        lost.sort_by_key(|story| story.number);
        for story in lost {
            let full = self.staff.contains(&(story.new.key.clone(), StaffReason::ListFull));
            if self.dead || !story.new.physical || full {
                continue;
            }
            let effects = self.circulation.begin(self.now, NewTransaction { visit: None, ..story.new });
            self.carry_out(effects);
        }
        for item in self.places.keys().cloned().collect::<Vec<_>>() {
            if !self.dead && self.places[&item] == Place::Case && self.circulation.waiting_for_put_back(&item) {
                let effects = self.circulation.resolved_by_return(self.now, &item);
                self.carry_out(effects);
            }
        }
        for visit in self.circulation.visits() {
            if !self.dead {
                let effects = self.circulation.gone(self.now, &visit);
                self.carry_out(effects);
            }
        }
    }
}

/// The checks.
impl World {
    fn check_call(&self, key: &TransactionKey, record: Option<&TransactionRecord>, ask: &LibraryCall) {
        let story = &self.stories[key];
        let patron = story.new.patron.as_ref().map(|patron| patron.id.expose().to_owned());
        assert!(!self.in_flight.values().any(|item| *item == story.new.item), "something is changed meanwhile");
        let (item, who, at) = match ask {
            LibraryCall::Account(patron) => (None, Some(patron), None),
            LibraryCall::Item(item) => (Some(item), None, None),
            LibraryCall::Checkout(ask) => (Some(&ask.item), Some(&ask.patron), Some(ask.at)),
            LibraryCall::Checkin(ask) => (Some(&ask.item), None, Some(ask.at)),
            LibraryCall::Renew(patron, item) => (Some(item), Some(patron), None),
            other => panic!("{other:?}"),
        };
        assert!(item.is_none_or(|item| *item == story.new.item), "somebody else's book");
        assert!(at.is_none_or(|at| at == story.new.at), "not the first time");
        if let Some(who) = who {
            assert_eq!(Some(who.id.expose()), patron.as_deref(), "somebody else's account");
            let there = story.new.visit.as_ref().is_some_and(|visit| !self.gone.contains(visit));
            assert!(there || who.pin.is_none(), "a PIN of somebody who has gone");
        }
        assert_eq!(changes(ask), record.is_some(), "what is changed is journaled first");
        if let Some(record) = record {
            assert!(!record.disputed, "a disputed one was sent");
            let repairs = record.kind == Kind::Checkout && matches!(ask, LibraryCall::Checkin(_));
            let phase = if repairs { TransactionPhase::Returning } else { TransactionPhase::Sent };
            assert_eq!(record.phase, phase);
        }
    }

    fn check_end(&mut self) {
        let mut moved = BTreeSet::new();
        for (key, story) in &self.stories {
            let full = self.staff.contains(&(key.clone(), StaffReason::ListFull));
            let counter_lost = !story.new.physical && !self.journal.contains_key(key);
            assert!(story.outcome.is_some() || full || counter_lost, "neither over nor with staff: {story:?}");
            if full || matches!(story.outcome, Some(Outcome::Dropped | Outcome::Cancelled)) {
                self.excused.insert(story.new.item.clone());
            }
            if story.new.kind != Kind::Renew && story.outcome == Some(Outcome::Done) {
                moved.insert(story.new.item.clone());
            }
        }
        assert_eq!(self.journal.len(), 0);
        for item in moved.difference(&self.excused) {
            let charged = self.library.copies[item].charged.as_ref().map(|(who, _)| who.clone());
            let with = match &self.places[item] {
                Place::With(who) => Some(who.clone()),
                Place::Case | Place::Shelf => None,
            };
            assert_eq!(charged, with, "the library's books and the world differ on {item}");
            self.seen.insert("book compared");
        }
    }
}

fn changes(ask: &LibraryCall) -> bool {
    matches!(ask, LibraryCall::Checkout(_) | LibraryCall::Checkin(_) | LibraryCall::Renew(..))
}

fn failed(ask: &LibraryCall, failure: CallFailure) -> LibraryAnswer {
    match ask {
        LibraryCall::Account(_) => LibraryAnswer::Account(Err(failure)),
        LibraryCall::Item(_) => LibraryAnswer::Item(Err(failure)),
        LibraryCall::Checkout(_) => LibraryAnswer::Checkout(Err(failure)),
        LibraryCall::Checkin(_) => LibraryAnswer::Checkin(Err(failure)),
        _ => LibraryAnswer::Renew(Err(failure)),
    }
}

/// A transaction of the stories.
pub(super) fn new(number: usize, kind: Kind, item: &ItemId, patron: Option<&str>) -> NewTransaction {
    NewTransaction {
        key: TransactionKey(format!("k{number}")),
        kind,
        item: item.clone(),
        patron: patron.map(|id| Patron { id: Secret::from(id), pin: Some(Secret::from(PIN)) }),
        at: WallTime(1_000_000 + i64::try_from(number).unwrap()),
        physical: false,
        visit: None,
        door: Some(DoorId(1)),
        due: None::<DueDate>,
        disputed: false,
    }
}
