// SPDX-License-Identifier: GPL-3.0-only
//! The way from the centre to a fleet's own server: each new hail is POSTed there, and the fleet then
//! drives it by PUT.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Client, Url};
use serde_json::{Value, json};

use super::shared::Shared;
use super::wire;

/// How long a fleet's server may take; the centre gives a hail up after 10 s anyway.
const ENDPOINT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest answer read from a fleet's server, in bytes.
const MAX_ANSWER_BYTES: usize = 64 * 1024;
/// Longest phone number taken from it, in characters.
const MAX_PHONE_CHARS: usize = 40;

/// A fleet's server.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    client: Client,
    url: Url,
    header: Option<(HeaderName, HeaderValue)>,
}

impl Endpoint {
    pub(super) fn new(url: Url, header: Option<(HeaderName, HeaderValue)>) -> Result<Self, reqwest::Error> {
        // Any provider that is installed already will do.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = Client::builder().timeout(ENDPOINT_TIMEOUT).no_proxy();
        // A fleet's server under test has no certificate of a public authority to check against; plain
        // HTTP must work where the system has no authorities.
        let client = if url.scheme() == "https" { client } else { client.tls_certs_only(std::iter::empty()) };
        Ok(Self { client: client.build()?, url, header })
    }

    /// Tells the fleet of the hail and the centre of its answer.
    pub(super) async fn deliver(&self, shared: &Arc<Shared>, hail: &str) {
        let body = {
            let inside = shared.lock();
            let Some(record) = inside.centre.any_hail(hail) else { return };
            json!({ "data": [wire::hail(&inside.centre, record, None)] }).to_string()
        };
        let answer = self.ask(body).await;
        if let Err(reason) = &answer {
            tracing::warn!(hail, reason, "the fleet's server did not take the hail");
        }
        shared.lock().centre.delivered(hail, answer);
    }

    async fn ask(&self, body: String) -> Result<Option<String>, String> {
        let mut request = self.client.post(self.url.clone()).header(CONTENT_TYPE, "application/json").body(body);
        if let Some((name, value)) = &self.header {
            request = request.header(name, value);
        }
        let mut response = request.send().await.map_err(|error| error.without_url().to_string())?;
        let status = response.status();
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| error.without_url().to_string())? {
            if bytes.len() + chunk.len() > MAX_ANSWER_BYTES {
                return Err("answer too long".to_owned());
            }
            bytes.extend_from_slice(&chunk);
        }
        let answer: Value = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
        if !status.is_success() {
            return Err(format!("HTTP response status code {}", status.as_u16()));
        }
        let phone = answer.pointer("/data/0/taxi_phone_number").and_then(Value::as_str);
        Ok(phone.filter(|phone| !phone.is_empty()).map(|phone| phone.chars().take(MAX_PHONE_CHARS).collect()))
    }
}
