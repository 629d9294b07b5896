// SPDX-License-Identifier: GPL-3.0-only
//! Two packs side by side: what is written differently, and what that means for example people.

mod people;

use std::collections::BTreeMap;

pub use people::{Answer, Effect, People, Shift, compare};

use super::format::Contents;

/// How an entry of a pack differs between two versions of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// The newer pack alone has it.
    New,
    /// The older pack alone has it.
    Removed,
    /// Both have it, and it says something else.
    Changed,
}

impl Written {
    /// In a sentence.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// The entries that are written differently, with their kind (such as `policy`) and key, in the order of both.
#[must_use]
pub fn written(old: &Contents, new: &Contents) -> BTreeMap<(&'static str, String), Written> {
    let mut found = BTreeMap::new();
    for (key, text) in &old.entries {
        match new.entries.get(key) {
            None => drop(found.insert(key.clone(), Written::Removed)),
            Some(other) if other != text => drop(found.insert(key.clone(), Written::Changed)),
            Some(_) => (),
        }
    }
    let added = new.entries.keys().filter(|key| !old.entries.contains_key(*key));
    found.extend(added.map(|key| (key.clone(), Written::New)));
    found
}
