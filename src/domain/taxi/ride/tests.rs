// SPDX-License-Identifier: GPL-3.0-only
//! Every flow of a ride, told as a story: what is asked of the centre, what it answers, what the rider
//! sees.

use std::time::Duration;

use super::desk::*;
use super::*;
use crate::domain::taxi::Refusal;
use crate::domain::taxi::policy::test_policy;
use HailStatus::*;

#[test]
fn accepted_and_confirmed_after_ten_seconds() {
    let mut desk = Desk::start();
    assert_eq!(desk.stage(), RideStage::Looking);
    desk.expect(&RideCall::Nearby).reply(offers(&["t1", "t2"]));
    assert_eq!(desk.phase(), Some(RidePhase::Hailing));
    assert_eq!(desk.stage(), RideStage::Asking);
    desk.expect_hail("t1").reply(heard("h1", Received));
    assert_eq!(desk.journal.as_ref().unwrap().hail, Some(HailId("h1".into())));
    desk.expect(&follow("h1")).reply(heard("h1", AcceptedByTaxi));
    assert_eq!(desk.stage(), RideStage::Accepted { chance: secs(10) });
    assert_eq!(desk.view().car.model, "比亚迪 e5");
    desk.pass(Duration::from_millis(9_900));
    assert!(!desk.calls.contains(&set("h1", AcceptedByCustomer)));
    assert!(desk.view().cancel_possible);
    desk.pass(Duration::from_millis(100)).expect(&set("h1", AcceptedByCustomer));
    assert_eq!(desk.phase(), Some(RidePhase::Confirming));
    assert!(!desk.view().cancel_possible);
    desk.reply(heard("h1", AcceptedByCustomer));
    let view = desk.view();
    assert_eq!((view.stage, desk.phase()), (RideStage::Coming, Some(RidePhase::Coming)));
    assert_eq!((view.car.plate.expose(), view.car.tail.as_str(), view.car.driver.expose()), (PLATE, "345", DRIVER));
    assert_eq!(view.car.approach.map(|approach| approach.minutes), Some(4));
    desk.expect(&follow("h1")).reply(heard("h1", CustomerOnBoard));
    assert_eq!(desk.settled, Some(RideOutcome::OnBoard));
    assert_eq!((desk.journal.clone(), desk.ride.next_wakeup()), (None, None));
}

#[test]
fn cancelled_before_acceptance() {
    let mut desk = Desk::hailed(ReceivedByTaxi);
    desk.tap_cancel();
    assert_eq!((desk.stage(), desk.phase()), (RideStage::Cancelling, Some(RidePhase::Cancelling)));
    desk.expect(&set("h1", DeclinedByCustomer)).reply(heard("h1", DeclinedByCustomer));
    assert_eq!(desk.settled, Some(RideOutcome::Cancelled));
}

#[test]
fn cancelled_after_acceptance_and_a_second_tap_is_no_refusal() {
    let mut desk = Desk::hailed(ReceivedByTaxi);
    desk.reply(heard("h1", AcceptedByTaxi)).pass(secs(8)).tap_cancel().tap_cancel();
    assert!(!desk.view().cancel_refused, "the first tap was in time");
    desk.expect(&set("h1", DeclinedByCustomer)).reply(heard("h1", DeclinedByCustomer));
    assert_eq!(desk.settled, Some(RideOutcome::Cancelled));
    assert!(!desk.calls.contains(&set("h1", AcceptedByCustomer)));
}

#[test]
fn cancelled_while_looking_and_while_hailing() {
    let mut desk = Desk::start();
    desk.tap_cancel();
    assert_eq!(desk.settled, Some(RideOutcome::Cancelled));

    let mut desk = Desk::start();
    desk.reply(offers(&["t1"])).tap_cancel();
    desk.reply(heard("h1", Received)).expect(&set("h1", DeclinedByCustomer));
    desk.reply(heard("h1", DeclinedByCustomer));
    assert_eq!(desk.settled, Some(RideOutcome::Cancelled));
}

#[test]
fn declined_then_hailed_again_in_the_same_series() {
    let mut desk = Desk::hailed(ReceivedByTaxi);
    desk.reply(heard("h1", DeclinedByTaxi)).expect(&RideCall::Nearby).reply(offers(&["t1", "t2"]));
    desk.expect_hail("t2");
    let Some((_, RideCall::Hail(request))) = &desk.asked else { panic!("no hail") };
    assert_eq!(request.session, Some(HailSessionId("s1".into())));
    assert_eq!(request.phone.expose(), PHONE);
    desk.reply(heard("h2", AcceptedByTaxi));
    assert_eq!(desk.view().taxis_asked, 2);
}

#[test]
fn the_tries_are_bounded() {
    let mut desk = Desk::start();
    for (hail, taxi) in [("h1", "t1"), ("h2", "t2"), ("h3", "t3")] {
        desk.expect(&RideCall::Nearby).reply(offers(&["t1", "t2", "t3", "t4"]));
        desk.expect_hail(taxi).reply(heard(hail, TimeoutTaxi));
    }
    assert_eq!(desk.settled, Some(RideOutcome::NoCar));
}

#[test]
fn no_taxi_at_all() {
    let mut desk = Desk::start();
    while desk.settled.is_none() {
        desk.expect(&RideCall::Nearby).reply(offers(&[]));
    }
    assert_eq!(desk.settled, Some(RideOutcome::NoCar));
    assert_eq!(desk.now.since_start(), secs(40));
    assert!(desk.calls.len() <= 21);
}

#[test]
fn taxis_that_are_gone_are_passed_over() {
    let mut desk = Desk::start();
    desk.reply(offers(&["t1", "t2"])).reply(refused(Refusal::TaxiGone));
    desk.expect(&RideCall::Nearby).reply(offers(&["t1", "t2"])).expect_hail("t2");
    assert_eq!(desk.view().taxis_asked, 1);
}

#[test]
fn driver_does_not_come() {
    let mut desk = Desk::coming();
    desk.reply(heard("h1", TimeoutAcceptedByCustomer));
    assert_eq!(desk.settled, Some(RideOutcome::DriverGone));
    // The driver says so before: another taxi is called for the rider who still waits.
    let mut desk = Desk::coming();
    desk.reply(heard("h1", IncidentTaxi)).expect(&RideCall::Nearby);
    assert_eq!(desk.view().car, Car::default(), "nothing of the first car may be shown of the second");
    desk.tap_cancel();
    // For a rider who has left nobody is called.
    let mut desk = Desk::coming();
    desk.walk_away().reply(heard("h1", IncidentTaxi));
    assert_eq!(desk.settled, Some(RideOutcome::DriverGone));
}

#[test]
fn driver_gives_up_between_acceptance_and_confirmation() {
    let mut desk = Desk::hailed(AcceptedByTaxi);
    desk.pass(secs(3)).reply(heard("h1", IncidentTaxi)).expect(&RideCall::Nearby);
    desk.reply(offers(&["t1", "t2"])).expect_hail("t2").reply(heard("h2", DeclinedByTaxi));
    desk.reply(offers(&["t3"])).reply(heard("h3", DeclinedByTaxi));
    assert_eq!(desk.settled, Some(RideOutcome::DriverGone));
}

#[test]
fn driver_reports_that_nobody_was_there() {
    let mut desk = Desk::coming();
    desk.reply(heard("h1", IncidentCustomer));
    assert_eq!(desk.settled, Some(RideOutcome::NoShow));
    // The fleet's own way to say it. A rider who is called absent is banned: another hail would be refused.
    let mut desk = Desk::coming();
    desk.reply(RideAnswer::Hail(Ok(Hail { rider_absent: true, ..hail("h1", IncidentTaxi) })));
    assert_eq!(desk.settled, Some(RideOutcome::NoShow));
}

#[test]
fn lost_answer_to_a_hail_that_was_made() {
    let mut desk = Desk::start();
    desk.reply(offers(&["t1"])).reply(LOST);
    assert_eq!((desk.stage(), desk.phase()), (RideStage::Checking, Some(RidePhase::Hailing)));
    desk.expect_find().reply(found(&[("h1", ReceivedByTaxi)]));
    assert_eq!(desk.phase(), Some(RidePhase::Following));
    desk.expect(&follow("h1")).reply(heard("h1", AcceptedByTaxi));
    assert!(matches!(desk.stage(), RideStage::Accepted { .. }));
    desk.tap_cancel().expect(&set("h1", DeclinedByCustomer)).reply(heard("h1", DeclinedByCustomer));
    assert_eq!(desk.settled, Some(RideOutcome::Cancelled), "found: no sweep is needed");
}

#[test]
fn lost_hail_that_was_never_made_is_swept_for_in_the_end() {
    let mut desk = Desk::start();
    desk.reply(offers(&["t1", "t2"])).reply(LOST);
    let lost_at = desk.now;
    desk.expect_find().reply(found(&[])).expect_find().reply(found(&[])).expect_find().reply(found(&[]));
    assert!(desk.now.since(lost_at) >= secs(10));
    desk.expect(&RideCall::Nearby).reply(offers(&["t1", "t2"])).expect_hail("t2");
    desk.reply(refused(Refusal::Banned));
    assert_eq!((desk.stage(), desk.settled), (RideStage::Ended(RideOutcome::Refused), None));
    assert!(desk.ride.blocks_another() && !desk.view().cancel_possible);
    // It came up after all: taken back, then looked again.
    desk.expect_find().reply(found(&[("h1", AcceptedByTaxi)]));
    desk.expect(&set("h1", DeclinedByCustomer)).reply(heard("h1", DeclinedByCustomer));
    desk.sweep(&[("h1", DeclinedByCustomer)]);
    assert_eq!(desk.settled, Some(RideOutcome::Refused));
}

/// An answer that took long tells of the time when it was asked for, not of when it came.
#[test]
fn a_slow_no_is_not_believed_too_early() {
    let mut desk = Desk::start();
    desk.reply(offers(&["t1", "t2"])).reply(LOST);
    desk.expect_find().reply(found(&[]));
    desk.expect_find();
    desk.now = desk.now + secs(9);
    desk.reply(found(&[])).expect_find();
}

#[test]
fn somebody_elses_hail_is_never_touched() {
    let mut desk = Desk::start();
    desk.reply(offers(&["t1"])).reply(LOST).tap_cancel();
    let others = HailSummary {
        id: HailId("x".into()),
        status: AcceptedByTaxi,
        customer: Some(CustomerId("other".into())),
        taxi: Some(TaxiId("t1".into())),
    };
    while desk.settled.is_none() {
        desk.expect_find().reply(RideAnswer::Found(Ok(vec![others.clone()])));
    }
    assert_eq!(desk.settled, Some(RideOutcome::Cancelled));
}

#[test]
fn outage_while_looking_is_told_soon() {
    let mut desk = Desk::start();
    desk.outage(secs(60), CallFailure::NotSent);
    assert_eq!(desk.settled, Some(RideOutcome::Unreachable));
    assert!((secs(22)..secs(24)).contains(&desk.now.since_start()));
    assert!(desk.calls.len() <= 5);
}

#[test]
fn outage_with_a_hail_open_is_uncertain_until_it_is_taken_back() {
    let mut desk = Desk::hailed(ReceivedByTaxi);
    desk.outage(secs(44), CallFailure::Unknown);
    assert_eq!((desk.stage(), desk.view().stale), (RideStage::Asking, true));
    desk.outage(secs(4), CallFailure::Unknown);
    assert_eq!(desk.stage(), RideStage::Ended(RideOutcome::Uncertain));
    assert!(desk.ride.blocks_another());
    desk.outage(secs(300), CallFailure::Unknown).expect(&set("h1", DeclinedByCustomer));
    desk.reply(refused(Refusal::NotAllowed)).expect(&follow("h1")).reply(heard("h1", TimeoutTaxi));
    assert_eq!(desk.settled, Some(RideOutcome::Uncertain));
}

#[test]
fn outage_while_confirming_ends_with_the_centres_truth() {
    let begin = || {
        let mut desk = Desk::hailed(AcceptedByTaxi);
        desk.pass(secs(2)).reply(heard("h1", AcceptedByTaxi)).pass(secs(10)).outage(secs(60), CallFailure::Unknown);
        assert_eq!(desk.stage(), RideStage::Ended(RideOutcome::Uncertain));
        desk.expect(&set("h1", DeclinedByCustomer)).reply(refused(Refusal::NotAllowed)).expect(&follow("h1"));
        desk
    };
    // The confirmation had got through: the taxi comes, and the rider never asked to cancel.
    let mut desk = begin();
    desk.reply(heard("h1", AcceptedByCustomer));
    assert_eq!((desk.stage(), desk.phase()), (RideStage::Coming, Some(RidePhase::Coming)));
    assert!(!desk.view().cancel_refused);
    // It had not.
    let mut desk = begin();
    desk.reply(heard("h1", TimeoutCustomer));
    assert_eq!(desk.settled, Some(RideOutcome::Uncertain));
}

#[test]
fn an_outage_on_the_way_changes_nothing_and_spins_not() {
    let mut desk = Desk::coming();
    let before = desk.calls.len();
    desk.outage(secs(600), CallFailure::NotSent);
    assert_eq!((desk.stage(), desk.view().stale), (RideStage::Coming, true));
    assert!(desk.calls.len() - before < 50, "{} calls in ten minutes", desk.calls.len());
    desk.wait().reply(heard("h1", CustomerOnBoard));
    assert_eq!(desk.settled, Some(RideOutcome::OnBoard));
}

#[test]
fn late_news_of_the_acceptance_shortens_the_chance() {
    for (late, chance) in [(5, 10), (15, 9), (20, 4), (28, 3)] {
        let mut desk = Desk::hailed(ReceivedByTaxi);
        desk.expect(&follow("h1"));
        desk.now = Moment::from_start(secs(late));
        desk.reply(heard("h1", AcceptedByTaxi));
        assert_eq!(desk.stage(), RideStage::Accepted { chance: secs(chance) }, "{late} s late");
    }
}

/// The driver may have accepted at any time since the lost hail was sent.
#[test]
fn the_chance_is_shortened_for_a_hail_found_late() {
    let mut desk = Desk::start();
    desk.reply(offers(&["t1"]));
    desk.now = Moment::from_start(secs(18));
    desk.reply(LOST).expect_find().reply(found(&[("h1", AcceptedByTaxi)]));
    assert_eq!(desk.now.since_start(), secs(20));
    desk.reply(heard("h1", AcceptedByTaxi));
    assert_eq!(desk.stage(), RideStage::Accepted { chance: secs(4) });
}

#[test]
fn cancel_racing_the_confirmation_is_decided_by_the_centre() {
    let race = |answer: RideAnswer| {
        let mut desk = Desk::hailed(AcceptedByTaxi);
        desk.pass(secs(2)).reply(heard("h1", AcceptedByTaxi)).pass(secs(10)).expect(&set("h1", AcceptedByCustomer));
        desk.tap_cancel();
        assert!(desk.view().cancel_refused);
        desk.reply(answer);
        desk
    };
    // Confirmed: too late.
    let mut desk = race(heard("h1", AcceptedByCustomer));
    assert_eq!((desk.stage(), desk.view().cancel_refused), (RideStage::Coming, true));
    // The driver then gives up: nobody wants another taxi.
    desk.reply(heard("h1", IncidentTaxi));
    assert_eq!(desk.settled, Some(RideOutcome::Cancelled));
    // Not sent, or nobody knows: the wish is heeded, not the confirmation repeated.
    for answer in [NOT_SENT, LOST, heard("h1", AcceptedByTaxi)] {
        let mut desk = race(answer);
        assert_eq!((desk.stage(), desk.view().cancel_refused), (RideStage::Cancelling, false));
        desk.expect(&set("h1", DeclinedByCustomer)).reply(heard("h1", DeclinedByCustomer));
        assert_eq!(desk.settled, Some(RideOutcome::Cancelled));
    }
    // Nobody knew, and it had got through.
    let mut desk = race(LOST);
    desk.expect(&set("h1", DeclinedByCustomer)).reply(refused(Refusal::NotAllowed));
    desk.reply(heard("h1", AcceptedByCustomer));
    assert_eq!((desk.stage(), desk.view().cancel_refused), (RideStage::Coming, true));
    // The hail ran out meanwhile: no other taxi is called.
    let desk = race(heard("h1", TimeoutCustomer));
    assert_eq!(desk.settled, Some(RideOutcome::Cancelled));
}

#[test]
fn recovered_while_hailing_finds_and_takes_back() {
    let mut desk = Desk::recover(RidePhase::Hailing, None);
    desk.expect_find().reply(found(&[("h1", ReceivedByTaxi)]));
    desk.expect(&set("h1", DeclinedByCustomer)).reply(heard("h1", DeclinedByCustomer));
    desk.sweep(&[("h1", DeclinedByCustomer)]);
    assert_eq!(desk.settled, Some(RideOutcome::Cancelled));
}

/// An earlier hail of the ride, ended long ago, is not the one that was in the air at the power cut.
#[test]
fn recovered_while_hailing_again_waits_for_the_last_hail() {
    let mut desk = Desk::recover(RidePhase::Hailing, None);
    desk.expect_find().reply(found(&[("h1", DeclinedByTaxi)]));
    assert_eq!(desk.settled, None);
    desk.expect_find().reply(found(&[("h1", DeclinedByTaxi), ("h2", ReceivedByOperator)]));
    desk.expect(&set("h2", DeclinedByCustomer));
}

/// The power was cut right after the hail was sent: its time limit and the time to settle are still to come.
#[test]
fn after_a_power_cut_a_hail_is_waited_for_twice_as_long() {
    let mut desk = Desk::recover(RidePhase::Hailing, None);
    while desk.now.since_start() < secs(20) {
        desk.expect_find().reply(found(&[]));
        desk.wait();
    }
    assert_eq!(desk.settled, None);
    desk.expect_find().reply(found(&[("h1", Received)])).expect(&set("h1", DeclinedByCustomer));
}

#[test]
fn recovered_while_following_takes_back() {
    for phase in [RidePhase::Following, RidePhase::Cancelling] {
        let mut desk = Desk::recover(phase, Some("h1"));
        desk.expect(&set("h1", DeclinedByCustomer)).reply(refused(Refusal::NotAllowed));
        desk.expect(&follow("h1")).reply(heard("h1", TimeoutTaxi)).sweep(&[("h1", TimeoutTaxi)]);
        assert_eq!(desk.settled, Some(RideOutcome::Cancelled));
    }
}

#[test]
fn recovered_while_confirming_looks_first() {
    let mut desk = Desk::recover(RidePhase::Confirming, Some("h1"));
    desk.expect(&follow("h1")).reply(heard("h1", AcceptedByTaxi));
    desk.expect(&set("h1", AcceptedByCustomer)).reply(heard("h1", AcceptedByCustomer));
    let view = desk.view();
    assert_eq!((view.stage, view.car.tail.as_str()), (RideStage::Coming, "345"));
    assert!(view.car.plate.is_empty() && view.car.driver.is_empty() && view.car.phone.is_empty());
    // The driver gives up: nobody is hailed without the rider.
    desk.reply(heard("h1", IncidentTaxi)).sweep(&[("h1", IncidentTaxi)]);
    assert_eq!(desk.settled, Some(RideOutcome::DriverGone));
}

#[test]
fn recovered_on_the_way_follows_to_the_end() {
    let mut desk = Desk::recover(RidePhase::Coming, Some("h1"));
    assert!(!desk.ride.blocks_another());
    desk.expect(&follow("h1")).reply(heard("h1", CustomerOnBoard));
    // Somebody in the car is nothing to take back, and nothing to wait for.
    desk.sweep(&[("h1", CustomerOnBoard)]);
    assert_eq!(desk.settled, Some(RideOutcome::OnBoard));
}

#[test]
fn held_until_the_ride_before_is_settled() {
    let mut ride = Ride::start(test_policy(), CustomerId("c".into()), Secret::from(PHONE), Moment::default());
    ride.hold(true);
    let mut desk = Desk::new(ride);
    desk.pass(secs(20));
    assert_eq!((desk.calls.len(), desk.stage()), (0, RideStage::Checking));
    desk.ride.hold(false);
    desk.expect(&RideCall::Nearby);
    // Held again while the list is on its way: nobody is hailed.
    desk.ride.hold(true);
    desk.reply(offers(&["t1"]));
    assert_eq!(desk.stage(), RideStage::Checking);
    desk.pass(secs(60));
    assert_eq!((desk.settled, desk.now.since_start()), (Some(RideOutcome::Uncertain), secs(80)));
    assert_eq!(desk.calls.len(), 1);
}

#[test]
fn refusals_end_the_search() {
    let refusals = [
        (Refusal::Banned, RideOutcome::Refused),
        (Refusal::KeyRefused, RideOutcome::Unreachable),
        (Refusal::Other, RideOutcome::Refused),
    ];
    for (refusal, outcome) in refusals {
        let mut desk = Desk::start();
        desk.reply(RideAnswer::Offers(Err(CallFailure::Refused(refusal))));
        assert_eq!(desk.settled, Some(outcome));
        let mut desk = Desk::start();
        desk.reply(offers(&["t1"])).reply(refused(refusal));
        assert_eq!(desk.settled, Some(outcome));
    }
    let mut desk = Desk::start();
    desk.reply(RideAnswer::Offers(Err(CallFailure::Refused(Refusal::NoCruising))));
    assert_eq!(desk.settled, Some(RideOutcome::Refused));
}

#[test]
fn an_acceptance_taken_back_and_given_again_is_a_new_chance() {
    let mut desk = Desk::hailed(ReceivedByTaxi);
    desk.reply(heard("h1", AcceptedByTaxi)).pass(secs(8)).reply(heard("h1", ReceivedByTaxi));
    for _ in 0..4 {
        desk.expect(&follow("h1")).reply(heard("h1", ReceivedByTaxi));
    }
    desk.expect(&follow("h1")).reply(heard("h1", AcceptedByTaxi));
    assert_eq!(desk.stage(), RideStage::Accepted { chance: secs(10) });
}

/// A centre that refuses even to be asked is not asked at the speed of the network.
#[test]
fn refused_questions_are_repeated_slowly() {
    let mut following = Desk::hailed(ReceivedByTaxi);
    let mut cancelling = Desk::hailed(ReceivedByTaxi);
    cancelling.tap_cancel();
    for desk in [&mut following, &mut cancelling] {
        desk.outage(secs(120), CallFailure::Refused(Refusal::NotAllowed));
        assert!(desk.calls.len() < 30, "{} calls", desk.calls.len());
        assert_eq!(desk.told(), Some(RideOutcome::Uncertain));
    }
}

#[test]
fn nothing_is_called_that_was_not_journaled() {
    let mut desk = Desk::start();
    desk.reply(offers(&["t1"])).reply(RideAnswer::NotJournaled);
    assert_eq!(desk.settled, Some(RideOutcome::OutOfOrder));
}

#[test]
fn a_rider_who_walked_away_leaves_nothing_personal() {
    let mut desk = Desk::coming();
    assert!(!desk.view().car.plate.is_empty());
    desk.walk_away().reply(heard("h1", AcceptedByCustomer));
    let car = desk.view().car;
    assert_eq!(car, Car { tail: car.tail.clone(), approach: car.approach, ..Car::default() });
    assert_eq!((desk.stage(), car.tail.as_str()), (RideStage::Coming, "345"));
    let debug = format!("{:?}", desk.ride);
    assert!([PHONE, PLATE, DRIVER, "13900002222"].iter().all(|personal| !debug.contains(personal)), "{debug}");
}

#[test]
fn a_rider_who_walked_away_before_agreeing_gets_no_taxi() {
    let mut desk = Desk::hailed(AcceptedByTaxi);
    desk.pass(secs(3)).walk_away();
    desk.expect(&set("h1", DeclinedByCustomer)).reply(heard("h1", DeclinedByCustomer));
    assert_eq!(desk.settled, Some(RideOutcome::Cancelled));
    // Gone while it is not even known whether there is a hail.
    let mut desk = Desk::start();
    desk.reply(offers(&["t1"])).reply(LOST).walk_away();
    desk.expect_find().reply(found(&[])).expect_find().reply(found(&[("h1", AcceptedByTaxi)]));
    desk.expect(&set("h1", DeclinedByCustomer)).reply(heard("h1", DeclinedByCustomer));
    desk.sweep(&[("h1", DeclinedByCustomer)]);
    assert_eq!(desk.settled, Some(RideOutcome::Cancelled));
}

/// The centre answers but its states stand still: the hail is taken back and the truth told.
#[test]
fn a_centre_that_stands_still_is_left() {
    let mut desk = Desk::hailed(ReceivedByTaxi);
    while desk.now.since_start() < secs(50) && !desk.calls.contains(&set("h1", DeclinedByCustomer)) {
        desk.expect(&follow("h1")).reply(heard("h1", ReceivedByTaxi));
    }
    assert!(desk.now.since_start() >= secs(45));
    while desk.told().is_none() && desk.now.since_start() < secs(200) {
        desk.reply(heard("h1", ReceivedByTaxi));
    }
    assert_eq!(desk.told(), Some(RideOutcome::Uncertain));
    desk.reply(heard("h1", DeclinedByCustomer));
    assert_eq!(desk.settled, Some(RideOutcome::Uncertain));
}
