// SPDX-License-Identifier: GPL-3.0-only
//! The terminal's voice.
//!
//! What is said comes as an [`Utterance`]: a list of segments such as fixed phrases, single digits and
//! letters of a plate, or small numbers. A segment with a recording is played from it; any other is read by
//! a [`SpeechEngine`]; where there is none the segment stays unsaid, because every prompt is a text on the
//! screen as well. A thread of its own owns the sound device, so no caller ever waits.
//!
//! An utterance may hold a name or a plate: it is wiped when it was said, replaced or silenced, is never
//! logged, and reaches the speech program through a pipe, not through its arguments.

mod clips;
mod engine;
mod library;
mod reading;
mod spoken;
mod text;
mod worker;

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use doorstep_drivers::audio::{AudioSink, Priority, PromptQueue, ReopeningSink, Volume};
use tokio::sync::watch;
use zeroize::Zeroize;

pub use engine::{EspeakNg, NoEngine, SpeechEngine, SpeechError};
pub use library::{ClipLibrary, recorded};
pub use reading::{LONGEST_READING_SEGMENT_BYTES, MOST_READING_SEGMENTS, ReadingState, ResumeAt, Speed};
pub use spoken::sentences;
pub use text::normalise;

use self::reading::Wishes;
use crate::protocol::{Fault, FaultCode};
use crate::settings::{self, SoundSettings};

/// Most segments of one utterance; the rest is left out. A plate is 8, a phone number 11.
pub const MOST_SEGMENTS: usize = 64;

/// Longest segment in bytes of UTF-8; a longer one is left unsaid.
pub const LONGEST_SEGMENT_BYTES: usize = 1024;

/// How long [`Voice::stop`] waits for the thread.
const STOP_LIMIT: Duration = Duration::from_secs(2);

/// In which language an utterance is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum VoiceLanguage {
    /// Mandarin.
    Zh,
    /// English.
    En,
}

/// How an utterance stands to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// Waits for the one that is being said; a newer one replaces it while it waits.
    Normal,
    /// Cuts off a normal one, such as the countdown before a session ends.
    Urgent,
}

impl From<Urgency> for Priority {
    fn from(urgency: Urgency) -> Self {
        match urgency {
            Urgency::Normal => Self::Normal,
            Urgency::Urgent => Self::Urgent,
        }
    }
}

/// Something to say. Wipes itself; `Debug` shows none of the words.
#[derive(Clone, PartialEq, Eq)]
pub struct Utterance {
    /// What to say, piece by piece, with a small pause between the pieces. Empty pieces are left out.
    pub segments: Vec<String>,
    /// Language of all pieces.
    pub language: VoiceLanguage,
    /// Whether it cuts others off.
    pub urgency: Urgency,
}

impl Utterance {
    /// An utterance of `segments`.
    #[must_use]
    pub fn new(language: VoiceLanguage, urgency: Urgency, segments: Vec<String>) -> Self {
        Self { segments, language, urgency }
    }
}

impl std::fmt::Debug for Utterance {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Utterance")
            .field("segments", &self.segments.len())
            .field("language", &self.language)
            .field("urgency", &self.urgency)
            .finish()
    }
}

impl Drop for Utterance {
    fn drop(&mut self) {
        self.segments.zeroize();
    }
}

/// A sound that is no speech; it plays beside a prompt, quieter while the prompt speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Chime {
    /// Something needs a look at the screen, such as a car that accepted.
    Attention,
    /// Something went well.
    Done,
}

/// What is known of the loudspeaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceState {
    /// Sound is switched off in the settings.
    Off,
    /// Nothing is known yet.
    Unknown,
    /// The device could be opened.
    Works,
    /// It is absent or was lost; it is looked for again.
    Absent,
}

/// How the voice is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoiceHealth {
    /// The loudspeaker.
    pub device: DeviceState,
    /// SND-01 while the device does not work.
    pub sound_fault: Option<Fault>,
    /// SND-02 since a segment could not be said, until one that needs the engine could be again.
    pub speech_fault: Option<Fault>,
}

impl VoiceHealth {
    fn in_state(device: DeviceState) -> Self {
        Self { device, sound_fault: None, speech_fault: None }
    }
}

/// What the callers and the thread share. Two waiting utterances at most: see [`PromptQueue`].
struct State {
    queue: PromptQueue<Utterance>,
    chime: Option<Chime>,
    wishes: Wishes,
    /// The speed that was wished last: the same once more must not cut the sentence off.
    speed: Speed,
    /// Grows with every [`Voice::silence`]: what began under another number ends at once.
    epoch: u64,
    stopping: bool,
}

struct Shared {
    state: Mutex<State>,
    wake: Condvar,
}

impl Shared {
    /// The state; a panic of the thread while it held the lock leaves nothing half done in it.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the thread when the last [`Voice`] is gone.
struct Handle {
    shared: Arc<Shared>,
}

impl Handle {
    fn end(&self) {
        let mut state = self.shared.lock();
        state.stopping = true;
        state.queue.clear();
        state.wishes = Wishes::default();
        drop(state);
        self.shared.wake.notify_all();
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.end();
    }
}

/// The voice of the terminal; cheap to clone.
#[derive(Clone)]
pub struct Voice {
    handle: Option<Arc<Handle>>,
    health: watch::Receiver<VoiceHealth>,
    reading: watch::Receiver<ReadingState>,
}

/// What the thread tells.
struct Reports {
    health: watch::Sender<VoiceHealth>,
    reading: watch::Sender<ReadingState>,
}

/// What a [`Voice`] is made of; tests and the tour put their own in.
pub struct VoiceParts {
    /// Where it is heard.
    pub sink: Box<dyn AudioSink>,
    /// Who reads what is not recorded.
    pub engine: Box<dyn SpeechEngine>,
    /// Loudness.
    pub volume: Volume,
}

impl VoiceParts {
    /// The engine that `settings` name, and the loudspeaker of that name; `None` is what the system has as its default.
    #[must_use]
    pub fn from_settings(settings: &SoundSettings, loudspeaker: Option<&str>) -> Self {
        let engine: Box<dyn SpeechEngine> = match settings.speech_engine {
            settings::SpeechEngine::EspeakNg => Box::new(EspeakNg::new()),
            settings::SpeechEngine::None => Box::new(NoEngine),
        };
        Self {
            sink: Box::new(loudspeaker.map_or_else(ReopeningSink::on_default_device, ReopeningSink::on_device)),
            engine,
            volume: Volume::from_percent(settings.volume_percent),
        }
    }
}

/// The voice's thread could not be started.
#[derive(Debug, thiserror::Error)]
enum VoiceError {
    #[error("the thread of the voice cannot be started")]
    Spawn(#[source] std::io::Error),
}

impl Voice {
    /// Starts the voice on the loudspeaker of that name, or what the system has as its default. Never fails: what does not
    /// work is in [`Voice::health`].
    #[must_use]
    pub fn start(settings: &SoundSettings, loudspeaker: Option<&str>) -> Self {
        let parts = || VoiceParts::from_settings(settings, loudspeaker);
        if settings.enabled { Self::start_with(parts()) } else { Self::off() }
    }

    /// A voice that says nothing.
    #[must_use]
    pub fn off() -> Self {
        Self::silent(VoiceHealth::in_state(DeviceState::Off))
    }

    /// A voice without a thread.
    fn silent(health: VoiceHealth) -> Self {
        Self { handle: None, health: watch::channel(health).1, reading: watch::channel(ReadingState::Idle).1 }
    }

    /// Starts the voice on `parts`.
    #[must_use]
    pub fn start_with(parts: VoiceParts) -> Self {
        let (tell_health, health) = watch::channel(VoiceHealth::in_state(DeviceState::Unknown));
        let (tell_reading, reading) = watch::channel(ReadingState::Idle);
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                queue: PromptQueue::default(),
                chime: None,
                wishes: Wishes::default(),
                speed: Speed::default(),
                epoch: 0,
                stopping: false,
            }),
            wake: Condvar::new(),
        });
        let reports = Reports { health: tell_health, reading: tell_reading };
        let worker = worker::Worker::new(parts, Arc::clone(&shared), reports);
        match std::thread::Builder::new().name("voice".to_owned()).spawn(move || worker.run()) {
            Ok(_) => Self { handle: Some(Arc::new(Handle { shared })), health, reading },
            Err(error) => {
                let fault = Fault::from_error(FaultCode::SoundUnavailable, &VoiceError::Spawn(error));
                tracing::warn!(code = %fault.code, chain = %fault.chain, "no voice");
                let mut lost = VoiceHealth::in_state(DeviceState::Absent);
                lost.sound_fault = Some(fault);
                Self::silent(lost)
            }
        }
    }

    /// Says `utterance` when its turn comes. Never blocks; one that waits already with the same urgency is
    /// replaced and wiped.
    pub fn say(&self, utterance: Utterance) {
        let Some(handle) = &self.handle else { return };
        let replaced = {
            let mut state = handle.shared.lock();
            if state.stopping {
                return;
            }
            state.queue.push(utterance.urgency.into(), utterance)
        };
        handle.shared.wake.notify_all();
        // Wiped outside of the lock.
        drop(replaced);
    }

    /// Plays `chime`; one that still waits is replaced. Never blocks.
    pub fn chime(&self, chime: Chime) {
        let Some(handle) = &self.handle else { return };
        handle.shared.lock().chime = Some(chime);
        handle.shared.wake.notify_all();
    }

    /// Stops at once, also a speech program that is at work, and forgets what was being said and read and what waits.
    /// For the end of a session; the words are overwritten in memory within a second.
    pub fn silence(&self) {
        let Some(handle) = &self.handle else { return };
        let mut state = handle.shared.lock();
        state.epoch = state.epoch.wrapping_add(1);
        state.queue.clear();
        state.chime = None;
        let wishes = std::mem::take(&mut state.wishes);
        state.speed = Speed::default();
        drop(state);
        handle.shared.wake.notify_all();
        // Wiped outside of the lock.
        drop(wishes);
    }

    /// Reads a long text, each segment a sentence (see [`sentences`]), with the engine alone; another reading ends.
    /// At most [`MOST_READING_SEGMENTS`] of at most [`LONGEST_READING_SEGMENT_BYTES`] each. Prompts come first: a
    /// reading makes room for one and then goes on by itself from the start of its segment, whatever the
    /// [`Urgency`] of either. Never blocks; how it goes is in [`Voice::reading`].
    pub fn read(&self, text: Utterance) {
        self.wish(|wishes| wishes.read(text));
    }

    /// Has the reading wait. Nothing where there is none.
    pub fn pause(&self) {
        self.wish(|wishes| {
            wishes.pause();
            None
        });
    }

    /// Has a paused reading go on, or one that could not be heard try again. Nothing where there is none.
    pub fn resume(&self, at: ResumeAt) {
        self.wish(|wishes| {
            wishes.resume(at);
            None
        });
    }

    /// Has the reading begin again from its first segment, also when it is done. Nothing where there is none.
    pub fn repeat(&self) {
        self.wish(|wishes| {
            wishes.repeat();
            None
        });
    }

    /// Ends the reading and wipes it. Prompts are not touched.
    pub fn stop_reading(&self) {
        self.wish(Wishes::stop);
    }

    /// How quickly readings are read from now on, until [`Voice::silence`] makes it [`Speed::Normal`] again. The
    /// segment that is being read begins again.
    pub fn set_speed(&self, speed: Speed) {
        let Some(handle) = &self.handle else { return };
        if std::mem::replace(&mut handle.shared.lock().speed, speed) != speed {
            self.wish(|wishes| {
                wishes.set_speed(speed);
                None
            });
        }
    }

    /// How the reading is, and every change of it. [`ReadingState::Idle`] for good where the voice is off.
    #[must_use]
    pub fn reading(&self) -> watch::Receiver<ReadingState> {
        self.reading.clone()
    }

    fn wish(&self, wish: impl FnOnce(&mut Wishes) -> Option<Utterance>) {
        let Some(handle) = &self.handle else { return };
        let replaced = {
            let mut state = handle.shared.lock();
            if state.stopping {
                return;
            }
            wish(&mut state.wishes)
        };
        handle.shared.wake.notify_all();
        // Wiped outside of the lock.
        drop(replaced);
    }

    /// How the voice is, and every change of it.
    #[must_use]
    pub fn health(&self) -> watch::Receiver<VoiceHealth> {
        self.health.clone()
    }

    /// Stops like [`Voice::silence`] and ends the thread, for all clones; returns when it has ended, after
    /// two seconds at the latest.
    pub async fn stop(mut self) {
        if let Some(handle) = &self.handle {
            handle.end();
            // The thread owns the sender: when it ends, `changed` fails.
            let ended = async { while self.health.changed().await.is_ok() {} };
            if tokio::time::timeout(STOP_LIMIT, ended).await.is_err() {
                tracing::warn!("the voice did not end in time; the sound device hangs");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_word() {
        let utterance = Utterance::new(VoiceLanguage::Zh, Urgency::Normal, vec!["张师傅".to_owned(), "京".to_owned()]);
        let shown = format!("{utterance:?}");
        assert!(!shown.contains('张') && !shown.contains('京') && shown.contains("segments: 2"), "{shown}");
    }

    #[tokio::test]
    async fn a_voice_that_is_off_takes_everything() {
        let voice = Voice::off();
        voice.say(Utterance::new(VoiceLanguage::Zh, Urgency::Urgent, vec!["车来了".to_owned()]));
        voice.chime(Chime::Done);
        voice.silence();
        assert_eq!(voice.health().borrow().device, DeviceState::Off);
        voice.stop().await;
    }
}
