// SPDX-License-Identifier: MIT OR Apache-2.0
//! Loudspeaker and microphone as devices among others: to be listed, tested and reset.

use std::convert::Infallible;
use std::time::Duration;

use super::{AudioError, AudioSink, AudioSource, Channel, Level, LevelMeter, SinkHealth, Volume};
use crate::device::{CommandLimit, Details, Device, DeviceClass, DeviceError, DeviceStatus, StatusReport};
use crate::transport::PipeError;

/// How long a microphone is listened to for its status.
const LISTEN: Duration = Duration::from_millis(100);

/// Time in which the first sample of a microphone has to come.
const FIRST_SAMPLE_LIMIT: Duration = Duration::from_millis(500);

/// Samples that are read at once.
const READ_SAMPLES: usize = 1024;

impl From<AudioError> for DeviceError {
    fn from(error: AudioError) -> Self {
        match error {
            AudioError::NoDevice { source } => Self::Pipe(PipeError::Absent(std::io::Error::other(source))),
            AudioError::Stalled => Self::NoAnswer,
            AudioError::NotBuilt => Self::Unsupported { command: "sound" },
            error => Self::Service { service: "the sound system", source: Box::new(error) },
        }
    }
}

/// A loudspeaker, with the volume that it goes back to between two residents.
pub struct SoundOutput {
    sink: Box<dyn AudioSink>,
    name: String,
    usual: Volume,
    volume: Volume,
}

impl SoundOutput {
    /// Takes `sink` over and sets it to its usual volume. `name` is what [`Device::describe`] tells.
    #[must_use]
    pub fn new(mut sink: Box<dyn AudioSink>, name: impl Into<String>, usual: Volume) -> Self {
        sink.set_volume(usual);
        Self { sink, name: name.into(), usual, volume: usual }
    }

    /// The sink, to play on.
    pub fn sink(&mut self) -> &mut dyn AudioSink {
        self.sink.as_mut()
    }

    /// How loud it is now.
    #[must_use]
    pub fn volume(&self) -> Volume {
        self.volume
    }

    /// Makes it as loud as a resident wants it, until [`SoundOutput::end_session`].
    pub fn set_volume(&mut self, volume: Volume) {
        self.volume = volume;
        self.sink.set_volume(volume);
    }

    /// Ends what is still said, and makes it as loud as usual: the next resident shall not be shouted at, nor hear
    /// what was meant for another.
    pub fn end_session(&mut self) {
        self.sink.stop(Channel::Prompt);
        self.sink.stop(Channel::Background);
        self.sink.duck(false);
        self.set_volume(self.usual);
    }
}

impl Device for SoundOutput {
    type Event = Infallible;

    fn class(&self) -> DeviceClass {
        DeviceClass::Audio
    }

    fn describe(&self) -> String {
        self.name.clone()
    }

    fn capabilities(&self) -> Details {
        Details::from([("direction", "output".to_owned())])
    }

    /// [`DeviceStatus::Online`] only of a device that is open; one that was never opened is
    /// [`DeviceStatus::Starting`].
    fn status(&mut self, _limit: &CommandLimit) -> Result<StatusReport, DeviceError> {
        // A device that was absent may have come back.
        self.sink.maintain();
        let status = match self.sink.health() {
            SinkHealth::Unknown => DeviceStatus::Starting,
            SinkHealth::Works => DeviceStatus::Online,
            SinkHealth::Failed(AudioError::NoDevice { .. } | AudioError::NotBuilt) => DeviceStatus::NoDevice,
            SinkHealth::Failed(AudioError::Stalled) => DeviceStatus::Offline,
            SinkHealth::Failed(_) => DeviceStatus::HardwareError,
        };
        let mut report = StatusReport::new(status).with("volume", format!("{} %", self.volume.percent()));
        if let SinkHealth::Failed(error) = self.sink.health() {
            report = report.with("reason", error.to_string());
        }
        Ok(report)
    }

    fn reset(&mut self, _limit: &CommandLimit) -> Result<(), DeviceError> {
        self.end_session();
        Ok(())
    }

    /// Loudspeakers say nothing by themselves.
    fn attend(&mut self, limit: &CommandLimit) -> Result<Option<Infallible>, DeviceError> {
        while limit.check().is_ok() {
            std::thread::park_timeout(limit.step());
        }
        Ok(None)
    }
}

/// A microphone.
pub struct SoundInput {
    source: Box<dyn AudioSource>,
}

impl SoundInput {
    /// Takes `source` over.
    #[must_use]
    pub fn new(source: Box<dyn AudioSource>) -> Self {
        Self { source }
    }

    /// The source, to listen on.
    pub fn source(&mut self) -> &mut dyn AudioSource {
        self.source.as_mut()
    }

    /// Listens for `time` and tells the loudest of it; `None` when not one sample came. Nothing is kept.
    ///
    /// # Errors
    /// The microphone was lost, or the limit was cancelled.
    pub fn level(&mut self, time: Duration, limit: &CommandLimit) -> Result<Option<Level>, DeviceError> {
        let rate = self.source.rate();
        let wanted = u64::try_from(time.as_millis() * u128::from(rate.get()) / 1000).unwrap_or(u64::MAX);
        let bounded = limit.at_most(time + FIRST_SAMPLE_LIMIT);
        let window = time.min(LISTEN);
        let mut meter = LevelMeter::new(rate, window);
        let mut loudest: Option<Level> = None;
        let mut buffer = [0.0; READ_SAMPLES];
        let mut count = 0;
        while count < wanted && !bounded.has_passed() {
            if bounded.is_cancelled() {
                return Err(DeviceError::Cancelled);
            }
            let got = self.source.read(&mut buffer, bounded.step())?;
            count += u64::try_from(got).unwrap_or(u64::MAX);
            for level in buffer.iter().take(got).filter_map(|sample| meter.push(*sample)) {
                loudest = Some(loudest.map_or(level, |so_far| so_far.max(level)));
            }
        }
        Ok(loudest)
    }
}

impl Device for SoundInput {
    type Event = Infallible;

    fn class(&self) -> DeviceClass {
        DeviceClass::Audio
    }

    fn describe(&self) -> String {
        self.source.describe()
    }

    fn capabilities(&self) -> Details {
        Details::from([("direction", "input".to_owned()), ("rate", format!("{} Hz", self.source.rate()))])
    }

    /// Listens for a moment: a microphone that sends nothing is off-line, not silent.
    fn status(&mut self, limit: &CommandLimit) -> Result<StatusReport, DeviceError> {
        Ok(match self.level(LISTEN, limit)? {
            Some(level) => StatusReport::new(DeviceStatus::Online).with("level", level.to_string()),
            None => StatusReport::new(DeviceStatus::Offline),
        })
    }

    fn reset(&mut self, _limit: &CommandLimit) -> Result<(), DeviceError> {
        Err(DeviceError::Unsupported { command: "reset" })
    }

    /// Takes away what is heard, so that it does not pile up; tells nothing.
    fn attend(&mut self, limit: &CommandLimit) -> Result<Option<Infallible>, DeviceError> {
        let mut buffer = [0.0; READ_SAMPLES];
        while limit.check().is_ok() {
            self.source.read(&mut buffer, limit.step())?;
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::audio::{Clip, FileSource, NullSource, ReopeningSink, system_clock};

    const RATE: NonZeroU32 = NonZeroU32::new(8000).unwrap();

    fn limit() -> CommandLimit {
        CommandLimit::after(Duration::from_secs(5))
    }

    /// Writes down what it is told.
    struct Scribe(Arc<Mutex<Vec<String>>>);

    impl AudioSink for Scribe {
        fn play(&mut self, _: Channel, _: &Clip) -> Result<(), AudioError> {
            Ok(())
        }
        fn remaining(&mut self, _: Channel) -> Duration {
            Duration::ZERO
        }
        fn stop(&mut self, channel: Channel) {
            self.0.lock().unwrap().push(format!("stop {channel:?}"));
        }
        fn set_volume(&mut self, volume: Volume) {
            self.0.lock().unwrap().push(format!("volume {}", volume.percent()));
        }
        fn duck(&mut self, ducked: bool) {
            self.0.lock().unwrap().push(format!("duck {ducked}"));
        }
        fn health(&self) -> SinkHealth<'_> {
            SinkHealth::Works
        }
    }

    #[test]
    fn the_end_of_a_session_makes_it_as_loud_as_usual_and_silent() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let sink = Box::new(Scribe(Arc::clone(&told)));
        let mut output = SoundOutput::new(sink, "loudspeaker", Volume::from_percent(60));
        output.set_volume(Volume::from_percent(100));
        assert_eq!(output.status(&limit()).unwrap().details["volume"], "100 %");
        output.end_session();
        assert_eq!(output.volume().percent(), 60);
        let wanted = ["volume 60", "volume 100", "stop Prompt", "stop Background", "duck false", "volume 60"];
        assert_eq!(*told.lock().unwrap(), wanted);
        let report = output.status(&limit()).unwrap();
        assert_eq!((report.status, report.details["volume"].as_str()), (DeviceStatus::Online, "60 %"));
    }

    #[test]
    fn an_absent_loudspeaker_is_told_with_its_reason() {
        let open = || Err(AudioError::NoDevice { source: "nothing there".into() });
        let sink = Box::new(ReopeningSink::new(Box::new(open), system_clock()));
        let mut output = SoundOutput::new(sink, "loudspeaker", Volume::default());
        let report = output.status(&limit()).unwrap();
        assert_eq!(report.status, DeviceStatus::NoDevice);
        assert_eq!(report.details["reason"], "no sound device was found");
        assert_eq!(output.class(), DeviceClass::Audio);
        assert!(output.attend(&CommandLimit::after(Duration::ZERO)).unwrap().is_none());
    }

    #[test]
    fn a_microphone_shows_its_level_and_one_that_sends_nothing_is_off_line() {
        let clip = Clip::from_samples(vec![0.5; 8000], RATE).unwrap();
        let mut input = SoundInput::new(Box::new(FileSource::new(clip, true)));
        let report = input.status(&limit()).unwrap();
        assert_eq!(report.status, DeviceStatus::Online);
        assert_eq!(report.details["level"], "peak -6.0 dBFS, RMS -6.0 dBFS");
        let mut silent = SoundInput::new(Box::new(NullSource::new(RATE, system_clock())));
        assert_eq!(silent.status(&limit()).unwrap().details["level"], "peak -120.0 dBFS, RMS -120.0 dBFS");
        let begin = std::time::Instant::now();
        let mut dead = SoundInput::new(Box::new(NullSource::new(RATE, Arc::new(move || begin))));
        assert_eq!(dead.status(&limit()).unwrap().status, DeviceStatus::Offline);
        let once = Clip::from_samples(vec![0.5; 10], RATE).unwrap();
        let mut ended = SoundInput::new(Box::new(FileSource::new(once, false)));
        let error = ended.status(&limit()).unwrap_err();
        assert!(error.is_lost(), "{error:?}");
    }

    #[test]
    fn what_the_sound_system_says_is_a_status() {
        let absent = DeviceError::from(AudioError::NoDevice { source: "none".into() });
        assert_eq!((absent.status(), absent.is_lost()), (DeviceStatus::NoDevice, true));
        let busy = DeviceError::from(AudioError::Open { source: "busy".into() });
        assert_eq!((busy.status(), busy.is_lost()), (DeviceStatus::Offline, true));
    }
}
