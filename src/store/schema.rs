// SPDX-License-Identifier: GPL-3.0-only
//! The tables, version by version.

use rusqlite::Connection;

use super::error::StoreCause;

/// Marks the file as a database of Doorstep: the bytes `DRST`.
pub(super) const APPLICATION_ID: i64 = 0x4452_5354;

/// One entry a version. An entry that was released is never changed: a new one is added.
const MIGRATIONS: &[&str] = &[VERSION_1, VERSION_2];

/// The finished rows are numbered in the order in which they ended: pruning counts on that order and not on
/// the wall clock. `body` is forgotten when a row is finished, only its key stays taken.
///
/// The bounds in the checks are written out: they are those of the day on which the version was released.
const VERSION_1: &str = "
CREATE TABLE journal (
    key            TEXT    NOT NULL PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 128),
    kind           TEXT    NOT NULL CHECK (length(kind) BETWEEN 1 AND 32),
    phase          TEXT    NOT NULL CHECK (length(phase) BETWEEN 1 AND 64),
    body           TEXT    NOT NULL CHECK (json_valid(body) AND octet_length(body) <= 16384),
    opened_at      INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    outcome        TEXT             CHECK (length(outcome) BETWEEN 1 AND 64),
    settled_at     INTEGER,
    settled_number INTEGER          CHECK (settled_number > 0),
    CHECK ((outcome IS NULL) = (settled_at IS NULL)),
    CHECK ((outcome IS NULL) = (settled_number IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX journal_open ON journal (kind) WHERE settled_number IS NULL;
CREATE UNIQUE INDEX journal_settled ON journal (settled_number) WHERE settled_number IS NOT NULL;

CREATE TRIGGER journal_settled_stays BEFORE UPDATE ON journal
WHEN OLD.settled_number IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a settled entry never changes'); END;

CREATE TABLE outbox (
    sequence         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    key              TEXT    NOT NULL UNIQUE CHECK (length(key) BETWEEN 1 AND 128),
    topic            TEXT    NOT NULL CHECK (length(topic) BETWEEN 1 AND 64),
    body             TEXT    NOT NULL CHECK (json_valid(body) AND octet_length(body) <= 16384),
    created_at       INTEGER NOT NULL,
    due_at           INTEGER NOT NULL,
    attempts         INTEGER NOT NULL DEFAULT 0 CHECK (attempts BETWEEN 0 AND 4294967295),
    delivered_at     INTEGER,
    delivered_number INTEGER CHECK (delivered_number > 0),
    CHECK ((delivered_at IS NULL) = (delivered_number IS NULL))
) STRICT;

CREATE INDEX outbox_waiting ON outbox (sequence) WHERE delivered_number IS NULL;
CREATE UNIQUE INDEX outbox_delivered ON outbox (delivered_number) WHERE delivered_number IS NOT NULL;

CREATE TRIGGER outbox_delivered_stays BEFORE UPDATE ON outbox
WHEN OLD.delivered_number IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a delivered message never changes'); END;
";

/// What somebody has seen before, as marks that tell nothing by themselves. The key of the table is the mark, a random
/// number to whoever has not the key of its period: no row can be told from another, and none knows its neighbours.
const VERSION_2: &str = "
CREATE TABLE mark (
    period INTEGER NOT NULL,
    mark   BLOB    NOT NULL CHECK (length(mark) = 16),
    PRIMARY KEY (period, mark)
) STRICT, WITHOUT ROWID;

CREATE TABLE mark_period (
    period   INTEGER NOT NULL PRIMARY KEY,
    marks    INTEGER NOT NULL CHECK (marks BETWEEN 0 AND 4294967295),
    arranged INTEGER NOT NULL DEFAULT 0 CHECK (arranged BETWEEN 0 AND 4294967295)
) STRICT;
";

/// The version that this program writes.
pub(super) fn known_version() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// What is in the file, from its header and its list of tables. Changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing: a new file.
    Empty,
    /// Our tables in this version, at most the known one.
    Version(i64),
}

/// Looks at the file before anything is changed in it.
///
/// # Errors
/// A newer version, another program's database, or what SQLite says.
pub(super) fn inspect(connection: &Connection) -> Result<Found, StoreCause> {
    let application: i64 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let objects: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (application, version, objects) {
        (0, 0, 0) => Ok(Found::Empty),
        (APPLICATION_ID, version, _) if version > known_version() => {
            Err(StoreCause::Newer { found: version, known: known_version() })
        }
        (APPLICATION_ID, version @ 1.., 1..) => Ok(Found::Version(version)),
        _ => Err(StoreCause::damaged(format!(
            "application {application:#x}, version {version}, {objects} tables and indexes: not of this program"
        ))),
    }
}

/// Brings the tables up to date, each version in one transaction.
///
/// # Errors
/// What SQLite says; the version that failed has left no trace.
pub(super) fn migrate(connection: &Connection, found: Found) -> Result<(), StoreCause> {
    let from = match found {
        Found::Empty => 0,
        Found::Version(version) => version,
    };
    for (version, sql) in (1_i64..).zip(MIGRATIONS).filter(|(version, _)| *version > from) {
        connection.execute_batch(&format!(
            "BEGIN IMMEDIATE;\n{sql}\nPRAGMA application_id = {APPLICATION_ID};\n\
             PRAGMA user_version = {version};\nCOMMIT;"
        ))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::{Found, inspect, known_version, migrate};
    use crate::store::error::StoreCause;

    #[test]
    fn an_empty_file_becomes_the_known_version() {
        let connection = Connection::open_in_memory().unwrap();
        assert_eq!(inspect(&connection).unwrap(), Found::Empty);
        migrate(&connection, Found::Empty).unwrap();
        assert_eq!(inspect(&connection).unwrap(), Found::Version(known_version()));
        // Nothing is done twice.
        migrate(&connection, Found::Version(known_version())).unwrap();
    }

    #[test]
    fn foreign_and_newer_files_are_told_apart() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE recipes (name TEXT)").unwrap();
        assert!(matches!(inspect(&connection), Err(StoreCause::Damaged { .. })));
        let connection = Connection::open_in_memory().unwrap();
        migrate(&connection, Found::Empty).unwrap();
        connection.execute_batch("PRAGMA user_version = 99").unwrap();
        assert!(matches!(inspect(&connection), Err(StoreCause::Newer { found: 99, .. })));
    }

    #[test]
    fn the_tables_themselves_refuse_to_change_what_is_finished() {
        let connection = Connection::open_in_memory().unwrap();
        migrate(&connection, Found::Empty).unwrap();
        connection
            .execute_batch(
                "INSERT INTO journal VALUES ('k', 'slip', 'p', '{}', 1, 1, 'done', 2, 1);
                 INSERT INTO outbox VALUES (1, 'k', 't', '{}', 1, 1, 0, 2, 1);",
            )
            .unwrap();
        for sql in [
            "UPDATE journal SET settled_number = NULL, settled_at = NULL, outcome = NULL",
            "UPDATE outbox SET delivered_number = NULL, delivered_at = NULL",
            "INSERT INTO journal VALUES ('l', 'slip', 'p', 'no json', 1, 1, NULL, NULL, NULL)",
            "INSERT INTO journal VALUES ('m', 'slip', 'p', '{}', 1, 1, 'half settled', NULL, NULL)",
        ] {
            assert!(connection.execute_batch(sql).is_err(), "{sql}");
        }
    }
}
