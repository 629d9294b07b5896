// SPDX-License-Identifier: GPL-3.0-only
//! Every fault that the simulator can make.

use super::*;

#[tokio::test]
async fn a_fault_that_passes_is_asked_over_once() {
    let (sim, client) = sim().await;
    for fault in
        [Fault::Cut, Fault::Status { code: 500 }, Fault::Status { code: 502 }, Fault::Status { code: 503 }, Fault::Busy]
    {
        let before = sim.control().state().asked;
        assert!(sim.control().inject(fault, 1));
        is_sound(&client.ask(request(RESIDENT)).await.unwrap());
        assert_eq!(sim.control().state().asked, before + 2, "{fault:?}");

        assert!(sim.control().inject(fault, 2));
        assert_eq!(failure(client.ask(request(RESIDENT)).await), UNREACHABLE, "{fault:?}");
        assert_eq!(sim.control().state().asked, before + 4, "{fault:?}");
    }
}

#[tokio::test]
async fn what_is_no_answer_is_not_asked_for_again() {
    let (sim, client) = sim().await;
    for (fault, expected) in [
        (Fault::Html, GARBAGE),
        (Fault::Half, GARBAGE),
        (Fault::Garbage, GARBAGE),
        (Fault::Huge, GARBAGE),
        (Fault::OtherQuestion, GARBAGE),
        (Fault::Status { code: 404 }, GARBAGE),
        (Fault::Status { code: 302 }, GARBAGE),
        (Fault::Status { code: 403 }, KEY_REFUSED),
        (Fault::RefuseKey, KEY_REFUSED),
        (Fault::RefuseConsent, CONSENT_REFUSED),
    ] {
        let before = sim.control().state().asked;
        assert!(sim.control().inject(fault, 1));
        assert_eq!(failure(client.ask(request(RESIDENT)).await), expected, "{fault:?}");
        assert_eq!(sim.control().state().asked, before + 1, "{fault:?}");
    }
    is_sound(&client.ask(request(RESIDENT)).await.unwrap());
}

#[tokio::test]
async fn values_of_wrong_kinds_are_dropped_and_the_rest_of_the_answer_stands() {
    let (sim, client) = sim().await;
    assert!(sim.control().inject(Fault::WrongKinds, 1));
    let answer = client.ask(request(RESIDENT)).await.unwrap();
    assert_eq!(answer.facts.iter().count(), 0);
    assert_eq!(answer.dropped.len(), 7);
    assert!(matches!(answer.standing(OWNS_HOME), Standing::Dropped(DropReason::WrongKind)));
    assert_eq!(answer.standing(DISCHARGED), Standing::NotKnown);
}

#[tokio::test]
async fn a_silent_service_is_left_in_time_and_not_asked_again() {
    let (sim, _) = sim().await;
    for fault in [Fault::Silent, Fault::Slow { seconds: 30.0 }] {
        let before = sim.control().state().asked;
        assert!(sim.control().inject(fault, 1));
        let begun = std::time::Instant::now();
        let client = client(&sim.url(), Duration::from_millis(200));
        assert_eq!(failure(client.ask(request(RESIDENT)).await), UNREACHABLE);
        assert!(begun.elapsed() < Duration::from_secs(5));
        assert_eq!(sim.control().state().asked, before + 1);
    }
    assert!(sim.control().inject(Fault::Slow { seconds: 0.1 }, 1));
    is_sound(&client(&sim.url(), Duration::from_secs(10)).ask(request(RESIDENT)).await.unwrap());
}

#[tokio::test]
async fn the_repetition_has_no_more_time_than_is_left() {
    let (sim, _) = sim().await;
    assert!(sim.control().inject(Fault::Status { code: 503 }, 1));
    assert!(sim.control().inject(Fault::Silent, 1));
    let begun = std::time::Instant::now();
    let patient = client(&sim.url(), Duration::from_millis(700));
    assert_eq!(failure(patient.ask(request(RESIDENT)).await), UNREACHABLE);
    assert!(begun.elapsed() < Duration::from_secs(5) && sim.control().state().asked == 2);
    // With too little left there is none.
    assert!(sim.control().inject(Fault::Status { code: 503 }, 1));
    let hasty = client(&sim.url(), Duration::from_millis(300));
    assert_eq!(failure(hasty.ask(request(RESIDENT)).await), UNREACHABLE);
    assert_eq!(sim.control().state().asked, 3);
}

#[tokio::test]
async fn a_question_ends_with_its_visit() {
    let (sim, client) = sim().await;
    assert!(sim.control().inject(Fault::Silent, 1));
    let question = tokio::spawn(async move { client.ask(request(RESIDENT)).await });
    until(|| sim.control().state().asked == 1).await;
    assert_eq!(sim.control().state().given_up, 0);
    question.abort();
    // The connection is closed: the service notices that nobody waits any more.
    until(|| sim.control().state().given_up == 1).await;
    assert_eq!(sim.control().state().facts_told, 0);
}

async fn until(reached: impl Fn() -> bool) {
    let patience = std::time::Instant::now() + Duration::from_secs(20);
    while !reached() {
        assert!(std::time::Instant::now() < patience, "never reached");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn faults_are_ordered_over_http_too_and_bounded() {
    let (sim, client) = sim().await;
    let raw = reqwest::Client::builder().tls_certs_only(std::iter::empty()).no_proxy().build().unwrap();
    let faults = format!("{}/sim/faults", sim.url());
    let order = |body: &'static str| raw.post(&faults).body(body).send();
    assert!(order(r#"{"action":"garbage"}"#).await.unwrap().status().is_success());
    assert_eq!(failure(client.ask(request(RESIDENT)).await), GARBAGE);
    for bad in [r#"{"action":"slow","seconds":9999}"#, r#"{"action":"status","code":42}"#, r#"{"action":"laugh"}"#, "x"]
    {
        assert_eq!(order(bad).await.unwrap().status(), 400, "{bad}");
    }
    assert!(!sim.control().inject(Fault::Cut, 0));
    while sim.control().inject(Fault::Cut, 1) {}
    assert!(raw.delete(&faults).send().await.unwrap().status().is_success());
    is_sound(&client.ask(request(RESIDENT)).await.unwrap());
    let state = raw.get(format!("{}/sim/state", sim.url())).send().await.unwrap().text().await.unwrap();
    assert!(state.contains("\"asked\":2") && !state.contains(RESIDENT), "{state}");
}
