// SPDX-License-Identifier: GPL-3.0-only
//! The library's books: patrons, items, loans, holds, fees and rules in SQLite, and a history of all that was
//! done. Knows nothing of SIP2.

mod desk;
mod fees;
mod holds;
mod items;
mod lending;
mod log;
mod patrons;
mod returning;
mod rows;
mod seed;

use std::path::Path;

use jiff::civil::DateTime;
use rusqlite::{Connection, OpenFlags};
use thiserror::Error;

pub use self::desk::Imbalance;
pub use self::fees::Fee;
pub use self::holds::{Held, HoldMode, HoldOrder};
pub use self::items::{Circulation, ItemView};
pub use self::lending::{LendOrder, Lent, Who};
pub use self::log::{Entry, Kind, MOST_ENTRIES};
pub use self::patrons::{Loaned, PatronView, Waiting};
pub use self::returning::{Alert, ReturnOrder, Returned};
pub use self::rows::No;
pub use self::seed::STATUSES as STATUS_WORDS;
pub use self::seed::{Place, Seed, SeedError, SeedItem};

/// Statements kept prepared; more than there are.
const STATEMENT_CACHE: usize = 96;
/// The tables.
const SCHEMA: &str = include_str!("schema.sql");

/// The books cannot be kept.
#[derive(Debug, Error)]
pub enum BooksError {
    /// The file cannot be opened.
    #[error("the library's database cannot be opened")]
    Open(#[source] rusqlite::Error),
    /// The tables cannot be made.
    #[error("the library's tables cannot be made")]
    Schema(#[source] rusqlite::Error),
    /// The initial content does not fit.
    #[error("the library's initial content cannot be written")]
    Fill(#[source] rusqlite::Error),
    /// A question to the database.
    #[error("the library's database does not answer")]
    Ask(#[from] rusqlite::Error),
}

/// What is asked of the books ends in an answer, in the library's no, or in a fault of the database.
pub type Decision<T> = Result<Result<T, No>, BooksError>;

/// How the library decides where libraries differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Somebody borrows what they have already.
    pub again: Again,
    /// What the no-block flag does.
    pub no_block: NoBlock,
    /// A copy comes back that nobody had.
    pub idle_return_ok: bool,
    /// Whether PINs are asked for.
    pub pin: PinRule,
    /// So many wrong PINs one after the other lock the card; 0: never.
    pub pin_tries: u32,
}

/// What happens when somebody borrows what they have on loan already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// It is renewed, whatever the terminal wants (Sierra).
    Renew,
    /// It is renewed where the terminal allows renewals.
    IfAsked,
    /// It is refused.
    Refuse,
}

/// What the no-block flag does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoBlock {
    /// No rule is asked; a copy on loan to somebody else is taken back first.
    Obey,
    /// No rule is asked, but nobody loses what is on loan to them.
    KeepOthers,
    /// Nothing: all rules hold.
    Ignore,
}

/// Whether PINs are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinRule {
    /// Who has one must give it.
    Required,
    /// A wrong one is refused, a missing one is not.
    IfGiven,
    /// Never.
    Off,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            again: Again::Renew,
            no_block: NoBlock::Obey,
            idle_return_ok: true,
            pin: PinRule::Required,
            pin_tries: 0,
        }
    }
}

/// The circumstances of one request.
#[derive(Clone, Debug)]
pub struct Turn {
    /// The library's time.
    pub now: DateTime,
    /// When it happened, as the terminal says.
    pub happened: DateTime,
    /// The terminal's name.
    pub terminal: String,
    /// Where the terminal stands.
    pub place: String,
    /// The terminal set the no-block flag.
    pub forced: bool,
    /// How the library decides.
    pub policy: Policy,
}

impl Turn {
    /// Whether no rule is asked.
    fn is_forced(&self) -> bool {
        self.forced && self.policy.no_block != NoBlock::Ignore
    }
}

/// The library's books. Each public method is one transaction of the database, or reads only.
pub struct Books {
    database: Connection,
}

impl std::fmt::Debug for Books {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Books").finish_non_exhaustive()
    }
}

impl Books {
    /// Books in memory, or in the file `path`; a new file, and memory, begin with `seed` on the day of `now`.
    ///
    /// # Errors
    /// The file is no database of this library, or the content contradicts itself.
    pub fn open(path: Option<&Path>, seed: &Seed, now: DateTime) -> Result<Self, BooksError> {
        let database = match path {
            Some(path) => Connection::open_with_flags(
                path,
                OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
            ),
            None => Connection::open_in_memory(),
        };
        let database = database.map_err(BooksError::Open)?;
        database.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
        database.pragma_update(None, "foreign_keys", true).map_err(BooksError::Open)?;
        if path.is_some() {
            database.pragma_update(None, "journal_mode", "WAL").map_err(BooksError::Open)?;
        }
        let mut books = Self { database };
        let tables: i64 = books
            .database
            .query_row("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'entry'", [], |row| {
                row.get(0)
            })
            .map_err(BooksError::Open)?;
        if tables == 0 {
            books.database.execute_batch(SCHEMA).map_err(BooksError::Schema)?;
            books.fill(seed, now).map_err(BooksError::Fill)?;
        }
        Ok(books)
    }

    /// Everything as `seed` says, on the day of `now`.
    ///
    /// # Errors
    /// The database.
    pub fn reset(&mut self, seed: &Seed, now: DateTime) -> Result<(), BooksError> {
        self.database.execute_batch(
            "DELETE FROM entry; DELETE FROM fee; DELETE FROM hold; DELETE FROM loan; DELETE FROM item;
             DELETE FROM patron_id; DELETE FROM patron; DELETE FROM rule;",
        )?;
        self.fill(seed, now).map_err(BooksError::Fill)
    }
}
