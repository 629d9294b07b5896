// SPDX-License-Identifier: GPL-3.0-only
//! The client of the community's data service against the simulated one, over TCP, with every fault that the simulator
//! can make, and with a few servers that do worse.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "facts_wire/faults.rs"]
mod faults;
#[path = "facts_wire/foreign.rs"]
mod foreign;
#[path = "facts_wire/people.rs"]
mod people;

use std::sync::Arc;
use std::time::Duration;

use doorstep::domain::day::Day;
use doorstep::domain::policy::fact::{
    Choice, Decimal, FactId, FactKind, FactSpec, Facts, OptionId, Origin, PlaceCode, Value,
};
use doorstep::domain::policy::pack::{Pack, Words};
use doorstep::domain::time::WallTime;
use doorstep::protocol::{FaultCode, Secret};
use doorstep::services::facts::sim::{DEFAULT_KEY, FactsSim, FactsSimOptions, FactsSimState, Fault, RunningFactsSim};
use doorstep::services::facts::{
    CommunityFacts, Consent, DropReason, FactAnswer, FactFailure, FactRequest, FactSource, FactSourceError, Purpose,
    Standing,
};
use doorstep::settings::FactsSettings;

/// The person on the simulated ID card.
const RESIDENT: &str = "11010519491231002X";

const DISTRICT: FactId = FactId(0);
const MARRIAGE: FactId = FactId(1);
const INCOME: FactId = FactId(2);
const CHILDREN: FactId = FactId(3);
const RELIEF: FactId = FactId(4);
const OWNS_HOME: FactId = FactId(5);
const OWN_COST: FactId = FactId(6);
const DISCHARGED: FactId = FactId(7);
const HARDSHIP: FactId = FactId(8);

fn spec(key: &str, kind: FactKind) -> FactSpec {
    FactSpec {
        key: key.into(),
        kind,
        label: Words::default(),
        question: None,
        hint: None,
        card: None,
        served: true,
        changeable: true,
        exact: false,
    }
}

fn options(keys: &[&str]) -> FactKind {
    let choice = |key: &&str| Choice { key: (*key).to_owned(), label: Words::default() };
    FactKind::Choice { options: keys.iter().map(choice).collect() }
}

fn number() -> FactKind {
    let most = Decimal::whole(1_000_000).unwrap();
    FactKind::Number { unit: Words::default(), least: Decimal::ZERO, most, whole: false }
}

fn pack() -> Arc<Pack> {
    Arc::new(Pack {
        key: "test".into(),
        facts: vec![
            spec("register-district", FactKind::Place),
            spec("marriage", options(&["single", "married", "widowed", "divorced"])),
            spec("income-per-person", number()),
            spec("children", FactKind::Days),
            spec("relief", options(&["tekun", "dibao"])),
            spec("owns-home", FactKind::Flag),
            spec("medical-own-cost", number()),
            spec("discharged-on", FactKind::Day),
            FactSpec { served: false, ..spec("hardship", FactKind::Flag) },
        ],
        ..Pack::default()
    })
}

fn day(text: &str) -> Day {
    Day::parse_iso(text).unwrap()
}

fn now() -> WallTime {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    WallTime(i64::try_from(since.as_secs()).unwrap())
}

fn request(number: &str) -> FactRequest {
    FactRequest {
        number: Secret::from(number),
        consent: Consent::new(Purpose::PolicyEligibility, now()).unwrap(),
        pack: pack(),
        wanted: (0..9).map(FactId).collect(),
        today: day("2026-11-22"),
    }
}

fn settings(url: &str) -> FactsSettings {
    FactsSettings {
        url: url.to_owned(),
        key: Secret::from(DEFAULT_KEY),
        ca_file: None,
        connect_timeout: Duration::from_secs(5),
        request_timeout: Duration::from_secs(10),
    }
}

/// A client that waits for so long in all.
fn client(url: &str, patience: Duration) -> CommunityFacts {
    CommunityFacts::new(&FactsSettings { request_timeout: patience, ..settings(url) }).unwrap()
}

async fn sim() -> (RunningFactsSim, CommunityFacts) {
    let options = FactsSimOptions { as_of: Some(day("2026-11-01")), ..FactsSimOptions::default() };
    let sim = FactsSim::start(options).await.unwrap();
    let client = client(&sim.url(), Duration::from_secs(10));
    (sim, client)
}

fn failure(answer: Result<FactAnswer, FactSourceError>) -> (FactFailure, FaultCode) {
    let Err(error) = answer else { panic!("the question was answered") };
    let shown = format!("{error:?} {}", error.fault);
    assert!(!shown.contains(RESIDENT) && !shown.contains(DEFAULT_KEY), "{shown}");
    (error.failure, error.fault.code)
}

const UNREACHABLE: (FactFailure, FaultCode) = (FactFailure::Unreachable, FaultCode::FactsUnreachable);
const GARBAGE: (FactFailure, FaultCode) = (FactFailure::Garbage, FaultCode::FactsGarbage);
const KEY_REFUSED: (FactFailure, FaultCode) = (FactFailure::KeyRefused, FaultCode::FactsKeyRefused);
const CONSENT_REFUSED: (FactFailure, FaultCode) = (FactFailure::ConsentRefused, FaultCode::FactsRefused);

/// A sound answer about the person on the card.
fn is_sound(answer: &FactAnswer) {
    assert_eq!(answer.facts.get(MARRIAGE), Some(&Value::Choice(OptionId(2))));
    assert!(answer.dropped.is_empty());
}

#[tokio::test]
async fn the_person_on_the_simulated_card_is_known() {
    let (sim, client) = sim().await;
    let answer = client.ask(request(RESIDENT)).await.unwrap();
    is_sound(&answer);
    let facts = &answer.facts;
    assert_eq!(facts.get(DISTRICT), PlaceCode::parse("110105").map(Value::Place).as_ref());
    assert_eq!(facts.get(INCOME), Decimal::parse("1850.50").map(Value::Number).as_ref());
    assert_eq!(facts.get(CHILDREN), Some(&Value::Days(vec![day("1974-06-18")])));
    assert_eq!(facts.get(RELIEF), Some(&Value::Nothing), "known to be nothing");
    assert_eq!(facts.get(OWNS_HOME), Some(&Value::Flag(true)));
    assert_eq!(answer.standing(OWN_COST), Standing::NotAllowed);
    assert_eq!(answer.standing(DISCHARGED), Standing::NotKnown);
    assert_eq!(answer.standing(HARDSHIP), Standing::NotKnown, "not served, and so not asked for");
    assert_eq!(facts.origin(RELIEF), Some(Origin::Service { as_of: day("2026-11-01") }));
    assert_eq!(answer.register(RELIEF).unwrap().en, "Civil affairs relief register");
    assert_eq!(answer.strangers, 0);

    let mut person = Facts::new();
    person.learn(INCOME, Value::Nothing, Origin::Answer);
    answer.learn_into(&mut person);
    assert_eq!(person.iter().count(), 6);
    assert_eq!(person.get(INCOME), facts.get(INCOME));
    let state = FactsSimState { asked: 1, answered: 1, facts_told: 7, ..FactsSimState::default() };
    assert_eq!(sim.control().state(), state);
    sim.stop().await;
}

#[tokio::test]
async fn somebody_whom_no_register_knows_is_unknown_and_not_nothing() {
    let (_sim, client) = sim().await;
    let answer = client.ask(request("110105194912310046")).await.unwrap();
    assert_eq!(answer, FactAnswer::default());
    assert_eq!(answer.standing(RELIEF), Standing::NotKnown);
}

#[tokio::test]
async fn what_the_pack_does_not_call_served_is_never_asked_for() {
    let (sim, client) = sim().await;
    let nothing = FactRequest { wanted: vec![HARDSHIP, FactId(77)], ..request(RESIDENT) };
    assert_eq!(client.ask(nothing).await.unwrap(), FactAnswer::default());
    assert_eq!(sim.control().state().asked, 0);
    let one = FactRequest { wanted: vec![HARDSHIP, RELIEF], ..request(RESIDENT) };
    assert_eq!(client.ask(one).await.unwrap().facts.iter().count(), 1);
    assert_eq!(sim.control().state().facts_told, 1);
}

#[tokio::test]
async fn nothing_is_told_without_a_fresh_consent_for_the_purpose() {
    let (sim, client) = sim().await;
    let at = |given_at: i64| {
        let consent = Consent { given_at: WallTime(given_at), ..request(RESIDENT).consent };
        FactRequest { consent, ..request(RESIDENT) }
    };
    assert_eq!(failure(client.ask(at(now().0 - 3700)).await), CONSENT_REFUSED, "of another visit");
    assert_eq!(failure(client.ask(at(now().0 + 400)).await), CONSENT_REFUSED, "of a wrong clock");
    let nameless = Consent { reference: String::new(), ..request(RESIDENT).consent };
    let nameless = FactRequest { consent: nameless, ..request(RESIDENT) };
    assert_eq!(failure(client.ask(nameless).await), CONSENT_REFUSED);

    let id = "0".repeat(32);
    let consent = format!(r#"{{"reference":"{id}","purpose":"marketing","given_at":"2026-11-22T00:00:00Z"}}"#);
    for (consent, word) in [("null", "consent"), (&consent, "purpose"), ("7", "request")] {
        let body = format!(
            r#"{{"protocol":1,"request":"{id}","number":"{RESIDENT}","consent":{consent},"pack":"p","facts":["relief"]}}"#
        );
        let raw = reqwest::Client::builder().tls_certs_only(std::iter::empty()).no_proxy().build().unwrap();
        let raw = raw.post(format!("{}/v1/facts", sim.url())).bearer_auth(DEFAULT_KEY).body(body);
        let answer = raw.send().await.unwrap().text().await.unwrap();
        assert!(answer.contains(&format!("\"error\":\"{word}\"")), "{answer}");
    }
    assert_eq!(sim.control().state().facts_told, 0);
}

#[tokio::test]
async fn a_wrong_key_is_told_from_everything_else() {
    let (sim, _) = sim().await;
    for key in ["wrong", ""] {
        let settings = FactsSettings { key: Secret::from(key), ..settings(&sim.url()) };
        let client = CommunityFacts::new(&settings).unwrap();
        assert_eq!(failure(client.ask(request(RESIDENT)).await), KEY_REFUSED, "{key:?}");
    }
    assert_eq!(sim.control().state().facts_told, 0);
    let unsendable = FactsSettings { key: Secret::from("a\nb"), ..settings(&sim.url()) };
    assert!(CommunityFacts::new(&unsendable).is_err());
    for url in ["", "ftp://a.example", "data:text/plain,x", "//a"] {
        assert!(CommunityFacts::new(&settings(url)).is_err(), "{url}");
    }
}

#[tokio::test]
async fn the_state_holds_counts_and_no_people() {
    let (sim, client) = sim().await;
    client.ask(request(RESIDENT)).await.unwrap();
    let shown = format!("{:?}", sim.control().state());
    assert!(!shown.contains(RESIDENT) && !shown.contains("widowed"), "{shown}");
    assert!(sim.people().len() >= 12);
}
