// SPDX-License-Identifier: GPL-3.0-only
//! Locks, contacts and antennas of the simulated case, with their faults.

use std::time::Duration;

use super::world::{Box_, DOORS, HEARD_AFTER, Happening, LONGEST_MISS, World, tag};
use super::*;

impl World {
    pub(super) fn start_unlock(&mut self, id: DoorId) {
        let record = self.disk.visits.values().find(|record| record.doors.contains(&id) && record.settled.is_none());
        let record = record.unwrap_or_else(|| panic!("{id} is unlocked and no visit on disk has it"));
        let key = record.key.clone();
        let door = self.doors.get_mut(&id).unwrap();
        door.opened_for = Some(key);
        let took = self.dice.millis(300, 900);
        self.devices.push((self.now.moment + took, Happening::Unlock(id)));
    }

    /// The door is open, and the contact says so or not.
    pub(super) fn spring(&mut self, id: DoorId) {
        let lying = self.chance(self.chaos.contact);
        let door = self.doors.get_mut(&id).unwrap();
        door.open = true;
        door.lying = lying;
        if lying {
            self.note("contact lies");
        }
        let seen = self.now.moment + self.dice.millis(100, 1000);
        self.devices.push((seen, Happening::Look));
    }

    pub(super) fn shut(&mut self, id: DoorId) {
        self.tell(|| format!("hand shuts {id}"));
        let door = self.doors.get_mut(&id).unwrap();
        *door = Box_ { told: door.told, ..Box_::default() };
        let seen = self.now.moment + self.dice.millis(100, 1000);
        self.devices.push((seen, Happening::Look));
    }

    pub(super) fn device(&mut self, what: Happening) {
        match what {
            Happening::Unlock(id) => self.unlock(id),
            Happening::Report(id, result) => self.step(|case, now| case.unlocked(now, id, result)),
            Happening::SpringLate(id) if self.doors[&id].opened_for.is_some() => {
                self.note("opened late");
                self.spring(id);
            }
            Happening::SpringLate(_) => {}
            Happening::Look => {}
            Happening::Count(id, door, passes) => self.count(id, door, passes),
        }
    }

    fn unlock(&mut self, id: DoorId) {
        let odd = self.chance(self.chaos.lock);
        let result = if odd { self.dice.below(6) } else { 0 };
        let silent = self.now.moment < self.board_silent_until;
        let result = match result {
            _ if silent => {
                self.forget_opener(id);
                UnlockResult::NotSent
            }
            0 => {
                self.spring(id);
                if self.doors[&id].lying { UnlockResult::StillClosed } else { UnlockResult::Opened }
            }
            1 => {
                self.note("jammed");
                self.forget_opener(id);
                UnlockResult::StillClosed
            }
            2 => {
                let late = self.now.moment + self.dice.millis(500, 5000);
                self.devices.push((late, Happening::SpringLate(id)));
                UnlockResult::StillClosed
            }
            3 => {
                self.forget_opener(id);
                UnlockResult::NotSent
            }
            4 => {
                self.spring(id);
                UnlockResult::Silent
            }
            _ => {
                self.forget_opener(id);
                UnlockResult::Unknown
            }
        };
        self.tell(|| format!("{id} answers {result:?}"));
        if odd && self.dice.per_mille(200) {
            // Nobody answers in time.
            let late = self.now.moment + Duration::from_secs(11);
            self.devices.push((late, Happening::Report(id, result)));
        } else {
            self.step(|case, now| case.unlocked(now, id, result));
        }
    }

    /// The lock board is asked for all contacts.
    pub(super) fn look_at_contacts(&mut self) {
        if self.case.is_none() {
            return;
        }
        let silent = self.now.moment < self.board_silent_until && !self.calm;
        for id in self.doors.keys().copied().collect::<Vec<_>>() {
            let Some(door) = self.doors.get_mut(&id) else { continue };
            let sense = match (silent, door.open && !door.lying) {
                (true, _) => DoorSense::Unknown,
                (_, true) => DoorSense::Open,
                (_, false) => DoorSense::Closed,
            };
            if door.told != Some(sense) || self.dice.per_mille(20) {
                if let Some(door) = self.doors.get_mut(&id) {
                    door.told = Some(sense);
                }
                self.tell(|| format!("{id} {sense:?}"));
                self.step(|case, now| case.door(now, id, sense));
                if self.case.is_none() {
                    return;
                }
            }
        }
    }

    pub(super) fn silence_board(&mut self) {
        self.note("board silent");
        let long = self.dice.millis(2000, 150_000);
        self.board_silent_until = self.now.moment + long;
        self.devices.push((self.board_silent_until, Happening::Look));
    }

    fn count(&mut self, id: CountId, door: DoorId, passes: u8) {
        if self.chance(self.chaos.reader) {
            self.note("reader silent");
            let long = self.dice.millis(1000, 60_000);
            self.reader_silent_until = self.now.moment + long;
        }
        let silent = self.now.moment < self.reader_silent_until && !self.calm;
        let count = if silent {
            Err(CountFailure::Silent)
        } else {
            Ok(Count { passes: (0..passes).map(|_| self.one_pass(door)).collect() })
        };
        self.step(|case, now| case.counted(now, id, count));
    }

    fn one_pass(&mut self, door: DoorId) -> Pass {
        if self.chance(self.chaos.pass) {
            return if self.dice.per_mille(500) {
                Pass::Failed
            } else {
                Pass::Heard { sightings: Vec::new(), unresolved: 3 }
            };
        }
        let mut sightings = Vec::new();
        for number in 0..self.things.len() {
            let place = self.things[number].place;
            let next = place.is_some_and(|place| place.0 % DOORS + 1 == door.0);
            let crossed = next && self.chance(self.chaos.cross);
            if place != Some(door) && !crossed || place == Some(door) && self.is_missed(number) {
                continue;
            }
            let kind = match self.chance(self.chaos.unreadable) {
                true => TagKind::Unreadable,
                false => self.things[number].kind.clone(),
            };
            sightings.push(Sighting { tag: tag(number), kind });
        }
        Pass::Heard { sightings, unresolved: 0 }
    }

    fn is_missed(&mut self, number: usize) -> bool {
        let (miss, mute) = (self.chance(self.chaos.miss), self.chance(self.chaos.mute));
        let thing = &mut self.things[number];
        if mute && thing.mute_left == 0 {
            thing.mute_left = 4;
        }
        thing.mute_left = thing.mute_left.saturating_sub(1);
        let wanted = miss || thing.mute_left > 0;
        if wanted && !self.calm && thing.missed < LONGEST_MISS && thing.heard_for >= HEARD_AFTER {
            thing.missed += 1;
            thing.worst = thing.worst.max(thing.missed);
            return true;
        }
        if thing.missed > 0 {
            thing.heard_for = 0;
        }
        thing.missed = 0;
        thing.heard_for = thing.heard_for.saturating_add(1);
        false
    }
}
