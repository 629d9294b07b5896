// SPDX-License-Identifier: GPL-3.0-only
//! How the table of messages becomes readers and writers: one macro, and the two sides it works on.

use thiserror::Error;
use zeroize::Zeroizing;

use super::charset::normalised;
use super::codes;
use super::codes::FieldCode;
use super::fixed::{Fixed, Flag};
use crate::protocol::Secret;

/// Why bytes are no message. Tells places, never values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// Not even the two characters that say which message it is.
    #[error("the message is too short to say what it is")]
    TooShort,
    /// No message of SIP 2.00.
    #[error("no known message begins with {0}")]
    UnknownMessage(FieldCode),
    /// The message ends inside its fixed fields.
    #[error("message {message} ends before its fixed field {field} does")]
    FixedTooShort {
        /// Its two digits.
        message: &'static str,
        /// Name of the field.
        field: &'static str,
    },
    /// A fixed field on which everything depends means nothing.
    #[error("the fixed field {field} of message {message} means nothing")]
    FixedUnreadable {
        /// Its two digits.
        message: &'static str,
        /// Name of the field.
        field: &'static str,
    },
    /// The checksum is not that of the message.
    #[error("the checksum is wrong")]
    ChecksumWrong,
    /// The profile of the server wants a checksum and there is none.
    #[error("the checksum is missing")]
    ChecksumMissing,
}

/// Why a message cannot be sent. Tells places, never values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EncodeError {
    /// A value holds `|` or a control character: it would become a field or a message of its own.
    #[error("field {0} holds a character that would end it")]
    ForbiddenCharacter(FieldCode),
    /// A value holds a character that the server's character set does not have.
    #[error("the message holds a character that is not in the character set of the server")]
    NotInCharset,
    /// The message would be longer than [`super::frame::MAX_FRAME_BYTES`].
    #[error("the message is too long to be sent")]
    TooLong,
}

/// The reading side: the text of one message behind its two digits.
pub struct Body<'t> {
    rest: &'t str,
    /// Fields that this message does not have.
    pub(super) unknown: u16,
    /// Second values of fields that come once; the first one counts.
    pub(super) repeated: u16,
    /// Required fields that are not there; they are read as empty.
    pub(super) missing: Vec<FieldCode>,
    /// The sequence number, where it stands as a plain field without a checksum.
    pub(super) sequence: Option<u8>,
}

impl<'t> Body<'t> {
    pub(super) fn new(rest: &'t str) -> Self {
        Self { rest, unknown: 0, repeated: 0, missing: Vec::new(), sequence: None }
    }

    /// The next fixed field.
    pub(super) fn fixed<F: Fixed>(&mut self, message: &'static str, field: &'static str) -> Result<F, DecodeError> {
        let bytes = self.rest.as_bytes();
        let is_ascii = bytes.get(..F::WIDTH).is_some_and(<[u8]>::is_ascii);
        let width = if is_ascii {
            F::WIDTH
        } else {
            // Counted in characters: bytes of another character set must not shift what follows.
            let mut ends = self.rest.char_indices().map(|(at, character)| at + character.len_utf8());
            ends.nth(F::WIDTH - 1).ok_or(DecodeError::FixedTooShort { message, field })?
        };
        let (text, rest) = self.rest.split_at_checked(width).ok_or(DecodeError::FixedTooShort { message, field })?;
        self.rest = rest;
        F::read(text).ok_or(DecodeError::FixedUnreadable { message, field })
    }

    /// The next variable field. Parts too short for a code, and the sequence number, are taken care of.
    pub(super) fn variable(&mut self) -> Option<([u8; 2], &'t str)> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let (part, rest) = self.rest.split_once('|').unwrap_or((self.rest, ""));
            self.rest = rest;
            if part.is_empty() {
                continue;
            }
            let Some((code, value)) = part.split_at_checked(2) else {
                self.unknown = self.unknown.saturating_add(1);
                continue;
            };
            let code = code.as_bytes().try_into().unwrap_or_default();
            if code != codes::AY {
                return Some((code, value));
            }
            if let &[digit @ b'0'..=b'9'] = value.as_bytes() {
                self.sequence = Some(digit - b'0');
            }
        }
    }

    pub(super) fn note(&mut self, taken: Taken) {
        match taken {
            Taken::Yes => (),
            Taken::Repeated => self.repeated = self.repeated.saturating_add(1),
            Taken::Unknown => self.unknown = self.unknown.saturating_add(1),
        }
    }

    pub(super) fn miss(&mut self, code: [u8; 2]) {
        self.missing.push(FieldCode::new(code));
    }
}

/// What became of a variable field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is in the message.
    Yes,
    /// It was there already, and comes once.
    Repeated,
    /// This message does not have it.
    Unknown,
}

/// Bytes of a field's code and end, and of the trailer behind the last one.
const FIELD_OVERHEAD_BYTES: usize = 32;

/// The writing side.
pub struct Writer {
    pub(super) text: Zeroizing<String>,
    pub(super) error: Option<EncodeError>,
}

impl Writer {
    pub(super) fn new(room_bytes: usize) -> Self {
        Self { text: Zeroizing::new(String::with_capacity(room_bytes)), error: None }
    }

    pub(super) fn code(&mut self, code: &str) {
        self.text.push_str(code);
    }

    /// Makes room by hand: a growing text would leave an unwiped copy behind.
    fn reserve(&mut self, more_bytes: usize) {
        let needed = self.text.len() + more_bytes;
        if self.text.capacity() < needed {
            let mut larger = Zeroizing::new(String::with_capacity(needed * 2));
            larger.push_str(&self.text);
            self.text = larger;
        }
    }

    fn field(&mut self, code: [u8; 2], value: &str) {
        if value.bytes().any(|byte| byte == b'|' || byte < 0x20 || byte == 0x7F) || value.contains(is_c1_control) {
            self.error = self.error.or(Some(EncodeError::ForbiddenCharacter(FieldCode::new(code))));
            return;
        }
        // Composing a text makes it at most three times as long (the factor of Unicode for NFC in UTF-8).
        self.reserve(value.len() * 3 + FIELD_OVERHEAD_BYTES);
        self.text.extend(code.map(char::from));
        if value.is_ascii() {
            self.text.push_str(value);
        } else {
            self.text.push_str(normalised(value.into()).as_str());
        }
        self.text.push('|');
    }
}

/// Control characters beyond ASCII, and the line and paragraph ends of Unicode.
fn is_c1_control(character: char) -> bool {
    matches!(character, '\u{80}'..='\u{9F}' | '\u{2028}' | '\u{2029}')
}

/// A text that may go into a field: what would end it becomes a blank.
#[must_use]
pub fn harmless(text: &str) -> String {
    text.chars().map(|c| if c == '|' || c.is_control() || is_c1_control(c) { ' ' } else { c }).collect()
}

/// A variable field, by the type that holds it.
pub trait Variable: Default {
    /// Whether the message must have it; it is then sent even when empty.
    const REQUIRED: bool;
    /// Takes a value from the wire; `was_seen` tells whether there was one before.
    fn accept(&mut self, value: &str, was_seen: bool) -> Taken;
    /// Writes it, as often as it has values.
    fn put(&self, code: [u8; 2], writer: &mut Writer);
}

macro_rules! variables {
    ($($single:ty: $read:expr, $show:expr;)*) => {$(
        impl Variable for $single {
            const REQUIRED: bool = true;

            fn accept(&mut self, value: &str, was_seen: bool) -> Taken {
                if was_seen {
                    return Taken::Repeated;
                }
                *self = $read(value);
                Taken::Yes
            }

            fn put(&self, code: [u8; 2], writer: &mut Writer) {
                writer.field(code, $show(self));
            }
        }

        impl Variable for Option<$single> {
            const REQUIRED: bool = false;

            fn accept(&mut self, value: &str, was_seen: bool) -> Taken {
                if was_seen {
                    return Taken::Repeated;
                }
                *self = Some($read(value));
                Taken::Yes
            }

            fn put(&self, code: [u8; 2], writer: &mut Writer) {
                if let Some(value) = self {
                    writer.field(code, $show(value));
                }
            }
        }

        impl Variable for Vec<$single> {
            const REQUIRED: bool = false;

            fn accept(&mut self, value: &str, _was_seen: bool) -> Taken {
                self.push($read(value));
                Taken::Yes
            }

            fn put(&self, code: [u8; 2], writer: &mut Writer) {
                for value in self {
                    writer.field(code, $show(value));
                }
            }
        }
    )*};
}

variables! {
    String: str::to_owned, String::as_str;
    Secret: Secret::from, Secret::expose;
    Flag: Flag::of, flag_text;
}

fn flag_text(flag: &Flag) -> &'static str {
    match flag {
        Flag::Yes => "Y",
        Flag::No => "N",
        Flag::Unknown => "U",
    }
}

/// A message with its layout.
pub trait Layout: Sized {
    /// The two digits it begins with.
    const CODE: &'static str;
    /// Reads what stands behind the two digits.
    ///
    /// # Errors
    /// [`DecodeError`] where the fixed fields cannot be read.
    fn read(body: &mut Body<'_>) -> Result<Self, DecodeError>;
    /// Writes what stands behind the two digits.
    fn write(&self, writer: &mut Writer);
}

/// Declares a message: fixed fields in their order, then variable fields in the order in which they are sent.
macro_rules! message {
    ($(#[$doc:meta])* $name:ident $code:literal
     fixed { $($(#[$fixed_doc:meta])* $fixed:ident: $fixed_type:ty,)* }
     fields { $($(#[$field_doc:meta])* $field_code:ident $field:ident: $field_type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct $name {
            $($(#[$fixed_doc])* pub $fixed: $fixed_type,)*
            $($(#[$field_doc])* pub $field: $field_type,)*
        }

        impl $crate::services::library::sip2::layout::Layout for $name {
            const CODE: &'static str = $code;

            #[allow(unused_mut, unused_variables, reason = "some messages have no fields")]
            fn read(
                body: &mut $crate::services::library::sip2::layout::Body<'_>,
            ) -> Result<Self, $crate::services::library::sip2::layout::DecodeError> {
                #[allow(unused_imports, reason = "some messages have no fields")]
                use $crate::services::library::sip2::{codes, layout::{Taken, Variable}};
                let mut message = Self {
                    $($fixed: body.fixed($code, stringify!($fixed))?,)*
                    $($field: Default::default(),)*
                };
                $(let mut $field = false;)*
                while let Some((code, value)) = body.variable() {
                    let taken = match code {
                        $(codes::$field_code => message.$field.accept(value, std::mem::replace(&mut $field, true)),)*
                        _ => Taken::Unknown,
                    };
                    body.note(taken);
                }
                $(if <$field_type as Variable>::REQUIRED && !$field {
                    body.miss(codes::$field_code);
                })*
                Ok(message)
            }

            #[allow(unused_variables, reason = "some messages have no fields")]
            fn write(&self, writer: &mut $crate::services::library::sip2::layout::Writer) {
                #[allow(unused_imports, reason = "some messages have no fields")]
                use $crate::services::library::sip2::{codes, fixed::Fixed, layout::Variable};
                $(self.$fixed.write(&mut writer.text);)*
                $(self.$field.put(codes::$field_code, writer);)*
            }
        }

        #[cfg(test)]
        impl $crate::services::library::sip2::made_up::MadeUp for $name {
            #[allow(unused_variables, reason = "some messages have no fields")]
            fn made_up(source: &mut $crate::services::library::sip2::made_up::Source) -> Self {
                #[allow(unused_imports, reason = "some messages have no fields")]
                use $crate::services::library::sip2::made_up::MadeUp;
                Self { $($fixed: MadeUp::made_up(source),)* $($field: MadeUp::made_up(source),)* }
            }
        }
    };
}

pub(super) use message;
