// SPDX-License-Identifier: GPL-3.0-only
//! The thread that owns the driver of one device.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use doorstep_drivers::device::{CancelToken, CommandLimit, Device, DeviceError, StatusReport};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot, watch};

use super::{CommandError, FaultCodes, Health, Job, Plan, Shared};
use crate::protocol::{Fault, FaultCode};

/// What a command did to the device.
pub(super) enum JobEnd {
    /// Nobody waited for it any more, or the device is not there.
    NotBegun,
    /// It ended well.
    Done,
    /// It ended with an error that the device got over.
    Failed,
    /// The device has to be opened anew.
    Lost {
        /// What a technician should look at.
        fault: Fault,
        /// What it says of the device.
        report: StatusReport,
        /// Whether the driver panicked.
        panicked: bool,
    },
}

/// Carries out one command and sends its result.
pub(super) fn carry_out<D: Device + ?Sized, T>(
    device: Result<&mut D, Fault>,
    limit: &CommandLimit,
    codes: FaultCodes,
    work: impl FnOnce(&mut D, &CommandLimit) -> Result<T, DeviceError>,
    answer: oneshot::Sender<Result<T, CommandError>>,
) -> JobEnd {
    let not_begun = |fault, answer: oneshot::Sender<_>| {
        let _ = answer.send(Err(CommandError::NotBegun(fault)));
        JobEnd::NotBegun
    };
    let device = match device {
        Ok(device) => device,
        Err(fault) => return not_begun(fault, answer),
    };
    if answer.is_closed() || limit.check().is_err() {
        let chain = "nobody waits for the command any more".to_owned();
        return not_begun(Fault { code: FaultCode::DeviceSilent, chain }, answer);
    }
    // A driver that panics is not used again; what it held is dropped with it.
    let result = catch_unwind(AssertUnwindSafe(|| work(device, limit))).unwrap_or(Err(DeviceError::Driver));
    let end = match &result {
        Ok(_) => JobEnd::Done,
        Err(error) if error.is_lost() => {
            let fault = Fault::from_error((codes.of_error)(error), error);
            let panicked = matches!(error, DeviceError::Driver);
            JobEnd::Lost { fault, report: error.status().into_report(), panicked }
        }
        Err(_) => JobEnd::Failed,
    };
    // Fails only when nobody waits for the result any more.
    let _ = answer.send(result.map_err(CommandError::Device));
    end
}

/// What the thread does next.
enum Task<D: ?Sized> {
    Command(Job<D>),
    Look,
    Attend(CommandLimit),
    End,
}

/// Owns the driver.
pub(super) struct Worker<D: Device + ?Sized> {
    plan: Plan<D>,
    shared: Arc<Shared<D>>,
    health: watch::Sender<Health>,
    events: mpsc::Sender<D::Event>,
    device: Option<Box<D>>,
    pause: Duration,
    /// When the device is next opened, or asked how it is.
    next_look: Instant,
    /// Why the device is not there.
    absent: Fault,
}

impl<D: Device + ?Sized + 'static> Worker<D> {
    pub(super) fn new(
        plan: Plan<D>,
        shared: Arc<Shared<D>>,
        health: watch::Sender<Health>,
        events: mpsc::Sender<D::Event>,
    ) -> Self {
        let pause = plan.times.first_pause;
        let absent = Fault { code: FaultCode::DeviceAbsent, chain: "the device was not opened yet".to_owned() };
        Self { plan, shared, health, events, device: None, pause, next_look: Instant::now(), absent }
    }

    /// Works until the terminal stops.
    pub(super) fn run(mut self) {
        loop {
            match self.next_task() {
                Task::Command(job) => self.command(job),
                Task::Look => self.look(),
                Task::Attend(limit) => self.attend(&limit),
                Task::End => {
                    // Before the sender of the health, whose end says that all is let go.
                    drop(self.device.take());
                    return;
                }
            }
        }
    }

    fn next_task(&self) -> Task<D> {
        let mut state = self.shared.lock();
        loop {
            (state.attending, state.running) = (None, None);
            if state.stopping {
                return Task::End;
            }
            if let Some(job) = state.waiting.pop_front() {
                state.running = Some(job.cancel.clone());
                return Task::Command(job);
            }
            let wait = self.next_look.saturating_duration_since(Instant::now());
            if wait.is_zero() {
                return Task::Look;
            }
            if self.device.is_some() {
                let called = CancelToken::new();
                state.attending = Some(called.clone());
                return Task::Attend(CommandLimit::cancelled_by(wait, called));
            }
            state = self.shared.wake.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Opens the device if it is not: also for a command, because who gives one stands before it.
    fn command(&mut self, job: Job<D>) {
        let Job { limit, work, .. } = job;
        self.ensure_open();
        let end = match self.device.as_deref_mut() {
            Some(device) => work(Ok(device), &limit, self.plan.codes),
            None => work(Err(self.absent.clone()), &limit, self.plan.codes),
        };
        match end {
            JobEnd::NotBegun => return,
            JobEnd::Done => self.count(|counters| counters.done += 1),
            JobEnd::Failed => self.count(|counters| counters.failed += 1),
            JobEnd::Lost { fault, report, panicked } => {
                self.count(|counters| counters.failed += 1);
                return self.close(report, fault, panicked);
            }
        }
        // A command may have changed how it is: paper is used up, a door stands open.
        self.next_look = Instant::now();
    }

    fn ensure_open(&mut self) {
        if self.device.is_some() {
            return;
        }
        let limit = CommandLimit::cancelled_by(self.plan.times.open, self.shared.stop.clone());
        let open = &mut self.plan.open;
        match catch_unwind(AssertUnwindSafe(|| open(&limit))).unwrap_or(Err(DeviceError::Driver)) {
            Ok(device) => {
                tracing::info!(device = self.plan.name, wire = device.describe(), "opened");
                self.health.send_modify(|health| {
                    health.counters.opened += 1;
                    health.description = Some(device.describe());
                    health.identity = device.identity();
                });
                self.device = Some(device);
                self.next_look = Instant::now();
            }
            Err(error) => self.lose(&error),
        }
    }

    /// Opens the device, or asks it how it is.
    fn look(&mut self) {
        if self.device.is_none() {
            return self.ensure_open();
        }
        let limit = CommandLimit::cancelled_by(self.plan.times.status, self.shared.stop.clone());
        let Some(device) = self.device.as_deref_mut() else { return };
        match catch_unwind(AssertUnwindSafe(|| device.status(&limit))).unwrap_or(Err(DeviceError::Driver)) {
            Ok(report) => {
                let (fault, identity) = ((self.plan.codes.of_status)(&report), device.identity());
                if report.status.is_usable() {
                    self.pause = self.plan.times.first_pause;
                }
                let times = self.plan.times;
                self.next_look = Instant::now() + if fault.is_none() { times.look } else { times.look_again };
                self.health.send_if_modified(|health| {
                    let known = std::mem::replace(&mut health.identity, identity) == health.identity;
                    !known
                });
                self.tell(report, fault, |_| {});
            }
            Err(error) if error.is_lost() => self.lose(&error),
            Err(DeviceError::Cancelled) => {}
            Err(error) => self.note(&error),
        }
    }

    fn attend(&mut self, limit: &CommandLimit) {
        let Some(device) = self.device.as_deref_mut() else { return };
        let began = Instant::now();
        match catch_unwind(AssertUnwindSafe(|| device.attend(limit))).unwrap_or(Err(DeviceError::Driver)) {
            Ok(Some(event)) => {
                let lost = matches!(self.events.try_send(event), Err(TrySendError::Full(_)));
                self.count(|counters| {
                    counters.events += 1;
                    counters.events_lost += u64::from(lost);
                });
                if lost {
                    tracing::warn!(device = self.plan.name, code = %FaultCode::QueueFull, "an event is lost");
                }
            }
            Ok(None) => {
                // A driver that returns at once must not make a loop without a pause.
                if !limit.is_cancelled() && !limit.has_passed() && began.elapsed() < CommandLimit::STEP {
                    let state = self.shared.lock();
                    if state.waiting.is_empty() && !state.stopping {
                        let step = limit.step();
                        drop(self.shared.wake.wait_timeout(state, step).unwrap_or_else(PoisonError::into_inner));
                    }
                }
            }
            Err(DeviceError::Cancelled | DeviceError::NoAnswer) => {}
            Err(error) if error.is_lost() => self.lose(&error),
            Err(error) => self.note(&error),
        }
    }

    /// An error that does not end the device's connection: it is asked again how it is, not at once.
    fn note(&mut self, error: &DeviceError) {
        let fault = Fault::from_error((self.plan.codes.of_error)(error), error);
        self.tell(error.status().into_report(), Some(fault), |_| {});
        self.next_look = Instant::now() + self.plan.times.first_pause;
        self.wait(self.plan.times.first_pause.min(Duration::from_millis(200)));
    }

    /// Waits, unless a command comes: what a device keeps saying wrong must not make a loop without a pause.
    fn wait(&self, pause: Duration) {
        let until = Instant::now() + pause;
        let mut state = self.shared.lock();
        while state.waiting.is_empty() && !state.stopping {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = self.shared.wake.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lose(&mut self, error: &DeviceError) {
        let fault = Fault::from_error((self.plan.codes.of_error)(error), error);
        self.close(error.status().into_report(), fault, matches!(error, DeviceError::Driver));
    }

    fn close(&mut self, report: StatusReport, fault: Fault, panicked: bool) {
        let device = self.device.take();
        let had_device = device.is_some();
        // A driver that panics while it is dropped has panicked before; the thread goes on.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(device)));
        self.absent.clone_from(&fault);
        self.tell(report, Some(fault), |counters| {
            counters.lost += u64::from(had_device);
            counters.panics += u64::from(panicked);
        });
        self.next_look = Instant::now() + jittered(self.pause);
        self.pause = (self.pause * 2).min(self.plan.times.longest_pause);
    }

    fn count(&self, change: impl FnOnce(&mut super::Counters)) {
        self.health.send_modify(|health| change(&mut health.counters));
    }

    /// Publishes a state when it changed, together with what is counted of it.
    fn tell(&self, report: StatusReport, fault: Option<Fault>, count: impl FnOnce(&mut super::Counters)) {
        self.health.send_if_modified(|health| {
            let counted = health.counters;
            count(&mut health.counters);
            if !health.update(report, fault) {
                return health.counters != counted;
            }
            let (device, state) = (&self.plan.name, health.status);
            match &health.fault {
                Some(fault) => tracing::warn!(device, %state, code = %fault.code, chain = %fault.chain, "device"),
                None => tracing::info!(device, %state, "device"),
            }
            true
        });
    }
}

/// `pause`, a quarter more or less: several devices behind one hub do not all come at the same time.
fn jittered(pause: Duration) -> Duration {
    let mut chance = [0; 1];
    // Without chance all come at the same time, which is worse but works.
    let _ = getrandom::fill(&mut chance);
    pause.mul_f64(0.75 + f64::from(chance[0]) / 510.0)
}
