// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bits packed into bytes, highest bit first.

/// Takes bits off the front of bytes.
#[derive(Debug)]
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    /// Bits taken.
    at: usize,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bits left.
    pub(super) fn left(&self) -> usize {
        self.bytes.len() * 8 - self.at
    }

    fn bit(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(bit)
    }

    /// The next `count` bits (at most 8), or nothing when fewer are left; then none is taken.
    pub(super) fn take(&mut self, count: usize) -> Option<u8> {
        if self.left() < count {
            return None;
        }
        let mut value = 0;
        for _ in 0..count.min(8) {
            value = value << 1 | self.bit()?;
        }
        Some(value)
    }

    /// Whether fewer than eight bits are left and they are the first ones of `padding`.
    pub(super) fn rest_is(&self, padding: u8) -> bool {
        let left = self.left();
        let mut rest = Self { bytes: self.bytes, at: self.at };
        left < 8 && rest.take(left).is_some_and(|rest| u16::from(rest) == u16::from(padding) >> (8 - left))
    }
}

/// Puts bits behind each other.
#[derive(Debug, Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits used of the last byte; 0 when it is full or there is none.
    used: usize,
}

impl BitWriter {
    /// Adds the lowest `count` bits of `value`.
    pub(super) fn put(&mut self, value: u8, count: usize) {
        for index in (0..count.min(8)).rev() {
            if self.used == 0 {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= (value >> index & 1) << (7 - self.used);
            }
            self.used = (self.used + 1) % 8;
        }
    }

    /// The bytes, the last one filled up with the first bits of `padding`.
    pub(super) fn finish(mut self, padding: u8) -> Vec<u8> {
        if self.used != 0 {
            let free = 8 - self.used;
            self.put(padding >> self.used, free);
        }
        self.bytes
    }
}
