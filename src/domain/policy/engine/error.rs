// SPDX-License-Identifier: GPL-3.0-only
//! What makes a pack impossible to compile.

use super::verdict::{Path, Place};

/// Where in a pack something is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spot {
    /// In the list of facts, at the fact of this key.
    Fact(String),
    /// In the list of documents, at the document of this key.
    Document(String),
    /// In the list of parameters, at the parameter of this key.
    Parameter(String),
    /// In the list of schedules, at the schedule of this key.
    Schedule(String),
    /// In the policy of this key.
    Policy(String),
    /// In a clause of the policy of this key.
    Clause {
        /// Key of the policy.
        policy: String,
        /// In which part of it.
        place: Place,
        /// Which clause there.
        path: Path,
    },
    /// In the condition of a document that the policy of this key needs.
    Need {
        /// Key of the policy.
        policy: String,
        /// Which of its needs, counted.
        need: usize,
    },
    /// In the pack as a whole.
    Pack,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Too many of something: how many, and how many there may be.
    TooMany {
        /// What is counted.
        what: &'static str,
        /// So many are there.
        count: usize,
        /// So many may be.
        most: usize,
    },
    /// Clauses lie deeper in clauses than [`DEEPEST_CLAUSE`](crate::domain::policy::rule::DEEPEST_CLAUSE).
    TooDeep,
    /// A number that counts in one of the pack's tables, in which there is nothing at that place.
    NoSuch {
        /// The table.
        what: &'static str,
        /// The place.
        index: u64,
    },
    /// The test or amount does not fit the kind of its fact.
    WrongKind {
        /// What the fact would have to be.
        wanted: &'static str,
    },
    /// A list that may not be empty.
    Empty {
        /// The list.
        what: &'static str,
    },
    /// Days that must ascend do not, or the last day of effect lies before the first.
    NotAscending,
    /// A number that must be greater than zero is not, or the least is greater than the most.
    BadNumber {
        /// The number.
        what: &'static str,
    },
}

/// A pack that cannot be compiled: where, and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileError {
    /// Where.
    pub spot: Spot,
    /// What.
    pub wrong: Wrong,
}

impl std::fmt::Display for Spot {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fact(key) => write!(formatter, "fact {key}"),
            Self::Document(key) => write!(formatter, "document {key}"),
            Self::Parameter(key) => write!(formatter, "parameter {key}"),
            Self::Schedule(key) => write!(formatter, "schedule {key}"),
            Self::Policy(key) => write!(formatter, "policy {key}"),
            Self::Need { policy, need } => write!(formatter, "policy {policy}, documents, number {}", need + 1),
            Self::Pack => formatter.write_str("the pack"),
            Self::Clause { policy, place, path } => {
                write!(formatter, "policy {policy}, ")?;
                match place {
                    Place::Effect => formatter.write_str("days of effect")?,
                    Place::Interest => formatter.write_str("interest")?,
                    Place::Profile(number) => write!(formatter, "profile {}", number + 1)?,
                    Place::Conditions => formatter.write_str("conditions")?,
                    Place::Amount => formatter.write_str("amount")?,
                }
                path.steps().iter().try_for_each(|step| write!(formatter, ", number {}", step + 1))
            }
        }
    }
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooMany { what, count, most } => write!(formatter, "{count} {what}, {most} are possible"),
            Self::TooDeep => formatter.write_str("clauses lie too deep in clauses"),
            Self::NoSuch { what, index } => write!(formatter, "there is no {what} number {index}"),
            Self::WrongKind { wanted } => write!(formatter, "the fact is not {wanted}"),
            Self::Empty { what } => write!(formatter, "{what} is empty"),
            Self::NotAscending => formatter.write_str("days do not ascend"),
            Self::BadNumber { what } => write!(formatter, "{what} is not possible"),
        }
    }
}

impl std::fmt::Display for CompileError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {}", self.spot, self.wrong)
    }
}

impl std::error::Error for CompileError {}
