// SPDX-License-Identifier: GPL-3.0-only
//! The dispatch centre is down, answers nonsense, or loses answers.

use doorstep::domain::kiosk::{Intent, Screen, Tap};
use doorstep::domain::taxi::{CustomerId, Hail, HailId, HailRequest, HailStatus, HailSummary, RideOutcome, TaxiOffer};
use doorstep::services::taxi::letaxi::LeTaxi;
use doorstep::services::taxi::sim::{Call, Fault, FaultRule, Outcome};
use doorstep::services::taxi::{DispatchError, TaxiDispatch};
use doorstep::store::Store;
use std::sync::atomic::{AtomicBool, Ordering};

use super::process::{Process, centre, directory, now, settings, until, until_settled};

#[tokio::test]
async fn a_centre_that_is_down_is_told_and_can_be_tried_again() {
    let (place, mut sim) = (directory(), centre().await);
    sim.close_port().await;
    let mut terminal = Process::start(settings(place.path(), &sim.url())).await;
    terminal.call().await;
    terminal.until_ended(RideOutcome::Unreachable).await;
    terminal.until_logged("TAXI-01").await;
    sim.open_port().await.unwrap();
    terminal.taps.send(Tap::CallTaxi).await.unwrap();
    terminal.until_screen(Screen::TaxiComing).await;
    terminal.tap(Intent::Finish).await;
    until_settled(&sim, place.path()).await;
}

/// The truth is told after a while; then the centre comes back and the hail is taken back.
#[tokio::test]
async fn a_centre_that_goes_down_in_the_middle_leaves_no_hail_behind() {
    let (place, mut sim) = (directory(), centre().await);
    sim.control().queue(&[Outcome::External]).unwrap();
    let mut terminal = Process::start(settings(place.path(), &sim.url())).await;
    terminal.call().await;
    terminal.until("hailed", |view| view.taxi.ride.as_ref().is_some_and(|ride| ride.order.is_some())).await;
    sim.close_port().await;
    terminal.until("stale", |view| view.taxi.ride.as_ref().is_some_and(|ride| ride.stale)).await;
    terminal.until_ended(RideOutcome::Uncertain).await;
    terminal.tap(Intent::Finish).await;
    terminal.until_screen(Screen::Attract).await;
    sim.open_port().await.unwrap();
    until_settled(&sim, place.path()).await;
    assert_eq!(sim.control().state().hails[0].status, "declined_by_customer");
}

/// An outage while the car is on its way changes nothing for the rider.
#[tokio::test]
async fn a_short_outage_is_ridden_out() {
    let (place, mut sim) = (directory(), centre().await);
    let mut terminal = Process::start(settings(place.path(), &sim.url())).await;
    terminal.call().await;
    terminal.until_screen(Screen::TaxiComing).await;
    sim.close_port().await;
    let stale = terminal.until("stale", |view| view.taxi.ride.as_ref().is_some_and(|ride| ride.stale)).await;
    assert_eq!(stale.screen, Screen::TaxiComing);
    sim.open_port().await.unwrap();
    terminal.until_screen(Screen::TaxiFinished).await;
    until_settled(&sim, place.path()).await;
}

/// Each fault on each call, with the code that the technician reads. In the end a taxi comes.
#[tokio::test]
async fn nonsense_is_survived_on_every_call() {
    let cases = [
        (Call::Nearby, Fault::Html, "TAXI-02"),
        (Call::Nearby, Fault::Status { code: 500 }, "TAXI-0"),
        (Call::Hail, Fault::Garbage, "TAXI-0"),
        (Call::Hail, Fault::DropAfter, "TAXI-04"),
        (Call::Hail, Fault::Half, "TAXI-0"),
        (Call::Hail, Fault::StatusAfter { code: 502 }, "TAXI-0"),
        (Call::Follow, Fault::Html, "TAXI-02"),
        (Call::Follow, Fault::Huge, "TAXI-02"),
        (Call::SetStatus, Fault::DropAfter, "TAXI-0"),
        (Call::SetStatus, Fault::Status { code: 503 }, "TAXI-0"),
        (Call::SetStatus, Fault::Garbage, "TAXI-0"),
    ];
    let mut terminals = tokio::task::JoinSet::new();
    for (call, fault, code) in cases {
        terminals.spawn(nonsense(call, fault, code));
    }
    terminals.join_all().await;
}

async fn nonsense(call: Call, fault: Fault, code: &str) {
    let (place, sim) = (directory(), centre().await);
    sim.control().inject_once(call, fault).unwrap();
    let mut terminal = Process::start(settings(place.path(), &sim.url())).await;
    terminal.call().await;
    terminal.until_screen(Screen::TaxiComing).await;
    terminal.until_logged(code).await;
    terminal.tap(Intent::Finish).await;
    terminal.until("driven off", |view| view.rides.is_empty()).await;
    until_settled(&sim, place.path()).await;
    assert_eq!(sim.control().state().hails_created, 1, "{call:?} {fault:?}");
}

#[tokio::test]
async fn a_refused_key_is_no_fault_of_the_resident() {
    let (place, sim) = (directory(), centre().await);
    sim.control().inject(FaultRule::always(Call::Any, Fault::RefuseKey)).unwrap();
    let mut terminal = Process::start(settings(place.path(), &sim.url())).await;
    terminal.call().await;
    terminal.until_ended(RideOutcome::Unreachable).await;
    terminal.until_logged("TAXI-03").await;
    sim.control().clear_faults();
    terminal.taps.send(Tap::CallTaxi).await.unwrap();
    terminal.until_screen(Screen::TaxiComing).await;
}

/// The log of a long outage does not drown in one sentence.
#[tokio::test]
async fn an_outage_is_written_once_a_minute() {
    let (place, mut sim) = (directory(), centre().await);
    sim.control().queue(&[Outcome::External]).unwrap();
    let mut terminal = Process::start(settings(place.path(), &sim.url())).await;
    terminal.call().await;
    terminal.until("hailed", |view| view.taxi.ride.as_ref().is_some_and(|ride| ride.order.is_some())).await;
    sim.close_port().await;
    terminal.until_ended(RideOutcome::Uncertain).await;
    sim.open_port().await.unwrap();
    until("settled", || terminal.log.text().contains("ride over")).await;
    let log = terminal.kill().text();
    let refused = log.lines().filter(|line| line.contains("TAXI-01")).count();
    // One sentence for each kind of call, whatever it met.
    assert!((1..=6).contains(&refused), "{refused} lines\n{log}");
}

/// An adapter that breaks down in the middle of a hail, once.
struct Breaks {
    centre: LeTaxi,
    broken: AtomicBool,
}

impl TaxiDispatch for Breaks {
    async fn nearby(&self) -> Result<Vec<TaxiOffer>, DispatchError> {
        self.centre.nearby().await
    }

    async fn hail(&self, request: HailRequest) -> Result<Hail, DispatchError> {
        let hail = self.centre.hail(request).await;
        assert!(self.broken.swap(true, Ordering::SeqCst), "a fault of the program");
        hail
    }

    async fn follow(&self, hail: HailId) -> Result<Hail, DispatchError> {
        self.centre.follow(hail).await
    }

    async fn set_status(&self, hail: HailId, status: HailStatus) -> Result<Hail, DispatchError> {
        self.centre.set_status(hail, status).await
    }

    async fn find(&self, customer: CustomerId) -> Result<Vec<HailSummary>, DispatchError> {
        self.centre.find(customer).await
    }
}

/// The hail was made, its answer is gone with the adapter; it is found again and no second one is made.
#[tokio::test]
async fn an_adapter_that_panics_is_a_lost_answer() {
    let (place, sim) = (directory(), centre().await);
    let options = settings(place.path(), &sim.url());
    let centre = LeTaxi::new(options.taxi.as_ref().unwrap(), &options.site).unwrap();
    let breaks = Breaks { centre, broken: AtomicBool::new(false) };
    let (store, _) = Store::open(place.path(), now()).unwrap();
    let mut terminal = Process::start_on(Some(breaks), options, store, "info");
    terminal.call().await;
    terminal.until_screen(Screen::TaxiComing).await;
    terminal.until_logged("SYS-02").await;
    assert_eq!(sim.control().state().hails_created, 1);
}

/// The settings name a centre for which no client could be made.
#[tokio::test]
async fn without_a_client_the_resident_is_told() {
    let place = directory();
    let (store, _) = Store::open(place.path(), now()).unwrap();
    let options = settings(place.path(), "http://127.0.0.1:1");
    let mut terminal = Process::start_on(None::<LeTaxi>, options, store, "info");
    terminal.call().await;
    terminal.until_ended(RideOutcome::Unreachable).await;
}
