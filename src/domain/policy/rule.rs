// SPDX-License-Identifier: GPL-3.0-only
//! Clauses: what must hold, as a tree over facts. No loops, no variables, no script.

use super::fact::{Decimal, FactId, OptionId, PlaceCode};
use super::pack::Words;
use crate::domain::day::Day;

/// How deep clauses may lie in clauses.
pub const DEEPEST_CLAUSE: usize = 8;
/// Most clauses of one policy, all levels together.
pub const MOST_CLAUSES: usize = 1024;

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `=`
    Equal,
    /// `>=`
    AtLeast,
    /// `>`
    More,
}

/// A number that a policy names: fixed, or one that the state changes from time to time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantity {
    /// Always the same.
    Fixed(Decimal),
    /// One of the pack's parameters, by the day: [`Pack::parameters`](super::pack::Pack::parameters).
    Parameter(u16),
}

/// What a term is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TermUnit {
    /// Days.
    Days,
    /// Full months.
    Months,
    /// Full years, as ages are.
    Years,
}

/// One question to one fact (two for a ratio).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Test {
    /// The fact is yes.
    Yes(FactId),
    /// Something is known of the fact, and it is not nothing.
    Some(FactId),
    /// The number compared; a number that is nothing compares to nothing, and the test fails.
    Number(FactId, Comparison, Quantity),
    /// `over / (under * times)` compared, exactly. An `under` that is nothing or zero counts as one.
    Ratio {
        /// What is divided.
        over: FactId,
        /// By what.
        under: FactId,
        /// And by what again: 12 turns a year into months.
        times: Decimal,
        /// How.
        comparison: Comparison,
        /// With what.
        value: Quantity,
    },
    /// The choice is one of these.
    OneOf(FactId, Vec<OptionId>),
    /// The place is one of these or lies in one of them.
    Within(FactId, Vec<PlaceCode>),
    /// The day compared with a fixed one; "less" is earlier.
    Date(FactId, Comparison, Day),
    /// The time since the day, in full units, compared: an age, months of waiting. A day that is still to come has a
    /// negative term, rounded towards zero.
    Term(FactId, TermUnit, Comparison, Quantity),
    /// The time since the day has reached what the pack's schedule asks of that day: statutory ages that rise with the
    /// month of birth.
    Reached(FactId, u16),
    /// How many of the days lie so many full units back, both ends included, compared: the number of children from
    /// `from` to `to` years.
    Count {
        /// The days.
        days: FactId,
        /// Unit of both ends.
        unit: TermUnit,
        /// Least term.
        from: i32,
        /// Greatest term.
        to: i32,
        /// How the number of days is compared.
        comparison: Comparison,
        /// With what.
        value: Quantity,
    },
}

/// What must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// How.
    pub kind: ClauseKind,
    /// The reason in the words of the policy; where there are none, the terminal makes them from the test.
    pub because: Option<Words>,
}

/// How clauses lie in each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClauseKind {
    /// A test.
    Test(Test),
    /// Every one of them; none at all holds.
    All(Vec<Clause>),
    /// At least one of them; none at all does not hold.
    Any(Vec<Clause>),
    /// The opposite.
    Not(Box<Clause>),
}

impl From<Test> for Clause {
    fn from(test: Test) -> Self {
        Self { kind: ClauseKind::Test(test), because: None }
    }
}
