// SPDX-License-Identifier: MIT OR Apache-2.0
//! The codec both ways, and the driver against its simulator over a pty, with everything that a wire can do.

use std::time::{Duration, Instant};

use doorstep_drivers::device::{CancelToken, CommandLimit, Device, DeviceError, DeviceStatus};
use doorstep_drivers::sim::{Sim, SimWire};
use doorstep_drivers::transport::{DevicePipe, Endpoint, PipeError};

use crate::codec::{Answer, CodecError, LONGEST_LINE_BYTES, Lines, Request, Temperature};
use crate::driver::{SerialThermometer, Thermometer, ThermometerOptions};
use crate::simulator::ThermometerMachine;

const OPTIONS: ThermometerOptions = ThermometerOptions {
    answer_limit: Duration::from_millis(80),
    attempts: 2,
    poll_interval: Duration::from_millis(20),
};

fn limit() -> CommandLimit {
    CommandLimit::after(Duration::from_secs(4))
}

fn start() -> (tempfile::TempDir, Sim<ThermometerMachine>) {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("thermometer");
    (folder, Sim::start("thermometer", ThermometerMachine::default(), SimWire::Pty(link)).unwrap())
}

fn open(sim: &Sim<ThermometerMachine>) -> Result<SerialThermometer, DeviceError> {
    let pipe = DevicePipe::open(sim.path().unwrap())?;
    SerialThermometer::open(Box::new(pipe), OPTIONS, &limit())
}

#[test]
fn messages_are_these_bytes_and_back() {
    for (request, bytes) in [(Request::Measure, "T*54\r\n"), (Request::Identify, "I*49\r\n")] {
        assert_eq!(request.encode(), bytes.as_bytes());
        assert_eq!(Request::decode(bytes.trim_end().as_bytes()), Ok(request));
    }
    for (answer, bytes) in [
        (Answer::Temperature(Temperature(2150)), "T+2150*79\r\n"),
        (Answer::Temperature(Temperature(-5)), "T-0005*7C\r\n"),
        (Answer::ProbeBroken, "T!*75\r\n"),
        (Answer::Serial("AB1".to_owned()), "IAB1*7B\r\n"),
    ] {
        assert_eq!(String::from_utf8(answer.encode()).unwrap(), bytes);
        assert_eq!(Answer::decode(bytes.trim_end().as_bytes()), Ok(answer));
    }
    for (line, error) in [
        ("T+2150", CodecError::Layout),
        ("T+2150*7", CodecError::Layout),
        ("T+2150*78", CodecError::Checksum { stated: 0x78, counted: 0x79 }),
        ("T*54", CodecError::Unknown),
        ("I*49", CodecError::Unknown),
    ] {
        assert_eq!(Answer::decode(line.as_bytes()), Err(error), "{line}");
    }
}

#[test]
fn a_line_without_end_is_bounded_and_the_next_one_is_read() {
    let mut lines = Lines::default();
    let flood = [b'T'; 10 * LONGEST_LINE_BYTES];
    assert!(flood.iter().all(|byte| lines.push(*byte).is_none()));
    assert_eq!(lines.push(b'\n'), Some(Err(CodecError::TooLong)));
    let next: Vec<_> = Request::Measure.encode().iter().filter_map(|byte| lines.push(*byte)).collect();
    assert_eq!(next, [Ok(b"T*54".to_vec())]);
}

#[test]
fn it_measures_and_tells_changes() {
    let (_folder, sim) = start();
    let mut device = open(&sim).unwrap();
    assert_eq!(device.identity().serial.as_deref(), Some(ThermometerMachine::SERIAL));
    assert_eq!(device.reading(), None);
    assert_eq!(device.attend(&limit()).unwrap(), Some(Some(Temperature(2150))));
    sim.order("temperature -350").unwrap();
    assert_eq!(device.attend(&limit()).unwrap(), Some(Some(Temperature(-350))));
    sim.order("silent on").unwrap();
    assert_eq!(device.attend(&limit()).unwrap(), Some(None), "silence is unknown, not the last temperature");
    assert_eq!(device.attend(&CommandLimit::after(Duration::from_millis(100))).unwrap(), None);
}

#[test]
fn faults_of_the_wire_are_survived_or_told() {
    let (_folder, sim) = start();
    let mut device = open(&sim).unwrap();
    for once in ["silent 1", "garbage 1", "half 1", "checksum 1", "slow 30"] {
        sim.order(once).unwrap();
        assert_eq!(device.measure(&limit()).unwrap(), Temperature(2150), "{once}");
        sim.order("clear").unwrap();
    }
    for (fault, status) in [
        ("silent on", DeviceStatus::Offline),
        ("slow 5000", DeviceStatus::Offline),
        ("garbage on", DeviceStatus::HardwareError),
        ("half on", DeviceStatus::HardwareError),
        ("checksum on", DeviceStatus::HardwareError),
        ("probe broken", DeviceStatus::HardwareError),
    ] {
        let (_folder, sim) = start();
        let mut device = open(&sim).unwrap();
        sim.order(fault).unwrap();
        assert_eq!(device.status(&limit()).unwrap().status, status, "{fault}");
        assert_eq!(device.reading(), None, "{fault}");
    }
}

#[test]
fn a_device_that_is_gone_is_lost_and_comes_back() {
    let (_folder, sim) = start();
    let mut device = open(&sim).unwrap();
    sim.unplug();
    assert!(device.attend(&limit()).unwrap_err().is_lost());
    let endpoint = Endpoint::Device(sim.path().unwrap().to_path_buf());
    assert!(matches!(endpoint.open(), Err(PipeError::Absent(_))));
    sim.plug();
    sim.order("drop after 2").unwrap();
    assert!(open(&sim).is_err_and(|error| error.is_lost()), "the wire breaks in the middle of a request");
    assert_eq!(open(&sim).unwrap().measure(&limit()).unwrap(), Temperature(2150));
}

#[test]
fn a_command_that_is_called_back_ends_at_once() {
    let (_folder, sim) = start();
    let options = ThermometerOptions { answer_limit: Duration::from_secs(30), ..OPTIONS };
    let pipe = DevicePipe::open(sim.path().unwrap()).unwrap();
    let mut device = SerialThermometer::open(Box::new(pipe), options, &limit()).unwrap();
    sim.order("silent on").unwrap();
    let cancel = CancelToken::new();
    let theirs = CommandLimit::cancelled_by(Duration::from_secs(30), cancel.clone());
    let asking = std::thread::spawn(move || device.measure(&theirs));
    let began = Instant::now();
    cancel.cancel();
    assert!(matches!(asking.join().unwrap(), Err(DeviceError::Cancelled)));
    assert!(began.elapsed() < Duration::from_secs(1));
}
