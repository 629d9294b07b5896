// SPDX-License-Identifier: GPL-3.0-only
//! Devices, and what each of them is for: `[[device]]` and `[roles]`.

mod auxiliaries;
mod camera_scanner;
mod cameras;
mod connection;
mod drivers;
mod printers;
mod readers;
mod roles;
mod scanners;
mod smart_cards;
mod sound;

pub use auxiliaries::{ContactSettings, LampSettings, LockSettings, RadarSettings, RelaySettings, StripSettings};
pub use camera_scanner::CameraScannerSettings;
pub use cameras::{CameraSettings, CameraSource};
pub use connection::{Connection, SerialFlow, SerialLine, SerialParity};
pub use drivers::DriverSettings;
pub use printers::{PrinterCharset, PrinterSettings, SheetPrinterSettings};
pub use readers::{IdReaderSettings, TagAntennas, TagReaderSettings};
pub use roles::{Role, Roles};
pub use scanners::{HidScannerSettings, HidWire, KeyboardScannerSettings, SerialScannerSettings};
pub use smart_cards::{SmartCardReader, SmartCardSettings};
pub use sound::SoundDeviceSettings;

pub(super) use connection::warn_of_number;
pub(super) use drivers::DRIVER_WORDS;
pub(super) use roles::roles;

use super::fault::FaultKind;
use super::reader::{Complaint, Most, Section};
use super::source::quote;
use super::strangers::nearest;
use super::values::TextLimit;

/// Most devices of a terminal.
const MOST_DEVICES: Most = Most(32, "no terminal has so many");
/// Longest name of a device in characters: it stands in every line of the log.
const NAME: TextLimit = TextLimit { most_chars: 32, place: "a line of the log" };
/// Longest name of a driver.
const DRIVER: TextLimit = TextLimit { most_chars: 32, place: "a driver" };

/// A device of the terminal.
#[derive(Clone, Debug)]
pub struct DeviceSettings {
    /// Its name: letters, digits, `-` and `_`; unique.
    pub name: String,
    /// Its driver, with what that needs to know.
    pub driver: DriverSettings,
}

/// A device that was read far enough to be bound to a role.
pub(super) struct Named {
    pub(super) name: String,
    pub(super) driver: &'static str,
    pub(super) roles: &'static [Role],
}

/// Every `[[device]]`: those without a fault, and the names of all of them, so that roles can be checked.
pub(super) fn devices(root: &Section<'_>) -> (Vec<DeviceSettings>, Vec<Named>) {
    refuse_printer_section(root);
    let (mut named, mut seen) = (Vec::new(), Vec::new());
    let devices = root.list("device", MOST_DEVICES, |section| device(section, &mut seen, &mut named));
    (devices.into_iter().flatten().collect(), named)
}

fn device(section: &Section<'_>, seen: &mut Vec<String>, named: &mut Vec<Named>) -> Option<DeviceSettings> {
    let name = name(section, seen);
    let Some(driver) = driver(section) else {
        section.forgive_strangers();
        return None;
    };
    if let Some(name) = &name {
        named.push(Named { name: name.clone(), driver: driver.word, roles: driver.roles });
    }
    let settings = (driver.read)(section, driver);
    Some(DeviceSettings { name: name?, driver: settings? })
}

fn name(section: &Section<'_>, seen: &mut Vec<String>) -> Option<String> {
    let name = section.required_text("name", NAME, "slips");
    section.refuse_duplicate("name", seen);
    let entry = section.peek("name")?;
    let is_plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    if !name.chars().all(is_plain) {
        entry.error(
            FaultKind::BadName,
            format!("{} is no name of a device: only letters a to z, digits, - and _ are allowed", quote(&name)),
            "give it a short name, such as name = \"slips\"",
        );
        return None;
    }
    (!name.is_empty()).then_some(name)
}

fn driver(section: &Section<'_>) -> Option<&'static drivers::Driver> {
    let example = DRIVER_WORDS.first().copied().unwrap_or_default();
    let word = section.required_text("driver", DRIVER, example);
    let found = drivers::DRIVERS.iter().find(|driver| driver.word == word);
    if found.is_none()
        && !word.is_empty()
        && let Some(entry) = section.peek("driver")
    {
        let words = DRIVER_WORDS.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        // The comparison knows names with `_` only.
        let known: Vec<String> = DRIVER_WORDS.iter().map(|word| word.replace('-', "_")).collect();
        let meant = nearest(&word, known.iter().map(String::as_str)).map(|word| word.replace('_', "-"));
        entry.error(
            FaultKind::NotAChoice,
            format!("there is no driver {}", quote(&word)),
            match meant {
                Some(word) => format!("did you mean driver = \"{word}\"?"),
                None => format!("write one of {words}"),
            },
        );
    }
    found
}

/// What to write in place of the section that former versions had.
const IN_PLACE_OF_PRINTER: &str = "write it as a device and give it its role; the keys under [printer] stay as they \
                                   are:\n[[device]]\nname = \"slips\"\ndriver = \"escpos\"\n\n[roles]\n\
                                   slip_printer = \"slips\"";

fn refuse_printer_section(root: &Section<'_>) {
    root.refuse(
        "printer",
        Complaint::error(
            FaultKind::Replaced,
            "the section [printer] is no more: printers are devices like others",
            IN_PLACE_OF_PRINTER,
        ),
    );
}
