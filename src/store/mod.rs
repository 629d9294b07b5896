// SPDX-License-Identifier: GPL-3.0-only
//! SQLite: the journal of what touches the world outside, and the outbox of what is to be sent.
//!
//! *Journal before act.* Whatever the terminal is about to do outside (hail a taxi, print a slip) is
//! [`record`](Store::record)ed first and is on the disk, synchronised, when the call returns; afterwards it
//! is [`settle`](Store::settle)d. After a power cut [`open_entries`](Store::open_entries) says what was
//! under way.
//!
//! **Nothing personal is ever written here**: no name, phone number, plate, card number, address or photo
//! of a resident, driver or helper; neither in keys nor in bodies. Keys are random. The store cannot tell a
//! name from another word: whoever builds a [`JournalEntry`] or an [`OutboxMessage`] answers for it.
//! `secure_delete` is on as a second line of defence. One value is excepted, and only sealed ([`Seal`]): the
//! library's number of somebody for whom a loan or renewal is under way, or whose visit to the bookcase is not
//! settled. It goes when the entry is settled. What somebody has seen before is kept as marks ([`Marks`]), which tell
//! nothing without the card of that person.
//!
//! One thread owns the connection; [`Store`] is a handle to it. All changes that wait at the same moment
//! share one synchronised commit. Invariants, tables and faults are described in `docs/store.md`.

mod connection;
mod error;
mod handle;
mod journal;
mod lock;
mod marks;
mod outbox;
mod rescue;
mod schema;
mod seal;
mod set_aside;
mod types;
mod worker;

pub use error::{Refusal, StoreCause, StoreError};
pub use handle::Store;
pub use marks::{
    DEFAULT_MARKS_DAYS, Expired, LONGEST_PERIOD_DAYS, MOST_ITEMS, MOST_MARKS, MOST_MARKS_DAYS, MarkKeyError, Marked,
    Marks, MarksCause, MarksError, ShownPolicy,
};
pub use seal::{Seal, SealError};
pub use types::{DueMessage, Enqueued, JournalEntry, JournalKind, OpenReport, OutboxMessage, SetAside, StoreStatus};

/// Name of the database in the data directory.
pub const DATABASE_FILE: &str = "doorstep.sqlite";
/// Name of the file whose lock keeps a second terminal out of the data directory.
pub const LOCK_FILE: &str = "doorstep.lock";

/// Bounds of the store.
pub mod limits {
    use std::time::Duration;

    /// Longest key, in bytes; keys are printable ASCII without spaces.
    pub const KEY_BYTES: usize = 128;
    /// Longest phase, outcome or topic, in bytes; printable ASCII without spaces.
    pub const WORD_BYTES: usize = 64;
    /// Largest body, in bytes of its JSON text.
    pub const BODY_BYTES: usize = 16 * 1024;
    /// Deepest nesting of a body, in levels.
    pub const BODY_DEPTH: usize = 32;
    /// Most journal entries that are open at once, in rows.
    pub const OPEN_ENTRIES: u32 = 1_000;
    /// Most entries that are recorded together: a visit, the shelves of a case and what its books give to look at.
    pub const ENTRIES_AT_ONCE: usize = 400;
    /// Most settled journal entries that are kept, in rows.
    pub const SETTLED_KEPT: u32 = 2_000;
    /// The newest settled entries (and delivered messages) that are kept whatever their age, in rows: a
    /// jump of the wall clock must not make the store forget what it settled a minute ago.
    pub const NEWEST_KEPT: u32 = 256;
    /// How long a settled entry or a delivered message is kept, in seconds (30 days).
    pub const KEPT_SECONDS: i64 = 30 * 24 * 3600;
    /// Most messages that wait in the outbox, in rows.
    pub const OUTBOX_WAITING: u32 = 5_000;
    /// Most delivered messages whose keys are kept, in rows.
    pub const DELIVERED_KEPT: u32 = 2_000;
    /// Most messages handed out by one call of `due`, in rows.
    pub const DUE_ROWS: u32 = 100;
    /// A message whose next try lies further ahead than this, in seconds (one day), is due at once: the
    /// wall clock was set back.
    pub const RETRY_AHEAD_SECONDS: i64 = 24 * 3600;
    /// Finished rows between two prunings: so far may the tables exceed their bounds.
    pub const PRUNE_EVERY: usize = 64;
    /// Requests that wait for the store's thread; one more is refused.
    pub const QUEUE: usize = 256;
    /// Most requests that share one commit.
    pub const GROUP: usize = 64;
    /// How long a lock of another process on the database is waited for.
    pub const BUSY_WAIT: Duration = Duration::from_secs(2);
    /// Pause before the second attempt to open the database again; doubled up to [`LONGEST_BACKOFF`].
    pub const FIRST_BACKOFF: Duration = Duration::from_secs(1);
    /// Longest pause between two attempts to open the database again.
    pub const LONGEST_BACKOFF: Duration = Duration::from_secs(30);
    /// Failures of the disk in a row after which the connection is closed and opened anew.
    pub const DISK_FAILURES: u32 = 3;
    /// Largest database, in pages of 4 KiB (256 MiB); beyond it SQLite itself says that the disk is full.
    pub const DATABASE_PAGES: u32 = 65_536;
    /// Size of the write-ahead log at which it is copied into the database, in pages of 4 KiB.
    pub const LOG_PAGES: u32 = 1_000;
    /// Size to which the write-ahead log is cut after that, in bytes.
    pub const LOG_BYTES: u32 = 4 * 1024 * 1024;
    /// Damaged databases that are kept beside the new one; older ones are deleted.
    pub const DAMAGED_KEPT: usize = 3;
}
