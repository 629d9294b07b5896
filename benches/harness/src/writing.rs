// SPDX-License-Identifier: GPL-3.0-only
//! Pinyin beside the crate inputx-pinyin: which lines of a list of titles, names and addresses are among the first five
//! candidates, and how long a key takes.

use std::time::{Duration, Instant};

use doorstep_writing::{Key, Method, Settings, Writer};
use inputx_pinyin::{PinyinDict, PinyinEngine};

use crate::report::{Report, Target};
use crate::{Outcome, Setup};

const LIST: &str = include_str!("../../../writing/tests/data/titles.tsv");
/// Candidates that are looked at.
const FIRST: usize = 5;

/// Hits in a hundred, and the sorted times of all keys.
struct Figures {
    hits: f64,
    times: Vec<Duration>,
}

impl Figures {
    fn milliseconds(&self, hundredth: usize) -> f64 {
        self.times.get(self.times.len().saturating_sub(1) * hundredth / 100).map_or(f64::NAN, |t| t.as_secs_f64() * 1e3)
    }
}

/// Types every line letter by letter. `key` gets a letter and answers with the first candidates.
fn run(mut clear: impl FnMut(), mut key: impl FnMut(char) -> Vec<String>) -> Outcome<Figures> {
    let (mut hits, mut lines, mut times) = (0u32, 0u32, Vec::new());
    for line in LIST.lines().filter(|line| !line.starts_with('#')) {
        let [_, text, pinyin] = line.split('\t').collect::<Vec<_>>()[..] else {
            return Err("three fields a line".into());
        };
        clear();
        let mut found = Vec::new();
        for letter in pinyin.chars().filter(|letter| *letter != '\'') {
            let began = Instant::now();
            found = key(letter);
            times.push(began.elapsed());
        }
        lines += 1;
        hits += u32::from(found.iter().take(FIRST).any(|candidate| candidate == text));
    }
    times.sort();
    Ok(Figures { hits: f64::from(hits) * 100.0 / f64::from(lines), times })
}

fn ours(method: Method) -> Outcome<Figures> {
    let writer = std::cell::RefCell::new(Writer::new(Settings { page: FIRST, ..Settings::default() }));
    writer.borrow_mut().set_method(method);
    let key = |letter: char| {
        let digit = doorstep_writing::keys::NINE_KEYS.iter().find(|(_, letters)| letters.contains(letter));
        let key = match (method, digit) {
            (Method::NineKey, Some((digit, _))) => Key::Digit(*digit),
            _ => Key::Letter(letter),
        };
        std::mem::take(&mut writer.borrow_mut().press(key).candidates)
    };
    run(|| drop(writer.borrow_mut().clear()), key)
}

/// The peer offers words that are spelled exactly so; rows of words are another call.
fn peer_candidates(dict: &PinyinDict, typed: &str) -> Vec<String> {
    let mut all = dict.lookup(typed);
    all.truncate(FIRST);
    all.extend(dict.top_k_compositions(typed, FIRST).into_iter().map(|(_, text)| text));
    all.truncate(FIRST);
    all
}

fn peer() -> Outcome<Figures> {
    let engine = PinyinEngine::new();
    let typed = std::cell::RefCell::new(String::new());
    run(
        || typed.borrow_mut().clear(),
        |letter| {
            typed.borrow_mut().push(letter);
            peer_candidates(engine.dict(), &typed.borrow())
        },
    )
}

/// Measures both and adds the figures.
pub fn compare(_: &Setup, report: &mut Report) -> Outcome<()> {
    eprintln!("bench: writing");
    // Once to bring the words of both into memory.
    drop((ours(Method::Pinyin)?, peer()?));
    let (mine, nine, other) = (ours(Method::Pinyin)?, ours(Method::NineKey)?, peer()?);
    let name = "inputx-pinyin 1.4.0";
    let other_at = |hundredth| Some((name, other.milliseconds(hundredth)));
    report.add(
        "pinyin, lines among the first five",
        "%",
        mine.hits,
        Some((name, other.hits)),
        Target::OursOverPeer(1.0),
    );
    report.add("pinyin, a key, p50", "ms", mine.milliseconds(50), other_at(50), Target::None);
    report.add("pinyin, a key, p99", "ms", mine.milliseconds(99), other_at(99), Target::AtMost(16.0));
    report.add("nine keys, lines among the first five", "%", nine.hits, None, Target::None);
    report.add("nine keys, a key, p99", "ms", nine.milliseconds(99), None, Target::AtMost(16.0));
    Ok(())
}
