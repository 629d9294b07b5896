// SPDX-License-Identifier: GPL-3.0-only
//! One HTTP exchange with the dispatch centre, bounded in time and size, and never sent twice.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName};
use reqwest::{Client, Method, RequestBuilder, StatusCode, Url};
use zeroize::Zeroizing;

use super::codec::decode_error;
use super::failure::WireError;
use crate::http::{self, Server, SetupError};
use crate::settings::TaxiSettings;

/// Longest answer that is read, in bytes. A page of 30 hails has about 8 kB, a list of 50 taxis 60 kB.
pub const MAX_ANSWER_BYTES: usize = 1024 * 1024;
/// How long a connection for polls is kept open unused. Shorter than any usual server's own limit, so
/// that a poll seldom meets a connection that the server has just closed.
const IDLE_CONNECTION: Duration = Duration::from_secs(15);

/// The connection to one centre.
#[derive(Clone, Debug)]
pub(super) struct Wire {
    /// For what may be repeated. Keeps connections: a hail is polled every two seconds.
    repeatable: Client,
    /// For hails: every request gets a connection of its own. On a kept connection the server may be
    /// closing while we send; the HTTP library then sends again by itself when it believes that nothing
    /// arrived, and otherwise the outcome is unknown for no good reason.
    once: Client,
    base: Url,
}

impl Wire {
    /// Makes the client; connects to nothing yet. Reads the file of certificate authorities.
    pub(super) fn new(settings: &TaxiSettings) -> Result<Self, SetupError> {
        let server = Server {
            setting: "[taxi] url",
            name: "the dispatch centre",
            ca_file: settings.ca_file.as_deref(),
            connect_timeout: settings.connect_timeout,
        };
        let base = server.address(&settings.url)?;
        let key = server.key(settings.api_key.expose())?;
        let headers = HeaderMap::from_iter([(HeaderName::from_static("x-api-key"), key)]);
        let client = |idle_connections| {
            let builder = server.client(&base, headers.clone())?;
            let builder = builder.timeout(settings.request_timeout).pool_idle_timeout(IDLE_CONNECTION);
            builder.pool_max_idle_per_host(idle_connections).build().map_err(SetupError::Client)
        };
        Ok(Self { repeatable: client(1)?, once: client(0)?, base })
    }

    /// The address of `segments` under the base, each percent-encoded; an empty last one gives the
    /// slash at the end that the protocol has.
    pub(super) fn address(&self, segments: &[&str]) -> Url {
        http::below(&self.base, segments)
    }

    /// `GET`.
    pub(super) async fn get(&self, address: Url) -> Result<Zeroizing<Vec<u8>>, WireError> {
        exchange(self.repeatable.request(Method::GET, address)).await
    }

    /// `PUT`; repeating it changes nothing by the protocol's own rule.
    pub(super) async fn put(&self, address: Url, body: Vec<u8>) -> Result<Zeroizing<Vec<u8>>, WireError> {
        let request = self.repeatable.request(Method::PUT, address).header(CONTENT_TYPE, "application/json");
        exchange(request.body(body)).await
    }

    /// `POST`, on a fresh connection, at most once.
    pub(super) async fn post_once(&self, address: Url, body: &[u8]) -> Result<Zeroizing<Vec<u8>>, WireError> {
        let request = self.once.request(Method::POST, address).header(CONTENT_TYPE, "application/json");
        exchange(request.body(body.to_vec())).await
    }
}

async fn exchange(request: RequestBuilder) -> Result<Zeroizing<Vec<u8>>, WireError> {
    let answer = http::exchange(request, MAX_ANSWER_BYTES).await?;
    if answer.status.is_success() { Ok(answer.body) } else { Err(refusal(answer.status, &answer.body)) }
}

fn refusal(status: StatusCode, body: &[u8]) -> WireError {
    let status = status.as_u16();
    match decode_error(body) {
        Some(errors) => WireError::Refused { status, errors },
        // A key is also refused by what stands before the centre, in its own words.
        None if matches!(status, 401 | 403) => WireError::Refused { status, errors: Vec::new() },
        None => WireError::Status { status },
    }
}
