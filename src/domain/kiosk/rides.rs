// SPDX-License-Identifier: GPL-3.0-only
//! The ride of the resident at the screen, and those of residents who have walked away.

use std::time::Duration;

use super::view::{DepartingRide, Prompt, SlipState};
use super::{Effect, Kiosk, Now, Page, Slip, SlipJob, SlipResult, TaxiSlip};
use crate::domain::taxi::{
    CallId, CustomerId, HailId, Ride, RideAnswer, RideEffect, RideOutcome, RidePhase, RideRecord, RideStage,
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

/// Longer than any printer may take by its settings: then nobody knows what became of a slip, and the
/// session must not wait for it.
const LONGEST_PRINT: Duration = Duration::from_secs(150);

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
    printing_since: Moment,
    slips: u32,
    /// Which car the slip is about; another car needs another slip.
    slip_for: Option<HailId>,
    announced: Announced,
    ended: Option<RideOutcome>,
    /// The resident was told that it is too late to cancel.
    refused: bool,
}

impl Foreground {
    pub(super) fn new(ride: Ride) -> Self {
        Self {
            ride,
            slip: SlipState::None,
            job: None,
            printing_since: Moment::default(),
            slips: 0,
            slip_for: None,
            announced: Announced::Nothing,
            ended: None,
            refused: false,
        }
    }

    /// Whether the resident has been told how it ended.
    pub(super) fn is_over(&self) -> bool {
        self.ended.is_some()
    }

    /// The resident wants the taxi no more. Whether they are to be told that it is too late.
    pub(super) fn cancel(&mut self, now: Moment) -> bool {
        self.ride.cancel();
        let view = self.ride.view(now);
        let too_late = view.stage == RideStage::Coming && view.cancel_refused;
        self.refused |= too_late;
        too_late
    }

    /// When a slip that is being printed is given up.
    pub(super) fn slip_due(&self) -> Option<Moment> {
        self.job.map(|_| self.printing_since + LONGEST_PRINT)
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
        // While the confirmation is on its way a cancellation may still win; only then is it too late.
        let too_late = view.cancel_refused && view.stage == RideStage::Coming;
        let refused = std::mem::replace(&mut self.refused, too_late);
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
        if too_late && !refused {
            return Some(Prompt::TaxiCannotCancel);
        }
        (told != announced && !silent).then_some(prompt)
    }
}

/// What has been announced of a ride at the attract screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Near,
    Gone,
}

/// The ride of somebody who has walked away: nothing personal is kept of it.
#[derive(Debug)]
pub(super) struct Background {
    ride: Ride,
    /// Its rider believes that a car comes.
    expected: bool,
    told: Option<Told>,
    told_at: Option<Moment>,
    gone_at: Option<Moment>,
}

impl Background {
    fn new(ride: Ride, expected: bool) -> Self {
        Self { ride, expected, told: None, told_at: None, gone_at: None }
    }

    pub(super) fn from_foreground(foreground: Foreground, now: Moment) -> Option<Self> {
        let mut ride = foreground.ride;
        let expected = ride.view(now).stage == RideStage::Coming;
        ride.detach();
        let told = (foreground.announced == Announced::Near).then_some(Told::Near);
        (!ride.is_settled()).then(|| Self { told, ..Self::new(ride, expected) })
    }

    pub(super) fn next_wakeup(&self, now: Moment) -> Option<Moment> {
        let gone_end = self.gone_at.filter(|_| self.is_gone(now)).map(|at| at + GONE_SHOWN);
        // A ride that was told to be over may still have something to settle.
        gone_end.into_iter().chain(self.ride.next_wakeup()).min()
    }

    /// Takes in where the ride is. Whether its rider must be told that their call was lost, since no car
    /// can be named.
    fn watch(&mut self, now: Moment) -> bool {
        let view = self.ride.view(now);
        match view.stage {
            RideStage::Coming => (self.expected, self.gone_at) = (true, None),
            RideStage::Ended(RideOutcome::OnBoard) => self.expected = false,
            RideStage::Ended(_) if self.expected => {
                self.expected = false;
                if view.car.tail.is_empty() {
                    return true;
                }
                self.gone_at = Some(now);
            }
            _ => {}
        }
        false
    }

    /// Whether something new is to be said of it.
    fn announce(&mut self, now: Moment) -> bool {
        let told = match self.departing(now) {
            Some(ride) if ride.gone => Some(Told::Gone),
            Some(ride) if ride.near => Some(Told::Near),
            _ => None,
        };
        // A car that drives round the block is announced once.
        if told.is_none() || told == self.told {
            return false;
        }
        self.told = told;
        self.told_at = Some(now);
        true
    }

    fn is_done(&self, now: Moment) -> bool {
        self.ride.is_settled() && !self.is_gone(now)
    }

    fn is_gone(&self, now: Moment) -> bool {
        self.gone_at.is_some_and(|at| now.since(at) < GONE_SHOWN)
    }

    fn departing(&self, now: Moment) -> Option<DepartingRide> {
        let view = self.ride.view(now);
        let gone = self.is_gone(now);
        // Also one whose rider had to be told during an outage that nothing was certain.
        let comes = !self.ride.is_settled() && !self.ride.blocks_another();
        let shown = gone || comes;
        let approach = view.car.approach.filter(|_| !gone);
        (shown && !view.car.tail.is_empty()).then(|| DepartingRide {
            tail: view.car.tail,
            minutes: approach.map(|approach| approach.minutes),
            near: approach.is_some_and(|approach| approach.near),
            gone,
        })
    }
}

impl Kiosk {
    pub(super) fn move_to_background(&mut self, foreground: Foreground, now: Moment) {
        self.background.extend(Background::from_foreground(foreground, now));
    }

    pub(super) fn recover(&mut self, now: Now, records: Vec<RideRecord>) {
        let Some(policy) = &self.rules.ride else { return };
        for record in records {
            if self.knows(&record.customer) {
                continue;
            }
            let agreed = matches!(record.phase, RidePhase::Coming | RidePhase::Confirming);
            if !agreed {
                self.interruption_settles = true;
            }
            let ride = Ride::recover(policy.clone(), record, now.moment);
            self.background.push(Background::new(ride, agreed));
        }
    }

    fn knows(&self, customer: &CustomerId) -> bool {
        let foreground = self.session.as_ref().and_then(|session| session.ride.as_ref()).map(|slot| &slot.ride);
        foreground
            .into_iter()
            .chain(self.background.iter().map(|slot| &slot.ride))
            .any(|ride| ride.customer() == customer)
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
        let under_way = self.background.iter().filter(|slot| !slot.ride.is_settled());
        // Where too many cars are on their way already the rider is kept waiting, and told so in the end.
        let blocked = under_way.clone().any(|slot| slot.ride.blocks_another()) || under_way.count() >= MAX_RIDES;
        if let Some(foreground) = self.session.as_mut().and_then(|session| session.ride.as_mut()) {
            foreground.ride.hold(blocked);
            advance(&mut foreground.ride);
        }
    }

    pub(super) fn watch_foreground(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(session) = &mut self.session else { return };
        let Some(foreground) = &mut session.ride else { return };
        let Some(prompt) = foreground.news(now.moment) else { return };
        let order = foreground.ride.view(now.moment).order;
        let new_car = foreground.announced == Announced::Coming && foreground.slip_for != order;
        if new_car && foreground.slip != SlipState::Printing {
            // What was printed is about a car that does not come.
            foreground.slip = SlipState::None;
        }
        // News takes the screen, and the resident gets the whole time to take it in.
        session.page = Page::TaxiRide;
        session.attention.sign(now.moment);
        session.warned_s = None;
        self.say(prompt, true);
        if new_car {
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
        foreground.printing_since = now.moment;
        foreground.slip_for.clone_from(&view.order);
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
        effects.push(Effect::Print(SlipJob(self.slips), Slip::Taxi(slip)));
    }

    /// Gives up waiting for a printer that tells nothing.
    pub(super) fn watch_slip(&mut self, now: Now) {
        let Some(foreground) = self.session.as_ref().and_then(|session| session.ride.as_ref()) else { return };
        if let (Some(job), Some(due)) = (foreground.job, foreground.slip_due())
            && now.moment >= due
        {
            self.slip_result(now, job, SlipResult::Unknown);
        }
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
        let (mut lost, mut news) = (false, false);
        for slot in &mut self.background {
            lost |= slot.watch(now);
            // What happens while somebody else is at the screen is said when they have gone.
            news |= attract && slot.announce(now);
        }
        self.background.retain(|slot| !slot.is_done(now));
        let settles = self.background.iter().any(|slot| slot.ride.blocks_another());
        if lost || (self.interruption_settles && !settles) {
            self.interrupted_at = Some(now);
        }
        // While the centre is away nobody is told that a call was taken back which may still bring a car.
        self.interruption_settles &= settles;
        if attract {
            let prompt = match self.departing(now).first() {
                Some(ride) if ride.near => Prompt::RideNear,
                Some(ride) if ride.gone => Prompt::RideGone,
                _ => Prompt::None,
            };
            if news { self.say(prompt, true) } else { self.prompt = prompt }
        }
    }

    /// The cars that are shown; the one spoken of last comes first, because the spoken line is about the
    /// first.
    pub(super) fn departing(&self, now: Moment) -> Vec<DepartingRide> {
        let mut slots: Vec<&Background> = self.background.iter().collect();
        slots.sort_by_key(|slot| std::cmp::Reverse(slot.told_at));
        slots.into_iter().filter_map(|slot| slot.departing(now)).collect()
    }

    pub(super) fn call_interrupted(&self, now: Moment) -> bool {
        self.interrupted_at.is_some_and(|at| now.since(at) < INTERRUPTED_SHOWN)
    }

    /// When the attract screen stops telling of it.
    pub(super) fn interruption_ends(&self, now: Moment) -> Option<Moment> {
        let shown = self.session.is_none() && self.call_interrupted(now);
        self.interrupted_at.filter(|_| shown).map(|at| at + INTERRUPTED_SHOWN)
    }

    /// The rides that are under way, for a test or a technician's screen.
    #[must_use]
    pub fn rides_under_way(&self) -> usize {
        let foreground = self.session.as_ref().and_then(|session| session.ride.as_ref());
        self.background.iter().filter(|slot| !slot.ride.is_settled()).count()
            + usize::from(foreground.is_some_and(|slot| !slot.ride.is_settled()))
    }

    /// Whether nothing personal is kept of anybody who has left.
    #[cfg(test)]
    pub(super) fn has_forgotten(&self, now: Moment) -> bool {
        self.background
            .iter()
            .map(|slot| slot.ride.view(now).car)
            .all(|car| car.plate.is_empty() && car.driver.is_empty() && car.phone.is_empty() && car.color.is_empty())
    }
}
