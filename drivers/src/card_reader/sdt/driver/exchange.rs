// SPDX-License-Identifier: MIT OR Apache-2.0
//! One request and its answer.

use std::time::Duration;

use zeroize::Zeroizing;

use super::{SdtError, SdtReader};
use crate::card_reader::sdt::answer::{Answer, CardData, SamId, SamStatus, decode_newest_address};
use crate::card_reader::sdt::command::Command;
use crate::card_reader::sdt::frame::{Body, FrameError};
use crate::device::{CommandLimit, Deadline, DeviceError};
use crate::transport::BytePipe;

/// Time that a request may take to leave; it is at most eleven bytes.
const WRITE_LIMIT: Duration = Duration::from_secs(1);

/// Time that a reset may take at least: how long a real one takes is in no source.
const RESET_LIMIT: Duration = Duration::from_secs(4);

/// Time that an answer may take once it has begun: the longest frame at 9600 bits a second takes 2.7 s.
const TRANSFER_LIMIT: Duration = Duration::from_secs(4);

/// Bytes that are taken off the wire at once: a whole card, if it is there.
const READ_BYTES: usize = 2048;

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// Nothing came.
    Silent,
    /// What came is no answer.
    Bad(SdtError),
    /// The wire failed, the limit passed, or the command was called back.
    Device(DeviceError),
}

impl From<DeviceError> for Failure {
    fn from(error: DeviceError) -> Self {
        Self::Device(error)
    }
}

/// A request whose answer has not come yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outstanding {
    /// Until when it may begin; once it has begun, until when it may go on.
    until: Deadline,
    /// Whether any byte came.
    heard: bool,
}

/// What is done when nothing comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Silence {
    /// It is told.
    Tell,
    /// The request is sent again, as after a damaged answer.
    AskAgain,
}

impl SdtReader {
    /// Asks, again after a damaged or missing answer, a bounded number of times.
    ///
    /// # Errors
    /// The last failure.
    pub(super) fn ask(&mut self, command: Command, limit: &CommandLimit) -> Result<Answer, DeviceError> {
        self.attempt(command, Silence::AskAgain, limit).map_err(DeviceError::from)
    }

    /// Asks, again only after a damaged answer: for what is asked regularly anyway.
    ///
    /// # Errors
    /// The last failure.
    pub(super) fn look(&mut self, command: Command, limit: &CommandLimit) -> Result<Answer, DeviceError> {
        self.attempt(command, Silence::Tell, limit).map_err(DeviceError::from)
    }

    /// Asks, and tells what went wrong.
    pub(super) fn attempt(
        &mut self,
        command: Command,
        silence: Silence,
        limit: &CommandLimit,
    ) -> Result<Answer, Failure> {
        let mut left = self.options.attempts;
        loop {
            left -= 1;
            let result = self.exchange(command, limit);
            let again = match &result {
                Ok(answer) => answer.status.is_damaged_request(),
                Err(Failure::Silent) => silence == Silence::AskAgain,
                Err(Failure::Bad(_)) => true,
                Err(Failure::Device(_)) => false,
            };
            if result.as_ref().is_ok_and(|answer| !answer.status.is_sam_fault()) {
                self.sam_fault = None;
            }
            self.bad_answers += u64::from(matches!(result, Err(Failure::Silent | Failure::Bad(_))));
            if !again || left == 0 {
                return result;
            }
            limit.check()?;
        }
    }

    /// Sends a request once and waits for its answer.
    fn exchange(&mut self, command: Command, limit: &CommandLimit) -> Result<Answer, Failure> {
        self.settle(limit)?;
        self.decoder.reset();
        self.pipe.discard_input().map_err(DeviceError::from)?;
        let patience = self.options.answer_limit;
        let patience = if command == Command::ResetSam { patience.max(RESET_LIMIT) } else { patience };
        let until = Deadline::after(patience);
        self.pipe.write_all(&command.encode(), WRITE_LIMIT).map_err(DeviceError::from)?;
        self.outstanding = Some(Outstanding { until, heard: false });
        let body = self.collect(limit)?;
        let answer = Answer::decode(&body).map_err(|error| Failure::Bad(SdtError::Answer(error)))?;
        check_form(command, &answer).map_err(Failure::Bad)?;
        Ok(answer)
    }

    /// Takes the answer to an abandoned request off the wire, so that it is not taken for the next one's: answers do
    /// not say to what.
    fn settle(&mut self, limit: &CommandLimit) -> Result<(), Failure> {
        if self.outstanding.is_none() {
            return Ok(());
        }
        match self.collect(limit) {
            Err(Failure::Device(error)) => Err(Failure::Device(error)),
            Ok(_) | Err(Failure::Silent | Failure::Bad(_)) => Ok(()),
        }
    }

    /// Waits for the answer to the outstanding request, which is outstanding still when the limit ends.
    fn collect(&mut self, limit: &CommandLimit) -> Result<Body, Failure> {
        let result = self.collect_frame(limit);
        if !matches!(result, Err(Failure::Device(DeviceError::Cancelled | DeviceError::NoAnswer))) {
            self.outstanding = None;
        }
        result
    }

    fn collect_frame(&mut self, limit: &CommandLimit) -> Result<Body, Failure> {
        let mut buffer = Zeroizing::new([0; READ_BYTES]);
        loop {
            let Some(Outstanding { until, heard }) = self.outstanding else { return Err(Failure::Silent) };
            let patience = if heard { until.at_most(self.options.gap_limit) } else { until.remaining() };
            let count = match self.pipe.receive(&mut buffer[..], &limit.at_most(patience)) {
                Ok(count) => count,
                Err(DeviceError::NoAnswer) if limit.has_passed() => return Err(DeviceError::NoAnswer.into()),
                Err(DeviceError::NoAnswer) if self.decoder.is_inside() => {
                    return Err(Failure::Bad(SdtError::Truncated));
                }
                Err(DeviceError::NoAnswer) if heard => return Err(Failure::Bad(SdtError::Noise)),
                Err(DeviceError::NoAnswer) => return Err(Failure::Silent),
                Err(error) => return Err(error.into()),
            };
            let until = if heard { until } else { Deadline::after(TRANSFER_LIMIT) };
            self.outstanding = Some(Outstanding { until, heard: true });
            let frames = self.decoder.push(&buffer[..count]);
            if let Some(found) = best(frames) {
                return found.map_err(|error| Failure::Bad(SdtError::Frame(error)));
            }
            // A device that never stops talking.
            if until.has_passed() {
                return Err(Failure::Bad(SdtError::Noise));
            }
            limit.check()?;
        }
    }

    /// Takes bytes that nobody asked for; [`DeviceError::NoAnswer`] when the limit ended.
    pub(super) fn take_unasked(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        if self.outstanding.is_some() {
            return match self.collect(limit) {
                Err(Failure::Device(error)) => Err(error),
                Ok(_) | Err(Failure::Silent | Failure::Bad(_)) => Ok(()),
            };
        }
        let mut buffer = Zeroizing::new([0; READ_BYTES]);
        self.pipe.receive(&mut buffer[..], limit).map(|_| ())
    }
}

/// Whether an answer can be the one to `command`: an answer that came late is told from the right one by its form.
fn check_form(command: Command, answer: &Answer) -> Result<(), SdtError> {
    let data = answer.data.expose();
    let unexpected = SdtError::Refused { command: command.name(), status: answer.status };
    match (command, answer.status) {
        (Command::FindCard, SamStatus::Done) => Err(unexpected),
        (Command::FindCard, _) => Ok(()),
        (_, SamStatus::CardFound) => Err(unexpected),
        (Command::ReadSamId, SamStatus::Done) => SamId::decode(data).map(|_| ()).map_err(SdtError::Answer),
        (Command::ReadTextAndPhoto, SamStatus::Done) => {
            CardData::decode(data, false).map(|_| ()).map_err(SdtError::Answer)
        }
        (Command::ReadNewestAddress, SamStatus::Done) => {
            decode_newest_address(data).map(|_| ()).map_err(SdtError::Answer)
        }
        _ => Ok(()),
    }
}

/// The first good frame, or the first bad one when there is no good one.
fn best(frames: Vec<Result<Body, FrameError>>) -> Option<Result<Body, FrameError>> {
    let mut bad = None;
    for frame in frames {
        match frame {
            Ok(body) => return Some(Ok(body)),
            Err(error) => bad = bad.or(Some(Err(error))),
        }
    }
    bad
}
