// SPDX-License-Identifier: GPL-3.0-only
//! Circulation on a desk: each question is answered by hand, time passes as the test says.

use std::time::Duration;

use super::*;
use crate::domain::library::*;
use crate::domain::time::WallTime;

pub(super) const PATRON: &str = "P-1";

pub(super) struct Desk {
    pub(super) circulation: Circulation,
    pub(super) now: Moment,
    pub(super) asked: Vec<(TransactionKey, CallId, LibraryCall)>,
    pub(super) records: Vec<TransactionRecord>,
    pub(super) staff: Vec<StaffReason>,
    pub(super) settled: Vec<(String, Outcome)>,
}

pub(super) fn key(name: &str) -> TransactionKey {
    TransactionKey(name.into())
}

pub(super) fn book() -> ItemId {
    ItemId("b".into())
}

pub(super) fn day(day: u8) -> DueDate {
    DueDate { year: 2026, month: 12, day }
}

pub(super) fn new(name: &str, kind: Kind) -> NewTransaction {
    NewTransaction {
        key: key(name),
        kind,
        item: book(),
        patron: Some(Patron { id: Secret::from(PATRON), pin: Some(Secret::from("1234")) }),
        at: WallTime(77),
        physical: false,
        visit: Some(VisitId("v".into())),
        door: None,
        due: None,
        disputed: false,
    }
}

pub(super) fn physical(name: &str, kind: Kind) -> NewTransaction {
    NewTransaction { physical: true, door: Some(DoorId(2)), ..new(name, kind) }
}

pub(super) fn copy(status: CirculationStatus) -> Item {
    Item {
        id: book(),
        title: "T".into(),
        status,
        due: status.is_on_loan().then(|| day(1)),
        permanent_location: None,
        current_location: None,
        waiting: None,
    }
}

pub(super) fn is(status: CirculationStatus) -> LibraryAnswer {
    LibraryAnswer::Item(Ok(Some(copy(status))))
}

/// An account with a whole list of loans.
pub(super) fn account(loans: &[(&str, u8)]) -> Account {
    let loan = |&(item, due): &(&str, u8)| Loan {
        item: ItemId(item.into()),
        title: Secret::default(),
        due: Some(day(due)),
        overdue: false,
    };
    let loans: Vec<_> = loans.iter().map(loan).collect();
    Account { valid: true, loan_count: u32::try_from(loans.len()).ok(), loans, ..Account::default() }
}

pub(super) fn has(loans: &[(&str, u8)]) -> LibraryAnswer {
    LibraryAnswer::Account(Ok(Box::new(account(loans))))
}

fn out(due: u8) -> CheckedOut {
    let due = Some(day(due));
    CheckedOut { title: "T".into(), due, renewed: false, desensitize: true, messages: Vec::new() }
}

pub(super) fn lent() -> LibraryAnswer {
    LibraryAnswer::Checkout(Ok(out(20)))
}

pub(super) fn renewed() -> LibraryAnswer {
    LibraryAnswer::Renew(Ok(out(28)))
}

pub(super) fn returned() -> LibraryAnswer {
    LibraryAnswer::Checkin(Ok(CheckedIn {
        title: "T".into(),
        permanent_location: None,
        alert: false,
        destination: None,
        held: true,
        resensitize: true,
        messages: Vec::new(),
    }))
}

pub(super) fn no() -> CallFailure {
    CallFailure::Refused(Refusal { messages: vec![Secret::from("words")] })
}

impl Desk {
    pub(super) fn with(policy: CirculationPolicy) -> Self {
        let circulation = Circulation::new(policy, 3);
        let now = Moment::default();
        Self { circulation, now, asked: vec![], records: vec![], staff: vec![], settled: vec![] }
    }

    pub(super) fn begun(transaction: NewTransaction) -> Self {
        let mut desk = Self::with(CirculationPolicy::default());
        desk.begin(transaction);
        desk
    }

    pub(super) fn begin(&mut self, transaction: NewTransaction) -> &mut Self {
        let effects = self.circulation.begin(self.now, transaction);
        self.take(effects)
    }

    pub(super) fn take(&mut self, effects: Vec<CirculationEffect>) -> &mut Self {
        for effect in effects {
            match effect {
                CirculationEffect::Record(record) => self.records.push(record),
                CirculationEffect::Act { key, call, record, ask } => {
                    self.records.extend(record);
                    self.asked.push((key, call, ask));
                }
                CirculationEffect::Staff(matter) => self.staff.push(matter.reason),
                CirculationEffect::Settle(key, outcome) => self.settled.push((key.0, outcome)),
            }
        }
        self
    }

    /// Answers the earliest open question.
    pub(super) fn reply(&mut self, answer: LibraryAnswer) -> &mut Self {
        assert!(!self.asked.is_empty(), "nothing is asked");
        let (key, call, _) = self.asked.remove(0);
        let effects = self.circulation.answer(self.now, &key, call, CirculationAnswer::Library(answer));
        self.take(effects)
    }

    /// The earliest open question fails.
    pub(super) fn fail(&mut self, failure: CallFailure) -> &mut Self {
        let answer = match &self.asked[0].2 {
            LibraryCall::Item(_) => LibraryAnswer::Item(Err(failure)),
            LibraryCall::Account(_) => LibraryAnswer::Account(Err(failure)),
            LibraryCall::Checkout(_) => LibraryAnswer::Checkout(Err(failure)),
            LibraryCall::Checkin(_) => LibraryAnswer::Checkin(Err(failure)),
            _ => LibraryAnswer::Renew(Err(failure)),
        };
        self.reply(answer)
    }

    pub(super) fn lose(&mut self) -> &mut Self {
        self.fail(CallFailure::Unknown)
    }

    pub(super) fn refuse(&mut self) -> &mut Self {
        self.fail(no())
    }

    pub(super) fn pass(&mut self, seconds: u64) -> &mut Self {
        self.now = self.now + Duration::from_secs(seconds);
        let effects = self.circulation.advance(self.now);
        self.take(effects)
    }

    /// What is asked now, in one word each.
    pub(super) fn asks(&self) -> Vec<&'static str> {
        let word = |(_, _, ask): &(TransactionKey, CallId, LibraryCall)| match ask {
            LibraryCall::Item(_) => "item",
            LibraryCall::Account(_) => "account",
            LibraryCall::Checkout(ask) if ask.happened => "lend happened",
            LibraryCall::Checkout(_) => "lend",
            LibraryCall::Checkin(_) => "return",
            LibraryCall::Renew(..) => "renew",
            _ => "other",
        };
        self.asked.iter().map(word).collect()
    }

    pub(super) fn state(&self, name: &str) -> TransactionState {
        self.circulation.view(&key(name)).expect("no view").state
    }

    pub(super) fn phase(&self) -> TransactionPhase {
        self.records.last().expect("no record").phase
    }

    pub(super) fn why(&self) -> (Why, WayOut) {
        match self.state("k") {
            TransactionState::Refused(refused) | TransactionState::PutItBack(refused) => (refused.why, refused.way_out),
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn gone(&mut self) -> &mut Self {
        let effects = self.circulation.gone(self.now, &VisitId("v".into()));
        self.take(effects)
    }

    /// The power goes, and comes back: only the last record of each is left.
    pub(super) fn restart(&mut self) -> &mut Self {
        let mut journal = std::collections::BTreeMap::new();
        for record in &self.records {
            journal.insert(record.key.clone(), record.clone());
        }
        journal.retain(|key, _| !self.settled.iter().any(|(settled, _)| *settled == key.0));
        self.circulation = Circulation::new(CirculationPolicy::default(), 4);
        self.asked.clear();
        let effects = self.circulation.recover(self.now, journal.into_values().collect());
        self.take(effects)
    }
}
