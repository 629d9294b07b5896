// SPDX-License-Identifier: GPL-3.0-only
//! The thread that owns the connection.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use super::error::{StoreCause, StoreError};
use super::lock::DirectoryLock;
use super::types::{OpenReport, StoreStatus};
use super::{connection, journal, limits, outbox};
use crate::domain::time::WallTime;
use crate::protocol::{Fault, FaultCode};

/// What a job does to the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing.
    Reads,
    /// Changes rows.
    Writes,
    /// Changes a row into a finished one, which will be pruned some day.
    Finishes,
}

/// One request with the way for its answer. It may run more than once: a commit that it shared may fail.
pub(super) trait Job: Send {
    /// What it does.
    fn effect(&self) -> Effect;
    /// Does it within the caller's transaction. A refusal is an answer, not an error.
    fn apply(&mut self, connection: &Connection, now: WallTime) -> Result<(), StoreCause>;
    /// Sends the answer of the last `apply`, or `failure`.
    fn answer(self: Box<Self>, failure: Option<StoreCause>);
}

/// What the thread is told.
pub(super) enum Command {
    /// A request, with the wall clock where the caller knows it.
    Work(Box<dyn Job>, Option<WallTime>),
    /// Open the database now if it is not open.
    Reopen(oneshot::Sender<Result<OpenReport, StoreCause>>),
    /// Close in order and end.
    Close(oneshot::Sender<()>),
}

/// The wall clock as it was told last, carried on by the monotonic one.
#[derive(Debug)]
struct WallClock {
    told: WallTime,
    at: Instant,
}

impl WallClock {
    fn new(told: WallTime) -> Self {
        Self { told, at: Instant::now() }
    }

    fn now(&self) -> WallTime {
        let passed = i64::try_from(self.at.elapsed().as_secs()).unwrap_or(i64::MAX);
        WallTime(self.told.0.saturating_add(passed))
    }
}

/// The thread's state.
pub(super) struct Worker {
    directory: PathBuf,
    clock: WallClock,
    lock: Option<DirectoryLock>,
    database: Option<Connection>,
    /// Why the database is not open; only looked at while it is not.
    fault: Fault,
    next_try: Instant,
    backoff: Duration,
    finished: usize,
    /// Failures of the disk in a row, on this connection.
    disk_failures: u32,
    status: watch::Sender<StoreStatus>,
}

impl Worker {
    /// A worker whose database is not open yet, because of `fault`.
    pub(super) fn new(directory: PathBuf, now: WallTime, fault: Fault) -> (Self, watch::Receiver<StoreStatus>) {
        let (status, receiver) = watch::channel(StoreStatus::Unavailable(fault.clone()));
        let worker = Self {
            directory,
            clock: WallClock::new(now),
            lock: None,
            database: None,
            fault,
            next_try: Instant::now() + limits::FIRST_BACKOFF,
            backoff: limits::FIRST_BACKOFF,
            finished: 0,
            disk_failures: 0,
            status,
        };
        (worker, receiver)
    }

    /// Opens the database.
    ///
    /// # Errors
    /// What keeps it from being opened.
    pub(super) fn open(&mut self) -> Result<OpenReport, StoreCause> {
        let mut lock = match self.lock.take() {
            Some(lock) => lock,
            None => DirectoryLock::acquire(&self.directory)?,
        };
        let opened = connection::open(&self.directory, &mut lock, self.clock.now());
        // The lock is kept in both cases: a terminal that waits for its disk is still the one terminal.
        self.lock = Some(lock);
        let (database, report) = opened?;
        self.database = Some(database);
        self.disk_failures = 0;
        self.backoff = limits::FIRST_BACKOFF;
        self.status.send_replace(StoreStatus::Ready(report.clone()));
        self.prune();
        Ok(report)
    }

    /// Works until all handles are gone or one asks to close.
    pub(super) fn run(mut self, commands: &Receiver<Command>) {
        let mut closing = None;
        while closing.is_none() {
            let Some(first) = self.next_command(commands) else {
                break;
            };
            let mut jobs = Vec::new();
            let mut command = Some(first);
            while let Some(next) = command.take() {
                match next {
                    Command::Work(job, told) => {
                        if let Some(now) = told {
                            self.clock = WallClock::new(now);
                        }
                        jobs.push(job);
                        if jobs.len() < limits::GROUP {
                            command = commands.try_recv().ok();
                        }
                    }
                    Command::Reopen(reply) => {
                        self.work(std::mem::take(&mut jobs));
                        let _ = reply.send(self.reopen_now());
                    }
                    Command::Close(reply) => closing = Some(reply),
                }
            }
            self.work(jobs);
        }
        self.close();
        if let Some(reply) = closing {
            // Whoever asked may have gone; nobody else waits.
            let _ = reply.send(());
        }
    }

    /// Waits for a command; while the database is not open, tries to open it whenever it is time.
    fn next_command(&mut self, commands: &Receiver<Command>) -> Option<Command> {
        loop {
            if self.database.is_some() {
                return commands.recv().ok();
            }
            let wait = self.next_try.saturating_duration_since(Instant::now());
            match commands.recv_timeout(wait) {
                Ok(command) => {
                    self.heal();
                    return Some(command);
                }
                Err(RecvTimeoutError::Timeout) => self.heal(),
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
    }

    /// Tries to open the database if it is time.
    fn heal(&mut self) {
        if self.database.is_none() && Instant::now() >= self.next_try {
            // The failure is in the status and in the log.
            let _ = self.reopen_now();
        }
    }

    fn reopen_now(&mut self) -> Result<OpenReport, StoreCause> {
        if self.database.is_some()
            && let StoreStatus::Ready(report) = &*self.status.borrow()
        {
            return Ok(report.clone());
        }
        match self.open() {
            Ok(report) => {
                tracing::info!("the database is open again");
                Ok(report)
            }
            Err(cause) => {
                let error = StoreError::Open(cause);
                self.unavailable(error.fault());
                self.next_try = Instant::now() + self.backoff;
                self.backoff = (self.backoff * 2).min(limits::LONGEST_BACKOFF);
                let StoreError::Open(cause) = error else {
                    return Err(StoreCause::Closed);
                };
                Err(cause)
            }
        }
    }

    /// Closes the connection, because it is not known what still holds, and notes why. It is opened anew
    /// before the next request.
    fn give_up(&mut self, fault: Fault) {
        self.database = None;
        self.next_try = Instant::now();
        self.unavailable(fault);
    }

    fn unavailable(&mut self, fault: Fault) {
        if fault != self.fault || matches!(*self.status.borrow(), StoreStatus::Ready(_)) {
            tracing::error!(%fault, "the store is unavailable");
        }
        self.fault = fault.clone();
        self.status.send_replace(StoreStatus::Unavailable(fault));
    }

    /// Does the jobs in their order, with one commit for all of them.
    fn work(&mut self, mut jobs: Vec<Box<dyn Job>>) {
        if jobs.is_empty() {
            return;
        }
        match self.attempt(&mut jobs) {
            Ok(()) => {
                let finished = jobs.iter().filter(|job| job.effect() == Effect::Finishes).count();
                jobs.into_iter().for_each(|job| job.answer(None));
                self.finished += finished;
                if self.finished >= limits::PRUNE_EVERY {
                    self.prune();
                }
            }
            // A few may find room where all together do not.
            Err(cause) if jobs.len() > 1 && cause.fault_code() == FaultCode::StoreDiskFull => {
                jobs.into_iter().for_each(|job| self.work(vec![job]));
            }
            Err(cause) => {
                let fault = Fault::from_error(cause.fault_code(), &cause);
                let mut jobs = jobs.into_iter();
                if let Some(first) = jobs.next() {
                    first.answer(Some(cause));
                }
                jobs.for_each(|job| job.answer(Some(StoreCause::Unavailable(fault.clone()))));
            }
        }
    }

    /// One transaction. Where it fails, nothing of it is left.
    fn attempt(&mut self, jobs: &mut [Box<dyn Job>]) -> Result<(), StoreCause> {
        self.heal();
        let now = self.clock.now();
        let Some(database) = &self.database else {
            return Err(StoreCause::Unavailable(self.fault.clone()));
        };
        match transaction(database, jobs, now) {
            Ok(()) => {
                self.disk_failures = 0;
                Ok(())
            }
            Err(cause) => {
                self.after_failure(&cause);
                Err(cause)
            }
        }
    }

    /// Rolls back what a failed transaction left, and decides whether the connection can go on.
    ///
    /// A disk that fails to write or to synchronise gets a few more chances on the same connection: SQLite
    /// then writes the very pages again that may not have reached the disk.
    fn after_failure(&mut self, cause: &StoreCause) {
        let Some(database) = &self.database else { return };
        let rolled_back = database.is_autocommit() || database.execute_batch("ROLLBACK").is_ok();
        if cause.is_disk_failure() {
            self.disk_failures += 1;
        }
        let patient =
            cause.keeps_connection() || (cause.is_disk_failure() && self.disk_failures < limits::DISK_FAILURES);
        if !rolled_back || !patient {
            self.give_up(Fault::from_error(cause.fault_code(), cause));
        }
    }

    /// Deletes finished rows beyond the bounds. A failure is left to the next job to meet and to report.
    fn prune(&mut self) {
        self.finished = 0;
        let now = self.clock.now();
        let Some(database) = &self.database else { return };
        let pruned = database.execute_batch("BEGIN IMMEDIATE").map_err(StoreCause::from).and_then(|()| {
            journal::prune(database, now)?;
            outbox::prune(database, now)?;
            Ok(database.execute_batch("COMMIT")?)
        });
        if let Err(cause) = pruned {
            let fault = Fault::from_error(cause.fault_code(), &cause);
            tracing::warn!(%fault, "old rows are not deleted");
            self.after_failure(&cause);
        }
    }

    /// Copies the log into the database, closes it and releases the directory.
    fn close(&mut self) {
        if let Some(database) = self.database.take() {
            let checkpoint = database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
            if let Err(error) = checkpoint {
                // Nothing is lost: the log is read at the next start.
                tracing::warn!(%error, "the write-ahead log is left as it is");
            }
            if let Err((_, error)) = database.close() {
                tracing::warn!(%error, "the database did not close");
            }
        }
        self.lock = None;
        self.status.send_replace(StoreStatus::Closed);
    }
}

fn transaction(database: &Connection, jobs: &mut [Box<dyn Job>], now: WallTime) -> Result<(), StoreCause> {
    let writes = jobs.iter().any(|job| job.effect() != Effect::Reads);
    database.prepare_cached(if writes { "BEGIN IMMEDIATE" } else { "BEGIN" })?.execute([])?;
    for job in jobs {
        job.apply(database, now)?;
    }
    database.prepare_cached("COMMIT")?.execute([])?;
    Ok(())
}
