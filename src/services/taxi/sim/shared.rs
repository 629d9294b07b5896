// SPDX-License-Identifier: GPL-3.0-only
//! What all requests share: the centre behind one lock, its clock, and the way of every call past the
//! ordered faults.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::centre::{Account, Centre, CentreSetup};
use super::faults::{Call, Fault, Faults, pause};
use super::machine::{Role, Roles};
use super::script::KnobError;
use super::wire::{Answer, Refusal};
use crate::domain::time::Moment;
use crate::services::connection::Connection;

/// Size of the answer of [`Fault::Huge`], in bytes.
const HUGE_ANSWER_BYTES: usize = 2 * 1024 * 1024;
/// Farthest jump of the clock.
const MAX_FORWARD: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The centre's clock: real time since the start, that can be stopped and put forward.
#[derive(Debug)]
pub(super) struct SimClock {
    begun: Instant,
    forwarded: Duration,
    stood_still: Duration,
    frozen_at: Option<Instant>,
}

impl SimClock {
    fn new() -> Self {
        Self { begun: Instant::now(), forwarded: Duration::ZERO, stood_still: Duration::ZERO, frozen_at: None }
    }

    fn now(&self) -> Moment {
        let until = self.frozen_at.unwrap_or_else(Instant::now);
        let ran = until.saturating_duration_since(self.begun).saturating_sub(self.stood_still);
        Moment::from_start(ran + self.forwarded)
    }

    fn set_frozen(&mut self, frozen: bool) {
        match (frozen, self.frozen_at) {
            (true, None) => self.frozen_at = Some(Instant::now()),
            (false, Some(since)) => {
                self.stood_still += since.elapsed();
                self.frozen_at = None;
            }
            _ => {}
        }
    }
}

/// Everything that changes.
#[derive(Debug)]
pub(super) struct Inside {
    pub(super) centre: Centre,
    pub(super) faults: Faults,
    clock: SimClock,
}

impl Inside {
    /// Lets happen what is due.
    pub(super) fn catch_up(&mut self) {
        self.centre.advance(self.clock.now());
    }

    pub(super) fn is_frozen(&self) -> bool {
        self.clock.frozen_at.is_some()
    }

    pub(super) fn set_frozen(&mut self, frozen: bool) {
        self.catch_up();
        self.clock.set_frozen(frozen);
    }

    /// Puts the clock forward; everything due meanwhile happens in its order.
    pub(super) fn forward(&mut self, by: Duration) -> Result<(), KnobError> {
        if by > MAX_FORWARD {
            return Err(KnobError::Forward);
        }
        self.clock.forwarded += by;
        self.catch_up();
        Ok(())
    }

    pub(super) fn reset(&mut self) {
        self.clock.set_frozen(false);
        self.catch_up();
        self.faults.clear();
        self.centre.reset();
    }
}

/// Shared by all requests.
#[derive(Debug)]
pub(super) struct Shared(Mutex<Inside>);

/// Who may make a call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Right {
    /// Any key.
    Any,
    /// Keys of this role, and the administrator's.
    Role(Role),
}

impl Right {
    fn allows(self, roles: Roles) -> bool {
        match self {
            Self::Any => true,
            Self::Role(role) => roles.may(role),
        }
    }
}

impl Shared {
    pub(super) fn new(setup: CentreSetup) -> Self {
        let clock = SimClock::new();
        Self(Mutex::new(Inside { centre: Centre::new(setup, clock.now()), faults: Faults::default(), clock }))
    }

    /// The centre, brought up to now. Never held across an `await`.
    pub(super) fn lock(&self) -> MutexGuard<'_, Inside> {
        // A panic elsewhere leaves the centre usable: each step of it ends in a sound state.
        let mut inside = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inside.catch_up();
        inside
    }

    /// One call of the protocol: key, ordered fault, work, answer.
    pub(super) async fn call(
        &self,
        call: Call,
        right: Right,
        connection: &Connection,
        headers: &HeaderMap,
        customer: Option<&str>,
        work: impl FnOnce(&mut Centre, &Account) -> Result<Answer, Refusal>,
    ) -> Response {
        let fault = self.lock().faults.take(call);
        if let Some(fault) = fault {
            tracing::info!(?call, ?fault, "ordered fault");
        }
        match fault {
            Some(Fault::SlowBefore { seconds }) => tokio::time::sleep(pause(seconds)).await,
            Some(Fault::Ban) => self.ban(headers, customer),
            Some(fault) => {
                if let Some(response) = instead(fault, connection) {
                    return response;
                }
            }
            None => {}
        }
        let answer = self.work(right, headers, work);
        if let Some(Fault::SlowAfter { seconds }) = fault {
            tokio::time::sleep(pause(seconds)).await;
        }
        afterwards(fault, answer, connection)
    }

    fn work(
        &self,
        right: Right,
        headers: &HeaderMap,
        work: impl FnOnce(&mut Centre, &Account) -> Result<Answer, Refusal>,
    ) -> Answer {
        let mut inside = self.lock();
        let answer = caller(&inside.centre, headers, right).and_then(|account| work(&mut inside.centre, &account));
        answer.unwrap_or_else(Refusal::into_answer)
    }

    fn ban(&self, headers: &HeaderMap, customer: Option<&str>) {
        let mut inside = self.lock();
        if let (Ok(account), Some(customer)) = (caller(&inside.centre, headers, Right::Any), customer) {
            inside.centre.ban(account.id, customer);
        }
    }
}

fn caller(centre: &Centre, headers: &HeaderMap, right: Right) -> Result<Account, Refusal> {
    let key = headers.get("x-api-key").ok_or_else(|| Refusal::general(401, "", "Header X-Api-Key required."))?;
    let account = key.to_str().ok().and_then(|key| centre.account(key));
    let account = account.ok_or_else(|| Refusal::general(401, "", "Header X-Api-Key not valid."))?;
    if right.allows(account.roles) { Ok(account.clone()) } else { Err(role_refused()) }
}

fn role_refused() -> Refusal {
    Refusal::general(403, "", "You do not have enough permissions to access this ressource.")
}

/// What a fault that strikes before the work answers.
fn instead(fault: Fault, connection: &Connection) -> Option<Response> {
    match fault {
        Fault::Status { code } => Some(plain(code, "text/plain", format!("simulated fault {code}\n"))),
        Fault::Html => {
            let page = "<!DOCTYPE html><html><body><h1>Welcome to the guest network</h1></body></html>\n";
            Some(plain(200, "text/html", page.to_owned()))
        }
        Fault::Redirect => {
            let target = [(header::LOCATION, "http://127.0.0.1:9/login")];
            Some((StatusCode::FOUND, target).into_response())
        }
        Fault::RefuseKey => {
            Some(json_response(&Refusal::general(401, "", "Header X-Api-Key not valid.").into_answer()))
        }
        Fault::RefuseRole => Some(json_response(&role_refused().into_answer())),
        Fault::DropBefore => {
            connection.break_off();
            Some(StatusCode::OK.into_response())
        }
        _ => None,
    }
}

/// What becomes of the answer when the work is done.
fn afterwards(fault: Option<Fault>, answer: Answer, connection: &Connection) -> Response {
    let (status, text) = (answer.0, answer.1.to_string());
    match fault {
        Some(Fault::StatusAfter { code }) => plain(code, "text/plain", format!("simulated fault {code}\n")),
        Some(Fault::Garbage) => plain(status, "application/json", "\u{0}\u{1}}{ simulated noise \u{7f}".to_owned()),
        Some(Fault::Half) => {
            let half = text.chars().take(text.chars().count() / 2).collect();
            plain(status, "application/json", half)
        }
        Some(Fault::Huge) => {
            let filled = json!({ "data": [], "filler": "x".repeat(HUGE_ANSWER_BYTES) });
            plain(status, "application/json", filled.to_string())
        }
        Some(Fault::DropAfter) => {
            connection.break_off();
            StatusCode::OK.into_response()
        }
        _ => json_response(&answer),
    }
}

fn plain(status: u16, kind: &'static str, text: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, kind)], Body::from(text)).into_response()
}

/// JSON with its status; nothing at all for null, as the protocol answers positions.
pub(super) fn json_response(answer: &Answer) -> Response {
    if answer.1.is_null() {
        return plain(answer.0, "application/json", String::new());
    }
    plain(answer.0, "application/json", answer.1.to_string())
}

/// The body of a request that changes something, as JSON.
pub(super) fn json_body(headers: &HeaderMap, body: &[u8]) -> Result<Value, Refusal> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if kind.is_some_and(|kind| !kind.contains("application/json")) {
        let message = "Requests require to set the Content-Type header to application/json";
        return Err(Refusal::general(400, "", message));
    }
    serde_json::from_slice(body).map_err(|_| Refusal::general(400, "", "No data provided, or data is not valid JSON."))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::SimClock;

    #[test]
    fn the_clock_stands_still_and_jumps() {
        let begun = Instant::now().checked_sub(Duration::from_secs(100)).unwrap();
        let mut clock = SimClock { begun, ..SimClock::new() };
        clock.set_frozen(true);
        let frozen = clock.now();
        assert_eq!(clock.now(), frozen);
        clock.forwarded += Duration::from_secs(60);
        assert_eq!(clock.now().since(frozen), Duration::from_secs(60));
        clock.frozen_at = clock.frozen_at.and_then(|at| at.checked_sub(Duration::from_secs(50)));
        let still = clock.now();
        clock.set_frozen(false);
        assert!(clock.now().since(still) < Duration::from_secs(1));
    }
}
