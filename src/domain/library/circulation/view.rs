// SPDX-License-Identifier: GPL-3.0-only
//! What the screen is shown of a transaction.

use super::{Circulation, Kind, Purpose, Refused, Step, Transaction};
use crate::domain::library::{DueDate, ItemId, TransactionKey, VisitId};
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

impl Transaction {
    pub(super) fn shown(&self, state: TransactionState) -> TransactionView {
        let record = &self.record;
        let (key, item, title) = (record.key.clone(), record.item.clone(), self.title.clone());
        TransactionView { key, kind: record.kind, item, title, state }
    }

    fn view(&self) -> TransactionView {
        let stored = TransactionState::Stored { due: self.record.due };
        let state = match &self.step {
            Step::Over(state) => state.clone(),
            Step::Refused { refused, .. } => TransactionState::PutItBack(refused.clone()),
            Step::Disputed => TransactionState::Disputed,
            Step::Staff => TransactionState::Staff,
            Step::Probe(probe) if matches!(probe.purpose, Purpose::Resolve(_)) => TransactionState::Checking,
            // The person was told that it is noted; that it is being tried is no news.
            Step::Ready | Step::Probe(_) | Step::Acting(_) if self.stored => stored,
            Step::Ready => TransactionState::Waiting,
            Step::Probe(_) | Step::Acting(_) => TransactionState::Asking,
        };
        self.shown(state)
    }
}

impl Circulation {
    /// A transaction under way, or over in a visit that goes on.
    #[must_use]
    pub fn view(&self, key: &TransactionKey) -> Option<TransactionView> {
        let finished = || self.finished.iter().find(|finished| finished.view.key == *key);
        match self.find(key) {
            Some(index) => Some(self.open[index].view()),
            None => finished().map(|finished| finished.view.clone()),
        }
    }

    /// The transactions of a visit: first those that are over, in the order of their ends, then those under
    /// way, in the order of their beginnings.
    #[must_use]
    pub fn of_visit(&self, visit: &VisitId) -> Vec<TransactionView> {
        let over = self.finished.iter().filter(|finished| finished.visit.as_ref() == Some(visit));
        let open = self.open.iter().filter(|transaction| transaction.record.visit.as_ref() == Some(visit));
        over.map(|finished| finished.view.clone()).chain(open.map(Transaction::view)).collect()
    }
}
