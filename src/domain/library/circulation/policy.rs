// SPDX-License-Identifier: GPL-3.0-only
//! The limits of lending and returning, from the settings.

use std::time::Duration;

/// Limits that the rules of circulation need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CirculationPolicy {
    /// The library allows loans at the counter while it cannot be reached: they are stored and sent later as
    /// having happened. Loans from the bookcase always are: the book has gone.
    pub offline_loans: bool,
    /// Likewise returns at the counter.
    pub offline_returns: bool,
    /// How long after a lost answer the library may still carry the question out. Only what it says after
    /// so long is believed. Must not be shorter than the client's own time limit for an answer.
    pub settle: Duration,
    /// Pause after the first failure; doubled with each further one, shaken by a quarter either way.
    pub first_pause: Duration,
    /// Longest pause.
    pub longest_pause: Duration,
    /// How long it is tried to find out whether a lost question was carried out, before staff is to decide.
    pub resolve_patience: Duration,
    /// How long a transaction may wait before staff is told.
    pub alarm_after: Duration,
    /// How long a book that was refused is waited for at the case, when nobody says that the person went.
    pub put_back_patience: Duration,
    /// How often a transaction is sent before staff is to decide.
    pub most_tries: u32,
    /// Most questions to the library at the same time.
    pub most_calls: usize,
    /// Most transactions that are not over.
    pub most_transactions: usize,
}

impl Default for CirculationPolicy {
    /// Cautious: at the counter nothing is lent that the library has not agreed to.
    fn default() -> Self {
        Self {
            offline_loans: false,
            offline_returns: false,
            settle: Duration::from_secs(5),
            first_pause: Duration::from_secs(5),
            longest_pause: Duration::from_secs(10 * 60),
            resolve_patience: Duration::from_secs(12 * 60 * 60),
            alarm_after: Duration::from_secs(24 * 60 * 60),
            put_back_patience: Duration::from_secs(10 * 60),
            most_tries: 5,
            most_calls: 2,
            most_transactions: 500,
        }
    }
}
