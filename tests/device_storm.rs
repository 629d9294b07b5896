// SPDX-License-Identifier: GPL-3.0-only
//! Every simulated device is pulled out and put in 200 times while it is used, all of them at once, in an order that
//! is random from a seed: `STORM_SEED=7 cargo test --test device_storm` takes another order, `STORM_TURNS=1000` more
//! turns.
//!
//! Whatever happens, health is right each time, a command works each time the device is back, no command takes longer
//! than its limit, nothing is done twice, and nothing is left behind.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail by panicking")]
#![allow(clippy::print_stdout, reason = "the figures are looked at")]

#[path = "device_storm/acts.rs"]
mod acts;
#[path = "device_storm/bench.rs"]
mod bench;
#[path = "device_storm/chance.rs"]
mod chance;
#[path = "device_storm/left.rs"]
mod left;
#[path = "device_storm/once.rs"]
mod once;
#[path = "device_storm/unit.rs"]
mod unit;

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

use crate::bench::Bench;
use crate::chance::{Chance, from_environment};
use crate::left::{Left, memory_mib, wait_until_nothing_is_left, wait_without_runtime};
use crate::unit::Unit;

/// How often each device is pulled out.
const TURNS: u64 = 200;

/// Chance begins here unless `STORM_SEED` says otherwise.
const SEED: u64 = 20_251_122;

/// Most memory that may be kept after the last turn: simulators keep their last slips and sheets. More than that is a leak.
const MOST_MIB: u64 = 128;

/// Turns that may be dealt out and not ended, for each device.
const AHEAD: usize = 2;

/// Deals out the turns in random order; each device takes its own in that order.
async fn storm(units: Vec<Unit>, turns: u64, seed: u64) -> Vec<Unit> {
    let mut order: Vec<usize> =
        units.iter().enumerate().flat_map(|(at, unit)| (0..unit.turns(turns)).map(move |_| at)).collect();
    Chance::new(seed).shuffle(&mut order);
    let room = Arc::new(Semaphore::new(units.len() * AHEAD));
    let (mut running, mut decks) = (JoinSet::new(), Vec::new());
    for (number, mut unit) in (1..).zip(units) {
        let (deal, mut dealt) = mpsc::unbounded_channel();
        decks.push(deal);
        let mut chance = Chance::new(seed.wrapping_add(number));
        running.spawn(async move {
            while let Some(place) = dealt.recv().await {
                unit.turn(&mut chance).await;
                drop(place);
            }
            unit.end().await;
            unit
        });
    }
    for unit in order {
        let place = Arc::clone(&room).acquire_owned().await.unwrap();
        // A device whose task failed takes no more; why is told below.
        let _ = decks[unit].send(place);
        if let Some(Err(failed)) = running.try_join_next() {
            std::panic::resume_unwind(failed.into_panic());
        }
    }
    drop(decks);
    let mut units = running.join_all().await;
    units.sort_by(|one, other| one.tally.name.cmp(other.tally.name));
    units
}

/// One test, so that nothing else of this process opens files or starts threads meanwhile.
#[test]
fn devices_that_come_and_go_leave_nothing_behind() {
    let seed = from_environment("STORM_SEED", SEED);
    let turns = from_environment("STORM_TURNS", TURNS);
    println!("seed {seed}, {turns} turns for each device");
    let start = || tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    // The first runtime of a process makes a pair of sockets for signals that stays.
    drop(start());
    let before = Left::now();
    let runtime = start();
    runtime.block_on(async {
        let (bench, units) = Bench::start();
        for unit in &units {
            unit.wait_until_online(0).await;
        }
        let (at_work, memory, began) = (Left::now(), memory_mib(), Instant::now());
        let units = storm(units, turns, seed).await;
        println!("{} devices at {} wires in {:.1?}", bench.devices(), units.len(), began.elapsed());
        for unit in &units {
            println!("{}", unit.tally);
            assert_eq!(unit.tally.turns, unit.turns(turns), "{}", unit.tally.name);
        }
        // All are there again: what each turn opened was closed.
        wait_until_nothing_is_left("after the last turn", &at_work).await;
        let grown = memory_mib().saturating_sub(memory);
        println!("memory: {memory} MiB when all were opened, {grown} MiB more after the last turn");
        assert!(grown < MOST_MIB, "{grown} MiB more");
        bench.stop().await;
        // The simulators end with the last that can give them an order.
        drop(units);
    });
    drop(runtime);
    wait_without_runtime("after everything was stopped", &before);
}
