// SPDX-License-Identifier: GPL-3.0-only
//! What goes into the store and comes out of it.

use std::path::PathBuf;

use serde_json::Value;

use super::error::{Refusal, StoreCause};
use super::limits;
use crate::domain::time::WallTime;
use crate::protocol::Fault;

/// What a journal entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JournalKind {
    /// A taxi called for a resident, from before the first hail to its end.
    TaxiRide,
    /// A slip sent to the printer.
    Slip,
    /// A loan, a return or a renewal that the library does not know yet.
    LibraryTransaction,
    /// A visit to the bookcase, from before the first door is unlocked until its books are settled.
    CaseVisit,
    /// What is behind one door of the bookcase; open for ever, renewed at each count.
    CaseShelf,
    /// Something for the staff of the library to look at, until somebody has.
    StaffMatter,
}

impl JournalKind {
    /// Every kind.
    pub const ALL: &'static [Self] =
        &[Self::TaxiRide, Self::Slip, Self::LibraryTransaction, Self::CaseVisit, Self::CaseShelf, Self::StaffMatter];

    /// The word in the database; never changed once released.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TaxiRide => "taxi_ride",
            Self::Slip => "slip",
            Self::LibraryTransaction => "library_transaction",
            Self::CaseVisit => "case_visit",
            Self::CaseShelf => "case_shelf",
            Self::StaffMatter => "staff_matter",
        }
    }
}

/// Something that is under way outside.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalEntry {
    /// Idempotency key: random, 1 to [`limits::KEY_BYTES`] characters of printable ASCII.
    pub key: String,
    /// What it is about; never changes for one key.
    pub kind: JournalKind,
    /// How far it is, in the words of the domain: 1 to [`limits::WORD_BYTES`] characters of printable ASCII.
    pub phase: String,
    /// What is needed to go on after a restart, at most [`limits::BODY_BYTES`]. Never anything personal.
    pub body: Value,
    /// When it was first recorded. Later records of the same key do not change it.
    pub opened_at: WallTime,
    /// When it was last recorded.
    pub updated_at: WallTime,
}

/// Something to be sent, once.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxMessage {
    /// Idempotency key: random, 1 to [`limits::KEY_BYTES`] characters of printable ASCII. It stays taken
    /// after delivery.
    pub key: String,
    /// To whom it goes: 1 to [`limits::WORD_BYTES`] characters of printable ASCII.
    pub topic: String,
    /// What is sent, at most [`limits::BODY_BYTES`]. Never anything personal. Forgotten upon delivery.
    pub body: Value,
    /// When it was made; it is due from then on.
    pub created_at: WallTime,
}

/// A message that is to be sent now.
#[derive(Clone, Debug, PartialEq)]
pub struct DueMessage {
    /// What is to be sent.
    pub message: OutboxMessage,
    /// How often it failed so far.
    pub attempts: u32,
}

/// Answer to putting a message into the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enqueued {
    /// It is in the outbox now.
    New,
    /// Its key was used before, delivered or not; nothing changed.
    AlreadyThere,
}

/// A damaged database that made room for a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Where the damaged file is now.
    pub path: PathBuf,
    /// Why: STO-03 and what was found.
    pub fault: Fault,
    /// Open entries and waiting messages that could still be read and are in the new database, in rows.
    pub rescued: usize,
}

/// How the database was opened.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct OpenReport {
    /// The damaged database that was found in its place. What was open in it and is not among the rescued
    /// rows is not known any more.
    pub set_aside: Option<SetAside>,
    /// Whether the database is a new one.
    pub created: bool,
    /// Version of the tables before they were brought up to date; equal to the present one where nothing
    /// was to be done.
    pub version_before: i64,
}

/// Whether the store can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreStatus {
    /// The database is open; how it was opened last.
    Ready(OpenReport),
    /// The database is not open; it is tried again by itself.
    Unavailable(Fault),
    /// The store was closed.
    Closed,
}

/// A journal entry checked against the bounds, its body as text.
#[derive(Debug)]
pub(super) struct CheckedEntry {
    pub key: String,
    pub kind: JournalKind,
    pub phase: String,
    pub body: String,
    pub opened_at: i64,
    pub updated_at: i64,
}

impl TryFrom<JournalEntry> for CheckedEntry {
    type Error = Refusal;

    fn try_from(entry: JournalEntry) -> Result<Self, Refusal> {
        check_key(&entry.key)?;
        check_word(&entry.phase)?;
        Ok(Self {
            body: body_text(&entry.body)?,
            key: entry.key,
            kind: entry.kind,
            phase: entry.phase,
            opened_at: entry.opened_at.0,
            updated_at: entry.updated_at.0,
        })
    }
}

/// A message checked against the bounds, its body as text.
#[derive(Debug)]
pub(super) struct CheckedMessage {
    pub key: String,
    pub topic: String,
    pub body: String,
    pub created_at: i64,
}

impl TryFrom<OutboxMessage> for CheckedMessage {
    type Error = Refusal;

    fn try_from(message: OutboxMessage) -> Result<Self, Refusal> {
        check_key(&message.key)?;
        check_word(&message.topic)?;
        Ok(Self {
            body: body_text(&message.body)?,
            key: message.key,
            topic: message.topic,
            created_at: message.created_at.0,
        })
    }
}

/// Refuses a key that is empty, too long or not printable ASCII.
pub(super) fn check_key(key: &str) -> Result<(), Refusal> {
    if is_word(key, limits::KEY_BYTES) { Ok(()) } else { Err(Refusal::Key) }
}

/// Refuses a phase, outcome or topic that is empty, too long or not printable ASCII.
pub(super) fn check_word(word: &str) -> Result<(), Refusal> {
    if is_word(word, limits::WORD_BYTES) { Ok(()) } else { Err(Refusal::Word) }
}

fn is_word(word: &str, longest_bytes: usize) -> bool {
    (1..=longest_bytes).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_graphic())
}

fn body_text(body: &Value) -> Result<String, Refusal> {
    if !is_shallow(body, limits::BODY_DEPTH) {
        return Err(Refusal::Body);
    }
    let text = body.to_string();
    if text.len() > limits::BODY_BYTES { Err(Refusal::Body) } else { Ok(text) }
}

/// Whether `value` has at most `levels` levels; looks no deeper, so that no body can exhaust the stack.
fn is_shallow(value: &Value, levels: usize) -> bool {
    let Some(below) = levels.checked_sub(1) else {
        return false;
    };
    match value {
        Value::Array(items) => items.iter().all(|item| is_shallow(item, below)),
        Value::Object(fields) => fields.values().all(|field| is_shallow(field, below)),
        _ => true,
    }
}

/// The body of a row; the table's check lets nothing in that is no JSON.
pub(super) fn parse_body(text: &str) -> Result<Value, StoreCause> {
    serde_json::from_str(text).map_err(|_| StoreCause::damaged("a body is no JSON"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{CheckedEntry, JournalEntry, JournalKind, check_key, check_word};
    use crate::domain::time::WallTime;
    use crate::store::error::Refusal;
    use crate::store::limits;

    fn entry(body: Value) -> JournalEntry {
        JournalEntry {
            key: "k".into(),
            kind: JournalKind::Slip,
            phase: "printing".into(),
            body,
            opened_at: WallTime(1),
            updated_at: WallTime(1),
        }
    }

    #[test]
    fn keys_and_words_have_bounds() {
        assert_eq!(check_key(&"k".repeat(limits::KEY_BYTES)), Ok(()));
        for bad in ["", " ", "a b", "钥", "a\0", &"k".repeat(limits::KEY_BYTES + 1)] {
            assert_eq!(check_key(bad), Err(Refusal::Key), "{bad:?}");
        }
        assert_eq!(check_word(&"w".repeat(limits::WORD_BYTES)), Ok(()));
        assert_eq!(check_word(&"w".repeat(limits::WORD_BYTES + 1)), Err(Refusal::Word));
    }

    #[test]
    fn bodies_have_bounds_in_size_and_depth() {
        // Two quotation marks belong to the text.
        let largest = json!("x".repeat(limits::BODY_BYTES - 2));
        assert!(CheckedEntry::try_from(entry(largest)).is_ok());
        let larger = json!("x".repeat(limits::BODY_BYTES - 1));
        assert_eq!(CheckedEntry::try_from(entry(larger)).err(), Some(Refusal::Body));
        let nested = |levels: usize| (1..levels).fold(json!(0), |inner, _| json!([inner]));
        assert!(CheckedEntry::try_from(entry(nested(limits::BODY_DEPTH))).is_ok());
        let deeper = nested(limits::BODY_DEPTH + 1);
        assert_eq!(CheckedEntry::try_from(entry(deeper)).err(), Some(Refusal::Body));
    }
}
