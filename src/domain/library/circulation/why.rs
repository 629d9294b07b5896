// SPDX-License-Identifier: GPL-3.0-only
//! Why the library said no, and the nearest way out.
//!
//! SIP2 has no place for a reason. It is derived from what the library tells of the copy and of the account;
//! where neither explains it, the library's own words are shown.

use super::account::{AccountFinding, ItemFinding, OnLoan, Theirs};
use super::{Kind, Probe, Purpose, Step, Transaction};
use crate::domain::library::{Account, Block, CirculationStatus, DueDate, Fee, Item};
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

/// The worst first: what is to be put right before anything else helps.
const BLOCKS: [Block; 9] = [
    Block::UnknownCard,
    Block::CardLost,
    Block::InvalidCard,
    Block::FeesOwed,
    Block::RecallOverdue,
    Block::TooManyOverdue,
    Block::TooManyLost,
    Block::TooManyClaims,
    Block::NotTold,
];

/// Why the library said no to `transaction`, by what was told of copy and account.
pub(super) fn explain(transaction: &Transaction) -> Why {
    let Step::Probe(Probe { purpose, item, account, .. }) = &transaction.step else { return Why::NotTold };
    let words = match purpose {
        Purpose::Explain(messages) if messages.iter().any(|line| !line.is_empty()) => Why::OwnWords(messages.clone()),
        _ => Why::NotTold,
    };
    let account = match account {
        Some(AccountFinding::Known(account)) => Some(account.as_ref()),
        _ => None,
    };
    let copy = match item {
        Some(ItemFinding::Known(item)) => Some(item),
        Some(ItemFinding::Unknown) => return Why::UnknownItem,
        _ => None,
    };
    let found = match transaction.record.kind {
        Kind::Checkin => None,
        Kind::Checkout => of_loan(transaction, copy, account),
        Kind::Renew => of_renewal(transaction, copy, account),
    };
    found.unwrap_or(words)
}

fn of_loan(transaction: &Transaction, copy: Option<&Item>, account: Option<&Account>) -> Option<Why> {
    if let Theirs::Yes(due) = transaction.theirs() {
        return Some(Why::AlreadyYours { due: due.or_else(|| transaction.item_due()) });
    }
    if let Some(why) = account.and_then(|account| of_patron(transaction, account)) {
        return Some(why);
    }
    let copy = copy?;
    let theirs_is_ready =
        account.is_some_and(|account| account.ready_holds.iter().any(|held| held.item == transaction.record.item));
    match copy.status {
        _ if transaction.on_loan() == OnLoan::Yes => Some(Why::LentToSomebodyElse),
        CirculationStatus::OnHoldShelf if !theirs_is_ready => Some(Why::HeldForSomebodyElse),
        CirculationStatus::OnOrder
        | CirculationStatus::InProcess
        | CirculationStatus::Lost
        | CirculationStatus::Missing => Some(Why::NotForLoan),
        _ if copy.waiting.is_some_and(|waiting| waiting > 0) && !theirs_is_ready => Some(Why::HeldForSomebodyElse),
        _ => None,
    }
}

fn of_patron(transaction: &Transaction, account: &Account) -> Option<Why> {
    let has = |block: &Block| account.blocks.contains(block);
    if transaction.pin.is_some() && account.pin_right == Some(false) {
        return Some(Why::WrongPin);
    }
    if !account.valid {
        let block = BLOCKS.into_iter().find(|block| has(block) && *block != Block::NotTold);
        return Some(Why::Blocked(block.unwrap_or(Block::InvalidCard)));
    }
    let on_loan = account.loan_count.or_else(|| u32::try_from(account.loans.len()).ok());
    let full = matches!((on_loan, account.loan_limit), (Some(count), Some(limit)) if count >= limit);
    let block = BLOCKS.into_iter().find(has);
    match block {
        // A flag alone refuses nothing: with many libraries it only warns.
        Some(block) if account.checkout_denied && block != Block::NotTold => Some(Why::Blocked(block)),
        _ if full || (account.checkout_denied && has(&Block::TooManyLoans)) => {
            Some(Why::LimitReached { on_loan, limit: account.loan_limit })
        }
        _ if account.checkout_denied => Some(Why::Blocked(account.blocks.first().copied().unwrap_or(Block::NotTold))),
        _ => None,
    }
}

fn of_renewal(transaction: &Transaction, copy: Option<&Item>, account: Option<&Account>) -> Option<Why> {
    let recalled = |item: &Item| item.status == CirculationStatus::Recalled;
    let wanted = |item: &Item| recalled(item) || item.waiting.is_some_and(|waiting| waiting > 0);
    if transaction.theirs() == Theirs::No {
        return Some(Why::NotYours);
    }
    if copy.is_some_and(wanted) {
        return Some(Why::SomebodyWaits);
    }
    let account = account?;
    if transaction.pin.is_some() && account.pin_right == Some(false) {
        return Some(Why::WrongPin);
    }
    if account.renewal_denied && account.blocks.contains(&Block::TooManyRenewals) {
        return Some(Why::RenewedTooOften);
    }
    let block = BLOCKS.into_iter().find(|block| account.blocks.contains(block));
    match block {
        Some(block) if account.renewal_denied || !account.valid => Some(Why::Blocked(block)),
        _ => None,
    }
}

/// `why` with the nearest way out of it.
pub(super) fn with_way_out(transaction: &Transaction, why: Why) -> Refused {
    let fee = match &transaction.step {
        Step::Probe(Probe { account: Some(AccountFinding::Known(account)), .. }) => account.fee.clone(),
        _ => None,
    };
    let way_out = match &why {
        Why::WrongPin => WayOut::TypePinAgain,
        Why::Blocked(Block::FeesOwed) => WayOut::Pay(fee),
        Why::Blocked(Block::TooManyOverdue | Block::RecallOverdue) => WayOut::ReturnOverdue,
        Why::LimitReached { .. } => WayOut::ReturnOneFirst,
        Why::AlreadyYours { .. } => WayOut::RenewInstead,
        Why::SomebodyWaits | Why::RenewedTooOften => WayOut::KeepUntilDue,
        Why::NotRenewed { .. } | Why::Unreachable => WayOut::TryLater,
        Why::LentToSomebodyElse | Why::HeldForSomebodyElse | Why::NotForLoan => WayOut::PutBack,
        Why::UnknownItem if transaction.record.physical => WayOut::PutBack,
        Why::Blocked(_) | Why::NotYours | Why::UnknownItem | Why::Terminal | Why::OwnWords(_) | Why::NotTold => {
            WayOut::CallTheLibrary
        }
    };
    Refused { why, way_out }
}
