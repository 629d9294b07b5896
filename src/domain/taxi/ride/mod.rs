// SPDX-License-Identifier: GPL-3.0-only
//! One rider's way to a taxi: a series of hails, never two alive at once, each found again after any
//! failure.
//!
//! The ride asks one thing of the centre at a time ([`RideCall`]) and takes the answer back through
//! [`Ride::answer`]; answers to anything else are ignored. What touches the outside is journaled first:
//! the record travels with the call in [`RideEffect::Act`].

mod answers;
mod resolve;
mod view;

#[cfg(test)]
mod model;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use view::{Car, RideStage, RideView};

use super::policy::RidePolicy;
use super::record::{RideOutcome, RidePhase, RideRecord};
use super::{
    CallFailure, CustomerId, Hail, HailId, HailRequest, HailSessionId, HailStatus, HailSummary, TaxiId, TaxiOffer,
};
use crate::domain::time::Moment;
use crate::protocol::Secret;

/// Taxis that were gone when asked, before the search is given up.
const MAX_REFUSED_TAXIS: u32 = 12;
/// Added to the centre's own limit of a state before the terminal believes that the centre has stuck.
const STUCK_MARGIN: Duration = Duration::from_secs(15);
/// No hail can live longer at the centre (delivery, two hours on board); then the journal is closed.
const LONGEST_RIDE: Duration = Duration::from_secs(3 * 60 * 60);
/// The centre waits so long for the rider's confirmation.
const CENTRE_CONFIRM_LIMIT: Duration = Duration::from_secs(30);
/// Kept free of that for the way of the confirmation itself.
const CONFIRM_MARGIN: Duration = Duration::from_secs(6);
/// However late the news of the acceptance came, the rider has this long to say no.
const SHORTEST_CHANCE: Duration = Duration::from_secs(3);

/// A call in flight; answers carry it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(pub u64);

/// A question to the dispatch centre.
#[derive(Clone, Debug, PartialEq)]
pub enum RideCall {
    /// Free taxis near the gate.
    Nearby,
    /// Ask one taxi.
    Hail(HailRequest),
    /// The hail as it is.
    Follow(HailId),
    /// Change its state.
    SetStatus(HailId, HailStatus),
    /// All hails of this rider.
    Find(CustomerId),
}

/// The centre's answer.
#[derive(Clone, Debug, PartialEq)]
pub enum RideAnswer {
    /// To [`RideCall::Nearby`].
    Offers(Result<Vec<TaxiOffer>, CallFailure>),
    /// To [`RideCall::Hail`], [`RideCall::Follow`] and [`RideCall::SetStatus`].
    Hail(Result<Hail, CallFailure>),
    /// To [`RideCall::Find`].
    Found(Result<Vec<HailSummary>, CallFailure>),
    /// The record could not be journaled, so the call was not made.
    NotJournaled,
}

/// What is to be done for a ride, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum RideEffect {
    /// Journal it.
    Record(RideRecord),
    /// Journal `record` if there is one, then call. A [`RideCall::Hail`] is not made when journaling failed
    /// (answer [`RideAnswer::NotJournaled`]); every other call leads towards an end and is made all the
    /// same.
    Act {
        /// Comes back with the answer.
        call: CallId,
        /// Durable before the call is made.
        record: Option<RideRecord>,
        /// The call.
        ask: RideCall,
    },
    /// The ride is over and leaves the journal.
    Settle(CustomerId, RideOutcome),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CancelReason {
    Rider,
    WalkedAway,
    Restart,
    Outage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AfterCancel {
    End(RideOutcome),
    SearchOn,
    Resolve,
}

/// Why the centre is asked for all hails of the rider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ResolvePurpose {
    /// The answer to a hail was lost.
    LostHail,
    /// Before the ride is closed: a hail that was taken as never made must not have come up late.
    Sweep(RideOutcome),
}

#[derive(Clone, Debug)]
struct Live {
    hail: HailId,
    status: HailStatus,
    status_since: Moment,
    last_heard: Moment,
    confirm_at: Option<Moment>,
    confirming: bool,
    /// The centre refused a change: look before trying again.
    verify: bool,
}

#[derive(Clone, Debug)]
enum Step {
    Search { none_since: Option<Moment> },
    Hailing,
    Resolve { purpose: ResolvePurpose, since: Moment, empty_answers: u32 },
    Live(Live),
    Cancel { hail: HailId, then: AfterCancel, verify: bool },
    Over(RideOutcome),
}

/// One rider's way to a taxi.
#[derive(Debug)]
pub struct Ride {
    policy: RidePolicy,
    customer: CustomerId,
    session: Option<HailSessionId>,
    phone: Secret,
    born: Moment,
    search_began: Moment,
    hails: u32,
    refused_taxis: u32,
    asked: Vec<TaxiId>,
    known: Vec<HailId>,
    step: Step,
    pending: Option<CallId>,
    last_call: u64,
    next_at: Moment,
    failures: u32,
    contact_lost: Option<Moment>,
    /// A hail whose answer was lost was never found.
    stray_possible: bool,
    cancel: Option<CancelReason>,
    cancel_refused: bool,
    detached: bool,
    /// An earlier taxi had accepted and then gave up.
    driver_gave_up: bool,
    /// Told to the resident before everything is settled.
    told: Option<RideOutcome>,
    held: bool,
    car: Car,
}

impl Ride {
    /// A ride for the rider at the gate; `phone` is given to the driver. Call [`Self::advance`] next.
    #[must_use]
    pub fn start(policy: RidePolicy, customer: CustomerId, phone: Secret, now: Moment) -> Self {
        Self {
            policy,
            customer,
            session: None,
            phone,
            born: now,
            search_began: now,
            hails: 0,
            refused_taxis: 0,
            asked: Vec::new(),
            known: Vec::new(),
            step: Step::Search { none_since: None },
            pending: None,
            last_call: 0,
            next_at: now,
            failures: 0,
            contact_lost: None,
            stray_possible: false,
            cancel: None,
            cancel_refused: false,
            detached: false,
            driver_gave_up: false,
            told: None,
            held: false,
            car: Car::default(),
        }
    }

    /// A ride that the journal says was under way when the program ended. Nobody may stand at the screen
    /// any more: what was not agreed to is taken back, what was confirmed is followed to its end.
    #[must_use]
    pub fn recover(policy: RidePolicy, record: RideRecord, now: Moment) -> Self {
        let mut ride = Self::start(policy, record.customer, Secret::default(), now);
        ride.session = record.session;
        ride.detached = true;
        ride.known.extend(record.hail.clone());
        let live = |hail: HailId, status, confirming| {
            let (status_since, last_heard) = (now, now);
            Step::Live(Live { hail, status, status_since, last_heard, confirm_at: None, confirming, verify: true })
        };
        ride.step = match (record.phase, record.hail) {
            (RidePhase::Hailing, _) | (_, None) => {
                ride.cancel = Some(CancelReason::Restart);
                ride.stray_possible = true;
                Step::Resolve { purpose: ResolvePurpose::LostHail, since: now, empty_answers: 0 }
            }
            (RidePhase::Following | RidePhase::Cancelling, Some(hail)) => {
                ride.cancel = Some(CancelReason::Restart);
                Step::Cancel { hail, then: AfterCancel::End(RideOutcome::Cancelled), verify: false }
            }
            (RidePhase::Confirming, Some(hail)) => live(hail, HailStatus::AcceptedByTaxi, true),
            (RidePhase::Coming, Some(hail)) => live(hail, HailStatus::AcceptedByCustomer, true),
        };
        ride
    }

    /// Our key at the centre.
    #[must_use]
    pub fn customer(&self) -> &CustomerId {
        &self.customer
    }

    /// Whether nothing of this ride can be alive at the centre any more.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        matches!(self.step, Step::Over(_))
    }

    /// Whether a hail may exist that nobody has agreed to: then no other may be made for this gate.
    #[must_use]
    pub fn blocks_another(&self) -> bool {
        match &self.step {
            Step::Over(_) => false,
            Step::Live(live) => live.status != HailStatus::AcceptedByCustomer,
            Step::Search { .. } | Step::Hailing | Step::Resolve { .. } | Step::Cancel { .. } => true,
        }
    }

    /// Holds a new search back (or lets it go) while another ride of this gate is not settled.
    pub fn hold(&mut self, held: bool) {
        self.held = held;
    }

    /// The rider wants no taxi any more.
    pub fn cancel(&mut self) {
        let possible = self.cancel_possible();
        self.cancel_refused = !possible && !self.is_settled();
        if possible {
            self.cancel.get_or_insert(CancelReason::Rider);
        }
    }

    /// The rider has left the screen: everything personal is forgotten, a taxi that nobody agreed to is
    /// taken back.
    pub fn detach(&mut self) {
        self.detached = true;
        self.phone = Secret::default();
        self.car.forget();
        let agreed = matches!(&self.step, Step::Live(live) if live.confirming || !live.status.can_be_declined());
        if !agreed && !self.is_settled() {
            self.cancel.get_or_insert(CancelReason::WalkedAway);
        }
    }

    /// Whether [`Self::cancel`] would still do something.
    #[must_use]
    pub fn cancel_possible(&self) -> bool {
        match &self.step {
            Step::Live(live) => live.status.can_be_declined() && !live.confirming,
            Step::Over(_) => false,
            Step::Search { .. } | Step::Hailing | Step::Resolve { .. } | Step::Cancel { .. } => self.cancel.is_none(),
        }
    }

    /// When [`Self::advance`] must be called at the latest; `None` when only an answer can bring more.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Moment> {
        let mut wakeups = vec![self.born + LONGEST_RIDE];
        match &self.step {
            Step::Over(_) => return None,
            Step::Live(Live { confirm_at: Some(confirm_at), confirming: false, .. }) => wakeups.push(*confirm_at),
            _ => {}
        }
        if self.pending.is_none() && !(self.held && matches!(self.step, Step::Search { .. })) {
            wakeups.push(self.next_at);
        }
        if self.told.is_none()
            && let Some(lost) = self.contact_lost
        {
            wakeups.push(lost + self.outage_patience());
        }
        wakeups.into_iter().min()
    }

    /// Does what is due at `now`.
    pub fn advance(&mut self, now: Moment) -> Vec<RideEffect> {
        let mut effects = Vec::new();
        if self.is_settled() {
            return effects;
        }
        if now.since(self.born) >= LONGEST_RIDE {
            self.close(self.told.unwrap_or(RideOutcome::DriverGone), &mut effects);
            return effects;
        }
        self.give_up_on_outage(now, &mut effects);
        self.begin_cancel(now, &mut effects);
        self.begin_confirmation(now);
        if self.pending.is_none() && now >= self.next_at && !self.is_settled() {
            self.make_call(now, &mut effects);
        }
        effects
    }

    /// Takes the answer to `call`; answers to other calls are ignored.
    pub fn answer(&mut self, now: Moment, call: CallId, answer: RideAnswer) -> Vec<RideEffect> {
        let mut effects = Vec::new();
        if self.pending != Some(call) {
            return effects;
        }
        self.pending = None;
        self.take(now, answer, &mut effects);
        effects.extend(self.advance(now));
        effects
    }

    fn outage_patience(&self) -> Duration {
        match self.step {
            // Nothing is at stake yet, so the rider need not wait long for the truth.
            Step::Search { .. } => self.policy.outage_patience / 2,
            _ => self.policy.outage_patience,
        }
    }

    fn give_up_on_outage(&mut self, now: Moment, effects: &mut Vec<RideEffect>) {
        let Some(lost) = self.contact_lost else { return };
        if self.told.is_some() || now.since(lost) < self.outage_patience() {
            return;
        }
        match &mut self.step {
            Step::Search { .. } => self.finish(now, RideOutcome::Unreachable, effects),
            Step::Live(live) if !live.status.can_be_declined() => {}
            Step::Hailing | Step::Over(_) => {}
            step => {
                if let Step::Live(live) = step {
                    // By now the centre has given the taxi up for want of our confirmation; should that
                    // have got through after all, taking back is refused and the ride goes on.
                    live.confirming = false;
                }
                self.cancel.get_or_insert(CancelReason::Outage);
                self.told = Some(RideOutcome::Uncertain);
            }
        }
    }

    fn begin_cancel(&mut self, now: Moment, effects: &mut Vec<RideEffect>) {
        let stuck = |live: &Live| {
            let limit = live.status.limit().unwrap_or(LONGEST_RIDE);
            live.status.can_be_declined() && now.since(live.status_since) > limit + STUCK_MARGIN
        };
        match &self.step {
            Step::Search { .. } if self.cancel.is_some() => self.finish(now, RideOutcome::Cancelled, effects),
            Step::Live(live) if live.status.can_be_declined() && !live.confirming && self.cancel.is_some() => {
                let (hail, then) = (live.hail.clone(), AfterCancel::End(self.cancel_outcome()));
                self.cancel_hail(now, hail, then);
            }
            Step::Live(live) if stuck(live) => {
                let hail = live.hail.clone();
                self.cancel_hail(now, hail, AfterCancel::SearchOn);
            }
            _ => {}
        }
    }

    fn cancel_outcome(&self) -> RideOutcome {
        match self.cancel {
            Some(CancelReason::Outage) => RideOutcome::Uncertain,
            _ => RideOutcome::Cancelled,
        }
    }

    fn cancel_hail(&mut self, now: Moment, hail: HailId, then: AfterCancel) {
        self.step = Step::Cancel { hail, then, verify: false };
        self.pending = None;
        self.next_at = now;
    }

    fn begin_confirmation(&mut self, now: Moment) {
        if let Step::Live(live) = &mut self.step
            && live.status == HailStatus::AcceptedByTaxi
            && !live.confirming
            && live.confirm_at.is_some_and(|at| now >= at)
        {
            live.confirming = true;
            self.pending = None;
            self.next_at = now;
        }
    }

    fn make_call(&mut self, now: Moment, effects: &mut Vec<RideEffect>) {
        match &self.step {
            Step::Search { .. } if self.held => {
                if now.since(self.born) >= self.policy.outage_patience {
                    self.finish(now, RideOutcome::Uncertain, effects);
                }
            }
            Step::Search { .. } => {
                let enough = self.hails >= self.policy.max_hails || self.refused_taxis >= MAX_REFUSED_TAXIS;
                if enough || now.since(self.search_began) >= self.policy.max_search {
                    self.finish(now, self.no_car(), effects);
                } else {
                    self.act(None, RideCall::Nearby, effects);
                }
            }
            Step::Resolve { .. } => self.act(None, RideCall::Find(self.customer.clone()), effects),
            Step::Live(live) => {
                let hail = live.hail.clone();
                if live.confirming && live.status == HailStatus::AcceptedByTaxi && !live.verify {
                    let record = self.record(RidePhase::Confirming, Some(hail.clone()));
                    self.act(Some(record), RideCall::SetStatus(hail, HailStatus::AcceptedByCustomer), effects);
                } else {
                    self.act(None, RideCall::Follow(hail), effects);
                }
            }
            Step::Cancel { hail, verify: true, .. } => self.act(None, RideCall::Follow(hail.clone()), effects),
            Step::Cancel { hail, .. } => {
                let hail = hail.clone();
                let record = self.record(RidePhase::Cancelling, Some(hail.clone()));
                self.act(Some(record), RideCall::SetStatus(hail, HailStatus::DeclinedByCustomer), effects);
            }
            Step::Hailing | Step::Over(_) => {}
        }
    }

    fn no_car(&self) -> RideOutcome {
        if self.driver_gave_up { RideOutcome::DriverGone } else { RideOutcome::NoCar }
    }

    fn record(&self, phase: RidePhase, hail: Option<HailId>) -> RideRecord {
        RideRecord {
            customer: self.customer.clone(),
            session: self.session.clone(),
            hail,
            taxi: self.asked.last().cloned(),
            phase,
        }
    }

    fn act(&mut self, record: Option<RideRecord>, ask: RideCall, effects: &mut Vec<RideEffect>) {
        self.last_call += 1;
        let call = CallId(self.last_call);
        self.pending = Some(call);
        effects.push(RideEffect::Act { call, record, ask });
    }

    /// The ride has its outcome. If a hail may have come up behind our back, that is looked after first.
    fn finish(&mut self, now: Moment, outcome: RideOutcome, effects: &mut Vec<RideEffect>) {
        self.pending = None;
        if self.stray_possible {
            self.told.get_or_insert(outcome);
            self.step = Step::Resolve { purpose: ResolvePurpose::Sweep(outcome), since: now, empty_answers: 0 };
            self.next_at = now + self.policy.poll_interval;
        } else {
            self.close(outcome, effects);
        }
    }

    fn close(&mut self, outcome: RideOutcome, effects: &mut Vec<RideEffect>) {
        let outcome = self.told.unwrap_or(outcome);
        self.pending = None;
        self.phone = Secret::default();
        self.step = Step::Over(outcome);
        effects.push(RideEffect::Settle(self.customer.clone(), outcome));
    }

    fn wait(&mut self, now: Moment, pause: Duration) {
        self.next_at = now + pause;
    }

    fn heard(&mut self) {
        self.failures = 0;
        self.contact_lost = None;
    }

    fn failed(&mut self, now: Moment) {
        let pause = self.policy.backoff(self.failures);
        self.failures = self.failures.saturating_add(1);
        self.contact_lost.get_or_insert(now);
        self.wait(now, pause);
    }
}
