// SPDX-License-Identifier: GPL-3.0-only
//! The real client of the dispatch centre against the simulated one, over TCP, with every fault that the
//! simulator can make, and with a few servers that do worse.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "taxi_wire/faults.rs"]
mod faults;
#[path = "taxi_wire/foreign.rs"]
mod foreign;
#[path = "taxi_wire/steering.rs"]
mod steering;

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
        connect_timeout: Duration::from_secs(5),
        request_timeout: Duration::from_secs(10),
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

/// Polls until the hail is in `status`; a loaded machine may take its time.
async fn until(client: &LeTaxi, id: &HailId, status: HailStatus) -> Hail {
    let patience = std::time::Instant::now() + Duration::from_secs(30);
    while std::time::Instant::now() < patience {
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

    sim.control().set_frozen(true);
    let coming = client.set_status(hail.id.clone(), HailStatus::AcceptedByCustomer).await.unwrap();
    assert_eq!(coming.status, HailStatus::AcceptedByCustomer);
    assert!(coming.taxi_phone.is_some());
    let again = client.set_status(hail.id.clone(), HailStatus::AcceptedByCustomer).await.unwrap();
    assert_eq!(again, coming, "a repeated change changes nothing");
    sim.control().set_frozen(false);

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
