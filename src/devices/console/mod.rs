// SPDX-License-Identifier: GPL-3.0-only
//! `doorstep device …`: what a technician needs of the devices, in plain words or as JSON.

mod class;
mod list;
mod report;
mod test;
mod trace;
mod words;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use crate::console::{complain, say};
use crate::settings::{DeviceSettings, Settings, run_check};

/// All is well.
pub const EXIT_WELL: u8 = 0;
/// Something failed.
pub const EXIT_FAILED: u8 = 1;
/// The command was used wrongly: settings with faults, a device that is not in them.
pub const EXIT_WRONG_USE: u8 = 2;

/// What to do with the devices.
#[derive(Debug, Subcommand)]
pub enum DeviceCommand {
    /// What is plugged in, how each configured device is, and why one cannot be opened.
    List(ListOptions),
    /// Tries a device as it is used, and tells what came of it.
    Test(TestOptions),
    /// Records what goes over the wire of a device, with times; personal bytes are masked.
    Trace(TraceOptions),
}

/// Options of `list`.
#[derive(Args, Debug)]
pub struct ListOptions {
    /// The settings file; without it only what is plugged in is listed.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// JSON on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Options of `test`.
#[derive(Args, Debug)]
pub struct TestOptions {
    /// Name of the device in the settings.
    #[arg(value_name = "NAME", required_unless_present = "all", conflicts_with = "all")]
    pub name: Option<String>,
    /// Every device in the settings, one after the other.
    #[arg(long)]
    pub all: bool,
    /// The settings file.
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// JSON on standard output.
    #[arg(long)]
    pub json: bool,
    /// How long a person has for what the test asks for, such as laying down a card; 1 to 600 s.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub limit: u64,
    /// Asks for the state only: nothing is printed, nothing moves, nobody has to do anything.
    #[arg(long)]
    pub quick: bool,
    /// Folder for pictures that the test takes.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub out: PathBuf,
    /// Opens this door, from 1; without it the test only asks how the doors are.
    #[arg(long, value_name = "DOOR", value_parser = clap::value_parser!(u16).range(1..))]
    pub open: Option<u16>,
}

/// Options of `trace`.
#[derive(Args, Debug)]
pub struct TraceOptions {
    /// Name of the device in the settings.
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The settings file.
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// File to write, instead of standard output; it must not exist yet.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// How long to record, 1 to 3600 s.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub seconds: u64,
    /// Records personal bytes as they are. Only at a screen of this device, and only when confirmed there.
    #[arg(long)]
    pub raw: bool,
}

/// Carries out a command and tells how the process is to end.
#[must_use]
pub fn run(command: &DeviceCommand) -> u8 {
    match command {
        DeviceCommand::List(options) => list::run(options),
        DeviceCommand::Test(options) => test::run(options),
        DeviceCommand::Trace(options) => trace::run(options),
    }
}

/// Time to open a device, and to ask it how it is.
const LOOK: Duration = Duration::from_secs(5);

/// The settings at `path`; all their faults were told when there are none.
fn settings(path: &std::path::Path) -> Option<Settings> {
    match Settings::load(path) {
        Ok(settings) => Some(settings),
        Err(_) => {
            // Every fault with its line, as `config check` tells them.
            let _ = run_check(path, &mut std::io::stderr().lock());
            None
        }
    }
}

/// The device of that name; told when there is none.
fn device<'s>(settings: &'s Settings, name: &str) -> Option<&'s DeviceSettings> {
    let found = settings.device(name);
    if found.is_none() {
        let names: Vec<&str> = settings.devices.iter().map(|device| device.name.as_str()).collect();
        complain(&format!("there is no device `{name}` in the settings; there are: {}", names.join(", ")));
    }
    found
}

/// Writes an answer as JSON.
fn say_json(value: &impl serde::Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => say(&text),
        // Only maps with keys that are no texts fail, and there are none.
        Err(error) => complain(&error.to_string()),
    }
}
