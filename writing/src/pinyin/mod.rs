// SPDX-License-Identifier: GPL-3.0-only
//! From pinyin to characters: whole words and sentences, word by word, and character by character.

mod lattice;
mod lexicon;
mod spelling;

use std::collections::HashSet;

use zeroize::Zeroize;

use crate::DataError;
use lattice::{Lattice, Match, Row};
use lexicon::{Lexicon, Word};
pub use spelling::Fuzzy;
use spelling::{Fit, Spellings};

/// Candidates for one composition. The rarest characters of the fullest syllable (yi, over 150) are within it.
pub const MAX_CANDIDATES: usize = 320;
/// Whole sentences that are offered beside the likeliest one.
const OTHER_SENTENCES: usize = 2;
/// Log10 by which such a sentence may be less likely.
const OTHER_SENTENCE_WITHIN: f32 = 2.0;

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
}
