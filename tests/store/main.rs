// SPDX-License-Identifier: GPL-3.0-only
//! The store on a disk that fails, fills up, is damaged, and loses its power at every write.
#![allow(unsafe_code, reason = "SQLite's file systems are tables of C functions (vfs.rs)")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking, as tests do")]

mod disk;
mod faults;
mod model;
mod power;
mod vfs;

use std::path::Path;

use doorstep::domain::time::WallTime;
use tempfile::TempDir;

/// The wall clock of the tests.
pub const NOW: WallTime = WallTime(1_790_000_000);

/// A new directory, in memory where the system has such a place: what a synchronisation costs is measured
/// elsewhere.
pub fn directory() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir()
        && let Ok(directory) = tempfile::tempdir_in(memory)
    {
        return directory;
    }
    tempfile::tempdir().unwrap()
}

/// Runs `future` to its end.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}
