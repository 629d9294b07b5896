// SPDX-License-Identifier: GPL-3.0-only
//! Putting a terminal together: devices, services, store, loop and screen.

mod policies;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::runtime::{Builder, Runtime as Tokio};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::devices::bookcase::Bookcase;
use crate::devices::identification::{Identification, Presentations};
use crate::devices::set::{DeviceNews, Devices, Heard};
use crate::devices::voice::{DeviceState, ResumeAt, Speed, Urgency, Utterance, Voice, VoiceLanguage};
use crate::domain::policy::engine::Program;
use crate::domain::policy::visit::Speed as ReadingSpeed;
use crate::domain::session::Language;

use crate::domain::time::WallTime;
use crate::policies::live::PolicySupply;
use crate::presenter::{self, DisplayError, Presenter, PresenterError, SpokenLine, VoiceOrder};
use crate::protocol::{Fault, FaultCode};
use crate::runtime::{LibraryLink, LibraryParts, Parts, Runtime, Silence};
use crate::services::library::sip2::{ServerProfile, Sip2Library};
use crate::services::taxi::letaxi::LeTaxi;
use crate::settings::Settings;
use crate::store::{Seal, Store};

/// Threads for everything but the screen; a kiosk's board has four cores at most.
const WORKER_THREADS: usize = 2;
/// So long the devices have to stop when the program ends.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// The terminal could not be started.
#[derive(Debug, Error)]
pub enum TerminalError {
    /// No screen.
    #[error("no screen")]
    Display(#[from] DisplayError),
    /// The screen failed.
    #[error("the screen failed")]
    Presenter(#[from] PresenterError),
    /// The threads could not be started.
    #[error("the threads cannot be started")]
    Threads(#[source] std::io::Error),
    /// The data directory could not be made.
    #[error("the data directory cannot be made")]
    DataDirectory(#[source] std::io::Error),
}

impl TerminalError {
    /// The code for the log.
    #[must_use]
    pub fn fault_code(&self) -> FaultCode {
        match self {
            Self::DataDirectory(_) => FaultCode::StoreUnavailable,
            Self::Display(_) | Self::Presenter(_) | Self::Threads(_) => FaultCode::DisplayUnavailable,
        }
    }
}

/// A terminal with its screen, ready to run.
#[derive(Debug)]
pub struct Terminal {
    presenter: Presenter,
    tokio: Tokio,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    devices: Devices,
    heard: watch::Receiver<LastHeard>,
    /// Looks after the policies as long as the terminal runs.
    _live: Option<PolicySupply<Program>>,
}

/// What each device said last, by its name in the settings.
pub type LastHeard = BTreeMap<Arc<str>, Heard>;

/// Shows a terminal on the screen that the settings name, until it is told to stop (SIGTERM, SIGINT) or
/// its window is closed.
///
/// # Errors
/// There is no screen. Anything else that is missing does not stop a terminal.
pub fn run(settings: &Settings) -> Result<(), TerminalError> {
    std::fs::create_dir_all(&settings.data_directory).map_err(TerminalError::DataDirectory)?;
    presenter::ensure_system_font(&settings.data_directory)?;
    presenter::select_backend(&settings.display)?;
    Terminal::assemble(settings)?.until_told_to_stop().run()
}

async fn wait_for_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    let Ok(mut interrupt) = signal(SignalKind::interrupt()) else { return std::future::pending().await };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

impl Terminal {
    /// Puts the parts together on the screen that was chosen before.
    ///
    /// # Errors
    /// The screen cannot be made.
    pub fn assemble(settings: &Settings) -> Result<Self, TerminalError> {
        let tokio = Builder::new_multi_thread()
            .worker_threads(WORKER_THREADS)
            .enable_all()
            .build()
            .map_err(TerminalError::Threads)?;
        let _inside = tokio.enter();
        let presenter = Presenter::new(settings)?;
        let voice = Voice::start(&settings.sound, settings.loudspeaker());
        let silence = {
            let voice = voice.clone();
            Silence(Arc::new(move || voice.silence()))
        };
        let store = open_store(settings);
        let (live, policies) = policies::policies(settings, &voice);
        let (devices, news) = Devices::start(settings);
        let heard = keep_last(news);
        let parts = Parts {
            settings: settings.clone(),
            dispatch: dispatch(settings),
            identification: identification(settings, &devices),
            library: library(settings, &devices),
            policies,
            store,
            printer: devices.slip_printer(),
            silence,
            sound: sound_works(&voice),
            wording: presenter.slip_wording()?,
        };
        let (runtime, taps, views) = Runtime::new(parts);
        presenter.connect(taps, views, move |order| follow(&voice, order))?;
        let (stop, stopped) = watch::channel(false);
        let task = tokio.spawn(runtime.run(stopped));
        drop(_inside);
        Ok(Self { presenter, tokio, stop, task, devices, heard, _live: live })
    }

    /// The screen.
    #[must_use]
    pub fn presenter(&self) -> &Presenter {
        &self.presenter
    }

    /// The devices.
    #[must_use]
    pub fn devices(&self) -> &Devices {
        &self.devices
    }

    /// What each device said last. Nothing of a resident is in it.
    #[must_use]
    pub fn heard(&self) -> watch::Receiver<LastHeard> {
        self.heard.clone()
    }

    /// Where asynchronous work runs.
    #[must_use]
    pub fn tokio(&self) -> &Tokio {
        &self.tokio
    }

    /// Has SIGTERM and SIGINT end the event loop, so that the terminal stops in order.
    #[must_use]
    pub fn until_told_to_stop(self) -> Self {
        self.tokio.spawn(async {
            wait_for_signal().await;
            presenter::quit();
        });
        self
    }

    /// Runs the screen until the event loop ends, then stops the devices in order.
    ///
    /// # Errors
    /// The screen cannot be shown or fails.
    pub fn run(self) -> Result<(), TerminalError> {
        let shown = self.presenter.run();
        // Fails only when the loop has ended already.
        let _ = self.stop.send(true);
        let ended = self.tokio.block_on(async { tokio::time::timeout(STOP_LIMIT, self.task).await });
        if !matches!(ended, Ok(Ok(()))) {
            let code = FaultCode::TaskRestarted;
            tracing::warn!(code = code.code(), help = code.help(), "the loop did not end in order");
        }
        let devices = self.devices;
        let stopped = self.tokio.block_on(async { tokio::time::timeout(STOP_LIMIT, devices.stop()).await });
        if stopped.is_err() {
            let code = FaultCode::DeviceDriver;
            tracing::warn!(code = code.code(), help = code.help(), "the devices did not stop in time");
        }
        self.tokio.shutdown_timeout(STOP_LIMIT);
        Ok(shown?)
    }
}

/// Keeps the last news of each device; there are as many as there are devices.
fn keep_last(mut news: mpsc::Receiver<DeviceNews>) -> watch::Receiver<LastHeard> {
    let (tell, told) = watch::channel(LastHeard::new());
    tokio::spawn(async move {
        while let Some(DeviceNews { device, heard }) = news.recv().await {
            tell.send_if_modified(|known| known.insert(device, heard) != Some(heard));
        }
    });
    told
}

fn dispatch(settings: &Settings) -> Option<LeTaxi> {
    let taxi = settings.taxi.as_ref()?;
    match LeTaxi::new(taxi, &settings.site) {
        Ok(dispatch) => Some(dispatch),
        Err(error) => {
            report(&Fault::from_error(FaultCode::TaxiUnreachable, &error));
            None
        }
    }
}

/// What reads cards and codes, where a service wants them.
fn identification(settings: &Settings, devices: &Devices) -> Option<(Identification, Presentations)> {
    let wanted = settings.library.is_some() && settings.lending.is_some() || settings.policy.is_some();
    wanted.then(|| Identification::start(devices, settings))
}

/// The library with what watches its case.
fn library(settings: &Settings, devices: &Devices) -> Option<LibraryParts> {
    let library = settings.library.as_ref()?;
    settings.lending.as_ref()?;
    let profile = ServerProfile::from_settings(library, &settings.site.time_zone);
    Some(LibraryParts {
        link: LibraryLink::new(Sip2Library::start(profile)),
        case: settings.bookcase.as_ref().and_then(|case| Bookcase::start(devices, case)),
        seal: Seal::open(&settings.data_directory),
    })
}

fn open_store(settings: &Settings) -> Store {
    let (store, report_of_opening) = Store::open_or_unavailable(&settings.data_directory, now());
    match report_of_opening {
        Ok(opened) => {
            if let Some(set_aside) = opened.set_aside {
                report(&set_aside.fault);
            }
        }
        Err(error) => report(&error.fault()),
    }
    store
}

/// The wall clock.
fn now() -> WallTime {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    WallTime(since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0)))
}

fn report(fault: &Fault) {
    tracing::warn!(code = fault.code.code(), help = fault.code.help(), "{}", fault.chain);
}

fn sound_works(voice: &Voice) -> watch::Receiver<bool> {
    let mut health = voice.health();
    let works = |state: DeviceState| state == DeviceState::Works;
    let (tell, told) = watch::channel(works(health.borrow_and_update().device));
    tokio::spawn(async move {
        while health.changed().await.is_ok() {
            let now = works(health.borrow_and_update().device);
            tell.send_if_modified(|before| std::mem::replace(before, now) != now);
        }
    });
    told
}

/// Does what the screen wants of the voice.
fn follow(voice: &Voice, order: VoiceOrder) {
    match order {
        VoiceOrder::Say(line) => {
            if line.replaces {
                voice.silence();
            }
            voice.say(utterance(line));
        }
        VoiceOrder::Read(text) => voice.read(utterance(text)),
        VoiceOrder::Pause => voice.pause(),
        VoiceOrder::GoOn => voice.resume(ResumeAt::Place),
        VoiceOrder::SetSpeed(speed) => voice.set_speed(match speed {
            ReadingSpeed::Slow => Speed::Slow,
            ReadingSpeed::Normal => Speed::Normal,
            ReadingSpeed::Fast => Speed::Fast,
        }),
        VoiceOrder::StopReading => voice.stop_reading(),
    }
}

fn utterance(line: SpokenLine) -> Utterance {
    let language = match line.language {
        Language::Zh => VoiceLanguage::Zh,
        Language::En => VoiceLanguage::En,
    };
    let urgency = if line.urgent { Urgency::Urgent } else { Urgency::Normal };
    Utterance::new(language, urgency, line.segments)
}
