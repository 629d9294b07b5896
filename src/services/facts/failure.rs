// SPDX-License-Identifier: GPL-3.0-only
//! What a failed question means: for the rules (nothing is known, and why) and for the technician.

use thiserror::Error;

use super::codec::DecodeError;
use super::{FactFailure, FactSourceError};
use crate::http;
use crate::protocol::{Fault, FaultCode};

/// A failed question to the data service.
#[derive(Debug, Error)]
pub enum AskError {
    /// It could not be asked, or did not answer.
    #[error("asking the data service for facts failed")]
    Wire(#[source] WireError),
    /// The request could not be written.
    #[error("the request to the data service cannot be written")]
    Encode(#[source] serde_json::Error),
    /// The system gives no random numbers for the question's id.
    #[error("the request to the data service gets no id")]
    Random(#[source] getrandom::Error),
}

/// Where on the way it failed.
#[derive(Debug, Error)]
pub enum WireError {
    /// There is no whole answer.
    #[error(transparent)]
    Http(#[from] http::WireError),
    /// A status that is neither success nor a refusal in the protocol's shape.
    #[error("HTTP status {status} without the protocol's words")]
    Status {
        /// The HTTP status.
        status: u16,
    },
    /// The service refused in the protocol's shape.
    #[error("HTTP status {status}: {word}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Why.
        word: RefusalWord,
    },
    /// Success, but with a body that is not the protocol.
    #[error("the answer is not the protocol")]
    Garbage(#[source] DecodeError),
}

/// The words with which a service refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RefusalWord {
    /// `key`
    #[error("the key is not accepted")]
    Key,
    /// `consent`
    #[error("the consent is not accepted")]
    Consent,
    /// `purpose`
    #[error("the purpose is not accepted")]
    Purpose,
    /// `request`
    #[error("the request is not understood")]
    Request,
    /// `busy`
    #[error("the service is busy")]
    Busy,
    /// Any other word.
    #[error("for a reason that this program does not know")]
    Other,
}

impl RefusalWord {
    pub(super) fn from_wire(word: &str) -> Self {
        match word {
            "key" => Self::Key,
            "consent" => Self::Consent,
            "purpose" => Self::Purpose,
            "request" => Self::Request,
            "busy" => Self::Busy,
            _ => Self::Other,
        }
    }
}

impl WireError {
    /// Whether asking once more may help: the connection failed, or the service or a gateway said that it does not work
    /// just now. Whoever was too slow once is not given the same time again while somebody waits.
    pub(super) fn may_be_repeated(&self) -> bool {
        match self {
            Self::Http(http::WireError::Connect(error)) => !error.is_timeout(),
            Self::Http(http::WireError::Lost(_)) => true,
            Self::Status { status } => matches!(status, 429 | 500 | 502..=504),
            Self::Refused { word, .. } => *word == RefusalWord::Busy,
            Self::Http(_) | Self::Garbage(_) => false,
        }
    }
}

/// What `error` means to the rules and to the technician.
pub(super) fn source_error(error: &AskError) -> FactSourceError {
    let (failure, code) = classify(error);
    FactSourceError { failure, fault: Fault::from_error(code, error) }
}

fn classify(error: &AskError) -> (FactFailure, FaultCode) {
    let refused = (FactFailure::Refused, FaultCode::FactsRefused);
    let unreachable = (FactFailure::Unreachable, FaultCode::FactsUnreachable);
    let garbage = (FactFailure::Garbage, FaultCode::FactsGarbage);
    let AskError::Wire(error) = error else { return refused };
    match error {
        WireError::Http(error) => match error {
            http::WireError::Connect(_) | http::WireError::Timeout(_) | http::WireError::Lost(_) => unreachable,
            http::WireError::Build(_) => refused,
            http::WireError::TooLong { .. } => garbage,
        },
        WireError::Garbage(_) => garbage,
        // A key is also refused by what stands before the service, in its own words.
        WireError::Status { status: 401 | 403 } => (FactFailure::KeyRefused, FaultCode::FactsKeyRefused),
        WireError::Status { status: 408 | 429 | 500 | 502..=504 } => unreachable,
        WireError::Status { .. } => garbage,
        WireError::Refused { word, .. } => match word {
            RefusalWord::Key => (FactFailure::KeyRefused, FaultCode::FactsKeyRefused),
            RefusalWord::Consent | RefusalWord::Purpose => (FactFailure::ConsentRefused, FaultCode::FactsRefused),
            RefusalWord::Busy => unreachable,
            RefusalWord::Request | RefusalWord::Other => refused,
        },
    }
}
