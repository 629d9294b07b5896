// SPDX-License-Identifier: GPL-3.0-only
//! The handle by which the rest of the program uses the store.

use std::path::Path;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use super::error::{Refusal, StoreCause, StoreError};
use super::types::{
    CheckedEntry, CheckedMessage, DueMessage, Enqueued, JournalEntry, JournalKind, OpenReport, OutboxMessage,
    StoreStatus, check_key, check_word,
};
use super::worker::{Command, Effect, Job, Worker};
use super::{journal, limits, outbox};
use crate::domain::time::WallTime;
use crate::protocol::{Fault, FaultCode};

/// The store: a cheap handle to the one thread that owns the database.
///
/// A request whose future is dropped is carried out all the same. When the last handle is dropped, the
/// database is closed in order; the drop waits for that.
#[derive(Clone, Debug)]
pub struct Store {
    thread: Arc<Thread>,
    status: watch::Receiver<StoreStatus>,
}

#[derive(Debug)]
struct Thread {
    /// `None` only while it is dropped.
    commands: Option<SyncSender<Command>>,
    handle: Mutex<Option<JoinHandle<()>>>,
}

impl Thread {
    fn join(&self) {
        let handle = self.handle.lock().unwrap_or_else(PoisonError::into_inner).take();
        if handle.is_some_and(|handle| handle.join().is_err()) {
            tracing::error!("the store's thread ended with a panic");
        }
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.commands = None;
        self.join();
    }
}

impl Store {
    /// Opens the database in `directory`, or creates both. `now` names a damaged file and counts the age of
    /// finished rows. Takes milliseconds, and up to [`limits::BUSY_WAIT`] where another process is in the way.
    ///
    /// # Errors
    /// STO-01 where the directory is in use by another terminal, cannot be written or is locked; STO-02
    /// where the disk is full; STO-03 where a damaged file cannot be set aside; STO-04 where a newer
    /// version of the program wrote the database. The files are as they were.
    pub fn open(directory: &Path, now: WallTime) -> Result<(Self, OpenReport), StoreError> {
        let (mut worker, status) = Worker::new(directory.to_owned(), now, not_open_yet());
        let report = worker.open().map_err(StoreError::Open)?;
        let store = Self::start(worker, status)
            .map_err(|source| StoreCause::File { action: "starting the store's thread", source })
            .map_err(StoreError::Open)?;
        Ok((store, report))
    }

    /// A store whose database could not be opened, because of `fault`. Every request fails with that
    /// fault's code, until one of the attempts to open the database, made by themselves with growing
    /// pauses, succeeds.
    #[must_use]
    pub fn unavailable(directory: &Path, now: WallTime, fault: Fault) -> Self {
        let (worker, status) = Worker::new(directory.to_owned(), now, fault);
        Self::start(worker, status.clone()).unwrap_or_else(|error| {
            // Without its thread the store stays closed; the terminal goes on and says so.
            tracing::error!(%error, "the store's thread cannot be started");
            let thread = Thread { commands: None, handle: Mutex::new(None) };
            Self { thread: Arc::new(thread), status }
        })
    }

    /// [`open`](Self::open), and where that fails [`unavailable`](Self::unavailable) with its error.
    pub fn open_or_unavailable(directory: &Path, now: WallTime) -> (Self, Result<OpenReport, StoreError>) {
        match Self::open(directory, now) {
            Ok((store, report)) => (store, Ok(report)),
            Err(error) => (Self::unavailable(directory, now, error.fault()), Err(error)),
        }
    }

    fn start(worker: Worker, status: watch::Receiver<StoreStatus>) -> std::io::Result<Self> {
        let (commands, receiver) = sync_channel(limits::QUEUE);
        let handle = std::thread::Builder::new().name("store".into()).spawn(move || worker.run(&receiver))?;
        let thread = Thread { commands: Some(commands), handle: Mutex::new(Some(handle)) };
        Ok(Self { thread: Arc::new(thread), status })
    }

    /// Whether the store can be used, and its changes.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<StoreStatus> {
        self.status.clone()
    }

    /// Opens the database now if it is not open, without waiting for the next attempt.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn retry_open(&self) -> Result<OpenReport, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.send(Command::Reopen(reply)).map_err(StoreError::Open)?;
        answer.await.unwrap_or(Err(StoreCause::Closed)).map_err(StoreError::Open)
    }

    /// Records that something is under way, or how far it is. On the disk when it returns.
    ///
    /// # Errors
    /// Nothing is recorded, and what was to be recorded must not be done: refused (settled key, another
    /// kind, a bound), or the database fails.
    pub async fn record(&self, entry: JournalEntry) -> Result<(), StoreError> {
        let now = entry.updated_at;
        let entry = CheckedEntry::try_from(entry).map_err(|refusal| StoreError::Record(refusal.into()))?;
        self.ask(Effect::Writes, Some(now), move |database, _| journal::record(database, &entry))
            .await
            .map_err(StoreError::Record)
    }

    /// Records all of `entries`, at most [`limits::ENTRIES_AT_ONCE`], or none of them.
    ///
    /// # Errors
    /// As [`record`](Self::record); nothing is recorded.
    pub async fn record_all(&self, entries: Vec<JournalEntry>) -> Result<(), StoreError> {
        let Some(now) = entries.iter().map(|entry| entry.updated_at).max() else { return Ok(()) };
        if entries.len() > limits::ENTRIES_AT_ONCE {
            return Err(StoreError::Record(Refusal::TooManyOpen.into()));
        }
        let checked: Result<Vec<CheckedEntry>, Refusal> = entries.into_iter().map(CheckedEntry::try_from).collect();
        let entries = checked.map_err(|refusal| StoreError::Record(refusal.into()))?;
        self.ask(Effect::Writes, Some(now), move |database, _| journal::record_all(database, &entries))
            .await
            .map_err(StoreError::Record)
    }

    /// Settles what was recorded under `key`. Settled once more, or never recorded, nothing changes: the
    /// first outcome stays. On the disk when it returns.
    ///
    /// # Errors
    /// The entry may still be open.
    pub async fn settle(&self, key: &str, outcome: &str, at: WallTime) -> Result<(), StoreError> {
        check_key(key).and_then(|()| check_word(outcome)).map_err(|refusal| StoreError::Settle(refusal.into()))?;
        let (key, outcome) = (key.to_owned(), outcome.to_owned());
        self.ask(Effect::Finishes, Some(at), move |database, _| journal::settle(database, &key, &outcome, at))
            .await
            .map_err(StoreError::Settle)
    }

    /// What is under way, oldest first; at most [`limits::OPEN_ENTRIES`].
    ///
    /// # Errors
    /// It is not known what is under way.
    pub async fn open_entries(&self, kind: JournalKind) -> Result<Vec<JournalEntry>, StoreError> {
        self.ask(Effect::Reads, None, move |database, _| journal::open_entries(database, kind))
            .await
            .map_err(StoreError::OpenEntries)
    }

    /// Puts a message into the outbox, once for each key. On the disk when it returns.
    ///
    /// # Errors
    /// The message is not in the outbox: refused (a bound), or the database fails.
    pub async fn enqueue(&self, message: OutboxMessage) -> Result<Enqueued, StoreError> {
        let message = CheckedMessage::try_from(message).map_err(|refusal| StoreError::Enqueue(refusal.into()))?;
        self.ask(Effect::Writes, None, move |database, _| outbox::enqueue(database, &message))
            .await
            .map_err(StoreError::Enqueue)
    }

    /// Messages that are due at `now`, in the order in which they came; at most `limit` and at most
    /// [`limits::DUE_ROWS`].
    ///
    /// # Errors
    /// It is not known what is due.
    pub async fn due(&self, limit: u32, now: WallTime) -> Result<Vec<DueMessage>, StoreError> {
        self.ask(Effect::Reads, Some(now), move |database, _| outbox::due(database, limit, now))
            .await
            .map_err(StoreError::Due)
    }

    /// Marks a message as delivered; its key stays taken. On the disk when it returns.
    ///
    /// # Errors
    /// The message may be handed out once more; its receiver knows it by its key.
    pub async fn delivered(&self, key: &str) -> Result<(), StoreError> {
        check_key(key).map_err(|refusal| StoreError::Delivered(refusal.into()))?;
        let key = key.to_owned();
        self.ask(Effect::Finishes, None, move |database, now| outbox::delivered(database, &key, now))
            .await
            .map_err(StoreError::Delivered)
    }

    /// Counts a failed try; the message is due again at `retry_at`. More than
    /// [`limits::RETRY_AHEAD_SECONDS`] ahead counts as at once: the clock was set back meanwhile.
    ///
    /// # Errors
    /// The message may be handed out sooner.
    pub async fn failed(&self, key: &str, retry_at: WallTime) -> Result<(), StoreError> {
        check_key(key).map_err(|refusal| StoreError::Failed(refusal.into()))?;
        let key = key.to_owned();
        self.ask(Effect::Writes, None, move |database, _| outbox::failed(database, &key, retry_at))
            .await
            .map_err(StoreError::Failed)
    }

    /// Finishes what waits, copies the log into the database, closes it and releases the directory. Other
    /// handles get [`StoreCause::Closed`] from then on.
    ///
    /// # Errors
    /// The thread had ended before. What was acknowledged is on the disk in any case.
    pub async fn close(self) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        self.send(Command::Close(reply)).map_err(StoreError::Close)?;
        answer.await.map_err(|_| StoreError::Close(StoreCause::Closed))?;
        // The answer was the thread's last act.
        self.thread.join();
        Ok(())
    }

    fn send(&self, command: Command) -> Result<(), StoreCause> {
        let commands = self.thread.commands.as_ref().ok_or(StoreCause::Closed)?;
        commands.try_send(command).map_err(|error| match error {
            TrySendError::Full(_) => StoreCause::QueueFull,
            TrySendError::Disconnected(_) => StoreCause::Closed,
        })
    }

    pub(super) async fn ask<T, F>(&self, effect: Effect, now: Option<WallTime>, run: F) -> Result<T, StoreCause>
    where
        T: Send + 'static,
        F: FnMut(&Connection, WallTime) -> Result<T, StoreCause> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.send(Command::Work(Box::new(Question { effect, run, answer: None, reply }), now))?;
        answer.await.unwrap_or(Err(StoreCause::Closed))
    }
}

fn not_open_yet() -> Fault {
    Fault { code: FaultCode::StoreUnavailable, chain: "the database is not open yet".into() }
}

/// A request as a closure, with its typed answer.
struct Question<T, F> {
    effect: Effect,
    run: F,
    answer: Option<Result<T, StoreCause>>,
    reply: oneshot::Sender<Result<T, StoreCause>>,
}

impl<T, F> Job for Question<T, F>
where
    T: Send,
    F: FnMut(&Connection, WallTime) -> Result<T, StoreCause> + Send,
{
    fn effect(&self) -> Effect {
        self.effect
    }

    fn apply(&mut self, connection: &Connection, now: WallTime) -> Result<(), StoreCause> {
        match (self.run)(connection, now) {
            Err(cause) if !cause.is_refusal() => Err(cause),
            answer => {
                self.answer = Some(answer);
                Ok(())
            }
        }
    }

    fn answer(self: Box<Self>, failure: Option<StoreCause>) {
        let answer = match failure {
            Some(cause) => Err(cause),
            None => self.answer.unwrap_or(Err(StoreCause::Closed)),
        };
        // Whoever asked may have gone; the work is done all the same.
        let _ = self.reply.send(answer);
    }
}
