// SPDX-License-Identifier: GPL-3.0-only
//! Calling a taxi: the words of the field, in the dialect-neutral form that the rules use.

mod policy;
mod record;
mod ride;
mod status;

pub use policy::{Approach, RidePolicy};
pub use record::{RideOutcome, RidePhase, RideRecord};
pub use ride::{CallId, Car, Ride, RideAnswer, RideCall, RideEffect, RideStage, RideView};
pub use status::HailStatus;

use crate::protocol::{GeoPoint, Secret};

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub String);

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

identifier! {
    /// A hail at the dispatch centre; the resident's order number.
    HailId
}
identifier! {
    /// A taxi at the dispatch centre.
    TaxiId
}
identifier! {
    /// The rider at the dispatch centre: random, made anew for each ride. It is our idempotency key: a
    /// hail whose answer was lost is found again by it.
    CustomerId
}
identifier! {
    /// A series of hails for one rider, given by the centre.
    HailSessionId
}

/// A free taxi near the gate.
#[derive(Clone, Debug, PartialEq)]
pub struct TaxiOffer {
    /// To be named in the hail.
    pub taxi: TaxiId,
    /// The fleet, to be passed on in the hail where the centre names one.
    pub operator: Option<String>,
    /// Where it is.
    pub position: Option<GeoPoint>,
    /// Maker and model, such as 比亚迪 e5; only the list tells it, the hail does not.
    pub model: Option<String>,
}

/// What a hail is asked with.
#[derive(Clone, Debug, PartialEq)]
pub struct HailRequest {
    /// Our idempotency key.
    pub customer: CustomerId,
    /// The series, once the centre gave one.
    pub session: Option<HailSessionId>,
    /// Which taxi.
    pub taxi: TaxiId,
    /// Its fleet.
    pub operator: Option<String>,
    /// The rider's phone number, or the kiosk's.
    pub phone: Secret,
}

/// A hail as the centre tells it. What may not be shown in a state is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct Hail {
    /// Order number.
    pub id: HailId,
    /// State.
    pub status: HailStatus,
    /// Series.
    pub session: Option<HailSessionId>,
    /// Whose it is: our own key again.
    pub customer: Option<CustomerId>,
    /// Where the taxi is, while the hail is in progress.
    pub position: Option<GeoPoint>,
    /// Plate, from acceptance to boarding.
    pub plate: Option<Secret>,
    /// Colour of the car, likewise.
    pub color: Option<String>,
    /// Driver's name, likewise, family name first where the centre gives both in Chinese.
    pub driver: Option<Secret>,
    /// The taxi's phone number, only while `accepted_by_customer`.
    pub taxi_phone: Option<Secret>,
    /// The driver reported, with `incident_taxi`, that the rider was not there: whoever is called absent is banned, so
    /// no other taxi is to be hailed.
    pub rider_absent: bool,
}

/// One line of the centre's list of hails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HailSummary {
    /// Order number.
    pub id: HailId,
    /// State.
    pub status: HailStatus,
    /// Whose it is, where the list tells it.
    pub customer: Option<CustomerId>,
    /// Which taxi, where the list tells it.
    pub taxi: Option<TaxiId>,
}

/// How a call to the dispatch centre failed, as far as the rules must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallFailure {
    /// The request certainly did not reach the centre (no connection, name not found, TLS refused).
    NotSent,
    /// It may have been carried out: the answer was lost, late, unreadable or a server error.
    Unknown,
    /// The centre refused it; nothing was changed.
    Refused(Refusal),
}

/// Why the centre refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The rider is banned (403 on `customer_id`).
    Banned,
    /// This taxi cannot be had any more: not free, not online, unknown. Another may be.
    TaxiGone,
    /// Cruising is forbidden at this place (404 on the list).
    NoCruising,
    /// The hail does not exist (404 on a hail).
    NoSuchHail,
    /// The hail's state does not allow the change (400 on a hail).
    NotAllowed,
    /// Our key is refused (401, or 403 without a ban).
    KeyRefused,
    /// Anything else that will not change by asking again.
    Other,
}
