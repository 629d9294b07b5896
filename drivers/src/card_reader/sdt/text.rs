// SPDX-License-Identifier: MIT OR Apache-2.0
//! The 256 bytes of text on a card: UTF-16, low byte first, filled up with spaces. The character at byte 248 tells
//! which of four layouts it is.

use thiserror::Error;
use zeroize::Zeroizing;

use super::answer::TEXT_BYTES;
use crate::card_reader::{
    CardDate, ForeignerCard2017, ForeignerCard2023, IdText, Nation, ResidencePermit, ResidentCard, Sex, ValidUntil,
    Validity,
};
use crate::sensitive::Sensitive;

/// Why the bytes are no text of a card, or why a text does not fit on one. Nothing of the text is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TextError {
    /// Not 256 bytes.
    #[error("a card's text has 256 bytes, not {0}")]
    Length(usize),
    /// A field without which the card is of no use is empty.
    #[error("the card has no {0}")]
    Empty(&'static str),
    /// The number has other characters than digits and capital letters.
    #[error("the number on the card is none")]
    Number,
    /// A field is longer than its place; only when encoding.
    #[error("the {0} does not fit onto a card")]
    TooLong(&'static str),
    /// Reserved bytes that have another length than their place, or would make the card one of another kind; only
    /// when encoding.
    #[error("the reserved bytes are not possible on this kind of card")]
    Reserved,
}

/// Place of a field.
#[derive(Clone, Copy, Debug)]
struct Field {
    name: &'static str,
    at: usize,
    bytes: usize,
}

const fn field(name: &'static str, at: usize, bytes: usize) -> Field {
    Field { name, at, bytes }
}

/// The character that tells the layout.
const MARK: Field = field("type", 248, 2);
const MARK_PERMIT: u8 = b'J';
const MARK_FOREIGNER_2017: u8 = b'I';
const MARK_FOREIGNER_2023: u8 = b'Y';

const VALID_FROM: Field = field("first day of validity", 188, 16);
const VALID_UNTIL: Field = field("last day of validity", 204, 16);
const TAIL: Field = field("reserved", 250, 6);

/// Places that the mainland card and the residence permit share.
mod resident {
    use super::{Field, field};

    pub(super) const NAME: Field = field("name", 0, 30);
    pub(super) const SEX: Field = field("sex", 30, 2);
    pub(super) const NATION: Field = field("nation", 32, 4);
    pub(super) const BIRTH: Field = field("birth", 36, 16);
    pub(super) const ADDRESS: Field = field("address", 52, 70);
    pub(super) const NUMBER: Field = field("number", 122, 36);
    pub(super) const AUTHORITY: Field = field("authority", 158, 30);
    pub(super) const RESERVED: Field = field("reserved", 220, 36);
}

/// Places of the residence permit alone.
mod permit {
    use super::{Field, field};

    pub(super) const NO_NATION: Field = field("reserved", 32, 4);
    pub(super) const TRAVEL_PERMIT: Field = field("travel permit", 220, 18);
    pub(super) const ISSUE_COUNT: Field = field("issue count", 238, 4);
    pub(super) const RESERVED: Field = field("reserved", 242, 6);
}

/// Places of the foreigner's card of 2017.
mod foreigner_2017 {
    use super::{Field, field};

    pub(super) const ENGLISH_NAME: Field = field("English name", 0, 120);
    pub(super) const SEX: Field = field("sex", 120, 2);
    pub(super) const NUMBER: Field = field("number", 122, 30);
    pub(super) const NATIONALITY: Field = field("nationality", 152, 6);
    pub(super) const CHINESE_NAME: Field = field("Chinese name", 158, 30);
    pub(super) const BIRTH: Field = field("birth", 220, 16);
    pub(super) const VERSION: Field = field("version", 236, 4);
    pub(super) const AUTHORITY: Field = field("authority", 240, 8);
}

/// Places of the foreigner's card of 2023.
mod foreigner_2023 {
    use super::{Field, field};

    pub(super) const CHINESE_NAME: Field = field("Chinese name", 0, 30);
    pub(super) const SEX: Field = field("sex", 30, 2);
    pub(super) const RENEWALS: Field = field("renewal count", 32, 4);
    pub(super) const BIRTH: Field = field("birth", 36, 16);
    pub(super) const ENGLISH_NAME: Field = field("English name", 52, 70);
    pub(super) const NUMBER: Field = field("number", 122, 36);
    pub(super) const RESERVED: Field = field("reserved", 158, 30);
    pub(super) const ENGLISH_NAME_2: Field = field("English name", 220, 22);
    pub(super) const COUNTRY: Field = field("country", 242, 6);
    pub(super) const ASSOCIATION: Field = field("association", 250, 6);
}

/// What stands for an end of validity that never comes.
const LONG_TERM: &str = "长期";

/// The characters in `bytes`, without the spaces (or zeros) behind them. Half a surrogate pair becomes U+FFFD: a name
/// cut at the end of its field is no reason to refuse a card.
pub(super) fn decode_characters(bytes: &[u8]) -> Sensitive<String> {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect();
    let kept = Zeroizing::new(units);
    let end = kept.iter().rposition(|unit| !matches!(unit, 0 | 0x20)).map_or(0, |last| last + 1);
    // Made in one go: growing would leave an unwiped copy behind. A unit takes at most three bytes.
    let mut text = String::with_capacity(end * 3);
    let characters = char::decode_utf16(kept[..end].iter().copied());
    text.extend(characters.map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER)));
    Sensitive::new(text)
}

/// Writes `text` into `place` and fills it up with spaces; `None` when it does not fit.
pub(super) fn encode_characters(text: &str, place: &mut [u8]) -> Option<()> {
    if text.encode_utf16().count() > place.len() / 2 {
        return None;
    }
    let units = text.encode_utf16().chain(std::iter::repeat(0x20));
    for (slot, unit) in place.chunks_exact_mut(2).zip(units) {
        slot.copy_from_slice(&unit.to_le_bytes());
    }
    Some(())
}

/// A card's text to be read from.
struct Source<'a>(&'a [u8; TEXT_BYTES]);

impl Source<'_> {
    fn raw(&self, field: Field) -> &[u8] {
        &self.0[field.at..field.at + field.bytes]
    }

    fn bytes(&self, fields: &[Field]) -> Sensitive<Vec<u8>> {
        Sensitive::new(fields.iter().map(|field| self.raw(*field)).collect::<Vec<_>>().concat())
    }

    fn text(&self, field: Field) -> Sensitive<String> {
        decode_characters(self.raw(field))
    }

    /// A field that must not be empty.
    fn wanted(&self, field: Field) -> Result<Sensitive<String>, TextError> {
        let text = self.text(field);
        if text.expose().is_empty() { Err(TextError::Empty(field.name)) } else { Ok(text) }
    }

    fn number(&self, field: Field) -> Result<Sensitive<String>, TextError> {
        let number = self.wanted(field)?;
        let fits = number.expose().bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
        if fits { Ok(number) } else { Err(TextError::Number) }
    }

    fn sex(&self, field: Field) -> Sensitive<Sex> {
        Sensitive::new(self.text(field).expose().chars().next().map_or(Sex::Unknown, Sex::from_code))
    }

    fn date(&self, field: Field) -> Option<CardDate> {
        CardDate::parse(self.text(field).expose())
    }

    fn validity(&self) -> Sensitive<Validity> {
        let until = match self.date(VALID_UNTIL) {
            Some(date) => ValidUntil::Date(date),
            None if self.text(VALID_UNTIL).expose() == LONG_TERM => ValidUntil::LongTerm,
            None => ValidUntil::Unknown,
        };
        Sensitive::new(Validity { from: self.date(VALID_FROM), until })
    }

    fn nation(&self) -> Sensitive<Option<Nation>> {
        let text = self.text(resident::NATION);
        let digits =
            Some(text.expose()).filter(|text| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit()));
        Sensitive::new(digits.and_then(|digits| digits.parse().ok()).and_then(Nation::new))
    }
}

/// Reads the 256 bytes of a card's text.
///
/// # Errors
/// Not 256 bytes, or no name or number in them.
pub fn decode_text(bytes: &[u8]) -> Result<IdText, TextError> {
    let source = Source(bytes.try_into().map_err(|_| TextError::Length(bytes.len()))?);
    Ok(match source.raw(MARK) {
        [MARK_PERMIT, 0] => IdText::ResidencePermit(decode_permit(&source)?),
        [MARK_FOREIGNER_2017, 0] => IdText::ForeignerCard2017(decode_2017(&source)?),
        [MARK_FOREIGNER_2023, 0] => IdText::ForeignerCard2023(decode_2023(&source)?),
        _ => IdText::ResidentCard(decode_resident(&source)?),
    })
}

fn decode_resident(source: &Source<'_>) -> Result<ResidentCard, TextError> {
    Ok(ResidentCard {
        name: source.wanted(resident::NAME)?,
        sex: source.sex(resident::SEX),
        nation: source.nation(),
        birth: Sensitive::new(source.date(resident::BIRTH)),
        address: source.text(resident::ADDRESS),
        number: source.number(resident::NUMBER)?,
        authority: source.text(resident::AUTHORITY),
        validity: source.validity(),
        reserved: source.bytes(&[resident::RESERVED]),
    })
}

fn decode_permit(source: &Source<'_>) -> Result<ResidencePermit, TextError> {
    Ok(ResidencePermit {
        name: source.wanted(resident::NAME)?,
        sex: source.sex(resident::SEX),
        birth: Sensitive::new(source.date(resident::BIRTH)),
        address: source.text(resident::ADDRESS),
        number: source.number(resident::NUMBER)?,
        authority: source.text(resident::AUTHORITY),
        validity: source.validity(),
        travel_permit: source.text(permit::TRAVEL_PERMIT),
        issue_count: source.text(permit::ISSUE_COUNT),
        reserved: source.bytes(&[permit::NO_NATION, permit::RESERVED, TAIL]),
    })
}

fn decode_2017(source: &Source<'_>) -> Result<ForeignerCard2017, TextError> {
    Ok(ForeignerCard2017 {
        english_name: source.wanted(foreigner_2017::ENGLISH_NAME)?,
        sex: source.sex(foreigner_2017::SEX),
        number: source.number(foreigner_2017::NUMBER)?,
        nationality: source.text(foreigner_2017::NATIONALITY),
        chinese_name: source.text(foreigner_2017::CHINESE_NAME),
        validity: source.validity(),
        birth: Sensitive::new(source.date(foreigner_2017::BIRTH)),
        version: source.text(foreigner_2017::VERSION),
        authority_code: source.text(foreigner_2017::AUTHORITY),
        reserved: source.bytes(&[TAIL]),
    })
}

fn decode_2023(source: &Source<'_>) -> Result<ForeignerCard2023, TextError> {
    let english_name = source.bytes(&[foreigner_2023::ENGLISH_NAME, foreigner_2023::ENGLISH_NAME_2]);
    let english_name = decode_characters(english_name.expose());
    if english_name.expose().is_empty() {
        return Err(TextError::Empty(foreigner_2023::ENGLISH_NAME.name));
    }
    Ok(ForeignerCard2023 {
        chinese_name: source.text(foreigner_2023::CHINESE_NAME),
        sex: source.sex(foreigner_2023::SEX),
        renewal_count: source.text(foreigner_2023::RENEWALS),
        birth: Sensitive::new(source.date(foreigner_2023::BIRTH)),
        english_name,
        number: source.number(foreigner_2023::NUMBER)?,
        validity: source.validity(),
        country: source.text(foreigner_2023::COUNTRY),
        association: source.text(foreigner_2023::ASSOCIATION),
        reserved: source.bytes(&[foreigner_2023::RESERVED]),
    })
}

/// A card's text to be written.
struct Target(Zeroizing<Vec<u8>>);

impl Target {
    /// Spaces everywhere.
    fn new() -> Self {
        Self(Zeroizing::new([0x20, 0].repeat(TEXT_BYTES / 2)))
    }

    fn place(&mut self, field: Field) -> &mut [u8] {
        &mut self.0[field.at..field.at + field.bytes]
    }

    fn text(&mut self, field: Field, text: &str) -> Result<(), TextError> {
        encode_characters(text, self.place(field)).ok_or(TextError::TooLong(field.name))
    }

    fn texts(&mut self, texts: &[(Field, &Sensitive<String>)]) -> Result<(), TextError> {
        texts.iter().try_for_each(|(field, text)| self.text(*field, text.expose()))
    }

    fn sex(&mut self, field: Field, sex: &Sensitive<Sex>) -> Result<(), TextError> {
        self.text(field, sex.expose().code().encode_utf8(&mut [0; 4]))
    }

    fn date(&mut self, field: Field, date: Option<CardDate>) -> Result<(), TextError> {
        let digits = Zeroizing::new(date.map(CardDate::digits).unwrap_or_default());
        self.text(field, &digits)
    }

    fn validity(&mut self, validity: &Sensitive<Validity>) -> Result<(), TextError> {
        let validity = validity.expose();
        self.date(VALID_FROM, validity.from)?;
        match validity.until {
            ValidUntil::Date(date) => self.date(VALID_UNTIL, Some(date)),
            ValidUntil::LongTerm => self.text(VALID_UNTIL, LONG_TERM),
            ValidUntil::Unknown => self.date(VALID_UNTIL, None),
        }
    }

    /// Writes `bytes`, in order, into `fields`, which they fill exactly. No bytes at all leave spaces.
    fn reserved(&mut self, fields: &[Field], bytes: &Sensitive<Vec<u8>>) -> Result<(), TextError> {
        let mut rest = bytes.expose().as_slice();
        if rest.is_empty() {
            return Ok(());
        }
        for field in fields {
            let (now, later) = rest.split_at_checked(field.bytes).ok_or(TextError::Reserved)?;
            self.place(*field).copy_from_slice(now);
            rest = later;
        }
        if rest.is_empty() { Ok(()) } else { Err(TextError::Reserved) }
    }

    fn mark(&mut self, mark: u8) {
        self.place(MARK).copy_from_slice(&[mark, 0]);
    }
}

/// Writes a card's text: 256 bytes.
///
/// # Errors
/// A field is too long for its place, or the reserved bytes do not fit.
pub fn encode_text(text: &IdText) -> Result<Sensitive<Vec<u8>>, TextError> {
    let mut target = Target::new();
    match text {
        IdText::ResidentCard(card) => encode_resident(&mut target, card)?,
        IdText::ResidencePermit(permit) => encode_permit(&mut target, permit)?,
        IdText::ForeignerCard2017(card) => encode_2017(&mut target, card)?,
        IdText::ForeignerCard2023(card) => encode_2023(&mut target, card)?,
    }
    Ok(Sensitive::new(target.0.to_vec()))
}

fn encode_resident(target: &mut Target, card: &ResidentCard) -> Result<(), TextError> {
    target.texts(&[
        (resident::NAME, &card.name),
        (resident::ADDRESS, &card.address),
        (resident::NUMBER, &card.number),
        (resident::AUTHORITY, &card.authority),
    ])?;
    target.sex(resident::SEX, &card.sex)?;
    let nation = card.nation.expose().map(|nation| Zeroizing::new(format!("{:02}", nation.code())));
    target.text(resident::NATION, nation.as_ref().map_or("", |code| code.as_str()))?;
    target.date(resident::BIRTH, *card.birth.expose())?;
    target.validity(&card.validity)?;
    target.reserved(&[resident::RESERVED], &card.reserved)?;
    match target.place(MARK) {
        [MARK_PERMIT | MARK_FOREIGNER_2017 | MARK_FOREIGNER_2023, 0] => Err(TextError::Reserved),
        _ => Ok(()),
    }
}

fn encode_permit(target: &mut Target, permit: &ResidencePermit) -> Result<(), TextError> {
    target.texts(&[
        (resident::NAME, &permit.name),
        (resident::ADDRESS, &permit.address),
        (resident::NUMBER, &permit.number),
        (resident::AUTHORITY, &permit.authority),
        (permit::TRAVEL_PERMIT, &permit.travel_permit),
        (permit::ISSUE_COUNT, &permit.issue_count),
    ])?;
    target.sex(resident::SEX, &permit.sex)?;
    target.date(resident::BIRTH, *permit.birth.expose())?;
    target.validity(&permit.validity)?;
    target.reserved(&[permit::NO_NATION, permit::RESERVED, TAIL], &permit.reserved)?;
    target.mark(MARK_PERMIT);
    Ok(())
}

fn encode_2017(target: &mut Target, card: &ForeignerCard2017) -> Result<(), TextError> {
    target.texts(&[
        (foreigner_2017::ENGLISH_NAME, &card.english_name),
        (foreigner_2017::NUMBER, &card.number),
        (foreigner_2017::NATIONALITY, &card.nationality),
        (foreigner_2017::CHINESE_NAME, &card.chinese_name),
        (foreigner_2017::VERSION, &card.version),
        (foreigner_2017::AUTHORITY, &card.authority_code),
    ])?;
    target.sex(foreigner_2017::SEX, &card.sex)?;
    target.date(foreigner_2017::BIRTH, *card.birth.expose())?;
    target.validity(&card.validity)?;
    target.reserved(&[TAIL], &card.reserved)?;
    target.mark(MARK_FOREIGNER_2017);
    Ok(())
}

fn encode_2023(target: &mut Target, card: &ForeignerCard2023) -> Result<(), TextError> {
    target.texts(&[
        (foreigner_2023::CHINESE_NAME, &card.chinese_name),
        (foreigner_2023::RENEWALS, &card.renewal_count),
        (foreigner_2023::NUMBER, &card.number),
        (foreigner_2023::COUNTRY, &card.country),
        (foreigner_2023::ASSOCIATION, &card.association),
    ])?;
    // The name goes on in a second place, cut after so many units, whatever they are.
    let (first, second) = (foreigner_2023::ENGLISH_NAME, foreigner_2023::ENGLISH_NAME_2);
    let mut whole = Zeroizing::new(vec![0; first.bytes + second.bytes]);
    encode_characters(card.english_name.expose(), &mut whole).ok_or(TextError::TooLong(first.name))?;
    let (one, two) = whole.split_at(first.bytes);
    target.place(first).copy_from_slice(one);
    target.place(second).copy_from_slice(two);
    target.sex(foreigner_2023::SEX, &card.sex)?;
    target.date(foreigner_2023::BIRTH, *card.birth.expose())?;
    target.validity(&card.validity)?;
    target.reserved(&[foreigner_2023::RESERVED], &card.reserved)?;
    target.mark(MARK_FOREIGNER_2023);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_adds_up() {
        let shared = [VALID_FROM, VALID_UNTIL];
        let layouts: [&[Field]; 4] = [
            &[
                resident::NAME,
                resident::SEX,
                resident::NATION,
                resident::BIRTH,
                resident::ADDRESS,
                resident::NUMBER,
                resident::AUTHORITY,
                resident::RESERVED,
            ],
            &[
                resident::NAME,
                resident::SEX,
                permit::NO_NATION,
                resident::BIRTH,
                resident::ADDRESS,
                resident::NUMBER,
                resident::AUTHORITY,
                permit::TRAVEL_PERMIT,
                permit::ISSUE_COUNT,
                permit::RESERVED,
                MARK,
                TAIL,
            ],
            &[
                foreigner_2017::ENGLISH_NAME,
                foreigner_2017::SEX,
                foreigner_2017::NUMBER,
                foreigner_2017::NATIONALITY,
                foreigner_2017::CHINESE_NAME,
                foreigner_2017::BIRTH,
                foreigner_2017::VERSION,
                foreigner_2017::AUTHORITY,
                MARK,
                TAIL,
            ],
            &[
                foreigner_2023::CHINESE_NAME,
                foreigner_2023::SEX,
                foreigner_2023::RENEWALS,
                foreigner_2023::BIRTH,
                foreigner_2023::ENGLISH_NAME,
                foreigner_2023::NUMBER,
                foreigner_2023::RESERVED,
                foreigner_2023::ENGLISH_NAME_2,
                foreigner_2023::COUNTRY,
                MARK,
                foreigner_2023::ASSOCIATION,
            ],
        ];
        for layout in layouts {
            let mut fields: Vec<Field> = layout.iter().chain(&shared).copied().collect();
            fields.sort_by_key(|field| field.at);
            let end = fields.iter().fold(0, |end, field| {
                assert_eq!(field.at, end, "{}", field.name);
                end + field.bytes
            });
            assert_eq!(end, TEXT_BYTES);
        }
    }
}
