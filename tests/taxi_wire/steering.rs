// SPDX-License-Identifier: GPL-3.0-only
//! The centre's other sides: the fleet's keys, a fleet's own server, the control API.

use super::*;

/// A plain request, as an operator's server or a technician's curl makes it.
async fn plain(sim: &RunningSim, method: &str, path: &str, key: Option<&str>, body: &str) -> (u16, serde_json::Value) {
    let mut stream = tokio::net::TcpStream::connect(sim.address()).await.unwrap();
    let key = key.map(|key| format!("X-Api-Key: {key}\r\n")).unwrap_or_default();
    let head = format!("{method} {path} HTTP/1.1\r\nHost: sim\r\n{key}Connection: close\r\n");
    let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or_default())
}

#[tokio::test]
async fn an_operator_drives_a_hail_by_put() {
    let (sim, client) = sim().await;
    sim.control().queue(&[Outcome::External]).unwrap();
    let hail = hailed(&client, "r-1").await;
    until(&client, &hail.id, HailStatus::ReceivedByOperator).await;
    let path = format!("/hails/{}", hail.id);
    let put = async |key: &'static str, body: &str| {
        plain(&sim, "PUT", &path, Some(key), &format!(r#"{{"data":[{body}]}}"#)).await
    };
    assert_eq!(put("operator-key", r#"{"status":"received_by_taxi"}"#).await.0, 200);
    let (status, answer) = put("operator-key", r#"{"status":"accepted_by_taxi"}"#).await;
    assert_eq!(status, 400, "an acceptance needs a number");
    assert!(answer["errors"]["data"]["0"]["status"][0].as_str().unwrap().contains("taxi_phone_number"));
    let accept = r#"{"status":"accepted_by_taxi","taxi_phone_number":"19900000001"}"#;
    assert_eq!(put("operator-key", accept).await.0, 200);
    assert_eq!(put("operator-key", r#"{"status":"accepted_by_customer"}"#).await.0, 400, "the rider's step");
    assert_eq!(put("kiosk-key", r#"{"reporting_customer":true}"#).await.0, 400, "the fleet's field");
    assert_eq!(put("kiosk-key", r#"{"status":"accepted_by_customer"}"#).await.0, 200);
    let coming = client.follow(hail.id.clone()).await.unwrap();
    assert_eq!(coming.taxi_phone.unwrap().expose(), "19900000001");
    let taxi = sim.control().state().hails[0].taxi_id.clone();
    let here = format!(r#"{{"data":[{{"positions":[{{"taxi_id":"{taxi}","lon":119.107,"lat":36.7071}}]}}]}}"#);
    assert_eq!(plain(&sim, "POST", "/geotaxi/", Some("operator-key"), &here).await.0, 200);
    assert_eq!(plain(&sim, "POST", "/geotaxi/", Some("kiosk-key"), &here).await.0, 403);
    let near = client.follow(hail.id.clone()).await.unwrap().position.unwrap();
    assert!(near.distance_m(site().position) < 20.0);
    for status in ["customer_on_board", "finished"] {
        assert_eq!(put("operator-key", &format!(r#"{{"status":"{status}"}}"#)).await.0, 200);
    }
    assert_eq!(client.follow(hail.id).await.unwrap().status, HailStatus::Finished);
}

#[tokio::test]
async fn the_centre_is_steered_over_http() {
    let (sim, client) = sim().await;
    let post = async |path: &str, body: &str| plain(&sim, "POST", path, None, body).await;
    assert_eq!(post("/sim/outcomes", r#"{"outcomes":["decline"]}"#).await.0, 200);
    assert_eq!(post("/sim/faults", r#"{"on":"nearby","action":"status","code":503}"#).await.0, 200);
    assert_eq!(failure(client.nearby().await).1, FaultCode::TaxiUnreachable);
    let hail = hailed(&client, "r-1").await;
    until(&client, &hail.id, HailStatus::DeclinedByTaxi).await;
    let (_, state) = plain(&sim, "GET", "/sim/state", None, "").await;
    assert_eq!(state["hails"][0]["id"], hail.id.0);
    assert_eq!(post("/sim/knobs", r#"{"no_taxis":true,"delays":{"answer_s":1}}"#).await.1["no_taxis"], true);
    assert_eq!(client.nearby().await.unwrap(), []);
    assert_eq!(post("/sim/knobs", r#"{"time_scale":0}"#).await.0, 400);
    assert_eq!(post("/sim/knobs", r#"{"nonsense":0}"#).await.0, 400);
    assert_eq!(post("/sim/clock", r#"{"forward_s":-1}"#).await.0, 400);
    assert_eq!(post("/sim/clock", r#"{"forward_s":60}"#).await.0, 200);
    assert_eq!(post("/sim/ban", r#"{"customer_id":"r-9"}"#).await.0, 200);
    assert_eq!(post("/sim/reset", "").await.0, 200);
    assert_eq!(client.nearby().await.unwrap().len(), 6);
    assert_eq!(plain(&sim, "GET", "/nothing", None, "").await.0, 404);
    assert_eq!(plain(&sim, "DELETE", "/taxis", None, "").await.0, 405);
    assert_eq!(plain(&sim, "GET", "/taxis", None, "").await.0, 401);
}

#[tokio::test]
async fn hails_are_told_to_a_fleets_own_server() {
    let fleet = server(|head| {
        assert!(head.starts_with("POST /hail"), "{head}");
        http("200 OK", r#"{"data":[{"taxi_phone_number":"19911112222"}]}"#)
    });
    let options = SimTaxiOptions {
        hail_endpoint: Some(format!("{}/hail", fleet.await).parse().unwrap()),
        hail_endpoint_header: Some("X-Fleet: secret".parse().unwrap()),
        ..SimTaxiOptions::default()
    };
    let sim = SimTaxi::start(options).await.unwrap();
    let client = client(&sim.url());
    let hail = hailed(&client, "r-1").await;
    until(&client, &hail.id, HailStatus::ReceivedByOperator).await;
    let path = format!("/hails/{}", hail.id);
    for status in ["received_by_taxi", "accepted_by_taxi"] {
        let body = format!(r#"{{"data":[{{"status":"{status}"}}]}}"#);
        assert_eq!(plain(&sim, "PUT", &path, Some("operator-key"), &body).await.0, 200);
    }
    let coming = client.set_status(hail.id, HailStatus::AcceptedByCustomer).await.unwrap();
    assert_eq!(coming.taxi_phone.unwrap().expose(), "19911112222");

    let broken = server(|_| http("500 Internal Server Error", "{}"));
    let options = SimTaxiOptions { hail_endpoint: Some(broken.await.parse().unwrap()), ..SimTaxiOptions::default() };
    let sim = SimTaxi::start(options).await.unwrap();
    let client = self::client(&sim.url());
    let hail = hailed(&client, "r-1").await;
    until(&client, &hail.id, HailStatus::Failure).await;
}
