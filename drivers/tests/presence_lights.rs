// SPDX-License-Identifier: MIT OR Apache-2.0
//! The radar and the strip of LEDs against their simulators over a pty.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking, as tests do")]

use std::time::{Duration, Instant};

use doorstep_drivers::device::{CancelToken, CommandLimit, Device, DeviceError, DeviceStatus};
use doorstep_drivers::lights::{
    Adalight, AdalightError, AdalightOptions, Colour, Lamp, LampLeds, Light, Lights, StripMachine, encode_adalight,
};
use doorstep_drivers::presence::{DebounceOptions, Presence, PresenceSensor, Radar, RadarMachine, RadarOptions};
use doorstep_drivers::sim::{Machine, Sim, SimWire};
use doorstep_drivers::transport::DevicePipe;

const ON: Duration = Duration::from_millis(250);
const OFF: Duration = Duration::from_millis(500);
const SILENCE: Duration = Duration::from_millis(400);

fn limit() -> CommandLimit {
    CommandLimit::after(Duration::from_secs(4))
}

fn start<M: Machine>(machine: M) -> (tempfile::TempDir, Sim<M>) {
    let folder = tempfile::tempdir().unwrap();
    let sim = Sim::start("device", machine, SimWire::Pty(folder.path().join("device"))).unwrap();
    (folder, sim)
}

fn pipe<M: Machine>(sim: &Sim<M>) -> Box<DevicePipe> {
    Box::new(DevicePipe::open(sim.path().unwrap()).unwrap())
}

fn radar(sim: &Sim<RadarMachine>) -> Result<Radar, DeviceError> {
    let debounce = DebounceOptions { on: ON, off: OFF, silence: SILENCE };
    let options = RadarOptions { debounce, report_limit: Duration::from_millis(300) };
    Radar::open(pipe(sim), options, &limit())
}

#[test]
fn somebody_comes_and_goes() {
    let (_folder, sim) = start(RadarMachine::default());
    let mut radar = radar(&sim).unwrap();
    assert_eq!(radar.presence(), Presence::Unknown);
    assert_eq!(radar.attend(&limit()).unwrap(), Some(Presence::Absent));
    for kind in ["present", "present still"] {
        sim.order(kind).unwrap();
        let began = Instant::now();
        assert_eq!(radar.attend(&limit()).unwrap(), Some(Presence::Present), "{kind}");
        assert!(began.elapsed() >= ON - Duration::from_millis(120));
        sim.order("absent").unwrap();
        assert_eq!(radar.attend(&limit()).unwrap(), Some(Presence::Absent), "{kind}");
    }
    assert_eq!(radar.presence(), Presence::Absent);
    assert_eq!(radar.status(&limit()).unwrap().status, DeviceStatus::Online);
}

#[test]
fn a_radar_that_falls_silent_or_talks_nonsense_knows_nothing() {
    for (fault, status) in [
        ("silent on", DeviceStatus::Offline),
        ("half on", DeviceStatus::HardwareError),
        ("checksum on", DeviceStatus::HardwareError),
    ] {
        let (_folder, sim) = start(RadarMachine::default());
        sim.order("present").unwrap();
        let mut radar = radar(&sim).unwrap();
        assert_eq!(radar.attend(&limit()).unwrap(), Some(Presence::Present));
        sim.order(fault).unwrap();
        assert_eq!(radar.attend(&limit()).unwrap(), Some(Presence::Unknown), "{fault}");
        assert_eq!(radar.status(&limit()).unwrap().status, status, "{fault}");
    }
}

#[test]
fn a_radar_must_speak_to_be_opened_and_a_pulled_wire_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let wire = SimWire::Pty(folder.path().join("device"));
    // A radar speaks by itself: its faults are set before it is plugged in, and one before the other goes.
    let sim = Sim::start_unplugged("device", RadarMachine::default(), wire).unwrap();
    sim.order("silent on").unwrap();
    sim.plug();
    assert!(matches!(radar(&sim), Err(DeviceError::NoAnswer)));
    sim.order("garbage on").unwrap();
    sim.order("silent off").unwrap();
    assert!(matches!(radar(&sim), Err(DeviceError::NoAnswer | DeviceError::Protocol(_))));
    sim.order("clear").unwrap();
    let mut opened = radar(&sim).unwrap();
    sim.unplug();
    let error = loop {
        match opened.attend(&limit()) {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(error.is_lost());
    sim.plug();
    sim.order("slow 50").unwrap();
    sim.order("present").unwrap();
    let mut opened = radar(&sim).unwrap();
    assert_eq!(opened.attend(&limit()).unwrap(), Some(Presence::Present), "plugged in again, and slower");
}

#[test]
fn attending_a_radar_can_be_called_back() {
    let (_folder, sim) = start(RadarMachine::default());
    let mut radar = radar(&sim).unwrap();
    let cancel = CancelToken::new();
    cancel.cancel();
    let began = Instant::now();
    assert_eq!(radar.attend(&CommandLimit::cancelled_by(Duration::from_secs(3), cancel)).unwrap(), None);
    assert!(began.elapsed() < Duration::from_millis(50));
}

fn strip_options() -> AdalightOptions {
    let lamps = vec![LampLeds { lamp: Lamp::CardReader, leds: 0..2 }, LampLeds { lamp: Lamp::StatusBad, leds: 2..3 }];
    AdalightOptions { leds: 4, lamps }
}

#[test]
fn a_frame_of_adalight() {
    let red = Colour::RED;
    assert_eq!(encode_adalight(&[red]), [0x41, 0x64, 0x61, 0x00, 0x00, 0x55, 0xFF, 0x00, 0x00]);
    assert_eq!(encode_adalight(&[red; 300])[3..6], [0x01, 0x2B, 0x01 ^ 0x2B ^ 0x55]);
    assert!(encode_adalight(&[]).is_empty());
    let wrong = AdalightOptions { leds: 3, lamps: vec![LampLeds { lamp: Lamp::Scanner, leds: 2..4 }] };
    assert_eq!(wrong.check(), Err(AdalightError::Lamp(Lamp::Scanner)));
    assert_eq!(AdalightOptions { leds: 0, lamps: Vec::new() }.check(), Err(AdalightError::Leds(0)));
}

/// Waits until the strip shows `wanted`.
#[track_caller]
fn await_leds(sim: &Sim<StripMachine>, wanted: &[Colour]) {
    let began = Instant::now();
    while sim.with(|strip| strip.leds() != wanted) {
        assert!(began.elapsed() < Duration::from_secs(3), "{}", sim.order("state").unwrap());
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

#[test]
fn lamps_of_a_strip_shine_and_come_back_after_it_was_pulled_out() {
    let (_folder, sim) = start(StripMachine::default());
    let dark = Colour { red: 0, green: 0, blue: 0 };
    let mut lights = Adalight::open(pipe(&sim), strip_options(), &limit()).unwrap();
    await_leds(&sim, &[dark; 4]);
    lights.set(Lamp::CardReader, Light::Continuous(Colour::GREEN), &limit()).unwrap();
    lights.set(Lamp::StatusBad, Light::Continuous(Colour::RED), &limit()).unwrap();
    await_leds(&sim, &[Colour::GREEN, Colour::GREEN, Colour::RED, dark]);
    lights.set(Lamp::CardReader, Light::Off, &limit()).unwrap();
    await_leds(&sim, &[dark, dark, Colour::RED, dark]);
    let missing = lights.set(Lamp::Scanner, Light::Off, &limit());
    assert!(matches!(missing, Err(DeviceError::Unsupported { .. })));
    sim.unplug();
    assert!(lights.attend(&limit()).unwrap_err().is_lost());
    assert!(lights.set(Lamp::CardReader, Light::Off, &limit()).unwrap_err().is_lost());
}

#[test]
fn lamps_are_found_by_their_names() {
    for lamp in Lamp::ALL {
        assert_eq!(Lamp::from_name(lamp.name()), Some(lamp));
    }
    assert_eq!(Lamp::from_name("disco"), None);
}
