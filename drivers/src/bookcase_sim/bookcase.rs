// SPDX-License-Identifier: MIT OR Apache-2.0
//! The whole simulated bookcase at work: its locks behind a wire, and one control socket for all of it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use super::case::SharedCase;
use super::{LockBoardMachine, RelayMachine, RelayWiring, bookcase_orders};
use crate::door::LockProfile;
use crate::modbus::Unit;
use crate::sim::{ControlSocket, Machine, OrderError, Orders, Sim, SimError, SimWire};

/// What opens the doors of a simulated bookcase.
#[derive(Clone, Debug)]
pub enum CaseLocks {
    /// Lock boards of family A or B.
    Boards(LockProfile),
    /// A Modbus relay board.
    Relays {
        /// Its address.
        unit: Unit,
        /// Its wiring.
        wiring: RelayWiring,
    },
}

impl CaseLocks {
    /// How many doors it opens.
    #[must_use]
    pub fn doors(&self) -> usize {
        match self {
            Self::Boards(profile) => profile.doors().len(),
            Self::Relays { wiring, .. } => wiring.doors.len(),
        }
    }
}

/// How a simulated bookcase is set up.
#[derive(Clone, Debug)]
pub struct BookcaseSettings {
    /// What opens its doors.
    pub locks: CaseLocks,
    /// Wire of the locks.
    pub wire: SimWire,
    /// Address of the control socket, loopback only.
    pub control: Option<SocketAddr>,
}

/// A simulated bookcase at work; it ends when this is dropped.
pub struct Bookcase {
    case: SharedCase,
    orders: Orders,
    locks: Arc<dyn AnySim>,
    control: Option<ControlSocket>,
}

impl std::fmt::Debug for Bookcase {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Bookcase").field("control", &self.control).finish_non_exhaustive()
    }
}

/// What is the same of every simulated device.
trait AnySim: Send + Sync {
    fn order(&self, line: &str) -> Result<String, OrderError>;
    fn path(&self) -> Option<&Path>;
    fn address(&self) -> Option<SocketAddr>;
}

impl<M: Machine> AnySim for Sim<M> {
    fn order(&self, line: &str) -> Result<String, OrderError> {
        Sim::order(self, line)
    }

    fn path(&self) -> Option<&Path> {
        Sim::path(self)
    }

    fn address(&self) -> Option<SocketAddr> {
        Sim::address(self)
    }
}

impl Bookcase {
    /// Starts the locks of `case` and the control socket. `parts` are further simulators of the same case, such as its
    /// RFID reader, each with the word that its lines of the control socket begin with; the word of the locks is
    /// `locks`.
    ///
    /// # Errors
    /// A wire or the control socket cannot be had.
    pub fn start(
        settings: BookcaseSettings,
        case: SharedCase,
        mut parts: Vec<(&'static str, Orders)>,
    ) -> Result<Self, SimError> {
        let locks: Arc<dyn AnySim> = match settings.locks {
            CaseLocks::Boards(profile) => {
                Arc::new(Sim::start("sim-locks", LockBoardMachine::new(case.clone(), profile), settings.wire)?)
            }
            CaseLocks::Relays { unit, wiring } => {
                Arc::new(Sim::start("sim-relays", RelayMachine::new(unit, case.clone(), wiring), settings.wire)?)
            }
        };
        let theirs = Arc::clone(&locks);
        parts.push(("locks", Arc::new(move |line: &str| theirs.order(line))));
        let orders = bookcase_orders(case.clone(), parts);
        let control = settings.control.map(|address| ControlSocket::start(address, Arc::clone(&orders))).transpose()?;
        Ok(Self { case, orders, locks, control })
    }

    /// The doors and books.
    #[must_use]
    pub fn case(&self) -> &SharedCase {
        &self.case
    }

    /// The path that a driver of the locks opens.
    #[must_use]
    pub fn locks_path(&self) -> Option<&Path> {
        self.locks.path()
    }

    /// The address that a driver of the locks connects to.
    #[must_use]
    pub fn locks_address(&self) -> Option<SocketAddr> {
        self.locks.address()
    }

    /// Where the control socket listens.
    #[must_use]
    pub fn control_address(&self) -> Option<SocketAddr> {
        self.control.as_ref().map(ControlSocket::address)
    }

    /// Carries out one line of the control socket.
    ///
    /// # Errors
    /// The line is not understood, or cannot be carried out now.
    pub fn order(&self, line: &str) -> Result<String, OrderError> {
        (self.orders)(line)
    }
}
