// SPDX-License-Identifier: MIT OR Apache-2.0
//! The simulated thermometer: the same protocol from the other side. `Sim` gives it a pty or a TCP port, the faults of
//! every wire and a control socket; here is only what a thermometer does, and what a person can do to it.

use std::time::Instant;

use doorstep_drivers::sim::{Answers, Machine};

use crate::codec::{Answer, Lines, Request, Temperature};

/// A thermometer.
#[derive(Debug)]
pub struct ThermometerMachine {
    lines: Lines,
    temperature: Temperature,
    broken: bool,
}

impl Default for ThermometerMachine {
    /// 21.50 °C.
    fn default() -> Self {
        Self { lines: Lines::default(), temperature: Temperature(2150), broken: false }
    }
}

impl ThermometerMachine {
    /// The serial number of every simulated one.
    pub const SERIAL: &'static str = "SIM0001";
}

impl Machine for ThermometerMachine {
    fn connected(&mut self) {
        self.lines.clear();
    }

    fn receive(&mut self, bytes: &[u8], _now: Instant, answers: &mut Answers) {
        for byte in bytes {
            // A real device says nothing to what it does not understand.
            let Some(Ok(line)) = self.lines.push(*byte) else { continue };
            let answer = match Request::decode(&line) {
                Ok(Request::Measure) if self.broken => Answer::ProbeBroken,
                Ok(Request::Measure) => Answer::Temperature(self.temperature),
                Ok(Request::Identify) => Answer::Serial(Self::SERIAL.to_owned()),
                Err(_) => continue,
            };
            answers.send(answer.encode());
        }
    }

    fn order(&mut self, words: &[&str]) -> Result<String, String> {
        match *words {
            ["temperature", hundredths] => {
                self.temperature = hundredths.parse().map(Temperature).map_err(|_| self.words().to_owned())?;
            }
            ["probe", "broken"] => self.broken = true,
            // `clear` reaches the machine too: nothing is wrong any more.
            ["probe", "ok"] | ["clear"] => self.broken = false,
            _ => return Err(self.words().to_owned()),
        }
        Ok(String::new())
    }

    fn words(&self) -> &'static str {
        "temperature HUNDREDTHS, probe broken|ok"
    }

    fn state(&self) -> String {
        format!("temperature {}\nprobe {}\n", self.temperature.0, if self.broken { "broken" } else { "ok" })
    }

    /// The checksum stands before CR and LF.
    fn spoil_checksum(&self, answer: &mut Vec<u8>) {
        let at = answer.len().saturating_sub(3);
        if let Some(digit) = answer.get_mut(at) {
            *digit = if *digit == b'0' { b'1' } else { b'0' };
        }
    }
}
