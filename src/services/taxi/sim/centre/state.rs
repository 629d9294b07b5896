// SPDX-License-Identifier: GPL-3.0-only
//! What the centre tells a test or a technician about itself (`GET /sim/state`).

use serde::Serialize;

use super::super::machine::TaxiStatus;
use super::super::script::{Knobs, Outcome};
use super::Centre;

/// The whole centre. Unlike the protocol's answers it hides nothing: it holds invented people, and
/// whatever riders gave to this simulator.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SimState {
    /// Hails taken since the start or the last reset.
    pub hails_created: u64,
    /// Most hails of one rider (`customer_id`) that were alive at once; must never be above 1.
    pub most_live_of_one_customer: usize,
    /// Most hails of one key that were alive at once.
    pub most_live_at_once: usize,
    /// Hails, oldest first.
    pub hails: Vec<HailView>,
    /// Taxis.
    pub taxis: Vec<TaxiView>,
    /// Settings.
    pub knobs: Knobs,
}

/// A hail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HailView {
    /// Order number.
    pub id: String,
    /// State, in the protocol's words.
    pub status: String,
    /// Whether it has ended.
    pub ended: bool,
    /// Rider.
    pub customer_id: String,
    /// The number that was given with the hail.
    pub customer_phone_number: String,
    /// The address that was given with the hail.
    pub customer_address: String,
    /// Series.
    pub session_id: String,
    /// Taxi.
    pub taxi_id: String,
    /// Its plate.
    pub licence_plate: String,
    /// What its driver is going to do.
    pub outcome: Outcome,
    /// All its states so far.
    pub transitions: Vec<TransitionView>,
}

impl HailView {
    /// The states so far, in the protocol's words.
    #[must_use]
    pub fn path(&self) -> Vec<&str> {
        self.transitions.iter().map(|transition| transition.to_status.as_str()).collect()
    }
}

/// A change of state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TransitionView {
    /// State before; absent for the first.
    pub from_status: Option<String>,
    /// State after.
    pub to_status: String,
    /// Who: 1 the kiosk's key, 2 the fleet, 3 the administrator; absent: the centre itself.
    pub user: Option<u32>,
    /// Why, for changes by the centre.
    pub reason: Option<String>,
    /// When, in milliseconds since the start of the centre's clock.
    pub at_ms: u64,
}

/// A taxi.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaxiView {
    /// Id.
    pub id: String,
    /// State.
    pub status: TaxiStatus,
    /// Plate.
    pub licence_plate: String,
    /// Maker and model.
    pub model: String,
    /// Colour.
    pub color: String,
    /// Family name and given name.
    pub driver: String,
    /// Its number.
    pub phone: String,
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
}

impl Centre {
    pub(in super::super) fn state(&self) -> SimState {
        SimState {
            hails_created: self.totals.hails_created,
            most_live_of_one_customer: self.totals.most_live_of_one_customer,
            most_live_at_once: self.totals.most_live_at_once,
            hails: self.hail_views(),
            taxis: self.taxi_views(),
            knobs: self.knobs.clone(),
        }
    }

    fn hail_views(&self) -> Vec<HailView> {
        let views = self.hails.iter().map(|hail| {
            let taxi = self.taxis.get(hail.taxi);
            let transitions = hail.transitions.iter().map(|transition| TransitionView {
                from_status: transition.from.map(|status| status.as_str().to_owned()),
                to_status: transition.to.as_str().to_owned(),
                user: transition.user,
                reason: transition.reason.clone(),
                at_ms: u64::try_from(transition.at.since_start().as_millis()).unwrap_or(u64::MAX),
            });
            HailView {
                id: hail.id.clone(),
                status: hail.status.as_str().to_owned(),
                ended: hail.status.is_terminal(),
                customer_id: hail.customer.clone(),
                customer_phone_number: hail.customer_phone.clone(),
                customer_address: hail.address.clone(),
                session_id: hail.session.clone(),
                taxi_id: taxi.map(|taxi| taxi.id.clone()).unwrap_or_default(),
                licence_plate: taxi.map(|taxi| taxi.plate.clone()).unwrap_or_default(),
                outcome: hail.outcome,
                transitions: transitions.collect(),
            }
        });
        views.collect()
    }

    fn taxi_views(&self) -> Vec<TaxiView> {
        let views = self.taxis.iter().map(|taxi| {
            let place = taxi.place(self.now);
            TaxiView {
                id: taxi.id.clone(),
                status: taxi.status,
                licence_plate: taxi.plate.clone(),
                model: format!("{} {}", taxi.constructor, taxi.model),
                color: taxi.color.to_owned(),
                driver: format!("{}{}", taxi.last_name, taxi.first_name),
                phone: taxi.phone.clone(),
                lon: place.longitude_degrees(),
                lat: place.latitude_degrees(),
            }
        });
        views.collect()
    }
}
