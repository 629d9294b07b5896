// SPDX-License-Identifier: GPL-3.0-only
//! Counting what lies before one antenna.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use doorstep_drivers::device::{CommandLimit, DeviceError};
use doorstep_drivers::rfid::{Inventory, MOST_PASSES, RfidError, RfidReader, Uid};

use super::tags;
use crate::domain::library::bookcase::{Count, CountFailure, Pass, Sighting, TagId, TagKind};

/// So many passes in a row may fail before the count is broken off.
const MOST_FAILURES: usize = 2;

/// What is on the tags that the last count behind a door heard. Only what could be read is in it: a tag that was taken
/// out and comes back is read anew, because somebody may have written it meanwhile.
#[derive(Clone, Default)]
pub(super) struct Known(Arc<Mutex<BTreeMap<Uid, TagKind>>>);

impl Known {
    fn get(&self) -> BTreeMap<Uid, TagKind> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn replace(&self, known: BTreeMap<Uid, TagKind>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = known;
    }
}

impl std::fmt::Debug for Known {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Known(…)")
    }
}

/// Makes `passes` passes with `antenna` and reads the tags that are not known yet.
///
/// # Errors
/// The reader is lost, or the count was called back. Every other failure is a [`CountFailure`].
pub(super) fn count(
    reader: &mut dyn RfidReader,
    antenna: u8,
    passes: u8,
    known: &Known,
    limit: &CommandLimit,
) -> Result<Result<Count, CountFailure>, DeviceError> {
    match carry_out(reader, antenna, passes, known, limit) {
        Ok(count) => Ok(Ok(count)),
        Err(error) if error.is_lost() || matches!(error, DeviceError::Cancelled) => Err(error),
        Err(error) => Ok(Err(failure(&error))),
    }
}

/// What an error of a reader means for a count.
pub(super) fn failure(error: &DeviceError) -> CountFailure {
    match error {
        DeviceError::Refused(source) => match source.downcast_ref::<RfidError>() {
            Some(RfidError::NoAntenna(_)) => CountFailure::NoAntenna,
            _ => CountFailure::Faulty,
        },
        DeviceError::Protocol(_) | DeviceError::Unsupported { .. } | DeviceError::Driver => CountFailure::Faulty,
        DeviceError::NoAnswer
        | DeviceError::Cancelled
        | DeviceError::Pipe(_)
        | DeviceError::Send(_)
        | DeviceError::Service { .. } => CountFailure::Silent,
    }
}

fn carry_out(
    reader: &mut dyn RfidReader,
    antenna: u8,
    passes: u8,
    known: &Known,
    limit: &CommandLimit,
) -> Result<Count, DeviceError> {
    reader.select_antenna(antenna, limit)?;
    let heard = make_passes(reader, passes, limit)?;
    let mut kinds = BTreeMap::new();
    let before = known.get();
    let uids = heard.iter().flatten().flat_map(|pass| &pass.sightings).map(|sighting| sighting.uid);
    for uid in uids {
        if kinds.contains_key(&uid) {
            continue;
        }
        let kind = match before.get(&uid) {
            Some(kind) => kind.clone(),
            None => read(reader, uid, limit)?,
        };
        kinds.insert(uid, kind);
    }
    let passes = heard.into_iter().map(|pass| pass.map_or(Pass::Failed, |pass| of_inventory(&pass, &kinds))).collect();
    // What could not be read is tried again by the next count.
    kinds.retain(|_, kind| *kind != TagKind::Unreadable);
    known.replace(kinds);
    Ok(Count { passes })
}

/// Each pass as it was; nothing for one that was broken off.
fn make_passes(
    reader: &mut dyn RfidReader,
    passes: u8,
    limit: &CommandLimit,
) -> Result<Vec<Option<Inventory>>, DeviceError> {
    let (mut heard, mut failures) = (Vec::new(), 0);
    for _ in 0..passes.min(MOST_PASSES) {
        match reader.inventory(None, limit) {
            Ok(pass) => {
                heard.push(Some(pass));
                failures = 0;
            }
            Err(error) if error.is_lost() || matches!(error, DeviceError::Cancelled) => return Err(error),
            Err(error) => {
                heard.push(None);
                failures += 1;
                let is_nothing = heard.iter().all(Option::is_none);
                if failures >= MOST_FAILURES || limit.has_passed() {
                    if is_nothing {
                        return Err(error);
                    }
                    break;
                }
            }
        }
    }
    Ok(heard)
}

/// What is on a tag, tried twice: other tags may disturb it.
fn read(reader: &mut dyn RfidReader, uid: Uid, limit: &CommandLimit) -> Result<TagKind, DeviceError> {
    for _ in 0..2 {
        // What was not read for want of time is not unreadable.
        limit.check()?;
        match reader.read_tag(uid, limit) {
            Ok(reading) => return Ok(tags::kind(&reading.content)),
            Err(DeviceError::Refused(_) | DeviceError::Protocol(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(TagKind::Unreadable)
}

fn of_inventory(pass: &Inventory, kinds: &BTreeMap<Uid, TagKind>) -> Pass {
    let sighting = |uid: Uid| Sighting {
        tag: TagId(uid.0.to_be_bytes()),
        kind: kinds.get(&uid).cloned().unwrap_or(TagKind::Unreadable),
    };
    let sightings = pass.sightings.iter().map(|heard| sighting(heard.uid)).collect();
    Pass::Heard { sightings, unresolved: pass.unresolved }
}
