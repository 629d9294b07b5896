// SPDX-License-Identifier: GPL-3.0-only
//! What writing costs in memory and time: `cargo run --release -p doorstep-writing --example cost -- titles.tsv`.
//! Memory is what the process has resident (Linux), step by step; of that, pages of the program file (`file`) can be
//! dropped by the system at any time.

use std::error::Error;
use std::io::Write as _;
use std::time::{Duration, Instant};

use doorstep_writing::{Fuzzy, Key, Method, Point, Settings, Writer};

/// KiB of anonymous and of file-backed memory.
fn resident() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
    };
    (field("RssAnon"), field("RssFile"))
}

fn times(list: &str, fuzzy: Fuzzy, nine: bool) -> Vec<Duration> {
    let mut writer = Writer::new(Settings { fuzzy, ..Settings::default() });
    writer.set_method(if nine { Method::NineKey } else { Method::Pinyin });
    let mut times = Vec::new();
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        writer.clear();
        for letter in line.split('\t').nth(2).unwrap_or_default().chars().filter(|letter| *letter != '\'') {
            let digit = doorstep_writing::keys::NINE_KEYS.iter().find(|(_, letters)| letters.contains(letter));
            let key =
                if let (true, Some((digit, _))) = (nine, digit) { Key::Digit(*digit) } else { Key::Letter(letter) };
            let began = Instant::now();
            drop(writer.press(key));
            times.push(began.elapsed());
        }
    }
    times.sort();
    times
}

fn main() -> Result<(), Box<dyn Error>> {
    let list = std::fs::read_to_string(std::env::args().nth(1).ok_or("which list?")?)?;
    let mut out = std::io::stdout().lock();
    let mut tell = |what: &str| {
        let (anonymous, file) = resident();
        writeln!(out, "{what:34} {anonymous:6} KiB own, {file:6} KiB file")
    };
    tell("at the start")?;
    let mut writer = Writer::new(Settings::default());
    tell("a writer")?;
    let began = Instant::now();
    writer.press(Key::Letter('t'));
    let first = began.elapsed();
    tell("after the first key")?;
    drop(times(&list, Fuzzy::ALL, false));
    tell("after the whole list")?;
    writer.set_method(Method::Handwriting);
    let began = Instant::now();
    writer.strokes(&[vec![Point { x: 0.1, y: 0.5 }, Point { x: 0.9, y: 0.5 }]]);
    let stroke = began.elapsed();
    tell("after a stroke")?;
    writer.release();
    tell("released")?;
    writeln!(out, "first key {first:.2?}, first stroke {stroke:.2?}")?;
    for (name, fuzzy, nine) in
        [("fuzzy", Fuzzy::ALL, false), ("exact", Fuzzy::NONE, false), ("nine keys", Fuzzy::NONE, true)]
    {
        let times = times(&list, fuzzy, nine);
        let at = |hundredth: usize| times[(times.len() - 1) * hundredth / 100];
        writeln!(out, "{name:10} a key: p50 {:.2?}, p99 {:.2?}, longest {:.2?}", at(50), at(99), at(100))?;
    }
    Ok(())
}
