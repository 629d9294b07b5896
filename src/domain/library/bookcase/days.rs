// SPDX-License-Identifier: GPL-3.0-only
//! Seeded days: `DOORSTEP_BOOKCASE_DAYS=10000 cargo test bookcase` runs more of them, and
//! `DOORSTEP_BOOKCASE_SEED=123` one alone.

use std::collections::BTreeMap;

use super::dice::{Chaos, Dice};
use super::people::{Day, policy};

/// Days of an ordinary test run.
const DAYS: u64 = 200;

/// What goes wrong on the day of this seed: nothing, one thing, or all of it.
fn chaos(seed: u64) -> Chaos {
    let mut dice = Dice::new(seed ^ 0x5EED);
    let all = dice.per_mille(400);
    let mut level = |most: usize| if all || dice.per_mille(150) { dice.below(most + 1) as u32 } else { 0 };
    Chaos {
        miss: level(60),
        mute: level(4),
        unreadable: level(100),
        cross: level(4),
        reader: level(100),
        pass: level(60),
        lock: level(250),
        contact: level(120),
        board: level(150),
        power: level(25),
        disk: level(100),
        network: level(300),
        people: level(250),
    }
}

fn day(seed: u64) -> BTreeMap<&'static str, u32> {
    let run = std::panic::catch_unwind(|| {
        let mut day = Day::new(seed, chaos(seed), policy(seed.is_multiple_of(2)));
        day.world.told_aloud = setting("DOORSTEP_BOOKCASE_SEED").is_some();
        day.run();
        day.world.seen
    });
    run.unwrap_or_else(|_| panic!("the day of seed {seed} went wrong: DOORSTEP_BOOKCASE_SEED={seed}"))
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|value| value.parse().ok())
}

/// All rules are checked by the world at every effect, and at the end of each day.
#[test]
fn each_book_is_lent_or_returned_exactly_once() {
    if let Some(seed) = setting("DOORSTEP_BOOKCASE_SEED") {
        println!("{:#?}\n{:#?}", chaos(seed), day(seed));
        return;
    }
    let days = setting("DOORSTEP_BOOKCASE_DAYS").unwrap_or(DAYS);
    let mut seen = BTreeMap::<&str, u32>::new();
    for seed in 0..days {
        for (what, times) in day(seed) {
            *seen.entry(what).or_default() += times;
        }
    }
    println!("{days} days: {seen:#?}");
}
