// SPDX-License-Identifier: GPL-3.0-only
//! Asking for the copy and the account, which changes nothing.

use super::account::{AccountFinding, ItemFinding, OnLoan, Theirs, on_loan, theirs};
use super::{Action, Kind, Step, Transaction};
use crate::domain::library::{CallFailure, DueDate, LibraryAnswer, LibraryCall};
use crate::domain::time::Moment;
use crate::protocol::Secret;

/// What it is asked for.
#[derive(Clone, Debug)]
pub(super) enum Purpose {
    /// Before it is sent.
    Look,
    /// The answer to a change was lost.
    Resolve(Action),
    /// The library said no, with these words.
    Explain(Vec<Secret>),
}

#[derive(Clone, Debug)]
pub(super) struct Probe {
    pub(super) purpose: Purpose,
    /// When it began.
    pub(super) since: Moment,
    /// Before, the library may still carry out what was sent: nothing that it says would prove anything.
    pub(super) not_before: Moment,
    pub(super) item: Option<ItemFinding>,
    pub(super) account: Option<AccountFinding>,
}

impl Probe {
    pub(super) fn new(purpose: Purpose, since: Moment) -> Self {
        Self { purpose, since, not_before: since, item: None, account: None }
    }

    pub(super) fn forget_findings(&mut self) {
        (self.item, self.account) = (None, None);
    }
}

/// What became of an answer to a question.
pub(super) enum Heard {
    /// It is a finding.
    Finding,
    /// It did not come.
    Nothing,
}

impl Transaction {
    /// The next question of a probe; `None` when enough is known.
    pub(super) fn question(&self) -> Option<LibraryCall> {
        let Step::Probe(probe) = &self.step else { return None };
        let item = || Some(LibraryCall::Item(self.record.item.clone()));
        let account = || Some(LibraryCall::Account(self.patron()));
        let lacks_item = probe.item.is_none();
        let lacks_account = probe.account.is_none();
        match (&probe.purpose, self.record.kind) {
            (Purpose::Look | Purpose::Resolve(Action::Main), Kind::Renew) => {
                let due_known = matches!(self.theirs(), Theirs::Yes(Some(_)));
                match () {
                    () if lacks_account => account(),
                    () if lacks_item && !due_known => item(),
                    () => None,
                }
            }
            (Purpose::Look | Purpose::Resolve(Action::Main), Kind::Checkout) => match () {
                () if lacks_item => item(),
                () if lacks_account && self.on_loan() != OnLoan::No && !self.item_unknown() => account(),
                () => None,
            },
            (Purpose::Explain(_), Kind::Checkout | Kind::Renew) => match () {
                () if lacks_item => item(),
                () if lacks_account => account(),
                () => None,
            },
            (_, Kind::Checkin) | (Purpose::Resolve(Action::Return), _) => {
                if lacks_item {
                    item()
                } else {
                    None
                }
            }
        }
    }

    pub(super) fn hear(&mut self, answer: LibraryAnswer) -> Heard {
        let title = match &answer {
            LibraryAnswer::Item(Ok(Some(item))) if !item.title.is_empty() => Some(Secret::from(item.title.as_str())),
            _ => None,
        };
        self.title = title.unwrap_or_else(|| std::mem::take(&mut self.title));
        let Step::Probe(probe) = &mut self.step else { return Heard::Nothing };
        let explain = matches!(probe.purpose, Purpose::Explain(_));
        match answer {
            LibraryAnswer::Item(Ok(Some(item))) => probe.item = Some(ItemFinding::Known(item)),
            LibraryAnswer::Item(Ok(None)) => probe.item = Some(ItemFinding::Unknown),
            LibraryAnswer::Item(Err(CallFailure::Refused(_))) => probe.item = Some(ItemFinding::CannotTell),
            LibraryAnswer::Account(Ok(account)) => probe.account = Some(AccountFinding::Known(account)),
            LibraryAnswer::Account(Err(CallFailure::Refused(_))) => probe.account = Some(AccountFinding::CannotTell),
            // The person waits for an explanation, it is asked for once.
            LibraryAnswer::Item(Err(_)) if explain => probe.item = Some(ItemFinding::CannotTell),
            LibraryAnswer::Account(Err(_)) if explain => probe.account = Some(AccountFinding::CannotTell),
            _ => return Heard::Nothing,
        }
        Heard::Finding
    }

    fn probe(&self) -> Option<&Probe> {
        match &self.step {
            Step::Probe(probe) => Some(probe),
            _ => None,
        }
    }

    pub(super) fn on_loan(&self) -> OnLoan {
        on_loan(self.probe().and_then(|probe| probe.item.as_ref()))
    }

    pub(super) fn theirs(&self) -> Theirs {
        let finding = self.probe().and_then(|probe| probe.account.as_ref());
        theirs(finding, &self.record.item, self.pin.is_some())
    }

    pub(super) fn item_unknown(&self) -> bool {
        matches!(self.probe().and_then(|probe| probe.item.as_ref()), Some(ItemFinding::Unknown))
    }

    /// When the copy is due, by what was told of the copy.
    pub(super) fn item_due(&self) -> Option<DueDate> {
        match self.probe().and_then(|probe| probe.item.as_ref()) {
            Some(ItemFinding::Known(item)) if item.status.is_on_loan() => item.due,
            _ => None,
        }
    }
}
