// SPDX-License-Identifier: GPL-3.0-only
//! The folder of bundles, and the one way in which something changes in it.
//!
//! A change is: write beside, bring to the disk, rename, bring the folder to the disk. A bundle is never changed in its
//! place. After a power cut at any step each name stands for a whole bundle or for nothing, and the one that was live
//! is under one of the names.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::refusal::FolderError;
use crate::policies::bundle::LARGEST_BUNDLE_BYTES;

/// The places of the folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// The bundle that is live.
    Current,
    /// The one before it.
    Previous,
    /// The one that waits for its day.
    Next,
}

impl Slot {
    /// Name of its file.
    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Current => "current.bundle",
            Self::Previous => "previous.bundle",
            Self::Next => "next.bundle",
        }
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Current => "current",
            Self::Previous => "previous",
            Self::Next => "waiting",
        })
    }
}

/// Where a bundle is written before it is put in its place.
pub(super) const BESIDE: &str = "incoming.part";

/// What a folder must be able to do. The disk is one; tests have one whose power can be cut.
pub(super) trait Folder: Send + Sync + 'static {
    /// Makes the folder where there is none.
    fn make(&self) -> io::Result<()>;
    /// The bytes of a file, at most [`LARGEST_BUNDLE_BYTES`] and one; nothing where there is no such file.
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>>;
    /// Writes a file, in place of one of that name.
    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()>;
    /// Brings the bytes of a file to the disk.
    fn sync(&self, name: &str) -> io::Result<()>;
    /// Gives a file another name, in place of one of that name.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Takes a file away, if there is one.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Brings the names to the disk.
    fn sync_names(&self) -> io::Result<()>;
}

/// A folder of the disk.
#[derive(Debug)]
pub(super) struct Disk(pub(super) PathBuf);

impl Disk {
    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

/// Nothing where there is no such file.
fn if_there<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

impl Folder for Disk {
    fn make(&self) -> io::Result<()> {
        if self.0.is_dir() {
            return Ok(());
        }
        fs::create_dir_all(&self.0)?;
        self.0.parent().map_or(Ok(()), sync_folder)
    }

    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let Some(file) = if_there(File::open(self.path(name)))? else { return Ok(None) };
        let mut bytes = Vec::new();
        file.take(u64::try_from(LARGEST_BUNDLE_BYTES).unwrap_or(u64::MAX).saturating_add(1)).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        OpenOptions::new().write(true).create(true).truncate(true).open(self.path(name))?.write_all(bytes)
    }

    fn sync(&self, name: &str) -> io::Result<()> {
        File::open(self.path(name))?.sync_all()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path(from), self.path(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        if_there(fs::remove_file(self.path(name))).map(|_| ())
    }

    fn sync_names(&self) -> io::Result<()> {
        sync_folder(&self.0)
    }
}

/// The three places, and the changes that there are. Blocks: for threads that may.
#[derive(Clone)]
pub(super) struct Shelf(Arc<dyn Folder>);

impl Shelf {
    pub(super) fn new(folder: Arc<dyn Folder>) -> Self {
        Self(folder)
    }

    /// Makes the folder, and takes away what a power cut left half-written.
    pub(super) fn open(&self) -> Result<(), FolderError> {
        self.0.make().map_err(FolderError::Make)?;
        self.0.remove(BESIDE).map_err(FolderError::Write)
    }

    /// What lies in a place.
    pub(super) fn read(&self, slot: Slot) -> Result<Option<Vec<u8>>, FolderError> {
        self.0.read(slot.file_name()).map_err(|source| FolderError::Read(slot, source))
    }

    /// Puts a new bundle into the current place. `keeps_current`: what lies there is good and becomes the previous one;
    /// otherwise the previous one stays, because it is the last good one.
    pub(super) fn replace_current(&self, bytes: &[u8], keeps_current: bool) -> Result<(), FolderError> {
        self.write_beside(bytes)?;
        self.move_up(BESIDE, keeps_current)
    }

    /// Puts a new bundle into the place of the one that waits.
    pub(super) fn replace_next(&self, bytes: &[u8]) -> Result<(), FolderError> {
        self.write_beside(bytes)?;
        let placed = self.0.rename(BESIDE, Slot::Next.file_name()).and_then(|()| self.0.sync_names());
        placed.map_err(|source| FolderError::Place(Slot::Next, source))
    }

    /// The one that waited becomes the current one.
    pub(super) fn promote_next(&self, keeps_current: bool) -> Result<(), FolderError> {
        self.move_up(Slot::Next.file_name(), keeps_current)
    }

    /// Takes a bundle away.
    pub(super) fn remove(&self, slot: Slot) -> Result<(), FolderError> {
        let removed = self.0.remove(slot.file_name()).and_then(|()| self.0.sync_names());
        removed.map_err(|source| FolderError::Remove(slot, source))
    }

    fn write_beside(&self, bytes: &[u8]) -> Result<(), FolderError> {
        let written = self.0.write(BESIDE, bytes).and_then(|()| self.0.sync(BESIDE));
        written.map_err(|source| {
            // A full disk must not stay full because of it.
            let _ = self.0.remove(BESIDE);
            FolderError::Write(source)
        })
    }

    fn move_up(&self, from: &str, keeps_current: bool) -> Result<(), FolderError> {
        let (current, previous) = (Slot::Current.file_name(), Slot::Previous.file_name());
        if keeps_current {
            // An earlier attempt may have come as far as this and no further.
            if_there(self.0.rename(current, previous)).map_err(|source| FolderError::Place(Slot::Previous, source))?;
        }
        let placed = self.0.rename(from, current).and_then(|()| self.0.sync_names());
        placed.map_err(|source| FolderError::Place(Slot::Current, source))
    }
}
