// SPDX-License-Identifier: MIT OR Apache-2.0
//! The microphone.
//!
//! Taken from cpal, the part of rodio that talks to ALSA. rodio's own microphone is an iterator that waits without limit
//! for its next sample and says of a lost device only that there are no more.

use std::num::NonZeroU32;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rodio::cpal;
use rodio::cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use rodio::cpal::{FromSample, Sample, SampleFormat, SizedSample};

use super::clip::Samples;
use super::list::find;
use super::rodio_sink::note;
use super::{AudioError, AudioSource};

/// Most periods of the device that wait to be read; what comes beyond them is lost. A period is some 10 ms.
const MOST_PERIODS: usize = 256;

/// How long the system may take to say that it has something.
const STREAM_LIMIT: Duration = Duration::from_millis(500);

/// A microphone of ALSA, mixed to one channel. It is open, and heard, as long as this lives.
pub struct Microphone {
    _stream: cpal::Stream,
    periods: Receiver<Samples>,
    rest: Option<(Samples, usize)>,
    rate: NonZeroU32,
    name: String,
    /// Set by the device's thread.
    reported: Arc<Mutex<Option<cpal::Error>>>,
}

impl Microphone {
    /// Opens the default input. Takes up to some hundred milliseconds.
    ///
    /// # Errors
    /// [`AudioError::NoDevice`] or [`AudioError::Open`].
    pub fn open_default() -> Result<Self, AudioError> {
        // What ALSA writes to the standard error output comes back as an error value.
        let _quiet = alsa::Output::local_error_handler();
        let none = || AudioError::NoDevice { source: "the system has no default input".into() };
        Self::open_device(&cpal::default_host().default_input_device().ok_or_else(none)?)
    }

    /// Opens the input with this [`super::SoundDevice::id`].
    ///
    /// # Errors
    /// [`AudioError::NoDevice`] or [`AudioError::Open`].
    pub fn open(id: &str) -> Result<Self, AudioError> {
        let _quiet = alsa::Output::local_error_handler();
        Self::open_device(&find(id)?)
    }

    fn open_device(device: &cpal::Device) -> Result<Self, AudioError> {
        let config = device.default_input_config().map_err(opening)?;
        let rate = NonZeroU32::new(config.sample_rate()).ok_or_else(|| unusable("a rate of zero"))?;
        let (sender, periods) = sync_channel(MOST_PERIODS);
        let reported = Arc::new(Mutex::new(None));
        let stream = build(device, &config, &sender, &reported)?;
        stream.play().map_err(opening)?;
        let name = device.description().map_or_else(|_| "?".to_owned(), |description| description.name().to_owned());
        Ok(Self { _stream: stream, periods, rest: None, rate, name, reported })
    }

    /// What the device reported, if it has ended.
    fn failure(&self) -> Option<AudioError> {
        let reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner).take();
        reported.map(|error| AudioError::Lost { source: Box::new(error) })
    }
}

fn opening(error: cpal::Error) -> AudioError {
    if error.kind() == cpal::ErrorKind::DeviceNotAvailable {
        AudioError::NoDevice { source: Box::new(error) }
    } else {
        AudioError::Open { source: Box::new(error) }
    }
}

fn unusable(what: &str) -> AudioError {
    AudioError::Open { source: format!("the device offers {what}").into() }
}

/// A stream whose samples go to `sender`, in whatever form the device has them.
fn build(
    device: &cpal::Device,
    config: &cpal::SupportedStreamConfig,
    sender: &SyncSender<Samples>,
    reported: &Arc<Mutex<Option<cpal::Error>>>,
) -> Result<cpal::Stream, AudioError> {
    match config.sample_format() {
        SampleFormat::I8 => build_as::<i8>(device, config, sender, reported),
        SampleFormat::U8 => build_as::<u8>(device, config, sender, reported),
        SampleFormat::I16 => build_as::<i16>(device, config, sender, reported),
        SampleFormat::U16 => build_as::<u16>(device, config, sender, reported),
        SampleFormat::I24 => build_as::<cpal::I24>(device, config, sender, reported),
        SampleFormat::I32 => build_as::<i32>(device, config, sender, reported),
        SampleFormat::U32 => build_as::<u32>(device, config, sender, reported),
        SampleFormat::F32 => build_as::<f32>(device, config, sender, reported),
        SampleFormat::F64 => build_as::<f64>(device, config, sender, reported),
        other => Err(unusable(&format!("samples of the form {other}"))),
    }
}

fn build_as<T>(
    device: &cpal::Device,
    config: &cpal::SupportedStreamConfig,
    sender: &SyncSender<Samples>,
    reported: &Arc<Mutex<Option<cpal::Error>>>,
) -> Result<cpal::Stream, AudioError>
where
    T: SizedSample,
    f32: FromSample<T>,
{
    let channels = usize::from(config.channels()).max(1);
    let (sender, reported) = (sender.clone(), Arc::clone(reported));
    let take = move |data: &[T], _: &cpal::InputCallbackInfo| {
        #[expect(clippy::cast_precision_loss, reason = "at most a few channels")]
        let mono = |frame: &[T]| frame.iter().map(|sample| f32::from_sample(*sample)).sum::<f32>() / channels as f32;
        // The device's thread never waits: what nobody reads is lost.
        let _ = sender.try_send(Samples(data.chunks_exact(channels).map(mono).collect()));
    };
    let fail = move |error| note(&reported, error);
    device.build_input_stream(config.config(), take, fail, Some(STREAM_LIMIT)).map_err(opening)
}

impl AudioSource for Microphone {
    fn rate(&self) -> NonZeroU32 {
        self.rate
    }

    fn read(&mut self, buffer: &mut [f32], limit: Duration) -> Result<usize, AudioError> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let (period, at) = match self.rest.take() {
            Some(rest) => rest,
            None => match self.periods.recv_timeout(limit) {
                Ok(period) => (period, 0),
                Err(RecvTimeoutError::Timeout) => return self.failure().map_or(Ok(0), Err),
                Err(RecvTimeoutError::Disconnected) => {
                    let gone = || AudioError::Lost { source: "its stream has ended".into() };
                    return Err(self.failure().unwrap_or_else(gone));
                }
            },
        };
        let rest = period.0.get(at..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        for (slot, sample) in buffer.iter_mut().zip(rest) {
            *slot = *sample;
        }
        if count < rest.len() {
            self.rest = Some((period, at + count));
        }
        Ok(count)
    }

    fn describe(&self) -> String {
        format!("microphone {}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::alsa_for_tests::with_alsa;
    use crate::audio::{LoopbackOptions, RodioSink, SoundInput, loopback_test};
    use crate::device::{CommandLimit, Device, DeviceStatus};

    const HERE: &str = "audio::microphone::tests";

    const LIMIT: Duration = Duration::from_secs(20);

    #[test]
    fn without_a_microphone_opening_is_an_error_value() {
        // On a machine with a microphone it opens; neither may panic.
        match Microphone::open_default() {
            Ok(microphone) => assert!(microphone.describe().starts_with("microphone")),
            Err(error) => assert!(matches!(error, AudioError::NoDevice { .. } | AudioError::Open { .. }), "{error:?}"),
        }
    }

    /// The whole way through ALSA, whose capture device reads a file; it leaves out some of it now and then.
    #[test]
    fn what_alsa_captures_is_measured_and_a_tone_that_is_always_there_is_not_ours() {
        const SETTINGS: &str = "pcm.!default { type asym playback.pcm { type null } capture.pcm \"recording\" }\n\
            pcm.recording { type file slave.pcm { type null } file \"/dev/null\" infile \"RECORDING\" format raw }\n\
            ctl.!default { type null }\n";
        // 48 frames a turn, on two channels, in the form that cpal prefers.
        let sine = |index: u16| 0.1 * (std::f32::consts::TAU * f32::from(index % 48) / 48.0).sin();
        let heard: Vec<u8> =
            (0..48_000).flat_map(|index| [sine(index).to_ne_bytes(), sine(index).to_ne_bytes()]).flatten().collect();
        let heard = heard.repeat(5);
        let test = "what_alsa_captures_is_measured_and_a_tone_that_is_always_there_is_not_ours";
        if !with_alsa(&format!("{HERE}::{test}"), SETTINGS, &heard) {
            return;
        }
        let mut loudspeaker = RodioSink::open_default().unwrap();
        let mut microphone = Microphone::open_default().unwrap();
        let options = LoopbackOptions {
            tone_hz: f64::from(microphone.rate().get()) / 48.0,
            tone: Duration::from_millis(300),
            before: Duration::from_millis(200),
            latency: Duration::from_millis(200),
            ..LoopbackOptions::default()
        };
        let report = loopback_test(&mut loudspeaker, &mut microphone, &options, &CommandLimit::after(LIMIT)).unwrap();
        assert!(!report.heard, "{report:?}");
        assert!((report.level.peak_dbfs + 20.0).abs() < 0.1, "{report:?}");
        assert!((report.level.rms_dbfs + 23.0).abs() < 0.5, "{report:?}");
        // What is left out makes the tone jump, and so look quieter.
        assert!(report.tone_before_dbfs > -34.0 && report.tone_dbfs > -34.0, "{report:?}");
    }

    #[test]
    fn a_silent_room_is_silent_and_the_microphone_well() {
        const SETTINGS: &str = "pcm.!default { type null }\nctl.!default { type null }\n";
        if !with_alsa(&format!("{HERE}::a_silent_room_is_silent_and_the_microphone_well"), SETTINGS, &[]) {
            return;
        }
        let mut input = SoundInput::new(Box::new(Microphone::open_default().unwrap()));
        let report = input.status(&CommandLimit::after(LIMIT)).unwrap();
        assert_eq!(report.status, DeviceStatus::Online);
        assert_eq!(report.details["level"], "peak -120.0 dBFS, RMS -120.0 dBFS");
        // What nobody reads is lost, and does not pile up.
        let limit = CommandLimit::after(Duration::from_millis(50));
        assert!(input.attend(&limit).unwrap().is_none());
    }
}
