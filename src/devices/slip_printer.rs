// SPDX-License-Identifier: GPL-3.0-only
//! The slip printer of the terminal.
//!
//! A thread of its own owns the driver, so no caller ever waits for a wire. The wire is opened when the thread first
//! runs and, when it fails, again with growing pauses; a driver that panics is dropped and opened anew. A slip is
//! handed to the driver once and never a second time after a byte of it left: whether to print again is for people.

mod worker;

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use doorstep_drivers::device::DeviceStatus;
use doorstep_drivers::printer::escpos::{Charset, EscPosOptions, EscPosPrinter, EscPosProfile};
use doorstep_drivers::printer::{PaperStatus, Printer, PrinterError, Slip};
use doorstep_drivers::transport::Endpoint;
use tokio::sync::{oneshot, watch};

use crate::protocol::{Fault, FaultCode};
use crate::settings::{PrinterCharset, PrinterConnection, PrinterSettings};

/// Most slips that wait for their turn; one more is refused.
pub const MOST_WAITING: usize = 8;

/// How long [`SlipPrinter::stop`] waits for the thread.
const STOP_LIMIT: Duration = Duration::from_secs(2);

/// What is known of the printer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrinterHealth {
    /// State, in the words that all devices share; [`DeviceStatus::NoDevice`] when none is configured.
    pub device: DeviceStatus,
    /// Paper.
    pub paper: PaperStatus,
    /// What a technician should look at: PRN-01 to PRN-06.
    pub fault: Option<Fault>,
}

impl PrinterHealth {
    fn in_state(device: DeviceStatus) -> Self {
        Self { device, paper: PaperStatus::Unknown, fault: None }
    }
}

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

/// Opens the wire and sets the driver on it.
pub type Opener = Box<dyn FnMut() -> Result<Box<dyn Printer>, PrinterError> + Send>;

/// Time limits of the thread.
#[derive(Clone, Copy, Debug)]
pub struct PrinterTimes {
    /// From [`SlipPrinter::print`] to its report.
    pub print: Duration,
    /// Between two looks at the sensors while nothing is printed.
    pub poll: Duration,
    /// Before the wire is first opened again.
    pub first_pause: Duration,
    /// Longest pause between two attempts to open the wire. No jitter: nobody else waits for the same printer.
    pub longest_pause: Duration,
}

impl Default for PrinterTimes {
    fn default() -> Self {
        Self {
            print: Duration::from_secs(15),
            poll: Duration::from_secs(20),
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(60),
        }
    }
}

/// A slip that has not come to a report.
struct Job {
    number: u64,
    slip: Slip,
    /// When its report is due.
    due: Instant,
    answer: oneshot::Sender<PrintReport>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    next_number: u64,
    stopping: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
}

impl Shared {
    /// The state; a panic while the lock was held leaves nothing half done in it.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self) {
        let waiting = {
            let mut state = self.lock();
            state.stopping = true;
            std::mem::take(&mut state.waiting)
        };
        self.wake.notify_all();
        forget(waiting, "the terminal stops");
    }
}

/// Ends the thread when the last [`SlipPrinter`] is gone.
struct Handle {
    shared: Arc<Shared>,
    print_limit: Duration,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.end();
    }
}

/// The slip printer; cheap to clone.
#[derive(Clone)]
pub struct SlipPrinter {
    handle: Option<Arc<Handle>>,
    health: watch::Receiver<PrinterHealth>,
}

impl std::fmt::Debug for SlipPrinter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SlipPrinter").field("health", &*self.health.borrow()).finish()
    }
}

/// What the thread could not do, other than what the driver says.
#[derive(Debug, thiserror::Error)]
enum SlipPrinterError {
    #[error("the thread of the printer cannot be started")]
    Spawn(#[source] std::io::Error),
}

fn fault(code: FaultCode, chain: &str) -> Fault {
    Fault { code, chain: chain.to_owned() }
}

/// Slips that were never begun are not printed; their text is wiped here.
fn forget(waiting: VecDeque<Job>, reason: &str) {
    for job in waiting {
        // Fails only when nobody waits for the report any more.
        let _ = job.answer.send(PrintReport::Failed(fault(FaultCode::PrinterOffline, reason)));
    }
}

impl SlipPrinter {
    /// Starts the printer that `settings` name; without settings every slip fails at once. Never fails: what does
    /// not work is in [`SlipPrinter::health`].
    #[must_use]
    pub fn start(settings: Option<&PrinterSettings>) -> Self {
        let Some(settings) = settings else {
            let (_, health) = watch::channel(PrinterHealth::in_state(DeviceStatus::NoDevice));
            return Self { handle: None, health };
        };
        let times = PrinterTimes { print: settings.print_timeout, ..PrinterTimes::default() };
        Self::start_with(opener(settings), times)
    }

    /// Starts a printer on a driver of the caller's; for tests and for other printer languages.
    #[must_use]
    pub fn start_with(open: Opener, times: PrinterTimes) -> Self {
        let (report, health) = watch::channel(PrinterHealth::in_state(DeviceStatus::Starting));
        let shared = Arc::new(Shared::default());
        let worker = worker::Worker::new(open, times, Arc::clone(&shared), report);
        match std::thread::Builder::new().name("slip-printer".to_owned()).spawn(move || worker.run()) {
            Ok(_) => Self { handle: Some(Arc::new(Handle { shared, print_limit: times.print })), health },
            Err(error) => {
                let fault = Fault::from_error(FaultCode::PrinterOffline, &SlipPrinterError::Spawn(error));
                tracing::warn!(code = %fault.code, chain = %fault.chain, "no slip printer");
                let lost = PrinterHealth { fault: Some(fault), ..PrinterHealth::in_state(DeviceStatus::Offline) };
                Self { handle: None, health: watch::channel(lost).1 }
            }
        }
    }

    /// Prints `slip` when its turn comes and tells what became of it, within the settings' `print_timeout`. The slip
    /// is wiped afterwards.
    pub async fn print(&self, slip: Slip) -> PrintReport {
        let Some(handle) = &self.handle else {
            return PrintReport::Failed(fault(FaultCode::PrinterOffline, "no slip printer is configured"));
        };
        let (answer, report) = oneshot::channel();
        let number = {
            let mut state = handle.shared.lock();
            if state.stopping {
                return PrintReport::Failed(fault(FaultCode::PrinterOffline, "the terminal stops"));
            }
            if state.waiting.len() >= MOST_WAITING {
                return PrintReport::Failed(fault(FaultCode::QueueFull, "too many slips wait for the printer"));
            }
            let number = state.next_number;
            state.next_number = number.wrapping_add(1);
            state.waiting.push_back(Job { number, slip, due: Instant::now() + handle.print_limit, answer });
            number
        };
        handle.shared.wake.notify_all();
        match tokio::time::timeout(handle.print_limit, report).await {
            Ok(Ok(report)) => report,
            Ok(Err(_)) => lost("the printer's thread ended"),
            Err(_) => handle.give_up(number),
        }
    }

    /// How the printer is, and every change of it.
    #[must_use]
    pub fn health(&self) -> watch::Receiver<PrinterHealth> {
        self.health.clone()
    }

    /// Forgets the slips of the ended session that wait; each is reported as failed. One that is being printed comes
    /// out.
    pub fn wipe(&self) {
        if let Some(handle) = &self.handle {
            let waiting = std::mem::take(&mut handle.shared.lock().waiting);
            forget(waiting, "the session ended before the slip's turn came");
        }
    }

    /// Forgets like [`SlipPrinter::wipe`] and ends the thread, for all clones; returns when it has ended, after two
    /// seconds at the latest.
    pub async fn stop(&self) {
        let Some(handle) = &self.handle else { return };
        handle.shared.end();
        // The thread owns the sender: when it ends, `changed` fails.
        let mut health = self.health.clone();
        let ended = async { while health.changed().await.is_ok() {} };
        if tokio::time::timeout(STOP_LIMIT, ended).await.is_err() {
            tracing::warn!("the printer's thread did not end in time; a slip is being printed");
        }
    }
}

fn lost(why: &str) -> PrintReport {
    PrintReport::Unknown(fault(FaultCode::PrinterOutcomeUnknown, why))
}

impl Handle {
    /// The report of a slip whose time is over: failed when it was never begun, else unknown.
    fn give_up(&self, number: u64) -> PrintReport {
        let mut state = self.shared.lock();
        let Some(index) = state.waiting.iter().position(|job| job.number == number) else {
            return lost("the printer's driver did not report in time");
        };
        let job = state.waiting.remove(index);
        drop(state);
        drop(job);
        PrintReport::Failed(fault(FaultCode::PrinterOffline, "the slip's turn did not come in time"))
    }
}

/// The driver and wire that `settings` name.
fn opener(settings: &PrinterSettings) -> Opener {
    let endpoint = match &settings.connection {
        PrinterConnection::Tcp(address) => Endpoint::Tcp { address: *address, connect_limit: settings.status_timeout },
        PrinterConnection::Device(path) => Endpoint::Device(path.clone()),
    };
    let charset = match settings.charset {
        PrinterCharset::Gb18030 => Charset::Gb18030,
        PrinterCharset::Gbk => Charset::Gbk,
        PrinterCharset::Utf8 => Charset::Utf8,
    };
    let options = EscPosOptions {
        status_limit: settings.status_timeout,
        ..EscPosOptions::new(EscPosProfile::new(charset, settings.columns))
    };
    Box::new(move || {
        let pipe = endpoint.open()?;
        Ok(Box::new(EscPosPrinter::new(pipe, options.clone())) as Box<dyn Printer>)
    })
}
