// SPDX-License-Identifier: MIT OR Apache-2.0
//! How loud it is: levels in dBFS, and the level of one tone.
//!
//! 0 dBFS is the power of a signal that stands at full scale all the time, so a sine at full scale has a peak of 0 dBFS
//! and an RMS of -3.01 dBFS.

use std::num::NonZeroU32;
use std::time::Duration;

/// The level of silence: lower ones are told as this. A 16-bit sample cannot be quieter than -90.
pub const FLOOR_DBFS: f32 = -120.0;

/// Longest window, so that a wrong setting never looks like a dead meter.
pub const LONGEST_WINDOW: Duration = Duration::from_secs(10);

/// Level of one window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// The largest sample, in dBFS.
    pub peak_dbfs: f32,
    /// The mean power, in dBFS.
    pub rms_dbfs: f32,
}

impl Level {
    /// Silence.
    pub const SILENCE: Self = Self { peak_dbfs: FLOOR_DBFS, rms_dbfs: FLOOR_DBFS };

    /// The louder of both, each value for itself.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self { peak_dbfs: self.peak_dbfs.max(other.peak_dbfs), rms_dbfs: self.rms_dbfs.max(other.rms_dbfs) }
    }
}

impl std::fmt::Display for Level {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "peak {:.1} dBFS, RMS {:.1} dBFS", self.peak_dbfs, self.rms_dbfs)
    }
}

/// Power to decibels, not below [`FLOOR_DBFS`].
fn decibels(power: f64) -> f32 {
    #[expect(clippy::cast_possible_truncation, reason = "a level needs no more than f32")]
    let level = (10.0 * power.log10()) as f32;
    // Also for the NaN of a senseless sample.
    if level > FLOOR_DBFS { level } else { FLOOR_DBFS }
}

/// How many samples a window has.
fn samples_in(window: Duration, rate: NonZeroU32) -> u32 {
    let nanos = window.min(LONGEST_WINDOW).as_nanos() * u128::from(rate.get());
    u32::try_from(nanos / 1_000_000_000).unwrap_or(u32::MAX).max(1)
}

/// A sample as it is counted: what a broken driver hands over as a number that is none counts as silence.
fn counted(sample: f32) -> f64 {
    if sample.is_finite() { f64::from(sample) } else { 0.0 }
}

/// Measures peak and RMS in windows that follow each other.
#[derive(Clone, Debug)]
pub struct LevelMeter {
    window: u32,
    count: u32,
    peak: f64,
    squares: f64,
}

impl LevelMeter {
    /// Windows of `window` (a sample to [`LONGEST_WINDOW`]) at `rate` samples a second.
    #[must_use]
    pub fn new(rate: NonZeroU32, window: Duration) -> Self {
        Self { window: samples_in(window, rate), count: 0, peak: 0.0, squares: 0.0 }
    }

    /// Takes a sample in, and gives the level of the window that it ends.
    pub fn push(&mut self, sample: f32) -> Option<Level> {
        let sample = counted(sample);
        self.peak = self.peak.max(sample.abs());
        self.squares += sample * sample;
        self.count += 1;
        if self.count < self.window {
            return None;
        }
        let level = Level {
            peak_dbfs: decibels(self.peak * self.peak),
            rms_dbfs: decibels(self.squares / f64::from(self.count)),
        };
        (self.count, self.peak, self.squares) = (0, 0.0, 0.0);
        Some(level)
    }
}

/// Measures the level of one tone in windows that follow each other, by Goertzel's recurrence: a filter as narrow as the
/// window is long, so that speech and fans beside the tone hardly count.
#[derive(Clone, Debug)]
pub struct ToneMeter {
    window: u32,
    coefficient: f64,
    count: u32,
    states: [f64; 2],
}

impl ToneMeter {
    /// Windows of `window` for a tone of `tone_hz`, which has to lie below half of `rate`, or nothing is ever heard.
    #[must_use]
    pub fn new(rate: NonZeroU32, window: Duration, tone_hz: f64) -> Self {
        let turn = std::f64::consts::TAU * tone_hz / f64::from(rate.get());
        Self { window: samples_in(window, rate), coefficient: 2.0 * turn.cos(), count: 0, states: [0.0; 2] }
    }

    /// Takes a sample in, and gives the level of the tone in the window that it ends, as the RMS of a sine in dBFS.
    pub fn push(&mut self, sample: f32) -> Option<f32> {
        let [last, before] = self.states;
        self.states = [counted(sample) + self.coefficient * last - before, last];
        self.count += 1;
        if self.count < self.window {
            return None;
        }
        let [last, before] = std::mem::take(&mut self.states);
        let count = f64::from(std::mem::take(&mut self.count));
        // A sine of amplitude A gives (A * count / 2) squared; its power is A * A / 2.
        let power = last * last + before * before - self.coefficient * last * before;
        Some(decibels(2.0 * power / (count * count)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: NonZeroU32 = NonZeroU32::new(48_000).unwrap();
    const WINDOW: Duration = Duration::from_millis(100);

    #[expect(clippy::cast_possible_truncation, reason = "a few thousand samples")]
    fn sine(hz: f64, amplitude: f64) -> Vec<f32> {
        let turn = std::f64::consts::TAU * hz / f64::from(RATE.get());
        (0..4800).map(|index| (amplitude * (turn * f64::from(index)).sin()) as f32).collect()
    }

    fn level(samples: &[f32]) -> Level {
        let mut meter = LevelMeter::new(RATE, WINDOW);
        let levels: Vec<Level> = samples.iter().filter_map(|sample| meter.push(*sample)).collect();
        assert_eq!(levels.len(), 1);
        levels[0]
    }

    fn tone(samples: &[f32], hz: f64) -> f32 {
        let mut meter = ToneMeter::new(RATE, WINDOW, hz);
        samples.iter().find_map(|sample| meter.push(*sample)).unwrap()
    }

    #[track_caller]
    fn close(got: f32, wanted: f32) {
        assert!((got - wanted).abs() < 0.02, "{got} is not {wanted}");
    }

    #[test]
    fn known_sines_have_their_known_levels() {
        for (amplitude, peak) in [(1.0, 0.0), (0.5, -6.02), (0.1, -20.0), (0.001, -60.0)] {
            let measured = level(&sine(1000.0, amplitude));
            close(measured.peak_dbfs, peak);
            close(measured.rms_dbfs, peak - 3.01);
        }
        let square: Vec<f32> = (0..4800).map(|index| if index % 48 < 24 { 1.0 } else { -1.0 }).collect();
        close(level(&square).rms_dbfs, 0.0);
        let half_silent: Vec<f32> = sine(1000.0, 1.0).iter().take(2400).copied().chain([0.0; 2400]).collect();
        close(level(&half_silent).rms_dbfs, -6.02);
    }

    #[test]
    fn silence_and_senseless_samples_are_at_the_floor() {
        assert_eq!(level(&[0.0; 4800]), Level::SILENCE);
        assert_eq!(level(&[f32::NAN; 4800]), Level::SILENCE);
        assert_eq!(level(&[f32::INFINITY; 4800]), Level::SILENCE);
        assert!((tone(&[f32::NAN; 4800], 1000.0) - FLOOR_DBFS).abs() < f32::EPSILON);
    }

    #[test]
    fn windows_follow_each_other_without_a_gap() {
        let mut meter = LevelMeter::new(RATE, Duration::from_millis(10));
        let loud_then_quiet = [[0.5_f32; 480], [0.05; 480]].concat();
        let levels: Vec<Level> = loud_then_quiet.iter().filter_map(|sample| meter.push(*sample)).collect();
        assert_eq!(levels.len(), 2);
        close(levels[0].rms_dbfs, -6.02);
        close(levels[1].rms_dbfs, -26.02);
        assert_eq!(levels[1].max(levels[0]), levels[0]);
        // No window is too short or too long to end.
        assert!(LevelMeter::new(RATE, Duration::ZERO).push(0.1).is_some());
        assert_eq!(samples_in(Duration::MAX, RATE), 480_000);
    }

    #[test]
    fn one_tone_is_told_from_others() {
        close(tone(&sine(1000.0, 0.5), 1000.0), -9.03);
        assert!(tone(&sine(1500.0, 0.5), 1000.0) < -60.0);
        let both: Vec<f32> = sine(1000.0, 0.01).iter().zip(sine(440.0, 0.9)).map(|(one, other)| one + other).collect();
        let heard = tone(&both, 1000.0);
        assert!((heard + 43.0).abs() < 0.5, "{heard}: a quiet tone below a loud one");
    }
}
