// SPDX-License-Identifier: MIT OR Apache-2.0
//! A sink that writes what would have been heard.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use super::{AudioError, AudioSink, Channel, Clip, DUCKED_GAIN, SinkHealth, Volume, wav};

/// The longest recording: bounds memory and disk.
pub const LONGEST_FILE: Duration = Duration::from_secs(600);

/// Writes a WAV at 22.05 kHz when it is dropped or [`FileSink::finish`] is called.
///
/// It takes no time: prompts are strung one after the other. A background clip sounds beside whatever
/// follows it, ducked where a prompt was played in ducked state.
pub struct FileSink {
    path: PathBuf,
    heard: Vec<f32>,
    background: Vec<f32>,
    background_gain: f32,
    volume: Volume,
    finished: bool,
}

impl FileSink {
    /// Rate of the file in samples a second.
    pub const RATE: NonZeroU32 = NonZeroU32::new(22_050).unwrap();

    /// A sink that will write `path`.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            heard: Vec::new(),
            background: Vec::new(),
            background_gain: 1.0,
            volume: Volume::default(),
            finished: false,
        }
    }

    /// Writes the file.
    ///
    /// # Errors
    /// [`AudioError::WriteFile`].
    pub fn finish(mut self) -> Result<(), AudioError> {
        self.write()
    }

    fn write(&mut self) -> Result<(), AudioError> {
        self.finished = true;
        let rest = std::mem::take(&mut self.background);
        self.heard.extend(rest.iter().map(|sample| sample * self.background_gain));
        let bytes = wav::encode(&self.heard, Self::RATE);
        std::fs::write(&self.path, bytes).map_err(|source| AudioError::WriteFile { path: self.path.clone(), source })
    }
}

impl AudioSink for FileSink {
    fn play(&mut self, channel: Channel, clip: &Clip) -> Result<(), AudioError> {
        let samples = resample(clip.samples(), clip.rate(), Self::RATE);
        let limit = usize::try_from(LONGEST_FILE.as_secs() * u64::from(Self::RATE.get())).unwrap_or(usize::MAX);
        if self.heard.len().saturating_add(samples.len()) > limit {
            return Err(AudioError::FileFull);
        }
        let gain = self.volume.gain();
        match channel {
            Channel::Background => self.background = samples.iter().map(|sample| sample * gain).collect(),
            Channel::Prompt => {
                let beside = self.background.len().min(samples.len());
                let mut background = self.background.drain(..beside);
                for sample in samples {
                    let under = background.next().unwrap_or(0.0) * self.background_gain;
                    self.heard.push((sample * gain + under).clamp(-1.0, 1.0));
                }
            }
        }
        Ok(())
    }

    fn remaining(&mut self, _channel: Channel) -> Duration {
        Duration::ZERO
    }

    fn stop(&mut self, channel: Channel) {
        if channel == Channel::Background {
            self.background.clear();
        }
    }

    fn set_volume(&mut self, volume: Volume) {
        self.volume = volume;
    }

    fn duck(&mut self, ducked: bool) {
        self.background_gain = if ducked { DUCKED_GAIN } else { 1.0 };
    }

    fn health(&self) -> SinkHealth<'_> {
        SinkHealth::Works
    }
}

impl Drop for FileSink {
    fn drop(&mut self) {
        if !self.finished {
            // Nobody is left to tell; whoever needs the answer calls `finish`.
            let _ = self.write();
        }
    }
}

/// Linear interpolation: good enough for a file that is measured, not enjoyed.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a clip has at most some millions of samples"
)]
fn resample(samples: &[f32], from: NonZeroU32, to: NonZeroU32) -> Vec<f32> {
    if from == to {
        return samples.to_vec();
    }
    let step = f64::from(from.get()) / f64::from(to.get());
    let count = (samples.len() as f64 / step) as usize;
    (0..count)
        .map(|index| {
            let position = index as f64 * step;
            let left = position as usize;
            let share = (position - left as f64) as f32;
            let first = samples.get(left).copied().unwrap_or(0.0);
            let second = samples.get(left + 1).copied().unwrap_or(first);
            first + (second - first) * share
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(value: f32, count: usize) -> Clip {
        Clip::from_samples(vec![value; count], FileSink::RATE).unwrap()
    }

    #[test]
    fn prompts_are_strung_together_and_background_is_ducked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.wav");
        let mut sink = FileSink::new(path.clone());
        sink.play(Channel::Background, &clip(0.5, 30)).unwrap();
        sink.play(Channel::Prompt, &clip(0.1, 10)).unwrap();
        sink.duck(true);
        sink.play(Channel::Prompt, &clip(0.1, 10)).unwrap();
        sink.duck(false);
        sink.finish().unwrap();
        let sound = wav::decode(&std::fs::read(path).unwrap()).unwrap();
        assert_eq!(sound.samples.len(), 30);
        for (index, wanted) in [(0, 0.6), (15, 0.1 + 0.5 * DUCKED_GAIN), (25, 0.5)] {
            assert!((sound.samples[index] - wanted).abs() < 1e-3, "{index}: {}", sound.samples[index]);
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_a_typed_error() {
        let folder = tempfile::tempdir().unwrap();
        let sink = FileSink::new(folder.path().join("missing").join("out.wav"));
        assert!(matches!(sink.finish(), Err(AudioError::WriteFile { .. })));
    }

    #[test]
    fn other_rates_keep_their_length_in_time() {
        let rate = NonZeroU32::new(44_100).unwrap();
        assert_eq!(resample(&vec![0.5; 44_100], rate, FileSink::RATE).len(), 22_050);
    }
}
