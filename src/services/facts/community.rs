// SPDX-License-Identifier: GPL-3.0-only
//! The client of the community's data service: one question is one POST over HTTPS, bounded in time and size, repeated
//! at most once. The ID number stands in the body alone: no address, header, log line or error holds it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Certificate, Client, Url, redirect, retry};
use serde::Deserialize;
use thiserror::Error;
use zeroize::Zeroizing;

use super::codec::{asked_facts, decode_answer, encode_request};
use super::failure::{AskError, RefusalWord, WireError, source_error};
use super::{DropReason, FactAnswer, FactRequest, FactSource, FactSourceError, random_id};
use crate::protocol::{Fault, FaultCode, Secret};
use crate::settings::FactsSettings;

/// Longest answer that is read, in bytes. Fifty facts with their registers have about 10 kB.
pub const MOST_ANSWER_BYTES: usize = 256 * 1024;
/// Largest file of certificate authorities that is read, in bytes.
pub const MOST_CA_FILE_BYTES: u64 = 1024 * 1024;
/// Pause before a question is repeated.
pub const REPEAT_AFTER: Duration = Duration::from_millis(200);
/// With less time left than this, a question is not repeated.
const LEAST_TIME_TO_REPEAT: Duration = Duration::from_millis(300);
/// Where the questions go, below the address of the settings.
const PATH: [&str; 2] = ["v1", "facts"];

/// Settings from which no client can be made.
#[derive(Debug, Error)]
pub enum FactsSetupError {
    /// The address cannot be read.
    #[error("[policy.facts] url is no address")]
    Address(#[source] <Url as std::str::FromStr>::Err),
    /// The address is neither `http` nor `https`.
    #[error("[policy.facts] url must begin with http:// or https://")]
    Scheme,
    /// The key has characters that no HTTP header may have.
    #[error("the key of the data service holds characters that cannot be sent")]
    Key(#[source] reqwest::header::InvalidHeaderValue),
    /// The file of further certificate authorities cannot be read.
    #[error("cannot read the certificate authorities in {path}")]
    CaFileRead {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file of further certificate authorities is not PEM, or holds none.
    #[error("{path} holds no certificate authority in PEM form")]
    CaFileEmpty {
        /// The file.
        path: PathBuf,
    },
    /// The file of further certificate authorities is damaged.
    #[error("cannot use the certificate authorities in {path}")]
    CaFileParse {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// The HTTP client cannot be made, as where the system has no certificate authorities at all.
    #[error("cannot set up the HTTP client")]
    Client(#[source] reqwest::Error),
}

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
    pub fn new(settings: &FactsSettings) -> Result<Self, FactsSetupError> {
        // Another part of the process may have installed it already: any is fine, so the refusal is dropped.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut address = Url::parse(&settings.url).map_err(FactsSetupError::Address)?;
        if !matches!(address.scheme(), "http" | "https") {
            return Err(FactsSetupError::Scheme);
        }
        address.set_query(None);
        address.set_fragment(None);
        match address.path_segments_mut() {
            Ok(mut path) => path.pop_if_empty().extend(PATH),
            Err(()) => return Err(FactsSetupError::Scheme),
        };
        let headers = HeaderMap::from_iter([(AUTHORIZATION, bearer(&settings.key)?)]);
        let builder = Client::builder()
            .user_agent(concat!("doorstep/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .connect_timeout(settings.connect_timeout)
            // Minutes lie between two people: a kept connection would mostly be a closed one.
            .pool_max_idle_per_host(0)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            // The address comes from the settings file alone, not from a proxy variable of the environment.
            .no_proxy();
        let builder = if address.scheme() == "https" {
            builder.tls_certs_merge(authorities(settings.ca_file.as_ref())?)
        } else {
            // Without this the system's authorities would be loaded, and a system without any would refuse to speak
            // plain HTTP as well.
            builder.tls_certs_only(std::iter::empty())
        };
        let client = builder.build().map_err(FactsSetupError::Client)?;
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
        let mut response = request.timeout(patience).body(body).send().await.map_err(WireError::from_client)?;
        let status = response.status();
        // Reserved in whole: a growing buffer would leave unwiped copies of what is told of somebody behind.
        let mut answer = Zeroizing::new(Vec::with_capacity(MOST_ANSWER_BYTES));
        while let Some(chunk) = response.chunk().await.map_err(WireError::from_client)? {
            if answer.len().saturating_add(chunk.len()) > MOST_ANSWER_BYTES {
                return Err(WireError::TooLong { limit_bytes: MOST_ANSWER_BYTES });
            }
            answer.extend_from_slice(&chunk);
        }
        if status.is_success() {
            return Ok(answer);
        }
        Err(refusal(status.as_u16(), &answer))
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

fn bearer(key: &Secret) -> Result<HeaderValue, FactsSetupError> {
    let text = Zeroizing::new(format!("Bearer {}", key.expose()));
    let mut value = HeaderValue::from_str(&text).map_err(FactsSetupError::Key)?;
    value.set_sensitive(true);
    Ok(value)
}

fn authorities(path: Option<&PathBuf>) -> Result<Vec<Certificate>, FactsSetupError> {
    use std::io::Read;

    let Some(path) = path else { return Ok(Vec::new()) };
    let read = || -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        std::fs::File::open(path)?.take(MOST_CA_FILE_BYTES).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|source| FactsSetupError::CaFileRead { path: path.clone(), source })?;
    let authorities = Certificate::from_pem_bundle(&bytes)
        .map_err(|source| FactsSetupError::CaFileParse { path: path.clone(), source })?;
    if authorities.is_empty() {
        return Err(FactsSetupError::CaFileEmpty { path: path.clone() });
    }
    Ok(authorities)
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
