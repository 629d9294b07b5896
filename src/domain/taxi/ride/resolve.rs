// SPDX-License-Identifier: GPL-3.0-only
//! After a lost answer: ask the centre what exists, never repeat blindly.

use super::{AfterCancel, ResolvePurpose, Ride, RideEffect, Step};
use crate::domain::taxi::{CallFailure, HailSummary, Refusal};
use crate::domain::time::Moment;

/// So many times the centre must have said that there is no hail.
const EMPTY_ANSWERS: u32 = 2;

impl Ride {
    pub(super) fn take_found(
        &mut self,
        now: Moment,
        answer: Result<Vec<HailSummary>, CallFailure>,
        effects: &mut Vec<RideEffect>,
    ) {
        let Step::Resolve { purpose, .. } = self.step else { return };
        let hails = match answer {
            Ok(hails) => hails,
            // A centre that keeps no list answers "no such": the same as an empty list.
            Err(CallFailure::Refused(Refusal::NoSuchHail)) => Vec::new(),
            Err(_) => return self.failed(now),
        };
        self.heard();
        if hails.iter().any(|hail| !self.known.contains(&hail.id)) {
            // The lost hail came up.
            self.stray_possible = false;
        }
        self.known.extend(hails.iter().map(|hail| hail.id.clone()));
        self.known.sort();
        self.known.dedup();
        let mut alive = hails.iter().filter(|hail| !hail.status.is_terminal());
        match (alive.next(), alive.next()) {
            // More than one cannot be of our making; take the surplus back before anything else.
            (Some(_), Some(surplus)) if surplus.status.can_be_declined() => {
                self.cancel_hail(now, surplus.id.clone(), AfterCancel::Resolve);
            }
            (Some(hail), _) if hail.status.can_be_declined() && self.must_not_live(purpose) => {
                self.cancel_hail(now, hail.id.clone(), AfterCancel::Resolve);
            }
            (Some(hail), _) => self.adopt(now, hail.id.clone(), hail.status, effects),
            (None, _) => self.found_nothing_alive(now, effects),
        }
    }

    fn must_not_live(&self, purpose: ResolvePurpose) -> bool {
        self.cancel.is_some() || matches!(purpose, ResolvePurpose::Sweep(_))
    }

    fn found_nothing_alive(&mut self, now: Moment, effects: &mut Vec<RideEffect>) {
        let Step::Resolve { purpose, since, empty_answers } = &mut self.step else { return };
        *empty_answers += 1;
        let settled = !self.stray_possible
            || (*empty_answers >= EMPTY_ANSWERS && now.since(*since) >= self.policy.resolve_settle);
        if !settled {
            let pause = (self.policy.resolve_settle / 2).max(self.policy.poll_interval);
            self.wait(now, pause);
            return;
        }
        match *purpose {
            ResolvePurpose::Sweep(outcome) => self.close(outcome, effects),
            ResolvePurpose::LostHail if self.cancel.is_some() => {
                self.stray_possible = false;
                let outcome = self.cancel_outcome();
                self.close(outcome, effects);
            }
            // Taken as never made; the sweep at the end of the ride looks once more.
            ResolvePurpose::LostHail => self.search_on(now),
        }
    }

    pub(super) fn resolve_again(&mut self, now: Moment) {
        let purpose = match self.told {
            Some(outcome) => ResolvePurpose::Sweep(outcome),
            None => ResolvePurpose::LostHail,
        };
        self.step = Step::Resolve { purpose, since: now, empty_answers: 0 };
        self.next_at = now;
    }
}
