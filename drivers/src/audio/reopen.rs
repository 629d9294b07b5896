// SPDX-License-Identifier: MIT OR Apache-2.0
//! A device that may be absent, or come and go.

use std::time::{Duration, Instant};

use super::{AudioError, AudioSink, Channel, Clip, Clock, NullSink, SinkHealth, Volume};

/// Pause before the first new attempt to open the device.
pub const FIRST_BACKOFF: Duration = Duration::from_secs(1);

/// Longest pause between two attempts. No jitter: nobody else waits for the same device.
pub const LONGEST_BACKOFF: Duration = Duration::from_secs(60);

/// Opens the real device.
pub type Opener = Box<dyn FnMut() -> Result<Box<dyn AudioSink>, AudioError> + Send>;

/// Plays on a device as long as it is there and on a [`NullSink`] otherwise, and opens the device again
/// with growing pauses. It never fails; [`AudioSink::health`] tells what is the matter.
pub struct ReopeningSink {
    open: Opener,
    clock: Clock,
    device: Option<Box<dyn AudioSink>>,
    silent: NullSink,
    last_error: Option<AudioError>,
    has_worked: bool,
    next_attempt: Option<Instant>,
    backoff: Duration,
    volume: Volume,
    ducked: bool,
}

impl ReopeningSink {
    /// Nothing is opened before the first call of [`AudioSink::maintain`] or [`AudioSink::play`].
    #[must_use]
    pub fn new(open: Opener, clock: Clock) -> Self {
        Self {
            open,
            silent: NullSink::new(Clock::clone(&clock)),
            clock,
            device: None,
            last_error: None,
            has_worked: false,
            next_attempt: None,
            backoff: FIRST_BACKOFF,
            volume: Volume::default(),
            ducked: false,
        }
    }

    /// The device on the default output of ALSA.
    #[must_use]
    pub fn on_default_device() -> Self {
        #[cfg(feature = "audio")]
        let open: Opener =
            Box::new(|| super::RodioSink::open_default().map(|sink| Box::new(sink) as Box<dyn AudioSink>));
        #[cfg(not(feature = "audio"))]
        let open: Opener = Box::new(|| Err(AudioError::NotBuilt));
        Self::new(open, super::system_clock())
    }

    /// The output of ALSA with this name, which need not be there; see `list_sound_devices`.
    #[must_use]
    pub fn on_device(id: &str) -> Self {
        #[cfg(feature = "audio")]
        let open: Opener = {
            let id = id.to_owned();
            Box::new(move || super::RodioSink::open(&id).map(|sink| Box::new(sink) as Box<dyn AudioSink>))
        };
        #[cfg(not(feature = "audio"))]
        let open: Opener = {
            let _ = id;
            Box::new(|| Err(AudioError::NotBuilt))
        };
        Self::new(open, super::system_clock())
    }

    /// Opens the device when it is closed and no pause forbids it.
    fn ensure_open(&mut self) {
        if self.device.is_some() || self.next_attempt.is_some_and(|due| (self.clock)() < due) {
            return;
        }
        match (self.open)() {
            Ok(mut device) => {
                device.set_volume(self.volume);
                device.duck(self.ducked);
                self.device = Some(device);
                self.has_worked = true;
                self.last_error = None;
                self.next_attempt = None;
                self.backoff = FIRST_BACKOFF;
            }
            Err(error) => self.note_failure(error),
        }
    }

    fn note_failure(&mut self, error: AudioError) {
        self.device = None;
        self.last_error = Some(error);
        self.next_attempt = Some((self.clock)() + self.backoff);
        self.backoff = (self.backoff * 2).min(LONGEST_BACKOFF);
    }

    /// Drops a device that reports itself lost.
    fn check(&mut self) {
        let lost = match self.device.as_ref().map(|device| device.health()) {
            Some(SinkHealth::Failed(AudioError::Stalled)) => AudioError::Stalled,
            Some(SinkHealth::Failed(error)) => AudioError::Lost { source: describe(error).into() },
            _ => return,
        };
        self.note_failure(lost);
    }
}

/// The causes of an error that cannot be moved out of its owner.
fn describe(error: &AudioError) -> String {
    use std::error::Error;
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}

impl AudioSink for ReopeningSink {
    fn play(&mut self, channel: Channel, clip: &Clip) -> Result<(), AudioError> {
        self.check();
        self.ensure_open();
        if let Some(device) = self.device.as_mut() {
            match device.play(channel, clip) {
                Ok(()) => return Ok(()),
                Err(error) => self.note_failure(error),
            }
        }
        self.silent.play(channel, clip)
    }

    fn remaining(&mut self, channel: Channel) -> Duration {
        let silent = self.silent.remaining(channel);
        let device = self.device.as_mut().map_or(Duration::ZERO, |device| device.remaining(channel));
        self.check();
        silent.max(device)
    }

    fn stop(&mut self, channel: Channel) {
        self.silent.stop(channel);
        if let Some(device) = self.device.as_mut() {
            device.stop(channel);
        }
    }

    fn set_volume(&mut self, volume: Volume) {
        self.volume = volume;
        if let Some(device) = self.device.as_mut() {
            device.set_volume(volume);
        }
    }

    fn duck(&mut self, ducked: bool) {
        self.ducked = ducked;
        if let Some(device) = self.device.as_mut() {
            device.duck(ducked);
        }
    }

    fn health(&self) -> SinkHealth<'_> {
        match &self.last_error {
            Some(error) => SinkHealth::Failed(error),
            None if self.has_worked => SinkHealth::Works,
            None => SinkHealth::Unknown,
        }
    }

    fn release(&mut self) {
        self.device = None;
    }

    fn maintain(&mut self) -> Option<Duration> {
        self.check();
        // A device that works and was only released is left closed.
        if self.last_error.is_some() || !self.has_worked {
            self.ensure_open();
        }
        self.next_attempt.map(|due| due.saturating_duration_since((self.clock)()))
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};

    use super::*;

    /// A device that a test plugs and unplugs.
    #[derive(Default)]
    struct Plug {
        present: AtomicBool,
        attempts: AtomicUsize,
        played: AtomicUsize,
    }

    struct Device(Arc<Plug>, AudioError);

    impl AudioSink for Device {
        fn play(&mut self, _: Channel, _: &Clip) -> Result<(), AudioError> {
            self.0.played.fetch_add(1, Ordering::SeqCst);
            Ok(())
        }
        fn remaining(&mut self, _: Channel) -> Duration {
            Duration::ZERO
        }
        fn stop(&mut self, _: Channel) {}
        fn set_volume(&mut self, _: Volume) {}
        fn duck(&mut self, _: bool) {}
        fn health(&self) -> SinkHealth<'_> {
            if self.0.present.load(Ordering::SeqCst) { SinkHealth::Works } else { SinkHealth::Failed(&self.1) }
        }
    }

    fn rig() -> (Arc<Plug>, Arc<Mutex<Instant>>, ReopeningSink) {
        let plug = Arc::new(Plug::default());
        let now = Arc::new(Mutex::new(Instant::now()));
        let opener_plug = Arc::clone(&plug);
        let clock_now = Arc::clone(&now);
        let sink = ReopeningSink::new(
            Box::new(move || {
                opener_plug.attempts.fetch_add(1, Ordering::SeqCst);
                if opener_plug.present.load(Ordering::SeqCst) {
                    Ok(Box::new(Device(Arc::clone(&opener_plug), AudioError::Stalled)) as Box<dyn AudioSink>)
                } else {
                    Err(AudioError::NoDevice { source: "nothing there".into() })
                }
            }),
            Arc::new(move || *clock_now.lock().unwrap()),
        );
        (plug, now, sink)
    }

    fn clip() -> Clip {
        Clip::from_samples(vec![0.0; 800], NonZeroU32::new(8000).unwrap()).unwrap()
    }

    #[test]
    fn absence_is_no_error_and_pauses_grow_to_the_limit() {
        let (plug, now, mut sink) = rig();
        assert!(matches!(sink.health(), SinkHealth::Unknown));
        sink.play(Channel::Prompt, &clip()).unwrap();
        assert_eq!(sink.remaining(Channel::Prompt), Duration::from_millis(100));
        assert!(matches!(sink.health(), SinkHealth::Failed(AudioError::NoDevice { .. })));
        // A second clip right after does not try again.
        sink.play(Channel::Prompt, &clip()).unwrap();
        assert_eq!(plug.attempts.load(Ordering::SeqCst), 1);
        let mut pauses = Vec::new();
        for _ in 0..8 {
            let pause = sink.maintain().unwrap();
            pauses.push(pause.as_secs());
            *now.lock().unwrap() += pause;
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
    }

    #[test]
    fn a_device_that_comes_back_is_used_again() {
        let (plug, now, mut sink) = rig();
        plug.present.store(true, Ordering::SeqCst);
        assert_eq!(sink.maintain(), None);
        sink.play(Channel::Prompt, &clip()).unwrap();
        assert_eq!(plug.played.load(Ordering::SeqCst), 1);
        plug.present.store(false, Ordering::SeqCst);
        sink.play(Channel::Prompt, &clip()).unwrap();
        assert!(matches!(sink.health(), SinkHealth::Failed(AudioError::Stalled)));
        plug.present.store(true, Ordering::SeqCst);
        *now.lock().unwrap() += FIRST_BACKOFF;
        assert_eq!(sink.maintain(), None);
        assert!(matches!(sink.health(), SinkHealth::Works));
        sink.play(Channel::Prompt, &clip()).unwrap();
        assert_eq!(plug.played.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn a_released_device_stays_closed_until_the_next_clip() {
        let (plug, _now, mut sink) = rig();
        plug.present.store(true, Ordering::SeqCst);
        sink.maintain();
        sink.release();
        assert_eq!(sink.maintain(), None);
        assert_eq!(plug.attempts.load(Ordering::SeqCst), 1);
        sink.play(Channel::Prompt, &clip()).unwrap();
        assert_eq!(plug.attempts.load(Ordering::SeqCst), 2);
    }
}
