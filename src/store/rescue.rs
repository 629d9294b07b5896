// SPDX-License-Identifier: GPL-3.0-only
//! Reading what is still open out of a damaged database: a taxi that is on its way is not to be forgotten
//! because a page elsewhere in the file cannot be read.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Row};

use super::error::StoreCause;
use super::types::{CheckedEntry, CheckedMessage, JournalEntry, JournalKind, OutboxMessage, parse_body};
use super::{DATABASE_FILE, journal, limits, outbox};
use crate::domain::time::WallTime;

/// Most rows that are looked at in one direction, finished ones included: what a sound database may hold,
/// twice. A damaged one may lead in circles.
const MOST_ROWS: u32 = 2 * (limits::OPEN_ENTRIES + limits::SETTLED_KEPT + limits::OUTBOX_WAITING);
/// A damaged page ends a reading: the rows behind it are met from the other end.
const DIRECTIONS: [&str; 2] = ["ASC", "DESC"];

/// What was still open, each row checked as if it came anew.
#[derive(Debug, Default)]
pub(super) struct Rescued {
    entries: BTreeMap<String, CheckedEntry>,
    messages: BTreeMap<i64, CheckedMessage>,
}

/// Reads what can be read from the damaged database in `directory`, and changes nothing in it. Whatever
/// fails here is damage that is known already.
pub(super) fn rescue(directory: &Path) -> Rescued {
    let mut rescued = Rescued::default();
    if let Err(error) = read(directory, &mut rescued) {
        tracing::warn!(%error, "the damaged database can be read in part only");
    }
    rescued
}

fn read(directory: &Path, rescued: &mut Rescued) -> rusqlite::Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(directory.join(DATABASE_FILE), flags)?;
    // Otherwise the log would be copied into the damaged file, which is to stay as it is.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;")?;
    let mut result = Ok(());
    for direction in DIRECTIONS {
        let sql = format!(
            "SELECT key, kind, phase, body, opened_at, updated_at, settled_number FROM journal NOT INDEXED
             ORDER BY key {direction} LIMIT {MOST_ROWS}"
        );
        result = result.and(each_row(&connection, &sql, |row| {
            if let Some(entry) = entry(row)? {
                rescued.entries.insert(entry.key.clone(), entry);
            }
            Ok(())
        }));
        let sql = format!(
            "SELECT key, topic, body, created_at, delivered_number, sequence FROM outbox NOT INDEXED
             ORDER BY sequence {direction} LIMIT {MOST_ROWS}"
        );
        result = result.and(each_row(&connection, &sql, |row| {
            if let Some(message) = message(row)? {
                rescued.messages.insert(row.get(5)?, message);
            }
            Ok(())
        }));
    }
    result
}

/// Hands each row to `take`. A row that `take` cannot read is passed over; a page that SQLite cannot read
/// ends it.
fn each_row(
    connection: &Connection,
    sql: &str,
    mut take: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut result = Ok(());
    while let Some(row) = rows.next()? {
        result = result.and(take(row));
    }
    result
}

/// The open entry of a row; `None` for a settled one and for what is no entry.
fn entry(row: &Row<'_>) -> rusqlite::Result<Option<CheckedEntry>> {
    let kind: String = row.get(1)?;
    let body: String = row.get(3)?;
    let settled: Option<i64> = row.get(6)?;
    let kind = JournalKind::ALL.iter().find(|known| known.as_str() == kind);
    let (None, Some(kind), Ok(body)) = (settled, kind, parse_body(&body)) else { return Ok(None) };
    let entry = JournalEntry {
        key: row.get(0)?,
        kind: *kind,
        phase: row.get(2)?,
        body,
        opened_at: WallTime(row.get(4)?),
        updated_at: WallTime(row.get(5)?),
    };
    Ok(entry.try_into().ok())
}

/// The waiting message of a row; `None` for a delivered one and for what is no message.
fn message(row: &Row<'_>) -> rusqlite::Result<Option<CheckedMessage>> {
    let body: String = row.get(2)?;
    let delivered: Option<i64> = row.get(4)?;
    let (None, Ok(body)) = (delivered, parse_body(&body)) else { return Ok(None) };
    let message = OutboxMessage { key: row.get(0)?, topic: row.get(1)?, body, created_at: WallTime(row.get(3)?) };
    Ok(message.try_into().ok())
}

impl Rescued {
    /// Puts everything into the new database, in one transaction. Returns how many rows it took; a row that
    /// it refuses (a bound) is passed over.
    ///
    /// # Errors
    /// What SQLite says; nothing is put in then.
    pub(super) fn put_into(self, connection: &Connection) -> Result<usize, StoreCause> {
        if self.entries.is_empty() && self.messages.is_empty() {
            return Ok(0);
        }
        let transaction = connection.unchecked_transaction()?;
        let mut count = 0;
        for result in self.entries.values().map(|entry| journal::record(&transaction, entry)) {
            count += taken(result)?;
        }
        for result in self.messages.values().map(|message| outbox::enqueue(&transaction, message)) {
            count += taken(result.map(|_| ()))?;
        }
        transaction.commit()?;
        Ok(count)
    }
}

fn taken(result: Result<(), StoreCause>) -> Result<usize, StoreCause> {
    match result {
        Ok(()) => Ok(1),
        Err(cause) if cause.is_refusal() => Ok(0),
        Err(cause) => Err(cause),
    }
}
