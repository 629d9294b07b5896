// SPDX-License-Identifier: GPL-3.0-only
//! Doors tell how they are; one is opened when that is asked for.

use std::time::Duration;

use doorstep_drivers::device::CommandLimit;
use doorstep_drivers::door::{DoorController, DoorNumber, DoorState, UnlockOutcome};

use super::super::report::Finding;
use super::super::test::Failure;
use super::Trial;
use crate::protocol::FaultCode;

/// Time to ask for all doors, and to open one.
const DOORS: Duration = Duration::from_secs(10);

fn word(state: DoorState) -> &'static str {
    match state {
        DoorState::Open => "open",
        DoorState::Closed => "closed",
        DoorState::Unknown => "unknown",
    }
}

pub(super) fn try_out(doors: &mut dyn DoorController, trial: &mut Trial<'_>) -> Result<(), Failure> {
    let states = doors.states(&CommandLimit::after(DOORS))?;
    for wanted in [DoorState::Open, DoorState::Closed, DoorState::Unknown] {
        let numbers: Vec<String> = states
            .iter()
            .enumerate()
            .filter(|(_, state)| **state == wanted)
            .map(|(index, _)| (index + 1).to_string())
            .collect();
        if !numbers.is_empty() {
            trial.saw(word(wanted), format!("doors {}", numbers.join(", ")));
        }
    }
    if states.contains(&DoorState::Unknown) {
        let message = "of some doors nobody can tell whether they are open";
        let help = "check the power and the address of each board, and the doors in the settings";
        return Err(Failure::Found(Finding::new(FaultCode::DeviceSilent, message, help)));
    }
    match trial.options.open.and_then(DoorNumber::new) {
        Some(door) => open(doors, door, trial),
        None => Ok(()),
    }
}

fn open(doors: &mut dyn DoorController, door: DoorNumber, trial: &mut Trial<'_>) -> Result<(), Failure> {
    let found = |code, message: String, help: &str| Err(Failure::Found(Finding::new(code, message, help)));
    match doors.unlock(door, &CommandLimit::after(DOORS))? {
        UnlockOutcome::Opened => {
            trial.saw("opened", format!("{door}: its contact says open"));
            Ok(())
        }
        UnlockOutcome::StillClosed => found(
            FaultCode::DeviceRefused,
            format!("{door} was unlocked and its contact still says closed"),
            "look whether the lock is stuck or the door is pressed shut, then whether its contact is wired as the \
             settings say",
        ),
        UnlockOutcome::Silent => found(
            FaultCode::DeviceSilent,
            format!("{door}: the board does not answer; the door may have opened"),
            "check the power and the address of the board",
        ),
        UnlockOutcome::Unknown(error) => found(
            FaultCode::DeviceGarbage,
            format!("{door}: what came did not tell; the door may have opened: {error}"),
            FaultCode::DeviceGarbage.help(),
        ),
    }
}
