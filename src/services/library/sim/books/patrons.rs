// SPDX-License-Identifier: GPL-3.0-only
//! Patrons: who they are, how they stand, what may keep them from borrowing.

use jiff::civil::DateTime;
use rusqlite::{Connection, params};

use super::log::{Happening, Kind};
use super::rows::{No, PatronRow, When};
use super::{Books, BooksError, Decision, PinRule, Policy, Turn};

/// A patron as the library sees them now. Nothing prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct PatronView {
    /// The card's number, whatever number was asked for.
    pub card: String,
    /// Name.
    pub name: String,
    /// `zh` or `en`.
    pub language: String,
    /// Class of patron.
    pub class: String,
    /// Whether there is a PIN.
    pub has_pin: bool,
    /// Whether the PIN that was given is the right one.
    pub pin_right: bool,
    /// The library holds the card for good: neither run out nor reported lost.
    pub valid: bool,
    /// Run out.
    pub expired: bool,
    /// The last day.
    pub expires: DateTime,
    /// Reported lost.
    pub lost: bool,
    /// Why it is blocked.
    pub blocked: Option<String>,
    /// Flags of SIP2's patron status that were set by hand, bit by bit from flag 0.
    pub flags: u16,
    /// Loans, the oldest due first.
    pub loans: Vec<Loaned>,
    /// Holds, ready ones first.
    pub holds: Vec<Waiting>,
    /// What is owed for late returns, in hundredths.
    pub fines: i64,
    /// All that is owed, in hundredths.
    pub owed: i64,
    /// From here on nothing is lent, in hundredths.
    pub fee_limit: i64,
    /// Most loans.
    pub max_loans: u32,
    /// Most overdue loans.
    pub max_overdue: u32,
    /// Most holds.
    pub max_holds: u32,
    /// Address, telephone and e-mail.
    pub contact: [Option<String>; 3],
}

/// One loan.
#[derive(Clone, PartialEq, Eq)]
pub struct Loaned {
    /// Bar code.
    pub item: String,
    /// Title.
    pub title: String,
    /// When it is due.
    pub due: DateTime,
    /// It should be back.
    pub overdue: bool,
    /// Somebody waits for it.
    pub recalled: bool,
    /// How often it was renewed.
    pub renewals: u32,
}

/// One hold.
#[derive(Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The copy that is ready, or that is waited for; empty: any copy of the title.
    pub item: String,
    /// Title.
    pub title: String,
    /// Where it is to be picked up.
    pub pickup: String,
    /// It waits on the hold shelf.
    pub ready: bool,
}

impl PatronView {
    /// Number of overdue loans.
    #[must_use]
    pub fn overdue(&self) -> usize {
        self.loans.iter().filter(|loan| loan.overdue).count()
    }

    /// What keeps this patron from borrowing, the gravest first. The PIN is no part of it.
    #[must_use]
    pub fn blocks(&self) -> Vec<No> {
        let reached = |count: usize, most: u32| count >= usize::try_from(most).unwrap_or(usize::MAX);
        let all = [
            (self.lost, No::CardLost),
            (self.expired, No::CardExpired),
            (self.blocked.is_some() || self.flags & 1 != 0, No::CardBlocked),
            (self.owed > self.fee_limit, No::FeesOwed),
            (self.overdue() > 0 && reached(self.overdue(), self.max_overdue), No::TooManyOverdue),
            (reached(self.loans.len(), self.max_loans), No::TooManyLoans),
        ];
        all.into_iter().filter(|(is, _)| *is).map(|(_, no)| no).collect()
    }
}

/// Why a PIN does not do, if it does not.
pub(super) fn pin_fault(patron: &PatronRow, pin: &str, rule: PinRule) -> Option<No> {
    let known = patron.pin.as_deref().filter(|_| rule != PinRule::Off)?;
    match (pin.is_empty(), rule) {
        (true, PinRule::Required) => Some(No::PinMissing),
        (true, _) => None,
        (false, _) => (pin != known).then_some(No::WrongPin),
    }
}

pub(super) fn view(
    database: &Connection,
    patron: PatronRow,
    pin: &str,
    policy: Policy,
    now: DateTime,
) -> Result<PatronView, BooksError> {
    let mut statement = database.prepare_cached(
        "SELECT l.item, i.title, l.due, l.renewals, EXISTS (SELECT 1 FROM hold h WHERE h.ready IS NULL
             AND h.work = i.work AND (h.item IS NULL OR h.item = i.barcode) AND h.card <> l.card)
         FROM loan l JOIN item i ON i.barcode = l.item WHERE l.card = ?1 ORDER BY l.due, l.item",
    )?;
    let loans = statement.query_map([&patron.card], |row| {
        let due = row.get::<_, When>(2)?.0;
        Ok(Loaned {
            item: row.get(0)?,
            title: row.get(1)?,
            due,
            overdue: due < now,
            renewals: row.get(3)?,
            recalled: row.get(4)?,
        })
    })?;
    let loans = loans.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut statement = database.prepare_cached(
        "SELECT coalesce(h.ready, h.item, ''), (SELECT title FROM item i WHERE i.barcode = coalesce(h.ready, h.item)
             OR (h.item IS NULL AND h.ready IS NULL AND i.work = h.work) LIMIT 1), h.pickup, h.ready IS NOT NULL
         FROM hold h WHERE h.card = ?1 ORDER BY h.ready IS NULL, h.placed, h.id",
    )?;
    let holds = statement.query_map([&patron.card], |row| {
        Ok(Waiting { item: row.get(0)?, title: row.get(1)?, pickup: row.get(2)?, ready: row.get(3)? })
    })?;
    let holds = holds.collect::<rusqlite::Result<Vec<_>>>()?;
    let (fines, owed) = database
        .prepare_cached(
            "SELECT coalesce(sum(CASE WHEN kind = 4 THEN amount - paid ELSE 0 END), 0), coalesce(sum(amount - paid), 0)
             FROM fee WHERE card = ?1",
        )?
        .query_row([&patron.card], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let expired = patron.expires < now;
    Ok(PatronView {
        has_pin: patron.pin.is_some(),
        pin_right: pin_fault(&patron, pin, policy.pin).is_none(),
        valid: !expired && !patron.lost,
        expired,
        expires: patron.expires,
        lost: patron.lost,
        flags: patron.flags,
        fines,
        owed,
        fee_limit: patron.rule.fee_limit,
        max_loans: patron.rule.max_loans,
        max_overdue: patron.rule.max_overdue,
        max_holds: patron.rule.max_holds,
        contact: [patron.address, patron.phone, patron.email],
        card: patron.card,
        name: patron.name,
        language: patron.language,
        class: patron.class,
        blocked: patron.blocked,
        loans,
        holds,
    })
}

impl Books {
    /// How a patron stands. A wrong PIN is counted, and locks the card where the library does so.
    ///
    /// # Errors
    /// The database.
    pub fn patron(&mut self, id: &str, pin: &str, turn: &Turn) -> Result<Option<PatronView>, BooksError> {
        let Some(mut patron) = PatronRow::find(&self.database, id)? else { return Ok(None) };
        let fault = pin_fault(&patron, pin, turn.policy.pin);
        self.count_pin(&mut patron, fault, !pin.is_empty(), turn)?;
        view(&self.database, patron, pin, turn.policy, turn.now).map(Some)
    }

    /// Counts wrong PINs one after the other.
    pub(super) fn count_pin(
        &self,
        patron: &mut PatronRow,
        fault: Option<No>,
        given: bool,
        turn: &Turn,
    ) -> Result<(), BooksError> {
        let wrong = match fault {
            Some(No::WrongPin) => patron.wrong_pins.saturating_add(1),
            None if given => 0,
            _ => return Ok(()),
        };
        if wrong == patron.wrong_pins {
            return Ok(());
        }
        patron.wrong_pins = wrong;
        let mut statement = self.database.prepare_cached("UPDATE patron SET wrong_pins = ?2 WHERE card = ?1")?;
        statement.execute(params![patron.card, wrong])?;
        if turn.policy.pin_tries > 0 && wrong >= turn.policy.pin_tries && patron.blocked.is_none() {
            patron.blocked = Some(String::new());
            self.set_blocked(&patron.card, Some(""))?;
            let why = Some("wrong PINs");
            Happening::from(turn).write(&self.database, Kind::Block, None, Some(&patron.card), why)?;
        }
        Ok(())
    }

    fn set_blocked(&self, card: &str, message: Option<&str>) -> Result<(), BooksError> {
        let mut statement = self.database.prepare_cached("UPDATE patron SET blocked = ?2 WHERE card = ?1")?;
        statement.execute(params![card, message])?;
        Ok(())
    }

    /// Blocks a card; `retained` where the terminal has kept it.
    ///
    /// # Errors
    /// The database.
    pub fn block(&mut self, id: &str, message: &str, retained: bool, turn: &Turn) -> Decision<PatronView> {
        let Some(mut patron) = PatronRow::find(&self.database, id)? else { return Ok(Err(No::UnknownPatron)) };
        self.set_blocked(&patron.card, Some(message))?;
        let why = retained.then_some("card retained");
        Happening::from(turn).write(&self.database, Kind::Block, None, Some(&patron.card), why)?;
        patron.blocked = Some(message.to_owned());
        view(&self.database, patron, "", turn.policy, turn.now).map(Ok)
    }

    /// Takes a block back, and with it the count of wrong PINs.
    ///
    /// # Errors
    /// The database.
    pub fn enable(&mut self, id: &str, pin: &str, turn: &Turn) -> Decision<PatronView> {
        let Some(mut patron) = PatronRow::find(&self.database, id)? else { return Ok(Err(No::UnknownPatron)) };
        if let Some(no) = pin_fault(&patron, pin, turn.policy.pin) {
            Happening::from(turn).refuse(&self.database, Kind::Enable, None, Some(&patron.card), no)?;
            return Ok(Err(no));
        }
        self.set_blocked(&patron.card, None)?;
        let mut statement = self.database.prepare_cached("UPDATE patron SET wrong_pins = 0 WHERE card = ?1")?;
        statement.execute([&patron.card])?;
        drop(statement);
        Happening::from(turn).write(&self.database, Kind::Enable, None, Some(&patron.card), None)?;
        patron.blocked = None;
        view(&self.database, patron, pin, turn.policy, turn.now).map(Ok)
    }
}
