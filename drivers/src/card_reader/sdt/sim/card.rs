// SPDX-License-Identifier: MIT OR Apache-2.0
//! A card for the simulated reader.

use thiserror::Error;

use super::people;
use crate::card_reader::sdt::answer::{AnswerError, PHOTO_BYTES, encode_newest_address};
use crate::card_reader::sdt::text::{TextError, encode_text};
use crate::card_reader::{CardDate, IdText, Nation, Sex, ValidUntil, Validity};
use crate::sensitive::Sensitive;

/// How a simulated card behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CardBehaviour {
    /// As it should.
    #[default]
    Good,
    /// It can be selected, and reading it fails (41).
    Unreadable,
    /// It is a card of another kind (40).
    WrongKind,
    /// It refuses the SAM (31).
    RefusesSam,
    /// The SAM refuses it (32).
    RefusedBySam,
    /// What it holds is not genuine (33).
    NotVerified,
}

impl CardBehaviour {
    /// All of them, with their words.
    pub(super) const WORDS: [(&'static str, Self); 6] = [
        ("good", Self::Good),
        ("unreadable", Self::Unreadable),
        ("wrong", Self::WrongKind),
        ("refuses", Self::RefusesSam),
        ("refused", Self::RefusedBySam),
        ("unverified", Self::NotVerified),
    ];

    pub(super) fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, behaviour)| *behaviour == self).map_or("", |(word, _)| word)
    }
}

/// A card that cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SimCardError {
    /// There is no such kind of card.
    #[error("there is no card `{0}`; there are: resident, permit, foreigner2017, foreigner2023")]
    Kind(String),
    /// This kind of card has no such field.
    #[error("this card has no field `{0}`")]
    Field(String),
    /// The value is not possible in this field.
    #[error("the value is not possible for `{0}`")]
    Value(String),
    /// The text does not fit onto a card.
    #[error("the text does not fit onto a card")]
    Text(#[source] TextError),
    /// The newest address does not fit onto a card.
    #[error("the newest address does not fit onto a card")]
    Address(#[source] AnswerError),
}

/// A card that can be laid onto the simulated reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimCard {
    kind: &'static str,
    text: Sensitive<Vec<u8>>,
    photo: Sensitive<Vec<u8>>,
    fingerprint_bytes: usize,
    newest_address: Option<Sensitive<String>>,
    behaviour: CardBehaviour,
}

impl SimCard {
    /// A card with this text, a photo that is only noise, and no newest address.
    ///
    /// # Errors
    /// A field is too long for its place.
    pub fn new(text: &IdText) -> Result<Self, SimCardError> {
        Ok(Self {
            kind: people::word(text.kind()),
            text: encode_text(text).map_err(SimCardError::Text)?,
            photo: Sensitive::new(noise()),
            fingerprint_bytes: 1024,
            newest_address: None,
            behaviour: CardBehaviour::Good,
        })
    }

    /// A card with these 256 bytes as its text, whatever they are.
    #[must_use]
    pub fn with_raw_text(text: [u8; 256]) -> Self {
        let card = Self { text: Sensitive::new(text.to_vec()), ..Self::resident() };
        Self { kind: "raw", ..card }
    }

    /// The resident ID card of an invented person.
    #[must_use]
    pub fn resident() -> Self {
        Self::of_person("resident")
    }

    /// The residence permit of an invented person from Hong Kong.
    #[must_use]
    pub fn permit() -> Self {
        Self::of_person("permit")
    }

    /// The foreigner's card of 2017 of an invented person.
    #[must_use]
    pub fn foreigner_2017() -> Self {
        Self::of_person("foreigner2017")
    }

    /// The foreigner's card of 2023 of an invented person.
    #[must_use]
    pub fn foreigner_2023() -> Self {
        Self::of_person("foreigner2023")
    }

    fn of_person(word: &str) -> Self {
        let text = people::by_word(word).and_then(|text| Self::new(&text).ok());
        // The built-in people fit, which a test shows; an empty card is what would be left.
        text.unwrap_or_else(|| Self {
            kind: "raw",
            text: Sensitive::new(vec![0; 256]),
            photo: Sensitive::new(noise()),
            fingerprint_bytes: 0,
            newest_address: None,
            behaviour: CardBehaviour::Good,
        })
    }

    /// The built-in card of `kind` with other values in some fields, each as `field=value`.
    ///
    /// # Errors
    /// No such kind or field, or a value that is not possible.
    pub fn from_words(kind: &str, fields: &[(&str, &str)]) -> Result<Self, SimCardError> {
        let mut text = people::by_word(kind).ok_or_else(|| SimCardError::Kind(kind.to_owned()))?;
        let mut newest_address = None;
        for (field, value) in fields {
            if *field == "newest-address" {
                encode_newest_address(value).map_err(SimCardError::Address)?;
                newest_address = Some(Sensitive::new((*value).to_owned()));
            } else {
                set(&mut text, field, value)?;
            }
        }
        Ok(Self { newest_address, ..Self::new(&text)? })
    }

    /// The same card, behaving so.
    #[must_use]
    pub fn behaving(mut self, behaviour: CardBehaviour) -> Self {
        self.behaviour = behaviour;
        self
    }

    /// The same card with this newest address, of at most 35 characters.
    ///
    /// # Errors
    /// It is longer.
    pub fn with_newest_address(mut self, address: &str) -> Result<Self, SimCardError> {
        encode_newest_address(address).map_err(SimCardError::Address)?;
        self.newest_address = Some(Sensitive::new(address.to_owned()));
        Ok(self)
    }

    /// The same card without a newest address.
    #[must_use]
    pub fn without_newest_address(mut self) -> Self {
        self.newest_address = None;
        self
    }

    /// The same card with so many bytes of fingerprints: 1024, 512 or 0 occur.
    #[must_use]
    pub fn with_fingerprint_bytes(mut self, bytes: usize) -> Self {
        self.fingerprint_bytes = bytes.min(PHOTO_BYTES);
        self
    }

    /// Its 256 bytes of text.
    #[must_use]
    pub fn text(&self) -> &Sensitive<Vec<u8>> {
        &self.text
    }

    /// Its photo.
    #[must_use]
    pub fn photo(&self) -> &Sensitive<Vec<u8>> {
        &self.photo
    }

    /// Its newest address.
    #[must_use]
    pub fn newest_address(&self) -> Option<&Sensitive<String>> {
        self.newest_address.as_ref()
    }

    /// How it behaves.
    #[must_use]
    pub fn behaviour(&self) -> CardBehaviour {
        self.behaviour
    }

    pub(super) fn fingerprint_bytes(&self) -> usize {
        self.fingerprint_bytes
    }

    pub(super) fn kind_word(&self) -> &'static str {
        self.kind
    }
}

/// Sets one field.
fn set(text: &mut IdText, field: &str, value: &str) -> Result<(), SimCardError> {
    let bad = || SimCardError::Value(field.to_owned());
    let date = || CardDate::parse(value).ok_or_else(bad);
    let place: &mut Sensitive<String> = match (text, field) {
        (IdText::ResidentCard(card), "nation") => {
            let code = value.parse().ok().and_then(Nation::new);
            let nation = code.or_else(|| Nation::by_name(value)).ok_or_else(bad)?;
            card.nation = Sensitive::new(Some(nation));
            return Ok(());
        }
        (text, "sex") => {
            let sex = match value {
                "male" | "1" | "男" => Sex::Male,
                "female" | "2" | "女" => Sex::Female,
                "unknown" | "0" => Sex::Unknown,
                "unspecified" | "9" => Sex::Unspecified,
                _ => return Err(bad()),
            };
            *sex_of(text) = Sensitive::new(sex);
            return Ok(());
        }
        (text, "birth") => {
            *birth_of(text) = Sensitive::new(Some(date()?));
            return Ok(());
        }
        (text, "from") => {
            let validity = validity_of(text);
            *validity = Sensitive::new(Validity { from: Some(date()?), ..*validity.expose() });
            return Ok(());
        }
        (text, "until") => {
            let until = if value == "长期" { ValidUntil::LongTerm } else { ValidUntil::Date(date()?) };
            let validity = validity_of(text);
            *validity = Sensitive::new(Validity { until, ..*validity.expose() });
            return Ok(());
        }
        (text, field) => text_of(text, field).ok_or_else(|| SimCardError::Field(field.to_owned()))?,
    };
    *place = Sensitive::new(value.to_owned());
    Ok(())
}

fn sex_of(text: &mut IdText) -> &mut Sensitive<Sex> {
    match text {
        IdText::ResidentCard(card) => &mut card.sex,
        IdText::ResidencePermit(card) => &mut card.sex,
        IdText::ForeignerCard2017(card) => &mut card.sex,
        IdText::ForeignerCard2023(card) => &mut card.sex,
    }
}

fn birth_of(text: &mut IdText) -> &mut Sensitive<Option<CardDate>> {
    match text {
        IdText::ResidentCard(card) => &mut card.birth,
        IdText::ResidencePermit(card) => &mut card.birth,
        IdText::ForeignerCard2017(card) => &mut card.birth,
        IdText::ForeignerCard2023(card) => &mut card.birth,
    }
}

fn validity_of(text: &mut IdText) -> &mut Sensitive<Validity> {
    match text {
        IdText::ResidentCard(card) => &mut card.validity,
        IdText::ResidencePermit(card) => &mut card.validity,
        IdText::ForeignerCard2017(card) => &mut card.validity,
        IdText::ForeignerCard2023(card) => &mut card.validity,
    }
}

/// The fields that are plain text.
fn text_of<'a>(text: &'a mut IdText, field: &str) -> Option<&'a mut Sensitive<String>> {
    Some(match (text, field) {
        (IdText::ResidentCard(card), "name") => &mut card.name,
        (IdText::ResidentCard(card), "address") => &mut card.address,
        (IdText::ResidentCard(card), "number") => &mut card.number,
        (IdText::ResidentCard(card), "authority") => &mut card.authority,
        (IdText::ResidencePermit(card), "name") => &mut card.name,
        (IdText::ResidencePermit(card), "address") => &mut card.address,
        (IdText::ResidencePermit(card), "number") => &mut card.number,
        (IdText::ResidencePermit(card), "authority") => &mut card.authority,
        (IdText::ResidencePermit(card), "travel-permit") => &mut card.travel_permit,
        (IdText::ResidencePermit(card), "issue-count") => &mut card.issue_count,
        (IdText::ForeignerCard2017(card), "name") => &mut card.chinese_name,
        (IdText::ForeignerCard2017(card), "english-name") => &mut card.english_name,
        (IdText::ForeignerCard2017(card), "number") => &mut card.number,
        (IdText::ForeignerCard2017(card), "country") => &mut card.nationality,
        (IdText::ForeignerCard2023(card), "name") => &mut card.chinese_name,
        (IdText::ForeignerCard2023(card), "english-name") => &mut card.english_name,
        (IdText::ForeignerCard2023(card), "number") => &mut card.number,
        (IdText::ForeignerCard2023(card), "country") => &mut card.country,
        (IdText::ForeignerCard2023(card), "association") => &mut card.association,
        _ => return None,
    })
}

/// What stands for a photo: real ones are in a format that nobody may write.
fn noise() -> Vec<u8> {
    let mut chance: u32 = 0x9E37_79B9;
    let next = |_| {
        // xorshift32
        chance ^= chance << 13;
        chance ^= chance >> 17;
        chance ^= chance << 5;
        chance.to_le_bytes()[0]
    };
    (0..PHOTO_BYTES).map(next).collect()
}
