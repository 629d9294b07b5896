// SPDX-License-Identifier: GPL-3.0-only
//! The options of each simulated device, and how it is put together.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use doorstep_drivers::barcode::sim::{ScannerMachine, ScannerTalk, SimScannerSettings};
use doorstep_drivers::barcode::{HidPosLayout, Terminator};
use doorstep_drivers::bookcase_sim::{Case, LockBoardMachine, RelayMachine, RelayWiring, SharedCase, bookcase_orders};
use doorstep_drivers::card_reader::sdt::sim::IdReader;
use doorstep_drivers::card_reader::vpcd::{self, VpcdCard};
use doorstep_drivers::door::{DoorNumber, Family, LockProfile, RelayDoor};
use doorstep_drivers::lights::StripMachine;
use doorstep_drivers::modbus::{Channel, Unit};
use doorstep_drivers::presence::RadarMachine;
use doorstep_drivers::printer::ipp::sim::A4Printer;
use doorstep_drivers::rfid::sim::{AirTiming, SharedStock, Shelves, SimReaders, TagField, TrfMachine};
use doorstep_drivers::sim::SimWire;

use super::{RunningSimDevice, SimDeviceError, finish, orders_of, start_one, start_part};

/// Locks that a board of family A has.
const LOCKS_A: usize = 24;
/// Locks that a board of family B has.
const LOCKS_B: usize = 16;
/// Relays that a board has.
const RELAYS: usize = 8;

/// What all simulated devices have in common.
#[derive(Args, Clone, Debug, Default)]
pub struct CommonOptions {
    /// Offer a serial device: a link of this name to a pty.
    #[arg(long, value_name = "LINK")]
    pub pty: Option<PathBuf>,
    /// Offer the wire over TCP instead, as a serial server does; port 0 takes a free one, which is printed.
    #[arg(long, value_name = "ADDRESS:PORT", conflicts_with = "pty")]
    pub listen: Option<SocketAddr>,
    /// Loopback address of the control socket, which takes one line a command; `help` lists them.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub control: Option<SocketAddr>,
    /// A line of the control socket that is carried out at the beginning; may be given more than once.
    #[arg(long, value_name = "LINE")]
    pub fault: Vec<String>,
}

impl CommonOptions {
    pub(super) fn wire(&self) -> Result<SimWire, SimDeviceError> {
        match (&self.pty, self.listen) {
            (Some(link), _) => Ok(SimWire::Pty(link.clone())),
            (None, Some(address)) => Ok(SimWire::Tcp(address)),
            (None, None) => Err(SimDeviceError::NoWire),
        }
    }
}

/// Options of the simulated A4 printer.
#[derive(Args, Clone, Debug, Default)]
pub struct A4PrinterOptions {
    #[command(flatten)]
    #[allow(missing_docs, reason = "an argument's comment would be the help of the command")]
    pub common: CommonOptions,
}

impl A4PrinterOptions {
    pub(super) fn start(&self) -> Result<RunningSimDevice, SimDeviceError> {
        start_one("a4-printer", A4Printer::default(), &self.common)
    }
}

/// Options of the simulated reader of resident ID cards.
#[derive(Args, Clone, Debug, Default)]
pub struct IdReaderOptions {
    #[command(flatten)]
    #[allow(missing_docs, reason = "an argument's comment would be the help of the command")]
    pub common: CommonOptions,
}

impl IdReaderOptions {
    pub(super) fn start(&self) -> Result<RunningSimDevice, SimDeviceError> {
        start_one("id-reader", IdReader::new(), &self.common)
    }
}

/// A reader of vpcd.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SimCardSlot {
    /// `Virtual PCD 00 00`, port 35963.
    #[default]
    First,
    /// `Virtual PCD 00 01`, port 35964.
    Second,
}

/// What the simulated card is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SimCardKind {
    /// A social security card of somebody made up.
    #[default]
    Social,
    /// A contactless card with a UID.
    Uid,
    /// A chip card that nobody can read.
    Blank,
}

/// Options of the simulated card.
#[derive(Args, Clone, Debug, Default)]
pub struct CardOptions {
    /// Which reader of vpcd it is for.
    #[arg(long, value_enum, default_value_t = SimCardSlot::First)]
    pub slot: SimCardSlot,
    /// Where vpcd waits for its card, where that is not its usual port.
    #[arg(long, value_name = "ADDRESS:PORT", conflicts_with = "slot")]
    pub reader: Option<SocketAddr>,
    /// What the card is at the beginning.
    #[arg(long, value_enum, default_value_t = SimCardKind::Social)]
    pub card: SimCardKind,
    /// Loopback address of the control socket, which takes one line a command; `help` lists them.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub control: Option<SocketAddr>,
    /// A line of the control socket that is carried out at the beginning, such as `plug`; may be given more than once.
    #[arg(long, value_name = "LINE")]
    pub fault: Vec<String>,
}

impl CardOptions {
    pub(super) fn start(&self) -> Result<RunningSimDevice, SimDeviceError> {
        let address = self.reader.unwrap_or(match self.slot {
            SimCardSlot::First => vpcd::FIRST_SLOT,
            SimCardSlot::Second => vpcd::SECOND_SLOT,
        });
        let sim = Arc::new(vpcd::start(VpcdCard::blank(), address).map_err(SimDeviceError::Start)?);
        let orders = orders_of(&sim);
        let card = match self.card {
            SimCardKind::Social => "card social",
            SimCardKind::Uid => "card uid",
            SimCardKind::Blank => "card blank",
        };
        orders(card).map_err(|error| SimDeviceError::Impossible(error.0))?;
        let told = format!("sim card for the reader of vpcd at {address}, not in it; `plug` puts it in");
        let common = CommonOptions { control: self.control, fault: self.fault.clone(), ..CommonOptions::default() };
        finish(vec![Box::new(sim)], orders, vec![told], &common)
    }
}

/// How the simulated scanner sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SimScannerTalk {
    /// Bytes and a carriage return, as on a serial port.
    #[default]
    Serial,
    /// Packets after the HID usage tables.
    HidPos,
    /// Input events, as from a keyboard.
    Keys,
}

/// Options of the simulated scanner.
#[derive(Args, Clone, Debug, Default)]
pub struct ScannerOptions {
    #[command(flatten)]
    #[allow(missing_docs, reason = "an argument's comment would be the help of the command")]
    pub common: CommonOptions,
    /// How it sends.
    #[arg(long, value_enum, default_value_t = SimScannerTalk::Serial)]
    pub talk: SimScannerTalk,
    /// It reads only while its trigger is pressed.
    #[arg(long)]
    pub needs_trigger: bool,
}

impl ScannerOptions {
    pub(super) fn start(&self) -> Result<RunningSimDevice, SimDeviceError> {
        let settings = SimScannerSettings {
            talk: match self.talk {
                SimScannerTalk::Serial => ScannerTalk::Serial(Terminator::Cr),
                SimScannerTalk::HidPos => ScannerTalk::HidPos(HidPosLayout::USAGE_TABLES),
                SimScannerTalk::Keys => ScannerTalk::Keys,
            },
            needs_trigger: self.needs_trigger,
            ..SimScannerSettings::default()
        };
        start_one("scanner", ScannerMachine::new(settings), &self.common)
    }
}

/// What opens the doors of the simulated bookcase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SimLocks {
    /// Lock boards of family A, 24 locks each, addresses from 1.
    #[default]
    LockA,
    /// Lock boards of family B, 16 locks each, addresses from 0.
    LockB,
    /// One Modbus relay board at address 1, at most 8 doors.
    ModbusRelay,
}

/// Options of the simulated bookcase.
#[derive(Args, Clone, Debug)]
pub struct BookcaseOptions {
    #[command(flatten)]
    #[allow(missing_docs, reason = "an argument's comment would be the help of the command")]
    pub common: CommonOptions,
    /// What opens the doors.
    #[arg(long, value_enum, default_value_t = SimLocks::LockA)]
    pub locks: SimLocks,
    /// Doors, 1 to 192.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=192))]
    pub doors: u16,
    /// Offer an RFID reader as well: a link of this name to a second pty. It reads the books of the whole case, or of one
    /// door after `rfid antenna DOOR`.
    #[arg(long, value_name = "LINK")]
    pub rfid_pty: Option<PathBuf>,
    /// Instead of one reader one behind each door: links with the name of --rfid-pty and `-1`, `-2` and so on behind it.
    #[arg(long, requires = "rfid_pty")]
    pub rfid_each: bool,
}

/// The books of a case: all of them before antenna 0, those of door N before antenna N.
struct CaseField(SharedCase);

impl TagField for CaseField {
    fn antennas(&self) -> u8 {
        u8::try_from(self.0.lock().doors() + 1).unwrap_or(u8::MAX)
    }

    fn names(&self, antenna: u8) -> Vec<String> {
        let case = self.0.lock();
        let doors = if antenna == 0 { 1..=case.doors() } else { usize::from(antenna)..=usize::from(antenna) };
        let doors = doors.filter_map(|door| u16::try_from(door).ok().and_then(DoorNumber::new));
        doors.flat_map(|door| case.books(door).to_vec()).collect()
    }
}

impl BookcaseOptions {
    pub(super) fn start(&self) -> Result<RunningSimDevice, SimDeviceError> {
        let doors = usize::from(self.doors);
        let case = Case::shared(doors);
        let wire = self.common.wire()?;
        let (mut parts, mut orders, mut told): (Vec<Box<dyn std::any::Any + Send + Sync>>, Vec<_>, Vec<_>) =
            (Vec::new(), Vec::new(), Vec::new());
        if self.locks == SimLocks::ModbusRelay {
            let (sim, line) = start_part("locks", relay(case.clone(), doors)?, wire)?;
            orders.push(("locks", orders_of(&sim)));
            parts.push(Box::new(sim));
            told.push(line);
        } else {
            let machine = LockBoardMachine::new(case.clone(), self.profile(doors)?);
            let (sim, line) = start_part("locks", machine, wire)?;
            orders.push(("locks", orders_of(&sim)));
            parts.push(Box::new(sim));
            told.push(line);
        }
        if let Some(link) = self.rfid_pty.as_ref().filter(|_| self.rfid_each) {
            let wires = (1..=self.doors).map(|door| SimWire::Pty(door_link(link, door)));
            let readers = SimReaders::start(case.clone(), wires, AirTiming::Real).map_err(SimDeviceError::Start)?;
            orders.push(("rfid", readers.orders()));
            told.push(format!("sim rfid serial devices: {} and so on", door_link(link, 1).display()));
            parts.push(Box::new(readers));
        } else if let Some(link) = &self.rfid_pty {
            let machine = TrfMachine::new(CaseField(case.clone()), SharedStock::default(), 0);
            let (sim, line) = start_part("rfid", machine, SimWire::Pty(link.clone()))?;
            orders.push(("rfid", orders_of(&sim)));
            parts.push(Box::new(sim));
            told.push(line);
        }
        finish(parts, bookcase_orders(case, orders), told, &self.common)
    }

    fn profile(&self, doors: usize) -> Result<LockProfile, SimDeviceError> {
        let (family, first, locks) = match self.locks {
            SimLocks::LockB => (Family::B, 0_u8, LOCKS_B),
            SimLocks::LockA | SimLocks::ModbusRelay => (Family::A, 1_u8, LOCKS_A),
        };
        let mut boards = Vec::new();
        let mut left = doors;
        for board in first.. {
            let here = left.min(locks);
            boards.push((board, u8::try_from(here).unwrap_or(u8::MAX)));
            left -= here;
            if left == 0 {
                break;
            }
        }
        LockProfile::with_boards(family, &boards).map_err(|error| SimDeviceError::Impossible(error.to_string()))
    }
}

/// The link of the reader behind `door`.
fn door_link(link: &Path, door: u16) -> PathBuf {
    let mut name = link.as_os_str().to_owned();
    name.push(format!("-{door}"));
    name.into()
}

fn relay(case: SharedCase, doors: usize) -> Result<RelayMachine, SimDeviceError> {
    let impossible = || SimDeviceError::Impossible(format!("a relay board has at most {RELAYS} doors"));
    if doors > RELAYS {
        return Err(impossible());
    }
    let channels = (0..doors).filter_map(|number| u8::try_from(number).ok().and_then(Channel::new));
    let wired = channels.map(|channel| RelayDoor { relay: channel, contact: channel }).collect();
    let unit = Unit::new(1).ok_or_else(impossible)?;
    Ok(RelayMachine::new(unit, case, RelayWiring { doors: wired, ..RelayWiring::default() }))
}

/// Options of the simulated RFID reader.
#[derive(Args, Clone, Debug)]
pub struct RfidOptions {
    #[command(flatten)]
    #[allow(missing_docs, reason = "an argument's comment would be the help of the command")]
    pub common: CommonOptions,
    /// Shelves, each before an antenna of its own, 1 to 64.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub shelves: u8,
}

impl RfidOptions {
    pub(super) fn start(&self) -> Result<RunningSimDevice, SimDeviceError> {
        let machine = TrfMachine::new(Shelves::new(self.shelves), SharedStock::default(), 0);
        start_one("rfid", machine, &self.common)
    }
}

/// Options of the simulated radar.
#[derive(Args, Clone, Debug, Default)]
pub struct RadarOptions {
    #[command(flatten)]
    #[allow(missing_docs, reason = "an argument's comment would be the help of the command")]
    pub common: CommonOptions,
}

impl RadarOptions {
    pub(super) fn start(&self) -> Result<RunningSimDevice, SimDeviceError> {
        start_one("radar", RadarMachine::default(), &self.common)
    }
}

/// Options of the simulated strip.
#[derive(Args, Clone, Debug, Default)]
pub struct StripOptions {
    #[command(flatten)]
    #[allow(missing_docs, reason = "an argument's comment would be the help of the command")]
    pub common: CommonOptions,
}

impl StripOptions {
    pub(super) fn start(&self) -> Result<RunningSimDevice, SimDeviceError> {
        start_one("strip", StripMachine::default(), &self.common)
    }
}
