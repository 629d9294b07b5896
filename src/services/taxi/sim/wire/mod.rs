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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{HIDDEN_PHONE, NEUTRAL_OPERATOR, hail, list, offers};
    use crate::domain::taxi::HailStatus;
    use crate::domain::time::Moment;
    use crate::protocol::GeoPoint;
    use crate::services::taxi::letaxi::codec;
    use crate::services::taxi::sim::centre::{Account, Centre, HailChange, HailFilter, NewHail};
    use crate::services::taxi::sim::script::Outcome;
    use crate::services::taxi::sim::{SimTaxiOptions, script::Knobs};

    fn gate() -> GeoPoint {
        GeoPoint::new(119.107, 36.707).unwrap()
    }

    /// A centre with one hail that nobody moves, and the hail's id.
    fn centre() -> (Centre, String) {
        let mut setup = SimTaxiOptions::default().setup().unwrap();
        setup.knobs = Knobs { default_outcome: Outcome::External, ..Knobs::default() };
        let mut centre = Centre::new(setup, Moment::default());
        let taxi = centre.taxis[0].id.clone();
        let kiosk = centre.accounts[0].clone();
        let new = NewHail {
            place: gate(),
            address: "东门".into(),
            phone: "139".into(),
            customer: "r".into(),
            taxi,
            session: None,
        };
        let id = centre.create(&kiosk, new).unwrap().id.clone();
        (centre, id)
    }

    /// What each of the three keys and the fleet's server see.
    fn views(centre: &Centre, id: &str) -> [Value; 4] {
        let record = centre.any_hail(id).unwrap();
        let by = |account: &Account| hail(centre, record, Some(account));
        let [kiosk, fleet, admin] = &centre.accounts;
        [by(kiosk), by(fleet), by(admin), hail(centre, record, None)]
    }

    #[test]
    fn nothing_is_shown_before_its_time_or_after_it() {
        use HailStatus::{
            AcceptedByCustomer, AcceptedByTaxi, CustomerOnBoard, Finished, ReceivedByOperator, ReceivedByTaxi,
        };
        let (mut centre, id) = centre();
        let admin = centre.accounts[2].clone();
        for status in [
            None,
            Some(ReceivedByOperator),
            Some(ReceivedByTaxi),
            Some(AcceptedByTaxi),
            Some(AcceptedByCustomer),
            Some(CustomerOnBoard),
            Some(Finished),
        ] {
            if status == Some(ReceivedByOperator) {
                centre.advance(Moment::from_start(std::time::Duration::from_secs(1)));
            } else if status.is_some() {
                let change = HailChange { status, taxi_phone: Some("199".into()), ..HailChange::default() };
                centre.update(&admin, &id, change).unwrap();
            }
            let status = centre.any_hail(&id).unwrap().status;
            let car = matches!(status, AcceptedByTaxi | AcceptedByCustomer | CustomerOnBoard);
            for (viewer, view) in views(&centre, &id).iter().enumerate() {
                let admin = viewer == 2;
                let phones = status == AcceptedByCustomer || admin;
                assert_eq!(view["status"], status.as_str());
                let hidden = |field: &str| view[field] == HIDDEN_PHONE;
                assert_eq!((hidden("customer_phone_number"), hidden("taxi_phone_number")), (!phones, !phones));
                let taxi = &view["taxi"];
                for text in [
                    &taxi["vehicle"]["licence_plate"],
                    &taxi["vehicle"]["color"],
                    &taxi["driver"]["first_name"],
                    &taxi["driver"]["last_name"],
                ] {
                    assert_eq!(!text.as_str().unwrap().is_empty(), car, "{status:?}");
                }
                for moving in [&taxi["position"]["lon"], &taxi["crowfly_distance"], &taxi["last_update"]] {
                    assert_eq!(moving.is_null(), status == Finished, "{status:?}");
                }
                assert_eq!(view["operateur"] == NEUTRAL_OPERATOR, viewer == 0);
            }
        }
    }

    #[test]
    fn the_clients_codec_reads_what_the_centre_writes() {
        let (centre, id) = centre();
        let kiosk = &centre.accounts[0];
        let told = json!({ "data": [hail(&centre, centre.any_hail(&id).unwrap(), Some(kiosk))] });
        let read = codec::decode_hail(told.to_string().as_bytes()).unwrap();
        assert_eq!((read.id.0, read.status), (id.clone(), HailStatus::Received));
        let taxis = offers(&centre.free_taxis(gate()).unwrap(), kiosk);
        assert_eq!(codec::decode_offers(taxis.to_string().as_bytes()).unwrap().len(), 5);
        assert_eq!(taxis["data"][0]["vehicle"]["licence_plate"], "");
        let all =
            HailFilter { page: 1, ids: vec![], taxis: vec![], customers: vec![], statuses: vec![], dates: vec![] };
        let lines = list(&centre, &centre.list(kiosk, &all), kiosk);
        let page = codec::decode_list(lines.to_string().as_bytes()).unwrap();
        assert_eq!((page.lines[0].id.0.as_str(), page.next_page), (id.as_str(), None));
        assert_eq!(lines["meta"]["total"], 1);
    }
}
