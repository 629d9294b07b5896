// SPDX-License-Identifier: GPL-3.0-only
//! A terminal as a process: it can be stopped in order, and killed with everything that it has under way.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use doorstep::devices::set::Devices;
use doorstep::domain::kiosk::{Intent, Screen, Tap, ViewState};
use doorstep::domain::taxi::{RideOutcome, RideStage};
use doorstep::domain::time::WallTime;
use doorstep::protocol::{GeoPoint, Secret, SlipWording};
use doorstep::runtime::{Parts, Runtime, Silence};
use doorstep::services::taxi::TaxiDispatch;
use doorstep::services::taxi::letaxi::LeTaxi;
use doorstep::services::taxi::sim::{RunningSim, SimTaxi, SimTaxiOptions};
use doorstep::settings::{
    Bilingual, Connection as Wire, DeviceSettings, Display, DisplayBackend, DriverSettings, PrinterCharset,
    PrinterSettings, Role, Roles, SessionLimits, Settings, Site, SoundSettings, SpeechEngine, TaxiSettings,
};
use doorstep::store::{DATABASE_FILE, Store};
use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime as Tokio};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::logs::{self, Log};

/// The simulated people are this many times quicker than life.
const QUICK: f64 = 50.0;
/// A loaded machine may take its time.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// Longest time of the client for one answer.
pub const REQUEST: Duration = Duration::from_millis(400);

pub fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// A new directory, in memory where the system has such a place.
pub fn directory() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir()
        && let Ok(directory) = tempfile::tempdir_in(memory)
    {
        return directory;
    }
    tempfile::tempdir().unwrap()
}

pub async fn centre() -> RunningSim {
    SimTaxi::start(SimTaxiOptions { time_scale: QUICK, ..SimTaxiOptions::default() }).await.unwrap()
}

pub fn now() -> WallTime {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    WallTime(i64::try_from(since.as_secs()).unwrap())
}

fn both(text: &str) -> Bilingual {
    Bilingual { zh: text.into(), en: text.into() }
}

fn taxi(url: &str) -> TaxiSettings {
    TaxiSettings {
        url: url.to_owned(),
        api_key: Secret::from("kiosk-key"),
        ca_file: None,
        connect_timeout: ms(300),
        request_timeout: REQUEST,
        poll_interval: ms(30),
        longest_backoff: ms(200),
        confirm_after: ms(300),
        max_hails: 3,
        max_search: Duration::from_secs(20),
        empty_patience: ms(300),
        kiosk_phone: "0536-8000000".into(),
        hotline: "0536-96000".into(),
        average_speed_kmh: 18.0,
        destinations: Vec::new(),
    }
}

/// The settings of a terminal with everything quick.
pub fn settings(place: &Path, url: &str) -> Settings {
    Settings {
        data_directory: place.to_owned(),
        log_filter: "info".into(),
        site: Site {
            community: both("南湖社区"),
            gate: both("东门"),
            address: "南湖社区东门".into(),
            position: GeoPoint::new(119.107, 36.707).unwrap(),
            time_zone: "Asia/Shanghai".into(),
        },
        help: Vec::new(),
        display: Display {
            backend: DisplayBackend::Auto,
            width_px: 1080,
            height_px: 1920,
            pixels_per_mm: 4.0,
            fullscreen: false,
        },
        session: SessionLimits {
            idle: Duration::from_secs(60),
            warning: Duration::from_secs(30),
            elder_factor: 2,
            finish: Duration::from_secs(20),
        },
        taxi: Some(taxi(url)),
        lending: None,
        library: None,
        policy: None,
        devices: Vec::new(),
        roles: Roles::default(),
        bookcase: None,
        sound: SoundSettings { enabled: false, volume_percent: 0, speech_engine: SpeechEngine::None },
    }
}

/// A printer that is not there.
pub fn no_printer_there() -> PrinterSettings {
    // Port 1 of this machine: nothing listens there.
    let address = ([127, 0, 0, 1], 1).into();
    PrinterSettings {
        connection: Wire::Tcp(address),
        charset: PrinterCharset::Gb18030,
        columns: 48,
        status_timeout: ms(200),
        print_timeout: ms(500),
    }
}

/// `settings` with that printer for slips.
pub fn with_printer(mut settings: Settings, printer: PrinterSettings) -> Settings {
    let device = DeviceSettings { name: "slips".into(), driver: DriverSettings::EscPos(printer) };
    settings.bind(Role::SlipPrinter, device);
    settings
}

/// A running terminal.
pub struct Process {
    tokio: Option<Tokio>,
    task: Option<JoinHandle<()>>,
    stop: watch::Sender<bool>,
    pub taps: mpsc::Sender<Tap>,
    pub views: watch::Receiver<ViewState>,
    pub log: Log,
    // Held: the loop is told when it goes.
    _sound: watch::Sender<bool>,
}

impl Process {
    /// Starts a terminal, as the program does. Waits for the directory where the one before still ends.
    pub async fn start(settings: Settings) -> Self {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match Store::open(&settings.data_directory, now()) {
                Ok((store, _)) => return Self::start_with(settings, store, "info"),
                Err(error) => assert!(Instant::now() < deadline, "{error:?}"),
            }
            tokio::time::sleep(ms(5)).await;
        }
    }

    pub fn start_with(settings: Settings, store: Store, filter: &str) -> Self {
        let dispatch = settings.taxi.as_ref().map(|taxi| LeTaxi::new(taxi, &settings.site).unwrap());
        Self::start_on(dispatch, settings, store, filter)
    }

    pub fn start_on<D: TaxiDispatch>(dispatch: Option<D>, settings: Settings, store: Store, filter: &str) -> Self {
        // Set up before any thread writes.
        drop(logs::of_threads());
        let log = Log::default();
        let subscriber = log.dispatch(filter);
        let tokio = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .on_thread_start(move || std::mem::forget(tracing::dispatcher::set_default(&subscriber)))
            .build()
            .unwrap();
        let (sound, told) = watch::channel(false);
        let _inside = tokio.enter();
        let parts = Parts {
            dispatch,
            library: None,
            store,
            printer: Devices::start(&settings).0.slip_printer(),
            silence: Silence(Arc::new(|| {})),
            sound: told,
            wording: SlipWording::default(),
            settings,
        };
        let (runtime, taps, views) = Runtime::new(parts);
        let (stop, stopped) = watch::channel(false);
        let task = tokio.spawn(runtime.run(stopped));
        drop(_inside);
        Self { tokio: Some(tokio), task: Some(task), stop, taps, views, log, _sound: sound }
    }

    pub async fn tap(&self, intent: Intent) {
        self.taps.send(Tap::Intent(intent)).await.unwrap();
    }

    /// Wakes the screen, opens the taxi page and calls.
    pub async fn call(&self) {
        self.tap(Intent::Wake).await;
        self.tap(Intent::OpenTaxi).await;
        self.taps.send(Tap::CallTaxi).await.unwrap();
    }

    pub async fn until(&mut self, what: &str, wanted: impl Fn(&ViewState) -> bool) -> ViewState {
        let shown = tokio::time::timeout(PATIENCE, self.views.wait_for(|view| wanted(view))).await;
        let shown = shown.map(|view| view.unwrap().clone());
        shown.unwrap_or_else(|_| panic!("never {what}: {:?}\n{}", *self.views.borrow(), self.log.text()))
    }

    pub async fn until_screen(&mut self, screen: Screen) -> ViewState {
        self.until(&format!("{screen:?}"), |view| view.screen == screen).await
    }

    pub async fn until_stage(&mut self, stage: RideStage) -> ViewState {
        let is = |view: &ViewState| view.taxi.ride.as_ref().is_some_and(|ride| ride.stage == stage);
        self.until(&format!("{stage:?}"), is).await
    }

    pub async fn until_ended(&mut self, outcome: RideOutcome) -> ViewState {
        self.until_stage(RideStage::Ended(outcome)).await
    }

    pub async fn until_logged(&self, what: &str) {
        until(what, || self.log.text().contains(what)).await;
    }

    /// Stops it in order.
    pub async fn stop(mut self) -> Log {
        self.stop.send(true).unwrap();
        let task = self.task.take().unwrap();
        tokio::time::timeout(PATIENCE, task).await.unwrap().unwrap();
        self.log.clone()
    }

    /// The power is cut: nothing more is done, requests under way break off.
    pub fn kill(mut self) -> Log {
        self.end();
        self.log.clone()
    }

    fn end(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
        if let Some(tokio) = self.tokio.take() {
            tokio.shutdown_background();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// Waits until `done`.
pub async fn until(what: &str, done: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "never {what}");
        tokio::time::sleep(ms(5)).await;
    }
}

/// Phases of the rides and slips that are open in the journal.
pub fn open_phases(place: &Path) -> Vec<String> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(place.join(DATABASE_FILE), flags).unwrap();
    database.busy_timeout(PATIENCE).unwrap();
    let mut rows = database.prepare("SELECT phase FROM journal WHERE outcome IS NULL ORDER BY opened_at").unwrap();
    rows.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// Whether a hail lives that its rider has not agreed to.
fn has_orphan(sim: &RunningSim) -> bool {
    let agreed = ["accepted_by_customer", "customer_on_board"];
    sim.control().state().hails.iter().any(|hail| !hail.ended && !agreed.contains(&hail.status.as_str()))
}

/// Waits until everything is settled at the centre and in the journal.
pub async fn until_settled(sim: &RunningSim, place: &Path) {
    until("settled", || open_phases(place).is_empty() && !has_orphan(sim)).await;
    let state = sim.control().state();
    assert!(state.most_live_of_one_customer <= 1, "{state:?}");
    assert!(state.most_live_at_once <= 1, "{state:?}");
}
