// SPDX-License-Identifier: GPL-3.0-only
//! After a lost answer: ask the centre what exists, never repeat blindly.

use std::time::Duration;

use super::{AfterCancel, ResolvePurpose, Ride, RideEffect, Step};
use crate::domain::taxi::{CallFailure, HailId, HailStatus, HailSummary, Refusal};
use crate::domain::time::Moment;

/// So many times the centre must have said that there is no hail.
const EMPTY_ANSWERS: u32 = 2;
/// So many hails of one rider are kept in mind; a sound centre has no more than the ride's tries.
const MAX_KNOWN: usize = 64;

impl Ride {
    pub(super) fn take_found(
        &mut self,
        now: Moment,
        answer: Result<Vec<HailSummary>, CallFailure>,
        effects: &mut Vec<RideEffect>,
    ) {
        let Step::Resolve { purpose, .. } = self.step else { return };
        let mut hails = match answer {
            Ok(hails) => hails,
            // A centre that keeps no list answers "no such": the same as an empty list.
            Err(CallFailure::Refused(Refusal::NoSuchHail)) => Vec::new(),
            Err(_) => return self.failed(now),
        };
        self.heard();
        // Somebody else's hail must never be taken for ours, whatever the list is about.
        hails.retain(|hail| hail.customer.as_ref().is_none_or(|customer| *customer == self.customer));
        self.know(&hails);
        // Somebody in the car is no matter of a sweep any more.
        let sweeping = matches!(purpose, ResolvePurpose::Sweep(_));
        let done = |status: HailStatus| status.is_terminal() || (sweeping && status == HailStatus::CustomerOnBoard);
        let (open, agreed): (Vec<_>, Vec<_>) =
            hails.iter().filter(|hail| !done(hail.status)).partition(|hail| hail.status.can_be_declined());
        // More than one cannot be of our making; the surplus is taken back before anything else.
        let surplus = open.len() + agreed.len() > 1;
        match (open.last(), agreed.first()) {
            (Some(hail), _) if surplus || self.must_not_live(purpose) => {
                self.cancel_hail(now, hail.id.clone(), AfterCancel::Resolve);
            }
            (Some(hail), _) | (None, Some(hail)) => self.adopt(now, hail.id.clone(), hail.status, effects),
            (None, None) => self.found_nothing_alive(now, effects),
        }
    }

    /// Keeps the hails in mind; one that is new is a lost one that came up.
    fn know(&mut self, hails: &[HailSummary]) {
        for hail in hails {
            if self.known.contains(&hail.id) || self.known.len() >= MAX_KNOWN {
                continue;
            }
            self.known.push(hail.id.clone());
            if !self.recovered {
                self.strays = self.strays.saturating_sub(1);
            }
        }
    }

    fn must_not_live(&self, purpose: ResolvePurpose) -> bool {
        self.cancel.is_some() || matches!(purpose, ResolvePurpose::Sweep(_))
    }

    fn found_nothing_alive(&mut self, now: Moment, effects: &mut Vec<RideEffect>) {
        let (sent_at, settle) = (self.sent_at, self.settle_time());
        let Step::Resolve { purpose, since, empty_answers } = &mut self.step else { return };
        *empty_answers += 1;
        // What the centre said of an earlier moment says nothing of what it did after, however late its
        // answer came: the question must have been put after the time to settle.
        let settled = self.strays == 0 || (*empty_answers >= EMPTY_ANSWERS && sent_at.since(*since) >= settle);
        if !settled {
            let pause = (settle / 2).max(self.policy.poll_interval);
            self.wait(now, pause);
            return;
        }
        match *purpose {
            ResolvePurpose::Sweep(outcome) => self.close(outcome, effects),
            ResolvePurpose::LostHail if self.cancel.is_some() => {
                let outcome = self.cancel_outcome();
                self.close(outcome, effects);
            }
            // Taken as never made; the sweep at the end of the ride looks once more.
            ResolvePurpose::LostHail => self.search_on(now, effects),
        }
    }

    /// How long a request may still be carried out after we gave it up. The power cut gave it up earlier
    /// than the client's own time limit would have, which is no longer than the time to settle.
    fn settle_time(&self) -> Duration {
        if self.recovered { self.policy.resolve_settle * 2 } else { self.policy.resolve_settle }
    }

    pub(super) fn resolve_again(&mut self, now: Moment) {
        let purpose = match self.told {
            Some(outcome) => ResolvePurpose::Sweep(outcome),
            None => ResolvePurpose::LostHail,
        };
        self.step = Step::Resolve { purpose, since: now, empty_answers: 0 };
        // Not at once: a list that lags behind would have us go round at the speed of the network.
        self.wait(now, self.policy.poll_interval);
    }

    /// The hail is one of ours, heard of in its own answer.
    pub(super) fn keep_in_mind(&mut self, hail: &HailId) {
        if !self.known.contains(hail) && self.known.len() < MAX_KNOWN {
            self.known.push(hail.clone());
        }
    }
}
