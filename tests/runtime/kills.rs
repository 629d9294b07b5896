// SPDX-License-Identifier: GPL-3.0-only
//! The power is cut at every point of a ride; afterwards everything is settled and nothing is left over.

use std::time::Duration;

use doorstep::domain::kiosk::{Intent, Screen, SlipState, ViewState};
use doorstep::domain::taxi::RideStage;
use doorstep::services::taxi::sim::{Call, Fault, Outcome, RunningSim};
use doorstep::settings::{Connection as Wire, PrinterSettings, Settings};
use tempfile::TempDir;

use super::process::{
    Process, centre, directory, no_printer_there, open_phases, settings, until, until_settled, with_printer,
};

/// How many times quicker than life the simulated people are here.
const QUICKER: f64 = 150.0;

struct Scene {
    place: TempDir,
    sim: RunningSim,
    options: Settings,
}

impl Scene {
    async fn new(outcome: Outcome) -> Self {
        let (place, sim) = (directory(), centre().await);
        sim.control().queue(&[outcome]).unwrap();
        sim.control().set_time_scale(QUICKER).unwrap();
        let options = settings(place.path(), &sim.url());
        Self { place, sim, options }
    }

    async fn called(&self) -> Process {
        let terminal = Process::start(self.options.clone()).await;
        terminal.call().await;
        terminal
    }

    fn slow(&self, call: Call, fault: fn(f64) -> Fault) {
        self.sim.control().inject_once(call, fault(30.0)).unwrap();
    }

    async fn hailed(&self) {
        until("hailed", || self.sim.control().state().hails_created == 1).await;
    }

    /// The journal of the dead says `phase`; started again, everything is settled, and the next resident
    /// gets a taxi.
    async fn start_again(&self, phase: &str) -> Process {
        assert_eq!(open_phases(self.place.path()), [phase]);
        let mut terminal = Process::start(self.options.clone()).await;
        until_settled(&self.sim, self.place.path()).await;
        terminal.until_logged("TAXI-06").await;
        self.sim.control().clear_faults();
        terminal.call().await;
        terminal.until_screen(Screen::TaxiComing).await;
        terminal
    }

    fn path_of_first(&self) -> Vec<String> {
        self.sim.control().state().hails[0].path().into_iter().map(str::to_owned).collect()
    }
}

fn slow_before(seconds: f64) -> Fault {
    Fault::SlowBefore { seconds }
}

fn slow_after(seconds: f64) -> Fault {
    Fault::SlowAfter { seconds }
}

#[tokio::test]
async fn while_taxis_are_listed() {
    let scene = Scene::new(Outcome::Accept).await;
    scene.slow(Call::Nearby, slow_before);
    let mut terminal = scene.called().await;
    terminal.until_stage(RideStage::Looking).await;
    terminal.kill();
    let terminal = Process::start(scene.options.clone()).await;
    until_settled(&scene.sim, scene.place.path()).await;
    assert!(!terminal.views.borrow().call_interrupted);
    assert_eq!(scene.sim.control().state().hails_created, 0);
}

#[tokio::test]
async fn while_a_hail_is_on_its_way() {
    let scene = Scene::new(Outcome::External).await;
    scene.slow(Call::Hail, slow_after);
    let terminal = scene.called().await;
    scene.hailed().await;
    terminal.kill();
    scene.start_again("hailing").await;
    assert_eq!(scene.path_of_first().last().unwrap(), "declined_by_customer");
}

#[tokio::test]
async fn after_the_answer_to_a_hail_was_lost() {
    let scene = Scene::new(Outcome::External).await;
    scene.sim.control().inject_once(Call::Hail, Fault::DropAfter).unwrap();
    scene.slow(Call::Find, slow_before);
    let mut terminal = scene.called().await;
    scene.hailed().await;
    terminal.until_stage(RideStage::Checking).await;
    terminal.kill();
    scene.start_again("hailing").await;
    assert_eq!(scene.path_of_first().last().unwrap(), "declined_by_customer");
}

#[tokio::test]
async fn before_the_hail_was_carried_out() {
    let scene = Scene::new(Outcome::Accept).await;
    scene.slow(Call::Hail, slow_before);
    let mut terminal = scene.called().await;
    terminal.until_stage(RideStage::Asking).await;
    until("journaled", || open_phases(scene.place.path()) == ["hailing"]).await;
    terminal.kill();
    scene.start_again("hailing").await;
    assert_eq!(scene.sim.control().state().hails_created, 1, "only that of the second resident");
}

#[tokio::test]
async fn while_a_driver_is_asked() {
    let scene = Scene::new(Outcome::External).await;
    let mut terminal = scene.called().await;
    terminal.until("followed", |view| view.taxi.ride.as_ref().is_some_and(|ride| ride.order.is_some())).await;
    until("journaled", || open_phases(scene.place.path()) == ["following"]).await;
    terminal.kill();
    let terminal = scene.start_again("following").await;
    assert!(!terminal.views.borrow().call_interrupted, "it is told until somebody comes");
    assert_eq!(scene.path_of_first().last().unwrap(), "declined_by_customer");
}

#[tokio::test]
async fn while_the_rider_may_still_say_no() {
    let mut scene = Scene::new(Outcome::Accept).await;
    if let Some(taxi) = &mut scene.options.taxi {
        taxi.confirm_after = Duration::from_secs(20);
    }
    let mut terminal = scene.called().await;
    terminal.until_screen(Screen::TaxiAccepted).await;
    terminal.kill();
    if let Some(taxi) = &mut scene.options.taxi {
        taxi.confirm_after = Duration::from_millis(300);
    }
    scene.start_again("following").await;
    assert_eq!(scene.path_of_first().last().unwrap(), "declined_by_customer");
}

async fn confirming(scene: &Scene) -> Process {
    let mut terminal = scene.called().await;
    let confirming = |view: &ViewState| {
        view.taxi.ride.as_ref().is_some_and(|ride| ride.stage == RideStage::Accepted { chance: Duration::ZERO })
    };
    terminal.until("confirming", confirming).await;
    until("journaled", || open_phases(scene.place.path()) == ["confirming"]).await;
    terminal
}

/// The rider had agreed: the confirmation is sent again.
#[tokio::test]
async fn before_the_confirmation_was_carried_out() {
    let scene = Scene::new(Outcome::Accept).await;
    scene.slow(Call::SetStatus, slow_before);
    confirming(&scene).await.kill();
    scene.start_again("confirming").await;
    assert!(scene.path_of_first().contains(&"customer_on_board".to_owned()), "{:?}", scene.path_of_first());
}

#[tokio::test]
async fn after_the_confirmation_was_carried_out() {
    let scene = Scene::new(Outcome::Accept).await;
    scene.slow(Call::SetStatus, slow_after);
    let terminal = confirming(&scene).await;
    until("carried out", || scene.path_of_first().contains(&"accepted_by_customer".to_owned())).await;
    terminal.kill();
    scene.start_again("confirming").await;
    assert!(scene.path_of_first().contains(&"customer_on_board".to_owned()), "{:?}", scene.path_of_first());
}

#[tokio::test]
async fn while_the_car_comes() {
    let scene = Scene::new(Outcome::NoShow).await;
    let mut terminal = scene.called().await;
    let tail = terminal.until_screen(Screen::TaxiComing).await.taxi.ride.unwrap().car.tail;
    until("journaled", || open_phases(scene.place.path()) == ["coming"]).await;
    terminal.kill();
    let mut terminal = Process::start(scene.options.clone()).await;
    let attract = terminal.until("followed", |view| !view.rides.is_empty()).await;
    assert_eq!((attract.rides[0].tail.as_str(), attract.call_interrupted), (tail.as_str(), false));
    // It never comes; whoever waits at the gate is told, and the journal is closed.
    scene.sim.control().forward(Duration::from_secs(31 * 60)).unwrap();
    terminal.until("told", |view| view.rides.first().is_some_and(|ride| ride.gone)).await;
    until_settled(&scene.sim, scene.place.path()).await;
}

#[tokio::test]
async fn while_a_hail_is_taken_back() {
    tokio::join!(killed_while_taken_back(slow_before), killed_while_taken_back(slow_after));
}

async fn killed_while_taken_back(fault: fn(f64) -> Fault) {
    let scene = Scene::new(Outcome::External).await;
    scene.slow(Call::SetStatus, fault);
    let mut terminal = scene.called().await;
    terminal.until("followed", |view| view.taxi.ride.as_ref().is_some_and(|ride| ride.order.is_some())).await;
    terminal.tap(Intent::CancelTaxi).await;
    terminal.until_stage(RideStage::Cancelling).await;
    until("journaled", || open_phases(scene.place.path()) == ["cancelling"]).await;
    terminal.kill();
    scene.start_again("cancelling").await;
    assert_eq!(scene.path_of_first().last().unwrap(), "declined_by_customer");
}

/// Cut again and again while it recovers.
#[tokio::test]
async fn again_and_again() {
    let scene = Scene::new(Outcome::External).await;
    scene.slow(Call::Hail, slow_after);
    let terminal = scene.called().await;
    scene.hailed().await;
    terminal.kill();
    for pause in [0, 40, 10, 90, 150] {
        let terminal = Process::start(scene.options.clone()).await;
        tokio::time::sleep(Duration::from_millis(pause)).await;
        terminal.kill();
    }
    let _terminal = Process::start(scene.options.clone()).await;
    until_settled(&scene.sim, scene.place.path()).await;
    assert_eq!(scene.path_of_first().last().unwrap(), "declined_by_customer");
}

/// Nobody knows whether the slip came out: it is not printed again, the technician is told, the ride goes on.
#[tokio::test]
async fn while_a_slip_is_printed() {
    let mut scene = Scene::new(Outcome::NoShow).await;
    // Takes the connection and says nothing.
    let printer = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let printer = PrinterSettings {
        connection: Wire::Tcp(printer.local_addr().unwrap()),
        status_timeout: Duration::from_secs(15),
        print_timeout: Duration::from_secs(30),
        ..no_printer_there()
    };
    scene.options = with_printer(scene.options.clone(), printer);
    let mut terminal = scene.called().await;
    terminal.until("printing", |view| view.taxi.slip == SlipState::Printing).await;
    until("journaled", || open_phases(scene.place.path()).contains(&"printing".to_owned())).await;
    terminal.kill();
    let mut terminal = Process::start(scene.options.clone()).await;
    terminal.until_logged("PRN-05").await;
    terminal.until("followed", |view| !view.rides.is_empty()).await;
    until("only the ride is open", || open_phases(scene.place.path()) == ["coming"]).await;
}
