// SPDX-License-Identifier: GPL-3.0-only
//! What is printed for a borrower.

use crate::domain::library::DueDate;
use crate::protocol::Secret;

/// A borrower's slip, without a word of any language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibrarySlip {
    /// The masked name; empty where nobody said who they are.
    pub name: Secret,
    /// Each book.
    pub lines: Vec<SlipLine>,
}

/// One book on a slip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlipLine {
    /// The title, or the bar code where it is not known.
    pub title: Secret,
    /// The bar code.
    pub code: String,
    /// What became of it.
    pub state: SlipLineState,
}

/// What became of a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlipLineState {
    /// Lent, or lent on, until the day.
    Lent(Option<DueDate>),
    /// Returned.
    Returned,
    /// Noted; the library will be told.
    Noted,
    /// Not lent.
    Refused,
    /// Staff will look at it.
    Staff,
}
