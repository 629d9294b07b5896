// SPDX-License-Identifier: MIT OR Apache-2.0
//! What one can touch of a bookcase: doors and books.

use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use thiserror::Error;

use crate::door::{DoorNumber, MOST_DOORS};
use crate::rfid::sim::TagField;

/// Most books behind one door.
pub const MOST_BOOKS_PER_DOOR: usize = 512;

/// Longest name of a tag, in bytes.
const LONGEST_TAG_BYTES: usize = 64;

/// The lines that [`Case::order`] knows.
pub const CASE_WORDS: &str = "door N open|close|stuck|jam|opposite|well, put N TAG, take N TAG, load N TAG";

/// What a person cannot do with the case.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CaseError {
    /// There is no such door.
    #[error("there is no door {0}")]
    NoSuchDoor(String),
    /// Books go in and out through open doors only.
    #[error("{0} is closed")]
    Closed(DoorNumber),
    /// Something keeps the door from closing.
    #[error("{0} is jammed open")]
    Jammed(DoorNumber),
    /// There is no such book behind the door.
    #[error("no {tag} behind {door}")]
    NoSuchBook {
        /// The door.
        door: DoorNumber,
        /// The book's tag.
        tag: String,
    },
    /// The book is somewhere already.
    #[error("{tag} is behind {door} already")]
    Twice {
        /// Where it is.
        door: DoorNumber,
        /// The book's tag.
        tag: String,
    },
    /// No room, or no name for a tag.
    #[error("this does not fit in")]
    Full,
    /// The words mean nothing.
    #[error("not understood; possible are: {CASE_WORDS}")]
    Words,
}

/// One door, and what is behind it.
#[derive(Clone, Debug, Default)]
struct CaseDoor {
    open: bool,
    /// The lock does not let go.
    stuck: bool,
    /// Something keeps the door open.
    jammed: bool,
    /// The contact says the opposite of what is.
    opposite: bool,
    /// Tags of the books, in the order in which they came.
    books: Vec<String>,
}

/// A case that its machines share.
#[derive(Clone, Debug)]
pub struct SharedCase(Arc<Mutex<Case>>);

impl SharedCase {
    /// The case itself, for as long as the guard lives.
    pub fn lock(&self) -> MutexGuard<'_, Case> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries out a line that a part of the case, which knows the lines `own`, does not know itself.
    pub(super) fn order_for_part(&self, words: &[&str], own: &str) -> Result<String, String> {
        match self.lock().order(words) {
            Some(done) => done.map_err(|error| error.to_string()),
            None => Err(format!("{own}, {CASE_WORDS}")),
        }
    }
}

/// Antenna 0 is behind door 1, and so on; the names of the tags are those of the books.
impl TagField for SharedCase {
    fn antennas(&self) -> u8 {
        u8::try_from(self.lock().doors()).unwrap_or(u8::MAX)
    }

    fn names(&self, antenna: u8) -> Vec<String> {
        let door = DoorNumber::at(usize::from(antenna));
        door.map(|door| self.lock().books(door).to_vec()).unwrap_or_default()
    }

    fn order(&mut self, words: &[&str]) -> Option<Result<String, String>> {
        self.lock().order(words).map(|done| done.map_err(|error| error.to_string()))
    }

    fn words(&self) -> &'static str {
        CASE_WORDS
    }
}

/// Doors, locks and books.
#[derive(Clone, Debug)]
pub struct Case {
    doors: Vec<CaseDoor>,
}

impl Case {
    /// A case of `doors` closed doors without books, at most [`MOST_DOORS`].
    #[must_use]
    pub fn new(doors: usize) -> Self {
        Self { doors: vec![CaseDoor::default(); doors.min(MOST_DOORS)] }
    }

    /// The same, to be shared by machines.
    #[must_use]
    pub fn shared(doors: usize) -> SharedCase {
        SharedCase(Arc::new(Mutex::new(Self::new(doors))))
    }

    /// How many doors there are.
    #[must_use]
    pub fn doors(&self) -> usize {
        self.doors.len()
    }

    /// Whether the door is really open; what its contact says may differ.
    #[must_use]
    pub fn is_open(&self, door: DoorNumber) -> bool {
        self.doors.get(door.index()).is_some_and(|door| door.open)
    }

    /// Whether the contact of the door says that it is open.
    #[must_use]
    pub fn contact_says_open(&self, door: DoorNumber) -> bool {
        self.doors.get(door.index()).is_some_and(|door| door.open != door.opposite)
    }

    /// The lock is under current for a moment: the door springs open, unless it is stuck.
    pub fn pulse(&mut self, door: DoorNumber) {
        if let Some(door) = self.doors.get_mut(door.index()) {
            door.open |= !door.stuck;
        }
    }

    /// Tags of the books behind the door.
    #[must_use]
    pub fn books(&self, door: DoorNumber) -> &[String] {
        self.doors.get(door.index()).map(|door| door.books.as_slice()).unwrap_or_default()
    }

    /// A person opens the door by hand, as with a key.
    ///
    /// # Errors
    /// There is no such door.
    pub fn open(&mut self, door: DoorNumber) -> Result<(), CaseError> {
        self.door(door)?.open = true;
        Ok(())
    }

    /// A person closes the door.
    ///
    /// # Errors
    /// There is no such door, or it is jammed.
    pub fn close(&mut self, door: DoorNumber) -> Result<(), CaseError> {
        let found = self.door(door)?;
        if found.jammed {
            return Err(CaseError::Jammed(door));
        }
        found.open = false;
        Ok(())
    }

    /// Puts a book in through the open door.
    ///
    /// # Errors
    /// The door is closed, the book is in the case already, or there is no room.
    pub fn put(&mut self, door: DoorNumber, tag: &str) -> Result<(), CaseError> {
        if !self.door(door)?.open {
            return Err(CaseError::Closed(door));
        }
        self.load(door, tag)
    }

    /// Puts a book in whether the door is open or not: for the beginning of a test.
    ///
    /// # Errors
    /// The book is in the case already, or there is no room.
    pub fn load(&mut self, door: DoorNumber, tag: &str) -> Result<(), CaseError> {
        let place = self.doors.iter().position(|door| door.books.iter().any(|book| book == tag));
        if let Some(door) = place.and_then(DoorNumber::at) {
            return Err(CaseError::Twice { door, tag: tag.to_owned() });
        }
        let found = self.door(door)?;
        if found.books.len() >= MOST_BOOKS_PER_DOOR || tag.is_empty() || tag.len() > LONGEST_TAG_BYTES {
            return Err(CaseError::Full);
        }
        found.books.push(tag.to_owned());
        Ok(())
    }

    /// Takes a book out through the open door.
    ///
    /// # Errors
    /// The door is closed, or there is no such book.
    pub fn take(&mut self, door: DoorNumber, tag: &str) -> Result<(), CaseError> {
        let found = self.door(door)?;
        if !found.open {
            return Err(CaseError::Closed(door));
        }
        let at = found.books.iter().position(|book| book == tag);
        let at = at.ok_or_else(|| CaseError::NoSuchBook { door, tag: tag.to_owned() })?;
        found.books.remove(at);
        Ok(())
    }

    /// Carries out one line of a control socket; `None` when it is not one of [`CASE_WORDS`].
    pub fn order(&mut self, words: &[&str]) -> Option<Result<String, CaseError>> {
        let done = match *words {
            ["door", number, what] => self.number(number).and_then(|door| self.order_door(door, what)),
            ["put", number, tag] => self.number(number).and_then(|door| self.put(door, tag)),
            ["load", number, tag] => self.number(number).and_then(|door| self.load(door, tag)),
            ["take", number, tag] => self.number(number).and_then(|door| self.take(door, tag)),
            ["door" | "put" | "load" | "take", ..] => Err(CaseError::Words),
            _ => return None,
        };
        Some(done.map(|()| String::new()))
    }

    fn order_door(&mut self, door: DoorNumber, what: &str) -> Result<(), CaseError> {
        match what {
            "open" => return self.open(door),
            "close" => return self.close(door),
            "stuck" => self.door(door)?.stuck = true,
            "jam" => {
                let found = self.door(door)?;
                (found.jammed, found.open) = (true, true);
            }
            "opposite" => self.door(door)?.opposite = true,
            "well" => {
                let found = self.door(door)?;
                (found.stuck, found.jammed, found.opposite) = (false, false, false);
            }
            _ => return Err(CaseError::Words),
        }
        Ok(())
    }

    /// Nothing is wrong with any door any more.
    pub fn mend(&mut self) {
        for door in &mut self.doors {
            (door.stuck, door.jammed, door.opposite) = (false, false, false);
        }
    }

    /// A line for each door, such as `door 1 closed stuck: E004010012345678`.
    #[must_use]
    pub fn state(&self) -> String {
        let mut text = String::new();
        for (number, door) in (1..).zip(&self.doors) {
            let _ = write!(text, "door {number} {}", if door.open { "open" } else { "closed" });
            let wrong = [("stuck", door.stuck), ("jammed", door.jammed), ("opposite", door.opposite)];
            for (name, _) in wrong.into_iter().filter(|(_, on)| *on) {
                let _ = write!(text, " {name}");
            }
            let _ = writeln!(text, ": {}", door.books.join(" "));
        }
        text
    }

    fn number(&self, word: &str) -> Result<DoorNumber, CaseError> {
        let number = word.parse().ok().and_then(DoorNumber::new).filter(|door| door.index() < self.doors.len());
        number.ok_or_else(|| CaseError::NoSuchDoor(word.to_owned()))
    }

    fn door(&mut self, door: DoorNumber) -> Result<&mut CaseDoor, CaseError> {
        self.doors.get_mut(door.index()).ok_or_else(|| CaseError::NoSuchDoor(door.get().to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(case: &mut Case, line: &str) -> Result<String, CaseError> {
        let words: Vec<&str> = line.split_whitespace().collect();
        case.order(&words).expect("words of the case")
    }

    #[test]
    fn books_go_through_open_doors_only_and_are_in_one_place() {
        let mut case = Case::new(2);
        let one = DoorNumber::new(1).unwrap();
        order(&mut case, "load 1 A").unwrap();
        assert_eq!(order(&mut case, "take 1 A"), Err(CaseError::Closed(one)));
        assert_eq!(order(&mut case, "put 1 B"), Err(CaseError::Closed(one)));
        case.pulse(one);
        order(&mut case, "take 1 A").unwrap();
        order(&mut case, "put 1 B").unwrap();
        assert!(matches!(order(&mut case, "load 2 B"), Err(CaseError::Twice { .. })));
        assert!(matches!(order(&mut case, "take 1 A"), Err(CaseError::NoSuchBook { .. })));
        order(&mut case, "door 1 close").unwrap();
        assert_eq!(case.state(), "door 1 closed: B\ndoor 2 closed: \n");
        for words in ["door 0 open", "door 3 open", "door x open"] {
            assert!(matches!(order(&mut case, words), Err(CaseError::NoSuchDoor(_))), "{words}");
        }
        assert_eq!(order(&mut case, "door 1 dance"), Err(CaseError::Words));
        assert!(case.order(&["dance"]).is_none());
    }

    #[test]
    fn doors_can_be_stuck_jammed_or_read_wrongly() {
        let mut case = Case::new(1);
        let one = DoorNumber::new(1).unwrap();
        order(&mut case, "door 1 stuck").unwrap();
        case.pulse(one);
        assert!(!case.is_open(one));
        order(&mut case, "door 1 jam").unwrap();
        assert_eq!(order(&mut case, "door 1 close"), Err(CaseError::Jammed(one)));
        order(&mut case, "door 1 opposite").unwrap();
        assert!(case.is_open(one) && !case.contact_says_open(one));
        case.mend();
        order(&mut case, "door 1 close").unwrap();
        assert!(!case.contact_says_open(one));
    }
}
