// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why a device file can or cannot be opened, without opening it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access as Rights, access};

use super::System;

/// Most programs that are named as users of a device.
const MOST_USERS: usize = 4;
/// Most open files of one program that are looked at.
const MOST_FILES: usize = 4096;

/// Whether a device file could be opened now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing speaks against it.
    Free,
    /// There is no such file.
    Absent,
    /// The rights of the file do not allow this user to read and write.
    Denied(Denial),
    /// Programs have it open. Programs of other users are seen only when they have locked it, or by root.
    InUse(Vec<Process>),
}

/// Who may open a file that this user may not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Denial {
    /// Group of the file, where it has a name.
    pub group: Option<String>,
    /// Whether the group may read and write: then being in it is enough.
    pub group_is_enough: bool,
    /// Whether this user was put in the group after logging in: then logging in again is enough.
    pub log_in_again: bool,
}

/// A program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub id: u32,
    /// Its name, as `ps` shows it.
    pub name: Option<String>,
}

/// A file, whatever path leads to it: device and number of its node.
type FileId = (u64, u64);

impl System {
    /// Why each of `paths` can or cannot be opened.
    pub(super) fn access_of(&self, paths: &[PathBuf]) -> Vec<Access> {
        let ids: Vec<Option<FileId>> = paths.iter().map(|path| id(path)).collect();
        let users = self.users(&ids.iter().copied().flatten().collect::<Vec<_>>());
        let one = |(path, id): (&PathBuf, Option<FileId>)| {
            let Some(id) = id else { return Access::Absent };
            if access(path, Rights::READ_OK | Rights::WRITE_OK).is_err() {
                return Access::Denied(self.denial(path));
            }
            match users.get(&id) {
                Some(users) => Access::InUse(users.clone()),
                None => Access::Free,
            }
        };
        paths.iter().zip(ids).map(one).collect()
    }

    /// Which programs but this one use the files.
    fn users(&self, wanted: &[FileId]) -> BTreeMap<FileId, Vec<Process>> {
        let mut users: BTreeMap<FileId, Vec<Process>> = BTreeMap::new();
        if wanted.is_empty() {
            return users;
        }
        let mut note = |id: FileId, process: u32| {
            let known = users.entry(id).or_default();
            if known.len() < MOST_USERS && known.iter().all(|known| known.id != process) {
                known.push(Process { id: process, name: self.line(&format!("/proc/{process}/comm")) });
            }
        };
        for (process, id) in self.locks().into_iter().filter(|(_, id)| wanted.contains(id)) {
            note(id, process);
        }
        for process in self.names("/proc").iter().filter_map(|name| name.parse::<u32>().ok()) {
            for id in self.open_files(process).into_iter().filter(|id| wanted.contains(id)) {
                note(id, process);
            }
        }
        users
    }

    /// Files that are locked with `flock`, which is readable for every user.
    fn locks(&self) -> Vec<(u32, FileId)> {
        let text = self.text("/proc/locks").unwrap_or_default();
        let lock = |line: &str| {
            let words: Vec<&str> = line.split_ascii_whitespace().collect();
            // `1: FLOCK  ADVISORY  WRITE 708 00:05:123 0 EOF`
            let [_, "FLOCK", _, _, process, file, ..] = words.as_slice() else { return None };
            let mut parts = file.split(':');
            let major = u32::from_str_radix(parts.next()?, 16).ok()?;
            let minor = u32::from_str_radix(parts.next()?, 16).ok()?;
            Some((process.parse().ok()?, (rustix::fs::makedev(major, minor), parts.next()?.parse().ok()?)))
        };
        text.lines().filter_map(lock).filter(|(process, _)| *process != std::process::id()).collect()
    }

    /// Files that a program has open; nothing where it is another user's, or this program itself.
    fn open_files(&self, process: u32) -> Vec<FileId> {
        if process == std::process::id() {
            return Vec::new();
        }
        let Ok(entries) = fs::read_dir(self.path(&format!("/proc/{process}/fd"))) else { return Vec::new() };
        let links: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).take(MOST_FILES).collect();
        // A simulator holds both ends of its pty; it is the device then, not one of its users.
        let is_device = links.iter().any(|link| fs::read_link(link).is_ok_and(|file| file.ends_with("ptmx")));
        let counts = |link: &PathBuf| !is_device || fs::read_link(link).is_ok_and(|file| !file.starts_with("/dev/pts"));
        links.iter().filter(|link| counts(link)).filter_map(|link| id(link)).collect()
    }

    fn denial(&self, path: &Path) -> Denial {
        const READ_AND_WRITE: u32 = 0o060;
        let Ok(metadata) = fs::metadata(path) else { return Denial::default() };
        let group_id = metadata.gid();
        let groups = self.text("/etc/group").unwrap_or_default();
        let group = groups.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            let members = fields.nth(2).unwrap_or_default();
            (line.split(':').nth(2)?.parse() == Ok(group_id)).then_some((name, members))
        });
        let is_active = rustix::process::getegid().as_raw() == group_id
            || rustix::process::getgroups().is_ok_and(|groups| groups.iter().any(|group| group.as_raw() == group_id));
        let user = self.user_name();
        let is_member = group.is_some_and(|(_, members)| members.split(',').any(|name| Some(name) == user.as_deref()));
        Denial {
            group: group.map(|(name, _)| name.to_owned()),
            group_is_enough: metadata.mode() & READ_AND_WRITE == READ_AND_WRITE && !is_active,
            log_in_again: is_member && !is_active,
        }
    }

    fn user_name(&self) -> Option<String> {
        let user_id = rustix::process::geteuid().as_raw();
        self.text("/etc/passwd")?.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            (fields.nth(1)?.parse() == Ok(user_id)).then(|| name.to_owned())
        })
    }
}

fn id(path: &Path) -> Option<FileId> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}
