// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which cameras the system has, and why one cannot be opened. Reads files only; no camera is switched on by it.

use std::fs;
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use crate::transport::PipeError;

/// Most entries of a folder that are looked at.
const MOST_ENTRIES: usize = 4096;

/// Where the system keeps what is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraPaths {
    /// Device files.
    pub dev: PathBuf,
    /// What the kernel says of them.
    pub sys: PathBuf,
    /// What each process has open.
    pub proc: PathBuf,
}

impl Default for CameraPaths {
    fn default() -> Self {
        Self { dev: "/dev".into(), sys: "/sys/class/video4linux".into(), proc: "/proc".into() }
    }
}

/// A camera of the system.
#[derive(Debug)]
pub struct CameraEntry {
    /// The device file, such as `/dev/video0`. Its number may be another one after the camera was plugged in again.
    pub path: PathBuf,
    /// A link to it that stays the same: below `v4l/by-id`, or else by the port below `v4l/by-path`. Settings want this.
    pub stable: Option<PathBuf>,
    /// The name of the camera, as the kernel knows it.
    pub name: Option<String>,
    /// Number of the file among those of one camera. From 1 on it is usually no picture but data about pictures.
    pub part: Option<u32>,
    /// Whether it can be opened, or why not. That another program uses it is only seen as far as this user may look at
    /// that program.
    pub openable: Result<(), PipeError>,
}

/// All cameras of the system, by their number.
#[must_use]
pub fn list_cameras(paths: &CameraPaths) -> Vec<CameraEntry> {
    let mut numbers: Vec<u32> = names(&paths.dev).filter_map(|name| number_in(&name)).collect();
    numbers.sort_unstable();
    let entry = |number| {
        let path = paths.dev.join(format!("video{number}"));
        let facts = paths.sys.join(format!("video{number}"));
        let fact = |name: &str| Some(fs::read_to_string(facts.join(name)).ok()?.trim().to_owned());
        let stable = ["v4l/by-id", "v4l/by-path"].iter().find_map(|folder| link_to(&paths.dev.join(folder), &path));
        let part = fact("index").and_then(|index| index.parse().ok());
        CameraEntry { stable, name: fact("name"), part, openable: probe(&path, &paths.proc), path }
    };
    numbers.into_iter().map(entry).collect()
}

/// The number of the camera that `path` is, or links to; `None` when it is none, or not there.
#[must_use]
pub fn camera_number(path: &Path) -> Option<u32> {
    number_in(fs::canonicalize(path).ok()?.file_name()?.to_str()?)
}

/// Whether the camera can be opened; opens and closes it without starting anything.
pub(super) fn probe(path: &Path, proc: &Path) -> Result<(), PipeError> {
    let kind = fs::metadata(path).map_err(PipeError::from_open)?.file_type();
    if !kind.is_char_device() {
        return Err(PipeError::Absent(io::Error::other("it is no device file")));
    }
    rustix::fs::open(path, OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty())
        .map_err(|errno| PipeError::from_open(errno.into()))?;
    // V4L2 lets everybody open a camera; only a second stream is refused.
    match user_of(path, proc) {
        Some(program) => Err(PipeError::Busy(io::Error::other(format!("it is used by {program}")))),
        None => Ok(()),
    }
}

/// Name and number of another process that has `path` open.
fn user_of(path: &Path, proc: &Path) -> Option<String> {
    let device = fs::canonicalize(path).ok()?;
    let mut processes = names(proc).filter_map(|name| name.parse::<u32>().ok());
    let process = processes.find(|process| {
        *process != std::process::id() && link_to(&proc.join(process.to_string()).join("fd"), &device).is_some()
    })?;
    let name = fs::read_to_string(proc.join(process.to_string()).join("comm")).unwrap_or_default();
    Some(format!("{} (process {process})", name.trim()))
}

/// A link in `folder` that leads to `target`.
fn link_to(folder: &Path, target: &Path) -> Option<PathBuf> {
    let target = fs::canonicalize(target).ok()?;
    let mut links: Vec<PathBuf> = names(folder).map(|name| folder.join(name)).collect();
    links.sort();
    links.into_iter().find(|link| fs::canonicalize(link).is_ok_and(|place| place == target))
}

fn names(folder: &Path) -> impl Iterator<Item = String> {
    let entries = fs::read_dir(folder).into_iter().flatten().take(MOST_ENTRIES);
    entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok())
}

fn number_in(name: &str) -> Option<u32> {
    let digits = name.strip_prefix("video")?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::os::unix::fs::symlink;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn nothing_there_is_an_empty_list() {
        let folder = tempfile::tempdir().unwrap();
        let paths =
            CameraPaths { dev: folder.path().join("no"), sys: folder.path().into(), proc: folder.path().into() };
        assert!(list_cameras(&paths).is_empty());
    }

    #[test]
    fn names_links_and_reasons() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["dev/v4l/by-id", "sys/video2", "proc"] {
            fs::create_dir_all(at(name)).unwrap();
        }
        // A device that is always there and that nobody else is likely to use.
        symlink("/dev/full", at("dev/video2")).unwrap();
        fs::write(at("dev/video10"), "a file").unwrap();
        fs::write(at("dev/video"), "").unwrap();
        symlink(at("gone"), at("dev/video11")).unwrap();
        symlink(at("dev/video2"), at("dev/v4l/by-id/usb-Maker_Lens-video-index0")).unwrap();
        fs::write(at("sys/video2/name"), "Lens: document camera\n").unwrap();
        fs::write(at("sys/video2/index"), "0\n").unwrap();
        let paths = CameraPaths { dev: at("dev"), sys: at("sys"), proc: "/proc".into() };
        let list = list_cameras(&paths);
        let [lens, file, broken] = list.as_slice() else { panic!("{list:?}") };
        assert_eq!(lens.name.as_deref(), Some("Lens: document camera"));
        assert_eq!(lens.stable, Some(at("dev/v4l/by-id/usb-Maker_Lens-video-index0")));
        assert_eq!(lens.part, Some(0));
        assert!(lens.openable.is_ok(), "{lens:?}");
        assert!(matches!(file.openable, Err(PipeError::Absent(_))), "{file:?}");
        assert!(matches!(broken.openable, Err(PipeError::Absent(_))), "{broken:?}");

        let mut user = Command::new("sh");
        let user =
            user.args(["-c", "exec 3<>/dev/full; echo open; read end"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut user = user.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(user.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let busy = probe(&at("dev/video2"), Path::new("/proc")).unwrap_err();
        drop(user.stdin.take());
        user.wait().unwrap();
        let PipeError::Busy(why) = busy else { panic!("{busy:?}") };
        assert!(why.to_string().contains(&format!("process {}", user.id())), "{why}");
    }

    #[test]
    fn a_link_leads_to_the_number() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("video7"), "").unwrap();
        symlink(folder.path().join("video7"), folder.path().join("usb-Lens")).unwrap();
        assert_eq!(camera_number(&folder.path().join("usb-Lens")), Some(7));
        assert_eq!(camera_number(&folder.path().join("video8")), None);
        assert_eq!(number_in("video1a"), None);
        assert_eq!(number_in("video99999999999"), None);
    }
}
