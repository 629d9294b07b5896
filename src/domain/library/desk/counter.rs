// SPDX-License-Identifier: GPL-3.0-only
//! The counter without a clerk: books are shown to the scanner, one after the other. And keeping them longer.

use super::Desk;
use super::event::LibraryEffect;
use super::view::{BookLine, BookState, RenewState};
use super::visit::{AccountFor, DeskPage, MOST_LINES, Visit};
use crate::domain::library::circulation::{Kind, NewTransaction, TransactionState, TransactionView};
use crate::domain::library::{DueDate, ItemId, TransactionKey};
use crate::domain::time::Now;
use crate::protocol::Secret;

impl Desk {
    pub(super) fn open_counter(&mut self, returning: bool) {
        let Some(visit) = &mut self.visit else { return };
        if !self.policy.counter || (!returning && !visit.is_known()) {
            return;
        }
        visit.returning = returning;
        visit.open(DeskPage::Counter);
    }

    /// A code was shown on the counter's page.
    pub(super) fn scanned(&mut self, now: Now, code: &Secret, effects: &mut Vec<LibraryEffect>) {
        let Some(visit) = &mut self.visit else { return };
        if visit.lines.len() + visit.notes.len() >= MOST_LINES {
            return;
        }
        let text = code.expose().trim();
        if !self.policy.may_be_item(text) {
            let line = BookLine { title: Secret::default(), code: String::new(), state: BookState::NotABook };
            visit.notes.insert(0, (visit.lines.len(), line));
            return;
        }
        let item = ItemId(text.to_owned());
        let kind = if visit.returning { Kind::Checkin } else { Kind::Checkout };
        // The same book again: what is under way, or done the same way, is not begun anew.
        let again =
            visit.lines.iter().filter_map(|key| self.circulation.view(key)).any(|line| {
                line.item == item && line.kind == kind && !matches!(line.state, TransactionState::Refused(_))
            });
        if again {
            return;
        }
        let patron = visit.patron.clone().filter(|_| kind == Kind::Checkout);
        if kind == Kind::Checkout && patron.is_none() {
            return;
        }
        let key = visit.next_key();
        let transaction = NewTransaction {
            key: key.clone(),
            kind,
            item,
            patron,
            at: now.wall,
            physical: false,
            visit: Some(visit.id.clone()),
            door: None,
            due: None,
            disputed: false,
        };
        visit.lines.insert(0, key);
        let begun = self.circulation.begin(now.moment, transaction);
        self.circulate(begun, effects);
    }

    pub(super) fn counter_done(&mut self, effects: &mut Vec<LibraryEffect>) {
        let Some(visit) = &mut self.visit else { return };
        if visit.page != DeskPage::Counter {
            return;
        }
        if visit.lines.is_empty() {
            let base = visit.base();
            visit.turn_to(base);
        } else {
            visit.turn_to(DeskPage::Done);
            self.ask_account(AccountFor::Refreshing, effects);
        }
    }

    pub(super) fn renew(&mut self, now: Now, index: usize, effects: &mut Vec<LibraryEffect>) {
        let Some(visit) = &mut self.visit else { return };
        if visit.page != DeskPage::Loans && visit.page != DeskPage::Account {
            return;
        }
        let Some(account) = &visit.account else { return };
        let Some(loan) = account.loans.get(index) else { return };
        let (item, due) = (loan.item.clone(), loan.due);
        if let Some(transaction) = renewal(visit, now, item, due) {
            let begun = self.circulation.begin(now.moment, transaction);
            self.circulate(begun, effects);
        }
    }

    pub(super) fn renew_all(&mut self, now: Now, effects: &mut Vec<LibraryEffect>) {
        let Some(visit) = &mut self.visit else { return };
        let Some(account) = &visit.account else { return };
        let loans: Vec<(ItemId, Option<DueDate>)> =
            account.loans.iter().map(|loan| (loan.item.clone(), loan.due)).take(MOST_LINES).collect();
        visit.renewing_all = !loans.is_empty();
        let begun: Vec<NewTransaction> =
            loans.into_iter().filter_map(|(item, due)| renewal(visit, now, item, due)).collect();
        for transaction in begun {
            let begun = self.circulation.begin(now.moment, transaction);
            self.circulate(begun, effects);
        }
    }

    /// How the renewal of a loan stands.
    pub(super) fn renewal_state(&self, visit: &Visit, item: &ItemId) -> (RenewState, Option<DueDate>) {
        let denied = visit.account.as_ref().is_some_and(|account| account.renewal_denied);
        let possible = if denied { RenewState::Impossible } else { RenewState::Possible };
        let Some(view) = visit.renewals.get(item).and_then(|key| self.circulation.view(key)) else {
            return (possible, None);
        };
        match view.state {
            TransactionState::Done(done) => (RenewState::Renewed, done.due),
            TransactionState::Refused(refused) | TransactionState::PutItBack(refused) => {
                (RenewState::Refused(refused), None)
            }
            TransactionState::Checking | TransactionState::Staff | TransactionState::Disputed => {
                (RenewState::Checking, None)
            }
            TransactionState::Waiting | TransactionState::Asking | TransactionState::Stored { .. } => {
                (RenewState::Working, None)
            }
            TransactionState::Cancelled | TransactionState::PutBack => (possible, None),
        }
    }

    /// What became of one book, for the screen.
    pub(super) fn line(&self, key: &TransactionKey) -> Option<BookLine> {
        let view = self.circulation.view(key)?;
        let title = if view.title.is_empty() {
            Secret::new(self.titles.get(&view.item).cloned().unwrap_or_default())
        } else {
            view.title.clone()
        };
        Some(BookLine { title, code: view.item.0.clone(), state: state(view) })
    }
}

/// A renewal to be begun, unless one of this book is under way or done.
fn renewal(visit: &mut Visit, now: Now, item: ItemId, due: Option<DueDate>) -> Option<NewTransaction> {
    if visit.renewals.contains_key(&item) {
        return None;
    }
    let patron = visit.patron.clone()?;
    let key = visit.next_key();
    visit.renewals.insert(item.clone(), key.clone());
    Some(NewTransaction {
        key,
        kind: Kind::Renew,
        item,
        patron: Some(patron),
        at: now.wall,
        physical: false,
        visit: Some(visit.id.clone()),
        door: None,
        due,
        disputed: false,
    })
}

fn state(view: TransactionView) -> BookState {
    match (view.state, view.kind) {
        (TransactionState::Waiting | TransactionState::Asking, _) => BookState::Working,
        (TransactionState::Checking, _) => BookState::Checking,
        (TransactionState::Done(done), Kind::Checkin) => {
            BookState::Returned { held: done.held, elsewhere: done.alert || done.destination.is_some() }
        }
        (TransactionState::Done(done), Kind::Checkout) => BookState::Lent(done.due),
        (TransactionState::Done(done), Kind::Renew) => BookState::Renewed(done.due),
        (TransactionState::Refused(refused), _) => BookState::Refused(refused),
        (TransactionState::PutItBack(refused), _) => BookState::PutBack(refused),
        (TransactionState::PutBack | TransactionState::Cancelled, _) => BookState::WasPutBack,
        (TransactionState::Stored { .. }, Kind::Checkin) => BookState::NotedReturned,
        (TransactionState::Stored { due }, _) => BookState::NotedLent(due),
        (TransactionState::Disputed | TransactionState::Staff, _) => BookState::AskStaff,
    }
}
