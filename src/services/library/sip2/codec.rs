// SPDX-License-Identifier: GPL-3.0-only
//! Frames to messages and back, by the rules of one server. Both directions: the terminal and the simulated library
//! use the same code from its two ends.

use zeroize::Zeroizing;

use super::charset::Charset;
use super::codes::FieldCode;
use super::frame::{Frame, LineEnd, MAX_FRAME_BYTES};
use super::layout::{Body, DecodeError, EncodeError, Writer};
use super::message::Message;
use super::trailer::{self, ChecksumPolicy, Trailer};

/// Room for a message before it must grow, in bytes: every request fits.
const USUAL_BYTES: usize = 1024;

/// How one server writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Codec {
    /// Its character set.
    pub charset: Charset,
    /// Its checksum rule.
    pub checksum: ChecksumPolicy,
    /// The line end that is sent; every one is understood.
    pub line_end: LineEnd,
    /// What is sent for a character that the character set does not have; `None` refuses the message. A server stands
    /// in with `?`; a terminal must not, because half a card number is another card number.
    pub stand_in: Option<u8>,
}

/// A message as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The message.
    pub message: Message,
    /// Its sequence number 0 to 9, where it had one.
    pub sequence: Option<u8>,
    /// Whether it had a checksum (a right one, or one that is not looked at).
    pub has_checksum: bool,
    /// Fields that this message does not have; they were ignored.
    pub unknown_fields: u16,
    /// Second values of fields that come once; the first counts.
    pub repeated_fields: u16,
    /// Required fields that were not there; they are empty in the message.
    pub missing_fields: Vec<FieldCode>,
    /// Places that are not in the character set: the profile may name a wrong one.
    pub undecodable: usize,
}

impl Codec {
    /// Reads one frame, without its line end.
    ///
    /// # Errors
    /// [`DecodeError`]; the checksum is looked at before anything else. 96 and 97 may come without one.
    pub fn decode(&self, frame: &[u8]) -> Result<Received, DecodeError> {
        let trailer = Trailer::of(frame);
        match self.checksum.agrees(&trailer, self.charset) {
            Some(true) => (),
            Some(false) => return Err(DecodeError::ChecksumWrong),
            None if self.checksum == ChecksumPolicy::Off || is_resend(trailer.content) => (),
            None => return Err(DecodeError::ChecksumMissing),
        }
        self.read(&trailer)
    }

    /// Reads one frame whatever its checksum says, as a server does that lets its terminals choose.
    ///
    /// # Errors
    /// [`DecodeError`], but none about the checksum.
    pub fn decode_unchecked(&self, frame: &[u8]) -> Result<Received, DecodeError> {
        self.read(&Trailer::of(frame))
    }

    fn read(&self, trailer: &Trailer<'_>) -> Result<Received, DecodeError> {
        let content = self.charset.decode(trailer.content);
        let (code, rest) = content.text.as_str().split_at_checked(2).ok_or(DecodeError::TooShort)?;
        let mut body = Body::new(rest);
        let message = Message::read(code, &mut body)?;
        Ok(Received {
            message,
            sequence: trailer.sequence.or(body.sequence),
            has_checksum: trailer.checksum.is_some(),
            unknown_fields: body.unknown,
            repeated_fields: body.repeated,
            missing_fields: body.missing,
            undecodable: content.undecodable,
        })
    }

    /// Writes one message with sequence number, checksum (where the rule has one) and line end. 96 and 97 carry no
    /// sequence number, whatever `sequence` says.
    ///
    /// # Errors
    /// [`EncodeError`] where a value would break out of its field, cannot be written in the character set, or makes
    /// the message too long.
    pub fn encode(&self, message: &Message, sequence: u8) -> Result<Frame, EncodeError> {
        let is_resend = is_resend(message.code().as_bytes());
        self.encode_with(message, (!is_resend).then_some(sequence), self.checksum)
    }

    /// The same with a sequence number only where `sequence` has one, by another rule than that of the server: what a
    /// server answers to a terminal that sends neither.
    ///
    /// # Errors
    /// As [`Codec::encode`].
    pub fn encode_with(
        &self,
        message: &Message,
        sequence: Option<u8>,
        checksum: ChecksumPolicy,
    ) -> Result<Frame, EncodeError> {
        let mut writer = Writer::new(USUAL_BYTES);
        writer.code(message.code());
        message.write(&mut writer);
        if let Some(error) = writer.error {
            return Err(error);
        }
        let mut frame: Frame = if self.charset == Charset::Utf8 {
            Zeroizing::new(std::mem::take(&mut *writer.text).into_bytes())
        } else {
            // No character takes more than 4 bytes in any character set, so it never grows and leaves a copy.
            let mut bytes = Zeroizing::new(Vec::with_capacity(writer.text.len() * 2 + USUAL_BYTES));
            let encoded = self.charset.encode(&writer.text, self.stand_in, &mut bytes);
            encoded.map_err(|_| EncodeError::NotInCharset)?;
            bytes
        };
        trailer::append(checksum, self.charset, sequence, &mut frame);
        if frame.len() > MAX_FRAME_BYTES {
            return Err(EncodeError::TooLong);
        }
        frame.extend_from_slice(self.line_end.bytes());
        Ok(frame)
    }
}

fn is_resend(content: &[u8]) -> bool {
    matches!(content, b"96" | b"97")
}
