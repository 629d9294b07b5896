// SPDX-License-Identifier: GPL-3.0-only
//! The data service's protocol on the wire: bytes to facts and back, without I/O. `docs/policy-facts.md` describes it.
//!
//! Values are read from the text of the answer itself, so that numbers are exact. A value that the pack's table does
//! not allow is dropped alone, with its reason; the others stand.

mod values;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use thiserror::Error;
use zeroize::Zeroizing;

use super::{FactAnswer, FactRequest, MOST_ASKED};
use crate::domain::day::Day;
use crate::domain::policy::fact::{FactId, FactSpec, Origin};
use crate::domain::policy::pack::{Pack, Words};
use crate::services::text::clean_cut;

/// The version of the protocol.
pub const PROTOCOL: u32 = 1;
/// Most entries of an answer that are looked at; the others count as strangers.
pub const MOST_ENTRIES: usize = 1024;
/// Longest name of a register, in characters.
pub const MOST_REGISTER_CHARS: usize = 40;
/// So far may the service's calendar be ahead of ours, in days.
const CALENDAR_SLACK_DAYS: i32 = 1;
/// Bytes of a request besides its facts: names of fields, two ids, a time, an ID number.
const REQUEST_BYTES: usize = 1024;

/// An answer that is not the protocol. Holds nothing of the answer itself.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum DecodeError {
    /// Not JSON, or not in the shape of an answer.
    #[error("the answer is no answer of this protocol (line {line}, column {column})")]
    NotAnAnswer {
        /// Line of the first fault, from 1.
        line: usize,
        /// Column of the first fault.
        column: usize,
    },
    /// Another version of the protocol.
    #[error("the answer has another version of the protocol than {PROTOCOL}")]
    OtherProtocol,
    /// The answer belongs to another question, and so perhaps to another person.
    #[error("the answer belongs to another question")]
    OtherQuestion,
}

/// Why a value was not taken.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DropReason {
    /// The fact stands twice in the answer.
    #[error("told twice")]
    Twice,
    /// The entry is not in its shape, or has no value.
    #[error("malformed entry")]
    Form,
    /// The value is of another kind than the fact.
    #[error("wrong kind of value")]
    WrongKind,
    /// A number in a notation that is not read exactly: an exponent, more than six decimal places, too long.
    #[error("number in another notation")]
    Notation,
    /// A number outside the bounds of the fact.
    #[error("number out of range")]
    OutOfRange,
    /// A number with decimal places where only whole ones occur.
    #[error("number not whole")]
    NotWhole,
    /// None of the fact's options.
    #[error("unknown option")]
    UnknownOption,
    /// No code of a place.
    #[error("no code of a place")]
    NotAPlace,
    /// No day of the calendar.
    #[error("no day")]
    NotADay,
    /// More days than a fact may have.
    #[error("too many days")]
    TooManyDays,
    /// The entry does not say which register holds the value.
    #[error("no register")]
    NoRegister,
    /// The entry does not say of which day the value is true.
    #[error("no day of validity")]
    NoDay,
    /// The value is true of a day that is still to come.
    #[error("day of validity ahead")]
    DayAhead,
}

#[derive(Serialize)]
struct WireRequest<'r> {
    protocol: u32,
    request: &'r str,
    number: &'r str,
    consent: WireConsent<'r>,
    pack: &'r str,
    facts: Vec<&'r str>,
}

#[derive(Serialize)]
struct WireConsent<'r> {
    reference: &'r str,
    purpose: &'r str,
    given_at: String,
}

/// The facts that are asked for: those of `wanted` that are served, each once, at most [`MOST_ASKED`].
#[must_use]
pub fn asked_facts(pack: &Pack, wanted: &[FactId]) -> Vec<FactId> {
    let mut asked: Vec<FactId> =
        wanted.iter().copied().filter(|fact| spec(pack, *fact).is_some_and(|spec| spec.served)).collect();
    asked.sort_unstable();
    asked.dedup();
    asked.truncate(MOST_ASKED);
    asked
}

fn spec(pack: &Pack, fact: FactId) -> Option<&FactSpec> {
    pack.facts.get(usize::from(fact.0))
}

/// The body of a request for `asked`. Holds the ID number, hence the wiping buffer.
///
/// # Errors
/// The time of the consent is in no calendar.
pub fn encode_request(
    request: &FactRequest,
    asked: &[FactId],
    id: &str,
) -> Result<Zeroizing<Vec<u8>>, serde_json::Error> {
    let facts: Vec<&str> =
        asked.iter().filter_map(|fact| spec(&request.pack, *fact)).map(|spec| spec.key.as_str()).collect();
    let given_at = jiff::Timestamp::from_second(request.consent.given_at.0).map_err(serde::ser::Error::custom)?;
    let wire = WireRequest {
        protocol: PROTOCOL,
        request: id,
        number: request.number.expose(),
        consent: WireConsent {
            reference: &request.consent.reference,
            purpose: request.consent.purpose.as_str(),
            given_at: given_at.to_string(),
        },
        pack: &request.pack.key,
        facts,
    };
    // Reserved in whole: a growing buffer would leave an unwiped copy of the number behind. Escapes are the worst case.
    let texts = wire.number.len() + wire.pack.len() + wire.facts.iter().map(|key| key.len() + 1).sum::<usize>();
    let mut body = Zeroizing::new(Vec::with_capacity(REQUEST_BYTES + 6 * texts));
    serde_json::to_writer(&mut *body, &wire)?;
    Ok(body)
}

#[derive(Deserialize)]
struct WireAnswer<'a> {
    protocol: u32,
    request: String,
    #[serde(borrow)]
    facts: Entries<'a>,
}

/// The entries of an answer as they stand there, so that one that is wrong spoils no other.
struct Entries<'a> {
    entries: Vec<(String, &'a RawValue)>,
    /// Beyond [`MOST_ENTRIES`].
    further: usize,
}

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntryVisitor;

        impl<'de> Visitor<'de> for EntryVisitor {
            type Value = Entries<'de>;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an object of facts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                let mut further = 0;
                while entries.len() < MOST_ENTRIES {
                    let Some(entry) = map.next_entry::<String, &'de RawValue>()? else {
                        return Ok(Entries { entries, further });
                    };
                    entries.push(entry);
                }
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                    further += 1;
                }
                Ok(Entries { entries, further })
            }
        }

        deserializer.deserialize_map(EntryVisitor)
    }
}

#[derive(Deserialize)]
struct WireEntry<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    value: Option<&'a RawValue>,
    #[serde(default)]
    not_allowed: bool,
    #[serde(borrow, default, deserialize_with = "present")]
    register: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    as_of: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct WireRegister {
    zh: String,
    en: String,
}

/// Tells `null` (known to be nothing) from nothing there at all.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// What an answer to the question `id` for `asked` tells.
///
/// # Errors
/// It is no answer of this protocol, or belongs to another question; nothing of it may be used.
pub fn decode_answer(
    bytes: &[u8],
    pack: &Pack,
    asked: &[FactId],
    id: &str,
    today: Day,
) -> Result<FactAnswer, DecodeError> {
    let wire: WireAnswer<'_> = serde_json::from_slice(bytes)
        .map_err(|fault| DecodeError::NotAnAnswer { line: fault.line(), column: fault.column() })?;
    if wire.protocol != PROTOCOL {
        return Err(DecodeError::OtherProtocol);
    }
    if wire.request != id {
        return Err(DecodeError::OtherQuestion);
    }
    let known: Vec<(FactId, &FactSpec)> =
        asked.iter().filter_map(|fact| spec(pack, *fact).map(|spec| (*fact, spec))).collect();
    let mut answer = FactAnswer { strangers: wire.facts.further, ..FactAnswer::default() };
    for (fact, spec) in &known {
        let mut entries = wire.facts.entries.iter().filter(|(key, _)| *key == spec.key);
        match (entries.next(), entries.next()) {
            (None, _) => {}
            (Some((_, entry)), None) => take(&mut answer, *fact, spec, entry, today),
            (Some(_), Some(_)) => answer.dropped.push((*fact, DropReason::Twice)),
        }
    }
    let was_asked = |key: &String| known.iter().any(|(_, spec)| spec.key == *key);
    answer.strangers += wire.facts.entries.iter().filter(|(key, _)| !was_asked(key)).count();
    Ok(answer)
}

fn take(answer: &mut FactAnswer, fact: FactId, spec: &FactSpec, entry: &RawValue, today: Day) {
    let Ok(entry) = serde_json::from_str::<WireEntry<'_>>(entry.get()) else {
        answer.dropped.push((fact, DropReason::Form));
        return;
    };
    if entry.not_allowed && entry.value.is_none() {
        answer.not_allowed.push(fact);
        return;
    }
    match told(&entry, spec, today) {
        Ok((value, register, as_of)) => {
            answer.facts.learn(fact, value, Origin::Service { as_of });
            answer.registers.push((fact, register));
        }
        Err(reason) => answer.dropped.push((fact, reason)),
    }
}

fn told(
    entry: &WireEntry<'_>,
    spec: &FactSpec,
    today: Day,
) -> Result<(crate::domain::policy::fact::Value, Words, Day), DropReason> {
    let raw = entry.value.filter(|_| !entry.not_allowed).ok_or(DropReason::Form)?;
    let register: WireRegister =
        entry.register.and_then(|register| serde_json::from_str(register.get()).ok()).ok_or(DropReason::NoRegister)?;
    let clean = |text: &str| clean_cut(text, MOST_REGISTER_CHARS).ok_or(DropReason::NoRegister);
    let register = Words { zh: clean(&register.zh)?, en: clean(&register.en)? };
    let as_of = entry.as_of.and_then(|day| serde_json::from_str::<String>(day.get()).ok());
    let as_of = as_of.as_deref().and_then(Day::parse_iso).ok_or(DropReason::NoDay)?;
    if as_of.number() > today.number().saturating_add(CALENDAR_SLACK_DAYS) {
        return Err(DropReason::DayAhead);
    }
    Ok((values::read(&spec.kind, raw)?, register, as_of))
}

#[cfg(test)]
mod tests;
