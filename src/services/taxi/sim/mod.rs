// SPDX-License-Identifier: GPL-3.0-only
//! `doorstep sim taxi`: a dispatch centre that speaks le.taxi's REST protocol, with a fleet of simulated
//! taxis, for the demo, for tests, and for whoever builds a client or a fleet's server.
//!
//! It keeps the protocol's state machine, rights, time limits, disclosure rules, series and bans, and
//! refuses with the same statuses and bodies. `docs/sim-taxi.md` describes it with examples; in short:
//!
//! ```text
//! doorstep sim taxi --listen 127.0.0.1:8080 --time-scale 10
//! curl -H 'X-Api-Key: kiosk-key' 'http://127.0.0.1:8080/taxis?lon=119.107&lat=36.707'
//! curl -d '{"outcomes":["decline","accept"]}' http://127.0.0.1:8080/sim/outcomes
//! curl -d '{"on":"hail","action":"drop_after"}' http://127.0.0.1:8080/sim/faults
//! curl http://127.0.0.1:8080/sim/state
//! ```

mod api;
mod centre;
mod control;
mod endpoint;
mod faults;
mod fleet;
pub mod machine;
mod options;
mod random;
mod script;
mod shared;
mod wire;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

use crate::console::say;
use crate::services::connection::{BoundedListener, Connection};

use self::endpoint::Endpoint;
use self::shared::Shared;

pub use self::centre::{HailView, SimState, TaxiView, TransitionView};
pub use self::control::SimControl;
pub use self::faults::{Call, Fault, FaultRule, MAX_FAULTS};
pub use self::options::{HeaderError, HeaderOption, SimTaxiOptions};
pub use self::script::{Area, AreaError, Delays, KnobChange, KnobError, Knobs, Outcome};

/// How often the centre looks by itself whether something is due, when nobody asks it anything.
const TICK: Duration = Duration::from_millis(100);
/// How long requests under way are waited for when the centre stops.
const STOP_PATIENCE: Duration = Duration::from_secs(1);
/// Most hails that are being told to a fleet's server at once.
const MAX_DELIVERIES: usize = 32;

/// Why the centre does not run.
#[derive(Debug, Error)]
pub enum SimTaxiError {
    /// An option is out of bounds.
    #[error("{option} {rule}")]
    Option {
        /// Which option.
        option: &'static str,
        /// What it must be.
        rule: &'static str,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The client for the fleet's own server cannot be made.
    #[error("cannot set up the client of --hail-endpoint")]
    Endpoint(#[source] reqwest::Error),
    /// The signals to stop cannot be waited for.
    #[error("cannot wait for the signals to stop")]
    Signal(#[source] std::io::Error),
}

/// The centre, to be started.
#[derive(Clone, Copy, Debug)]
pub struct SimTaxi;

impl SimTaxi {
    /// Starts a centre in this process; it runs until [`RunningSim::stop`] or until the handle is dropped.
    ///
    /// # Errors
    /// An option out of bounds, or an address that cannot be listened on.
    pub async fn start(options: SimTaxiOptions) -> Result<RunningSim, SimTaxiError> {
        let endpoint = match options.hail_endpoint.clone() {
            Some(url) => {
                let header = options.hail_endpoint_header.clone().map(HeaderOption::into_inner);
                Some(Endpoint::new(url, header).map_err(SimTaxiError::Endpoint)?)
            }
            None => None,
        };
        let shared = Arc::new(Shared::new(options.setup()?));
        let (address, port) = Port::open(options.listen, &shared).await?;
        let ticker = tokio::spawn(tick(Arc::clone(&shared), endpoint));
        Ok(RunningSim { shared, address, port: Some(port), ticker })
    }
}

/// Runs the centre until the process is told to stop; prints its address first.
///
/// # Errors
/// As [`SimTaxi::start`], or the signals cannot be waited for.
pub async fn run(options: SimTaxiOptions) -> Result<(), SimTaxiError> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate()).map_err(SimTaxiError::Signal)?;
    let keys = (options.api_key.clone(), options.operator_key.clone());
    let sim = SimTaxi::start(options).await?;
    announce(&sim, &keys.0, &keys.1);
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(SimTaxiError::Signal)?,
        _ = terminate.recv() => {}
    }
    sim.stop().await;
    Ok(())
}

fn announce(sim: &RunningSim, kiosk_key: &str, operator_key: &str) {
    tracing::info!(address = %sim.address(), "simulated dispatch centre is listening");
    // The address is the program's output: a script reads it from there.
    say(&format!("sim taxi listening on {}", sim.url()));
    say(&format!(
        "  X-Api-Key of a kiosk: {kiosk_key}; of the fleet: {operator_key}; control: {}/sim/state",
        sim.url()
    ));
}

/// A running centre. Dropping it ends it at once.
#[derive(Debug)]
pub struct RunningSim {
    shared: Arc<Shared>,
    address: SocketAddr,
    port: Option<Port>,
    ticker: JoinHandle<()>,
}

impl RunningSim {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base address for `[taxi] url`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Steers it.
    #[must_use]
    pub fn control(&self) -> SimControl {
        SimControl::new(Arc::clone(&self.shared))
    }

    /// Closes the port: connections are refused from now on, while hails, taxis and time limits go on.
    /// Connections in use are broken off.
    pub async fn close_port(&mut self) {
        if let Some(port) = self.port.take() {
            port.close().await;
        }
    }

    /// Opens the port again, at the same address.
    ///
    /// # Errors
    /// Another program took the address meanwhile.
    pub async fn open_port(&mut self) -> Result<(), SimTaxiError> {
        if self.port.is_none() {
            self.port = Some(Port::open(self.address, &self.shared).await?.1);
        }
        Ok(())
    }

    /// Ends the centre, after requests under way or [`STOP_PATIENCE`].
    pub async fn stop(mut self) {
        self.close_port().await;
    }
}

impl Drop for RunningSim {
    fn drop(&mut self) {
        self.ticker.abort();
    }
}

/// The open port.
#[derive(Debug)]
struct Port {
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
}

impl Port {
    async fn open(address: SocketAddr, shared: &Arc<Shared>) -> Result<(SocketAddr, Self), SimTaxiError> {
        let refused = |source| SimTaxiError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let bound = listener.local_addr().map_err(refused)?;
        let router = api::router(Arc::clone(shared)).into_make_service_with_connect_info::<Connection>();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = axum::serve(BoundedListener::new(listener), router).with_graceful_shutdown(async {
            // A dropped sender means the same as a sent word.
            drop(stopped.await);
        });
        let server = tokio::spawn(async {
            if let Err(error) = server.await {
                tracing::error!(%error, "the simulated dispatch centre ended");
            }
        });
        Ok((bound, Self { stop: Some(stop), server }))
    }

    async fn close(mut self) {
        drop(self.stop.take());
        if tokio::time::timeout(STOP_PATIENCE, &mut self.server).await.is_err() {
            tracing::info!("requests still under way were given up");
        }
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Keeps the centre going when nobody asks it anything, and tells hails to the fleet's own server.
async fn tick(shared: Arc<Shared>, endpoint: Option<Endpoint>) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut deliveries = JoinSet::new();
    loop {
        ticks.tick().await;
        while deliveries.try_join_next().is_some() {}
        let Some(endpoint) = &endpoint else {
            drop(shared.lock());
            continue;
        };
        if deliveries.len() >= MAX_DELIVERIES {
            continue;
        }
        let waiting = shared.lock().centre.take_deliveries();
        for delivery in waiting {
            let (endpoint, shared) = (endpoint.clone(), Arc::clone(&shared));
            deliveries.spawn(async move { endpoint.deliver(&shared, &delivery.hail).await });
        }
    }
}
