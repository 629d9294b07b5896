// SPDX-License-Identifier: MIT OR Apache-2.0
//! `struct input_event` of `linux/input.h`.

use std::time::Duration;

/// Bytes of a machine word, which is that of both parts of the time.
const WORD: usize = size_of::<usize>();

/// Bytes of one event on this machine: 24 with 64 bits, 16 with 32.
pub const EVENT_BYTES: usize = 2 * WORD + 8;

/// Type of events that separate others.
pub(super) const EV_SYN: u16 = 0;

/// Type of keys.
pub(super) const EV_KEY: u16 = 1;

/// Code of the separator that tells that the kernel threw events away, because nobody read them.
pub(super) const SYN_DROPPED: u16 = 3;

/// One event of an input device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputEvent {
    /// When it happened, by the kernel's wall clock.
    pub time: Duration,
    /// Type, such as 1 for keys.
    pub kind: u16,
    /// Code, such as that of a key.
    pub code: u16,
    /// Value: for keys 1 pressed, 0 let go, 2 repeated by the kernel.
    pub value: i32,
}

impl InputEvent {
    /// A key that is pressed or let go.
    #[must_use]
    pub fn key(code: u16, pressed: bool, time: Duration) -> Self {
        Self { time, kind: EV_KEY, code, value: i32::from(pressed) }
    }

    /// The separator after what happened at once.
    #[must_use]
    pub fn report(time: Duration) -> Self {
        Self { time, kind: EV_SYN, code: 0, value: 0 }
    }

    /// The bytes that the kernel would write.
    #[must_use]
    pub fn to_bytes(self) -> [u8; EVENT_BYTES] {
        let mut bytes = [0; EVENT_BYTES];
        let seconds = usize::try_from(self.time.as_secs()).unwrap_or(usize::MAX);
        let micros = usize::try_from(self.time.subsec_micros()).unwrap_or_default();
        let parts = [
            (0, &seconds.to_ne_bytes()[..]),
            (WORD, &micros.to_ne_bytes()[..]),
            (2 * WORD, &self.kind.to_ne_bytes()[..]),
            (2 * WORD + 2, &self.code.to_ne_bytes()[..]),
            (2 * WORD + 4, &self.value.to_ne_bytes()[..]),
        ];
        for (at, part) in parts {
            for (slot, byte) in bytes.iter_mut().skip(at).zip(part) {
                *slot = *byte;
            }
        }
        bytes
    }

    /// Reads what the kernel wrote. Every pattern of bytes is an event, if a senseless one.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; EVENT_BYTES]) -> Self {
        let word = |at: usize| {
            let part = bytes.get(at..).and_then(|rest| rest.first_chunk::<WORD>()).copied();
            u64::try_from(usize::from_ne_bytes(part.unwrap_or_default())).unwrap_or(u64::MAX)
        };
        let short = |at: usize| {
            u16::from_ne_bytes(bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default())
        };
        let value = bytes.get(2 * WORD + 4..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
        let micros = u32::try_from(word(WORD) % 1_000_000).unwrap_or_default();
        Self {
            time: Duration::new(word(0), micros * 1000),
            kind: short(2 * WORD),
            code: short(2 * WORD + 2),
            value: i32::from_ne_bytes(value),
        }
    }
}

/// Puts events together from bytes that may be cut anywhere.
#[derive(Clone, Debug)]
pub struct InputEventReader {
    bytes: [u8; EVENT_BYTES],
    filled: usize,
}

impl Default for InputEventReader {
    fn default() -> Self {
        Self { bytes: [0; EVENT_BYTES], filled: 0 }
    }
}

impl InputEventReader {
    /// Takes a byte in, and gives the event that it ends.
    pub fn push(&mut self, byte: u8) -> Option<InputEvent> {
        if let Some(slot) = self.bytes.get_mut(self.filled) {
            *slot = byte;
        }
        self.filled += 1;
        if self.filled < EVENT_BYTES {
            return None;
        }
        let event = InputEvent::from_bytes(&self.bytes);
        self.reset();
        Some(event)
    }

    /// Whether an event has come in part. The kernel never leaves one so.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.filled > 0
    }

    /// Drops an event that has come in part, and wipes what was read: keys are what somebody's card says.
    pub fn reset(&mut self) {
        self.bytes = [0; EVENT_BYTES];
        self.filled = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_writes_on_a_64_bit_little_endian_machine() {
        if WORD != 8 || cfg!(target_endian = "big") {
            return;
        }
        let event = InputEvent::key(30, true, Duration::new(0x6502_0304, 5_000));
        let bytes = event.to_bytes();
        assert_eq!(bytes, *b"\x04\x03\x02\x65\0\0\0\0\x05\0\0\0\0\0\0\0\x01\0\x1E\0\x01\0\0\0");
        assert_eq!(InputEvent::from_bytes(&bytes), event);
    }

    #[test]
    fn events_survive_being_cut() {
        let events =
            [InputEvent::key(28, false, Duration::from_micros(12_345_678)), InputEvent::report(Duration::ZERO)];
        let bytes: Vec<u8> = events.iter().flat_map(|event| event.to_bytes()).collect();
        let mut reader = InputEventReader::default();
        let got: Vec<InputEvent> = bytes.iter().filter_map(|byte| reader.push(*byte)).collect();
        assert_eq!(got, events);
        assert!(!reader.is_partial());
        let senseless = InputEvent::from_bytes(&[0xFF; EVENT_BYTES]);
        assert_eq!(senseless.value, -1);
    }
}
