// SPDX-License-Identifier: GPL-3.0-only
//! The one loop: an event comes in, the domain takes a step, its effects go out, the new picture goes to
//! the screen.
//!
//! Here are the clock, the random numbers and the order of things: what touches the outside is in the
//! journal before it is done. Everything slow (HTTP, printing) runs in tasks that send their answer back as
//! an event; journaling is waited for, because nothing may happen before it.

mod act;
mod clock;
mod faults;
mod journal;
mod ledger;
mod library;
mod outside;
mod policy;
mod policy_slip;
mod slips;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::MissedTickBehavior;

pub use clock::Clock;
pub use faults::FaultLog;
pub use library::{LibraryLink, LibraryParts, desk_policy};
pub use policy::{FactsLink, PolicyParts, policy_rules};

use crate::devices::identification::{Identification, Presentations};
use crate::devices::slip_printer::SlipPrinter;
use crate::domain::day::Day;
use crate::domain::kiosk::{Event, Kiosk, Rules, Tap, ViewState};
use crate::domain::library::VisitId;
use crate::domain::library::desk::{Desk, LibraryEvent};
use crate::domain::session::Limits;
use crate::domain::taxi::{CustomerId, RidePolicy};
use crate::domain::time::Moment;
use crate::protocol::{Fault, FaultCode, SlipWording};
use crate::services::taxi::TaxiDispatch;
use crate::settings::Settings;
use crate::store::{Marks, Store, StoreStatus};
use act::Answer;
use ledger::Ledger;
use library::LibraryRun;
use policy::PolicyRun;

/// Taps waiting to be handled. A finger makes ten a second at most.
pub const TAP_QUEUE: usize = 32;
/// Answers waiting: at most one a ride, one a slip and a few of the library are under way, so this is never
/// reached.
const ANSWER_QUEUE: usize = 256;
/// Pause before the journal is tried again when it could not be read or written. The store tells by itself
/// when it was opened anew; this is for a disk that was full or locked.
const JOURNAL_RETRY: Duration = Duration::from_secs(5);

/// What the loop works with.
#[derive(Debug)]
pub struct Parts<D> {
    /// The settings.
    pub settings: Settings,
    /// The dispatch centre; `None` where none is configured.
    pub dispatch: Option<D>,
    /// What takes in cards and codes; `None` where no service wants them.
    pub identification: Option<(Identification, Presentations)>,
    /// The library; `None` where no books are lent.
    pub library: Option<LibraryParts>,
    /// The policies; `None` where none are shown.
    pub policies: Option<PolicyParts>,
    /// The database.
    pub store: Store,
    /// The slip printer.
    pub printer: SlipPrinter,
    /// Stops speech and forgets what was to be said.
    pub silence: Silence,
    /// Whether the loudspeaker works.
    pub sound: watch::Receiver<bool>,
    /// The words of the slip.
    pub wording: SlipWording,
}

/// How the loop stops the voice without knowing what speaks; never blocks.
#[derive(Clone)]
pub struct Silence(pub Arc<dyn Fn() + Send + Sync>);

impl std::fmt::Debug for Silence {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Silence")
    }
}

/// The rules that the settings make.
#[must_use]
pub fn rules(settings: &Settings) -> Rules {
    const KMH_TO_M_S: f64 = 1.0 / 3.6;
    let ride = settings.taxi.as_ref().map(|taxi| RidePolicy {
        pickup: settings.site.position,
        poll_interval: taxi.poll_interval,
        longest_backoff: taxi.longest_backoff,
        confirm_after: taxi.confirm_after,
        max_hails: taxi.max_hails,
        max_search: taxi.max_search,
        empty_patience: taxi.empty_patience,
        // A request that we gave up on may still be on its way for as long as we would have waited.
        resolve_settle: taxi.request_timeout,
        // Two requests that ran out, and the pauses between.
        outage_patience: (taxi.request_timeout + taxi.longest_backoff) * 2,
        average_speed_m_s: taxi.average_speed_kmh * KMH_TO_M_S,
    });
    let limits = &settings.session;
    Rules {
        limits: Limits {
            idle: limits.idle,
            warning: limits.warning,
            finish: limits.finish,
            elder_factor: limits.elder_factor,
        },
        ride,
        kiosk_phone: settings.taxi.as_ref().map(|taxi| taxi.kiosk_phone.clone()).unwrap_or_default(),
        destinations: settings.taxi.as_ref().map_or(0, |taxi| taxi.destinations.len()),
        slips: settings.slip_printer().is_some(),
    }
}

/// The loop. Dropping it loses nothing: the journal knows what was under way.
#[derive(Debug)]
pub struct Runtime<D> {
    kiosk: Kiosk,
    settings: Settings,
    dispatch: Option<Arc<D>>,
    store: Store,
    printer: SlipPrinter,
    silence: Silence,
    sound: watch::Receiver<bool>,
    wording: SlipWording,
    clock: Clock,
    faults: FaultLog,
    taps: mpsc::Receiver<Tap>,
    answers: mpsc::Receiver<Answer>,
    answer_to: mpsc::Sender<Answer>,
    views: watch::Sender<ViewState>,
    store_status: watch::Receiver<StoreStatus>,
    ledger: Ledger,
    identification: Option<Identification>,
    library: Option<LibraryRun>,
    policies: Option<PolicyRun>,
    marks: Marks,
    /// Marks that are over were deleted on this day.
    marks_tidied_on: Option<Day>,
    /// What comes without having been asked for.
    outside: mpsc::Receiver<Event>,
    /// Keeps that queue open where nothing sends into it.
    _outside_to: mpsc::Sender<Event>,
    /// The journal of the last run was taken up.
    recovered: bool,
    /// When the rules want to be woken, as they said after the last step: asked later they would speak of
    /// the time after, and what fell due in between would be missed.
    wakeup: Option<Moment>,
    /// Told apart from slips of earlier runs in the journal.
    run: String,
}

impl<D: TaxiDispatch> Runtime<D> {
    /// The loop with its two ends: taps go in, pictures come out.
    #[must_use]
    pub fn new(parts: Parts<D>) -> (Self, mpsc::Sender<Tap>, watch::Receiver<ViewState>) {
        let (tap_to, taps) = mpsc::channel(TAP_QUEUE);
        let (answer_to, answers) = mpsc::channel(ANSWER_QUEUE);
        let mut kiosk = Kiosk::new(rules(&parts.settings));
        let clock = Clock::new(&parts.settings.site.time_zone);
        let run = random_key("run").unwrap_or_default();
        let mut faults = FaultLog::default();
        let mut library = None;
        let (outside_to, outside) = mpsc::channel(outside::OUTSIDE_QUEUE);
        let identification =
            parts.identification.map(|identification| outside::take_in(identification, outside_to.clone()));
        if let (Some(parts), Some(policy)) = (parts.library, desk_policy(&parts.settings)) {
            kiosk = kiosk.with_library(Desk::new(policy, run.clone(), jitter_seed()));
            let (started, fault) = LibraryRun::start(parts, outside_to.clone());
            fault.iter().for_each(|fault| faults.report(fault));
            library = Some(started);
        }
        let mut policies = None;
        if let (Some(parts), Some(desk)) = (parts.policies, policy::desk(&parts.settings)) {
            kiosk = kiosk.with_policies(desk);
            policies = Some(PolicyRun::start(parts, outside_to.clone()));
        }
        let (views, view) = watch::channel(kiosk.view(clock.now().moment));
        let mut store_status = parts.store.status();
        // How it was opened at the start is known to whoever opened it.
        store_status.mark_unchanged();
        let runtime = Self {
            kiosk,
            dispatch: parts.dispatch.map(Arc::new),
            store_status,
            printer: parts.printer,
            silence: parts.silence,
            sound: parts.sound,
            wording: parts.wording,
            clock,
            faults,
            taps,
            answers,
            answer_to,
            views,
            ledger: Ledger::default(),
            identification,
            library,
            policies,
            marks: policy::marks(&parts.settings, &parts.store),
            marks_tidied_on: None,
            outside,
            _outside_to: outside_to,
            recovered: false,
            wakeup: None,
            run,
            store: parts.store,
            settings: parts.settings,
        };
        (runtime, tap_to, view)
    }

    /// Runs until `stop` says so or the screen is gone, then stops the devices in order.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut second = tokio::time::interval(Duration::from_secs(1));
        second.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut retry = tokio::time::interval(JOURNAL_RETRY);
        retry.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut shown = None;
        let sound = *self.sound.borrow_and_update();
        self.handle(Event::Sound(sound)).await;
        // Before the first tap: a new call must know of the open ones.
        self.catch_up().await;
        loop {
            let library_behind = self.library.as_ref().is_some_and(|library| library.writes.is_behind());
            let behind = !self.recovered || self.ledger.is_behind() || library_behind;
            let wakeup = self.wakeup.map(|moment| self.clock.instant(moment));
            let sleep = async {
                match wakeup {
                    Some(instant) => tokio::time::sleep_until(instant).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                _ = stop.changed() => break,
                Some(answer) = self.answers.recv() => self.take(answer).await,
                Some(event) = self.outside.recv() => self.handle(event).await,
                tap = self.taps.recv() => match tap {
                    Some(tap) => self.tapped(tap).await,
                    None => break,
                },
                Ok(()) = self.sound.changed() => {
                    let sound = *self.sound.borrow_and_update();
                    self.handle(Event::Sound(sound)).await;
                }
                Ok(()) = self.store_status.changed() => self.store_changed().await,
                () = sleep => self.handle(Event::Tick).await,
                _ = retry.tick(), if behind => self.catch_up().await,
                _ = second.tick() => {
                    let local = self.clock.local_time();
                    if shown.replace(local) != Some(local) {
                        self.watch_wall_clock();
                        self.tidy_marks(local.today());
                        self.handle(Event::Clock(local)).await;
                    }
                }
            }
        }
        (self.silence.0)();
        self.printer.wipe();
        self.printer.stop().await;
        if let Err(error) = self.store.close().await {
            self.faults.report(&error.fault());
        }
    }

    async fn tapped(&mut self, tap: Tap) {
        match tap {
            Tap::Intent(intent) => self.handle(Event::Intent(intent)).await,
            Tap::CallTaxi => match random_key("ds") {
                Some(key) => self.handle(Event::CallTaxi(CustomerId(key))).await,
                None => self.no_random_numbers(),
            },
            Tap::OpenLibrary => match random_key("lv") {
                Some(key) => self.handle(Event::OpenLibrary(VisitId(key))).await,
                None => self.no_random_numbers(),
            },
            Tap::Typed(text) => self.handle(Event::Library(LibraryEvent::Typed(text))).await,
            Tap::Erased => self.handle(Event::Library(LibraryEvent::Erased)).await,
        }
    }

    fn no_random_numbers(&mut self) {
        let chain = "the system gives no random numbers".to_owned();
        self.faults.report(&Fault { code: FaultCode::TaskRestarted, chain });
    }

    fn watch_wall_clock(&mut self) {
        if let Some(jump) = self.clock.jump() {
            let chain = format!("the wall clock jumped by {jump} s");
            self.faults.report(&Fault { code: FaultCode::ClockJumped, chain });
        }
    }

    async fn handle(&mut self, event: Event) {
        let now = self.clock.now();
        let effects = self.kiosk.step(now, event);
        self.wakeup = self.kiosk.next_wakeup(now.moment);
        // First of all, so that the screen waits for no disk.
        let view = self.kiosk.view(now.moment);
        self.views.send_if_modified(|shown| {
            let changed = *shown != view;
            if changed {
                *shown = view;
            }
            changed
        });
        for effect in effects {
            self.carry_out(effect).await;
        }
    }
}

/// What shakes pauses, so that the terminals of a town do not all ask at once.
fn jitter_seed() -> u64 {
    let mut bytes = [0_u8; 8];
    // Without random numbers the pauses are not shaken.
    let _ = getrandom::fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

/// 128 random bits as text, never seen before: an idempotency key. `None` when the system gives none.
fn random_key(prefix: &str) -> Option<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).ok()?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(format!("{prefix}-{hex}"))
}
