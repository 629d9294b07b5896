// SPDX-License-Identifier: GPL-3.0-only
//! `doorstep device trace`.

use std::fs::OpenOptions;
use std::io::{BufRead, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use doorstep_drivers::device::{CommandLimit, DeviceError};
use doorstep_drivers::transport::trace::{Direction, Trace, TraceRecorder};
use zeroize::Zeroizing;

use super::report::Finding;
use super::{EXIT_FAILED, EXIT_WELL, EXIT_WRONG_USE, LOOK, TraceOptions, class, device, settings};
use crate::console::complain;
use crate::devices::registry::{self, OpenDevice, Registry};
use crate::settings::DeviceSettings;

/// What has to be typed before personal bytes are recorded.
const CONFIRMATION: &str = "yes";
/// How long a device is attended to between two questions about its state.
const ROUND: Duration = Duration::from_secs(2);

pub(super) fn run(options: &TraceOptions) -> u8 {
    let Some(settings) = settings(&options.config) else { return EXIT_WRONG_USE };
    let Some(device) = device(&settings, &options.name) else { return EXIT_WRONG_USE };
    let Some(protocol) = registry::protocol(&device.driver) else {
        let (name, driver) = (&device.name, device.driver.word());
        complain(&format!(
            "`{name}` has no wire that could be recorded: its driver `{driver}` uses a service of the system"
        ));
        return EXIT_WRONG_USE;
    };
    if options.raw && !is_allowed(&mut std::io::stdin().lock(), raw_obstacle()) {
        return EXIT_WRONG_USE;
    }
    // Made before anything is recorded: who cannot have the file need not lay a card down.
    let mut file = match options.out.as_deref().map(create) {
        None => None,
        Some(Ok(file)) => Some(file),
        Some(Err(error)) => {
            let path = options.out.as_deref().unwrap_or(Path::new(""));
            complain(&format!("{} cannot be made: {error}", path.display()));
            return EXIT_FAILED;
        }
    };
    let recorder = TraceRecorder::new(protocol.name);
    let ended = record(device, &recorder, Duration::from_secs(options.seconds));
    let mut trace = recorder.trace();
    if !options.raw {
        trace.mask(protocol.mask);
    }
    let written = match &mut file {
        Some(file) => write(&trace, file),
        None => write(&trace, &mut std::io::stdout().lock()),
    };
    let (sent, received) = (trace.count(Direction::ToDevice), trace.count(Direction::FromDevice));
    complain(&format!("recorded: {sent} bytes to the device, {received} bytes from it"));
    if let Err(error) = &written {
        complain(&format!("the recording cannot be written: {error}"));
    }
    if let Err(error) = &ended {
        let finding = Finding::of_error(device, error);
        complain(&format!("{} {}", finding.code, finding.message));
        complain(&format!("do: {}", finding.help));
    }
    if written.is_ok() && ended.is_ok() { EXIT_WELL } else { EXIT_FAILED }
}

/// A new file that other users cannot read.
fn create(path: &Path) -> std::io::Result<std::fs::File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn write(trace: &Trace, out: &mut dyn Write) -> std::io::Result<()> {
    let text = Zeroizing::new(trace.to_string());
    out.write_all(text.as_bytes()).and_then(|()| out.flush())
}

/// Uses the device until the time is over. A device that answers badly, or not at all, is recorded on: that is what the
/// recording is for.
fn record(device: &DeviceSettings, recorder: &TraceRecorder, time: Duration) -> Result<(), DeviceError> {
    let limit = CommandLimit::after(time);
    let mut opened = Registry::new().open_recorded(&device.driver, &limit.at_most(LOOK), recorder)?;
    let mut last = Ok(());
    while !limit.has_passed() {
        last = round(&mut opened, &limit);
        if last.as_ref().is_err_and(DeviceError::is_lost) {
            break;
        }
    }
    last
}

fn round(device: &mut OpenDevice, limit: &CommandLimit) -> Result<(), DeviceError> {
    device.status(&limit.at_most(LOOK))?;
    class::exercise(device, &limit.at_most(ROUND))
}

/// Why personal bytes must not be recorded by whoever called; nothing when they may.
fn raw_obstacle() -> Option<&'static str> {
    if !std::io::stdin().is_terminal() {
        return Some("nobody is at a screen to confirm it");
    }
    let over_network = std::env::var_os("SSH_CONNECTION").is_some() || std::env::var_os("SSH_TTY").is_some();
    (over_network || ancestors().iter().any(|name| name.starts_with("sshd")))
        .then_some("this is a connection over the network; go to the device")
}

/// Names of the programs that started this one.
fn ancestors() -> Vec<String> {
    /// Longest chain that is followed.
    const MOST: usize = 64;
    let mut names = Vec::new();
    let mut process = "self".to_owned();
    while names.len() < MOST {
        let Ok(status) = std::fs::read_to_string(format!("/proc/{process}/status")) else { break };
        let field =
            |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned());
        names.push(field("Name:").unwrap_or_default());
        match field("PPid:") {
            Some(parent) if parent != "0" => process = parent,
            _ => break,
        }
    }
    names
}

/// Asks for the confirmation, unless something is in the way.
fn is_allowed(input: &mut dyn BufRead, obstacle: Option<&str>) -> bool {
    if let Some(obstacle) = obstacle {
        complain(&format!("personal bytes are not recorded: {obstacle}"));
        return false;
    }
    complain(
        "The recording will hold what is on the cards and codes that are read. Use test cards, and delete it afterwards.",
    );
    complain(&format!("Type `{CONFIRMATION}` to record it:"));
    let mut line = String::new();
    let answered = input.read_line(&mut line).is_ok() && line.trim() == CONFIRMATION;
    if !answered {
        complain("nothing is recorded");
    }
    answered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_yes_confirms_and_only_where_nothing_is_in_the_way() {
        let confirmed = |answer: &str, obstacle| is_allowed(&mut answer.as_bytes(), obstacle);
        assert!(confirmed("yes\n", None));
        for answer in ["", "\n", "y\n", "no\n", "yes please\n"] {
            assert!(!confirmed(answer, None), "{answer}");
        }
        assert!(!confirmed("yes\n", Some("this is a connection over the network")));
    }

    #[test]
    fn the_programs_that_started_this_one_are_known() {
        let names = ancestors();
        assert!(names.len() >= 2 && names.iter().all(|name| !name.is_empty()), "{names:?}");
    }

    #[test]
    fn a_recording_overwrites_nothing_and_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trace");
        let file = create(&path).unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(create(&path).is_err());
    }
}
