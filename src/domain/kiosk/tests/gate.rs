// SPDX-License-Identifier: GPL-3.0-only
//! The terminal with everything around it, and what must hold after every step.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::centre::{Centre, Dice, Fate, GATE};
use crate::domain::kiosk::{
    Effect, Event, Intent, Kiosk, LocalTime, Prompt, Rules, Screen, Slip, SlipJob, SlipResult, SlipState, Tap,
    TaxiPage, ViewState,
};
use crate::domain::session::{Limits, Modes};
use crate::domain::taxi::{CallId, CustomerId, RideAnswer, RideCall, RideEffect, RideOutcome, RidePolicy, RideRecord};
use crate::domain::time::{Moment, Now, WallTime};
use crate::protocol::GeoPoint;

pub const KIOSK_PHONE: &str = "0536-8000000";
/// No slip is waited for any longer.
const LONGEST_PRINT: Duration = Duration::from_secs(150);
/// No day takes so many steps.
const MOST_STEPS: u32 = 40_000;
/// No more than so many steps follow each other without time passing.
const MOST_AT_ONCE: u32 = 40;

pub fn rules() -> Rules {
    Rules {
        limits: Limits {
            idle: Duration::from_secs(60),
            warning: Duration::from_secs(30),
            finish: Duration::from_secs(20),
            elder_factor: 2,
        },
        ride: Some(RidePolicy {
            pickup: GeoPoint::new(GATE.0, GATE.1).unwrap(),
            poll_interval: Duration::from_secs(2),
            longest_backoff: Duration::from_secs(15),
            confirm_after: Duration::from_secs(10),
            max_hails: 4,
            max_search: Duration::from_secs(240),
            empty_patience: Duration::from_secs(40),
            resolve_settle: Duration::from_secs(10),
            outage_patience: Duration::from_secs(45),
            average_speed_m_s: 5.0,
        }),
        kiosk_phone: KIOSK_PHONE.to_owned(),
        destinations: 8,
        slips: true,
    }
}

/// What the current session has been through.
#[derive(Debug, Default)]
struct Visit {
    last_sign: Moment,
    warned: bool,
    printing_since: Option<Moment>,
}

/// The terminal and its surroundings.
pub struct Gate {
    pub kiosk: Kiosk,
    pub now: Moment,
    pub centre: Centre,
    pub dice: Dice,
    /// What is under way: answers and print reports.
    coming: Vec<(Moment, Event)>,
    pub journal: BTreeMap<String, RideRecord>,
    pub settled: BTreeMap<String, RideOutcome>,
    pub prints: Vec<(Moment, String)>,
    pub phones: Vec<String>,
    pub hails: u32,
    customers: u32,
    visit: Visit,
    pub printer_answers: bool,
    pub wipes: u32,
    cut: bool,
    /// When the terminal wants to be woken, as it said after the last step.
    wakeup: Option<Moment>,
    /// Nobody woke the terminal in time.
    pub late: bool,
    steps: u32,
    at_once: u32,
    shown: (Screen, Prompt),
    pub seen_screens: BTreeSet<String>,
    pub seen_prompts: BTreeSet<String>,
    /// Which intents were tried on which screens.
    pub tried: BTreeSet<(String, String)>,
}

impl Gate {
    pub fn new(dice: Vec<u8>) -> Self {
        let mut gate = Self {
            kiosk: Kiosk::new(rules()),
            now: Moment::from_start(Duration::from_secs(5)),
            centre: Centre::default(),
            dice: Dice::new(dice),
            coming: Vec::new(),
            journal: BTreeMap::new(),
            settled: BTreeMap::new(),
            prints: Vec::new(),
            phones: Vec::new(),
            hails: 0,
            customers: 0,
            visit: Visit::default(),
            printer_answers: true,
            wipes: 0,
            cut: false,
            wakeup: None,
            late: false,
            steps: 0,
            at_once: 0,
            shown: (Screen::Home, Prompt::None),
            seen_screens: BTreeSet::new(),
            seen_prompts: BTreeSet::new(),
            tried: BTreeSet::new(),
        };
        gate.step(Event::Sound(true));
        gate
    }

    pub fn view(&self) -> ViewState {
        self.kiosk.view(self.now)
    }

    pub fn tap(&mut self, intent: Intent) -> &mut Self {
        self.tried.insert((format!("{:?}", self.view().screen), name(intent)));
        self.step(Event::Intent(intent));
        self
    }

    pub fn call(&mut self) -> &mut Self {
        self.customers += 1;
        self.tried.insert((format!("{:?}", self.view().screen), "CallTaxi".to_owned()));
        self.step(Event::CallTaxi(CustomerId(format!("ds-{}", self.customers))));
        self
    }

    pub fn touch(&mut self, tap: Tap) {
        match tap {
            Tap::Intent(intent) => self.tap(intent),
            Tap::CallTaxi => self.call(),
            // This gate has no library.
            Tap::OpenLibrary | Tap::Typed(_) | Tap::Erased => self,
        };
    }

    fn instant(&self) -> Now {
        let seconds = i64::try_from(self.now.since_start().as_secs()).unwrap();
        Now { moment: self.now, wall: WallTime(1_790_000_000 + seconds) }
    }

    /// The next thing that happens by itself.
    pub fn next_at(&self) -> Option<Moment> {
        let coming = self.coming.iter().map(|(at, _)| *at).min();
        [coming, self.wakeup, self.centre.next_at()].into_iter().flatten().min()
    }

    /// Lets time pass up to `end`, as the runtime does.
    pub fn pass(&mut self, time: Duration) -> &mut Self {
        let end = self.now + time;
        while self.next_at().is_some_and(|at| at <= end) {
            self.happen();
        }
        self.go_to(end);
        self
    }

    /// Until nothing happens by itself any more.
    pub fn settle(&mut self) {
        while self.next_at().is_some() {
            self.happen();
        }
    }

    /// Until `done`; panics where it never is.
    pub fn until(&mut self, done: impl Fn(&ViewState) -> bool) -> &mut Self {
        while !done(&self.view()) {
            assert!(self.next_at().is_some(), "never: {:?}", self.view());
            self.happen();
        }
        self
    }

    fn go_to(&mut self, at: Moment) {
        if at > self.now {
            self.at_once = 0;
            self.now = at;
        }
        self.at_once += 1;
        assert!(self.at_once < MOST_AT_ONCE, "time stands still: {:?}", self.kiosk);
    }

    fn happen(&mut self) {
        let Some(at) = self.next_at() else { return };
        self.go_to(at);
        self.centre.tick(self.now, &mut self.dice);
        let due = self.coming.iter().position(|(at, _)| *at <= self.now);
        if let Some(index) = due {
            let (_, event) = self.coming.remove(index);
            self.step(event);
        } else if self.wakeup.is_some_and(|at| at <= self.now) {
            self.step(Event::Tick);
        }
    }

    pub fn step(&mut self, event: Event) {
        self.steps += 1;
        assert!(self.steps < MOST_STEPS, "never ends: {:?}", self.kiosk);
        let tapped = matches!(event, Event::Intent(_) | Event::CallTaxi(_));
        let asked_to_print = matches!(event, Event::Intent(Intent::PrintSlip));
        let finished = matches!(event, Event::Intent(Intent::Finish));
        let before = self.view();
        let effects = self.kiosk.step(self.instant(), event);
        self.wakeup = self.kiosk.next_wakeup(self.now);
        assert!(self.wakeup.is_none_or(|at| at > self.now), "to be woken in the past: {:?}", self.kiosk);
        let ended = effects.contains(&Effect::Wipe);
        if ended {
            self.wipes += 1;
            self.check_end(&before, finished);
        }
        if tapped || self.view().prompt != before.prompt || self.view().taxi.slip != before.taxi.slip {
            // A sign at the latest now: news gives the whole time again.
            let news = !matches!(self.view().prompt, Prompt::StillThere);
            self.visit.last_sign = if tapped || news { self.now } else { self.visit.last_sign };
        }
        for effect in effects {
            self.carry_out(effect, asked_to_print);
        }
        if std::mem::take(&mut self.cut) {
            self.power_cut();
        }
        self.check();
    }

    fn carry_out(&mut self, effect: Effect, asked_to_print: bool) {
        match effect {
            Effect::Ride(customer, RideEffect::Record(record)) => drop(self.journal.insert(customer.0, record)),
            Effect::Ride(customer, RideEffect::Act { call, record, ask }) => {
                if let Some(record) = record {
                    self.journal.insert(customer.0.clone(), record);
                }
                self.ask(&customer, call, &ask);
            }
            Effect::Ride(_, RideEffect::Settle(customer, outcome)) => {
                self.journal.remove(&customer.0);
                assert!(self.settled.insert(customer.0, outcome).is_none(), "settled twice");
            }
            Effect::Print(job, Slip::Taxi(slip)) => {
                assert_eq!(slip.plate.expose(), super::centre::PLATE);
                if !asked_to_print {
                    let by_itself = self.prints.iter().filter(|(_, order)| *order == slip.order).count();
                    assert_eq!(by_itself, 0, "a slip of the same car once more, by itself");
                }
                self.prints.push((self.now, slip.order.clone()));
                let printed = self.prints.iter().filter(|(_, order)| *order == slip.order).count();
                assert!(printed <= 3, "paper is wasted");
                self.visit.printing_since = Some(self.now);
                self.print(job);
            }
            Effect::Print(_, Slip::Library(_) | Slip::Policy(_))
            | Effect::Listen(_)
            | Effect::Library(_)
            | Effect::Policy(_)
            | Effect::Silence
            | Effect::Wipe => {}
        }
    }

    fn print(&mut self, job: SlipJob) {
        let (after, result) = self.dice.pick(&[
            (4, SlipResult::Printed),
            (4, SlipResult::Printed),
            (0, SlipResult::Failed),
            (15, SlipResult::Unknown),
            (119, SlipResult::Failed),
            (1000, SlipResult::Printed),
        ]);
        if self.printer_answers {
            self.coming.push((self.now + Duration::from_secs(after), Event::Slip(job, result)));
        }
    }

    fn ask(&mut self, customer: &CustomerId, call: CallId, ask: &RideCall) {
        if let RideCall::Hail(request) = ask {
            assert!(self.journal.contains_key(&customer.0), "a hail of which nobody knows");
            self.phones.push(request.phone.expose().to_owned());
            self.hails += 1;
            if self.dice.pick(&[false, false, false, false, false, false, false, true]) {
                let answer = Event::Ride(customer.clone(), call, Box::new(RideAnswer::NotJournaled));
                self.journal.remove(&customer.0);
                self.coming.push((self.now, answer));
                return;
            }
        }
        match self.centre.call(self.now, ask, &mut self.dice) {
            Fate::Answered(answer, after) => {
                self.coming.push((self.now + after, Event::Ride(customer.clone(), call, Box::new(answer))));
            }
            Fate::Silence => self.cut = true,
        }
    }

    /// The program ends and is started again: only the journal is left.
    pub fn power_cut(&mut self) {
        self.coming.clear();
        self.visit = Visit::default();
        self.kiosk = Kiosk::new(rules());
        self.now = self.now + Duration::from_secs(3);
        let records = self.journal.values().cloned().collect();
        self.step(Event::Recovered(records));
    }

    /// A session has just ended in this step.
    fn check_end(&mut self, before: &ViewState, finished: bool) {
        let factor = if before.modes.elder { 2 } else { 1 };
        let gone = self.now.since(self.visit.last_sign);
        if !finished {
            assert_ne!(before.taxi.slip, SlipState::Printing, "left while printing");
            let last = before.finish_s.is_some() || before.screen == Screen::TaxiFinished;
            let shortest = if last || before.screen == Screen::TaxiProblem { 20 } else { 90 };
            assert!(gone >= Duration::from_secs(shortest) * factor, "left too soon: {before:?}");
            let told = shortest == 20 || self.visit.warned || self.late;
            assert!(told, "left without a warning: {before:?}");
        }
        self.visit = Visit::default();
    }

    /// What must hold after every step.
    fn check(&mut self) {
        let view = self.view();
        if self.shown != (view.screen, view.prompt) {
            self.shown = (view.screen, view.prompt);
            self.seen_screens.insert(format!("{:?}", view.screen));
            self.seen_prompts.insert(format!("{:?}", view.prompt));
        }
        self.visit.warned = view.warning_s.is_some() || (self.visit.warned && view.screen != Screen::Attract);
        assert!(view.warning_s.is_none_or(|left| (1..=60).contains(&left)));
        assert!(view.finish_s.is_none_or(|left| (1..=40).contains(&left)));
        assert!(self.centre.unconfirmed() <= 1, "two calls at once for one gate");
        assert!(self.kiosk.has_forgotten(self.now));
        if view.taxi.slip == SlipState::Printing {
            assert_eq!(view.warning_s, None);
            let since = self.visit.printing_since.unwrap();
            assert!(self.now.since(since) <= LONGEST_PRINT, "prints for ever");
        }
        if view.screen == Screen::Attract {
            let fresh = Kiosk::new(rules()).view(self.now);
            let rest = ViewState {
                clock: LocalTime::default(),
                rides: Vec::new(),
                prompt: Prompt::None,
                spoken: 0,
                sound: false,
                attract_turn: 0,
                drift_px: (0, 0),
                call_interrupted: false,
                ..view.clone()
            };
            assert_eq!(rest, fresh, "something is left of a session");
            assert_eq!((view.taxi, view.modes), (TaxiPage::default(), Modes::default()));
            let about = match view.prompt {
                Prompt::None => true,
                Prompt::RideNear => view.rides[0].near,
                Prompt::RideGone => view.rides[0].gone,
                _ => false,
            };
            assert!(about, "{:?} is said of {:?}", view.prompt, view.rides);
            assert!(view.rides.iter().all(|ride| ride.tail.chars().count() == 3));
        }
        // Nothing is left undone at the same instant, and looking changes nothing.
        let again = self.kiosk.step(self.instant(), Event::Tick);
        assert!(again.is_empty(), "does more at the same instant: {again:?}");
        assert_eq!(self.view().screen, view.screen);
        assert_eq!(self.view().spoken, view.spoken);
    }
}

/// The name of an intent without its number.
pub fn name(intent: Intent) -> String {
    let text = format!("{intent:?}");
    text.split('(').next().unwrap_or_default().to_owned()
}

/// Whether nothing is under way that somebody must still look after.
pub fn is_quiet(gate: &Gate) -> bool {
    gate.centre.unconfirmed() == 0 && gate.journal.is_empty()
}
