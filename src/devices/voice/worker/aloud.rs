// SPDX-License-Identifier: GPL-3.0-only
//! Reading a long text aloud, piece by piece, and letting go of it where its listener wants that.

use std::time::Duration;

use doorstep_drivers::audio::{Channel, Clip};

use super::super::engine::SpeechError;
use super::super::reading::{Next, Reading, ReadingState, Speed, Wishes};
use super::{Interrupted, Turn, Worker};
use crate::protocol::FaultCode;

/// Silence after a sentence.
const AFTER_SENTENCE: Duration = Duration::from_millis(400);

/// Silence between two parts of a sentence, where the voice changes or a long one is divided.
const WITHIN_SENTENCE: Duration = Duration::from_millis(120);

/// How much is heard again when a paused reading goes on: the word in which it was paused.
const HEARD_AGAIN: Duration = Duration::from_millis(250);

impl Worker {
    pub(super) fn do_wishes(&mut self, wishes: Wishes) {
        self.reading = Reading::after(self.reading.take(), wishes, &mut self.speed);
        if self.reading.as_ref().is_some_and(Reading::is_cut) {
            let code = FaultCode::QueueFull;
            tracing::warn!(%code, "a text to be read has too many segments; the rest stays unread");
        }
        self.publish_reading();
    }

    /// Wipes the reading; the next listener gets the usual speed.
    pub(super) fn forget_reading(&mut self) {
        self.reading = None;
        self.speed = Speed::default();
        self.publish_reading();
    }

    /// A sentence in which a prompt was said is heard anew as a whole.
    pub(super) fn begin_segment_again(&mut self) {
        if let Some(reading) = &mut self.reading {
            reading.begin_segment();
        }
    }

    /// Reads until all is read, or something else is to be done.
    pub(super) fn read_on(&mut self, turn: Turn) {
        self.sink.duck(true);
        // An interruption is looked after by the caller.
        while self.reading.as_ref().is_some_and(Reading::is_due) && self.read_piece(turn).is_ok() {}
        self.sink.stop(Channel::Prompt);
        self.sink.duck(false);
    }

    fn read_piece(&mut self, turn: Turn) -> Result<(), Interrupted> {
        self.publish_reading();
        let Some(reading) = &mut self.reading else { return Ok(()) };
        match reading.next() {
            Next::Rest(clip) => self.sound(&clip, turn),
            Next::Call(call) => match self.ask_engine(&call.text, call.language, self.speed, turn) {
                Ok(clip) => self.sound(&clip, turn),
                Err(SpeechError::Cancelled) => {
                    self.with_reading(|reading| reading.put_back(call));
                    Err(Interrupted)
                }
                Err(_) => {
                    self.with_reading(|reading| {
                        reading.put_back(call);
                        reading.failed = true;
                    });
                    self.publish_reading();
                    Ok(())
                }
            },
            Next::TooLong => {
                self.note_speech(Err(&SpeechError::TooLong));
                Ok(())
            }
            Next::End => {
                reading.next_segment();
                self.publish_reading();
                Ok(())
            }
        }
    }

    /// Plays `clip` to its end and a little silence; keeps what is left of it when it is cut off.
    fn sound(&mut self, clip: &Clip, turn: Turn) -> Result<(), Interrupted> {
        if !self.play(Channel::Prompt, clip) {
            // Nobody hears anything: going on would only look like reading.
            self.with_reading(|reading| {
                reading.keep(Some(clip.clone()));
                reading.failed = true;
            });
            self.publish_reading();
            return Ok(());
        }
        self.publish_device();
        if self.wait_for_end(turn).is_err() {
            let left = self.sink.remaining(Channel::Prompt);
            self.with_reading(|reading| reading.keep(tail(clip, left)));
            return Err(Interrupted);
        }
        let within = self.reading.as_ref().is_some_and(Reading::has_more);
        self.pause(if within { WITHIN_SENTENCE } else { AFTER_SENTENCE }, clip, turn)
    }

    fn with_reading(&mut self, change: impl FnOnce(&mut Reading)) {
        if let Some(reading) = &mut self.reading {
            change(reading);
        }
    }

    fn publish_reading(&self) {
        let now = self.reading.as_ref().map_or(ReadingState::Idle, Reading::state);
        self.tell_reading.send_if_modified(|told| std::mem::replace(told, now) != now);
    }
}

/// The last `left` of `clip`, and [`HEARD_AGAIN`] before it; `None` when it has sounded to its end.
fn tail(clip: &Clip, left: Duration) -> Option<Clip> {
    if left.is_zero() {
        return None;
    }
    let nanos = (left + HEARD_AGAIN).as_nanos().saturating_mul(u128::from(clip.rate().get())) / 1_000_000_000;
    let samples = clip.samples();
    let first = samples.len().saturating_sub(usize::try_from(nanos).unwrap_or(usize::MAX));
    Clip::from_samples(samples.get(first..)?.to_vec(), clip.rate()).ok()
}
