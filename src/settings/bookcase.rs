// SPDX-License-Identifier: GPL-3.0-only
//! The section of the bookcase: which antenna is behind which door, and the rules of the site.

use std::time::Duration;

use super::devices::{DeviceSettings, DriverSettings, Named, TagAntennas};
use super::fault::FaultKind;
use super::reader::{Complaint, Section};
use super::source::quote;
use super::strangers::nearest;
use super::values::{Range, TextLimit};
use super::{Role, Roles};

/// Most doors of a case.
const MOST_DOORS: usize = 64;
/// Most owners of books.
const MOST_OWNERS: usize = 32;
/// Longest name of a device.
const DEVICE_NAME: TextLimit = TextLimit { most_chars: 32, place: "the name of a device" };
/// Fewer equal passes take a tag that is missed now and then for one that was taken.
const FEW_PASSES: u32 = 3;
/// The shortest time that still lets a person read and object (WCAG 2.2, success criterion 2.2.1).
const SHORT_CONFIRM: Duration = Duration::from_secs(5);

/// An antenna: which reader, and which of its antennas.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Antenna {
    /// Name of the reader among the devices.
    pub reader: String,
    /// Number of the antenna there, from 0.
    pub number: u8,
}

/// The bookcase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookcaseSettings {
    /// Name of the device that has the locks.
    pub doors: String,
    /// The antenna of each door, from door 1 on. No two doors have the same.
    pub antennas: Vec<Antenna>,
    /// So many equal passes one after the other settle a count. Default 3.
    pub equal_passes: u8,
    /// No more passes than this in one count. Default 12.
    pub most_passes: u8,
    /// How long a resident may look at what was taken and returned. Default 10 s.
    pub confirm: Duration,
    /// After so long an open door is first spoken of. Default 15 s.
    pub reminder: Duration,
    /// Between two reminders. Default 10 s.
    pub next_reminder: Duration,
    /// Staff is told of a door that stands open so long. Default 120 s.
    pub longest_open: Duration,
    /// What a lock board is given to answer an unlock command. Default 10 s.
    pub unlock_limit: Duration,
    /// A door that did not open is watched so long. Default 6 s.
    pub stuck_watch: Duration,
    /// What a reader is given for one count. Default 90 s.
    pub count_limit: Duration,
    /// After so long a door that was settled is counted once more. Default 5 s.
    pub check_after: Duration,
    /// Doors that open without a card, for returns.
    pub return_doors: Vec<u16>,
    /// Owners (ISIL, or its beginning) whose books are ours; none: all are.
    pub owners: Vec<String>,
    /// Books that staff shelve are checked in too. Default true.
    pub checkin_shelved: bool,
}

/// Reads `[bookcase]`, of devices and roles that were read before. `devices` are those without a fault, `named` all.
pub(super) fn bookcase(
    section: &Section<'_>,
    devices: &[DeviceSettings],
    named: &[Named],
    roles: &Roles,
) -> Option<BookcaseSettings> {
    let doors = door_device(section, named, roles);
    let antennas = antennas(section, devices, named);
    let small = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
    let equal_passes = section.whole("equal_passes", FEW_PASSES, &Range::of(2..=8, "passes"));
    let most_passes = section.whole("most_passes", 12, &Range::of(3..=32, "passes"));
    let confirm = section.seconds("confirm_s", 10.0, 1.0..=120.0);
    let settings = BookcaseSettings {
        equal_passes: small(equal_passes),
        most_passes: small(most_passes),
        confirm,
        reminder: section.seconds("reminder_s", 15.0, 3.0..=600.0),
        next_reminder: section.seconds("next_reminder_s", 10.0, 3.0..=600.0),
        longest_open: section.seconds("longest_open_s", 120.0, 10.0..=3600.0),
        unlock_limit: section.seconds("unlock_timeout_s", 10.0, 4.0..=60.0),
        stuck_watch: section.seconds("stuck_watch_s", 6.0, 1.0..=60.0),
        count_limit: section.seconds("count_timeout_s", 90.0, 5.0..=600.0),
        check_after: section.seconds("check_after_s", 5.0, 1.0..=600.0),
        return_doors: return_doors(section, antennas.as_ref().map(Vec::len)),
        owners: section
            .optional_texts("owners", "list of owners (ISIL, or its beginning)", "all", "CN-110108", MOST_OWNERS)
            .unwrap_or_default(),
        checkin_shelved: section.switch("checkin_shelved", true),
        doors: doors?,
        antennas: antennas?,
    };
    check_numbers(section, &settings, equal_passes < FEW_PASSES);
    doors_match(section, devices, &settings).then_some(settings)
}

/// Numbers that contradict each other or are unwise.
fn check_numbers(section: &Section<'_>, settings: &BookcaseSettings, few: bool) {
    if settings.most_passes < settings.equal_passes
        && let Some(entry) = section.peek("most_passes").or_else(|| section.peek("equal_passes"))
    {
        let reason = format!("{} passes cannot hold {} equal ones", settings.most_passes, settings.equal_passes);
        entry.error(FaultKind::Contradiction, reason, "write most_passes = 12");
    }
    if let Some(entry) = section.peek("equal_passes").filter(|_| few) {
        entry.warn("two passes miss the same tag easily: a book that lies there counts as taken", "write 3 or more");
    }
    if let Some(entry) = section.peek("confirm_s").filter(|_| settings.confirm < SHORT_CONFIRM) {
        entry.warn("people who read slowly cannot follow", "write 10 s or more");
    }
}

/// The device that has the locks.
fn door_device(section: &Section<'_>, named: &[Named], roles: &Roles) -> Option<String> {
    let fitting = |device: &&Named| device.roles.contains(&Role::Doors);
    let Some(entry) = section.entry("doors", "name of a device", "that with the role doors") else {
        let role = roles.device(Role::Doors).map(str::to_owned);
        if role.is_none() {
            let name = named.iter().find(fitting).map_or("case-a", |device| device.name.as_str());
            section.complain(Complaint::error(
                FaultKind::Missing,
                "no device has the role `doors`, so the bookcase has none",
                format!("write doors = \"{name}\" under [roles]"),
            ));
        }
        return role;
    };
    let name = entry.text(DEVICE_NAME, "case-a")?;
    if named.iter().filter(fitting).any(|device| device.name == name) {
        return Some(name.to_owned());
    }
    let known = named.iter().filter(fitting).map(|device| device.name.as_str());
    let mend = match nearest(name, known.clone()).or_else(|| known.clone().next()) {
        Some(meant) => format!("did you mean \"{meant}\"?"),
        None => "add a [[device]] with the driver `lock-a`, `lock-b` or `modbus-relay`".to_owned(),
    };
    entry.error(FaultKind::UnknownDevice, format!("there is no device {} with locks", quote(name)), mend);
    None
}

fn antennas(section: &Section<'_>, devices: &[DeviceSettings], named: &[Named]) -> Option<Vec<Antenna>> {
    let takes = "list of `READER` or `READER/ANTENNA`, one for each door";
    let texts = section.texts("antennas", takes, "tags/0", MOST_DOORS)?;
    let entry = section.peek("antennas")?;
    let (mut antennas, mut is_good): (Vec<Antenna>, bool) = (Vec::new(), true);
    let mut complain = |kind, reason: String, mend: &str| {
        is_good = false;
        entry.error(kind, reason, mend);
    };
    for text in texts {
        let (reader, number) = text.split_once('/').unwrap_or((&text, "0"));
        let Ok(number) = number.trim().parse::<u8>() else {
            let reason = format!("{} is not understood", quote(&text));
            complain(FaultKind::OutOfRange, reason, "write it like this: antennas = [\"tags/0\", \"tags/1\"]");
            continue;
        };
        let antenna = Antenna { reader: reader.trim().to_owned(), number };
        if !named.iter().any(|device| device.name == antenna.reader && device.roles.contains(&Role::Tags)) {
            let reason = format!("there is no device {} that reads tags", quote(&antenna.reader));
            complain(FaultKind::UnknownDevice, reason, "name a device with the driver `rfid-trf7960`");
            continue;
        }
        let most = devices.iter().find(|device| device.name == antenna.reader).map(|device| match &device.driver {
            DriverSettings::TagReader(reader) if reader.antennas == TagAntennas::InternalExternal => 2,
            _ => 1,
        });
        if most.is_some_and(|most| number >= most) {
            let reason = format!("{} has no antenna {number}", quote(&antenna.reader));
            complain(FaultKind::OutOfRange, reason, "antennas are counted from 0; see `antennas` of that device");
        } else if antennas.contains(&antenna) {
            let reason = format!("{} is behind two doors: what lies behind which could not be told", quote(&text));
            complain(FaultKind::Duplicate, reason, "give each door an antenna of its own");
        }
        antennas.push(antenna);
    }
    is_good.then_some(antennas)
}

fn return_doors(section: &Section<'_>, doors: Option<usize>) -> Vec<u16> {
    let texts = section.optional_texts("return_doors", "list of numbers of doors", "no door", "4", MOST_DOORS);
    let Some((texts, entry)) = texts.zip(section.peek("return_doors")) else { return Vec::new() };
    let most = doors.unwrap_or(MOST_DOORS);
    let mut numbers = Vec::new();
    for text in texts {
        let number = text.parse::<u16>().ok().filter(|number| (1..=most).contains(&usize::from(*number)));
        match number {
            Some(number) => numbers.push(number),
            None => entry.error(
                FaultKind::OutOfRange,
                format!("there is no door {}, only 1 to {most}", quote(&text)),
                "write the numbers of doors, such as return_doors = [\"4\"]",
            ),
        }
    }
    numbers
}

/// Whether there are as many antennas as locks, where the locks are known.
fn doors_match(section: &Section<'_>, devices: &[DeviceSettings], settings: &BookcaseSettings) -> bool {
    let device = devices.iter().find(|device| device.name == settings.doors);
    let locks = match device.map(|device| &device.driver) {
        Some(DriverSettings::Locks(locks)) => locks.profile.doors().len(),
        Some(DriverSettings::Relay(relay)) => relay.options.doors.len(),
        // It was complained about.
        _ => return true,
    };
    let antennas = settings.antennas.len();
    if locks == antennas {
        return true;
    }
    if let Some(entry) = section.peek("antennas") {
        entry.error(
            FaultKind::Contradiction,
            format!("{} has {locks} doors, but there are {antennas} antennas", quote(&settings.doors)),
            "name one antenna for each door, in the order of the doors' numbers",
        );
    }
    false
}
