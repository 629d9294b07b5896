// SPDX-License-Identifier: GPL-3.0-only
//! One terminal a data directory.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Seek, Write};
use std::path::Path;

use super::LOCK_FILE;
use super::error::StoreCause;

/// The lock on a data directory. The system releases it when the process ends, however it ends, so that
/// no stale lock can keep a terminal out.
#[derive(Debug)]
pub(super) struct DirectoryLock(File);

impl DirectoryLock {
    /// Creates the directory where it is missing, and locks it.
    ///
    /// # Errors
    /// [`StoreCause::InUse`] where another terminal holds it; else what the file system says.
    pub(super) fn acquire(directory: &Path) -> Result<Self, StoreCause> {
        fs::create_dir_all(directory)
            .map_err(|source| StoreCause::File { action: "creating the data directory", source })?;
        let path = directory.join(LOCK_FILE);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|source| StoreCause::File { action: "opening the lock file", source })?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(StoreCause::InUse { path }),
            Err(TryLockError::Error(source)) => Err(StoreCause::File { action: "locking the lock file", source }),
        }
    }

    /// Notes who holds the lock, for the technician who looks for the other terminal. Also shows whether
    /// the disk takes anything at all: SQLite reports some kinds of a full disk as a general failure.
    ///
    /// # Errors
    /// What the file system says.
    pub(super) fn note_holder(&mut self) -> io::Result<()> {
        self.0.set_len(0)?;
        self.0.rewind()?;
        writeln!(self.0, "{}", std::process::id())?;
        self.0.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::DirectoryLock;
    use crate::store::error::StoreCause;

    #[test]
    fn the_second_is_refused_until_the_first_has_gone() {
        let directory = tempfile::tempdir().unwrap();
        let mut first = DirectoryLock::acquire(directory.path()).unwrap();
        first.note_holder().unwrap();
        assert!(matches!(DirectoryLock::acquire(directory.path()), Err(StoreCause::InUse { .. })));
        drop(first);
        DirectoryLock::acquire(directory.path()).unwrap();
    }
}
