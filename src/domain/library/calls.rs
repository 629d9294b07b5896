// SPDX-License-Identifier: GPL-3.0-only
//! What is asked of a library, and its answers.

use super::{Account, DueDate, Item, ItemId, Patron};
use crate::domain::time::WallTime;
use crate::protocol::Secret;

/// One question; counts up from the start of the program, so that a late answer is told from a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct CallId(pub u64);

/// A question to the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LibraryCall {
    /// Whose account is it, and what is in it? Changes nothing.
    Account(Patron),
    /// Where is this copy in its round? Changes nothing.
    Item(ItemId),
    /// Lend.
    Checkout(Checkout),
    /// Take back.
    Checkin(Checkin),
    /// Lend on.
    Renew(Patron, ItemId),
    /// Lend everything on that can be.
    RenewAll(Patron),
    /// This patron has gone.
    EndVisit(Patron),
}

/// A loan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkout {
    /// To whom. A stored one has no PIN.
    pub patron: Patron,
    /// What.
    pub item: ItemId,
    /// When it happened.
    pub at: WallTime,
    /// It has happened already and cannot be undone (the library's no-block flag): only where the person
    /// has gone with the book.
    pub happened: bool,
}

/// A return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkin {
    /// What.
    pub item: ItemId,
    /// When it happened.
    pub at: WallTime,
    /// It has happened already and cannot be undone.
    pub happened: bool,
}

/// The library's answer, of the same kind as the question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LibraryAnswer {
    /// To [`LibraryCall::Account`]. An unknown card is an account that is not valid, not a failure.
    Account(Result<Box<Account>, CallFailure>),
    /// To [`LibraryCall::Item`]; `None`: the library does not know it.
    Item(Result<Option<Item>, CallFailure>),
    /// To [`LibraryCall::Checkout`].
    Checkout(Result<CheckedOut, CallFailure>),
    /// To [`LibraryCall::Checkin`].
    Checkin(Result<CheckedIn, CallFailure>),
    /// To [`LibraryCall::Renew`].
    Renew(Result<CheckedOut, CallFailure>),
    /// To [`LibraryCall::RenewAll`].
    RenewAll(Result<RenewedAll, CallFailure>),
    /// To [`LibraryCall::EndVisit`].
    EndVisit(Result<(), CallFailure>),
}

/// It is lent, or lent on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedOut {
    /// The title; empty where the library tells none.
    pub title: String,
    /// When it is due.
    pub due: Option<DueDate>,
    /// The library says that this patron had it already and it was lent on.
    pub renewed: bool,
    /// The security of the tag is to be switched off.
    pub desensitize: bool,
    /// What the library wants shown.
    pub messages: Vec<Secret>,
}

/// It is taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedIn {
    /// The title; empty where the library tells none.
    pub title: String,
    /// Where it belongs.
    pub permanent_location: Option<String>,
    /// Somebody waits for it, it belongs elsewhere, or the library wants it looked at.
    pub alert: bool,
    /// Where it is to go, where the library tells.
    pub destination: Option<String>,
    /// It is reserved.
    pub held: bool,
    /// The security of the tag is to be switched on.
    pub resensitize: bool,
    /// What the library wants shown.
    pub messages: Vec<Secret>,
}

/// What became of the patron's books.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct RenewedAll {
    /// Lent on.
    pub renewed: Vec<ItemId>,
    /// Not lent on.
    pub refused: Vec<ItemId>,
    /// What the library wants shown.
    pub messages: Vec<Secret>,
}

/// How a question failed, as far as the rules must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallFailure {
    /// It certainly did not reach the library.
    NotSent,
    /// It may have been carried out: the answer was lost, late or unreadable.
    Unknown,
    /// The library said no; nothing was changed.
    Refused(Refusal),
}

/// The library said no. Its protocol has no place for a reason but its own words; why is found out by
/// asking for the item and the account.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Refusal {
    /// Its own words.
    pub messages: Vec<Secret>,
}
