// SPDX-License-Identifier: GPL-3.0-only
//! What a terminal leaves behind: its journal, its files, its log.

use std::path::Path;

use doorstep::demo::world::World;
use doorstep::store::DATABASE_FILE;
use rusqlite::{Connection, OpenFlags};

/// Log text that must never be there.
const FORBIDDEN: [&str; 2] = ["panicked at", "RUST_BACKTRACE"];

/// Entries of the journal that are open.
pub fn open_entries(directory: &Path) -> String {
    ask(directory, "SELECT count(*) FROM journal WHERE settled_number IS NULL")
}

/// How the rides in the journal ended, in their order.
pub fn outcomes(directory: &Path) -> String {
    ask(
        directory,
        "SELECT coalesce(group_concat(outcome), '') FROM
            (SELECT outcome FROM journal WHERE kind = 'taxi_ride' AND settled_number IS NOT NULL
             ORDER BY settled_number)",
    )
}

/// How far the open rides are, in the words of the journal.
pub fn phases(directory: &Path) -> String {
    ask(
        directory,
        "SELECT coalesce(group_concat(phase), '') FROM
            (SELECT phase FROM journal WHERE kind = 'taxi_ride' AND settled_number IS NULL ORDER BY opened_at)",
    )
}

/// An error is an answer like others: while a terminal starts, its database may not be readable yet.
fn ask(directory: &Path, sql: &str) -> String {
    read(directory, sql).unwrap_or_else(|error| error)
}

fn read(directory: &Path, sql: &str) -> Result<String, String> {
    let failed = |error: rusqlite::Error| format!("the journal cannot be read: {error}");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = Connection::open_with_flags(directory.join(DATABASE_FILE), flags).map_err(failed)?;
    let value: rusqlite::types::Value = connection.query_row(sql, [], |row| row.get(0)).map_err(failed)?;
    Ok(match value {
        rusqlite::types::Value::Integer(number) => number.to_string(),
        rusqlite::types::Value::Text(text) => text,
        other => format!("{other:?}"),
    })
}

/// What must not be anywhere when a flow is over: nothing personal in the files and in the log, no panic, and never
/// two hails of one rider.
pub fn check(world: &World, log: &[u8]) -> Result<(), String> {
    for forbidden in FORBIDDEN {
        if let Some(at) = find(log, forbidden.as_bytes()) {
            let from = String::from_utf8_lossy(&log[at..]).chars().take(400).collect::<String>();
            return Err(format!("the log holds: {from}"));
        }
    }
    let state = world.taxi().ok_or("no dispatch centre")?.state();
    if state.most_live_of_one_customer > 1 {
        return Err(format!("{} hails of one rider were alive at once", state.most_live_of_one_customer));
    }
    let kiosk_phone = world.settings().taxi.as_ref().map(|taxi| taxi.kiosk_phone.clone()).unwrap_or_default();
    let mut personal: Vec<String> = Vec::new();
    for hail in &state.hails {
        personal.push(hail.licence_plate.clone());
        if hail.customer_phone_number != kiosk_phone {
            personal.push(hail.customer_phone_number.clone());
        }
        for taxi in state.taxis.iter().filter(|taxi| taxi.id == hail.taxi_id) {
            personal.extend([taxi.driver.clone(), taxi.phone.clone()]);
        }
    }
    personal.retain(|text| !text.is_empty());
    for text in &personal {
        if find(log, text.as_bytes()).is_some() {
            return Err(format!("the log holds {text}"));
        }
        // What was printed is the rider's; it is kept by the simulated printer, not by the terminal.
        if let Some(path) = file_with(world.directory(), text.as_bytes(), &world.slips_directory()) {
            return Err(format!("{path} holds {text}"));
        }
    }
    Ok(())
}

fn file_with(directory: &Path, text: &[u8], except: &Path) -> Option<String> {
    let entries = std::fs::read_dir(directory).ok()?;
    entries.flatten().map(|entry| entry.path()).filter(|path| path != except).find_map(|path| {
        if path.is_dir() {
            return file_with(&path, text, except);
        }
        let holds = std::fs::read(&path).is_ok_and(|bytes| find(&bytes, text).is_some());
        holds.then(|| path.display().to_string())
    })
}

fn find(bytes: &[u8], text: &[u8]) -> Option<usize> {
    bytes.windows(text.len().max(1)).position(|window| window == text)
}
