// SPDX-License-Identifier: GPL-3.0-only
//! The simulators, and the devices of a terminal that has all of them.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use doorstep::devices::set::{Devices, Supervised};
use doorstep::devices::slip_printer::SlipPrinter;
use doorstep::devices::supervisor::{FaultCodes, Plan, Supervisor, Times};
use doorstep::settings::Settings;
use doorstep_drivers::barcode::sim::{ScannerMachine, ScannerTalk, SimScannerSettings};
use doorstep_drivers::barcode::{HidPosLayout, Terminator};
use doorstep_drivers::bookcase_sim::{Case, LockBoardMachine, RelayMachine, RelayWiring};
use doorstep_drivers::camera::{Camera, CameraEvent, CameraSettings, SimCamera, SimCameraSettings};
use doorstep_drivers::card_reader::sdt::sim::IdReader;
use doorstep_drivers::door::{Family, LockProfile, RelayDoor};
use doorstep_drivers::lights::StripMachine;
use doorstep_drivers::modbus::{Channel, Unit as Address};
use doorstep_drivers::presence::RadarMachine;
use doorstep_drivers::printer::ipp::sim::A4Printer;
use doorstep_drivers::printer::sim::{RunningSimPrinter, SimPrinter, SimPrinterSettings, SimPty};
use doorstep_drivers::rfid::sim::{SharedStock, Shelves, TrfMachine};
use doorstep_drivers::sim::{Machine, Sim, SimWire};
use tempfile::TempDir;

use crate::acts::{Act, Order, TAGS};
use crate::once::{Counted, SlipLedger};
use crate::unit::Unit;

const SITE: &str = r#"data_directory = "data"
[site]
community = "南湖社区"
gate = "东门"
address = "南湖路18号"
longitude = 119.1
latitude = 36.7
[[help]]
name = "社区服务站"
phone = "0536-5550100"
hours = "每天 8:00—20:00"
[roles]
"#;

/// Short pauses: two hundred turns are waited for. What a command and an answer may take is as usual.
fn times() -> Times {
    Times {
        look: Duration::from_millis(250),
        look_again: Duration::from_millis(100),
        first_pause: Duration::from_millis(10),
        longest_pause: Duration::from_millis(20),
        ..Times::default()
    }
}

/// What may go wrong on the wire of a simulator.
const WIRE: &[&str] = &["silent 1", "half 1", "garbage 1", "checksum 1", "slow 20", "silent 2", "drop after 9"];

/// A device that says everything once: what is lost stays lost until it says more.
const TALKER: &[&str] = &["silent 1", "half 1", "garbage 1", "slow 20"];

const PRINTER: &[&str] = &[
    "silent on",
    "silent after 1",
    "half on",
    "garbage on",
    "slow 20",
    "paper out",
    "cover open",
    "offline on",
    "drop after 30",
    "drop after 70",
    "drop after 110",
];

const CAMERA: &[&str] = &["stopped on", "damaged on", "refusing on", "frozen on"];

/// A line on which three devices are, each of which is on a line of its own as well.
const SHARED_LINE: &str = "line";

/// It is pulled out in one turn of so many: opening three devices that take turns takes long.
const SHARE_OF_LINE: u64 = 5;

/// The devices at work; ends with [`Bench::stop`].
pub struct Bench {
    folder: TempDir,
    devices: Devices,
    camera: Supervisor<dyn Camera>,
    count: usize,
}

/// Makes simulators, and writes the settings of their devices.
struct Building {
    folder: PathBuf,
    settings: String,
    units: Vec<Wired>,
}

/// A simulator whose devices are not opened yet.
struct Wired {
    name: &'static str,
    order: Order,
    faults: &'static [&'static str],
    devices: Vec<(&'static str, Use)>,
}

/// What is done with a device, before there is one.
enum Use {
    Plain,
    Slips(Arc<RunningSimPrinter>),
    Counted(Counted),
    /// The lines for nobody and somebody.
    Presence([&'static str; 2]),
}

fn order_of<M: Machine>(sim: &Arc<Sim<M>>) -> Order {
    let sim = Arc::clone(sim);
    Arc::new(move |line| sim.order(line).map_err(|error| error.0))
}

impl Building {
    fn device(&mut self, name: &str, driver: &str, keys: &str) {
        self.settings.push_str(&format!("[[device]]\nname = \"{name}\"\ndriver = \"{driver}\"\n{keys}\n"));
    }

    fn link(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn serial(&self, name: &str) -> String {
        format!("connection = \"serial\"\npath = \"{}\"", self.link(name).display())
    }

    /// A simulator on a pty.
    fn pty<M: Machine>(&self, name: &str, machine: M) -> Arc<Sim<M>> {
        Arc::new(Sim::start(name, machine, SimWire::Pty(self.link(name))).unwrap())
    }

    fn add<M: Machine>(
        &mut self,
        name: &'static str,
        sim: &Arc<Sim<M>>,
        faults: &'static [&'static str],
        devices: Vec<(&'static str, Use)>,
    ) {
        self.units.push(Wired { name, order: order_of(sim), faults, devices });
    }

    fn readers(&mut self) {
        let sim = self.pty("id-reader", IdReader::new());
        self.add("id-reader", &sim, WIRE, vec![("id-reader", Use::Plain)]);
        let keys = format!("{}\nanswer_timeout_ms = 1000\npoll_ms = 50", self.serial("id-reader"));
        self.device("id-reader", "sdt", &keys);

        let talk = |talk| ScannerMachine::new(SimScannerSettings { talk, ..SimScannerSettings::default() });
        let sim = self.pty("scanner", talk(ScannerTalk::Serial(Terminator::Cr)));
        self.add("scanner", &sim, TALKER, vec![("scanner", Use::Plain)]);
        let keys = self.serial("scanner");
        self.device("scanner", "serial-scanner", &keys);
        let sim = self.pty("hid-scanner", talk(ScannerTalk::HidPos(HidPosLayout::USAGE_TABLES)));
        self.add("hid-scanner", &sim, TALKER, vec![("hid-scanner", Use::Plain)]);
        let keys = format!("connection = \"device\"\npath = \"{}\"", self.link("hid-scanner").display());
        self.device("hid-scanner", "hid-scanner", &keys);

        let shelves = Shelves::new(1);
        for tag in TAGS {
            assert!(shelves.put(0, tag));
        }
        let sim = self.pty("rfid", TrfMachine::new(shelves, SharedStock::default(), 0));
        sim.order("timing none").unwrap();
        self.add("rfid", &sim, WIRE, vec![("rfid", Use::Plain)]);
        let keys = format!("{}\nanswer_timeout_ms = 1000", self.serial("rfid"));
        self.device("rfid", "rfid-trf7960", &keys);
    }

    /// One printer on a pty, one on TCP.
    fn slip_printers(&mut self) {
        for (name, tcp) in [("slips-pty", false), ("slips-tcp", true)] {
            let listen = tcp.then(|| SocketAddr::from(([127, 0, 0, 1], 0)));
            let pty = if tcp { SimPty::None } else { SimPty::Link(self.link(name)) };
            let settings = SimPrinterSettings { listen, pty, ..SimPrinterSettings::default() };
            let sim = Arc::new(SimPrinter::start(settings).unwrap());
            let wire = match sim.address() {
                Some(address) => format!("connection = \"tcp\"\naddress = \"{address}\""),
                None => self.serial(name),
            };
            self.device(name, "escpos", &format!("{wire}\ncolumns = 48\nprint_timeout_s = 10"));
            let theirs = Arc::clone(&sim);
            let order: Order =
                Arc::new(move |line| theirs.order(line).map(|()| String::new()).map_err(|error| error.to_string()));
            self.units.push(Wired { name, order, faults: PRINTER, devices: vec![(name, Use::Slips(sim))] });
        }
    }

    fn sheets(&mut self) {
        let wire = SimWire::Tcp(([127, 0, 0, 1], 0).into());
        let sim = Arc::new(Sim::start("sheets", A4Printer::default(), wire).unwrap());
        let keys = format!("uri = \"ipp://{}/ipp/print\"\nanswer_timeout_ms = 1000", sim.address().unwrap());
        self.device("sheets", "ipp", &keys);
        let theirs = Arc::clone(&sim);
        let count = Counted::new(move || theirs.with(|printer| u64::try_from(printer.count()).unwrap()));
        self.add("sheets", &sim, TALKER, vec![("sheets", Use::Counted(count))]);
    }

    fn doors(&mut self) {
        let boards = |family, board| LockProfile::with_boards(family, &[(board, 3)]).unwrap();
        let locks = |family, board| {
            let case = Case::shared(3);
            LockBoardMachine::new(case, boards(family, board)).pulse(Duration::from_millis(20))
        };
        let sim = self.pty("lock-a", locks(Family::A, 1));
        let theirs = Arc::clone(&sim);
        let pulses = Use::Counted(Counted::new(move || theirs.with(|boards| boards.pulses())));
        self.add("lock-a", &sim, WIRE, vec![("lock-a", pulses)]);
        let keys =
            format!("{}\ndoors = [\"1/1-3\"]\nstate_timeout_ms = 500\nunlock_timeout_ms = 1500", self.serial("lock-a"));
        self.device("lock-a", "lock-a", &keys);

        let wire = SimWire::Tcp(([127, 0, 0, 1], 0).into());
        let sim = Arc::new(Sim::start("lock-b", locks(Family::B, 0), wire).unwrap());
        let theirs = Arc::clone(&sim);
        let pulses = Use::Counted(Counted::new(move || theirs.with(|boards| boards.pulses())));
        self.add("lock-b", &sim, WIRE, vec![("lock-b", pulses)]);
        let keys = format!(
            "connection = \"tcp\"\naddress = \"{}\"\ndoors = [\"0/1-3\"]\nstate_timeout_ms = 500\nunlock_timeout_ms = 1500",
            sim.address().unwrap()
        );
        self.device("lock-b", "lock-b", &keys);
    }

    /// Relay boards with a door, an input on which somebody is seen, and a lamp: each on a line of its own, and all of
    /// them on one line that they share.
    fn relays(&mut self) {
        self.relay("relay-doors", &[("relay-doors", "modbus-relay")]);
        self.relay("contact", &[("contact", "dry-contact")]);
        self.relay("lamp", &[("lamp", "modbus-lights")]);
        let shared = [("line-doors", "modbus-relay"), ("line-contact", "dry-contact"), ("line-lamp", "modbus-lights")];
        self.relay(SHARED_LINE, &shared);
    }

    fn relay(&mut self, name: &'static str, devices: &[(&'static str, &'static str)]) {
        let doors = Channel::new(0).map(|channel| RelayDoor { relay: channel, contact: channel });
        let wiring = RelayWiring { doors: doors.into_iter().collect(), ..RelayWiring::default() };
        let sim = self.pty(name, RelayMachine::new(Address::new(1).unwrap(), Case::shared(1), wiring));
        let line = self.serial(name);
        let mut used = Vec::new();
        for (name, driver) in devices.iter().copied() {
            let (its_use, keys) = match driver {
                "modbus-relay" => {
                    let theirs = Arc::clone(&sim);
                    let pulses = Counted::new(move || theirs.with(|board| board.pulse_count()));
                    (Use::Counted(pulses), "doors = [\"1/1\"]")
                }
                "dry-contact" => (Use::Presence(["input 5 off", "input 5 on"]), "input = 5\non_s = 0\noff_s = 0"),
                _ => (Use::Plain, "lamps = [\"statusGood=7\"]"),
            };
            self.device(name, driver, &format!("{line}\n{keys}"));
            used.push((name, its_use));
        }
        self.add(name, &sim, WIRE, used);
    }

    fn radar_and_strip(&mut self) {
        let sim = self.pty("radar", RadarMachine::default());
        self.add("radar", &sim, TALKER, vec![("radar", Use::Presence(["absent", "present"]))]);
        let keys = format!("{}\non_s = 0\noff_s = 0", self.serial("radar"));
        self.device("radar", "radar-ld2410", &keys);
        let sim = self.pty("strip", StripMachine::default());
        // It never says anything.
        self.add("strip", &sim, &["slow 20"], vec![("strip", Use::Plain)]);
        let keys = format!("{}\nleds = 8\nlamps = [\"statusGood=0-7\"]", self.serial("strip"));
        self.device("strip", "adalight", &keys);
    }
}

fn act(device: &Supervised, its_use: Use) -> Act {
    match (device.clone(), its_use) {
        (Supervised::SlipPrinter(device, limit), Use::Slips(sim)) => {
            Act::Slips(SlipPrinter::new(device, limit), Arc::new(SlipLedger::new(sim)))
        }
        (Supervised::SheetPrinter(device), Use::Counted(count)) => Act::Sheets(device, Arc::new(count), Arc::default()),
        (Supervised::Doors(device), Use::Counted(count)) => Act::Doors(device, Arc::new(count)),
        (Supervised::Presence(device), Use::Presence(words)) => Act::Presence(device, Arc::default(), words),
        (Supervised::CardReader(device), _) => Act::Cards(device),
        (Supervised::Scanner(device), _) => Act::Codes(device, Arc::default()),
        (Supervised::Tags(device), _) => Act::Tags(device),
        (Supervised::Lights(device), _) => Act::Lights(device, Arc::default()),
        (device, _) => panic!("{device:?} has no use here"),
    }
}

/// A camera has no wire that a program could stand behind, so no settings name the simulated one.
fn camera() -> (Supervisor<dyn Camera>, Unit) {
    let settings = SimCameraSettings { width: 320, height: 240, frames_per_second: 60, still_scale: 1 };
    let sim = SimCamera::new(settings).unwrap();
    let theirs = sim.clone();
    let open = move |limit: &_| -> Result<Box<dyn Camera<Event = CameraEvent>>, _> {
        let times = CameraSettings { stall_after: Duration::from_millis(500), settle_frames: 0 };
        Ok(Box::new(theirs.open(times, limit)?))
    };
    let plan = Plan { name: "camera".to_owned(), open: Box::new(open), times: times(), codes: FaultCodes::default() };
    let (supervisor, _events) = Supervisor::start(plan);
    let order: Order = Arc::new(move |line| sim.order(line).map_err(|error| error.0));
    let unit = Unit::new("camera", order, CAMERA, vec![("camera", Act::Camera(supervisor.clone()))]);
    (supervisor, unit)
}

impl Bench {
    /// Starts everything.
    pub fn start() -> (Self, Vec<Unit>) {
        let folder = tempfile::tempdir().unwrap();
        let mut building = Building { folder: folder.path().to_owned(), settings: SITE.to_owned(), units: Vec::new() };
        building.readers();
        building.slip_printers();
        building.sheets();
        building.doors();
        building.relays();
        building.radar_and_strip();
        let file = folder.path().join("doorstep.toml");
        std::fs::write(&file, &building.settings).unwrap();
        let settings = Settings::load(&file).unwrap_or_else(|error| panic!("{error:?}"));
        // Nobody takes their news: they are lost, and that holds up nothing.
        let (devices, _) = Devices::start_with(&settings, times());
        let by_name: HashMap<&str, &Supervised> = devices.all().collect();
        let opened = |wired: Wired| {
            let acts = wired.devices.into_iter().map(|(name, its_use)| (name, act(by_name[name], its_use)));
            let unit = Unit::new(wired.name, wired.order, wired.faults, acts.collect());
            if wired.name == SHARED_LINE { unit.with_share(SHARE_OF_LINE) } else { unit }
        };
        let mut units: Vec<Unit> = building.units.into_iter().map(opened).collect();
        let (camera, unit) = camera();
        units.push(unit);
        let count = units.iter().map(Unit::devices).sum();
        (Self { folder, devices, camera, count }, units)
    }

    pub fn devices(&self) -> usize {
        self.count
    }

    pub async fn stop(self) {
        self.devices.stop().await;
        self.camera.stop().await;
        drop(self.folder);
    }
}
