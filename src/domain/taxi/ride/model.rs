// SPDX-License-Identifier: GPL-3.0-only
//! A small model of the dispatch centre, independent of the rules it checks: hails with all their
//! states, the 19 changes by PUT, the centre's own moves and time limits, refusals; drivers of every
//! temper; a centre that stands still. What happens is decided by dice, so that a run can be repeated.

use std::time::Duration;

use crate::domain::taxi::policy::test_policy;
use crate::domain::taxi::{
    CustomerId, Hail, HailId, HailRequest, HailSessionId, HailStatus, HailSummary, Refusal, TaxiId, TaxiOffer,
};
use crate::domain::time::Moment;
use crate::protocol::Secret;
use HailStatus::*;

pub(super) const PHONE: &str = "13800001111";
pub(super) const PLATE: &str = "鲁G98765";
pub(super) const DRIVER: &str = "欧阳建国";
pub(super) const TAXI_PHONE: &str = "13900002222";

/// Random bytes as dice. Once they are used up, everything goes well: the network heals.
#[derive(Debug)]
pub(super) struct Dice {
    bytes: Vec<u8>,
    next: usize,
}

impl Dice {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, next: 0 }
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.next).copied();
        self.next += 1;
        byte
    }

    /// True in `level` of 256 throws.
    pub(super) fn hits(&mut self, level: u8) -> bool {
        level > 0 && self.byte().is_some_and(|byte| byte < level)
    }

    /// One of `0..sides`.
    pub(super) fn roll(&mut self, sides: u8) -> u8 {
        self.byte().unwrap_or(0) % sides
    }

    /// A time up to and without `most`.
    pub(super) fn time(&mut self, most: Duration) -> Duration {
        most * u32::from(self.byte().unwrap_or(0)) / 256
    }

    pub(super) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[usize::from(self.roll(u8::try_from(from.len()).unwrap()))].clone()
    }
}

/// Who changes a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// The client application: this terminal.
    Client,
    /// The fleet and its drivers.
    Fleet,
}

/// All changes that the protocol allows by PUT.
pub(super) const CHANGES: [(HailStatus, HailStatus, Who); 19] = [
    (Received, DeclinedByCustomer, Who::Client),
    (SentToOperator, DeclinedByCustomer, Who::Client),
    (ReceivedByOperator, DeclinedByCustomer, Who::Client),
    (ReceivedByOperator, ReceivedByTaxi, Who::Fleet),
    (ReceivedByTaxi, AcceptedByTaxi, Who::Fleet),
    (ReceivedByTaxi, DeclinedByTaxi, Who::Fleet),
    (ReceivedByTaxi, IncidentTaxi, Who::Fleet),
    (ReceivedByTaxi, IncidentCustomer, Who::Client),
    (ReceivedByTaxi, DeclinedByCustomer, Who::Client),
    (AcceptedByTaxi, AcceptedByCustomer, Who::Client),
    (AcceptedByTaxi, DeclinedByCustomer, Who::Client),
    (AcceptedByTaxi, IncidentCustomer, Who::Client),
    (AcceptedByTaxi, IncidentTaxi, Who::Fleet),
    (AcceptedByCustomer, CustomerOnBoard, Who::Fleet),
    (AcceptedByCustomer, IncidentCustomer, Who::Client),
    (AcceptedByCustomer, IncidentTaxi, Who::Fleet),
    (CustomerOnBoard, Finished, Who::Fleet),
    (CustomerOnBoard, IncidentCustomer, Who::Client),
    (CustomerOnBoard, IncidentTaxi, Who::Fleet),
];

/// What the centre does by itself when a state has lasted too long.
fn time_limit(status: HailStatus) -> Option<(Duration, HailStatus)> {
    let (seconds, next) = match status {
        Received | SentToOperator | ReceivedByOperator => (10, Failure),
        ReceivedByTaxi => (30, TimeoutTaxi),
        AcceptedByTaxi => (30, TimeoutCustomer),
        AcceptedByCustomer => (30 * 60, TimeoutAcceptedByCustomer),
        CustomerOnBoard => (2 * 60 * 60, TimeoutTaxi),
        _ => return None,
    };
    Some((Duration::from_secs(seconds), next))
}

/// A hail at the centre.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) id: HailId,
    pub(super) customer: CustomerId,
    pub(super) taxi: TaxiId,
    pub(super) status: HailStatus,
    /// The rider's yes was taken.
    pub(super) confirmed: bool,
    next: Option<(Moment, HailStatus)>,
}

/// The dispatch centre.
#[derive(Debug)]
pub(super) struct Centre {
    pub(super) cases: Vec<Case>,
    /// Of 256 decisions of drivers and fleets so many are not the kind ones.
    pub(super) temper: u8,
    /// Until then nothing moves and no change is taken.
    pub(super) frozen_until: Moment,
    /// The list names the rider of each hail (then it may hold those of others).
    pub(super) names_customers: bool,
    /// Of our changes so many were refused.
    pub(super) refused: u32,
}

impl Centre {
    pub(super) fn new(temper: u8, names_customers: bool) -> Self {
        let stranger = Case {
            id: HailId("other".into()),
            customer: CustomerId("somebody else".into()),
            taxi: TaxiId("t0".into()),
            status: AcceptedByTaxi,
            confirmed: false,
            next: None,
        };
        Self { cases: vec![stranger], temper, frozen_until: Moment::default(), names_customers, refused: 0 }
    }

    pub(super) fn alive(&self, customer: &CustomerId) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(move |case| case.customer == *customer && !case.status.is_terminal())
    }

    /// Lets everything happen that is due at `now`.
    pub(super) fn tick(&mut self, now: Moment, dice: &mut Dice) {
        if now < self.frozen_until {
            return;
        }
        loop {
            let due = |(index, case): (usize, &Case)| case.next.map(|(at, status)| (at, index, status));
            let Some((at, index, status)) =
                self.cases.iter().enumerate().filter_map(due).filter(|due| due.0 <= now).min_by_key(|due| due.0)
            else {
                return;
            };
            self.enter(index, status, at.max(self.frozen_until), dice);
        }
    }

    fn enter(&mut self, index: usize, status: HailStatus, at: Moment, dice: &mut Dice) {
        let plan = self.plan(status, dice);
        let case = &mut self.cases[index];
        assert!(!case.status.is_terminal(), "{case:?} moves after its end");
        case.status = status;
        case.confirmed |= status == AcceptedByCustomer;
        let limit = time_limit(status);
        let next = match (plan, limit) {
            (Some(plan), Some(limit)) if plan.0 <= limit.0 => Some(plan),
            (_, limit) => limit,
        };
        if let Some((_, to)) = plan {
            let by_put = CHANGES.contains(&(status, to, Who::Fleet));
            let by_centre = matches!((status, to), (Received, SentToOperator) | (SentToOperator, ReceivedByOperator));
            assert!(by_put || by_centre, "the model itself moves from {status:?} to {to:?}");
        }
        case.next = next.map(|(after, to)| (at + after, to));
    }

    /// What fleet and driver do in a state, unless a time limit comes first.
    fn plan(&self, status: HailStatus, dice: &mut Dice) -> Option<(Duration, HailStatus)> {
        let kind = !dice.hits(self.temper);
        let ms = Duration::from_millis;
        let secs = Duration::from_secs;
        match status {
            Received if kind => Some((ms(200), SentToOperator)),
            SentToOperator if kind => Some((ms(200), ReceivedByOperator)),
            ReceivedByOperator if kind => Some((ms(500), ReceivedByTaxi)),
            Received => Some((dice.time(secs(14)), SentToOperator)),
            SentToOperator => Some((dice.time(secs(14)), ReceivedByOperator)),
            ReceivedByOperator => Some((dice.time(secs(14)), ReceivedByTaxi)),
            ReceivedByTaxi if kind => Some((secs(4), AcceptedByTaxi)),
            ReceivedByTaxi => {
                let decision = dice.pick(&[AcceptedByTaxi, AcceptedByTaxi, DeclinedByTaxi, IncidentTaxi]);
                Some((dice.time(secs(45)), decision))
            }
            AcceptedByTaxi if kind => None,
            AcceptedByTaxi => Some((dice.time(secs(30)), IncidentTaxi)),
            AcceptedByCustomer if kind => Some((secs(300), CustomerOnBoard)),
            AcceptedByCustomer => Some((dice.time(secs(3000)), dice.pick(&[CustomerOnBoard, IncidentTaxi]))),
            CustomerOnBoard if kind => Some((secs(600), Finished)),
            CustomerOnBoard => Some((dice.time(secs(9000)), dice.pick(&[Finished, IncidentTaxi]))),
            _ => None,
        }
    }

    pub(super) fn nearby(&self, dice: &mut Dice) -> Result<Vec<TaxiOffer>, Refusal> {
        let free = match (dice.hits(self.temper), dice.roll(8)) {
            (true, 0) => return Err(Refusal::NoCruising),
            (true, 1..5) => 0,
            (true, most) => most,
            (false, _) => 6,
        };
        let busy = |taxi: &TaxiId| self.cases.iter().any(|case| case.taxi == *taxi && !case.status.is_terminal());
        let taxis = (1..=free).map(|number| TaxiId(format!("t{number}"))).filter(|taxi| !busy(taxi));
        let offer = |taxi| TaxiOffer { taxi, operator: None, position: None, model: Some("红旗".into()) };
        Ok(taxis.map(offer).collect())
    }

    /// `None`: a server error, nothing was done.
    pub(super) fn hail(
        &mut self,
        now: Moment,
        request: &HailRequest,
        dice: &mut Dice,
    ) -> Option<Result<Hail, Refusal>> {
        if now < self.frozen_until {
            return None;
        }
        if dice.hits(self.temper / 2) {
            return Some(Err(dice.pick(&[Refusal::TaxiGone, Refusal::TaxiGone, Refusal::TaxiGone, Refusal::Banned])));
        }
        if self.cases.iter().any(|case| case.taxi == request.taxi && !case.status.is_terminal()) {
            return Some(Err(Refusal::TaxiGone));
        }
        assert_eq!(self.alive(&request.customer).count(), 0, "a second hail of the same rider");
        let index = self.cases.len();
        self.cases.push(Case {
            id: HailId(format!("h{index}")),
            customer: request.customer.clone(),
            taxi: request.taxi.clone(),
            status: Received,
            confirmed: false,
            next: None,
        });
        self.enter(index, Received, now, dice);
        Some(Ok(self.shown(index)))
    }

    pub(super) fn get(&self, id: &HailId) -> Result<Hail, Refusal> {
        let index = self.cases.iter().position(|case| case.id == *id).ok_or(Refusal::NoSuchHail)?;
        Ok(self.shown(index))
    }

    /// A change by the terminal.
    pub(super) fn put(&mut self, now: Moment, id: &HailId, to: HailStatus, dice: &mut Dice) -> Result<Hail, Refusal> {
        let index = self.cases.iter().position(|case| case.id == *id).ok_or(Refusal::NoSuchHail)?;
        let from = self.cases[index].status;
        if from == to || now < self.frozen_until {
            return Ok(self.shown(index));
        }
        if !CHANGES.contains(&(from, to, Who::Client)) {
            self.refused += 1;
            return Err(Refusal::NotAllowed);
        }
        self.enter(index, to, now, dice);
        Ok(self.shown(index))
    }

    pub(super) fn list(&self, customer: &CustomerId) -> Vec<HailSummary> {
        let listed = |case: &&Case| self.names_customers || case.customer == *customer;
        let line = |case: &Case| HailSummary {
            id: case.id.clone(),
            status: case.status,
            customer: self.names_customers.then(|| case.customer.clone()),
            taxi: None,
        };
        self.cases.iter().filter(listed).map(line).collect()
    }

    fn shown(&self, index: usize) -> Hail {
        let case = &self.cases[index];
        let open = matches!(case.status, AcceptedByTaxi | AcceptedByCustomer | CustomerOnBoard);
        Hail {
            id: case.id.clone(),
            status: case.status,
            session: Some(HailSessionId("series".into())),
            customer: Some(case.customer.clone()),
            position: (!case.status.is_terminal()).then(|| test_policy().pickup),
            plate: open.then(|| Secret::from(PLATE)),
            color: open.then(|| "黑".to_owned()),
            driver: open.then(|| Secret::from(DRIVER)),
            taxi_phone: (case.status == AcceptedByCustomer).then(|| Secret::from(TAXI_PHONE)),
            rider_absent: false,
        }
    }
}
