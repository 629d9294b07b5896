// SPDX-License-Identifier: GPL-3.0-only
//! Opening the database so that what is committed stays committed.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::error::{StoreCause, StoreError, sqlite_code};
use super::lock::DirectoryLock;
use super::schema::{self, Found};
use super::types::{OpenReport, SetAside};
use super::{DATABASE_FILE, journal, limits, marks, outbox, rescue, set_aside};
use crate::domain::time::WallTime;

/// Statements kept prepared; more than the store has.
const STATEMENT_CACHE: usize = 48;
/// Memory for pages, in KiB.
const PAGE_CACHE_KIB: i64 = 1024;
/// Piece in which the log is written again, in bytes.
const COPY_BYTES: usize = 64 * 1024;

/// Opens the database in `directory`, which `lock` guards. A damaged one is set aside and a new one begun.
///
/// # Errors
/// What keeps it from being opened; the files are as they were.
pub(super) fn open(
    directory: &Path,
    lock: &mut DirectoryLock,
    now: WallTime,
) -> Result<(Connection, OpenReport), StoreCause> {
    // Only for people; that the disk takes it not is looked into below.
    let holder_noted = lock.note_holder();
    let first = if set_aside::is_log_without_database(directory) {
        Err(StoreCause::damaged("a write-ahead log without its database"))
    } else {
        open_file(directory)
    };
    let result = match first {
        Err(cause) if cause.is_damage() => begin_anew(directory, cause, now),
        other => other,
    };
    match (result, holder_noted) {
        (Err(StoreCause::Sqlite(error)), Err(source))
            if error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure)
                || error.sqlite_error_code() == Some(ErrorCode::CannotOpen) =>
        {
            tracing::warn!(%error, "opening the database failed");
            Err(StoreCause::File { action: "writing to the data directory", source })
        }
        (result, _) => result,
    }
}

/// Makes room for a new database, and takes over into it what is still open in the damaged one.
fn begin_anew(directory: &Path, damage: StoreCause, now: WallTime) -> Result<(Connection, OpenReport), StoreCause> {
    let fault = StoreError::Open(damage).fault();
    let rescued = rescue::rescue(directory);
    let path = set_aside::set_aside(directory, now)?;
    let (connection, report) = open_file(directory)?;
    let rescued = rescued.put_into(&connection).unwrap_or_else(|cause| {
        let fault = StoreError::Open(cause).fault();
        tracing::error!(%fault, "what is open in the damaged database is not taken over");
        0
    });
    Ok((connection, OpenReport { set_aside: Some(SetAside { path, fault, rescued }), ..report }))
}

fn open_file(directory: &Path) -> Result<(Connection, OpenReport), StoreCause> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(directory.join(DATABASE_FILE), flags)?;
    connection.busy_timeout(limits::BUSY_WAIT)?;
    // Until it is known to be sound, closing it copies nothing from the log into it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    // Before anything is written: a newer or foreign database stays as it is, byte for byte.
    let found = schema::inspect(&connection)?;
    secure_log(&connection, directory)?;
    configure(&connection)?;
    if let Found::Version(_) = found {
        check_integrity(&connection)?;
    }
    schema::migrate(&connection, found)?;
    check_statements(&connection)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    settle_log(&connection)?;
    set_aside::sync_directory(directory)
        .map_err(|source| StoreCause::File { action: "synchronising the data directory", source })?;
    let report = OpenReport {
        set_aside: None,
        created: found == Found::Empty,
        version_before: match found {
            Found::Empty => schema::known_version(),
            Found::Version(version) => version,
        },
    };
    Ok((connection, report))
}

fn configure(connection: &Connection) -> Result<(), StoreCause> {
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if !mode.eq_ignore_ascii_case("wal") {
        return Err(StoreCause::Mode { wanted: "wal", found: mode });
    }
    // FULL: each commit is synchronised before it returns. With NORMAL a power cut could take back a
    // journal entry on the strength of which a taxi was already called.
    connection.execute_batch(&format!(
        "PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA secure_delete = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -{PAGE_CACHE_KIB};
         PRAGMA max_page_count = {};
         PRAGMA wal_autocheckpoint = {};
         PRAGMA journal_size_limit = {};",
        limits::DATABASE_PAGES,
        limits::LOG_PAGES,
        limits::LOG_BYTES,
    ))?;
    Ok(())
}

/// Reads the whole database once. It is bounded, so this takes milliseconds.
fn check_integrity(connection: &Connection) -> Result<(), StoreCause> {
    let finding: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if finding == "ok" { Ok(()) } else { Err(StoreCause::damaged(finding)) }
}

/// A sound file whose tables are not ours is of no use.
fn check_statements(connection: &Connection) -> Result<(), StoreCause> {
    for sql in journal::STATEMENTS.iter().chain(outbox::STATEMENTS).chain(marks::STATEMENTS) {
        if let Err(error) = connection.prepare_cached(sql) {
            // "No such table", "no such column".
            if sqlite_code(&error) == Some(ErrorCode::Unknown) {
                return Err(StoreCause::damaged(error.to_string()));
            }
            return Err(error.into());
        }
    }
    Ok(())
}

/// Writes the log that the last run left once more, byte for byte, and synchronises it.
///
/// A synchronisation that failed in the last run may have left pages of the log that the system shows but
/// will never write: they count as written. Whatever SQLite then copies from them into the database would
/// have no copy in the log any more, and a power cut during that would leave half of it.
///
/// SQLite holds no lock on the log itself, so that opening and closing it here breaks none; the transaction
/// keeps other processes from writing to it meanwhile.
fn secure_log(connection: &Connection, directory: &Path) -> Result<(), StoreCause> {
    let path = directory.join(format!("{DATABASE_FILE}-wal"));
    match fs::metadata(&path) {
        Ok(meta) if meta.len() > 0 => {}
        // SQLite has created it just now, or it is not there.
        _ => return Ok(()),
    }
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let written =
        write_again(&path).map_err(|source| StoreCause::File { action: "securing the write-ahead log", source });
    connection.execute_batch("ROLLBACK")?;
    written
}

fn write_again(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let mut buffer = vec![0; COPY_BYTES];
    let mut position = 0;
    loop {
        file.seek(SeekFrom::Start(position))?;
        let count = file.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
        file.seek(SeekFrom::Start(position))?;
        file.write_all(bytes)?;
        position += count as u64;
    }
    file.sync_all()
}

/// Copies the log into the database and begins it anew, so that a start finds little to do and the log of a
/// day is not read twice. It also shows whether the database can be written.
fn settle_log(connection: &Connection) -> Result<(), StoreCause> {
    let checkpoint = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    let checkpoint = checkpoint.and_then(|()| connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK;"));
    match checkpoint {
        // The disk is full: what is there can still be read, and writing is tried each time anew.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DiskFull) => Ok(()),
        other => Ok(other?),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::write_again;

    #[test]
    fn writing_again_changes_no_byte() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let content: Vec<u8> = (0..200_001_u32).flat_map(u32::to_le_bytes).collect();
        fs::write(&path, &content).unwrap();
        write_again(&path).unwrap();
        assert!(fs::read(&path).unwrap() == content);
    }
}
