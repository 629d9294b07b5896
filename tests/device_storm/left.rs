// SPDX-License-Identifier: GPL-3.0-only
//! What this process holds of the system: descriptors and threads.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// Threads end, and sockets close, a moment after who waited for it goes on.
const LIMIT: Duration = Duration::from_secs(10);

const LOOK: Duration = Duration::from_millis(5);

#[derive(Debug, PartialEq, Eq)]
pub struct Left {
    files: usize,
    threads: usize,
}

fn entries(folder: &str) -> impl Iterator<Item = std::path::PathBuf> {
    std::fs::read_dir(Path::new("/proc/self").join(folder)).unwrap().filter_map(|entry| Some(entry.ok()?.path()))
}

/// What they are, for whoever has to find out which is too many.
fn names() -> String {
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for path in entries("fd") {
        let target = std::fs::read_link(&path).map_or_else(|error| error.to_string(), |to| to.display().to_string());
        *names.entry(format!("file {}", target.split(':').next().unwrap_or_default())).or_default() += 1;
    }
    for path in entries("task") {
        let name = std::fs::read_to_string(path.join("comm")).unwrap_or_default();
        *names.entry(format!("thread {}", name.trim())).or_default() += 1;
    }
    names.iter().map(|(name, count)| format!("  {count} {name}\n")).collect()
}

/// Memory of this process, in MiB.
pub fn memory_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    resident.split_whitespace().next().unwrap().parse::<u64>().unwrap() / 1024
}

impl Left {
    pub fn now() -> Self {
        Self { files: entries("fd").count(), threads: entries("task").count() }
    }
}

fn check(context: &str, began: Instant, before: &Left) -> bool {
    let now = Left::now();
    if now == *before {
        println!("{context}: {} descriptors and {} threads, as before", now.files, now.threads);
        return true;
    }
    assert!(began.elapsed() < LIMIT, "{context}: {now:?}, {before:?} before it:\n{}", names());
    false
}

pub async fn wait_until_nothing_is_left(context: &str, before: &Left) {
    let (began, mut look) = (Instant::now(), tokio::time::interval(LOOK));
    while !check(context, began, before) {
        look.tick().await;
    }
}

/// The same when every runtime is gone.
pub fn wait_without_runtime(context: &str, before: &Left) {
    let began = Instant::now();
    while !check(context, began, before) {
        std::thread::park_timeout(LOOK);
    }
}
