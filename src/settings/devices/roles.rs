// SPDX-License-Identifier: GPL-3.0-only
//! What each device is for, so that nothing else names hardware.

use std::collections::BTreeMap;

use super::super::fault::FaultKind;
use super::super::reader::{Complaint, Section};
use super::super::source::quote;
use super::super::strangers::nearest;
use super::super::values::TextLimit;
use super::{Named, drivers};

const DEVICE_NAME: TextLimit = TextLimit { most_chars: 64, place: "the name of a device" };

/// What a device is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Prints slips.
    SlipPrinter,
    /// Prints sheets.
    A4Printer,
    /// Reads resident ID cards.
    IdReader,
    /// Reads chip cards and contactless cards.
    CardReader,
    /// Reads bar codes and QR symbols.
    Scanner,
    /// Takes pictures of papers.
    DocumentCamera,
    /// Sees who stands before the terminal.
    FaceCamera,
    /// Doors with electric locks.
    Doors,
    /// Reads the tags of books.
    Tags,
    /// Tells whether somebody is in front of the terminal.
    Presence,
    /// Lamps.
    Lights,
    /// Speaks and chimes.
    Loudspeaker,
    /// Hears who stands before the terminal.
    Microphone,
}

impl Role {
    /// Every role, in the order of the documentation.
    pub const ALL: &'static [Self] = &[
        Self::SlipPrinter,
        Self::A4Printer,
        Self::IdReader,
        Self::CardReader,
        Self::Scanner,
        Self::DocumentCamera,
        Self::FaceCamera,
        Self::Doors,
        Self::Tags,
        Self::Presence,
        Self::Lights,
        Self::Loudspeaker,
        Self::Microphone,
    ];

    /// The key in the settings, such as `slip_printer`.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::SlipPrinter => "slip_printer",
            Self::A4Printer => "a4_printer",
            Self::IdReader => "id_reader",
            Self::CardReader => "card_reader",
            Self::Scanner => "scanner",
            Self::DocumentCamera => "document_camera",
            Self::FaceCamera => "face_camera",
            Self::Doors => "doors",
            Self::Tags => "tags",
            Self::Presence => "presence",
            Self::Lights => "lights",
            Self::Loudspeaker => "loudspeaker",
            Self::Microphone => "microphone",
        }
    }
}

/// Which device has which role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles(BTreeMap<Role, String>);

impl Roles {
    /// Name of the device with that role.
    #[must_use]
    pub fn device(&self, role: Role) -> Option<&str> {
        self.0.get(&role).map(String::as_str)
    }

    /// The roles of the device of that name.
    pub fn of<'r>(&'r self, device: &'r str) -> impl Iterator<Item = Role> + 'r {
        self.0.iter().filter(move |(_, name)| *name == device).map(|(role, _)| *role)
    }

    /// Gives the role to the device of that name, and takes it from any other.
    pub fn bind(&mut self, role: Role, device: impl Into<String>) {
        self.0.insert(role, device.into());
    }

    /// Takes the role from whichever device has it.
    pub fn release(&mut self, role: Role) {
        self.0.remove(&role);
    }
}

/// Reads `[roles]`, of devices that were read before.
pub(in super::super) fn roles(root: &Section<'_>, devices: &[Named]) -> Roles {
    let given = root.peek("roles").is_some();
    if !given && let Some(first) = devices.iter().find(|device| !device.roles.is_empty()) {
        let role = first.roles.first().map_or("", |role| role.key());
        root.complain(Complaint {
            // As something missing, because a broken line may have been the one.
            kind: FaultKind::Missing,
            ..Complaint::warning(
                "there is no [roles]: the devices are not used for anything",
                format!("add these lines, one for each device:\n[roles]\n{role} = \"{}\"", first.name),
            )
        });
    }
    let mut roles = Roles::default();
    root.section("roles", |section| {
        for role in Role::ALL {
            if let Some(name) = role_device(section, *role, devices) {
                roles.bind(*role, name);
            }
        }
    });
    roles
}

fn role_device(section: &Section<'_>, role: Role, devices: &[Named]) -> Option<String> {
    let entry = section.entry(role.key(), "name of a device", "none")?;
    let name = entry.text(DEVICE_NAME, "slips")?;
    let fitting: Vec<&str> =
        devices.iter().filter(|device| device.roles.contains(&role)).map(|device| device.name.as_str()).collect();
    let Some(device) = devices.iter().find(|device| device.name == name) else {
        let meant = nearest(name, devices.iter().map(|device| device.name.as_str()));
        let mend = match (meant.or(fitting.first().copied()), drivers_for(role).as_str()) {
            (Some(meant), _) => format!("did you mean \"{meant}\"?"),
            (None, drivers) => format!("add a [[device]] with that name and the driver {drivers}"),
        };
        entry.error(FaultKind::UnknownDevice, format!("there is no device {}", quote(name)), mend);
        return None;
    };
    if !device.roles.contains(&role) {
        let mend = match fitting.first() {
            Some(name) => format!("write {} = \"{name}\", or name another device", role.key()),
            None => format!("name a device with the driver {}", drivers_for(role)),
        };
        let reason = format!("{} has the driver `{}`, which cannot be {}", quote(name), device.driver, role.key());
        entry.error(FaultKind::WrongDevice, reason, mend);
        return None;
    }
    Some(name.to_owned())
}

/// The drivers that can have a role, such as `escpos`, or `a` or `b`.
fn drivers_for(role: Role) -> String {
    let words = drivers::DRIVERS.iter().filter(|driver| driver.roles.contains(&role));
    words.map(|driver| format!("`{}`", driver.word)).collect::<Vec<_>>().join(" or ")
}
