// SPDX-License-Identifier: GPL-3.0-only
//! Single stories at the gate.

use std::time::Duration;

use super::gate::{Gate, KIOSK_PHONE, is_quiet, rules};
use crate::domain::kiosk::{Event, Intent, Kiosk, Prompt, Screen, SlipState};
use crate::domain::session::{Language, Modes};
use crate::domain::taxi::{CustomerId, HailId, RideOutcome, RidePhase, RideRecord, RideStage, TaxiId};

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn gate() -> Gate {
    Gate::new(Vec::new())
}

/// A taxi was called and nothing else.
fn called() -> Gate {
    let mut gate = gate();
    gate.tap(Intent::Wake).tap(Intent::OpenTaxi).call();
    gate
}

fn at(screen: Screen) -> Gate {
    let mut gate = called();
    gate.until(|view| view.screen == screen);
    gate
}

fn record(customer: &str, phase: RidePhase, hail: Option<&str>) -> RideRecord {
    RideRecord {
        customer: CustomerId(customer.into()),
        session: None,
        hail: hail.map(|id| HailId(id.into())),
        taxi: Some(TaxiId("t1".into())),
        phase,
    }
}

#[test]
fn a_session_ends_after_a_minute_and_a_half_with_a_warning() {
    let mut gate = gate();
    gate.tap(Intent::Wake).pass(Duration::from_millis(59_999));
    assert_eq!((gate.view().warning_s, gate.view().prompt), (None, Prompt::Home));
    let spoken = gate.view().spoken;
    gate.pass(Duration::from_millis(1));
    assert_eq!((gate.view().warning_s, gate.view().prompt), (Some(30), Prompt::StillThere));
    assert_eq!(gate.view().spoken, spoken + 1);
    gate.pass(Duration::from_millis(29_999));
    // Once more at 20 and at 10 seconds.
    assert_eq!((gate.view().warning_s, gate.view().spoken), (Some(1), spoken + 3));
    gate.pass(Duration::from_millis(1));
    assert_eq!((gate.view().screen, gate.wipes), (Screen::Attract, 1));
    assert_eq!(gate.kiosk.next_wakeup(gate.now), None);
}

#[test]
fn an_answer_to_the_warning_gives_the_page_back() {
    let mut gate = gate();
    gate.tap(Intent::Wake).tap(Intent::OpenHelp).pass(secs(75));
    assert!(gate.view().warning_s.is_some());
    gate.tap(Intent::StillHere);
    assert_eq!((gate.view().screen, gate.view().warning_s, gate.view().prompt), (Screen::Help, None, Prompt::Help));
    gate.pass(secs(89));
    assert_eq!(gate.view().screen, Screen::Help);
}

#[test]
fn elder_mode_doubles_the_time_and_ends_with_the_session() {
    let mut gate = gate();
    gate.tap(Intent::Wake).tap(Intent::ToggleElder).tap(Intent::ToggleContrast).tap(Intent::ToggleLanguage);
    gate.pass(secs(119));
    assert_eq!(gate.view().warning_s, None);
    gate.pass(secs(60));
    assert_eq!((gate.view().warning_s, gate.view().language), (Some(1), Language::En));
    gate.pass(secs(1));
    assert_eq!(gate.view().screen, Screen::Attract);
    gate.tap(Intent::Wake);
    assert_eq!((gate.view().modes, gate.view().language), (Modes::default(), Language::Zh));
}

/// The wakeup came too late; whoever taps now is somebody else.
#[test]
fn a_tap_after_the_end_does_nothing() {
    let mut gate = gate();
    gate.tap(Intent::Wake).tap(Intent::OpenTaxi).tap(Intent::EditPhone);
    gate.now = gate.now + secs(95);
    gate.late = true;
    gate.tap(Intent::PhoneDigit(3));
    assert_eq!((gate.view().screen, gate.wipes), (Screen::Attract, 1));
    gate.call();
    assert_eq!((gate.view().screen, gate.kiosk.rides_under_way()), (Screen::Attract, 0));
}

#[test]
fn the_number_goes_to_the_driver_and_is_forgotten() {
    let mut gate = gate();
    gate.tap(Intent::Wake).tap(Intent::OpenTaxi).tap(Intent::EditPhone);
    for digit in [1, 3, 8, 0, 0, 0, 0, 1, 1, 1, 1, 9] {
        gate.tap(Intent::PhoneDigit(digit));
    }
    assert!(gate.view().taxi.phone_complete);
    gate.tap(Intent::PhoneDone).call();
    gate.until(|view| view.screen == Screen::TaxiAccepted);
    assert_eq!(gate.phones, ["13800001111"]);
    gate.tap(Intent::Finish).tap(Intent::Wake).tap(Intent::OpenTaxi);
    assert!(gate.view().taxi.phone.is_empty() && gate.view().taxi.phone_masked.is_empty());
}

#[test]
fn two_taps_call_one_taxi_and_one_slip_comes_out() {
    let mut gate = called();
    gate.call().call();
    assert_eq!((gate.view().screen, gate.kiosk.rides_under_way()), (Screen::TaxiSearching, 1));
    gate.until(|view| view.screen == Screen::TaxiAccepted);
    assert_eq!((gate.view().prompt, gate.prints.len()), (Prompt::TaxiAccepted, 0));
    gate.until(|view| view.screen == Screen::TaxiComing);
    assert_eq!((gate.view().taxi.slip, gate.prints.len()), (SlipState::Printing, 1));
    gate.until(|view| view.taxi.slip == SlipState::Printed);
    assert_eq!((gate.view().prompt, gate.hails), (Prompt::SlipTaken, 1));
    assert_eq!(gate.phones, [KIOSK_PHONE]);
    for _ in 0..5 {
        gate.tap(Intent::PrintSlip).pass(secs(10));
    }
    assert_eq!(gate.prints.len(), 3);
}

#[test]
fn nobody_is_sent_away_while_a_slip_is_printed_and_nobody_waits_for_ever() {
    let mut gate = called();
    gate.printer_answers = false;
    gate.until(|view| view.screen == Screen::TaxiComing).pass(secs(149));
    assert_eq!((gate.view().taxi.slip, gate.view().warning_s), (SlipState::Printing, None));
    gate.pass(secs(1));
    assert_eq!((gate.view().taxi.slip, gate.view().prompt), (SlipState::Unknown, Prompt::SlipFailed));
    gate.until(|view| view.screen == Screen::Attract);
}

#[test]
fn every_car_that_is_confirmed_gets_a_slip() {
    let mut gate = called();
    gate.until(|view| view.taxi.slip == SlipState::Printed);
    gate.centre.give_up(gate.now);
    gate.until(|view| view.screen == Screen::TaxiSearching);
    assert_eq!(gate.view().prompt, Prompt::TaxiNextCar);
    gate.until(|view| view.screen == Screen::TaxiComing);
    assert_eq!((gate.view().taxi.slip, gate.prints.len()), (SlipState::Printing, 2));
    assert_ne!(gate.prints[0].1, gate.prints[1].1);
}

#[test]
fn cancelling_too_late_is_told_each_time() {
    let mut gate = at(Screen::TaxiComing);
    gate.pass(secs(10));
    let spoken = gate.view().spoken;
    gate.tap(Intent::CancelTaxi);
    assert_eq!((gate.view().prompt, gate.view().spoken), (Prompt::TaxiCannotCancel, spoken + 1));
    gate.tap(Intent::CancelTaxi).pass(secs(5));
    assert_eq!((gate.view().screen, gate.view().spoken), (Screen::TaxiComing, spoken + 2));
}

#[test]
fn cancelled_in_time_is_over_at_once_and_can_be_called_again() {
    for screen in [Screen::TaxiSearching, Screen::TaxiAccepted] {
        let mut gate = at(screen);
        gate.tap(Intent::CancelTaxi).until(|view| view.screen == Screen::TaxiProblem);
        let stage = gate.view().taxi.ride.map(|ride| ride.stage);
        assert_eq!(stage, Some(RideStage::Ended(RideOutcome::Cancelled)));
        assert_eq!(gate.centre.unconfirmed(), 0);
        gate.call();
        assert_eq!(gate.view().screen, Screen::TaxiSearching);
        gate.until(|view| view.screen == Screen::TaxiComing);
    }
}

#[test]
fn whoever_walks_away_while_a_taxi_is_sought_calls_nobody() {
    let mut gate = at(Screen::TaxiSearching);
    gate.pass(secs(2)).tap(Intent::Finish).pass(secs(5));
    assert_eq!(gate.view().screen, Screen::Attract);
    assert!(is_quiet(&gate) && gate.view().rides.is_empty());
    assert_eq!(gate.settled.into_values().collect::<Vec<_>>(), [RideOutcome::Cancelled]);
}

#[test]
fn the_attract_screen_tells_of_the_car_that_comes() {
    let mut gate = at(Screen::TaxiComing);
    gate.pass(secs(10)).tap(Intent::Finish);
    let ride = gate.view().rides.remove(0);
    assert_eq!((ride.tail.as_str(), ride.near, ride.gone), ("345", false, false));
    assert!(ride.minutes.is_some());
    let spoken = gate.view().spoken;
    gate.until(|view| view.prompt == Prompt::RideNear).pass(secs(5));
    assert_eq!((gate.view().spoken, gate.view().rides[0].near), (spoken + 1, true));
    gate.until(|view| view.rides.is_empty());
    assert_eq!((gate.view().prompt, gate.view().spoken), (Prompt::None, spoken + 1));
}

/// The confirmation got through, its answer did not: the rider is told the truth, which is that nothing is
/// certain, and leaves. Then the car comes all the same.
#[test]
fn a_car_that_comes_after_all_is_shown() {
    let mut gate = at(Screen::TaxiAccepted);
    gate.centre.answers_lost = true;
    let uncertain = RideStage::Ended(RideOutcome::Uncertain);
    gate.until(|view| view.taxi.ride.as_ref().is_some_and(|ride| ride.stage == uncertain)).tap(Intent::Finish);
    assert!(gate.view().rides.is_empty());
    gate.centre.answers_lost = false;
    gate.until(|view| !view.rides.is_empty());
    assert_eq!(gate.view().rides[0].tail, "345");
    gate.until(|view| view.rides.is_empty());
    assert_eq!(gate.view().prompt, Prompt::None);
}

#[test]
fn what_happens_behind_somebodys_back_is_said_when_they_have_gone() {
    let mut gate = at(Screen::TaxiComing);
    gate.pass(secs(10)).tap(Intent::Finish).tap(Intent::Wake);
    let spoken = gate.view().spoken;
    gate.centre.give_up(gate.now);
    gate.pass(secs(5));
    assert_eq!((gate.view().prompt, gate.view().spoken), (Prompt::Home, spoken));
    gate.tap(Intent::Finish);
    assert_eq!((gate.view().prompt, gate.view().spoken), (Prompt::RideGone, spoken + 1));
    assert!(gate.view().rides[0].gone);
    gate.pass(secs(125));
    assert!(gate.view().rides.is_empty());
    assert_eq!((gate.view().prompt, gate.kiosk.next_wakeup(gate.now)), (Prompt::None, None));
}

#[test]
fn after_a_power_cut_an_open_call_is_taken_back_and_told() {
    let mut gate = at(Screen::TaxiSearching);
    gate.pass(secs(2));
    assert_eq!(gate.centre.unconfirmed(), 1);
    gate.power_cut();
    // Not before it is certain: a car may still come of it.
    assert!(!gate.view().call_interrupted);
    gate.until(|view| view.call_interrupted);
    assert_eq!(gate.centre.alive(), 0);
    // Somebody who comes meanwhile waits until it is certain, and not longer.
    let mut gate = at(Screen::TaxiSearching);
    gate.pass(secs(2)).power_cut();
    gate.tap(Intent::Wake).tap(Intent::OpenTaxi).call();
    assert!(!gate.view().call_interrupted);
    let began = gate.now;
    gate.until(|view| view.screen == Screen::TaxiAccepted);
    assert!(gate.now.since(began) < secs(45), "{:?}", gate.now.since(began));
    gate.until(|view| view.screen == Screen::TaxiComing);
}

#[test]
fn nobody_is_told_of_a_call_taken_back_while_the_centre_is_away() {
    let mut gate = at(Screen::TaxiSearching);
    gate.pass(secs(2));
    gate.centre.answers_lost = true;
    gate.power_cut();
    gate.pass(secs(15));
    assert!(!gate.view().call_interrupted, "nothing is certain yet");
    gate.centre.answers_lost = false;
    gate.until(|view| view.call_interrupted);
    assert_eq!(gate.centre.alive(), 0);
}

#[test]
fn the_interruption_is_told_for_five_minutes() {
    let mut gate = gate();
    gate.step(Event::Recovered(vec![record("ds-0", RidePhase::Hailing, None)]));
    gate.until(|view| view.call_interrupted).pass(secs(299));
    assert!(gate.view().call_interrupted);
    gate.pass(secs(1));
    assert!(!gate.view().call_interrupted && is_quiet(&gate));
}

#[test]
fn after_a_power_cut_a_car_that_comes_is_followed() {
    let mut gate = at(Screen::TaxiComing);
    gate.power_cut();
    assert!(!gate.view().call_interrupted);
    gate.until(|view| !view.rides.is_empty());
    assert_eq!(gate.view().rides[0].tail, "345");
    // It hinders nobody.
    gate.tap(Intent::Wake).tap(Intent::OpenTaxi).call();
    let began = gate.now;
    gate.until(|view| view.screen == Screen::TaxiAccepted);
    assert!(gate.now.since(began) < secs(10));
}

/// A ride that was told to be over still has something to settle: it must not wait for that until the
/// attract screen stops telling of it, and not spin afterwards.
#[test]
fn a_recovered_ride_whose_driver_gives_up_is_settled_soon() {
    let mut gate = at(Screen::TaxiComing);
    gate.power_cut();
    gate.until(|view| !view.rides.is_empty());
    gate.centre.give_up(gate.now);
    gate.until(|view| view.prompt == Prompt::RideGone).pass(secs(40));
    assert!(is_quiet(&gate), "{:?}", gate.journal);
    gate.pass(secs(100));
    assert!(gate.view().rides.is_empty());
}

/// The confirmation was under way when the power failed, and was never heard.
#[test]
fn a_confirmation_that_came_to_nothing_is_told() {
    let mut gate = gate();
    gate.step(Event::Recovered(vec![record("ds-0", RidePhase::Confirming, Some("h-unknown"))]));
    assert!(!gate.view().call_interrupted);
    gate.pass(secs(40));
    assert!(gate.view().call_interrupted && is_quiet(&gate));
    assert_eq!(gate.view().prompt, Prompt::None);
}

/// The journal of a database that came back late holds rides of this run too.
#[test]
fn a_ride_of_this_run_is_not_recovered() {
    let mut gate = at(Screen::TaxiComing);
    let records = gate.journal.values().cloned().collect();
    gate.step(Event::Recovered(records));
    assert_eq!((gate.kiosk.rides_under_way(), gate.view().screen), (1, Screen::TaxiComing));
}

#[test]
fn more_cars_than_the_gate_holds_are_refused_in_words() {
    let mut gate = gate();
    for number in 0..8 {
        gate.step(Event::Recovered(vec![record(&format!("ds-x{number}"), RidePhase::Coming, Some("h-unknown"))]));
    }
    gate.tap(Intent::Wake).tap(Intent::OpenTaxi).call();
    assert_eq!(gate.view().screen, Screen::TaxiSearching);
    gate.until(|view| view.screen != Screen::TaxiSearching);
}

#[test]
fn without_a_dispatch_centre_there_is_no_taxi_page() {
    let mut gate = gate();
    gate.kiosk = Kiosk::new(crate::domain::kiosk::Rules { ride: None, ..rules() });
    gate.tap(Intent::Wake).tap(Intent::OpenTaxi);
    assert_eq!(gate.view().screen, Screen::Home);
    gate.call();
    assert_eq!(gate.kiosk.rides_under_way(), 0);
}

#[test]
fn reading_aloud_reads_every_page_and_stops_at_once() {
    let mut gate = gate();
    gate.tap(Intent::Wake);
    let spoken = gate.view().spoken;
    gate.tap(Intent::OpenHelp);
    assert_eq!(gate.view().spoken, spoken);
    gate.tap(Intent::Repeat).tap(Intent::ToggleReadAloud).tap(Intent::GoHome).tap(Intent::ToggleLanguage);
    assert_eq!(gate.view().spoken, spoken + 4);
    gate.tap(Intent::ToggleReadAloud).tap(Intent::OpenHelp);
    assert_eq!(gate.view().spoken, spoken + 4);
}
