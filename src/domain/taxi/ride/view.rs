// SPDX-License-Identifier: GPL-3.0-only
//! What the resident is shown of a ride.

use std::time::Duration;

use super::{Ride, Step};
use crate::domain::taxi::policy::{Approach, RidePolicy};
use crate::domain::taxi::record::RideOutcome;
use crate::domain::taxi::{Hail, HailId, HailStatus};
use crate::domain::time::Moment;
use crate::protocol::Secret;

/// So many characters of the plate's end are shown of a car whose rider has walked away.
const TAIL_CHARACTERS: usize = 3;
/// So many failures in a row before the resident is told that the news may be old.
const STALE_FAILURES: u32 = 2;

/// The car that comes, as far as it may be shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Car {
    /// Whole plate.
    pub plate: Secret,
    /// Its last three characters, the only part kept once the rider has left.
    pub tail: String,
    /// Colour, in the centre's words.
    pub color: String,
    /// Maker and model.
    pub model: String,
    /// Driver's name.
    pub driver: Secret,
    /// The taxi's phone number.
    pub phone: Secret,
    /// How far it is.
    pub approach: Option<Approach>,
}

impl Car {
    pub(super) fn take(&mut self, hail: &Hail, policy: &RidePolicy, detached: bool) {
        if let Some(plate) = &hail.plate {
            let characters = plate.expose().chars().count();
            self.tail = plate.expose().chars().skip(characters.saturating_sub(TAIL_CHARACTERS)).collect();
        }
        if !detached {
            self.plate = hail.plate.clone().unwrap_or_default();
            self.color = hail.color.clone().unwrap_or_default();
            self.driver = hail.driver.clone().unwrap_or_default();
            self.phone = hail.taxi_phone.clone().unwrap_or_default();
        }
        self.approach = hail.position.map(|position| policy.approach(position));
    }

    /// Forgets all but the tail of the plate and the distance.
    pub(super) fn forget(&mut self) {
        let (tail, approach) = (std::mem::take(&mut self.tail), self.approach);
        *self = Self { tail, approach, ..Self::default() };
    }
}

/// Where a ride is, in the resident's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RideStage {
    /// Looking for free taxis.
    Looking,
    /// A driver is being asked.
    Asking,
    /// Finding out what became of a call.
    Checking,
    /// Taking the call back.
    Cancelling,
    /// A driver accepted; the rider may say no until the terminal confirms.
    Accepted {
        /// Time left for that; zero while the confirmation is on its way.
        chance: Duration,
    },
    /// Confirmed: the car comes.
    Coming,
    /// Over, or told to be.
    Ended(RideOutcome),
}

/// A ride as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct RideView {
    /// Where it is.
    pub stage: RideStage,
    /// Taxis asked so far.
    pub taxis_asked: u32,
    /// Since the rider tapped.
    pub waiting: Duration,
    /// The car.
    pub car: Car,
    /// Order number.
    pub order: Option<HailId>,
    /// Whether it can be taken back.
    pub cancel_possible: bool,
    /// The rider asked for that when it was too late.
    pub cancel_refused: bool,
    /// The centre has not answered lately.
    pub stale: bool,
}

impl Ride {
    /// What is shown at `now`.
    #[must_use]
    pub fn view(&self, now: Moment) -> RideView {
        RideView {
            stage: self.stage(now),
            taxis_asked: self.hails,
            waiting: now.since(self.born),
            car: self.car.clone(),
            order: match &self.step {
                Step::Live(live) => Some(live.hail.clone()),
                _ => None,
            },
            cancel_possible: self.cancel_possible(),
            cancel_refused: self.cancel_refused,
            stale: self.failures >= STALE_FAILURES,
        }
    }

    fn stage(&self, now: Moment) -> RideStage {
        if let Some(told) = self.told {
            return RideStage::Ended(told);
        }
        match &self.step {
            Step::Over(outcome) => RideStage::Ended(*outcome),
            _ if self.cancel.is_some() => RideStage::Cancelling,
            Step::Search { .. } if self.held => RideStage::Checking,
            Step::Search { .. } => RideStage::Looking,
            Step::Hailing | Step::Cancel { .. } => RideStage::Asking,
            Step::Resolve { .. } => RideStage::Checking,
            Step::Live(live) => match live.status {
                HailStatus::AcceptedByTaxi if live.confirming => RideStage::Accepted { chance: Duration::ZERO },
                // Without a time to confirm the acceptance is known from a list only, and not which car.
                HailStatus::AcceptedByTaxi => match live.confirm_at {
                    Some(at) => RideStage::Accepted { chance: at.since(now) },
                    None => RideStage::Asking,
                },
                HailStatus::AcceptedByCustomer | HailStatus::CustomerOnBoard => RideStage::Coming,
                _ => RideStage::Asking,
            },
        }
    }
}
