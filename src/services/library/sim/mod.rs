// SPDX-License-Identifier: GPL-3.0-only
//! `doorstep sim library`: a library system that speaks SIP2, with patrons, books, loans, holds and fees of its
//! own in SQLite, for the demo, for tests, and for whoever builds a terminal. `docs/library-sim.md` describes it;
//! in short:
//!
//! ```text
//! doorstep sim library --listen 127.0.0.1:6001 --control 127.0.0.1:9201
//! printf 'charset gb18030\nlose-after 1 11\nstate\n' | nc 127.0.0.1 9201
//! ```

mod answers;
mod books;
mod clock;
mod control;
mod dialect;
mod faults;
mod knobs;
mod options;
mod orders;
mod server;
mod shared;
mod words;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use doorstep_drivers::sim::{ControlSocket, OrderError, SimError};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::faults::Faults;
use self::shared::{Inside, Shared};
use crate::console::say;
use crate::protocol::Secret;

pub use self::books::{
    Again, Alert, BooksError, Circulation, Decision, Entry, Fee, Held, HoldMode, Imbalance, ItemView, Kind, Lent,
    Loaned, MOST_ENTRIES, No, NoBlock, PatronView, PinRule, Place, Policy, Returned, Seed, SeedError, SeedItem,
    Waiting,
};
pub use self::clock::MOST_DAYS_FORWARD;
pub use self::control::{COUNTER, LibraryControl};
pub use self::faults::{Fault, FaultRule, LONGEST_DELAY, MOST_FAULTS};
pub use self::knobs::{CheckRule, DateStyle, HoldsIn, Knobs, ListEntry, MOST_PAGE_ROWS, ResendRule, WireCharset};
pub use self::options::LibrarySimOptions;
pub use self::server::MOST_CONNECTIONS;

/// Why the library does not run.
#[derive(Debug, Error)]
pub enum LibrarySimError {
    /// Others could reach it.
    #[error("{0} can be reached from other machines; if that is meant, give --open-to-network")]
    NotLocal(SocketAddr),
    /// There is no such time zone.
    #[error("the time zone is not known")]
    TimeZone(#[source] jiff::Error),
    /// The file of content cannot be read.
    #[error("the library's content cannot be read")]
    Read(#[source] std::io::Error),
    /// The file of content is too large.
    #[error("the library's content is larger than 8 MiB")]
    TooLarge,
    /// The content does not fit.
    #[error("the library's content is not right")]
    Content(#[source] SeedError),
    /// The books.
    #[error("the library's books cannot be opened")]
    Books(#[source] BooksError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A line that was to be carried out at the beginning was not.
    #[error("`{line}` was not carried out: {reason}")]
    Order {
        /// The line.
        line: String,
        /// Why not.
        reason: String,
    },
    /// The control socket.
    #[error("the control socket cannot be opened")]
    Control(#[source] SimError),
    /// The signals to stop cannot be waited for.
    #[error("cannot wait for the signals to stop")]
    Signal(#[source] std::io::Error),
}

/// The library, to be started.
#[derive(Clone, Copy, Debug)]
pub struct LibrarySim;

impl LibrarySim {
    /// Starts a library in this process; it runs until [`RunningLibrary::stop`] or until the handle is dropped.
    ///
    /// # Errors
    /// See [`LibrarySimError`].
    pub async fn start(options: LibrarySimOptions) -> Result<RunningLibrary, LibrarySimError> {
        options.check()?;
        let clock = options.clock()?;
        let seed = options.seed()?;
        let books = books::Books::open(options.database.as_deref(), &seed, clock.now());
        let inside = Inside {
            books: books.map_err(LibrarySimError::Books)?,
            knobs: Knobs::default(),
            faults: Faults::default(),
            clock,
            user: Secret::from(options.user.as_str()),
            password: Secret::from(options.password.as_str()),
            requests: BTreeMap::new(),
        };
        let shared = Arc::new(Shared::new(inside, seed));
        let control = LibraryControl(Arc::clone(&shared));
        for line in &options.set {
            let refused = |error: OrderError| LibrarySimError::Order { line: line.clone(), reason: error.0 };
            control.order(line).map_err(refused)?;
        }
        let failed = |source| LibrarySimError::Listen { address: options.listen, source };
        let listener = TcpListener::bind(options.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let start = |address| ControlSocket::start(address, control.orders()).map_err(LibrarySimError::Control);
        let socket = options.control.map(start).transpose()?;
        let (listening, is_listening) = watch::channel(true);
        let server = tokio::spawn(server::serve(Some(listener), address, shared, listening));
        Ok(RunningLibrary { control, address, socket, server, is_listening })
    }
}

/// Runs the library until the process is told to stop; prints its address first.
///
/// # Errors
/// As [`LibrarySim::start`], or the signals cannot be waited for.
pub async fn run(options: LibrarySimOptions) -> Result<(), LibrarySimError> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate()).map_err(LibrarySimError::Signal)?;
    let login = (options.user.clone(), options.password.clone());
    let library = LibrarySim::start(options).await?;
    // The address is the program's output: a script reads it from there.
    say(&format!("sim library listening on {}", library.address()));
    say(&format!("  login of a terminal: {} / {}", login.0, login.1));
    if let Some(address) = library.control_address() {
        say(&format!("  control on {address}: `help` lists its lines"));
    }
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(LibrarySimError::Signal)?,
        _ = terminate.recv() => {}
    }
    library.stop().await;
    Ok(())
}

/// A running library. Dropping it ends it at once.
#[derive(Debug)]
pub struct RunningLibrary {
    control: LibraryControl,
    address: SocketAddr,
    socket: Option<ControlSocket>,
    server: JoinHandle<()>,
    is_listening: watch::Receiver<bool>,
}

impl RunningLibrary {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the control socket listens.
    #[must_use]
    pub fn control_address(&self) -> Option<SocketAddr> {
        self.socket.as_ref().map(ControlSocket::address)
    }

    /// Steers it.
    #[must_use]
    pub fn control(&self) -> LibraryControl {
        self.control.clone()
    }

    /// Closes the port: connections in use end, further ones are refused. The books stay.
    pub async fn close_port(&mut self) {
        self.control.set_open(false);
        // The server has ended if not; then nothing listens either.
        let _ = self.is_listening.wait_for(|is| !is).await;
    }

    /// Opens the port again, at the same address.
    pub async fn open_port(&mut self) {
        self.control.set_open(true);
        let _ = self.is_listening.wait_for(|is| *is).await;
    }

    /// Ends the library.
    pub async fn stop(mut self) {
        self.close_port().await;
    }
}

impl Drop for RunningLibrary {
    fn drop(&mut self) {
        self.server.abort();
    }
}
