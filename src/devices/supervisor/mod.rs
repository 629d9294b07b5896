// SPDX-License-Identifier: GPL-3.0-only
//! The supervisor: owns the driver of one device as a task, whatever its class.
//!
//! A thread of its own opens the device, gives it commands one after the other, and attends to it between them. It
//! starts with the device missing, opens it again with growing pauses, survives a driver that panics, and publishes
//! how the device is. Nobody who calls it ever waits for a wire, and nothing is tried a second time by itself: whether
//! a command may be repeated is for the caller to know.

mod health;
#[cfg(test)]
mod tests;
mod worker;

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use doorstep_drivers::device::{CancelToken, CommandLimit, Device, DeviceError};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot, watch};

use crate::protocol::{Fault, FaultCode};

pub use health::{Counters, FaultCodes, Health, error_code, status_fault};

/// Most commands that wait for their turn at one device; one more is refused.
pub const MOST_WAITING: usize = 8;

/// Most events of one device that wait for whoever takes them; a further one is lost, and counted.
pub const MOST_EVENTS: usize = 16;

/// How long a command that was begun may take beyond its time until its outcome is given up as unknown: a driver ends
/// within [`CommandLimit::STEP`] once it is told to.
const GRACE: Duration = Duration::from_millis(500);

/// How long [`Supervisor::stop`] waits for the thread.
const STOP_LIMIT: Duration = Duration::from_secs(2);

/// Opens the device: the wire, and the driver on it. Called again whenever the device was lost.
pub type Opener<D> = Box<dyn FnMut(&CommandLimit) -> Result<Box<D>, DeviceError> + Send>;

/// Time limits of one device.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// Opening it.
    pub open: Duration,
    /// One question about its state.
    pub status: Duration,
    /// Between two such questions while it is well.
    pub look: Duration,
    /// Between two such questions while somebody has to do something: who does it looks at the screen soon.
    pub look_again: Duration,
    /// Before it is opened again after it was lost.
    pub first_pause: Duration,
    /// Longest such pause; each is twice the one before, give or take a quarter.
    pub longest_pause: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            open: Duration::from_secs(5),
            status: Duration::from_secs(3),
            look: Duration::from_secs(20),
            look_again: Duration::from_secs(5),
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(30),
        }
    }
}

/// Why a command has no result.
#[derive(Debug, Error)]
pub enum CommandError {
    /// It was never begun, for the reason given: the device is not there, its queue is full, its turn did not come.
    #[error("the command was not begun: {}", .0.chain)]
    NotBegun(Fault),
    /// The device, or its wire, gave this error. Whether the command had its effect is for the caller to tell from it.
    #[error("the device failed")]
    Device(#[source] DeviceError),
    /// It was begun and nothing came of it: its outcome is unknown.
    #[error("the command was begun and its outcome is unknown")]
    Lost,
}

/// What a command does to the device, or what it answers when there is none.
type Work<D> = Box<dyn FnOnce(Result<&mut D, Fault>, &CommandLimit, FaultCodes) -> worker::JobEnd + Send>;

/// A command that waits, or is carried out.
struct Job<D: ?Sized> {
    number: u64,
    limit: CommandLimit,
    cancel: CancelToken,
    work: Work<D>,
}

struct State<D: ?Sized> {
    waiting: VecDeque<Job<D>>,
    next_number: u64,
    /// Ends the attending, so that a command gets its turn.
    attending: Option<CancelToken>,
    /// Calls back the command that is carried out.
    running: Option<CancelToken>,
    stopping: bool,
}

struct Shared<D: ?Sized> {
    state: Mutex<State<D>>,
    wake: Condvar,
    /// Calls back whatever runs when the terminal stops.
    stop: CancelToken,
}

impl<D: ?Sized> Shared<D> {
    /// The state; a panic while the lock was held leaves nothing half done in it.
    fn lock(&self) -> MutexGuard<'_, State<D>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self, mut state: MutexGuard<'_, State<D>>) {
        if let Some(attending) = state.attending.take() {
            attending.cancel();
        }
        drop(state);
        self.wake.notify_all();
    }

    fn end(&self) {
        let waiting = {
            let mut state = self.lock();
            state.stopping = true;
            if let Some(running) = state.running.take() {
                running.cancel();
            }
            let waiting = std::mem::take(&mut state.waiting);
            self.wake(state);
            waiting
        };
        self.stop.cancel();
        forget(waiting, "the terminal stops");
    }
}

/// Commands that were never begun; whatever they hold of a resident is wiped here.
fn forget<D: ?Sized>(waiting: VecDeque<Job<D>>, reason: &str) {
    for job in waiting {
        (job.work)(
            Err(Fault { code: FaultCode::DeviceRefused, chain: reason.to_owned() }),
            &job.limit,
            FaultCodes::default(),
        );
    }
}

/// Ends the thread when the last [`Supervisor`] is gone.
struct Handle<D: ?Sized>(Arc<Shared<D>>);

impl<D: ?Sized> Drop for Handle<D> {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// One device under supervision; cheap to clone.
pub struct Supervisor<D: Device + ?Sized + 'static> {
    handle: Arc<Handle<D>>,
    health: watch::Receiver<Health>,
}

impl<D: Device + ?Sized + 'static> Clone for Supervisor<D> {
    fn clone(&self) -> Self {
        Self { handle: Arc::clone(&self.handle), health: self.health.clone() }
    }
}

impl<D: Device + ?Sized + 'static> std::fmt::Debug for Supervisor<D> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Supervisor").field("health", &*self.health.borrow()).finish()
    }
}

/// What one supervisor needs to know.
pub struct Plan<D: Device + ?Sized> {
    /// The device's name in the settings; it names the thread and the lines of the log.
    pub name: String,
    /// Opens it.
    pub open: Opener<D>,
    /// Time limits.
    pub times: Times,
    /// Fault codes.
    pub codes: FaultCodes,
}

impl<D: Device + ?Sized + 'static> Supervisor<D> {
    /// Starts to look after a device. Never fails: what does not work is in [`Supervisor::health`]. The device's events
    /// come out of the second part; drop it when nobody wants them.
    #[must_use]
    pub fn start(plan: Plan<D>) -> (Self, mpsc::Receiver<D::Event>) {
        let (publish, health) = watch::channel(Health::starting());
        let (events, taken) = mpsc::channel(MOST_EVENTS);
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                waiting: VecDeque::new(),
                next_number: 0,
                attending: None,
                running: None,
                stopping: false,
            }),
            wake: Condvar::new(),
            stop: CancelToken::new(),
        });
        let name = plan.name.clone();
        let worker = worker::Worker::new(plan, Arc::clone(&shared), publish.clone(), events);
        if let Err(error) = std::thread::Builder::new().name(name.clone()).spawn(move || worker.run()) {
            shared.lock().stopping = true;
            let fault = Fault::from_error(FaultCode::DeviceDriver, &error);
            tracing::error!(device = name, code = %fault.code, chain = %fault.chain, "no thread for the device");
            publish.send_modify(|health| {
                health.update(DeviceError::Driver.status().into_report(), Some(fault));
            });
        }
        (Self { handle: Arc::new(Handle(shared)), health }, taken)
    }

    /// How the device is, and every change of it.
    #[must_use]
    pub fn health(&self) -> watch::Receiver<Health> {
        self.health.clone()
    }

    /// Gives the device a command when its turn comes, and its result within `limit` (and half a second more, if the
    /// driver does not heed it). Dropping the future calls the command back.
    ///
    /// # Errors
    /// See [`CommandError`]: whether it was begun is always told.
    pub async fn command<T: Send + 'static>(
        &self,
        limit: Duration,
        work: impl FnOnce(&mut D, &CommandLimit) -> Result<T, DeviceError> + Send + 'static,
    ) -> Result<T, CommandError> {
        let (answer, result) = oneshot::channel();
        let cancel = CancelToken::new();
        let due = Instant::now() + limit.min(Duration::from_secs(24 * 60 * 60));
        let limit = CommandLimit::cancelled_by(limit, cancel.clone());
        let work = move |device: Result<&mut D, Fault>, limit: &CommandLimit, codes: FaultCodes| {
            worker::carry_out(device, limit, codes, work, answer)
        };
        let number = self.queue(limit, cancel.clone(), Box::new(work))?;
        let called_back = CallBack(cancel);
        let at = tokio::time::Instant::from_std(due);
        let mut result = result;
        if let Ok(result) = tokio::time::timeout_at(at, &mut result).await {
            return result.unwrap_or(Err(CommandError::Lost));
        }
        if self.withdraw(number) {
            return Err(CommandError::NotBegun(Fault {
                code: FaultCode::DeviceSilent,
                chain: "the command's turn did not come in time".to_owned(),
            }));
        }
        // It was begun: the driver sees the same limit, and is told once more.
        drop(called_back);
        match tokio::time::timeout(GRACE, result).await {
            Ok(Ok(result)) => result,
            _ => Err(CommandError::Lost),
        }
    }

    fn queue(&self, limit: CommandLimit, cancel: CancelToken, work: Work<D>) -> Result<u64, CommandError> {
        let refused = |code, why: &str| Err(CommandError::NotBegun(Fault { code, chain: why.to_owned() }));
        let mut state = self.handle.0.lock();
        if state.stopping {
            return refused(FaultCode::DeviceRefused, "the terminal stops");
        }
        if state.waiting.len() >= MOST_WAITING {
            return refused(FaultCode::QueueFull, "too many commands wait for the device");
        }
        let number = state.next_number;
        state.next_number = number.wrapping_add(1);
        state.waiting.push_back(Job { number, limit, cancel, work });
        self.handle.0.wake(state);
        Ok(number)
    }

    /// Takes back a command that was not begun; false when it was.
    fn withdraw(&self, number: u64) -> bool {
        let mut state = self.handle.0.lock();
        let job = state.waiting.iter().position(|job| job.number == number).and_then(|at| state.waiting.remove(at));
        drop(state);
        job.is_some()
    }

    /// Takes back every command that was not begun: a session ended. One that was begun goes on.
    pub fn wipe(&self) {
        let waiting = std::mem::take(&mut self.handle.0.lock().waiting);
        forget(waiting, "the session ended before the command's turn came");
    }

    /// Calls back what runs, forgets what waits and ends the thread, for all clones; returns when it has ended, after two
    /// seconds at the latest.
    pub async fn stop(&self) {
        self.handle.0.end();
        // The thread owns the sender: when it ends, `changed` fails.
        let mut health = self.health.clone();
        let ended = async { while health.changed().await.is_ok() {} };
        if tokio::time::timeout(STOP_LIMIT, ended).await.is_err() {
            tracing::warn!("the thread of a device did not end in time");
        }
    }
}

/// Calls a command back when nobody waits for it any more.
struct CallBack(CancelToken);

impl Drop for CallBack {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
