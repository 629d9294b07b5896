// SPDX-License-Identifier: GPL-3.0-only
//! Holds.

use jiff::ToSpan;
use jiff::civil::DateTime;
use rusqlite::{Connection, OptionalExtension, params};

use super::log::{Happening, Kind};
use super::patrons::{self, pin_fault};
use super::rows::{HoldRow, ItemRow, LoanRow, No, PatronRow, When};
use super::{Books, BooksError, Decision, Turn, Who};

/// So many days a book waits on the hold shelf that was there when it was reserved.
const HOLD_DAYS: i64 = 7;

/// A hold as it is after a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// A copy waits already.
    pub ready: bool,
    /// Place in the queue from 1; 0 where a copy waits.
    pub position: u32,
    /// Where it is to be picked up.
    pub pickup: String,
}

/// What is reserved.
#[derive(Clone, Copy, Debug)]
pub struct HoldOrder<'w> {
    /// A copy; empty: any copy of `work`.
    pub item: &'w str,
    /// A title's number; empty: that of the copy.
    pub work: &'w str,
    /// This copy and no other.
    pub only_this: bool,
    /// Where it is to be picked up; empty: where the terminal stands.
    pub pickup: &'w str,
}

/// What 15 does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldMode {
    /// Places it.
    Add,
    /// Takes it back.
    Delete,
    /// Changes where it is picked up.
    Change,
}

impl Books {
    /// Places, changes or takes back a hold.
    ///
    /// # Errors
    /// The database; nothing is changed then.
    pub fn hold(&mut self, mode: HoldMode, who: Who<'_>, order: &HoldOrder<'_>, turn: &Turn) -> Decision<Held> {
        let kind = if mode == HoldMode::Delete { Kind::HoldCancelled } else { Kind::Hold };
        let holding = self.database.transaction()?;
        let patron = PatronRow::find(&holding, who.id)?;
        let card = patron.as_ref().map(|patron| patron.card.clone());
        let asked = if order.item.is_empty() { order.work } else { order.item };
        let done = match patron {
            None => Err(No::UnknownPatron),
            Some(patron) => match pin_fault(&patron, who.pin, turn.policy.pin) {
                Some(no) => Err(no),
                None => match mode {
                    HoldMode::Add => add(&holding, &patron, order, turn)?,
                    HoldMode::Delete => delete(&holding, &patron, order, turn)?,
                    HoldMode::Change => change(&holding, &patron, order, turn)?,
                },
            },
        };
        let happening = Happening::from(turn);
        match &done {
            Ok(_) => happening.write(&holding, kind, Some(asked), card.as_deref(), None)?,
            Err(no) => happening.refuse(&holding, kind, Some(asked), card.as_deref(), *no)?,
        }
        holding.commit()?;
        Ok(done)
    }
}

/// The copy that is meant: the one that is named, or one of the title, one on the shelf first.
fn meant(database: &Connection, order: &HoldOrder<'_>) -> Result<Option<ItemRow>, BooksError> {
    if !order.item.is_empty() {
        return ItemRow::find(database, order.item);
    }
    let mut statement = database.prepare_cached(
        "SELECT barcode FROM item i WHERE work = ?1 ORDER BY status <> 3 OR NOT loanable
             OR EXISTS (SELECT 1 FROM loan l WHERE l.item = i.barcode)
             OR EXISTS (SELECT 1 FROM hold h WHERE h.ready = i.barcode), barcode LIMIT 1",
    )?;
    let barcode: Option<String> = statement.query_row([order.work], |row| row.get(0)).optional()?;
    match barcode {
        Some(barcode) => ItemRow::find(database, &barcode),
        None => Ok(None),
    }
}

fn add(
    database: &Connection,
    patron: &PatronRow,
    order: &HoldOrder<'_>,
    turn: &Turn,
) -> Result<Result<Held, No>, BooksError> {
    let view = patrons::view(database, patron.clone(), "", turn.policy, turn.now)?;
    if let Some(no) = view.blocks().into_iter().find(|no| !matches!(no, No::TooManyLoans | No::TooManyOverdue)) {
        return Ok(Err(no));
    }
    let Some(item) = meant(database, order)? else { return Ok(Err(No::UnknownItem)) };
    if !item.loanable {
        return Ok(Err(No::NotForLoan));
    }
    let has = |database: &Connection| -> Result<bool, BooksError> {
        let mut statement = database.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM loan l JOIN item i ON i.barcode = l.item WHERE l.card = ?1 AND i.work = ?2)",
        )?;
        Ok(statement.query_row(params![patron.card, item.work], |row| row.get(0))?)
    };
    if HoldRow::of_patron(database, &patron.card, &item)?.is_some() || has(database)? {
        return Ok(Err(No::HeldAlready));
    }
    if view.holds.len() >= usize::try_from(view.max_holds).unwrap_or(usize::MAX) {
        return Ok(Err(No::TooManyHolds));
    }
    let before = HoldRow::waiting_for(database, &item)?.len();
    let pickup = if order.pickup.is_empty() { &turn.place } else { order.pickup };
    let on_shelf = before == 0
        && item.status == 3
        && item.place == pickup
        && LoanRow::find(database, &item.barcode)?.is_none()
        && HoldRow::ready_for(database, &item.barcode)?.is_none();
    let until = turn.now.date().at(23, 59, 59, 0).saturating_add(HOLD_DAYS.days());
    let mut statement = database.prepare_cached(
        "INSERT INTO hold (card, work, item, pickup, placed, ready, ready_until) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    statement.execute(params![
        patron.card,
        item.work,
        order.only_this.then_some(&item.barcode),
        pickup,
        When(turn.now),
        on_shelf.then_some(&item.barcode),
        on_shelf.then_some(When(until)),
    ])?;
    let position = if on_shelf { 0 } else { u32::try_from(before + 1).unwrap_or(u32::MAX) };
    Ok(Ok(Held { ready: on_shelf, position, pickup: pickup.to_owned() }))
}

fn own(
    database: &Connection,
    patron: &PatronRow,
    order: &HoldOrder<'_>,
) -> Result<Result<(HoldRow, ItemRow), No>, BooksError> {
    let Some(item) = meant(database, order)? else { return Ok(Err(No::UnknownItem)) };
    let hold = HoldRow::of_patron(database, &patron.card, &item)?;
    Ok(hold.map(|hold| (hold, item)).ok_or(No::NoSuchHold))
}

fn delete(
    database: &Connection,
    patron: &PatronRow,
    order: &HoldOrder<'_>,
    turn: &Turn,
) -> Result<Result<Held, No>, BooksError> {
    let (hold, _) = match own(database, patron, order)? {
        Ok(found) => found,
        Err(no) => return Ok(Err(no)),
    };
    database.prepare_cached("DELETE FROM hold WHERE id = ?1")?.execute([hold.id])?;
    if let Some(ready) = &hold.ready {
        pass_on(database, ready, turn.now)?;
    }
    Ok(Ok(Held { ready: false, position: 0, pickup: hold.pickup }))
}

fn change(
    database: &Connection,
    patron: &PatronRow,
    order: &HoldOrder<'_>,
    turn: &Turn,
) -> Result<Result<Held, No>, BooksError> {
    let (hold, item) = match own(database, patron, order)? {
        Ok(found) => found,
        Err(no) => return Ok(Err(no)),
    };
    let pickup = if order.pickup.is_empty() { &turn.place } else { order.pickup };
    database.prepare_cached("UPDATE hold SET pickup = ?2 WHERE id = ?1")?.execute(params![hold.id, pickup])?;
    let queue = HoldRow::waiting_for(database, &item)?;
    let position = queue.iter().position(|other| other.id == hold.id).map_or(0, |before| before + 1);
    let position = u32::try_from(position).unwrap_or(u32::MAX);
    Ok(Ok(Held { ready: hold.ready.is_some(), position, pickup: pickup.to_owned() }))
}

/// A copy on the hold shelf waits for the next one, if there is one.
pub(super) fn pass_on(database: &Connection, copy: &str, now: DateTime) -> Result<(), BooksError> {
    let Some(item) = ItemRow::find(database, copy)? else { return Ok(()) };
    let Some(next) = HoldRow::waiting_for(database, &item)?.into_iter().next() else { return Ok(()) };
    let until = now.date().at(23, 59, 59, 0).saturating_add(HOLD_DAYS.days());
    let mut statement = database.prepare_cached("UPDATE hold SET ready = ?2, ready_until = ?3 WHERE id = ?1")?;
    statement.execute(params![next.id, copy, When(until)])?;
    Ok(())
}
