// SPDX-License-Identifier: GPL-3.0-only
//! The keys of the periods: one file each beside the database, made at random, overwritten and deleted when the period
//! is over. Without its key a mark is a random number, for us as for anybody.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use thiserror::Error;
use zeroize::Zeroizing;

use super::Span;

/// Length of a key in bytes.
pub(super) const KEY_BYTES: usize = 32;
/// What the name of a key's file begins with; the number of the period's first day follows.
const PREFIX: &str = "marks-";
/// What it ends with.
const SUFFIX: &str = ".key";
/// Anybody but the owner of the file.
const OTHERS: u32 = 0o077;
/// Most files that are looked at; a terminal has four.
const MOST_FILES: usize = 1_000;

/// Why the keys of the marks cannot be used.
#[derive(Debug, Error)]
pub enum MarkKeyError {
    /// A key's file, or the directory, cannot be made, read or deleted.
    #[error("{path} cannot be {action}")]
    File {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Others may read the key.
    #[error("the key {0} may be read by others")]
    Exposed(PathBuf),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Random,
}

/// A period with its key.
pub(super) struct PeriodKey {
    /// Number of its first day.
    pub(super) period: i32,
    pub(super) key: Zeroizing<[u8; KEY_BYTES]>,
}

fn path_of(directory: &Path, period: i32) -> PathBuf {
    directory.join(format!("{PREFIX}{period}{SUFFIX}"))
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> MarkKeyError {
    let path = path.to_owned();
    move |source| MarkKeyError::File { action, path, source }
}

/// The periods that have a key's file, oldest first.
pub(super) fn periods(directory: &Path) -> Result<Vec<i32>, MarkKeyError> {
    let mut found = Vec::new();
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        // The database is in memory: nothing was ever kept.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        Err(error) => return Err(failed("listed", directory)(error)),
    };
    for entry in entries {
        let name = entry.map_err(failed("listed", directory))?.file_name();
        let period: Option<i32> =
            name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.parse().ok());
        if found.len() < MOST_FILES {
            found.extend(period);
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// The keys of the periods that are not over, oldest first. A damaged one is left out: nothing can be told with it.
pub(super) fn live(directory: &Path, span: Span) -> Result<Vec<PeriodKey>, MarkKeyError> {
    let mut keys = Vec::new();
    for period in periods(directory)?.into_iter().filter(|period| span.is_live(*period)) {
        if let Some(key) = read(&path_of(directory, period))? {
            keys.push(PeriodKey { period, key });
        }
    }
    Ok(keys)
}

/// The key of `period`, and whether it was made just now.
pub(super) fn get_or_make(directory: &Path, period: i32) -> Result<(PeriodKey, bool), MarkKeyError> {
    let path = path_of(directory, period);
    let (key, is_new) = match read(&path)? {
        Some(key) => (key, false),
        None => (make(directory, &path)?, true),
    };
    Ok((PeriodKey { period, key }, is_new))
}

/// Overwrites and deletes the keys of the periods that are over or lie ahead. Gives how many there were.
pub(super) fn delete_dead(directory: &Path, span: Span) -> Result<usize, MarkKeyError> {
    let dead: Vec<i32> = periods(directory)?.into_iter().filter(|period| !span.is_live(*period)).collect();
    for period in &dead {
        delete(directory, *period)?;
    }
    Ok(dead.len())
}

/// Overwrites and deletes the key of `period`.
pub(super) fn delete(directory: &Path, period: i32) -> Result<(), MarkKeyError> {
    let path = path_of(directory, period);
    let overwrite = || {
        let mut file = OpenOptions::new().write(true).open(&path)?;
        file.write_all(&[0; KEY_BYTES])?;
        file.sync_all()
    };
    // What cannot be overwritten is deleted all the same.
    let overwritten = overwrite();
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed("deleted", &path)(error)),
        _ => {}
    }
    sync(directory).map_err(failed("deleted", &path))?;
    match overwritten {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("overwritten", &path)(error)),
        _ => Ok(()),
    }
}

fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory).and_then(|folder| folder.sync_all())
}

/// Nothing where there is no key, or a damaged one.
fn read(path: &Path) -> Result<Option<Zeroizing<[u8; KEY_BYTES]>>, MarkKeyError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("opened", path)(error)),
    };
    let about = file.metadata().map_err(failed("read", path))?;
    if about.mode() & OTHERS != 0 {
        return Err(MarkKeyError::Exposed(path.to_owned()));
    }
    if about.len() != KEY_BYTES as u64 {
        return Ok(None);
    }
    let mut key = Zeroizing::new([0_u8; KEY_BYTES]);
    file.read_exact(&mut key[..]).map_err(failed("read", path))?;
    // A power cut between the overwriting and the deletion of a key.
    Ok(key.iter().any(|byte| *byte != 0).then_some(key))
}

/// Makes the key under another name first: a power cut leaves a whole key or none.
fn make(directory: &Path, path: &Path) -> Result<Zeroizing<[u8; KEY_BYTES]>, MarkKeyError> {
    let mut key = Zeroizing::new([0_u8; KEY_BYTES]);
    getrandom::fill(&mut key[..]).map_err(|_| MarkKeyError::Random)?;
    let beside = directory.join(format!("{PREFIX}new"));
    // Left over from a power cut; no mark was ever made with it.
    let _ = fs::remove_file(&beside);
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(&key[..])?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        sync(directory)
    };
    write().map_err(failed("made", path))?;
    Ok(key)
}
