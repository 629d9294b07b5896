// SPDX-License-Identifier: GPL-3.0-only
//! Which words the typed keys may be, and which row of them is the likeliest.

use super::lexicon::{Lexicon, Reading, Span, Word};
use super::spelling::{Edge, Spellings};

/// Lookups in the word list from one place of the composition, so that a row of bare initials ends in time.
const LOOKUPS_PER_PLACE: usize = 2_500;
/// Words from one place to another that take part in the search for the likeliest row.
const WORDS_PER_ARC: usize = 12;
/// Rows that are followed up at every place.
const ROWS: usize = 6;
/// Log10 that one key costs which is part of no syllable. It stays as it is.
const STRAY: f32 = -12.0;

/// A word that the keys from one place to `end` may be.
#[derive(Clone, Copy)]
pub(crate) struct Match {
    pub(crate) reading: Reading,
    pub(crate) from: usize,
    pub(crate) end: usize,
    /// Log10: how often it is read so, and how exactly it was typed.
    pub(crate) cost: f32,
    /// Where its syllables end: bit n for a syllable whose last key is key n.
    pub(crate) ends: u64,
}

/// One step of a row of words.
#[derive(Clone, Copy)]
struct State {
    /// Nothing for a stray key.
    step: Option<Match>,
    score: f32,
    from: (usize, usize),
}

/// The likeliest row: its words, and where each ends.
pub(crate) struct Row {
    pub(crate) steps: Vec<Match>,
    pub(crate) score: f32,
    /// Whether keys are in it that are part of no syllable.
    pub(crate) stray: bool,
}

pub(crate) struct Lattice<'a> {
    lexicon: &'a Lexicon,
    keys: &'a [u8],
    edges: Vec<Vec<Edge>>,
}

impl<'a> Lattice<'a> {
    pub(crate) fn new(lexicon: &'a Lexicon, spellings: &Spellings, keys: &'a [u8]) -> Self {
        let edges = (0..keys.len()).map(|from| spellings.edges(keys, from)).collect();
        Self { lexicon, keys, edges }
    }

    /// Apostrophes at `place` are no keys of their own.
    pub(crate) fn skip(&self, mut place: usize) -> usize {
        while self.keys.get(place) == Some(&b'\'') {
            place += 1;
        }
        place
    }

    /// All words that begin at `from`, each once for every end.
    pub(crate) fn words(&self, from: usize) -> Vec<Match> {
        let mut walk = Walk { lattice: self, from, lookups: LOOKUPS_PER_PLACE, found: Vec::new() };
        walk.step(self.lexicon.all(), 0, from, 0.0, 0);
        let mut found = walk.found;
        found.sort_by(|a, b| (a.end, a.reading).cmp(&(b.end, b.reading)).then(b.cost.total_cmp(&a.cost)));
        found.dedup_by_key(|found| (found.end, found.reading));
        found
    }

    /// Of the words that begin at one place those that can win: the commonest of every length.
    fn contenders(&self, from: usize) -> Vec<Match> {
        let mut all: Vec<(f32, Match)> = self
            .words(from)
            .into_iter()
            .map(|found| (found.cost + self.lexicon.alone(self.lexicon.word(found.reading)), found))
            .collect();
        all.sort_by(|a, b| a.1.end.cmp(&b.1.end).then(b.0.total_cmp(&a.0)).then(a.1.reading.cmp(&b.1.reading)));
        let mut kept: Vec<Match> = Vec::new();
        let mut here = 0;
        for (_, found) in all {
            here = if kept.last().is_some_and(|last| last.end == found.end) { here + 1 } else { 0 };
            if here < WORDS_PER_ARC {
                kept.push(found);
            }
        }
        kept
    }

    /// The likeliest rows of words over all keys, the best first, after the word `before`.
    pub(crate) fn rows(&self, before: Option<Word>) -> Vec<Row> {
        let end = self.keys.len();
        let mut states: Vec<Vec<State>> = vec![Vec::new(); end + 1];
        let first = self.skip(0);
        states[first].push(State { step: None, score: 0.0, from: (usize::MAX, 0) });
        for place in first..end {
            if states[place].is_empty() {
                continue;
            }
            let reached = std::mem::take(&mut states[place]);
            let words = self.contenders(place);
            for (index, state) in reached.iter().enumerate() {
                let last = state.step.map(|step| self.lexicon.word(step.reading)).or(before.filter(|_| place == first));
                for found in &words {
                    let word = self.lexicon.word(found.reading);
                    let p = last.map_or_else(|| self.lexicon.alone(word), |last| self.lexicon.after(last, word));
                    let score = state.score + p + found.cost;
                    enter(&mut states[found.end], State { step: Some(*found), score, from: (place, index) });
                }
                if words.is_empty() {
                    let next = self.skip(place + 1);
                    enter(&mut states[next], State { step: None, score: state.score + STRAY, from: (place, index) });
                }
            }
            states[place] = reached;
        }
        let mut rows: Vec<Row> = states[end].iter().map(|state| self.back(&states, state)).collect();
        rows.sort_by(|a, b| b.score.total_cmp(&a.score));
        rows
    }

    fn back(&self, states: &[Vec<State>], last: &State) -> Row {
        let mut row = Row { steps: Vec::new(), score: last.score, stray: false };
        let mut state = last;
        loop {
            row.steps.extend(state.step);
            let (place, index) = state.from;
            match states.get(place).and_then(|row| row.get(index)) {
                Some(earlier) => {
                    row.stray |= state.step.is_none();
                    state = earlier;
                }
                None => break,
            }
        }
        row.steps.reverse();
        row
    }
}

/// Keeps the best rows that end in different words.
fn enter(row: &mut Vec<State>, state: State) {
    let word = |state: &State| state.step.map(|step| step.reading);
    if let Some(same) = row.iter_mut().find(|other| word(other) == word(&state)) {
        if same.score < state.score {
            *same = state;
        }
        return;
    }
    if row.len() < ROWS {
        row.push(state);
        return;
    }
    if let Some(worst) = row.iter_mut().min_by(|a, b| a.score.total_cmp(&b.score))
        && worst.score < state.score
    {
        *worst = state;
    }
}

struct Walk<'a, 'b> {
    lattice: &'b Lattice<'a>,
    from: usize,
    lookups: usize,
    found: Vec<Match>,
}

impl Walk<'_, '_> {
    /// The words of `span`, which share `depth` syllables that were typed up to `place`.
    fn step(&mut self, span: Span, depth: usize, place: usize, cost: f32, ends: u64) {
        let lattice = self.lattice;
        if depth > 0 {
            let (low, high) = lattice.lexicon.ending(span, depth);
            let from = self.from;
            self.found.extend((low..high).map(Reading).map(|reading| {
                let cost = cost + lattice.lexicon.read_so(reading);
                Match { reading, from, end: place, cost, ends }
            }));
        }
        let Some(edges) = lattice.edges.get(place) else { return };
        for edge in edges {
            let mut low = edge.low;
            while low < edge.high && self.lookups > 0 {
                self.lookups -= 1;
                let Some((syllable, narrower)) = lattice.lexicon.going_on(span, depth, low, edge.high) else { break };
                let ends = ends | 1u64.checked_shl(u32::try_from(edge.end - 1).unwrap_or(u32::MAX)).unwrap_or(0);
                self.step(narrower, depth + 1, lattice.skip(edge.end), cost + edge.cost, ends);
                low = syllable + 1;
            }
        }
    }
}
