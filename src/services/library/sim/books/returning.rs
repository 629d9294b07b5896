// SPDX-License-Identifier: GPL-3.0-only
//! Taking back.

use jiff::ToSpan;
use jiff::civil::DateTime;
use rusqlite::{Connection, params};

use super::lending::end_loan;
use super::log::{Happening, Kind};
use super::rows::{HoldRow, ItemRow, LoanRow, No, PatronRow, When};
use super::{Books, BooksError, Decision, Turn};

/// So many days a book waits on the hold shelf.
const HOLD_DAYS: i64 = 7;
/// Fee type of SIP2: overdue.
const OVERDUE: u8 = 4;

/// Why a book that came back does not simply go to its shelf, by the numbers of SIP2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alert {
    /// 01: somebody waits for it here.
    HeldHere,
    /// 02: somebody waits for it elsewhere.
    HeldElsewhere,
    /// 04: it belongs elsewhere.
    BelongsElsewhere,
    /// 99: the library wants to look at it.
    Other,
}

impl Alert {
    /// Its two digits.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::HeldHere => "01",
            Self::HeldElsewhere => "02",
            Self::BelongsElsewhere => "04",
            Self::Other => "99",
        }
    }
}

/// A return that is wanted.
#[derive(Clone, Copy, Debug)]
pub struct ReturnOrder<'w> {
    /// Bar code.
    pub item: &'w str,
    /// On which day it came back.
    pub returned: DateTime,
    /// It takes back a loan that failed halfway: no fee, no alert.
    pub undoes_loan: bool,
}

/// A book that came back. Who waits for it, and who had it, is told to no log.
#[derive(Clone, PartialEq, Eq)]
pub struct Returned {
    /// Who had it; `None`: nobody.
    pub had: Option<String>,
    /// Why it does not go to its shelf.
    pub alert: Option<Alert>,
    /// Where it goes instead.
    pub destination: Option<String>,
    /// Card and name of who waits for it.
    pub held_for: Option<(String, String)>,
    /// What the late return costs, in hundredths.
    pub late_fee: i64,
}

impl Books {
    /// Takes a copy back, whoever had it.
    ///
    /// # Errors
    /// The database; nothing is changed then.
    pub fn checkin(&mut self, order: &ReturnOrder<'_>, turn: &Turn) -> Decision<Returned> {
        let returning = self.database.transaction()?;
        let done = checkin(&returning, order, turn)?;
        if let Err(no) = done {
            Happening::from(turn).refuse(&returning, Kind::Checkin, Some(order.item), None, no)?;
        }
        returning.commit()?;
        Ok(done)
    }
}

fn checkin(database: &Connection, order: &ReturnOrder<'_>, turn: &Turn) -> Result<Result<Returned, No>, BooksError> {
    let Some(item) = ItemRow::find(database, order.item)? else { return Ok(Err(No::UnknownItem)) };
    let loan = LoanRow::find(database, order.item)?;
    if loan.is_none() && !turn.policy.idle_return_ok && !turn.is_forced() {
        return Ok(Err(No::NotLent));
    }
    let mut late_fee = 0;
    match &loan {
        Some(loan) => {
            end_loan(database, order.item, &loan.card, order.undoes_loan.then_some("loan taken back"), turn)?;
            if !order.undoes_loan {
                late_fee = charge_late(database, loan, order)?;
            }
        }
        None => Happening::from(turn).write(database, Kind::IdleReturn, Some(order.item), None, None)?,
    }
    let mut done =
        Returned { had: loan.map(|loan| loan.card), alert: None, destination: None, held_for: None, late_fee };
    // A book that was given up or being worked on is to be looked at.
    if matches!(item.status, 1 | 2 | 6 | 11 | 12 | 13) {
        done.alert = Some(Alert::Other);
    }
    put_away(database, &item, &mut done, turn)?;
    Ok(Ok(done))
}

fn charge_late(database: &Connection, loan: &LoanRow, order: &ReturnOrder<'_>) -> Result<i64, BooksError> {
    let days = order.returned.date().since(loan.due.date()).map_or(0, |late| i64::from(late.get_days()));
    let rule = PatronRow::find(database, &loan.card)?.map(|patron| patron.rule.late_fee);
    let amount = days.max(0) * rule.unwrap_or(0);
    if amount > 0 {
        let mut statement =
            database.prepare_cached("INSERT INTO fee (card, item, kind, amount) VALUES (?1, ?2, ?3, ?4)")?;
        statement.execute(params![loan.card, order.item, OVERDUE, amount])?;
    }
    Ok(amount)
}

/// To the hold shelf, on its way to another place, or to its own shelf.
fn put_away(database: &Connection, item: &ItemRow, done: &mut Returned, turn: &Turn) -> Result<(), BooksError> {
    // Ready for somebody already: a second return of the same book changes nothing of that.
    let ready = HoldRow::ready_for(database, &item.barcode)?;
    let hold = match ready {
        Some(hold) => Some(hold),
        None => HoldRow::waiting_for(database, item)?.into_iter().next(),
    };
    let target = hold.as_ref().map_or(&item.home, |hold| &hold.pickup);
    let is_here = *target == turn.place;
    let status: u8 = if is_here { 3 } else { 10 };
    let destination = (!is_here).then(|| target.clone());
    if let Some(hold) = &hold {
        let until = turn.now.date().at(23, 59, 59, 0).saturating_add(HOLD_DAYS.days());
        let mut statement = database.prepare_cached("UPDATE hold SET ready = ?2, ready_until = ?3 WHERE id = ?1")?;
        statement.execute(params![hold.id, item.barcode, When(until)])?;
        let name = PatronRow::find(database, &hold.card)?.map(|patron| patron.name).unwrap_or_default();
        done.held_for = Some((hold.card.clone(), name));
        done.alert = Some(if is_here { Alert::HeldHere } else { Alert::HeldElsewhere });
    } else if !is_here {
        done.alert = done.alert.or(Some(Alert::BelongsElsewhere));
    }
    let mut statement =
        database.prepare_cached("UPDATE item SET status = ?2, destination = ?3, place = ?4 WHERE barcode = ?1")?;
    statement.execute(params![item.barcode, status, destination, turn.place])?;
    done.destination = destination;
    Ok(())
}
