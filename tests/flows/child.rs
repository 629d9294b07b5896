// SPDX-License-Identifier: GPL-3.0-only
//! The process with the terminal: real settings, real screens, its world at the other end of the pipe.

use std::cell::RefCell;
use std::error::Error;
use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use doorstep::demo::script::{Player, StepError};
use doorstep::demo::surroundings::Surroundings;
use doorstep::presenter::{self, driven};
use doorstep::settings::Settings;
use doorstep::terminal::Terminal;

use crate::pipe::{Answer, Said, line};

/// Variables by which the host tells this process what to do.
pub const SCRIPT: &str = "DOORSTEP_FLOW_SCRIPT";
/// The settings file.
pub const SETTINGS: &str = "DOORSTEP_FLOW_SETTINGS";
/// Everything that may appear on the screen appears within this, on a machine with more to do.
const LIMIT: Duration = Duration::from_secs(40);

/// Whether this process is to be a terminal.
pub fn is_wanted() -> bool {
    std::env::var_os(SCRIPT).is_some()
}

/// Plays the script.
pub fn run() -> ExitCode {
    match play() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut chain = error.to_string();
            let mut cause = error.source();
            while let Some(error) = cause {
                chain = format!("{chain}: {error}");
                cause = error.source();
            }
            // The host is gone when it does not hear that.
            let _ = say(&Said::Failed(chain));
            ExitCode::FAILURE
        }
    }
}

fn play() -> Result<(), Box<dyn Error>> {
    // The steps of a script name what the log must not hold: they stay out of it.
    let filter = tracing_subscriber::EnvFilter::new("debug,hyper_util=info,doorstep::demo=off");
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(std::io::stderr).try_init();
    let variable = |name| std::env::var_os(name).map(PathBuf::from).ok_or(format!("{name} is not set"));
    let script = std::fs::read_to_string(variable(SCRIPT)?)?;
    let settings = Settings::load(&variable(SETTINGS)?)?;
    presenter::ensure_system_font(&settings.data_directory)?;
    driven::use_headless_screen()?;
    let terminal = Terminal::assemble(&settings)?;
    let driver = terminal.presenter().driver(LIMIT);
    let outcome = Rc::new(RefCell::new(Ok(())));
    let result = Rc::clone(&outcome);
    presenter::spawn(async move {
        let played = Player::new(driver, Rc::new(Pipe), None).play(&script).await;
        if played.is_ok() {
            // Answered when the terminal is to end in order; nobody answers one that is killed.
            let _ = ask(&Said::Done);
        }
        *result.borrow_mut() = played;
        presenter::quit();
    })?;
    terminal.run()?;
    outcome.replace(Ok(()))?;
    Ok(())
}

/// The world outside, in the host's process.
struct Pipe;

impl Surroundings for Pipe {
    fn order(&self, word: &str, rest: &str) -> Result<(), StepError> {
        let step = Said::Order(word.to_owned(), rest.to_owned());
        ask(&step).map(|_| ()).map_err(|error| StepError::Argument(error.to_string()))
    }

    fn look(&self, key: &str) -> Result<String, StepError> {
        ask(&Said::Look(key.to_owned())).map_err(|error| StepError::Argument(error.to_string()))
    }
}

fn say(said: &Said) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(line(said)?.as_bytes())?;
    out.flush()
}

fn ask(said: &Said) -> Result<String, Box<dyn Error>> {
    say(said)?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    let answer: Answer = serde_json::from_str(&answer)?;
    Ok(answer?)
}
