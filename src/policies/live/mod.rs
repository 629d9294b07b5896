// SPDX-License-Identifier: GPL-3.0-only
//! Policies going live on a terminal: from a source, a push, or the disk, and never anything that is not good.
//!
//! A bundle goes live when it is whole, signed by as many approvers as the settings ask for, of the pack of the
//! settings, of a higher sequence number than the one that is live, not made in the future, and holds a pack that can
//! be used. Whatever else comes is refused with a reason ([`Refusal`]), and the last good one stays. First it is on the
//! disk, then it is live; a power cut at any instant leaves the one or the other (`folder`).

mod folder;
mod judge;
mod keeper;
mod refusal;
mod source;
mod state;
mod task;
#[cfg(test)]
mod tests;

pub use folder::Slot;
pub use judge::{CLOCK_TOLERANCE, Open};
pub use keeper::Accepted;
pub use refusal::{ContentError, FolderError, Refusal, SourceFault, StoredFault};
pub use source::{AddressLimits, AddressSetupError};
pub use state::{LivePack, NoPolicies, PolicyState, Waiting};

use std::path::Path;
use std::sync::Arc;

use thiserror::Error;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::domain::policy::engine::Program;
use crate::domain::time::WallTime;
use crate::policies::bundle::{Approver, KeyError, Manifest, PublicKey, Rules};
use crate::policies::fault::{Report, Severity};
use crate::policies::source::PackSource;
use crate::settings::PolicySettings;
use folder::{Disk, Folder, Shelf};
use judge::{Judge, Judged, Standings};
use keeper::Keeper;
use source::Source;
use task::{Command, Task};

/// Name of the folder of bundles in the terminal's data directory.
const FOLDER: &str = "policy";
/// Bundles that are offered and questions that wait for the task; a further one waits in the caller.
const MOST_COMMANDS: usize = 4;

/// So many characters of a fault of a pack go to the log.
const MOST_FAULT_CHARS: usize = 400;

/// What tells the time of day.
pub type WallClock = Arc<dyn Fn() -> WallTime + Send + Sync>;

/// Settings with which nothing can go live.
#[derive(Debug, Error)]
pub enum LiveSetupError {
    /// A key of an approver is none. The check of the settings finds it earlier.
    #[error("the key of the approver {name} is none")]
    Approver {
        /// Who.
        name: String,
        /// Why.
        #[source]
        source: KeyError,
    },
    /// The address cannot be asked.
    #[error("the source of policies cannot be set up")]
    Address(#[source] AddressSetupError),
}

/// The task has ended.
#[derive(Debug, Error)]
#[error("policies are not looked after any more")]
pub struct Ended;

/// Why an offered bundle is not live.
#[derive(Debug, Error)]
pub enum OfferError {
    /// It is not good.
    #[error("the bundle is refused")]
    Refused(#[source] Refusal),
    /// Nobody is there to take it.
    #[error(transparent)]
    Ended(Ended),
}

/// Whose bundles these settings take.
///
/// # Errors
/// A public key is none.
pub fn rules(settings: &PolicySettings) -> Result<Rules, LiveSetupError> {
    let approver = |named: &crate::settings::PolicyApprover| {
        let key = PublicKey::parse(&named.public_key);
        let key = key.map_err(|source| LiveSetupError::Approver { name: named.name.clone(), source })?;
        Ok(Approver { name: named.name.clone(), key })
    };
    let approvers = settings.approvers.iter().map(approver).collect::<Result<_, LiveSetupError>>()?;
    Ok(Rules { pack: settings.pack.clone(), approvers, approvals: settings.approvals })
}

/// The pack that a bundle carries, read and compiled: what a terminal decides with.
///
/// # Errors
/// The content is no pack, has faults, has another key than the manifest, or cannot be compiled.
pub fn open_program(manifest: &Manifest, content: &[u8]) -> Result<Program, ContentError> {
    let source = PackSource::from_bytes(content).map_err(ContentError::Source)?;
    let reading = crate::policies::read(&source).map_err(|report| ContentError::Faults(first_fault(&report)))?;
    if reading.pack.key != manifest.pack {
        return Err(ContentError::OtherKey { found: reading.pack.key });
    }
    Program::compile(Arc::new(reading.pack)).map_err(|error| ContentError::Compile(Box::new(error)))
}

/// What is wrong with a pack, in one line.
fn first_fault(report: &Report) -> String {
    let first = report.faults.iter().find(|fault| fault.severity == Severity::Error);
    let text = first.map_or_else(|| report.to_string(), |fault| format!("{report}; the first: {fault}"));
    text.chars().take(MOST_FAULT_CHARS).collect()
}

/// What a terminal with these rules and no policies yet would do with a bundle.
///
/// # Errors
/// It would be refused.
pub fn try_out(rules: Rules, bytes: &[u8], now: WallTime) -> Result<Accepted, Refusal> {
    let judge = Judge { rules, open: Arc::new(open_program) };
    Ok(match judge.arrived(bytes, now, Standings::default())? {
        Judged::Same => Accepted::Same,
        Judged::Now(_) => Accepted::Live,
        Judged::Later(_) => Accepted::Waits,
    })
}

/// Policies that are looked after by a task of their own, which ends with this.
pub struct PolicySupply<P> {
    commands: mpsc::Sender<Command>,
    state: watch::Receiver<PolicyState<P>>,
    task: JoinHandle<()>,
}

impl<P> std::fmt::Debug for PolicySupply<P> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PolicySupply")
    }
}

impl<P> Drop for PolicySupply<P> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl<P: Send + Sync + 'static> PolicySupply<P> {
    /// Looks at the folder in `data_directory`, then at the source again and again. `open` makes of a pack what the
    /// terminal decides with; it runs on a thread that may block.
    ///
    /// # Errors
    /// The settings hold no key where one must be, or an address that cannot be asked.
    pub fn start(
        settings: &PolicySettings,
        data_directory: &Path,
        clock: WallClock,
        open: Arc<Open<P>>,
    ) -> Result<Self, LiveSetupError> {
        let source = Source::new(settings, AddressLimits::default()).map_err(LiveSetupError::Address)?;
        let folder = Arc::new(Disk(data_directory.join(FOLDER)));
        Ok(Self::begin(settings, folder, source, clock, open, rules(settings)?))
    }

    fn begin(
        settings: &PolicySettings,
        folder: Arc<dyn Folder>,
        source: Source,
        clock: WallClock,
        open: Arc<Open<P>>,
        rules: Rules,
    ) -> Self {
        let (commands, orders) = mpsc::channel(MOST_COMMANDS);
        let (publish, state) = watch::channel(PolicyState::default());
        let keeper = Keeper::new(Judge { rules, open }, Shelf::new(folder));
        let task = Task::new(keeper, source, settings.poll, clock, publish);
        let task = tokio::spawn(task.run(orders));
        Self { commands, state, task }
    }

    /// What is live: now, and whenever it changes.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<PolicyState<P>> {
        self.state.clone()
    }

    /// Offers a bundle, as the hub does.
    ///
    /// # Errors
    /// It is refused, or the task has ended.
    pub async fn offer(&self, bytes: Vec<u8>) -> Result<Accepted, OfferError> {
        let (answer, answered) = oneshot::channel();
        self.order(Command::Offer { bytes, answer }).await.map_err(OfferError::Ended)?;
        answered.await.map_err(|_| OfferError::Ended(Ended))?.map_err(OfferError::Refused)
    }

    /// Asks the source at once, and waits until what it told has become what it becomes.
    ///
    /// # Errors
    /// The task has ended.
    pub async fn check_now(&self) -> Result<(), Ended> {
        let (answer, answered) = oneshot::channel();
        self.order(Command::Check { answer }).await?;
        answered.await.map_err(|_| Ended)
    }

    async fn order(&self, command: Command) -> Result<(), Ended> {
        self.commands.send(command).await.map_err(|_| Ended)
    }
}
