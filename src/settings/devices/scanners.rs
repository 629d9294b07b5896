// SPDX-License-Identifier: GPL-3.0-only
//! Scanners.

use std::path::Path;

use doorstep_drivers::barcode::{
    CodeRules, ControlPolicy, HidPosLayout, HidPosOptions, KeyboardOptions, Presence, ScannerCommands, ScannerQuery,
    SerialOptions, Terminator,
};
use doorstep_drivers::input::InputSelector;

use super::super::fault::FaultKind;
use super::super::reader::{Complaint, Section};
use super::super::source::quote;
use super::super::values::TextLimit;
use super::DriverSettings;
use super::connection::{Connection, UsualWire, Wire, connection};
use super::drivers::Driver;

const BYTES: TextLimit = TextLimit { most_chars: 192, place: "a command of a scanner" };
const BYTES_EXAMPLE: &str = "16 54 0D";
const USB_ID: TextLimit = TextLimit { most_chars: 9, place: "two numbers of four digits" };

/// A scanner on a serial port.
#[derive(Clone, Debug)]
pub struct SerialScannerSettings {
    /// Wire.
    pub connection: Connection,
    /// What ends a code, and what counts as one.
    pub options: SerialOptions,
}

/// How a scanner with packets of its own is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HidWire {
    /// By its file, or behind a serial server.
    Connection(Connection),
    /// By its USB numbers: the number of its file may change when it is plugged in again.
    Usb {
        /// Vendor.
        vendor: u16,
        /// Product.
        product: u16,
    },
}

/// A scanner with packets of its own (HID-POS).
#[derive(Clone, Debug)]
pub struct HidScannerSettings {
    /// Wire.
    pub wire: HidWire,
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

/// The bytes of the trigger: those of the maker, which `honeywell` has, or those that the settings name. `None` when
/// they are not right.
fn commands(section: &Section<'_>, honeywell: fn() -> ScannerCommands) -> Option<ScannerCommands> {
    let maker = section.choice("trigger", ("none", Maker::Any), &[("honeywell", Maker::Honeywell)]);
    let on = bytes(section, "trigger_on")?;
    let off = bytes(section, "trigger_off")?;
    match (maker, on, off) {
        (Maker::Any, None, None) => Some(ScannerCommands::default()),
        (Maker::Honeywell, None, None) => Some(honeywell()),
        (Maker::Any, Some(trigger_on), off) => {
            Some(ScannerCommands { trigger_on, trigger_off: off.unwrap_or_default(), ..ScannerCommands::default() })
        }
        (Maker::Any, None, Some(_)) => {
            section.missing("trigger_on", &format!("trigger_on = \"{BYTES_EXAMPLE}\""));
            None
        }
        (Maker::Honeywell, ..) => {
            let reason = "both `trigger` and its bytes are given";
            section.complain(Complaint::error(FaultKind::Contradiction, reason, "remove one of the two"));
            None
        }
    }
}

/// A question that the scanner answers; `Some(None)` when there is none, `None` when it is not right.
#[expect(clippy::option_option, reason = "whether it is right, and whether there is one, are two questions")]
fn query(section: &Section<'_>) -> Option<Option<ScannerQuery>> {
    let request = bytes(section, "query")?;
    let begin = bytes(section, "answer_begin")?;
    let end = bytes(section, "answer_end")?;
    match (request, begin, end) {
        (None, None, None) => Some(None),
        (Some(request), Some(begin), Some(end)) => Some(Some(ScannerQuery { request, begin, end })),
        (request, begin, _) => {
            let absent = if request.is_none() {
                "query"
            } else if begin.is_none() {
                "answer_begin"
            } else {
                "answer_end"
            };
            section.missing(absent, &format!("{absent} = \"{BYTES_EXAMPLE}\""));
            None
        }
    }
}

/// Bytes as `16 54 0D`; `Some(None)` when there are none, `None` when they are not right.
#[expect(clippy::option_option, reason = "whether it is right, and whether there is one, are two questions")]
fn bytes(section: &Section<'_>, key: &'static str) -> Option<Option<Vec<u8>>> {
    let takes = format!("bytes in hexadecimal, such as `{BYTES_EXAMPLE}`");
    let Some(entry) = section.entry(key, &takes, "none") else { return Some(None) };
    let text = entry.text(BYTES, BYTES_EXAMPLE)?;
    let byte = |pair: &str| (pair.len() == 2).then(|| u8::from_str_radix(pair, 16).ok()).flatten();
    let parsed: Option<Vec<u8>> = text.split_ascii_whitespace().map(byte).collect();
    if parsed.is_none() {
        entry.error(
            FaultKind::BadName,
            format!("{} are no bytes", quote(text)),
            format!("write two digits a byte, with spaces between them, such as {key} = \"{BYTES_EXAMPLE}\""),
        );
    }
    parsed.map(Some)
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
    let commands = commands(section, ScannerCommands::honeywell);
    let query = query(section);
    let presence = if section.switch("usb", true) { Presence::Port } else { Presence::Heard };
    let (commands, query) = (commands?, query?);
    let options = SerialOptions { terminator, gap, half_limit, rules, commands, presence, query };
    Some(DriverSettings::SerialScanner(SerialScannerSettings { connection: connection?, options }))
}

pub(super) fn hid_scanner(section: &Section<'_>, driver: &'static Driver) -> Option<DriverSettings> {
    let by_usb = section.peek("usb_id").is_some();
    let usual = UsualWire { wire: Wire::Device, baud: 9600, address: "192.168.1.60:4001", path: "/dev/hidraw0" };
    let connection = if by_usb { refuse_wire(section) } else { connection(section, usual) };
    section.enter_variant(driver.word);
    let usb = usb_id(section);
    let layout = section.choice(
        "layout",
        ("usage-tables", HidPosLayout::USAGE_TABLES),
        &[("plain", HidPosLayout::PLAIN), ("numbered", HidPosLayout::NUMBERED)],
    );
    let gap = section.milliseconds("gap_ms", 100, 5..=1000);
    let rules = rules(section);
    let options = HidPosOptions { layout, gap, rules, commands: commands(section, ScannerCommands::honeywell_hid)? };
    let wire = match usb {
        Some((vendor, product)) => HidWire::Usb { vendor, product },
        None => HidWire::Connection(connection?),
    };
    Some(DriverSettings::HidScanner(HidScannerSettings { wire, options }))
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
        (None, Some((vendor, product))) => InputSelector::Usb { vendor, product },
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

/// Refuses the keys of a wire beside `usb_id`.
fn refuse_wire(section: &Section<'_>) -> Option<Connection> {
    for key in ["connection", "path", "address", "baud", "parity", "stop_bits", "flow_control"] {
        let reason = format!("both `{key}` and `usb_id` are given");
        section.refuse(key, Complaint::error(FaultKind::Contradiction, reason, "remove one of the two"));
    }
    None
}

/// `0c2e:0b61`: vendor and product, as `lsusb` shows them.
fn usb_id(section: &Section<'_>) -> Option<(u16, u16)> {
    let example = "0c2e:0b61";
    let entry = section.entry("usb_id", "vendor and product, such as `0c2e:0b61`", "none")?;
    let text = entry.text(USB_ID, example)?;
    let number = |text: &str| (text.len() == 4).then(|| u16::from_str_radix(text, 16).ok()).flatten();
    let parsed = text.split_once(':').and_then(|(vendor, product)| Some((number(vendor)?, number(product)?)));
    if parsed.is_none() {
        entry.error(
            FaultKind::BadName,
            format!("{} is no vendor and product", quote(text)),
            format!("write both as `lsusb` shows them, such as usb_id = \"{example}\""),
        );
    }
    parsed
}
