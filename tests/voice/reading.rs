// SPDX-License-Identifier: GPL-3.0-only
//! A long text read aloud: pause, go on, repeat, speed, and what the screen is told.

use doorstep::devices::voice::{ReadingState, ResumeAt};
use tokio::sync::watch;

use super::*;

/// A sink whose clip sounds as long as the test says.
#[derive(Clone, Default)]
struct Deck {
    state: Arc<(Mutex<Tape>, Condvar)>,
}

#[derive(Default)]
struct Tape {
    /// Lengths of all clips of the prompt channel but pauses.
    played: Vec<Duration>,
    remaining: Duration,
    absent: bool,
}

impl Deck {
    /// Waits until so many clips were played, and gives their lengths.
    fn played(&self, count: usize) -> Vec<Duration> {
        let tape = self.state.0.lock().unwrap();
        let (tape, result) = self.state.1.wait_timeout_while(tape, PATIENCE, |tape| tape.played.len() < count).unwrap();
        assert!(!result.timed_out(), "{count} clips were not played: {:?}", tape.played);
        tape.played.clone()
    }

    /// How much of the clip is left; zero lets the voice go on.
    fn left(&self, remaining: Duration) {
        self.state.0.lock().unwrap().remaining = remaining;
    }

    fn absent(&self, absent: bool) {
        self.state.0.lock().unwrap().absent = absent;
    }
}

impl AudioSink for Deck {
    fn play(&mut self, channel: Channel, clip: &Clip) -> Result<(), AudioError> {
        let mut tape = self.state.0.lock().unwrap();
        if tape.absent {
            return Err(AudioError::NoDevice { source: "unplugged".into() });
        }
        // Pauses are silent and end at once.
        if channel == Channel::Prompt && clip.samples().iter().any(|sample| *sample != 0.0) {
            tape.played.push(clip.duration());
            tape.remaining = clip.duration();
            self.state.1.notify_all();
        }
        Ok(())
    }
    fn remaining(&mut self, channel: Channel) -> Duration {
        if channel == Channel::Prompt { self.state.0.lock().unwrap().remaining } else { Duration::ZERO }
    }
    fn stop(&mut self, channel: Channel) {
        if channel == Channel::Prompt {
            self.left(Duration::ZERO);
        }
    }
    fn set_volume(&mut self, _: Volume) {}
    fn duck(&mut self, _: bool) {}
    fn health(&self) -> SinkHealth<'_> {
        SinkHealth::Works
    }
}

/// Reads a text of n letters for n seconds, or at another speed for half or double of it.
#[derive(Clone, Default)]
struct Narrator(Arc<Mutex<Vec<(String, VoiceLanguage)>>>);

impl SpeechEngine for Narrator {
    fn read(
        &mut self,
        text: &str,
        language: VoiceLanguage,
        speed: Speed,
        _: &dyn Fn() -> bool,
    ) -> Result<Clip, SpeechError> {
        self.0.lock().unwrap().push((text.to_owned(), language));
        let halves = match speed {
            Speed::Slow => 4,
            Speed::Normal => 2,
            Speed::Fast => 1,
        };
        let samples = text.chars().count() * halves * 50;
        Clip::from_samples(vec![0.1; samples], 100.try_into().unwrap()).map_err(SpeechError::Sound)
    }
}

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn read(voice: &Voice, segments: &[&str]) {
    let segments = segments.iter().map(|&segment| segment.to_owned()).collect();
    voice.read(Utterance::new(VoiceLanguage::En, Urgency::Normal, segments));
}

async fn until(states: &mut watch::Receiver<ReadingState>, wanted: ReadingState) {
    let came = tokio::time::timeout(PATIENCE, states.wait_for(|state| *state == wanted)).await.is_ok();
    assert!(came, "{wanted:?} did not come: {:?}", *states.borrow());
}

#[tokio::test]
async fn each_segment_is_told_and_the_end() {
    let (deck, narrator) = (Deck::default(), Narrator::default());
    let voice = voice_with(deck.clone(), narrator.clone());
    let mut states = voice.reading();
    assert_eq!(*states.borrow(), ReadingState::Idle);
    read(&voice, &["one", "…", "three 50% of 国发〔2014〕8号"]);
    until(&mut states, ReadingState::Reading { segment: 0, of: 3 }).await;
    deck.played(1);
    deck.left(ms(0));
    // A segment without a word counts, and the screen's numbers stay right.
    until(&mut states, ReadingState::Reading { segment: 2, of: 3 }).await;
    for clips in 2..=3 {
        deck.played(clips);
        deck.left(ms(0));
    }
    until(&mut states, ReadingState::Done { of: 3 }).await;
    let owned = |text: &str, language| (text.to_owned(), language);
    assert_eq!(
        *narrator.0.lock().unwrap(),
        [
            owned("one", VoiceLanguage::En),
            owned("three 50% of", VoiceLanguage::En),
            owned("国发，二零一四，八号", VoiceLanguage::Zh)
        ]
    );
}

#[tokio::test]
async fn a_paused_reading_goes_on_at_its_place_or_at_the_start_of_its_segment() {
    let deck = Deck::default();
    let voice = voice_with(deck.clone(), Narrator::default());
    let mut states = voice.reading();
    read(&voice, &["ten letter", "two"]);
    assert_eq!(deck.played(1), [s(10)]);
    deck.left(s(4));
    voice.pause();
    until(&mut states, ReadingState::Paused { segment: 0, of: 2 }).await;
    assert_eq!(deck.state.0.lock().unwrap().remaining, Duration::ZERO, "it still sounds");
    voice.resume(ResumeAt::Place);
    until(&mut states, ReadingState::Reading { segment: 0, of: 2 }).await;
    assert_eq!(deck.played(2)[1], ms(4250), "the word in which it was paused is heard again");
    // Paused again within the rest: the place is still right.
    deck.left(s(3));
    voice.pause();
    until(&mut states, ReadingState::Paused { segment: 0, of: 2 }).await;
    voice.resume(ResumeAt::Place);
    assert_eq!(deck.played(3)[2], ms(3250));
    voice.pause();
    until(&mut states, ReadingState::Paused { segment: 0, of: 2 }).await;
    voice.resume(ResumeAt::Segment);
    assert_eq!(deck.played(4)[3], s(10));
    deck.left(ms(0));
    assert_eq!(deck.played(5)[4], s(3));
}

#[tokio::test]
async fn it_can_be_repeated_stopped_and_replaced() {
    let deck = Deck::default();
    let voice = voice_with(deck.clone(), Narrator::default());
    let mut states = voice.reading();
    read(&voice, &["a b", "four"]);
    deck.played(1);
    deck.left(ms(0));
    assert_eq!(deck.played(2), [s(3), s(4)]);
    voice.repeat();
    assert_eq!(deck.played(3)[2], s(3));
    deck.left(ms(0));
    deck.played(4);
    deck.left(ms(0));
    until(&mut states, ReadingState::Done { of: 2 }).await;
    voice.repeat();
    assert_eq!(deck.played(5)[4], s(3));
    read(&voice, &["other text"]);
    assert_eq!(deck.played(6)[5], s(10));
    until(&mut states, ReadingState::Reading { segment: 0, of: 1 }).await;
    voice.stop_reading();
    until(&mut states, ReadingState::Idle).await;
    // Nothing is left to go on with.
    voice.repeat();
    read(&voice, &["x y"]);
    assert_eq!(deck.played(7)[6], s(3));
}

#[tokio::test]
async fn another_speed_begins_the_segment_again() {
    let deck = Deck::default();
    let voice = voice_with(deck.clone(), Narrator::default());
    voice.set_speed(Speed::Slow);
    read(&voice, &["four", "three"]);
    assert_eq!(deck.played(1), [s(8)]);
    deck.left(s(1));
    voice.set_speed(Speed::Fast);
    assert_eq!(deck.played(2)[1], s(2));
    // The same speed again changes nothing.
    voice.set_speed(Speed::Fast);
    deck.left(ms(0));
    assert_eq!(deck.played(3)[2], ms(2500));
    // Prompts keep their speed, and the next resident gets the usual one.
    voice.silence();
    read(&voice, &["four"]);
    assert_eq!(deck.played(4)[3], s(4));
}

#[tokio::test]
async fn a_prompt_cuts_in_and_the_sentence_begins_again() {
    let deck = Deck::default();
    let voice = voice_with(deck.clone(), Narrator::default());
    let mut states = voice.reading();
    read(&voice, &["seven s"]);
    assert_eq!(deck.played(1), [s(7)]);
    deck.left(s(2));
    say(&voice, Urgency::Normal, &["hear me"]);
    assert_eq!(deck.played(2)[1], s(7), "the prompt");
    assert_eq!(*states.borrow_and_update(), ReadingState::Reading { segment: 0, of: 1 });
    deck.left(ms(0));
    assert_eq!(deck.played(3)[2], s(7), "the sentence");
    // A paused reading stays paused after a prompt.
    voice.pause();
    until(&mut states, ReadingState::Paused { segment: 0, of: 1 }).await;
    say(&voice, Urgency::Urgent, &["hi"]);
    assert_eq!(deck.played(4)[3], s(2));
    deck.left(ms(0));
    voice.resume(ResumeAt::Place);
    assert_eq!(deck.played(5)[4], s(7));
}

#[tokio::test]
async fn without_an_engine_it_says_so_and_keeps_its_place() {
    for engine in
        [Box::new(NoEngine) as Box<dyn SpeechEngine>, Box::new(EspeakNg::with_program("/nonexistent/espeak-ng".into()))]
    {
        let voice =
            Voice::start_with(VoiceParts { sink: Box::new(Deck::default()), engine, volume: Volume::default() });
        let (mut states, health) = (voice.reading(), voice.health());
        read(&voice, &["…", "Zhang Weiming gets 100 yuan", "and so on"]);
        until(&mut states, ReadingState::Unable { segment: 1, of: 3 }).await;
        let fault = health.borrow().speech_fault.clone().unwrap();
        assert_eq!(fault.code, FaultCode::SpeechUnavailable);
        assert!(!format!("{fault:?}").contains("Zhang"));
        voice.stop().await;
    }
}

#[tokio::test]
async fn without_a_loudspeaker_it_says_so_and_goes_on_when_it_is_back() {
    let deck = Deck::default();
    let voice = voice_with(deck.clone(), Narrator::default());
    let mut states = voice.reading();
    read(&voice, &["four", "three"]);
    deck.played(1);
    deck.absent(true);
    deck.left(ms(0));
    // The silence after the first sentence cannot be played either; the second tells.
    until(&mut states, ReadingState::Unable { segment: 1, of: 2 }).await;
    deck.absent(false);
    voice.resume(ResumeAt::Place);
    assert_eq!(deck.played(2)[1], s(5));
    until(&mut states, ReadingState::Reading { segment: 1, of: 2 }).await;
}

#[tokio::test]
async fn silence_ends_a_reading_also_a_paused_one() {
    let deck = Deck::default();
    let voice = voice_with(deck.clone(), Narrator::default());
    let mut states = voice.reading();
    for paused in [false, true] {
        read(&voice, &["four"]);
        until(&mut states, ReadingState::Reading { segment: 0, of: 1 }).await;
        if paused {
            voice.pause();
            until(&mut states, ReadingState::Paused { segment: 0, of: 1 }).await;
        }
        voice.silence();
        until(&mut states, ReadingState::Idle).await;
        voice.resume(ResumeAt::Place);
    }
    read(&voice, &["a b"]);
    until(&mut states, ReadingState::Reading { segment: 0, of: 1 }).await;
    let last = deck.played(1).last().copied();
    assert!(last == Some(s(3)) || last == Some(s(4)), "{last:?}");
    voice.stop().await;
    assert_eq!(*states.borrow(), ReadingState::Idle);
}

#[test]
fn espeak_ng_is_slower_and_faster_where_it_is_installed() {
    for (text, language) in
        [("年满六十五周岁可以领取津贴", VoiceLanguage::Zh), ("You can apply at the office", VoiceLanguage::En)]
    {
        let mut lengths = Vec::new();
        for speed in [Speed::Slow, Speed::Normal, Speed::Fast] {
            match EspeakNg::new().read(text, language, speed, &|| false) {
                Ok(clip) => lengths.push(clip.duration().as_secs_f64()),
                Err(SpeechError::Start(error)) if error.kind() == std::io::ErrorKind::NotFound => {
                    println!("skipped: espeak-ng is not installed");
                    return;
                }
                Err(error) => panic!("{error:?}"),
            }
        }
        let (slower, faster) = (lengths[0] / lengths[1], lengths[1] / lengths[2]);
        assert!((1.2..1.6).contains(&slower) && (1.2..1.6).contains(&faster), "{lengths:?}");
    }
}
