// SPDX-License-Identifier: MIT OR Apache-2.0
//! What counts as a code, whatever the wire: bounds, control bytes, identifiers, repetitions.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use zeroize::Zeroize;

use super::{Barcode, Symbology};
use crate::device::Details;
use crate::sensitive::Sensitive;

/// Longest code, in bytes: the largest QR symbol holds 7089 digits, and an AIM identifier may stand before them. What
/// is longer is no code.
pub const MAX_CODE_BYTES: usize = 7200;

/// Most codes that wait to be taken; one more pushes the oldest out.
pub const MAX_PENDING: usize = 16;

/// Bytes below 0x20 that stand in real codes: EOT, GS and RS separate the fields of GS1 and ISO/IEC 15434, a tab and
/// line breaks occur in QR texts.
const CONTROL_IN_CODES: &[u8] = b"\x04\x09\x0A\x0D\x1D\x1E";

/// What to do with a code that holds control bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ControlPolicy {
    /// Take those before the code off (adapters send NUL when they get power, scanners acknowledge with 06), and refuse
    /// the code when there is one inside: it was damaged on its way, and to leave the byte out would make another
    /// number of it. Control bytes that real codes hold are let in. Line ends behind the code are taken off: scanners
    /// add them also where nothing needs them, such as in HID-POS packets.
    #[default]
    Refuse,
    /// Hand all bytes on as they are: binary payloads.
    Keep,
}

/// What counts as a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeRules {
    /// What to do with control bytes.
    pub control: ControlPolicy,
    /// The scanner is set up to put the AIM identifier before each code, and it is taken off.
    pub aim_prefix: bool,
    /// The same payload within this time of the last sight of it is the same code still held before the scanner, and
    /// is not told again. Zero switches this off.
    pub repeat_window: Duration,
}

impl Default for CodeRules {
    fn default() -> Self {
        Self { control: ControlPolicy::default(), aim_prefix: false, repeat_window: Duration::from_secs(1) }
    }
}

/// What became of everything that came, since the device was opened. None tells anything of a code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScanCounters {
    /// Codes handed on.
    pub codes: u64,
    /// The same code again within [`CodeRules::repeat_window`].
    pub repeats: u64,
    /// Longer than [`MAX_CODE_BYTES`].
    pub too_long: u64,
    /// Refused for what was in them, or packets that are none.
    pub rubbish: u64,
    /// Begun, and not finished before a silence.
    pub unfinished: u64,
    /// Keys that stand for no letter.
    pub unknown_keys: u64,
    /// Come while the reader was disabled.
    pub ignored: u64,
    /// Pushed out by newer ones because nobody took them.
    pub overrun: u64,
}

impl ScanCounters {
    /// Those that are not zero, for a status report.
    pub fn describe(&self, details: &mut Details) {
        let all = [
            ("codes", self.codes),
            ("repeats", self.repeats),
            ("too long", self.too_long),
            ("rubbish", self.rubbish),
            ("unfinished", self.unfinished),
            ("unknown keys", self.unknown_keys),
            ("ignored", self.ignored),
            ("overrun", self.overrun),
        ];
        for (name, count) in all {
            if count > 0 || name == "codes" {
                details.insert(name, count.to_string());
            }
        }
    }
}

/// Takes payloads from a decoder, applies [`CodeRules`], and keeps what is left until it is taken.
#[derive(Debug)]
pub struct CodeInbox {
    rules: CodeRules,
    pending: VecDeque<Barcode>,
    last: Option<(Sensitive<Vec<u8>>, Instant)>,
    enabled: bool,
    /// What became of everything so far.
    pub counters: ScanCounters,
}

impl CodeInbox {
    /// An empty one.
    #[must_use]
    pub fn new(rules: CodeRules) -> Self {
        Self { rules, pending: VecDeque::new(), last: None, enabled: true, counters: ScanCounters::default() }
    }

    /// Takes in the bytes of one code that ended at `now`. Nothing at all is no code and no fault.
    pub fn enter(&mut self, payload: &[u8], symbology: Option<Symbology>, now: Instant) {
        let Some((payload, symbology)) = self.admit(payload, symbology) else { return };
        if self.is_repeat(payload, now) {
            self.counters.repeats += 1;
            return;
        }
        if self.rules.repeat_window > Duration::ZERO {
            self.last = Some((Sensitive::new(payload.to_vec()), now));
        }
        self.counters.codes += 1;
        if self.pending.len() >= MAX_PENDING {
            self.pending.pop_front();
            self.counters.overrun += 1;
        }
        self.pending.push_back(Barcode::new(payload.to_vec(), symbology));
    }

    /// The payload without what does not belong to it, unless it is none.
    fn admit<'a>(&mut self, payload: &'a [u8], symbology: Option<Symbology>) -> Option<(&'a [u8], Option<Symbology>)> {
        let mut payload = payload;
        if self.rules.control == ControlPolicy::Refuse {
            let begin = payload.iter().position(|byte| *byte >= 0x20)?;
            payload = payload.get(begin..)?;
            while let [text @ .., b'\r' | b'\n'] = payload {
                payload = text;
            }
        }
        if payload.is_empty() {
            return None;
        }
        if !self.enabled {
            self.counters.ignored += 1;
            return None;
        }
        if payload.len() > MAX_CODE_BYTES {
            self.counters.too_long += 1;
            return None;
        }
        let is_rubbish = |byte: &u8| (*byte < 0x20 && !CONTROL_IN_CODES.contains(byte)) || *byte == 0x7F;
        if self.rules.control == ControlPolicy::Refuse && payload.iter().any(is_rubbish) {
            self.counters.rubbish += 1;
            return None;
        }
        if self.rules.aim_prefix && symbology.is_none() {
            let Some((kind, rest)) = Symbology::split_aim(payload).filter(|(_, rest)| !rest.is_empty()) else {
                // Its beginning was lost.
                self.counters.rubbish += 1;
                return None;
            };
            return Some((rest, kind));
        }
        Some((payload, symbology))
    }

    /// Whether the last code is this one and still held before the scanner.
    fn is_repeat(&mut self, payload: &[u8], now: Instant) -> bool {
        let window = self.rules.repeat_window;
        match &mut self.last {
            Some((last, seen)) if last.expose() == payload && now.saturating_duration_since(*seen) < window => {
                *seen = now;
                true
            }
            _ => false,
        }
    }

    /// Forgets the last code once it cannot be repeated any more.
    pub fn idle(&mut self, now: Instant) {
        let window = self.rules.repeat_window;
        if self.last.as_ref().is_some_and(|(_, seen)| now.saturating_duration_since(*seen) >= window) {
            self.last = None;
        }
    }

    /// The oldest code that waits.
    pub fn take(&mut self) -> Option<Barcode> {
        self.pending.pop_front()
    }

    /// Whether codes are let in.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// Lets codes in, or throws them away from now on.
    pub fn enable(&mut self, enabled: bool) {
        self.enabled = enabled;
    }

    /// Wipes what waits and what is remembered.
    pub fn forget(&mut self) {
        self.pending.clear();
        self.last = None;
    }
}

/// The bytes of a code that is under way. Bounded, never moved, wiped.
#[derive(Debug)]
pub(super) struct CodeBuffer {
    bytes: Sensitive<Vec<u8>>,
    length: usize,
    /// The byte that came last, also when there was no room for it.
    last: Option<u8>,
    /// There was no room for all of it.
    too_long: bool,
    /// A part of it is lost: the rest up to its end is thrown away.
    spoilt: bool,
}

impl CodeBuffer {
    /// Room for a code with some noise before it and what ends it.
    const SIZE: usize = MAX_CODE_BYTES + 64;

    pub(super) fn new() -> Self {
        let bytes = Sensitive::new(vec![0; Self::SIZE]);
        Self { bytes, length: 0, last: None, too_long: false, spoilt: false }
    }

    pub(super) fn push(&mut self, byte: u8) {
        if self.spoilt {
            return;
        }
        self.last = Some(byte);
        match self.bytes.expose_mut().get_mut(self.length) {
            Some(slot) => {
                *slot = byte;
                self.length += 1;
            }
            // Counted at its end.
            None => self.too_long = true,
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.expose().get(..self.length).unwrap_or_default()
    }

    pub(super) fn ends_with(&self, byte: u8) -> bool {
        self.last == Some(byte)
    }

    /// Takes the last byte off if it is this one.
    pub(super) fn drop_last(&mut self, byte: u8) {
        if self.ends_with(byte) && !self.too_long {
            self.length = self.length.saturating_sub(1);
            self.last = self.bytes().last().copied();
        }
    }

    /// Whether nothing of a code has come.
    pub(super) fn is_empty(&self) -> bool {
        self.length == 0 && !self.spoilt
    }

    /// Whether [`CodeBuffer::spoil`] was called since the last end.
    pub(super) fn is_spoilt(&self) -> bool {
        self.spoilt
    }

    /// Throws away what came of this code, and what will come.
    pub(super) fn spoil(&mut self) {
        self.clear();
        self.spoilt = true;
    }

    /// Hands the code over and begins a new one.
    pub(super) fn finish(&mut self, symbology: Option<Symbology>, now: Instant, inbox: &mut CodeInbox) {
        if self.too_long {
            inbox.counters.too_long += 1;
        } else if !self.spoilt {
            inbox.enter(self.bytes(), symbology, now);
        }
        self.clear();
    }

    /// Wipes it and begins a new one.
    pub(super) fn clear(&mut self) {
        if let Some(used) = self.bytes.expose_mut().get_mut(..self.length) {
            used.zeroize();
        }
        (self.length, self.last, self.too_long, self.spoilt) = (0, None, false, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inbox(change: impl FnOnce(&mut CodeRules)) -> (CodeInbox, Instant) {
        let mut rules = CodeRules::default();
        change(&mut rules);
        (CodeInbox::new(rules), Instant::now())
    }

    fn all(inbox: &mut CodeInbox) -> Vec<Vec<u8>> {
        std::iter::from_fn(|| inbox.take()).map(|code| code.payload().expose().clone()).collect()
    }

    #[test]
    fn a_code_that_stays_before_the_scanner_is_one_code() {
        let (mut inbox, begin) = inbox(|rules| rules.repeat_window = Duration::from_millis(1000));
        for at in [0, 700, 1400, 2100] {
            inbox.enter(b"A", None, begin + Duration::from_millis(at));
        }
        inbox.enter(b"B", None, begin + Duration::from_millis(2200));
        inbox.enter(b"A", None, begin + Duration::from_millis(2300));
        inbox.enter(b"A", None, begin + Duration::from_millis(3300));
        assert_eq!(all(&mut inbox), [b"A", b"B", b"A", b"A"]);
        assert_eq!((inbox.counters.codes, inbox.counters.repeats), (4, 3));
        inbox.idle(begin + Duration::from_millis(4300));
        assert!(inbox.last.is_none(), "it is not kept longer than needed");
    }

    #[test]
    fn control_bytes_are_taken_off_the_front_and_refused_inside() {
        let (mut inbox, now) = inbox(|rules| rules.repeat_window = Duration::ZERO);
        inbox.enter(b"\0\x06\n123", None, now);
        inbox.enter(b"12\x003", None, now);
        inbox.enter(b"12\x7F3", None, now);
        inbox.enter(b"\0\0", None, now);
        inbox.enter(b"two\nlines\r\n", None, now);
        inbox.enter(b"]C1\x1D10\x1D20", None, now);
        assert_eq!(all(&mut inbox), [&b"123"[..], b"two\nlines", b"]C1\x1D10\x1D20"]);
        assert_eq!(inbox.counters.rubbish, 2);
        let (mut binary, now) = self::inbox(|rules| rules.control = ControlPolicy::Keep);
        binary.enter(b"\0\x01\xFF", None, now);
        assert_eq!(all(&mut binary), [b"\0\x01\xFF"]);
    }

    #[test]
    fn an_identifier_that_should_be_there_and_is_not_means_a_damaged_code() {
        let (mut inbox, now) = inbox(|rules| rules.aim_prefix = true);
        inbox.enter(b"]E09787111", None, now);
        inbox.enter(b"9787222", None, now);
        inbox.enter(b"]E0", None, now);
        let code = inbox.take().unwrap();
        assert_eq!((code.payload().expose().as_slice(), code.symbology()), (&b"9787111"[..], Some(Symbology::Ean13)));
        assert!(inbox.take().is_none());
        assert_eq!(inbox.counters.rubbish, 2);
    }

    #[test]
    fn all_is_bounded_and_a_disabled_reader_takes_nothing() {
        let (mut inbox, now) = inbox(|_| {});
        for number in 0..40_u8 {
            inbox.enter(&[b'a', b'0' + number], None, now);
        }
        let got = all(&mut inbox);
        assert_eq!(got.len(), MAX_PENDING);
        assert_eq!(got.last().unwrap(), &[b'a', b'0' + 39]);
        assert_eq!(inbox.counters.overrun, 24);
        inbox.enter(&vec![b'1'; MAX_CODE_BYTES + 1], None, now);
        inbox.enter(&vec![b'1'; MAX_CODE_BYTES], None, now);
        assert_eq!((all(&mut inbox).len(), inbox.counters.too_long), (1, 1));
        inbox.enable(false);
        inbox.enter(b"x", None, now);
        assert!(inbox.take().is_none());
        assert_eq!(inbox.counters.ignored, 1);
        inbox.enable(true);
        inbox.enter(b"y", None, now);
        inbox.forget();
        assert!(inbox.take().is_none() && inbox.last.is_none());
    }
}
