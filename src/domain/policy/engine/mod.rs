// SPDX-License-Identifier: GPL-3.0-only
//! The engine: a pack compiled to something fast, which decides, proves, asks and looks ahead.
//!
//! Each distinct test of the whole pack is evaluated once for a person and a day, into a table of three-valued
//! outcomes; a policy is a flat row of nodes over that table, read with short cuts. An unknown fact makes a test open; a
//! value of the wrong kind for its fact counts as unknown, so that whatever an outside service tells ends in a
//! question and never in a wrong answer.

mod error;
mod question;
mod verdict;

pub use error::{CompileError, Spot, Wrong};
pub use question::{Answer, Ask, NumberEnd, OLDEST, Question, Show, TermEnd, born_at_age};
pub use verdict::{
    Change, Decision, Decisions, LONGEST_PATH, Outcome, Path, Place, Proof, Reason, TestRef, Verdict, Worth,
};

/// What is about one person shows nothing of itself.
macro_rules! silent {
    ($($name:ident),+) => {
        $(impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        })+
    };
}
use silent;
