// SPDX-License-Identifier: MIT OR Apache-2.0
//! The thread that calls PC/SC, and how the driver waits for it.

use std::ffi::CString;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use pcsc::{Context, Error, PNP_NOTIFICATION, ReaderState, Scope, State};

use super::ReaderChoice;
use super::error::{SERVICE, of_service};
use super::watch::{Seen, Watch};
use crate::card_reader::contactless::kind_of;
use crate::device::{CancelToken, CommandLimit, DeviceError};
use crate::transport::PipeError;

/// Most threads of this kind at a time in the program, those that hang included.
pub const MOST_THREADS: usize = 8;

/// How many there are.
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// Longest wait for a change at a time. A change wakes it; a wait that somebody wanted to end and that did not hear of
/// it ends by itself.
const SLICE: Duration = Duration::from_secs(2);

/// How long a command that has to end may still take before its call is left to itself.
const GRACE: Duration = Duration::from_millis(25);

/// How long the end of the driver waits for its thread.
const END_LIMIT: Duration = Duration::from_millis(500);

type Job = Box<dyn FnOnce(&mut Desk) + Send>;

/// A call that went on longer than its command.
trait Outstanding: Send {
    /// Waits until it has ended; false when it has not.
    fn ended_within(&self, limit: Duration) -> bool;
}

impl<T: Send> Outstanding for Receiver<T> {
    fn ended_within(&self, limit: Duration) -> bool {
        !matches!(self.recv_timeout(limit), Err(RecvTimeoutError::Timeout))
    }
}

/// The thread, seen from the driver.
pub(super) struct Worker {
    jobs: Option<SyncSender<Job>>,
    /// The thread has it: giving it back is a call to the service too.
    context: Weak<Context>,
    watch: Arc<Mutex<Watch>>,
    outstanding: Option<Box<dyn Outstanding>>,
    /// Ends what the thread does between two calls.
    stop: CancelToken,
    ended: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Worker").field("hangs", &self.outstanding.is_some()).finish_non_exhaustive()
    }
}

/// Counts the thread as long as it runs.
struct Counted;

impl Counted {
    fn new() -> Result<Self, DeviceError> {
        let counted = Self;
        if THREADS.fetch_add(1, Ordering::AcqRel) < MOST_THREADS {
            return Ok(counted);
        }
        let source = Box::from("too many calls of PC/SC hang");
        Err(DeviceError::Service { service: SERVICE, source })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        THREADS.fetch_sub(1, Ordering::AcqRel);
    }
}

fn lock(watch: &Mutex<Watch>) -> MutexGuard<'_, Watch> {
    watch.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Worker {
    /// Connects to the service, on the new thread: a service that hangs must not hang the driver.
    pub(super) fn start(choice: ReaderChoice) -> Result<Self, DeviceError> {
        let counted = Counted::new()?;
        let watch = Arc::new(Mutex::new(Watch::new(choice)));
        let (jobs, queue) = sync_channel::<Job>(1);
        let (connected, answer) = sync_channel(1);
        let (end, ended) = sync_channel(1);
        let theirs = Arc::clone(&watch);
        let thread = std::thread::Builder::new().name("pcsc".to_owned()).spawn(move || {
            // Both are dropped last, in whatever way the thread ends.
            let _ends = (counted, end);
            match Context::establish(Scope::User) {
                Ok(context) => {
                    let context = Arc::new(context);
                    let _ = connected.send(Ok(Arc::downgrade(&context)));
                    let mut desk = Desk { context, watch: theirs, states: Vec::new() };
                    for job in queue {
                        job(&mut desk);
                    }
                }
                Err(error) => drop(connected.send(Err(of_service(error)))),
            }
        });
        let service =
            |source: Box<dyn std::error::Error + Send + Sync>| DeviceError::Service { service: SERVICE, source };
        let thread = thread.map_err(|error| service(Box::new(error)))?;
        let context = match answer.recv_timeout(super::SERVICE_LIMIT) {
            Ok(context) => context?,
            Err(RecvTimeoutError::Timeout) => return Err(service(Box::from("the service does not answer"))),
            Err(RecvTimeoutError::Disconnected) => return Err(DeviceError::Driver),
        };
        let stop = CancelToken::new();
        Ok(Self { jobs: Some(jobs), context, watch, outstanding: None, stop, ended, thread: Some(thread) })
    }

    /// What is known of the readers.
    pub(super) fn watch(&self) -> MutexGuard<'_, Watch> {
        lock(&self.watch)
    }

    /// Has `job` done on the thread, and waits for it until `limit` ends. The job itself looks at the limit between its
    /// calls; the one call that goes on longer is left to itself and waited for before the next job.
    pub(super) fn call<T: Send + 'static>(
        &mut self,
        limit: &CommandLimit,
        job: impl FnOnce(&mut Desk, &CommandLimit) -> Result<T, DeviceError> + Send + 'static,
    ) -> Result<T, DeviceError> {
        self.settle(limit)?;
        let (answer, answered) = sync_channel(1);
        let theirs = limit.clone();
        let job: Job = Box::new(move |desk| drop(answer.send(job(desk, &theirs))));
        let sent = self.jobs.as_ref().map(|jobs| jobs.try_send(job));
        if !matches!(sent, Some(Ok(()))) {
            return Err(DeviceError::Driver);
        }
        let mut ends_at: Option<Instant> = None;
        loop {
            // The thread answers long before its share of a step is over, but may do so at the very end of the limit.
            match answered.recv_timeout(limit.step().max(Duration::from_millis(5))) {
                Ok(result) => return result,
                Err(RecvTimeoutError::Disconnected) => return Err(DeviceError::Driver),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Err(why) = limit.check() {
                let ends_at = *ends_at.get_or_insert_with(|| Instant::now() + GRACE);
                self.interrupt();
                if Instant::now() >= ends_at {
                    self.outstanding = Some(Box::new(answered));
                    return Err(why);
                }
            }
        }
    }

    /// Waits for a change after which `wanted` holds.
    pub(super) fn wait(
        &mut self,
        limit: &CommandLimit,
        wanted: impl Fn(&Watch) -> bool + Send + 'static,
    ) -> Result<(), DeviceError> {
        let stop = self.stop.clone();
        self.call(limit, move |desk, limit| desk.wait(limit, &stop, &wanted))
    }

    /// Waits for a call that went on longer than its command.
    fn settle(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        while let Some(outstanding) = self.outstanding.as_ref() {
            if outstanding.ended_within(limit.step()) {
                self.outstanding = None;
            } else {
                limit.check()?;
                self.interrupt();
            }
        }
        Ok(())
    }

    /// Ends a wait for changes. That is a call to the service too, so it is made on a thread of its own; there is one
    /// at a time unless the service hangs, and then they are counted.
    fn interrupt(&self) {
        let Ok(counted) = Counted::new() else { return };
        let Some(context) = self.context.upgrade() else { return };
        let _ = std::thread::Builder::new().name("pcsc-cancel".to_owned()).spawn(move || {
            let _counted = counted;
            // An error says that there is nothing to cancel any more.
            let _ = context.cancel();
        });
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop.cancel();
        self.jobs = None;
        let deadline = Instant::now() + END_LIMIT;
        loop {
            match self.ended.recv_timeout(CommandLimit::STEP) {
                Err(RecvTimeoutError::Timeout) if Instant::now() < deadline => self.interrupt(),
                // It hangs: it is left to itself and ends when its call does.
                Err(RecvTimeoutError::Timeout) => return,
                _ => break,
            }
        }
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has ended as well.
            let _ = thread.join();
        }
    }
}

/// What the thread works with.
pub(super) struct Desk {
    context: Arc<Context>,
    watch: Arc<Mutex<Watch>>,
    /// What the service was told that is known; the notice of new readers is the first of them.
    states: Vec<ReaderState>,
}

impl Desk {
    pub(super) fn context(&self) -> &Context {
        &self.context
    }

    pub(super) fn watch(&self) -> MutexGuard<'_, Watch> {
        lock(&self.watch)
    }

    /// Looks which readers there are and how they are, without waiting.
    pub(super) fn refresh(&mut self) -> Result<(), DeviceError> {
        self.look_for_readers()?;
        // Asked as if nothing were known: that another program uses a reader is no change to the service.
        let unaware = |reader: &CString| ReaderState::new(reader.clone(), State::UNAWARE);
        let mut states: Vec<ReaderState> = lock(&self.watch).readers().map(unaware).collect();
        if !states.is_empty() && changes(&self.context, Duration::ZERO, &mut states)? {
            take_over(&mut lock(&self.watch), &mut states);
        }
        Ok(())
    }

    /// Takes every card as one that nobody has seen.
    pub(super) fn forget(&mut self) -> Result<(), DeviceError> {
        lock(&self.watch).forget();
        self.refresh()
    }

    fn look_for_readers(&mut self) -> Result<(), DeviceError> {
        let readers = self.context.list_readers_owned().map_err(of_service)?;
        let mut watch = lock(&self.watch);
        watch.set_readers(&readers);
        self.states.retain(|state| {
            state.name() == PNP_NOTIFICATION() || watch.readers().any(|reader| reader.as_c_str() == state.name())
        });
        if self.states.is_empty() {
            self.states.push(ReaderState::new(PNP_NOTIFICATION(), State::UNAWARE));
        }
        for reader in watch.readers() {
            if !self.states.iter().any(|state| state.name() == reader.as_c_str()) {
                self.states.push(ReaderState::new(reader.clone(), State::UNAWARE));
            }
        }
        Ok(())
    }

    /// Waits up to `limit` for the service to say that something changed, and takes it over.
    fn take_changes(&mut self, limit: Duration) -> Result<(), DeviceError> {
        if changes(&self.context, limit, &mut self.states)? {
            take_over(&mut lock(&self.watch), &mut self.states);
        }
        Ok(())
    }

    fn wait(
        &mut self,
        limit: &CommandLimit,
        stop: &CancelToken,
        wanted: &dyn Fn(&Watch) -> bool,
    ) -> Result<(), DeviceError> {
        loop {
            self.look_for_readers()?;
            {
                let watch = lock(&self.watch);
                if wanted(&watch) {
                    return Ok(());
                }
                if watch.readers().next().is_none() && !watch.has_event() {
                    return Err(DeviceError::Pipe(PipeError::Disconnected));
                }
            }
            if stop.is_cancelled() {
                return Err(DeviceError::Cancelled);
            }
            limit.check()?;
            self.take_changes(limit.remaining().min(SLICE))?;
        }
    }

    /// Waits until a reader is there that is meant.
    pub(super) fn wait_for_reader(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        loop {
            self.look_for_readers()?;
            if lock(&self.watch).readers().next().is_some() {
                return Ok(());
            }
            limit.check()?;
            self.take_changes(limit.remaining().min(SLICE))?;
        }
    }
}

/// Waits up to `limit` until something is otherwise than `states` say; false when nothing is.
fn changes(context: &Context, limit: Duration, states: &mut [ReaderState]) -> Result<bool, DeviceError> {
    match context.get_status_change(limit, states) {
        Ok(()) => Ok(true),
        Err(Error::Timeout | Error::Cancelled) => Ok(false),
        // A reader went between two calls: it is missing from the list the next time.
        Err(Error::UnknownReader | Error::ReaderUnavailable) => {
            // A service that went on listing it would make this a loop without a pause.
            std::thread::park_timeout(CommandLimit::STEP);
            Ok(false)
        }
        Err(error) => Err(of_service(error)),
    }
}

/// Takes over what the service said.
fn take_over(watch: &mut Watch, states: &mut [ReaderState]) {
    for state in states {
        state.sync_current_state();
        if state.name() == PNP_NOTIFICATION() {
            continue;
        }
        let flags = state.event_state();
        let gone = flags.intersects(State::UNKNOWN | State::UNAVAILABLE | State::IGNORE);
        let seen = Seen {
            present: flags.contains(State::PRESENT),
            mute: flags.contains(State::MUTE),
            exclusive: flags.contains(State::EXCLUSIVE),
            count: state.event_count(),
            kind: kind_of(state.atr()),
        };
        watch.see(state.name(), (!gone).then_some(seen));
    }
}
