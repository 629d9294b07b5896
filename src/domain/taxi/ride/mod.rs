// SPDX-License-Identifier: GPL-3.0-only
//! One rider's way to a taxi: a series of hails, never two alive at once, each found again after any
//! failure.
//!
//! The ride asks one thing of the centre at a time ([`RideCall`]) and takes the answer back through
//! [`Ride::answer`]; answers to anything else are ignored. What touches the outside is journaled first:
//! the record travels with the call in [`RideEffect::Act`].

mod answers;
mod due;
mod resolve;
mod view;

#[cfg(test)]
mod desk;
#[cfg(test)]
mod matrix;
#[cfg(test)]
mod model;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod world;

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
    /// When the state was first heard.
    status_since: Moment,
    /// When the last answered question was sent: the centre's answer is no older.
    last_heard: Moment,
    confirm_at: Option<Moment>,
    confirming: bool,
    /// The centre refused a change: look before trying again.
    verify: bool,
}

impl Live {
    /// When the confirmation is to begin, unless it has.
    fn confirm_due(&self) -> Option<Moment> {
        if self.status == HailStatus::AcceptedByTaxi && !self.confirming { self.confirm_at } else { None }
    }
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
    /// When the last call was made.
    sent_at: Moment,
    /// When the last hail was sent: no acceptance of it is older.
    hailed_at: Moment,
    next_at: Moment,
    failures: u32,
    contact_lost: Option<Moment>,
    /// Hails whose answer was lost and that were never found.
    strays: u32,
    /// Taken over from the journal, which knows only the last hail: an unknown one may be an older one.
    recovered: bool,
    cancel: Option<CancelReason>,
    /// The rider wanted no taxi any more when it was too late, or may have been.
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
            sent_at: now,
            hailed_at: now,
            next_at: now,
            failures: 0,
            contact_lost: None,
            strays: 0,
            recovered: false,
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
        ride.recovered = true;
        // The journal does not tell whether an earlier answer of the ride was lost: look in the end.
        ride.strays = 1;
        ride.known.extend(record.hail.clone());
        let live = |hail: HailId, status, confirming| {
            let (status_since, last_heard) = (now, now);
            Step::Live(Live { hail, status, status_since, last_heard, confirm_at: None, confirming, verify: true })
        };
        ride.step = match (record.phase, record.hail) {
            (RidePhase::Hailing, _) | (_, None) => {
                ride.cancel = Some(CancelReason::Restart);
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

    /// Holds a new search back (or lets it go) while another ride of this gate is not settled. Call
    /// [`Self::advance`] next.
    pub fn hold(&mut self, held: bool) {
        self.held = held;
    }

    /// The rider wants no taxi any more. Call [`Self::advance`] next.
    pub fn cancel(&mut self) {
        if self.cancel_possible() {
            self.cancel.get_or_insert(CancelReason::Rider);
        } else if matches!(self.step, Step::Live(_)) && self.told.is_none() {
            self.cancel_refused = true;
            if self.pending.is_none() {
                self.heed_late_cancel();
            }
        }
    }

    /// The rider tapped when the confirmation was already on its way: as long as the centre has not taken
    /// it, the hail is taken back after all. The centre decides which came first.
    fn heed_late_cancel(&mut self) {
        if let Step::Live(live) = &mut self.step
            && self.cancel_refused
            && live.status.can_be_declined()
        {
            live.confirming = false;
            self.cancel_refused = false;
            self.cancel.get_or_insert(CancelReason::Rider);
        }
    }

    /// The rider has left the screen: everything personal is forgotten, a taxi that nobody agreed to is
    /// taken back. Call [`Self::advance`] next.
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
            _ if self.told.is_some() => false,
            Step::Live(live) => live.status.can_be_declined() && !live.confirming && self.cancel.is_none(),
            Step::Over(_) => false,
            Step::Search { .. } | Step::Hailing | Step::Resolve { .. } | Step::Cancel { .. } => self.cancel.is_none(),
        }
    }

    /// When [`Self::advance`] must be called at the latest; `None` when only an answer can bring more.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Moment> {
        let held = self.held && matches!(self.step, Step::Search { .. });
        let confirmation = match &self.step {
            Step::Over(_) => return None,
            Step::Live(live) => live.confirm_due(),
            _ => None,
        };
        let call = match self.pending {
            Some(_) => None,
            None if held => Some(self.next_at.max(self.born + self.held_patience())),
            None => Some(self.next_at),
        };
        let longest = Some(self.born + LONGEST_RIDE);
        [longest, confirmation, call, self.outage_ends_at()].into_iter().flatten().min()
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

    fn act(&mut self, now: Moment, record: Option<RideRecord>, ask: RideCall, effects: &mut Vec<RideEffect>) {
        self.last_call += 1;
        self.sent_at = now;
        let call = CallId(self.last_call);
        self.pending = Some(call);
        effects.push(RideEffect::Act { call, record, ask });
    }

    /// The ride has its outcome. If a hail may have come up behind our back, that is looked after first.
    fn finish(&mut self, now: Moment, outcome: RideOutcome, effects: &mut Vec<RideEffect>) {
        self.pending = None;
        if self.strays > 0 {
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
