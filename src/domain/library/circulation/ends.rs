// SPDX-License-Identifier: GPL-3.0-only
//! How a transaction ends, or comes to rest until somebody decides.

use super::{
    Circulation, CirculationEffect, Decision, Done, Kind, Outcome, Purpose, Refused, StaffMatter, StaffReason, Step,
    Transaction, TransactionPhase, TransactionState, TransactionView, WayOut, Why,
};
use crate::domain::library::{ItemId, VisitId};
use crate::domain::time::Moment;
use crate::protocol::Secret;

/// Most transactions kept for the screen after their end.
const MOST_FINISHED: usize = 200;

/// What the screen may still show.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) view: TransactionView,
    pub(super) visit: Option<VisitId>,
    /// To be told to staff when the person disputes it.
    dispute: Option<StaffMatter>,
}

impl Finished {
    /// The matter for staff, the first time.
    pub(super) fn dispute(&mut self) -> Option<StaffMatter> {
        self.dispute.take()
    }
}

impl Transaction {
    pub(super) fn matter(&self, reason: StaffReason) -> StaffMatter {
        StaffMatter {
            key: self.record.key.clone(),
            kind: self.record.kind,
            item: self.record.item.clone(),
            door: self.record.door,
            at: self.record.at,
            reason,
        }
    }

    /// Takes the title, unless it is empty.
    pub(super) fn name(&mut self, title: &str) {
        if !title.is_empty() {
            self.title = Secret::from(title);
        }
    }

    pub(super) fn over(&mut self, outcome: Outcome, state: TransactionState, effects: &mut Vec<CirculationEffect>) {
        self.step = Step::Over(state);
        self.pending = None;
        effects.push(CirculationEffect::Settle(self.record.key.clone(), outcome));
    }

    fn rest(&mut self, phase: TransactionPhase, step: Step, reason: StaffReason, effects: &mut Vec<CirculationEffect>) {
        effects.push(CirculationEffect::Staff(self.matter(reason)));
        self.record.phase = phase;
        effects.push(CirculationEffect::Record(self.record.clone()));
        (self.step, self.pending, self.pin) = (step, None, None);
    }
}

impl Circulation {
    pub(super) fn done(&mut self, index: usize, done: Done, effects: &mut Vec<CirculationEffect>) {
        self.open[index].over(Outcome::Done, TransactionState::Done(done), effects);
    }

    pub(super) fn refused(&mut self, index: usize, refused: Refused, effects: &mut Vec<CirculationEffect>) {
        self.open[index].over(Outcome::Refused, TransactionState::Refused(refused), effects);
    }

    /// Nothing was sent, and nobody is there any more who could do it again. A book may lie at the counter.
    pub(super) fn cancel(&mut self, index: usize, effects: &mut Vec<CirculationEffect>) {
        let transaction = &mut self.open[index];
        if transaction.record.kind != Kind::Renew {
            effects.push(CirculationEffect::Staff(transaction.matter(StaffReason::LeftAtCounter)));
        }
        transaction.over(Outcome::Cancelled, TransactionState::Cancelled, effects);
    }

    pub(super) fn hand_to_staff(&mut self, index: usize, reason: StaffReason, effects: &mut Vec<CirculationEffect>) {
        self.open[index].rest(TransactionPhase::Staff, Step::Staff, reason, effects);
    }

    pub(super) fn hold_disputed(&mut self, index: usize, effects: &mut Vec<CirculationEffect>) {
        let transaction = &mut self.open[index];
        transaction.record.disputed = true;
        transaction.rest(TransactionPhase::Disputed, Step::Disputed, StaffReason::Disputed, effects);
    }

    /// The library says no, and nothing was changed.
    pub(super) fn say_no(&mut self, now: Moment, index: usize, refused: Refused, effects: &mut Vec<CirculationEffect>) {
        let transaction = &mut self.open[index];
        let record = &mut transaction.record;
        let physical_return = record.physical && record.kind == Kind::Checkin;
        if record.disputed && (record.physical || record.happened) {
            self.hold_disputed(index, effects);
        } else if record.happened || physical_return {
            let unknown = refused.why == Why::UnknownItem;
            let reason = if unknown { StaffReason::UnknownItem } else { StaffReason::RefusedThoughHappened };
            self.hand_to_staff(index, reason, effects);
        } else if !record.physical {
            self.refused(index, refused, effects);
        } else if self.came_back(index) {
            self.open[index].over(Outcome::PutBack, TransactionState::PutBack, effects);
        } else if self.open[index].attended {
            let transaction = &mut self.open[index];
            let record = &mut transaction.record;
            if record.phase != TransactionPhase::Refused {
                record.phase = TransactionPhase::Refused;
                effects.push(CirculationEffect::Record(record.clone()));
            }
            transaction.step = Step::Refused { refused, since: now };
        } else {
            self.taken(now, index, effects);
        }
    }

    /// The person went with a book that the library refused: it has happened.
    pub(super) fn taken(&mut self, now: Moment, index: usize, effects: &mut Vec<CirculationEffect>) {
        let transaction = &mut self.open[index];
        effects.push(CirculationEffect::Staff(transaction.matter(StaffReason::TakenAgainstRefusal)));
        (transaction.attended, transaction.pin) = (false, None);
        transaction.ready_as_happened(now, effects);
    }

    /// The book of a refused loan came back.
    pub(super) fn put_back(&mut self, item: &ItemId, effects: &mut Vec<CirculationEffect>) {
        if let Some(index) = self.awaited_back(item) {
            self.open[index].over(Outcome::PutBack, TransactionState::PutBack, effects);
        }
    }

    /// The refused loan whose book is in the person's hand: the last that happened to this book.
    pub(super) fn awaited_back(&self, item: &ItemId) -> Option<usize> {
        let last = self.open.iter().rposition(|transaction| transaction.record.item == *item && transaction.is_fact());
        last.filter(|index| self.open[*index].awaits_put_back())
    }

    /// The book of this loan was put into the case since, by what is begun already.
    pub(super) fn came_back(&self, index: usize) -> bool {
        let item = &self.open[index].record.item;
        self.open[index + 1..]
            .iter()
            .any(|later| later.record.item == *item && later.record.physical && later.record.kind == Kind::Checkin)
    }

    /// Sent as often as is allowed, and certainly not carried out.
    pub(super) fn tried_enough(&mut self, now: Moment, index: usize, effects: &mut Vec<CirculationEffect>) {
        if self.open[index].is_fact() {
            self.hand_to_staff(index, StaffReason::TooManyTries, effects);
        } else {
            self.say_no(now, index, Refused { why: Why::Unreachable, way_out: WayOut::TryLater }, effects);
        }
    }

    pub(super) fn dispute_open(&mut self, index: usize, effects: &mut Vec<CirculationEffect>) {
        let transaction = &mut self.open[index];
        if transaction.record.disputed {
            return;
        }
        let unsent = match &transaction.step {
            Step::Ready | Step::Refused { .. } => true,
            Step::Probe(probe) => !matches!(probe.purpose, Purpose::Resolve(_)),
            Step::Acting(_) | Step::Disputed | Step::Staff | Step::Over(_) => false,
        };
        if unsent {
            return self.hold_disputed(index, effects);
        }
        // It may be carried out already; if it turns out that it was not, it is held then.
        transaction.record.disputed = true;
        effects.push(CirculationEffect::Staff(transaction.matter(StaffReason::DisputedTooLate)));
        effects.push(CirculationEffect::Record(transaction.record.clone()));
    }

    pub(super) fn decide_open(
        &mut self,
        now: Moment,
        index: usize,
        decision: Decision,
        effects: &mut Vec<CirculationEffect>,
    ) {
        let transaction = &mut self.open[index];
        if !matches!(transaction.step, Step::Disputed | Step::Staff) {
            return;
        }
        match decision {
            Decision::Drop => transaction.over(Outcome::Dropped, TransactionState::Cancelled, effects),
            Decision::Send if transaction.lacks_patron() => {}
            Decision::Send => {
                if transaction.record.kind == Kind::Renew {
                    // The date may have changed since: it is looked at anew.
                    transaction.record.due = None;
                }
                transaction.record.disputed = false;
                transaction.ready_as_happened(now, effects);
            }
        }
    }

    /// Takes what is over out of the list, and keeps what the screen may still show.
    pub(super) fn sweep(&mut self) {
        let finished = &mut self.finished;
        self.open.retain(|transaction| {
            let Step::Over(state) = &transaction.step else { return true };
            // Without anybody there, nobody looks.
            if transaction.attended {
                finished.push_back(Finished {
                    view: transaction.shown(state.clone()),
                    visit: transaction.record.visit.clone(),
                    dispute: Some(transaction.matter(StaffReason::DisputedTooLate)),
                });
            }
            false
        });
        while self.finished.len() > MOST_FINISHED {
            self.finished.pop_front();
        }
    }
}

impl Transaction {
    fn ready_as_happened(&mut self, now: Moment, effects: &mut Vec<CirculationEffect>) {
        // A renewal moves no book: it may still be refused.
        self.record.happened = self.record.kind != Kind::Renew;
        (self.record.phase, self.record.tries) = (TransactionPhase::Recorded, 0);
        (self.step, self.pending, self.next_at, self.failures) = (Step::Ready, None, now, 0);
        (self.since, self.alarmed) = (now, false);
        effects.push(CirculationEffect::Record(self.record.clone()));
    }
}
