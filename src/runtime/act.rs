// SPDX-License-Identifier: GPL-3.0-only
//! Carrying out effects: journal first, then act.

use std::sync::Arc;

use super::slips::taxi_slip;
use super::{Runtime, journal};
use crate::devices::slip_printer::PrintReport;
use crate::domain::kiosk::{Effect, Event, SlipJob, SlipResult, TaxiSlip};
use crate::domain::taxi::{CallFailure, CallId, CustomerId, RideAnswer, RideCall, RideEffect, RideRecord};
use crate::protocol::{Fault, FaultCode};
use crate::services::taxi::{DispatchError, TaxiDispatch};
use crate::store::JournalKind;

impl<D: TaxiDispatch> Runtime<D> {
    pub(super) async fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Ride(customer, RideEffect::Record(record)) => {
                tracing::info!(ride = %customer, phase = record.phase.as_str(), "ride");
                self.journal_ride(&record).await;
            }
            Effect::Ride(customer, RideEffect::Act { call, record, ask }) => {
                self.ask(customer, call, record, ask).await;
            }
            Effect::Ride(_, RideEffect::Settle(customer, outcome)) => {
                tracing::info!(ride = %customer, outcome = outcome.as_str(), "ride over");
                let wall = self.clock.now().wall;
                if let Err(error) = self.store.settle(&customer.0, outcome.as_str(), wall).await {
                    self.faults.report(&error.fault());
                }
            }
            Effect::Print(job, slip) => self.print(job, slip).await,
            Effect::Silence => (self.silence.0)(),
            Effect::Wipe => {
                (self.silence.0)();
                self.printer.wipe();
            }
        }
    }

    async fn journal_ride(&mut self, record: &RideRecord) -> bool {
        let entry = journal::ride_entry(record, self.clock.now().wall);
        match self.store.record(entry).await {
            Ok(()) => true,
            Err(error) => {
                self.faults.report(&error.fault());
                false
            }
        }
    }

    async fn ask(&mut self, customer: CustomerId, call: CallId, record: Option<RideRecord>, ask: RideCall) {
        let journaled = match &record {
            Some(record) => {
                tracing::info!(ride = %customer, phase = record.phase.as_str(), "ride");
                self.journal_ride(record).await
            }
            None => true,
        };
        let answer_to = self.answer_to.clone();
        if !journaled && matches!(ask, RideCall::Hail(_)) {
            self.answer(Event::Ride(customer, call, RideAnswer::NotJournaled));
            return;
        }
        let Some(dispatch) = self.dispatch.clone() else {
            self.answer(Event::Ride(customer, call, refused_for_want_of_a_centre(&ask)));
            return;
        };
        let lost = lost(&ask);
        tokio::spawn(async move {
            // In a task of its own, so that a panic in an adapter becomes a lost answer and not a ride that
            // waits for ever.
            let (answer, fault) = match tokio::spawn(put(dispatch, ask)).await {
                Ok(answer) => answer,
                Err(error) => (lost, Some(Fault::from_error(FaultCode::TaskRestarted, &error))),
            };
            if let Some(fault) = fault {
                tracing::warn!(code = fault.code.code(), help = fault.code.help(), "{}", fault.chain);
            }
            // Fails only when the loop has ended; the journal knows the rest.
            let _ = answer_to.send(Event::Ride(customer, call, answer)).await;
        });
    }

    fn answer(&mut self, event: Event) {
        if self.answer_to.try_send(event).is_err() {
            let chain = "the queue of answers is full".to_owned();
            self.faults.report(&Fault { code: FaultCode::QueueFull, chain });
        }
    }

    async fn print(&mut self, job: SlipJob, slip: TaxiSlip) {
        let key = format!("slip-{}-{}", self.run, job.0);
        let wall = self.clock.now().wall;
        let document = taxi_slip(&self.wording, &slip, &self.settings, self.clock.zone());
        drop(slip);
        let journaled = self.store.record(journal::slip_entry(&key, wall)).await;
        let document = match (journaled, document) {
            (Ok(()), Ok(document)) => document,
            (Err(error), _) => {
                self.faults.report(&error.fault());
                return self.answer(Event::Slip(job, SlipResult::Failed));
            }
            (_, Err(error)) => {
                self.faults.report(&Fault::from_error(FaultCode::PrinterMechanical, &error));
                return self.answer(Event::Slip(job, SlipResult::Failed));
            }
        };
        let (printer, store, answer_to) = (self.printer.clone(), self.store.clone(), self.answer_to.clone());
        tokio::spawn(async move {
            let (result, word, fault) = match printer.print(document).await {
                PrintReport::Printed => (SlipResult::Printed, "printed", None),
                PrintReport::Failed(fault) => (SlipResult::Failed, "failed", Some(fault)),
                PrintReport::Unknown(fault) => (SlipResult::Unknown, "unknown", Some(fault)),
            };
            let settled = store.settle(&key, word, wall).await.err().map(|error| error.fault());
            for fault in [fault, settled].into_iter().flatten() {
                tracing::warn!(code = fault.code.code(), help = fault.code.help(), "{}", fault.chain);
            }
            let _ = answer_to.send(Event::Slip(job, result)).await;
        });
    }

    /// Takes up what the last run left in the journal.
    pub(super) async fn recover(&mut self) {
        let rides = self.store.open_entries(JournalKind::TaxiRide).await;
        let slips = self.store.open_entries(JournalKind::Slip).await;
        let (rides, slips) = match (rides, slips) {
            (Ok(rides), Ok(slips)) => (rides, slips),
            (Err(error), _) | (_, Err(error)) => {
                self.faults.report(&error.fault());
                return;
            }
        };
        self.recovered = true;
        let wall = self.clock.now().wall;
        for slip in slips {
            let chain = "the program ended while a slip was printed".to_owned();
            self.faults.report(&Fault { code: FaultCode::PrinterOutcomeUnknown, chain });
            if let Err(error) = self.store.settle(&slip.key, "unknown", wall).await {
                self.faults.report(&error.fault());
            }
        }
        let rides: Vec<RideRecord> = rides.into_iter().map(journal::ride_record).collect();
        if rides.is_empty() {
            return;
        }
        for ride in &rides {
            let chain = format!("ride {} was {} when the program ended", ride.customer, ride.phase.as_str());
            self.faults.report(&Fault { code: FaultCode::TaxiRecovered, chain });
        }
        self.handle(Event::Recovered(rides)).await;
    }
}

async fn put<D: TaxiDispatch>(dispatch: Arc<D>, ask: RideCall) -> (RideAnswer, Option<Fault>) {
    fn split<T>(result: Result<T, DispatchError>) -> (Result<T, CallFailure>, Option<Fault>) {
        match result {
            Ok(value) => (Ok(value), None),
            Err(error) => (Err(error.failure), Some(error.fault)),
        }
    }
    match ask {
        RideCall::Nearby => {
            let (answer, fault) = split(dispatch.nearby().await);
            (RideAnswer::Offers(answer), fault)
        }
        RideCall::Hail(request) => {
            let (answer, fault) = split(dispatch.hail(request).await);
            (RideAnswer::Hail(answer), fault)
        }
        RideCall::Follow(hail) => {
            let (answer, fault) = split(dispatch.follow(hail).await);
            (RideAnswer::Hail(answer), fault)
        }
        RideCall::SetStatus(hail, status) => {
            let (answer, fault) = split(dispatch.set_status(hail, status).await);
            (RideAnswer::Hail(answer), fault)
        }
        RideCall::Find(customer) => {
            let (answer, fault) = split(dispatch.find(customer).await);
            (RideAnswer::Found(answer), fault)
        }
    }
}

/// The answer to a call whose adapter broke down: it may have been carried out.
fn lost(ask: &RideCall) -> RideAnswer {
    match ask {
        RideCall::Nearby => RideAnswer::Offers(Err(CallFailure::Unknown)),
        RideCall::Find(_) => RideAnswer::Found(Err(CallFailure::Unknown)),
        RideCall::Hail(_) | RideCall::Follow(_) | RideCall::SetStatus(..) => {
            RideAnswer::Hail(Err(CallFailure::Unknown))
        }
    }
}

fn refused_for_want_of_a_centre(ask: &RideCall) -> RideAnswer {
    match ask {
        RideCall::Nearby => RideAnswer::Offers(Err(CallFailure::NotSent)),
        RideCall::Find(_) => RideAnswer::Found(Err(CallFailure::NotSent)),
        RideCall::Hail(_) | RideCall::Follow(_) | RideCall::SetStatus(..) => {
            RideAnswer::Hail(Err(CallFailure::NotSent))
        }
    }
}
