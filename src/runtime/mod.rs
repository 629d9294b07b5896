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
mod slips;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::MissedTickBehavior;

pub use clock::Clock;
pub use faults::FaultLog;

use crate::devices::slip_printer::SlipPrinter;
use crate::domain::kiosk::{Event, Kiosk, Rules, Tap, ViewState};
use crate::domain::session::Limits;
use crate::domain::taxi::RidePolicy;
use crate::protocol::{Fault, FaultCode, SlipWording};
use crate::services::taxi::TaxiDispatch;
use crate::settings::Settings;
use crate::store::Store;

/// Taps waiting to be handled. A finger makes ten a second at most.
pub const TAP_QUEUE: usize = 32;
/// Answers waiting: at most one a ride and one a slip are under way, so this is never reached.
const ANSWER_QUEUE: usize = 64;
/// Pause before the journal of the last run is asked for again when the database could not be opened.
const RECOVERY_RETRY: Duration = Duration::from_secs(5);

/// What the loop works with.
#[derive(Debug)]
pub struct Parts<D> {
    /// The settings.
    pub settings: Settings,
    /// The dispatch centre; `None` where none is configured.
    pub dispatch: Option<D>,
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
        slips: settings.printer.is_some(),
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
    answers: mpsc::Receiver<Event>,
    answer_to: mpsc::Sender<Event>,
    views: watch::Sender<ViewState>,
    recovered: bool,
    /// Told apart from slips of earlier runs in the journal.
    run: String,
}

impl<D: TaxiDispatch> Runtime<D> {
    /// The loop with its two ends: taps go in, pictures come out.
    #[must_use]
    pub fn new(parts: Parts<D>) -> (Self, mpsc::Sender<Tap>, watch::Receiver<ViewState>) {
        let (tap_to, taps) = mpsc::channel(TAP_QUEUE);
        let (answer_to, answers) = mpsc::channel(ANSWER_QUEUE);
        let kiosk = Kiosk::new(rules(&parts.settings));
        let clock = Clock::new(&parts.settings.site.time_zone);
        let (views, view) = watch::channel(kiosk.view(clock.now().moment));
        let runtime = Self {
            kiosk,
            dispatch: parts.dispatch.map(Arc::new),
            store: parts.store,
            printer: parts.printer,
            silence: parts.silence,
            sound: parts.sound,
            wording: parts.wording,
            clock,
            faults: FaultLog::default(),
            taps,
            answers,
            answer_to,
            views,
            recovered: false,
            run: random_key("run").unwrap_or_default(),
            settings: parts.settings,
        };
        (runtime, tap_to, view)
    }

    /// Runs until `stop` says so or the screen is gone, then stops the devices in order.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut minute = tokio::time::interval(Duration::from_secs(1));
        minute.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut recovery = tokio::time::interval(RECOVERY_RETRY);
        let mut shown = None;
        let sound = *self.sound.borrow_and_update();
        self.handle(Event::Sound(sound)).await;
        loop {
            let wakeup = self.kiosk.next_wakeup(self.clock.now().moment);
            let sleep = async {
                match wakeup {
                    Some(moment) => tokio::time::sleep_until(self.clock.instant(moment)).await,
                    None => std::future::pending().await,
                }
            };
            let event = tokio::select! {
                biased;
                _ = stop.changed() => break,
                Some(answer) = self.answers.recv() => answer,
                tap = self.taps.recv() => match tap {
                    Some(tap) => match self.tapped(tap) { Some(event) => event, None => continue },
                    None => break,
                },
                Ok(()) = self.sound.changed() => Event::Sound(*self.sound.borrow_and_update()),
                _ = recovery.tick(), if !self.recovered => {
                    self.recover().await;
                    continue;
                }
                _ = minute.tick() => match self.clock.local_time() {
                    local if shown != Some(local) => {
                        shown = Some(local);
                        self.watch_wall_clock();
                        Event::Clock(local)
                    }
                    _ => continue,
                },
                () = sleep => Event::Tick,
            };
            self.handle(event).await;
        }
        (self.silence.0)();
        self.printer.wipe();
        self.printer.stop().await;
        if let Err(error) = self.store.close().await {
            self.faults.report(&error.fault());
        }
    }

    fn tapped(&mut self, tap: Tap) -> Option<Event> {
        match tap {
            Tap::Intent(intent) => Some(Event::Intent(intent)),
            Tap::CallTaxi => match random_key("ds") {
                Some(key) => Some(Event::CallTaxi(crate::domain::taxi::CustomerId(key))),
                None => {
                    let chain = "the system gives no random numbers".to_owned();
                    self.faults.report(&Fault { code: FaultCode::TaskRestarted, chain });
                    None
                }
            },
        }
    }

    fn watch_wall_clock(&mut self) {
        if let Some(jump) = self.clock.jump() {
            let chain = format!("the wall clock jumped by {jump} s");
            self.faults.report(&Fault { code: FaultCode::ClockJumped, chain });
        }
    }

    async fn handle(&mut self, event: Event) {
        let effects = self.kiosk.step(self.clock.now(), event);
        for effect in effects {
            self.carry_out(effect).await;
        }
        let view = self.kiosk.view(self.clock.now().moment);
        self.views.send_if_modified(|shown| {
            let changed = *shown != view;
            if changed {
                *shown = view;
            }
            changed
        });
    }
}

/// 128 random bits as text, never seen before: an idempotency key. `None` when the system gives none.
fn random_key(prefix: &str) -> Option<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).ok()?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(format!("{prefix}-{hex}"))
}
