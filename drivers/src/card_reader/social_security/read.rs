// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reading a social security card over whatever carries commands to it.

use thiserror::Error;

use super::field::{decode_area_code, decode_card_number, decode_date, decode_name, decode_number};
use super::{Field, File, LayoutError, Record, RecordBy, SocialSecurityOptions};
use super::{read_record, select_application, select_file};
use crate::card_reader::apdu::{Answer, ApduChannel, ExchangeError, StatusWord, exchange};
use crate::card_reader::{SocialSecurityCard, SocialSecurityIssue};
use crate::sensitive::Sensitive;

/// A card that was not read as a social security card. Nothing that it holds is in here.
#[derive(Debug, Error)]
pub enum ReadError<E: std::error::Error + 'static> {
    /// A command has no usable answer.
    #[error("the social security card was not read")]
    Exchange(#[from] ExchangeError<E>),
    /// It has no such application: it is another card.
    #[error("the card is no social security card (status {0})")]
    OtherCard(StatusWord),
    /// It wants a PIN or a key, as some cards of the first version do.
    #[error("the card wants a PIN (status {0})")]
    Locked(StatusWord),
    /// It does not give a file that it must have.
    #[error("the card does not give file {file:?} (status {status})")]
    File {
        /// Which.
        file: File,
        /// What it said.
        status: StatusWord,
    },
    /// It does not give a record that it must have.
    #[error("the card does not give record {field:?} (status {status})")]
    Record {
        /// Which.
        field: Field,
        /// What it said.
        status: StatusWord,
    },
    /// What it gave is not laid out as it should be.
    #[error("what the card gave is not in its layout")]
    Layout(#[from] LayoutError),
}

/// Reads the holder's number and name, and the issuer's words if `options` want them.
///
/// # Errors
/// Why not. That the issuer's words are missing or not in their form is none: people are served by number and name.
pub fn read<C: ApduChannel>(
    channel: &mut C,
    options: &SocialSecurityOptions,
) -> Result<SocialSecurityCard, ReadError<C::Error>> {
    let answer = exchange(channel, &select_application())?;
    match answer.status {
        StatusWord::Done | StatusWord::Deactivated => {}
        status if status.is_locked() => return Err(ReadError::Locked(status)),
        status => return Err(ReadError::OtherCard(status)),
    }
    let mut reading = Reading { channel, by: options.first };
    reading.select(File::Holder)?;
    let number = decode_number(reading.value(Field::Number)?.expose())?;
    let name = decode_name(reading.value(Field::Name)?.expose())?;
    let issue = if options.with_issue { reading.issue()? } else { None };
    Ok(SocialSecurityCard { number, name, issue })
}

/// A card of which the application is selected.
struct Reading<'a, C> {
    channel: &'a mut C,
    /// How records are asked for: what worked last.
    by: RecordBy,
}

impl<C: ApduChannel> Reading<'_, C> {
    fn select(&mut self, file: File) -> Result<(), ReadError<C::Error>> {
        let mut status = StatusWord::FileNotFound;
        for below in [false, true] {
            status = exchange(self.channel, &select_file(file, below))?.status;
            match status {
                StatusWord::Done | StatusWord::Deactivated => return Ok(()),
                status if status.is_locked() => return Err(ReadError::Locked(status)),
                _ => {}
            }
        }
        Err(ReadError::File { file, status })
    }

    /// The value of `field`, asked for in the way that worked last and then in the other.
    fn value(&mut self, field: Field) -> Result<Sensitive<Vec<u8>>, ReadError<C::Error>> {
        let first = match self.value_by(field, self.by) {
            Err(error @ (ReadError::Record { .. } | ReadError::Layout(_))) => error,
            settled => return settled,
        };
        match self.value_by(field, self.by.other()) {
            Ok(value) => {
                self.by = self.by.other();
                Ok(value)
            }
            // The way that was set comes first: its words are the ones to look into.
            Err(ReadError::Record { .. } | ReadError::Layout(_)) => Err(first),
            Err(error) => Err(error),
        }
    }

    fn value_by(&mut self, field: Field, by: RecordBy) -> Result<Sensitive<Vec<u8>>, ReadError<C::Error>> {
        let answer = self.record(field, by)?;
        match answer.status {
            status if status.is_success() => {}
            status if status.is_locked() => return Err(ReadError::Locked(status)),
            status => return Err(ReadError::Record { field, status }),
        }
        let record = Record::decode(answer.data.expose())?;
        if record.identifier != field.identifier() {
            return Err(LayoutError::Identifier.into());
        }
        Ok(Sensitive::new(record.value.to_vec()))
    }

    fn record(&mut self, field: Field, by: RecordBy) -> Result<Answer, ExchangeError<C::Error>> {
        let answer = exchange(self.channel, &read_record(field, by, 0))?;
        if answer.status != StatusWord::WrongLength {
            return Ok(answer);
        }
        // A card that neither takes "all" nor names the right length: the one of the layout.
        exchange(self.channel, &read_record(field, by, field.value_bytes() + 2))
    }

    /// What the issuer wrote, as far as it is whole.
    fn issue(&mut self) -> Result<Option<SocialSecurityIssue>, ExchangeError<C::Error>> {
        match self.whole_issue() {
            Ok(issue) => Ok(Some(issue)),
            Err(ReadError::Exchange(error)) => Err(error),
            Err(_) => Ok(None),
        }
    }

    fn whole_issue(&mut self) -> Result<SocialSecurityIssue, ReadError<C::Error>> {
        self.select(File::Issue)?;
        let area_code = decode_area_code(self.value(Field::CardIdentification)?.expose())?;
        let valid_to = decode_date(self.value(Field::ValidTo)?.expose())?;
        let card_number = decode_card_number(self.value(Field::CardNumber)?.expose())?;
        Ok(SocialSecurityIssue { area_code, card_number, valid_to })
    }
}
