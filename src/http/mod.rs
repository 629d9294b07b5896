// SPDX-License-Identifier: GPL-3.0-only
//! One HTTP exchange with a server that the settings name: bounded in time and size, made once, led nowhere else.
//!
//! It is what the services over HTTP have in common; each of them keeps its protocol. Nothing here sends a request
//! again, follows a redirection or asks a proxy: whether something may be repeated only a protocol can know, and a hail
//! that is sent twice is two taxis.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderValue, InvalidHeaderValue};
use reqwest::{Certificate, Client, ClientBuilder, RequestBuilder, StatusCode, Url, redirect, retry};
use thiserror::Error;
use zeroize::Zeroizing;

/// Largest file of certificate authorities that is read, in bytes.
pub const MOST_CA_FILE_BYTES: u64 = 4 * 1024 * 1024;

/// The error type of `Url::parse`, which reqwest does not name itself.
pub type ParseError = <Url as std::str::FromStr>::Err;

/// Settings from which no client can be made.
#[derive(Debug, Error)]
pub enum SetupError {
    /// The address cannot be read.
    #[error("{setting} is no address")]
    Address {
        /// Where it stands.
        setting: &'static str,
        /// Why.
        #[source]
        source: ParseError,
    },
    /// The address is neither `http` nor `https`.
    #[error("{setting} must begin with http:// or https://")]
    Scheme {
        /// Where it stands.
        setting: &'static str,
    },
    /// The key has characters that no HTTP header may have.
    #[error("the key of {server} holds characters that cannot be sent")]
    Key {
        /// Whose key it is.
        server: &'static str,
        /// Why.
        #[source]
        source: InvalidHeaderValue,
    },
    /// The file of further certificate authorities cannot be read.
    #[error("cannot read the certificate authorities in {path}")]
    CaFileRead {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file of further certificate authorities is longer than any is.
    #[error("{path} is longer than {MOST_CA_FILE_BYTES} bytes: it is no file of certificate authorities")]
    CaFileTooLong {
        /// The file.
        path: PathBuf,
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

/// Where on the way an exchange failed. Shown without the address, which may hold what is nobody's business.
#[derive(Debug, Error)]
pub enum WireError {
    /// No connection: address not found, nobody listening, too slow to connect, TLS refused. Nothing was sent.
    #[error("no connection")]
    Connect(#[source] reqwest::Error),
    /// The request could not even be put together. Nothing was sent.
    #[error("the request cannot be built")]
    Build(#[source] reqwest::Error),
    /// No whole answer within the time limit.
    #[error("no whole answer within the time limit")]
    Timeout(#[source] reqwest::Error),
    /// The connection ended before the whole answer was there.
    #[error("the connection ended before the answer")]
    Lost(#[source] reqwest::Error),
    /// The answer is longer than any that the protocol has.
    #[error("the answer is longer than {limit_bytes} bytes")]
    TooLong {
        /// The limit.
        limit_bytes: usize,
    },
}

impl WireError {
    /// Sorts a failure of the HTTP client. Whether something was sent is told by the connector alone: a connection that
    /// was made and then broke, or timed out, may have carried the request.
    fn from_client(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if error.is_connect() {
            Self::Connect(error)
        } else if error.is_builder() {
            Self::Build(error)
        } else if error.is_timeout() {
            Self::Timeout(error)
        } else {
            Self::Lost(error)
        }
    }
}

/// A server of the settings.
#[derive(Clone, Copy, Debug)]
pub struct Server<'s> {
    /// The setting with its address, as messages name it: `[taxi] url`.
    pub setting: &'static str,
    /// What messages call it: `the dispatch centre`.
    pub name: &'static str,
    /// Certificate authorities besides those of the system, in PEM.
    pub ca_file: Option<&'s Path>,
    /// Time to connect.
    pub connect_timeout: Duration,
}

impl Server<'_> {
    /// The address that `url` writes.
    ///
    /// # Errors
    /// It cannot be read, or is neither `http` nor `https`.
    pub fn address(&self, url: &str) -> Result<Url, SetupError> {
        let setting = self.setting;
        let address = Url::parse(url).map_err(|source| SetupError::Address { setting, source })?;
        if !matches!(address.scheme(), "http" | "https") || address.cannot_be_a_base() {
            return Err(SetupError::Scheme { setting });
        }
        Ok(address)
    }

    /// A header that holds a key and is shown nowhere.
    ///
    /// # Errors
    /// It has characters that no header may have.
    pub fn key(&self, text: &str) -> Result<HeaderValue, SetupError> {
        let mut value = HeaderValue::from_str(text).map_err(|source| SetupError::Key { server: self.name, source })?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// A client for `address` that sends `headers` with every request. Its time limits beyond the connection and its
    /// kept connections are for the caller to say. Reads the file of certificate authorities, also where the address
    /// needs none: who names a wrong one should hear of it at once.
    ///
    /// # Errors
    /// That file cannot be used.
    pub fn client(&self, address: &Url, headers: HeaderMap) -> Result<ClientBuilder, SetupError> {
        // Another part of the process may have installed it already: any is fine, so the refusal is dropped.
        drop(rustls::crypto::ring::default_provider().install_default());
        let authorities = self.ca_file.map_or(Ok(Vec::new()), authorities)?;
        let builder = Client::builder()
            .user_agent(concat!("doorstep/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .connect_timeout(self.connect_timeout)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            // Addresses come from the settings file alone, not from a proxy variable of the environment.
            .no_proxy();
        Ok(if address.scheme() == "https" {
            builder.tls_certs_merge(authorities)
        } else {
            // Without this the system's authorities would be loaded, and a system without any would refuse to speak
            // plain HTTP as well.
            builder.tls_certs_only(std::iter::empty())
        })
    }
}

/// The address of `segments` below `base`, each percent-encoded; an empty last one gives a slash at the end.
#[must_use]
pub fn below(base: &Url, segments: &[&str]) -> Url {
    let mut address = base.clone();
    // Cannot fail: `Server::address` refuses addresses without a path.
    if let Ok(mut path) = address.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    address.set_query(None);
    address.set_fragment(None);
    address
}

/// A whole answer, of any status.
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its body. It may tell something of a person, and is overwritten when it is dropped.
    pub body: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Answer").field("status", &self.status).finish_non_exhaustive()
    }
}

/// Sends `request` and reads the answer, of at most `limit_bytes`.
///
/// # Errors
/// No whole answer.
pub async fn exchange(request: RequestBuilder, limit_bytes: usize) -> Result<Answer, WireError> {
    let mut response = request.send().await.map_err(WireError::from_client)?;
    let status = response.status();
    let mut body = Zeroizing::new(Vec::new());
    while let Some(chunk) = response.chunk().await.map_err(WireError::from_client)? {
        if body.len().saturating_add(chunk.len()) > limit_bytes {
            return Err(WireError::TooLong { limit_bytes });
        }
        grow(&mut body, &chunk, limit_bytes);
    }
    Ok(Answer { status, body })
}

/// Appends without leaving an unwiped copy behind, as a growing `Vec` would.
fn grow(body: &mut Zeroizing<Vec<u8>>, chunk: &[u8], limit_bytes: usize) {
    let needed = body.len() + chunk.len();
    if body.capacity() < needed {
        let mut larger = Zeroizing::new(Vec::with_capacity(needed.saturating_mul(2).min(limit_bytes)));
        larger.extend_from_slice(body);
        *body = larger;
    }
    body.extend_from_slice(chunk);
}

fn authorities(path: &Path) -> Result<Vec<Certificate>, SetupError> {
    use std::io::Read;

    let read = || -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        std::fs::File::open(path)?.take(MOST_CA_FILE_BYTES + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|source| SetupError::CaFileRead { path: path.to_owned(), source })?;
    // Cut short it would be a file that lacks authorities, and nobody would know.
    if bytes.len() as u64 > MOST_CA_FILE_BYTES {
        return Err(SetupError::CaFileTooLong { path: path.to_owned() });
    }
    let authorities = Certificate::from_pem_bundle(&bytes)
        .map_err(|source| SetupError::CaFileParse { path: path.to_owned(), source })?;
    if authorities.is_empty() {
        return Err(SetupError::CaFileEmpty { path: path.to_owned() });
    }
    Ok(authorities)
}

#[cfg(test)]
mod tests;
