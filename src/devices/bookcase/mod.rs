// SPDX-License-Identifier: GPL-3.0-only
//! The bookcase: its locks and the antennas behind its doors, as one thing.
//!
//! A door is unlocked once, and what became of it is told as it is: a lock board that says nothing may have opened the
//! door. A door is counted with its own antenna; what a tag holds is read once for as long as the tag is heard there, so
//! that counting 200 books costs their numbers, not their contents. Commands wait in the bounded queues of the devices;
//! one that did not begin is told as not sent.

mod count;
mod senses;
mod tags;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use doorstep_drivers::door::{DoorController, DoorNumber, UnlockOutcome};
use doorstep_drivers::rfid::{Afi, RfidError, RfidReader, Uid};
use tokio::sync::{mpsc, watch};

use self::count::Known;
use self::senses::{Again, DoorTask};
use super::set::{Devices, Supervised};
use super::supervisor::{CommandError, Health, Supervisor, error_code};
use crate::domain::library::bookcase::{BookcasePolicy, Count, CountFailure, DoorId, DoorSense, TagId, UnlockResult};
use crate::protocol::{Fault, FaultCode};
use crate::settings::BookcaseSettings;
use doorstep_drivers::device::DeviceError;

/// Most senses of doors that wait for whoever takes them; the one who asks the doors waits then.
pub const MOST_SENSES: usize = 64;

/// Time to write the family of a tag and to read it again.
const SECURITY_LIMIT: Duration = Duration::from_secs(10);

/// What became of switching the security of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecurityResult {
    /// It was written, and read again.
    Done,
    /// Nothing reached the reader; the tag is as it was.
    NotSent,
    /// The tag does not answer there: it is away.
    TagAway,
    /// The tag did not take it; it is as it was.
    Refused,
    /// It was written or not.
    Unknown,
}

/// Which parts of the case work at the moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseHealth {
    /// The locks answer.
    pub locks: bool,
    /// Doors whose reader works.
    pub countable: BTreeSet<DoorId>,
}

/// What the contacts of the doors say: each door once when it is first heard of, then every change, and again after each
/// unlock command.
pub type Senses = mpsc::Receiver<(DoorId, DoorSense)>;

/// The reader behind a door.
#[derive(Clone, Debug)]
struct Place {
    reader: Supervisor<dyn RfidReader>,
    antenna: u8,
    known: Known,
}

/// The bookcase; cheap to clone.
#[derive(Clone, Debug)]
pub struct Bookcase {
    doors: Supervisor<dyn DoorController>,
    places: Arc<BTreeMap<DoorId, Place>>,
    again: mpsc::Sender<Again>,
    health: watch::Receiver<CaseHealth>,
    unlock_limit: Duration,
    count_limit: Duration,
}

/// The rules of the domain, as the settings have them.
#[must_use]
pub fn policy(settings: &BookcaseSettings) -> BookcasePolicy {
    BookcasePolicy {
        equal_passes: settings.equal_passes,
        most_passes: settings.most_passes,
        confirm: settings.confirm,
        first_reminder: settings.reminder,
        next_reminder: settings.next_reminder,
        longest_open: settings.longest_open,
        unlock_limit: settings.unlock_limit,
        stuck_watch: settings.stuck_watch,
        count_limit: settings.count_limit,
        check_after: settings.check_after,
        return_doors: settings.return_doors.iter().copied().map(DoorId).collect(),
        owners: settings.owners.clone(),
        checkin_shelved: settings.checkin_shelved,
        ..BookcasePolicy::default()
    }
}

impl Bookcase {
    /// Starts to attend to the case that `settings` describe; nothing when its locks are not among `devices`. A reader
    /// that is not there leaves its doors uncountable.
    ///
    /// Must be called inside a Tokio runtime.
    #[must_use]
    pub fn start(devices: &Devices, settings: &BookcaseSettings) -> Option<(Self, Senses)> {
        let Some(Supervised::Doors(doors)) = devices.named(&settings.doors) else { return None };
        let mut places = BTreeMap::new();
        for (door, antenna) in (1..).map(DoorId).zip(&settings.antennas) {
            if let Some(Supervised::Tags(reader)) = devices.named(&antenna.reader) {
                let place = Place { reader: reader.clone(), antenna: antenna.number, known: Known::default() };
                places.insert(door, place);
            }
        }
        let (tell, senses) = mpsc::channel(MOST_SENSES);
        let (again, asked) = mpsc::channel(MOST_SENSES);
        let events = devices.taps().doors.open(&settings.doors);
        tokio::spawn(DoorTask::new(doors.clone(), events, asked, tell, settings.antennas.len()).run());
        let (publish, health) = watch::channel(CaseHealth::default());
        let publish = Arc::new(publish);
        tokio::spawn(follow(doors.health(), Arc::clone(&publish), |health, works| health.locks = works));
        for (door, place) in &places {
            let door = *door;
            tokio::spawn(follow(place.reader.health(), Arc::clone(&publish), move |health, works| {
                if works {
                    health.countable.insert(door)
                } else {
                    health.countable.remove(&door)
                };
            }));
        }
        let case = Self {
            doors: doors.clone(),
            places: Arc::new(places),
            again,
            health,
            unlock_limit: settings.unlock_limit,
            count_limit: settings.count_limit,
        };
        Some((case, senses))
    }

    /// Unlocks a door, once, and tells what became of it within the settings' `unlock_timeout_s` and half a second. What
    /// the contact says comes out of [`Senses`] again afterwards. Dropping the future calls the command back, and then
    /// nobody knows what became of it.
    pub async fn unlock(&self, door: DoorId) -> UnlockResult {
        let Some(number) = DoorNumber::new(door.0) else { return UnlockResult::NotSent };
        let outcome = self.doors.command(self.unlock_limit, move |doors, limit| doors.unlock(number, limit)).await;
        let result = match outcome {
            Ok(UnlockOutcome::Opened) => UnlockResult::Opened,
            Ok(UnlockOutcome::StillClosed) => UnlockResult::StillClosed,
            Ok(UnlockOutcome::Silent) => UnlockResult::Silent,
            Ok(UnlockOutcome::Unknown(error)) => {
                warn_of(door, &error, "what became of unlocking is not known");
                UnlockResult::Unknown
            }
            // A driver that fails within may have sent something.
            Err(CommandError::Lost | CommandError::Device(DeviceError::Driver)) => UnlockResult::Unknown,
            Err(CommandError::Device(error)) => {
                warn_of(door, &error, "nothing was sent");
                UnlockResult::NotSent
            }
            Err(CommandError::NotBegun(fault)) => {
                tracing::warn!(door = door.0, code = %fault.code, chain = %fault.chain, "nothing was sent");
                UnlockResult::NotSent
            }
        };
        // The contacts are asked again now and then anyway.
        let _ = self.again.try_send(Again(door));
        result
    }

    /// Counts what lies behind a door with `passes` passes (at most 32), within the settings' `count_timeout_s` and half
    /// a second. Dropping the future breaks it off, which changes nothing.
    ///
    /// # Errors
    /// Why the door could not be counted.
    pub async fn count(&self, door: DoorId, passes: u8) -> Result<Count, CountFailure> {
        let place = self.places.get(&door).ok_or(CountFailure::NoAntenna)?;
        let (antenna, known) = (place.antenna, place.known.clone());
        let counted = place
            .reader
            .command(self.count_limit, move |reader, limit| count::count(reader, antenna, passes, &known, limit));
        let failed = match counted.await {
            Ok(Ok(count)) => return Ok(count),
            Ok(Err(failure)) => failure,
            Err(CommandError::Device(error)) => {
                warn_of(door, &error, "the door could not be counted");
                count::failure(&error)
            }
            Err(CommandError::NotBegun(_) | CommandError::Lost) => CountFailure::Silent,
        };
        if failed == CountFailure::NoAntenna {
            let code = FaultCode::BookcaseAntenna;
            tracing::warn!(door = door.0, code = code.code(), help = code.help(), "the reader has no such antenna");
        }
        Err(failed)
    }

    /// Switches the security of a tag that lies behind `door`: on for a book on the shelf, off for a lent one. A tag
    /// that was taken out cannot be reached any more.
    pub async fn set_security(&self, door: DoorId, tag: TagId, on: bool) -> SecurityResult {
        let Some(place) = self.places.get(&door) else { return SecurityResult::NotSent };
        let (antenna, uid) = (place.antenna, Uid(u64::from_be_bytes(tag.0)));
        let afi = if on { Afi::ON_SHELF } else { Afi::LENT };
        let written = place.reader.command(SECURITY_LIMIT, move |reader, limit| {
            reader.select_antenna(antenna, limit)?;
            reader.set_afi(uid, afi, limit)
        });
        match written.await {
            Ok(()) => SecurityResult::Done,
            Err(CommandError::NotBegun(_)) => SecurityResult::NotSent,
            Err(CommandError::Lost) => SecurityResult::Unknown,
            Err(CommandError::Device(error)) => {
                warn_of(door, &error, "the security of a tag was not switched");
                security_failure(&error)
            }
        }
    }

    /// Which parts work, and every change of it.
    #[must_use]
    pub fn health(&self) -> watch::Receiver<CaseHealth> {
        self.health.clone()
    }
}

fn security_failure(error: &DeviceError) -> SecurityResult {
    let DeviceError::Refused(source) = error else { return SecurityResult::Unknown };
    match source.downcast_ref::<RfidError>() {
        Some(RfidError::TagSilent) => SecurityResult::TagAway,
        Some(RfidError::NoAntenna(_)) => SecurityResult::NotSent,
        Some(RfidError::AfiNotWritten | RfidError::Tag(_)) => SecurityResult::Refused,
        _ => SecurityResult::Unknown,
    }
}

fn warn_of(door: DoorId, error: &DeviceError, what: &'static str) {
    let fault = Fault::from_error(error_code(error), error);
    tracing::warn!(door = door.0, code = %fault.code, chain = %fault.chain, "{what}");
}

/// Enters whether a device works with `set`, until it or the one who looks is gone.
async fn follow(
    mut health: watch::Receiver<Health>,
    publish: Arc<watch::Sender<CaseHealth>>,
    set: impl Fn(&mut CaseHealth, bool),
) {
    loop {
        let works = health.borrow_and_update().status.is_usable();
        publish.send_if_modified(|case| {
            let before = case.clone();
            set(case, works);
            *case != before
        });
        tokio::select! {
            changed = health.changed() => {
                if changed.is_err() {
                    return;
                }
            }
            () = publish.closed() => return,
        }
    }
}
