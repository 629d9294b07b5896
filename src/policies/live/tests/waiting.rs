// SPDX-License-Identifier: GPL-3.0-only
//! Bundles that are to be in effect later.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use super::bench::{Bench, START, bundle, later, refused, sequence, until};
use crate::domain::time::WallTime;
use crate::policies::live::{Accepted, NoPolicies, Waiting};

#[tokio::test(start_paused = true)]
async fn a_bundle_goes_live_at_its_time() {
    let bench = Bench::new();
    let live = bench.start().await;
    live.offer(bundle(1)).await.unwrap();
    let began = Instant::now();
    assert_eq!(live.offer(later(2, START + 900)).await.unwrap(), Accepted::Waits);
    assert_eq!(live.offer(later(2, START + 900)).await.unwrap(), Accepted::Same);
    let waiting = live.state().borrow().waiting;
    assert_eq!(waiting, Some(Waiting { sequence: 2, effective: WallTime(START + 900) }));
    tokio::time::sleep(Duration::from_secs(899)).await;
    assert_eq!(sequence(&live), Some(1));
    until(&live, |state| state.waiting.is_none()).await;
    assert_eq!(sequence(&live), Some(2));
    let took = began.elapsed();
    assert!((900..=901).contains(&took.as_secs()), "{took:?}");
    assert!(!bench.stored("next.bundle").exists() && bench.stored("previous.bundle").exists());
}

#[tokio::test(start_paused = true)]
async fn it_waits_through_a_restart_and_is_live_if_its_time_came_meanwhile() {
    let bench = Bench::new();
    let live = bench.start().await;
    assert_eq!(live.offer(later(3, START + 7000)).await.unwrap(), Accepted::Waits);
    assert_eq!(live.state().borrow().live.as_ref().unwrap_err(), &NoPolicies::NotYet);
    drop(live);
    let live = bench.start().await;
    assert_eq!(live.state().borrow().live.as_ref().unwrap_err(), &NoPolicies::NotYet);
    until(&live, |state| state.live.is_ok()).await;
    assert!(bench.now() >= START + 7000);
    assert_eq!(live.offer(later(4, bench.now() + 500)).await.unwrap(), Accepted::Waits);
    drop(live);
    tokio::time::advance(Duration::from_secs(600)).await;
    let live = bench.start().await;
    assert_eq!((sequence(&live), live.state().borrow().waiting), (Some(4), None));
    drop(live);
    let live = bench.start().await;
    assert_eq!(sequence(&live), Some(4));
    assert_eq!(live.state().borrow().stored, None);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_brings_it_live() {
    let bench = Bench::new();
    let live = bench.start().await;
    live.offer(later(2, START + 86_400)).await.unwrap();
    bench.offset.fetch_add(86_400, Ordering::Relaxed);
    let began = Instant::now();
    until(&live, |state| state.live.is_ok()).await;
    assert!(began.elapsed() <= Duration::from_secs(31), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn what_comes_meanwhile_keeps_the_order() {
    let bench = Bench::new();
    let live = bench.start().await;
    live.offer(bundle(1)).await.unwrap();
    live.offer(later(5, START + 600)).await.unwrap();
    // A correction for the days until then.
    assert_eq!(live.offer(bundle(3)).await.unwrap(), Accepted::Live);
    assert_eq!((sequence(&live), live.state().borrow().waiting.unwrap().sequence), (Some(3), 5));
    // Older than the one that waits.
    live.offer(later(4, START + 900)).await.unwrap_err();
    assert_eq!(refused(&live), Some("POL-04"));
    // A newer one takes its place.
    assert_eq!(live.offer(later(6, START + 1200)).await.unwrap(), Accepted::Waits);
    assert_eq!(live.state().borrow().waiting.unwrap().sequence, 6);
    // One that is live at once and newer makes it needless.
    assert_eq!(live.offer(bundle(7)).await.unwrap(), Accepted::Live);
    assert_eq!((sequence(&live), live.state().borrow().waiting), (Some(7), None));
    assert!(!bench.stored("next.bundle").exists());
    tokio::time::sleep(Duration::from_secs(2000)).await;
    assert_eq!(sequence(&live), Some(7));
}

#[tokio::test(start_paused = true)]
async fn one_that_was_damaged_while_it_waited_is_fetched_again() {
    let bench = Bench::new();
    std::fs::write(bench.source(), later(2, START + 600)).unwrap();
    let live = bench.start().await;
    live.offer(bundle(1)).await.unwrap();
    assert_eq!(live.state().borrow().waiting.unwrap().sequence, 2);
    std::fs::write(bench.stored("next.bundle"), b"rot").unwrap();
    until(&live, |state| state.stored.is_some()).await;
    assert_eq!(sequence(&live), Some(1));
    assert_eq!(live.state().borrow().stored.as_ref().unwrap().code.code(), "POL-09");
    live.check_now().await.unwrap();
    assert_eq!(sequence(&live), Some(2), "its source still had it, and its time has come");
    assert_eq!(live.state().borrow().stored, None);
}
