// SPDX-License-Identifier: GPL-3.0-only
//! Bundles from a web address: one GET, with the tag of the last answer, bounded in time and size.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::{ETAG, HeaderValue, IF_NONE_MATCH};
use reqwest::{Certificate, Client, StatusCode, Url, redirect, retry};
use thiserror::Error;
use tokio::time::Instant;

use super::Found;
use crate::policies::bundle::LARGEST_BUNDLE_BYTES;
use crate::policies::live::refusal::{Again, SourceFault};

/// Largest file of certificate authorities that is read, in bytes.
const LARGEST_CA_BYTES: u64 = 1 << 20;
/// Longest tag of an answer that is sent back, in bytes.
const LONGEST_TAG: usize = 256;
/// After so long an answer is fetched whole once: a server may give a new bundle the tag of the old one.
const WHOLE_AFTER: Duration = Duration::from_secs(24 * 3600);

/// How long an address may take, and how much it may tell.
#[derive(Clone, Copy, Debug)]
pub struct AddressLimits {
    /// Time to connect.
    pub connect: Duration,
    /// Longest silence within an answer.
    pub silence: Duration,
    /// Time from the request to the whole answer: a large bundle on a slow line.
    pub whole: Duration,
    /// Longest answer in bytes.
    pub bytes: usize,
}

impl Default for AddressLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            silence: Duration::from_secs(20),
            whole: Duration::from_secs(600),
            bytes: LARGEST_BUNDLE_BYTES,
        }
    }
}

/// Settings from which nothing can be fetched.
#[derive(Debug, Error)]
pub enum AddressSetupError {
    /// The address cannot be read.
    #[error("[policy] address is no web address")]
    Address,
    /// The certificate authorities cannot be read.
    #[error("cannot read the certificate authorities in {}", path.display())]
    CaFileRead {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The certificate authorities cannot be used.
    #[error("cannot use the certificate authorities in {}", path.display())]
    CaFileParse {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// The HTTP client cannot be made.
    #[error("cannot set up the HTTP client")]
    Client(#[source] reqwest::Error),
}

/// A web address that is asked.
#[derive(Debug)]
pub(in crate::policies::live) struct AddressSource {
    client: Client,
    url: Url,
    limits: AddressLimits,
    /// Tag of the last answer that needs not come again, and since when.
    tag: Option<(HeaderValue, Instant)>,
    /// Tag of the answer that is being judged.
    offered: Option<HeaderValue>,
}

impl AddressSource {
    pub(super) fn new(url: &str, ca_file: Option<&Path>, limits: AddressLimits) -> Result<Self, AddressSetupError> {
        // Another part of the process may have installed it already: any is fine, so the refusal is dropped.
        drop(rustls::crypto::ring::default_provider().install_default());
        let url: Url = url.parse().map_err(|_| AddressSetupError::Address)?;
        let builder = Client::builder()
            .user_agent(concat!("doorstep/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(limits.connect)
            .read_timeout(limits.silence)
            .timeout(limits.whole)
            .pool_max_idle_per_host(0)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            // Addresses come from the settings file alone, not from a proxy variable of the environment.
            .no_proxy();
        let builder = if url.scheme() == "https" {
            builder.tls_certs_merge(ca_file.map_or(Ok(Vec::new()), authorities)?)
        } else {
            // Without this the system's authorities would be loaded, and a system without any would refuse to speak
            // plain HTTP as well.
            builder.tls_certs_only(std::iter::empty())
        };
        let client = builder.build().map_err(AddressSetupError::Client)?;
        Ok(Self { client, url, limits, tag: None, offered: None })
    }

    pub(super) async fn ask(&mut self) -> Result<Found, SourceFault> {
        let mut request = self.client.get(self.url.clone());
        let tag = self.tag.as_ref().filter(|(_, since)| since.elapsed() < WHOLE_AFTER);
        let asked = tag.is_some();
        if let Some((tag, _)) = tag {
            request = request.header(IF_NONE_MATCH, tag.clone());
        }
        // The address may hold what only its owner should see; errors are shown without it.
        let wire = |error: reqwest::Error| SourceFault::Wire(error.without_url());
        let mut answer = request.send().await.map_err(wire)?;
        match answer.status() {
            StatusCode::OK => (),
            StatusCode::NOT_MODIFIED if asked => return Ok(Found::Same),
            StatusCode::NOT_MODIFIED => return Err(SourceFault::NeverAsked),
            status if status.is_redirection() => return Err(SourceFault::Redirect(status.as_u16())),
            status => return Err(SourceFault::Status(status.as_u16())),
        }
        let too_large = || SourceFault::TooLarge { limit_bytes: self.limits.bytes };
        let told = answer.content_length().map(|length| usize::try_from(length).unwrap_or(usize::MAX));
        if told.is_some_and(|length| length > self.limits.bytes) {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(wire)? {
            if bytes.len().saturating_add(chunk.len()) > self.limits.bytes {
                return Err(too_large());
            }
            bytes.extend_from_slice(&chunk);
        }
        self.offered = answer.headers().get(ETAG).filter(|tag| tag.len() <= LONGEST_TAG).cloned();
        Ok(Found::New(bytes))
    }

    pub(super) fn settle(&mut self, again: Option<Again>) {
        let offered = self.offered.take();
        self.tag = match again {
            None | Some(Again::Never) => offered.map(|tag| (tag, Instant::now())),
            Some(Again::Soon | Again::Later) => None,
        };
    }

    pub(super) fn forget(&mut self) {
        self.tag = None;
        self.offered = None;
    }
}

fn authorities(path: &Path) -> Result<Vec<Certificate>, AddressSetupError> {
    use std::io::Read;

    let read = || -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        std::fs::File::open(path)?.take(LARGEST_CA_BYTES).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|source| AddressSetupError::CaFileRead { path: path.to_owned(), source })?;
    Certificate::from_pem_bundle(&bytes)
        .map_err(|source| AddressSetupError::CaFileParse { path: path.to_owned(), source })
}
