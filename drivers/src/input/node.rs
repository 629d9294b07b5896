// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which event nodes there are. Read from sysfs, which needs no right to open the devices.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::transport::PipeError;

/// Where the kernel lists input devices.
pub const SYSFS_INPUT: &str = "/sys/class/input";

/// Where the event nodes are.
const DEVICE_FOLDER: &str = "/dev/input";

/// Most nodes that are looked at.
const MAX_NODES: usize = 256;

/// Bits of the keys 1 to 0 and Enter, of which a device that types codes has all.
const TYPING_KEYS: u64 = 0x0FFC | (1 << 28);

/// An event node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputNode {
    /// The node, such as `/dev/input/event3`; the number changes when it is plugged in again.
    pub path: PathBuf,
    /// What the device calls itself.
    pub name: String,
    /// USB vendor number.
    pub vendor: u16,
    /// USB product number.
    pub product: u16,
    /// Whether it has the keys that it takes to type a number and Enter.
    pub types: bool,
}

/// Chooses an event node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputSelector {
    /// The path, best one below `/dev/input/by-id`.
    Path(PathBuf),
    /// The one that types among those of this USB vendor and product.
    Usb {
        /// Vendor number.
        vendor: u16,
        /// Product number.
        product: u16,
    },
}

impl InputSelector {
    /// The node that is meant, now.
    ///
    /// # Errors
    /// [`PipeError::Absent`] when there is none, [`PipeError::Io`] when there are several: which of two scanners of a
    /// kind is meant can only be said by path.
    pub fn resolve(&self, sysfs: &Path) -> Result<PathBuf, PipeError> {
        let (vendor, product) = match self {
            Self::Path(path) => return Ok(path.clone()),
            Self::Usb { vendor, product } => (*vendor, *product),
        };
        let nodes = list_input_nodes(sysfs).map_err(PipeError::from_open)?;
        let is_meant = |node: &InputNode| (node.vendor, node.product) == (vendor, product) && node.types;
        only(nodes.into_iter().filter(is_meant).map(|node| node.path))
    }
}

impl fmt::Display for InputSelector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(formatter, "input {}", path.display()),
            Self::Usb { vendor, product } => write!(formatter, "input usb {vendor:04x}:{product:04x}"),
        }
    }
}

/// The event nodes below `sysfs` ([`SYSFS_INPUT`]), in the order of their numbers. A system without input devices has
/// none.
///
/// # Errors
/// The folder cannot be read.
pub fn list_input_nodes(sysfs: &Path) -> io::Result<Vec<InputNode>> {
    // One that was pulled out meanwhile is left out.
    Ok(numbered(sysfs, "event")?.into_iter().filter_map(|number| read_node(sysfs, number)).collect())
}

/// The numbers of the entries of `sysfs` that are called `prefix` and a number; none when there is no such folder.
pub(super) fn numbered(sysfs: &Path, prefix: &str) -> io::Result<Vec<u32>> {
    let entries = match std::fs::read_dir(sysfs) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut numbers: Vec<u32> = entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_prefix(prefix)?.parse().ok())
        .take(MAX_NODES)
        .collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// The only one of `paths`.
pub(super) fn only(mut paths: impl Iterator<Item = PathBuf>) -> Result<PathBuf, PipeError> {
    match (paths.next(), paths.next()) {
        (None, _) => Err(PipeError::Absent(io::Error::from(io::ErrorKind::NotFound))),
        (Some(path), None) => Ok(path),
        (Some(_), Some(_)) => Err(PipeError::Io {
            operation: "choose the device",
            source: io::Error::other("several devices have this vendor and product: set the path"),
        }),
    }
}

fn read_node(sysfs: &Path, number: u32) -> Option<InputNode> {
    let folder = sysfs.join(format!("event{number}")).join("device");
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).ok().map(|text| text.trim().to_owned());
    let hex = |name: &str| text(name).and_then(|text| u16::from_str_radix(&text, 16).ok());
    // Words of a machine word in hexadecimal, the lowest bits last.
    let lowest = text("capabilities/key")
        .and_then(|keys| u64::from_str_radix(keys.split_whitespace().next_back()?, 16).ok())
        .unwrap_or_default();
    Some(InputNode {
        path: Path::new(DEVICE_FOLDER).join(format!("event{number}")),
        name: text("name").unwrap_or_default(),
        vendor: hex("id/vendor")?,
        product: hex("id/product")?,
        types: lowest & TYPING_KEYS == TYPING_KEYS,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plug(sysfs: &Path, number: u32, name: &str, id: (&str, &str), keys: &str) {
        let folder = sysfs.join(format!("event{number}")).join("device");
        for part in ["id", "capabilities"] {
            std::fs::create_dir_all(folder.join(part)).unwrap();
        }
        let files = [("name", name), ("id/vendor", id.0), ("id/product", id.1), ("capabilities/key", keys)];
        for (file, text) in files {
            std::fs::write(folder.join(file), format!("{text}\n")).unwrap();
        }
    }

    #[test]
    fn the_node_that_types_is_chosen_by_its_usb_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let selector = InputSelector::Usb { vendor: 0x0c2e, product: 0x0200 };
        assert!(matches!(selector.resolve(folder.path()), Err(PipeError::Absent(_))));
        assert_eq!(list_input_nodes(&folder.path().join("none")).unwrap(), []);
        let keyboard = "3 e080ffdf01cfffff fffffffffffffffe";
        plug(folder.path(), 10, "Scanner", ("0c2e", "0200"), keyboard);
        plug(folder.path(), 2, "Scanner media keys", ("0c2e", "0200"), "1000000000000 0");
        plug(folder.path(), 3, "Keyboard", ("046d", "c31c"), keyboard);
        std::fs::create_dir(folder.path().join("mouse0")).unwrap();
        let nodes = list_input_nodes(folder.path()).unwrap();
        assert_eq!(nodes.iter().map(|node| node.types).collect::<Vec<_>>(), [false, true, true]);
        assert_eq!(nodes[2].name, "Scanner");
        assert_eq!(selector.resolve(folder.path()).unwrap(), Path::new("/dev/input/event10"));
        plug(folder.path(), 11, "Scanner", ("0c2e", "0200"), keyboard);
        assert!(matches!(selector.resolve(folder.path()), Err(PipeError::Io { .. })));
        let by_path = InputSelector::Path("/dev/input/by-id/usb-Scanner-event-kbd".into());
        assert_eq!(by_path.resolve(folder.path()).unwrap(), Path::new("/dev/input/by-id/usb-Scanner-event-kbd"));
    }
}
