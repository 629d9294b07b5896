// SPDX-License-Identifier: GPL-3.0-only
//! How well titles, names and addresses are written: floors below what was measured, see docs/writing.md.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests may panic and print")]

use doorstep_writing::{Fuzzy, Key, Method, Settings, Writer};

const LIST: &str = include_str!("data/titles.tsv");

struct Line {
    kind: &'static str,
    text: &'static str,
    pinyin: &'static str,
}

fn list() -> Vec<Line> {
    let lines = LIST.lines().filter(|line| !line.starts_with('#'));
    let lines: Vec<Line> = lines
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            Line { kind: fields[0], text: fields[1], pinyin: fields[2] }
        })
        .collect();
    assert!(lines.len() >= 300);
    lines
}

/// All candidates on the first pages, at least `wanted` if there are so many.
fn candidates(writer: &mut Writer, mut update: doorstep_writing::Update, wanted: usize) -> Vec<String> {
    let mut all = update.candidates.clone();
    while all.len() < wanted && update.more {
        update = writer.more();
        all.extend(update.candidates.clone());
    }
    while update.less {
        update = writer.less();
    }
    all
}

fn press(writer: &mut Writer, keys: &str) -> doorstep_writing::Update {
    writer.clear();
    writer.press_all(keys.chars().map(|key| match key {
        '\'' => Key::Apostrophe,
        '0'..='9' => Key::Digit(u8::try_from(u32::from(key) - 48).unwrap()),
        letter => Key::Letter(letter),
    }))
}

#[derive(Default, Clone, Copy)]
struct Score {
    lines: usize,
    top1: usize,
    top5: usize,
    top10: usize,
    keys: usize,
    choices: usize,
    characters: usize,
    unreachable: usize,
}

impl Score {
    fn share(&self, hits: usize) -> f64 {
        hits as f64 * 100.0 / self.lines as f64
    }
}

/// Chooses, from the first 40 candidates, the longest that the text begins with, until it is written.
fn choices(writer: &mut Writer, keys: &str, text: &str) -> Option<usize> {
    let mut update = press(writer, keys);
    let mut rest = text;
    let mut count = 0;
    while !rest.is_empty() {
        let offered = candidates(writer, update, 300);
        let (index, chosen) =
            offered.iter().enumerate().filter(|(_, c)| rest.starts_with(c.as_str())).max_by_key(|(_, c)| c.len())?;
        // Turning the page costs a tap as well.
        count += 1 + index / 10;
        rest = &rest[chosen.len()..];
        for _ in 0..index / 10 {
            writer.more();
        }
        update = writer.choose(index % 10);
        assert_eq!(update.committed.as_deref(), Some(chosen.as_str()));
    }
    Some(count)
}

/// `parts`: writes every line by choices too, which takes longer.
fn measure(kind: &str, fuzzy: Fuzzy, typed: impl Fn(&str) -> String, method: Method, parts: bool) -> Score {
    let mut writer = Writer::new(Settings { page: 10, fuzzy });
    writer.set_method(method);
    let mut score = Score::default();
    for line in list().iter().filter(|line| kind.is_empty() || line.kind == kind) {
        let keys = typed(line.pinyin);
        let update = press(&mut writer, &keys);
        let rank = candidates(&mut writer, update, 10).iter().position(|c| c == line.text);
        score.lines += 1;
        score.top1 += usize::from(rank.is_some_and(|r| r < 1));
        score.top5 += usize::from(rank.is_some_and(|r| r < 5));
        score.top10 += usize::from(rank.is_some_and(|r| r < 10));
        score.characters += line.text.chars().count();
        score.keys += keys.len();
        if !parts {
            continue;
        }
        match choices(&mut writer, &keys, line.text) {
            Some(count) => score.choices += count,
            None => score.unreachable += 1,
        }
    }
    println!(
        "{:8} {:4} lines: top-1 {:5.1} % top-5 {:5.1} % top-10 {:5.1} %, {:.2} keys and {:.2} choices a character, {} not reached",
        if kind.is_empty() { "all" } else { kind },
        score.lines,
        score.share(score.top1),
        score.share(score.top5),
        score.share(score.top10),
        score.keys as f64 / score.characters as f64,
        score.choices as f64 / score.characters as f64,
        score.unreachable,
    );
    score
}

fn joined(pinyin: &str) -> String {
    pinyin.replace('\'', "")
}

fn digits(pinyin: &str) -> String {
    let groups = doorstep_writing::keys::NINE_KEYS;
    let digit =
        |letter| groups.iter().find(|(_, letters)| letters.contains(letter)).map(|(digit, _)| digit.to_string());
    joined(pinyin).chars().map(|letter| digit(letter).unwrap()).collect()
}

/// As somebody types who tells none of the pairs apart.
fn mixed(pinyin: &str) -> String {
    let syllables = pinyin.split('\'').map(|syllable| {
        let (initial, rest) = match syllable.as_bytes() {
            [b'z' | b'c' | b's', b'h', ..] => (&syllable[..1], &syllable[2..]),
            _ => ("", syllable),
        };
        let rest = ["ing", "eng"]
            .iter()
            .find_map(|nasal| rest.strip_suffix(nasal).map(|head| format!("{head}{}n", &nasal[..1])));
        let rest = rest.unwrap_or_else(|| syllable[initial.len() + usize::from(!initial.is_empty())..].to_owned());
        format!("{initial}{rest}")
    });
    syllables.collect::<Vec<_>>().concat()
}

#[test]
fn most_of_the_list_is_among_the_first_five() {
    let mut all = Score::default();
    for (kind, floor) in [("title", 86.5), ("name", 96.0), ("address", 78.0)] {
        let score = measure(kind, Fuzzy::ALL, joined, Method::Pinyin, true);
        assert!(score.share(score.top5) >= floor, "{kind}");
        assert_eq!(score.unreachable, 0, "every text can be written in parts");
        all.lines += score.lines;
        all.top1 += score.top1;
        all.top5 += score.top5;
        all.choices += score.choices;
        all.characters += score.characters;
    }
    // Measured: 79.9 and 89.2 %, 0.34 choices a character.
    assert!(all.share(all.top1) >= 78.5, "{}", all.share(all.top1));
    assert!(all.share(all.top5) >= 88.0, "{}", all.share(all.top5));
    assert!(all.choices as f64 / all.characters as f64 <= 0.37, "{} choices", all.choices);
}

#[test]
fn mixed_up_sounds_still_find_the_words() {
    let fuzzy = measure("", Fuzzy::ALL, mixed, Method::Pinyin, false);
    let exact = measure("", Fuzzy::NONE, mixed, Method::Pinyin, false);
    // Measured: 83.6 and 40.9 %.
    assert!(fuzzy.share(fuzzy.top5) >= 82.0, "{}", fuzzy.share(fuzzy.top5));
    assert!(exact.top5 < fuzzy.top5 * 2 / 3, "the option is what finds them");
}

#[test]
fn nine_keys_find_most_of_the_list() {
    let all = measure("", Fuzzy::ALL, digits, Method::NineKey, false);
    // Measured: 65.7 and 77.8 %.
    assert!(all.share(all.top1) >= 64.5 && all.share(all.top5) >= 76.5, "{}", all.share(all.top5));
}
