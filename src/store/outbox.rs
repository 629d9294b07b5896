// SPDX-License-Identifier: GPL-3.0-only
//! The outbox in SQL. Each function runs within a transaction of the caller.

use rusqlite::{Connection, OptionalExtension, params};

use super::error::{Refusal, StoreCause};
use super::limits;
use super::types::{CheckedMessage, DueMessage, Enqueued, OutboxMessage, parse_body};
use crate::domain::time::WallTime;

const FIND: &str = "SELECT 1 FROM outbox WHERE key = ?1";
const COUNT_WAITING: &str = "SELECT count(*) FROM outbox WHERE delivered_number IS NULL";
const INSERT: &str = "INSERT INTO outbox (key, topic, body, created_at, due_at) VALUES (?1, ?2, ?3, ?4, ?4)";
const DUE: &str = "SELECT key, topic, body, created_at, attempts FROM outbox
    WHERE delivered_number IS NULL AND (due_at <= ?1 OR due_at > ?2) ORDER BY sequence LIMIT ?3";
const DELIVERED: &str = "UPDATE outbox SET body = 'null', delivered_at = ?2, delivered_number =
    1 + (SELECT coalesce(max(delivered_number), 0) FROM outbox WHERE delivered_number IS NOT NULL)
    WHERE key = ?1 AND delivered_number IS NULL";
const FAILED: &str = "UPDATE outbox SET attempts = min(attempts + 1, 4294967295), due_at = ?2
    WHERE key = ?1 AND delivered_number IS NULL";
const PRUNE: &str = "WITH newest AS (
        SELECT max(delivered_number) AS number FROM outbox WHERE delivered_number IS NOT NULL)
    DELETE FROM outbox WHERE delivered_number <= (SELECT number FROM newest) - ?1
        OR (delivered_number <= (SELECT number FROM newest) - ?2 AND delivered_at < ?3)";

/// All statements, to be tried when the database is opened.
pub(super) const STATEMENTS: &[&str] = &[FIND, COUNT_WAITING, INSERT, DUE, DELIVERED, FAILED, PRUNE];

/// Puts a message into the outbox, unless its key was used before.
///
/// # Errors
/// A refusal where too many wait; else what SQLite says.
pub(super) fn enqueue(connection: &Connection, message: &CheckedMessage) -> Result<Enqueued, StoreCause> {
    let found = connection.prepare_cached(FIND)?.query_row([&message.key], |_| Ok(())).optional()?;
    if found.is_some() {
        return Ok(Enqueued::AlreadyThere);
    }
    let waiting: u32 = connection.prepare_cached(COUNT_WAITING)?.query_row([], |row| row.get(0))?;
    if waiting >= limits::OUTBOX_WAITING {
        return Err(Refusal::TooManyWaiting.into());
    }
    let values = params![message.key, message.topic, message.body, message.created_at];
    connection.prepare_cached(INSERT)?.execute(values)?;
    Ok(Enqueued::New)
}

/// Up to `limit` messages that are due, in the order in which they came.
///
/// # Errors
/// What SQLite says.
pub(super) fn due(connection: &Connection, limit: u32, now: WallTime) -> Result<Vec<DueMessage>, StoreCause> {
    let ahead = now.0.saturating_add(limits::RETRY_AHEAD_SECONDS);
    let mut statement = connection.prepare_cached(DUE)?;
    let mut rows = statement.query(params![now.0, ahead, limit.min(limits::DUE_ROWS)])?;
    let mut messages = Vec::new();
    while let Some(row) = rows.next()? {
        let body: String = row.get(2)?;
        let message = OutboxMessage {
            key: row.get(0)?,
            topic: row.get(1)?,
            body: parse_body(&body)?,
            created_at: WallTime(row.get(3)?),
        };
        messages.push(DueMessage { message, attempts: row.get(4)? });
    }
    Ok(messages)
}

/// Marks a message as delivered and forgets its body. An unknown key changes nothing.
///
/// # Errors
/// What SQLite says.
pub(super) fn delivered(connection: &Connection, key: &str, at: WallTime) -> Result<(), StoreCause> {
    connection.prepare_cached(DELIVERED)?.execute(params![key, at.0])?;
    Ok(())
}

/// Counts a failed try; the message is due again at `retry_at`. A delivered or unknown one stays as it is.
///
/// # Errors
/// What SQLite says.
pub(super) fn failed(connection: &Connection, key: &str, retry_at: WallTime) -> Result<(), StoreCause> {
    connection.prepare_cached(FAILED)?.execute(params![key, retry_at.0])?;
    Ok(())
}

/// Deletes delivered messages beyond the bounds.
///
/// # Errors
/// What SQLite says.
pub(super) fn prune(connection: &Connection, now: WallTime) -> Result<usize, StoreCause> {
    let oldest = now.0.saturating_sub(limits::KEPT_SECONDS);
    let values = params![limits::DELIVERED_KEPT, limits::NEWEST_KEPT, oldest];
    Ok(connection.prepare_cached(PRUNE)?.execute(values)?)
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::{delivered, due, enqueue, failed, prune};
    use crate::domain::time::WallTime;
    use crate::store::error::{Refusal, StoreCause};
    use crate::store::limits;
    use crate::store::schema::{Found, migrate};
    use crate::store::types::{CheckedMessage, Enqueued};

    fn database() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        migrate(&connection, Found::Empty).unwrap();
        connection
    }

    fn message(key: &str) -> CheckedMessage {
        CheckedMessage { key: key.into(), topic: "status".into(), body: "{\"n\":1}".into(), created_at: 10 }
    }

    fn due_keys(database: &Connection, now: i64) -> Vec<(String, u32)> {
        let due = due(database, 10, WallTime(now)).unwrap();
        due.into_iter().map(|due| (due.message.key, due.attempts)).collect()
    }

    #[test]
    fn a_key_is_taken_once_also_after_delivery() {
        let database = database();
        assert_eq!(enqueue(&database, &message("a")).unwrap(), Enqueued::New);
        assert_eq!(enqueue(&database, &message("a")).unwrap(), Enqueued::AlreadyThere);
        delivered(&database, "a", WallTime(11)).unwrap();
        delivered(&database, "a", WallTime(12)).unwrap();
        failed(&database, "a", WallTime(12)).unwrap();
        assert_eq!(enqueue(&database, &message("a")).unwrap(), Enqueued::AlreadyThere);
        assert!(due_keys(&database, 99).is_empty());
        let body: String = database.query_row("SELECT body FROM outbox", [], |row| row.get(0)).unwrap();
        assert_eq!(body, "null");
    }

    #[test]
    fn what_failed_waits_and_order_is_kept() {
        let database = database();
        for key in ["z", "a", "m"] {
            enqueue(&database, &message(key)).unwrap();
        }
        failed(&database, "z", WallTime(20)).unwrap();
        assert!(due_keys(&database, 9).is_empty());
        assert_eq!(due_keys(&database, 10), [("a".into(), 0), ("m".into(), 0)]);
        assert_eq!(due_keys(&database, 20), [("z".into(), 1), ("a".into(), 0), ("m".into(), 0)]);
        assert_eq!(due(&database, 1, WallTime(20)).unwrap().len(), 1);
    }

    #[test]
    fn a_clock_set_back_does_not_hold_messages_for_years() {
        let database = database();
        enqueue(&database, &message("a")).unwrap();
        failed(&database, "a", WallTime(2_000_000_000)).unwrap();
        assert_eq!(due_keys(&database, 1_000_000_000).len(), 1);
        failed(&database, "a", WallTime(1_000_000_060)).unwrap();
        assert!(due_keys(&database, 1_000_000_000).is_empty());
    }

    #[test]
    fn waiting_messages_are_bounded_and_delivered_ones_pruned() {
        let database = database();
        for number in 0..limits::OUTBOX_WAITING {
            enqueue(&database, &message(&format!("k{number}"))).unwrap();
        }
        let refused = enqueue(&database, &message("more"));
        assert!(matches!(refused, Err(StoreCause::Refused(Refusal::TooManyWaiting))));
        assert_eq!(enqueue(&database, &message("k1")).unwrap(), Enqueued::AlreadyThere);
        for number in 0..limits::DELIVERED_KEPT + 5 {
            delivered(&database, &format!("k{number}"), WallTime(11)).unwrap();
        }
        assert_eq!(prune(&database, WallTime(12)).unwrap(), 5);
        assert_eq!(due(&database, u32::MAX, WallTime(12)).unwrap().len(), limits::DUE_ROWS as usize);
    }
}
