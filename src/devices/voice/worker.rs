// SPDX-License-Identifier: GPL-3.0-only
//! The thread that owns the sound device.

mod aloud;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use doorstep_drivers::audio::{AudioError, AudioSink, Channel, Clip, Priority, SinkHealth};
use tokio::sync::watch;
use zeroize::Zeroizing;

use super::engine::SpeechError;
use super::library::ClipLibrary;
use super::reading::{Reading, ReadingState, Speed};
use super::text::{self, Piece};
use super::{
    Chime, DeviceState, LONGEST_SEGMENT_BYTES, MOST_SEGMENTS, Reports, Shared, SpeechEngine, State, Utterance,
    VoiceHealth, VoiceLanguage, VoiceParts,
};
use crate::protocol::{Fault, FaultCode};

/// Without a sound for so long the device is closed: an idle terminal must not wake up for silence.
const RELEASE_AFTER: Duration = Duration::from_secs(15);

/// How much of a chime is heard before a prompt begins beside it.
const CHIME_LEAD: Duration = Duration::from_millis(400);

/// Longest sleep while something sounds: a lost device is noticed this late at most.
const PLAYING_POLL: Duration = Duration::from_millis(100);

/// Shortest sleep while something sounds.
const SHORTEST_POLL: Duration = Duration::from_millis(2);

/// How often the thread starts anew after a panic before it gives up.
const MOST_RESTARTS: u32 = 20;

/// What is to be done next.
enum Work {
    Say(Priority, Utterance, u64),
    Chime(Chime),
    /// Silence was asked for; the number is the new epoch.
    Silence(u64),
    /// Something is wanted of the reading.
    Wishes(super::reading::Wishes),
    /// The reading goes on.
    Read(u64),
    /// Nothing to do for now.
    Idle,
    Stop,
}

/// The words of an utterance ended before their time.
struct Interrupted;

/// Whose turn it is to speak, which says what cuts it off.
#[derive(Clone, Copy)]
struct Turn {
    /// `None` for a reading: every prompt cuts it off, and what its listener wants.
    prompt: Option<Priority>,
    /// What began under another epoch ends at once.
    epoch: u64,
}

impl Turn {
    fn is_over(self, state: &State) -> bool {
        let displaced = match self.prompt {
            Some(priority) => state.queue.pre_empts(priority),
            None => !state.queue.is_empty() || state.wishes.is_pending(),
        };
        state.stopping || state.epoch != self.epoch || displaced
    }
}

pub(super) struct Worker {
    sink: Box<dyn AudioSink>,
    engine: Box<dyn SpeechEngine>,
    library: ClipLibrary,
    shared: Arc<Shared>,
    report: watch::Sender<VoiceHealth>,
    tell_reading: watch::Sender<ReadingState>,
    reading: Option<Reading>,
    speed: Speed,
    /// The epoch up to which silence was carried out.
    epoch: u64,
    /// When the device was last needed; `None` once it was released.
    last_sound: Option<Instant>,
}

impl Worker {
    pub(super) fn new(parts: VoiceParts, shared: Arc<Shared>, reports: Reports) -> Self {
        let VoiceParts { mut sink, engine, volume } = parts;
        sink.set_volume(volume);
        Self {
            sink,
            engine,
            library: ClipLibrary::built_in(),
            shared,
            report: reports.health,
            tell_reading: reports.reading,
            reading: None,
            speed: Speed::default(),
            epoch: 0,
            last_sound: Some(Instant::now()),
        }
    }

    /// Works until it is stopped. A panic (of a sound library) costs one prompt, not the voice.
    pub(super) fn run(mut self) {
        for _ in 0..MOST_RESTARTS {
            if catch_unwind(AssertUnwindSafe(|| self.work())).is_ok() {
                return;
            }
            tracing::error!(code = %FaultCode::TaskRestarted, "the voice failed unexpectedly and goes on");
            // What made it fail is not tried again by itself.
            self.forget_reading();
        }
        tracing::error!(code = %FaultCode::TaskRestarted, "the voice failed too often and stays silent");
    }

    fn work(&mut self) {
        loop {
            let next_maintenance = self.sink.maintain();
            self.publish_device();
            match self.next_work(next_maintenance) {
                Work::Say(priority, utterance, epoch) => {
                    self.epoch = epoch;
                    // Said or cut off: both ways it is wiped here.
                    let _ = self.say(&utterance, Turn { prompt: Some(priority), epoch });
                    self.sink.stop(Channel::Prompt);
                    self.sink.duck(false);
                    self.begin_segment_again();
                }
                Work::Wishes(wishes) => self.do_wishes(wishes),
                Work::Read(epoch) => self.read_on(Turn { prompt: None, epoch }),
                Work::Chime(chime) => self.play_chime(chime),
                Work::Silence(epoch) => {
                    self.epoch = epoch;
                    self.sink.stop(Channel::Prompt);
                    self.sink.stop(Channel::Background);
                    self.forget_reading();
                }
                Work::Idle => self.release_if_unused(),
                Work::Stop => {
                    self.sink.stop(Channel::Prompt);
                    self.sink.stop(Channel::Background);
                    self.sink.release();
                    self.forget_reading();
                    return;
                }
            }
        }
    }

    /// Waits for work, at most until something is due.
    fn next_work(&mut self, maintenance: Option<Duration>) -> Work {
        let until_release = self.last_sound.map(|at| RELEASE_AFTER.saturating_sub(at.elapsed()));
        let limit = match (maintenance, until_release) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        let mut state = self.shared.lock();
        let is_due = self.reading.as_ref().is_some_and(Reading::is_due);
        if let Some(work) = take_work(&mut state, self.epoch, is_due) {
            return work;
        }
        let wake = &self.shared.wake;
        let mut state = match limit {
            Some(limit) => wake.wait_timeout(state, limit).unwrap_or_else(PoisonError::into_inner).0,
            None => wake.wait(state).unwrap_or_else(PoisonError::into_inner),
        };
        take_work(&mut state, self.epoch, false).unwrap_or(Work::Idle)
    }

    fn release_if_unused(&mut self) {
        if self.last_sound.is_some_and(|at| at.elapsed() >= RELEASE_AFTER)
            && self.sink.remaining(Channel::Background).is_zero()
        {
            self.sink.release();
            self.last_sound = None;
        }
    }

    fn play_chime(&mut self, chime: Chime) {
        match ClipLibrary::chime(chime) {
            Ok(clip) => {
                self.play(Channel::Background, &clip);
            }
            Err(error) => self.note_speech(Err(&SpeechError::Recording(error))),
        }
    }

    fn say(&mut self, utterance: &Utterance, turn: Turn) -> Result<(), Interrupted> {
        let language = utterance.language;
        let segments = utterance.segments.get(..MOST_SEGMENTS).unwrap_or(&utterance.segments);
        if segments.len() < utterance.segments.len() {
            tracing::warn!(code = %FaultCode::QueueFull, "an utterance has too many segments; the rest stays unsaid");
        }
        let pieces = text::plan(segments, language, &|text| self.library.has(language, text));
        let lead = self.sink.remaining(Channel::Background).min(CHIME_LEAD);
        self.wait_until(Instant::now() + lead, turn)?;
        self.sink.duck(true);
        for (at, piece) in pieces.iter().enumerate() {
            let Some(clip) = self.render(piece, turn)? else { continue };
            self.play(Channel::Prompt, &clip);
            self.publish_device();
            self.wait_for_end(turn)?;
            if at + 1 < pieces.len() {
                self.pause(piece.pause, &clip, turn)?;
            }
        }
        Ok(())
    }

    /// The sound of one piece; `None` when it stays unsaid.
    fn render(&mut self, piece: &Piece, turn: Turn) -> Result<Option<Clip>, Interrupted> {
        match self.library.find(piece.language, &piece.text) {
            Some(Ok(clip)) => return Ok(Some(clip)),
            // Told, and then read by the engine like a text without a recording.
            Some(Err(error)) => self.note_speech(Err(&SpeechError::Recording(error))),
            None => {}
        }
        // Prompts are mostly recordings, which have one speed.
        match self.ask_engine(&piece.text, piece.language, Speed::Normal, turn) {
            Ok(clip) => Ok(Some(clip)),
            Err(SpeechError::Cancelled) => Err(Interrupted),
            Err(_) => Ok(None),
        }
    }

    /// Has the engine read `text`; what it answers is noted for the technician.
    fn ask_engine(
        &mut self,
        text: &Zeroizing<String>,
        language: VoiceLanguage,
        speed: Speed,
        turn: Turn,
    ) -> Result<Clip, SpeechError> {
        let shared = Arc::clone(&self.shared);
        let cancelled = move || turn.is_over(&shared.lock());
        let result = if text.len() > LONGEST_SEGMENT_BYTES {
            Err(SpeechError::TooLong)
        } else {
            self.engine.read(text, language, speed, &cancelled)
        };
        match &result {
            Ok(_) => self.note_speech(Ok(())),
            // Not a fault.
            Err(SpeechError::Cancelled) => {}
            Err(error) => self.note_speech(Err(error)),
        }
        result
    }

    /// Whether it sounds; why not is noted for the technician.
    fn play(&mut self, channel: Channel, clip: &Clip) -> bool {
        self.last_sound = Some(Instant::now());
        let result = self.sink.play(channel, clip);
        if let Err(error) = &result {
            self.note_sound(error);
        }
        result.is_ok()
    }

    /// Silence between two pieces, played rather than slept so that a sink without time keeps it too.
    fn pause(&mut self, length: Duration, like: &Clip, turn: Turn) -> Result<(), Interrupted> {
        let nanos = length.as_nanos().saturating_mul(u128::from(like.rate().get())) / 1_000_000_000;
        let count = usize::try_from(nanos).unwrap_or(0);
        match Clip::from_samples(vec![0.0; count], like.rate()) {
            Ok(clip) => {
                self.play(Channel::Prompt, &clip);
                self.wait_for_end(turn)
            }
            // No pause at all.
            Err(_) => Ok(()),
        }
    }

    /// Waits until the prompt channel is silent.
    fn wait_for_end(&mut self, turn: Turn) -> Result<(), Interrupted> {
        loop {
            let remaining = self.sink.remaining(Channel::Prompt);
            if remaining.is_zero() {
                return self.wait_until(Instant::now(), turn);
            }
            let step = remaining.clamp(SHORTEST_POLL, PLAYING_POLL);
            self.wait_until(Instant::now() + step, turn)?;
        }
    }

    /// Waits until `end`; a chime that comes meanwhile is played beside the prompt.
    fn wait_until(&mut self, end: Instant, turn: Turn) -> Result<(), Interrupted> {
        loop {
            let shared = Arc::clone(&self.shared);
            let mut state = shared.lock();
            if turn.is_over(&state) {
                return Err(Interrupted);
            }
            if let Some(chime) = state.chime.take() {
                drop(state);
                self.play_chime(chime);
                continue;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            drop(shared.wake.wait_timeout(state, left));
        }
    }

    /// Publishes SND-02 or its end; logs only the change.
    fn note_speech(&self, result: Result<(), &SpeechError>) {
        let fault = result.err().map(|error| Fault::from_error(FaultCode::SpeechUnavailable, error));
        self.report.send_if_modified(|health| {
            // A second kind of failure while one lasts is no news for the technician.
            if health.speech_fault.is_some() == fault.is_some() {
                return false;
            }
            match &fault {
                Some(fault) => tracing::warn!(code = %fault.code, chain = %fault.chain, "a prompt stays unsaid"),
                None => tracing::info!("texts are read again"),
            }
            health.speech_fault = fault;
            true
        });
    }

    fn publish_device(&self) {
        match self.sink.health() {
            SinkHealth::Unknown => {}
            SinkHealth::Works => {
                self.report.send_if_modified(|health| {
                    if health.device == DeviceState::Works && health.sound_fault.is_none() {
                        return false;
                    }
                    tracing::info!("the sound device works");
                    health.device = DeviceState::Works;
                    health.sound_fault = None;
                    true
                });
            }
            SinkHealth::Failed(error) => self.note_sound(error),
        }
    }

    fn note_sound(&self, error: &AudioError) {
        self.report.send_if_modified(|health| {
            if health.device == DeviceState::Absent {
                return false;
            }
            let fault = Fault::from_error(FaultCode::SoundUnavailable, error);
            tracing::warn!(code = %fault.code, chain = %fault.chain, "no sound; prompts are on the screen only");
            health.device = DeviceState::Absent;
            health.sound_fault = Some(fault);
            true
        });
    }
}

/// Takes what comes next out of `state`; `epoch` is that up to which silence was carried out, `is_due` whether
/// the reading has something to do.
fn take_work(state: &mut State, epoch: u64, is_due: bool) -> Option<Work> {
    if state.stopping {
        return Some(Work::Stop);
    }
    if state.epoch != epoch {
        return Some(Work::Silence(state.epoch));
    }
    if let Some(chime) = state.chime.take() {
        return Some(Work::Chime(chime));
    }
    let epoch = state.epoch;
    // Before a prompt: a reading that is to be paused must not show as read while the prompt speaks.
    if state.wishes.is_pending() {
        return Some(Work::Wishes(std::mem::take(&mut state.wishes)));
    }
    if let Some((priority, utterance)) = state.queue.pop() {
        return Some(Work::Say(priority, utterance, epoch));
    }
    is_due.then_some(Work::Read(epoch))
}
