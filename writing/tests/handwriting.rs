// SPDX-License-Identifier: GPL-3.0-only
//! Characters of another hand than those that the recognizer was made from: floors below what was measured.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests may panic and print")]

use doorstep_writing::{Key, Method, Point, Settings, Stroke, Writer};

/// A small generator: the same numbers on every machine.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// From -1 to 1.
    fn spread(&mut self) -> f32 {
        (self.next() % 2001) as f32 / 1000.0 - 1.0
    }
}

fn written() -> Vec<(&'static str, Vec<Stroke>)> {
    let lines = include_str!("data/strokes.txt").lines().filter(|line| !line.starts_with('#'));
    let point = |text: &str| {
        let (x, y) = text.split_once(',').unwrap();
        Point { x: x.parse::<f32>().unwrap() / 1000.0, y: y.parse::<f32>().unwrap() / 1000.0 }
    };
    let strokes = |text: &str| text.split(';').map(|stroke| stroke.split(' ').map(point).collect()).collect();
    lines.map(|line| line.split_once('\t').unwrap()).map(|(character, text)| (character, strokes(text))).collect()
}

/// Smaller, aside, turned by up to ten degrees, narrower or wider, every stroke a little beside its place.
fn moved(strokes: &[Stroke], numbers: &mut Numbers) -> Vec<Stroke> {
    let angle = numbers.spread() * 10f32.to_radians();
    let (size, wide) = (0.6 + 0.2 * numbers.spread(), 1.0 + 0.25 * numbers.spread());
    let (dx, dy) = (0.5 + 0.2 * numbers.spread(), 0.5 + 0.2 * numbers.spread());
    let stroke = |stroke: &Stroke| {
        let (bx, by) = (0.03 * numbers.spread(), 0.03 * numbers.spread());
        let mut place = |p: &Point| {
            let (x, y) = (p.x - 0.5 + bx + 0.01 * numbers.spread(), p.y - 0.5 + by + 0.01 * numbers.spread());
            let (x, y) = (x * wide, y);
            let (x, y) = (x * angle.cos() - y * angle.sin(), x * angle.sin() + y * angle.cos());
            Point { x: dx + size * x, y: dy + size * y }
        };
        stroke.iter().map(&mut place).collect()
    };
    strokes.iter().map(stroke).collect()
}

fn shuffled(strokes: &[Stroke], numbers: &mut Numbers) -> Vec<Stroke> {
    let mut strokes = strokes.to_vec();
    for index in (1..strokes.len()).rev() {
        strokes.swap(index, (numbers.next() % (index as u64 + 1)) as usize);
    }
    strokes
}

/// Nearly every third stroke goes on without lifting the finger.
fn joined(strokes: &[Stroke], numbers: &mut Numbers) -> Vec<Stroke> {
    let mut all: Vec<Stroke> = Vec::new();
    for stroke in strokes {
        match all.last_mut() {
            Some(last) if numbers.next() % 10 < 3 => last.extend(stroke),
            _ => all.push(stroke.clone()),
        }
    }
    all
}

/// Hits in a thousand among the first one, five, ten.
fn measure(name: &str, change: impl Fn(&[Stroke], &mut Numbers) -> Vec<Stroke>) -> [usize; 3] {
    let mut writer = Writer::new(Settings { page: 10, ..Settings::default() });
    writer.set_method(Method::Handwriting);
    let mut numbers = Numbers(0x5eed_0001);
    let all = written();
    let mut hits = [0; 3];
    for (character, strokes) in &all {
        let update = writer.strokes(&change(strokes, &mut numbers));
        for (hit, limit) in hits.iter_mut().zip([1, 5, 10]) {
            *hit += usize::from(update.candidates.iter().take(limit).any(|found| found == character));
        }
    }
    let hits = hits.map(|hit| hit * 1000 / all.len());
    println!("{name:10} {hits:?} of 1000 among the first 1, 5, 10; {} characters", all.len());
    hits
}

#[test]
fn written_characters_are_found() {
    let [first, five, _] = measure("as written", |strokes, _| strokes.to_vec());
    assert!(first >= 965 && five >= 985, "{first} {five}");
}

#[test]
fn another_place_size_and_slant_are_forgiven() {
    let [first, five, _] = measure("moved", moved);
    assert!(first >= 920 && five >= 965, "{first} {five}");
}

#[test]
fn the_order_of_strokes_does_not_matter() {
    let [first, five, _] = measure("shuffled", shuffled);
    assert!(first >= 965 && five >= 985, "{first} {five}");
}

#[test]
fn joined_strokes_are_forgiven() {
    let [first, _, ten] = measure("joined", joined);
    assert!(first >= 935 && ten >= 985, "{first} {ten}");
    measure("all", |strokes, numbers| {
        let strokes = shuffled(&moved(strokes, numbers), numbers);
        joined(&strokes, numbers)
    });
}

#[test]
fn choosing_writes_the_character_and_forgets_the_ink() {
    let mut writer = Writer::new(Settings::default());
    let (character, strokes) = written().swap_remove(0);
    assert!(!writer.strokes(&strokes).taken, "there is no ink where one types");
    writer.set_method(Method::Handwriting);
    let update = writer.strokes(&strokes);
    let index = update.candidates.iter().position(|found| found == character).unwrap();
    let update = writer.choose(index);
    assert_eq!(update.committed.as_deref(), Some(character));
    assert!(update.candidates.is_empty() && writer.is_empty());
    assert!(!writer.press(Key::Backspace).taken, "belongs to the field");

    writer.strokes(&strokes);
    let update = writer.press(Key::Backspace);
    assert!(update.taken && update.candidates.is_empty(), "takes the drawing back");
    writer.strokes(&strokes);
    assert!(writer.clear().candidates.is_empty() && writer.is_empty());
}
