// SPDX-License-Identifier: GPL-3.0-only
//! Every device of the settings under a supervisor of its own, and which of them has which role.

use std::sync::Arc;
use std::time::Duration;

use doorstep_drivers::barcode::BarcodeReader;
use doorstep_drivers::camera::Camera;
use doorstep_drivers::card_reader::{CardEvent, CardKind, CardReader};
use doorstep_drivers::device::{CommandLimit, Device, DeviceError};
use doorstep_drivers::door::{DoorController, DoorEvent};
use doorstep_drivers::lights::Lights;
use doorstep_drivers::presence::{Presence, PresenceSensor};
use doorstep_drivers::printer::ipp::SheetPrinter;
use doorstep_drivers::printer::{Printer, PrinterEvent};
use doorstep_drivers::rfid::RfidReader;
use tokio::sync::{mpsc, watch};

use super::registry::{OpenDevice, Registry};
use super::slip_printer::{PRINTER_CODES, SlipPrinter};
use super::supervisor::{FaultCodes, Health, Opener, Plan, Supervisor, Times};
use super::tap::{Tap, Taps};
use crate::settings::{DeviceSettings, DriverSettings, Role, Roles, Settings};

/// Most news that wait for whoever takes them.
const MOST_NEWS: usize = 64;

/// What a device said without being asked, as far as it is nobody's: a bar code that was scanned is only told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A card was laid down or taken away.
    Card(CardEvent),
    /// A code was scanned; what it holds goes to whoever asked for it.
    Code,
    /// Something changed at a printer.
    Printer(PrinterEvent),
    /// A door was opened or closed.
    Door(DoorEvent),
    /// A tag came or went.
    Tag,
    /// Somebody came or everybody left.
    Presence(Presence),
    /// Something else, which is in the device's health as well.
    Other,
}

impl std::fmt::Display for Heard {
    /// A technician's words.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Card(CardEvent::Inserted(CardKind::IdDocument)) => formatter.write_str("ID card laid down"),
            Self::Card(CardEvent::Inserted(CardKind::Chip)) => formatter.write_str("chip card put in"),
            Self::Card(CardEvent::Inserted(CardKind::Contactless)) => formatter.write_str("contactless card laid down"),
            Self::Card(CardEvent::Removed) => formatter.write_str("card taken away"),
            Self::Code => formatter.write_str("code scanned"),
            Self::Printer(PrinterEvent::Paper(paper)) => write!(formatter, "paper {}", small(paper)),
            Self::Printer(PrinterEvent::Cover(cover)) => write!(formatter, "cover {}", small(cover)),
            Self::Printer(PrinterEvent::Toner(toner)) => write!(formatter, "toner {}", small(toner)),
            Self::Printer(PrinterEvent::Fault(_)) => formatter.write_str("fault reported"),
            Self::Printer(PrinterEvent::Offline) => formatter.write_str("off-line"),
            Self::Printer(PrinterEvent::Recovered) => formatter.write_str("recovered"),
            Self::Door(DoorEvent::Opened(door)) => write!(formatter, "door {door} opened"),
            Self::Door(DoorEvent::Closed(door)) => write!(formatter, "door {door} closed"),
            Self::Door(DoorEvent::Unknown(door)) => write!(formatter, "door {door} not known"),
            Self::Tag => formatter.write_str("tag came or went"),
            Self::Presence(presence) => write!(formatter, "{}", small(presence)),
            Self::Other => formatter.write_str("something changed"),
        }
    }
}

/// The name of a state, in small letters.
fn small(state: &impl std::fmt::Debug) -> String {
    format!("{state:?}").to_lowercase()
}

/// News of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceNews {
    /// Its name in the settings.
    pub device: Arc<str>,
    /// What it said.
    pub heard: Heard,
}

/// A device under supervision, by what it can do.
#[derive(Clone, Debug)]
pub enum Supervised {
    /// Prints slips.
    SlipPrinter(Supervisor<dyn Printer>, Duration),
    /// Prints sheets.
    SheetPrinter(Supervisor<dyn SheetPrinter>),
    /// Reads cards.
    CardReader(Supervisor<dyn CardReader>),
    /// Reads bar codes and QR symbols.
    Scanner(Supervisor<dyn BarcodeReader>),
    /// Takes pictures.
    Camera(Supervisor<dyn Camera>),
    /// Reads RFID tags.
    Tags(Supervisor<dyn RfidReader>),
    /// Doors with electric locks.
    Doors(Supervisor<dyn DoorController>),
    /// Tells whether somebody is there.
    Presence(Supervisor<dyn PresenceSensor>),
    /// Lamps.
    Lights(Supervisor<dyn Lights>),
}

/// Does the same with a supervisor of whichever class.
macro_rules! each {
    ($supervised:expr, $supervisor:ident => $use_it:expr) => {
        match $supervised {
            Supervised::SlipPrinter($supervisor, _) => $use_it,
            Supervised::SheetPrinter($supervisor) => $use_it,
            Supervised::CardReader($supervisor) => $use_it,
            Supervised::Scanner($supervisor) => $use_it,
            Supervised::Camera($supervisor) => $use_it,
            Supervised::Tags($supervisor) => $use_it,
            Supervised::Doors($supervisor) => $use_it,
            Supervised::Presence($supervisor) => $use_it,
            Supervised::Lights($supervisor) => $use_it,
        }
    };
}

impl Supervised {
    /// How the device is, and every change of it.
    #[must_use]
    pub fn health(&self) -> watch::Receiver<Health> {
        each!(self, supervisor => supervisor.health())
    }

    /// Takes back every command that was not begun: a session ended.
    pub fn wipe(&self) {
        each!(self, supervisor => supervisor.wipe());
    }

    /// Ends its thread; see [`Supervisor::stop`].
    pub async fn stop(&self) {
        each!(self, supervisor => supervisor.stop().await);
    }
}

/// The devices of a terminal; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Devices {
    entries: Arc<Vec<(Arc<str>, Supervised)>>,
    roles: Arc<Roles>,
    taps: Taps,
}

impl Devices {
    /// Starts to look after every device of `settings`, but for sound: a microphone listens as long as it is open, and the
    /// loudspeaker is the voice's. Never fails: what does not work is in its health. What the
    /// devices say comes out of the second part; drop it when nobody wants it.
    #[must_use]
    pub fn start(settings: &Settings) -> (Self, mpsc::Receiver<DeviceNews>) {
        Self::start_with(settings, Times::default())
    }

    /// The same with other time limits than the usual ones, the same for all devices.
    #[must_use]
    pub fn start_with(settings: &Settings, times: Times) -> (Self, mpsc::Receiver<DeviceNews>) {
        let (tell, told) = mpsc::channel(MOST_NEWS);
        let (registry, taps) = (Arc::new(Registry::new()), Taps::default());
        let start = |device: &DeviceSettings| {
            let name: Arc<str> = device.name.as_str().into();
            let starting = Starting { device, name: &name, registry: &registry, times, tell: &tell, taps: &taps };
            Some((Arc::clone(&name), supervise(&starting)?))
        };
        let entries = settings.devices.iter().filter_map(start).collect();
        (Self { entries: Arc::new(entries), roles: Arc::new(settings.roles.clone()), taps }, told)
    }

    /// What the devices say in full, which [`DeviceNews`] leaves out: for the one part of the program that deals with
    /// that class.
    pub(super) fn taps(&self) -> &Taps {
        &self.taps
    }

    /// The device of that name.
    #[must_use]
    pub fn named(&self, device: &str) -> Option<&Supervised> {
        self.entries.iter().find(|(known, _)| **known == *device).map(|(_, supervised)| supervised)
    }

    /// The name of the device that has `role`.
    #[must_use]
    pub fn name_with_role(&self, role: Role) -> Option<&str> {
        self.roles.device(role)
    }

    /// Every device that is looked after, in the order of the settings.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Supervised)> {
        self.entries.iter().map(|(name, supervised)| (&**name, supervised))
    }

    /// The device that has `role`.
    #[must_use]
    pub fn with_role(&self, role: Role) -> Option<&Supervised> {
        self.named(self.roles.device(role)?)
    }

    /// The printer with the role `slip_printer`.
    #[must_use]
    pub fn slip_printer(&self) -> SlipPrinter {
        match self.with_role(Role::SlipPrinter) {
            Some(Supervised::SlipPrinter(supervisor, limit)) => SlipPrinter::new(supervisor.clone(), *limit),
            _ => SlipPrinter::none(),
        }
    }

    /// The reader with the role `id_reader`.
    #[must_use]
    pub fn id_reader(&self) -> Option<Supervisor<dyn CardReader>> {
        match self.with_role(Role::IdReader)? {
            Supervised::CardReader(supervisor) => Some(supervisor.clone()),
            _ => None,
        }
    }

    /// Takes back every command of every device that was not begun: a session ended.
    pub fn wipe(&self) {
        for (_, supervised) in self.entries.iter() {
            supervised.wipe();
        }
    }

    /// Stops all devices, one after the other, those that were started last first.
    pub async fn stop(&self) {
        for (_, supervised) in self.entries.iter().rev() {
            supervised.stop().await;
        }
    }
}

/// What starting one device needs.
struct Starting<'s> {
    device: &'s DeviceSettings,
    name: &'s Arc<str>,
    registry: &'s Arc<Registry>,
    times: Times,
    tell: &'s mpsc::Sender<DeviceNews>,
    taps: &'s Taps,
}

fn supervise(starting: &Starting<'_>) -> Option<Supervised> {
    Some(match &starting.device.driver {
        // Supervised, it would be open and listen day and night to people who only pass by. Whoever needs it opens it,
        // and closes it when it is no longer needed.
        DriverSettings::Microphone(_) => return None,
        // The voice has it open, tells how it is (SND-01) and opens it again; many cards take one program only.
        DriverSettings::Loudspeaker(_) => return None,
        DriverSettings::EscPos(settings) => {
            let limit = settings.print_timeout;
            let supervisor =
                starting.one(PRINTER_CODES, take_slip_printer, |event| Heard::Printer(*event), &Tap::closed());
            Supervised::SlipPrinter(supervisor, limit)
        }
        DriverSettings::Ipp(_) => Supervised::SheetPrinter(starting.one(
            FaultCodes::default(),
            |open| if let OpenDevice::SheetPrinter(device) = open { Some(device) } else { None },
            |event| Heard::Printer(*event),
            &Tap::closed(),
        )),
        DriverSettings::IdReader(_) | DriverSettings::SmartCard(_) => Supervised::CardReader(starting.one(
            FaultCodes::default(),
            |open| if let OpenDevice::CardReader(device) = open { Some(device) } else { None },
            |event| Heard::Card(*event),
            &starting.taps.cards,
        )),
        // A camera as a scanner is switched off until somebody wants codes and enables it, and after each time that it
        // was opened anew.
        DriverSettings::SerialScanner(_)
        | DriverSettings::HidScanner(_)
        | DriverSettings::KeyboardScanner(_)
        | DriverSettings::CameraScanner(_) => Supervised::Scanner(starting.one(
            FaultCodes::default(),
            |open| if let OpenDevice::Scanner(device) = open { Some(device) } else { None },
            |_| Heard::Code,
            &starting.taps.codes,
        )),
        DriverSettings::Camera(_) => Supervised::Camera(starting.one(
            FaultCodes::default(),
            |open| if let OpenDevice::Camera(device) = open { Some(device) } else { None },
            |_| Heard::Other,
            &Tap::closed(),
        )),
        DriverSettings::TagReader(_) => Supervised::Tags(starting.one(
            FaultCodes::default(),
            |open| if let OpenDevice::Tags(device) = open { Some(device) } else { None },
            |_| Heard::Tag,
            &Tap::closed(),
        )),
        DriverSettings::Locks(_) | DriverSettings::Relay(_) => Supervised::Doors(starting.one(
            FaultCodes::default(),
            |open| if let OpenDevice::Doors(device) = open { Some(device) } else { None },
            |event| Heard::Door(*event),
            &starting.taps.doors,
        )),
        DriverSettings::Contact(_) | DriverSettings::Radar(_) => Supervised::Presence(starting.one(
            FaultCodes::default(),
            |open| if let OpenDevice::Presence(device) = open { Some(device) } else { None },
            |event| Heard::Presence(*event),
            &Tap::closed(),
        )),
        DriverSettings::Lamps(_) | DriverSettings::Strip(_) => Supervised::Lights(starting.one(
            FaultCodes::default(),
            |open| if let OpenDevice::Lights(device) = open { Some(device) } else { None },
            |_| Heard::Other,
            &Tap::closed(),
        )),
    })
}

fn take_slip_printer(open: OpenDevice) -> Option<Box<dyn Printer>> {
    if let OpenDevice::SlipPrinter(device) = open { Some(device) } else { None }
}

impl Starting<'_> {
    /// Starts the supervisor of one device, whose class `take` knows, and passes on what it says.
    fn one<D: Device + ?Sized + 'static>(
        &self,
        codes: FaultCodes,
        take: fn(OpenDevice) -> Option<Box<D>>,
        hear: fn(&D::Event) -> Heard,
        tap: &Tap<D::Event>,
    ) -> Supervisor<D> {
        let (driver, registry) = (self.device.driver.clone(), Arc::clone(self.registry));
        let open: Opener<D> =
            // The registry gives each driver its class: another one cannot come.
            Box::new(move |limit: &CommandLimit| take(registry.open(&driver, limit)?).ok_or(DeviceError::Driver));
        let plan = Plan { name: self.name.to_string(), open, times: self.times, codes };
        let (supervisor, mut events) = Supervisor::start(plan);
        let (tell, device, tap) = (self.tell.clone(), Arc::clone(self.name), tap.clone());
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                let news = DeviceNews { device: Arc::clone(&device), heard: hear(&event) };
                tap.give(&device, event);
                // Who does not take news in time learns the state from the health.
                let _ = tell.try_send(news);
            }
        });
        supervisor
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::settings::check;

    const SETTINGS: &str = "data_directory = \"data\"\n[site]\ncommunity = \"A\"\ngate = \"B\"\naddress = \"C\"\n\
        longitude = 119.1\nlatitude = 36.7\n[[help]]\nname = \"D\"\nphone = \"0536-5550100\"\nhours = \"E\"\n\
        [roles]\nloudspeaker = \"voice\"\nmicrophone = \"ear\"\nscanner = \"eye\"\n\
        [[device]]\nname = \"voice\"\ndriver = \"loudspeaker\"\n[[device]]\nname = \"ear\"\ndriver = \"microphone\"\n\
        [[device]]\nname = \"eye\"\ndriver = \"camera-scanner\"\npictures = \"/nonexistent\"\n";

    #[tokio::test]
    async fn nobody_listens_for_as_long_as_the_terminal_runs() {
        let (settings, faults) = check(SETTINGS, Path::new("/nonexistent"), &|_| None);
        let settings = settings.unwrap_or_else(|| panic!("{faults:?}"));
        let (devices, _news) = Devices::start(&settings);
        let looked_after: Vec<&str> = devices.all().map(|(name, _)| name).collect();
        assert_eq!(looked_after, ["eye"]);
        assert!(devices.with_role(Role::Microphone).is_none() && devices.with_role(Role::Scanner).is_some());
        devices.stop().await;
    }
}
