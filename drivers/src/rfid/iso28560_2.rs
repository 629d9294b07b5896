// SPDX-License-Identifier: MIT OR Apache-2.0
//! Data elements on a tag after ISO 28560-2, the Chinese national standard (GB/T 35660.2).
//!
//! A tag holds data objects behind each other, each of them: precursor (bit 7: offset, bits 6 to 4: compaction, bits 3
//! to 0: element), the element's number less 15 where the nibble is 15, the number of padding bytes where the offset
//! bit is set, the number of bytes, the bytes, the padding. A precursor of zero ends them.
//!
//! Checked against the example in the annex of the standard, both ways.

use std::fmt;

use thiserror::Error;

use super::compaction::{Compaction, CompactionError};
use crate::sensitive::Sensitive;

/// Most bytes of one element: a length byte from 0x80 on has another meaning in ISO/IEC 15962, which no library tag
/// is known to use.
pub const LONGEST_ELEMENT_BYTES: usize = 0x7F;

/// Most bytes of tag memory that are looked at.
pub const MOST_MEMORY_BYTES: usize = 8192;

/// Number of a data element.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Element(u8);

impl Element {
    /// Unique item identifier.
    pub const UII: Self = Self(0);
    /// Primary item identifier: the bar code of a book, the number of a patron's card.
    pub const PRIMARY_ITEM: Self = Self(1);
    /// Which elements there are, as a bitmap from element 3 on.
    pub const CONTENT_PARAMETER: Self = Self(2);
    /// Library that owns the item, an ISIL.
    pub const OWNER: Self = Self(3);
    /// Number of parts and part number, such as `1203`.
    pub const SET_INFORMATION: Self = Self(4);
    /// Type of usage, two hexadecimal digits.
    pub const USAGE: Self = Self(5);
    /// Shelf location.
    pub const SHELF: Self = Self(6);
    /// Library that borrowed the item from another, an ISIL.
    pub const ILL_BORROWER: Self = Self(11);
    /// Title.
    pub const TITLE: Self = Self(17);
    /// Alternative owner, an ISIL.
    pub const ALTERNATIVE_OWNER: Self = Self(23);
    /// Alternative library that borrowed the item, an ISIL.
    pub const ALTERNATIVE_ILL_BORROWER: Self = Self(25);
    /// The highest number in use: local data C.
    pub const LAST: Self = Self(26);

    /// The element of this number, if there is one.
    #[must_use]
    pub fn new(number: u8) -> Option<Self> {
        (number <= Self::LAST.0).then_some(Self(number))
    }

    /// Its number (the relative object identifier).
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        const NAMES: [&str; 27] = [
            "UII",
            "primary item identifier",
            "content parameter",
            "owner",
            "set information",
            "type of usage",
            "shelf location",
            "ONIX media format",
            "MARC media format",
            "supplier",
            "order number",
            "ILL borrower",
            "ILL transaction",
            "GS1 product",
            "alternative UII",
            "local data A",
            "local data B",
            "title",
            "local product",
            "other media format",
            "supply stage",
            "supplier invoice",
            "alternative item",
            "alternative owner",
            "subsidiary of owner",
            "alternative ILL borrower",
            "local data C",
        ];
        NAMES.get(usize::from(self.0)).copied().unwrap_or("unknown")
    }

    /// Whether its application-defined compaction is the code of library identifiers.
    fn is_isil(self) -> bool {
        [Self::OWNER, Self::ILL_BORROWER, Self::ALTERNATIVE_OWNER, Self::ALTERNATIVE_ILL_BORROWER].contains(&self)
    }

    /// How `text` is packed for this element when nobody says: owners in their own code where they fit it, titles as
    /// UTF-8, type of usage as one byte, the rest as short as [`Compaction::choose`] can.
    #[must_use]
    pub fn choose(self, text: &str) -> Compaction {
        let own = self.is_isil() && !text.is_empty() && Compaction::ApplicationDefined.encode(text).is_ok();
        match self {
            Self::TITLE => Compaction::Utf8,
            Self::USAGE if usage_byte(text).is_some() => Compaction::ApplicationDefined,
            _ if own => Compaction::ApplicationDefined,
            _ => Compaction::choose(text),
        }
    }
}

impl fmt::Debug for Element {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.0, self.name())
    }
}

/// What an element holds. Whether it is personal depends on what the tag is on; so nothing of it is ever shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ElementValue {
    /// Characters.
    Text(Sensitive<String>),
    /// Application-defined bytes without a known form.
    Bytes(Sensitive<Vec<u8>>),
}

/// One data object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataObject {
    /// Which element.
    pub element: Element,
    /// How it was packed.
    pub compaction: Compaction,
    /// What it holds.
    pub value: ElementValue,
}

impl DataObject {
    /// Its characters; nothing for bytes.
    #[must_use]
    pub fn text(&self) -> Option<&Sensitive<String>> {
        match &self.value {
            ElementValue::Text(text) => Some(text),
            ElementValue::Bytes(_) => None,
        }
    }
}

/// What is wrong with a tag of this model, and from which byte of its memory on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("byte {at} of the tag: {why}")]
pub struct DataObjectError {
    /// Where the data object begins.
    pub at: usize,
    /// What is wrong with it.
    #[source]
    pub why: DataObjectFault,
}

/// What is wrong with a data object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DataObjectFault {
    /// It goes on behind the end of the memory.
    #[error("the data object ends behind the memory")]
    Cut,
    /// Longer than [`LONGEST_ELEMENT_BYTES`].
    #[error("the length is not one of a library tag")]
    Length,
    /// Padding is not zero.
    #[error("the padding is not zero")]
    Padding,
    /// There is no such element.
    #[error("there is no element {0}")]
    Element(u16),
    /// An element occurs twice.
    #[error("element {0} occurs twice")]
    Twice(u8),
    /// The bytes are not packed as the precursor says.
    #[error("element {0} is not packed as it says")]
    Packed(u8, #[source] CompactionError),
}

/// The data objects of a tag, with the damage after which nothing more could be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataObjects {
    /// In the order of the tag.
    pub objects: Vec<DataObject>,
    /// Why reading stopped early, if it did.
    pub damage: Option<DataObjectError>,
}

impl DataObjects {
    /// Reads `memory` from its first byte. What comes before a damaged object is kept.
    #[must_use]
    pub fn decode(memory: &[u8]) -> Self {
        let memory = memory.get(..MOST_MEMORY_BYTES).unwrap_or(memory);
        let mut read = Self::default();
        let mut at = 0;
        while memory.get(at).is_some_and(|precursor| *precursor != 0) {
            match read.next(memory.get(at..).unwrap_or_default()) {
                Ok((object, size)) => {
                    read.objects.push(object);
                    at += size;
                }
                Err(why) => {
                    read.damage = Some(DataObjectError { at, why });
                    break;
                }
            }
        }
        read
    }

    /// The object at the beginning of `bytes` and its size with padding.
    fn next(&self, bytes: &[u8]) -> Result<(DataObject, usize), DataObjectFault> {
        let mut rest = bytes.iter().copied();
        let mut take = || rest.next().ok_or(DataObjectFault::Cut);
        let precursor = take()?;
        let number = match precursor & 0x0F {
            15 => 15 + u16::from(take()?),
            number => u16::from(number),
        };
        let padding = if precursor & 0x80 == 0 { 0 } else { usize::from(take()?) };
        let length = usize::from(take()?);
        let element = u8::try_from(number).ok().and_then(Element::new).ok_or(DataObjectFault::Element(number))?;
        if length > LONGEST_ELEMENT_BYTES {
            return Err(DataObjectFault::Length);
        }
        let head = bytes.len() - rest.len();
        let data = bytes.get(head..head + length).ok_or(DataObjectFault::Cut)?;
        let size = head + length + padding;
        let filling = bytes.get(head + length..size).ok_or(DataObjectFault::Cut)?;
        if filling.iter().any(|byte| *byte != 0) {
            return Err(DataObjectFault::Padding);
        }
        if self.objects.iter().any(|object| object.element == element) {
            return Err(DataObjectFault::Twice(element.0));
        }
        let compaction = Compaction::from_code(precursor >> 4);
        let packed = |why| DataObjectFault::Packed(element.0, why);
        let value = match compaction {
            Compaction::ApplicationDefined if element == Element::USAGE && length == 1 => {
                ElementValue::Text(Sensitive::new(format!("{:02X}", data.first().copied().unwrap_or_default())))
            }
            Compaction::ApplicationDefined if !element.is_isil() => ElementValue::Bytes(Sensitive::new(data.to_vec())),
            compaction => ElementValue::Text(Sensitive::new(compaction.decode(data).map_err(packed)?)),
        };
        Ok((DataObject { element, compaction, value }, size))
    }

    /// The characters of `element`, if the tag has it.
    #[must_use]
    pub fn text(&self, element: Element) -> Option<&Sensitive<String>> {
        self.objects.iter().find(|object| object.element == element).and_then(DataObject::text)
    }

    /// The elements that the content parameter names, whether they could be read or not; nothing when there is none.
    #[must_use]
    pub fn announced(&self) -> Option<Vec<Element>> {
        let object = self.objects.iter().find(|object| object.element == Element::CONTENT_PARAMETER)?;
        let ElementValue::Bytes(bitmap) = &object.value else { return None };
        let is_set = |index: usize| bitmap.expose().get(index / 8).is_some_and(|byte| byte << (index % 8) & 0x80 != 0);
        let elements = Element::OWNER.0..=Element::LAST.0;
        Some(elements.enumerate().filter(|(index, _)| is_set(*index)).map(|(_, number)| Element(number)).collect())
    }

    /// Type of usage, if the tag tells it.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        self.text(Element::USAGE).and_then(|text| usage_byte(text.expose())).map(Usage::from_byte)
    }

    /// Number of parts and part number, if the tag tells them: 2, 4 or 6 digits, half of them each.
    #[must_use]
    pub fn set_information(&self) -> Option<(u16, u16)> {
        let text = self.text(Element::SET_INFORMATION)?.expose();
        let is_known = matches!(text.len(), 2 | 4 | 6) && text.bytes().all(|byte| byte.is_ascii_digit());
        let (parts, part) = is_known.then(|| text.split_at_checked(text.len() / 2))??;
        Some((parts.parse().ok()?, part.parse().ok()?))
    }
}

fn usage_byte(text: &str) -> Option<u8> {
    let is_known = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_known.then(|| u8::from_str_radix(text, 16).ok())?
}

/// What a tag is on: the main category of the type of usage (first digit, as in both data models).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Usage {
    /// An item that is being acquired.
    Acquisition,
    /// An item that is lent.
    Circulating,
    /// An item that stays in the library.
    NotCirculating,
    /// An item that was thrown away.
    Discarded,
    /// A patron's card.
    Patron,
    /// Anything else; the digit.
    Other(u8),
}

impl Usage {
    /// From the byte of two digits: the first is the category, the second is finer.
    #[must_use]
    pub fn from_byte(byte: u8) -> Self {
        Self::from_digit(byte >> 4)
    }

    /// From the digit of the category.
    #[must_use]
    pub fn from_digit(digit: u8) -> Self {
        match digit {
            0 => Self::Acquisition,
            1 => Self::Circulating,
            2 => Self::NotCirculating,
            7 => Self::Discarded,
            8 => Self::Patron,
            other => Self::Other(other),
        }
    }

    /// The digit of the category.
    #[must_use]
    pub fn digit(self) -> u8 {
        match self {
            Self::Acquisition => 0,
            Self::Circulating => 1,
            Self::NotCirculating => 2,
            Self::Discarded => 7,
            Self::Patron => 8,
            Self::Other(digit) => digit & 0x0F,
        }
    }
}

/// What keeps data objects from being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EncodeError {
    /// The element cannot hold this.
    #[error("element {0} cannot hold this")]
    Element(u8, #[source] CompactionError),
    /// Longer than [`LONGEST_ELEMENT_BYTES`].
    #[error("element {0} is too long")]
    TooLong(u8),
    /// The element was given twice, or is the content parameter, which is made here.
    #[error("element {0} is given twice")]
    Twice(u8),
    /// The tag has less memory.
    #[error("{needed} bytes are needed, the tag has {memory}")]
    Memory {
        /// Bytes of all data objects.
        needed: usize,
        /// Bytes of the tag.
        memory: usize,
    },
}

/// Puts data objects together: the primary item identifier first, then the content parameter, then the others in the
/// order in which they are given. What is to be locked begins and ends at a block of its own.
#[derive(Debug)]
pub struct DataObjectsEncoder {
    block_bytes: usize,
    /// Element, compaction, data, and whether it is to be locked.
    objects: Vec<(Element, Compaction, Vec<u8>, bool)>,
}

impl DataObjectsEncoder {
    /// For a tag with blocks of `block_bytes` (most have 4); 0 is taken as 1.
    #[must_use]
    pub fn new(block_bytes: u8) -> Self {
        Self { block_bytes: usize::from(block_bytes.max(1)), objects: Vec::new() }
    }

    /// Adds an element, packed as [`Element::choose`] says.
    ///
    /// # Errors
    /// The element was added already, or cannot hold the text.
    pub fn element(self, element: Element, text: &str) -> Result<Self, EncodeError> {
        self.packed(element, element.choose(text), text, false)
    }

    /// As [`Self::element`], in blocks of its own, so that they can be locked.
    ///
    /// # Errors
    /// As [`Self::element`].
    pub fn locked(self, element: Element, text: &str) -> Result<Self, EncodeError> {
        self.packed(element, element.choose(text), text, true)
    }

    /// As [`Self::element`], packed as `compaction` says.
    ///
    /// # Errors
    /// As [`Self::element`].
    pub fn packed(
        mut self,
        element: Element,
        compaction: Compaction,
        text: &str,
        lock: bool,
    ) -> Result<Self, EncodeError> {
        let is_twice = self.objects.iter().any(|(other, ..)| *other == element);
        if is_twice || element == Element::CONTENT_PARAMETER {
            return Err(EncodeError::Twice(element.0));
        }
        let usage = usage_byte(text).filter(|_| element == Element::USAGE);
        let data = match (compaction, usage) {
            (Compaction::ApplicationDefined, Some(byte)) => vec![byte],
            (Compaction::ApplicationDefined, None) if !element.is_isil() => {
                return Err(EncodeError::Element(element.0, CompactionError::Character));
            }
            _ => compaction.encode(text).map_err(|why| EncodeError::Element(element.0, why))?,
        };
        if data.len() > LONGEST_ELEMENT_BYTES {
            return Err(EncodeError::TooLong(element.0));
        }
        self.objects.push((element, compaction, data, lock));
        Ok(self)
    }

    /// The bytes, whole blocks of them, for a tag of `memory_bytes`.
    ///
    /// # Errors
    /// [`EncodeError::Memory`].
    pub fn finish(mut self, memory_bytes: usize) -> Result<Vec<u8>, EncodeError> {
        self.objects.sort_by_key(|(element, ..)| *element != Element::PRIMARY_ITEM);
        if let Some(bitmap) = self.content_parameter() {
            let place = self.objects.iter().take_while(|(element, ..)| *element == Element::PRIMARY_ITEM).count();
            let compaction = Compaction::ApplicationDefined;
            self.objects.insert(place, (Element::CONTENT_PARAMETER, compaction, bitmap, false));
        }
        let mut bytes = Vec::new();
        for (index, (element, compaction, data, lock)) in self.objects.iter().enumerate() {
            // The next one is to be locked, or there is none: both begin at a block.
            let before_block = self.objects.get(index + 1).is_none_or(|(.., next_lock)| *next_lock);
            self.put(&mut bytes, *element, *compaction, data, *lock || before_block);
        }
        if bytes.len() > memory_bytes {
            return Err(EncodeError::Memory { needed: bytes.len(), memory: memory_bytes });
        }
        Ok(bytes)
    }

    /// The bitmap of the elements from 3 on, without zeros at its end.
    fn content_parameter(&self) -> Option<Vec<u8>> {
        let mut bitmap = vec![0_u8; 3];
        for (element, ..) in &self.objects {
            if let Some(index) = element.0.checked_sub(Element::OWNER.0)
                && let Some(byte) = bitmap.get_mut(usize::from(index / 8))
            {
                *byte |= 0x80 >> (index % 8);
            }
        }
        while bitmap.pop_if(|byte| *byte == 0).is_some() {}
        (!bitmap.is_empty()).then_some(bitmap)
    }

    fn put(&self, bytes: &mut Vec<u8>, element: Element, compaction: Compaction, data: &[u8], align: bool) {
        let relative = element.0.checked_sub(15);
        let size = 2 + usize::from(relative.is_some()) + data.len();
        let missing =
            if align { (bytes.len() + size).next_multiple_of(self.block_bytes) - bytes.len() - size } else { 0 };
        let offset = if missing > 0 { 0x80 } else { 0 };
        bytes.push(offset | compaction.code() << 4 | element.0.min(15));
        bytes.extend(relative);
        // The byte that tells the number of padding bytes is the first of them.
        let padding = missing.saturating_sub(1);
        if missing > 0 {
            bytes.push(u8::try_from(padding).unwrap_or(u8::MAX));
        }
        bytes.push(u8::try_from(data.len()).unwrap_or(u8::MAX));
        bytes.extend_from_slice(data);
        bytes.resize(bytes.len() + padding, 0);
    }
}
