// SPDX-License-Identifier: GPL-3.0-only
//! The library's journal: every change in its order, so that a visit never leaves it before the loans that
//! came of it are in it.

use std::collections::{BTreeMap, VecDeque};

use super::entries::{self, Journaled};
use crate::domain::kiosk::Event;
use crate::domain::library::bookcase::{DoorId, VisitKey};
use crate::domain::library::circulation::TransactionRecord;
use crate::domain::library::desk::{DeskWrite, LibraryEvent, MatterRecord, Recovered};
use crate::protocol::{Fault, FaultCode};
use crate::runtime::Runtime;
use crate::runtime::ledger::in_time;
use crate::services::taxi::TaxiDispatch;
use crate::store::{JournalEntry, JournalKind, Seal, limits};

/// Most changes that wait for the database. Beyond it nothing new is begun that must be journaled first.
const MOST_WAITING: usize = 2_000;

/// One change of the journal.
#[derive(Clone, Debug)]
enum Change {
    Entries(Vec<JournalEntry>),
    Settled { keys: Vec<String>, outcome: &'static str },
}

/// What waits for the database, in order, and how many rows long entries have.
#[derive(Debug, Default)]
pub(in crate::runtime) struct Writes {
    waiting: VecDeque<Change>,
    visit_rows: BTreeMap<VisitKey, usize>,
    shelf_rows: BTreeMap<DoorId, usize>,
}

impl Writes {
    /// Whether something waits.
    pub(in crate::runtime) fn is_behind(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The rows of a visit that leaves the journal.
    pub(super) fn visit_keys(&mut self, visit: &VisitKey) -> Vec<String> {
        let rows = self.visit_rows.remove(visit).unwrap_or(1);
        (0..rows).map(|row| entries::row_key(&visit.0, row)).collect()
    }

    /// The rows of a write; those of a visit or shelf that was longer before are overwritten too.
    fn rows(&mut self, write: &DeskWrite, seal: Option<&Seal>, now: i64) -> Result<Vec<JournalEntry>, Fault> {
        let mut rows = Vec::new();
        for visit in &write.visits {
            let known = self.visit_rows.entry(visit.key.clone()).or_insert(1);
            let made = entries::visit(visit, *known, seal, now)?;
            *known = made.len();
            rows.extend(made);
        }
        for (door, contents) in &write.contents {
            let known = self.shelf_rows.entry(*door).or_insert(1);
            let made = entries::shelf(*door, contents, *known, now);
            *known = made.len();
            rows.extend(made);
        }
        rows.extend(write.matters.iter().map(|matter| entries::matter(matter, now)));
        Ok(rows)
    }
}

impl<D: TaxiDispatch> Runtime<D> {
    /// Journals a transaction, now or as soon as the database takes it.
    pub(super) async fn journal_transaction(&mut self, record: &TransactionRecord) {
        tracing::info!(transaction = %record.key, phase = record.phase.as_str(), "transaction");
        match self.transaction_entry(record) {
            Ok(entry) => self.change(Change::Entries(vec![entry])).await,
            Err(fault) => self.faults.report(&fault),
        }
    }

    /// Journals a transaction before it is acted upon. Whether it is on the disk.
    pub(super) async fn journal_transaction_now(&mut self, record: &TransactionRecord) -> bool {
        tracing::info!(transaction = %record.key, phase = record.phase.as_str(), "transaction");
        match self.transaction_entry(record) {
            Ok(entry) => self.change_now(Change::Entries(vec![entry])).await,
            Err(fault) => {
                self.faults.report(&fault);
                false
            }
        }
    }

    fn transaction_entry(&self, record: &TransactionRecord) -> Result<JournalEntry, Fault> {
        let seal = self.library.as_ref().and_then(|library| library.seal.as_ref());
        entries::transaction(record, seal, self.clock.now().wall.0)
    }

    /// Journals a row of the staff list.
    pub(super) async fn journal_matter(&mut self, matter: &MatterRecord) {
        let entry = entries::matter(matter, self.clock.now().wall.0);
        self.change(Change::Entries(vec![entry])).await;
    }

    /// Journals what the case asks for, all of it or nothing. Whether it is on the disk.
    pub(super) async fn journal_case(&mut self, write: DeskWrite) -> bool {
        let now = self.clock.now().wall.0;
        let Some(library) = &mut self.library else { return false };
        let rows = library.writes.rows(&write, library.seal.as_ref(), now);
        match rows {
            Ok(rows) if rows.len() > limits::ENTRIES_AT_ONCE => {
                let chain = format!("{} rows of the case are more than one write takes", rows.len());
                self.faults.report(&Fault { code: FaultCode::QueueFull, chain });
                false
            }
            Ok(rows) => self.change_now(Change::Entries(rows)).await,
            Err(fault) => {
                self.faults.report(&fault);
                false
            }
        }
    }

    /// Settles rows, after everything that was journaled before.
    pub(super) async fn settle_in_order(&mut self, keys: Vec<String>, outcome: &'static str) {
        self.change(Change::Settled { keys, outcome }).await;
    }

    /// Carries out a change after those that wait, now or later.
    async fn change(&mut self, change: Change) {
        let Some(library) = &mut self.library else { return };
        if library.writes.waiting.len() >= MOST_WAITING {
            let chain = "too many changes of the library's journal wait for the database".to_owned();
            return self.faults.report(&Fault { code: FaultCode::QueueFull, chain });
        }
        library.writes.waiting.push_back(change);
        self.write_library().await;
    }

    /// Carries out a change now or not at all: what waits comes first.
    async fn change_now(&mut self, change: Change) -> bool {
        self.write_library().await;
        let behind = self.library.as_ref().is_none_or(|library| library.writes.is_behind());
        !behind && self.carry_out_change(&change).await == Done::Written
    }

    /// Writes what waits, in order, as far as the database takes it.
    pub(in crate::runtime) async fn write_library(&mut self) {
        while let Some(change) = self.library.as_ref().and_then(|library| library.writes.waiting.front()).cloned() {
            if self.carry_out_change(&change).await == Done::NotNow {
                return;
            }
            if let Some(library) = &mut self.library {
                library.writes.waiting.pop_front();
            }
        }
    }

    async fn carry_out_change(&mut self, change: &Change) -> Done {
        let wall = self.clock.now().wall;
        let written = match change {
            Change::Entries(entries) => in_time(self.store.record_all(entries.clone())).await,
            Change::Settled { keys, outcome } => {
                let mut settled = Ok(());
                for key in keys {
                    settled = settled.and(in_time(self.store.settle(key, outcome, wall)).await);
                }
                settled
            }
        };
        match written {
            Ok(()) => Done::Written,
            Err(fault) => {
                let refused = fault.code == FaultCode::StoreRefused;
                self.faults.report(&fault);
                // What is refused today is refused tomorrow; nothing behind it may wait for ever.
                if refused { Done::Refused } else { Done::NotNow }
            }
        }
    }

    /// Takes up what the last run left of the library. Whether it could be read.
    pub(in crate::runtime) async fn recover_library(&mut self) -> bool {
        if self.library.is_none() {
            return true;
        }
        let mut rows = Vec::new();
        let kinds =
            [JournalKind::LibraryTransaction, JournalKind::CaseVisit, JournalKind::CaseShelf, JournalKind::StaffMatter];
        for kind in kinds {
            match in_time(self.store.open_entries(kind)).await {
                Ok(entries) => rows.extend(entries),
                Err(fault) => {
                    self.faults.report(&fault);
                    return false;
                }
            }
        }
        let Some(library) = &mut self.library else { return true };
        let mut journaled = Journaled::default();
        for row in rows {
            journaled.take(row, library.seal.as_ref());
        }
        let (recovered, visit_rows, shelf_rows, faults) = journaled.finish();
        library.writes.visit_rows = visit_rows;
        library.writes.shelf_rows = shelf_rows;
        for fault in &faults {
            self.faults.report(fault);
        }
        self.report_recovered(&recovered);
        self.handle(Event::Library(LibraryEvent::Recovered(Box::new(recovered)))).await;
        true
    }

    fn report_recovered(&mut self, recovered: &Recovered) {
        let (transactions, visits) = (recovered.transactions.len(), recovered.case.visits.len());
        if transactions + visits > 0 {
            let chain = format!("{transactions} transactions and {visits} visits to the case were under way");
            self.faults.report(&Fault { code: FaultCode::LibraryRecovered, chain });
        }
    }
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    Written,
    Refused,
    NotNow,
}
