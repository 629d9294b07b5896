// SPDX-License-Identifier: GPL-3.0-only
//! The calls of the protocol: list taxis, hail, look, change, list hails, tell positions. Order of checks as
//! in the reference server, since it decides which refusal a client sees.

use super::super::fleet::Taxi;
use super::super::machine::{self, Role, TaxiStatus, taxi_after};
use super::super::script::Outcome;
use super::{Account, Centre, CentreError, HailRecord, Notes, OPERATOR, SESSION, VISIBLE};
use crate::domain::taxi::HailStatus;
use crate::domain::time::Moment;
use crate::protocol::GeoPoint;

/// Lines on a page of the list of hails.
pub const PAGE_LINES: usize = 30;

/// A checked `POST /hails/`.
#[derive(Clone, Debug, PartialEq)]
pub struct NewHail {
    /// Where the rider is.
    pub place: GeoPoint,
    /// The same in words.
    pub address: String,
    /// The rider's number.
    pub phone: String,
    /// The rider.
    pub customer: String,
    /// Which taxi.
    pub taxi: String,
    /// Series to go on with.
    pub session: Option<String>,
}

/// A checked `PUT /hails/:id`; what is absent stays. `Some(None)` sets a remark back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HailChange {
    /// New state.
    pub status: Option<HailStatus>,
    /// The taxi's number.
    pub taxi_phone: Option<String>,
    /// See [`Notes`].
    pub incident_taxi_reason: Option<Option<String>>,
    /// See [`Notes`].
    pub reporting_customer: Option<Option<bool>>,
    /// See [`Notes`].
    pub reporting_customer_reason: Option<Option<String>>,
    /// Degrees east.
    pub lon: Option<f64>,
    /// Degrees north.
    pub lat: Option<f64>,
    /// Address.
    pub address: Option<String>,
    /// See [`Notes`].
    pub rating_ride: Option<Option<i64>>,
    /// See [`Notes`].
    pub rating_ride_reason: Option<Option<String>>,
    /// See [`Notes`].
    pub incident_customer_reason: Option<Option<String>>,
}

/// A checked `GET /hails/`. Texts are compared with the beginning, whatever the case, as the
/// reference server does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HailFilter {
    /// From 1.
    pub page: usize,
    /// Beginnings of ids.
    pub ids: Vec<String>,
    /// Beginnings of taxis' ids.
    pub taxis: Vec<String>,
    /// Beginnings of riders' ids.
    pub customers: Vec<String>,
    /// States.
    pub statuses: Vec<HailStatus>,
    /// Days of creation, as `2026/11/22` (UTC).
    pub dates: Vec<String>,
}

/// One page of hails.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// Its lines, newest first.
    pub lines: Vec<T>,
    /// Its number, from 1.
    pub page: usize,
    /// How many lines there are on all pages.
    pub total: usize,
}

impl Centre {
    /// `GET /taxis`: those that can be hailed at `place`, nearest first, with their distance in metres.
    pub(in super::super) fn free_taxis(&self, place: GeoPoint) -> Result<Vec<(&Taxi, GeoPoint, f64)>, CentreError> {
        let forbidden = self.knobs.areas.iter().any(|area| {
            GeoPoint::new(area.lon, area.lat).is_ok_and(|centre| centre.distance_m(place) <= area.radius_m)
        });
        if forbidden || self.knobs.no_cruising {
            return Err(CentreError::NoCruising);
        }
        if self.knobs.no_taxis {
            return Ok(Vec::new());
        }
        let now = self.now;
        let free = self.taxis.iter().filter(|taxi| taxi.status == TaxiStatus::Free && taxi.is_online(now));
        let placed = free.map(|taxi| {
            let at = taxi.place(now);
            (taxi, at, at.distance_m(place))
        });
        let mut reached: Vec<_> = placed.filter(|(taxi, _, distance_m)| *distance_m <= taxi.radius_m).collect();
        reached.sort_by(|one, other| one.2.total_cmp(&other.2));
        Ok(reached)
    }

    /// `POST /hails/`.
    pub(in super::super) fn create(&mut self, account: &Account, new: NewHail) -> Result<&HailRecord, CentreError> {
        let taxi = self.taxis.iter().position(|taxi| taxi.id == new.taxi).ok_or(CentreError::NoSuchTaxi)?;
        if self.is_banned(account.id, &new.customer) {
            return Err(CentreError::Banned);
        }
        self.check_taxi(taxi)?;
        let session = self.session(account.id, &new)?;
        if new.address.is_empty() {
            return Err(CentreError::NoAddress);
        }
        self.make_room();
        let record = HailRecord {
            id: self.unused_id(),
            added_by: account.id,
            taxi,
            customer: new.customer,
            place: new.place,
            address: new.address,
            customer_phone: new.phone,
            taxi_phone: String::new(),
            session,
            status: HailStatus::Received,
            created: self.now,
            entered: self.now,
            transitions: Vec::new(),
            outcome: self.next_outcome(),
            next: None,
            in_delivery: false,
            notes: Notes::default(),
        };
        let index = self.hails.len();
        self.hails.push(record);
        self.enter(index, HailStatus::Received, Some(account.id), None);
        self.set_taxi(taxi, TaxiStatus::Answering);
        self.count_created(index);
        self.hails.get(index).ok_or(CentreError::NoSuchHail)
    }

    fn check_taxi(&self, taxi: usize) -> Result<(), CentreError> {
        let taxi = self.taxis.get(taxi).ok_or(CentreError::NoSuchTaxi)?;
        if self.knobs.no_taxis {
            return Err(CentreError::NotOnline);
        }
        if !taxi.is_online(self.now) {
            return Err(CentreError::NoLongerOnline);
        }
        if taxi.status != TaxiStatus::Free {
            return Err(CentreError::NotFree);
        }
        Ok(())
    }

    fn session(&mut self, account: u32, new: &NewHail) -> Result<String, CentreError> {
        let newest = |matches: &dyn Fn(&HailRecord) -> bool| {
            let own = self.hails.iter().filter(|hail| hail.added_by == account && matches(hail));
            own.max_by_key(|hail| hail.entered)
        };
        if let Some(session) = &new.session {
            let hail = newest(&|hail| hail.session == *session).ok_or(CentreError::NoSuchSession)?;
            return if hail.customer == new.customer { Ok(session.clone()) } else { Err(CentreError::OtherSession) };
        }
        let open = newest(&|hail| hail.customer == new.customer && self.now.since(hail.entered) <= SESSION);
        let open = open.map(|hail| hail.session.clone());
        Ok(open.unwrap_or_else(|| self.random.uuid()))
    }

    fn unused_id(&mut self) -> String {
        loop {
            let id = self.random.short_id();
            if self.hail_index(&id).is_none() {
                return id;
            }
        }
    }

    fn next_outcome(&mut self) -> Outcome {
        let queued = if self.knobs.outcomes.is_empty() { None } else { Some(self.knobs.outcomes.remove(0)) };
        queued.unwrap_or(self.knobs.default_outcome).drawn(&mut self.random)
    }

    fn count_created(&mut self, index: usize) {
        let Some(new) = self.hails.get(index) else { return };
        let live = || self.hails.iter().filter(|hail| !hail.status.is_terminal() && hail.added_by == new.added_by);
        let of_customer = live().filter(|hail| hail.customer == new.customer).count();
        let at_once = live().count();
        self.totals.hails_created += 1;
        self.totals.most_live_of_one_customer = self.totals.most_live_of_one_customer.max(of_customer);
        self.totals.most_live_at_once = self.totals.most_live_at_once.max(at_once);
    }

    /// `GET /hails/:id`.
    pub(in super::super) fn hail(&self, account: &Account, id: &str) -> Result<&HailRecord, CentreError> {
        let hail = self.hail_index(id).and_then(|index| self.hails.get(index)).ok_or(CentreError::NoSuchHail)?;
        if self.now.since(hail.created) > VISIBLE && !account.roles.admin {
            return Err(CentreError::NoSuchHail);
        }
        if account.id != hail.added_by && account.id != OPERATOR && !account.roles.admin {
            return Err(CentreError::OthersHail);
        }
        Ok(hail)
    }

    /// The hail that the fleet's own server is told of.
    pub(in super::super) fn any_hail(&self, id: &str) -> Option<&HailRecord> {
        self.hail_index(id).and_then(|index| self.hails.get(index))
    }

    /// `PUT /hails/:id`.
    pub(in super::super) fn update(
        &mut self,
        account: &Account,
        id: &str,
        change: HailChange,
    ) -> Result<&HailRecord, CentreError> {
        self.hail(account, id)?;
        let index = self.hail_index(id).ok_or(CentreError::NoSuchHail)?;
        self.check_fields(account, index, &change)?;
        if let Some(status) = change.status {
            self.update_status(account, index, status, change.taxi_phone.clone())?;
        }
        self.update_fields(index, change);
        self.hails.get(index).ok_or(CentreError::NoSuchHail)
    }

    fn update_status(
        &mut self,
        account: &Account,
        index: usize,
        status: HailStatus,
        phone: Option<String>,
    ) -> Result<(), CentreError> {
        let Some(hail) = self.hails.get_mut(index) else { return Err(CentreError::NoSuchHail) };
        let phone = phone.filter(|phone| !phone.is_empty());
        let has_phone = phone.is_some() || !hail.taxi_phone.is_empty();
        if !machine::check(hail.status, status, account.roles, has_phone)? {
            return Ok(());
        }
        if let Some(phone) = phone.filter(|_| status == HailStatus::AcceptedByTaxi) {
            hail.taxi_phone = phone;
        }
        let taxi = hail.taxi;
        self.enter(index, status, Some(account.id), None);
        if let Some(after) = taxi_after(status) {
            self.set_taxi(taxi, after);
            self.drive(index);
        }
        Ok(())
    }

    /// Checked before anything changes, so that a refused request changes nothing.
    fn check_fields(&self, account: &Account, index: usize, change: &HailChange) -> Result<(), CentreError> {
        fn differs<T: PartialEq>(wanted: Option<&T>, current: &T) -> bool {
            wanted.is_some_and(|wanted| wanted != current)
        }
        let hail = self.hails.get(index).ok_or(CentreError::NoSuchHail)?;
        let (notes, admin) = (&hail.notes, account.roles.admin);
        let fleet = account.id == OPERATOR || admin;
        let client = account.id == hail.added_by || admin;
        let checks = [
            ("incident_taxi_reason", fleet, differs(change.incident_taxi_reason.as_ref(), &notes.incident_taxi_reason)),
            ("reporting_customer", fleet, differs(change.reporting_customer.as_ref(), &notes.reporting_customer)),
            (
                "reporting_customer_reason",
                fleet,
                differs(change.reporting_customer_reason.as_ref(), &notes.reporting_customer_reason),
            ),
            ("customer_lon", client, differs(change.lon.as_ref(), &hail.place.longitude_degrees())),
            ("customer_lat", client, differs(change.lat.as_ref(), &hail.place.latitude_degrees())),
            ("customer_address", client, differs(change.address.as_ref(), &hail.address)),
            ("rating_ride", client, differs(change.rating_ride.as_ref(), &notes.rating_ride)),
            ("rating_ride_reason", client, differs(change.rating_ride_reason.as_ref(), &notes.rating_ride_reason)),
            (
                "incident_customer_reason",
                client,
                differs(change.incident_customer_reason.as_ref(), &notes.incident_customer_reason),
            ),
        ];
        let refused = checks.into_iter().find(|(_, allowed, differs)| *differs && !allowed);
        // A refused status is told first, as in the reference server.
        match (refused, change.status) {
            (Some((field, ..)), None) => Err(CentreError::Field(field)),
            (Some((field, ..)), Some(status)) => {
                let phone =
                    !hail.taxi_phone.is_empty() || change.taxi_phone.as_deref().is_some_and(|it| !it.is_empty());
                machine::check(hail.status, status, account.roles, phone)?;
                Err(CentreError::Field(field))
            }
            (None, _) => Ok(()),
        }
    }

    fn update_fields(&mut self, index: usize, change: HailChange) {
        let Some(hail) = self.hails.get_mut(index) else { return };
        let notes = &mut hail.notes;
        let reported = change.reporting_customer.filter(|reported| *reported != notes.reporting_customer);
        replace(&mut notes.incident_taxi_reason, change.incident_taxi_reason);
        replace(&mut notes.reporting_customer, change.reporting_customer);
        replace(&mut notes.reporting_customer_reason, change.reporting_customer_reason);
        replace(&mut notes.rating_ride, change.rating_ride);
        replace(&mut notes.rating_ride_reason, change.rating_ride_reason);
        replace(&mut notes.incident_customer_reason, change.incident_customer_reason);
        replace(&mut hail.address, change.address);
        let longitude = change.lon.unwrap_or_else(|| hail.place.longitude_degrees());
        let latitude = change.lat.unwrap_or_else(|| hail.place.latitude_degrees());
        hail.place = GeoPoint::new(longitude, latitude).unwrap_or(hail.place);
        let (added_by, customer) = (hail.added_by, hail.customer.clone());
        match reported {
            Some(Some(true)) => self.ban(added_by, &customer),
            Some(Some(false) | None) => self.unban(added_by, &customer),
            None => {}
        }
    }

    /// `GET /hails/`: those of the caller, newest first.
    pub(in super::super) fn list(&self, account: &Account, filter: &HailFilter) -> Page<&HailRecord> {
        fn begins(wanted: &[String], text: &str) -> bool {
            let text = text.to_lowercase();
            wanted.is_empty() || wanted.iter().any(|wanted| text.starts_with(&wanted.to_lowercase()))
        }
        let admin = account.roles.admin;
        let visible = |hail: &&HailRecord| {
            admin
                || self.now.since(hail.created) <= VISIBLE
                    && (account.roles.moteur && hail.added_by == account.id
                        || account.roles.may(Role::Operateur) && account.id == OPERATOR)
        };
        let wanted = |hail: &&HailRecord| {
            begins(&filter.ids, &hail.id)
                && begins(&filter.customers, &hail.customer)
                && begins(&filter.taxis, self.taxis.get(hail.taxi).map_or("", |taxi| &taxi.id))
                && (filter.statuses.is_empty() || filter.statuses.contains(&hail.status))
                && (filter.dates.is_empty() || filter.dates.contains(&self.day(hail.created)))
        };
        let all: Vec<_> = self.hails.iter().rev().filter(visible).filter(wanted).collect();
        let total = all.len();
        let skipped = filter.page.saturating_sub(1).saturating_mul(PAGE_LINES);
        let lines = all.into_iter().skip(skipped).take(PAGE_LINES).collect();
        Page { lines, page: filter.page, total }
    }

    fn day(&self, moment: Moment) -> String {
        let at = jiff::Timestamp::from_microsecond(self.wall_us(moment)).unwrap_or_default();
        at.strftime("%Y/%m/%d").to_string()
    }

    /// `POST /geotaxi/`: all or none.
    pub(in super::super) fn positions(&mut self, positions: &[(String, GeoPoint)]) -> Result<(), CentreError> {
        let known = |id: &String| self.taxis.iter().any(|taxi| taxi.id == *id);
        let unknown: Vec<_> =
            positions.iter().enumerate().filter(|(_, (id, _))| !known(id)).map(|(index, _)| index).collect();
        if !unknown.is_empty() {
            return Err(CentreError::UnknownTaxis(unknown));
        }
        for (id, place) in positions {
            if let Some(taxi) = self.taxis.iter_mut().find(|taxi| taxi.id == *id) {
                taxi.reported = Some((*place, self.now));
            }
        }
        Ok(())
    }

    /// `GET` and `PUT /taxis/:id`: a driver goes to work, has a rest, or wants to be asked from
    /// nearer or farther.
    pub(in super::super) fn update_taxi(
        &mut self,
        id: &str,
        status: Option<TaxiStatus>,
        radius_m: Option<f64>,
    ) -> Option<&Taxi> {
        let index = self.taxis.iter().position(|taxi| taxi.id == id)?;
        if let Some(status) = status.filter(|status| self.taxis.get(index).is_some_and(|taxi| taxi.status != *status)) {
            self.set_taxi(index, status);
        }
        let taxi = self.taxis.get_mut(index)?;
        if status.is_some() {
            // Told by the operator: the simulated driver does not decide otherwise.
            taxi.back_at = None;
        }
        taxi.radius_m = radius_m.unwrap_or(taxi.radius_m);
        Some(taxi)
    }
}

fn replace<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}
