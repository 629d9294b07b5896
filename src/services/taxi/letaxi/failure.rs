// SPDX-License-Identifier: GPL-3.0-only
//! What a failed call means: for the rules (may it have been carried out?) and for the technician.
//!
//! The one question that matters is whether the centre may have acted. Whatever leaves that open is
//! [`CallFailure::Unknown`]; only a request that certainly never left, or that the centre itself refused
//! in its own words, is anything else.

use thiserror::Error;

use super::codec::{DecodeError, FieldError};
use crate::domain::taxi::{CallFailure, Refusal};
use crate::http;
use crate::protocol::{Fault, FaultCode};
use crate::services::taxi::DispatchError;

/// Which call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `GET /taxis`.
    Nearby,
    /// `POST /hails/`.
    Hail,
    /// `GET /hails/:id`.
    Follow,
    /// `PUT /hails/:id`.
    SetStatus,
    /// `GET /hails/`.
    Find,
}

/// A failed call to the dispatch centre.
#[derive(Debug, Error)]
pub enum LeTaxiError {
    /// Free taxis could not be listed.
    #[error("asking the dispatch centre for free taxis failed")]
    Nearby(#[source] WireError),
    /// A taxi could not be hailed.
    #[error("hailing a taxi at the dispatch centre failed")]
    Hail(#[source] WireError),
    /// A hail could not be looked at.
    #[error("asking the dispatch centre for a hail failed")]
    Follow(#[source] WireError),
    /// A hail could not be changed.
    #[error("changing a hail at the dispatch centre failed")]
    SetStatus(#[source] WireError),
    /// A rider's hails could not be listed.
    #[error("asking the dispatch centre for the hails of a rider failed")]
    Find(#[source] WireError),
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
    /// The centre refused in the protocol's shape (or with 401 or 403, which need none).
    #[error("HTTP status {status}{}", words(.errors))]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it said, free of numbers that could be personal.
        errors: Vec<FieldError>,
    },
    /// Success, but with a body that is not the protocol.
    #[error("the answer is not the protocol")]
    Garbage(#[source] DecodeError),
}

fn words(errors: &[FieldError]) -> String {
    errors.iter().map(|error| format!("; {} {}", error.field, error.message)).collect()
}

impl WireError {
    /// Whether the centre refused only because of the field `name`.
    pub(super) fn is_refusal_of(&self, name: &str) -> bool {
        matches!(self, Self::Refused { status: 400, errors }
            if !errors.is_empty() && errors.iter().all(|error| error.field == name))
    }
}

/// What `error` means to the rules and to the technician.
pub(super) fn dispatch_error(operation: Operation, error: WireError) -> DispatchError {
    let (failure, code) = classify(operation, &error);
    let error = match operation {
        Operation::Nearby => LeTaxiError::Nearby(error),
        Operation::Hail => LeTaxiError::Hail(error),
        Operation::Follow => LeTaxiError::Follow(error),
        Operation::SetStatus => LeTaxiError::SetStatus(error),
        Operation::Find => LeTaxiError::Find(error),
    };
    DispatchError { failure, fault: Fault::from_error(code, &error) }
}

/// The two sides of a failure. See the module's first lines for the rule behind it.
pub(super) fn classify(operation: Operation, error: &WireError) -> (CallFailure, FaultCode) {
    // Only a lost hail is worth its own code: the other calls may be repeated without thought.
    let lost = if operation == Operation::Hail { FaultCode::TaxiOutcomeUnknown } else { FaultCode::TaxiUnreachable };
    match error {
        WireError::Http(http::WireError::Connect(_)) => (CallFailure::NotSent, FaultCode::TaxiUnreachable),
        WireError::Http(http::WireError::Build(_)) => (CallFailure::NotSent, FaultCode::TaxiRefused),
        WireError::Http(http::WireError::Timeout(_) | http::WireError::Lost(_)) => (CallFailure::Unknown, lost),
        WireError::Http(http::WireError::TooLong { .. }) | WireError::Garbage(_) => {
            (CallFailure::Unknown, FaultCode::TaxiGarbage)
        }
        // Gateways say these three when the centre behind them is down or slow. 408 could only mean that
        // our request came in halves, but proxies also say it for the server behind them.
        WireError::Status { status: 408 | 502..=504 } => (CallFailure::Unknown, lost),
        // "Too many requests" is said instead of an answer, before anything is done: as good as not sent.
        WireError::Status { status: 429 } | WireError::Refused { status: 429, .. } => {
            (CallFailure::NotSent, FaultCode::TaxiRefused)
        }
        // The centre's own 500 may come after it committed the hail.
        WireError::Refused { status: 500.., .. } => (CallFailure::Unknown, lost),
        WireError::Status { .. } => (CallFailure::Unknown, FaultCode::TaxiGarbage),
        WireError::Refused { status, errors } => classify_refusal(operation, *status, errors),
    }
}

fn classify_refusal(operation: Operation, status: u16, errors: &[FieldError]) -> (CallFailure, FaultCode) {
    let names = |field: &str| errors.iter().any(|error| error.field == field);
    let refused = |refusal, code| (CallFailure::Refused(refusal), code);
    match (status, operation) {
        (403, _) if names("customer_id") => refused(Refusal::Banned, FaultCode::TaxiRefused),
        (401 | 403, _) => refused(Refusal::KeyRefused, FaultCode::TaxiKeyRefused),
        // The reference server answers a wrong path with 404 too, in the same shape: that says nothing
        // about taxis or hails, the address in the settings is wrong.
        (404, _) if errors.iter().any(is_wrong_path) => (CallFailure::Unknown, FaultCode::TaxiGarbage),
        (404, Operation::Nearby) => refused(Refusal::NoCruising, FaultCode::TaxiRefused),
        (404, Operation::Follow | Operation::SetStatus) => refused(Refusal::NoSuchHail, FaultCode::TaxiRefused),
        (404, Operation::Hail) => refused(Refusal::TaxiGone, FaultCode::TaxiRefused),
        (400, Operation::Hail) if names("taxi_id") || names("operateur") => {
            refused(Refusal::TaxiGone, FaultCode::TaxiRefused)
        }
        (400, Operation::SetStatus) => refused(Refusal::NotAllowed, FaultCode::TaxiRefused),
        _ => refused(Refusal::Other, FaultCode::TaxiRefused),
    }
}

fn is_wrong_path(error: &FieldError) -> bool {
    error.field == "url" && error.message.to_ascii_lowercase().contains("endpoint not found")
}

#[cfg(test)]
mod tests {
    use super::{Operation, WireError, classify};
    use crate::domain::taxi::{CallFailure, Refusal};
    use crate::http;
    use crate::protocol::FaultCode;
    use crate::services::taxi::letaxi::codec::FieldError;

    fn refused(status: u16, field: &str, message: &str) -> WireError {
        WireError::Refused { status, errors: vec![FieldError { field: field.into(), message: message.into() }] }
    }

    #[test]
    fn refusals_mean_what_the_protocol_says() {
        use Operation::{Find, Follow, Hail, Nearby, SetStatus};
        let table = [
            (Nearby, refused(404, "url", "No cruising allowed in this area"), Refusal::NoCruising),
            (Hail, refused(403, "customer_id", "This customer is banned."), Refusal::Banned),
            (Hail, refused(404, "operateur", "Unable to find taxi for this operateur."), Refusal::TaxiGone),
            (Hail, refused(400, "taxi_id", "Taxi is not free."), Refusal::TaxiGone),
            (Hail, refused(400, "customer_address", "Missing data for required field."), Refusal::Other),
            (Follow, refused(404, "url", "Hail not found"), Refusal::NoSuchHail),
            (SetStatus, refused(404, "url", "Hail not found"), Refusal::NoSuchHail),
            (SetStatus, refused(400, "status", "Impossible to set status"), Refusal::NotAllowed),
            (Find, refused(400, "p", "Not a valid integer."), Refusal::Other),
            (Find, refused(401, "", "Header X-Api-Key not valid."), Refusal::KeyRefused),
            (Hail, refused(403, "", "You do not have enough permissions"), Refusal::KeyRefused),
        ];
        for (operation, error, refusal) in table {
            assert_eq!(classify(operation, &error).0, CallFailure::Refused(refusal), "{operation:?} {error}");
        }
    }

    #[test]
    fn whatever_leaves_it_open_is_unknown() {
        let table = [
            (Operation::Hail, WireError::Status { status: 503 }, FaultCode::TaxiOutcomeUnknown),
            (Operation::Hail, WireError::Status { status: 500 }, FaultCode::TaxiGarbage),
            (Operation::Hail, refused(500, "", "Internal server error."), FaultCode::TaxiOutcomeUnknown),
            (Operation::Follow, refused(500, "", "Internal server error."), FaultCode::TaxiUnreachable),
            (Operation::Hail, WireError::Status { status: 302 }, FaultCode::TaxiGarbage),
            (Operation::Follow, WireError::Status { status: 404 }, FaultCode::TaxiGarbage),
            (Operation::Nearby, refused(404, "url", "API endpoint not found."), FaultCode::TaxiGarbage),
            (Operation::Hail, http::WireError::TooLong { limit_bytes: 1 }.into(), FaultCode::TaxiGarbage),
        ];
        for (operation, error, code) in table {
            assert_eq!(classify(operation, &error), (CallFailure::Unknown, code), "{operation:?} {error}");
        }
        assert_eq!(classify(Operation::Hail, &WireError::Status { status: 429 }).0, CallFailure::NotSent);
    }
}
