// SPDX-License-Identifier: GPL-3.0-only
//! The marks in SQL. Each function runs within a transaction of the caller.

use rusqlite::{Connection, OptionalExtension, params};

use crate::store::error::StoreCause;

/// Bytes of a mark.
pub(super) const MARK_BYTES: usize = 16;
/// What a mark is.
pub(super) type Mark = [u8; MARK_BYTES];

const HAS: &str = "SELECT 1 FROM mark WHERE period = ?1 AND mark = ?2";
const INSERT: &str = "INSERT OR IGNORE INTO mark (period, mark) VALUES (?1, ?2)";
const COUNT_UP: &str = "INSERT INTO mark_period (period, marks) VALUES (?1, ?2)
    ON CONFLICT (period) DO UPDATE SET marks = marks + excluded.marks";
const PERIODS: &str = "SELECT period, marks, arranged FROM mark_period ORDER BY period";
const ALL_OF: &str = "SELECT mark FROM mark WHERE period = ?1 ORDER BY mark";
const SOME_OF: &str = "DELETE FROM mark WHERE period = ?1 AND mark IN
    (SELECT mark FROM mark WHERE period = ?1 ORDER BY mark LIMIT ?2)";
const EMPTY: &str = "DELETE FROM mark WHERE period = ?1";
const FORGET: &str = "DELETE FROM mark_period WHERE period = ?1";
const ARRANGED: &str = "UPDATE mark_period SET arranged = marks WHERE period = ?1";

/// All statements, to be tried when the database is opened.
pub(in crate::store) const STATEMENTS: &[&str] =
    &[HAS, INSERT, COUNT_UP, PERIODS, ALL_OF, SOME_OF, EMPTY, FORGET, ARRANGED];

/// A period and how many marks it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Period {
    /// Number of its first day.
    pub(super) period: i32,
    /// Its marks, in rows.
    pub(super) marks: u32,
    /// How many of them lie in the order of their values.
    pub(super) arranged: u32,
}

/// Every period, oldest first.
pub(super) fn periods(connection: &Connection) -> Result<Vec<Period>, StoreCause> {
    let mut statement = connection.prepare_cached(PERIODS)?;
    let rows =
        statement.query_map([], |row| Ok(Period { period: row.get(0)?, marks: row.get(1)?, arranged: row.get(2)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whether the mark is there.
pub(super) fn has(connection: &Connection, period: i32, mark: &Mark) -> Result<bool, StoreCause> {
    let found = connection.prepare_cached(HAS)?.query_row(params![period, mark], |_| Ok(())).optional()?;
    Ok(found.is_some())
}

/// Adds marks, in the order of their values: the order in which somebody saw things is not kept.
pub(super) fn insert(connection: &Connection, period: i32, marks: &mut [Mark]) -> Result<(), StoreCause> {
    marks.sort_unstable();
    let mut statement = connection.prepare_cached(INSERT)?;
    let mut added = 0_i64;
    for mark in marks.iter() {
        // One row or none.
        added += i64::from(statement.execute(params![period, mark])? > 0);
    }
    if added > 0 {
        connection.prepare_cached(COUNT_UP)?.execute(params![period, added])?;
    }
    Ok(())
}

/// Deletes at most `most` marks of a period, in rows; the period itself when none is left. Gives whether it is gone.
pub(super) fn shrink(connection: &Connection, period: i32, most: u32) -> Result<bool, StoreCause> {
    let gone = connection.prepare_cached(SOME_OF)?.execute(params![period, most])?;
    if gone >= most as usize {
        return Ok(false);
    }
    connection.prepare_cached(FORGET)?.execute([period])?;
    Ok(true)
}

/// Deletes a period with all its marks.
pub(super) fn forget(connection: &Connection, period: i32) -> Result<(), StoreCause> {
    connection.prepare_cached(EMPTY)?.execute([period])?;
    connection.prepare_cached(FORGET)?.execute([period])?;
    Ok(())
}

/// Writes the marks of a period anew in the order of their values. SQLite puts a new row where there is room on a
/// page, so that rows that came together lie together until this is done.
pub(super) fn arrange(connection: &Connection, period: i32) -> Result<(), StoreCause> {
    let marks = {
        let mut statement = connection.prepare_cached(ALL_OF)?;
        let rows = statement.query_map([period], |row| row.get::<_, Mark>(0))?;
        rows.collect::<Result<Vec<_>, _>>()?
    };
    connection.prepare_cached(EMPTY)?.execute([period])?;
    let mut statement = connection.prepare_cached(INSERT)?;
    for mark in marks {
        statement.execute(params![period, mark])?;
    }
    connection.prepare_cached(ARRANGED)?.execute([period])?;
    Ok(())
}
