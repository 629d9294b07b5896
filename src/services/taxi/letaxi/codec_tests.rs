// SPDX-License-Identifier: GPL-3.0-only
//! The codec against answers in the reference server's shape, damaged ones, and arbitrary bytes.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::settings::Bilingual;

fn answer(hail: &Value) -> Vec<u8> {
    json!({ "data": [hail] }).to_string().into_bytes()
}

/// A hail as the reference server tells it while the taxi is on its way.
fn whole_hail() -> Value {
    json!({
        "id": "a1b2c3d", "status": "accepted_by_customer", "session_id": "7d4c1f7e-6a8f-4c13-9d0c-111111111111",
        "creation_datetime": "2026-03-01T08:00:00+00:00", "last_status_change": "2026-03-01T08:00:30+00:00",
        "customer_id": "r-1", "customer_lat": 36.7, "customer_lon": 119.1, "customer_address": "东门",
        "customer_phone_number": "13900000000", "operateur": "chauffeur professionnel",
        "taxi_phone_number": "138 0000 1111", "incident_customer_reason": null, "incident_taxi_reason": null,
        "reporting_customer": null, "reporting_customer_reason": null, "rating_ride": null,
        "transitions": [{"from_status": null, "to_status": "received", "timestamp": "…", "user": 2, "reason": null}],
        "taxi": {
            "id": "cZQHY5q", "crowfly_distance": 0.4, "last_update": 1772352030,
            "position": {"lat": 36.701, "lon": 119.102},
            "driver": {"first_name": "小明", "last_name": "王"},
            "vehicle": {"color": "白色", "licence_plate": "鲁G·D12345"},
        },
    })
}

#[test]
fn a_whole_hail_is_read() {
    let hail = decode_hail(&answer(&whole_hail())).unwrap();
    assert_eq!((hail.id.0.as_str(), hail.status), ("a1b2c3d", HailStatus::AcceptedByCustomer));
    assert_eq!(hail.customer, Some(CustomerId("r-1".into())));
    assert_eq!(hail.session.unwrap().0, "7d4c1f7e-6a8f-4c13-9d0c-111111111111");
    assert_eq!(hail.plate.unwrap().expose(), "鲁G·D12345");
    assert_eq!(hail.color.as_deref(), Some("白色"));
    assert_eq!(hail.driver.unwrap().expose(), "王小明");
    assert_eq!(hail.taxi_phone.unwrap().expose(), "138 0000 1111");
    assert_eq!(hail.position, GeoPoint::new(119.102, 36.701).ok());
}

#[test]
fn a_driver_who_found_nobody_says_so_with_the_incident() {
    let mut hail = whole_hail();
    hail["status"] = json!("incident_taxi");
    for (reason, absent) in
        [(json!("no_show"), true), (json!("traffic"), false), (json!(7), false), (json!(null), false)]
    {
        hail["incident_taxi_reason"] = reason;
        assert_eq!(decode_hail(&answer(&hail)).unwrap().rider_absent, absent);
    }
}

#[test]
fn what_may_not_be_shown_is_none() {
    let mut hail = whole_hail();
    hail["taxi_phone_number"] = json!(HIDDEN_PHONE);
    hail["taxi"]["driver"] = json!({"first_name": "", "last_name": ""});
    hail["taxi"]["vehicle"] = json!({"color": "", "licence_plate": ""});
    hail["taxi"]["position"] = json!({"lat": null, "lon": null});
    let hail = decode_hail(&answer(&hail)).unwrap();
    assert_eq!((hail.plate, hail.color, hail.driver, hail.taxi_phone, hail.position), (None, None, None, None, None));
}

#[test]
fn optional_fields_may_be_missing_or_of_any_type() {
    let bare = decode_hail(&answer(&json!({"id": "x", "status": "received"}))).unwrap();
    assert_eq!((bare.customer, bare.session, bare.position), (None, None, None));
    for wrong in [json!(null), json!(7), json!([]), json!({}), json!(true), json!("\u{1b}")] {
        let mut hail = whole_hail();
        for field in ["session_id", "customer_id", "taxi_phone_number", "taxi", "transitions"] {
            hail[field] = wrong.clone();
        }
        let hail = decode_hail(&answer(&hail)).unwrap();
        assert_eq!((hail.customer, hail.taxi_phone, hail.plate), (None, None, None), "{wrong}");
    }
}

#[test]
fn what_a_call_cannot_do_without_is_a_typed_error() {
    let decode = |hail: Value| decode_hail(&answer(&hail)).unwrap_err();
    assert_eq!(decode(json!({"id": "x", "status": "emitted"})), DecodeError::UnknownStatus);
    assert_eq!(decode(json!({"id": "x"})), DecodeError::UnknownStatus);
    for id in [json!(""), json!("../admin"), json!("a b"), json!("é"), json!(7), json!("x".repeat(65))] {
        assert_eq!(decode(json!({"id": id, "status": "received"})), DecodeError::BadId);
    }
    assert_eq!(decode_hail(b"<html>").unwrap_err(), DecodeError::NotJson { line: 1, column: 1 });
    assert_eq!(decode_hail(b"{}").unwrap_err(), DecodeError::NoData);
    assert_eq!(decode_hail(b"{\"data\":[]}").unwrap_err(), DecodeError::NoHail);
    assert_eq!(decode_hail(b"{\"data\":[3]}").unwrap_err(), DecodeError::NoHail);
}

#[test]
fn texts_are_bounded_and_harmless() {
    let mut hail = whole_hail();
    hail["taxi"]["vehicle"] = json!({"licence_plate": "鲁".repeat(17), "color": "红".repeat(99)});
    hail["taxi"]["driver"] = json!({"first_name": "\u{1b}@", "last_name": "王".repeat(99)});
    hail["taxi_phone_number"] = json!("call me");
    let hail = decode_hail(&answer(&hail)).unwrap();
    assert_eq!((hail.plate, hail.taxi_phone), (None, None));
    assert_eq!(hail.color.unwrap().chars().count(), MAX_COLOR_CHARS);
    let driver = hail.driver.unwrap();
    assert_eq!(driver.expose().chars().count(), MAX_NAME_CHARS);
    assert!(!driver.expose().contains('\u{1b}'));
}

#[test]
fn names_follow_their_language() {
    for (first, last, whole) in [
        ("小明", "王", "王小明"),
        ("Jean", "Dupont", "Jean Dupont"),
        ("", "王师傅", "王师傅"),
        ("Ana", "", "Ana"),
        ("𠮷", "䶮", "䶮𠮷"),
        ("Li", "王", "Li 王"),
    ] {
        let name = driver_name(&json!({"first_name": first, "last_name": last})).unwrap();
        assert_eq!(name.expose(), whole);
    }
}

#[test]
fn offers_are_read_and_bad_ones_left_out() {
    let taxi = |id: Value, lon: Value| {
        json!({"id": id, "operator": "chauffeur professionnel", "crowfly_distance": 120.5,
               "position": {"lon": lon, "lat": "36.7"}, "vehicle": {"model": "e5", "constructor": "比亚迪"}})
    };
    let bytes = json!({"data": [
        taxi(json!("t1"), json!(119.1)), taxi(json!(""), json!(119.1)), taxi(json!("t2"), json!(500)), 5, null
    ]});
    let offers = decode_offers(bytes.to_string().as_bytes()).unwrap();
    assert_eq!(offers.iter().map(|offer| offer.taxi.0.as_str()).collect::<Vec<_>>(), ["t1", "t2"]);
    assert_eq!(offers[0].model.as_deref(), Some("比亚迪 e5"));
    assert_eq!(offers[0].position, GeoPoint::new(119.1, 36.7).ok());
    assert_eq!(offers[1].position, None);
    assert_eq!(decode_offers(b"{\"data\":[]}").unwrap(), []);
    let many = json!({"data": (0..200).map(|n| taxi(json!(format!("t{n}")), json!(0))).collect::<Vec<_>>()});
    assert_eq!(decode_offers(many.to_string().as_bytes()).unwrap().len(), MAX_OFFERS);
}

#[test]
fn models_do_not_repeat_their_maker() {
    let read = |maker: Value, name: Value| model(&json!({"constructor": maker, "model": name}));
    assert_eq!(read(json!("大众"), json!("大众朗逸")).as_deref(), Some("大众朗逸"));
    assert_eq!(read(json!(null), json!("朗逸")).as_deref(), Some("朗逸"));
    assert_eq!(read(json!("大众"), json!("")).as_deref(), Some("大众"));
    assert_eq!(read(json!(null), json!(null)), None);
}

#[test]
fn the_list_is_read_with_its_next_page() {
    let page = json!({
        "data": [
            {"id": "aaaaaaa", "status": "finished", "customer_id": "r-1", "taxi_id": "t1"},
            {"id": "bbbbbbb", "status": "emitted", "customer_id": null},
            {"id": "not/usable", "status": "received"},
        ],
        "meta": {"next_page": 2, "prev_page": null, "per_page": 30, "pages": 2, "total": 31},
    });
    let page = decode_list(page.to_string().as_bytes()).unwrap();
    assert_eq!(page.next_page, Some(2));
    assert_eq!(page.lines.len(), 2);
    let summary = page.lines[0].clone().into_summary().unwrap();
    assert_eq!((summary.status, summary.taxi), (HailStatus::Finished, Some(TaxiId("t1".into()))));
    assert_eq!(page.lines[1].clone().into_summary(), Err(DecodeError::UnknownStatus));
    assert_eq!(decode_list(b"{\"data\":[]}").unwrap(), ListPage::default());
}

#[test]
fn refusals_of_every_shape_are_read() {
    let read = |value: Value| decode_error(value.to_string().as_bytes());
    let one = |field: &str, message: &str| Some(vec![FieldError { field: field.into(), message: message.into() }]);
    assert_eq!(
        read(json!({"errors": {"data": {"0": {"customer_id": ["This customer is banned."]}}}})),
        one("customer_id", "This customer is banned.")
    );
    assert_eq!(read(json!({"errors": {"url": ["Hail not found"]}})), one("url", "Hail not found"));
    assert_eq!(read(json!({"errors": {"": ["Header X-Api-Key required."]}})), one("", "Header X-Api-Key required."));
    assert_eq!(read(json!({"errors": "no"})), one("", "no"));
    assert_eq!(read(json!({"errors": ["no"]})), one("", "no"));
    assert_eq!(read(json!({"errors": {}})), Some(vec![]));
    assert_eq!(
        read(json!({"errors": {"data": {"0": {"customer_phone_number": ["13800001111?"]}}}})),
        one("customer_phone_number", "…?")
    );
    assert_eq!(read(json!({"message": "hello"})), None);
    assert_eq!(decode_error(b"<html>404</html>"), None);
}

#[test]
fn a_hail_is_written_with_all_required_fields() {
    let name = Bilingual { zh: "南湖".into(), en: "Nanhu".into() };
    let site = Site {
        community: name.clone(),
        gate: name,
        address: "南湖社区东门".into(),
        position: GeoPoint::new(119.1, 36.7).unwrap(),
        time_zone: "Asia/Shanghai".into(),
    };
    let mut request = HailRequest {
        customer: CustomerId("r-1".into()),
        session: None,
        taxi: TaxiId("t1".into()),
        operator: None,
        phone: Secret::from("13900000000"),
    };
    let bare: Value = serde_json::from_slice(&encode_hail(&request, &site)).unwrap();
    assert_eq!(
        bare,
        json!({"data": [{
            "customer_lon": 119.1, "customer_lat": 36.7, "customer_address": "南湖社区东门",
            "customer_phone_number": "13900000000", "customer_id": "r-1", "taxi_id": "t1",
        }]})
    );
    request.session = Some(HailSessionId("s".into()));
    request.operator = Some("chauffeur professionnel".into());
    let full: Value = serde_json::from_slice(&encode_hail(&request, &site)).unwrap();
    assert_eq!(
        (&full["data"][0]["session_id"], &full["data"][0]["operateur"]),
        (&json!("s"), &json!("chauffeur professionnel"))
    );
}

/// JSON that looks like an answer, with anything in any place.
fn answer_like() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(HailStatus::ALL).prop_map(|status| Value::from(status.as_str())),
    ];
    let names = prop::sample::select(vec![
        "id",
        "status",
        "taxi",
        "position",
        "lon",
        "lat",
        "driver",
        "vehicle",
        "licence_plate",
        "first_name",
        "last_name",
        "customer_id",
        "errors",
        "data",
        "meta",
        "next_page",
        "0",
        "taxi_phone_number",
    ]);
    let inner = leaf.prop_recursive(5, 48, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(names.clone(), inner, 0..8)
                .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    });
    inner.prop_map(|value| json!({"data": [value], "errors": value, "meta": value}))
}

fn decode_everything(bytes: &[u8]) {
    if let Ok(hail) = decode_hail(bytes) {
        assert!(is_usable_id(&hail.id.0));
        assert!(hail.plate.is_none_or(|plate| plate.expose().chars().count() <= MAX_PLATE_CHARS));
    }
    if let Ok(offers) = decode_offers(bytes) {
        assert!(offers.len() <= MAX_OFFERS);
    }
    if let Ok(page) = decode_list(bytes) {
        assert!(page.lines.iter().all(|line| is_usable_id(&line.id.0)));
    }
    if let Some(errors) = decode_error(bytes) {
        assert!(errors.len() <= MAX_ERROR_MESSAGES);
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        decode_everything(&bytes);
    }

    #[test]
    fn answers_with_anything_anywhere_never_panic(value in answer_like()) {
        decode_everything(value.to_string().as_bytes());
    }

    #[test]
    fn cut_answers_never_panic(keep in 0_usize..1200) {
        let bytes = answer(&whole_hail());
        decode_everything(&bytes[..keep.min(bytes.len())]);
    }
}
