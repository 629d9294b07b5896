// SPDX-License-Identifier: GPL-3.0-only
//! Carrying out effects: journal first, then act.

use std::sync::Arc;

use super::Runtime;
use super::policy_slip::policy_slip;
use super::slips::{borrower_slip, taxi_slip};
use crate::devices::slip_printer::PrintReport;
use crate::domain::kiosk::{Effect, Event, Slip, SlipJob, SlipResult};
use crate::domain::taxi::{CallFailure, CallId, CustomerId, RideAnswer, RideCall, RideEffect, RideRecord};
use crate::protocol::{Fault, FaultCode};
use crate::services::taxi::{DispatchError, TaxiDispatch};

/// What a task sends back to the loop.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) event: Event,
    pub(super) fault: Option<Fault>,
    /// Key and outcome of what is over with it.
    pub(super) settled: Option<(String, &'static str)>,
}

impl Answer {
    pub(super) fn new(event: Event) -> Self {
        Self { event, fault: None, settled: None }
    }
}

impl<D: TaxiDispatch> Runtime<D> {
    pub(super) async fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Ride(_, RideEffect::Record(record)) => {
                self.journal_ride(&record).await;
            }
            Effect::Ride(customer, RideEffect::Act { call, record, ask }) => {
                self.ask(customer, call, record, ask).await;
            }
            Effect::Ride(_, RideEffect::Settle(customer, outcome)) => {
                tracing::info!(ride = %customer, outcome = outcome.as_str(), "ride over");
                self.settle(customer.0, outcome.as_str()).await;
            }
            Effect::Print(job, slip) => self.print(job, slip).await,
            Effect::Listen(wants) => self.listen(wants),
            Effect::Library(effect) => self.carry_out_library(effect).await,
            Effect::Policy(effect) => self.carry_out_policy(effect),
            Effect::Silence => (self.silence.0)(),
            Effect::Wipe => {
                (self.silence.0)();
                self.printer.wipe();
                self.deaf();
                self.wipe_policies();
            }
        }
    }

    /// Takes the answer of a task.
    pub(super) async fn take(&mut self, answer: Answer) {
        if let Some(fault) = &answer.fault {
            self.faults.report(fault);
        }
        self.handle(answer.event).await;
        if let Some((key, outcome)) = answer.settled {
            self.settle(key, outcome).await;
        }
    }

    async fn ask(&mut self, customer: CustomerId, call: CallId, record: Option<RideRecord>, ask: RideCall) {
        let hails = matches!(ask, RideCall::Hail(_));
        // Before the journal of the last run was read nobody knows what is open at the centre.
        let journaled = match &record {
            _ if hails && !self.recovered => false,
            Some(record) => self.journal_ride(record).await,
            None => true,
        };
        if !journaled && hails {
            self.answer(Event::Ride(customer, call, Box::new(RideAnswer::NotJournaled)));
            return;
        }
        let Some(dispatch) = self.dispatch.clone() else {
            self.answer(Event::Ride(customer, call, Box::new(refused_for_want_of_a_centre(&ask))));
            return;
        };
        let (lost, answer_to) = (lost(&ask), self.answer_to.clone());
        tokio::spawn(async move {
            // In a task of its own, so that a panic in an adapter becomes a lost answer and not a ride that
            // waits for ever.
            let (answer, fault) = match tokio::spawn(put(dispatch, ask)).await {
                Ok(answer) => answer,
                Err(error) => (lost, Some(Fault::from_error(FaultCode::TaskRestarted, &error))),
            };
            let event = Event::Ride(customer, call, Box::new(answer));
            // Fails only when the loop has ended; the journal knows the rest.
            let _ = answer_to.send(Answer { fault, ..Answer::new(event) }).await;
        });
    }

    pub(super) fn answer(&mut self, event: Event) {
        if self.answer_to.try_send(Answer::new(event)).is_err() {
            let chain = "the queue of answers is full".to_owned();
            self.faults.report(&Fault { code: FaultCode::QueueFull, chain });
        }
    }

    async fn print(&mut self, job: SlipJob, slip: Slip) {
        let key = format!("slip-{}-{}", self.run, job.0);
        let document = match &slip {
            Slip::Taxi(slip) => taxi_slip(&self.wording, slip, &self.settings, self.clock.zone()),
            Slip::Policy(slip) => policy_slip(&self.wording, slip, self.clock.zone()),
            Slip::Library(slip) => borrower_slip(&self.wording, slip, self.clock.zone()),
        };
        drop(slip);
        let document = match document {
            Ok(document) if self.journal_slip(&key).await => document,
            Ok(_) => return self.answer(Event::Slip(job, SlipResult::Failed)),
            Err(error) => {
                self.faults.report(&Fault::from_error(FaultCode::PrinterSlipUnfit, &error));
                return self.answer(Event::Slip(job, SlipResult::Failed));
            }
        };
        let (printer, answer_to) = (self.printer.clone(), self.answer_to.clone());
        tokio::spawn(async move {
            // In a task of its own, as with calls: the session waits for this answer.
            let report = tokio::spawn(async move { printer.print(document).await }).await;
            let report = report.unwrap_or_else(|error| {
                PrintReport::Unknown(Fault::from_error(FaultCode::PrinterOutcomeUnknown, &error))
            });
            let (result, word, fault) = match report {
                PrintReport::Printed => (SlipResult::Printed, "printed", None),
                PrintReport::Failed(fault) => (SlipResult::Failed, "failed", Some(fault)),
                PrintReport::Unknown(fault) => (SlipResult::Unknown, "unknown", Some(fault)),
            };
            let answer = Answer { event: Event::Slip(job, result), fault, settled: Some((key, word)) };
            let _ = answer_to.send(answer).await;
        });
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
