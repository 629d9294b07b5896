// SPDX-License-Identifier: MIT OR Apache-2.0
//! A simulated bookcase: doors with locks, and the books behind them.
//!
//! The [`Case`] is what one could touch: doors that people open and close, and books that they take and put. Machines
//! share it, each with its own wire: [`LockBoardMachine`] or [`RelayMachine`] has the locks and contacts; an RFID reader
//! reads the books. So a book that a test puts in after a door was unlocked over one wire is read over the other.

mod bookcase;
mod case;
mod lock_boards;
mod relay;

use std::sync::Arc;

use crate::sim::{OrderError, Orders};

pub use bookcase::{Bookcase, BookcaseSettings, CaseLocks};
pub use case::{CASE_WORDS, Case, CaseError, MOST_BOOKS_PER_DOOR, SharedCase};
pub use lock_boards::{LockBoardMachine, PULSE as LOCK_PULSE};
pub use relay::{RelayMachine, RelayWiring};

/// The lines of one control socket for a whole bookcase. A line that begins with the name of a part, such as
/// `locks silent 1`, goes to that part; the words of the case itself ([`CASE_WORDS`]) and `state` stand alone.
#[must_use]
pub fn bookcase_orders(case: SharedCase, parts: Vec<(&'static str, Orders)>) -> Orders {
    Arc::new(move |line: &str| {
        let words: Vec<&str> = line.split_whitespace().take(64).collect();
        let (first, rest) = line.trim().split_once(char::is_whitespace).unwrap_or((line.trim(), ""));
        if let Some((_, orders)) = parts.iter().find(|(name, _)| *name == first) {
            return orders(rest.trim());
        }
        if first == "state" {
            return Ok(case.lock().state());
        }
        let names: Vec<&str> = parts.iter().map(|(name, _)| *name).collect();
        let known = || OrderError(format!("{CASE_WORDS}, state; or a line for a part: {}", names.join(", ")));
        match case.lock().order(&words) {
            Some(result) => result.map_err(|error| OrderError(error.to_string())),
            None => Err(known()),
        }
    })
}
