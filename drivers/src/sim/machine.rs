// SPDX-License-Identifier: MIT OR Apache-2.0
//! The simulated device itself, without its wire.

use std::time::{Duration, Instant};

/// A simulated device: bytes in, answers out. It has no thread, no wire and no clock of its own; [`super::Sim`] gives it
/// all of them, and lays the faults of the wire over its answers.
pub trait Machine: Send + 'static {
    /// Somebody opened the wire, or it was plugged in: whatever was half read is forgotten.
    fn connected(&mut self) {}

    /// Takes bytes that came over the wire, in pieces of any size.
    fn receive(&mut self, bytes: &[u8], now: Instant, answers: &mut Answers);

    /// Called about every [`super::TICK`]: for what the device says without being asked.
    fn tick(&mut self, _now: Instant, _answers: &mut Answers) {}

    /// Carries out one line of the control socket that is none of [`super::WIRE_FAULT_WORDS`], such as
    /// `present zhang`; the answer may have several lines, or none.
    ///
    /// # Errors
    /// Why not, in words for the person who typed it; [`Machine::words`] when it was not understood.
    fn order(&mut self, words: &[&str]) -> Result<String, String>;

    /// The lines that [`Machine::order`] knows, for the answer to one that it does not.
    fn words(&self) -> &'static str;

    /// How the device is, a line for each thing, such as `card none`.
    fn state(&self) -> String;

    /// Makes the checksum of one of its own answers wrong.
    fn spoil_checksum(&self, answer: &mut Vec<u8>) {
        if let Some(last) = answer.last_mut() {
            *last ^= 0x55;
        }
    }
}

/// What a device sends: whole frames, each with the time that the device itself takes before it.
#[derive(Debug, Default)]
pub struct Answers {
    pub(super) frames: Vec<(Duration, Vec<u8>)>,
    /// Whether the device pulls itself out.
    pub(super) unplugs: bool,
}

impl Answers {
    /// Sends `frame` at once.
    pub fn send(&mut self, frame: impl Into<Vec<u8>>) {
        self.send_after(Duration::ZERO, frame);
    }

    /// Sends `frame` after `delay`; frames keep their order.
    pub fn send_after(&mut self, delay: Duration, frame: impl Into<Vec<u8>>) {
        self.frames.push((delay, frame.into()));
    }

    /// Pulls the device out, as [`super::Sim::unplug`] does: what it had not sent yet is lost.
    pub fn unplug(&mut self) {
        self.unplugs = true;
    }

    /// The frames, for tests of a machine without a wire.
    #[must_use]
    pub fn into_frames(self) -> Vec<Vec<u8>> {
        self.frames.into_iter().map(|(_, frame)| frame).collect()
    }
}
