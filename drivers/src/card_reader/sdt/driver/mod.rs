// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver of the resident ID card reader.
//!
//! The SAM only ever answers, so a card is noticed by asking for it again and again: seldom while nobody waits, and at
//! short intervals while [`SdtReader::read`] does. Nothing that is asked changes a card, so that a damaged or lost
//! answer is asked for again, a bounded number of times.
//!
//! **After a card was selected** the SAM answers "no card" to the search until the card was lifted and laid down again
//! (no standard at hand says so, but host programs rely on it). Whether the card still lies there is then found out by
//! the request for its newest address, as public host programs do: "done" or "item empty" while it lies there, an
//! error when it is away. What it answers is wiped unread. [`AfterRead`] has other ways for other SAMs.

mod exchange;
mod sequence;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use thiserror::Error;

use self::exchange::{Failure, Outstanding, Silence};
use super::answer::{AnswerError, SamId, SamStatus};
use super::command::Command;
use super::frame::{FrameDecoder, FrameError};
use crate::card_reader::{Card, CardEvent, CardKind, CardReader};
use crate::device::{CommandLimit, Details, Device, DeviceClass, DeviceError, DeviceStatus, Identity, StatusReport};
use crate::transport::{BytePipe, PipeError};

/// Most events that wait to be attended to; beyond them the oldest are forgotten.
const MOST_EVENTS: usize = 8;

/// How it is found out whether a card that was selected still lies there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AfterRead {
    /// The SAM does not find the card any more, and is asked for its newest address.
    #[default]
    Probe,
    /// The SAM does not find the card any more, and is not asked otherwise: after
    /// [`SdtOptions::removal_checks`] searches the card counts as taken away, though it may lie there still.
    Assume,
    /// The SAM goes on finding the card.
    FindsAgain,
}

/// How the driver works. The defaults suit a reader at 115200 bits a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SdtOptions {
    /// Time between two searches for a card while no read waits.
    pub poll_interval: Duration,
    /// Time between two searches while a read waits for a card: part of what a resident waits.
    pub read_poll_interval: Duration,
    /// Time until an answer begins; what it then takes on a slow line is not counted.
    pub answer_limit: Duration,
    /// Time after which an answer that was begun does not go on any more.
    pub gap_limit: Duration,
    /// How often a request is sent before its failure is told, and how often reading a card is begun: 1 to 10.
    pub attempts: u8,
    /// How the card is followed after it was read.
    pub after_read: AfterRead,
    /// How many answers in a row must say that the card is away before it counts as taken away: 1 to 20.
    pub removal_checks: u8,
    /// Whether the photo is kept; without a use for it, it is best not to have it.
    pub keep_photo: bool,
    /// Whether the newest address is read too, which takes one answer more.
    pub newest_address: bool,
    /// Longest frame between SAM and card to set when opening; some hosts set 80. `None` leaves it.
    pub max_rf_frame: Option<u8>,
    /// Whether the SAM is reset when opening.
    pub reset_on_open: bool,
}

impl Default for SdtOptions {
    fn default() -> Self {
        Self {
            poll_interval: Duration::from_millis(300),
            read_poll_interval: Duration::from_millis(15),
            answer_limit: Duration::from_secs(2),
            gap_limit: Duration::from_millis(200),
            attempts: 3,
            after_read: AfterRead::default(),
            removal_checks: 2,
            keep_photo: true,
            newest_address: true,
            max_rf_frame: Some(80),
            reset_on_open: true,
        }
    }
}

/// What goes wrong with the SAM, as the source of a [`DeviceError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SdtError {
    /// An answer is no frame.
    #[error("the answer is damaged")]
    Frame(#[source] FrameError),
    /// An answer is a frame, but its content has not the form it must have.
    #[error("the answer has not the right form")]
    Answer(#[source] AnswerError),
    /// An answer broke off.
    #[error("the answer broke off")]
    Truncated,
    /// Bytes came that are no answer.
    #[error("bytes came that are no answer")]
    Noise,
    /// The SAM did not carry out a request.
    #[error("`{command}`: {status}")]
    Refused {
        /// Name of the request.
        command: &'static str,
        /// What it answered.
        status: SamStatus,
    },
    /// The SAM itself cannot work; the reader needs service.
    #[error("the SAM cannot work: {0}")]
    Sam(SamStatus),
}

/// What is known of a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    /// There is none.
    Absent,
    /// One was found and not selected.
    Found,
    /// One was selected, so that the search does not tell of it any more.
    Selected {
        /// Whether it was read.
        read: bool,
    },
}

/// A resident ID card reader.
pub struct SdtReader {
    pipe: Box<dyn BytePipe>,
    options: SdtOptions,
    decoder: FrameDecoder,
    /// The request whose answer is still to come, because whoever waited for it was called back.
    outstanding: Option<Outstanding>,
    sam_id: Option<SamId>,
    /// The fault that the SAM reported last and that was told.
    sam_fault: Option<SamStatus>,
    presence: Presence,
    /// Answers in a row that say that the card is away.
    misses: u8,
    next_poll: Instant,
    events: VecDeque<CardEvent>,
    /// Answers that were damaged or did not come, since the beginning.
    bad_answers: u64,
}

impl std::fmt::Debug for SdtReader {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SdtReader")
            .field("wire", &self.pipe.describe())
            .field("presence", &self.presence)
            .field("bad_answers", &self.bad_answers)
            .finish_non_exhaustive()
    }
}

impl SdtReader {
    /// Takes over the wire to a reader: resets its SAM, asks how it is and who it is. A SAM that answers but cannot
    /// work is opened too; [`Device::status`] tells.
    ///
    /// # Errors
    /// The wire failed, the SAM does not answer ([`PipeError::TimedOut`]) or in another protocol.
    pub fn open(pipe: Box<dyn BytePipe>, options: SdtOptions, limit: &CommandLimit) -> Result<Self, DeviceError> {
        let options = SdtOptions {
            attempts: options.attempts.clamp(1, 10),
            removal_checks: options.removal_checks.clamp(1, 20),
            ..options
        };
        let mut reader = Self {
            pipe,
            options,
            decoder: FrameDecoder::new(),
            outstanding: None,
            sam_id: None,
            sam_fault: None,
            presence: Presence::Absent,
            misses: 0,
            next_poll: Instant::now(),
            events: VecDeque::new(),
            bad_answers: 0,
        };
        // The first question also pushes half a request of a former program out of the SAM.
        let mut status = reader.ask(Command::SamStatus, limit)?.status;
        if options.reset_on_open {
            reader.look(Command::ResetSam, limit)?;
            status = reader.ask(Command::SamStatus, limit)?.status;
        }
        reader.sam_fault = Some(status).filter(|status| status.is_sam_fault());
        if reader.sam_fault.is_none() {
            reader.ask_who(limit)?;
            if let Some(bytes) = options.max_rf_frame {
                // A SAM that does not know it works with what it has.
                reader.ask(Command::SetMaxRfFrame(bytes), limit)?;
            }
        }
        Ok(reader)
    }

    /// Number of the SAM, if it told.
    #[must_use]
    pub fn sam_id(&self) -> Option<SamId> {
        self.sam_id
    }

    /// Asks the SAM for its number, unless it is known.
    fn ask_who(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        if self.sam_id.is_none() {
            let answer = self.ask(Command::ReadSamId, limit)?;
            self.sam_id = SamId::decode(answer.data.expose()).ok().filter(|_| answer.status == SamStatus::Done);
        }
        Ok(())
    }

    fn tell(&mut self, event: CardEvent) {
        if self.events.len() == MOST_EVENTS {
            // Two, so that coming and going still take turns.
            self.events.drain(..2);
        }
        self.events.push_back(event);
    }

    /// A card was found that was not there before.
    fn found(&mut self) {
        match self.presence {
            Presence::Found | Presence::Selected { read: false } => {}
            Presence::Absent => self.tell(CardEvent::Inserted(CardKind::IdDocument)),
            Presence::Selected { read: true } => {
                self.tell(CardEvent::Removed);
                self.tell(CardEvent::Inserted(CardKind::IdDocument));
            }
        }
        self.presence = Presence::Found;
        self.misses = 0;
    }

    /// The card is away.
    fn gone(&mut self) {
        if self.presence != Presence::Absent {
            self.tell(CardEvent::Removed);
        }
        self.presence = Presence::Absent;
        self.misses = 0;
    }

    /// An answer says that the card is away; believed after some of them.
    fn missed(&mut self) {
        self.misses = self.misses.saturating_add(1);
        if self.misses >= self.options.removal_checks {
            self.gone();
        }
    }

    /// What a status of the SAM means when it is neither what was asked for nor about the card.
    fn refused(&mut self, command: Command, status: SamStatus) -> DeviceError {
        if status.is_sam_fault() {
            self.sam_fault = Some(status);
            return DeviceError::refused(SdtError::Sam(status));
        }
        DeviceError::refused(SdtError::Refused { command: command.name(), status })
    }

    /// Asks once whether there is a card, in the way that suits what is known of it.
    fn poll(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        let selected = matches!(self.presence, Presence::Selected { .. });
        if selected && self.options.after_read == AfterRead::Probe {
            return self.probe(limit);
        }
        let status = self.look(Command::FindCard, limit)?.status;
        match status {
            SamStatus::CardFound if selected && self.options.after_read == AfterRead::FindsAgain => self.misses = 0,
            SamStatus::CardFound => self.found(),
            SamStatus::NoCard if self.presence == Presence::Absent => {}
            SamStatus::NoCard => self.missed(),
            // A card of another kind is no card for us, whatever it is.
            SamStatus::WrongCard => self.missed(),
            // Told once; then the state tells.
            fault if Some(fault) == self.sam_fault => {}
            other => return Err(self.refused(Command::FindCard, other)),
        }
        Ok(())
    }

    /// Asks a selected card for something harmless.
    fn probe(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        let status = self.look(Command::ReadNewestAddress, limit)?.status;
        match status {
            SamStatus::Done | SamStatus::ItemEmpty => self.misses = 0,
            fault if fault.is_sam_fault() => return Err(self.refused(Command::ReadNewestAddress, fault)),
            _ => self.missed(),
        }
        Ok(())
    }

    /// Waits until the next search; what the SAM says meanwhile is none of its answers.
    fn pause(&mut self, pause: Duration, limit: &CommandLimit) -> Result<(), DeviceError> {
        let until = limit.at_most(pause);
        loop {
            match self.take_unasked(&until) {
                Ok(()) if until.has_passed() => return Ok(()),
                Ok(()) => {}
                Err(DeviceError::NoAnswer) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }
}

impl Device for SdtReader {
    type Event = CardEvent;

    fn class(&self) -> DeviceClass {
        DeviceClass::CardReader
    }

    fn describe(&self) -> String {
        format!("SDT at {}", self.pipe.describe())
    }

    fn identity(&self) -> Identity {
        Identity { serial: self.sam_id.map(|id| id.to_string()), ..Identity::default() }
    }

    fn capabilities(&self) -> Details {
        let photo = if self.options.keep_photo { "kept, not decoded (WLT)" } else { "not kept" };
        let address = if self.options.newest_address { "read" } else { "not read" };
        Details::from([
            ("documents", "resident ID card, residence permit, foreigner's cards of 2017 and 2023".to_owned()),
            ("photo", photo.to_owned()),
            ("newest address", address.to_owned()),
            ("fingerprint", "never asked for".to_owned()),
        ])
    }

    fn status(&mut self, limit: &CommandLimit) -> Result<StatusReport, DeviceError> {
        let card = match self.presence {
            Presence::Absent => "none",
            Presence::Found => "laid down",
            Presence::Selected { read: false } => "selected",
            Presence::Selected { read: true } => "read",
        };
        let report = match self.attempt(Command::SamStatus, Silence::Tell, limit) {
            Ok(answer) => {
                self.sam_fault = Some(answer.status).filter(|status| status.is_sam_fault());
                let well = answer.status == SamStatus::Done;
                if well {
                    // A SAM that recovered; that it does not tell now is nothing new.
                    match self.ask_who(limit) {
                        Err(error) if error.is_lost() => return Err(error),
                        Err(DeviceError::Cancelled) => return Err(DeviceError::Cancelled),
                        _ => {}
                    }
                }
                let status = if well { DeviceStatus::Online } else { DeviceStatus::HardwareError };
                StatusReport::new(status).with("sam", answer.status.to_string())
            }
            Err(Failure::Silent | Failure::Device(DeviceError::NoAnswer)) => StatusReport::new(DeviceStatus::Offline),
            Err(Failure::Bad(error)) => {
                StatusReport::new(DeviceStatus::HardwareError).with("answer", error.to_string())
            }
            Err(Failure::Device(error)) => return Err(error),
        };
        Ok(report.with("card", card).with("bad answers", self.bad_answers.to_string()))
    }

    fn reset(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        let status = self.look(Command::ResetSam, limit)?.status;
        if status != SamStatus::Done {
            return Err(self.refused(Command::ResetSam, status));
        }
        self.sam_fault = None;
        if matches!(self.presence, Presence::Selected { .. }) {
            // The search tells of it again, if it is still there.
            self.presence = Presence::Found;
        }
        Ok(())
    }

    fn attend(&mut self, limit: &CommandLimit) -> Result<Option<CardEvent>, DeviceError> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(Some(event));
            }
            let pause = self.next_poll.saturating_duration_since(Instant::now());
            match self.pause(pause, limit).and_then(|()| limit.check()) {
                Ok(()) => {}
                Err(DeviceError::Cancelled | DeviceError::NoAnswer) => return Ok(None),
                Err(error) => return Err(error),
            }
            let polled = self.poll(limit);
            self.next_poll = Instant::now() + self.options.poll_interval;
            match polled {
                Ok(()) => {}
                // The answer that is still to come is taken off the wire before the next request.
                Err(DeviceError::Cancelled | DeviceError::NoAnswer) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }
}

impl CardReader for SdtReader {
    /// See the trait. A SAM that does not answer at all is [`DeviceError::Pipe`] with [`PipeError::TimedOut`]; one
    /// that cannot work is [`DeviceError::Refused`] with an [`SdtError`].
    fn read(&mut self, limit: &CommandLimit) -> Result<Card, DeviceError> {
        self.read_card(limit)
    }
}

impl From<Failure> for DeviceError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Silent => Self::Pipe(PipeError::TimedOut),
            Failure::Bad(error) => Self::protocol(error),
            Failure::Device(error) => error,
        }
    }
}
