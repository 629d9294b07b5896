// SPDX-License-Identifier: GPL-3.0-only
//! The journal in SQL. Each function runs within a transaction of the caller.

use rusqlite::{Connection, OptionalExtension, params};

use super::error::{Refusal, StoreCause};
use super::limits;
use super::types::{CheckedEntry, JournalEntry, JournalKind, parse_body};
use crate::domain::time::WallTime;

const FIND: &str = "SELECT kind, settled_number IS NOT NULL FROM journal WHERE key = ?1";
const COUNT_OPEN: &str = "SELECT count(*) FROM journal WHERE settled_number IS NULL";
const INSERT: &str = "INSERT INTO journal (key, kind, phase, body, opened_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const UPDATE: &str = "UPDATE journal SET phase = ?2, body = ?3, updated_at = ?4 WHERE key = ?1";
const SETTLE: &str = "UPDATE journal SET body = 'null', outcome = ?2, settled_at = ?3, settled_number =
    1 + (SELECT coalesce(max(settled_number), 0) FROM journal WHERE settled_number IS NOT NULL)
    WHERE key = ?1 AND settled_number IS NULL";
const OPEN: &str = "SELECT key, phase, body, opened_at, updated_at FROM journal
    WHERE settled_number IS NULL AND kind = ?1 ORDER BY opened_at, key";
const PRUNE: &str = "WITH newest AS (
        SELECT max(settled_number) AS number FROM journal WHERE settled_number IS NOT NULL)
    DELETE FROM journal WHERE settled_number <= (SELECT number FROM newest) - ?1
        OR (settled_number <= (SELECT number FROM newest) - ?2 AND settled_at < ?3)";

/// All statements, to be tried when the database is opened.
pub(super) const STATEMENTS: &[&str] = &[FIND, COUNT_OPEN, INSERT, UPDATE, SETTLE, OPEN, PRUNE];

/// Inserts the entry, or moves it on.
///
/// # Errors
/// A refusal where the key is settled or of another kind, or too many are open; else what SQLite says.
pub(super) fn record(connection: &Connection, entry: &CheckedEntry) -> Result<(), StoreCause> {
    let found: Option<(String, bool)> =
        connection.prepare_cached(FIND)?.query_row([&entry.key], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    match found {
        Some((_, true)) => Err(Refusal::Settled.into()),
        Some((kind, _)) if kind != entry.kind.as_str() => Err(Refusal::OtherKind.into()),
        Some(_) => {
            let values = params![entry.key, entry.phase, entry.body, entry.updated_at];
            connection.prepare_cached(UPDATE)?.execute(values)?;
            Ok(())
        }
        None => {
            let open: u32 = connection.prepare_cached(COUNT_OPEN)?.query_row([], |row| row.get(0))?;
            if open >= limits::OPEN_ENTRIES {
                return Err(Refusal::TooManyOpen.into());
            }
            connection.prepare_cached(INSERT)?.execute(params![
                entry.key,
                entry.kind.as_str(),
                entry.phase,
                entry.body,
                entry.opened_at,
                entry.updated_at,
            ])?;
            Ok(())
        }
    }
}

/// Records all entries, or none where one is refused.
///
/// # Errors
/// As [`record`].
pub(super) fn record_all(connection: &Connection, entries: &[CheckedEntry]) -> Result<(), StoreCause> {
    connection.execute_batch("SAVEPOINT together")?;
    match entries.iter().try_for_each(|entry| record(connection, entry)) {
        Ok(()) => Ok(connection.execute_batch("RELEASE together")?),
        Err(cause) => {
            connection.execute_batch("ROLLBACK TO together; RELEASE together")?;
            Err(cause)
        }
    }
}

/// Settles the entry. One that is settled already keeps its first outcome; an unknown key changes nothing.
///
/// # Errors
/// What SQLite says.
pub(super) fn settle(connection: &Connection, key: &str, outcome: &str, at: WallTime) -> Result<(), StoreCause> {
    connection.prepare_cached(SETTLE)?.execute(params![key, outcome, at.0])?;
    Ok(())
}

/// The open entries of one kind, oldest first.
///
/// # Errors
/// What SQLite says.
pub(super) fn open_entries(connection: &Connection, kind: JournalKind) -> Result<Vec<JournalEntry>, StoreCause> {
    let mut statement = connection.prepare_cached(OPEN)?;
    let mut rows = statement.query([kind.as_str()])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let body: String = row.get(2)?;
        entries.push(JournalEntry {
            key: row.get(0)?,
            kind,
            phase: row.get(1)?,
            body: parse_body(&body)?,
            opened_at: WallTime(row.get(3)?),
            updated_at: WallTime(row.get(4)?),
        });
    }
    Ok(entries)
}

/// Deletes settled entries beyond the bounds.
///
/// # Errors
/// What SQLite says.
pub(super) fn prune(connection: &Connection, now: WallTime) -> Result<usize, StoreCause> {
    let oldest = now.0.saturating_sub(limits::KEPT_SECONDS);
    let values = params![limits::SETTLED_KEPT, limits::NEWEST_KEPT, oldest];
    Ok(connection.prepare_cached(PRUNE)?.execute(values)?)
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;
    use serde_json::json;

    use super::{open_entries, prune, record, record_all, settle};
    use crate::domain::time::WallTime;
    use crate::store::error::{Refusal, StoreCause};
    use crate::store::limits;
    use crate::store::schema::{Found, migrate};
    use crate::store::types::{CheckedEntry, JournalKind};

    fn database() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        migrate(&connection, Found::Empty).unwrap();
        connection
    }

    fn entry(key: &str, kind: JournalKind, phase: &str, at: i64) -> CheckedEntry {
        CheckedEntry {
            key: key.into(),
            kind,
            phase: phase.into(),
            body: json!({ "at": at }).to_string(),
            opened_at: at,
            updated_at: at,
        }
    }

    #[test]
    fn an_entry_moves_on_and_keeps_its_first_time() {
        let database = database();
        record(&database, &entry("b", JournalKind::TaxiRide, "hailing", 5)).unwrap();
        record(&database, &entry("a", JournalKind::TaxiRide, "hailing", 6)).unwrap();
        record(&database, &entry("b", JournalKind::TaxiRide, "accepted", 9)).unwrap();
        record(&database, &entry("s", JournalKind::Slip, "printing", 9)).unwrap();
        let open = open_entries(&database, JournalKind::TaxiRide).unwrap();
        assert_eq!(open.iter().map(|entry| entry.key.as_str()).collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!((open[0].opened_at, open[0].updated_at), (WallTime(5), WallTime(9)));
        assert_eq!((open[0].phase.as_str(), &open[0].body), ("accepted", &json!({ "at": 9 })));
    }

    #[test]
    fn a_settled_key_is_refused_and_keeps_its_outcome() {
        let database = database();
        let ride = entry("k", JournalKind::TaxiRide, "hailing", 1);
        record(&database, &ride).unwrap();
        settle(&database, "k", "finished", WallTime(2)).unwrap();
        settle(&database, "k", "failed", WallTime(3)).unwrap();
        settle(&database, "never-seen", "failed", WallTime(3)).unwrap();
        assert!(matches!(record(&database, &ride), Err(StoreCause::Refused(Refusal::Settled))));
        assert!(open_entries(&database, JournalKind::TaxiRide).unwrap().is_empty());
        let row: (String, i64, String) = database
            .query_row("SELECT outcome, settled_at, body FROM journal", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .unwrap();
        assert_eq!(row, ("finished".into(), 2, "null".into()));
    }

    #[test]
    fn entries_go_together_or_not_at_all() {
        let database = database();
        record(&database, &entry("old", JournalKind::Slip, "printing", 5)).unwrap();
        settle(&database, "old", "printed", WallTime(6)).unwrap();
        let shelf = |key: &str| entry(key, JournalKind::CaseShelf, "counted", 7);
        let refused = record_all(&database, &[shelf("d1"), entry("old", JournalKind::Slip, "printing", 7)]);
        assert!(matches!(refused, Err(StoreCause::Refused(Refusal::Settled))), "{refused:?}");
        assert!(open_entries(&database, JournalKind::CaseShelf).unwrap().is_empty());
        record_all(&database, &[shelf("d1"), shelf("d2"), shelf("d1")]).unwrap();
        assert_eq!(open_entries(&database, JournalKind::CaseShelf).unwrap().len(), 2);
    }

    #[test]
    fn a_key_keeps_its_kind() {
        let database = database();
        record(&database, &entry("k", JournalKind::TaxiRide, "hailing", 1)).unwrap();
        let slip = entry("k", JournalKind::Slip, "printing", 1);
        assert!(matches!(record(&database, &slip), Err(StoreCause::Refused(Refusal::OtherKind))));
    }

    #[test]
    fn open_entries_are_bounded_but_can_still_move_on() {
        let database = database();
        for number in 0..limits::OPEN_ENTRIES {
            record(&database, &entry(&format!("k{number}"), JournalKind::Slip, "printing", 1)).unwrap();
        }
        let more = entry("more", JournalKind::Slip, "printing", 1);
        assert!(matches!(record(&database, &more), Err(StoreCause::Refused(Refusal::TooManyOpen))));
        record(&database, &entry("k7", JournalKind::Slip, "printed", 2)).unwrap();
        settle(&database, "k7", "printed", WallTime(3)).unwrap();
        record(&database, &more).unwrap();
    }

    #[test]
    fn pruning_keeps_the_newest_whatever_the_clock_says() {
        let database = database();
        let total = limits::SETTLED_KEPT + 100;
        for number in 0..total {
            let key = format!("k{number:05}");
            record(&database, &entry(&key, JournalKind::Slip, "printing", 1)).unwrap();
            settle(&database, &key, "printed", WallTime(1)).unwrap();
        }
        // Nothing is old enough: only the surplus goes.
        assert_eq!(prune(&database, WallTime(2)).unwrap(), 100);
        // The clock jumps by years: the newest stay and are still refused.
        let later = WallTime(limits::KEPT_SECONDS * 100);
        assert_eq!(prune(&database, later).unwrap(), (limits::SETTLED_KEPT - limits::NEWEST_KEPT) as usize);
        assert_eq!(prune(&database, later).unwrap(), 0);
        let newest = entry(&format!("k{:05}", total - limits::NEWEST_KEPT), JournalKind::Slip, "printing", 1);
        assert!(matches!(record(&database, &newest), Err(StoreCause::Refused(Refusal::Settled))));
    }
}
