// SPDX-License-Identifier: MIT OR Apache-2.0
//! A sink without hardware.

use std::time::{Duration, Instant};

use super::{AudioError, AudioSink, Channel, Clip, Clock, SinkHealth, Volume};

/// Plays nothing, but is busy as long as the clip would sound.
///
/// Taking the time is deliberate: a terminal without a loudspeaker must behave like one with it (a prompt
/// that is replaced while it "speaks", a countdown that pre-empts it), or faults would show only on the
/// devices that have one. Tests that want no waiting give a clock of their own.
pub struct NullSink {
    clock: Clock,
    prompt_ends: Option<Instant>,
    background_ends: Option<Instant>,
}

impl NullSink {
    /// A sink that measures time with `clock`.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { clock, prompt_ends: None, background_ends: None }
    }

    fn end_of(&mut self, channel: Channel) -> &mut Option<Instant> {
        match channel {
            Channel::Prompt => &mut self.prompt_ends,
            Channel::Background => &mut self.background_ends,
        }
    }
}

impl AudioSink for NullSink {
    fn play(&mut self, channel: Channel, clip: &Clip) -> Result<(), AudioError> {
        let ends = (self.clock)() + clip.duration();
        *self.end_of(channel) = Some(ends);
        Ok(())
    }

    fn remaining(&mut self, channel: Channel) -> Duration {
        let now = (self.clock)();
        self.end_of(channel).map_or(Duration::ZERO, |ends| ends.saturating_duration_since(now))
    }

    fn stop(&mut self, channel: Channel) {
        *self.end_of(channel) = None;
    }

    fn set_volume(&mut self, _volume: Volume) {}

    fn duck(&mut self, _ducked: bool) {}

    fn health(&self) -> SinkHealth<'_> {
        SinkHealth::Works
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn a_clip_takes_its_time_by_the_given_clock() {
        let now = Arc::new(Mutex::new(Instant::now()));
        let shared = Arc::clone(&now);
        let mut sink = NullSink::new(Arc::new(move || *shared.lock().unwrap()));
        let clip = Clip::from_samples(vec![0.0; 8000], NonZeroU32::new(8000).unwrap()).unwrap();
        sink.play(Channel::Prompt, &clip).unwrap();
        assert_eq!(sink.remaining(Channel::Prompt), Duration::from_secs(1));
        assert_eq!(sink.remaining(Channel::Background), Duration::ZERO);
        *now.lock().unwrap() += Duration::from_millis(400);
        assert_eq!(sink.remaining(Channel::Prompt), Duration::from_millis(600));
        sink.stop(Channel::Prompt);
        assert_eq!(sink.remaining(Channel::Prompt), Duration::ZERO);
    }
}
