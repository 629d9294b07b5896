// SPDX-License-Identifier: GPL-3.0-only
//! Whatever network, drivers, riders and power do: never two hails alive, never a taxi against the
//! rider's word, never one that nobody knows of, and always an end.

use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::model::{CHANGES, Who};
use super::world::{Chaos, World};
use crate::domain::taxi::RideOutcome;
use crate::domain::taxi::policy::{RidePolicy, test_policy};

/// So often of 256 times something goes wrong: never, seldom, or at every turn.
fn level() -> impl Strategy<Value = u8> {
    prop_oneof![2 => Just(0), 3 => 1..50_u8, 1 => 50..=200_u8]
}

fn chaos() -> impl Strategy<Value = Chaos> {
    let kills = prop_oneof![2 => Just(0), 2 => 1..40_u8];
    let taps = prop_oneof![3 => Just(0), 2 => 1..12_u8];
    let journal = prop_oneof![3 => Just(0), 1 => 1..60_u8];
    let levels = (level(), level(), kills, journal, taps, level(), any::<bool>());
    levels.prop_map(|(network, temper, kills, journal, taps, late, names_customers)| Chaos {
        network,
        temper,
        kills,
        journal,
        taps,
        late,
        names_customers,
    })
}

fn policy() -> impl Strategy<Value = RidePolicy> {
    (prop_oneof![Just(10_u64), Just(3), Just(28)], prop_oneof![Just(45_u64), Just(15)]).prop_map(|(confirm, outage)| {
        RidePolicy {
            confirm_after: Duration::from_secs(confirm),
            outage_patience: Duration::from_secs(outage),
            ..test_policy()
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, max_shrink_iters: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    /// All invariants are checked by the world at every step.
    #[test]
    fn no_chaos_breaks_the_rules(
        policy in policy(),
        chaos in chaos(),
        dice in prop::collection::vec(any::<u8>(), 0..700),
    ) {
        World::new(policy, chaos, dice).run();
    }
}

/// The model and its checks see a ride at all: with nothing in the way it ends on board.
#[test]
fn in_a_kind_world_the_rider_gets_on_board() {
    let calm = Chaos { network: 0, temper: 0, kills: 0, journal: 0, taps: 0, late: 0, names_customers: true };
    let mut world = World::new(test_policy(), calm, Vec::new());
    world.run();
    assert_eq!(world.outcome, Some(RideOutcome::OnBoard));
    assert_eq!(world.centre.refused, 0);
}

#[test]
fn the_model_has_the_protocols_nineteen_changes() {
    let ours = CHANGES.iter().filter(|(_, _, who)| *who == Who::Client).count();
    assert_eq!((ours, CHANGES.len() - ours), (10, 9));
    assert!(CHANGES.iter().all(|(from, to, _)| from != to && !from.is_terminal()));
    // Once the rider has agreed there is no plain way back.
    for (from, _, _) in CHANGES.iter().filter(|(_, to, _)| to.as_str() == "declined_by_customer") {
        assert!(from.can_be_declined());
    }
}

/// Chaos that never comes to the hard places proves nothing.
#[test]
fn the_chaos_reaches_the_hard_places() {
    let mut runner = TestRunner::deterministic();
    let mut seen = std::collections::BTreeMap::<&str, u32>::new();
    let runs = (policy(), chaos(), prop::collection::vec(any::<u8>(), 0..700));
    for _ in 0..3000 {
        let (policy, chaos, dice) = runs.new_tree(&mut runner).unwrap().current();
        let mut world = World::new(policy, chaos, dice);
        world.run();
        for place in world.seen {
            *seen.entry(place).or_default() += 1;
        }
    }
    let places = [
        "cancelled",
        "driver-gone",
        "no-car",
        "on-board",
        "out-of-order",
        "refused",
        "uncertain",
        "unreachable",
        "hailing",
        "following",
        "confirming",
        "coming",
        "cancelling",
        "hailed again",
        "not journaled",
        "late truth",
        "hail made while dead",
        "hail made after restart",
    ];
    let rare: Vec<_> = places.iter().filter(|place| seen.get(*place).is_none_or(|times| *times < 3)).collect();
    assert!(rare.is_empty(), "hardly reached: {rare:?} of {seen:#?}");
    println!("{seen:?}");
}
