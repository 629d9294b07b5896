// SPDX-License-Identifier: GPL-3.0-only
//! The journal as the loop uses it: bounded in time, and what could not be written is written later.
//!
//! A call that must not be made without its record is not made when [`Runtime::journal_ride`] fails. All
//! other records and outcomes lead towards an end and are kept here until the database takes them, so that
//! a disk that was full for a minute does not make the next start ask for rides that have long ended.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Runtime, journal};
use crate::domain::kiosk::Event;
use crate::domain::taxi::RideRecord;
use crate::protocol::{Fault, FaultCode};
use crate::services::taxi::TaxiDispatch;
use crate::store::{JournalKind, StoreError, StoreStatus};

/// How long the loop waits for the disk; longer than the store waits for a lock.
const LONGEST_WRITE: Duration = Duration::from_secs(5);
/// Most changes that wait for the database. Beyond it the oldest is left out: the next start asks once more
/// for what it was about.
const MOST_UNWRITTEN: usize = 256;

/// What the journal does not hold yet.
#[derive(Clone, Debug)]
enum Unwritten {
    Ride(RideRecord),
    Outcome(&'static str),
}

/// What the journal should hold.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Rides under way, as last journaled.
    rides: BTreeMap<String, RideRecord>,
    /// In the order of keys, which is none.
    unwritten: BTreeMap<String, Unwritten>,
}

impl Ledger {
    /// Whether something waits for the database.
    pub(super) fn is_behind(&self) -> bool {
        !self.unwritten.is_empty()
    }

    fn keep(&mut self, key: String, change: Unwritten) -> Option<Fault> {
        self.unwritten.insert(key, change);
        if self.unwritten.len() <= MOST_UNWRITTEN {
            return None;
        }
        self.unwritten.pop_first();
        let chain = "too many changes wait for the database; one was left out".to_owned();
        Some(Fault { code: FaultCode::QueueFull, chain })
    }
}

pub(super) async fn in_time<T>(asked: impl Future<Output = Result<T, StoreError>>) -> Result<T, Fault> {
    match tokio::time::timeout(LONGEST_WRITE, asked).await {
        Ok(answer) => answer.map_err(|error| error.fault()),
        Err(_) => {
            let chain = "the database did not answer in time".to_owned();
            Err(Fault { code: FaultCode::StoreUnavailable, chain })
        }
    }
}

impl<D: TaxiDispatch> Runtime<D> {
    /// Journals a ride. Whether it is on the disk now.
    pub(super) async fn journal_ride(&mut self, record: &RideRecord) -> bool {
        tracing::info!(ride = %record.customer, phase = record.phase.as_str(), "ride");
        let key = record.customer.0.clone();
        self.ledger.rides.insert(key.clone(), record.clone());
        let written = self.write_ride(record).await;
        match written {
            Ok(()) => drop(self.ledger.unwritten.remove(&key)),
            Err(()) => self.keep(key, Unwritten::Ride(record.clone())),
        }
        written.is_ok()
    }

    /// Settles a ride or a slip.
    pub(super) async fn settle(&mut self, key: String, outcome: &'static str) {
        self.ledger.rides.remove(&key);
        match self.write_outcome(&key, outcome).await {
            Ok(()) => drop(self.ledger.unwritten.remove(&key)),
            Err(()) => self.keep(key, Unwritten::Outcome(outcome)),
        }
    }

    /// Journals that a slip is about to be printed. Whether it is on the disk now.
    pub(super) async fn journal_slip(&mut self, key: &str) -> bool {
        let entry = journal::slip_entry(key, self.clock.now().wall);
        in_time(self.store.record(entry)).await.map_err(|fault| self.faults.report(&fault)).is_ok()
    }

    async fn write_ride(&mut self, record: &RideRecord) -> Result<(), ()> {
        let entry = journal::ride_entry(record, self.clock.now().wall);
        in_time(self.store.record(entry)).await.map_err(|fault| self.faults.report(&fault))
    }

    async fn write_outcome(&mut self, key: &str, outcome: &'static str) -> Result<(), ()> {
        let wall = self.clock.now().wall;
        in_time(self.store.settle(key, outcome, wall)).await.map_err(|fault| self.faults.report(&fault))
    }

    fn keep(&mut self, key: String, change: Unwritten) {
        if let Some(fault) = self.ledger.keep(key, change) {
            self.faults.report(&fault);
        }
    }

    /// The database was opened, closed or replaced.
    pub(super) async fn store_changed(&mut self) {
        let status = self.store_status.borrow_and_update().clone();
        match status {
            StoreStatus::Ready(report) => {
                if let Some(set_aside) = report.set_aside {
                    self.faults.report(&set_aside.fault);
                    // What could not be rescued is not in the new database; the loop knows it.
                    for (key, record) in self.ledger.rides.clone() {
                        self.ledger.unwritten.entry(key).or_insert(Unwritten::Ride(record));
                    }
                }
                self.catch_up().await;
            }
            StoreStatus::Unavailable(fault) => self.faults.report(&fault),
            StoreStatus::Closed => {}
        }
    }

    /// Takes up what the last run left, and writes what could not be written before.
    pub(super) async fn catch_up(&mut self) {
        if !self.recovered {
            self.recover().await;
        }
        let waiting: Vec<(String, Unwritten)> =
            self.ledger.unwritten.iter().map(|(key, change)| (key.clone(), change.clone())).collect();
        for (key, change) in waiting {
            let written = match &change {
                Unwritten::Ride(record) => self.write_ride(record).await,
                Unwritten::Outcome(outcome) => self.write_outcome(&key, outcome).await,
            };
            if written.is_err() {
                // The others would fail alike, each after its own wait.
                return;
            }
            self.ledger.unwritten.remove(&key);
        }
        self.write_library().await;
    }

    /// Takes up what the last run left in the journal.
    async fn recover(&mut self) {
        let rides = in_time(self.store.open_entries(JournalKind::TaxiRide)).await;
        let slips = in_time(self.store.open_entries(JournalKind::Slip)).await;
        let (rides, slips) = match (rides, slips) {
            (Ok(rides), Ok(slips)) => (rides, slips),
            (Err(fault), _) | (_, Err(fault)) => {
                self.faults.report(&fault);
                return;
            }
        };
        if !self.recover_library().await {
            return;
        }
        self.recovered = true;
        for slip in slips {
            let chain = "the program ended while a slip was printed".to_owned();
            self.faults.report(&Fault { code: FaultCode::PrinterOutcomeUnknown, chain });
            self.settle(slip.key, "unknown").await;
        }
        let rides: Vec<RideRecord> = rides.into_iter().map(journal::ride_record).collect();
        if rides.is_empty() {
            return;
        }
        for ride in &rides {
            let chain = format!("ride {} was {} when the program ended", ride.customer, ride.phase.as_str());
            self.faults.report(&Fault { code: FaultCode::TaxiRecovered, chain });
            self.ledger.rides.insert(ride.customer.0.clone(), ride.clone());
        }
        self.handle(Event::Recovered(rides)).await;
    }
}
