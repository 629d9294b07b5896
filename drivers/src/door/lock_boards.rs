// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver of lock boards of both families.

use std::num::NonZeroU8;
use std::time::{Duration, Instant};

use super::family_a::{self, FamilyAError};
use super::family_b::{self, FamilyBError};
use super::watch::{DoorWatch, Silence};
use super::{
    DoorController, DoorError, DoorEvent, DoorLock, DoorNumber, DoorState, Family, LockProfile, UnlockOutcome,
};
use crate::device::{CommandLimit, Details, Device, DeviceClass, DeviceError, DeviceStatus, StatusReport};
use crate::rs485::{Exchange, Failed, Frame, Rs485Line};
use crate::transport::BytePipe;

/// How long a board is at work with an unlock command at most: pulse and answer.
const PULSE: Duration = Duration::from_millis(1500);

/// How long family B is given for its pulse, after which the state is asked for.
const PULSE_B: Duration = Duration::from_millis(500);

/// How long the answer to a question takes at most on a healthy line; a question that was called back keeps the line
/// that long.
const ANSWER: Duration = Duration::from_millis(150);

/// How often a silent board is asked while the others are watched.
const ASK_SILENT: Duration = Duration::from_secs(5);

/// One board on the line.
#[derive(Debug)]
struct BoardWatch {
    address: u8,
    silence: Silence,
    next: Instant,
}

/// Lock boards of one family on one line.
#[derive(Debug)]
pub struct LockBoards {
    line: Rs485Line,
    profile: LockProfile,
    boards: Vec<BoardWatch>,
    watch: DoorWatch,
}

impl LockBoards {
    /// Finds out whether the adapter echoes, then asks each board until one answers. The others may be silent: their
    /// doors are [`DoorState::Unknown`].
    ///
    /// # Errors
    /// [`DeviceError::NoAnswer`]: no board answered within `limit`, which should leave two seconds for each board and
    /// two more. Or the wire failed.
    pub fn open(pipe: Box<dyn BytePipe>, profile: LockProfile, limit: &CommandLimit) -> Result<Self, DeviceError> {
        let now = Instant::now();
        let board = |address| BoardWatch { address, silence: Silence::default(), next: now };
        let mut driver = Self {
            line: Rs485Line::new(pipe, profile.quiet),
            boards: profile.boards().into_iter().map(board).collect(),
            watch: DoorWatch::new(profile.doors.len()),
            profile,
        };
        let probe = driver.profile.doors.first().map(|lock| driver.probe(*lock)).unwrap_or_default();
        driver.line.find_echo(&probe, &limit.at_most(driver.profile.state_limit))?;
        let mut last = DeviceError::NoAnswer;
        for index in 0..driver.boards.len() {
            match driver.ask_board(index, limit) {
                Ok(()) => return Ok(driver),
                Err(error @ (DeviceError::NoAnswer | DeviceError::Protocol(_))) => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    /// A question that changes nothing and whose answer never equals it.
    fn probe(&self, lock: DoorLock) -> Vec<u8> {
        match self.profile.family {
            Family::A => NonZeroU8::new(lock.lock)
                .map(|number| family_a::Request::State { board: lock.board, lock: number }.encode().to_vec()),
            Family::B => {
                family_b::Board::new(lock.board).map(|board| family_b::Request::Status(board).encode().to_vec())
            }
        }
        .unwrap_or_default()
    }

    /// A question whose answer is `distinct` from it, or not.
    fn question(&self, distinct: bool) -> Exchange {
        Exchange { answer: self.profile.state_limit, reserve: ANSWER, distinct }
    }

    /// The status bytes of a board.
    fn status_bytes(&mut self, address: u8, limit: &CommandLimit) -> Result<Vec<u8>, DeviceError> {
        if self.profile.family == Family::B {
            return self.status_b(address, limit);
        }
        let (status, doubtful) = self.status_a(address, limit)?;
        if !doubtful || self.line.echoes() {
            return Ok(status);
        }
        // One status byte of zero makes the answer equal to the request, and so does an echo. A question whose answer
        // cannot be an echo tells which it is.
        self.contact_a(address, NonZeroU8::MIN, limit)?;
        if self.line.echoes() { Ok(self.status_a(address, limit)?.0) } else { Ok(status) }
    }

    /// The status bytes, and whether the answer begins with the request: an echo and the answer behind it make a frame
    /// with a good checksum, so that is as doubtful as an answer that equals it.
    fn status_a(&mut self, address: u8, limit: &CommandLimit) -> Result<(Vec<u8>, bool), DeviceError> {
        let exchange = self.question(false);
        let request = family_a::Request::States { board: address }.encode();
        Ok(self.line.transact(&request, exchange, limit, |frame| {
            Ok::<_, FamilyAError>(match family_a::Answer::decode(frame)? {
                family_a::Answer::States { board, status } if board == address => {
                    Frame::Answer((status, frame.starts_with(&request)))
                }
                _ => Frame::Other,
            })
        })?)
    }

    fn status_b(&mut self, address: u8, limit: &CommandLimit) -> Result<Vec<u8>, DeviceError> {
        let Some(wanted) = family_b::Board::new(address) else { return Ok(Vec::new()) };
        let exchange = self.question(true);
        let request = family_b::Request::Status(wanted).encode();
        Ok(self.line.transact(&request, exchange, limit, |frame| {
            let report = family_b::Report::decode(frame)?;
            let answer = if report.board == wanted { Frame::Answer(report.data) } else { Frame::Other };
            Ok::<_, FamilyBError>(answer)
        })?)
    }

    /// The bare contact of one lock of family A.
    fn contact_a(&mut self, address: u8, number: NonZeroU8, limit: &CommandLimit) -> Result<bool, DeviceError> {
        let exchange = self.question(true);
        let request = family_a::Request::State { board: address, lock: number }.encode();
        Ok(self.line.transact(&request, exchange, limit, |frame| {
            Ok::<_, FamilyAError>(match family_a::Answer::decode(frame)? {
                family_a::Answer::State { board, lock, set } if (board, lock) == (address, number) => {
                    Frame::Answer(set)
                }
                _ => Frame::Other,
            })
        })?)
    }

    /// Asks a board and enters the states of its doors.
    fn ask_board(&mut self, index: usize, limit: &CommandLimit) -> Result<(), DeviceError> {
        let Some(address) = self.boards.get(index).map(|board| board.address) else { return Ok(()) };
        limit.check()?;
        let asked = Instant::now();
        let answer = self.status_bytes(address, limit);
        let Some(board) = self.boards.get_mut(index) else { return Ok(()) };
        let status = match answer {
            Ok(status) => {
                board.silence.end();
                board.next = Instant::now() + self.profile.poll;
                status
            }
            Err(error @ (DeviceError::NoAnswer | DeviceError::Protocol(_))) => {
                if !board.silence.goes_on(asked, self.profile.state_limit) {
                    return Err(error);
                }
                board.next = Instant::now() + ASK_SILENT.max(self.profile.poll);
                for (door, lock) in self.profile.doors.iter().enumerate() {
                    if lock.board == address {
                        self.watch.enter(door, DoorState::Unknown);
                    }
                }
                return Err(error);
            }
            Err(error) => return Err(error),
        };
        for (door, lock) in self.profile.doors.iter().enumerate().filter(|(_, lock)| lock.board == address) {
            let contact = self.profile.groups.bit(&status, lock.lock);
            self.watch.enter(door, contact.map_or(DoorState::Unknown, |set| self.profile.polarity.state(set)));
        }
        Ok(())
    }

    /// Sends the pulse. The contact, if the answer tells it beyond doubt.
    fn pulse(&mut self, lock: DoorLock, limit: &CommandLimit) -> Result<Option<bool>, Failed> {
        let nothing = |error| Failed { sent: false, error };
        match self.profile.family {
            Family::A => {
                let Some(number) = NonZeroU8::new(lock.lock) else { return Err(nothing(DeviceError::Driver)) };
                let request = family_a::Request::Open { board: lock.board, lock: number }.encode();
                let exchange = Exchange { answer: self.profile.unlock_limit, reserve: PULSE, distinct: false };
                self.line.transact(&request, exchange, limit, |frame| {
                    Ok::<_, FamilyAError>(match family_a::Answer::decode(frame)? {
                        family_a::Answer::Opened { board, lock: which, set }
                            if (board, which) == (lock.board, number) =>
                        {
                            // An answer that equals the request is confirmed by a question, whatever it says.
                            Frame::Answer((frame != request).then_some(set))
                        }
                        _ => Frame::Other,
                    })
                })
            }
            Family::B => {
                let wanted = family_b::Board::new(lock.board).zip(family_b::Lock::new(lock.lock));
                let Some((board, number)) = wanted else { return Err(nothing(DeviceError::Driver)) };
                let request = family_b::Request::Unlock(board, number).encode();
                let exchange = Exchange { answer: PULSE_B, reserve: PULSE_B, distinct: false };
                // Whatever it may answer, the state is asked for when the pulse is over.
                let answer = |_: &[u8]| Ok::<Frame<()>, FamilyBError>(Frame::Other);
                match self.line.transact(&request, exchange, limit, answer) {
                    Err(Failed { sent: true, error: DeviceError::NoAnswer }) => Ok(None),
                    Err(failed) => Err(failed),
                    Ok(()) => Ok(None),
                }
            }
        }
    }

    /// Asks for one door, twice if need be: a question may be repeated.
    fn ask_door(&mut self, lock: DoorLock, limit: &CommandLimit) -> Result<DoorState, DeviceError> {
        if let (Family::A, Some(number)) = (self.profile.family, NonZeroU8::new(lock.lock)) {
            match self.contact_a(lock.board, number, limit) {
                Ok(set) => return Ok(self.profile.polarity.state(set)),
                // Some firmware answers only the question for all locks.
                Err(DeviceError::NoAnswer) => {}
                Err(DeviceError::Protocol(error)) if limit.check().is_err() => {
                    return Err(DeviceError::Protocol(error));
                }
                Err(DeviceError::Protocol(_)) => {}
                Err(error) => return Err(error),
            }
        } else {
            match self.status_bytes(lock.board, limit) {
                Ok(status) => return Ok(self.state_in(&status, lock)),
                Err(DeviceError::NoAnswer | DeviceError::Protocol(_)) if limit.check().is_ok() => {}
                Err(error) => return Err(error),
            }
        }
        let status = self.status_bytes(lock.board, limit)?;
        Ok(self.state_in(&status, lock))
    }

    fn state_in(&self, status: &[u8], lock: DoorLock) -> DoorState {
        let contact = self.profile.groups.bit(status, lock.lock);
        contact.map_or(DoorState::Unknown, |set| self.profile.polarity.state(set))
    }

    /// What became of a command with this `reply`, which did not tell beyond doubt that the door is open: asks.
    fn outcome(
        &mut self,
        lock: DoorLock,
        reply: Result<Option<bool>, DeviceError>,
        limit: &CommandLimit,
    ) -> UnlockOutcome {
        match reply {
            Ok(_) | Err(DeviceError::NoAnswer | DeviceError::Protocol(_)) if limit.check().is_ok() => {}
            Ok(_) => return UnlockOutcome::Unknown(DeviceError::NoAnswer),
            Err(error) => return UnlockOutcome::Unknown(error),
        }
        match (self.ask_door(lock, limit), reply) {
            (Ok(DoorState::Open), _) => UnlockOutcome::Opened,
            // The board did say that it is still closed.
            (Ok(DoorState::Closed), _) | (Ok(DoorState::Unknown) | Err(DeviceError::NoAnswer), Ok(Some(_))) => {
                UnlockOutcome::StillClosed
            }
            (Err(DeviceError::NoAnswer), Ok(None) | Err(DeviceError::NoAnswer)) => UnlockOutcome::Silent,
            (Ok(DoorState::Unknown) | Err(DeviceError::NoAnswer), Err(error)) => UnlockOutcome::Unknown(error),
            (Ok(DoorState::Unknown), Ok(None)) => UnlockOutcome::Unknown(DeviceError::NoAnswer),
            (Err(error), _) => UnlockOutcome::Unknown(error),
        }
    }

    fn ask_all(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        // Those that answered last time come first: a silent one may use up the time.
        let mut order: Vec<(bool, usize)> =
            self.boards.iter().enumerate().map(|(index, board)| (board.silence.is_on(), index)).collect();
        order.sort_unstable();
        for (was_silent, index) in order {
            // One retry: the answer to a question may be lost to noise, and asking again changes nothing.
            for _ in 0..if was_silent { 1 } else { 2 } {
                match self.ask_board(index, limit) {
                    Ok(()) => break,
                    Err(DeviceError::NoAnswer | DeviceError::Protocol(_)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        if limit.is_cancelled() { Err(DeviceError::Cancelled) } else { Ok(()) }
    }
}

impl Device for LockBoards {
    type Event = DoorEvent;

    fn class(&self) -> DeviceClass {
        DeviceClass::Auxiliaries
    }

    fn describe(&self) -> String {
        format!("lock boards of family {:?} at {}", self.profile.family, self.line.describe())
    }

    fn capabilities(&self) -> Details {
        Details::from([
            ("doors", self.profile.doors.len().to_string()),
            ("boards", self.boards.len().to_string()),
            ("echo", if self.line.echoes() { "taken off" } else { "none" }.to_owned()),
        ])
    }

    /// [`DeviceStatus::Offline`] when no board answers, [`DeviceStatus::HardwareError`] when some do not.
    fn status(&mut self, limit: &CommandLimit) -> Result<StatusReport, DeviceError> {
        self.ask_all(limit)?;
        let silent = self.boards.iter().filter(|board| board.silence.is_on()).count();
        let status = match silent {
            0 => DeviceStatus::Online,
            some if some < self.boards.len() => DeviceStatus::HardwareError,
            _ => DeviceStatus::Offline,
        };
        let count = |state| self.watch.known().iter().filter(|known| **known == state).count().to_string();
        let report = StatusReport::new(status)
            .with("boards", format!("{} of {} answer", self.boards.len() - silent, self.boards.len()))
            .with("open", count(DoorState::Open))
            .with("closed", count(DoorState::Closed))
            .with("unknown", count(DoorState::Unknown));
        Ok(report)
    }

    fn reset(&mut self, _limit: &CommandLimit) -> Result<(), DeviceError> {
        Err(DeviceError::Unsupported { command: "reset" })
    }

    fn attend(&mut self, limit: &CommandLimit) -> Result<Option<DoorEvent>, DeviceError> {
        loop {
            if let Some(event) = self.watch.next_event() {
                return Ok(Some(event));
            }
            if limit.check().is_err() {
                return Ok(None);
            }
            let first = self.boards.iter().enumerate().min_by_key(|(_, board)| board.next);
            let Some((index, next)) = first.map(|(index, board)| (index, board.next)) else { return Ok(None) };
            let wait = next.saturating_duration_since(Instant::now());
            if !wait.is_zero() {
                self.line.listen(&limit.at_most(wait))?;
                continue;
            }
            match self.ask_board(index, limit) {
                Ok(()) | Err(DeviceError::NoAnswer | DeviceError::Protocol(_) | DeviceError::Cancelled) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl DoorController for LockBoards {
    fn doors(&self) -> usize {
        self.profile.doors.len()
    }

    fn unlock(&mut self, door: DoorNumber, limit: &CommandLimit) -> Result<UnlockOutcome, DeviceError> {
        let doors = self.profile.doors.len();
        let lock = self.profile.doors.get(door.index()).copied();
        let lock = lock.ok_or_else(|| DeviceError::refused(DoorError::NoSuchDoor { door, doors }))?;
        let outcome = match self.pulse(lock, limit) {
            Err(Failed { sent: false, error }) => return Err(error),
            Err(Failed { sent: true, error }) => self.outcome(lock, Err(error), limit),
            Ok(Some(set)) if self.profile.polarity.state(set) == DoorState::Open => UnlockOutcome::Opened,
            // "Still closed" is worth a second look: the contact may be slow.
            Ok(reply) => self.outcome(lock, Ok(reply), limit),
        };
        let state = match &outcome {
            UnlockOutcome::Opened => DoorState::Open,
            UnlockOutcome::StillClosed => DoorState::Closed,
            UnlockOutcome::Silent | UnlockOutcome::Unknown(_) => DoorState::Unknown,
        };
        self.watch.enter(door.index(), state);
        Ok(outcome)
    }

    fn states(&mut self, limit: &CommandLimit) -> Result<Vec<DoorState>, DeviceError> {
        self.ask_all(limit)?;
        let answered = |address| self.boards.iter().any(|board| board.address == address && !board.silence.is_on());
        let state = |(lock, state): (&DoorLock, &DoorState)| {
            if answered(lock.board) { *state } else { DoorState::Unknown }
        };
        Ok(self.profile.doors.iter().zip(self.watch.known()).map(state).collect())
    }
}
