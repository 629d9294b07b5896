// SPDX-License-Identifier: GPL-3.0-only
//! The journal beside SQLite alone, which commits the same rows with the same promise: on the disk when the call returns.

use std::path::Path;
use std::time::Instant;

use doorstep::domain::time::WallTime;
use doorstep::store::{JournalEntry, JournalKind, Store};
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use crate::report::{Report, Target, median};
use crate::{Outcome, Setup};

/// Entries in a round; each is written twice: opened, then settled.
const ENTRIES: usize = 500;
/// Rounds, one side after the other, so that a slow moment of the disk meets both.
const ROUNDS: usize = 5;

fn key(round: usize, index: usize) -> String {
    format!("{round:04}-{index:08}-4f7c-9b1e-0c5d7a61e2b4")
}

fn body() -> Value {
    json!({ "hail": "a1b2c3d", "taxi": "t-1024", "tries": 2, "session": "7f0c9a52-1b1e-4d0e-9a51-5f1c2f3b4a5d" })
}

/// Commits in a second through the store.
fn ours(folder: &Path, round: usize) -> Outcome<f64> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let now = WallTime(1_800_000_000);
        let (store, _) = Store::open(folder, now)?;
        let began = Instant::now();
        for index in 0..ENTRIES {
            let key = key(round, index);
            store
                .record(JournalEntry {
                    key: key.clone(),
                    kind: JournalKind::TaxiRide,
                    phase: "hailing".to_owned(),
                    body: body(),
                    opened_at: now,
                    updated_at: now,
                })
                .await?;
            store.settle(&key, "finished", now).await?;
        }
        let rate = 2.0 * ENTRIES as f64 / began.elapsed().as_secs_f64();
        store.close().await?;
        Ok(rate)
    })
}

/// Commits in a second through SQLite alone.
fn alone(folder: &Path, round: usize) -> Outcome<f64> {
    let connection = Connection::open(folder.join("alone.sqlite"))?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE IF NOT EXISTS journal (key TEXT PRIMARY KEY, kind TEXT NOT NULL, phase TEXT NOT NULL,
           body TEXT NOT NULL, opened_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, outcome TEXT) STRICT;",
    )?;
    let mut insert = connection.prepare("INSERT INTO journal VALUES (?1, ?2, ?3, ?4, ?5, ?5, NULL)")?;
    let mut settle =
        connection.prepare("UPDATE journal SET outcome = ?2, updated_at = ?3, body = '' WHERE key = ?1")?;
    let now = 1_800_000_000_i64;
    let began = Instant::now();
    for index in 0..ENTRIES {
        let key = key(round, index);
        insert.execute(params![key, "taxi_ride", "hailing", body().to_string(), now])?;
        settle.execute(params![key, "finished", now])?;
    }
    Ok(2.0 * ENTRIES as f64 / began.elapsed().as_secs_f64())
}

/// Measures both and adds the figure.
pub fn compare(setup: &Setup, report: &mut Report) -> Outcome<()> {
    eprintln!("bench: journal");
    let folder = setup.work.join("journal");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    let (mut store, mut sqlite) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let (mine, plain) = (ours(&folder, round)?, alone(&folder, round)?);
        // The first round makes the files.
        if round > 0 {
            store.push(mine);
            sqlite.push(plain);
        }
    }
    let peer = ("SQLite alone", median(&mut sqlite));
    report.add("journal, synchronised commits", "1/s", median(&mut store), Some(peer), Target::OursOverPeer(0.8));
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
