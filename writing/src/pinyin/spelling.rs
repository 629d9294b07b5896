// SPDX-License-Identifier: GPL-3.0-only
//! From typed letters (or digits of a nine-key pad) to syllables: whole, mixed up, shortened to the initial, unfinished.

use super::lexicon::Lexicon;
use crate::nine_key;

/// Pairs of sounds that many speakers of Mandarin do not tell apart, and therefore type one for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fuzzy {
    /// zh and z, ch and c, sh and s.
    pub retroflex: bool,
    /// n and l at the beginning.
    pub n_l: bool,
    /// f and h.
    pub f_h: bool,
    /// en and eng, in and ing, an and ang (ian and iang, uan and uang too).
    pub nasals: bool,
}

impl Fuzzy {
    /// Nothing is mixed up.
    pub const NONE: Self = Self { retroflex: false, n_l: false, f_h: false, nasals: false };
    /// All pairs: what is on at a kiosk, where most who write by pinyin learnt it after their dialect.
    pub const ALL: Self = Self { retroflex: true, n_l: true, f_h: true, nasals: true };
}

/// How letters stand for a syllable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fit {
    /// Spelled out.
    Whole,
    /// Spelled out with one sound for another.
    Mixed,
    /// Its initial alone.
    Initial,
    /// Its beginning, where the typed letters end.
    Unfinished,
}

/// Log10 by which a syllable loses against one that is spelled out.
const MIXED: f32 = -1.3;
const TWICE_MIXED: f32 = -2.2;
const INITIAL: f32 = -0.4;
const UNFINISHED: f32 = -0.6;
/// The same where the letters are a syllable by themselves: `wa` is rather that than the beginning of `wai`.
const GOING_ON: f32 = -2.0;

/// Letters from one place to `end` may be any syllable from `low` below `high`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    pub(crate) end: usize,
    pub(crate) low: u16,
    pub(crate) high: u16,
    pub(crate) fit: Fit,
    pub(crate) cost: f32,
}

#[derive(Default)]
struct Node {
    /// Places of the nodes for a to z; zero for none.
    next: [u16; 26],
    /// Syllables that are spelled so, and what that costs.
    whole: Vec<(u16, f32)>,
    /// Syllables that begin so.
    begun: (u16, u16),
    /// Whether it is an initial that may stand for the syllable.
    initial: bool,
}

/// All spellings as a tree.
pub(crate) struct Spellings {
    nodes: Vec<Node>,
}

const INITIALS: &[&str] = &[
    "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "zh", "ch", "sh", "r", "z", "c", "s", "y",
    "w",
];
/// Syllables without a vowel. They are interjections; as letters they are initials first of all.
const VOWELLESS: &[&str] = &["m", "n", "ng", "r"];

fn swapped_initial(text: &str, pairs: &[(&str, &str)]) -> Vec<String> {
    let mut all = Vec::new();
    for (a, b) in pairs {
        // The longer one first: `z` is also the beginning of `zh`.
        if let Some(rest) = text.strip_prefix(a) {
            all.push(format!("{b}{rest}"));
        } else if let Some(rest) = text.strip_prefix(b) {
            all.push(format!("{a}{rest}"));
        }
    }
    all
}

fn swapped_final(text: &str) -> Option<String> {
    for nasal in ["an", "en", "in"] {
        if text.ends_with(nasal) {
            return Some(format!("{text}g"));
        }
        if text.strip_suffix('g').is_some_and(|short| short.ends_with(nasal)) {
            return Some(text[..text.len() - 1].to_owned());
        }
    }
    None
}

/// Every way to write `syllable`, and what it costs.
fn written(syllable: &str, fuzzy: Fuzzy) -> Vec<(String, f32)> {
    let mut pairs = Vec::new();
    if fuzzy.retroflex {
        pairs.extend([("zh", "z"), ("ch", "c"), ("sh", "s")]);
    }
    if fuzzy.n_l {
        pairs.push(("n", "l"));
    }
    if fuzzy.f_h {
        pairs.push(("f", "h"));
    }
    let mut all = vec![(syllable.to_owned(), 0.0)];
    if VOWELLESS.contains(&syllable) {
        return all;
    }
    let initials = swapped_initial(syllable, &pairs);
    if fuzzy.nasals {
        all.extend(swapped_final(syllable).map(|text| (text, MIXED)));
        all.extend(initials.iter().filter_map(|text| swapped_final(text)).map(|text| (text, TWICE_MIXED)));
    }
    all.extend(initials.into_iter().map(|text| (text, MIXED)));
    // The sound that is written u with two dots has no key: v, or ue where nothing else is meant.
    let umlaut: Vec<_> = all.iter().filter_map(|(text, cost)| Some((umlaut(text)?, *cost))).collect();
    all.extend(umlaut);
    all
}

fn umlaut(text: &str) -> Option<String> {
    match text {
        "lve" | "nve" => Some(text.replace('v', "u")),
        _ if text.starts_with(['j', 'q', 'x', 'y']) && text[1..].starts_with('u') => Some(text.replacen('u', "v", 1)),
        _ => None,
    }
}

impl Spellings {
    pub(crate) fn new(lexicon: &Lexicon, fuzzy: Fuzzy) -> Self {
        let mut tree = Self { nodes: vec![Node::default()] };
        for (syllable, number) in lexicon.syllables().iter().zip(0..) {
            for (text, cost) in written(syllable, fuzzy) {
                let node = tree.node(&text);
                tree.nodes[node].whole.push((number, cost));
            }
            for end in 1..=syllable.len() {
                let node = tree.node(&syllable[..end]);
                let begun = &mut tree.nodes[node].begun;
                *begun = if begun.1 == 0 { (number, number + 1) } else { (begun.0, number + 1) };
            }
        }
        for initial in INITIALS {
            let node = tree.node(initial);
            tree.nodes[node].initial = true;
        }
        tree
    }

    fn node(&mut self, text: &str) -> usize {
        let mut at = 0;
        for letter in text.bytes().filter(u8::is_ascii_lowercase) {
            let slot = usize::from(letter - b'a');
            if self.nodes[at].next[slot] == 0 {
                self.nodes[at].next[slot] = u16::try_from(self.nodes.len()).unwrap_or(0);
                self.nodes.push(Node::default());
            }
            at = usize::from(self.nodes[at].next[slot]);
        }
        at
    }

    /// What the keys from `from` on may be, each until its `end`. Keys are letters, digits 2 to 9 and apostrophes.
    pub(crate) fn edges(&self, keys: &[u8], from: usize) -> Vec<Edge> {
        let mut all = Vec::new();
        let mut at = vec![0usize];
        for (place, key) in keys.iter().enumerate().skip(from) {
            let letters = nine_key::letters(*key);
            let mut next = Vec::new();
            for node in at {
                next.extend(
                    letters
                        .iter()
                        .map(|letter| usize::from(self.nodes[node].next[usize::from(letter - b'a')]))
                        .filter(|n| *n != 0),
                );
            }
            if next.is_empty() {
                break;
            }
            at = next;
            for node in &at {
                self.edges_at(*node, place + 1, keys, &mut all);
            }
        }
        // Where a syllable is spelled out, an initial there is not meant as one.
        let spelled = |edge: &Edge| edge.fit == Fit::Whole && edge.high - edge.low == 1;
        if all.iter().any(|edge| spelled(edge) && !self.vowelless(edge, keys, from)) {
            all.retain(|edge| edge.fit != Fit::Initial);
        }
        all
    }

    fn vowelless(&self, edge: &Edge, keys: &[u8], from: usize) -> bool {
        let typed = &keys[from..edge.end];
        typed.len() <= 2
            && VOWELLESS.iter().any(|text| {
                text.len() == typed.len()
                    && text.bytes().zip(typed).all(|(l, key)| nine_key::letters(*key).contains(&l))
            })
    }

    fn edges_at(&self, node: usize, end: usize, keys: &[u8], all: &mut Vec<Edge>) {
        let node = &self.nodes[node];
        for (number, cost) in &node.whole {
            let fit = if *cost == 0.0 { Fit::Whole } else { Fit::Mixed };
            all.push(Edge { end, low: *number, high: number + 1, fit, cost: *cost });
        }
        let (low, high) = node.begun;
        if low == high {
            return;
        }
        if end == keys.len() {
            let syllable = node.whole.iter().any(|(_, cost)| *cost == 0.0) && !node.initial;
            let cost = if syllable { GOING_ON } else { UNFINISHED };
            all.push(Edge { end, low, high, fit: Fit::Unfinished, cost });
        } else if node.initial {
            all.push(Edge { end, low, high, fit: Fit::Initial, cost: INITIAL });
        }
    }
}
