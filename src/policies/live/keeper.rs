// SPDX-License-Identifier: GPL-3.0-only
//! What is live and what waits, on the disk and in memory: first there, then here.

use std::sync::Arc;

use super::folder::{Shelf, Slot};
use super::judge::{Good, Judge, Judged, Standing, Standings};
use super::refusal::{ContentError, FolderError, Refusal, StoredFault};
use super::state::{LivePack, Waiting};
use crate::domain::time::WallTime;
use crate::policies::bundle::Bundle;

/// What became of a bundle that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// It is live or waits already.
    Same,
    /// It is live now.
    Live,
    /// It waits for the time from which it is to be in effect.
    Waits,
}

/// The live pack and where it lies.
struct Kept<P> {
    live: Arc<LivePack<P>>,
    standing: Standing,
    /// Whether it lies in the current place. Otherwise what lies there is bad or nothing, and must not push out the
    /// previous one, which this is.
    in_current: bool,
}

/// The one who changes the folder. Blocks: for threads that may.
pub(super) struct Keeper<P> {
    judge: Judge<P>,
    shelf: Shelf,
    kept: Option<Kept<P>>,
    waiting: Option<(Waiting, Standing)>,
}

impl<P> Keeper<P> {
    pub(super) fn new(judge: Judge<P>, shelf: Shelf) -> Self {
        Self { judge, shelf, kept: None, waiting: None }
    }

    pub(super) fn live(&self) -> Option<&Arc<LivePack<P>>> {
        self.kept.as_ref().map(|kept| &kept.live)
    }

    pub(super) fn waiting(&self) -> Option<Waiting> {
        self.waiting.map(|(waiting, _)| waiting)
    }

    fn standings(&self) -> Standings {
        Standings {
            live: self.kept.as_ref().map(|kept| kept.standing),
            waiting: self.waiting.map(|(_, standing)| standing),
        }
    }

    /// Takes the newest good bundle of the folder that is in effect. Answers with what was wrong in it.
    pub(super) fn start(&mut self, now: WallTime) -> Vec<StoredFault> {
        let mut faults = Vec::new();
        if let Err(error) = self.shelf.open() {
            faults.push(StoredFault::Folder(error));
        }
        let mut read = |slot| {
            self.shelf.read(slot).unwrap_or_else(|error| {
                faults.push(StoredFault::Folder(error));
                None
            })
        };
        let stored = [Slot::Next, Slot::Current, Slot::Previous].map(|slot| (slot, read(slot)));
        let mut bundles = Vec::new();
        for (slot, bytes) in &stored {
            match bytes.as_deref().map(|bytes| self.judge.kept(bytes)) {
                None => (),
                Some(Ok(bundle)) => bundles.push((*slot, bundle)),
                Some(Err(refusal)) => faults.push(not_good(*slot, refusal)),
            }
        }
        let is_early = |slot: Slot, bundle: &Bundle<'_>| {
            slot == Slot::Next && bundle.manifest().effective.is_some_and(|effective| effective > now)
        };
        let early = bundles.iter().position(|(slot, bundle)| is_early(*slot, bundle)).map(|at| bundles.remove(at).1);
        // The sort is stable: of the same bundle in two places the upper one is taken.
        bundles.sort_by_key(|(_, bundle)| std::cmp::Reverse(bundle.manifest().sequence));
        let mut current_is_good = false;
        let mut found = None;
        for (slot, bundle) in &bundles {
            current_is_good |= *slot == Slot::Current;
            if found.is_some() {
                continue;
            }
            match self.judge.opened(bundle) {
                Ok(good) => found = Some((*slot, good)),
                Err(refusal) => {
                    current_is_good &= *slot != Slot::Current;
                    faults.push(not_good(*slot, refusal));
                }
            }
        }
        if let Some((slot, good)) = found {
            let mut in_current = slot == Slot::Current;
            if slot == Slot::Next {
                match self.shelf.promote_next(current_is_good) {
                    Ok(()) => in_current = true,
                    Err(error) => faults.push(StoredFault::Folder(error)),
                }
            }
            self.keep(good, in_current);
        }
        if let Some(bundle) = early {
            self.await_time(&bundle, &mut faults);
        }
        faults
    }

    /// A bundle on the disk waits, unless what is live is newer.
    fn await_time(&mut self, bundle: &Bundle<'_>, faults: &mut Vec<StoredFault>) {
        let standing = Standing::of(bundle);
        if self.kept.as_ref().is_some_and(|kept| kept.standing.sequence >= standing.sequence) {
            self.drop_waiting().unwrap_or_else(|error| faults.push(StoredFault::Folder(error)));
            return;
        }
        if let Some(effective) = bundle.manifest().effective {
            self.waiting = Some((Waiting { sequence: standing.sequence, effective }, standing));
        }
    }

    /// Judges a bundle that came, and does with it what is to be done.
    pub(super) fn arrived(&mut self, bytes: &[u8], now: WallTime) -> Result<Accepted, Refusal> {
        match self.judge.arrived(bytes, now, self.standings())? {
            Judged::Same => Ok(Accepted::Same),
            Judged::Now(good) => {
                let keeps_current = self.kept.as_ref().is_some_and(|kept| kept.in_current);
                self.shelf.replace_current(bytes, keeps_current).map_err(Refusal::Keep)?;
                let sequence = good.standing.sequence;
                self.keep(good, true);
                if self.waiting.is_some_and(|(waiting, _)| waiting.sequence <= sequence) {
                    // If this fails it is passed over at the next start, being older than what is live.
                    let _ = self.drop_waiting();
                }
                Ok(Accepted::Live)
            }
            Judged::Later(good) => {
                self.shelf.replace_next(bytes).map_err(Refusal::Keep)?;
                let effective = good.manifest.effective.unwrap_or(now);
                self.waiting = Some((Waiting { sequence: good.standing.sequence, effective }, good.standing));
                Ok(Accepted::Waits)
            }
        }
    }

    /// The one that waits goes live if its time has come. What lies on the disk is judged again: it lay there for long.
    /// Answers with whether it did.
    pub(super) fn promote(&mut self, now: WallTime) -> Result<bool, StoredFault> {
        let is_due = self.waiting.is_some_and(|(waiting, _)| waiting.effective <= now);
        if !is_due {
            return Ok(false);
        }
        let bytes = self.shelf.read(Slot::Next).map_err(StoredFault::Folder)?.unwrap_or_default();
        let good = match self.judge.kept(&bytes).and_then(|bundle| self.judge.opened(&bundle)) {
            Ok(good) => good,
            Err(refusal) => {
                self.waiting = None;
                return Err(not_good(Slot::Next, refusal));
            }
        };
        let keeps_current = self.kept.as_ref().is_some_and(|kept| kept.in_current);
        self.shelf.promote_next(keeps_current).map_err(StoredFault::Folder)?;
        self.keep(good, true);
        self.waiting = None;
        Ok(true)
    }

    fn keep(&mut self, good: Good<P>, in_current: bool) {
        let Good { manifest, standing, signers, pack } = good;
        let live = LivePack {
            pack: Arc::new(pack),
            sequence: manifest.sequence,
            made: manifest.made,
            effective: manifest.effective,
            signers,
            checked: None,
        };
        self.kept = Some(Kept { live: Arc::new(live), standing, in_current });
    }

    fn drop_waiting(&mut self) -> Result<(), FolderError> {
        self.waiting = None;
        self.shelf.remove(Slot::Next)
    }

    /// Notes when the source was reached.
    pub(super) fn checked(&mut self, at: WallTime) {
        if let Some(kept) = &mut self.kept {
            kept.live = Arc::new(LivePack { checked: Some(at), ..LivePack::clone(&kept.live) });
        }
    }
}

fn not_good(slot: Slot, refusal: Refusal) -> StoredFault {
    StoredFault::NotGood { slot, refusal: Box::new(refusal) }
}

/// What a task that failed at a bundle says.
pub(super) fn failed() -> Refusal {
    Refusal::Content(ContentError::Failed)
}
