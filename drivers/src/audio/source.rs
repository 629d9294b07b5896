// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where sound comes in.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use super::{AudioError, Clip, Clock};
use crate::device::Deadline;

/// How often a source without hardware looks at its clock.
const TICK: Duration = Duration::from_millis(5);

/// What is heard: a microphone, or something in its place. What it hears is speech; nothing keeps it.
pub trait AudioSource: Send {
    /// Samples a second.
    fn rate(&self) -> NonZeroU32;

    /// Fills the beginning of `buffer` with mono samples from -1 to 1, waiting at most `limit` for the first of them.
    /// Returns how many there are; 0 means that nothing came in time.
    ///
    /// # Errors
    /// [`AudioError::Lost`]: the device is gone. [`AudioError::Ended`]: a recording has ended.
    fn read(&mut self, buffer: &mut [f32], limit: Duration) -> Result<usize, AudioError>;

    /// What it is, for the log.
    fn describe(&self) -> String;
}

impl<S: AudioSource + ?Sized> AudioSource for Box<S> {
    fn rate(&self) -> NonZeroU32 {
        (**self).rate()
    }

    fn read(&mut self, buffer: &mut [f32], limit: Duration) -> Result<usize, AudioError> {
        (**self).read(buffer, limit)
    }

    fn describe(&self) -> String {
        (**self).describe()
    }
}

/// A microphone in a room where nothing is to be heard: silence, at the speed of a real one.
pub struct NullSource {
    rate: NonZeroU32,
    clock: Clock,
    began: Instant,
    given: u64,
}

impl NullSource {
    /// Silence at `rate`, as time passes on `clock`.
    #[must_use]
    pub fn new(rate: NonZeroU32, clock: Clock) -> Self {
        let began = clock();
        Self { rate, clock, began, given: 0 }
    }

    fn due(&self) -> u64 {
        let passed = (self.clock)().saturating_duration_since(self.began);
        let samples = passed.as_nanos() * u128::from(self.rate.get()) / 1_000_000_000;
        u64::try_from(samples).unwrap_or(u64::MAX).saturating_sub(self.given)
    }
}

impl AudioSource for NullSource {
    fn rate(&self) -> NonZeroU32 {
        self.rate
    }

    fn read(&mut self, buffer: &mut [f32], limit: Duration) -> Result<usize, AudioError> {
        // By the real clock: the given one may stand still.
        let deadline = Deadline::after(limit);
        while self.due() == 0 {
            if deadline.has_passed() {
                return Ok(0);
            }
            std::thread::park_timeout(deadline.at_most(TICK));
        }
        let count = buffer.len().min(usize::try_from(self.due()).unwrap_or(usize::MAX));
        self.given += u64::try_from(count).unwrap_or(u64::MAX);
        buffer.iter_mut().take(count).for_each(|sample| *sample = 0.0);
        Ok(count)
    }

    fn describe(&self) -> String {
        "no microphone".to_owned()
    }
}

/// Plays a recording as what the microphone hears; takes no time.
#[derive(Debug)]
pub struct FileSource {
    clip: Clip,
    at: usize,
    again: bool,
}

impl FileSource {
    /// Hears `clip` once, or again and again.
    #[must_use]
    pub fn new(clip: Clip, again: bool) -> Self {
        Self { clip, at: 0, again }
    }
}

impl AudioSource for FileSource {
    fn rate(&self) -> NonZeroU32 {
        self.clip.rate()
    }

    fn read(&mut self, buffer: &mut [f32], _limit: Duration) -> Result<usize, AudioError> {
        if self.at >= self.clip.samples().len() && self.again {
            self.at = 0;
        }
        let rest = self.clip.samples().get(self.at..).unwrap_or_default();
        if rest.is_empty() && !buffer.is_empty() {
            return Err(AudioError::Ended);
        }
        let count = rest.len().min(buffer.len());
        for (slot, sample) in buffer.iter_mut().zip(rest) {
            *slot = *sample;
        }
        self.at += count;
        Ok(count)
    }

    fn describe(&self) -> String {
        "a recording".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    const RATE: NonZeroU32 = NonZeroU32::new(8000).unwrap();

    #[test]
    fn silence_comes_as_time_passes() {
        let now = Arc::new(Mutex::new(Instant::now()));
        let shared = Arc::clone(&now);
        let mut source = NullSource::new(RATE, Arc::new(move || *shared.lock().unwrap()));
        let mut buffer = [1.0; 100];
        assert_eq!(source.read(&mut buffer, Duration::ZERO).unwrap(), 0);
        *now.lock().unwrap() += Duration::from_millis(20);
        assert_eq!(source.read(&mut buffer, Duration::ZERO).unwrap(), 100);
        assert_eq!(source.read(&mut buffer, Duration::ZERO).unwrap(), 60);
        assert!(buffer.iter().all(|sample| *sample == 0.0));
        let mut real = NullSource::new(RATE, super::super::system_clock());
        let begun = Instant::now();
        assert!(real.read(&mut buffer, Duration::from_secs(5)).unwrap() > 0);
        assert!(begun.elapsed() < Duration::from_secs(4));
    }

    #[test]
    fn a_recording_ends_or_begins_anew() {
        let clip = Clip::from_samples(vec![0.5; 5], RATE).unwrap();
        let mut buffer = [0.0; 3];
        let mut once = FileSource::new(clip.clone(), false);
        assert_eq!(once.read(&mut buffer, Duration::ZERO).unwrap(), 3);
        assert_eq!(once.read(&mut buffer, Duration::ZERO).unwrap(), 2);
        assert!(matches!(once.read(&mut buffer, Duration::ZERO), Err(AudioError::Ended)));
        let mut again = FileSource::new(clip, true);
        for wanted in [3, 2, 3, 2] {
            assert_eq!(again.read(&mut buffer, Duration::ZERO).unwrap(), wanted);
        }
    }
}
