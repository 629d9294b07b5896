// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which devices this machine has, and why one of them cannot be opened.
//!
//! Everything is read from `/dev`, `/sys` and `/proc`; no device is opened, because opening alone can move one (a
//! serial port pulls its DTR line). What the settings of a program should name is [`Present::path`]: a name that stays
//! when the device is plugged in elsewhere or the machine starts in another order.

mod access;
mod nodes;

use std::fs;
use std::path::{Path, PathBuf};

pub use access::{Access, Denial, Process};

/// Most devices of one kind that are listed.
pub const MOST_DEVICES_OF_A_KIND: usize = 64;

/// What sort of device file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DeviceKind {
    /// A serial port, also one behind a USB adapter.
    SerialPort,
    /// A printer that takes bytes, `/dev/usb/lp*`.
    PrinterPort,
    /// A camera.
    Camera,
    /// Something with keys, such as a keyboard or a scanner that types.
    Keyboard,
    /// A device with reports of its own, `/dev/hidraw*`.
    RawHid,
    /// Sound output.
    Loudspeaker,
    /// Sound input.
    Microphone,
}

impl DeviceKind {
    /// All kinds, in the order in which they are listed.
    pub const ALL: [Self; 7] = [
        Self::SerialPort,
        Self::PrinterPort,
        Self::Camera,
        Self::Keyboard,
        Self::RawHid,
        Self::Loudspeaker,
        Self::Microphone,
    ];

    /// A word for programs, such as `serial-port`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::SerialPort => "serial-port",
            Self::PrinterPort => "printer-port",
            Self::Camera => "camera",
            Self::Keyboard => "keyboard",
            Self::RawHid => "raw-hid",
            Self::Loudspeaker => "loudspeaker",
            Self::Microphone => "microphone",
        }
    }
}

/// A device file that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Present {
    /// Sort.
    pub kind: DeviceKind,
    /// The name that stays, such as one below `/dev/serial/by-id`; the node itself where there is none.
    pub path: PathBuf,
    /// The node, such as `/dev/ttyUSB0`.
    pub node: PathBuf,
    /// What the device or its driver calls itself.
    pub name: Option<String>,
    /// Whether this user could open it now.
    pub access: Access,
}

/// The file system in which to look.
#[derive(Clone, Debug)]
pub struct System {
    root: PathBuf,
}

impl Default for System {
    fn default() -> Self {
        Self::here()
    }
}

impl System {
    /// This machine.
    #[must_use]
    pub fn here() -> Self {
        Self::below("/")
    }

    /// A copy of the file system below `root`; for tests.
    #[must_use]
    pub fn below(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Every device that is there, by kind and path.
    #[must_use]
    pub fn devices(&self) -> Vec<Present> {
        let mut found: Vec<Present> = DeviceKind::ALL.into_iter().flat_map(|kind| self.devices_of(kind)).collect();
        let nodes: Vec<PathBuf> = found.iter().map(|present| present.node.clone()).collect();
        let access = self.access_of(&nodes);
        for (present, access) in found.iter_mut().zip(access) {
            present.access = access;
        }
        found
    }

    /// Why `path` can or cannot be opened.
    #[must_use]
    pub fn access(&self, path: &Path) -> Access {
        self.access_of(&[path.to_path_buf()]).pop().unwrap_or(Access::Absent)
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// Names in a directory, sorted; nothing where there is none.
    fn names(&self, directory: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path(directory)) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).take(MOST_NAMES).collect();
        names.sort_by(|left, right| (left.len(), left).cmp(&(right.len(), right)));
        names
    }

    /// The first line of a small file, trimmed; nothing where it is empty or absent.
    fn line(&self, path: &str) -> Option<String> {
        let text = self.text(path)?;
        let line = text.lines().next()?.trim();
        (!line.is_empty()).then(|| line.chars().filter(|character| !character.is_control()).take(80).collect())
    }

    fn text(&self, path: &str) -> Option<String> {
        use std::io::Read;
        let mut bytes = Vec::new();
        fs::File::open(self.path(path)).ok()?.take(LARGEST_FILE_BYTES).read_to_end(&mut bytes).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// Most names of a directory that are looked at.
const MOST_NAMES: usize = 4096;
/// Most bytes of a file of the system that are read.
const LARGEST_FILE_BYTES: u64 = 1024 * 1024;

#[cfg(test)]
mod tests;
