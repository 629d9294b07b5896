// SPDX-License-Identifier: MIT OR Apache-2.0
//! A simulated radar: it reports ten times a second who is in front of it.

use std::time::{Duration, Instant};

use super::ld2410::{Report, Target};
use crate::sim::{Answers, Machine};

/// Time between two reports.
const EVERY: Duration = Duration::from_millis(100);

/// A radar LD2410.
#[derive(Debug)]
pub struct RadarMachine {
    report: Report,
    next: Option<Instant>,
}

impl Default for RadarMachine {
    /// Nobody is there.
    fn default() -> Self {
        Self { report: Report { target: Target::None, moving_cm: 0, still_cm: 0 }, next: None }
    }
}

impl Machine for RadarMachine {
    fn receive(&mut self, _bytes: &[u8], _now: Instant, _answers: &mut Answers) {}

    fn tick(&mut self, now: Instant, answers: &mut Answers) {
        if self.next.is_none_or(|next| next <= now) {
            answers.send(self.report.encode());
            self.next = Some(now + EVERY);
        }
    }

    fn order(&mut self, words: &[&str]) -> Result<String, String> {
        let (target, moving_cm, still_cm) = match *words {
            ["absent"] | ["clear"] => (Target::None, 0, 0),
            ["present"] | ["present", "moving"] => (Target::Moving, 80, 0),
            ["present", "still"] => (Target::Still, 0, 80),
            ["present", "both"] => (Target::Both, 80, 80),
            _ => return Err(self.words().to_owned()),
        };
        self.report = Report { target, moving_cm, still_cm };
        Ok(String::new())
    }

    fn words(&self) -> &'static str {
        "absent, present [moving|still|both]"
    }

    fn state(&self) -> String {
        format!("target {:?}\n", self.report.target).to_lowercase()
    }

    /// A report has no checksum; its end is spoilt instead.
    fn spoil_checksum(&self, answer: &mut Vec<u8>) {
        if let Some(last) = answer.last_mut() {
            *last ^= 0xFF;
        }
    }
}
