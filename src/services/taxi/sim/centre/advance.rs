// SPDX-License-Identifier: GPL-3.0-only
//! What happens by itself: limits running out, simulated drivers acting, taxis coming back.

use std::time::Duration;

use super::super::fleet::{RIDE_LENGTH_M, around};
use super::super::machine::{self, TaxiStatus, taxi_after};
use super::super::script::Outcome;
use super::{Centre, HailRecord, OPERATOR, Step, Transition};
use crate::domain::taxi::HailStatus;
use crate::domain::time::Moment;

/// `seconds` of simulated life at `scale`.
pub(super) fn scaled(seconds: f64, scale: f64) -> Duration {
    Duration::try_from_secs_f64(seconds / scale).unwrap_or_default()
}

/// Something that is due.
#[derive(Clone, Copy, Debug)]
enum Due {
    Step(usize, Step),
    Limit(usize, machine::Limit),
    Back(usize),
}

/// A hail that the fleet's own server is to be told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Delivery {
    /// Which hail.
    pub(in super::super) hail: String,
}

impl Centre {
    /// Lets everything happen that is due up to `now`, in the order of its time.
    pub(in super::super) fn advance(&mut self, now: Moment) {
        while let Some((at, due)) = self.next_due().filter(|(at, _)| *at <= now) {
            self.now = self.now.max(at);
            match due {
                Due::Step(hail, step) => self.act(hail, step),
                Due::Limit(hail, limit) => {
                    self.enter(hail, limit.becomes, None, Some(limit.reason.to_owned()));
                    if let Some(taxi) = self.hails.get(hail).map(|record| record.taxi) {
                        self.settle_taxi(taxi, limit.taxi);
                    }
                }
                Due::Back(taxi) => self.set_taxi(taxi, TaxiStatus::Free),
            }
        }
        self.now = self.now.max(now);
    }

    /// A timed-out taxi is left busy by the centre; its simulated driver notices after a rest.
    fn settle_taxi(&mut self, taxi: usize, status: TaxiStatus) {
        self.set_taxi(taxi, status);
        if status == TaxiStatus::Occupied {
            let back_at = self.now + scaled(self.knobs.delays.rest_s, self.knobs.time_scale);
            if let Some(taxi) = self.taxis.get_mut(taxi) {
                taxi.back_at = Some(back_at);
            }
        }
    }

    fn next_due(&self) -> Option<(Moment, Due)> {
        let live = self.hails.iter().enumerate().filter(|(_, hail)| !hail.status.is_terminal());
        let of_hails = live.flat_map(|(index, hail)| {
            let step = hail.next.map(|(at, step)| (at, Due::Step(index, step)));
            let limit = machine::limit(hail.status).map(|limit| {
                let after = limit.after.div_f64(self.knobs.limit_scale);
                (hail.entered + after, Due::Limit(index, limit))
            });
            [step, limit].into_iter().flatten()
        });
        let of_taxis = self.taxis.iter().enumerate();
        let of_taxis = of_taxis.filter_map(|(index, taxi)| taxi.back_at.map(|at| (at, Due::Back(index))));
        // `min_by_key` gives the first of equals: a driver acts before a limit of the same instant.
        of_hails.chain(of_taxis).min_by_key(|(at, _)| *at)
    }

    fn act(&mut self, hail: usize, step: Step) {
        if let Some(record) = self.hails.get_mut(hail) {
            record.next = None;
        }
        match step {
            Step::Deliver => self.enter(hail, HailStatus::ReceivedByOperator, None, None),
            Step::FailDelivery => self.fail_delivery(hail, "The fleet's server cannot be reached."),
            Step::Fleet(status, reason) => self.fleet_moves(hail, status, reason),
            Step::ReportNoShow => {
                self.fleet_moves(hail, HailStatus::IncidentTaxi, Some("no_show"));
                let Some(record) = self.hails.get_mut(hail) else { return };
                record.notes.reporting_customer = Some(true);
                record.notes.reporting_customer_reason = Some("no_show".to_owned());
                let (added_by, customer) = (record.added_by, record.customer.clone());
                self.ban(added_by, &customer);
            }
        }
    }

    /// A change that a simulated driver makes, just as a fleet's PUT would.
    fn fleet_moves(&mut self, hail: usize, status: HailStatus, reason: Option<&'static str>) {
        let Some(record) = self.hails.get_mut(hail) else { return };
        let taxi = record.taxi;
        if status == HailStatus::AcceptedByTaxi
            && let Some(taxi) = self.taxis.get(taxi)
        {
            record.taxi_phone.clone_from(&taxi.phone);
        }
        if status == HailStatus::IncidentTaxi {
            record.notes.incident_taxi_reason = reason.map(str::to_owned);
        }
        self.enter(hail, status, Some(OPERATOR), None);
        if let Some(after) = taxi_after(status) {
            self.set_taxi(taxi, after);
            self.drive(hail);
        }
    }

    fn fail_delivery(&mut self, hail: usize, reason: &str) {
        self.enter(hail, HailStatus::Failure, None, Some(reason.to_owned()));
        if let Some(taxi) = self.hails.get(hail).map(|record| record.taxi) {
            self.set_taxi(taxi, TaxiStatus::Free);
        }
    }

    /// Puts the hail into `status` and plans what its driver does there.
    pub(super) fn enter(&mut self, hail: usize, status: HailStatus, user: Option<u32>, reason: Option<String>) {
        let now = self.now;
        let Some(record) = self.hails.get_mut(hail) else { return };
        let from = record.transitions.last().map(|last| last.to);
        record.transitions.push(Transition { from, to: status, at: now, user, reason });
        record.status = status;
        record.entered = now;
        record.in_delivery = false;
        record.next = None;
        let next = self.hails.get(hail).and_then(|record| self.plan(record));
        if let Some(record) = self.hails.get_mut(hail) {
            record.next = next;
        }
    }

    /// Sends the taxi where its hail takes it.
    pub(super) fn drive(&mut self, hail: usize) {
        let (now, scale) = (self.now, self.knobs.time_scale);
        let Some(record) = self.hails.get(hail) else { return };
        let goal = match record.status {
            // A driver who does not come stays where he is.
            HailStatus::AcceptedByCustomer if record.outcome != Outcome::NoShow => record.place,
            HailStatus::CustomerOnBoard => around(record.place, &mut self.random, (RIDE_LENGTH_M, RIDE_LENGTH_M)),
            _ => return,
        };
        if let Some(taxi) = self.taxis.get_mut(record.taxi) {
            taxi.route = taxi.route.towards(goal, now, scale);
        }
        let next = self.hails.get(hail).and_then(|record| self.plan(record));
        if let Some(record) = self.hails.get_mut(hail) {
            record.next = next;
        }
    }

    /// What happens next to `hail` by itself, and when.
    fn plan(&self, hail: &HailRecord) -> Option<(Moment, Step)> {
        use HailStatus::{AcceptedByTaxi, CustomerOnBoard, DeclinedByTaxi, Finished, IncidentTaxi, ReceivedByTaxi};
        let (delays, outcome) = (&self.knobs.delays, hail.outcome);
        let drive = self.taxis.get(hail.taxi).map(|taxi| taxi.route.takes()).unwrap_or_default();
        let (seconds, step, driving) = match hail.status {
            HailStatus::Received if self.setup.has_endpoint => return None,
            HailStatus::Received => match outcome {
                Outcome::Undelivered => return None,
                Outcome::Fail => (delays.deliver_s, Step::FailDelivery, false),
                _ => (delays.deliver_s, Step::Deliver, false),
            },
            // With a server of its own the fleet drives by PUT.
            _ if self.setup.has_endpoint || outcome == Outcome::External => return None,
            HailStatus::ReceivedByOperator if outcome != Outcome::Lost => {
                (delays.show_s, Step::Fleet(ReceivedByTaxi, None), false)
            }
            ReceivedByTaxi if outcome.accepts() => (delays.answer_s, Step::Fleet(AcceptedByTaxi, None), false),
            ReceivedByTaxi if outcome == Outcome::Decline => {
                (delays.answer_s, Step::Fleet(DeclinedByTaxi, None), false)
            }
            AcceptedByTaxi if outcome == Outcome::Breakdown => {
                (delays.incident_s, Step::Fleet(IncidentTaxi, Some("breakdown")), false)
            }
            HailStatus::AcceptedByCustomer => match outcome {
                Outcome::NoShow => return None,
                Outcome::GivesUp | Outcome::Breakdown => {
                    (delays.incident_s, Step::Fleet(IncidentTaxi, Some("traffic")), false)
                }
                Outcome::CustomerNoShow => (delays.wait_s, Step::ReportNoShow, true),
                _ => (delays.board_s, Step::Fleet(CustomerOnBoard, None), true),
            },
            CustomerOnBoard if outcome != Outcome::NeverEnds => (0.0, Step::Fleet(Finished, None), true),
            _ => return None,
        };
        let driving = if driving { drive } else { Duration::ZERO };
        Some((hail.entered + driving + scaled(seconds, self.knobs.time_scale), step))
    }

    /// Hails that the fleet's own server must be told of now; each is given once.
    pub(in super::super) fn take_deliveries(&mut self) -> Vec<Delivery> {
        if !self.setup.has_endpoint {
            return Vec::new();
        }
        let waiting = self.hails.iter_mut().filter(|hail| hail.status == HailStatus::Received && !hail.in_delivery);
        waiting
            .map(|hail| {
                hail.in_delivery = true;
                Delivery { hail: hail.id.clone() }
            })
            .collect()
    }

    /// What the fleet's own server answered: perhaps the taxi's number, or why it failed.
    pub(in super::super) fn delivered(&mut self, hail: &str, answer: Result<Option<String>, String>) {
        let Some(index) = self.hail_index(hail) else { return };
        let Some(record) = self.hails.get_mut(index) else { return };
        // The rider may have taken the hail back meanwhile.
        if record.status != HailStatus::Received {
            return;
        }
        match answer {
            Ok(phone) => {
                if let Some(phone) = phone {
                    record.taxi_phone = phone;
                }
                self.enter(index, HailStatus::ReceivedByOperator, None, None);
            }
            Err(reason) => self.fail_delivery(index, &reason),
        }
    }
}
