// SPDX-License-Identifier: GPL-3.0-only
//! Places on the map.

use thiserror::Error;

/// A position in degrees, WGS 84 or whatever datum the dispatch centre uses; it is never converted here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GeoPoint {
    longitude_degrees: f64,
    latitude_degrees: f64,
}

/// A pair of numbers that is no position.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
pub enum GeoPointError {
    /// Longitude outside -180..=180, or not a number.
    #[error("longitude {0} is outside -180 to 180 degrees")]
    Longitude(f64),
    /// Latitude outside -85..=85 (le.taxi's own bound is 85.05112878), or not a number.
    #[error("latitude {0} is outside -85 to 85 degrees")]
    Latitude(f64),
}

impl GeoPoint {
    /// A checked position.
    ///
    /// # Errors
    /// Either number outside its range or not finite.
    pub fn new(longitude_degrees: f64, latitude_degrees: f64) -> Result<Self, GeoPointError> {
        if !(-180.0..=180.0).contains(&longitude_degrees) {
            return Err(GeoPointError::Longitude(longitude_degrees));
        }
        if !(-85.0..=85.0).contains(&latitude_degrees) {
            return Err(GeoPointError::Latitude(latitude_degrees));
        }
        Ok(Self { longitude_degrees, latitude_degrees })
    }

    /// Longitude in degrees, east positive.
    #[must_use]
    pub fn longitude_degrees(self) -> f64 {
        self.longitude_degrees
    }

    /// Latitude in degrees, north positive.
    #[must_use]
    pub fn latitude_degrees(self) -> f64 {
        self.latitude_degrees
    }

    /// Great-circle distance in metres (haversine, mean Earth radius 6,371 km).
    #[must_use]
    pub fn distance_m(self, other: Self) -> f64 {
        const EARTH_RADIUS_M: f64 = 6_371_000.0;
        let (lat1, lat2) = (self.latitude_degrees.to_radians(), other.latitude_degrees.to_radians());
        let half_dlat = (lat2 - lat1) / 2.0;
        let half_dlon = (other.longitude_degrees - self.longitude_degrees).to_radians() / 2.0;
        let h = half_dlat.sin().powi(2) + lat1.cos() * lat2.cos() * half_dlon.sin().powi(2);
        2.0 * EARTH_RADIUS_M * h.sqrt().min(1.0).asin()
    }
}

#[cfg(test)]
mod tests {
    use super::{GeoPoint, GeoPointError};

    #[test]
    fn one_degree_of_latitude_is_111_km() {
        let south = GeoPoint::new(119.1, 36.0).unwrap();
        let north = GeoPoint::new(119.1, 37.0).unwrap();
        assert!((south.distance_m(north) - 111_195.0).abs() < 5.0);
        assert!(south.distance_m(south) < 0.001);
    }

    #[test]
    fn what_is_no_position_is_refused() {
        assert!(matches!(GeoPoint::new(f64::NAN, 0.0), Err(GeoPointError::Longitude(_))));
        assert!(matches!(GeoPoint::new(0.0, 91.0), Err(GeoPointError::Latitude(_))));
    }
}
