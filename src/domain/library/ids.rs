// SPDX-License-Identifier: GPL-3.0-only
//! Items, patrons, dates.

use crate::protocol::Secret;

/// The bar code of one copy of a book. By itself it tells nothing of a person.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemId(pub String);

impl std::fmt::Display for ItemId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Idempotency key of one loan or return: random, given by the runtime, never used for anything else. The
/// library never sees it (SIP2 has no place for one); the journal and the staff list do.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TransactionKey(pub String);

impl std::fmt::Display for TransactionKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Who borrows, as the library knows them.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Patron {
    /// The number of the library card, or whatever the library takes in its place.
    pub id: Secret,
    /// The PIN, where one was typed. Never journaled.
    pub pin: Option<Secret>,
}

/// A day on which a book is due, in the library's own time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DueDate {
    /// Year of the Christian era.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

/// Where a book is in its round, by the words of SIP2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CirculationStatus {
    /// 01: told in words only.
    Other,
    /// 02.
    OnOrder,
    /// 03.
    Available,
    /// 04: on loan.
    Charged,
    /// 05: on loan, not to be recalled before a date.
    ChargedNotRecallable,
    /// 06.
    InProcess,
    /// 07: on loan, and wanted back.
    Recalled,
    /// 08: waits for somebody who reserved it.
    OnHoldShelf,
    /// 09.
    ToBeReshelved,
    /// 10: between two places of the library.
    InTransit,
    /// 11: its patron says that it was returned.
    ClaimedReturned,
    /// 12.
    Lost,
    /// 13.
    Missing,
}

impl CirculationStatus {
    /// Whether somebody has it on loan.
    #[must_use]
    pub fn is_on_loan(self) -> bool {
        matches!(self, Self::Charged | Self::ChargedNotRecallable | Self::Recalled | Self::ClaimedReturned)
    }
}

/// What the library tells of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its bar code.
    pub id: ItemId,
    /// Its title.
    pub title: String,
    /// Where it is in its round.
    pub status: CirculationStatus,
    /// When it is due, while on loan and where the library tells it.
    pub due: Option<DueDate>,
    /// Where it belongs.
    pub permanent_location: Option<String>,
    /// Where it is.
    pub current_location: Option<String>,
    /// How many people wait for it, where the library tells it.
    pub waiting: Option<u32>,
}
