// SPDX-License-Identifier: GPL-3.0-only
//! What each answer of the centre means for a ride.

use super::{
    AfterCancel, CENTRE_CONFIRM_LIMIT, CONFIRM_MARGIN, CancelReason, Car, Live, ResolvePurpose, Ride, RideAnswer,
    RideCall, RideEffect, SHORTEST_CHANCE, Step,
};
use crate::domain::taxi::record::{RideOutcome, RidePhase};
use crate::domain::taxi::{CallFailure, Hail, HailId, HailRequest, HailStatus, Refusal, TaxiOffer};
use crate::domain::time::Moment;

impl Ride {
    pub(super) fn take(&mut self, now: Moment, answer: RideAnswer, effects: &mut Vec<RideEffect>) {
        match (&self.step, answer) {
            (Step::Search { .. }, RideAnswer::Offers(answer)) => self.take_offers(now, answer, effects),
            (Step::Hailing, RideAnswer::Hail(answer)) => self.take_hailed(now, answer, effects),
            (Step::Hailing, RideAnswer::NotJournaled) => self.finish(now, RideOutcome::OutOfOrder, effects),
            (Step::Live(_), RideAnswer::Hail(answer)) => self.take_followed(now, answer, effects),
            (Step::Cancel { .. }, RideAnswer::Hail(answer)) => self.take_cancelled(now, answer, effects),
            (Step::Resolve { .. }, RideAnswer::Found(answer)) => self.take_found(now, answer, effects),
            // An answer of another kind than asked for cannot come from our own adapters; ask again. After
            // a hail: what came of it, since it is not to be repeated blindly.
            (Step::Hailing, _) => self.lost_hail(now),
            _ => self.failed(now),
        }
    }

    fn take_offers(&mut self, now: Moment, answer: Result<Vec<TaxiOffer>, CallFailure>, effects: &mut Vec<RideEffect>) {
        match answer {
            Ok(offers) => {
                self.heard();
                if self.held {
                    return self.wait(now, self.policy.poll_interval);
                }
                match offers.into_iter().find(|offer| !self.asked.contains(&offer.taxi)) {
                    Some(offer) => self.hail(now, offer, effects),
                    None => self.no_offer(now, effects),
                }
            }
            Err(CallFailure::NotSent | CallFailure::Unknown) => self.failed(now),
            Err(CallFailure::Refused(Refusal::KeyRefused)) => self.finish(now, RideOutcome::Unreachable, effects),
            Err(CallFailure::Refused(_)) => self.finish(now, RideOutcome::Refused, effects),
        }
    }

    fn no_offer(&mut self, now: Moment, effects: &mut Vec<RideEffect>) {
        let Step::Search { none_since } = &mut self.step else { return };
        let since = *none_since.get_or_insert(now);
        if now.since(since) >= self.policy.empty_patience {
            self.finish(now, self.no_car(), effects);
        } else {
            self.wait(now, self.policy.poll_interval);
        }
    }

    fn hail(&mut self, now: Moment, offer: TaxiOffer, effects: &mut Vec<RideEffect>) {
        self.hails += 1;
        self.asked.push(offer.taxi.clone());
        self.car = Car { model: offer.model.unwrap_or_default(), ..Car::default() };
        self.hailed_at = now;
        self.step = Step::Hailing;
        let request = HailRequest {
            customer: self.customer.clone(),
            session: self.session.clone(),
            taxi: offer.taxi,
            operator: offer.operator,
            phone: self.phone.clone(),
        };
        let record = self.record(RidePhase::Hailing, None);
        self.act(now, Some(record), RideCall::Hail(request), effects);
    }

    fn take_hailed(&mut self, now: Moment, answer: Result<Hail, CallFailure>, effects: &mut Vec<RideEffect>) {
        match answer {
            Ok(hail) if hail.customer.as_ref().is_none_or(|customer| *customer == self.customer) => {
                self.heard();
                self.adopt(now, hail.id.clone(), hail.status, effects);
                self.take_status(now, hail, effects);
            }
            Err(CallFailure::NotSent) => {
                self.hails -= 1;
                self.asked.pop();
                self.step = Step::Search { none_since: None };
                self.failed(now);
            }
            // Also an answer about somebody else's hail: whatever it was, ours must be looked for.
            Ok(_) | Err(CallFailure::Unknown) => {
                self.lost_hail(now);
            }
            Err(CallFailure::Refused(Refusal::TaxiGone)) => {
                self.heard();
                self.hails -= 1;
                self.refused_taxis += 1;
                self.step = Step::Search { none_since: None };
                self.next_at = now;
            }
            Err(CallFailure::Refused(Refusal::KeyRefused)) => self.finish(now, RideOutcome::Unreachable, effects),
            Err(CallFailure::Refused(_)) => self.finish(now, RideOutcome::Refused, effects),
        }
    }

    /// A hail may have come of it or not; it must be looked for.
    fn lost_hail(&mut self, now: Moment) {
        self.strays = self.strays.saturating_add(1);
        self.step = Step::Resolve { purpose: ResolvePurpose::LostHail, since: now, empty_answers: 0 };
        self.failed(now);
    }

    /// A hail of ours is known: journal its number before anything else is done with it.
    pub(super) fn adopt(&mut self, now: Moment, hail: HailId, status: HailStatus, effects: &mut Vec<RideEffect>) {
        self.keep_in_mind(&hail);
        let agreed = matches!(status, HailStatus::AcceptedByCustomer | HailStatus::CustomerOnBoard);
        let phase = if agreed { RidePhase::Coming } else { RidePhase::Following };
        effects.push(RideEffect::Record(self.record(phase, Some(hail.clone()))));
        self.step = Step::Live(Live {
            hail,
            status,
            status_since: now,
            // The driver may have accepted at any time since.
            last_heard: self.hailed_at,
            confirm_at: None,
            confirming: agreed,
            verify: false,
        });
        self.next_at = now;
    }

    fn take_followed(&mut self, now: Moment, answer: Result<Hail, CallFailure>, effects: &mut Vec<RideEffect>) {
        let Step::Live(live) = &mut self.step else { return };
        match answer {
            Ok(hail) if hail.id == live.hail => {
                live.verify = false;
                self.heard();
                self.take_status(now, hail, effects);
            }
            Err(CallFailure::Refused(Refusal::NotAllowed)) if !live.verify => {
                live.verify = true;
                self.heard();
                self.next_at = now;
            }
            Err(CallFailure::Refused(Refusal::NoSuchHail)) => {
                self.heard();
                self.take_end(now, HailStatus::Failure, false, effects);
            }
            Ok(_) | Err(_) => self.failed(now),
        }
        self.heed_late_cancel();
    }

    /// The state of the hail we follow, as just heard.
    fn take_status(&mut self, now: Moment, hail: Hail, effects: &mut Vec<RideEffect>) {
        let Step::Live(live) = &mut self.step else { return };
        let before = live.status;
        if before != hail.status {
            live.status = hail.status;
            live.status_since = now;
        }
        let gap = now.since(live.last_heard);
        live.last_heard = self.sent_at;
        if hail.status == HailStatus::AcceptedByTaxi && live.confirm_at.is_none() {
            // The acceptance may be as old as the gap since the last answer; the centre counts from then.
            let left = CENTRE_CONFIRM_LIMIT.saturating_sub(gap).saturating_sub(CONFIRM_MARGIN);
            live.confirm_at = Some(now + self.policy.confirm_after.min(left.max(SHORTEST_CHANCE)));
        }
        if hail.status.can_be_declined() && hail.status != HailStatus::AcceptedByTaxi {
            // Should a driver take an acceptance back and accept again, the rider has a new chance.
            live.confirm_at = None;
        }
        let id = live.hail.clone();
        self.session = hail.session.clone().or(self.session.take());
        self.car.take(&hail, &self.policy, self.detached);
        if hail.status.is_terminal() {
            self.take_end(now, hail.status, hail.rider_absent, effects);
            return;
        }
        match hail.status {
            HailStatus::CustomerOnBoard => self.finish(now, RideOutcome::OnBoard, effects),
            HailStatus::AcceptedByCustomer => {
                if let Step::Live(live) = &mut self.step {
                    live.confirming = true;
                }
                self.cancel = None;
                if !self.detached {
                    // Whatever had to be said during an outage: the taxi does come.
                    self.told = None;
                }
                if before != HailStatus::AcceptedByCustomer {
                    effects.push(RideEffect::Record(self.record(RidePhase::Coming, Some(id))));
                }
                self.wait(now, self.policy.poll_interval);
            }
            _ => self.wait(now, self.policy.poll_interval),
        }
    }

    /// The hail has ended at the centre; `rider_absent`: the driver said that nobody was there.
    pub(super) fn take_end(
        &mut self,
        now: Moment,
        status: HailStatus,
        rider_absent: bool,
        effects: &mut Vec<RideEffect>,
    ) {
        let accepted = matches!(&self.step, Step::Live(live) if live.confirm_at.is_some() || live.confirming);
        let driver_gave_up = accepted && status != HailStatus::TimeoutCustomer;
        if self.cancel.is_some() {
            let outcome = self.cancel_outcome();
            self.finish(now, outcome, effects);
            return;
        }
        match status {
            HailStatus::Finished => self.finish(now, RideOutcome::OnBoard, effects),
            HailStatus::DeclinedByCustomer => self.finish(now, RideOutcome::Cancelled, effects),
            HailStatus::IncidentCustomer => self.finish(now, RideOutcome::NoShow, effects),
            HailStatus::IncidentTaxi if rider_absent => self.finish(now, RideOutcome::NoShow, effects),
            HailStatus::TimeoutAcceptedByCustomer => self.finish(now, RideOutcome::DriverGone, effects),
            _ => {
                self.driver_gave_up |= driver_gave_up;
                if accepted {
                    self.search_began = now;
                }
                self.search_on(now, effects);
            }
        }
    }

    /// The hail is over without a ride: on to the next taxi, if somebody still waits for one.
    pub(super) fn search_on(&mut self, now: Moment, effects: &mut Vec<RideEffect>) {
        if self.cancel.is_some() {
            return self.finish(now, self.cancel_outcome(), effects);
        }
        if self.cancel_refused {
            return self.finish(now, RideOutcome::Cancelled, effects);
        }
        if self.detached {
            return self.finish(now, RideOutcome::DriverGone, effects);
        }
        self.car = Car::default();
        self.step = Step::Search { none_since: None };
        self.next_at = now;
    }

    fn take_cancelled(&mut self, now: Moment, answer: Result<Hail, CallFailure>, effects: &mut Vec<RideEffect>) {
        let Step::Cancel { hail: wanted, then, verify } = &mut self.step else { return };
        match answer {
            Ok(hail) if hail.id == *wanted => {
                let (then, wanted) = (*then, wanted.clone());
                *verify = false;
                if hail.status.is_terminal() {
                    self.heard();
                    self.cancelled(now, then, effects);
                } else if hail.status.can_be_declined() {
                    // The centre answers but does not change the state: to the rider no better than an
                    // outage, and of the same length.
                    self.failed(now);
                } else {
                    self.too_late_to_cancel(now, wanted, hail, effects);
                }
            }
            Err(CallFailure::Refused(Refusal::NoSuchHail)) => {
                let then = *then;
                self.heard();
                self.cancelled(now, then, effects);
            }
            Err(CallFailure::Refused(Refusal::NotAllowed)) if !*verify => {
                *verify = true;
                self.next_at = now;
            }
            Ok(_) | Err(_) => self.failed(now),
        }
    }

    fn too_late_to_cancel(&mut self, now: Moment, id: HailId, hail: Hail, effects: &mut Vec<RideEffect>) {
        self.heard();
        self.cancel_refused = self.cancel.take() == Some(CancelReason::Rider);
        self.adopt(now, id, hail.status, effects);
        self.take_status(now, hail, effects);
    }

    fn cancelled(&mut self, now: Moment, then: AfterCancel, effects: &mut Vec<RideEffect>) {
        match then {
            AfterCancel::End(outcome) => self.finish(now, outcome, effects),
            AfterCancel::SearchOn => self.search_on(now, effects),
            AfterCancel::Resolve => self.resolve_again(now),
        }
    }
}
