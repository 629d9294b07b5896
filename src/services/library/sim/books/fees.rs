// SPDX-License-Identifier: GPL-3.0-only
//! What patrons owe and pay.

use rusqlite::params;

use super::log::{Happening, Kind};
use super::patrons::pin_fault;
use super::rows::{No, PatronRow};
use super::{Books, BooksError, Decision, Turn, Who};

/// One fee that is not paid in full. Nothing prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct Fee {
    /// The library's number of it.
    pub id: i64,
    /// Which copy it is about.
    pub item: Option<String>,
    /// The copy's title.
    pub title: Option<String>,
    /// Fee type of SIP2.
    pub kind: u8,
    /// What is left to pay, in hundredths.
    pub left: i64,
}

impl Books {
    /// What a patron owes, the oldest first.
    ///
    /// # Errors
    /// The database.
    pub fn fees(&self, card: &str) -> Result<Vec<Fee>, BooksError> {
        let mut statement = self.database.prepare_cached(
            "SELECT f.id, f.item, i.title, f.kind, f.amount - f.paid FROM fee f LEFT JOIN item i ON i.barcode = f.item
             WHERE f.card = ?1 AND f.paid < f.amount ORDER BY f.id",
        )?;
        let rows = statement.query_map([card], |row| {
            Ok(Fee { id: row.get(0)?, item: row.get(1)?, title: row.get(2)?, kind: row.get(3)?, left: row.get(4)? })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Takes money: for one fee where one is named, otherwise for the oldest first. No more than is owed.
    ///
    /// # Errors
    /// The database; nothing is changed then.
    pub fn pay(&mut self, who: Who<'_>, amount: i64, fee: Option<i64>, turn: &Turn) -> Decision<()> {
        let Some(patron) = PatronRow::find(&self.database, who.id)? else { return Ok(Err(No::UnknownPatron)) };
        let fees: Vec<Fee> =
            self.fees(&patron.card)?.into_iter().filter(|row| fee.is_none_or(|id| id == row.id)).collect();
        let owed: i64 = fees.iter().map(|fee| fee.left).sum();
        let no = if amount <= 0 {
            Some(No::NoAmount)
        } else if let Some(no) = pin_fault(&patron, who.pin, turn.policy.pin) {
            Some(no)
        } else {
            (amount > owed).then_some(No::NotOwed)
        };
        let paying = self.database.transaction()?;
        if let Some(no) = no {
            Happening::from(turn).refuse(&paying, Kind::Payment, None, Some(&patron.card), no)?;
            paying.commit()?;
            return Ok(Err(no));
        }
        let mut rest = amount;
        for fee in fees {
            let part = rest.min(fee.left);
            rest -= part;
            paying.prepare_cached("UPDATE fee SET paid = paid + ?2 WHERE id = ?1")?.execute(params![fee.id, part])?;
        }
        Happening::from(turn).write(&paying, Kind::Payment, None, Some(&patron.card), None)?;
        paying.commit()?;
        Ok(Ok(()))
    }
}
