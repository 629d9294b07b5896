// SPDX-License-Identifier: GPL-3.0-only
//! What the simulated drivers will do, and how the centre can be set while it runs.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::random::Random;

/// Most outcomes waiting in the queue.
pub const MAX_QUEUED_OUTCOMES: usize = 1000;
/// Smallest and largest time scale.
pub const SCALES: std::ops::RangeInclusive<f64> = 0.01..=1000.0;
/// Longest delay, in seconds.
pub const MAX_DELAY_S: f64 = 86_400.0;
/// Most areas without cruising.
pub const MAX_AREAS: usize = 100;

/// How a hail goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Outcome {
    /// The driver accepts, comes, takes the rider on board and finishes.
    #[default]
    Accept,
    /// The driver says no.
    Decline,
    /// The driver does not answer: `timeout_taxi`.
    Silent,
    /// The fleet cannot be reached: `failure` at once.
    Fail,
    /// The centre does not get the hail out: `failure` after 10 s.
    Undelivered,
    /// The fleet takes the hail and does not pass it on: `failure` after 10 s.
    Lost,
    /// The driver accepts and then breaks down before the rider confirmed: `incident_taxi`.
    Breakdown,
    /// The driver gives up on the way: `incident_taxi`, reason traffic.
    GivesUp,
    /// The driver accepts and never comes: `timeout_accepted_by_customer` after 30 minutes.
    NoShow,
    /// The driver comes, finds nobody and reports the rider, who is banned: `incident_taxi`.
    CustomerNoShow,
    /// The ride never ends: `timeout_taxi` after 2 hours.
    NeverEnds,
    /// Nobody moves by itself: an operator drives this hail by PUT.
    External,
    /// Drawn anew for each hail: 8 of 10 accept, 1 declines, 1 is silent.
    Mixed,
}

impl Outcome {
    /// A definite outcome in place of [`Outcome::Mixed`].
    pub(super) fn drawn(self, random: &mut Random) -> Self {
        match self {
            Self::Mixed => match random.below(10) {
                0 => Self::Decline,
                1 => Self::Silent,
                _ => Self::Accept,
            },
            definite => definite,
        }
    }

    /// Whether the driver will say yes.
    pub(super) fn accepts(self) -> bool {
        use Outcome::{Accept, Breakdown, CustomerNoShow, GivesUp, NeverEnds, NoShow};
        matches!(self, Accept | Breakdown | CustomerNoShow | GivesUp | NeverEnds | NoShow)
    }
}

/// How long the simulated people take, in seconds at time scale 1; each 0 to [`MAX_DELAY_S`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Delays {
    /// From the centre to the fleet.
    pub deliver_s: f64,
    /// From the fleet to the driver's screen.
    pub show_s: f64,
    /// Until the driver answers.
    pub answer_s: f64,
    /// From acceptance or confirmation to an incident that was ordered.
    pub incident_s: f64,
    /// From arrival until the rider is on board.
    pub board_s: f64,
    /// How long a driver waits for a rider who does not come.
    pub wait_s: f64,
    /// Until a driver who is off goes to work again.
    pub rest_s: f64,
}

impl Default for Delays {
    fn default() -> Self {
        Self { deliver_s: 0.4, show_s: 0.8, answer_s: 5.0, incident_s: 4.0, board_s: 15.0, wait_s: 60.0, rest_s: 60.0 }
    }
}

impl Delays {
    /// Whether every delay is within its bounds.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        let Self { deliver_s, show_s, answer_s, incident_s, board_s, wait_s, rest_s } = *self;
        [deliver_s, show_s, answer_s, incident_s, board_s, wait_s, rest_s]
            .iter()
            .all(|delay| (0.0..=MAX_DELAY_S).contains(delay))
    }
}

/// A circle in which cruising is forbidden.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// Centre, degrees east.
    pub lon: f64,
    /// Centre, degrees north.
    pub lat: f64,
    /// Radius in metres.
    pub radius_m: f64,
}

impl std::str::FromStr for Area {
    type Err = AreaError;

    fn from_str(text: &str) -> Result<Self, AreaError> {
        let mut numbers = text.split(',').map(|number| number.trim().parse::<f64>());
        match (numbers.next(), numbers.next(), numbers.next(), numbers.next()) {
            (Some(Ok(lon)), Some(Ok(lat)), Some(Ok(radius_m)), None) => Ok(Self { lon, lat, radius_m }),
            _ => Err(AreaError),
        }
    }
}

/// A text that is no area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an area is three numbers: LONGITUDE,LATITUDE,RADIUS_M")]
pub struct AreaError;

/// Settings that can change while the centre runs. `POST /sim/knobs` takes any part of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Knobs {
    /// How hails go for which nothing is queued.
    pub default_outcome: Outcome,
    /// How the next hails go, first one first.
    pub outcomes: Vec<Outcome>,
    /// Whether all taxis are hidden.
    pub no_taxis: bool,
    /// Whether cruising is forbidden everywhere.
    pub no_cruising: bool,
    /// Where cruising is forbidden.
    pub areas: Vec<Area>,
    /// How many times quicker than life the simulated people are; 0.01 to 1000.
    pub time_scale: f64,
    /// How many times quicker than life the centre's own limits of a state run; 0.01 to 1000.
    pub limit_scale: f64,
    /// How long the simulated people take.
    pub delays: Delays,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            default_outcome: Outcome::default(),
            outcomes: Vec::new(),
            no_taxis: false,
            no_cruising: false,
            areas: Vec::new(),
            time_scale: 1.0,
            limit_scale: 1.0,
            delays: Delays::default(),
        }
    }
}

/// A change of [`Knobs`]: what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KnobChange {
    /// See [`Knobs::default_outcome`].
    pub default_outcome: Option<Outcome>,
    /// Replaces the queue.
    pub outcomes: Option<Vec<Outcome>>,
    /// See [`Knobs::no_taxis`].
    pub no_taxis: Option<bool>,
    /// See [`Knobs::no_cruising`].
    pub no_cruising: Option<bool>,
    /// Replaces the areas.
    pub areas: Option<Vec<Area>>,
    /// See [`Knobs::time_scale`].
    pub time_scale: Option<f64>,
    /// See [`Knobs::limit_scale`].
    pub limit_scale: Option<f64>,
    /// Replaces the delays; those not named take their default.
    pub delays: Option<Delays>,
    /// Stops or restarts the centre's clock: no driver moves, no limit runs out.
    pub frozen: Option<bool>,
}

/// A change of the knobs, or an order, that is out of bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KnobError {
    /// A scale outside [`SCALES`].
    #[error("time_scale and limit_scale must be 0.01 to 1000")]
    Scale,
    /// A delay outside its bounds.
    #[error("delays must be 0 to 86400 seconds")]
    Delay,
    /// Too many outcomes.
    #[error("at most 1000 outcomes can be queued")]
    Outcomes,
    /// Too many areas.
    #[error("at most 100 areas can be set")]
    Areas,
    /// Too many rules of faults.
    #[error("at most 64 faults can be ordered at once")]
    Faults,
    /// A fault's numbers are out of bounds.
    #[error("a fault's status must be 100 to 599 and its delay 0 to 86400 seconds")]
    Fault,
    /// A jump of the clock outside 0 to 30 days.
    #[error("the clock can be put forward by 0 to 2592000 seconds")]
    Forward,
    /// There is no such hail.
    #[error("there is no such hail")]
    NoSuchHail,
}

impl KnobChange {
    /// Checks the bounds.
    ///
    /// # Errors
    /// What is out of bounds.
    pub fn check(&self) -> Result<(), KnobError> {
        let scales = [self.time_scale, self.limit_scale];
        if !scales.iter().flatten().all(|scale| SCALES.contains(scale)) {
            return Err(KnobError::Scale);
        }
        if !self.delays.is_none_or(|delays| delays.is_valid()) {
            return Err(KnobError::Delay);
        }
        if self.outcomes.as_ref().is_some_and(|outcomes| outcomes.len() > MAX_QUEUED_OUTCOMES) {
            return Err(KnobError::Outcomes);
        }
        if self.areas.as_ref().is_some_and(|areas| areas.len() > MAX_AREAS) {
            return Err(KnobError::Areas);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Area, Delays, KnobChange, KnobError, Outcome, Random};

    #[test]
    fn areas_are_read() {
        assert_eq!("119.1, 36.7,250".parse(), Ok(Area { lon: 119.1, lat: 36.7, radius_m: 250.0 }));
        assert!("119.1,36.7".parse::<Area>().is_err() && "a,b,c".parse::<Area>().is_err());
    }

    #[test]
    fn bounds_are_kept() {
        let change = |json: &str| serde_json::from_str::<KnobChange>(json).unwrap().check();
        assert_eq!(change("{}"), Ok(()));
        assert_eq!(change("{\"time_scale\": 0}"), Err(KnobError::Scale));
        assert_eq!(change("{\"delays\": {\"answer_s\": -1}}"), Err(KnobError::Delay));
        assert!(serde_json::from_str::<KnobChange>("{\"tiem_scale\": 1}").is_err());
        assert!(!Delays { rest_s: f64::NAN, ..Delays::default() }.is_valid());
    }

    #[test]
    fn a_mixed_day_has_all_three() {
        let mut random = Random::new(3);
        let drawn: Vec<_> = (0..200).map(|_| Outcome::Mixed.drawn(&mut random)).collect();
        for outcome in [Outcome::Accept, Outcome::Decline, Outcome::Silent] {
            assert!(drawn.contains(&outcome));
        }
        assert!(!drawn.contains(&Outcome::Mixed));
    }
}
