// SPDX-License-Identifier: GPL-3.0-only
//! Doors, sensors of presence, lamps.

use std::time::Duration;

use doorstep_drivers::door::{DoorLock, Family, GroupOrder, LockProfile, Polarity, RelayDoor, RelayDoorsOptions};
use doorstep_drivers::lights::{AdalightOptions, CoilLightsOptions, Lamp, LampCoil, LampLeds, MOST_LEDS};
use doorstep_drivers::modbus::{Channel, Pulse, Unit};
use doorstep_drivers::presence::{DebounceOptions, DryContactOptions, Radar, RadarOptions};

use super::super::fault::FaultKind;
use super::super::reader::Section;
use super::super::source::quote;
use super::super::strangers::nearest;
use super::super::values::Range;
use super::DriverSettings;
use super::connection::{Connection, UsualWire, Wire, connection};
use super::drivers::Driver;

/// Most entries of a list of doors or lamps.
const MOST_ENTRIES: usize = 512;

/// Doors on lock boards.
#[derive(Clone, Debug)]
pub struct LockSettings {
    /// Wire.
    pub connection: Connection,
    /// Boards and doors.
    pub profile: LockProfile,
}

impl LockSettings {
    /// The word of the driver.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self.profile.family() {
            Family::A => "lock-a",
            Family::B => "lock-b",
        }
    }
}

/// Doors on a relay board.
#[derive(Clone, Debug)]
pub struct RelaySettings {
    /// Wire.
    pub connection: Connection,
    /// Address of the board.
    pub unit: Unit,
    /// Doors.
    pub options: RelayDoorsOptions,
}

/// A sensor of presence on an input.
#[derive(Clone, Debug)]
pub struct ContactSettings {
    /// Wire.
    pub connection: Connection,
    /// Which input, and what it means.
    pub options: DryContactOptions,
}

/// A radar.
#[derive(Clone, Debug)]
pub struct RadarSettings {
    /// Wire.
    pub connection: Connection,
    /// How long a reading must last.
    pub options: RadarOptions,
}

/// Lamps on outputs.
#[derive(Clone, Debug)]
pub struct LampSettings {
    /// Wire.
    pub connection: Connection,
    /// Which lamp is where.
    pub options: CoilLightsOptions,
}

/// Lamps on a strip.
#[derive(Clone, Debug)]
pub struct StripSettings {
    /// Wire.
    pub connection: Connection,
    /// Which lamp is where.
    pub options: AdalightOptions,
}

/// The wire of a device on an RS-485 adapter.
fn line(section: &Section<'_>, driver: &'static Driver, baud: u32) -> Option<Connection> {
    let path = "/dev/serial/by-id/usb-FTDI_FT232R-if00-port0";
    let usual = UsualWire { wire: Wire::Serial, baud, address: "192.168.1.70:4001", path };
    let connection = connection(section, usual);
    section.enter_variant(driver.word);
    connection
}

fn unit(section: &Section<'_>) -> Option<Unit> {
    let unit = section.whole("unit", 1, &Range::of(1..=247, ""));
    u8::try_from(unit).ok().and_then(Unit::new)
}

fn polarity(section: &Section<'_>) -> Polarity {
    section.choice("contact", ("set-is-closed", Polarity::SetIsClosed), &[("set-is-open", Polarity::SetIsOpen)])
}

fn debounce(section: &Section<'_>) -> DebounceOptions {
    DebounceOptions {
        on: section.seconds("on_s", 2.0, 0.0..=600.0),
        off: section.seconds("off_s", 20.0, 0.0..=3600.0),
        silence: section.seconds("silence_s", 5.0, 0.1..=600.0),
    }
}

pub(super) fn lock_a(section: &Section<'_>, driver: &'static Driver) -> Option<DriverSettings> {
    locks(section, driver, Family::A, ("highest-first", GroupOrder::HighestFirst))
}

pub(super) fn lock_b(section: &Section<'_>, driver: &'static Driver) -> Option<DriverSettings> {
    locks(section, driver, Family::B, ("lowest-first", GroupOrder::LowestFirst))
}

fn locks(
    section: &Section<'_>,
    driver: &'static Driver,
    family: Family,
    usual_order: (&'static str, GroupOrder),
) -> Option<DriverSettings> {
    let connection = line(section, driver, if family == Family::A { 9600 } else { 19_200 });
    let doors = pairs(section, "doors", "1/1-24", "list of `BOARD/LOCK` or `BOARD/FIRST-LAST`");
    let polarity = polarity(section);
    let other_order = match usual_order.1 {
        GroupOrder::HighestFirst => ("lowest-first", GroupOrder::LowestFirst),
        GroupOrder::LowestFirst => ("highest-first", GroupOrder::HighestFirst),
    };
    let order = section.choice("group_order", usual_order, &[other_order]);
    let unlock = section.milliseconds("unlock_timeout_ms", 2000, 1500..=30_000);
    let state = section.milliseconds("state_timeout_ms", 2000, 50..=30_000);
    let poll = section.milliseconds("poll_ms", 250, 50..=60_000);
    let doors = doors?.into_iter().map(|(board, lock)| DoorLock { board, lock }).collect();
    let profile = LockProfile::new(family, doors).and_then(|profile| {
        profile.polarity(polarity).group_order(order).poll(poll).unlock_limit(unlock)?.state_limit(state)
    });
    match profile {
        Ok(profile) => Some(DriverSettings::Locks(LockSettings { connection: connection?, profile })),
        Err(error) => {
            wrong_entry(section, "doors", &error.to_string(), "name each lock of the boards once");
            None
        }
    }
}

pub(super) fn modbus_relay(section: &Section<'_>, driver: &'static Driver) -> Option<DriverSettings> {
    let connection = line(section, driver, 9600);
    let unit = unit(section);
    let doors = pairs(section, "doors", "1/1", "list of `RELAY/INPUT`, each from 1 to 8");
    let pulse = section.milliseconds("pulse_ms", 500, 100..=10_000);
    let polarity = polarity(section);
    let settle = section.milliseconds("settle_ms", 500, 0..=10_000);
    let poll = section.milliseconds("poll_ms", 250, 50..=60_000);
    let patience = section.seconds("silence_s", 2.0, 0.1..=600.0);
    let channel = |number: u8| number.checked_sub(1).and_then(Channel::new);
    let mut wired = Vec::new();
    for (relay, input) in doors? {
        let (Some(relay), Some(contact)) = (channel(relay), channel(input)) else {
            let reason = format!("a relay board has no relay {relay} with input {input}");
            wrong_entry(section, "doors", &reason, "relays and inputs have the numbers 1 to 8");
            return None;
        };
        wired.push(RelayDoor { relay, contact });
    }
    let options = pulse_options(section, wired, pulse)?;
    let options = RelayDoorsOptions { polarity, settle, poll, patience, ..options };
    Some(DriverSettings::Relay(RelaySettings { connection: connection?, unit: unit?, options }))
}

fn pulse_options(section: &Section<'_>, doors: Vec<RelayDoor>, pulse: Duration) -> Option<RelayDoorsOptions> {
    let made = Pulse::new(pulse).and_then(|pulse| Ok(RelayDoorsOptions { pulse, ..RelayDoorsOptions::new(doors)? }));
    match made {
        Ok(options) => Some(options),
        Err(error) => {
            wrong_entry(section, "pulse_ms", &error.to_string(), "write a multiple of 100, such as pulse_ms = 500");
            None
        }
    }
}

pub(super) fn dry_contact(section: &Section<'_>, driver: &'static Driver) -> Option<DriverSettings> {
    let connection = line(section, driver, 9600);
    let unit = unit(section);
    let input = section.whole("input", 0, &Range::of(0..=65_535, ""));
    let set_is_present = section.switch("set_is_present", true);
    let poll = section.milliseconds("poll_ms", 200, 50..=60_000);
    let debounce = debounce(section);
    let input = u16::try_from(input).ok()?;
    let options = DryContactOptions { set_is_present, poll, debounce, ..DryContactOptions::new(unit?, input) };
    Some(DriverSettings::Contact(ContactSettings { connection: connection?, options }))
}

pub(super) fn radar(section: &Section<'_>, driver: &'static Driver) -> Option<DriverSettings> {
    let connection = line(section, driver, Radar::BAUD);
    let debounce = debounce(section);
    let report_limit = section.milliseconds("report_timeout_ms", 2000, 100..=30_000);
    let options = RadarOptions { debounce, report_limit };
    Some(DriverSettings::Radar(RadarSettings { connection: connection?, options }))
}

pub(super) fn modbus_lights(section: &Section<'_>, driver: &'static Driver) -> Option<DriverSettings> {
    let connection = line(section, driver, 9600);
    let unit = unit(section);
    let lamps = lamps(section, "statusGood=0", "list of `LAMP=OUTPUT`, outputs from 0", 65_535)?;
    let coil = |(lamp, first, _): (Lamp, u16, u16)| LampCoil { lamp, coil: first };
    let options = CoilLightsOptions { unit: unit?, lamps: lamps.into_iter().map(coil).collect() };
    Some(DriverSettings::Lamps(LampSettings { connection: connection?, options }))
}

pub(super) fn adalight(section: &Section<'_>, driver: &'static Driver) -> Option<DriverSettings> {
    let connection = line(section, driver, doorstep_drivers::lights::Adalight::BAUD);
    let most = u32::try_from(MOST_LEDS).unwrap_or(u32::MAX);
    let leds = section.whole("leds", 30, &Range::of(1..=most, "LEDs"));
    let lamps = lamps(section, "fasciaLight=0-29", "list of `LAMP=FIRST-LAST`, LEDs from 0", 65_535)?;
    let part =
        |(lamp, first, last): (Lamp, u16, u16)| LampLeds { lamp, leds: usize::from(first)..usize::from(last) + 1 };
    let leds = usize::try_from(leds).ok()?;
    let options = AdalightOptions { leds, lamps: lamps.into_iter().map(part).collect() };
    if let Err(error) = options.check() {
        wrong_entry(section, "lamps", &error.to_string(), "LEDs are counted from 0; `leds` says how many there are");
        return None;
    }
    Some(DriverSettings::Strip(StripSettings { connection: connection?, options }))
}

/// Complains about the value of a key that was read.
fn wrong_entry(section: &Section<'_>, key: &'static str, reason: &str, mend: &str) {
    if let Some(entry) = section.peek(key) {
        entry.error(FaultKind::OutOfRange, format!("{}: {reason}", quote(&entry.path)), mend);
    }
}

/// Pairs of small numbers: `3/4`, or `3/1-24` for many with the same first number. In order.
fn pairs(section: &Section<'_>, key: &'static str, example: &str, takes: &str) -> Option<Vec<(u8, u8)>> {
    let mut pairs = Vec::new();
    for text in section.texts(key, takes, example, MOST_ENTRIES)? {
        let parsed = text.split_once('/').and_then(|(first, second)| {
            let (begin, end) = second.split_once('-').unwrap_or((second, second));
            Some((number(first)?, number(begin)?..=number(end)?))
        });
        let Some((first, seconds)) = parsed.filter(|(_, seconds)| !seconds.is_empty()) else {
            wrong_entry(section, key, &format!("{} is not understood", quote(&text)), &like(key, example));
            return None;
        };
        pairs.extend(seconds.map(|second| (first, second)));
    }
    Some(pairs)
}

/// Lamps with the numbers of their outputs: `statusGood=3`, or `fasciaLight=0-29`.
fn lamps(section: &Section<'_>, example: &str, takes: &str, most: u16) -> Option<Vec<(Lamp, u16, u16)>> {
    let key = "lamps";
    let mut lamps = Vec::new();
    for text in section.texts(key, takes, example, MOST_ENTRIES)? {
        let Some((name, numbers)) = text.split_once('=') else {
            wrong_entry(section, key, &format!("{} is not understood", quote(&text)), &like(key, example));
            return None;
        };
        let Some(lamp) = Lamp::from_name(name.trim()) else {
            let meant = nearest(name, Lamp::ALL.iter().map(|lamp| lamp.name()));
            let all = || Lamp::ALL.map(Lamp::name).join(", ");
            let mend = meant.map_or_else(|| format!("write one of {}", all()), |name| format!("did you mean {name}?"));
            wrong_entry(section, key, &format!("there is no lamp {}", quote(name)), &mend);
            return None;
        };
        let (begin, end) = numbers.split_once('-').unwrap_or((numbers, numbers));
        match (number::<u16>(begin), number::<u16>(end)) {
            (Some(begin), Some(end)) if begin <= end && end <= most => lamps.push((lamp, begin, end)),
            _ => {
                wrong_entry(section, key, &format!("{} is not understood", quote(&text)), &like(key, example));
                return None;
            }
        }
    }
    Some(lamps)
}

fn number<N: std::str::FromStr>(text: &str) -> Option<N> {
    let text = text.trim();
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn like(key: &str, example: &str) -> String {
    format!("write it like this: {key} = [\"{example}\"]")
}
