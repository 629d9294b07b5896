// SPDX-License-Identifier: MIT OR Apache-2.0
//! Scanners that type ("keyboard wedge"). Such a scanner cannot type Chinese; set it to serial or HID-POS for that.

use std::time::{Duration, Instant};

use super::rules::CodeBuffer;
use super::{CodeDecoder, CodeInbox, CodeRules, Scanner, ScannerCommands};
use crate::input::{InputEvent, InputEventReader, KeyTyper, Typed};
use crate::transport::BytePipe;

/// How a typing scanner is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyboardOptions {
    /// Longest pause between two keys of a code. After it what was typed is dropped, or is the code when
    /// [`KeyboardOptions::ends_by_gap`].
    pub key_gap: Duration,
    /// The scanner types neither Enter nor tab at the end of a code.
    pub ends_by_gap: bool,
    /// What counts as a code.
    pub rules: CodeRules,
}

impl Default for KeyboardOptions {
    fn default() -> Self {
        Self { key_gap: Duration::from_millis(200), ends_by_gap: false, rules: CodeRules::default() }
    }
}

/// Finds codes in the bytes of an event node.
#[derive(Debug)]
pub struct KeyboardDecoder {
    key_gap: Duration,
    ends_by_gap: bool,
    reader: InputEventReader,
    typer: KeyTyper,
    code: CodeBuffer,
    /// When the last key was pressed, by the kernel's clock.
    last_key: Option<Duration>,
    /// When the last byte came, while something is under way.
    last: Option<Instant>,
    inbox: CodeInbox,
}

impl KeyboardDecoder {
    /// For a scanner set up as in `options`.
    #[must_use]
    pub fn new(options: &KeyboardOptions) -> Self {
        Self {
            key_gap: options.key_gap,
            ends_by_gap: options.ends_by_gap,
            reader: InputEventReader::default(),
            typer: KeyTyper::default(),
            code: CodeBuffer::new(),
            last_key: None,
            last: None,
            inbox: CodeInbox::new(options.rules.clone()),
        }
    }

    fn take_event(&mut self, event: &InputEvent, now: Instant) {
        let Some(typed) = self.typer.push(event) else { return };
        // The kernel's own time: a pause is seen even if this program slept through it. Its clock may be set back.
        let pause = self.last_key.and_then(|last| event.time.checked_sub(last));
        if pause.is_some_and(|pause| pause > self.key_gap) && typed != Typed::Lost {
            self.end_by_silence(now);
        }
        self.last_key = Some(event.time);
        match typed {
            Typed::Letter(letter) => self.code.push(letter),
            Typed::End => self.finish(now),
            Typed::Unknown => {
                self.inbox.counters.unknown_keys += 1;
                // Without the key the code would be another one.
                self.code.spoil();
            }
            Typed::Lost => self.code.spoil(),
        }
    }

    fn finish(&mut self, now: Instant) {
        if self.code.is_spoilt() {
            self.inbox.counters.rubbish += 1;
        }
        self.code.finish(None, now, &mut self.inbox);
        self.last_key = None;
    }

    /// A pause was seen.
    fn end_by_silence(&mut self, now: Instant) {
        self.reader.reset();
        if self.code.is_spoilt() || self.ends_by_gap {
            self.finish(now);
        } else {
            self.inbox.counters.unfinished += u64::from(!self.code.is_empty());
            self.code.clear();
        }
        self.last_key = None;
        self.last = None;
    }
}

impl CodeDecoder for KeyboardDecoder {
    const NAME: &'static str = "typing scanner";

    fn push(&mut self, bytes: &[u8], now: Instant) {
        for byte in bytes {
            if let Some(event) = self.reader.push(*byte) {
                self.take_event(&event, now);
            }
        }
        let under_way = self.reader.is_partial() || !self.code.is_empty();
        self.last = under_way.then_some(now);
    }

    fn idle(&mut self, now: Instant) {
        if self.due().is_some_and(|due| due <= now) {
            self.end_by_silence(now);
        }
        self.inbox.idle(now);
    }

    fn due(&self) -> Option<Instant> {
        self.last.map(|last| last + self.key_gap)
    }

    fn reset(&mut self) {
        // Shift and caps lock stay: the keys are held or not, whatever the program forgets.
        self.reader.reset();
        self.code.clear();
        self.last_key = None;
        self.last = None;
    }

    fn inbox(&mut self) -> &mut CodeInbox {
        &mut self.inbox
    }

    fn inbox_ref(&self) -> &CodeInbox {
        &self.inbox
    }
}

/// A scanner that types.
pub type KeyboardScanner = Scanner<KeyboardDecoder>;

impl KeyboardScanner {
    /// A scanner whose events come from `pipe`: `EvdevPipe` (feature `input`), or a recording.
    #[must_use]
    pub fn new(pipe: Box<dyn BytePipe>, options: &KeyboardOptions) -> Self {
        Self::with_decoder(pipe, KeyboardDecoder::new(options), ScannerCommands::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::keys_for;

    const ENTER: u16 = 28;

    /// Types on a made-up keyboard, one key every `step`.
    struct Hands {
        clock: Duration,
        step: Duration,
        bytes: Vec<u8>,
    }

    impl Hands {
        fn new() -> Self {
            Self { clock: Duration::from_secs(1_700_000_000), step: Duration::from_millis(4), bytes: Vec::new() }
        }

        fn event(&mut self, event: InputEvent) {
            self.bytes.extend(event.to_bytes());
        }

        fn keys(&mut self, keys: &[u16]) {
            self.clock += self.step;
            for key in keys {
                self.event(InputEvent::key(*key, true, self.clock));
                self.event(InputEvent::report(self.clock));
            }
            for key in keys.iter().rev() {
                self.event(InputEvent::key(*key, false, self.clock));
                self.event(InputEvent::report(self.clock));
            }
        }

        fn text(&mut self, text: &str) {
            for letter in text.bytes() {
                self.keys(&keys_for(letter).unwrap());
            }
        }
    }

    fn decoder(ends_by_gap: bool) -> (KeyboardDecoder, Instant) {
        let mut options = KeyboardOptions { ends_by_gap, ..KeyboardOptions::default() };
        options.rules.repeat_window = Duration::ZERO;
        (KeyboardDecoder::new(&options), Instant::now())
    }

    fn codes(decoder: &mut KeyboardDecoder) -> Vec<String> {
        let text = |code: super::super::Barcode| code.text().map(|text| text.expose().clone()).unwrap_or_default();
        std::iter::from_fn(|| decoder.inbox().take()).map(text).collect()
    }

    #[test]
    fn what_is_typed_is_read_however_the_bytes_are_cut() {
        let mut hands = Hands::new();
        hands.text("https://Example.org/?q=A_b&c\x1D21\rLIB-0042\r");
        for size in [1, 7, 24, 1000] {
            let (mut decoder, now) = decoder(false);
            for chunk in hands.bytes.chunks(size) {
                decoder.push(chunk, now);
            }
            assert_eq!(codes(&mut decoder), ["https://Example.org/?q=A_b&c\x1D21", "LIB-0042"], "in {size}");
        }
    }

    #[test]
    fn a_pause_drops_what_was_typed_or_ends_it() {
        let mut hands = Hands::new();
        hands.text("110");
        hands.clock += Duration::from_millis(300);
        hands.text("A1\r");
        let (mut with_enter, now) = decoder(false);
        with_enter.push(&hands.bytes, now);
        assert_eq!(codes(&mut with_enter), ["A1"]);
        assert_eq!(with_enter.inbox.counters.unfinished, 1);
        let (mut without, now) = decoder(true);
        without.push(&hands.bytes, now);
        assert_eq!(codes(&mut without), ["110", "A1"]);
        // The pause may be seen on the wire alone.
        let mut hands = Hands::new();
        hands.text("B2");
        without.push(&hands.bytes, now);
        without.idle(now + Duration::from_millis(200));
        assert_eq!(codes(&mut without), ["B2"]);
        assert_eq!(without.due(), None);
    }

    #[test]
    fn a_code_with_a_key_that_is_no_letter_or_with_lost_events_is_no_code() {
        let (mut decoder, now) = decoder(false);
        let mut hands = Hands::new();
        hands.text("12");
        hands.keys(&[103]);
        hands.text("34\r");
        hands.text("56");
        hands.event(InputEvent { time: hands.clock, kind: 0, code: 3, value: 0 });
        hands.text("78\r");
        hands.text("A1\r");
        decoder.push(&hands.bytes, now);
        assert_eq!(codes(&mut decoder), ["A1"]);
        assert_eq!((decoder.inbox.counters.unknown_keys, decoder.inbox.counters.rubbish), (1, 2));
    }

    #[test]
    fn a_clock_that_is_set_back_and_a_lone_enter_do_no_harm() {
        let (mut decoder, now) = decoder(false);
        let mut hands = Hands::new();
        hands.keys(&[ENTER]);
        hands.text("A");
        hands.clock -= Duration::from_secs(3600);
        hands.text("1\r");
        decoder.push(&hands.bytes, now);
        assert_eq!(codes(&mut decoder), ["A1"]);
        assert_eq!(decoder.inbox.counters.unfinished, 0);
    }
}
