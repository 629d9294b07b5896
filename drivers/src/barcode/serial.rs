// SPDX-License-Identifier: MIT OR Apache-2.0
//! Scanners on a serial port or USB-CDC: the payload as it is, and something that ends it.

use std::time::{Duration, Instant};

use super::rules::CodeBuffer;
use super::{CodeDecoder, CodeInbox, CodeRules, Presence, Scanner, ScannerCommands, ScannerQuery};
use crate::transport::BytePipe;

/// What a scanner sends after a code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Terminator {
    /// Carriage return; a line feed behind it is swallowed.
    #[default]
    Cr,
    /// Line feed; a carriage return before it is swallowed.
    Lf,
    /// Both, in this order. A lone one of them belongs to the code.
    CrLf,
    /// Nothing: a pause ends the code. Two codes without a pause between them are one.
    Gap,
}

/// How a serial scanner is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SerialOptions {
    /// What ends a code.
    pub terminator: Terminator,
    /// The pause that ends a code with [`Terminator::Gap`]. USB-CDC sends packets, so it has to be longer than the
    /// pause between two packets; 30 to 50 ms are usual.
    pub gap: Duration,
    /// The silence after which a code without its terminator is given up, so that it is not glued to the next
    /// resident's.
    pub half_limit: Duration,
    /// What counts as a code.
    pub rules: CodeRules,
    /// The bytes of its maker.
    pub commands: ScannerCommands,
    /// What an open port means.
    pub presence: Presence,
    /// A question that it answers.
    pub query: Option<ScannerQuery>,
}

impl Default for SerialOptions {
    fn default() -> Self {
        Self {
            terminator: Terminator::default(),
            gap: Duration::from_millis(40),
            half_limit: Duration::from_millis(500),
            rules: CodeRules::default(),
            commands: ScannerCommands::default(),
            presence: Presence::default(),
            query: None,
        }
    }
}

/// Finds codes in the bytes of a serial scanner.
#[derive(Debug)]
pub struct SerialDecoder {
    terminator: Terminator,
    gap: Duration,
    half_limit: Duration,
    code: CodeBuffer,
    /// When the last byte came, while a code is under way.
    last: Option<Instant>,
    inbox: CodeInbox,
}

impl SerialDecoder {
    /// For a scanner set up as in `options`.
    #[must_use]
    pub fn new(options: &SerialOptions) -> Self {
        Self {
            terminator: options.terminator,
            gap: options.gap,
            half_limit: options.half_limit.max(options.gap),
            code: CodeBuffer::new(),
            last: None,
            inbox: CodeInbox::new(options.rules.clone()),
        }
    }

    /// The silence that ends or drops what has come.
    fn silence(&self) -> Duration {
        if self.terminator == Terminator::Gap { self.gap } else { self.half_limit }
    }

    fn finish(&mut self, now: Instant) {
        self.code.finish(None, now, &mut self.inbox);
        self.last = None;
    }

    /// A silence was seen: the code is whole, or given up.
    fn end_by_silence(&mut self, now: Instant) {
        if self.terminator == Terminator::Gap {
            self.finish(now);
            return;
        }
        // A line feed that came late, or NULs of an adapter, are no code that somebody missed.
        if self.code.bytes().iter().any(|byte| *byte >= 0x20) {
            self.inbox.counters.unfinished += 1;
        }
        self.reset();
    }

    fn push_byte(&mut self, byte: u8, now: Instant) {
        match (self.terminator, byte) {
            (Terminator::Cr, b'\r') => self.finish(now),
            (Terminator::Lf, b'\n') => {
                self.code.drop_last(b'\r');
                self.finish(now);
            }
            (Terminator::CrLf, b'\n') if self.code.ends_with(b'\r') => {
                self.code.drop_last(b'\r');
                self.finish(now);
            }
            (Terminator::Cr, b'\n') if self.code.is_empty() => {}
            _ => {
                self.code.push(byte);
                self.last = Some(now);
            }
        }
    }
}

impl CodeDecoder for SerialDecoder {
    const NAME: &'static str = "serial scanner";

    fn push(&mut self, bytes: &[u8], now: Instant) {
        // Only here when nobody listened meanwhile: then the length of the pause is not known, and a code is rather
        // taken for whole than for two.
        if self.last.is_some_and(|last| now.saturating_duration_since(last) >= self.half_limit) {
            self.end_by_silence(now);
        }
        for byte in bytes {
            self.push_byte(*byte, now);
        }
    }

    fn idle(&mut self, now: Instant) {
        if self.due().is_some_and(|due| due <= now) {
            self.end_by_silence(now);
        }
        self.inbox.idle(now);
    }

    fn due(&self) -> Option<Instant> {
        self.last.map(|last| last + self.silence())
    }

    fn reset(&mut self) {
        self.code.clear();
        self.last = None;
    }

    fn inbox(&mut self) -> &mut CodeInbox {
        &mut self.inbox
    }

    fn inbox_ref(&self) -> &CodeInbox {
        &self.inbox
    }
}

/// A scanner on a serial port or USB-CDC.
pub type SerialScanner = Scanner<SerialDecoder>;

impl SerialScanner {
    /// A scanner at the other end of `pipe`. Nothing is sent.
    #[must_use]
    pub fn new(pipe: Box<dyn BytePipe>, options: SerialOptions) -> Self {
        let decoder = SerialDecoder::new(&options);
        let mut scanner = Self::with_decoder(pipe, decoder, options.commands);
        scanner.set_presence(options.presence, options.query);
        scanner
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::barcode::MAX_CODE_BYTES;

    fn decoder(change: impl FnOnce(&mut SerialOptions)) -> (SerialDecoder, Instant) {
        let mut options = SerialOptions::default();
        options.rules.repeat_window = Duration::ZERO;
        change(&mut options);
        (SerialDecoder::new(&options), Instant::now())
    }

    fn codes(decoder: &mut SerialDecoder) -> Vec<String> {
        let text = |code: super::super::Barcode| code.text().map(|text| text.expose().clone()).unwrap_or_default();
        std::iter::from_fn(|| decoder.inbox().take()).map(text).collect()
    }

    #[test]
    fn each_terminator_ends_two_codes_back_to_back_however_they_are_cut() {
        let table = [
            (Terminator::Cr, "A1\rB2\r"),
            (Terminator::Cr, "A1\r\nB2\r\n"),
            (Terminator::Lf, "A1\nB2\n"),
            (Terminator::Lf, "A1\r\nB2\r\n"),
            (Terminator::CrLf, "A1\r\nB2\r\n"),
        ];
        for (terminator, stream) in table {
            for size in 1..=stream.len() {
                let (mut decoder, now) = decoder(|options| options.terminator = terminator);
                for chunk in stream.as_bytes().chunks(size) {
                    decoder.push(chunk, now);
                }
                assert_eq!(codes(&mut decoder), ["A1", "B2"], "{terminator:?} {stream:?} in {size}");
                assert_eq!(decoder.inbox.counters.rubbish + decoder.inbox.counters.unfinished, 0);
            }
        }
    }

    #[test]
    fn a_pause_ends_a_code_without_terminator() {
        let (mut decoder, begin) = decoder(|options| options.terminator = Terminator::Gap);
        let at = |ms| begin + Duration::from_millis(ms);
        decoder.push(b"978", at(0));
        assert_eq!(decoder.due(), Some(at(40)));
        decoder.idle(at(20));
        decoder.push(b"7111", at(30));
        decoder.idle(at(69));
        assert!(codes(&mut decoder).is_empty());
        decoder.idle(at(70));
        assert_eq!(codes(&mut decoder), ["9787111"]);
        assert_eq!(decoder.due(), None);
    }

    #[test]
    fn half_a_code_is_not_glued_to_the_next() {
        let (mut decoder, begin) = decoder(|_| {});
        let at = |ms| begin + Duration::from_millis(ms);
        decoder.push(b"11010", at(0));
        decoder.idle(at(500));
        decoder.push(b"A1\r", at(510));
        assert_eq!(codes(&mut decoder), ["A1"]);
        // Also when nobody looked in between.
        decoder.push(b"11010", at(600));
        decoder.push(b"B2\r", at(9000));
        assert_eq!(codes(&mut decoder), ["B2"]);
        assert_eq!(decoder.inbox.counters.unfinished, 2);
    }

    #[test]
    fn chinese_survives_being_cut_anywhere() {
        let (text, _, _) = encoding_rs::GB18030.encode("社保卡𠮷㐂号\r");
        for size in 1..=text.len() {
            let (mut decoder, now) = decoder(|_| {});
            for chunk in text.chunks(size) {
                decoder.push(chunk, now);
            }
            assert_eq!(codes(&mut decoder), ["社保卡𠮷㐂号"], "in {size}");
        }
    }

    #[test]
    fn what_is_too_long_is_thrown_away_up_to_its_end_and_never_cut() {
        for (terminator, end) in [(Terminator::Cr, "\r"), (Terminator::Lf, "\n"), (Terminator::CrLf, "\r\n")] {
            for (noise, length, fits) in
                [("", MAX_CODE_BYTES, true), ("\0\0", MAX_CODE_BYTES, true), ("", MAX_CODE_BYTES + 1, false)]
                    .into_iter()
                    .chain([60, 62, 63, 64, 65, 66, 9000].map(|more| ("\0\0", MAX_CODE_BYTES + more, false)))
            {
                let (mut decoder, now) = decoder(|options| options.terminator = terminator);
                let stream = format!("{noise}{}{end}A1{end}", "7".repeat(length));
                decoder.push(stream.as_bytes(), now);
                let got: Vec<usize> = codes(&mut decoder).iter().map(String::len).collect();
                assert_eq!(got, if fits { vec![length, 2] } else { vec![2] }, "{terminator:?} {length}");
                assert_eq!(decoder.inbox.counters.too_long, u64::from(!fits));
            }
        }
    }

    #[test]
    fn noise_before_a_code_is_harmless_and_inside_refuses_it() {
        let (mut decoder, begin) = decoder(|_| {});
        decoder.push(b"\0\0\0", begin);
        decoder.idle(begin + Duration::from_secs(1));
        decoder.push(b"\0A1\rB\x002\r\r\r", begin + Duration::from_secs(2));
        assert_eq!(codes(&mut decoder), ["A1"]);
        assert_eq!((decoder.inbox.counters.rubbish, decoder.inbox.counters.unfinished), (1, 0));
    }
}
