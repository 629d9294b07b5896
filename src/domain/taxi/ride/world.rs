// SPDX-License-Identifier: GPL-3.0-only
//! A ride in a hostile world: a network that loses, delays and repeats nothing it should, a journal that
//! may fail, a rider who taps, power cuts at any instant. Every step is checked.

use std::collections::BTreeSet;
use std::time::Duration;

use super::model::{Case, Centre, DRIVER, Dice, PHONE, PLATE, TAXI_PHONE};
use super::*;
use crate::domain::taxi::Refusal;

/// No HTTP client waits longer for an answer; not longer than the centre is given to settle.
const TIME_LIMIT: Duration = Duration::from_secs(10);
const QUICK: Duration = Duration::from_millis(50);
/// More calls than this in any minute are a fault: a poll every 2 s and some haste between states.
const CALLS_A_MINUTE: usize = 75;
/// No run takes so many steps.
const MOST_STEPS: u32 = 30_000;

/// How often, of 256 times, each thing goes wrong while the dice last.
#[derive(Clone, Debug)]
pub(super) struct Chaos {
    pub(super) network: u8,
    pub(super) temper: u8,
    pub(super) kills: u8,
    pub(super) journal: u8,
    pub(super) taps: u8,
    pub(super) late: u8,
    pub(super) names_customers: bool,
}

enum Happening {
    /// The centre carries a call out; the answer goes back then, unless it is lost.
    CarriedOut(RideCall, Option<(CallId, Duration)>),
    Answer(CallId, RideAnswer),
}

struct Event {
    at: Moment,
    life: u32,
    what: Happening,
}

/// Everything around one ride.
pub(super) struct World {
    dice: Dice,
    chaos: Chaos,
    policy: RidePolicy,
    pub(super) centre: Centre,
    customer: CustomerId,
    now: Moment,
    ride: Option<Ride>,
    born: Moment,
    /// Counts the power cuts: answers to an earlier life reach nobody.
    life: u32,
    kill_at: Option<Moment>,
    restart_at: Option<Moment>,
    journal: Option<RideRecord>,
    events: Vec<Event>,
    late: Duration,
    down_until: Moment,
    key_refused_until: Moment,
    // What the checks remember.
    calls: Vec<Moment>,
    hails_made: u32,
    cancelled_in_time: bool,
    detached: bool,
    told: Option<RideOutcome>,
    /// The screen says that the taxi comes.
    coming: bool,
    /// The chance to say no: from when, how long.
    chance: Option<(HailId, Moment, Duration)>,
    agreed_before_restart: Option<HailId>,
    write_failed: bool,
    pub(super) outcome: Option<RideOutcome>,
    /// What the run came through, so that a test can tell that the chaos reaches it.
    pub(super) seen: BTreeSet<&'static str>,
    steps: u32,
}

impl World {
    pub(super) fn new(policy: RidePolicy, chaos: Chaos, dice: Vec<u8>) -> Self {
        let customer = CustomerId("rider".into());
        let now = Moment::default();
        Self {
            dice: Dice::new(dice),
            centre: Centre::new(chaos.temper, chaos.names_customers),
            ride: Some(Ride::start(policy.clone(), customer.clone(), Secret::from(PHONE), now)),
            chaos,
            policy,
            customer,
            now,
            born: now,
            life: 0,
            kill_at: None,
            restart_at: None,
            journal: None,
            events: Vec::new(),
            late: Duration::ZERO,
            down_until: now,
            key_refused_until: now,
            calls: Vec::new(),
            hails_made: 0,
            cancelled_in_time: false,
            detached: false,
            told: None,
            coming: false,
            chance: None,
            agreed_before_restart: None,
            write_failed: false,
            outcome: None,
            seen: BTreeSet::new(),
            steps: 0,
        }
    }

    /// Runs until nothing can happen any more.
    pub(super) fn run(&mut self) {
        self.advance();
        while let Some(at) = self.next_instant() {
            self.steps += 1;
            assert!(self.steps < MOST_STEPS, "never settles: {:?}", self.ride);
            self.now = self.now.max(at);
            self.centre.tick(self.now, &mut self.dice);
            self.happen();
            self.rider();
            self.check();
        }
        assert!(self.ride.as_ref().is_none_or(Ride::is_settled), "stands still: {:?}", self.ride);
        assert_eq!(self.journal, None, "the journal is not empty in the end");
    }

    fn wakeup(&self) -> Option<Moment> {
        self.ride.as_ref().and_then(Ride::next_wakeup).map(|at| at + self.late)
    }

    fn next_instant(&self) -> Option<Moment> {
        let event = self.events.iter().map(|event| event.at).min();
        [event, self.wakeup(), self.kill_at, self.restart_at].into_iter().flatten().min()
    }

    fn happen(&mut self) {
        if self.kill_at.is_some_and(|at| at <= self.now) {
            self.kill();
        }
        if self.restart_at.is_some_and(|at| at <= self.now) {
            self.restart();
        }
        // At one instant the centre acts before it answers.
        while let Some(index) = (0..self.events.len())
            .filter(|index| self.events[*index].at <= self.now)
            .min_by_key(|index| (self.events[*index].at, matches!(self.events[*index].what, Happening::Answer(..))))
        {
            let event = self.events.remove(index);
            match event.what {
                Happening::CarriedOut(ask, reply) => {
                    if matches!(ask, RideCall::Hail(_)) && event.life < self.life {
                        self.seen.insert(if self.ride.is_some() {
                            "hail made after restart"
                        } else {
                            "hail made while dead"
                        });
                    }
                    let answer = self.carry_out(&ask);
                    if let Some((call, after)) = reply {
                        let what = Happening::Answer(call, answer);
                        self.events.push(Event { at: self.now + after, life: event.life, what });
                    }
                }
                Happening::Answer(call, answer) if event.life == self.life => {
                    if let Some(ride) = &mut self.ride {
                        let effects = ride.answer(self.now, call, answer);
                        self.apply(effects);
                        self.check();
                    }
                }
                Happening::Answer(..) => {}
            }
        }
        if self.wakeup().is_some_and(|at| at <= self.now) {
            self.late = Duration::ZERO;
            self.advance();
            if self.dice.hits(self.chaos.late) {
                self.late = self.dice.time(Duration::from_secs(70));
            }
        }
    }

    fn advance(&mut self) {
        let Some(ride) = &mut self.ride else { return };
        let effects = ride.advance(self.now);
        assert!(ride.advance(self.now).is_empty(), "does more at the same instant");
        let wakeup = ride.next_wakeup();
        assert!(wakeup.is_none_or(|at| at > self.now), "wants to be woken in the past: {ride:?}");
        self.apply(effects);
    }

    /// What the runtime does with the effects; the power may be cut before and after each part.
    fn apply(&mut self, effects: Vec<RideEffect>) {
        for effect in effects {
            if self.cut() {
                return;
            }
            match effect {
                RideEffect::Record(record) => {
                    self.write(record);
                }
                RideEffect::Act { call, record, ask } => {
                    self.check_call(record.as_ref(), &ask);
                    let written = record.is_none_or(|record| self.write(record));
                    if self.cut() {
                        return;
                    }
                    if !written && matches!(ask, RideCall::Hail(_)) {
                        self.seen.insert("not journaled");
                        self.reply(call, QUICK, RideAnswer::NotJournaled);
                    } else {
                        self.calls.push(self.now);
                        let changes = matches!(ask, RideCall::Hail(_) | RideCall::SetStatus(..));
                        self.send(call, ask);
                        if self.dice.hits(self.chaos.kills.saturating_mul(if changes { 5 } else { 1 })) {
                            // Between the call's effect and its answer, or before either.
                            self.kill_at = Some(self.now + self.dice.time(TIME_LIMIT));
                        }
                    }
                }
                RideEffect::Settle(customer, outcome) => {
                    assert_eq!(customer, self.customer);
                    self.check_settled(outcome);
                    self.journal = None;
                    self.seen.insert(outcome.as_str());
                    self.outcome = Some(outcome);
                }
            }
        }
    }

    fn write(&mut self, record: RideRecord) -> bool {
        assert_eq!(record.customer, self.customer);
        if self.dice.hits(self.chaos.journal) {
            self.write_failed = true;
            return false;
        }
        self.journal = Some(record);
        true
    }

    fn cut(&mut self) -> bool {
        let cut = self.dice.hits(self.chaos.kills);
        if cut {
            self.kill();
        }
        cut
    }

    fn kill(&mut self) {
        self.kill_at = None;
        if self.ride.take().is_some() {
            self.life += 1;
            self.detached = true;
            (self.told, self.chance, self.coming) = (None, None, false);
            let seconds = self.dice.pick(&[0, 1, 3, 10, 30, 90]);
            self.restart_at = Some(self.now + Duration::from_secs(seconds));
        }
    }

    fn restart(&mut self) {
        self.restart_at = None;
        if let Some(record) = self.journal.clone() {
            self.agreed_before_restart = record.hail.clone().filter(|_| record.phase == RidePhase::Confirming);
            self.seen.insert(record.phase.as_str());
            self.born = self.now;
            self.ride = Some(Ride::recover(self.policy.clone(), record, self.now));
            self.advance();
        }
    }

    fn rider(&mut self) {
        if self.ride.is_none() || !self.dice.hits(self.chaos.taps) {
            return;
        }
        let Some(ride) = &mut self.ride else { return };
        match self.dice.roll(3) {
            0 => {
                ride.detach();
                self.detached = true;
            }
            taps => {
                self.cancelled_in_time |= ride.cancel_possible();
                (0..taps).for_each(|_| ride.cancel());
            }
        }
        self.advance();
    }
}

/// The network.
impl World {
    fn reply(&mut self, call: CallId, after: Duration, answer: RideAnswer) {
        self.events.push(Event { at: self.now + after, life: self.life, what: Happening::Answer(call, answer) });
    }

    fn carried_out(&mut self, after: Duration, ask: RideCall, reply: Option<(CallId, Duration)>) {
        let what = Happening::CarriedOut(ask, reply);
        self.events.push(Event { at: self.now + after, life: self.life, what });
    }

    fn send(&mut self, call: CallId, ask: RideCall) {
        let failed = |failure| failure_of(&ask, failure);
        if self.now < self.down_until {
            let (after, failure) = self.dice.pick(&[(QUICK, CallFailure::NotSent), (TIME_LIMIT, CallFailure::Unknown)]);
            return self.reply(call, after, failed(failure));
        }
        if self.now < self.key_refused_until {
            return self.reply(call, QUICK, failed(CallFailure::Refused(Refusal::KeyRefused)));
        }
        // A ride that never gets to a hail shows little.
        let level = match ask {
            RideCall::Hail(_) | RideCall::SetStatus(..) => self.chaos.network.saturating_mul(3),
            RideCall::Follow(_) | RideCall::Find(_) => self.chaos.network / 2,
            RideCall::Nearby => self.chaos.network / 8,
        };
        if !self.dice.hits(level) {
            return self.carried_out(QUICK, ask, Some((call, QUICK)));
        }
        let gave_up = self.dice.time(TIME_LIMIT) + QUICK;
        let unknown = failed(CallFailure::Unknown);
        match self.dice.roll(11) {
            0 => self.carried_out(QUICK, ask, Some((call, gave_up))),
            1 => self.carried_out(gave_up, ask, Some((call, QUICK))),
            2 => self.reply(call, gave_up, failed(CallFailure::NotSent)),
            3 => {
                self.reply(call, gave_up, unknown);
                self.carried_out(QUICK, ask, None);
            }
            4 => self.reply(call, gave_up, unknown),
            5 | 6 => {
                // Carried out when the client has long given up, the latest within the time to settle.
                self.reply(call, gave_up, unknown);
                let late = gave_up + self.dice.time(self.policy.resolve_settle);
                self.carried_out(late, ask, None);
            }
            7 => self.reply(call, QUICK, unknown),
            8 => {
                let seconds = self.dice.pick(&[10, 30, 60, 300, 2400]);
                self.down_until = self.now + Duration::from_secs(seconds);
                self.reply(call, gave_up, unknown);
                if self.dice.hits(128) {
                    self.carried_out(QUICK, ask, None);
                }
            }
            9 => {
                let seconds = self.dice.pick(&[5, 20, 60, 300]);
                self.centre.frozen_until = self.now + Duration::from_secs(seconds);
                self.carried_out(QUICK, ask, Some((call, QUICK)));
            }
            _ => {
                let seconds = self.dice.pick(&[5, 40, 120]);
                self.key_refused_until = self.now + Duration::from_secs(seconds);
                self.reply(call, QUICK, failed(CallFailure::Refused(Refusal::KeyRefused)));
            }
        }
    }

    fn carry_out(&mut self, ask: &RideCall) -> RideAnswer {
        let (now, dice) = (self.now, &mut self.dice);
        match ask {
            RideCall::Nearby => RideAnswer::Offers(self.centre.nearby(dice).map_err(CallFailure::Refused)),
            RideCall::Hail(request) => {
                assert!(self.journal.is_some(), "a hail of which nobody knows any more");
                let made = self.centre.cases.len();
                let answer = self.centre.hail(now, request, dice);
                if self.hails_made > 0 && self.centre.cases.len() > made {
                    self.seen.insert("hailed again");
                }
                self.hails_made += u32::try_from(self.centre.cases.len() - made).unwrap();
                RideAnswer::Hail(answer.map_or(Err(CallFailure::Unknown), |done| done.map_err(CallFailure::Refused)))
            }
            RideCall::Follow(hail) => RideAnswer::Hail(self.centre.get(hail).map_err(CallFailure::Refused)),
            RideCall::SetStatus(hail, status) => {
                let done = self.centre.put(now, hail, *status, dice);
                RideAnswer::Hail(done.map_err(CallFailure::Refused))
            }
            RideCall::Find(customer) => RideAnswer::Found(Ok(self.centre.list(customer))),
        }
    }
}

/// The checks.
impl World {
    fn check_call(&self, record: Option<&RideRecord>, ask: &RideCall) {
        match ask {
            RideCall::Hail(request) => {
                let record = record.expect("a hail without its record");
                assert_eq!((record.phase, &record.hail), (RidePhase::Hailing, &None));
                assert_eq!(record.taxi.as_ref(), Some(&request.taxi));
                assert!(!self.detached, "a hail for nobody");
                assert!(!self.cancelled_in_time && self.told.is_none(), "a hail after the end");
                assert_eq!(request.phone.expose(), PHONE);
            }
            RideCall::SetStatus(hail, status) => {
                let case = self.centre.cases.iter().find(|case| case.id == *hail).expect("a hail that never was");
                assert_eq!(case.customer, self.customer, "somebody else's hail");
                let record = record.expect("a change without its record");
                assert_eq!(record.hail.as_ref(), Some(hail));
                match status {
                    HailStatus::AcceptedByCustomer => self.check_confirmation(hail, record),
                    HailStatus::DeclinedByCustomer => assert_eq!(record.phase, RidePhase::Cancelling),
                    other => panic!("the terminal may not set {other:?}"),
                }
            }
            RideCall::Nearby | RideCall::Follow(_) | RideCall::Find(_) => {}
        }
    }

    fn check_confirmation(&self, hail: &HailId, record: &RideRecord) {
        assert_eq!(record.phase, RidePhase::Confirming);
        if self.agreed_before_restart.as_ref() == Some(hail) {
            // What the journal says of the rider is believed; it may lack a cancel that failed to be written.
            assert!(!self.cancelled_in_time || self.write_failed, "confirmed after a restart though cancelled");
            return;
        }
        assert!(!self.cancelled_in_time, "confirmed though cancelled in time");
        assert_eq!(self.told, None, "confirmed though told to be over");
        let (shown, since, chance) = self.chance.as_ref().expect("confirmed without a chance to say no");
        assert_eq!(shown, hail);
        assert!(self.now.since(*since) >= *chance, "confirmed before the chance was over");
    }

    fn check_settled(&self, outcome: RideOutcome) {
        assert!(self.now.since(self.born) < LONGEST_RIDE, "given up instead of settled");
        let open: Vec<_> = self.centre.alive(&self.customer).filter(|case| !case.confirmed).collect();
        assert!(open.is_empty(), "settled as {outcome:?} with {open:?}");
        let coming = self.centre.alive(&self.customer).any(|case| case.status == HailStatus::AcceptedByCustomer);
        assert!(!coming, "settled as {outcome:?} while a taxi comes");
    }

    fn check(&mut self) {
        assert!(self.centre.alive(&self.customer).count() <= 1, "two hails alive");
        assert!(self.hails_made <= self.policy.max_hails, "{} hails", self.hails_made);
        let minute = self.calls.iter().rev().take_while(|at| self.now.since(**at) < Duration::from_secs(60)).count();
        assert!(minute <= CALLS_A_MINUTE * (1 + self.life as usize), "{minute} calls in a minute");
        let Some(ride) = &self.ride else { return };
        let view = ride.view(self.now);
        match (self.told, view.stage) {
            (told, RideStage::Ended(outcome)) => {
                assert!(told.is_none_or(|told| told == outcome), "told {told:?}, then {outcome:?}");
                let comes = |case: &Case| case.status == HailStatus::AcceptedByCustomer;
                let known = self.coming && self.centre.alive(&self.customer).any(comes);
                assert!(!known, "told to be over ({outcome:?}) though the taxi comes");
                self.told = Some(outcome);
            }
            // The one late truth: the confirmation had got through, the taxi comes.
            (Some(_), RideStage::Coming) => {
                assert!(self.centre.cases.iter().any(|case| case.customer == self.customer && case.confirmed));
                self.seen.insert("late truth");
                self.told = None;
            }
            (Some(told), stage) => panic!("told {told:?}, then {stage:?}"),
            (None, RideStage::Accepted { chance }) => {
                let order = view.order.clone().expect("an accepted hail without a number");
                let new = self.chance.as_ref().is_none_or(|(hail, ..)| *hail != order);
                if new && self.agreed_before_restart.as_ref() != Some(&order) {
                    let shortest = SHORTEST_CHANCE.min(self.policy.confirm_after);
                    assert!(chance >= shortest, "a chance of {chance:?}");
                    self.chance = Some((order, self.now, chance));
                }
            }
            (None, _) => {}
        }
        self.coming = view.stage == RideStage::Coming;
        if self.detached {
            let Car { tail, approach, .. } = view.car.clone();
            assert_eq!(view.car, Car { tail, approach, ..Car::default() }, "kept of a rider who left");
            if self.steps.is_multiple_of(16) || ride.is_settled() {
                let debug = format!("{ride:?}");
                for personal in [PHONE, PLATE, DRIVER, TAXI_PHONE] {
                    assert!(!debug.contains(personal), "{debug}");
                }
            }
        }
    }
}

fn failure_of(ask: &RideCall, failure: CallFailure) -> RideAnswer {
    match ask {
        RideCall::Nearby => RideAnswer::Offers(Err(failure)),
        RideCall::Find(_) => RideAnswer::Found(Err(failure)),
        RideCall::Hail(_) | RideCall::Follow(_) | RideCall::SetStatus(..) => RideAnswer::Hail(Err(failure)),
    }
}
