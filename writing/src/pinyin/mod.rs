// SPDX-License-Identifier: GPL-3.0-only
//! From pinyin to characters: whole words and sentences, word by word, and character by character.

mod lattice;
mod lexicon;
mod spelling;

use std::collections::HashSet;

use zeroize::Zeroize;

use crate::{DataError, nine_key};
use lattice::{Lattice, Match, Row};
use lexicon::{Lexicon, Word};
pub use spelling::Fuzzy;
use spelling::{Fit, Spellings};

/// Candidates for one composition. The rarest characters of the fullest syllable (yi, over 150) are within it.
pub const MAX_CANDIDATES: usize = 320;
/// Whole sentences that are offered beside the likeliest one.
const OTHER_SENTENCES: usize = 4;
/// Log10 by which such a sentence may be less likely.
const OTHER_SENTENCE_WITHIN: f32 = 2.5;

/// Something to choose.
pub(crate) struct Candidate {
    pub(crate) text: String,
    /// How many keys of the composition it stands for.
    pub(crate) keys: usize,
    /// Its last word, by which what follows is judged.
    last: Option<Word>,
}

impl Drop for Candidate {
    fn drop(&mut self) {
        self.text.zeroize();
    }
}

/// The word before what is being typed now, until the composition is empty.
#[derive(Clone, Copy, Default)]
pub(crate) struct Context(Option<Word>);

impl Candidate {
    pub(crate) fn context(&self) -> Context {
        Context(self.last)
    }
}

/// What the typed keys may be.
#[derive(Default)]
pub(crate) struct Decoded {
    pub(crate) candidates: Vec<Candidate>,
    /// Where the syllables of the likeliest reading end: bit n for a syllable whose last key is key n.
    pub(crate) ends: u64,
    /// The keys, with letters in place of digits.
    pub(crate) letters: Vec<u8>,
}

impl Decoded {
    /// Drawn characters: each stands for no key at all.
    pub(crate) fn drawn(characters: &[char]) -> Self {
        let one = |character: &char| Candidate { text: character.to_string(), keys: 0, last: None };
        Self { candidates: characters.iter().map(one).collect(), ends: 0, letters: Vec::new() }
    }
}

impl Drop for Decoded {
    fn drop(&mut self) {
        self.letters.zeroize();
        self.ends.zeroize();
    }
}

/// The word list with the spellings that lead into it.
pub(crate) struct Engine {
    lexicon: Lexicon,
    spellings: Spellings,
}

impl Engine {
    pub(crate) fn open(fuzzy: Fuzzy) -> Result<Self, DataError> {
        let lexicon = Lexicon::open(lexicon::WORDS)?;
        let spellings = Spellings::new(&lexicon, fuzzy);
        Ok(Self { lexicon, spellings })
    }

    /// Syllables that the digits from `from` on may begin with, the longest first, among equals the commonest first.
    pub(crate) fn syllables(&self, keys: &[u8], from: usize) -> Vec<String> {
        let mut found: Vec<(usize, f32, String)> = Vec::new();
        for edge in self.spellings.edges(keys, from) {
            let Some(syllable) = self.lexicon.syllables().get(usize::from(edge.low)) else { continue };
            if edge.fit != Fit::Whole || syllable.len() != edge.end - from {
                continue;
            }
            let span = self.lexicon.going_on(self.lexicon.all(), 0, edge.low, edge.high);
            let common =
                span.map_or(f32::MIN, |(_, span)| self.lexicon.alone(self.lexicon.word(lexicon::Reading(span.0))));
            found.push((syllable.len(), common, (*syllable).to_owned()));
        }
        found.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.total_cmp(&a.1)).then(a.2.cmp(&b.2)));
        found.dedup_by(|a, b| a.2 == b.2);
        found.into_iter().map(|(.., text)| text).collect()
    }

    /// All candidates for `keys` (letters, digits 2 to 9, apostrophes), the likeliest first: first those for all
    /// keys, then those for the longest beginning, down to the characters of the first syllable.
    pub(crate) fn decode(&self, keys: &[u8], context: Context) -> Decoded {
        let lattice = Lattice::new(&self.lexicon, &self.spellings, keys);
        let rows = lattice.rows(context.0);
        let mut decoded = Decoded::default();
        let mut seen = HashSet::new();
        let mut whole: Vec<(f32, Candidate)> = Vec::new();
        let best = rows.first().map_or(f32::MIN, |row| row.score);
        let likely = rows.iter().filter(|row| !row.stray && row.score > best - OTHER_SENTENCE_WITHIN);
        let likely = likely.take(1 + OTHER_SENTENCES);
        whole.extend(likely.map(|row| (row.score, self.sentence(row, keys.len()))));
        let words = lattice.words(lattice.skip(0));
        let scored = |found: &Match| {
            let word = self.lexicon.word(found.reading);
            found.cost + context.0.map_or_else(|| self.lexicon.alone(word), |last| self.lexicon.after(last, word))
        };
        let mut words: Vec<(f32, Match)> = words.iter().map(|found| (scored(found), *found)).collect();
        words.sort_by(|a, b| b.1.end.cmp(&a.1.end).then(b.0.total_cmp(&a.0)).then(a.1.reading.cmp(&b.1.reading)));
        let (all, part): (Vec<_>, Vec<_>) = words.into_iter().partition(|(_, found)| found.end == keys.len());
        whole.extend(all.iter().map(|(score, found)| (*score, self.one(found))));
        whole.sort_by(|a, b| b.0.total_cmp(&a.0));
        if let Some(row) = rows.first() {
            decoded.ends = row.steps.iter().fold(0, |ends, step| ends | step.ends);
            decoded.letters = self.letters(&lattice, row, keys);
        }
        let part = part.iter().map(|(_, found)| self.one(found));
        for candidate in whole.into_iter().map(|(_, candidate)| candidate).chain(part) {
            if decoded.candidates.len() == MAX_CANDIDATES {
                break;
            }
            if !candidate.text.is_empty() && seen.insert(candidate.text.clone()) {
                decoded.candidates.push(candidate);
            }
        }
        seen.into_iter().for_each(|mut text| text.zeroize());
        decoded
    }

    fn one(&self, found: &Match) -> Candidate {
        let mut text = String::new();
        self.lexicon.write(found.reading, &mut text);
        Candidate { text, keys: found.end, last: Some(self.lexicon.word(found.reading)) }
    }

    fn sentence(&self, row: &Row, keys: usize) -> Candidate {
        let mut text = String::new();
        for step in &row.steps {
            self.lexicon.write(step.reading, &mut text);
        }
        Candidate { text, keys, last: row.steps.last().map(|step| self.lexicon.word(step.reading)) }
    }

    /// The keys, each digit as the letter that it is in `row`, or as the first of its letters.
    fn letters(&self, lattice: &Lattice<'_>, row: &Row, keys: &[u8]) -> Vec<u8> {
        let first = |key: &u8| nine_key::letters(*key).first().copied().unwrap_or(*key);
        let mut letters: Vec<u8> = keys.iter().map(first).collect();
        for step in &row.steps {
            let mut from = step.from;
            for depth in 0..self.lexicon.length(step.reading) {
                let spelled = self.lexicon.spelled(step.reading, depth);
                let ends = step.ends.checked_shr(u32::try_from(from).unwrap_or(u32::MAX)).unwrap_or(0);
                let to = (from + 1 + ends.trailing_zeros() as usize).min(keys.len());
                for ((slot, key), letter) in letters.iter_mut().zip(keys).take(to).skip(from).zip(spelled.bytes()) {
                    if nine_key::letters(*key).contains(&letter) {
                        *slot = letter;
                    }
                }
                from = lattice.skip(to);
            }
        }
        letters
    }
}
