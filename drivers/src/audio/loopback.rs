// SPDX-License-Identifier: MIT OR Apache-2.0
//! Does the loudspeaker sound, and does the microphone hear? A tone is played and listened for.

use std::num::NonZeroU32;
use std::time::Duration;

use super::level::FLOOR_DBFS;
use super::{AudioError, AudioSink, AudioSource, Channel, Clip, Level, LevelMeter, SinkHealth, ToneMeter, Volume};
use crate::device::CommandLimit;

/// Length of one look at the tone: narrow enough (20 Hz) to leave speech out, short enough to follow a second of tone.
const WINDOW: Duration = Duration::from_millis(50);

/// How many windows in a row the tone has to be there: one may be a cough.
const WINDOWS_HEARD: u32 = 4;

/// Below this a tone counts as not there, however silent the room is: the noise of a converter.
const QUIETEST_DBFS: f32 = -80.0;

/// Rate of the tone that is played.
const TONE_RATE: NonZeroU32 = NonZeroU32::new(48_000).unwrap();

/// How long the tone swells and fades, so that it does not click.
const RAMP: Duration = Duration::from_millis(10);

/// Samples that are read at once.
const READ_SAMPLES: usize = 2048;

/// How the test is made.
#[derive(Clone, Debug)]
pub struct LoopbackOptions {
    /// Pitch of the tone, 100 to 8000 Hz.
    pub tone_hz: f64,
    /// How long it sounds.
    pub tone: Duration,
    /// How loud it is played.
    pub volume: Volume,
    /// How loud things are afterwards.
    pub usual_volume: Volume,
    /// How long the room is listened to before.
    pub before: Duration,
    /// How long the tone may take from the loudspeaker's queue to the microphone's.
    pub latency: Duration,
    /// By how much the tone has to stand out from what was there before, in dB.
    pub margin_db: f32,
}

impl Default for LoopbackOptions {
    fn default() -> Self {
        Self {
            tone_hz: 1000.0,
            tone: Duration::from_secs(1),
            volume: Volume::from_percent(70),
            usual_volume: Volume::default(),
            before: Duration::from_millis(500),
            latency: Duration::from_millis(700),
            margin_db: 12.0,
        }
    }
}

/// What was heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoopbackReport {
    /// Whether the tone was.
    pub heard: bool,
    /// The loudest of all while the tone was expected.
    pub level: Level,
    /// The tone's pitch before it was played, in dBFS.
    pub tone_before_dbfs: f32,
    /// The same at its loudest while it was expected.
    pub tone_dbfs: f32,
    /// From the play to the first window with the tone, by the microphone's own count of samples.
    pub after: Option<Duration>,
}

/// Why it is not known whether the tone would be heard.
#[derive(Debug, thiserror::Error)]
pub enum LoopbackError {
    /// The tone cannot be made: a pitch or length out of range.
    #[error("this tone cannot be made")]
    Tone,
    /// The loudspeaker.
    #[error("the tone cannot be played")]
    Play(#[source] AudioError),
    /// The loudspeaker took the tone and says that it does not sound, as one does that is absent and opened again
    /// later.
    #[error("the loudspeaker does not sound: {reason}")]
    Speaker {
        /// What the matter is.
        reason: String,
    },
    /// The microphone.
    #[error("the microphone cannot be listened to")]
    Listen(#[source] AudioError),
    /// The microphone is open and sends nothing.
    #[error("the microphone is silent: not even noise comes from it")]
    NoSamples,
    /// It was called back.
    #[error("the test was called back")]
    Cancelled,
}

/// Plays a tone on `sink` and listens for it on `source`, within `limit`; nothing that is heard is kept.
///
/// # Errors
/// The tone cannot be played or listened for. That it was not heard is no error.
pub fn loopback_test(
    sink: &mut dyn AudioSink,
    source: &mut dyn AudioSource,
    options: &LoopbackOptions,
    limit: &CommandLimit,
) -> Result<LoopbackReport, LoopbackError> {
    let clip = tone_clip(options.tone_hz, options.tone)?;
    let before = Ear::new(source, options).listen(options.before, f32::INFINITY, limit)?;
    let wanted = (before.tone_dbfs + options.margin_db).max(QUIETEST_DBFS);
    sink.set_volume(options.volume);
    let played = sink.play(Channel::Prompt, &clip).map_err(LoopbackError::Play);
    let heard = played.and_then(|()| match sink.health() {
        SinkHealth::Failed(error) => Err(LoopbackError::Speaker { reason: error.to_string() }),
        SinkHealth::Works | SinkHealth::Unknown => {
            Ear::new(source, options).listen(options.tone + options.latency, wanted, limit)
        }
    });
    sink.stop(Channel::Prompt);
    sink.set_volume(options.usual_volume);
    let heard = heard?;
    Ok(LoopbackReport {
        heard: heard.after.is_some(),
        level: heard.level,
        tone_before_dbfs: before.tone_dbfs,
        tone_dbfs: heard.tone_dbfs,
        after: heard.after,
    })
}

/// A sine that swells and fades, at full scale.
fn tone_clip(hz: f64, length: Duration) -> Result<Clip, LoopbackError> {
    if !(100.0..=8000.0).contains(&hz) || length > super::LONGEST_CLIP {
        return Err(LoopbackError::Tone);
    }
    let samples = |time: Duration| {
        u32::try_from(time.as_millis() * u128::from(TONE_RATE.get()) / 1000).map_err(|_| LoopbackError::Tone)
    };
    let (count, ramp) = (samples(length)?, samples(RAMP)?);
    let turn = std::f64::consts::TAU * hz / f64::from(TONE_RATE.get());
    let sample = |index: u32| {
        let swell = f64::from(index.min(count - index).min(ramp)) / f64::from(ramp.max(1));
        #[expect(clippy::cast_possible_truncation, reason = "a sample is f32")]
        let value = (swell * (turn * f64::from(index)).sin()) as f32;
        value
    };
    Clip::from_samples((0..count).map(sample).collect(), TONE_RATE).map_err(|_| LoopbackError::Tone)
}

/// What was heard in one stretch.
struct Heard {
    level: Level,
    tone_dbfs: f32,
    after: Option<Duration>,
}

struct Ear<'a> {
    source: &'a mut dyn AudioSource,
    levels: LevelMeter,
    tones: ToneMeter,
}

impl<'a> Ear<'a> {
    fn new(source: &'a mut dyn AudioSource, options: &LoopbackOptions) -> Self {
        let rate = source.rate();
        let tones = ToneMeter::new(rate, WINDOW, options.tone_hz);
        Self { source, levels: LevelMeter::new(rate, WINDOW), tones }
    }

    /// Listens for `length`, or until the tone was at `wanted` for some windows in a row.
    fn listen(mut self, length: Duration, wanted: f32, limit: &CommandLimit) -> Result<Heard, LoopbackError> {
        let rate = self.source.rate();
        let last = u64::try_from(length.as_millis() * u128::from(rate.get()) / 1000).unwrap_or(u64::MAX);
        let mut heard = Heard { level: Level::SILENCE, tone_dbfs: FLOOR_DBFS, after: None };
        let mut buffer = vec![0.0; READ_SAMPLES];
        let (mut count, mut in_a_row, mut windows) = (0_u64, 0, 0_u32);
        while count < last {
            if limit.is_cancelled() {
                return Err(LoopbackError::Cancelled);
            }
            let got = self.source.read(&mut buffer, limit.step()).map_err(LoopbackError::Listen)?;
            if got == 0 && limit.has_passed() {
                return Err(LoopbackError::NoSamples);
            }
            for sample in buffer.iter().take(got) {
                if let Some(level) = self.levels.push(*sample) {
                    heard.level = heard.level.max(level);
                }
                let Some(tone) = self.tones.push(*sample) else { continue };
                windows += 1;
                heard.tone_dbfs = heard.tone_dbfs.max(tone);
                in_a_row = if tone >= wanted { in_a_row + 1 } else { 0 };
                if in_a_row == WINDOWS_HEARD && heard.after.is_none() {
                    heard.after = Some(WINDOW * (windows - WINDOWS_HEARD));
                }
            }
            count += u64::try_from(got).unwrap_or(u64::MAX);
        }
        Ok(heard)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::audio::{FileSource, NullSink, NullSource, ReopeningSink, system_clock};
    use crate::device::CancelToken;

    /// The air between a loudspeaker and a microphone at the same rate.
    #[derive(Default)]
    struct Air {
        sound: Vec<f32>,
        at: usize,
        gain: f32,
        volumes: Vec<u8>,
    }

    struct Speaker(Arc<Mutex<Air>>);
    struct Ears(Arc<Mutex<Air>>, fn(u32) -> f32, u32);

    impl AudioSink for Speaker {
        fn play(&mut self, _: Channel, clip: &Clip) -> Result<(), AudioError> {
            let mut air = self.0.lock().unwrap();
            // 120 ms until it is heard.
            air.sound = [vec![0.0; 5760], clip.samples().to_vec()].concat();
            air.at = 0;
            Ok(())
        }
        fn remaining(&mut self, _: Channel) -> Duration {
            Duration::ZERO
        }
        fn stop(&mut self, _: Channel) {}
        fn set_volume(&mut self, volume: Volume) {
            self.0.lock().unwrap().volumes.push(volume.percent());
        }
        fn duck(&mut self, _: bool) {}
        fn health(&self) -> SinkHealth<'_> {
            SinkHealth::Works
        }
    }

    impl AudioSource for Ears {
        fn rate(&self) -> NonZeroU32 {
            TONE_RATE
        }
        fn read(&mut self, buffer: &mut [f32], _: Duration) -> Result<usize, AudioError> {
            let mut air = self.0.lock().unwrap();
            for slot in buffer.iter_mut() {
                let sound = air.sound.get(air.at).copied().unwrap_or(0.0) * air.gain;
                air.at += 1;
                self.2 += 1;
                *slot = sound + (self.1)(self.2);
            }
            Ok(buffer.len())
        }
        fn describe(&self) -> String {
            "ears".to_owned()
        }
    }

    /// Noise of about -46 dBFS, the same each time.
    fn noise(index: u32) -> f32 {
        let mixed = index.wrapping_mul(2_654_435_761) ^ (index >> 7).wrapping_mul(40_503);
        (f32::from(u16::try_from(mixed >> 16).unwrap()) / 65_536.0 - 0.5) * 0.017
    }

    /// A hum at the very pitch of the test, with the noise.
    fn hum(index: u32) -> f32 {
        let turn = std::f32::consts::TAU * f32::from(u16::try_from(index % 48).unwrap()) / 48.0;
        turn.sin() * 0.02 + noise(index)
    }

    fn run(gain: f32, room: fn(u32) -> f32) -> (LoopbackReport, Vec<u8>) {
        let air = Arc::new(Mutex::new(Air { gain, ..Air::default() }));
        let (mut speaker, mut ears) = (Speaker(Arc::clone(&air)), Ears(Arc::clone(&air), room, 0));
        let limit = CommandLimit::after(Duration::from_secs(60));
        let options = LoopbackOptions { usual_volume: Volume::from_percent(55), ..LoopbackOptions::default() };
        let report = loopback_test(&mut speaker, &mut ears, &options, &limit).unwrap();
        let volumes = air.lock().unwrap().volumes.clone();
        (report, volumes)
    }

    #[test]
    fn a_tone_is_heard_in_a_noisy_room_and_the_volume_is_as_before() {
        let (report, volumes) = run(0.01, noise);
        assert!(report.heard, "{report:?}");
        assert!((report.tone_dbfs + 43.0).abs() < 1.0, "{report:?}");
        let after = report.after.unwrap();
        assert!((Duration::from_millis(100)..=Duration::from_millis(200)).contains(&after), "{after:?}");
        assert_eq!(volumes, [70, 55]);
    }

    #[test]
    fn a_dead_loudspeaker_noise_and_a_hum_are_not_taken_for_the_tone() {
        for (gain, room) in [(0.0, noise as fn(u32) -> f32), (0.0, hum), (0.02, hum), (0.000_05, |_| 0.0)] {
            let (report, _) = run(gain, room);
            assert!(!report.heard && report.after.is_none(), "{gain} {report:?}");
        }
        assert!(run(0.2, hum).0.heard, "above the hum it is heard");
    }

    #[test]
    fn without_a_loudspeaker_the_reason_is_told() {
        let absent = || Err(AudioError::NoDevice { source: "nothing there".into() });
        let mut sink = ReopeningSink::new(Box::new(absent), system_clock());
        let clip = Clip::from_samples(vec![0.0; 100], TONE_RATE).unwrap();
        let limit = CommandLimit::after(Duration::from_secs(5));
        let mut source = FileSource::new(clip, true);
        let outcome = loopback_test(&mut sink, &mut source, &LoopbackOptions::default(), &limit);
        let words = outcome.unwrap_err().to_string();
        assert_eq!(words, "the loudspeaker does not sound: no sound device was found");
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        let clip = Clip::from_samples(vec![0.0; 100], TONE_RATE).unwrap();
        let mut sink = NullSink::new(system_clock());
        let options = LoopbackOptions::default();
        let limit = CommandLimit::after(Duration::from_millis(50));
        let ended = loopback_test(&mut sink, &mut FileSource::new(clip, false), &options, &limit);
        assert!(matches!(ended, Err(LoopbackError::Listen(AudioError::Ended))));
        let begin = std::time::Instant::now();
        // A clock that stands still: the microphone is open and sends nothing, which is no silent room.
        let mut stopped = NullSource::new(TONE_RATE, Arc::new(move || begin));
        let outcome = loopback_test(&mut sink, &mut stopped, &options, &limit);
        assert!(matches!(outcome, Err(LoopbackError::NoSamples)));
        let token = CancelToken::new();
        token.cancel();
        let cancelled = CommandLimit::cancelled_by(Duration::from_secs(9), token);
        let outcome = loopback_test(&mut sink, &mut stopped, &options, &cancelled);
        assert!(matches!(outcome, Err(LoopbackError::Cancelled)));
        let wrong = LoopbackOptions { tone_hz: f64::NAN, ..LoopbackOptions::default() };
        assert!(matches!(loopback_test(&mut sink, &mut stopped, &wrong, &limit), Err(LoopbackError::Tone)));
    }
}
