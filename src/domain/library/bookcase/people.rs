// SPDX-License-Identifier: GPL-3.0-only
//! A day at the case: people come, open doors, take and put, walk away; in the end all must be right.

use std::time::Duration;

use super::dice::Chaos;
use super::world::{BOOKS, DOORS, Holder, THINGS, Who, World, number, tag};
use super::*;
use crate::domain::time::Moment;

#[derive(Debug)]
enum Act {
    Arrive,
    Open { visit: usize, who: Who, door: DoorId },
    Hands { who: Who, door: DoorId },
    Shut(DoorId),
    Decide { visit: usize },
    Leave { visit: usize },
    Force(DoorId),
    CutPower,
    SilenceBoard,
}

/// One day.
pub(super) struct Day {
    pub(super) world: World,
    agenda: Vec<(Moment, Act)>,
    visits: usize,
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn key(visit: usize) -> VisitKey {
    VisitKey(format!("visit{visit}"))
}

pub(super) fn policy(count_first: bool) -> BookcasePolicy {
    BookcasePolicy {
        return_doors: vec![DoorId(1), DoorId(2)],
        owners: vec!["CN-".into()],
        count_first,
        ..BookcasePolicy::default()
    }
}

impl Day {
    pub(super) fn new(seed: u64, chaos: Chaos, policy: BookcasePolicy) -> Self {
        let mut day = Self { world: World::new(seed, chaos, policy), agenda: Vec::new(), visits: 0 };
        let mut at = Moment::default() + secs(20);
        for _ in 0..8 + day.world.dice.below(10) {
            day.agenda.push((at, Act::Arrive));
            at = at + day.world.dice.millis(2000, 120_000);
            let people = day.world.chaos.people;
            if day.world.chance(people) {
                let door = day.any_door();
                day.agenda.push((at, Act::Force(door)));
            }
            if day.world.chance(day.world.chaos.power * 4) {
                day.agenda.push((at + day.world.dice.millis(0, 20_000), Act::CutPower));
            }
            if day.world.chance(day.world.chaos.board) {
                day.agenda.push((at + day.world.dice.millis(0, 20_000), Act::SilenceBoard));
            }
        }
        day
    }

    fn any_door(&mut self) -> DoorId {
        DoorId(1 + self.world.dice.below(DOORS.into()) as u16)
    }

    fn later(&mut self, from: u64, to: u64, act: Act) {
        let at = self.world.now.moment + self.world.dice.millis(from, to);
        self.agenda.push((at, act));
    }

    pub(super) fn run(&mut self) {
        while let Some(at) = self.agenda.iter().map(|(at, _)| *at).min() {
            self.world.pass_until(at);
            while let Some(next) = self.agenda.iter().position(|(when, _)| *when <= at) {
                let (_, act) = self.agenda.swap_remove(next);
                self.act(act);
            }
            self.world.deliver();
        }
        self.calm_down();
        self.check();
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Arrive => self.arrive(),
            Act::Open { visit, who, door } => self.open(visit, who, door),
            Act::Hands { who, door } => self.hands(who, door),
            Act::Shut(door) => self.world.shut(door),
            Act::Decide { visit } => self.decide(visit),
            Act::Leave { visit } => self.world.step(|case, now| case.leave(now, &key(visit))),
            Act::Force(door) if !self.world.doors[&door].open => {
                self.world.note("forced");
                self.world.spring(door);
                self.later(500, 5000, Act::Hands { who: Who::Returner, door });
                self.later(5000, 60_000, Act::Shut(door));
            }
            Act::Force(_) => {}
            Act::CutPower if self.world.case.is_some() => self.world.cut_power(),
            Act::CutPower => {}
            Act::SilenceBoard => self.world.silence_board(),
        }
    }

    fn arrive(&mut self) {
        self.visits += 1;
        let visit = self.visits;
        let who = match self.world.dice.below(10) {
            0 => Who::Staff,
            1 => Who::Returner,
            _ => Who::Patron(self.world.dice.below(30)),
        };
        self.world.whose.insert(key(visit), who);
        for _ in 0..1 + self.world.dice.below(3) {
            let door = match who {
                Who::Returner => DoorId(1 + self.world.dice.below(2) as u16),
                _ => self.any_door(),
            };
            self.later(0, 12_000, Act::Open { visit, who, door });
        }
        let people = self.world.chaos.people;
        if self.world.chance(people * 2) {
            self.later(5000, 30_000, Act::Leave { visit });
        }
    }

    fn open(&mut self, visit: usize, who: Who, door: DoorId) {
        let now = self.world.now;
        let Some(case) = &mut self.world.case else { return };
        match case.open(now, &key(visit), who.opener(), door) {
            Ok(effects) => self.world.carry_out(effects),
            Err(why) => {
                let why = match why {
                    OpenRefusal::NotStarted => "refused: not started",
                    OpenRefusal::NotSettled => "refused: not settled",
                    OpenRefusal::Confirming => "refused: confirming",
                    OpenRefusal::LeftOpen(_) => "refused: left open",
                    OpenRefusal::VisitOver => "refused: visit over",
                    OpenRefusal::NotKnown => "refused: not known",
                    OpenRefusal::Journal => "refused: journal",
                    OpenRefusal::NoSuchDoor | OpenRefusal::CardNeeded => panic!("{why:?}"),
                };
                return self.world.note(why);
            }
        }
        for _ in 0..self.world.dice.below(4) {
            self.later(2000, 20_000, Act::Hands { who, door });
        }
        let people = self.world.chaos.people;
        if self.world.chance(people) {
            self.later(100_000, 300_000, Act::Shut(door));
        } else {
            self.later(3000, 30_000, Act::Shut(door));
            // Where the lock was slow, somebody shuts it in the end.
            self.later(30_000, 60_000, Act::Shut(door));
        }
        self.later(8000, 40_000, Act::Decide { visit });
    }

    fn within(&mut self, door: DoorId) -> Option<usize> {
        let things = &self.world.things;
        let there: Vec<_> = (0..things.len()).filter(|number| things[*number].place == Some(door)).collect();
        (!there.is_empty()).then(|| there[self.world.dice.below(there.len())])
    }

    fn at_hand(&mut self, who: Who) -> Option<usize> {
        let things = &self.world.things;
        let own = |number: &usize| match (who, things[*number].truth) {
            (Who::Patron(me), Holder::Patron(holder)) => me == holder,
            (Who::Staff, holder) => holder == Holder::Staff,
            (Who::Returner, _) => true,
            (Who::Patron(_), _) => *number >= BOOKS,
        };
        let out: Vec<_> = (0..BOOKS + THINGS).filter(|number| things[*number].place.is_none()).collect();
        let own: Vec<_> = out.iter().copied().filter(own).collect();
        let from = if own.is_empty() || self.world.dice.per_mille(200) { out } else { own };
        (!from.is_empty()).then(|| from[self.world.dice.below(from.len())])
    }

    fn hands(&mut self, who: Who, door: DoorId) {
        if !self.world.doors[&door].open {
            return;
        }
        match self.world.dice.below(8) {
            0..=2 => {
                for _ in 0..1 + self.world.dice.below(2) {
                    // Without a card one only puts in, mostly.
                    if who == Who::Returner && self.world.dice.per_mille(800) {
                        continue;
                    }
                    if let Some(number) = self.within(door) {
                        self.world.take(number);
                        self.world.note("taken");
                    }
                }
            }
            3..=5 => {
                if let Some(number) = self.at_hand(who) {
                    self.world.put(number, door);
                    self.world.note("put");
                }
            }
            6 => {
                let open: Vec<_> = self.world.doors.iter().filter(|(_, there)| there.open).map(|(id, _)| *id).collect();
                let to = open[self.world.dice.below(open.len())];
                if let Some(number) = self.within(door) {
                    self.world.take(number);
                    self.world.put(number, to);
                    self.world.note(if to == door { "put back" } else { "moved" });
                }
            }
            _ => {}
        }
    }

    fn decide(&mut self, visit: usize) {
        let Some(case) = &self.world.case else { return };
        let shown = case.view().visits.into_iter().find(|shown| shown.key == key(visit));
        let Some(VisitStage::Proposed { lines, .. }) = shown.map(|shown| shown.stage) else { return };
        let mut wrong = Vec::new();
        for line in lines {
            let inside = self.world.things[number(line.tag)].place.is_some();
            let right = match line.change {
                Change::Taken => !inside,
                Change::Put => inside,
                _ => true,
            };
            let people = self.world.chaos.people;
            if !right || self.world.chance(people) {
                wrong.push(line.serial);
            }
        }
        if wrong.is_empty() || self.world.dice.per_mille(200) {
            self.world.note("confirmed");
            self.world.step(|case, now| case.confirm(now, &key(visit)));
        } else {
            self.world.step(|case, now| case.dispute(now, &key(visit), &wrong));
        }
    }

    /// Everything works, everything is shut.
    fn calm_down(&mut self) {
        self.world.calm = true;
        self.world.doors.keys().copied().collect::<Vec<_>>().into_iter().for_each(|id| self.world.shut(id));
        self.world.look_at_contacts();
        self.world.pass_until(self.world.now.moment + secs(3000));
        self.world.deliver();
    }

    fn check(&mut self) {
        let case = self.world.case.as_ref().unwrap();
        let view = case.view();
        assert!(view.started && view.visits.is_empty() && view.unsent.is_empty(), "{view:?}");
        assert!(view.doors.iter().all(|(_, state)| matches!(state, DoorState::Ready | DoorState::Stuck)), "{view:?}");
        assert!(self.world.disk.visits.is_empty(), "left in the journal: {:?}", self.world.disk.visits);
        for number in 0..BOOKS + THINGS {
            let thing = &self.world.things[number];
            let listed = self.world.with_staff(number);
            let remembered = self.world.disk.contents.iter().find(|(_, contents)| contents.contains_key(&tag(number)));
            let remembered = remembered.map(|(id, _)| *id);
            if thing.unknowable {
                self.world.note("unknowable");
                continue;
            }
            assert!(
                remembered == thing.place || listed,
                "{number} lies at {:?}, remembered {remembered:?}",
                thing.place
            );
            if number >= BOOKS {
                continue;
            }
            let ledger = self.world.ledger[number];
            let right = match thing.truth {
                Holder::Unknown => false,
                Holder::Staff => ledger == Holder::Case,
                truth => truth == ledger,
            };
            assert!(right || listed, "book {number}: in truth {:?}, by the ledger {ledger:?}", thing.truth);
            let what = if right { "right" } else { "with staff" };
            self.world.note(what);
        }
    }
}
