// SPDX-License-Identifier: GPL-3.0-only
//! How well drawings are recognized, and how fast: `... --example measure_handwriting -- set.txt`, a file made by
//! `compare/handwriting_peers.py`. One drawing a line: kind, character, strokes of points in thousandths.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write as _;
use std::time::Instant;

use doorstep_writing::{Method, Point, Settings, Stroke, Writer};

fn stroke(text: &str) -> Result<Stroke, Box<dyn Error>> {
    let point = |text: &str| {
        let (x, y) = text.split_once(',').ok_or("a point without a comma")?;
        Ok(Point { x: x.parse::<f32>()? / 1000.0, y: y.parse::<f32>()? / 1000.0 })
    };
    text.split(' ').map(point).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let text = std::fs::read_to_string(std::env::args().nth(1).ok_or("which file?")?)?;
    let mut writer = Writer::new(Settings { page: 10, ..Settings::default() });
    writer.set_method(Method::Handwriting);
    let mut hits: BTreeMap<&str, [u32; 4]> = BTreeMap::new();
    let mut times = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [kind, character, drawing] = fields.as_slice() else { return Err("three fields a line".into()) };
        let strokes: Vec<Stroke> = drawing.split(';').map(stroke).collect::<Result<_, _>>()?;
        let started = Instant::now();
        let update = writer.strokes(&strokes);
        times.push(started.elapsed());
        let rank = update.candidates.iter().position(|found| found == character);
        let counts = hits.entry(kind).or_default();
        for (count, limit) in counts.iter_mut().zip([1, 5, 10, usize::MAX]) {
            *count += u32::from(limit == usize::MAX || rank.is_some_and(|rank| rank < limit));
        }
    }
    times.sort();
    let mut out = std::io::stdout().lock();
    for (kind, [one, five, ten, all]) in hits {
        let share = |hits| f64::from(hits) * 100.0 / f64::from(all);
        writeln!(out, "{kind:8} {all}: top-1 {:.1} top-5 {:.1} top-10 {:.1}", share(one), share(five), share(ten))?;
    }
    writeln!(out, "p50 {:.2?} p99 {:.2?}", times[times.len() / 2], times[times.len() * 99 / 100])?;
    Ok(())
}
