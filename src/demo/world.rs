// SPDX-License-Identifier: GPL-3.0-only
//! Simulated surroundings for one terminal: dispatch centre, slip printer, settings and a data folder of
//! its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use thiserror::Error;

use super::bench::DeviceBench;
use super::library::{STAFF_CARD, SimulatedLibrary};
use super::policies::{PoliciesError, SimulatedPolicies};
use crate::devices::sim_printer::{RunningSimPrinter, SimPrinter, SimPrinterError, SimPrinterOptions};
use crate::devices::sims::SimDeviceError;
use crate::services::library::sim::LibrarySimError;
use crate::services::taxi::sim::{RunningSim, SimControl, SimTaxi, SimTaxiError, SimTaxiOptions};
use crate::settings::{self, Settings};
use crate::store::DATABASE_FILE;

/// The settings of the demo, with places for what is known only when it runs.
const TEMPLATE: &str = include_str!("../../assets/demo.toml");
/// The part of the library.
const LIBRARY: &str = include_str!("../../assets/demo-library.toml");
/// The part of the policies.
const POLICIES: &str = include_str!("../../assets/demo-policies.toml");
/// The key between terminal and centre; nobody else can reach them.
const KEY: &str = "demo-key-of-the-kiosk";
/// So long simulators have to stop.
const STOP_LIMIT: Duration = Duration::from_secs(2);

/// How the surroundings are to be.
#[derive(Clone, Debug)]
pub struct WorldOptions {
    /// Screen.
    pub width_px: u32,
    /// Screen.
    pub height_px: u32,
    /// Screen.
    pub pixels_per_mm: f32,
    /// How many times quicker than life taxis drive and answer.
    pub time_scale: f64,
    /// How many times quicker than life the centre's limits run out.
    pub limit_scale: f64,
    /// Seconds of idle time, of the countdown, and of a last page.
    pub session_s: (f64, f64, f64),
    /// Seconds in which the rider may say no.
    pub confirm_after_s: f64,
    /// Milliseconds between two polls.
    pub poll_ms: u32,
    /// Seconds for which an empty list is asked for again.
    pub empty_patience_s: f64,
    /// Milliseconds that an answer of the centre may take.
    pub request_timeout_ms: u32,
    /// Longest pause after failures, in seconds.
    pub longest_backoff_s: f64,
    /// Seconds that a slip may take.
    pub print_timeout_s: f64,
    /// Whether a printer is configured.
    pub printer: bool,
    /// Whether there are other devices beside it.
    pub devices: bool,
    /// Whether books are lent; then there are devices too.
    pub library: bool,
    /// Policies, and the readers of cards with them.
    pub policies: bool,
    /// Whether loans are noted while the library is away.
    pub offline_loans: bool,
    /// Seconds in which a resident may say that what was taken is something else.
    pub confirm_books_s: f64,
    /// Whether the voice is on.
    pub sound: bool,
    /// The data folder; a new one where `None`, removed at the end.
    pub data_directory: Option<PathBuf>,
}

impl WorldOptions {
    fn has_devices(&self) -> bool {
        self.devices || self.library || self.policies
    }
}

impl Default for WorldOptions {
    fn default() -> Self {
        Self {
            width_px: 1080,
            height_px: 1920,
            pixels_per_mm: 4.03,
            time_scale: 4.0,
            limit_scale: 1.0,
            session_s: (60.0, 30.0, 20.0),
            confirm_after_s: 10.0,
            poll_ms: 1000,
            empty_patience_s: 15.0,
            request_timeout_ms: 3000,
            longest_backoff_s: 2.0,
            print_timeout_s: 15.0,
            printer: true,
            devices: false,
            library: false,
            policies: false,
            offline_loans: false,
            confirm_books_s: 10.0,
            sound: false,
            data_directory: None,
        }
    }
}

/// The surroundings could not be started.
#[derive(Debug, Error)]
pub enum WorldError {
    /// The threads.
    #[error("the threads cannot be started")]
    Threads(#[source] std::io::Error),
    /// The data folder.
    #[error("the data folder cannot be made")]
    Folder(#[source] std::io::Error),
    /// The dispatch centre.
    #[error("the simulated dispatch centre cannot be started")]
    Taxi(#[source] SimTaxiError),
    /// The policies.
    #[error("the simulated policies cannot be started")]
    Policies(#[source] PoliciesError),
    /// The library.
    #[error("the simulated library cannot be started")]
    Library(#[source] LibrarySimError),
    /// The printer.
    #[error("the simulated printer cannot be started")]
    Printer(#[source] SimPrinterError),
    /// Another device.
    #[error("the simulated devices cannot be started")]
    Devices(#[source] SimDeviceError),
    /// The terminal's database cannot be locked.
    #[error("the terminal's database cannot be locked")]
    Journal(#[source] rusqlite::Error),
    /// The settings.
    #[error("the settings of the demo are not right: {0}")]
    Settings(String),
}

/// Simulated surroundings, alive until dropped.
#[derive(Debug)]
pub struct World {
    settings: Settings,
    settings_text: String,
    directory: PathBuf,
    own_directory: bool,
    tokio: Option<tokio::runtime::Runtime>,
    taxi: Option<RunningSim>,
    library: Option<SimulatedLibrary>,
    policies: Option<SimulatedPolicies>,
    printer: Arc<RunningSimPrinter>,
    bench: Option<DeviceBench>,
    journal_lock: Option<Connection>,
}

impl World {
    /// Starts dispatch centre and printer on free ports and makes settings that name them.
    ///
    /// # Errors
    /// See [`WorldError`].
    pub fn start(options: &WorldOptions) -> Result<Self, WorldError> {
        let own_directory = options.data_directory.is_none();
        let directory = match &options.data_directory {
            Some(directory) => directory.clone(),
            None => {
                let mut number = [0_u8; 8];
                // A name that is taken already makes `create_dir_all` succeed all the same; the lock in the
                // data folder then tells two terminals apart.
                let _ = getrandom::fill(&mut number);
                let number = u64::from_le_bytes(number);
                std::env::temp_dir().join(format!("doorstep-demo-{number:016x}"))
            }
        };
        std::fs::create_dir_all(directory.join("slips")).map_err(WorldError::Folder)?;
        let tokio = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(WorldError::Threads)?;
        let taxi = tokio
            .block_on(SimTaxi::start(SimTaxiOptions {
                api_key: KEY.to_owned(),
                time_scale: options.time_scale,
                limit_scale: options.limit_scale,
                ..SimTaxiOptions::default()
            }))
            .map_err(WorldError::Taxi)?;
        let printer = SimPrinter::start(&SimPrinterOptions {
            out: Some(directory.join("slips")),
            columns: 48,
            ..SimPrinterOptions::default()
        })
        .map_err(WorldError::Printer)?;
        let printer = Arc::new(printer);
        let has_devices = options.has_devices();
        let bench = has_devices.then(|| DeviceBench::start(&directory, &printer)).transpose();
        let bench = bench.map_err(WorldError::Devices)?;
        let library = options.library.then(|| SimulatedLibrary::start(&tokio, KEY)).transpose();
        let library = library.map_err(WorldError::Library)?;
        if let (Some(library), Some(bench)) = (&library, &bench) {
            library.fill(bench);
            write_private(&directory.join("staff-cards"), STAFF_CARD).map_err(WorldError::Folder)?;
        }
        let policies = options.policies.then(|| SimulatedPolicies::start(&tokio, &directory, KEY)).transpose();
        let policies = policies.map_err(WorldError::Policies)?;
        let mut places = vec![("taxi_url", taxi.url())];
        places.push(("library_address", library.as_ref().map(SimulatedLibrary::address).unwrap_or_default()));
        places.extend(policies.iter().flat_map(SimulatedPolicies::places));
        let settings_text = text(options, &directory, places, &printer);
        let settings = read(&settings_text, &directory)?;
        let (tokio, taxi, journal_lock) = (Some(tokio), Some(taxi), None);
        Ok(Self {
            settings,
            settings_text,
            directory,
            own_directory,
            tokio,
            taxi,
            library,
            policies,
            printer,
            bench,
            journal_lock,
        })
    }

    /// Settings that name the simulators.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The same as the text of a settings file; its key is in the variable `DOORSTEP_DEMO_KEY`, whose value
    /// is [`Self::api_key`].
    #[must_use]
    pub fn settings_text(&self) -> &str {
        &self.settings_text
    }

    /// The key between terminal and centre.
    #[must_use]
    pub fn api_key() -> &'static str {
        KEY
    }

    /// Where slips are drawn.
    #[must_use]
    pub fn slips_directory(&self) -> PathBuf {
        self.directory.join("slips")
    }

    /// The data folder of the terminal.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Address of the dispatch centre.
    #[must_use]
    pub fn taxi_url(&self) -> String {
        self.taxi.as_ref().map(RunningSim::url).unwrap_or_default()
    }

    /// The knobs of the dispatch centre.
    #[must_use]
    pub fn taxi(&self) -> Option<SimControl> {
        self.taxi.as_ref().map(RunningSim::control)
    }

    /// Takes the dispatch centre off the network, or puts it back. Its state stays.
    pub fn set_reachable(&mut self, reachable: bool) {
        let (Some(tokio), Some(taxi)) = (&self.tokio, &mut self.taxi) else { return };
        if reachable {
            if let Err(error) = tokio.block_on(taxi.open_port()) {
                tracing::warn!(%error, "the simulated centre's port cannot be opened again");
            }
        } else {
            tokio.block_on(taxi.close_port());
        }
    }

    /// Keeps the terminal from writing its database, as a full or failing disk would, or lets it again.
    ///
    /// # Errors
    /// There is no database yet, or it cannot be locked.
    pub fn set_writable(&mut self, writable: bool) -> Result<(), WorldError> {
        // Dropping the connection takes its transaction back.
        self.journal_lock = None;
        if !writable {
            let path = self.directory.join(DATABASE_FILE);
            let lock = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE);
            let lock = lock.and_then(|lock| lock.execute_batch("BEGIN IMMEDIATE").map(|()| lock));
            self.journal_lock = Some(lock.map_err(WorldError::Journal)?);
        }
        Ok(())
    }

    /// The devices beside the printer, to be handled by a person; nothing when there are none, or the second time.
    pub fn take_bench(&mut self) -> Option<DeviceBench> {
        self.bench.take()
    }

    /// The devices beside the printer, where there are any and nobody took them.
    #[must_use]
    pub fn bench(&self) -> Option<&DeviceBench> {
        self.bench.as_ref()
    }

    /// The policies, where there are any.
    #[must_use]
    pub fn policies(&self) -> Option<&SimulatedPolicies> {
        self.policies.as_ref()
    }

    /// The library, where there is one.
    #[must_use]
    pub fn library(&self) -> Option<&SimulatedLibrary> {
        self.library.as_ref()
    }

    /// Takes the library off the network, or puts it back. Its books stay.
    pub fn set_library_reachable(&mut self, reachable: bool) {
        if let (Some(tokio), Some(library)) = (&self.tokio, &mut self.library) {
            library.set_reachable(tokio, reachable);
        }
    }

    /// The printer.
    #[must_use]
    pub fn printer(&self) -> &RunningSimPrinter {
        &self.printer
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let (Some(tokio), Some(taxi)) = (self.tokio.take(), self.taxi.take()) {
            tokio.block_on(async {
                // A centre that does not stop in time goes with its threads.
                let _ = tokio::time::timeout(STOP_LIMIT, taxi.stop()).await;
                if let Some(policies) = self.policies.take() {
                    let _ = tokio::time::timeout(STOP_LIMIT, policies.stop()).await;
                }
                if let Some(library) = self.library.take() {
                    let _ = tokio::time::timeout(STOP_LIMIT, library.stop()).await;
                }
            });
            tokio.shutdown_timeout(STOP_LIMIT);
        }
        if self.own_directory {
            // What cannot be removed is in the folder for temporary files.
            let _ = std::fs::remove_dir_all(&self.directory);
        }
    }
}

fn text(
    options: &WorldOptions,
    directory: &Path,
    known: Vec<(&'static str, String)>,
    printer: &RunningSimPrinter,
) -> String {
    let (idle, warning, finish) = options.session_s;
    let (devices, roles) = if options.has_devices() { DeviceBench::settings(directory) } else { Default::default() };
    let places = [
        // First, because it has places of its own.
        ("library", if options.library { LIBRARY.to_owned() } else { String::new() }),
        ("policies", if options.policies { POLICIES.to_owned() } else { String::new() }),
        ("devices", devices),
        ("roles", roles),
        ("offline_loans", options.offline_loans.to_string()),
        ("confirm_books_s", options.confirm_books_s.to_string()),
        ("data_directory", directory.display().to_string()),
        ("width_px", options.width_px.to_string()),
        ("height_px", options.height_px.to_string()),
        ("pixels_per_mm", options.pixels_per_mm.to_string()),
        ("fullscreen", false.to_string()),
        ("idle_s", idle.to_string()),
        ("warning_s", warning.to_string()),
        ("finish_s", finish.to_string()),
        ("poll_ms", options.poll_ms.to_string()),
        ("request_timeout_ms", options.request_timeout_ms.to_string()),
        ("longest_backoff_s", options.longest_backoff_s.to_string()),
        ("print_timeout_s", options.print_timeout_s.to_string()),
        ("confirm_after_s", options.confirm_after_s.to_string()),
        ("empty_patience_s", options.empty_patience_s.to_string()),
        ("printer_address", printer.address().map(|address| address.to_string()).unwrap_or_default()),
        ("sound", options.sound.to_string()),
    ];
    let mut template = TEMPLATE.to_owned();
    if !options.printer
        && let (Some(begin), Some(end)) = (template.find("[[device]]"), template.find("[sound]"))
    {
        template.replace_range(begin..end, "");
    }
    places.iter().chain(&known).fold(template, |text, (place, value)| text.replace(&format!("{{{place}}}"), value))
}

/// Writes a file that only its owner may read.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}

fn read(text: &str, directory: &Path) -> Result<Settings, WorldError> {
    let (settings, faults) =
        settings::check(text, directory, &|name| (name == "DOORSTEP_DEMO_KEY").then(|| KEY.to_owned()));
    settings.ok_or_else(|| {
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        WorldError::Settings(told.join("; "))
    })
}
