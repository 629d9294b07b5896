// SPDX-License-Identifier: GPL-3.0-only
//! The invented people of the simulated service and the facts of the national pack: each is served, and read as told.

use std::collections::BTreeSet;
use std::path::Path;

use doorstep::policies::read;
use doorstep::policies::source::PackSource;
use serde_json::{Map, Value as Json};

use super::*;

fn file(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn object(json: &Json) -> &Map<String, Json> {
    json.as_object().unwrap()
}

#[tokio::test]
async fn every_fact_of_the_people_is_served_by_the_national_pack_and_fits_its_kind() {
    let pack = Arc::new(read(&PackSource::read_folder(&file("assets/policy/national")).unwrap()).unwrap().pack);
    let people: Json = serde_json::from_slice(&std::fs::read(file("assets/facts-people.json")).unwrap()).unwrap();
    let held: BTreeSet<&str> = object(&people["held_by"]).keys().map(String::as_str).collect();
    let served: BTreeSet<&str> = pack.facts.iter().filter(|spec| spec.served).map(|spec| spec.key.as_str()).collect();
    assert_eq!(held, served, "what the registers hold is what the pack calls served");

    let (_sim, client) = sim().await;
    let mut told = 0;
    for person in people["people"].as_array().unwrap() {
        let wanted = (0..pack.facts.len()).map(|fact| FactId(u16::try_from(fact).unwrap())).collect();
        let number = person["number"].as_str().unwrap();
        let question = FactRequest { pack: Arc::clone(&pack), wanted, ..request(number) };
        let answer = client.ask(question).await.unwrap();
        let about = &person["about"];
        assert_eq!((&answer.dropped[..], answer.strangers), (&[][..], 0), "{about}");
        let hidden = person.get("not_allowed").map_or(0, |hidden| hidden.as_array().unwrap().len());
        let known = object(&person["facts"]).keys().filter(|key| held.contains(key.as_str())).count();
        assert_eq!(known, object(&person["facts"]).len(), "{about}");
        assert_eq!(answer.not_allowed.len(), hidden, "{about}");
        assert_eq!(answer.facts.iter().count(), known, "{about}");
        told += known;
    }
    assert!(told > 180, "{told}");
}
