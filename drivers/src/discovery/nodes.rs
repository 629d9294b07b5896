// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where the system keeps its devices, kind by kind.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::{Access, DeviceKind, MOST_DEVICES_OF_A_KIND, Present, System};

impl System {
    pub(super) fn devices_of(&self, kind: DeviceKind) -> Vec<Present> {
        let (folder, links): (&str, &[&str]) = match kind {
            DeviceKind::SerialPort => ("/dev", &["/dev/serial/by-id", "/dev/serial/by-path"]),
            DeviceKind::PrinterPort => ("/dev/usb", &[]),
            DeviceKind::Camera => ("/dev", &["/dev/v4l/by-id", "/dev/v4l/by-path"]),
            DeviceKind::Keyboard => ("/dev/input", &["/dev/input/by-id", "/dev/input/by-path"]),
            DeviceKind::RawHid => ("/dev", &[]),
            DeviceKind::Loudspeaker | DeviceKind::Microphone => ("/dev/snd", &[]),
        };
        let stable = self.links(links);
        let mut found = Vec::new();
        for name in self.names(folder) {
            let Some(label) = self.label(kind, &name) else { continue };
            let node = self.path(folder).join(&name);
            let path = fs::canonicalize(&node).ok().and_then(|real| stable.get(&real)).cloned();
            let path = path.unwrap_or_else(|| node.clone());
            // Filled in for all devices at once, which reads the table of processes only once.
            found.push(Present { kind, path, node, name: label, access: Access::Free });
            if found.len() == MOST_DEVICES_OF_A_KIND {
                break;
            }
        }
        found
    }

    /// From each node to the best of the links to it: those of the first folder win.
    fn links(&self, folders: &[&str]) -> BTreeMap<PathBuf, PathBuf> {
        let mut links = BTreeMap::new();
        for folder in folders {
            for name in self.names(folder) {
                let link = self.path(folder).join(&name);
                if let Ok(node) = fs::canonicalize(&link) {
                    links.entry(node).or_insert(link);
                }
            }
        }
        links
    }

    /// What the device calls itself; `None` when `name` is no device of that kind.
    #[expect(clippy::option_option, reason = "whether it is one, and whether it has a name, are two questions")]
    fn label(&self, kind: DeviceKind, name: &str) -> Option<Option<String>> {
        let numbered = |prefix: &str| {
            name.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
        };
        match kind {
            DeviceKind::SerialPort => self.serial_label(name),
            DeviceKind::PrinterPort => {
                numbered("lp").then(|| self.ieee1284(&format!("/sys/class/usbmisc/{name}/device/ieee1284_id")))
            }
            // A camera has further nodes for its data about pictures; the index tells them apart.
            DeviceKind::Camera => {
                let class = format!("/sys/class/video4linux/{name}");
                let is_first = self.line(&format!("{class}/index")).is_none_or(|index| index == "0");
                (numbered("video") && is_first).then(|| self.line(&format!("{class}/name")))
            }
            DeviceKind::Keyboard => {
                let device = format!("/sys/class/input/{name}/device");
                (numbered("event") && self.has_keys(&device)).then(|| self.line(&format!("{device}/name")))
            }
            DeviceKind::RawHid => {
                let text = || self.text(&format!("/sys/class/hidraw/{name}/device/uevent"));
                let called = || text()?.lines().find_map(|line| line.strip_prefix("HID_NAME=").map(str::to_owned));
                numbered("hidraw").then(called)
            }
            DeviceKind::Loudspeaker | DeviceKind::Microphone => {
                let end = if kind == DeviceKind::Loudspeaker { 'p' } else { 'c' };
                let (card, _) = name.strip_prefix("pcmC")?.strip_suffix(end)?.split_once('D')?;
                Some(self.line(&format!("/proc/asound/card{card}/id")))
            }
        }
    }

    #[expect(clippy::option_option, reason = "whether it is one, and whether it has a name, are two questions")]
    fn serial_label(&self, name: &str) -> Option<Option<String>> {
        let class = format!("/sys/class/tty/{name}");
        if !name.starts_with("tty") || !self.path(&format!("{class}/device")).exists() {
            return None;
        }
        // Of the ports that a board could have, those without a chip are of type 0.
        if self.line(&format!("{class}/type")).is_some_and(|chip| chip == "0") {
            return None;
        }
        // The interface of a USB device stands below the device, which has the words.
        let words = |file: &str| {
            let up = ["../..", "../../..", ".."];
            up.iter().find_map(|up| self.line(&format!("{class}/device/{up}/{file}")))
        };
        let called = match (words("manufacturer"), words("product")) {
            (Some(maker), Some(product)) => Some(format!("{maker} {product}")),
            (maker, product) => product.or(maker),
        };
        Some(called)
    }

    /// Whether an input device has the key of the letter A: a bit in the last word but one of its keys.
    fn has_keys(&self, device: &str) -> bool {
        const KEY_A: u32 = 30;
        let Some(keys) = self.line(&format!("{device}/capabilities/key")) else { return false };
        let last = keys.split_ascii_whitespace().next_back();
        last.and_then(|word| u64::from_str_radix(word, 16).ok()).is_some_and(|word| word >> KEY_A & 1 == 1)
    }

    /// Maker and model out of `MFG:EPSON;CMD:ESC/POS;MDL:TM-T20;`.
    fn ieee1284(&self, path: &str) -> Option<String> {
        let text = self.line(path)?;
        let field = |names: [&str; 2]| {
            let mut fields = text.split(';').filter_map(|field| field.split_once(':'));
            fields.find(|(name, _)| names.contains(&name.trim())).map(|(_, value)| value.trim().to_owned())
        };
        let parts = [field(["MFG", "MANUFACTURER"]), field(["MDL", "MODEL"])];
        let words: Vec<String> = parts.into_iter().flatten().collect();
        (!words.is_empty()).then(|| words.join(" "))
    }
}
