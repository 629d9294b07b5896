// SPDX-License-Identifier: GPL-3.0-only
//! Packs the word list and language model of libime into `data/pinyin.bin`, which the library reads in place.
//!
//! ```text
//! cargo run --release -p doorstep-writing --example pack_pinyin -- \
//!     dict_sc.txt lm_sc.arpa Unihan_OtherMappings.txt writing/data/pinyin.bin
//! ```
//!
//! The first two are in the source package `libime` of Debian (LGPL-2.1-or-later), the third in its package
//! `unicode-data`. `data/README.md` tells which versions were taken. The same input gives the same bytes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::error::Error;
use std::fs;
use std::io::Write as _;

/// Words of libime's list that its model does not know: below every word that it knows.
const UNKNOWN: f64 = -6.6;
/// Pairs of words that are kept, half of all. What fewer and more are worth: docs/writing.md.
const DEFAULT_PAIRS: usize = 1_000_000;
/// A reading that is rarer than this (log10) is a mistake of the word list rather than a reading.
const RAREST_READING: f64 = -3.0;

struct Entry {
    syllables: Vec<u16>,
    characters: Vec<u16>,
    word: u32,
    reading: f64,
    score: f64,
}

struct Model {
    names: Vec<String>,
    unigram: Vec<f64>,
    pairs: Vec<BTreeMap<u32, f64>>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [dictionary, model, unihan, output, rest @ ..] = arguments.as_slice() else {
        return Err("usage: pack_pinyin DICT ARPA UNIHAN OUTPUT [PAIRS]".into());
    };
    let pairs = rest.first().map_or(Ok(DEFAULT_PAIRS), |text| text.parse())?;
    let allowed = common_characters(&fs::read_to_string(unihan)?)?;
    let listed = word_list(&fs::read_to_string(dictionary)?, &allowed);
    let model = read_model(&fs::read_to_string(model)?, &listed, pairs);
    let bytes = pack(&listed, &model)?;
    fs::write(output, &bytes)?;
    writeln!(std::io::stderr(), "{} bytes", bytes.len())?;
    Ok(())
}

/// The 8105 characters of the national table of general use (kTGH) and the 6763 of GB 2312 (kGB0).
fn common_characters(text: &str) -> Result<HashSet<char>, Box<dyn Error>> {
    let mut all = HashSet::new();
    for line in text.lines() {
        let mut fields = line.split('\t');
        let (Some(code), Some("kTGH" | "kGB0")) = (fields.next(), fields.next()) else { continue };
        // Comments at the top name the fields too.
        let Some(code) = code.strip_prefix("U+") else { continue };
        let code = u32::from_str_radix(code, 16)?;
        all.extend(char::from_u32(code));
    }
    Ok(all)
}

/// Word, syllables, logarithm of how often the word is read so.
fn word_list(text: &str, allowed: &HashSet<char>) -> Vec<(String, Vec<String>, f64)> {
    let mut all = Vec::new();
    for line in text.lines() {
        let mut fields = line.split(['\t', ' ']);
        let (Some(word), Some(pinyin)) = (fields.next(), fields.next()) else { continue };
        let reading: f64 = fields.next().and_then(|text| text.parse().ok()).unwrap_or(0.0);
        let syllables: Vec<String> = pinyin.split('\'').map(str::to_owned).collect();
        let fits = syllables.len() == word.chars().count() && syllables.len() <= 16;
        if fits && reading > RAREST_READING && word.chars().all(|c| allowed.contains(&c)) {
            all.push((word.to_owned(), syllables, reading));
        }
    }
    all
}

fn read_model(text: &str, listed: &[(String, Vec<String>, f64)], keep: usize) -> Model {
    let known: HashSet<&str> = listed.iter().map(|(word, ..)| word.as_str()).collect();
    let mut unigram: Vec<(f64, &str)> = Vec::new();
    let mut backoff: HashMap<&str, f64> = HashMap::new();
    let mut order = 0;
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let mut pairs: Vec<(f64, u32, u32, f64)> = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix('\\') {
            order = rest.chars().next().and_then(|c| c.to_digit(10)).unwrap_or(0);
            if order == 2 {
                add_unknown(&mut unigram, &known);
                numbers = unigram.iter().zip(0..).map(|((_, word), number)| (*word, number)).collect();
            }
            continue;
        }
        let mut fields = line.split('\t');
        let Some(Ok(p)) = fields.next().map(str::parse::<f64>) else { continue };
        let Some(words) = fields.next() else { continue };
        if order == 1 && known.contains(words) {
            unigram.push((p, words));
            backoff.insert(words, fields.next().and_then(|b| b.parse().ok()).unwrap_or(0.0));
        } else if order == 2 {
            let Some((first, second)) = words.split_once(' ') else { continue };
            let (Some(&a), Some(&b)) = (numbers.get(first), numbers.get(second)) else { continue };
            let alone = backoff.get(first).copied().unwrap_or(0.0) + unigram[b as usize].0;
            // What the pair adds to the model, weighted by how often it is met.
            let gain = 10f64.powf(unigram[a as usize].0 + p) * (p - alone);
            pairs.push((gain, a, b, p));
        }
    }
    pairs.sort_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    let mut kept = vec![BTreeMap::new(); unigram.len()];
    for (_, a, b, p) in pairs.into_iter().take_while(|pair| pair.0 > 0.0).take(keep) {
        kept[a as usize].insert(b, p);
    }
    Model {
        names: unigram.iter().map(|(_, word)| (*word).to_owned()).collect(),
        unigram: unigram.iter().map(|(p, _)| *p).collect(),
        pairs: kept,
    }
}

/// The words of the list that the model does not know; then numbers by how common a word is.
fn add_unknown<'a>(unigram: &mut Vec<(f64, &'a str)>, known: &HashSet<&'a str>) {
    let counted: HashSet<&str> = unigram.iter().map(|(_, word)| *word).collect();
    unigram.extend(known.difference(&counted).map(|word| (UNKNOWN, *word)));
    unigram.sort_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(y.1)));
}

/// What is left for words that do not follow this one often, so that probabilities add up to one again.
fn backoff(model: &Model, word: usize) -> f64 {
    let follows = &model.pairs[word];
    let taken: f64 = follows.values().map(|p| 10f64.powf(*p)).sum();
    let alone: f64 = follows.keys().map(|w| 10f64.powf(model.unigram[*w as usize])).sum();
    ((1.0 - taken).max(1e-3) / (1.0 - alone).max(1e-3)).log10()
}

fn quantise(log10: f64, steps: f64) -> u8 {
    (-log10 * steps).round().clamp(0.0, 255.0) as u8
}

fn u24(value: u32) -> [u8; 3] {
    let [a, b, c, _] = value.to_le_bytes();
    [a, b, c]
}

fn entries(
    listed: &[(String, Vec<String>, f64)],
    model: &Model,
    syllables: &[&str],
    characters: &[char],
) -> Result<Vec<Entry>, Box<dyn Error>> {
    let numbers: HashMap<&str, u32> = model.names.iter().map(String::as_str).zip(0..).collect();
    let mut all = Vec::new();
    for (word, pinyin, reading) in listed {
        let number = *numbers.get(word.as_str()).ok_or("a word without a number")?;
        let mut entry = Entry {
            syllables: Vec::new(),
            characters: Vec::new(),
            word: number,
            reading: *reading,
            score: model.unigram[number as usize] + reading,
        };
        for (syllable, character) in pinyin.iter().zip(word.chars()) {
            entry.syllables.push(u16::try_from(syllables.binary_search(&syllable.as_str()).map_err(|_| "syllable")?)?);
            entry.characters.push(u16::try_from(characters.binary_search(&character).map_err(|_| "character")?)?);
        }
        all.push(entry);
    }
    all.sort_by(|x, y| {
        x.syllables.cmp(&y.syllables).then(y.score.total_cmp(&x.score)).then(x.characters.cmp(&y.characters))
    });
    all.dedup_by(|x, y| x.syllables == y.syllables && x.characters == y.characters);
    Ok(all)
}

/// Sections in the order of `src/pinyin/lexicon.rs`, each behind its length in the header.
fn pack(listed: &[(String, Vec<String>, f64)], model: &Model) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut syllables: Vec<&str> = listed.iter().flat_map(|(_, pinyin, _)| pinyin).map(String::as_str).collect();
    syllables.sort_unstable();
    syllables.dedup();
    let mut characters: Vec<char> = listed.iter().flat_map(|(word, ..)| word.chars()).collect();
    characters.sort_unstable();
    characters.dedup();
    let entries = entries(listed, model, &syllables, &characters)?;

    let mut sections: Vec<Vec<u8>> = vec![Vec::new(); 11];
    sections[0] = syllables.join("\n").into_bytes();
    sections[1] = characters.iter().flat_map(|c| u32::from(*c).to_le_bytes()).collect();
    let mut at = 0u32;
    for entry in &entries {
        sections[2].extend(u24(at));
        at += u32::try_from(entry.syllables.len())?;
        sections[3].extend(entry.syllables.iter().flat_map(|s| s.to_le_bytes()));
        sections[4].extend(entry.characters.iter().flat_map(|c| c.to_le_bytes()));
        sections[5].extend(u24(entry.word));
        sections[6].push(quantise(entry.reading, 64.0));
    }
    sections[2].extend(u24(at));
    let mut at = 0u32;
    for (word, p) in model.unigram.iter().enumerate() {
        sections[7].push(quantise(*p, 32.0));
        sections[8].push(quantise(backoff(model, word), 64.0));
        sections[9].extend(u24(at));
        at += u32::try_from(model.pairs[word].len())?;
        for (next, p) in &model.pairs[word] {
            sections[10].extend(u24(*next));
            sections[10].push(quantise(*p, 32.0));
        }
    }
    sections[9].extend(u24(at));

    let mut bytes = b"DSPINYIN".to_vec();
    for section in &sections {
        bytes.extend(u32::try_from(section.len())?.to_le_bytes());
    }
    bytes.extend(sections.concat());
    writeln!(
        std::io::stderr(),
        "{} syllables, {} characters, {} readings of {} words, {at} pairs",
        syllables.len(),
        characters.len(),
        entries.len(),
        model.names.len()
    )?;
    Ok(bytes)
}
