// SPDX-License-Identifier: GPL-3.0-only
//! What the store should hold, in plain maps, and what a database does hold.

use std::collections::BTreeMap;
use std::path::Path;

use doorstep::domain::time::WallTime;
use doorstep::store::{DATABASE_FILE, Enqueued, JournalEntry, JournalKind, OutboxMessage, Refusal, Store, StoreCause};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

use super::NOW;

/// One operation. Keys are few, so that they meet.
#[derive(Clone, Debug)]
pub enum Op {
    Record { key: u8, kind: JournalKind, step: u32, size: usize },
    Settle { key: u8, outcome: u8 },
    Enqueue { key: u8, size: usize },
    Delivered { key: u8 },
    Failed { key: u8, after: i64 },
}

/// Answer to an operation that met a working database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Enqueued(Enqueued),
    Refused(Refusal),
}

#[derive(Clone, Debug, PartialEq)]
struct Entry {
    kind: String,
    phase: String,
    body: Value,
    opened_at: i64,
    updated_at: i64,
    settled: Option<(String, i64)>,
}

#[derive(Clone, Debug, PartialEq)]
struct Message {
    key: String,
    body: Value,
    due_at: i64,
    attempts: u32,
    delivered: bool,
}

/// The whole state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    journal: BTreeMap<String, Entry>,
    /// In the order in which they were put in.
    outbox: Vec<Message>,
}

fn body(number: u32, size: usize) -> Value {
    // Different numbers fill every page differently.
    let letter = ["q", "w", "e", "r", "t", "z", "u"][number as usize % 7];
    json!({ "number": number, "filling": letter.repeat(size) })
}

fn key_name(key: u8) -> String {
    format!("key-{key}")
}

impl Op {
    /// The operation on the store. `Err` where the database failed.
    pub async fn run(&self, store: &Store) -> Result<Outcome, StoreCause> {
        let result = match self {
            Self::Record { key, kind, step, size } => {
                let entry = JournalEntry {
                    key: key_name(*key),
                    kind: *kind,
                    phase: format!("step-{step}"),
                    body: body(*step, *size),
                    opened_at: WallTime(NOW.0 + i64::from(*step)),
                    updated_at: WallTime(NOW.0 + i64::from(*step)),
                };
                store.record(entry).await.map(|()| Outcome::Done)
            }
            Self::Settle { key, outcome } => {
                let outcome = format!("outcome-{outcome}");
                store.settle(&key_name(*key), &outcome, NOW).await.map(|()| Outcome::Done)
            }
            Self::Enqueue { key, size } => {
                let message = OutboxMessage {
                    key: key_name(*key),
                    topic: "status".into(),
                    body: body(0, *size),
                    created_at: NOW,
                };
                store.enqueue(message).await.map(Outcome::Enqueued)
            }
            Self::Delivered { key } => store.delivered(&key_name(*key)).await.map(|()| Outcome::Done),
            Self::Failed { key, after } => {
                store.failed(&key_name(*key), WallTime(NOW.0 + after)).await.map(|()| Outcome::Done)
            }
        };
        match result {
            Ok(outcome) => Ok(outcome),
            Err(error) => match error.cause() {
                StoreCause::Refused(refusal) => Ok(Outcome::Refused(*refusal)),
                _ => Err(StoreCause::Unavailable(error.fault())),
            },
        }
    }
}

impl Model {
    /// The operation on the maps.
    pub fn apply(&mut self, op: &Op) -> Outcome {
        match op {
            Op::Record { key, kind, step, size } => self.record(*key, *kind, *step, *size),
            Op::Settle { key, outcome } => {
                if let Some(entry) = self.journal.get_mut(&key_name(*key))
                    && entry.settled.is_none()
                {
                    entry.body = Value::Null;
                    entry.settled = Some((format!("outcome-{outcome}"), NOW.0));
                }
                Outcome::Done
            }
            Op::Enqueue { key, size } => {
                let key = key_name(*key);
                if self.outbox.iter().any(|message| message.key == key) {
                    return Outcome::Enqueued(Enqueued::AlreadyThere);
                }
                let body = body(0, *size);
                self.outbox.push(Message { key, body, due_at: NOW.0, attempts: 0, delivered: false });
                Outcome::Enqueued(Enqueued::New)
            }
            Op::Delivered { key } => {
                if let Some(message) = self.waiting(*key) {
                    message.delivered = true;
                    message.body = Value::Null;
                }
                Outcome::Done
            }
            Op::Failed { key, after } => {
                if let Some(message) = self.waiting(*key) {
                    message.attempts += 1;
                    message.due_at = NOW.0 + after;
                }
                Outcome::Done
            }
        }
    }

    fn waiting(&mut self, key: u8) -> Option<&mut Message> {
        let key = key_name(key);
        self.outbox.iter_mut().find(|message| message.key == key && !message.delivered)
    }

    fn record(&mut self, key: u8, kind: JournalKind, step: u32, size: usize) -> Outcome {
        let at = NOW.0 + i64::from(step);
        let new = Entry {
            kind: kind.as_str().into(),
            phase: format!("step-{step}"),
            body: body(step, size),
            opened_at: at,
            updated_at: at,
            settled: None,
        };
        match self.journal.get_mut(&key_name(key)) {
            None => {
                self.journal.insert(key_name(key), new);
            }
            Some(entry) if entry.settled.is_some() => return Outcome::Refused(Refusal::Settled),
            Some(entry) if entry.kind != new.kind => return Outcome::Refused(Refusal::OtherKind),
            Some(entry) => *entry = Entry { opened_at: entry.opened_at, ..new },
        }
        Outcome::Done
    }

    /// What the database in `directory` holds, read without the store; its integrity is checked.
    pub fn read(directory: &Path) -> Self {
        let path = directory.join(DATABASE_FILE);
        let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
        let sound: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(sound, "ok");
        let parse = |text: String| serde_json::from_str::<Value>(&text).unwrap();
        let mut model = Self::default();
        let mut statement = database
            .prepare("SELECT key, kind, phase, body, opened_at, updated_at, outcome, settled_at FROM journal")
            .unwrap();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let outcome: Option<String> = row.get(6).unwrap();
            let entry = Entry {
                kind: row.get(1).unwrap(),
                phase: row.get(2).unwrap(),
                body: parse(row.get(3).unwrap()),
                opened_at: row.get(4).unwrap(),
                updated_at: row.get(5).unwrap(),
                settled: outcome.map(|outcome| (outcome, row.get(7).unwrap())),
            };
            model.journal.insert(row.get(0).unwrap(), entry);
        }
        let mut statement = database
            .prepare("SELECT key, body, due_at, attempts, delivered_at IS NOT NULL FROM outbox ORDER BY sequence")
            .unwrap();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            model.outbox.push(Message {
                key: row.get(0).unwrap(),
                body: parse(row.get(1).unwrap()),
                due_at: row.get(2).unwrap(),
                attempts: row.get(3).unwrap(),
                delivered: row.get(4).unwrap(),
            });
        }
        model
    }

    /// Whether the store answers as this model would.
    pub async fn assert_answers(&self, store: &Store) {
        for kind in JournalKind::ALL {
            let open = store.open_entries(*kind).await.unwrap();
            let expected =
                self.journal.iter().filter(|(_, entry)| entry.kind == kind.as_str() && entry.settled.is_none());
            assert_eq!(open.len(), expected.clone().count());
            for entry in open {
                let expected = &self.journal[&entry.key];
                assert!(expected.settled.is_none());
                assert_eq!((&entry.phase, &entry.body), (&expected.phase, &expected.body));
                assert_eq!((entry.opened_at.0, entry.updated_at.0), (expected.opened_at, expected.updated_at));
            }
        }
        let due = store.due(u32::MAX, NOW).await.unwrap();
        let due: Vec<_> = due.iter().map(|due| (due.message.key.as_str(), due.attempts)).collect();
        let expected = self.outbox.iter().filter(|message| !message.delivered && message.due_at <= NOW.0);
        let expected: Vec<_> = expected.map(|message| (message.key.as_str(), message.attempts)).collect();
        assert_eq!(due, expected);
    }
}
