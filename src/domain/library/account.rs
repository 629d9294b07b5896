// SPDX-License-Identifier: GPL-3.0-only
//! What a library knows of one of its patrons. All of it is personal: what somebody reads too.

use super::{DueDate, ItemId};
use crate::protocol::Secret;

/// Most rows of each list that are asked for; nobody has more books than this at home.
pub const MOST_ROWS: usize = 200;

/// A patron's account.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Account {
    /// The name as the library has it.
    pub name: Secret,
    /// The library knows the card and it is valid.
    pub valid: bool,
    /// The PIN was right; `None` where the library does not tell.
    pub pin_right: Option<bool>,
    /// The library lends nothing for now.
    pub checkout_denied: bool,
    /// The library renews nothing for now.
    pub renewal_denied: bool,
    /// Why, as far as it tells.
    pub blocks: Vec<Block>,
    /// What is on loan, at most [`MOST_ROWS`].
    pub loans: Vec<Loan>,
    /// How many are on loan by the library's own count; more than `loans` holds where the list could not
    /// be had in full.
    pub loan_count: Option<u32>,
    /// Most books at a time.
    pub loan_limit: Option<u32>,
    /// Reserved and ready to be picked up, at most [`MOST_ROWS`].
    pub ready_holds: Vec<HeldItem>,
    /// Reserved, not there yet.
    pub waiting_holds: Vec<HeldItem>,
    /// What is owed.
    pub fee: Option<Fee>,
    /// From how much on the library lends nothing.
    pub fee_limit: Option<Fee>,
    /// What the library wants shown, line by line.
    pub messages: Vec<Secret>,
}

/// One book on loan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loan {
    /// The copy.
    pub item: ItemId,
    /// Its title; empty where the library tells only the bar code.
    pub title: Secret,
    /// When it is due.
    pub due: Option<DueDate>,
    /// It should be back already.
    pub overdue: bool,
}

/// One reserved book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldItem {
    /// The copy, or the title's number, as the library tells it.
    pub item: ItemId,
    /// Its title.
    pub title: Secret,
    /// Where it can be picked up.
    pub pickup: Option<String>,
}

/// An amount of money.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Fee {
    /// In hundredths of the currency.
    pub hundredths: i64,
    /// Three letters of ISO 4217, such as CNY; empty where the library tells none.
    pub currency: String,
}

/// Why a library lends nothing to somebody, by the flags of a patron's status in SIP2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Block {
    /// The card is not known.
    UnknownCard,
    /// The card has run out, or the library has locked it for a reason that it does not tell.
    InvalidCard,
    /// Flag 4: reported lost.
    CardLost,
    /// Flag 5.
    TooManyLoans,
    /// Flag 6.
    TooManyOverdue,
    /// Flag 7.
    TooManyRenewals,
    /// Flag 8.
    TooManyClaims,
    /// Flag 9.
    TooManyLost,
    /// Flags 10, 11 and 13: too much is owed.
    FeesOwed,
    /// Flag 12: a book that somebody waits for is overdue.
    RecallOverdue,
    /// Flag 0 alone: no reason is told.
    NotTold,
}
