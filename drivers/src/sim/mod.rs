// SPDX-License-Identifier: MIT OR Apache-2.0
//! What all simulators share: a wire that can be pulled out, faults of the wire, and a control socket.
//!
//! A simulated device is a [`Machine`]; [`Sim::start`] puts it behind a pty or a TCP port. A pty stands behind a
//! symbolic link, so that it has the same path after it was pulled out and put in again.
//!
//! ```no_run
//! # use doorstep_drivers::sim::{Answers, Machine, Sim, SimWire};
//! # use std::time::Instant;
//! /// Says everything back.
//! struct Echo;
//! impl Machine for Echo {
//!     fn receive(&mut self, bytes: &[u8], _now: Instant, answers: &mut Answers) {
//!         answers.send(bytes);
//!     }
//!     fn order(&mut self, _words: &[&str]) -> Result<String, String> {
//!         Err(self.words().to_owned())
//!     }
//!     fn words(&self) -> &'static str {
//!         "none"
//!     }
//!     fn state(&self) -> String {
//!         String::new()
//!     }
//! }
//! let echo = Sim::start("echo", Echo, SimWire::Pty("/tmp/echo".into()))?;
//! echo.order("silent 1")?;
//! echo.unplug();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod control;
mod fault;
mod machine;
mod wire;

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use thiserror::Error;

pub use control::{ControlSocket, Orders};
pub use fault::{LONGEST_DELAY, Lasting, WIRE_FAULT_WORDS, WireFault, WireFaultError, WireState};
pub use machine::{Answers, Machine};
pub(crate) use wire::{listen, open_pty};

use crate::transport::PipeError;
use wire::{Outbox, Wire};

/// How often a simulator looks at what does not wake it.
pub const TICK: Duration = Duration::from_millis(5);

/// How long [`Sim::unplug`] and [`Sim::plug`] wait until it is done.
const PLUG_LIMIT: Duration = Duration::from_secs(5);

/// Where a simulated device is to be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SimWire {
    /// A pty behind a symbolic link of this name.
    Pty(PathBuf),
    /// A TCP port, one connection at a time as a serial server has; port 0 takes a free one.
    Tcp(SocketAddr),
    /// A TCP port that the device itself connects to while it is plugged in, again and again until somebody listens.
    Connect(SocketAddr),
}

/// Why a simulator does not start.
#[derive(Debug, Error)]
pub enum SimError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// No pty is to be had.
    #[error("no pty can be opened")]
    Pty(#[source] PipeError),
    /// The link to the pty cannot be made.
    #[error("the link {} cannot be made", path.display())]
    Link {
        /// The link.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The control socket is for this machine alone.
    #[error("{0} is no loopback address: whoever reaches the control socket commands the simulator")]
    ControlNotLocal(SocketAddr),
    /// A thread cannot be started.
    #[error("a thread cannot be started")]
    Thread(#[source] io::Error),
}

/// A line of the control socket that was not carried out, with the reason in words.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct OrderError(pub String);

struct State<M> {
    machine: M,
    faults: WireState,
    outbox: Outbox,
    plugged: bool,
    /// Whether the wire is as `plugged` says.
    settled: bool,
    stopping: bool,
}

struct Shared<M> {
    state: Mutex<State<M>>,
    changed: Condvar,
}

impl<M> Shared<M> {
    /// The state; a machine that panicked is used as it is.
    fn lock(&self) -> MutexGuard<'_, State<M>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A simulated device at work, in a thread of its own; it ends when this is dropped.
pub struct Sim<M: Machine> {
    shared: Arc<Shared<M>>,
    link: Option<PathBuf>,
    address: Option<SocketAddr>,
    thread: Option<JoinHandle<()>>,
}

impl<M: Machine> std::fmt::Debug for Sim<M> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Sim").field("link", &self.link).field("address", &self.address).finish_non_exhaustive()
    }
}

impl<M: Machine> Sim<M> {
    /// Puts `machine` behind `wire`, plugged in. `name` is that of its thread.
    ///
    /// # Errors
    /// The address, the pty or its link cannot be had.
    pub fn start(name: &str, machine: M, wire: SimWire) -> Result<Self, SimError> {
        Self::start_wire(name, machine, Wire::open(wire)?, true)
    }

    /// The same, pulled out.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_unplugged(name: &str, machine: M, wire: SimWire) -> Result<Self, SimError> {
        let mut wire = Wire::open(wire)?;
        wire.unplug();
        Self::start_wire(name, machine, wire, false)
    }

    fn start_wire(name: &str, machine: M, wire: Wire, plugged: bool) -> Result<Self, SimError> {
        let (link, address) = (wire.link().map(Path::to_path_buf), wire.address());
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                machine,
                faults: WireState::default(),
                outbox: Outbox::default(),
                plugged,
                settled: true,
                stopping: false,
            }),
            changed: Condvar::new(),
        });
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || serve(&theirs, wire))
            .map_err(SimError::Thread)?;
        Ok(Self { shared, link, address, thread: Some(thread) })
    }

    /// The path that a driver opens.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.link.as_deref()
    }

    /// The address that a driver connects to.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Looks at the machine, or changes it.
    pub fn with<T>(&self, use_it: impl FnOnce(&mut M) -> T) -> T {
        use_it(&mut self.shared.lock().machine)
    }

    /// Sets a fault of the wire, or takes it away.
    pub fn set_fault(&self, fault: WireFault) {
        self.shared.lock().faults.set(fault);
    }

    /// Pulls the device out; what it had not sent yet is lost. Returns when whoever had it open has noticed, or could.
    pub fn unplug(&self) {
        self.set_plugged(false);
    }

    /// Puts the device in again, under the same path or address.
    pub fn plug(&self) {
        self.set_plugged(true);
    }

    fn set_plugged(&self, plugged: bool) {
        let mut state = self.shared.lock();
        if state.plugged == plugged {
            return;
        }
        (state.plugged, state.settled) = (plugged, false);
        let waiting = self.shared.changed.wait_timeout_while(state, PLUG_LIMIT, |state| !state.settled);
        drop(waiting.unwrap_or_else(PoisonError::into_inner));
    }

    /// Carries out one line of the control socket.
    ///
    /// # Errors
    /// The line is not understood, or cannot be carried out now.
    pub fn order(&self, line: &str) -> Result<String, OrderError> {
        let words: Vec<&str> = line.split_whitespace().take(64).collect();
        match words.as_slice() {
            ["unplug"] => self.unplug(),
            ["plug"] => self.plug(),
            ["state"] => {
                let state = self.shared.lock();
                let plugged = if state.plugged { "yes" } else { "no" };
                return Ok(format!("plugged {plugged}\n{}{}", state.faults, state.machine.state()));
            }
            words => match line.parse() {
                Ok(fault) => {
                    let mut state = self.shared.lock();
                    state.faults.set(fault);
                    if fault == WireFault::Clear {
                        // A machine may have faults of its own under the same word.
                        return Ok(state.machine.order(words).unwrap_or_default());
                    }
                }
                Err(_) => {
                    let mut state = self.shared.lock();
                    let known = format!("{}, {WIRE_FAULT_WORDS}, state", state.machine.words());
                    if words.is_empty() || words == ["help"] {
                        return Ok(known);
                    }
                    return state.machine.order(words).map_err(OrderError);
                }
            },
        }
        Ok(String::new())
    }
}

impl<M: Machine> Drop for Sim<M> {
    fn drop(&mut self) {
        self.shared.lock().stopping = true;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has ended as well.
            let _ = thread.join();
        }
    }
}

/// Serves the wire until the simulator stops.
fn serve<M: Machine>(shared: &Shared<M>, mut wire: Wire) {
    let mut buffer = vec![0; 4096];
    loop {
        let (due, wait) = {
            let mut state = shared.lock();
            if state.stopping {
                return;
            }
            follow_plug(shared, &mut state, &mut wire);
            let now = Instant::now();
            let mut answers = Answers::default();
            if state.plugged {
                state.machine.tick(now, &mut answers);
            }
            state.take(answers, now);
            (state.outbox.take_due(now), state.outbox.wait(now).min(TICK))
        };
        if !due.is_empty() && wire.write(&due) {
            continue;
        }
        match wire.read(&mut buffer, wait) {
            wire::Read::Nothing => {}
            wire::Read::Connected => {
                let mut state = shared.lock();
                state.outbox.clear();
                state.machine.connected();
            }
            wire::Read::Bytes(count) => {
                let broken = shared.lock().receive(buffer.get(..count).unwrap_or_default());
                if broken {
                    wire.close();
                }
            }
        }
    }
}

/// Makes the wire as `plugged` says, and tells who waits for it. What cannot be opened is tried again at the next tick.
fn follow_plug<M: Machine>(shared: &Shared<M>, state: &mut State<M>, wire: &mut Wire) {
    if state.settled {
        return;
    }
    if state.plugged {
        if wire.plug().is_err() {
            return;
        }
        state.machine.connected();
    } else {
        wire.unplug();
        state.outbox.clear();
    }
    state.settled = true;
    shared.changed.notify_all();
}

impl<M: Machine> State<M> {
    /// Gives `bytes` to the machine; true when the wire breaks now.
    fn receive(&mut self, bytes: &[u8]) -> bool {
        let breaks_at = self.faults.drop_after.and_then(|left| {
            let count = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            self.faults.drop_after = left.checked_sub(count).filter(|left| *left > 0);
            (left <= count).then_some(left as usize)
        });
        let taken = breaks_at.and_then(|at| bytes.get(..at)).unwrap_or(bytes);
        let now = Instant::now();
        let mut answers = Answers::default();
        self.machine.receive(taken, now, &mut answers);
        self.take(answers, now);
        if breaks_at.is_some() {
            self.outbox.clear();
            self.machine.connected();
        }
        breaks_at.is_some()
    }

    /// Lays the faults of the wire over `answers` and puts them into the outbox.
    fn take(&mut self, answers: Answers, now: Instant) {
        if answers.unplugs {
            (self.plugged, self.settled) = (false, false);
        }
        for (delay, mut frame) in answers.frames {
            if self.faults.silent.strikes() {
                continue;
            }
            if self.faults.checksum.strikes() {
                self.machine.spoil_checksum(&mut frame);
            }
            if self.faults.garbage.strikes() {
                wire::scramble(&mut frame);
            }
            if self.faults.half.strikes() {
                frame.truncate(frame.len() / 2);
            }
            self.outbox.put(now + delay + self.faults.delay, &frame, &self.faults);
        }
    }
}
