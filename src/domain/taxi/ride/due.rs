// SPDX-License-Identifier: GPL-3.0-only
//! What falls due by time alone: the truth about an outage, taking back, confirming, the next call.

use std::time::Duration;

use super::{AfterCancel, CancelReason, Live, MAX_REFUSED_TAXIS, Ride, RideCall, RideEffect, STUCK_MARGIN, Step};
use crate::domain::taxi::record::{RideOutcome, RidePhase};
use crate::domain::taxi::{HailId, HailStatus};
use crate::domain::time::Moment;

impl Ride {
    /// When the rider is to be told the truth about an outage; `None` when there is none, or when it
    /// changes nothing (the taxi is on its way already, or the ride was given an outcome).
    pub(super) fn outage_ends_at(&self) -> Option<Moment> {
        let patience = match &self.step {
            // Nothing is at stake yet, so the rider need not wait long for the truth.
            Step::Search { .. } => self.policy.outage_patience / 2,
            Step::Live(live) if !live.status.can_be_declined() => return None,
            Step::Hailing | Step::Over(_) => return None,
            Step::Live(_) | Step::Resolve { .. } | Step::Cancel { .. } => self.policy.outage_patience,
        };
        if self.told.is_some() { None } else { self.contact_lost.map(|lost| lost + patience) }
    }

    pub(super) fn give_up_on_outage(&mut self, now: Moment, effects: &mut Vec<RideEffect>) {
        if self.outage_ends_at().is_none_or(|end| now < end) {
            return;
        }
        match &mut self.step {
            Step::Search { .. } => self.finish(now, RideOutcome::Unreachable, effects),
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

    pub(super) fn begin_cancel(&mut self, now: Moment, effects: &mut Vec<RideEffect>) {
        // Heard, not computed: after a pause of our own the hail may be in the best of health.
        let stuck = |live: &Live| {
            live.status.can_be_declined()
                && live
                    .status
                    .limit()
                    .is_some_and(|limit| live.last_heard.since(live.status_since) > limit + STUCK_MARGIN)
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

    pub(super) fn cancel_outcome(&self) -> RideOutcome {
        match self.cancel {
            Some(CancelReason::Outage) => RideOutcome::Uncertain,
            _ => RideOutcome::Cancelled,
        }
    }

    pub(super) fn cancel_hail(&mut self, now: Moment, hail: HailId, then: AfterCancel) {
        self.step = Step::Cancel { hail, then, verify: false };
        self.pending = None;
        self.next_at = now;
    }

    pub(super) fn begin_confirmation(&mut self, now: Moment) {
        if let Step::Live(live) = &mut self.step
            && live.confirm_due().is_some_and(|at| now >= at)
        {
            live.confirming = true;
            self.pending = None;
            self.next_at = now;
        }
    }

    /// How long a search that is held back waits for the ride before it.
    pub(super) fn held_patience(&self) -> Duration {
        self.policy.outage_patience
    }

    pub(super) fn make_call(&mut self, now: Moment, effects: &mut Vec<RideEffect>) {
        match &self.step {
            Step::Search { .. } if self.held => {
                if now.since(self.born) >= self.held_patience() {
                    self.finish(now, RideOutcome::Uncertain, effects);
                }
            }
            Step::Search { .. } => {
                let enough = self.hails >= self.policy.max_hails || self.refused_taxis >= MAX_REFUSED_TAXIS;
                if enough || now.since(self.search_began) >= self.policy.max_search {
                    self.finish(now, self.no_car(), effects);
                } else {
                    self.act(now, None, RideCall::Nearby, effects);
                }
            }
            Step::Resolve { .. } => self.act(now, None, RideCall::Find(self.customer.clone()), effects),
            Step::Live(live) => {
                let hail = live.hail.clone();
                if live.confirming && live.status == HailStatus::AcceptedByTaxi && !live.verify {
                    let record = self.record(RidePhase::Confirming, Some(hail.clone()));
                    let ask = RideCall::SetStatus(hail, HailStatus::AcceptedByCustomer);
                    self.act(now, Some(record), ask, effects);
                } else {
                    self.act(now, None, RideCall::Follow(hail), effects);
                }
            }
            Step::Cancel { hail, verify: true, .. } => {
                let ask = RideCall::Follow(hail.clone());
                self.act(now, None, ask, effects);
            }
            Step::Cancel { hail, .. } => {
                let hail = hail.clone();
                let record = self.record(RidePhase::Cancelling, Some(hail.clone()));
                let ask = RideCall::SetStatus(hail, HailStatus::DeclinedByCustomer);
                self.act(now, Some(record), ask, effects);
            }
            Step::Hailing | Step::Over(_) => {}
        }
    }
}
