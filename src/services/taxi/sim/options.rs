// SPDX-License-Identifier: GPL-3.0-only
//! The command line of `doorstep sim taxi`.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};

use super::SimTaxiError;
use super::centre::{CentreSetup, MAX_TAXIS};
use super::script::{Area, KnobChange, KnobError, Knobs, Outcome};
use crate::protocol::GeoPoint;

const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Options of the simulated dispatch centre.
#[derive(Args, Clone, Debug)]
pub struct SimTaxiOptions {
    /// Address to listen on; port 0 takes a free one, which is printed.
    #[arg(long, value_name = "ADDRESS:PORT", default_value_t = DEFAULT_LISTEN)]
    pub listen: SocketAddr,
    /// Key of the client application (role moteur).
    #[arg(long, value_name = "KEY", default_value = "kiosk-key")]
    pub api_key: String,
    /// Key of the fleet (role operateur).
    #[arg(long, value_name = "KEY", default_value = "operator-key")]
    pub operator_key: String,
    /// Key of the administrator.
    #[arg(long, value_name = "KEY", default_value = "admin-key")]
    pub admin_key: String,
    /// Degrees east of the place around which the taxis wait.
    #[arg(long, default_value_t = 119.107, allow_negative_numbers = true)]
    pub longitude: f64,
    /// Degrees north of the place around which the taxis wait.
    #[arg(long, default_value_t = 36.707, allow_negative_numbers = true)]
    pub latitude: f64,
    /// Number of simulated taxis, 0 to 500.
    #[arg(long, default_value_t = 6)]
    pub taxis: usize,
    /// Seed of everything random.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many times quicker than life the simulated people are, 0.01 to 1000.
    #[arg(long, default_value_t = 1.0)]
    pub time_scale: f64,
    /// How many times quicker than life the centre's limits of a state run, 0.01 to 1000.
    #[arg(long, default_value_t = 1.0)]
    pub limit_scale: f64,
    /// How hails go.
    #[arg(long, value_enum, default_value_t = Outcome::Accept)]
    pub outcome: Outcome,
    /// How the first hails go, one after the other.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub outcomes: Vec<Outcome>,
    /// Hide all taxis.
    #[arg(long)]
    pub no_taxis: bool,
    /// A circle in which cruising is forbidden; may be given more than once.
    #[arg(long, value_name = "LON,LAT,RADIUS_M", allow_hyphen_values = true)]
    pub no_cruising: Vec<Area>,
    /// A fleet's own server, to which hails are POSTed; the simulated drivers then only drive.
    #[arg(long, value_name = "URL")]
    pub hail_endpoint: Option<Url>,
    /// A header for it.
    #[arg(long, value_name = "NAME: VALUE", requires = "hail_endpoint")]
    pub hail_endpoint_header: Option<HeaderOption>,
}

impl Default for SimTaxiOptions {
    /// The defaults of the command line.
    fn default() -> Self {
        Self {
            listen: DEFAULT_LISTEN,
            api_key: "kiosk-key".to_owned(),
            operator_key: "operator-key".to_owned(),
            admin_key: "admin-key".to_owned(),
            longitude: 119.107,
            latitude: 36.707,
            taxis: 6,
            seed: 1,
            time_scale: 1.0,
            limit_scale: 1.0,
            outcome: Outcome::Accept,
            outcomes: Vec::new(),
            no_taxis: false,
            no_cruising: Vec::new(),
            hail_endpoint: None,
            hail_endpoint_header: None,
        }
    }
}

impl SimTaxiOptions {
    /// Checks the bounds.
    pub(super) fn setup(&self) -> Result<CentreSetup, SimTaxiError> {
        let refuse = |option, rule| Err(SimTaxiError::Option { option, rule });
        let Ok(gate) = GeoPoint::new(self.longitude, self.latitude) else {
            return refuse("--longitude and --latitude", "must be -180 to 180 and -85 to 85 degrees");
        };
        if self.taxis > MAX_TAXIS {
            return refuse("--taxis", "must be 0 to 500");
        }
        let keys = [self.api_key.clone(), self.operator_key.clone(), self.admin_key.clone()];
        let differ = keys[0] != keys[1] && keys[0] != keys[2] && keys[1] != keys[2];
        if keys.iter().any(String::is_empty) || !differ {
            return refuse("--api-key, --operator-key and --admin-key", "must differ and not be empty");
        }
        let change = KnobChange {
            time_scale: Some(self.time_scale),
            limit_scale: Some(self.limit_scale),
            outcomes: Some(self.outcomes.clone()),
            areas: Some(self.no_cruising.clone()),
            ..KnobChange::default()
        };
        match change.check() {
            Ok(()) => {}
            Err(KnobError::Scale) => return refuse("--time-scale and --limit-scale", "must be 0.01 to 1000"),
            Err(KnobError::Outcomes) => return refuse("--outcomes", "takes at most 1000"),
            Err(_) => return refuse("--no-cruising", "can be given at most 100 times"),
        }
        let knobs = Knobs {
            default_outcome: self.outcome,
            outcomes: self.outcomes.clone(),
            no_taxis: self.no_taxis,
            areas: self.no_cruising.clone(),
            time_scale: self.time_scale,
            limit_scale: self.limit_scale,
            ..Knobs::default()
        };
        let wall_base_us = SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_micros());
        Ok(CentreSetup {
            gate,
            taxis: self.taxis,
            seed: self.seed,
            knobs,
            keys,
            has_endpoint: self.hail_endpoint.is_some(),
            wall_base_us: i64::try_from(wall_base_us.unwrap_or_default()).unwrap_or(i64::MAX),
        })
    }
}

/// An HTTP header on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderOption(HeaderName, HeaderValue);

impl HeaderOption {
    pub(super) fn into_inner(self) -> (HeaderName, HeaderValue) {
        (self.0, self.1)
    }
}

/// A text that is no header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a header is NAME: VALUE")]
pub struct HeaderError;

impl std::str::FromStr for HeaderOption {
    type Err = HeaderError;

    fn from_str(text: &str) -> Result<Self, HeaderError> {
        let (name, value) = text.split_once(':').ok_or(HeaderError)?;
        let name = HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| HeaderError)?;
        let mut value = HeaderValue::from_str(value.trim()).map_err(|_| HeaderError)?;
        value.set_sensitive(true);
        Ok(Self(name, value))
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command, FromArgMatches};

    use super::{HeaderOption, SimTaxiOptions};

    fn parsed(words: &[&str]) -> Result<SimTaxiOptions, clap::Error> {
        let command = SimTaxiOptions::augment_args(Command::new("sim"));
        SimTaxiOptions::from_arg_matches(&command.try_get_matches_from([&["sim"], words].concat())?)
    }

    #[test]
    fn the_defaults_are_those_of_the_command_line() {
        let (parsed, default) = (parsed(&[]).unwrap(), SimTaxiOptions::default());
        assert_eq!(format!("{parsed:?}"), format!("{default:?}"));
        assert!(default.setup().is_ok());
    }

    #[test]
    fn options_are_read_and_bounded() {
        let options =
            parsed(&["--outcomes", "decline,no_show", "--no-cruising", "-3.5,40.1,200", "--time-scale", "20"]);
        let options = options.unwrap();
        assert_eq!((options.outcomes.len(), options.no_cruising.len()), (2, 1));
        assert!(options.setup().is_ok());
        for bad in [["--taxis", "501"], ["--time-scale", "0"], ["--latitude", "90"], ["--api-key", "admin-key"]] {
            assert!(parsed(&bad).unwrap().setup().is_err(), "{bad:?}");
        }
        assert!(parsed(&["--outcome", "sleep"]).is_err());
        assert!("X-Fleet: secret".parse::<HeaderOption>().is_ok() && "nothing".parse::<HeaderOption>().is_err());
    }
}
