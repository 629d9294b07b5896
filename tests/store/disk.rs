// SPDX-License-Identifier: GPL-3.0-only
//! A disk whose power can be cut: from a log of writes to the files that are there afterwards.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::vfs::Event;

/// Bytes that a disk writes whole or not at all.
const SECTOR: usize = 512;

/// The files of a directory.
pub type Image = BTreeMap<String, Vec<u8>>;

/// What happens to that which was written but not synchronised.
#[derive(Clone, Copy, Debug)]
pub enum Unsynced {
    /// All of it is lost.
    Lost,
    /// All of it is there.
    Kept,
    /// Some writes are there, some are not, some in part, in no order; names up to some change. By chance,
    /// from this seed.
    Torn(u64),
}

#[derive(Clone, Debug)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Truncate(usize),
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes } => {
                let end = offset + bytes.len();
                if content.len() < end {
                    content.resize(end, 0);
                }
                content[*offset..end].copy_from_slice(bytes);
            }
            Self::Truncate(size) => content.resize(*size, 0),
        }
    }

    /// The sectors of it that reached the disk.
    fn torn(&self, chance: &mut Chance) -> Vec<Self> {
        match self {
            Self::Truncate(_) => vec![self.clone()],
            Self::Write { offset, bytes } => {
                let mut parts = Vec::new();
                let mut at = 0;
                while at < bytes.len() {
                    let end = ((offset + at) / SECTOR + 1) * SECTOR - offset;
                    let end = end.min(bytes.len());
                    if chance.next().is_multiple_of(2) {
                        parts.push(Self::Write { offset: offset + at, bytes: bytes[at..end].to_vec() });
                    }
                    at = end;
                }
                parts
            }
        }
    }
}

#[derive(Clone, Debug, Default)]
struct Inode {
    safe: Vec<u8>,
    unsynced: Vec<Change>,
}

/// The disk: what is safe, and what is still on its way.
#[derive(Clone, Debug, Default)]
pub struct PowerDisk {
    inodes: Vec<Inode>,
    /// Names as the program sees them.
    names: BTreeMap<String, usize>,
    /// Names as they are after a power cut.
    safe_names: BTreeMap<String, usize>,
    /// Changes of names on their way: creations (with the inode) and deletions.
    unsynced_names: Vec<(String, Option<usize>)>,
}

impl PowerDisk {
    /// A disk that holds `image`, all of it safe.
    pub fn holding(image: &Image) -> Self {
        let mut disk = Self::default();
        for (name, content) in image {
            disk.names.insert(name.clone(), disk.inodes.len());
            disk.inodes.push(Inode { safe: content.clone(), unsynced: Vec::new() });
        }
        disk.safe_names = disk.names.clone();
        disk
    }

    /// Goes on by one event.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Create { file } => {
                self.names.insert(file.clone(), self.inodes.len());
                self.unsynced_names.push((file.clone(), Some(self.inodes.len())));
                self.inodes.push(Inode::default());
            }
            Event::Delete { file } => {
                self.names.remove(file);
                self.unsynced_names.push((file.clone(), None));
            }
            Event::Write { file, offset, bytes } => {
                let change = Change::Write { offset: *offset, bytes: bytes.clone() };
                self.inode(file).unsynced.push(change);
            }
            Event::Truncate { file, size } => self.inode(file).unsynced.push(Change::Truncate(*size)),
            Event::Sync { file, names } => {
                let inode = self.inode(file);
                for change in std::mem::take(&mut inode.unsynced) {
                    change.apply(&mut inode.safe);
                }
                if *names {
                    self.sync_names();
                }
            }
            // The system reported the failure and forgot that anything was still to be written.
            Event::SyncFailed { file } => self.inode(file).unsynced.clear(),
            Event::NamesSynced => self.sync_names(),
        }
    }

    fn inode(&mut self, file: &str) -> &mut Inode {
        let number = self.names[file];
        &mut self.inodes[number]
    }

    fn sync_names(&mut self) {
        self.unsynced_names.clear();
        self.safe_names = self.names.clone();
    }

    /// The files after a power cut now.
    pub fn cut(&self, unsynced: Unsynced) -> Image {
        let mut chance = Chance(match unsynced {
            Unsynced::Torn(seed) => seed,
            _ => 0,
        });
        let mut names = self.safe_names.clone();
        let kept = match unsynced {
            Unsynced::Lost => 0,
            Unsynced::Kept => self.unsynced_names.len(),
            Unsynced::Torn(_) => chance.below(self.unsynced_names.len() + 1),
        };
        for (name, inode) in &self.unsynced_names[..kept] {
            match inode {
                Some(number) => names.insert(name.clone(), *number),
                None => names.remove(name),
            };
        }
        let content = |inode: &Inode, chance: &mut Chance| {
            let mut content = inode.safe.clone();
            for change in &inode.unsynced {
                match (unsynced, chance.next() % 4) {
                    (Unsynced::Lost, _) | (Unsynced::Torn(_), 0) => {}
                    (Unsynced::Kept, _) | (Unsynced::Torn(_), 1 | 2) => change.apply(&mut content),
                    (Unsynced::Torn(_), _) => {
                        change.torn(chance).iter().for_each(|part| part.apply(&mut content));
                    }
                }
            }
            content
        };
        names.into_iter().map(|(name, number)| (name, content(&self.inodes[number], &mut chance))).collect()
    }
}

/// Writes the files of `image` into `directory`.
pub fn write_image(directory: &Path, image: &Image) {
    for (name, content) in image {
        fs::write(directory.join(name), content).unwrap();
    }
}

/// A small generator of numbers (SplitMix64): the same seed cuts the same way.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }
}
