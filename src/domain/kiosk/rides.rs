// SPDX-License-Identifier: GPL-3.0-only
//! The ride of the resident at the screen, and those of residents who have walked away.

use std::time::Duration;

use super::view::{DepartingRide, Prompt, SlipState};
use super::{Effect, Kiosk, Now, Page, SlipJob, SlipResult, TaxiSlip};
use crate::domain::taxi::{
    CallId, CustomerId, Ride, RideAnswer, RideEffect, RideOutcome, RidePhase, RideRecord, RideStage,
};
use crate::domain::time::Moment;

/// Rides of this gate under way at once; more than ever wait at one gate within the half hour after which
/// the centre gives one up.
const MAX_RIDES: usize = 8;
/// Slips for one ride: paper is not to be emptied for fun.
const MAX_SLIPS: u32 = 3;
/// So long the attract screen tells that a car will not come.
const GONE_SHOWN: Duration = Duration::from_secs(120);
/// So long it tells that a call was taken back because the power failed.
const INTERRUPTED_SHOWN: Duration = Duration::from_secs(300);

/// What has been announced of a ride.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Announced {
    Nothing,
    Searching { taxis_asked: u32 },
    Accepted,
    Coming,
    Near,
    Ended,
}

/// The ride of the resident at the screen.
#[derive(Debug)]
pub(super) struct Foreground {
    pub(super) ride: Ride,
    pub(super) slip: SlipState,
    job: Option<SlipJob>,
    slips: u32,
    announced: Announced,
    ended: Option<RideOutcome>,
    refused: bool,
}

impl Foreground {
    pub(super) fn new(ride: Ride) -> Self {
        Self {
            ride,
            slip: SlipState::None,
            job: None,
            slips: 0,
            announced: Announced::Nothing,
            ended: None,
            refused: false,
        }
    }

    /// Whether the resident has been told how it ended.
    pub(super) fn is_over(&self) -> bool {
        self.ended.is_some()
    }

    pub(super) fn refused(&self) -> bool {
        !self.is_over() && self.refused
    }

    pub(super) fn prompt(&self) -> Prompt {
        match self.announced {
            Announced::Nothing | Announced::Searching { .. } => Prompt::TaxiSearching,
            Announced::Accepted => Prompt::TaxiAccepted,
            Announced::Coming => Prompt::TaxiComing,
            Announced::Near => Prompt::TaxiNear,
            Announced::Ended if self.ended == Some(RideOutcome::OnBoard) => Prompt::TaxiFinished,
            Announced::Ended => Prompt::TaxiProblem,
        }
    }

    /// When a shown second changes.
    pub(super) fn next_second(&self, now: Moment) -> Option<Moment> {
        let view = self.ride.view(now);
        let left = match view.stage {
            RideStage::Ended(_) | RideStage::Coming => return None,
            RideStage::Accepted { chance } if chance.is_zero() => return None,
            RideStage::Accepted { chance } => Duration::from_nanos(u64::from(chance.subsec_nanos()).max(1)),
            _ => Duration::from_secs(1).saturating_sub(Duration::from_nanos(u64::from(view.waiting.subsec_nanos()))),
        };
        Some(now + left.max(Duration::from_millis(1)))
    }

    /// Takes in where the ride is; what is new is to be announced.
    fn news(&mut self, now: Moment) -> Option<Prompt> {
        let view = self.ride.view(now);
        self.refused = view.cancel_refused;
        let near = view.car.approach.is_some_and(|approach| approach.near);
        let (announced, prompt) = match (view.stage, self.announced) {
            (RideStage::Ended(outcome), _) => {
                self.ended = Some(outcome);
                (
                    Announced::Ended,
                    if outcome == RideOutcome::OnBoard { Prompt::TaxiFinished } else { Prompt::TaxiProblem },
                )
            }
            // An outage was told as the end, and then the taxi comes after all: the truth again.
            (RideStage::Coming, Announced::Near) => (Announced::Near, Prompt::TaxiNear),
            (RideStage::Coming, Announced::Coming) if near => (Announced::Near, Prompt::TaxiNear),
            (RideStage::Coming, _) => (Announced::Coming, Prompt::TaxiComing),
            (RideStage::Accepted { .. }, _) => (Announced::Accepted, Prompt::TaxiAccepted),
            (_, Announced::Searching { taxis_asked }) if view.taxis_asked > taxis_asked.max(1) => {
                (Announced::Searching { taxis_asked: view.taxis_asked }, Prompt::TaxiNextCar)
            }
            (_, Announced::Searching { taxis_asked }) => {
                (Announced::Searching { taxis_asked: view.taxis_asked.max(taxis_asked) }, Prompt::TaxiSearching)
            }
            (RideStage::Cancelling, announced) => (announced, Prompt::None),
            (_, Announced::Nothing) => (Announced::Searching { taxis_asked: view.taxis_asked }, Prompt::TaxiSearching),
            // The car that had accepted is gone and the search goes on.
            (_, _) => (Announced::Searching { taxis_asked: view.taxis_asked }, Prompt::TaxiNextCar),
        };
        if announced != Announced::Ended {
            self.ended = None;
        }
        let told = std::mem::replace(&mut self.announced, announced);
        let silent = matches!((told, announced), (Announced::Searching { .. }, Announced::Searching { .. }))
            && prompt != Prompt::TaxiNextCar;
        (told != announced && !silent).then_some(prompt)
    }
}

/// The ride of somebody who has walked away: nothing personal is kept of it.
#[derive(Debug)]
pub(super) struct Background {
    ride: Ride,
    coming: bool,
    near_said: bool,
    gone_at: Option<Moment>,
}

impl Background {
    pub(super) fn from_foreground(foreground: Foreground, now: Moment) -> Option<Self> {
        let mut ride = foreground.ride;
        let coming = ride.view(now).stage == RideStage::Coming;
        ride.detach();
        let near_said = foreground.announced == Announced::Near;
        (!ride.is_settled()).then_some(Self { ride, coming, near_said, gone_at: None })
    }

    pub(super) fn next_wakeup(&self) -> Option<Moment> {
        self.gone_at.map(|at| at + GONE_SHOWN).or_else(|| self.ride.next_wakeup())
    }

    fn departing(&self, now: Moment) -> Option<DepartingRide> {
        let view = self.ride.view(now);
        let shown = self.gone_at.is_some() || view.stage == RideStage::Coming;
        let approach = view.car.approach.filter(|_| self.gone_at.is_none());
        (shown && !view.car.tail.is_empty()).then(|| DepartingRide {
            tail: view.car.tail,
            minutes: approach.map(|approach| approach.minutes),
            near: approach.is_some_and(|approach| approach.near),
            gone: self.gone_at.is_some(),
        })
    }
}

impl Kiosk {
    pub(super) fn too_many_rides(&self) -> bool {
        self.background.len() >= MAX_RIDES
    }

    pub(super) fn to_background(&mut self, foreground: Foreground, now: Moment) {
        self.background.extend(Background::from_foreground(foreground, now));
    }

    pub(super) fn recover(&mut self, now: Now, records: Vec<RideRecord>) {
        let Some(policy) = &self.rules.ride else { return };
        for record in records {
            let agreed = matches!(record.phase, RidePhase::Coming | RidePhase::Confirming);
            if !agreed {
                self.interrupted_at = Some(now.moment);
            }
            let ride = Ride::recover(policy.clone(), record, now.moment);
            self.background.push(Background { ride, coming: agreed, near_said: false, gone_at: None });
        }
    }

    pub(super) fn ride_answer(
        &mut self,
        now: Now,
        customer: &CustomerId,
        call: CallId,
        answer: RideAnswer,
        effects: &mut Vec<Effect>,
    ) {
        let foreground = self.session.as_mut().and_then(|session| session.ride.as_mut()).map(|slot| &mut slot.ride);
        let ride = foreground
            .into_iter()
            .chain(self.background.iter_mut().map(|slot| &mut slot.ride))
            .find(|ride| ride.customer() == customer);
        if let Some(ride) = ride {
            let done = ride.answer(now.moment, call, answer);
            effects.extend(done.into_iter().map(|effect| Effect::Ride(customer.clone(), effect)));
        }
    }

    pub(super) fn advance_rides(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let mut advance = |ride: &mut Ride| {
            let done: Vec<RideEffect> = ride.advance(now.moment);
            let customer = ride.customer().clone();
            effects.extend(done.into_iter().map(|effect| Effect::Ride(customer.clone(), effect)));
        };
        for slot in &mut self.background {
            advance(&mut slot.ride);
        }
        let blocked = self.background.iter().any(|slot| slot.ride.blocks_another());
        if let Some(foreground) = self.session.as_mut().and_then(|session| session.ride.as_mut()) {
            foreground.ride.hold(blocked);
            advance(&mut foreground.ride);
        }
    }

    pub(super) fn watch_foreground(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(session) = &mut self.session else { return };
        let Some(foreground) = &mut session.ride else { return };
        let Some(prompt) = foreground.news(now.moment) else { return };
        let first_car = foreground.announced == Announced::Coming && foreground.slips == 0;
        // News takes the screen, and the resident gets the whole time to take it in.
        session.page = Page::TaxiRide;
        session.attention.sign(now.moment);
        session.warned_s = None;
        self.say(prompt, true);
        if first_car {
            self.print_slip(now, effects);
        }
    }

    pub(super) fn print_slip(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let offered = self.rules.slips;
        let Some(session) = &mut self.session else { return };
        let Some(foreground) = &mut session.ride else { return };
        let view = foreground.ride.view(now.moment);
        let possible = offered && foreground.slip != SlipState::Printing && foreground.slips < MAX_SLIPS;
        if !possible || view.stage != RideStage::Coming {
            return;
        }
        self.slips += 1;
        foreground.slips += 1;
        foreground.slip = SlipState::Printing;
        foreground.job = Some(SlipJob(self.slips));
        let slip = TaxiSlip {
            language: session.language,
            order: view.order.map(|order| order.0).unwrap_or_default(),
            plate: view.car.plate,
            color: view.car.color,
            model: view.car.model,
            driver: view.car.driver,
            taxi_phone: view.car.phone,
            destination: session.destination,
            minutes: view.car.approach.map(|approach| approach.minutes),
            printed_at: now.wall,
        };
        effects.push(Effect::Print(SlipJob(self.slips), slip));
    }

    pub(super) fn slip_result(&mut self, now: Now, job: SlipJob, result: SlipResult) {
        let Some(session) = &mut self.session else { return };
        let Some(foreground) = session.ride.as_mut().filter(|foreground| foreground.job == Some(job)) else { return };
        foreground.job = None;
        foreground.slip = match result {
            SlipResult::Printed => SlipState::Printed,
            SlipResult::Failed => SlipState::Failed,
            SlipResult::Unknown => SlipState::Unknown,
        };
        let over = foreground.is_over();
        session.attention.sign(now.moment);
        if !over {
            self.say(if result == SlipResult::Printed { Prompt::SlipTaken } else { Prompt::SlipFailed }, true);
        }
    }

    pub(super) fn watch_background(&mut self, now: Moment) {
        let attract = self.session.is_none();
        let mut said = None;
        for slot in &mut self.background {
            match slot.ride.view(now).stage {
                RideStage::Ended(outcome) if slot.coming && outcome != RideOutcome::OnBoard => {
                    if slot.gone_at.is_none() {
                        slot.gone_at = Some(now);
                        said = Some(Prompt::RideGone);
                    }
                }
                RideStage::Coming => {
                    slot.coming = true;
                    let near = slot.ride.view(now).car.approach.is_some_and(|approach| approach.near);
                    if near && !slot.near_said {
                        slot.near_said = true;
                        said = Some(Prompt::RideNear);
                    }
                }
                _ => {}
            }
        }
        self.background.retain(|slot| match slot.gone_at {
            Some(at) => now.since(at) < GONE_SHOWN || !slot.ride.is_settled(),
            None => !slot.ride.is_settled(),
        });
        if attract {
            if let Some(prompt) = said {
                self.say(prompt, true);
            } else if self.background.is_empty() {
                self.prompt = Prompt::None;
            }
        }
    }

    pub(super) fn departing(&self, now: Moment) -> Vec<DepartingRide> {
        let mut rides: Vec<DepartingRide> = self.background.iter().filter_map(|slot| slot.departing(now)).collect();
        // What is spoken of is the first: cars at the gate, then those that will not come.
        rides.sort_by_key(|ride| (!ride.near, !ride.gone));
        rides
    }

    pub(super) fn call_interrupted(&self, now: Moment) -> bool {
        self.interrupted_at.is_some_and(|at| now.since(at) < INTERRUPTED_SHOWN)
    }

    /// The rides that are under way, for a test or a technician's screen.
    #[must_use]
    pub fn rides_under_way(&self) -> usize {
        let foreground = self.session.as_ref().and_then(|session| session.ride.as_ref());
        self.background.iter().filter(|slot| !slot.ride.is_settled()).count()
            + usize::from(foreground.is_some_and(|slot| !slot.ride.is_settled()))
    }
}
