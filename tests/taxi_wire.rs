// SPDX-License-Identifier: GPL-3.0-only
//! The real client of the dispatch centre against the simulated one, over TCP, with every fault that the
//! simulator can make, and with a few servers that do worse.

use std::future::Future;
use std::time::Duration;

use doorstep::domain::taxi::{
    CallFailure, CustomerId, Hail, HailId, HailRequest, HailSessionId, HailStatus, Refusal, TaxiId,
};
use doorstep::protocol::{FaultCode, GeoPoint, Secret};
use doorstep::services::taxi::letaxi::LeTaxi;
use doorstep::services::taxi::sim::{Call, Fault, FaultRule, KnobChange, Outcome, RunningSim, SimTaxi, SimTaxiOptions};
use doorstep::services::taxi::{DispatchError, TaxiDispatch};
use doorstep::settings::{Bilingual, Site, TaxiSettings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const PHONE: &str = "13812345678";
/// The simulated people are this many times quicker than life.
const QUICK: f64 = 200.0;

fn site() -> Site {
    let name = Bilingual { zh: "南湖".into(), en: "Nanhu".into() };
    Site {
        community: name.clone(),
        gate: name,
        address: "南湖社区东门".into(),
        position: GeoPoint::new(119.107, 36.707).unwrap(),
        time_zone: "Asia/Shanghai".into(),
    }
}

fn settings(url: &str) -> TaxiSettings {
    TaxiSettings {
        url: url.to_owned(),
        api_key: Secret::from("kiosk-key"),
        ca_file: None,
        connect_timeout: Duration::from_millis(500),
        request_timeout: Duration::from_millis(800),
        poll_interval: Duration::from_secs(2),
        longest_backoff: Duration::from_secs(15),
        confirm_after: Duration::from_secs(10),
        max_hails: 5,
        max_search: Duration::from_secs(360),
        empty_patience: Duration::from_secs(40),
        kiosk_phone: "0536-8000000".into(),
        hotline: "0536-96000".into(),
        average_speed_kmh: 18.0,
        destinations: Vec::new(),
    }
}

fn client(url: &str) -> LeTaxi {
    LeTaxi::new(&settings(url), &site()).unwrap()
}

async fn sim() -> (RunningSim, LeTaxi) {
    let options = SimTaxiOptions { time_scale: QUICK, ..SimTaxiOptions::default() };
    let sim = SimTaxi::start(options).await.unwrap();
    let client = client(&sim.url());
    (sim, client)
}

fn rider(name: &str) -> CustomerId {
    CustomerId(name.to_owned())
}

async fn request(client: &LeTaxi, customer: &str) -> HailRequest {
    let offer = client.nearby().await.unwrap().remove(0);
    HailRequest {
        customer: rider(customer),
        session: None,
        taxi: offer.taxi,
        operator: offer.operator,
        phone: Secret::from(PHONE),
    }
}

async fn hailed(client: &LeTaxi, customer: &str) -> Hail {
    let request = request(client, customer).await;
    client.hail(request).await.unwrap()
}

/// Polls until the hail is in `status`.
async fn until(client: &LeTaxi, id: &HailId, status: HailStatus) -> Hail {
    for _ in 0..400 {
        let hail = client.follow(id.clone()).await.unwrap();
        if hail.status == status {
            return hail;
        }
        assert!(!hail.status.is_terminal(), "{:?} instead of {status:?}", hail.status);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the hail never became {status:?}");
}

fn failure<T>(answer: Result<T, DispatchError>) -> (CallFailure, FaultCode) {
    let Err(error) = answer else { panic!("the call succeeded") };
    assert!(!format!("{error:?} {}", error.fault).contains(PHONE), "a phone number in {error:?}");
    (error.failure, error.fault.code)
}

fn refused(refusal: Refusal) -> CallFailure {
    CallFailure::Refused(refusal)
}

#[tokio::test]
async fn a_taxi_comes_and_the_ride_ends() {
    let (sim, client) = sim().await;
    let offers = client.nearby().await.unwrap();
    assert_eq!(offers.len(), 6);
    let distances: Vec<_> = offers.iter().map(|offer| offer.position.unwrap().distance_m(site().position)).collect();
    assert!(distances.is_sorted() && distances[0] > 100.0 && distances[5] <= 500.0, "{distances:?}");
    assert!(offers.iter().all(|offer| offer.model.is_some() && offer.operator.is_some()));

    let hail = hailed(&client, "r-1").await;
    assert_eq!((hail.status, hail.customer.clone()), (HailStatus::Received, Some(rider("r-1"))));
    assert!(hail.plate.is_none() && hail.driver.is_none() && hail.taxi_phone.is_none());
    assert!(hail.position.is_some() && hail.session.is_some());

    let accepted = until(&client, &hail.id, HailStatus::AcceptedByTaxi).await;
    assert!(accepted.plate.is_some() && accepted.color.is_some() && accepted.driver.is_some());
    assert!(accepted.taxi_phone.is_none(), "the number is shown only once the rider confirmed");

    let coming = client.set_status(hail.id.clone(), HailStatus::AcceptedByCustomer).await.unwrap();
    assert_eq!(coming.status, HailStatus::AcceptedByCustomer);
    assert!(coming.taxi_phone.is_some());
    let again = client.set_status(hail.id.clone(), HailStatus::AcceptedByCustomer).await.unwrap();
    assert!(!again.status.is_terminal(), "a repeated change is harmless");

    let ended = until(&client, &hail.id, HailStatus::Finished).await;
    assert!(ended.plate.is_none() && ended.position.is_none() && ended.taxi_phone.is_none());
    let state = sim.control().state();
    assert_eq!(
        state.hails[0].path(),
        [
            "received",
            "received_by_operator",
            "received_by_taxi",
            "accepted_by_taxi",
            "accepted_by_customer",
            "customer_on_board",
            "finished"
        ]
    );
    assert_eq!((state.hails_created, state.most_live_of_one_customer), (1, 1));
    assert_eq!(
        (state.hails[0].customer_phone_number.as_str(), state.hails[0].customer_address.as_str()),
        (PHONE, "南湖社区东门")
    );
    sim.stop().await;
}

#[tokio::test]
async fn each_outcome_is_seen_by_the_client() {
    let (sim, client) = sim().await;
    for (outcome, status) in [
        (Outcome::Decline, HailStatus::DeclinedByTaxi),
        (Outcome::Fail, HailStatus::Failure),
        (Outcome::Breakdown, HailStatus::IncidentTaxi),
    ] {
        sim.control().queue(&[outcome]).unwrap();
        let hail = hailed(&client, "r-1").await;
        until(&client, &hail.id, status).await;
    }
    for (outcome, status) in
        [(Outcome::GivesUp, HailStatus::IncidentTaxi), (Outcome::CustomerNoShow, HailStatus::IncidentTaxi)]
    {
        sim.control().queue(&[outcome]).unwrap();
        let hail = hailed(&client, "r-2").await;
        until(&client, &hail.id, HailStatus::AcceptedByTaxi).await;
        client.set_status(hail.id.clone(), HailStatus::AcceptedByCustomer).await.unwrap();
        until(&client, &hail.id, status).await;
    }
    // The driver who found nobody had the rider banned.
    let request = request(&client, "r-2").await;
    assert_eq!(failure(client.hail(request).await), (refused(Refusal::Banned), FaultCode::TaxiRefused));
    assert_eq!(sim.control().state().most_live_at_once, 1);
}

#[tokio::test]
async fn limits_run_out_when_the_clock_is_put_forward() {
    let (sim, client) = sim().await;
    let control = sim.control();
    for (outcome, confirm, wait_s, status) in [
        (Outcome::Undelivered, false, 11, HailStatus::Failure),
        (Outcome::Lost, false, 12, HailStatus::Failure),
        (Outcome::Silent, false, 45, HailStatus::TimeoutTaxi),
        (Outcome::Accept, false, 60, HailStatus::TimeoutCustomer),
        (Outcome::NoShow, true, 31 * 60, HailStatus::TimeoutAcceptedByCustomer),
    ] {
        control.queue(&[outcome]).unwrap();
        let hail = hailed(&client, "r-1").await;
        if confirm {
            until(&client, &hail.id, HailStatus::AcceptedByTaxi).await;
            client.set_status(hail.id.clone(), HailStatus::AcceptedByCustomer).await.unwrap();
        }
        control.forward(Duration::from_secs(wait_s)).unwrap();
        assert_eq!(client.follow(hail.id).await.unwrap().status, status, "{outcome:?}");
    }
}

#[tokio::test]
async fn the_rider_may_say_no_until_confirming() {
    let (sim, client) = sim().await;
    let early = hailed(&client, "r-1").await;
    let declined = client.set_status(early.id, HailStatus::DeclinedByCustomer).await.unwrap();
    assert_eq!(declined.status, HailStatus::DeclinedByCustomer);

    sim.control().queue(&[Outcome::NoShow]).unwrap();
    let late = hailed(&client, "r-2").await;
    until(&client, &late.id, HailStatus::AcceptedByTaxi).await;
    client.set_status(late.id.clone(), HailStatus::AcceptedByCustomer).await.unwrap();
    let refused_change = client.set_status(late.id.clone(), HailStatus::DeclinedByCustomer).await;
    assert_eq!(failure(refused_change), (refused(Refusal::NotAllowed), FaultCode::TaxiRefused));
    let given_up = client.set_status(late.id, HailStatus::IncidentCustomer).await.unwrap();
    assert_eq!(given_up.status, HailStatus::IncidentCustomer);
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let (sim, client) = sim().await;
    let mut gone = request(&client, "r-1").await;
    gone.taxi = TaxiId("nobody".into());
    assert_eq!(failure(client.hail(gone).await).0, refused(Refusal::TaxiGone));

    let mut twice = request(&client, "r-1").await;
    client.hail(twice.clone()).await.unwrap();
    twice.customer = rider("r-2");
    assert_eq!(failure(client.hail(twice).await).0, refused(Refusal::TaxiGone), "not free");

    assert_eq!(failure(client.follow(HailId("0000000".into())).await).0, refused(Refusal::NoSuchHail));
    let change = client.set_status(HailId("0000000".into()), HailStatus::DeclinedByCustomer).await;
    assert_eq!(failure(change).0, refused(Refusal::NoSuchHail));

    sim.control().change(&KnobChange { no_cruising: Some(true), ..KnobChange::default() }).unwrap();
    assert_eq!(failure(client.nearby().await).0, refused(Refusal::NoCruising));
    sim.control().reset();
    sim.control().set_no_taxis(true);
    assert_eq!(client.nearby().await.unwrap(), []);
    assert_eq!(sim.control().state().hails_created, 0);
}

#[tokio::test]
async fn a_refused_key_is_told_whatever_the_call() {
    let (sim, _) = sim().await;
    for key in ["wrong", "operator-key"] {
        let mut settings = settings(&sim.url());
        settings.api_key = Secret::from(key);
        let client = LeTaxi::new(&settings, &site()).unwrap();
        let hail = HailRequest {
            customer: rider("r"),
            session: None,
            taxi: TaxiId("t".into()),
            operator: None,
            phone: Secret::from(PHONE),
        };
        let expected = (refused(Refusal::KeyRefused), FaultCode::TaxiKeyRefused);
        assert_eq!(failure(client.hail(hail).await), expected, "{key}");
    }
    let (sim, client) = self::sim().await;
    for fault in [Fault::RefuseKey, Fault::RefuseRole] {
        sim.control().inject_once(Call::Nearby, fault).unwrap();
        assert_eq!(failure(client.nearby().await).1, FaultCode::TaxiKeyRefused);
    }
}

/// What a fault does to a call that may be repeated, and to a hail; and whether the hail was made.
const FAULTS: &[(Fault, CallFailure, FaultCode, FaultCode, bool)] = &[
    (Fault::Status { code: 500 }, CallFailure::Unknown, FaultCode::TaxiGarbage, FaultCode::TaxiGarbage, false),
    (
        Fault::Status { code: 503 },
        CallFailure::Unknown,
        FaultCode::TaxiUnreachable,
        FaultCode::TaxiOutcomeUnknown,
        false,
    ),
    (Fault::Status { code: 404 }, CallFailure::Unknown, FaultCode::TaxiGarbage, FaultCode::TaxiGarbage, false),
    (Fault::Status { code: 429 }, CallFailure::NotSent, FaultCode::TaxiRefused, FaultCode::TaxiRefused, false),
    (
        Fault::StatusAfter { code: 502 },
        CallFailure::Unknown,
        FaultCode::TaxiUnreachable,
        FaultCode::TaxiOutcomeUnknown,
        true,
    ),
    (Fault::Html, CallFailure::Unknown, FaultCode::TaxiGarbage, FaultCode::TaxiGarbage, false),
    (Fault::Garbage, CallFailure::Unknown, FaultCode::TaxiGarbage, FaultCode::TaxiGarbage, true),
    (Fault::Half, CallFailure::Unknown, FaultCode::TaxiGarbage, FaultCode::TaxiGarbage, true),
    (Fault::Huge, CallFailure::Unknown, FaultCode::TaxiGarbage, FaultCode::TaxiGarbage, true),
    (Fault::Redirect, CallFailure::Unknown, FaultCode::TaxiGarbage, FaultCode::TaxiGarbage, false),
    (Fault::DropBefore, CallFailure::Unknown, FaultCode::TaxiUnreachable, FaultCode::TaxiOutcomeUnknown, false),
    (Fault::DropAfter, CallFailure::Unknown, FaultCode::TaxiUnreachable, FaultCode::TaxiOutcomeUnknown, true),
    (
        Fault::SlowAfter { seconds: 1.2 },
        CallFailure::Unknown,
        FaultCode::TaxiUnreachable,
        FaultCode::TaxiOutcomeUnknown,
        true,
    ),
];

#[tokio::test]
async fn every_fault_has_its_meaning_and_no_hail_is_made_twice() {
    let (sim, client) = sim().await;
    let control = sim.control();
    for (number, &(fault, meaning, repeatable, hail_code, made)) in FAULTS.iter().enumerate() {
        control.reset();
        let customer = format!("r-{number}");
        let request = request(&client, &customer).await;
        control.inject_once(Call::Nearby, fault).unwrap();
        assert_eq!(failure(client.nearby().await), (meaning, repeatable), "{fault:?}");
        control.inject_once(Call::Hail, fault).unwrap();
        assert_eq!(failure(client.hail(request).await), (meaning, hail_code), "{fault:?}");

        let state = control.state();
        assert_eq!(state.hails_created, u64::from(made), "{fault:?}: a POST is sent once");
        let found = client.find(rider(&customer)).await.unwrap();
        assert_eq!(found.len(), usize::from(made), "{fault:?}");
        if made {
            assert_eq!(found[0].id.0, state.hails[0].id);
            assert_eq!(found[0].customer, Some(rider(&customer)));
            control.inject_once(Call::SetStatus, fault).unwrap();
            let change = client.set_status(found[0].id.clone(), HailStatus::DeclinedByCustomer).await;
            assert_eq!(failure(change), (meaning, repeatable), "{fault:?}");
            control.inject_once(Call::Follow, fault).unwrap();
            assert_eq!(failure(client.follow(found[0].id.clone()).await), (meaning, repeatable), "{fault:?}");
            assert_eq!(client.follow(found[0].id.clone()).await.unwrap().status, HailStatus::DeclinedByCustomer);
        }
    }
}

#[tokio::test]
async fn a_slow_answer_in_time_is_an_answer_and_a_ban_is_a_refusal() {
    let (sim, client) = sim().await;
    sim.control().inject_once(Call::Nearby, Fault::SlowBefore { seconds: 0.2 }).unwrap();
    assert_eq!(client.nearby().await.unwrap().len(), 6);
    let request = request(&client, "r-1").await;
    sim.control().inject_once(Call::Hail, Fault::Ban).unwrap();
    assert_eq!(failure(client.hail(request.clone()).await).0, refused(Refusal::Banned));
    sim.control().forward(Duration::from_secs(25 * 60 * 60)).unwrap();
    assert!(client.hail(request).await.is_ok(), "the ban is over");
}

#[tokio::test]
async fn a_centre_that_is_down_was_not_reached() {
    let (mut sim, client) = sim().await;
    let hail = hailed(&client, "r-1").await;
    let next = request(&client, "r-2").await;
    sim.close_port().await;
    let down = (CallFailure::NotSent, FaultCode::TaxiUnreachable);
    assert_eq!(failure(client.hail(next).await), down);
    // A kept connection may have been closed under the question: then it is not known.
    let asked = failure(client.follow(hail.id.clone()).await);
    assert_eq!(asked.1, FaultCode::TaxiUnreachable);
    assert_eq!(failure(client.follow(hail.id.clone()).await), down);
    sim.open_port().await.unwrap();
    assert!(client.follow(hail.id).await.is_ok());
    assert_eq!(sim.control().state().hails_created, 1);

    let nowhere = self::client("http://doorstep-test.invalid");
    assert_eq!(failure(nowhere.nearby().await), down);
}

#[tokio::test]
async fn a_frozen_centre_keeps_every_hail_as_it_is() {
    let (sim, client) = sim().await;
    let hail = hailed(&client, "r-1").await;
    sim.control().set_frozen(true);
    let before = client.follow(hail.id.clone()).await.unwrap().status;
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!(client.follow(hail.id.clone()).await.unwrap().status, before);
    sim.control().set_frozen(false);
    until(&client, &hail.id, HailStatus::AcceptedByTaxi).await;
}

#[tokio::test]
async fn a_series_goes_on_and_a_forgotten_one_begins_anew() {
    let (sim, client) = sim().await;
    let first = hailed(&client, "r-1").await;
    client.set_status(first.id, HailStatus::DeclinedByCustomer).await.unwrap();
    let mut next = request(&client, "r-1").await;
    next.session.clone_from(&first.session);
    let second = client.hail(next.clone()).await.unwrap();
    assert_eq!(second.session, first.session);
    client.set_status(second.id, HailStatus::DeclinedByCustomer).await.unwrap();

    sim.control().reset();
    next.taxi = client.nearby().await.unwrap().remove(0).taxi;
    next.session = Some(HailSessionId("7d4c1f7e-6a8f-4c13-9d0c-111111111111".into()));
    let third = client.hail(next.clone()).await.unwrap();
    assert!(third.session.is_some() && third.session != next.session);
    assert_eq!(sim.control().state().hails_created, 1);
}

#[tokio::test]
async fn a_rider_is_found_among_many_pages_and_namesakes() {
    let (sim, client) = sim().await;
    let first = hailed(&client, "r").await;
    client.set_status(first.id.clone(), HailStatus::DeclinedByCustomer).await.unwrap();
    // The centre compares beginnings: these come with it, on a second page too.
    for number in 0..35 {
        let hail = hailed(&client, &format!("r-{number}")).await;
        client.set_status(hail.id, HailStatus::DeclinedByCustomer).await.unwrap();
    }
    let found = client.find(rider("r")).await.unwrap();
    assert_eq!(found.iter().map(|line| &line.id).collect::<Vec<_>>(), [&first.id]);
    assert_eq!(client.find(rider("nobody")).await.unwrap(), []);
    drop(sim);
}

/// A server that answers every request with what `answer` says of its first line; empty: resets.
async fn server<F>(answer: F) -> String
where
    F: Fn(String) -> String + Clone + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut bytes = vec![0; 8192];
                let read = stream.read(&mut bytes).await.unwrap_or(0);
                let head = String::from_utf8_lossy(&bytes[..read]).lines().next().unwrap_or("").to_owned();
                let answer = answer(head);
                if answer.is_empty() {
                    stream.set_zero_linger().unwrap();
                } else {
                    stream.write_all(answer.as_bytes()).await.unwrap();
                    stream.shutdown().await.ok();
                }
            });
        }
    });
    url
}

fn http(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

fn any_request() -> HailRequest {
    HailRequest {
        customer: rider("mine"),
        session: None,
        taxi: TaxiId("t".into()),
        operator: None,
        phone: Secret::from(PHONE),
    }
}

#[tokio::test]
async fn other_servers_answers_are_judged_by_their_shape() {
    let hail = |id: &str, customer: &str| {
        format!(r#"{{"data":[{{"id":"{id}","status":"received","customer_id":"{customer}"}}]}}"#)
    };
    let unknown_garbage = (CallFailure::Unknown, FaultCode::TaxiGarbage);
    // The status of a success may be 200 as well.
    let fine = client(
        &server({
            let body = hail("x1", "mine");
            move |_| http("200 OK", &body)
        })
        .await,
    );
    assert_eq!(fine.hail(any_request()).await.unwrap().id.0, "x1");
    // Somebody else's hail is no answer.
    let other = client(
        &server({
            let body = hail("x1", "theirs");
            move |_| http("201 Created", &body)
        })
        .await,
    );
    assert_eq!(failure(other.hail(any_request()).await), unknown_garbage);
    assert_eq!(failure(other.follow(HailId("x2".into())).await), unknown_garbage);
    // A wrong path of a real centre is no "no cruising" and no "no such hail".
    let wrong_path = r#"{"errors":{"url":["API endpoint not found."]}}"#;
    let elsewhere = client(&server(move |_| http("404 Not Found", wrong_path)).await);
    assert_eq!(failure(elsewhere.nearby().await), unknown_garbage);
    assert_eq!(failure(elsewhere.follow(HailId("x1".into())).await), unknown_garbage);
    // An error text that repeats the rider's number does not bring it into the log (checked in `failure`).
    let gossip = format!(r#"{{"errors":{{"data":{{"0":{{"customer_phone_number":["{PHONE} is no number"]}}}}}}}}"#);
    let gossip = client(&server(move |_| http("400 Bad Request", &gossip)).await);
    assert_eq!(failure(gossip.hail(any_request()).await).0, refused(Refusal::Other));
    // An answer cut off in the middle.
    let cut = client(&server(|_| "HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{\"data\"".to_owned()).await);
    assert_eq!(failure(cut.hail(any_request()).await), (CallFailure::Unknown, FaultCode::TaxiOutcomeUnknown));
    assert_eq!(failure(cut.nearby().await), (CallFailure::Unknown, FaultCode::TaxiUnreachable));
    // Reset after the request was written: it may have been read.
    let reset = client(&server(|_| String::new()).await);
    assert_eq!(failure(reset.hail(any_request()).await), (CallFailure::Unknown, FaultCode::TaxiOutcomeUnknown));
    // An id that could change the address is refused before anything is sent.
    assert_eq!(failure(fine.follow(HailId("../taxis".into())).await), unknown_garbage);
}

#[tokio::test]
async fn a_list_without_riders_is_looked_through() {
    let url = server(|head| {
        if head.starts_with("GET /hails/?") {
            http("200 OK", r#"{"data":[{"id":"a","status":"finished"},{"id":"b","status":"received"}]}"#)
        } else {
            let id = head.split([' ', '/']).find(|part| matches!(*part, "a" | "b")).unwrap_or("?").to_owned();
            let customer = if id == "b" { "mine" } else { "theirs" };
            http("200 OK", &format!(r#"{{"data":[{{"id":"{id}","status":"received","customer_id":"{customer}"}}]}}"#))
        }
    });
    let found = client(&url.await).find(rider("mine")).await.unwrap();
    assert_eq!(found.iter().map(|line| line.id.0.as_str()).collect::<Vec<_>>(), ["b"]);
}

#[tokio::test]
async fn a_list_without_end_is_not_taken_for_none() {
    let url = server(|head| {
        let page: u32 = head.split("p=").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok()).unwrap_or(1);
        let line = r#"{"id":"a","status":"received","customer_id":"theirs"}"#;
        http("200 OK", &format!(r#"{{"data":[{line}],"meta":{{"next_page":{}}}}}"#, page + 1))
    });
    let found = client(&url.await).find(rider("mine")).await;
    assert_eq!(failure(found), (CallFailure::Unknown, FaultCode::TaxiGarbage));
}

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

#[tokio::test]
async fn many_clients_at_once_leave_a_sound_centre() {
    let options = SimTaxiOptions { time_scale: QUICK, taxis: 40, ..SimTaxiOptions::default() };
    let sim = SimTaxi::start(options).await.unwrap();
    sim.control().inject(FaultRule { on: Call::Hail, skip: 3, times: Some(5), fault: Fault::DropAfter }).unwrap();
    let offers = client(&sim.url()).nearby().await.unwrap();
    let tasks = (0..20).map(|number| {
        let client = client(&sim.url());
        let customer = rider(&format!("rider-{number:02}"));
        let mut request = any_request();
        request.customer = customer.clone();
        // Always two ask for the same taxi.
        request.taxi = offers[number / 2].taxi.clone();
        tokio::spawn(async move {
            let made = client.hail(request).await;
            let found = client.find(customer).await.unwrap();
            match made {
                Ok(hail) => assert_eq!(found[0].id, hail.id),
                // One of the two got it, and may not have heard of it.
                Err(error) if error.failure == CallFailure::Unknown => assert!(found.len() <= 1),
                Err(error) => assert_eq!((error.failure, found.len()), (refused(Refusal::TaxiGone), 0)),
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let state = sim.control().state();
    assert_eq!(state.most_live_of_one_customer, 1);
    assert_eq!(state.hails_created, 10);
}

/// Answers one request over TLS with an empty list.
fn tls_server() -> String {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use std::io::{Read, Write};

    drop(rustls::crypto::ring::default_provider().install_default());
    let chain = CertificateDer::pem_slice_iter(include_bytes!("data/tls/server.pem")).map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("data/tls/server-key.pem")).unwrap();
    let config = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
    let config = std::sync::Arc::new(config);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().map(Result::unwrap) {
            let connection = rustls::ServerConnection::new(config.clone()).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, stream);
            let mut bytes = [0; 4096];
            // A client that refuses the certificate sends no request.
            if stream.read(&mut bytes).is_ok_and(|read| read > 0) {
                stream.write_all(http("200 OK", r#"{"data":[]}"#).as_bytes()).unwrap();
                stream.conn.send_close_notify();
                stream.flush().unwrap();
            }
        }
    });
    url
}

#[tokio::test]
async fn a_certificate_is_checked_against_the_authority_of_the_settings() {
    let url = tls_server();
    let mut settings = settings(&url);
    settings.ca_file = Some(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tls/authority.pem").into());
    let trusting = LeTaxi::new(&settings, &site()).unwrap();
    assert_eq!(trusting.nearby().await.unwrap(), []);
    // The server's own certificate is no authority: whoever trusts only that does not trust this server.
    settings.ca_file = Some(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tls/server.pem").into());
    settings.url = url.replace("127.0.0.1", "localhost");
    let distrusting = LeTaxi::new(&settings, &site()).unwrap();
    assert_eq!(failure(distrusting.hail(any_request()).await), (CallFailure::NotSent, FaultCode::TaxiUnreachable));
}

#[test]
fn settings_that_can_never_work_are_told_at_once() {
    let with = |change: fn(&mut TaxiSettings)| {
        let mut settings = settings("http://127.0.0.1:9");
        change(&mut settings);
        LeTaxi::new(&settings, &site()).unwrap_err().to_string()
    };
    assert!(with(|settings| settings.url = "not an address".into()).contains("no address"));
    assert!(with(|settings| settings.url = "ftp://centre".into()).contains("http"));
    assert!(with(|settings| settings.api_key = Secret::from("a\nb")).contains("cannot be sent"));
    assert!(with(|settings| settings.ca_file = Some("/nonexistent/ca.pem".into())).contains("/nonexistent/ca.pem"));
    assert!(with(|settings| settings.ca_file = Some(file!().into())).contains("PEM"));
}

/// The client's calls may be moved between threads, as the runtime does.
#[test]
fn calls_are_send() {
    fn is_send<T: Send>(_: &T) {}
    fn check(client: &LeTaxi) -> impl Future<Output = ()> + Send {
        let call = client.find(rider("r"));
        is_send(&call);
        async {
            drop(call.await);
        }
    }
    drop(check(&client("http://127.0.0.1:9")));
}
