// SPDX-License-Identifier: GPL-3.0-only
//! Why the library said no, and the nearest way out.
//!
//! SIP2 has no place for a reason. It is derived from what the library tells of the copy and of the account;
//! where neither explains it, the library's own words are shown.

use crate::domain::library::{Block, DueDate, Fee};
use crate::protocol::Secret;

/// A refusal, explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub why: Why,
    /// What the person can do about it.
    pub way_out: WayOut,
}

/// Why the library said no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The PIN is wrong.
    WrongPin,
    /// It lends nothing to this person for now.
    Blocked(Block),
    /// No more books at a time.
    LimitReached {
        /// On loan now, where the library tells.
        on_loan: Option<u32>,
        /// At most, where the library tells.
        limit: Option<u32>,
    },
    /// Somebody else has it on loan, by the library's books.
    LentToSomebodyElse,
    /// Somebody else has reserved it.
    HeldForSomebodyElse,
    /// It is not lent: on order, in process, lost, missing.
    NotForLoan,
    /// The library does not know this copy.
    UnknownItem,
    /// This person has it on loan already.
    AlreadyYours {
        /// When it is due.
        due: Option<DueDate>,
    },
    /// Renewal: this person does not have it on loan.
    NotYours,
    /// Renewal: somebody waits for it.
    SomebodyWaits,
    /// Renewal: it was renewed as often as is allowed.
    RenewedTooOften,
    /// Renewal: the answer was lost, and the date is as it was.
    NotRenewed {
        /// When it is due.
        due: Option<DueDate>,
    },
    /// The library cannot be reached, and nothing may be noted for later.
    Unreachable,
    /// The terminal cannot keep its records (full, or the disk failed), so nothing was done.
    Terminal,
    /// Its own words.
    OwnWords(Vec<Secret>),
    /// It tells nothing.
    NotTold,
}

/// The nearest way out of a refusal, for screen and voice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WayOut {
    /// One book brought back, and it works.
    ReturnOneFirst,
    /// What is overdue is to be brought back.
    ReturnOverdue,
    /// Something is to be paid.
    Pay(Option<Fee>),
    /// The library knows more.
    CallTheLibrary,
    /// Renew it: one has it already.
    RenewInstead,
    /// Put it back: this copy cannot be had now.
    PutBack,
    /// Type the PIN again.
    TypePinAgain,
    /// Nothing is needed: keep it until its date.
    KeepUntilDue,
    /// Later, when the library can be reached.
    TryLater,
}
