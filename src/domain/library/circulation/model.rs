// SPDX-License-Identifier: GPL-3.0-only
//! A small model of a library, independent of the rules it checks: copies, patrons, loans, limits, holds,
//! refusals. A second loan to the same patron would be a renewal, as libraries have it: here it is a failure.

use std::collections::BTreeMap;

use crate::domain::library::*;
use crate::protocol::Secret;

/// Random bytes as dice. Once they are used up, everything goes well: the network heals.
#[derive(Debug)]
pub(super) struct Dice {
    bytes: Vec<u8>,
    next: usize,
}

impl Dice {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, next: 0 }
    }

    pub(super) fn used_up(&self) -> bool {
        self.next >= self.bytes.len()
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.next).copied();
        self.next += 1;
        byte
    }

    /// True in `level` of 256 throws.
    pub(super) fn hits(&mut self, level: u8) -> bool {
        level > 0 && self.byte().is_some_and(|byte| byte < level)
    }

    /// One of `0..sides`.
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        usize::from(self.byte().unwrap_or(0)) % sides
    }

    pub(super) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())].clone()
    }
}

/// Who is there.
pub(super) const PATRONS: [&str; 4] = ["P-mei", "P-lan", "P-guo", "P-stranger"];
/// Nobody of the stories: has books by mistake of the past.
pub(super) const STRANGER: &str = PATRONS[3];
pub(super) const PIN: &str = "4711-pin";

/// A copy.
#[derive(Clone, Debug, Default)]
pub(super) struct Copy {
    pub(super) charged: Option<(String, DueDate)>,
    pub(super) held: bool,
    pub(super) unknown: bool,
}

/// A patron.
#[derive(Clone, Debug, Default)]
pub(super) struct Person {
    pub(super) limit: Option<u32>,
    pub(super) blocked: bool,
    /// Nothing is lent even when it has happened.
    pub(super) stubborn: bool,
}

/// The library.
#[derive(Debug, Default)]
pub(super) struct Library {
    pub(super) copies: BTreeMap<ItemId, Copy>,
    pub(super) people: BTreeMap<String, Person>,
    /// Does not answer questions about copies.
    pub(super) silent_items: bool,
    /// Shows no loans in the account, only their number.
    pub(super) hides_loans: bool,
    /// Refuses the return of what is not on loan.
    pub(super) strict_returns: bool,
    pub(super) years: u16,
}

/// A change of the library's books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Lent,
    Returned,
    Renewed,
}

fn no<T>(words: &str) -> Result<T, CallFailure> {
    Err(CallFailure::Refused(Refusal { messages: vec![Secret::from(words)] }))
}

impl Library {
    fn later(&mut self) -> DueDate {
        self.years += 1;
        DueDate { year: 2026 + self.years, month: 1, day: 31 }
    }

    fn loans(&self, patron: &str) -> Vec<Loan> {
        let theirs = |(item, copy): (&ItemId, &Copy)| {
            let (who, due) = copy.charged.as_ref()?;
            let loan = Loan { item: item.clone(), title: Secret::default(), due: Some(*due), overdue: false };
            (who == patron).then_some(loan)
        };
        self.copies.iter().filter_map(theirs).collect()
    }

    /// Carries a question out.
    pub(super) fn carry_out(&mut self, ask: &LibraryCall) -> (LibraryAnswer, Option<Change>) {
        match ask {
            LibraryCall::Account(patron) => (LibraryAnswer::Account(Ok(Box::new(self.account(patron)))), None),
            LibraryCall::Item(item) => (LibraryAnswer::Item(self.item(item)), None),
            LibraryCall::Checkout(checkout) => {
                let done = self.checkout(checkout);
                let change = done.is_ok().then_some(Change::Lent);
                (LibraryAnswer::Checkout(done), change)
            }
            LibraryCall::Checkin(checkin) => {
                let charged = self.copies[&checkin.item].charged.is_some();
                let done = self.checkin(checkin);
                let change = (done.is_ok() && charged).then_some(Change::Returned);
                (LibraryAnswer::Checkin(done), change)
            }
            LibraryCall::Renew(patron, item) => {
                let done = self.renew(patron, item);
                let change = done.is_ok().then_some(Change::Renewed);
                (LibraryAnswer::Renew(done), change)
            }
            other => panic!("{other:?} is not circulation's to ask"),
        }
    }

    fn account(&self, patron: &Patron) -> Account {
        let person = &self.people[patron.id.expose()];
        let loans = self.loans(patron.id.expose());
        let count = u32::try_from(loans.len()).unwrap();
        let full = person.limit.is_some_and(|limit| count >= limit);
        let mut blocks = Vec::new();
        if person.blocked {
            blocks.push(Block::FeesOwed);
        }
        if full {
            blocks.push(Block::TooManyLoans);
        }
        Account {
            valid: true,
            pin_right: Some(patron.pin.as_ref().is_some_and(|pin| pin.expose() == PIN)),
            checkout_denied: person.blocked || full,
            blocks,
            loans: if self.hides_loans { Vec::new() } else { loans },
            loan_count: Some(count),
            loan_limit: person.limit,
            ..Account::default()
        }
    }

    fn item(&self, item: &ItemId) -> Result<Option<Item>, CallFailure> {
        let copy = &self.copies[item];
        if self.silent_items {
            return no("no such service");
        }
        if copy.unknown {
            return Ok(None);
        }
        let status = match (&copy.charged, copy.held) {
            (Some(_), _) => CirculationStatus::Charged,
            (None, true) => CirculationStatus::OnHoldShelf,
            (None, false) => CirculationStatus::Available,
        };
        Ok(Some(Item {
            id: item.clone(),
            title: format!("Title of {item}"),
            status,
            due: copy.charged.as_ref().map(|(_, due)| *due),
            permanent_location: None,
            current_location: None,
            waiting: Some(u32::from(copy.held)),
        }))
    }

    fn checkout(&mut self, checkout: &Checkout) -> Result<CheckedOut, CallFailure> {
        let patron = checkout.patron.id.expose().to_owned();
        let (person, copy) = (self.people[&patron].clone(), self.copies[&checkout.item].clone());
        let held = u32::try_from(self.loans(&patron).len()).unwrap();
        match &copy.charged {
            _ if copy.unknown => return no("unknown item"),
            Some((who, _)) if *who == patron => panic!("a loan was renewed by accident: {checkout:?}"),
            Some(_) => return no("on loan"),
            None => {}
        }
        let ruled_out = person.blocked || copy.held || person.limit.is_some_and(|limit| held >= limit);
        if person.stubborn || (ruled_out && !checkout.happened) {
            return no("not now");
        }
        let due = self.later();
        self.copies.get_mut(&checkout.item).unwrap().charged = Some((patron, due));
        let title = format!("Title of {}", checkout.item);
        Ok(CheckedOut { title, due: Some(due), renewed: false, desensitize: true, messages: Vec::new() })
    }

    fn checkin(&mut self, checkin: &Checkin) -> Result<CheckedIn, CallFailure> {
        let copy = self.copies.get_mut(&checkin.item).unwrap();
        if copy.unknown {
            return no("unknown item");
        }
        if copy.charged.take().is_none() && self.strict_returns {
            return no("not on loan");
        }
        Ok(CheckedIn {
            title: format!("Title of {}", checkin.item),
            permanent_location: None,
            alert: copy.held,
            destination: None,
            held: copy.held,
            resensitize: true,
            messages: Vec::new(),
        })
    }

    fn renew(&mut self, patron: &Patron, item: &ItemId) -> Result<CheckedOut, CallFailure> {
        let due = self.later();
        let copy = self.copies.get_mut(item).unwrap();
        match &mut copy.charged {
            Some((who, until)) if who == patron.id.expose() && !copy.held => {
                *until = due;
                let title = String::new();
                Ok(CheckedOut { title, due: Some(due), renewed: true, desensitize: false, messages: Vec::new() })
            }
            _ => no("not renewed"),
        }
    }
}
