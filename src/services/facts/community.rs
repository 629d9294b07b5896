// SPDX-License-Identifier: GPL-3.0-only
//! The client of the community's data service: one question is one POST over HTTPS, bounded in time and size, repeated
//! at most once. The ID number stands in the body alone: no address, header, log line or error holds it.

use std::time::{Duration, Instant};

use axum::body::Bytes;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Url};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::codec::{asked_facts, decode_answer, encode_request};
use super::failure::{AskError, RefusalWord, WireError, source_error};
use super::{DropReason, FactAnswer, FactRequest, FactSource, FactSourceError, random_id};
use crate::http::{self, Server, SetupError};
use crate::protocol::{Fault, FaultCode};
use crate::settings::FactsSettings;

/// Longest answer that is read, in bytes. Fifty facts with their registers have about 10 kB.
pub const MOST_ANSWER_BYTES: usize = 256 * 1024;
/// Pause before a question is repeated.
pub const REPEAT_AFTER: Duration = Duration::from_millis(200);
/// With less time left than this, a question is not repeated.
const LEAST_TIME_TO_REPEAT: Duration = Duration::from_millis(300);
/// Where the questions go, below the address of the settings.
const PATH: [&str; 2] = ["v1", "facts"];

/// The community's data service over HTTP. Cheap to clone.
#[derive(Clone, Debug)]
pub struct CommunityFacts {
    client: Client,
    address: Url,
    /// For the whole question, a repetition included.
    patience: Duration,
}

impl CommunityFacts {
    /// Sets the client up; connects to nothing yet.
    ///
    /// # Errors
    /// An address, key or certificate file with which no request could ever be sent.
    pub fn new(settings: &FactsSettings) -> Result<Self, SetupError> {
        let server = Server {
            setting: "[policy.facts] url",
            name: "the data service",
            ca_file: settings.ca_file.as_deref(),
            connect_timeout: settings.connect_timeout,
        };
        let address = http::below(&server.address(&settings.url)?, &PATH);
        let key = Zeroizing::new(format!("Bearer {}", settings.key.expose()));
        let builder = server.client(&address, HeaderMap::from_iter([(AUTHORIZATION, server.key(&key)?)]))?;
        // Minutes lie between two people: a kept connection would mostly be a closed one.
        let client = builder.pool_max_idle_per_host(0).build().map_err(SetupError::Client)?;
        Ok(Self { client, address, patience: settings.request_timeout })
    }

    async fn question(&self, request: &FactRequest) -> Result<FactAnswer, AskError> {
        let asked = asked_facts(&request.pack, &request.wanted);
        if asked.is_empty() {
            return Ok(FactAnswer::default());
        }
        let id = random_id().map_err(AskError::Random)?;
        // Overwritten when the last request that holds it is gone.
        let body = Bytes::from_owner(encode_request(request, &asked, &id).map_err(AskError::Encode)?);
        let begun = Instant::now();
        let mut answer = self.exchange(body.clone(), self.patience).await;
        if answer.as_ref().is_err_and(WireError::may_be_repeated) {
            let left = self.patience.saturating_sub(begun.elapsed() + REPEAT_AFTER);
            if left >= LEAST_TIME_TO_REPEAT {
                tokio::time::sleep(REPEAT_AFTER).await;
                answer = self.exchange(body, left).await;
            }
        }
        let answer = answer.map_err(AskError::Wire)?;
        decode_answer(&answer, &request.pack, &asked, &id, request.today)
            .map_err(|error| AskError::Wire(WireError::Garbage(error)))
    }

    async fn exchange(&self, body: Bytes, patience: Duration) -> Result<Zeroizing<Vec<u8>>, WireError> {
        let request = self.client.post(self.address.clone()).header(CONTENT_TYPE, "application/json");
        let answer = http::exchange(request.timeout(patience).body(body), MOST_ANSWER_BYTES).await?;
        if answer.status.is_success() {
            return Ok(answer.body);
        }
        Err(refusal(answer.status.as_u16(), &answer.body))
    }
}

impl FactSource for CommunityFacts {
    async fn ask(&self, request: FactRequest) -> Result<FactAnswer, FactSourceError> {
        let answer = self.question(&request).await.map_err(|error| source_error(&error))?;
        report(&answer);
        Ok(answer)
    }
}

/// Tells the technician how many values cannot be used. Not which: that would say something of the person.
fn report(answer: &FactAnswer) {
    let mut reasons: Vec<DropReason> = answer.dropped.iter().map(|(_, reason)| *reason).collect();
    if reasons.is_empty() {
        return;
    }
    reasons.sort_unstable();
    for same in reasons.chunk_by(|one, other| one == other) {
        if let Some(reason) = same.first() {
            let fault = Fault::from_error(FaultCode::FactsForm, reason);
            tracing::warn!(values = same.len(), %fault, "values of the data service are not used");
        }
    }
}

/// A refusal in the protocol's shape has the member `error`, one of its words; its text is never shown.
fn refusal(status: u16, body: &[u8]) -> WireError {
    #[derive(Deserialize)]
    struct WireRefusal {
        error: String,
    }
    match serde_json::from_slice::<WireRefusal>(body) {
        Ok(refusal) => WireError::Refused { status, word: RefusalWord::from_wire(&refusal.error) },
        Err(_) => WireError::Status { status },
    }
}
