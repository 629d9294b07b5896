// SPDX-License-Identifier: GPL-3.0-only
//! The task that looks after policies: asks the source, takes what is offered, and keeps the time.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::WallClock;
use super::keeper::{Accepted, Keeper, failed};
use super::refusal::{FaultsWritten, FolderError, Refusal, SourceFault, StoredFault};
use super::source::{Found, Source};
use super::state::{NoPolicies, PolicyState};
use crate::domain::time::WallTime;
use crate::protocol::{Fault, FaultCode};

/// So often at most the time of a waiting bundle is compared with the clock, which may be set meanwhile.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// When the source was reached is told anew after so long, in seconds: whoever listens need not wake for each look.
const CHECKED_GRAIN_S: i64 = 60;

/// Refusals in a row that make the pause longer.
const MOST_REFUSALS: u32 = 2;

/// What the task is told.
#[derive(Debug)]
pub(super) enum Command {
    /// A bundle that was pushed.
    Offer { bytes: Vec<u8>, answer: oneshot::Sender<Result<Accepted, Refusal>> },
    /// The source is to be asked at once.
    Check { answer: oneshot::Sender<()> },
}

/// The source while it is asked: it comes back with its answer.
type Asking = JoinHandle<(Source, Result<Found, SourceFault>)>;

/// What the loop woke for.
enum Woken {
    Ordered(Command),
    Told(Box<(Source, Result<Found, SourceFault>)>),
    /// The task that asked failed, and the source with it.
    Lost,
    Due,
    End,
}

pub(super) struct Task<P> {
    /// Lent to a blocking thread while it works.
    keeper: Option<Keeper<P>>,
    /// Lent while it is asked.
    source: Option<Source>,
    asking: Option<Asking>,
    /// Who waits for the answer of the source.
    waiting: Vec<oneshot::Sender<()>>,
    /// Somebody wants the source to be asked once more when it has answered.
    once_more: Vec<oneshot::Sender<()>>,
    poll: Duration,
    ask_at: Instant,
    failures: u32,
    clock: WallClock,
    written: FaultsWritten,
    state: PolicyState<P>,
    publish: watch::Sender<PolicyState<P>>,
}

impl<P: Send + Sync + 'static> Task<P> {
    pub(super) fn new(
        keeper: Keeper<P>,
        source: Source,
        poll: Duration,
        clock: WallClock,
        publish: watch::Sender<PolicyState<P>>,
    ) -> Self {
        Self {
            keeper: Some(keeper),
            source: Some(source),
            asking: None,
            waiting: Vec::new(),
            once_more: Vec::new(),
            poll,
            ask_at: Instant::now(),
            failures: 0,
            clock,
            written: FaultsWritten::default(),
            state: PolicyState::default(),
            publish,
        }
    }

    pub(super) async fn run(mut self, mut orders: mpsc::Receiver<Command>) {
        self.start().await;
        self.ask_at = Instant::now();
        loop {
            match self.wake(&mut orders).await {
                Woken::Ordered(Command::Offer { bytes, answer }) => {
                    let result = self.take(bytes).await;
                    // Who offered may have gone.
                    let _ = answer.send(result);
                }
                Woken::Ordered(Command::Check { answer }) => self.check(answer),
                Woken::Told(told) => self.told(*told).await,
                Woken::Due => {
                    self.promote().await;
                    if Instant::now() >= self.ask_at {
                        self.ask();
                    }
                }
                Woken::Lost | Woken::End => return,
            }
        }
    }

    async fn wake(&mut self, orders: &mut mpsc::Receiver<Command>) -> Woken {
        let due = self.due();
        tokio::select! {
            biased;
            told = answer(&mut self.asking) => {
                self.asking = None;
                told.map_or(Woken::Lost, |told| Woken::Told(Box::new(told)))
            }
            order = orders.recv() => order.map_or(Woken::End, Woken::Ordered),
            () = tokio::time::sleep_until(due) => Woken::Due,
        }
    }

    /// When something is to be done by itself.
    fn due(&self) -> Instant {
        let now = Instant::now();
        let effective = self.state.waiting.map(|waiting| {
            let left = u64::try_from(waiting.effective.0.saturating_sub((self.clock)().0)).unwrap_or(0);
            // A second at least: what could not go live is not tried in a circle.
            now + Duration::from_secs(left).clamp(Duration::from_secs(1), LONGEST_WAIT)
        });
        let ask = if self.asking.is_none() { self.ask_at } else { now + LONGEST_WAIT };
        effective.map_or(ask, |effective| effective.min(ask))
    }

    async fn start(&mut self) {
        let now = (self.clock)();
        let faults = self.with_keeper(move |keeper| keeper.start(now)).await;
        let faults = faults.unwrap_or_else(|| vec![StoredFault::Folder(FolderError::Failed)]);
        for fault in &faults {
            self.stored(fault);
        }
        let Err(reason) = self.see(if faults.is_empty() { NoPolicies::NeverCame } else { NoPolicies::NoneGood }) else {
            return;
        };
        let chain = match reason {
            NoPolicies::NotYet => "the policies that came are not in effect yet",
            NoPolicies::NoneGood => "none of the policies on the disk can be used",
            NoPolicies::Starting | NoPolicies::NeverCame => "no policies ever came to this terminal",
        };
        self.written.report(&Fault { code: FaultCode::PolicyNone, chain: chain.to_owned() });
    }

    /// Takes over what the keeper has, and tells it. `none` is why there are no policies where there are none.
    fn see(&mut self, none: NoPolicies) -> Result<(), NoPolicies> {
        if let Some(keeper) = &self.keeper {
            self.state.waiting = keeper.waiting();
            let none = if self.state.waiting.is_some() { NoPolicies::NotYet } else { none };
            self.state.live = keeper.live().cloned().ok_or(none);
        }
        self.publish.send_replace(self.state.clone());
        self.state.live.as_ref().map(|_| ()).map_err(|none| *none)
    }

    /// The same, with the reason that there was.
    fn see_again(&mut self) {
        let none = self.state.live.as_ref().err().copied().unwrap_or(NoPolicies::NoneGood);
        let _ = self.see(none);
    }

    /// Lends the keeper to a thread that may block. Nothing where the program failed there; the keeper is gone then,
    /// and what is live stays as it is until the next start.
    async fn with_keeper<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Keeper<P>) -> T + Send + 'static,
    ) -> Option<T> {
        let mut keeper = self.keeper.take()?;
        let worked = tokio::task::spawn_blocking(move || {
            let result = work(&mut keeper);
            (keeper, result)
        });
        let (keeper, result) = worked.await.ok()?;
        self.keeper = Some(keeper);
        Some(result)
    }

    /// Judges a bundle and tells what became of it.
    async fn take(&mut self, bytes: Vec<u8>) -> Result<Accepted, Refusal> {
        let now = (self.clock)();
        let taken = self.with_keeper(move |keeper| keeper.arrived(&bytes, now)).await;
        let result = taken.unwrap_or_else(|| Err(failed()));
        match &result {
            Ok(Accepted::Same) => self.state.refused = None,
            Ok(accepted) => {
                self.state.refused = None;
                self.state.stored = None;
                self.written.all_over();
                self.see_again();
                self.tell(*accepted);
                return result;
            }
            Err(refusal) => {
                let fault = Fault::from_error(refusal.fault_code(), refusal);
                self.written.report(&fault);
                self.state.refused = Some(fault);
            }
        }
        self.see_again();
        result
    }

    fn tell(&self, accepted: Accepted) {
        match (accepted, &self.state.live, self.state.waiting) {
            (Accepted::Live, Ok(live), _) => {
                tracing::info!(sequence = live.sequence, signers = ?live.signers, "policies are live");
            }
            (Accepted::Waits, _, Some(waiting)) => {
                tracing::info!(
                    sequence = waiting.sequence,
                    effective = waiting.effective.0,
                    "policies wait for their time"
                );
            }
            _ => (),
        }
    }

    /// Lets the one that waits go live if its time has come.
    async fn promote(&mut self) {
        let now = (self.clock)();
        let is_due = self.state.waiting.is_some_and(|waiting| waiting.effective <= now);
        if !is_due {
            return;
        }
        match self.with_keeper(move |keeper| keeper.promote(now)).await {
            Some(Ok(true)) => {
                self.see_again();
                self.tell(Accepted::Live);
            }
            Some(Ok(false)) => (),
            Some(Err(fault)) => {
                self.stored(&fault);
                // It is fetched again, if its source still has it.
                if let Some(source) = &mut self.source {
                    source.forget();
                }
                self.see_again();
            }
            None => self.state.waiting = None,
        }
    }

    fn stored(&mut self, fault: &StoredFault) {
        let fault = Fault::from_error(fault.fault_code(), fault);
        self.written.report(&fault);
        self.state.stored = Some(fault);
    }

    fn check(&mut self, answer: oneshot::Sender<()>) {
        if self.asking.is_some() {
            // The answer that is under way may be older than the wish.
            self.once_more.push(answer);
            return;
        }
        self.waiting.push(answer);
        self.ask();
    }

    /// Asks the source, beside the loop: a slow one holds up neither an offer nor a time.
    fn ask(&mut self) {
        let Some(mut source) = self.source.take() else { return };
        self.asking = Some(tokio::spawn(async move {
            let found = source.ask().await;
            (source, found)
        }));
    }

    async fn told(&mut self, (mut source, found): (Source, Result<Found, SourceFault>)) {
        match found {
            Ok(found) => {
                self.state.unreachable = None;
                self.written.over(FaultCode::PolicyUnreachable);
                let mut refused = false;
                if let Found::New(bytes) = found {
                    let result = self.take(bytes).await;
                    let again = result.as_ref().err().map(Refusal::again);
                    refused = again.is_some();
                    source.settle(again);
                }
                // What is refused may be fetched whole each time, and still it must not be long until it is mended.
                self.failures = if refused { self.failures.saturating_add(1).min(MOST_REFUSALS) } else { 0 };
                self.checked((self.clock)());
            }
            Err(fault) => {
                self.failures = self.failures.saturating_add(1);
                let fault = Fault::from_error(FaultCode::PolicyUnreachable, &fault);
                self.written.report(&fault);
                if self.state.unreachable.as_ref() != Some(&fault) {
                    self.state.unreachable = Some(fault);
                    self.see_again();
                }
            }
        }
        self.ask_at = Instant::now() + source.pause(self.poll, self.failures);
        self.source = Some(source);
        for answer in self.waiting.drain(..) {
            // Who asked may have gone.
            let _ = answer.send(());
        }
        if !self.once_more.is_empty() {
            self.waiting.append(&mut self.once_more);
            self.ask();
        }
    }

    /// Notes that the source was reached.
    fn checked(&mut self, now: WallTime) {
        let told = self.state.live.as_ref().ok().and_then(|live| live.checked);
        let was_unreachable = self.publish.borrow().unreachable.is_some();
        let is_news = told.is_none_or(|told| (now.0 - told.0).abs() >= CHECKED_GRAIN_S);
        if is_news && let Some(keeper) = &mut self.keeper {
            keeper.checked(now);
        }
        if was_unreachable || (is_news && self.state.live.is_ok()) {
            self.see_again();
        }
    }
}

/// The answer of the source, if it is being asked; else never.
async fn answer(asking: &mut Option<Asking>) -> Option<(Source, Result<Found, SourceFault>)> {
    match asking {
        Some(handle) => handle.await.ok(),
        None => std::future::pending().await,
    }
}
