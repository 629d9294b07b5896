// SPDX-License-Identifier: GPL-3.0-only
//! What several passes over a door say together.

use std::collections::{BTreeMap, BTreeSet};

use super::senses::{Agreement, Contents, Pass, TagId, TagKind};

/// No compartment holds more tags; a pass with more is worth nothing.
const MOST_TAGS: usize = 1000;

/// Passes of one count so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// What was heard, and whether everything that answered was read.
    passes: Vec<(BTreeSet<TagId>, bool)>,
    kinds: Contents,
    asked: usize,
}

/// What a count came to.
#[derive(Clone, Debug, Default)]
pub(super) struct Judged {
    /// Each tag that was heard at all.
    heard: BTreeMap<TagId, Agreement>,
    /// Those of which there is no doubt.
    certain: BTreeSet<TagId>,
    kinds: Contents,
    /// So many passes.
    of: u16,
    /// What was not heard is not there; otherwise answers fell together in too many passes.
    absence_sure: bool,
}

impl Tally {
    pub(super) fn add(&mut self, passes: Vec<Pass>) {
        self.asked += passes.len();
        for pass in passes {
            let Pass::Heard { sightings, unresolved } = pass else { continue };
            if sightings.len() > MOST_TAGS {
                continue;
            }
            self.passes.push((sightings.iter().map(|sighting| sighting.tag).collect(), unresolved == 0));
            for sighting in sightings {
                let known = self.kinds.entry(sighting.tag).or_insert_with(|| sighting.kind.clone());
                *known = better(known, &sighting.kind).clone();
            }
        }
    }

    /// Passes that were asked for, failed ones included.
    pub(super) fn asked(&self) -> usize {
        self.asked
    }

    /// Passes that were carried through.
    pub(super) fn carried(&self) -> usize {
        self.passes.len()
    }

    /// All tags that were heard are these, and all of these were heard: what is asked of a door at rest.
    pub(super) fn covers(&self, tags: impl Iterator<Item = TagId>) -> bool {
        let heard: BTreeSet<TagId> = self.passes.iter().flat_map(|(tags, _)| tags).copied().collect();
        heard == tags.collect()
    }

    fn clear_passes(&self) -> usize {
        self.passes.iter().filter(|(_, clear)| *clear).count()
    }

    /// The last `k` passes are clear and equal.
    pub(super) fn agrees(&self, k: usize) -> bool {
        let Some(last) = self.passes.len().checked_sub(k).and_then(|from| self.passes.get(from..)) else {
            return false;
        };
        last.iter().all(|(_, clear)| *clear) && last.windows(2).all(|pair| pair[0].0 == pair[1].0)
    }

    /// What is to be made of it: after `k` equal passes, or when no more are made.
    pub(super) fn judge(self, k: usize) -> Judged {
        let of = u16::try_from(self.passes.len()).unwrap_or(u16::MAX);
        let mut heard = BTreeMap::<TagId, Agreement>::new();
        for tag in self.passes.iter().flat_map(|(tags, _)| tags) {
            heard.entry(*tag).or_insert(Agreement { heard: 0, of }).heard += 1;
        }
        let certain = match self.passes.last() {
            Some((tags, _)) if self.agrees(k) => tags.clone(),
            _ => heard.iter().filter(|(_, times)| is_clear(**times, k)).map(|(tag, _)| *tag).collect(),
        };
        Judged { heard, certain, of, absence_sure: self.clear_passes() >= k, kinds: self.kinds }
    }
}

impl Judged {
    /// Heard in every pass that settles.
    pub(super) fn is_certain(&self, tag: TagId) -> bool {
        self.certain.contains(&tag)
    }

    /// Heard at all.
    pub(super) fn is_heard(&self, tag: TagId) -> bool {
        self.heard.contains_key(&tag)
    }

    /// Not there.
    pub(super) fn is_absent(&self, tag: TagId) -> bool {
        self.absence_sure && !self.is_heard(tag)
    }

    pub(super) fn agreement(&self, tag: TagId) -> Agreement {
        self.heard.get(&tag).copied().unwrap_or(Agreement { heard: 0, of: self.of })
    }

    pub(super) fn tags(&self) -> impl Iterator<Item = TagId> + '_ {
        self.heard.keys().copied()
    }

    pub(super) fn kind(&self, tag: TagId) -> Option<&TagKind> {
        self.kinds.get(&tag)
    }
}

/// Passes never agreed: this tag was missed now and then, but heard `k` times and more than two times of three.
fn is_clear(times: Agreement, k: usize) -> bool {
    usize::from(times.heard) >= k && u32::from(times.heard) * 3 > u32::from(times.of) * 2
}

/// Of two readings of one tag the one that says more: a tag that could be read once is what it said then.
pub(super) fn better<'a>(known: &'a TagKind, read: &'a TagKind) -> &'a TagKind {
    if *known == TagKind::Unreadable { read } else { known }
}
