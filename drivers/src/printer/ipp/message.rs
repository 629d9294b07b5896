// SPDX-License-Identifier: MIT OR Apache-2.0
//! IPP messages (RFC 8010): bytes to typed attributes and back. No I/O, bounded, never a panic.
//!
//! ```text
//! version (2) · operation or status (2) · request id (4) · groups · 03 · document
//! group     = delimiter tag (1) attributes
//! attribute = value tag (1) name length (2) name value length (2) value, and more values with an empty name
//! ```

use thiserror::Error;

/// How deep collections may be nested.
pub const MAX_NESTING: usize = 8;

/// Most attributes and values of one message, all counted.
pub const MAX_VALUES: usize = 16_384;

/// The operations used here.
pub mod operation {
    /// Print-Job.
    pub const PRINT_JOB: u16 = 0x0002;
    /// Validate-Job.
    pub const VALIDATE_JOB: u16 = 0x0004;
    /// Cancel-Job.
    pub const CANCEL_JOB: u16 = 0x0008;
    /// Get-Job-Attributes.
    pub const GET_JOB_ATTRIBUTES: u16 = 0x0009;
    /// Get-Jobs.
    pub const GET_JOBS: u16 = 0x000A;
    /// Get-Printer-Attributes.
    pub const GET_PRINTER_ATTRIBUTES: u16 = 0x000B;
}

/// The delimiter tags used here.
pub mod group {
    /// Operation attributes.
    pub const OPERATION: u8 = 0x01;
    /// Job attributes.
    pub const JOB: u8 = 0x02;
    /// End of the attributes.
    pub const END: u8 = 0x03;
    /// Printer attributes.
    pub const PRINTER: u8 = 0x04;
}

/// Value tags.
mod tag {
    pub(super) const INTEGER: u8 = 0x21;
    pub(super) const BOOLEAN: u8 = 0x22;
    pub(super) const ENUM: u8 = 0x23;
    pub(super) const RESOLUTION: u8 = 0x32;
    pub(super) const RANGE: u8 = 0x33;
    pub(super) const BEGIN_COLLECTION: u8 = 0x34;
    pub(super) const TEXT_WITH_LANGUAGE: u8 = 0x35;
    pub(super) const NAME_WITH_LANGUAGE: u8 = 0x36;
    pub(super) const END_COLLECTION: u8 = 0x37;
    pub(super) const TEXT: u8 = 0x41;
    pub(super) const NAME: u8 = 0x42;
    pub(super) const KEYWORD: u8 = 0x44;
    pub(super) const URI: u8 = 0x45;
    pub(super) const CHARSET: u8 = 0x47;
    pub(super) const LANGUAGE: u8 = 0x48;
    pub(super) const MIME: u8 = 0x49;
    pub(super) const MEMBER_NAME: u8 = 0x4A;
}

/// One value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// integer.
    Integer(i32),
    /// boolean.
    Boolean(bool),
    /// enum.
    Enum(i32),
    /// resolution: across, down, unit (3 is dots an inch, 4 a centimetre).
    Resolution(i32, i32, u8),
    /// rangeOfInteger.
    Range(i32, i32),
    /// text, with its language left out.
    Text(String),
    /// name, with its language left out.
    Name(String),
    /// keyword.
    Keyword(String),
    /// uri.
    Uri(String),
    /// charset.
    Charset(String),
    /// naturalLanguage.
    Language(String),
    /// mimeMediaType.
    Mime(String),
    /// collection.
    Collection(Vec<Attribute>),
    /// Any other tag, and what does not have the form of its tag.
    Other(u8, Vec<u8>),
}

impl Value {
    /// The text of a text, name, keyword, URI, charset, language or MIME type.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text)
            | Self::Name(text)
            | Self::Keyword(text)
            | Self::Uri(text)
            | Self::Charset(text)
            | Self::Language(text)
            | Self::Mime(text) => Some(text),
            _ => None,
        }
    }

    /// The number of an integer or enum.
    #[must_use]
    pub fn as_number(&self) -> Option<i32> {
        match self {
            Self::Integer(number) | Self::Enum(number) => Some(*number),
            _ => None,
        }
    }
}

/// A name with its values; at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Name.
    pub name: String,
    /// Values.
    pub values: Vec<Value>,
}

impl Attribute {
    /// An attribute of one value.
    #[must_use]
    pub fn new(name: &str, value: Value) -> Self {
        Self { name: name.to_owned(), values: vec![value] }
    }

    /// An attribute of several keywords.
    #[must_use]
    pub fn keywords(name: &str, keywords: &[&str]) -> Self {
        let values = keywords.iter().map(|keyword| Value::Keyword((*keyword).to_owned())).collect();
        Self { name: name.to_owned(), values }
    }
}

/// Attributes under one delimiter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// One of [`group`], or another.
    pub tag: u8,
    /// Attributes.
    pub attributes: Vec<Attribute>,
}

impl Group {
    /// The attribute of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The first value of the attribute of this name.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<&Value> {
        self.get(name)?.values.first()
    }

    /// The texts of the attribute of this name.
    pub fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.get(name).into_iter().flat_map(|attribute| &attribute.values).filter_map(Value::as_str)
    }
}

/// A request or an answer, without its document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Major and minor.
    pub version: (u8, u8),
    /// One of [`operation`], or the status of an answer.
    pub code: u16,
    /// Chosen by who asks.
    pub request_id: u32,
    /// Groups in their order.
    pub groups: Vec<Group>,
}

/// Bytes that are no IPP message.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum MessageError {
    /// It ends too early.
    #[error("the message ends within its attributes")]
    Short,
    /// A value before any group, or one more value of no attribute.
    #[error("a value stands where none can be")]
    Place,
    /// Text that is not UTF-8.
    #[error("a name or text is not UTF-8")]
    Utf8,
    /// Collections within collections beyond [`MAX_NESTING`], or one that is not closed.
    #[error("a collection is nested too deep or not closed")]
    Collection,
    /// More than [`MAX_VALUES`].
    #[error("the message has more than {MAX_VALUES} values")]
    TooMany,
}

impl Message {
    /// A request in IPP 1.1, which all printers speak: charset and language first, then where it goes.
    #[must_use]
    pub fn request(code: u16, request_id: u32, printer_uri: &str, user: &str) -> Self {
        let attributes = vec![
            Attribute::new("attributes-charset", Value::Charset("utf-8".to_owned())),
            Attribute::new("attributes-natural-language", Value::Language("en".to_owned())),
            Attribute::new("printer-uri", Value::Uri(printer_uri.to_owned())),
            Attribute::new("requesting-user-name", Value::Name(user.to_owned())),
        ];
        Self { version: (1, 1), code, request_id, groups: vec![Group { tag: group::OPERATION, attributes }] }
    }

    /// Adds an attribute to the group of this tag, which is appended when it is not there.
    #[must_use]
    pub fn with(mut self, tag: u8, attribute: Attribute) -> Self {
        match self.groups.iter_mut().find(|group| group.tag == tag) {
            Some(group) => group.attributes.push(attribute),
            None => self.groups.push(Group { tag, attributes: vec![attribute] }),
        }
        self
    }

    /// The first group of this tag.
    #[must_use]
    pub fn group(&self, tag: u8) -> Option<&Group> {
        self.groups.iter().find(|group| group.tag == tag)
    }

    /// The message as bytes; a document follows it. Names and values longer than 65535 bytes are cut there.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![self.version.0, self.version.1];
        out.extend(self.code.to_be_bytes());
        out.extend(self.request_id.to_be_bytes());
        for group in &self.groups {
            out.push(group.tag);
            for attribute in &group.attributes {
                for (index, value) in attribute.values.iter().enumerate() {
                    let name = if index == 0 { attribute.name.as_str() } else { "" };
                    encode_value(name, value, &mut out);
                }
            }
        }
        out.push(group::END);
        out
    }

    /// Reads a message, and where its document begins.
    ///
    /// # Errors
    /// The bytes are no IPP message, or one beyond the bounds.
    pub fn decode(bytes: &[u8]) -> Result<(Self, usize), MessageError> {
        let mut reader = Reader { bytes, at: 0, values: 0 };
        let version = (reader.byte()?, reader.byte()?);
        let code = reader.number()?;
        let request_id = u32::from(reader.number()?) << 16 | u32::from(reader.number()?);
        let mut groups: Vec<Group> = Vec::new();
        loop {
            match reader.byte()? {
                group::END => break,
                tag @ 0x00..=0x0F => groups.push(Group { tag, attributes: Vec::new() }),
                tag => {
                    let attributes = &mut groups.last_mut().ok_or(MessageError::Place)?.attributes;
                    reader.attribute(tag, attributes, 0)?;
                }
            }
        }
        Ok((Self { version, code, request_id, groups }, reader.at))
    }
}

fn encode_value(name: &str, value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Integer(number) => field(tag::INTEGER, name, &number.to_be_bytes(), out),
        Value::Boolean(on) => field(tag::BOOLEAN, name, &[u8::from(*on)], out),
        Value::Enum(number) => field(tag::ENUM, name, &number.to_be_bytes(), out),
        Value::Resolution(across, down, unit) => {
            let bytes = [&across.to_be_bytes()[..], &down.to_be_bytes(), &[*unit]].concat();
            field(tag::RESOLUTION, name, &bytes, out);
        }
        Value::Range(low, high) => {
            field(tag::RANGE, name, &[low.to_be_bytes(), high.to_be_bytes()].concat(), out);
        }
        Value::Text(text) => field(tag::TEXT, name, text.as_bytes(), out),
        Value::Name(text) => field(tag::NAME, name, text.as_bytes(), out),
        Value::Keyword(text) => field(tag::KEYWORD, name, text.as_bytes(), out),
        Value::Uri(text) => field(tag::URI, name, text.as_bytes(), out),
        Value::Charset(text) => field(tag::CHARSET, name, text.as_bytes(), out),
        Value::Language(text) => field(tag::LANGUAGE, name, text.as_bytes(), out),
        Value::Mime(text) => field(tag::MIME, name, text.as_bytes(), out),
        Value::Other(tag, bytes) => field(*tag, name, bytes, out),
        Value::Collection(members) => {
            field(tag::BEGIN_COLLECTION, name, &[], out);
            for member in members {
                field(tag::MEMBER_NAME, "", member.name.as_bytes(), out);
                for value in &member.values {
                    encode_value("", value, out);
                }
            }
            field(tag::END_COLLECTION, "", &[], out);
        }
    }
}

fn field(tag: u8, name: &str, value: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    for part in [name.as_bytes(), value] {
        let length = u16::try_from(part.len()).unwrap_or(u16::MAX);
        out.extend(length.to_be_bytes());
        out.extend_from_slice(part.get(..usize::from(length)).unwrap_or_default());
    }
}

struct Reader<'bytes> {
    bytes: &'bytes [u8],
    at: usize,
    values: usize,
}

impl<'bytes> Reader<'bytes> {
    fn take(&mut self, count: usize) -> Result<&'bytes [u8], MessageError> {
        let taken = self.bytes.get(self.at..).and_then(|rest| rest.get(..count)).ok_or(MessageError::Short)?;
        self.at += count;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, MessageError> {
        self.take(1)?.first().copied().ok_or(MessageError::Short)
    }

    fn number(&mut self) -> Result<u16, MessageError> {
        match self.take(2)? {
            [high, low] => Ok(u16::from_be_bytes([*high, *low])),
            _ => Err(MessageError::Short),
        }
    }

    fn field(&mut self) -> Result<&'bytes [u8], MessageError> {
        let length = self.number()?;
        self.take(length.into())
    }

    /// One value, with a name or as one more of the last attribute.
    fn attribute(&mut self, tag: u8, attributes: &mut Vec<Attribute>, depth: usize) -> Result<(), MessageError> {
        let name = text(self.field()?)?;
        let value = self.value(tag, depth)?;
        if name.is_empty() {
            attributes.last_mut().ok_or(MessageError::Place)?.values.push(value);
        } else {
            attributes.push(Attribute { name, values: vec![value] });
        }
        Ok(())
    }

    fn value(&mut self, tag: u8, depth: usize) -> Result<Value, MessageError> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(MessageError::TooMany);
        }
        let bytes = self.field()?;
        Ok(match (tag, bytes) {
            (tag::INTEGER, [a, b, c, d]) => Value::Integer(i32::from_be_bytes([*a, *b, *c, *d])),
            (tag::ENUM, [a, b, c, d]) => Value::Enum(i32::from_be_bytes([*a, *b, *c, *d])),
            (tag::BOOLEAN, [on @ 0..=1]) => Value::Boolean(*on == 1),
            (tag::RESOLUTION, [a, b, c, d, e, f, g, h, unit]) => {
                let across = i32::from_be_bytes([*a, *b, *c, *d]);
                Value::Resolution(across, i32::from_be_bytes([*e, *f, *g, *h]), *unit)
            }
            (tag::RANGE, [a, b, c, d, e, f, g, h]) => {
                Value::Range(i32::from_be_bytes([*a, *b, *c, *d]), i32::from_be_bytes([*e, *f, *g, *h]))
            }
            (tag::TEXT, bytes) => Value::Text(text(bytes)?),
            (tag::NAME, bytes) => Value::Name(text(bytes)?),
            (tag::KEYWORD, bytes) => Value::Keyword(text(bytes)?),
            (tag::URI, bytes) => Value::Uri(text(bytes)?),
            (tag::CHARSET, bytes) => Value::Charset(text(bytes)?),
            (tag::LANGUAGE, bytes) => Value::Language(text(bytes)?),
            (tag::MIME, bytes) => Value::Mime(text(bytes)?),
            (tag::TEXT_WITH_LANGUAGE | tag::NAME_WITH_LANGUAGE, bytes) => match without_language(bytes) {
                Some(bytes) if tag == tag::TEXT_WITH_LANGUAGE => Value::Text(text(bytes)?),
                Some(bytes) => Value::Name(text(bytes)?),
                None => Value::Other(tag, bytes.to_vec()),
            },
            (tag::BEGIN_COLLECTION, _) => Value::Collection(self.collection(depth + 1)?),
            (tag, bytes) => Value::Other(tag, bytes.to_vec()),
        })
    }

    fn collection(&mut self, depth: usize) -> Result<Vec<Attribute>, MessageError> {
        if depth > MAX_NESTING {
            return Err(MessageError::Collection);
        }
        let mut members: Vec<Attribute> = Vec::new();
        loop {
            let tag = self.byte()?;
            // No member has a name of its own here.
            if !self.field()?.is_empty() || tag < 0x10 {
                return Err(MessageError::Collection);
            }
            match tag {
                tag::END_COLLECTION => {
                    self.field()?;
                    // A member without a value is none.
                    members.retain(|member| !member.values.is_empty());
                    return Ok(members);
                }
                tag::MEMBER_NAME => members.push(Attribute { name: text(self.field()?)?, values: Vec::new() }),
                tag => {
                    let value = self.value(tag, depth)?;
                    members.last_mut().ok_or(MessageError::Place)?.values.push(value);
                }
            }
        }
    }
}

fn text(bytes: &[u8]) -> Result<String, MessageError> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| MessageError::Utf8)
}

/// The text of a value that begins with its language.
fn without_language(bytes: &[u8]) -> Option<&[u8]> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    let (_, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    (rest.len() == usize::from(u16::from_be_bytes(*length))).then_some(rest)
}
