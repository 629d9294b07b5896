// SPDX-License-Identifier: GPL-3.0-only
//! A small dispatch centre on dice: hails, drivers, refusals, lost answers.

use std::time::Duration;

use crate::domain::taxi::{
    CallFailure, CustomerId, Hail, HailId, HailRequest, HailStatus, HailSummary, Refusal, RideAnswer, RideCall, TaxiId,
    TaxiOffer,
};
use crate::domain::time::Moment;
use crate::protocol::{GeoPoint, Secret};
use HailStatus::*;

pub const PLATE: &str = "鲁G12345";
pub const DRIVER: &str = "欧阳建国";
pub const TAXI_PHONE: &str = "13900002222";
/// The gate of the tests, in degrees east and north.
pub const GATE: (f64, f64) = (119.107, 36.709);
/// How long a rider waits for the car when all goes well.
const DRIVE: Duration = Duration::from_secs(180);

/// Random bytes; when they are used up everything goes well.
#[derive(Debug)]
pub struct Dice(std::vec::IntoIter<u8>);

impl Dice {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes.into_iter())
    }

    pub fn is_empty(&self) -> bool {
        self.0.as_slice().is_empty()
    }

    /// One of `choices`; the first once the dice are used up.
    pub fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[usize::from(self.0.next().unwrap_or(0)) % choices.len()].clone()
    }
}

#[derive(Debug)]
struct Case {
    id: HailId,
    customer: CustomerId,
    taxi: TaxiId,
    status: HailStatus,
    since: Moment,
    next: Option<(Moment, HailStatus)>,
}

/// The dispatch centre.
#[derive(Debug, Default)]
pub struct Centre {
    cases: Vec<Case>,
    /// Everything is carried out, and no answer comes through.
    pub answers_lost: bool,
}

/// What becomes of a call.
#[expect(clippy::large_enum_variant, reason = "one at a time, and taken apart at once")]
pub enum Fate {
    Answered(RideAnswer, Duration),
    Silence,
}

impl Centre {
    /// Hails that nobody has agreed to yet.
    pub fn unconfirmed(&self) -> usize {
        self.cases.iter().filter(|case| case.status.can_be_declined()).count()
    }

    pub fn alive(&self) -> usize {
        self.cases.iter().filter(|case| !case.status.is_terminal()).count()
    }

    pub fn next_at(&self) -> Option<Moment> {
        self.cases.iter().filter_map(|case| case.next.map(|(at, _)| at)).min()
    }

    pub fn tick(&mut self, now: Moment, dice: &mut Dice) {
        for index in 0..self.cases.len() {
            while let Some((at, status)) = self.cases[index].next.filter(|(at, _)| *at <= now) {
                self.enter(index, status, at, dice);
            }
        }
    }

    /// Every driver who is on the way gives up.
    pub fn give_up(&mut self, now: Moment) {
        for case in self.cases.iter_mut().filter(|case| case.status == AcceptedByCustomer) {
            (case.status, case.since, case.next) = (IncidentTaxi, now, None);
        }
    }

    fn enter(&mut self, index: usize, status: HailStatus, at: Moment, dice: &mut Dice) {
        let next = match status {
            Received => Some((1, dice.pick(&[ReceivedByTaxi, ReceivedByTaxi, ReceivedByTaxi, Failure]))),
            ReceivedByTaxi => Some(dice.pick(&[
                (5, AcceptedByTaxi),
                (2, AcceptedByTaxi),
                (20, AcceptedByTaxi),
                (6, DeclinedByTaxi),
                (30, TimeoutTaxi),
            ])),
            AcceptedByTaxi => Some(dice.pick(&[(30, TimeoutCustomer), (30, TimeoutCustomer), (5, IncidentTaxi)])),
            AcceptedByCustomer => Some(dice.pick(&[
                (DRIVE.as_secs() + 20, CustomerOnBoard),
                (DRIVE.as_secs() + 20, CustomerOnBoard),
                (40, CustomerOnBoard),
                (10, CustomerOnBoard),
                (4, CustomerOnBoard),
                (30, IncidentTaxi),
                (30, IncidentCustomer),
                (300, TimeoutAcceptedByCustomer),
            ])),
            CustomerOnBoard => Some((600, Finished)),
            _ => None,
        };
        let case = &mut self.cases[index];
        (case.status, case.since) = (status, at);
        case.next = next.map(|(seconds, to)| (at + Duration::from_secs(seconds), to));
    }

    /// What the network and the centre make of a call.
    pub fn call(&mut self, now: Moment, ask: &RideCall, dice: &mut Dice) -> Fate {
        let quick = Duration::from_millis(80);
        let late = Duration::from_secs(8);
        let fate = dice.pick(&[0_u8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5]);
        match if self.answers_lost { 1 } else { fate } {
            1 => {
                self.carry_out(now, ask, dice);
                Fate::Answered(failed(ask, CallFailure::Unknown), late)
            }
            2 => Fate::Answered(failed(ask, CallFailure::Unknown), late),
            3 => Fate::Answered(failed(ask, CallFailure::NotSent), quick),
            4 if dice.pick(&[false, false, true]) => {
                let refusal = dice.pick(&[Refusal::KeyRefused, Refusal::Banned, Refusal::TaxiGone]);
                Fate::Answered(failed(ask, CallFailure::Refused(refusal)), quick)
            }
            // A power cut; who asked does not live any more.
            5 if dice.pick(&[false, false, true]) => {
                self.carry_out(now, ask, dice);
                Fate::Silence
            }
            _ => Fate::Answered(self.carry_out(now, ask, dice), quick),
        }
    }

    fn carry_out(&mut self, now: Moment, ask: &RideCall, dice: &mut Dice) -> RideAnswer {
        match ask {
            RideCall::Nearby => {
                let free = dice.pick(&[6, 6, 6, 6, 1, 0]);
                let taxi = |number: usize| TaxiId(format!("t{number}"));
                let busy =
                    |taxi: &TaxiId| self.cases.iter().any(|case| case.taxi == *taxi && !case.status.is_terminal());
                let offers = (0..free).map(taxi).filter(|taxi| !busy(taxi)).map(|taxi| TaxiOffer {
                    taxi,
                    operator: None,
                    position: None,
                    model: Some("红旗".into()),
                });
                RideAnswer::Offers(Ok(offers.collect()))
            }
            RideCall::Hail(request) => RideAnswer::Hail(Ok(self.hail(now, request, dice))),
            RideCall::Follow(id) => RideAnswer::Hail(match self.position(id) {
                Some(index) => Ok(self.shown(index, now)),
                None => Err(CallFailure::Refused(Refusal::NoSuchHail)),
            }),
            RideCall::SetStatus(id, status) => RideAnswer::Hail(self.set(now, id, *status, dice)),
            RideCall::Find(customer) => RideAnswer::Found(Ok(self
                .cases
                .iter()
                .filter(|case| case.customer == *customer)
                .map(|case| HailSummary {
                    id: case.id.clone(),
                    status: case.status,
                    customer: Some(customer.clone()),
                    taxi: Some(case.taxi.clone()),
                })
                .collect())),
        }
    }

    fn hail(&mut self, now: Moment, request: &HailRequest, dice: &mut Dice) -> Hail {
        let index = self.cases.len();
        self.cases.push(Case {
            id: HailId(format!("h{index}")),
            customer: request.customer.clone(),
            taxi: request.taxi.clone(),
            status: Received,
            since: now,
            next: None,
        });
        self.enter(index, Received, now, dice);
        self.shown(index, now)
    }

    fn position(&self, id: &HailId) -> Option<usize> {
        self.cases.iter().position(|case| case.id == *id)
    }

    fn set(&mut self, now: Moment, id: &HailId, to: HailStatus, dice: &mut Dice) -> Result<Hail, CallFailure> {
        let index = self.position(id).ok_or(CallFailure::Refused(Refusal::NoSuchHail))?;
        let from = self.cases[index].status;
        let allowed = from == to
            || (to == DeclinedByCustomer && from.can_be_declined())
            || (to == AcceptedByCustomer && from == AcceptedByTaxi);
        if !allowed {
            return Err(CallFailure::Refused(Refusal::NotAllowed));
        }
        if from != to {
            self.enter(index, to, now, dice);
        }
        Ok(self.shown(index, now))
    }

    /// A hail as the centre tells it; the car comes nearer along the parallel.
    fn shown(&self, index: usize, now: Moment) -> Hail {
        let case = &self.cases[index];
        let open = matches!(case.status, AcceptedByTaxi | AcceptedByCustomer | CustomerOnBoard);
        let driven = match case.status {
            AcceptedByCustomer => now.since(case.since).as_secs_f64() / DRIVE.as_secs_f64(),
            _ => 0.0,
        };
        let left = 0.02 * (1.0 - driven).max(0.0);
        Hail {
            id: case.id.clone(),
            status: case.status,
            session: None,
            customer: Some(case.customer.clone()),
            position: GeoPoint::new(GATE.0 + left, GATE.1).ok().filter(|_| !case.status.is_terminal()),
            plate: open.then(|| Secret::from(PLATE)),
            color: open.then(|| "黑".to_owned()),
            driver: open.then(|| Secret::from(DRIVER)),
            taxi_phone: (case.status == AcceptedByCustomer).then(|| Secret::from(TAXI_PHONE)),
            rider_absent: false,
        }
    }
}

fn failed(ask: &RideCall, failure: CallFailure) -> RideAnswer {
    match ask {
        RideCall::Nearby => RideAnswer::Offers(Err(failure)),
        RideCall::Find(_) => RideAnswer::Found(Err(failure)),
        RideCall::Hail(_) | RideCall::Follow(_) | RideCall::SetStatus(..) => RideAnswer::Hail(Err(failure)),
    }
}
