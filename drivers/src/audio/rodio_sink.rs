// SPDX-License-Identifier: MIT OR Apache-2.0
//! The loudspeaker.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rodio::cpal;
use rodio::{DeviceSinkBuilder, DeviceSinkError, MixerDeviceSink, Source};

use super::clip::duration_of;
use super::list::find;
use super::{AudioError, AudioSink, Channel, Clip, DUCKED_GAIN, SinkHealth, Volume};

/// A clip that has not ended so long after it should have means that the device stands still.
const STALL_GRACE: Duration = Duration::from_secs(3);

/// Share of the way to the wanted gain that each sample goes: about 5 ms at 22 kHz, so that a change of
/// the loudness does not click.
const GAIN_STEP: f32 = 0.03;

/// What the player and the thread of the device share about one clip. Atomics only: the device's thread
/// must never wait.
struct Playing {
    stopped: AtomicBool,
    /// Bits of the wanted gain.
    gain: AtomicU32,
    /// Samples already handed to the device.
    position: AtomicUsize,
    length: usize,
    rate: NonZero<u32>,
    begun: Instant,
}

impl Playing {
    fn remaining(&self) -> Duration {
        if self.stopped.load(Ordering::Relaxed) {
            return Duration::ZERO;
        }
        duration_of(self.length.saturating_sub(self.position.load(Ordering::Relaxed)), self.rate)
    }

    fn is_late(&self) -> bool {
        !self.remaining().is_zero() && self.begun.elapsed() > duration_of(self.length, self.rate) + STALL_GRACE
    }
}

/// Feeds a clip to the mixer. When it is stopped the mixer drops it, and with it the samples.
struct ClipSource {
    clip: Clip,
    at: usize,
    gain: f32,
    playing: Arc<Playing>,
}

impl Iterator for ClipSource {
    type Item = f32;

    fn next(&mut self) -> Option<f32> {
        if self.playing.stopped.load(Ordering::Relaxed) {
            return None;
        }
        let sample = self.clip.samples().get(self.at).copied();
        self.at += 1;
        self.playing.position.store(self.at, Ordering::Relaxed);
        let wanted = f32::from_bits(self.playing.gain.load(Ordering::Relaxed));
        self.gain += (wanted - self.gain) * GAIN_STEP;
        sample.map(|value| value * self.gain)
    }
}

impl Source for ClipSource {
    fn current_span_len(&self) -> Option<usize> {
        None
    }

    fn channels(&self) -> NonZero<u16> {
        NonZero::<u16>::MIN
    }

    fn sample_rate(&self) -> NonZero<u32> {
        self.clip.rate()
    }

    fn total_duration(&self) -> Option<Duration> {
        Some(self.clip.duration())
    }
}

/// Plays on a device of ALSA, through rodio's mixer, which adapts rates and channels.
pub struct RodioSink {
    device: MixerDeviceSink,
    prompt: Option<Arc<Playing>>,
    background: Option<Arc<Playing>>,
    volume: Volume,
    ducked: bool,
    /// Set by the device's thread.
    reported: Arc<Mutex<Option<cpal::Error>>>,
    failure: Option<AudioError>,
}

impl RodioSink {
    /// Opens the default output. Takes up to some hundred milliseconds.
    ///
    /// # Errors
    /// [`AudioError::NoDevice`] or [`AudioError::Open`].
    pub fn open_default() -> Result<Self, AudioError> {
        // ALSA writes its troubles to the standard error output. They belong to this thread as long as the
        // buffer lives; what matters of them comes back as an error value.
        let _quiet = alsa::Output::local_error_handler();
        Self::open_with(DeviceSinkBuilder::from_default_device().map_err(to_error)?)
    }

    /// Opens the output with this [`super::SoundDevice::id`].
    ///
    /// # Errors
    /// [`AudioError::NoDevice`] or [`AudioError::Open`].
    pub fn open(id: &str) -> Result<Self, AudioError> {
        let _quiet = alsa::Output::local_error_handler();
        Self::open_with(DeviceSinkBuilder::from_device(find(id)?).map_err(to_error)?)
    }

    fn open_with(builder: DeviceSinkBuilder) -> Result<Self, AudioError> {
        let reported = Arc::new(Mutex::new(None));
        let for_callback = Arc::clone(&reported);
        let mut device = builder
            .with_error_callback(move |error: cpal::Error| note(&for_callback, error))
            .open_sink_or_fallback()
            .map_err(to_error)?;
        // A library does not write to the standard error output of its program.
        device.log_on_drop(false);
        Ok(Self {
            device,
            prompt: None,
            background: None,
            volume: Volume::default(),
            ducked: false,
            reported,
            failure: None,
        })
    }

    fn slot(&mut self, channel: Channel) -> &mut Option<Arc<Playing>> {
        match channel {
            Channel::Prompt => &mut self.prompt,
            Channel::Background => &mut self.background,
        }
    }

    fn gain(&self, channel: Channel) -> f32 {
        match channel {
            Channel::Background if self.ducked => self.volume.gain() * DUCKED_GAIN,
            _ => self.volume.gain(),
        }
    }

    fn spread_gain(&self) {
        for (channel, playing) in [(Channel::Prompt, &self.prompt), (Channel::Background, &self.background)] {
            if let Some(playing) = playing {
                playing.gain.store(self.gain(channel).to_bits(), Ordering::Relaxed);
            }
        }
    }

    /// Takes over what the device's thread reported, and looks whether it stands still.
    fn observe(&mut self) {
        if self.failure.is_some() {
            return;
        }
        let reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(error) = reported {
            self.failure = Some(AudioError::Lost { source: Box::new(error) });
        } else if [&self.prompt, &self.background].into_iter().flatten().any(|playing| playing.is_late()) {
            self.failure = Some(AudioError::Stalled);
        }
    }
}

/// Keeps the first report that ends a stream; what the device mends by itself is no loss.
pub(super) fn note(slot: &Mutex<Option<cpal::Error>>, error: cpal::Error) {
    use cpal::ErrorKind::{DeviceChanged, RealtimeDenied, Xrun};
    if matches!(error.kind(), DeviceChanged | RealtimeDenied | Xrun) {
        return;
    }
    slot.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
}

fn to_error(error: DeviceSinkError) -> AudioError {
    let is_absent = match &error {
        DeviceSinkError::NoDevice => true,
        DeviceSinkError::PlayError(error)
        | DeviceSinkError::DefaultSinkConfigError(error)
        | DeviceSinkError::BuildError(error)
        | DeviceSinkError::SupportedConfigsError(error) => error.kind() == cpal::ErrorKind::DeviceNotAvailable,
        DeviceSinkError::UnsupportedSampleFormat => false,
    };
    if is_absent {
        AudioError::NoDevice { source: Box::new(error) }
    } else {
        AudioError::Open { source: Box::new(error) }
    }
}

impl AudioSink for RodioSink {
    fn play(&mut self, channel: Channel, clip: &Clip) -> Result<(), AudioError> {
        self.observe();
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        self.stop(channel);
        let gain = self.gain(channel);
        let playing = Arc::new(Playing {
            stopped: AtomicBool::new(false),
            gain: AtomicU32::new(gain.to_bits()),
            position: AtomicUsize::new(0),
            length: clip.samples().len(),
            rate: clip.rate(),
            begun: Instant::now(),
        });
        self.device.mixer().add(ClipSource { clip: clip.clone(), at: 0, gain, playing: Arc::clone(&playing) });
        *self.slot(channel) = Some(playing);
        Ok(())
    }

    fn remaining(&mut self, channel: Channel) -> Duration {
        self.observe();
        if self.failure.is_some() {
            return Duration::ZERO;
        }
        self.slot(channel).as_ref().map_or(Duration::ZERO, |playing| playing.remaining())
    }

    fn stop(&mut self, channel: Channel) {
        if let Some(playing) = self.slot(channel).take() {
            playing.stopped.store(true, Ordering::Relaxed);
        }
    }

    fn set_volume(&mut self, volume: Volume) {
        self.volume = volume;
        self.spread_gain();
    }

    fn duck(&mut self, ducked: bool) {
        self.ducked = ducked;
        self.spread_gain();
    }

    fn health(&self) -> SinkHealth<'_> {
        self.failure.as_ref().map_or(SinkHealth::Works, SinkHealth::Failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(length: usize) -> (Arc<Playing>, ClipSource) {
        let rate = NonZero::new(8000).unwrap();
        let clip = Clip::from_samples(vec![0.5; length], rate).unwrap();
        let playing = Arc::new(Playing {
            stopped: AtomicBool::new(false),
            gain: AtomicU32::new(1.0_f32.to_bits()),
            position: AtomicUsize::new(0),
            length,
            rate,
            begun: Instant::now(),
        });
        (Arc::clone(&playing), ClipSource { clip, at: 0, gain: 1.0, playing })
    }

    #[test]
    fn the_source_tells_its_position_and_ends() {
        let (playing, mut source) = source(8000);
        assert_eq!(playing.remaining(), Duration::from_secs(1));
        assert_eq!(source.by_ref().take(4000).count(), 4000);
        assert_eq!(playing.remaining(), Duration::from_millis(500));
        assert_eq!(source.count(), 4000);
        assert_eq!(playing.remaining(), Duration::ZERO);
    }

    #[test]
    fn stopping_ends_the_source_at_once_and_ducking_is_gradual() {
        let (playing, mut source) = source(8000);
        playing.gain.store(0.0_f32.to_bits(), Ordering::Relaxed);
        let first = source.next().unwrap();
        assert!(first > 0.4, "a jump would click");
        let last = source.by_ref().take(400).last().unwrap();
        assert!(last < 0.01);
        playing.stopped.store(true, Ordering::Relaxed);
        assert_eq!(source.next(), None);
        assert_eq!(playing.remaining(), Duration::ZERO);
    }

    #[test]
    fn without_a_device_opening_is_an_error_value() {
        // On a machine with a loudspeaker it opens; neither may panic.
        match RodioSink::open_default() {
            Ok(mut sink) => assert!(sink.remaining(Channel::Prompt).is_zero()),
            Err(error) => assert!(matches!(error, AudioError::NoDevice { .. } | AudioError::Open { .. })),
        }
    }

    /// The whole way through ALSA, to its device that swallows everything. Its configuration can only be given
    /// to another process.
    #[test]
    fn a_clip_is_played_to_its_end_on_a_device_of_alsa() {
        const INNER: &str = "AUDIO_TEST_INNER";
        if std::env::var_os(INNER).is_none() {
            let folder = tempfile::tempdir().unwrap();
            let settings = folder.path().join("asound.conf");
            std::fs::write(&settings, "pcm.!default { type null }\nctl.!default { type null }\n").unwrap();
            let test = "audio::rodio_sink::tests::a_clip_is_played_to_its_end_on_a_device_of_alsa";
            let output = std::process::Command::new(std::env::current_exe().unwrap())
                .args(["--exact", test, "--nocapture"])
                .env(INNER, "1")
                .env("ALSA_CONFIG_PATH", &settings)
                .output()
                .unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            return;
        }
        let mut sink = RodioSink::open_default().unwrap();
        let clip = Clip::from_samples(vec![0.1; 2205], NonZero::new(22_050).unwrap()).unwrap();
        sink.play(Channel::Prompt, &clip).unwrap();
        let begun = Instant::now();
        while !sink.remaining(Channel::Prompt).is_zero() {
            assert!(begun.elapsed() < Duration::from_secs(10), "it never ends");
            std::thread::yield_now();
        }
        assert!(matches!(sink.health(), SinkHealth::Works), "{:?}", sink.health());
    }
}
