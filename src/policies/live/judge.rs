// SPDX-License-Identifier: GPL-3.0-only
//! Whether a bundle may go live: everything that is asked of it, in one order. Blocks: for threads that may.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::refusal::{ContentError, Refusal};
use crate::domain::time::WallTime;
use crate::policies::bundle::{Bundle, Identity, Manifest, Rules};

/// By how much the clocks of an office and a terminal may differ.
pub const CLOCK_TOLERANCE: Duration = Duration::from_secs(600);

/// Makes of the content of a bundle what the terminal decides with; must check that the pack inside has the key that
/// the manifest says.
pub type Open<P> = dyn Fn(&Manifest, &[u8]) -> Result<P, ContentError> + Send + Sync;

/// A bundle's number and what makes it the same as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) sequence: u64,
    pub(super) identity: Identity,
}

impl Standing {
    pub(super) fn of(bundle: &Bundle<'_>) -> Self {
        Self { sequence: bundle.manifest().sequence, identity: bundle.identity() }
    }
}

/// What is there already.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Standings {
    pub(super) live: Option<Standing>,
    pub(super) waiting: Option<Standing>,
}

/// What a new bundle is.
#[derive(Debug)]
pub(super) enum Judged<P> {
    /// The one that is live or waits already.
    Same,
    /// Good, and to be in effect at once.
    Now(Good<P>),
    /// Good, and to be in effect later.
    Later(Good<P>),
}

/// A bundle that was found to be good.
#[derive(Debug)]
pub(super) struct Good<P> {
    pub(super) manifest: Manifest,
    pub(super) standing: Standing,
    pub(super) signers: Vec<String>,
    pub(super) pack: P,
}

/// Who judges.
pub(super) struct Judge<P> {
    pub(super) rules: Rules,
    pub(super) open: Arc<Open<P>>,
}

impl<P> Judge<P> {
    /// A bundle that came from outside.
    pub(super) fn arrived(&self, bytes: &[u8], now: WallTime, there: Standings) -> Result<Judged<P>, Refusal> {
        let bundle = Bundle::decode(bytes).map_err(Refusal::Decode)?;
        // Nothing else is believed before this.
        let signers = self.approved(&bundle)?;
        let manifest = bundle.manifest();
        let standing = Standing::of(&bundle);
        let is_same = |other: Option<Standing>| other.is_some_and(|other| other.identity == standing.identity);
        if is_same(there.live) || is_same(there.waiting) {
            return Ok(Judged::Same);
        }
        let found = manifest.sequence;
        let is_later = manifest.effective.is_some_and(|effective| effective > now);
        if let Some(live) = there.live.filter(|live| found <= live.sequence) {
            return Err(Refusal::Downgrade { found, standing: live.sequence, state: "live" });
        }
        // What is to be in effect at once may come before the one that waits.
        if let Some(waiting) = there.waiting.filter(|waiting| is_later && found <= waiting.sequence) {
            return Err(Refusal::Downgrade { found, standing: waiting.sequence, state: "waiting" });
        }
        let tolerance = i64::try_from(CLOCK_TOLERANCE.as_secs()).unwrap_or(0);
        if manifest.made.0 > now.0.saturating_add(tolerance) {
            return Err(Refusal::MadeInFuture { made: manifest.made });
        }
        let pack = self.open(&bundle)?;
        let good = Good { manifest: manifest.clone(), standing, signers, pack };
        Ok(if is_later { Judged::Later(good) } else { Judged::Now(good) })
    }

    /// A bundle that this terminal keeps: it was judged when it came, so neither its number nor its age is asked for.
    /// (A terminal without a battery for its clock starts in the past.) Its content is not opened.
    pub(super) fn kept<'b>(&self, bytes: &'b [u8]) -> Result<Bundle<'b>, Refusal> {
        let bundle = Bundle::decode(bytes).map_err(Refusal::Decode)?;
        self.approved(&bundle)?;
        Ok(bundle)
    }

    /// The whole of a bundle that was [`kept`](Self::kept).
    pub(super) fn opened(&self, bundle: &Bundle<'_>) -> Result<Good<P>, Refusal> {
        let signers = self.approved(bundle)?;
        let pack = self.open(bundle)?;
        Ok(Good { manifest: bundle.manifest().clone(), standing: Standing::of(bundle), signers, pack })
    }

    fn approved(&self, bundle: &Bundle<'_>) -> Result<Vec<String>, Refusal> {
        let signers = self.rules.signers(bundle).map_err(Refusal::Signature)?;
        let found = &bundle.manifest().pack;
        if *found != self.rules.pack {
            return Err(Refusal::OtherPack { found: found.clone(), expected: self.rules.pack.clone() });
        }
        Ok(signers.into_iter().map(|approver| approver.name.clone()).collect())
    }

    fn open(&self, bundle: &Bundle<'_>) -> Result<P, Refusal> {
        // Signed by two people, and still it must not be able to end the program.
        let opened = catch_unwind(AssertUnwindSafe(|| (self.open)(bundle.manifest(), bundle.content())));
        opened.unwrap_or(Err(ContentError::Failed)).map_err(Refusal::Content)
    }
}
