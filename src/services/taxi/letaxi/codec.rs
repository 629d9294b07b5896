// SPDX-License-Identifier: GPL-3.0-only
//! le.taxi on the wire: bytes to domain types and back, without I/O. Field names and shapes follow the
//! public source of the reference server (openmaraude/APITaxi).
//!
//! Reading is lenient where the protocol lets it be: unknown fields are ignored, optional ones may be
//! missing, null or of a wrong type. What a call cannot do without (an id that may stand in an address,
//! a status that the protocol has) gives a typed error instead.

use serde_json::{Value, json};
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

use crate::domain::taxi::{
    CustomerId, Hail, HailId, HailRequest, HailSessionId, HailStatus, HailSummary, TaxiId, TaxiOffer,
};
use crate::protocol::{GeoPoint, Secret};
use crate::services::text::{clean_cut, clean_whole, is_chinese, without_numbers};
use crate::settings::Site;

/// Longest id taken, in characters; le.taxi's own have 7.
pub const MAX_ID_CHARS: usize = 64;
/// Longest number plate, in characters; a Chinese one has 7 or 8.
pub const MAX_PLATE_CHARS: usize = 16;
/// Longest name of a driver, a model or an operator, in characters.
pub const MAX_NAME_CHARS: usize = 40;
/// Longest colour, in characters.
pub const MAX_COLOR_CHARS: usize = 20;
/// Longest phone number, in characters, separators included.
pub const MAX_PHONE_CHARS: usize = 24;
/// Most taxis taken from one answer.
pub const MAX_OFFERS: usize = 50;
/// Most lines taken from one page of the list of hails; le.taxi gives 30.
pub const MAX_LIST_LINES: usize = 100;
/// Most messages taken from one refusal.
pub const MAX_ERROR_MESSAGES: usize = 8;
/// Longest message of a refusal, in characters.
pub const MAX_MESSAGE_CHARS: usize = 160;
/// What stands where a phone number may not be shown yet.
pub const HIDDEN_PHONE: &str = "0600000000";

/// How deep a refusal is searched for messages.
const MAX_ERROR_DEPTH: usize = 6;

/// An answer that is not le.taxi's protocol. Holds nothing of the answer itself.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum DecodeError {
    /// Not JSON at all, such as a login page.
    #[error("the answer is not JSON (line {line}, column {column})")]
    NotJson {
        /// Line of the first fault, from 1.
        line: usize,
        /// Column of the first fault.
        column: usize,
    },
    /// JSON without the list `data`.
    #[error("the answer has no list `data`")]
    NoData,
    /// The list `data` holds no object.
    #[error("the answer's `data` holds no hail")]
    NoHail,
    /// The hail's id is missing, too long, or has characters that do not belong into an address.
    #[error("the hail has no usable id")]
    BadId,
    /// The status is missing or no word of the protocol.
    #[error("the hail's status is no word of the protocol")]
    UnknownStatus,
    /// The answer is about another hail or another rider than the question.
    #[error("the answer is about another hail than the one asked for")]
    OtherHail,
    /// The list goes on beyond what is read, and the rider was not in it.
    #[error("the list of hails does not end: the centre ignores the filter on customer_id")]
    EndlessList,
}

/// JSON that wipes its texts when dropped: answers hold plates, names and phone numbers.
struct WipingJson(Value);

impl WipingJson {
    fn parse(bytes: &[u8]) -> Result<Self, DecodeError> {
        serde_json::from_slice(bytes)
            .map(Self)
            .map_err(|fault| DecodeError::NotJson { line: fault.line(), column: fault.column() })
    }

    fn data(&self) -> Result<&[Value], DecodeError> {
        self.0.get("data").and_then(Value::as_array).map(Vec::as_slice).ok_or(DecodeError::NoData)
    }
}

impl Drop for WipingJson {
    fn drop(&mut self) {
        // Bounded: the parser refuses more than 128 levels.
        fn wipe(value: &mut Value) {
            match value {
                Value::String(text) => text.zeroize(),
                Value::Array(items) => items.iter_mut().for_each(wipe),
                Value::Object(fields) => fields.values_mut().for_each(wipe),
                Value::Null | Value::Bool(_) | Value::Number(_) => {}
            }
        }
        wipe(&mut self.0);
    }
}

/// One line of the list of hails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListLine {
    /// Order number.
    pub id: HailId,
    /// State; `None` for a word that the protocol does not have. It only matters if the line is ours.
    pub status: Option<HailStatus>,
    /// Whose it is, where told.
    pub customer: Option<CustomerId>,
    /// Which taxi, where told.
    pub taxi: Option<TaxiId>,
}

impl ListLine {
    /// The line as the rules take it.
    ///
    /// # Errors
    /// The status is no word of the protocol.
    pub fn into_summary(self) -> Result<HailSummary, DecodeError> {
        let status = self.status.ok_or(DecodeError::UnknownStatus)?;
        Ok(HailSummary { id: self.id, status, customer: self.customer, taxi: self.taxi })
    }
}

/// One page of the list of hails.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ListPage {
    /// Lines whose id is usable, newest first.
    pub lines: Vec<ListLine>,
    /// The page after this one, from the answer's `meta`.
    pub next_page: Option<u32>,
}

/// One message of a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field that the centre names; empty where it names none.
    pub field: String,
    /// Its words, cut, without digits that could be somebody's number.
    pub message: String,
}

/// A hail out of the answer to a POST, GET or PUT.
///
/// # Errors
/// Not JSON, no hail in it, an unusable id, a status that the protocol does not have.
pub fn decode_hail(bytes: &[u8]) -> Result<Hail, DecodeError> {
    let json = WipingJson::parse(bytes)?;
    let hail = json.data()?.first().filter(|value| value.is_object()).ok_or(DecodeError::NoHail)?;
    let taxi = hail.get("taxi").unwrap_or(&Value::Null);
    let vehicle = taxi.get("vehicle").unwrap_or(&Value::Null);
    Ok(Hail {
        id: hail_id(hail.get("id"))?,
        status: status(hail.get("status")).ok_or(DecodeError::UnknownStatus)?,
        session: whole_text(hail.get("session_id"), MAX_ID_CHARS).map(HailSessionId),
        customer: whole_text(hail.get("customer_id"), MAX_ID_CHARS).map(CustomerId),
        position: position(taxi.get("position")),
        plate: whole_text(vehicle.get("licence_plate"), MAX_PLATE_CHARS).map(Secret::new),
        color: cut_text(vehicle.get("color"), MAX_COLOR_CHARS),
        driver: driver_name(taxi.get("driver").unwrap_or(&Value::Null)),
        taxi_phone: phone(hail.get("taxi_phone_number")),
        rider_absent: hail.get("incident_taxi_reason").and_then(Value::as_str) == Some("no_show"),
    })
}

/// The free taxis out of the answer to `GET /taxis`, in the centre's order (nearest first). Entries
/// without a usable id are left out.
///
/// # Errors
/// Not JSON, or no list in it.
pub fn decode_offers(bytes: &[u8]) -> Result<Vec<TaxiOffer>, DecodeError> {
    let json = WipingJson::parse(bytes)?;
    let offers = json.data()?.iter().filter_map(|entry| {
        let vehicle = entry.get("vehicle").unwrap_or(&Value::Null);
        Some(TaxiOffer {
            taxi: TaxiId(whole_text(entry.get("id"), MAX_ID_CHARS)?),
            operator: cut_text(entry.get("operator"), MAX_NAME_CHARS),
            position: position(entry.get("position")),
            model: model(vehicle),
        })
    });
    Ok(offers.take(MAX_OFFERS).collect())
}

/// One page out of the answer to `GET /hails/`. Lines without a usable id are left out: they could not
/// be asked for.
///
/// # Errors
/// Not JSON, or no list in it.
pub fn decode_list(bytes: &[u8]) -> Result<ListPage, DecodeError> {
    let json = WipingJson::parse(bytes)?;
    let lines = json.data()?.iter().filter_map(|line| {
        Some(ListLine {
            id: hail_id(line.get("id")).ok()?,
            status: status(line.get("status")),
            customer: whole_text(line.get("customer_id"), MAX_ID_CHARS).map(CustomerId),
            taxi: whole_text(line.get("taxi_id"), MAX_ID_CHARS).map(TaxiId),
        })
    });
    let next_page = json.0.get("meta").and_then(|meta| meta.get("next_page")).and_then(Value::as_u64);
    Ok(ListPage {
        lines: lines.take(MAX_LIST_LINES).collect(),
        next_page: next_page.and_then(|page| u32::try_from(page).ok()),
    })
}

/// The messages of a refusal: `{"errors":{"data":{"0":{"field":["…"]}}}}` or any other shape under
/// `errors`. `None` means that the bytes are no refusal in this protocol.
#[must_use]
pub fn decode_error(bytes: &[u8]) -> Option<Vec<FieldError>> {
    fn collect(field: &str, value: &Value, depth: usize, found: &mut Vec<FieldError>) {
        if found.len() >= MAX_ERROR_MESSAGES || depth > MAX_ERROR_DEPTH {
            return;
        }
        match value {
            Value::String(text) => found.push(FieldError { field: field.to_owned(), message: message(text) }),
            Value::Array(items) => items.iter().for_each(|item| collect(field, item, depth + 1, found)),
            Value::Object(fields) => fields.iter().for_each(|(name, inner)| {
                let names_a_place = name == "data" || name.chars().all(|character| character.is_ascii_digit());
                let cleaned = clean_cut(name, MAX_NAME_CHARS).map(|text| without_numbers(&text));
                let field = if names_a_place { field.to_owned() } else { cleaned.unwrap_or_default() };
                collect(&field, inner, depth + 1, found);
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let json = WipingJson::parse(bytes).ok()?;
    let errors = json.0.get("errors").filter(|errors| !errors.is_null())?;
    let mut found = Vec::new();
    collect("", errors, 0, &mut found);
    Some(found)
}

fn message(text: &str) -> String {
    clean_cut(text, MAX_MESSAGE_CHARS).map(|cleaned| without_numbers(&cleaned)).unwrap_or_default()
}

/// The body of `POST /hails/`. Holds the rider's number, hence the wiping buffer.
#[must_use]
pub fn encode_hail(request: &HailRequest, site: &Site) -> Zeroizing<Vec<u8>> {
    let mut hail = json!({
        "customer_lon": site.position.longitude_degrees(),
        "customer_lat": site.position.latitude_degrees(),
        "customer_address": site.address,
        "customer_phone_number": request.phone.expose(),
        "customer_id": request.customer.0,
        "taxi_id": request.taxi.0,
    });
    if let Some(operator) = &request.operator {
        hail["operateur"] = json!(operator);
    }
    if let Some(session) = &request.session {
        hail["session_id"] = json!(session.0);
    }
    let body = WipingJson(json!({ "data": [hail] }));
    Zeroizing::new(body.0.to_string().into_bytes())
}

/// The body of `PUT /hails/:id`: one change a request.
#[must_use]
pub fn encode_status(status: HailStatus) -> Vec<u8> {
    json!({ "data": [{ "status": status.as_str() }] }).to_string().into_bytes()
}

/// Whether `id` may stand in an address: 1 to [`MAX_ID_CHARS`] characters of `A-Z a-z 0-9 _ -`.
#[must_use]
pub fn is_usable_id(id: &str) -> bool {
    (1..=MAX_ID_CHARS).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

fn hail_id(value: Option<&Value>) -> Result<HailId, DecodeError> {
    let id = value.and_then(Value::as_str).ok_or(DecodeError::BadId)?;
    if is_usable_id(id) { Ok(HailId(id.to_owned())) } else { Err(DecodeError::BadId) }
}

fn status(value: Option<&Value>) -> Option<HailStatus> {
    value.and_then(Value::as_str).and_then(HailStatus::from_wire)
}

fn whole_text(value: Option<&Value>, max_chars: usize) -> Option<String> {
    value.and_then(Value::as_str).and_then(|text| clean_whole(text, max_chars))
}

fn cut_text(value: Option<&Value>, max_chars: usize) -> Option<String> {
    value.and_then(Value::as_str).and_then(|text| clean_cut(text, max_chars))
}

/// A number that is shown, spoken and dialled: digits and the usual separators only.
fn phone(value: Option<&Value>) -> Option<Secret> {
    let mut text = whole_text(value, MAX_PHONE_CHARS)?;
    let is_number = text.chars().any(|character| character.is_ascii_digit())
        && text.chars().all(|character| character.is_ascii_digit() || "+-() .".contains(character));
    if is_number && text != HIDDEN_PHONE {
        return Some(Secret::new(text));
    }
    text.zeroize();
    None
}

fn position(value: Option<&Value>) -> Option<GeoPoint> {
    let degrees = |name| {
        let number = value?.get(name)?;
        number.as_f64().or_else(|| number.as_str()?.trim().parse().ok())
    };
    GeoPoint::new(degrees("lon")?, degrees("lat")?).ok()
}

fn model(vehicle: &Value) -> Option<String> {
    let constructor = cut_text(vehicle.get("constructor"), MAX_NAME_CHARS);
    let model = cut_text(vehicle.get("model"), MAX_NAME_CHARS);
    match (constructor, model) {
        (Some(constructor), Some(model)) if model.starts_with(&constructor) => Some(model),
        (Some(constructor), Some(model)) => clean_cut(&format!("{constructor} {model}"), MAX_NAME_CHARS),
        (constructor, model) => constructor.or(model),
    }
}

/// Family name first and without a space in Chinese, given name first elsewhere.
fn driver_name(driver: &Value) -> Option<Secret> {
    let first = cut_text(driver.get("first_name"), MAX_NAME_CHARS).map(Zeroizing::new);
    let last = cut_text(driver.get("last_name"), MAX_NAME_CHARS).map(Zeroizing::new);
    let whole = match (first, last) {
        (Some(first), Some(last)) if is_chinese(&first) && is_chinese(&last) => {
            Zeroizing::new(format!("{}{}", last.as_str(), first.as_str()))
        }
        (Some(first), Some(last)) => Zeroizing::new(format!("{} {}", first.as_str(), last.as_str())),
        (first, last) => first.or(last)?,
    };
    clean_cut(&whole, MAX_NAME_CHARS).map(Secret::new)
}

#[cfg(test)]
#[path = "codec_tests.rs"]
mod tests;
