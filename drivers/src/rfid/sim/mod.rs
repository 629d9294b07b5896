// SPDX-License-Identifier: MIT OR Apache-2.0
//! A simulated RFID reader with simulated tags, the RFID half of a simulated bookcase.
//!
//! [`TrfMachine`] speaks the protocol of [`super::trf79xx`]; [`crate::sim::Sim`] puts it behind a pty. Which tags lie
//! before an antenna says a [`TagField`], by their names; what each of them is and holds is in a [`TagStock`], which
//! several readers share.

mod machine;
mod readers;
mod stock;
mod tag;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use machine::{AirTiming, TrfMachine};
pub use readers::SimReaders;
pub use stock::{MOST_TAGS, TAG_WORDS, TagStock};
pub use tag::{SimTag, TagAnswer};

/// Most tags before one antenna.
pub const MOST_TAGS_PER_ANTENNA: usize = 512;

/// Which tags lie before which antenna.
pub trait TagField: Send + 'static {
    /// How many antennas there are, numbered from 0.
    fn antennas(&self) -> u8;

    /// Names of the tags before `antenna`: their UIDs, or any word that the stock knows.
    fn names(&self, antenna: u8) -> Vec<String>;

    /// Carries out one line of the control socket, such as `put 0 E004010012345678`; nothing when it is not one of
    /// this field.
    fn order(&mut self, _words: &[&str]) -> Option<Result<String, String>> {
        None
    }

    /// The lines that [`Self::order`] knows.
    fn words(&self) -> &'static str {
        ""
    }
}

/// A stock of tags that readers share.
#[derive(Clone, Debug, Default)]
pub struct SharedStock(Arc<Mutex<TagStock>>);

impl SharedStock {
    /// The stock itself, for as long as the guard lives.
    pub fn lock(&self) -> MutexGuard<'_, TagStock> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shelves without doors: the simplest field. Clones are the same shelves.
#[derive(Clone, Debug)]
pub struct Shelves(Arc<Mutex<Vec<Vec<String>>>>);

impl Shelves {
    /// As many empty shelves, one before each antenna.
    #[must_use]
    pub fn new(shelves: u8) -> Self {
        Self(Arc::new(Mutex::new(vec![Vec::new(); usize::from(shelves)])))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Vec<String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a tag onto a shelf. False when there is no such shelf, or it is full.
    pub fn put(&self, shelf: u8, name: impl Into<String>) -> bool {
        let mut shelves = self.lock();
        let room = shelves.get_mut(usize::from(shelf)).filter(|names| names.len() < MOST_TAGS_PER_ANTENNA);
        room.map(|names| names.push(name.into())).is_some()
    }

    /// Takes a tag from a shelf. False when it is not there.
    pub fn take(&self, shelf: u8, name: &str) -> bool {
        let mut shelves = self.lock();
        let Some(names) = shelves.get_mut(usize::from(shelf)) else { return false };
        let before = names.len();
        names.retain(|other| other != name);
        names.len() < before
    }
}

impl TagField for Shelves {
    fn antennas(&self) -> u8 {
        u8::try_from(self.lock().len()).unwrap_or(u8::MAX)
    }

    fn names(&self, antenna: u8) -> Vec<String> {
        self.lock().get(usize::from(antenna)).cloned().unwrap_or_default()
    }

    fn order(&mut self, words: &[&str]) -> Option<Result<String, String>> {
        let number = |word: &str| word.parse().map_err(|_| format!("{word} is no shelf"));
        let done = |done: bool| if done { Ok(String::new()) } else { Err("there is no such shelf, or tag".to_owned()) };
        match words {
            ["put", shelf, name] => Some(number(shelf).and_then(|shelf| done(self.put(shelf, *name)))),
            ["take", shelf, name] => Some(number(shelf).and_then(|shelf| done(self.take(shelf, name)))),
            _ => None,
        }
    }

    fn words(&self) -> &'static str {
        "put SHELF TAG, take SHELF TAG"
    }
}
