// SPDX-License-Identifier: MIT OR Apache-2.0
//! A simulated ESC/POS printer: it reads the command stream, answers about its sensors, draws every slip as a
//! picture, and can be given every fault that a real one has.
//!
//! It is reached over TCP, over a pty, or both, like a printer that has two sockets; there is one paper. Threads
//! serve it, and end with [`RunningSimPrinter`].

mod control;
mod fault;
mod machine;
mod paper;
mod serve;

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

pub use crate::printer::glyph::{FontError, PaperFonts};
pub use fault::{FAULT_WORDS, LONGEST_DELAY, SimFault, SimFaultError, SimState};
pub use machine::KEPT_SLIPS;
pub use paper::PictureError;

use self::machine::Machine;
use self::paper::Strip;
use crate::printer::escpos::Charset;
use crate::sim::{ControlSocket, SimError, listen, open_pty};
use crate::transport::PipeError;

/// How the simulated printer is set up.
#[derive(Clone, Debug)]
pub struct SimPrinterSettings {
    /// Character set that it understands.
    pub charset: Charset,
    /// Columns of the narrow font, 8 to 80: 32 is 384 dots, 48 is 576.
    pub columns: u32,
    /// TCP address to listen on; port 0 takes a free one.
    pub listen: Option<SocketAddr>,
    /// Whether there is a pty, and where.
    pub pty: SimPty,
    /// TCP address of the control socket, loopback only: whoever reaches it reads all slips.
    pub control: Option<SocketAddr>,
    /// Fonts; without them there are texts but no pictures.
    pub fonts: Option<PaperFonts>,
    /// Folder into which every slip is written as `slip-00001.png` and so on; made when it is missing.
    pub out: Option<PathBuf>,
}

impl Default for SimPrinterSettings {
    /// GB18030, 48 columns, no wire.
    fn default() -> Self {
        Self {
            charset: Charset::Gb18030,
            columns: 48,
            listen: None,
            pty: SimPty::None,
            control: None,
            fonts: None,
            out: None,
        }
    }
}

/// The pty of the simulated printer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SimPty {
    /// None.
    #[default]
    None,
    /// One, at a symbolic link of this name, which stays the same when the connection was broken and is made anew.
    Link(PathBuf),
}

/// A simulated printer that cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum SimPrinterError {
    /// The number of columns is not possible.
    #[error("{0} columns are not possible, 8 to 80 are")]
    Columns(u32),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// Address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The control socket would be open to others.
    #[error("{0} is open to others; the control socket must be on a loopback address such as 127.0.0.1")]
    ControlNotLocal(SocketAddr),
    /// The system has no pty to give.
    #[error("no pty can be opened")]
    Pty(#[source] PipeError),
    /// The symbolic link to the pty cannot be made.
    #[error("the link {} to the pty cannot be made", path.display())]
    Link {
        /// Link.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The folder for pictures cannot be made.
    #[error("the folder {} cannot be made", path.display())]
    Folder {
        /// Folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A thread cannot be started.
    #[error("a thread of the simulated printer cannot be started")]
    Thread(#[source] io::Error),
}

impl From<SimError> for SimPrinterError {
    fn from(error: SimError) -> Self {
        match error {
            SimError::Listen { address, source } => Self::Listen { address, source },
            SimError::ControlNotLocal(address) => Self::ControlNotLocal(address),
            SimError::Pty(source) => Self::Pty(source),
            SimError::Link { path, source } => Self::Link { path, source },
            SimError::Thread(source) => Self::Thread(source),
        }
    }
}

/// What the threads share.
struct Shared {
    machine: Mutex<Machine>,
    stop: AtomicBool,
    next_connection: AtomicU64,
    settings: SimPrinterSettings,
    /// Pictures written so far.
    written: Mutex<u64>,
}

impl Shared {
    /// The machine; a panic while it was locked leaves at worst a half-printed slip.
    fn lock(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stops(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    fn is_absent(&self) -> bool {
        self.lock().state().absent
    }

    fn set(&self, fault: SimFault) {
        self.lock().set(fault, Instant::now());
        self.write_pictures();
    }

    /// Draws outside of the lock.
    fn png(&self, strip: Option<Strip>) -> Option<Result<Vec<u8>, PictureError>> {
        let fonts = self.settings.fonts.as_ref()?;
        strip.map(|strip| strip.png(self.settings.columns, fonts))
    }

    /// Writes the pictures of slips that were finished meanwhile. Best effort: a full disk does not stop a printer.
    fn write_pictures(&self) {
        let Some(folder) = &self.settings.out else { return };
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, strips) = {
            let machine = self.lock();
            let new = usize::try_from(machine.count() - *written).unwrap_or(usize::MAX).min(KEPT_SLIPS);
            let mut strips: Vec<Strip> = machine.slips().rev().take(new).cloned().collect();
            strips.reverse();
            (machine.count(), strips)
        };
        let first = count - strips.len() as u64 + 1;
        for (number, strip) in (first..).zip(strips) {
            if let Some(Ok(png)) = self.png(Some(strip)) {
                let _ = std::fs::write(folder.join(format!("slip-{number:05}.png")), png);
            }
        }
        *written = count;
    }
}

/// The simulated printer.
#[derive(Debug)]
pub struct SimPrinter;

impl SimPrinter {
    /// Starts it.
    ///
    /// # Errors
    /// An address, the pty or the folder cannot be had.
    pub fn start(settings: SimPrinterSettings) -> Result<RunningSimPrinter, SimPrinterError> {
        if !(8..=80).contains(&settings.columns) {
            return Err(SimPrinterError::Columns(settings.columns));
        }
        if let Some(folder) = &settings.out {
            std::fs::create_dir_all(folder)
                .map_err(|source| SimPrinterError::Folder { path: folder.clone(), source })?;
        }
        let shared = Arc::new(Shared {
            machine: Mutex::new(Machine::new(settings.charset, settings.columns)),
            stop: AtomicBool::new(false),
            next_connection: AtomicU64::new(0),
            settings,
            written: Mutex::new(0),
        });
        let mut running =
            RunningSimPrinter { shared: Arc::clone(&shared), address: None, control: None, threads: Vec::new() };
        if let Some(address) = shared.settings.listen {
            let (listener, address) = listen(address)?;
            running.address = Some(address);
            running.thread("sim-printer-tcp", move |shared| {
                serve::accept(&shared, listener, address);
            })?;
        }
        if let Some(address) = shared.settings.control {
            let theirs = Arc::clone(&shared);
            running.control = Some(ControlSocket::start(address, Arc::new(move |line| control::order(&theirs, line)))?);
        }
        if let SimPty::Link(link) = &shared.settings.pty {
            let link = link.clone();
            let master = open_pty(&link)?;
            running.thread("sim-printer-pty", move |shared| serve::pty(&shared, master, &link))?;
        }
        Ok(running)
    }
}

/// A simulated printer at work; it ends when this is dropped.
pub struct RunningSimPrinter {
    shared: Arc<Shared>,
    address: Option<SocketAddr>,
    control: Option<ControlSocket>,
    threads: Vec<JoinHandle<()>>,
}

impl std::fmt::Debug for RunningSimPrinter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("RunningSimPrinter")
            .field("address", &self.address)
            .field("control", &self.control)
            .finish_non_exhaustive()
    }
}

impl RunningSimPrinter {
    fn thread(&mut self, name: &str, run: impl FnOnce(Arc<Shared>) + Send + 'static) -> Result<(), SimPrinterError> {
        let shared = Arc::clone(&self.shared);
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || run(shared));
        self.threads.push(thread.map_err(SimPrinterError::Thread)?);
        Ok(())
    }

    /// Where it listens for printing.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Where it listens for control.
    #[must_use]
    pub fn control_address(&self) -> Option<SocketAddr> {
        self.control.as_ref().map(ControlSocket::address)
    }

    /// The device file of the pty.
    #[must_use]
    pub fn pty_path(&self) -> Option<&Path> {
        match &self.shared.settings.pty {
            SimPty::Link(link) => Some(link),
            SimPty::None => None,
        }
    }

    /// The texts of the last [`KEPT_SLIPS`] slips, oldest first: a line each without blank ones, symbols as
    /// `[QR …]`.
    #[must_use]
    pub fn slips(&self) -> Vec<Vec<String>> {
        self.shared.lock().slips().map(|strip| strip.lines().to_vec()).collect()
    }

    /// Sets a fault, or takes it away.
    pub fn set_fault(&self, fault: SimFault) {
        self.shared.set(fault);
    }

    /// Sets a fault, or takes it away, in the words of the control socket, such as `paper out`.
    ///
    /// # Errors
    /// The words are none of [`FAULT_WORDS`].
    pub fn order(&self, words: &str) -> Result<(), SimFaultError> {
        self.set_fault(words.parse()?);
        Ok(())
    }

    /// Everything that is set.
    #[must_use]
    pub fn state(&self) -> SimState {
        *self.shared.lock().state()
    }

    /// A picture of the last slip as PNG; nothing before the first one, or without fonts.
    #[must_use]
    pub fn last_png(&self) -> Option<Vec<u8>> {
        let last = self.shared.lock().slips().next_back().cloned();
        self.shared.png(last)?.ok()
    }
}

impl Drop for RunningSimPrinter {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        for thread in self.threads.drain(..) {
            // A thread that panicked has ended as well.
            let _ = thread.join();
        }
    }
}
