// SPDX-License-Identifier: GPL-3.0-only
//! What the library answers.

use super::probe::Heard;
use super::{
    Action, Circulation, CirculationAnswer, CirculationEffect, Done, Kind, Probe, Purpose, Refused, StaffReason, Step,
    TransactionPhase, WayOut, Why,
};
use crate::domain::library::{CallFailure, CheckedIn, CheckedOut, LibraryAnswer};
use crate::domain::time::Moment;
use crate::protocol::Secret;

impl Circulation {
    pub(super) fn take(
        &mut self,
        now: Moment,
        index: usize,
        answer: CirculationAnswer,
        effects: &mut Vec<CirculationEffect>,
    ) {
        let answer = match answer {
            CirculationAnswer::Library(answer) => answer,
            CirculationAnswer::NotJournaled => return self.not_journaled(now, index, effects),
        };
        if failure(&answer).is_none_or(|failure| matches!(failure, CallFailure::Refused(_))) {
            self.reached();
        }
        match self.open[index].step {
            Step::Probe(_) => self.take_finding(now, index, answer, effects),
            Step::Acting(action) => self.take_result(now, index, action, answer, effects),
            _ => {}
        }
    }

    fn take_finding(&mut self, now: Moment, index: usize, answer: LibraryAnswer, effects: &mut Vec<CirculationEffect>) {
        let transaction = &mut self.open[index];
        match transaction.hear(answer) {
            Heard::Finding => {
                transaction.failures = 0;
                self.probe_on(now, index, effects);
            }
            Heard::Nothing => {
                if let Step::Probe(probe) = &mut transaction.step {
                    probe.forget_findings();
                    match probe.purpose {
                        // Nothing has been sent: it is as if the library had not been reached at all.
                        Purpose::Look => self.unreachable(now, index, effects),
                        Purpose::Resolve(_) | Purpose::Explain(_) => self.pause(now, index),
                    }
                }
            }
        }
    }

    fn take_result(
        &mut self,
        now: Moment,
        index: usize,
        action: Action,
        answer: LibraryAnswer,
        effects: &mut Vec<CirculationEffect>,
    ) {
        let kind = self.open[index].record.kind;
        match (failure(&answer), answer) {
            (Some(CallFailure::NotSent), _) => {
                self.open[index].record.tries = self.open[index].record.tries.saturating_sub(1);
                self.unreachable(now, index, effects);
            }
            (Some(CallFailure::Refused(refusal)), _) if action == Action::Main => {
                self.said_no(now, index, refusal.messages, effects);
            }
            (Some(CallFailure::Refused(_)), _) => {
                self.hand_to_staff(index, StaffReason::RefusedThoughHappened, effects);
            }
            (None, LibraryAnswer::Checkin(Ok(_))) if action == Action::Return => {
                self.returned_first(now, index, effects);
            }
            (None, LibraryAnswer::Checkin(Ok(checked))) if kind == Kind::Checkin => {
                self.open[index].name(&checked.title);
                self.done(index, taken_back(checked), effects);
            }
            (None, LibraryAnswer::Checkout(Ok(checked))) if kind == Kind::Checkout && action == Action::Main => {
                self.open[index].name(&checked.title);
                self.done(index, lent(checked), effects);
            }
            (None, LibraryAnswer::Renew(Ok(checked))) if kind == Kind::Renew => {
                self.open[index].name(&checked.title);
                self.done(index, lent(checked), effects);
            }
            // The answer was lost, or is one to another question.
            _ => self.resolve(now, index, action),
        }
    }

    /// The loan before this one is ended: now it can be lent.
    pub(super) fn returned_first(&mut self, now: Moment, index: usize, effects: &mut Vec<CirculationEffect>) {
        effects.push(CirculationEffect::Staff(self.open[index].matter(StaffReason::ConflictRepaired)));
        self.send(now, index, Action::Main, effects);
    }

    /// Finds out, once the library has had its time, whether `action` was carried out.
    pub(super) fn resolve(&mut self, now: Moment, index: usize, action: Action) {
        self.resolve_from(now, index, action, now + self.policy.settle);
    }

    /// Likewise, when the power went just as it was sent: it may have been on its way for as long as the client
    /// would have waited, which is no longer than the library's own time.
    pub(super) fn resolve_after_restart(&mut self, now: Moment, index: usize, action: Action) {
        self.resolve_from(now, index, action, now + self.policy.settle * 2);
    }

    fn resolve_from(&mut self, now: Moment, index: usize, action: Action, not_before: Moment) {
        let transaction = &mut self.open[index];
        transaction.failures = 0;
        transaction.step = Step::Probe(Probe { not_before, ..Probe::new(Purpose::Resolve(action), now) });
        transaction.next_at = not_before;
    }

    fn said_no(&mut self, now: Moment, index: usize, messages: Vec<Secret>, effects: &mut Vec<CirculationEffect>) {
        let transaction = &mut self.open[index];
        if transaction.record.physical && !transaction.record.happened {
            // Nothing was lent, and after a power cut nothing has to be asked to know that.
            transaction.record.phase = TransactionPhase::Refused;
            effects.push(CirculationEffect::Record(transaction.record.clone()));
        }
        transaction.step = Step::Probe(Probe::new(Purpose::Explain(messages), now));
        self.probe_on(now, index, effects);
    }

    fn not_journaled(&mut self, now: Moment, index: usize, effects: &mut Vec<CirculationEffect>) {
        let transaction = &mut self.open[index];
        if matches!(transaction.step, Step::Acting(_)) {
            transaction.record.tries = transaction.record.tries.saturating_sub(1);
            transaction.record.phase = TransactionPhase::Recorded;
            transaction.step = Step::Ready;
        }
        if matches!(transaction.step, Step::Ready) && !transaction.is_fact() {
            let refused = Refused { why: Why::Terminal, way_out: WayOut::CallTheLibrary };
            return self.refused(index, refused, effects);
        }
        self.pause(now, index);
    }

    /// Nothing of it is at the library, which cannot be reached: kept for later where that is allowed.
    pub(super) fn unreachable(&mut self, now: Moment, index: usize, effects: &mut Vec<CirculationEffect>) {
        if now >= self.closed_until {
            self.outage = self.outage.saturating_add(1);
            self.closed_until = now + self.pauses.after(self.outage, &self.policy);
        }
        let transaction = &mut self.open[index];
        transaction.step = Step::Ready;
        let allowed = match transaction.record.kind {
            Kind::Checkout => transaction.is_fact() || self.policy.offline_loans,
            Kind::Checkin => transaction.is_fact() || self.policy.offline_returns,
            Kind::Renew => false,
        };
        if transaction.record.disputed {
            return self.hold_disputed(index, effects);
        }
        if !transaction.attended && !transaction.is_fact() {
            return self.cancel(index, effects);
        }
        if !allowed {
            let refused = Refused { why: Why::Unreachable, way_out: WayOut::TryLater };
            return self.refused(index, refused, effects);
        }
        let record = &mut transaction.record;
        let news = !record.happened || record.phase != TransactionPhase::Recorded;
        (record.happened, record.phase) = (true, TransactionPhase::Recorded);
        (transaction.stored, transaction.pin, transaction.next_at) = (true, None, now);
        if news {
            effects.push(CirculationEffect::Record(transaction.record.clone()));
        }
    }

    fn pause(&mut self, now: Moment, index: usize) {
        let transaction = &mut self.open[index];
        transaction.failures = transaction.failures.saturating_add(1);
        transaction.next_at = now + self.pauses.after(transaction.failures, &self.policy);
    }

    /// The library is there.
    pub(super) fn reached(&mut self) {
        (self.outage, self.closed_until) = (0, Moment::default());
    }
}

fn failure(answer: &LibraryAnswer) -> Option<CallFailure> {
    match answer {
        LibraryAnswer::Account(result) => result.as_ref().err(),
        LibraryAnswer::Item(result) => result.as_ref().err(),
        LibraryAnswer::Checkout(result) | LibraryAnswer::Renew(result) => result.as_ref().err(),
        LibraryAnswer::Checkin(result) => result.as_ref().err(),
        LibraryAnswer::RenewAll(result) => result.as_ref().err(),
        LibraryAnswer::EndVisit(result) => result.as_ref().err(),
    }
    .cloned()
}

fn lent(checked: CheckedOut) -> Done {
    let CheckedOut { due, desensitize, messages, .. } = checked;
    Done { due, desensitize, messages, ..Done::default() }
}

fn taken_back(checked: CheckedIn) -> Done {
    let CheckedIn { alert, destination, held, resensitize, messages, .. } = checked;
    Done { alert, destination, held, resensitize, messages, ..Done::default() }
}
