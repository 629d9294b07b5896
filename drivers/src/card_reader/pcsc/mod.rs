// SPDX-License-Identifier: MIT OR Apache-2.0
//! Smart card readers over PC/SC (pcscd): contact and contactless, plugged in and out at any time.
//!
//! The calls of PC/SC block without a limit when a card or the service hangs. They are made on a thread of the driver's
//! own; the driver waits for it as long as the command may take and no longer. A call that hangs keeps that thread, and
//! the reader is then off-line until the call comes back; there are at most [`MOST_THREADS`] such threads.
//!
//! - The service is missing or stops: [`DeviceError::Service`], the driver has to be opened anew.
//! - No reader is there: [`PipeError::Absent`] upon opening ([`wait_for_reader`] waits without asking again and again),
//!   [`PipeError::Disconnected`] when the last one was pulled out in use.
//! - A card that is pulled out while it is read: [`CardError::TakenAway`].

mod error;
mod list;
mod read;
mod watch;
mod worker;

use std::time::Duration;

pub use list::{AbsenceHint, FoundReader, absence_hint, list_readers, wait_for_reader};
pub use worker::MOST_THREADS;

use super::contactless::{BlockAccess, UidFormat};
use super::social_security::SocialSecurityOptions;
use super::{Card, CardError, CardEvent, CardReader};
use crate::device::{CommandLimit, Details, Device, DeviceClass, DeviceError, DeviceStatus, Identity, StatusReport};
use crate::sensitive::Sensitive;
use crate::transport::PipeError;
use watch::Target;
use worker::Worker;

/// How long the service may take to say how its readers are; it asks no card for that.
const SERVICE_LIMIT: Duration = Duration::from_secs(5);

/// Which of the readers of pcscd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReaderChoice {
    /// All that there are, also those that come later.
    Any,
    /// The one of this name, such as `ACS ACR122U PICC Interface 00 00`. The numbers at its end may change with the
    /// order in which readers are plugged in.
    Exact(String),
    /// Those whose name begins so: both halves of a reader with two interfaces, whatever its numbers are.
    Prefix(String),
}

impl ReaderChoice {
    /// Whether the reader of that name is meant.
    #[must_use]
    pub fn takes(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(wanted) => name == wanted,
            Self::Prefix(wanted) => name.starts_with(wanted.as_str()),
        }
    }
}

impl std::fmt::Display for ReaderChoice {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Any => formatter.write_str("any reader"),
            Self::Exact(name) => write!(formatter, "reader `{name}`"),
            Self::Prefix(name) => write!(formatter, "readers `{name}…`"),
        }
    }
}

/// What a card is tried as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Application {
    /// A social security card, through contacts or not.
    SocialSecurity(SocialSecurityOptions),
    /// A contactless card of which the UID is the number.
    ContactlessUid(UidFormat),
}

impl Application {
    fn name(self) -> &'static str {
        match self {
            Self::SocialSecurity(_) => "social security",
            Self::ContactlessUid(_) => "contactless UID",
        }
    }
}

/// Settings of a [`PcscReader`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PcscOptions {
    /// Which reader.
    pub reader: ReaderChoice,
    /// What a card is tried as, in this order; the first that it is counts.
    pub applications: Vec<Application>,
}

impl Default for PcscOptions {
    fn default() -> Self {
        Self {
            reader: ReaderChoice::Any,
            applications: vec![
                Application::SocialSecurity(SocialSecurityOptions::default()),
                Application::ContactlessUid(UidFormat::default()),
            ],
        }
    }
}

/// A smart card reader, or several that serve as one.
#[derive(Debug)]
pub struct PcscReader {
    options: PcscOptions,
    worker: Worker,
    /// Names of the readers when it was opened.
    names: Vec<String>,
}

impl PcscReader {
    /// Connects to the service and looks for the reader.
    ///
    /// # Errors
    /// [`DeviceError::Service`]: pcscd does not run or does not answer. [`PipeError::Absent`]: no such reader;
    /// [`PipeError::PermissionDenied`]: the user may not use the service.
    pub fn open(options: PcscOptions) -> Result<Self, DeviceError> {
        let mut worker = Worker::start(options.reader.clone())?;
        let limit = CommandLimit::after(SERVICE_LIMIT);
        worker.call(&limit, |desk, _| desk.refresh())?;
        let names = worker.watch().names();
        if names.is_empty() {
            return Err(list::absent(&options.reader));
        }
        Ok(Self { options, worker, names })
    }

    /// Reads a block of the MIFARE Classic card that lies there.
    ///
    /// # Errors
    /// [`DeviceError::NoAnswer`]: no card came within the limit. [`DeviceError::Refused`] with a [`CardError`].
    pub fn read_block(
        &mut self,
        access: &BlockAccess,
        limit: &CommandLimit,
    ) -> Result<Sensitive<Vec<u8>>, DeviceError> {
        let target = self.next_card(limit, false)?;
        let access = access.clone();
        let name = target.name.clone();
        let read = self.worker.call(limit, move |desk, limit| read::block(desk.context(), &target, &access, limit));
        self.noted(&name, read)
    }

    /// Waits for a card; one that was read already counts only when `fresh` is false.
    fn next_card(&mut self, limit: &CommandLimit, fresh: bool) -> Result<Target, DeviceError> {
        self.worker.call(limit, |desk, _| desk.refresh())?;
        loop {
            if let Some(target) = self.worker.watch().card(fresh) {
                return Ok(target);
            }
            self.worker.wait(limit, move |watch| watch.card(fresh).is_some())?;
        }
    }

    /// Keeps in mind that the card was dealt with, unless it has to be tried again.
    fn noted<T>(&mut self, reader: &str, read: Result<T, DeviceError>) -> Result<T, DeviceError> {
        if let Ok(_) | Err(DeviceError::Refused(_)) = &read {
            self.worker.watch().mark_read(reader);
        }
        read
    }
}

impl Device for PcscReader {
    type Event = CardEvent;

    fn class(&self) -> DeviceClass {
        DeviceClass::CardReader
    }

    fn describe(&self) -> String {
        format!("PC/SC {}", self.options.reader)
    }

    fn identity(&self) -> Identity {
        Identity { model: Some(self.names.join(", ")), ..Identity::default() }
    }

    fn capabilities(&self) -> Details {
        let applications: Vec<&str> = self.options.applications.iter().map(|application| application.name()).collect();
        Details::from([("applications", applications.join(", ")), ("readers", self.options.reader.to_string())])
    }

    fn status(&mut self, limit: &CommandLimit) -> Result<StatusReport, DeviceError> {
        match self.worker.call(limit, |desk, _| desk.refresh()) {
            Ok(()) => {}
            // A call of PC/SC hangs: in a card that says nothing, or in the service.
            Err(DeviceError::NoAnswer) => return Ok(StatusReport::new(DeviceStatus::Offline)),
            Err(error) => return Err(error),
        }
        self.worker.watch().report().ok_or(DeviceError::Pipe(PipeError::Disconnected))
    }

    /// Switches the power of the cards off and on, and takes them as new ones.
    fn reset(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        self.worker.call(limit, |desk, limit| {
            desk.refresh()?;
            let targets = desk.watch().cards();
            for target in targets {
                read::power_cycle(desk.context(), &target, limit)?;
            }
            desk.forget()
        })
    }

    fn attend(&mut self, limit: &CommandLimit) -> Result<Option<CardEvent>, DeviceError> {
        loop {
            if let Some(event) = self.worker.watch().next_event() {
                return Ok(Some(event));
            }
            match self.worker.wait(limit, |watch| watch.has_event()) {
                Ok(()) => {}
                Err(DeviceError::NoAnswer | DeviceError::Cancelled) => return Ok(self.worker.watch().next_event()),
                Err(error) => return Err(error),
            }
        }
    }
}

impl CardReader for PcscReader {
    fn read(&mut self, limit: &CommandLimit) -> Result<Card, DeviceError> {
        let target = self.next_card(limit, true)?;
        let name = target.name.clone();
        if target.mute {
            return self.noted(&name, Err(DeviceError::refused(CardError::Unreadable)));
        }
        let applications = self.options.applications.clone();
        let read =
            self.worker.call(limit, move |desk, limit| read::card(desk.context(), &target, &applications, limit));
        self.noted(&name, read)
    }
}
