// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reading a card: find, select, read, and what to do when a step fails.

use super::exchange::{Failure, Silence};
use super::{AfterRead, Presence, SdtError, SdtReader};
use crate::card_reader::sdt::answer::{CardData, SamStatus, decode_newest_address};
use crate::card_reader::sdt::command::Command;
use crate::card_reader::sdt::text::decode_text;
use crate::card_reader::{Card, CardError, IdDocument, NewestAddress};
use crate::device::{CommandLimit, DeviceError};

/// How one attempt at reading ended, when the wire worked.
enum Attempt {
    /// The card was read.
    Read(CardData),
    /// It was not, and may be at the next attempt.
    Again,
}

impl SdtReader {
    pub(super) fn read_card(&mut self, limit: &CommandLimit) -> Result<Card, DeviceError> {
        if self.presence == (Presence::Selected { read: false }) {
            // An earlier read got no further than this, and the search does not tell of the card any more.
            if let Attempt::Read(data) = self.read_selected(limit)? {
                return self.finish(data, limit);
            }
        }
        loop {
            limit.check()?;
            let status = self.ask(Command::FindCard, limit)?.status;
            let lies_there_read = self.options.after_read == AfterRead::FindsAgain
                && self.presence == (Presence::Selected { read: true });
            match status {
                SamStatus::CardFound if lies_there_read => self.misses = 0,
                SamStatus::CardFound => {
                    self.found();
                    return self.read_found(limit);
                }
                SamStatus::NoCard if self.presence == Presence::Found || lies_there_read => self.missed(),
                SamStatus::NoCard => {}
                SamStatus::WrongCard => return Err(DeviceError::refused(CardError::Unknown)),
                other => return Err(self.refused(Command::FindCard, other)),
            }
            self.pause(self.options.read_poll_interval, limit)?;
        }
    }

    /// Reads the card that was found.
    fn read_found(&mut self, limit: &CommandLimit) -> Result<Card, DeviceError> {
        let mut left = self.options.attempts;
        loop {
            left -= 1;
            let attempt = if self.select(limit)? { self.read_selected(limit)? } else { Attempt::Again };
            if let Attempt::Read(data) = attempt {
                return self.finish(data, limit);
            }
            if !self.is_still_there(limit)? {
                self.gone();
                return Err(DeviceError::refused(CardError::TakenAway));
            }
            if left == 0 {
                return Err(DeviceError::refused(CardError::Unreadable));
            }
        }
    }

    /// Selects the card; false when it cannot be selected now.
    fn select(&mut self, limit: &CommandLimit) -> Result<bool, DeviceError> {
        // Also when nobody waits for the answer any more, the card may be selected.
        self.presence = Presence::Selected { read: false };
        let status = self.ask(Command::SelectCard, limit)?.status;
        if status == SamStatus::Done {
            return Ok(true);
        }
        self.presence = Presence::Found;
        self.about_the_card(Command::SelectCard, status)?;
        Ok(false)
    }

    /// Reads the card that is selected.
    fn read_selected(&mut self, limit: &CommandLimit) -> Result<Attempt, DeviceError> {
        let answer = self.ask(Command::ReadTextAndPhoto, limit)?;
        if answer.status != SamStatus::Done {
            self.about_the_card(Command::ReadTextAndPhoto, answer.status)?;
            return Ok(Attempt::Again);
        }
        let data = CardData::decode(answer.data.expose(), false);
        data.map(Attempt::Read).map_err(|error| DeviceError::protocol(SdtError::Answer(error)))
    }

    /// Goes on with a status that tells of the card; anything else ends the command.
    fn about_the_card(&mut self, command: Command, status: SamStatus) -> Result<(), DeviceError> {
        use SamStatus as S;
        match status {
            S::WrongCard => Err(DeviceError::refused(CardError::Unknown)),
            S::ReadFailed | S::SelectFailed | S::NoCard | S::NoRandom => Ok(()),
            S::CardRefusedSam | S::SamRefusedCard | S::NotVerified => Ok(()),
            other => Err(self.refused(command, other)),
        }
    }

    /// Whether a card is there after a step failed. Two searches, because one alone may miss it; and where it was
    /// selected, the question that a card answers although the search does not tell of it.
    fn is_still_there(&mut self, limit: &CommandLimit) -> Result<bool, DeviceError> {
        for _ in 0..2 {
            match self.ask(Command::FindCard, limit)?.status {
                SamStatus::CardFound => {
                    self.presence = Presence::Found;
                    return Ok(true);
                }
                status => self.about_the_card(Command::FindCard, status)?,
            }
        }
        if self.presence == Presence::Found {
            return Ok(false);
        }
        let status = self.ask(Command::ReadNewestAddress, limit)?.status;
        Ok(matches!(status, SamStatus::Done | SamStatus::ItemEmpty))
    }

    /// Makes a card of what was read.
    fn finish(&mut self, data: CardData, limit: &CommandLimit) -> Result<Card, DeviceError> {
        let text = decode_text(data.text.expose());
        // A read that is called back here was none: the next one begins with the text again.
        let newest_address = match self.options.newest_address && text.is_ok() {
            true => self.read_newest_address(limit)?,
            false => NewestAddress::NotAsked,
        };
        self.presence = Presence::Selected { read: true };
        self.misses = 0;
        let text = text.map_err(|_| DeviceError::refused(CardError::Layout))?;
        let photo = self.options.keep_photo.then_some(data.photo);
        Ok(Card::IdDocument(Box::new(IdDocument { text, raw_text: data.text, photo, newest_address })))
    }

    /// Reads the newest address. The card is read already, so that what fails here is only unknown.
    fn read_newest_address(&mut self, limit: &CommandLimit) -> Result<NewestAddress, DeviceError> {
        let answer = match self.attempt(Command::ReadNewestAddress, Silence::AskAgain, limit) {
            Ok(answer) => answer,
            Err(Failure::Silent | Failure::Bad(_) | Failure::Device(DeviceError::NoAnswer)) => {
                return Ok(NewestAddress::Unknown);
            }
            Err(Failure::Device(error)) => return Err(error),
        };
        Ok(match answer.status {
            SamStatus::Done => match decode_newest_address(answer.data.expose()) {
                Ok(Some(address)) => NewestAddress::Known(address),
                Ok(None) => NewestAddress::None,
                Err(_) => NewestAddress::Unknown,
            },
            SamStatus::ItemEmpty => NewestAddress::None,
            _ => NewestAddress::Unknown,
        })
    }
}
