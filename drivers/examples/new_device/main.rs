// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a device is added, from its protocol to its tests: a thermometer with an ASCII protocol. The README of the
//! crate walks through the files.
//!
//! ```console
//! $ cargo run -p doorstep-drivers --example new_device
//! $ cargo test -p doorstep-drivers --example new_device
//! ```

mod codec;
mod driver;
mod simulator;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::io::Write;
use std::time::Duration;

use doorstep_drivers::device::{CommandLimit, Device};
use doorstep_drivers::sim::{Sim, SimWire};
use doorstep_drivers::transport::Endpoint;

use driver::{SerialThermometer, Thermometer, ThermometerOptions};
use simulator::ThermometerMachine;

/// Longest time for one command.
const LIMIT: Duration = Duration::from_secs(2);

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout().lock();
    let folder = tempfile::tempdir()?;
    let link = folder.path().join("thermometer");
    let sim = Sim::start("thermometer", ThermometerMachine::default(), SimWire::Pty(link.clone()))?;
    let endpoint = Endpoint::Device(link);

    let mut device = open(&endpoint)?;
    writeln!(out, "{}, serial number {}", device.describe(), device.identity().serial.unwrap_or_default())?;
    writeln!(out, "measured: {}", device.measure(&CommandLimit::after(LIMIT))?)?;
    // What a person does to the simulated device, and what the driver makes of it.
    for line in ["temperature -350", "checksum 1", "garbage on", "clear", "silent on", "clear", "probe broken", "clear"]
    {
        sim.order(line)?;
        let report = device.status(&CommandLimit::after(LIMIT))?;
        writeln!(out, "{line:16} -> {} {:?}, known: {}", report.status, report.details, device.reading().is_some())?;
    }
    sim.unplug();
    if let Err(error) = device.measure(&CommandLimit::after(LIMIT)) {
        writeln!(out, "unplug           -> {}: {error}; lost: {}", error.status(), error.is_lost())?;
    }
    // A lost driver is thrown away, and the device opened anew once it is there.
    drop(device);
    if let Err(error) = open(&endpoint) {
        writeln!(out, "opened too early -> {}: {error}", error.status())?;
    }
    sim.plug();
    let mut device = open(&endpoint)?;
    writeln!(out, "plugged in again -> {}", device.measure(&CommandLimit::after(LIMIT))?)?;
    Ok(())
}

fn open(endpoint: &Endpoint) -> Result<SerialThermometer, doorstep_drivers::device::DeviceError> {
    SerialThermometer::open(endpoint.open()?, ThermometerOptions::default(), &CommandLimit::after(LIMIT))
}
