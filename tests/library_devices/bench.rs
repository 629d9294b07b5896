// SPDX-License-Identifier: GPL-3.0-only
//! Simulated devices and the parts of the terminal that use them.

use std::path::PathBuf;
use std::time::Duration;

use doorstep::devices::bookcase::{Bookcase, Senses};
use doorstep::devices::identification::{Identification, Presentations};
use doorstep::devices::set::Devices;
use doorstep::devices::supervisor::Times;
use doorstep::domain::identity::{Presented, Wants};
use doorstep::domain::library::bookcase::{DoorId, DoorSense};
use doorstep::settings::Settings;
use doorstep_drivers::barcode::Terminator;
use doorstep_drivers::barcode::sim::{ScannerMachine, ScannerTalk, SimScannerSettings};
use doorstep_drivers::bookcase_sim::{Case, LockBoardMachine, RelayMachine, RelayWiring, SharedCase};
use doorstep_drivers::card_reader::sdt::sim::IdReader;
use doorstep_drivers::door::{Family, LockProfile};
use doorstep_drivers::modbus::Unit;
use doorstep_drivers::rfid::sim::{AirTiming, SimReaders};
use doorstep_drivers::sim::{Sim, SimWire};
use tempfile::TempDir;

/// Nothing takes longer in these tests.
pub const LONG: Duration = Duration::from_secs(20);

/// So long nothing must come.
pub const QUIET: Duration = Duration::from_millis(300);

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
"#;

/// A device that was pulled out is looked for again at once.
pub fn times() -> Times {
    Times {
        look: Duration::from_millis(250),
        look_again: Duration::from_millis(100),
        first_pause: Duration::from_millis(10),
        longest_pause: Duration::from_millis(50),
        ..Times::default()
    }
}

pub fn settings(folder: &TempDir, text: &str) -> Settings {
    let file = folder.path().join("doorstep.toml");
    std::fs::write(&file, format!("{SITE}{text}")).unwrap();
    Settings::load(&file).unwrap_or_else(|error| panic!("{error:?}"))
}

fn device(name: &str, driver: &str, folder: &TempDir, keys: &str) -> String {
    let path = folder.path().join(name);
    format!(
        "[[device]]\nname = \"{name}\"\ndriver = \"{driver}\"\nconnection = \"serial\"\npath = \"{}\"\n{keys}\n",
        path.display()
    )
}

fn link(folder: &TempDir, name: &str) -> SimWire {
    let path: PathBuf = folder.path().join(name);
    SimWire::Pty(path)
}

/// Waits for something that another thread does.
pub async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let waited = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    if tokio::time::timeout(LONG, waited).await.is_err() {
        panic!("waited in vain: {what}");
    }
}

/// An ID card reader and a scanner.
pub struct Desk {
    _folder: TempDir,
    pub reader: Sim<IdReader>,
    pub scanner: Sim<ScannerMachine>,
    lamps: Sim<RelayMachine>,
    pub devices: Devices,
    pub identification: Identification,
    pub shown: Presentations,
}

pub const BOTH: Wants = Wants { cards: true, codes: true };
pub const CARDS: Wants = Wants { cards: true, codes: false };
pub const CODES: Wants = Wants { cards: false, codes: true };

impl Desk {
    /// Both are there and work.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let talk = SimScannerSettings { talk: ScannerTalk::Serial(Terminator::Cr), ..SimScannerSettings::default() };
        let reader = Sim::start("id-reader", IdReader::new(), link(&folder, "id-reader")).unwrap();
        let scanner = Sim::start("scanner", ScannerMachine::new(talk), link(&folder, "scanner")).unwrap();
        let board = RelayMachine::new(Unit::new(1).unwrap(), Case::shared(1), RelayWiring::default());
        let lamps = Sim::start("lamps", board, link(&folder, "lamps")).unwrap();
        let text = format!(
            "[roles]\nid_reader = \"id-reader\"\nscanner = \"scanner\"\nlights = \"lamps\"\n{}{}{}",
            device("id-reader", "sdt", &folder, "answer_timeout_ms = 500\npoll_ms = 50"),
            // Whatever is read twice comes up to the program.
            device("scanner", "serial-scanner", &folder, "repeat_ms = 0"),
            device("lamps", "modbus-lights", &folder, "lamps = [\"cardReader=2\", \"scanner=3\", \"statusGood=4\"]"),
        );
        let settings = settings(&folder, &text);
        let (devices, _news) = Devices::start_with(&settings, times());
        let (identification, shown) = Identification::start(&devices, &settings);
        let desk = Self { _folder: folder, reader, scanner, lamps, devices, identification, shown };
        desk.until_ways(true, true).await;
        desk.until_scanner_is(false).await;
        desk
    }

    pub async fn until_ways(&self, id_card: bool, code: bool) {
        let mut ways = self.identification.ways();
        let wanted = ways.wait_for(|ways| (ways.id_card, ways.code) == (id_card, code));
        assert!(tokio::time::timeout(LONG, wanted).await.unwrap().is_ok());
    }

    /// The next that is shown.
    pub async fn next(&mut self) -> Presented {
        tokio::time::timeout(LONG, self.shown.recv()).await.expect("nothing is shown").unwrap()
    }

    /// Nothing is shown for a while.
    pub async fn nothing(&mut self, time: Duration) {
        if let Ok(shown) = tokio::time::timeout(time, self.shown.recv()).await {
            panic!("{shown:?} is shown");
        }
    }

    pub fn lay(&self, card: &str) {
        self.reader.order(&format!("present {card}")).unwrap();
    }

    /// Whether the scanner is switched off, as it says itself.
    pub fn is_scanner_off(&self) -> bool {
        let health = self.devices.named("scanner").unwrap().health();
        health.borrow().details.get("reading").map(String::as_str) == Some("switched off")
    }

    /// The lamps of the card reader and of the scanner, and one that is nobody's business here.
    pub async fn until_lamps_are(&self, card_reader: bool, scanner: bool) {
        // Relays are counted from 0 in the settings.
        until("the lamps are lit", || {
            let relays = self.lamps.with(|board| board.relays());
            (relays[2], relays[3], relays[4]) == (card_reader, scanner, false)
        })
        .await;
    }

    pub async fn until_scanner_is(&self, on: bool) {
        until("the scanner is switched", || self.is_scanner_off() != on).await;
    }
}

/// A bookcase of four doors, each with a reader of its own.
pub struct Cabinet {
    _folder: TempDir,
    pub case: SharedCase,
    pub locks: Sim<LockBoardMachine>,
    pub readers: SimReaders,
    pub bookcase: Bookcase,
    pub senses: Senses,
    _devices: Devices,
}

pub const DOORS: u16 = 4;

impl Cabinet {
    pub async fn new() -> Self {
        Self::with(AirTiming::None, |_| {}).await
    }

    /// After `prepare`, and when all parts work.
    pub async fn with(timing: AirTiming, prepare: impl FnOnce(&SharedCase)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let case = Case::shared(usize::from(DOORS));
        prepare(&case);
        let boards = LockProfile::with_boards(Family::A, &[(1, 4)]).unwrap();
        let machine = LockBoardMachine::new(case.clone(), boards).pulse(Duration::from_millis(20));
        let locks = Sim::start("locks", machine, link(&folder, "locks")).unwrap();
        let wires = (1..=DOORS).map(|door| link(&folder, &format!("tags-{door}")));
        let readers = SimReaders::start(case.clone(), wires, timing).unwrap();
        let mut text = "[roles]\ndoors = \"locks\"\n[bookcase]\nunlock_timeout_s = 4\ncount_timeout_s = 15\n\
                        antennas = [\"tags-1\", \"tags-2\", \"tags-3\", \"tags-4/0\"]\n"
            .to_owned();
        let keys = "doors = [\"1/1-4\"]\nstate_timeout_ms = 300\nunlock_timeout_ms = 1500\npoll_ms = 50";
        text.push_str(&device("locks", "lock-a", &folder, keys));
        for door in 1..=DOORS {
            text.push_str(&device(&format!("tags-{door}"), "rfid-trf7960", &folder, "answer_timeout_ms = 1000"));
        }
        let settings = settings(&folder, &text);
        let (devices, _news) = Devices::start_with(&settings, times());
        let (bookcase, senses) = Bookcase::start(&devices, settings.bookcase.as_ref().unwrap()).unwrap();
        let cabinet = Self { _folder: folder, case, locks, readers, bookcase, senses, _devices: devices };
        let mut health = cabinet.bookcase.health();
        let all = health.wait_for(|health| health.locks && health.countable.len() == usize::from(DOORS));
        assert!(tokio::time::timeout(LONG, all).await.unwrap().is_ok());
        cabinet
    }

    /// The next sense of a door.
    pub async fn next(&mut self) -> (u16, DoorSense) {
        let (DoorId(door), sense) =
            tokio::time::timeout(LONG, self.senses.recv()).await.expect("no door is told of").unwrap();
        (door, sense)
    }

    /// Takes senses until this one.
    pub async fn until_sense(&mut self, door: u16, sense: DoorSense) {
        while self.next().await != (door, sense) {}
    }

    /// A person does something at the case.
    pub fn person(&self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        self.case.lock().order(&words).unwrap().unwrap();
    }

    pub fn pulses(&self) -> u64 {
        self.locks.with(|boards| boards.pulses())
    }
}

/// Numbers of tags of books.
pub fn tag(number: u64) -> String {
    format!("E0040150{number:08}")
}
