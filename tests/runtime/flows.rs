// SPDX-License-Identifier: GPL-3.0-only
//! What a resident lives through.

use doorstep::domain::kiosk::{Intent, Prompt, Screen, SlipState, Tap, ViewState};
use doorstep::domain::taxi::{RideOutcome, RideStage};
use doorstep::services::taxi::sim::{Delays, KnobChange, Outcome};
use std::time::Duration;

use super::process::{Process, centre, directory, no_printer_there, settings, until_settled, with_printer};

#[tokio::test]
async fn a_taxi_is_called_comes_and_drives_off() {
    let (place, sim) = (directory(), centre().await);
    let mut terminal = Process::start(settings(place.path(), &sim.url())).await;
    terminal.call().await;
    terminal.until_screen(Screen::TaxiSearching).await;
    let accepted = terminal.until_screen(Screen::TaxiAccepted).await;
    let ride = accepted.taxi.ride.unwrap();
    assert!(!ride.car.plate.is_empty() && !ride.car.model.is_empty() && ride.car.phone.is_empty());
    assert_eq!((accepted.prompt, ride.confirm_s()), (Prompt::TaxiAccepted, Some(1)));
    let coming = terminal.until_screen(Screen::TaxiComing).await;
    assert!(!coming.taxi.ride.unwrap().car.phone.is_empty());
    assert_eq!(coming.taxi.slip, SlipState::None, "there is no printer");
    terminal.until("near", |view| view.prompt == Prompt::TaxiNear).await;
    let finished = terminal.until_screen(Screen::TaxiFinished).await;
    assert!(finished.finish_s.is_some());
    terminal.tap(Intent::GoHome).await;
    let home = terminal.until_screen(Screen::Home).await;
    assert_eq!(home.taxi.ride, None);
    until_settled(&sim, place.path()).await;
    assert_eq!(sim.control().state().hails_created, 1);
    let log = terminal.stop().await.text();
    assert!(log.contains("phase=\"confirming\"") && log.contains("outcome=\"on-board\""), "{log}");
    assert!(!log.contains("WARN"), "{log}");
}

#[tokio::test]
async fn cancelled_before_and_after_acceptance() {
    let (place, sim) = (directory(), centre().await);
    let mut options = settings(place.path(), &sim.url());
    if let Some(taxi) = &mut options.taxi {
        taxi.confirm_after = Duration::from_secs(20);
    }
    let mut terminal = Process::start(options).await;
    sim.control().queue(&[Outcome::External, Outcome::Accept]).unwrap();
    terminal.call().await;
    terminal.until_stage(RideStage::Asking).await;
    terminal.tap(Intent::CancelTaxi).await;
    terminal.until_ended(RideOutcome::Cancelled).await;
    // 「再叫一次」
    terminal.taps.send(Tap::CallTaxi).await.unwrap();
    terminal.until_screen(Screen::TaxiAccepted).await;
    terminal.tap(Intent::CancelTaxi).await;
    terminal.until_ended(RideOutcome::Cancelled).await;
    until_settled(&sim, place.path()).await;
    let ends: Vec<_> = sim.control().state().hails.into_iter().map(|hail| hail.status).collect();
    assert_eq!(ends, ["declined_by_customer", "declined_by_customer"]);
}

#[tokio::test]
async fn a_driver_says_no_and_the_next_is_asked() {
    let (place, sim) = (directory(), centre().await);
    sim.control().queue(&[Outcome::Decline, Outcome::Breakdown, Outcome::Accept]).unwrap();
    let mut terminal = Process::start(settings(place.path(), &sim.url())).await;
    terminal.call().await;
    terminal.until("the next car", |view| view.prompt == Prompt::TaxiNextCar).await;
    let coming = terminal.until_screen(Screen::TaxiComing).await;
    assert!(coming.taxi.ride.unwrap().taxis_asked >= 2);
    terminal.tap(Intent::Finish).await;
    until_settled(&sim, place.path()).await;
}

#[tokio::test]
async fn there_is_no_taxi() {
    let (place, sim) = (directory(), centre().await);
    sim.control().set_no_taxis(true);
    let mut terminal = Process::start(settings(place.path(), &sim.url())).await;
    terminal.call().await;
    let problem = terminal.until_ended(RideOutcome::NoCar).await;
    assert_eq!((problem.screen, problem.prompt), (Screen::TaxiProblem, Prompt::TaxiProblem));
    assert_eq!(sim.control().state().hails_created, 0);
    until_settled(&sim, place.path()).await;
}

#[tokio::test]
async fn the_driver_does_not_come_and_the_next_is_asked() {
    let (place, sim) = (directory(), centre().await);
    sim.control().queue(&[Outcome::NoShow, Outcome::Accept]).unwrap();
    let mut terminal = Process::start(settings(place.path(), &sim.url())).await;
    terminal.call().await;
    terminal.until_screen(Screen::TaxiComing).await;
    // The centre gives the car up after half an hour.
    sim.control().forward(Duration::from_secs(31 * 60)).unwrap();
    terminal.until_ended(RideOutcome::DriverGone).await;
    until_settled(&sim, place.path()).await;
}

#[tokio::test]
async fn the_driver_finds_nobody() {
    let (place, sim) = (directory(), centre().await);
    sim.control().queue(&[Outcome::CustomerNoShow]).unwrap();
    sim.control().set_no_taxis(false);
    let delays = Delays { wait_s: 1.0, ..Delays::default() };
    sim.control().change(&KnobChange { delays: Some(delays), ..KnobChange::default() }).unwrap();
    let mut terminal = Process::start(settings(place.path(), &sim.url())).await;
    terminal.call().await;
    terminal.until_screen(Screen::TaxiComing).await;
    let over = |view: &ViewState| view.screen == Screen::TaxiProblem;
    let problem = terminal.until("over", over).await;
    // The rider is banned for a day: no other taxi is asked.
    let stage = problem.taxi.ride.unwrap().stage;
    assert_eq!(stage, RideStage::Ended(RideOutcome::NoShow));
    until_settled(&sim, place.path()).await;
}

#[tokio::test]
async fn whoever_walks_away_sees_the_car_on_the_attract_screen() {
    let (place, sim) = (directory(), centre().await);
    let mut terminal = Process::start(settings(place.path(), &sim.url())).await;
    terminal.call().await;
    let coming = terminal.until_screen(Screen::TaxiComing).await;
    let plate = coming.taxi.ride.unwrap().car.plate;
    terminal.tap(Intent::Finish).await;
    let attract = terminal.until_screen(Screen::Attract).await;
    assert!(plate.expose().ends_with(&attract.rides[0].tail), "{attract:?}");
    assert_eq!(attract.rides[0].tail.chars().count(), 3);
    terminal.until("driven off", |view| view.rides.is_empty()).await;
    until_settled(&sim, place.path()).await;
}

/// The slip fails, the taxi comes all the same, and the technician reads why.
#[tokio::test]
async fn a_printer_that_is_not_there_hinders_nobody() {
    let (place, sim) = (directory(), centre().await);
    let options = with_printer(settings(place.path(), &sim.url()), no_printer_there());
    let mut terminal = Process::start(options).await;
    terminal.call().await;
    let failed = terminal.until("failed to print", |view| view.taxi.slip == SlipState::Failed).await;
    assert_eq!(failed.screen, Screen::TaxiComing);
    terminal.until_logged("PRN-01").await;
    terminal.tap(Intent::Finish).await;
    terminal.until("driven off", |view| view.rides.is_empty()).await;
    until_settled(&sim, place.path()).await;
}
