// SPDX-License-Identifier: GPL-3.0-only
//! Borrowing, returning and renewing: the words of the field, whatever protocol the library speaks.

mod account;
mod calls;
mod ids;

pub use account::{Account, Block, Fee, HeldItem, Loan, MOST_ROWS};
pub use calls::{
    CallFailure, CallId, CheckedIn, CheckedOut, Checkin, Checkout, LibraryAnswer, LibraryCall, Refusal, RenewedAll,
};
pub use ids::{CirculationStatus, DueDate, Item, ItemId, Patron, TransactionKey};
