// SPDX-License-Identifier: GPL-3.0-only
//! The recordings: complete against the words of the screens, and sound in themselves.

use std::path::{Path, PathBuf};
use std::sync::mpsc;

use doorstep::devices::voice::{Chime, ClipLibrary, normalise, recorded};
use doorstep_drivers::audio::{FileSink, wav};

use super::*;

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A file sink that tells when an utterance has ended.
struct Telling(FileSink, mpsc::Sender<()>);

impl AudioSink for Telling {
    fn play(&mut self, channel: Channel, clip: &Clip) -> Result<(), AudioError> {
        self.0.play(channel, clip)
    }
    fn remaining(&mut self, channel: Channel) -> Duration {
        self.0.remaining(channel)
    }
    fn stop(&mut self, channel: Channel) {
        self.0.stop(channel);
    }
    fn set_volume(&mut self, volume: Volume) {
        self.0.set_volume(volume);
    }
    fn duck(&mut self, ducked: bool) {
        self.0.duck(ducked);
        if !ducked {
            let _ = self.1.send(());
        }
    }
    fn health(&self) -> SinkHealth<'_> {
        self.0.health()
    }
}

/// What `segments` sound like, from recordings alone.
async fn heard(segments: &[&str], language: VoiceLanguage) -> wav::Sound {
    let folder = tempfile::tempdir().unwrap();
    // Kept for listening where somebody asks for it.
    let path = std::env::var_os("VOICE_TEST_WAV").map_or_else(|| folder.path().join("heard.wav"), PathBuf::from);
    let (sender, ended) = mpsc::channel();
    let voice = voice_with(Telling(FileSink::new(path.clone()), sender), NoEngine);
    let health = voice.health();
    let segments = segments.iter().map(|&segment| segment.to_owned()).collect();
    voice.say(Utterance::new(language, Urgency::Normal, segments));
    ended.recv_timeout(PATIENCE).unwrap();
    assert_eq!(health.borrow().speech_fault, None, "something has no recording");
    voice.stop().await;
    wav::decode(&std::fs::read(path).unwrap()).unwrap()
}

fn seconds(sound: &wav::Sound) -> f64 {
    f64::from(u32::try_from(sound.samples.len()).unwrap()) / f64::from(sound.rate.get())
}

#[tokio::test]
async fn a_plate_is_heard_in_full_from_recordings() {
    let plate = ["京", "A", "1", "2", "3", "4", "5"];
    let whole =
        heard(&[&["有车来接您了", "", "车牌号"][..], &plate, &["大约", "3", "分钟到"]].concat(), VoiceLanguage::Zh)
            .await;
    assert!((5.0..14.0).contains(&seconds(&whole)), "{} s", seconds(&whole));
    let peak = whole.samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    assert!((0.2..0.95).contains(&peak), "peak {peak}");
    // No hole longer than the pause after a phrase with the soft ends of two clips: nothing was left out.
    let mut quiet = 0_u32;
    let longest = whole.samples.iter().fold(0, |longest, sample| {
        quiet = if sample.abs() < 0.005 { quiet + 1 } else { 0 };
        longest.max(quiet)
    });
    assert!(f64::from(longest) / f64::from(whole.rate.get()) < 0.6, "{longest} quiet samples");
}

#[tokio::test]
async fn one_in_a_plate_sounds_other_than_one_minute() {
    let plate = heard(&["A", "1"], VoiceLanguage::Zh).await;
    let number = heard(&["1"], VoiceLanguage::Zh).await;
    // What the plate ends with, beside 一: the same recording would differ by nothing.
    let tail = plate.samples.iter().rev().zip(number.samples.iter().rev());
    let difference: f32 = tail.map(|(one, other)| (one - other).abs()).sum();
    assert!(difference > 100.0, "difference {difference}");
    let digit = heard(&["A", "2"], VoiceLanguage::Zh).await;
    let alone = heard(&["2"], VoiceLanguage::Zh).await;
    let same: f32 =
        digit.samples.iter().rev().zip(alone.samples.iter().rev()).map(|(one, other)| (one - other).abs()).sum();
    assert!(same < 1.0, "difference {same}");
}

#[test]
fn every_recording_is_sound_and_indexed_as_it_is_looked_up() {
    let library = ClipLibrary::built_in();
    for (language, text) in recorded() {
        assert_eq!(normalise(text), text, "the generator normalises in another way");
        let clip = library.find(language, text).unwrap().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert!((ms(100)..ms(10_000)).contains(&clip.duration()), "{text}: {:?}", clip.duration());
        let voiced = clip.samples().iter().filter(|sample| sample.abs() > 0.02).count();
        assert!(voiced * 5 > clip.samples().len(), "{text} is mostly silent");
    }
    for chime in [Chime::Attention, Chime::Done] {
        assert!(ClipLibrary::chime(chime).unwrap().duration() < ms(2000));
    }
}

#[test]
fn plates_numbers_and_units_have_recordings_in_both_languages() {
    let library = ClipLibrary::built_in();
    let mut texts: Vec<String> = (0..=60).map(|number| number.to_string()).collect();
    texts.extend(('A'..='Z').map(String::from));
    let provinces = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";
    assert_eq!(provinces.chars().count(), 31);
    texts.extend(provinces.chars().map(String::from));
    for language in [VoiceLanguage::Zh, VoiceLanguage::En] {
        for text in &texts {
            assert!(library.has(language, text), "{language:?} {text}");
        }
    }
    for text in ["分钟", "秒", "幺", "两"] {
        assert!(library.has(VoiceLanguage::Zh, text), "{text}");
    }
}

/// The text from `begin` to `end`, both of which must be there.
fn between<'a>(source: &'a str, begin: &str, end: &str) -> &'a str {
    let start = source.find(begin).unwrap_or_else(|| panic!("words.slint has no `{begin}` any more"));
    let length = source[start..].find(end).unwrap_or_else(|| panic!("words.slint has no `{end}` any more"));
    &source[start..start + length]
}

/// The strings of all `@tr(…)` without a placeholder; both forms of a plural.
fn translatable(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for call in source.split("@tr(").skip(1) {
        let mut rest = call;
        // A string, and another one after each `|`.
        while let Some((text, after)) = rest.trim_start().strip_prefix('"').and_then(|inside| inside.split_once('"')) {
            if !text.contains('{') {
                found.push(text.to_owned());
            }
            let Some(next) = after.trim_start().strip_prefix('|') else { break };
            rest = next;
        }
    }
    found
}

/// Every English form of `message` in a .po file.
fn english(po: &str, message: &str) -> Vec<String> {
    let head = format!("msgid \"{message}\"");
    let mut lines = po.lines().skip_while(|line| *line != head).skip(1);
    let forms = lines.by_ref().take_while(|line| !line.trim().is_empty()).filter(|line| line.starts_with("msgstr"));
    forms.filter_map(|line| line.split_once('"')?.1.strip_suffix('"').map(str::to_owned)).collect()
}

#[test]
fn every_fixed_segment_of_words_slint_has_a_clip() {
    let words = repository("ui/slint/words.slint");
    let Ok(source) = std::fs::read_to_string(&words) else {
        println!("skipped: {} does not exist yet", words.display());
        return;
    };
    let po = std::fs::read_to_string(repository("assets/lang/en/LC_MESSAGES/doorstep-ui.po")).unwrap();
    // The segments of prompts, without the sentences that are only read; and what they take from Wording.
    let mut phrases = translatable(between(&source, "global Speech", "property <string> plate-line"));
    phrases.extend(translatable(between(&source, "function problem(", "function can-hail-again")));
    let slint = |name: &str| std::fs::read_to_string(repository(name)).unwrap();
    let (speech, words) = (slint("ui/slint/speech-library.slint"), slint("ui/slint/words-library.slint"));
    phrases.extend(translatable(between(&speech, "global LibrarySpeech", "property <string> summary")));
    phrases.extend(translatable(between(&words, "function block(", "function way-out-counted")));
    let (speech, words) = (slint("ui/slint/speech-policy.slint"), slint("ui/slint/words-policy.slint"));
    phrases.extend(translatable(between(&speech, "global PolicySpeech", "function line-of(")));
    phrases.extend(translatable(between(&words, "function hint(", "function cards(")));
    assert!(phrases.len() > 40, "only {} phrases: the form of words.slint changed", phrases.len());
    let library = ClipLibrary::built_in();
    let mut missing = Vec::new();
    for phrase in &phrases {
        if !library.has(VoiceLanguage::Zh, &normalise(phrase)) {
            missing.push(phrase.clone());
        }
        let forms = english(&po, phrase);
        assert!(!forms.is_empty(), "{phrase} is not translated");
        missing.extend(forms.into_iter().filter(|form| !library.has(VoiceLanguage::En, &normalise(form))));
    }
    assert!(missing.is_empty(), "no recording; run assets/sounds/generate.sh: {missing:?}");
}
