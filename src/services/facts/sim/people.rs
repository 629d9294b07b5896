// SPDX-License-Identifier: GPL-3.0-only
//! The invented people of the simulated data service.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value, json};
use thiserror::Error;

/// The built-in people.
const BUILT_IN: &str = include_str!("../../../../assets/facts-people.json");
/// Largest file of people, in bytes.
const MOST_FILE_BYTES: u64 = 4 * 1024 * 1024;

/// Why there are no people.
#[derive(Debug, Error)]
pub enum PeopleError {
    /// The file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is not in its form.
    #[error("the file of people is not in its form")]
    Form(#[source] serde_json::Error),
    /// Somebody has a fact that no register holds.
    #[error("no register holds the fact {0:?}")]
    NoRegister(String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Register {
    zh: String,
    en: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    about: String,
    number: String,
    #[serde(default)]
    not_allowed: Vec<String>,
    facts: Map<String, Value>,
}

/// Everybody, and which register holds what.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct People {
    registers: BTreeMap<String, Register>,
    /// Key of a fact, key of its register.
    held_by: BTreeMap<String, String>,
    people: Vec<Person>,
}

impl People {
    /// The people in `file`, or the built-in ones.
    pub(super) fn read(file: Option<&Path>) -> Result<Self, PeopleError> {
        let text = match file {
            None => BUILT_IN.to_owned(),
            Some(path) => {
                let failed = |source| PeopleError::Read { path: path.to_owned(), source };
                let mut text = String::new();
                let opened = std::fs::File::open(path).map_err(failed)?;
                opened.take(MOST_FILE_BYTES).read_to_string(&mut text).map_err(failed)?;
                text
            }
        };
        let people: Self = serde_json::from_str(&text).map_err(PeopleError::Form)?;
        let keys = people.people.iter().flat_map(|person| person.facts.keys());
        match keys.into_iter().find(|key| people.register(key).is_none()) {
            Some(key) => Err(PeopleError::NoRegister(key.clone())),
            None => Ok(people),
        }
    }

    fn register(&self, fact: &str) -> Option<&Register> {
        self.registers.get(self.held_by.get(fact)?)
    }

    /// Number and description of everybody.
    pub(super) fn lines(&self) -> Vec<String> {
        self.people.iter().map(|person| format!("{}  {}", person.number, person.about)).collect()
    }

    /// What is told of `number`, of the facts that are asked for. Somebody whom no register knows has no fact.
    pub(super) fn tell(&self, number: &str, asked: &[String], as_of: &str) -> Map<String, Value> {
        let person = self.people.iter().find(|person| person.number.eq_ignore_ascii_case(number));
        let Some(person) = person else { return Map::new() };
        let entry = |key: &String| {
            if person.not_allowed.contains(key) {
                return Some((key.clone(), json!({ "not_allowed": true })));
            }
            let (value, register) = (person.facts.get(key)?, self.register(key)?);
            let register = json!({ "zh": register.zh, "en": register.en });
            Some((key.clone(), json!({ "value": value, "register": register, "as_of": as_of })))
        };
        asked.iter().filter_map(entry).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::day::Day;
    use crate::domain::identity::SocialSecurityCard;
    use crate::domain::policy::card::{CardRemark, learn_social_security_card};
    use crate::domain::policy::fact::Facts;
    use crate::protocol::Secret;

    #[test]
    fn the_built_in_people_are_a_dozen_with_right_numbers() {
        let people = People::read(None).unwrap();
        assert!(people.people.len() >= 12);
        for person in &people.people {
            let card = SocialSecurityCard {
                number: Secret::from(&*person.number),
                name: Secret::default(),
                card_number: None,
            };
            let today = Day::new(2026, 11, 22).unwrap();
            let remarks = learn_social_security_card(&[], &card, today, &mut Facts::new());
            assert!(remarks.is_empty() || remarks == [CardRemark::NumberOfForeigner], "{}: {remarks:?}", person.about);
        }
        assert!(people.people.iter().any(|person| !person.not_allowed.is_empty()));
    }

    #[test]
    fn only_what_is_asked_for_is_told_with_where_it_comes_from() {
        let people = People::read(None).unwrap();
        let asked = ["marriage", "medical-own-cost", "shoe-size"].map(str::to_owned);
        let told = people.tell("11010519491231002x", &asked, "2026-11-01");
        assert_eq!(told.len(), 2);
        assert_eq!(told["marriage"]["value"], "widowed");
        assert_eq!(
            (&told["marriage"]["as_of"], &told["marriage"]["register"]["en"]),
            (&json!("2026-11-01"), &json!("Household register"))
        );
        assert_eq!(told["medical-own-cost"], json!({ "not_allowed": true }));
        assert!(people.tell("110105194912310046", &asked, "2026-11-01").is_empty());
    }

    #[test]
    fn a_file_with_a_fault_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("people.json");
        assert!(matches!(People::read(Some(&file)), Err(PeopleError::Read { .. })));
        std::fs::write(&file, r#"{"registers":{},"held_by":{},"people":[{"about":"a","number":"1","facts":{"x":1}}]}"#)
            .unwrap();
        assert!(matches!(People::read(Some(&file)), Err(PeopleError::NoRegister(fact)) if fact == "x"));
        std::fs::write(&file, r#"{"registers":{},"people":[]}"#).unwrap();
        assert!(matches!(People::read(Some(&file)), Err(PeopleError::Form(_))));
    }
}
