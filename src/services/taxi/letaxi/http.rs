// SPDX-License-Identifier: GPL-3.0-only
//! One HTTP exchange with the dispatch centre, bounded in time and size, and never sent twice.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Certificate, Client, ClientBuilder, Method, StatusCode, Url, redirect, retry};
use thiserror::Error;
use zeroize::Zeroizing;

use super::codec::decode_error;
use super::failure::WireError;
use crate::settings::TaxiSettings;

/// Longest answer that is read, in bytes. A page of 30 hails has about 8 kB, a list of 50 taxis 60 kB.
pub const MAX_ANSWER_BYTES: usize = 1024 * 1024;
/// Largest file of certificate authorities that is read, in bytes.
pub const MAX_CA_FILE_BYTES: u64 = 4 * 1024 * 1024;
/// How long a connection for polls is kept open unused. Shorter than any usual server's own limit, so
/// that a poll seldom meets a connection that the server has just closed.
const IDLE_CONNECTION: Duration = Duration::from_secs(15);

/// Settings from which no client can be made.
#[derive(Debug, Error)]
pub enum LeTaxiSetupError {
    /// The base address cannot be read.
    #[error("[taxi] url is no address")]
    Address(#[source] url_error::ParseError),
    /// The base address is neither `http` nor `https`.
    #[error("[taxi] url must begin with http:// or https://")]
    Scheme,
    /// The key has characters that no HTTP header may have.
    #[error("the key of the dispatch centre holds characters that cannot be sent")]
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

/// The error type of `Url::parse`, which reqwest does not name itself.
pub mod url_error {
    /// What `Url::parse` says.
    pub type ParseError = <reqwest::Url as std::str::FromStr>::Err;
}

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
    pub(super) fn new(settings: &TaxiSettings) -> Result<Self, LeTaxiSetupError> {
        // Another part of the process may have installed it already: any is fine, so the refusal is dropped.
        drop(rustls::crypto::ring::default_provider().install_default());
        let base = Url::parse(&settings.url).map_err(LeTaxiSetupError::Address)?;
        if !matches!(base.scheme(), "http" | "https") || base.cannot_be_a_base() {
            return Err(LeTaxiSetupError::Scheme);
        }
        let authorities = authorities(settings.ca_file.as_ref())?;
        let client = |idle_connections| {
            let builder = builder(settings, &authorities, base.scheme() == "https")?;
            builder.pool_max_idle_per_host(idle_connections).build().map_err(LeTaxiSetupError::Client)
        };
        Ok(Self { repeatable: client(1)?, once: client(0)?, base })
    }

    /// The address of `segments` under the base, each percent-encoded; an empty last one gives the
    /// slash at the end that the protocol has.
    pub(super) fn address(&self, segments: &[&str]) -> Url {
        let mut address = self.base.clone();
        // Cannot fail: `new` refused addresses without a path.
        if let Ok(mut path) = address.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        address.set_query(None);
        address.set_fragment(None);
        address
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

fn builder(
    settings: &TaxiSettings,
    authorities: &[Certificate],
    encrypted: bool,
) -> Result<ClientBuilder, LeTaxiSetupError> {
    let mut key = HeaderValue::from_str(settings.api_key.expose()).map_err(LeTaxiSetupError::Key)?;
    key.set_sensitive(true);
    let headers = HeaderMap::from_iter([(reqwest::header::HeaderName::from_static("x-api-key"), key)]);
    let builder = Client::builder()
        .user_agent(concat!("doorstep/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers)
        .connect_timeout(settings.connect_timeout)
        .timeout(settings.request_timeout)
        .pool_idle_timeout(IDLE_CONNECTION)
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        // Addresses come from the settings file alone, not from a proxy variable of the environment.
        .no_proxy();
    Ok(if encrypted {
        builder.tls_certs_merge(authorities.iter().cloned())
    } else {
        // Without this the system's authorities would be loaded, and a system without any would refuse
        // to speak plain HTTP as well.
        builder.tls_certs_only(std::iter::empty())
    })
}

fn authorities(path: Option<&PathBuf>) -> Result<Vec<Certificate>, LeTaxiSetupError> {
    use std::io::Read;

    let Some(path) = path else { return Ok(Vec::new()) };
    let read = || -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        std::fs::File::open(path)?.take(MAX_CA_FILE_BYTES).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|source| LeTaxiSetupError::CaFileRead { path: path.clone(), source })?;
    let authorities = Certificate::from_pem_bundle(&bytes)
        .map_err(|source| LeTaxiSetupError::CaFileParse { path: path.clone(), source })?;
    if authorities.is_empty() {
        return Err(LeTaxiSetupError::CaFileEmpty { path: path.clone() });
    }
    Ok(authorities)
}

async fn exchange(request: reqwest::RequestBuilder) -> Result<Zeroizing<Vec<u8>>, WireError> {
    let mut response = request.send().await.map_err(WireError::from_client)?;
    let status = response.status();
    let mut body = Zeroizing::new(Vec::new());
    while let Some(chunk) = response.chunk().await.map_err(WireError::from_client)? {
        if body.len().saturating_add(chunk.len()) > MAX_ANSWER_BYTES {
            return Err(WireError::TooLong { limit_bytes: MAX_ANSWER_BYTES });
        }
        grow(&mut body, &chunk);
    }
    if status.is_success() {
        return Ok(body);
    }
    Err(refusal(status, &body))
}

/// Appends without leaving an unwiped copy behind, as a growing `Vec` would.
fn grow(body: &mut Zeroizing<Vec<u8>>, chunk: &[u8]) {
    let needed = body.len() + chunk.len();
    if body.capacity() < needed {
        let mut larger = Zeroizing::new(Vec::with_capacity((needed * 2).min(MAX_ANSWER_BYTES)));
        larger.extend_from_slice(body);
        *body = larger;
    }
    body.extend_from_slice(chunk);
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
