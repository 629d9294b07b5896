// SPDX-License-Identifier: MIT OR Apache-2.0
//! A simulated strip of LEDs: it keeps the picture it was sent last.

use std::time::Instant;

use super::{Colour, MOST_LEDS};
use crate::sim::{Answers, Machine};

const HEAD: &[u8; 3] = b"Ada";

/// A strip that speaks Adalight.
#[derive(Debug, Default)]
pub struct StripMachine {
    held: Vec<u8>,
    leds: Vec<Colour>,
}

impl StripMachine {
    /// The colours of the LEDs, as sent last.
    #[must_use]
    pub fn leds(&self) -> &[Colour] {
        &self.leds
    }

    /// Takes one picture off what is held, or one byte that begins none. False when there is too little.
    fn step(&mut self) -> bool {
        let count = self.held.len().min(HEAD.len());
        if self.held.get(..count) != HEAD.get(..count) {
            self.held.drain(..1);
            return true;
        }
        let Some(&[high, low, check]) = self.held.get(3..6).and_then(|bytes| bytes.first_chunk()) else { return false };
        let leds = usize::from(u16::from_be_bytes([high, low])) + 1;
        if check != high ^ low ^ 0x55 || leds > MOST_LEDS {
            self.held.drain(..1);
            return true;
        }
        let Some(colours) = self.held.get(6..6 + leds * 3) else { return false };
        self.leds = colours.chunks_exact(3).map(|c| Colour { red: c[0], green: c[1], blue: c[2] }).collect();
        self.held.drain(..6 + leds * 3);
        true
    }
}

impl Machine for StripMachine {
    fn connected(&mut self) {
        self.held.clear();
    }

    fn receive(&mut self, bytes: &[u8], _now: Instant, _answers: &mut Answers) {
        self.held.extend_from_slice(bytes);
        while !self.held.is_empty() && self.step() {}
    }

    fn order(&mut self, _words: &[&str]) -> Result<String, String> {
        Err(self.words().to_owned())
    }

    fn words(&self) -> &'static str {
        "none of its own"
    }

    fn state(&self) -> String {
        let colour = |led: &Colour| format!("{:02X}{:02X}{:02X}", led.red, led.green, led.blue);
        format!("leds {}\n", self.leds.iter().map(colour).collect::<Vec<_>>().join(" "))
    }
}
