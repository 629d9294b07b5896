// SPDX-License-Identifier: GPL-3.0-only
//! Scripts of taps: what the tour and the flow tests are written in.
//!
//! One step a line, a word and what belongs to it; `#` begins a comment:
//!
//! ```text
//! tap LABEL          tap the control with these words
//! see LABEL          wait until it is on the screen
//! gone LABEL         wait until it is not
//! absent LABEL       it must not be there now
//! picture NAME       write NAME.png
//! pause MS           wait
//! drivers OUTCOME,…  how the next hails go (accept, decline, silent, …)
//! taxis on|off       show or hide all taxis
//! centre on|off      the dispatch centre on the network or off it
//! fault CALL ACTION  one fault of the centre (hail drop_after)
//! faults off         take ordered faults back
//! forward SECONDS    put the centre's clock forward
//! printer FAULT|ok   paper_out, cover_open, offline, silent, …
//! expect KEY VALUE   what the centre or the printer must know: hails N, alive N, slips N, status WORD
//! ```

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::demo::world::World;
use crate::domain::taxi::HailStatus;
use crate::presenter::driven::{self, DriveError, Driver};
use crate::services::taxi::sim::FaultRule;

use thiserror::Error;

/// How long an expectation about the world outside may take to become true.
const EXPECT_LIMIT: Duration = Duration::from_secs(15);
/// How often it is looked at.
const EXPECT_EVERY: Duration = Duration::from_millis(50);
/// Before a picture is taken, the page may finish what the last event began.
const SETTLE: Duration = Duration::from_millis(200);

/// A script that cannot be followed.
#[derive(Debug, Error)]
#[error("line {line}: {step}")]
pub struct ScriptError {
    /// Line in the script, from 1.
    pub line: usize,
    /// The step.
    pub step: String,
    /// Why.
    #[source]
    pub cause: StepError,
}

/// Why a step failed.
#[derive(Debug, Error)]
pub enum StepError {
    /// The screen.
    #[error("the screen")]
    Drive(#[from] DriveError),
    /// There is no such step, or it lacks something.
    #[error("there is no such step")]
    Unknown,
    /// A number or word is not right.
    #[error("{0}")]
    Argument(String),
    /// The world outside is not as expected.
    #[error("expected {expected}, found {found}")]
    Expected {
        /// What should be.
        expected: String,
        /// What is.
        found: String,
    },
}

/// Follows scripts in one world.
#[derive(Debug)]
pub struct Player<'world> {
    driver: Driver,
    world: &'world std::cell::RefCell<World>,
    pictures: Option<PathBuf>,
    taken: Vec<PathBuf>,
}

impl<'world> Player<'world> {
    /// A player; pictures go into `pictures`, or nowhere.
    #[must_use]
    pub fn new(driver: Driver, world: &'world std::cell::RefCell<World>, pictures: Option<PathBuf>) -> Self {
        Self { driver, world, pictures, taken: Vec::new() }
    }

    /// The pictures taken so far.
    #[must_use]
    pub fn taken(&self) -> &[PathBuf] {
        &self.taken
    }

    /// Follows `script` to its end.
    ///
    /// # Errors
    /// The first step that fails.
    pub async fn play(&mut self, script: &str) -> Result<(), ScriptError> {
        for (index, line) in script.lines().enumerate() {
            let step = line.split('#').next().unwrap_or_default().trim();
            if step.is_empty() {
                continue;
            }
            let (word, rest) = step.split_once(char::is_whitespace).unwrap_or((step, ""));
            tracing::info!(line = index + 1, step, "tour");
            self.step(word, rest.trim()).await.map_err(|cause| ScriptError {
                line: index + 1,
                step: step.to_owned(),
                cause,
            })?;
        }
        Ok(())
    }

    async fn step(&mut self, word: &str, rest: &str) -> Result<(), StepError> {
        match word {
            "tap" => Ok(self.driver.tap(rest).await?),
            "see" => Ok(self.driver.see(rest).await.map(|_| ())?),
            "gone" => Ok(self.driver.see_gone(rest).await?),
            "absent" => match self.driver.find(rest) {
                None => Ok(()),
                Some(_) => Err(StepError::Expected { expected: format!("no {rest}"), found: rest.to_owned() }),
            },
            "pause" => {
                driven::pause(Duration::from_millis(number(rest)?)).await;
                Ok(())
            }
            "picture" => self.picture(rest).await,
            "expect" => self.expect(rest).await,
            _ => self.change_world(word, rest),
        }
    }

    async fn picture(&mut self, name: &str) -> Result<(), StepError> {
        let Some(directory) = &self.pictures else { return Ok(()) };
        let path = directory.join(format!("{name}.png"));
        driven::pause(SETTLE).await;
        self.driver.picture(&path)?;
        self.taken.push(path);
        Ok(())
    }

    fn change_world(&self, word: &str, rest: &str) -> Result<(), StepError> {
        let mut world = self.world.borrow_mut();
        if word == "centre" {
            world.set_reachable(switch(rest)?);
            return Ok(());
        }
        if word == "printer" {
            return world.printer().order(rest).map_err(|error| StepError::Argument(error.to_string()));
        }
        let Some(taxi) = world.taxi() else { return Err(StepError::Unknown) };
        let refused = |error: &dyn std::fmt::Display| StepError::Argument(error.to_string());
        match word {
            "drivers" => {
                let words: Vec<&str> = rest.split(',').map(str::trim).collect();
                let outcomes = serde_json::from_value(serde_json::json!(words)).map_err(|error| refused(&error))?;
                let outcomes: Vec<crate::services::taxi::sim::Outcome> = outcomes;
                taxi.queue(&outcomes).map_err(|error| refused(&error))
            }
            "taxis" => {
                taxi.set_no_taxis(!switch(rest)?);
                Ok(())
            }
            "fault" => {
                let (on, action) = rest.split_once(char::is_whitespace).ok_or(StepError::Unknown)?;
                let rule = serde_json::json!({ "on": on, "action": action.trim() });
                let rule: FaultRule = serde_json::from_value(rule).map_err(|error| refused(&error))?;
                taxi.inject(rule).map_err(|error| refused(&error))
            }
            "faults" => {
                taxi.clear_faults();
                Ok(())
            }
            "forward" => taxi.forward(Duration::from_secs(number(rest)?)).map_err(|error| refused(&error)),
            _ => Err(StepError::Unknown),
        }
    }

    async fn expect(&self, rest: &str) -> Result<(), StepError> {
        let (key, expected) = rest.split_once(char::is_whitespace).ok_or(StepError::Unknown)?;
        let mut waited = Duration::ZERO;
        loop {
            let found = self.look(key)?;
            if found == expected.trim() {
                return Ok(());
            }
            if waited >= EXPECT_LIMIT {
                return Err(StepError::Expected { expected: rest.to_owned(), found });
            }
            driven::pause(EXPECT_EVERY).await;
            waited += EXPECT_EVERY;
        }
    }

    fn look(&self, key: &str) -> Result<String, StepError> {
        let world = self.world.borrow();
        let state = world.taxi().ok_or(StepError::Unknown)?.state();
        match key {
            "hails" => Ok(state.hails.len().to_string()),
            "alive" => Ok(state.hails.iter().filter(|hail| is_alive(&hail.status)).count().to_string()),
            // The states of all hails, in the order in which they were made.
            "status" => {
                let words: Vec<&str> = state.hails.iter().map(|hail| hail.status.as_str()).collect();
                Ok(words.join(","))
            }
            "slips" => Ok(world.printer().slips().len().to_string()),
            _ => Err(StepError::Unknown),
        }
    }
}

fn is_alive(status: &str) -> bool {
    HailStatus::from_wire(status).is_some_and(|status| !status.is_terminal())
}

fn number(text: &str) -> Result<u64, StepError> {
    text.parse().map_err(|_| StepError::Argument(format!("{text} is no number")))
}

fn switch(text: &str) -> Result<bool, StepError> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        other => Err(StepError::Argument(format!("{other} is neither on nor off"))),
    }
}

/// Where the pictures of a tour are written.
#[must_use]
pub fn picture_names(directory: &Path, taken: &[PathBuf]) -> Vec<String> {
    taken.iter().filter_map(|path| path.strip_prefix(directory).ok()).map(|path| path.display().to_string()).collect()
}
