// SPDX-License-Identifier: GPL-3.0-only
//! `doorstep device list`.

use std::collections::BTreeMap;
use std::path::Path;

use doorstep_drivers::device::{CommandLimit, DeviceError, Identity, StatusReport};
use doorstep_drivers::discovery::{Access, Present, System};
use serde::Serialize;

use super::report::Configured;
use super::{EXIT_FAILED, EXIT_WELL, EXIT_WRONG_USE, LOOK, ListOptions, say_json, settings, words};
use crate::console::say;
use crate::devices::registry::Registry;
use crate::settings::{DeviceSettings, Settings};

/// A device that is plugged in.
#[derive(Debug, Serialize)]
struct PluggedIn {
    kind: &'static str,
    path: String,
    node: String,
    name: Option<String>,
    /// `free`, `denied` or `in-use`.
    access: &'static str,
    reason: Option<String>,
    help: Option<String>,
    /// The configured devices that name it.
    configured_as: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Answer {
    devices: Vec<Configured>,
    present: Vec<PluggedIn>,
}

pub(super) fn run(options: &ListOptions) -> u8 {
    let settings = match &options.config {
        None => None,
        Some(path) => match settings(path) {
            Some(settings) => Some(settings),
            None => return EXIT_WRONG_USE,
        },
    };
    // Looked at before the devices are opened: opened by this program they would seem free.
    let found = System::here().devices();
    let devices = settings.as_ref().map(look_at_all).unwrap_or_default();
    let configured = settings.as_ref().map_or(&[][..], |settings| &settings.devices);
    let mut present: Vec<PluggedIn> = found.iter().map(|present| plugged_in(present, configured)).collect();
    present.extend(smart_card_readers(configured));
    let answer = Answer { devices, present };
    if options.json {
        say_json(&answer)
    } else {
        tell(&answer, settings.is_some())
    }
    let is_well = answer.devices.iter().all(|device| device.fault.is_none());
    if is_well { EXIT_WELL } else { EXIT_FAILED }
}

/// How every configured device is; those on different wires at the same time.
fn look_at_all(settings: &Settings) -> Vec<Configured> {
    let mut wires: BTreeMap<String, Vec<&DeviceSettings>> = BTreeMap::new();
    for device in &settings.devices {
        let wire = device.driver.connection().map_or_else(|| device.name.clone(), ToString::to_string);
        wires.entry(wire).or_default().push(device);
    }
    let mut found: Vec<Configured> = std::thread::scope(|scope| {
        let look = |devices: Vec<&DeviceSettings>| {
            devices.into_iter().map(|device| look_at_one(settings, device)).collect::<Vec<_>>()
        };
        let threads: Vec<_> = wires.into_values().map(|devices| scope.spawn(move || look(devices))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    });
    let place = |name: &str| settings.devices.iter().position(|device| device.name == name);
    found.sort_by_key(|device| place(&device.name));
    found
}

fn look_at_one(settings: &Settings, device: &DeviceSettings) -> Configured {
    let mut configured = Configured::new(settings, device);
    configured.note(device, look(device));
    configured
}

/// Opens a device and asks it how it is.
pub(super) fn look(device: &DeviceSettings) -> Result<(StatusReport, Identity), DeviceError> {
    let mut opened = Registry::new().open(&device.driver, &CommandLimit::after(LOOK))?;
    let report = opened.status(&CommandLimit::after(LOOK))?;
    Ok((report, opened.identity()))
}

fn plugged_in(present: &Present, configured: &[DeviceSettings]) -> PluggedIn {
    let obstacle = words::obstacle(&present.path, &present.access);
    let (reason, help) = obstacle.map_or((None, None), |(reason, help)| (Some(reason), Some(help)));
    let is_same =
        |path: &Path| path == present.path || std::fs::canonicalize(path).is_ok_and(|node| node == present.node);
    let sound_name = words::sound_name(present);
    let is_meant = |device: &&DeviceSettings| match device.driver.sound_device() {
        Some(name) => sound_name.as_deref() == Some(name),
        None => device.driver.path().is_some_and(is_same),
    };
    let names = configured.iter().filter(is_meant);
    PluggedIn {
        kind: present.kind.word(),
        path: sound_name.clone().unwrap_or_else(|| present.path.display().to_string()),
        node: present.node.display().to_string(),
        name: present.name.clone(),
        access: match present.access {
            Access::Free => "free",
            Access::Denied(_) => "denied",
            Access::InUse(_) => "in-use",
            Access::Absent => "absent",
        },
        reason,
        help,
        configured_as: names.map(|device| device.name.clone()).collect(),
    }
}

/// The readers of pcscd, which have no device file of their own. A service that does not run is told where a device in
/// the settings needs it.
#[cfg(feature = "pcsc")]
fn smart_card_readers(configured: &[DeviceSettings]) -> Vec<PluggedIn> {
    use doorstep_drivers::card_reader::pcsc::list_readers;
    use doorstep_drivers::device::DeviceStatus;

    use crate::settings::DriverSettings;

    let readers = list_readers(&CommandLimit::after(LOOK)).unwrap_or_default();
    let one = |reader: doorstep_drivers::card_reader::pcsc::FoundReader| {
        let is_meant = |device: &&DeviceSettings| match &device.driver {
            DriverSettings::SmartCard(settings) => settings.reader.takes(&reader.name),
            _ => false,
        };
        let is_busy = reader.report.status == DeviceStatus::DeviceBusy;
        PluggedIn {
            kind: "smart-card-reader",
            configured_as: configured.iter().filter(is_meant).map(|device| device.name.clone()).collect(),
            path: reader.name.clone(),
            node: reader.name,
            name: None,
            access: if is_busy { "in-use" } else { "free" },
            reason: is_busy.then(|| "another program has it for itself".to_owned()),
            help: is_busy.then(|| "end that program; only one may use a device".to_owned()),
        }
    };
    readers.into_iter().map(one).collect()
}

#[cfg(not(feature = "pcsc"))]
fn smart_card_readers(_configured: &[DeviceSettings]) -> Vec<PluggedIn> {
    Vec::new()
}

fn tell(answer: &Answer, with_settings: bool) {
    if with_settings {
        say("Devices in the settings:");
        if answer.devices.is_empty() {
            say("  none");
        }
    }
    for device in &answer.devices {
        let roles = if device.roles.is_empty() { "no role".to_owned() } else { device.roles.join(", ") };
        let wire = device.connection.as_ref().map(|wire| format!(" on {wire}")).unwrap_or_default();
        say(&format!("  {} ({}{wire}; {roles}): {}", device.name, device.driver, device.status));
        for (name, value) in &device.details {
            say(&format!("      {name}: {value}"));
        }
        if let Some(who) = device.identity.line() {
            say(&format!("      it is: {who}"));
        }
        if let Some(fault) = &device.fault {
            say(&format!("      {} {}", fault.code, fault.message));
            say(&format!("      do: {}", fault.help));
        }
    }
    say("Plugged in:");
    if answer.present.is_empty() {
        say("  nothing that this program could use");
    }
    for present in &answer.present {
        let name = present.name.as_ref().map(|name| format!(", {name}")).unwrap_or_default();
        let used = match present.configured_as.as_slice() {
            [] => String::new(),
            names => format!("; in the settings: {}", names.join(", ")),
        };
        say(&format!("  {} {}{name}: {}{used}", present.kind, present.path, present.access));
        if let (Some(reason), Some(help)) = (&present.reason, &present.help) {
            say(&format!("      {reason}"));
            say(&format!("      do: {help}"));
        }
    }
}
