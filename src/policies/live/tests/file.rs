// SPDX-License-Identifier: GPL-3.0-only
//! Bundles from a file.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::time::Duration;

use tokio::time::Instant;

use super::bench::{Bench, Log, bundle, refused, sequence, until};

#[tokio::test(start_paused = true)]
async fn a_file_is_live_within_seconds_of_arriving() {
    let mut bench = Bench::new();
    bench.settings.poll = Duration::from_secs(2);
    let live = bench.start().await;
    for number in 1..=3 {
        let beside = bench.data.path().join("copy");
        fs::write(&beside, bundle(number)).unwrap();
        fs::rename(&beside, bench.source()).unwrap();
        let began = Instant::now();
        until(&live, |state| state.live.as_ref().is_ok_and(|live| live.sequence == number)).await;
        assert!(began.elapsed() <= Duration::from_secs(2), "{:?}", began.elapsed());
    }
    assert_eq!(live.state().borrow().unreachable, None);
}

#[tokio::test(start_paused = true)]
async fn a_half_written_file_is_waited_for() {
    let bench = Bench::new();
    fs::write(bench.source(), bundle(1)).unwrap();
    let live = bench.start().await;
    let bytes = bundle(2);
    fs::write(bench.source(), b"").unwrap();
    for piece in bytes.chunks(bytes.len() / 5) {
        live.check_now().await.unwrap();
        assert_eq!((sequence(&live), refused(&live)), (Some(1), Some("POL-01")));
        OpenOptions::new().append(true).open(bench.source()).unwrap().write_all(piece).unwrap();
    }
    live.check_now().await.unwrap();
    assert_eq!((sequence(&live), refused(&live)), (Some(2), None));
}

/// Whoever makes room for a file first and fills it within the grain of the clock leaves no other trace.
#[tokio::test(start_paused = true)]
async fn a_file_that_was_filled_without_a_trace_is_read_again() {
    let bench = Bench::new();
    let bytes = bundle(2);
    fs::write(bench.source(), vec![0; bytes.len()]).unwrap();
    let times = fs::metadata(bench.source()).unwrap().modified().unwrap();
    let live = bench.start().await;
    assert_eq!(refused(&live), Some("POL-01"));
    // The change time cannot be set by hand, so this shows the reading again for every length and time of change.
    let file = OpenOptions::new().write(true).open(bench.source()).unwrap();
    (&file).write_all(&bytes).unwrap();
    file.set_modified(times).unwrap();
    live.check_now().await.unwrap();
    assert_eq!(sequence(&live), Some(2));
}

#[tokio::test(start_paused = true)]
async fn a_file_that_does_not_change_is_read_once_and_a_damaged_one_three_times() {
    let bench = Bench::new();
    let bytes = bundle(1);
    let mut source = super::super::source::Source::new(&bench.settings, bench.limits).unwrap();
    use super::super::refusal::Again;
    use super::super::source::Found;
    fs::write(bench.source(), &bytes).unwrap();
    assert!(matches!(source.ask().await.unwrap(), Found::New(found) if found == bytes));
    source.settle(None);
    for _ in 0..3 {
        assert!(matches!(source.ask().await.unwrap(), Found::Same));
    }
    fs::write(bench.source(), b"half").unwrap();
    let mut reads = 0;
    for _ in 0..10 {
        if matches!(source.ask().await.unwrap(), Found::New(_)) {
            reads += 1;
            source.settle(Some(Again::Soon));
        }
    }
    assert_eq!(reads, 3);
    source.forget();
    assert!(matches!(source.ask().await.unwrap(), Found::New(_)));
}

#[tokio::test(start_paused = true)]
async fn what_is_no_file_or_too_large_is_unreachable() {
    let log = Log::default();
    let _listening = log.listen();
    let bench = Bench::new();
    fs::write(bench.source(), bundle(1)).unwrap();
    let live = bench.start().await;
    let unreachable = || live.state().borrow().unreachable.as_ref().map(|fault| fault.chain.clone());
    assert_eq!(unreachable(), None);
    fs::remove_file(bench.source()).unwrap();
    live.check_now().await.unwrap();
    assert!(unreachable().unwrap().starts_with("there is no file"));
    fs::create_dir(bench.source()).unwrap();
    live.check_now().await.unwrap();
    assert!(unreachable().unwrap().ends_with("is no file"));
    fs::remove_dir(bench.source()).unwrap();
    // Sparse: it takes no room.
    let large = fs::File::create(bench.source()).unwrap();
    large.set_len(u64::try_from(crate::policies::bundle::LARGEST_BUNDLE_BYTES).unwrap() + 1).unwrap();
    live.check_now().await.unwrap();
    assert!(unreachable().unwrap().contains("larger than"));
    assert_eq!((sequence(&live), log.count("POL-08")), (Some(1), 3));
    fs::write(bench.source(), bundle(2)).unwrap();
    live.check_now().await.unwrap();
    assert_eq!((sequence(&live), unreachable()), (Some(2), None));
}
