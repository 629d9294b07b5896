// SPDX-License-Identifier: GPL-3.0-only
//! What the tests of the store share.

pub mod model;
pub mod power;
pub mod vfs;

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

/// Runs `future` to its end; the store needs no runtime of its own.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}
