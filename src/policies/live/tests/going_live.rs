// SPDX-License-Identifier: GPL-3.0-only
//! What goes live, what never does, and what is there after a restart.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::bench::{Bench, Log, Made, START, bundle, refused, sequence, until};
use crate::domain::time::WallTime;
use crate::policies::live::folder::{Disk, Folder};
use crate::policies::live::source::LATER;
use crate::policies::live::{Accepted, NoPolicies, OfferError, Refusal};

#[tokio::test(start_paused = true)]
async fn a_good_bundle_is_live_now_and_after_a_restart() {
    let bench = Bench::new();
    let live = bench.start().await;
    assert_eq!(live.state().borrow().live.as_ref().unwrap_err(), &NoPolicies::NeverCame);
    assert_eq!(live.offer(bundle(7)).await.unwrap(), Accepted::Live);
    assert_eq!(live.offer(bundle(7)).await.unwrap(), Accepted::Same);
    let more_signatures = Made { sequence: 7, signers: &[3, 2, 1], ..Made::default() };
    assert_eq!(live.offer(more_signatures.bytes()).await.unwrap(), Accepted::Same);
    drop(live);
    let live = bench.start().await;
    let state = live.state().borrow().clone();
    let pack = state.live.unwrap();
    assert_eq!((pack.sequence, pack.pack.as_str(), pack.made), (7, "good", WallTime(START - 60)));
    assert_eq!(pack.signers, ["approver 1", "approver 2"]);
    assert_eq!((pack.checked, state.stored, state.waiting), (None, None, None));
    assert_eq!((pack.age_days(WallTime(START)), pack.age_days(WallTime(START + 90 * 86_400))), (0, 90));
    assert_eq!(pack.age_days(WallTime(0)), 0, "a clock that is behind");
    assert_eq!(state.unreachable.unwrap().code.code(), "POL-08", "the file of the source is not there");
}

/// Everything that must never go live, with its code.
fn bad_bundles() -> Vec<(&'static str, Vec<u8>)> {
    let good = Made { sequence: 8, ..Made::default() };
    let bytes = good.bytes();
    let mut damaged = bytes.clone();
    damaged[100] ^= 4;
    let mut newer = bytes.clone();
    newer[9] = 2;
    let mut forged = Made { signers: &[1, 2, 3], ..good }.bytes();
    // A bit of the last signature, with the right sum.
    let last = forged.len() - 33;
    forged[last] ^= 1;
    let sum = crate::policies::bundle::sha256(&forged[..=last]);
    forged.truncate(last + 1);
    forged.extend_from_slice(&sum);
    vec![
        ("POL-01", damaged),
        ("POL-01", bytes[..bytes.len() / 2].to_vec()),
        ("POL-01", [&bytes[..], b"\n"].concat()),
        ("POL-01", b"<html>please log in</html>".to_vec()),
        ("POL-01", Vec::new()),
        ("POL-02", Made { signers: &[], ..good }.bytes()),
        ("POL-02", Made { signers: &[1], ..good }.bytes()),
        ("POL-02", Made { signers: &[1, 1], ..good }.bytes()),
        ("POL-02", Made { signers: &[1, 77], ..good }.bytes()),
        ("POL-02", forged),
        ("POL-03", Made { pack: "hillside", ..good }.bytes()),
        ("POL-04", Made { sequence: 6, ..good }.bytes()),
        ("POL-04", Made { sequence: 7, content: "another one of that number", ..good }.bytes()),
        ("POL-05", Made { made: START + 3600, ..good }.bytes()),
        ("POL-06", newer),
        ("POL-07", Made { content: "bad", ..good }.bytes()),
        ("POL-07", Made { content: "panic", ..good }.bytes()),
    ]
}

#[tokio::test(start_paused = true)]
async fn nothing_bad_goes_live_and_the_last_good_one_stays() {
    let bench = Bench::new();
    let live = bench.start().await;
    live.offer(bundle(7)).await.unwrap();
    for (code, bytes) in bad_bundles() {
        let OfferError::Refused(refusal) = live.offer(bytes).await.unwrap_err() else { panic!("ended") };
        assert_eq!(refusal.fault_code().code(), code, "{refusal:?}");
        assert_eq!((sequence(&live), refused(&live)), (Some(7), Some(code)));
    }
    let mut names: Vec<_> =
        bench.data.path().join("policy").read_dir().unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["current.bundle"], "nothing of them is on the disk");
    live.offer(bundle(8)).await.unwrap();
    assert_eq!((sequence(&live), refused(&live)), (Some(8), None));
}

#[tokio::test(start_paused = true)]
async fn each_different_refusal_is_logged_once() {
    let log = Log::default();
    let _listening = log.listen();
    let bench = Bench::new();
    let live = bench.start().await;
    live.offer(bundle(7)).await.unwrap();
    for _ in 0..5 {
        let _ = live.offer(bundle(5)).await;
        let _ = live.offer(bundle(6)).await;
        let _ = live.offer(b"none".to_vec()).await;
    }
    assert_eq!((log.count("POL-04"), log.count("POL-01")), (2, 1));
    live.offer(bundle(8)).await.unwrap();
    let _ = live.offer(bundle(5)).await;
    assert_eq!(log.count("POL-04"), 3, "after a good one it is news again");
    assert_eq!(log.count("policies are live"), 2);
    for _ in 0..3 {
        live.check_now().await.unwrap();
    }
    assert_eq!(log.count("POL-08"), 2, "the missing file: at the start, and after the first good one");
}

#[tokio::test(start_paused = true)]
async fn a_damaged_current_bundle_gives_way_to_the_previous_one() {
    let bench = Bench::new();
    let live = bench.start().await;
    for number in [5, 6] {
        live.offer(bundle(number)).await.unwrap();
    }
    drop(live);
    let mut bytes = std::fs::read(bench.stored("current.bundle")).unwrap();
    bytes[50] ^= 1;
    std::fs::write(bench.stored("current.bundle"), bytes).unwrap();
    let live = bench.start().await;
    assert_eq!(sequence(&live), Some(5));
    assert_eq!(live.state().borrow().stored.as_ref().unwrap().code.code(), "POL-09");
    // The one that is damaged here is whole elsewhere. It must not push out the only good one.
    live.offer(bundle(6)).await.unwrap();
    assert_eq!(live.state().borrow().stored, None);
    drop(live);
    std::fs::write(bench.stored("current.bundle"), b"").unwrap();
    let live = bench.start().await;
    assert_eq!(sequence(&live), Some(5));
}

#[tokio::test(start_paused = true)]
async fn without_a_good_bundle_there_are_no_policies_and_a_reason() {
    let bench = Bench::new();
    let live = bench.start().await;
    live.offer(bundle(5)).await.unwrap();
    live.offer(bundle(6)).await.unwrap();
    drop(live);
    let mut changed = bench;
    changed.settings.pack = "hillside".to_owned();
    let live = changed.start().await;
    assert_eq!(live.state().borrow().live.as_ref().unwrap_err(), &NoPolicies::NoneGood);
    // Another pack begins to count anew.
    live.offer(Made { pack: "hillside", sequence: 1, ..Made::default() }.bytes()).await.unwrap();
    assert_eq!(sequence(&live), Some(1));
    drop(live);
    changed.settings.approvers.truncate(1);
    let live = changed.start().await;
    assert_eq!(live.state().borrow().live.as_ref().unwrap_err(), &NoPolicies::NoneGood, "an approver was taken out");
    assert_eq!(live.state().borrow().stored.as_ref().unwrap().code.code(), "POL-09");
}

#[tokio::test(start_paused = true)]
async fn a_clock_in_the_past_holds_up_what_is_new_but_not_what_was_live() {
    let bench = Bench::new();
    let live = bench.start().await;
    live.offer(bundle(5)).await.unwrap();
    drop(live);
    bench.offset.store(0, Ordering::Relaxed);
    std::fs::write(bench.source(), bundle(6)).unwrap();
    let live = bench.start().await;
    assert_eq!((sequence(&live), refused(&live)), (Some(5), Some("POL-05")));
    // The file does not change any more, the clock does.
    bench.offset.store(START, Ordering::Relaxed);
    live.check_now().await.unwrap();
    assert_eq!(sequence(&live), Some(5), "not before its time");
    tokio::time::advance(LATER).await;
    live.check_now().await.unwrap();
    assert_eq!((sequence(&live), refused(&live)), (Some(6), None));
}

/// A disk that is full while the flag is set.
struct Full(Disk, AtomicBool);

impl Folder for Full {
    fn make(&self) -> io::Result<()> {
        self.0.make()
    }

    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        self.0.read(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        if self.1.load(Ordering::Relaxed) {
            self.0.write(name, &bytes[..bytes.len() / 2])?;
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        self.0.write(name, bytes)
    }

    fn sync(&self, name: &str) -> io::Result<()> {
        self.0.sync(name)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.0.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.0.remove(name)
    }

    fn sync_names(&self) -> io::Result<()> {
        self.0.sync_names()
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_kept_does_not_go_live() {
    let bench = Bench::new();
    let folder = Arc::new(Full(Disk(bench.data.path().join("policy")), AtomicBool::new(false)));
    let live = bench.start_on(folder.clone()).await;
    live.offer(bundle(5)).await.unwrap();
    folder.1.store(true, Ordering::Relaxed);
    std::fs::write(bench.source(), bundle(6)).unwrap();
    live.check_now().await.unwrap();
    assert_eq!((sequence(&live), refused(&live)), (Some(5), Some("POL-11")));
    assert!(!bench.stored("incoming.part").exists(), "a full disk is not kept full");
    let refusal = live.offer(bundle(6)).await.unwrap_err();
    assert!(matches!(refusal, OfferError::Refused(Refusal::Keep(_))));
    folder.1.store(false, Ordering::Relaxed);
    tokio::time::advance(LATER).await;
    live.check_now().await.unwrap();
    assert_eq!((sequence(&live), refused(&live)), (Some(6), None));
}

#[tokio::test(start_paused = true)]
async fn the_state_tells_when_the_source_was_reached_and_is_quiet_otherwise() {
    let bench = Bench::new();
    std::fs::write(bench.source(), bundle(1)).unwrap();
    let live = bench.start().await;
    until(&live, |state| state.live.is_ok()).await;
    let mut state = live.state();
    let checked = |state: &tokio::sync::watch::Receiver<_>| {
        let state: &tokio::sync::watch::Receiver<crate::policies::live::PolicyState<String>> = state;
        state.borrow().live.as_ref().unwrap().checked
    };
    assert_eq!(checked(&state), Some(WallTime(bench.now())));
    state.mark_unchanged();
    for _ in 0..29 {
        tokio::time::advance(std::time::Duration::from_secs(2)).await;
        live.check_now().await.unwrap();
    }
    assert!(!state.has_changed().unwrap(), "nobody is woken for nothing");
    tokio::time::advance(std::time::Duration::from_secs(2)).await;
    live.check_now().await.unwrap();
    assert!(state.has_changed().unwrap());
    assert_eq!(checked(&state), Some(WallTime(START + 60)));
}
