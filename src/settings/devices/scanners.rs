// SPDX-License-Identifier: GPL-3.0-only
//! Scanners.

use std::path::Path;

use doorstep_drivers::barcode::{
    CodeRules, ControlPolicy, HidPosLayout, HidPosOptions, KeyboardOptions, Presence, ScannerCommands, SerialOptions,
    Terminator,
};
use doorstep_drivers::input::InputSelector;

use super::super::fault::FaultKind;
use super::super::reader::{Complaint, Section};
use super::super::source::quote;
use super::super::values::TextLimit;
use super::DriverSettings;
use super::connection::{Connection, UsualWire, Wire, connection};
use super::drivers::Driver;

const USB_ID: TextLimit = TextLimit { most_chars: 9, place: "two numbers of four digits" };

/// A scanner on a serial port.
#[derive(Clone, Debug)]
pub struct SerialScannerSettings {
    /// Wire.
    pub connection: Connection,
    /// What ends a code, and what counts as one.
    pub options: SerialOptions,
}

/// A scanner with packets of its own (HID-POS).
#[derive(Clone, Debug)]
pub struct HidScannerSettings {
    /// Wire.
    pub connection: Connection,
    /// Where things are in a packet, and what counts as a code.
    pub options: HidPosOptions,
}

/// A scanner that types.
#[derive(Clone, Debug)]
pub struct KeyboardScannerSettings {
    /// Which event node it is.
    pub selector: InputSelector,
    /// What ends a code, and what counts as one.
    pub options: KeyboardOptions,
}

impl KeyboardScannerSettings {
    /// Its event node, where it is chosen by path.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.selector {
            InputSelector::Path(path) => Some(path),
            InputSelector::Usb { .. } => None,
        }
    }
}

/// What counts as a code, whatever the scanner.
fn rules(section: &Section<'_>) -> CodeRules {
    CodeRules {
        control: if section.switch("binary", false) { ControlPolicy::Keep } else { ControlPolicy::Refuse },
        aim_prefix: section.switch("aim_prefix", false),
        repeat_window: section.milliseconds("repeat_ms", 1000, 0..=60_000),
    }
}

/// The bytes that the maker has for the trigger.
#[derive(Clone, Copy, PartialEq)]
enum Maker {
    Any,
    Honeywell,
}

fn maker(section: &Section<'_>) -> Maker {
    section.choice("trigger", ("none", Maker::Any), &[("honeywell", Maker::Honeywell)])
}

pub(super) fn serial_scanner(section: &Section<'_>, driver: &'static Driver) -> Option<DriverSettings> {
    let path = "/dev/serial/by-id/usb-Acme_Scanner-if00";
    let usual = UsualWire { wire: Wire::Serial, baud: 9600, address: "192.168.1.60:4001", path };
    let connection = connection(section, usual);
    section.enter_variant(driver.word);
    let terminator = section.choice(
        "terminator",
        ("cr", Terminator::Cr),
        &[("lf", Terminator::Lf), ("crlf", Terminator::CrLf), ("none", Terminator::Gap)],
    );
    let gap = section.milliseconds("gap_ms", 40, 5..=1000);
    let half_limit = section.milliseconds("half_timeout_ms", 500, 20..=10_000);
    let rules = rules(section);
    let commands = match maker(section) {
        Maker::Any => ScannerCommands::default(),
        Maker::Honeywell => ScannerCommands::honeywell(),
    };
    let presence = if section.switch("usb", true) { Presence::Port } else { Presence::Heard };
    let options = SerialOptions { terminator, gap, half_limit, rules, commands, presence, query: None };
    Some(DriverSettings::SerialScanner(SerialScannerSettings { connection: connection?, options }))
}

pub(super) fn hid_scanner(section: &Section<'_>, driver: &'static Driver) -> Option<DriverSettings> {
    let usual = UsualWire { wire: Wire::Device, baud: 9600, address: "192.168.1.60:4001", path: "/dev/hidraw0" };
    let connection = connection(section, usual);
    section.enter_variant(driver.word);
    let layout = section.choice(
        "layout",
        ("usage-tables", HidPosLayout::USAGE_TABLES),
        &[("plain", HidPosLayout::PLAIN), ("numbered", HidPosLayout::NUMBERED)],
    );
    let gap = section.milliseconds("gap_ms", 100, 5..=1000);
    let rules = rules(section);
    let commands = match maker(section) {
        Maker::Any => ScannerCommands::default(),
        Maker::Honeywell => ScannerCommands::honeywell_hid(),
    };
    let options = HidPosOptions { layout, gap, rules, commands };
    Some(DriverSettings::HidScanner(HidScannerSettings { connection: connection?, options }))
}

pub(super) fn keyboard_scanner(section: &Section<'_>, driver: &'static Driver) -> Option<DriverSettings> {
    let example = "/dev/input/by-id/usb-Acme_Scanner-event-kbd";
    let path = section.device_file("path", "required for `serial` and `device`", example, true);
    section.enter_variant(driver.word);
    let usb = usb_id(section);
    let key_gap = section.milliseconds("key_gap_ms", 200, 5..=2000);
    let ends_by_gap = section.switch("ends_by_gap", false);
    let options = KeyboardOptions { key_gap, ends_by_gap, rules: rules(section) };
    let selector = match (path, usb) {
        (Some(path), None) => InputSelector::Path(path),
        (None, Some(selector)) => selector,
        (Some(_), Some(_)) => {
            let reason = "both `path` and `usb_id` are given";
            section.complain(Complaint::error(FaultKind::Contradiction, reason, "remove one of the two"));
            return None;
        }
        (None, None) => {
            if section.peek("path").is_none() && section.peek("usb_id").is_none() {
                section.missing("path", &format!("path = \"{example}\""));
            }
            return None;
        }
    };
    Some(DriverSettings::KeyboardScanner(KeyboardScannerSettings { selector, options }))
}

/// `0c2e:0b61`: vendor and product, as `lsusb` shows them.
fn usb_id(section: &Section<'_>) -> Option<InputSelector> {
    let example = "0c2e:0b61";
    let entry = section.entry("usb_id", "vendor and product, such as `0c2e:0b61`", "none")?;
    let text = entry.text(USB_ID, example)?;
    let number = |text: &str| (text.len() == 4).then(|| u16::from_str_radix(text, 16).ok()).flatten();
    let parsed = text.split_once(':').and_then(|(vendor, product)| Some((number(vendor)?, number(product)?)));
    let Some((vendor, product)) = parsed else {
        entry.error(
            FaultKind::BadName,
            format!("{} is no vendor and product", quote(text)),
            format!("write both as `lsusb` shows them, such as usb_id = \"{example}\""),
        );
        return None;
    };
    Some(InputSelector::Usb { vendor, product })
}
