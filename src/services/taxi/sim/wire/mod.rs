// SPDX-License-Identifier: GPL-3.0-only
//! le.taxi's JSON as the centre writes and reads it. Independent of the client's codec on purpose: two
//! readings of one protocol check each other.

mod read;

use serde_json::{Value, json};

use super::centre::{Account, Centre, CentreError, HailRecord, OPERATOR, PAGE_LINES, Page};
use super::fleet::Taxi;
use super::machine::{shows_car, shows_phones};
use crate::domain::time::Moment;
use crate::protocol::GeoPoint;

pub(super) use self::read::{hail_change, hail_filter, new_hail, place, positions, taxi_change};

/// What stands where a phone number may not be shown.
const HIDDEN_PHONE: &str = "0600000000";
/// What clients see instead of the fleet's name: the reference server treats all taxis alike.
const NEUTRAL_OPERATOR: &str = "chauffeur professionnel";

/// An HTTP status and its JSON.
pub(super) type Answer = (u16, Value);

/// A refusal: always `{"errors": …}`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) errors: Value,
}

impl Refusal {
    /// About the request as a whole.
    pub(super) fn general(status: u16, field: &str, message: &str) -> Self {
        Self { status, errors: json!({ field: [message] }) }
    }

    /// About a field of the one object in `data`.
    pub(super) fn field(status: u16, field: &str, message: &str) -> Self {
        Self { status, errors: json!({ "data": { "0": { field: [message] } } }) }
    }

    pub(super) fn into_answer(self) -> Answer {
        (self.status, json!({ "errors": self.errors }))
    }
}

impl From<CentreError> for Refusal {
    fn from(error: CentreError) -> Self {
        let message = error.to_string();
        match error {
            CentreError::Banned => Self::field(403, "customer_id", &message),
            CentreError::NoSuchTaxi => Self::field(404, "operateur", &message),
            CentreError::NotOnline | CentreError::NoLongerOnline | CentreError::NotFree => {
                Self::field(400, "taxi_id", &message)
            }
            CentreError::NoSuchSession | CentreError::OtherSession => Self::field(400, "session_id", &message),
            CentreError::NoAddress => Self::field(400, "customer_address", &message),
            CentreError::NoSuchHail | CentreError::NoCruising => Self::general(404, "url", &message),
            CentreError::OthersHail => Self::general(403, "url", &message),
            CentreError::Status(_) => Self::field(400, "status", &message),
            CentreError::Field(field) => Self::field(400, field, &message),
            CentreError::UnknownTaxis(indices) => {
                let bad = indices.iter().map(|index| (index.to_string(), json!({ "taxi_id": [message] })));
                Self { status: 400, errors: json!({ "data": { "0": { "positions": Value::Object(bad.collect()) } } }) }
            }
        }
    }
}

/// The wall clock in ISO 8601.
fn iso(centre: &Centre, moment: Moment) -> String {
    jiff::Timestamp::from_microsecond(centre.wall_us(moment)).unwrap_or_default().to_string()
}

/// A hail as `viewer` may see it; `None` is the fleet's own server.
pub(super) fn hail(centre: &Centre, hail: &HailRecord, viewer: Option<&Account>) -> Value {
    let admin = viewer.is_some_and(|account| account.roles.admin);
    let fleet = viewer.is_none_or(|account| account.id == OPERATOR);
    let (phones, notes) = (shows_phones(hail.status) || admin, &hail.notes);
    let phone = |number: &str| if phones { number.to_owned() } else { HIDDEN_PHONE.to_owned() };
    let operator = centre.accounts.iter().find(|account| account.id == OPERATOR).map_or("", |account| account.email);
    let transitions = hail.transitions.iter().map(|transition| {
        json!({
            "from_status": transition.from.map(crate::domain::taxi::HailStatus::as_str),
            "to_status": transition.to.as_str(),
            "timestamp": iso(centre, transition.at),
            "user": transition.user,
            "reason": transition.reason,
        })
    });
    json!({
        "id": hail.id,
        "status": hail.status.as_str(),
        "session_id": hail.session,
        "creation_datetime": iso(centre, hail.created),
        "last_status_change": iso(centre, hail.entered),
        "customer_id": hail.customer,
        "customer_lon": hail.place.longitude_degrees(),
        "customer_lat": hail.place.latitude_degrees(),
        "customer_address": hail.address,
        "customer_phone_number": phone(&hail.customer_phone),
        "operateur": if admin || fleet { operator } else { NEUTRAL_OPERATOR },
        "taxi_phone_number": phone(&hail.taxi_phone),
        "incident_customer_reason": notes.incident_customer_reason,
        "incident_taxi_reason": notes.incident_taxi_reason,
        "rating_ride": notes.rating_ride,
        "rating_ride_reason": notes.rating_ride_reason,
        "reporting_customer": notes.reporting_customer,
        "reporting_customer_reason": notes.reporting_customer_reason,
        "transitions": transitions.collect::<Vec<_>>(),
        "taxi": taxi_of_hail(centre, hail),
    })
}

fn taxi_of_hail(centre: &Centre, hail: &HailRecord) -> Value {
    let Some(taxi) = centre.taxis.get(hail.taxi) else { return Value::Null };
    let shown = |text: &str| if shows_car(hail.status) { text.to_owned() } else { String::new() };
    let mut told = json!({
        "id": taxi.id,
        "crowfly_distance": null,
        "last_update": null,
        "position": { "lon": null, "lat": null },
        "driver": { "first_name": shown(taxi.first_name), "last_name": shown(taxi.last_name) },
        "vehicle": { "color": shown(taxi.color), "licence_plate": shown(&taxi.plate) },
    });
    if !hail.status.is_terminal() {
        let now = centre.now();
        let at = taxi.place(now);
        // Kilometres here, metres in the list of taxis: so does the reference server.
        told["crowfly_distance"] = json!(at.distance_m(hail.place) / 1000.0);
        told["last_update"] = json!(centre.wall_us(taxi.seen(now)) / 1_000_000);
        told["position"] = position(at);
    }
    told
}

fn position(at: GeoPoint) -> Value {
    json!({ "lon": at.longitude_degrees(), "lat": at.latitude_degrees() })
}

/// The answer to `GET /taxis`, with the empty fields that the reference server keeps for old clients.
pub(super) fn offers(taxis: &[(&Taxi, GeoPoint, f64)], viewer: &Account) -> Value {
    let entries = taxis.iter().map(|(taxi, at, distance_m)| {
        json!({
            "id": taxi.id,
            "operator": NEUTRAL_OPERATOR,
            "crowfly_distance": distance_m,
            "position": position(*at),
            "vehicle": {
                "model": taxi.model, "constructor": taxi.constructor, "nb_seats": taxi.seats,
                "engine": taxi.engine, "characteristics": [], "color": "", "type": "normal",
                "licence_plate": if viewer.roles.admin { taxi.plate.as_str() } else { "" },
                "cpam_conventionne": null,
            },
            "status": "free", "rating": 0, "radius": 0, "last_update": null, "added_at": "1970-01-01T00:00:00",
            "driver": { "professional_licence": "", "first_name": "", "last_name": "", "departement": "" },
        })
    });
    json!({ "data": entries.collect::<Vec<_>>() })
}

/// The answer to `GET` and `PUT /taxis/:id`.
pub(super) fn taxi(centre: &Centre, taxi: &Taxi) -> Value {
    let now = centre.now();
    json!({ "data": [{
        "id": taxi.id,
        "status": taxi.status,
        "radius": taxi.radius_m,
        "position": position(taxi.place(now)),
        "last_update": centre.wall_us(taxi.seen(now)) / 1_000_000,
        "vehicle": {
            "licence_plate": taxi.plate, "constructor": taxi.constructor, "color": taxi.color,
            "nb_seats": taxi.seats, "characteristics": [], "engine": taxi.engine,
        },
        "driver": { "first_name": taxi.first_name, "last_name": taxi.last_name },
    }] })
}

/// The answer to `GET /hails/`.
pub(super) fn list(centre: &Centre, page: &Page<&HailRecord>, viewer: &Account) -> Value {
    let email = |id: u32| centre.accounts.iter().find(|account| account.id == id).map(|account| account.email);
    let open = viewer.roles.admin || viewer.id == OPERATOR;
    let lines = page.lines.iter().map(|hail| {
        json!({
            "id": hail.id,
            "added_by": email(hail.added_by),
            "operateur": if open { email(OPERATOR) } else { Some(NEUTRAL_OPERATOR) },
            "status": hail.status.as_str(),
            "creation_datetime": iso(centre, hail.created),
            "taxi_id": centre.taxis.get(hail.taxi).map(|taxi| taxi.id.as_str()),
            "customer_id": hail.customer,
        })
    });
    let pages = page.total.div_ceil(PAGE_LINES);
    let next = (page.page < pages).then(|| page.page + 1);
    let previous = (page.page > 1).then(|| page.page - 1);
    json!({
        "data": lines.collect::<Vec<_>>(),
        "meta": { "next_page": next, "prev_page": previous, "per_page": PAGE_LINES, "pages": pages, "total": page.total },
    })
}
