// SPDX-License-Identifier: GPL-3.0-only
//! Nothing personal is left when a session has ended: not in the picture, not on the disk, not in the log.

use std::fs;
use std::path::Path;
use std::time::Duration;

use doorstep::domain::kiosk::{Intent, Screen, ViewState};
use doorstep::domain::time::WallTime;
use doorstep::services::taxi::sim::{Call, Fault, Outcome};
use doorstep::store::Store;
use encoding_rs::GB18030;

use super::logs;
use super::process::{Process, centre, directory, now, open_phases, settings, until};

const PHONE: &str = "13800001111";

/// A text in every form in which it could lie about.
fn forms(text: &str) -> Vec<Vec<u8>> {
    let utf16 = || text.encode_utf16();
    vec![
        text.as_bytes().to_vec(),
        utf16().flat_map(u16::to_le_bytes).collect(),
        utf16().flat_map(u16::to_be_bytes).collect(),
        GB18030.encode(text).0.into_owned(),
        // As JSON escapes it.
        utf16().map(|unit| format!("\\u{unit:04x}")).collect::<String>().into_bytes(),
        text.bytes().rev().collect(),
    ]
}

fn holds(bytes: &[u8], text: &str) -> bool {
    assert!(text.chars().count() >= 2, "too short to look for");
    forms(text).iter().any(|form| bytes.windows(form.len()).any(|window| window == form))
}

fn files(place: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.display().to_string(), fs::read(&path).unwrap())).collect()
}

fn everything_shown(view: &ViewState) -> Vec<u8> {
    let taxi = &view.taxi;
    let mut shown = format!("{view:?}");
    shown.push_str(taxi.phone.expose());
    shown.push_str(taxi.phone_masked.expose());
    if let Some(ride) = &taxi.ride {
        for secret in [&ride.car.plate, &ride.car.driver, &ride.car.phone] {
            shown.push_str(secret.expose());
        }
    }
    shown.into_bytes()
}

#[test]
fn the_search_finds_every_form() {
    let text = "鲁G欧阳1";
    for form in forms(text) {
        assert!(holds(&[b"before".to_vec(), form, b"after".to_vec()].concat(), text));
    }
    assert!(!holds(b"nothing of it", text));
}

#[tokio::test]
async fn nothing_personal_is_left_after_the_session() {
    let (place, sim) = (directory(), centre().await);
    // A car that stays, and everything that may go wrong in the log.
    sim.control().queue(&[Outcome::Decline, Outcome::NoShow]).unwrap();
    for (call, fault) in [
        (Call::Hail, Fault::DropAfter),
        (Call::Follow, Fault::Garbage),
        (Call::Follow, Fault::Half),
        (Call::SetStatus, Fault::StatusAfter { code: 500 }),
    ] {
        sim.control().inject_once(call, fault).unwrap();
    }
    let (store, _) = Store::open(place.path(), WallTime(now().0)).unwrap();
    let mut terminal = Process::start_with(settings(place.path(), &sim.url()), store, "trace");
    terminal.tap(Intent::Wake).await;
    terminal.tap(Intent::OpenTaxi).await;
    terminal.tap(Intent::EditPhone).await;
    for digit in PHONE.bytes() {
        terminal.tap(Intent::PhoneDigit(digit - b'0')).await;
    }
    let typed = terminal.until("typed", |view| view.taxi.phone_complete).await;
    assert!(holds(&everything_shown(&typed), PHONE));
    terminal.tap(Intent::PhoneDone).await;
    terminal.call().await;
    let coming = terminal.until_screen(Screen::TaxiComing).await;
    let car = coming.taxi.ride.unwrap().car;
    let hail = sim.control().state().hails.into_iter().find(|hail| !hail.ended).unwrap();
    assert_eq!((hail.customer_phone_number.as_str(), hail.licence_plate.as_str()), (PHONE, car.plate.expose()));
    let personal = [PHONE, car.plate.expose(), car.driver.expose(), car.phone.expose()];

    terminal.tap(Intent::Finish).await;
    let ended = std::time::Instant::now();
    let attract = terminal.until_screen(Screen::Attract).await;
    assert!(ended.elapsed() < Duration::from_secs(1));
    until("journaled", || open_phases(place.path()) == ["coming"]).await;
    let log = terminal.log.bytes();
    assert!(log.windows(7).any(|window| window == b"TAXI-04"), "the log is not captured");
    let threads_log = logs::of_threads().bytes();
    let kept = files(place.path());
    assert!(kept.iter().any(|(name, _)| name.ends_with("-wal")), "{:?}", kept.len());
    for text in personal {
        assert!(!holds(&everything_shown(&attract), text), "on the screen");
        assert!(!holds(&log, text), "in the log");
        assert!(!holds(&threads_log, text), "in the log of a thread");
        for (name, bytes) in &kept {
            assert!(!holds(bytes, text), "in {name}");
        }
    }
    terminal.stop().await;
    for (name, bytes) in files(place.path()) {
        assert!(personal.iter().all(|text| !holds(&bytes, text)), "in {name} after the end");
    }
}
