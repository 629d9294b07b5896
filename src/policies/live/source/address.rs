// SPDX-License-Identifier: GPL-3.0-only
//! Bundles from a web address: one GET, with the tag of the last answer, bounded in time and size.

use std::path::Path;
use std::time::Duration;

use reqwest::header::{ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH};
use reqwest::{Client, StatusCode, Url};
use thiserror::Error;
use tokio::time::Instant;

use super::Found;
use crate::http::{Server, SetupError};
use crate::policies::bundle::LARGEST_BUNDLE_BYTES;
use crate::policies::live::refusal::{Again, SourceFault};

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
    /// No client can be made.
    #[error(transparent)]
    Http(#[from] SetupError),
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
        let url: Url = url.parse().map_err(|_| AddressSetupError::Address)?;
        let server =
            Server { setting: "[policy] address", name: "the address", ca_file, connect_timeout: limits.connect };
        let builder = server.client(&url, HeaderMap::new())?;
        let builder = builder.read_timeout(limits.silence).timeout(limits.whole).pool_max_idle_per_host(0);
        let client = builder.build().map_err(SetupError::Client)?;
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
