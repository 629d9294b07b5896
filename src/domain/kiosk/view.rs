// SPDX-License-Identifier: GPL-3.0-only
//! What is shown: a whole picture of the screen in plain data, without a word of any language.

use super::pages::phone_complete;
use super::rides::Foreground;
use super::{DESTINATIONS_A_PAGE, Kiosk, Page, PageKind};
use crate::domain::day::Day;
use crate::domain::library::desk::{LibraryPage, LibraryPrompt, LibraryScreen};
use crate::domain::policy::visit::{PolicyPage, PolicyPrompt, PolicyScreen};
use crate::domain::session::{Language, Modes, Patience, whole_seconds};
use crate::domain::taxi::{RideOutcome, RideStage, RideView};
use crate::domain::time::Moment;
use crate::protocol::Secret;

/// The attract screen moves by so many pixels at most, against burn-in.
const DRIFT_PX: [(i32, i32); 8] = [(0, 0), (6, 0), (6, 6), (0, 6), (-6, 6), (-6, 0), (-6, -6), (0, -6)];

/// The screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Screen {
    /// Nobody is there.
    #[default]
    Attract,
    /// The services.
    Home,
    /// Whom to phone.
    Help,
    /// 「现在叫车」.
    TaxiStart,
    /// Keypad for the phone number.
    TaxiPhone,
    /// Choice of the destination.
    TaxiDestination,
    /// Looking for a car.
    TaxiSearching,
    /// A driver accepted.
    TaxiAccepted,
    /// The car comes.
    TaxiComing,
    /// In the car.
    TaxiFinished,
    /// No car.
    TaxiProblem,
    /// One of the library's.
    Library(LibraryScreen),
    /// One of the policies'.
    Policy(PolicyScreen),
}

/// What the spoken line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "the names are those of the screens and states, explained there")]
pub enum Prompt {
    #[default]
    None,
    Home,
    Help,
    TaxiStart,
    TaxiPhone,
    TaxiDestination,
    TaxiSearching,
    TaxiNextCar,
    TaxiAccepted,
    TaxiComing,
    TaxiNear,
    TaxiCannotCancel,
    TaxiFinished,
    TaxiProblem,
    StillThere,
    SlipTaken,
    SlipFailed,
    RideNear,
    RideGone,
    Library(LibraryPrompt),
    Policy(PolicyPrompt),
}

/// What became of the slip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum SlipState {
    /// None was asked for yet.
    #[default]
    None,
    /// Being printed.
    Printing,
    /// It came out.
    Printed,
    /// It did not.
    Failed,
    /// Nobody knows.
    Unknown,
}

/// The gate's wall clock, to the minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct LocalTime {
    /// Year of the Christian era.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 1 Monday to 7 Sunday.
    pub weekday: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
}

impl LocalTime {
    /// The day.
    #[must_use]
    pub fn today(self) -> Day {
        Day { year: self.year, month: self.month, day: self.day }
    }
}

/// A car on its way for somebody who has walked away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepartingRide {
    /// The plate's last three characters.
    pub tail: String,
    /// Minutes away.
    pub minutes: Option<u32>,
    /// It stands at the gate.
    pub near: bool,
    /// It will not come.
    pub gone: bool,
}

/// The taxi pages.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TaxiPage {
    /// Digits typed.
    pub phone: Secret,
    /// They make a number.
    pub phone_complete: bool,
    /// The number with its middle hidden.
    pub phone_masked: Secret,
    /// Which destination, counted in the settings.
    pub destination: Option<usize>,
    /// Page of the choice, from 0.
    pub destination_page: usize,
    /// Pages there are, at least 1.
    pub destination_pages: usize,
    /// The ride, where there is one.
    pub ride: Option<RideView>,
    /// The slip.
    pub slip: SlipState,
    /// A printer is there to ask.
    pub slip_offered: bool,
}

/// The whole picture.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ViewState {
    /// Which screen.
    pub screen: Screen,
    /// Its language.
    pub language: Language,
    /// Its modes.
    pub modes: Modes,
    /// Seconds of the countdown over the page.
    pub warning_s: Option<u32>,
    /// Seconds until a last page goes.
    pub finish_s: Option<u32>,
    /// The clock.
    pub clock: LocalTime,
    /// Shift of the attract screen in pixels.
    pub drift_px: (i32, i32),
    /// Counts up slowly: which sentence the attract screen shows.
    pub attract_turn: u32,
    /// Cars on their way for residents who have walked away.
    pub rides: Vec<DepartingRide>,
    /// A power failure took a call back.
    pub call_interrupted: bool,
    /// The spoken line.
    pub prompt: Prompt,
    /// Changes when the line is to be spoken.
    pub spoken: u64,
    /// The loudspeaker works.
    pub sound: bool,
    /// The taxi pages.
    pub taxi: TaxiPage,
    /// The library's pages.
    pub library: LibraryPage,
    /// The borrower's slip.
    pub library_slip: SlipState,
    /// The policies' pages.
    pub policy: PolicyPage,
    /// The slip of what they show.
    pub policy_slip: SlipState,
}

impl Kiosk {
    /// What is shown at `now`.
    #[must_use]
    pub fn view(&self, now: Moment) -> ViewState {
        let mut view = ViewState {
            clock: self.clock,
            prompt: self.prompt,
            spoken: self.spoken,
            sound: self.sound,
            ..ViewState::default()
        };
        view.library = self.library_page(now);
        view.policy = self.policy_page(now);
        let Some(session) = &self.session else {
            let drift = usize::try_from(self.attract_turn).unwrap_or(0) % DRIFT_PX.len();
            view.drift_px = DRIFT_PX[drift];
            view.attract_turn = self.attract_turn;
            view.rides = self.departing(now);
            view.call_interrupted = self.call_interrupted(now);
            return view;
        };
        let kind = self.page_kind(session, now);
        match session.attention.patience(self.rules.limits, session.modes, kind, now) {
            Patience::Warning(left) => view.warning_s = Some(left),
            Patience::Finishing(left) => view.finish_s = Some(left),
            Patience::Waiting | Patience::Expired => {}
        }
        debug_assert!(kind != PageKind::Busy || view.warning_s.is_none());
        view.language = session.language;
        view.modes = session.modes;
        let ride = session.ride.as_ref();
        view.taxi = TaxiPage {
            phone_complete: phone_complete(&session.phone),
            phone_masked: masked(&session.phone),
            phone: session.phone.clone(),
            destination: session.destination,
            destination_page: session.destination_page,
            destination_pages: self.rules.destinations.div_ceil(DESTINATIONS_A_PAGE).max(1),
            ride: ride.map(|foreground| foreground.ride.view(now)),
            slip: ride.map(|foreground| foreground.slip).unwrap_or_default(),
            slip_offered: self.rules.slips,
        };
        view.library_slip = session.library_slips.state;
        view.policy_slip = session.policy_slips.state;
        view.screen = match session.page {
            Page::Home => Screen::Home,
            Page::Help => Screen::Help,
            Page::TaxiStart => Screen::TaxiStart,
            Page::TaxiPhone => Screen::TaxiPhone,
            Page::TaxiDestination => Screen::TaxiDestination,
            Page::TaxiRide => ride.map_or(Screen::TaxiStart, |foreground| ride_screen(foreground, now)),
            Page::Library => Screen::Library(view.library.screen),
            Page::Policy => Screen::Policy(view.policy.screen),
        };
        view
    }
}

fn ride_screen(foreground: &Foreground, now: Moment) -> Screen {
    match foreground.ride.view(now).stage {
        RideStage::Accepted { .. } => Screen::TaxiAccepted,
        RideStage::Coming => Screen::TaxiComing,
        RideStage::Ended(RideOutcome::OnBoard) => Screen::TaxiFinished,
        RideStage::Ended(_) => Screen::TaxiProblem,
        RideStage::Looking | RideStage::Asking | RideStage::Checking | RideStage::Cancelling => Screen::TaxiSearching,
    }
}

impl RideView {
    /// Seconds until the terminal confirms, while the rider may say no.
    #[must_use]
    pub fn confirm_s(&self) -> Option<u32> {
        match self.stage {
            RideStage::Accepted { chance } if chance.is_zero() => Some(0),
            RideStage::Accepted { chance } => Some(whole_seconds(chance)),
            _ => None,
        }
    }
}

/// `138****1111`; a shorter number keeps its last four digits.
fn masked(phone: &Secret) -> Secret {
    const SHOWN_AT_THE_END: usize = 4;
    const SHOWN_IN_FRONT: usize = 3;
    if !phone_complete(phone) {
        return Secret::default();
    }
    let digits = phone.expose();
    let (front, rest) = digits.split_at(SHOWN_IN_FRONT.min(digits.len() - SHOWN_AT_THE_END));
    let (_, end) = rest.split_at(rest.len() - SHOWN_AT_THE_END);
    Secret::new(format!("{front}****{end}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_a_number_is_hidden() {
        assert_eq!(masked(&Secret::from("13800001111")).expose(), "138****1111");
        assert_eq!(masked(&Secret::from("8200001")).expose(), "820****0001");
        assert!(masked(&Secret::from("138")).is_empty());
    }
}
