// SPDX-License-Identifier: GPL-3.0-only
//! The thread that owns the printer's driver.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use doorstep_drivers::device::{CommandLimit, DeviceStatus};
use doorstep_drivers::printer::{PaperStatus, PrintOutcome, Printer, PrinterError, PrinterStatus};
use tokio::sync::watch;

use super::{Job, Opener, PrintReport, PrinterHealth, PrinterTimes, Shared};
use crate::protocol::{Fault, FaultCode};

/// What the driver keeps back of a slip's time, so that its own, better report comes before the caller gives up; a
/// tenth of the time when that is less.
const MARGIN: Duration = Duration::from_millis(200);

/// Owns the driver.
pub(super) struct Worker {
    open: Opener,
    times: PrinterTimes,
    shared: Arc<Shared>,
    health: watch::Sender<PrinterHealth>,
    printer: Option<Box<dyn Printer>>,
    pause: Duration,
    /// When the wire is next opened, or the sensors are next looked at.
    next_look: Instant,
}

/// What the thread does next.
enum Task {
    Print(Job),
    Look,
    End,
}

/// The code under which a technician looks `error` up.
fn code(error: &PrinterError) -> FaultCode {
    match error {
        PrinterError::PaperOut => FaultCode::PrinterPaperOut,
        PrinterError::CoverOpen => FaultCode::PrinterCoverOpen,
        PrinterError::Jam
        | PrinterError::TonerEmpty
        | PrinterError::OutputFull
        | PrinterError::Cutter
        | PrinterError::Mechanical
        | PrinterError::Overheated
        | PrinterError::Unrecoverable
        | PrinterError::Driver => FaultCode::PrinterMechanical,
        PrinterError::Document(_) => FaultCode::PrinterSlipUnfit,
        PrinterError::Offline
        | PrinterError::Busy
        | PrinterError::NoAnswer
        | PrinterError::Garbage
        | PrinterError::Protocol(_)
        | PrinterError::Cancelled
        | PrinterError::CancelledAtPrinter
        | PrinterError::Aborted { .. }
        | PrinterError::Refused(_)
        | PrinterError::Format
        | PrinterError::Pipe(_)
        | PrinterError::Send(_) => FaultCode::PrinterOffline,
    }
}

fn health_of(status: &PrinterStatus) -> PrinterHealth {
    let fault = match status.obstacle() {
        Some(error) => Some(Fault::from_error(code(&error), &error)),
        None if status.paper == PaperStatus::Low => {
            Some(super::fault(FaultCode::PrinterPaperLow, "the printer reports that paper is near its end"))
        }
        None => None,
    };
    PrinterHealth { device: status.device_status(), paper: status.paper, fault }
}

fn health_without(error: &PrinterError) -> PrinterHealth {
    let fault = Fault::from_error(code(error), error);
    let device = match code(error) {
        FaultCode::PrinterMechanical => DeviceStatus::HardwareError,
        FaultCode::PrinterPaperOut | FaultCode::PrinterCoverOpen => DeviceStatus::UserError,
        _ => DeviceStatus::Offline,
    };
    PrinterHealth { device, paper: PaperStatus::Unknown, fault: Some(fault) }
}

impl Worker {
    pub(super) fn new(
        open: Opener,
        times: PrinterTimes,
        shared: Arc<Shared>,
        health: watch::Sender<PrinterHealth>,
    ) -> Self {
        let (pause, next_look) = (times.first_pause, Instant::now());
        Self { open, times, shared, health, printer: None, pause, next_look }
    }

    /// Works until the terminal stops.
    pub(super) fn run(mut self) {
        loop {
            match self.next_task() {
                Task::Print(job) => self.print(job),
                Task::Look => self.look(),
                Task::End => return,
            }
        }
    }

    fn next_task(&self) -> Task {
        let mut state = self.shared.lock();
        loop {
            if state.stopping {
                return Task::End;
            }
            if let Some(job) = state.waiting.pop_front() {
                return Task::Print(job);
            }
            let wait = self.next_look.saturating_duration_since(Instant::now());
            if wait.is_zero() {
                return Task::Look;
            }
            state = self.shared.wake.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn print(&mut self, job: Job) {
        let Job { slip, due, answer, .. } = job;
        let left = due.saturating_duration_since(Instant::now());
        let due = due.checked_sub(MARGIN.min(left / 10)).unwrap_or(due);
        // A caller that gave up, or is gone, gets no slip any more.
        let report = if answer.is_closed() || left.is_zero() {
            PrintReport::Failed(super::fault(FaultCode::PrinterOffline, "nobody waits for the slip any more"))
        } else {
            let mut outcome = self.try_print(&slip, due);
            // Nothing of the slip left yet, and a wire that was idle may have died unnoticed: once more on a new one.
            if matches!(outcome, PrintOutcome::Failed(PrinterError::Pipe(_))) && self.printer.is_some() {
                self.printer = None;
                outcome = self.try_print(&slip, due);
            }
            self.note_outcome(&outcome);
            match outcome {
                PrintOutcome::Printed => PrintReport::Printed,
                PrintOutcome::Failed(error) => PrintReport::Failed(Fault::from_error(code(&error), &error)),
                PrintOutcome::Unknown(error) => {
                    PrintReport::Unknown(Fault::from_error(FaultCode::PrinterOutcomeUnknown, &error))
                }
            }
        };
        drop(slip);
        // Fails only when nobody waits for the report any more.
        let _ = answer.send(report);
    }

    fn try_print(&mut self, slip: &doorstep_drivers::printer::Slip, due: Instant) -> PrintOutcome {
        if let Err(error) = self.ensure_open() {
            return PrintOutcome::Failed(error);
        }
        let Some(printer) = self.printer.as_mut() else { return PrintOutcome::Failed(PrinterError::Driver) };
        let limit = CommandLimit::after(due.saturating_duration_since(Instant::now()));
        // A driver that panics may have sent something: the outcome is unknown, and the driver is not used again.
        catch_unwind(AssertUnwindSafe(|| printer.print(slip, &limit)))
            .unwrap_or(PrintOutcome::Unknown(PrinterError::Driver))
    }

    /// Looks at the sensors again soon after a slip that failed, and closes a wire or driver that is broken.
    fn note_outcome(&mut self, outcome: &PrintOutcome) {
        let error = match outcome {
            PrintOutcome::Printed => {
                // The driver has just seen every sensor good, but only a look tells whether paper is low.
                self.next_look = Instant::now();
                return;
            }
            PrintOutcome::Failed(error) | PrintOutcome::Unknown(error) => error,
        };
        match error {
            PrinterError::Pipe(_) | PrinterError::Send(_) | PrinterError::Driver => self.close(error),
            _ => {
                self.tell(health_without(error));
                self.next_look = Instant::now() + self.times.first_pause;
            }
        }
    }

    /// Opens the wire when it is closed.
    fn ensure_open(&mut self) -> Result<(), PrinterError> {
        if self.printer.is_none() {
            let open = &mut self.open;
            let printer = catch_unwind(AssertUnwindSafe(open)).unwrap_or(Err(PrinterError::Driver))?;
            tracing::info!(printer = printer.describe(), "slip printer opened");
            self.printer = Some(printer);
        }
        Ok(())
    }

    /// Opens the wire, or looks at the sensors.
    fn look(&mut self) {
        if let Err(error) = self.ensure_open() {
            return self.close(&error);
        }
        let Some(printer) = self.printer.as_mut() else { return };
        // Every question has its own limit; the whole is bounded by their number.
        let limit = CommandLimit::after(self.times.print);
        match catch_unwind(AssertUnwindSafe(|| printer.sensors(&limit))).unwrap_or(Err(PrinterError::Driver)) {
            Ok(status) => {
                self.pause = self.times.first_pause;
                // Who put in paper or closed the cover looks at the screen soon.
                let poll = if status.obstacle().is_some() { self.times.poll / 4 } else { self.times.poll };
                self.next_look = Instant::now() + poll;
                self.tell(health_of(&status));
            }
            Err(error) => self.close(&error),
        }
    }

    fn close(&mut self, error: &PrinterError) {
        self.printer = None;
        self.tell(health_without(error));
        self.next_look = Instant::now() + self.pause;
        self.pause = (self.pause * 2).min(self.times.longest_pause);
    }

    /// Publishes `health` when it changed.
    fn tell(&self, health: PrinterHealth) {
        self.health.send_if_modified(|known| {
            if *known == health {
                return false;
            }
            match &health.fault {
                Some(fault) => tracing::warn!(code = %fault.code, chain = %fault.chain, "slip printer"),
                None => tracing::info!(state = %health.device, "slip printer"),
            }
            *known = health;
            true
        });
    }
}
