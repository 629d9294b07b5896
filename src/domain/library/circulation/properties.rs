// SPDX-License-Identifier: GPL-3.0-only
//! Whatever network, library, people, disk and power do: each book is lent or returned exactly once, to the
//! person who has it, or staff knows; and always there is an end.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::model::{Copy, Dice, Library, PATRONS, Person, STRANGER};
use super::world::{Chaos, Place, World};
use super::*;
use crate::domain::library::DueDate;

/// So often of 256 times something goes wrong: never, seldom, or at every turn.
fn level() -> impl Strategy<Value = u8> {
    prop_oneof![2 => Just(0), 3 => 1..50_u8, 1 => 50..=200_u8]
}

fn chaos() -> impl Strategy<Value = Chaos> {
    let kills = prop_oneof![2 => Just(0), 2 => 1..30_u8];
    let journal = prop_oneof![3 => Just(0), 1 => 1..60_u8];
    let disputes = prop_oneof![2 => Just(0), 1 => 40..200_u8];
    (level(), kills, journal, disputes).prop_map(|(network, kills, journal, disputes)| Chaos {
        network,
        kills,
        journal,
        disputes,
    })
}

fn policy() -> impl Strategy<Value = CirculationPolicy> {
    (any::<bool>(), any::<bool>(), prop_oneof![3 => Just(500_usize), 1 => Just(3)], 1..4_usize, 1..6_u32).prop_map(
        |(offline_loans, offline_returns, most_transactions, most_calls, most_tries)| CirculationPolicy {
            offline_loans,
            offline_returns,
            most_transactions,
            most_calls,
            most_tries,
            longest_pause: Duration::from_secs(120),
            ..CirculationPolicy::default()
        },
    )
}

/// The library and its books at the beginning; some are in the case though they are on loan.
fn begin() -> impl Strategy<Value = (Library, BTreeMap<ItemId, Place>)> {
    let copies = prop::collection::vec((0..12_u8, 0..3_u8), 1..7);
    let people = prop::collection::vec((0..3_u32, 0..6_u8), 3);
    (copies, people, 0..8_u8, any::<bool>()).prop_map(|(copies, people, quirk, strict_returns)| {
        let quirks = (quirk == 0, quirk == 1);
        let mut library =
            Library { silent_items: quirks.0, hides_loans: quirks.1, strict_returns, ..Library::default() };
        let mut places = BTreeMap::new();
        let due = DueDate { year: 2026, month: 1, day: 1 };
        for (number, (state, place)) in copies.into_iter().enumerate() {
            let item = ItemId(format!("b{number}"));
            let charged = match state {
                0 => Some((STRANGER.to_owned(), due)),
                1 => Some((PATRONS[number % 3].to_owned(), due)),
                _ => None,
            };
            // With a patron it is on loan, and in the case or on the shelf it may be so by mistake.
            let (charged, place) = match place {
                0 => (Some((PATRONS[number % 3].to_owned(), due)), Place::With(PATRONS[number % 3].to_owned())),
                1 => (charged, Place::Shelf),
                _ => (charged, Place::Case),
            };
            library.copies.insert(item.clone(), Copy { charged, held: state == 2, unknown: state == 3 });
            places.insert(item, place);
        }
        for (name, (limit, kind)) in PATRONS.iter().zip(people.into_iter().chain([(0, 5)])) {
            let limit = (limit > 0).then_some(limit);
            let person = Person { limit, blocked: kind == 0, stubborn: kind == 1 };
            library.people.insert((*name).to_owned(), person);
        }
        (library, places)
    })
}

fn world() -> impl Strategy<Value = World> {
    (policy(), chaos(), begin(), prop::collection::vec(any::<u8>(), 0..500)).prop_map(
        |(policy, chaos, (library, places), dice)| World::new(policy, chaos, library, places, Dice::new(dice)),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(600), max_shrink_iters: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    /// All invariants are checked by the world at every step.
    #[test]
    fn no_chaos_breaks_the_rules(mut world in world()) {
        world.run();
    }
}

/// The model and its checks see what they are for.
#[test]
fn the_worlds_show_everything() {
    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..400 {
        let mut world = world().new_tree(&mut runner).unwrap().current();
        world.run();
        seen.append(&mut world.seen);
    }
    let expected = [
        "power cut",
        "not journaled",
        "returned first",
        "book compared",
        "done",
        "refused",
        "put-back",
        "cancelled",
        "dropped",
        "conflict-repaired",
        "taken-against-refusal",
        "waits-long",
        "left-at-counter",
        "list-full",
        "disputed",
        "disputed-too-late",
        "uncertain",
        "refused-though-happened",
        "unknown-item",
        "too-many-tries",
    ];
    let missing: Vec<_> = expected.iter().filter(|word| !seen.contains(*word)).collect();
    assert!(missing.is_empty(), "never seen: {missing:?}");
}
