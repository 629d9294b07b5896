// SPDX-License-Identifier: GPL-3.0-only
//! The dispatch centre without its wire: accounts, taxis, hails, riders. Pure: the time is given, numbers
//! come from a seed, nothing is sent or received.

mod advance;
mod calls;
mod state;

use std::collections::HashMap;
use std::time::Duration;

use thiserror::Error;

use super::fleet::{self, Taxi};
use super::machine::{Refused, Roles, TaxiStatus};
use super::random::Random;
use super::script::{KnobChange, KnobError, Knobs, MAX_QUEUED_OUTCOMES, Outcome};
use crate::domain::taxi::HailStatus;
use crate::domain::time::Moment;
use crate::protocol::GeoPoint;

pub use self::calls::{HailChange, HailFilter, NewHail, PAGE_LINES, Page};
pub use self::state::{HailView, SimState, TaxiView, TransitionView};

/// Most hails kept; beyond it the oldest ended one is forgotten.
pub const MAX_HAILS: usize = 5000;
/// Most bans kept; beyond it those that are over are forgotten.
pub const MAX_BANS: usize = 5000;
/// Most simulated taxis.
pub const MAX_TAXIS: usize = 500;
/// Length of a first ban.
pub const BAN: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a rider's series of hails stays open after its last change.
pub const SESSION: Duration = Duration::from_secs(5 * 60);
/// How long hails can be asked for.
pub const VISIBLE: Duration = Duration::from_secs(60 * 24 * 60 * 60);

/// The holder of a key.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) id: u32,
    pub(super) email: &'static str,
    pub(super) key: String,
    pub(super) roles: Roles,
}

/// Number of the fleet's account.
pub(super) const OPERATOR: u32 = 2;

/// A change of state, as the answer lists it.
#[derive(Clone, Debug)]
pub(super) struct Transition {
    pub(super) from: Option<HailStatus>,
    pub(super) to: HailStatus,
    pub(super) at: Moment,
    pub(super) user: Option<u32>,
    pub(super) reason: Option<String>,
}

/// What a simulated driver or the centre does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The centre passes the hail to the fleet.
    Deliver,
    /// The fleet cannot be reached.
    FailDelivery,
    /// A change that the fleet makes.
    Fleet(HailStatus, Option<&'static str>),
    /// The driver reports the rider and gives up.
    ReportNoShow,
}

/// A hail.
#[derive(Clone, Debug)]
pub(super) struct HailRecord {
    pub(super) id: String,
    pub(super) added_by: u32,
    pub(super) taxi: usize,
    pub(super) customer: String,
    pub(super) place: GeoPoint,
    pub(super) address: String,
    pub(super) customer_phone: String,
    pub(super) taxi_phone: String,
    pub(super) session: String,
    pub(super) status: HailStatus,
    pub(super) created: Moment,
    pub(super) entered: Moment,
    pub(super) transitions: Vec<Transition>,
    pub(super) outcome: Outcome,
    pub(super) next: Option<(Moment, Step)>,
    /// Whether the fleet's own server has been asked and has not answered yet.
    pub(super) in_delivery: bool,
    pub(super) notes: Notes,
}

/// What both sides may remark on a hail.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Notes {
    /// Why the taxi gave up.
    pub incident_taxi_reason: Option<String>,
    /// Why the rider gave up.
    pub incident_customer_reason: Option<String>,
    /// Whether the fleet reports the rider.
    pub reporting_customer: Option<bool>,
    /// Why.
    pub reporting_customer_reason: Option<String>,
    /// Old field of the protocol.
    pub rating_ride: Option<i64>,
    /// Old field of the protocol.
    pub rating_ride_reason: Option<String>,
}

#[derive(Clone, Copy, Debug)]
struct Ban {
    begun: Moment,
    ends: Moment,
}

/// Why a call is refused; the wire turns it into status and body.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CentreError {
    /// The rider is banned.
    #[error("This customer is banned.")]
    Banned,
    /// There is no such taxi.
    #[error("Unable to find taxi for this operateur.")]
    NoSuchTaxi,
    /// The taxi has never told its place.
    #[error("Taxi is not online.")]
    NotOnline,
    /// The taxi's place is older than 120 s.
    #[error("Taxi is no longer online.")]
    NoLongerOnline,
    /// The taxi has another rider, or its driver a rest.
    #[error("Taxi is not free.")]
    NotFree,
    /// No such series.
    #[error("This sesssion ID does not exist.")]
    NoSuchSession,
    /// Somebody else's series.
    #[error("The session ID exists, but it is linked to another customer.")]
    OtherSession,
    /// No address.
    #[error("Customer can't be located, please provide an pickup address for the taxi.")]
    NoAddress,
    /// No such hail, or too old.
    #[error("Hail not found")]
    NoSuchHail,
    /// Somebody else's hail.
    #[error("You do not have the permissions to view this hail")]
    OthersHail,
    /// The change of state is refused.
    #[error(transparent)]
    Status(#[from] Refused),
    /// The field belongs to the other side.
    #[error("You do not have the permissions to change this value")]
    Field(&'static str),
    /// Cruising is forbidden here.
    #[error("No cruising allowed in this area")]
    NoCruising,
    /// Position of an unknown taxi; which one of the request.
    #[error("Identifiant de taxi inconnu")]
    UnknownTaxis(Vec<usize>),
}

/// What the centre is made from.
#[derive(Clone, Debug)]
pub(super) struct CentreSetup {
    pub(super) gate: GeoPoint,
    pub(super) taxis: usize,
    pub(super) seed: u64,
    pub(super) knobs: Knobs,
    /// Keys of moteur, operateur and admin.
    pub(super) keys: [String; 3],
    /// Whether hails go to a fleet's server rather than to the simulated drivers.
    pub(super) has_endpoint: bool,
    /// Wall clock at moment zero, in microseconds since 1970 UTC.
    pub(super) wall_base_us: i64,
}

/// The centre.
#[derive(Debug)]
pub(super) struct Centre {
    setup: CentreSetup,
    pub(super) accounts: [Account; 3],
    pub(super) knobs: Knobs,
    pub(super) taxis: Vec<Taxi>,
    hails: Vec<HailRecord>,
    bans: HashMap<(u32, String), Ban>,
    random: Random,
    now: Moment,
    totals: Totals,
}

#[derive(Clone, Copy, Debug, Default)]
struct Totals {
    hails_created: u64,
    most_live_of_one_customer: usize,
    most_live_at_once: usize,
}

impl Centre {
    pub(super) fn new(setup: CentreSetup, now: Moment) -> Self {
        let mut random = Random::new(setup.seed);
        let taxis = fleet::invent(setup.taxis.min(MAX_TAXIS), setup.gate, now, &mut random);
        let account = |id, email, key: &String, roles| Account { id, email, key: key.clone(), roles };
        let [kiosk, operator, admin] = &setup.keys;
        let none = Roles::default();
        let accounts = [
            account(1, "kiosk@sim.invalid", kiosk, Roles { moteur: true, ..none }),
            account(OPERATOR, "fleet@sim.invalid", operator, Roles { operateur: true, ..none }),
            account(3, "admin@sim.invalid", admin, Roles { admin: true, ..none }),
        ];
        let knobs = setup.knobs.clone();
        let (hails, bans, totals) = (Vec::new(), HashMap::new(), Totals::default());
        Self { setup, accounts, knobs, taxis, hails, bans, random, now, totals }
    }

    /// Everything as at the start; knobs included.
    pub(super) fn reset(&mut self) {
        *self = Self::new(self.setup.clone(), self.now);
    }

    /// The account of `key`.
    pub(super) fn account(&self, key: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.key == key)
    }

    /// The wall clock at `moment`, in microseconds since 1970 UTC.
    pub(super) fn wall_us(&self, moment: Moment) -> i64 {
        let since_start = i64::try_from(moment.since_start().as_micros()).unwrap_or(i64::MAX);
        self.setup.wall_base_us.saturating_add(since_start)
    }

    pub(super) fn now(&self) -> Moment {
        self.now
    }

    /// Takes over new settings.
    pub(super) fn change(&mut self, change: &KnobChange) -> Result<(), KnobError> {
        change.check()?;
        let knobs = &mut self.knobs;
        if let Some(outcome) = change.default_outcome {
            knobs.default_outcome = outcome;
        }
        if let Some(outcomes) = &change.outcomes {
            knobs.outcomes.clone_from(outcomes);
        }
        if let Some(no_taxis) = change.no_taxis {
            knobs.no_taxis = no_taxis;
        }
        if let Some(no_cruising) = change.no_cruising {
            knobs.no_cruising = no_cruising;
        }
        if let Some(areas) = &change.areas {
            knobs.areas.clone_from(areas);
        }
        if let Some(limit_scale) = change.limit_scale {
            knobs.limit_scale = limit_scale;
        }
        if let Some(delays) = change.delays {
            knobs.delays = delays;
        }
        if let Some(time_scale) = change.time_scale {
            self.rescale(time_scale);
        }
        Ok(())
    }

    /// Puts `outcomes` behind those already waiting.
    pub(super) fn queue(&mut self, outcomes: &[Outcome]) -> Result<(), KnobError> {
        if self.knobs.outcomes.len() + outcomes.len() > MAX_QUEUED_OUTCOMES {
            return Err(KnobError::Outcomes);
        }
        self.knobs.outcomes.extend_from_slice(outcomes);
        Ok(())
    }

    /// What already runs goes on at the new pace from where it is.
    fn rescale(&mut self, time_scale: f64) {
        let (now, ratio) = (self.now, self.knobs.time_scale / time_scale);
        self.knobs.time_scale = time_scale;
        let rescaled = |due: Moment| now + due.since(now).mul_f64(ratio);
        for taxi in &mut self.taxis {
            taxi.route = taxi.route.rescaled(now, time_scale);
            taxi.back_at = taxi.back_at.map(rescaled);
        }
        for hail in &mut self.hails {
            hail.next = hail.next.map(|(due, step)| (rescaled(due), step));
        }
    }

    fn is_banned(&self, added_by: u32, customer: &str) -> bool {
        self.bans.get(&(added_by, customer.to_owned())).is_some_and(|ban| ban.ends >= self.now)
    }

    /// Bans for 24 h; while banned, doubles the ban.
    pub(super) fn ban(&mut self, added_by: u32, customer: &str) {
        let now = self.now;
        if self.bans.len() >= MAX_BANS {
            self.bans.retain(|_, ban| ban.ends >= now);
        }
        let key = (added_by, customer.to_owned());
        match self.bans.get_mut(&key).filter(|ban| ban.ends >= now) {
            Some(ban) => ban.ends = ban.ends + ban.ends.since(ban.begun),
            None => drop(self.bans.insert(key, Ban { begun: now, ends: now + BAN })),
        }
    }

    /// Ends a ban.
    pub(super) fn unban(&mut self, added_by: u32, customer: &str) {
        self.bans.remove(&(added_by, customer.to_owned()));
    }

    fn hail_index(&self, id: &str) -> Option<usize> {
        self.hails.iter().position(|hail| hail.id == id)
    }

    /// Forgets the oldest ended hail when there are too many.
    fn make_room(&mut self) {
        if self.hails.len() >= MAX_HAILS
            && let Some(oldest) = self.hails.iter().position(|hail| hail.status.is_terminal())
        {
            self.hails.remove(oldest);
        }
    }

    fn set_taxi(&mut self, taxi: usize, status: TaxiStatus) {
        let (now, scale) = (self.now, self.knobs.time_scale);
        let rest_s = self.knobs.delays.rest_s;
        let Some(taxi) = self.taxis.get_mut(taxi) else { return };
        taxi.status = status;
        taxi.back_at = None;
        match status {
            // Home, to be near the next rider.
            TaxiStatus::Free => taxi.route = taxi.route.towards(taxi.home, now, scale),
            TaxiStatus::Off => taxi.back_at = Some(now + advance::scaled(rest_s, scale)),
            TaxiStatus::Answering | TaxiStatus::Oncoming | TaxiStatus::Occupied => {}
        }
    }
}

#[cfg(test)]
#[path = "centre_tests.rs"]
mod tests;
