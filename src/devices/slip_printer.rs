// SPDX-License-Identifier: GPL-3.0-only
//! The slip printer of the terminal: a supervised [`Printer`], and what became of each slip.
//!
//! A slip is handed to the driver once and never a second time after a byte of it left: whether to print again is for
//! people.

use std::sync::Arc;
use std::time::{Duration, Instant};

use doorstep_drivers::device::{DeviceError, DeviceStatus, StatusReport};
use doorstep_drivers::printer::{PrintOutcome, Printer, PrinterError, Slip};
use tokio::sync::watch;

use super::supervisor::{CommandError, FaultCodes, Health, Supervisor, error_code};
use crate::protocol::{Fault, FaultCode};

pub use super::supervisor::MOST_WAITING;

/// What became of a slip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrintReport {
    /// It came out.
    Printed,
    /// It did not come out, or not whole.
    Failed(Fault),
    /// It cannot be known. It must not be printed again by itself.
    Unknown(Fault),
}

/// The codes under which a technician looks up what a slip printer says: PRN-01 to PRN-06.
pub const PRINTER_CODES: FaultCodes = FaultCodes { of_error: device_code, of_status: status_fault };

/// The slip printer; cheap to clone.
#[derive(Clone, Debug)]
pub struct SlipPrinter {
    supervisor: Option<Supervisor<dyn Printer>>,
    print_limit: Duration,
    /// Of a terminal without a printer.
    nothing: watch::Receiver<Health>,
}

impl SlipPrinter {
    /// A terminal without a slip printer: every slip fails at once.
    #[must_use]
    pub fn none() -> Self {
        let absent = Health { status: DeviceStatus::NoDevice, ..Health::starting() };
        Self { supervisor: None, print_limit: Duration::ZERO, nothing: watch::channel(absent).1 }
    }

    /// The printer under `supervisor`; a slip has `print_limit` from [`SlipPrinter::print`] to its report.
    #[must_use]
    pub fn new(supervisor: Supervisor<dyn Printer>, print_limit: Duration) -> Self {
        Self { supervisor: Some(supervisor), print_limit, ..Self::none() }
    }

    /// Prints `slip` when its turn comes and tells what became of it, within the settings' `print_timeout` and half a
    /// second. The slip is wiped afterwards.
    pub async fn print(&self, slip: Slip) -> PrintReport {
        let Some(supervisor) = &self.supervisor else {
            let chain = "no slip printer is configured".to_owned();
            return PrintReport::Failed(Fault { code: FaultCode::PrinterOffline, chain });
        };
        let due = Instant::now() + self.print_limit;
        let slip = Arc::new(slip);
        let mut report = hand_over(supervisor, &slip, due).await;
        // Nothing of the slip left yet, and a wire that was idle may have died unnoticed: once more on a new one.
        if let Handed::WireDead(_) = report {
            report = hand_over(supervisor, &slip, due).await;
        }
        match report {
            Handed::Reported(report) => report,
            Handed::WireDead(fault) => PrintReport::Failed(fault),
        }
    }

    /// How the printer is, and every change of it.
    #[must_use]
    pub fn health(&self) -> watch::Receiver<Health> {
        self.supervisor.as_ref().map_or_else(|| self.nothing.clone(), Supervisor::health)
    }

    /// Forgets the slips of the ended session that wait; each is reported as failed. One that is being printed comes
    /// out.
    pub fn wipe(&self) {
        if let Some(supervisor) = &self.supervisor {
            supervisor.wipe();
        }
    }

    /// Forgets like [`SlipPrinter::wipe`] and ends the thread, for all clones; returns when it has ended, after two
    /// seconds at the latest.
    pub async fn stop(&self) {
        if let Some(supervisor) = &self.supervisor {
            supervisor.stop().await;
        }
    }
}

/// What came of handing a slip to the driver.
enum Handed {
    Reported(PrintReport),
    /// The wire was found dead before anything of the slip was sent.
    WireDead(Fault),
}

async fn hand_over(supervisor: &Supervisor<dyn Printer>, slip: &Arc<Slip>, due: Instant) -> Handed {
    let slip = Arc::clone(slip);
    let left = due.saturating_duration_since(Instant::now());
    let printed = supervisor.command(left, move |printer, limit| match printer.print(&slip, limit) {
        PrintOutcome::Failed(PrinterError::Pipe(error)) => Err(DeviceError::Pipe(error)),
        outcome => Ok(outcome),
    });
    let unknown = |chain: String| PrintReport::Unknown(Fault { code: FaultCode::PrinterOutcomeUnknown, chain });
    Handed::Reported(match printed.await {
        Ok(PrintOutcome::Printed) => PrintReport::Printed,
        Ok(PrintOutcome::Failed(error)) => PrintReport::Failed(Fault::from_error(printer_code(&error), &error)),
        Ok(PrintOutcome::Unknown(error)) => {
            PrintReport::Unknown(Fault::from_error(FaultCode::PrinterOutcomeUnknown, &error))
        }
        Err(CommandError::Device(error @ DeviceError::Pipe(_))) => {
            return Handed::WireDead(Fault::from_error(FaultCode::PrinterOffline, &error));
        }
        Err(CommandError::NotBegun(fault)) => PrintReport::Failed(as_printer_fault(fault)),
        // A driver that panics may have sent something.
        Err(CommandError::Device(error)) => unknown(Fault::from_error(FaultCode::PrinterOutcomeUnknown, &error).chain),
        Err(CommandError::Lost) => unknown("the printer's driver did not report in time".to_owned()),
    })
}

/// What every device may suffer is, for a resident's slip, a printer that cannot be reached.
fn as_printer_fault(fault: Fault) -> Fault {
    let known = fault.code == FaultCode::QueueFull || fault.code.code().starts_with("PRN-");
    Fault { code: if known { fault.code } else { FaultCode::PrinterOffline }, ..fault }
}

/// The code under which a technician looks `error` up.
fn printer_code(error: &PrinterError) -> FaultCode {
    match error {
        PrinterError::PaperOut => FaultCode::PrinterPaperOut,
        PrinterError::CoverOpen => FaultCode::PrinterCoverOpen,
        PrinterError::Cutter
        | PrinterError::Jam
        | PrinterError::OutputFull
        | PrinterError::TonerEmpty
        | PrinterError::Mechanical
        | PrinterError::Overheated
        | PrinterError::Unrecoverable
        | PrinterError::Driver => FaultCode::PrinterMechanical,
        PrinterError::Document(_) => FaultCode::PrinterSlipUnfit,
        _ => FaultCode::PrinterOffline,
    }
}

fn device_code(error: &DeviceError) -> FaultCode {
    match error_code(error) {
        // What the system says is worth its own code; all else is "cannot be reached" to whoever stands before it.
        code @ (FaultCode::DevicePermission | FaultCode::DeviceBusy) => code,
        FaultCode::DeviceDriver => FaultCode::PrinterMechanical,
        _ => FaultCode::PrinterOffline,
    }
}

fn status_fault(report: &StatusReport) -> Option<Fault> {
    let detail = |name| report.details.get(name).map(String::as_str);
    let told = |code, chain: &str| Some(Fault { code, chain: chain.to_owned() });
    let fault = detail("fault").unwrap_or("the printer does not say why");
    match report.status {
        DeviceStatus::Online if detail("paper") == Some("low") => {
            told(FaultCode::PrinterPaperLow, "the printer reports that paper is near its end")
        }
        DeviceStatus::Online | DeviceStatus::Starting => None,
        _ if detail("cover") == Some("open") => told(FaultCode::PrinterCoverOpen, fault),
        _ if detail("paper") == Some("out") => told(FaultCode::PrinterPaperOut, fault),
        // Rubbish says nothing of any sensor.
        DeviceStatus::HardwareError if detail("paper") == Some("unknown") => told(FaultCode::PrinterOffline, fault),
        DeviceStatus::UserError | DeviceStatus::HardwareError => told(FaultCode::PrinterMechanical, fault),
        _ => told(FaultCode::PrinterOffline, fault),
    }
}
