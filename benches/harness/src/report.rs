// SPDX-License-Identifier: GPL-3.0-only
//! The table for people and the JSON for programs.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

/// How a figure is judged.
pub enum Target {
    /// Ours may be at most this.
    AtMost(f64),
    /// Ours must be at least this; ours divided by the peer's is told.
    AtLeast(f64),
    /// The peer's figure divided by ours must be at least this.
    PeerOverOurs(f64),
    /// Ours divided by the peer's must be at least this.
    OursOverPeer(f64),
    /// Told for information.
    None,
}

struct Row {
    what: String,
    unit: &'static str,
    ours: f64,
    peer: Option<(String, f64)>,
    target: Target,
}

/// All figures of one run.
pub struct Report {
    rows: Vec<Row>,
}

impl Report {
    /// An empty report.
    pub fn new() -> Self {
        Self { rows: Vec::new() }
    }

    /// Adds a figure, with the name and figure of the peer where there is one.
    pub fn add(&mut self, what: &str, unit: &'static str, ours: f64, peer: Option<(&str, f64)>, target: Target) {
        let peer = peer.map(|(name, figure)| (name.to_owned(), figure));
        self.rows.push(Row { what: what.to_owned(), unit, ours, peer, target });
    }

    /// One line a figure, in columns.
    pub fn table(&self) -> String {
        let mut text = format!(
            "{}\n{:<44} {:>12} {:>12} {:>9}  {:<22} reached\n",
            machine().as_str().unwrap_or_default(),
            "what",
            "Doorstep",
            "peer",
            "ratio",
            "target"
        );
        for row in &self.rows {
            let peer = row.peer.as_ref().map_or_else(|| "-".to_owned(), |(_, figure)| number(*figure));
            let ratio = row.ratio().map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}x"));
            let what = format!("{} [{}]", row.what, row.unit);
            let _ = writeln!(
                text,
                "{what:<44} {:>12} {peer:>12} {ratio:>9}  {:<22} {}",
                number(row.ours),
                row.wanted(),
                row.verdict()
            );
        }
        let names: BTreeSet<&str> = self.rows.iter().filter_map(|row| Some(row.peer.as_ref()?.0.as_str())).collect();
        let _ = writeln!(text, "peers: {}", names.into_iter().collect::<Vec<_>>().join("; "));
        text
    }

    /// The same with the machine and the time.
    pub fn json(&self) -> String {
        let rows: Vec<Value> = self.rows.iter().map(Row::json).collect();
        let seconds =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |time| time.as_secs());
        format!("{:#}\n", json!({ "machine": machine(), "unix_seconds": seconds, "figures": rows }))
    }
}

impl Row {
    /// How many times better ours is; a part of one where it is worse.
    fn ratio(&self) -> Option<f64> {
        let (_, peer) = self.peer.as_ref()?;
        match self.target {
            Target::OursOverPeer(_) | Target::AtLeast(_) => (*peer > 0.0).then(|| self.ours / peer),
            _ => (self.ours > 0.0).then(|| peer / self.ours),
        }
    }

    fn wanted(&self) -> String {
        match self.target {
            Target::AtMost(limit) => format!("<= {}", number(limit)),
            Target::AtLeast(limit) => format!(">= {}", number(limit)),
            Target::PeerOverOurs(times) => format!(">= {times}x better"),
            Target::OursOverPeer(part) => format!(">= {part}x the peer"),
            Target::None => String::new(),
        }
    }

    fn reached(&self) -> Option<bool> {
        match self.target {
            Target::AtMost(limit) => Some(self.ours <= limit),
            Target::AtLeast(limit) => Some(self.ours >= limit),
            Target::PeerOverOurs(times) | Target::OursOverPeer(times) => self.ratio().map(|ratio| ratio >= times),
            Target::None => None,
        }
    }

    fn verdict(&self) -> &'static str {
        match self.reached() {
            Some(true) => "yes",
            Some(false) => "NO",
            None => "",
        }
    }

    fn json(&self) -> Value {
        json!({
            "what": self.what,
            "unit": self.unit,
            "doorstep": self.ours,
            "peer": self.peer.as_ref().map(|(name, figure)| json!({ "name": name, "figure": figure })),
            "ratio": self.ratio(),
            "target": self.wanted(),
            "reached": self.reached(),
        })
    }
}

fn number(figure: f64) -> String {
    let decimals = if figure.abs() >= 100.0 { 0 } else { 2 };
    format!("{figure:.decimals$}")
}

/// Processor and cores: figures of different machines are not to be compared.
fn machine() -> Value {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let facts = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = facts.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(": unknown processor");
    Value::String(format!("{}, {cores} cores", model.trim_start_matches([' ', '\t', ':'])))
}

/// The value below which the part `share` (0 to 1) of `values` lies.
pub fn percentile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    let index = (share * last as f64).ceil() as usize;
    values.get(index.min(last)).copied().unwrap_or(f64::NAN)
}

/// The value in the middle.
pub fn median(values: &mut [f64]) -> f64 {
    percentile(values, 0.5)
}

#[test]
fn percentiles() {
    let mut values: Vec<f64> = (1..=100).map(f64::from).collect();
    assert_eq!(percentile(&mut values, 0.99), 100.0);
    assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
}
