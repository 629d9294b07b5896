// SPDX-License-Identifier: GPL-3.0-only
//! What the screen is shown of a transaction.

use super::{Kind, Refused};
use crate::domain::library::{DueDate, ItemId, TransactionKey};
use crate::protocol::Secret;

/// A transaction as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionView {
    /// Its key.
    pub key: TransactionKey,
    /// What is done.
    pub kind: Kind,
    /// With which copy.
    pub item: ItemId,
    /// The title, once the library has told it.
    pub title: Secret,
    /// How far it is.
    pub state: TransactionState,
}

/// How far a transaction is, in the person's terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransactionState {
    /// Not its turn yet.
    Waiting,
    /// The library is being asked.
    Asking,
    /// The answer was lost: what the library did is being found out.
    Checking,
    /// Over and good.
    Done(Done),
    /// Over: the library said no, nothing was lent, returned or renewed.
    Refused(Refused),
    /// The library said no to a book that the person holds: it is to be put back into the case.
    PutItBack(Refused),
    /// The book was put back, nothing was lent.
    PutBack,
    /// The library cannot be reached; it is noted and will be sent later.
    Stored {
        /// The date to be told, see [`super::NewTransaction::due`].
        due: Option<DueDate>,
    },
    /// The person says that it is not what happened: staff will look at it, nothing is sent.
    Disputed,
    /// Staff will look at it.
    Staff,
    /// Nothing was sent, and nothing will be.
    Cancelled,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Done {
    /// When it is due; for loans and renewals, where the library tells.
    pub due: Option<DueDate>,
    /// The library's books said so already: nothing had to be sent.
    pub already: bool,
    /// The security of the tag is to be switched off.
    pub desensitize: bool,
    /// The security of the tag is to be switched on.
    pub resensitize: bool,
    /// Returns: somebody waits for it.
    pub held: bool,
    /// Returns: the library wants it looked at, or it belongs elsewhere.
    pub alert: bool,
    /// Returns: where it is to go.
    pub destination: Option<String>,
    /// What the library wants shown.
    pub messages: Vec<Secret>,
}
