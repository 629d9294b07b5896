// SPDX-License-Identifier: GPL-3.0-only
//! The database cannot be had: nothing is called, the resident is told, the technician reads the code, and
//! when it is back everything goes on.

use std::fs;
use std::path::Path;
use std::time::Instant;

use doorstep::domain::kiosk::{Intent, Screen, Tap, ViewState};
use doorstep::domain::taxi::RideOutcome;
use doorstep::protocol::Secret;
use doorstep::services::taxi::sim::{Outcome, RunningSim};
use doorstep::store::{DATABASE_FILE, JournalEntry, JournalKind, Marked, Marks, ShownPolicy, Store};
use rusqlite::Connection;

use super::process::{PATIENCE, Process, centre, directory, ms, now, open_phases, settings, until, until_settled};
use super::vfs::{self, Trouble};

/// A call is refused with words and `code`, and nobody was called.
async fn assert_refused(terminal: &mut Process, sim: &RunningSim, code: &str) {
    let hails = sim.control().state().hails_created;
    terminal.taps.send(Tap::CallTaxi).await.unwrap();
    let problem = terminal.until_ended(RideOutcome::OutOfOrder).await;
    assert_eq!(problem.screen, Screen::TaxiProblem);
    terminal.until_logged(code).await;
    assert_eq!(sim.control().state().hails_created, hails, "called without a record");
    terminal.tap(Intent::GoHome).await;
    terminal.tap(Intent::OpenTaxi).await;
    terminal.until_screen(Screen::TaxiStart).await;
}

/// A taxi can be called; a database that has just come back may take a moment to be taken up.
async fn assert_called(terminal: &mut Process, sim: &RunningSim, place: &Path) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        terminal.taps.send(Tap::CallTaxi).await.unwrap();
        let answered = |view: &ViewState| matches!(view.screen, Screen::TaxiProblem | Screen::TaxiComing);
        if terminal.until("an answer", answered).await.screen == Screen::TaxiComing {
            break;
        }
        assert!(Instant::now() < deadline, "nothing can be called");
        tokio::time::sleep(ms(50)).await;
    }
    terminal.tap(Intent::Finish).await;
    until_settled(sim, place).await;
}

async fn at_the_taxi_page(terminal: &Process) {
    terminal.tap(Intent::Wake).await;
    terminal.tap(Intent::OpenTaxi).await;
}

#[tokio::test]
async fn another_process_locks_the_database() {
    let (place, sim) = (directory(), centre().await);
    let mut terminal = Process::start(settings(place.path(), &sim.url())).await;
    at_the_taxi_page(&terminal).await;
    terminal.until_screen(Screen::TaxiStart).await;
    let other = Connection::open(place.path().join(DATABASE_FILE)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_refused(&mut terminal, &sim, "STO-01").await;
    other.execute_batch("ROLLBACK").unwrap();
    assert_called(&mut terminal, &sim, place.path()).await;
}

#[tokio::test]
async fn the_disk_is_full_or_cannot_be_written() {
    for (trouble, code) in [(Trouble::Full, "STO-02"), (Trouble::ReadOnly, "STO-01")] {
        let (place, sim) = (directory(), centre().await);
        let disk = vfs::watch(place.path());
        let mut terminal = Process::start(settings(place.path(), &sim.url())).await;
        at_the_taxi_page(&terminal).await;
        disk.set_trouble(trouble);
        assert_refused(&mut terminal, &sim, code).await;
        disk.set_trouble(Trouble::None);
        // A disk that failed is tried anew by itself, after a second at first.
        assert_called(&mut terminal, &sim, place.path()).await;
    }
}

/// What was on its way when the disk filled up is written when there is room again.
#[tokio::test]
async fn outcomes_that_could_not_be_written_are_written_later() {
    let (place, sim) = (directory(), centre().await);
    let disk = vfs::watch(place.path());
    let mut terminal = Process::start(settings(place.path(), &sim.url())).await;
    terminal.call().await;
    terminal.until_screen(Screen::TaxiComing).await;
    disk.set_trouble(Trouble::Full);
    terminal.until_screen(Screen::TaxiFinished).await;
    terminal.until_logged("STO-02").await;
    assert_eq!(open_phases(place.path()).len(), 1);
    disk.set_trouble(Trouble::None);
    until_settled(&sim, place.path()).await;
}

/// The database is damaged while a car is on its way: the new one knows of it.
#[tokio::test]
async fn a_damaged_database_loses_no_ride() {
    let (place, sim) = (directory(), centre().await);
    sim.control().queue(&[Outcome::NoShow]).unwrap();
    let mut terminal = Process::start(settings(place.path(), &sim.url())).await;
    terminal.call().await;
    terminal.until_screen(Screen::TaxiComing).await;
    terminal.tap(Intent::Finish).await;
    until("journaled", || open_phases(place.path()) == ["coming"]).await;
    let other = Connection::open(place.path().join(DATABASE_FILE)).unwrap();
    let sql = "PRAGMA writable_schema = ON;
               UPDATE sqlite_schema SET rootpage = 99999 WHERE name = 'journal';
               PRAGMA schema_version = 12345";
    other.execute_batch(sql).unwrap();
    drop(other);
    at_the_taxi_page(&terminal).await;
    assert_refused(&mut terminal, &sim, "STO-03").await;
    until("known again", || open_phases(place.path()).contains(&"coming".to_owned())).await;
    terminal.kill();
    let mut terminal = Process::start(settings(place.path(), &sim.url())).await;
    terminal.until("followed", |view| !view.rides.is_empty()).await;
}

#[tokio::test]
async fn a_newer_version_wrote_the_database() {
    let (place, sim) = (directory(), centre().await);
    let (store, _) = Store::open(place.path(), now()).unwrap();
    store.close().await.unwrap();
    let file = place.path().join(DATABASE_FILE);
    Connection::open(&file).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    let (store, opened) = Store::open_or_unavailable(place.path(), now());
    assert!(opened.is_err());
    let mut terminal = Process::start_with(settings(place.path(), &sim.url()), store, "info");
    at_the_taxi_page(&terminal).await;
    assert_refused(&mut terminal, &sim, "STO-04").await;
    // As the help of the fault says.
    fs::rename(&file, place.path().join("moved-away")).unwrap();
    until("a new one", || file.exists()).await;
    assert_called(&mut terminal, &sim, place.path()).await;
}

/// The database is in use when the terminal starts and holds an open ride. Nobody is called until that
/// ride is known; then it is taken back, and calls are taken again.
#[tokio::test]
async fn a_database_that_comes_late_is_taken_up_before_anybody_is_called() {
    let (place, sim) = (directory(), centre().await);
    let (first, _) = Store::open(place.path(), now()).unwrap();
    let ride = JournalEntry {
        key: "ds-of-the-last-run".into(),
        kind: JournalKind::TaxiRide,
        phase: "hailing".into(),
        body: serde_json::json!({ "session": null, "hail": null, "taxi": null }),
        opened_at: now(),
        updated_at: now(),
    };
    first.record(ride).await.unwrap();
    let (store, opened) = Store::open_or_unavailable(place.path(), now());
    assert!(opened.is_err());
    let mut terminal = Process::start_with(settings(place.path(), &sim.url()), store, "info");
    at_the_taxi_page(&terminal).await;
    assert_refused(&mut terminal, &sim, "STO-01").await;
    first.close().await.unwrap();
    terminal.until_logged("TAXI-06").await;
    assert_called(&mut terminal, &sim, place.path()).await;
    let log = terminal.stop().await.text();
    assert_eq!(log.matches("TAXI-06").count(), 1, "{log}");
}

/// Rows of marks, and files of their keys.
fn marks_left(place: &Path) -> (u32, usize) {
    let database = Connection::open(place.join(DATABASE_FILE)).unwrap();
    database.busy_timeout(PATIENCE).unwrap();
    let rows = database.query_row("SELECT count(*) FROM mark", [], |row| row.get(0)).unwrap();
    let names = fs::read_dir(place).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    (rows, names.filter(|name| name.starts_with("marks-")).count())
}

/// Policies were shown, and are not any more.
#[tokio::test]
async fn marks_go_at_the_start_of_a_terminal_that_shows_no_policies() {
    let (place, sim) = (directory(), centre().await);
    let (store, _) = Store::open(place.path(), now()).unwrap();
    let marks = Marks::new(store.clone(), place.path(), 90);
    let today = doorstep::runtime::Clock::new("Asia/Shanghai").local_time().today();
    let shown = [ShownPolicy { pack: "national".into(), policy: "dibao".into(), version: 1 }];
    assert_eq!(marks.mark(&Secret::from("11010519491231002X"), &shown, today).await.unwrap(), Marked::Done);
    store.close().await.unwrap();
    assert_eq!(marks_left(place.path()), (1, 1));
    let terminal = Process::start(settings(place.path(), &sim.url())).await;
    until("without marks", || marks_left(place.path()) == (0, 0)).await;
    terminal.stop().await;
}
