// SPDX-License-Identifier: GPL-3.0-only
//! Faults between the client and its centre: what the rules are told, and whether a hail was made.

use super::*;

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
        Fault::SlowAfter { seconds: 1.0 },
        CallFailure::Unknown,
        FaultCode::TaxiUnreachable,
        FaultCode::TaxiOutcomeUnknown,
        true,
    ),
];

#[tokio::test]
async fn every_fault_has_its_meaning_and_no_hail_is_made_twice() {
    let (sim, patient) = sim().await;
    let mut settings = settings(&sim.url());
    settings.request_timeout = Duration::from_millis(300);
    let hurried = LeTaxi::new(&settings, &site()).unwrap();
    let control = sim.control();
    for (number, &(fault, meaning, repeatable, hail_code, made)) in FAULTS.iter().enumerate() {
        control.reset();
        let customer = format!("r-{number}");
        let request = request(&patient, &customer).await;
        let client = if matches!(fault, Fault::SlowAfter { .. }) { &hurried } else { &patient };
        control.inject_once(Call::Nearby, fault).unwrap();
        assert_eq!(failure(client.nearby().await), (meaning, repeatable), "{fault:?}");
        control.inject_once(Call::Hail, fault).unwrap();
        assert_eq!(failure(client.hail(request).await), (meaning, hail_code), "{fault:?}");

        let state = control.state();
        assert_eq!(state.hails_created, u64::from(made), "{fault:?}: a POST is sent once");
        let found = patient.find(rider(&customer)).await.unwrap();
        assert_eq!(found.len(), usize::from(made), "{fault:?}");
        if made {
            assert_eq!(found[0].id.0, state.hails[0].id);
            assert_eq!(found[0].customer, Some(rider(&customer)));
            control.inject_once(Call::SetStatus, fault).unwrap();
            let change = client.set_status(found[0].id.clone(), HailStatus::DeclinedByCustomer).await;
            assert_eq!(failure(change), (meaning, repeatable), "{fault:?}");
            control.inject_once(Call::Follow, fault).unwrap();
            assert_eq!(failure(client.follow(found[0].id.clone()).await), (meaning, repeatable), "{fault:?}");
            assert_eq!(patient.follow(found[0].id.clone()).await.unwrap().status, HailStatus::DeclinedByCustomer);
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
}

#[tokio::test]
async fn a_frozen_centre_keeps_every_hail_as_it_is() {
    let (sim, client) = sim().await;
    // Unfrozen, the driver would answer after 62 ms.
    sim.control().set_time_scale(100.0).unwrap();
    let hail = hailed(&client, "r-1").await;
    sim.control().set_frozen(true);
    let before = client.follow(hail.id.clone()).await.unwrap().status;
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!(client.follow(hail.id.clone()).await.unwrap().status, before);
    sim.control().set_frozen(false);
    until(&client, &hail.id, HailStatus::AcceptedByTaxi).await;
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
