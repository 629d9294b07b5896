// SPDX-License-Identifier: GPL-3.0-only
//! Example people: what is known of each, and what a human expects.

mod run;

pub use run::{CaseRun, Found, Miss, run};

use crate::domain::day::Day;
use crate::domain::policy::fact::{Decimal, FactId, Facts};
use crate::domain::policy::pack::Words;

/// Most example people of a pack.
pub const MOST_CASES: usize = 20_000;

/// An example person. Invented, as everything in a pack's files is.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// The file in the pack, such as `cases/elders.yaml`.
    pub file: String,
    /// Line of the id.
    pub line: u32,
    /// Its id, unique in the pack.
    pub id: String,
    /// Who it is, in words.
    pub person: Words,
    /// The day on which is asked.
    pub on: Day,
    /// What is known.
    pub facts: Facts,
    /// What a human expects, policy by policy.
    pub expect: Vec<Expectation>,
}

/// What is expected of one policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// Line in the case's file.
    pub line: u32,
    /// Key of the policy. Cases may be older or newer than a pack: whether it has the policy is seen when they run.
    pub policy: String,
    /// The outcome.
    pub outcome: Outcome,
}

/// An expected outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It applies, with this amount where one is named.
    Applies(Option<Amount>),
    /// It does not apply, decided by these facts where some are named.
    Not(Vec<FactId>),
    /// It needs facts: exactly these where some are named.
    Needs(Vec<FactId>),
}

/// An expected amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Exactly so much.
    Exactly(Decimal),
    /// Between these two.
    Between(Decimal, Decimal),
    /// At least so much.
    From(Decimal),
    /// At most so much.
    UpTo(Decimal),
}
