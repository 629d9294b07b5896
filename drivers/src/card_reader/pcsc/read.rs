// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reading the card in a reader; all of it on the thread that calls PC/SC.

use std::time::Duration;

use pcsc::{Context, Disposition, Error, Protocol, Protocols, ReaderState, ShareMode, State};
use thiserror::Error as ThisError;
use zeroize::Zeroize;

use super::Application;
use super::error::{of_card, of_service};
use super::watch::Target;
use crate::card_reader::apdu::{ApduChannel, ExchangeError, Transmission};
use crate::card_reader::contactless::{self, BlockAccess, ContactlessError};
use crate::card_reader::social_security::{self, ReadError};
use crate::card_reader::{Card, CardError};
use crate::device::{CommandLimit, DeviceError};
use crate::sensitive::Sensitive;

/// How long after a failed command it can take until the service has seen that the card is gone: it looks every 0.4 s.
const REMOVAL_LIMIT: Duration = Duration::from_millis(900);

/// Why a command was not carried out by PC/SC.
#[derive(Debug, ThisError)]
pub(super) enum TransmitError {
    /// The command of the device has to end.
    #[error("the command had to end")]
    Ended(#[source] DeviceError),
    /// PC/SC's own.
    #[error(transparent)]
    Pcsc(#[from] Error),
}

/// A card with which commands are exchanged, and with which nobody else does so at the same time.
struct Channel<'a> {
    card: pcsc::Card,
    transmission: Transmission,
    limit: &'a CommandLimit,
    buffer: [u8; pcsc::MAX_BUFFER_SIZE],
}

impl<'a> Channel<'a> {
    /// Switches the card on. A reader that another program has just now is waited for.
    fn open(context: &Context, target: &Target, limit: &'a CommandLimit) -> Result<Self, DeviceError> {
        loop {
            match context.connect(&target.reader, ShareMode::Exclusive, Protocols::ANY) {
                Ok(card) => {
                    let transmission = match card.status2_owned().ok().and_then(|status| status.protocol2()) {
                        Some(Protocol::T0) => Transmission::T0,
                        _ => Transmission::T1,
                    };
                    return Ok(Self { card, transmission, limit, buffer: [0; pcsc::MAX_BUFFER_SIZE] });
                }
                Err(Error::SharingViolation) if limit.check().is_ok() => {
                    std::thread::park_timeout(limit.step());
                }
                Err(error) => return Err(self::failed(context, target, error, limit)),
            }
        }
    }

    /// Lets the card go, powered as it is. Some readers announce a contactless card anew when its field is switched;
    /// and when pcscd fails to reset a card that has just gone, it does not see the next one that comes at once.
    fn close(self) {
        // A card that is gone needs no leave.
        let _ = self.card.disconnect(Disposition::LeaveCard);
    }
}

impl ApduChannel for Channel<'_> {
    type Error = TransmitError;

    fn transmission(&self) -> Transmission {
        self.transmission
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Sensitive<Vec<u8>>, TransmitError> {
        self.limit.check().map_err(TransmitError::Ended)?;
        let answer = self.card.transmit(command, &mut self.buffer).map(<[u8]>::to_vec);
        self.buffer.zeroize();
        let answer = Sensitive::new(answer?);
        // Some reader drivers (that of vsmartcard) say so, and no more, when the card was pulled out.
        if answer.expose().is_empty() {
            return Err(Error::NotTransacted.into());
        }
        Ok(answer)
    }
}

/// Reads the card as the first of `applications` that it is.
pub(super) fn card(
    context: &Context,
    target: &Target,
    applications: &[Application],
    limit: &CommandLimit,
) -> Result<Card, DeviceError> {
    let mut channel = Channel::open(context, target, limit)?;
    let mut left = applications.iter();
    while let Some(application) = left.next() {
        let read = match application {
            Application::SocialSecurity(options) => social_security::read(&mut channel, options)
                .map(|card| Card::SocialSecurity(Box::new(card)))
                .map_err(Outcome::from),
            Application::ContactlessUid(format) => {
                contactless::read_uid(&mut channel, format).map(Card::Contactless).map_err(Outcome::from)
            }
        };
        match read {
            Ok(card) => {
                channel.close();
                return Ok(card);
            }
            Err(Outcome::Other) => {}
            Err(Outcome::Card(error)) => {
                channel.close();
                return Err(DeviceError::refused(error));
            }
            Err(Outcome::Transmit(TransmitError::Ended(why))) => {
                channel.close();
                return Err(why);
            }
            // Many readers fail so with a contactless card that has no commands of its own. If the card is gone
            // instead, the next attempt fails too.
            Err(Outcome::Transmit(TransmitError::Pcsc(Error::NotTransacted))) if left.len() > 0 => {
                channel.close();
                channel = Channel::open(context, target, limit)?;
            }
            Err(Outcome::Transmit(TransmitError::Pcsc(error))) => {
                channel.close();
                return Err(failed(context, target, error, limit));
            }
        }
    }
    channel.close();
    Err(DeviceError::refused(CardError::Unknown))
}

/// Reads a block of a MIFARE Classic card.
pub(super) fn block(
    context: &Context,
    target: &Target,
    access: &BlockAccess,
    limit: &CommandLimit,
) -> Result<Sensitive<Vec<u8>>, DeviceError> {
    let mut channel = Channel::open(context, target, limit)?;
    let read = contactless::read_block(&mut channel, access);
    channel.close();
    read.map_err(|error| match error.into() {
        Outcome::Other => DeviceError::refused(CardError::Unknown),
        Outcome::Card(error) => DeviceError::refused(error),
        Outcome::Transmit(TransmitError::Ended(why)) => why,
        Outcome::Transmit(TransmitError::Pcsc(error)) => failed(context, target, error, limit),
    })
}

/// Switches the power of a card off. A card that is gone or says nothing has no power to be switched.
pub(super) fn power_cycle(context: &Context, target: &Target, limit: &CommandLimit) -> Result<(), DeviceError> {
    match Channel::open(context, target, limit) {
        Ok(channel) => drop(channel.card.disconnect(Disposition::UnpowerCard)),
        Err(DeviceError::Refused(_)) => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

/// How trying a card as something ended, if not well.
enum Outcome {
    /// It is something else.
    Other,
    /// It is that, but was not read.
    Card(CardError),
    /// A command was not carried out.
    Transmit(TransmitError),
}

impl From<ExchangeError<TransmitError>> for Outcome {
    fn from(error: ExchangeError<TransmitError>) -> Self {
        match error {
            ExchangeError::Channel(error) => Self::Transmit(error),
            ExchangeError::NoStatus | ExchangeError::Endless => Self::Card(CardError::Layout),
        }
    }
}

impl From<ReadError<TransmitError>> for Outcome {
    fn from(error: ReadError<TransmitError>) -> Self {
        match error {
            ReadError::Exchange(error) => error.into(),
            ReadError::OtherCard(_) => Self::Other,
            ReadError::Locked(_) => Self::Card(CardError::Locked),
            ReadError::File { .. } | ReadError::Record { .. } => Self::Card(CardError::Unreadable),
            ReadError::Layout(_) => Self::Card(CardError::Layout),
        }
    }
}

impl From<ContactlessError<TransmitError>> for Outcome {
    fn from(error: ContactlessError<TransmitError>) -> Self {
        match error {
            ContactlessError::Exchange(error) => error.into(),
            ContactlessError::Unsupported(_) | ContactlessError::Uid => Self::Other,
            ContactlessError::Key(_) => Self::Card(CardError::Locked),
            ContactlessError::Refused(_) => Self::Card(CardError::Unreadable),
            ContactlessError::Block => Self::Card(CardError::Layout),
        }
    }
}

/// Finds out what a failed call means.
fn failed(context: &Context, target: &Target, error: Error, limit: &CommandLimit) -> DeviceError {
    let Some(told) = of_card(error) else {
        return match still_there(context, target, limit) {
            Ok(true) if limit.is_cancelled() => DeviceError::Cancelled,
            Ok(true) => DeviceError::refused(CardError::Unreadable),
            Ok(false) => DeviceError::refused(CardError::TakenAway),
            Err(error) => error,
        };
    };
    told
}

/// Whether the same card is still in the reader, given the time that the service needs to see that it is not.
fn still_there(context: &Context, target: &Target, limit: &CommandLimit) -> Result<bool, DeviceError> {
    let wait = limit.at_most(REMOVAL_LIMIT);
    let mut states = [ReaderState::new(target.reader.clone(), State::UNAWARE)];
    loop {
        match context.get_status_change(wait.step(), &mut states) {
            Ok(()) | Err(Error::Timeout | Error::Cancelled) => {}
            Err(error) => return Err(of_service(error)),
        }
        let [state] = &mut states;
        state.sync_current_state();
        let flags = state.event_state();
        if flags.intersects(State::UNKNOWN | State::UNAVAILABLE) {
            return Err(of_service(Error::ReaderUnavailable));
        }
        if !flags.contains(State::PRESENT) || state.event_count() != target.count {
            return Ok(false);
        }
        if wait.has_passed() || wait.is_cancelled() {
            return Ok(true);
        }
    }
}
