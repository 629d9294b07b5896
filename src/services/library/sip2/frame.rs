// SPDX-License-Identifier: GPL-3.0-only
//! Frames out of a stream of bytes: what stands between line ends.

use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

/// Longest frame in bytes without its line end. The largest answers are lists of titles, which are asked for in
/// pages.
pub const MAX_FRAME_BYTES: usize = 64 * 1024;

/// One message as it stood on the wire, without its line end; wiped when dropped, as it holds personal data.
pub type Frame = Zeroizing<Vec<u8>>;

/// What a stream of bytes held instead of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FrameError {
    /// More than [`MAX_FRAME_BYTES`] without a line end; everything up to the next line end is dropped.
    #[error("a message is longer than {MAX_FRAME_BYTES} bytes")]
    TooLong,
}

/// The end of a line, as sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum LineEnd {
    /// Carriage return, as the standard says.
    #[default]
    Cr,
    /// Carriage return and line feed (Koha).
    CrLf,
    /// Line feed.
    Lf,
}

impl LineEnd {
    /// Its bytes.
    #[must_use]
    pub fn bytes(self) -> &'static [u8] {
        match self {
            Self::Cr => b"\r",
            Self::CrLf => b"\r\n",
            Self::Lf => b"\n",
        }
    }
}

/// Collects bytes and gives frames. CR, LF and CRLF all end a line; empty lines are skipped.
#[derive(Default)]
pub struct Framer {
    /// What has arrived since the last line end, at most [`MAX_FRAME_BYTES`].
    partial: Frame,
    /// Whether the rest of a line that is too long is being dropped.
    skipping: bool,
}

impl Framer {
    /// Takes bytes as they were read, and gives every frame that they complete to `found`.
    pub fn push(&mut self, mut bytes: &[u8], mut found: impl FnMut(Result<Frame, FrameError>)) {
        while let Some(end) = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
            let (line, rest) = bytes.split_at(end);
            bytes = rest.get(1..).unwrap_or_default();
            self.extend(line, &mut found);
            if std::mem::take(&mut self.skipping) {
                continue;
            }
            if !self.partial.is_empty() {
                found(Ok(std::mem::take(&mut self.partial)));
            }
        }
        self.extend(bytes, &mut found);
    }

    /// Whether a message has begun and not ended: the half of an answer.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.skipping || !self.partial.is_empty()
    }

    /// Forgets what has begun.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    fn extend(&mut self, bytes: &[u8], found: &mut impl FnMut(Result<Frame, FrameError>)) {
        if self.skipping || bytes.is_empty() {
            return;
        }
        let needed = self.partial.len().saturating_add(bytes.len());
        if needed > MAX_FRAME_BYTES {
            self.partial.zeroize();
            self.skipping = true;
            found(Err(FrameError::TooLong));
            return;
        }
        if self.partial.capacity() < needed {
            // Grown by hand: a growing vector would leave an unwiped copy behind.
            let mut larger = Frame::new(Vec::with_capacity(needed.max(self.partial.capacity() * 2)));
            larger.extend_from_slice(&self.partial);
            self.partial = larger;
        }
        self.partial.extend_from_slice(bytes);
    }
}

impl std::fmt::Debug for Framer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Framer").field("bytes", &self.partial.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{FrameError, Framer, MAX_FRAME_BYTES};

    fn frames(pieces: &[&[u8]]) -> Vec<Result<Vec<u8>, FrameError>> {
        let mut framer = Framer::default();
        let mut found = Vec::new();
        for piece in pieces {
            framer.push(piece, |frame| found.push(frame.map(|frame| frame.to_vec())));
        }
        found
    }

    #[test]
    fn every_line_end_and_empty_lines() {
        let got = frames(&[b"\r\n96AZFEF6\r\n\n\r941\r97AZ", b"FEF5\nhalf"]);
        assert_eq!(got, [Ok(b"96AZFEF6".to_vec()), Ok(b"941".to_vec()), Ok(b"97AZFEF5".to_vec())]);
    }

    #[test]
    fn too_long_is_told_once_and_the_next_line_is_read() {
        let long = vec![b'A'; MAX_FRAME_BYTES + 1];
        assert_eq!(frames(&[&long, &long, b"tail\r941\r"]), [Err(FrameError::TooLong), Ok(b"941".to_vec())]);
        let longest = vec![b'A'; MAX_FRAME_BYTES];
        assert_eq!(frames(&[&longest, b"\r"]), [Ok(longest.clone())]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn where_reads_end_does_not_matter(bytes in proptest::collection::vec(
            prop_oneof![Just(b'\r'), Just(b'\n'), any::<u8>()], 0..300), cuts in proptest::collection::vec(0..300_usize, 0..8))
        {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.sort_unstable();
            let mut pieces = Vec::new();
            let mut from = 0;
            for cut in cuts.into_iter().chain([bytes.len()]) {
                pieces.push(&bytes[from..cut]);
                from = cut;
            }
            prop_assert_eq!(frames(&pieces), frames(&[&bytes]));
        }
    }
}
