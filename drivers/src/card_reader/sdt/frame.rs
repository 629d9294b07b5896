// SPDX-License-Identifier: MIT OR Apache-2.0
//! The frame around every request and answer: preamble, length, body, XOR.
//!
//! ```text
//! AA AA AA 96 69 | length, 2 bytes, big-endian | body | check
//! ```
//!
//! The length counts body and check; the check is the XOR of the length and the body.

use thiserror::Error;
use zeroize::Zeroize;

/// What every frame begins with.
pub const PREAMBLE: [u8; 5] = [0xAA, 0xAA, 0xAA, 0x96, 0x69];

/// Smallest value of the length field: two bytes of a request and the check.
pub const SHORTEST_LENGTH: usize = 3;

/// Greatest value of the length field that is believed. The longest known answer (text, photo and 1024 bytes of
/// fingerprint) has 0x090A.
pub const LONGEST_LENGTH: usize = 0x0A00;

/// Bytes before the body: preamble and length.
const HEAD_BYTES: usize = PREAMBLE.len() + 2;

/// Longest frame in bytes, preamble and all.
pub const LONGEST_FRAME: usize = HEAD_BYTES + LONGEST_LENGTH;

/// Bytes that have a preamble before them and are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FrameError {
    /// The length field cannot be right.
    #[error("a frame of {0} bytes is not possible")]
    Length(usize),
    /// The XOR is another one.
    #[error("the checksum is wrong")]
    Check,
    /// A body that no frame can hold; only when encoding.
    #[error("a body of {0} bytes does not fit into a frame")]
    Body(usize),
}

/// What is between length and check. Holds a whole card at times, so it shows nothing and wipes itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Body(Vec<u8>);

impl Body {
    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Body({} bytes)", self.0.len())
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// XOR of all bytes.
fn xor(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum ^ byte)
}

/// The frame around `body`, which is 2 to [`LONGEST_LENGTH`]` - 1` bytes long. What it returns may hold personal data:
/// the caller wipes it.
///
/// # Errors
/// [`FrameError::Body`]: the body is too short or too long.
pub fn encode(body: &[u8]) -> Result<Vec<u8>, FrameError> {
    let length = body.len() + 1;
    let field = u16::try_from(length).map_err(|_| FrameError::Body(body.len()))?;
    if !(SHORTEST_LENGTH..=LONGEST_LENGTH).contains(&length) {
        return Err(FrameError::Body(body.len()));
    }
    Ok(wrap(field, body))
}

/// The frame around `body`, whose length the caller knows to be `length - 1`.
pub(super) fn wrap(length: u16, body: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(HEAD_BYTES + body.len() + 1);
    frame.extend_from_slice(&PREAMBLE);
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(body);
    frame.push(xor(&frame[PREAMBLE.len()..]));
    frame
}

/// Finds frames in a stream of bytes. What is not in a frame is skipped; after a frame that fails, the search goes on
/// behind its preamble, so that half a frame does not swallow the whole one behind it.
///
/// However the stream is cut into pieces, the same comes out. Never holds more than [`LONGEST_FRAME`] bytes.
#[derive(Default)]
pub struct FrameDecoder {
    buffer: Vec<u8>,
    skipped_bytes: u64,
}

impl std::fmt::Debug for FrameDecoder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("FrameDecoder")
            .field("held_bytes", &self.buffer.len())
            .field("skipped_bytes", &self.skipped_bytes)
            .finish()
    }
}

impl Drop for FrameDecoder {
    fn drop(&mut self) {
        self.buffer.zeroize();
    }
}

impl FrameDecoder {
    /// A decoder that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in what came, and returns the frames, good and bad, that it completes.
    pub fn push(&mut self, mut bytes: &[u8]) -> Vec<Result<Body, FrameError>> {
        // Grown once: growing by steps would leave unwiped copies behind.
        if self.buffer.capacity() < LONGEST_FRAME {
            self.buffer.reserve_exact(LONGEST_FRAME - self.buffer.len());
        }
        let mut found = Vec::new();
        while !bytes.is_empty() {
            let room = LONGEST_FRAME.saturating_sub(self.buffer.len());
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.buffer.extend_from_slice(now);
            bytes = later;
            self.take_frames(&mut found);
        }
        found
    }

    /// Forgets what it holds.
    pub fn reset(&mut self) {
        self.buffer.zeroize();
    }

    /// Whether it holds the beginning of a frame.
    #[must_use]
    pub fn is_inside(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// How many bytes were in no good frame, since the beginning.
    #[must_use]
    pub fn skipped_bytes(&self) -> u64 {
        self.skipped_bytes
    }

    /// Takes all frames off the buffer that are whole. Afterwards it is empty or begins with a preamble, or with what
    /// may become one.
    fn take_frames(&mut self, found: &mut Vec<Result<Body, FrameError>>) {
        let mut at = 0;
        loop {
            at += self.skip_to_preamble(at);
            let rest = &self.buffer[at..];
            match head_and_body(rest) {
                Parsed::More => break,
                Parsed::Bad(error) => {
                    found.push(Err(error));
                    // One byte on: no preamble begins inside another, but the search finds that by itself.
                    at += 1;
                    self.skipped_bytes += 1;
                }
                Parsed::Good(length) => {
                    found.push(Ok(Body(rest[HEAD_BYTES..HEAD_BYTES + length - 1].to_vec())));
                    at += HEAD_BYTES + length;
                }
            }
        }
        if at == 0 {
            return;
        }
        // What moved down leaves its old place behind: wiped, for the vector only forgets its length.
        let end = self.buffer.len();
        self.buffer.copy_within(at.., 0);
        self.buffer[end - at..].zeroize();
        self.buffer.truncate(end - at);
    }

    /// How many bytes from `at` on cannot begin a frame.
    fn skip_to_preamble(&mut self, at: usize) -> usize {
        let rest = &self.buffer[at..];
        let begins = |start: &usize| rest[*start..].iter().zip(PREAMBLE).all(|(have, want)| *have == want);
        let skipped = (0..rest.len()).find(begins).unwrap_or(rest.len());
        self.skipped_bytes += skipped as u64;
        skipped
    }
}

/// What stands at a preamble.
enum Parsed {
    /// Not all of it is there yet.
    More,
    /// A frame with this length field.
    Good(usize),
    /// No frame.
    Bad(FrameError),
}

fn head_and_body(bytes: &[u8]) -> Parsed {
    let Some([high, low]) = bytes.get(PREAMBLE.len()..HEAD_BYTES) else { return Parsed::More };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    if !(SHORTEST_LENGTH..=LONGEST_LENGTH).contains(&length) {
        return Parsed::Bad(FrameError::Length(length));
    }
    match bytes.get(PREAMBLE.len()..HEAD_BYTES + length) {
        None => Parsed::More,
        // The check is the XOR of all before it, so that XOR with it is zero.
        Some(checked) if xor(checked) == 0 => Parsed::Good(length),
        Some(_) => Parsed::Bad(FrameError::Check),
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn all(stream: &[u8], piece: usize) -> Vec<Result<Body, FrameError>> {
        let mut decoder = FrameDecoder::new();
        stream.chunks(piece).flat_map(|bytes| decoder.push(bytes)).collect()
    }

    fn bodies(stream: &[u8]) -> Vec<Vec<u8>> {
        all(stream, 7).into_iter().flatten().map(|body| body.bytes().to_vec()).collect()
    }

    #[test]
    fn half_a_frame_does_not_swallow_the_next() {
        let whole = encode(&[0, 0, 0x9F, 0, 0, 0, 0]).unwrap();
        let long = encode(&[7; 1000]).unwrap();
        let stream = [&long[..500], &whole, &whole, &long].concat();
        assert_eq!(bodies(&stream), [vec![0, 0, 0x9F, 0, 0, 0, 0], vec![0, 0, 0x9F, 0, 0, 0, 0], vec![7; 1000]]);
    }

    #[test]
    fn rubbish_before_a_preamble_is_skipped_and_counted() {
        let whole = encode(&[0x11, 0xFF]).unwrap();
        let stream = [&[0, 0xAA, 0xAA, 0xAA, 0xAA, 0x96][..], &[0xAA, 0xAA], &whole].concat();
        let mut decoder = FrameDecoder::new();
        assert_eq!(decoder.push(&stream).len(), 1);
        assert_eq!(decoder.skipped_bytes(), 8);
        assert!(!decoder.is_inside());
    }

    #[test]
    fn lengths_are_bounded_both_ways() {
        assert_eq!(encode(&[1]), Err(FrameError::Body(1)));
        assert_eq!(encode(&[0; LONGEST_LENGTH]), Err(FrameError::Body(LONGEST_LENGTH)));
        assert_eq!(encode(&[0; 70_000]), Err(FrameError::Body(70_000)));
        assert!(encode(&[0; LONGEST_LENGTH - 1]).is_ok());
        let mut decoder = FrameDecoder::new();
        assert_eq!(decoder.push(&[0xAA, 0xAA, 0xAA, 0x96, 0x69, 0xFF, 0xFF]), [Err(FrameError::Length(0xFFFF))]);
        assert_eq!(decoder.push(&[0xAA, 0xAA, 0xAA, 0x96, 0x69, 0, 2]), [Err(FrameError::Length(2))]);
        assert!(!decoder.is_inside());
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_found_in_any_pieces(
            parts in vec((vec(any::<u8>(), 0..20), vec(any::<u8>(), 2..300)), 1..5),
            piece in 1_usize..400,
        ) {
            let mut stream = Vec::new();
            let mut expected = Vec::new();
            for (noise, body) in parts {
                // Noise that begins a frame of its own is another case.
                stream.extend(noise.into_iter().filter(|byte| *byte != 0xAA));
                stream.extend(encode(&body).unwrap());
                expected.push(body);
            }
            let found = all(&stream, piece);
            let found: Vec<Vec<u8>> = found.into_iter().map(|body| body.unwrap().bytes().to_vec()).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn one_changed_byte_is_noticed(body in vec(any::<u8>(), 2..300), at in any::<prop::sample::Index>(), by in 1_u8..) {
            let mut frame = encode(&body).unwrap();
            let at = at.index(frame.len());
            frame[at] ^= by;
            prop_assert!(all(&frame, frame.len()).into_iter().flatten().all(|found| found.bytes() != body));
        }

        #[test]
        fn pieces_do_not_matter(stream in vec(prop_oneof![Just(0xAA), Just(0x96), Just(0x69), 0_u8..4, any::<u8>()], 0..1200),
            piece in 1_usize..100) {
            prop_assert_eq!(all(&stream, piece), all(&stream, 1200));
        }
    }
}
