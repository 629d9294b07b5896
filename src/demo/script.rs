// SPDX-License-Identifier: GPL-3.0-only
//! Scripts of taps: what the tour and the flow tests are written in.
//!
//! One step a line, a word and what belongs to it; `#` begins a comment:
//!
//! ```text
//! tap LABEL          tap the control with these words
//! type DIGITS        tap a digit key after the other
//! see LABEL          wait until it is on the screen
//! described TEXT     wait until something on the screen is described so to somebody who cannot see it
//! gone LABEL         wait until it is not
//! absent LABEL       it must not be there now
//! forgotten TEXT     it must not be part of anything that the screens hold now, shown or not
//! on LABEL           wait until the key with these words is switched on; off LABEL: until it is not
//! picture NAME       write NAME.png
//! slip-picture NAME  copy the picture of the last slip to NAME.png
//! pause MS           wait
//! hand MS            from now on look so long at what is tapped before it is
//! expect KEY VALUE   wait until the world outside knows: hails N, alive N, slips N, status WORD, lent:BARCODE N,…
//! slip TEXT          wait until the last slip holds this
//! keep NAME KEY      remember what the world outside knows now, as $NAME
//!
//! drivers OUTCOME,…  how the next hails go (accept, decline, silent, …)
//! taxis on|off       show or hide all taxis
//! clock on|off       let the centre's clock run, or stop it: then nobody moves
//! forward SECONDS    put the centre's clock forward
//! arrive             put it forward until the last hail's taxi stands at the gate
//! pace FACTOR        how many times quicker than life the drivers are
//! centre on|off      the dispatch centre on the network or off it
//! fault CALL ACTION  one fault of the centre (hail drop_after; any status code=503 times=always)
//! faults off         take ordered faults back
//! journal on|off     whether the terminal can write its journal
//! printer FAULT      what is wrong with the printer, or ok
//! library on|off     the library on the network or off it
//! library LINE       one line of the library's control socket
//! device NAME LINE   one line of a device's control socket; $book:BARCODE is the tag of that book
//! ```
//!
//! In a LABEL or TEXT, `$plate`, `$tail`, `$driver`, `$car-phone` and `$order` stand for those of the last hail, and
//! `…` in a LABEL for any words.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use thiserror::Error;

use super::surroundings::{Surroundings, number};
use crate::presenter::driven::{self, DriveError, Driver};

/// How long an expectation about the world outside may take to become true.
const EXPECT_LIMIT: Duration = Duration::from_secs(40);
/// How often it is looked at.
const EXPECT_EVERY: Duration = Duration::from_millis(50);
/// Before a picture is taken, the page may finish what the last event began.
const SETTLE: Duration = Duration::from_millis(200);
/// What stands for something that only the world outside knows.
const PLACES: [&str; 5] = ["car-phone", "plate", "tail", "driver", "order"];

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
    /// No slip was printed.
    #[error("no slip was printed")]
    NoSlip,
    /// A file cannot be copied.
    #[error("{path} cannot be copied")]
    Copy {
        /// Which.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

/// Follows scripts in one world.
pub struct Player {
    driver: Driver,
    world: Rc<dyn Surroundings>,
    pictures: Option<PathBuf>,
    taken: Vec<PathBuf>,
    kept: Vec<(String, String)>,
    /// How long somebody looks before they tap.
    hand: Duration,
}

impl std::fmt::Debug for Player {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Player").field("pictures", &self.pictures).finish_non_exhaustive()
    }
}

impl Player {
    /// A player; pictures go into `pictures`, or nowhere.
    #[must_use]
    pub fn new(driver: Driver, world: Rc<dyn Surroundings>, pictures: Option<PathBuf>) -> Self {
        Self { driver, world, pictures, taken: Vec::new(), kept: Vec::new(), hand: Duration::ZERO }
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
            tracing::info!(line = index + 1, word, "step");
            let failed = |cause| ScriptError { line: index + 1, step: step.to_owned(), cause };
            let rest = self.fill_in(rest.trim()).map_err(failed)?;
            self.step(word, &rest).await.map_err(failed)?;
        }
        Ok(())
    }

    fn fill_in(&self, text: &str) -> Result<String, StepError> {
        let mut text = text.to_owned();
        for (name, kept) in &self.kept {
            text = text.replace(&format!("${name}"), kept);
        }
        for place in PLACES {
            let name = format!("${place}");
            if text.contains(&name) {
                let known = self.world.look(place)?;
                if known.is_empty() {
                    return Err(StepError::Argument(format!("{name} is not known yet")));
                }
                text = text.replace(&name, &known);
            }
        }
        Ok(text)
    }

    async fn step(&mut self, word: &str, rest: &str) -> Result<(), StepError> {
        match word {
            "tap" => {
                self.driver.see(rest).await?;
                driven::pause(self.hand).await;
                Ok(self.driver.tap(rest).await?)
            }
            "hand" => {
                self.hand = Duration::from_millis(number(rest)?);
                Ok(())
            }
            "type" => {
                for digit in rest.chars() {
                    self.driver.tap(&digit.to_string()).await?;
                }
                Ok(())
            }
            "see" => Ok(self.driver.see(rest).await.map(|_| ())?),
            "described" => Ok(self.driver.see_described(rest).await?),
            "gone" => Ok(self.driver.see_gone(rest).await?),
            "on" => Ok(self.driver.see_switched(rest, true).await?),
            "off" => Ok(self.driver.see_switched(rest, false).await?),
            "absent" => match self.driver.find(rest) {
                None => Ok(()),
                Some(_) => Err(StepError::Expected { expected: format!("no {rest}"), found: rest.to_owned() }),
            },
            "forgotten" => self.forgotten(rest),
            "pause" => {
                driven::pause(Duration::from_millis(number(rest)?)).await;
                Ok(())
            }
            "picture" => self.picture(rest).await,
            "slip-picture" => self.slip_picture(rest),
            "expect" => {
                let (key, expected) = rest.split_once(char::is_whitespace).ok_or(StepError::Unknown)?;
                let expected = expected.trim();
                self.wait_for(key, rest, |found| found == expected).await
            }
            "keep" => {
                let (name, key) = rest.split_once(char::is_whitespace).ok_or(StepError::Unknown)?;
                let known = self.world.look(key.trim())?;
                self.kept.push((name.to_owned(), known));
                Ok(())
            }
            "slip" => self.wait_for("slip", rest, |found| found.contains(rest)).await,
            _ => self.world.order(word, rest),
        }
    }

    fn forgotten(&self, text: &str) -> Result<(), StepError> {
        let kept: Vec<String> = self.driver.texts().into_iter().filter(|held| held.contains(text)).collect();
        if kept.is_empty() {
            return Ok(());
        }
        Err(StepError::Expected { expected: format!("{text} forgotten"), found: kept.join(" | ") })
    }

    async fn picture(&mut self, name: &str) -> Result<(), StepError> {
        let Some(directory) = &self.pictures else { return Ok(()) };
        let path = directory.join(format!("{name}.png"));
        driven::pause(SETTLE).await;
        self.driver.picture(&path)?;
        self.taken.push(path);
        Ok(())
    }

    fn slip_picture(&mut self, name: &str) -> Result<(), StepError> {
        let from = PathBuf::from(self.world.look("slip-picture")?);
        let Some(directory) = &self.pictures else { return Ok(()) };
        let path = directory.join(format!("{name}.png"));
        std::fs::copy(&from, &path).map_err(|source| StepError::Copy { path: from, source })?;
        self.taken.push(path);
        Ok(())
    }

    async fn wait_for(&self, key: &str, step: &str, is_right: impl Fn(&str) -> bool) -> Result<(), StepError> {
        let mut waited = Duration::ZERO;
        loop {
            let found = self.world.look(key)?;
            if is_right(&found) {
                return Ok(());
            }
            if waited >= EXPECT_LIMIT {
                return Err(StepError::Expected { expected: step.to_owned(), found });
            }
            driven::pause(EXPECT_EVERY).await;
            waited += EXPECT_EVERY;
        }
    }
}

/// Where the pictures of a tour are written.
#[must_use]
pub fn picture_names(directory: &Path, taken: &[PathBuf]) -> Vec<String> {
    taken.iter().filter_map(|path| path.strip_prefix(directory).ok()).map(|path| path.display().to_string()).collect()
}
