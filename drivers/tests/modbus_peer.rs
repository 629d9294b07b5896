// SPDX-License-Identifier: MIT OR Apache-2.0
//! Modbus against an independent program: our drivers against a server of pymodbus, and a client of pymodbus against our
//! simulated relay board. `DOORSTEP_TEST_PYTHON` names a Python that has pymodbus and pyserial; without it these tests
//! say so and do nothing.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking, as tests do")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use doorstep_drivers::bookcase_sim::{Case, RelayMachine, RelayWiring};
use doorstep_drivers::device::{CommandLimit, Device, DeviceStatus};
use doorstep_drivers::door::{
    DoorController, DoorNumber, DoorState, Polarity, RelayDoor, RelayDoors, RelayDoorsOptions, UnlockOutcome,
};
use doorstep_drivers::lights::{CoilLights, CoilLightsOptions, Colour, Lamp, LampCoil, Light, Lights};
use doorstep_drivers::modbus::{Channel, Exception, ModbusBus, Pulse, RelayBoard, Unit, exception};
use doorstep_drivers::presence::{DebounceOptions, DryContact, DryContactOptions, Presence};
use doorstep_drivers::sim::{Sim, SimWire};
use doorstep_drivers::transport::PtyMaster;

/// A Python program at work; it ends with this.
struct Peer {
    child: Child,
    lines: Receiver<String>,
}

impl Peer {
    fn start(script: &str, port: &Path) -> Option<Self> {
        let python = std::env::var("DOORSTEP_TEST_PYTHON").unwrap_or_default();
        if python.is_empty() {
            eprintln!("skipped: DOORSTEP_TEST_PYTHON names no Python with pymodbus");
            return None;
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(script);
        let mut child = Command::new(python).arg(script).arg(port).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Some(Self { child, lines })
    }

    /// The next line that it prints; Python needs a second or two to begin.
    #[track_caller]
    fn line(&self) -> String {
        self.lines.recv_timeout(Duration::from_secs(30)).unwrap()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn limit() -> CommandLimit {
    CommandLimit::after(Duration::from_secs(5))
}

fn unit(address: u8) -> Unit {
    Unit::new(address).unwrap()
}

fn wiring() -> Vec<RelayDoor> {
    let channel = |number| Channel::new(number).unwrap();
    (0..2).map(|number| RelayDoor { relay: channel(number), contact: channel(number) }).collect()
}

#[test]
fn our_drivers_against_a_server_of_pymodbus() {
    let pty = PtyMaster::open().unwrap();
    let Some(peer) = Peer::start("modbus_server.py", pty.path()) else { return };
    assert_eq!(peer.line(), "ready");
    let bus = ModbusBus::new(Box::new(pty));

    let options = CoilLightsOptions { unit: unit(1), lamps: vec![LampCoil { lamp: Lamp::StatusGood, coil: 5 }] };
    let mut lights = CoilLights::open(bus.clone(), options, &limit()).unwrap();
    lights.set(Lamp::StatusGood, Light::Continuous(Colour::GREEN), &limit()).unwrap();
    let mut expected = [false; 8];
    expected[5] = true;
    assert_eq!(bus.read_coils(unit(1), 0, 8, &limit()).unwrap(), expected);
    lights.set(Lamp::StatusGood, Light::Off, &limit()).unwrap();
    assert_eq!(bus.read_coils(unit(1), 0, 8, &limit()).unwrap(), [false; 8]);
    assert_eq!(lights.status(&limit()).unwrap().status, DeviceStatus::Online);

    let mut options = RelayDoorsOptions::new(wiring()).unwrap();
    options.pulse = Pulse::new(Duration::from_millis(700)).unwrap();
    options.polarity = Polarity::SetIsOpen;
    let mut doors = RelayDoors::open(RelayBoard::new(bus.clone(), unit(1)), options, &limit()).unwrap();
    assert_eq!(doors.states(&limit()).unwrap(), [DoorState::Closed; 2]);
    let second = DoorNumber::new(2).unwrap();
    assert!(matches!(doors.unlock(second, &limit()).unwrap(), UnlockOutcome::Opened));
    assert_eq!(peer.line(), "pulse 1 7");
    assert_eq!(doors.states(&limit()).unwrap(), [DoorState::Closed, DoorState::Open]);

    let mut options = DryContactOptions::new(unit(1), 1);
    options.debounce = DebounceOptions { on: Duration::from_millis(300), ..options.debounce };
    let mut contact = DryContact::open(bus.clone(), options, &limit()).unwrap();
    assert_eq!(contact.attend(&limit()).unwrap(), Some(Presence::Present));

    let error = bus.read_inputs(unit(1), 16, 1, &limit()).unwrap_err();
    assert_eq!(exception(&error), Some(Exception::IllegalDataAddress), "{error:?}");
    let failed = bus.write_coil(unit(1), 300, 0xFF00, &limit()).unwrap_err();
    assert_eq!(exception(&failed.error), Some(Exception::IllegalDataAddress), "{failed:?}");
    // pymodbus answers for devices that are not there.
    let error = bus.read_coils(unit(2), 0, 8, &limit()).unwrap_err();
    assert_eq!(exception(&error), Some(Exception::ServerDeviceFailure), "{error:?}");
    // And the line is well after it.
    assert_eq!(bus.read_coils(unit(1), 0, 8, &limit()).unwrap(), [false; 8]);
}

#[test]
fn a_client_of_pymodbus_against_our_relay_board() {
    let folder = tempfile::tempdir().unwrap();
    let wiring = RelayWiring { doors: wiring(), polarity: Polarity::default() };
    let machine = RelayMachine::new(unit(1), Case::shared(2), wiring);
    let sim = Sim::start("relays", machine, SimWire::Pty(folder.path().join("relays"))).unwrap();
    let Some(mut peer) = Peer::start("modbus_client.py", sim.path().unwrap()) else { return };
    assert_eq!(peer.line(), "well");
    assert!(peer.child.wait().unwrap().success());
}
