// SPDX-License-Identifier: GPL-3.0-only
//! A terminal's folder, a clock that the test sets, and bundles of a made-up pack.

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::domain::time::WallTime;
use crate::policies::bundle::{Bundle, Manifest, PrivateKey};
use crate::policies::live::folder::{Disk, Folder};
use crate::policies::live::judge::Judge;
use crate::policies::live::source::Source;
use crate::policies::live::{AddressLimits, ContentError, Open, PolicyState, PolicySupply, WallClock, rules};
use crate::settings::{PolicyApprover, PolicyOrigin, PolicySettings};

/// When the tests begin: 2026-11-22 15:00 UTC.
pub const START: i64 = 1_795_359_600;
/// The pack of the terminal.
pub const PACK: &str = "lakeside";

pub fn key(number: u8) -> PrivateKey {
    PrivateKey::from_seed(Zeroizing::new([number; 32])).unwrap()
}

/// What a bundle of the tests is made of.
#[derive(Clone, Copy)]
pub struct Made<'t> {
    pub sequence: u64,
    pub content: &'t str,
    pub pack: &'t str,
    pub made: i64,
    pub effective: Option<i64>,
    pub signers: &'t [u8],
}

impl Default for Made<'_> {
    fn default() -> Self {
        Self { sequence: 1, content: "good", pack: PACK, made: START - 60, effective: None, signers: &[1, 2] }
    }
}

impl Made<'_> {
    pub fn bytes(self) -> Vec<u8> {
        let manifest = Manifest {
            pack: self.pack.to_owned(),
            sequence: self.sequence,
            made: WallTime(self.made),
            effective: self.effective.map(WallTime),
            digest: [0; 32],
            tool: "doorstep test".to_owned(),
        };
        let unsigned = Bundle::build(&manifest, self.content.as_bytes()).unwrap();
        self.signers
            .iter()
            .fold(unsigned, |bytes, number| Bundle::decode(&bytes).unwrap().signed_with(&key(*number)).unwrap())
    }
}

/// A good bundle of that number.
pub fn bundle(sequence: u64) -> Vec<u8> {
    Made { sequence, ..Made::default() }.bytes()
}

/// A good bundle of that number that is to be in effect from then on.
pub fn later(sequence: u64, effective: i64) -> Vec<u8> {
    Made { sequence, effective: Some(effective), ..Made::default() }.bytes()
}

/// Takes any content but `bad` and `panic`.
pub fn opener() -> Arc<Open<String>> {
    Arc::new(|_, content| match content {
        b"bad" => Err(ContentError::Faults("pack.yaml:1: no".to_owned())),
        b"panic" => panic!("a fault of the program"),
        content => Ok(String::from_utf8_lossy(content).into_owned()),
    })
}

pub fn judge(settings: &PolicySettings) -> Judge<String> {
    Judge { rules: rules(settings).unwrap(), open: opener() }
}

/// A terminal's settings: approvers 1, 2 and 3, of whom two must sign.
pub fn settings(origin: PolicyOrigin) -> PolicySettings {
    let approver = |number: u8| PolicyApprover {
        name: format!("approver {number}"),
        public_key: key(number).public().to_string(),
    };
    PolicySettings {
        origin,
        poll: Duration::from_secs(3600),
        pack: PACK.to_owned(),
        approvals: 2,
        approvers: [1, 2, 3].map(approver).to_vec(),
        maximum_age_days: 90,
        marks_days: 90,
        facts: None,
    }
}

pub struct Bench {
    pub data: TempDir,
    pub settings: PolicySettings,
    pub limits: AddressLimits,
    /// What the wall clock is ahead of the paused one.
    pub offset: Arc<AtomicI64>,
    began: Instant,
}

impl Bench {
    /// A terminal that looks at the file [`Bench::source`].
    pub fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let file = data.path().join("source.bundle");
        Self {
            settings: settings(PolicyOrigin::File(file)),
            data,
            limits: AddressLimits::default(),
            offset: Arc::new(AtomicI64::new(START)),
            began: Instant::now(),
        }
    }

    pub fn source(&self) -> PathBuf {
        self.data.path().join("source.bundle")
    }

    pub fn stored(&self, name: &str) -> PathBuf {
        self.data.path().join("policy").join(name)
    }

    pub fn clock(&self) -> WallClock {
        let (offset, began) = (Arc::clone(&self.offset), self.began);
        Arc::new(move || {
            let passed = i64::try_from(began.elapsed().as_secs()).unwrap();
            WallTime(offset.load(Ordering::Relaxed) + passed)
        })
    }

    pub fn now(&self) -> i64 {
        (self.clock())().0
    }

    /// Switches the terminal on; it has looked at its disk and its source once when this returns.
    pub async fn start(&self) -> PolicySupply<String> {
        self.start_on(Arc::new(Disk(self.data.path().join("policy")))).await
    }

    pub async fn start_on(&self, folder: Arc<dyn Folder>) -> PolicySupply<String> {
        let source = Source::new(&self.settings, self.limits).unwrap();
        let rules = rules(&self.settings).unwrap();
        let live = PolicySupply::begin(&self.settings, folder, source, self.clock(), opener(), rules);
        live.check_now().await.unwrap();
        live
    }
}

/// Sequence number of what is live.
pub fn sequence(live: &PolicySupply<String>) -> Option<u64> {
    live.state().borrow().live.as_ref().ok().map(|live| live.sequence)
}

/// The code of the present refusal.
pub fn refused(live: &PolicySupply<String>) -> Option<&'static str> {
    live.state().borrow().refused.as_ref().map(|fault| fault.code.code())
}

/// Waits until the state is as it should be.
pub async fn until(live: &PolicySupply<String>, is_so: impl FnMut(&PolicyState<String>) -> bool) {
    let mut state = live.state();
    // Paused clocks run on by themselves while everybody waits.
    tokio::time::timeout(Duration::from_secs(7200), state.wait_for(is_so)).await.unwrap().unwrap();
}

/// Collects the log of the thread it is made on.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub fn listen(&self) -> tracing::subscriber::DefaultGuard {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || log.clone()).finish();
        tracing::subscriber::set_default(subscriber)
    }

    /// Lines that hold `text`.
    pub fn count(&self, text: &str) -> usize {
        let bytes = self.0.lock().unwrap();
        String::from_utf8_lossy(&bytes).lines().filter(|line| line.contains(text)).count()
    }
}

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
