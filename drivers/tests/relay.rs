// SPDX-License-Identifier: MIT OR Apache-2.0
//! Doors, contacts and lamps on a simulated Modbus relay board over a pty: the good way and every fault.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking, as tests do")]

use std::time::{Duration, Instant};

use doorstep_drivers::bookcase_sim::{Case, RelayMachine, RelayWiring, SharedCase};
use doorstep_drivers::device::{CancelToken, CommandLimit, Device, DeviceError, DeviceStatus};
use doorstep_drivers::door::{
    DoorController, DoorEvent, DoorNumber, DoorState, Polarity, RelayDoor, RelayDoors, RelayDoorsOptions, UnlockOutcome,
};
use doorstep_drivers::lights::{CoilLights, CoilLightsOptions, Colour, Lamp, LampCoil, Light, Lights};
use doorstep_drivers::modbus::{Channel, Exception, ModbusBus, ModbusBuses, Pulse, RelayBoard, Unit, exception};
use doorstep_drivers::presence::{DebounceOptions, DryContact, DryContactOptions, Presence, PresenceSensor};
use doorstep_drivers::sim::{Sim, SimWire};
use doorstep_drivers::transport::{DevicePipe, Endpoint};

const PULSE: Duration = Duration::from_millis(200);

struct Bench {
    _folder: tempfile::TempDir,
    case: SharedCase,
    sim: Sim<RelayMachine>,
    options: RelayDoorsOptions,
}

fn limit() -> CommandLimit {
    CommandLimit::after(Duration::from_secs(4))
}

fn door(number: u16) -> DoorNumber {
    DoorNumber::new(number).unwrap()
}

fn channel(number: u8) -> Channel {
    Channel::new(number).unwrap()
}

fn unit() -> Unit {
    Unit::new(1).unwrap()
}

impl Bench {
    /// Two doors: on relays 2 and 3, with contacts on inputs 0 and 1. Relays 6 and 7 are lamps, input 7 a dry contact.
    fn new(polarity: Polarity) -> Self {
        let doors =
            (0..2).map(|index| RelayDoor { relay: channel(index + 2), contact: channel(index) }).collect::<Vec<_>>();
        let mut options = RelayDoorsOptions::new(doors.clone()).unwrap();
        options.polarity = polarity;
        options.pulse = Pulse::new(PULSE).unwrap();
        options.settle = Duration::from_millis(100);
        options.poll = Duration::from_millis(40);
        options.patience = Duration::from_millis(200);
        let folder = tempfile::tempdir().unwrap();
        let case = Case::shared(2);
        let machine = RelayMachine::new(unit(), case.clone(), RelayWiring { doors, polarity });
        let sim = Sim::start("relays", machine, SimWire::Pty(folder.path().join("relays"))).unwrap();
        Self { _folder: folder, case, sim, options }
    }

    fn bus(&self) -> ModbusBus {
        let pipe = DevicePipe::open(self.sim.path().unwrap()).unwrap();
        ModbusBus::with_limits(Box::new(pipe), Duration::from_millis(15), Duration::from_millis(150))
    }

    fn open(&self) -> RelayDoors {
        RelayDoors::open(RelayBoard::new(self.bus(), unit()), self.options.clone(), &limit()).unwrap()
    }

    fn order(&self, line: &str) {
        self.sim.order(line).unwrap();
    }

    fn relays(&self) -> [bool; 8] {
        self.sim.with(|machine| machine.relays())
    }

    fn pulses(&self) -> u64 {
        self.sim.with(|machine| machine.pulse_count())
    }

    /// Waits until the relays are as they should be.
    #[track_caller]
    fn await_relays(&self, wanted: [bool; 8]) {
        let began = Instant::now();
        while self.relays() != wanted {
            assert!(began.elapsed() < Duration::from_secs(3), "{:?}", self.relays());
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }
}

#[test]
fn the_board_times_the_pulse_and_the_contact_tells_the_outcome() {
    for polarity in [Polarity::SetIsClosed, Polarity::SetIsOpen] {
        let bench = Bench::new(polarity);
        let mut doors = bench.open();
        assert_eq!(doors.states(&limit()).unwrap(), [DoorState::Closed; 2]);
        let began = Instant::now();
        assert!(matches!(doors.unlock(door(2), &limit()).unwrap(), UnlockOutcome::Opened));
        assert!(bench.relays()[3] || began.elapsed() >= PULSE, "the relay was on for less than its pulse");
        // The driver does nothing more: the board ends the pulse.
        bench.await_relays([false; 8]);
        assert!(began.elapsed() >= PULSE);
        assert_eq!(doors.states(&limit()).unwrap(), [DoorState::Closed, DoorState::Open]);
        assert_eq!(doors.attend(&limit()).unwrap(), Some(DoorEvent::Opened(door(2))));
        bench.order("door 2 close");
        assert_eq!(doors.attend(&limit()).unwrap(), Some(DoorEvent::Closed(door(2))));
        assert_eq!(bench.pulses(), 1);
        assert!(matches!(doors.unlock(door(3), &limit()), Err(DeviceError::Refused(_))));
        assert_eq!(bench.pulses(), 1);
    }
}

#[test]
fn locks_are_off_after_opening_and_lamps_are_left_alone() {
    let bench = Bench::new(Polarity::default());
    let bus = bench.bus();
    for relay in [2, 6] {
        RelayBoard::new(bus.clone(), unit()).switch(channel(relay), true, &limit()).map_err(|f| f.error).unwrap();
    }
    let board = RelayBoard::new(bus, unit());
    let doors = RelayDoors::open(board, bench.options.clone(), &limit()).unwrap();
    let mut lamp_only = [false; 8];
    lamp_only[6] = true;
    assert_eq!(bench.relays(), lamp_only);
    drop(doors);
    // With all eight relays as locks one command switches them off.
    let mut options = bench.options.clone();
    options.doors = (0..8).map(|index| RelayDoor { relay: channel(index), contact: channel(index) }).collect();
    let _doors = RelayDoors::open(RelayBoard::new(bench.bus(), unit()), options, &limit()).unwrap();
    assert_eq!(bench.relays(), [false; 8]);
}

#[test]
fn a_stuck_door_is_still_closed_after_the_pulse() {
    let bench = Bench::new(Polarity::default());
    let mut doors = bench.open();
    bench.order("door 1 stuck");
    let began = Instant::now();
    assert!(matches!(doors.unlock(door(1), &limit()).unwrap(), UnlockOutcome::StillClosed));
    assert!(began.elapsed() >= PULSE);
}

#[test]
fn a_limit_shorter_than_the_pulse_does_not_tell() {
    let bench = Bench::new(Polarity::default());
    let mut doors = bench.open();
    bench.order("door 1 stuck");
    let outcome = doors.unlock(door(1), &CommandLimit::after(PULSE / 2)).unwrap();
    assert!(matches!(outcome, UnlockOutcome::Unknown(DeviceError::NoAnswer)), "{outcome:?}");
}

#[test]
fn many_threads_take_turns_on_one_line() {
    let bench = Bench::new(Polarity::default());
    let bus = bench.bus();
    bench.order("input 5 on");
    let threads: Vec<_> = (0..4_u16)
        .map(|number| {
            let bus = bus.clone();
            std::thread::spawn(move || {
                for turn in 0..10 {
                    // Answers of different lengths and kinds: one taken for another would be noticed.
                    let inputs = bus.read_inputs(unit(), 5, 1 + number % 3, &limit()).unwrap();
                    assert_eq!(inputs.len(), usize::from(1 + number % 3));
                    assert!(inputs[0]);
                    let on = turn % 2 == 0;
                    let value = if on { 0xFF00 } else { 0 };
                    bus.write_coil(unit(), 4 + number, value, &limit()).map_err(|failed| failed.error).unwrap();
                    assert_eq!(bus.read_coils(unit(), 4 + number, 1, &limit()).unwrap(), [on]);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(bench.relays(), [false; 8]);
}

#[test]
fn a_lost_answer_is_resolved_by_the_contact() {
    for fault in ["silent 1", "checksum 1", "half 1", "garbage 1"] {
        let bench = Bench::new(Polarity::default());
        let mut doors = bench.open();
        bench.order(fault);
        assert!(matches!(doors.unlock(door(1), &limit()).unwrap(), UnlockOutcome::Opened), "{fault}");
        assert_eq!(bench.pulses(), 1, "{fault}");
    }
}

#[test]
fn slow_answers_are_waited_for_and_a_wire_that_breaks_leaves_the_outcome_unknown() {
    let bench = Bench::new(Polarity::default());
    bench.order("slow 60");
    let mut doors = bench.open();
    assert!(matches!(doors.unlock(door(1), &limit()).unwrap(), UnlockOutcome::Opened));
    bench.order("clear");
    // A write has eight bytes: it is taken whole, and the wire breaks before the answer.
    bench.order("drop after 8");
    let UnlockOutcome::Unknown(why) = doors.unlock(door(2), &limit()).unwrap() else { panic!("believed") };
    assert!(why.is_lost(), "{why:?}");
    assert_eq!(bench.pulses(), 2);
    assert_eq!(bench.open().states(&limit()).unwrap().len(), 2, "the wire is there again");
}

#[test]
fn silence_nonsense_and_refusal_are_told_apart() {
    let bench = Bench::new(Polarity::default());
    let mut doors = bench.open();
    bench.order("silent on");
    assert!(matches!(doors.unlock(door(1), &limit()).unwrap(), UnlockOutcome::Silent));
    assert_eq!(doors.status(&limit()).unwrap().status, DeviceStatus::Offline);
    assert_eq!(doors.states(&limit()).unwrap(), [DoorState::Unknown; 2]);
    bench.order("clear");
    bench.order("checksum on");
    assert!(matches!(doors.unlock(door(1), &limit()).unwrap(), UnlockOutcome::Unknown(DeviceError::Protocol(_))));
    assert_eq!(doors.status(&limit()).unwrap().status, DeviceStatus::HardwareError);
    bench.order("clear");
    bench.order("exception 4");
    let refused = doors.unlock(door(1), &limit()).unwrap_err();
    assert_eq!(exception(&refused), Some(Exception::ServerDeviceFailure));
    assert_eq!(bench.pulses(), 2);
}

#[test]
fn an_echoing_adapter_fakes_no_pulse() {
    let bench = Bench::new(Polarity::default());
    bench.order("echo on");
    let mut doors = bench.open();
    assert!(matches!(doors.unlock(door(1), &limit()).unwrap(), UnlockOutcome::Opened));
    bench.order("door 2 stuck");
    assert!(matches!(doors.unlock(door(2), &limit()).unwrap(), UnlockOutcome::StillClosed));
}

#[test]
fn a_silent_board_makes_its_doors_unknown_and_a_wire_pulled_out_is_lost() {
    let bench = Bench::new(Polarity::default());
    let mut doors = bench.open();
    bench.order("silent on");
    assert_eq!(doors.attend(&limit()).unwrap(), Some(DoorEvent::Unknown(door(1))));
    assert_eq!(doors.attend(&limit()).unwrap(), Some(DoorEvent::Unknown(door(2))));
    bench.order("clear");
    assert_eq!(doors.attend(&limit()).unwrap(), Some(DoorEvent::Closed(door(1))));
    assert_eq!(doors.attend(&limit()).unwrap(), Some(DoorEvent::Closed(door(2))));
    bench.sim.unplug();
    assert!(doors.attend(&limit()).unwrap_err().is_lost());
    assert!(doors.unlock(door(1), &limit()).unwrap_err().is_lost());
    assert_eq!(bench.pulses(), 0);
}

#[test]
fn calling_back_ends_soon() {
    let bench = Bench::new(Polarity::default());
    let mut doors = bench.open();
    let cancel = CancelToken::new();
    let called = cancel.clone();
    let caller = std::thread::spawn(move || {
        std::thread::park_timeout(Duration::from_millis(60));
        called.cancel();
        Instant::now()
    });
    assert_eq!(doors.attend(&CommandLimit::cancelled_by(Duration::from_secs(3), cancel)).unwrap(), None);
    let ended = Instant::now();
    assert!(ended.saturating_duration_since(caller.join().unwrap()) < Duration::from_millis(60));
}

#[test]
fn doors_lamps_and_a_contact_share_one_line() {
    let bench = Bench::new(Polarity::default());
    let buses = ModbusBuses::new();
    let endpoint = Endpoint::Device(bench.sim.path().unwrap().to_path_buf());
    let bus = buses.get(&endpoint).unwrap();
    let mut doors = RelayDoors::open(RelayBoard::new(bus, unit()), bench.options.clone(), &limit()).unwrap();
    let lamps = vec![LampCoil { lamp: Lamp::CardReader, coil: 6 }, LampCoil { lamp: Lamp::StatusBad, coil: 7 }];
    let options = CoilLightsOptions { unit: unit(), lamps };
    let mut lights = CoilLights::open(buses.get(&endpoint).unwrap(), options, &limit()).unwrap();
    let mut contact_options = DryContactOptions::new(unit(), 7);
    contact_options.poll = Duration::from_millis(20);
    let (on, off) = (Duration::from_millis(60), Duration::from_millis(150));
    contact_options.debounce = DebounceOptions { on, off, silence: Duration::from_millis(500) };
    let mut contact = DryContact::open(buses.get(&endpoint).unwrap(), contact_options, &limit()).unwrap();

    bench.order("input 7 on");
    let watcher = std::thread::spawn(move || {
        let began = Instant::now();
        let event = contact.attend(&limit()).unwrap();
        (event, began.elapsed(), contact)
    });
    lights.set(Lamp::CardReader, Light::Continuous(Colour::WHITE), &limit()).unwrap();
    assert!(matches!(doors.unlock(door(1), &limit()).unwrap(), UnlockOutcome::Opened));
    let (event, after, mut contact) = watcher.join().unwrap();
    assert_eq!((event, contact.presence()), (Some(Presence::Present), Presence::Present));
    assert!(after >= on);
    bench.order("input 7 off");
    assert_eq!(contact.attend(&limit()).unwrap(), Some(Presence::Absent));
    bench.order("silent on");
    assert_eq!(contact.attend(&limit()).unwrap(), Some(Presence::Unknown));
    bench.order("clear");

    let mut lit = [false; 8];
    lit[6] = true;
    bench.await_relays(lit);
    lights.set(Lamp::CardReader, Light::Off, &limit()).unwrap();
    assert_eq!(bench.relays(), [false; 8]);
    let missing = lights.set(Lamp::Scanner, Light::Off, &limit());
    assert!(matches!(missing, Err(DeviceError::Unsupported { .. })));
    assert_eq!(lights.status(&limit()).unwrap().status, DeviceStatus::Online);
    assert_eq!(lights.lamps(), [Lamp::CardReader, Lamp::StatusBad]);

    // A lost line is lost for all, and opened anew when all have let go.
    bench.sim.unplug();
    assert_eq!(doors.attend(&limit()).unwrap(), Some(DoorEvent::Opened(door(1))));
    assert!(doors.attend(&limit()).unwrap_err().is_lost());
    // The lamps do not use the line now, and let go of it all the same.
    assert!(lights.attend(&limit()).unwrap_err().is_lost());
    assert!(lights.set(Lamp::CardReader, Light::Off, &limit()).unwrap_err().is_lost());
    assert!(buses.get(&endpoint).is_err());
    bench.sim.plug();
    drop((doors, lights, contact));
    assert!(buses.get(&endpoint).is_ok());
}

#[test]
fn what_the_board_does_not_have_is_an_exception() {
    let bench = Bench::new(Polarity::default());
    let bus = bench.bus();
    let error = bus.read_inputs(unit(), 8, 1, &limit()).unwrap_err();
    assert_eq!(exception(&error), Some(Exception::IllegalDataAddress));
    let failed = bus.write_coil(unit(), 0, 0x1234, &limit()).unwrap_err();
    assert_eq!(exception(&failed.error), Some(Exception::IllegalDataValue));
    let error = bus.read_inputs(Unit::new(2).unwrap(), 0, 1, &limit()).unwrap_err();
    assert!(matches!(error, DeviceError::NoAnswer));
    assert!(Pulse::new(Duration::ZERO).is_err());
    assert!(Pulse::new(Duration::from_millis(10_001)).is_err());
    assert_eq!(Pulse::new(Duration::from_millis(101)).unwrap().duration(), Duration::from_millis(200));
    assert!(bench.case.lock().state().starts_with("door 1 closed"));
}
