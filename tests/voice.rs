// SPDX-License-Identifier: GPL-3.0-only
//! The voice as the program uses it: what is heard, in which order, and what is left behind.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panic, like tests")]

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use doorstep::devices::voice::{
    DeviceState, EspeakNg, NoEngine, SpeechEngine, SpeechError, Speed, Urgency, Utterance, Voice, VoiceLanguage,
    VoiceParts,
};
use doorstep::protocol::FaultCode;
use doorstep_drivers::audio::{
    AudioError, AudioSink, Channel, Clip, NullSink, ReopeningSink, SinkHealth, Volume, system_clock,
};

/// How long a test waits for the voice's thread before it fails.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the recording sink was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Play(Channel, Duration),
    Stop(Channel),
    Duck(bool),
}

#[derive(Default)]
struct Ears {
    told: Vec<Told>,
    /// Whether the prompt channel sounds until a test ends it.
    prompt_sounds: bool,
}

/// A sink whose clips last until the test lets them end.
#[derive(Clone, Default)]
struct Recorder {
    ears: Arc<(Mutex<Ears>, Condvar)>,
}

impl Recorder {
    fn note(&self, told: Told) {
        let mut ears = self.ears.0.lock().unwrap();
        match told {
            Told::Play(Channel::Prompt, _) => ears.prompt_sounds = true,
            Told::Stop(Channel::Prompt) => ears.prompt_sounds = false,
            _ => {}
        }
        ears.told.push(told);
        self.ears.1.notify_all();
    }

    /// Waits until `wanted` holds for what was told so far.
    fn until(&self, what: &str, wanted: impl Fn(&[Told]) -> bool) -> Vec<Told> {
        let guard = self.ears.0.lock().unwrap();
        let (guard, result) = self.ears.1.wait_timeout_while(guard, PATIENCE, |ears| !wanted(&ears.told)).unwrap();
        assert!(!result.timed_out(), "{what} did not happen: {:?}", guard.told);
        guard.told.clone()
    }

    fn end_clip(&self) {
        self.ears.0.lock().unwrap().prompt_sounds = false;
    }

    fn prompts(told: &[Told]) -> Vec<Duration> {
        told.iter()
            .filter_map(|told| match told {
                Told::Play(Channel::Prompt, length) => Some(*length),
                _ => None,
            })
            .collect()
    }
}

impl AudioSink for Recorder {
    fn play(&mut self, channel: Channel, clip: &Clip) -> Result<(), AudioError> {
        self.note(Told::Play(channel, clip.duration()));
        Ok(())
    }
    fn remaining(&mut self, channel: Channel) -> Duration {
        let sounds = channel == Channel::Prompt && self.ears.0.lock().unwrap().prompt_sounds;
        if sounds { Duration::from_millis(5) } else { Duration::ZERO }
    }
    fn stop(&mut self, channel: Channel) {
        self.note(Told::Stop(channel));
    }
    fn set_volume(&mut self, _: Volume) {}
    fn duck(&mut self, ducked: bool) {
        self.note(Told::Duck(ducked));
    }
    fn health(&self) -> SinkHealth<'_> {
        SinkHealth::Works
    }
}

/// An engine whose clip lasts as many milliseconds as the text says: "200 ms" and so on.
struct Metronome;

impl SpeechEngine for Metronome {
    fn read(&mut self, text: &str, _: VoiceLanguage, _: Speed, _: &dyn Fn() -> bool) -> Result<Clip, SpeechError> {
        let millis: usize = text.trim_end_matches(" ms").parse().unwrap();
        Clip::from_samples(vec![0.1; millis], 1000.try_into().unwrap()).map_err(SpeechError::Sound)
    }
}

fn voice_with(sink: impl AudioSink + 'static, engine: impl SpeechEngine + 'static) -> Voice {
    Voice::start_with(VoiceParts { sink: Box::new(sink), engine: Box::new(engine), volume: Volume::from_percent(100) })
}

fn say(voice: &Voice, urgency: Urgency, segments: &[&str]) {
    let segments = segments.iter().map(|&segment| segment.to_owned()).collect();
    voice.say(Utterance::new(VoiceLanguage::En, urgency, segments));
}

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn a_newer_prompt_replaces_the_waiting_one_and_urgent_cuts_off() {
    let recorder = Recorder::default();
    let voice = voice_with(recorder.clone(), Metronome);
    say(&voice, Urgency::Normal, &["101 ms"]);
    recorder.until("the first prompt", |told| Recorder::prompts(told) == [ms(101)]);
    // While it speaks: two that wait, of which the first is replaced; then one that cuts off.
    say(&voice, Urgency::Normal, &["102 ms"]);
    say(&voice, Urgency::Normal, &["103 ms"]);
    say(&voice, Urgency::Urgent, &["201 ms"]);
    let told = recorder.until("the urgent prompt", |told| Recorder::prompts(told) == [ms(101), ms(201)]);
    assert!(told.contains(&Told::Stop(Channel::Prompt)), "the first was not cut off");
    // An urgent one does not cut off an urgent one.
    say(&voice, Urgency::Urgent, &["202 ms"]);
    recorder.end_clip();
    recorder.until("the second urgent prompt", |told| Recorder::prompts(told) == [ms(101), ms(201), ms(202)]);
    recorder.end_clip();
    recorder.until("the waiting prompt", |told| Recorder::prompts(told) == [ms(101), ms(201), ms(202), ms(103)]);
}

#[test]
fn the_background_is_ducked_only_while_a_prompt_speaks() {
    let recorder = Recorder::default();
    let voice = voice_with(recorder.clone(), Metronome);
    say(&voice, Urgency::Normal, &["50 ms"]);
    let told = recorder.until("the prompt", |told| !Recorder::prompts(told).is_empty());
    assert_eq!(told[..2], [Told::Duck(true), Told::Play(Channel::Prompt, ms(50))]);
    recorder.end_clip();
    recorder.until("the end of ducking", |told| told.last() == Some(&Told::Duck(false)));
}

#[cfg(feature = "sound")]
#[test]
fn a_chime_sounds_beside_a_prompt() {
    let recorder = Recorder::default();
    let voice = voice_with(recorder.clone(), Metronome);
    say(&voice, Urgency::Normal, &["50 ms"]);
    recorder.until("the prompt", |told| !Recorder::prompts(told).is_empty());
    voice.chime(doorstep::devices::voice::Chime::Attention);
    let told = recorder.until("the chime", |told| matches!(told.last(), Some(Told::Play(Channel::Background, _))));
    assert!(!told.contains(&Told::Stop(Channel::Prompt)), "the prompt was cut off");
}

#[test]
fn silence_stops_within_a_fraction_of_a_second_and_forgets_what_waits() {
    let recorder = Recorder::default();
    let voice = voice_with(recorder.clone(), Metronome);
    say(&voice, Urgency::Normal, &["101 ms", "102 ms"]);
    recorder.until("the prompt", |told| !Recorder::prompts(told).is_empty());
    say(&voice, Urgency::Normal, &["103 ms"]);
    let begun = Instant::now();
    voice.silence();
    recorder.until("the stop", |told| told.ends_with(&[Told::Stop(Channel::Prompt), Told::Stop(Channel::Background)]));
    assert!(begun.elapsed() < ms(1000), "{:?}", begun.elapsed());
    // What is said afterwards is heard, what was said before is not.
    say(&voice, Urgency::Normal, &["104 ms"]);
    let told = recorder.until("a new prompt", |told| Recorder::prompts(told).contains(&ms(104)));
    assert_eq!(Recorder::prompts(&told), [ms(101), ms(104)]);
}

/// Tells when the engine's text was let go of.
struct Slow(Arc<Mutex<VecDeque<&'static str>>>);

impl SpeechEngine for Slow {
    fn read(&mut self, _: &str, _: VoiceLanguage, _: Speed, cancelled: &dyn Fn() -> bool) -> Result<Clip, SpeechError> {
        self.0.lock().unwrap().push_back("reads");
        let begun = Instant::now();
        while !cancelled() {
            assert!(begun.elapsed() < PATIENCE, "never cancelled");
            std::thread::yield_now();
        }
        self.0.lock().unwrap().push_back("cancelled");
        Err(SpeechError::Cancelled)
    }
}

fn wait_for(seen: &Mutex<VecDeque<&'static str>>, wanted: &'static str) {
    let begun = Instant::now();
    while seen.lock().unwrap().pop_front() != Some(wanted) {
        assert!(begun.elapsed() < PATIENCE, "{wanted}");
        std::thread::yield_now();
    }
}

#[tokio::test]
async fn silence_and_stop_cancel_an_engine_at_work() {
    let seen = Arc::new(Mutex::new(VecDeque::new()));
    let voice = voice_with(Recorder::default(), Slow(Arc::clone(&seen)));
    say(&voice, Urgency::Normal, &["a name"]);
    wait_for(&seen, "reads");
    voice.silence();
    wait_for(&seen, "cancelled");
    say(&voice, Urgency::Normal, &["a name"]);
    wait_for(&seen, "reads");
    let health = voice.health();
    voice.stop().await;
    wait_for(&seen, "cancelled");
    assert!(health.has_changed().is_err(), "the thread lives on");
    assert_eq!(health.borrow().speech_fault, None, "a cancellation is no fault");
}

#[tokio::test]
async fn without_a_device_nothing_fails_and_health_says_so() {
    let absent =
        ReopeningSink::new(Box::new(|| Err(AudioError::NoDevice { source: "nothing there".into() })), system_clock());
    let voice = voice_with(absent, Metronome);
    let mut health = voice.health();
    let seen = tokio::time::timeout(PATIENCE, health.wait_for(|health| health.sound_fault.is_some())).await;
    let seen = seen.unwrap().unwrap().clone();
    assert_eq!(seen.device, DeviceState::Absent);
    let fault = seen.sound_fault.unwrap();
    assert_eq!(fault.code, FaultCode::SoundUnavailable);
    assert_eq!(fault.chain, "no sound device was found: nothing there");
    say(&voice, Urgency::Urgent, &["20 ms"]);
    voice.stop().await;
}

#[tokio::test]
async fn a_text_without_recording_and_engine_is_one_typed_fault_without_the_text() {
    for engine in
        [Box::new(NoEngine) as Box<dyn SpeechEngine>, Box::new(EspeakNg::with_program("/nonexistent/espeak-ng".into()))]
    {
        let sink = Box::new(NullSink::new(system_clock()));
        let voice = Voice::start_with(VoiceParts { sink, engine, volume: Volume::default() });
        let mut health = voice.health();
        say(&voice, Urgency::Normal, &["Zhang Weiming", "13800001111x"]);
        let seen = tokio::time::timeout(PATIENCE, health.wait_for(|health| health.speech_fault.is_some())).await;
        let fault = seen.unwrap().unwrap().speech_fault.clone().unwrap();
        assert_eq!(fault.code, FaultCode::SpeechUnavailable);
        assert!(!fault.chain.contains("Zhang") && !fault.chain.contains("1380"), "{}", fault.chain);
        voice.stop().await;
    }
}

/// With an emptied search path: the variable can only be set for another process.
#[test]
fn without_espeak_ng_on_the_search_path_the_fault_is_typed() {
    const INNER: &str = "VOICE_TEST_INNER";
    if std::env::var_os(INNER).is_some() {
        let error = EspeakNg::new().read("您好", VoiceLanguage::Zh, Speed::Normal, &|| false).unwrap_err();
        assert!(matches!(error, SpeechError::Start(_)), "{error:?}");
        return;
    }
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "without_espeak_ng_on_the_search_path_the_fault_is_typed"])
        .env(INNER, "1")
        .env("PATH", "/nonexistent")
        .status()
        .unwrap();
    assert!(status.success());
}

#[cfg(feature = "sound")]
#[path = "voice/recordings.rs"]
mod recordings;

#[path = "voice/wipe.rs"]
mod wipe;

#[path = "voice/reading.rs"]
mod reading;
