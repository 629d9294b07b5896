// SPDX-License-Identifier: GPL-3.0-only
//! The word list and language model as packed by `examples/pack_pinyin.rs`, read where they lie.
//!
//! Nothing is unpacked: the bytes are part of the program file, come into memory page by page as words are looked up,
//! and can be dropped by the system at any time, for they are never written.

use crate::DataError;

/// The words and pairs of libime (LGPL-2.1-or-later, see `data/README.md`).
pub(crate) static WORDS: &[u8] = include_bytes!("../../data/pinyin.bin");

const MAGIC: &[u8] = b"DSPINYIN";
const SECTIONS: usize = 11;
/// Log10 units per step of a stored probability.
const STEP: f32 = 1.0 / 32.0;
/// Log10 units per step of a stored reading or backoff weight.
const FINE_STEP: f32 = 1.0 / 64.0;

/// A word with one of its readings, by its place in the list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reading(pub(crate) u32);

/// A word of the language model.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Word(pub(crate) u32);

/// Readings from `.0` up to, not including, `.1`.
pub(crate) type Span = (u32, u32);

pub(crate) struct Lexicon {
    syllables: Vec<&'static str>,
    characters: &'static [u8],
    starts: &'static [u8],
    syllable_stream: &'static [u8],
    character_stream: &'static [u8],
    words: &'static [u8],
    rarity: &'static [u8],
    unigrams: &'static [u8],
    backoffs: &'static [u8],
    pair_starts: &'static [u8],
    pairs: &'static [u8],
}

fn u16_at(bytes: &[u8], index: usize) -> u16 {
    bytes.get(index * 2..index * 2 + 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]))
}

fn u24_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 3).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], 0]))
}

impl Lexicon {
    /// Looks at the header only.
    ///
    /// # Errors
    /// When the bytes are no such list, or end early.
    pub(crate) fn open(bytes: &'static [u8]) -> Result<Self, DataError> {
        let mut rest = bytes.strip_prefix(MAGIC).ok_or(DataError::Foreign)?;
        let (lengths, body) = rest.split_at_checked(SECTIONS * 4).ok_or(DataError::Short)?;
        rest = body;
        let mut sections = [&[][..]; SECTIONS];
        for (section, length) in sections.iter_mut().zip(lengths.chunks_exact(4)) {
            let length = u32::from_le_bytes([length[0], length[1], length[2], length[3]]) as usize;
            (*section, rest) = rest.split_at_checked(length).ok_or(DataError::Short)?;
        }
        let [names, characters, starts, syllable_stream, character_stream, words, rarity, tail @ ..] = sections;
        let [unigrams, backoffs, pair_starts, pairs] = tail;
        let syllables = std::str::from_utf8(names).map_err(DataError::Syllables)?.split('\n').collect();
        Ok(Self {
            syllables,
            characters,
            starts,
            syllable_stream,
            character_stream,
            words,
            rarity,
            unigrams,
            backoffs,
            pair_starts,
            pairs,
        })
    }

    /// All syllables in the order of the alphabet, so that those with a common beginning stand together.
    pub(crate) fn syllables(&self) -> &[&'static str] {
        &self.syllables
    }

    /// The readings of everything.
    pub(crate) fn all(&self) -> Span {
        (0, u32::try_from(self.rarity.len()).unwrap_or(0))
    }

    fn start(&self, reading: u32) -> usize {
        u24_at(self.starts, reading as usize * 3) as usize
    }

    /// How many syllables and characters the word has.
    pub(crate) fn length(&self, reading: Reading) -> usize {
        self.start(reading.0 + 1).saturating_sub(self.start(reading.0))
    }

    /// Its syllable at `depth`, which must be below its length.
    fn syllable(&self, reading: u32, depth: usize) -> u16 {
        u16_at(self.syllable_stream, self.start(reading) + depth)
    }

    /// The first of `span` for which `past` holds; `past` never turns back to false within the span.
    fn partition(span: Span, past: impl Fn(u32) -> bool) -> u32 {
        let (mut low, mut high) = span;
        while low < high {
            let middle = low + (high - low) / 2;
            if past(middle) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }

    /// The words of `span` that end at `depth`, the commonest first. All of `span` share `depth` syllables.
    pub(crate) fn ending(&self, span: Span, depth: usize) -> Span {
        (span.0, Self::partition(span, |reading| self.length(Reading(reading)) > depth))
    }

    /// The words of `span` that go on at `depth` with the first syllable from `low` below `high`, and that syllable.
    /// All of `span` share `depth` syllables.
    pub(crate) fn going_on(&self, span: Span, depth: usize, low: u16, high: u16) -> Option<(u16, Span)> {
        let long = (self.ending(span, depth).1, span.1);
        let from = Self::partition(long, |reading| self.syllable(reading, depth) >= low);
        if from >= long.1 {
            return None;
        }
        let syllable = self.syllable(from, depth);
        if syllable >= high {
            return None;
        }
        let to = Self::partition((from, long.1), |reading| self.syllable(reading, depth) > syllable);
        Some((syllable, (from, to)))
    }

    /// The syllable at `depth` in letters.
    pub(crate) fn spelled(&self, reading: Reading, depth: usize) -> &'static str {
        self.syllables.get(usize::from(self.syllable(reading.0, depth))).copied().unwrap_or_default()
    }

    pub(crate) fn word(&self, reading: Reading) -> Word {
        Word(u24_at(self.words, reading.0 as usize * 3))
    }

    /// Log10 of how often the word is read this way.
    pub(crate) fn read_so(&self, reading: Reading) -> f32 {
        f32::from(self.rarity.get(reading.0 as usize).copied().unwrap_or(255)) * -FINE_STEP
    }

    /// Log10 of the probability of `word` by itself.
    pub(crate) fn alone(&self, word: Word) -> f32 {
        f32::from(self.unigrams.get(word.0 as usize).copied().unwrap_or(255)) * -STEP
    }

    /// Log10 of the probability of `word` after `before`.
    pub(crate) fn after(&self, before: Word, word: Word) -> f32 {
        let from = u24_at(self.pair_starts, before.0 as usize * 3);
        let to = u24_at(self.pair_starts, before.0 as usize * 3 + 3);
        let found = Self::partition((from, to), |pair| u24_at(self.pairs, pair as usize * 4) >= word.0);
        if found < to && u24_at(self.pairs, found as usize * 4) == word.0 {
            return f32::from(self.pairs.get(found as usize * 4 + 3).copied().unwrap_or(255)) * -STEP;
        }
        let backoff = f32::from(self.backoffs.get(before.0 as usize).copied().unwrap_or(0)) * -FINE_STEP;
        backoff + self.alone(word)
    }

    /// Appends the word as it is written.
    pub(crate) fn write(&self, reading: Reading, to: &mut String) {
        let start = self.start(reading.0);
        for index in start..start + self.length(reading) {
            let at = usize::from(u16_at(self.character_stream, index)) * 4;
            let code = self.characters.get(at..at + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
            to.extend(char::from_u32(code).filter(|c| *c != '\0'));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packed_list_is_whole() {
        let lexicon = Lexicon::open(WORDS).unwrap();
        assert!(lexicon.syllables().is_sorted());
        let (_, end) = lexicon.all();
        assert!(end > 180_000, "{end}");
        for reading in (0..end).map(Reading) {
            assert!((1..=16).contains(&lexicon.length(reading)));
            let mut text = String::new();
            lexicon.write(reading, &mut text);
            assert_eq!(text.chars().count(), lexicon.length(reading), "{text}");
            assert!(lexicon.alone(lexicon.word(reading)) < 0.0);
        }
    }

    #[test]
    fn other_bytes_are_refused() {
        assert!(matches!(Lexicon::open(b"something else"), Err(DataError::Foreign)));
        assert!(matches!(Lexicon::open(&WORDS[..1000]), Err(DataError::Short)));
    }
}
