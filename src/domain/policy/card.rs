// SPDX-License-Identifier: GPL-3.0-only
//! What a card tells of a person, and nothing else of what stands on it.
//!
//! An ID document has fields of its own for birth, sex and nation; a social security card has the ID number alone,
//! which holds birth, sex and the district that gave it out (GB 11643). What is broken or contradicts itself is not
//! learned: such a fact stays unknown and is asked for.

use super::fact::{CardFact, FactId, FactKind, FactSpec, Facts, OptionId, Origin, PlaceCode, Value};
use crate::domain::day::{Day, LeapDay};
use crate::domain::identity::{IdDocument, IdDocumentKind, Sex, SocialSecurityCard};

/// Characters of an ID number.
const NUMBER_LENGTH: usize = 18;
/// Weights of its first 17 digits (GB 11643, from ISO 7064 MOD 11-2).
const WEIGHTS: [u32; NUMBER_LENGTH - 1] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// Check digits by the weighted sum modulo 11.
const CHECK_DIGITS: [u8; 11] = *b"10X98765432";
/// Who would be older than so many years was not born on the day that is told.
const OLDEST_YEARS: i32 = 130;
/// Numbers that begin with these were given to people of Hong Kong, Macau and Taiwan: they tell no district.
const PERMIT_DISTRICTS: [&str; 3] = ["810000", "820000", "830000"];

/// What is wrong with a card. Says nothing of what stands on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CardRemark {
    /// The ID number has not 18 characters, its day is none, or its check digit is wrong: nothing is taken from it.
    NumberInvalid,
    /// The number was given to a foreigner: which of its digits tell what is not confirmed, and none is taken.
    NumberOfForeigner,
    /// The day of birth is not in the calendar, lies ahead, or lies longer ago than anybody lives.
    BirthInvalid,
    /// The day of birth is not that of the number.
    BirthContradicts,
    /// The sex is not told.
    SexUntold,
    /// The sex is not that of the number.
    SexContradicts,
    /// A resident ID card without a nation of GB/T 3304.
    NationUntold,
    /// The document was valid until an earlier day. What it tells of birth, sex and nation stays true and is learned;
    /// whether it is taken as a proof is for the page to say.
    Expired,
    /// The document is valid from a later day on: it, or the clock, is wrong.
    NotYetValid,
    /// From when to when the document is valid cannot be read.
    TermUntold,
}

/// The facts of a card, before they are put under the pack's names.
#[derive(Clone, Copy, Default)]
struct Told {
    birth: Option<Day>,
    sex: Option<Sex>,
    nation: Option<u8>,
    district: Option<PlaceCode>,
}

/// An ID number of which form, day and check digit are right. Whether it was ever given out is not known.
struct IdNumber<'n> {
    text: &'n str,
    birth: Day,
}

impl<'n> IdNumber<'n> {
    fn parse(text: &'n str) -> Option<Self> {
        let (digits, check) = text.split_at_checked(NUMBER_LENGTH - 1)?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let sum: u32 = digits.bytes().zip(WEIGHTS).map(|(byte, weight)| u32::from(byte - b'0') * weight).sum();
        let expected = CHECK_DIGITS.get((sum % 11) as usize)?;
        let [check] = check.as_bytes() else { return None };
        let birth = calendar_day(digits.get(6..14)?)?;
        (check.to_ascii_uppercase() == *expected).then_some(Self { text, birth })
    }

    fn is_foreigners(&self) -> bool {
        self.text.starts_with('9')
    }

    /// The 17th digit: odd is male.
    fn sex(&self) -> Option<Sex> {
        let digit = self.text.as_bytes().get(16)?;
        Some(if (digit - b'0') % 2 == 1 { Sex::Male } else { Sex::Female })
    }

    fn district(&self) -> Option<PlaceCode> {
        let code = self.text.get(..6).filter(|code| !PERMIT_DISTRICTS.contains(code))?;
        PlaceCode::parse(code)
    }
}

/// The day in eight digits, only if it is in the calendar.
fn calendar_day(digits: &str) -> Option<Day> {
    Day::parse(digits).and_then(|day| Day::new(day.year, day.month, day.day))
}

/// Learns what an ID document tells: of a resident birth, sex, nation and the district of the number, of others birth
/// and sex. `today` judges its term and its day of birth. Gives what is wrong with it, in no order.
pub fn learn_id_document(specs: &[FactSpec], document: &IdDocument, today: Day, facts: &mut Facts) -> Vec<CardRemark> {
    let mut remarks = Vec::new();
    let mut told = Told { birth: calendar_day(document.birth.expose()), ..Told::default() };
    if told.birth.is_none_or(|birth| !is_possible(birth, today)) {
        told.birth = None;
        remarks.push(CardRemark::BirthInvalid);
    }
    match document.sex() {
        sex @ (Sex::Male | Sex::Female) => told.sex = Some(sex),
        Sex::Unspecified | Sex::Unknown => remarks.push(CardRemark::SexUntold),
    }
    // A foreigner's number follows other rules, of two editions; it is not looked at.
    if matches!(document.kind, IdDocumentKind::ResidentCard | IdDocumentKind::ResidencePermit) {
        match IdNumber::parse(document.number.expose()) {
            Some(number) => compare(&mut told, &number, &mut remarks),
            None => remarks.push(CardRemark::NumberInvalid),
        }
    }
    if document.kind == IdDocumentKind::ResidentCard {
        told.nation = document.nation().filter(|nation| matches!(nation, 1..=56 | 97 | 98));
        if told.nation.is_none() {
            remarks.push(CardRemark::NationUntold);
        }
    } else {
        told.district = None;
    }
    remarks.extend(term(document, today));
    learn(specs, told, facts);
    remarks
}

/// Learns what the ID number on a social security card tells: birth, sex and the district that gave it out. Gives what
/// is wrong with it.
pub fn learn_social_security_card(
    specs: &[FactSpec],
    card: &SocialSecurityCard,
    today: Day,
    facts: &mut Facts,
) -> Vec<CardRemark> {
    let Some(number) = IdNumber::parse(card.number.expose()) else { return vec![CardRemark::NumberInvalid] };
    if number.is_foreigners() {
        return vec![CardRemark::NumberOfForeigner];
    }
    if !is_possible(number.birth, today) {
        return vec![CardRemark::BirthInvalid];
    }
    let told = Told { birth: Some(number.birth), sex: number.sex(), nation: None, district: number.district() };
    learn(specs, told, facts);
    Vec::new()
}

/// Takes the district from the number, and back what the number says otherwise.
fn compare(told: &mut Told, number: &IdNumber<'_>, remarks: &mut Vec<CardRemark>) {
    if told.birth.is_some_and(|birth| birth != number.birth) {
        told.birth = None;
        remarks.push(CardRemark::BirthContradicts);
    }
    if told.sex.is_some() && told.sex != number.sex() {
        told.sex = None;
        remarks.push(CardRemark::SexContradicts);
    }
    told.district = number.district();
}

fn is_possible(birth: Day, today: Day) -> bool {
    birth <= today && birth.years_until(today, LeapDay::February28) <= OLDEST_YEARS
}

fn term(document: &IdDocument, today: Day) -> Option<CardRemark> {
    let until = Day::parse(document.valid_until.expose());
    match document.is_valid_on(today) {
        Some(true) => None,
        Some(false) if until.is_some_and(|until| until < today) => Some(CardRemark::Expired),
        Some(false) => Some(CardRemark::NotYetValid),
        None => Some(CardRemark::TermUntold),
    }
}

/// Puts what is told under the names that the pack has for it.
fn learn(specs: &[FactSpec], told: Told, facts: &mut Facts) {
    for (id, spec) in (0..).map(FactId).zip(specs) {
        let value = match (spec.card, &spec.kind) {
            (Some(CardFact::Birth), FactKind::Day) => told.birth.map(Value::Day),
            (Some(CardFact::Sex), FactKind::Choice { .. }) => {
                told.sex.map(|sex| choice(spec, if sex == Sex::Male { "male" } else { "female" }))
            }
            (Some(CardFact::Nation), FactKind::Choice { .. }) => {
                told.nation.map(|nation| choice(spec, &format!("{nation:02}")))
            }
            (Some(CardFact::NumberDistrict), FactKind::Place) => told.district.map(Value::Place),
            _ => None,
        };
        if let Some(value) = value {
            facts.learn(id, value, Origin::Card);
        }
    }
}

/// The option with that key. A nation that no policy names is known all the same: it is none of those that are.
fn choice(spec: &FactSpec, key: &str) -> Value {
    let FactKind::Choice { options } = &spec.kind else { return Value::Choice(OptionId::OTHER) };
    let index = options.iter().position(|option| option.key == key).and_then(|index| u32::try_from(index).ok());
    Value::Choice(index.map_or(OptionId::OTHER, OptionId))
}

#[cfg(test)]
#[path = "card_tests.rs"]
mod tests;
