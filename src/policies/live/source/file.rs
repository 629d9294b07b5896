// SPDX-License-Identifier: GPL-3.0-only
//! Bundles from a file: a share of the network, a stick, a folder that something else fills.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use tokio::time::Instant;

use super::{Found, LATER, is_due};
use crate::policies::bundle::LARGEST_BUNDLE_BYTES;
use crate::policies::live::refusal::{Again, SourceFault};

/// So often a damaged file is read although nothing about it changed: the last bytes of a copy may arrive within the
/// grain of the file system's clock, and then nothing tells them from the first.
const READS_OF_DAMAGED: u32 = 3;

/// What changes with a file's content, as far as the system tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Look {
    device: u64,
    inode: u64,
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Look {
    fn of(about: &Metadata) -> Self {
        Self {
            device: about.dev(),
            inode: about.ino(),
            length: about.len(),
            modified: (about.mtime(), about.mtime_nsec()),
            changed: (about.ctime(), about.ctime_nsec()),
        }
    }
}

/// The file as it was read last.
#[derive(Clone, Copy, Debug)]
struct Memory {
    look: Look,
    /// How often it was read as it is.
    reads: u32,
    /// When it is read again though it did not change; nothing is never.
    again: Option<Instant>,
}

/// A file that is looked at.
#[derive(Debug)]
pub(in crate::policies::live) struct FileSource {
    path: PathBuf,
    memory: Option<Memory>,
}

impl FileSource {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, memory: None }
    }

    pub(super) async fn ask(&mut self) -> Result<Found, SourceFault> {
        let (path, memory) = (self.path.clone(), self.memory);
        let read = tokio::task::spawn_blocking(move || read(&path, memory)).await;
        let Some((look, bytes)) = read.map_err(|_| SourceFault::Failed)?? else { return Ok(Found::Same) };
        let reads = self.memory.filter(|memory| memory.look == look).map_or(0, |memory| memory.reads);
        // Until it is settled it counts as read: a failure in between does not read it in a circle.
        self.memory = Some(Memory { look, reads: reads.saturating_add(1), again: None });
        Ok(Found::New(bytes))
    }

    pub(super) fn settle(&mut self, again: Option<Again>) {
        let Some(memory) = &mut self.memory else { return };
        memory.again = match again {
            None | Some(Again::Never) => None,
            Some(Again::Soon) => (memory.reads < READS_OF_DAMAGED).then(Instant::now),
            Some(Again::Later) => Some(Instant::now() + LATER),
        };
    }

    pub(super) fn forget(&mut self) {
        self.memory = None;
    }
}

/// The file's bytes, unless it is as it was or is being written right now.
fn read(path: &Path, memory: Option<Memory>) -> Result<Option<(Look, Vec<u8>)>, SourceFault> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => SourceFault::Absent(path.to_owned()),
        _ => SourceFault::File { path: path.to_owned(), source },
    };
    // Pipes and devices are not opened: they could block.
    let about = fs::metadata(path).map_err(failed)?;
    if !about.is_file() {
        return Err(SourceFault::NotAFile(path.to_owned()));
    }
    let look = Look::of(&about);
    if memory.is_some_and(|memory| memory.look == look && !is_due(memory.again)) {
        return Ok(None);
    }
    let limit = u64::try_from(LARGEST_BUNDLE_BYTES).unwrap_or(u64::MAX);
    if look.length > limit {
        return Err(SourceFault::TooLarge { limit_bytes: LARGEST_BUNDLE_BYTES });
    }
    let mut file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::with_capacity(usize::try_from(look.length).unwrap_or(0).saturating_add(1));
    file.by_ref().take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    let after = Look::of(&file.metadata().map_err(failed)?);
    // Another file by now, or one that grew meanwhile: the next look will tell.
    Ok((after == look).then_some((look, bytes)))
}
