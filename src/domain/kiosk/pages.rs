// SPDX-License-Identifier: GPL-3.0-only
//! What a tap does on each page.

use super::rides::Foreground;
use super::{DESTINATIONS_A_PAGE, Effect, Intent, Kiosk, Language, Now, PHONE_DIGITS, Page, Prompt, Ride, Session};
use crate::domain::taxi::CustomerId;
use crate::protocol::Secret;

/// Shortest number taken as whole: a land line without its area code.
const SHORTEST_PHONE: usize = 7;
/// Bytes reserved for the number, so that it never moves in memory while it is typed.
const PHONE_CAPACITY: usize = 16;

impl Kiosk {
    pub(super) fn intent(&mut self, now: Now, intent: Intent, effects: &mut Vec<Effect>) {
        let Some(session) = &mut self.session else {
            // At the attract screen every touch wakes; whatever else a late tap meant is gone with the
            // session that it was meant for.
            if intent == Intent::Wake {
                self.session = Some(Session::new(now.moment));
                self.interrupted_at = None;
                self.say_page(now.moment, false);
            }
            return;
        };
        session.attention.sign(now.moment);
        match intent {
            Intent::Wake | Intent::Touched | Intent::StillHere => {}
            Intent::GoHome => self.go_home(now),
            Intent::OpenHelp => self.open(now, Page::Help),
            Intent::Finish => self.end_session(now, effects),
            Intent::ToggleElder => session.modes.elder = !session.modes.elder,
            Intent::ToggleContrast => session.modes.high_contrast = !session.modes.high_contrast,
            Intent::ToggleLowReach => session.modes.low_reach = !session.modes.low_reach,
            Intent::ToggleReadAloud => {
                session.modes.read_aloud = !session.modes.read_aloud;
                if session.modes.read_aloud { self.spoken += 1 } else { effects.push(Effect::Silence) }
            }
            Intent::ToggleLanguage => {
                session.language = match session.language {
                    Language::Zh => Language::En,
                    Language::En => Language::Zh,
                };
                self.say(self.prompt, false);
            }
            Intent::Repeat => self.spoken += u64::from(self.prompt != Prompt::None),
            Intent::Library(intent) => self.library_intent(now, intent, effects),
            Intent::OpenPolicies => self.open_policies(now),
            Intent::Policy(intent) => self.policy_intent(now, intent, effects),
            taxi => self.taxi_intent(now, taxi, effects),
        }
    }

    fn taxi_intent(&mut self, now: Now, intent: Intent, effects: &mut Vec<Effect>) {
        let Some(session) = &mut self.session else { return };
        match intent {
            Intent::OpenTaxi => self.open_taxi(now),
            Intent::EditPhone if session.page == Page::TaxiStart => self.open(now, Page::TaxiPhone),
            Intent::EditDestination if session.page == Page::TaxiStart => self.open(now, Page::TaxiDestination),
            Intent::PhoneDigit(digit) if session.page == Page::TaxiPhone => type_digit(&mut session.phone, digit),
            Intent::PhoneDelete if session.page == Page::TaxiPhone => session.phone.pop(),
            Intent::PhoneDone if session.page == Page::TaxiPhone && phone_complete(&session.phone) => {
                self.open(now, Page::TaxiStart);
            }
            Intent::PhoneSkip if session.page == Page::TaxiPhone => {
                session.phone = Secret::default();
                self.open(now, Page::TaxiStart);
            }
            Intent::ChooseDestination(index)
                if session.page == Page::TaxiDestination && index < DESTINATIONS_A_PAGE =>
            {
                let chosen = session.destination_page * DESTINATIONS_A_PAGE + index;
                if chosen < self.rules.destinations {
                    session.destination = Some(chosen);
                    self.open(now, Page::TaxiStart);
                }
            }
            Intent::DestinationSkip if session.page == Page::TaxiDestination => {
                session.destination = None;
                self.open(now, Page::TaxiStart);
            }
            Intent::NextPage if session.page == Page::TaxiDestination => {
                let pages = self.rules.destinations.div_ceil(DESTINATIONS_A_PAGE).max(1);
                session.destination_page = (session.destination_page + 1) % pages;
            }
            Intent::CancelTaxi if session.page == Page::TaxiRide => self.cancel_taxi(now),
            Intent::PrintSlip if session.page == Page::TaxiRide => self.print_slip(now, effects),
            // A tap that was meant for a page that has gone meanwhile.
            _ => {}
        }
    }

    fn open(&mut self, now: Now, page: Page) {
        if let Some(session) = &mut self.session {
            session.page = page;
        }
        self.say_page(now.moment, false);
    }

    pub(super) fn open_home(&mut self, now: Now) {
        self.open(now, Page::Home);
    }

    fn go_home(&mut self, now: Now) {
        self.leave_ended_ride(now);
        self.open(now, Page::Home);
    }

    fn open_taxi(&mut self, now: Now) {
        if self.rules.ride.is_none() {
            return;
        }
        self.leave_ended_ride(now);
        let under_way = self.session.as_ref().is_some_and(|session| session.ride.is_some());
        self.open(now, if under_way { Page::TaxiRide } else { Page::TaxiStart });
    }

    /// 「现在叫车」 or 「再叫一次」: a second tap while a ride is under way does nothing.
    pub(super) fn call_taxi(&mut self, now: Now, customer: CustomerId) {
        let Some(policy) = self.rules.ride.clone() else { return };
        let Some(session) = &mut self.session else { return };
        session.attention.sign(now.moment);
        if !matches!(session.page, Page::TaxiStart | Page::TaxiRide) {
            return;
        }
        self.leave_ended_ride(now);
        let Some(session) = &mut self.session else { return };
        if session.ride.is_some() {
            return;
        }
        let phone = if phone_complete(&session.phone) {
            session.phone.clone()
        } else {
            Secret::new(self.rules.kiosk_phone.clone())
        };
        session.ride = Some(Foreground::new(Ride::start(policy, customer, phone, now.moment)));
        session.page = Page::TaxiRide;
    }

    fn leave_ended_ride(&mut self, now: Now) {
        let Some(session) = &mut self.session else { return };
        if session.ride.as_ref().is_some_and(Foreground::is_over)
            && let Some(foreground) = session.ride.take()
        {
            self.move_to_background(foreground, now.moment);
        }
    }

    fn cancel_taxi(&mut self, now: Now) {
        let Some(foreground) = self.session.as_mut().and_then(|session| session.ride.as_mut()) else { return };
        if foreground.cancel(now.moment) {
            self.say(Prompt::TaxiCannotCancel, true);
        }
    }
}

fn type_digit(phone: &mut Secret, digit: u8) {
    if digit <= 9 && phone.expose().len() < PHONE_DIGITS {
        phone.push(char::from(b'0' + digit), PHONE_CAPACITY);
    }
}

/// A mobile number (11 digits from 1) or a land line (7 to 11 digits not from 1, the area code's zero
/// included).
pub(super) fn phone_complete(phone: &Secret) -> bool {
    let digits = phone.expose().len();
    match phone.expose().as_bytes().first() {
        Some(b'1') => digits == PHONE_DIGITS,
        Some(_) => (SHORTEST_PHONE..=PHONE_DIGITS).contains(&digits),
        None => false,
    }
}
