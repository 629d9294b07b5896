// SPDX-License-Identifier: GPL-3.0-only
//! Simulated devices as programs of their own (`doorstep sim …`). `docs/simulators.md` describes each.

mod options;

use std::sync::Arc;

use clap::Subcommand;
use doorstep_drivers::sim::{ControlSocket, Machine, OrderError, Orders, Sim, SimError, WIRE_FAULT_WORDS};
use thiserror::Error;

pub use options::{
    A4PrinterOptions, BookcaseOptions, CardOptions, CommonOptions, IdReaderOptions, RadarOptions, RfidOptions,
    ScannerOptions, SimLocks, StripOptions,
};

use crate::console::say;

/// A simulated device.
#[derive(Debug, Subcommand)]
pub enum SimDevice {
    /// An A4 printer that speaks IPP; give --listen.
    A4Printer(A4PrinterOptions),
    /// A reader of resident ID cards that speaks SDT; cards are presented on its control socket.
    IdReader(IdReaderOptions),
    /// A chip card or contactless card for a virtual reader of pcscd; `plug` on its control socket puts it in.
    Card(CardOptions),
    /// A scanner on a serial port, or one that sends packets.
    Scanner(ScannerOptions),
    /// A bookcase: doors on lock boards or a relay board, and an RFID reader that reads what lies behind them.
    Bookcase(BookcaseOptions),
    /// An RFID reader with open shelves before its antennas.
    Rfid(RfidOptions),
    /// A radar that reports whether somebody stands before it.
    Radar(RadarOptions),
    /// A strip of LEDs that keeps the picture it was sent.
    Strip(StripOptions),
}

/// Why a simulator does not run.
#[derive(Debug, Error)]
pub enum SimDeviceError {
    /// No wire was asked for.
    #[error("the simulator has no wire: give --pty LINK or --listen ADDRESS:PORT")]
    NoWire,
    /// What is fitted together is not possible.
    #[error("the simulated device is not possible: {0}")]
    Impossible(String),
    /// A wire or the control socket cannot be had.
    #[error("the simulator cannot be started")]
    Start(#[source] SimError),
    /// A line that was to be carried out at the beginning was not.
    #[error("`{line}` was not carried out: {reason}")]
    Order {
        /// The line.
        line: String,
        /// Why not.
        reason: String,
    },
    /// The signals to stop cannot be waited for.
    #[error("cannot wait for the signals to stop")]
    Signal(#[source] std::io::Error),
}

/// A simulated device at work; it ends when this is dropped.
pub struct RunningSimDevice {
    /// What keeps the parts alive.
    parts: Vec<Box<dyn std::any::Any + Send + Sync>>,
    orders: Orders,
    control: Option<ControlSocket>,
    /// What is told at the beginning.
    told: Vec<String>,
}

impl std::fmt::Debug for RunningSimDevice {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("RunningSimDevice").field("parts", &self.parts.len()).finish_non_exhaustive()
    }
}

impl RunningSimDevice {
    /// Carries out one line of the control socket.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn order(&self, line: &str) -> Result<String, OrderError> {
        (self.orders)(line)
    }

    /// What carries out such lines, for whoever gives them from elsewhere.
    #[must_use]
    pub fn orders(&self) -> Orders {
        Arc::clone(&self.orders)
    }

    /// Where the control socket listens.
    #[must_use]
    pub fn control_address(&self) -> Option<std::net::SocketAddr> {
        self.control.as_ref().map(ControlSocket::address)
    }
}

impl SimDevice {
    /// Starts the device in this process, in threads of its own.
    ///
    /// # Errors
    /// An option is out of bounds, or a wire cannot be had.
    pub fn start(&self) -> Result<RunningSimDevice, SimDeviceError> {
        match self {
            Self::A4Printer(options) => options.start(),
            Self::IdReader(options) => options.start(),
            Self::Card(options) => options.start(),
            Self::Scanner(options) => options.start(),
            Self::Bookcase(options) => options.start(),
            Self::Rfid(options) => options.start(),
            Self::Radar(options) => options.start(),
            Self::Strip(options) => options.start(),
        }
    }
}

/// Puts one machine behind the wire of `common`.
fn start_one<M: Machine>(
    name: &'static str,
    machine: M,
    common: &CommonOptions,
) -> Result<RunningSimDevice, SimDeviceError> {
    let (sim, told) = start_part(name, machine, common.wire()?)?;
    finish(vec![Box::new(Arc::clone(&sim))], orders_of(&sim), vec![told], common)
}

/// One machine on its wire, and the line that tells where it is.
fn start_part<M: Machine>(
    name: &'static str,
    machine: M,
    wire: doorstep_drivers::sim::SimWire,
) -> Result<(Arc<Sim<M>>, String), SimDeviceError> {
    let sim = Sim::start(name, machine, wire).map_err(SimDeviceError::Start)?;
    let place = match (sim.path(), sim.address()) {
        (Some(path), _) => format!("serial device: {}", path.display()),
        (None, Some(address)) => format!("listening on {address}"),
        (None, None) => "no wire".to_owned(),
    };
    Ok((Arc::new(sim), format!("sim {name} {place}")))
}

fn orders_of<M: Machine>(sim: &Arc<Sim<M>>) -> Orders {
    let sim = Arc::clone(sim);
    Arc::new(move |line: &str| sim.order(line))
}

fn finish(
    parts: Vec<Box<dyn std::any::Any + Send + Sync>>,
    orders: Orders,
    mut told: Vec<String>,
    common: &CommonOptions,
) -> Result<RunningSimDevice, SimDeviceError> {
    for line in &common.fault {
        let refused = |error: OrderError| SimDeviceError::Order { line: line.clone(), reason: error.0 };
        orders(line).map_err(refused)?;
    }
    let start = |address| ControlSocket::start(address, Arc::clone(&orders)).map_err(SimDeviceError::Start);
    let control = common.control.map(start).transpose()?;
    if let Some(control) = &control {
        told.push(format!("  control on {}: `help` lists its lines; {WIRE_FAULT_WORDS}", control.address()));
    }
    Ok(RunningSimDevice { parts, orders, control, told })
}

/// Runs the device until the process is told to stop; prints where it is to be had first.
///
/// # Errors
/// As [`SimDevice::start`], or the signals cannot be waited for.
pub async fn run(device: SimDevice) -> Result<(), SimDeviceError> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate()).map_err(SimDeviceError::Signal)?;
    let running = device.start()?;
    for line in &running.told {
        say(line);
    }
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(SimDeviceError::Signal)?,
        _ = terminate.recv() => {}
    }
    Ok(())
}
