// SPDX-License-Identifier: GPL-3.0-only
//! What a keyboard shows after a key, a stroke or a choice.

use std::fmt;

use zeroize::Zeroize;

/// What to show, and what was written. All texts in it wipe themselves when it is dropped; none appears in `Debug`.
#[derive(Default, Clone, PartialEq, Eq)]
pub struct Update {
    /// What is being typed, with an apostrophe between syllables; empty when nothing is.
    pub composition: String,
    /// The current page of candidates, the likeliest first; numbers for [`crate::Writer::choose`] count from its
    /// first.
    pub candidates: Vec<String>,
    /// Text that belongs into the field now: take it out with `committed.take()`.
    pub committed: Option<String>,
    /// Nine keys only: syllables that the next digits may be, for [`crate::Writer::choose_syllable`].
    pub syllables: Vec<String>,
    /// Whether there is another page, see [`crate::Writer::more`].
    pub more: bool,
    /// Whether there is a page before, see [`crate::Writer::less`].
    pub less: bool,
    /// Whether the key had a meaning here. A `Backspace` without one belongs to the field: the keyboard takes away its
    /// last character.
    pub taken: bool,
}

impl fmt::Debug for Update {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Update")
            .field("candidates", &self.candidates.len())
            .field("committed", &self.committed.is_some())
            .field("more", &self.more)
            .field("less", &self.less)
            .field("taken", &self.taken)
            .finish_non_exhaustive()
    }
}

impl Zeroize for Update {
    fn zeroize(&mut self) {
        self.composition.zeroize();
        self.candidates.zeroize();
        self.committed.zeroize();
        self.syllables.zeroize();
    }
}

impl Drop for Update {
    fn drop(&mut self) {
        self.zeroize();
    }
}
