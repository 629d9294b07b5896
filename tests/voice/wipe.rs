// SPDX-License-Identifier: GPL-3.0-only
//! Nothing that was said is left in memory: the memory of this process is searched.

use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead, Read, Seek, SeekFrom};

use zeroize::Zeroize;

use super::*;

/// The words, masked so that the search does not find its own pattern. Unmasked: a name of 24 letters.
const MASK: u8 = 0x13;
const MASKED: &[u8; 24] = b"~rarptrgavg~fgvtc|r\x7fy`~t";

/// Builds the words in one allocation.
fn words() -> String {
    let mut words = String::with_capacity(MASKED.len());
    for byte in MASKED {
        words.push(char::from(black_box(*byte) ^ MASK));
    }
    words
}

/// How often the words are in the writable memory of this process.
fn count_in_memory() -> usize {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let mut memory = File::open("/proc/self/mem").unwrap();
    let mut found = 0;
    let mut buffer = Vec::new();
    for line in maps.lines() {
        let mut fields = line.split(' ');
        let (Some((from, to)), Some(rights)) = (fields.next().and_then(|range| range.split_once('-')), fields.next())
        else {
            continue;
        };
        let from = u64::from_str_radix(from, 16).unwrap();
        let to = u64::from_str_radix(to, 16).unwrap();
        if !rights.starts_with("rw") || to - from > 256 << 20 {
            continue;
        }
        // Wiped before it is filled again: what was found once must not be found in here.
        buffer.zeroize();
        memory.seek(SeekFrom::Start(from)).unwrap();
        if memory.by_ref().take(to - from).read_to_end(&mut buffer).is_err() {
            continue;
        }
        found += count_words(&buffer);
    }
    buffer.zeroize();
    found
}

/// How often the words are in `bytes`; jumps from one first letter to the next, for speed.
fn count_words(mut bytes: &[u8]) -> usize {
    let mut found = 0;
    while bytes.skip_until(MASKED[0] ^ MASK).unwrap() > 0 {
        let rest = bytes.iter().zip(&MASKED[1..]);
        let is_whole = bytes.len() >= MASKED.len() - 1;
        found += usize::from(is_whole && rest.into_iter().all(|(byte, masked)| byte ^ MASK == *masked));
    }
    found
}

#[test]
fn silence_wipes_what_was_said_and_what_waited() {
    let seen = Arc::new(Mutex::new(VecDeque::new()));
    let voice = voice_with(Recorder::default(), Slow(Arc::clone(&seen)));
    voice.say(Utterance::new(VoiceLanguage::En, Urgency::Urgent, vec![words()]));
    wait_for(&seen, "reads");
    voice.say(Utterance::new(VoiceLanguage::En, Urgency::Normal, vec![words()]));
    voice.say(Utterance::new(VoiceLanguage::En, Urgency::Urgent, vec![words()]));
    assert!(count_in_memory() >= 3, "the search does not find what is there");
    let silenced = Instant::now();
    voice.silence();
    wait_for(&seen, "cancelled");
    // The thread wipes right after; it gets the second that the end of a session allows.
    let mut left = count_in_memory();
    while left > 0 && silenced.elapsed() < ms(1000) {
        std::thread::yield_now();
        left = count_in_memory();
    }
    assert_eq!(left, 0, "copies are left in memory");
}

#[test]
fn silence_wipes_what_was_read() {
    let seen = Arc::new(Mutex::new(VecDeque::new()));
    let voice = voice_with(Recorder::default(), Slow(Arc::clone(&seen)));
    voice.read(Utterance::new(VoiceLanguage::En, Urgency::Normal, vec![words(), words()]));
    wait_for(&seen, "reads");
    // One that is paused, with its words before the engine, and one that was not begun.
    voice.pause();
    wait_for(&seen, "cancelled");
    assert!(count_in_memory() >= 3, "the search does not find what is there");
    voice.read(Utterance::new(VoiceLanguage::En, Urgency::Normal, vec![words()]));
    let silenced = Instant::now();
    voice.silence();
    let mut left = count_in_memory();
    while left > 0 && silenced.elapsed() < ms(1000) {
        std::thread::yield_now();
        left = count_in_memory();
    }
    assert_eq!(left, 0, "copies are left in memory");
}
