// SPDX-License-Identifier: MIT OR Apache-2.0
//! The wire between vpcd and a card: a length of two bytes, big-endian, and so many bytes.

use thiserror::Error;

/// Most bytes in a message that is taken in; a short command has at most 261.
pub const MAX_MESSAGE_BYTES: usize = 4096;

/// What vpcd says to the card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// 00: power off; no answer.
    PowerOff,
    /// 01: power on; no answer.
    PowerOn,
    /// 02: reset; no answer.
    Reset,
    /// 04: asks for the answer to reset; comes every 0.4 s, to see whether the card is there.
    GetAtr,
    /// Any other: a command, answered by its answer.
    Command(Vec<u8>),
}

impl Message {
    /// The message in the body of a frame.
    #[must_use]
    pub fn from_body(body: &[u8]) -> Self {
        match body {
            [0x00] => Self::PowerOff,
            [0x01] => Self::PowerOn,
            [0x02] => Self::Reset,
            [0x04] => Self::GetAtr,
            command => Self::Command(command.to_vec()),
        }
    }

    /// The body of its frame.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        match self {
            Self::PowerOff => &[0x00],
            Self::PowerOn => &[0x01],
            Self::Reset => &[0x02],
            Self::GetAtr => &[0x04],
            Self::Command(command) => command,
        }
    }
}

/// Puts `body` into a frame.
///
/// # Errors
/// [`FrameError`]: it is too long.
pub fn encode(body: &[u8]) -> Result<Vec<u8>, FrameError> {
    let length = u16::try_from(body.len()).map_err(|_| FrameError)?;
    if body.len() > MAX_MESSAGE_BYTES {
        return Err(FrameError);
    }
    let mut frame = length.to_be_bytes().to_vec();
    frame.extend_from_slice(body);
    Ok(frame)
}

/// Longer than [`MAX_MESSAGE_BYTES`]: the other side does not speak this protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a message is longer than {MAX_MESSAGE_BYTES} bytes")]
pub struct FrameError;

/// Takes frames out of a stream of bytes.
#[derive(Debug, Default)]
pub struct Decoder {
    bytes: Vec<u8>,
}

impl Decoder {
    /// Takes in what came.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The body of the next whole frame. After an error nothing that was taken in is left.
    ///
    /// # Errors
    /// [`FrameError`].
    pub fn next_body(&mut self) -> Result<Option<Vec<u8>>, FrameError> {
        let Some((length, rest)) = self.bytes.split_first_chunk::<2>() else { return Ok(None) };
        let length = usize::from(u16::from_be_bytes(*length));
        if length > MAX_MESSAGE_BYTES {
            self.bytes.clear();
            return Err(FrameError);
        }
        let Some(body) = rest.get(..length).map(<[u8]>::to_vec) else { return Ok(None) };
        self.bytes.drain(..length + 2);
        Ok(Some(body))
    }

    /// Forgets what was half taken in.
    pub fn clear(&mut self) {
        self.bytes.clear();
    }
}
