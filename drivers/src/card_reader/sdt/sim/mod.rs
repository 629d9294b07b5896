// SPDX-License-Identifier: MIT OR Apache-2.0
//! A simulated reader of resident ID cards: the SAM's side of the protocol, with a card that can be laid down, pulled
//! out in the middle, or be a bad one.
//!
//! [`IdReader`] is the machine; [`crate::sim::Sim`] gives it a pty or TCP port, the faults of the wire and a control
//! socket:
//!
//! ```no_run
//! use doorstep_drivers::card_reader::sdt::sim::{IdReader, SimCard};
//! use doorstep_drivers::sim::{Sim, SimWire};
//!
//! let sim = Sim::start("sim-id-reader", IdReader::new(), SimWire::Pty("/tmp/id-reader".into()))?;
//! sim.with(|reader| reader.present(SimCard::resident()));
//! sim.order("present permit name=陈小明")?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod card;
mod order;
mod people;

use std::fmt::Write;
use std::time::{Duration, Instant};

pub use card::{CardBehaviour, SimCard, SimCardError};

use super::answer::{Answer, CardData, SamId, SamStatus, encode_newest_address};
use super::command::{BaudRate, Command, CommandError};
use super::frame::{Body, FrameDecoder, FrameError};
use crate::sensitive::Sensitive;
use crate::sim::{Answers, LONGEST_DELAY, Machine};

/// How the simulated SAM is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SamCondition {
    /// Well.
    #[default]
    Well,
    /// It failed its test of itself: every request is answered with 60.
    SelfTestFailed,
    /// It was not authorised: every request is answered with 66.
    NotAuthorised,
}

/// When the SAM stops finding a card that lies there, until it is lifted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FindsUntil {
    /// Once it was selected: it does not answer to searches any more.
    Selected,
    /// Once it was read, as is described for real ones.
    #[default]
    Read,
    /// Never.
    Lifted,
}

/// A step of reading a card, for [`IdReader::pull_at`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadStep {
    /// Finding it.
    Find,
    /// Selecting it.
    Select,
    /// Reading its text and photo.
    Read,
    /// Reading its newest address.
    Address,
}

/// How far the SAM got with the card that lies there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Progress {
    Nothing,
    Found,
    Selected,
    Read,
}

/// The simulated reader.
#[derive(Debug)]
pub struct IdReader {
    decoder: FrameDecoder,
    id: SamId,
    condition: SamCondition,
    card: Option<SimCard>,
    progress: Progress,
    finds_until: FindsUntil,
    pull_at: Option<ReadStep>,
    think_time: Duration,
    baud: BaudRate,
    max_rf_frame: Option<u8>,
    requests: u64,
    reads: u64,
}

impl Default for IdReader {
    fn default() -> Self {
        Self::new()
    }
}

impl IdReader {
    /// A reader that is well and has no card.
    #[must_use]
    pub fn new() -> Self {
        Self {
            decoder: FrameDecoder::new(),
            id: SamId::from_parts([5, 3], [20_240_101, 12_345, 271_828_182]),
            condition: SamCondition::Well,
            card: None,
            progress: Progress::Nothing,
            finds_until: FindsUntil::Read,
            pull_at: None,
            think_time: Duration::ZERO,
            baud: BaudRate::B115200,
            max_rf_frame: None,
            requests: 0,
            reads: 0,
        }
    }

    /// Lays a card down; another one that lies there is taken away before.
    pub fn present(&mut self, card: SimCard) {
        self.remove();
        self.card = Some(card);
    }

    /// Takes the card away; false when there is none.
    pub fn remove(&mut self) -> bool {
        self.progress = Progress::Nothing;
        self.pull_at = None;
        self.card.take().is_some()
    }

    /// Takes the card away when the SAM next gets to `step`.
    pub fn pull_at(&mut self, step: ReadStep) {
        self.pull_at = Some(step);
    }

    /// How the SAM is.
    pub fn set_condition(&mut self, condition: SamCondition) {
        self.condition = condition;
    }

    /// When the SAM stops finding a card.
    pub fn set_finds_until(&mut self, until: FindsUntil) {
        self.finds_until = until;
    }

    /// Time that each step with a card takes, at most [`LONGEST_DELAY`].
    pub fn set_think_time(&mut self, time: Duration) {
        self.think_time = time.min(LONGEST_DELAY);
    }

    /// Whether a card lies there.
    #[must_use]
    pub fn has_card(&self) -> bool {
        self.card.is_some()
    }

    /// How often a card's text and photo were sent.
    #[must_use]
    pub fn reads(&self) -> u64 {
        self.reads
    }

    /// How many requests were understood.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// The answer to a frame, and how long the SAM takes for it.
    fn answer(&mut self, frame: Result<Body, FrameError>) -> (Answer, Duration) {
        let status = |status| (Answer::of_status(status), Duration::ZERO);
        let body = match frame {
            Ok(body) => body,
            Err(FrameError::Check) => return status(SamStatus::RequestCheck),
            Err(FrameError::Length(_) | FrameError::Body(_)) => return status(SamStatus::RequestLength),
        };
        match self.condition {
            SamCondition::Well => {}
            SamCondition::SelfTestFailed => return status(SamStatus::SelfTestFailed),
            SamCondition::NotAuthorised => return status(SamStatus::NotAuthorised),
        }
        let command = match Command::decode(&body) {
            Ok(command) => command,
            Err(CommandError::Unknown { .. }) => return status(SamStatus::RequestCommand),
            Err(CommandError::Length(_)) => return status(SamStatus::RequestLength),
        };
        self.requests += 1;
        match command {
            Command::ResetSam => {
                self.progress = Progress::Nothing;
                status(SamStatus::Done)
            }
            Command::SamStatus => status(SamStatus::Done),
            Command::ReadSamId => (Answer::with_data(SamStatus::Done, self.id.bytes().to_vec()), Duration::ZERO),
            Command::SetBaudRate(rate) => {
                self.baud = rate;
                status(SamStatus::Done)
            }
            Command::SetMaxRfFrame(bytes) => {
                self.max_rf_frame = Some(bytes);
                status(SamStatus::Done)
            }
            Command::FindCard => (self.find(), self.think_time),
            Command::SelectCard => (self.select(), self.think_time),
            Command::ReadTextAndPhoto => (self.read(false), self.think_time),
            Command::ReadTextPhotoAndFingerprint => (self.read(true), self.think_time),
            Command::ReadNewestAddress => (self.address(), self.think_time),
        }
    }

    /// The card, unless it is pulled out at this very step.
    fn card_at(&mut self, step: ReadStep) -> Option<&SimCard> {
        if self.pull_at == Some(step) {
            self.remove();
        }
        self.card.as_ref()
    }

    fn find(&mut self) -> Answer {
        let seen = match self.finds_until {
            FindsUntil::Selected => self.progress < Progress::Selected,
            FindsUntil::Read => self.progress < Progress::Read,
            FindsUntil::Lifted => true,
        };
        match self.card_at(ReadStep::Find).map(SimCard::behaviour) {
            Some(CardBehaviour::WrongKind) => Answer::of_status(SamStatus::WrongCard),
            Some(_) if seen => {
                // One that is selected stays so: searching does not put it back.
                self.progress = self.progress.max(Progress::Found);
                Answer::with_data(SamStatus::CardFound, vec![0; 4])
            }
            _ => Answer::of_status(SamStatus::NoCard),
        }
    }

    fn select(&mut self) -> Answer {
        let found = self.progress >= Progress::Found;
        let status = match self.card_at(ReadStep::Select).map(SimCard::behaviour) {
            Some(CardBehaviour::RefusesSam) => SamStatus::CardRefusedSam,
            Some(CardBehaviour::RefusedBySam) => SamStatus::SamRefusedCard,
            Some(CardBehaviour::WrongKind) => SamStatus::WrongCard,
            Some(CardBehaviour::Good | CardBehaviour::Unreadable | CardBehaviour::NotVerified) if found => {
                self.progress = self.progress.max(Progress::Selected);
                return Answer::with_data(SamStatus::Done, vec![0; 8]);
            }
            _ => SamStatus::SelectFailed,
        };
        Answer::of_status(status)
    }

    fn read(&mut self, with_fingerprint: bool) -> Answer {
        let selected = self.progress >= Progress::Selected;
        let Some(card) = self.card_at(ReadStep::Read).filter(|_| selected) else {
            return Answer::of_status(SamStatus::ReadFailed);
        };
        match card.behaviour() {
            CardBehaviour::Good => {}
            CardBehaviour::NotVerified => return Answer::of_status(SamStatus::NotVerified),
            _ => return Answer::of_status(SamStatus::ReadFailed),
        }
        let data = CardData {
            text: card.text().clone(),
            photo: card.photo().clone(),
            fingerprint: with_fingerprint.then(|| Sensitive::new(vec![0; card.fingerprint_bytes()])),
        };
        let Ok(data) = data.encode() else { return Answer::of_status(SamStatus::ReadFailed) };
        self.progress = Progress::Read;
        self.reads += 1;
        Answer::with_data(SamStatus::Done, data.to_vec())
    }

    fn address(&mut self) -> Answer {
        let selected = self.progress >= Progress::Selected;
        let card = self.card_at(ReadStep::Address).filter(|_| selected);
        let Some(card) = card.filter(|card| card.behaviour() == CardBehaviour::Good) else {
            return Answer::of_status(SamStatus::ReadFailed);
        };
        match card.newest_address().map(|address| encode_newest_address(address.expose())) {
            Some(Ok(data)) => Answer::with_data(SamStatus::Done, data),
            Some(Err(_)) => Answer::of_status(SamStatus::ReadFailed),
            None => Answer::of_status(SamStatus::ItemEmpty),
        }
    }
}

impl Machine for IdReader {
    fn connected(&mut self) {
        self.decoder.reset();
    }

    fn receive(&mut self, bytes: &[u8], _now: Instant, answers: &mut Answers) {
        for frame in self.decoder.push(bytes) {
            let (answer, delay) = self.answer(frame);
            if let Ok(frame) = answer.encode() {
                answers.send_after(delay, frame.to_vec());
            }
        }
    }

    fn order(&mut self, words: &[&str]) -> Result<String, String> {
        order::carry_out(self, words)
    }

    fn words(&self) -> &'static str {
        order::WORDS
    }

    fn state(&self) -> String {
        let mut state = String::new();
        let card = self.card.as_ref().map_or("none", SimCard::kind_word);
        let behaviour = self.card.as_ref().map_or("", |card| card.behaviour().word());
        let progress = match self.progress {
            Progress::Nothing => "untouched",
            Progress::Found => "found",
            Progress::Selected => "selected",
            Progress::Read => "read",
        };
        // Writing into a string cannot fail.
        let _ = write!(
            state,
            "sam {}\nid {}\ncard {card} {behaviour}\nprogress {progress}\nreads {}\nrequests {}\nthink {}\nfinds until {}\n\
             line {}\n",
            order::condition_word(self.condition),
            self.id,
            self.reads,
            self.requests,
            self.think_time.as_millis(),
            order::finds_word(self.finds_until),
            self.baud.bits_per_second(),
        );
        state
    }
}
