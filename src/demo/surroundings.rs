// SPDX-License-Identifier: GPL-3.0-only
//! What scripts can do to the world outside the terminal, and ask of it.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::library::tag_of;
use super::script::StepError;
use super::world::World;
use crate::domain::taxi::HailStatus;
use crate::protocol::GeoPoint;
use crate::services::library::sim::Kind;
use crate::services::taxi::sim::{FaultRule, HailView, Outcome, SimControl, SimState, TaxiView};

/// So many characters of a plate stay on the attract screen.
const TAIL_CHARACTERS: usize = 3;
/// No simulated taxi drives longer to the gate, in seconds.
const LONGEST_DRIVE_S: u32 = 600;
/// A taxi stands at the gate when it is nearer, in metres.
const AT_THE_GATE_M: f64 = 20.0;

/// The world outside the terminal, as scripts see it.
pub trait Surroundings {
    /// Changes it: one step of a script, its word and what belongs to it.
    ///
    /// # Errors
    /// There is no such step, or its argument is not right.
    fn order(&self, word: &str, rest: &str) -> Result<(), StepError>;

    /// What it knows under `key`.
    ///
    /// # Errors
    /// There is no such key.
    fn look(&self, key: &str) -> Result<String, StepError>;
}

impl Surroundings for RefCell<World> {
    fn order(&self, word: &str, rest: &str) -> Result<(), StepError> {
        self.borrow_mut().order(word, rest)
    }

    fn look(&self, key: &str) -> Result<String, StepError> {
        self.borrow().look(key)
    }
}

/// `$book:BARCODE` is the number of that book's tag.
fn tagged(line: &str) -> String {
    let word = |word: &str| word.strip_prefix("$book:").map_or_else(|| word.to_owned(), tag_of);
    line.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn refused(error: &dyn std::fmt::Display) -> StepError {
    StepError::Argument(error.to_string())
}

impl World {
    /// Carries out one step of a script; see [`Surroundings::order`].
    ///
    /// # Errors
    /// There is no such step, or its argument is not right.
    pub fn order(&mut self, word: &str, rest: &str) -> Result<(), StepError> {
        if word == "centre" {
            self.set_reachable(switch(rest)?);
            return Ok(());
        }
        if word == "printer" {
            return self.printer().order(rest).map_err(|error| refused(&error));
        }
        if word == "journal" {
            return self.set_writable(switch(rest)?).map_err(|error| refused(&error));
        }
        if word == "device" {
            let (name, line) = rest.split_once(char::is_whitespace).ok_or(StepError::Unknown)?;
            let bench = self.bench().ok_or(StepError::Unknown)?;
            return bench.order(name, &tagged(line)).map(drop).map_err(|error| refused(&error));
        }
        if word == "library" {
            if let Ok(reachable) = switch(rest) {
                self.set_library_reachable(reachable);
                return Ok(());
            }
            let library = self.library().ok_or(StepError::Unknown)?.control();
            return library.order(rest).map(drop).map_err(|error| refused(&error));
        }
        if word == "policies" {
            return self.policies().ok_or(StepError::Unknown)?.order(rest);
        }
        let Some(taxi) = self.taxi() else { return Err(StepError::Unknown) };
        match word {
            "drivers" => {
                let words: Vec<&str> = rest.split(',').map(str::trim).collect();
                let outcomes = serde_json::from_value(serde_json::json!(words)).map_err(|error| refused(&error))?;
                let outcomes: Vec<Outcome> = outcomes;
                taxi.queue(&outcomes).map_err(|error| refused(&error))?;
            }
            "taxis" => taxi.set_no_taxis(!switch(rest)?),
            "clock" => taxi.set_frozen(!switch(rest)?),
            "pace" => {
                let pace = rest.parse().map_err(|_| StepError::Argument(format!("{rest} is no number")))?;
                taxi.set_time_scale(pace).map_err(|error| refused(&error))?;
            }
            "fault" => taxi.inject(fault(rest)?).map_err(|error| refused(&error))?,
            "faults" if rest == "off" => taxi.clear_faults(),
            "arrive" => self.let_arrive(&taxi)?,
            "forward" => taxi.forward(Duration::from_secs(number(rest)?)).map_err(|error| refused(&error))?,
            _ => return Err(StepError::Unknown),
        }
        Ok(())
    }

    /// Puts the centre's clock forward until the last hail's taxi stands at the gate.
    fn let_arrive(&self, taxi: &SimControl) -> Result<(), StepError> {
        let gate = self.settings().site.position;
        for _ in 0..LONGEST_DRIVE_S {
            let state = taxi.state();
            let hail = state.hails.last().ok_or(StepError::Unknown)?;
            let car = state.taxis.iter().find(|taxi| taxi.id == hail.taxi_id).ok_or(StepError::Unknown)?;
            let place = GeoPoint::new(car.lon, car.lat).map_err(|error| refused(&error))?;
            if place.distance_m(gate) < AT_THE_GATE_M {
                return Ok(());
            }
            taxi.forward(Duration::from_secs(1)).map_err(|error| refused(&error))?;
        }
        Err(StepError::Expected { expected: "a taxi at the gate".to_owned(), found: "none".to_owned() })
    }

    /// How often the library's books say that a copy was lent, returned or renewed, or whether they balance.
    fn look_at_library(&self, what: &str, item: &str) -> Result<String, StepError> {
        let library = self.library().ok_or(StepError::Unknown)?.control();
        let count = |kind| library.count(kind, item).map(|count| count.to_string()).map_err(|error| refused(&error));
        match what {
            "lent" => count(Kind::Checkout),
            "returned" => count(Kind::Checkin),
            "renewed" => count(Kind::Renewal),
            "requests" => Ok(library.requests(item).to_string()),
            "imbalances" => library.audit().map(|found| found.len().to_string()).map_err(|error| refused(&error)),
            _ => Err(StepError::Unknown),
        }
    }

    /// What dispatch centre and printer know under `key`; see [`Surroundings::look`].
    ///
    /// # Errors
    /// There is no such key.
    pub fn look(&self, key: &str) -> Result<String, StepError> {
        if key == "slips" {
            return Ok(self.printer().slips().len().to_string());
        }
        if key == "slip" {
            return Ok(self.printer().slips().last().map(|lines| lines.join("\n")).unwrap_or_default());
        }
        if key == "slip-picture" {
            return Ok(newest_picture(&self.slips_directory()).ok_or(StepError::NoSlip)?.display().to_string());
        }
        if let Some((what, item)) = key.split_once(':') {
            return self.look_at_library(what, item);
        }
        let state = self.taxi().ok_or(StepError::Unknown)?.state();
        let of_last = |told: &dyn Fn(&HailView) -> String| state.hails.last().map(told).unwrap_or_default();
        Ok(match key {
            "hails" => state.hails_created.to_string(),
            "alive" => state.hails.iter().filter(|hail| is_alive(&hail.status)).count().to_string(),
            // Hails of one rider, and of this gate, that were alive at once.
            "live-of-one" => state.most_live_of_one_customer.to_string(),
            "live-at-once" => state.most_live_at_once.to_string(),
            // The states of all hails, in the order in which they were made.
            "status" => {
                let words: Vec<&str> = state.hails.iter().map(|hail| hail.status.as_str()).collect();
                words.join(",")
            }
            "given-phone" => of_last(&|hail| hail.customer_phone_number.clone()),
            "given-address" => of_last(&|hail| hail.customer_address.clone()),
            "order" => of_last(&|hail| hail.id.clone()),
            "plate" => of_last(&|hail| hail.licence_plate.clone()),
            "tail" => of_last(&|hail| tail(&hail.licence_plate)),
            "driver" => of_last(&|hail| car(&state, hail, &|taxi| taxi.driver.clone())),
            "car-phone" => of_last(&|hail| car(&state, hail, &|taxi| taxi.phone.clone())),
            _ => return Err(StepError::Unknown),
        })
    }
}

fn newest_picture(directory: &Path) -> Option<PathBuf> {
    let pictures = std::fs::read_dir(directory).ok()?.flatten().map(|entry| entry.path());
    let pictures = pictures.filter(|path| path.extension().is_some_and(|ending| ending == "png"));
    pictures.max_by_key(|path| path.metadata().and_then(|metadata| metadata.modified()).ok())
}

fn car(state: &SimState, hail: &HailView, told: &dyn Fn(&TaxiView) -> String) -> String {
    state.taxis.iter().find(|taxi| taxi.id == hail.taxi_id).map(told).unwrap_or_default()
}

fn tail(plate: &str) -> String {
    let characters = plate.chars().count();
    plate.chars().skip(characters.saturating_sub(TAIL_CHARACTERS)).collect()
}

/// `CALL ACTION NAME=VALUE…`; `times=always` until it is taken back.
fn fault(text: &str) -> Result<FaultRule, StepError> {
    let mut words = text.split_whitespace();
    let (Some(on), Some(action)) = (words.next(), words.next()) else { return Err(StepError::Unknown) };
    let mut rule = serde_json::Map::new();
    rule.insert("on".to_owned(), on.into());
    rule.insert("action".to_owned(), action.into());
    for word in words {
        let (name, value) = word.split_once('=').ok_or_else(|| StepError::Argument(format!("{word}: NAME=VALUE")))?;
        let value = match value {
            "always" => serde_json::Value::Null,
            number => serde_json::from_str(number).map_err(|error| refused(&error))?,
        };
        rule.insert(name.to_owned(), value);
    }
    serde_json::from_value(rule.into()).map_err(|error| refused(&error))
}

fn is_alive(status: &str) -> bool {
    HailStatus::from_wire(status).is_some_and(|status| !status.is_terminal())
}

pub(super) fn number(text: &str) -> Result<u64, StepError> {
    text.parse().map_err(|_| StepError::Argument(format!("{text} is no number")))
}

fn switch(text: &str) -> Result<bool, StepError> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        other => Err(StepError::Argument(format!("{other} is neither on nor off"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::taxi::sim::{Call, Fault};

    #[test]
    fn faults_are_read() {
        assert_eq!(fault("hail drop_after").unwrap(), FaultRule::once(Call::Hail, Fault::DropAfter));
        let always = fault("any status code=503 times=always").unwrap();
        assert_eq!(always, FaultRule::always(Call::Any, Fault::Status { code: 503 }));
        assert!(fault("hail").is_err() && fault("hail explode").is_err() && fault("hail status code").is_err());
    }

    #[test]
    fn the_tail_is_three_characters() {
        assert_eq!(tail("鲁GD12345"), "345");
        assert_eq!(tail("1"), "1");
    }
}
