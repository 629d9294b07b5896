// SPDX-License-Identifier: GPL-3.0-only
//! The whole terminal as one state machine: who is at the screen, which page they see, which rides are
//! under way. [`Kiosk::step`] takes every event and answers with effects; [`Kiosk::view`] is what is shown.

mod identify;
mod library;
mod pages;
mod policy;
mod rides;
mod slips;
mod view;

#[cfg(test)]
mod tests;

pub use library::BorrowerSlip;
pub use policy::PaperSlip;
pub use view::{DepartingRide, LocalTime, Prompt, Screen, SlipState, TaxiPage, ViewState};

use crate::domain::identity::{Presented, Wants, Ways};
use crate::domain::library::desk::{Desk, LibraryEffect, LibraryEvent, LibraryIntent};
use crate::domain::library::{DueDate, VisitId};
use crate::domain::policy::visit::{PolicyDesk, PolicyEffect, PolicyEvent, PolicyIntent};
use crate::domain::session::{Attention, Language, Limits, Modes, PageKind, Patience};
use crate::domain::taxi::{CallId, CustomerId, Ride, RideAnswer, RideEffect, RidePolicy, RideRecord};
use crate::domain::time::{Moment, Now, WallTime};
use crate::protocol::Secret;
use identify::Listening;
use rides::{Background, Foreground};
use slips::PageSlips;

/// Longest phone number that can be typed, in digits: a mobile number.
pub const PHONE_DIGITS: usize = 11;
/// Choices on one page.
pub const DESTINATIONS_A_PAGE: usize = 6;
/// The warning is spoken again when so many seconds are left.
const WARNING_SPOKEN_AT_S: [u32; 2] = [20, 10];

/// What the site has settled.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Time limits.
    pub limits: Limits,
    /// Limits of a ride; `None` where no taxi is offered.
    pub ride: Option<RidePolicy>,
    /// The number given to the driver for a rider who leaves none.
    pub kiosk_phone: String,
    /// How many destinations there are to choose from.
    pub destinations: usize,
    /// A slip printer is configured.
    pub slips: bool,
}

/// What a resident does at the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Taps the attract screen.
    Wake,
    /// Goes home.
    GoHome,
    /// Asks whom to phone.
    OpenHelp,
    /// Touches anything.
    Touched,
    /// Answers the warning.
    StillHere,
    /// Is done.
    Finish,
    /// Switches large text.
    ToggleElder,
    /// Switches high contrast.
    ToggleContrast,
    /// Switches low reach.
    ToggleLowReach,
    /// Switches reading aloud.
    ToggleReadAloud,
    /// Switches the language.
    ToggleLanguage,
    /// Wants to hear it again.
    Repeat,
    /// Opens the taxi service.
    OpenTaxi,
    /// Wants to leave a phone number.
    EditPhone,
    /// Types a digit, 0 to 9.
    PhoneDigit(u8),
    /// Deletes the last digit.
    PhoneDelete,
    /// Has typed the number.
    PhoneDone,
    /// Leaves no number.
    PhoneSkip,
    /// Wants to choose a destination.
    EditDestination,
    /// Chooses one, counted on the page.
    ChooseDestination(usize),
    /// Chooses none.
    DestinationSkip,
    /// Turns the page.
    NextPage,
    /// Wants the taxi no more.
    CancelTaxi,
    /// Wants a slip.
    PrintSlip,
    /// Does something on the library's pages.
    Library(LibraryIntent),
    /// Opens the policies.
    OpenPolicies,
    /// Does something on the policies' pages.
    Policy(PolicyIntent),
}

/// A tap, as the screen reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tap {
    /// Anything that is complete in itself.
    Intent(Intent),
    /// 「现在叫车」 or 「再叫一次」: the runtime adds a random key and makes it [`Event::CallTaxi`].
    CallTaxi,
    /// The library's tile: the runtime adds a random key and makes it [`Event::OpenLibrary`].
    OpenLibrary,
    /// Text from the keyboard on the screen, put at the end of what is being written.
    Typed(Secret),
    /// The last character is deleted.
    Erased,
}

/// Everything that can happen.
#[derive(Clone, Debug)]
pub enum Event {
    /// The resident did something.
    Intent(Intent),
    /// The resident calls a taxi, for the first time or again; the runtime adds a new random key.
    CallTaxi(CustomerId),
    /// The centre's answer for a ride.
    Ride(CustomerId, CallId, Box<RideAnswer>),
    /// Somebody opens the library's pages; the runtime adds a new random key.
    OpenLibrary(VisitId),
    /// Something happened at the library or its case.
    Library(LibraryEvent),
    /// Something happened to the policies or their services.
    Policy(PolicyEvent),
    /// Somebody showed something at a reader or scanner.
    Presented(Presented),
    /// Which ways to identify work.
    Ways(Ways),
    /// What became of a slip.
    Slip(SlipJob, SlipResult),
    /// The gate's wall clock has come to another minute.
    Clock(LocalTime),
    /// The loudspeaker works, or does not.
    Sound(bool),
    /// Rides that were under way when the program ended.
    Recovered(Vec<RideRecord>),
    /// A wakeup that was asked for.
    Tick,
}

/// One slip; counts up from the start of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SlipJob(pub u64);

/// What became of a slip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlipResult {
    /// It came out.
    Printed,
    /// It certainly did not.
    Failed,
    /// Nobody knows.
    Unknown,
}

/// The slip for a taxi that comes.
#[derive(Clone, Debug, PartialEq)]
pub struct TaxiSlip {
    /// Language of the session.
    pub language: Language,
    /// Order number.
    pub order: String,
    /// Plate.
    pub plate: Secret,
    /// Colour of the car.
    pub color: String,
    /// Maker and model.
    pub model: String,
    /// Driver's name.
    pub driver: Secret,
    /// The taxi's phone number.
    pub taxi_phone: Secret,
    /// Chosen destination, counted in the settings.
    pub destination: Option<usize>,
    /// Minutes away.
    pub minutes: Option<u32>,
    /// When it was printed.
    pub printed_at: WallTime,
}

/// What is to be printed.
#[derive(Clone, Debug, PartialEq)]
pub enum Slip {
    /// For a taxi that comes.
    Taxi(TaxiSlip),
    /// For a borrower.
    Library(BorrowerSlip),
    /// Of policies.
    Policy(PaperSlip),
}

/// What is to be done in the world.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// For a ride.
    Ride(CustomerId, RideEffect),
    /// Print a slip, once.
    Print(SlipJob, Slip),
    /// Take in what people show, or nothing.
    Listen(Wants),
    /// For the library.
    Library(LibraryEffect),
    /// For the policies.
    Policy(PolicyEffect),
    /// Stop speaking.
    Silence,
    /// The session is over: stop speaking, empty the print queue, forget.
    Wipe,
}

/// The pages of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Page {
    Home,
    Help,
    TaxiStart,
    TaxiPhone,
    TaxiDestination,
    TaxiRide,
    Library,
    Policy,
}

#[derive(Debug)]
struct Session {
    language: Language,
    modes: Modes,
    page: Page,
    attention: Attention,
    phone: Secret,
    destination: Option<usize>,
    destination_page: usize,
    ride: Option<Foreground>,
    library_slips: PageSlips,
    policy_slips: PageSlips,
    warned_s: Option<u32>,
}

impl Session {
    fn new(now: Moment) -> Self {
        Self {
            language: Language::default(),
            modes: Modes::default(),
            page: Page::Home,
            attention: Attention::new(now),
            phone: Secret::default(),
            destination: None,
            destination_page: 0,
            ride: None,
            library_slips: PageSlips::default(),
            policy_slips: PageSlips::default(),
            warned_s: None,
        }
    }

    fn in_library(&self) -> bool {
        self.page == Page::Library
    }

    fn in_policies(&self) -> bool {
        self.page == Page::Policy
    }
}

/// The terminal.
#[derive(Debug)]
pub struct Kiosk {
    rules: Rules,
    session: Option<Session>,
    background: Vec<Background>,
    library: Option<Desk>,
    policies: Option<PolicyDesk>,
    listening: Listening,
    prompt: Prompt,
    /// Counts up whenever the prompt is to be spoken.
    spoken: u64,
    clock: LocalTime,
    attract_turn: u32,
    sound: bool,
    slips: u64,
    /// A call is being taken back because the power failed; told once it is certain.
    interruption_settles: bool,
    /// A call was taken back because the power failed, not because anybody wanted it.
    interrupted_at: Option<Moment>,
}

impl Kiosk {
    /// A terminal with nobody at the screen.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            session: None,
            background: Vec::new(),
            library: None,
            policies: None,
            listening: Listening::default(),
            prompt: Prompt::None,
            spoken: 0,
            clock: LocalTime::default(),
            attract_turn: 0,
            sound: false,
            slips: 0,
            interruption_settles: false,
            interrupted_at: None,
        }
    }

    /// Takes an event at `now`; the effects are to be carried out in their order.
    pub fn step(&mut self, now: Now, event: Event) -> Vec<Effect> {
        let mut effects = Vec::new();
        // A tap that comes when the time is over was meant for a page that has gone, however late the
        // wakeup was.
        if self.patience(now.moment) == Some(Patience::Expired) {
            self.end_session(now, &mut effects);
        }
        match event {
            Event::Intent(intent) => self.intent(now, intent, &mut effects),
            Event::CallTaxi(customer) => self.call_taxi(now, customer),
            Event::Ride(customer, call, answer) => self.ride_answer(now, &customer, call, *answer, &mut effects),
            Event::OpenLibrary(visit) => self.open_library(now, visit),
            Event::Library(event) => self.library_event(now, event, &mut effects),
            Event::Policy(event) => self.policy_event(now, event, &mut effects),
            Event::Presented(presented) => self.presented(now, presented, &mut effects),
            Event::Ways(ways) => self.set_ways(now, ways, &mut effects),
            Event::Slip(job, result) => {
                if !self.page_slip_result(now, job, result) {
                    self.slip_result(now, job, result);
                }
            }
            Event::Clock(clock) => {
                self.clock = clock;
                self.set_library_day(DueDate { year: clock.year, month: clock.month, day: clock.day });
                self.set_policy_day(clock.today());
                self.attract_turn = self.attract_turn.wrapping_add(1);
            }
            Event::Sound(works) => self.sound = works,
            Event::Recovered(records) => self.recover(now, records),
            Event::Tick => {}
        }
        self.advance_rides(now, &mut effects);
        self.advance_library(now, &mut effects);
        self.advance_policies(now, &mut effects);
        self.watch_page_slips(now);
        self.listen(&mut effects);
        self.watch_slip(now);
        self.watch_foreground(now, &mut effects);
        self.watch_time(now, &mut effects);
        self.watch_background(now.moment);
        effects
    }

    /// When [`Self::step`] must be called with [`Event::Tick`] at the latest.
    #[must_use]
    pub fn next_wakeup(&self, now: Moment) -> Option<Moment> {
        let mut wakeups: Vec<Moment> = Vec::new();
        if let Some(session) = &self.session {
            wakeups.extend(session.attention.next_change(
                self.rules.limits,
                session.modes,
                self.page_kind(session, now),
                now,
            ));
            wakeups.extend(session.library_slips.due());
            wakeups.extend(session.policy_slips.due());
            if let Some(foreground) = &session.ride {
                wakeups.extend(foreground.ride.next_wakeup());
                wakeups.extend(foreground.slip_due());
                if session.page == Page::TaxiRide {
                    wakeups.extend(foreground.next_second(now));
                }
            }
        }
        wakeups.extend(self.background.iter().filter_map(|slot| slot.next_wakeup(now)));
        wakeups.extend(self.interruption_ends(now));
        wakeups.extend(self.policies.as_ref().and_then(PolicyDesk::next_wakeup));
        wakeups.extend(self.library.as_ref().and_then(|desk| desk.next_wakeup(now)));
        wakeups.into_iter().min()
    }

    fn page_kind(&self, session: &Session, now: Moment) -> PageKind {
        match (&session.ride, session.page) {
            (_, Page::Library) => self.library_page_kind(now),
            (_, Page::Policy) => self.policy_page_kind(session),
            (Some(foreground), _) if foreground.slip == SlipState::Printing => PageKind::Busy,
            (Some(foreground), Page::TaxiRide) if foreground.is_over() => PageKind::Last,
            _ => PageKind::Working,
        }
    }

    fn patience(&self, now: Moment) -> Option<Patience> {
        let session = self.session.as_ref()?;
        Some(session.attention.patience(self.rules.limits, session.modes, self.page_kind(session, now), now))
    }

    fn watch_time(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(patience) = self.patience(now.moment) else { return };
        let warned = self.session.as_ref().and_then(|session| session.warned_s);
        match patience {
            Patience::Expired => self.end_session(now, effects),
            Patience::Warning(left) => {
                let due = warned.is_none_or(|before| WARNING_SPOKEN_AT_S.iter().any(|at| before > *at && left <= *at));
                if let Some(session) = &mut self.session {
                    session.warned_s = Some(left);
                }
                if due {
                    self.say(Prompt::StillThere, true);
                }
            }
            Patience::Waiting | Patience::Finishing(_) => {
                if warned.is_some() {
                    if let Some(session) = &mut self.session {
                        session.warned_s = None;
                    }
                    self.say_page(now.moment, false);
                }
            }
        }
    }

    fn end_session(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(session) = self.session.take() else { return };
        self.leave_library(now, effects);
        self.leave_policies(now, effects);
        if let Some(foreground) = session.ride {
            self.background.extend(Background::from_foreground(foreground, now.moment));
        }
        self.prompt = Prompt::None;
        effects.push(Effect::Wipe);
        // A taxi that nobody agreed to is taken back at once, not at the next wakeup.
        self.advance_rides(now, effects);
    }

    /// Shows `prompt` in the spoken line, and has it spoken where that matters.
    fn say(&mut self, prompt: Prompt, spoken: bool) {
        self.prompt = prompt;
        let reads_all = self.session.as_ref().is_some_and(|session| session.modes.read_aloud);
        if prompt != Prompt::None && (spoken || reads_all) {
            self.spoken += 1;
        }
    }

    /// The prompt of the page that is shown.
    fn say_page(&mut self, now: Moment, spoken: bool) {
        let Some(session) = &self.session else { return };
        let prompt = match session.page {
            Page::Home => Prompt::Home,
            Page::Help => Prompt::Help,
            Page::TaxiStart => Prompt::TaxiStart,
            Page::TaxiPhone => Prompt::TaxiPhone,
            Page::TaxiDestination => Prompt::TaxiDestination,
            Page::TaxiRide => session.ride.as_ref().map_or(Prompt::None, Foreground::prompt),
            Page::Library => self.library_prompt(now),
            Page::Policy => self.policy_prompt(),
        };
        self.say(prompt, spoken);
    }
}
