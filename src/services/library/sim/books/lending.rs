// SPDX-License-Identifier: GPL-3.0-only
//! Lending and lending on.

use jiff::ToSpan;
use jiff::civil::DateTime;
use rusqlite::{Connection, params};

use super::log::{Happening, Kind};
use super::patrons::{self, pin_fault};
use super::rows::{HoldRow, ItemRow, LoanRow, No, PatronRow, When};
use super::{Again, Books, BooksError, Decision, NoBlock, Turn};

/// Who wants something, as a terminal says it.
#[derive(Clone, Copy)]
pub struct Who<'w> {
    /// The card's number, or another one that names the patron.
    pub id: &'w str,
    /// The PIN; empty: none given.
    pub pin: &'w str,
}

/// A loan that is wanted.
#[derive(Clone, Copy)]
pub struct LendOrder<'w> {
    /// By whom.
    pub who: Who<'w>,
    /// Bar code.
    pub item: &'w str,
    /// The terminal lets the library renew.
    pub may_renew: bool,
    /// The patron agreed to what it costs.
    pub fee_agreed: bool,
    /// When it is due by the terminal's word, which counts only with the no-block flag.
    pub due: Option<DateTime>,
    /// It takes back a return that failed halfway.
    pub undoes_return: bool,
}

/// A loan that was made or renewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lent {
    /// When it is due.
    pub due: DateTime,
    /// It was on loan to the same patron already.
    pub renewed: bool,
    /// What it cost, in hundredths.
    pub fee: i64,
}

/// The end of the day `days` after `from`.
fn due_after(from: DateTime, days: i64) -> DateTime {
    from.date().at(23, 59, 59, 0).saturating_add(days.days())
}

/// Rental fee of SIP2.
const RENTAL: u8 = 6;

impl Books {
    /// Lends, by the rules.
    ///
    /// # Errors
    /// The database; nothing is changed then.
    pub fn checkout(&mut self, order: &LendOrder<'_>, turn: &Turn) -> Decision<Lent> {
        let patron = PatronRow::find(&self.database, order.who.id)?;
        let card = patron.as_ref().map(|patron| patron.card.clone());
        if let Some(mut patron) = patron.clone() {
            let fault = pin_fault(&patron, order.who.pin, turn.policy.pin);
            self.count_pin(&mut patron, fault, !order.who.pin.is_empty(), turn)?;
        }
        let lending = self.database.transaction()?;
        let lent = match patron {
            None => Err(No::UnknownPatron),
            Some(patron) => checkout(&lending, &patron, order, turn)?,
        };
        if let Err(no) = lent {
            Happening::from(turn).refuse(&lending, Kind::Checkout, Some(order.item), card.as_deref(), no)?;
        }
        lending.commit()?;
        Ok(lent)
    }

    /// Lends on.
    ///
    /// # Errors
    /// The database; nothing is changed then.
    pub fn renew(&mut self, who: Who<'_>, item: &str, turn: &Turn) -> Decision<Lent> {
        let patron = PatronRow::find(&self.database, who.id)?;
        let card = patron.as_ref().map(|patron| patron.card.clone());
        let lending = self.database.transaction()?;
        let lent = match patron {
            None => Err(No::UnknownPatron),
            Some(patron) => match may_renew(&lending, &patron, who, turn)? {
                Some(no) => Err(no),
                None => renew(&lending, &patron, item, turn)?,
            },
        };
        if let Err(no) = lent {
            Happening::from(turn).refuse(&lending, Kind::Renewal, Some(item), card.as_deref(), no)?;
        }
        lending.commit()?;
        Ok(lent)
    }

    /// Lends everything on that can be: what was, and what was not.
    ///
    /// # Errors
    /// The database; nothing is changed then.
    pub fn renew_all(&mut self, who: Who<'_>, turn: &Turn) -> Decision<(Vec<String>, Vec<String>)> {
        let Some(patron) = PatronRow::find(&self.database, who.id)? else { return Ok(Err(No::UnknownPatron)) };
        let lending = self.database.transaction()?;
        if let Some(no) = may_renew(&lending, &patron, who, turn)? {
            return Ok(Err(no));
        }
        let items = {
            let mut statement = lending.prepare_cached("SELECT item FROM loan WHERE card = ?1 ORDER BY due, item")?;
            let rows = statement.query_map([&patron.card], |row| row.get(0))?;
            rows.collect::<rusqlite::Result<Vec<String>>>()?
        };
        let (mut renewed, mut refused) = (Vec::new(), Vec::new());
        for item in items {
            match renew(&lending, &patron, &item, turn)? {
                Ok(_) => renewed.push(item),
                Err(no) => {
                    let card = Some(patron.card.as_str());
                    Happening::from(turn).refuse(&lending, Kind::Renewal, Some(&item), card, no)?;
                    refused.push(item);
                }
            }
        }
        lending.commit()?;
        Ok(Ok((renewed, refused)))
    }
}

/// Why this patron may not borrow, if so. Their number of loans is asked for apart.
fn patron_fault(
    database: &Connection,
    patron: &PatronRow,
    who: Who<'_>,
    counts: bool,
    turn: &Turn,
) -> Result<Option<No>, BooksError> {
    if let Some(no) = pin_fault(patron, who.pin, turn.policy.pin) {
        return Ok(Some(no));
    }
    let view = patrons::view(database, patron.clone(), who.pin, turn.policy, turn.now)?;
    Ok(view.blocks().into_iter().find(|no| counts || *no != No::TooManyLoans))
}

fn may_renew(database: &Connection, patron: &PatronRow, who: Who<'_>, turn: &Turn) -> Result<Option<No>, BooksError> {
    if turn.is_forced() {
        return Ok(None);
    }
    patron_fault(database, patron, who, false, turn)
}

fn checkout(
    database: &Connection,
    patron: &PatronRow,
    order: &LendOrder<'_>,
    turn: &Turn,
) -> Result<Result<Lent, No>, BooksError> {
    let Some(item) = ItemRow::find(database, order.item)? else { return Ok(Err(No::UnknownItem)) };
    let loan = LoanRow::find(database, order.item)?;
    if let Some(loan) = &loan
        && loan.card == patron.card
    {
        return again(database, patron, order, turn);
    }
    let free = order.undoes_return || turn.is_forced();
    if !free && let Some(no) = refusal(database, patron, &item, loan.as_ref(), order, turn)? {
        return Ok(Err(no));
    }
    if let Some(loan) = loan {
        if turn.policy.no_block != NoBlock::Obey || !turn.forced {
            return Ok(Err(No::LentToOther));
        }
        // The book is in somebody else's hands, so the loan before is over.
        end_loan(database, &item.barcode, &loan.card, Some("taken by somebody else"), turn)?;
    }
    let own = HoldRow::of_patron(database, &patron.card, &item)?;
    if let Some(hold) = own {
        database.prepare_cached("DELETE FROM hold WHERE id = ?1")?.execute([hold.id])?;
    }
    // Forced past somebody's hold: that one waits on.
    database
        .prepare_cached("UPDATE hold SET ready = NULL, ready_until = NULL WHERE ready = ?1")?
        .execute([order.item])?;
    let lent = if turn.is_forced() { turn.happened } else { turn.now };
    let due = order.due.filter(|_| turn.is_forced()).unwrap_or_else(|| due_after(lent, patron.rule.loan_days));
    let mut statement = database.prepare_cached("INSERT INTO loan VALUES (?1, ?2, ?3, ?4, 0)")?;
    statement.execute(params![item.barcode, patron.card, When(lent), When(due)])?;
    let mut statement =
        database.prepare_cached("UPDATE item SET status = 3, destination = NULL, place = ?2 WHERE barcode = ?1")?;
    statement.execute(params![item.barcode, turn.place])?;
    if item.lending_fee > 0 {
        let mut statement =
            database.prepare_cached("INSERT INTO fee (card, item, kind, amount) VALUES (?1, ?2, ?3, ?4)")?;
        statement.execute(params![patron.card, item.barcode, RENTAL, item.lending_fee])?;
    }
    Happening::from(turn).write(database, Kind::Checkout, Some(&item.barcode), Some(&patron.card), None)?;
    Ok(Ok(Lent { due, renewed: false, fee: item.lending_fee }))
}

/// Somebody borrows what they have.
fn again(
    database: &Connection,
    patron: &PatronRow,
    order: &LendOrder<'_>,
    turn: &Turn,
) -> Result<Result<Lent, No>, BooksError> {
    let renews = match turn.policy.again {
        Again::Renew => true,
        Again::IfAsked => order.may_renew,
        Again::Refuse => false,
    };
    if !renews {
        return Ok(Err(No::LentAlready));
    }
    if let Some(no) = may_renew(database, patron, order.who, turn)? {
        return Ok(Err(no));
    }
    renew(database, patron, order.item, turn)
}

/// Why the rules do not let this patron have this copy, if so.
fn refusal(
    database: &Connection,
    patron: &PatronRow,
    item: &ItemRow,
    loan: Option<&LoanRow>,
    order: &LendOrder<'_>,
    turn: &Turn,
) -> Result<Option<No>, BooksError> {
    if let Some(no) = patron_fault(database, patron, order.who, true, turn)? {
        return Ok(Some(no));
    }
    if loan.is_some() {
        return Ok(Some(No::LentToOther));
    }
    if !item.loanable {
        return Ok(Some(No::NotForLoan));
    }
    let ready = HoldRow::ready_for(database, &item.barcode)?;
    match &ready {
        Some(hold) if hold.card != patron.card => return Ok(Some(No::HeldForOther)),
        Some(_) => {}
        None => {
            // What is just being put back, or under way, may be lent: it is there, after all.
            if !matches!(item.status, 3 | 9 | 10) {
                return Ok(Some(No::NotThere));
            }
            let first = HoldRow::waiting_for(database, item)?.into_iter().next();
            if first.is_some_and(|hold| hold.card != patron.card) {
                return Ok(Some(No::HeldForOther));
            }
        }
    }
    Ok((item.lending_fee > 0 && !order.fee_agreed).then_some(No::FeeNotAgreed(item.lending_fee)))
}

fn renew(
    database: &Connection,
    patron: &PatronRow,
    barcode: &str,
    turn: &Turn,
) -> Result<Result<Lent, No>, BooksError> {
    let Some(item) = ItemRow::find(database, barcode)? else { return Ok(Err(No::UnknownItem)) };
    let Some(loan) = LoanRow::find(database, barcode)?.filter(|loan| loan.card == patron.card) else {
        return Ok(Err(No::NotLent));
    };
    if !turn.is_forced() {
        if loan.renewals >= patron.rule.max_renewals {
            return Ok(Err(No::TooManyRenewals));
        }
        if HoldRow::waiting_for(database, &item)?.iter().any(|hold| hold.card != patron.card) {
            return Ok(Err(No::HeldForOther));
        }
    }
    let from = if turn.is_forced() { turn.happened } else { turn.now };
    let due = loan.due.max(due_after(from, patron.rule.renew_days));
    let mut statement = database.prepare_cached("UPDATE loan SET due = ?2, renewals = renewals + 1 WHERE item = ?1")?;
    statement.execute(params![barcode, When(due)])?;
    Happening::from(turn).write(database, Kind::Renewal, Some(barcode), Some(&patron.card), None)?;
    Ok(Ok(Lent { due, renewed: true, fee: 0 }))
}

/// Ends a loan and writes it down.
pub(super) fn end_loan(
    database: &Connection,
    barcode: &str,
    card: &str,
    why: Option<&str>,
    turn: &Turn,
) -> Result<(), BooksError> {
    database.prepare_cached("DELETE FROM loan WHERE item = ?1")?.execute([barcode])?;
    Happening::from(turn).write(database, Kind::Checkin, Some(barcode), Some(card), why)?;
    Ok(())
}
