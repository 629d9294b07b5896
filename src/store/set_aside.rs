// SPDX-License-Identifier: GPL-3.0-only
//! Making room for a new database where the old one is damaged.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::error::StoreCause;
use super::{DATABASE_FILE, limits};
use crate::domain::time::WallTime;

/// What SQLite keeps beside a database.
const COMPANIONS: &[&str] = &["-wal", "-shm", "-journal"];
/// Names that are tried within one second.
const ATTEMPTS: u32 = 100;

/// Whether a write-ahead log lies there without its database. It may hold what was promised to be kept,
/// and SQLite would delete it.
pub(super) fn is_log_without_database(directory: &Path) -> bool {
    let size =
        |suffix: &str| fs::metadata(directory.join(format!("{DATABASE_FILE}{suffix}"))).map_or(0, |meta| meta.len());
    size("") == 0 && size("-wal") > 0
}

/// Renames the database and what belongs to it to `doorstep.sqlite.damaged-YYYYMMDD-HHMMSS…` (UTC), and
/// deletes all but the newest [`limits::DAMAGED_KEPT`] of such files. Returns the new path of the database.
///
/// # Errors
/// What the file system says. The database goes first: cut off after that, the next start finds a log
/// without a database and does not take it for the log of the new one.
pub(super) fn set_aside(directory: &Path, now: WallTime) -> Result<PathBuf, StoreCause> {
    let failed = |source| StoreCause::File { action: "setting the damaged database aside", source };
    let target = free_name(directory, now).map_err(failed)?;
    let source = directory.join(DATABASE_FILE);
    for suffix in std::iter::once(&"").chain(COMPANIONS) {
        match fs::rename(with_suffix(&source, suffix), with_suffix(&target, suffix)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => other.map_err(failed)?,
        }
    }
    sync_directory(directory).map_err(failed)?;
    forget_old(directory);
    Ok(target)
}

/// Makes names that were created or changed in `directory` survive a power cut.
pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

fn free_name(directory: &Path, now: WallTime) -> io::Result<PathBuf> {
    let time = Timestamp::from_second(now.0).unwrap_or_default().strftime("%Y%m%d-%H%M%S").to_string();
    let name = |attempt: u32| match attempt {
        0 => format!("{DATABASE_FILE}.damaged-{time}"),
        more => format!("{DATABASE_FILE}.damaged-{time}.{more:02}"),
    };
    for attempt in 0..ATTEMPTS {
        let path = directory.join(name(attempt));
        let mut taken = path.try_exists()?;
        for suffix in COMPANIONS {
            taken |= with_suffix(&path, suffix).try_exists()?;
        }
        if !taken {
            return Ok(path);
        }
    }
    Err(io::Error::from(io::ErrorKind::AlreadyExists))
}

/// Deletes the oldest damaged databases, so that they cannot fill the disk. What cannot be deleted stays:
/// it is tried again next time.
fn forget_old(directory: &Path) {
    let prefix = format!("{DATABASE_FILE}.damaged-");
    let Ok(listing) = fs::read_dir(directory) else {
        return;
    };
    let names: Vec<String> = listing
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with(&prefix))
        .collect();
    // A companion is named after its database, which may itself be missing.
    let base = |name: &str| -> String {
        let end = COMPANIONS.iter().find_map(|suffix| name.strip_suffix(suffix));
        end.unwrap_or(name).to_owned()
    };
    let mut bases: Vec<String> = names.iter().map(|name| base(name)).collect();
    bases.sort_unstable();
    bases.dedup();
    let surplus = bases.len().saturating_sub(limits::DAMAGED_KEPT);
    for old in bases.iter().take(surplus) {
        for name in names.iter().filter(|name| base(name) == *old) {
            if let Err(error) = fs::remove_file(directory.join(name)) {
                tracing::warn!(%error, name, "an old damaged database cannot be deleted");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{is_log_without_database, set_aside};
    use crate::domain::time::WallTime;
    use crate::store::{DATABASE_FILE, limits};

    #[test]
    fn all_three_files_go_and_only_the_newest_are_kept() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        for round in 0..5_i64 {
            for suffix in ["", "-wal", "-shm"] {
                fs::write(path(&format!("{DATABASE_FILE}{suffix}")), b"x").unwrap();
            }
            // The last two within one second.
            set_aside(directory.path(), WallTime(1_700_000_000 + round.min(3))).unwrap();
        }
        let mut names: Vec<String> = fs::read_dir(directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.contains("-wal") && !name.contains("-shm"))
            .collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "doorstep.sqlite.damaged-20231114-221322",
                "doorstep.sqlite.damaged-20231114-221323",
                "doorstep.sqlite.damaged-20231114-221323.01",
            ]
        );
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 3 * limits::DAMAGED_KEPT);
    }

    #[test]
    fn a_log_without_its_database_is_seen() {
        let directory = tempfile::tempdir().unwrap();
        assert!(!is_log_without_database(directory.path()));
        fs::write(directory.path().join("doorstep.sqlite-wal"), b"x").unwrap();
        assert!(is_log_without_database(directory.path()));
        fs::write(directory.path().join(DATABASE_FILE), b"x").unwrap();
        assert!(!is_log_without_database(directory.path()));
    }
}
