// SPDX-License-Identifier: MIT OR Apache-2.0
//! Doors whose locks hang on a relay board, and whose contacts hang on its inputs.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::watch::{DoorWatch, Silence};
use super::{DoorController, DoorError, DoorEvent, DoorNumber, DoorState, Polarity, UnlockOutcome};
use crate::device::{CommandLimit, Details, Device, DeviceClass, DeviceError, DeviceStatus, StatusReport};
use crate::modbus::{Channel, Pulse, PulseError, RelayBoard};
use crate::rs485::{Failed, pause};

/// Time between two looks at the contact while a lock is under current.
const LOOK: Duration = Duration::from_millis(60);

/// How a door is wired to the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelayDoor {
    /// Relay of the lock.
    pub relay: Channel,
    /// Input of the contact.
    pub contact: Channel,
}

/// How doors behave on a relay board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayDoorsOptions {
    /// Doors in the order of their numbers.
    pub doors: Vec<RelayDoor>,
    /// How long a lock is under current.
    pub pulse: Pulse,
    /// What a set input means.
    pub polarity: Polarity,
    /// How long after the pulse a contact may still come.
    pub settle: Duration,
    /// Time between two questions for the contacts.
    pub poll: Duration,
    /// How long the board may be silent before its doors are [`DoorState::Unknown`].
    pub patience: Duration,
}

impl RelayDoorsOptions {
    /// `doors` with a pulse of half a second.
    ///
    /// # Errors
    /// Never with this pulse; the type is that of [`Pulse::new`].
    pub fn new(doors: Vec<RelayDoor>) -> Result<Self, PulseError> {
        Ok(Self {
            doors,
            pulse: Pulse::new(Duration::from_millis(500))?,
            polarity: Polarity::default(),
            settle: Duration::from_millis(500),
            poll: Duration::from_millis(250),
            patience: Duration::from_secs(2),
        })
    }
}

/// Doors on a relay board.
#[derive(Debug)]
pub struct RelayDoors {
    board: RelayBoard,
    options: RelayDoorsOptions,
    watch: DoorWatch,
    silence: Silence,
    next: Instant,
}

impl RelayDoors {
    /// Switches off the relays of all doors, best effort, and asks for the contacts. Other relays of the board, such as
    /// those of lamps, are left alone.
    ///
    /// # Errors
    /// The board does not answer, or the wire failed.
    pub fn open(board: RelayBoard, options: RelayDoorsOptions, limit: &CommandLimit) -> Result<Self, DeviceError> {
        let mut driver = Self {
            board,
            watch: DoorWatch::new(options.doors.len()),
            options,
            silence: Silence::default(),
            next: Instant::now(),
        };
        driver.ask(limit)?;
        driver.locks_off(limit)?;
        Ok(driver)
    }

    /// Switches off the relays of the doors: with one command where all eight are locks.
    fn locks_off(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        let relays: BTreeSet<Channel> = self.options.doors.iter().map(|door| door.relay).collect();
        let results = if relays.len() == usize::from(crate::modbus::relay_board::CHANNELS) {
            vec![self.board.all_off(limit)]
        } else {
            relays.into_iter().map(|relay| self.board.switch(relay, false, limit)).collect()
        };
        for result in results {
            match result {
                Err(Failed { error, .. }) if error.is_lost() || matches!(error, DeviceError::Cancelled) => {
                    return Err(error);
                }
                // Best effort: a board that does not do it may still pulse.
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }

    /// Asks for all contacts and enters them.
    fn ask(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        let asked = Instant::now();
        let inputs = match self.board.inputs(limit) {
            Ok(inputs) => inputs,
            Err(error @ (DeviceError::NoAnswer | DeviceError::Protocol(_) | DeviceError::Refused(_))) => {
                if self.silence.goes_on(asked, self.options.patience) {
                    for index in 0..self.options.doors.len() {
                        self.watch.enter(index, DoorState::Unknown);
                    }
                }
                return Err(error);
            }
            Err(error) => return Err(error),
        };
        self.silence.end();
        for (index, door) in self.options.doors.iter().enumerate() {
            let contact = inputs.get(door.contact.index());
            self.watch.enter(index, contact.map_or(DoorState::Unknown, |set| self.options.polarity.state(*set)));
        }
        Ok(())
    }

    /// Looks at the contact until it is open, or until the pulse is over and the contact has settled.
    fn follow(&mut self, door: DoorNumber, pulse: Option<DeviceError>, limit: &CommandLimit) -> UnlockOutcome {
        let whole = self.options.pulse.duration() + self.options.settle;
        let settled = Instant::now() + whole;
        let until = limit.at_most(whole);
        loop {
            let unanswered = match self.ask(limit) {
                Ok(()) => None,
                Err(error @ (DeviceError::NoAnswer | DeviceError::Protocol(_) | DeviceError::Refused(_))) => {
                    Some(error)
                }
                Err(error) => return UnlockOutcome::Unknown(error),
            };
            if unanswered.is_none() {
                match self.watch.known().get(door.index()) {
                    Some(DoorState::Open) => return UnlockOutcome::Opened,
                    Some(DoorState::Closed) if Instant::now() >= settled => return UnlockOutcome::StillClosed,
                    _ => {}
                }
            }
            if until.check().is_err() {
                return match (pulse, unanswered) {
                    (Some(DeviceError::NoAnswer), Some(DeviceError::NoAnswer)) => UnlockOutcome::Silent,
                    (_, Some(error)) | (Some(error), None) => UnlockOutcome::Unknown(error),
                    (None, None) => UnlockOutcome::Unknown(DeviceError::NoAnswer),
                };
            }
            pause(&until.at_most(LOOK));
        }
    }
}

impl Device for RelayDoors {
    type Event = DoorEvent;

    fn class(&self) -> DeviceClass {
        DeviceClass::Auxiliaries
    }

    fn describe(&self) -> String {
        format!("doors on {}", self.board.describe())
    }

    fn capabilities(&self) -> Details {
        Details::from([
            ("doors", self.options.doors.len().to_string()),
            ("pulse_ms", self.options.pulse.duration().as_millis().to_string()),
        ])
    }

    fn status(&mut self, limit: &CommandLimit) -> Result<StatusReport, DeviceError> {
        let status = match self.ask(limit) {
            Ok(()) => DeviceStatus::Online,
            Err(DeviceError::NoAnswer) => DeviceStatus::Offline,
            Err(DeviceError::Protocol(_) | DeviceError::Refused(_)) => DeviceStatus::HardwareError,
            Err(error) => return Err(error),
        };
        let count = |state| self.watch.known().iter().filter(|known| **known == state).count().to_string();
        let report = StatusReport::new(status)
            .with("open", count(DoorState::Open))
            .with("closed", count(DoorState::Closed))
            .with("unknown", count(DoorState::Unknown));
        Ok(report)
    }

    /// Takes the current off all locks.
    fn reset(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        self.locks_off(limit)
    }

    fn attend(&mut self, limit: &CommandLimit) -> Result<Option<DoorEvent>, DeviceError> {
        loop {
            if let Some(event) = self.watch.next_event() {
                return Ok(Some(event));
            }
            if limit.check().is_err() {
                return Ok(None);
            }
            let wait = self.next.saturating_duration_since(Instant::now());
            if !wait.is_zero() {
                pause(&limit.at_most(wait));
                continue;
            }
            match self.ask(limit) {
                Ok(())
                | Err(
                    DeviceError::NoAnswer | DeviceError::Protocol(_) | DeviceError::Refused(_) | DeviceError::Cancelled,
                ) => {}
                Err(error) => return Err(error),
            }
            self.next = Instant::now() + self.options.poll;
        }
    }
}

impl DoorController for RelayDoors {
    fn doors(&self) -> usize {
        self.options.doors.len()
    }

    fn unlock(&mut self, door: DoorNumber, limit: &CommandLimit) -> Result<UnlockOutcome, DeviceError> {
        let doors = self.options.doors.len();
        let wiring = self.options.doors.get(door.index()).copied();
        let wiring = wiring.ok_or_else(|| DeviceError::refused(DoorError::NoSuchDoor { door, doors }))?;
        let outcome = match self.board.pulse(wiring.relay, self.options.pulse, limit) {
            Err(Failed { sent: false, error }) => return Err(error),
            // The board refuses: it says itself that nothing was done.
            Err(Failed { error: error @ DeviceError::Refused(_), .. }) => return Err(error),
            Err(Failed { error: error @ (DeviceError::NoAnswer | DeviceError::Protocol(_)), .. })
                if limit.check().is_ok() =>
            {
                self.follow(door, Some(error), limit)
            }
            Err(Failed { error, .. }) => UnlockOutcome::Unknown(error),
            Ok(()) => self.follow(door, None, limit),
        };
        if matches!(outcome, UnlockOutcome::Silent | UnlockOutcome::Unknown(_)) {
            self.watch.enter(door.index(), DoorState::Unknown);
        }
        Ok(outcome)
    }

    fn states(&mut self, limit: &CommandLimit) -> Result<Vec<DoorState>, DeviceError> {
        // One retry: asking again changes nothing.
        for _ in 0..2 {
            match self.ask(limit) {
                Ok(()) => return Ok(self.watch.known().to_vec()),
                Err(DeviceError::NoAnswer | DeviceError::Protocol(_) | DeviceError::Refused(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(vec![DoorState::Unknown; self.options.doors.len()])
    }
}
