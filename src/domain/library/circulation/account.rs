// SPDX-License-Identifier: GPL-3.0-only
//! What an answer about a copy or an account proves, and what it does not.

use crate::domain::library::{Account, CirculationStatus, DueDate, Item, ItemId, MOST_ROWS};

/// What the library said of the copy.
#[derive(Clone, Debug)]
pub(super) enum ItemFinding {
    /// It knows it.
    Known(Item),
    /// It does not.
    Unknown,
    /// It does not answer such questions.
    CannotTell,
}

/// What the library said of the account.
#[derive(Clone, Debug)]
pub(super) enum AccountFinding {
    Known(Box<Account>),
    CannotTell,
}

/// Whether somebody has the copy on loan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnLoan {
    Yes,
    No,
    /// The status says neither.
    Unclear,
}

/// Whether the patron has the copy on loan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Theirs {
    Yes(Option<DueDate>),
    No,
    /// The list of loans is not there, or not whole.
    Unclear,
}

pub(super) fn on_loan(finding: Option<&ItemFinding>) -> OnLoan {
    let Some(ItemFinding::Known(item)) = finding else { return OnLoan::Unclear };
    match item.status {
        status if status.is_on_loan() => OnLoan::Yes,
        CirculationStatus::Available
        | CirculationStatus::OnHoldShelf
        | CirculationStatus::ToBeReshelved
        | CirculationStatus::InTransit
        | CirculationStatus::InProcess
        | CirculationStatus::OnOrder => OnLoan::No,
        // Lost and missing are said of lent books too.
        _ => OnLoan::Unclear,
    }
}

pub(super) fn theirs(finding: Option<&AccountFinding>, item: &ItemId, with_pin: bool) -> Theirs {
    let Some(AccountFinding::Known(account)) = finding else { return Theirs::Unclear };
    if let Some(loan) = account.loans.iter().find(|loan| loan.item == *item) {
        return Theirs::Yes(loan.due);
    }
    // A wrong PIN hides the list with many libraries; without any PIN the flag means nothing.
    let hidden = with_pin && account.pin_right == Some(false);
    let whole = match account.loan_count {
        Some(count) => usize::try_from(count).is_ok_and(|count| count <= account.loans.len()),
        None => account.valid && account.loans.len() < MOST_ROWS,
    };
    if whole && !hidden { Theirs::No } else { Theirs::Unclear }
}
