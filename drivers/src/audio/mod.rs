// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sound. Output: short clips on two channels, one for speech and one for a background chime that is made quieter
//! (ducked) while somebody is being spoken to. Input: what a microphone hears, its level, and a test of both together.
//!
//! | sink | for |
//! |---|---|
//! | `RodioSink` (feature `audio`) | a loudspeaker on ALSA |
//! | [`ReopeningSink`] | wraps another sink whose device may be absent or be unplugged |
//! | [`NullSink`] | no hardware: as long as the clip would sound, nothing is heard |
//! | [`FileSink`] | a WAV file with what would have been heard, for tests and for listening on a desk |
//!
//! | source | for |
//! |---|---|
//! | `Microphone` (feature `audio`) | a microphone on ALSA |
//! | [`NullSource`] | no hardware: silence at the speed of a real one |
//! | [`FileSource`] | a recording, as fast as it is read |
//!
//! [`LevelMeter`] and [`ToneMeter`] measure without I/O; [`loopback_test`] plays a tone and listens for it;
//! [`SoundOutput`] and [`SoundInput`] are both as devices of the class Audio.
//!
//! No call of a sink blocks longer than opening a device takes, so one worker thread suffices.

#[cfg(all(test, feature = "audio"))]
mod alsa_for_tests;
mod clip;
mod error;
mod file;
mod level;
#[cfg(feature = "audio")]
mod list;
mod loopback;
#[cfg(feature = "audio")]
mod microphone;
mod null;
mod queue;
mod reopen;
#[cfg(feature = "audio")]
mod rodio_sink;
mod sound_device;
mod source;
pub mod wav;

use std::sync::Arc;
use std::time::{Duration, Instant};

pub use clip::{Clip, LONGEST_CLIP};
pub use error::{AudioError, ClipError};
pub use file::FileSink;
pub use level::{FLOOR_DBFS, LONGEST_WINDOW, Level, LevelMeter, ToneMeter};
#[cfg(feature = "audio")]
pub use list::{SoundDevice, list_sound_devices};
pub use loopback::{LoopbackError, LoopbackOptions, LoopbackReport, loopback_test};
#[cfg(feature = "audio")]
pub use microphone::Microphone;
pub use null::NullSink;
pub use queue::{Priority, PromptQueue};
pub use reopen::{FIRST_BACKOFF, LONGEST_BACKOFF, ReopeningSink};
#[cfg(feature = "audio")]
pub use rodio_sink::RodioSink;
pub use sound_device::{SoundInput, SoundOutput};
pub use source::{AudioSource, FileSource, NullSource};

/// Whether this build can open a sound device and decode Ogg Vorbis (feature `audio`).
pub const BUILT: bool = cfg!(feature = "audio");

/// Gain of the background channel while a prompt speaks: about 14 dB quieter, so that a chime stays
/// noticeable and a word beside it understandable.
pub const DUCKED_GAIN: f32 = 0.2;

/// A monotonic clock; tests give their own.
pub type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

/// The clock of the system.
#[must_use]
pub fn system_clock() -> Clock {
    Arc::new(Instant::now)
}

/// What a clip is played on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// Speech: what the channel plays is replaced by the next clip.
    Prompt,
    /// Chimes: ducked while [`Channel::Prompt`] speaks.
    Background,
}

/// Loudness in percent of what the device can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Volume(u8);

impl Volume {
    /// `percent` from 0 to 100; more counts as 100.
    #[must_use]
    pub fn from_percent(percent: u8) -> Self {
        Self(percent.min(100))
    }

    /// The percentage.
    #[must_use]
    pub fn percent(self) -> u8 {
        self.0
    }

    /// The factor for samples, 0 to 1. Squared, because loudness is heard roughly logarithmically: half
    /// the way on the scale is 12 dB down, not 6.
    #[must_use]
    pub fn gain(self) -> f32 {
        let share = f32::from(self.0) / 100.0;
        share * share
    }
}

impl Default for Volume {
    fn default() -> Self {
        Self(100)
    }
}

/// What is known of the device behind a sink.
#[derive(Debug)]
pub enum SinkHealth<'a> {
    /// It has not been opened yet.
    Unknown,
    /// It was open when it was last looked at.
    Works,
    /// It cannot be opened or was lost.
    Failed(&'a AudioError),
}

/// Where clips are heard.
pub trait AudioSink: Send {
    /// Begins to play `clip` on `channel` and returns at once; what the channel played is cut off.
    ///
    /// # Errors
    /// When the device is absent, was lost or takes nothing. The clip counts as not played.
    fn play(&mut self, channel: Channel, clip: &Clip) -> Result<(), AudioError>;

    /// How long `channel` will still sound; zero when it is silent. Also zero once the device was lost,
    /// so that nobody waits for a clip that never ends.
    fn remaining(&mut self, channel: Channel) -> Duration;

    /// Ends what `channel` plays and lets go of its samples.
    fn stop(&mut self, channel: Channel);

    /// Sets the loudness of both channels, also of what is playing.
    fn set_volume(&mut self, volume: Volume);

    /// Makes the background channel quieter, or as loud as the other again.
    fn duck(&mut self, ducked: bool);

    /// What is known of the device.
    fn health(&self) -> SinkHealth<'_>;

    /// Closes the device until the next clip: an open device wakes the processor many times a second
    /// also for silence.
    fn release(&mut self) {}

    /// Does what is due without a clip, such as looking for a device that was absent, and tells how long
    /// from now something is due next.
    fn maintain(&mut self) -> Option<Duration> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Volume;

    #[test]
    fn volume_is_bounded_and_rises_evenly() {
        assert_eq!(Volume::from_percent(250).percent(), 100);
        assert!((Volume::from_percent(50).gain() - 0.25).abs() < 1e-6);
        assert!(Volume::from_percent(0).gain() < f32::EPSILON);
    }
}
