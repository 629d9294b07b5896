// SPDX-License-Identifier: GPL-3.0-only
//! What can go wrong in the store.

use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;
use thiserror::Error;

use crate::protocol::{Fault, FaultCode};

/// A failed operation of the store; the source says why.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database could not be opened or created.
    #[error("the store cannot be opened")]
    Open(#[source] StoreCause),
    /// A journal entry is not recorded; what it announces must not be done.
    #[error("the journal entry is not recorded")]
    Record(#[source] StoreCause),
    /// A journal entry may still be open.
    #[error("the journal entry is not settled")]
    Settle(#[source] StoreCause),
    /// The open journal entries are not known.
    #[error("the open journal entries cannot be read")]
    OpenEntries(#[source] StoreCause),
    /// A message is not in the outbox.
    #[error("the message is not put into the outbox")]
    Enqueue(#[source] StoreCause),
    /// The messages that are due are not known.
    #[error("the messages that are due cannot be read")]
    Due(#[source] StoreCause),
    /// A message may be sent once more.
    #[error("the message is not marked as delivered")]
    Delivered(#[source] StoreCause),
    /// A message may be sent sooner than was asked for.
    #[error("the next try of the message is not noted")]
    Failed(#[source] StoreCause),
    /// The store's thread ended before it said so.
    #[error("the store was not closed in order")]
    Close(#[source] StoreCause),
}

impl StoreError {
    /// Why.
    #[must_use]
    pub fn cause(&self) -> &StoreCause {
        match self {
            Self::Open(cause)
            | Self::Record(cause)
            | Self::Settle(cause)
            | Self::OpenEntries(cause)
            | Self::Enqueue(cause)
            | Self::Due(cause)
            | Self::Delivered(cause)
            | Self::Failed(cause)
            | Self::Close(cause) => cause,
        }
    }

    /// The code under which a technician looks it up.
    #[must_use]
    pub fn fault_code(&self) -> FaultCode {
        self.cause().fault_code()
    }

    /// Code and the whole chain of causes.
    #[must_use]
    pub fn fault(&self) -> Fault {
        Fault::from_error(self.fault_code(), self)
    }
}

/// Why an operation of the store failed.
#[derive(Debug, Error)]
pub enum StoreCause {
    /// SQLite says so. Its text holds no values, only names of tables and columns.
    #[error("SQLite")]
    Sqlite(#[from] rusqlite::Error),
    /// The file system says so.
    #[error("{action}")]
    File {
        /// What was tried.
        action: &'static str,
        /// How it failed.
        #[source]
        source: io::Error,
    },
    /// Another terminal works in the same data directory.
    #[error("another terminal holds {}", path.display())]
    InUse {
        /// The lock file.
        path: PathBuf,
    },
    /// The database was written by a newer version of the program.
    #[error("the database has version {found}, this program knows versions up to {known}")]
    Newer {
        /// Version of the database.
        found: i64,
        /// Newest version that this program knows.
        known: i64,
    },
    /// The file is no sound database of ours. `finding` names pages and tables, no values.
    #[error("the database is damaged: {finding}")]
    Damaged {
        /// What was found.
        finding: String,
    },
    /// The file system or SQLite does not offer what the store needs.
    #[error("the database does not work in mode {wanted}, only in {found}")]
    Mode {
        /// What the store needs.
        wanted: &'static str,
        /// What it got.
        found: String,
    },
    /// The database could not be opened so far; it is tried again by itself.
    #[error("the database is not open ({})", .0)]
    Unavailable(Fault),
    /// The request itself is refused; nothing is wrong with the database.
    #[error("refused")]
    Refused(#[source] Refusal),
    /// Too many requests wait for the store's thread.
    #[error("too many requests wait for the store")]
    QueueFull,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

/// Why the store refuses a request: a fault of the caller, or a bound that is reached.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// The key was settled before; it is never opened again.
    #[error("this key is settled already")]
    Settled,
    /// The key belongs to an entry of another kind.
    #[error("this key belongs to an entry of another kind")]
    OtherKind,
    /// The key is empty, too long or not printable ASCII.
    #[error("the key is not 1 to {} characters of printable ASCII", super::limits::KEY_BYTES)]
    Key,
    /// Phase, outcome or topic is empty, too long or not printable ASCII.
    #[error("the word is not 1 to {} characters of printable ASCII", super::limits::WORD_BYTES)]
    Word,
    /// The body is too large or nested too deeply.
    #[error(
        "the body is larger than {} bytes or deeper than {} levels",
        super::limits::BODY_BYTES,
        super::limits::BODY_DEPTH
    )]
    Body,
    /// Too many journal entries are open.
    #[error("{} journal entries are open already", super::limits::OPEN_ENTRIES)]
    TooManyOpen,
    /// Too many messages wait in the outbox.
    #[error("{} messages wait in the outbox already", super::limits::OUTBOX_WAITING)]
    TooManyWaiting,
}

impl StoreCause {
    /// The code under which a technician looks it up.
    #[must_use]
    pub fn fault_code(&self) -> FaultCode {
        match self {
            Self::Sqlite(error) => match sqlite_code(error) {
                Some(ErrorCode::DiskFull) => FaultCode::StoreDiskFull,
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => FaultCode::StoreDamaged,
                _ => FaultCode::StoreUnavailable,
            },
            Self::File { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => FaultCode::StoreDiskFull,
                _ => FaultCode::StoreUnavailable,
            },
            Self::Newer { .. } => FaultCode::StoreNewer,
            Self::Damaged { .. } => FaultCode::StoreDamaged,
            Self::Unavailable(fault) => fault.code,
            Self::Refused(Refusal::TooManyOpen | Refusal::TooManyWaiting) | Self::QueueFull => FaultCode::QueueFull,
            Self::Refused(_) => FaultCode::StoreRefused,
            Self::InUse { .. } | Self::Mode { .. } | Self::Closed => FaultCode::StoreUnavailable,
        }
    }

    /// Whether the file is damaged and has to make room for a new one.
    pub(super) fn is_damage(&self) -> bool {
        self.fault_code() == FaultCode::StoreDamaged
    }

    /// Whether the request was refused while the database works.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused(_))
    }

    /// Whether the connection can go on being used: the failure is over once the other process lets go or
    /// space is free. After other failures it is closed and opened anew.
    pub(super) fn keeps_connection(&self) -> bool {
        match self {
            Self::Refused(_) => true,
            Self::Sqlite(error) => matches!(
                sqlite_code(error),
                Some(
                    ErrorCode::DiskFull
                        | ErrorCode::DatabaseBusy
                        | ErrorCode::DatabaseLocked
                        | ErrorCode::ConstraintViolation
                        | ErrorCode::OutOfMemory
                )
            ),
            _ => false,
        }
    }

    /// Whether the disk failed to read, write or synchronise.
    pub(super) fn is_disk_failure(&self) -> bool {
        matches!(self, Self::Sqlite(error) if sqlite_code(error) == Some(ErrorCode::SystemIoFailure))
    }

    /// A journal body that is no JSON, or a number that cannot be, although the table's checks forbid it.
    pub(super) fn damaged(finding: impl Into<String>) -> Self {
        Self::Damaged { finding: finding.into() }
    }
}

impl From<Refusal> for StoreCause {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// SQLite's code, also where the failing statement could not be prepared.
pub(super) fn sqlite_code(error: &rusqlite::Error) -> Option<ErrorCode> {
    match error {
        rusqlite::Error::SqlInputError { error, .. } => Some(error.code),
        other => other.sqlite_error_code(),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use rusqlite::ffi;

    use super::{Refusal, StoreCause, StoreError};
    use crate::protocol::FaultCode;

    fn sqlite(code: i32) -> StoreError {
        StoreError::Record(StoreCause::Sqlite(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)))
    }

    #[test]
    fn each_cause_has_its_code() {
        for (code, fault) in [
            (ffi::SQLITE_FULL, FaultCode::StoreDiskFull),
            (ffi::SQLITE_BUSY, FaultCode::StoreUnavailable),
            (ffi::SQLITE_BUSY_SNAPSHOT, FaultCode::StoreUnavailable),
            (ffi::SQLITE_LOCKED, FaultCode::StoreUnavailable),
            (ffi::SQLITE_READONLY, FaultCode::StoreUnavailable),
            (ffi::SQLITE_CANTOPEN, FaultCode::StoreUnavailable),
            (ffi::SQLITE_IOERR_FSYNC, FaultCode::StoreUnavailable),
            (ffi::SQLITE_CORRUPT, FaultCode::StoreDamaged),
            (ffi::SQLITE_NOTADB, FaultCode::StoreDamaged),
        ] {
            assert_eq!(sqlite(code).fault_code(), fault, "{code}");
        }
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let cause = StoreCause::File { action: "writing", source: full };
        assert_eq!(cause.fault_code(), FaultCode::StoreDiskFull);
        assert_eq!(StoreCause::Newer { found: 9, known: 1 }.fault_code(), FaultCode::StoreNewer);
        assert_eq!(StoreCause::Refused(Refusal::Settled).fault_code(), FaultCode::StoreRefused);
        assert_eq!(StoreCause::Refused(Refusal::TooManyOpen).fault_code(), FaultCode::QueueFull);
    }

    #[test]
    fn only_passing_troubles_keep_the_connection() {
        for (code, keeps) in [(ffi::SQLITE_FULL, true), (ffi::SQLITE_BUSY, true), (ffi::SQLITE_IOERR_FSYNC, false)] {
            assert_eq!(sqlite(code).cause().keeps_connection(), keeps, "{code}");
        }
    }

    #[test]
    fn the_chain_is_whole_and_said_once() {
        let fault = StoreError::Record(Refusal::Settled.into()).fault();
        assert_eq!(fault.to_string(), "STO-05 the journal entry is not recorded: refused: this key is settled already");
    }
}
