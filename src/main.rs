// SPDX-License-Identifier: GPL-3.0-only
//! The command line: reads it, puts the parts together, nothing else.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use doorstep::devices::console::{self, DeviceCommand};
use doorstep::devices::sim_printer::{self, SimPrinterOptions};
use doorstep::devices::sims::{self, SimDevice};
use doorstep::domain::day::Day;
use doorstep::policies::cli::{self as policy, PolicyCommand};
use doorstep::protocol::{Fault, FaultCode};
use doorstep::services::facts::sim::{self as sim_facts, FactsSimOptions};
use doorstep::services::library::sim::{self as sim_library, LibrarySimOptions};
use doorstep::services::library::sip2::probe::{self, ProbeOptions};
use doorstep::services::taxi::sim::{self, SimTaxiOptions};
use doorstep::settings;
use tracing_subscriber::EnvFilter;

/// The variable that sets the log filter where no settings file does.
const LOG_VARIABLE: &str = "DOORSTEP_LOG";

/// Software of community-entrance kiosks and service-window terminals.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    role: Role,
}

#[derive(Debug, Subcommand)]
enum Role {
    /// The touchscreen program of a kiosk.
    #[cfg(feature = "terminal")]
    Terminal {
        /// The settings file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// A terminal with simulated surroundings, in a window; without a display the tour.
    #[cfg(feature = "terminal")]
    Demo(doorstep::demo::DemoOptions),
    /// A simulator by itself, for technicians, integrators and tests.
    #[command(subcommand)]
    Sim(Simulator),
    /// The devices in the settings, for technicians: what is there, does it work, what does it say.
    #[command(subcommand)]
    Device(DeviceCommand),
    /// The library system, for technicians.
    #[command(subcommand)]
    Library(LibraryCommand),
    /// Policy packs, for policy officers: their faults, what they answer, what a change means for people.
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Settings.
    #[command(subcommand)]
    Config(Config),
}

#[derive(Debug, Subcommand)]
enum LibraryCommand {
    /// Learns how a library system speaks SIP2, by questions that change nothing, and shows it as settings.
    Probe(Box<ProbeOptions>),
}

#[derive(Debug, Subcommand)]
enum Simulator {
    /// A taxi dispatch centre that speaks the le.taxi protocol.
    Taxi(Box<SimTaxiOptions>),
    /// A library system that speaks SIP2.
    Library(Box<LibrarySimOptions>),
    /// A community's data service that tells facts of invented people.
    Facts(Box<FactsSimOptions>),
    /// A slip printer that speaks ESC/POS and draws what it prints.
    Printer(Box<SimPrinterOptions>),
    #[command(flatten)]
    Device(SimDevice),
}

#[derive(Debug, Subcommand)]
enum Config {
    /// Says every fault in a settings file, with line, reason and mend.
    Check {
        /// The settings file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

fn main() -> ExitCode {
    match Cli::parse().role {
        #[cfg(feature = "terminal")]
        Role::Terminal { config } => terminal(&config),
        #[cfg(feature = "terminal")]
        Role::Demo(options) => {
            log("warn");
            match doorstep::demo::run(&options) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => fail(&Fault::from_error(error.fault_code(), &error)),
            }
        }
        Role::Sim(Simulator::Taxi(options)) => simulator(async {
            sim::run(*options).await.map_err(|error| Fault::from_error(FaultCode::TaxiUnreachable, &error))
        }),
        Role::Sim(Simulator::Library(options)) => simulator(async {
            sim_library::run(*options).await.map_err(|error| Fault::from_error(FaultCode::LibraryUnreachable, &error))
        }),
        Role::Sim(Simulator::Facts(options)) => simulator(async {
            sim_facts::run(*options).await.map_err(|error| Fault::from_error(FaultCode::FactsUnreachable, &error))
        }),
        Role::Sim(Simulator::Printer(options)) => simulator(async {
            sim_printer::run(*options).await.map_err(|error| Fault::from_error(FaultCode::PrinterOffline, &error))
        }),
        Role::Device(command) => {
            log("error");
            ExitCode::from(console::run(&command))
        }
        Role::Sim(Simulator::Device(device)) => simulator(async {
            sims::run(device).await.map_err(|error| Fault::from_error(FaultCode::DeviceWire, &error))
        }),
        Role::Library(LibraryCommand::Probe(options)) => simulator(async {
            probe::run(*options).await.map_err(|error| Fault::from_error(error.fault_code(), &error))
        }),
        Role::Policy(command) => match policy::run(&command, today(), &mut std::io::stdout().lock()) {
            Ok(end) => ExitCode::from(end.code()),
            // A reader who has gone (`… | head`) is no fault of the pack.
            Err(_) => ExitCode::FAILURE,
        },
        Role::Config(Config::Check { file }) => match settings::run_check(&file, &mut std::io::stdout().lock()) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) | Err(_) => ExitCode::FAILURE,
        },
    }
}

/// The day by the clock and the time zone of this machine.
fn today() -> Day {
    let date = jiff::Zoned::now().date();
    let part = |number: i8| u8::try_from(number).unwrap_or(1);
    let year = u16::try_from(date.year()).unwrap_or(1970);
    Day::new(year, part(date.month()), part(date.day())).unwrap_or(Day { year: 1970, month: 1, day: 1 })
}

#[cfg(feature = "terminal")]
fn terminal(config: &std::path::Path) -> ExitCode {
    let settings = match settings::Settings::load(config) {
        Ok(settings) => settings,
        Err(error) => {
            log("warn");
            // Every fault with its line, as `config check` tells them.
            let _ = settings::run_check(config, &mut std::io::stderr().lock());
            return fail(&Fault::from_error(error.code(), &error));
        }
    };
    log(&settings.log_filter);
    match doorstep::terminal::run(&settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&Fault::from_error(error.fault_code(), &error)),
    }
}

fn simulator(run: impl Future<Output = Result<(), Fault>>) -> ExitCode {
    log("info");
    let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let done = match threads {
        Ok(threads) => threads.block_on(run),
        Err(error) => Err(Fault::from_error(FaultCode::TaskRestarted, &error)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => fail(&fault),
    }
}

/// Starts the log on standard error, which systemd's journal keeps and bounds.
fn log(filter: &str) {
    let filter = std::env::var(LOG_VARIABLE).unwrap_or_else(|_| filter.to_owned());
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Fails only when a log was started before.
    let _ = log.try_init();
}

fn fail(fault: &Fault) -> ExitCode {
    tracing::error!(code = fault.code.code(), help = fault.code.help(), "{}", fault.chain);
    ExitCode::FAILURE
}
