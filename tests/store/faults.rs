// SPDX-License-Identifier: GPL-3.0-only
//! The store where things go wrong: locked, read-only, damaged, newer, full, in use, flooded.

use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use doorstep::domain::time::WallTime;
use doorstep::protocol::FaultCode;
use doorstep::store::{
    DATABASE_FILE, Enqueued, JournalEntry, JournalKind, OpenReport, OutboxMessage, Refusal, Store, StoreCause,
    StoreError, StoreStatus, limits,
};
use rusqlite::Connection;
use serde_json::json;
use tokio::task::JoinSet;

use super::vfs::{self, Trouble};
use super::{NOW, block_on, directory};

fn ride(key: &str) -> JournalEntry {
    JournalEntry {
        key: key.into(),
        kind: JournalKind::TaxiRide,
        phase: "hailing".into(),
        body: json!({ "hail": "h-1" }),
        opened_at: NOW,
        updated_at: NOW,
    }
}

fn message(key: &str) -> OutboxMessage {
    OutboxMessage { key: key.into(), topic: "status".into(), body: json!({ "paper": "low" }), created_at: NOW }
}

async fn open_keys(store: &Store) -> Vec<String> {
    store.open_entries(JournalKind::TaxiRide).await.unwrap().into_iter().map(|entry| entry.key).collect()
}

/// A directory whose database holds some hundred entries, three of them open.
fn filled() -> tempfile::TempDir {
    let place = directory();
    let (store, report) = Store::open(place.path(), NOW).unwrap();
    assert!(report.created);
    block_on(async {
        for number in 0..200 {
            let key = format!("ride-{number:03}");
            store.record(ride(&key)).await.unwrap();
            store.enqueue(message(&key)).await.unwrap();
            if number >= 3 {
                store.settle(&key, "finished", NOW).await.unwrap();
            }
        }
        store.close().await.unwrap();
    });
    place
}

fn database(place: &Path) -> PathBuf {
    place.join(DATABASE_FILE)
}

fn code_of_open(place: &Path) -> FaultCode {
    Store::open(place, NOW).unwrap_err().fault_code()
}

#[test]
fn what_was_recorded_is_there_after_a_restart() {
    let place = filled();
    let (store, report) = Store::open(place.path(), NOW).unwrap();
    assert_eq!(report, OpenReport { set_aside: None, created: false, version_before: report.version_before });
    block_on(async {
        assert_eq!(open_keys(&store).await, ["ride-000", "ride-001", "ride-002"]);
        assert!(store.open_entries(JournalKind::Slip).await.unwrap().is_empty());
        let error = store.record(ride("ride-199")).await.unwrap_err();
        assert!(matches!(error.cause(), StoreCause::Refused(Refusal::Settled)));
        assert_eq!(error.fault_code(), FaultCode::StoreRefused);
        assert_eq!(store.enqueue(message("ride-000")).await.unwrap(), Enqueued::AlreadyThere);
        store.close().await.unwrap();
    });
}

#[test]
fn a_second_terminal_is_refused_until_the_first_ends() {
    let place = directory();
    let (first, _) = Store::open(place.path(), NOW).unwrap();
    let error = Store::open(place.path(), NOW).unwrap_err();
    assert!(matches!(error.cause(), StoreCause::InUse { .. }), "{error:?}");
    assert_eq!(error.fault_code(), FaultCode::StoreUnavailable);
    let waiting = Store::unavailable(place.path(), NOW, error.fault());
    block_on(async {
        assert!(waiting.record(ride("a")).await.is_err());
        let other = first.clone();
        first.record(ride("b")).await.unwrap();
        first.close().await.unwrap();
        assert!(matches!(other.record(ride("c")).await, Err(StoreError::Record(StoreCause::Closed))));
        assert_eq!(*other.status().borrow(), StoreStatus::Closed);
        waiting.retry_open().await.unwrap();
        assert_eq!(open_keys(&waiting).await, ["b"]);
    });
    // Dropped without being closed: the directory is free all the same.
    drop(waiting);
    Store::open(place.path(), NOW).unwrap();
}

#[test]
fn what_cannot_be_a_database_is_reported_and_left_alone() {
    let place = directory();
    let file = place.path().join("a-file");
    fs::write(&file, "x").unwrap();
    assert_eq!(code_of_open(&file), FaultCode::StoreUnavailable);
    let below = place.path().join("site");
    fs::create_dir_all(database(&below).join("inside")).unwrap();
    assert_eq!(code_of_open(&below), FaultCode::StoreUnavailable);
    assert!(database(&below).join("inside").is_dir());
}

#[test]
fn a_lock_of_another_process_is_waited_for_and_then_reported() {
    let place = filled();
    let (store, _) = Store::open(place.path(), NOW).unwrap();
    let other = Connection::open(database(place.path())).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    block_on(async {
        let error = store.record(ride("a")).await.unwrap_err();
        assert_eq!(error.fault_code(), FaultCode::StoreUnavailable);
        // It can still be read meanwhile.
        assert_eq!(open_keys(&store).await.len(), 3);
        other.execute_batch("ROLLBACK").unwrap();
        store.record(ride("a")).await.unwrap();
        assert!(matches!(*store.status().borrow(), StoreStatus::Ready(_)));
    });
}

#[test]
fn a_database_held_by_another_process_at_the_start_is_opened_later() {
    let place = filled();
    let other = Connection::open(database(place.path())).unwrap();
    other.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT;").unwrap();
    let (store, opened) = Store::open_or_unavailable(place.path(), NOW);
    assert_eq!(opened.unwrap_err().fault_code(), FaultCode::StoreUnavailable);
    drop(other);
    block_on(async {
        // By itself, after the first pause.
        let mut status = store.status();
        let ready = status.wait_for(|status| matches!(status, StoreStatus::Ready(_)));
        tokio::time::timeout(Duration::from_secs(30), ready).await.unwrap().unwrap();
        assert_eq!(open_keys(&store).await.len(), 3);
    });
}

#[test]
fn too_many_requests_are_refused_and_none_is_lost_in_silence() {
    let place = directory();
    let (store, _) = Store::open(place.path(), NOW).unwrap();
    let other = Connection::open(database(place.path())).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answers = block_on(async {
        let mut tasks = JoinSet::new();
        for number in 0..limits::QUEUE + limits::GROUP + 100 {
            let store = store.clone();
            tasks.spawn(async move { store.record(ride(&format!("ride-{number}"))).await });
        }
        // The tasks ask, the thread waits for the lock, the queue fills; then the lock goes.
        tokio::task::yield_now().await;
        other.execute_batch("ROLLBACK").unwrap();
        tasks.join_all().await
    });
    let acknowledged = answers.iter().filter(|answer| answer.is_ok()).count();
    let refused = answers.iter().flat_map(|answer| answer.as_ref().err());
    let flooded = refused.filter(|error| error.fault_code() == FaultCode::QueueFull).count();
    assert!(flooded >= 100, "{flooded} refused");
    assert_eq!(acknowledged + flooded, answers.len());
    assert_eq!(block_on(open_keys(&store)).len(), acknowledged);
}

#[test]
fn a_read_only_disk_at_the_start_is_reported_and_recovered_from() {
    let place = filled();
    let disk = vfs::watch(place.path());
    disk.set_trouble(Trouble::ReadOnly);
    let (store, opened) = Store::open_or_unavailable(place.path(), NOW);
    assert_eq!(opened.unwrap_err().fault_code(), FaultCode::StoreUnavailable);
    block_on(async {
        let error = store.record(ride("a")).await.unwrap_err();
        assert_eq!(error.fault_code(), FaultCode::StoreUnavailable);
        assert!(store.retry_open().await.is_err());
        disk.set_trouble(Trouble::None);
        assert_eq!(store.retry_open().await.unwrap().set_aside, None);
        store.record(ride("a")).await.unwrap();
        assert_eq!(open_keys(&store).await.len(), 4);
    });
}

#[test]
fn a_disk_that_becomes_read_only_is_reported_and_recovered_from() {
    let place = filled();
    let disk = vfs::watch(place.path());
    let (store, _) = Store::open(place.path(), NOW).unwrap();
    block_on(async {
        store.record(ride("before")).await.unwrap();
        disk.set_trouble(Trouble::ReadOnly);
        for _ in 0..5 {
            let error = store.record(ride("during")).await.unwrap_err();
            assert_eq!(error.fault_code(), FaultCode::StoreUnavailable);
        }
        assert!(matches!(*store.status().borrow(), StoreStatus::Unavailable(_)));
        disk.set_trouble(Trouble::None);
        store.retry_open().await.unwrap();
        store.record(ride("after")).await.unwrap();
        assert_eq!(open_keys(&store).await, ["after", "before", "ride-000", "ride-001", "ride-002"]);
    });
}

#[test]
fn a_full_disk_refuses_writing_still_reads_and_goes_on_when_there_is_room() {
    let place = filled();
    let disk = vfs::watch(place.path());
    let (store, _) = Store::open(place.path(), NOW).unwrap();
    block_on(async {
        disk.set_trouble(Trouble::Full);
        let mut tasks = JoinSet::new();
        for number in 0..10 {
            let store = store.clone();
            tasks.spawn(async move { store.record(ride(&format!("full-{number}"))).await });
        }
        for answer in tasks.join_all().await {
            assert_eq!(answer.unwrap_err().fault_code(), FaultCode::StoreDiskFull);
        }
        let error = store.enqueue(message("full")).await.unwrap_err();
        assert_eq!(error.fault_code(), FaultCode::StoreDiskFull);
        assert_eq!(open_keys(&store).await.len(), 3);
        disk.set_trouble(Trouble::None);
        assert_eq!(store.enqueue(message("full")).await.unwrap(), Enqueued::New);
        store.settle("ride-000", "finished", NOW).await.unwrap();
        assert_eq!(open_keys(&store).await.len(), 2);
        store.close().await.unwrap();
    });
}

#[test]
fn a_disk_that_is_full_at_the_start_still_tells_what_is_open() {
    let place = filled();
    // A log that the start would like to copy.
    let (store, _) = Store::open(place.path(), NOW).unwrap();
    block_on(store.record(ride("unsettled"))).unwrap();
    let copy = directory();
    for suffix in ["", "-wal"] {
        let name = format!("{DATABASE_FILE}{suffix}");
        fs::copy(place.path().join(&name), copy.path().join(&name)).unwrap();
    }
    let disk = vfs::watch(copy.path());
    disk.set_trouble(Trouble::Full);
    let (store, report) = Store::open(copy.path(), NOW).unwrap();
    assert_eq!(report.set_aside, None);
    block_on(async {
        assert_eq!(open_keys(&store).await.len(), 4);
        assert_eq!(store.record(ride("a")).await.unwrap_err().fault_code(), FaultCode::StoreDiskFull);
        disk.set_trouble(Trouble::None);
        store.record(ride("a")).await.unwrap();
    });
    // Where there is no database yet, none can be made.
    let empty = directory();
    vfs::watch(empty.path()).set_trouble(Trouble::Full);
    assert_eq!(code_of_open(empty.path()), FaultCode::StoreDiskFull);
}

/// Damages the database with `damage`; it must be set aside as it is, and a new one begun.
/// `rescued` tells how many of the three open entries and 200 waiting messages must be in the new one.
fn assert_set_aside(what: &str, rescued: RangeInclusive<usize>, damage: impl FnOnce(&Path)) {
    let place = filled();
    damage(place.path());
    let left = fs::read(database(place.path())).unwrap_or_default();
    let (store, report) = Store::open(place.path(), WallTime(1_700_000_000)).unwrap();
    let set_aside = report.set_aside.unwrap_or_else(|| panic!("{what}: not seen"));
    assert!(report.created, "{what}");
    assert_eq!(set_aside.fault.code, FaultCode::StoreDamaged, "{what}");
    assert_eq!(set_aside.path, place.path().join(format!("{DATABASE_FILE}.damaged-20231114-221320")), "{what}");
    assert!(fs::read(&set_aside.path).unwrap_or_default() == left, "{what}: changed");
    assert!(rescued.contains(&set_aside.rescued), "{what}: rescued {}", set_aside.rescued);
    let open = block_on(async {
        let open = open_keys(&store).await;
        assert!(open.iter().all(|key| key.starts_with("ride-00")), "{what}: {open:?}");
        store.record(ride("a-new-one")).await.unwrap();
        store.close().await.unwrap();
        open
    });
    let (store, report) = Store::open(place.path(), NOW).unwrap();
    assert_eq!((report.set_aside, report.created), (None, false), "{what}");
    assert_eq!(block_on(open_keys(&store))[1..], open, "{what}");
}

/// Overwrites `length` bytes from `offset` with numbers that look like nothing.
fn scribble(place: &Path, offset: usize, length: usize) {
    let path = database(place);
    let mut content = fs::read(&path).unwrap();
    let mut number = 0x9E37_79B9_u32;
    for byte in content.iter_mut().skip(offset).take(length) {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = number.to_be_bytes()[0];
    }
    fs::write(&path, content).unwrap();
}

#[test]
fn a_damaged_file_is_set_aside_and_a_new_one_begun() {
    assert_set_aside("header", 0..=0, |place| scribble(place, 0, 100));
    assert_set_aside("first page behind the header", 0..=0, |place| scribble(place, 100, 3_996));
    assert_set_aside("one page in the middle", 1..=203, |place| scribble(place, 8 * 4096, 4096));
    assert_set_aside("a few bytes in the middle", 1..=203, |place| scribble(place, 6 * 4096, 16));
    assert_set_aside("all of it", 0..=0, |place| scribble(place, 0, usize::MAX));
    assert_set_aside("short rubbish", 0..=0, |place| fs::write(database(place), "no database").unwrap());
    assert_set_aside("cut off in a page", 0..=203, |place| {
        let length = fs::metadata(database(place)).unwrap().len();
        fs::OpenOptions::new().write(true).open(database(place)).unwrap().set_len(length / 2 + 1000).unwrap();
    });
    assert_set_aside("cut off after a page", 0..=202, |place| {
        fs::OpenOptions::new().write(true).open(database(place)).unwrap().set_len(3 * 4096).unwrap();
    });
    assert_set_aside("another program's database", 0..=0, |place| {
        fs::remove_file(database(place)).unwrap();
        Connection::open(database(place)).unwrap().execute_batch("CREATE TABLE recipes (name TEXT)").unwrap();
    });
    assert_set_aside("a table is missing", 3..=3, |place| {
        Connection::open(database(place)).unwrap().execute_batch("DROP TABLE outbox").unwrap();
    });
    assert_set_aside("a body is no JSON", 202..=202, |place| {
        let database = Connection::open(database(place)).unwrap();
        let sql = "PRAGMA ignore_check_constraints = ON;
                   UPDATE journal SET body = '{half' WHERE key = 'ride-001'";
        database.execute_batch(sql).unwrap();
    });
    assert_set_aside("a log without its database", 0..=0, |place| {
        fs::remove_file(database(place)).unwrap();
        fs::write(place.join(format!("{DATABASE_FILE}-wal")), vec![7; 5000]).unwrap();
    });
}

#[test]
fn damage_that_shows_while_running_is_set_aside_as_well() {
    let place = filled();
    let (store, _) = Store::open(place.path(), NOW).unwrap();
    block_on(async {
        store.record(ride("before")).await.unwrap();
        let other = Connection::open(database(place.path())).unwrap();
        let sql = "PRAGMA writable_schema = ON;
                   UPDATE sqlite_schema SET rootpage = 99999 WHERE name = 'journal';
                   PRAGMA schema_version = 12345";
        other.execute_batch(sql).unwrap();
        drop(other);
        let error = store.record(ride("during")).await.unwrap_err();
        assert_eq!(error.fault_code(), FaultCode::StoreDamaged, "{error:?}");
        store.record(ride("after")).await.unwrap();
        assert_eq!(open_keys(&store).await, ["after"]);
        let status = store.status().borrow().clone();
        let StoreStatus::Ready(OpenReport { set_aside: Some(set_aside), .. }) = status else {
            panic!("{status:?}");
        };
        assert_eq!(set_aside.fault.code, FaultCode::StoreDamaged);
        assert!(set_aside.path.exists());
    });
}

#[test]
fn a_newer_database_is_refused_and_not_touched() {
    let place = filled();
    Connection::open(database(place.path())).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    let before = fs::read(database(place.path())).unwrap();
    let (store, opened) = Store::open_or_unavailable(place.path(), NOW);
    let error = opened.unwrap_err();
    assert!(matches!(error.cause(), StoreCause::Newer { found: 99, .. }));
    assert_eq!(error.fault_code(), FaultCode::StoreNewer);
    block_on(async {
        // The reason stays to be seen.
        assert_eq!(store.record(ride("a")).await.unwrap_err().fault_code(), FaultCode::StoreNewer);
        assert!(fs::read(database(place.path())).unwrap() == before);
        // As the help of the fault says.
        fs::rename(database(place.path()), place.path().join("moved-away")).unwrap();
        assert!(store.retry_open().await.unwrap().created);
        store.record(ride("a")).await.unwrap();
    });
}

#[test]
fn a_request_whose_caller_has_gone_is_carried_out() {
    let place = directory();
    let (store, _) = Store::open(place.path(), NOW).unwrap();
    block_on(async {
        {
            let mut asked = std::pin::pin!(store.record(ride("a")));
            let once = std::future::poll_fn(|context| {
                let _ = asked.as_mut().poll(context);
                std::task::Poll::Ready(())
            });
            once.await;
        }
        assert_eq!(open_keys(&store).await, ["a"]);
    });
}

#[test]
fn what_is_settled_or_delivered_leaves_no_body_in_the_files() {
    let place = directory();
    let (store, _) = Store::open(place.path(), NOW).unwrap();
    block_on(async {
        let body = json!({ "hail": "SOUGHT-FOR", "filling": "x".repeat(9_000) });
        store.record(JournalEntry { body: body.clone(), ..ride("a") }).await.unwrap();
        store.enqueue(OutboxMessage { body, ..message("a") }).await.unwrap();
        let holds = |suffix: &str| {
            let content = fs::read(place.path().join(format!("{DATABASE_FILE}{suffix}"))).unwrap_or_default();
            content.windows(10).any(|window| window == b"SOUGHT-FOR")
        };
        assert!(holds("-wal"));
        store.settle("a", "finished", NOW).await.unwrap();
        store.delivered("a").await.unwrap();
        store.close().await.unwrap();
        assert!(!holds("") && !holds("-wal"));
    });
}

#[test]
fn a_message_that_fails_comes_again_later() {
    let place = directory();
    let (store, _) = Store::open(place.path(), NOW).unwrap();
    block_on(async {
        store.enqueue(message("a")).await.unwrap();
        store.enqueue(message("b")).await.unwrap();
        store.failed("a", WallTime(NOW.0 + 60)).await.unwrap();
        let due = store.due(10, NOW).await.unwrap();
        assert_eq!(due.iter().map(|due| due.message.key.as_str()).collect::<Vec<_>>(), ["b"]);
        let due = store.due(10, WallTime(NOW.0 + 60)).await.unwrap();
        assert_eq!((due[0].attempts, &due[0].message), (1, &message("a")));
        let refused = store.enqueue(OutboxMessage { topic: "two words".into(), ..message("c") }).await;
        assert!(matches!(refused, Err(StoreError::Enqueue(StoreCause::Refused(Refusal::Word)))));
    });
}
