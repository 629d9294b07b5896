// SPDX-License-Identifier: GPL-3.0-only
//! The simulated taxis: invented cars and drivers, and how they move. Pure; places are functions of time.

use std::time::Duration;

use super::machine::TaxiStatus;
use super::random::Random;
use crate::domain::time::Moment;
use crate::protocol::GeoPoint;

/// Speed of a taxi in town, in metres a second, at time scale 1 (about 22 km/h).
pub const SPEED_M_PER_S: f64 = 6.0;
/// Nearest and farthest waiting place of a simulated taxi from the gate, in metres. Under le.taxi's
/// largest radius of 500 m, so that all are offered.
pub const WAITING_RING_M: (f64, f64) = (120.0, 480.0);
/// How far a simulated ride goes, in metres.
pub const RIDE_LENGTH_M: f64 = 900.0;
/// Radius up to which a driver wants to be asked, in metres; le.taxi's largest.
pub const LARGEST_RADIUS_M: f64 = 500.0;
/// The smallest radius that le.taxi lets a driver choose, in metres.
pub const SMALLEST_RADIUS_M: f64 = 150.0;
/// How old the position of a taxi may be for it to count as online.
pub const POSITION_AGE: Duration = Duration::from_secs(120);

const METRES_A_DEGREE: f64 = 111_195.0;

/// Maker, model, whether it has a new-energy plate.
const MODELS: &[(&str, &str, &str)] = &[
    ("比亚迪", "e5", "electric"),
    ("比亚迪", "秦EV", "electric"),
    ("北汽", "EU5", "electric"),
    ("大众", "桑塔纳", "petrol"),
    ("大众", "捷达", "petrol"),
    ("现代", "伊兰特", "petrol"),
    ("丰田", "卡罗拉", "hybrid"),
    ("吉利", "帝豪EV", "electric"),
];
const COLORS: &[&str] = &["白色", "青色", "红色", "蓝色", "黄绿色", "银灰色"];
const FAMILY_NAMES: &[&str] = &["王", "李", "张", "刘", "陈", "杨", "赵", "䶮", "欧阳"];
const GIVEN_NAMES: &[&str] = &["建国", "志强", "秀英", "伟", "晓东", "海燕", "㛃", "𠮷", "桂兰", "永生"];
/// The letters of a Chinese plate: no I and no O.
const PLATE_LETTERS: &[char] = &['A', 'B', 'C', 'E', 'H', 'J', 'K', 'L', 'M', 'N', 'P', 'T', 'U', 'X', 'Y'];

/// A way from one place to another at even speed, in a straight line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route {
    from: GeoPoint,
    to: GeoPoint,
    begun: Moment,
    speed_m_per_s: f64,
}

impl Route {
    pub(super) fn standing(place: GeoPoint, now: Moment) -> Self {
        Self { from: place, to: place, begun: now, speed_m_per_s: 1.0 }
    }

    /// The way to `to`, beginning `now` from wherever the taxi is.
    pub(super) fn towards(self, to: GeoPoint, now: Moment, time_scale: f64) -> Self {
        Self { from: self.place(now), to, begun: now, speed_m_per_s: SPEED_M_PER_S * time_scale }
    }

    /// The same way from here on, at another time scale.
    pub(super) fn rescaled(self, now: Moment, time_scale: f64) -> Self {
        self.towards(self.to, now, time_scale)
    }

    pub(super) fn place(&self, now: Moment) -> GeoPoint {
        let length_m = self.from.distance_m(self.to);
        let driven_m = now.since(self.begun).as_secs_f64() * self.speed_m_per_s;
        if length_m <= driven_m || length_m <= 0.0 {
            return self.to;
        }
        let part = driven_m / length_m;
        let between = |from: f64, to: f64| from + (to - from) * part;
        GeoPoint::new(
            between(self.from.longitude_degrees(), self.to.longitude_degrees()),
            between(self.from.latitude_degrees(), self.to.latitude_degrees()),
        )
        .unwrap_or(self.to)
    }

    /// How long the whole way takes.
    pub(super) fn takes(&self) -> Duration {
        let seconds = self.from.distance_m(self.to) / self.speed_m_per_s;
        Duration::try_from_secs_f64(seconds).unwrap_or_default()
    }
}

/// A simulated taxi.
#[derive(Clone, Debug)]
pub(super) struct Taxi {
    pub(super) id: String,
    pub(super) plate: String,
    pub(super) constructor: &'static str,
    pub(super) model: &'static str,
    pub(super) engine: &'static str,
    pub(super) color: &'static str,
    pub(super) first_name: &'static str,
    pub(super) last_name: &'static str,
    pub(super) phone: String,
    pub(super) seats: u8,
    pub(super) status: TaxiStatus,
    pub(super) radius_m: f64,
    /// Where it waits for the next rider.
    pub(super) home: GeoPoint,
    pub(super) route: Route,
    /// Place and time told by a real operator; from then on the simulation does not move it.
    pub(super) reported: Option<(GeoPoint, Moment)>,
    /// When an idle driver goes to work again.
    pub(super) back_at: Option<Moment>,
}

impl Taxi {
    pub(super) fn place(&self, now: Moment) -> GeoPoint {
        self.reported.map_or_else(|| self.route.place(now), |(place, _)| place)
    }

    /// When its place was last told.
    pub(super) fn seen(&self, now: Moment) -> Moment {
        self.reported.map_or(now, |(_, at)| at)
    }

    pub(super) fn is_online(&self, now: Moment) -> bool {
        now.since(self.seen(now)) <= POSITION_AGE
    }
}

/// `count` taxis around `gate`.
pub(super) fn invent(count: usize, gate: GeoPoint, now: Moment, random: &mut Random) -> Vec<Taxi> {
    (0..count).map(|number| invent_one(number, gate, now, random)).collect()
}

fn invent_one(number: usize, gate: GeoPoint, now: Moment, random: &mut Random) -> Taxi {
    let (constructor, model, engine) = random.pick(MODELS).copied().unwrap_or_default();
    let home = around(gate, random, WAITING_RING_M);
    Taxi {
        id: format!("sim{}", random.short_id()),
        plate: plate(engine, random),
        constructor,
        model,
        engine,
        color: random.pick(COLORS).copied().unwrap_or_default(),
        first_name: random.pick(GIVEN_NAMES).copied().unwrap_or_default(),
        last_name: random.pick(FAMILY_NAMES).copied().unwrap_or_default(),
        phone: format!("199{:08}", number),
        seats: 4,
        status: TaxiStatus::Free,
        radius_m: LARGEST_RADIUS_M,
        home,
        route: Route::standing(home, now),
        reported: None,
        back_at: None,
    }
}

/// A plate of Weifang (鲁G): five places, or for a new-energy car six that begin with D (electric) or F.
fn plate(engine: &str, random: &mut Random) -> String {
    let digits = random.below(100_000);
    let letter = random.pick(PLATE_LETTERS).copied().unwrap_or('A');
    match engine {
        "electric" => format!("鲁GD{digits:05}"),
        "hybrid" => format!("鲁GF{digits:05}"),
        _ => format!("鲁G{letter}{:04}", digits % 10_000),
    }
}

/// A place in the ring of `distances_m` around `centre`.
pub(super) fn around(centre: GeoPoint, random: &mut Random, distances_m: (f64, f64)) -> GeoPoint {
    let angle = random.fraction() * std::f64::consts::TAU;
    let distance_m = distances_m.0 + random.fraction() * (distances_m.1 - distances_m.0);
    let latitude = centre.latitude_degrees() + distance_m * angle.sin() / METRES_A_DEGREE;
    // GeoPoint keeps the latitude under 85 degrees: the cosine is never near zero.
    let narrowing = centre.latitude_degrees().to_radians().cos();
    let longitude = centre.longitude_degrees() + distance_m * angle.cos() / (METRES_A_DEGREE * narrowing);
    GeoPoint::new(longitude, latitude).unwrap_or(centre)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Moment, POSITION_AGE, Random, Route, WAITING_RING_M, invent};
    use crate::protocol::GeoPoint;

    fn at(seconds: u64) -> Moment {
        Moment::from_start(Duration::from_secs(seconds))
    }

    fn gate() -> GeoPoint {
        GeoPoint::new(119.1, 36.7).unwrap()
    }

    #[test]
    fn taxis_wait_around_the_gate_and_differ() {
        let taxis = invent(40, gate(), at(0), &mut Random::new(1));
        for taxi in &taxis {
            let distance_m = taxi.place(at(9)).distance_m(gate());
            assert!((WAITING_RING_M.0 - 1.0..=WAITING_RING_M.1 + 1.0).contains(&distance_m), "{distance_m}");
            assert!(matches!(taxi.plate.chars().count(), 7 | 8) && taxi.plate.starts_with("鲁G"), "{}", taxi.plate);
        }
        let plates: std::collections::HashSet<_> = taxis.iter().map(|taxi| &taxi.plate).collect();
        assert_eq!(plates.len(), taxis.len());
    }

    #[test]
    fn a_route_is_driven_at_its_speed() {
        let north = GeoPoint::new(119.1, 36.71).unwrap();
        let route = Route::standing(gate(), at(0)).towards(north, at(10), 2.0);
        assert!((route.takes().as_secs_f64() - 1111.95 / 12.0).abs() < 1.0);
        assert_eq!(route.place(at(10)), gate());
        assert!((route.place(at(60)).distance_m(gate()) - 600.0).abs() < 1.0);
        assert_eq!(route.place(at(1000)), north);
        let slower = route.rescaled(at(60), 1.0);
        assert!((slower.place(at(70)).distance_m(gate()) - 660.0).abs() < 1.0);
    }

    #[test]
    fn a_reported_place_grows_old() {
        let mut taxi = invent(1, gate(), at(0), &mut Random::new(1)).remove(0);
        assert!(taxi.is_online(at(10_000)));
        taxi.reported = Some((gate(), at(100)));
        assert_eq!(taxi.place(at(101)), gate());
        assert!(taxi.is_online(at(100) + POSITION_AGE));
        assert!(!taxi.is_online(at(101) + POSITION_AGE));
    }
}
