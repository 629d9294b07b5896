// SPDX-License-Identifier: GPL-3.0-only
//! `doorstep sim facts`: a community's data service with a dozen invented people, for the demo, for tests, and for
//! whoever builds a real one. It speaks the protocol of `docs/policy-facts.md`, refuses what a real one refuses, and
//! keeps nothing of what it is asked: only counts.
//!
//! ```text
//! doorstep sim facts --listen 127.0.0.1:8090
//! curl -d '{"action":"silent","times":2}' http://127.0.0.1:8090/sim/faults
//! curl http://127.0.0.1:8090/sim/state
//! ```

mod faults;
mod people;
mod server;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use self::people::People;
use self::server::Shared;
use crate::console::say;
use crate::domain::day::Day;
use crate::services::connection::{BoundedListener, Connection};

pub use self::faults::{Fault, FaultRule, LONGEST_DELAY_S, MOST_FAULTS};
pub use self::people::PeopleError;
pub use self::server::{CONSENT_HOLDS, FactsSimState};

/// How long requests under way are waited for when the service stops.
const STOP_PATIENCE: Duration = Duration::from_millis(500);
/// The key of a terminal, unless another is given.
pub const DEFAULT_KEY: &str = "community-key";

/// Options of the simulated data service.
#[derive(Args, Clone, Debug)]
pub struct FactsSimOptions {
    /// Address to listen on; port 0 takes a free one, which is printed.
    #[arg(long, value_name = "ADDRESS:PORT", default_value_t = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0))]
    pub listen: SocketAddr,
    /// The key that terminals send.
    #[arg(long, value_name = "KEY", default_value = DEFAULT_KEY)]
    pub key: String,
    /// The people, as JSON; docs/policy-facts.md describes the file. Without it a dozen built-in ones.
    #[arg(long, value_name = "FILE")]
    pub people: Option<PathBuf>,
    /// Of which day the values are true, such as 2026-11-01. Without it the first day of the present month.
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub as_of: Option<Day>,
}

impl Default for FactsSimOptions {
    /// The defaults of the command line.
    fn default() -> Self {
        let listen = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0);
        Self { listen, key: DEFAULT_KEY.to_owned(), people: None, as_of: None }
    }
}

fn day(text: &str) -> Result<Day, &'static str> {
    Day::parse_iso(text).ok_or("not a day such as 2026-11-01")
}

/// Why the service does not run.
#[derive(Debug, Error)]
pub enum FactsSimError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file of people cannot be used.
    #[error("the people cannot be read")]
    People(#[source] PeopleError),
    /// The signals to stop cannot be waited for.
    #[error("cannot wait for the signals to stop")]
    Signal(#[source] std::io::Error),
}

/// The service, to be started.
#[derive(Clone, Copy, Debug)]
pub struct FactsSim;

impl FactsSim {
    /// Starts a service in this process; it runs until [`RunningFactsSim::stop`] or until the handle is dropped.
    ///
    /// # Errors
    /// The people cannot be read, or the address cannot be listened on.
    pub async fn start(options: FactsSimOptions) -> Result<RunningFactsSim, FactsSimError> {
        let people = People::read(options.people.as_deref()).map_err(FactsSimError::People)?;
        let shared = Arc::new(Shared::new(people, options.key, options.as_of));
        let refused = |source| FactsSimError::Listen { address: options.listen, source };
        let listener = TcpListener::bind(options.listen).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let router = server::router(Arc::clone(&shared)).into_make_service_with_connect_info::<Connection>();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = axum::serve(BoundedListener::new(listener), router).with_graceful_shutdown(async {
            // A dropped sender means the same as a sent word.
            drop(stopped.await);
        });
        let server = tokio::spawn(async {
            if let Err(error) = server.await {
                tracing::error!(%error, "the simulated data service ended");
            }
        });
        Ok(RunningFactsSim { shared, address, stop: Some(stop), server })
    }
}

/// Runs the service until the process is told to stop; prints its address first.
///
/// # Errors
/// As [`FactsSim::start`], or the signals cannot be waited for.
pub async fn run(options: FactsSimOptions) -> Result<(), FactsSimError> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate()).map_err(FactsSimError::Signal)?;
    let key = options.key.clone();
    let sim = FactsSim::start(options).await?;
    // The address is the program's output: a script reads it from there.
    say(&format!("sim facts listening on {}", sim.url()));
    say(&format!("  key of a terminal: {key}; control: {}/sim/state; people:", sim.url()));
    for line in sim.people() {
        say(&format!("  {line}"));
    }
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(FactsSimError::Signal)?,
        _ = terminate.recv() => {}
    }
    sim.stop().await;
    Ok(())
}

/// A running service. Dropping it ends it at once.
#[derive(Debug)]
pub struct RunningFactsSim {
    shared: Arc<Shared>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
}

impl RunningFactsSim {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base address for `[policy.facts] url`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Steers it.
    #[must_use]
    pub fn control(&self) -> FactsSimControl {
        FactsSimControl(Arc::clone(&self.shared))
    }

    /// The invented people, one line each: number, then who it is.
    #[must_use]
    pub fn people(&self) -> Vec<String> {
        self.shared.people().lines()
    }

    /// Ends the service, after requests under way or [`STOP_PATIENCE`].
    pub async fn stop(mut self) {
        drop(self.stop.take());
        if tokio::time::timeout(STOP_PATIENCE, &mut self.server).await.is_err() {
            tracing::info!("requests still under way were given up");
        }
    }
}

impl Drop for RunningFactsSim {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Steers a running service from the same process; cheap to clone.
#[derive(Clone, Debug)]
pub struct FactsSimControl(Arc<Shared>);

impl FactsSimControl {
    /// Orders `fault` for the next `times` questions, behind what is ordered already. Gives whether there was room
    /// for it, and its numbers are in bounds.
    #[must_use]
    pub fn inject(&self, fault: Fault, times: u32) -> bool {
        self.0.inject(FaultRule { fault, times })
    }

    /// Takes all ordered faults back.
    pub fn clear_faults(&self) {
        self.0.clear_faults();
    }

    /// What was counted so far.
    #[must_use]
    pub fn state(&self) -> FactsSimState {
        self.0.state()
    }
}
