// SPDX-License-Identifier: GPL-3.0-only
//! The history of all that was done and refused: what a test asks how often a book was lent.

use jiff::civil::DateTime;
use rusqlite::{Connection, params};

use super::rows::{No, When};
use super::{Books, BooksError, Turn};

/// Most entries that are kept; the oldest go first.
pub const MOST_ENTRIES: i64 = 100_000;

/// What was done, or refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A loan began.
    Checkout,
    /// A loan ended.
    Checkin,
    /// A copy came back that nobody had.
    IdleReturn,
    /// A loan was renewed.
    Renewal,
    /// A hold was placed.
    Hold,
    /// A hold was taken back.
    HoldCancelled,
    /// Money was paid.
    Payment,
    /// A card was blocked.
    Block,
    /// A card was enabled.
    Enable,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Checkout,
        Self::Checkin,
        Self::IdleReturn,
        Self::Renewal,
        Self::Hold,
        Self::HoldCancelled,
        Self::Payment,
        Self::Block,
        Self::Enable,
    ];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Checkout => "checkout",
            Self::Checkin => "checkin",
            Self::IdleReturn => "idle-return",
            Self::Renewal => "renewal",
            Self::Hold => "hold",
            Self::HoldCancelled => "hold-cancelled",
            Self::Payment => "payment",
            Self::Block => "block",
            Self::Enable => "enable",
        }
    }
}

/// One line of the history. Whose it is is told to tests; nothing prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// What.
    pub kind: Kind,
    /// The copy, as it was asked for.
    pub item: Option<String>,
    /// The patron's card, where the library knows it.
    pub card: Option<String>,
    /// When the library did it.
    pub at: DateTime,
    /// When it happened, as the terminal says.
    pub happened: DateTime,
    /// Which terminal.
    pub terminal: String,
    /// With the no-block flag.
    pub forced: bool,
    /// Done; otherwise refused.
    pub done: bool,
    /// Why refused, or why done where nobody asked for it.
    pub reason: Option<String>,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("Entry");
        shown.field("kind", &self.kind).field("item", &self.item).field("done", &self.done);
        shown.field("forced", &self.forced).field("reason", &self.reason).finish_non_exhaustive()
    }
}

/// The circumstances of an entry.
#[derive(Clone, Copy)]
pub(super) struct Happening<'t> {
    pub(super) at: DateTime,
    pub(super) happened: DateTime,
    pub(super) terminal: &'t str,
    pub(super) forced: bool,
}

impl<'t> From<&'t Turn> for Happening<'t> {
    fn from(turn: &'t Turn) -> Self {
        Self { at: turn.now, happened: turn.happened, terminal: &turn.terminal, forced: turn.forced }
    }
}

impl Happening<'_> {
    /// Something that was done; `why` where nobody asked for it.
    pub(super) fn write(
        self,
        database: &Connection,
        kind: Kind,
        item: Option<&str>,
        card: Option<&str>,
        why: Option<&str>,
    ) -> rusqlite::Result<()> {
        self.insert(database, kind, (item, card), true, why)
    }

    /// Something that was refused.
    pub(super) fn refuse(
        self,
        database: &Connection,
        kind: Kind,
        item: Option<&str>,
        card: Option<&str>,
        no: No,
    ) -> rusqlite::Result<()> {
        self.insert(database, kind, (item, card), false, Some(no.word()))
    }

    fn insert(
        self,
        database: &Connection,
        kind: Kind,
        (item, card): (Option<&str>, Option<&str>),
        done: bool,
        reason: Option<&str>,
    ) -> rusqlite::Result<()> {
        let mut statement = database.prepare_cached(
            "INSERT INTO entry (kind, item, card, at, happened, terminal, forced, done, reason)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?;
        let (at, happened) = (When(self.at), When(self.happened));
        statement.execute(params![kind.word(), item, card, at, happened, self.terminal, self.forced, done, reason])?;
        let newest = database.last_insert_rowid();
        database.prepare_cached("DELETE FROM entry WHERE id <= ?1")?.execute([newest - MOST_ENTRIES])?;
        Ok(())
    }
}

impl Books {
    /// The history, of one copy where one is named, in its order.
    ///
    /// # Errors
    /// The database.
    pub fn history(&self, item: Option<&str>) -> Result<Vec<Entry>, BooksError> {
        let mut statement = self.database.prepare_cached(
            "SELECT kind, item, card, at, happened, terminal, forced, done, reason FROM entry
             WHERE ?1 IS NULL OR item = ?1 ORDER BY id",
        )?;
        let rows = statement.query_map([item], |row| {
            let word: String = row.get(0)?;
            let kind = Kind::ALL.into_iter().find(|kind| kind.word() == word);
            Ok(Entry {
                kind: kind.ok_or(rusqlite::Error::InvalidQuery)?,
                item: row.get(1)?,
                card: row.get(2)?,
                at: row.get::<_, When>(3)?.0,
                happened: row.get::<_, When>(4)?.0,
                terminal: row.get(5)?,
                forced: row.get(6)?,
                done: row.get(7)?,
                reason: row.get(8)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// How often something was done to a copy, since the beginning.
    ///
    /// # Errors
    /// The database.
    pub fn count(&self, kind: Kind, item: &str) -> Result<u32, BooksError> {
        let mut statement =
            self.database.prepare_cached("SELECT count(*) FROM entry WHERE done AND kind = ?1 AND item = ?2")?;
        Ok(statement.query_row([kind.word(), item], |row| row.get(0))?)
    }
}
