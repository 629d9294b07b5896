// SPDX-License-Identifier: GPL-3.0-only
//! Whose turn it is, and what is due.

use std::collections::HashSet;

use super::{
    Action, Circulation, CirculationEffect, Kind, Probe, Purpose, StaffReason, Step, Transaction, TransactionPhase,
};
use crate::domain::library::{CallId, Checkin, Checkout, LibraryCall};
use crate::domain::time::Moment;

impl Transaction {
    /// Whether something of it can be done without anybody deciding or answering.
    fn can_go_on(&self) -> bool {
        self.pending.is_none() && matches!(self.step, Step::Ready | Step::Probe(_))
    }

    fn is_held_by_staff(&self) -> bool {
        matches!(self.step, Step::Disputed | Step::Staff)
    }
}

impl Circulation {
    /// When [`Self::advance`] must be called at the latest; `None` when only an answer can bring more.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Moment> {
        let turns = self.turns().map(|index| self.due_at(&self.open[index]));
        let limits = self.open.iter().flat_map(|transaction| self.limits(transaction));
        turns.chain(limits).min()
    }

    /// Does what is due at `now`.
    pub fn advance(&mut self, now: Moment) -> Vec<CirculationEffect> {
        self.go_on(now, Vec::new())
    }

    /// Everything that is due, after the effects that came before it.
    pub(super) fn go_on(&mut self, now: Moment, mut effects: Vec<CirculationEffect>) -> Vec<CirculationEffect> {
        self.heed_limits(now, &mut effects);
        self.sweep();
        loop {
            // Those who wait at the screen come first.
            let due = |index: &usize| self.due_at(&self.open[*index]) <= now;
            let Some(index) = self.turns().filter(due).min_by_key(|index| (!self.open[*index].attended, *index)) else {
                return effects;
            };
            self.proceed(now, index, &mut effects);
            self.sweep();
        }
    }

    /// Those that may go on when their time has come: of each book the earliest, of each visit one question
    /// at a time, and no more questions than are allowed.
    fn turns(&self) -> impl Iterator<Item = usize> {
        let mut books = HashSet::new();
        let in_flight: Vec<&Transaction> =
            self.open.iter().filter(|transaction| transaction.pending.is_some()).collect();
        let visits: HashSet<_> = in_flight.iter().filter_map(|transaction| transaction.record.visit.as_ref()).collect();
        let room = in_flight.len() < self.policy.most_calls.max(1);
        self.open.iter().enumerate().filter_map(move |(index, transaction)| {
            let first = !transaction.is_over() && books.insert(&transaction.record.item);
            let visit_free = transaction.record.visit.as_ref().is_none_or(|visit| !visits.contains(visit));
            (first && room && visit_free && transaction.can_go_on()).then_some(index)
        })
    }

    fn due_at(&self, transaction: &Transaction) -> Moment {
        let waits = transaction.stored || !transaction.attended;
        if waits { transaction.next_at.max(self.closed_until) } else { transaction.next_at }
    }

    fn limits(&self, transaction: &Transaction) -> impl Iterator<Item = Moment> {
        let patience = match &transaction.step {
            Step::Refused { since, .. } => Some(*since + self.policy.put_back_patience),
            Step::Probe(Probe { purpose: Purpose::Resolve(_), since, .. }) if transaction.pending.is_none() => {
                Some(*since + self.policy.resolve_patience)
            }
            _ => None,
        };
        let quiet = transaction.alarmed || transaction.is_held_by_staff();
        let alarm = (!quiet).then_some(transaction.since + self.policy.alarm_after);
        patience.into_iter().chain(alarm)
    }

    fn heed_limits(&mut self, now: Moment, effects: &mut Vec<CirculationEffect>) {
        for index in 0..self.open.len() {
            let transaction = &mut self.open[index];
            let old = now.since(transaction.since) >= self.policy.alarm_after;
            if old && !transaction.alarmed && !transaction.is_held_by_staff() && !transaction.is_over() {
                transaction.alarmed = true;
                effects.push(CirculationEffect::Staff(transaction.matter(StaffReason::WaitsLong)));
            }
            match &transaction.step {
                Step::Refused { since, .. } if now.since(*since) >= self.policy.put_back_patience => {
                    self.taken(now, index, effects);
                }
                Step::Probe(Probe { purpose: Purpose::Resolve(_), since, .. })
                    if transaction.pending.is_none() && now.since(*since) >= self.policy.resolve_patience =>
                {
                    self.hand_to_staff(index, StaffReason::Uncertain, effects);
                }
                _ => {}
            }
        }
    }

    fn proceed(&mut self, now: Moment, index: usize, effects: &mut Vec<CirculationEffect>) {
        let transaction = &mut self.open[index];
        if matches!(transaction.step, Step::Ready) {
            let look = match transaction.record.kind {
                Kind::Checkout => true,
                Kind::Checkin => false,
                Kind::Renew => transaction.record.due.is_none(),
            };
            if !look {
                return self.send(now, index, Action::Main, effects);
            }
            transaction.step = Step::Probe(Probe::new(Purpose::Look, now));
        }
        self.probe_on(now, index, effects);
    }

    /// The next question of the probe, or its conclusion.
    pub(super) fn probe_on(&mut self, now: Moment, index: usize, effects: &mut Vec<CirculationEffect>) {
        match self.open[index].question() {
            Some(ask) => self.act(index, false, ask, effects),
            None => self.conclude(now, index, effects),
        }
    }

    /// Sends what changes the library's books. Only called when it is certain that the same has not been
    /// carried out.
    pub(super) fn send(&mut self, now: Moment, index: usize, action: Action, effects: &mut Vec<CirculationEffect>) {
        let transaction = &mut self.open[index];
        if transaction.record.disputed {
            return self.hold_disputed(index, effects);
        }
        if transaction.record.tries >= self.policy.most_tries {
            return self.tried_enough(now, index, effects);
        }
        let record = &mut transaction.record;
        record.tries += 1;
        // A book that the person has carried away cannot be refused any more.
        record.happened |= record.physical && !transaction.attended;
        let (item, at, happened) = (record.item.clone(), record.at, record.happened);
        let (phase, ask) = match (action, record.kind) {
            (Action::Return, _) => {
                (TransactionPhase::Returning, LibraryCall::Checkin(Checkin { item, at, happened: true }))
            }
            (Action::Main, Kind::Checkin) => {
                let happened = happened || record.physical;
                (TransactionPhase::Sent, LibraryCall::Checkin(Checkin { item, at, happened }))
            }
            (Action::Main, Kind::Checkout) => {
                let patron = transaction.patron();
                (TransactionPhase::Sent, LibraryCall::Checkout(Checkout { patron, item, at, happened }))
            }
            (Action::Main, Kind::Renew) => (TransactionPhase::Sent, LibraryCall::Renew(transaction.patron(), item)),
        };
        transaction.record.phase = phase;
        transaction.step = Step::Acting(action);
        self.act(index, true, ask, effects);
    }

    fn act(&mut self, index: usize, journal: bool, ask: LibraryCall, effects: &mut Vec<CirculationEffect>) {
        self.last_call += 1;
        let call = CallId(self.last_call);
        let transaction = &mut self.open[index];
        transaction.pending = Some(call);
        let record = journal.then(|| transaction.record.clone());
        effects.push(CirculationEffect::Act { key: transaction.record.key.clone(), call, record, ask });
    }
}
