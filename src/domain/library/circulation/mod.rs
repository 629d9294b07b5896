// SPDX-License-Identifier: GPL-3.0-only
//! Circulation: the terminal's loans, returns and renewals under way, from the counter and from the bookcase,
//! those that wait for the library among them.
//!
//! Each is journaled when it is begun, journaled again before anything that changes the library's books is
//! sent, and stays until the library's books say so, the library has refused it, or staff has decided.
//!
//! ```text
//! Recorded ─look─▶ Sent ──▶ done
//!    ▲              │ └──no──▶ explained ──▶ refused │ put back │ taken all the same: sent as happened │ staff
//!    │              └─answer lost─▶ ask ──▶ done │ certainly not carried out: send again │ staff
//!    └──not sent: stored for later
//! ```
//!
//! - **Nothing is sent twice that may have been carried out.** After a lost answer the copy and the account are
//!   asked for, not before [`CirculationPolicy::settle`] has passed.
//! - **No loan is renewed by accident.** Libraries take a second checkout of a book by the same patron as a
//!   renewal, so the copy is asked for before every checkout.
//! - **Order.** Of one book the earliest transaction goes first and holds the later ones of that book back,
//!   and no others. Of one visit one question is asked at a time.
//! - **A conflict is repaired** where the book has certainly been in the case: whoever had it on loan brought
//!   it back, so it is taken back, then lent. Staff is told.
//! - **A dispute is never decided by the program.**
//!
//! # What outlives a session
//!
//! Nothing personal does, with one exception, which is here and in the visits to the bookcase that are not
//! settled: a loan that the library does not know yet must not be lost, or a book is gone and nobody has it. So the number of the patron is part of
//! [`TransactionRecord`], as a [`Secret`], which the runtime seals with an authenticated cipher before it
//! writes it. It ends with the settling ([`CirculationEffect::Settle`]): the row is erased then, and most rows live for
//! the blink of one question. The PIN is never in a record and is forgotten when the person goes or the loan is
//! stored. What staff sees ([`StaffMatter`]) has the copy, the door, the time and the key, nothing of the person.
//!
//! # What it cannot know
//!
//! No library protocol tells when or by whom a copy was lent. When a loan is forwarded hours late and the
//! book has meanwhile been brought back to a desk that belongs to no terminal, it is lent once more on paper; the staff
//! list names every transaction that waited so long ([`StaffReason::WaitsLong`]).

mod account;
mod answers;
mod conclude;
mod ends;
mod pauses;
mod policy;
mod probe;
mod transaction;
mod turn;
mod view;
mod why;

#[cfg(test)]
mod desk;
#[cfg(test)]
mod model;
#[cfg(test)]
mod people;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod world;

use std::collections::VecDeque;

pub use policy::CirculationPolicy;
pub use transaction::{
    CirculationAnswer, CirculationEffect, Decision, Kind, NewTransaction, Outcome, StaffMatter, StaffReason,
    TransactionPhase, TransactionRecord,
};
pub use view::{Done, TransactionState, TransactionView};
pub use why::{Refused, WayOut, Why};

use self::ends::Finished;
use self::pauses::Pauses;
use self::probe::{Probe, Purpose};
use super::{CallId, ItemId, Patron, TransactionKey, VisitId};
use crate::domain::time::Moment;
use crate::protocol::Secret;

/// Which of the library's books is changed by a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    /// What the transaction is for.
    Main,
    /// The return that repairs a conflict before a loan.
    Return,
}

#[derive(Clone, Debug)]
enum Step {
    /// Its turn will come.
    Ready,
    /// A change was sent.
    Acting(Action),
    /// The library is asked about copy and account.
    Probe(Probe),
    /// The book is to be put back; nobody has said yet that the person went.
    Refused { refused: Refused, since: Moment },
    /// Staff decides whether it is what happened.
    Disputed,
    /// Staff decides.
    Staff,
    /// Over; leaves the list at the end of the step.
    Over(TransactionState),
}

#[derive(Debug)]
struct Transaction {
    record: TransactionRecord,
    pin: Option<Secret>,
    /// The person is there.
    attended: bool,
    title: Secret,
    step: Step,
    pending: Option<CallId>,
    /// Not to be gone on with before.
    next_at: Moment,
    failures: u32,
    /// The library could not be reached with it.
    stored: bool,
    /// When it was begun, or taken over from the journal.
    since: Moment,
    /// Staff was told that it waits long.
    alarmed: bool,
}

impl Transaction {
    fn new(record: TransactionRecord, now: Moment) -> Self {
        Self {
            record,
            pin: None,
            attended: false,
            title: Secret::default(),
            step: Step::Ready,
            pending: None,
            next_at: now,
            failures: 0,
            stored: false,
            since: now,
            alarmed: false,
        }
    }

    fn patron(&self) -> Patron {
        Patron { id: self.record.patron.clone().unwrap_or_default(), pin: self.pin.clone() }
    }

    /// The book has changed its place, or the person was told that it counts.
    fn is_fact(&self) -> bool {
        self.record.physical || self.record.happened
    }

    fn lacks_patron(&self) -> bool {
        self.record.kind != Kind::Checkin && self.record.patron.as_ref().is_none_or(Secret::is_empty)
    }

    fn is_over(&self) -> bool {
        matches!(self.step, Step::Over(_))
    }

    /// Refused, and nothing of it is at the library: it is cancelled when the book comes back.
    fn awaits_put_back(&self) -> bool {
        let refused = match &self.step {
            Step::Refused { .. } => true,
            Step::Probe(probe) => matches!(probe.purpose, Purpose::Explain(_)),
            _ => false,
        };
        refused && self.record.kind == Kind::Checkout && self.record.physical && !self.record.happened
    }
}

/// All loans, returns and renewals of the terminal that are under way.
#[derive(Debug)]
pub struct Circulation {
    policy: CirculationPolicy,
    pauses: Pauses,
    /// In the order of beginning.
    open: Vec<Transaction>,
    finished: VecDeque<Finished>,
    last_call: u64,
    last_sequence: u64,
    /// Stored ones are not tried before.
    closed_until: Moment,
    /// Times in a row that the library could not be reached.
    outage: u32,
}

impl Circulation {
    /// Nothing under way. `jitter_seed`: any number, another for each terminal and start, so that the terminals of
    /// a town do not all come back to the library at the same moment.
    #[must_use]
    pub fn new(policy: CirculationPolicy, jitter_seed: u64) -> Self {
        Self {
            policy,
            pauses: Pauses::new(jitter_seed),
            open: Vec::new(),
            finished: VecDeque::new(),
            last_call: 0,
            last_sequence: 0,
            closed_until: Moment::default(),
            outage: 0,
        }
    }

    /// Takes over what the journal says was under way when the program ended; once, before anything else.
    ///
    /// A refused book waits to be seen in the case ([`Self::resolved_by_return`]) or for the word that the
    /// person has gone ([`Self::gone`] with each of [`Self::visits`]): give it after the case was counted.
    pub fn recover(&mut self, now: Moment, mut records: Vec<TransactionRecord>) -> Vec<CirculationEffect> {
        let mut effects = Vec::new();
        records.sort_by_key(|record| record.sequence);
        for record in records {
            if self.knows(&record.key) {
                continue;
            }
            self.last_sequence = self.last_sequence.max(record.sequence);
            self.open.push(Transaction::new(record, now));
            self.take_over(now, self.open.len() - 1, &mut effects);
        }
        for index in 0..self.open.len() {
            if matches!(self.open[index].step, Step::Refused { .. }) && self.came_back(index) {
                self.open[index].over(Outcome::PutBack, TransactionState::PutBack, &mut effects);
            }
        }
        self.go_on(now, effects)
    }

    fn take_over(&mut self, now: Moment, index: usize, effects: &mut Vec<CirculationEffect>) {
        let transaction = &mut self.open[index];
        let kept = !matches!(transaction.record.phase, TransactionPhase::Disputed | TransactionPhase::Staff);
        if transaction.lacks_patron() && kept {
            return self.hand_to_staff(index, StaffReason::NobodyKnown, effects);
        }
        match transaction.record.phase {
            TransactionPhase::Recorded if !transaction.is_fact() => self.cancel(index, effects),
            TransactionPhase::Recorded => {
                // Whoever took it has had the whole restart to put it back.
                transaction.record.happened = true;
                transaction.stored = true;
            }
            TransactionPhase::Returning => self.resolve_after_restart(now, index, Action::Return),
            TransactionPhase::Sent => self.resolve_after_restart(now, index, Action::Main),
            TransactionPhase::Refused if !transaction.record.physical => self.cancel(index, effects),
            TransactionPhase::Refused => {
                let refused = Refused { why: Why::NotTold, way_out: WayOut::PutBack };
                transaction.step = Step::Refused { refused, since: now };
            }
            TransactionPhase::Disputed => transaction.step = Step::Disputed,
            TransactionPhase::Staff => transaction.step = Step::Staff,
        }
    }

    /// Begins a loan, return or renewal; a key that is under way changes nothing (one that is settled must
    /// not be begun again: the journal knows it). Of one visit begin the returns first: they make room for
    /// the loans. Without a visit nobody is there: no view is kept after the end.
    ///
    /// The return of a book whose loan was refused and that waits to be put back cancels that loan first.
    pub fn begin(&mut self, now: Moment, new: NewTransaction) -> Vec<CirculationEffect> {
        let mut effects = Vec::new();
        if self.knows(&new.key) || self.finished.iter().any(|finished| finished.view.key == new.key) {
            return effects;
        }
        if new.kind == Kind::Checkin && new.physical {
            self.put_back(&new.item, &mut effects);
            self.sweep();
        }
        let full = self.open.len() >= self.policy.most_transactions;
        let (id, pin) = new.patron.map_or((None, None), |patron| (Some(patron.id), patron.pin));
        self.last_sequence += 1;
        let record = TransactionRecord {
            key: new.key,
            kind: new.kind,
            item: new.item,
            patron: if new.kind == Kind::Checkin { None } else { id },
            at: new.at,
            physical: new.physical,
            visit: new.visit,
            door: new.door,
            due: new.due,
            phase: TransactionPhase::Recorded,
            happened: false,
            disputed: false,
            tries: 0,
            sequence: self.last_sequence,
        };
        let mut transaction = Transaction::new(record, now);
        transaction.attended = transaction.record.visit.is_some();
        transaction.pin = pin.filter(|_| new.kind != Kind::Checkin && transaction.attended);
        self.open.push(transaction);
        self.enter(self.open.len() - 1, full, new.disputed, &mut effects);
        self.go_on(now, effects)
    }

    fn enter(&mut self, index: usize, full: bool, disputed: bool, effects: &mut Vec<CirculationEffect>) {
        let transaction = &mut self.open[index];
        let physical = transaction.record.physical;
        let refused = |why: Why| TransactionState::Refused(Refused { why, way_out: WayOut::CallTheLibrary });
        if full {
            // It was never journaled, so there is nothing to settle.
            if physical {
                effects.push(CirculationEffect::Staff(transaction.matter(StaffReason::ListFull)));
            }
            transaction.step = Step::Over(refused(Why::Terminal));
        } else if transaction.lacks_patron() && !physical {
            transaction.step = Step::Over(refused(Why::Blocked(super::Block::UnknownCard)));
        } else if transaction.lacks_patron() {
            self.hand_to_staff(index, StaffReason::NobodyKnown, effects);
        } else if disputed {
            self.hold_disputed(index, effects);
        } else {
            effects.push(CirculationEffect::Record(transaction.record.clone()));
        }
    }

    /// Takes the answer to `call` of `key`; answers to other calls are ignored.
    pub fn answer(
        &mut self,
        now: Moment,
        key: &TransactionKey,
        call: CallId,
        answer: CirculationAnswer,
    ) -> Vec<CirculationEffect> {
        let mut effects = Vec::new();
        let Some(index) = self.find(key).filter(|index| self.open[*index].pending == Some(call)) else {
            return effects;
        };
        self.open[index].pending = None;
        self.take(now, index, answer, &mut effects);
        self.go_on(now, effects)
    }

    /// What is known of the connection has changed. Once the library is there, everything that is stored is
    /// tried without waiting for its time.
    pub fn reachable(&mut self, now: Moment, reachable: bool) -> Vec<CirculationEffect> {
        if reachable {
            self.reached();
            for transaction in &mut self.open {
                if let Step::Probe(Probe { purpose: Purpose::Resolve(_), not_before, .. }) = &transaction.step {
                    transaction.next_at = transaction.next_at.min(now.max(*not_before));
                }
            }
        }
        self.go_on(now, Vec::new())
    }

    /// The person of `visit` has gone: PINs are forgotten, a book in their hand that was refused is sent as
    /// having happened (and staff told), what was not sent at the counter is dropped.
    pub fn gone(&mut self, now: Moment, visit: &VisitId) -> Vec<CirculationEffect> {
        let mut effects = Vec::new();
        for index in 0..self.open.len() {
            let transaction = &mut self.open[index];
            if transaction.record.visit.as_ref() != Some(visit) {
                continue;
            }
            transaction.attended = false;
            transaction.pin = None;
            let unsent = match &transaction.step {
                Step::Ready => true,
                Step::Probe(probe) => matches!(probe.purpose, Purpose::Look),
                _ => false,
            };
            if matches!(transaction.step, Step::Refused { .. }) {
                self.taken(now, index, &mut effects);
            } else if unsent && !transaction.is_fact() {
                self.cancel(index, &mut effects);
            }
        }
        self.sweep();
        self.finished.retain(|finished| finished.visit.as_ref() != Some(visit));
        self.go_on(now, effects)
    }

    /// The case saw a book come back whose loan was refused: nothing was lent, nothing is to be sent.
    pub fn resolved_by_return(&mut self, now: Moment, item: &ItemId) -> Vec<CirculationEffect> {
        let mut effects = Vec::new();
        self.put_back(item, &mut effects);
        self.go_on(now, effects)
    }

    /// The person says that this is not what happened. What has not been sent is not sent until staff
    /// decides; what has is told to staff all the same.
    pub fn dispute(&mut self, now: Moment, key: &TransactionKey) -> Vec<CirculationEffect> {
        let mut effects = Vec::new();
        if let Some(index) = self.find(key) {
            self.dispute_open(index, &mut effects);
        } else if let Some(finished) = self.finished.iter_mut().find(|finished| finished.view.key == *key) {
            effects.extend(finished.dispute().map(CirculationEffect::Staff));
        }
        self.go_on(now, effects)
    }

    /// Staff has decided about a transaction that waits for them; nothing for any other. A loan by nobody
    /// known cannot be sent.
    pub fn decide(&mut self, now: Moment, key: &TransactionKey, decision: Decision) -> Vec<CirculationEffect> {
        let mut effects = Vec::new();
        if let Some(index) = self.find(key) {
            self.decide_open(now, index, decision, &mut effects);
        }
        self.go_on(now, effects)
    }

    /// Whether a transaction of this key is under way.
    #[must_use]
    pub fn knows(&self, key: &TransactionKey) -> bool {
        self.find(key).is_some()
    }

    /// What the transaction of this key is; `None` where none is under way.
    #[must_use]
    pub fn kind(&self, key: &TransactionKey) -> Option<Kind> {
        self.find(key).and_then(|index| self.open.get(index)).map(|transaction| transaction.record.kind)
    }

    /// Whether a loan of this book was refused and the book is to be put back.
    #[must_use]
    pub fn waiting_for_put_back(&self, item: &ItemId) -> bool {
        self.awaited_back(item).is_some()
    }

    /// How many are under way.
    #[must_use]
    pub fn open(&self) -> usize {
        self.open.len()
    }

    /// The visits of what is under way, each once, the earliest first.
    #[must_use]
    pub fn visits(&self) -> Vec<VisitId> {
        let mut visits: Vec<VisitId> = Vec::new();
        for visit in self.open.iter().filter_map(|transaction| transaction.record.visit.as_ref()) {
            if !visits.contains(visit) {
                visits.push(visit.clone());
            }
        }
        visits
    }

    fn find(&self, key: &TransactionKey) -> Option<usize> {
        self.open.iter().position(|transaction| transaction.record.key == *key)
    }
}
