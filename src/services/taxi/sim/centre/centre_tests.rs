// SPDX-License-Identifier: GPL-3.0-only
//! The centre with a given clock: limits, drivers, series, bans, disclosure of whose hail it is.

use std::time::Duration;

use super::super::machine::TaxiStatus;
use super::super::script::{Area, Delays};
use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn at(seconds: u64) -> Moment {
    Moment::from_start(Duration::from_secs(seconds))
}

fn centre_with(knobs: Knobs, has_endpoint: bool) -> Centre {
    let setup = CentreSetup {
        gate: gate(),
        taxis: 4,
        seed: 5,
        knobs,
        keys: ["kiosk".into(), "fleet".into(), "admin".into()],
        has_endpoint,
        wall_base_us: 1_772_352_000_000_000,
    };
    Centre::new(setup, at(0))
}

fn centre() -> Centre {
    centre_with(Knobs::default(), false)
}

fn gate() -> GeoPoint {
    GeoPoint::new(119.1, 36.7).unwrap()
}

fn account(centre: &Centre, key: &str) -> Account {
    centre.account(key).unwrap().clone()
}

fn new_hail(centre: &Centre, customer: &str) -> NewHail {
    let taxi = centre.taxis.iter().find(|taxi| taxi.status == TaxiStatus::Free).unwrap();
    NewHail {
        place: gate(),
        address: "东门".into(),
        phone: "139".into(),
        customer: customer.into(),
        taxi: taxi.id.clone(),
        session: None,
    }
}

fn create(centre: &mut Centre, customer: &str) -> Result<String, CentreError> {
    let (kiosk, new) = (account(centre, "kiosk"), new_hail(centre, customer));
    centre.create(&kiosk, new).map(|hail| hail.id.clone())
}

fn hailed(centre: &mut Centre, outcome: Outcome) -> String {
    centre.queue(&[outcome]).unwrap();
    create(centre, "r").unwrap()
}

fn put(centre: &mut Centre, key: &str, id: &str, status: HailStatus) -> Result<(), CentreError> {
    let account = account(centre, key);
    let change = HailChange { status: Some(status), taxi_phone: Some("199".into()), ..HailChange::default() };
    centre.update(&account, id, change).map(|_| ())
}

fn status(centre: &Centre, id: &str) -> HailStatus {
    centre.any_hail(id).unwrap().status
}

fn taxi_status(centre: &Centre, id: &str) -> TaxiStatus {
    centre.taxis[centre.any_hail(id).unwrap().taxi].status
}

/// Brings the hail into `wanted` by the steps of those who may.
fn drive_to(centre: &mut Centre, id: &str, wanted: HailStatus) {
    use HailStatus::{AcceptedByCustomer, AcceptedByTaxi, CustomerOnBoard, ReceivedByTaxi};
    centre.advance(centre.now() + SECOND);
    assert_eq!(status(centre, id), HailStatus::ReceivedByOperator);
    for (key, next) in [
        ("fleet", ReceivedByTaxi),
        ("fleet", AcceptedByTaxi),
        ("kiosk", AcceptedByCustomer),
        ("fleet", CustomerOnBoard),
    ] {
        if status(centre, id) != wanted {
            put(centre, key, id, next).unwrap();
        }
    }
    assert_eq!(status(centre, id), wanted);
}

#[test]
fn each_limit_ends_the_hail_to_the_second_and_settles_the_taxi() {
    use HailStatus::{
        AcceptedByCustomer, AcceptedByTaxi, CustomerOnBoard, Failure, ReceivedByOperator, ReceivedByTaxi,
        TimeoutAcceptedByCustomer, TimeoutCustomer, TimeoutTaxi,
    };
    for (state, limit_s, end, taxi) in [
        (ReceivedByOperator, 10, Failure, TaxiStatus::Free),
        (ReceivedByTaxi, 30, TimeoutTaxi, TaxiStatus::Off),
        (AcceptedByTaxi, 30, TimeoutCustomer, TaxiStatus::Free),
        (AcceptedByCustomer, 30 * 60, TimeoutAcceptedByCustomer, TaxiStatus::Occupied),
        (CustomerOnBoard, 2 * 60 * 60, TimeoutTaxi, TaxiStatus::Off),
    ] {
        let mut centre = centre();
        let id = hailed(&mut centre, Outcome::External);
        drive_to(&mut centre, &id, state);
        let entered = centre.any_hail(&id).unwrap().entered;
        let due = entered + SECOND * limit_s;
        centre.advance(entered + (SECOND * limit_s - Duration::from_millis(1)));
        assert_eq!(status(&centre, &id), state);
        centre.advance(due);
        assert_eq!((status(&centre, &id), taxi_status(&centre, &id)), (end, taxi));
        let hail = centre.any_hail(&id).unwrap();
        let last = hail.transitions.last().unwrap();
        assert_eq!((last.at, last.user, last.reason.as_deref()), (due, None, Some("timeout")));
        // The driver is back after a rest, however the centre left him.
        centre.advance(due + SECOND * 61);
        assert_eq!(taxi_status(&centre, &id), TaxiStatus::Free);
    }
}

#[test]
fn a_hail_that_does_not_get_out_fails() {
    let mut centre = centre();
    let id = hailed(&mut centre, Outcome::Undelivered);
    centre.advance(at(9));
    assert_eq!(status(&centre, &id), HailStatus::Received);
    centre.advance(at(10));
    assert_eq!((status(&centre, &id), taxi_status(&centre, &id)), (HailStatus::Failure, TaxiStatus::Free));
}

#[test]
fn a_jump_of_an_hour_gives_the_same_as_many_small_steps() {
    let path = |steps: &[u64]| {
        let mut centre = centre();
        let id = hailed(&mut centre, Outcome::Accept);
        centre.advance(at(8));
        put(&mut centre, "kiosk", &id, HailStatus::AcceptedByCustomer).unwrap();
        for step in steps {
            centre.advance(at(*step));
        }
        centre.state().hails
    };
    let small: Vec<u64> = (9..=3600).collect();
    let (jump, walk) = (path(&[3600]), path(&small));
    assert_eq!(jump, walk);
    assert_eq!(jump[0].status, "finished");
}

#[test]
fn a_driver_comes_to_the_gate_and_scales_hurry_him() {
    let arrival = |scale: f64| {
        let mut centre = centre_with(Knobs { time_scale: scale, ..Knobs::default() }, false);
        let id = hailed(&mut centre, Outcome::Accept);
        centre.advance(at(8));
        put(&mut centre, "kiosk", &id, HailStatus::AcceptedByCustomer).unwrap();
        let entered = centre.now();
        let mut now = entered;
        while status(&centre, &id) == HailStatus::AcceptedByCustomer {
            now = now + Duration::from_millis(100);
            centre.advance(now);
        }
        assert_eq!(status(&centre, &id), HailStatus::CustomerOnBoard);
        now.since(entered).as_secs_f64()
    };
    let slow = arrival(1.0);
    assert!((35.0..=100.0).contains(&slow), "{slow}");
    let quick = arrival(10.0);
    assert!((quick - slow / 10.0).abs() < 0.5, "{quick} {slow}");
}

#[test]
fn a_change_of_scale_takes_what_runs_with_it() {
    let mut centre = centre();
    let id = hailed(&mut centre, Outcome::Accept);
    centre.advance(at(2));
    assert_eq!(status(&centre, &id), HailStatus::ReceivedByTaxi);
    // 4.2 s remain until the driver answers: 0.42 s at ten times the speed.
    centre.change(&KnobChange { time_scale: Some(10.0), ..KnobChange::default() }).unwrap();
    centre.advance(at(2) + Duration::from_millis(400));
    assert_eq!(status(&centre, &id), HailStatus::ReceivedByTaxi);
    centre.advance(at(2) + Duration::from_millis(430));
    assert_eq!(status(&centre, &id), HailStatus::AcceptedByTaxi);
}

#[test]
fn every_outcome_ends_as_it_says() {
    use HailStatus::{DeclinedByTaxi, Failure, Finished, IncidentTaxi, TimeoutAcceptedByCustomer, TimeoutTaxi};
    for (outcome, end) in [
        (Outcome::Accept, Finished),
        (Outcome::Decline, DeclinedByTaxi),
        (Outcome::Silent, TimeoutTaxi),
        (Outcome::Fail, Failure),
        (Outcome::Undelivered, Failure),
        (Outcome::Lost, Failure),
        (Outcome::Breakdown, IncidentTaxi),
        (Outcome::GivesUp, IncidentTaxi),
        (Outcome::NoShow, TimeoutAcceptedByCustomer),
        (Outcome::CustomerNoShow, IncidentTaxi),
        (Outcome::NeverEnds, TimeoutTaxi),
    ] {
        let mut centre = centre();
        let id = hailed(&mut centre, outcome);
        centre.advance(at(8));
        if status(&centre, &id) == HailStatus::AcceptedByTaxi && outcome != Outcome::Breakdown {
            put(&mut centre, "kiosk", &id, HailStatus::AcceptedByCustomer).unwrap();
        }
        centre.advance(at(4 * 60 * 60));
        assert_eq!(status(&centre, &id), end, "{outcome:?}");
        assert_eq!(taxi_status(&centre, &id), TaxiStatus::Free, "{outcome:?}");
    }
}

#[test]
fn a_driver_who_finds_nobody_has_the_rider_banned() {
    let mut centre = centre();
    let id = hailed(&mut centre, Outcome::CustomerNoShow);
    centre.advance(at(8));
    put(&mut centre, "kiosk", &id, HailStatus::AcceptedByCustomer).unwrap();
    centre.advance(at(10 * 60));
    let notes = &centre.any_hail(&id).unwrap().notes;
    assert_eq!((notes.reporting_customer, notes.incident_taxi_reason.as_deref()), (Some(true), Some("no_show")));
    assert_eq!(create(&mut centre, "r"), Err(CentreError::Banned));
    assert!(create(&mut centre, "somebody else").is_ok());
}

#[test]
fn a_ban_lasts_a_day_and_doubles_while_it_lasts() {
    let day = 24 * 60 * 60;
    let mut centre = centre();
    let id = hailed(&mut centre, Outcome::External);
    let fleet = account(&centre, "fleet");
    let report = |reported| HailChange { reporting_customer: Some(reported), ..HailChange::default() };
    put(&mut centre, "kiosk", &id, HailStatus::DeclinedByCustomer).unwrap();
    centre.update(&fleet, &id, report(Some(true))).unwrap();
    centre.update(&fleet, &id, report(Some(true))).unwrap();
    centre.advance(at(day));
    assert_eq!(create(&mut centre, "r"), Err(CentreError::Banned), "the same report does not double it, but it lasts");
    centre.ban(1, "r");
    centre.advance(at(2 * day));
    assert_eq!(create(&mut centre, "r"), Err(CentreError::Banned));
    centre.advance(at(2 * day + 1));
    assert!(create(&mut centre, "r").is_ok());
    centre.ban(1, "r");
    assert_eq!(create(&mut centre, "r"), Err(CentreError::Banned));
    centre.update(&fleet, &id, report(Some(false))).unwrap();
    assert!(create(&mut centre, "r").is_ok(), "taken back");
}

#[test]
fn a_series_is_open_for_five_minutes() {
    let mut centre = centre();
    let session = |centre: &mut Centre, named: Option<&str>, customer: &str| {
        let (kiosk, mut new) = (account(centre, "kiosk"), new_hail(centre, customer));
        new.session = named.map(str::to_owned);
        let hail = centre.create(&kiosk, new).map(|hail| (hail.id.clone(), hail.session.clone()))?;
        put(centre, "kiosk", &hail.0, HailStatus::DeclinedByCustomer)?;
        Ok::<_, CentreError>(hail.1)
    };
    let first = session(&mut centre, None, "r").unwrap();
    centre.advance(at(5 * 60));
    assert_eq!(session(&mut centre, None, "r").unwrap(), first);
    centre.advance(at(10 * 60 + 1));
    let later = session(&mut centre, None, "r").unwrap();
    assert_ne!(later, first);
    assert_eq!(session(&mut centre, Some(&first), "r").unwrap(), first, "named, it goes on whenever");
    assert_eq!(session(&mut centre, Some(&first), "s"), Err(CentreError::OtherSession));
    assert_eq!(session(&mut centre, Some("unknown"), "r"), Err(CentreError::NoSuchSession));
}

#[test]
fn taxis_are_refused_for_their_reasons() {
    let mut centre = centre();
    let kiosk = account(&centre, "kiosk");
    let id = hailed(&mut centre, Outcome::External);
    let mut new = new_hail(&centre, "s");
    new.taxi = centre.taxis[centre.any_hail(&id).unwrap().taxi].id.clone();
    assert_eq!(centre.create(&kiosk, new.clone()).unwrap_err(), CentreError::NotFree);
    new.taxi = "nobody".into();
    assert_eq!(centre.create(&kiosk, new).unwrap_err(), CentreError::NoSuchTaxi);

    let free = new_hail(&centre, "s");
    centre.positions(&[(free.taxi.clone(), gate())]).unwrap();
    assert_eq!(centre.free_taxis(gate()).unwrap()[0].0.id, free.taxi);
    centre.advance(at(121));
    assert_eq!(centre.create(&kiosk, free).unwrap_err(), CentreError::NoLongerOnline);
    let unknown = centre.positions(&[("nobody".into(), gate())]);
    assert_eq!(unknown, Err(CentreError::UnknownTaxis(vec![0])));
    centre.change(&KnobChange { no_taxis: Some(true), ..KnobChange::default() }).unwrap();
    assert!(centre.free_taxis(gate()).unwrap().is_empty());
    assert_eq!(create(&mut centre, "s"), Err(CentreError::NotOnline));
}

#[test]
fn taxis_are_offered_within_their_radius_and_where_allowed() {
    let mut centre = centre();
    assert_eq!(centre.free_taxis(gate()).unwrap().len(), 4);
    let far = GeoPoint::new(119.2, 36.7).unwrap();
    assert!(centre.free_taxis(far).unwrap().is_empty());
    let nearest = centre.free_taxis(gate()).unwrap()[0].0.id.clone();
    centre.update_taxi(&nearest, Some(TaxiStatus::Off), None).unwrap();
    assert_eq!(centre.free_taxis(gate()).unwrap().len(), 3);
    centre.advance(at(3600));
    assert_eq!(centre.free_taxis(gate()).unwrap().len(), 3, "off by its operator's word, not by the simulation");
    let area = Area { lon: 119.1, lat: 36.7, radius_m: 50.0 };
    centre.change(&KnobChange { areas: Some(vec![area]), ..KnobChange::default() }).unwrap();
    assert!(matches!(centre.free_taxis(gate()), Err(CentreError::NoCruising)));
    assert!(centre.free_taxis(far).is_ok());
}

#[test]
fn hails_are_shown_to_those_whose_they_are_for_sixty_days() {
    let mut centre = centre();
    let id = hailed(&mut centre, Outcome::External);
    let (kiosk, fleet, admin) = (account(&centre, "kiosk"), account(&centre, "fleet"), account(&centre, "admin"));
    let stranger = Account { id: 9, ..kiosk.clone() };
    let seen = |centre: &Centre, account: &Account| centre.hail(account, &id).map(|_| ()).err();
    assert_eq!((seen(&centre, &kiosk), seen(&centre, &fleet), seen(&centre, &admin)), (None, None, None));
    assert_eq!(seen(&centre, &stranger), Some(CentreError::OthersHail));
    let all = HailFilter { page: 1, ids: vec![], taxis: vec![], customers: vec![], statuses: vec![], dates: vec![] };
    let lines = |centre: &Centre, account: &Account| centre.list(account, &all).total;
    assert_eq!((lines(&centre, &kiosk), lines(&centre, &fleet), lines(&centre, &stranger)), (1, 1, 0));
    centre.advance(at(60 * 24 * 60 * 60 + 1));
    assert_eq!((seen(&centre, &kiosk), seen(&centre, &admin)), (Some(CentreError::NoSuchHail), None));
    assert_eq!((lines(&centre, &kiosk), lines(&centre, &admin)), (0, 1));
}

#[test]
fn the_list_is_filtered_and_paged() {
    let mut centre = centre();
    for number in 0..32 {
        let id = create(&mut centre, &format!("R-{number}")).unwrap();
        put(&mut centre, "kiosk", &id, HailStatus::DeclinedByCustomer).unwrap();
    }
    let kiosk = account(&centre, "kiosk");
    let all = HailFilter { page: 1, ids: vec![], taxis: vec![], customers: vec![], statuses: vec![], dates: vec![] };
    let page = |filter: &HailFilter| {
        let page = centre.list(&kiosk, filter);
        (page.lines.iter().map(|hail| hail.customer.clone()).collect::<Vec<_>>(), page.total)
    };
    let (first, total) = page(&all);
    assert_eq!((first.len(), total, first[0].as_str()), (PAGE_LINES, 32, "R-31"));
    assert_eq!(page(&HailFilter { page: 2, ..all.clone() }).0, ["R-1", "R-0"]);
    assert_eq!(page(&HailFilter { page: 3, ..all.clone() }).0.len(), 0);
    assert_eq!(page(&HailFilter { customers: vec!["r-3".into()], ..all.clone() }).1, 3);
    assert_eq!(page(&HailFilter { statuses: vec![HailStatus::Finished], ..all.clone() }).1, 0);
    assert_eq!(page(&HailFilter { dates: vec!["2026/03/01".into()], ..all.clone() }).1, 32);
    assert_eq!(page(&HailFilter { dates: vec!["2026/03/02".into()], ..all }).1, 0);
}

#[test]
fn a_refused_request_changes_nothing() {
    let mut centre = centre();
    let id = hailed(&mut centre, Outcome::External);
    let kiosk = account(&centre, "kiosk");
    let change = HailChange {
        status: Some(HailStatus::DeclinedByCustomer),
        reporting_customer: Some(Some(true)),
        ..HailChange::default()
    };
    let refused = centre.update(&kiosk, &id, change).unwrap_err();
    assert_eq!(refused, CentreError::Field("reporting_customer"));
    assert_eq!(status(&centre, &id), HailStatus::Received);
    let moved = HailChange { lon: Some(119.2), address: Some("西门".into()), ..HailChange::default() };
    let hail = centre.update(&kiosk, &id, moved).unwrap();
    assert_eq!((hail.place.longitude_degrees(), hail.address.as_str()), (119.2, "西门"));
}

#[test]
fn a_fleets_own_server_is_told_once_and_may_fail() {
    let mut centre = centre_with(Knobs::default(), true);
    let id = create(&mut centre, "r").unwrap();
    centre.advance(at(1));
    assert_eq!(status(&centre, &id), HailStatus::Received);
    assert_eq!(centre.take_deliveries().len(), 1);
    assert!(centre.take_deliveries().is_empty());
    centre.delivered(&id, Ok(Some("199".into())));
    assert_eq!(status(&centre, &id), HailStatus::ReceivedByOperator);
    assert_eq!(centre.any_hail(&id).unwrap().taxi_phone, "199");
    let (broken, slow) = (create(&mut centre, "s").unwrap(), create(&mut centre, "t").unwrap());
    centre.delivered(&broken, Err("no answer".into()));
    assert_eq!((status(&centre, &broken), taxi_status(&centre, &broken)), (HailStatus::Failure, TaxiStatus::Free));
    centre.advance(at(12));
    centre.delivered(&slow, Ok(None));
    assert_eq!(status(&centre, &slow), HailStatus::Failure, "too late");
}

#[test]
fn live_hails_are_counted_and_memory_is_bounded() {
    let mut centre = centre();
    hailed(&mut centre, Outcome::External);
    hailed(&mut centre, Outcome::External);
    create(&mut centre, "other").unwrap();
    let state = centre.state();
    assert_eq!((state.most_live_of_one_customer, state.most_live_at_once, state.hails_created), (2, 3, 3));
    centre.reset();
    for number in 0..=MAX_HAILS {
        let id = create(&mut centre, &format!("{number}")).unwrap();
        put(&mut centre, "kiosk", &id, HailStatus::DeclinedByCustomer).unwrap();
    }
    let state = centre.state();
    assert_eq!((state.hails.len(), state.hails[0].customer_id.as_str()), (MAX_HAILS, "1"));
}

#[test]
fn delays_and_outcomes_are_taken_over_at_run_time() {
    let mut centre = centre();
    let slow = Delays { answer_s: 20.0, ..Delays::default() };
    let outcomes = Some(vec![Outcome::Decline]);
    let change =
        KnobChange { delays: Some(slow), outcomes, default_outcome: Some(Outcome::Silent), ..KnobChange::default() };
    centre.change(&change).unwrap();
    let id = create(&mut centre, "r").unwrap();
    centre.advance(at(20));
    assert_eq!(status(&centre, &id), HailStatus::ReceivedByTaxi);
    centre.advance(at(22));
    assert_eq!(status(&centre, &id), HailStatus::DeclinedByTaxi);
    let next = create(&mut centre, "r").unwrap();
    assert_eq!(centre.any_hail(&next).unwrap().outcome, Outcome::Silent);
    assert!(centre.queue(&vec![Outcome::Accept; MAX_QUEUED_OUTCOMES + 1]).is_err());
}
