// SPDX-License-Identifier: GPL-3.0-only
//! A ride on a desk: each call is answered by hand, time passes as the test says.

use std::time::Duration;

use super::*;
use crate::domain::taxi::Refusal;
use crate::domain::taxi::policy::test_policy;
use crate::protocol::GeoPoint;
use HailStatus::*;

pub(super) const PHONE: &str = "13800001111";
pub(super) const PLATE: &str = "鲁G12345";
pub(super) const DRIVER: &str = "王建国";

/// A ride with its clock and everything it asked for.
pub(super) struct Desk {
    pub(super) ride: Ride,
    pub(super) now: Moment,
    pub(super) asked: Option<(CallId, RideCall)>,
    pub(super) journal: Option<RideRecord>,
    pub(super) settled: Option<RideOutcome>,
    pub(super) calls: Vec<RideCall>,
}

pub(super) fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(super) fn record(phase: RidePhase, hail: Option<&str>) -> RideRecord {
    RideRecord {
        customer: CustomerId("c".into()),
        session: None,
        hail: hail.map(|id| HailId(id.into())),
        taxi: Some(TaxiId("t1".into())),
        phase,
    }
}

pub(super) fn hail(id: &str, status: HailStatus) -> Hail {
    let shown = matches!(status, AcceptedByTaxi | AcceptedByCustomer | CustomerOnBoard);
    Hail {
        id: HailId(id.into()),
        status,
        session: Some(HailSessionId("s1".into())),
        customer: Some(CustomerId("c".into())),
        position: shown.then(|| GeoPoint::new(119.117, 36.709).unwrap()),
        plate: shown.then(|| Secret::from(PLATE)),
        color: shown.then(|| "白".to_owned()),
        driver: shown.then(|| Secret::from(DRIVER)),
        taxi_phone: (status == AcceptedByCustomer).then(|| Secret::from("13900002222")),
        rider_absent: false,
    }
}

pub(super) fn heard(id: &str, status: HailStatus) -> RideAnswer {
    RideAnswer::Hail(Ok(hail(id, status)))
}

pub(super) fn refused(refusal: Refusal) -> RideAnswer {
    RideAnswer::Hail(Err(CallFailure::Refused(refusal)))
}

pub(super) const LOST: RideAnswer = RideAnswer::Hail(Err(CallFailure::Unknown));
pub(super) const NOT_SENT: RideAnswer = RideAnswer::Hail(Err(CallFailure::NotSent));

pub(super) fn found(hails: &[(&str, HailStatus)]) -> RideAnswer {
    let summary = |&(id, status): &(&str, HailStatus)| HailSummary {
        id: HailId(id.into()),
        status,
        customer: Some(CustomerId("c".into())),
        taxi: None,
    };
    RideAnswer::Found(Ok(hails.iter().map(summary).collect()))
}

pub(super) fn offers(taxis: &[&str]) -> RideAnswer {
    let offer = |taxi: &&str| TaxiOffer {
        taxi: TaxiId((*taxi).into()),
        operator: Some("fleet".into()),
        position: None,
        model: Some("比亚迪 e5".into()),
    };
    RideAnswer::Offers(Ok(taxis.iter().map(offer).collect()))
}

pub(super) fn set(id: &str, status: HailStatus) -> RideCall {
    RideCall::SetStatus(HailId(id.into()), status)
}

pub(super) fn follow(id: &str) -> RideCall {
    RideCall::Follow(HailId(id.into()))
}

impl Desk {
    pub(super) fn new(ride: Ride) -> Self {
        let now = Moment::default();
        let mut desk = Self { ride, now, asked: None, journal: None, settled: None, calls: Vec::new() };
        desk.advance();
        desk
    }

    pub(super) fn start() -> Self {
        Self::new(Ride::start(test_policy(), CustomerId("c".into()), Secret::from(PHONE), Moment::default()))
    }

    pub(super) fn recover(phase: RidePhase, hail: Option<&str>) -> Self {
        Self::new(Ride::recover(test_policy(), record(phase, hail), Moment::default()))
    }

    /// A hail "h1" at the first of the taxis, heard of as `status`.
    pub(super) fn hailed(status: HailStatus) -> Self {
        let mut desk = Self::start();
        desk.reply(offers(&["t1", "t2", "t3", "t4"])).reply(heard("h1", status));
        desk
    }

    /// On the way: confirmed after the chance.
    pub(super) fn coming() -> Self {
        let mut desk = Self::hailed(ReceivedByTaxi);
        desk.expect(&follow("h1")).reply(heard("h1", AcceptedByTaxi)).pass(secs(10));
        desk.expect(&set("h1", AcceptedByCustomer)).reply(heard("h1", AcceptedByCustomer));
        desk
    }

    pub(super) fn take(&mut self, effects: Vec<RideEffect>) {
        for effect in effects {
            match effect {
                RideEffect::Record(record) => self.journal = Some(record),
                RideEffect::Act { call, record, ask } => {
                    self.journal = record.or(self.journal.take());
                    self.calls.push(ask.clone());
                    self.asked = Some((call, ask));
                }
                RideEffect::Settle(_, outcome) => {
                    assert!(self.settled.replace(outcome).is_none(), "settled twice");
                    self.journal = None;
                }
            }
        }
    }

    pub(super) fn advance(&mut self) {
        let effects = self.ride.advance(self.now);
        self.take(effects);
    }

    /// Lets `time` pass as the runtime would: woken whenever the ride asked for it.
    pub(super) fn pass(&mut self, time: Duration) -> &mut Self {
        let end = self.now + time;
        for _ in 0..1000 {
            match self.ride.next_wakeup().filter(|wakeup| *wakeup <= end) {
                Some(wakeup) => self.now = self.now.max(wakeup),
                None => break,
            }
            self.advance();
        }
        self.now = end;
        self
    }

    /// Waits until the ride asks something.
    pub(super) fn wait(&mut self) -> &mut Self {
        while self.asked.is_none() && self.settled.is_none() {
            let wakeup = self.ride.next_wakeup().unwrap();
            self.now = self.now.max(wakeup);
            self.advance();
        }
        self
    }

    pub(super) fn expect(&mut self, call: &RideCall) -> &mut Self {
        self.wait();
        assert_eq!(self.asked.as_ref().map(|(_, ask)| ask), Some(call));
        self
    }

    pub(super) fn expect_find(&mut self) -> &mut Self {
        self.expect(&RideCall::Find(CustomerId("c".into())))
    }

    pub(super) fn expect_hail(&mut self, taxi: &str) -> &mut Self {
        self.wait();
        assert!(
            matches!(&self.asked, Some((_, RideCall::Hail(request))) if request.taxi.0 == taxi),
            "{:?} instead of a hail of {taxi}",
            self.asked
        );
        self
    }

    /// Answers the open question.
    pub(super) fn reply(&mut self, answer: RideAnswer) -> &mut Self {
        self.wait();
        let (call, _) = self.asked.take().unwrap();
        let effects = self.ride.answer(self.now, call, answer);
        self.take(effects);
        self
    }

    /// Answers everything with the same failure for so long.
    pub(super) fn outage(&mut self, time: Duration, failure: CallFailure) -> &mut Self {
        let end = self.now + time;
        while self.settled.is_none() && self.now < end {
            assert!(self.calls.len() < 1000, "asks without end");
            let answer = match &self.asked {
                Some((_, RideCall::Nearby)) => RideAnswer::Offers(Err(failure)),
                Some((_, RideCall::Find(_))) => RideAnswer::Found(Err(failure)),
                Some(_) => RideAnswer::Hail(Err(failure)),
                None => {
                    self.now = self.now.max(self.ride.next_wakeup().unwrap());
                    self.advance();
                    continue;
                }
            };
            self.reply(answer);
        }
        self
    }

    pub(super) fn tap_cancel(&mut self) -> &mut Self {
        self.ride.cancel();
        self.advance();
        self
    }

    pub(super) fn walk_away(&mut self) -> &mut Self {
        self.ride.detach();
        self.advance();
        self
    }

    pub(super) fn view(&self) -> RideView {
        self.ride.view(self.now)
    }

    pub(super) fn stage(&self) -> RideStage {
        self.view().stage
    }

    /// What the rider was told in the end, settled or not.
    pub(super) fn told(&self) -> Option<RideOutcome> {
        match self.stage() {
            RideStage::Ended(outcome) => Some(outcome),
            _ => None,
        }
    }

    pub(super) fn phase(&self) -> Option<RidePhase> {
        self.journal.as_ref().map(|record| record.phase)
    }

    /// The sweep: the centre says until it is believed that nothing is alive.
    pub(super) fn sweep(&mut self, hails: &[(&str, HailStatus)]) -> &mut Self {
        for _ in 0..10 {
            if self.settled.is_none() {
                self.expect_find().reply(found(hails));
            }
        }
        self
    }
}
