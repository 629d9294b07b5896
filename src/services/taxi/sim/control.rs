// SPDX-License-Identifier: GPL-3.0-only
//! The control API under `/sim/`, and the same for a test in the same process. Described in
//! `docs/sim-taxi.md`.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::centre::SimState;

use super::faults::{Call, Fault, FaultRule, pause};
use super::script::{KnobChange, KnobError, Outcome};
use super::shared::{Shared, json_response};
use super::wire::{Answer, Refusal};
use crate::services::connection::Connection;

/// Steers a running centre from the same process; cheap to clone.
#[derive(Clone, Debug)]
pub struct SimControl(Arc<Shared>);

impl SimControl {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self(shared)
    }

    /// Everything that the centre knows, as of now.
    #[must_use]
    pub fn state(&self) -> SimState {
        self.0.lock().centre.state()
    }

    /// Changes settings.
    ///
    /// # Errors
    /// A value out of bounds; then nothing is changed.
    pub fn change(&self, change: &KnobChange) -> Result<(), KnobError> {
        let mut inside = self.0.lock();
        inside.centre.change(change)?;
        if let Some(frozen) = change.frozen {
            inside.set_frozen(frozen);
        }
        Ok(())
    }

    /// Says how the next hails go, behind what is queued already.
    ///
    /// # Errors
    /// The queue would be too long.
    pub fn queue(&self, outcomes: &[Outcome]) -> Result<(), KnobError> {
        self.0.lock().centre.queue(outcomes)
    }

    /// Orders a fault.
    ///
    /// # Errors
    /// Too many rules, or a number out of bounds.
    pub fn inject(&self, rule: FaultRule) -> Result<(), KnobError> {
        self.0.lock().faults.add(rule)
    }

    /// Orders `fault` for the next call of the kind `on`.
    ///
    /// # Errors
    /// As [`inject`](Self::inject).
    pub fn inject_once(&self, on: Call, fault: Fault) -> Result<(), KnobError> {
        self.inject(FaultRule::once(on, fault))
    }

    /// Takes all ordered faults back.
    pub fn clear_faults(&self) {
        self.0.lock().faults.clear();
    }

    /// Hides or shows all taxis.
    pub fn set_no_taxis(&self, no_taxis: bool) {
        self.0.lock().centre.knobs.no_taxis = no_taxis;
    }

    /// Stops or restarts the centre's clock: hails stay as they are.
    pub fn set_frozen(&self, frozen: bool) {
        self.0.lock().set_frozen(frozen);
    }

    /// Quickens the simulated people.
    ///
    /// # Errors
    /// Out of bounds.
    pub fn set_time_scale(&self, time_scale: f64) -> Result<(), KnobError> {
        self.change(&KnobChange { time_scale: Some(time_scale), ..KnobChange::default() })
    }

    /// Puts the centre's clock forward, at most 30 days: limits run out, drivers act.
    ///
    /// # Errors
    /// Too far.
    pub fn forward(&self, by: Duration) -> Result<(), KnobError> {
        self.0.lock().forward(by)
    }

    /// Bans a rider of the kiosk's key for 24 h, or for twice as long where banned already.
    pub fn ban(&self, customer_id: &str) {
        let mut inside = self.0.lock();
        let kiosk = inside.centre.accounts[0].id;
        inside.centre.ban(kiosk, customer_id);
    }

    /// Everything as at the start.
    pub fn reset(&self) {
        self.0.lock().reset();
    }
}

/// The addresses under `/sim/`.
pub(super) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/sim/state", get(state))
        .route("/sim/knobs", get(knobs).post(set_knobs).patch(set_knobs))
        .route("/sim/outcomes", post(queue))
        .route("/sim/faults", get(faults).post(inject).delete(clear_faults))
        .route("/sim/ban", post(ban))
        .route("/sim/clock", post(forward))
        .route("/sim/reset", post(reset))
        .layer(middleware::from_fn(local_only))
}

/// Whoever steers the centre sits on the same machine: the control API has no keys.
async fn local_only(ConnectInfo(connection): ConnectInfo<Connection>, request: Request, next: Next) -> Response {
    if connection.is_local() {
        return next.run(request).await;
    }
    json_response(&Refusal::general(403, "url", "The control API answers on this machine only.").into_answer())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outcomes {
    outcomes: Vec<Outcome>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BanOrder {
    customer_id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Forward {
    forward_s: f64,
}

type Ordered = Result<Value, Refusal>;

fn told(ordered: Ordered) -> Response {
    let answer: Answer = ordered.map_or_else(Refusal::into_answer, |value| (200, value));
    json_response(&answer)
}

fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::general(400, "body", &error.to_string()))
}

fn refused(error: KnobError) -> Refusal {
    Refusal::general(400, "body", &error.to_string())
}

async fn state(State(shared): State<Arc<Shared>>) -> Response {
    told(Ok(json!(SimControl(shared).state())))
}

fn all_knobs(shared: &Shared) -> Value {
    let inside = shared.lock();
    let mut knobs = json!(inside.centre.knobs);
    knobs["frozen"] = json!(inside.is_frozen());
    knobs
}

async fn knobs(State(shared): State<Arc<Shared>>) -> Response {
    told(Ok(all_knobs(&shared)))
}

async fn set_knobs(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let control = SimControl(Arc::clone(&shared));
    let changed = read::<KnobChange>(&body).and_then(|change| control.change(&change).map_err(refused));
    told(changed.map(|()| all_knobs(&shared)))
}

async fn queue(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let control = SimControl(Arc::clone(&shared));
    let queued = read::<Outcomes>(&body).and_then(|order| control.queue(&order.outcomes).map_err(refused));
    told(queued.map(|()| all_knobs(&shared)))
}

async fn faults(State(shared): State<Arc<Shared>>) -> Response {
    told(Ok(json!({ "faults": shared.lock().faults.rules() })))
}

async fn inject(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let added = read::<FaultRule>(&body).and_then(|rule| shared.lock().faults.add(rule).map_err(refused));
    told(added.map(|()| json!({ "faults": shared.lock().faults.rules() })))
}

async fn clear_faults(State(shared): State<Arc<Shared>>) -> Response {
    shared.lock().faults.clear();
    told(Ok(json!({ "faults": [] })))
}

async fn ban(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    told(read::<BanOrder>(&body).map(|order| {
        SimControl(shared).ban(&order.customer_id);
        json!({ "banned": order.customer_id })
    }))
}

async fn forward(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let forwarded = read::<Forward>(&body).and_then(|order| {
        let by = if order.forward_s >= 0.0 { pause(order.forward_s) } else { Duration::MAX };
        shared.lock().forward(by).map_err(refused)?;
        Ok(json!({ "forwarded_s": by.as_secs_f64() }))
    });
    told(forwarded)
}

async fn reset(State(shared): State<Arc<Shared>>) -> Response {
    shared.lock().reset();
    told(Ok(json!({ "reset": true })))
}
