// SPDX-License-Identifier: GPL-3.0-only
//! Reading requests as strictly as the reference server: unknown fields, wrong types and values out of
//! range are refused, all faults of a request in one answer.

use serde_json::{Map, Value, json};

use super::Refusal;
use crate::domain::taxi::HailStatus;
use crate::protocol::GeoPoint;
use crate::services::taxi::sim::centre::{HailChange, HailFilter, NewHail};
use crate::services::taxi::sim::fleet::{LARGEST_RADIUS_M, SMALLEST_RADIUS_M};
use crate::services::taxi::sim::machine::TaxiStatus;

/// Most positions in one `POST /geotaxi/`.
pub(in super::super) const MAX_POSITIONS: usize = 50;
/// Longest text of a field, in bytes. The reference server has no limit; a simulator that keeps
/// hails in memory needs one.
const MAX_TEXT_BYTES: usize = 1000;

const INCIDENT_TAXI: &[&str] = &["no_show", "address", "traffic", "breakdown", "traffic_jam", "garbage_truck"];
const INCIDENT_CUSTOMER: &[&str] = &["", "mud_river", "parade", "earthquake", "no_show", "no_specs"];
const REPORTING: &[&str] = &["ko", "payment", "courtesy", "route", "cleanliness", "late", "aggressive", "no_show"];
const RATING: &[&str] = &[
    "ko",
    "payment",
    "courtesy",
    "route",
    "cleanliness",
    "late",
    "no_credit_card",
    "bad_itinerary",
    "dirty_taxi",
    "automatic_rating",
];
const MISSING: &str = "Missing data for required field.";

/// The fields of the one object in `data`; collects faults while they are taken out.
struct Fields {
    given: Map<String, Value>,
    faults: Map<String, Value>,
}

impl Fields {
    fn of(body: Value) -> Result<Self, Refusal> {
        let whole = |message: &str| Refusal { status: 400, errors: json!({ "data": [message] }) };
        let data = match body {
            Value::Object(mut body) => body.remove("data"),
            _ => return Err(Refusal { status: 400, errors: json!({ "_schema": ["Invalid input type."] }) }),
        };
        let Some(data) = data else { return Err(whole(MISSING)) };
        let Value::Array(mut data) = data else { return Err(whole("Not a valid list.")) };
        match (data.pop(), data.is_empty()) {
            (Some(Value::Object(given)), true) => Ok(Self { given, faults: Map::new() }),
            (Some(_), true) => Err(Refusal::field(400, "_schema", "Invalid input type.")),
            _ => Err(whole("data should be a list of one element.")),
        }
    }

    fn fault(&mut self, field: &str, message: &str) {
        self.faults.insert(field.to_owned(), json!([message]));
    }

    /// Takes a field out; `None` where absent.
    fn take(&mut self, field: &str) -> Option<Value> {
        self.given.remove(field)
    }

    /// Takes a field that may not be null and is read by `read`, which gives a message on failure.
    fn value<T>(&mut self, field: &str, read: impl Fn(&Value) -> Result<T, String>) -> Option<T> {
        let value = self.take(field)?;
        if value.is_null() {
            self.fault(field, "Field may not be null.");
            return None;
        }
        read(&value).map_err(|message| self.fault(field, &message)).ok()
    }

    /// Takes a field that may be null.
    fn nullable<T>(&mut self, field: &str, read: impl Fn(&Value) -> Result<T, String>) -> Option<Option<T>> {
        let value = self.take(field)?;
        if value.is_null() {
            return Some(None);
        }
        read(&value).map_err(|message| self.fault(field, &message)).ok().map(Some)
    }

    fn required<T>(&mut self, field: &str, read: impl Fn(&Value) -> Result<T, String>) -> Option<T> {
        if !self.given.contains_key(field) {
            self.fault(field, MISSING);
        }
        self.value(field, read)
    }

    /// Refuses what was not taken out, and all faults so far.
    fn finish(mut self) -> Result<(), Refusal> {
        let unknown: Vec<String> = self.given.keys().cloned().collect();
        for field in unknown {
            self.fault(&field, "Unknown field.");
        }
        if self.faults.is_empty() {
            return Ok(());
        }
        Err(Refusal { status: 400, errors: json!({ "data": { "0": self.faults } }) })
    }
}

fn text(value: &Value) -> Result<String, String> {
    let text = value.as_str().ok_or("Not a valid string.")?;
    if text.len() > MAX_TEXT_BYTES { Err("Longer than maximum length 1000.".to_owned()) } else { Ok(text.to_owned()) }
}

fn number(value: &Value) -> Result<f64, String> {
    let number = value.as_f64().or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()));
    number.filter(|number| number.is_finite()).ok_or_else(|| "Not a valid number.".to_owned())
}

fn within(low: f64, high: f64) -> impl Fn(&Value) -> Result<f64, String> {
    move |value| {
        let number = number(value)?;
        if (low..=high).contains(&number) {
            return Ok(number);
        }
        Err(format!("Must be greater than or equal to {low} and less than or equal to {high}."))
    }
}

// The protocol allows 85.05112878; the last 0.05 degrees, in the polar sea, are not simulated.
const MAX_LATITUDE: f64 = 85.0;

fn longitude(value: &Value) -> Result<f64, String> {
    within(-180.0, 180.0)(value)
}

fn latitude(value: &Value) -> Result<f64, String> {
    within(-MAX_LATITUDE, MAX_LATITUDE)(value)
}

fn one_of(words: &'static [&'static str]) -> impl Fn(&Value) -> Result<String, String> {
    move |value| {
        let text = text(value)?;
        if words.contains(&text.as_str()) { Ok(text) } else { Err(format!("Must be one of: {}.", words.join(", "))) }
    }
}

fn status(value: &Value) -> Result<HailStatus, String> {
    HailStatus::from_wire(&text(value)?).ok_or_else(|| {
        let words: Vec<_> = HailStatus::ALL.iter().map(|status| status.as_str()).collect();
        format!("Must be one of: {}.", words.join(", "))
    })
}

fn uuid(value: &Value) -> Result<String, String> {
    let text = text(value)?.to_lowercase();
    let digits = text.chars().filter(char::is_ascii_hexdigit).count();
    let sound = digits == 32 && text.chars().all(|character| character.is_ascii_hexdigit() || character == '-');
    if sound { Ok(text) } else { Err("Not a valid UUID.".to_owned()) }
}

fn boolean(value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| "Not a valid boolean.".to_owned())
}

fn integer(value: &Value) -> Result<i64, String> {
    value.as_i64().ok_or_else(|| "Not a valid integer.".to_owned())
}

/// The body of `POST /hails/`.
pub(in super::super) fn new_hail(body: Value) -> Result<NewHail, Refusal> {
    let mut fields = Fields::of(body)?;
    let lon = fields.required("customer_lon", longitude);
    let lat = fields.required("customer_lat", latitude);
    let address = fields.required("customer_address", text);
    let phone = fields.required("customer_phone_number", text);
    let customer = fields.required("customer_id", text);
    let taxi = fields.required("taxi_id", text);
    // Accepted and not looked at: a taxi's id already tells its fleet.
    let _operator = fields.value("operateur", text);
    let session = fields.nullable("session_id", uuid).flatten();
    fields.finish()?;
    let place = lon.zip(lat).and_then(|(lon, lat)| GeoPoint::new(lon, lat).ok());
    match (place, address, phone, customer, taxi) {
        (Some(place), Some(address), Some(phone), Some(customer), Some(taxi)) => {
            Ok(NewHail { place, address, phone, customer, taxi, session })
        }
        // Cannot be: what is missing was refused above.
        _ => Err(Refusal::field(400, "_schema", "Invalid input type.")),
    }
}

/// The body of `PUT /hails/:id`.
pub(in super::super) fn hail_change(body: Value) -> Result<HailChange, Refusal> {
    let mut fields = Fields::of(body)?;
    let change = HailChange {
        status: fields.value("status", status),
        taxi_phone: fields.value("taxi_phone_number", text),
        incident_taxi_reason: fields.nullable("incident_taxi_reason", one_of(INCIDENT_TAXI)),
        reporting_customer: fields.nullable("reporting_customer", boolean),
        reporting_customer_reason: fields.nullable("reporting_customer_reason", one_of(REPORTING)),
        lon: fields.value("customer_lon", longitude),
        lat: fields.value("customer_lat", latitude),
        address: fields.value("customer_address", text),
        rating_ride: fields.nullable("rating_ride", integer),
        rating_ride_reason: fields.nullable("rating_ride_reason", one_of(RATING)),
        incident_customer_reason: fields.nullable("incident_customer_reason", one_of(INCIDENT_CUSTOMER)),
    };
    // In the schema, but the reference server does not store it.
    let _phone = fields.value("customer_phone_number", text);
    fields.finish()?;
    Ok(change)
}

/// The body of `POST /geotaxi/`.
pub(in super::super) fn positions(body: Value) -> Result<Vec<(String, GeoPoint)>, Refusal> {
    let mut fields = Fields::of(body)?;
    let list =
        fields.required("positions", |value| value.as_array().cloned().ok_or_else(|| "Invalid input type.".to_owned()));
    fields.finish()?;
    let list = list.unwrap_or_default();
    if list.len() > MAX_POSITIONS {
        return Err(Refusal::field(400, "positions", "Up to 50 positions are accepted"));
    }
    let read = |entry: &Value| -> Option<(String, GeoPoint)> {
        let (lon, lat) = (number(entry.get("lon")?).ok()?, number(entry.get("lat")?).ok()?);
        Some((text(entry.get("taxi_id")?).ok()?, GeoPoint::new(lon, lat).ok()?))
    };
    let all: Option<Vec<_>> = list.iter().map(read).collect();
    all.ok_or_else(|| Refusal::field(400, "positions", "Each position needs taxi_id, lon and lat."))
}

/// The body of `PUT /taxis/:id`.
pub(in super::super) fn taxi_change(body: Value) -> Result<(Option<TaxiStatus>, Option<f64>), Refusal> {
    let mut fields = Fields::of(body)?;
    let status = fields.value("status", |value| {
        serde_json::from_value(value.clone())
            .map_err(|_| "Must be one of: free, answering, occupied, oncoming, off.".to_owned())
    });
    let radius_m = fields.nullable("radius", within(SMALLEST_RADIUS_M, LARGEST_RADIUS_M));
    fields.finish()?;
    Ok((status, radius_m.map(|radius_m| radius_m.unwrap_or(LARGEST_RADIUS_M))))
}

/// The query of `GET /taxis`; other words are ignored there.
pub(in super::super) fn place(query: &[(String, String)]) -> Result<GeoPoint, Refusal> {
    let value = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| Value::from(value.as_str()));
    let read = |name: &str, high: f64| -> Result<f64, Refusal> {
        let refuse = |message: &str| Refusal::general(400, name, message);
        within(-high, high)(&value(name).ok_or_else(|| refuse(MISSING))?).map_err(|message| refuse(&message))
    };
    let (lon, lat) = (read("lon", 180.0)?, read("lat", MAX_LATITUDE)?);
    GeoPoint::new(lon, lat).map_err(|_| Refusal::general(400, "lon", "Not a valid number."))
}

/// The query of `GET /hails/`.
pub(in super::super) fn hail_filter(query: &[(String, String)]) -> Result<HailFilter, Refusal> {
    let mut filter = HailFilter {
        page: 1,
        ids: Vec::new(),
        taxis: Vec::new(),
        customers: Vec::new(),
        statuses: Vec::new(),
        dates: Vec::new(),
    };
    let mut pages = 0;
    for (name, value) in query {
        let refuse = |message: &str| Refusal { status: 400, errors: json!({ name: { "0": [message] } }) };
        match name.as_str() {
            "p" => {
                pages += 1;
                filter.page = value.parse().map_err(|_| refuse("Not a valid integer."))?;
            }
            "id" => filter.ids.push(value.clone()),
            "taxi_id" => filter.taxis.push(value.clone()),
            "customer_id" => filter.customers.push(value.clone()),
            "status" => {
                filter.statuses.push(status(&Value::from(value.as_str())).map_err(|message| refuse(&message))?);
            }
            "date" if is_day(value) => filter.dates.push(value.clone()),
            "date" => return Err(refuse("Not a valid date.")),
            // For administrators of the reference server, who have more than one fleet and client.
            "operateur" | "moteur" => {}
            _ => return Err(Refusal::general(400, name, "Unknown field.")),
        }
    }
    if pages > 1 {
        return Err(Refusal::general(400, "p", "Argument `p` is specified more than once"));
    }
    filter.page = filter.page.max(1);
    Ok(filter)
}

fn is_day(text: &str) -> bool {
    jiff::civil::Date::strptime("%Y/%m/%d", text).is_ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{hail_change, hail_filter, new_hail, place, positions};
    use crate::domain::taxi::HailStatus;

    fn complete() -> Value {
        json!({"customer_lon": 119.1, "customer_lat": 36.7, "customer_address": "东门",
               "customer_phone_number": "139", "customer_id": "r", "taxi_id": "t", "operateur": "o"})
    }

    #[test]
    fn all_faults_of_a_hail_are_told_at_once() {
        assert!(new_hail(json!({"data": [complete()]})).is_ok());
        let mut bad = complete();
        bad["customer_lon"] = json!(200);
        bad["customer_id"] = json!(null);
        bad["session_id"] = json!("no");
        bad["colour"] = json!("red");
        bad.as_object_mut().unwrap().remove("taxi_id");
        let refusal = new_hail(json!({"data": [bad]})).unwrap_err();
        let fields = refusal.errors["data"]["0"].as_object().unwrap();
        assert_eq!(
            fields.keys().collect::<Vec<_>>(),
            ["colour", "customer_id", "customer_lon", "session_id", "taxi_id"]
        );
        assert_eq!(fields["taxi_id"], json!(["Missing data for required field."]));
    }

    #[test]
    fn other_shapes_are_refused() {
        for body in [
            json!([]),
            json!({}),
            json!({"data": {}}),
            json!({"data": []}),
            json!({"data": [1]}),
            json!({"data": [complete(), complete()]}),
        ] {
            assert_eq!(new_hail(body.clone()).unwrap_err().status, 400, "{body}");
        }
    }

    #[test]
    fn changes_are_read() {
        let change = hail_change(json!({"data": [{"status": "finished", "incident_taxi_reason": null}]})).unwrap();
        assert_eq!((change.status, change.incident_taxi_reason), (Some(HailStatus::Finished), Some(None)));
        for bad in [json!({"status": "emitted"}), json!({"id": "x"}), json!({"incident_taxi_reason": "late"})] {
            assert_eq!(hail_change(json!({"data": [bad]})).unwrap_err().status, 400);
        }
    }

    #[test]
    fn queries_are_read() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert!(place(&[pair("lon", "119.1"), pair("lat", "36.7"), pair("favorite", "1")]).is_ok());
        assert_eq!(place(&[pair("lon", "x"), pair("lat", "36.7")]).unwrap_err().status, 400);
        let filter = hail_filter(&[pair("p", "2"), pair("status", "finished"), pair("date", "2026/11/22")]).unwrap();
        assert_eq!((filter.page, filter.statuses.len()), (2, 1));
        for bad in [pair("status", "gone"), pair("date", "2026-11-22"), pair("p", "x"), pair("q", "1")] {
            assert!(hail_filter(std::slice::from_ref(&bad)).is_err(), "{bad:?}");
        }
        assert!(hail_filter(&[pair("p", "1"), pair("p", "2")]).is_err());
    }

    #[test]
    fn positions_are_bounded() {
        let one = json!({"taxi_id": "t", "lon": 1, "lat": 2});
        assert_eq!(positions(json!({"data": [{"positions": [one]}]})).unwrap().len(), 1);
        let many = vec![one; super::MAX_POSITIONS + 1];
        assert!(positions(json!({"data": [{"positions": many}]})).is_err());
        assert!(positions(json!({"data": [{"positions": [{"taxi_id": "t"}]}]})).is_err());
    }
}
