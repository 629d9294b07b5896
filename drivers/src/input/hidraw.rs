// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which `hidraw` files there are. Nothing links to them by name, and their numbers change when they are plugged in again,
//! so they are chosen by their USB numbers.

use std::io;
use std::path::{Path, PathBuf};

use super::node::{numbered, only};
use crate::transport::PipeError;

/// Where the kernel lists `hidraw` files.
pub const SYSFS_HIDRAW: &str = "/sys/class/hidraw";

/// The usage page of bar code scanners in the HID usage tables for points of sale.
pub const SCANNER_USAGE_PAGE: u16 = 0x8C;

/// A `hidraw` file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HidrawNode {
    /// The file, such as `/dev/hidraw0`.
    pub path: PathBuf,
    /// What the device calls itself.
    pub name: String,
    /// USB vendor number.
    pub vendor: u16,
    /// USB product number.
    pub product: u16,
    /// What it is for: the first usage page of its report descriptor, 0x8C for scanners.
    pub usage_page: Option<u16>,
}

/// The `hidraw` files below `sysfs` ([`SYSFS_HIDRAW`]), in the order of their numbers. A system without any has none.
///
/// # Errors
/// The folder cannot be read.
pub fn list_hidraw_nodes(sysfs: &Path) -> io::Result<Vec<HidrawNode>> {
    Ok(numbered(sysfs, "hidraw")?.into_iter().filter_map(|number| read_node(sysfs, number)).collect())
}

/// The file of the device with these USB numbers. Of several interfaces of one device the one of a scanner is taken.
///
/// # Errors
/// [`PipeError::Absent`] when there is none, [`PipeError::Io`] when there are several scanners of the kind.
pub fn find_hidraw_scanner(sysfs: &Path, vendor: u16, product: u16) -> Result<PathBuf, PipeError> {
    let nodes = list_hidraw_nodes(sysfs).map_err(PipeError::from_open)?;
    let mut meant: Vec<HidrawNode> =
        nodes.into_iter().filter(|node| (node.vendor, node.product) == (vendor, product)).collect();
    let is_scanner = |node: &HidrawNode| node.usage_page == Some(SCANNER_USAGE_PAGE);
    if meant.iter().any(is_scanner) {
        meant.retain(is_scanner);
    }
    only(meant.into_iter().map(|node| node.path))
}

fn read_node(sysfs: &Path, number: u32) -> Option<HidrawNode> {
    let name = format!("hidraw{number}");
    let folder = sysfs.join(&name).join("device");
    let text = std::fs::read_to_string(folder.join("uevent")).ok()?;
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    // Bus, vendor and product in hexadecimal, such as 0003:00000C2E:00000B81.
    let mut numbers = value("HID_ID")?.split(':').skip(1).map(|part| u16::from_str_radix(part.get(4..)?, 16).ok());
    let (vendor, product) = (numbers.next()??, numbers.next()??);
    let descriptor = std::fs::read(folder.join("report_descriptor")).unwrap_or_default();
    Some(HidrawNode {
        path: Path::new("/dev").join(name),
        name: value("HID_NAME").unwrap_or_default().to_owned(),
        vendor,
        product,
        usage_page: first_usage_page(&descriptor),
    })
}

/// The first usage page of a report descriptor: an item of type global (1) and tag 0.
fn first_usage_page(descriptor: &[u8]) -> Option<u16> {
    let mut rest = descriptor;
    while let Some((prefix, after)) = rest.split_first() {
        // A long item has its length in the next byte; the two lowest bits of a short one tell it, 3 meaning 4.
        let (length, data) = match prefix {
            // Its tag comes before its data.
            0xFE => (usize::from(*after.first()?) + 1, after.get(1..)?),
            _ => ([0, 1, 2, 4].get(usize::from(prefix & 3)).copied()?, after),
        };
        match (prefix & 0xFC, length) {
            (0x04, 1) => return data.first().copied().map(u16::from),
            (0x04, 2) => return data.first_chunk().copied().map(u16::from_le_bytes),
            _ => rest = data.get(length..)?,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plug(sysfs: &Path, number: u32, id: &str, descriptor: &[u8]) {
        let folder = sysfs.join(format!("hidraw{number}")).join("device");
        std::fs::create_dir_all(&folder).unwrap();
        let text = format!("DRIVER=hid-generic\nHID_ID={id}\nHID_NAME=Maker Scanner\nHID_PHYS=usb-1/input0\n");
        std::fs::write(folder.join("uevent"), text).unwrap();
        std::fs::write(folder.join("report_descriptor"), descriptor).unwrap();
    }

    #[test]
    fn the_interface_of_the_scanner_is_found_by_its_usb_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let find = || find_hidraw_scanner(folder.path(), 0x0c2e, 0x0b81);
        assert!(matches!(find(), Err(PipeError::Absent(_))));
        // A keyboard of the same device, and another device.
        plug(folder.path(), 0, "0003:00000C2E:00000B81", b"\x05\x01\x09\x06\xA1\x01");
        assert_eq!(find().unwrap(), Path::new("/dev/hidraw0"), "the only one is meant, whatever it calls itself");
        plug(folder.path(), 12, "0003:00000C2E:00000B81", b"\x05\x8C\x09\x02\xA1\x01");
        plug(folder.path(), 3, "0003:0000046D:0000C31C", b"\x05\x8C");
        std::fs::create_dir(folder.path().join("hidraw7")).unwrap();
        assert_eq!(find().unwrap(), Path::new("/dev/hidraw12"));
        let nodes = list_hidraw_nodes(folder.path()).unwrap();
        assert_eq!(nodes.iter().map(|node| node.usage_page).collect::<Vec<_>>(), [Some(1), Some(0x8C), Some(0x8C)]);
        assert_eq!((nodes[2].name.as_str(), nodes[2].vendor), ("Maker Scanner", 0x0c2e));
        plug(folder.path(), 13, "0003:00000C2E:00000B81", b"\x06\x8C\x00\x09\x02");
        assert!(matches!(find(), Err(PipeError::Io { .. })));
    }

    #[test]
    fn descriptors_are_walked_item_by_item() {
        assert_eq!(first_usage_page(b"\x06\x8C\x00"), Some(0x8C));
        assert_eq!(first_usage_page(b"\xA1\x05\x05\x8C"), Some(0x8C), "the first 05 is data");
        assert_eq!(first_usage_page(b"\xFE\x02\x00\x05\x05\x05\x8C"), Some(0x8C), "after a long item");
        for descriptor in [&b""[..], b"\x05", b"\x06\x8C", b"\xFE", b"\xFE\x09\x05", b"\xA1\x01\xC0"] {
            assert_eq!(first_usage_page(descriptor), None, "{descriptor:?}");
        }
    }
}
