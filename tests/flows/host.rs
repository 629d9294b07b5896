// SPDX-License-Identifier: GPL-3.0-only
//! The process that keeps the surroundings, starts the terminal, kills it and looks at what it left behind.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use doorstep::demo::world::{World, WorldOptions};

use crate::pipe::{Answer, Said, line};
use crate::{child, traces};

/// No flow may take longer.
const FLOW_LIMIT: Duration = Duration::from_secs(180);
/// So long a terminal may take to end in order.
const END_LIMIT: Duration = Duration::from_secs(10);
/// The end of the log that is shown when a flow fails, in bytes.
const SHOWN_LOG: usize = 3000;
/// The variable with the key of the dispatch centre.
const KEY_VARIABLE: &str = "DOORSTEP_DEMO_KEY";

/// Plays the script at `path`.
///
/// # Errors
/// What went wrong, in words.
pub fn play(path: &Path) -> Result<(), String> {
    let script = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut options = options();
    let mut key = World::api_key().to_owned();
    let mut parts: Vec<String> = vec![String::new()];
    for (index, text) in script.lines().enumerate() {
        let step = text.split('#').next().unwrap_or_default().trim();
        if let Some(setting) = step.strip_prefix("world ") {
            set(&mut options, &mut key, setting.trim()).ok_or(format!("line {}: {step}", index + 1))?;
        }
        if step == "kill" {
            // The same number of lines, so that a fault names its line in the file.
            parts.push("\n".repeat(index));
        }
        let kept = if step == "kill" || step.starts_with("world ") { "" } else { text };
        if let Some(part) = parts.last_mut() {
            part.push_str(kept);
            part.push('\n');
        }
    }
    let mut host = Host::new(&options, key)?;
    let count = parts.len();
    for (number, part) in parts.iter().enumerate() {
        let last = number + 1 == count;
        host.run(part, last).map_err(|error| format!("{error}\n--- end of the log\n{}", host.end_of_log()))?;
    }
    traces::check(&host.world, &host.log)
}

/// Surroundings for flows: small and quick.
fn options() -> WorldOptions {
    WorldOptions {
        width_px: 720,
        height_px: 1280,
        pixels_per_mm: 2.7,
        session_s: (60.0, 30.0, 30.0),
        confirm_after_s: 1.0,
        poll_ms: 100,
        empty_patience_s: 1.0,
        request_timeout_ms: 1500,
        longest_backoff_s: 0.5,
        time_scale: 1.0,
        print_timeout_s: 3.0,
        ..WorldOptions::default()
    }
}

fn set(options: &mut WorldOptions, key: &mut String, setting: &str) -> Option<()> {
    let (name, value) = setting.split_once(char::is_whitespace)?;
    let value = value.trim();
    match name {
        "idle_s" => options.session_s.0 = value.parse().ok()?,
        "warning_s" => options.session_s.1 = value.parse().ok()?,
        "finish_s" => options.session_s.2 = value.parse().ok()?,
        "confirm_after_s" => options.confirm_after_s = value.parse().ok()?,
        "empty_patience_s" => options.empty_patience_s = value.parse().ok()?,
        "request_timeout_ms" => options.request_timeout_ms = value.parse().ok()?,
        "print_timeout_s" => options.print_timeout_s = value.parse().ok()?,
        "printer" => options.printer = value == "on",
        "library" => options.library = value == "on",
        "policies" => options.policies = value == "on",
        "offline_loans" => options.offline_loans = value == "on",
        "confirm_books_s" => options.confirm_books_s = value.parse().ok()?,
        "key" => value.clone_into(key),
        _ => return None,
    }
    Some(())
}

struct Host {
    world: World,
    key: String,
    folder: tempfile::TempDir,
    log: Vec<u8>,
    ends: Instant,
}

/// A terminal in its process; killed when dropped.
struct Terminal {
    process: Child,
    answers: ChildStdin,
    said: Receiver<String>,
    log: PathBuf,
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Fails when it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Host {
    fn new(options: &WorldOptions, key: String) -> Result<Self, String> {
        let world = World::start(options).map_err(|error| format!("no surroundings: {error:?}"))?;
        let folder = tempfile::tempdir().map_err(|error| format!("no folder: {error}"))?;
        std::fs::write(folder.path().join("doorstep.toml"), world.settings_text())
            .map_err(|error| format!("no settings: {error}"))?;
        Ok(Self { world, key, folder, log: Vec::new(), ends: Instant::now() + FLOW_LIMIT })
    }

    /// Plays one part of a script in a process of its own, which then ends in order, or is killed.
    fn run(&mut self, part: &str, in_order: bool) -> Result<(), String> {
        let script = self.folder.path().join("flow.script");
        std::fs::write(&script, part).map_err(|error| format!("no script: {error}"))?;
        let mut terminal = self.start(&script)?;
        let played = self.serve(&mut terminal);
        let ended = match &played {
            Ok(()) if in_order => end_in_order(&mut terminal),
            _ => Ok(()),
        };
        let log = terminal.log.clone();
        drop(terminal);
        let mut text = Vec::new();
        std::fs::File::open(&log)
            .and_then(|mut file| file.read_to_end(&mut text))
            .map_err(|error| format!("no log: {error}"))?;
        self.log.extend(text);
        played.and(ended)
    }

    fn start(&self, script: &Path) -> Result<Terminal, String> {
        let failed = |error: std::io::Error| format!("the terminal cannot be started: {error}");
        let log = self.folder.path().join("terminal.log");
        let program = std::env::current_exe().map_err(failed)?;
        let mut process = Command::new(program)
            .env(child::SCRIPT, script)
            .env(child::SETTINGS, self.folder.path().join("doorstep.toml"))
            .env(KEY_VARIABLE, &self.key)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&log).map_err(failed)?)
            .spawn()
            .map_err(failed)?;
        let (Some(answers), Some(out)) = (process.stdin.take(), process.stdout.take()) else {
            return Err("the terminal has no pipes".to_owned());
        };
        let (tell, said) = mpsc::channel();
        // Ends with the pipe, which ends with the process.
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if tell.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Terminal { process, answers, said, log })
    }

    /// Answers until the script is done.
    fn serve(&mut self, terminal: &mut Terminal) -> Result<(), String> {
        loop {
            let left = self.ends.saturating_duration_since(Instant::now());
            let said = match terminal.said.recv_timeout(left) {
                Ok(said) => said,
                Err(RecvTimeoutError::Timeout) => return Err(format!("not done within {FLOW_LIMIT:?}")),
                Err(RecvTimeoutError::Disconnected) => return Err("the terminal ended by itself".to_owned()),
            };
            let said: Said = serde_json::from_str(&said).map_err(|error| format!("{said}: {error}"))?;
            let answer: Answer = match said {
                Said::Done => return Ok(()),
                Said::Failed(error) => return Err(error),
                Said::Order(word, rest) => {
                    self.world.order(&word, &rest).map(|()| String::new()).map_err(|error| error.to_string())
                }
                Said::Look(key) => self.look(&key),
            };
            let answer = line(&answer).map_err(|error| error.to_string())?;
            terminal.answers.write_all(answer.as_bytes()).map_err(|error| format!("the terminal is gone: {error}"))?;
        }
    }

    fn look(&self, key: &str) -> Answer {
        let data = self.world.directory();
        match key {
            "open" => Ok(traces::open_entries(data)),
            "outcomes" => Ok(traces::outcomes(data)),
            "phases" => Ok(traces::phases(data)),
            _ => self.world.look(key).map_err(|error| error.to_string()),
        }
    }

    fn end_of_log(&self) -> String {
        let from = self.log.len().saturating_sub(SHOWN_LOG);
        String::from_utf8_lossy(&self.log[from..]).into_owned()
    }
}

fn end_in_order(terminal: &mut Terminal) -> Result<(), String> {
    let answer = line(&Answer::Ok(String::new())).map_err(|error| error.to_string())?;
    terminal.answers.write_all(answer.as_bytes()).map_err(|error| format!("the terminal is gone: {error}"))?;
    let status = wait(&mut terminal.process, END_LIMIT)?;
    if status.success() { Ok(()) } else { Err(format!("the terminal ended with {status}")) }
}

/// Waits for a process, not for ever.
pub fn wait(process: &mut Child, limit: Duration) -> Result<std::process::ExitStatus, String> {
    const LOOK_EVERY: Duration = Duration::from_millis(10);
    let ends = Instant::now() + limit;
    loop {
        match process.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if Instant::now() >= ends => return Err(format!("it did not end within {limit:?}")),
            Ok(None) => std::thread::park_timeout(LOOK_EVERY),
            Err(error) => return Err(format!("it cannot be waited for: {error}")),
        }
    }
}
