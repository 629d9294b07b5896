// SPDX-License-Identifier: GPL-3.0-only
//! The service's addresses: the protocol, and the control API under `/sim/`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::faults::{Fault, FaultRule, Faults, LONGEST_DELAY_S, pause};
use super::people::People;
use crate::domain::day::Day;
use crate::services::connection::Connection;
use crate::services::facts::codec::PROTOCOL;
use crate::services::facts::{MOST_ASKED, Purpose};

/// Longest body of a request, in bytes.
const MOST_REQUEST_BYTES: usize = 64 * 1024;
/// Size of the answer of [`Fault::Huge`], in bytes.
const HUGE_ANSWER_BYTES: usize = 1024 * 1024;
/// How old a consent may be.
pub const CONSENT_HOLDS: Duration = Duration::from_secs(3600);
/// How far the terminal's clock may be ahead.
const CLOCK_SLACK: Duration = Duration::from_secs(300);
/// Length of ids in hexadecimal digits.
const ID_DIGITS: usize = 32;

/// What was counted. There is nothing else to show: nothing is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FactsSimState {
    /// Questions that came.
    pub asked: u64,
    /// Questions that were answered as the protocol says.
    pub answered: u64,
    /// Questions that were refused.
    pub refused: u64,
    /// Facts that were told.
    pub facts_told: u64,
    /// Questions whose connection was closed by the terminal before the answer.
    pub given_up: u64,
}

#[derive(Debug, Default)]
struct Inside {
    faults: Faults,
    state: FactsSimState,
}

/// Shared by all requests.
#[derive(Debug)]
pub(super) struct Shared {
    people: People,
    key: String,
    as_of: Option<Day>,
    inside: Mutex<Inside>,
}

/// How a question ends that is not answered: the status and the word of the protocol.
struct Refused(u16, &'static str);

#[derive(Deserialize)]
struct Question {
    protocol: u32,
    request: String,
    number: String,
    consent: Option<GivenConsent>,
    facts: Vec<String>,
}

#[derive(Deserialize)]
struct GivenConsent {
    reference: String,
    purpose: String,
    given_at: String,
}

impl Shared {
    pub(super) fn new(people: People, key: String, as_of: Option<Day>) -> Self {
        Self { people, key, as_of, inside: Mutex::default() }
    }

    pub(super) fn people(&self) -> &People {
        &self.people
    }

    pub(super) fn inject(&self, rule: FaultRule) -> bool {
        self.lock().faults.add(rule)
    }

    pub(super) fn clear_faults(&self) {
        self.lock().faults.clear();
    }

    pub(super) fn state(&self) -> FactsSimState {
        self.lock().state
    }

    /// Never held across an `await`. A panic elsewhere leaves it usable.
    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The whole way of a question, past the fault that is ordered for it.
    async fn answer(&self, headers: &HeaderMap, body: &[u8], connection: &Connection) -> Response {
        let fault = {
            let mut inside = self.lock();
            inside.state.asked += 1;
            inside.faults.take()
        };
        match fault {
            Some(Fault::Silent) => self.wait(pause(LONGEST_DELAY_S)).await,
            Some(Fault::Slow { seconds }) => self.wait(pause(seconds)).await,
            Some(Fault::Status { code }) => return plain(code, "text/plain", format!("simulated fault {code}\n")),
            Some(Fault::Html) => {
                let page = "<!DOCTYPE html><html><body><h1>Welcome to the guest network</h1></body></html>\n";
                return plain(200, "text/html", page.to_owned());
            }
            Some(Fault::Cut) => {
                connection.break_off();
                return StatusCode::OK.into_response();
            }
            Some(Fault::RefuseKey) => return self.refuse(Refused(401, "key")),
            Some(Fault::RefuseConsent) => return self.refuse(Refused(403, "consent")),
            Some(Fault::Busy) => return self.refuse(Refused(503, "busy")),
            _ => {}
        }
        match self.tell(headers, body) {
            Ok((request, facts)) => afterwards(fault, &request, facts),
            Err(refused) => self.refuse(refused),
        }
    }

    /// Counts a question whose terminal does not wait for the end.
    async fn wait(&self, pause: Duration) {
        struct GivenUp<'s>(Option<&'s Shared>);
        impl Drop for GivenUp<'_> {
            fn drop(&mut self) {
                if let Some(shared) = self.0 {
                    shared.lock().state.given_up += 1;
                }
            }
        }
        let mut given_up = GivenUp(Some(self));
        tokio::time::sleep(pause).await;
        given_up.0 = None;
    }

    fn refuse(&self, refused: Refused) -> Response {
        self.lock().state.refused += 1;
        json_response(refused.0, &json!({ "protocol": PROTOCOL, "error": refused.1 }))
    }

    fn tell(&self, headers: &HeaderMap, body: &[u8]) -> Result<(String, Map<String, Value>), Refused> {
        let key = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        if key.and_then(|key| key.strip_prefix("Bearer ")) != Some(self.key.as_str()) {
            return Err(Refused(401, "key"));
        }
        let malformed = Refused(400, "request");
        let Ok(question) = serde_json::from_slice::<Question>(body) else { return Err(malformed) };
        let now = Timestamp::now();
        check_consent(question.consent.as_ref(), now)?;
        let is_number = matches!(question.number.len(), 15 | 18) && question.number.is_ascii();
        let is_sound = question.protocol == PROTOCOL
            && is_id(&question.request)
            && is_number
            && (1..=MOST_ASKED).contains(&question.facts.len());
        if !is_sound {
            return Err(malformed);
        }
        let facts = self.people.tell(&question.number, &question.facts, &self.as_of(now));
        let mut inside = self.lock();
        inside.state.answered += 1;
        inside.state.facts_told += facts.len() as u64;
        Ok((question.request, facts))
    }

    fn as_of(&self, now: Timestamp) -> String {
        match self.as_of {
            Some(day) => format!("{:04}-{:02}-{:02}", day.year, day.month, day.day),
            None => now.to_zoned(TimeZone::UTC).date().first_of_month().to_string(),
        }
    }
}

/// Nothing is told without a consent for a known purpose that was given just now.
fn check_consent(consent: Option<&GivenConsent>, now: Timestamp) -> Result<(), Refused> {
    let refused = Refused(403, "consent");
    let Some(consent) = consent.filter(|consent| is_id(&consent.reference)) else { return Err(refused) };
    if consent.purpose != Purpose::PolicyEligibility.as_str() {
        return Err(Refused(403, "purpose"));
    }
    let given_at: Timestamp = consent.given_at.parse().map_err(|_| Refused(403, "consent"))?;
    let age_s = now.as_second() - given_at.as_second();
    let bounds = -seconds(CLOCK_SLACK)..=seconds(CONSENT_HOLDS);
    if bounds.contains(&age_s) { Ok(()) } else { Err(refused) }
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

fn is_id(text: &str) -> bool {
    text.len() == ID_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What becomes of the answer when it is made.
fn afterwards(fault: Option<Fault>, request: &str, mut facts: Map<String, Value>) -> Response {
    if fault == Some(Fault::WrongKinds) {
        let wrong = [json!({ "a": 1 }), json!([{}]), json!("\u{0}"), json!([[1]]), json!({})];
        for (value, wrong) in facts.values_mut().zip(wrong.iter().cycle()) {
            value["value"] = wrong.clone();
        }
    }
    let request = if fault == Some(Fault::OtherQuestion) { "0".repeat(ID_DIGITS) } else { request.to_owned() };
    let answer = json!({ "protocol": PROTOCOL, "request": request, "facts": facts });
    let text = answer.to_string();
    match fault {
        Some(Fault::Garbage) => plain(200, "application/json", "\u{0}\u{1}}{ simulated noise \u{7f}".to_owned()),
        Some(Fault::Half) => plain(200, "application/json", text.chars().take(text.chars().count() / 2).collect()),
        Some(Fault::Huge) => {
            let filled = json!({ "filler": "x".repeat(HUGE_ANSWER_BYTES), "facts": {} });
            plain(200, "application/json", filled.to_string())
        }
        _ => json_response(200, &answer),
    }
}

fn plain(status: u16, kind: &'static str, text: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, kind)], Body::from(text)).into_response()
}

fn json_response(status: u16, answer: &Value) -> Response {
    plain(status, "application/json", answer.to_string())
}

/// The protocol and the control API.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    let control = Router::new()
        .route("/sim/state", get(state))
        .route("/sim/faults", get(rules).post(inject).delete(clear))
        .layer(middleware::from_fn(local_only));
    Router::new()
        .route("/v1/facts", post(ask))
        .merge(control)
        .fallback(async || json_response(404, &json!({ "error": "address" })))
        .layer(DefaultBodyLimit::max(MOST_REQUEST_BYTES))
        .with_state(shared)
}

async fn ask(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    shared.answer(&headers, &body, &connection).await
}

/// Whoever steers the service sits on the same machine: the control API has no keys.
async fn local_only(ConnectInfo(connection): ConnectInfo<Connection>, request: Request, next: Next) -> Response {
    if connection.is_local() {
        return next.run(request).await;
    }
    json_response(403, &json!({ "error": "the control API answers on this machine only" }))
}

async fn state(State(shared): State<Arc<Shared>>) -> Response {
    json_response(200, &json!(shared.state()))
}

async fn rules(State(shared): State<Arc<Shared>>) -> Response {
    json_response(200, &json!({ "faults": shared.lock().faults.rules() }))
}

async fn inject(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    match serde_json::from_slice::<FaultRule>(&body) {
        Ok(rule) if shared.inject(rule) => rules(State(shared)).await,
        Ok(_) => json_response(400, &json!({ "error": "a number is out of bounds, or too many faults wait" })),
        Err(error) => json_response(400, &json!({ "error": error.to_string() })),
    }
}

async fn clear(State(shared): State<Arc<Shared>>) -> Response {
    shared.clear_faults();
    rules(State(shared)).await
}
